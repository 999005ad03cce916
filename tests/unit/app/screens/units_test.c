/* What the platform's unit directory answers is not trusted. */
#include "app/screens/units.h"
#include "sync/base/cleanup.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

static void units_of_an_answer_are_taken_as_far_as_they_are_of_the_form(void **state)
{
    (void)state;
    struct units s = {.n = 7};
    const struct dict *own = dict_find(test_forms(), "units");
    CLEANUP(json)
    json_t *answer =
        json_pack("{s:[{s:s,s:s,s:s},{s:s,s:s},{s:s},{s:s,s:i},i,{s:s,s:s}]}", "units", "code", "650100000777", "name",
                  "乌鲁木齐设计院", "superior", "住建局", "code", "2", "name", "", "name", "无代码", "code", "3",
                  "name", 4, 5, "code", "650100000001", "name", "本机已有的");
    assert_non_null(answer);
    units_read(&s, own, answer);
    assert_int_equal(s.n, 1);
    assert_string_equal(s.rows[0].code, "650100000777");
    assert_string_equal(s.rows[0].note, "住建局");
    units_read(&s, NULL, answer);
    assert_int_equal(s.n, 2);
    units_read(&s, own, NULL);
    assert_int_equal(s.n, 0);
}

static void there_is_an_end_to_the_list(void **state)
{
    (void)state;
    struct units s = {0};
    char code[32], name[600];
    CLEANUP(json) json_t *answer = json_pack("{s:[]}", "units");
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    json_array_append_new(json_object_get(answer, "units"), json_pack("{s:s,s:s}", "code", "1", "name", name));
    for (int i = 0; i < 3 * UNITS_MOST; i++) {
        snprintf(code, sizeof code, "c%d", i);
        json_array_append_new(json_object_get(answer, "units"), json_pack("{s:s,s:s}", "code", code, "name", "单位"));
    }
    units_read(&s, NULL, answer);
    assert_int_equal(s.n, UNITS_MOST);
    assert_string_equal(s.rows[0].code, "c0"); /* the overlong one is left out whole */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_of_an_answer_are_taken_as_far_as_they_are_of_the_form),
        cmocka_unit_test(there_is_an_end_to_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
