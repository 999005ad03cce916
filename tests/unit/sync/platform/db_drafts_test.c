/* Drafts parked for the next kiosk: the contract of db_accounts.h. */
#include "sync/platform/db_accounts.h"
#include "tests/support/db.h"

#include <string.h>

#define DAY   (24LL * 3600 * 1000)
#define START (1000 * DAY)
#define ENDS  (START + 30 * DAY)

#define ops(w) ((w)->db->accounts)

struct put {
    const char *device;
    int64_t base, n;
    const char *content;
    enum db_draft_verdict verdict;
    int64_t edit;
};

static void put_in(struct db_world *w, const char *person, int declaration, const struct put *p)
{
    struct db_draft d = {.version = 1, .base = p->base, .n = p->n, .edited_ms = START + p->n};
    enum db_draft_verdict v = DB_DRAFT_KEPT;
    int64_t edit = 0;
    zcopy(d.declaration, sizeof d.declaration, db_declaration(declaration));
    zcopy(d.device, sizeof d.device, p->device);
    str_puts(&d.sealed, p->content);
    assert_true(ops(w)->draft_put(w->db, person, &d, "blob-of-draft", START, ENDS, &v, &edit, NULL));
    assert_int_equal(v, p->verdict);
    assert_int_equal(edit, p->edit);
    str_finish(&d.sealed);
}

static void put(struct db_world *w, const struct put *p)
{
    put_in(w, "t", 1, p);
}

static struct db_drafts all(struct db_world *w, const char *person)
{
    struct db_drafts d = {0};
    assert_true(ops(w)->drafts(w->db, person, START, 9, &d, NULL));
    return d;
}

static void one_is(struct db_world *w, const char *device, const char *content, const char *other)
{
    struct db_drafts d = all(w, "t");
    assert_int_equal(d.n, 1);
    assert_string_equal(d.rows[0].device, device);
    assert_string_equal(str_z(&d.rows[0].sealed), content);
    assert_string_equal(d.rows[0].other, other);
    db_drafts_finish(&d);
}

static bool take(struct db_world *w, const char *person, const char *device, int64_t *edit)
{
    struct db_drafts d = {0};
    struct err e = {0};
    bool ok = ops(w)->draft_take(w->db, person, db_declaration(1), device, START, &d, &e);
    assert_true(ok || e.code == ERR_NOT_FOUND);
    if (ok)
        *edit = d.rows[0].edit;
    db_drafts_finish(&d);
    return ok;
}

static void the_holder_s_saves_follow_one_another_and_an_earlier_one_changes_nothing(void **state)
{
    struct db_world *w = *state;
    put(w, &(struct put){DEVICE, 0, 1, "one", DB_DRAFT_KEPT, 1});
    put(w, &(struct put){DEVICE, 0, 5, "five", DB_DRAFT_KEPT, 2});
    put(w, &(struct put){DEVICE, 0, 5, "five", DB_DRAFT_KEPT, 2}); /* the answer was lost */
    put(w, &(struct put){DEVICE, 0, 3, "three", DB_DRAFT_KEPT, 2});
    one_is(w, DEVICE, "five", "");
}

static void who_takes_it_up_holds_it_and_the_one_before_is_named(void **state)
{
    struct db_world *w = *state;
    int64_t edit = 0;
    put(w, &(struct put){DEVICE, 0, 1, "first", DB_DRAFT_KEPT, 1});
    assert_true(take(w, "t", OTHER, &edit));
    assert_int_equal(edit, 1);
    put(w, &(struct put){DEVICE, 0, 2, "late", DB_DRAFT_CONFLICT, 0}); /* written offline, and sent too late */
    one_is(w, OTHER, "first", DEVICE);
    put(w, &(struct put){OTHER, 1, 1, "second", DB_DRAFT_KEPT, 2});
    one_is(w, OTHER, "second", DEVICE);
    assert_true(take(w, "t", DEVICE, &edit)); /* its person decided there */
    put(w, &(struct put){DEVICE, 2, 1, "decided", DB_DRAFT_KEPT, 3});
    one_is(w, DEVICE, "decided", "");
    put(w, &(struct put){OTHER, 1, 2, "late", DB_DRAFT_CONFLICT, 0});
}

static void a_draft_is_of_its_person(void **state)
{
    struct db_world *w = *state;
    struct db_drafts d;
    int64_t edit;
    bool cited = false;
    put(w, &(struct put){DEVICE, 0, 1, "mine", DB_DRAFT_KEPT, 1});
    put_in(w, "u", 1, &(struct put){OTHER, 0, 1, "of another under the same number", DB_DRAFT_KEPT, 1});
    one_is(w, DEVICE, "mine", "");
    assert_false(take(w, "v", OTHER, &edit));
    assert_true(ops(w)->draft_drop(w->db, "v", db_declaration(1), START, NULL));
    one_is(w, DEVICE, "mine", "");
    d = all(w, "v");
    assert_int_equal(d.n, 0);
    db_drafts_finish(&d);
    assert_true(ops(w)->cites(w->db, "t", "blob-of-draft", &cited, NULL));
    assert_true(cited);
    assert_true(ops(w)->cites(w->db, "v", "blob-of-draft", &cited, NULL));
    assert_false(cited);
}

static void a_submission_ends_it_and_nothing_late_brings_it_back(void **state)
{
    struct db_world *w = *state;
    struct db_drafts d;
    struct db_record r = db_record_made(1, db_declaration(1), 1, "d1");
    put(w, &(struct put){DEVICE, 0, 1, "draft", DB_DRAFT_KEPT, 1});
    zcopy(r.person_tag, sizeof r.person_tag, "t");
    db_take(w, OTHER, r);
    d = all(w, "t");
    assert_int_equal(d.n, 0);
    db_drafts_finish(&d);
    put(w, &(struct put){DEVICE, 0, 2, "late", DB_DRAFT_SENT, 0});
}

static void somebody_else_s_submission_under_its_number_does_not_end_it(void **state)
{
    struct db_world *w = *state;
    struct db_record r = db_record_made(1, db_declaration(1), 1, "d1");
    put(w, &(struct put){DEVICE, 0, 1, "draft", DB_DRAFT_KEPT, 1});
    zcopy(r.person_tag, sizeof r.person_tag, "thief");
    db_take(w, OTHER, r);
    one_is(w, DEVICE, "draft", "");
}

static void what_is_thrown_away_is_gone_and_other_kiosks_hear_of_it(void **state)
{
    struct db_world *w = *state;
    int64_t edit;
    put(w, &(struct put){DEVICE, 0, 1, "draft", DB_DRAFT_KEPT, 1});
    assert_true(ops(w)->draft_drop(w->db, "t", db_declaration(1), START, NULL));
    one_is(w, DEVICE, "", "");
    assert_false(take(w, "t", OTHER, &edit));
    put(w, &(struct put){DEVICE, 0, 2, "late", DB_DRAFT_CONFLICT, 0});
    assert_true(ops(w)->draft_drop(w->db, "t", db_declaration(1), START, NULL)); /* once is enough */
    put(w, &(struct put){DEVICE, 2, 1, "again", DB_DRAFT_KEPT, 3});
}

static void a_month_later_it_is_forgotten(void **state)
{
    struct db_world *w = *state;
    struct db_drafts d = {0};
    put(w, &(struct put){DEVICE, 0, 1, "draft", DB_DRAFT_KEPT, 1});
    assert_true(ops(w)->sweep(w->db, ENDS - 1, NULL));
    one_is(w, DEVICE, "draft", "");
    assert_true(ops(w)->drafts(w->db, "t", ENDS, 9, &d, NULL));
    assert_int_equal(d.n, 0); /* not shown any more, swept or not */
    db_drafts_finish(&d);
    assert_true(ops(w)->sweep(w->db, ENDS + 1, NULL));
    put(w, &(struct put){DEVICE, 0, 2, "still at its kiosk", DB_DRAFT_KEPT, 1});
}

#define T(f) cmocka_unit_test_setup_teardown(f, db_world_open, db_world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_holder_s_saves_follow_one_another_and_an_earlier_one_changes_nothing),
        T(who_takes_it_up_holds_it_and_the_one_before_is_named),
        T(a_draft_is_of_its_person),
        T(a_submission_ends_it_and_nothing_late_brings_it_back),
        T(somebody_else_s_submission_under_its_number_does_not_end_it),
        T(what_is_thrown_away_is_gone_and_other_kiosks_hear_of_it),
        T(a_month_later_it_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
