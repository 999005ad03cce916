/* How devices stand, as app and agent share it. */
#include "sync/store/device.h"

#include "tests/unit/sync/store/fixture.h"

static void counters_add_up_over_restarts_and_the_last_error_stays_known(void **state)
{
    struct fixture *x = *state;
    struct device_row rows[] = {{.id = "scanner",
                                 .name = "平板",
                                 .state = DEVICE_FAILED,
                                 .since_ms = 5,
                                 .error = "scan.jammed",
                                 .error_ms = 5,
                                 .failed = 1},
                                {.id = "printer", .name = "小票", .state = DEVICE_OK, .since_ms = 6, .done = 2}};
    OK(store_devices_put(x->s, rows, 2, e));
    reopen(x);
    rows[0] = (struct device_row){.id = "scanner", .name = "平板", .state = DEVICE_OK, .since_ms = 9, .done = 4};
    OK(store_devices_put(x->s, rows, 1, e)); /* the printer is not declared any more */
    AUTOFREE struct device_row *got = NULL;
    size_t n = 0;
    OK(store_devices(x->s, &got, &n, e));
    assert_int_equal(n, 1);
    assert_string_equal(got[0].id, "scanner");
    assert_int_equal(got[0].state, DEVICE_OK);
    assert_int_equal(got[0].since_ms, 9);
    assert_string_equal(got[0].error, "scan.jammed");
    assert_int_equal(got[0].error_ms, 5);
    assert_int_equal(got[0].done, 4);
    assert_int_equal(got[0].failed, 1);
}

static void the_agent_reads_what_the_app_wrote(void **state)
{
    struct fixture *x = *state;
    const struct device_row row = {.id = "id_reader", .name = "身份证阅读器", .state = DEVICE_MISSING, .since_ms = 1};
    OK(store_devices_put(x->s, &row, 1, e));
    struct store *agent = open_store(x, false);
    AUTOFREE struct device_row *got = NULL;
    size_t n = 0;
    OK(store_devices(agent, &got, &n, e));
    assert_int_equal(n, 1);
    assert_string_equal(device_state_name(got[0].state), "missing");
    assert_string_equal(got[0].name, "身份证阅读器");
    store_close(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counters_add_up_over_restarts_and_the_last_error_stays_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_agent_reads_what_the_app_wrote, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
