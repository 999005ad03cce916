/* What a reviewer wants changed: open until the answer differs from the one that was returned. */
#include "app/forms/form_reasons.h"
#include "sync/base/cleanup.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <string.h>

static const char said[] = "[{\"path\":\"form.basic.unit_name\",\"reason\":\"写全称\"},"
                           "{\"path\":\"form.education.1.school\",\"reason\":\"校名不对\"},"
                           "{\"path\":\"form.basic.nation\",\"reason\":\"没有填\"},"
                           "{\"path\":\"\",\"reason\":\"整体不清楚\"},{\"path\":\"form.basic.unit_name\"},7]";

static void a_corrected_field_stays_away_after_leaving_and_coming_again(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    struct form_reasons first = {0}, again = {0};
    CLEANUP(str) struct str note = {0};
    form_reasons_load(&first, d, said);
    assert_int_equal(first.n, 4);
    assert_int_equal(form_reasons_open(&first, d), 4);
    form_reasons_write(&first, &note);
    put(d, ONE("basic", "unit_name"), "新疆机械研究院股份有限公司");
    assert_int_equal(form_reasons_open(&first, d), 3);
    /* they leave; the draft is opened anew */
    form_reasons_load(&again, d, str_z(&note));
    assert_int_equal(again.n, 4);
    assert_int_equal(form_reasons_open(&again, d), 3);
    assert_null(form_reason_at(&again, d, ONE("basic", "unit_name")));
    assert_string_equal(form_reason_at(&again, d, MANY("education", 0, "school")), "校名不对");
    put(d, MANY("education", 0, "school"), "");
    assert_int_equal(form_reasons_open(&again, d), 2);
    form_reasons_finish(&first);
    form_reasons_finish(&again);
    doc_destroy(d);
}

static void what_was_put_back_is_asked_for_again(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    struct form_reasons r = {0};
    char was[256];
    form_reasons_load(&r, d, said);
    zcopy(was, sizeof was, doc_text(d, ONE("basic", "unit_name")));
    put(d, ONE("basic", "unit_name"), "乙");
    assert_null(form_reason_at(&r, d, ONE("basic", "unit_name")));
    put(d, ONE("basic", "unit_name"), was);
    assert_string_equal(form_reason_at(&r, d, ONE("basic", "unit_name")), "写全称");
    form_reasons_finish(&r);
    doc_destroy(d);
}

static void hostile_reasons_do_no_harm(void **state)
{
    (void)state;
    static const char *const bad[] = {NULL,
                                      "",
                                      "{",
                                      "{}",
                                      "null",
                                      "[[]]",
                                      "[{\"reason\":7,\"path\":[]}]",
                                      "[{\"reason\":\"\",\"path\":\"form.basic.unit_name\"}]"};
    struct doc *d = test_declaration();
    struct form_reasons r = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        form_reasons_load(&r, d, bad[i]);
        assert_int_equal(r.n, 0);
    }
    CLEANUP(str) struct str many = {0};
    str_putc(&many, '[');
    for (int i = 0; i < 500; i++)
        str_printf(&many, "%s{\"path\":\"form.%d\",\"reason\":\"x\"}", i ? "," : "", i);
    str_putc(&many, ']');
    form_reasons_load(&r, d, str_z(&many));
    assert_int_equal(r.n, 200);
    form_reasons_finish(&r);
    doc_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_corrected_field_stays_away_after_leaving_and_coming_again),
        cmocka_unit_test(what_was_put_back_is_asked_for_again),
        cmocka_unit_test(hostile_reasons_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
