/* db_sqlite_people.c — units, users of the review pages, their sessions, counted tries. */
#include "sync/platform/db_sqlite.h"

#include <string.h>

static const char UNIT_ADD[] = "INSERT INTO unit(code, name, superior) VALUES(?1, ?2, ?3)";
static const char UNIT_ADOPT[] =
    "UPDATE submission SET unit = ?1 WHERE unit IS NULL AND (unit_name = ?2 OR (?3 <> '' AND unit_code = ?3))";
static const char UNITS[] =
    "SELECT id, code, name, superior FROM unit WHERE (?1 = '' OR instr(name, ?1) OR instr(code, ?1)) ORDER "
    "BY name LIMIT ?2";
static const char USER_ADD[] = "INSERT INTO user(name, role, unit, verifier, off) VALUES(?1, ?2, ?3, ?4, ?5)"
                               " ON CONFLICT(name) DO UPDATE SET role = ?2, unit = ?3, verifier = ?4, off = ?5";
static const char USER_FIND[] =
    "SELECT u.id, u.name, u.role, u.verifier, u.unit, coalesce(n.name, ''), u.off FROM user u LEFT JOIN "
    "unit n ON n.id = u.unit"
    " WHERE u.name = ?1";
static const char SESSION_ADD[] = "INSERT INTO session(hash, user, made_ms, seen_ms) VALUES(?1, ?2, ?3, ?3)";
static const char SESSION_FIND[] =
    "SELECT u.id, u.name, u.role, u.verifier, u.unit, coalesce(n.name, ''), u.off, s.made_ms, "
    "s.seen_ms FROM session s"
    " JOIN user u ON u.id = s.user LEFT JOIN unit n ON n.id = u.unit WHERE s.hash = ?1";
static const char SESSION_TOUCH[] = "UPDATE session SET seen_ms = ?2 WHERE hash = ?1";
static const char SESSION_END[] = "DELETE FROM session WHERE hash = ?1";
static const char ATTEMPT_FIND[] = "SELECT tries, locked_ms, at_ms FROM attempt WHERE key = ?1";
static const char ATTEMPT_PUT[] = "INSERT INTO attempt(key, tries, locked_ms, at_ms) VALUES(?1, ?2, ?3, ?4)"
                                  " ON CONFLICT(key) DO UPDATE SET tries = ?2, locked_ms = ?3, at_ms = ?4";
static const char ATTEMPT_CLEAR[] = "DELETE FROM attempt WHERE key = ?1";

static void read_user(sqlite3_stmt *st, struct db_user *u)
{
    *u = (struct db_user){
        .id = sqlite3_column_int64(st, 0), .unit = sqlite3_column_int64(st, 4), .off = sqlite3_column_int(st, 6) != 0};
    zcopy(u->name, sizeof u->name, lite_text(st, 1));
    zcopy(u->role, sizeof u->role, lite_text(st, 2));
    zcopy(u->verifier, sizeof u->verifier, lite_text(st, 3));
    zcopy(u->unit_name, sizeof u->unit_name, lite_text(st, 5));
}

static bool unit_add(struct lite_connection *c, const char *code, const char *name, const char *superior, int64_t *id,
                     struct err *e)
{
    if (!lite_unit_of(c, name, code, id, e))
        return false;
    if (*id)
        return true;
    if (!lite_run(c, lite_bind(c, e, UNIT_ADD, "ttt", code, name, superior), e))
        return false;
    *id = lite_last_id(c);
    return lite_run(c, lite_bind(c, e, UNIT_ADOPT, "itt", *id, name, code), e);
}

static bool op_unit_add(struct db *db, const char *code, const char *name, const char *superior, int64_t *id,
                        struct err *e)
{
    int64_t found = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, unit_add(c, code, name, superior, &found, e), e))
        return false;
    *id = found;
    return true;
}

static bool op_units(struct db *db, const char *words, size_t limit, struct db_unit **rows, size_t *n, struct err *e)
{
    struct db_unit *out = xcalloc(limit + 1, sizeof *out);
    size_t count = 0;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, UNITS, "ti", words, (int64_t)limit);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && count < limit) {
        struct db_unit *u = &out[count++];
        u->id = sqlite3_column_int64(st, 0);
        zcopy(u->code, sizeof u->code, lite_text(st, 1));
        zcopy(u->name, sizeof u->name, lite_text(st, 2));
        zcopy(u->superior, sizeof u->superior, lite_text(st, 3));
    }
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    if (r == -1) {
        free(out);
        return false;
    }
    *rows = out;
    *n = count;
    return true;
}

static bool op_user_add(struct db *db, const struct db_user *u, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c &&
           db_write_one(db, e, c,
                        lite_bind(c, e, USER_ADD, "tt0ti", u->name, u->role, u->unit, u->verifier, (int64_t)u->off));
}

static bool op_user_find(struct db *db, const char *name, struct db_user *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, USER_FIND, "t", name);
    bool ok = lite_row(c, st, e);
    if (ok) {
        read_user(st, out);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_session_add(struct db *db, const char *token_hash, int64_t user, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SESSION_ADD, "tii", token_hash, user, now_ms));
}

#define TOUCH_MS 10000 /* not every page view is a write */

static bool op_session_find(struct db *db, const char *token_hash, int64_t now_ms, int64_t idle_ms,
                            struct db_session *out, struct err *e)
{
    struct db_session s = {0};
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, SESSION_FIND, "t", token_hash);
    bool ok = lite_row(c, st, e);
    if (ok) {
        read_user(st, &s.user);
        s.made_ms = sqlite3_column_int64(st, 7);
        s.seen_ms = sqlite3_column_int64(st, 8);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    if (ok && (s.user.off || now_ms - s.seen_ms > idle_ms || now_ms - s.made_ms > SESSION_MOST_MS))
        ok = err_set(e, ERR_NOT_FOUND, "the session has ended");
    if (ok && now_ms - s.seen_ms > TOUCH_MS) {
        c = db_write_begin(db, e);
        ok = c && db_write_one(db, e, c, lite_bind(c, e, SESSION_TOUCH, "ti", token_hash, now_ms));
    }
    if (ok)
        *out = s;
    return ok;
}

static bool op_session_end(struct db *db, const char *token_hash, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SESSION_END, "t", token_hash));
}

static bool attempt(struct lite_connection *c, const char *key, int most, int64_t lock_ms, int64_t now_ms,
                    struct db_attempt *out, struct err *e)
{
    int64_t tries = 0, locked = 0;
    sqlite3_stmt *st = lite_bind(c, e, ATTEMPT_FIND, "t", key);
    int r = lite_step(c, st, e);
    if (r == -1)
        return false;
    if (r == SQLITE_ROW) {
        tries = sqlite3_column_int64(st, 0);
        locked = sqlite3_column_int64(st, 1);
        sqlite3_reset(st);
    }
    *out = (struct db_attempt){0};
    if (locked > now_ms) {
        out->locked_for_ms = locked - now_ms;
        return true;
    }
    if (tries >= most) /* the lock is over: a new round */
        tries = 0;
    tries++;
    out->tries_left = most - (int)tries;
    /* The last try still counts as one; whoever fails it is locked from now on. */
    return lite_run(
        c, lite_bind(c, e, ATTEMPT_PUT, "tiii", key, tries, tries >= most ? now_ms + lock_ms : (int64_t)0, now_ms), e);
}

static bool op_attempt(struct db *db, const char *key, int most, int64_t lock_ms, int64_t now_ms,
                       struct db_attempt *out, struct err *e)
{
    struct db_attempt a = {0};
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, attempt(c, key, most, lock_ms, now_ms, &a, e), e))
        return false;
    *out = a;
    return true;
}

static bool op_attempt_clear(struct db *db, const char *key, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, ATTEMPT_CLEAR, "t", key));
}

void db_sqlite_people_ops(struct db_ops *o)
{
    o->unit_add = op_unit_add;
    o->units = op_units;
    o->user_add = op_user_add;
    o->user_find = op_user_find;
    o->session_add = op_session_add;
    o->session_find = op_session_find;
    o->session_end = op_session_end;
    o->attempt = op_attempt;
    o->attempt_clear = op_attempt_clear;
}
