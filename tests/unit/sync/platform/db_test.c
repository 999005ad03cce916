/* The contract of db.h, over every database there is. */
#include "sync/platform/db.h"
#include "sync/record/seal.h"
#include "tests/support/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void a_record_is_stored_once_whatever_kiosk_sends_it(void **state)
{
    struct db_world *w = *state;
    struct wire_answer a = db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "aa"));
    assert_int_equal(a.result, WIRE_STORED);
    assert_string_equal(a.state, "submitted_unit");
    a = db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "aa"));
    assert_int_equal(a.result, WIRE_DUPLICATE);
    assert_int_equal(a.at_ms, 1000); /* the stamp of the first receipt */
    a = db_take(w, OTHER, db_record_made(9, db_declaration(1), 1, "aa"));
    assert_int_equal(a.result, WIRE_DUPLICATE);
    struct db_figures f;
    assert_true(w->db->ops->figures(w->db, &f, NULL));
    assert_int_equal(f.submissions, 1);
    assert_int_equal(f.alarms, 0);
}

static void the_same_version_with_other_content_is_a_conflict_and_kept(void **state)
{
    struct db_world *w = *state;
    db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "aa"));
    struct wire_answer a = db_take(w, OTHER, db_record_made(1, db_declaration(1), 1, "bb"));
    assert_int_equal(a.result, WIRE_REJECTED);
    assert_int_equal(a.problem.kind, PROBLEM_RECORD_CONFLICT);
    struct db_figures f;
    assert_true(w->db->ops->figures(w->db, &f, NULL));
    assert_int_equal(f.submissions, 1);
    assert_int_equal(f.conflicts, 1);
    assert_int_equal(f.alarms, 1);
    struct db_submission s;
    assert_true(w->db->ops->submission(w->db, db_declaration(1), 1, &s, NULL));
    assert_string_equal(s.digest, "aa"); /* the first one stands */
    db_submission_finish(&s);
}

static void a_place_taken_by_two_records_raises_an_alarm(void **state)
{
    struct db_world *w = *state;
    db_take(w, DEVICE, db_record_made(5, db_declaration(1), 1, "aa"));
    struct wire_answer a = db_take(w, DEVICE, db_record_made(5, db_declaration(2), 1, "bb")); /* a cloned store */
    assert_int_equal(a.result, WIRE_STORED); /* the record itself is sound */
    struct db_alarms alarms;
    assert_true(w->db->ops->alarms(w->db, 10, &alarms, NULL));
    assert_int_equal(alarms.n, 1);
    assert_string_equal(alarms.rows[0].kind, "seq-conflict");
    db_alarms_finish(&alarms);
}

static void gaps_are_seen(void **state)
{
    struct db_world *w = *state;
    struct db_figures f;
    int64_t seq = 0;
    db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "aa"));
    db_take(w, DEVICE, db_record_made(4, db_declaration(2), 1, "bb"));
    assert_true(w->db->ops->figures(w->db, &f, NULL));
    assert_int_equal(f.missing_seqs, 2);
    assert_true(w->db->ops->beat(w->db, DEVICE, EPOCH, "{}", 5, &seq, NULL));
    assert_int_equal(seq, 4);
    db_take(w, DEVICE, db_record_made(2, db_declaration(3), 1, "cc"));
    struct db_record tombstone = {.kind = DB_TOMBSTONE, .seq = 3, .version = 1};
    zcopy(tombstone.declaration, sizeof tombstone.declaration, db_declaration(7));
    assert_string_equal(db_take(w, DEVICE, tombstone).state, "withdrawn");
    assert_true(w->db->ops->figures(w->db, &f, NULL));
    assert_int_equal(f.missing_seqs, 0);
}

static void what_waits_for_a_blob_takes_no_place(void **state)
{
    struct db_world *w = *state;
    struct db_record r = db_record_made(1, db_declaration(1), 1, "aa");
    r.kind = DB_BLOB_MISSING;
    memset(r.answer.blob, 'a', 64);
    assert_int_equal(db_take(w, DEVICE, r).result, WIRE_BLOB_MISSING);
    int64_t seq = -1;
    assert_true(w->db->ops->beat(w->db, DEVICE, EPOCH, "{}", 5, &seq, NULL));
    assert_int_equal(seq, 0);
    struct db_figures f;
    assert_true(w->db->ops->figures(w->db, &f, NULL));
    assert_int_equal(f.submissions, 0);
}

static void what_cannot_be_opened_goes_to_quarantine(void **state)
{
    struct db_world *w = *state;
    struct db_record r = {.kind = DB_REJECTED, .seq = -1, .line = xstrdup("no json")};
    r.answer.problem.kind = PROBLEM_RECORD_FORMAT;
    assert_int_equal(db_take(w, DEVICE, r).result, WIRE_REJECTED);
    struct db_figures f;
    assert_true(w->db->ops->figures(w->db, &f, NULL));
    assert_int_equal(f.quarantined, 1);
}

static void a_batch_number_is_used_once(void **state)
{
    struct db_world *w = *state;
    struct err e = {0};
    CLEANUP(str) struct str answer = {0}, again = {0};
    struct db_record r = db_record_made(1, db_declaration(1), 1, "aa");
    struct db_batch b = {DEVICE, EPOCH, 7, "digest", &r, 1, 5, &answer};
    assert_true(w->db->ops->intake(w->db, &b, &e));
    db_record_finish(&r);
    char digest[65];
    assert_true(w->db->ops->batch_find(w->db, DEVICE, EPOCH, 7, digest, &again, &e));
    assert_string_equal(digest, "digest");
    assert_string_equal(again.p, answer.p);
    assert_false(w->db->ops->batch_find(w->db, OTHER, EPOCH, 7, digest, &again, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    /* the slower of two requests: nothing of it is kept */
    r = db_record_made(2, db_declaration(2), 1, "bb");
    b.digest = "other";
    assert_false(w->db->ops->intake(w->db, &b, &e));
    assert_int_equal(e.code, ERR_EXISTS);
    db_record_finish(&r);
    struct db_figures f;
    assert_true(w->db->ops->figures(w->db, &f, NULL));
    assert_int_equal(f.submissions, 1);
}

static bool decide(struct db_world *w, const char *d, int version, const char *to, struct err *e)
{
    static const char *const from[] = {"submitted_unit", "unit_review", NULL};
    const struct db_decision decision = {d, version, from, to, "text", "", "reviewer", 77};
    return w->db->ops->decide(w->db, &decision, e);
}

static void a_decision_is_compare_and_swap_on_the_latest_version(void **state)
{
    struct db_world *w = *state;
    struct err e = {0};
    db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "aa"));
    assert_true(decide(w, db_declaration(1), 1, "unit_returned", &e));
    assert_false(decide(w, db_declaration(1), 1, "submitted_superior", &e));
    assert_int_equal(e.code, ERR_STATE);
    db_take(w, DEVICE, db_record_made(2, db_declaration(1), 2, "bb"));
    assert_false(decide(w, db_declaration(1), 1, "submitted_superior", &e)); /* a newer one came */
    assert_int_equal(e.code, ERR_STATE);
    assert_true(decide(w, db_declaration(1), 2, "submitted_superior", &e));
    struct db_statuses h;
    assert_true(w->db->ops->history(w->db, db_declaration(1), &h, &e));
    assert_int_equal(h.n, 4);
    assert_string_equal(h.rows[1].state, "unit_returned");
    assert_string_equal(h.rows[1].who, "reviewer");
    assert_string_equal(h.rows[3].state, "submitted_superior");
    db_statuses_finish(&h);
    assert_false(decide(w, db_declaration(2), 1, "unit_review", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void an_older_version_that_comes_late_is_not_the_latest(void **state)
{
    struct db_world *w = *state;
    db_take(w, DEVICE, db_record_made(2, db_declaration(1), 2, "bb"));
    db_take(w, OTHER, db_record_made(1, db_declaration(1), 1, "aa"));
    struct db_submission s;
    assert_true(w->db->ops->submission(w->db, db_declaration(1), 0, &s, NULL));
    assert_int_equal(s.row.version, 2);
    db_submission_finish(&s);
    assert_true(w->db->ops->submission(w->db, db_declaration(1), 1, &s, NULL));
    assert_false(s.latest);
    db_submission_finish(&s);
}

static size_t news(struct db_world *w, const char *device, int64_t after, struct db_statuses *s)
{
    assert_true(w->db->ops->updates(w->db, device, after, 100, s, NULL));
    return s->n;
}

static void a_device_hears_of_what_it_sent_and_of_nothing_else(void **state)
{
    struct db_world *w = *state;
    struct db_statuses s;
    db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "aa"));
    assert_int_equal(news(w, DEVICE, 0, &s), 1);
    int64_t cursor = s.rows[0].id;
    db_statuses_finish(&s);
    assert_int_equal(news(w, OTHER, 0, &s), 0);
    assert_true(decide(w, db_declaration(1), 1, "unit_returned", NULL));
    assert_int_equal(news(w, DEVICE, cursor, &s), 1);
    assert_string_equal(s.rows[0].state, "unit_returned");
    cursor = s.rows[0].id;
    db_statuses_finish(&s);
    /* another kiosk that sends the next version: both hear from now on */
    db_take(w, OTHER, db_record_made(1, db_declaration(1), 2, "bb"));
    assert_int_equal(news(w, DEVICE, cursor, &s), 1);
    db_statuses_finish(&s);
    assert_int_equal(news(w, OTHER, 0, &s), 1);
    db_statuses_finish(&s);
}

static void a_device_that_sends_a_duplicate_hears_where_it_stands_though_its_cursor_is_further(void **state)
{
    struct db_world *w = *state;
    struct db_statuses s;
    db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "aa"));
    assert_true(decide(w, db_declaration(1), 1, "unit_returned", NULL));
    db_take(w, OTHER, db_record_made(1, db_declaration(2), 1, "bb"));
    assert_int_equal(news(w, OTHER, 0, &s), 1);
    int64_t cursor = s.rows[0].id;
    db_statuses_finish(&s);
    db_take(w, OTHER, db_record_made(2, db_declaration(1), 1, "aa"));
    db_take(w, OTHER, db_record_made(2, db_declaration(1), 1, "aa")); /* once is enough */
    assert_int_equal(news(w, OTHER, cursor, &s), 1);
    assert_string_equal(s.rows[0].state, "unit_returned");
    db_statuses_finish(&s);
}

struct issuing {
    bool ok;
    const char *fingerprint;
};

static bool issue(void *ctx, const struct db_device *d, char fingerprint[65], int64_t *expires_ms, struct err *e)
{
    const struct issuing *i = ctx;
    assert_int_equal(d->kiosk, 77);
    zcopy(fingerprint, 65, i->fingerprint);
    *expires_ms = 1000000;
    return i->ok || err_set(e, ERR_FORMAT, "no request");
}

static void an_enrolment_code_is_used_once_and_not_when_the_certificate_fails(void **state)
{
    struct db_world *w = *state;
    struct err e = {0};
    struct db_device d, again;
    const struct db_enrolment in = {"hash", "55555555-5555-4555-8555-555555555555", 50};
    assert_true(w->db->ops->code_add(w->db, "hash", "某厅", 77, 100, &e));
    assert_false(w->db->ops->enrol(w->db, &in, issue, &(struct issuing){false, "f0"}, &d, &e));
    assert_int_equal(e.code, ERR_FORMAT);
    const struct db_enrolment late = {"hash", in.device, 100};
    assert_false(w->db->ops->enrol(w->db, &late, issue, &(struct issuing){true, "f0"}, &d, &e));
    assert_int_equal(e.code, ERR_DENIED);
    assert_true(w->db->ops->enrol(w->db, &in, issue, &(struct issuing){true, "f1"}, &d, &e));
    assert_string_equal(d.hall, "某厅");
    assert_false(w->db->ops->enrol(w->db, &in, issue, &(struct issuing){true, "f2"}, &again, &e));
    assert_int_equal(e.code, ERR_DENIED);
    /* the same kiosk enrols again: the same device, its old certificate ends */
    const struct db_enrolment second = {"hash2", "66666666-6666-4666-8666-666666666666", 60};
    assert_true(w->db->ops->code_add(w->db, "hash2", "某厅", 77, 100, &e));
    assert_true(w->db->ops->enrol(w->db, &second, issue, &(struct issuing){true, "f3"}, &again, &e));
    assert_string_equal(again.id, d.id);
    assert_true(w->db->ops->device_find(w->db, "f1", &d, &e));
    assert_true(d.revoked);
    assert_true(w->db->ops->device_find(w->db, "f3", &d, &e));
    assert_false(d.revoked);
    assert_true(w->db->ops->device_revoke(w->db, 77, 70, &e));
    assert_true(w->db->ops->device_find(w->db, "f3", &d, &e));
    assert_true(d.revoked);
    assert_false(w->db->ops->device_revoke(w->db, 78, 70, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void tries_are_counted_locked_and_forgiven(void **state)
{
    struct db_world *w = *state;
    struct db_attempt a;
    for (int i = 0; i < 3; i++) {
        assert_true(w->db->ops->attempt(w->db, "k", 3, 1000, 10, &a, NULL));
        assert_int_equal(a.locked_for_ms, 0);
        assert_int_equal(a.tries_left, 2 - i);
    }
    assert_true(w->db->ops->attempt(w->db, "k", 3, 1000, 20, &a, NULL));
    assert_int_equal(a.locked_for_ms, 990);
    assert_true(w->db->ops->attempt(w->db, "k", 3, 1000, 1011, &a, NULL)); /* the lock is over */
    assert_int_equal(a.locked_for_ms, 0);
    assert_true(w->db->ops->attempt_clear(w->db, "k", NULL));
    assert_true(w->db->ops->attempt(w->db, "k", 3, 1000, 1012, &a, NULL));
    assert_int_equal(a.tries_left, 2);
}

static void a_changed_audit_row_is_found(void **state)
{
    struct db_world *w = *state;
    struct err e = {0};
    int64_t rows;
    for (int i = 0; i < 3; i++)
        assert_true(w->db->ops->audit(w->db, "who", "event", "detail", i, NULL));
    assert_true(w->db->ops->audit_verify(w->db, &rows, &e));
    assert_int_equal(rows, 3);
    AUTOFREE char *path = xasprintf("%s/p.db", w->dir);
    sqlite3 *behind = NULL; /* somebody with the file in his hands */
    assert_int_equal(sqlite3_open(path, &behind), SQLITE_OK);
    assert_int_equal(sqlite3_exec(behind, "UPDATE audit SET who = 'other' WHERE id = 2", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(behind);
    assert_false(w->db->ops->audit_verify(w->db, &rows, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    assert_non_null(strstr(e.text, "row 2"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, db_world_open, db_world_close)
    static const struct CMUnitTest tests[] = {
        T(a_record_is_stored_once_whatever_kiosk_sends_it),
        T(the_same_version_with_other_content_is_a_conflict_and_kept),
        T(a_place_taken_by_two_records_raises_an_alarm),
        T(gaps_are_seen),
        T(what_waits_for_a_blob_takes_no_place),
        T(what_cannot_be_opened_goes_to_quarantine),
        T(a_batch_number_is_used_once),
        T(a_decision_is_compare_and_swap_on_the_latest_version),
        T(an_older_version_that_comes_late_is_not_the_latest),
        T(a_device_hears_of_what_it_sent_and_of_nothing_else),
        T(a_device_that_sends_a_duplicate_hears_where_it_stands_though_its_cursor_is_further),
        T(an_enrolment_code_is_used_once_and_not_when_the_certificate_fails),
        T(tries_are_counted_locked_and_forgiven),
        T(a_changed_audit_row_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
