#include "app/journey/session.h"
#include "tests/support/t.h"

/* A crypto set that remembers what secret memory it handed out. */
static int secrets;
static void *secret_alloc(size_t n)
{
    secrets++;
    return xcalloc(1, n);
}
static void secret_free(void *p)
{
    secrets--;
    free(p);
}
static const struct crypto_ops ops = {.name = "test", .secret_alloc = secret_alloc, .secret_free = secret_free};

static void keys_and_code_live_in_locked_memory_only(void **state)
{
    (void)state;
    struct session s = {0};
    unsigned char key[KEY_BYTES] = {1, 2, 3};
    struct folder f = {.id = "11111111-1111-4111-8111-111111111111", .key = key};
    assert_false(session_open(&s));
    session_begin(&s, &ops, "650000198001010014", "271845");
    assert_int_equal(secrets, 1);
    assert_false(session_open(&s));
    session_folder(&s, &f);
    assert_true(session_open(&s));
    struct folder copy = session_folder_copy(&s);
    assert_int_equal(secrets, 2);
    assert_string_equal(copy.id, f.id);
    assert_memory_equal(copy.key, key, KEY_BYTES);
    secret_free(copy.key);
    /* Nothing of them in the session itself, whose memory is ordinary. */
    const char *bytes = (const char *)&s;
    for (size_t i = 0; i + 6 <= sizeof s; i++)
        assert_memory_not_equal(bytes + i, "271845", 6);
    session_wipe(&s);
    assert_int_equal(secrets, 0);
    assert_false(session_open(&s));
}

static void another_person_wipes_the_one_before(void **state)
{
    (void)state;
    struct session s = {0};
    session_begin(&s, &ops, "650000198001010014", "271845");
    zcopy(s.declaration, sizeof s.declaration, "x");
    session_begin(&s, &ops, "650000198512310027", "314159");
    assert_int_equal(secrets, 1);
    assert_string_equal(s.declaration, "");
    assert_string_equal(s.secret->id18, "650000198512310027");
    session_wipe(&s);
    session_wipe(&s);
    assert_int_equal(secrets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_code_live_in_locked_memory_only),
        cmocka_unit_test(another_person_wipes_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
