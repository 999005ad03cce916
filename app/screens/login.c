/* 登录: ID number, password, 验证码. Directly under the 验证码 stands 找回用户名或密码, as the guide has it. Nothing on this
 * page tells whether a number has an account. */
#include "app/screens/own_folder.h"
#include "app/screens/page.h"

#include "sync/base/log.h"

#include <string.h>

enum { TAB = 1, ID, PASSWORD, RECOVER, REGISTER, LOGIN, HERE, STOP };

enum { WARN_TRIES = 3 };

struct login {
    struct password *password;
    const char *failed; /* key */
    int failed_n;
    int64_t locked_until;
    char locked_id[19]; /* whose number is locked */
    bool arriving;      /* logged in; the folder is being opened */
};

static bool locked(struct app *a, const struct login *l)
{
    char id[19];
    typed_id18(a, id);
    return l->locked_until > clock_mono(a->clock) && strcmp(id, l->locked_id) == 0;
}

static const char *missing(struct app *a, const struct login *l)
{
    if (!typed_good(a, TYPED_ID))
        return "login.fill_id";
    if (!l->password->text[0])
        return "login.fill_password";
    return captcha_filled(a) ? NULL : "login.fill_captcha";
}

static void notes(struct app *a, struct ui *u, const struct login *l)
{
    if (locked(a, l))
        ui_note(u, "login.locked", TONE_BAD, time_left(a, u, "login.locked", l->locked_until));
    else if (l->failed)
        ui_note(u, "login.failed", TONE_BAD, call_words(u, l->failed, l->failed_n));
}

static void online(struct app *a, struct ui *u, const struct login *l)
{
    notes(a, u, l);
    halves_begin(u);
    chip_box(a, u, "login");
    typed_box(a, u, TYPED_ID, "login.id_number", NULL, ON(ID));
    password_box(u, "login.password", tr(u, "login.password"), tr(u, "login.password_help"), l->password, NULL,
                 ON(PASSWORD));
    halves_then(u);
    captcha_box(a, u);
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20, .main = MAIN_BETWEEN);
    UI_BUTTON(u, .id = "login.recover", .label = tr(u, "login.recover"), .style = BUTTON_LINK, .action = ON(RECOVER));
    UI_BUTTON(u, .id = "login.register", .label = tr(u, "login.register"), .style = BUTTON_LINK,
              .action = ON(REGISTER));
    ui_close(u);
    halves_end(u);
    call_progress(a, u, "login.progress", CALL_ACCOUNT, tr(u, "login.checking"), ON(STOP));
    call_progress(a, u, "login.opening", CALL_SLOT, tr(u, "login.opening"), ON(STOP));
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct login *l = state;
    const char *tabs[] = {tr(u, "login.tab_id"), tr(u, "login.tab_wechat")};
    page_open(a, u,
              &(struct page){.title = tr(u, "login.title"),
                             .help = tr(u, "login.help"),
                             .where = tr(u, "login.title"),
                             .connection = true});
    ui_tabs(u, "login.tabs", tabs, 2, 0, ON(TAB));
    if (a->world.online) {
        const char *why = missing(a, l);
        bool busy = l->arriving || call_busy(a, CALL_ACCOUNT);
        online(a, u, l);
        page_bottom(a, u, ON(APP_BACK), NULL);
        page_end(a, u,
                 &(struct page_next){.id = "login.login",
                                     .label = tr(u, "login.login"),
                                     .action = ON(LOGIN),
                                     .disabled = why || busy || locked(a, l),
                                     .busy = busy,
                                     .reason = busy           ? NULL
                                               : locked(a, l) ? tr(u, "login.wait")
                                               : why          ? tr(u, why)
                                                              : NULL});
        return;
    }
    typed_box(a, u, TYPED_ID, "login.id_number", NULL, ON(ID));
    offline_card(a, u, "login.offline", tr(u, "login.offline"));
    UI_OPEN(u, .dir = UI_WRAP, .gap = 12, .cross = CROSS_CENTER);
    UI_BUTTON(u, .id = "login.recover", .label = tr(u, "login.recover"), .style = BUTTON_LINK, .action = ON(RECOVER));
    UI_TEXT(u, .id = "login.recover_needs", .text = tr(u, "offline.needs"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u, &(struct page_next){.id = "login.here", .label = tr(u, "offline.here"), .action = ON(HERE)});
}

/* --- what the platform says --- */

static void arrived(struct app *a, enum own_folder r, const char *words)
{
    struct login *l = a->states[SCREEN_login];
    l->arriving = false;
    switch (r) {
    case OWN_OPEN:
        own_folder_arrive(a);
        return;
    case OWN_NEEDS_CODE:
        app_replace(a, SCREEN_who);
        return;
    case OWN_FAILED:
        l->failed = words;
        return;
    }
}

static void lock(struct app *a, struct login *l, int seconds)
{
    typed_id18(a, l->locked_id);
    l->locked_until = clock_mono(a->clock) + (int64_t)(seconds > 0 ? seconds : 60) * 1000;
    l->failed = NULL;
}

static void answered(struct app *a, const struct call_answer *r)
{
    struct login *l = a->states[SCREEN_login];
    struct err e = {0};
    if (r->ok && account_login(&a->account, r->content, clock_mono(a->clock), &e)) {
        log_info("login", "ok=1");
        a->crypto->wipe(l->password->text, sizeof l->password->text);
        l->arriving = true;
        own_folder_open(a, arrived);
        return;
    }
    if (r->ok)
        log_error("login", "why=\"%s\"", e.text);
    l->failed = r->ok ? "problem.other" : r->words;
    l->failed_n = r->retry_after_s;
    if (r->kind == PROBLEM_LOGIN_WRONG && r->tries_left >= 0 && r->tries_left <= WARN_TRIES) {
        l->failed = "login.wrong_n"; /* counted for numbers without an account as well */
        l->failed_n = r->tries_left;
    }
    if (r->kind == PROBLEM_LOCKED)
        lock(a, l, r->retry_after_s);
    if (r->kind == PROBLEM_LOGIN_WRONG || r->kind == PROBLEM_LOCKED)
        a->crypto->wipe(l->password->text, sizeof l->password->text);
    if (!r->offline)
        captcha_used(a);
    ui_scroll_to(a->ui, l->failed ? "login.failed" : "login.locked");
}

static void log_in(struct app *a, struct login *l)
{
    char id[19];
    typed_id18(a, id);
    l->failed = NULL;
    call_make(a, &(struct call){.purpose = CALL_ACCOUNT,
                                .method = "POST",
                                .path = PATH_SESSION_LOGIN,
                                .content = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "password", l->password->text,
                                                     "captcha", a->captcha.id, "text", a->captcha.text),
                                .sealed = true,
                                .done = answered});
}

static void stop(struct app *a, struct login *l)
{
    bool asked = call_busy(a, CALL_ACCOUNT);
    call_cancel(a, CALL_ACCOUNT);
    call_cancel(a, CALL_SLOT);
    l->arriving = false;
    if (asked)
        captcha_used(a); /* the platform may have taken it */
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct login *l = state;
    if (captcha_event(a, ev) || chip_event(a, ev))
        return;
    switch (ev->action.kind) {
    case TAB:
        if (ev->number == 1)
            app_replace(a, SCREEN_wechat);
        return;
    case ID:
        typed_take(a, TYPED_ID, ev);
        return;
    case PASSWORD:
        password_take(a, l->password, ev);
        return;
    case RECOVER:
        app_go(a, SCREEN_recover);
        return;
    case REGISTER:
        app_go(a, SCREEN_register);
        return;
    case LOGIN:
        if (!missing(a, l) && !locked(a, l) && !l->arriving && !call_busy(a, CALL_ACCOUNT))
            log_in(a, l);
        return;
    case HERE:
        app_replace(a, SCREEN_who);
        return;
    case STOP:
        stop(a, l);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct login *l = state;
    if (!l->password)
        l->password = password_new(a);
    if (a->world.online)
        captcha_fetch(a);
    chip_enter(a, NULL);
}

static void news(struct app *a, void *state)
{
    (void)state;
    captcha_need(a);
}

/* The lock is remembered while the person is here: who comes back to the page sees it counting on. */
static void leave(struct app *a, void *state)
{
    struct login *l = state;
    password_free(a, &l->password);
    captcha_leave(a);
    chip_leave(a);
    l->failed = NULL;
    l->arriving = false;
}

const struct screen screen_login = {.name = "login",
                                    .state = sizeof(struct login),
                                    .view = view,
                                    .event = event,
                                    .enter = enter,
                                    .leave = leave,
                                    .news = news};
