#include "app/screens/jobs.h"

#include <string.h>

struct job *job_new(struct app *a, bool (*work)(struct store *, struct job *, struct err *),
                    void (*done)(struct app *, struct job *, bool, const struct err *))
{
    struct job *j = xcalloc(1, sizeof *j);
    j->app = a;
    j->session = a->journey.session;
    j->work = work;
    j->done = done;
    if (session_open(&a->session))
        j->folder = session_folder_copy(&a->session);
    if (a->session.secret) {
        j->secret = a->crypto->secret_alloc(sizeof *j->secret);
        *j->secret = *a->session.secret;
    }
    return j;
}

void job_free(struct job *j)
{
    const struct crypto_ops *c = j->app->crypto;
    if (j->folder.key)
        folder_finish(&j->folder, c);
    if (j->secret)
        c->secret_free(j->secret);
    for (size_t i = 0; i < j->n_rows; i++)
        str_finish_secret(&j->docs[i]);
    free(j->docs);
    free(j->rows);
    store_history_free(j->history, j->n_history);
    str_finish_secret(&j->bytes);
    str_finish_secret(&j->more);
    str_finish_secret(&j->note);
    submission_finish(&j->submission);
    str_finish(&j->world.notices);
    free(j->extra);
    c->wipe(j, sizeof *j);
    free(j);
}

static bool run(struct store *s, void *ctx, struct err *e)
{
    struct job *j = ctx;
    return j->work(s, j, e);
}

static void finished(void *ctx, bool ok, const struct err *e)
{
    struct job *j = ctx;
    if (j->done && (j->always || j->session == j->app->journey.session))
        j->done(j->app, j, ok, e);
    job_free(j);
}

void job_post(struct job *j)
{
    store_thread_post(j->app->store, run, finished, j);
}
