/* health.h — liveness and figures for operators. */
#ifndef BULU_PLATFORM_HEALTH_H
#define BULU_PLATFORM_HEALTH_H

#include "sync/platform/http.h"

void healthz_route(struct request *q); /* GET /healthz */
void metrics_route(struct request *q); /* GET /metrics: to this machine only, unless configured otherwise */

#endif
