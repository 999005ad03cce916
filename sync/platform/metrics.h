/* metrics.h — counters for /metrics (Prometheus text). Any thread; never with personal data in a label. */
#ifndef BULU_PLATFORM_METRICS_H
#define BULU_PLATFORM_METRICS_H

#include "sync/base/str.h"

#include <stdatomic.h>

struct metrics {
    atomic_llong requests[6];  /* by the first digit of the status */
    atomic_llong in_flight;    /* requests with a body under way */
    atomic_llong refused_busy; /* answered 503 */
    atomic_llong batches, batches_repeated, batches_conflict;
    atomic_llong stored, duplicate, rejected, blob_missing, returned;
    atomic_llong uploads, upload_bytes;
    atomic_llong waiting;   /* long polls */
    atomic_llong forwarded; /* acknowledged by the registry */
};

struct db_figures;
void metrics_write(const struct metrics *m, const struct db_figures *f, struct str *out);

#endif
