/* 检查无误: A to C as they stand, each with a way back to it, before 保存并下一步. The same title on the same day must not
 * be entered twice. */
#include "app/screens/same_title.h"
#include "app/screens/wizard.h"

#include "app/forms/form_problems.h"
#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

enum { NEXT = 1 };
#define STEPS (1u << STEP_IDENTITY | 1u << STEP_AWARD | 1u << STEP_PUBLICITY)

struct review {
    bool closing;
};

static void problems(struct app *a, struct ui *u, struct form_problems *p)
{
    CLEANUP(findings) struct findings found = {0};
    validate_scope_all(a->session.doc, app_today(a), &found);
    form_problems_reasons(p, u, a->session.doc, &a->reasons);
    form_problems_add(p, u, a->session.doc, &found, STEPS);
}

static void answers(struct app *a, struct ui *u, const struct form_section *s)
{
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 12, .pad = 32, .surface = SURFACE_CARD);
    ui_text(u, TEXT_LEAD_BOLD, tr(u, s->title));
    for (size_t i = 0; i < s->n_fields; i++) {
        char id[160], change[176];
        CLEANUP(str) struct str value = {0};
        struct doc_path p = {s->key, NO_ENTRY, s->fields[i].key};
        if (!field_shown(a->session.doc, p))
            continue;
        form_answer_text(u, a->session.doc, p, &value);
        if (!value.len && !field_required(a->session.doc, p))
            continue;
        doc_path_id(p, id, sizeof id);
        snprintf(change, sizeof change, "review.%s", id + 5);
        const char *label = form_label(u, &s->fields[i]);
        ui_divider(u);
        UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
        UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1, .gap = 4);
        UI_TEXT(u, .text = label, .style = TEXT_SECONDARY, .tone = TONE_INK2);
        UI_TEXT(u, .id = id, .text = value.len ? str_z(&value) : tr(u, "review.blank"), .style = TEXT_BODY_BOLD,
                .tone = value.len ? TONE_INK : TONE_BAD, .data = true);
        ui_close(u);
        if (!s->fields[i].read_only)
            UI_BUTTON(u, .id = change, .label = tr(u, "review.change"), .style = BUTTON_LINK,
                      .action = ON(APP_JUMP, 0, 0, id));
        ui_close(u);
    }
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct review *s = state;
    CLEANUP(form_problems) struct form_problems p = {0};
    page_open(a, u,
              &(struct page){.title = tr(u, "review.title"),
                             .help = tr(u, "review.help"),
                             .step = 3,
                             .step_text = tr(u, "review.step"),
                             .close = ON(WIZARD_CLOSE)});
    problems(a, u, &p);
    bool same = same_title_note(a, u);
    if (p.n)
        ui_error_summary(u, "review.problems", p.rows, p.n, ON(APP_JUMP));
    else if (!same)
        ui_note(u, "review.good", TONE_GOOD, tr(u, "review.good"));
    for (size_t i = 0; i < form_section_count(a->forms); i++) {
        const struct form_section *section = form_section_at(a->forms, i);
        if (STEPS & 1u << section->step)
            answers(a, u, section);
    }
    wizard_overlay(a, u, s->closing);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.label = tr(u, "page.save_next"),
                                 .action = ON(NEXT),
                                 .disabled = p.errors > 0 || same,
                                 .reason = p.errors ? TR(u, "page.mend_n", {"n", tr_int(u, (int)p.errors)})
                                           : same   ? tr(u, "review.same_title_short")
                                                    : NULL});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct review *s = state;
    if (wizard_event(a, ev, &s->closing) || same_title_event(a, ev))
        return;
    if (ev->action.kind == NEXT)
        app_go(a, SCREEN_images);
}

static void enter(struct app *a, void *state)
{
    struct review *s = state;
    (void)a;
    s->closing = false;
}

const struct screen screen_review = {
    .name = "review", .state = sizeof(struct review), .view = view, .event = event, .enter = enter};
