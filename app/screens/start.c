/* Before a title is begun: how long it takes, which papers it needs, and 先扫证书 before 先填写. The declaration is made
 * when one of the two is chosen, so that looking costs nothing. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "sync/base/log.h"

#include <stdio.h>

enum { SCAN = 1, FILL };

struct start {
    bool busy, scan;
    const char *failed;
};

/* What is filled once a person is there already: only this title's own part is left. */
static bool known_person(const struct app *a)
{
    const struct doc *d = a->session.doc;
    return doc_answered(d, (struct doc_path){"images", NO_ENTRY, "id_card_front"}) && doc_entries(d, "education") > 0;
}

static void row(struct ui *u, const char *paper, bool there)
{
    char id[48], name[48], note[48];
    snprintf(id, sizeof id, "start.paper.%s", paper);
    snprintf(name, sizeof name, "start.%s", paper);
    snprintf(note, sizeof note, "start.%s_note", paper);
    ui_divider(u);
    UI_OPEN(u, .id = id, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1, .gap = 4);
    ui_text(u, TEXT_BODY_BOLD, tr(u, name));
    UI_TEXT(u, .text = tr(u, note), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    if (there)
        ui_badge(u, NULL, TONE_GOOD, "✓", tr(u, "start.there"));
    ui_close(u);
}

static void papers(struct app *a, struct ui *u)
{
    static const char *const own[] = {"id_card_front", "photo_1inch"};
    static const char *const of_title[] = {"cert_original", "review_form_original", "approval_doc_original"};
    UI_OPEN(u, .id = "start.papers", .dir = UI_COLUMN, .gap = 16, .pad = 32, .surface = SURFACE_CARD);
    ui_text(u, TEXT_LEAD_BOLD, tr(u, "start.papers"));
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        row(u, own[i], doc_answered(a->session.doc, (struct doc_path){"images", NO_ENTRY, own[i]}));
    for (size_t i = 0; i < ARRAY_LEN(of_title); i++)
        row(u, of_title[i], false);
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct start *s = state;
    bool landscape = ui_environment(u)->landscape;
    page_open(a, u, &(struct page){.title = tr(u, "start.title"), .help = tr(u, "start.help"), .where = ""});
    if (s->failed)
        ui_note(u, "start.failed", TONE_BAD, tr(u, s->failed));
    UI_OPEN(u, .dir = landscape ? UI_ROW : UI_COLUMN, .gap = 28);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 28, .grow = landscape, .width = landscape);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 12, .pad = 32, .surface = SURFACE_TINT);
    UI_TEXT(u, .id = "start.time", .text = tr(u, known_person(a) ? "start.time_more" : "start.time_first"),
            .style = TEXT_LEAD_BOLD);
    ui_text(u, TEXT_BODY, tr(u, known_person(a) ? "start.time_more_note" : "start.time_first_note"));
    ui_close(u);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 12, .pad = 32, .surface = SURFACE_CARD);
    ui_text(u, TEXT_LEAD_BOLD, tr(u, "start.why_scan"));
    ui_text(u, TEXT_BODY, tr(u, "start.why_scan_note"));
    ui_close(u);
    ui_close(u);
    UI_OPEN(u, .dir = UI_COLUMN, .grow = landscape, .width = landscape);
    papers(a, u);
    ui_close(u);
    ui_close(u);
    page_bottom(a, u, ON(APP_BACK), NULL);
    UI_BUTTON(u, .id = "start.fill", .label = tr(u, "start.fill"), .action = ON(FILL), .disabled = s->busy);
    page_end(a, u,
             &(struct page_next){.id = "start.scan",
                                 .label = tr(u, "start.scan"),
                                 .action = ON(SCAN),
                                 .disabled = s->busy,
                                 .busy = s->busy && s->scan});
}

static void created(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct start *s = a->states[SCREEN_start];
    (void)j;
    s->busy = false;
    s->failed = ok ? NULL : "records.failed";
    if (ok)
        app_replace(a, s->scan ? SCREEN_attachments : SCREEN_identity);
    else
        log_error("declaration.create", "code=%s: %s", err_code_name(e->code), e->text);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct start *s = state;
    if (s->busy || (ev->action.kind != SCAN && ev->action.kind != FILL))
        return;
    s->busy = true;
    s->scan = ev->action.kind == SCAN;
    declaration_create(a, created);
}

static void enter(struct app *a, void *state)
{
    struct start *s = state;
    (void)a;
    *s = (struct start){0};
}

const struct screen screen_start = {
    .name = "start", .state = sizeof(struct start), .view = view, .event = event, .enter = enter};
