/* One of the sixteen: its only entry, or the list of its entries and one entry at a time. Which fields there are is the
 * form's business. In large text an entry comes one question a page. */
#include "app/screens/page.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

enum { ADD = 1, EDIT, DELETE, UNDO, NONE, DONE, BACK };
#define LIST (-2) /* the list of entries is shown */

struct section_state_ {
    char key[64];
    int entry; /* LIST, NO_ENTRY or the entry's place */
    int page;  /* question, in large text */
    json_t *deleted;
    int deleted_at;
    bool from_check; /* for one field: from its entry straight back */
    bool to_check;   /* the way out leads there */
};

static const struct form_section *section_of(const struct app *a)
{
    return app_section(a, a->section);
}

static bool with_chip(const struct form_section *f)
{
    return f && strcmp(f->key, CHIP_SECTION) == 0;
}

static void drop_deleted(struct section_state_ *s)
{
    json_decref(s->deleted);
    s->deleted = NULL;
}

static void edited(struct app *a, const struct form_section *f)
{
    saver_edited(&a->saver, f->scope, true);
}

/* An entry that was opened and left blank is no entry. */
static bool blank(const struct app *a, const struct form_section *f, int entry)
{
    for (size_t i = 0; i < f->n_fields; i++) {
        const struct form_field *field = &f->fields[i];
        if (!field->initial && !field->read_only && !field->from &&
            doc_answered(a->session.doc, (struct doc_path){f->key, entry, field->key}))
            return false;
    }
    return true;
}

static void leave_entry(struct app *a, struct section_state_ *s)
{
    const struct form_section *f = section_of(a);
    if (f && f->many && s->entry >= 0 && s->entry < doc_entries(a->session.doc, f->key) && blank(a, f, s->entry)) {
        json_decref(doc_entry_take(a->session.doc, f->key, s->entry));
        edited(a, f);
    }
    form_view_judge(&a->form, false);
    s->entry = LIST;
    s->page = 0;
}

/* --- the list --- */

static void entry_card(struct app *a, struct ui *u, const struct form_section *f, int entry)
{
    char id[96];
    CLEANUP(str) struct str head = {0}, rest = {0};
    form_entry_text(u, a->session.doc, f->key, entry, &head, &rest);
    size_t errors = form_view_errors(&a->form, f, entry, 0, f->n_fields);
    const char *n = tr_int(u, entry + 1);
    if (!head.len)
        str_puts(&head, TR(u, "form.entry_n", {"n", n}));
    snprintf(id, sizeof id, "form.%s.%d", f->key, entry + 1);
    UI_OPEN(u, .id = id, .role = "listitem", .label = str_z(&head), .dir = UI_COLUMN, .gap = 16, .pad = 32,
            .surface = errors ? SURFACE_ERROR : SURFACE_CARD);
    UI_TEXT(u, .text = str_z(&head), .style = TEXT_LEAD_BOLD);
    if (rest.len)
        UI_TEXT(u, .text = str_z(&rest), .style = TEXT_BODY, .tone = TONE_INK2);
    if (f->exactly_one && doc_bool(a->session.doc, (struct doc_path){f->key, entry, f->exactly_one})) {
        const struct form_field *only = form_field_find(f, f->exactly_one);
        UI_OPEN(u, .dir = UI_ROW);
        ui_badge(u, NULL, TONE_BRAND, "✓", TR(u, "section.only", {"what", form_label(u, only)}));
        ui_close(u);
    }
    if (errors)
        ui_note(u, NULL, TONE_BAD, TR(u, "tasks.errors", {"n", tr_int(u, (int)errors)}));
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .main = MAIN_END);
    snprintf(id, sizeof id, "section.delete.%d", entry + 1);
    UI_BUTTON(u, .id = id, .label = TR(u, "section.delete", {"n", n}), .style = BUTTON_QUIET,
              .action = ON(DELETE, entry));
    snprintf(id, sizeof id, "section.edit.%d", entry + 1);
    UI_BUTTON(u, .id = id, .label = TR(u, "section.edit", {"n", n}), .action = ON(EDIT, entry));
    ui_close(u);
    ui_close(u);
}

/* A row that the platform fills in: to read, with its mark. */
static void given_card(struct app *a, struct ui *u, const struct form_section *f, int entry)
{
    char id[96];
    CLEANUP(str) struct str head = {0}, rest = {0};
    form_entry_text(u, a->session.doc, f->key, entry, &head, &rest);
    snprintf(id, sizeof id, "form.%s.%d", f->key, entry + 1);
    UI_OPEN(u, .id = id, .role = "listitem", .label = str_z(&head), .dir = UI_ROW, .gap = 20, .pad = 32,
            .cross = CROSS_CENTER, .surface = SURFACE_TINT);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 8, .grow = 1, .width = 1);
    UI_TEXT(u, .text = str_z(&head), .style = TEXT_LEAD_BOLD, .data = true);
    if (rest.len)
        UI_TEXT(u, .text = str_z(&rest), .style = TEXT_BODY, .tone = TONE_INK2, .data = true);
    ui_close(u);
    snprintf(id, sizeof id, "section.given.%d", entry + 1);
    ui_badge(u, id, TONE_BRAND, "", tr(u, "section.given"));
    ui_close(u);
}

/* Where its rows come from, or when they will. */
static void given_note(struct app *a, struct ui *u, const struct form_section *f)
{
    int n = doc_rows_given(a->session.doc, f->key);
    if (!f->rows_from)
        return;
    if (n)
        ui_note(u, "section.given_note", TONE_INK2, TR(u, "section.given_note", {"n", tr_int(u, n)}));
    else if (a->profile.fresh && profile_list(a, f->rows_from))
        ui_note(u, "section.given_note", TONE_INK2, tr(u, "section.given_none"));
    else
        ui_note(u, "section.given_note", TONE_INK2, tr(u, "section.given_later"));
}

static void section_problems(struct app *a, struct ui *u, const struct form_section *f)
{
    CLEANUP(findings) struct findings found = {0};
    validate_section(a->session.doc, f->key, app_today(a), &found);
    for (size_t i = 0; i < found.len; i++) {
        const struct finding *bad = &found.rows[i];
        if (bad->path.field || (!doc_entries(a->session.doc, f->key) && bad->severity == SEVERITY_ERROR))
            continue;
        CLEANUP(str) struct str text = {0};
        form_finding_text(u, bad, &text);
        ui_note(u, "section.problem", bad->severity == SEVERITY_ERROR ? TONE_BAD : TONE_APRICOT, str_z(&text));
    }
}

/* "SECTION.word" where the catalogue has it: 是否援疆人员 is asked in words of its own. */
static const char *own_word(struct ui *u, const struct form_section *f, const char *word, const char *other)
{
    char key[96];
    snprintf(key, sizeof key, "%s.%s", f->key, word);
    const char *own = form_maybe(u, key);
    return own ? own : other;
}

static void entries_page(struct app *a, struct ui *u, const struct section_state_ *s, const struct form_section *f)
{
    int order[256], n = doc_entry_order(a->session.doc, f->key, order, (int)ARRAY_LEN(order));
    bool none = doc_none(a->session.doc, f->key), full = f->max && n - doc_rows_given(a->session.doc, f->key) >= f->max;
    char help[96];
    snprintf(help, sizeof help, "%s.help", f->key);
    page_open(a, u,
              &(struct page){.title = tr(u, f->title),
                             .help = form_maybe(u, f->help ? f->help : help),
                             .step = 6,
                             .step_text = TR(u, "section.no", {"n", tr_int(u, f->no)})});
    section_problems(a, u, f);
    given_note(a, u, f);
    if (s->deleted) {
        UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER, .surface = SURFACE_TINT, .pad = 20);
        UI_TEXT(u, .id = "section.deleted", .text = TR(u, "section.deleted", {"n", tr_int(u, s->deleted_at + 1)}),
                .grow = 1, .role = "status");
        UI_BUTTON(u, .id = "section.undo", .label = tr(u, "page.undo"), .action = ON(UNDO));
        ui_close(u);
    }
    for (int i = 0; i < n && i < (int)ARRAY_LEN(order); i++)
        if (!doc_row_given(a->session.doc, f->key, order[i]))
            entry_card(a, u, f, order[i]);
    for (int i = 0; i < n && i < (int)ARRAY_LEN(order); i++)
        if (doc_row_given(a->session.doc, f->key, order[i]))
            given_card(a, u, f, order[i]);
    if (!n && f->answer_none)
        UI_TEXT(u, .id = "section.ask", .text = own_word(u, f, "ask", TR(u, "section.ask", {"what", tr(u, f->title)})),
                .style = TEXT_LEAD_BOLD);
    if (!n && !none)
        ui_note(u, "section.empty", TONE_INK2,
                own_word(u, f, "empty", tr(u, f->answer_none ? "section.empty_none" : "section.empty")));
    UI_BUTTON(u, .id = "section.add",
              .label = n ? tr(u, "section.add_more") : own_word(u, f, "add", tr(u, "section.add")), .icon = "plus",
              .style = n ? BUTTON_SECONDARY : BUTTON_PRIMARY, .action = ON(ADD), .disabled = full,
              .reason = full ? TR(u, "section.full", {"n", tr_int(u, f->max)}) : NULL);
    if (f->answer_none && !n)
        ui_check(u,
                 &(struct ui_field){.id = "section.none",
                                    .label = own_word(u, f, "none_tick", tr(u, "section.none_tick")),
                                    .action = ON(NONE)},
                 none);
    page_bottom(a, u, ON(BACK), tr(u, "page.back"));
    page_end(a, u, &(struct page_next){.id = "section.done", .label = tr(u, "section.done"), .action = ON(DONE)});
}

/* --- one entry --- */

static size_t entry_questions(const struct app *a, const struct form_section *f, int entry, struct form_question *q)
{
    return form_questions(a->session.doc, f, entry, a->journey.large, q, MAX_QUESTIONS);
}

static void entry_page(struct app *a, struct ui *u, struct section_state_ *s, const struct form_section *f)
{
    struct form_question q[MAX_QUESTIONS];
    bool large = a->journey.large;
    size_t n = entry_questions(a, f, s->entry, q);
    if (s->page >= (int)n)
        s->page = n ? (int)n - 1 : 0;
    CLEANUP(str) struct str step = {0};
    str_puts(&step, TR(u, "section.no", {"n", tr_int(u, f->no)}));
    if (large)
        str_printf(&step, "　%s　%s", tr(u, f->title),
                   TR(u, "award.question", {"n", tr_int(u, s->page + 1)}, {"of", tr_int(u, (int)n)}));
    else if (f->many)
        str_printf(&step, "　%s", TR(u, "form.entry_n", {"n", tr_int(u, s->entry + 1)}));
    const char *help = large ? NULL : f->help ? form_maybe(u, f->help) : NULL;
    page_open(
        a, u,
        &(struct page){
            .title = tr(u, large ? q[s->page].title : f->title), .help = help, .step = 6, .step_text = str_z(&step)});
    if (!large && with_chip(f))
        chip_box(a, u, "section");
    if (large)
        form_view_fields(&a->form, u, f, s->entry, q[s->page].first, q[s->page].n, 1);
    else
        form_view_fields(&a->form, u, f, s->entry, 0, f->n_fields, ui_environment(u)->landscape ? 2 : 1);
    page_bottom(a, u, ON(BACK), NULL);
    bool last = !large || s->from_check || s->page + 1 >= (int)n;
    page_end(a, u,
             &(struct page_next){.id = last ? "section.done" : "section.next",
                                 .label = tr(u, last ? "section.done" : "page.next"),
                                 .action = ON(DONE)});
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct section_state_ *s = state;
    const struct form_section *f = section_of(a);
    if (s->entry == LIST)
        entries_page(a, u, s, f);
    else
        entry_page(a, u, s, f);
}

/* --- events --- */

static void back_to_tasks(struct app *a, struct section_state_ *s)
{
    form_view_judge(&a->form, false);
    if (s->to_check)
        app_back(a);
    else
        app_go(a, SCREEN_tasks);
}

static void done(struct app *a, struct section_state_ *s, const struct form_section *f)
{
    struct form_question q[MAX_QUESTIONS];
    size_t first = 0, n = f->n_fields, questions;
    if (s->entry == LIST) {
        back_to_tasks(a, s);
        return;
    }
    ui_blur(a->ui);
    questions = entry_questions(a, f, s->entry, q);
    if (a->journey.large && questions) {
        first = q[s->page].first;
        n = q[s->page].n;
    }
    if (form_view_errors(&a->form, f, s->entry, first, n)) {
        form_view_judge(&a->form, true);
        form_view_first_error(&a->form, f, s->entry, first, n, a->focus, sizeof a->focus);
        return;
    }
    form_view_judge(&a->form, false);
    if (a->journey.large && !s->from_check && s->page + 1 < (int)questions)
        s->page++;
    else if (f->many && !s->from_check)
        leave_entry(a, s);
    else
        back_to_tasks(a, s);
}

static void back(struct app *a, struct section_state_ *s, const struct form_section *f)
{
    ui_blur(a->ui);
    if (s->entry != LIST && a->journey.large && s->page > 0 && !s->from_check) {
        form_view_judge(&a->form, false);
        s->page--;
    } else if (f->many && s->entry != LIST && !s->from_check) {
        leave_entry(a, s);
    } else {
        back_to_tasks(a, s);
    }
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct section_state_ *s = state;
    const struct form_section *f = section_of(a);
    if (chip_event(a, ev))
        return;
    switch (ev->action.kind) {
    case ADD:
        drop_deleted(s);
        doc_set_none(a->session.doc, f->key, false);
        s->entry = doc_entry_add(a->session.doc, f->key);
        s->page = 0;
        doc_prefill(a->session.doc);
        edited(a, f);
        return;
    case EDIT:
        drop_deleted(s);
        s->entry = ev->action.a;
        s->page = 0;
        return;
    case DELETE:
        drop_deleted(s);
        s->deleted = doc_entry_take(a->session.doc, f->key, ev->action.a);
        s->deleted_at = ev->action.a;
        edited(a, f);
        return;
    case UNDO:
        doc_entry_put(a->session.doc, f->key, s->deleted_at, s->deleted);
        s->deleted = NULL;
        edited(a, f);
        return;
    case NONE:
        doc_set_none(a->session.doc, f->key, ev->number != 0);
        edited(a, f);
        return;
    case DONE:
        done(a, s, f);
        return;
    case BACK:
        back(a, s, f);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct section_state_ *s = state;
    struct doc_path p;
    struct form_question q[MAX_QUESTIONS];
    bool jump = a->focus[0] && doc_path_parse(a->forms, a->focus, &p);
    const struct journey *j = &a->journey;
    s->from_check = jump;
    s->to_check = jump || (j->n_trail && j->trail[j->n_trail - 1] == SCREEN_check);
    s->page = 0;
    drop_deleted(s);
    if (jump)
        zcopy(a->section, sizeof a->section, p.section);
    const struct form_section *f = section_of(a);
    bool given = jump && doc_row_given(a->session.doc, f->key, p.entry);
    s->entry = !f->many ? NO_ENTRY : jump && p.entry >= 0 && !given ? p.entry : LIST;
    if (jump && p.field && a->journey.large) {
        size_t n = entry_questions(a, f, s->entry, q), at = form_question_of(f, q, n, p.field);
        s->page = at < n ? (int)at : 0;
    }
    if (with_chip(f) && !a->journey.large)
        chip_enter(a, NULL);
}

static void leave(struct app *a, void *state)
{
    struct section_state_ *s = state;
    if (a->session.doc && s->entry >= 0)
        leave_entry(a, s);
    drop_deleted(s);
    chip_leave(a);
}

const struct screen screen_section = {.name = "section",
                                      .state = sizeof(struct section_state_),
                                      .view = view,
                                      .event = event,
                                      .enter = enter,
                                      .leave = leave};
