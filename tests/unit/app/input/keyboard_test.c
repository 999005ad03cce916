#include "tests/support/t.h"

#include "app/input/keyboard.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct keyboards *load(void)
{
    struct err e = {0};
    struct keyboards *k = keyboards_load("assets", &e);
    if (!k)
        fail_msg("%s", e.text);
    return k;
}

static const struct keyboard_key *find(const struct keyboard_layout *l, const char *id)
{
    for (size_t r = 0; r < l->n; r++)
        for (size_t i = 0; i < l->rows[r].n; i++)
            if (l->rows[r].keys[i].id && strcmp(l->rows[r].keys[i].id, id) == 0)
                return &l->rows[r].keys[i];
    return NULL;
}

static void the_layouts_that_fields_ask_for_are_there(void **state)
{
    (void)state;
    struct keyboards *k = load();
    const char *names[] = {"pinyin", "latin", "number", "id", "symbol", "code"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_non_null(keyboards_find(k, names[i]));
    assert_null(keyboards_find(k, "klingon"));
    assert_string_equal(keyboards_find(k, "pinyin")->mode, "pinyin");
    assert_string_equal(keyboards_find(k, "id")->mode, "direct");
    keyboards_destroy(k);
}

static void every_key_of_a_layout_has_an_id_of_its_own(void **state)
{
    (void)state;
    struct keyboards *k = load();
    for (size_t i = 0; i < keyboards_count(k); i++) {
        const struct keyboard_layout *l = keyboards_at(k, i);
        assert_non_null(find(l, "done"));
        assert_non_null(find(l, "backspace"));
        for (size_t r = 0; r < l->n; r++)
            for (size_t n = 0; n < l->rows[r].n; n++) {
                const struct keyboard_key *key = &l->rows[r].keys[n];
                if (key->act != KEY_GAP && find(l, key->id) != key)
                    fail_msg("%s: two keys are called %s", l->name, key->id);
            }
    }
    keyboards_destroy(k);
}

static void an_id_number_and_a_name_can_be_typed(void **state)
{
    (void)state;
    struct keyboards *k = load();
    const char *digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"};
    for (size_t i = 0; i < ARRAY_LEN(digits); i++)
        assert_string_equal(find(keyboards_find(k, "id"), digits[i])->text, digits[i]);
    assert_string_equal(find(keyboards_find(k, "pinyin"), "dot")->text, "·");
    char letter[2] = "a";
    for (; *letter <= 'z'; ++*letter) {
        assert_non_null(find(keyboards_find(k, "pinyin"), letter));
        assert_non_null(find(keyboards_find(k, "latin"), letter));
    }
    const char *brackets[] = {"〔", "〕", "【", "】", "《", "》"};
    for (size_t i = 0; i < ARRAY_LEN(brackets); i++)
        assert_non_null(find(keyboards_find(k, "symbol"), brackets[i]));
    keyboards_destroy(k);
}

static void a_wrong_layout_says_where(void **state)
{
    (void)state;
    const struct {
        const char *json, *want[2];
    } cases[] = {
        {"{\"name\": \"a\",\n \"rows\": [[\"q\"]", {"a.json:2", NULL}},
        {"{\"rows\": [[\"q\"]]}", {"expected \"name\"", NULL}},
        {"{\"name\": \"a\", \"rows\": []}", {"rows", NULL}},
        {"{\"name\": \"a\", \"rows\": [[\"q\"], []]}", {"row 2", "keys"}},
        {"{\"name\": \"a\", \"rows\": [[\"q\", {\"key\": \"shfit\"}]]}", {"row 1: key 2", "shfit"}},
        {"{\"name\": \"a\", \"rows\": [[{\"txet\": \"q\"}]]}", {"key 1", "txet"}},
        {"{\"name\": \"a\", \"rows\": [[{\"text\": \"q\", \"width\": 99}]]}", {"width", NULL}},
        {"{\"name\": \"a\", \"rows\": [[{\"key\": \"to\"}]]}", {"layout", NULL}},
        {"{\"name\": \"a\", \"rows\": [[{\"key\": \"to\", \"layout\": \"b\", \"label\": \"B\"}]]}", {"\"b\"", NULL}},
        {"{\"name\": \"a\", \"mode\": \"wubi\", \"rows\": [[\"q\"]]}", {"wubi", NULL}},
        {"[1]", {"name", NULL}},
    };
    char dir[] = "/tmp/bulu-keys-XXXXXX";
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *folder = xasprintf("%s/keyboards", dir), *path = xasprintf("%s/a.json", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    struct err e = {0};
    assert_null(keyboards_load(dir, &e)); /* no layout at all */
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        FILE *f = fopen(path, "w");
        fputs(cases[i].json, f);
        fclose(f);
        err_clear(&e);
        assert_null(keyboards_load(dir, &e));
        for (size_t k = 0; k < 2 && cases[i].want[k]; k++)
            if (!strstr(e.text, cases[i].want[k]))
                fail_msg("case %zu: \"%s\" does not say \"%s\"", i, e.text, cases[i].want[k]);
    }
    remove(path);
    remove(folder);
    remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layouts_that_fields_ask_for_are_there),
        cmocka_unit_test(every_key_of_a_layout_has_an_id_of_its_own),
        cmocka_unit_test(an_id_number_and_a_name_can_be_typed),
        cmocka_unit_test(a_wrong_layout_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
