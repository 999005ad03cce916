/* enrol.h — a kiosk becomes known to a platform: invitation (address, one-time code, CA pin) → key, request,
 * certificate. Blocking; for bulu-ctl. */
#ifndef BULU_AGENT_ENROL_H
#define BULU_AGENT_ENROL_H

#include "sync/agent/identity.h"

struct enrol_options {
    const char *dir; /* of the agent: where the identity goes */
    struct store *store;
    const char *version; /* of this software */
    int64_t timeout_ms;
};
/* All or nothing: on failure an identity that was there stays in use. A request whose answer was lost may be repeated
 * with the same invitation: it asks for the same key again. *out is what was agreed. ERR_DENIED: the platform says no
 * (code wrong, used, expired: text has its words). ERR_NETWORK, ERR_CRYPTO (not that platform), ERR_BUSY (another
 * enrolment runs). */
bool enrol(const struct wire_invitation *v, const struct enrol_options *o, struct wire_enrolment *out,
           struct err *e) WARN_UNUSED;

#endif
