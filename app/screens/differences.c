/* 资料核对: what the platform and this kiosk have differently, field by field; the person says which one holds. Nothing is
 * thrown away before the last word. */
#include "app/screens/page.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

enum { WORD = 1, ALL, NEXT };

struct differences {
    struct doc *ours, *theirs; /* with the one answer everywhere, and with the other: what is shown */
};

static void drop(struct differences *s)
{
    doc_destroy(s->ours);
    doc_destroy(s->theirs);
    *s = (struct differences){0};
}

/* An answer, or all entries of a section. */
static void words_of(struct ui *u, const struct doc *d, struct doc_path at, struct str *out)
{
    if (at.field)
        form_answer_text(u, d, at, out);
    else if (doc_none(d, at.section))
        str_puts(out, tr(u, "section.none"));
    for (int i = 0; !at.field && i < doc_entries(d, at.section); i++) {
        CLEANUP(str) struct str head = {0}, rest = {0};
        form_entry_text(u, d, at.section, i, &head, &rest);
        str_printf(out, "%s%s", out->len ? "；" : "", str_z(&head));
    }
    if (!out->len)
        str_puts(out, tr(u, "differences.blank"));
}

/* A picture is compared by looking at it. */
static void pictures(struct app *a, struct ui *u, const struct differences *s, struct doc_path at)
{
    const struct form_field *f = form_field_find(app_section(a, at.section), at.field);
    const struct doc *const sides[] = {s->theirs, s->ours};
    if (!f || f->type != FIELD_IMAGE)
        return;
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    for (size_t i = 0; i < 2; i++) {
        const json_t *file = json_array_get(doc_get(sides[i], at), 0);
        const struct image *image = file ? papers_thumb(a, file) : NULL;
        UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1, .surface = SURFACE_PAPER, .height = 312,
                .main = MAIN_CENTER, .cross = CROSS_CENTER);
        if (image)
            ui_image(u, NULL, NULL, image, 232, 312);
        else
            UI_TEXT(u, .text = papers_thumb_words(a, u, file), .style = TEXT_SECONDARY, .tone = TONE_INK2);
        ui_close(u);
    }
    ui_close(u);
}

static void one_row(struct app *a, struct ui *u, const struct differences *s, size_t i)
{
    const struct merge_row *row = &a->profile.merge.rows[i];
    const signed char word = a->profile.word[i];
    char id[48];
    CLEANUP(str) struct str label = {0}, theirs = {0}, ours = {0};
    if (row->at.field)
        form_path_text(u, a->session.doc, row->at, true, &label);
    else
        str_puts(&label, tr(u, app_section(a, row->at.section)->title));
    str_printf(&theirs, "%s", tr(u, "differences.theirs"));
    str_printf(&ours, "%s", tr(u, "differences.ours"));
    CLEANUP(str) struct str theirs_words = {0}, ours_words = {0};
    words_of(u, s->theirs, row->at, &theirs_words);
    words_of(u, s->ours, row->at, &ours_words);
    const struct ui_option options[] = {{"1", str_z(&theirs_words), str_z(&theirs)},
                                        {"0", str_z(&ours_words), str_z(&ours)}};
    snprintf(id, sizeof id, "differences.%zu", i + 1);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20, .pad = 32, .surface = SURFACE_CARD);
    pictures(a, u, s, row->at);
    ui_choice(u, &(struct ui_choice){.field = {.id = id, .label = str_z(&label), .action = ON(WORD, (int)i)},
                                     .options = options,
                                     .n = 2,
                                     .value = word < 0 ? ""
                                              : word   ? "1"
                                                       : "0",
                                     .columns = ui_environment(u)->large ? 1 : 2});
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct differences *s = state;
    size_t n = s->ours ? profile_open(a) : 0;
    bool decided = profile_decided(a);
    page_open(a, u,
              &(struct page){.title = tr(u, "differences.title"),
                             .help = TR(u, "differences.help", {"n", tr_int(u, (int)n)}),
                             .where = "",
                             .connection = true});
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = "differences.all", .label = tr(u, "differences.all"), .action = ON(ALL), .disabled = !n);
    ui_close(u);
    for (size_t i = 0; i < n; i++)
        one_row(a, u, s, i);
    page_bottom(a, u, ON(APP_GO, SCREEN_home), tr(u, "differences.later"));
    page_end(a, u,
             &(struct page_next){.id = "differences.done",
                                 .label = tr(u, "differences.done"),
                                 .action = ON(NEXT),
                                 .disabled = !decided || !n,
                                 .reason = decided ? NULL : tr(u, "differences.each")});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    switch (ev->action.kind) {
    case WORD:
        profile_word(a, (size_t)ev->action.a, ev->text && *ev->text == '1');
        return;
    case ALL:
        for (size_t i = 0; i < profile_open(a); i++)
            profile_word(a, i, true);
        return;
    case NEXT:
        if (!profile_decided(a))
            return;
        drop(state);
        profile_agree(a);
        app_replace(a, SCREEN_home);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct differences *s = state;
    drop(s);
    if (!profile_open(a)) {
        app_replace(a, SCREEN_home);
        return;
    }
    s->ours = doc_clone(a->session.doc);
    s->theirs = doc_clone(a->session.doc);
    for (size_t i = 0; i < profile_open(a); i++) {
        merge_decide(s->ours, &a->profile.merge.rows[i], false);
        merge_decide(s->theirs, &a->profile.merge.rows[i], true);
    }
}

static void leave(struct app *a, void *state)
{
    (void)a;
    drop(state);
}

const struct screen screen_differences = {.name = "differences",
                                          .state = sizeof(struct differences),
                                          .view = view,
                                          .event = event,
                                          .enter = enter,
                                          .leave = leave};
