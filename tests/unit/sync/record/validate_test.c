#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#define AWARD(field) ONE("title_award", field)

/* Severity and message of the first finding at a path of a whole declaration in which one answer was changed; "" when
 * clean. */
static const char *found(struct doc *d, struct doc_path p)
{
    static char text[96];
    CLEANUP(findings) struct findings f = {0};
    validate_scope_all(d, TODAY, &f);
    const struct finding *at = findings_at(&f, p);
    snprintf(text, sizeof text, "%s%s", at ? (at->severity == SEVERITY_ERROR ? "E " : "W ") : "",
             at ? at->message + strlen("check.") : "");
    return text;
}

static const char *after(struct doc_path p, const char *value)
{
    struct doc *d = test_declaration();
    put(d, p, value);
    const char *text = found(d, p);
    doc_destroy(d);
    return text;
}

struct row {
    struct doc_path path;
    const char *value, *finding;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = after(rows[i].path, rows[i].value);
        if (strcmp(got, rows[i].finding) != 0)
            fail_msg("row %zu, %s = \"%.60s\": got \"%s\", expected \"%s\"", i, rows[i].path.field, rows[i].value, got,
                     rows[i].finding);
    }
}

static void the_guides_record_has_no_error_and_no_warning(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    CLEANUP(findings) struct findings f = {0};
    validate_scope_all(d, TODAY, &f);
    print_findings(&f);
    assert_int_equal(f.len, 0);
    doc_destroy(d);
}

static void an_empty_declaration_names_everything_that_is_required(void **state)
{
    (void)state;
    struct doc *d = doc_create(test_forms());
    assert_string_equal(found(d, AWARD("title_name")), "E required");
    assert_string_equal(found(d, AWARD("acquire_way")), "E required_choice");
    assert_string_equal(found(d, ONE("education", NULL)), "E section_required");
    assert_string_equal(found(d, ONE("talent_program", NULL)), "E section_unanswered");
    assert_string_equal(found(d, ONE("attachments", NULL)), "E at_least_one_file");
    assert_string_equal(found(d, ONE("publicity", NULL)), "W publicity_blank");
    assert_string_equal(found(d, ONE("paper", NULL)), "");
    doc_destroy(d);
}

static void award_dates_lie_between_2000_and_2021(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {AWARD("award_date"), "2000-01-01", "W "},
        {AWARD("award_date"), "2021-12-31", ""},
        {AWARD("award_date"), "1999-12-31", "E award_range"},
        {AWARD("award_date"), "2022-01-01", "E award_range"},
        {AWARD("award_date"), "2010-12", ""}, /* 日不详 */
        {AWARD("award_date"), "2000-01", ""},
        {AWARD("award_date"), "2021-12", ""},
        {AWARD("award_date"), "2022-01", "E award_range"},
        {AWARD("award_date"), "2011-02-29", "E date"},
        {AWARD("award_date"), "2012-02-29", ""},
        {AWARD("award_date"), "去年", "E date"},
        {AWARD("award_date"), "2010", "E date"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *want = strcmp(rows[i].finding, "W ") == 0 ? "" : rows[i].finding;
        assert_string_equal(after(rows[i].path, rows[i].value), want);
    }
    struct doc *d = test_declaration(); /* born 1980: 16 in 1996 is before the range, so younger */
    put(d, ONE("identity_check", "id_number"), "650000200002290038");
    put(d, AWARD("award_date"), "2015-06-30");
    assert_string_equal(found(d, AWARD("award_date")), "E award_age");
    put(d, AWARD("award_date"), "2016-02-28"); /* 29 February 2000 and sixteen years exists: 2016-02-29 */
    assert_string_equal(found(d, AWARD("award_date")), "E award_age");
    put(d, AWARD("award_date"), "2016-02-29");
    assert_string_equal(found(d, AWARD("award_date")), "");
    doc_destroy(d);
    d = test_declaration();
    CLEANUP(findings) struct findings f = {0};
    validate_field(d, AWARD("award_date"), (struct civil){.year = 2010, .month = 12, .day = 30}, &f);
    assert_int_equal(f.len, 1);
    assert_string_equal(f.rows[0].message, "check.future");
    doc_destroy(d);
}

static void numbers_on_paper_never_block(void **state)
{
    (void)state;
    static const char *const whole[] = {"乌人社(专)〔2010〕12号",
                                        "中油新(人)字[2004]5号",
                                        "〈2003〉12号",
                                        "12、13号",
                                        "新经信人事2011年3号",
                                        "【2003】123",
                                        "№ 0012345",
                                        "新职字 (2003) 第123号",
                                        "512"};
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        struct doc *d = test_declaration();
        struct doc_no n;
        bool split = doc_no_split(whole[i], &n);
        put(d, AWARD("doc_org"), split ? n.org : whole[i]);
        put(d, AWARD("doc_year"), split ? n.year : "");
        put(d, AWARD("doc_no"), split ? n.no : "");
        put(d, AWARD("cert_no"), whole[i]);
        CLEANUP(findings) struct findings f = {0};
        validate_scope_all(d, TODAY, &f);
        if (findings_count(&f, SEVERITY_ERROR)) {
            print_findings(&f);
            fail_msg("%s", whole[i]);
        }
        const struct finding *at = findings_at(&f, AWARD("doc_org"));
        if ((at == NULL) != split)
            fail_msg("%s: %s", whole[i], split ? "warned" : "not warned");
        doc_destroy(d);
    }
    static const struct row rows[] = {
        {AWARD("doc_no"), "3号", "W doc_no_part"},
        {AWARD("doc_no"), "12、13", ""},
        {AWARD("doc_no"), "0012", "W doc_no_part"},
        {AWARD("doc_year"), "03", "W doc_year"},
        {AWARD("doc_year"), "2009", "W doc_year_award"},
        {AWARD("doc_year"), "2014", "W doc_year_award"},
        {AWARD("doc_year"), "2013", ""},
        {AWARD("cert_no"), "无", "W cert_no"},
        {AWARD("cert_no"), "", "E required"},
        {AWARD("doc_org"), "", ""},
        {AWARD("doc_title"), "通知", "W length"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void no_document_and_no_number_need_a_reason_and_nothing_else(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    static const char *const fields[] = {"doc_org", "doc_year", "doc_no", "doc_title", "cert_no"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        put(d, AWARD(fields[i]), "");
    assert_string_equal(found(d, AWARD("doc_org")), "E required");
    assert_string_equal(found(d, AWARD("doc_title")), "E required");
    for (int way = 1; way <= 4; way++) {
        char code[2] = {(char)('0' + way), 0};
        put(d, AWARD("acquire_way"), code);
        put(d, AWARD("doc_none"), "true");
        put(d, AWARD("cert_none"), "true");
        put(d, AWARD("doc_none_reason"), "");
        put(d, AWARD("cert_none_reason"), "");
        assert_string_equal(found(d, AWARD("doc_none_reason")), "E required");
        assert_string_equal(found(d, AWARD("cert_none_reason")), "E required");
        put(d, AWARD("doc_none_reason"), "年代久远，记不清文号");
        put(d, AWARD("cert_none_reason"), "证书上没有印编号");
        CLEANUP(findings) struct findings f = {0};
        validate_scope_all(d, TODAY, &f);
        print_findings(&f);
        assert_int_equal(f.len, 0);
    }
    doc_destroy(d);
}

static void what_does_not_need_entering_stops_and_doubt_goes_on(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {AWARD("has_ecert"), "yes", "E ecert_not_needed"},    {AWARD("has_ecert"), "unsure", "W ecert_unsure"},
        {AWARD("is_exam_based"), "yes", "E exam_not_needed"}, {AWARD("is_exam_based"), "unsure", "W exam_unsure"},
        {AWARD("has_ecert"), "maybe", "E not_in_list"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void areas_committees_and_titles_agree(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    put(d, AWARD("review_area"), "2");
    assert_string_equal(found(d, AWARD("review_prefecture")), "E required_choice");
    assert_string_equal(found(d, AWARD("review_committee")), "W item_disagrees");
    put(d, AWARD("review_prefecture"), "659000"); /* groups the cities of the Corps: no prefecture */
    assert_string_equal(found(d, AWARD("review_prefecture")), "E not_in_list");
    put(d, AWARD("review_prefecture"), "650102");
    assert_string_equal(found(d, AWARD("review_prefecture")), "E not_in_list");
    put(d, AWARD("review_prefecture"), "652100"); /* 吐鲁番地区: a historical issuer */
    assert_string_equal(found(d, AWARD("review_prefecture")), "");
    put(d, AWARD("review_prefecture"), "653200");
    put(d, AWARD("review_committee"), "和田地区人力资源和社会保障局");
    assert_string_equal(found(d, AWARD("review_committee")), "");
    put(d, AWARD("review_area"), "3"); /* a county is optional */
    assert_string_equal(found(d, AWARD("review_county")), "");
    put(d, AWARD("review_county"), "653229"); /* 和安县 */
    assert_string_equal(found(d, AWARD("review_county")), "");
    put(d, AWARD("review_county"), "653228"); /* 和康县 */
    assert_string_equal(found(d, AWARD("review_county")), "");
    for (int area = 4; area <= 6; area++) {
        put(d, AWARD("review_area"), (char[2]){(char)('0' + area), 0});
        put(d, AWARD("review_committee"), "甘肃省机械工程评审委员会");
        assert_string_equal(found(d, AWARD("review_area")), area == 5 ? "W bingtuan" : ""); /* said, no block */
        assert_string_equal(found(d, AWARD("review_committee")), "");
    }
    doc_destroy(d);
    static const struct row rows[] = {
        {AWARD("review_committee"), "不知名评审会", "W free_text"},
        {AWARD("title_name"), "高级工程师", "W item_disagrees"},
        {AWARD("title_name"), "总工程师", "W free_text"},
        {AWARD("title_level"), "9", "E not_in_list"},
        {AWARD("specialty"), "编剧", "W item_disagrees"},
        {AWARD("title_series"), "05 ", "E not_in_list"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void identity_follows_the_id_number(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {ONE("identity_check", "sex"), "2", "E equals_part"},
        {ONE("identity_check", "birth_month"), "1980-02", "E equals_part"},
        {ONE("basic", "birth_date"), "1980-01-02", "E equals_part"},
        {ONE("identity_check", "id_number"), "650000198001010010", "E id_check_digit"},
        {ONE("identity_check", "id_number"), "650000198002300013", "E id_birth"},
        {ONE("identity_check", "id_number"), "650000800101001", "E id_15"},
        {ONE("identity_check", "id_number"), "65000019800101001", "E id_format"},
        {ONE("identity_check", "id_number"), "999999198001010011", "W id_area"},
        {ONE("identity_check", "mobile"), "09911234567", "E mobile"},
        {ONE("contact", "office_phone"), "0991-1234567", ""},
        {ONE("contact", "office_phone"), "1234567", "W landline"},
        {ONE("contact", "email"), "name@example.com", ""},
        {ONE("contact", "email"), "name@example", "E email"},
        {ONE("contact", "postcode"), "83000", "E postcode"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void names_may_be_rare_and_long(void **state)
{
    (void)state;
    struct doc_path name = ONE("basic", "former_name");
    char fifty[51 * 3 + 1] = "";
    for (int i = 0; i < 50; i++)
        strcat(fifty, "阿");
    char more[sizeof fifty + 3];
    snprintf(more, sizeof more, "%s阿", fifty);
    const struct row rows[] = {
        {name, "张〇", ""},
        {name, "阿依古丽·买买提", ""},
        {name, "𠮷野", ""},
        {name, "张\uE863", "W rare_character"}, /* private use */
        {name, "张\uFA0E", "W rare_character"}, /* compatibility block */
        {name, "张", "E person_name"},
        {name, "·张三", "E person_name"},
        {name, "张三·", "E person_name"},
        {name, "Smith", "E person_name"},
        {name, fifty, ""},
        {name, more, "E too_long"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void hostile_values_are_named_and_never_crash(void **state)
{
    (void)state;
    CLEANUP(str) struct str huge = {0};
    for (int i = 0; i < 200000; i++)
        str_puts(&huge, "a@");
    const struct row rows[] = {
        {ONE("basic", "unit_name"), huge.p, "E too_long"},
        {ONE("contact", "email"), huge.p, "E too_long"},
        {ONE("identity_check", "id_number"), huge.p, "E too_long"},
        {AWARD("award_date"), huge.p, "E date"},
        {AWARD("title_series"), huge.p, "E not_in_list"},
        {AWARD("cert_no"), "123\a456", "E control_chars"},
        {AWARD("cert_no"), "123\n456", "E control_chars"},
        {AWARD("cert_no"), "123\x7f", "E control_chars"},
        {AWARD("cert_no"), "123\xc2\x85", "E control_chars"},
        {AWARD("cert_no"), "123\u202E654", "E control_chars"}, /* right-to-left override */
        {AWARD("cert_no"), "123\u2066654", "E control_chars"},
        {AWARD("cert_no"), "123\u200B", "E control_chars"}, /* zero width space */
        {AWARD("cert_no"), "123\uFEFF", "E control_chars"},
        {AWARD("cert_no"), "123\uFFFE", "E control_chars"},
        {AWARD("cert_no"), "123\xF0\x9F\x98\x80", "W cert_no"},
        {AWARD("cert_no"), "\xff\xfe", "E required"}, /* nothing is left of it */
        {AWARD("cert_no"),
         "123\xed\xa0\x80"
         "456",
         ""}, /* a surrogate in UTF-8: dropped */
        {ONE("publicity", "publicity_url"), "第一行\n第二行", ""},
        {ONE("basic", "specialty_years"), "61", "E range"},
        {ONE("basic", "specialty_years"), "-1", "E number"},
        {ONE("basic", "specialty_years"), "1e1", "E number"},
        {ONE("basic", "specialty_years"), "99999999999999999999", "E number"},
        {ONE("basic", "specialty_years"), "100", "E too_long"},
        {ONE("basic", "work_start"), "2001-13", "E month"},
        {ONE("basic", "work_start"), "2001-02-29", "E month"},
        {ONE("basic", "work_start"), "2099-01", "E future"},
        {ONE("basic", "work_start"), "1993-12", "W work_start_age"},
        {ONE("basic", "work_start"), "1994-01", ""},
        {ONE("basic", "unit_division"), "659000", "E not_in_list"},
        {ONE("basic", "unit_division"), "659001", ""},
        {ONE("basic", "unit_uscc"), "91350100M000100Y43", ""},
        {ONE("basic", "unit_uscc"), "91350100M000100Y44", "W uscc"},
        {MANY("education", 0, "years"), "4", ""},
        {MANY("education", 0, "years"), "2.5", ""},
        {MANY("education", 0, "years"), "11", "W range"},
        {MANY("education", 0, "years"), "2,5", "E decimal"},
        {MANY("education", 0, "years"), "1e9", "E decimal"},
        {MANY("education", 0, "years"), ".5", "E decimal"},
        {MANY("education", 0, "end"), "1998-09", "E end_before_start"},
        {MANY("education", 0, "end"), "1998-10", ""},
        {ONE("submission", "base_unit"), "另一个单位", "W other_unit"},
        {ONE("submission", "pledge"), "false", "E pledge"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void values_of_another_type_are_named(void **state)
{
    (void)state;
    static const struct {
        struct doc_path path;
        const char *json, *finding;
    } cases[] = {
        {ONE("basic", "unit_name"), "true", "E kind"},
        {ONE("basic", "unit_name"), "[{}]", "E kind"},
        {ONE("basic", "on_post"), "\"true\"", "E kind"},
        {ONE("basic", "specialty_years"), "\"12\"", "E number"},
        {AWARD("award_date"), "20101231", "E date"},
        {AWARD("title_series"), "5", "E not_in_list"},
        {ONE("attachments", "cert_original"), "\"a.jpg\"", "E kind"},
        {ONE("attachments", "cert_original"), "[{}]", "E file_record"},
        {ONE("attachments", "cert_original"), "[{\"name\":1}]", "E file_record"},
        {ONE("images", "photo_1inch"), "[]", "E required_file"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc *d = test_declaration();
        json_error_t e;
        assert_true(doc_set(d, cases[i].path, json_loads(cases[i].json, JSON_DECODE_ANY, &e), NULL));
        if (strcmp(found(d, cases[i].path), cases[i].finding) != 0)
            fail_msg("%s = %s: %s", cases[i].path.field, cases[i].json, found(d, cases[i].path));
        doc_destroy(d);
    }
}

static void files_obey_their_rules(void **state)
{
    (void)state;
    static const struct {
        const char *name, *kind;
        int64_t bytes;
        const char *finding;
    } cases[] = {{"a.jpg", "jpg", 4194304, ""},
                 {"a.jpg", "jpg", 4194305, "E file_too_big"},
                 {"a.JPEG", "jpg", 10, ""},
                 {"a.jpg", "pdf", 10, "E file_content"},
                 {"a.tif", "jpg", 10, "E file_format"},
                 {"a.png", "png", 0, "E file_empty"},
                 {"扫描件", "pdf", 10, ""},
                 {"a.jpg", "exe", 10, "E file_content"},
                 {"a\u202Egpj.pdf", "pdf", 10, "E file_record"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc *d = test_declaration();
        struct doc_path p = ONE("attachments", "approval_doc_original");
        assert_true(doc_set(d, p, json_pack("[o]", test_file(cases[i].name, cases[i].kind, cases[i].bytes)), NULL));
        assert_string_equal(found(d, p), cases[i].finding);
        doc_destroy(d);
    }
    struct doc *d = test_declaration();
    struct doc_path p = ONE("images", "photo_1inch");
    assert_true(doc_set(d, p, json_pack("[o]", test_file("a.pdf", "pdf", 10)), NULL));
    assert_string_equal(found(d, p), "E file_image");
    json_t *eleven = json_array();
    for (int i = 0; i < 11; i++)
        json_array_append_new(eleven, test_file("a.jpg", "jpg", 10));
    assert_true(doc_set(d, ONE("attachments", "cert_original"), eleven, NULL));
    assert_string_equal(found(d, ONE("attachments", "cert_original")), "E count");
    assert_true(doc_set(d, ONE("attachments", "cert_original"), NULL, NULL));
    assert_string_equal(found(d, ONE("attachments", NULL)), "E at_least_one_file");
    assert_true(
        doc_set(d, ONE("attachments", "review_form_original"), json_pack("[o]", test_file("b.pdf", "pdf", 9)), NULL));
    assert_string_equal(found(d, ONE("attachments", NULL)), "");
    doc_destroy(d);
}

/* R059: 25 × 35 mm; a warning, never more. */
static void a_photo_has_the_shape_of_its_frame_and_a_card_can_be_read(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        int w, h;
        const char *finding;
    } cases[] = {{"photo_1inch", 295, 413, ""},
                 {"photo_1inch", 590, 826, ""},
                 {"photo_1inch", 300, 413, ""},
                 {"photo_1inch", 413, 295, "W picture_frame"},
                 {"photo_1inch", 600, 600, "W picture_frame"},
                 {"photo_1inch", 294, 412, "W picture_frame"},
                 {"photo_1inch", 0, 0, ""}, /* not known */
                 {"photo_1inch", -5, 7, ""},
                 {"id_card_front", 1000, 630, ""},
                 {"id_card_front", 630, 1000, ""},
                 {"id_card_front", 999, 630, "W picture_pixels"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc *d = test_declaration();
        json_t *file = test_file("a.jpg", "jpg", 10);
        json_object_set_new(file, "width", json_integer(cases[i].w));
        json_object_set_new(file, "height", json_integer(cases[i].h));
        struct doc_path p = ONE("images", cases[i].field);
        assert_true(doc_set(d, p, json_pack("[o]", file), NULL));
        if (strcmp(found(d, p), cases[i].finding) != 0)
            fail_msg("%s %d × %d: %s", cases[i].field, cases[i].w, cases[i].h, found(d, p));
        json_object_set_new(file, "width", json_string("295"));
        assert_string_equal(found(d, p), "E file_record");
        doc_destroy(d);
    }
}

static void exactly_one_education_is_the_highest(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    int second = doc_entry_add(d, "education");
    static const char *const values[][2] = {{"education", "14"}, {"degree", "308"},     {"school", "新疆大学"},
                                            {"major", "机械"},   {"study_form", "1"},   {"start", "2003-09"},
                                            {"end", "2006-07"},  {"is_highest", "true"}};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        put(d, MANY("education", second, values[i][0]), values[i][1]);
    assert_string_equal(found(d, ONE("education", NULL)), "E exactly_one");
    assert_string_equal(found(d, MANY("education", 0, "is_highest")), "W better_education");
    doc_exactly_one(d, "education", "is_highest", second);
    assert_string_equal(found(d, ONE("education", NULL)), "");
    assert_string_equal(found(d, MANY("education", 0, "is_highest")), "");
    assert_false(doc_bool(d, MANY("education", 0, "is_highest")));
    doc_exactly_one(d, "education", "is_highest", -1);
    assert_string_equal(found(d, ONE("education", NULL)), "E exactly_one");
    doc_destroy(d);
}

static void schools_without_a_major_ask_for_none(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    put(d, MANY("education", 0, "major"), "");
    put(d, MANY("education", 0, "degree"), "");
    assert_string_equal(found(d, MANY("education", 0, "major")), "E required");
    assert_true(field_required(d, MANY("education", 0, "degree")));
    put(d, MANY("education", 0, "education"), "61");
    assert_string_equal(found(d, MANY("education", 0, "major")), "");
    assert_false(field_required(d, MANY("education", 0, "degree")));
    put(d, MANY("education", 0, "education"), "10"); /* a group of GB/T 4658: no education */
    assert_string_equal(found(d, MANY("education", 0, "education")), "E not_in_list");
    put(d, MANY("education", 0, "education"), "12"); /* 结业: legal, not offered */
    assert_string_equal(found(d, MANY("education", 0, "education")), "");
    doc_destroy(d);
}

static void entries_of_other_sections_are_compared(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    int i = doc_entry_add(d, "paper");
    put(d, MANY("paper", i, "published"), "2011-03");
    put(d, MANY("paper", i, "rank"), "4");
    put(d, MANY("paper", i, "authors"), "3");
    put(d, MANY("paper", i, "issn"), "1000-1230");
    assert_string_equal(found(d, MANY("paper", i, "published")), "W after_award");
    assert_string_equal(found(d, MANY("paper", i, "rank")), "E rank");
    assert_string_equal(found(d, MANY("paper", i, "issn")), "W issn");
    assert_string_equal(found(d, MANY("paper", i, "title")), "E required");
    doc_set_none(d, "qualification", false);
    i = doc_entry_add(d, "qualification");
    put(d, MANY("qualification", i, "cert_no"), "A-1");
    assert_string_equal(found(d, MANY("qualification", i, "cert_no")), "");
    assert_string_equal(found(d, MANY("qualification", i, "level")), "E required_choice");
    put(d, MANY("practice_qualification", doc_entry_add(d, "practice_qualification"), "cert_no"), "A-1");
    assert_string_equal(found(d, MANY("qualification", i, "cert_no")), "W also_in_practice");
    i = doc_entry_add(d, "work");
    assert_string_equal(found(d, ONE("work", NULL)), "W one_open");
    put(d, MANY("work", i, "end"), "2002-06");
    assert_string_equal(found(d, ONE("work", NULL)), "");
    i = doc_entry_add(d, "ip");
    put(d, MANY("ip", i, "kind"), "1");
    put(d, MANY("ip", i, "number"), "ZL201110123456.0");
    put(d, MANY("ip", i, "state"), "3");
    assert_string_equal(found(d, MANY("ip", i, "number")), "W patent");
    assert_string_equal(found(d, MANY("ip", i, "granted")), "E required_choice");
    put(d, MANY("ip", i, "kind"), "5");
    assert_string_equal(found(d, MANY("ip", i, "number")), "W software_copyright");
    put(d, MANY("ip", i, "kind"), "9");
    assert_string_equal(found(d, MANY("ip", i, "number")), "");
    i = doc_entry_add(d, "abroad");
    put(d, MANY("abroad", i, "country"), "CN");
    assert_string_equal(found(d, MANY("abroad", i, "country")), "E not_in_list");
    put(d, MANY("abroad", i, "country"), "KZ");
    assert_string_equal(found(d, MANY("abroad", i, "country")), "");
    i = doc_entry_add(d, "training");
    put(d, MANY("training", i, "year"), "2027");
    assert_string_equal(found(d, MANY("training", i, "year")), "E date_range");
    put(d, MANY("training", i, "year"), "2026");
    assert_string_equal(found(d, MANY("training", i, "year")), "");
    put(d, MANY("training", i, "year"), "26");
    assert_string_equal(found(d, MANY("training", i, "year")), "E year");
    doc_destroy(d);
}

static void sections_tell_how_they_stand(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    int errors, entries;
    assert_int_equal(section_state(d, "basic", TODAY, &errors, &entries), SECTION_FILLED);
    assert_int_equal(section_state(d, "identity_check", TODAY, NULL, NULL), SECTION_FILLED);
    assert_int_equal(section_state(d, "talent_program", TODAY, &errors, &entries), SECTION_NONE);
    assert_int_equal(section_state(d, "paper", TODAY, &errors, &entries), SECTION_EMPTY);
    assert_int_equal(section_state(d, "education", TODAY, &errors, &entries), SECTION_FILLED);
    assert_int_equal(entries, 1);
    doc_entry_add(d, "education");
    assert_int_equal(section_state(d, "education", TODAY, &errors, &entries), SECTION_ERRORS);
    assert_int_equal(entries, 2);
    assert_true(errors > 3);
    put(d, ONE("contact", "address"), "x");
    assert_int_equal(section_state(d, "contact", TODAY, &errors, NULL), SECTION_ERRORS);
    assert_int_equal(errors, 1);
    doc_destroy(d);
    d = doc_create(test_forms());
    put(d, ONE("identity_check", "id_number"), "650000198001010014");
    doc_prefill(d);
    assert_int_equal(section_state(d, "basic", TODAY, &errors, NULL), SECTION_EMPTY); /* prefilled is not filled */
    doc_destroy(d);
}

static void arguments_tell_limits_and_never_values(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    put(d, AWARD("award_date"), "1990-01-01");
    put(d, ONE("basic", "unit_name"), "私");
    CLEANUP(findings) struct findings f = {0};
    validate_scope_all(d, TODAY, &f);
    const struct finding *at = findings_at(&f, AWARD("award_date"));
    assert_string_equal(at->arg[0], "2000-01-01");
    assert_string_equal(at->arg[1], "2021-12-31");
    at = findings_at(&f, ONE("basic", "unit_name"));
    assert_string_equal(at->message, "check.length");
    assert_string_equal(at->arg[0], "2");
    assert_string_equal(at->arg[1], "100");
    doc_destroy(d);
}

static void rows_of_the_platform_are_not_judged(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    CLEANUP(findings) struct findings found = {0};
    json_t *rows = json_pack("[{s:s,s:i,s:i}]", "course", "公需课", "year", 1900, "hours", 5000);
    for (int i = 0; i < 70; i++) /* more than the person may enter */
        json_array_append(rows, json_array_get(rows, 0));
    assert_true(doc_rows_set(d, "training", rows));
    validate_section(d, "training", TODAY, &found);
    assert_int_equal(found.len, 0);
    int own = doc_entry_add(d, "training");
    put(d, MANY("training", own, "year"), "1900");
    validate_section(d, "training", TODAY, &found);
    assert_non_null(findings_at(&found, MANY("training", own, "year")));
    json_decref(rows);
    doc_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guides_record_has_no_error_and_no_warning),
        cmocka_unit_test(an_empty_declaration_names_everything_that_is_required),
        cmocka_unit_test(award_dates_lie_between_2000_and_2021),
        cmocka_unit_test(numbers_on_paper_never_block),
        cmocka_unit_test(no_document_and_no_number_need_a_reason_and_nothing_else),
        cmocka_unit_test(what_does_not_need_entering_stops_and_doubt_goes_on),
        cmocka_unit_test(areas_committees_and_titles_agree),
        cmocka_unit_test(identity_follows_the_id_number),
        cmocka_unit_test(names_may_be_rare_and_long),
        cmocka_unit_test(hostile_values_are_named_and_never_crash),
        cmocka_unit_test(values_of_another_type_are_named),
        cmocka_unit_test(files_obey_their_rules),
        cmocka_unit_test(a_photo_has_the_shape_of_its_frame_and_a_card_can_be_read),
        cmocka_unit_test(exactly_one_education_is_the_highest),
        cmocka_unit_test(schools_without_a_major_ask_for_none),
        cmocka_unit_test(entries_of_other_sections_are_compared),
        cmocka_unit_test(sections_tell_how_they_stand),
        cmocka_unit_test(arguments_tell_limits_and_never_values),
        cmocka_unit_test(rows_of_the_platform_are_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
