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

static void what_nobody_can_see_in_a_value_is_shown(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"张三", "<bdi>张三</bdi>"},
        {"a<b>\n\"c\"", "<bdi>a&lt;b&gt;\n&quot;c&quot;</bdi>"},
        {"\xE2\x80\xAEgpj.exe", "<bdi><span class=\"hidden-char\">U+202E</span>gpj.exe</bdi>"},
        {"a\x07", "<bdi>a<span class=\"hidden-char\">U+0007</span></bdi>"},
        {"\xEF\xBF\xBF", "<bdi><span class=\"hidden-char\">U+FFFF</span></bdi>"},
        {"ئۇيغۇر", "<bdi>ئۇيغۇر</bdi>"},
        {"", "<bdi></bdi>"},
        {NULL, "<bdi></bdi>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str s = {0};
        html(&s, "%v", cases[i].in);
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

/* RFC 7578, as browsers write it. */
static void a_form_with_a_file_is_read_by_the_same_door(void **state)
{
    static const char form[] = "--X1\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\ntoken\r\n"
                               "--X1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"name=x.csv\"\r\n"
                               "Content-Type: text/csv\r\n\r\n\xff\0,b\r\nrow\r\n--X1--\r\n";
    static const struct {
        const char *name, *value;
        size_t len;
    } cases[] = {{"csrf", "token", 5}, {"file", "\xff\0,b\r\nrow", 9}, {"x.csv", NULL, 0}, {"", NULL, 0}};
    (void)state;
    CLEANUP(str) struct str body = {0};
    str_add(&body, form, sizeof form - 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str got = {0};
        bool found = form_bytes(&body, cases[i].name, &got);
        assert_int_equal(found, cases[i].value != NULL);
        assert_int_equal(got.len, cases[i].len);
        if (found)
            assert_memory_equal(got.p, cases[i].value, got.len);
    }
    CLEANUP(str) struct str text = {0};
    assert_false(form_value(&body, "file", &text));      /* no UTF-8 */
    for (size_t cut = 0; cut < sizeof form - 1; cut++) { /* whatever arrives of it */
        CLEANUP(str) struct str part = {0}, got = {0};
        str_add(&part, form, cut);
        form_bytes(&part, "file", &got);
        form_bytes(&part, "none", &got);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_escaped),
        cmocka_unit_test(what_nobody_can_see_in_a_value_is_shown),
        cmocka_unit_test(a_page_takes_values_and_its_own_markup),
        cmocka_unit_test(posted_forms_are_read_as_browsers_write_them),
        cmocka_unit_test(a_form_with_a_file_is_read_by_the_same_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
