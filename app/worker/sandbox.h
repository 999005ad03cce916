/* sandbox.h — what a child may do, as data: limits, system calls (seccomp allow-list) and paths (Landlock). Linux only.
 * Calls are compiled once in the broker; a child enters in some tens of microseconds. Where the kernel has no Landlock
 * or no seccomp the broker says so once, and refuses to start when it was told to require them. */
#ifndef BULU_WORKER_SANDBOX_H
#define BULU_WORKER_SANDBOX_H

#include "sync/base/err.h"

#include <stddef.h>
#include <stdint.h>

enum sandbox_calls {
    CALLS_DECODER, /* read, write, allocate, exit; anything else ends the process */
    CALLS_PROGRAM, /* fork and exec poppler's programs, open what Landlock allows; no socket */
    CALLS_DEVICE,  /* threads, ioctl, open what Landlock allows; no exec, no socket */
    CALLS_NETWORK, /* as CALLS_DEVICE, and sockets to an address */
    CALLS_PORT,    /* as CALLS_DECODER, and talk over a descriptor that is open: poll, ioctl */
    CALLS_COUNT
};
enum sandbox_access { PATH_READ, PATH_RUN /* read and exec */, PATH_DEVICE /* read, write, ioctl */ };
struct sandbox_path {
    const char *path; /* a missing one is skipped */
    enum sandbox_access access;
};
struct sandbox {
    enum sandbox_calls calls;
    const struct sandbox_path *paths; /* ends with path NULL; may be NULL: no file at all */
    bool read_own_config;             /* SANE_CONFIG_DIR may be read */
};
struct sandbox_limits {
    size_t memory; /* bytes of address space on top of what the broker maps */
    size_t output; /* bytes of any one file written */
    int64_t cpu_ms;
};

struct sandbox_support {
    int landlock; /* the kernel's ABI; 0: none */
    bool seccomp;
    char why[160]; /* what is missing and why, "" when nothing is */
};
/* In the broker, before the first child. Returns false when a filter cannot be built at all. */
bool sandbox_prepare(struct sandbox_support *s, struct err *e) WARN_UNUSED;
/* In the child: from here on only what the table allows. */
bool sandbox_enter(const struct sandbox *what, const struct sandbox_limits *limits, struct err *e) WARN_UNUSED;

#endif
