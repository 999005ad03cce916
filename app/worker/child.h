/* child.h — one job's process: descriptors sorted out, prepared, locked in, run. */
#ifndef BULU_WORKER_CHILD_H
#define BULU_WORKER_CHILD_H

#include "app/worker/kinds.h"

#include <sys/types.h>

struct child_start {
    const struct kind *kind;
    const json_t *args; /* NULL for a persistent child: its requests come over the socket */
    int number;
    int in, out; /* -1: none */
    size_t len;  /* of the input */
    struct sandbox_limits limits;
    bool selftest; /* {"selftest":…} in args is obeyed: tests only */
};
/* Forks. Returns the child's pid and the broker's end of its socket, or -1 with e set. */
pid_t child_start(const struct child_start *s, int *say, struct err *e);

#endif
