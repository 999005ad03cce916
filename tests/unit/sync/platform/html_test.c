#include "sync/platform/html.h"
#include "tests/support/t.h"

#include <string.h>

static void every_value_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"张三 & <b>", "张三 &amp; &lt;b&gt;"},
        {"\"' onmouseover=x", "&quot;&#39; onmouseover=x"},
        {"a\x01\x1f\nb", "a\nb"},
        {"&amp;", "&amp;amp;"},
        {NULL, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str s = {0};
        html_escape(&s, cases[i].in);
        assert_string_equal(str_z(&s), cases[i].out);
    }
}

static void a_page_takes_values_and_its_own_markup(void **state)
{
    (void)state;
    CLEANUP(str) struct str s = {0};
    html(&s, "<a href=\"%s\">%d%% %r</a>%", "x\"><script>", 42, "<b>");
    assert_string_equal(str_z(&s), "<a href=\"x&quot;&gt;&lt;script&gt;\">42% <b></a>%");
}

static void posted_forms_are_read_as_browsers_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *body, *name, *value; /* NULL: absent */
    } cases[] = {
        {"a=1&b=2", "b", "2"},
        {"a=%E5%BC%A0+%E4%B8%89", "a", "张 三"},
        {"mark.form.basic.name=1", "mark.form.basic.name", "1"},
        {"a%62=1", "ab", "1"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"=1&a=2", "a", "2"},
        {"a=%", "a", "%"},
        {"a=%4", "a", "%4"},
        {"a=%zz", "a", "%zz"},
        {"a=x%00y", "a", "xy"},
        {"a=%ff", "a", NULL}, /* not UTF-8 */
        {"a=%ff&a=2", "a", "2"},
        {"aa=1", "a", NULL},
        {"", "a", NULL},
        {"&&&", "a", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str body = {0}, value = {0};
        str_puts(&body, cases[i].body);
        bool found = form_value(&body, cases[i].name, &value);
        if (found != (cases[i].value != NULL) || (found && strcmp(str_z(&value), cases[i].value) != 0))
            fail_msg("case %zu: %s", i, cases[i].body);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_escaped),
        cmocka_unit_test(a_page_takes_values_and_its_own_markup),
        cmocka_unit_test(posted_forms_are_read_as_browsers_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
