#include "sync/agent/watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

bool watch_open(struct watch *w, const char *store_dir, const char *agent_dir, struct err *e)
{
    *w = (struct watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    if (w->fd < 0)
        return err_sys(e, errno, "inotify");
    w->store = inotify_add_watch(w->fd, store_dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
    w->agent = inotify_add_watch(w->fd, agent_dir, IN_CREATE | IN_MOVED_TO);
    if (w->store < 0 || w->agent < 0) {
        err_sys(e, errno, "inotify: %s", w->store < 0 ? store_dir : agent_dir);
        watch_close(w);
        return false;
    }
    return true;
}

void watch_close(struct watch *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

struct watched watch_read(struct watch *w)
{
    _Alignas(struct inotify_event) char bytes[4096];
    struct watched seen = {0};
    ssize_t n;
    while ((n = read(w->fd, bytes, sizeof bytes)) > 0) {
        for (char *p = bytes; p < bytes + n;) {
            const struct inotify_event *ev = (const void *)p;
            p += sizeof *ev + ev->len;
            if (ev->mask & IN_Q_OVERFLOW)
                seen = (struct watched){true, true};
            if (ev->wd == w->store && ev->len && !strcmp(ev->name, "bulu.db-wal"))
                seen.store = true;
            if (ev->wd == w->agent && ev->len && !strcmp(ev->name, "identity"))
                seen.identity = true;
        }
    }
    return seen;
}
