#include "sync/link/link.h"
#include "tests/support/t.h"

#include <string.h>

static void framed(struct str *out, const void *bytes, uint32_t claimed, size_t len)
{
    unsigned char head[4] = {(unsigned char)(claimed >> 24), (unsigned char)(claimed >> 16),
                             (unsigned char)(claimed >> 8), (unsigned char)claimed};
    str_add(out, head, 4);
    str_add(out, bytes, len);
}

static void frames_come_out_whole_however_they_are_cut(void **state)
{
    (void)state;
    CLEANUP(str) struct str wire = {0};
    for (int i = 0; i < 50; i++) {
        json_t *o = json_pack("{s:i, s:s}", "id", i, "word", "退回修改");
        assert_true(link_frame(&wire, o));
        json_decref(o);
    }
    for (size_t step = 1; step < 40; step += 6) {
        struct link_framer f = {0};
        int seen = 0;
        for (size_t at = 0; at < wire.len; at += step) {
            link_framer_feed(&f, wire.p + at, wire.len - at < step ? wire.len - at : step);
            json_t *o;
            while (link_framer_next(&f, &o, NULL) == 1) {
                assert_int_equal(json_integer_value(json_object_get(o, "id")), seen++);
                json_decref(o);
            }
        }
        assert_int_equal(seen, 50);
        link_framer_finish(&f);
    }
}

static void hostile_frames_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum err_code code;
    } cases[] = {{"", ERR_FORMAT},
                 {"[1]", ERR_FORMAT},
                 {"not json", ERR_FORMAT},
                 {"{\"a\":1} tail", ERR_FORMAT},
                 {"{\"a\":1,\"a\":2}", ERR_FORMAT},
                 {"{\"a\":\"\xff\xfe\"}", ERR_FORMAT},
                 {"{\"a\":\"\\u0000\"}", ERR_FORMAT},
                 {"{\"a\":", ERR_FORMAT},
                 {"\"{\\\"a\\\":1}\"", ERR_FORMAT}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str wire = {0};
        framed(&wire, cases[i].bytes, (uint32_t)strlen(cases[i].bytes), strlen(cases[i].bytes));
        struct link_framer f = {0};
        link_framer_feed(&f, wire.p, wire.len);
        json_t *o = NULL;
        struct err e = {0};
        assert_int_equal(link_framer_next(&f, &o, &e), -1);
        assert_int_equal(e.code, cases[i].code);
        assert_null(o);
        link_framer_finish(&f);
    }
}

static void an_oversize_frame_is_refused_by_its_length_alone(void **state)
{
    (void)state;
    struct link_framer f = {0};
    json_t *o;
    struct err e = {0};
    CLEANUP(str) struct str wire = {0};
    framed(&wire, "", LINK_MAX_FRAME + 1, 0);
    link_framer_feed(&f, wire.p, wire.len);
    assert_int_equal(link_framer_next(&f, &o, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    link_framer_finish(&f);
}

static void nesting_is_limited_before_the_parser_recurses(void **state)
{
    (void)state;
    static const struct {
        int depth, result;
    } cases[] = {{LINK_MAX_DEPTH, 1}, {LINK_MAX_DEPTH + 1, -1}, {200000, -1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str text = {0}, wire = {0};
        str_puts(&text, "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\",\"b\":");
        for (int d = 1; d < cases[i].depth; d++)
            str_putc(&text, '[');
        for (int d = 1; d < cases[i].depth; d++)
            str_putc(&text, ']');
        str_putc(&text, '}');
        framed(&wire, text.p, (uint32_t)text.len, text.len);
        struct link_framer f = {0};
        link_framer_feed(&f, wire.p, wire.len);
        json_t *o = NULL;
        assert_int_equal(link_framer_next(&f, &o, NULL), cases[i].result);
        json_decref(o);
        link_framer_finish(&f);
    }
}

static void a_truncated_frame_waits_for_its_rest(void **state)
{
    (void)state;
    struct link_framer f = {0};
    json_t *o = NULL;
    CLEANUP(str) struct str wire = {0};
    framed(&wire, "{\"id\":1", 8, 7);
    link_framer_feed(&f, wire.p, wire.len);
    assert_int_equal(link_framer_next(&f, &o, NULL), 0);
    link_framer_feed(&f, "}", 1);
    assert_int_equal(link_framer_next(&f, &o, NULL), 1);
    json_decref(o);
    link_framer_finish(&f);
}

static void what_does_not_fit_a_frame_is_not_sent(void **state)
{
    (void)state;
    CLEANUP(str) struct str out = {0};
    AUTOFREE char *big = xmalloc(LINK_MAX_FRAME + 1);
    memset(big, 'x', LINK_MAX_FRAME);
    big[LINK_MAX_FRAME] = '\0';
    json_t *o = json_pack("{s:s}", "a", big);
    assert_false(link_frame(&out, o));
    assert_int_equal(out.len, 0);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_whole_however_they_are_cut),
        cmocka_unit_test(hostile_frames_are_refused_with_a_reason),
        cmocka_unit_test(an_oversize_frame_is_refused_by_its_length_alone),
        cmocka_unit_test(nesting_is_limited_before_the_parser_recurses),
        cmocka_unit_test(a_truncated_frame_waits_for_its_rest),
        cmocka_unit_test(what_does_not_fit_a_frame_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
