/* db_sqlite_staff.c — db_staff.h on SQLite: users and their sessions. Units: db_sqlite_units.c. */
#include "sync/platform/db_sqlite.h"

#include <string.h>

#define USER                                                                                                           \
    "u.id, u.name, u.role, u.verifier, u.unit, coalesce(n.name, ''), u.off, u.once_until_ms, u.totp,"                  \
    " (SELECT count(*) FROM recovery r WHERE r.user = u.id AND r.used_ms IS NULL)"
#define USER_FROM    " FROM user u LEFT JOIN unit n ON n.id = u.unit"
#define USER_COLUMNS 10

static const char USER_PUT[] =
    "INSERT INTO user(name, role, unit, verifier, off, once_until_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT(name) DO UPDATE SET role = ?2, unit = ?3, verifier = ?4, off = ?5, once_until_ms = ?6";
static const char USER_FIND[] = "SELECT " USER USER_FROM " WHERE u.name = ?1";
static const char USER_LIST[] = "SELECT " USER USER_FROM " ORDER BY u.name";
static const char USER_PASSWORD[] = "UPDATE user SET verifier = ?2, once_until_ms = ?3 WHERE id = ?1";
static const char USER_OFF[] = "UPDATE user SET off = ?2 WHERE id = ?1";
static const char TOTP_SET[] = "UPDATE user SET totp = ?2, totp_step = 0 WHERE id = ?1";
static const char TOTP_NONE[] = "UPDATE user SET totp = NULL, totp_step = 0 WHERE id = ?1";
static const char TOTP_USE[] = "UPDATE user SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2";
static const char RECOVERY_ADD[] = "INSERT INTO recovery(user, hash) VALUES(?1, ?2)";
static const char RECOVERY_DROP[] = "DELETE FROM recovery WHERE user = ?1";
static const char RECOVERY_USE[] = "UPDATE recovery SET used_ms = ?3 WHERE user = ?1 AND hash = ?2 AND used_ms IS NULL";
static const char SESSION_ADD[] = "INSERT INTO session(hash, user, stage, address, agent, made_ms, seen_ms)"
                                  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6)";
#define SESSION ", s.id, s.stage, s.address, s.agent, s.find, s.made_ms, s.seen_ms"
static const char SESSION_FIND[] =
    "SELECT " USER SESSION " FROM session s JOIN user u ON u.id = s.user LEFT JOIN unit n ON n.id = u.unit"
    " WHERE s.hash = ?1";
static const char SESSION_LIST[] =
    "SELECT " USER SESSION " FROM session s JOIN user u ON u.id = s.user LEFT JOIN unit n ON n.id = u.unit"
    " WHERE s.user = ?1 AND s.seen_ms >= ?2 AND s.made_ms >= ?3 ORDER BY s.seen_ms DESC LIMIT 50";
static const char SESSION_TOUCH[] = "UPDATE session SET seen_ms = ?2 WHERE hash = ?1";
static const char SESSION_TURN[] = "UPDATE session SET hash = ?2, stage = ?3 WHERE hash = ?1";
static const char SESSION_WORDS[] = "UPDATE session SET find = ?2 WHERE hash = ?1";
static const char SESSION_END[] = "DELETE FROM session WHERE hash = ?1";
static const char SESSION_END_OF[] = "DELETE FROM session WHERE user = ?1 AND (?2 = 0 OR id = ?2) AND hash <> ?3";

/* --- users --- */

void db_users_finish(struct db_users *u)
{
    free(u->rows);
    *u = (struct db_users){0};
}

static void read_user(sqlite3_stmt *st, struct db_user *u)
{
    *u = (struct db_user){.id = sqlite3_column_int64(st, 0),
                          .unit = sqlite3_column_int64(st, 4),
                          .off = sqlite3_column_int(st, 6) != 0,
                          .once_until_ms = sqlite3_column_int64(st, 7),
                          .recovery_left = sqlite3_column_int(st, 9)};
    zcopy(u->name, sizeof u->name, lite_text(st, 1));
    zcopy(u->role, sizeof u->role, lite_text(st, 2));
    zcopy(u->verifier, sizeof u->verifier, lite_text(st, 3));
    zcopy(u->unit_name, sizeof u->unit_name, lite_text(st, 5));
    int len = sqlite3_column_bytes(st, 8);
    if (len > 0 && (size_t)len <= sizeof u->totp) {
        memcpy(u->totp, sqlite3_column_blob(st, 8), (size_t)len);
        u->totp_len = (size_t)len;
    }
}

static bool op_user_put(struct db *db, const struct db_user *u, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c,
                             lite_bind(c, e, USER_PUT, "tt0tii", u->name, u->role, u->unit, u->verifier,
                                       (int64_t)u->off, u->once_until_ms));
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

static bool op_user_list(struct db *db, struct db_users *out, struct err *e)
{
    struct db_users u = {0};
    size_t cap = 0;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, USER_LIST, "");
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW) {
        if (u.n == cap)
            u.rows = xrealloc(u.rows, (cap = cap ? 2 * cap : 32) * sizeof *u.rows);
        read_user(st, &u.rows[u.n++]);
    }
    db_read_end(db, c);
    if (r == -1) {
        db_users_finish(&u);
        return false;
    }
    *out = u;
    return true;
}

static bool end_of(struct lite_connection *c, int64_t user, int64_t id, const char *keep_hash, struct err *e)
{
    return lite_run(c, lite_bind(c, e, SESSION_END_OF, "iit", user, id, keep_hash), e);
}

static bool op_user_password(struct db *db, int64_t user, const char *verifier, int64_t once_until_ms,
                             const char *keep_hash, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db,
                             lite_run(c, lite_bind(c, e, USER_PASSWORD, "iti", user, verifier, once_until_ms), e) &&
                                 end_of(c, user, 0, keep_hash, e),
                             e);
}

static bool op_user_off(struct db *db, int64_t user, bool off, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db,
                             lite_run(c, lite_bind(c, e, USER_OFF, "ii", user, (int64_t)off), e) &&
                                 (!off || end_of(c, user, 0, NULL, e)),
                             e);
}

static bool totp_set(struct lite_connection *c, int64_t user, const void *sealed, size_t len, const char *const *hashes,
                     size_t n, struct err *e)
{
    bool ok =
        lite_run(c, lite_bind(c, e, RECOVERY_DROP, "i", user), e) &&
        lite_run(c, len ? lite_bind(c, e, TOTP_SET, "ib", user, sealed, len) : lite_bind(c, e, TOTP_NONE, "i", user),
                 e);
    for (size_t i = 0; ok && i < n; i++)
        ok = lite_run(c, lite_bind(c, e, RECOVERY_ADD, "it", user, hashes[i]), e);
    return ok;
}

static bool op_totp_set(struct db *db, int64_t user, const void *sealed, size_t len, const char *const *hashes,
                        size_t n, struct err *e)
{
    if (len > TOTP_SEALED_MOST)
        return err_set(e, ERR_LIMIT, "the sealed secret is too long");
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, totp_set(c, user, sealed, len, hashes, n, e), e);
}

/* A write that must touch a row: what it says was used up already, or never was. */
static bool used_up(struct db *db, struct lite_connection *c, sqlite3_stmt *st, struct err *e)
{
    bool ok = lite_run(c, st, e) && (lite_changes(c) || err_set(e, ERR_DENIED, "used already, or unknown"));
    return db_write_end(db, ok, e);
}

static bool op_totp_use(struct db *db, int64_t user, int64_t step, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && used_up(db, c, lite_bind(c, e, TOTP_USE, "ii", user, step), e);
}

static bool op_recovery_use(struct db *db, int64_t user, const char *hash, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && used_up(db, c, lite_bind(c, e, RECOVERY_USE, "iti", user, hash, now_ms), e);
}

/* --- sessions --- */

static void read_session(sqlite3_stmt *st, struct db_session *s)
{
    read_user(st, &s->user);
    s->id = sqlite3_column_int64(st, USER_COLUMNS);
    zcopy(s->stage, sizeof s->stage, lite_text(st, USER_COLUMNS + 1));
    zcopy(s->address, sizeof s->address, lite_text(st, USER_COLUMNS + 2));
    zcopy(s->agent, sizeof s->agent, lite_text(st, USER_COLUMNS + 3));
    zcopy(s->find, sizeof s->find, lite_text(st, USER_COLUMNS + 4));
    s->made_ms = sqlite3_column_int64(st, USER_COLUMNS + 5);
    s->seen_ms = sqlite3_column_int64(st, USER_COLUMNS + 6);
}

static bool op_session_add(struct db *db, const char *token_hash, const struct db_session *s, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c,
                             lite_bind(c, e, SESSION_ADD, "tittti", token_hash, s->user.id, s->stage, s->address,
                                       s->agent, s->made_ms));
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
        read_session(st, &s);
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

static bool op_session_turn(struct db *db, const char *token_hash, const char *new_hash, const char *stage,
                            struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(c, lite_bind(c, e, SESSION_TURN, "ttt", token_hash, new_hash, stage), e) &&
              (lite_changes(c) || err_set(e, ERR_NOT_FOUND, "no such session"));
    return db_write_end(db, ok, e);
}

static bool op_session_words(struct db *db, const char *token_hash, const char *find, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SESSION_WORDS, "tt", token_hash, find));
}

static bool op_session_end(struct db *db, const char *token_hash, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SESSION_END, "t", token_hash));
}

static bool op_session_end_of(struct db *db, int64_t user, int64_t id, const char *keep_hash, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, end_of(c, user, id, keep_hash, e), e);
}

static bool op_session_list(struct db *db, int64_t user, int64_t now_ms, int64_t idle_ms, struct db_sessions *out,
                            struct err *e)
{
    struct db_sessions s = {0};
    size_t cap = 0;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, SESSION_LIST, "iii", user, now_ms - idle_ms, now_ms - SESSION_MOST_MS);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW) {
        if (s.n == cap)
            s.rows = xrealloc(s.rows, (cap = cap ? 2 * cap : 8) * sizeof *s.rows);
        read_session(st, &s.rows[s.n++]);
    }
    db_read_end(db, c);
    if (r == -1) {
        free(s.rows);
        return false;
    }
    *out = s;
    return true;
}

const struct db_staff_ops db_sqlite_staff = {
    .user_put = op_user_put,
    .user_find = op_user_find,
    .user_list = op_user_list,
    .user_password = op_user_password,
    .user_off = op_user_off,
    .totp_set = op_totp_set,
    .totp_use = op_totp_use,
    .recovery_use = op_recovery_use,
    .session_add = op_session_add,
    .session_find = op_session_find,
    .session_turn = op_session_turn,
    .session_words = op_session_words,
    .session_end = op_session_end,
    .session_end_of = op_session_end_of,
    .session_list = op_session_list,
    .units_put = db_units_put,
    .unit_find = db_unit_find,
    .unit_by_id = db_unit_by_id,
    .units = db_units_list,
    .match = db_unit_match,
};
