/* A task is a client's request. It waits until its kind has a free child, runs in a child of its own (or is handed to
 * the kind's persistent one), and ends with exactly one answer. The answer of a child of its own is held until the
 * child is gone, so that its output cannot change any more and a device is free again when the client hears about it.
 */
#include "app/worker/broker.h"

#include "app/worker/child.h"
#include "app/worker/scan_device.h"
#include "app/worker/wire.h"
#include "sync/base/cleanup.h"
#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS_MAX = 8, TASKS_MAX = 256, POLL_MAX = 2 + CLIENTS_MAX + TASKS_MAX, CLOSING_MS = 1500 };

struct client {
    int fd;          /* -1: gone */
    json_t *waiting; /* array of answers its full socket did not take */
};

struct child {
    struct child *next; /* in broker.children */
    const struct kind *kind;
    pid_t pid;
    int say;
    int64_t started, kill_at; /* kill_at 0: not asked to end */
};

struct task {
    struct task *next; /* in broker.tasks, oldest first */
    struct client *client;
    const struct kind *kind;
    struct child *child; /* NULL: waits */
    json_t *args, *answer;
    const char *verdict; /* why it was ended from here: "timeout", "cancelled"; NULL */
    int number, serial;  /* the client's, and ours towards a persistent child */
    int in, out;
    size_t len;
    struct sandbox_limits limits;
    int64_t deadline;
};

struct broker {
    struct broker_options o;
    struct client clients[CLIENTS_MAX];
    struct task *tasks;
    struct child *children;
    int signals, serial, n_tasks;
    bool ending;
};

static int64_t now_ms(void)
{
    return clock_mono(clock_system());
}

/* --- answers to clients --- */
static void client_close(struct broker *b, struct client *c);

static void client_flush(struct broker *b, struct client *c)
{
    while (c->fd >= 0 && json_array_size(c->waiting)) {
        enum wire_end end = wire_send(c->fd, json_array_get(c->waiting, 0), NULL, 0);
        if (end == WIRE_AGAIN)
            return;
        if (end != WIRE_OK) {
            client_close(b, c);
            return;
        }
        json_array_remove(c->waiting, 0);
    }
}

/* Steals message. What may be lost (progress) is when the client does not read. */
static void client_send(struct broker *b, struct client *c, json_t *message, bool may_be_lost)
{
    if (c->fd < 0 || (may_be_lost && json_array_size(c->waiting))) {
        json_decref(message);
        return;
    }
    json_array_append_new(c->waiting, message);
    if (json_array_size(c->waiting) > 4 * TASKS_MAX)
        client_close(b, c);
    else
        client_flush(b, c);
}

static json_t *failure(int number, const char *error, const char *detail)
{
    return json_pack("{s:i,s:b,s:s,s:s}", "job", number, "ok", 0, "error", error, "detail", detail);
}

static void task_free(struct broker *b, struct task *t)
{
    for (struct task **at = &b->tasks; *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    if (t->in >= 0)
        close(t->in);
    if (t->out >= 0)
        close(t->out);
    json_decref(t->args);
    json_decref(t->answer);
    free(t);
    b->n_tasks--;
}

/* Ends the task with a failure from here. */
static void task_fail(struct broker *b, struct task *t, const char *error, const char *detail)
{
    client_send(b, t->client, failure(t->number, error, detail), false);
    task_free(b, t);
}

/* --- children --- */
static void child_end(struct child *c, int grace_ms)
{
    if (c->kill_at)
        return;
    if (grace_ms > 0)
        kill(-c->pid, SIGTERM);
    else
        kill(-c->pid, SIGKILL);
    c->kill_at = now_ms() + grace_ms;
}

static struct task *task_of(struct broker *b, const struct child *c)
{
    for (struct task *t = b->tasks; t; t = t->next)
        if (t->child == c)
            return t;
    return NULL;
}

static int count_children(const struct broker *b, const struct kind *k)
{
    int n = 0;
    for (const struct child *c = b->children; c; c = c->next)
        n += c->kind == k;
    return n;
}

/* SANE reads its configuration from a folder: one for each backend, with that backend alone. */
static bool set_sane_dir(struct broker *b, const struct task *t, struct err *e)
{
    char backend[64];
    if (strcmp(t->kind->name, "scan") != 0)
        return true;
    if (!scan_device_backend(json_string_value(json_object_get(t->args, "device")), backend, sizeof backend))
        return err_set(e, ERR_NOT_FOUND, "device: expected BACKEND:NAME");
    if (b->o.sane_dir) {
        setenv("SANE_CONFIG_DIR", b->o.sane_dir, 1);
        return true;
    }
    AUTOFREE char *dir = xasprintf("%s/sane-%s", b->o.run_dir, backend);
    if (!scan_device_configure(dir, backend, e))
        return false;
    setenv("SANE_CONFIG_DIR", dir, 1);
    return true;
}

static struct child *child_spawn(struct broker *b, const struct task *t, struct err *e)
{
    const struct kind *k = t->kind;
    struct child_start s = {.kind = k,
                            .args = k->persistent ? NULL : t->args,
                            .number = k->persistent ? 0 : t->number,
                            .in = t->in,
                            .out = t->out,
                            .len = t->len,
                            .limits = t->limits,
                            .selftest = b->o.selftest};
    if (k->persistent)
        s.limits.cpu_ms = 3600 * 1000; /* hours of typing; each request has its own deadline */
    int say;
    if (!set_sane_dir(b, t, e))
        return NULL;
    pid_t pid = child_start(&s, &say, e);
    if (pid < 0)
        return NULL;
    struct child *c = xcalloc(1, sizeof *c);
    *c = (struct child){.next = b->children, .kind = k, .pid = pid, .say = say, .started = now_ms()};
    b->children = c;
    return c;
}

static struct child *free_child(struct broker *b, const struct task *t, bool *wait, struct err *e)
{
    *wait = false;
    for (struct child *c = b->children; t->kind->persistent && c; c = c->next)
        if (c->kind == t->kind && !c->kill_at)
            return c;
    if (count_children(b, t->kind) >= t->kind->at_once) {
        *wait = true;
        return NULL;
    }
    return child_spawn(b, t, e);
}

static void task_start(struct broker *b, struct task *t)
{
    struct err e = {0};
    bool wait;
    struct child *c = free_child(b, t, &wait, &e);
    if (!c) {
        if (!wait) {
            log_warn("job.refused", "kind=%s why=\"%s\"", t->kind->name, e.text);
            bool device = !strcmp(t->kind->name, "scan");
            task_fail(b, t, device ? "device" : "refused", device ? "unplugged" : e.text);
        }
        return;
    }
    t->child = c;
    if (!t->kind->persistent)
        return;
    t->serial = b->serial = b->serial % 1000000000 + 1;
    json_t *request = json_pack("{s:i,s:O}", "job", t->serial, "args", t->args);
    enum wire_end end = wire_send(c->say, request, NULL, 0);
    json_decref(request);
    if (end != WIRE_OK)
        task_fail(b, t, "killed", "the child does not read");
}

static void start_waiting(struct broker *b)
{
    for (struct task *t = b->tasks, *next; t; t = next) {
        next = t->next;
        if (!t->child)
            task_start(b, t);
    }
}

/* What a child says: progress goes through, an answer is checked for its form; its content is for the client to judge.
 */
static void child_said(struct broker *b, struct child *c, json_t *m)
{
    const json_t *ok = json_object_get(m, "ok"), *share = json_object_get(m, "progress");
    int number = (int)json_integer_value(json_object_get(m, "job"));
    struct task *t = task_of(b, c);
    if (c->kind->persistent && number)
        for (t = b->tasks; t && (t->child != c || t->serial != number); t = t->next)
            ;
    if (!t || t->answer)
        return;
    if (json_is_number(share)) {
        const char *say = json_string_value(json_object_get(m, "say"));
        client_send(
            b, t->client,
            json_pack("{s:i,s:f,s:s}", "job", t->number, "progress", json_number_value(share), "say", say ? say : ""),
            true);
    } else if (json_is_boolean(ok)) {
        const char *error = json_string_value(json_object_get(m, "error"));
        if (json_is_false(ok) && !worker_error_known(error))
            json_object_set_new(m, "error", json_string("killed"));
        json_object_set_new(m, "job", json_integer(t->number));
        t->answer = json_incref(m);
        if (!c->kind->persistent) {
            if (!c->kill_at)
                c->kill_at = now_ms() + CLOSING_MS; /* it may put its device in order, not for ever */
            return;
        }
        client_send(b, t->client, json_incref(m), false);
        task_free(b, t);
    }
}

static void child_read(struct broker *b, struct child *c)
{
    for (;;) {
        json_t *m;
        int fds[WIRE_FDS];
        size_t n;
        enum wire_end end = wire_receive(c->say, &m, fds, &n);
        if (end == WIRE_AGAIN)
            return;
        if (end == WIRE_CLOSED) {
            close(c->say);
            c->say = -1;
            return;
        }
        if (end == WIRE_BROKEN) {
            child_end(c, 0);
            return;
        }
        while (n) /* a child has nothing to hand over */
            close(fds[--n]);
        child_said(b, c, m);
        json_decref(m);
    }
}

/* What the end of a child says when it gave no answer. */
static void judge_end(int status, const char **error, char *detail, size_t size)
{
    *error = "killed";
    if (WIFEXITED(status)) {
        snprintf(detail, size, "exit %d without an answer", WEXITSTATUS(status));
        return;
    }
    int sig = WTERMSIG(status);
    if (sig == SIGXCPU)
        *error = "timeout";
    else if (sig == SIGXFSZ)
        *error = "limit";
    snprintf(detail, size, "signal SIG%s%s", sigabbrev_np(sig) ? sigabbrev_np(sig) : "?",
             sig == SIGSYS ? ": a call its sandbox forbids" : "");
}

static void task_finish(struct broker *b, struct task *t, int status)
{
    char detail[120] = "";
    const char *error = t->verdict;
    if (t->answer && !error) {
        client_send(b, t->client, json_incref(t->answer), false);
        task_free(b, t);
        return;
    }
    if (!error)
        judge_end(status, &error, detail, sizeof detail);
    task_fail(b, t, error, detail);
}

static void child_gone(struct broker *b, struct child *c, int status, const struct rusage *cost)
{
    if (c->say >= 0)
        child_read(b, c);
    kill(-c->pid, SIGKILL); /* what it left behind in its group */
    const struct task *first = task_of(b, c);
    const char *verdict = first && first->verdict ? first->verdict : "-";
    bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    log_event(clean || c->kill_at ? LOG_INFO : LOG_WARN, "child.end",
              "kind=%s %s=%d verdict=%s ms=%lld cpu_ms=%ld rss_kb=%ld", c->kind->name,
              WIFEXITED(status) ? "exit" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
              verdict, (long long)(now_ms() - c->started),
              (cost->ru_utime.tv_sec + cost->ru_stime.tv_sec) * 1000 +
                  (cost->ru_utime.tv_usec + cost->ru_stime.tv_usec) / 1000,
              cost->ru_maxrss);
    for (struct child **at = &b->children; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            break;
        }
    for (struct task *t; (t = task_of(b, c));)
        task_finish(b, t, status);
    if (c->say >= 0)
        close(c->say);
    free(c);
}

static void reap(struct broker *b)
{
    int status;
    struct rusage cost;
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &cost)) > 0;)
        for (struct child *c = b->children; c; c = c->next)
            if (c->pid == pid) {
                child_gone(b, c, status, &cost);
                break;
            }
}

/* --- requests --- */
static void task_cancel(struct broker *b, struct task *t, const char *verdict)
{
    if (t->verdict)
        return;
    t->verdict = verdict;
    if (!t->child) {
        task_fail(b, t, verdict, "");
        return;
    }
    if (!t->child->kind->persistent) {
        child_end(t->child, t->kind->grace_ms);
        return;
    }
    if (!strcmp(verdict, "timeout"))
        child_end(t->child, 0); /* it hangs: the next request gets a fresh one */
    else
        task_fail(b, t, verdict, "");
}

static size_t limit_of(const json_t *limits, const char *name, size_t most)
{
    json_int_t n = json_integer_value(json_object_get(limits, name));
    return n > 0 && (size_t)n < most ? (size_t)n : most;
}

/* The input must not change under a child: sealed, and as long as it says. */
static bool check_input(struct task *t, size_t said, unsigned char head[1024], size_t *head_len)
{
    struct stat st;
    int seals = fcntl(t->in, F_GET_SEALS);
    if (seals < 0 || (seals & (F_SEAL_WRITE | F_SEAL_SHRINK)) != (F_SEAL_WRITE | F_SEAL_SHRINK))
        return false;
    if (fstat(t->in, &st) < 0 || (size_t)st.st_size != said)
        return false;
    ssize_t n = pread(t->in, head, 1024, 0);
    *head_len = n > 0 ? (size_t)n : 0;
    t->len = said;
    return true;
}

static struct task *task_new(struct client *c, const json_t *m, const int *fds, size_t n_fds)
{
    struct task *t = xcalloc(1, sizeof *t);
    bool has_input = json_is_integer(json_object_get(m, "input"));
    size_t at = 0;
    *t = (struct task){.client = c, .number = (int)json_integer_value(json_object_get(m, "job")), .in = -1, .out = -1};
    if (has_input && at < n_fds)
        t->in = fds[at++];
    if (at < n_fds)
        t->out = fds[at++];
    while (at < n_fds)
        close(fds[at++]);
    json_t *args = json_object_get(m, "args");
    t->args = json_is_object(args) ? json_incref(args) : json_object();
    return t;
}

/* NULL when the request is good; else what is wrong with it. */
static const char *task_check(struct broker *b, struct task *t, const json_t *m)
{
    unsigned char head[1024];
    size_t head_len = 0;
    json_int_t said = json_integer_value(json_object_get(m, "input"));
    if (t->number <= 0)
        return "job: expected a number above 0";
    if (json_is_integer(json_object_get(m, "input")) &&
        (t->in < 0 || said < 0 || !check_input(t, (size_t)said, head, &head_len)))
        return "input: expected a sealed memfd of that length";
    t->kind = kind_find(json_string_value(json_object_get(m, "kind")), head, head_len);
    if (!t->kind)
        return "kind: unknown";
    if (!t->kind->no_input && t->in < 0)
        return "input: missing";
    if (b->n_tasks > TASKS_MAX)
        return "too many jobs at once";
    return NULL;
}

static void set_limits(struct task *t, const json_t *m)
{
    const json_t *limits = json_object_get(m, "limits");
    json_int_t ms = json_integer_value(json_object_get(m, "deadline_ms"));
    if (ms <= 0 || ms > 10 * t->kind->deadline_ms)
        ms = t->kind->deadline_ms;
    t->deadline = now_ms() + ms;
    t->limits = (struct sandbox_limits){.memory = limit_of(limits, "memory", t->kind->memory),
                                        .output = limit_of(limits, "output", t->kind->output),
                                        .cpu_ms = ms};
}

static void request(struct broker *b, struct client *c, const json_t *m, const int *fds, size_t n_fds)
{
    const json_t *cancel = json_object_get(m, "cancel");
    if (json_is_integer(cancel)) {
        for (size_t i = 0; i < n_fds; i++)
            close(fds[i]);
        for (struct task *t = b->tasks; t; t = t->next)
            if (t->client == c && t->number == json_integer_value(cancel)) {
                task_cancel(b, t, "cancelled");
                return;
            }
        return;
    }
    struct task *t = task_new(c, m, fds, n_fds);
    struct task **end = &b->tasks;
    while (*end)
        end = &(*end)->next;
    *end = t;
    b->n_tasks++;
    const char *wrong = task_check(b, t, m);
    if (wrong) {
        task_fail(b, t, "refused", wrong);
        return;
    }
    set_limits(t, m);
    task_start(b, t);
}

/* --- clients --- */
static void client_close(struct broker *b, struct client *c)
{
    if (c->fd < 0)
        return;
    close(c->fd);
    c->fd = -1;
    if (b->o.listener < 0)
        b->ending = true;
}

/* The tasks of clients that went end here and nowhere else: a send may close a client in the middle of any walk over
 * the tasks. */
static void sweep_gone_clients(struct broker *b)
{
    for (struct task *t = b->tasks, *next; t; t = next) {
        next = t->next;
        if (t->client->fd < 0)
            task_cancel(b, t, "cancelled");
    }
}

static void client_read(struct broker *b, struct client *c)
{
    while (c->fd >= 0) {
        json_t *m;
        int fds[WIRE_FDS];
        size_t n;
        enum wire_end end = wire_receive(c->fd, &m, fds, &n);
        if (end == WIRE_AGAIN)
            return;
        if (end != WIRE_OK) {
            if (end == WIRE_BROKEN)
                log_warn("client.broken", "what=datagram");
            client_close(b, c);
            return;
        }
        request(b, c, m, fds, n);
        json_decref(m);
    }
}

static bool in_use(const struct broker *b, const struct client *c)
{
    for (const struct task *t = b->tasks; t; t = t->next)
        if (t->client == c)
            return true;
    return c->fd >= 0;
}

static void client_accept(struct broker *b)
{
    int fd = accept4(b->o.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &b->clients[i];
        if (in_use(b, c))
            continue;
        json_array_clear(c->waiting);
        c->fd = fd;
        return;
    }
    log_warn("client.refused", "why=\"%d are connected\"", CLIENTS_MAX);
    close(fd);
}

/* --- the loop --- */
static int64_t check_deadlines(struct broker *b)
{
    int64_t now = now_ms(), next = -1;
    for (struct task *t = b->tasks, *after; t; t = after) {
        after = t->next;
        if (t->verdict || t->answer)
            continue;
        if (t->deadline <= now)
            task_cancel(b, t, "timeout");
        else if (next < 0 || t->deadline < next)
            next = t->deadline;
    }
    for (struct child *c = b->children; c; c = c->next)
        if (c->kill_at && c->kill_at <= now) {
            kill(-c->pid, SIGKILL);
            c->kill_at = now + 1000;
        }
    for (struct child *c = b->children; c; c = c->next)
        if (c->kill_at && (next < 0 || c->kill_at < next))
            next = c->kill_at;
    return next < 0 ? -1 : next > now ? next - now : 0;
}

static void read_signals(struct broker *b)
{
    struct signalfd_siginfo info;
    while (read(b->signals, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCHLD)
            b->ending = true;
    reap(b);
}

static void loop_once(struct broker *b)
{
    struct pollfd p[POLL_MAX];
    size_t n = 0;
    sweep_gone_clients(b);
    int64_t wait = check_deadlines(b);
    p[n++] = (struct pollfd){.fd = b->signals, .events = POLLIN};
    p[n++] = (struct pollfd){.fd = b->o.listener, .events = POLLIN};
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        p[n++] = (struct pollfd){
            .fd = b->clients[i].fd,
            .events =
                (short)(POLLIN | (b->clients[i].fd >= 0 && json_array_size(b->clients[i].waiting) ? POLLOUT : 0))};
    for (const struct child *c = b->children; c && n < POLL_MAX; c = c->next)
        p[n++] = (struct pollfd){.fd = c->say, .events = POLLIN};
    if (poll(p, (nfds_t)n, (int)wait) < 0)
        return;
    for (struct child *c = b->children; c; c = c->next)
        if (c->say >= 0)
            child_read(b, c);
    if (p[0].revents)
        read_signals(b);
    if (p[1].revents)
        client_accept(b);
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        client_flush(b, &b->clients[i]);
        client_read(b, &b->clients[i]);
    }
    start_waiting(b);
}

static bool open_signals(struct broker *b, struct err *e)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    b->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return b->signals >= 0 || err_sys(e, errno, "signalfd");
}

static void end_children(struct broker *b)
{
    for (struct child *c = b->children; c; c = c->next)
        child_end(c, c->kind->grace_ms);
    for (int64_t until = now_ms() + 2000; b->children && now_ms() < until;) {
        check_deadlines(b);
        struct pollfd p = {.fd = b->signals, .events = POLLIN};
        if (poll(&p, 1, 100) > 0)
            read_signals(b);
    }
    while (b->tasks)
        task_fail(b, b->tasks, "killed", "the worker ends");
}

bool broker_run(const struct broker_options *o, struct err *e)
{
    struct broker *b = xcalloc(1, sizeof *b);
    b->o = *o;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        b->clients[i] = (struct client){.fd = -1, .waiting = json_array()};
    b->clients[0].fd = o->client;
    bool ok = open_signals(b, e);
    while (ok && !b->ending)
        loop_once(b);
    if (ok)
        end_children(b);
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (b->clients[i].fd >= 0)
            close(b->clients[i].fd);
        json_decref(b->clients[i].waiting);
    }
    if (b->signals > 0)
        close(b->signals);
    free(b);
    return ok;
}
