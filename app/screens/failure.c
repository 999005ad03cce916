/* The kiosk cannot keep anything: it says so and where to go, and takes nothing from anybody. */
#include "app/screens/page.h"

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    page_open(a, u, &(struct page){.title = tr(u, "failure.title"), .help = tr(u, "failure.help"), .where = ""});
    ui_note(u, "failure.why", TONE_BAD, tr(u, a->failure == ERR_FULL ? "failure.full" : "failure.store"));
    ui_note(u, "failure.what", TONE_INK2, tr(u, "failure.what"));
    page_bottom(a, u, ON(0), NULL);
    page_end(a, u, &(struct page_next){.id = "failure.staff", .label = tr(u, "idle.staff"), .action = ON(APP_STAFF)});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)a;
    (void)state;
    (void)ev;
}

const struct screen screen_failure = {.name = "failure", .view = view, .event = event};
