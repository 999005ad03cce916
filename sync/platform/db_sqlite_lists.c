/* db_sqlite_lists.c — db_review.h on SQLite. What a role may see is one condition a role, and every query about
 * declarations is written once over it. */
#include "sync/platform/db_sqlite.h"

#include "sync/base/cleanup.h"

#include <string.h>

#define OF_UNIT "s.unit = ?1"
#define OF_SUPERIOR                                                                                                    \
    "s.state IN ('submitted_superior', 'superior_returned', 'done') AND s.unit IN (SELECT n.id FROM unit n"            \
    " JOIN unit o ON o.id = ?1 WHERE n.superior <> '' AND (n.superior = o.name OR n.superior = o.code))"
#define OF_ALL "?1 = ?1"

#define HAS_WORD(n)                                                                                                    \
    " AND (" n " = '' OR instr(s.person || ' ' || s.title || ' ' || s.unit_name || ' ' || s.receipt, " n "))"
#define WHERE(scope)                                                                                                   \
    " FROM submission s WHERE s.latest = 1 AND " scope                                                                 \
    " AND (?2 = '' OR instr(',' || ?2 || ',', ',' || s.state || ','))" HAS_WORD("?3") HAS_WORD("?4") HAS_WORD("?5")
#define LIST(scope)    "SELECT " LIST_ROW WHERE(scope) " ORDER BY s.changed_ms DESC, s.id DESC LIMIT ?6 OFFSET ?7"
#define COUNT(scope)   "SELECT count(*)" WHERE(scope)
#define STATES(scope)  "SELECT s.state, count(*) FROM submission s WHERE s.latest = 1 AND " scope " GROUP BY s.state"
#define VISIBLE(scope) "SELECT 1 FROM submission s WHERE s.declaration = ?2 AND s.version = ?3 AND " scope

static const char LIST_UNIT[] = LIST(OF_UNIT), LIST_SUPERIOR[] = LIST(OF_SUPERIOR), LIST_ALL[] = LIST(OF_ALL);
static const char COUNT_UNIT[] = COUNT(OF_UNIT), COUNT_SUPERIOR[] = COUNT(OF_SUPERIOR), COUNT_ALL[] = COUNT(OF_ALL);
static const char STATES_UNIT[] = STATES(OF_UNIT), STATES_SUPERIOR[] = STATES(OF_SUPERIOR),
                  STATES_ALL[] = STATES(OF_ALL);
static const char VISIBLE_UNIT[] = VISIBLE(OF_UNIT), VISIBLE_SUPERIOR[] = VISIBLE(OF_SUPERIOR),
                  VISIBLE_ALL[] = VISIBLE(OF_ALL);

static const struct queries {
    const char *list, *count, *states, *visible; /* NULL: nothing is seen */
} queries[] = {
    [DB_SCOPE_NONE] = {0},
    [DB_SCOPE_UNIT] = {LIST_UNIT, COUNT_UNIT, STATES_UNIT, VISIBLE_UNIT},
    [DB_SCOPE_SUPERIOR] = {LIST_SUPERIOR, COUNT_SUPERIOR, STATES_SUPERIOR, VISIBLE_SUPERIOR},
    [DB_SCOPE_ALL] = {LIST_ALL, COUNT_ALL, STATES_ALL, VISIBLE_ALL},
};

#define UNMATCHED_FROM " FROM submission WHERE unit IS NULL AND latest = 1"
static const char UNMATCHED[] = "SELECT unit_name, max(unit_code), count(*), min(received_ms)" UNMATCHED_FROM
                                " GROUP BY unit_name ORDER BY count(*) DESC, unit_name LIMIT ?1 OFFSET ?2";
static const char UNMATCHED_COUNT[] = "SELECT count(DISTINCT unit_name)" UNMATCHED_FROM;
static const char DEVICES[] =
    "SELECT d.id, d.kiosk, d.hall, d.revoked_ms IS NOT NULL,"
    " coalesce((SELECT max(c.expires_ms) FROM certificate c WHERE c.device = d.id AND c.ended_ms IS NULL), 0),"
    " d.seen_ms, d.added_ms FROM device d ORDER BY d.kiosk LIMIT ?1 OFFSET ?2";
static const char DEVICES_COUNT[] = "SELECT count(*) FROM device";
static const char CONFLICTS[] =
    "SELECT c.id, c.at_ms, c.declaration, c.digest, c.device, c.version, coalesce(d.kiosk, 0) FROM conflict c"
    " LEFT JOIN device d ON d.id = c.device ORDER BY c.id DESC LIMIT ?1 OFFSET ?2";
static const char CONFLICTS_COUNT[] = "SELECT count(*) FROM conflict";
static const char QUARANTINE[] =
    "SELECT q.id, q.at_ms, q.batch, q.seq, length(q.line), coalesce(d.kiosk, 0), q.device, q.problem FROM quarantine q"
    " LEFT JOIN device d ON d.id = q.device ORDER BY q.id DESC LIMIT ?1 OFFSET ?2";
static const char QUARANTINE_COUNT[] = "SELECT count(*) FROM quarantine";
static const char AUDIT[] = "SELECT id, at_ms, who, event, detail FROM audit ORDER BY id DESC LIMIT ?1 OFFSET ?2";
static const char AUDIT_COUNT[] = "SELECT count(*) FROM audit";
/* Along the statuses from the cursor on: the last one of a submission that says where it stands. */
static const char ACCEPTED[] =
    "SELECT t.id, s.declaration, s.version FROM status t JOIN submission s ON s.id = t.submission WHERE t.id > ?2"
    " AND t.state = s.state AND s.latest = 1 AND instr(',' || ?1 || ',', ',' || s.state || ',') AND NOT EXISTS"
    " (SELECT 1 FROM status u WHERE u.submission = s.id AND u.id > t.id AND u.state = s.state) ORDER BY t.id LIMIT ?3";

/* --- declarations --- */

#define MOST_WORDS 3

/* The first words of a search; the rest are "". */
static void split_words(const char *words, char out[MOST_WORDS][64])
{
    memset(out, 0, MOST_WORDS * 64);
    AUTOFREE char *copy = xstrdup(words ? words : "");
    char *rest = copy;
    size_t n = 0;
    for (char *w; n < MOST_WORDS && (w = strsep(&rest, " \t")) != NULL;)
        if (*w)
            zcopy(out[n++], 64, w);
}

static bool list(struct lite_connection *c, const struct db_filter *f, struct db_rows *out, struct err *e)
{
    const struct queries *q = &queries[f->scope.kind];
    char w[MOST_WORDS][64];
    split_words(f->words, w);
    sqlite3_stmt *st = lite_bind(c, e, q->count, "itttt", f->scope.unit, f->states, w[0], w[1], w[2]);
    if (!lite_row(c, st, e))
        return false;
    out->total = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    out->rows = xcalloc(f->limit + 1, sizeof *out->rows);
    st = lite_bind(c, e, q->list, "ittttii", f->scope.unit, f->states, w[0], w[1], w[2], (int64_t)f->limit,
                   (int64_t)f->skip);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && out->n < f->limit)
        lite_list_row(st, &out->rows[out->n++]);
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    return r != -1;
}

static bool op_list(struct db *db, const struct db_filter *f, struct db_rows *out, struct err *e)
{
    struct db_rows rows = {0};
    bool ok = true;
    if (queries[f->scope.kind].list) {
        struct lite_connection *c = db_read_begin(db);
        ok = list(c, f, &rows, e);
        db_read_end(db, c);
    }
    if (ok)
        *out = rows;
    else
        db_rows_finish(&rows);
    return ok;
}

static bool op_counts(struct db *db, const struct db_scope *scope, struct db_state_count *out, size_t most, size_t *n,
                      struct err *e)
{
    const char *sql = queries[scope->kind].states;
    *n = 0;
    if (!sql)
        return true;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, sql, "i", scope->unit);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && *n < most) {
        zcopy(out[*n].state, sizeof out->state, lite_text(st, 0));
        out[(*n)++].n = sqlite3_column_int64(st, 1);
    }
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    return r != -1;
}

static bool op_visible(struct db *db, const struct db_scope *scope, const char *declaration, int version, bool *out,
                       struct err *e)
{
    const char *sql = queries[scope->kind].visible;
    *out = false;
    if (!sql)
        return true;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, sql, "iti", scope->unit, declaration, (int64_t)version);
    int r = lite_step(c, st, e);
    *out = r == SQLITE_ROW;
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    return r != -1;
}

static bool op_accepted(struct db *db, const char *states, int64_t after, size_t limit, struct db_accepted *out,
                        size_t *n, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, ACCEPTED, "tii", states, after, (int64_t)limit);
    int r;
    *n = 0;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && *n < limit) {
        struct db_accepted *a = &out[(*n)++];
        a->cursor = sqlite3_column_int64(st, 0);
        zcopy(a->declaration, sizeof a->declaration, lite_text(st, 1));
        a->version = sqlite3_column_int(st, 2);
    }
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    return r != -1;
}

/* --- lists of region and operators: all the same walk --- */

struct walk {
    const char *rows, *count;
    size_t size;
    void (*read)(sqlite3_stmt *st, void *row);
};

static bool walk(struct lite_connection *c, const struct walk *w, size_t skip, size_t limit,
                 struct db_operator_rows *out, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, w->count, "");
    if (!lite_row(c, st, e))
        return false;
    out->total = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    out->rows = xcalloc(limit + 1, w->size);
    st = lite_bind(c, e, w->rows, "ii", (int64_t)limit, (int64_t)skip);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && out->n < limit)
        w->read(st, (char *)out->rows + w->size * out->n++);
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    return r != -1;
}

static bool walk_all(struct db *db, const struct walk *w, size_t skip, size_t limit, struct db_operator_rows *out,
                     struct err *e)
{
    struct db_operator_rows rows = {0};
    struct lite_connection *c = db_read_begin(db);
    bool ok = walk(c, w, skip, limit, &rows, e);
    db_read_end(db, c);
    if (ok)
        *out = rows;
    else
        free(rows.rows);
    return ok;
}

static void read_unmatched(sqlite3_stmt *st, void *row)
{
    struct db_unmatched *u = row;
    zcopy(u->name, sizeof u->name, lite_text(st, 0));
    zcopy(u->code, sizeof u->code, lite_text(st, 1));
    u->n = sqlite3_column_int64(st, 2);
    u->since_ms = sqlite3_column_int64(st, 3);
}

static bool op_unmatched(struct db *db, size_t skip, size_t limit, struct db_unmatched_list *out, struct err *e)
{
    static const struct walk w = {UNMATCHED, UNMATCHED_COUNT, sizeof(struct db_unmatched), read_unmatched};
    struct db_operator_rows rows = {0};
    if (!walk_all(db, &w, skip, limit, &rows, e))
        return false;
    *out = (struct db_unmatched_list){rows.rows, rows.n, rows.total};
    return true;
}

static void read_device(sqlite3_stmt *st, void *row)
{
    struct db_device_row *d = row;
    zcopy(d->device.id, sizeof d->device.id, lite_text(st, 0));
    d->device.kiosk = sqlite3_column_int64(st, 1);
    zcopy(d->device.hall, sizeof d->device.hall, lite_text(st, 2));
    d->device.revoked = sqlite3_column_int(st, 3) != 0;
    d->device.certificate_ends = sqlite3_column_int64(st, 4);
    d->device.seen_ms = sqlite3_column_int64(st, 5);
    d->added_ms = sqlite3_column_int64(st, 6);
}

static bool op_devices(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e)
{
    static const struct walk w = {DEVICES, DEVICES_COUNT, sizeof(struct db_device_row), read_device};
    return walk_all(db, &w, skip, limit, out, e);
}

static void read_conflict(sqlite3_stmt *st, void *row)
{
    struct db_conflict *x = row;
    x->id = sqlite3_column_int64(st, 0);
    x->at_ms = sqlite3_column_int64(st, 1);
    zcopy(x->declaration, sizeof x->declaration, lite_text(st, 2));
    zcopy(x->digest, sizeof x->digest, lite_text(st, 3));
    zcopy(x->device, sizeof x->device, lite_text(st, 4));
    x->version = sqlite3_column_int(st, 5);
    x->kiosk = sqlite3_column_int64(st, 6);
}

static bool op_conflicts(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e)
{
    static const struct walk w = {CONFLICTS, CONFLICTS_COUNT, sizeof(struct db_conflict), read_conflict};
    return walk_all(db, &w, skip, limit, out, e);
}

static void read_quarantined(sqlite3_stmt *st, void *row)
{
    struct db_quarantined *x = row;
    x->id = sqlite3_column_int64(st, 0);
    x->at_ms = sqlite3_column_int64(st, 1);
    x->batch = sqlite3_column_int64(st, 2);
    x->seq = sqlite3_column_int64(st, 3);
    x->bytes = sqlite3_column_int64(st, 4);
    x->kiosk = sqlite3_column_int64(st, 5);
    zcopy(x->device, sizeof x->device, lite_text(st, 6));
    zcopy(x->problem, sizeof x->problem, lite_text(st, 7));
}

static bool op_quarantine(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e)
{
    static const struct walk w = {QUARANTINE, QUARANTINE_COUNT, sizeof(struct db_quarantined), read_quarantined};
    return walk_all(db, &w, skip, limit, out, e);
}

static void read_audit(sqlite3_stmt *st, void *row)
{
    struct db_audit_row *x = row;
    x->id = sqlite3_column_int64(st, 0);
    x->at_ms = sqlite3_column_int64(st, 1);
    zcopy(x->who, sizeof x->who, lite_text(st, 2));
    zcopy(x->event, sizeof x->event, lite_text(st, 3));
    zcopy(x->detail, sizeof x->detail, lite_text(st, 4));
}

static bool op_audit_rows(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e)
{
    static const struct walk w = {AUDIT, AUDIT_COUNT, sizeof(struct db_audit_row), read_audit};
    return walk_all(db, &w, skip, limit, out, e);
}

const struct db_review_ops db_sqlite_review = {
    .list = op_list,
    .counts = op_counts,
    .visible = op_visible,
    .unmatched = op_unmatched,
    .devices = op_devices,
    .conflicts = op_conflicts,
    .quarantine = op_quarantine,
    .audit_rows = op_audit_rows,
    .accepted = op_accepted,
};
