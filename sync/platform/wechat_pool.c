#include "sync/platform/wechat_pool.h"

#include <microhttpd.h>
#include <pthread.h>

#define THREADS     4
#define QUEUED_MOST 256

struct wechat_pool {
    struct platform *platform;
    pthread_t thread[THREADS];
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct wechat_job *first, **last;
    size_t n;
    bool stop;
};

static struct wechat_job *take(struct wechat_pool *w)
{
    struct wechat_job *job = w->first;
    if (!job)
        return NULL;
    w->first = job->next;
    if (!w->first)
        w->last = &w->first;
    w->n--;
    return job;
}

static void *work(void *ctx)
{
    struct wechat_pool *w = ctx;
    pthread_mutex_lock(&w->mutex);
    for (;;) {
        struct wechat_job *job = take(w);
        if (!job) {
            if (w->stop)
                break;
            pthread_cond_wait(&w->cond, &w->mutex);
            continue;
        }
        bool stop = w->stop;
        pthread_mutex_unlock(&w->mutex);
        if (stop)
            job->result = (struct wechat_exchange){.outcome = WECHAT_UNREACHABLE};
        else
            wechat_exchange(&w->platform->conf, job->code, &job->result);
        MHD_resume_connection(job->request->connection); /* from here on the job is the request's again */
        pthread_mutex_lock(&w->mutex);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

struct wechat_pool *wechat_pool_create(struct platform *p)
{
    struct wechat_pool *w = xcalloc(1, sizeof *w);
    w->platform = p;
    w->last = &w->first;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->cond, NULL);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&w->thread[i], NULL, work, w);
    return w;
}

void wechat_pool_stop(struct wechat_pool *w)
{
    pthread_mutex_lock(&w->mutex);
    w->stop = true;
    pthread_cond_broadcast(&w->cond);
    pthread_mutex_unlock(&w->mutex);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(w->thread[i], NULL);
}

void wechat_pool_destroy(struct wechat_pool *w)
{
    if (!w)
        return;
    pthread_mutex_destroy(&w->mutex);
    pthread_cond_destroy(&w->cond);
    free(w);
}

bool wechat_pool_ask(struct request *q, struct wechat_job *job)
{
    struct wechat_pool *w = q->platform->wechat;
    job->request = q;
    job->next = NULL;
    pthread_mutex_lock(&w->mutex);
    bool ok = !w->stop && w->n < QUEUED_MOST;
    if (ok) {
        q->suspended = true;
        MHD_suspend_connection(q->connection);
        *w->last = job;
        w->last = &job->next;
        w->n++;
        pthread_cond_signal(&w->cond);
    }
    pthread_mutex_unlock(&w->mutex);
    return ok;
}
