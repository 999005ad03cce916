/* thread.c — one thread that owns a store; two queues. A job goes in on `posted`, is worked on, comes out on `finished`
 * in the same order. */
#include "sync/store/thread.h"

#include <pthread.h>

struct job {
    struct job *next;
    bool (*work)(struct store *s, void *ctx, struct err *e);
    void (*done)(void *ctx, bool ok, const struct err *e);
    void *ctx;
    bool ok;
    struct err err;
};

struct jobs {
    struct job *first, **end;
};

struct store_thread {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* posted, finished, opened or stopping */
    struct jobs posted, finished;
    size_t pending;    /* posted and not yet delivered */
    size_t unfinished; /* posted and not yet worked on to the end */
    bool opened, stopping;
    struct store_options options;
    struct store *store;
    struct err open_err;
    void (*wake)(void *ctx);
    void *wake_ctx;
};

static void jobs_add(struct jobs *q, struct job *j)
{
    if (!q->first)
        q->end = &q->first;
    j->next = NULL;
    *q->end = j;
    q->end = &j->next;
}

static struct job *jobs_take(struct jobs *q)
{
    struct job *j = q->first;
    if (j)
        q->first = j->next;
    return j;
}

static void work_on(struct store_thread *t, struct job *j)
{
    pthread_mutex_unlock(&t->lock);
    j->ok = j->work(t->store, j->ctx, &j->err);
    pthread_mutex_lock(&t->lock);
    jobs_add(&t->finished, j);
    pthread_mutex_unlock(&t->lock);
    if (t->wake)
        t->wake(t->wake_ctx);
    pthread_mutex_lock(&t->lock);
    t->unfinished--; /* now: who drains may throw away what wake needs */
    pthread_cond_broadcast(&t->changed);
}

static void *run(void *ctx)
{
    struct store_thread *t = ctx;
    struct store *s = store_open(&t->options, &t->open_err);
    pthread_mutex_lock(&t->lock);
    t->store = s;
    t->opened = true;
    pthread_cond_broadcast(&t->changed);
    while (s) {
        struct job *j = jobs_take(&t->posted);
        if (j)
            work_on(t, j);
        else if (t->stopping)
            break;
        else
            pthread_cond_wait(&t->changed, &t->lock);
    }
    pthread_mutex_unlock(&t->lock);
    store_close(s);
    return NULL;
}

static void destroy(struct store_thread *t)
{
    pthread_join(t->thread, NULL);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

struct store_thread *store_thread_start(const struct store_options *o, void (*wake)(void *ctx), void *ctx,
                                        struct err *e)
{
    struct store_thread *t = xcalloc(1, sizeof *t);
    t->options = *o;
    t->wake = wake;
    t->wake_ctx = ctx;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    if (pthread_create(&t->thread, NULL, run, t)) {
        free(t);
        err_set(e, ERR_LIMIT, "no thread for the store");
        return NULL;
    }
    pthread_mutex_lock(&t->lock);
    while (!t->opened)
        pthread_cond_wait(&t->changed, &t->lock);
    bool ok = t->store != NULL;
    pthread_mutex_unlock(&t->lock);
    if (ok)
        return t;
    if (e)
        *e = t->open_err;
    destroy(t);
    return NULL;
}

void store_thread_stop(struct store_thread *t)
{
    if (!t)
        return;
    store_thread_drain(t);
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
    destroy(t);
}

void store_thread_post(struct store_thread *t, bool (*work)(struct store *s, void *ctx, struct err *e),
                       void (*done)(void *ctx, bool ok, const struct err *e), void *ctx)
{
    struct job *j = xcalloc(1, sizeof *j);
    j->work = work;
    j->done = done;
    j->ctx = ctx;
    pthread_mutex_lock(&t->lock);
    jobs_add(&t->posted, j);
    t->pending++;
    t->unfinished++;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

/* done runs without the lock: it may post the next job. */
size_t store_thread_deliver(struct store_thread *t)
{
    size_t n = 0;
    for (;; n++) {
        pthread_mutex_lock(&t->lock);
        struct job *j = jobs_take(&t->finished);
        if (j)
            t->pending--;
        pthread_mutex_unlock(&t->lock);
        if (!j)
            return n;
        if (j->done)
            j->done(j->ctx, j->ok, &j->err);
        free(j);
    }
}

size_t store_thread_pending(struct store_thread *t)
{
    pthread_mutex_lock(&t->lock);
    size_t n = t->pending;
    pthread_mutex_unlock(&t->lock);
    return n;
}

void store_thread_drain(struct store_thread *t)
{
    do {
        pthread_mutex_lock(&t->lock);
        while (t->unfinished)
            pthread_cond_wait(&t->changed, &t->lock);
        pthread_mutex_unlock(&t->lock);
    } while (store_thread_deliver(t));
}
