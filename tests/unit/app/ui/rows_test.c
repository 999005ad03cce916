#include "tests/support/t.h"

#include "app/ui/rows.h"

static void a_long_list_knows_which_row_is_where(void **state)
{
    (void)state;
    struct rows *r = rows_create();
    assert_false(rows_are(r, 1, 0));
    assert_int_equal(rows_top(r, 0), 0);
    rows_begin(r, 7);
    for (int i = 0; i < 4575; i++)
        rows_add(r, i % 3 ? 100 : 148);
    assert_true(rows_are(r, 7, 4575));
    assert_false(rows_are(r, 8, 4575));
    assert_false(rows_are(r, 7, 4574));
    assert_int_equal(rows_top(r, 4575), 1525 * 348);
    assert_int_equal(rows_top(r, 9999), 1525 * 348);
    for (size_t i = 0; i < 4575; i++) {
        assert_int_equal(rows_at(r, rows_top(r, i)), i);
        assert_int_equal(rows_at(r, rows_top(r, i + 1) - 1), i);
    }
    assert_int_equal(rows_at(r, 1 << 30), 4574);
    assert_int_equal(rows_at(r, -5), 0);
    rows_begin(r, 9);
    assert_int_equal(rows_count(r), 0);
    rows_add(r, 50);
    assert_int_equal(rows_top(r, 1), 50);
    rows_destroy(r);
    rows_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_long_list_knows_which_row_is_where)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
