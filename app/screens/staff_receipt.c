/* A receipt shown again, for somebody who lost theirs; and at their wish the end of all that this kiosk holds of them. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>

enum { NUMBER = 1, FIND, PURGE, PURGE_YES, PURGE_NO };

struct again {
    char typed[40], number[RECEIPT_SIZE];
    struct declaration_row row;
    bool busy, known, asking;
    const char *error, *said; /* string keys */
};

static void card(struct app *a, struct ui *u, const struct again *g)
{
    char key[48], when[48];
    CLEANUP(str) struct str url = {0};
    snprintf(key, sizeof key, "state.%s", decl_state_name(g->row.state));
    str_printf(&url, "%s/r/%s", a->world.url[0] ? a->world.url : a->conf->address, g->number);
    UI_OPEN(u, .id = "staff_receipt.card", .dir = UI_COLUMN, .gap = 20, .pad = 48, .surface = SURFACE_CARD,
            .cross = CROSS_CENTER);
    UI_TEXT(u, .id = "staff_receipt.shown", .text = g->number, .style = TEXT_TITLE, .tone = TONE_BRAND, .data = true);
    ui_qr(u, "staff_receipt.qr", TR(u, "receipt.qr", {"url", str_z(&url)}), str_z(&url), 10);
    UI_TEXT(u, .id = "staff_receipt.state", .text = tr(u, key), .style = TEXT_LEAD_BOLD, .role = "status");
    UI_TEXT(u, .text = TR(u, "records.changed", {"when", page_when(u, g->row.changed_ms, when, sizeof when)}),
            .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    slip_box(a, u, "staff_receipt", g->number);
    UI_BUTTON(u, .id = "staff_receipt.purge", .label = tr(u, "staff_receipt.purge"), .style = BUTTON_DANGER,
              .icon = "trash", .action = ON(PURGE));
}

static void ask_first(struct ui *u, const struct again *g)
{
    ui_dialog_open(u, &(struct ui_dialog){"staff_receipt.sure", tr(u, "staff_receipt.sure"),
                                          TR(u, "staff_receipt.sure_text", {"number", g->number})});
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "staff_receipt.no", .label = tr(u, "staff_receipt.keep"), .grow = 1, .action = ON(PURGE_NO));
    UI_BUTTON(u, .id = "staff_receipt.yes", .label = tr(u, "staff_receipt.purge"), .style = BUTTON_DANGER, .grow = 1,
              .action = ON(PURGE_YES));
    ui_close(u);
    ui_dialog_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct again *g = state;
    page_open(a, u,
              &(struct page){.title = tr(u, "staff_receipt.title"),
                             .help = tr(u, "staff_receipt.help"),
                             .where = tr(u, "staff_desk.title")});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "staff_receipt.number",
                                                 .label = tr(u, "query.number"),
                                                 .required = true,
                                                 .error = g->error ? tr(u, g->error) : NULL,
                                                 .action = ON(NUMBER)},
                                       .value = g->typed,
                                       .placeholder = "7K3M-9QXT-2RWD-P",
                                       .keyboard = "latin",
                                       .max_len = 20});
    if (g->said)
        ui_note(u, "staff_receipt.said", TONE_INK2, tr(u, g->said));
    if (g->known)
        card(a, u, g);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.label = tr(u, "staff_receipt.find"),
                                 .action = ON(FIND),
                                 .disabled = !g->typed[0] || g->busy,
                                 .busy = g->busy,
                                 .reason = g->typed[0] ? NULL : tr(u, "staff_receipt.fill")});
    if (g->asking)
        ask_first(u, g);
}

static void found(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct again *g = a->states[SCREEN_staff_receipt];
    if (a->now != SCREEN_staff_receipt)
        return;
    g->busy = false;
    g->known = ok;
    g->error = ok ? NULL : e->code == ERR_NOT_FOUND ? "query.not_here" : "who.store_failed";
    if (ok) {
        CLEANUP(str) struct str detail = {0};
        g->row = j->rows[0];
        str_printf(&detail, "receipt=%s", g->number);
        staff_note(a, "staff.receipt", str_z(&detail));
    }
    app_changed(a);
}

static bool purge(struct store *s, struct job *j, struct err *e)
{
    return store_purge(s, j->receipt, e);
}

static void purged(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct again *g = a->states[SCREEN_staff_receipt];
    if (a->now != SCREEN_staff_receipt)
        return;
    g->said = ok                         ? "staff_receipt.purged"
              : e->code == ERR_STATE     ? "staff_receipt.waits"
              : e->code == ERR_NOT_FOUND ? "staff_receipt.nothing"
                                         : "who.store_failed";
    if (ok) {
        CLEANUP(str) struct str detail = {0};
        str_printf(&detail, "receipt=%s", j->receipt);
        staff_note(a, "staff.purge", str_z(&detail));
    } else if (e->code != ERR_STATE && e->code != ERR_NOT_FOUND) {
        log_error("staff.purge", "%s", e->text);
    }
    app_changed(a);
}

static void find(struct app *a, struct again *g)
{
    g->known = false;
    g->said = NULL;
    if (!receipt_parse(g->typed, g->number)) {
        g->error = "query.number_wrong";
        return;
    }
    g->busy = true;
    receipt_history(a, g->number, found);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct again *g = state;
    if (slip_event(ev)) {
        CLEANUP(str) struct str detail = {0};
        str_printf(&detail, "receipt=%s", g->number);
        staff_note(a, "staff.print", str_z(&detail));
        slip_print(a, &(struct slip_text){.receipt = g->number, .name = "", .title = "", .state = g->row.state});
        return;
    }
    switch (ev->action.kind) {
    case NUMBER:
        zcopy(g->typed, sizeof g->typed, ev->text ? ev->text : "");
        g->error = NULL;
        return;
    case FIND:
        find(a, g);
        return;
    case PURGE:
        g->asking = true;
        return;
    case PURGE_YES: {
        struct job *j = job_new(a, purge, purged);
        zcopy(j->receipt, sizeof j->receipt, g->number);
        g->asking = false;
        job_post(j);
        return;
    }
    case PURGE_NO:
        g->asking = false;
        return;
    }
}

static void leave(struct app *a, void *state)
{
    a->crypto->wipe(state, sizeof(struct again));
}

const struct screen screen_staff_receipt = {
    .name = "staff_receipt", .state = sizeof(struct again), .view = view, .event = event, .leave = leave};
