/* A 取件码 chosen by the person who is in: a first one, or another. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include <string.h>

enum { CODE = 1, AGAIN, SET };

struct code {
    char code[16], again[16];
    bool left_code, left_again, busy;
    const char *failed; /* string key */
};

static void view(struct app *a, struct ui *u, void *state)
{
    const struct code *c = state;
    const char *error = !c->left_code         ? NULL
                        : !code_good(c->code) ? "who.code_digits"
                        : code_weak(c->code)  ? "who.code_weak"
                                              : NULL;
    page_open(a, u,
              &(struct page){.title = tr(u, a->session.has_code ? "code.title_other" : "code.title"),
                             .help = tr(u, "code.help"),
                             .where = ""});
    if (c->failed)
        ui_note(u, "code.failed", TONE_BAD, tr(u, c->failed));
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20, .pad = 28, .surface = SURFACE_CARD);
    code_box(u, "code.code", tr(u, "who.code"), c->code, error, ON(CODE));
    code_box(u, "code.again", tr(u, "who.code2"), c->again,
             c->left_again && strcmp(c->code, c->again) != 0 ? "who.code_differs" : NULL, ON(AGAIN));
    ui_close(u);
    ui_note(u, "code.receipts", TONE_INK2, tr(u, a->session.has_code ? "code.receipts_old" : "code.receipts"));
    bool good = code_good(c->code) && !code_weak(c->code) && strcmp(c->code, c->again) == 0;
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.id = "code.set",
                                 .label = tr(u, "code.set"),
                                 .action = ON(SET),
                                 .disabled = !good || c->busy,
                                 .busy = c->busy,
                                 .reason = good || c->busy ? NULL : tr(u, "code.fill")});
}

static void done(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct code *c = a->states[SCREEN_code];
    (void)j;
    if (a->now != SCREEN_code)
        return;
    c->busy = false;
    if (ok) {
        ui_toast(a->ui, tr(a->ui, "code.is_set"));
        app_back(a);
        return;
    }
    c->failed = e->code == ERR_FULL ? "page.unsaved_full" : "who.store_failed";
}

static void take(char out[16], bool *left, const struct ui_event *ev)
{
    const char *text = ev->text ? ev->text : "";
    zcopy(out, 16, text);
    *left = ev->what == UI_COMMIT && *text;
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct code *c = state;
    switch (ev->action.kind) {
    case CODE:
        take(c->code, &c->left_code, ev);
        return;
    case AGAIN:
        take(c->again, &c->left_again, ev);
        return;
    case SET:
        if (c->busy || !code_good(c->code) || code_weak(c->code) || strcmp(c->code, c->again) != 0)
            return;
        c->busy = true;
        c->failed = NULL;
        person_code_set(a, c->code, done);
        return;
    }
}

static void leave(struct app *a, void *state)
{
    a->crypto->wipe(state, sizeof(struct code));
}

const struct screen screen_code = {
    .name = "code", .state = sizeof(struct code), .view = view, .event = event, .leave = leave};
