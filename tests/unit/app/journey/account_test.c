/* A login as the kiosk holds it. */
#include "app/journey/account.h"

#include "sync/base/cleanup.h"
#include "tests/support/t.h"

#include <string.h>

#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_"
#define ID    "650102198803150014"

static json_t *session_json(void)
{
    return json_pack("{s:s, s:i, s:i, s:s, s:{s:s, s:s, s:s, s:b, s:{s:b, s:b}}}", "session", TOKEN, "expires_in", 1800,
                     "idle", 300, "proof", "login", "account", "id", ID, "full_name", "张三", "mobile", "13800138000",
                     "wechat", 1, "images", "portrait", 1, "photo", 0);
}

static void a_session_is_taken_whole_and_wiped_whole(void **state)
{
    (void)state;
    struct account a = {0};
    struct err e = {0};
    CLEANUP(json) json_t *s = session_json();
    assert_false(account_login(&a, s, 0, &e)); /* without a key nothing could have been read */
    account_begin(&a, crypto_sodium());
    assert_false(account_in(&a));
    assert_true(account_login(&a, s, 1000, &e));
    assert_true(account_in(&a));
    assert_string_equal(a.secret->token, TOKEN);
    assert_string_equal(a.secret->full_name, "张三");
    assert_int_equal(a.proof, PROOF_LOGIN);
    assert_true(a.wechat && a.portrait && !a.photo);
    account_wipe(&a);
    assert_false(account_in(&a));
    assert_null(a.secret);
    assert_int_equal(a.proof, PROOF_TYPED);
}

static void the_key_pair_stays_for_the_whole_login(void **state)
{
    (void)state;
    struct account a = {0};
    unsigned char key[KEY_BYTES];
    struct err e = {0};
    CLEANUP(json) json_t *s = session_json();
    account_begin(&a, crypto_sodium());
    memcpy(key, a.secret->public_key, KEY_BYTES);
    assert_true(account_login(&a, s, 0, &e));
    account_begin(&a, crypto_sodium());
    assert_memory_equal(key, a.secret->public_key, KEY_BYTES);
    account_wipe(&a);
    account_begin(&a, crypto_sodium());
    assert_memory_not_equal(key, a.secret->public_key, KEY_BYTES);
    account_wipe(&a);
}

static void a_session_ends_by_its_age_by_idleness_and_by_the_platforms_word(void **state)
{
    (void)state;
    struct account a = {0};
    struct err e = {0};
    CLEANUP(json) json_t *s = session_json();
    account_begin(&a, crypto_sodium());
    assert_true(account_expired(&a, 0));
    assert_true(account_login(&a, s, 1000, &e));
    assert_false(account_expired(&a, 300999));
    assert_true(account_expired(&a, 301000));
    account_used(&a, 300000);
    assert_false(account_expired(&a, 301000));
    account_used(&a, 1800999);
    assert_true(account_expired(&a, 1801000));
    account_ended(&a);
    assert_false(account_in(&a));
    assert_string_equal(a.secret->id18, ID); /* who it was, for the next login */
    account_wipe(&a);
}

static void anything_else_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *path, *key, *value; /* value: JSON; NULL: absent */
    } wrong[] = {
        {NULL, "session", NULL},
        {NULL, "session", "\"short\""},
        {NULL, "session", "\"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO+/\""},
        {NULL, "proof", "\"chip\""},
        {NULL, "proof", NULL},
        {NULL, "expires_in", "0"},
        {NULL, "expires_in", "99999999999"},
        {NULL, "idle", "\"5\""},
        {NULL, "account", "[]"},
        {"account", "id", "\"65010219880315001\""},
        {"account", "id", "\"65010219880315001x\""},
        {"account", "id", "\"65010219880315X014\""},
        {"account", "full_name", "\"\""},
        {"account", "full_name", "\"a\\u0000b\""},
        {"account", "full_name", "7"},
        {"account", "mobile", NULL},
    };
    struct account a = {0};
    account_begin(&a, crypto_sodium());
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct err e = {0};
        CLEANUP(json) json_t *s = session_json();
        json_t *o = wrong[i].path ? json_object_get(s, wrong[i].path) : s;
        if (wrong[i].value)
            json_object_set_new(o, wrong[i].key, json_loads(wrong[i].value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
        else
            json_object_del(o, wrong[i].key);
        if (account_login(&a, s, 0, &e) || e.code != ERR_FORMAT || account_in(&a))
            fail_msg("%s %s was taken", wrong[i].key, wrong[i].value);
        assert_null(strstr(e.text, ID));
    }
    account_wipe(&a);
}

static void what_the_account_says_may_change_but_not_whose_it_is(void **state)
{
    (void)state;
    struct account a = {0};
    struct err e = {0};
    CLEANUP(json) json_t *s = session_json();
    json_t *account = json_object_get(s, "account");
    account_begin(&a, crypto_sodium());
    assert_false(account_refresh(&a, account, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_true(account_login(&a, s, 0, &e));
    json_object_set_new(account, "mobile", json_string("13900139000"));
    assert_true(account_refresh(&a, account, &e));
    assert_string_equal(a.secret->mobile, "13900139000");
    json_object_set_new(account, "id", json_string("650102198803150022"));
    assert_false(account_refresh(&a, account, &e));
    assert_int_equal(e.code, ERR_DENIED);
    assert_string_equal(a.secret->id18, ID);
    account_wipe(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_taken_whole_and_wiped_whole),
        cmocka_unit_test(the_key_pair_stays_for_the_whole_login),
        cmocka_unit_test(a_session_ends_by_its_age_by_idleness_and_by_the_platforms_word),
        cmocka_unit_test(anything_else_changes_nothing),
        cmocka_unit_test(what_the_account_says_may_change_but_not_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
