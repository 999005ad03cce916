/* backoff.h — how long to wait after a failure. Pure: time and randomness are arguments. */
#ifndef BULU_PROTOCOL_BACKOFF_H
#define BULU_PROTOCOL_BACKOFF_H

#include "sync/base/random.h"
#include "sync/base/str.h"

#define BACKOFF_BASE_MS        2000
#define BACKOFF_CAP_MS         (15 * 60 * 1000)
#define BACKOFF_LEAST_MS       200 /* full jitter may draw 0; nobody hammers */
#define BACKOFF_NO_RETRY_AFTER (-1)
#define RETRY_AFTER_MOST_MS    (6LL * 3600 * 1000) /* what a platform may ask for at most */

struct backoff {
    int failures; /* in a row */
};

/* Counts a failure and returns the wait in ms: uniform in [0, min(cap, base · 2^failures)], and never before what the
 * platform asked for (retry_after_ms, or BACKOFF_NO_RETRY_AFTER), spread so that all it turned away do not return at
 * once. */
int64_t backoff_fail(struct backoff *b, const struct random *r, int64_t retry_after_ms);
void backoff_succeed(struct backoff *b);

/* Retry-After (RFC 9110: seconds, or a date, which counts from the answer's own Date, since this machine's clock may be
 * wrong). date may be NULL. Returns ms ≥ 0, or BACKOFF_NO_RETRY_AFTER for a field that is absent or not well formed. */
int64_t retry_after_parse(const char *field, const char *date);

#endif
