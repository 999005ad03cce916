#include "sync/base/file.h"
#include "sync/record/canon.h"
#include "sync/record/seal.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

static json_t *vectors(void)
{
    json_error_t e;
    json_t *v = json_load_file("tests/data/canon.json", 0, &e);
    if (!v)
        fail_msg("tests/data/canon.json:%d: %s", e.line, e.text);
    return v;
}

static void published_vectors_give_their_bytes_and_digests(void **state)
{
    (void)state;
    CLEANUP(json) json_t *v = vectors();
    const json_t *list = json_object_get(v, "accepted");
    assert_true(json_array_size(list) >= 10);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        const char *in = json_string_value(json_object_get(c, "json"));
        struct err e = {0};
        CLEANUP(json) json_t *parsed = canon_parse(in, strlen(in), &e);
        if (!parsed)
            fail_msg("%s: %s", json_string_value(json_object_get(c, "why")), e.text);
        CLEANUP(str) struct str out = {0};
        assert_true(canon_write(parsed, &out, &e));
        assert_string_equal(str_z(&out), json_string_value(json_object_get(c, "canonical")));
        char digest[HASH_HEX];
        crypto_hash_hex(crypto_sodium(), out.p, out.len, digest);
        assert_string_equal(digest, json_string_value(json_object_get(c, "sha256")));

        CLEANUP(json) json_t *again = canon_parse(out.p, out.len, &e);
        CLEANUP(str) struct str twice = {0};
        assert_non_null(again);
        assert_true(canon_write(again, &twice, &e));
        assert_string_equal(str_z(&twice), str_z(&out));
    }
}

static void what_is_not_canonical_json_is_refused(void **state)
{
    (void)state;
    CLEANUP(json) json_t *v = vectors();
    const json_t *list = json_object_get(v, "refused");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *in = json_string_value(json_object_get(json_array_get(list, i), "json"));
        struct err e = {0};
        CLEANUP(json) json_t *parsed = canon_parse(in, strlen(in), &e);
        if (parsed)
            fail_msg("read: %s", json_string_value(json_object_get(json_array_get(list, i), "why")));
        assert_true(e.code == ERR_FORMAT);
    }
}

static void hostile_bytes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"\"\xff\"", 3},    {"\"\xed\xa0\x80\"", 5},     {"\"\xc0\x80\"", 4},  {"\"a\0b\"", 5},
                 {"{\"a\0\":1}", 8}, {"\"\xf4\x90\x80\x80\"", 6}, {"\"unfinished", 11}, {"[1]\0", 4},
                 {"\"\\u12\"", 6}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = {0};
        CLEANUP(json) json_t *parsed = canon_parse(cases[i].bytes, cases[i].len, &e);
        if (parsed)
            fail_msg("case %zu was read", i);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (size_t depth = 31; depth <= 33; depth++) {
        char whole[80];
        memset(whole, '[', depth);
        memset(whole + depth, ']', depth);
        struct err e = {0};
        CLEANUP(json) json_t *parsed = canon_parse(whole, 2 * depth, &e);
        assert_int_equal(parsed != NULL, depth <= 32);
    }
    CLEANUP(str) struct str deep = {0};
    for (int i = 0; i < 1000000; i++)
        str_putc(&deep, '[');
    struct err e = {0};
    assert_null(canon_parse(deep.p, deep.len, &e));
    assert_int_equal(e.code, ERR_LIMIT);
}

static void output_stays_as_it_was_on_failure(void **state)
{
    (void)state;
    CLEANUP(str) struct str out = {0};
    str_puts(&out, "kept");
    CLEANUP(json) json_t *bad = json_pack("{s:i,s:f}", "a", 1, "b", 1.5);
    struct err e = {0};
    assert_false(canon_write(bad, &out, &e));
    assert_string_equal(str_z(&out), "kept");
    assert_non_null(strstr(e.text, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_give_their_bytes_and_digests),
        cmocka_unit_test(what_is_not_canonical_json_is_refused),
        cmocka_unit_test(hostile_bytes_are_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(output_stays_as_it_was_on_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
