/* Bytes of an ID card reader: frames among garbage, the text of four kinds of cards, and anything at all. */
#include "app/worker/idcard.h"

#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

#define GOOD "\xaa\xaa\xaa\x96\x69\x00\x08\x00\x00\x9f\x00\x00\x00\x00\x97"

static void commands_are_as_the_table_has_them(void **state)
{
    (void)state;
    const struct {
        enum idcard_command c;
        unsigned char cmd, para, check;
    } cases[] = {{IDCARD_SAM_ID, 0x12, 0xff, 0xee},
                 {IDCARD_FIND, 0x20, 0x01, 0x22},
                 {IDCARD_SELECT, 0x20, 0x02, 0x21},
                 {IDCARD_READ, 0x30, 0x01, 0x32}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsigned char got[IDCARD_COMMAND],
            want[] = {0xaa, 0xaa, 0xaa, 0x96, 0x69, 0, 3, cases[i].cmd, cases[i].para, cases[i].check};
        idcard_command(cases[i].c, got);
        assert_memory_equal(got, want, sizeof want);
    }
}

static void a_frame_is_found_behind_anything(void **state)
{
    (void)state;
    const struct {
        const char *bytes;
        size_t len;
        bool whole;
    } cases[] = {
#define BYTES(z) z, sizeof(z) - 1
        {BYTES(GOOD), true},
        {BYTES("\x00\xff" GOOD), true},
        {BYTES("\xaa\xaa" GOOD), true},
        {BYTES("\xaa\xaa\xaa\x96\x69\x00\x08" GOOD), true},                 /* a head without its body */
        {BYTES("\xaa\xaa\xaa\x96\x69\xff\xff" GOOD), true},                 /* longer than any */
        {BYTES("\xaa\xaa\xaa\x96\x69\x00\x03\x00\x00\x90" GOOD), true},     /* shorter than any */
        {BYTES("\xaa\xaa\xaa\x96\x69\x00\x04\x00\x00\x90\x95" GOOD), true}, /* a wrong check byte */
        {BYTES("\xaa\xaa\xaa\x96\x69\x00\x08\x00\x00\x9f\x00"), false},
        {BYTES(""), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct idcard_frame f = {0};
        size_t used;
        assert_int_equal(idcard_frame_next((const unsigned char *)cases[i].bytes, cases[i].len, &f, &used),
                         cases[i].whole);
        if (cases[i].whole) {
            assert_int_equal(f.sw3, IDCARD_FOUND);
            assert_int_equal(f.len, 4);
            assert_int_equal(used, cases[i].len);
        }
    }
}

static void a_frame_in_pieces_is_whole_with_its_last_byte_and_not_before(void **state)
{
    (void)state;
    const unsigned char all[] = "\x11\xaa\xaa" GOOD;
    size_t used, len = sizeof all - 1;
    struct idcard_frame f;
    for (size_t n = 0; n < len; n++) {
        assert_false(idcard_frame_next(all, n, &f, &used));
        assert_true(used <= n);
        assert_true(used <= 3); /* nothing of the frame is dropped */
    }
    assert_true(idcard_frame_next(all, len, &f, &used));
}

static void put(unsigned char *block, size_t at, const char *ascii)
{
    for (; *ascii; at += 2)
        block[at] = (unsigned char)*ascii++;
}

static void fresh(unsigned char block[IDCARD_TEXT])
{
    for (size_t i = 0; i < IDCARD_TEXT; i += 2) {
        block[i] = ' ';
        block[i + 1] = 0;
    }
    put(block, 0, "LI");
    put(block, 30, "1");
    put(block, 32, "03");
    put(block, 36, "19880315");
    put(block, 122, "650102198803150014");
    put(block, 188, "20180101");
    put(block, 204, "20380101");
}

static void what_is_no_card_is_refused(void **state)
{
    (void)state;
    unsigned char block[IDCARD_TEXT];
    struct idcard c;
    fresh(block);
    assert_true(idcard_parse(block, sizeof block, &c));
    assert_string_equal(c.name, "LI");
    assert_string_equal(c.id, "650102198803150014");
    assert_string_equal(c.address, "");
    assert_false(idcard_parse(block, sizeof block - 1, &c));
    const struct {
        size_t at;
        const char *text;
    } broken[] = {{0, "  "},         {0, "\x01"},       {30, "M"},         {32, "x3"},
                  {36, "19881315"},  {36, "19880332"},  {122, "65010219"}, {122, "x"},
                  {188, "2018010x"}, {204, "        "}, {248, "Q"}};
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        fresh(block);
        if (i == 6)
            memset(block + 122, 0, 36);
        put(block, broken[i].at, broken[i].text);
        assert_false(idcard_parse(block, sizeof block, &c));
    }
    fresh(block);
    block[1] = 0xd8; /* half a surrogate */
    assert_false(idcard_parse(block, sizeof block, &c));
}

static void the_lengths_of_an_answer_must_fit(void **state)
{
    (void)state;
    static unsigned char data[4 + 256 + 1024];
    size_t len;
    struct idcard_frame f = {0x90, data, sizeof data};
    memcpy(data, "\x01\x00\x04\x00", 4);
    assert_ptr_equal(idcard_text(&f, &len), data + 4);
    assert_int_equal(len, 256);
    f.len--;
    assert_null(idcard_text(&f, &len));
    f.len = 3;
    assert_null(idcard_text(&f, &len));
    f.len = sizeof data;
    memcpy(data, "\x00\xff\x04\x00", 4);
    assert_null(idcard_text(&f, &len));
}

/* Under a sanitizer too (make asan): nothing reads past its bytes, whatever they are. */
static void any_bytes_at_all_do_no_harm(void **state)
{
    (void)state;
    srand(20260450);
    for (int i = 0; i < 20000; i++) {
        size_t len = (size_t)(rand() % 300), used = 0;
        unsigned char *p = xmalloc(len ? len : 1);
        for (size_t k = 0; k < len; k++)
            p[k] = (unsigned char)rand();
        if (len > 40 && i % 2) {
            memcpy(p + rand() % 8, "\xaa\xaa\xaa\x96\x69\x00", 6);
        }
        struct idcard_frame f;
        bool whole = idcard_frame_next(p, len, &f, &used);
        assert_true(used <= len);
        assert_true(!whole || (f.data >= p && f.data + f.len < p + len));
        free(p);
    }
    for (int i = 0; i < 20000; i++) {
        unsigned char block[IDCARD_TEXT];
        struct idcard c;
        fresh(block);
        static const char kinds[] = " JIY";
        block[248] = (unsigned char)kinds[i % 4];
        for (int k = rand() % 6; k > 0; k--)
            block[rand() % IDCARD_TEXT] = (unsigned char)rand();
        if (idcard_parse(block, sizeof block, &c)) {
            assert_true(strlen(c.name) < sizeof c.name);
            assert_true(utf8_valid(c.name, strlen(c.name)) && utf8_valid(c.address, strlen(c.address)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_as_the_table_has_them),
        cmocka_unit_test(a_frame_is_found_behind_anything),
        cmocka_unit_test(a_frame_in_pieces_is_whole_with_its_last_byte_and_not_before),
        cmocka_unit_test(what_is_no_card_is_refused),
        cmocka_unit_test(the_lengths_of_an_answer_must_fit),
        cmocka_unit_test(any_bytes_at_all_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
