/* 账号、微信与取件码: what opens this person's things, and what it means to change it. */
#include "app/screens/page.h"

#include "sync/base/log.h"

enum { BIND = 1, UNBIND, UNBIND_YES, UNBIND_NO, STOP };

struct own {
    bool asking, undone;
    const char *failed; /* string key */
};

static void wechat(struct app *a, struct ui *u, const struct own *o)
{
    bool in = account_in(&a->account), bound = a->account.wechat;
    UI_OPEN(u, .id = "account.wechat", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 40,
            .surface = SURFACE_CARD);
    ui_text(u, TEXT_LEAD_BOLD, tr(u, "account.wechat"));
    if (!in) {
        UI_TEXT(u, .text = tr(u, "account.wechat_login"), .style = TEXT_BODY, .tone = TONE_INK2);
        ui_close(u);
        return;
    }
    if (o->undone)
        ui_note(u, "account.undone", TONE_GOOD, tr(u, "account.undone"));
    ui_note(u, "account.wechat_state", bound ? TONE_GOOD : TONE_INK2,
            tr(u, bound ? "account.bound" : "account.unbound"));
    UI_TEXT(u, .text = tr(u, bound ? "account.bound_text" : "account.unbound_text"), .style = TEXT_BODY,
            .tone = TONE_INK2);
    if (o->failed)
        ui_note(u, "account.failed", TONE_BAD, tr(u, o->failed));
    call_progress(a, u, "account.progress", CALL_ACCOUNT, tr(u, "account.undoing"), ON(STOP));
    bool busy = call_busy(a, CALL_ACCOUNT), off = !a->world.online || busy;
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20, .cross = CROSS_CENTER);
    UI_BUTTON(u, .id = bound ? "account.unbind" : "account.bind",
              .label = tr(u, bound ? "account.unbind" : "account.bind"), .style = BUTTON_SECONDARY, .disabled = off,
              .reason = a->world.online ? NULL : tr(u, "offline.needs"), .action = ON(bound ? UNBIND : BIND));
    if (!a->world.online)
        UI_TEXT(u, .text = tr(u, "offline.needs"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    ui_close(u);
}

static void code(const struct app *a, struct ui *u)
{
    bool has = a->session.has_code;
    UI_OPEN(u, .id = "account.code", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 40, .surface = SURFACE_CARD);
    ui_text(u, TEXT_LEAD_BOLD, tr(u, "account.code"));
    ui_note(u, "account.code_state", has ? TONE_GOOD : TONE_INK2,
            tr(u, has ? "account.code_set" : "account.code_none"));
    UI_TEXT(u, .text = tr(u, "confirm.code_why"), .style = TEXT_BODY, .tone = TONE_INK2);
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = "account.code_go", .label = tr(u, has ? "code.title_other" : "confirm.code"),
              .style = BUTTON_SECONDARY, .action = ON(APP_GO, SCREEN_code));
    ui_close(u);
    ui_close(u);
}

static void sure(struct ui *u)
{
    ui_dialog_open(u, &(struct ui_dialog){
                          .id = "account.sure", .title = tr(u, "account.sure"), .text = tr(u, "account.sure_text")});
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "account.no", .label = tr(u, "account.keep"), .grow = 1, .action = ON(UNBIND_NO));
    UI_BUTTON(u, .id = "account.yes", .label = tr(u, "account.unbind"), .style = BUTTON_DANGER, .grow = 1,
              .action = ON(UNBIND_YES));
    ui_close(u);
    ui_dialog_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct own *o = state;
    page_open(a, u,
              &(struct page){
                  .title = tr(u, "account.title"), .help = tr(u, "account.help"), .where = "", .connection = true});
    halves_begin(u);
    wechat(a, u, o);
    halves_then(u);
    code(a, u);
    halves_end(u);
    if (o->asking)
        sure(u);
    page_bottom(a, u, ON(APP_GO, SCREEN_home), NULL);
    page_end(a, u, NULL);
}

static void unbound(struct app *a, const struct call_answer *r)
{
    struct own *o = a->states[SCREEN_account];
    o->undone = r->ok;
    o->failed = r->ok ? NULL : r->offline ? "account.offline" : r->words;
    if (!r->ok)
        return;
    a->account.wechat = false;
    log_info("wechat.unbound", "ok=1");
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct own *o = state;
    switch (ev->action.kind) {
    case BIND:
        a->bind_next = true;
        app_go(a, SCREEN_wechat);
        return;
    case UNBIND:
    case UNBIND_NO:
        o->asking = ev->action.kind == UNBIND;
        return;
    case UNBIND_YES:
        o->asking = o->undone = false;
        o->failed = NULL;
        call_make(a, &(struct call){.purpose = CALL_ACCOUNT,
                                    .method = "DELETE",
                                    .path = PATH_SESSION_WECHAT,
                                    .session = true,
                                    .done = unbound});
        return;
    case STOP:
        call_cancel(a, CALL_ACCOUNT);
        o->failed = "account.offline"; /* nobody knows whether it was done: it may be asked for again */
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct own *o = state;
    *o = (struct own){0};
    profile_fetch(a, true); /* another kiosk or phone may have changed the binding */
}

const struct screen screen_account = {
    .name = "account", .state = sizeof(struct own), .view = view, .event = event, .enter = enter};
