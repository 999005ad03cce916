/* wire.h — what both ends of the link share: a non-blocking socket with frames in and bytes out. Private to sync/link.
 */
#ifndef BULU_LINK_WIRE_H
#define BULU_LINK_WIRE_H

#include "sync/link/link.h"

struct wire {
    int fd; /* -1: closed */
    struct link_framer in;
    struct str out;
    size_t out_at; /* already written */
};

void wire_open(struct wire *w, int fd);
void wire_close(struct wire *w);
/* Reads what is there, a bounded amount. false: the peer is gone; what came before is still in the framer. */
bool wire_read(struct wire *w);
/* Writes what the socket takes. false: the peer is gone. */
bool wire_flush(struct wire *w);
static inline bool wire_pending(const struct wire *w)
{
    return w->out.len > w->out_at;
}
bool wire_hello(struct wire *w, const char *program, const char *version);
/* Is this the peer's first frame, of a version that we speak? If not, why says so and {"close":why} waits to be
 * written. */
bool wire_check_hello(struct wire *w, const json_t *frame, struct err *why);
/* {"close":reason}, written at once if the socket takes it. */
void wire_refuse(struct wire *w, const char *reason);
/* A new object {key: value…} with body's members copied in; body may be NULL. Caller decrefs. */
json_t *wire_object(const json_t *body);

#endif
