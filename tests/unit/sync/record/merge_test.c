/* A person's sections at two kiosks: what the platform has and what is here. */
#include "sync/base/cleanup.h"
#include "sync/record/merge.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <string.h>

static json_t *scope_of(const struct doc *d)
{
    CLEANUP(str) struct str out = {0};
    struct err e = {0};
    if (!doc_export(d, SCOPE_PERSON, &out, &e))
        fail_msg("%s", e.text);
    return canon_parse(out.p, out.len, &e);
}

static void merge(struct doc *ours, const struct doc *base, const struct doc *theirs, struct merge *m)
{
    CLEANUP(json) json_t *b = base ? scope_of(base) : NULL, *t = scope_of(theirs);
    struct err e = {0};
    if (!doc_merge(ours, SCOPE_PERSON, b, t, m, &e))
        fail_msg("%s", e.text);
}

static struct doc *with(const struct doc *d, struct doc_path p, const char *value)
{
    struct doc *copy = doc_clone(d);
    put(copy, p, value);
    return copy;
}

static void what_one_side_changed_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *base, *ours, *theirs, *result;
        size_t rows;
        bool changed, news;
    } cases[] = {
        {"甲", "甲", "甲", "甲", 0, false, false}, {"甲", "甲", "乙", "乙", 0, true, false},
        {"甲", "乙", "甲", "乙", 0, false, true},  {"甲", "乙", "乙", "乙", 0, false, false},
        {"甲", "乙", "丙", "乙", 1, false, true}, /* asked; ours stays meanwhile */
        {"甲", "", "甲", "", 0, false, true},      {"甲", "甲", "", "", 0, true, false},
        {"甲", "", "乙", "", 1, false, true},      {"甲", "乙", "", "乙", 1, false, true},
        {NULL, "", "乙", "乙", 0, true, false}, /* the first meeting */
        {NULL, "乙", "", "乙", 0, false, true},    {NULL, "甲", "乙", "甲", 1, false, true},
    };
    struct doc_path p = ONE("basic", "unit_name");
    struct doc *whole = test_declaration();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc *base = cases[i].base ? with(whole, p, cases[i].base) : NULL;
        struct doc *ours = with(whole, p, cases[i].ours), *theirs = with(whole, p, cases[i].theirs);
        CLEANUP(merge) struct merge m;
        merge(ours, base, theirs, &m);
        if (strcmp(doc_text(ours, p), cases[i].result) != 0 || m.n != cases[i].rows || m.changed != cases[i].changed ||
            m.news != cases[i].news)
            fail_msg("case %zu: %s, %zu rows, changed %d, news %d", i, doc_text(ours, p), m.n, m.changed, m.news);
        doc_destroy(base);
        doc_destroy(ours);
        doc_destroy(theirs);
    }
    doc_destroy(whole);
}

static void a_persons_word_settles_a_row_and_may_change(void **state)
{
    (void)state;
    struct doc_path p = ONE("contact", "mobile");
    struct doc *whole = test_declaration(), *ours = with(whole, p, "13900000001"),
               *theirs = with(whole, p, "13900000002");
    CLEANUP(merge) struct merge m;
    merge(ours, whole, theirs, &m);
    assert_int_equal(m.n, 1);
    assert_string_equal(m.rows[0].at.field, "mobile");
    assert_false(merge_is_theirs(ours, &m.rows[0]));
    merge_decide(ours, &m.rows[0], true);
    assert_string_equal(doc_text(ours, p), "13900000002");
    assert_true(merge_is_theirs(ours, &m.rows[0]));
    merge_decide(ours, &m.rows[0], false);
    assert_string_equal(doc_text(ours, p), "13900000001");
    doc_destroy(ours);
    doc_destroy(theirs);
    doc_destroy(whole);
}

static void account_data_is_the_platforms(void **state)
{
    (void)state;
    struct doc_path p = ONE("identity_check", "full_name");
    struct doc *whole = test_declaration(), *ours = with(whole, p, "张四"), *theirs = with(whole, p, "张三丰");
    CLEANUP(merge) struct merge m;
    merge(ours, whole, theirs, &m);
    assert_int_equal(m.n, 0);
    assert_string_equal(doc_text(ours, p), "张三丰");
    doc_destroy(ours);
    doc_destroy(theirs);
    doc_destroy(whole);
}

/* A new folder holds what the form puts there by itself: nobody is asked about that. */
static void what_nobody_typed_gives_way(void **state)
{
    (void)state;
    struct doc *theirs = test_declaration(), *ours = doc_create(test_forms());
    put(ours, ONE("identity_check", "full_name"), doc_text(theirs, ONE("identity_check", "full_name")));
    put(ours, ONE("identity_check", "id_number"), doc_text(theirs, ONE("identity_check", "id_number")));
    put(ours, ONE("identity_check", "mobile"), "13900000001");
    doc_prefill(ours);
    assert_string_equal(doc_text(ours, ONE("contact", "mobile")), "13900000001");
    CLEANUP(merge) struct merge m;
    merge(ours, NULL, theirs, &m);
    assert_int_equal(m.n, 0);
    assert_true(m.changed);
    assert_false(m.news);
    doc_prefill(ours);
    CLEANUP(json) json_t *a = scope_of(ours), *b = scope_of(theirs);
    assert_true(json_equal(a, b));
    doc_destroy(ours);
    doc_destroy(theirs);
}

static void add_school(struct doc *d, const char *school, const char *major)
{
    int i = doc_entry_add(d, "education");
    put(d, MANY("education", i, "education"), "21");
    put(d, MANY("education", i, "school"), school);
    put(d, MANY("education", i, "major"), major);
}

static void entries_of_both_sides_are_kept(void **state)
{
    (void)state;
    struct doc *base = doc_create(test_forms());
    add_school(base, "甲", "1");
    add_school(base, "乙", "2");
    struct doc *ours = doc_clone(base), *theirs = doc_clone(base);
    add_school(ours, "丙", "3");                       /* new here */
    json_decref(doc_entry_take(ours, "education", 1)); /* 乙 was taken away here */
    put(theirs, MANY("education", 0, "major"), "11");  /* 甲 was changed there */
    add_school(theirs, "丁", "4");                     /* new there */
    CLEANUP(merge) struct merge m;
    merge(ours, base, theirs, &m);
    assert_int_equal(m.n, 0);
    assert_int_equal(doc_entries(ours, "education"), 3);
    assert_string_equal(doc_text(ours, MANY("education", 0, "major")), "11");
    assert_string_equal(doc_text(ours, MANY("education", 1, "school")), "丙");
    assert_string_equal(doc_text(ours, MANY("education", 2, "school")), "丁");
    assert_true(m.news);
    doc_destroy(base);
    doc_destroy(ours);
    doc_destroy(theirs);
}

static void one_entry_changed_on_both_sides_is_asked_field_by_field(void **state)
{
    (void)state;
    struct doc *base = doc_create(test_forms());
    add_school(base, "甲", "1");
    add_school(base, "乙", "2");
    struct doc *ours = doc_clone(base), *theirs = doc_clone(base);
    put(ours, MANY("education", 1, "major"), "21");
    put(ours, MANY("education", 1, "years"), "4");
    put(theirs, MANY("education", 1, "major"), "22");
    CLEANUP(merge) struct merge m;
    merge(ours, base, theirs, &m);
    assert_int_equal(m.n, 1);
    assert_int_equal(m.rows[0].at.entry, 1);
    assert_string_equal(m.rows[0].at.field, "major");
    merge_decide(ours, &m.rows[0], true);
    assert_string_equal(doc_text(ours, MANY("education", 1, "major")), "22");
    assert_int_equal(doc_entries(ours, "education"), 2);
    doc_destroy(base);
    doc_destroy(ours);
    doc_destroy(theirs);
}

static void none_against_entries_is_one_question(void **state)
{
    (void)state;
    struct doc *ours = doc_create(test_forms()), *theirs = doc_create(test_forms());
    doc_set_none(ours, "talent_program", true);
    doc_entry_add(theirs, "talent_program");
    CLEANUP(merge) struct merge m;
    merge(ours, NULL, theirs, &m);
    assert_int_equal(m.n, 1);
    assert_null(m.rows[0].at.field);
    assert_true(doc_none(ours, "talent_program"));
    merge_decide(ours, &m.rows[0], true);
    assert_int_equal(doc_entries(ours, "talent_program"), 1);
    assert_true(merge_is_theirs(ours, &m.rows[0]));
    merge_decide(ours, &m.rows[0], false);
    assert_true(doc_none(ours, "talent_program"));
    doc_destroy(ours);
    doc_destroy(theirs);
}

static void the_same_picture_from_two_kiosks_is_one(void **state)
{
    (void)state;
    struct doc_path p = ONE("images", "photo_1inch");
    struct doc *theirs = test_declaration(), *ours = doc_clone(theirs);
    json_t *again = json_deep_copy(doc_get(theirs, p));
    json_object_set_new(json_array_get(again, 0), "sha256",
                        json_string("00000000000000000000000000000000000000000000000000000000000000aa"));
    assert_true(doc_set(ours, p, again, NULL));
    CLEANUP(merge) struct merge m;
    merge(ours, NULL, theirs, &m);
    assert_int_equal(m.n, 0);
    assert_true(json_equal(doc_get(ours, p), doc_get(theirs, p))); /* the one that the platform holds */
    doc_destroy(ours);
    doc_destroy(theirs);
}

static void rows_of_the_platform_take_no_part(void **state)
{
    (void)state;
    struct doc *ours = doc_create(test_forms()), *theirs = doc_create(test_forms());
    CLEANUP(json) json_t *rows = json_pack("[{s:s,s:i}]", "course", "公需课", "year", 2020);
    int own = doc_entry_add(ours, "training");
    put(ours, MANY("training", own, "course"), "专业课");
    assert_true(doc_rows_set(ours, "training", rows));
    CLEANUP(merge) struct merge m;
    merge(ours, NULL, theirs, &m);
    assert_int_equal(m.n, 0);
    assert_int_equal(doc_entries(ours, "training"), 2);
    assert_true(m.news);
    merge_finish(&m);
    put(theirs, MANY("training", doc_entry_add(theirs, "training"), "course"), "别的课");
    merge(ours, NULL, theirs, &m);
    assert_int_equal(doc_entries(ours, "training"), 3);
    assert_false(doc_row_given(ours, "training", 1));
    assert_true(doc_row_given(ours, "training", 2));
    doc_destroy(ours);
    doc_destroy(theirs);
}

static void what_is_no_scope_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"{}",
                                      "[]",
                                      "{\"sections\":[]}",
                                      "{\"sections\":{\"basic\":[]}}",
                                      "{\"sections\":{\"basic\":{\"unit_name\":1.5}}}",
                                      "{\"sections\":{\"education\":{}}}"};
    struct doc *d = test_declaration(), *before = doc_clone(d);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(json) json_t *j = json_loads(bad[i], 0, NULL), *good = scope_of(before);
        struct merge m;
        struct err e = {0};
        assert_false(doc_merge(d, SCOPE_PERSON, NULL, j, &m, &e));
        assert_int_equal(e.code, ERR_FORMAT);
        assert_false(doc_merge(d, SCOPE_PERSON, j, good, &m, &e));
        CLEANUP(json) json_t *now = scope_of(d);
        assert_true(json_equal(now, good));
    }
    doc_destroy(d);
    doc_destroy(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_side_changed_is_taken),
        cmocka_unit_test(a_persons_word_settles_a_row_and_may_change),
        cmocka_unit_test(account_data_is_the_platforms),
        cmocka_unit_test(what_nobody_typed_gives_way),
        cmocka_unit_test(entries_of_both_sides_are_kept),
        cmocka_unit_test(one_entry_changed_on_both_sides_is_asked_field_by_field),
        cmocka_unit_test(none_against_entries_is_one_question),
        cmocka_unit_test(the_same_picture_from_two_kiosks_is_one),
        cmocka_unit_test(rows_of_the_platform_take_no_part),
        cmocka_unit_test(what_is_no_scope_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
