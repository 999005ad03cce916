/* feed.h — kiosks that wait for news: their requests sleep here, without a thread, until something was decided or their time is over. */
#ifndef BULU_PLATFORM_FEED_H
#define BULU_PLATFORM_FEED_H

#include "sync/platform/http.h"

struct feed *feed_create(struct platform *p);
void feed_destroy(struct feed *f); /* after feed_stop and the listeners */
/* From a route's handle: the request is called again when a status newer than seen is there, or at the time
 * (mono ms). False: no more waiting, answer now. */
bool feed_wait(struct request *q, int64_t seen, int64_t until_ms);
/* Something was decided in this process; what another process wrote is seen within a second. */
void feed_wake(struct feed *f);
/* Wakes all and takes no more: call it before the listeners are stopped. */
void feed_stop(struct feed *f);
/* GET /v1/updates */
void feed_route(struct request *q);

#endif
