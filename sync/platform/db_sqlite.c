/* db_sqlite.c — db.h on one SQLite file, through the door of lite.h: opening, transactions, rows that several tables of
 * operations share. */
#include "sync/platform/db_sqlite.h"

struct db_sqlite *db_sqlite_self(struct db *db)
{
    return (struct db_sqlite *)(void *)db;
}

struct lite_connection *db_write_begin(struct db *db, struct err *e)
{
    return lite_write_begin(db_sqlite_self(db)->lite, e);
}

bool db_write_end(struct db *db, bool ok, struct err *e)
{
    return lite_write_end(db_sqlite_self(db)->lite, ok, e);
}

struct lite_connection *db_read_begin(struct db *db)
{
    return lite_read_begin(db_sqlite_self(db)->lite);
}

void db_read_end(struct db *db, struct lite_connection *c)
{
    lite_read_end(db_sqlite_self(db)->lite, c);
}

bool db_write_one(struct db *db, struct err *e, struct lite_connection *c, sqlite3_stmt *st)
{
    return db_write_end(db, lite_run(c, st, e), e);
}

/* --- rows --- */

void db_record_finish(struct db_record *r)
{
    free(r->envelope);
    str_finish(&r->sealed);
    free(r->blobs);
    free(r->reasons);
    free(r->person);
    free(r->title);
    free(r->unit_name);
    free(r->unit_code);
    free(r->code);
    free(r->claim);
    free(r->text);
    free(r->line);
    *r = (struct db_record){0};
}

static void row_finish(struct db_row *r)
{
    free(r->person);
    free(r->title);
    free(r->unit_name);
}

void db_rows_finish(struct db_rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        row_finish(&r->rows[i]);
    free(r->rows);
    *r = (struct db_rows){0};
}

void db_submission_finish(struct db_submission *s)
{
    row_finish(&s->row);
    free(s->envelope);
    free(s->unit_code);
    free(s->code);
    str_finish(&s->sealed);
    *s = (struct db_submission){0};
}

void db_statuses_finish(struct db_statuses *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->rows[i].text);
        free(s->rows[i].reasons);
        free(s->rows[i].who);
    }
    free(s->rows);
    *s = (struct db_statuses){0};
}

void db_alarms_finish(struct db_alarms *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->rows[i].detail);
    free(a->rows);
    *a = (struct db_alarms){0};
}

void lite_list_row(sqlite3_stmt *st, struct db_row *r)
{
    zcopy(r->declaration, sizeof r->declaration, lite_text(st, 0));
    r->version = sqlite3_column_int(st, 1);
    zcopy(r->receipt, sizeof r->receipt, lite_text(st, 2));
    zcopy(r->state, sizeof r->state, lite_text(st, 3));
    zcopy(r->proof, sizeof r->proof, lite_text(st, 4));
    r->person = xstrdup(lite_text(st, 5));
    r->title = xstrdup(lite_text(st, 6));
    r->unit_name = xstrdup(lite_text(st, 7));
    r->received_ms = sqlite3_column_int64(st, 8);
    r->changed_ms = sqlite3_column_int64(st, 9);
}

void lite_bytes(sqlite3_stmt *st, int column, struct str *out)
{
    int n = sqlite3_column_bytes(st, column);
    if (n > 0)
        str_add(out, sqlite3_column_blob(st, column), (size_t)n);
}

bool lite_statuses(struct lite_connection *c, sqlite3_stmt *st, struct db_statuses *out, struct err *e)
{
    struct db_statuses s = {0};
    size_t cap = 0;
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW) {
        if (s.n == cap)
            s.rows = xrealloc(s.rows, (cap = cap ? 2 * cap : 16) * sizeof *s.rows);
        struct db_status *t = &s.rows[s.n++];
        *t = (struct db_status){.id = sqlite3_column_int64(st, 0),
                                .version = sqlite3_column_int(st, 2),
                                .at_ms = sqlite3_column_int64(st, 5)};
        zcopy(t->declaration, sizeof t->declaration, lite_text(st, 1));
        zcopy(t->receipt, sizeof t->receipt, lite_text(st, 3));
        zcopy(t->state, sizeof t->state, lite_text(st, 4));
        t->text = xstrdup(lite_text(st, 6));
        t->reasons = xstrdup(lite_text(st, 7));
        t->who = xstrdup(lite_text(st, 8));
    }
    if (r == -1) {
        db_statuses_finish(&s);
        return false;
    }
    *out = s;
    return true;
}

/* --- open, close --- */

static void op_close(struct db *db)
{
    struct db_sqlite *d = db_sqlite_self(db);
    lite_close(d->lite);
    free(d);
}

struct db *db_sqlite_open(const char *path, const struct crypto_ops *crypto, struct err *e)
{
    struct lite *lite = lite_open(path, db_sqlite_schema, db_sqlite_schema_steps, e);
    if (!lite)
        return NULL;
    struct db_sqlite *d = xcalloc(1, sizeof *d);
    d->ops.close = op_close;
    db_sqlite_devices_ops(&d->ops);
    db_sqlite_intake_ops(&d->ops);
    db_sqlite_review_ops(&d->ops);
    db_sqlite_attempts_ops(&d->ops);
    db_sqlite_operators_ops(&d->ops);
    d->db.ops = &d->ops;
    db_sqlite_accounts_ops(&d->accounts);
    db_sqlite_sms_ops(&d->accounts);
    db_sqlite_profiles_ops(&d->accounts);
    db_sqlite_drafts_ops(&d->accounts);
    d->db.accounts = &d->accounts;
    d->db.upstream = &db_sqlite_upstream;
    d->db.wechat = &db_sqlite_wechat;
    d->db.staff = &db_sqlite_staff;
    d->db.review = &db_sqlite_review;
    d->crypto = crypto;
    d->lite = lite;
    return &d->db;
}
