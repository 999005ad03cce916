/* How this kiosk stands: connection, certificate, storage, devices, versions; each in words, with what to do. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum { REFRESH = 1 };
#define FREE_LEAST ((int64_t)500 << 20)
#define RENEW_DAYS 14

struct health {
    struct store_health store;
    int64_t free_bytes, cert_expires_ms, next_round_ms;
    bool store_known, agent_known, enrolled;
    struct device_row devices[16];
    size_t n_devices;
    char reason[48]; /* string key of why there is no connection, "" : there is one */
};

/* A line: what, how it stands, what to do about it. */
static void line(struct ui *u, const char *id, const char *what, enum ui_tone tone, const char *word, const char *more)
{
    char name[64];
    UI_OPEN(u, .id = id, .role = "listitem", .label = what, .dir = UI_COLUMN, .gap = 8, .pad_x = 32, .pad_y = 24,
            .surface = SURFACE_CARD);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
    UI_TEXT(u, .text = what, .style = TEXT_BODY_BOLD, .grow = 1);
    snprintf(name, sizeof name, "%s.state", id);
    ui_badge(u, name, tone, tone == TONE_GOOD ? "✓" : tone == TONE_BAD ? "!" : "–", word);
    ui_close(u);
    if (more && *more)
        UI_TEXT(u, .text = more, .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
}

/* Words for staff, where there is something that they can do; else those that everybody gets. */
static const char *what_to_do(const char *reason)
{
    static const char *const keys[][2] = {{"link.offline.clock", "staff_health.do.clock"},
                                          {"link.offline.revoked", "staff_health.do.revoked"},
                                          {"link.offline.ended", "staff_health.do.ended"},
                                          {"link.offline.refused", "staff_health.do.refused"},
                                          {"link.offline.tls", "staff_health.do.tls"}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(reason, keys[i][0]))
            return keys[i][1];
    return reason;
}

static void connection(struct app *a, struct ui *u, const struct health *h)
{
    char when[48];
    bool online = a->world.online;
    const char *more = "";
    if (!a->world.agent)
        more = tr(u, "staff_health.no_agent");
    else if (!online && h->reason[0])
        more = tr(u, what_to_do(h->reason));
    else if (h->agent_known && h->next_round_ms > 0)
        more = TR(u, "staff_health.next",
                  {"when", page_when(u, clock_wall(a->clock) + h->next_round_ms, when, sizeof when)});
    line(u, "staff_health.net", tr(u, "staff_health.net"), online ? TONE_GOOD : TONE_APRICOT, connection_text(a, u),
         more);
}

static void certificate(struct app *a, struct ui *u, const struct health *h)
{
    char when[48];
    int64_t left = h->cert_expires_ms - (clock_wall(a->clock) + a->world.offset_ms); /* by the platform's time */
    if (!h->agent_known)
        return;
    if (!h->enrolled || !h->cert_expires_ms) {
        line(u, "staff_health.cert", tr(u, "staff_health.cert"), TONE_BAD, tr(u, "staff_health.not_enrolled"),
             tr(u, "staff_health.enrol_it"));
        return;
    }
    bool soon = left < (int64_t)RENEW_DAYS * 24 * 3600 * 1000;
    line(u, "staff_health.cert", tr(u, "staff_health.cert"), soon ? TONE_APRICOT : TONE_GOOD,
         tr(u, soon ? "staff_health.soon" : "staff_health.good"),
         TR(u, "staff_health.until", {"when", page_when(u, h->cert_expires_ms, when, sizeof when)}));
}

static void storage(struct ui *u, const struct health *h)
{
    char mb[24], files[24];
    if (!h->store_known)
        return;
    bool full = h->free_bytes < FREE_LEAST;
    snprintf(mb, sizeof mb, "%lld", (long long)(h->free_bytes >> 20));
    snprintf(files, sizeof files, "%lld", (long long)h->store.blob_files);
    line(u, "staff_health.disk", tr(u, "staff_health.disk"), full ? TONE_BAD : TONE_GOOD,
         tr(u, full ? "staff_health.full" : "staff_health.good"),
         TR(u, "staff_health.disk_note", {"mb", mb}, {"files", files}));
}

/* What stands in the store of a device, from before this start too. */
static const struct device_row *known(const struct health *h, const char *id)
{
    for (size_t i = 0; i < h->n_devices; i++)
        if (!strcmp(h->devices[i].id, id))
            return &h->devices[i];
    return NULL;
}

static const char *last_error(struct ui *u, const struct device_row *r, bool now)
{
    char when[48];
    if (!r->error[0])
        return "";
    return TR(u, now ? "staff_health.error" : "staff_health.last_error", {"what", tr(u, r->error)},
              {"when", page_when(u, r->error_ms, when, sizeof when)});
}

static void device(struct ui *u, const struct health *h, const struct device_row *r)
{
    static const struct {
        enum ui_tone tone;
        const char *key;
    } looks[DEVICE_STATES] = {
        [DEVICE_UNUSED] = {TONE_INK2, "staff_health.device.unused"},
        [DEVICE_OK] = {TONE_GOOD, "staff_health.device.ok"},
        [DEVICE_ATTENTION] = {TONE_APRICOT, "staff_health.device.attention"},
        [DEVICE_MISSING] = {TONE_BAD, "staff_health.device.missing"},
        [DEVICE_HANGING] = {TONE_BAD, "staff_health.device.hanging"},
        [DEVICE_FAILED] = {TONE_BAD, "staff_health.device.failed"},
    };
    CLEANUP(str) struct str text = {0};
    char id[64], when[48];
    const struct device_row *stored = known(h, r->id), *count = stored ? stored : r;
    bool well = r->state == DEVICE_UNUSED || r->state == DEVICE_OK;
    snprintf(id, sizeof id, "staff_health.device.%s", r->id);
    if (r->state != DEVICE_UNUSED)
        str_printf(&text, "%s · ", TR(u, "staff_health.since", {"when", page_when(u, r->since_ms, when, sizeof when)}));
    str_puts(&text, TR(u, "staff_health.counts", {"done", tr_int(u, (int)count->done)},
                       {"failed", tr_int(u, (int)count->failed)}));
    const char *error = last_error(u, r->error[0] ? r : count, !well);
    if (*error)
        str_printf(&text, "\n%s", error);
    line(u, id, r->name, looks[r->state].tone, tr(u, looks[r->state].key), str_z(&text));
}

static void devices(struct app *a, struct ui *u, const struct health *h)
{
    const struct device_row *rows;
    size_t n = health_rows(a->devices.health, &rows);
    for (size_t i = 0; i < n; i++)
        device(u, h, &rows[i]);
    if (!a->scanner)
        line(u, "staff_health.scanner", tr(u, "staff_health.scanner"), TONE_APRICOT, tr(u, "staff_health.none"),
             tr(u, "staff_health.scanner_none"));
}

/* Forms, rules and dictionaries: which, how old, and whether something newer was refused. */
static void versions(struct app *a, struct ui *u)
{
    CLEANUP(str) struct str text = {0};
    bool old = assets_old(a), refused = a->world.package_refused;
    str_puts(&text, TR(u, "staff_health.versions", {"form", form_set_version(a->forms)},
                       {"rules", form_set_rules_version(a->forms)}));
    str_puts(&text, TR(u, "staff_health.codes", {"codes", form_set_codes_version(a->forms)}));
    if (a->assets.date[0])
        str_puts(&text, TR(u, "staff_health.dated", {"date", a->assets.date}));
    for (size_t i = 0; i < a->assets.set.n; i++)
        str_printf(&text, "%s%s %s", i ? "、" : "\n", a->assets.set.packages[i].name,
                   a->assets.set.packages[i].version);
    if (old)
        str_printf(&text, "\n%s",
                   TR(u, "staff_desk.rules_old", {"n", tr_int(u, assets_age(a))}, {"date", a->assets.date}));
    if (refused)
        str_printf(&text, "\n%s", tr(u, "staff_desk.package_refused"));
    line(u, "staff_health.version", tr(u, "staff_health.version"),
         refused ? TONE_BAD
         : old   ? TONE_APRICOT
                 : TONE_GOOD,
         tr(u, refused ? "staff_health.refused"
               : old   ? "staff_health.old"
                       : "staff_health.good"),
         str_z(&text));
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct health *h = state;
    page_open(a, u,
              &(struct page){.title = tr(u, "staff_health.title"),
                             .help = tr(u, "staff_health.help"),
                             .where = tr(u, "staff_desk.title")});
    connection(a, u, h);
    certificate(a, u, h);
    storage(u, h);
    devices(a, u, h);
    versions(a, u);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u, &(struct page_next){.label = tr(u, "staff_health.refresh"), .action = ON(REFRESH)});
}

static bool read_store(struct store *s, struct job *j, struct err *e)
{
    struct health *h = j->extra = xcalloc(1, sizeof *h);
    struct statvfs disk;
    AUTOFREE struct device_row *rows = NULL;
    size_t n;
    if (!store_health(s, &h->store, e) || !store_devices(s, &rows, &n, e))
        return false;
    h->n_devices = n < ARRAY_LEN(h->devices) ? n : ARRAY_LEN(h->devices);
    memcpy(h->devices, rows, h->n_devices * sizeof *rows);
    if (!statvfs(j->app->conf->store, &disk))
        h->free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    return true;
}

static void store_read(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct health *h = a->states[SCREEN_staff_health];
    const struct health *now = j->extra;
    if (!ok) {
        log_error("staff.health", "%s", e->text);
        return;
    }
    if (a->now != SCREEN_staff_health)
        return;
    h->store = now->store;
    h->free_bytes = now->free_bytes;
    memcpy(h->devices, now->devices, sizeof h->devices);
    h->n_devices = now->n_devices;
    h->store_known = true;
    app_changed(a);
}

static void agent_answered(void *ctx, bool ok, const json_t *body)
{
    struct app *a = ctx;
    struct health *h = a->states[SCREEN_staff_health];
    if (!ok || a->now != SCREEN_staff_health)
        return;
    const char *reason = json_string_value(json_object_get(body, "reason"));
    h->agent_known = true;
    h->enrolled = json_is_true(json_object_get(body, "enrolled"));
    h->cert_expires_ms = json_integer_value(json_object_get(body, "certificate_expires"));
    h->next_round_ms = json_integer_value(json_object_get(body, "next_round_ms"));
    zcopy(h->reason, sizeof h->reason, reason && !json_is_true(json_object_get(body, "online")) ? reason : "");
    app_changed(a);
}

static void ask(struct app *a, void *state)
{
    (void)state;
    job_post(job_new(a, read_store, store_read));
    if (a->link && a->world.agent)
        link_client_request(a->link, "state", NULL, 5000, agent_answered, a);
}

static void enter(struct app *a, void *state)
{
    devices_look(a);
    ask(a, state);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    if (ev->action.kind == REFRESH)
        enter(a, state);
}

const struct screen screen_staff_health = {
    .name = "staff_health", .state = sizeof(struct health), .view = view, .event = event, .enter = enter, .news = ask};
