/* wire.h — one datagram of protocols/worker: a JSON object and up to two descriptors over a seqpacket socket. Used by
 * the door, the broker and its children. A request's descriptors: the input first (only when the request has "input":
 * bytes), then the output. */
#ifndef BULU_WORKER_WIRE_H
#define BULU_WORKER_WIRE_H

#include "sync/base/err.h"

#include <jansson.h>
#include <stddef.h>

#define WIRE_MAX 65536 /* bytes of a datagram */
#define WIRE_FDS 2

/* Indexed by enum worker_kind. */
extern const char *const worker_kind_names[];
/* The words an answer may give as "error"; ends with NULL. */
extern const char *const worker_errors[];
bool worker_error_known(const char *word);

enum wire_end {
    WIRE_OK,
    WIRE_AGAIN,  /* nothing there, or the socket is full: later */
    WIRE_CLOSED, /* the peer went */
    WIRE_BROKEN  /* not this protocol: too long, not a JSON object, too many descriptors */
};
enum wire_end wire_send(int fd, const json_t *object, const int *fds, size_t n_fds);
/* *out: caller decrefs; fds: caller closes the *n_fds given (close-on-exec). Never blocks. */
enum wire_end wire_receive(int fd, json_t **out, int fds[WIRE_FDS], size_t *n_fds);

/* A memfd holding the bytes, sealed against every change; -1 with e set on failure. */
int wire_sealed(const void *bytes, size_t len, struct err *e) WARN_UNUSED;
/* An empty memfd that can be sealed later; -1 with e set on failure. */
int wire_output(struct err *e) WARN_UNUSED;

#endif
