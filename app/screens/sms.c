#include "app/screens/sms.h"

#include "app/screens/page.h"

#include <string.h>

enum { CODE = 850, PASSWORD, AGAIN, RESEND, STOP };
enum { CODE_LENGTH = 6 };

static void due(void *ctx)
{
    app_changed(ctx); /* the code is over: the page says so */
}

void sms_enter(struct app *a, struct sms *s)
{
    if (!s->password)
        s->password = password_new(a);
    if (!s->again)
        s->again = password_new(a);
}

void sms_leave(struct app *a, struct sms *s)
{
    shell_timer(a->shell, -1, due, a);
    password_free(a, &s->password);
    password_free(a, &s->again);
    s->left_code = s->left_password = s->left_again = false;
    memset(s->code, 0, sizeof s->code);
    s->failed = NULL;
}

bool sms_begin(struct app *a, struct sms *s, const json_t *answer)
{
    int64_t now = clock_mono(a->clock), ends = json_integer_value(json_object_get(answer, "expires_in")),
            resend = json_integer_value(json_object_get(answer, "resend_in"));
    const char *ticket = json_string_value(json_object_get(answer, "ticket")),
               *mobile = json_string_value(json_object_get(answer, "mobile")),
               *mode = json_string_value(json_object_get(answer, "mode"));
    if (!ticket || !*ticket || strlen(ticket) >= sizeof s->ticket || ends <= 0 || ends > INT32_MAX || resend < 0 ||
        resend > INT32_MAX)
        return false;
    zcopy(s->ticket, sizeof s->ticket, ticket);
    zcopy(s->mobile, sizeof s->mobile, mobile ? mobile : "");
    s->by_password = mode && strcmp(mode, "password") == 0;
    s->ends_ms = now + ends * 1000;
    s->resend_ms = now + resend * 1000;
    shell_timer(a->shell, s->ends_ms, due, a);
    s->gone = false;
    s->failed = NULL;
    memset(s->code, 0, sizeof s->code);
    return true;
}

static bool code_whole(const struct sms *s)
{
    return strlen(s->code) == CODE_LENGTH && strspn(s->code, "0123456789") == CODE_LENGTH;
}

static bool over(const struct app *a, const struct sms *s)
{
    return s->gone || clock_mono(a->clock) >= s->ends_ms;
}

const char *sms_missing(const struct app *a, const struct sms *s)
{
    if (over(a, s))
        return "sms.over";
    if (!code_whole(s))
        return "sms.fill_code";
    if (!s->password->text[0] || password_weak(a, s->password))
        return "sms.fill_password";
    return strcmp(s->password->text, s->again->text) != 0 ? "sms.fill_again" : NULL;
}

static void resend_row(struct app *a, struct ui *u, const struct sms *s)
{
    bool wait = clock_mono(a->clock) < s->resend_ms;
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20, .cross = CROSS_CENTER);
    UI_BUTTON(u, .id = "sms.resend", .label = tr(u, "sms.resend"), .style = BUTTON_SECONDARY, .action = ON(RESEND),
              .disabled = wait || over(a, s) || call_busy(a, CALL_ACCOUNT));
    if (wait)
        UI_TEXT(u, .id = "sms.resend_in", .text = time_left(a, u, "sms.resend_in", s->resend_ms),
                .style = TEXT_SECONDARY, .tone = TONE_INK2, .role = "status");
    ui_close(u);
}

void sms_view(struct app *a, struct ui *u, const struct sms *s)
{
    const char *weak = s->left_password && s->password->text[0] ? password_weak(a, s->password) : NULL;
    if (over(a, s))
        ui_note(u, "sms.over", TONE_BAD, tr(u, "sms.over"));
    else if (s->failed)
        ui_note(u, "sms.failed", TONE_BAD, call_words(u, s->failed, s->failed_n));
    ui_note(u, "sms.sent", TONE_INK2, TR(u, "sms.sent", {"mobile", s->mobile}));
    halves_begin(u);
    ui_textbox(u,
               &(struct ui_textbox){.field = {.id = "sms.code",
                                              .label = tr(u, "sms.code"),
                                              .required = true,
                                              .disabled = over(a, s),
                                              .error = s->left_code && !code_whole(s) ? tr(u, "sms.fill_code") : NULL,
                                              .action = ON(CODE)},
                                    .value = s->code,
                                    .keyboard = "number",
                                    .max_len = CODE_LENGTH});
    resend_row(a, u, s);
    halves_then(u);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20, .pad = 28, .surface = SURFACE_CARD);
    ui_text(u, TEXT_BODY_BOLD, tr(u, "password.title"));
    password_rules(u, "password.rules");
    password_box(u, "sms.password", tr(u, "password.new"), tr(u, "login.password_help"), s->password, weak,
                 ON(PASSWORD));
    password_box(u, "sms.again", tr(u, "password.again"), NULL, s->again,
                 s->left_again && strcmp(s->password->text, s->again->text) != 0 ? "password.differs" : NULL,
                 ON(AGAIN));
    ui_close(u);
    halves_end(u);
    call_progress(a, u, "sms.progress", CALL_ACCOUNT, tr(u, "login.checking"), ON(STOP));
}

void sms_finish(struct app *a, const struct sms *s, void (*done)(struct app *a, const struct call_answer *r))
{
    call_make(a, &(struct call){.purpose = CALL_ACCOUNT,
                                .method = "POST",
                                .path = PATH_SESSION_FINISH,
                                .content = json_pack("{s:s, s:s, s:s}", "ticket", s->ticket, "code", s->code,
                                                     "password", s->password->text),
                                .sealed = true,
                                .done = done});
}

void sms_refused(struct app *a, struct sms *s, const struct call_answer *r)
{
    const char *reason = json_string_value(json_object_get(r->problem, "reason"));
    s->failed = r->words;
    s->failed_n = r->tries_left >= 0 ? r->tries_left : r->retry_after_s;
    if (r->kind == PROBLEM_CODE_WRONG) {
        memset(s->code, 0, sizeof s->code);
        s->left_code = false;
        s->gone = r->tries_left <= 0;
    } else if (r->kind == PROBLEM_PASSWORD_WEAK) {
        if (reason && strings_find(a->fallback, reason)) {
            zcopy(s->reason, sizeof s->reason, reason);
            s->failed = s->reason;
        }
        a->crypto->wipe(s->again->text, sizeof s->again->text);
    } else if (r->kind == PROBLEM_SESSION || r->kind == PROBLEM_NOT_FOUND || r->kind == PROBLEM_EXPIRED_TOKEN) {
        s->gone = true;
    }
    ui_scroll_to(a->ui, s->gone ? "sms.over" : "sms.failed");
}

/* The screen's sms may have gone when the answer comes: it is looked up again. */
static struct sms *(*waiting)(struct app *a);

static void resent(struct app *a, const struct call_answer *r)
{
    struct sms *s = waiting(a);
    if (r->ok && sms_begin(a, s, r->content))
        return;
    s->failed = r->ok ? "problem.other" : r->words;
    s->failed_n = r->retry_after_s;
    if (r->kind == PROBLEM_TOO_SOON)
        s->resend_ms = clock_mono(a->clock) + (int64_t)r->retry_after_s * 1000;
    else if (!r->offline && r->kind != PROBLEM_BUSY)
        s->gone = r->kind < PROBLEM_KINDS;
}

static void resend(struct app *a, const struct sms *s)
{
    call_make(a, &(struct call){.purpose = CALL_ACCOUNT,
                                .method = "POST",
                                .path = PATH_SESSION_RESEND,
                                .content = json_pack("{s:s}", "ticket", s->ticket),
                                .sealed = true,
                                .done = resent});
}

bool sms_event(struct app *a, struct sms *s, const struct ui_event *ev, struct sms *(*of)(struct app *a))
{
    bool left = ev->what == UI_COMMIT;
    switch (ev->action.kind) {
    case CODE:
        zcopy(s->code, sizeof s->code, ev->text ? ev->text : "");
        s->left_code = left && s->code[0];
        return true;
    case PASSWORD:
        password_take(a, s->password, ev);
        s->left_password = left;
        return true;
    case AGAIN:
        password_take(a, s->again, ev);
        s->left_again = left && s->again->text[0];
        return true;
    case RESEND:
        if (clock_mono(a->clock) >= s->resend_ms && !over(a, s) && !call_busy(a, CALL_ACCOUNT)) {
            waiting = of;
            resend(a, s);
        }
        return true;
    case STOP:
        call_cancel(a, CALL_ACCOUNT);
        return true;
    default:
        return false;
    }
}

/* --- what registration and recovery share of their pages --- */

void sms_foot(struct app *a, struct ui *u, const struct sms *s, const struct sms_foot *f)
{
    bool busy = call_busy(a, CALL_ACCOUNT);
    const char *why = sms_missing(a, s);
    page_bottom(a, u, f->over, tr(u, "register.over"));
    page_end(a, u,
             &(struct page_next){.id = f->id,
                                 .label = f->label,
                                 .action = f->finish,
                                 .disabled = why || busy,
                                 .busy = busy,
                                 .reason = why && !busy ? tr(u, why) : NULL});
}

bool sms_asked(struct app *a, struct sms *s, const struct call_answer *r, const char **failed, int *n, const char *note)
{
    if (r->ok && sms_begin(a, s, r->content)) {
        captcha_leave(a);
        if (!s->by_password)
            ui_focus(a->ui, "sms.code");
        return true;
    }
    *failed = r->ok ? "problem.other" : r->words;
    *n = r->retry_after_s;
    if (!r->offline)
        captcha_used(a);
    ui_scroll_to(a->ui, note);
    return false;
}
