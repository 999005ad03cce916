#include "sync/store/settings.h"
#include "tests/unit/sync/store/fixture.h"

static const unsigned char K[KEY_BYTES] = "thirty-two bytes of a ticket key";

/* What the platform sends: K in a box. */
static void hand_over(struct fixture *x, const char *id)
{
    const struct crypto_ops *c = crypto_sodium();
    struct ticket_public pub;
    CLEANUP(str) struct str boxed = {0};
    OK(store_ticket_public(x->s, &pub, e));
    c->box_seal(pub.box, K, sizeof K, &boxed);
    OK(store_ticket_mac_set(x->s, id, boxed.p, boxed.len, e));
}

static void the_app_makes_them_once_and_has_them_after_the_platform_sent_k(void **state)
{
    struct fixture *x = *state;
    const struct crypto_ops *c = crypto_sodium();
    struct ticket_keys k = {0};
    struct ticket_public first, again;
    unsigned char sig[SIGN_BYTES];
    OK(store_ticket_public(x->s, &first, e));
    REFUSED(ERR_NOT_FOUND, store_ticket_keys(x->s, &k, e));
    hand_over(x, "k1");
    reopen(x);
    OK(store_ticket_keys(x->s, &k, e));
    OK(store_ticket_public(x->s, &again, e));
    assert_memory_equal(&first, &again, sizeof first);
    assert_memory_equal(k.mac, K, sizeof K);
    c->sign(sig, k.sign, "x", 1);
    assert_true(c->verify(sig, first.sign, "x", 1));
    ticket_keys_finish(&k, c);
}

static void the_agent_carries_what_it_cannot_open(void **state)
{
    struct fixture *x = *state;
    struct ticket_keys k = {0};
    struct ticket_public pub;
    CLEANUP(str) struct str wrapped = {0}, mac = {0};
    store_close(x->s);
    x->s = open_store(x, false);
    OK(store_ticket_public(x->s, &pub, e));
    hand_over(x, "k1");
    REFUSED(ERR_STATE, store_ticket_keys(x->s, &k, e));
    OK(store_setting_get(x->s, SETTING_TICKET_SECRET, &wrapped, e));
    OK(store_setting_get(x->s, SETTING_TICKET_MAC, &mac, e));
    assert_null(memmem(mac.p, mac.len, K, 8));
    assert_null(memmem(wrapped.p, wrapped.len, pub.sign, KEY_BYTES)); /* the end of an Ed25519 secret */
    reopen(x);
    OK(store_ticket_keys(x->s, &k, e));
    ticket_keys_finish(&k, crypto_sodium());
}

static void the_same_k_is_written_once(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str first = {0}, second = {0}, third = {0};
    hand_over(x, "k1");
    OK(store_setting_get(x->s, SETTING_TICKET_MAC, &first, e));
    hand_over(x, "k1");
    OK(store_setting_get(x->s, SETTING_TICKET_MAC, &second, e));
    assert_string_equal(first.p, second.p); /* another box of the same */
    hand_over(x, "k2");
    OK(store_setting_get(x->s, SETTING_TICKET_MAC, &third, e));
    assert_string_not_equal(first.p, third.p);
    REFUSED(ERR_FORMAT, store_ticket_mac_set(x->s, "", "x", 1, e));
    REFUSED(ERR_FORMAT, store_ticket_mac_set(x->s, "a b", "x", 1, e));
}

static void a_lost_device_secret_makes_new_ones_and_forgets_k(void **state)
{
    struct fixture *x = *state;
    struct ticket_keys k = {0};
    struct ticket_public first, second;
    char path[128];
    hand_over(x, "k1");
    OK(store_ticket_public(x->s, &first, e));
    snprintf(path, sizeof path, "%s/device.secret", x->dir);
    assert_int_equal(remove(path), 0);
    reopen(x);
    OK(store_ticket_public(x->s, &second, e));
    assert_memory_not_equal(first.sign, second.sign, KEY_BYTES);
    assert_memory_not_equal(first.box, second.box, KEY_BYTES);
    REFUSED(ERR_NOT_FOUND, store_ticket_keys(x->s, &k, e));
}

static void a_store_that_no_app_has_opened_has_none(void **state)
{
    struct fixture *x = *state;
    struct ticket_public pub;
    raw(x->s, "DELETE FROM setting");
    store_close(x->s);
    x->s = open_store(x, false);
    REFUSED(ERR_NOT_FOUND, store_ticket_public(x->s, &pub, e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_app_makes_them_once_and_has_them_after_the_platform_sent_k, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_agent_carries_what_it_cannot_open, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_k_is_written_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_device_secret_makes_new_ones_and_forgets_k, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_that_no_app_has_opened_has_none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
