#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <string.h>

static void typing_is_tidied_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *section, *field, *typed, *kept;
    } cases[] = {
        {"identity_check", "id_number", " ６５００００１９８００１０１００１ｘ ", "65000019800101001X"},
        {"contact", "mobile", "+86 138-0000-0000", "13800000000"},
        {"contact", "mobile", "００８６１３８００００００００", "13800000000"},
        {"contact", "mobile", "86abc", "86abc"},
        {"contact", "office_phone", "０９９１－１２３４５６７", "0991-1234567"},
        {"contact", "email", "ｎａｍｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "name@example.com"},
        {"title_award", "doc_title", "《关于批准（试行）的通知》", "关于批准（试行）的通知"},
        {"title_award", "doc_title", "《甲》和《乙》", "《甲》和《乙》"},
        {"title_award", "doc_title", "关于《甲》的通知", "关于《甲》的通知"},
        {"title_award", "doc_title", "《》", ""},
        {"title_award", "doc_no", " 第３号", "3"},
        {"title_award", "doc_no", "12、13号", "12、13"},
        {"title_award", "doc_no", "0012", "0012"}, /* as printed */
        {"title_award", "doc_year", "〔2011〕", "2011"},
        {"title_award", "doc_year", "2011年", "2011"},
        {"title_award", "doc_org", "新经信人事", "新经信人事"},
        {"title_award", "cert_no", "ＡＢ１２３", "AB123"},
        {"title_award", "issuing_body", "　新疆\t某厅\n", "新疆 某厅"},
        {"title_award", "issuing_body",
         "a\xff"
         "b\u202E"
         "c\x07",
         "abc"},
        {"title_award", "issuing_body", "\xff\xff", ""},
        {"title_award", "issuing_body", "e\u0301", "é"},
        {"publicity", "publicity_url", "一\n二", "一\n二"},
        {"basic", "former_name", "阿 依 古丽", "阿依古丽"},
        {"basic", "former_name", "J.R.", "J.R."}, /* dots between letters are no name dots */
        {"basic", "former_name", ".阿.", ".阿."},
        {"ip", "number", "zl201110123456.3", "ZL201110123456.3"},
        {"basic", "unit_name", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct form_field *f = form_field_find(form_section_find(test_forms(), cases[i].section), cases[i].field);
        assert_non_null(f);
        CLEANUP(str) struct str out = {0}, again = {0};
        str_puts(&out, "before");
        field_normalise(f, cases[i].typed, &out);
        if (strcmp(str_z(&out), cases[i].kept) != 0)
            fail_msg("%s: \"%s\" became \"%s\"", cases[i].field, cases[i].typed, str_z(&out));
        field_normalise(f, str_z(&out), &again);
        assert_string_equal(str_z(&again), cases[i].kept); /* once is enough */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(typing_is_tidied_and_nothing_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
