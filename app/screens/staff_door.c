/* The staff door: badge and PIN. Nothing tells which of the two was wrong. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <string.h>

enum { BADGE = 1, PIN, NEXT };

struct door {
    char badge[STAFF_BADGE_SIZE], pin[STAFF_PIN_MOST + 1];
    bool busy, tried, failed;
    int tries_left, minutes;
};

/* --- what the other screens of staff use, too --- */

static bool write_note(struct store *s, struct job *j, struct err *e)
{
    return store_audit(s, j->name, str_z(&j->bytes), e);
}

static void note_written(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)a;
    if (!ok)
        log_error("staff.note", "event=%s: %s", j->name, e->text);
}

void staff_note(struct app *a, const char *event, const char *detail)
{
    struct job *j = job_new(a, write_note, note_written);
    j->always = true;
    zcopy(j->name, sizeof j->name, event);
    str_printf(&j->bytes, "badge=%s%s%s", a->staff.badge, *detail ? " " : "", detail);
    job_post(j);
}

void staff_leave(struct app *a)
{
    staff_note(a, "staff.out", "");
    a->staff = (struct staff){0};
    journey_staff(&a->journey, false);
    if (a->session.secret)
        app_back(a);
    else
        app_wipe(a, "staff");
}

void staff_assist(struct app *a)
{
    CLEANUP(str) struct str detail = {0};
    str_printf(&detail, "declaration=%s", a->session.declaration[0] ? a->session.declaration : "-");
    staff_note(a, "staff.assist", str_z(&detail));
    journey_assist(&a->journey);
    app_back(a);
}

/* --- the page --- */

static void view(struct app *a, struct ui *u, void *state)
{
    struct door *d = state;
    page_open(a, u, &(struct page){.title = tr(u, "staff_door.title"), .help = tr(u, "staff_door.help"), .where = ""});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "staff_door.badge",
                                                 .label = tr(u, "staff_door.badge"),
                                                 .required = true,
                                                 .action = ON(BADGE)},
                                       .value = d->badge,
                                       .keyboard = "latin",
                                       .max_len = STAFF_BADGE_SIZE - 1});
    ui_textbox(
        u, &(struct ui_textbox){
               .field = {.id = "staff_door.pin", .label = tr(u, "staff_door.pin"), .required = true, .action = ON(PIN)},
               .value = d->pin,
               .keyboard = "number",
               .max_len = STAFF_PIN_MOST,
               .secret = true});
    if (d->minutes)
        ui_note(u, "staff_door.locked", TONE_BAD, TR(u, "who.locked", {"n", tr_int(u, d->minutes)}));
    else if (d->tried)
        ui_note(u, "staff_door.wrong", TONE_BAD, TR(u, "staff_door.wrong", {"n", tr_int(u, d->tries_left)}));
    if (d->failed)
        ui_note(u, "staff_door.failed", TONE_BAD, tr(u, "who.store_failed"));
    page_bottom(a, u, ON(APP_BACK), NULL);
    bool ok = d->badge[0] && strlen(d->pin) >= STAFF_PIN_LEAST && !d->busy && a->ready;
    page_end(a, u,
             &(struct page_next){.label = tr(u, "staff_door.go"),
                                 .action = ON(NEXT),
                                 .disabled = !ok,
                                 .busy = d->busy,
                                 .reason = ok ? NULL : tr(u, "staff_door.fill")});
}

static bool check(struct store *s, struct job *j, struct err *e)
{
    enum staff_role role = STAFF_HALL;
    bool ok = store_staff_check(s, j->name, str_z(&j->bytes), &role, &j->verdict, e);
    j->number = (int)role;
    return ok;
}

static void checked(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct door *d = a->states[SCREEN_staff_door];
    if (a->now != SCREEN_staff_door)
        return;
    d->busy = false;
    a->crypto->wipe(d->pin, sizeof d->pin);
    if (ok) {
        zcopy(a->staff.badge, sizeof a->staff.badge, j->name);
        a->staff.role = (enum staff_role)j->number;
        journey_staff(&a->journey, true);
        app_replace(a, SCREEN_staff_desk);
        return;
    }
    d->tried = e->code == ERR_DENIED;
    d->failed = e->code != ERR_DENIED;
    d->tries_left = j->verdict.tries_left;
    d->minutes = (int)((j->verdict.locked_for_ms + 59999) / 60000);
    if (d->failed)
        log_error("staff.check", "%s", e->text);
    app_changed(a);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct door *d = state;
    switch (ev->action.kind) {
    case BADGE:
        zcopy(d->badge, sizeof d->badge, ev->text ? ev->text : "");
        d->tried = false;
        return;
    case PIN:
        zcopy(d->pin, sizeof d->pin, ev->text ? ev->text : "");
        return;
    case NEXT: {
        struct job *j = job_new(a, check, checked);
        zcopy(j->name, sizeof j->name, d->badge);
        str_puts(&j->bytes, d->pin);
        d->busy = true;
        job_post(j);
        return;
    }
    }
}

static void leave(struct app *a, void *state)
{
    a->crypto->wipe(state, sizeof(struct door));
}

const struct screen screen_staff_door = {
    .name = "staff_door", .state = sizeof(struct door), .view = view, .event = event, .leave = leave};
