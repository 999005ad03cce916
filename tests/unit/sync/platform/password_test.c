#include "sync/platform/password.h"
#include "tests/support/t.h"

#include <string.h>

static struct passwords *list;

static int load(void **state)
{
    struct err e = {0};
    (void)state;
    list = passwords_load("assets/review/passwords.txt", &e);
    if (!list)
        fail_msg("%s", e.text);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    passwords_free(list);
    return 0;
}

static void long_and_unusual_is_all_that_is_asked(void **state)
{
    static const char *const names[] = {"lisi", "新疆机械研究院", NULL};
    static const struct {
        const char *password;
        size_t least;
        const char *fault;
    } cases[] = {
        {"correct horse battery", 15, NULL},
        {"天山下的牧民骑马唱歌喝茶看星星", 15, NULL},
        {"short but good", 15, "password.short"},
        {"short but good", 8, NULL},
        {"1234567", 8, "password.short"},
        {"password", 8, "password.common"},
        {"PassWord", 8, "password.common"},
        {"password2024!", 8, "password.common"},
        {"woaini1314", 8, "password.common"},
        {"sunshinesunshine", 8, "password.common"},
        {"aaaaaaaaaaaaaaaa", 8, "password.pattern"},
        {"abcabcabcabcabc", 8, "password.pattern"},
        {"abcdefghijklmnop", 8, "password.pattern"},
        {"1234567890123456", 8, "password.pattern"},
        {"9876543210", 8, "password.pattern"},
        {"lisi2024", 8, "password.own"},
        {"lisi at the edge of the desert", 8, NULL},
        {"新疆机械研究院", 5, "password.own"},
    };
    char most[PASSWORD_MOST + 2];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = password_fault(list, cases[i].password, cases[i].least, names);
        if ((got == NULL) != (cases[i].fault == NULL) || (got && strcmp(got, cases[i].fault) != 0))
            fail_msg("%s: %s", cases[i].password, got ? got : "taken");
    }
    for (size_t i = 0; i < sizeof most - 1; i++)
        most[i] = "qwrtzpsdfg"[i * 7 % 10 ^ (i / 10 & 1)];
    most[sizeof most - 1] = '\0';
    assert_string_equal(password_fault(list, most, 8, NULL), "password.long");
}

static void whatever_keyboard_wrote_it_compares_alike(void **state)
{
    CLEANUP(str) struct str a = {0}, b = {0};
    (void)state;
    password_form("ｐａｓｓ １２é", &a);
    password_form("pass 12e\xCC\x81", &b);
    assert_string_equal(str_z(&a), str_z(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_and_unusual_is_all_that_is_asked),
        cmocka_unit_test(whatever_keyboard_wrote_it_compares_alike),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
