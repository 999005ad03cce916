/* schedule.h — when the agent does a round with the platform, and what it makes of an answer to a batch. Pure step
 * functions: the loop asks when to wake, tells what happened; tests run a fleet of them in virtual time.
 *
 * Two clocks: mono_ms for waits; now_ms, the platform's time as far as it is known (wall clock + offset), for the
 * nightly slot only. A jump of now_ms moves the slot and nothing else. */
#ifndef BULU_AGENT_SCHEDULE_H
#define BULU_AGENT_SCHEDULE_H

#include "sync/protocol/backoff.h"

#define DAY_MS (24LL * 3600 * 1000)

/* --- the nightly slot: start + hash(device) over the window, Beijing time --- */
struct slot {
    int start_min; /* minutes after midnight in Beijing, 0–1439 */
    int window_s;  /* 1 … 86,400 */
};
int64_t slot_offset_ms(const struct slot *s, const char *device);               /* in [0, window) */
int64_t slot_last_ms(const struct slot *s, const char *device, int64_t now_ms); /* the latest one ≤ now */
int64_t slot_next_ms(const struct slot *s, const char *device, int64_t now_ms); /* the first one > now */

/* --- rounds --- */
struct schedule_conf {
    struct slot slot;
    int64_t every_ms;    /* heartbeat and feed by day, at most so long apart */
    int64_t settle_ms;   /* the store changed: wait so long for more of it */
    int64_t catch_up_ms; /* a slot slept through is made up for within this, by hash(device) */
    bool daytime;        /* queued records go by day as well */
};
enum round_kind {
    ROUND_NONE,
    ROUND_DAY,    /* heartbeat, records if daytime, feed */
    ROUND_NIGHTLY /* everything, and housekeeping */
};
struct schedule {
    struct schedule_conf conf;
    char device[37];
    const struct random *random;
    struct backoff backoff;
    enum round_kind running;
    int64_t due;          /* mono: the next round of the day, at the latest */
    int64_t not_before;   /* mono: back-off */
    bool asked;           /* not_before is the platform's Retry-After: nobody overrides it */
    bool go;              /* somebody waits */
    int64_t last_slot_ms; /* now_ms at which the last nightly round ended well; the caller keeps it over restarts */
    int64_t started_ms;   /* mono */
};
/* last_slot_ms: 0 when never. */
void schedule_init(struct schedule *s, const struct schedule_conf *conf, const char *device,
                   const struct random *random, int64_t last_slot_ms, int64_t mono_ms);
/* Somebody waits for it: over a back-off of our own, but not over the platform's word. */
void schedule_go(struct schedule *s);
/* The store changed: a round soon, if no back-off runs. */
void schedule_changed(struct schedule *s, int64_t mono_ms);
/* ms until schedule_start may start something (0: now); INT64_MAX while a round runs. */
int64_t schedule_wait_ms(const struct schedule *s, int64_t mono_ms, int64_t now_ms);
enum round_kind schedule_start(struct schedule *s, int64_t mono_ms, int64_t now_ms);
/* The round ended. left: something is still to be sent. */
void schedule_done(struct schedule *s, bool ok, bool left, int64_t retry_after_ms, int64_t mono_ms, int64_t now_ms);

/* --- what to make of the answer to a batch --- */
enum batch_verdict {
    BATCH_ANSWERED, /* read the per-record answers */
    BATCH_LATER,    /* the same bytes again, after a back-off */
    BATCH_AGAIN,    /* refused as a whole: a new batch of the same members */
    BATCH_HALVE,    /* refused as a whole too often: bisect */
    BATCH_BURNT,    /* the number was used with other bytes: this store's life was led twice; new epoch */
    BATCH_DENIED    /* not the batch is refused but this device */
};
#define BATCH_TRIES 2 /* whole refusals before bisection */
/* status: HTTP; slug: of problem+json, or "". refusals: of this batch or its kin in a row, this one included. Only a 4xx says that
 * these bytes are wrong: a platform that breaks down (5xx), however long, never leads to dead letters. */
enum batch_verdict batch_judge(long status, const char *slug, int refusals);

#endif
