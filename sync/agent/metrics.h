/* metrics.h — GET /metrics of this kiosk, for whoever collects figures on the machine itself: Prometheus text on
 * 127.0.0.1 only, off unless [agent] metrics_port is set. Queue, connection, store, devices; nothing personal. One caller
 * at a time: a newer one takes the place of one that says nothing. */
#ifndef BULU_AGENT_METRICS_H
#define BULU_AGENT_METRICS_H

#include "sync/base/str.h"

struct agent;

struct metrics_door {
    int listener, caller; /* -1: none */
    size_t got;
    char request[512]; /* its first bytes; the first line is all that is read */
};
/* port 0: stays shut. */
bool metrics_open(struct metrics_door *d, int port, struct err *e) WARN_UNUSED;
void metrics_close(struct metrics_door *d);
/* For poll: the descriptors that want reading; returns how many (0–2). */
size_t metrics_fds(const struct metrics_door *d, int fds[2]);
/* After a poll; reads, answers, never blocks. */
void metrics_step(struct metrics_door *d, struct agent *a);

/* The text; false when the store cannot be read. */
bool metrics_write(struct agent *a, struct str *out, struct err *e) WARN_UNUSED;

#endif
