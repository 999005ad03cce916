/* Consent before anything is read or typed: what is kept, where, how long. */
#include "app/screens/page.h"
#include "app/screens/person.h"

#include <stdio.h>

enum { AGREE = 1 };

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    page_open(a, u, &(struct page){.title = tr(u, "consent.title"), .help = tr(u, "consent.help"), .where = ""});
    for (int i = 1; i <= 5; i++) {
        char head[32], text[32];
        snprintf(head, sizeof head, "consent.head%d", i);
        snprintf(text, sizeof text, "consent.text%d", i);
        UI_OPEN(u, .dir = UI_COLUMN, .gap = 8, .pad = 28, .surface = SURFACE_CARD);
        ui_text(u, TEXT_BODY_BOLD, tr(u, head));
        UI_TEXT(u, .id = text, .text = tr(u, text), .style = TEXT_BODY, .tone = TONE_INK2);
        ui_close(u);
    }
    UI_TEXT(u, .id = "consent.version", .text = TR(u, "consent.version", {"version", CONSENT_VERSION}),
            .style = TEXT_TAG, .tone = TONE_INK2);
    page_bottom(a, u, ON(APP_EXIT_YES), tr(u, "consent.no"));
    page_end(a, u, &(struct page_next){.id = "consent.agree", .label = tr(u, "consent.agree"), .action = ON(AGREE)});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)state;
    if (ev->action.kind != AGREE)
        return;
    journey_pass(&a->journey, GATE_CONSENT);
    app_replace(a, SCREEN_home);
}

const struct screen screen_consent = {.name = "consent", .view = view, .event = event};
