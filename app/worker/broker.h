/* broker.h — requests from clients, a locked child for each, answers back: the loop of bulu-worker. One thread, never
 * blocks on a child. */
#ifndef BULU_WORKER_BROKER_H
#define BULU_WORKER_BROKER_H

#include "sync/base/err.h"

struct broker_options {
    int client;           /* a connected seqpacket socket: serve it and end with it; or -1 */
    int listener;         /* a listening seqpacket socket; or -1 */
    const char *run_dir;  /* for SANE's configuration folders; made when missing */
    const char *sane_dir; /* a folder prepared by the operator; NULL: made in run_dir, a backend each */
    bool selftest;
};
/* Until SIGTERM, SIGINT or the end of its only client. Returns false when the loop cannot run. */
bool broker_run(const struct broker_options *o, struct err *e) WARN_UNUSED;

#endif
