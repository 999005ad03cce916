#include "app/worker/child.h"

#include "app/worker/wire.h"
#include "sync/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Everything of the broker and of other jobs is closed; what is left has fixed numbers. */
static bool sort_descriptors(const struct child_start *s, int say)
{
    const int want[3] = {say, s->in, s->out}, number[3] = {JOB_FD_SAY, JOB_FD_IN, JOB_FD_OUT};
    int high[3];
    for (int i = 0; i < 3; i++) {
        high[i] = want[i] < 0 ? -1 : fcntl(want[i], F_DUPFD, 64);
        if (want[i] >= 0 && high[i] < 0)
            return false;
    }
    for (int i = 0; i < 3; i++)
        if (high[i] < 0)
            close(number[i]);
        else if (dup2(high[i], number[i]) < 0)
            return false;
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO); /* a library's chatter may hold what a person typed, and a log file is past the
                                      output limit */
    }
    return close_range(JOB_FD_OUT + 1, ~0u, 0) == 0;
}

static void say_answer(const struct job *j, json_t *result, const struct fault *f)
{
    json_t *m = result
                    ? json_pack("{s:i,s:b,s:o}", "job", j->number, "ok", 1, "result", result)
                    : json_pack("{s:i,s:b,s:s,s:s}", "job", j->number, "ok", 0, "error", f->error, "detail", f->detail);
    if (!m)
        _exit(3);
    job_say(j, m);
    json_decref(m);
}

static json_t *run(const struct child_start *s, const struct job *j, struct fault *f)
{
    const char *hostile = s->selftest ? job_text(j, "selftest", NULL) : NULL;
    return hostile ? job_selftest(j, hostile, f) : s->kind->run(j, f);
}

/* A persistent child: requests in, answers out, until the broker closes the socket. */
static void serve(const struct child_start *s, struct job *j)
{
    static char text[WIRE_MAX];
    for (;;) {
        ssize_t n = read(JOB_FD_SAY, text, sizeof text);
        if (n < 0 && errno == EINTR)
            continue;
        json_t *request = n > 0 ? json_loadb(text, (size_t)n, 0, NULL) : NULL;
        if (!request)
            return;
        struct fault f = {.error = "refused"};
        j->number = (int)json_integer_value(json_object_get(request, "job"));
        j->args = json_object_get(request, "args");
        say_answer(j, run(s, j, &f), &f);
        json_decref(request);
    }
}

static bool map_input(const struct child_start *s, struct job *j, struct fault *f)
{
    if (s->in < 0)
        return true;
    static const unsigned char nothing[1];
    j->in = nothing;
    if (s->len == 0)
        return true;
    void *p = mmap(NULL, s->len, PROT_READ, MAP_PRIVATE, JOB_FD_IN, 0);
    if (p == MAP_FAILED)
        return fault_set(f, "refused", "mapping the input: %s", strerror(errno));
    j->in = p;
    j->len = s->len;
    return true;
}

static _Noreturn void child_main(const struct child_start *s, int say, pid_t broker)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != broker || !sort_descriptors(s, say))
        _exit(3);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_NAME, s->kind->name, 0, 0, 0);
    json_t *empty = json_object();
    struct job j = {.args = s->args ? s->args : empty,
                    .number = s->number,
                    .has_output = s->out >= 0,
                    .output_max = s->limits.output};
    struct fault f = {.error = "refused"};
    struct err e = {0};
    if (!map_input(s, &j, &f) || (s->kind->prepare && !s->kind->prepare(&j, &f))) {
        say_answer(&j, NULL, &f);
        _exit(2);
    }
    if (!sandbox_enter(kind_sandbox(s->kind, &j), &s->limits, &e)) {
        fault_set(&f, "refused", "sandbox: %.140s", e.text);
        say_answer(&j, NULL, &f);
        _exit(2);
    }
    if (s->kind->persistent)
        serve(s, &j);
    else
        say_answer(&j, run(s, &j, &f), &f);
    if (s->kind->finish)
        s->kind->finish();
    _exit(0);
}

pid_t child_start(const struct child_start *s, int *say, struct err *e)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        err_sys(e, errno, "socketpair");
        return -1;
    }
    pid_t broker = getpid();
    pid_t pid = fork();
    if (pid == 0)
        child_main(s, pair[1], broker);
    close(pair[1]);
    if (pid < 0) {
        err_sys(e, errno, "fork");
        close(pair[0]);
        return -1;
    }
    setpgid(pid, pid); /* here too: a cancel may come before the child has run */
    *say = pair[0];
    return pid;
}
