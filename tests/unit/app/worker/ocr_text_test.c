/* What a recogniser saw on a line, and which value stands there. */
#include "app/worker/ocr_text.h"

#include "sync/base/cleanup.h"
#include "tests/support/t.h"

#include <string.h>

static const char *const number_labels[] = {"证书编号", "编号"}, *const date_labels[] = {"授予时间"};

static void line_of(struct ocr_line *l, const char *text)
{
    *l = (struct ocr_line){0};
    ocr_line_add(l, text, 90, 0);
}

static void the_value_behind_its_label_is_found(void **state)
{
    (void)state;
    static const struct {
        enum ocr_value kind;
        const char *line, *value; /* NULL: none */
        bool labelled;
    } cases[] = {
        {OCR_NUMBER, "证书编号”20113202705", "20113202705", true},
        {OCR_NUMBER, "证 书 编 号 ：２０１１３２０２７０５", "20113202705", true},
        {OCR_NUMBER, "编号：新职证字第0123号 2010年", "新职证字第0123号", true},
        {OCR_NUMBER, "编号: 65-2010/0042 发证日期", "65-2010/0042", true},
        {OCR_NUMBER, "证书编号 12", NULL, false},
        {OCR_NUMBER, "证书编号", NULL, false},
        {OCR_NUMBER, "20113202705", NULL, false}, /* a number without a label may be anything */
        {OCR_NUMBER, "编号见背面 证书编号 20113202705", "20113202705", true},
        {OCR_DATE, "授予时间 “2010年12月31日", "2010-12-31", true},
        {OCR_DATE, "授予时间：二〇一〇年十二月三十一日", "2010-12-31", true},
        {OCR_DATE, "授予时间：二○一○年二月", "2010-02", true},
        {OCR_DATE, "二零零七年十月二十日", "2007-10-20", false},
        {OCR_DATE, "2007.9.1", "2007-09-01", false},
        {OCR_DATE, "2010年2月30日", "2010-02", false}, /* the day was misread */
        {OCR_DATE, "2010年13月1日", NULL, false},
        {OCR_DATE, "1000年1月1日", NULL, false},
        {OCR_DATE, "2007.9", NULL, false}, /* a section number looks the same */
        {OCR_DATE, "12010年1月1日", NULL, false},
        {OCR_DOC_NO, "批准文号”新经信人事 【2011] 3号", "新经信人事〔2011〕3号", false},
        {OCR_DOC_NO, "新经信人事(2011)第3号", "新经信人事〔2011〕3号", false},
        {OCR_DOC_NO, "新人社发〔2011〕号", NULL, false},
        {OCR_DOC_NO, "〔2011〕3号", NULL, false},
        {OCR_DOC_NO, "", NULL, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ocr_line line;
        line_of(&line, cases[i].line);
        CLEANUP(ocr_found) struct ocr_found found;
        const char *const *labels = cases[i].kind == OCR_NUMBER ? number_labels : date_labels;
        size_t count = cases[i].kind == OCR_NUMBER ? 2 : cases[i].kind == OCR_DATE ? 1 : 0;
        bool got = ocr_find(&line, cases[i].kind, labels, count, &found);
        if (got != (cases[i].value != NULL) || (got && strcmp(str_z(&found.text), cases[i].value) != 0) ||
            (got && cases[i].labelled != found.labelled))
            fail_msg("\"%s\": %s", cases[i].line, got ? str_z(&found.text) : "nothing");
    }
}

static void a_label_in_front_of_an_approval_number_is_not_part_of_it(void **state)
{
    (void)state;
    static const char *const labels[] = {"批准文号"};
    struct ocr_line line;
    line_of(&line, "批准文号新经信人事〔2011〕3号");
    CLEANUP(ocr_found) struct ocr_found found;
    assert_true(ocr_find(&line, OCR_DOC_NO, labels, 1, &found));
    assert_string_equal(str_z(&found.text), "新经信人事〔2011〕3号");
    assert_true(found.labelled);
}

static void a_line_of_rubbish_finds_nothing_and_breaks_nothing(void **state)
{
    (void)state;
    static const char *const rubbish[] = {"\xff\xfe\x80", "编号\xed\xa0\x80", "〔〔〔〔2011", "编号----",
                                          "十十十十年十月"};
    for (size_t i = 0; i < ARRAY_LEN(rubbish); i++)
        for (int kind = 0; kind < OCR_VALUES; kind++) {
            struct ocr_line line;
            line_of(&line, rubbish[i]);
            CLEANUP(ocr_found) struct ocr_found found;
            assert_false(ocr_find(&line, (enum ocr_value)kind, number_labels, 2, &found));
        }
    struct ocr_line longest = {0};
    for (int i = 0; i < 1000; i++)
        ocr_line_add(&longest, "9", 90, 0);
    assert_int_equal(longest.count, OCR_LINE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_behind_its_label_is_found),
        cmocka_unit_test(a_label_in_front_of_an_approval_number_is_not_part_of_it),
        cmocka_unit_test(a_line_of_rubbish_finds_nothing_and_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
