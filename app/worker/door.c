/* Two things can go wrong beside a job's own failure. The broker dies: its socket ends, every job it had is answered
 * "killed", a new one is started with a growing pause. The broker hangs: it keeps the deadlines itself, so one that is
 * GRACE_MS late is ended and becomes the first case. Times are the caller's clock; a job posted between two steps gets
 * its time from the next step. */
#include "app/worker/door.h"

#include "app/worker/wire.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    GRACE_MS = 4000,
    PAUSE_FIRST_MS = 100,
    PAUSE_MOST_MS = 5000,
    RETRY_SEND_MS = 5,
    INPUT_MAX = 64 << 20,
    DEFAULT_MS = 60000
};

struct job {
    struct job *next;
    int number;
    enum worker_kind kind;
    bool render, sent, cancelled;
    json_t *request; /* until it is sent */
    int in, out;
    int64_t allowed_ms, give_up; /* give_up 0: set by the next step */
    const char *failed;          /* a local failure, delivered by the next step */
    char detail[160];
    struct worker_job_ops ops;
    void *ctx;
};

struct worker_door {
    char *program, *path;
    pid_t pid;
    int fd, last;
    int64_t retry_at, pause_ms; /* retry_at 0: at the next step */
    int64_t send_at;            /* 0: now; later when its socket was full */
    struct job *jobs;           /* oldest first */
};

/* --- the connection --- */
static bool spawn_broker(struct worker_door *d, struct err *e)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_sys(e, errno, "socketpair");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int high = fcntl(pair[1], F_DUPFD_CLOEXEC, 16); /* dup2 onto itself would keep close-on-exec */
    posix_spawn_file_actions_adddup2(&actions, high, 3);
    char *argv[] = {d->program, (char[]){"--fd"}, (char[]){"3"}, NULL};
    int rc = posix_spawn(&d->pid, d->program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(high);
    close(pair[1]);
    if (rc) {
        close(pair[0]);
        d->pid = 0;
        return err_sys(e, rc, "starting %s", d->program);
    }
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    d->fd = pair[0];
    return true;
}

static bool connect_broker(struct worker_door *d, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", d->path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0) {
        d->fd = fd;
        return true;
    }
    err_sys(e, errno, "connecting to %s", d->path);
    if (fd >= 0)
        close(fd);
    return false;
}

static bool open_broker(struct worker_door *d, struct err *e)
{
    return d->program ? spawn_broker(d, e) : connect_broker(d, e);
}

struct worker_door *worker_door_create(const char *program, const char *socket_path, struct err *e)
{
    if (!program == !socket_path || (program && access(program, X_OK) < 0)) {
        err_set(e, ERR_CONFIG, "the worker: expected a program that can be run or a socket, got %s",
                program ? program : "neither");
        return NULL;
    }
    if (socket_path && strlen(socket_path) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        err_set(e, ERR_LIMIT, "%s: too long for a socket", socket_path);
        return NULL;
    }
    struct worker_door *d = xcalloc(1, sizeof *d);
    *d = (struct worker_door){.program = program ? xstrdup(program) : NULL,
                              .path = socket_path ? xstrdup(socket_path) : NULL,
                              .fd = -1,
                              .pause_ms = PAUSE_FIRST_MS};
    struct err why = {0};
    if (!open_broker(d, &why))
        log_warn("worker.away", "why=\"%s\"", why.text);
    return d;
}

static void job_free(struct job *j)
{
    if (j->in >= 0)
        close(j->in);
    if (j->out >= 0)
        close(j->out);
    json_decref(j->request);
    free(j);
}

/* Waits for a broker that was told to end; it needs a moment for a scanner under way. */
static void reap_broker(struct worker_door *d, bool by_force)
{
    int status = 0;
    if (d->pid <= 0)
        return;
    if (by_force)
        kill(d->pid, SIGKILL);
    for (int i = 0; i < 300 && waitpid(d->pid, &status, WNOHANG) == 0; i++) {
        struct timespec ms10 = {.tv_nsec = 10000000};
        nanosleep(&ms10, NULL);
        if (i == 298)
            kill(d->pid, SIGKILL);
    }
    if (WIFSIGNALED(status) && !by_force)
        log_warn("worker.ended", "signal=%d", WTERMSIG(status));
    d->pid = 0;
}

void worker_door_destroy(struct worker_door *d)
{
    if (!d)
        return;
    if (d->fd >= 0)
        close(d->fd); /* the broker ends with its client */
    reap_broker(d, false);
    while (d->jobs) {
        struct job *j = d->jobs;
        d->jobs = j->next;
        job_free(j);
    }
    free(d->program);
    free(d->path);
    free(d);
}

static void lose_broker(struct worker_door *d)
{
    if (d->fd < 0)
        return;
    close(d->fd);
    d->fd = -1;
    d->retry_at = 0;
    reap_broker(d, true);
    for (struct job *j = d->jobs; j; j = j->next)
        if (j->sent && !j->failed) {
            j->failed = j->cancelled ? "cancelled" : "killed";
            zcopy(j->detail, sizeof j->detail, "the worker ended");
        }
}

/* --- checking what the worker answered --- */
static bool in_range(const json_t *r, const char *name, json_int_t least, json_int_t most)
{
    const json_t *v = json_object_get(r, name);
    return json_is_integer(v) && json_integer_value(v) >= least && json_integer_value(v) <= most;
}

static bool text_ok(const json_t *v, size_t most)
{
    return json_is_string(v) && json_string_length(v) <= most &&
           !memchr(json_string_value(v), 0, json_string_length(v));
}

static bool is_jpeg(const json_t *r, const unsigned char *p, size_t len)
{
    return in_range(r, "width", 1, 65535) && in_range(r, "height", 1, 65535) && len > 4 && p[0] == 0xff && p[1] == 0xd8;
}

static bool is_pixels(const json_t *r, const unsigned char *p, size_t len)
{
    if (!p || !in_range(r, "width", 1, 32767) || !in_range(r, "height", 1, 32767) || !in_range(r, "pages", 1, 100000) ||
        !in_range(r, "source_width", 1, 1 << 20) || !in_range(r, "source_height", 1, 1 << 20) ||
        !text_ok(json_object_get(r, "kind"), 8))
        return false;
    json_int_t width = json_integer_value(json_object_get(r, "width")),
               height = json_integer_value(json_object_get(r, "height"));
    return in_range(r, "stride", width * 4, width * 4) && len == (size_t)(width * 4 * height);
}

static bool is_info(const json_t *r)
{
    return in_range(r, "pages", 0, 100000) && json_is_boolean(json_object_get(r, "encrypted")) &&
           json_is_boolean(json_object_get(r, "script"));
}

static bool are_candidates(const json_t *r)
{
    const json_t *list = json_object_get(r, "candidates"), *c;
    size_t i;
    if (!text_ok(json_object_get(r, "spelling"), 128) || !json_is_array(list) || json_array_size(list) > 200)
        return false;
    json_array_foreach(list, i, c)
    {
        if (!text_ok(json_object_get(c, "text"), 160) || !in_range(c, "letters", 1, 39))
            return false;
    }
    return true;
}

static bool are_suggestions(const json_t *r)
{
    const json_t *list = json_object_get(r, "found"), *s;
    size_t i;
    if (!json_is_array(list) || json_array_size(list) > 8 || !in_range(r, "lines", 0, 100000))
        return false;
    json_array_foreach(list, i, s)
    {
        if (!text_ok(json_object_get(s, "as"), 64) || !text_ok(json_object_get(s, "text"), 256) ||
            !in_range(s, "sure", 0, 100) || !json_is_boolean(json_object_get(s, "labelled")))
            return false;
    }
    return true;
}

static bool is_card(const json_t *r)
{
    static const struct {
        const char *name;
        size_t most;
    } texts[] = {{"kind", 16},     {"name", 127},    {"name_en", 255}, {"sex", 3},        {"nation", 7},
                 {"birth", 11},    {"address", 127}, {"id", 39},       {"authority", 63}, {"valid_from", 11},
                 {"valid_to", 23}, {"pass", 31},     {"country", 11}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!text_ok(json_object_get(r, texts[i].name), texts[i].most))
            return false;
    return true;
}

static bool is_printed(const json_t *r)
{
    return json_is_boolean(json_object_get(r, "status")) && json_is_boolean(json_object_get(r, "near_end"));
}

static bool result_ok(const struct job *j, const json_t *r, const unsigned char *p, size_t len)
{
    if (!json_is_object(r))
        return false;
    switch (j->kind) {
    case WORKER_PAGE:
        return is_jpeg(r, p, len);
    case WORKER_SCAN:
        return is_jpeg(r, p, len) && in_range(r, "channels", 1, 3);
    case WORKER_THUMB:
        return is_pixels(r, p, len);
    case WORKER_PDF:
        return j->render ? is_pixels(r, p, len) : is_info(r);
    case WORKER_PINYIN:
        return are_candidates(r);
    case WORKER_OCR:
        return are_suggestions(r);
    case WORKER_ID_READER:
        return is_card(r);
    case WORKER_PRINTER:
        return is_printed(r);
    }
    return false;
}

/* Seals the output, so that whoever still holds it can neither change nor cut it, and maps it. */
static bool map_output(const struct job *j, const unsigned char **bytes, size_t *len)
{
    struct stat st;
    *bytes = NULL;
    *len = 0;
    if (j->out < 0)
        return true;
    if (fcntl(j->out, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0 ||
        fstat(j->out, &st) < 0 || st.st_size > INPUT_MAX)
        return false;
    if (st.st_size == 0)
        return true;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, j->out, 0);
    if (p == MAP_FAILED)
        return false;
    *bytes = p;
    *len = (size_t)st.st_size;
    return true;
}

/* --- ending jobs --- */
static struct job *job_find(const struct worker_door *d, int number)
{
    struct job *j = d->jobs;
    while (j && j->number != number)
        j = j->next;
    return j;
}

static void job_unlink(struct worker_door *d, struct job *j)
{
    struct job **at = &d->jobs;
    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
}

static void job_fail(struct worker_door *d, struct job *j, const char *error, const char *detail)
{
    job_unlink(d, j);
    struct worker_result r = {.error = error, .detail = detail};
    j->ops.done(j->ctx, &r);
    job_free(j);
}

static void job_succeed(struct worker_door *d, struct job *j, const json_t *result)
{
    struct worker_result r = {.ok = true, .detail = "", .result = result};
    if (!map_output(j, &r.bytes, &r.len) || !result_ok(j, result, r.bytes, r.len)) {
        log_warn("worker.answer", "kind=%s what=\"not what was agreed\"", worker_kind_names[j->kind]);
        if (r.bytes)
            munmap((void *)(uintptr_t)r.bytes, r.len);
        job_fail(d, j, "killed", "the worker's answer is not what was agreed");
        return;
    }
    job_unlink(d, j);
    j->ops.done(j->ctx, &r);
    if (r.bytes)
        munmap((void *)(uintptr_t)r.bytes, r.len);
    job_free(j);
}

static void answer(struct worker_door *d, const json_t *m)
{
    json_int_t number = json_integer_value(json_object_get(m, "job"));
    struct job *j = number > 0 && number <= d->last ? job_find(d, (int)number) : NULL;
    const json_t *share = json_object_get(m, "progress"), *ok = json_object_get(m, "ok");
    if (!j || j->failed)
        return;
    d->pause_ms = PAUSE_FIRST_MS; /* it works: the next loss starts anew */
    if (json_is_number(share)) {
        const char *say = json_string_value(json_object_get(m, "say"));
        double s = json_number_value(share);
        if (j->ops.progress && !j->cancelled)
            j->ops.progress(j->ctx, s > 0 ? s < 1 ? s : 1 : 0, say ? say : "");
    } else if (json_is_true(ok) && !j->cancelled) {
        job_succeed(d, j, json_object_get(m, "result"));
    } else if (json_is_boolean(ok)) {
        const char *error = json_string_value(json_object_get(m, "error"));
        const char *detail = json_string_value(json_object_get(m, "detail"));
        job_fail(d, j, j->cancelled ? "cancelled" : worker_error_known(error) ? error : "killed", detail ? detail : "");
    }
}

static void read_answers(struct worker_door *d)
{
    while (d->fd >= 0) {
        json_t *m;
        int fds[WIRE_FDS];
        size_t n;
        enum wire_end end = wire_receive(d->fd, &m, fds, &n);
        if (end == WIRE_AGAIN)
            return;
        if (end != WIRE_OK) {
            log_warn("worker.lost", "why=%s", end == WIRE_BROKEN ? "\"broken datagram\"" : "ended");
            lose_broker(d);
            return;
        }
        while (n)
            close(fds[--n]);
        answer(d, m);
        json_decref(m);
    }
}

/* --- sending --- */
static void fail_later(struct job *j, const char *error, const char *detail)
{
    j->failed = error;
    zcopy(j->detail, sizeof j->detail, detail);
}

static void send_job(struct worker_door *d, struct job *j)
{
    int fds[WIRE_FDS];
    size_t n = 0;
    if (d->fd < 0 || j->sent || j->failed)
        return;
    if (j->in >= 0)
        fds[n++] = j->in;
    if (j->out >= 0)
        fds[n++] = j->out;
    enum wire_end end = wire_send(d->fd, j->request, fds, n);
    if (end == WIRE_BROKEN)
        fail_later(j, "refused", "the request is too long");
    if (end != WIRE_OK)
        return; /* a closed socket is noticed by the next read */
    j->sent = true;
    json_decref(j->request);
    j->request = NULL;
    if (j->in >= 0)
        close(j->in);
    j->in = -1;
}

int worker_job(struct worker_door *d, enum worker_kind kind, const json_t *args, const void *input, size_t len,
               int64_t deadline_ms, const struct worker_job_ops *ops, void *ctx)
{
    struct job *j = xcalloc(1, sizeof *j);
    *j = (struct job){.number = ++d->last, .kind = kind, .in = -1, .out = -1, .ops = *ops, .ctx = ctx};
    j->allowed_ms = deadline_ms > 0 ? deadline_ms : DEFAULT_MS;
    const char *op = json_string_value(json_object_get(args, "op"));
    j->render = op && !strcmp(op, "render");
    struct err e = {0};
    j->request = json_pack("{s:i,s:s,s:I,s:o}", "job", j->number, "kind", worker_kind_names[kind], "deadline_ms",
                           (json_int_t)deadline_ms, "args", args ? json_deep_copy(args) : json_object());
    if (input) {
        json_object_set_new(j->request, "input", json_integer((json_int_t)len));
        if (len > INPUT_MAX)
            fail_later(j, "limit", "too many bytes");
        else if ((j->in = wire_sealed(input, len, &e)) < 0)
            fail_later(j, "refused", e.text);
    }
    if (kind != WORKER_PINYIN && !j->failed && (j->out = wire_output(&e)) < 0)
        fail_later(j, "refused", e.text);
    struct job **end = &d->jobs;
    bool first_to_send = true;
    for (; *end; end = &(*end)->next)
        first_to_send = first_to_send && (*end)->sent;
    *end = j;
    d->send_at = 0;
    if (first_to_send)
        send_job(d, j);
    return j->number;
}

static bool send_cancel(struct worker_door *d, int number)
{
    json_t *m = json_pack("{s:i}", "cancel", number);
    enum wire_end end = d->fd >= 0 ? wire_send(d->fd, m, NULL, 0) : WIRE_AGAIN;
    json_decref(m);
    return end == WIRE_OK;
}

void worker_cancel(struct worker_door *d, int job)
{
    struct job *j = job_find(d, job);
    if (!j || j->cancelled)
        return;
    j->cancelled = true;
    j->give_up = 0;
    j->allowed_ms = 2000;
    if (!j->sent || !send_cancel(d, job))
        fail_later(j, "cancelled", "");
}

static void nobody_listens(void *ctx, const struct worker_result *r)
{
    (void)ctx, (void)r;
}

void worker_forget(struct worker_door *d, int job)
{
    struct job *j = job_find(d, job);
    if (!j)
        return;
    j->ops = (struct worker_job_ops){.done = nobody_listens};
    worker_cancel(d, job);
}

/* --- time --- */
int worker_door_fd(const struct worker_door *d, int64_t *deadline_ms)
{
    int64_t next = -1;
    for (const struct job *j = d->jobs; j; j = j->next) {
        int64_t at = j->failed || j->give_up == 0 ? 0 : j->give_up;
        if (!j->sent && d->fd >= 0 && d->send_at < at)
            at = d->send_at;
        if (next < 0 || at < next)
            next = at;
    }
    if (d->fd < 0 && (next < 0 || d->retry_at < next))
        next = d->retry_at;
    *deadline_ms = next;
    return d->fd;
}

static void restart(struct worker_door *d, int64_t now)
{
    if (d->fd >= 0)
        return;
    if (d->retry_at == 0) {
        d->retry_at = now + d->pause_ms;
        d->pause_ms = d->pause_ms * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : d->pause_ms * 2;
    }
    if (now < d->retry_at)
        return;
    struct err e = {0};
    d->retry_at = 0;
    if (open_broker(d, &e)) {
        log_info("worker.back", "-");
        return;
    }
    log_warn("worker.away", "why=\"%s\"", e.text);
    restart(d, now); /* sets the next time */
}

static void check_jobs(struct worker_door *d, int64_t now)
{
    for (struct job *j = d->jobs; j; j = j->next) {
        if (j->give_up == 0)
            j->give_up = now + j->allowed_ms + GRACE_MS;
        if (now >= j->give_up && !j->failed) {
            bool stuck = j->sent;
            fail_later(j, j->cancelled ? "cancelled" : "timeout", "the worker did not answer");
            if (stuck && d->program) {
                log_warn("worker.stuck", "kind=%s", worker_kind_names[j->kind]);
                lose_broker(d);
            }
        }
    }
    for (;;) { /* done may post and cancel: begin again after each */
        struct job *j = d->jobs;
        while (j && !j->failed)
            j = j->next;
        if (!j)
            return;
        char detail[sizeof j->detail];
        zcopy(detail, sizeof detail, j->detail);
        job_fail(d, j, j->failed, detail);
    }
}

void worker_door_step(struct worker_door *d, int64_t mono_ms)
{
    read_answers(d);
    check_jobs(d, mono_ms);
    restart(d, mono_ms);
    d->send_at = mono_ms + RETRY_SEND_MS;
    for (struct job *j = d->jobs; j; j = j->next) {
        send_job(d, j);
        if (j->give_up == 0)
            j->give_up = mono_ms + j->allowed_ms + GRACE_MS;
    }
}
