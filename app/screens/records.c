/* 历史数据补录: one 申报表 a title, each with its state and the next thing to do with it. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { NEW = 1, CONTINUE, STATUS, DELETE, DELETE_NO, UNDO, MEND, STOP };
#define UNDO_MS 8000

struct records {
    bool busy;
    char asking[37];  /* deletion is asked about */
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
    if (r->deleted[0] && session_open(&a->session))
        declaration_delete(a, r->deleted, thrown);
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
    case DECL_WITHDRAWN:
    case DECL_PURGED:
    case DECL_OTHER:
        return TONE_INK2;
    }
    return TONE_INK2;
}

static void row(struct ui *u, const struct record *rec, size_t i)
{
    char id[48], key[48], when[48];
    const struct declaration_row *d = &rec->row;
    bool draft = d->state == DECL_DRAFT;
    bool back = d->state == DECL_UNIT_RETURNED || d->state == DECL_SUPERIOR_RETURNED;
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
    for (size_t i = 0; i < a->n_records; i++) {
        const struct record *rec = &a->records[i];
        if (strcmp(rec->row.id, r->asking) != 0)
            continue;
        const char *name = rec->title[0] ? rec->title : tr(u, "records.no_title");
        ui_dialog_open(u, &(struct ui_dialog){"records.ask", TR(u, "records.delete_title", {"title", name}),
                                              tr(u, "records.delete_text")});
        UI_OPEN(u, .dir = UI_ROW, .gap = 20);
        UI_BUTTON(u, .id = "records.delete_no", .label = tr(u, "page.cancel"), .grow = 1, .action = ON(DELETE_NO));
        UI_BUTTON(u, .id = "records.delete_yes", .label = tr(u, "page.delete"), .style = BUTTON_DANGER, .grow = 1,
                  .action = ON(DELETE, -1, 0, r->asking));
        ui_close(u);
        ui_dialog_close(u);
    }
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
        row(u, &a->records[i], i);
        shown++;
    }
    if (!shown && a->records_known)
        ui_note(u, "records.empty", TONE_INK2, tr(u, "records.empty"));
    if (r->asking[0])
        ask_overlay(a, u, r);
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
        r->busy = true;
        declaration_open(a, ev->action.name, opened);
        return;
    case STOP:
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
        if (ev->action.a >= 0) {
            zcopy(r->asking, sizeof r->asking, ev->action.name);
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
