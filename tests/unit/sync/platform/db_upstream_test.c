/* The contract of db_upstream.h, over every database there is. */
#include "sync/platform/db_upstream.h"

#include "tests/support/db.h"

#include <string.h>

#define WHO "登记处"

static const struct db_upstream_ops *ops(const struct db_world *w)
{
    return w->db->upstream;
}

/* A record that goes into the outbox. */
static void take(struct db_world *w, int n, int version, const char *digest)
{
    struct db_record r = db_record_made(10 * n + version, db_declaration(n), version, digest);
    zcopy(r.state, sizeof r.state, "forwarded");
    r.text = xstrdup("已送达，待平台入库");
    r.forward = true;
    assert_string_equal(db_take(w, DEVICE, r).state, "forwarded");
}

static struct db_forward next(struct db_world *w, int64_t now)
{
    struct db_forward f;
    struct err e = {0};
    int64_t when;
    if (!ops(w)->next(w->db, now, &f, &when, &e))
        fail_msg("%s", e.text);
    return f;
}

/* When something will be due; 0: never. */
static int64_t none(struct db_world *w, int64_t now)
{
    struct db_forward f;
    struct err e = {0};
    int64_t when = -1;
    assert_false(ops(w)->next(w->db, now, &f, &when, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    return when;
}

/* "state/text" of the history, newest last. */
static void history(struct db_world *w, int n, const char *const *want, size_t count)
{
    struct db_statuses h;
    assert_true(w->db->ops->history(w->db, db_declaration(n), &h, NULL));
    assert_int_equal(h.n, count);
    for (size_t i = 0; i < count; i++) {
        AUTOFREE char *have = xasprintf("%s/%s", h.rows[i].state, h.rows[i].text);
        assert_string_equal(have, want[i]);
    }
    struct db_submission s;
    assert_true(w->db->ops->submission(w->db, db_declaration(n), 0, &s, NULL));
    assert_string_equal(s.row.state, h.rows[h.n - 1].state);
    db_submission_finish(&s);
    db_statuses_finish(&h);
}
#define HISTORY(n, ...)                                                                                                \
    do {                                                                                                               \
        const char *const want_[] = {__VA_ARGS__};                                                                     \
        history(w, n, want_, ARRAY_LEN(want_));                                                                        \
    } while (0)

static void what_comes_in_waits_in_the_outbox_and_a_duplicate_does_not_wait_twice(void **state)
{
    struct db_world *w = *state;
    take(w, 1, 1, "aa");
    take(w, 1, 1, "aa");
    struct db_record other = db_record_made(2, db_declaration(2), 1, "bb"); /* not for the registry */
    db_take(w, DEVICE, other);
    struct db_forward f = next(w, 5000);
    assert_string_equal(f.declaration, db_declaration(1));
    AUTOFREE char *key = xasprintf("%s-1", db_declaration(1));
    assert_string_equal(f.key, key);
    assert_int_equal(f.tries, 0);
    assert_false(f.unsure);
    struct db_forward_figures figures;
    assert_true(ops(w)->figures(w->db, &figures, NULL));
    assert_int_equal(figures.waiting, 1);
    assert_int_equal(figures.oldest_ms, 1000);
    HISTORY(1, "forwarded/已送达，待平台入库");
}

static void a_try_that_began_is_unsure_until_an_answer_says_otherwise(void **state)
{
    struct db_world *w = *state;
    take(w, 1, 1, "aa");
    struct db_forward f = next(w, 5000);
    assert_true(ops(w)->begun(w->db, f.id, NULL));
    f = next(w, 5000); /* as after a crash */
    assert_true(f.unsure);
    assert_int_equal(f.tries, 1);
    assert_true(ops(w)->later(w->db, f.id, false, "busy", 9000, NULL));
    assert_int_equal(none(w, 8999), 9000);
    f = next(w, 9000);
    assert_false(f.unsure);
    AUTOFREE struct db_forward_problem *rows = NULL;
    size_t n;
    assert_true(ops(w)->problems(w->db, 10, &rows, &n, NULL));
    assert_int_equal(n, 1);
    assert_string_equal(rows[0].problem, "busy");
}

static void a_clock_that_was_set_back_puts_nothing_off_for_years(void **state)
{
    struct db_world *w = *state;
    take(w, 1, 1, "aa");
    struct db_forward f = next(w, 5000);
    assert_true(ops(w)->later(w->db, f.id, false, "", 400LL * 24 * 3600 * 1000, NULL));
    assert_int_equal(next(w, 6000).id, f.id);
}

static void only_the_acknowledgement_moves_it_and_only_once(void **state)
{
    struct db_world *w = *state;
    struct err e = {0};
    take(w, 1, 1, "aa");
    struct db_forward f = next(w, 5000);
    assert_true(ops(w)->taken(w->db, f.id, "SB1", WHO, 6000, 500, NULL));
    HISTORY(1, "forwarded/已送达，待平台入库", "submitted_unit/");
    assert_int_equal(none(w, 1LL << 40), 0);
    assert_false(ops(w)->taken(w->db, f.id, "SB2", WHO, 7000, 500, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_false(ops(w)->refused(w->db, f.id, "no", "", WHO, 7000, &e));
    assert_int_equal(e.code, ERR_STATE);
    HISTORY(1, "forwarded/已送达，待平台入库", "submitted_unit/");
    struct db_statuses feed;
    assert_true(w->db->ops->updates(w->db, DEVICE, 0, 10, &feed, NULL));
    assert_int_equal(feed.n, 2);
    db_statuses_finish(&feed);
}

static void a_refusal_is_a_return_with_its_reasons(void **state)
{
    struct db_world *w = *state;
    take(w, 1, 1, "aa");
    struct db_forward f = next(w, 5000);
    assert_true(ops(w)->refused(w->db, f.id, "不收", "[]", WHO, 6000, NULL));
    HISTORY(1, "forwarded/已送达，待平台入库", "unit_returned/不收");
    assert_int_equal(none(w, 1LL << 40), 0);
    take(w, 1, 2, "bb"); /* corrected */
    assert_int_equal(next(w, 9000).version, 2);
}

struct word {
    const char *said, *state, *text;
    int64_t at, now;
    bool over, changed;
};

static void say(struct db_world *w, int64_t id, const struct word *s)
{
    bool changed;
    const struct db_forward_news n = {.id = id,
                                      .said = s->said,
                                      .state = s->state,
                                      .text = s->text,
                                      .reasons = "",
                                      .who = WHO,
                                      .said_ms = s->at,
                                      .over = s->over,
                                      .now_ms = s->now,
                                      .look_ms = 1000};
    assert_true(ops(w)->said(w->db, &n, &changed, NULL));
    assert_int_equal(changed, s->changed);
}

static void the_registrys_words_follow_one_another_by_its_stamps(void **state)
{
    struct db_world *w = *state;
    AUTOFREE struct db_forward *rows = NULL;
    size_t n;
    int64_t when;
    take(w, 1, 1, "aa");
    struct db_forward f = next(w, 5000);
    assert_true(ops(w)->taken(w->db, f.id, "SB1", WHO, 6000, 500, NULL));
    assert_true(ops(w)->looks(w->db, 6499, 5, &rows, &n, &when, NULL));
    assert_int_equal(n, 0);
    assert_int_equal(when, 6500);
    static const struct word words[] = {
        {"A1", "submitted_unit", "", 100, 7000, false, false}, /* what the acknowledgement said already */
        {"A1", "submitted_unit", "", 100, 7100, false, false},
        {"A2", "unit_review", "", 200, 7200, false, true},
        {"A1", "submitted_unit", "", 100, 7300, false, false}, /* late */
        {"X7", "", "抽取中", 300, 7400, false, true},
        {"X7", "", "抽取中", 300, 7500, false, false},
        {"X7", "", "抽取完", 300, 7600, false, true},
        {"A2", "unit_review", "", 400, 7700, false, true}, /* back there, as it says itself */
        {"C1", "done", "", 500, 7800, true, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        say(w, f.id, &words[i]);
    HISTORY(1, "forwarded/已送达，待平台入库", "submitted_unit/", "unit_review/", "unit_review/抽取中",
            "unit_review/抽取完", "unit_review/", "done/");
    free(rows);
    rows = NULL;
    assert_true(ops(w)->looks(w->db, 1LL << 40, 5, &rows, &n, &when, NULL)); /* nothing more to come */
    assert_int_equal(n, 0);
    assert_int_equal(when, 0);
}

static void a_superseded_version_is_not_sent_and_not_asked_for(void **state)
{
    struct db_world *w = *state;
    AUTOFREE struct db_forward *rows = NULL;
    size_t n;
    int64_t when;
    take(w, 1, 1, "aa");
    take(w, 1, 2, "bb");
    assert_int_equal(next(w, 90000).version, 2);
    assert_true(ops(w)->taken(w->db, next(w, 90000).id, "SB2", WHO, 90000, 500, NULL));
    take(w, 1, 3, "cc");
    assert_int_equal(next(w, 90001).version, 3);
    assert_true(ops(w)->looks(w->db, 1LL << 40, 5, &rows, &n, &when, NULL));
    assert_int_equal(n, 0);
}

static void files_are_known_by_the_number_that_they_got(void **state)
{
    struct db_world *w = *state;
    char number[128];
    struct err e = {0};
    take(w, 1, 1, "aa");
    struct db_forward f = next(w, 5000);
    assert_false(ops(w)->file_find(w->db, f.id, "ff", number, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_true(ops(w)->file_add(w->db, f.id, "ff", "WJ1", NULL));
    assert_true(ops(w)->file_add(w->db, f.id, "ff", "WJ2", NULL));
    assert_true(ops(w)->file_find(w->db, f.id, "ff", number, NULL));
    assert_string_equal(number, "WJ2");
}

static void who_waits_to_be_confirmed_is_queued_by_the_confirmation_once(void **state)
{
    struct db_world *w = *state;
    struct err e = {0};
    struct db_record r = db_record_made(1, db_declaration(1), 1, "aa");
    zcopy(r.state, sizeof r.state, "delivered");
    db_take(w, DEVICE, r);
    assert_int_equal(none(w, 1LL << 40), 0);
    for (int i = 0; i < 2; i++)
        assert_true(ops(w)->queue(w->db, db_declaration(1), 1, "已送达，待平台入库", "本人", 5000, NULL));
    HISTORY(1, "delivered/", "forwarded/已送达，待平台入库");
    assert_int_equal(next(w, 5000).version, 1);
    struct db_record passed = db_record_made(2, db_declaration(2), 1, "bb");
    db_take(w, DEVICE, passed);
    assert_false(ops(w)->queue(w->db, db_declaration(2), 1, "", "本人", 5000, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_false(ops(w)->queue(w->db, db_declaration(3), 1, "", "本人", 5000, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, db_world_open, db_world_close)
    static const struct CMUnitTest tests[] = {
        T(what_comes_in_waits_in_the_outbox_and_a_duplicate_does_not_wait_twice),
        T(a_try_that_began_is_unsure_until_an_answer_says_otherwise),
        T(a_clock_that_was_set_back_puts_nothing_off_for_years),
        T(only_the_acknowledgement_moves_it_and_only_once),
        T(a_refusal_is_a_return_with_its_reasons),
        T(the_registrys_words_follow_one_another_by_its_stamps),
        T(a_superseded_version_is_not_sent_and_not_asked_for),
        T(files_are_known_by_the_number_that_they_got),
        T(who_waits_to_be_confirmed_is_queued_by_the_confirmation_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
