/* The platform's feed: statuses of declarations, notices, settings. Read at the end of each round; with a long poll
 * also between rounds, where it is cut short by the next round so that pages are applied in their order. */
#include "sync/agent/agent.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/paths.h"
#include "sync/store/settings.h"

#include <stdio.h>
#include <string.h>

#define SETTINGS_MOST   200
#define SETTING_LONGEST 65536
#define PAGE_MOST       (4u << 20)
#define LONG_POLL_SLACK 15000

static bool name_valid(const char *z)
{
    size_t n = strspn(z, "abcdefghijklmnopqrstuvwxyz0123456789_.-");
    return n && !z[n] && n <= 64;
}

bool feed_apply_settings(struct agent *a, const json_t *settings)
{
    const char *name;
    json_t *value;
    size_t n = 0;
    struct err e;
    json_object_foreach((json_t *)(uintptr_t)settings, name, value)
    {
        AUTOFREE char *text = json_is_string(value) ? xstrdup(json_string_value(value))
                                                    : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        char key[96];
        if (!name_valid(name) || !text || strlen(text) > SETTING_LONGEST || n++ >= SETTINGS_MOST) {
            log_warn("feed.setting.refused", "bytes=%zu", text ? strlen(text) : 0);
            continue;
        }
        snprintf(key, sizeof key, SETTING_REMOTE "%s", name);
        if (!setting_put(a->store, key, text, &e)) {
            log_error("feed.setting", "why=\"%s\"", e.text);
            return false;
        }
    }
    return true;
}

/* A state that this version does not know is kept with the platform's own text. */
static size_t convert(const struct wire_updates *page, struct status_update *out)
{
    size_t n = 0;
    for (size_t i = 0; i < page->n_statuses; i++) {
        const struct wire_status *s = &page->statuses[i];
        enum decl_state state = decl_state_of_platform(s->state);
        if (state == DECL_OTHER)
            log_warn("feed.state", "unknown state \"%.24s\"", s->state);
        out[n++] = (struct status_update){.declaration = s->declaration,
                                          .version = s->version,
                                          .state = state,
                                          .at_ms = s->at_ms,
                                          .text = state == DECL_OTHER && !(s->text && *s->text) ? s->state : s->text,
                                          .reasons = s->reasons,
                                          .receipt = s->receipt};
    }
    return n;
}

static void tell(struct agent *a, const struct status_update *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *body = json_pack("{s:s, s:i, s:s}", "declaration", rows[i].declaration, "version", rows[i].version,
                                 "state", decl_state_name(rows[i].state));
        agent_news(a, "status", body);
        json_decref(body);
    }
}

static bool apply_rest(struct agent *a, const struct wire_updates *page, struct err *e)
{
    if (page->notices) {
        AUTOFREE char *text = json_dumps(page->notices, JSON_COMPACT);
        if (text && !setting_put(a->store, SETTING_NOTICES, text, e))
            return false;
    }
    if (page->packages) {
        AUTOFREE char *text = json_dumps(page->packages, JSON_COMPACT);
        if (text && !setting_put(a->store, SETTING_PACKAGES_NAMED, text, e))
            return false;
    }
    return !page->settings || feed_apply_settings(a, page->settings);
}

bool feed_apply(struct agent *a, const struct str *body, bool *more, bool *changed)
{
    CLEANUP(wire_updates) struct wire_updates page = {0};
    struct err e = {0};
    if (!wire_updates_parse(str_z(body), body->len, &page, &e)) {
        log_error("feed.page", "why=\"%s\"", e.text);
        return false;
    }
    AUTOFREE struct status_update *rows = xcalloc(page.n_statuses + 1, sizeof *rows);
    size_t n = convert(&page, rows);
    CLEANUP(str) struct str cursor = {0};
    bool moved = !store_setting_get(a->store, "updates.cursor", &cursor, NULL) || strcmp(str_z(&cursor), page.cursor);
    /* Notices and settings first: the cursor moves with the statuses, and then they would not come again. */
    if (!apply_rest(a, &page, &e) || ((n || moved) && !store_updates_apply(a->store, rows, n, page.cursor, &e))) {
        log_error("feed.apply", "why=\"%s\"", e.text);
        return false;
    }
    if (n)
        log_info("feed.applied", "statuses=%zu", n);
    tell(a, rows, n);
    *changed = n > 0;
    *more = page.more && moved; /* a page that does not move on would be asked for for ever */
    return true;
}

void feed_path(struct agent *a, int wait_s, char *out, size_t size)
{
    CLEANUP(str) struct str cursor = {0};
    char path[PATH_SIZE] = "";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
    if (!store_setting_get(a->store, "updates.cursor", &cursor, NULL))
        str_clear(&cursor);
    bool usable = cursor.len < WIRE_CURSOR_SIZE && strspn(str_z(&cursor), plain) == cursor.len;
    path_updates(path, usable ? str_z(&cursor) : "", wait_s); /* else from the start: that does no harm */
    zcopy(out, size, path);
}

static void on_feed(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    bool more = false, changed = false;
    a->feed = NULL;
    if (answer->code != CURLE_OK || answer->status != 200) {
        schedule_changed(&a->schedule, agent_mono(a)); /* the next round finds out what it is, with its back-off */
        return;
    }
    a->last_contact_ms = clock_wall(a->clock);
    /* A platform that does not hold the poll is asked again by the next round, not in a circle. */
    bool held = agent_mono(a) - a->feed_asked >= 1000;
    if (!feed_apply(a, &answer->body, &more, &changed))
        return;
    packages_begin(a);
    if (held || changed || more)
        feed_listen(a);
}

void feed_listen(struct agent *a)
{
    char path[PATH_SIZE];
    if (!a->conf.wait_s || a->feed || a->round.kind || a->reason != REASON_NONE || !a->link)
        return;
    feed_path(a, (int)a->conf.wait_s, path, sizeof path);
    str_clear(&a->feed_url);
    str_printf(&a->feed_url, "%s%s", a->base_url, path);
    const struct http_ask ask = {.method = "GET",
                                 .url = a->feed_url.p,
                                 .timeout_ms = a->conf.wait_s * 1000 + LONG_POLL_SLACK,
                                 .answer_max = PAGE_MOST};
    a->feed_asked = agent_mono(a);
    a->feed = http_send(a->http, &ask, on_feed, a);
}

void feed_stop(struct agent *a)
{
    http_cancel(a->feed);
    a->feed = NULL;
}
