/* A.基本信息: five values to compare with the ID card, 正确 or 有误. */
#include "app/screens/wizard.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>

enum { RIGHT = 1, WRONG };

struct identity {
    bool closing, wrong;
};

static void rows(struct app *a, struct ui *u)
{
    const struct form_section *s = app_section(a, "identity_check");
    UI_OPEN(u, .id = "identity.card", .dir = UI_COLUMN, .gap = 20, .pad = 40, .surface = SURFACE_CARD);
    for (size_t i = 0; i < s->n_fields; i++) {
        char id[160];
        CLEANUP(str) struct str value = {0};
        struct doc_path p = {s->key, NO_ENTRY, s->fields[i].key};
        doc_path_id(p, id, sizeof id);
        form_answer_text(u, a->session.doc, p, &value);
        if (i)
            ui_divider(u);
        UI_OPEN(u, .dir = UI_WRAP, .gap = 12, .main = MAIN_BETWEEN);
        UI_TEXT(u, .text = form_label(u, &s->fields[i]), .style = TEXT_BODY, .tone = TONE_INK2);
        UI_TEXT(u, .id = id, .text = str_z(&value), .style = TEXT_LEAD_BOLD, .data = true);
        ui_close(u);
    }
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct identity *s = state;
    page_open(a, u,
              &(struct page){.title = tr(u, "identity.title"),
                             .help = tr(u, "identity.help"),
                             .step = 1,
                             .step_text = tr(u, "identity_check"),
                             .close = ON(WIZARD_CLOSE)});
    if (a->reasons.n)
        ui_note(u, "identity.reasons", TONE_APRICOT, tr(u, "identity.reasons"));
    rows(a, u);
    if (s->wrong)
        ui_note(u, "identity.wrong_note", TONE_APRICOT, tr(u, "identity.wrong_text"));
    wizard_overlay(a, u, s->closing);
    page_bottom(a, u, ON(WRONG), tr(u, "identity.wrong"));
    page_end(a, u, &(struct page_next){.label = tr(u, "identity.right"), .action = ON(RIGHT)});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct identity *s = state;
    if (wizard_event(a, ev, &s->closing))
        return;
    if (ev->action.kind == RIGHT)
        app_go(a, SCREEN_award);
    else if (ev->action.kind == WRONG)
        s->wrong = true;
}

static void enter(struct app *a, void *state)
{
    struct identity *s = state;
    s->closing = s->wrong = false;
    wizard_enter(a);
}

const struct screen screen_identity = {
    .name = "identity", .state = sizeof(struct identity), .view = view, .event = event, .enter = enter};
