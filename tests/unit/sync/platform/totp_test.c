#include "tests/support/t.h"
#include "sync/platform/totp.h"

#include <stdio.h>
#include <string.h>

static const char rfc_secret[] = "12345678901234567890";

/* RFC 4226, appendix D. */
static void counters_have_the_passwords_of_rfc_4226(void **state)
{
    static const char *const want[] = {"755224", "287082", "359152", "969429", "338314",
                                       "254676", "287922", "162583", "399871", "520489"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        char got[9];
        hotp(crypto_sodium(), rfc_secret, 20, i, 6, got);
        assert_string_equal(got, want[i]);
    }
}

/* RFC 6238, appendix B, the SHA-1 rows. */
static void times_have_the_passwords_of_rfc_6238(void **state)
{
    static const struct {
        int64_t unix_s;
        const char *want;
    } cases[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                 {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char got[9];
        hotp(crypto_sodium(), rfc_secret, 20, (uint64_t)(cases[i].unix_s / TOTP_PERIOD_S), 8, got);
        assert_string_equal(got, cases[i].want);
    }
}

static void a_clock_may_be_off_by_one_step(void **state)
{
    static const struct {
        int64_t off_s;
        bool ok;
    } cases[] = {{0, true}, {30, true}, {-30, true}, {60, false}, {-60, false}, {3600, false}};
    (void)state;
    int64_t now = 1234567890, step = 0; /* in the middle of nothing: 1234567890 is a multiple of 30 */
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char typed[7];
        hotp(crypto_sodium(), rfc_secret, 20, (uint64_t)((now + cases[i].off_s) / 30), 6, typed);
        if (totp_check(crypto_sodium(), rfc_secret, 20, now, typed, &step) != cases[i].ok)
            fail_msg("off by %d s", (int)cases[i].off_s);
        if (cases[i].ok)
            assert_int_equal(step, (now + cases[i].off_s) / 30);
    }
}

static void only_six_digits_are_a_password(void **state)
{
    static const char *const none[] = {"",       "28708",        "2870822",  "28708a",
                                       "-87082", "２８７０８２", "287082\n", "+28708"};
    int64_t step;
    (void)state;
    assert_true(totp_check(crypto_sodium(), rfc_secret, 20, 59, "287082", &step));
    assert_true(totp_check(crypto_sodium(), rfc_secret, 20, 59, "287 082", &step)); /* as apps show it */
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if (totp_check(crypto_sodium(), rfc_secret, 20, 59, none[i], &step))
            fail_msg("taken: %s", none[i]);
}

/* RFC 4648 §10, without padding. */
static void base32_is_that_of_rfc_4648(void **state)
{
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "MY"},
                                           {"fo", "MZXQ"},
                                           {"foo", "MZXW6"},
                                           {"foob", "MZXW6YQ"},
                                           {"fooba", "MZXW6YTB"},
                                           {"foobar", "MZXW6YTBOI"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str s = {0};
        base32_encode(&s, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(str_z(&s), cases[i][1]);
    }
}

static void the_address_for_the_app_escapes_its_parts(void **state)
{
    CLEANUP(str) struct str s = {0};
    (void)state;
    totp_uri(&s, "职称 A&B", "li.si?x=1", "foobar", 6);
    assert_string_equal(str_z(&s),
                        "otpauth://totp/%E8%81%8C%E7%A7%B0%20A%26B:li.si%3Fx%3D1?secret=MZXW6YTBOI&issuer=%E8%81%"
                        "8C%E7%A7%B0%20A%26B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_have_the_passwords_of_rfc_4226),
        cmocka_unit_test(times_have_the_passwords_of_rfc_6238),
        cmocka_unit_test(a_clock_may_be_off_by_one_step),
        cmocka_unit_test(only_six_digits_are_a_password),
        cmocka_unit_test(base32_is_that_of_rfc_4648),
        cmocka_unit_test(the_address_for_the_app_escapes_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
