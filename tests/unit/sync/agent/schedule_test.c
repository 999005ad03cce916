#include "sync/agent/schedule.h"

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#define MIDNIGHT 1795363200000LL /* 2026-11-23 00:00 in Beijing */
#define MINUTE   60000LL
#define HOUR     (60 * MINUTE)
#define DEVICE   "7a0c1f6e-0d7e-4d5a-9b54-0c5f8f3f2a10"

static const struct schedule_conf usual = {
    .slot = {60, 4 * 3600}, .every_ms = 5 * MINUTE, .settle_ms = 2000, .catch_up_ms = 10 * MINUTE, .daytime = true};

static void the_slot_lies_in_the_window_after_one_oclock_in_beijing(void **state)
{
    (void)state;
    struct random_seeded r;
    random_seeded_init(&r, 3);
    int quarter[16] = {0};
    for (int i = 0; i < 4000; i++) {
        char device[UUID_SIZE];
        uuid_make(&r.random, device);
        int64_t now = MIDNIGHT + (int64_t)random_below(&r.random, 40 * DAY_MS);
        int64_t next = slot_next_ms(&usual.slot, device, now), last = slot_last_ms(&usual.slot, device, now);
        assert_true(last <= now && now < next);
        assert_true(next - last == DAY_MS);
        struct civil c = clock_beijing(next);
        assert_in_range(c.hour, 1, 4);
        quarter[(c.hour - 1) * 4 + c.minute / 15]++;
    }
    for (int q = 0; q < 16; q++) /* 250 each if it is even */
        assert_in_range(quarter[q], 180, 320);
}

static void the_same_device_has_the_same_slot_every_night(void **state)
{
    (void)state;
    int64_t first = slot_next_ms(&usual.slot, DEVICE, MIDNIGHT);
    for (int night = 1; night < 400; night++)
        assert_true(slot_next_ms(&usual.slot, DEVICE, MIDNIGHT + night * DAY_MS) == first + night * DAY_MS);
    struct slot other = {22 * 60, 600};
    struct civil c = clock_beijing(slot_next_ms(&other, DEVICE, MIDNIGHT));
    assert_int_equal(c.hour, 22);
    assert_in_range(c.minute, 0, 9);
    assert_true(slot_last_ms(&usual.slot, DEVICE, 0) <= 0); /* 1970 does no harm */
}

static struct schedule started(struct random_seeded *r, const struct schedule_conf *conf, int64_t now)
{
    struct schedule s;
    random_seeded_init(r, 5);
    schedule_init(&s, conf, DEVICE, &r->random, slot_last_ms(&conf->slot, DEVICE, now), 0);
    return s;
}

static void by_day_a_round_comes_every_five_minutes_and_at_once_when_asked(void **state)
{
    (void)state;
    struct random_seeded r;
    int64_t now = MIDNIGHT + 10 * HOUR;
    struct schedule s = started(&r, &usual, now);
    assert_int_equal(schedule_wait_ms(&s, 0, now), 0); /* at start */
    assert_int_equal(schedule_start(&s, 0, now), ROUND_DAY);
    assert_true(schedule_wait_ms(&s, 0, now) == INT64_MAX); /* one at a time */
    assert_int_equal(schedule_start(&s, 0, now), ROUND_NONE);
    schedule_done(&s, true, false, BACKOFF_NO_RETRY_AFTER, 1000, now);
    assert_int_equal(schedule_wait_ms(&s, 1000, now), 5 * MINUTE);
    schedule_changed(&s, 2000);
    assert_int_equal(schedule_wait_ms(&s, 2000, now), 2000);
    schedule_changed(&s, 3500); /* more of it does not push it away */
    assert_int_equal(schedule_wait_ms(&s, 3500, now), 500);
    schedule_go(&s);
    assert_int_equal(schedule_wait_ms(&s, 3500, now), 0);
}

static void a_hint_during_a_round_leads_to_another(void **state)
{
    (void)state;
    struct random_seeded r;
    int64_t now = MIDNIGHT + 10 * HOUR;
    struct schedule s = started(&r, &usual, now);
    schedule_start(&s, 0, now);
    schedule_go(&s);
    schedule_done(&s, true, false, BACKOFF_NO_RETRY_AFTER, 1000, now);
    assert_int_equal(schedule_wait_ms(&s, 1000, now), 0);
    schedule_start(&s, 1000, now);
    schedule_changed(&s, 1500);
    schedule_done(&s, true, false, BACKOFF_NO_RETRY_AFTER, 2000, now);
    assert_int_equal(schedule_wait_ms(&s, 2000, now), 1500);
    schedule_start(&s, 3500, now);
    schedule_done(&s, true, true, BACKOFF_NO_RETRY_AFTER, 4000, now); /* something is left */
    assert_int_equal(schedule_wait_ms(&s, 4000, now), 1000);
}

static void go_overrides_our_back_off_but_not_the_platforms_word(void **state)
{
    (void)state;
    struct random_seeded r;
    int64_t now = MIDNIGHT + 10 * HOUR;
    struct schedule s = started(&r, &usual, now);
    for (int i = 0; i < 12; i++) {
        s.due = s.not_before = 0;
        assert_int_equal(schedule_start(&s, 0, now), ROUND_DAY);
        schedule_done(&s, false, true, BACKOFF_NO_RETRY_AFTER, 0, now);
    }
    s.not_before = s.due = 600000;
    schedule_changed(&s, 0);
    assert_int_equal(schedule_wait_ms(&s, 0, now), 600000); /* a change in the store does not */
    schedule_go(&s);
    assert_int_equal(schedule_wait_ms(&s, 0, now), 0);
    assert_int_equal(schedule_start(&s, 0, now), ROUND_DAY);
    schedule_done(&s, false, true, 3600000, 0, now);
    schedule_go(&s);
    assert_true(schedule_wait_ms(&s, 0, now) >= 3600000);
}

static void the_night_has_its_round_once(void **state)
{
    (void)state;
    struct random_seeded r;
    struct schedule_conf quiet = usual;
    quiet.every_ms = 100 * DAY_MS;
    int64_t now = MIDNIGHT, mono = 0;
    struct schedule s = started(&r, &quiet, now);
    schedule_start(&s, mono, now);
    schedule_done(&s, true, false, BACKOFF_NO_RETRY_AFTER, mono, now);
    for (int night = 0; night < 30; night++) {
        int64_t wait = schedule_wait_ms(&s, mono, now);
        assert_true(now + wait == slot_next_ms(&quiet.slot, DEVICE, now));
        mono += wait;
        now += wait;
        assert_int_equal(schedule_start(&s, mono, now), ROUND_NIGHTLY);
        schedule_done(&s, true, false, BACKOFF_NO_RETRY_AFTER, mono, now);
        assert_int_equal(schedule_start(&s, mono, now), ROUND_NONE);
    }
}

static void a_hall_that_switches_off_at_night_makes_up_for_its_slot(void **state)
{
    (void)state;
    struct random_seeded r;
    random_seeded_init(&r, 5);
    struct schedule_conf conf = usual;
    conf.every_ms = 100 * DAY_MS;
    conf.daytime = false;
    int64_t now = MIDNIGHT + 10 * HOUR; /* switched on in the morning */
    struct schedule s;
    schedule_init(&s, &conf, DEVICE, &r.random, now - 15 * HOUR, 0);
    schedule_start(&s, 0, now);
    schedule_done(&s, true, true, BACKOFF_NO_RETRY_AFTER, 0, now);
    int64_t wait = schedule_wait_ms(&s, 0, now);
    assert_in_range(wait, 0, 10 * MINUTE);
    assert_int_equal(schedule_start(&s, wait, now + wait), ROUND_NIGHTLY);
    schedule_done(&s, true, false, BACKOFF_NO_RETRY_AFTER, wait, now + wait);
    assert_true(schedule_wait_ms(&s, wait, now + wait) > 10 * HOUR);
}

static void a_clock_that_was_far_ahead_does_not_cancel_the_nights(void **state)
{
    (void)state;
    struct random_seeded r;
    random_seeded_init(&r, 5);
    struct schedule s;
    int64_t now = MIDNIGHT;
    schedule_init(&s, &usual, DEVICE, &r.random, now + 70 * 365 * DAY_MS, 0);
    schedule_start(&s, 0, now);
    schedule_done(&s, true, false, BACKOFF_NO_RETRY_AFTER, 0, now);
    assert_true(schedule_wait_ms(&s, 0, now) <= 10 * MINUTE);
}

static void the_answer_to_a_batch_is_judged_by_what_it_speaks_of(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *slug;
        int refusals;
        enum batch_verdict verdict;
    } cases[] = {
        {200, "", 0, BATCH_ANSWERED},
        {503, "busy", 0, BATCH_LATER},
        {502, "", 0, BATCH_LATER},
        {507, "full", 0, BATCH_LATER},
        {500, "internal", 0, BATCH_LATER},
        {500, "internal", 9, BATCH_LATER}, /* its fault, not that of the records */
        {599, "", 9, BATCH_LATER},
        {429, "", 9, BATCH_LATER},
        {408, "", 9, BATCH_LATER},
        {401, "no-certificate", 9, BATCH_DENIED},
        {403, "device-revoked", 9, BATCH_DENIED},
        {404, "", 9, BATCH_DENIED},
        {409, "batch-conflict", 1, BATCH_BURNT},
        {409, "record-conflict", 1, BATCH_AGAIN},
        {422, "batch-format", 1, BATCH_AGAIN},
        {422, "batch-format", 2, BATCH_HALVE},
        {413, "too-large", 2, BATCH_HALVE},
        {400, "digest", 1, BATCH_AGAIN},
        {302, "", 9, BATCH_LATER},
        {204, "", 0, BATCH_LATER},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(batch_judge(cases[i].status, cases[i].slug, cases[i].refusals), cases[i].verdict);
}

/* --- a fleet in virtual time --- */
struct night_figures {
    int served, refused;
    uint64_t trace;
};

/* Every kiosk wants one round a night of 2 s of the platform's time; the platform serves so many at once, else 503. */
static struct night_figures run_fleet(int kiosks, int nights, const struct slot *slot, int at_once, uint64_t seed)
{
    struct night_figures f = {.trace = 14695981039346656037u};
    struct random_seeded r;
    random_seeded_init(&r, seed);
    struct schedule_conf conf = {.slot = *slot, .every_ms = 1000 * DAY_MS, .daytime = false};
    struct schedule *s = xcalloc((size_t)kiosks, sizeof *s);
    int64_t *wake = xcalloc((size_t)kiosks, sizeof *wake);
    int64_t end = nights * DAY_MS, round = 2000;
    for (int k = 0; k < kiosks; k++) {
        char device[UUID_SIZE];
        uuid_make(&r.random, device);
        schedule_init(&s[k], &conf, device, &r.random, MIDNIGHT, 0);
        schedule_start(&s[k], 0, MIDNIGHT);
        schedule_done(&s[k], true, false, BACKOFF_NO_RETRY_AFTER, 0, MIDNIGHT);
        wake[k] = schedule_wait_ms(&s[k], 0, MIDNIGHT);
    }
    for (int64_t t = 0; t < end; t += round) { /* ticks of one round's length */
        int busy = 0;
        for (int k = 0; k < kiosks; k++) {
            if (wake[k] > t || schedule_start(&s[k], t, MIDNIGHT + t) == ROUND_NONE)
                continue;
            bool ok = busy < at_once;
            busy += ok;
            f.served += ok;
            f.refused += !ok;
            f.trace = (f.trace ^ (uint64_t)(t + k)) * 1099511628211u;
            schedule_done(&s[k], ok, !ok, ok ? BACKOFF_NO_RETRY_AFTER : 30000, t, MIDNIGHT + t);
            wake[k] = t + schedule_wait_ms(&s[k], t, MIDNIGHT + t);
        }
    }
    free(s);
    free(wake);
    return f;
}

static void a_fleet_spread_over_four_hours_is_never_turned_away(void **state)
{
    (void)state;
    struct slot spread = {60, 4 * 3600}, together = {120, 1};
    struct night_figures even = run_fleet(2000, 3, &spread, 8, 1), again = run_fleet(2000, 3, &spread, 8, 1);
    assert_int_equal(even.served, 6000);
    assert_int_equal(even.refused, 0);
    assert_true(even.trace == again.trace); /* the same seed, the same nights */
    struct night_figures crowd = run_fleet(2000, 3, &together, 8, 1);
    assert_int_equal(crowd.served, 6000); /* all get through, by back-off */
    assert_true(crowd.refused > 6000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slot_lies_in_the_window_after_one_oclock_in_beijing),
        cmocka_unit_test(the_same_device_has_the_same_slot_every_night),
        cmocka_unit_test(by_day_a_round_comes_every_five_minutes_and_at_once_when_asked),
        cmocka_unit_test(a_hint_during_a_round_leads_to_another),
        cmocka_unit_test(go_overrides_our_back_off_but_not_the_platforms_word),
        cmocka_unit_test(the_night_has_its_round_once),
        cmocka_unit_test(a_hall_that_switches_off_at_night_makes_up_for_its_slot),
        cmocka_unit_test(a_clock_that_was_far_ahead_does_not_cancel_the_nights),
        cmocka_unit_test(the_answer_to_a_batch_is_judged_by_what_it_speaks_of),
        cmocka_unit_test(a_fleet_spread_over_four_hours_is_never_turned_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
