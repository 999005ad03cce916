/* wechat_pool.h — WeChat is asked on threads of its own: a listener's thread serves many connections and waits for nobody
 * on the network. The request is suspended meanwhile; then its route's handle runs again. */
#ifndef BULU_PLATFORM_WECHAT_POOL_H
#define BULU_PLATFORM_WECHAT_POOL_H

#include "sync/platform/http.h"
#include "sync/platform/wechat_api.h"

struct wechat_job {
    char code[520];
    struct wechat_exchange result; /* filled when handle runs again */
    struct wechat_job *next;       /* of the pool */
    struct request *request;
};

struct wechat_pool;
struct wechat_pool *wechat_pool_create(struct platform *p);
/* Nothing is taken any more; all that waits is resumed, as unreachable. Before the listeners stop. */
void wechat_pool_stop(struct wechat_pool *w);
void wechat_pool_destroy(struct wechat_pool *w);
/* Suspends q until the job is done; the job is the caller's and must live until then. False: too many wait already. */
bool wechat_pool_ask(struct request *q, struct wechat_job *job) WARN_UNUSED;

#endif
