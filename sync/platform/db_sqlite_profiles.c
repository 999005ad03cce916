/* db_sqlite_profiles.c — what is kept of a person: profile, declarations, rows that the platform fills in. */
#include "sync/platform/db_sqlite.h"

void db_profile_finish(struct db_profile *p)
{
    str_finish(&p->sealed);
    *p = (struct db_profile){0};
}

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
    " instr(c.envelope, ?2)) OR EXISTS(SELECT 1 FROM profile WHERE person = ?1 AND instr(blobs, ?2))"
    " OR EXISTS(SELECT 1 FROM draft WHERE person = ?1 AND instr(blobs, ?2))";
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
            lite_bytes(st, 2, sealed);
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

void db_sqlite_profiles_ops(struct db_accounts_ops *o)
{
    o->profile = op_profile;
    o->profile_put = op_profile_put;
    o->declarations = op_declarations;
    o->cites = op_cites;
    o->rows_replace = op_rows_replace;
    o->rows = op_rows;
}
