/* link.h — the local socket app ⇄ agent (protocols/link): u32 big-endian length (≤ 1 MiB) + UTF-8 JSON object.
 * Both ends are non-blocking objects that a poll loop feeds; nothing durable depends on the link. One thread each. */
#ifndef BULU_LINK_LINK_H
#define BULU_LINK_LINK_H

#include "sync/base/str.h"

#include <jansson.h>
#include <poll.h>

#define LINK_MAX_FRAME (1u << 20)

#define LINK_VERSION   1 /* the major version in "hello" */
#define LINK_MAX_DEPTH 32
#define LINK_MAX_OPEN  64 /* open requests of one peer */

/* --- framing: (bytes, length) in, objects out --- */
struct link_framer {
    struct str in;
    size_t at; /* consumed so far */
};
void link_framer_finish(struct link_framer *f);
void link_framer_feed(struct link_framer *f, const void *bytes, size_t len);
/* 1: *out is a frame (caller decrefs); 0: more bytes are needed; -1: not this protocol (e says why), close. */
int link_framer_next(struct link_framer *f, json_t **out, struct err *e);
/* Appends the framed bytes; false, and nothing appended, when they would be more than LINK_MAX_FRAME. */
bool link_frame(struct str *out, const json_t *object);

/* --- client: the app --- */
struct link_client;
struct link_client_ops {
    void (*connected)(void *ctx, bool connected); /* the agent is there, or went away */
    void (*news)(void *ctx, const char *what, const json_t *body);
};
/* Connects to path, and again (back-off, at once for a request) whenever the agent comes back. program and version are
 * copied; ops and ctx are kept by pointer. Callbacks run inside link_client_step only, so that a request never answers
 * before it returned. */
struct link_client *link_client_create(const char *path, const char *program, const char *version,
                                       const struct link_client_ops *ops, void *ctx);
void link_client_destroy(struct link_client *c);
/* For poll: fd (-1: none now), the events wanted, and the monotonic deadline in ms of the next step (-1: none). */
int link_client_fd(const struct link_client *c, short *events, int64_t *deadline_ms);
void link_client_step(struct link_client *c, short revents, int64_t mono_ms);
/* Sends {"op":op,…body} (body may be NULL; borrowed). answer is called once: with ok and the answer, or ok=false and a
 * problem object
 * ({"title":…,"status":…}; "link.down" on loss of the link, "link.timeout" after timeout_ms, "link.too_large"). Returns
 * the request's id for cancel. */
int link_client_request(struct link_client *c, const char *op, const json_t *body, int64_t timeout_ms,
                        void (*answer)(void *ctx, bool ok, const json_t *body), void *ctx);
void link_client_cancel(struct link_client *c,
                        int id); /* its answer is not called any more; an unknown id is ignored */
bool link_client_connected(const struct link_client *c);

/* --- server: the agent; listens on path (mode 0660), peers checked by SO_PEERCRED (uids allowed; same uid always) ---
 */
struct link_server;
struct link_request;
struct link_server_ops {
    /* Answer with link_answer or link_refuse, now or later; a request that was cancelled or whose peer went is told by
     * gone. */
    void (*request)(void *ctx, struct link_request *r, const char *op, const json_t *body);
    void (*gone)(void *ctx, struct link_request *r);
};
struct link_server *link_server_create(const char *path, const char *program, const char *version, const unsigned *uids,
                                       size_t n_uids, const struct link_server_ops *ops, void *ctx,
                                       struct err *e) WARN_UNUSED;
void link_server_destroy(struct link_server *s);
/* Fills what poll needs; LINK_SERVER_FDS entries always suffice. */
#define LINK_SERVER_FDS 17
size_t link_server_fds(const struct link_server *s, struct pollfd *out, size_t max);
void link_server_step(struct link_server *s, const struct pollfd *fds, size_t n);
void link_answer(struct link_request *r, const json_t *body);                                /* ends r */
void link_refuse(struct link_request *r, const char *title, int status, const char *detail); /* RFC 9457; ends r */
void link_refuse_problem(struct link_request *r, const json_t *problem);     /* the same with a whole problem object */
void link_news(struct link_server *s, const char *what, const json_t *body); /* to all */

#endif
