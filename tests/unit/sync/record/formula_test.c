/* Each vector of tests/data/rules.json, and cases beside them. */
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

static json_t *rules(const char *name)
{
    static json_t *whole;
    json_error_t e;
    if (!whole && !(whole = json_load_file("tests/data/rules.json", 0, &e)))
        fail_msg("tests/data/rules.json:%d: %s", e.line, e.text);
    json_t *v = json_object_get(whole, name);
    assert_non_null(v);
    return v;
}

static const char *member(const json_t *o, const char *name)
{
    const char *z = json_string_value(json_object_get(o, name));
    return z ? z : "";
}

static bool begins(const char *z, const char *with)
{
    return strncmp(z, with, strlen(with)) == 0;
}

static void normalised(const char *section, const char *field, const char *in, struct str *out)
{
    const struct form_field *f = form_field_find(form_section_find(test_forms(), section), field);
    assert_non_null(f);
    field_normalise(f, in, out);
}

static void resident_ids(void **state)
{
    (void)state;
    const json_t *list = json_object_get(rules("resident_id"), "vectors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        const char *expect = member(c, "expect");
        CLEANUP(str) struct str id = {0};
        normalised("identity_check", "id_number", member(c, "value"), &id);
        enum id_verdict v = resident_id_check(str_z(&id), TODAY);
        bool ok = begins(expect, "ok")                 ? v == ID_OK
                  : strcmp(expect, "check_digit") == 0 ? v == ID_CHECK_DIGIT
                  : strcmp(expect, "birth_date") == 0  ? v == ID_BIRTH
                                                       : v == ID_FORMAT || v == ID_15;
        if (!ok)
            fail_msg("%s: verdict %d", member(c, "value"), v);
    }
}

static void resident_id_edges(void **state)
{
    (void)state;
    assert_int_equal(resident_id_check("650000800101001", TODAY), ID_15);
    assert_int_equal(resident_id_check("", TODAY), ID_FORMAT);
    assert_int_equal(resident_id_check("6500001980010100XX", TODAY), ID_FORMAT);
    assert_int_equal(resident_id_check("650000198001010014 ", TODAY), ID_FORMAT);
    assert_int_equal(resident_id_check("650000198001010014", (struct civil){.year = 1980, .month = 1, .day = 1}),
                     ID_OK);
    assert_int_equal(resident_id_check("650000198001010014", (struct civil){.year = 1979, .month = 12, .day = 31}),
                     ID_BIRTH);
    char birth[11];
    resident_id_birth("650000198512310027", birth);
    assert_string_equal(birth, "1985-12-31");
    assert_int_equal(resident_id_sex("650000198512310027"), '2');
    assert_int_equal(resident_id_sex("650000198001010014"), '1');
}

static void mobiles(void **state)
{
    (void)state;
    const json_t *list = json_object_get(rules("mobile"), "vectors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        CLEANUP(str) struct str z = {0};
        normalised("contact", "mobile", member(c, "value"), &z);
        if (mobile_check(str_z(&z)) != begins(member(c, "expect"), "ok"))
            fail_msg("%s", member(c, "value"));
    }
}

static void names_keep_one_kind_of_dot(void **state)
{
    (void)state;
    const json_t *list = json_object_get(rules("person_name"), "vectors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        CLEANUP(str) struct str z = {0};
        normalised("identity_check", "full_name", member(c, "value"), &z);
        assert_string_equal(str_z(&z), member(c, "expect"));
    }
    static const char *const dots[] = {"·", "•", "・", "･", "‧", "∙", "⋅", "﹒", "·", ".", "．", " · "};
    for (size_t i = 0; i < ARRAY_LEN(dots); i++) {
        char typed[64];
        snprintf(typed, sizeof typed, "　阿依古丽%s买买提 ", dots[i]);
        CLEANUP(str) struct str z = {0};
        normalised("identity_check", "full_name", typed, &z);
        assert_string_equal(str_z(&z), "阿依古丽·买买提");
    }
}

static void document_numbers_split(void **state)
{
    (void)state;
    const json_t *list = json_object_get(rules("approval_doc_no"), "vectors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i), *expect = json_object_get(c, "expect");
        struct doc_no n = {0};
        bool split = doc_no_split(member(c, "value"), &n);
        if (split != json_is_object(expect))
            fail_msg("%s: %s", member(c, "value"), split ? "split" : "not split");
        if (split) {
            assert_string_equal(n.org, member(expect, "org"));
            assert_string_equal(n.year, member(expect, "year"));
            assert_string_equal(n.no, member(expect, "no"));
        }
    }
}

static void document_numbers_of_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *whole, *org, *year, *no; /* org NULL: kept whole */
    } cases[] = {
        {"乌人社(专)〔2010〕12号", "乌人社(专)", "2010", "12"},
        {"中油新(人)字[2004]5号", "中油新(人)字", "2004", "5"},
        {"新职字 (2003) 第123号", "新职字", "2003", "123"},
        {"　新人社发〔2010〕12、13号 ", "新人社发", "2010", "12、13"},
        {"新人社发〈2003〉第 7 号", "新人社发", "2003", "7"},
        {"〈2003〉12号", NULL, NULL, NULL},
        {"【2003】123", NULL, NULL, NULL},
        {"12、13号", NULL, NULL, NULL},
        {"512", NULL, NULL, NULL},
        {"№ 0012345", NULL, NULL, NULL},
        {"新人社发〔2010〕", NULL, NULL, NULL},
        {"新人社发〔2010〕号", NULL, NULL, NULL},
        {"新人社发〔2010〕12、号", NULL, NULL, NULL},
        {"新人社发〔2010〕123456号", NULL, NULL, NULL},
        {"新人社发〔2010〕12号之一", NULL, NULL, NULL},
        {"新人社发〔20100〕12号", NULL, NULL, NULL},
        {"新人社发〔2010 12号", NULL, NULL, NULL},
        {"ab〔2010〕12号", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
        {"\xff〔2010〕12号", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc_no n = {.org = "before"};
        if (doc_no_split(cases[i].whole, &n) != (cases[i].org != NULL))
            fail_msg("%s", cases[i].whole);
        assert_string_equal(n.org, cases[i].org ? cases[i].org : "before");
        if (cases[i].org) {
            assert_string_equal(n.year, cases[i].year);
            assert_string_equal(n.no, cases[i].no);
        }
    }
    struct doc_no n;
    assert_true(doc_no_split("新经信人事【2011】3号", &n));
    char printed[64];
    doc_no_print(&n, printed, sizeof printed);
    assert_string_equal(printed, "新经信人事〔2011〕3号");
}

/* The warning, if any, of a text field that stands alone. */
static const char *warning(const char *section, const char *field, const char *value)
{
    struct doc *d = doc_create(test_forms());
    struct doc_path p = ONE(section, field);
    if (form_section_find(test_forms(), section)->many)
        p.entry = doc_entry_add(d, section);
    put(d, p, value);
    CLEANUP(findings) struct findings f = {0};
    validate_field(d, p, TODAY, &f);
    assert_int_equal(findings_count(&f, SEVERITY_ERROR), 0);
    const char *message = f.len ? f.rows[0].message : NULL;
    doc_destroy(d);
    return message;
}

static void certificate_numbers_only_warn(void **state)
{
    (void)state;
    const json_t *list = json_object_get(rules("title_cert_no"), "vectors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        if ((warning("title_award", "cert_no", member(c, "value")) == NULL) != begins(member(c, "expect"), "ok"))
            fail_msg("%s", member(c, "value"));
    }
    assert_null(warning("title_award", "cert_no", "№ 0012345"));
    assert_null(warning("title_award", "cert_no", "新职字 (2003) 第123号"));
    assert_null(warning("title_award", "cert_no", "512"));
}

static void patents_books_and_journals_have_check_digits(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        bool (*check)(const char *z);
    } kinds[] = {{"patent_no", patent_check}, {"isbn", isbn_check}, {"issn", issn_check}};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        const json_t *list = json_object_get(rules(kinds[k].rule), "vectors");
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *c = json_array_get(list, i);
            if (kinds[k].check(member(c, "value")) != begins(member(c, "expect"), "ok"))
                fail_msg("%s %s", kinds[k].rule, member(c, "value"));
        }
        assert_false(kinds[k].check(""));
        assert_false(kinds[k].check("X"));
    }
    assert_true(isbn_check("9787302511854"));
    assert_false(isbn_check("978-7-111-12345"));
    assert_false(isbn_check("1234567890123"));
    assert_true(patent_check("201110123456.3"));
    assert_false(patent_check("ZL201110123456.33"));
    assert_false(issn_check("10001239"));
}

/* codes as they are printed on public licences */
static void credit_codes_have_a_check_character(void **state)
{
    (void)state;
    assert_true(uscc_check("91350100M000100Y43"));
    assert_true(uscc_check("91110000600037341L"));
    assert_false(uscc_check("91350100M000100Y44"));
    assert_false(uscc_check("91350100M000100Y4"));
    assert_false(uscc_check("91350100I000100Y43")); /* no letter I */
    assert_false(uscc_check(""));
}

static void dates_exist(void **state)
{
    (void)state;
    static const char *const good[] = {"2000-02-29", "2010-12-31", "2010-12", "1949-10-01"};
    static const char *const bad[] = {"2001-02-29",     "1900-02-29", "2010-13",   "2010-00",     "2010-06-31",
                                      "2010-6-1",       "2010",       "",          "2010-12-31 ", "2010/12/31",
                                      "２０１０-12-31", "2010-12-00", "-010-12-31"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!date_check(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (date_check(bad[i]))
            fail_msg("%s", bad[i]);
}

static void masks_hide(void **state)
{
    (void)state;
    char out[64];
    id_mask("650000198001010014", out);
    assert_string_equal(out, "6500**********0014");
    id_mask("1234", out);
    assert_string_equal(out, "****");
    mobile_mask("13800000000", out);
    assert_string_equal(out, "138****0000");
    mobile_mask("123", out);
    assert_string_equal(out, "****");
    static const struct {
        const char *name, *masked;
    } names[] = {{"张三", "张*"}, {"张小三", "张*三"}, {"阿依古丽·买买提", "阿***提"}, {"张", "*"}, {"", "*"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        name_mask(names[i].name, out, sizeof out);
        assert_string_equal(out, names[i].masked);
    }
}

static void files_are_judged_by_size_name_and_content(void **state)
{
    (void)state;
    const json_t *list = json_object_get(rules("attachments"), "vectors");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i), *file = json_array_get(json_object_get(c, "files"), 0);
        if (!file) /* at_least_one: the section's check, in validate_test */
            continue;
        char name[64];
        zcopy(name, sizeof name, json_string_value(json_array_get(file, 1)));
        const char *kind = strcasestr(name, "PDF") ? "pdf"
                           : strstr(name, ".png")  ? "png"
                           : strstr(name, ".tif")  ? NULL
                                                   : "jpg";
        name[strcspn(name, " ")] = '\0';
        const char *m = file_check(test_forms(), name, kind, json_integer_value(json_array_get(file, 2)));
        const char *expect = member(c, "expect");
        const char *want = begins(expect, "ok")                      ? NULL
                           : strcmp(expect, "error:too_big") == 0    ? "check.file_too_big"
                           : strcmp(expect, "error:format") == 0     ? "check.file_format"
                           : strcmp(expect, "error:empty_file") == 0 ? "check.file_empty"
                                                                     : "check.file_content";
        if ((m == NULL) != (want == NULL) || (m && strcmp(m, want) != 0))
            fail_msg("%s: %s", name, m ? m : "ok");
    }
    assert_string_equal(file_kind("\xFF\xD8\xFF\xE0", 4), "jpg");
    assert_string_equal(file_kind("\x89PNG\r\n\x1A\n", 8), "png");
    assert_string_equal(file_kind("BM", 2), "bmp");
    assert_string_equal(file_kind("%PDF-1.4", 8), "pdf");
    assert_null(file_kind("\x89PNG", 4));
    assert_null(file_kind("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resident_ids),
        cmocka_unit_test(resident_id_edges),
        cmocka_unit_test(mobiles),
        cmocka_unit_test(names_keep_one_kind_of_dot),
        cmocka_unit_test(document_numbers_split),
        cmocka_unit_test(document_numbers_of_all_kinds),
        cmocka_unit_test(certificate_numbers_only_warn),
        cmocka_unit_test(patents_books_and_journals_have_check_digits),
        cmocka_unit_test(credit_codes_have_a_check_character),
        cmocka_unit_test(dates_exist),
        cmocka_unit_test(masks_hide),
        cmocka_unit_test(files_are_judged_by_size_name_and_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
