/* C.批文公示（通知）网址: an address or words; it is never opened. */
#include "app/screens/wizard.h"

#include "app/forms/form_text.h"

enum { NEXT = 1 };
#define SECTION "publicity"

struct publicity {
    bool closing;
};

static void view(struct app *a, struct ui *u, void *state)
{
    struct publicity *s = state;
    const struct form_section *section = app_section(a, SECTION);
    page_open(a, u,
              &(struct page){.title = tr(u, "publicity.title"),
                             .help = form_maybe(u, "publicity.help"),
                             .step = 3,
                             .step_text = tr(u, section->title),
                             .close = ON(WIZARD_CLOSE)});
    form_view_fields(&a->form, u, section, NO_ENTRY, 0, section->n_fields, 1);
    wizard_overlay(a, u, s->closing);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u, &(struct page_next){.label = tr(u, "page.next"), .action = ON(NEXT)});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct publicity *s = state;
    if (wizard_event(a, ev, &s->closing) || ev->action.kind != NEXT)
        return;
    const struct form_section *section = app_section(a, SECTION);
    ui_blur(a->ui);
    if (form_view_errors(&a->form, section, NO_ENTRY, 0, section->n_fields)) {
        form_view_judge(&a->form, true);
        form_view_first_error(&a->form, section, NO_ENTRY, 0, section->n_fields, a->focus, sizeof a->focus);
        return;
    }
    app_go(a, SCREEN_review);
}

static void enter(struct app *a, void *state)
{
    struct publicity *s = state;
    s->closing = false;
    wizard_enter(a);
}

const struct screen screen_publicity = {
    .name = "publicity", .state = sizeof(struct publicity), .view = view, .event = event, .enter = enter};
