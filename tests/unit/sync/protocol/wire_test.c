#include "sync/base/bytes.h"
#include "sync/protocol/answer.h"
#include "sync/protocol/batch.h"
#include "sync/protocol/digest.h"
#include "sync/protocol/enrol.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/tus.h"
#include "sync/protocol/updates.h"
#include "sync/record/canon.h"
#include "tests/support/t.h"

#include <string.h>
#include <zstd.h>

/* --- batch --- */

static void a_batch_comes_back_as_it_was_packed(void **state)
{
    (void)state;
    static const char lines[] = "{\"seq\":1}\n{\"seq\":2,\"name\":\"买买提\"}\n";
    CLEANUP(str) struct str body = {0}, back = {0};
    struct err e = {0};
    assert_true(wire_batch_pack(lines, strlen(lines), &body, &e));
    assert_true(wire_batch_unpack(body.p, body.len, &back, &e));
    assert_string_equal(back.p, lines);
    struct wire_lines l = {back.p, back.p + back.len};
    const char *line;
    size_t n, count = 0;
    while (wire_lines_next(&l, &line, &n))
        count++;
    assert_int_equal(count, 2);
}

static void zip(struct str *out, const void *p, size_t len)
{
    size_t room = ZSTD_compressBound(len);
    char *to = str_reserve(out, room);
    size_t n = ZSTD_compress(to, room, p, len, 1);
    assert_false(ZSTD_isError(n));
    out->len += n;
}

static void a_batch_past_its_limits_is_refused(void **state)
{
    (void)state;
    CLEANUP(str) struct str many = {0}, body = {0}, out = {0};
    struct err e = {0};
    for (int i = 0; i < WIRE_BATCH_RECORDS; i++)
        str_puts(&many, "{}\n");
    assert_true(wire_batch_pack(many.p, many.len, &body, &e));
    assert_true(wire_batch_unpack(body.p, body.len, &out, &e));
    str_puts(&many, "{}\n");
    str_clear(&body);
    assert_false(wire_batch_pack(many.p, many.len, &body, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    zip(&body, many.p, many.len);
    assert_false(wire_batch_unpack(body.p, body.len, &out, &e));
    assert_int_equal(e.code, ERR_LIMIT);

    /* a bomb: 64 MiB of blanks are a few kilobytes */
    CLEANUP(str) struct str bomb = {0}, small = {0};
    memset(str_reserve(&bomb, 64u << 20), ' ', 64u << 20);
    zip(&small, bomb.p, 64u << 20);
    assert_true(small.len < 64u << 10);
    assert_false(wire_batch_unpack(small.p, small.len, &out, &e));
    assert_int_equal(e.code, ERR_LIMIT);

    CLEANUP(str) struct str wide = {0};
    memset(str_reserve(&wide, WIRE_BATCH_BYTES + 1), 0, WIRE_BATCH_BYTES + 1);
    assert_false(wire_batch_unpack(wide.p, WIRE_BATCH_BYTES + 1, &out, &e));
    assert_int_equal(e.code, ERR_LIMIT);
}

static void hostile_bytes_are_no_batch(void **state)
{
    (void)state;
    CLEANUP(str) struct str good = {0}, out = {0};
    struct err e = {0};
    zip(&good, "{\"seq\":1}\n", 10);
    for (size_t cut = 0; cut < good.len; cut++) {
        assert_false(wire_batch_unpack(good.p, cut, &out, &e));
        assert_int_equal(e.code, ERR_FORMAT);
    }
    CLEANUP(str) struct str tail = {0};
    str_add(&tail, good.p, good.len);
    str_putc(&tail, 'x');
    assert_false(wire_batch_unpack(tail.p, tail.len, &out, &e));
    assert_false(wire_batch_unpack("not zstd at all", 15, &out, &e));
    static const struct {
        const char *plain;
        size_t len;
    } bad[] = {{"", 0}, {"{}\n\n{}\n", 7}, {"\n", 1}, {"{\"a\":\"\xff\"}\n", 9}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(str) struct str body = {0};
        zip(&body, bad[i].plain, bad[i].len);
        assert_false(wire_batch_unpack(body.p, body.len, &out, &e));
        assert_int_equal(e.code, ERR_FORMAT);
    }
    /* noise behind a true header must neither crash nor pass */
    struct random_seeded r;
    random_seeded_init(&r, 3);
    for (int i = 0; i < 2000; i++) {
        unsigned char noise[64];
        random_fill(&r.random, noise, sizeof noise);
        memcpy(noise, good.p, 4);
        assert_false(wire_batch_unpack(noise, 8 + (size_t)(i % 56), &out, NULL));
    }
    assert_int_equal(out.len, 0);
}

/* --- digest --- */

static void a_content_digest_is_read_as_the_standard_says(void **state)
{
    (void)state;
    unsigned char value[32], got[32];
    for (int i = 0; i < 32; i++)
        value[i] = (unsigned char)i;
    CLEANUP(str) struct str field = {0};
    digest_field(value, &field);
    assert_string_equal(field.p, "sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:");
    static const struct {
        const char *field;
        enum digest_found found;
    } cases[] = {
        {"sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:", DIGEST_FOUND},
        {"sha-512=:AAAA:, sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:;q=1", DIGEST_FOUND},
        {"x=\"a,b\\\"\",sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:", DIGEST_FOUND},
        {"sha-256=:AAAA:,sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:", DIGEST_FOUND},
        {"sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:,sha-256=:AAAA:", DIGEST_MALFORMED},
        {"", DIGEST_ABSENT},
        {"sha-512=:AAAA:", DIGEST_ABSENT},
        {"SHA-256=:AAAA:", DIGEST_ABSENT},
        {"sha-256=", DIGEST_MALFORMED},
        {"sha-256=:", DIGEST_MALFORMED},
        {"sha-256=::", DIGEST_MALFORMED},
        {"sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", DIGEST_MALFORMED},
        {"sha-256=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:junk", DIGEST_MALFORMED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        memset(got, 0xee, sizeof got);
        if (digest_parse(cases[i].field, strlen(cases[i].field), got) != cases[i].found)
            fail_msg("case %zu", i);
        if (cases[i].found == DIGEST_FOUND)
            assert_memory_equal(got, value, 32);
        else
            assert_int_equal(got[0], 0xee);
    }
}

/* --- answers --- */

static void answers_say_what_became_of_each_record(void **state)
{
    (void)state;
    struct wire_answer rows[4] = {
        {.seq = 1, .result = WIRE_STORED, .state = "submitted_unit", .at_ms = 1795400645000},
        {.seq = 2, .result = WIRE_DUPLICATE, .state = "unit_review", .at_ms = 5},
        {.seq = 3, .result = WIRE_REJECTED, .problem = {.kind = PROBLEM_RECORD_SEALED, .detail = "打不开"}},
        {.seq = 4,
         .result = WIRE_BLOB_MISSING,
         .blob = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };
    CLEANUP(str) struct str text = {0};
    wire_answers_write(7, rows, 4, &text);
    struct wire_answer *back = NULL;
    size_t n = 0;
    struct err e = {0};
    assert_true(wire_answers_parse(text.p, text.len, 7, &back, &n, &e));
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(back[i].seq, rows[i].seq);
        assert_int_equal(back[i].result, rows[i].result);
        assert_string_equal(back[i].state, rows[i].state);
        assert_string_equal(back[i].blob, rows[i].blob);
    }
    assert_int_equal(back[2].problem.kind, PROBLEM_RECORD_SEALED);
    assert_int_equal(back[2].problem.status, 422);
    assert_string_equal(back[2].problem.detail, "打不开");
    free(back);
    back = NULL;
    assert_false(wire_answers_parse(text.p, text.len, 8, &back, &n, &e)); /* an answer to another batch */
    assert_null(back);
}

static void hostile_answers_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{\"batch\":7}",
        "{\"batch\":7,\"answers\":{}}",
        "{\"batch\":7,\"answers\":[1]}",
        "{\"batch\":7,\"answers\":[{\"seq\":1,\"result\":\"eaten\"}]}",
        "{\"batch\":7,\"answers\":[{\"seq\":1,\"result\":\"stored\"}]}",
        "{\"batch\":7,\"answers\":[{\"seq\":1,\"result\":\"stored\",\"state\":\"a_state_with_far_too_long_a_name\",\"at\":1}]}",
        "{\"batch\":7,\"answers\":[{\"seq\":1,\"result\":\"rejected\"}]}",
        "{\"batch\":7,\"answers\":[{\"seq\":1,\"result\":\"blob-missing\",\"blob\":\"zz\"}]}",
        "{\"batch\":7,\"batch\":7,\"answers\":[]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct wire_answer *rows = NULL;
        size_t n = 0;
        if (wire_answers_parse(bad[i], strlen(bad[i]), 7, &rows, &n, NULL))
            fail_msg("case %zu", i);
        assert_null(rows);
    }
}

static void a_problem_of_a_later_version_still_reads(void **state)
{
    (void)state;
    static const char text[] = "{\"type\":\"urn:bulu:problem:from-the-future\",\"title\":\"T\",\"status\":499}";
    struct problem p;
    assert_true(problem_parse(text, strlen(text), &p));
    assert_int_equal(p.kind, PROBLEM_KINDS);
    assert_int_equal(p.status, 499);
    assert_string_equal(p.title, "T");
    assert_false(problem_parse("<html>", 6, &p));
    CLEANUP(str) struct str out = {0};
    problem_write(PROBLEM_BUSY, NULL, &out);
    assert_true(problem_parse(out.p, out.len, &p));
    assert_int_equal(p.kind, PROBLEM_BUSY);
}

/* --- tus --- */

static void tus_metadata_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value; /* value NULL: refused or absent */
    } cases[] = {
        {"sha256 YWJj", "abc"},
        {"name Zg==, sha256 YWJj", "abc"},
        {"sha256 YWJj,is_confidential", "abc"},
        {"sha256", ""},
        {"", NULL},
        {"name YWJj", NULL},
        {"sha256 YWJj,sha256 YWJj", NULL},
        {"sha256 Y*Jj", NULL},
        {",sha256 YWJj", NULL},
        {"sha256 YWJj,,", NULL},
        {"sha256  YWJj", NULL},
        {"SHA256 YWJj", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str v = {0};
        bool ok = tus_metadata_get(cases[i].field, strlen(cases[i].field), "sha256", &v);
        if (ok != (cases[i].value != NULL) || strcmp(str_z(&v), ok ? cases[i].value : ""))
            fail_msg("case %zu: %s", i, cases[i].field);
    }
    CLEANUP(str) struct str f = {0}, v = {0};
    tus_metadata_add(&f, "sha256", "abc", 3);
    tus_metadata_add(&f, "kind", "jpg", 3);
    assert_string_equal(f.p, "sha256 YWJj,kind anBn");
    assert_true(tus_metadata_get(f.p, f.len, "kind", &v));
    assert_string_equal(v.p, "jpg");
}

static void tus_numbers_and_checksums(void **state)
{
    (void)state;
    int64_t n = -7;
    assert_true(tus_number_parse("0", 1, &n) && n == 0);
    assert_true(tus_number_parse("4194304", 7, &n) && n == 4194304);
    static const char *const bad[] = {"", "-1", "+1", "1 ", "0x10", "99999999999999999", "9007199254740992"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(tus_number_parse(bad[i], strlen(bad[i]), &n));
    assert_int_equal(n, 4194304);
    struct tus_checksum c;
    static const char sha1[] = "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";
    assert_true(tus_checksum_parse(sha1, strlen(sha1), &c));
    assert_int_equal(c.algorithm, TUS_SHA1);
    assert_int_equal(c.len, 20);
    static const char *const wrong[] = {"",          "sha1",     "sha1 ",
                                        "sha1 AAAA", "md5 AAAA", "sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(tus_checksum_parse(wrong[i], strlen(wrong[i]), &c));
}

/* --- updates, enrolment, heartbeat --- */

static void updates_go_both_ways(void **state)
{
    (void)state;
    struct wire_status s = {.declaration = "6c1f2a3e-0000-4000-8000-000000000001",
                            .version = 2,
                            .receipt = "7K3M-9QXT-2RWD-P",
                            .state = "unit_returned",
                            .at_ms = 9,
                            .text = xstrdup("退回修改"),
                            .reasons = xstrdup("[{\"path\":\"form.basic.full_name\",\"reason\":\"与证件不符\"}]")};
    struct wire_updates u = {.cursor = "41.3.7",
                             .more = true,
                             .time_ms = 77,
                             .statuses = xmalloc(sizeof s),
                             .n_statuses = 1,
                             .settings = json_pack("{s:s}", "idle", "180")};
    u.statuses[0] = s;
    CLEANUP(str) struct str text = {0};
    wire_updates_write(&u, &text);
    CLEANUP(wire_updates) struct wire_updates back = {0};
    struct err e = {0};
    assert_true(wire_updates_parse(text.p, text.len, &back, &e));
    assert_string_equal(back.cursor, "41.3.7");
    assert_true(back.more);
    assert_int_equal(back.n_statuses, 1);
    assert_string_equal(back.statuses[0].state, "unit_returned");
    assert_string_equal(back.statuses[0].reasons, u.statuses[0].reasons);
    assert_null(back.notices);
    assert_string_equal(json_string_value(json_object_get(back.settings, "idle")), "180");
    wire_updates_finish(&u);
    static const char *const bad[] = {
        "null",
        "{}",
        "{\"cursor\":1,\"statuses\":[]}",
        "{\"cursor\":\"1\",\"statuses\":[{}]}",
        "{\"cursor\":\"1\",\"statuses\":[],\"settings\":[]}",
        "{\"cursor\":\"1\",\"statuses\":[{\"declaration\":\"x\",\"version\":1,\"state\":\"done\",\"at\":1}]}",
        "{\"cursor\":\"1\",\"statuses\":[{\"declaration\":\"6c1f2a3e-0000-4000-8000-000000000001\",\"version\":1,"
        "\"state\":\"done\",\"at\":"
        "1,\"reasons\":[{\"path\":1}]}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct wire_updates none = {0};
        if (wire_updates_parse(bad[i], strlen(bad[i]), &none, NULL))
            fail_msg("case %zu", i);
    }
}

static void enrolment_goes_both_ways(void **state)
{
    (void)state;
    struct wire_enrolment a = {.device = "6c1f2a3e-0000-4000-8000-000000000001",
                               .kiosk = 1001,
                               .hall = "天山区政务大厅",
                               .certificate = xstrdup("PEM"),
                               .ca = xstrdup("CA"),
                               .expires_ms = 5,
                               .time_ms = 6,
                               .device_url = "https://p:1",
                               .web_url = "https://p:2",
                               .keys = {.rows = {{"x-1", {1, 2, 3}}}, .n = 1},
                               .ticket = {.id = "k7", .boxed = {5, 6}}};
    CLEANUP(str) struct str text = {0};
    wire_enrolment_write(&a, &text);
    CLEANUP(wire_enrolment) struct wire_enrolment back = {0};
    struct err e = {0};
    assert_true(wire_enrolment_parse(text.p, text.len, &back, &e));
    assert_string_equal(back.hall, a.hall);
    assert_memory_equal(back.keys.rows[0].public_key, a.keys.rows[0].public_key, 32);
    assert_memory_equal(&back.ticket, &a.ticket, sizeof a.ticket);
    wire_enrolment_finish(&a);
    struct wire_enrolment none = {0};
    assert_false(wire_enrolment_parse("{\"device\":\"x\"}", 14, &none, &e));

    struct wire_invitation v = {"https://p:2", "ABCD", "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}, w;
    str_clear(&text);
    wire_invitation_write(&v, &text);
    assert_true(wire_invitation_parse(text.p, text.len, &w, &e));
    assert_string_equal(w.ca_pin, v.ca_pin);
    static const char plain[] =
        "{\"url\":\"http://p\",\"code\":\"A\",\"ca_pin\":\"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}";
    assert_false(wire_invitation_parse(plain, strlen(plain), &w, &e));
}

static void heartbeat_goes_both_ways(void **state)
{
    (void)state;
    struct wire_heartbeat h = {.time_ms = 7,
                               .epoch = "6c1f2a3e-0000-4000-8000-000000000001",
                               .seq = 41,
                               .slot_start_min = 63,
                               .slot_window_s = 14400,
                               .certificate_expires_ms = 9,
                               .keys = {.rows = {{"x-1", {9}}}, .n = 1},
                               .settings = json_object()};
    CLEANUP(str) struct str text = {0};
    wire_heartbeat_write(&h, &text);
    wire_heartbeat_finish(&h);
    CLEANUP(wire_heartbeat) struct wire_heartbeat back = {0};
    struct err e = {0};
    assert_true(wire_heartbeat_parse(text.p, text.len, &back, &e));
    assert_int_equal(back.seq, 41);
    assert_int_equal(back.slot_start_min, 63);
    assert_non_null(back.settings);
}

static void keys_of_tickets_ride_along(void **state)
{
    (void)state;
    struct wire_ticket_keys k = {.given = true, .sign = {1, 2}, .box = {3}}, back;
    struct err e = {0};
    CLEANUP(json) json_t *request = json_object();
    wire_ticket_keys_put(request, &(struct wire_ticket_keys){0});
    assert_int_equal(json_object_size(request), 0);
    assert_true(wire_ticket_keys_take(request, &back, &e));
    assert_false(back.given);
    wire_ticket_keys_put(request, &k);
    assert_true(wire_ticket_keys_take(request, &back, &e));
    assert_memory_equal(&back, &k, sizeof k);
    static const char *const bad[] = {"{\"ticket\":null}", "{\"ticket\":{}}",
                                      "{\"ticket\":{\"sign\":\"AAAA\",\"box\":\"AAAA\"}}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(json) json_t *j = json_loads(bad[i], 0, NULL);
        assert_false(wire_ticket_keys_take(j, &back, &e));
    }

    struct wire_heartbeat h = {.keys = {.rows = {{"x-1", {9}}}, .n = 1},
                               .ticket = {.id = "k7", .boxed = {5, 6}},
                               .slot_window_s = 60,
                               .settings = json_object()};
    CLEANUP(str) struct str text = {0};
    CLEANUP(wire_heartbeat) struct wire_heartbeat answer = {0};
    wire_heartbeat_write(&h, &text);
    assert_true(wire_heartbeat_parse(text.p, text.len, &answer, &e));
    assert_memory_equal(&answer.ticket, &h.ticket, sizeof h.ticket);
    wire_heartbeat_finish(&h);
}

static void paths_are_those_of_the_contract(void **state)
{
    (void)state;
    char p[PATH_SIZE];
    path_batch(p, "d", "e", 7);
    assert_string_equal(p, "/v1/devices/d/epochs/e/batches/7");
    path_updates(p, "4.1", 25);
    assert_string_equal(p, "/v1/updates?after=4.1&wait=25");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_comes_back_as_it_was_packed),
        cmocka_unit_test(a_batch_past_its_limits_is_refused),
        cmocka_unit_test(hostile_bytes_are_no_batch),
        cmocka_unit_test(a_content_digest_is_read_as_the_standard_says),
        cmocka_unit_test(answers_say_what_became_of_each_record),
        cmocka_unit_test(hostile_answers_are_refused),
        cmocka_unit_test(a_problem_of_a_later_version_still_reads),
        cmocka_unit_test(tus_metadata_is_read_strictly),
        cmocka_unit_test(tus_numbers_and_checksums),
        cmocka_unit_test(updates_go_both_ways),
        cmocka_unit_test(enrolment_goes_both_ways),
        cmocka_unit_test(heartbeat_goes_both_ways),
        cmocka_unit_test(keys_of_tickets_ride_along),
        cmocka_unit_test(paths_are_those_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
