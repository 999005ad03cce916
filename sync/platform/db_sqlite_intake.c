/* db_sqlite_intake.c — batches and their records, and the feed back to the devices. */
#include "sync/platform/db_sqlite.h"

#include "sync/base/cleanup.h"

#include <string.h>

#define QUARANTINE_BYTES (256 * 1024)

static const char EPOCH_FIND[] = "SELECT id, high FROM epoch WHERE device = ?1 AND uuid = ?2";
static const char EPOCH_ADD[] = "INSERT INTO epoch(device, uuid) VALUES(?1, ?2)";
static const char EPOCH_SEEN[] = "UPDATE epoch SET high = max(high, ?2), seen = seen + ?3 WHERE id = ?1";
static const char BATCH_FIND[] =
    "SELECT b.digest, b.answer FROM batch b JOIN epoch e ON e.id = b.epoch WHERE e.device = ?1 AND "
    "e.uuid = ?2 AND b.number = ?3";
static const char BATCH_ADD[] = "INSERT INTO batch(epoch, number, digest, answer, at_ms) VALUES(?1, ?2, ?3, ?4, ?5)";
static const char PLACE_ADD[] =
    "INSERT INTO place(epoch, seq, declaration, version) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
static const char PLACE_FIND[] = "SELECT declaration, version FROM place WHERE epoch = ?1 AND seq = ?2";
/* What is here of a declaration, its version ?2 first; the rest tells whether it is the latest. */
static const char SUBMISSION_SAME[] =
    "SELECT version, digest, state, received_ms FROM submission WHERE declaration = ?1"
    " ORDER BY version = ?2 DESC, version DESC LIMIT 1";
static const char SUBMISSION_ADD[] =
    "INSERT INTO submission(declaration, version, latest, digest, receipt, device, state, "
    "received_ms, changed_ms, proof,"
    " person, title, unit_name, unit_code, unit, code, person_tag)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
static const char SUBMISSION_OLDER[] =
    "UPDATE submission SET latest = 0 WHERE declaration = ?1 AND version < ?2 AND latest = 1";
static const char CONTENT_ADD[] = "INSERT INTO content(submission, envelope, sealed) VALUES(?1, ?2, ?3)";
static const char CONFLICT_ADD[] =
    "INSERT INTO conflict(declaration, version, digest, device, envelope, sealed, at_ms) VALUES(?1, "
    "?2, ?3, ?4, ?5, ?6, ?7)"
    " ON CONFLICT DO NOTHING";
static const char QUARANTINE_ADD[] =
    "INSERT INTO quarantine(device, epoch, batch, seq, problem, line, at_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char SENDER_ADD[] =
    "INSERT INTO sender(declaration, device) SELECT ?1, ?2 WHERE NOT EXISTS"
    " (SELECT 1 FROM submission WHERE declaration = ?1 AND device = ?2) ON CONFLICT DO NOTHING";
static const char STATUS_ADD[] =
    "INSERT INTO status(submission, state, at_ms, text, reasons, who) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
static const char FEED_OWN[] = "INSERT INTO feed(device, status) VALUES(?1, ?2)";
static const char FEED_ADD[] =
    "INSERT INTO feed(device, status) SELECT device, ?2 FROM submission WHERE declaration = ?1"
    " UNION SELECT device, ?2 FROM sender WHERE declaration = ?1";
/* A device that sends what another had sent before hears where it stands. */
static const char FEED_ONE[] =
    "INSERT INTO feed(device, status) SELECT ?2, t.id FROM status t JOIN submission s ON s.id = t.submission"
    " WHERE s.declaration = ?1 ORDER BY t.id DESC LIMIT 1";
static const char ALARM_ADD[] = "INSERT INTO alarm(at_ms, kind, device, detail) VALUES(?1, ?2, ?3, ?4)";
static const char UPDATES[] =
    "SELECT f.id, " STATUS_ROW " FROM feed f JOIN status t ON t.id = f.status JOIN submission s ON s.id = t.submission"
    " WHERE f.device = ?1 AND f.id > ?2 ORDER BY f.id LIMIT ?3";
static const char LAST_STATUS[] = "SELECT coalesce(max(id), 0) FROM feed";

static bool op_batch_find(struct db *db, const char *device, const char *epoch, int64_t number, char digest[65],
                          struct str *answer, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, BATCH_FIND, "tti", device, epoch, number);
    bool ok = lite_row(c, st, e);
    if (ok) {
        zcopy(digest, 65, lite_text(st, 0));
        str_puts(answer, lite_text(st, 1));
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool epoch_id(struct lite_connection *c, const struct db_batch *b, int64_t *id, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, EPOCH_FIND, "tt", b->device, b->epoch);
    int r = lite_step(c, st, e);
    if (r == SQLITE_ROW) {
        *id = sqlite3_column_int64(st, 0);
        sqlite3_reset(st);
        return true;
    }
    if (r == -1 || !lite_run(c, lite_bind(c, e, EPOCH_ADD, "tt", b->device, b->epoch), e))
        return false;
    *id = lite_last_id(c);
    return true;
}

static bool alarm_in(struct lite_connection *c, int64_t now_ms, const char *kind, const char *device,
                     const char *detail, struct err *e)
{
    return lite_run(c, lite_bind(c, e, ALARM_ADD, "ittt", now_ms, kind, device, detail), e);
}

/* A place in the order is taken once; another record in it means that two stores share an epoch. */
static bool place(struct lite_connection *c, const struct db_batch *b, int64_t epoch, const struct db_record *r,
                  int64_t *fresh, struct err *e)
{
    if (r->seq < 0)
        return true;
    if (!lite_run(c, lite_bind(c, e, PLACE_ADD, "iiti", epoch, r->seq, r->declaration, (int64_t)r->version), e))
        return false;
    if (lite_changes(c)) {
        ++*fresh;
        return true;
    }
    sqlite3_stmt *st = lite_bind(c, e, PLACE_FIND, "ii", epoch, r->seq);
    if (!lite_row(c, st, e))
        return false;
    bool same = !strcmp(lite_text(st, 0), r->declaration) && sqlite3_column_int(st, 1) == r->version;
    sqlite3_reset(st);
    if (same)
        return true;
    AUTOFREE char *detail = xasprintf("epoch %s seq %lld", b->epoch, (long long)r->seq);
    return alarm_in(c, b->now_ms, "seq-conflict", b->device, detail, e);
}

/* sole: the only device that has sent the declaration; NULL: there may be others. */
bool lite_status_add(struct lite_connection *c, int64_t submission, const struct db_status *s, const char *sole,
                     struct err *e)
{
    if (!lite_run(c, lite_bind(c, e, STATUS_ADD, "itittt", submission, s->state, s->at_ms, s->text, s->reasons, s->who),
                  e))
        return false;
    return lite_run(c, lite_bind(c, e, sole ? FEED_OWN : FEED_ADD, "ti", sole ? sole : s->declaration, lite_last_id(c)),
                    e);
}

static bool conflict_in(struct lite_connection *c, const struct db_batch *b, struct db_record *r, struct err *e)
{
    AUTOFREE char *detail = xasprintf("declaration %s version %d", r->declaration, r->version);
    r->answer.result = WIRE_REJECTED;
    r->answer.problem.kind = PROBLEM_RECORD_CONFLICT;
    return lite_run(c,
                    lite_bind(c, e, CONFLICT_ADD,
                              "tittt"
                              "bi",
                              r->declaration, (int64_t)r->version, r->digest, b->device, r->envelope,
                              (const void *)r->sealed.p, r->sealed.len, b->now_ms),
                    e) &&
           alarm_in(c, b->now_ms, "record-conflict", b->device, detail, e);
}

/* known: the highest version that is here already; 0: none. */
static bool submission_new(struct lite_connection *c, const struct db_batch *b, struct db_record *r, int known,
                           struct err *e)
{
    int64_t unit, latest = known < r->version;
    if (!lite_unit_of(c, r->unit_name, r->unit_code, &unit, e) ||
        (known && latest &&
         !lite_run(c, lite_bind(c, e, SUBMISSION_OLDER, "ti", r->declaration, (int64_t)r->version), e)) ||
        !lite_run(c,
                  lite_bind(c, e, SUBMISSION_ADD,
                            "tiitttti"
                            "ttttt0tn",
                            r->declaration, (int64_t)r->version, latest, r->digest, r->receipt, b->device, r->state,
                            b->now_ms, r->proof, r->person, r->title, r->unit_name, r->unit_code, unit, r->code,
                            *r->person_tag ? r->person_tag : NULL),
                  e))
        return false;
    int64_t id = lite_last_id(c);
    if (!lite_run(c, lite_bind(c, e, CONTENT_ADD, "itb", id, r->envelope, (const void *)r->sealed.p, r->sealed.len), e))
        return false;
    struct db_status s = {
        .at_ms = b->now_ms, .text = r->text ? r->text : (char *)"", .reasons = r->reasons, .who = (char *)""};
    zcopy(s.declaration, sizeof s.declaration, r->declaration);
    zcopy(s.state, sizeof s.state, r->state);
    r->answer.result = WIRE_STORED;
    zcopy(r->answer.state, sizeof r->answer.state, r->state);
    r->answer.at_ms = b->now_ms;
    return lite_status_add(c, id, &s, known ? NULL : b->device, e) &&
           (!r->forward || lite_forward_add(c, id, b->now_ms, e)) &&
           lite_draft_end(c, r->person_tag, r->declaration, r->version, e) &&
           (!r->claim || lite_join_add(c, id, r->claim, b->now_ms, e));
}

static bool submission_in(struct lite_connection *c, const struct db_batch *b, struct db_record *r, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, SUBMISSION_SAME, "ti", r->declaration, (int64_t)r->version);
    int found = lite_step(c, st, e);
    if (found == -1)
        return false;
    if (found == SQLITE_DONE)
        return submission_new(c, b, r, 0, e);
    int version = sqlite3_column_int(st, 0);
    bool same = !strcmp(lite_text(st, 1), r->digest);
    zcopy(r->answer.state, sizeof r->answer.state, lite_text(st, 2));
    r->answer.at_ms = sqlite3_column_int64(st, 3);
    sqlite3_reset(st);
    if (version != r->version)
        return submission_new(c, b, r, version, e);
    if (!same)
        return conflict_in(c, b, r, e);
    r->answer.result = WIRE_DUPLICATE;
    if (!lite_run(c, lite_bind(c, e, SENDER_ADD, "tt", r->declaration, b->device), e))
        return false;
    return !lite_changes(c) || lite_run(c, lite_bind(c, e, FEED_ONE, "tt", r->declaration, b->device), e);
}

static bool record_in(struct lite_connection *c, const struct db_batch *b, struct db_record *r, struct err *e)
{
    switch (r->kind) {
    case DB_SUBMISSION:
        return submission_in(c, b, r, e);
    case DB_TOMBSTONE:
        r->answer.result = WIRE_STORED;
        zcopy(r->answer.state, sizeof r->answer.state, "withdrawn");
        r->answer.at_ms = b->now_ms;
        return true;
    case DB_REJECTED: {
        size_t len = r->line ? strlen(r->line) : 0;
        r->answer.result = WIRE_REJECTED;
        return lite_run(c,
                        lite_bind(c, e, QUARANTINE_ADD, "ttiitbi", b->device, b->epoch, b->number, r->seq,
                                  problem_slug(r->answer.problem.kind), (const void *)r->line,
                                  len > QUARANTINE_BYTES ? QUARANTINE_BYTES : len, b->now_ms),
                        e);
    }
    case DB_BLOB_MISSING:
        r->answer.result = WIRE_BLOB_MISSING;
        return true;
    }
    return false;
}

static bool intake(struct lite_connection *c, struct db_batch *b, struct str *answer, struct err *e)
{
    int64_t epoch, high = 0, fresh = 0;
    struct wire_answer *rows = xcalloc(b->n ? b->n : 1, sizeof *rows);
    bool ok = epoch_id(c, b, &epoch, e);
    for (size_t i = 0; ok && i < b->n; i++) {
        struct db_record *r = &b->records[i];
        r->answer.seq = r->seq;
        ok = record_in(c, b, r, e);
        /* What is to come again has not taken its place yet. */
        if (ok && (r->answer.result == WIRE_STORED || r->answer.result == WIRE_DUPLICATE ||
                   r->answer.result == WIRE_REJECTED)) {
            ok = place(c, b, epoch, r, &fresh, e);
            high = r->seq > high ? r->seq : high;
        }
        rows[i] = r->answer;
    }
    if (ok) {
        wire_answers_write(b->number, rows, b->n, answer);
        ok = lite_run(c, lite_bind(c, e, EPOCH_SEEN, "iii", epoch, high, fresh), e) &&
             lite_run(c, lite_bind(c, e, BATCH_ADD, "iitti", epoch, b->number, b->digest, answer->p, b->now_ms), e);
    }
    free(rows);
    return ok;
}

static bool op_intake(struct db *db, struct db_batch *b, struct err *e)
{
    struct str answer = {0};
    struct lite_connection *c = db_write_begin(db, e);
    bool ok = c && db_write_end(db, intake(c, b, &answer, e), e);
    if (ok)
        str_add(b->answer, answer.p, answer.len);
    str_finish(&answer);
    return ok;
}

static bool op_alarm_add(struct db *db, const char *kind, const char *device, const char *detail, int64_t now_ms,
                         struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, alarm_in(c, now_ms, kind, device, detail, e), e);
}

/* --- feed --- */

static bool op_updates(struct db *db, const char *device, int64_t after, size_t limit, struct db_statuses *out,
                       struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = lite_statuses(c, lite_bind(c, e, UPDATES, "tii", device, after, (int64_t)limit), out, e);
    db_read_end(db, c);
    return ok;
}

static int64_t op_last_status(struct db *db)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, NULL, LAST_STATUS, "");
    int64_t id = 0;
    if (lite_row(c, st, NULL)) {
        id = sqlite3_column_int64(st, 0);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return id;
}

void db_sqlite_intake_ops(struct db_ops *o)
{
    o->batch_find = op_batch_find;
    o->intake = op_intake;
    o->alarm_add = op_alarm_add;
    o->updates = op_updates;
    o->last_status = op_last_status;
}
