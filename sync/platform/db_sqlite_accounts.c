/* db_sqlite_accounts.c — db_accounts.h on SQLite. */
#include "sync/base/cleanup.h"
#include "sync/platform/db_sqlite.h"

#include <string.h>

#define MINUTE_MS 60000LL
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define TOUCH_MS  10000 /* not every call is a write */

void db_account_finish(struct db_account *a)
{
    str_finish(&a->sealed);
    *a = (struct db_account){0};
}

void db_ticket_finish(struct db_ticket *t)
{
    str_finish(&t->sealed);
    *t = (struct db_ticket){0};
}

/* --- accounts --- */

#define ACCOUNT "SELECT id, tag, verifier, sealed, wechat IS NOT NULL, next_verifier, next_ends_ms, off FROM account"
static const char ACCOUNT_ADD[] =
    "INSERT INTO account(tag, verifier, sealed, made_ms, changed_ms) VALUES(?1, ?2, ?3, ?4, ?4)";
static const char ACCOUNT_BY_TAG[] = ACCOUNT " WHERE tag = ?1";
static const char ACCOUNT_BY_ID[] = ACCOUNT " WHERE id = ?1";
static const char ACCOUNT_BY_WECHAT[] = ACCOUNT " WHERE wechat = ?1";
static const char WECHAT_SET[] = "UPDATE account SET wechat = ?2, changed_ms = ?3 WHERE id = ?1";
static const char VERIFIER_SET[] =
    "UPDATE account SET verifier = ?2, next_verifier = '', next_ends_ms = 0, changed_ms = ?3 WHERE id = ?1";
static const char NEXT_SET[] = "UPDATE account SET next_verifier = ?2, next_ends_ms = ?3 WHERE id = ?1";
static const char SEALED_SET[] = "UPDATE account SET sealed = ?2, changed_ms = ?3 WHERE id = ?1";
static const char VISITS_END[] = "DELETE FROM visit WHERE account = ?1";

static void read_account(sqlite3_stmt *st, struct db_account *a)
{
    *a = (struct db_account){.id = sqlite3_column_int64(st, 0),
                             .wechat = sqlite3_column_int(st, 4) != 0,
                             .next_ends_ms = sqlite3_column_int64(st, 6),
                             .off = sqlite3_column_int(st, 7) != 0};
    zcopy(a->tag, sizeof a->tag, lite_text(st, 1));
    zcopy(a->verifier, sizeof a->verifier, lite_text(st, 2));
    lite_bytes(st, 3, &a->sealed);
    zcopy(a->next_verifier, sizeof a->next_verifier, lite_text(st, 5));
}

static bool op_add(struct db *db, const struct db_account *a, int64_t now_ms, int64_t *id, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(
        c, lite_bind(c, e, ACCOUNT_ADD, "ttbi", a->tag, a->verifier, (const void *)a->sealed.p, a->sealed.len, now_ms),
        e);
    int64_t fresh = lite_last_id(c);
    if (!db_write_end(db, ok, e))
        return false;
    *id = fresh;
    return true;
}

static bool account_row(struct db *db, struct lite_connection *c, sqlite3_stmt *st, struct db_account *out,
                        struct err *e)
{
    bool ok = lite_row(c, st, e);
    if (ok) {
        read_account(st, out);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_by_tag(struct db *db, const char *tag, struct db_account *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    return account_row(db, c, lite_bind(c, e, ACCOUNT_BY_TAG, "t", tag), out, e);
}

static bool op_by_id(struct db *db, int64_t id, struct db_account *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    return account_row(db, c, lite_bind(c, e, ACCOUNT_BY_ID, "i", id), out, e);
}

static bool op_by_wechat(struct db *db, const char *subject, struct db_account *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    return account_row(db, c, lite_bind(c, e, ACCOUNT_BY_WECHAT, "t", subject), out, e);
}

/* An update of one account that must be there. */
static bool change(struct lite_connection *c, sqlite3_stmt *st, struct err *e)
{
    return lite_run(c, st, e) && (lite_changes(c) || err_set(e, ERR_NOT_FOUND, "no such account"));
}

static bool op_wechat_set(struct db *db, int64_t id, const char *subject, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, change(c, lite_bind(c, e, WECHAT_SET, "ini", id, subject, now_ms), e), e);
}

static bool op_verifier_set(struct db *db, int64_t id, const char *verifier, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db,
                             change(c, lite_bind(c, e, VERIFIER_SET, "iti", id, verifier, now_ms), e) &&
                                 lite_run(c, lite_bind(c, e, VISITS_END, "i", id), e),
                             e);
}

static bool op_next_set(struct db *db, int64_t id, const char *verifier, int64_t ends_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, change(c, lite_bind(c, e, NEXT_SET, "iti", id, verifier, ends_ms), e), e);
}

static bool op_sealed_set(struct db *db, int64_t id, const struct str *sealed, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c &&
           db_write_end(
               db, change(c, lite_bind(c, e, SEALED_SET, "ibi", id, (const void *)sealed->p, sealed->len, now_ms), e),
               e);
}

/* --- sessions --- */

static const char VISIT_DROP[] = "DELETE FROM visit WHERE device = ?1";
static const char VISIT_ADD[] =
    "INSERT INTO visit(hash, device, account, proof, reply, made_ms, seen_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6)";
static const char VISIT_FIND[] =
    "SELECT account, proof, reply, made_ms, seen_ms FROM visit WHERE hash = ?1 AND device = ?2";
static const char VISIT_TOUCH[] = "UPDATE visit SET seen_ms = ?2 WHERE hash = ?1";
static const char VISIT_END[] = "DELETE FROM visit WHERE hash = ?1 AND device = ?2";

static bool op_visit_open(struct db *db, const struct db_visit *v, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db,
                             lite_run(c, lite_bind(c, e, VISIT_DROP, "t", v->device), e) &&
                                 lite_run(c,
                                          lite_bind(c, e, VISIT_ADD, "ttitbi", v->hash, v->device, v->account, v->proof,
                                                    (const void *)v->reply, sizeof v->reply, v->made_ms),
                                          e),
                             e);
}

static bool op_visit_find(struct db *db, const char *hash, const char *device, const struct db_visit_limits *l,
                          int64_t now_ms, struct db_visit *out, struct err *e)
{
    struct db_visit v = {0};
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, VISIT_FIND, "tt", hash, device);
    bool ok = lite_row(c, st, e);
    if (ok) {
        v.account = sqlite3_column_int64(st, 0);
        zcopy(v.proof, sizeof v.proof, lite_text(st, 1));
        if (sqlite3_column_bytes(st, 2) == (int)sizeof v.reply)
            memcpy(v.reply, sqlite3_column_blob(st, 2), sizeof v.reply);
        v.made_ms = sqlite3_column_int64(st, 3);
        v.seen_ms = sqlite3_column_int64(st, 4);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    if (ok && (now_ms - v.seen_ms > l->idle_ms || now_ms - v.made_ms > l->most_ms))
        ok = err_set(e, ERR_NOT_FOUND, "the session has ended");
    if (ok && now_ms - v.seen_ms > TOUCH_MS) {
        c = db_write_begin(db, e);
        ok = c && db_write_one(db, e, c, lite_bind(c, e, VISIT_TOUCH, "ti", hash, now_ms));
    }
    if (!ok)
        return false;
    zcopy(v.hash, sizeof v.hash, hash);
    zcopy(v.device, sizeof v.device, device);
    *out = v;
    return true;
}

static bool op_visit_end(struct db *db, const char *hash, const char *device, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, VISIT_END, "tt", hash, device));
}

/* --- locks, pace --- */

static const char LOCK_FIND[] = "SELECT tries, rounds, locked_ms FROM lockout WHERE key = ?1";
static const char LOCK_PUT[] =
    "INSERT INTO lockout(key, tries, rounds, locked_ms, at_ms) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(key) DO UPDATE"
    " SET tries = ?2, rounds = ?3, locked_ms = ?4, at_ms = ?5";
static const char LOCK_CLEAR[] = "DELETE FROM lockout WHERE key = ?1";
static const char PACE_FIND[] = "SELECT from_ms, n FROM pace WHERE key = ?1";
static const char PACE_PUT[] = "INSERT INTO pace(key, from_ms, n) VALUES(?1, ?2, ?3) ON CONFLICT(key) DO UPDATE"
                               " SET from_ms = ?2, n = ?3";

#define MOST_DOUBLINGS 20

static bool lock_try(struct lite_connection *c, const char *key, const struct db_lock *l, int64_t now_ms,
                     struct db_attempt *out, struct err *e)
{
    int64_t tries = 0, rounds = 0, locked = 0;
    sqlite3_stmt *st = lite_bind(c, e, LOCK_FIND, "t", key);
    int r = lite_step(c, st, e);
    if (r == -1)
        return false;
    if (r == SQLITE_ROW) {
        tries = sqlite3_column_int64(st, 0);
        rounds = sqlite3_column_int64(st, 1);
        locked = sqlite3_column_int64(st, 2);
        sqlite3_reset(st);
    }
    *out = (struct db_attempt){0};
    if (locked > now_ms) {
        out->locked_for_ms = locked - now_ms;
        return true;
    }
    tries = tries >= l->most ? 1 : tries + 1;
    out->tries_left = l->most - (int)tries;
    locked = 0;
    if (tries >= l->most) { /* this try still counts as one; whoever fails it is locked from now on */
        int64_t span = l->lock_ms << (rounds < MOST_DOUBLINGS ? rounds : MOST_DOUBLINGS);
        locked = now_ms + (span < l->longest_ms ? span : l->longest_ms);
        rounds++;
    }
    return lite_run(c, lite_bind(c, e, LOCK_PUT, "tiiii", key, tries, rounds, locked, now_ms), e);
}

static bool op_lock_try(struct db *db, const char *key, const struct db_lock *l, int64_t now_ms, struct db_attempt *out,
                        struct err *e)
{
    struct db_attempt a = {0};
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, lock_try(c, key, l, now_ms, &a, e), e))
        return false;
    *out = a;
    return true;
}

static bool op_lock_clear(struct db *db, const char *key, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, LOCK_CLEAR, "t", key));
}

static bool pace(struct lite_connection *c, const char *key, int most, int64_t span_ms, int64_t now_ms,
                 int64_t *wait_ms, struct err *e)
{
    int64_t from = now_ms, n = 0;
    sqlite3_stmt *st = lite_bind(c, e, PACE_FIND, "t", key);
    int r = lite_step(c, st, e);
    if (r == -1)
        return false;
    if (r == SQLITE_ROW) {
        from = sqlite3_column_int64(st, 0);
        n = sqlite3_column_int64(st, 1);
        sqlite3_reset(st);
    }
    if (now_ms - from >= span_ms || from > now_ms) {
        from = now_ms;
        n = 0;
    }
    *wait_ms = n >= most ? from + span_ms - now_ms : 0;
    return *wait_ms || lite_run(c, lite_bind(c, e, PACE_PUT, "tii", key, from, n + 1), e);
}

static bool op_pace(struct db *db, const char *key, int n, int64_t span_ms, int64_t now_ms, int64_t *wait_ms,
                    struct err *e)
{
    int64_t wait = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, pace(c, key, n, span_ms, now_ms, &wait, e), e))
        return false;
    *wait_ms = wait;
    return true;
}

/* --- captchas --- */

static const char CAPTCHA_ADD[] = "INSERT INTO captcha(id, device, answer, ends_ms) VALUES(?1, ?2, ?3, ?4)";
static const char CAPTCHA_TAKE[] = "DELETE FROM captcha WHERE id = ?1 AND device = ?2 RETURNING answer, ends_ms";

static bool op_captcha_add(struct db *db, const char *id, const char *device, const char *answer, int64_t ends_ms,
                           struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, CAPTCHA_ADD, "ttti", id, device, answer, ends_ms));
}

static bool op_captcha_take(struct db *db, const char *id, const char *device, int64_t now_ms, char answer[HASH_HEX],
                            struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    sqlite3_stmt *st = lite_bind(c, e, CAPTCHA_TAKE, "tt", id, device);
    char found[HASH_HEX] = "";
    int64_t ends = 0;
    int r = lite_step(c, st, e);
    if (r == SQLITE_ROW) {
        zcopy(found, sizeof found, lite_text(st, 0));
        ends = sqlite3_column_int64(st, 1);
        sqlite3_reset(st);
    }
    if (!db_write_end(db, r != -1, e))
        return false;
    if (ends <= now_ms)
        return err_set(e, ERR_NOT_FOUND, "the captcha was used or has expired");
    zcopy(answer, HASH_HEX, found);
    return true;
}

/* --- tickets --- */

static const char TICKET_ADD[] =
    "INSERT INTO ticket(hash, device, kind, account, sealed, code, tries, ends_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char TICKET_FIND[] = "SELECT kind, account, sealed, code, tries, ends_ms FROM ticket"
                                  " WHERE hash = ?1 AND device = ?2 AND ends_ms > ?3 AND tries > 0";
static const char TICKET_COUNT[] = "UPDATE ticket SET tries = tries - 1 WHERE hash = ?1";
static const char TICKET_CODE[] = "UPDATE ticket SET code = ?2, tries = ?3, ends_ms = ?4 WHERE hash = ?1";
static const char TICKET_END[] = "DELETE FROM ticket WHERE hash = ?1";

static bool op_ticket_add(struct db *db, const struct db_ticket *t, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c &&
           db_write_one(db, e, c,
                        lite_bind(c, e, TICKET_ADD, "ttt0btii", t->hash, t->device, t->kind, t->account,
                                  (const void *)t->sealed.p, t->sealed.len, t->code, (int64_t)t->tries, t->ends_ms));
}

static bool read_ticket(struct lite_connection *c, const char *hash, const char *device, int64_t now_ms,
                        struct db_ticket *out, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, TICKET_FIND, "tti", hash, device, now_ms);
    if (!lite_row(c, st, e))
        return false;
    *out = (struct db_ticket){.account = sqlite3_column_int64(st, 1),
                              .tries = sqlite3_column_int(st, 4),
                              .ends_ms = sqlite3_column_int64(st, 5)};
    zcopy(out->hash, sizeof out->hash, hash);
    zcopy(out->device, sizeof out->device, device);
    zcopy(out->kind, sizeof out->kind, lite_text(st, 0));
    lite_bytes(st, 2, &out->sealed);
    zcopy(out->code, sizeof out->code, lite_text(st, 3));
    sqlite3_reset(st);
    return true;
}

static bool op_ticket_find(struct db *db, const char *hash, const char *device, int64_t now_ms, struct db_ticket *out,
                           struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = read_ticket(c, hash, device, now_ms, out, e);
    db_read_end(db, c);
    return ok;
}

static bool op_ticket_try(struct db *db, const char *hash, const char *device, int64_t now_ms, struct db_ticket *out,
                          struct err *e)
{
    struct db_ticket t = {0};
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = read_ticket(c, hash, device, now_ms, &t, e) && lite_run(c, lite_bind(c, e, TICKET_COUNT, "t", hash), e);
    if (!db_write_end(db, ok, e)) {
        db_ticket_finish(&t);
        return false;
    }
    t.tries--;
    *out = t;
    return true;
}

static bool op_ticket_code(struct db *db, const char *hash, const char *code, int tries, int64_t ends_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, TICKET_CODE, "ttii", hash, code, (int64_t)tries, ends_ms));
}

static bool op_ticket_end(struct db *db, const char *hash, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, TICKET_END, "t", hash));
}

static bool op_sweep(struct db *db, int64_t now_ms, struct err *e)
{
    static const char captchas[] = "DELETE FROM captcha WHERE ends_ms < ?1";
    static const char tickets[] = "DELETE FROM ticket WHERE ends_ms < ?1";
    static const char messages[] = "DELETE FROM sms WHERE state <> 'waiting' AND due_ms < ?1";
    static const char locks[] = "DELETE FROM lockout WHERE at_ms < ?1 AND locked_ms < ?2";
    static const char paces[] = "DELETE FROM pace WHERE from_ms < ?1";
    static const char drafts[] = "DELETE FROM draft WHERE ends_ms < ?1";
    static const char visits[] = "DELETE FROM visit WHERE made_ms < ?1";
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(c, lite_bind(c, e, captchas, "i", now_ms), e) &&
              lite_run(c, lite_bind(c, e, tickets, "i", now_ms), e) &&
              lite_run(c, lite_bind(c, e, messages, "i", now_ms - 2 * DAY_MS), e) &&
              lite_run(c, lite_bind(c, e, locks, "ii", now_ms - 2 * DAY_MS, now_ms), e) &&
              lite_run(c, lite_bind(c, e, paces, "i", now_ms - 2 * DAY_MS), e) &&
              lite_run(c, lite_bind(c, e, drafts, "i", now_ms), e) &&
              lite_run(c, lite_bind(c, e, visits, "i", now_ms - DAY_MS), e);
    return db_write_end(db, ok, e);
}

void db_sqlite_accounts_ops(struct db_accounts_ops *o)
{
    o->add = op_add;
    o->by_tag = op_by_tag;
    o->by_id = op_by_id;
    o->by_wechat = op_by_wechat;
    o->wechat_set = op_wechat_set;
    o->verifier_set = op_verifier_set;
    o->next_set = op_next_set;
    o->sealed_set = op_sealed_set;
    o->visit_open = op_visit_open;
    o->visit_find = op_visit_find;
    o->visit_end = op_visit_end;
    o->lock_try = op_lock_try;
    o->lock_clear = op_lock_clear;
    o->pace = op_pace;
    o->captcha_add = op_captcha_add;
    o->captcha_take = op_captcha_take;
    o->ticket_add = op_ticket_add;
    o->ticket_find = op_ticket_find;
    o->ticket_try = op_ticket_try;
    o->ticket_code = op_ticket_code;
    o->ticket_end = op_ticket_end;
    o->sweep = op_sweep;
}
