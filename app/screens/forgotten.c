/* 取件码 forgotten, and no login: the ID card's chip says who it is, somebody of the hall opens with badge and PIN. Weaker
 * than the 取件码, so it is said, and written into the record. */
#include "app/screens/jobs.h"
#include "app/screens/own_folder.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { BADGE = 1, PIN, OPEN, LOGIN };

struct forgotten {
    char badge[STAFF_BADGE_SIZE], pin[STAFF_PIN_MOST + 1];
    bool busy, tried;
    int tries_left, minutes;
    const char *failed; /* string key */
};

static bool chip_read(struct app *a)
{
    char id[19];
    typed_id18(a, id);
    return id[0] && chip_vouches(a, id);
}

static void staff(struct ui *u, const struct forgotten *f)
{
    UI_OPEN(u, .id = "forgotten.staff", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 28,
            .surface = SURFACE_CARD);
    ui_text(u, TEXT_BODY_BOLD, tr(u, "forgotten.staff"));
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "forgotten.badge",
                                                 .label = tr(u, "staff_door.badge"),
                                                 .required = true,
                                                 .action = ON(BADGE)},
                                       .value = f->badge,
                                       .keyboard = "latin",
                                       .max_len = STAFF_BADGE_SIZE - 1});
    ui_textbox(
        u, &(struct ui_textbox){
               .field = {.id = "forgotten.pin", .label = tr(u, "staff_door.pin"), .required = true, .action = ON(PIN)},
               .value = f->pin,
               .keyboard = "number",
               .max_len = STAFF_PIN_MOST,
               .secret = true});
    if (f->minutes)
        ui_note(u, "forgotten.locked", TONE_BAD, TR(u, "who.locked", {"n", tr_int(u, f->minutes)}));
    else if (f->tried)
        ui_note(u, "forgotten.wrong", TONE_BAD, TR(u, "staff_door.wrong", {"n", tr_int(u, f->tries_left)}));
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct forgotten *f = state;
    bool chip = chip_read(a);
    page_open(a, u,
              &(struct page){
                  .title = tr(u, "forgotten.title"), .help = tr(u, "forgotten.help"), .where = "", .connection = true});
    if (f->failed)
        ui_note(u, "forgotten.failed", TONE_BAD, tr(u, f->failed));
    chip_box(a, u, "forgotten");
    if (!chip)
        ui_note(u, "forgotten.card", TONE_APRICOT,
                tr(u, a->id_reader ? "forgotten.chip_needed" : "forgotten.no_reader"));
    staff(u, f);
    ui_note(u, "forgotten.record", TONE_INK2, tr(u, "forgotten.record"));
    if (a->world.online)
        UI_BUTTON(u, .id = "forgotten.login", .label = tr(u, "who.to_login"), .style = BUTTON_LINK,
                  .action = ON(LOGIN));
    bool filled = f->badge[0] && strlen(f->pin) >= STAFF_PIN_LEAST, ok = chip && filled && !f->busy;
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.id = "forgotten.open",
                                 .label = tr(u, "forgotten.open"),
                                 .action = ON(OPEN),
                                 .disabled = !ok,
                                 .busy = f->busy,
                                 .reason = ok || f->busy ? NULL
                                           : chip        ? tr(u, "staff_door.fill")
                                                         : tr(u, "forgotten.chip_first")});
}

static void opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct forgotten *f = a->states[SCREEN_forgotten];
    f->busy = false;
    a->crypto->wipe(f->pin, sizeof f->pin);
    if (ok) {
        own_folder_arrive(a);
        return;
    }
    f->tried = e->code == ERR_DENIED;
    f->tries_left = j->verdict.tries_left;
    f->minutes = (int)((j->verdict.locked_for_ms + 59999) / 60000);
    f->failed = e->code == ERR_DENIED ? NULL : e->code == ERR_NOT_FOUND ? "forgotten.none" : "who.store_failed";
    if (e->code != ERR_DENIED)
        log_error("folder.by_staff", "code=%s: %s", err_code_name(e->code), e->text);
    session_wipe(&a->session);
}

static void open_it(struct app *a, struct forgotten *f)
{
    char id[19];
    typed_id18(a, id);
    f->busy = true;
    f->tried = false;
    f->failed = NULL;
    session_begin(&a->session, a->crypto, id, "");
    person_open_staff(a, f->badge, f->pin, opened);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct forgotten *f = state;
    if (chip_event(a, ev))
        return;
    switch (ev->action.kind) {
    case BADGE:
        zcopy(f->badge, sizeof f->badge, ev->text ? ev->text : "");
        return;
    case PIN:
        zcopy(f->pin, sizeof f->pin, ev->text ? ev->text : "");
        return;
    case OPEN:
        if (chip_read(a) && !f->busy)
            open_it(a, f);
        return;
    case LOGIN:
        app_replace(a, SCREEN_login);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    (void)state;
    chip_enter(a, NULL);
}

static void leave(struct app *a, void *state)
{
    chip_leave(a);
    a->crypto->wipe(state, sizeof(struct forgotten));
    if (!session_open(&a->session))
        session_wipe(&a->session);
}

const struct screen screen_forgotten = {.name = "forgotten",
                                        .state = sizeof(struct forgotten),
                                        .view = view,
                                        .event = event,
                                        .enter = enter,
                                        .leave = leave};
