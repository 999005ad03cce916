/* What is done to a field ends in the doc as the form wants it; the widgets themselves are tested with the kiosk. */
#include "app/forms/form_view.h"
#include "tests/support/t.h"

#include <string.h>

struct world {
    struct form_set *forms;
    struct doc *doc;
    struct clock_fake clock;
    struct form_view view;
    int edits, commits;
};

static void edited(void *ctx, struct doc_path p, bool commit)
{
    struct world *w = ctx;
    (void)p;
    w->edits++;
    w->commits += commit;
}

/* The platform's directory knows one unit more. */
static size_t found_live(void *ctx, const struct form_field *f, const char *typed, struct ui_option *out, size_t from,
                         size_t max)
{
    (void)ctx;
    assert_string_equal(f->live, "units");
    if (strcmp(typed, "设计") != 0)
        return 0;
    if (from == 0 && max > 0)
        out[0] = (struct ui_option){"650100000777", "乌鲁木齐设计院", NULL};
    return 1;
}

static const char *live_name(void *ctx, const struct form_field *f, const char *code)
{
    (void)ctx;
    (void)f;
    return strcmp(code, "650100000777") == 0 ? "乌鲁木齐设计院" : NULL;
}

static int setup(void **state)
{
    static const struct form_view_ops ops = {.edited = edited, .live = {found_live, live_name}};
    struct world *w = xcalloc(1, sizeof *w);
    struct err e = {0};
    w->forms = form_set_load("assets", &e);
    if (!w->forms)
        print_error("%s\n", e.text);
    assert_non_null(w->forms);
    w->doc = doc_create(w->forms);
    clock_fake_init(&w->clock, 1795400000000);
    form_view_init(&w->view, &w->clock.clock, &ops, w);
    form_view_reset(&w->view, w->doc, NULL);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    form_view_finish(&w->view);
    doc_destroy(w->doc);
    form_set_destroy(w->forms);
    free(w);
    return 0;
}

static bool act(struct world *w, const char *id, enum ui_what what, const char *text, int number)
{
    const struct ui_event ev = {.action = ON(FORM_FIELD, 0, 0, id), .what = what, .text = text, .number = number};
    return form_view_event(&w->view, &ev);
}

static const char *text_of(struct world *w, const char *id)
{
    struct doc_path p;
    assert_true(doc_path_parse(w->forms, id, &p));
    return doc_text(w->doc, p);
}

static void what_is_typed_is_kept_at_once_and_tidied_on_leaving(void **state)
{
    struct world *w = *state;
    assert_true(act(w, "form.title_award.cert_no", UI_CHANGE, " ２0113202705", 0));
    assert_string_equal(text_of(w, "form.title_award.cert_no"), " ２0113202705");
    assert_int_equal(w->commits, 0);
    assert_true(act(w, "form.title_award.cert_no", UI_COMMIT, " ２0113202705 ", 0));
    assert_string_equal(text_of(w, "form.title_award.cert_no"), "20113202705");
    assert_int_equal(w->commits, 1);
    assert_int_equal(w->edits, 2);
}

static void a_whole_document_number_fills_its_three_boxes(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *whole, *org, *year, *no;
    } cases[] = {
        {"新经信人事【2011】3号", "新经信人事", "2011", "3"},
        {"新人社发 〔2022〕 4号", "新人社发", "2022", "4"},
        {"新职改办[2005]12号", "新职改办", "2005", "12"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        act(w, "form.title_award.doc_org", UI_COMMIT, cases[i].whole, 0);
        assert_string_equal(text_of(w, "form.title_award.doc_org"), cases[i].org);
        assert_string_equal(text_of(w, "form.title_award.doc_year"), cases[i].year);
        assert_string_equal(text_of(w, "form.title_award.doc_no"), cases[i].no);
    }
}

static void while_typing_a_document_number_nothing_jumps(void **state)
{
    struct world *w = *state;
    act(w, "form.title_award.doc_org", UI_CHANGE, "新经信人事【2011】3号", 0);
    assert_string_equal(text_of(w, "form.title_award.doc_org"), "新经信人事【2011】3号");
    assert_string_equal(text_of(w, "form.title_award.doc_year"), "");
}

static void a_number_of_another_shape_stays_as_it_is(void **state)
{
    struct world *w = *state;
    act(w, "form.title_award.doc_org", UI_COMMIT, "某文件", 0);
    assert_string_equal(text_of(w, "form.title_award.doc_org"), "某文件");
    assert_string_equal(text_of(w, "form.title_award.doc_no"), "");
}

static void a_pick_stores_the_code_and_fills_what_belongs_to_it(void **state)
{
    struct world *w = *state;
    act(w, "form.title_award.review_area", UI_COMMIT, "1", 0);
    assert_string_equal(text_of(w, "form.title_award.review_area"), "1");
    const struct dict *d = dict_find(w->forms, "titles");
    const struct dict_item *item = dict_name(d, "工程师");
    assert_non_null(item);
    act(w, "form.title_award.title_name", UI_COMMIT, item->code, 0);
    assert_string_equal(text_of(w, "form.title_award.title_name"), "工程师");
    assert_string_equal(text_of(w, "form.title_award.title_code"), item->code);
    assert_string_not_equal(text_of(w, "form.title_award.title_series"), "");
}

static void free_text_is_stored_as_printed(void **state)
{
    struct world *w = *state;
    act(w, "form.title_award.title_name", UI_COMMIT, "教授级高级工程师（水利）", 1);
    assert_string_equal(text_of(w, "form.title_award.title_name"), "教授级高级工程师（水利）");
    assert_string_equal(text_of(w, "form.title_award.title_code"), "");
}

static void a_document_number_suggests_its_document_and_a_touch_takes_it(void **state)
{
    struct world *w = *state;
    act(w, "form.title_award.doc_org", UI_COMMIT, "新经信人事", 0);
    act(w, "form.title_award.review_committee", UI_COMMIT, "工信厅评审会", 1);
    assert_string_equal(text_of(w, "form.title_award.doc_title"), "");
    const struct ui_event ev = {.action = ON(FORM_SUGGESTION, 0, 0, "form.title_award.doc_title"), .what = UI_TAP};
    assert_true(form_view_event(&w->view, &ev));
    assert_string_equal(text_of(w, "form.title_award.doc_title"),
                        "关于批准张金鑫等48位同志取得自治区工程系列机械电子专业技术职务任职资格的通知");
    assert_string_equal(text_of(w, "form.title_award.doc_year"), "2011");
    /* Where nothing is suggested, nothing happens. */
    assert_true(form_view_event(&w->view, &ev));
}

static void a_whole_known_document_number_fills_its_name_committee_and_issuer(void **state)
{
    struct world *w = *state;
    act(w, "form.title_award.doc_org", UI_CHANGE, "新经信人事【2011】3号", 0);
    assert_string_equal(text_of(w, "form.title_award.doc_title"), ""); /* not while it is being typed */
    act(w, "form.title_award.doc_org", UI_COMMIT, "新经信人事【2011】3号", 0);
    assert_string_equal(text_of(w, "form.title_award.doc_title"),
                        "关于批准张金鑫等48位同志取得自治区工程系列机械电子专业技术职务任职资格的通知");
    assert_string_equal(text_of(w, "form.title_award.review_committee"), "工信厅评审会");
    assert_string_equal(text_of(w, "form.title_award.issuing_body"), "新疆维吾尔自治区经济和信息化委员会");
}

static void of_a_cascade_the_last_code_counts(void **state)
{
    struct world *w = *state;
    act(w, "form.contact.address_division", UI_COMMIT, "650000/650100/650102", 0);
    assert_string_equal(text_of(w, "form.contact.address_division"), "650102");
}

static void one_highest_education_puts_the_other_out(void **state)
{
    struct world *w = *state;
    doc_entry_add(w->doc, "education");
    doc_entry_add(w->doc, "education");
    act(w, "form.education.1.is_highest", UI_COMMIT, "1", 1);
    assert_true(doc_bool(w->doc, (struct doc_path){"education", 0, "is_highest"}));
    act(w, "form.education.2.is_highest", UI_COMMIT, "1", 1);
    assert_false(doc_bool(w->doc, (struct doc_path){"education", 0, "is_highest"}));
    assert_true(doc_bool(w->doc, (struct doc_path){"education", 1, "is_highest"}));
    act(w, "form.education.2.is_highest", UI_COMMIT, "", 0);
    assert_false(doc_bool(w->doc, (struct doc_path){"education", 1, "is_highest"}));
}

static void yes_no_and_nothing_are_three_answers(void **state)
{
    struct world *w = *state;
    struct doc_path p = {"basic", NO_ENTRY, "on_post"};
    assert_false(doc_answered(w->doc, p));
    act(w, "form.basic.on_post", UI_COMMIT, "0", 0);
    assert_true(doc_answered(w->doc, p));
    assert_false(doc_bool(w->doc, p));
    act(w, "form.basic.on_post", UI_COMMIT, "1", 0);
    assert_true(doc_bool(w->doc, p));
}

static void read_only_fields_and_foreign_paths_are_left_alone(void **state)
{
    struct world *w = *state;
    assert_true(act(w, "form.identity_check.full_name", UI_COMMIT, "李四", 0));
    assert_string_equal(text_of(w, "form.identity_check.full_name"), "");
    assert_true(act(w, "form.no_such.field", UI_COMMIT, "x", 0));
    const struct ui_event other = {.action = ON(3), .what = UI_TAP};
    assert_false(form_view_event(&w->view, &other));
    assert_int_equal(w->edits, 0);
}

static void the_first_error_of_a_page_is_found(void **state)
{
    struct world *w = *state;
    const struct form_section *s = form_section_find(w->forms, "contact");
    char id[160];
    assert_true(form_view_errors(&w->view, s, NO_ENTRY, 0, s->n_fields) >= 2);
    form_view_first_error(&w->view, s, NO_ENTRY, 0, s->n_fields, id, sizeof id);
    assert_string_equal(id, "form.contact.mobile");
    act(w, "form.contact.mobile", UI_COMMIT, "+86 138-0000-0000", 0);
    assert_string_equal(text_of(w, "form.contact.mobile"), "13800000000");
    form_view_first_error(&w->view, s, NO_ENTRY, 0, s->n_fields, id, sizeof id);
    assert_string_equal(id, "form.contact.address_division");
}

/* --- questions --- */

static size_t questions(struct world *w, const char *section, bool large, struct form_question *q)
{
    return form_questions(w->doc, form_section_find(w->forms, section), NO_ENTRY, large, q, MAX_QUESTIONS);
}

static void a_group_is_one_question(void **state)
{
    struct world *w = *state;
    struct form_question q[MAX_QUESTIONS];
    const struct form_section *s = form_section_find(w->forms, "title_award");
    size_t n = questions(w, "title_award", false, q);
    assert_int_equal(n, 11);
    assert_string_equal(q[0].title, "title_award.q_ecert");
    size_t at = form_question_of(s, q, n, "doc_year");
    assert_string_equal(q[at].title, "title_award.q_doc_no");
    assert_string_equal(q[at].field, "doc_org");
    assert_int_equal(form_question_of(s, q, n, "nothing"), n);
    size_t covered = 0;
    for (size_t i = 0; i < n; i++)
        covered += q[i].n;
    assert_int_equal(covered, s->n_fields);
}

static void in_large_text_many_fields_come_one_by_one(void **state)
{
    struct world *w = *state;
    struct form_question q[MAX_QUESTIONS];
    const struct form_section *s = form_section_find(w->forms, "title_award");
    size_t n = questions(w, "title_award", true, q);
    assert_true(n > 11);
    size_t at = form_question_of(s, q, n, "title_level");
    assert_int_equal(q[at].n, 1);
    assert_string_equal(q[at].title, "title_award.title_level");
    /* The three boxes of a number stay side by side. */
    at = form_question_of(s, q, n, "doc_org");
    assert_int_equal(form_question_of(s, q, n, "doc_no"), at);
    n = questions(w, "basic", true, q);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(q[i].n, 1);
    assert_int_equal(questions(w, "basic", false, q), 1);
}

static void what_is_not_shown_makes_no_question(void **state)
{
    struct world *w = *state;
    struct form_question q[MAX_QUESTIONS];
    const struct form_section *s = form_section_find(w->forms, "education");
    int entry = doc_entry_add(w->doc, "education");
    size_t n = form_questions(w->doc, s, entry, true, q, MAX_QUESTIONS);
    assert_int_equal(form_question_of(s, q, n, "degree_other"), n);
    act(w, "form.education.1.degree", UI_COMMIT, "999", 0);
    size_t more = form_questions(w->doc, s, entry, true, q, MAX_QUESTIONS);
    assert_int_equal(more, n + 1);
    assert_true(form_question_of(s, q, more, "degree_other") < more);
}

/* --- reasons --- */

static void a_reason_stands_until_the_answer_changes(void **state)
{
    struct world *w = *state;
    struct form_reasons r = {0};
    struct doc_path p = {"title_award", NO_ENTRY, "cert_no"};
    act(w, "form.title_award.cert_no", UI_COMMIT, "20113202705", 0);
    form_reasons_load(
        &r, w->doc,
        "[{\"path\":\"form.title_award.cert_no\",\"reason\":\"与扫描件不一致\"},"
        "{\"path\":\"no.such.path\",\"reason\":\"请重新提交\"},{\"path\":\"form.title_award.cert_no\"},7]");
    assert_int_equal(r.n, 2);
    assert_string_equal(form_reason_at(&r, w->doc, p), "与扫描件不一致");
    assert_int_equal(form_reasons_open(&r, w->doc), 2);
    act(w, "form.title_award.cert_no", UI_COMMIT, "20113202750", 0);
    assert_null(form_reason_at(&r, w->doc, p));
    assert_int_equal(form_reasons_open(&r, w->doc), 1);
    act(w, "form.title_award.cert_no", UI_COMMIT, "20113202705", 0);
    assert_non_null(form_reason_at(&r, w->doc, p));
    form_reasons_finish(&r);
}

static void what_the_platform_sends_is_not_trusted(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {"", "{", "[]", "null", "[[1]]", "{\"path\":1}", "[{\"path\":[],\"reason\":{}}]"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct form_reasons r = {0};
        form_reasons_load(&r, w->doc, bad[i]);
        assert_int_equal(r.n, 0);
        form_reasons_finish(&r);
    }
    struct form_reasons r = {0};
    form_reasons_load(&r, w->doc, NULL);
    assert_int_equal(r.n, 0);
}

static void a_unit_of_the_platforms_directory_brings_its_code(void **state)
{
    struct world *w = *state;
    assert_true(act(w, "form.submission.base_unit", UI_COMMIT, "650100000777", 0));
    assert_string_equal(text_of(w, "form.submission.base_unit"), "乌鲁木齐设计院");
    assert_string_equal(text_of(w, "form.submission.base_unit_code"), "650100000777");
    /* one of the kiosk's own dictionary */
    assert_true(act(w, "form.submission.base_unit", UI_COMMIT, "650100000001", 0));
    assert_string_equal(text_of(w, "form.submission.base_unit_code"), "650100000001");
    /* typed freely: 待匹配 */
    assert_true(act(w, "form.submission.base_unit", UI_COMMIT, "某某公司", 1));
    assert_string_equal(text_of(w, "form.submission.base_unit"), "某某公司");
    assert_string_equal(text_of(w, "form.submission.base_unit_code"), "");
}

int main(void)
{

    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_typed_is_kept_at_once_and_tidied_on_leaving, setup, teardown),
        cmocka_unit_test_setup_teardown(a_whole_document_number_fills_its_three_boxes, setup, teardown),
        cmocka_unit_test_setup_teardown(while_typing_a_document_number_nothing_jumps, setup, teardown),
        cmocka_unit_test_setup_teardown(a_number_of_another_shape_stays_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pick_stores_the_code_and_fills_what_belongs_to_it, setup, teardown),
        cmocka_unit_test_setup_teardown(free_text_is_stored_as_printed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_document_number_suggests_its_document_and_a_touch_takes_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_whole_known_document_number_fills_its_name_committee_and_issuer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(of_a_cascade_the_last_code_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(one_highest_education_puts_the_other_out, setup, teardown),
        cmocka_unit_test_setup_teardown(yes_no_and_nothing_are_three_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(read_only_fields_and_foreign_paths_are_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_error_of_a_page_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_is_one_question, setup, teardown),
        cmocka_unit_test_setup_teardown(in_large_text_many_fields_come_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_shown_makes_no_question, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reason_stands_until_the_answer_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_platform_sends_is_not_trusted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_unit_of_the_platforms_directory_brings_its_code, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
