/* What a receipt printer's status bytes say. */
#include "app/worker/escpos.h"

#include "tests/support/t.h"

static void the_worst_is_told(void **state)
{
    (void)state;
    const struct {
        unsigned char answers[ESCPOS_QUESTIONS];
        const char *trouble;
        bool near_end;
    } cases[] = {{{0x12, 0x12, 0x12, 0x12}, NULL, false},       {{0x12, 0x12, 0x12, 0x1e}, NULL, true},
                 {{0x1a, 0x32, 0x12, 0x7e}, "paper_out", true}, {{0x1a, 0x16, 0x12, 0x12}, "cover_open", false},
                 {{0x1a, 0x12, 0x12, 0x12}, "offline", false},  {{0x1a, 0x52, 0x1a, 0x12}, "cutter", false},
                 {{0x1a, 0x52, 0x32, 0x12}, "broken", false},   {{0x1a, 0x52, 0x52, 0x12}, "hot", false},
                 {{0xff, 0x00, 0xff, 0x00}, NULL, false}}; /* no status bytes at all */
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct escpos_status s = {.offline = false};
        for (int q = 0; q < ESCPOS_QUESTIONS; q++)
            escpos_take(&s, q, cases[i].answers[q]);
        const char *trouble = escpos_trouble(&s);
        assert_int_equal(!trouble, !cases[i].trouble);
        if (trouble)
            assert_string_equal(trouble, cases[i].trouble);
        assert_int_equal(s.near_end, cases[i].near_end);
        assert_int_equal(s.known[0], i + 1 < ARRAY_LEN(cases));
    }
}

static void a_band_says_its_size(void **state)
{
    (void)state;
    unsigned char head[ESCPOS_BAND_HEAD];
    const unsigned char want[] = {0x1d, 0x76, 0x30, 0, 72, 0, 128, 0};
    escpos_band(72, 128, head);
    assert_memory_equal(head, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_worst_is_told), cmocka_unit_test(a_band_says_its_size)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
