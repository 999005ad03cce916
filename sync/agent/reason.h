/* reason.h — why there is no connection, as a key that the app shows in its own words. Pure. */
#ifndef BULU_AGENT_REASON_H
#define BULU_AGENT_REASON_H

#include "sync/agent/http.h"

/* name, key, for staff */
#define REASON_LIST(X)                                                                                                 \
    X(NONE, "", "connected")                                                                                           \
    X(STARTING, "link.offline.starting", "not tried yet")                                                              \
    X(NOT_ENROLLED, "link.offline.not_enrolled", "this kiosk is not enrolled")                                         \
    X(ENDPOINT, "link.offline.endpoint", "the platform's address is not among those of the signed rules")              \
    X(NETWORK, "link.offline.network", "the platform cannot be reached")                                               \
    X(HOST, "link.offline.host", "the platform's name cannot be resolved")                                             \
    X(TLS, "link.offline.tls", "the server's certificate is not that of our platform")                                 \
    X(CLOCK, "link.offline.clock", "this machine's clock is wrong")                                                    \
    X(REFUSED, "link.offline.refused", "the platform refuses this kiosk's certificate")                                \
    X(REVOKED, "link.offline.revoked", "the platform has put this kiosk out of service")                               \
    X(ENDED, "link.offline.ended", "this kiosk's certificate has ended")                                               \
    X(BUSY, "link.offline.busy", "the platform is busy and asks to come later")                                        \
    X(PLATFORM, "link.offline.platform", "the platform has a fault")                                                   \
    X(STORE, "link.offline.store", "this kiosk's store cannot be read or written")

enum reason {
#define X(name, key, words) REASON_##name,
    REASON_LIST(X)
#undef X
        REASONS
};
const char *reason_key(enum reason r);
const char *reason_words(enum reason r);

struct reason_facts {
    int64_t wall_ms;         /* this machine's clock */
    int64_t last_known_ms;   /* platform's time when it was last heard; 0: never */
    int64_t cert_expires_ms; /* of our own certificate; 0: unknown */
};
/* REASON_NONE when the answer's status is one that a healthy platform gives to an accepted kiosk. */
enum reason reason_of(const struct http_answer *a, const struct reason_facts *f);

#endif
