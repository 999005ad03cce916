/* What drivers say of their devices, and what of it is written down. */
#include "app/devices/health.h"

#include "tests/support/t.h"

#include <string.h>

static struct clock_fake clock_;
static int told;

static void hear(void *ctx)
{
    (void)ctx;
    told++;
}

static struct health *fresh(void)
{
    clock_fake_init(&clock_, 1000000);
    struct health *h = health_create(&clock_.clock, hear, NULL);
    health_declare(h, "scanner", "平板");
    health_declare(h, "printer", "小票");
    told = 0;
    return h;
}

static void a_state_knows_since_when_and_an_error_stays_after_it_is_well_again(void **state)
{
    (void)state;
    struct health *h = fresh();
    const struct device_row *r;
    assert_int_equal(health_rows(h, &r), 2);
    assert_int_equal(r[0].state, DEVICE_UNUSED);
    clock_fake_advance(&clock_, 5000);
    health_bad(h, "scanner", DEVICE_FAILED, "scan.jammed");
    assert_int_equal(r[0].state, DEVICE_FAILED);
    assert_int_equal(r[0].since_ms, 1005000);
    clock_fake_advance(&clock_, 5000);
    health_bad(h, "scanner", DEVICE_FAILED, "scan.jammed");
    assert_int_equal(r[0].since_ms, 1005000);
    assert_int_equal(r[0].error_ms, 1010000);
    clock_fake_advance(&clock_, 5000);
    health_good(h, "scanner");
    assert_int_equal(r[0].state, DEVICE_OK);
    assert_int_equal(r[0].since_ms, 1015000);
    assert_string_equal(r[0].error, "scan.jammed");
    assert_int_equal(r[0].done, 1);
    assert_int_equal(r[0].failed, 2);
    assert_int_equal(r[1].state, DEVICE_UNUSED);
    health_destroy(h);
}

static void what_is_known_already_is_no_news(void **state)
{
    (void)state;
    struct health *h = fresh();
    health_seen(h, "printer", DEVICE_ATTENTION, "print.near_end");
    assert_int_equal(told, 1);
    for (int i = 0; i < 100; i++)
        health_seen(h, "printer", DEVICE_ATTENTION, "print.near_end");
    health_bad(h, "camera", DEVICE_FAILED, "never.declared");
    assert_int_equal(told, 1);
    health_seen(h, "printer", DEVICE_OK, NULL);
    assert_int_equal(told, 2);
    health_destroy(h);
    health_good(NULL, "scanner");
    health_declare(NULL, "scanner", "");
}

static void paper_near_its_end_is_one_state_however_often_it_prints(void **state)
{
    (void)state;
    struct health *h = fresh();
    const struct device_row *r;
    assert_int_equal(health_rows(h, &r), 2);
    health_good_but(h, "printer", "print.near_end");
    int64_t since = r[1].since_ms;
    clock_fake_advance(&clock_, 60000);
    health_good_but(h, "printer", "print.near_end");
    health_seen(h, "printer", DEVICE_ATTENTION, "print.near_end");
    assert_int_equal(r[1].state, DEVICE_ATTENTION);
    assert_int_equal(r[1].since_ms, since);
    assert_int_equal(r[1].done, 2);
    assert_int_equal(r[1].failed, 0);
    health_destroy(h);
}

static void what_the_disk_refused_is_counted_again(void **state)
{
    (void)state;
    struct health *h = fresh();
    struct device_row *rows;
    health_good(h, "scanner");
    size_t n = health_take(h, &rows);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].done, 1);
    assert_false(health_dirty(h));
    health_give_back(h, rows, n);
    free(rows);
    assert_true(health_dirty(h));
    health_good(h, "scanner");
    n = health_take(h, &rows);
    assert_int_equal(rows[0].done, 2);
    free(rows);
    health_bad(h, "scanner", DEVICE_HANGING, "scan.timeout");
    n = health_take(h, &rows);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].done, 0);
    assert_int_equal(rows[0].failed, 1);
    free(rows);
    health_destroy(h);
}

static void the_workers_answer_tells_missing_from_hanging_from_failed(void **state)
{
    (void)state;
    const struct {
        const char *error, *detail;
        bool says;
        enum device_state state;
    } cases[] = {{"device", "unplugged", true, DEVICE_MISSING}, {"device", "access", true, DEVICE_MISSING},
                 {"timeout", "", true, DEVICE_HANGING},         {"device", "jammed", true, DEVICE_FAILED},
                 {"killed", "", true, DEVICE_FAILED},           {"cancelled", "", false, DEVICE_OK},
                 {"refused", "dpi", false, DEVICE_OK}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum device_state got = DEVICE_OK;
        assert_int_equal(health_state_of(cases[i].error, cases[i].detail, &got), cases[i].says);
        assert_int_equal(got, cases[i].state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_knows_since_when_and_an_error_stays_after_it_is_well_again),
        cmocka_unit_test(what_is_known_already_is_no_news),
        cmocka_unit_test(paper_near_its_end_is_one_state_however_often_it_prints),
        cmocka_unit_test(what_the_disk_refused_is_counted_again),
        cmocka_unit_test(the_workers_answer_tells_missing_from_hanging_from_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
