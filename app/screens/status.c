/* 状态查询: the states a declaration has gone through, with dates, what the unit wants changed, and what comes next. The
 * guide's words only where the platform has said so. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEND = 1, WITHDRAW, WITHDRAW_YES, WITHDRAW_NO, LOGIN, CONFIRM, STOP };
#define MAX_HISTORY 64

/* A point of the timeline with its sign, and the line to the next one. */
enum mark { MARK_DONE, MARK_ATTENTION, MARK_COMING };
struct mark_look {
    const struct theme *theme;
    enum mark mark;
    bool line;
};

struct status {
    struct mark_look looks[MAX_HISTORY + 4];
    bool known, missing, asking, busy;
    struct declaration_row row;
    struct {
        enum decl_state state;
        int version;
        int64_t at_ms;
        char *text, *reasons;
    } h[MAX_HISTORY];
    size_t n;
    const char *failed;
};

static void drop(struct status *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->h[i].text);
        free(s->h[i].reasons);
    }
    s->n = 0;
}

static bool returned(enum decl_state s)
{
    return s == DECL_UNIT_RETURNED || s == DECL_SUPERIOR_RETURNED;
}

static const struct record *record_of(const struct app *a, const char *id)
{
    for (size_t i = 0; session_open(&a->session) && i < a->n_records; i++)
        if (strcmp(a->records[i].row.id, id) == 0)
            return &a->records[i];
    return NULL;
}

/* --- the timeline --- */

#define MARK_WIDTH 52
#define ROW_GAP    36

static void tick(struct draw *d, int x, int y, int size, uint32_t color)
{
    const int xy[] = {x + size * 28 / 100, y + size * 52 / 100, x + size * 44 / 100,
                      y + size * 68 / 100, x + size * 73 / 100, y + size * 34 / 100};
    draw_stroke(d, xy, 3, size * 16 / 12, color);
}

static void exclamation(struct draw *d, int x, int y, int size, uint32_t color)
{
    const int bar[] = {x + size / 2, y + size * 26 / 100, x + size / 2, y + size * 56 / 100};
    const int dot[] = {x + size / 2, y + size * 73 / 100, x + size / 2, y + size * 74 / 100};
    draw_stroke(d, bar, 2, size * 16 / 10, color);
    draw_stroke(d, dot, 2, size * 16 / 9, color);
}

static void paint_mark(void *ctx, struct draw *d, struct rect r)
{
    const struct mark_look *m = ctx;
    const struct theme *th = m->theme;
    int size = r.w * 44 / MARK_WIDTH, x = r.x + (r.w - size) / 2;
    uint32_t color = m->mark == MARK_DONE ? th->good : m->mark == MARK_ATTENTION ? th->apricot : th->line;
    if (m->line)
        draw_fill(d, (struct rect){r.x + r.w / 2 - 2, r.y + size, 5, r.h - size},
                  m->mark == MARK_DONE ? th->good : th->line, 255);
    draw_round(d, (struct rect){x, r.y, size, size}, size / 2, color, 255, 0, 0);
    if (m->mark == MARK_DONE)
        tick(d, x, r.y, size, th->card);
    else if (m->mark == MARK_ATTENTION)
        exclamation(d, x, r.y, size, th->card);
}

static void row_open(struct ui *u, struct mark_look *look, enum mark mark, bool line)
{
    *look = (struct mark_look){ui_theme(u), mark, line};
    UI_OPEN(u, .dir = UI_ROW, .gap = 28);
    ui_canvas(u, NULL, NULL, MARK_WIDTH, MARK_WIDTH, 0, paint_mark, look);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 8, .grow = 1, .width = 1);
}

static void row_close(struct ui *u, bool line)
{
    if (line)
        ui_space(u, ROW_GAP, 0);
    ui_close(u);
    ui_close(u);
}

static int reasons(struct app *a, struct ui *u, const char *json)
{
    json_t *list = json_loads(json && *json ? json : "[]", 0, NULL);
    struct doc *d = doc_create(a->forms);
    int n = (int)json_array_size(list);
    if (n > 50)
        n = 50;
    if (n)
        UI_OPEN(u, .id = "status.reasons", .dir = UI_COLUMN, .gap = 12, .pad = 28, .surface = SURFACE_APRICOT);
    for (int i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, (size_t)i);
        const char *path = json_string_value(json_object_get(o, "path"));
        const char *text = json_string_value(json_object_get(o, "reason"));
        char id[48];
        struct doc_path p;
        CLEANUP(str) struct str label = {0};
        if (path && doc_path_parse(a->forms, path, &p))
            form_path_text(u, d, p, true, &label);
        else
            str_puts(&label, tr(u, "form.whole"));
        snprintf(id, sizeof id, "status.reason.%d", i + 1);
        UI_OPEN(u, .dir = UI_COLUMN, .gap = 4);
        ui_text(u, TEXT_BODY_BOLD, str_z(&label));
        UI_TEXT(u, .id = id, .text = text ? text : "", .style = TEXT_BODY, .data = true);
        ui_close(u);
    }
    if (n)
        ui_close(u);
    doc_destroy(d);
    json_decref(list);
    return n;
}

static void what_to_do(struct app *a, struct ui *u, const struct status *s, int n_reasons)
{
    if (!record_of(a, s->row.id)) {
        ui_note(u, "status.login_note", TONE_INK2, tr(u, "status.login"));
        UI_BUTTON(u, .id = "status.login", .label = tr(u, "status.login_button"), .action = ON(LOGIN));
        return;
    }
    if (!s->row.content && !account_in(&a->account)) {
        ui_note(u, "status.no_content", TONE_APRICOT, tr(u, "status.no_content"));
        UI_BUTTON(u, .id = "status.login", .label = tr(u, "status.login_platform"), .action = ON(LOGIN));
        return;
    }
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = "status.mend", .style = BUTTON_PRIMARY, .action = ON(MEND), .busy = s->busy,
              .label = n_reasons ? TR(u, "status.mend", {"n", tr_int(u, n_reasons)}) : tr(u, "status.mend_any"));
    ui_close(u);
}

/* 待本人确认: the two ways on, in words, and the one that is open here. */
static void confirm_ways(struct app *a, struct ui *u, const struct status *s)
{
    UI_OPEN(u, .id = "status.confirm_ways", .dir = UI_COLUMN, .gap = 12, .pad = 28, .surface = SURFACE_APRICOT);
    UI_TEXT(u, .text = tr(u, "status.confirm_why"), .style = TEXT_BODY);
    UI_TEXT(u, .text = tr(u, "status.confirm_self"), .style = TEXT_BODY);
    UI_TEXT(u, .text = tr(u, "status.confirm_unit"), .style = TEXT_BODY);
    ui_close(u);
    UI_OPEN(u, .dir = UI_ROW);
    if (account_in(&a->account) && record_of(a, s->row.id))
        UI_BUTTON(u, .id = "status.confirm", .label = tr(u, "status.confirm"), .style = BUTTON_PRIMARY,
                  .action = ON(CONFIRM), .busy = s->busy);
    else
        UI_BUTTON(u, .id = "status.confirm_login", .label = tr(u, "status.login_platform"), .action = ON(LOGIN));
    ui_close(u);
}

static void event_row(struct app *a, struct ui *u, struct status *s, size_t i, bool line)
{
    char id[32], key[48], when[48];
    enum decl_state state = s->h[i].state;
    bool last = i + 1 == s->n, back = returned(state);
    snprintf(id, sizeof id, "status.%zu", i + 1);
    snprintf(key, sizeof key, "state.%s", decl_state_name(state));
    row_open(u, &s->looks[i],
             back || state == DECL_SEND_FAILED || (state == DECL_DELIVERED && last) ? MARK_ATTENTION : MARK_DONE, line);
    bool conflict = state == DECL_SEND_FAILED && strcmp(s->h[i].text, HISTORY_CONFLICT) == 0;
    const char *own = *s->h[i].text && !conflict ? s->h[i].text : NULL; /* the platform's words */
    const char *name = state == DECL_OTHER && own ? own : tr(u, conflict ? "status.conflict" : key);
    UI_TEXT(u, .id = id, .text = name, .style = TEXT_LEAD_BOLD, .role = last ? "status" : "text", .data = name == own);
    CLEANUP(str) struct str below = {0};
    str_puts(&below, page_when(u, s->h[i].at_ms, when, sizeof when));
    if (s->h[i].version > 1)
        str_printf(&below, "　%s", TR(u, "status.version", {"n", tr_int(u, s->h[i].version)}));
    UI_TEXT(u, .text = str_z(&below), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    if (own && name != own && strcmp(own, name) != 0)
        UI_TEXT(u, .text = own, .style = TEXT_BODY, .tone = TONE_INK2, .data = true);
    if (state == DECL_QUEUED && last)
        UI_TEXT(u, .text = tr(u, "receipt.waiting"), .style = TEXT_BODY, .tone = TONE_INK2);
    if (state == DECL_DELIVERED && last)
        confirm_ways(a, u, s);
    if (conflict)
        ui_note(u, "status.overtaken", TONE_APRICOT, tr(u, "status.overtaken"));
    if (conflict && last && !account_in(&a->account))
        UI_BUTTON(u, .id = "status.login", .label = tr(u, "status.login_platform"), .action = ON(LOGIN));
    if (back) {
        int n = reasons(a, u, s->h[i].reasons);
        if (last)
            what_to_do(a, u, s, n);
    }
    row_close(u, line);
}

static const enum decl_state path[] = {DECL_QUEUED, DECL_SUBMITTED_UNIT, DECL_UNIT_REVIEW, DECL_SUBMITTED_SUPERIOR};

/* States that are still to come after the last one; bits by place in path. */
static unsigned to_come(const struct status *s)
{
    enum decl_state now = s->n ? s->h[s->n - 1].state : DECL_QUEUED;
    unsigned bits = 0;
    if (now == DECL_WITHDRAWN || now == DECL_PURGED || now == DECL_OTHER || s->row.overtaken)
        return 0; /* what follows is not ours to say */
    for (size_t i = 0; i < ARRAY_LEN(path); i++)
        if (returned(now) ? path[i] == DECL_SUBMITTED_SUPERIOR : path[i] > now)
            bits |= 1u << i;
    return bits;
}

/* What has not happened is not said in the words for what has. */
static void coming(struct ui *u, struct status *s, unsigned bits)
{
    for (size_t i = 0; i < ARRAY_LEN(path); i++) {
        char key[48];
        if (!(bits & 1u << i))
            continue;
        bool line = bits >> (i + 1) != 0;
        snprintf(key, sizeof key, "coming.%s", decl_state_name(path[i]));
        row_open(u, &s->looks[s->n + i], MARK_COMING, line);
        UI_TEXT(u, .text = tr(u, key), .style = TEXT_LEAD, .tone = TONE_INK2);
        row_close(u, line);
    }
}

/* Without a connection this is what was known last, and when that was. */
static void as_of(struct app *a, struct ui *u)
{
    char when[48];
    if (a->world.online)
        return;
    if (!a->world.last_contact[0])
        ui_note(u, "status.as_of", TONE_INK2, tr(u, "status.as_of_never"));
    else
        ui_note(
            u, "status.as_of", TONE_INK2,
            TR(u, "status.as_of", {"when", page_when(u, strtoll(a->world.last_contact, NULL, 10), when, sizeof when)}));
}

static void take_away(struct app *a, struct ui *u)
{
    CLEANUP(str) struct str url = {0};
    str_printf(&url, "%s/r/%s", a->world.url[0] ? a->world.url : a->conf->address, a->receipt);
    UI_OPEN(u, .dir = UI_ROW, .gap = 40, .pad = 40, .surface = SURFACE_CARD, .cross = CROSS_CENTER);
    ui_qr(u, "status.qr", TR(u, "receipt.qr", {"url", str_z(&url)}), str_z(&url), 6);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 12, .grow = 1, .width = 1);
    ui_text(u, TEXT_LEAD_BOLD, tr(u, "status.take"));
    UI_TEXT(u, .text = tr(u, "status.take_text"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    ui_close(u);
}

static void ask_overlay(struct ui *u, const struct status *s)
{
    ui_dialog_open(u, &(struct ui_dialog){"status.ask", tr(u, "status.withdraw_title"), tr(u, "status.withdraw_text")});
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "status.withdraw_no", .label = tr(u, "page.cancel"), .grow = 1, .action = ON(WITHDRAW_NO));
    UI_BUTTON(u, .id = "status.withdraw_yes", .label = tr(u, "page.ok"), .style = BUTTON_PRIMARY, .grow = 1,
              .action = ON(WITHDRAW_YES), .busy = s->busy);
    ui_close(u);
    ui_dialog_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct status *s = state;
    const struct record *r = record_of(a, s->row.id);
    CLEANUP(str) struct str title = {0};
    if (r && r->title[0])
        str_puts(&title, r->title);
    if (r && r->date[0])
        str_printf(&title, "（%.4s）", r->date);
    page_open(a, u,
              &(struct page){.title = title.len ? str_z(&title) : tr(u, "status.title"),
                             .help = TR(u, "records.receipt", {"number", a->receipt}),
                             .where = tr(u, "status.title"),
                             .connection = true});
    if (s->failed)
        ui_note(u, "status.failed", TONE_BAD, tr(u, s->failed));
    if (s->missing)
        ui_note(u, "status.missing", TONE_BAD, tr(u, "query.not_here"));
    call_progress(a, u, "status.fetching", CALL_DECLARATION, tr(u, "mend.fetching"), ON(STOP));
    call_progress(a, u, "status.confirming", CALL_CONFIRM, tr(u, "status.confirming"), ON(STOP));
    if (s->known) {
        as_of(a, u);
        unsigned bits = to_come(s);
        UI_OPEN(u, .id = "status.card", .dir = UI_COLUMN, .pad = 48, .surface = SURFACE_CARD);
        for (size_t i = 0; i < s->n; i++)
            event_row(a, u, s, i, i + 1 < s->n || bits);
        coming(u, s, bits);
        ui_close(u);
        take_away(a, u);
        if (r)
            slip_box(a, u, "status", a->receipt);
    }
    if (s->asking)
        ask_overlay(u, s);
    bool person = session_open(&a->session);
    page_bottom(a, u, person ? ON(APP_GO, SCREEN_home) : ON(APP_EXIT_YES),
                tr(u, person ? "receipt.home" : "page.exit"));
    if (r && s->known && s->row.state == DECL_QUEUED)
        UI_BUTTON(u, .id = "status.withdraw", .label = tr(u, "status.withdraw"), .action = ON(WITHDRAW));
    if (r && s->known && s->row.state == DECL_WITHDRAWN && s->row.content)
        UI_BUTTON(u, .id = "status.reopen", .label = tr(u, "status.reopen"), .action = ON(MEND));
    page_end(a, u,
             person ? &(struct page_next){.id = "status.records",
                                          .label = tr(u, "receipt.next_title"),
                                          .action = ON(APP_GO, SCREEN_records)}
                    : NULL);
}

/* --- events --- */

static void found(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct status *s = a->states[SCREEN_status];
    if (a->now != SCREEN_status)
        return;
    s->known = ok;
    s->missing = !ok && e->code == ERR_NOT_FOUND;
    if (ok) {
        drop(s);
        s->row = j->rows[0];
        for (size_t i = 0; i < j->n_history && s->n < MAX_HISTORY; i++) {
            if (j->history[i].state == DECL_DRAFT || j->history[i].state == DECL_SENDING)
                continue;
            s->h[s->n].state = j->history[i].state;
            s->h[s->n].version = j->history[i].version;
            s->h[s->n].at_ms = j->history[i].at_ms;
            s->h[s->n].text = xstrdup(j->history[i].text ? j->history[i].text : "");
            s->h[s->n].reasons = xstrdup(j->history[i].reasons ? j->history[i].reasons : "");
            s->n++;
        }
    }
    app_changed(a);
}

static void add_live(struct status *s, const json_t *o)
{
    const char *name = json_string_value(json_object_get(o, "state"));
    const char *text = json_string_value(json_object_get(o, "text"));
    const json_t *list = json_object_get(o, "reasons");
    if (!name || s->n == MAX_HISTORY)
        return;
    char *why = json_is_array(list) ? json_dumps(list, JSON_COMPACT) : NULL;
    s->h[s->n].state = decl_state_of_platform(name);
    s->h[s->n].version = (int)json_integer_value(json_object_get(o, "version"));
    s->h[s->n].at_ms = json_integer_value(json_object_get(o, "at"));
    s->h[s->n].text = xstrdup(text ? text : name);
    s->h[s->n].reasons = xstrdup(why ? why : "");
    free(why);
    s->n++;
}

/* A receipt of another kiosk, as the platform told it. */
static void take_live(struct app *a, struct status *s)
{
    const json_t *history = json_object_get(a->receipt_live, "history");
    drop(s);
    for (size_t i = 0; i < json_array_size(history); i++)
        add_live(s, json_array_get(history, i));
    if (!s->n)
        add_live(s, a->receipt_live);
    s->row = (struct declaration_row){.state = s->n ? s->h[s->n - 1].state : DECL_OTHER};
    s->known = s->n > 0;
    s->missing = !s->known;
    app_changed(a);
}

static void ask(struct app *a, void *state)
{
    const char *of = json_string_value(json_object_get(a->receipt_live, "receipt"));
    if (of && strcmp(of, a->receipt) == 0) {
        take_live(a, state);
        return;
    }
    receipt_history(a, a->receipt, found);
    if (session_open(&a->session)) {
        person_records(a);
        profile_fetch(a, false);
    }
}

static void mended(struct app *a, const char *words)
{
    struct status *s = a->states[SCREEN_status];
    if (a->now != SCREEN_status)
        return;
    s->busy = false;
    s->failed = words;
    if (!words)
        app_go(a, SCREEN_check);
}

static void confirmed(struct app *a, const char *words)
{
    struct status *s = a->states[SCREEN_status];
    if (a->now != SCREEN_status)
        return;
    s->busy = false;
    s->failed = words;
}

static void withdrawn(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct status *s = a->states[SCREEN_status];
    (void)j;
    s->busy = s->asking = false;
    s->failed = ok ? NULL : e->code == ERR_STATE ? "status.too_late" : "status.failed";
    if (!ok)
        log_warn("declaration.withdraw", "code=%s: %s", err_code_name(e->code), e->text);
    ask(a, s);
}

static void print(struct app *a, const struct status *s)
{
    const struct record *r = record_of(a, s->row.id);
    char name[64] = "";
    CLEANUP(str) struct str title = {0};
    if (r && r->title[0])
        str_printf(&title, "%s（%.4s）", r->title, r->date);
    if (a->session.doc)
        name_mask(doc_text(a->session.doc, (struct doc_path){"identity_check", NO_ENTRY, "full_name"}), name,
                  sizeof name);
    slip_print(a,
               &(struct slip_text){.receipt = a->receipt, .name = name, .title = str_z(&title), .state = s->row.state});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct status *s = state;
    if (slip_event(ev))
        print(a, s);
    switch (ev->action.kind) {
    case MEND:
        if (s->busy)
            return;
        s->busy = true;
        s->failed = NULL;
        declaration_mend(a, s->row.id, mended);
        return;
    case CONFIRM:
        if (s->busy)
            return;
        s->busy = true;
        declaration_confirm(a, s->row.id, confirmed);
        return;
    case STOP:
        call_cancel(a, CALL_DECLARATION);
        call_cancel(a, CALL_CONFIRM);
        s->busy = false;
        return;
    case WITHDRAW:
        s->asking = true;
        return;
    case WITHDRAW_NO:
        s->asking = false;
        return;
    case WITHDRAW_YES:
        s->busy = true;
        declaration_withdraw(a, s->row.id, withdrawn);
        return;
    case LOGIN:
        app_go(a, session_open(&a->session) ? SCREEN_login : SCREEN_home);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct status *s = state;
    drop(s);
    memset(s, 0, sizeof *s);
    if (!a->receipt_open) {
        app_replace(a, SCREEN_query);
        return;
    }
    ask(a, s);
}

static void leave(struct app *a, void *state)
{
    (void)a;
    drop(state);
}

const struct screen screen_status = {.name = "status",
                                     .state = sizeof(struct status),
                                     .view = view,
                                     .event = event,
                                     .enter = enter,
                                     .leave = leave,
                                     .news = ask};
