/* 完善16项信息: the sixteen sections of the guide, in its order, each with how it stands. 其余都没有 answers 无此项 for
 * what is still open and may be so answered. */
#include "app/screens/page.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

enum { OPEN = 1, REST_NONE, UNDO, NEXT };

struct tasks {
    uint32_t made_none; /* sections that 其余都没有 answered, by index: for 撤销 */
};

static bool listed(const struct form_section *s)
{
    return s->step == STEP_SECTIONS;
}

static size_t errors_left(struct app *a)
{
    size_t n = 0;
    for (size_t i = 0; i < form_section_count(a->forms); i++) {
        CLEANUP(findings) struct findings found = {0};
        if (!listed(form_section_at(a->forms, i)))
            continue;
        validate_section(a->session.doc, form_section_at(a->forms, i)->key, app_today(a), &found);
        n += findings_count(&found, SEVERITY_ERROR) > 0;
    }
    return n;
}

static bool touched(const struct app *a, const struct form_section *s)
{
    if (s->many)
        return doc_entries(a->session.doc, s->key) > 0;
    for (size_t i = 0; i < s->n_fields; i++)
        if (!s->fields[i].read_only && !s->fields[i].from && !s->fields[i].initial &&
            doc_answered(a->session.doc, (struct doc_path){s->key, NO_ENTRY, s->fields[i].key}))
            return true;
    return false;
}

static void badge(struct app *a, struct ui *u, const struct form_section *s, const char *id)
{
    int errors = 0, entries = 0;
    char key[64];
    enum section_state state = section_state(a->session.doc, s->key, app_today(a), &errors, &entries);
    if (state == SECTION_ERRORS && !touched(a, s))
        state = SECTION_EMPTY;
    switch (state) {
    case SECTION_EMPTY:
        snprintf(key, sizeof key, "%s.badge", s->key);
        if (form_maybe(u, key) && !(s->rows_from && a->profile.fresh && profile_list(a, s->rows_from)))
            ui_badge(u, id, TONE_INK2, "",
                     form_maybe(u, key)); /* who waits for what comes by itself has nothing to do */
        else
            ui_badge(u, id, s->required ? TONE_APRICOT : TONE_INK2, "",
                     tr(u, s->required ? "tasks.open" : "tasks.optional"));
        return;
    case SECTION_NONE:
        ui_badge(u, id, TONE_INK2, "–", tr(u, "section.none"));
        return;
    case SECTION_FILLED:
        ui_badge(u, id, TONE_GOOD, "✓",
                 s->many ? TR(u, "tasks.entries", {"n", tr_int(u, entries)}) : tr(u, "tasks.filled"));
        return;
    case SECTION_ERRORS:
        ui_badge(u, id, TONE_BAD, "!", TR(u, "tasks.errors", {"n", tr_int(u, errors)}));
        return;
    }
}

/* Chinese breaks anywhere; other languages want the whole width for their words. */
static bool long_words(struct ui *u)
{
    const struct strings *s = ui_environment(u)->strings;
    return s && strcmp(strings_lang(s), "zh") != 0;
}

static void tile(struct app *a, struct ui *u, const struct form_section *s, size_t index)
{
    char id[64], badge_id[80];
    int errors = 0, entries = 0;
    bool bad =
        section_state(a->session.doc, s->key, app_today(a), &errors, &entries) == SECTION_ERRORS && touched(a, s);
    snprintf(id, sizeof id, "tasks.%s", s->key);
    snprintf(badge_id, sizeof badge_id, "tasks.%s.state", s->key);
    UI_OPEN(u, .id = id, .role = "button", .label = tr(u, s->title), .dir = UI_ROW, .gap = 16, .pad_x = 28, .pad_y = 16,
            .min_height = 124, .cross = CROSS_CENTER, .surface = bad ? SURFACE_ERROR : SURFACE_CARD,
            .tap = ON(OPEN, (int)index, 0, s->key));
    UI_OPEN(u, .dir = UI_COLUMN, .surface = SURFACE_TINT, .width = 60, .height = 60, .main = MAIN_CENTER,
            .cross = CROSS_CENTER);
    UI_TEXT(u, .text = tr_int(u, s->no), .style = TEXT_BODY_BOLD, .tone = TONE_BRAND, .align = ALIGN_CENTER);
    ui_close(u);
    bool below = long_words(u);
    CLEANUP(str) struct str title = {0};
    str_printf(&title, "%s%s", tr(u, s->title), s->required && below ? " *" : "");
    UI_OPEN(u, .dir = below ? UI_COLUMN : UI_ROW, .grow = 1, .width = 1, .gap = 8,
            .cross = below ? CROSS_START : CROSS_CENTER);
    UI_TEXT(u, .text = str_z(&title), .style = TEXT_BODY);
    if (s->required && !below)
        UI_TEXT(u, .text = "*", .style = TEXT_BODY_BOLD, .tone = TONE_BAD);
    if (below)
        badge(a, u, s, badge_id);
    ui_close(u);
    if (!below)
        badge(a, u, s, badge_id);
    ui_close(u);
}

static bool may_none(const struct app *a, const struct form_section *s)
{
    return listed(s) && s->answer_none && !doc_none(a->session.doc, s->key) && !doc_entries(a->session.doc, s->key);
}

static size_t could_none(const struct app *a)
{
    size_t n = 0;
    for (size_t i = 0; i < form_section_count(a->forms); i++)
        n += may_none(a, form_section_at(a->forms, i));
    return n;
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct tasks *t = state;
    const struct ui_env *env = ui_environment(u);
    CLEANUP(str) struct str title = {0}, help = {0};
    app_title_of(a, a->session.doc, &title);
    str_puts(&help, TR(u, "tasks.help", {"title", str_z(&title)}));
    size_t errors = errors_left(a);
    page_open(a, u, &(struct page){.title = tr(u, "tasks.title"), .help = str_z(&help), .step = 6});
    if (t->made_none) {
        UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER, .surface = SURFACE_TINT, .pad = 20);
        UI_TEXT(u, .id = "tasks.rest_done", .text = tr(u, "tasks.rest_done"), .grow = 1, .role = "status");
        UI_BUTTON(u, .id = "tasks.undo", .label = tr(u, "page.undo"), .action = ON(UNDO));
        ui_close(u);
    }
    UI_OPEN(u, .dir = UI_GRID, .columns = env->large ? (env->landscape ? 2 : 1) : env->landscape ? 3 : 2, .gap = 20);
    for (size_t i = 0; i < form_section_count(a->forms); i++)
        if (listed(form_section_at(a->forms, i)))
            tile(a, u, form_section_at(a->forms, i), i);
    ui_close(u);
    page_bottom(a, u, ON(APP_BACK), NULL);
    if (could_none(a))
        UI_BUTTON(u, .id = "tasks.rest_none", .label = tr(u, "tasks.rest_none"), .action = ON(REST_NONE));
    page_end(a, u,
             &(struct page_next){.label = tr(u, "page.next"),
                                 .action = ON(NEXT),
                                 .disabled = errors > 0,
                                 .reason = errors ? TR(u, "tasks.left", {"n", tr_int(u, (int)errors)}) : NULL});
}

static void rest_none(struct app *a, struct tasks *t, bool on)
{
    uint32_t done = 0;
    for (size_t i = 0; i < form_section_count(a->forms) && i < 32; i++) {
        const struct form_section *s = form_section_at(a->forms, i);
        if (on ? !may_none(a, s) : !(t->made_none & 1u << i))
            continue;
        doc_set_none(a->session.doc, s->key, on);
        saver_edited(&a->saver, s->scope, true);
        done |= 1u << i;
    }
    t->made_none = on ? done : 0;
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct tasks *t = state;
    switch (ev->action.kind) {
    case OPEN:
        t->made_none = 0;
        zcopy(a->section, sizeof a->section, ev->action.name);
        app_go(a, SCREEN_section);
        return;
    case REST_NONE:
        rest_none(a, t, true);
        return;
    case UNDO:
        rest_none(a, t, false);
        return;
    case NEXT:
        t->made_none = 0;
        app_go(a, SCREEN_check);
        return;
    }
}

const struct screen screen_tasks = {.name = "tasks", .state = sizeof(struct tasks), .view = view, .event = event};
