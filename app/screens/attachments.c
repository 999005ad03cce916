/* 上传附件: three cards, at least one file over all of them. */
#include "app/screens/page.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

enum { NEXT = 1 };
#define SECTION "attachments"

static size_t errors(struct app *a, struct ui *u, struct str *first)
{
    CLEANUP(findings) struct findings found = {0};
    validate_section(a->session.doc, SECTION, app_today(a), &found);
    for (size_t i = 0; u && i < found.len && !first->len; i++)
        if (found.rows[i].severity == SEVERITY_ERROR)
            form_finding_text(u, &found.rows[i], first);
    return findings_count(&found, SEVERITY_ERROR);
}

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    const struct form_section *s = app_section(a, SECTION);
    CLEANUP(str) struct str why = {0};
    size_t bad = errors(a, u, &why);
    page_open(a, u,
              &(struct page){.title = tr(u, "attachments.title"),
                             .help = tr(u, "attachments.how"),
                             .step = 5,
                             .step_text = tr(u, s->title)});
    form_view_fields(&a->form, u, s, NO_ENTRY, 0, s->n_fields, 1);
    UI_TEXT(u, .id = "attachments.rules", .text = tr(u, "attachments.rules"), .style = TEXT_SECONDARY,
            .tone = TONE_INK2);
    page_bottom(a, u, ON(APP_BACK), NULL);
    bool busy = papers_busy(a);
    page_end(
        a, u,
        &(struct page_next){.label = tr(u, "page.next"),
                            .action = ON(NEXT),
                            .disabled = bad || busy,
                            .reason = busy ? tr(u, a->papers.busy == PAPER_SCANNING ? "papers.scanning" : "papers.wait")
                                      : bad ? str_z(&why)
                                            : NULL});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)state;
    if (ev->action.kind != NEXT || errors(a, NULL, NULL) || papers_busy(a))
        return;
    /* who came to scan first, or to look at the certificate while filling in, goes on where it is not answered */
    int before = a->journey.n_trail ? a->journey.trail[a->journey.n_trail - 1] : SCREEN_idle;
    if (before == SCREEN_award)
        app_back(a);
    else if (app_step_reached(a, a->session.doc) < STEP_ATTACHMENTS)
        app_replace(a, app_next_open(a));
    else
        app_go(a, SCREEN_tasks);
}

const struct screen screen_attachments = {.name = "attachments", .view = view, .event = event};
