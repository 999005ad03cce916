/* The order in sandbox_enter matters: limits, then Landlock (which needs open), then seccomp (which takes open away).
 */
#include "app/worker/sandbox.h"

#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static struct sandbox_support support;
static struct sock_fprog filters[CALLS_COUNT];

/* What computing on memory needs, and no more. */
static const char *const calls_decoder[] = {"read",
                                            "write",
                                            "pread64",
                                            "pwrite64",
                                            "readv",
                                            "writev",
                                            "lseek",
                                            "ftruncate",
                                            "close",
                                            "fstat",
                                            "munmap",
                                            "mremap",
                                            "madvise",
                                            "brk",
                                            "futex",
                                            "getrandom",
                                            "sched_yield",
                                            "clock_gettime",
                                            "clock_nanosleep",
                                            "gettimeofday",
                                            "nanosleep",
                                            "getpid",
                                            "gettid",
                                            "tgkill",
                                            "rt_sigaction",
                                            "rt_sigprocmask",
                                            "rt_sigreturn",
                                            "sigaltstack",
                                            "restart_syscall",
                                            "exit",
                                            "exit_group",
                                            "getrusage",
                                            "times",
                                            NULL};
/* Starting a program, its loader and libc, fonts. Which files: Landlock says. */
static const char *const calls_program[] = {"open",
                                            "openat",
                                            "access",
                                            "faccessat",
                                            "faccessat2",
                                            "stat",
                                            "lstat",
                                            "newfstatat",
                                            "statx",
                                            "readlink",
                                            "readlinkat",
                                            "getdents64",
                                            "getcwd",
                                            "statfs",
                                            "fstatfs",
                                            "fcntl",
                                            "fadvise64",
                                            "dup",
                                            "dup2",
                                            "dup3",
                                            "pipe",
                                            "pipe2",
                                            "ioctl",
                                            "poll",
                                            "ppoll",
                                            "uname",
                                            "sysinfo",
                                            "arch_prctl",
                                            "prlimit64",
                                            "getrlimit",
                                            "set_tid_address",
                                            "set_robust_list",
                                            "rseq",
                                            "prctl",
                                            "getuid",
                                            "geteuid",
                                            "getgid",
                                            "getegid",
                                            "getppid",
                                            "getpgrp",
                                            "clone",
                                            "clone3",
                                            "fork",
                                            "vfork",
                                            "wait4",
                                            "waitid",
                                            "kill",
                                            "sched_getaffinity",
                                            "membarrier",
                                            "umask",
                                            "clock_getres",
                                            NULL};
static const char *const calls_exec[] = {"execve", NULL};
static const char *const calls_device[] = {"select",
                                           "pselect6",
                                           "eventfd2",
                                           "timerfd_create",
                                           "timerfd_settime",
                                           "timerfd_gettime",
                                           "epoll_create1",
                                           "epoll_ctl",
                                           "epoll_wait",
                                           "epoll_pwait",
                                           "flock",
                                           "mkdir",
                                           "unlink",
                                           "inotify_init1",
                                           "inotify_add_watch",
                                           "setpgid",
                                           "sched_setscheduler",
                                           "sched_getparam",
                                           "sched_getscheduler",
                                           "alarm",
                                           "setitimer",
                                           "chdir",
                                           "getpgid",
                                           "inotify_rm_watch",
                                           "sched_get_priority_max",
                                           "sched_get_priority_min",
                                           NULL};
static const char *const calls_network[] = {
    "socket", "connect",     "sendto",      "recvfrom",   "sendmsg",    "recvmsg",  "sendmmsg",   "recvmmsg",
    "bind",   "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown", "socketpair", NULL};

static const char *const calls_port[] = {"poll", "ppoll", "ioctl", NULL};

static const char *const *const call_lists[CALLS_COUNT][4] = {
    [CALLS_DECODER] = {calls_decoder},
    [CALLS_PROGRAM] = {calls_decoder, calls_program, calls_exec},
    [CALLS_DEVICE] = {calls_decoder, calls_program, calls_device},
    [CALLS_NETWORK] = {calls_decoder, calls_program, calls_device, calls_network},
    [CALLS_PORT] = {calls_decoder, calls_port},
};

static bool allow(scmp_filter_ctx ctx, const char *const *names, struct err *e)
{
    for (; *names; names++) {
        int nr = seccomp_syscall_resolve_name(*names);
        if (nr == __NR_SCMP_ERROR)
            return err_set(e, ERR_INTERNAL, "seccomp: unknown call %s", *names);
        if (nr < 0)
            continue; /* this architecture has not got it */
        int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
        if (rc < 0)
            return err_sys(e, -rc, "seccomp: allowing %s", *names);
    }
    return true;
}

/* libseccomp can hand its program over only through a descriptor. */
static bool export_filter(scmp_filter_ctx ctx, struct sock_fprog *out, struct err *e)
{
    AUTOCLOSE int fd = memfd_create("seccomp", MFD_CLOEXEC);
    int rc = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);
    off_t size = rc < 0 ? 0 : lseek(fd, 0, SEEK_END);
    if (rc < 0 || size <= 0)
        return err_sys(e, -rc, "seccomp: exporting the filter");
    struct sock_filter *code = xmalloc((size_t)size);
    if (pread(fd, code, (size_t)size, 0) != size) {
        free(code);
        return err_set(e, ERR_INTERNAL, "seccomp: short filter");
    }
    *out = (struct sock_fprog){.len = (unsigned short)((size_t)size / sizeof *code), .filter = code};
    return true;
}

/* Memory may be made executable only where a loader must. */
static bool allow_memory(scmp_filter_ctx ctx, bool executable, struct err *e)
{
    static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        int rc = executable
                     ? seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0)
                     : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        if (rc < 0)
            return err_sys(e, -rc, "seccomp: allowing memory");
    }
    return true;
}

static bool confined(enum sandbox_calls which)
{
    return which == CALLS_DECODER || which == CALLS_PORT;
}

static bool build_filter(enum sandbox_calls which, struct err *e)
{
    /* A decoder that asks for more is broken into: it ends. Programs and drivers ask in vain for many things they can
     * do without. */
    scmp_filter_ctx ctx = seccomp_init(confined(which) ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
    if (!ctx)
        return err_set(e, ERR_INTERNAL, "seccomp_init failed");
    bool ok = allow_memory(ctx, !confined(which), e);
    for (size_t i = 0; ok && i < 4 && call_lists[which][i]; i++)
        ok = allow(ctx, call_lists[which][i], e);
    ok = ok && export_filter(ctx, &filters[which], e);
    seccomp_release(ctx);
    return ok;
}

static long landlock_create(const struct landlock_ruleset_attr *attr, size_t size, unsigned flags)
{
    return syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

bool sandbox_prepare(struct sandbox_support *s, struct err *e)
{
    memset(&support, 0, sizeof support);
    long abi = landlock_create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    size_t n = 0;
    if (abi > 0)
        support.landlock = (int)abi;
    else
        n += (size_t)snprintf(support.why, sizeof support.why, "no Landlock: %s; ", strerror(errno));
    /* With a null filter the kernel answers EFAULT when it knows the operation. */
    support.seccomp = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT;
    if (!support.seccomp)
        snprintf(support.why + n, sizeof support.why - n, "no seccomp filter: %s; ", strerror(errno));
    if (support.seccomp)
        for (int i = 0; i < CALLS_COUNT; i++)
            if (!build_filter((enum sandbox_calls)i, e))
                return false;
    *s = support;
    return true;
}

static bool limit(int what, rlim_t value, const char *name, struct err *e)
{
    struct rlimit r = {value, value};
    return setrlimit((__rlimit_resource_t)what, &r) == 0 || err_sys(e, errno, "limit %s", name);
}

static bool set_limits(const struct sandbox_limits *l, struct err *e)
{
    rlim_t cpu = (rlim_t)(l->cpu_ms / 1000 + 1);
    if (!limit(RLIMIT_CORE, 0, "core", e) || !limit(RLIMIT_CPU, cpu, "cpu", e) ||
        !limit(RLIMIT_FSIZE, l->output ? l->output : 1, "output", e) || !limit(RLIMIT_NOFILE, 256, "files", e))
        return false;
    /* A sanitizer maps terabytes of shadow: there the limit cannot be counted in address space. */
    return SANITIZED || limit(RLIMIT_AS, l->memory + (256u << 20), "memory", e);
}

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

static uint64_t landlock_known(int abi)
{
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (abi >= 2)
        all |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= 5)
        all |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    return all;
}

static bool landlock_add(int ruleset, const char *path, enum sandbox_access access, uint64_t known, struct err *e)
{
    static const uint64_t rights[] = {
        [PATH_READ] = ACCESS_READ,
        [PATH_RUN] = ACCESS_READ | LANDLOCK_ACCESS_FS_EXECUTE,
        [PATH_DEVICE] = ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_IOCTL_DEV,
    };
    AUTOCLOSE int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return true;
    uint64_t allowed = rights[access] & known;
    struct landlock_path_beneath_attr rule = {.allowed_access = allowed, .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
        return true;
    rule.allowed_access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR; /* a file takes no rights of a directory */
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
           err_sys(e, errno, "landlock: %s", path);
}

static bool enter_landlock(const struct sandbox *what, struct err *e)
{
    uint64_t known = landlock_known(support.landlock);
    struct landlock_ruleset_attr attr = {.handled_access_fs = known};
    AUTOCLOSE int ruleset = (int)landlock_create(&attr, sizeof attr.handled_access_fs, 0);
    if (ruleset < 0)
        return err_sys(e, errno, "landlock");
    for (const struct sandbox_path *p = what->paths; p && p->path; p++)
        if (!landlock_add(ruleset, p->path, p->access, known, e))
            return false;
    const char *config = what->read_own_config ? getenv("SANE_CONFIG_DIR") : NULL;
    if (config && !landlock_add(ruleset, config, PATH_READ, known, e))
        return false;
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 || err_sys(e, errno, "landlock: restricting");
}

bool sandbox_enter(const struct sandbox *what, const struct sandbox_limits *limits, struct err *e)
{
    if (!set_limits(limits, e))
        return false;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_sys(e, errno, "no_new_privs");
    if (support.landlock && !enter_landlock(what, e))
        return false;
    if (support.seccomp && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filters[what->calls], 0, 0) < 0)
        return err_sys(e, errno, "seccomp");
    return true;
}
