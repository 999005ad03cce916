/* db_sqlite_wechat.c — db_wechat.h on SQLite. */
#include "sync/base/cleanup.h"
#include "sync/platform/db_sqlite.h"
#include "sync/platform/db_wechat.h"

#include <string.h>

#define SLOWER_MS 5000 /* RFC 8628 §3.5 */
/* A poll that is this much early is on time: clocks tick, requests overtake each other. */
#define EARLY_PERCENT 80

static void bytes_at(sqlite3_stmt *st, int column, void *out, size_t len)
{
    if (sqlite3_column_bytes(st, column) == (int)len)
        memcpy(out, sqlite3_column_blob(st, column), len);
}

/* One row of a reading connection, by a statement that was bound there. */
typedef void (*read_row)(sqlite3_stmt *st, void *out);

static bool row_of(struct lite_connection *c, sqlite3_stmt *st, read_row read, void *out, struct err *e)
{
    bool ok = lite_row(c, st, e);
    if (ok) {
        read(st, out);
        sqlite3_reset(st);
    }
    return ok;
}

/* --- keys of kiosks --- */

static const char KEYS_FIND[] = "SELECT sign, box FROM wechat_kiosk WHERE device = ?1";
static const char KEYS_PUT[] =
    "INSERT INTO wechat_kiosk(device, sign, box, at_ms) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(device) DO UPDATE"
    " SET sign = ?2, box = ?3, at_ms = ?4";
static const char KEYS_DROP[] = "DELETE FROM wechat_kiosk WHERE device = ?1";
static const char KIOSK[] = "SELECT k.sign, k.box, d.id, d.kiosk, d.hall, d.revoked_ms IS NOT NULL, d.added_ms"
                            " FROM device d JOIN wechat_kiosk k ON k.device = d.id WHERE d.kiosk = ?1";

static void read_keys(sqlite3_stmt *st, void *out)
{
    struct db_kiosk_keys *k = out;
    *k = (struct db_kiosk_keys){0};
    bytes_at(st, 0, k->sign, sizeof k->sign);
    bytes_at(st, 1, k->box, sizeof k->box);
}

static void read_kiosk(sqlite3_stmt *st, void *out)
{
    struct db_kiosk *k = out;
    *k = (struct db_kiosk){.device = {.kiosk = sqlite3_column_int64(st, 3), .revoked = sqlite3_column_int(st, 5) != 0},
                           .added_ms = sqlite3_column_int64(st, 6)};
    read_keys(st, &k->keys);
    zcopy(k->device.id, sizeof k->device.id, lite_text(st, 2));
    zcopy(k->device.hall, sizeof k->device.hall, lite_text(st, 4));
}

static bool keys_set(struct lite_connection *c, const char *device, const struct db_kiosk_keys *keys, bool fresh,
                     int64_t now_ms, struct err *e)
{
    struct db_kiosk_keys have;
    struct err none = {0};
    if (!keys)
        return lite_run(c, lite_bind(c, e, KEYS_DROP, "t", device), e);
    if (!fresh && row_of(c, lite_bind(c, &none, KEYS_FIND, "t", device), read_keys, &have, &none))
        return !memcmp(&have, keys, sizeof have) || err_set(e, ERR_EXISTS, "this kiosk has other keys");
    return lite_run(c,
                    lite_bind(c, e, KEYS_PUT, "tbbi", device, (const void *)keys->sign, sizeof keys->sign,
                              (const void *)keys->box, sizeof keys->box, now_ms),
                    e);
}

static bool op_kiosk_keys(struct db *db, const char *device, struct db_kiosk_keys *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = row_of(c, lite_bind(c, e, KEYS_FIND, "t", device), read_keys, out, e);
    db_read_end(db, c);
    return ok;
}

/* A heartbeat brings the same keys every time: that is no write. */
static bool op_kiosk_keys_set(struct db *db, const char *device, const struct db_kiosk_keys *keys, bool fresh,
                              int64_t now_ms, struct err *e)
{
    struct db_kiosk_keys have;
    if (keys && op_kiosk_keys(db, device, &have, NULL) && !memcmp(&have, keys, sizeof have))
        return true;
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, keys_set(c, device, keys, fresh, now_ms, e), e);
}

static bool op_kiosk(struct db *db, int64_t number, struct db_kiosk *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = row_of(c, lite_bind(c, e, KIOSK, "i", number), read_kiosk, out, e);
    db_read_end(db, c);
    return ok;
}

/* --- codes on a screen --- */

#define SCAN                                                                                                           \
    "SELECT id, phone, device, bind, user_code, state, account, visit, reply, subject, ends_ms, asked_ms, "            \
    "interval_ms, tries FROM wechat_scan"
static const char SCAN_REPLACE[] = "UPDATE wechat_scan SET state = ?3 WHERE device = ?1 AND state IN (?4, ?5, ?6) AND "
                                   "ends_ms > ?2";
static const char SCAN_ADD[] =
    "INSERT INTO wechat_scan(id, phone, device, bind, user_code, state, account, visit, reply, subject, ends_ms,"
    " asked_ms, interval_ms, tries) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', ?10, 0, ?11, 0)";
static const char SCAN_BY_PHONE[] = SCAN " WHERE phone = ?1";
static const char SCAN_BY_ID[] = SCAN " WHERE id = ?1";
static const char SCAN_ASKED[] = "UPDATE wechat_scan SET asked_ms = ?2, interval_ms = ?3, state = ?4 WHERE id = ?1";
static const char SCAN_MOVE[] = "UPDATE wechat_scan SET state = ?3, subject = coalesce(?4, subject), account = "
                                "CASE ?5 WHEN 0 THEN account ELSE ?5 END WHERE id = ?1 AND state = ?2 AND ends_ms > ?6";
static const char SCAN_WRONG[] = "UPDATE wechat_scan SET tries = tries + 1 WHERE id = ?1 RETURNING tries";

static void read_scan(sqlite3_stmt *st, void *out)
{
    struct db_scan *s = out;
    *s = (struct db_scan){.bind = sqlite3_column_int(st, 3) != 0,
                          .state = (enum db_scan_state)sqlite3_column_int(st, 5),
                          .account = sqlite3_column_int64(st, 6),
                          .ends_ms = sqlite3_column_int64(st, 10),
                          .asked_ms = sqlite3_column_int64(st, 11),
                          .interval_ms = sqlite3_column_int64(st, 12),
                          .tries = sqlite3_column_int(st, 13)};
    zcopy(s->id, sizeof s->id, lite_text(st, 0));
    zcopy(s->phone, sizeof s->phone, lite_text(st, 1));
    zcopy(s->device, sizeof s->device, lite_text(st, 2));
    zcopy(s->user_code, sizeof s->user_code, lite_text(st, 4));
    zcopy(s->visit, sizeof s->visit, lite_text(st, 7));
    bytes_at(st, 8, s->reply, sizeof s->reply);
    zcopy(s->subject, sizeof s->subject, lite_text(st, 9));
}

static bool op_scan_add(struct db *db, const struct db_scan *s, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(
                    db,
                    lite_run(c,
                             lite_bind(c, e, SCAN_REPLACE, "tiiiii", s->device, now_ms, (int64_t)SCAN_REPLACED,
                                       (int64_t)SCAN_WAITING, (int64_t)SCAN_SEEN, (int64_t)SCAN_AGREED),
                             e) &&
                        lite_run(c,
                                 lite_bind(c, e, SCAN_ADD, "tttitiitbii", s->id, s->phone, s->device, (int64_t)s->bind,
                                           s->user_code, (int64_t)SCAN_WAITING, s->account, s->visit,
                                           (const void *)s->reply, sizeof s->reply, s->ends_ms, s->interval_ms),
                                 e),
                    e);
}

static bool scan_row(struct db *db, const char *sql, const char *key, struct db_scan *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = row_of(c, lite_bind(c, e, sql, "t", key), read_scan, out, e);
    db_read_end(db, c);
    return ok;
}

static bool op_scan_by_phone(struct db *db, const char *phone, struct db_scan *out, struct err *e)
{
    return scan_row(db, SCAN_BY_PHONE, phone, out, e);
}

static bool op_scan_by_id(struct db *db, const char *id, struct db_scan *out, struct err *e)
{
    return scan_row(db, SCAN_BY_ID, id, out, e);
}

static bool poll(struct lite_connection *c, const char *id, int64_t now_ms, struct db_scan *s, bool *slow,
                 struct err *e)
{
    if (!row_of(c, lite_bind(c, e, SCAN_BY_ID, "t", id), read_scan, s, e))
        return false;
    *slow = s->asked_ms && now_ms - s->asked_ms < s->interval_ms * EARLY_PERCENT / 100;
    if (*slow)
        s->interval_ms += SLOWER_MS;
    s->asked_ms = now_ms;
    bool released = s->state == SCAN_AGREED && !*slow && s->ends_ms > now_ms;
    return lite_run(
        c,
        lite_bind(c, e, SCAN_ASKED, "tiii", id, now_ms, s->interval_ms, (int64_t)(released ? SCAN_RELEASED : s->state)),
        e);
}

static bool op_scan_poll(struct db *db, const char *id, int64_t now_ms, struct db_scan *out, bool *slow, struct err *e)
{
    struct db_scan s;
    bool early = false;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, poll(c, id, now_ms, &s, &early, e), e))
        return false;
    *out = s;
    *slow = early;
    return true;
}

static bool op_scan_move(struct db *db, const struct db_scan_move *m, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(c,
                       lite_bind(c, e, SCAN_MOVE, "tiinii", m->id, (int64_t)m->from, (int64_t)m->to, m->subject,
                                 m->account, m->now_ms),
                       e) &&
              (lite_changes(c) || err_set(e, ERR_STATE, "the code is used or over"));
    return db_write_end(db, ok, e);
}

static void read_int(sqlite3_stmt *st, void *out)
{
    *(int *)out = sqlite3_column_int(st, 0);
}

static bool op_scan_wrong(struct db *db, const char *id, int *tries, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, row_of(c, lite_bind(c, e, SCAN_WRONG, "t", id), read_int, tries, e), e);
}

/* --- claims --- */

static const char CLAIM_FIND[] = "SELECT id, device, body, state, first_ms FROM wechat_claim WHERE id = ?1";
static const char CLAIM_ADD[] =
    "INSERT INTO wechat_claim(id, device, body, state, first_ms) VALUES(?1, ?2, ?3, ?4, ?5)";
static const char CLAIM_MOVE[] = "UPDATE wechat_claim SET state = ?3 WHERE id = ?1 AND state = ?2";
static const char CLAIMANTS[] = "SELECT subject, six FROM wechat_claimant WHERE claim = ?1";
static const char CLAIMANT_ADD[] = "INSERT INTO wechat_claimant(claim, subject, six, at_ms) VALUES(?1, ?2, ?3, ?4)"
                                   " ON CONFLICT(claim, subject) DO NOTHING";

static void read_claim(sqlite3_stmt *st, void *out)
{
    struct db_claim *x = out;
    *x = (struct db_claim){.state = (enum db_claim_state)sqlite3_column_int(st, 3),
                           .first_ms = sqlite3_column_int64(st, 4)};
    bytes_at(st, 0, x->id, sizeof x->id);
    zcopy(x->device, sizeof x->device, lite_text(st, 1));
    bytes_at(st, 2, x->body, sizeof x->body);
}

static void read_claimant(sqlite3_stmt *st, void *out)
{
    struct db_claimant *x = out;
    *x = (struct db_claimant){0};
    zcopy(x->subject, sizeof x->subject, lite_text(st, 0));
    bytes_at(st, 1, x->six, sizeof x->six);
}

static sqlite3_stmt *by_claim(struct lite_connection *c, const char *sql, const unsigned char id[TICKET_CLAIM],
                              struct err *e)
{
    return lite_bind(c, e, sql, "b", (const void *)id, (size_t)TICKET_CLAIM);
}

static bool claim_open(struct lite_connection *c, struct db_claim *x, struct err *e)
{
    struct db_claim have;
    struct err none = {0};
    if (row_of(c, by_claim(c, CLAIM_FIND, x->id, &none), read_claim, &have, &none)) {
        if (memcmp(have.body, x->body, sizeof have.body) != 0)
            return err_set(e, ERR_EXISTS, "this claim came with another ticket");
        *x = have;
        return true;
    }
    x->state = CLAIM_OPEN;
    return lite_run(c,
                    lite_bind(c, e, CLAIM_ADD, "btbii", (const void *)x->id, sizeof x->id, x->device,
                              (const void *)x->body, sizeof x->body, (int64_t)x->state, x->first_ms),
                    e);
}

static bool op_claim_open(struct db *db, struct db_claim *claim, struct err *e)
{
    struct db_claim x = *claim;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, claim_open(c, &x, e), e))
        return false;
    *claim = x;
    return true;
}

static bool op_claim_find(struct db *db, const unsigned char id[TICKET_CLAIM], struct db_claim *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = row_of(c, by_claim(c, CLAIM_FIND, id, e), read_claim, out, e);
    db_read_end(db, c);
    return ok;
}

static bool claim_move(struct lite_connection *c, const unsigned char id[TICKET_CLAIM], enum db_claim_state to,
                       struct err *e)
{
    return lite_run(c,
                    lite_bind(c, e, CLAIM_MOVE, "bii", (const void *)id, (size_t)TICKET_CLAIM, (int64_t)CLAIM_OPEN,
                              (int64_t)to),
                    e) &&
           (lite_changes(c) || err_set(e, ERR_STATE, "the claim is settled"));
}

static bool op_claim_end(struct db *db, const unsigned char id[TICKET_CLAIM], enum db_claim_state to, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, claim_move(c, id, to, e), e);
}

/* *torn: there was another one; that is written down all the same. */
static bool claimant_add(struct lite_connection *c, const unsigned char id[TICKET_CLAIM], const struct db_claimant *x,
                         int64_t now_ms, bool *torn, struct err *e)
{
    struct db_claim claim;
    struct db_claimant have;
    struct err none = {0};
    if (!row_of(c, by_claim(c, CLAIM_FIND, id, e), read_claim, &claim, e))
        return false;
    bool another = row_of(c, by_claim(c, CLAIMANTS, id, &none), read_claimant, &have, &none) &&
                   strcmp(have.subject, x->subject) != 0;
    *torn = another || claim.state != CLAIM_OPEN;
    if (claim.state == CLAIM_OPEN && another && !claim_move(c, id, CLAIM_TORN, e))
        return false;
    return *torn || lite_run(c,
                             lite_bind(c, e, CLAIMANT_ADD, "btbi", (const void *)id, (size_t)TICKET_CLAIM, x->subject,
                                       (const void *)x->six, sizeof x->six, now_ms),
                             e);
}

static bool op_claimant_add(struct db *db, const unsigned char id[TICKET_CLAIM], const struct db_claimant *x,
                            int64_t now_ms, struct err *e)
{
    bool torn = false;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, claimant_add(c, id, x, now_ms, &torn, e), e))
        return false;
    return !torn || err_set(e, ERR_STATE, "the claim is settled, or somebody else's");
}

static bool op_claimant(struct db *db, const unsigned char id[TICKET_CLAIM], struct db_claimant *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = row_of(c, by_claim(c, CLAIMANTS, id, e), read_claimant, out, e);
    db_read_end(db, c);
    return ok;
}

/* --- errands --- */

#define ERRAND_ROW "hash, kind, about, browser, subject, ends_ms"
static const char ERRAND_ADD[] = "INSERT INTO wechat_errand(" ERRAND_ROW ") VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
static const char ERRAND_FIND[] = "SELECT " ERRAND_ROW " FROM wechat_errand WHERE hash = ?1 AND ends_ms > ?2";
static const char ERRAND_TAKE[] = "DELETE FROM wechat_errand WHERE hash = ?1 AND ends_ms > ?2 RETURNING " ERRAND_ROW;

static void read_errand(sqlite3_stmt *st, void *out)
{
    struct db_errand *x = out;
    *x = (struct db_errand){.kind = (enum db_errand_kind)sqlite3_column_int(st, 1),
                            .ends_ms = sqlite3_column_int64(st, 5)};
    zcopy(x->hash, sizeof x->hash, lite_text(st, 0));
    zcopy(x->about, sizeof x->about, lite_text(st, 2));
    zcopy(x->browser, sizeof x->browser, lite_text(st, 3));
    zcopy(x->subject, sizeof x->subject, lite_text(st, 4));
}

static bool op_errand_add(struct db *db, const struct db_errand *x, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c,
                             lite_bind(c, e, ERRAND_ADD, "tittti", x->hash, (int64_t)x->kind, x->about, x->browser,
                                       x->subject, x->ends_ms));
}

static bool op_errand_find(struct db *db, const char *hash, int64_t now_ms, struct db_errand *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = row_of(c, lite_bind(c, e, ERRAND_FIND, "ti", hash, now_ms), read_errand, out, e);
    db_read_end(db, c);
    return ok;
}

static bool op_errand_take(struct db *db, const char *hash, int64_t now_ms, struct db_errand *out, struct err *e)
{
    struct db_errand x;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, row_of(c, lite_bind(c, e, ERRAND_TAKE, "ti", hash, now_ms), read_errand, &x, e), e))
        return false;
    *out = x;
    return true;
}

/* --- joins --- */

static const char JOIN_ADD[] = "INSERT INTO wechat_join(submission, claim, outcome, at_ms) VALUES(?1, ?2, '', ?3)";
static const char JOIN_NEXT[] =
    "SELECT j.submission, s.declaration, s.device, s.version, j.claim FROM wechat_join j JOIN submission s ON s.id ="
    " j.submission WHERE j.outcome = '' AND j.submission > ?1 ORDER BY j.submission LIMIT 1";
static const char JOIN_DONE[] = "UPDATE wechat_join SET outcome = ?2, at_ms = ?3 WHERE submission = ?1";

bool lite_join_add(struct lite_connection *c, int64_t submission, const char *claim, int64_t now_ms, struct err *e)
{
    return lite_run(c, lite_bind(c, e, JOIN_ADD, "iti", submission, claim, now_ms), e);
}

static void read_join(sqlite3_stmt *st, void *out)
{
    struct db_join *x = out;
    *x = (struct db_join){.submission = sqlite3_column_int64(st, 0), .version = sqlite3_column_int(st, 3)};
    zcopy(x->declaration, sizeof x->declaration, lite_text(st, 1));
    zcopy(x->device, sizeof x->device, lite_text(st, 2));
    zcopy(x->claim, sizeof x->claim, lite_text(st, 4));
}

static bool op_join_next(struct db *db, int64_t after, struct db_join *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = row_of(c, lite_bind(c, e, JOIN_NEXT, "i", after), read_join, out, e);
    db_read_end(db, c);
    return ok;
}

static bool op_join_done(struct db *db, int64_t submission, const char *outcome, int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, JOIN_DONE, "iti", submission, outcome, now_ms));
}

static bool op_sweep(struct db *db, int64_t now_ms, int64_t claims_ms, struct err *e)
{
    static const char errands[] = "DELETE FROM wechat_errand WHERE ends_ms < ?1";
    static const char scans[] = "DELETE FROM wechat_scan WHERE ends_ms < ?1";
    static const char claimants[] =
        "DELETE FROM wechat_claimant WHERE claim IN (SELECT id FROM wechat_claim WHERE first_ms < ?1)";
    static const char claims[] = "DELETE FROM wechat_claim WHERE first_ms < ?1";
    static const char joins[] = "DELETE FROM wechat_join WHERE outcome <> '' AND at_ms < ?1";
    struct lite_connection *c = db_write_begin(db, e);
    if (!c)
        return false;
    bool ok = lite_run(c, lite_bind(c, e, errands, "i", now_ms), e) &&
              lite_run(c, lite_bind(c, e, scans, "i", now_ms - 3600000), e) && /* a late poll still gets its words */
              lite_run(c, lite_bind(c, e, claimants, "i", claims_ms), e) &&
              lite_run(c, lite_bind(c, e, claims, "i", claims_ms), e) &&
              lite_run(c, lite_bind(c, e, joins, "i", claims_ms), e);
    return db_write_end(db, ok, e);
}

const struct db_wechat_ops db_sqlite_wechat = {
    .kiosk_keys_set = op_kiosk_keys_set,
    .kiosk_keys = op_kiosk_keys,
    .kiosk = op_kiosk,
    .scan_add = op_scan_add,
    .scan_by_phone = op_scan_by_phone,
    .scan_by_id = op_scan_by_id,
    .scan_poll = op_scan_poll,
    .scan_move = op_scan_move,
    .scan_wrong = op_scan_wrong,
    .claim_open = op_claim_open,
    .claim_find = op_claim_find,
    .claim_end = op_claim_end,
    .claimant_add = op_claimant_add,
    .claimant = op_claimant,
    .errand_add = op_errand_add,
    .errand_find = op_errand_find,
    .errand_take = op_errand_take,
    .join_next = op_join_next,
    .join_done = op_join_done,
    .sweep = op_sweep,
};
