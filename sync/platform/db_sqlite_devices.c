/* db_sqlite_devices.c — kiosks, their certificates, enrolment codes, heartbeats. */
#include "sync/platform/db_sqlite.h"

#include <string.h>

static const char EPOCH_FIND[] = "SELECT id, high FROM epoch WHERE device = ?1 AND uuid = ?2";
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
/* Applicants' sessions at a kiosk end with its certificate. */
static const char VISITS_OF_DEVICE_END[] = "DELETE FROM visit WHERE device = ?1";
static const char VISITS_OF_KIOSK_END[] = "DELETE FROM visit WHERE device IN (SELECT id FROM device WHERE kiosk = ?1)";
static const char CERTIFICATE_ADD[] =
    "INSERT INTO certificate(fingerprint, device, expires_ms, made_ms) VALUES(?1, ?2, ?3, ?4)";
static const char BEAT[] = "UPDATE device SET seen_ms = ?2, beat = ?3 WHERE id = ?1";
static const char SESSION_EXPIRE[] = "DELETE FROM session WHERE made_ms < ?1";
static const char ATTEMPT_EXPIRE[] = "DELETE FROM attempt WHERE at_ms < ?1 AND locked_ms < ?1";

static void read_device(sqlite3_stmt *st, struct db_device *d)
{
    *d = (struct db_device){.kiosk = sqlite3_column_int64(st, 1),
                            .revoked = sqlite3_column_int(st, 3) != 0,
                            .certificate_ends = sqlite3_column_int64(st, 4),
                            .seen_ms = sqlite3_column_int64(st, 5)};
    zcopy(d->id, sizeof d->id, lite_text(st, 0));
    zcopy(d->hall, sizeof d->hall, lite_text(st, 2));
}

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
    return db_write_end(db, ok, e) && lite_checkpoint(db_sqlite_self(db)->lite, e);
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
           lite_run(c, lite_bind(c, e, CERTIFICATES_END, "ti", d->id, in->now_ms), e) &&
           lite_run(c, lite_bind(c, e, VISITS_OF_DEVICE_END, "t", d->id), e);
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
              (lite_changes(c) || err_set(e, ERR_NOT_FOUND, "no kiosk %lld", (long long)kiosk)) &&
              lite_run(c, lite_bind(c, e, VISITS_OF_KIOSK_END, "i", kiosk), e);
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

void db_sqlite_devices_ops(struct db_ops *o)
{
    o->ping = op_ping;
    o->maintain = op_maintain;
    o->code_add = op_code_add;
    o->enrol = op_enrol;
    o->device_find = op_device_find;
    o->device_by_id = op_device_by_id;
    o->device_put = op_device_put;
    o->certificate_add = op_certificate_add;
    o->device_revoke = op_device_revoke;
    o->beat = op_beat;
}
