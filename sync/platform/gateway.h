/* gateway.h — a platform with a registry behind it: one thread that empties the outbox (db_upstream.h), asks where records stand, and fetches the
 * registry's directory and dictionaries once a night. Without an upstream everything here answers as a standalone platform does.
 *
 * What is shown is what the registry has said: a record that came in is forwarded (已送达，待平台入库) until the registry's acknowledgement, and takes
 * from there on the states that the registry tells. */
#ifndef BULU_PLATFORM_GATEWAY_H
#define BULU_PLATFORM_GATEWAY_H

#include "sync/platform/db_upstream.h"
#include "sync/platform/platform.h"
#include "sync/platform/upstream.h"

struct gateway;
/* Opens the configured upstream into p->upstream; none is configured: NULL there. ERR_CONFIG says what is wrong. */
bool gateway_open_upstream(struct platform *p, struct err *e) WARN_UNUSED;
/* Starts the thread; NULL when p is standalone. */
struct gateway *gateway_start(struct platform *p);
void gateway_wake(struct gateway *g); /* something was put into the outbox; NULL is fine */
void gateway_stop(struct gateway *g); /* waits for the call that is under way, at most its time-out; NULL is fine */

static inline bool gateway_is(const struct platform *p)
{
    return p->upstream != NULL;
}

/* --- of the intake --- */

/* What the registry would not take of a declaration; nothing on a standalone platform. */
void gateway_check(const struct platform *p, const struct doc *d, struct findings *out);
/* Where a record without errors stands when it came in: sets state, text and forward by what its proof is worth. */
void gateway_received(const struct platform *p, bool proof_accepted, struct db_record *r);

/* --- accounts: the registry's, when there is one --- */

enum gateway_login { GATEWAY_LOGIN_OK, GATEWAY_LOGIN_WRONG, GATEWAY_LOGIN_LOCKED, GATEWAY_LOGIN_AWAY };
/* Asks the registry whether the password is right. AWAY: it did not answer (say PROBLEM_UPSTREAM). Only with gateway_is. */
enum gateway_login gateway_login(struct platform *p, const char *id18, const char *password,
                                 struct upstream_person *out);
/* {"person","training","ecerts"} as upstream.h; NULL: it did not answer, or has no such call. Caller decrefs. */
json_t *gateway_profile(struct platform *p, const char *id18);
/* Registration, recovery, change of the mobile are the registry's: "请到…（https://…）办理". Caller frees. */
char *gateway_elsewhere(const struct platform *p);

/* --- 待本人确认 --- */

/* The person has confirmed (by login, by phone, or in person before the unit's administrator): on to the unit, or into the
 * outbox. Idempotent. ERR_STATE: it does not wait for that. */
bool gateway_confirmed(struct platform *p, const char *declaration, int version, const char *who,
                       struct err *e) WARN_UNUSED;

/* Lines for /metrics; none on a standalone platform. */
void gateway_metrics(struct platform *p, struct str *out);

/* --- the night's work, also for an operator: bulu-platform … upstream-pull --- */
bool gateway_pull(struct platform *p, struct err *e) WARN_UNUSED; /* gateway_pull.c */

#endif
