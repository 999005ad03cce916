#include "app/screens/saver.h"

#include "app/screens/app.h"
#include "app/screens/jobs.h"
#include "app/screens/parked.h"
#include "sync/base/log.h"

#define TYPING_MS 300
#define RETRY_MS  5000

static void arm(struct saver *s);

void saver_init(struct saver *s, struct app *a)
{
    *s = (struct saver){.app = a, .due_ms = -1};
}

static void on_timer(void *ctx)
{
    struct saver *s = ctx;
    s->due_ms = -1;
    saver_flush(s);
}

static void arm(struct saver *s)
{
    shell_timer(s->app->shell, s->due_ms, on_timer, s);
}

void saver_edited(struct saver *s, enum form_scope scope, bool commit)
{
    int64_t due = clock_mono(s->app->clock) + TYPING_MS;
    s->edits[scope]++;
    if (commit) {
        saver_flush(s);
    } else if (s->due_ms < 0 || s->due_ms > due) {
        s->due_ms = due;
        arm(s);
    }
}

static bool write_draft(struct store *store, struct job *j, struct err *e)
{
    const char *declaration = j->declaration[0] ? j->declaration : NULL;
    return j->note.len ? parked_save(store, j, declaration, e)
                       : store_draft_save(store, &j->folder, declaration, j->bytes.p, j->bytes.len, e);
}

static void settle(struct saver *s)
{
    void (*then)(struct app * a) = s->then;
    if (!then || !saver_durable(s) || s->failed != ERR_NONE)
        return;
    s->then = NULL;
    then(s->app);
}

static void written(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct saver *s = &a->saver;
    enum form_scope scope = (enum form_scope)j->number;
    enum save_state before = saver_state(s);
    s->writing[scope] = false;
    if (ok) {
        s->saved[scope] = j->generation;
        s->failed = ERR_NONE;
        if (s->edits[scope] != j->generation)
            saver_flush(s);
    } else {
        log_error("draft.save", "scope=%d code=%s: %s", (int)scope, err_code_name(e->code), e->text);
        s->failed = e->code;
        s->due_ms = clock_mono(a->clock) + RETRY_MS;
        arm(s);
    }
    if (saver_state(s) != before)
        app_changed(a);
    settle(s);
}

void saver_when_durable(struct saver *s, void (*then)(struct app *a))
{
    s->then = then;
    saver_flush(s);
    settle(s);
}

static void post(struct saver *s, enum form_scope scope)
{
    struct app *a = s->app;
    struct job *j = job_new(a, write_draft, written);
    struct err e = {0};
    j->number = scope;
    j->generation = s->edits[scope];
    if (scope == SCOPE_TITLE)
        zcopy(j->declaration, sizeof j->declaration, a->session.declaration);
    if (!doc_export(a->session.doc, scope, &j->bytes, &e)) {
        written(a, j, false, &e);
        job_free(j);
        return;
    }
    parked_prepare(a, j);
    s->writing[scope] = true;
    job_post(j);
}

void saver_flush(struct saver *s)
{
    struct app *a = s->app;
    if (!session_open(&a->session) || !a->session.doc)
        return;
    if (s->edits[SCOPE_PERSON] != s->saved[SCOPE_PERSON] && !s->writing[SCOPE_PERSON])
        post(s, SCOPE_PERSON);
    if (s->edits[SCOPE_TITLE] != s->saved[SCOPE_TITLE] && !s->writing[SCOPE_TITLE] && a->session.declaration[0])
        post(s, SCOPE_TITLE);
}

bool saver_durable(const struct saver *s)
{
    return s->edits[0] == s->saved[0] && s->edits[1] == s->saved[1];
}

enum save_state saver_state(const struct saver *s)
{
    if (s->failed != ERR_NONE)
        return SAVE_FAILED;
    if (!saver_durable(s))
        return SAVE_PENDING;
    return s->edits[0] || s->edits[1] ? SAVE_DONE : SAVE_CLEAN;
}

void saver_reset(struct saver *s)
{
    shell_timer(s->app->shell, -1, on_timer, s);
    saver_init(s, s->app);
}
