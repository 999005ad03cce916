/* db_sqlite_review.c — one submission, its history, the decision. */
#include "sync/platform/db_sqlite.h"

#include "sync/base/cleanup.h"

#include <string.h>

#define FULL_ROW LIST_ROW ", s.unit, s.latest, s.device, s.digest, s.unit_code, s.code, s.id"

static const char SUBMISSION_AT[] = "SELECT " FULL_ROW " FROM submission s WHERE s.declaration = ?1 AND s.version = ?2";
static const char SUBMISSION_LATEST[] =
    "SELECT " FULL_ROW " FROM submission s WHERE s.declaration = ?1 AND s.latest = 1";
static const char SUBMISSION_RECEIPT[] =
    "SELECT " FULL_ROW " FROM submission s WHERE s.declaration = (SELECT declaration FROM submission WHERE receipt = ?1"
    " ORDER BY id LIMIT 1) AND s.latest = 1";
static const char CONTENT[] = "SELECT envelope, sealed FROM content WHERE submission = ?1";
static const char HISTORY[] =
    "SELECT t.id, " STATUS_ROW " FROM submission s JOIN status t ON t.submission = s.id WHERE s.declaration = ?1"
    " ORDER BY t.id";
static const char DECIDE[] =
    "UPDATE submission SET state = ?3, changed_ms = ?4 WHERE declaration = ?1 AND version = ?2";

static void read_submission(sqlite3_stmt *st, struct db_submission *s)
{
    lite_list_row(st, &s->row);
    s->unit = sqlite3_column_int64(st, 10);
    s->latest = sqlite3_column_int(st, 11) != 0;
    zcopy(s->device, sizeof s->device, lite_text(st, 12));
    zcopy(s->digest, sizeof s->digest, lite_text(st, 13));
    s->unit_code = xstrdup(lite_text(st, 14));
    s->code = xstrdup(lite_text(st, 15));
}

static bool read_content(struct lite_connection *c, int64_t id, struct db_submission *s, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, CONTENT, "i", id);
    if (!lite_row(c, st, e))
        return false;
    s->envelope = xstrdup(lite_text(st, 0));
    str_add(&s->sealed, sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1));
    sqlite3_reset(st);
    return true;
}

static bool submission_row(struct db *db, bool content, struct lite_connection *c, sqlite3_stmt *st,
                           struct db_submission *out, struct err *e)
{
    struct db_submission s = {0};
    bool ok = lite_row(c, st, e);
    if (ok) {
        int64_t id = sqlite3_column_int64(st, 16);
        read_submission(st, &s);
        sqlite3_reset(st);
        ok = !content || read_content(c, id, &s, e);
    }
    db_read_end(db, c);
    if (ok)
        *out = s;
    else
        db_submission_finish(&s);
    return ok;
}

static bool op_submission(struct db *db, const char *declaration, int version, struct db_submission *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = version ? lite_bind(c, e, SUBMISSION_AT, "ti", declaration, (int64_t)version)
                               : lite_bind(c, e, SUBMISSION_LATEST, "t", declaration);
    return submission_row(db, true, c, st, out, e);
}

static bool op_receipt_find(struct db *db, const char *receipt, struct db_submission *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    return submission_row(db, false, c, lite_bind(c, e, SUBMISSION_RECEIPT, "t", receipt), out, e);
}

static bool op_history(struct db *db, const char *declaration, struct db_statuses *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = lite_statuses(c, lite_bind(c, e, HISTORY, "t", declaration), out, e);
    db_read_end(db, c);
    return ok;
}

static bool decide(struct lite_connection *c, const struct db_decision *d, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, SUBMISSION_AT, "ti", d->declaration, (int64_t)d->version);
    if (!lite_row(c, st, e))
        return false;
    int64_t id = sqlite3_column_int64(st, 16);
    struct db_status s = {.at_ms = d->now_ms};
    zcopy(s.declaration, sizeof s.declaration, d->declaration);
    zcopy(s.state, sizeof s.state, lite_text(st, 3));
    bool latest = sqlite3_column_int(st, 11) != 0, allowed = false;
    sqlite3_reset(st);
    for (size_t i = 0; d->from[i]; i++)
        allowed |= !strcmp(d->from[i], s.state);
    if (!latest || !allowed)
        return err_set(e, ERR_STATE, "version %d stands at %s%s", d->version, s.state,
                       latest ? "" : ", and a newer one came");
    zcopy(s.state, sizeof s.state, d->to);
    s.text = (char *)(uintptr_t)d->text;
    s.reasons = (char *)(uintptr_t)d->reasons;
    s.who = (char *)(uintptr_t)d->who;
    return lite_run(c, lite_bind(c, e, DECIDE, "titi", d->declaration, (int64_t)d->version, d->to, d->now_ms), e) &&
           lite_status_add(c, id, &s, NULL, e);
}

static bool op_decide(struct db *db, const struct db_decision *d, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, decide(c, d, e), e);
}

void db_sqlite_review_ops(struct db_ops *o)
{
    o->submission = op_submission;
    o->history = op_history;
    o->decide = op_decide;
    o->receipt_find = op_receipt_find;
}
