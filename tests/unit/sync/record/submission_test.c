#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/record/envelope.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <string.h>

#define OPS  crypto_sodium()
#define UUID "0d9a1c52-3b7e-4f10-9a7c-5d2e8b6f4a31"

struct sealing {
    unsigned char pub[KEY_BYTES], secret[KEY_BYTES];
    struct clock_fake clock;
    struct doc *doc;
    char receipt[RECEIPT_SIZE];
    struct submission_input in;
};

static int setup(void **state)
{
    struct sealing *x = xcalloc(1, sizeof *x);
    OPS->box_keys(x->pub, x->secret);
    clock_fake_init(&x->clock, 1795400645000);
    x->doc = test_declaration();
    receipt_make(OPS, x->receipt);
    x->in = (struct submission_input){.doc = x->doc,
                                      .declaration = UUID,
                                      .version = 2,
                                      .receipt = x->receipt,
                                      .proof = "typed",
                                      .consent = "2026-11",
                                      .code = "482917",
                                      .unit_name = "新疆某某设计院",
                                      .unit_code = "650102-0001",
                                      .platform_key = x->pub,
                                      .platform_key_id = "k1",
                                      .clock = &x->clock.clock};
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct sealing *x = *state;
    doc_destroy(x->doc);
    free(x);
    return 0;
}

static void build(struct sealing *x, struct submission *out)
{
    struct err e = {0};
    if (!submission_build(OPS, &x->in, out, &e))
        fail_msg("%s", e.text);
}

static json_t *envelope_of(const struct submission *s)
{
    struct err e = {0};
    json_t *j = canon_parse(s->envelope.p, s->envelope.len, &e);
    if (!j)
        fail_msg("%s", e.text);
    return j;
}

static void the_platform_reads_what_was_sealed(void **state)
{
    struct sealing *x = *state;
    CLEANUP(submission) struct submission s = {0};
    struct err e = {0};
    build(x, &s);
    CLEANUP(json) json_t *envelope = envelope_of(&s);
    CLEANUP(json) json_t *payload = submission_open(OPS, envelope, s.sealed.p, s.sealed.len, x->pub, x->secret, &e);
    if (!payload)
        fail_msg("%s", e.text);
    assert_string_equal(json_string_value(json_object_get(payload, "declaration")), UUID);
    assert_int_equal(json_integer_value(json_object_get(payload, "version")), 2);
    assert_string_equal(json_string_value(json_object_get(payload, "receipt")), x->receipt);
    assert_true(OPS->verifier_check(json_string_value(json_object_get(payload, "code")), "482917"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(payload, "unit"), "name")), "新疆某某设计院");
    static const enum form_scope scopes[] = {SCOPE_PERSON, SCOPE_TITLE};
    static const char *const names[] = {"person", "title"};
    for (int i = 0; i < 2; i++) { /* field by field: both scopes are the bytes that the doc exports */
        CLEANUP(str) struct str want = {0}, got = {0};
        assert_true(doc_export(x->doc, scopes[i], &want, &e));
        assert_true(canon_write(json_object_get(payload, names[i]), &got, &e));
        assert_string_equal(got.p, want.p);
    }
}

static void a_claim_is_sealed_with_the_rest(void **state)
{
    struct sealing *x = *state;
    CLEANUP(submission) struct submission s = {0};
    struct err e = {0};
    x->in.claim = "oKGio6SlpqeoqaqrrK2urw";
    build(x, &s);
    CLEANUP(json) json_t *envelope = envelope_of(&s);
    CLEANUP(json) json_t *payload = submission_open(OPS, envelope, s.sealed.p, s.sealed.len, x->pub, x->secret, &e);
    assert_string_equal(json_string_value(json_object_get(payload, "claim")), x->in.claim);
    assert_null(json_object_get(envelope, "claim"));
}

static void the_envelope_is_readable_and_tells_nothing_of_the_person(void **state)
{
    struct sealing *x = *state;
    CLEANUP(submission) struct submission s = {0};
    build(x, &s);
    CLEANUP(json) json_t *j = envelope_of(&s);
    static const char *const members[] = {"declaration", "version", "receipt", "form", "rules", "codes", "key",
                                          "crypto",      "digest",  "blobs",   "wall", "mono",  "boot"};
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (!json_object_get(j, members[i]))
            fail_msg("no %s", members[i]);
    assert_int_equal(json_object_size(j), ARRAY_LEN(members));
    char digest[HASH_HEX];
    crypto_hash_hex(OPS, s.sealed.p, s.sealed.len, digest);
    assert_string_equal(s.digest, digest);
    assert_string_equal(json_string_value(json_object_get(j, "digest")), digest);
    assert_null(memmem(s.envelope.p, s.envelope.len, "设计院", strlen("设计院")));
    const char *name = doc_text(x->doc, ONE("basic", "full_name"));
    assert_true(*name);
    assert_null(memmem(s.envelope.p, s.envelope.len, name, strlen(name)));
    assert_null(memmem(s.sealed.p, s.sealed.len, name, strlen(name)));
}

static bool count_file(void *ctx, struct doc_path p, const json_t *file)
{
    (void)p;
    assert_true(json_is_string(json_object_get(file, "sha256")));
    ++*(int *)ctx;
    return true;
}

static bool stop_at_first(void *ctx, struct doc_path p, const json_t *file)
{
    count_file(ctx, p, file);
    return false;
}

static void blobs_are_listed_once_with_the_size_of_their_ciphertext(void **state)
{
    struct sealing *x = *state;
    CLEANUP(submission) struct submission s = {0};
    int files = 0, first = 0;
    build(x, &s);
    assert_true(doc_files(x->doc, count_file, &files));
    assert_false(doc_files(x->doc, stop_at_first, &first));
    assert_int_equal(first, 1);
    assert_true(s.n_blobs > 0 && s.n_blobs <= (size_t)files);
    for (size_t i = 0; i < s.n_blobs; i++) {
        assert_true(s.blobs[i].bytes > 40);
        if (i)
            assert_true(strcmp(s.blobs[i - 1].sha256, s.blobs[i].sha256) < 0);
    }
    CLEANUP(json) json_t *j = envelope_of(&s);
    assert_int_equal(json_array_size(json_object_get(j, "blobs")), s.n_blobs);
}

static void sealing_twice_gives_other_bytes_of_the_same_content(void **state)
{
    struct sealing *x = *state;
    CLEANUP(submission) struct submission a = {0}, b = {0};
    build(x, &a);
    build(x, &b);
    assert_string_not_equal(a.digest, b.digest); /* which is why they are frozen at queueing */
}

static void what_does_not_agree_is_not_opened(void **state)
{
    struct sealing *x = *state;
    CLEANUP(submission) struct submission s = {0};
    build(x, &s);
    static const struct {
        const char *member, *value; /* JSON */
        enum err_code code;
    } changes[] = {
        {"declaration", "\"1d9a1c52-3b7e-4f10-9a7c-5d2e8b6f4a31\"", ERR_FORMAT},
        {"version", "3", ERR_FORMAT},
        {"version", "\"2\"", ERR_FORMAT},
        {"receipt", "\"0000-0000-0000-0\"", ERR_FORMAT},
        {"form", "\"1999.1\"", ERR_FORMAT},
        {"rules", "\"1999.1\"", ERR_FORMAT},
        {"codes", "\"2026.12.1-00000000\"", ERR_FORMAT},
        {"crypto", "\"sodium-9\"", ERR_FORMAT},
        {"crypto", "7", ERR_FORMAT},
        {"digest", "\"00\"", ERR_CRYPTO},
        {"blobs", "[]", ERR_FORMAT},
        {"blobs", "{}", ERR_FORMAT},
    };
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        struct err e = {0};
        CLEANUP(json) json_t *j = envelope_of(&s);
        json_object_set_new(j, changes[i].member, json_loads(changes[i].value, JSON_DECODE_ANY, NULL));
        json_t *opened = submission_open(OPS, j, s.sealed.p, s.sealed.len, x->pub, x->secret, &e);
        if (opened || e.code != changes[i].code)
            fail_msg("case %zu: %s (%s)", i, err_code_name(e.code), e.text);
        json_object_del(j, changes[i].member);
        assert_null(submission_open(OPS, j, s.sealed.p, s.sealed.len, x->pub, x->secret, &e));
    }
    struct err e = {0};
    CLEANUP(json) json_t *j = envelope_of(&s);
    s.sealed.p[100] ^= 1; /* the digest notices … */
    assert_null(submission_open(OPS, j, s.sealed.p, s.sealed.len, x->pub, x->secret, &e));
    crypto_hash_hex(OPS, s.sealed.p, s.sealed.len, s.digest);
    json_object_set_new(j, "digest", json_string(s.digest)); /* … and so does the box */
    assert_null(submission_open(OPS, j, s.sealed.p, s.sealed.len, x->pub, x->secret, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    assert_null(submission_open(OPS, NULL, "", 0, x->pub, x->secret, &e));
}

static void incomplete_input_is_refused(void **state)
{
    struct sealing *x = *state;
    struct submission_input bad[8];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        bad[i] = x->in;
    bad[0].declaration = "1";
    bad[1].version = 0;
    bad[2].receipt = "7K3M-9QXT-2RWD-0";
    bad[3].proof = "hearsay";
    bad[4].consent = "";
    bad[5].platform_key = NULL;
    bad[6].platform_key_id = "";
    bad[7].proof = NULL;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        struct submission s = {.version = 99};
        if (submission_build(OPS, &bad[i], &s, &e))
            fail_msg("case %zu was built", i);
        assert_int_equal(e.code, i == 5 || i == 6 ? ERR_STATE : ERR_FORMAT);
        assert_int_equal(s.version, 99); /* outputs change only on success */
    }
}

static void lines_of_a_batch_are_json(void **state)
{
    struct sealing *x = *state;
    CLEANUP(submission) struct submission s = {0};
    CLEANUP(str) struct str lines = {0};
    build(x, &s);
    envelope_line(&lines, &s.envelope, 7, s.sealed.p, s.sealed.len);
    size_t first = lines.len;
    tombstone_line(&lines, UUID, 2, 8);
    CLEANUP(json)
    json_t *line = json_loadb(lines.p, first, 0, NULL), *tomb = json_loadb(lines.p + first, lines.len - first, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(line, "seq")), 7);
    CLEANUP(str) struct str sealed = {0};
    const char *base64 = json_string_value(json_object_get(line, "sealed"));
    assert_true(base64_decode(&sealed, base64, strlen(base64), BASE64_STANDARD));
    struct err e = {0};
    CLEANUP(json) json_t *payload = submission_open(OPS, line, sealed.p, sealed.len, x->pub, x->secret, &e);
    if (!payload)
        fail_msg("%s", e.text);
    assert_true(json_is_true(json_object_get(tomb, "withdrawn")));
    assert_int_equal(json_object_size(tomb), 4);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_platform_reads_what_was_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_claim_is_sealed_with_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(the_envelope_is_readable_and_tells_nothing_of_the_person, setup, teardown),
        cmocka_unit_test_setup_teardown(blobs_are_listed_once_with_the_size_of_their_ciphertext, setup, teardown),
        cmocka_unit_test_setup_teardown(sealing_twice_gives_other_bytes_of_the_same_content, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_agree_is_not_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(incomplete_input_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_of_a_batch_are_json, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
