#include "sync/base/bytes.h"
#include "sync/record/envelope.h"
#include "tests/support/t.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void numbers_read_back_as_printed(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        char made[RECEIPT_SIZE], read[RECEIPT_SIZE];
        receipt_make(crypto_sodium(), made);
        assert_int_equal(strlen(made), 16);
        assert_true(made[4] == '-' && made[9] == '-' && made[14] == '-');
        assert_true(isalnum((unsigned char)made[15]) && made[15] != 'U');
        assert_true(receipt_parse(made, read));
        assert_string_equal(made, read);
    }
}

/* value 0 → check 0; value 1 → check 1 */
static void what_people_type_is_forgiven(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *number; /* NULL: refused */
    } cases[] = {
        {"0000-0000-0000-0", "0000-0000-0000-0"},
        {"oooo oooo oooo o", "0000-0000-0000-0"},
        {"000000000001l", "0000-0000-0001-1"},
        {"0000-0000-000I-i", "0000-0000-0001-1"},
        {"0000-0000-000a-A", "0000-0000-000A-A"},
        {"0000-0000-0001-2", NULL},
        {"0000-0000-0000-", NULL},
        {"0000-0000-0000-00", NULL},
        {"0000-0000-00U0-0", NULL},
        {"0000-0000-0010-*", NULL}, /* 32 mod 37 is "*": never made */
        {"", NULL},
        {"买买提", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[RECEIPT_SIZE] = "kept";
        bool ok = receipt_parse(cases[i].typed, out);
        if (ok != (cases[i].number != NULL))
            fail_msg("case %zu", i);
        assert_string_equal(out, ok ? cases[i].number : "kept");
    }
}

static void every_single_slip_and_neighbour_swap_is_noticed(void **state)
{
    (void)state;
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char number[RECEIPT_SIZE], wrong[RECEIPT_SIZE], out[RECEIPT_SIZE];
    receipt_make(crypto_sodium(), number);
    for (int i = 0; i < 16; i++) {
        for (const char *d = digits; number[i] != '-' && *d; d++) {
            strcpy(wrong, number);
            wrong[i] = *d;
            assert_int_equal(receipt_parse(wrong, out), *d == number[i]);
        }
        if (i && number[i] != '-' && number[i - 1] != '-' && number[i] != number[i - 1]) {
            strcpy(wrong, number);
            wrong[i] = number[i - 1];
            wrong[i - 1] = number[i];
            assert_false(receipt_parse(wrong, out));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_read_back_as_printed),
        cmocka_unit_test(what_people_type_is_forgiven),
        cmocka_unit_test(every_single_slip_and_neighbour_swap_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
