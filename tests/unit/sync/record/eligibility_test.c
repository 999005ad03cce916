#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

static struct eligible_verdict verdict(const char *date, int year, int ecert, int by_exam)
{
    struct eligible_title t = {.name = "工程师", .date = date, .year = year};
    t.ecert = ecert;
    t.by_exam = by_exam;
    return eligibility(test_forms(), &t);
}

static void judged_as(const json_t *c)
{
    static const struct {
        const char *expect, *reason;
    } words[] = {{"needed", "eligible.needed"},
                 {"not_needed:2000年以前", "eligible.before_2000"},
                 {"not_needed:2021年以后", "eligible.after_2021"},
                 {"not_needed:已有电子证书", "eligible.ecert"},
                 {"not_needed:以考代评", "eligible.by_exam"}};
    struct eligible_verdict v =
        verdict(json_string_value(json_object_get(c, "awarded")), 0, json_is_true(json_object_get(c, "has_ecert")),
                json_is_true(json_object_get(c, "exam_based")));
    const char *expect = json_string_value(json_object_get(c, "expect"));
    size_t i = 0;
    while (i < ARRAY_LEN(words) && strcmp(words[i].expect, expect) != 0)
        i++;
    assert_true(i < ARRAY_LEN(words));
    assert_string_equal(v.reason, words[i].reason);
    assert_int_equal(v.needed, i == 0);
}

/* AC-01 and AC-11 */
static void zhang_san_enters_two_titles_and_hears_why_not_the_others(void **state)
{
    (void)state;
    json_error_t e;
    json_t *rules = json_load_file("tests/data/rules.json", 0, &e);
    assert_non_null(rules);
    const json_t *all = json_object_get(rules, "eligibility");
    static const char *const lists[] = {"zhangsan", "edge_cases"};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; i < json_array_size(json_object_get(all, lists[k])); i++)
            judged_as(json_array_get(json_object_get(all, lists[k]), i));
    json_decref(rules);
}

static void a_year_alone_is_enough_and_doubt_goes_on(void **state)
{
    (void)state;
    static const struct {
        const char *date;
        int year, ecert, by_exam;
        bool needed;
        const char *reason;
    } cases[] = {
        {NULL, 1999, ANSWER_NO, ANSWER_NO, false, "eligible.before_2000"},
        {NULL, 2000, ANSWER_NO, ANSWER_NO, true, "eligible.needed"},
        {NULL, 2021, ANSWER_NO, ANSWER_NO, true, "eligible.needed"},
        {NULL, 2022, ANSWER_NO, ANSWER_NO, false, "eligible.after_2021"},
        {"2021-12", 0, ANSWER_NO, ANSWER_NO, true, "eligible.needed"},
        {NULL, 0, ANSWER_NO, ANSWER_NO, true, "eligible.date_unknown"},
        {NULL, 0, ANSWER_YES, ANSWER_NO, false, "eligible.ecert"},
        {NULL, 2019, ANSWER_UNSURE, ANSWER_NO, true, "eligible.ecert_unsure"},
        {NULL, 2010, ANSWER_NO, ANSWER_UNSURE, true, "eligible.by_exam_unsure"},
        {NULL, 2010, ANSWER_UNSURE, ANSWER_YES, false, "eligible.by_exam"},
        {"not a date", 2010, ANSWER_NO, ANSWER_NO, true, "eligible.needed"},
        {NULL, -5, ANSWER_NO, ANSWER_NO, true, "eligible.date_unknown"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct eligible_verdict v = verdict(cases[i].date, cases[i].year, cases[i].ecert, cases[i].by_exam);
        assert_string_equal(v.reason, cases[i].reason);
        assert_int_equal(v.needed, cases[i].needed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zhang_san_enters_two_titles_and_hears_why_not_the_others),
        cmocka_unit_test(a_year_alone_is_enough_and_doubt_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
