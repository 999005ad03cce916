/* Who may open the staff door. */
#include "sync/store/staff.h"

#include "tests/unit/sync/store/fixture.h"

#define BADGE "ts-017"
#define PIN   "580317"

static void a_badge_with_its_pin_opens_the_door_over_restarts(void **state)
{
    struct fixture *x = *state;
    enum staff_role role;
    struct code_verdict v;
    OK(store_staff_put(x->s, BADGE, PIN, STAFF_HALL, e));
    OK(store_staff_put(x->s, "op-1", "904471", STAFF_OPERATOR, e));
    reopen(x);
    OK(store_staff_check(x->s, BADGE, PIN, &role, &v, e));
    assert_int_equal(role, STAFF_HALL);
    OK(store_staff_check(x->s, "op-1", "904471", &role, &v, e));
    assert_int_equal(role, STAFF_OPERATOR);

    AUTOFREE struct staff_row *rows = NULL;
    size_t n;
    OK(store_staff(x->s, &rows, &n, e));
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].badge, "op-1");
    OK(store_staff_put(x->s, BADGE, "771204", STAFF_OPERATOR, e)); /* a new PIN */
    REFUSED(ERR_DENIED, store_staff_check(x->s, BADGE, PIN, &role, &v, e));
    OK(store_staff_check(x->s, BADGE, "771204", &role, &v, e));
    OK(store_staff_remove(x->s, BADGE, e));
    REFUSED(ERR_DENIED, store_staff_check(x->s, BADGE, "771204", &role, &v, e));
    REFUSED(ERR_NOT_FOUND, store_staff_remove(x->s, BADGE, e));
}

static void wrong_pins_are_counted_and_lock_over_a_restart_and_a_jump_of_the_clock(void **state)
{
    struct fixture *x = *state;
    enum staff_role role;
    struct code_verdict v;
    OK(store_staff_put(x->s, BADGE, PIN, STAFF_HALL, e));
    for (int i = 0; i < 5; i++) {
        REFUSED(ERR_DENIED, store_staff_check(x->s, BADGE, "999990", &role, &v, e));
        if (i < 4)
            clock_fake_advance(&x->clock, v.locked_for_ms);
    }
    assert_int_equal(v.locked_for_ms, 600000);
    reopen(x);
    x->clock.wall += 400 * DAY;
    REFUSED(ERR_DENIED, store_staff_check(x->s, BADGE, PIN, &role, &v, e)); /* the right one is not even tried */
    assert_int_equal(v.locked_for_ms, 600000);
    clock_fake_advance(&x->clock, 600000);
    OK(store_staff_check(x->s, BADGE, PIN, &role, &v, e));
}

static void staff_open_the_folder_of_who_forgot_the_code_with_their_pin_and_in_the_record(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v;
    OK(store_staff_put(x->s, BADGE, PIN, STAFF_HALL, e));
    OK(store_folder_create(x->s, ID, CODE, &x->folder, e));
    reopen(x);
    REFUSED(ERR_DENIED, store_folder_open_staff(x->s, ID, BADGE, "999990", &f, &v, e));
    REFUSED(ERR_DENIED, store_folder_open_staff(x->s, ID, "ts-099", PIN, &f, &v, e));
    REFUSED(ERR_NOT_FOUND, store_folder_open_staff(x->s, "650102198803150022", BADGE, PIN, &f, &v, e));
    OK(store_folder_open_staff(x->s, ID, BADGE, PIN, &f, &v, e));
    assert_string_equal(f.id, x->folder.id);
    assert_memory_equal(f.key, x->folder.key, KEY_BYTES);
    assert_int_equal(
        count(x->s, "SELECT count(*) FROM audit WHERE event = 'folder.by_staff' AND detail LIKE '%" BADGE "%'"), 1);
    OK(store_folder_code_set(x->s, &f, "135790", true, e));
    folder_finish(&f, crypto_sodium());
    REFUSED(ERR_DENIED, store_folder_open(x->s, ID, CODE, &f, &v, e));
    OK(store_folder_open(x->s, ID, "135790", &f, &v, e));
    folder_finish(&f, crypto_sodium());
}

static void who_came_later_or_has_gone_opens_nothing_of_before(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v;
    OK(store_folder_create(x->s, ID, CODE, &x->folder, e));
    OK(store_staff_put(x->s, BADGE, PIN, STAFF_HALL, e));
    REFUSED(ERR_NOT_FOUND, store_folder_open_staff(x->s, ID, BADGE, PIN, &f, &v, e));
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e)); /* used once more: from now on */
    folder_finish(&f, crypto_sodium());
    OK(store_folder_open_staff(x->s, ID, BADGE, PIN, &f, &v, e));
    folder_finish(&f, crypto_sodium());
    OK(store_staff_put(x->s, BADGE, "771204", STAFF_HALL, e)); /* a new PIN is a new pair of keys */
    assert_int_equal(count(x->s, "SELECT count(*) FROM staff_slot"), 0);
    REFUSED(ERR_NOT_FOUND, store_folder_open_staff(x->s, ID, BADGE, "771204", &f, &v, e));
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    folder_finish(&f, crypto_sodium());
    OK(store_staff_remove(x->s, BADGE, e));
    assert_int_equal(count(x->s, "SELECT count(*) FROM staff_slot"), 0);
}

/* Nothing tells whether the badge or the PIN was wrong: the same words, the same counting. */
static void an_unknown_badge_is_told_as_a_wrong_pin(void **state)
{
    struct fixture *x = *state;
    enum staff_role role;
    struct code_verdict known, unknown;
    struct err a = {0}, b = {0};
    OK(store_staff_put(x->s, BADGE, PIN, STAFF_HALL, e));
    assert_false(store_staff_check(x->s, BADGE, "999990", &role, &known, &a));
    assert_false(store_staff_check(x->s, "nobody", "999990", &role, &unknown, &b));
    assert_int_equal(a.code, b.code);
    assert_string_equal(a.text, b.text);
    assert_int_equal(known.tries_left, unknown.tries_left);
}

static void badges_and_pins_are_of_their_form(void **state)
{
    struct fixture *x = *state;
    static const struct {
        const char *badge, *pin;
        enum err_code code;
    } cases[] = {
        {"", PIN, ERR_FORMAT},
        {"a b", PIN, ERR_FORMAT},
        {"x'--", PIN, ERR_FORMAT},
        {BADGE, "", ERR_FORMAT},
        {BADGE, "12345", ERR_FORMAT},
        {BADGE, "1234567890123", ERR_FORMAT},
        {BADGE, "58031a", ERR_FORMAT},
        {BADGE, "000000", ERR_DENIED},
        {BADGE, "123456", ERR_DENIED},
        {BADGE, "987654321", ERR_DENIED},
        {"abcdefghijklmnopqrstuvwxyz0123456789", PIN, ERR_FORMAT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        REFUSED(cases[i].code, store_staff_put(x->s, cases[i].badge, cases[i].pin, STAFF_HALL, e));
}

static void the_agent_without_the_device_secret_cannot_try(void **state)
{
    struct fixture *x = *state;
    enum staff_role role;
    struct code_verdict v;
    OK(store_staff_put(x->s, BADGE, PIN, STAFF_HALL, e));
    struct store *agent = open_store(x, false);
    REFUSED(ERR_STATE, store_staff_check(agent, BADGE, PIN, &role, &v, e));
    store_close(agent);
    CLEANUP(str) struct str report = {0};
    OK(store_verify(x->s, &report, e)); /* what was done is in the chain */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_badge_with_its_pin_opens_the_door_over_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_pins_are_counted_and_lock_over_a_restart_and_a_jump_of_the_clock, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_unknown_badge_is_told_as_a_wrong_pin, setup, teardown),
        cmocka_unit_test_setup_teardown(badges_and_pins_are_of_their_form, setup, teardown),
        cmocka_unit_test_setup_teardown(the_agent_without_the_device_secret_cannot_try, setup, teardown),
        cmocka_unit_test_setup_teardown(staff_open_the_folder_of_who_forgot_the_code_with_their_pin_and_in_the_record,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(who_came_later_or_has_gone_opens_nothing_of_before, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
