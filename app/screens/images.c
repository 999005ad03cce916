/* 身份证正面 and 一寸免冠照片: once a person. 我要编辑 opens them for change; 下一步 waits for both. Also the gate before the
 * home page of who logged in and has them neither here nor in the account (R031). */
#include "app/screens/page.h"

#include "sync/base/cleanup.h"

enum { EDIT = 1, NEXT, LATER };
#define SECTION "images"

struct images {
    bool editing;
};

static bool both(const struct app *a)
{
    const struct form_section *s = app_section(a, SECTION);
    for (size_t i = 0; i < s->n_fields; i++)
        if (!doc_answered(a->session.doc, (struct doc_path){s->key, NO_ENTRY, s->fields[i].key}))
            return false;
    return true;
}

/* A picture that something is said about is shown with what can be done about it. */
static bool remarked(struct app *a)
{
    CLEANUP(findings) struct findings found = {0};
    validate_section(a->session.doc, SECTION, app_today(a), &found);
    return found.len > 0;
}

static void shown(struct app *a, struct ui *u, const struct form_section *s)
{
    for (size_t i = 0; i < s->n_fields; i++) {
        char id[160];
        struct doc_path p = {s->key, NO_ENTRY, s->fields[i].key};
        doc_path_id(p, id, sizeof id);
        struct ui_field frame = {.id = id, .label = tr(u, s->fields[i].label), .read_only = true};
        papers_field(a, u, p, &s->fields[i], &frame);
    }
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct images *st = state;
    const struct form_section *s = app_section(a, SECTION);
    bool there = both(a), editing = st->editing || !there || remarked(a);
    page_open(a, u,
              &(struct page){.title = tr(u, there ? "images.title_there" : "images.title"),
                             .help = tr(u, "images.how"),
                             .where = a->image_gate ? "" : NULL,
                             .step = a->image_gate ? 0 : 4,
                             .step_text = a->image_gate ? NULL : tr(u, s->title)});
    if (a->image_gate)
        ui_note(u, "images.gate", TONE_APRICOT, tr(u, "images.gate"));
    if (editing)
        form_view_fields(&a->form, u, s, NO_ENTRY, 0, s->n_fields, 1);
    else
        shown(a, u, s);
    if (a->image_gate)
        page_bottom(a, u, ON(LATER), tr(u, "images.later"));
    else
        page_bottom(a, u, ON(APP_BACK), NULL);
    if (!editing)
        UI_BUTTON(u, .id = "images.edit", .label = tr(u, "images.edit"), .action = ON(EDIT));
    page_end(a, u,
             &(struct page_next){.label = tr(u, "page.next"),
                                 .action = ON(NEXT),
                                 .disabled = !there || papers_busy(a),
                                 .reason = papers_busy(a) ? tr(u, "papers.wait")
                                           : there        ? NULL
                                                          : tr(u, "images.missing")});
}

static void home(struct app *a)
{
    a->image_gate = false;
    app_replace(a, SCREEN_home);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct images *st = state;
    if (ev->action.kind == EDIT) {
        st->editing = true;
    } else if (ev->action.kind == NEXT && both(a) && !papers_busy(a)) {
        st->editing = false;
        if (a->image_gate)
            home(a);
        else
            app_go(a, SCREEN_attachments);
    } else if (ev->action.kind == LATER && !papers_busy(a)) {
        home(a); /* before a declaration is handed in they are asked for again */
    }
}

const struct screen screen_images = {.name = "images", .state = sizeof(struct images), .view = view, .event = event};
