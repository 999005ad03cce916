#include "tests/unit/sync/store/fixture.h"

static void a_person_is_found_by_number_and_opened_by_code(void **state)
{
    struct fixture *x = *state;
    bool exists = true;
    struct folder f = {0};
    struct code_verdict v;
    OK(store_folder_exists(x->s, ID, &exists, e));
    assert_false(exists);
    REFUSED(ERR_NOT_FOUND, store_folder_open(x->s, ID, CODE, &f, &v, e));
    OK(store_folder_create(x->s, "65010219880315001x", CODE, &x->folder, e));
    OK(store_folder_exists(x->s, "65010219880315001X", &exists, e)); /* …x is …X */
    assert_true(exists);
    REFUSED(ERR_EXISTS, store_folder_create(x->s, "65010219880315001X", "000000", &f, e));
    reopen(x);
    OK(store_folder_open(x->s, "65010219880315001X", CODE, &f, &v, e));
    assert_string_equal(f.id, x->folder.id);
    assert_memory_equal(f.key, x->folder.key, KEY_BYTES);
    folder_finish(&f, crypto_sodium());
}

static void a_wrong_code_opens_nothing_and_the_right_one_clears_the_count(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v;
    REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "000000", &f, &v, e));
    assert_null(f.key);
    assert_int_equal(v.tries_left, 4);
    assert_int_equal(v.locked_for_ms, 0); /* one slip costs nothing */
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    folder_finish(&f, crypto_sodium());
    REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "000000", &f, &v, e));
    assert_int_equal(v.tries_left, 4);
}

static void waits_grow_and_are_not_counted_as_tries(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v;
    static const struct {
        int left;
        int64_t wait;
    } steps[] = {{4, 0}, {3, 1000}, {2, 2000}, {1, 4000}, {0, 600000}};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "000000", &f, &v, e));
        assert_int_equal(v.tries_left, steps[i].left);
        assert_int_equal(v.locked_for_ms, steps[i].wait);
        if (steps[i].wait) { /* too early: the right code is not even tried */
            REFUSED(ERR_DENIED, store_folder_open(x->s, ID, CODE, &f, &v, e));
            assert_int_equal(v.tries_left, steps[i].left);
            assert_int_equal(v.locked_for_ms, steps[i].wait);
        }
        clock_fake_advance(&x->clock, steps[i].wait);
    }
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    folder_finish(&f, crypto_sodium());
}

static void lock_up(struct fixture *x)
{
    struct folder f = {0};
    struct code_verdict v;
    for (int i = 0; i < 5; i++) {
        REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "000000", &f, &v, e));
        if (i < 4)
            clock_fake_advance(&x->clock, v.locked_for_ms);
    }
    assert_int_equal(v.tries_left, 0);
}

static int64_t locked_for(struct fixture *x)
{
    struct folder f = {0};
    struct code_verdict v;
    REFUSED(ERR_DENIED, store_folder_open(x->s, ID, CODE, &f, &v, e));
    return v.locked_for_ms;
}

static void a_lock_outlives_a_restart_and_a_jump_of_the_wall_clock(void **state)
{
    struct fixture *x = *state;
    lock_up(x);
    assert_int_equal(locked_for(x), 600000);
    x->clock.wall += 400 * DAY;
    assert_int_equal(locked_for(x), 600000);
    x->clock.wall = 0;
    assert_int_equal(locked_for(x), 600000);
    clock_fake_advance(&x->clock, 60000);
    reopen(x);
    assert_int_equal(locked_for(x), 540000);
}

static void a_reboot_does_not_shorten_a_lock(void **state)
{
    struct fixture *x = *state;
    lock_up(x);
    store_close(x->s);
    x->s = open_store(x, true);
    raw(x->s, "UPDATE age SET boot = 'another boot'"); /* what is stored now is of a boot before this one … */
    x->clock.mono = 30000;                             /* … which is 30 s old */
    assert_int_equal(locked_for(x), 570000);
    x->clock.mono = 570000 + 29999;
    assert_int_equal(locked_for(x), 1);
    x->clock.mono++;
    struct folder f = {0};
    struct code_verdict v;
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    folder_finish(&f, crypto_sodium());
}

static void every_further_lock_is_twice_as_long_up_to_a_day(void **state)
{
    struct fixture *x = *state;
    int64_t want = 600000;
    for (int i = 0; i < 9; i++, want = want * 2 < DAY ? want * 2 : DAY) {
        raw(x->s, "UPDATE attempt SET wrong = 4"); /* the fifth of the next round */
        if (i == 0) {
            lock_up(x);
        } else {
            struct folder f = {0};
            struct code_verdict v;
            REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "000000", &f, &v, e));
        }
        assert_int_equal(locked_for(x), want);
        clock_fake_advance(&x->clock, want);
    }
}

static void stop_at_begin_end(const char *step)
{
    if (!strcmp(step, "commit"))
        _exit(0);
}

static void a_try_counts_even_when_the_plug_is_pulled(void **state)
{
    struct fixture *x = *state;
    store_close(x->s);
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct store_options o = options_of(x, true);
            struct store *s = store_open(&o, NULL);
            struct folder f;
            struct code_verdict v;
            x->clock.mono += i * 10000;
            store_fault = stop_at_begin_end; /* dies as soon as the try is counted, before the code is looked at */
            _exit(s && store_folder_open(s, ID, "000000", &f, &v, NULL) ? 1 : 2);
        }
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    x->s = open_store(x, true);
    assert_int_equal(count(x->s, "SELECT wrong FROM attempt"), 4);
}

static void the_device_secret_is_private_and_needed(void **state)
{
    struct fixture *x = *state;
    struct stat st;
    AUTOFREE char *path = path_join(x->dir, "device.secret");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, KEY_BYTES);
    struct store *agent = open_store(x, false);
    bool exists;
    REFUSED(ERR_STATE, store_folder_exists(agent, ID, &exists, e));
    store_close(agent);
    /* another machine's secret: nobody is found, nothing opens */
    OK(file_write_durable(path, "0123456789abcdef0123456789abcdef", KEY_BYTES, 0600, e));
    reopen(x);
    OK(store_folder_exists(x->s, ID, &exists, e));
    assert_false(exists);
    OK(file_write_durable(path, "short", 5, 0600, e));
    struct store_options o = options_of(x, true);
    struct err e = {0};
    assert_null(store_open(&o, &e));
    assert_int_equal(e.code, ERR_FORMAT);
}

static void a_receipt_answers_to_its_code_when_the_folder_is_gone(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    struct code_verdict v;
    struct declaration_row row;
    CLEANUP(submission) struct submission sub = {0};
    int64_t seq;
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    make_submission(&sub, declaration, 1, NULL, 0, 100);
    OK(store_submit(x->s, &x->folder, &sub, &seq, e));
    OK(store_receipt_check(x->s, sub.receipt, CODE, &v, e));
    REFUSED(ERR_DENIED, store_receipt_check(x->s, sub.receipt, "000000", &v, e));
    assert_int_equal(v.tries_left, 4);
    REFUSED(ERR_NOT_FOUND, store_receipt_check(x->s, "0000-0000-0000-0", CODE, &v, e));
    REFUSED(ERR_NOT_FOUND, store_receipt_check(x->s, "nonsense", CODE, &v, e));
    raw(x->s, "DELETE FROM folder");
    OK(store_receipt_check(x->s, sub.receipt, CODE, &v, e));
    OK(store_receipt_find(x->s, sub.receipt, &row, e));
    assert_int_equal(row.state, DECL_QUEUED);
    assert_false(row.content);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_person_is_found_by_number_and_opened_by_code, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_code_opens_nothing_and_the_right_one_clears_the_count, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(waits_grow_and_are_not_counted_as_tries, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_lock_outlives_a_restart_and_a_jump_of_the_wall_clock, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_reboot_does_not_shorten_a_lock, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(every_further_lock_is_twice_as_long_up_to_a_day, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_try_counts_even_when_the_plug_is_pulled, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(the_device_secret_is_private_and_needed, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_receipt_answers_to_its_code_when_the_folder_is_gone, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
