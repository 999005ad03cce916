/* watch.h — the kernel tells when the app wrote into the store (bulu.db-wal) or a new identity was put in place. No
 * polling. */
#ifndef BULU_AGENT_WATCH_H
#define BULU_AGENT_WATCH_H

#include "sync/base/err.h"

struct watch {
    int fd, store, agent;
};
bool watch_open(struct watch *w, const char *store_dir, const char *agent_dir, struct err *e) WARN_UNUSED;
void watch_close(struct watch *w);
struct watched {
    bool store, identity;
};
/* Reads all events there are. */
struct watched watch_read(struct watch *w);

#endif
