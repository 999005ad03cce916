/* thread.h — the store thread of the app: jobs in, results out in order; the UI never waits for fsync. */
#ifndef BULU_STORE_THREAD_H
#define BULU_STORE_THREAD_H

#include "sync/store/store.h"

struct store_thread;
/* Opens the store on its own thread. wake is called on that thread whenever a result waits (e.g. loop_wake). */
struct store_thread *store_thread_start(const struct store_options *o, void (*wake)(void *ctx), void *ctx,
                                        struct err *e) WARN_UNUSED;
/* Finishes the queued jobs, closes. */
void store_thread_stop(struct store_thread *t);
/* work runs on the store thread; done on the thread that calls store_thread_deliver, in order. ctx is the caller's;
 * done frees it. err of work is handed to done (code ERR_NONE when it worked). */
void store_thread_post(struct store_thread *t, bool (*work)(struct store *s, void *ctx, struct err *e),
                       void (*done)(void *ctx, bool ok, const struct err *e), void *ctx);
/* Runs the done functions of finished jobs; call on the UI thread after a wake. Returns how many. */
size_t store_thread_deliver(struct store_thread *t);
size_t store_thread_pending(struct store_thread *t);
/* Runs the jobs to the end and delivers: for tests and orderly exit. */
void store_thread_drain(struct store_thread *t);

#endif
