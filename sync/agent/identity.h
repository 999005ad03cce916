/* identity.h — who this kiosk is to the platform: key, certificates and the platform's answer to the enrolment. One
 * folder DIR/identity (a link that is swapped in one rename, so that there is an old identity or a new one and never
 * half of either): device.key 0600 · device.crt · ca.crt · enrolment.json (protocol/enrol.h)
 *
 * A renewal lies beside it as DIR/candidate, the same kind of link, until the platform has accepted it once; only then does
 * the identity's link move, and only after that is the old folder removed. A power cut at any point leaves an identity
 * that the platform knows. */
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
/* A renewal. Propose writes it beside the identity, durably; a candidate that was there is given up. */
bool identity_propose(const char *dir, const struct str *key_pem, const struct wire_enrolment *a,
                      const struct str *answer, struct err *e) WARN_UNUSED;
/* ERR_NOT_FOUND: there is none. */
bool identity_candidate(const char *dir, struct identity *out, struct err *e) WARN_UNUSED;
/* The candidate becomes the identity. The files of the one before stay for requests that have begun, until identity_tidy.
 * ERR_BUSY: an enrolment is under way, nothing moved. */
bool identity_accept(const char *dir, struct err *e) WARN_UNUSED;
void identity_give_up(const char *dir); /* the candidate, if there is one; never the identity in use */
void identity_tidy(const char *dir);    /* removes what is neither in use nor a candidate; not during an enrolment */
/* Held by whoever moves the identity's link, in *fd until it is closed. ERR_BUSY: somebody else does. */
bool identity_lock(const char *dir, int *fd, struct err *e) WARN_UNUSED;
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
