/* The account slot: a person who logged in opens the folder without a 取件码. */
#include "tests/unit/sync/store/fixture.h"

#include "sync/base/cleanup.h"
#include "sync/record/canon.h"
#include "sync/store/settings.h"

struct platform {
    unsigned char pub[KEY_BYTES], secret[KEY_BYTES];
};

static struct platform enrol(struct fixture *x, const char *id)
{
    struct platform p;
    crypto_sodium()->box_keys(p.pub, p.secret);
    OK(store_platform_key_set(x->s, p.pub, id, e));
    return p;
}

/* What the platform does with a slot; fails the test unless it is of this key and number. */
static void release(struct fixture *x, const struct platform *p, const char *key_id, unsigned char key[KEY_BYTES])
{
    CLEANUP(str) struct str slot = {0};
    CLEANUP(str) struct str sealed = {0};
    CLEANUP(str) struct str plain = {0};
    CLEANUP(str) struct str bytes = {0};
    OK(store_folder_slot_get(x->s, ID, &slot, e));
    size_t n = strlen(key_id);
    assert_memory_equal(slot.p, key_id, n);
    assert_int_equal(slot.p[n], ' ');
    assert_true(base64_decode(&sealed, slot.p + n + 1, slot.len - n - 1, BASE64_STANDARD));
    OK(crypto_sodium()->box_open(p->pub, p->secret, sealed.p, sealed.len, &plain, e));
    CLEANUP(json) json_t *j = json_loadb(plain.p, plain.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(j, "id")), ID);
    const char *text = json_string_value(json_object_get(j, "key"));
    assert_true(base64_decode(&bytes, text, strlen(text), BASE64_STANDARD));
    assert_int_equal(bytes.len, KEY_BYTES);
    memcpy(key, bytes.p, KEY_BYTES);
}

static void the_key_that_the_platform_gives_back_opens_the_folder(void **state)
{
    struct fixture *x = *state;
    struct platform p = enrol(x, "k1");
    struct folder_slots have;
    struct folder f = {0};
    unsigned char key[KEY_BYTES];
    OK(store_folder_create(x->s, ID, CODE, &x->folder, e));
    OK(store_folder_slots(x->s, ID, &have, e));
    assert_true(have.exists && have.code && have.account);
    reopen(x);
    release(x, &p, "k1", key);
    OK(store_folder_open_key(x->s, ID, key, &f, e));
    assert_string_equal(f.id, x->folder.id);
    assert_memory_equal(f.key, x->folder.key, KEY_BYTES);
    folder_finish(&f, crypto_sodium());
    key[5] ^= 1;
    REFUSED(ERR_DENIED, store_folder_open_key(x->s, ID, key, &f, e));
    assert_null(f.key);
    REFUSED(ERR_NOT_FOUND, store_folder_open_key(x->s, "650102198803150022", key, &f, e));
}

static void who_logged_in_needs_no_code_at_all(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v;
    struct folder_slots have;
    unsigned char key[KEY_BYTES];
    OK(store_folder_slots(x->s, ID, &have, e));
    assert_false(have.exists || have.code || have.account);
    REFUSED(ERR_STATE, store_folder_create(x->s, ID, NULL, &f, e)); /* not enrolled: nobody could open it again */
    OK(store_folder_slots(x->s, ID, &have, e));
    assert_false(have.exists);
    struct platform p = enrol(x, "k1");
    OK(store_folder_create(x->s, ID, NULL, &x->folder, e));
    OK(store_folder_slots(x->s, ID, &have, e));
    assert_true(have.exists && !have.code && have.account);
    REFUSED(ERR_NOT_FOUND, store_folder_open(x->s, ID, CODE, &f, &v, e));
    release(x, &p, "k1", key);
    OK(store_folder_open_key(x->s, ID, key, &f, e));
    /* a code may be chosen later, and chosen again when it was forgotten */
    OK(store_folder_code_set(x->s, &f, "000000", true, e));
    folder_finish(&f, crypto_sodium());
    OK(store_folder_open(x->s, ID, "000000", &f, &v, e));
    OK(store_folder_code_set(x->s, &f, CODE, true, e));
    folder_finish(&f, crypto_sodium());
    REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "000000", &f, &v, e));
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    assert_memory_equal(f.key, x->folder.key, KEY_BYTES);
    folder_finish(&f, crypto_sodium());
}

static void a_new_code_lifts_the_lock_of_the_forgotten_one(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v = {0};
    for (int i = 0; i < 5; i++) {
        REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "000000", &f, &v, e));
        if (i < 4)
            clock_fake_advance(&x->clock, v.locked_for_ms);
    }
    assert_true(v.locked_for_ms > 0);
    OK(store_folder_code_set(x->s, &x->folder, "271846", false, e));
    OK(store_folder_open(x->s, ID, "271846", &f, &v, e));
    folder_finish(&f, crypto_sodium());
}

static void a_folder_of_before_gets_its_slot_when_it_is_opened_and_a_new_one_after_a_rotation(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v;
    struct folder_slots have;
    CLEANUP(str) struct str slot = {0};
    unsigned char key[KEY_BYTES];
    OK(store_folder_slots(x->s, ID, &have, e)); /* made before enrolment */
    assert_true(have.exists && have.code && !have.account);
    REFUSED(ERR_NOT_FOUND, store_folder_slot_get(x->s, ID, &slot, e));
    struct platform old = enrol(x, "k1");
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    folder_finish(&f, crypto_sodium());
    release(x, &old, "k1", key);
    struct platform new = enrol(x, "k2");
    release(x, &old, "k1", key); /* still; the platform keeps the old half */
    OK(store_folder_open_key(x->s, ID, key, &f, e));
    folder_finish(&f, crypto_sodium());
    release(x, &new, "k2", key);
    OK(store_folder_open_key(x->s, ID, key, &f, e));
    folder_finish(&f, crypto_sodium());
}

/* Somebody makes a folder under another's number, with a 取件码 of his own, and waits for the owner to fill it. */
static void a_code_that_somebody_else_chose_is_void_when_the_owner_logs_in(void **state)
{
    struct fixture *x = *state;
    struct folder owner = {0}, thief = {0};
    struct code_verdict v;
    struct folder_slots have;
    unsigned char key[KEY_BYTES];
    bool was;
    struct platform p = enrol(x, "k1");
    OK(store_folder_create(x->s, ID, "135790", &x->folder, e)); /* his */
    release(x, &p, "k1", key);
    OK(store_folder_open_key(x->s, ID, key, &owner, e));
    OK(store_folder_code_void(x->s, &owner, &was, e));
    assert_true(was);
    REFUSED(ERR_NOT_FOUND, store_folder_open(x->s, ID, "135790", &thief, &v, e));
    OK(store_folder_slots(x->s, ID, &have, e));
    assert_true(have.account && !have.code);
    OK(store_folder_code_set(x->s, &owner, CODE, true, e)); /* the owner's own stands from now on */
    OK(store_folder_code_void(x->s, &owner, &was, e));
    assert_false(was);
    REFUSED(ERR_DENIED, store_folder_open(x->s, ID, "135790", &thief, &v, e));
    OK(store_folder_open(x->s, ID, CODE, &thief, &v, e));
    folder_finish(&thief, crypto_sodium());
    folder_finish(&owner, crypto_sodium());
}

static void a_code_is_not_voided_where_nothing_else_opens_the_folder(void **state)
{
    struct fixture *x = *state;
    struct folder f = {0};
    struct code_verdict v;
    bool was = true;
    OK(store_folder_code_void(x->s, &x->folder, &was, e)); /* made before enrolment */
    assert_false(was);
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    OK(store_folder_code_prove(x->s, &f, e)); /* typed by who had logged in */
    enrol(x, "k1");
    folder_finish(&f, crypto_sodium());
    OK(store_folder_open(x->s, ID, CODE, &f, &v, e));
    OK(store_folder_code_void(x->s, &f, &was, e));
    assert_false(was);
    folder_finish(&f, crypto_sodium());
}

static void an_owner_may_throw_the_old_folder_away_but_what_was_submitted_goes_its_way(void **state)
{
    struct fixture *x = *state;
    char sent[37], draft[37];
    struct folder_slots have;
    submit(x, sent, NULL, 0);
    OK(store_declaration_create(x->s, &x->folder, draft, e));
    save(x, draft, "word", NULL, 0);
    REFUSED(ERR_NOT_FOUND, store_folder_delete(x->s, "650102198803150022", e));
    OK(store_folder_delete(x->s, ID, e));
    OK(store_folder_slots(x->s, ID, &have, e));
    assert_false(have.exists);
    assert_int_equal(state_of(x->s, sent), DECL_QUEUED);
    assert_int_equal(count(x->s, "SELECT count(*) FROM document"), 0);
    assert_int_equal(count(x->s, "SELECT count(*) FROM declaration"), 1);
    assert_int_equal(count(x->s, "SELECT count(*) FROM slot"), 0);
    folder_finish(&x->folder, crypto_sodium());
    OK(store_folder_create(x->s, ID, CODE, &x->folder, e));
}

static void no_number_and_no_key_is_readable_in_the_database(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str db = {0};
    enrol(x, "k1");
    OK(store_folder_create(x->s, ID, NULL, &x->folder, e));
    store_close(x->s);
    AUTOFREE char *path = path_join(x->dir, "bulu.db");
    OK(file_read(path, 16 << 20, &db, e));
    assert_null(memmem(db.p, db.len, ID, strlen(ID)));
    assert_null(memmem(db.p, db.len, x->folder.key, KEY_BYTES));
    x->s = open_store(x, true);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_key_that_the_platform_gives_back_opens_the_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(who_logged_in_needs_no_code_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_code_lifts_the_lock_of_the_forgotten_one, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(
            a_folder_of_before_gets_its_slot_when_it_is_opened_and_a_new_one_after_a_rotation, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_code_that_somebody_else_chose_is_void_when_the_owner_logs_in, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_code_is_not_voided_where_nothing_else_opens_the_folder, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_owner_may_throw_the_old_folder_away_but_what_was_submitted_goes_its_way,
                                        setup_folder, teardown),
        cmocka_unit_test_setup_teardown(no_number_and_no_key_is_readable_in_the_database, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
