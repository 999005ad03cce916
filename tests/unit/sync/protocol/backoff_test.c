#include "sync/protocol/backoff.h"
#include "tests/support/t.h"

static void waits_are_spread_below_a_doubling_ceiling_of_15_minutes(void **state)
{
    (void)state;
    static const int64_t ceilings[] = {2000,   4000,   8000,   16000,  32000,  64000,
                                       128000, 256000, 512000, 900000, 900000, 900000};
    struct random_seeded r;
    random_seeded_init(&r, 11);
    int64_t highest[ARRAY_LEN(ceilings)] = {0}, lowest[ARRAY_LEN(ceilings)];
    for (size_t k = 0; k < ARRAY_LEN(ceilings); k++)
        lowest[k] = INT64_MAX;
    for (int run = 0; run < 2000; run++) {
        struct backoff b = {0};
        for (size_t k = 0; k < ARRAY_LEN(ceilings); k++) {
            int64_t wait = backoff_fail(&b, &r.random, BACKOFF_NO_RETRY_AFTER);
            assert_in_range(wait, BACKOFF_LEAST_MS, ceilings[k]);
            highest[k] = wait > highest[k] ? wait : highest[k];
            lowest[k] = wait < lowest[k] ? wait : lowest[k];
        }
    }
    for (size_t k = 0; k < ARRAY_LEN(ceilings); k++) { /* full jitter: the whole range is used */
        assert_true(highest[k] > ceilings[k] * 9 / 10);
        assert_true(lowest[k] <= ceilings[k] / 10);
    }
}

static void retry_after_is_never_undercut_and_success_forgets(void **state)
{
    (void)state;
    struct random_seeded r;
    random_seeded_init(&r, 12);
    struct backoff b = {0};
    for (int i = 0; i < 1000; i++) {
        int64_t wait = backoff_fail(&b, &r.random, 120000);
        assert_true(wait >= 120000);
    }
    backoff_succeed(&b);
    assert_true(backoff_fail(&b, &r.random, BACKOFF_NO_RETRY_AFTER) <= BACKOFF_BASE_MS);
    for (int i = 0; i < 100; i++)
        assert_true(backoff_fail(&b, &r.random, 0) >= BACKOFF_LEAST_MS);
}

static void retry_after_is_read_as_seconds_or_as_a_date(void **state)
{
    (void)state;
    static const struct {
        const char *field, *date;
        int64_t ms;
    } cases[] = {
        {NULL, NULL, -1},
        {"0", NULL, 0},
        {"120", NULL, 120000},
        {" 7 ", NULL, 7000},
        {"7.5", NULL, -1},
        {"-7", NULL, -1},
        {"", NULL, -1},
        {"soon", NULL, -1},
        {"99999999999999999999999", NULL, RETRY_AFTER_MOST_MS},
        {"Mon, 23 Nov 2026 10:00:30 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", 30000},
        {"Mon, 23 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", 0},
        {"Mon, 23 Nov 2099 09:00:00 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", RETRY_AFTER_MOST_MS},
        {"Mon, 23 Nov 2026 10:00:30 GMT", NULL, -1},
        {"Mon, 23 Nov 2026 10:00:30 GMT", "yesterday-ish", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(retry_after_parse(cases[i].field, cases[i].date), cases[i].ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_are_spread_below_a_doubling_ceiling_of_15_minutes),
        cmocka_unit_test(retry_after_is_never_undercut_and_success_forgets),
        cmocka_unit_test(retry_after_is_read_as_seconds_or_as_a_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
