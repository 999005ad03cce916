/* updates.h — the feed GET /v1/updates?after=CURSOR[&wait=SECONDS]: what changed for the declarations that this device
 * sent.
 *   {"cursor":"41.3.7","more":false,"time":1795400645000,
 *    "statuses":[{"declaration":uuid,"version":1,"receipt":"7K3M-…","state":"unit_returned","at":ms,"text":"…",
 *                 "reasons":[{"path":"form.basic.full_name","reason":"…"}]}],
 *    "notices":[{"id":3,"title":"…","text":"…","at":ms}],        all that hold, whenever one of them changed; else
 * absent "settings":{"name":"value"},                                 all, whenever one changed; else absent
 *    "packages":[{"name":"…","version":"…","etag":"…"}]}          all, whenever one changed; else absent
 * A cursor is opaque; "" starts at the beginning. The same cursor may be asked for again: applying twice does no harm.
 */
#ifndef BULU_PROTOCOL_UPDATES_H
#define BULU_PROTOCOL_UPDATES_H

#include "sync/base/str.h"

#include <jansson.h>

#define WIRE_CURSOR_SIZE 64
#define WIRE_UPDATES_MAX 200 /* statuses an answer */
#define WIRE_WAIT_MAX_S  25

struct wire_status {
    char declaration[37];
    int version;
    char receipt[20];
    char state[24];
    int64_t at_ms;
    char *text;    /* the platform's own words, or "" */
    char *reasons; /* JSON array text, or "" */
};
struct wire_updates {
    char cursor[WIRE_CURSOR_SIZE];
    bool more; /* ask again at once */
    int64_t time_ms;
    struct wire_status *statuses;
    size_t n_statuses;
    json_t *notices, *settings, *packages; /* NULL: unchanged */
};
void wire_updates_finish(struct wire_updates *u);
static inline void wire_updates_cleanup(struct wire_updates *u)
{
    wire_updates_finish(u);
}
void wire_updates_write(const struct wire_updates *u, struct str *out);
bool wire_updates_parse(const void *bytes, size_t len, struct wire_updates *out, struct err *e) WARN_UNUSED;

#endif
