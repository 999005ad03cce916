/* The receipt: number, QR, masked name, what happens next. Nothing says 已经提交 before the platform has. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

enum { HOME = 1, NEXT_TITLE, STATUS };

struct receipt {
    bool known;
    char declaration[37];
    enum decl_state state;
};

static void card(struct app *a, struct ui *u, const struct receipt *r)
{
    char name[64], key[48];
    CLEANUP(str) struct str url = {0};
    name_mask(doc_text(a->session.doc, (struct doc_path){"identity_check", NO_ENTRY, "full_name"}), name, sizeof name);
    snprintf(key, sizeof key, "state.%s", decl_state_name(r->known ? r->state : DECL_QUEUED));
    str_printf(&url, "%s/r/%s", a->world.url[0] ? a->world.url : a->conf->address, a->receipt);
    UI_OPEN(u, .id = "receipt.card", .dir = UI_COLUMN, .gap = 20, .pad = 48, .surface = SURFACE_CARD,
            .cross = CROSS_CENTER);
    UI_TEXT(u, .text = tr(u, "receipt.number"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    UI_TEXT(u, .id = "receipt.number", .text = a->receipt, .style = TEXT_TITLE, .tone = TONE_BRAND, .data = true);
    ui_qr(u, "receipt.qr", TR(u, "receipt.qr", {"url", str_z(&url)}), str_z(&url), 10);
    UI_TEXT(u, .id = "receipt.name", .text = TR(u, "receipt.name", {"name", name}), .style = TEXT_BODY);
    UI_TEXT(u, .id = "receipt.state", .text = tr(u, key), .style = TEXT_LEAD_BOLD, .role = "status",
            .tone = r->known && r->state == DECL_SUBMITTED_UNIT ? TONE_GOOD : TONE_APRICOT);
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct receipt *r = state;
    bool waiting = !r->known || r->state == DECL_QUEUED || r->state == DECL_SENDING;
    page_open(a, u,
              &(struct page){.title = tr(u, waiting ? "receipt.title" : "receipt.title_sent"),
                             .help = tr(u, waiting ? "receipt.help" : "receipt.help_sent"),
                             .where = "",
                             .connection = true});
    card(a, u, r);
    if (waiting)
        ui_note(u, "receipt.waiting", TONE_APRICOT, tr(u, "receipt.waiting"));
    slip_box(a, u, "receipt", a->receipt);
    ui_note(u, "receipt.code", TONE_INK2, tr(u, "receipt.code"));
    CLEANUP(str) struct str basis = {0};
    str_puts(&basis, TR(u, "receipt.address", {"address", a->world.url[0] ? a->world.url : a->conf->address}));
    UI_TEXT(u, .text = str_z(&basis), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    if (*form_set_home(a->forms))
        UI_TEXT(u, .id = "receipt.at_home", .text = TR(u, "receipt.at_home", {"address", form_set_home(a->forms)}),
                .style = TEXT_SECONDARY, .tone = TONE_INK2);
    UI_TEXT(u, .id = "receipt.basis", .style = TEXT_TAG, .tone = TONE_INK2,
            .text = TR(u, "receipt.basis", {"version", form_set_rules_version(a->forms)}));
    page_bottom(a, u, ON(HOME), tr(u, "receipt.home"));
    UI_BUTTON(u, .id = "receipt.status", .label = tr(u, "records.status"), .action = ON(STATUS));
    page_end(a, u,
             &(struct page_next){
                 .id = "receipt.next_title", .label = tr(u, "receipt.next_title"), .action = ON(NEXT_TITLE)});
}

static void print(struct app *a, const struct receipt *r)
{
    char name[64];
    CLEANUP(str) struct str title = {0};
    name_mask(doc_text(a->session.doc, (struct doc_path){"identity_check", NO_ENTRY, "full_name"}), name, sizeof name);
    const struct record *of = person_record(a, r->declaration);
    if (of && of->title[0])
        str_printf(&title, "%s（%.4s）", of->title, of->date);
    slip_print(a, &(struct slip_text){.receipt = a->receipt,
                                      .name = name,
                                      .title = str_z(&title),
                                      .state = r->known ? r->state : DECL_QUEUED});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    if (slip_event(ev))
        print(a, state);
    switch (ev->action.kind) {
    case HOME:
        app_go(a, SCREEN_home);
        return;
    case NEXT_TITLE:
        app_go(a, SCREEN_records);
        return;
    case STATUS:
        app_go(a, SCREEN_status);
        return;
    }
}

static void known(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct receipt *r = a->states[SCREEN_receipt];
    (void)e;
    if (!ok || a->now != SCREEN_receipt)
        return;
    r->known = true;
    r->state = j->rows[0].state;
    zcopy(r->declaration, sizeof r->declaration, j->rows[0].id);
    if (strcmp(a->slip.receipt, a->receipt) != 0)
        print(a, r); /* the first time by itself; again at the button */
    app_changed(a);
}

static void ask(struct app *a, void *state)
{
    (void)state;
    receipt_history(a, a->receipt, known);
}

static void enter(struct app *a, void *state)
{
    struct receipt *r = state;
    r->known = false;
    ask(a, state);
}

const struct screen screen_receipt = {
    .name = "receipt", .state = sizeof(struct receipt), .view = view, .event = event, .enter = enter, .news = ask};
