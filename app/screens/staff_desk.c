/* The staff's page: what waits, and the ways from here. No personal data on any of its pages. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"

#include "sync/base/log.h"

enum { LEAVE = 1, ASSIST, USB };

struct desk {
    struct queue_figures figures;
    bool known;
};

static void figures(struct ui *u, const struct desk *d)
{
    const struct {
        const char *id, *key;
        int64_t n;
        enum ui_tone tone;
    } cells[] = {
        {"staff_desk.waiting", "staff_desk.waiting", d->figures.waiting + d->figures.sending, TONE_INK},
        {"staff_desk.failed", "staff_desk.failed", d->figures.failed, d->figures.failed ? TONE_BAD : TONE_INK},
        {"staff_desk.delivered", "staff_desk.delivered", d->figures.delivered, TONE_INK},
    };
    UI_OPEN(u, .dir = UI_GRID, .columns = 3, .gap = 20);
    for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
        UI_OPEN(u, .dir = UI_COLUMN, .pad = 28, .gap = 4, .surface = SURFACE_CARD);
        UI_TEXT(u, .id = cells[i].id, .text = d->known ? tr_int(u, (int)cells[i].n) : "…", .style = TEXT_TITLE,
                .tone = cells[i].tone, .data = true);
        UI_TEXT(u, .text = tr(u, cells[i].key), .style = TEXT_SECONDARY, .tone = TONE_INK2);
        ui_close(u);
    }
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct desk *d = state;
    const char *role = tr(u, a->staff.role == STAFF_OPERATOR ? "staff_desk.operator" : "staff_desk.hall");
    page_open(a, u,
              &(struct page){.title = tr(u, "staff_desk.title"),
                             .help = TR(u, "staff_desk.help", {"badge", a->staff.badge}, {"role", role}),
                             .where = "",
                             .connection = true});
    if (assets_old(a))
        ui_note(u, "staff_desk.rules_old", TONE_APRICOT,
                TR(u, "staff_desk.rules_old", {"n", tr_int(u, assets_age(a))}, {"date", a->assets.date}));
    if (a->world.package_refused)
        ui_note(u, "staff_desk.package_refused", TONE_BAD, tr(u, "staff_desk.package_refused"));
    figures(u, d);
    if (a->session.secret)
        page_tile(u, "staff_desk.assist", tr(u, "staff_desk.assist"), tr(u, "staff_desk.assist_note"), ON(ASSIST));
    page_tile(u, "staff_desk.queue", tr(u, "staff_queue.title"), tr(u, "staff_desk.queue_note"),
              ON(APP_GO, SCREEN_staff_queue));
    page_tile(u, "staff_desk.receipt", tr(u, "staff_receipt.title"), tr(u, "staff_desk.receipt_note"),
              ON(APP_GO, SCREEN_staff_receipt));
    page_tile(u, "staff_desk.health", tr(u, "staff_health.title"), tr(u, "staff_desk.health_note"),
              ON(APP_GO, SCREEN_staff_health));
    ui_switch(u,
              &(struct ui_field){.id = "staff_desk.usb",
                                 .label = tr(u, "staff_desk.usb"),
                                 .help = tr(u, "staff_desk.usb_note"),
                                 .action = ON(USB)},
              !a->world.usb_off, tr(u, "form.yes"), tr(u, "form.no"));
    if (a->staff.role == STAFF_OPERATOR)
        page_tile(u, "staff_desk.enrol", tr(u, "staff_enrol.title"), tr(u, "staff_desk.enrol_note"),
                  ON(APP_GO, SCREEN_staff_enrol));
    page_bottom(a, u, ON(LEAVE), tr(u, "staff_desk.leave"));
    page_end(a, u, NULL);
}

static bool set_usb(struct store *s, struct job *j, struct err *e)
{
    return store_setting_set(s, SETTING_USB_OFF, j->flag ? "1" : "0", 1, e);
}

static void usb_set(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (!ok) {
        log_error("staff.usb", "%s", e->text);
        a->world.usb_off = !j->flag; /* as it was: the switch shows what holds */
    }
    app_changed(a);
}

static void switch_usb(struct app *a, bool allowed)
{
    struct job *j = job_new(a, set_usb, usb_set);
    j->flag = !allowed;
    a->world.usb_off = !allowed;
    staff_note(a, "staff.usb", allowed ? "on" : "off");
    job_post(j);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)state;
    if (ev->action.kind == USB)
        switch_usb(a, ev->number != 0);
    if (ev->action.kind == LEAVE)
        staff_leave(a);
    else if (ev->action.kind == ASSIST)
        staff_assist(a);
}

static bool read_figures(struct store *s, struct job *j, struct err *e)
{
    j->extra = xcalloc(1, sizeof(struct queue_figures));
    return store_queue_figures(s, j->extra, e);
}

static void figures_read(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct desk *d = a->states[SCREEN_staff_desk];
    (void)e;
    if (!ok || a->now != SCREEN_staff_desk)
        return;
    d->figures = *(struct queue_figures *)j->extra;
    d->known = true;
    app_changed(a);
}

static void ask(struct app *a, void *state)
{
    (void)state;
    job_post(job_new(a, read_figures, figures_read));
}

const struct screen screen_staff_desk = {
    .name = "staff_desk", .state = sizeof(struct desk), .view = view, .event = event, .enter = ask, .news = ask};
