/* The kiosk becomes known to a platform: the enrolment text, typed or read by a hand scanner that types, goes to the
 * agent, which makes the key and asks for the certificate. */
#include "app/screens/page.h"

#include "sync/base/cleanup.h"

#include <string.h>

enum { TEXT = 1, ENROL };
#define TEXT_MOST 512
#define WAIT_MS   70000

struct enrol {
    char text[TEXT_MOST];
    bool busy, done;
    char problem[400]; /* the platform's own words, or a string key */
};

static void view(struct app *a, struct ui *u, void *state)
{
    const struct enrol *n = state;
    page_open(a, u,
              &(struct page){.title = tr(u, "staff_enrol.title"),
                             .help = tr(u, "staff_enrol.help"),
                             .where = tr(u, "staff_desk.title"),
                             .connection = true});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "staff_enrol.text",
                                                 .label = tr(u, "staff_enrol.text"),
                                                 .required = true,
                                                 .error = n->problem[0] ? tr(u, n->problem) : NULL,
                                                 .action = ON(TEXT)},
                                       .value = n->text,
                                       .keyboard = "latin",
                                       .lines = 4,
                                       .max_len = TEXT_MOST - 1});
    if (n->done)
        ui_note(u, "staff_enrol.done", TONE_GOOD, tr(u, "staff_enrol.done"));
    page_bottom(a, u, ON(APP_BACK), NULL);
    bool ok = n->text[0] && !n->busy && a->world.agent;
    page_end(a, u,
             &(struct page_next){.label = tr(u, "staff_enrol.go"),
                                 .action = ON(ENROL),
                                 .disabled = !ok,
                                 .busy = n->busy,
                                 .reason = ok || n->busy    ? NULL
                                           : a->world.agent ? tr(u, "staff_enrol.fill")
                                                            : tr(u, "staff_queue.no_agent")});
}

static void answered(void *ctx, bool ok, const json_t *body)
{
    struct app *a = ctx;
    struct enrol *n = a->states[SCREEN_staff_enrol];
    if (!n || a->now != SCREEN_staff_enrol)
        return;
    const char *detail = json_string_value(json_object_get(body, "detail"));
    const char *title = json_string_value(json_object_get(body, "title"));
    n->busy = false;
    n->done = ok;
    zcopy(n->problem, sizeof n->problem, ok ? "" : detail ? detail : title ? title : "staff_enrol.failed");
    if (ok)
        a->crypto->wipe(n->text, sizeof n->text);
    staff_note(a, ok ? "staff.enrolled" : "staff.enrol_failed", "");
    app_world_read(a);
    app_changed(a);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct enrol *n = state;
    if (ev->action.kind == TEXT) {
        zcopy(n->text, sizeof n->text, ev->text ? ev->text : "");
        n->problem[0] = '\0';
    } else if (ev->action.kind == ENROL && !n->busy) {
        json_t *body = json_pack("{s:s}", "text", n->text);
        n->busy = true;
        n->done = false;
        link_client_request(a->link, "enrol", body, WAIT_MS, answered, a);
        json_decref(body);
    }
}

static void leave(struct app *a, void *state)
{
    a->crypto->wipe(state, sizeof(struct enrol));
}

const struct screen screen_staff_enrol = {
    .name = "staff_enrol", .state = sizeof(struct enrol), .view = view, .event = event, .leave = leave};
