/* 找回用户名或密码 (R024, R025): number, the mobile of the account, 验证码; then by what the message holds: a code and a new
 * password, or a new password at once. Nothing tells whether number and mobile belong together: the message does. */
#include "app/screens/page.h"
#include "app/screens/sms.h"

#include "sync/base/log.h"

enum { ID = 1, MOBILE, SEND, FINISH, LOGIN, LOST, HERE, OVER, STOP };

enum recover_step { STEP_WHO, STEP_CODE, STEP_PASSWORD, STEP_DONE };

struct recovery {
    enum recover_step step;
    bool lost; /* the mobile is no more: what to do is shown */
    struct sms sms;
    const char *failed; /* key */
    int failed_n;
};

static struct sms *sms_of(struct app *a)
{
    return &((struct recovery *)a->states[SCREEN_recover])->sms;
}

static const char *missing(struct app *a)
{
    if (!typed_good(a, TYPED_ID) || !typed_good(a, TYPED_MOBILE))
        return "recover.fill";
    return captcha_filled(a) ? NULL : "login.fill_captcha";
}

/* --- views --- */

static void lost_phone(struct ui *u, const struct recovery *r)
{
    UI_BUTTON(u, .id = "recover.lost", .label = tr(u, "recover.lost"), .style = BUTTON_LINK, .action = ON(LOST));
    if (!r->lost)
        return;
    UI_OPEN(u, .id = "recover.appeal", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 40,
            .surface = SURFACE_ATTENTION);
    UI_TEXT(u, .text = tr(u, "recover.appeal"), .style = TEXT_LEAD_BOLD, .role = "status");
    UI_TEXT(u, .id = "recover.appeal.text", .text = tr(u, "recover.appeal_text"), .style = TEXT_BODY);
    UI_BUTTON(u, .id = "recover.staff", .label = tr(u, "idle.staff"), .style = BUTTON_ATTENTION,
              .action = ON(APP_STAFF));
    ui_close(u);
}

static void view_who(struct app *a, struct ui *u, const struct recovery *r)
{
    bool busy = call_busy(a, CALL_ACCOUNT);
    const char *why = missing(a);
    if (r->failed)
        ui_note(u, "recover.failed", TONE_BAD, call_words(u, r->failed, r->failed_n));
    if (!a->world.online) {
        typed_box(a, u, TYPED_ID, "recover.id_number", NULL, ON(ID));
        offline_card(a, u, "recover.offline", tr(u, "recover.offline"));
        lost_phone(u, r);
        page_bottom(a, u, ON(APP_BACK), NULL);
        page_end(a, u, &(struct page_next){.id = "recover.here", .label = tr(u, "offline.here"), .action = ON(HERE)});
        return;
    }
    halves_begin(u);
    typed_box(a, u, TYPED_ID, "recover.id_number", NULL, ON(ID));
    typed_box(a, u, TYPED_MOBILE, "recover.mobile", "recover.mobile_help", ON(MOBILE));
    halves_then(u);
    captcha_box(a, u);
    halves_end(u);
    lost_phone(u, r);
    call_progress(a, u, "recover.progress", CALL_ACCOUNT, tr(u, "register.sending"), ON(STOP));
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.id = "recover.send",
                                 .label = tr(u, "recover.send"),
                                 .action = ON(SEND),
                                 .disabled = why || busy,
                                 .busy = busy,
                                 .reason = why && !busy ? tr(u, why) : NULL});
}

static void view_code(struct app *a, struct ui *u, const struct recovery *r)
{
    if (!a->world.online)
        ui_note(u, "recover.offline_now", TONE_APRICOT, tr(u, "offline.wait"));
    sms_view(a, u, &r->sms);
    lost_phone(u, r);
    sms_foot(a, u, &r->sms, &(struct sms_foot){"recover.finish", tr(u, "recover.finish"), ON(FINISH), ON(OVER)});
}

static void view_password(struct app *a, struct ui *u, const struct recovery *r)
{
    ui_note(u, "recover.sent", TONE_INK2, TR(u, "recover.sent_password", {"mobile", r->sms.mobile}));
    lost_phone(u, r);
    page_bottom(a, u, ON(OVER), tr(u, "register.over"));
    page_end(a, u,
             &(struct page_next){.id = "recover.login", .label = tr(u, "register.to_login"), .action = ON(LOGIN)});
}

static void view_done(struct app *a, struct ui *u)
{
    ui_note(u, "recover.done", TONE_GOOD, tr(u, "recover.done"));
    page_bottom(a, u, (struct ui_action){0}, NULL);
    page_end(a, u,
             &(struct page_next){.id = "recover.login", .label = tr(u, "register.to_login"), .action = ON(LOGIN)});
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct recovery *r = state;
    static const char *const helps[] = {"recover.help", "register.help_code", "recover.help_password",
                                        "register.help_done"};
    page_open(a, u,
              &(struct page){.title = tr(u, "login.recover"),
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
    case STEP_PASSWORD:
        view_password(a, u, r);
        return;
    case STEP_DONE:
        view_done(a, u);
        return;
    }
}

/* --- calls --- */

static void sent(struct app *a, const struct call_answer *r)
{
    struct recovery *s = a->states[SCREEN_recover];
    if (sms_asked(a, &s->sms, r, &s->failed, &s->failed_n, "recover.failed"))
        s->step = s->sms.by_password ? STEP_PASSWORD : STEP_CODE;
}

static void ask_message(struct app *a, struct recovery *r)
{
    char id[19];
    typed_id18(a, id);
    r->failed = NULL;
    call_make(a, &(struct call){.purpose = CALL_ACCOUNT,
                                .method = "POST",
                                .path = PATH_SESSION_RECOVER,
                                .content = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "mobile", a->typed.mobile,
                                                     "captcha", a->captcha.id, "text", a->captcha.text),
                                .sealed = true,
                                .done = sent});
}

static void finished(struct app *a, const struct call_answer *r)
{
    struct recovery *s = a->states[SCREEN_recover];
    if (r->ok) {
        log_info("recover", "ok=1");
        sms_leave(a, &s->sms);
        sms_enter(a, &s->sms);
        s->step = STEP_DONE;
    } else {
        sms_refused(a, &s->sms, r);
    }
}

/* --- events --- */

static void begin(struct app *a, struct recovery *r)
{
    r->step = STEP_WHO;
    r->failed = NULL;
    captcha_need(a);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct recovery *r = state;
    if (captcha_event(a, ev) || sms_event(a, &r->sms, ev, sms_of))
        return;
    switch (ev->action.kind) {
    case ID:
        typed_take(a, TYPED_ID, ev);
        return;
    case MOBILE:
        typed_take(a, TYPED_MOBILE, ev);
        return;
    case SEND:
        if (!missing(a) && !call_busy(a, CALL_ACCOUNT))
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
    case LOST:
        r->lost = !r->lost;
        if (r->lost)
            ui_scroll_to(a->ui, "recover.appeal");
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
    struct recovery *r = state;
    sms_enter(a, &r->sms);
    r->lost = false;
    begin(a, r);
}

static void news(struct app *a, void *state)
{
    const struct recovery *r = state;
    if (r->step == STEP_WHO)
        captcha_need(a);
}

static void leave(struct app *a, void *state)
{
    struct recovery *r = state;
    sms_leave(a, &r->sms);
    captcha_leave(a);
}

const struct screen screen_recover = {.name = "recover",
                                      .state = sizeof(struct recovery),
                                      .view = view,
                                      .event = event,
                                      .enter = enter,
                                      .leave = leave,
                                      .news = news};
