/* upstream_http.h — the driver for a registry that speaks JSON over HTTPS, as a mapping says. */
#ifndef BULU_PLATFORM_UPSTREAM_HTTP_H
#define BULU_PLATFORM_UPSTREAM_HTTP_H

#include "sync/base/clock.h"
#include "sync/platform/upstream_map.h"

struct upstream_http_conf {
    const char *url;               /* https://host[:port][/prefix] without a slash at its end */
    const char *ca;                /* PEM file that alone is trusted */
    const char *certificate, *key; /* PEM files of ours; "": none */
    const char *client, *secret;   /* {client} and {secret} of the call token */
    int64_t connect_ms, answer_ms; /* name, TCP and TLS; the whole of a call */
    const struct clock *clock;
};
/* Takes map over, also on failure. The strings are copied. ERR_CONFIG: the CA cannot be read. */
struct upstream *upstream_http_open(struct upstream_map *map, const struct upstream_http_conf *c,
                                    struct err *e) WARN_UNUSED;

#endif
