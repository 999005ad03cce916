#include "tests/support/t.h"

#include "app/ui/calendar.h"

#include <string.h>

static void months_have_their_days_leap_years_too(void **state)
{
    (void)state;
    const struct {
        int year, month, days;
    } cases[] = {{2010, 1, 31}, {2010, 4, 30}, {2010, 2, 28}, {2012, 2, 29}, {2000, 2, 29},
                 {1900, 2, 28}, {2100, 2, 28}, {2010, 0, 0},  {2010, 13, 0}, {2021, 12, 31}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(days_in_month(cases[i].year, cases[i].month), cases[i].days);
}

static void a_date_is_read_and_written_as_it_stands_in_the_record(void **state)
{
    (void)state;
    const struct {
        const char *iso;
        enum ui_date_kind kind;
        bool good;
    } cases[] = {
        {"2010-12-31", DATE_DAY, true},  {"2010-12", DATE_DAY, true}, /* 日不详 */
        {"2010-12", DATE_MONTH, true},   {"2010", DATE_YEAR, true},       {"2012-02-29", DATE_DAY, true},
        {"2011-02-29", DATE_DAY, false}, {"2010-13-01", DATE_DAY, false}, {"2010-00-01", DATE_DAY, false},
        {"2010-12-00", DATE_DAY, false}, {"2010-1-1", DATE_DAY, false},   {"20101231", DATE_DAY, false},
        {"", DATE_DAY, false},           {"2010-12-3x", DATE_DAY, false}, {"2010/12/31", DATE_DAY, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct day d;
        char again[11];
        assert_int_equal(day_parse(cases[i].iso, &d), cases[i].good);
        if (!cases[i].good)
            continue;
        day_format(d, cases[i].kind, again);
        assert_string_equal(again, cases[i].iso);
    }
    struct day d;
    assert_false(day_parse(NULL, &d));
}

static void a_wheel_stays_inside_its_years_and_the_day_follows_the_month(void **state)
{
    (void)state;
    const struct {
        struct day from;
        int part, by;
        struct day to;
    } cases[] = {
        {{2010, 12, 31}, 0, 1, {2011, 12, 31}}, {{2021, 6, 1}, 0, 1, {2021, 6, 1}},
        {{2000, 6, 1}, 0, -1, {2000, 6, 1}},    {{2010, 12, 31}, 1, -1, {2010, 11, 30}},
        {{2010, 1, 31}, 1, 1, {2010, 2, 28}},   {{2012, 2, 29}, 0, 1, {2013, 2, 28}},
        {{2010, 12, 1}, 1, 1, {2010, 12, 1}},   {{2010, 2, 28}, 2, 1, {2010, 2, 28}},
        {{2010, 2, 1}, 2, -1, {2010, 2, 1}},    {{2010, 5, 0}, 1, 1, {2010, 6, 0}}, /* 日不详 stays so */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct day d = day_turn(cases[i].from, cases[i].part, cases[i].by, 2000, 2021);
        assert_int_equal(d.year, cases[i].to.year);
        assert_int_equal(d.month, cases[i].to.month);
        assert_int_equal(d.day, cases[i].to.day);
    }
}

static void typed_digits_become_a_date_or_say_why_not(void **state)
{
    (void)state;
    const struct {
        const char *digits;
        enum ui_date_kind kind;
        bool unknown_day, finished;
        enum digits want;
        struct day day;
    } cases[] = {
        {"2010123", DATE_DAY, false, false, DIGITS_MORE, {0}},
        {"20101231", DATE_DAY, false, false, DIGITS_DATE, {2010, 12, 31}},
        {"20101232", DATE_DAY, false, false, DIGITS_NO_DATE, {0}},
        {"20110229", DATE_DAY, false, false, DIGITS_NO_DATE, {0}},
        {"20120229", DATE_DAY, false, false, DIGITS_DATE, {2012, 2, 29}},
        {"20101200", DATE_DAY, true, false, DIGITS_NO_DATE, {0}},
        {"19991231", DATE_DAY, false, false, DIGITS_OUTSIDE, {0}},
        {"20220101", DATE_DAY, false, false, DIGITS_OUTSIDE, {0}},
        {"201012", DATE_DAY, true, false, DIGITS_MORE, {0}},
        {"201012", DATE_DAY, true, true, DIGITS_DATE, {2010, 12, 0}}, /* Return after the month: 日不详 */
        {"201012", DATE_DAY, false, true, DIGITS_NO_DATE, {0}},
        {"201012", DATE_MONTH, false, false, DIGITS_DATE, {2010, 12, 0}},
        {"201013", DATE_MONTH, false, false, DIGITS_NO_DATE, {0}},
        {"2010", DATE_YEAR, false, false, DIGITS_DATE, {2010, 0, 0}},
        {"201012311", DATE_DAY, false, false, DIGITS_NO_DATE, {0}},
        {"", DATE_DAY, true, true, DIGITS_MORE, {0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct day d = {0};
        enum digits got =
            day_from_digits(cases[i].digits, cases[i].kind, cases[i].unknown_day, cases[i].finished, 2000, 2021, &d);
        if (got != cases[i].want || memcmp(&d, &cases[i].day, sizeof d) != 0)
            fail_msg("%s: %d %d-%d-%d, expected %d", cases[i].digits, got, d.year, d.month, d.day, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_have_their_days_leap_years_too),
        cmocka_unit_test(a_date_is_read_and_written_as_it_stands_in_the_record),
        cmocka_unit_test(a_wheel_stays_inside_its_years_and_the_day_follows_the_month),
        cmocka_unit_test(typed_digits_become_a_date_or_say_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
