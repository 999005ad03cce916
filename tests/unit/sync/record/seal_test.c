#include "sync/base/bytes.h"
#include "sync/record/seal.h"
#include "tests/support/t.h"

#include <string.h>

#define OPS crypto_sodium()

static void known_answers_hold(void **state)
{
    (void)state;
    struct err e = {0};
    if (!OPS->self_test(&e))
        fail_msg("%s", e.text);
    assert_string_equal(OPS->name, "sodium-1");
}

static void hkdf_with_no_salt_is_rfc_5869_a3(void **state)
{
    (void)state;
    unsigned char ikm[22], out[KEY_BYTES];
    char hex[2 * KEY_BYTES + 1];
    memset(ikm, 0x0b, sizeof ikm);
    OPS->derive(out, ikm, sizeof ikm, NULL, 0, "");
    hex_encode(out, sizeof out, hex);
    assert_string_equal(hex, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

static void argon2id_interactive_gives_the_frozen_key(void **state)
{
    (void)state;
    /* The same bytes stand in a verifier string of the same salt and cost: t=2, m=64 MiB, p=1. */
    static const unsigned char salt[SALT_BYTES + 1] = "0123456789abcdef";
    unsigned char key[KEY_BYTES], other[KEY_BYTES];
    char hex[2 * KEY_BYTES + 1];
    struct err e = {0};
    assert_true(OPS->code_key(key, "482917", salt, &e));
    hex_encode(key, sizeof key, hex);
    assert_string_equal(hex, "5ecf12234bb2f139c59e90fe4c57fb93fec0d890558d9662751774ce719f833b");
    CLEANUP(str) struct str verifier = {0};
    str_puts(&verifier, "$argon2id$v=19$m=65536,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$");
    base64_encode(&verifier, key, sizeof key, BASE64_STANDARD);
    verifier.p[--verifier.len] = '\0'; /* the string format has no padding */
    assert_true(OPS->verifier_check(verifier.p, "482917"));
    assert_true(OPS->code_key(other, "482918", salt, &e));
    assert_memory_not_equal(key, other, sizeof key);
}

static void a_verifier_knows_its_code_only(void **state)
{
    (void)state;
    char v[VERIFIER_BYTES];
    struct err e = {0};
    assert_true(OPS->verifier_make(v, "482917", &e));
    assert_true(OPS->verifier_check(v, "482917"));
    assert_false(OPS->verifier_check(v, "482918"));
    assert_false(OPS->verifier_check("", "482917"));
    assert_false(
        OPS->verifier_check("$argon2id$v=19$m=8388608,t=2,p=1$c29tZXNhbHQ$nf65", "482917")); /* 8 GiB: not tried */
    assert_false(OPS->verifier_check("$argon2id$v=19$m=65536,t=4000000,p=1$c29tZXNhbHQ$nf65", "482917"));
}

static void aead_opens_only_under_its_key_and_context(void **state)
{
    (void)state;
    unsigned char key[KEY_BYTES], other[KEY_BYTES];
    OPS->random(key, sizeof key);
    OPS->random(other, sizeof other);
    CLEANUP(str) struct str sealed = {0}, opened = {0};
    struct err e = {0};
    OPS->aead_seal(key, "draft", "买买提", 9, &sealed);
    assert_int_equal(sealed.len, 9 + AEAD_OVERHEAD);
    assert_true(OPS->aead_open(key, "draft", sealed.p, sealed.len, &opened, &e));
    assert_string_equal(opened.p, "买买提");
    assert_false(OPS->aead_open(other, "draft", sealed.p, sealed.len, &opened, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    assert_false(OPS->aead_open(key, "slot", sealed.p, sealed.len, &opened, &e));
    for (size_t n = 0; n < sealed.len; n++)
        assert_false(OPS->aead_open(key, "draft", sealed.p, n, &opened, &e));
    assert_int_equal(opened.len, 9); /* failures add nothing */
}

static void a_stream_notices_every_cut_and_every_change(void **state)
{
    (void)state;
    enum { LEN = 150000 };
    unsigned char key[KEY_BYTES];
    OPS->random(key, sizeof key);
    AUTOFREE char *plain = xmalloc(LEN);
    for (int i = 0; i < LEN; i++)
        plain[i] = (char)(i * 7);
    CLEANUP(str) struct str sealed = {0}, opened = {0};
    struct err e = {0};
    OPS->stream_seal(key, plain, LEN, &sealed);
    assert_int_equal(sealed.len, OPS->stream_bytes(LEN));
    assert_true(OPS->stream_open(key, sealed.p, sealed.len, &opened, &e));
    assert_int_equal(opened.len, LEN);
    assert_memory_equal(opened.p, plain, LEN);
    str_clear(&opened);
    static const size_t cuts[] = {0, 1, 24, 40, 41, 24 + 65553, 24 + 2 * 65553, 150000};
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++)
        assert_false(OPS->stream_open(key, sealed.p, cuts[i], &opened, &e));
    static const size_t places[] = {0, 23, 24, 65600, 140000};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        sealed.p[places[i]] ^= 1;
        assert_false(OPS->stream_open(key, sealed.p, sealed.len, &opened, &e));
        sealed.p[places[i]] ^= 1;
    }
    str_add(&sealed, "x", 1);
    assert_false(OPS->stream_open(key, sealed.p, sealed.len, &opened, &e));
    assert_int_equal(opened.len, 0);
}

/* Written once by this program: what an older version wrote must open for ever. */
static void frozen_samples_open(void **state)
{
    (void)state;
    unsigned char key[KEY_BYTES], secret[KEY_BYTES], pub[KEY_BYTES], bytes[256];
    CLEANUP(str) struct str out = {0};
    struct err e = {0};
    memset(key, 5, sizeof key);
    static const char stream[] =
        "462c220d742078d8a37a4c10721e2eb8505ca46192f1977d330dd4496c47b75316ce39cbcd94d68b5efff70f2250b643dc9900e83dfa";
    assert_true(hex_decode(stream, bytes, strlen(stream) / 2));
    assert_true(OPS->stream_open(key, bytes, strlen(stream) / 2, &out, &e));
    assert_string_equal(out.p, "frozen stream");
    assert_true(hex_decode("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", secret, sizeof secret));
    assert_true(hex_decode("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", pub, sizeof pub));
    static const char box[] = "e0e62296a3b1ccea0e1be336c211f14df57922b2758c2084878ab366e7774170fe6f4ef92b53182b1a18a3a5"
                              "a4a8df3aa0b70ded3aba26a21716";
    assert_true(hex_decode(box, bytes, strlen(box) / 2));
    str_clear(&out);
    assert_true(OPS->box_open(pub, secret, bytes, strlen(box) / 2, &out, &e));
    assert_string_equal(out.p, "frozen box");
}

static void a_box_opens_for_its_owner_only(void **state)
{
    (void)state;
    unsigned char pub[KEY_BYTES], secret[KEY_BYTES], pub2[KEY_BYTES], secret2[KEY_BYTES];
    OPS->box_keys(pub, secret);
    OPS->box_keys(pub2, secret2);
    CLEANUP(str) struct str sealed = {0}, opened = {0};
    struct err e = {0};
    OPS->box_seal(pub, "", 0, &sealed);
    assert_int_equal(sealed.len, BOX_OVERHEAD);
    assert_true(OPS->box_open(pub, secret, sealed.p, sealed.len, &opened, &e));
    assert_false(OPS->box_open(pub2, secret2, sealed.p, sealed.len, &opened, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    assert_false(OPS->box_open(pub, secret, sealed.p, sealed.len - 1, &opened, &e));
}

static void locked_memory_is_given_and_taken(void **state)
{
    (void)state;
    unsigned char *p = OPS->secret_alloc(KEY_BYTES);
    memset(p, 1, KEY_BYTES);
    OPS->wipe(p, KEY_BYTES);
    assert_int_equal(p[KEY_BYTES - 1], 0);
    OPS->secret_free(p);
    OPS->secret_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers_hold),
        cmocka_unit_test(hkdf_with_no_salt_is_rfc_5869_a3),
        cmocka_unit_test(argon2id_interactive_gives_the_frozen_key),
        cmocka_unit_test(a_verifier_knows_its_code_only),
        cmocka_unit_test(aead_opens_only_under_its_key_and_context),
        cmocka_unit_test(a_stream_notices_every_cut_and_every_change),
        cmocka_unit_test(frozen_samples_open),
        cmocka_unit_test(a_box_opens_for_its_owner_only),
        cmocka_unit_test(locked_memory_is_given_and_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
