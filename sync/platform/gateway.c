/* gateway.c — the outbox is emptied one record at a time, oldest first. Before a request leaves, the row says so durably; after a crash or a lost reply
 * the same record goes again under the same key (or the registry is asked first whether it has it), so that there is one record there, and only its
 * word moves the state here. A failure of the registry as a whole holds everything back, with the back-off that kiosks have; a failure over one record
 * puts off that one alone. */
#include "sync/platform/gateway.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/platform/archive.h"
#include "sync/platform/feed.h"
#include "sync/platform/intake.h"
#include "sync/platform/opened.h"
#include "sync/platform/upstream_http.h"
#include "sync/protocol/backoff.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_MOST_MS  30000 /* a wall clock that jumped is noticed by then */
#define LOOK_MOST_MS  (6LL * 3600 * 1000)
#define LOOK_SHARE    10 /* a record that has been quiet for so long is looked at after a tenth of that */
#define BROKEN_MS     (3600LL * 1000)
#define TRIES_ALARM   10
#define DAY_MS        (24LL * 3600 * 1000)
#define BEIJING_MS    (8LL * 3600 * 1000)
#define PULL_AGAIN_MS (15LL * 60 * 1000)
#define SECRET_MOST   4096

struct gateway {
    struct platform *platform;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool stop, woken;
    /* of the thread */
    struct backoff backoff;  /* of the registry as a whole */
    int64_t not_before;      /* mono */
    int64_t pull_not_before; /* mono */
};

/* --- opening --- */

static char *map_path_of(const struct config *c)
{
    if (strchr(c->upstream_mapping, '/'))
        return xstrdup(c->upstream_mapping);
    return xasprintf("%s/upstream/%s.json", c->assets, c->upstream_mapping);
}

bool gateway_open_upstream(struct platform *p, struct err *e)
{
    const struct config *c = &p->conf;
    if (!*c->upstream_mapping)
        return true;
    AUTOFREE char *path = map_path_of(c);
    CLEANUP(str_secret) struct str secret = {0};
    if (*c->upstream_secret_file && !file_read(c->upstream_secret_file, SECRET_MOST, &secret, e))
        return err_prefix(e, "[upstream] secret_file");
    while (secret.len && (unsigned char)secret.p[secret.len - 1] <= ' ')
        secret.p[--secret.len] = '\0';
    struct upstream_map *map = upstream_map_load(path, archive_newest(p->forms), e);
    if (!map)
        return false;
    const struct upstream_http_conf http = {.url = c->upstream_url,
                                            .ca = c->upstream_ca,
                                            .certificate = c->upstream_certificate,
                                            .key = c->upstream_key,
                                            .client = c->upstream_client,
                                            .secret = str_z(&secret),
                                            .connect_ms = c->upstream_connect_s * 1000,
                                            .answer_ms = c->upstream_answer_s * 1000,
                                            .clock = p->clock};
    p->upstream = upstream_http_open(map, &http, e);
    return p->upstream != NULL;
}

/* --- intake, accounts, confirmation --- */

void gateway_check(const struct platform *p, const struct doc *d, struct findings *out)
{
    if (p->upstream)
        p->upstream->ops->check(p->upstream, d, out);
}

void gateway_received(const struct platform *p, bool proof_accepted, struct db_record *r)
{
    const char *text = !proof_accepted ? "status.delivered" : p->upstream ? "status.forwarded" : NULL;
    zcopy(r->state, sizeof r->state, !proof_accepted ? "delivered" : p->upstream ? "forwarded" : "submitted_unit");
    r->text = text ? xstrdup(words(p, text)) : NULL;
    r->forward = proof_accepted && p->upstream;
}

enum gateway_login gateway_login(struct platform *p, const char *id18, const char *password,
                                 struct upstream_person *out)
{
    CLEANUP(upstream_result) struct upstream_result res = {0};
    p->upstream->ops->login(p->upstream, id18, password, out, &res);
    switch (res.end) {
    case UPSTREAM_DONE:
        return GATEWAY_LOGIN_OK;
    case UPSTREAM_NONE:
    case UPSTREAM_REFUSED:
        return GATEWAY_LOGIN_WRONG;
    case UPSTREAM_LOCKED:
        return GATEWAY_LOGIN_LOCKED;
    case UPSTREAM_LATER:
        log_warn("upstream.login", "why=\"%s\"", res.why.text);
        return GATEWAY_LOGIN_AWAY;
    }
    return GATEWAY_LOGIN_AWAY;
}

json_t *gateway_profile(struct platform *p, const char *id18)
{
    CLEANUP(upstream_result) struct upstream_result res = {0};
    json_t *profile = NULL;
    if (!p->upstream)
        return NULL;
    p->upstream->ops->profile(p->upstream, id18, &profile, &res);
    if (res.end == UPSTREAM_LATER)
        log_warn("upstream.profile", "why=\"%s\"", res.why.text);
    return profile;
}

char *gateway_elsewhere(const struct platform *p)
{
    CLEANUP(str) struct str z = {0};
    const struct str_arg args[] = {{"name", p->upstream->name}, {"address", p->upstream->address}};
    strings_format(&z, words(p, "problem.elsewhere"), args, ARRAY_LEN(args), false);
    return str_take(&z);
}

bool gateway_confirmed(struct platform *p, const char *declaration, int version, const char *who, struct err *e)
{
    static const char *const from[] = {"delivered", NULL};
    const struct db_decision d = {declaration, version, from, "submitted_unit", "", "", who, now_ms(p)};
    bool ok = p->upstream
                  ? p->db->upstream->queue(p->db, declaration, version, words(p, "status.forwarded"), who, now_ms(p), e)
                  : p->db->ops->decide(p->db, &d, e);
    if (ok) {
        feed_wake(p->feed);
        gateway_wake(p->gateway);
    }
    return ok;
}

void gateway_metrics(struct platform *p, struct str *out)
{
    struct db_forward_figures f;
    if (!p->upstream || !p->db->upstream->figures(p->db, &f, NULL))
        return;
    const struct {
        const char *name, *kind, *help;
        long long value;
    } rows[] = {{"forwarded_total", "counter", "Records acknowledged by the registry.", p->metrics.forwarded},
                {"upstream_waiting", "gauge", "Records that wait for the registry.", f.waiting},
                {"upstream_stuck", "gauge", "Of these, tried often in vain.", f.stuck},
                {"upstream_oldest_seconds", "gauge", "How long the oldest has waited.",
                 f.oldest_ms ? (now_ms(p) - f.oldest_ms) / 1000 : 0},
                {"upstream_taken", "gauge", "Records whose state is asked for there.", f.taken},
                {"upstream_refused", "gauge", "Records that it would not have.", f.refused}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        str_printf(out, "# HELP bulu_%s %s\n# TYPE bulu_%s %s\nbulu_%s %lld\n", rows[i].name, rows[i].help,
                   rows[i].name, rows[i].kind, rows[i].name, rows[i].value);
}

/* --- handing over --- */

static void failed_as_a_whole(struct gateway *g, const struct upstream_result *res)
{
    int64_t wait = backoff_fail(&g->backoff, random_system(), res->retry_after_ms);
    g->not_before = clock_mono(g->platform->clock) + wait;
    log_warn("upstream.away", "failures=%d wait_ms=%lld why=\"%s\"", g->backoff.failures, (long long)wait,
             res->why.text);
}

static void note(struct gateway *g, const struct upstream_result *res)
{
    if (res->end == UPSTREAM_LATER && res->whole)
        failed_as_a_whole(g, res);
    else if (res->end != UPSTREAM_LATER)
        backoff_succeed(&g->backoff);
}

/* A record on its way, for the driver. */
struct handing {
    struct platform *platform;
    const struct db_forward *row;
    struct opened opened;
};

static bool file_bytes(void *ctx, const json_t *file, struct str *out, struct err *e)
{
    struct handing *h = ctx;
    return opened_bytes(h->platform, file, out, e);
}

static bool file_known(void *ctx, const char *sha256, char id[UPSTREAM_NUMBER_SIZE])
{
    struct handing *h = ctx;
    return h->platform->db->upstream->file_find(h->platform->db, h->row->id, sha256, id, NULL);
}

static bool file_taken(void *ctx, const char *sha256, const char *id, struct err *e)
{
    struct handing *h = ctx;
    return h->platform->db->upstream->file_add(h->platform->db, h->row->id, sha256, id, e);
}

static void put_off(struct gateway *g, const struct db_forward *row, int tries, const struct upstream_result *res,
                    bool unsure)
{
    struct platform *p = g->platform;
    struct backoff own = {.failures = tries > 0 ? tries - 1 : 0};
    struct err e = {0};
    int64_t wait = backoff_fail(&own, random_system(), res->retry_after_ms);
    if (!p->db->upstream->later(p->db, row->id, unsure, res->why.text, now_ms(p) + wait, &e))
        log_error("upstream.later", "text=\"%s\"", e.text);
    log_warn("upstream.later", "declaration=%s version=%d tries=%d unsure=%d why=\"%s\"", row->declaration,
             row->version, tries, unsure, res->why.text);
    if (tries == TRIES_ALARM && !res->whole) {
        AUTOFREE char *detail =
            xasprintf("declaration %s version %d: %.200s", row->declaration, row->version, res->why.text);
        p->db->ops->alarm_add(p->db, "upstream-stuck", "", detail, now_ms(p), NULL);
    }
}

static void acknowledge(struct gateway *g, const struct db_forward *row, const char *number)
{
    struct platform *p = g->platform;
    struct err e = {0};
    if (p->db->upstream->taken(p->db, row->id, number, p->upstream->name, now_ms(p), p->conf.upstream_poll_s * 1000,
                               &e)) {
        p->metrics.forwarded++;
        log_info("upstream.taken", "declaration=%s version=%d", row->declaration, row->version);
        feed_wake(p->feed);
    } else { /* it goes again under its key, and is known there */
        log_error("upstream.taken", "text=\"%s\"", e.text);
    }
}

static void give_back(struct gateway *g, const struct db_forward *row, const char *text, const char *reasons)
{
    struct platform *p = g->platform;
    struct err e = {0};
    const char *said = *text || *reasons ? text : words(p, "upstream.refused");
    if (!p->db->upstream->refused(p->db, row->id, said, reasons, p->upstream->name, now_ms(p), &e)) {
        log_error("upstream.refused", "text=\"%s\"", e.text);
        return;
    }
    log_info("upstream.refused", "declaration=%s version=%d", row->declaration, row->version);
    feed_wake(p->feed);
}

/* The record as the driver wants it; false: put off. */
static bool load(struct gateway *g, struct handing *h, struct upstream_record *r)
{
    struct platform *p = g->platform;
    struct upstream_result res = {.end = UPSTREAM_LATER, .retry_after_ms = BROKEN_MS};
    const struct db_forward *row = h->row;
    if (!opened_load(p, row->declaration, row->version, &h->opened, &res.why)) {
        put_off(g, row, TRIES_ALARM, &res, row->unsure);
        return false;
    }
    const json_t *unit = json_object_get(h->opened.payload, "unit");
    *r = (struct upstream_record){.key = row->key,
                                  .declaration = row->declaration,
                                  .version = row->version,
                                  .receipt = h->opened.row.row.receipt,
                                  .proof = h->opened.row.row.proof,
                                  .unit_name = json_string_value(json_object_get(unit, "name")),
                                  .unit_code = json_string_value(json_object_get(unit, "code")),
                                  .received_ms = h->opened.row.row.received_ms,
                                  .doc = h->opened.doc,
                                  .ctx = h,
                                  .bytes = file_bytes,
                                  .file_known = file_known,
                                  .file_taken = file_taken};
    return true;
}

/* True: the record goes on to be submitted. An earlier try may have been taken: asked first. */
static bool settle(struct gateway *g, const struct db_forward *row, const struct upstream_record *r)
{
    struct platform *p = g->platform;
    CLEANUP(upstream_result) struct upstream_result res = {0};
    char number[UPSTREAM_NUMBER_SIZE] = "";
    if (!row->unsure)
        return true;
    p->upstream->ops->find(p->upstream, r, number, &res);
    note(g, &res);
    if (res.end == UPSTREAM_NONE)
        return true;
    if (res.end == UPSTREAM_DONE)
        acknowledge(g, row, number);
    else
        put_off(g, row, row->tries, &res, true);
    return false;
}

/* What the registry's limits say now, if they changed since the intake. True: it fits. */
static bool fits(struct gateway *g, const struct db_forward *row, const struct upstream_record *r)
{
    CLEANUP(findings) struct findings found = {0};
    CLEANUP(str) struct str reasons = {0};
    gateway_check(g->platform, r->doc, &found);
    if (!findings_count(&found, SEVERITY_ERROR))
        return true;
    intake_reasons(g->platform, doc_forms(r->doc), &found, &reasons);
    give_back(g, row, "", str_z(&reasons));
    return false;
}

static void submit(struct gateway *g, const struct db_forward *row, const struct upstream_record *r)
{
    struct platform *p = g->platform;
    CLEANUP(upstream_result) struct upstream_result res = {0};
    char number[UPSTREAM_NUMBER_SIZE] = "";
    struct err e = {0};
    if (!p->db->upstream->begun(p->db, row->id, &e)) {
        log_error("upstream.begun", "text=\"%s\"", e.text);
        return;
    }
    p->upstream->ops->submit(p->upstream, r, number, &res);
    note(g, &res);
    if (res.end == UPSTREAM_DONE)
        acknowledge(g, row, number);
    else if (res.end == UPSTREAM_REFUSED)
        give_back(g, row, res.text ? res.text : "", res.reasons ? res.reasons : "");
    else
        put_off(g, row, row->tries + 1, &res, res.unsure);
}

/* One record. False: nothing is due; *next_ms is when something will be. */
static bool hand_over(struct gateway *g, int64_t *next_ms)
{
    struct platform *p = g->platform;
    struct db_forward row;
    struct err e = {0};
    struct upstream_record r;
    if (!p->db->upstream->next(p->db, now_ms(p), &row, next_ms, &e)) {
        if (e.code != ERR_NOT_FOUND) {
            log_error("upstream.next", "text=\"%s\"", e.text);
            *next_ms = now_ms(p) + WAIT_MOST_MS;
        }
        return false;
    }
    struct handing h = {.platform = p, .row = &row};
    if (load(g, &h, &r) && settle(g, &row, &r) && fits(g, &row, &r))
        submit(g, &row, &r);
    opened_finish(&h.opened);
    return true;
}

/* --- looking --- */

static int64_t look_after(const struct platform *p, const struct db_forward *row)
{
    int64_t quiet = (now_ms(p) - row->changed_ms) / LOOK_SHARE, least = p->conf.upstream_poll_s * 1000;
    return quiet < least ? least : quiet > LOOK_MOST_MS ? LOOK_MOST_MS : quiet;
}

static void take_news(struct gateway *g, const struct db_forward *row, const struct upstream_news *n)
{
    struct platform *p = g->platform;
    struct err e = {0};
    bool changed = false;
    const struct db_forward_news news = {.id = row->id,
                                         .said = n->said,
                                         .state = n->state,
                                         .text = n->text,
                                         .reasons = n->reasons,
                                         .who = p->upstream->name,
                                         .said_ms = n->at_ms,
                                         .over = n->final,
                                         .now_ms = now_ms(p),
                                         .look_ms = look_after(p, row)};
    if (!p->db->upstream->said(p->db, &news, &changed, &e))
        log_error("upstream.said", "text=\"%s\"", e.text);
    if (!changed)
        return;
    log_info("upstream.said", "declaration=%s version=%d state=%s", row->declaration, row->version,
             *n->state ? n->state : "(unknown)");
    feed_wake(p->feed);
}

static const struct upstream_news *news_of(const struct upstream_news_list *l, const char *number)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->rows[i].number, number))
            return &l->rows[i];
    return NULL;
}

static void look_at(struct gateway *g, const struct db_forward *rows, size_t n)
{
    struct platform *p = g->platform;
    CLEANUP(upstream_result) struct upstream_result res = {0};
    CLEANUP(upstream_news) struct upstream_news_list news = {0};
    const char **numbers = xcalloc(n, sizeof *numbers);
    for (size_t i = 0; i < n; i++)
        numbers[i] = rows[i].number;
    p->upstream->ops->status(p->upstream, numbers, n, &news, &res);
    free(numbers);
    note(g, &res);
    for (size_t i = 0; i < n; i++) {
        const struct upstream_news *one = news_of(&news, rows[i].number);
        struct err e = {0};
        if (one)
            take_news(g, &rows[i], one);
        else if (!p->db->upstream->look_again(p->db, rows[i].id, now_ms(p) + look_after(p, &rows[i]), &e))
            log_error("upstream.look", "text=\"%s\"", e.text);
    }
    if (res.end == UPSTREAM_LATER && !res.whole)
        log_warn("upstream.look", "why=\"%s\"", res.why.text);
}

static bool look(struct gateway *g, int64_t *next_ms)
{
    struct platform *p = g->platform;
    AUTOFREE struct db_forward *rows = NULL;
    size_t n = 0;
    struct err e = {0};
    if (!p->db->upstream->looks(p->db, now_ms(p), p->upstream->ops->status_most, &rows, &n, next_ms, &e)) {
        log_error("upstream.looks", "text=\"%s\"", e.text);
        *next_ms = now_ms(p) + WAIT_MOST_MS;
        return false;
    }
    if (n)
        look_at(g, rows, n);
    return n > 0;
}

/* --- the night --- */

/* The latest moment of the configured minute of the day, Beijing time, that is over. */
static int64_t last_slot(const struct platform *p)
{
    int64_t now = now_ms(p), midnight = (now + BEIJING_MS) / DAY_MS * DAY_MS - BEIJING_MS;
    int64_t slot = midnight + p->conf.upstream_pull * 60000;
    return slot <= now ? slot : slot - DAY_MS;
}

static void pull_if_due(struct gateway *g)
{
    struct platform *p = g->platform;
    CLEANUP(str) struct str when = {0};
    struct err e = {0};
    int64_t version;
    if (clock_mono(p->clock) < g->pull_not_before)
        return;
    p->db->ops->value_get(p->db, "upstream.pulled", &when, &version, NULL);
    if (strtoll(str_z(&when), NULL, 10) >= last_slot(p))
        return;
    g->pull_not_before = clock_mono(p->clock) + PULL_AGAIN_MS;
    if (gateway_pull(p, &e))
        log_info("upstream.pulled", "ok=1");
    else
        log_warn("upstream.pull", "why=\"%s\"", e.text);
}

/* --- the thread --- */

/* Sleeps until mono time `until`, or until somebody wakes it. */
static void sleep_until(struct gateway *g, int64_t until)
{
    struct timespec at;
    int64_t wait = until - clock_mono(g->platform->clock);
    wait = wait < 0 ? 0 : wait > WAIT_MOST_MS ? WAIT_MOST_MS : wait;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + wait % 1000 * 1000000;
    at.tv_sec += wait / 1000 + ns / 1000000000;
    at.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&g->mutex);
    while (!g->stop && !g->woken && pthread_cond_timedwait(&g->cond, &g->mutex, &at) == 0)
        ;
    g->woken = false;
    pthread_mutex_unlock(&g->mutex);
}

static bool stopping(struct gateway *g)
{
    pthread_mutex_lock(&g->mutex);
    bool stop = g->stop;
    pthread_mutex_unlock(&g->mutex);
    return stop;
}

static int64_t mono_of(const struct platform *p, int64_t wall)
{
    int64_t wait = wall ? wall - now_ms(p) : WAIT_MOST_MS;
    return clock_mono(p->clock) + (wait < WAIT_MOST_MS ? wait : WAIT_MOST_MS);
}

static void *run(void *ctx)
{
    struct gateway *g = ctx;
    const struct platform *p = g->platform;
    while (!stopping(g)) {
        int64_t next_row = 0, next_look = 0;
        if (clock_mono(p->clock) < g->not_before) {
            sleep_until(g, g->not_before);
            continue;
        }
        /* News are asked for between records, too: a long queue does not make everybody else wait. */
        bool handed = hand_over(g, &next_row);
        bool looked = clock_mono(p->clock) >= g->not_before && look(g, &next_look);
        if (clock_mono(p->clock) >= g->not_before)
            pull_if_due(g);
        if (handed || looked)
            continue;
        int64_t a = mono_of(p, next_row), b = mono_of(p, next_look);
        sleep_until(g, a < b ? a : b);
    }
    return NULL;
}

struct gateway *gateway_start(struct platform *p)
{
    if (!p->upstream)
        return NULL;
    struct gateway *g = xcalloc(1, sizeof *g);
    g->platform = p;
    pthread_mutex_init(&g->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&g->cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
    log_info("upstream.gateway", "url=%s", p->conf.upstream_url);
    pthread_create(&g->thread, NULL, run, g);
    return g;
}

void gateway_wake(struct gateway *g)
{
    if (!g)
        return;
    pthread_mutex_lock(&g->mutex);
    g->woken = true;
    pthread_cond_signal(&g->cond);
    pthread_mutex_unlock(&g->mutex);
}

void gateway_stop(struct gateway *g)
{
    if (!g)
        return;
    pthread_mutex_lock(&g->mutex);
    g->stop = true;
    pthread_cond_signal(&g->cond);
    pthread_mutex_unlock(&g->mutex);
    pthread_join(g->thread, NULL);
    pthread_mutex_destroy(&g->mutex);
    pthread_cond_destroy(&g->cond);
    free(g);
}
