/* The agent's end. A connection that breaks is only marked while frames are handled; the end of a step reaps it and
 * tells `gone` of every request it left open, so that no callback pulls the ground from under another. */
#include "sync/link/wire.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_PEERS   (LINK_SERVER_FDS - 1)
#define MAX_BACKLOG (8u << 20) /* bytes a peer may leave unread before it is dropped */

struct peer {
    struct peer *next; /* link_server.peers */
    struct wire wire;
    bool greeted, dead;
    size_t open;
};

struct link_request {
    struct link_request *next; /* link_server.requests */
    struct link_server *server;
    struct peer *peer;
    json_int_t id;
};

struct link_server {
    char *path, *program, *version;
    int fd;
    unsigned *uids;
    size_t n_uids;
    const struct link_server_ops *ops;
    void *ctx;
    struct peer *peers;
    size_t n_peers;
    struct link_request *requests;
};

static bool unix_address(const char *path, struct sockaddr_un *a, struct err *e)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a->sun_path)
        return err_set(e, ERR_CONFIG, "socket path longer than %zu bytes: %.200s", sizeof a->sun_path - 1, path);
    memcpy(a->sun_path, path, strlen(path));
    return true;
}

/* A socket file may be left over from a process that was killed; one that still answers belongs to somebody. */
static bool clear_path(const struct sockaddr_un *a, struct err *e)
{
    struct stat st;
    if (lstat(a->sun_path, &st) < 0)
        return errno == ENOENT ? true : err_sys(e, errno, "%s", a->sun_path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, ERR_EXISTS, "%s is there and is no socket", a->sun_path);
    AUTOCLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(e, errno, "socket");
    if (connect(fd, (const struct sockaddr *)a, sizeof *a) == 0 || errno == EAGAIN)
        return err_set(e, ERR_BUSY, "%s is served by another process", a->sun_path);
    if (unlink(a->sun_path) < 0 && errno != ENOENT)
        return err_sys(e, errno, "unlink %s", a->sun_path);
    return true;
}

static bool listen_on(const char *path, int *out, struct err *e)
{
    struct sockaddr_un a;
    if (!unix_address(path, &a, e) || !clear_path(&a, e))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(e, errno, "socket");
    /* The mode is set before listen: nobody connects in between. */
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || chmod(path, 0660) < 0 || listen(fd, MAX_PEERS) < 0) {
        err_sys(e, errno, "%s", path);
        close(fd);
        return false;
    }
    *out = fd;
    return true;
}

struct link_server *link_server_create(const char *path, const char *program, const char *version, const unsigned *uids,
                                       size_t n_uids, const struct link_server_ops *ops, void *ctx, struct err *e)
{
    int fd = -1;
    if (!listen_on(path, &fd, e))
        return NULL;
    struct link_server *s = xcalloc(1, sizeof *s);
    s->path = xstrdup(path);
    s->program = xstrdup(program);
    s->version = xstrdup(version);
    s->fd = fd;
    s->uids = xcalloc(n_uids + 1, sizeof *s->uids);
    if (n_uids)
        memcpy(s->uids, uids, n_uids * sizeof *uids);
    s->n_uids = n_uids;
    s->ops = ops;
    s->ctx = ctx;
    return s;
}

static struct link_request **find_request(struct link_server *s, const struct peer *p, json_int_t id)
{
    struct link_request **at = &s->requests;
    while (*at && ((*at)->peer != p || (*at)->id != id))
        at = &(*at)->next;
    return at;
}

/* Tells the owner first: it may still look at r, and lets go of it. */
static void drop_request(struct link_server *s, struct link_request **at)
{
    struct link_request *r = *at;
    *at = r->next;
    r->peer->open--;
    if (s->ops->gone)
        s->ops->gone(s->ctx, r);
    free(r);
}

static void drop_requests_of(struct link_server *s, const struct peer *p)
{
    for (struct link_request **at = &s->requests; *at;) {
        if ((*at)->peer != p) {
            at = &(*at)->next;
            continue;
        }
        drop_request(s, at);
        at = &s->requests; /* gone may have ended others */
    }
}

static void reap(struct link_server *s, bool all)
{
    for (struct peer **at = &s->peers; *at;) {
        struct peer *p = *at;
        if (!p->dead && !all) {
            at = &p->next;
            continue;
        }
        drop_requests_of(s, p);
        *at = p->next;
        s->n_peers--;
        wire_close(&p->wire);
        free(p);
    }
}

void link_server_destroy(struct link_server *s)
{
    if (!s)
        return;
    reap(s, true);
    close(s->fd);
    unlink(s->path);
    free(s->path);
    free(s->program);
    free(s->version);
    free(s->uids);
    free(s);
}

size_t link_server_fds(const struct link_server *s, struct pollfd *out, size_t max)
{
    size_t n = 0;
    if (s->n_peers < MAX_PEERS && n < max)
        out[n++] = (struct pollfd){.fd = s->fd, .events = POLLIN};
    for (const struct peer *p = s->peers; p && n < max; p = p->next) {
        short events = (short)(POLLIN | (wire_pending(&p->wire) ? POLLOUT : 0));
        out[n++] = (struct pollfd){.fd = p->wire.fd, .events = events};
    }
    return n;
}

static bool uid_allowed(const struct link_server *s, uid_t uid)
{
    if (uid == geteuid())
        return true;
    for (size_t i = 0; i < s->n_uids; i++)
        if (s->uids[i] == uid)
            return true;
    return false;
}

static void accept_peers(struct link_server *s)
{
    while (s->n_peers < MAX_PEERS) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return;
        struct ucred who;
        socklen_t size = sizeof who;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || !uid_allowed(s, who.uid)) {
            log_warn("link.peer.refused", "uid=%ld", (long)who.uid);
            close(fd);
            continue;
        }
        struct peer *p = xcalloc(1, sizeof *p);
        wire_open(&p->wire, fd);
        (void)wire_hello(&p->wire, s->program, s->version);
        p->next = s->peers;
        s->peers = p;
        s->n_peers++;
    }
}

/* Appends a frame for the peer; one that reads nothing for megabytes is not alive. */
static bool queue_frame(struct peer *p, const json_t *frame)
{
    if (p->dead)
        return true;
    if (!link_frame(&p->wire.out, frame))
        return false;
    if (p->wire.out.len - p->wire.out_at > MAX_BACKLOG) {
        log_warn("link.peer.dropped", "unread=%zu", p->wire.out.len - p->wire.out_at);
        p->dead = true;
    }
    return true;
}

static void end_request(struct link_request *r, json_t *frame)
{
    struct link_server *s = r->server;
    json_object_set_new(frame, "id", json_integer(r->id));
    if (!queue_frame(r->peer, frame)) {
        json_t *too_large = json_pack("{s:I, s:b, s:{s:s, s:i}}", "id", r->id, "ok", 0, "problem", "title",
                                      "link.too_large", "status", 413);
        (void)queue_frame(r->peer, too_large);
        json_decref(too_large);
    }
    json_decref(frame);
    struct link_request **at = find_request(s, r->peer, r->id);
    *at = r->next;
    r->peer->open--;
    free(r);
}

void link_answer(struct link_request *r, const json_t *body)
{
    json_t *frame = wire_object(body);
    json_object_set_new(frame, "ok", json_true());
    end_request(r, frame);
}

void link_refuse_problem(struct link_request *r, const json_t *problem)
{
    end_request(r, json_pack("{s:b, s:o}", "ok", 0, "problem", wire_object(problem)));
}

void link_refuse(struct link_request *r, const char *title, int status, const char *detail)
{
    json_t *problem = json_pack("{s:s, s:i}", "title", title, "status", status);
    if (detail)
        json_object_set_new(problem, "detail", json_string(detail));
    link_refuse_problem(r, problem);
    json_decref(problem);
}

void link_news(struct link_server *s, const char *what, const json_t *body)
{
    json_t *frame = wire_object(body);
    json_object_set_new(frame, "news", json_string(what));
    for (struct peer *p = s->peers; p; p = p->next)
        if (p->greeted && !queue_frame(p, frame))
            log_warn("link.news.too_large", "what=%s", what);
    json_decref(frame);
}

static bool take_request(struct link_server *s, struct peer *p, const json_t *frame, struct err *e)
{
    const json_t *id = json_object_get(frame, "id");
    const char *op = json_string_value(json_object_get(frame, "op"));
    if (!json_is_integer(id) || !op)
        return err_set(e, ERR_FORMAT, "neither a request nor a cancel");
    if (*find_request(s, p, json_integer_value(id)))
        return err_set(e, ERR_FORMAT, "request id %lld is open already", (long long)json_integer_value(id));
    struct link_request *r = xcalloc(1, sizeof *r);
    *r = (struct link_request){s->requests, s, p, json_integer_value(id)};
    s->requests = r;
    p->open++;
    if (p->open > LINK_MAX_OPEN)
        link_refuse(r, "link.too_many", 429, "too many open requests");
    else
        s->ops->request(s->ctx, r, op, frame);
    return true;
}

static bool take_frame(struct link_server *s, struct peer *p, const json_t *frame, struct err *e)
{
    if (!p->greeted) {
        p->greeted = wire_check_hello(&p->wire, frame, e);
        return p->greeted;
    }
    const char *reason = json_string_value(json_object_get(frame, "close"));
    if (reason)
        return err_set(e, ERR_DENIED, "the peer closed: %.200s", reason);
    const json_t *cancel = json_object_get(frame, "cancel");
    if (!cancel)
        return take_request(s, p, frame, e);
    if (!json_is_integer(cancel))
        return err_set(e, ERR_FORMAT, "cancel wants the id of a request");
    struct link_request **at = find_request(s, p, json_integer_value(cancel));
    if (*at) /* else its answer is on the way already */
        drop_request(s, at);
    return true;
}

static void take_input(struct link_server *s, struct peer *p)
{
    bool alive = wire_read(&p->wire);
    json_t *frame;
    struct err e = {0};
    int got;
    while (!p->dead && (got = link_framer_next(&p->wire.in, &frame, &e)) != 0) {
        if (got > 0) {
            bool good = take_frame(s, p, frame, &e);
            json_decref(frame);
            if (good)
                continue;
        }
        log_warn("link.peer.closed", "why=\"%s\"", e.text);
        if (got < 0 || (p->greeted && e.code != ERR_DENIED))
            wire_refuse(&p->wire, e.text);
        p->dead = true;
    }
    if (!alive)
        p->dead = true;
}

void link_server_step(struct link_server *s, const struct pollfd *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!fds[i].revents)
            continue;
        if (fds[i].fd == s->fd) {
            accept_peers(s);
            continue;
        }
        for (struct peer *p = s->peers; p; p = p->next)
            if (p->wire.fd == fds[i].fd && (fds[i].revents & (POLLIN | POLLHUP | POLLERR)))
                take_input(s, p);
    }
    for (struct peer *p = s->peers; p; p = p->next)
        if (!p->dead && !wire_flush(&p->wire))
            p->dead = true;
    reap(s, false);
}
