/* db_sqlite_attempts.c — counted tries. */
#include "sync/platform/db_sqlite.h"

static const char ATTEMPT_FIND[] = "SELECT tries, locked_ms, at_ms FROM attempt WHERE key = ?1";
static const char ATTEMPT_PUT[] = "INSERT INTO attempt(key, tries, locked_ms, at_ms) VALUES(?1, ?2, ?3, ?4)"
                                  " ON CONFLICT(key) DO UPDATE SET tries = ?2, locked_ms = ?3, at_ms = ?4";
static const char ATTEMPT_CLEAR[] = "DELETE FROM attempt WHERE key = ?1";

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

void db_sqlite_attempts_ops(struct db_ops *o)
{
    o->attempt = op_attempt;
    o->attempt_clear = op_attempt_clear;
}
