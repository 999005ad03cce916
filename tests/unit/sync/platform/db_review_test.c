/* The contract of db_review.h and db_staff.h, over every database there is. */
#include "tests/support/db.h"

#include <stdio.h>
#include <string.h>

static const struct db_act act = {"region", "已转至单位：", 7000};

static int64_t unit(struct db_world *w, const char *code, const char *name, const char *superior)
{
    struct db_unit u = {0};
    struct db_units_done done;
    struct err e = {0};
    zcopy(u.code, sizeof u.code, code);
    zcopy(u.name, sizeof u.name, name);
    zcopy(u.superior, sizeof u.superior, superior);
    if (!w->db->staff->units_put(w->db, &u, 1, &act, &done, &e) || !w->db->staff->unit_find(w->db, name, code, &u, &e))
        fail_msg("%s: %s", name, e.text);
    return u.id;
}

/* A record of that unit, which then stands where it is put. */
static void put(struct db_world *w, int n, const char *unit_name, const char *state)
{
    char digest[16];
    snprintf(digest, sizeof digest, "d%d", n);
    struct db_record r = db_record_made(n, db_declaration(n), 1, digest);
    free(r.unit_name);
    r.unit_name = xstrdup(unit_name);
    zcopy(r.state, sizeof r.state, state);
    db_take(w, DEVICE, r);
}

static bool visible(struct db_world *w, struct db_scope scope, int n)
{
    bool seen = true;
    assert_true(w->db->review->visible(w->db, &scope, db_declaration(n), 1, &seen, NULL));
    return seen;
}

static int64_t total(struct db_world *w, struct db_scope scope, const char *states, const char *words)
{
    const struct db_filter f = {scope, states, words, 0, 1};
    struct db_rows rows;
    assert_true(w->db->review->list(w->db, &f, &rows, NULL));
    int64_t n = rows.total;
    assert_int_equal(rows.n, n ? 1 : 0); /* the limit */
    db_rows_finish(&rows);
    return n;
}

static void each_role_sees_its_own_and_nothing_else(void **state)
{
    struct db_world *w = *state;
    int64_t one = unit(w, "", "甲厂", "总厂"), two = unit(w, "", "乙厂", "91650100X"),
            top = unit(w, "91650100X", "总厂", "");
    put(w, 1, "甲厂", "submitted_unit");
    put(w, 2, "甲厂", "submitted_superior");
    put(w, 3, "乙厂", "done");
    put(w, 4, "乙厂", "unit_returned");
    put(w, 5, "总厂", "submitted_superior"); /* of the upper unit itself: another one above it decides */
    const struct {
        struct db_scope scope;
        const char *seen; /* a letter a record */
    } cases[] = {
        {{DB_SCOPE_NONE, one}, "....."},     {{DB_SCOPE_UNIT, one}, "12..."}, {{DB_SCOPE_UNIT, two}, "..34."},
        {{DB_SCOPE_UNIT, top}, "....5"},     {{DB_SCOPE_UNIT, 0}, "....."},   {{DB_SCOPE_SUPERIOR, top}, ".23.."},
        {{DB_SCOPE_SUPERIOR, one}, "....."}, {{DB_SCOPE_ALL, 0}, "12345"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t n = 0, listed = total(w, cases[i].scope, NULL, NULL);
        for (int k = 1; k <= 5; k++) {
            bool want = cases[i].seen[k - 1] != '.';
            if (visible(w, cases[i].scope, k) != want)
                fail_msg("case %zu, record %d", i, k);
            n += want;
        }
        if (listed != n)
            fail_msg("case %zu lists %d", i, (int)listed);
        struct db_state_count counts[8];
        size_t states;
        int64_t sum = 0;
        assert_true(w->db->review->counts(w->db, &cases[i].scope, counts, 8, &states, NULL));
        for (size_t k = 0; k < states; k++)
            sum += counts[k].n;
        assert_int_equal(sum, n);
    }
}

static void lists_are_found_by_words_and_states(void **state)
{
    struct db_world *w = *state;
    struct db_scope scope = {DB_SCOPE_UNIT, unit(w, "", "某厂", "")};
    put(w, 1, "某厂", "submitted_unit");
    put(w, 2, "某厂", "unit_review");
    static const struct {
        const char *words, *states;
        int found;
    } cases[] = {{NULL, NULL, 2},
                 {"张三 工程师", NULL, 2},
                 {"张三 教授", NULL, 0},
                 {"'; --", NULL, 0},
                 {"%", NULL, 0},
                 {RECEIPT, NULL, 2},
                 {NULL, "unit_returned", 0},
                 {NULL, "submitted", 0}, /* no part of a name */
                 {NULL, "unit_review,submitted_unit", 2},
                 {NULL, "submitted_unit", 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (total(w, scope, cases[i].states, cases[i].words) != cases[i].found)
            fail_msg("case %zu", i);
}

/* --- 待匹配 --- */

static void a_unit_in_words_waits_until_it_is_matched_once(void **state)
{
    struct db_world *w = *state;
    struct db_unmatched_list list;
    struct db_statuses h;
    int64_t n = 0, id = unit(w, "", "新疆某某机械厂", "");
    put(w, 1, "某某厂", "submitted_unit");
    put(w, 2, "某某厂", "submitted_unit");
    put(w, 3, "别的厂", "submitted_unit");
    assert_true(w->db->review->unmatched(w->db, 0, 10, &list, NULL));
    assert_int_equal(list.total, 2);
    assert_string_equal(list.rows[0].name, "某某厂");
    assert_int_equal(list.rows[0].n, 2);
    free(list.rows);
    int64_t before = w->db->ops->last_status(w->db);
    assert_true(w->db->staff->match(w->db, "某某厂", id, &act, &n, NULL));
    assert_int_equal(n, 2);
    assert_int_equal(w->db->ops->last_status(w->db), before + 2); /* the kiosk hears of both */
    assert_true(visible(w, (struct db_scope){DB_SCOPE_UNIT, id}, 1));
    assert_false(visible(w, (struct db_scope){DB_SCOPE_UNIT, id}, 3));
    assert_true(w->db->ops->history(w->db, db_declaration(1), &h, NULL));
    assert_int_equal(h.n, 2);
    assert_string_equal(h.rows[1].state, "submitted_unit");
    assert_string_equal(h.rows[1].text, "");
    assert_string_equal(h.rows[1].who, "region · 已转至单位：新疆某某机械厂");
    db_statuses_finish(&h);
    put(w, 4, "某某厂", "submitted_unit"); /* the name has been learnt */
    assert_true(visible(w, (struct db_scope){DB_SCOPE_UNIT, id}, 4));
    assert_true(w->db->review->unmatched(w->db, 0, 10, &list, NULL));
    assert_int_equal(list.total, 1);
    free(list.rows);
    assert_false(w->db->staff->match(w->db, "别的厂", 999, &act, &n, NULL));
}

static void an_import_adds_changes_and_renames(void **state)
{
    struct db_world *w = *state;
    struct db_units_done done;
    struct err e = {0};
    struct db_unit u;
    put(w, 1, "新名厂", "submitted_unit");
    const struct db_unit first[] = {{0, "A1", "旧名厂", "局"}, {0, "", "乙厂", ""}};
    const struct db_unit second[] = {
        {0, "A1", "新名厂", ""}, {0, "B1", "乙厂", "局"}, {0, "", "新名厂", ""}, {0, "C1", "丙厂", "局"}};
    assert_true(w->db->staff->units_put(w->db, first, 2, &act, &done, &e));
    assert_int_equal(done.added, 2);
    assert_true(w->db->staff->units_put(w->db, second, 4, &act, &done, &e));
    assert_int_equal(done.added, 1);
    assert_int_equal(done.changed, 2);
    assert_int_equal(done.same, 1);
    assert_int_equal(done.adopted, 1);                                 /* what bore the new name */
    assert_true(w->db->staff->unit_find(w->db, "旧名厂", "", &u, &e)); /* an alias now */
    assert_string_equal(u.name, "新名厂");
    assert_string_equal(u.superior, "局"); /* what the second file leaves out stays */
    put(w, 2, "旧名厂", "submitted_unit");
    assert_true(visible(w, (struct db_scope){DB_SCOPE_UNIT, u.id}, 2));
}

static void an_import_that_contradicts_the_directory_changes_nothing(void **state)
{
    struct db_world *w = *state;
    struct db_units_done done;
    struct err e = {0};
    struct db_unit u;
    unit(w, "A1", "甲厂", "");
    unit(w, "B1", "乙厂", "");
    const struct db_unit two_units[] = {{0, "", "丙厂", ""}, {0, "A1", "乙厂", ""}};
    assert_false(w->db->staff->units_put(w->db, two_units, 2, &act, &done, &e));
    assert_int_equal(e.code, ERR_EXISTS);
    assert_int_equal(done.bad, 1);
    assert_false(w->db->staff->unit_find(w->db, "丙厂", "", &u, NULL));
    const struct db_unit other_code = {0, "Z9", "甲厂", ""};
    assert_false(w->db->staff->units_put(w->db, &other_code, 1, &act, &done, &e));
    assert_int_equal(e.code, ERR_EXISTS);
}

/* --- export --- */

static void what_was_accepted_comes_in_the_order_of_its_acceptance(void **state)
{
    struct db_world *w = *state;
    static const char states[] = "submitted_superior,done";
    const char *const from_unit[] = {"submitted_unit", NULL}, *const from_superior[] = {"submitted_superior", NULL};
    struct db_accepted rows[8];
    size_t n;
    unit(w, "", "某厂", "");
    put(w, 1, "某厂", "submitted_unit");
    put(w, 2, "某厂", "submitted_unit");
    put(w, 3, "某厂", "submitted_unit");
    struct db_decision d = {db_declaration(2), 1, from_unit, "submitted_superior", "", "", "a", 1};
    assert_true(w->db->ops->decide(w->db, &d, NULL));
    d.declaration = db_declaration(1);
    assert_true(w->db->ops->decide(w->db, &d, NULL));
    assert_true(w->db->review->accepted(w->db, states, 0, 8, rows, &n, NULL));
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].declaration, db_declaration(2));
    assert_string_equal(rows[1].declaration, db_declaration(1));
    int64_t cursor = rows[1].cursor;
    assert_true(w->db->review->accepted(w->db, states, cursor, 8, rows, &n, NULL));
    assert_int_equal(n, 0);
    d.declaration = db_declaration(2);
    d.from = from_superior;
    d.to = "done";
    assert_true(w->db->ops->decide(w->db, &d, NULL));
    assert_true(w->db->review->accepted(w->db, states, cursor, 8, rows, &n, NULL));
    assert_int_equal(n, 1); /* it stands elsewhere now: it comes again */
    assert_string_equal(rows[0].declaration, db_declaration(2));
    assert_true(w->db->review->accepted(w->db, "done", 0, 8, rows, &n, NULL));
    assert_int_equal(n, 1);
}

/* --- users, sessions, second factors --- */

static struct db_user user(struct db_world *w, const char *name)
{
    struct db_user u = {.role = "region_admin", .verifier = "v"};
    zcopy(u.name, sizeof u.name, name);
    assert_true(w->db->staff->user_put(w->db, &u, NULL));
    assert_true(w->db->staff->user_find(w->db, name, &u, NULL));
    return u;
}

static void session(struct db_world *w, const struct db_user *u, const char *hash, const char *stage)
{
    struct db_session s = {.user = *u};
    zcopy(s.stage, sizeof s.stage, stage);
    assert_true(w->db->staff->session_add(w->db, hash, &s, NULL));
}

static bool alive(struct db_world *w, const char *hash)
{
    struct db_session s;
    return w->db->staff->session_find(w->db, hash, 1, 60000, &s, NULL);
}

static void sessions_end_by_idleness_and_by_age(void **state)
{
    struct db_world *w = *state;
    struct db_user u = user(w, "n");
    struct db_session s;
    session(w, &u, "h", "");
    assert_true(w->db->staff->session_find(w->db, "h", 50000, 60000, &s, NULL)); /* touched */
    assert_true(w->db->staff->session_find(w->db, "h", 100000, 60000, &s, NULL));
    assert_false(w->db->staff->session_find(w->db, "h", 200000, 60000, &s, NULL));
    assert_false(w->db->staff->session_find(w->db, "h", 13LL * 3600 * 1000, 1LL << 60, &s, NULL));
    assert_true(w->db->staff->session_end(w->db, "h", NULL));
    assert_false(w->db->staff->session_find(w->db, "h", 100001, 60000, &s, NULL));
}

static void a_session_goes_on_under_another_name_only(void **state)
{
    struct db_world *w = *state;
    struct db_user u = user(w, "n");
    struct db_session s;
    session(w, &u, "before", "second");
    assert_true(w->db->staff->session_turn(w->db, "before", "behind", "", NULL));
    assert_false(alive(w, "before"));
    assert_true(w->db->staff->session_find(w->db, "behind", 1, 60000, &s, NULL));
    assert_string_equal(s.stage, "");
    assert_false(w->db->staff->session_turn(w->db, "before", "again", "", NULL));
}

static void sessions_end_with_the_password_the_user_and_at_a_wish(void **state)
{
    struct db_world *w = *state;
    struct db_user u = user(w, "n"), other = user(w, "m");
    struct db_sessions list;
    session(w, &u, "a", "");
    session(w, &u, "b", "");
    session(w, &other, "c", "");
    assert_true(w->db->staff->user_password(w->db, u.id, "v2", 0, "a", NULL));
    assert_true(alive(w, "a"));
    assert_false(alive(w, "b"));
    session(w, &u, "d", "");
    assert_true(w->db->staff->session_list(w->db, u.id, 1, 60000, &list, NULL));
    assert_int_equal(list.n, 2);
    int64_t id = list.rows[0].id;
    free(list.rows);
    assert_true(w->db->staff->session_end_of(w->db, other.id, id, NULL, NULL)); /* not one's own: nothing ends */
    assert_true(alive(w, "a") && alive(w, "d"));
    assert_true(w->db->staff->session_end_of(w->db, u.id, id, NULL, NULL));
    assert_int_equal(alive(w, "a") + alive(w, "d"), 1);
    assert_true(w->db->staff->user_off(w->db, u.id, true, NULL));
    assert_false(alive(w, "a") || alive(w, "d"));
    assert_true(alive(w, "c"));
}

static void a_second_factor_is_good_once_a_step_and_a_code_once(void **state)
{
    struct db_world *w = *state;
    struct db_user u = user(w, "n"), other = user(w, "m");
    const char *const hashes[] = {"h1", "h2"};
    assert_true(w->db->staff->totp_set(w->db, u.id, "sealed", 6, hashes, 2, NULL));
    assert_true(w->db->staff->user_find(w->db, "n", &u, NULL));
    assert_int_equal(u.totp_len, 6);
    assert_int_equal(u.recovery_left, 2);
    assert_true(w->db->staff->totp_use(w->db, u.id, 10, NULL));
    assert_false(w->db->staff->totp_use(w->db, u.id, 10, NULL));
    assert_false(w->db->staff->totp_use(w->db, u.id, 9, NULL));
    assert_true(w->db->staff->totp_use(w->db, u.id, 11, NULL));
    assert_false(w->db->staff->recovery_use(w->db, other.id, "h1", 1, NULL));
    assert_true(w->db->staff->recovery_use(w->db, u.id, "h1", 1, NULL));
    assert_false(w->db->staff->recovery_use(w->db, u.id, "h1", 2, NULL));
    assert_true(w->db->staff->user_put(w->db, &u, NULL)); /* another password leaves the factor */
    assert_true(w->db->staff->user_find(w->db, "n", &u, NULL));
    assert_int_equal(u.recovery_left, 1);
    assert_true(w->db->staff->totp_set(w->db, u.id, NULL, 0, NULL, 0, NULL));
    assert_false(w->db->staff->recovery_use(w->db, u.id, "h2", 3, NULL));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, db_world_open, db_world_close)
    const struct CMUnitTest tests[] = {
        T(each_role_sees_its_own_and_nothing_else),
        T(lists_are_found_by_words_and_states),
        T(a_unit_in_words_waits_until_it_is_matched_once),
        T(an_import_adds_changes_and_renames),
        T(an_import_that_contradicts_the_directory_changes_nothing),
        T(what_was_accepted_comes_in_the_order_of_its_acceptance),
        T(sessions_end_by_idleness_and_by_age),
        T(a_session_goes_on_under_another_name_only),
        T(sessions_end_with_the_password_the_user_and_at_a_wish),
        T(a_second_factor_is_good_once_a_step_and_a_code_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
