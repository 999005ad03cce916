/* The contract of db_accounts.h. */
#include "sync/platform/db_sqlite.h"
#include "tests/support/db.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60000LL
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define START  (1000 * DAY)

static const struct db_sms_limits limits = {1, 5, 10};

#define ops(w) ((w)->db->accounts)

static int64_t account(struct db_world *w, const char *tag)
{
    struct db_account a = {0};
    int64_t id = 0;
    zcopy(a.tag, sizeof a.tag, tag);
    zcopy(a.verifier, sizeof a.verifier, "verifier");
    str_puts(&a.sealed, "sealed");
    assert_true(ops(w)->add(w->db, &a, START, &id, NULL));
    db_account_finish(&a);
    return id;
}

static struct db_visit visit(const char *hash, const char *device, int64_t who, int64_t at)
{
    struct db_visit v = {.account = who, .made_ms = at, .reply = {1, 2, 3}};
    zcopy(v.hash, sizeof v.hash, hash);
    zcopy(v.device, sizeof v.device, device);
    zcopy(v.proof, sizeof v.proof, "login");
    return v;
}

/* The database as another start of the program finds it. */
static void reopen(struct db_world *w)
{
    AUTOFREE char *path = xasprintf("%s/p.db", w->dir);
    w->db->ops->close(w->db);
    w->db = db_sqlite_open(path, crypto_sodium(), NULL);
    assert_non_null(w->db);
}

static void an_account_is_found_by_tag_and_id_and_made_once(void **state)
{
    struct db_world *w = *state;
    struct db_account a = {0}, again = {0};
    struct err e = {0};
    int64_t id = account(w, "a"), other;
    assert_true(ops(w)->by_tag(w->db, "a", &a, NULL));
    assert_int_equal(a.id, id);
    assert_string_equal(a.verifier, "verifier");
    assert_string_equal(str_z(&a.sealed), "sealed");
    assert_false(a.wechat);
    assert_true(ops(w)->by_id(w->db, id, &again, NULL));
    assert_string_equal(again.tag, "a");
    assert_false(ops(w)->add(w->db, &a, START, &other, &e));
    assert_int_equal(e.code, ERR_EXISTS);
    db_account_finish(&a);
    db_account_finish(&again);
    assert_false(ops(w)->by_tag(w->db, "b", &a, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_false(ops(w)->verifier_set(w->db, id + 1, "x", START, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void a_wechat_user_belongs_to_one_account(void **state)
{
    struct db_world *w = *state;
    struct db_account a = {0};
    struct err e = {0};
    int64_t one = account(w, "a"), two = account(w, "b");
    assert_true(ops(w)->wechat_set(w->db, one, "subject", START, NULL));
    assert_false(ops(w)->wechat_set(w->db, two, "subject", START, &e));
    assert_int_equal(e.code, ERR_EXISTS);
    assert_true(ops(w)->by_wechat(w->db, "subject", &a, NULL));
    assert_int_equal(a.id, one);
    assert_true(a.wechat);
    db_account_finish(&a);
    assert_true(ops(w)->wechat_set(w->db, one, NULL, START, NULL));
    assert_true(ops(w)->wechat_set(w->db, two, "subject", START, NULL));
}

static void a_new_password_ends_sessions_and_the_one_by_sms(void **state)
{
    struct db_world *w = *state;
    struct db_account a = {0};
    struct db_visit v = visit("h", DEVICE, account(w, "a"), START), found;
    const struct db_visit_limits l = {HOUR, DAY};
    assert_true(ops(w)->next_set(w->db, v.account, "next", START + DAY, NULL));
    assert_true(ops(w)->visit_open(w->db, &v, NULL));
    assert_true(ops(w)->by_id(w->db, v.account, &a, NULL));
    assert_string_equal(a.next_verifier, "next");
    db_account_finish(&a);
    assert_true(ops(w)->verifier_set(w->db, v.account, "new", START, NULL));
    assert_true(ops(w)->by_id(w->db, v.account, &a, NULL));
    assert_string_equal(a.verifier, "new");
    assert_string_equal(a.next_verifier, "");
    db_account_finish(&a);
    assert_false(ops(w)->visit_find(w->db, "h", DEVICE, &l, START, &found, NULL));
}

static void a_kiosk_has_one_session_and_it_is_of_that_kiosk(void **state)
{
    struct db_world *w = *state;
    const struct db_visit_limits l = {HOUR, DAY};
    int64_t who = account(w, "a");
    struct db_visit one = visit("one", DEVICE, who, START), two = visit("two", DEVICE, who, START), found;
    struct db_visit there = visit("there", OTHER, who, START);
    assert_true(ops(w)->visit_open(w->db, &one, NULL) && ops(w)->visit_open(w->db, &there, NULL));
    assert_true(ops(w)->visit_find(w->db, "one", DEVICE, &l, START, &found, NULL));
    assert_int_equal(found.account, who);
    assert_memory_equal(found.reply, one.reply, sizeof found.reply);
    assert_false(ops(w)->visit_find(w->db, "one", OTHER, &l, START, &found, NULL));
    assert_true(ops(w)->visit_open(w->db, &two, NULL));
    assert_false(ops(w)->visit_find(w->db, "one", DEVICE, &l, START, &found, NULL));
    assert_true(ops(w)->visit_find(w->db, "two", DEVICE, &l, START, &found, NULL));
    assert_true(ops(w)->visit_find(w->db, "there", OTHER, &l, START, &found, NULL));
    assert_true(ops(w)->visit_end(w->db, "two", OTHER, NULL)); /* another kiosk ends nothing */
    assert_true(ops(w)->visit_find(w->db, "two", DEVICE, &l, START, &found, NULL));
    assert_true(ops(w)->visit_end(w->db, "two", DEVICE, NULL) && ops(w)->visit_end(w->db, "two", DEVICE, NULL));
    assert_false(ops(w)->visit_find(w->db, "two", DEVICE, &l, START, &found, NULL));
}

static void a_session_ends_idle_and_in_any_case(void **state)
{
    struct db_world *w = *state;
    const struct db_visit_limits l = {10 * MINUTE, HOUR};
    struct db_visit v = visit("h", DEVICE, account(w, "a"), START), found;
    assert_true(ops(w)->visit_open(w->db, &v, NULL));
    for (int64_t t = 9; t < 60; t += 9)
        assert_true(ops(w)->visit_find(w->db, "h", DEVICE, &l, START + t * MINUTE, &found, NULL));
    assert_false(ops(w)->visit_find(w->db, "h", DEVICE, &l, START + 61 * MINUTE, &found, NULL));
    assert_true(ops(w)->visit_open(w->db, &v, NULL));
    assert_false(ops(w)->visit_find(w->db, "h", DEVICE, &l, START + 11 * MINUTE, &found, NULL));
}

static void a_revoked_kiosk_has_no_session(void **state)
{
    struct db_world *w = *state;
    const struct db_visit_limits l = {HOUR, DAY};
    struct db_visit v = visit("h", DEVICE, account(w, "a"), START), found;
    assert_true(ops(w)->visit_open(w->db, &v, NULL));
    assert_true(w->db->ops->device_revoke(w->db, 1, START, NULL));
    assert_false(ops(w)->visit_find(w->db, "h", DEVICE, &l, START, &found, NULL));
}

static void locks_grow_and_survive_a_restart(void **state)
{
    struct db_world *w = *state;
    const struct db_lock l = {5, 10 * MINUTE, DAY};
    struct db_attempt a;
    int64_t now = START;
    for (int64_t span = 10 * MINUTE, round = 0; round < 9; round++) {
        for (int i = 0; i < 5; i++) {
            assert_true(ops(w)->lock_try(w->db, "k", &l, now, &a, NULL));
            assert_int_equal(a.locked_for_ms, 0);
            assert_int_equal(a.tries_left, 4 - i);
        }
        reopen(w);
        assert_true(ops(w)->lock_try(w->db, "k", &l, now + 1, &a, NULL));
        assert_int_equal(a.locked_for_ms, span - 1);
        assert_true(ops(w)->lock_try(w->db, "other", &l, now + 1, &a, NULL));
        assert_int_equal(a.locked_for_ms, 0);
        assert_true(ops(w)->lock_clear(w->db, "other", NULL));
        now += span;
        span = 2 * span < DAY ? 2 * span : DAY;
    }
    assert_true(ops(w)->lock_clear(w->db, "k", NULL));
    assert_true(ops(w)->lock_try(w->db, "k", &l, now, &a, NULL));
    assert_int_equal(a.tries_left, 4);
}

static void pace_is_kept_per_key_and_span(void **state)
{
    struct db_world *w = *state;
    int64_t wait;
    for (int i = 0; i < 3; i++) {
        assert_true(ops(w)->pace(w->db, "k", 3, MINUTE, START + i, &wait, NULL));
        assert_int_equal(wait, 0);
    }
    assert_true(ops(w)->pace(w->db, "k", 3, MINUTE, START + 10000, &wait, NULL));
    assert_int_equal(wait, MINUTE - 10000);
    assert_true(ops(w)->pace(w->db, "l", 3, MINUTE, START + 10000, &wait, NULL));
    assert_int_equal(wait, 0);
    assert_true(ops(w)->pace(w->db, "k", 3, MINUTE, START + MINUTE, &wait, NULL));
    assert_int_equal(wait, 0);
    /* A clock that was set back holds nobody up for ever. */
    assert_true(ops(w)->pace(w->db, "k", 3, MINUTE, START - DAY, &wait, NULL));
    assert_int_equal(wait, 0);
}

static void a_captcha_is_used_once_in_its_time_at_its_kiosk(void **state)
{
    struct db_world *w = *state;
    char answer[HASH_HEX] = "";
    struct err e = {0};
    static const struct {
        const char *device;
        int64_t at;
        bool good;
    } cases[] = {{DEVICE, START + 119999, true}, {DEVICE, START + 120000, false}, {OTHER, START, false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char id[8];
        snprintf(id, sizeof id, "c%zu", i);
        assert_true(ops(w)->captcha_add(w->db, id, DEVICE, "mac", START + 120000, NULL));
        assert_int_equal(ops(w)->captcha_take(w->db, id, cases[i].device, cases[i].at, answer, NULL), cases[i].good);
    }
    assert_string_equal(answer, "mac");
    assert_false(ops(w)->captcha_take(w->db, "c0", DEVICE, START, answer, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void a_ticket_has_its_tries_and_its_time(void **state)
{
    struct db_world *w = *state;
    struct db_ticket t = {
        .hash = "h", .device = DEVICE, .kind = "register", .code = "c", .tries = 2, .ends_ms = START + 1};
    struct db_ticket got = {0};
    str_puts(&t.sealed, "sealed");
    assert_true(ops(w)->ticket_add(w->db, &t, NULL));
    db_ticket_finish(&t);
    assert_false(ops(w)->ticket_find(w->db, "h", OTHER, START, &got, NULL));
    assert_false(ops(w)->ticket_find(w->db, "h", DEVICE, START + 1, &got, NULL));
    assert_true(ops(w)->ticket_find(w->db, "h", DEVICE, START, &got, NULL));
    assert_string_equal(got.kind, "register");
    assert_int_equal(got.account, 0);
    db_ticket_finish(&got);
    for (int left = 1; left >= 0; left--) {
        assert_true(ops(w)->ticket_try(w->db, "h", DEVICE, START, &got, NULL));
        assert_int_equal(got.tries, left);
        assert_string_equal(got.code, "c");
        db_ticket_finish(&got);
        reopen(w);
    }
    assert_false(ops(w)->ticket_try(w->db, "h", DEVICE, START, &got, NULL));
    assert_true(ops(w)->ticket_code(w->db, "h", "d", 5, START + HOUR, NULL));
    assert_true(ops(w)->ticket_try(w->db, "h", DEVICE, START + MINUTE, &got, NULL));
    assert_string_equal(got.code, "d");
    db_ticket_finish(&got);
    assert_true(ops(w)->ticket_end(w->db, "h", NULL));
    assert_false(ops(w)->ticket_find(w->db, "h", DEVICE, START, &got, NULL));
}

static int64_t add_sms(struct db_world *w, const char *number, bool strict, int64_t now)
{
    struct db_sms s = {.ends_ms = now + 5 * MINUTE};
    int64_t wait = -1;
    zcopy(s.number, sizeof s.number, number);
    str_puts(&s.sealed, "text");
    assert_true(ops(w)->sms_add(w->db, &s, &limits, strict, now, &wait, NULL));
    db_sms_finish(&s);
    return wait;
}

/* 1 a minute, 5 an hour, 10 a day. */
static void a_number_has_one_a_minute_five_an_hour_ten_a_day(void **state)
{
    struct db_world *w = *state;
    int64_t now = START;
    assert_int_equal(add_sms(w, "n", true, now), 0);
    assert_int_equal(add_sms(w, "n", true, now + 20000), 40000);
    assert_int_equal(add_sms(w, "other", true, now), 0);
    for (int i = 1; i < 5; i++)
        assert_int_equal(add_sms(w, "n", true, now += MINUTE), 0);
    assert_int_equal(add_sms(w, "n", true, now + MINUTE), 55 * MINUTE); /* until an hour after the first */
    for (int i = 0; i < 5; i++)
        assert_int_equal(add_sms(w, "n", true, now += HOUR), 0);
    assert_int_equal(add_sms(w, "n", true, now + HOUR), START + DAY - now - HOUR);
    assert_int_equal(add_sms(w, "n", true, START + DAY), 0);
}

static void news_waits_for_its_time_where_a_code_is_refused(void **state)
{
    struct db_world *w = *state;
    struct db_sms s = {0};
    int64_t next;
    assert_int_equal(add_sms(w, "n", true, START), 0);
    assert_int_equal(add_sms(w, "n", false, START), MINUTE);
    assert_true(ops(w)->sms_due(w->db, START, &s, &next, NULL));
    assert_string_equal(str_z(&s.sealed), "text");
    assert_true(ops(w)->sms_done(w->db, s.id, true, NULL));
    db_sms_finish(&s);
    assert_false(ops(w)->sms_due(w->db, START, &s, &next, NULL));
    assert_int_equal(next, START + MINUTE);
    assert_true(ops(w)->sms_due(w->db, START + MINUTE, &s, &next, NULL));
    assert_int_equal(s.ends_ms, START + 6 * MINUTE); /* its life begins when it may go */
    assert_true(ops(w)->sms_again(w->db, s.id, START + 2 * MINUTE, NULL));
    db_sms_finish(&s);
    assert_true(ops(w)->sms_due(w->db, START + 2 * MINUTE, &s, &next, NULL));
    assert_int_equal(s.tries, 1);
    assert_true(ops(w)->sms_done(w->db, s.id, false, NULL));
    db_sms_finish(&s);
    int64_t waiting, sent, dead;
    assert_true(ops(w)->sms_counts(w->db, &waiting, &sent, &dead, NULL));
    assert_int_equal(waiting, 0);
    assert_int_equal(sent, 1);
    assert_int_equal(dead, 1);
}

static void what_is_only_counted_is_not_sent(void **state)
{
    struct db_world *w = *state;
    struct db_sms s = {.number = "n"}, got;
    int64_t wait, next;
    assert_true(ops(w)->sms_add(w->db, &s, &limits, true, START, &wait, NULL));
    assert_int_equal(wait, 0);
    assert_true(ops(w)->sms_add(w->db, &s, &limits, true, START, &wait, NULL));
    assert_int_equal(wait, MINUTE);
    assert_false(ops(w)->sms_due(w->db, START + DAY, &got, &next, NULL));
}

static void the_history_is_told_once(void **state)
{
    struct db_world *w = *state;
    struct db_statuses news = {0};
    struct db_sms s = {.number = "n", .ends_ms = START + DAY}, due = {0};
    int64_t next;
    db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "d1"));
    db_take(w, DEVICE, db_record_made(2, db_declaration(2), 1, "d2"));
    assert_true(ops(w)->sms_news(w->db, 10, &news, NULL));
    assert_int_equal(news.n, 2);
    assert_string_equal(news.rows[0].declaration, db_declaration(1));
    assert_string_equal(news.rows[0].state, "submitted_unit");
    str_puts(&s.sealed, "text");
    assert_true(ops(w)->sms_tell(w->db, news.rows[0].id, &s, &limits, START, NULL));
    str_finish(&s.sealed);
    db_statuses_finish(&news);
    reopen(w);
    assert_true(ops(w)->sms_news(w->db, 10, &news, NULL));
    assert_int_equal(news.n, 1);
    assert_true(ops(w)->sms_tell(w->db, news.rows[0].id, NULL, &limits, START, NULL));
    db_statuses_finish(&news);
    assert_true(ops(w)->sms_news(w->db, 10, &news, NULL));
    assert_int_equal(news.n, 0);
    db_statuses_finish(&news);
    assert_true(ops(w)->sms_due(w->db, START, &due, &next, NULL));
    db_sms_finish(&due);
}

static void what_says_nothing_new_is_not_told_again(void **state)
{
    struct db_world *w = *state;
    struct db_statuses news = {0};
    static const char *const from[] = {"submitted_unit", NULL};
    struct db_decision d = {db_declaration(1), 1, from, "submitted_unit", "", "", "region", START};
    db_take(w, DEVICE, db_record_made(1, db_declaration(1), 1, "d1"));
    assert_true(ops(w)->sms_news(w->db, 10, &news, NULL));
    assert_true(ops(w)->sms_tell(w->db, news.rows[0].id, NULL, &limits, START, NULL));
    db_statuses_finish(&news);
    assert_true(w->db->ops->decide(w->db, &d, NULL)); /* its unit was found by hand: it stands where it stood */
    assert_true(ops(w)->sms_news(w->db, 10, &news, NULL));
    assert_int_equal(news.n, 0);
    db_statuses_finish(&news);
    d.to = "unit_review";
    assert_true(w->db->ops->decide(w->db, &d, NULL));
    assert_true(ops(w)->sms_news(w->db, 10, &news, NULL));
    assert_int_equal(news.n, 1);
    db_statuses_finish(&news);
}

static struct db_record of_person(int64_t seq, int declaration, int version, const char *digest, const char *tag)
{
    struct db_record r = db_record_made(seq, db_declaration(declaration), version, digest);
    zcopy(r.person_tag, sizeof r.person_tag, tag);
    free(r.envelope);
    r.envelope = xasprintf("{\"blobs\":[{\"sha256\":\"blob-of-%s\"}]}", digest);
    return r;
}

static void a_profile_is_the_newest_of_submission_and_put(void **state)
{
    struct db_world *w = *state;
    struct db_profile p = {0};
    CLEANUP(str) struct str sealed = {0};
    struct err e = {0};
    int64_t version;
    str_puts(&sealed, "put");
    assert_true(ops(w)->profile(w->db, "t", &p, NULL));
    assert_int_equal(p.version, 0);
    assert_true(ops(w)->profile_put(w->db, "t", 0, &sealed, "aa bb", START, &version, NULL));
    assert_int_equal(version, 1);
    assert_false(ops(w)->profile_put(w->db, "t", 0, &sealed, "", START, &version, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_true(ops(w)->profile(w->db, "t", &p, NULL));
    assert_string_equal(str_z(&p.sealed), "put");
    db_profile_finish(&p);
    db_take(w, DEVICE, of_person(1, 1, 1, "d1", "t"));
    db_take(w, DEVICE, of_person(2, 2, 1, "d2", "somebody else"));
    assert_true(ops(w)->profile(w->db, "t", &p, NULL));
    assert_int_equal(p.version, 2);
    assert_int_equal(p.sealed.len, 0);
    assert_string_equal(p.declaration, db_declaration(1));
    db_profile_finish(&p);
    assert_false(ops(w)->profile_put(w->db, "t", 1, &sealed, "", START, &version, &e)); /* typed on an older one */
    assert_true(ops(w)->profile_put(w->db, "t", 2, &sealed, "cc", START, &version, NULL));
    assert_true(ops(w)->profile(w->db, "t", &p, NULL));
    assert_int_equal(p.version, 3);
    assert_string_equal(str_z(&p.sealed), "put");
    db_profile_finish(&p);
}

static void declarations_and_blobs_are_found_by_their_person(void **state)
{
    struct db_world *w = *state;
    struct db_rows rows = {0};
    CLEANUP(str) struct str sealed = {0};
    bool cited;
    int64_t version;
    db_take(w, DEVICE, of_person(1, 1, 1, "d1", "t"));
    db_take(w, DEVICE, of_person(2, 1, 2, "d2", "t"));
    db_take(w, OTHER, of_person(3, 2, 1, "d3", "u"));
    db_take(w, OTHER, of_person(4, 3, 1, "d4", "")); /* names nobody */
    assert_true(ops(w)->declarations(w->db, "t", 10, &rows, NULL));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.rows[0].declaration, db_declaration(1));
    assert_int_equal(rows.rows[0].version, 2);
    db_rows_finish(&rows);
    assert_true(ops(w)->declarations(w->db, "", 10, &rows, NULL));
    assert_int_equal(rows.n, 0);
    db_rows_finish(&rows);
    str_puts(&sealed, "put");
    assert_true(ops(w)->profile_put(w->db, "t", 2, &sealed, "blob-put", START, &version, NULL));
    static const struct {
        const char *person, *blob;
        bool cited;
    } cases[] = {{"t", "blob-of-d1", true},  {"t", "blob-of-d2", true}, {"t", "blob-of-d3", false},
                 {"u", "blob-of-d1", false}, {"t", "blob-put", true},   {"u", "blob-put", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(ops(w)->cites(w->db, cases[i].person, cases[i].blob, &cited, NULL));
        assert_int_equal(cited, cases[i].cited);
    }
}

static bool collect(void *ctx, const void *sealed, size_t len)
{
    str_add(ctx, sealed, len);
    str_putc(ctx, ' ');
    return true;
}

static void rows_of_the_people_named_are_replaced(void **state)
{
    struct db_world *w = *state;
    struct str cells[3] = {{0}, {0}, {0}};
    static const char *const first[] = {"a", "b", "a"}, *const second[] = {"a"};
    CLEANUP(str) struct str got = {0};
    for (int i = 0; i < 3; i++)
        str_printf(&cells[i], "%d", i + 1);
    assert_true(ops(w)->rows_replace(w->db, "training", first, cells, 3, NULL));
    assert_true(ops(w)->rows_replace(w->db, "ecert", second, cells, 1, NULL));
    assert_true(ops(w)->rows(w->db, "training", "a", collect, &got, NULL));
    assert_string_equal(str_z(&got), "1 3 ");
    assert_true(ops(w)->rows_replace(w->db, "training", second, &cells[1], 1, NULL));
    str_clear(&got);
    assert_true(ops(w)->rows(w->db, "training", "a", collect, &got, NULL));
    assert_true(ops(w)->rows(w->db, "training", "b", collect, &got, NULL));
    assert_true(ops(w)->rows(w->db, "ecert", "a", collect, &got, NULL));
    assert_string_equal(str_z(&got), "2 2 1 ");
    for (int i = 0; i < 3; i++)
        str_finish(&cells[i]);
}

static void what_has_ended_is_forgotten_and_what_counts_is_not(void **state)
{
    struct db_world *w = *state;
    const struct db_lock l = {1, DAY, DAY};
    struct db_attempt a;
    char answer[HASH_HEX];
    assert_true(ops(w)->captcha_add(w->db, "c", DEVICE, "mac", START + 1, NULL));
    assert_true(ops(w)->lock_try(w->db, "k", &l, START, &a, NULL));
    assert_int_equal(add_sms(w, "n", true, START), 0);
    assert_true(ops(w)->sweep(w->db, START + HOUR, NULL));
    assert_false(ops(w)->captcha_take(w->db, "c", DEVICE, START, answer, NULL));
    assert_true(ops(w)->lock_try(w->db, "k", &l, START + HOUR, &a, NULL));
    assert_int_equal(a.locked_for_ms, DAY - HOUR);
    assert_true(add_sms(w, "n", true, START + 1) > 0);
}

/* A database of before there were accounts opens: its records name nobody, and nobody is told of what was long ago. */
static void a_database_of_before_has_records_of_nobody_and_no_news(void **state)
{
    struct db_world *w = *state;
    AUTOFREE char *path = xasprintf("%s/old.db", w->dir);
    static const char record[] =
        "INSERT INTO device(id, kiosk, hall, added_ms) VALUES('d', 1, 'h', 1);"
        "INSERT INTO submission VALUES(1, 'x', 1, 1, 'g', 'r', 'd', 'done', 1, 1, 'typed', '', '', '', '', NULL, '');"
        "INSERT INTO status VALUES(1, 1, 'done', 1, '', '', '')";
    const char *const old[] = {db_sqlite_schema[0], record};
    struct lite *lite = lite_open(path, old, 2, NULL);
    assert_non_null(lite);
    lite_close(lite);
    sqlite3 *raw;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "PRAGMA user_version=1", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(raw);
    struct db *db = db_sqlite_open(path, crypto_sodium(), NULL);
    assert_non_null(db);
    struct db_rows rows = {0};
    struct db_statuses news = {0};
    assert_true(db->accounts->declarations(db, "", 10, &rows, NULL));
    assert_int_equal(rows.n, 0);
    assert_true(db->accounts->sms_news(db, 10, &news, NULL));
    assert_int_equal(news.n, 0);
    db_rows_finish(&rows);
    db_statuses_finish(&news);
    db->ops->close(db);
}

#define T(f) cmocka_unit_test_setup_teardown(f, db_world_open, db_world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_account_is_found_by_tag_and_id_and_made_once),
        T(a_wechat_user_belongs_to_one_account),
        T(a_new_password_ends_sessions_and_the_one_by_sms),
        T(a_kiosk_has_one_session_and_it_is_of_that_kiosk),
        T(a_session_ends_idle_and_in_any_case),
        T(a_revoked_kiosk_has_no_session),
        T(locks_grow_and_survive_a_restart),
        T(pace_is_kept_per_key_and_span),
        T(a_captcha_is_used_once_in_its_time_at_its_kiosk),
        T(a_ticket_has_its_tries_and_its_time),
        T(a_number_has_one_a_minute_five_an_hour_ten_a_day),
        T(news_waits_for_its_time_where_a_code_is_refused),
        T(what_is_only_counted_is_not_sent),
        T(the_history_is_told_once),
        T(what_says_nothing_new_is_not_told_again),
        T(a_profile_is_the_newest_of_submission_and_put),
        T(declarations_and_blobs_are_found_by_their_person),
        T(rows_of_the_people_named_are_replaced),
        T(a_database_of_before_has_records_of_nobody_and_no_news),
        T(what_has_ended_is_forgotten_and_what_counts_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
