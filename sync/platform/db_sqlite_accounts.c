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

void db_sms_finish(struct db_sms *s)
{
    str_finish(&s->sealed);
    *s = (struct db_sms){0};
}

void db_profile_finish(struct db_profile *p)
{
    str_finish(&p->sealed);
    *p = (struct db_profile){0};
}

static void blob_at(sqlite3_stmt *st, int column, struct str *out)
{
    int n = sqlite3_column_bytes(st, column);
    if (n > 0)
        str_add(out, sqlite3_column_blob(st, column), (size_t)n);
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
    blob_at(st, 3, &a->sealed);
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
    blob_at(st, 2, &out->sealed);
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

/* --- messages --- */

static const char SMS_RECENT[] = "SELECT due_ms FROM sms WHERE number = ?1 AND due_ms > ?2 ORDER BY due_ms DESC";
static const char SMS_ADD[] =
    "INSERT INTO sms(number, sealed, state, due_ms, next_ms, ends_ms) VALUES(?1, ?2, ?3, ?4, ?4, ?5)";
static const char SMS_NEXT[] =
    "SELECT id, number, sealed, tries, due_ms, next_ms, ends_ms FROM sms WHERE state = 'waiting'"
    " ORDER BY next_ms, id LIMIT 1";
static const char SMS_DONE[] = "UPDATE sms SET state = ?2, sealed = NULL WHERE id = ?1";
static const char SMS_AGAIN[] = "UPDATE sms SET tries = tries + 1, next_ms = ?2 WHERE id = ?1";
static const char SMS_COUNTS[] = "SELECT coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'sent'), 0),"
                                 " coalesce(sum(state = 'dead'), 0) FROM sms";

/* The earliest moment at which one more message to the number keeps every limit. */
static bool sms_earliest(struct lite_connection *c, const char *number, const struct db_sms_limits *l, int64_t now_ms,
                         int64_t *at_ms, struct err *e)
{
    const struct {
        int most;
        int64_t span_ms;
    } limits[] = {{l->minute, MINUTE_MS}, {l->hour, HOUR_MS}, {l->day, DAY_MS}};
    sqlite3_stmt *st = lite_bind(c, e, SMS_RECENT, "ti", number, now_ms - DAY_MS);
    int64_t at = now_ms;
    int r, n = 0;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW) {
        n++;
        for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
            int64_t free_at = sqlite3_column_int64(st, 0) + limits[i].span_ms;
            if (n == limits[i].most && free_at > at)
                at = free_at;
        }
    }
    *at_ms = at;
    return r != -1;
}

static bool sms_add(struct lite_connection *c, const struct db_sms *s, const struct db_sms_limits *l, bool strict,
                    int64_t now_ms, int64_t *wait_ms, struct err *e)
{
    int64_t at;
    if (!sms_earliest(c, s->number, l, now_ms, &at, e))
        return false;
    *wait_ms = at - now_ms;
    if (strict && *wait_ms)
        return true;
    return lite_run(c,
                    lite_bind(c, e, SMS_ADD, "tbtii", s->number, (const void *)s->sealed.p, s->sealed.len,
                              s->sealed.len ? "waiting" : "none", at, s->ends_ms + *wait_ms),
                    e);
}

static bool op_sms_add(struct db *db, const struct db_sms *s, const struct db_sms_limits *l, bool strict,
                       int64_t now_ms, int64_t *wait_ms, struct err *e)
{
    int64_t wait = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, sms_add(c, s, l, strict, now_ms, &wait, e), e))
        return false;
    *wait_ms = wait;
    return true;
}

static bool op_sms_due(struct db *db, int64_t now_ms, struct db_sms *out, int64_t *next_ms, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, SMS_NEXT, "");
    *next_ms = 0;
    bool ok = lite_row(c, st, e);
    if (ok) {
        *next_ms = sqlite3_column_int64(st, 5);
        ok = *next_ms <= now_ms || err_set(e, ERR_NOT_FOUND, "not yet");
        if (ok) {
            *out = (struct db_sms){.id = sqlite3_column_int64(st, 0),
                                   .tries = sqlite3_column_int(st, 3),
                                   .due_ms = sqlite3_column_int64(st, 4),
                                   .next_ms = *next_ms,
                                   .ends_ms = sqlite3_column_int64(st, 6)};
            zcopy(out->number, sizeof out->number, lite_text(st, 1));
            blob_at(st, 2, &out->sealed);
        }
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_sms_done(struct db *db, int64_t id, bool sent, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SMS_DONE, "it", id, sent ? "sent" : "dead"));
}

static bool op_sms_again(struct db *db, int64_t id, int64_t next_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SMS_AGAIN, "ii", id, next_ms));
}

static const char SMS_NEWS[] = "SELECT t.id, " STATUS_ROW " FROM status t JOIN submission s ON s.id = t.submission"
                               " WHERE t.id > (SELECT status FROM sms_cursor) ORDER BY t.id LIMIT ?1";
static const char SMS_TOLD[] = "UPDATE sms_cursor SET status = max(status, ?1)";

static bool op_sms_news(struct db *db, size_t limit, struct db_statuses *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = lite_statuses(c, lite_bind(c, e, SMS_NEWS, "i", (int64_t)limit), out, e);
    db_read_end(db, c);
    return ok;
}

static bool op_sms_tell(struct db *db, int64_t status, const struct db_sms *s, const struct db_sms_limits *l,
                        int64_t now_ms, struct err *e)
{
    int64_t wait;
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db,
                             lite_run(c, lite_bind(c, e, SMS_TOLD, "i", status), e) &&
                                 (!s || sms_add(c, s, l, false, now_ms, &wait, e)),
                             e);
}

static bool op_sms_counts(struct db *db, int64_t *waiting, int64_t *sent, int64_t *dead, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, SMS_COUNTS, "");
    bool ok = lite_row(c, st, e);
    if (ok) {
        *waiting = sqlite3_column_int64(st, 0);
        *sent = sqlite3_column_int64(st, 1);
        *dead = sqlite3_column_int64(st, 2);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

/* --- the person's own --- */

static const char PERSON_LAST[] = "SELECT count(*), coalesce(max(id), 0) FROM submission WHERE person_tag = ?1";
static const char PROFILE_FIND[] = "SELECT puts, behind, sealed FROM profile WHERE person = ?1";
static const char SUBMISSION_NAME[] = "SELECT declaration, version FROM submission WHERE id = ?1";
static const char PROFILE_PUT[] =
    "INSERT INTO profile(person, puts, behind, sealed, blobs, at_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT(person) DO UPDATE SET puts = ?2, behind = ?3, sealed = ?4, blobs = ?5, at_ms = ?6";
static const char DECLARATIONS[] = "SELECT " LIST_ROW " FROM submission s WHERE s.person_tag = ?1 AND s.latest = 1"
                                   " ORDER BY s.changed_ms DESC, s.id DESC LIMIT ?2";
static const char CITES[] =
    "SELECT EXISTS(SELECT 1 FROM submission s JOIN content c ON c.submission = s.id WHERE s.person_tag = ?1 AND"
    " instr(c.envelope, ?2)) OR EXISTS(SELECT 1 FROM profile WHERE person = ?1 AND instr(blobs, ?2))";
static const char ROWS_DROP[] = "DELETE FROM person_row WHERE person = ?1 AND kind = ?2";
static const char ROWS_ADD[] = "INSERT INTO person_row(kind, person, sealed) VALUES(?1, ?2, ?3)";
static const char ROWS[] = "SELECT sealed FROM person_row WHERE person = ?1 AND kind = ?2 ORDER BY id";

struct standing { /* of a person's profile */
    int64_t submissions, last, puts, behind;
};

/* Every submission and every put is a version: the number only grows. */
static bool standing(struct lite_connection *c, const char *person, struct standing *s, struct str *sealed,
                     struct err *e)
{
    *s = (struct standing){0};
    sqlite3_stmt *st = lite_bind(c, e, PERSON_LAST, "t", person);
    if (!lite_row(c, st, e))
        return false;
    s->submissions = sqlite3_column_int64(st, 0);
    s->last = sqlite3_column_int64(st, 1);
    sqlite3_reset(st);
    st = lite_bind(c, e, PROFILE_FIND, "t", person);
    int r = lite_step(c, st, e);
    if (r == SQLITE_ROW) {
        s->puts = sqlite3_column_int64(st, 0);
        s->behind = sqlite3_column_int64(st, 1);
        if (sealed && s->behind >= s->last)
            blob_at(st, 2, sealed);
        sqlite3_reset(st);
    }
    return r != -1;
}

static bool profile(struct lite_connection *c, const char *person, struct db_profile *out, struct err *e)
{
    struct standing s;
    if (!standing(c, person, &s, &out->sealed, e))
        return false;
    out->version = s.submissions + s.puts;
    if (out->sealed.len || !s.last)
        return true;
    sqlite3_stmt *st = lite_bind(c, e, SUBMISSION_NAME, "i", s.last);
    if (!lite_row(c, st, e))
        return false;
    zcopy(out->declaration, sizeof out->declaration, lite_text(st, 0));
    out->declaration_version = sqlite3_column_int(st, 1);
    sqlite3_reset(st);
    return true;
}

static bool op_profile(struct db *db, const char *person, struct db_profile *out, struct err *e)
{
    struct db_profile p = {0};
    struct lite_connection *c = db_read_begin(db);
    bool ok = profile(c, person, &p, e);
    db_read_end(db, c);
    if (ok)
        *out = p;
    else
        db_profile_finish(&p);
    return ok;
}

static bool profile_put(struct lite_connection *c, const char *person, int64_t base, const struct str *sealed,
                        const char *blobs, int64_t now_ms, int64_t *version, struct err *e)
{
    struct standing s;
    if (!standing(c, person, &s, NULL, e))
        return false;
    if (s.submissions + s.puts != base)
        return err_set(e, ERR_STATE, "profile version %lld, not %lld", (long long)(s.submissions + s.puts),
                       (long long)base);
    *version = base + 1;
    return lite_run(c,
                    lite_bind(c, e, PROFILE_PUT, "tiibti", person, s.puts + 1, s.last, (const void *)sealed->p,
                              sealed->len, blobs, now_ms),
                    e);
}

static bool op_profile_put(struct db *db, const char *person, int64_t base, const struct str *sealed, const char *blobs,
                           int64_t now_ms, int64_t *version, struct err *e)
{
    int64_t n = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, profile_put(c, person, base, sealed, blobs, now_ms, &n, e), e))
        return false;
    *version = n;
    return true;
}

static bool op_declarations(struct db *db, const char *person, size_t limit, struct db_rows *out, struct err *e)
{
    struct db_rows rows = {.rows = xcalloc(limit + 1, sizeof *rows.rows)};
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, DECLARATIONS, "ti", person, (int64_t)limit);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW)
        lite_list_row(st, &rows.rows[rows.n++]);
    db_read_end(db, c);
    if (r == -1) {
        db_rows_finish(&rows);
        return false;
    }
    rows.total = (int64_t)rows.n;
    *out = rows;
    return true;
}

static bool op_cites(struct db *db, const char *person, const char *sha256, bool *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, CITES, "tt", person, sha256);
    bool ok = lite_row(c, st, e);
    if (ok) {
        *out = sqlite3_column_int(st, 0) != 0;
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_rows_replace(struct db *db, const char *kind, const char *const *person, const struct str *sealed,
                            size_t n, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = lite_run(c, lite_bind(c, e, ROWS_DROP, "tt", person[i], kind), e);
    for (size_t i = 0; ok && i < n; i++)
        ok =
            lite_run(c, lite_bind(c, e, ROWS_ADD, "ttb", kind, person[i], (const void *)sealed[i].p, sealed[i].len), e);
    return db_write_end(db, ok, e);
}

static bool op_rows(struct db *db, const char *kind, const char *person,
                    bool (*each)(void *ctx, const void *sealed, size_t len), void *ctx, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, ROWS, "tt", person, kind);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW)
        if (!each(ctx, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0))) {
            sqlite3_reset(st);
            break;
        }
    db_read_end(db, c);
    return r != -1;
}

static bool op_sweep(struct db *db, int64_t now_ms, struct err *e)
{
    static const char captchas[] = "DELETE FROM captcha WHERE ends_ms < ?1";
    static const char tickets[] = "DELETE FROM ticket WHERE ends_ms < ?1";
    static const char messages[] = "DELETE FROM sms WHERE state <> 'waiting' AND due_ms < ?1";
    static const char locks[] = "DELETE FROM lockout WHERE at_ms < ?1 AND locked_ms < ?2";
    static const char paces[] = "DELETE FROM pace WHERE from_ms < ?1";
    static const char visits[] = "DELETE FROM visit WHERE made_ms < ?1";
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(c, lite_bind(c, e, captchas, "i", now_ms), e) &&
              lite_run(c, lite_bind(c, e, tickets, "i", now_ms), e) &&
              lite_run(c, lite_bind(c, e, messages, "i", now_ms - 2 * DAY_MS), e) &&
              lite_run(c, lite_bind(c, e, locks, "ii", now_ms - 2 * DAY_MS, now_ms), e) &&
              lite_run(c, lite_bind(c, e, paces, "i", now_ms - 2 * DAY_MS), e) &&
              lite_run(c, lite_bind(c, e, visits, "i", now_ms - DAY_MS), e);
    return db_write_end(db, ok, e);
}

const struct db_accounts_ops db_sqlite_accounts = {
    .add = op_add,
    .by_tag = op_by_tag,
    .by_id = op_by_id,
    .by_wechat = op_by_wechat,
    .wechat_set = op_wechat_set,
    .verifier_set = op_verifier_set,
    .next_set = op_next_set,
    .sealed_set = op_sealed_set,
    .visit_open = op_visit_open,
    .visit_find = op_visit_find,
    .visit_end = op_visit_end,
    .lock_try = op_lock_try,
    .lock_clear = op_lock_clear,
    .pace = op_pace,
    .captcha_add = op_captcha_add,
    .captcha_take = op_captcha_take,
    .ticket_add = op_ticket_add,
    .ticket_find = op_ticket_find,
    .ticket_try = op_ticket_try,
    .ticket_code = op_ticket_code,
    .ticket_end = op_ticket_end,
    .sms_add = op_sms_add,
    .sms_due = op_sms_due,
    .sms_done = op_sms_done,
    .sms_again = op_sms_again,
    .sms_news = op_sms_news,
    .sms_tell = op_sms_tell,
    .sms_counts = op_sms_counts,
    .profile = op_profile,
    .profile_put = op_profile_put,
    .declarations = op_declarations,
    .cites = op_cites,
    .rows_replace = op_rows_replace,
    .rows = op_rows,
    .sweep = op_sweep,
};
