/* 离线登记: who is here, without the platform: ID number, name, mobile, 取件码. A number that has a folder on this kiosk is
 * asked for its 取件码 only. So is, once, who logged in and has a folder from before that only its 取件码 opens. */
#include "app/screens/jobs.h"
#include "app/screens/own_folder.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "sync/base/log.h"

#include <string.h>

enum { ID = 1, NAME, MOBILE, CODE, CODE2, NEXT, LOGIN, WECHAT, STAFF, ANEW, ANEW_YES, ANEW_NO };

struct who {
    char code[16], code2[16];
    bool left_code, left_code2;
    char asked_id[19];
    bool asked, known, has_code, busy;
    bool sure;      /* the dialog before the old drafts are thrown away */
    int tries_left; /* -1: not tried */
    int64_t locked_until;
    const char *failed; /* string key */
};

/* Logged in already: only the old folder is not open. */
static bool logged_in(const struct app *a)
{
    return account_in(&a->account);
}

static const char *code_error(const struct who *w)
{
    if (!w->left_code)
        return NULL;
    if (!code_good(w->code))
        return "who.code_digits";
    return !w->known && code_weak(w->code) ? "who.code_weak" : NULL;
}

static bool complete(struct app *a, const struct who *w)
{
    if (!w->asked || !code_good(w->code))
        return false;
    if (w->known)
        return w->has_code;
    return typed_good(a, TYPED_ID) && typed_good(a, TYPED_NAME) && typed_good(a, TYPED_MOBILE) && !code_weak(w->code) &&
           strcmp(w->code, w->code2) == 0;
}

static void lock_note(struct app *a, struct ui *u, const struct who *w)
{
    int64_t left = w->locked_until - clock_mono(a->clock);
    if (left > 0)
        ui_note(u, "who.locked", TONE_BAD, TR(u, "who.locked", {"n", tr_int(u, (int)((left + 59999) / 60000))}));
    else if (w->tries_left >= 0)
        ui_note(u, "who.wrong", TONE_BAD, TR(u, "who.wrong", {"n", tr_int(u, w->tries_left)}));
    if (w->failed)
        ui_note(u, "who.failed", TONE_BAD, tr(u, w->failed));
}

/* 取件码 forgotten: who logs in needs none. */
static void forgotten(struct app *a, struct ui *u)
{
    UI_OPEN(u, .id = "who.forgotten", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 28, .surface = SURFACE_TINT);
    UI_TEXT(u, .text = tr(u, logged_in(a) ? "who.forgotten_login" : "who.forgotten"), .style = TEXT_BODY);
    if (logged_in(a))
        UI_BUTTON(u, .id = "who.anew", .label = tr(u, "who.anew"), .style = BUTTON_SECONDARY, .action = ON(ANEW));
    else
        UI_BUTTON(u, .id = "who.login", .label = tr(u, "who.to_login"), .style = BUTTON_SECONDARY, .action = ON(LOGIN),
                  .disabled = !a->world.online, .reason = a->world.online ? NULL : tr(u, "offline.needs"));
    if (!logged_in(a)) {
        UI_OPEN(u, .dir = UI_ROW, .main = MAIN_END);
        UI_BUTTON(u, .id = "who.by_chip", .label = tr(u, "who.to_staff"), .style = BUTTON_SECONDARY,
                  .action = ON(STAFF));
        ui_close(u);
    }
    ui_close(u);
}

static void known_fields(struct app *a, struct ui *u, const struct who *w)
{
    ui_note(u, "who.known", TONE_GOOD, tr(u, logged_in(a) ? "who.known_login" : "who.known"));
    code_box(u, "who.code", tr(u, "who.code_again"), w->code, code_error(w), ON(CODE));
    lock_note(a, u, w);
    forgotten(a, u);
}

/* Made after a login, and no 取件码 was chosen: the platform opens it. */
static void login_only(struct app *a, struct ui *u)
{
    ui_note(u, "who.login_only", TONE_APRICOT, tr(u, a->world.online ? "who.login_only" : "who.login_only_offline"));
    UI_BUTTON(u, .id = "who.login", .label = tr(u, "who.to_login"), .style = BUTTON_PRIMARY, .action = ON(LOGIN),
              .disabled = !a->world.online, .reason = a->world.online ? NULL : tr(u, "offline.needs"));
}

static void new_fields(struct app *a, struct ui *u, const struct who *w)
{
    typed_box(a, u, TYPED_NAME, "who.name", NULL, ON(NAME));
    typed_box(a, u, TYPED_MOBILE, "who.mobile", NULL, ON(MOBILE));
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20, .pad = 28, .surface = SURFACE_CARD);
    ui_text(u, TEXT_BODY_BOLD, tr(u, "who.code_title"));
    UI_TEXT(u, .text = tr(u, "who.code_why"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    code_box(u, "who.code", tr(u, "who.code"), w->code, code_error(w), ON(CODE));
    code_box(u, "who.code2", tr(u, "who.code2"), w->code2,
             w->left_code2 && strcmp(w->code, w->code2) != 0 ? "who.code_differs" : NULL, ON(CODE2));
    ui_close(u);
    lock_note(a, u, w);
}

static void other_ways(struct app *a, struct ui *u)
{
    if (logged_in(a))
        return;
    char id[19];
    typed_id18(a, id);
    if (account_proof_of(&a->account, id) == PROOF_WECHAT || *account_claim_of(&a->account, id))
        ui_note(u, "who.wechat_done", TONE_GOOD, tr(u, "who.wechat_done"));
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20);
    UI_BUTTON(u, .id = "who.to_login", .label = tr(u, "who.to_login"), .style = BUTTON_LINK, .action = ON(LOGIN));
    UI_BUTTON(u, .id = "who.to_wechat", .label = tr(u, "door.wechat"), .style = BUTTON_LINK, .action = ON(WECHAT));
    ui_close(u);
}

static void sure(struct ui *u)
{
    ui_dialog_open(u, &(struct ui_dialog){
                          .id = "who.anew_sure", .title = tr(u, "who.anew_title"), .text = tr(u, "who.anew_text")});
    UI_BUTTON(u, .id = "who.anew_no", .label = tr(u, "page.cancel"), .style = BUTTON_SECONDARY, .action = ON(ANEW_NO));
    UI_BUTTON(u, .id = "who.anew_yes", .label = tr(u, "who.anew_yes"), .style = BUTTON_DANGER, .action = ON(ANEW_YES));
    ui_dialog_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct who *w = state;
    page_open(a, u,
              &(struct page){.title = tr(u, logged_in(a) ? "who.title_code" : "who.title"),
                             .help = tr(u, logged_in(a) ? "who.help_code" : "who.help"),
                             .where = "",
                             .connection = true});
    if (!logged_in(a)) {
        if (!a->world.online)
            ui_note(u, "who.offline", TONE_INK2, tr(u, "who.offline"));
        chip_box(a, u, "who");
        typed_box(a, u, TYPED_ID, "who.id_number", NULL, ON(ID));
    }
    if (w->asked && w->known && !w->has_code && !logged_in(a))
        login_only(a, u);
    else if (w->asked && w->known)
        known_fields(a, u, w);
    else if (w->asked)
        new_fields(a, u, w);
    else if (w->failed)
        ui_note(u, "who.failed", TONE_BAD, tr(u, w->failed));
    other_ways(a, u);
    if (w->sure)
        sure(u);
    bool ok = complete(a, w) && !w->busy && w->locked_until <= clock_mono(a->clock);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.label = tr(u, "page.next"),
                                 .action = ON(NEXT),
                                 .disabled = !ok,
                                 .busy = w->busy,
                                 .reason = ok || w->busy ? NULL : tr(u, "who.fill")});
}

/* --- answers of the store --- */

static void asked(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct who *w = a->states[SCREEN_who];
    char id[19];
    typed_id18(a, id);
    if (a->now != SCREEN_who || (!logged_in(a) && strcmp(j->name, id) != 0))
        return;
    w->asked = ok;
    w->known = ok && j->flag;
    w->has_code = ok && j->number;
    w->failed = ok ? NULL : "who.store_failed";
    if (!ok)
        log_error("folder.ask", "%s", e->text);
    else if (!w->known || w->has_code)
        zcopy(a->focus, sizeof a->focus, w->known ? "who.code" : "who.name");
    app_changed(a);
}

static void opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct who *w = a->states[SCREEN_who];
    w->busy = false;
    if (ok) {
        own_folder_arrive(a);
        return;
    }
    w->tries_left = e->code == ERR_DENIED ? j->verdict.tries_left : -1;
    w->locked_until = j->verdict.locked_for_ms ? clock_mono(a->clock) + j->verdict.locked_for_ms : 0;
    w->failed = e->code == ERR_DENIED ? NULL : e->code == ERR_FULL ? "page.unsaved_full" : "who.store_failed";
    if (e->code != ERR_DENIED)
        log_error("folder.open", "%s", e->text);
    memset(w->code, 0, sizeof w->code);
    session_wipe(&a->session);
}

static void made_anew(struct app *a, enum own_folder r, const char *words)
{
    struct who *w = a->states[SCREEN_who];
    w->busy = false;
    if (r == OWN_OPEN)
        own_folder_arrive(a);
    else
        w->failed = words ? words : "who.store_failed";
}

/* --- events --- */

static void ask(struct app *a, struct who *w, const char *id)
{
    zcopy(w->asked_id, sizeof w->asked_id, id);
    w->asked = w->known = w->has_code = false;
    person_ask(a, id, asked);
}

static void take_id(struct app *a, struct who *w, const struct ui_event *ev)
{
    char before[19], id[19];
    typed_id18(a, before);
    typed_take(a, TYPED_ID, ev);
    typed_id18(a, id);
    if (strcmp(before, id) == 0 && w->asked)
        return;
    w->asked = w->known = false;
    if (typed_good(a, TYPED_ID))
        ask(a, w, id);
}

/* A card was read, or the person chose its number. */
static void from_card(struct app *a)
{
    struct who *w = a->states[SCREEN_who];
    char id[19];
    typed_id18(a, id);
    if (typed_good(a, TYPED_ID) && strcmp(id, w->asked_id) != 0)
        ask(a, w, id);
}

static void next(struct app *a, struct who *w)
{
    char id[19];
    if (w->busy || !complete(a, w))
        return;
    zcopy(id, sizeof id, logged_in(a) ? a->account.secret->id18 : "");
    if (!id[0])
        typed_id18(a, id);
    w->busy = true;
    w->failed = NULL;
    session_begin(&a->session, a->crypto, id, w->code);
    person_open(a, w->known ? FOLDER_BY_CODE : FOLDER_NEW, opened);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct who *w = state;
    const char *text = ev->text ? ev->text : "";
    if (chip_event(a, ev))
        return;
    switch (ev->action.kind) {
    case ID:
        take_id(a, w, ev);
        return;
    case NAME:
        typed_take(a, TYPED_NAME, ev);
        return;
    case MOBILE:
        typed_take(a, TYPED_MOBILE, ev);
        return;
    case CODE:
        zcopy(w->code, sizeof w->code, text);
        w->left_code = ev->what == UI_COMMIT && *text;
        w->tries_left = -1;
        return;
    case CODE2:
        zcopy(w->code2, sizeof w->code2, text);
        w->left_code2 = ev->what == UI_COMMIT && *text;
        return;
    case NEXT:
        next(a, w);
        return;
    case LOGIN:
        app_go(a, SCREEN_login);
        return;
    case STAFF:
        app_go(a, SCREEN_forgotten);
        return;
    case WECHAT:
        app_go(a, SCREEN_wechat);
        return;
    case ANEW:
    case ANEW_NO:
        w->sure = ev->action.kind == ANEW;
        return;
    case ANEW_YES:
        w->sure = false;
        w->busy = true;
        own_folder_anew(a, made_anew);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct who *w = state;
    char id[19];
    w->tries_left = -1;
    typed_id18(a, id);
    if (logged_in(a))
        ask(a, w, a->account.secret->id18);
    else if (typed_good(a, TYPED_ID)) /* typed on the way here */
        ask(a, w, id);
    if (!logged_in(a))
        chip_enter(a, from_card);
}

/* The 取件码 does not stay behind the page. */
static void leave(struct app *a, void *state)
{
    a->crypto->wipe(state, sizeof(struct who));
    chip_leave(a);
    if (!session_open(&a->session))
        session_wipe(&a->session);
}

const struct screen screen_who = {
    .name = "who", .state = sizeof(struct who), .view = view, .event = event, .enter = enter, .leave = leave};
