/* bulu-worker: locked children for untrusted bytes and for devices (protocols/worker). */
#include "app/worker/broker.h"
#include "app/worker/sandbox.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
    "bulu-worker: runs decoders and devices in locked children\n"
    "  --fd N           serve the connected seqpacket socket N and end with it (the kiosk starts it so in "
    "development)\n"
    "  --listen PATH    listen on a unix seqpacket socket; without either: the socket systemd hands over\n"
    "  --run-dir DIR    for SANE's configuration folders (default: $RUNTIME_DIRECTORY, else a folder in $TMPDIR, "
    "removed at the end)\n"
    "  --sane-dir DIR   a SANE configuration folder prepared by the operator, instead of one made for each backend\n"
    "  --sandbox WORD   prefer (default: a kernel without Landlock or seccomp is reported) | require (it is refused)\n"
    "  --selftest       jobs obey {\"selftest\":…} in their arguments: tests only\n"
    "  --help\n"
    "exit: 0 done, 1 failed, 2 usage\n";

static int listen_on(const char *path, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path) {
        err_set(e, ERR_LIMIT, "%s: too long for a socket", path);
        return -1;
    }
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(path);
    mode_t old = umask(0117);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 8) == 0) {
        umask(old);
        return fd;
    }
    umask(old);
    err_sys(e, errno, "listening on %s", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* sd_listen_fds(3): the first handed-over socket is number 3, and only ours when the pid says so. */
static int systemd_socket(void)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
    if (!pid || !n || atol(pid) != (long)getpid() || atoi(n) < 1)
        return -1;
    fcntl(3, F_SETFD, FD_CLOEXEC);
    fcntl(3, F_SETFL, O_NONBLOCK);
    return 3;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static bool run_in(struct broker_options *o, struct err *e)
{
    const char *given = o->run_dir ? o->run_dir : getenv("RUNTIME_DIRECTORY");
    if (given) {
        o->run_dir = given;
        return dir_make(given, 0700, e) && broker_run(o, e);
    }
    const char *tmp = getenv("TMPDIR");
    AUTOFREE char *own = xasprintf("%s/bulu-worker-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(own))
        return err_sys(e, errno, "%s", own);
    o->run_dir = own;
    bool ok = broker_run(o, e);
    nftw(own, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return ok;
}

static bool check_sandbox(bool require, struct err *e)
{
    struct sandbox_support s;
    if (!sandbox_prepare(&s, e))
        return false;
    if (s.why[0] && require)
        return err_set(e, ERR_STATE, "the sandbox is required, and this kernel lacks it: %s", s.why);
    if (s.why[0])
        log_warn("sandbox.partly", "jobs run with less protection: %s", s.why);
    else
        log_info("sandbox.ready", "landlock=%d seccomp=yes", s.landlock);
    return true;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"fd", required_argument, NULL, 'f'},      {"listen", required_argument, NULL, 'l'},
        {"run-dir", required_argument, NULL, 'r'}, {"sane-dir", required_argument, NULL, 's'},
        {"sandbox", required_argument, NULL, 'x'}, {"selftest", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    struct broker_options o = {.client = -1, .listener = -1};
    const char *path = NULL;
    bool require = false;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (c) {
        case 'f':
            o.client = atoi(optarg);
            break;
        case 'l':
            path = optarg;
            break;
        case 'r':
            o.run_dir = optarg;
            break;
        case 's':
            o.sane_dir = optarg;
            break;
        case 'x':
            require = !strcmp(optarg, "require");
            break;
        case 't':
            o.selftest = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    log_init("bulu-worker", LOG_INFO);
    struct err e = {0};
    json_object_seed(0); /* it opens /dev/urandom: not in a locked child */
    if (o.client < 0)
        o.listener = path ? listen_on(path, &e) : systemd_socket();
    if (o.client < 0 && o.listener < 0) {
        fprintf(stderr, "%s\n%s", e.text, usage);
        return e.code ? 1 : 2;
    }
    int last = o.client > o.listener ? o.client : o.listener;
    close_range((unsigned)last + 1, ~0u, 0);
    if (o.client >= 0)
        fcntl(o.client, F_SETFD, FD_CLOEXEC);
    if (check_sandbox(require, &e) && run_in(&o, &e))
        return 0;
    log_error("worker.end", "why=\"%s\"", e.text);
    return 1;
}
