/* Moves between screens. The view wrapper draws the screen and what lies above it; the event wrapper takes what belongs
 * to the page and to form fields before the screen sees it. One timer serves idle time and the idle page's clock. */
#include "app/screens/app.h"

#include "app/forms/form_text.h"
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/parked.h"
#include "app/screens/person.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/store/settings.h"

#include <string.h>

#define SCREEN(name, needs) extern const struct screen screen_##name;
#include "app/screens/screens.def"
#undef SCREEN

static const struct {
    const struct screen *ops;
    enum gate needs;
} screens[] = {
#define SCREEN(name, needs) {&screen_##name, needs},
#include "app/screens/screens.def"
#undef SCREEN
};

const struct screen *app_screen(const struct app *a)
{
    return screens[a->now].ops;
}

static void *state_of(struct app *a)
{
    if (!a->states[a->now])
        a->states[a->now] = xcalloc(1, app_screen(a)->state + 1);
    return a->states[a->now];
}

void app_changed(struct app *a)
{
    ui_changed(a->ui);
}

struct civil app_today(const struct app *a)
{
    return clock_beijing(clock_wall(a->clock));
}

const struct form_section *app_section(const struct app *a, const char *key)
{
    return a->forms ? form_section_find(a->forms, key) : NULL;
}

void app_title_of(struct app *a, const struct doc *d, struct str *out)
{
    (void)a;
    const char *title = doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "title_name"});
    const char *date = doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "award_date"});
    str_puts(out, title);
    if (*title && strlen(date) >= 4)
        str_printf(out, "（%.4s）", date);
}

static bool step_answered(const struct app *a, const struct doc *d, enum form_step step)
{
    for (size_t i = 0; i < form_section_count(a->forms); i++) {
        const struct form_section *s = form_section_at(a->forms, i);
        CLEANUP(findings) struct findings found = {0};
        if (s->step != step)
            continue;
        validate_section(d, s->key, app_today(a), &found);
        if (findings_count(&found, SEVERITY_ERROR))
            return false;
    }
    return true;
}

enum form_step app_step_reached(const struct app *a, const struct doc *d)
{
    enum form_step step = STEP_IDENTITY;
    while (step < STEP_SUBMIT && step_answered(a, d, step))
        step++;
    return step;
}

enum screen_id app_next_open(const struct app *a)
{
    static const enum screen_id of_step[] = {[STEP_IDENTITY] = SCREEN_identity,
                                             [STEP_AWARD] = SCREEN_award,
                                             [STEP_PUBLICITY] = SCREEN_publicity,
                                             [STEP_IMAGES] = SCREEN_images,
                                             [STEP_ATTACHMENTS] = SCREEN_attachments,
                                             [STEP_SECTIONS] = SCREEN_tasks,
                                             [STEP_SUBMIT] = SCREEN_check};
    bool fresh = !doc_answered(a->session.doc, (struct doc_path){"title_award", NO_ENTRY, "has_ecert"});
    return fresh ? SCREEN_identity : of_step[app_step_reached(a, a->session.doc)];
}

/* --- view and events --- */

static void view(void *ctx, struct ui *u)
{
    struct app *a = ctx;
    form_view_begin(&a->form);
    app_screen(a)->view(a, u, state_of(a));
    papers_overlay(a, u);
    page_overlays(a, u);
    if (a->focus[0]) {
        ui_focus(u, a->focus);
        a->focus[0] = '\0';
    }
}

static void staff_audit_done(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)a;
    (void)j;
    if (!ok)
        log_warn("staff.call", "audit: %s", e->text);
}

static bool staff_audit(struct store *s, struct job *j, struct err *e)
{
    return store_audit(s, "staff.called", j->name, e);
}

static void call_staff(struct app *a)
{
    a->overlay = OVERLAY_STAFF;
    log_info("staff.call", "screen=%s", app_screen(a)->name);
    if (!a->store)
        return;
    struct job *j = job_new(a, staff_audit, staff_audit_done);
    zcopy(j->name, sizeof j->name, app_screen(a)->name);
    job_post(j);
}

static bool page_event(struct app *a, const struct ui_event *ev)
{
    switch (ev->action.kind) {
    case APP_EXIT:
        a->overlay = OVERLAY_EXIT;
        return true;
    case APP_EXIT_YES:
        app_wipe(a, "exit");
        return true;
    case APP_LANGUAGE:
        a->overlay = OVERLAY_LANGUAGE;
        return true;
    case APP_LANGUAGE_SET:
        a->overlay = OVERLAY_NONE;
        app_language(a, (size_t)ev->action.a);
        return true;
    case APP_LARGE:
        app_large(a, !a->journey.large);
        return true;
    case APP_STAFF:
        call_staff(a);
        return true;
    case APP_STAFF_DOOR:
        a->overlay = OVERLAY_NONE;
        app_go(a, SCREEN_staff_door);
        return true;
    case APP_CLOSE_OVERLAY:
        a->overlay = OVERLAY_NONE;
        return true;
    case APP_STILL_HERE:
        app_touched(a);
        return true;
    case APP_SAVE_AGAIN:
        saver_flush(&a->saver);
        return true;
    case APP_JUMP:
        app_jump(a, ev->action.name);
        return true;
    case APP_GO:
        app_go(a, (enum screen_id)ev->action.a);
        return true;
    case APP_BACK:
        app_back(a);
        return true;
    default:
        return false;
    }
}

static void event(void *ctx, const struct ui_event *ev)
{
    struct app *a = ctx;
    if (!page_event(a, ev) && !papers_event(a, ev) && !readings_event(a, ev) && !form_view_event(&a->form, ev))
        app_screen(a)->event(a, state_of(a), ev);
    app_changed(a);
}

static void answer_edited(void *ctx, struct doc_path p, bool commit)
{
    struct app *a = ctx;
    const struct form_section *s = app_section(a, p.section);
    saver_edited(&a->saver, s ? s->scope : SCOPE_TITLE, commit);
    /* A pick may fill fields of the other scope, and prefill does: what did not change costs one small write. */
    if (commit)
        saver_edited(&a->saver, s && s->scope == SCOPE_TITLE ? SCOPE_PERSON : SCOPE_TITLE, true);
    if (commit && p.field && (strcmp(p.field, "title_name") == 0 || strcmp(p.field, "award_date") == 0))
        profile_answer_ecert(a, true);
}

static void answer_files(void *ctx, struct ui *u, struct doc_path p, const struct form_field *f,
                         const struct ui_field *frame)
{
    papers_field(ctx, u, p, f, frame);
}

/* --- moving --- */

static void watch(struct app *a);

static void show(struct app *a, enum screen_id to)
{
    if (app_screen(a)->leave)
        app_screen(a)->leave(a, state_of(a));
    calls_leave(a);
    ui_blur(a->ui);
    a->overlay = OVERLAY_NONE;
    a->now = to;
    if (to == SCREEN_idle)
        typed_wipe(a);
    if (app_screen(a)->enter)
        app_screen(a)->enter(a, state_of(a));
    if (a->now == to)
        ui_set_view(a->ui, app_screen(a)->name, view, event, a);
    profile_settle(a);
    watch(a);
    app_changed(a);
}

static enum screen_id gate_screen(const struct app *a, enum screen_id to)
{
    switch (journey_gate(&a->journey, screens[to].needs)) {
    case GATE_OPEN:
        return to;
    case GATE_CONSENT:
        return SCREEN_consent;
    case GATE_NOTICES:
        return SCREEN_notices;
    case GATE_PERSON:
        return a->world.online ? SCREEN_door : SCREEN_who;
    case GATE_CONFIRMED:
        return SCREEN_confirm;
    case GATE_STAFF:
        return SCREEN_staff_door;
    }
    return to;
}

/* Letters still being composed and answers still on their way are settled before the page goes. */
static bool may_leave(struct app *a)
{
    ui_blur(a->ui);
    saver_flush(&a->saver);
    if (a->saver.failed == ERR_NONE)
        return true;
    ui_toast(a->ui, tr(a->ui, "page.not_saved"));
    return false;
}

static void schedule(struct app *a);

void app_go(struct app *a, enum screen_id to)
{
    if (!may_leave(a))
        return;
    to = gate_screen(a, to);
    if (to == a->now)
        return;
    journey_go(&a->journey, (int)to);
    show(a, to);
    schedule(a);
}

void app_visit(struct app *a, enum screen_id to)
{
    if (!may_leave(a) || gate_screen(a, to) != to)
        return;
    journey_visit(&a->journey, (int)to);
    show(a, to);
    schedule(a);
}

void app_replace(struct app *a, enum screen_id to)
{
    if (!may_leave(a))
        return;
    to = gate_screen(a, to);
    journey_replace(&a->journey, (int)to);
    show(a, to);
    schedule(a);
}

void app_back(struct app *a)
{
    if (!may_leave(a))
        return;
    a->backwards = true;
    show(a, (enum screen_id)journey_back(&a->journey));
    a->backwards = false;
    schedule(a);
}

void app_again(struct app *a)
{
    if (app_screen(a)->enter)
        app_screen(a)->enter(a, state_of(a));
    app_changed(a);
}

void app_jump(struct app *a, const char *path_id)
{
    static const enum screen_id of_step[] = {[STEP_IDENTITY] = SCREEN_identity,
                                             [STEP_AWARD] = SCREEN_award,
                                             [STEP_PUBLICITY] = SCREEN_publicity,
                                             [STEP_IMAGES] = SCREEN_images,
                                             [STEP_ATTACHMENTS] = SCREEN_attachments,
                                             [STEP_SECTIONS] = SCREEN_section,
                                             [STEP_SUBMIT] = SCREEN_submit};
    struct doc_path p;
    if (!a->forms || !doc_path_parse(a->forms, path_id, &p))
        return;
    const struct form_section *s = app_section(a, p.section);
    char target[160];
    zcopy(target, sizeof target, path_id);
    form_view_judge(&a->form, true);
    if (of_step[s->step] != a->now) {
        if (!may_leave(a))
            return;
        zcopy(a->focus, sizeof a->focus, target);
        journey_visit(&a->journey, (int)of_step[s->step]);
        show(a, of_step[s->step]);
    } else {
        zcopy(a->focus, sizeof a->focus, target);
        app_again(a);
    }
    zcopy(a->focus, sizeof a->focus, target);
}

/* --- what the agent changes while nobody tells us --- */

#define WATCH_MS 2000

static bool read_version(struct store *s, struct job *j, struct err *e)
{
    (void)e;
    j->seq = store_data_version(s);
    return true;
}

static void version_read(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)ok;
    (void)e;
    bool changed = a->data_version && j->seq != a->data_version;
    a->data_version = j->seq;
    if (changed)
        app_news(a);
}

static void on_watch(void *ctx)
{
    struct app *a = ctx;
    job_post(job_new(a, read_version, version_read));
    watch(a);
}

/* With the agent there its news suffice. */
static void watch(struct app *a)
{
    bool wanted = a->store && !a->world.agent && app_screen(a)->news;
    shell_timer(a->shell, wanted ? clock_mono(a->clock) + WATCH_MS : -1, on_watch, a);
}

/* --- language, large text --- */

void app_language(struct app *a, size_t index)
{
    if (index >= a->n_languages)
        return;
    a->language = index;
    ui_set_language(a->ui, a->languages[index].strings, a->fallback);
    app_changed(a);
}

void app_large(struct app *a, bool on)
{
    a->journey.large = on;
    ui_set_large(a->ui, on);
    schedule(a);
    app_changed(a);
}

/* --- idle time --- */

static void tick(void *ctx);

/* The idle page shows the time of day: it is drawn anew at each full minute. */
static int64_t next_minute(const struct app *a)
{
    return clock_mono(a->clock) + 60000 - clock_wall(a->clock) % 60000;
}

static void schedule(struct app *a)
{
    int64_t at = journey_deadline(&a->journey, clock_mono(a->clock));
    if (a->now == SCREEN_idle) {
        int64_t minute = next_minute(a);
        at = at < 0 || minute < at ? minute : at;
    }
    shell_timer(a->shell, at, tick, a);
}

static void tick(void *ctx)
{
    struct app *a = ctx;
    switch (journey_tick(&a->journey, clock_mono(a->clock))) {
    case JOURNEY_WIPE:
        app_wipe(a, "idle");
        return;
    case JOURNEY_WARN:
        ui_blur(a->ui);
        saver_flush(&a->saver);
        app_changed(a);
        break;
    case JOURNEY_COUNT:
    case JOURNEY_DIMMED:
        app_changed(a);
        break;
    case JOURNEY_NOTHING:
        if (a->now == SCREEN_idle) {
            assets_look(a);
            app_changed(a);
        }
        break;
    }
    schedule(a);
}

void app_touched(struct app *a)
{
    if (journey_touch(&a->journey, clock_mono(a->clock)))
        app_changed(a);
    schedule(a);
}

/* --- the end of a session --- */

/* Best effort: at the platform the session would end by itself. */
static void log_out(struct app *a)
{
    calls_wipe(a);
    if (account_in(&a->account))
        call_make(a, &(struct call){.purpose = CALL_LOGOUT,
                                    .method = "DELETE",
                                    .path = PATH_SESSION_CURRENT,
                                    .session = true,
                                    .stays = true});
    account_wipe(&a->account);
}

void app_wipe(struct app *a, const char *why)
{
    bool person = session_open(&a->session);
    if (person || !journey_at_home(&a->journey))
        log_info("session.end", "why=%s screen=%s", why, app_screen(a)->name);
    ui_blur(a->ui);
    saver_flush(&a->saver);
    if (app_screen(a)->leave)
        app_screen(a)->leave(a, state_of(a));
    parked_go(a);
    papers_wipe(a);
    chip_wipe(a);
    slip_wipe(a);
    form_view_reset(&a->form, NULL, NULL);
    form_reasons_finish(&a->reasons);
    json_decref(a->title_before);
    a->title_before = NULL;
    profile_wipe(a);
    units_wipe(a);
    json_decref(a->receipt_live);
    a->receipt_live = NULL;
    session_wipe(&a->session);
    log_out(a);
    typed_wipe(a);
    captcha_leave(a);
    a->bind_next = a->image_gate = false;
    saver_reset(&a->saver);
    a->crypto->wipe(a->records, sizeof a->records);
    a->n_records = 0;
    a->records_known = a->receipt_open = false;
    a->staff = (struct staff){0};
    memset(a->receipt, 0, sizeof a->receipt);
    memset(a->focus, 0, sizeof a->focus);
    for (size_t i = 0; i < SCREEN_COUNT; i++)
        if (a->states[i])
            a->crypto->wipe(a->states[i], screens[i].ops->state);
    journey_wipe(&a->journey, clock_mono(a->clock));
    ui_forget(a->ui);
    ui_set_large(a->ui, false);
    ui_set_contrast(a->ui, false);
    a->overlay = OVERLAY_NONE;
    a->now = SCREEN_idle;
    app_language(a, a->first_language);
    ui_set_view(a->ui, app_screen(a)->name, view, event, a);
    app_world_read(a);
    assets_look(a);
    schedule(a);
}

/* --- the world outside --- */

static void setting_z(struct store *s, const char *name, char *out, size_t size)
{
    CLEANUP(str) struct str value = {0};
    if (store_setting_get(s, name, &value, NULL))
        zcopy(out, size, str_z(&value));
}

/* Is there one whose reason staff have to see? */
static bool package_refused(struct store *s)
{
    CLEANUP(str) struct str text = {0};
    CLEANUP(json)
    json_t *rows =
        store_setting_get(s, SETTING_PACKAGES_REFUSED, &text, NULL) ? json_loads(str_z(&text), 0, NULL) : NULL;
    bool any = false;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *why = json_string_value(json_object_get(json_array_get(rows, i), "reason"));
        any = any || (why && *why);
    }
    return any;
}

static bool read_world(struct store *s, struct job *j, struct err *e)
{
    (void)e;
    struct world *w = &j->world;
    char number[16] = "", offset[24] = "", usb_off[4] = "";
    setting_z(s, SETTING_TIME_OFFSET, offset, sizeof offset);
    setting_z(s, SETTING_HALL_NAME, w->hall, sizeof w->hall);
    setting_z(s, SETTING_PLATFORM_URL, w->url, sizeof w->url);
    setting_z(s, SETTING_LAST_CONTACT, w->last_contact, sizeof w->last_contact);
    setting_z(s, SETTING_OFFLINE_REASON, w->offline_reason, sizeof w->offline_reason);
    setting_z(s, SETTING_KIOSK_NUMBER, number, sizeof number);
    w->number = atoi(number);
    w->time_known = w->last_contact[0];
    w->offset_ms = strtoll(offset, NULL, 10);
    w->package_refused = package_refused(s);
    setting_z(s, SETTING_USB_OFF, usb_off, sizeof usb_off);
    w->usb_off = usb_off[0] == '1';
    w->enrolled = store_platform_key(s, w->platform_key, w->platform_key_id, NULL);
    if (!store_setting_get(s, SETTING_NOTICES, &w->notices, NULL))
        str_clear(&w->notices);
    return true;
}

static void world_read(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)ok;
    (void)e;
    bool agent = a->world.agent, online = a->world.online;
    str_finish(&a->world.notices);
    a->world = j->world;
    memset(&j->world, 0, sizeof j->world);
    a->world.agent = agent;
    a->world.online = online;
    app_changed(a);
}

void app_world_read(struct app *a)
{
    if (!a->store)
        return;
    struct job *j = job_new(a, read_world, world_read);
    j->always = true;
    job_post(j);
}

void app_news(struct app *a)
{
    app_world_read(a);
    assets_look(a);
    profile_delivered(a);
    if (app_screen(a)->news)
        app_screen(a)->news(a, state_of(a));
}

static void take_reason(struct app *a, const json_t *body)
{
    const char *reason = json_string_value(json_object_get(body, "reason"));
    if (reason)
        zcopy(a->world.offline_reason, sizeof a->world.offline_reason, reason);
}

static void link_state(void *ctx, bool ok, const json_t *body)
{
    struct app *a = ctx;
    if (!ok)
        return;
    a->world.online = json_is_true(json_object_get(body, "online"));
    take_reason(a, body);
    app_news(a);
    app_changed(a);
}

void app_link_connected(struct app *a, bool connected)
{
    a->world.agent = connected;
    if (connected)
        link_client_request(a->link, "state", NULL, 5000, link_state, a);
    else
        a->world.online = false;
    watch(a);
    app_news(a);
    app_changed(a);
}

void app_link_news(struct app *a, const char *what, const json_t *body)
{
    if (strcmp(what, "online") == 0)
        a->world.online = true;
    else if (strcmp(what, "offline") == 0)
        a->world.online = false;
    if (strcmp(what, "online") == 0 || strcmp(what, "offline") == 0)
        take_reason(a, body);
    app_news(a);
    app_changed(a);
}

/* --- life --- */

void app_init(struct app *a)
{
    static const struct form_view_ops form_ops = {answer_edited, answer_files, {units_search, units_name}};
    const struct journey_times times = {a->conf->dim_s * 1000, a->conf->warn_s * 1000, a->conf->wipe_s * 1000,
                                        (int)a->conf->large_factor};
    journey_init(&a->journey, &times, SCREEN_idle, clock_mono(a->clock));
    saver_init(&a->saver, a);
    form_view_init(&a->form, a->clock, &form_ops, a);
    a->now = SCREEN_idle;
    ui_set_view(a->ui, app_screen(a)->name, view, event, a);
    schedule(a);
}

void app_ready(struct app *a)
{
    a->ready = true;
    app_world_read(a);
    app_changed(a);
}

void app_failed(struct app *a, enum err_code code)
{
    a->failure = code;
    app_go(a, SCREEN_failure);
}

void app_finish(struct app *a)
{
    a->ready = false;
    app_wipe(a, "quit");
    for (size_t i = 0; i < SCREEN_COUNT; i++)
        free(a->states[i]);
    form_view_finish(&a->form);
    str_finish(&a->world.notices);
}
