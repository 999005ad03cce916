/* 检查提交: everything that is wrong or worth a look, each with a way to its field; what the unit wrote back comes
 * first. */
#include "app/screens/page.h"
#include "app/screens/same_title.h"

#include "app/forms/form_problems.h"
#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>

enum { NEXT = 1 };
#define STEPS (ALL_STEPS & ~(1u << STEP_SUBMIT))

static void problems(struct app *a, struct ui *u, struct form_problems *p)
{
    CLEANUP(findings) struct findings found = {0};
    validate_scope_all(a->session.doc, app_today(a), &found);
    form_problems_reasons(p, u, a->session.doc, &a->reasons);
    form_problems_add(p, u, a->session.doc, &found, STEPS);
}

static const enum screen_id of_step[] = {[STEP_IDENTITY] = SCREEN_identity,
                                         [STEP_AWARD] = SCREEN_award,
                                         [STEP_PUBLICITY] = SCREEN_publicity,
                                         [STEP_IMAGES] = SCREEN_images,
                                         [STEP_ATTACHMENTS] = SCREEN_attachments,
                                         [STEP_SECTIONS] = SCREEN_tasks,
                                         [STEP_SUBMIT] = SCREEN_submit};

static void section_row(struct app *a, struct ui *u, const struct form_section *s)
{
    int errors = 0, entries = 0;
    char id[80], key[80];
    enum section_state state = section_state(a->session.doc, s->key, app_today(a), &errors, &entries);
    snprintf(id, sizeof id, "check.%s", s->key);
    snprintf(key, sizeof key, "check.%s.state", s->key);
    UI_OPEN(u, .id = id, .role = "button", .label = tr(u, s->title), .dir = UI_ROW, .gap = 20, .pad_y = 12,
            .cross = CROSS_CENTER,
            .tap = s->step == STEP_SECTIONS ? ON(NEXT + 1, 0, 0, s->key) : ON(APP_GO, of_step[s->step]));
    CLEANUP(str) struct str name = {0};
    if (s->no)
        str_printf(&name, "%d. ", s->no);
    str_puts(&name, tr(u, s->title));
    UI_TEXT(u, .text = str_z(&name), .style = TEXT_BODY, .grow = 1);
    if (state == SECTION_ERRORS)
        ui_badge(u, key, TONE_BAD, "!", TR(u, "tasks.errors", {"n", tr_int(u, errors)}));
    else if (state == SECTION_NONE)
        ui_badge(u, key, TONE_INK2, "–", tr(u, "section.none"));
    else if (state == SECTION_EMPTY)
        ui_badge(u, key, TONE_INK2, "", tr(u, "tasks.optional"));
    else
        ui_badge(u, key, TONE_GOOD, "✓",
                 s->many ? TR(u, "tasks.entries", {"n", tr_int(u, entries)}) : tr(u, "tasks.filled"));
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    CLEANUP(form_problems) struct form_problems p = {0};
    problems(a, u, &p);
    page_open(a, u,
              &(struct page){.title = tr(u, "check.title"),
                             .help = tr(u, p.reasons  ? "check.help_reasons"
                                           : p.errors ? "check.help_errors"
                                                      : "check.help"),
                             .step = 7,
                             .step_text = tr(u, "check.step")});
    bool same = same_title_note(a, u);
    if (p.n)
        ui_error_summary(u, "check.problems", p.rows, p.n, ON(APP_JUMP));
    readings_note(a, u);
    if (!p.errors && !p.reasons && !same)
        ui_note(u, "check.good", TONE_GOOD, tr(u, "check.good"));
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 4, .pad = 32, .surface = SURFACE_CARD);
    for (size_t i = 0; i < form_section_count(a->forms); i++) {
        const struct form_section *s = form_section_at(a->forms, i);
        if (s->step == STEP_SUBMIT)
            continue;
        section_row(a, u, s);
    }
    ui_close(u);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.label = tr(u, "page.next"),
                                 .action = ON(NEXT),
                                 .disabled = p.errors > 0 || same,
                                 .reason = p.errors ? TR(u, "page.mend_n", {"n", tr_int(u, (int)p.errors)})
                                           : same   ? tr(u, "review.same_title_short")
                                                    : NULL});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)state;
    if (same_title_event(a, ev))
        return;
    if (ev->action.kind == NEXT) {
        app_go(a, SCREEN_submit);
    } else if (ev->action.kind == NEXT + 1) {
        zcopy(a->section, sizeof a->section, ev->action.name);
        app_go(a, SCREEN_section);
    }
}

const struct screen screen_check = {.name = "check", .view = view, .event = event};
