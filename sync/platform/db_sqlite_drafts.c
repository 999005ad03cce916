/* db_sqlite_drafts.c — drafts parked for the person's next kiosk. A draft has one holder: who takes it up writes on from
 * the edit that is there; what an earlier holder still brings is noted as `other`, and changes nothing. */
#include "sync/platform/db_sqlite.h"

#include <string.h>

void db_drafts_finish(struct db_drafts *d)
{
    for (size_t i = 0; i < d->n; i++)
        str_finish(&d->rows[i].sealed);
    free(d->rows);
    *d = (struct db_drafts){0};
}

#define DRAFT_ROW "declaration, version, edit, device, base, n, edited_ms, sealed, other, other_ms"
static const char FIND[] = "SELECT " DRAFT_ROW " FROM draft WHERE person = ?1 AND declaration = ?2";
static const char LIST[] = "SELECT " DRAFT_ROW " FROM draft d WHERE person = ?1 AND ends_ms > ?2 AND NOT EXISTS"
                           " (SELECT 1 FROM submission s WHERE s.declaration = d.declaration AND s.person_tag = ?1 AND "
                           "s.version >= d.version) ORDER BY edited_ms DESC, declaration LIMIT ?3";
static const char SENT[] =
    "SELECT EXISTS(SELECT 1 FROM submission WHERE declaration = ?1 AND person_tag = ?2 AND version >= ?3)";
static const char PUT[] =
    "INSERT INTO draft(person, declaration, version, edit, device, base, n, edited_ms, sealed, blobs, at_ms, ends_ms)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT(person, declaration) DO UPDATE SET"
    " version = ?3, edit = ?4, device = ?5, base = ?6, n = ?7, edited_ms = ?8, sealed = ?9, blobs = ?10, at_ms = ?11,"
    " ends_ms = ?12";
static const char OTHER[] = "UPDATE draft SET other = ?3, other_ms = ?4 WHERE person = ?1 AND declaration = ?2";
static const char TAKE[] =
    "UPDATE draft SET device = ?3, base = edit, n = 0, other = CASE WHEN other = ?3 THEN '' ELSE other END"
    " WHERE person = ?1 AND declaration = ?2 AND length(sealed) > 0 AND ends_ms > ?4";
static const char DROP[] =
    "UPDATE draft SET edit = edit + 1, base = edit + 1, n = 0, sealed = x'', blobs = '', other = '',"
    " edited_ms = ?3, at_ms = ?3 WHERE person = ?1 AND declaration = ?2 AND length(sealed) > 0";
static const char END[] = "DELETE FROM draft WHERE person = ?1 AND declaration = ?2 AND version <= ?3";

static void read_row(sqlite3_stmt *st, struct db_draft *d)
{
    zcopy(d->declaration, sizeof d->declaration, lite_text(st, 0));
    d->version = sqlite3_column_int(st, 1);
    d->edit = sqlite3_column_int64(st, 2);
    zcopy(d->device, sizeof d->device, lite_text(st, 3));
    d->base = sqlite3_column_int64(st, 4);
    d->n = sqlite3_column_int64(st, 5);
    d->edited_ms = sqlite3_column_int64(st, 6);
    lite_bytes(st, 7, &d->sealed);
    zcopy(d->other, sizeof d->other, lite_text(st, 8));
    d->other_ms = sqlite3_column_int64(st, 9);
}

/* *there: whether there is one. */
static bool find(struct lite_connection *c, const char *person, const char *declaration, struct db_draft *out,
                 bool *there, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, FIND, "tt", person, declaration);
    int r = lite_step(c, st, e);
    *there = r == SQLITE_ROW;
    if (*there) {
        read_row(st, out);
        sqlite3_reset(st);
    }
    return r != -1;
}

static bool write_draft(struct lite_connection *c, const char *person, const struct db_draft *d, const char *blobs,
                        int64_t now_ms, int64_t ends_ms, int64_t edit, struct err *e)
{
    return lite_run(c,
                    lite_bind(c, e, PUT, "ttiitiiibtii", person, d->declaration, (int64_t)d->version, edit, d->device,
                              d->base, d->n, d->edited_ms, (const void *)d->sealed.p, d->sealed.len, blobs, now_ms,
                              ends_ms),
                    e);
}

static bool draft_put(struct lite_connection *c, const char *person, const struct db_draft *d, const char *blobs,
                      int64_t now_ms, int64_t ends_ms, enum db_draft_verdict *v, int64_t *edit, struct err *e)
{
    struct db_draft have = {0};
    bool there = false;
    sqlite3_stmt *st = lite_bind(c, e, SENT, "tti", d->declaration, person, (int64_t)d->version);
    if (!lite_row(c, st, e))
        return false;
    bool sent = sqlite3_column_int(st, 0) != 0;
    sqlite3_reset(st);
    if (!find(c, person, d->declaration, &have, &there, e))
        return false;
    bool holder = there && !strcmp(have.device, d->device) && have.base == d->base;
    str_finish(&have.sealed);
    *v = sent ? DB_DRAFT_SENT : DB_DRAFT_KEPT;
    if (sent)
        return true;
    if (holder && d->n <= have.n) { /* it was heard before, or a later one was */
        *edit = have.edit;
        return true;
    }
    if (there && !holder && d->base != have.edit) {
        *v = DB_DRAFT_CONFLICT;
        return !strcmp(have.device, d->device) ||
               lite_run(c, lite_bind(c, e, OTHER, "ttti", person, d->declaration, d->device, d->edited_ms), e);
    }
    *edit = (there ? have.edit : d->base) + 1;
    return write_draft(c, person, d, blobs, now_ms, ends_ms, *edit, e);
}

static bool op_put(struct db *db, const char *person, const struct db_draft *d, const char *blobs, int64_t now_ms,
                   int64_t ends_ms, enum db_draft_verdict *v, int64_t *edit, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, draft_put(c, person, d, blobs, now_ms, ends_ms, v, edit, e), e);
}

static bool draft_take(struct lite_connection *c, const char *person, const char *declaration, const char *device,
                       int64_t now_ms, struct db_drafts *out, struct err *e)
{
    bool there = false;
    if (!lite_run(c, lite_bind(c, e, TAKE, "ttti", person, declaration, device, now_ms), e))
        return false;
    if (!lite_changes(c))
        return err_set(e, ERR_NOT_FOUND, "no such draft");
    out->rows = xcalloc(1, sizeof *out->rows);
    out->n = 1;
    return find(c, person, declaration, out->rows, &there, e);
}

static bool op_take(struct db *db, const char *person, const char *declaration, const char *device, int64_t now_ms,
                    struct db_drafts *out, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, draft_take(c, person, declaration, device, now_ms, out, e), e);
}

static bool op_drop(struct db *db, const char *person, const char *declaration, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, DROP, "tti", person, declaration, now_ms));
}

static bool op_drafts(struct db *db, const char *person, int64_t now_ms, size_t limit, struct db_drafts *out,
                      struct err *e)
{
    struct db_drafts all = {.rows = xcalloc(limit + 1, sizeof *all.rows)};
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, LIST, "tii", person, now_ms, (int64_t)limit);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW)
        read_row(st, &all.rows[all.n++]);
    db_read_end(db, c);
    if (r == -1) {
        db_drafts_finish(&all);
        return false;
    }
    *out = all;
    return true;
}

bool lite_draft_end(struct lite_connection *c, const char *person, const char *declaration, int version, struct err *e)
{
    return lite_run(c, lite_bind(c, e, END, "tti", person, declaration, (int64_t)version), e);
}

void db_sqlite_drafts_ops(struct db_accounts_ops *o)
{
    o->draft_put = op_put;
    o->draft_take = op_take;
    o->draft_drop = op_drop;
    o->drafts = op_drafts;
}
