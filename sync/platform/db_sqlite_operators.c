/* db_sqlite_operators.c — audit chain, alarms, figures, small named values. */
#include "sync/platform/db_sqlite.h"

#include "sync/base/cleanup.h"
#include "sync/record/seal.h"

#include <string.h>

static const char AUDIT_HEAD[] = "SELECT hash FROM audit ORDER BY id DESC LIMIT 1";
static const char AUDIT_ADD[] = "INSERT INTO audit(at_ms, who, event, detail, hash) VALUES(?1, ?2, ?3, ?4, ?5)";
static const char AUDIT_ALL[] = "SELECT id, at_ms, who, event, detail, hash FROM audit ORDER BY id";
static const char ALARMS[] = "SELECT id, at_ms, kind, device, detail FROM alarm ORDER BY id DESC LIMIT ?1";
static const char FIGURES[] =
    "SELECT (SELECT count(*) FROM device WHERE revoked_ms IS NULL), (SELECT count(*) FROM submission),"
    " (SELECT count(*) FROM submission WHERE latest = 1 AND state IN ('submitted_unit', 'unit_review', "
    "'delivered')),"
    " (SELECT count(*) FROM submission WHERE latest = 1 AND state = 'unit_returned'),"
    " (SELECT count(*) FROM submission WHERE latest = 1 AND state = 'submitted_superior'), (SELECT "
    "count(*) FROM quarantine),"
    " (SELECT count(*) FROM conflict), (SELECT count(*) FROM alarm), (SELECT coalesce(sum(high - seen), 0) "
    "FROM epoch)";
static const char VALUE_GET[] = "SELECT value, version FROM value WHERE name = ?1";
static const char VALUE_SET[] =
    "INSERT INTO value(name, value, version) VALUES(?1, ?2, 1) ON CONFLICT(name) DO UPDATE SET value = "
    "?2, version = version + 1";

static void chain(const struct crypto_ops *crypto, const char *previous, int64_t at_ms, const char *who,
                  const char *event, const char *detail, char out[HASH_HEX])
{
    CLEANUP(str) struct str s = {0};
    const char *const parts[] = {previous, who, event, detail};
    str_printf(&s, "%lld", (long long)at_ms);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        str_printf(&s, "\n%zu:%s", strlen(parts[i]), parts[i]);
    crypto_hash_hex(crypto, s.p, s.len, out);
}

static bool op_audit(struct db *db, const char *who, const char *event, const char *detail, int64_t now_ms,
                     struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    char previous[HASH_HEX] = "", hash[HASH_HEX];
    sqlite3_stmt *st = lite_bind(c, e, AUDIT_HEAD, "");
    int r = lite_step(c, st, e);
    if (r == SQLITE_ROW) {
        zcopy(previous, sizeof previous, lite_text(st, 0));
        sqlite3_reset(st);
    }
    chain(db_sqlite_self(db)->crypto, previous, now_ms, who, event, detail, hash);
    return db_write_end(
        db, r != -1 && lite_run(c, lite_bind(c, e, AUDIT_ADD, "itttt", now_ms, who, event, detail, hash), e), e);
}

static bool op_audit_verify(struct db *db, int64_t *rows, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    char previous[HASH_HEX] = "", hash[HASH_HEX];
    int64_t n = 0;
    sqlite3_stmt *st = lite_bind(c, e, AUDIT_ALL, "");
    int r;
    bool ok = true;
    while (ok && (r = lite_step(c, st, e)) == SQLITE_ROW) {
        chain(db_sqlite_self(db)->crypto, previous, sqlite3_column_int64(st, 1), lite_text(st, 2), lite_text(st, 3),
              lite_text(st, 4), hash);
        if (strcmp(hash, lite_text(st, 5)))
            ok = err_set(e, ERR_CRYPTO, "audit row %lld does not follow", (long long)sqlite3_column_int64(st, 0));
        zcopy(previous, sizeof previous, lite_text(st, 5));
        n++;
    }
    if (st)
        sqlite3_reset(st);
    db_read_end(db, c);
    if (!ok || r == -1)
        return false;
    *rows = n;
    return true;
}

static bool op_alarms(struct db *db, size_t limit, struct db_alarms *out, struct err *e)
{
    struct db_alarms a = {.rows = xcalloc(limit + 1, sizeof *a.rows)};
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, ALARMS, "i", (int64_t)limit);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && a.n < limit) {
        struct db_alarm *x = &a.rows[a.n++];
        x->id = sqlite3_column_int64(st, 0);
        x->at_ms = sqlite3_column_int64(st, 1);
        zcopy(x->kind, sizeof x->kind, lite_text(st, 2));
        zcopy(x->device, sizeof x->device, lite_text(st, 3));
        x->detail = xstrdup(lite_text(st, 4));
    }
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    if (r == -1) {
        db_alarms_finish(&a);
        return false;
    }
    *out = a;
    return true;
}

static bool op_figures(struct db *db, struct db_figures *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, FIGURES, "");
    bool ok = lite_row(c, st, e);
    if (ok) {
        int64_t n[9];
        for (int i = 0; i < 9; i++)
            n[i] = sqlite3_column_int64(st, i);
        sqlite3_reset(st);
        *out = (struct db_figures){n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]};
    }
    db_read_end(db, c);
    return ok;
}

static bool op_value_get(struct db *db, const char *name, struct str *out, int64_t *version, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, VALUE_GET, "t", name);
    bool ok = lite_row(c, st, e);
    if (ok) {
        str_puts(out, lite_text(st, 0));
        *version = sqlite3_column_int64(st, 1);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_value_set(struct db *db, const char *name, const char *value, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, VALUE_SET, "tt", name, value));
}

void db_sqlite_operators_ops(struct db_ops *o)
{
    o->audit = op_audit;
    o->audit_verify = op_audit_verify;
    o->alarms = op_alarms;
    o->figures = op_figures;
    o->value_get = op_value_get;
    o->value_set = op_value_set;
}
