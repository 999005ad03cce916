#include "tests/support/t.h"
#include "sync/platform/table.h"

#include <string.h>

/* Cells as "a|b/c|d"; a failure as "!". */
static void shown(const void *bytes, size_t len, struct str *out)
{
    CLEANUP(table) struct table t = {0};
    if (!table_parse(bytes, len, 100, &t, NULL)) {
        str_puts(out, "!");
        return;
    }
    for (size_t r = 0; r < t.n_rows; r++)
        for (size_t c = 0; c < t.n_columns; c++)
            str_printf(out, "%s%s", c ? "|" : r ? "/" : "", table_cell(&t, r, c));
}

static void tables_are_read_as_programs_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a,b\r\n1,2\r\n", "a|b/1|2"},
        {"a\tb\n1\t2", "a|b/1|2"},
        {"\xEF\xBB\xBF"
         "a,b\n1,2\n",
         "a|b/1|2"},
        {"a,b\n\"x,\"\"y\"\"\",\"two\nlines\"\n", "a|b/x,\"y\"|two\nlines"},
        {"a,b\n\"\",\n", "a|b"},     /* nothing in it: no row */
        {"a,b\n\n1,2\n", "a|b/1|2"}, /* empty lines */
        {"a,b,c\n1\n", "a|b|c/1||"}, /* a short row */
        {"a\n1,2\n", "!"},           /* a long one */
        {"a\n\"open\n", "!"},
        {"a\n\"x\"y\n", "!"},
        {"a,b\n\"x\",\"y\"", "a|b/x|y"},
        {"\xB5\xA5\xCE\xBB,b\n1,2", "单位|b/1|2"}, /* GB 18030 */
        {"\xFF\xFF,b\n", "!"},
        {"", ""},
        {"a,\n1,2", "a|/1|2"},
        {"=1,b", "=1|b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str got = {0};
        shown(cases[i].in, strlen(cases[i].in), &got);
        if (strcmp(str_z(&got), cases[i].out) != 0)
            fail_msg("case %zu: %s", i, str_z(&got));
    }
    CLEANUP(str) struct str got = {0};
    shown("a\0b", 3, &got);
    assert_string_equal(str_z(&got), "!");
}

static void errors_name_the_line(void **state)
{
    struct err e = {0};
    struct table t;
    (void)state;
    assert_false(table_parse("a,b\n1,2\n1,2,3\n", 14, 100, &t, &e));
    assert_non_null(strstr(e.text, "line 3"));
    assert_false(table_parse("a\n1\n2\n", 6, 2, &t, &e));
    assert_int_equal(e.code, ERR_LIMIT);
}

static void columns_are_found_by_any_of_their_names(void **state)
{
    CLEANUP(table) struct table t = {0};
    (void)state;
    assert_true(table_parse("代码,单位名称\n1,2", strlen("代码,单位名称\n1,2"), 9, &t, NULL));
    assert_int_equal(table_column(&t, "name,单位名称,名称"), 1);
    assert_int_equal(table_column(&t, "name,名称"), 2);
}

static void no_cell_is_taken_for_a_formula_or_turns_its_row_around(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"张三", "\"张三\""},
        {"=1+1", "\"'=1+1\""},
        {"+86", "\"'+86\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"＝cmd", "\"'＝cmd\""},
        {"'=1", "\"''=1\""}, /* so that taking one away gives the value */
        {"'x", "\"'x\""},
        {"\t=1", "\"'\xEF\xBF\xBD=1\""},
        {"a\"b,c", "\"a\"\"b,c\""},
        {"two\nlines", "\"two\nlines\""},
        {"bell\x07", "\"bell\xEF\xBF\xBD\""},
        {"\xE2\x80\xAE"
         "abc",
         "\"\xEF\xBF\xBD"
         "abc\""}, /* U+202E */
        {"\xE2\x80\x8F"
         "x",
         "\"\xEF\xBF\xBD"
         "x\""},                              /* U+200F */
        {"\xEF\xBF\xBF", "\"\xEF\xBF\xBD\""}, /* U+FFFF */
        {"0012", "\"0012\""},
        {"", "\"\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str got = {0};
        table_put(&got, cases[i].in);
        if (strcmp(str_z(&got), cases[i].out) != 0)
            fail_msg("case %zu: %s", i, str_z(&got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_read_as_programs_write_them),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(columns_are_found_by_any_of_their_names),
        cmocka_unit_test(no_cell_is_taken_for_a_formula_or_turns_its_row_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
