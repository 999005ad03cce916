/* db_sqlite_units.c — the directory of units, and the records that wait for theirs (待匹配). A record names its unit in
 * words; it belongs to the unit whose code, name or alias these are. */
#include "sync/platform/db_sqlite.h"

#include "sync/base/cleanup.h"

#include <string.h>

static const char UNIT_BY_CODE[] = "SELECT id FROM unit WHERE code = ?1 AND code <> ''";
static const char UNIT_BY_NAME[] = "SELECT id FROM unit WHERE name = ?1";
static const char UNIT_BY_ALIAS[] = "SELECT unit FROM unit_alias WHERE name = ?1";
static const char UNIT_BY_ID[] = "SELECT id, code, name, superior FROM unit WHERE id = ?1";
static const char UNIT_ADD[] = "INSERT INTO unit(code, name, superior) VALUES(?1, ?2, ?3)";
static const char UNIT_CHANGE[] = "UPDATE unit SET code = ?2, name = ?3, superior = ?4 WHERE id = ?1";
static const char ALIAS_PUT[] = "INSERT INTO unit_alias(name, unit, who, at_ms) VALUES(?1, ?2, ?3, ?4)"
                                " ON CONFLICT(name) DO UPDATE SET unit = ?2, who = ?3, at_ms = ?4";
static const char WAITING[] =
    "SELECT id, declaration, state, latest FROM submission WHERE unit IS NULL AND (unit_name = ?1 OR (?2 <> '' AND "
    "unit_code = ?2))";
static const char ADOPT[] = "UPDATE submission SET unit = ?2 WHERE id = ?1";
#define UNITS_WHERE                                                                                                    \
    " FROM unit u WHERE (?1 = '' OR instr(u.name, ?1) OR instr(u.code, ?1)"                                            \
    " OR EXISTS (SELECT 1 FROM unit_alias a WHERE a.unit = u.id AND instr(a.name, ?1)))"
static const char UNITS[] = "SELECT u.id, u.code, u.name, u.superior" UNITS_WHERE " ORDER BY u.name LIMIT ?2 OFFSET ?3";
static const char UNITS_COUNT[] = "SELECT count(*)" UNITS_WHERE;

/* *id 0: no row. */
static bool one_id(struct lite_connection *c, const char *sql, const char *key, int64_t *id, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, sql, "t", key);
    int r = lite_step(c, st, e);
    *id = 0;
    if (r == SQLITE_ROW) {
        *id = sqlite3_column_int64(st, 0);
        sqlite3_reset(st);
    }
    return r != -1;
}

bool lite_unit_of(struct lite_connection *c, const char *name, const char *code, int64_t *unit, struct err *e)
{
    return one_id(c, UNIT_BY_CODE, code, unit, e) && (*unit || one_id(c, UNIT_BY_NAME, name, unit, e)) &&
           (*unit || one_id(c, UNIT_BY_ALIAS, name, unit, e));
}

static void read_unit(sqlite3_stmt *st, struct db_unit *u)
{
    *u = (struct db_unit){.id = sqlite3_column_int64(st, 0)};
    zcopy(u->code, sizeof u->code, lite_text(st, 1));
    zcopy(u->name, sizeof u->name, lite_text(st, 2));
    zcopy(u->superior, sizeof u->superior, lite_text(st, 3));
}

static bool unit_row(struct lite_connection *c, int64_t id, struct db_unit *out, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, UNIT_BY_ID, "i", id);
    if (!lite_row(c, st, e))
        return false;
    read_unit(st, out);
    sqlite3_reset(st);
    return true;
}

/* --- records that find their unit --- */

struct waiting {
    int64_t id;
    struct db_status status;
    bool latest;
};

static bool waiting_for(struct lite_connection *c, const char *name, const char *code, struct waiting **out, size_t *n,
                        struct err *e)
{
    struct waiting *rows = NULL;
    size_t cap = 0;
    sqlite3_stmt *st = lite_bind(c, e, WAITING, "tt", name, code);
    int r;
    *n = 0;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW) {
        if (*n == cap)
            rows = xrealloc(rows, (cap = cap ? 2 * cap : 16) * sizeof *rows);
        struct waiting *w = &rows[(*n)++];
        *w = (struct waiting){.id = sqlite3_column_int64(st, 0), .latest = sqlite3_column_int(st, 3) != 0};
        zcopy(w->status.declaration, sizeof w->status.declaration, lite_text(st, 1));
        zcopy(w->status.state, sizeof w->status.state, lite_text(st, 2));
    }
    if (r == -1) {
        free(rows);
        return false;
    }
    *out = rows;
    return true;
}

/* The records that name the unit so move to it; the latest version of each gets a row in its history. */
static bool adopt(struct lite_connection *c, const char *name, const char *code, const struct db_unit *u,
                  const struct db_act *act, int64_t *count, struct err *e)
{
    struct waiting *rows = NULL;
    size_t n;
    if (!waiting_for(c, name, code, &rows, &n, e))
        return false;
    AUTOFREE char *who = xasprintf("%s · %s%s", act->who, act->text, u->name);
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        rows[i].status.at_ms = act->now_ms;
        rows[i].status.text = (char *)""; /* it stands where it stood: for the applicant the words stay */
        rows[i].status.reasons = (char *)"";
        rows[i].status.who = who;
        ok = lite_run(c, lite_bind(c, e, ADOPT, "ii", rows[i].id, u->id), e) &&
             (!rows[i].latest || lite_status_add(c, rows[i].id, &rows[i].status, NULL, e));
        *count += ok && rows[i].latest;
    }
    free(rows);
    return ok;
}

static bool match(struct lite_connection *c, const char *name, int64_t unit, const struct db_act *act, int64_t *n,
                  struct err *e)
{
    struct db_unit u;
    return unit_row(c, unit, &u, e) &&
           (!*name || lite_run(c, lite_bind(c, e, ALIAS_PUT, "titi", name, unit, act->who, act->now_ms), e)) &&
           adopt(c, name, "", &u, act, n, e);
}

bool db_unit_match(struct db *db, const char *name, int64_t unit, const struct db_act *act, int64_t *n, struct err *e)
{
    int64_t count = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, match(c, name, unit, act, &count, e), e))
        return false;
    *n = count;
    return true;
}

/* --- the directory --- */

static bool change(struct lite_connection *c, const struct db_unit *old, struct db_unit *new, const struct db_act *act,
                   struct db_units_done *done, struct err *e)
{
    /* What an import leaves out stays. */
    if (!*new->code)
        zcopy(new->code, sizeof new->code, old->code);
    if (!*new->superior)
        zcopy(new->superior, sizeof new->superior, old->superior);
    new->id = old->id;
    bool renamed = strcmp(old->name, new->name) != 0;
    if (!renamed && !strcmp(old->code, new->code) && !strcmp(old->superior, new->superior)) {
        done->same++;
        return true;
    }
    done->changed++;
    return lite_run(c, lite_bind(c, e, UNIT_CHANGE, "ittt", new->id, new->code, new->name, new->superior), e) &&
           (!renamed || lite_run(c, lite_bind(c, e, ALIAS_PUT, "titi", old->name, old->id, act->who, act->now_ms), e));
}

/* A name that another code has, or a code that another name has, is for a person to look at: a unit that changes both
 * at once is not the same one. */
static bool put(struct lite_connection *c, const struct db_unit *row, const struct db_act *act,
                struct db_units_done *done, struct err *e)
{
    int64_t by_code, by_name;
    struct db_unit old = {0}, new = *row;
    if (!one_id(c, UNIT_BY_CODE, row->code, &by_code, e) || !one_id(c, UNIT_BY_NAME, row->name, &by_name, e))
        return false;
    if (by_code && by_name && by_code != by_name)
        return err_set(e, ERR_EXISTS, "the code and the name belong to two units");
    int64_t id = by_code ? by_code : by_name;
    if (id && !unit_row(c, id, &old, e))
        return false;
    if (id && *row->code && *old.code && strcmp(row->code, old.code) != 0)
        return err_set(e, ERR_EXISTS, "the name belongs to a unit with another code");
    if (id)
        return change(c, &old, &new, act, done, e) && adopt(c, new.name, new.code, &new, act, &done->adopted, e);
    if (!lite_run(c, lite_bind(c, e, UNIT_ADD, "ttt", new.code, new.name, new.superior), e))
        return false;
    new.id = lite_last_id(c);
    done->added++;
    return adopt(c, new.name, new.code, &new, act, &done->adopted, e);
}

bool db_units_put(struct db *db, const struct db_unit *rows, size_t n, const struct db_act *act,
                  struct db_units_done *out, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    bool ok = c != NULL;
    *out = (struct db_units_done){0};
    for (size_t i = 0; ok && i < n; i++) {
        ok = put(c, &rows[i], act, out, e);
        out->bad = i;
    }
    return c && db_write_end(db, ok, e);
}

bool db_unit_find(struct db *db, const char *name, const char *code, struct db_unit *out, struct err *e)
{
    int64_t id;
    struct lite_connection *c = db_read_begin(db);
    bool ok = one_id(c, UNIT_BY_NAME, name, &id, e) && (id || one_id(c, UNIT_BY_CODE, code, &id, e)) &&
              (id || one_id(c, UNIT_BY_ALIAS, name, &id, e)) &&
              (id ? unit_row(c, id, out, e) : err_set(e, ERR_NOT_FOUND, "no such unit"));
    db_read_end(db, c);
    return ok;
}

bool db_unit_by_id(struct db *db, int64_t id, struct db_unit *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = unit_row(c, id, out, e);
    db_read_end(db, c);
    return ok;
}

static bool units(struct lite_connection *c, const char *words, size_t skip, size_t limit, struct db_units *out,
                  struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, UNITS_COUNT, "t", words);
    if (!lite_row(c, st, e))
        return false;
    out->total = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    size_t most = (size_t)out->total < limit ? (size_t)out->total : limit;
    out->rows = xcalloc(most + 1, sizeof *out->rows);
    st = lite_bind(c, e, UNITS, "tii", words, (int64_t)most, (int64_t)skip);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && out->n < most)
        read_unit(st, &out->rows[out->n++]);
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    return r != -1;
}

bool db_units_list(struct db *db, const char *words, size_t skip, size_t limit, struct db_units *out, struct err *e)
{
    struct db_units found = {0};
    struct lite_connection *c = db_read_begin(db);
    bool ok = units(c, words ? words : "", skip, limit, &found, e);
    db_read_end(db, c);
    if (ok)
        *out = found;
    else
        free(found.rows);
    return ok;
}
