/* db_sqlite.c — db.h on one SQLite file, through the door of lite.h. */
#include "sync/platform/db_sqlite.h"

#include "sync/base/cleanup.h"
#include "sync/record/seal.h"

#include <string.h>

#define SESSION_MOST_MS  (12LL * 3600 * 1000)
#define QUARANTINE_BYTES (256 * 1024)

#define ROW                                                                                                            \
    "s.declaration, s.version, s.receipt, s.state, s.proof, s.person, s.title, s.unit_name, s.received_ms, "           \
    "s.changed_ms"
#define FULL_ROW ROW ", s.unit, s.latest, s.device, s.digest, s.unit_code, s.code, s.id"
#define LIST_WHERE                                                                                                     \
    " FROM submission s WHERE s.latest = 1 AND (?1 = 0 OR s.unit = ?1) AND (?2 = '' OR s.state = ?2)"                  \
    " AND (?3 = '' OR instr(s.person || ' ' || s.title || ' ' || s.unit_name || ' ' || s.receipt, ?3))"                \
    " AND (?4 = '' OR instr(s.person || ' ' || s.title || ' ' || s.unit_name || ' ' || s.receipt, ?4))"                \
    " AND (?5 = '' OR instr(s.person || ' ' || s.title || ' ' || s.unit_name || ' ' || s.receipt, ?5))"
#define STATUS_ROW "s.declaration, s.version, s.receipt, t.state, t.at_ms, t.text, t.reasons, t.who"
static const char PING[] = "SELECT count(*) FROM sqlite_schema";
static const char CODE_ADD[] = "INSERT INTO enrol_code(hash, hall, kiosk, expires_ms) VALUES(?1, ?2, ?3, ?4)";
static const char CODE_FIND[] =
    "SELECT hall, kiosk FROM enrol_code WHERE hash = ?1 AND used_ms IS NULL AND expires_ms > ?2";
static const char CODE_USE[] = "UPDATE enrol_code SET used_ms = ?2 WHERE hash = ?1";
static const char DEVICE_BY_KIOSK[] = "SELECT id FROM device WHERE kiosk = ?1";
static const char DEVICE_ADD[] = "INSERT INTO device(id, kiosk, hall, added_ms) VALUES(?1, ?2, ?3, ?4)";
static const char DEVICE_AGAIN[] = "UPDATE device SET hall = ?2, revoked_ms = NULL WHERE id = ?1";
static const char DEVICE_FIND[] =
    "SELECT d.id, d.kiosk, d.hall, d.revoked_ms IS NOT NULL OR c.ended_ms IS NOT NULL, c.expires_ms, d.seen_ms"
    " FROM certificate c JOIN device d ON d.id = c.device WHERE c.fingerprint = ?1";
static const char DEVICE_BY_ID[] =
    "SELECT id, kiosk, hall, revoked_ms IS NOT NULL, 0, seen_ms FROM device WHERE id = ?1";
static const char DEVICE_PUT[] =
    "INSERT INTO device(id, kiosk, hall, added_ms) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(id) DO NOTHING";
static const char DEVICE_REVOKE[] = "UPDATE device SET revoked_ms = ?2 WHERE kiosk = ?1";
static const char CERTIFICATES_END[] = "UPDATE certificate SET ended_ms = ?2 WHERE device = ?1 AND ended_ms IS NULL";
static const char CERTIFICATE_ADD[] =
    "INSERT INTO certificate(fingerprint, device, expires_ms, made_ms) VALUES(?1, ?2, ?3, ?4)";
static const char BEAT[] = "UPDATE device SET seen_ms = ?2, beat = ?3 WHERE id = ?1";
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
    " person, title, unit_name, unit_code, unit, code)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
static const char SUBMISSION_OLDER[] =
    "UPDATE submission SET latest = 0 WHERE declaration = ?1 AND version < ?2 AND latest = 1";
static const char CONTENT_ADD[] = "INSERT INTO content(submission, envelope, sealed) VALUES(?1, ?2, ?3)";
static const char CONFLICT_ADD[] =
    "INSERT INTO conflict(declaration, version, digest, device, envelope, sealed, at_ms) VALUES(?1, "
    "?2, ?3, ?4, ?5, ?6, ?7)"
    " ON CONFLICT DO NOTHING";
static const char QUARANTINE_ADD[] =
    "INSERT INTO quarantine(device, epoch, batch, seq, problem, line, at_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char UNIT_BY_CODE[] = "SELECT id FROM unit WHERE code = ?1 AND code <> ''";
static const char UNIT_BY_NAME[] = "SELECT id FROM unit WHERE name = ?1";
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
static const char LIST[] = "SELECT " ROW LIST_WHERE " ORDER BY s.changed_ms DESC, s.id DESC LIMIT ?6 OFFSET ?7";
static const char LIST_COUNT[] = "SELECT count(*)" LIST_WHERE;
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
static const char UNIT_ADD[] = "INSERT INTO unit(code, name, superior) VALUES(?1, ?2, ?3)";
static const char UNIT_ADOPT[] =
    "UPDATE submission SET unit = ?1 WHERE unit IS NULL AND (unit_name = ?2 OR (?3 <> '' AND unit_code = ?3))";
static const char UNITS[] =
    "SELECT id, code, name, superior FROM unit WHERE (?1 = '' OR instr(name, ?1) OR instr(code, ?1)) ORDER "
    "BY name LIMIT ?2";
static const char USER_ADD[] = "INSERT INTO user(name, role, unit, verifier, off) VALUES(?1, ?2, ?3, ?4, ?5)"
                               " ON CONFLICT(name) DO UPDATE SET role = ?2, unit = ?3, verifier = ?4, off = ?5";
static const char USER_FIND[] =
    "SELECT u.id, u.name, u.role, u.verifier, u.unit, coalesce(n.name, ''), u.off FROM user u LEFT JOIN "
    "unit n ON n.id = u.unit"
    " WHERE u.name = ?1";
static const char SESSION_ADD[] = "INSERT INTO session(hash, user, made_ms, seen_ms) VALUES(?1, ?2, ?3, ?3)";
static const char SESSION_FIND[] =
    "SELECT u.id, u.name, u.role, u.verifier, u.unit, coalesce(n.name, ''), u.off, s.made_ms, "
    "s.seen_ms FROM session s"
    " JOIN user u ON u.id = s.user LEFT JOIN unit n ON n.id = u.unit WHERE s.hash = ?1";
static const char SESSION_TOUCH[] = "UPDATE session SET seen_ms = ?2 WHERE hash = ?1";
static const char SESSION_END[] = "DELETE FROM session WHERE hash = ?1";
static const char SESSION_EXPIRE[] = "DELETE FROM session WHERE made_ms < ?1";
static const char ATTEMPT_FIND[] = "SELECT tries, locked_ms, at_ms FROM attempt WHERE key = ?1";
static const char ATTEMPT_PUT[] = "INSERT INTO attempt(key, tries, locked_ms, at_ms) VALUES(?1, ?2, ?3, ?4)"
                                  " ON CONFLICT(key) DO UPDATE SET tries = ?2, locked_ms = ?3, at_ms = ?4";
static const char ATTEMPT_CLEAR[] = "DELETE FROM attempt WHERE key = ?1";
static const char ATTEMPT_EXPIRE[] = "DELETE FROM attempt WHERE at_ms < ?1 AND locked_ms < ?1";
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

static struct db_sqlite *self(struct db *db)
{
    return (struct db_sqlite *)(void *)db;
}

struct lite_connection *db_write_begin(struct db *db, struct err *e)
{
    return lite_write_begin(self(db)->lite, e);
}

bool db_write_end(struct db *db, bool ok, struct err *e)
{
    return lite_write_end(self(db)->lite, ok, e);
}

struct lite_connection *db_read_begin(struct db *db)
{
    return lite_read_begin(self(db)->lite);
}

void db_read_end(struct db *db, struct lite_connection *c)
{
    lite_read_end(self(db)->lite, c);
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

static void read_row(sqlite3_stmt *st, struct db_row *r)
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

static void read_device(sqlite3_stmt *st, struct db_device *d)
{
    *d = (struct db_device){.kiosk = sqlite3_column_int64(st, 1),
                            .revoked = sqlite3_column_int(st, 3) != 0,
                            .certificate_ends = sqlite3_column_int64(st, 4),
                            .seen_ms = sqlite3_column_int64(st, 5)};
    zcopy(d->id, sizeof d->id, lite_text(st, 0));
    zcopy(d->hall, sizeof d->hall, lite_text(st, 2));
}

static void read_user(sqlite3_stmt *st, struct db_user *u)
{
    *u = (struct db_user){
        .id = sqlite3_column_int64(st, 0), .unit = sqlite3_column_int64(st, 4), .off = sqlite3_column_int(st, 6) != 0};
    zcopy(u->name, sizeof u->name, lite_text(st, 1));
    zcopy(u->role, sizeof u->role, lite_text(st, 2));
    zcopy(u->verifier, sizeof u->verifier, lite_text(st, 3));
    zcopy(u->unit_name, sizeof u->unit_name, lite_text(st, 5));
}

static bool read_statuses(struct lite_connection *c, sqlite3_stmt *st, struct db_statuses *out, struct err *e)
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

/* --- devices --- */

static bool op_ping(struct db *db, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = lite_run(c, lite_bind(c, e, PING, ""), e);
    db_read_end(db, c);
    return ok;
}

static bool op_maintain(struct db *db, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(c, lite_bind(c, e, SESSION_EXPIRE, "i", now_ms - SESSION_MOST_MS), e) &&
              lite_run(c, lite_bind(c, e, ATTEMPT_EXPIRE, "i", now_ms - 24LL * 3600 * 1000), e);
    return db_write_end(db, ok, e) && lite_checkpoint(self(db)->lite, e);
}

static bool op_code_add(struct db *db, const char *code_hash, const char *hall, int64_t kiosk, int64_t expires_ms,
                        struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, CODE_ADD, "ttii", code_hash, hall, kiosk, expires_ms));
}

/* The device that a used code belongs to: the kiosk's old one, or a new one. */
static bool device_for_kiosk(struct lite_connection *c, const struct db_enrolment *in, struct db_device *d,
                             struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, DEVICE_BY_KIOSK, "i", d->kiosk);
    int r = lite_step(c, st, e);
    if (r == -1)
        return false;
    if (r == SQLITE_DONE) {
        zcopy(d->id, sizeof d->id, in->device);
        return lite_run(c, lite_bind(c, e, DEVICE_ADD, "titi", d->id, d->kiosk, d->hall, in->now_ms), e);
    }
    zcopy(d->id, sizeof d->id, lite_text(st, 0));
    sqlite3_reset(st);
    return lite_run(c, lite_bind(c, e, DEVICE_AGAIN, "tt", d->id, d->hall), e) &&
           lite_run(c, lite_bind(c, e, CERTIFICATES_END, "ti", d->id, in->now_ms), e);
}

static bool enrol(struct lite_connection *c, const struct db_enrolment *in,
                  bool (*issue)(void *, const struct db_device *, char[65], int64_t *, struct err *), void *ctx,
                  struct db_device *d, struct err *e)
{
    char fingerprint[65];
    sqlite3_stmt *st = lite_bind(c, e, CODE_FIND, "ti", in->code_hash, in->now_ms);
    int r = lite_step(c, st, e);
    if (r != SQLITE_ROW)
        return r == SQLITE_DONE ? err_set(e, ERR_DENIED, "the code is unknown, used or expired") : false;
    zcopy(d->hall, sizeof d->hall, lite_text(st, 0));
    d->kiosk = sqlite3_column_int64(st, 1);
    sqlite3_reset(st);
    return device_for_kiosk(c, in, d, e) && issue(ctx, d, fingerprint, &d->certificate_ends, e) &&
           lite_run(c, lite_bind(c, e, CERTIFICATE_ADD, "ttii", fingerprint, d->id, d->certificate_ends, in->now_ms),
                    e) &&
           lite_run(c, lite_bind(c, e, CODE_USE, "ti", in->code_hash, in->now_ms), e);
}

static bool op_enrol(struct db *db, const struct db_enrolment *in,
                     bool (*issue)(void *, const struct db_device *, char[65], int64_t *, struct err *), void *ctx,
                     struct db_device *out, struct err *e)
{
    struct db_device d = {0};
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, enrol(c, in, issue, ctx, &d, e), e))
        return false;
    *out = d;
    return true;
}

static bool device_row(struct db *db, const char *sql, const char *key, struct db_device *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, sql, "t", key);
    bool ok = lite_row(c, st, e);
    if (ok) {
        read_device(st, out);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_device_find(struct db *db, const char *fingerprint, struct db_device *out, struct err *e)
{
    return device_row(db, DEVICE_FIND, fingerprint, out, e);
}

static bool op_device_by_id(struct db *db, const char *id, struct db_device *out, struct err *e)
{
    return device_row(db, DEVICE_BY_ID, id, out, e);
}

static bool op_device_put(struct db *db, const char *id, int64_t kiosk, const char *hall, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, DEVICE_PUT, "titi", id, kiosk, hall, now_ms));
}

static bool op_certificate_add(struct db *db, const char *device, const char *fingerprint, int64_t expires_ms,
                               int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c &&
           db_write_one(db, e, c, lite_bind(c, e, CERTIFICATE_ADD, "ttii", fingerprint, device, expires_ms, now_ms));
}

static bool op_device_revoke(struct db *db, int64_t kiosk, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(c, lite_bind(c, e, DEVICE_REVOKE, "ii", kiosk, now_ms), e) &&
              (lite_changes(c) || err_set(e, ERR_NOT_FOUND, "no kiosk %lld", (long long)kiosk));
    return db_write_end(db, ok, e);
}

static bool op_beat(struct db *db, const char *device, const char *epoch, const char *text, int64_t now_ms,
                    int64_t *seq, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_one(db, e, c, lite_bind(c, e, BEAT, "tit", device, now_ms, text)))
        return false;
    c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, EPOCH_FIND, "tt", device, epoch);
    int r = lite_step(c, st, e);
    if (r != -1)
        *seq = r == SQLITE_ROW ? sqlite3_column_int64(st, 1) : 0;
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    return r != -1;
}

/* --- intake --- */

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
static bool status_in(struct lite_connection *c, int64_t submission, const struct db_status *s, const char *sole,
                      struct err *e)
{
    if (!lite_run(c, lite_bind(c, e, STATUS_ADD, "itittt", submission, s->state, s->at_ms, s->text, s->reasons, s->who),
                  e))
        return false;
    return lite_run(c, lite_bind(c, e, sole ? FEED_OWN : FEED_ADD, "ti", sole ? sole : s->declaration, lite_last_id(c)),
                    e);
}

static bool unit_of(struct lite_connection *c, const char *name, const char *code, int64_t *unit, struct err *e)
{
    static const char *const by[] = {UNIT_BY_CODE, UNIT_BY_NAME};
    const char *const key[] = {code, name};
    *unit = 0;
    for (int i = 0; i < 2 && !*unit; i++) {
        sqlite3_stmt *st = lite_bind(c, e, by[i], "t", key[i]);
        int r = lite_step(c, st, e);
        if (r == -1)
            return false;
        if (r == SQLITE_ROW) {
            *unit = sqlite3_column_int64(st, 0);
            sqlite3_reset(st);
        }
    }
    return true;
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
    if (!unit_of(c, r->unit_name, r->unit_code, &unit, e) ||
        (known && latest &&
         !lite_run(c, lite_bind(c, e, SUBMISSION_OLDER, "ti", r->declaration, (int64_t)r->version), e)) ||
        !lite_run(c,
                  lite_bind(c, e, SUBMISSION_ADD,
                            "tiitttti"
                            "ttttt0t",
                            r->declaration, (int64_t)r->version, latest, r->digest, r->receipt, b->device, r->state,
                            b->now_ms, r->proof, r->person, r->title, r->unit_name, r->unit_code, unit, r->code),
                  e))
        return false;
    int64_t id = lite_last_id(c);
    if (!lite_run(c, lite_bind(c, e, CONTENT_ADD, "itb", id, r->envelope, (const void *)r->sealed.p, r->sealed.len), e))
        return false;
    struct db_status s = {.at_ms = b->now_ms, .text = (char *)"", .reasons = r->reasons, .who = (char *)""};
    zcopy(s.declaration, sizeof s.declaration, r->declaration);
    zcopy(s.state, sizeof s.state, r->state);
    r->answer.result = WIRE_STORED;
    zcopy(r->answer.state, sizeof r->answer.state, r->state);
    r->answer.at_ms = b->now_ms;
    return status_in(c, id, &s, known ? NULL : b->device, e);
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
    bool ok = read_statuses(c, lite_bind(c, e, UPDATES, "tii", device, after, (int64_t)limit), out, e);
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

/* --- review --- */

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
    char w[MOST_WORDS][64];
    split_words(f->words, w);
    sqlite3_stmt *st = lite_bind(c, e, LIST_COUNT, "itttt", f->unit, f->state, w[0], w[1], w[2]);
    if (!lite_row(c, st, e))
        return false;
    out->total = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    out->rows = xcalloc(f->limit + 1, sizeof *out->rows);
    st = lite_bind(c, e, LIST, "ittttii", f->unit, f->state, w[0], w[1], w[2], (int64_t)f->limit, (int64_t)f->skip);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && out->n < f->limit)
        read_row(st, &out->rows[out->n++]);
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    return r != -1;
}

static bool op_list(struct db *db, const struct db_filter *f, struct db_rows *out, struct err *e)
{
    struct db_rows rows = {0};
    struct lite_connection *c = db_read_begin(db);
    bool ok = list(c, f, &rows, e);
    db_read_end(db, c);
    if (ok)
        *out = rows;
    else
        db_rows_finish(&rows);
    return ok;
}

static void read_submission(sqlite3_stmt *st, struct db_submission *s)
{
    read_row(st, &s->row);
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
    bool ok = read_statuses(c, lite_bind(c, e, HISTORY, "t", declaration), out, e);
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
           status_in(c, id, &s, NULL, e);
}

static bool op_decide(struct db *db, const struct db_decision *d, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, decide(c, d, e), e);
}

/* --- people and units --- */

static bool unit_add(struct lite_connection *c, const char *code, const char *name, const char *superior, int64_t *id,
                     struct err *e)
{
    if (!unit_of(c, name, code, id, e))
        return false;
    if (*id)
        return true;
    if (!lite_run(c, lite_bind(c, e, UNIT_ADD, "ttt", code, name, superior), e))
        return false;
    *id = lite_last_id(c);
    return lite_run(c, lite_bind(c, e, UNIT_ADOPT, "itt", *id, name, code), e);
}

static bool op_unit_add(struct db *db, const char *code, const char *name, const char *superior, int64_t *id,
                        struct err *e)
{
    int64_t found = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, unit_add(c, code, name, superior, &found, e), e))
        return false;
    *id = found;
    return true;
}

static bool op_units(struct db *db, const char *words, size_t limit, struct db_unit **rows, size_t *n, struct err *e)
{
    struct db_unit *out = xcalloc(limit + 1, sizeof *out);
    size_t count = 0;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, UNITS, "ti", words, (int64_t)limit);
    int r;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && count < limit) {
        struct db_unit *u = &out[count++];
        u->id = sqlite3_column_int64(st, 0);
        zcopy(u->code, sizeof u->code, lite_text(st, 1));
        zcopy(u->name, sizeof u->name, lite_text(st, 2));
        zcopy(u->superior, sizeof u->superior, lite_text(st, 3));
    }
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    if (r == -1) {
        free(out);
        return false;
    }
    *rows = out;
    *n = count;
    return true;
}

static bool op_user_add(struct db *db, const struct db_user *u, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c &&
           db_write_one(db, e, c,
                        lite_bind(c, e, USER_ADD, "tt0ti", u->name, u->role, u->unit, u->verifier, (int64_t)u->off));
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

static bool op_session_add(struct db *db, const char *token_hash, int64_t user, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SESSION_ADD, "tii", token_hash, user, now_ms));
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
        read_user(st, &s.user);
        s.made_ms = sqlite3_column_int64(st, 7);
        s.seen_ms = sqlite3_column_int64(st, 8);
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

static bool op_session_end(struct db *db, const char *token_hash, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SESSION_END, "t", token_hash));
}

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

/* --- operators --- */

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
    chain(self(db)->crypto, previous, now_ms, who, event, detail, hash);
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
        chain(self(db)->crypto, previous, sqlite3_column_int64(st, 1), lite_text(st, 2), lite_text(st, 3),
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

/* --- open, close --- */

static void op_close(struct db *db)
{
    struct db_sqlite *d = self(db);
    lite_close(d->lite);
    free(d);
}

static const struct db_ops ops = {
    .close = op_close,
    .ping = op_ping,
    .maintain = op_maintain,
    .code_add = op_code_add,
    .enrol = op_enrol,
    .device_find = op_device_find,
    .device_by_id = op_device_by_id,
    .device_put = op_device_put,
    .certificate_add = op_certificate_add,
    .device_revoke = op_device_revoke,
    .beat = op_beat,
    .batch_find = op_batch_find,
    .intake = op_intake,
    .alarm_add = op_alarm_add,
    .updates = op_updates,
    .last_status = op_last_status,
    .list = op_list,
    .submission = op_submission,
    .history = op_history,
    .decide = op_decide,
    .receipt_find = op_receipt_find,
    .unit_add = op_unit_add,
    .units = op_units,
    .user_add = op_user_add,
    .user_find = op_user_find,
    .session_add = op_session_add,
    .session_find = op_session_find,
    .session_end = op_session_end,
    .attempt = op_attempt,
    .attempt_clear = op_attempt_clear,
    .audit = op_audit,
    .audit_verify = op_audit_verify,
    .alarms = op_alarms,
    .figures = op_figures,
    .value_get = op_value_get,
    .value_set = op_value_set,
};

struct db *db_sqlite_open(const char *path, const struct crypto_ops *crypto, struct err *e)
{
    struct lite *lite = lite_open(path, db_sqlite_schema, db_sqlite_schema_steps, e);
    if (!lite)
        return NULL;
    struct db_sqlite *d = xcalloc(1, sizeof *d);
    d->db.ops = &ops;
    d->crypto = crypto;
    d->lite = lite;
    return &d->db;
}
