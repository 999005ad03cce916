#include "sync/agent/schedule.h"

#include <string.h>

#define BEIJING_MS   (8LL * 3600 * 1000)
#define LEFT_OVER_MS 1000 /* what was queued while a round ran follows at once, but not in a tight circle */

/* FNV-1a with the finaliser of splitmix64: even over a window for ids that differ in a digit. */
static uint64_t device_hash(const char *device)
{
    uint64_t h = 14695981039346656037u;
    for (const char *p = device; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

int64_t slot_offset_ms(const struct slot *s, const char *device)
{
    return (int64_t)(device_hash(device) % ((uint64_t)s->window_s * 1000));
}

int64_t slot_last_ms(const struct slot *s, const char *device, int64_t now_ms)
{
    int64_t phase = s->start_min * 60000LL + slot_offset_ms(s, device) - BEIJING_MS;
    int64_t since = (now_ms - phase) % DAY_MS;
    return now_ms - (since < 0 ? since + DAY_MS : since);
}

int64_t slot_next_ms(const struct slot *s, const char *device, int64_t now_ms)
{
    return slot_last_ms(s, device, now_ms) + DAY_MS;
}

void schedule_init(struct schedule *s, const struct schedule_conf *conf, const char *device,
                   const struct random *random, int64_t last_slot_ms, int64_t mono_ms)
{
    *s = (struct schedule){.conf = *conf, .random = random, .last_slot_ms = last_slot_ms};
    zcopy(s->device, sizeof s->device, device);
    s->due = s->not_before = s->started_ms = mono_ms;
}

void schedule_go(struct schedule *s)
{
    s->go = true;
}

void schedule_changed(struct schedule *s, int64_t mono_ms)
{
    if (s->conf.daytime && s->due > mono_ms + s->conf.settle_ms)
        s->due = mono_ms + s->conf.settle_ms;
}

/* Mono time at which tonight's round, or the one slept through, may start. */
static int64_t nightly_at(const struct schedule *s, int64_t mono_ms, int64_t now_ms)
{
    int64_t last = slot_last_ms(&s->conf.slot, s->device, now_ms);
    bool believable = s->last_slot_ms <= now_ms + DAY_MS; /* else the clock was far ahead when it was noted */
    if (believable && s->last_slot_ms >= last)
        return mono_ms + last + DAY_MS - now_ms;
    int64_t missed_by = now_ms - last;
    if (missed_by <= mono_ms - s->started_ms)
        return mono_ms; /* it passed while this process ran */
    int64_t spread = s->conf.catch_up_ms > 0 ? (int64_t)(device_hash(s->device) % (uint64_t)s->conf.catch_up_ms) : 0;
    return s->started_ms + spread;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t schedule_wait_ms(const struct schedule *s, int64_t mono_ms, int64_t now_ms)
{
    if (s->running)
        return INT64_MAX;
    int64_t at = max64(min64(s->due, nightly_at(s, mono_ms, now_ms)), s->not_before);
    if (s->go)
        at = s->asked ? s->not_before : mono_ms;
    return max64(at - mono_ms, 0);
}

enum round_kind schedule_start(struct schedule *s, int64_t mono_ms, int64_t now_ms)
{
    if (s->running || schedule_wait_ms(s, mono_ms, now_ms) > 0)
        return ROUND_NONE;
    s->running = nightly_at(s, mono_ms, now_ms) <= mono_ms ? ROUND_NIGHTLY : ROUND_DAY;
    s->go = false;
    s->due = INT64_MAX;
    return s->running;
}

void schedule_done(struct schedule *s, bool ok, bool left, int64_t retry_after_ms, int64_t mono_ms, int64_t now_ms)
{
    if (ok && s->running == ROUND_NIGHTLY)
        s->last_slot_ms = now_ms;
    bool may_send = s->conf.daytime || s->running == ROUND_NIGHTLY;
    s->running = ROUND_NONE;
    s->due = min64(s->due, mono_ms + s->conf.every_ms); /* it may have been drawn near while the round ran */
    if (!ok) {
        s->not_before = mono_ms + backoff_fail(&s->backoff, s->random, retry_after_ms);
        s->asked = retry_after_ms >= 0;
        s->due = min64(s->due, s->not_before);
        return;
    }
    backoff_succeed(&s->backoff);
    s->not_before = mono_ms;
    s->asked = false;
    if (left && may_send)
        s->due = min64(s->due, mono_ms + LEFT_OVER_MS);
}

enum batch_verdict batch_judge(long status, const char *slug, int refusals)
{
    /* Statuses that speak of the device, the server or the moment, not of these bytes. */
    static const struct {
        long status;
        enum batch_verdict verdict;
    } fixed[] = {{401, BATCH_DENIED}, {403, BATCH_DENIED}, {404, BATCH_DENIED}, {405, BATCH_DENIED},
                 {407, BATCH_DENIED}, {408, BATCH_LATER},  {425, BATCH_LATER},  {429, BATCH_LATER}};
    if (status == 200)
        return BATCH_ANSWERED;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (fixed[i].status == status)
            return fixed[i].verdict;
    if (status == 409 && !strcmp(slug, "batch-conflict"))
        return BATCH_BURNT;
    if (status >= 400 && status < 500)
        return refusals >= BATCH_TRIES ? BATCH_HALVE : BATCH_AGAIN;
    return BATCH_LATER;
}
