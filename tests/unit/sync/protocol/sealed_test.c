/* Calls that only app and platform read. */
#include "sync/protocol/sealed.h"

#include "sync/base/cleanup.h"
#include "sync/record/canon.h"
#include "tests/support/t.h"

#include <string.h>

struct pair {
    unsigned char pub[KEY_BYTES], secret[KEY_BYTES];
};

static struct pair pair(void)
{
    struct pair p;
    crypto_sodium()->box_keys(p.pub, p.secret);
    return p;
}

static void what_the_app_seals_the_platform_reads_and_answers_to_the_same_key(void **state)
{
    (void)state;
    const struct crypto_ops *c = crypto_sodium();
    struct pair platform = pair(), app = pair();
    unsigned char reply[KEY_BYTES];
    struct err e = {0};
    CLEANUP(json) json_t *content = json_pack("{s:s, s:s}", "id", "110101199003078515", "password", "雪山 high");
    CLEANUP(json) json_t *body = sealed_call(c, "k1", platform.pub, app.pub, content);
    assert_string_equal(sealed_call_key(body), "k1");
    char *travels = json_dumps(body, 0);
    assert_null(strstr(travels, "110101199003078515"));
    assert_null(strstr(travels, "password"));
    free(travels);

    CLEANUP(json) json_t *opened = sealed_call_open(c, body, platform.pub, platform.secret, reply, &e);
    assert_non_null(opened);
    assert_memory_equal(reply, app.pub, KEY_BYTES);
    assert_string_equal(json_string_value(json_object_get(opened, "password")), "雪山 high");

    CLEANUP(json) json_t *answer = sealed_answer(c, reply, opened);
    CLEANUP(json) json_t *read = sealed_answer_open(c, answer, app.pub, app.secret, &e);
    assert_non_null(read);
    assert_string_equal(json_string_value(json_object_get(read, "id")), "110101199003078515");
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}", "{\"sealed\":3}", "{\"sealed\":\"?\"}", "{\"sealed\":\"\"}", "{\"sealed\":\"AAAA\"}", "[]",
    };
    const struct crypto_ops *c = crypto_sodium();
    struct pair platform = pair(), stranger = pair(), app = pair();
    unsigned char reply[KEY_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct err e = {0};
        CLEANUP(json) json_t *body = json_loads(bodies[i], 0, NULL);
        assert_null(sealed_call_open(c, body, platform.pub, platform.secret, reply, &e));
        assert_int_not_equal(e.code, ERR_NONE);
    }
    struct err e = {0};
    CLEANUP(json) json_t *body = sealed_call(c, "k1", platform.pub, app.pub, NULL);
    assert_null(sealed_call_open(c, body, stranger.pub, stranger.secret, reply, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    /* sealed well, but without a key to answer to */
    CLEANUP(json) json_t *mute = sealed_answer(c, platform.pub, body);
    assert_null(sealed_call_open(c, mute, platform.pub, platform.secret, reply, &e));
    assert_int_equal(e.code, ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_app_seals_the_platform_reads_and_answers_to_the_same_key),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
