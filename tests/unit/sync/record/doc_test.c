#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

static void answers_are_kept_by_type(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    char shown[32];
    put(d, ONE("basic", "specialty_years"), "012");
    assert_true(json_is_integer(doc_get(d, ONE("basic", "specialty_years"))));
    assert_string_equal(doc_show(d, ONE("basic", "specialty_years"), shown, sizeof shown), "12");
    put(d, ONE("basic", "specialty_years"), "十二"); /* nothing is lost: the validator speaks */
    assert_string_equal(doc_text(d, ONE("basic", "specialty_years")), "十二");
    put(d, ONE("basic", "on_post"), "true");
    assert_true(doc_bool(d, ONE("basic", "on_post")));
    put(d, ONE("basic", "unit_name"), "甲");
    assert_true(doc_answered(d, ONE("basic", "unit_name")));
    put(d, ONE("basic", "unit_name"), "");
    assert_false(doc_answered(d, ONE("basic", "unit_name")));
    assert_string_equal(doc_text(d, ONE("basic", "unit_name")), "");
    doc_destroy(d);
}

static void paths_that_the_forms_do_not_have_are_refused(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    static const struct doc_path paths[] = {
        {"basic", NO_ENTRY, "nothing"},    {"nothing", NO_ENTRY, "full_name"}, {"basic", 0, "full_name"},
        {"education", NO_ENTRY, "school"}, {"education", 0, "school"},         {"education", 7, "school"},
        {"basic", NO_ENTRY, "health"}, /* off: not collected */
        {"basic", NO_ENTRY, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct err e = {0};
        assert_false(doc_set_text(d, paths[i], "x", &e));
        assert_int_equal(e.code, ERR_NOT_FOUND);
        assert_null(paths[i].field ? doc_get(d, paths[i]) : NULL);
    }
    doc_destroy(d);
}

static void entries_come_go_and_come_back(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    assert_int_equal(doc_entry_add(d, "basic"), NO_ENTRY);
    for (int i = 0; i < 3; i++) {
        char school[16];
        snprintf(school, sizeof school, "%d", i);
        assert_int_equal(doc_entry_add(d, "education"), i);
        assert_false(doc_bool(d, MANY("education", i, "overseas")));
        assert_true(doc_answered(d, MANY("education", i, "overseas"))); /* initial */
        put(d, MANY("education", i, "school"), school);
    }
    json_t *taken = doc_entry_take(d, "education", 1);
    assert_int_equal(doc_entries(d, "education"), 2);
    assert_string_equal(doc_text(d, MANY("education", 1, "school")), "2");
    doc_entry_put(d, "education", 1, taken);
    assert_string_equal(doc_text(d, MANY("education", 1, "school")), "1");
    assert_null(doc_entry_take(d, "education", 3));
    assert_null(doc_entry_take(d, "education", -1));
    for (int i = 0; i < 3; i++)
        json_decref(doc_entry_take(d, "education", 0));
    assert_int_equal(doc_entries(d, "education"), 0);
    doc_destroy(d);
}

static void none_is_an_answer(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    doc_entry_add(d, "talent_program");
    doc_set_none(d, "talent_program", true);
    assert_true(doc_none(d, "talent_program"));
    assert_int_equal(doc_entries(d, "talent_program"), 0);
    doc_entry_add(d, "talent_program");
    assert_false(doc_none(d, "talent_program"));
    assert_int_equal(doc_entries(d, "talent_program"), 1);
    doc_set_none(d, "talent_program", false);
    assert_int_equal(doc_entries(d, "talent_program"), 1);
    doc_set_none(d, "basic", true);
    assert_false(doc_none(d, "basic"));
    doc_destroy(d);
}

static void export_and_import_keep_every_answer(void **state)
{
    (void)state;
    struct doc *d = test_declaration(), *copy = doc_create(test_forms());
    for (int scope = SCOPE_PERSON; scope <= SCOPE_TITLE; scope++) {
        CLEANUP(str) struct str out = {0}, again = {0};
        struct err e = {0};
        assert_true(doc_export(d, (enum form_scope)scope, &out, &e));
        assert_true(doc_import(copy, out.p, out.len, &e));
        assert_true(doc_export(copy, (enum form_scope)scope, &again, &e));
        assert_string_equal(out.p, again.p);
        assert_non_null(strstr(out.p, form_set_version(test_forms())));
        assert_int_equal(strstr(out.p, "title_award") != NULL, scope == SCOPE_TITLE);
        assert_int_equal(strstr(out.p, "education") != NULL, scope == SCOPE_PERSON);
    }
    struct doc *clone = doc_clone(copy);
    put(clone, ONE("basic", "unit_name"), "别处");
    assert_string_not_equal(doc_text(copy, ONE("basic", "unit_name")), "别处");
    doc_destroy(clone);
    doc_destroy(copy);
    doc_destroy(d);
}

/* AC-09 */
static void the_second_title_of_a_person_keeps_the_profile(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    doc_entry_add(d, "paper");
    doc_clear_scope(d, SCOPE_TITLE);
    assert_int_equal(doc_entries(d, "paper"), 0);
    assert_false(doc_answered(d, ONE("title_award", "title_name")));
    assert_int_equal(doc_entries(d, "education"), 1);
    assert_true(doc_answered(d, ONE("images", "photo_1inch")));
    doc_destroy(d);
}

static void import_keeps_what_it_does_not_know_and_drops_what_is_off(void **state)
{
    (void)state;
    static const char in[] =
        "{\"form\":\"2031\",\"rules\":\"1\",\"sections\":{\"basic\":{\"health\":\"1\",\"new\":\"x\","
        "\"unit_name\":\"甲乙\"},\"newer\":{\"a\":true}}}";
    struct doc *d = doc_create(test_forms());
    struct err e = {0};
    assert_true(doc_import(d, in, strlen(in), &e));
    assert_string_equal(doc_text(d, ONE("basic", "unit_name")), "甲乙");
    CLEANUP(str) struct str person = {0}, title = {0};
    assert_true(doc_export(d, SCOPE_PERSON, &person, &e));
    assert_true(doc_export(d, SCOPE_TITLE, &title, &e));
    assert_non_null(strstr(person.p, "\"new\":\"x\""));
    assert_null(strstr(person.p, "health"));
    assert_non_null(strstr(title.p, "newer"));
    CLEANUP(findings) struct findings f = {0};
    validate_section(d, "basic", TODAY, &f);
    assert_string_equal(findings_at(&f, ONE("basic", NULL))->message, "check.unknown_field");
    doc_destroy(d);
}

static void documents_of_another_shape_are_refused_whole(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"sections\":[]}",
        "{\"sections\":{\"basic\":[]}}",
        "{\"sections\":{\"basic\":\"x\"}}",
        "{\"sections\":{\"basic\":{\"unit_name\":{}}}}",
        "{\"sections\":{\"basic\":{\"unit_name\":[1]}}}",
        "{\"sections\":{\"basic\":{\"unit_name\":null}}}",
        "{\"sections\":{\"education\":{}}}",
        "{\"sections\":{\"education\":{\"none\":false}}}",
        "{\"sections\":{\"education\":[1]}}",
        "{\"sections\":{\"contact\":{\"mobile\":\"1\"},\"education\":[[]]}}",
    };
    struct doc *d = doc_create(test_forms());
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        if (doc_import(d, bad[i], strlen(bad[i]), &e))
            fail_msg("%s", bad[i]);
        assert_int_equal(e.code, ERR_FORMAT);
    }
    CLEANUP(str) struct str many = {0};
    str_puts(&many, "{\"sections\":{\"education\":[{}");
    for (int i = 0; i < 600; i++)
        str_puts(&many, ",{}");
    str_puts(&many, "]}}");
    assert_false(doc_import(d, many.p, many.len, NULL));
    assert_false(doc_answered(d, ONE("contact", "mobile"))); /* nothing of a refused document is kept */
    doc_destroy(d);
}

static void paths_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *id, *section, *field;
        int entry;
    } good[] = {{"form.basic.full_name", "basic", "full_name", NO_ENTRY},
                {"form.education.1.school", "education", "school", 0},
                {"form.education.12", "education", NULL, 11},
                {"form.education", "education", NULL, NO_ENTRY}};
    static const char *const bad[] = {"",
                                      "form.",
                                      "form.nothing",
                                      "form.basic.nothing",
                                      "form.basic.1.full_name",
                                      "form.education.school",
                                      "form.education.0.school",
                                      "form.education.01.school",
                                      "form.education.-1.school",
                                      "form.education.99999.school",
                                      "form.education.1.school.x",
                                      "form..full_name",
                                      "form.basic.full_name.",
                                      "basic.full_name.full_name.full_name"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct doc_path p;
        assert_true(doc_path_parse(test_forms(), good[i].id, &p));
        assert_string_equal(p.section, good[i].section);
        assert_int_equal(p.entry, good[i].entry);
        assert_int_equal(p.field != NULL, good[i].field != NULL);
        char id[64];
        doc_path_id(p, id, sizeof id);
        assert_string_equal(id, good[i].id);
        assert_true(doc_path_parse(test_forms(), good[i].id + strlen("form."), &p));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct doc_path p;
        if (doc_path_parse(test_forms(), bad[i], &p))
            fail_msg("%s", bad[i]);
    }
}

static void what_follows_from_the_id_number_is_filled_in(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    put(d, ONE("identity_check", "full_name"), "阿依古丽·买买提");
    put(d, ONE("identity_check", "id_number"), "650000198512310027");
    put(d, ONE("identity_check", "mobile"), "13800000000");
    doc_prefill(d);
    assert_string_equal(doc_text(d, ONE("identity_check", "sex")), "2");
    assert_string_equal(doc_text(d, ONE("identity_check", "birth_month")), "1985-12");
    assert_string_equal(doc_text(d, ONE("basic", "birth_date")), "1985-12-31");
    assert_string_equal(doc_text(d, ONE("basic", "full_name")), "阿依古丽·买买提");
    assert_string_equal(doc_text(d, ONE("basic", "id_type")), "1");
    assert_string_equal(doc_text(d, ONE("contact", "mobile")), "13800000000");
    put(d, ONE("contact", "mobile"), "13900000000");
    put(d, ONE("identity_check", "id_number"), "650000198001010014");
    doc_prefill(d);
    assert_string_equal(doc_text(d, ONE("contact", "mobile")), "13900000000"); /* the person's own answer stays */
    assert_string_equal(doc_text(d, ONE("identity_check", "sex")), "1");       /* a read-only one follows */
    put(d, ONE("basic", "unit_name"), "新疆机械研究院（示例单位）");
    doc_prefill(d);
    assert_string_equal(doc_text(d, ONE("submission", "base_unit")), "新疆机械研究院（示例单位）");
    doc_destroy(d);
}

static void picking_a_title_fills_its_series_level_and_code(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    struct doc_path name = ONE("title_award", "title_name");
    const struct dict_item *item;
    assert_true(doc_choices(d, name, "gcs", &item, 1) > 1);
    assert_string_equal(item->name, "工程师");
    doc_pick(d, name, item);
    assert_string_equal(doc_text(d, name), "工程师");
    assert_string_equal(doc_text(d, ONE("title_award", "title_code")), "083");
    assert_string_equal(doc_text(d, ONE("title_award", "title_series")), "05");
    assert_string_equal(doc_text(d, ONE("title_award", "title_level")), "3");
    assert_ptr_equal(doc_item(d, name), item);
    put(d, name, "工程师");
    assert_true(doc_answered(d, ONE("title_award", "title_code")));
    put(d, name, "总工程师"); /* free text has no code */
    assert_false(doc_answered(d, ONE("title_award", "title_code")));
    assert_null(doc_item(d, name));
    doc_destroy(d);
}

/* One 批文 names dozens of people: who has typed its number need not type its name. */
static void a_document_number_suggests_the_document(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    struct doc_path title = ONE("title_award", "doc_title");
    put(d, ONE("title_award", "doc_org"), "新经信人事");
    assert_null(doc_suggestion(d, title));
    put(d, ONE("title_award", "doc_year"), "2011");
    put(d, ONE("title_award", "doc_no"), "4");
    assert_null(doc_suggestion(d, title));
    put(d, ONE("title_award", "doc_no"), "3");
    const struct dict_item *item = doc_suggestion(d, title);
    assert_non_null(item);
    doc_pick(d, title, item);
    assert_string_equal(doc_text(d, ONE("title_award", "review_committee")), "工信厅评审会");
    assert_null(doc_suggestion(d, title)); /* answered */
    put(d, title, "");
    put(d, ONE("title_award", "review_committee"), "别的评审会");
    assert_null(doc_suggestion(d, title)); /* contradicts an answer */
    doc_destroy(d);
}

/* The shared list of approval documents: a known 文号 fills name, committee and 发证单位, and nothing that was answered. */
static void a_known_document_number_fills_what_it_tells(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    struct doc_path no = ONE("title_award", "doc_no"), title = ONE("title_award", "doc_title");
    put(d, ONE("title_award", "doc_org"), "新经信人事");
    put(d, ONE("title_award", "doc_year"), "2011");
    doc_recognise(d, ONE("title_award", "doc_year"));
    assert_false(doc_answered(d, title)); /* three parts name it, not two */
    put(d, no, "4");
    doc_recognise(d, no);
    assert_false(doc_answered(d, title));
    put(d, ONE("title_award", "issuing_body"), "别的单位");
    put(d, no, "3");
    doc_recognise(d, no);
    assert_string_equal(doc_text(d, title),
                        "关于批准张金鑫等48位同志取得自治区工程系列机械电子专业技术职务任职资格的通知");
    assert_string_equal(doc_text(d, ONE("title_award", "review_committee")), "工信厅评审会");
    assert_string_equal(doc_text(d, ONE("title_award", "issuing_body")), "别的单位");
    put(d, title, "照证书上写的另一个名称");
    doc_recognise(d, no);
    assert_string_equal(doc_text(d, title), "照证书上写的另一个名称"); /* what was typed stays */
    put(d, ONE("title_award", "issuing_body"), "");
    put(d, title, "");
    put(d, ONE("title_award", "doc_none"), "true"); /* 无批文 */
    doc_recognise(d, ONE("title_award", "doc_none"));
    assert_false(doc_answered(d, title));
    doc_destroy(d);
}

static void choices_follow_what_was_answered(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    const struct dict_item *items[64];
    struct doc_path name = ONE("title_award", "title_name");
    put(d, ONE("title_award", "title_series"), "22");
    put(d, ONE("title_award", "title_level"), "3");
    put(d, ONE("title_award", "award_date"), "2008-12");
    assert_true(doc_choices(d, name, "", items, 64) >= 3);
    assert_string_equal(items[0]->name, "中学一级教师"); /* before the reform of 2015 */
    put(d, ONE("title_award", "award_date"), "2016-12-31");
    assert_true(doc_choices(d, name, "", items, 64) >= 3);
    assert_string_equal(items[0]->name, "一级教师");
    assert_true(doc_choices(d, name, "工程师", items, 64) > 0); /* all names stay searchable */
    assert_string_equal(items[0]->name, "工程师");

    struct doc_path committee = ONE("title_award", "review_committee");
    put(d, ONE("title_award", "review_area"), "2");
    put(d, ONE("title_award", "review_prefecture"), "653200");
    assert_int_equal(doc_choices(d, committee, "", items, 64), 1);
    put(d, ONE("title_award", "review_area"), "1"); /* the prefecture is no longer asked */
    assert_true(doc_choices(d, committee, "", items, 64) > 5);
    assert_int_equal(doc_choices(d, ONE("title_award", "review_prefecture"), "", items, 64), 14);
    assert_int_equal(doc_choices(d, ONE("title_award", "review_prefecture"), "吐鲁番", items, 64),
                     2); /* historical last */
    assert_string_equal(items[0]->code, "650400");
    assert_int_equal(doc_choices(d, ONE("title_award", "acquire_way"), "", items, 64), 4);
    assert_int_equal(doc_choices(d, ONE("basic", "unit_name"), NULL, items, 64),
                     dict_count(dict_find(test_forms(), "units")));
    assert_int_equal(doc_choices(d, ONE("basic", "department"), "", items, 64), 0); /* no list */
    doc_destroy(d);
}

static void entries_show_newest_first(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    static const char *const ends[] = {"2002-07", "", "2010-07", "2006-07"};
    for (int i = 0; i < 4; i++)
        put(d, MANY("education", doc_entry_add(d, "education"), "end"), ends[i]);
    int order[4];
    assert_int_equal(doc_entry_order(d, "education", order, 4), 4);
    static const int want[] = {2, 3, 0, 1};
    assert_memory_equal(order, want, sizeof want);
    assert_int_equal(doc_entry_order(d, "work", order, 4), 0);
    doc_destroy(d);
}

static void rows_of_the_platform_are_read_never_changed(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    json_t *rows = json_pack("[{s:s,s:i,s:s,s:n},{s:s,s:s},{},i]", "course", "公需课", "year", 2020, "source", "self",
                             "hours", "course", "二", "nothing_we_know", "x", 7);
    doc_set_none(d, "training", true);
    assert_true(doc_rows_set(d, "training", rows));
    assert_false(doc_rows_set(d, "training", rows)); /* the same again */
    assert_int_equal(doc_rows_given(d, "training"), 2);
    assert_string_equal(doc_text(d, MANY("training", 0, "source")), "platform");
    assert_null(doc_get(d, MANY("training", 1, "nothing_we_know")));
    struct err e = {0};
    assert_false(doc_set_text(d, MANY("training", 0, "course"), "别的", &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_null(doc_entry_take(d, "training", 0));
    doc_set_none(d, "training", true);
    assert_int_equal(doc_entries(d, "training"), 2);
    int own = doc_entry_add(d, "training");
    put(d, MANY("training", own, "course"), "专业课");
    assert_int_equal(own, 0); /* before the platform's */
    assert_false(doc_row_given(d, "training", own));
    json_array_clear(rows);
    assert_true(doc_rows_set(d, "training", rows));
    assert_int_equal(doc_entries(d, "training"), 1);
    assert_string_equal(doc_text(d, MANY("training", 0, "course")), "专业课");
    assert_false(doc_rows_set(d, "education", rows)); /* the platform fills in nothing there */
    json_decref(rows);
    doc_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_kept_by_type),
        cmocka_unit_test(paths_that_the_forms_do_not_have_are_refused),
        cmocka_unit_test(entries_come_go_and_come_back),
        cmocka_unit_test(none_is_an_answer),
        cmocka_unit_test(export_and_import_keep_every_answer),
        cmocka_unit_test(the_second_title_of_a_person_keeps_the_profile),
        cmocka_unit_test(import_keeps_what_it_does_not_know_and_drops_what_is_off),
        cmocka_unit_test(documents_of_another_shape_are_refused_whole),
        cmocka_unit_test(paths_have_names),
        cmocka_unit_test(what_follows_from_the_id_number_is_filled_in),
        cmocka_unit_test(picking_a_title_fills_its_series_level_and_code),
        cmocka_unit_test(a_document_number_suggests_the_document),
        cmocka_unit_test(a_known_document_number_fills_what_it_tells),
        cmocka_unit_test(choices_follow_what_was_answered),
        cmocka_unit_test(entries_show_newest_first),
        cmocka_unit_test(rows_of_the_platform_are_read_never_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
