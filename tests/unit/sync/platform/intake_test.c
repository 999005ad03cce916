#include "sync/platform/intake.h"

#include "sync/base/bytes.h"
#include "sync/base/file.h"
#include "sync/record/envelope.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

/* A platform in a folder of its own, and one attachment that it holds. */
static struct platform platform;
static char dir[] = "/tmp/bulu-intake-XXXXXX";
static char held[HASH_HEX];
static struct str held_key;

static void hold_a_blob(void)
{
    unsigned char key[KEY_BYTES] = {1};
    CLEANUP(str) struct str sealed = {0};
    struct blob_upload u = {.made_ms = 1}, now;
    bool complete;
    platform.crypto->stream_seal(key, "picture", 7, &sealed);
    base64_encode(&held_key, key, sizeof key, BASE64_STANDARD);
    crypto_hash_hex(platform.crypto, sealed.p, sealed.len, held);
    u.length = (int64_t)sealed.len;
    zcopy(u.sha256, sizeof u.sha256, held);
    assert_true(platform.blobs->ops->upload_create(platform.blobs, &u, NULL));
    struct blob_writer *w = platform.blobs->ops->upload_open(platform.blobs, u.id, &now, NULL);
    assert_true(platform.blobs->ops->upload_write(w, sealed.p, sealed.len, NULL));
    assert_true(platform.blobs->ops->upload_close(w, NULL, &complete, NULL) && complete);
}

static int open_platform(void **state)
{
    (void)state;
    struct err e = {0};
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *config = path_join(dir, "p.ini");
    AUTOFREE char *text =
        xasprintf("[platform]\ndata = %s/data\nassets = assets\n[intake]\naccept_proof = login\n", dir);
    assert_true(file_write_durable(config, text, strlen(text), 0600, &e));
    if (!platform_open(&platform, config, &e))
        fail_msg("%s", e.text);
    hold_a_blob();
    return 0;
}

static int close_platform(void **state)
{
    (void)state;
    platform_close(&platform);
    str_finish(&held_key);
    AUTOFREE char *rm = xasprintf("rm -rf %s", dir);
    return system(rm);
}

static json_t *picture(const char *sha256)
{
    return json_pack("[{s:s,s:s,s:s,s:s,s:i,s:s,s:i}]", "sha256", sha256, "key", held_key.p, "name", "a.jpg", "kind",
                     "jpg", "bytes", 7, "digest", held, "pages", 1);
}

/* The guide's example with attachments that are here. */
static struct doc *whole(const char *sha256)
{
    struct doc *d = test_declaration();
    assert_true(doc_set(d, ONE("images", "id_card_front"), picture(held), NULL));
    assert_true(doc_set(d, ONE("images", "photo_1inch"), picture(held), NULL));
    assert_true(doc_set(d, ONE("attachments", "cert_original"), picture(sha256), NULL));
    return d;
}

/* A line as a kiosk sends it; takes d. */
static json_t *sealed_line(struct doc *d, const char *proof)
{
    char uuid[UUID_SIZE], receipt[RECEIPT_SIZE];
    struct err e = {0};
    uuid_make(random_system(), uuid);
    receipt_make(platform.crypto, receipt);
    const struct submission_input in = {.doc = d,
                                        .declaration = uuid,
                                        .version = 1,
                                        .receipt = receipt,
                                        .proof = proof,
                                        .consent = "1",
                                        .unit_name = "某厂",
                                        .unit_code = "x",
                                        .platform_key = platform.box_keys.rows[0].public_key,
                                        .platform_key_id = platform.box_keys.rows[0].id,
                                        .clock = clock_system()};
    CLEANUP(submission) struct submission s = {0};
    if (!submission_build(platform.crypto, &in, &s, &e))
        fail_msg("%s", e.text);
    doc_destroy(d);
    CLEANUP(str) struct str text = {0};
    envelope_line(&text, &s.envelope, 3, s.sealed.p, s.sealed.len);
    return json_loadb(text.p, text.len, 0, NULL);
}

/* Takes j. */
static struct db_record judge(json_t *j)
{
    struct db_record r;
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    intake_judge(&platform, text, strlen(text), &r);
    free(text);
    return r;
}

static void a_whole_record_stands_where_its_proof_lets_it(void **state)
{
    (void)state;
    static const struct {
        const char *proof, *state;
    } cases[] = {
        {"typed", "delivered"}, {"login", "submitted_unit"}, {"wechat", "submitted_unit"}, {"chip", "submitted_unit"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct db_record r = judge(sealed_line(whole(held), cases[i].proof));
        assert_int_equal(r.kind, DB_SUBMISSION);
        assert_string_equal(r.state, cases[i].state);
        assert_null(r.reasons);
        assert_string_equal(r.person, "张三");
        assert_string_equal(r.title, "工程师");
        assert_string_equal(r.unit_name, "某厂");
        assert_null(strstr(r.envelope, "sealed\""));
        db_record_finish(&r);
    }
}

static void a_broken_rule_is_stored_as_returned_with_its_fields(void **state)
{
    (void)state;
    struct doc *d = whole(held);
    put(d, ONE("title_award", "award_date"), "1999-12-31");
    put(d, ONE("identity_check", "mobile"), "123");
    struct db_record r = judge(sealed_line(d, "chip"));
    assert_int_equal(r.kind, DB_SUBMISSION);
    assert_string_equal(r.state, "unit_returned");
    json_t *reasons = json_loads(r.reasons, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(reasons), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *row = json_array_get(reasons, i);
        struct doc_path at;
        assert_true(doc_path_parse(test_forms(), json_string_value(json_object_get(row, "path")), &at));
        assert_true(utf8_count(json_string_value(json_object_get(row, "reason"))) > 3);
    }
    json_decref(reasons);
    db_record_finish(&r);
}

static void a_blob_that_is_not_here_is_asked_for(void **state)
{
    (void)state;
    static const char missing[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct db_record r = judge(sealed_line(whole(missing), "chip"));
    assert_int_equal(r.kind, DB_BLOB_MISSING);
    assert_string_equal(r.answer.blob, missing);
    assert_int_equal(r.seq, 3);
    db_record_finish(&r);
}

static void expect(struct db_record r, enum problem_kind kind, const char *what)
{
    if (r.kind != DB_REJECTED || r.answer.problem.kind != kind)
        fail_msg("%s: kind %d problem %d", what, (int)r.kind, (int)r.answer.problem.kind);
    assert_true(strlen(r.answer.problem.detail) > 0);
    db_record_finish(&r);
}

static void poison_is_rejected_each_by_its_kind(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value; /* value NULL: the member is taken away; "#n": a number */
        enum problem_kind kind;
    } cases[] = {
        {"declaration", "not-a-uuid", PROBLEM_RECORD_FORMAT},
        {"declaration", NULL, PROBLEM_RECORD_FORMAT},
        {"version", "#0", PROBLEM_RECORD_FORMAT},
        {"version", "1", PROBLEM_RECORD_FORMAT},
        {"version", "#2", PROBLEM_RECORD_SEALED},
        {"seq", NULL, PROBLEM_RECORD_FORMAT},
        {"seq", "#-1", PROBLEM_RECORD_FORMAT},
        {"receipt", "7K3M-9QXT-2RWD-X", PROBLEM_RECORD_FORMAT},
        {"sealed", NULL, PROBLEM_RECORD_FORMAT},
        {"sealed", "AAAA", PROBLEM_RECORD_SEALED},
        {"sealed", "", PROBLEM_RECORD_SEALED},
        {"sealed", "not base64!", PROBLEM_RECORD_FORMAT},
        {"sealed", "\"quoted\"", PROBLEM_RECORD_FORMAT},
        {"digest", "00", PROBLEM_RECORD_FORMAT},
        {"key", "unknown", PROBLEM_KEY_UNKNOWN},
        {"key", NULL, PROBLEM_KEY_UNKNOWN},
        {"crypto", "other-1", PROBLEM_RECORD_SEALED},
        {"form", "1999.1.1", PROBLEM_RECORD_SEALED},
        {"blobs", NULL, PROBLEM_RECORD_FORMAT},
        {"blobs", "x", PROBLEM_RECORD_FORMAT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *j = sealed_line(whole(held), "chip");
        const char *v = cases[i].value;
        if (!v)
            json_object_del(j, cases[i].name);
        else
            json_object_set_new(j, cases[i].name, *v == '#' ? json_integer(atoi(v + 1)) : json_string(v));
        AUTOFREE char *what = xasprintf("case %zu: %s", i, cases[i].name);
        expect(judge(j), cases[i].kind, what);
    }
}

static void bytes_that_are_no_line_are_rejected(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "{",
        "null",
        "[]",
        "\"sealed\":\"",
        "{\"sealed\":\"",
        "{\"sealed\":\"AAAA\"}",
        "{\"a\":1.5}",
        "{\"a\":null}",
        "{\"a\":\"\\ud800\"}",
        "{\"sealed\":\"A\",\"sealed\":\"B\"}",
        "\xff\xfe",
        "{\"seq\":1,\"seq\":2}",
        "{\"x\":\"\\\"sealed\\\":\\\"\",\"sealed\":\"AAAA\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct db_record r;
        intake_judge(&platform, lines[i], strlen(lines[i]), &r);
        expect(r, PROBLEM_RECORD_FORMAT, lines[i]);
    }
    /* brackets without end, and a line cut anywhere */
    CLEANUP(str) struct str deep = {0};
    for (int i = 0; i < 100000; i++)
        str_puts(&deep, "[{\"a\":");
    struct db_record r;
    intake_judge(&platform, deep.p, deep.len, &r);
    expect(r, PROBLEM_RECORD_FORMAT, "deep");
    json_t *j = sealed_line(whole(held), "chip");
    AUTOFREE char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    for (size_t cut = 0; cut < strlen(text); cut += 7) {
        intake_judge(&platform, text, cut, &r);
        expect(r, PROBLEM_RECORD_FORMAT, "cut");
    }
}

static void a_changed_bit_is_found(void **state)
{
    (void)state;
    json_t *good = sealed_line(whole(held), "chip");
    const char *sealed = json_string_value(json_object_get(good, "sealed"));
    CLEANUP(str) struct str bytes = {0};
    assert_true(base64_decode(&bytes, sealed, strlen(sealed), BASE64_STANDARD));
    for (size_t i = 0; i < bytes.len; i += bytes.len / 23) {
        CLEANUP(str) struct str text = {0};
        json_t *j = json_deep_copy(good);
        bytes.p[i] ^= 1;
        base64_encode(&text, bytes.p, bytes.len, BASE64_STANDARD);
        json_object_set_new(j, "sealed", json_string(text.p));
        expect(judge(json_incref(j)), PROBLEM_RECORD_SEALED, "digest"); /* the digest does not fit */
        char digest[HASH_HEX];
        crypto_hash_hex(platform.crypto, bytes.p, bytes.len, digest);
        json_object_set_new(j, "digest", json_string(digest));
        expect(judge(j), PROBLEM_RECORD_SEALED, "box"); /* nor does the box open */
        bytes.p[i] ^= 1;
    }
    struct db_record r = judge(good);
    assert_int_equal(r.kind, DB_SUBMISSION);
    db_record_finish(&r);
}

static void a_line_is_read_the_same_however_its_members_stand(void **state)
{
    (void)state;
    json_t *j = sealed_line(whole(held), "chip");
    static const size_t flags[] = {JSON_COMPACT, JSON_COMPACT | JSON_SORT_KEYS, JSON_SORT_KEYS, JSON_INDENT(2)};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        struct db_record r;
        AUTOFREE char *text = json_dumps(j, flags[i]);
        intake_judge(&platform, text, strlen(text), &r);
        assert_int_equal(r.kind, DB_SUBMISSION);
        assert_string_equal(r.state, "submitted_unit");
        db_record_finish(&r);
    }
    json_decref(j);
}

static void many_records_are_judged_as_one_by_one(void **state)
{
    (void)state;
    enum { N = 100 };
    CLEANUP(str) struct str lines = {0};
    for (int i = 0; i < N; i++) {
        if (i % 10 == 3) {
            str_puts(&lines, "poison\n");
            continue;
        }
        json_t *j = sealed_line(whole(held), "chip");
        json_object_set_new(j, "seq", json_integer(i));
        AUTOFREE char *text = json_dumps(j, JSON_COMPACT);
        json_decref(j);
        str_printf(&lines, "%s\n", text);
    }
    struct db_record records[N] = {0};
    intake_judge_all(&platform, &lines, records, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(records[i].kind, i % 10 == 3 ? DB_REJECTED : DB_SUBMISSION);
        assert_int_equal(records[i].seq, i % 10 == 3 ? -1 : i);
        db_record_finish(&records[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_record_stands_where_its_proof_lets_it),
        cmocka_unit_test(a_broken_rule_is_stored_as_returned_with_its_fields),
        cmocka_unit_test(a_blob_that_is_not_here_is_asked_for),
        cmocka_unit_test(poison_is_rejected_each_by_its_kind),
        cmocka_unit_test(bytes_that_are_no_line_are_rejected),
        cmocka_unit_test(a_changed_bit_is_found),
        cmocka_unit_test(a_line_is_read_the_same_however_its_members_stand),
        cmocka_unit_test(many_records_are_judged_as_one_by_one),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
