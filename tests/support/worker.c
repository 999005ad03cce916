#include "tests/support/worker.h"

#include "sync/base/clock.h"
#include "tests/support/t.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int64_t worker_now(void)
{
    return clock_mono(clock_system());
}

char *worker_program(void)
{
    const char *build = getenv("BULU_BUILD");
    if (build)
        return xasprintf("%s/bin/bulu-worker", build);
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    assert_true(n > 0);
    exe[n] = '\0';
    char *tests = strstr(exe, "/tests/");
    assert_non_null(tests);
    *tests = '\0';
    return xasprintf("%s/bin/bulu-worker", exe);
}

static char script[] = "/tmp/bulu-selftest-XXXXXX";

static void remove_script(void)
{
    unlink(script);
}

/* The door starts a program without arguments of ours: a script adds --selftest. It stays: a worker that dies is
 * started again. */
static void write_script(void)
{
    if (script[strlen(script) - 1] != 'X')
        return;
    AUTOFREE char *program = worker_program();
    int fd = mkstemp(script);
    assert_true(fd >= 0);
    atexit(remove_script);
    dprintf(fd, "#!/bin/sh\nexec '%s' --selftest \"$@\"\n", program);
    fchmod(fd, 0700);
    close(fd);
}

struct worker_door *worker_open(void)
{
    write_script();
    struct err e = {0};
    struct worker_door *d = worker_door_create(script, NULL, &e);
    if (!d)
        fail_msg("%s", e.text);
    return d;
}

void worker_said_cleanup(struct worker_said *s)
{
    json_decref(s->result);
    str_finish(&s->bytes);
    *s = (struct worker_said){0};
}

static void on_progress(void *ctx, double share, const char *say)
{
    struct worker_said *s = ctx;
    assert_non_null(say);
    s->progress++;
    s->share = share;
}

static void on_done(void *ctx, const struct worker_result *r)
{
    struct worker_said *s = ctx;
    s->dones++;
    s->done = true;
    s->ok = r->ok;
    zcopy(s->error, sizeof s->error, r->error ? r->error : "");
    zcopy(s->detail, sizeof s->detail, r->detail);
    s->result = r->result ? json_deep_copy(r->result) : NULL;
    if (r->bytes)
        str_add(&s->bytes, r->bytes, r->len);
}

const struct worker_job_ops worker_said_ops = {on_progress, on_done};

static void turn(struct worker_door *d, int64_t until)
{
    int64_t deadline;
    struct pollfd p = {.fd = worker_door_fd(d, &deadline), .events = POLLIN};
    if (deadline < 0 || deadline > until)
        deadline = until;
    int64_t wait = deadline - worker_now();
    poll(&p, 1, wait > 0 ? (int)wait : 0);
    worker_door_step(d, worker_now());
}

bool worker_wait(struct worker_door *d, struct worker_said *s, int ms)
{
    for (int64_t until = worker_now() + ms; !s->done && worker_now() < until;)
        turn(d, until);
    return s->done;
}

void worker_turn(struct worker_door *d, int ms)
{
    for (int64_t until = worker_now() + ms; worker_now() < until;)
        turn(d, until);
}

struct worker_said worker_call(struct worker_door *d, enum worker_kind kind, json_t *args, const void *bytes,
                               size_t len)
{
    struct worker_said s = {0};
    worker_job(d, kind, args, bytes, len, 0, &worker_said_ops, &s);
    json_decref(args);
    if (!worker_wait(d, &s, 60000))
        fail_msg("no answer within a minute");
    return s;
}
