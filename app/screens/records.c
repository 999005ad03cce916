/* 历史数据补录: one 申报表 a title, each with its state and the next thing to do with it. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/parked.h"
#include "app/screens/person.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { NEW = 1, CONTINUE, STATUS, DELETE, DELETE_NO, UNDO, MEND, STOP, TAKE, TAKE_OURS, TAKE_NO };
#define AWAY    (-2) /* of a deletion: the draft is on the platform alone */
#define UNDO_MS 8000

struct records {
    bool busy;
    char asking[37];   /* deletion is asked about */
    char choosing[37]; /* which of two drafts is asked */
    bool asking_away;
    char deleted[37]; /* is thrown away at undo_until, unless taken back */
    int64_t undo_until;
    const char *failed;
};

static void open_step(struct app *a)
{
    bool returned = form_reasons_open(&a->reasons, a->session.doc) > 0;
    app_go(a, returned ? SCREEN_check : app_next_open(a));
}

static void opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct records *r = a->states[SCREEN_records];
    (void)j;
    r->busy = false;
    r->failed = ok ? NULL : "records.failed";
    if (ok)
        open_step(a);
    else
        log_error("declaration.open", "code=%s: %s", err_code_name(e->code), e->text);
}

static void mended(struct app *a, const char *words)
{
    struct records *r = a->states[SCREEN_records];
    if (a->now != SCREEN_records)
        return;
    r->busy = false;
    r->failed = words;
    if (!words)
        open_step(a);
}

/* --- drafts that were written on at another kiosk --- */

static bool can_take(const struct app *a)
{
    return a->world.online && account_in(&a->account);
}

static void go_on_with(struct app *a, struct records *r, const char *id)
{
    struct parked_draft d;
    const struct record *rec = person_record(a, id);
    r->failed = NULL;
    enum parked_stand stand = rec && can_take(a) && parked_find(a, id, &d) ? parked_stand(&rec->row, &d) : PARKED_OURS;
    if (stand == PARKED_DIVERGED) {
        zcopy(r->choosing, sizeof r->choosing, id);
        return;
    }
    r->busy = true;
    if (stand == PARKED_OURS)
        declaration_open(a, id, opened);
    else
        parked_open(a, id, stand == PARKED_NEWER, mended);
}

static void away_deleted(struct app *a, const char *words)
{
    struct records *r = a->states[SCREEN_records];
    if (a->now == SCREEN_records)
        r->failed = words;
}

static const char *parked_text(struct ui *u, const char *key, const struct parked_place *at)
{
    char when[48];
    return TR(u, key, {"hall", at->hall}, {"n", tr_int(u, at->kiosk)},
              {"when", page_when(u, at->edited_ms, when, sizeof when)});
}

static void parked_note(struct app *a, struct ui *u, const struct record *rec)
{
    struct parked_draft d;
    if (rec->row.state != DECL_DRAFT)
        return;
    if (!parked_find(a, rec->row.id, &d)) {
        if (rec->row.park == PARK_CONFLICT)
            ui_note(u, NULL, TONE_APRICOT, tr(u, "parked.conflict"));
        return;
    }
    switch (parked_stand(&rec->row, &d)) {
    case PARKED_NEWER:
        ui_note(u, "records.newer", TONE_BRAND,
                parked_text(u, can_take(a) ? "parked.newer" : "parked.newer_offline", &d.at));
        break;
    case PARKED_DIVERGED:
        ui_note(u, "records.diverged", TONE_APRICOT,
                parked_text(u, can_take(a) ? "parked.diverged" : "parked.diverged_offline", &d.at));
        break;
    case PARKED_GONE:
        ui_note(u, "records.gone", TONE_APRICOT, tr(u, "parked.gone"));
        break;
    case PARKED_OURS:
    case PARKED_SAME:
        break;
    }
    if (d.other.edited_ms && d.mine)
        ui_note(u, "records.other", TONE_APRICOT, parked_text(u, "parked.other", &d.other));
}

static void away_row(struct app *a, struct ui *u, size_t i, const struct parked_draft *d)
{
    char id[48];
    CLEANUP(str) struct str title = {0};
    str_puts(&title, *d->name ? d->name : tr(u, "records.no_title"));
    if (*d->name && *d->date)
        str_printf(&title, "（%.4s）", d->date);
    snprintf(id, sizeof id, "records.away.%zu", i + 1);
    UI_OPEN(u, .id = id, .role = "listitem", .label = str_z(&title), .dir = UI_COLUMN, .gap = 16, .pad = 32,
            .surface = SURFACE_ATTENTION);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1, .gap = 4);
    ui_text(u, TEXT_LEAD_BOLD, str_z(&title));
    UI_TEXT(u, .text = parked_text(u, "parked.at", &d->at), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    ui_badge(u, NULL, TONE_APRICOT, "", tr(u, "parked.badge"));
    ui_close(u);
    if (d->other.edited_ms)
        ui_note(u, NULL, TONE_APRICOT, parked_text(u, "parked.other", &d->other));
    bool on = can_take(a);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .main = MAIN_END, .cross = CROSS_CENTER);
    snprintf(id, sizeof id, "records.away.%zu.delete", i + 1);
    UI_BUTTON(u, .id = id, .label = tr(u, "records.delete"), .style = BUTTON_QUIET, .disabled = !on,
              .action = ON(DELETE, AWAY, 0, d->declaration));
    snprintf(id, sizeof id, "records.away.%zu.continue", i + 1);
    UI_BUTTON(u, .id = id, .label = tr(u, "records.continue"), .style = BUTTON_PRIMARY, .disabled = !on,
              .reason = on ? NULL : tr(u, account_in(&a->account) ? "offline.needs" : "parked.login"),
              .action = ON(TAKE, 0, 0, d->declaration));
    ui_close(u);
    ui_close(u);
}

/* Both were written on: the person's word, the newer one first. Nothing is dropped before it. */
static void choose_overlay(struct app *a, struct ui *u, const struct records *r)
{
    struct parked_draft d;
    const struct record *rec = person_record(a, r->choosing);
    char when[48];
    if (!rec || !parked_find(a, r->choosing, &d))
        return;
    CLEANUP(str) struct str theirs = {0}, ours = {0};
    str_puts(&theirs, parked_text(u, "parked.theirs", &d.at));
    str_puts(&ours, TR(u, "parked.ours", {"when", page_when(u, rec->row.changed_ms, when, sizeof when)}));
    bool newer = d.at.edited_ms >= rec->row.changed_ms + a->world.offset_ms;
    ui_dialog_open(u, &(struct ui_dialog){"records.choose", tr(u, "parked.choose"), tr(u, "parked.choose_text")});
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20);
    for (int i = 0; i < 2; i++) {
        bool take = newer == (i == 0);
        UI_BUTTON(u, .id = take ? "records.choose_theirs" : "records.choose_ours",
                  .label = str_z(take ? &theirs : &ours), .style = i ? BUTTON_SECONDARY : BUTTON_PRIMARY,
                  .action = ON(take ? TAKE : TAKE_OURS, 0, 0, r->choosing));
    }
    UI_BUTTON(u, .id = "records.choose_no", .label = tr(u, "page.cancel"), .style = BUTTON_QUIET,
              .action = ON(TAKE_NO));
    ui_close(u);
    ui_dialog_close(u);
}

/* --- deleting, with a few seconds to take it back --- */

static void thrown(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)a;
    (void)j;
    if (!ok)
        log_error("declaration.delete", "code=%s: %s", err_code_name(e->code), e->text);
}

static void delete_now(struct app *a, struct records *r)
{
    struct parked_draft d;
    if (r->deleted[0] && session_open(&a->session)) {
        if (can_take(a) && parked_find(a, r->deleted, &d) && !d.gone)
            parked_delete(a, r->deleted, NULL); /* else the agent takes back what this kiosk holds */
        parked_forget(a, r->deleted);
        declaration_delete(a, r->deleted, thrown);
        a->park_go = true;
        parked_go(a);
    }
    r->deleted[0] = '\0';
}

static void on_undo_over(void *ctx)
{
    struct app *a = ctx;
    struct records *r = a->states[SCREEN_records];
    if (r)
        delete_now(a, r);
    app_changed(a);
}

/* --- the list --- */

static enum ui_tone state_tone(enum decl_state s)
{
    switch (s) {
    case DECL_DRAFT:
    case DECL_UNIT_RETURNED:
    case DECL_SUPERIOR_RETURNED:
    case DECL_SEND_FAILED:
    case DECL_DELIVERED: /* the person's turn, all of them */
        return TONE_APRICOT;
    case DECL_SUBMITTED_UNIT:
    case DECL_UNIT_REVIEW:
    case DECL_SUBMITTED_SUPERIOR:
    case DECL_DONE:
        return TONE_GOOD;
    case DECL_QUEUED:
    case DECL_SENDING:
    case DECL_FORWARDED:
    case DECL_WITHDRAWN:
    case DECL_PURGED:
    case DECL_OTHER:
        return TONE_INK2;
    }
    return TONE_INK2;
}

static void row(struct app *a, struct ui *u, const struct record *rec, size_t i)
{
    struct parked_draft away;
    char id[48], key[48], when[48];
    const struct declaration_row *d = &rec->row;
    bool draft = d->state == DECL_DRAFT;
    bool back = d->state == DECL_UNIT_RETURNED || d->state == DECL_SUPERIOR_RETURNED;
    if (back && parked_find(a, d->id, &away) && !away.gone && away.version > d->version)
        back = false; /* it is being mended at another kiosk: that draft is offered */
    CLEANUP(str) struct str title = {0}, note = {0};
    str_puts(&title, rec->title[0] ? rec->title : tr(u, draft ? "records.no_title" : "records.submitted"));
    if (rec->date[0]) {
        str_printf(&title, "（%.4s）", rec->date);
        form_date_text(u, rec->date, true, &note);
        str_puts(&note, "　");
    }
    if (draft)
        str_puts(&note, TR(u, "records.at_step", {"n", tr_int(u, rec->step + 1)}));
    else
        str_puts(&note, TR(u, "records.receipt", {"number", d->receipt}));
    snprintf(key, sizeof key, "state.%s", decl_state_name(d->state));
    snprintf(id, sizeof id, "records.%zu", i + 1);
    UI_OPEN(u, .id = id, .role = "listitem", .label = str_z(&title), .dir = UI_COLUMN, .gap = 16, .pad = 32,
            .surface = state_tone(d->state) == TONE_APRICOT ? SURFACE_ATTENTION : SURFACE_CARD);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1, .gap = 4);
    ui_text(u, TEXT_LEAD_BOLD, str_z(&title));
    UI_TEXT(u, .text = str_z(&note), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    UI_TEXT(u, .text = TR(u, "records.changed", {"when", page_when(u, d->changed_ms, when, sizeof when)}),
            .style = TEXT_TAG, .tone = TONE_INK2);
    ui_close(u);
    snprintf(id, sizeof id, "records.%zu.state", i + 1);
    ui_badge(u, id, state_tone(d->state), state_tone(d->state) == TONE_GOOD ? "✓" : "", tr(u, key));
    ui_close(u);
    if (d->overtaken)
        ui_note(u, NULL, TONE_APRICOT, tr(u, "status.overtaken"));
    parked_note(a, u, rec);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .main = MAIN_END);
    if (draft) {
        snprintf(id, sizeof id, "records.%zu.delete", i + 1);
        UI_BUTTON(u, .id = id, .label = tr(u, "records.delete"), .style = BUTTON_QUIET,
                  .action = ON(DELETE, (int)i, 0, d->id));
    }
    if (d->receipt[0]) {
        snprintf(id, sizeof id, "records.%zu.status", i + 1);
        UI_BUTTON(u, .id = id, .label = tr(u, "records.status"), .action = ON(STATUS, (int)i, 0, d->receipt));
    }
    if (back) {
        snprintf(id, sizeof id, "records.%zu.mend", i + 1);
        UI_BUTTON(u, .id = id, .label = tr(u, "status.mend_any"), .style = BUTTON_PRIMARY,
                  .action = ON(MEND, (int)i, 0, d->id));
    }
    if (draft) {
        snprintf(id, sizeof id, "records.%zu.continue", i + 1);
        UI_BUTTON(u, .id = id, .label = tr(u, "records.continue"), .style = BUTTON_PRIMARY,
                  .action = ON(CONTINUE, (int)i, 0, d->id));
    }
    ui_close(u);
    ui_close(u);
}

static void ask_overlay(struct app *a, struct ui *u, const struct records *r)
{
    struct parked_draft d;
    const struct record *rec = person_record(a, r->asking);
    const char *title = r->asking_away ? parked_find(a, r->asking, &d) ? d.name : NULL : rec ? rec->title : NULL;
    if (!title)
        return;
    ui_dialog_open(
        u, &(struct ui_dialog){"records.ask",
                               TR(u, "records.delete_title", {"title", *title ? title : tr(u, "records.no_title")}),
                               tr(u, r->asking_away ? "parked.delete_text" : "records.delete_text")});
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "records.delete_no", .label = tr(u, "page.cancel"), .grow = 1, .action = ON(DELETE_NO));
    UI_BUTTON(u, .id = "records.delete_yes", .label = tr(u, "page.delete"), .style = BUTTON_DANGER, .grow = 1,
              .action = ON(DELETE, -1, 0, r->asking));
    ui_close(u);
    ui_dialog_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct records *r = state;
    const struct crumb crumbs[] = {{"records.home", tr(u, "home.title"), SCREEN_home},
                                   {"records.services", tr(u, "services.title"), SCREEN_services},
                                   {"records.here", tr(u, "records.title"), SCREEN_records}};
    size_t drafts = 0, shown = 0;
    page_open(a, u,
              &(struct page){
                  .title = tr(u, "records.title"), .help = tr(u, "records.help"), .where = "", .connection = true});
    page_crumbs(a, u, crumbs, 3);
    if (r->failed)
        ui_note(u, "records.failed", TONE_BAD, tr(u, r->failed));
    call_progress(a, u, "records.fetching", CALL_DECLARATION, tr(u, "mend.fetching"), ON(STOP));
    call_progress(a, u, "records.taking", CALL_DRAFT, tr(u, "parked.taking"), ON(STOP));
    if (r->deleted[0]) {
        UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER, .surface = SURFACE_TINT, .pad = 20);
        UI_TEXT(u, .id = "records.deleted", .text = tr(u, "records.deleted"), .grow = 1, .role = "status");
        UI_BUTTON(u, .id = "records.undo", .label = tr(u, "page.undo"), .action = ON(UNDO));
        ui_close(u);
    }
    for (size_t i = 0; i < a->n_records; i++) {
        drafts += a->records[i].row.state == DECL_DRAFT;
        if (strcmp(a->records[i].row.id, r->deleted) == 0)
            continue;
        row(a, u, &a->records[i], i);
        shown++;
    }
    struct parked_draft away;
    for (size_t i = 0; parked_away(a, i, &away); i++, shown++, drafts++)
        away_row(a, u, i, &away);
    if (!shown && a->records_known)
        ui_note(u, "records.empty", TONE_INK2, tr(u, "records.empty"));
    if (r->asking[0])
        ask_overlay(a, u, r);
    if (r->choosing[0])
        choose_overlay(a, u, r);
    page_bottom(a, u, ON(APP_GO, SCREEN_home), NULL);
    page_end(a, u,
             &(struct page_next){.id = "records.new",
                                 .label = tr(u, "records.new"),
                                 .action = ON(NEW),
                                 .disabled = drafts >= MAX_DRAFTS || r->busy,
                                 .busy = r->busy,
                                 .reason = drafts >= MAX_DRAFTS ? tr(u, "records.too_many") : NULL});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct records *r = state;
    switch (ev->action.kind) {
    case NEW:
        app_go(a, SCREEN_start);
        return;
    case CONTINUE:
        if (!r->busy)
            go_on_with(a, r, ev->action.name);
        return;
    case TAKE:
    case TAKE_OURS:
        if (r->busy)
            return;
        r->choosing[0] = '\0';
        r->busy = true;
        r->failed = NULL;
        parked_open(a, ev->action.name, ev->action.kind == TAKE, mended);
        return;
    case TAKE_NO:
        r->choosing[0] = '\0';
        return;
    case STOP:
        call_cancel(a, CALL_DRAFT);
        call_cancel(a, CALL_DECLARATION);
        r->busy = false;
        return;
    case MEND:
        if (r->busy)
            return;
        r->busy = true;
        r->failed = NULL;
        declaration_mend(a, ev->action.name, mended);
        return;
    case STATUS:
        zcopy(a->receipt, sizeof a->receipt, ev->action.name);
        a->receipt_open = true;
        app_go(a, SCREEN_status);
        return;
    case DELETE:
        if (ev->action.a >= 0 || ev->action.a == AWAY) {
            zcopy(r->asking, sizeof r->asking, ev->action.name);
            r->asking_away = ev->action.a == AWAY;
            return;
        }
        if (r->asking_away) {
            parked_delete(a, r->asking, away_deleted);
            r->asking[0] = '\0';
            return;
        }
        delete_now(a, r);
        zcopy(r->deleted, sizeof r->deleted, r->asking);
        r->asking[0] = '\0';
        shell_timer(a->shell, clock_mono(a->clock) + UNDO_MS, on_undo_over, a);
        return;
    case DELETE_NO:
        r->asking[0] = '\0';
        return;
    case UNDO:
        r->deleted[0] = '\0';
        shell_timer(a->shell, -1, on_undo_over, a);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct records *r = state;
    r->busy = false;
    r->failed = NULL;
    declaration_put_down(a);
    person_records(a);
    profile_fetch(a, false);
}

static void leave(struct app *a, void *state)
{
    shell_timer(a->shell, -1, on_undo_over, a);
    delete_now(a, state);
}

static void news(struct app *a, void *state)
{
    (void)state;
    person_records(a);
    profile_fetch(a, false);
}

const struct screen screen_records = {.name = "records",
                                      .state = sizeof(struct records),
                                      .view = view,
                                      .event = event,
                                      .enter = enter,
                                      .leave = leave,
                                      .news = news};
