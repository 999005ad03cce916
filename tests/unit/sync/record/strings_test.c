#include "sync/base/file.h"
#include "sync/record/strings.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct strings *load(const char *text, struct err *e)
{
    char path[] = "/tmp/strings-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(fd_write_all(fd, text, strlen(text), e));
    close(fd);
    struct strings *s = strings_load(path, e);
    unlink(path);
    return s;
}

#define HEADER "msgid \"\"\nmsgstr \"\"\n\"Language: ug\\n\"\n\"X-Reviewer: A. B.\\n\"\n\n"

static void catalogues_are_read(void **state)
{
    (void)state;
    struct err e = {0};
    struct strings *s =
        load(HEADER "# comment\n#: place\nmsgid \"b\"\nmsgstr \"one\"\n\" and\\n\\\"two\\\"\\t\\\\\"\n\n"
                    "msgid \"a\"\nmsgstr \"\"\nmsgid \"c\"\nmsgstr \"3\"",
             &e);
    assert_non_null(s);
    assert_string_equal(strings_lang(s), "ug");
    assert_true(strings_rtl(s));
    assert_string_equal(strings_reviewer(s), "A. B.");
    assert_string_equal(strings_find(s, "b"), "one and\n\"two\"\t\\");
    assert_string_equal(strings_find(s, "c"), "3");
    assert_null(strings_find(s, "a")); /* not translated yet */
    assert_null(strings_find(s, "d"));
    assert_int_equal(strings_count(s), 3);
    assert_string_equal(strings_key_at(s, 0), "a");
    assert_null(strings_key_at(s, 3));
    strings_destroy(s);
}

static void a_catalogue_lies_over_another_and_is_written_again(void **state)
{
    (void)state;
    struct err e = {0};
    CLEANUP(str) struct str text = {0};
    struct strings *s = load(HEADER "msgid \"a\"\nmsgstr \"1\"\nmsgid \"c\"\nmsgstr \"3\"\n", &e);
    struct strings *over = load(
        HEADER "msgid \"a\"\nmsgstr \"\"\nmsgid \"b\"\nmsgstr \"2\"\nmsgid \"c\"\nmsgstr \"x\\n\\t\\\"\\\\\"\n", &e);
    strings_overlay(s, over);
    strings_destroy(over);
    strings_write(s, &text);
    struct strings *again = load(text.p, &e);
    assert_non_null(again);
    assert_int_equal(strings_count(again), 3);
    assert_string_equal(strings_find(again, "a"), "1");
    assert_string_equal(strings_find(again, "b"), "2");
    assert_string_equal(strings_find(again, "c"), "x\n\t\"\\");
    assert_string_equal(strings_lang(again), "ug");
    strings_destroy(s);
    strings_destroy(again);
}

static void mistakes_are_told_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {HEADER "msgid \"a\"\nmsgstr \"x\n", ":7:"},
        {HEADER "msgid \"a\"\nmsgstr \"\\q\"\n", ":7:"},
        {HEADER "msgid \"a\"\n\nmsgstr \"x\"\n", ":7:"},
        {HEADER "msgstr \"x\"\n", ":6:"},
        {HEADER "\"x\"\n", ":6:"},
        {HEADER "msgid \"a\"\nmsgstr \"1\"\nmsgid \"a\"\nmsgstr \"2\"\n", ":8:"},
        {HEADER "msgid_plural \"a\"\n", ":6:"},
        {HEADER "msgid \"a\"\n", ":6:"},
        {HEADER "msgid \"a\" x\nmsgstr \"1\"\n", ":6:"},
        {"msgid \"a\"\nmsgstr \"1\"\n", ":1:"},
        {"", ":0:"},
        {"\xff", ":0:"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = {0};
        struct strings *s = load(cases[i].text, &e);
        if (s)
            fail_msg("case %zu was read", i);
        if (!strstr(e.text, cases[i].line))
            fail_msg("case %zu: %s", i, e.text);
    }
    struct err e = {0};
    assert_null(strings_load("/nonexistent/zh.po", &e));
    assert_true(e.code != ERR_NONE);
}

static void arguments_are_put_in(void **state)
{
    (void)state;
    static const struct str_arg args[] = {{"0", "1"}, {"name", "张{0}"}};
    static const struct {
        const char *text, *out;
    } cases[] = {
        {"{name} ({0})", "张{0} (1)"}, {"{unknown} {", "{unknown} {"}, {"{{0}}", "{1}"}, {"", ""}, {"{0", "{0"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str out = {0};
        strings_format(&out, cases[i].text, args, ARRAY_LEN(args), false);
        assert_string_equal(str_z(&out), cases[i].out);
    }
    CLEANUP(str) struct str out = {0};
    strings_format(&out, "a{0}b", args, 1, true);
    assert_string_equal(str_z(&out), "a\u20681\u2069b");
}

struct missing {
    const struct strings *s;
    int n, seen;
};

static void look_up(void *ctx, const char *key)
{
    struct missing *m = ctx;
    if (!strings_find(m->s, key)) {
        print_error("%s has no \"%s\"\n", strings_lang(m->s), key);
        m->n++;
    }
}

/* Messages that the code gives without a form naming them: every "check.…" literal of sync/record. */
static void code_keys(const char *path, struct missing *m)
{
    CLEANUP(str) struct str source = {0};
    struct err e = {0};
    if (!file_read(path, 1 << 20, &source, &e))
        fail_msg("%s", e.text);
    for (const char *p = str_z(&source); (p = strstr(p, "\"check.")) != NULL;) {
        size_t len = strcspn(++p, "\"");
        AUTOFREE char *key = xstrndup(p, len);
        if (key[strlen("check.")] && key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.")] == '\0') {
            look_up(m, key);
            m->seen++;
        }
        p += len;
    }
}

static void forms_and_checks_have_words_in_chinese_and_english(void **state)
{
    (void)state;
    static const char *const paths[] = {"assets/strings/zh.po", "assets/strings/en.po"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct err e = {0};
        struct strings *s = strings_load(paths[i], &e);
        if (!s)
            fail_msg("%s", e.text);
        struct missing m = {.s = s};
        form_set_string_keys(test_forms(), look_up, &m);
        glob_t sources = {0};
        assert_int_equal(glob("sync/record/*.c", 0, NULL, &sources), 0);
        for (size_t k = 0; k < sources.gl_pathc; k++)
            code_keys(sources.gl_pathv[k], &m);
        globfree(&sources);
        assert_true(m.seen > 40);
        assert_int_equal(m.n, 0);
        strings_destroy(s);
    }
}

static void both_catalogues_have_the_same_keys_and_arguments(void **state)
{
    (void)state;
    struct err e = {0};
    struct strings *zh = strings_load("assets/strings/zh.po", &e), *en = strings_load("assets/strings/en.po", &e);
    assert_non_null(zh);
    assert_non_null(en);
    struct missing m = {.s = en};
    for (size_t i = 0; i < strings_count(zh); i++)
        look_up(&m, strings_key_at(zh, i));
    m.s = zh;
    for (size_t i = 0; i < strings_count(en); i++) {
        const char *key = strings_key_at(en, i);
        look_up(&m, key);
        const char *a = strings_find(zh, key), *b = strings_find(en, key);
        for (const char *p = a ? strchr(a, '{') : NULL; p && b; p = strchr(p + 1, '{')) {
            char arg[32];
            snprintf(arg, sizeof arg, "%.*s", (int)strcspn(p, "}") + 1, p);
            if (!strstr(b, arg)) {
                print_error("%s: English lacks %s\n", key, arg);
                m.n++;
            }
        }
    }
    assert_int_equal(m.n, 0);
    strings_destroy(zh);
    strings_destroy(en);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogues_are_read),
        cmocka_unit_test(a_catalogue_lies_over_another_and_is_written_again),
        cmocka_unit_test(mistakes_are_told_with_their_line),
        cmocka_unit_test(arguments_are_put_in),
        cmocka_unit_test(forms_and_checks_have_words_in_chinese_and_english),
        cmocka_unit_test(both_catalogues_have_the_same_keys_and_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
