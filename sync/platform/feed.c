#include "sync/platform/feed.h"

#include "sync/base/cleanup.h"
#include "sync/platform/packages.h"
#include "sync/platform/sms.h"
#include "sync/protocol/tus.h"
#include "sync/protocol/updates.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAITERS_MOST 4096
#define LOOK_MS      1000

struct waiter {
    struct MHD_Connection *connection;
    int64_t until_ms, seen; /* seen: the newest status when it looked */
    struct waiter *next;
};

struct feed {
    struct platform *platform;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct waiter *waiters;
    size_t n;
    bool stop, woken;
};

/* Those whose time is over and those that have not seen the newest status. They leave the list before they are resumed. */
static struct waiter *take(struct feed *f, bool all, int64_t last, int64_t now)
{
    struct waiter *taken = NULL;
    for (struct waiter **p = &f->waiters; *p;) {
        struct waiter *w = *p;
        if (!all && w->seen == last && w->until_ms > now) {
            p = &w->next;
            continue;
        }
        *p = w->next;
        w->next = taken;
        taken = w;
        f->n--;
    }
    return taken;
}

static void resume(struct feed *f, struct waiter *w)
{
    while (w) {
        struct waiter *next = w->next;
        f->platform->metrics.waiting--;
        MHD_resume_connection(w->connection);
        free(w);
        w = next;
    }
}

static void sleep_a_little(struct feed *f)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_MS / 1000;
    if (!f->waiters)
        pthread_cond_wait(&f->cond, &f->mutex); /* nobody waits: nothing to look for */
    else
        pthread_cond_timedwait(&f->cond, &f->mutex, &until);
}

static void *watch(void *ctx)
{
    struct feed *f = ctx;
    struct platform *p = f->platform;
    pthread_mutex_lock(&f->mutex);
    while (!f->stop) {
        if (!f->woken)
            sleep_a_little(f);
        f->woken = false;
        pthread_mutex_unlock(&f->mutex);
        int64_t last = p->db->ops->last_status(p->db);
        pthread_mutex_lock(&f->mutex);
        struct waiter *taken = take(f, f->stop, last, clock_mono(p->clock));
        pthread_mutex_unlock(&f->mutex);
        resume(f, taken);
        pthread_mutex_lock(&f->mutex);
    }
    pthread_mutex_unlock(&f->mutex);
    return NULL;
}

struct feed *feed_create(struct platform *p)
{
    struct feed *f = xcalloc(1, sizeof *f);
    f->platform = p;
    pthread_mutex_init(&f->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&f->cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_create(&f->thread, NULL, watch, f);
    return f;
}

void feed_stop(struct feed *f)
{
    pthread_mutex_lock(&f->mutex);
    f->stop = true;
    pthread_cond_signal(&f->cond);
    pthread_mutex_unlock(&f->mutex);
    pthread_join(f->thread, NULL);
    resume(f, take(f, true, 0, 0));
}

void feed_destroy(struct feed *f)
{
    if (!f)
        return;
    pthread_mutex_destroy(&f->mutex);
    pthread_cond_destroy(&f->cond);
    free(f);
}

bool feed_wait(struct request *q, int64_t seen, int64_t until_ms)
{
    struct feed *f = q->platform->feed;
    bool ok = false;
    pthread_mutex_lock(&f->mutex);
    if (!f->stop && f->n < WAITERS_MOST) {
        struct waiter *w = xmalloc(sizeof *w);
        *w = (struct waiter){q->connection, until_ms, seen, f->waiters};
        MHD_suspend_connection(q->connection);
        f->waiters = w;
        f->n++;
        q->suspended = ok = true;
        q->platform->metrics.waiting++;
        pthread_cond_signal(&f->cond);
    }
    pthread_mutex_unlock(&f->mutex);
    return ok;
}

void feed_wake(struct feed *f)
{
    sms_wake(f->platform->sms);
    pthread_mutex_lock(&f->mutex);
    f->woken = true;
    pthread_cond_signal(&f->cond);
    pthread_mutex_unlock(&f->mutex);
}

/* --- GET /v1/updates --- */

/* "status.notices.settings.packages": the last status and the versions that the kiosk has. */
struct cursor {
    int64_t status, notices, settings;
    char packages[17];
};

static bool cursor_parse(const char *z, struct cursor *out)
{
    struct cursor c = {0};
    int used = 0;
    if (!*z) {
        *out = (struct cursor){0, -1, -1, "-"};
        return true;
    }
    if (sscanf(z, "%18" SCNd64 ".%18" SCNd64 ".%18" SCNd64 ".%16[0-9a-f-]%n", &c.status, &c.notices, &c.settings,
               c.packages, &used) != 4 ||
        z[used] || c.status < 0)
        return false;
    *out = c;
    return true;
}

/* A named JSON value of the database, when the kiosk has another version of it. */
static json_t *value_if_new(struct platform *p, const char *name, int64_t *version)
{
    CLEANUP(str) struct str text = {0};
    int64_t now = 0;
    if (!p->db->ops->value_get(p->db, name, &text, &now, NULL))
        now = 0;
    if (now == *version)
        return NULL;
    json_t *j = text.len ? json_loadb(text.p, text.len, 0, NULL) : NULL;
    *version = now;
    return j;
}

static void copy_statuses(const struct db_statuses *from, struct wire_updates *u)
{
    u->statuses = xcalloc(from->n + 1, sizeof *u->statuses);
    for (size_t i = 0; i < from->n; i++) {
        struct wire_status *s = &u->statuses[u->n_statuses++];
        const struct db_status *t = &from->rows[i];
        s->version = t->version;
        s->at_ms = t->at_ms;
        zcopy(s->declaration, sizeof s->declaration, t->declaration);
        zcopy(s->receipt, sizeof s->receipt, t->receipt);
        zcopy(s->state, sizeof s->state, t->state);
        s->text = xstrdup(t->text);
        s->reasons = xstrdup(t->reasons);
    }
}

/* False: an error is answered. *news: there is something to tell. */
static bool collect(struct request *q, struct cursor *c, struct wire_updates *u, bool *news)
{
    struct platform *p = q->platform;
    struct db_statuses s = {0};
    struct err e = {0};
    if (!p->db->ops->updates(p->db, q->device.id, c->status, WIRE_UPDATES_MAX, &s, &e)) {
        answer_err(q, "updates", &e);
        return false;
    }
    copy_statuses(&s, u);
    if (s.n)
        c->status = s.rows[s.n - 1].id;
    u->more = s.n == WIRE_UPDATES_MAX;
    db_statuses_finish(&s);
    u->notices = value_if_new(p, "notices", &c->notices);
    u->settings = value_if_new(p, "settings", &c->settings);
    u->packages = packages_if_new(p, c->packages);
    *news = u->n_statuses || u->notices || u->settings || u->packages;
    return true;
}

void feed_route(struct request *q)
{
    struct platform *p = q->platform;
    const char *wait = request_query(q, "wait");
    struct cursor c;
    int64_t wait_s = 0;
    bool news = false;
    CLEANUP(wire_updates) struct wire_updates u = {0};
    if (!cursor_parse(request_query(q, "after"), &c) || (*wait && !tus_number_parse(wait, strlen(wait), &wait_s))) {
        answer_problem(q, PROBLEM_BAD_REQUEST, words(p, "problem.bad-request"));
        return;
    }
    int64_t seen = p->db->ops->last_status(p->db); /* before the look, so that nothing falls between */
    if (!collect(q, &c, &u, &news))
        return;
    if (wait_s > WIRE_WAIT_MAX_S)
        wait_s = WIRE_WAIT_MAX_S;
    int64_t until = q->began_ms + wait_s * 1000;
    if (!news && clock_mono(p->clock) < until && feed_wait(q, seen, until))
        return;
    snprintf(u.cursor, sizeof u.cursor, "%" PRId64 ".%" PRId64 ".%" PRId64 ".%s", c.status, c.notices, c.settings,
             c.packages);
    u.time_ms = now_ms(p);
    CLEANUP(str) struct str text = {0};
    wire_updates_write(&u, &text);
    answer_text(q, 200, "application/json", text.p);
}
