/* B.选填专业技术资格: one question a page, in the order of the form. An answer that makes the title need no entry stops
 * here with the explanation. */
#include "app/screens/phases.h"
#include "app/screens/wizard.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

enum { NEXT = 1, BACK, PAPERS, BY_DOCUMENT };
#define SECTION "title_award"

struct award {
    int page;
    bool closing;
    bool from_check; /* came to mend one field: goes back there */
    int detour;      /* the question left for the 文号, from 1; 0: none */
};

static size_t questions(const struct app *a, struct form_question *q)
{
    return form_questions(a->session.doc, app_section(a, SECTION), NO_ENTRY, a->journey.large, q, MAX_QUESTIONS);
}

/* A choice that breaks a check is an answer all the same: it says that this title is not needed. */
static bool stops(struct app *a, const struct form_section *s, const struct form_question *q)
{
    for (size_t i = q->first; i < q->first + q->n; i++) {
        struct doc_path p = {s->key, NO_ENTRY, s->fields[i].key};
        if (s->fields[i].type == FIELD_SELECT && doc_answered(a->session.doc, p) &&
            form_view_errors(&a->form, s, NO_ENTRY, i, 1))
            return true;
    }
    return false;
}

/* Papers may be scanned at any step, and looked at while their numbers are typed. */
static void certificate(struct app *a, struct ui *u)
{
    const struct form_section *s = app_section(a, "attachments");
    size_t n = 0;
    for (size_t i = 0; i < s->n_fields; i++)
        n += json_array_size(doc_get(a->session.doc, (struct doc_path){s->key, NO_ENTRY, s->fields[i].key}));
    UI_BUTTON(u, .id = "award.papers", .icon = n ? "eye" : "camera", .action = ON(PAPERS),
              .label = n ? TR(u, "award.papers_there", {"n", tr_int(u, (int)n)}) : tr(u, "award.papers"));
}

/* The field whose known_by can fill an open answer of this question: whoever knows the 文号 may give it first. */
static const struct form_field *filled_by_document(const struct app *a, const struct form_question *q)
{
    const struct form_section *s = app_section(a, SECTION);
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct form_field *f = &s->fields[i];
        for (size_t k = 0; f->n_known_by && k < f->n_fills; k++) {
            size_t at = f->fills[k].field->index;
            bool here = at >= q->first && at < q->first + q->n;
            bool numbers = f->known_by[0]->index >= q->first && f->known_by[0]->index < q->first + q->n;
            if (here && !numbers &&
                !doc_answered(a->session.doc, (struct doc_path){SECTION, NO_ENTRY, f->fills[k].field->key}))
                return f->known_by[0];
        }
    }
    return NULL;
}

/* R007: what the platform knows of e-certificates, at the question about them. */
static void ecerts(struct app *a, struct ui *u, const struct form_section *section, const struct form_question *q)
{
    const struct form_field *f = form_field_find(section, "has_ecert");
    const json_t *list = profile_list(a, "ecerts");
    if (!list || !f || f->index < q->first || f->index >= q->first + q->n)
        return;
    CLEANUP(str) struct str names = {0};
    for (size_t i = 0; i < json_array_size(list) && i < 8; i++) {
        const char *title = json_string_value(json_object_get(json_array_get(list, i), "title"));
        const char *date = json_string_value(json_object_get(json_array_get(list, i), "date"));
        if (title)
            str_printf(&names, "%s%s（%.4s）", names.len ? "、" : "", title, date ? date : "");
    }
    if (names.len)
        ui_note(u, "award.ecerts", TONE_APRICOT, TR(u, "award.ecerts", {"titles", str_z(&names)}));
    else
        ui_note(u, "award.ecerts", TONE_INK2, tr(u, "award.no_ecerts"));
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct award *s = state;
    struct form_question q[MAX_QUESTIONS];
    const struct form_section *section = app_section(a, SECTION);
    size_t n = questions(a, q);
    if (s->page >= (int)n)
        s->page = (int)n - 1;
    const struct form_question *now = &q[s->page];
    char help_key[96];
    snprintf(help_key, sizeof help_key, "%s.help", now->title);
    const char *help = form_maybe(u, now->help ? now->help : help_key);
    CLEANUP(str) struct str count = {0};
    str_printf(&count, "%s　%s", tr(u, a->journey.large ? "step.award" : section->title),
               TR(u, "award.question", {"n", tr_int(u, s->page + 1)}, {"of", tr_int(u, (int)n)}));
    page_open(a, u,
              &(struct page){.title = tr(u, now->title),
                             .help = help,
                             .step = 2,
                             .step_text = str_z(&count),
                             .close = ON(WIZARD_CLOSE)});
    form_view_fields(&a->form, u, section, NO_ENTRY, now->first, now->n, 1);
    ecerts(a, u, section, now);
    const struct form_field *number = s->from_check || s->detour ? NULL : filled_by_document(a, now);
    if (number) {
        UI_OPEN(u, .dir = UI_ROW);
        UI_BUTTON(u, .id = "award.by_document", .label = tr(u, "award.by_document"), .style = BUTTON_LINK,
                  .action = ON(BY_DOCUMENT, 0, 0, number->key));
        ui_close(u);
    }
    phase_notes(a, u, section, now->first, now->n);
    bool stop = stops(a, section, now);
    if (stop) {
        UI_OPEN(u, .dir = UI_COLUMN, .gap = 12, .pad = 32, .surface = SURFACE_ATTENTION);
        UI_TEXT(u, .id = "award.stop", .text = tr(u, "award.stop"), .style = TEXT_LEAD_BOLD, .role = "alert");
        ui_text(u, TEXT_BODY, tr(u, "award.stop_text"));
        UI_BUTTON(u, .id = "award.records", .label = tr(u, "award.other"), .action = ON(APP_GO, SCREEN_records));
        ui_close(u);
    }
    wizard_overlay(a, u, s->closing);
    page_bottom(a, u, ON(BACK), NULL);
    certificate(a, u);
    bool last = s->page + 1 == (int)n;
    page_end(a, u,
             &(struct page_next){.label = tr(u, s->from_check ? "page.back_to_check"
                                                : last        ? "page.save_next"
                                                              : "page.next"),
                                 .action = ON(NEXT),
                                 .disabled = stop,
                                 .reason = stop ? tr(u, "award.stop") : NULL});
}

/* Another question on the same page starts at its top. */
static void top(struct app *a, const struct award *s)
{
    struct form_question q[MAX_QUESTIONS];
    char id[160];
    ui_blur(a->ui);
    if (s->page < (int)questions(a, q)) {
        doc_path_id((struct doc_path){SECTION, NO_ENTRY, q[s->page].field}, id, sizeof id);
        ui_scroll_to(a->ui, id);
    }
}

static void detour_begin(struct app *a, struct award *s, const char *field)
{
    struct form_question q[MAX_QUESTIONS];
    size_t n = questions(a, q), to = form_question_of(app_section(a, SECTION), q, n, field);
    if (to == n)
        return;
    s->detour = s->page + 1;
    s->page = (int)to;
    top(a, s);
}

static void detour_end(struct app *a, struct award *s)
{
    s->page = s->detour - 1;
    s->detour = 0;
    top(a, s);
}

static void next(struct app *a, struct award *s)
{
    struct form_question q[MAX_QUESTIONS];
    const struct form_section *section = app_section(a, SECTION);
    ui_blur(a->ui);
    size_t n = questions(a, q);
    const struct form_question *now = &q[s->page];
    if (form_view_errors(&a->form, section, NO_ENTRY, now->first, now->n)) {
        form_view_judge(&a->form, true);
        form_view_first_error(&a->form, section, NO_ENTRY, now->first, now->n, a->focus, sizeof a->focus);
        return;
    }
    form_view_judge(&a->form, false);
    if (s->from_check) {
        s->from_check = false;
        app_back(a);
    } else if (s->detour) {
        detour_end(a, s);
    } else if (s->page + 1 < (int)n) {
        s->page++;
        top(a, s);
    } else {
        app_go(a, SCREEN_publicity);
    }
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct award *s = state;
    if (wizard_event(a, ev, &s->closing))
        return;
    switch (ev->action.kind) {
    case NEXT:
        next(a, s);
        return;
    case BACK:
        form_view_judge(&a->form, false);
        if (s->detour) {
            detour_end(a, s);
        } else if (s->from_check || s->page == 0) {
            s->from_check = false;
            app_back(a);
        } else {
            s->page--;
            top(a, s);
        }
        return;
    case BY_DOCUMENT:
        detour_begin(a, s, ev->action.name);
        return;
    case PAPERS:
        app_visit(a, SCREEN_attachments);
        return;
    }
}

/* Where somebody who comes back goes on: the first question that is not answered well. */
static int first_open(struct app *a, const struct form_question *q, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (form_view_errors(&a->form, app_section(a, SECTION), NO_ENTRY, q[i].first, q[i].n))
            return (int)i;
    return 0;
}

static void enter(struct app *a, void *state)
{
    struct award *s = state;
    struct form_question q[MAX_QUESTIONS];
    struct doc_path p;
    wizard_enter(a);
    s->closing = false;
    if (!a->backwards)
        s->detour = 0;
    size_t n = questions(a, q);
    if (a->focus[0] && doc_path_parse(a->forms, a->focus, &p) && strcmp(p.section, SECTION) == 0) {
        size_t at = form_question_of(app_section(a, SECTION), q, n, p.field);
        s->page = at < n ? (int)at : 0;
        s->from_check = true;
        return;
    }
    s->from_check = false;
    if (a->backwards)
        return;
    int came_from = a->journey.n_trail ? a->journey.trail[a->journey.n_trail - 1] : 0;
    if (came_from == SCREEN_identity)
        s->page = 0;
    else if (came_from == SCREEN_records)
        s->page = first_open(a, q, n);
}

const struct screen screen_award = {
    .name = "award", .state = sizeof(struct award), .view = view, .event = event, .enter = enter};
