#include "sync/platform/limits.h"
#include "tests/support/t.h"

#include <stdio.h>

static void a_quarter_comes_at_once_and_the_rest_in_time(void **state)
{
    struct limits *l = limits_create();
    (void)state;
    for (int i = 0; i < 16; i++)
        assert_int_equal(limits_take(l, "a", 60, 1000), 0);
    int wait_s = limits_take(l, "a", 60, 1000);
    assert_int_equal(wait_s, 1);
    assert_int_equal(limits_take(l, "b", 60, 1000), 0); /* somebody else */
    assert_int_equal(limits_take(l, "a", 60, 1000 + 1000 * wait_s), 0);
    assert_true(limits_take(l, "a", 60, 1000 + 1000 * wait_s) > 0);
    int n = 0;
    for (int64_t at = 3000; at < 63000; at += 100)
        n += limits_take(l, "a", 60, at) == 0;
    assert_in_range(n, 59, 61);
    limits_destroy(l);
}

static void many_keys_need_no_more_room(void **state)
{
    struct limits *l = limits_create();
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(limits_take(l, key, 60, i), 0);
    }
    limits_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quarter_comes_at_once_and_the_rest_in_time),
        cmocka_unit_test(many_keys_need_no_more_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
