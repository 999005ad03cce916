/* identity.h — who this kiosk is to the platform: key, certificates and the platform's answer to the enrolment. One
 * folder DIR/identity (a link that is swapped in one rename, so that there is an old identity or a new one and never
 * half of either): device.key 0600 · device.crt · ca.crt · enrolment.json (protocol/enrol.h) */
#ifndef BULU_AGENT_IDENTITY_H
#define BULU_AGENT_IDENTITY_H

#include "sync/protocol/enrol.h"
#include "sync/store/store.h"

struct identity {
    char *key, *cert, *ca; /* paths */
    struct wire_enrolment enrolment;
};
void identity_finish(struct identity *i);
static inline void identity_cleanup(struct identity *i)
{
    identity_finish(i);
}
/* ERR_NOT_FOUND: not enrolled. */
bool identity_load(const char *dir, struct identity *out, struct err *e) WARN_UNUSED;
/* Writes it all and swaps it in, durably; the one before is removed. answer: the bytes of the platform's answer. */
bool identity_save(const char *dir, const struct str *key_pem, const struct wire_enrolment *a, const struct str *answer,
                   struct err *e) WARN_UNUSED;
/* Puts what the app needs into the store's settings (store/settings.h). Harmless to repeat; the agent repeats it at
 * start, should an enrolment have died between the identity and the store. */
bool identity_publish(struct store *s, const struct wire_enrolment *a, struct err *e) WARN_UNUSED;
bool identity_publish_keys(struct store *s, const struct wire_keys *keys, const struct wire_keys *package_keys,
                           struct err *e) WARN_UNUSED;
/* K, as the platform boxed it; nothing when it sent none. */
bool identity_publish_ticket(struct store *s, const struct wire_ticket_mac *m, struct err *e) WARN_UNUSED;
/* The public halves of the app's keys for tickets; given is false while the app has made none. */
struct wire_ticket_keys identity_ticket_keys(struct store *s);
/* Sets a setting unless it has that value already: a write costs an fsync. */
bool setting_put(struct store *s, const char *name, const char *value, struct err *e) WARN_UNUSED;

#endif
