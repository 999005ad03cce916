#include "sync/base/file.h"
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

/* --- what an authority changes: a copy of assets/ with rules of its own --- */

static struct form_set *with_rules(const char *name, const char *from, const char *to, struct err *e)
{
    char dir[] = "/tmp/rules-XXXXXX";
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *copy = xasprintf("cp -r assets/forms assets/rules assets/codes %s", dir),
                  *gone = xasprintf("rm -r %s", dir);
    AUTOFREE char *path = xasprintf("%s/rules/%s", dir, name);
    CLEANUP(str) struct str text = {0}, changed = {0};
    assert_int_equal(system(copy), 0); /* NOLINT */
    assert_true(file_read(path, 1 << 20, &text, e));
    const char *at = strstr(text.p, from);
    assert_non_null(at);
    str_add(&changed, text.p, (size_t)(at - text.p));
    str_puts(&changed, to);
    str_puts(&changed, at + strlen(from));
    assert_true(file_write_durable(path, changed.p, changed.len, 0644, e));
    struct form_set *f = form_set_load(dir, e);
    assert_int_equal(system(gone), 0); /* NOLINT */
    return f;
}

/* R009 */
static void one_switch_opens_titles_by_examination_in_helper_and_form(void **state)
{
    (void)state;
    struct err e = {0};
    struct form_set *f = with_rules("eligibility.json", "\"by_exam_open\": false", "\"by_exam_open\": true", &e);
    if (!f)
        fail_msg("%s", e.text);
    const struct eligible_title t = {.name = "会计师", .year = 2010, .by_exam = ANSWER_YES};
    assert_true(eligibility(f, &t).needed);
    assert_false(eligibility(test_forms(), &t).needed);
    const struct doc_path exam = ONE("title_award", "is_exam_based");
    const struct form_set *const sets[] = {test_forms(), f};
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        CLEANUP(findings) struct findings found = {0};
        struct doc *d = doc_create(sets[i]);
        put(d, exam, "yes");
        validate_field(d, exam, TODAY, &found);
        assert_int_equal(findings_count(&found, SEVERITY_ERROR), i == 0);
        doc_destroy(d);
    }
    form_set_destroy(f);
}

/* R012, R013, R014, R016 */
static void a_phase_that_has_not_come_is_said_and_stops_nobody(void **state)
{
    (void)state;
    static const struct {
        struct doc_path path;
        const char *value, *name; /* NULL: nothing is said */
    } cases[] = {
        {{"title_award", NO_ENTRY, "review_area"}, "1", NULL},
        {{"title_award", NO_ENTRY, "review_area"}, "2", "phase.prefecture"},
        {{"title_award", NO_ENTRY, "review_area"}, "4", NULL},
        {{"basic", NO_ENTRY, "unit_nature"}, "10", NULL},
        {{"basic", NO_ENTRY, "unit_nature"}, "20", NULL},
        {{"basic", NO_ENTRY, "unit_nature"}, "30", "phase.enterprise"},
        {{"title_award", NO_ENTRY, "is_exam_based"}, "no", NULL},
        {{"title_award", NO_ENTRY, "is_exam_based"}, "yes", "phase.exam"},
        {{"title_award", NO_ENTRY, "title_level"}, "5", NULL},
        {{"title_award", NO_ENTRY, "title_level"}, "3", NULL},
        {{"title_award", NO_ENTRY, "title_level"}, "1", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct phase_to_come out[4];
        struct doc *d = doc_create(test_forms());
        put(d, cases[i].path, cases[i].value);
        size_t n = phases_to_come(d, TODAY, out, ARRAY_LEN(out));
        assert_int_equal(n, cases[i].name != NULL);
        if (n) {
            assert_string_equal(out[0].name, cases[i].name);
            assert_string_equal(out[0].path.field, cases[i].path.field);
            assert_string_equal(out[0].from, "");
        }
        doc_destroy(d);
    }
    struct phase_to_come out[4];
    struct doc *whole = test_declaration();
    put(whole, ONE("title_award", "review_area"), "2");
    put(whole, ONE("title_award", "review_prefecture"), "652900");
    assert_int_equal(phases_to_come(whole, TODAY, out, ARRAY_LEN(out)), 1);
    CLEANUP(findings) struct findings found = {0};
    validate_scope_all(whole, TODAY, &found);
    assert_int_equal(findings_count(&found, SEVERITY_ERROR), 0);
    doc_destroy(whole);
}

static void a_phase_opens_on_its_day(void **state)
{
    (void)state;
    struct err e = {0};
    struct phase_to_come out[1];
    struct form_set *f = with_rules("phases.json", "\"name\": \"phase.prefecture\", \"opens\": \"unknown\"",
                                    "\"name\": \"phase.prefecture\", \"opens\": \"2026-11-24\"", &e);
    if (!f)
        fail_msg("%s", e.text);
    struct doc *d = doc_create(f);
    put(d, ONE("title_award", "review_area"), "2");
    assert_int_equal(phases_to_come(d, TODAY, out, 1), 1);
    assert_string_equal(out[0].from, "2026-11-24");
    assert_int_equal(phases_to_come(d, ((struct civil){.year = 2026, .month = 11, .day = 24}), out, 1), 0);
    doc_destroy(d);
    form_set_destroy(f);
}

static void slips_in_the_rules_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *file, *from, *to, *says;
    } cases[] = {
        {"phases.json", "\"review_area\"", "\"review_aera\"", "phases.json: lines[0]: expected a field that chooses"},
        {"phases.json", "[\"2\"]", "[\"22\"]", "lines[0].steps[1]: review_area has no code \"22\""},
        {"phases.json", "\"opens\": \"unknown\"", "\"opens\": \"2026-13-01\"",
         "lines[0].steps[1]: expected a name; opens"},
        {"phases.json", "\"lines\"", "\"rows\"", "unknown member \"rows\""},
        {"eligibility.json", "\"by_exam_open\": false", "\"by_exam_open\": 0", "by_exam_open: expected true or false"},
        {"eligibility.json", "\"unless\": \"by_exam_open\"", "\"unless\": \"by_exam\"",
         "order[3]: unless: expected a switch"},
        {"eligibility.json", "{\"by_exam_open\": false}", "{}", "order[3]: unless: expected a switch"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = {0};
        struct form_set *f = with_rules(cases[i].file, cases[i].from, cases[i].to, &e);
        if (f || !strstr(e.text, cases[i].says))
            fail_msg("case %zu says \"%s\"", i, e.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zhang_san_enters_two_titles_and_hears_why_not_the_others),
        cmocka_unit_test(one_switch_opens_titles_by_examination_in_helper_and_form),
        cmocka_unit_test(a_phase_that_has_not_come_is_said_and_stops_nobody),
        cmocka_unit_test(a_phase_opens_on_its_day),
        cmocka_unit_test(slips_in_the_rules_are_told_with_their_place),
        cmocka_unit_test(a_year_alone_is_enough_and_doubt_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
