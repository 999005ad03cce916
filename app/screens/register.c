/* 注册 (R021): number, name, mobile, 验证码 and consent; the code from the message and a password twice; then 登录 with the
 * number kept. 身份证已注册 (R023) has two ways out. Offline it says what it needs and leads on with what was typed. */
#include "app/screens/page.h"
#include "app/screens/person.h"
#include "app/screens/sms.h"

#include "sync/base/log.h"

enum { ID = 1, NAME, MOBILE, CONSENT, SEND, FINISH, LOGIN, RECOVER, HERE, OVER, STOP };

enum register_step { STEP_WHO, STEP_CODE, STEP_DONE, STEP_REGISTERED };

struct registration {
    enum register_step step;
    bool consent;
    struct sms sms;
    const char *failed; /* key */
    int failed_n;
};

static struct sms *sms_of(struct app *a)
{
    return &((struct registration *)a->states[SCREEN_register])->sms;
}

static const char *missing(struct app *a, const struct registration *r)
{
    if (!typed_good(a, TYPED_ID) || !typed_good(a, TYPED_NAME) || !typed_good(a, TYPED_MOBILE))
        return "register.fill";
    if (!captcha_filled(a))
        return "login.fill_captcha";
    return r->consent ? NULL : "register.fill_consent";
}

/* --- views --- */

static void person_fields(struct app *a, struct ui *u)
{
    typed_box(a, u, TYPED_ID, "register.id_number", NULL, ON(ID));
    typed_box(a, u, TYPED_NAME, "register.name", NULL, ON(NAME));
    typed_box(a, u, TYPED_MOBILE, "register.mobile", NULL, ON(MOBILE));
}

static void view_who(struct app *a, struct ui *u, const struct registration *r)
{
    bool busy = call_busy(a, CALL_ACCOUNT);
    const char *why = missing(a, r);
    if (r->failed)
        ui_note(u, "register.failed", TONE_BAD, call_words(u, r->failed, r->failed_n));
    if (!a->world.online) {
        person_fields(a, u);
        offline_card(a, u, "register.offline", tr(u, "register.offline"));
        page_bottom(a, u, ON(APP_BACK), NULL);
        page_end(a, u, &(struct page_next){.id = "register.here", .label = tr(u, "offline.here"), .action = ON(HERE)});
        return;
    }
    halves_begin(u);
    person_fields(a, u);
    halves_then(u);
    captcha_box(a, u);
    ui_check(u,
             &(struct ui_field){.id = "register.consent",
                                .label = TR(u, "register.consent", {"version", CONSENT_VERSION}),
                                .action = ON(CONSENT)},
             r->consent);
    halves_end(u);
    call_progress(a, u, "register.progress", CALL_ACCOUNT, tr(u, "register.sending"), ON(STOP));
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.id = "register.send",
                                 .label = tr(u, "register.send"),
                                 .action = ON(SEND),
                                 .disabled = why || busy,
                                 .busy = busy,
                                 .reason = why && !busy ? tr(u, why) : NULL});
}

static void view_code(struct app *a, struct ui *u, const struct registration *r)
{
    if (!a->world.online)
        ui_note(u, "register.offline_now", TONE_APRICOT, tr(u, "offline.wait"));
    sms_view(a, u, &r->sms);
    sms_foot(a, u, &r->sms, &(struct sms_foot){"register.finish", tr(u, "register.finish"), ON(FINISH), ON(OVER)});
}

static void view_registered(struct app *a, struct ui *u)
{
    UI_OPEN(u, .id = "register.registered", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 40,
            .surface = SURFACE_ATTENTION);
    UI_TEXT(u, .id = "register.registered.title", .text = tr(u, "register.registered"), .style = TEXT_LEAD_BOLD,
            .role = "alert");
    UI_TEXT(u, .text = tr(u, "register.registered_text"), .style = TEXT_BODY);
    ui_close(u);
    page_bottom(a, u, ON(RECOVER), tr(u, "login.recover"));
    page_end(a, u,
             &(struct page_next){.id = "register.login", .label = tr(u, "register.to_login"), .action = ON(LOGIN)});
}

static void view_done(struct app *a, struct ui *u)
{
    ui_note(u, "register.done", TONE_GOOD, tr(u, "register.done"));
    UI_TEXT(u, .text = tr(u, "register.done_text"), .style = TEXT_BODY);
    page_bottom(a, u, (struct ui_action){0}, NULL);
    page_end(a, u,
             &(struct page_next){.id = "register.login", .label = tr(u, "register.to_login"), .action = ON(LOGIN)});
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct registration *r = state;
    static const char *const helps[] = {"register.help", "register.help_code", "register.help_done",
                                        "register.help_registered"};
    page_open(a, u,
              &(struct page){.title = tr(u, "register.title"),
                             .help = tr(u, helps[r->step]),
                             .where = tr(u, "login.title"),
                             .connection = true});
    switch (r->step) {
    case STEP_WHO:
        view_who(a, u, r);
        return;
    case STEP_CODE:
        view_code(a, u, r);
        return;
    case STEP_DONE:
        view_done(a, u);
        return;
    case STEP_REGISTERED:
        view_registered(a, u);
        return;
    }
}

/* --- calls --- */

static void sent(struct app *a, const struct call_answer *r)
{
    struct registration *s = a->states[SCREEN_register];
    if (sms_asked(a, &s->sms, r, &s->failed, &s->failed_n, "register.failed"))
        s->step = STEP_CODE;
}

static void ask_message(struct app *a, struct registration *r)
{
    char id[19];
    typed_id18(a, id);
    r->failed = NULL;
    call_make(a, &(struct call){.purpose = CALL_ACCOUNT,
                                .method = "POST",
                                .path = PATH_SESSION_REGISTER,
                                .content = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "full_name",
                                                     a->typed.name, "mobile", a->typed.mobile, "captcha", a->captcha.id,
                                                     "text", a->captcha.text, "consent", CONSENT_VERSION),
                                .sealed = true,
                                .done = sent});
}

static void finished(struct app *a, const struct call_answer *r)
{
    struct registration *s = a->states[SCREEN_register];
    if (r->ok || r->kind == PROBLEM_ID_REGISTERED) {
        log_info("register", "ok=%d", r->ok);
        sms_leave(a, &s->sms);
        sms_enter(a, &s->sms);
        s->step = r->ok ? STEP_DONE : STEP_REGISTERED;
    } else {
        sms_refused(a, &s->sms, r);
    }
}

/* --- events --- */

static void begin(struct app *a, struct registration *r)
{
    r->step = STEP_WHO;
    r->failed = NULL;
    captcha_need(a);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct registration *r = state;
    if (captcha_event(a, ev) || sms_event(a, &r->sms, ev, sms_of))
        return;
    switch (ev->action.kind) {
    case ID:
        typed_take(a, TYPED_ID, ev);
        return;
    case NAME:
        typed_take(a, TYPED_NAME, ev);
        return;
    case MOBILE:
        typed_take(a, TYPED_MOBILE, ev);
        return;
    case CONSENT:
        r->consent = ev->number != 0;
        return;
    case SEND:
        if (!missing(a, r) && !call_busy(a, CALL_ACCOUNT))
            ask_message(a, r);
        return;
    case FINISH:
        if (!sms_missing(a, &r->sms) && !call_busy(a, CALL_ACCOUNT))
            sms_finish(a, &r->sms, finished);
        return;
    case OVER:
        begin(a, r);
        return;
    case LOGIN:
        app_replace(a, SCREEN_login);
        return;
    case RECOVER:
        app_replace(a, SCREEN_recover);
        return;
    case HERE:
        app_replace(a, SCREEN_who);
        return;
    case STOP:
        call_cancel(a, CALL_ACCOUNT);
        captcha_used(a);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct registration *r = state;
    sms_enter(a, &r->sms);
    r->consent = false;
    begin(a, r);
}

static void news(struct app *a, void *state)
{
    const struct registration *r = state;
    if (r->step == STEP_WHO)
        captcha_need(a);
}

static void leave(struct app *a, void *state)
{
    struct registration *r = state;
    sms_leave(a, &r->sms);
    captcha_leave(a);
}

const struct screen screen_register = {.name = "register",
                                       .state = sizeof(struct registration),
                                       .view = view,
                                       .event = event,
                                       .enter = enter,
                                       .leave = leave,
                                       .news = news};
