/* db_sqlite_sms.c — the outbox of messages: limits per number, what is due, how far the history has been told. */
#include "sync/platform/db_sqlite.h"

#define MINUTE_MS 60000LL
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

void db_sms_finish(struct db_sms *s)
{
    str_finish(&s->sealed);
    *s = (struct db_sms){0};
}

static const char SMS_RECENT[] = "SELECT due_ms FROM sms WHERE number = ?1 AND due_ms > ?2 ORDER BY due_ms DESC";
static const char SMS_ADD[] =
    "INSERT INTO sms(number, sealed, state, due_ms, next_ms, ends_ms) VALUES(?1, ?2, ?3, ?4, ?4, ?5)";
static const char SMS_NEXT[] =
    "SELECT id, number, sealed, tries, due_ms, next_ms, ends_ms FROM sms WHERE state = 'waiting'"
    " ORDER BY next_ms, id LIMIT 1";
static const char SMS_DONE[] = "UPDATE sms SET state = ?2, sealed = NULL WHERE id = ?1";
static const char SMS_AGAIN[] = "UPDATE sms SET tries = tries + 1, next_ms = ?2 WHERE id = ?1";
static const char SMS_COUNTS[] = "SELECT coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'sent'), 0),"
                                 " coalesce(sum(state = 'dead'), 0) FROM sms";

/* The earliest moment at which one more message to the number keeps every limit. */
static bool sms_earliest(struct lite_connection *c, const char *number, const struct db_sms_limits *l, int64_t now_ms,
                         int64_t *at_ms, struct err *e)
{
    const struct {
        int most;
        int64_t span_ms;
    } limits[] = {{l->minute, MINUTE_MS}, {l->hour, HOUR_MS}, {l->day, DAY_MS}};
    sqlite3_stmt *st = lite_bind(c, e, SMS_RECENT, "ti", number, now_ms - DAY_MS);
    int64_t at = now_ms;
    int r, n = 0;
    while ((r = lite_step(c, st, e)) == SQLITE_ROW) {
        n++;
        for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
            int64_t free_at = sqlite3_column_int64(st, 0) + limits[i].span_ms;
            if (n == limits[i].most && free_at > at)
                at = free_at;
        }
    }
    *at_ms = at;
    return r != -1;
}

static bool sms_add(struct lite_connection *c, const struct db_sms *s, const struct db_sms_limits *l, bool strict,
                    int64_t now_ms, int64_t *wait_ms, struct err *e)
{
    int64_t at;
    if (!sms_earliest(c, s->number, l, now_ms, &at, e))
        return false;
    *wait_ms = at - now_ms;
    if (strict && *wait_ms)
        return true;
    return lite_run(c,
                    lite_bind(c, e, SMS_ADD, "tbtii", s->number, (const void *)s->sealed.p, s->sealed.len,
                              s->sealed.len ? "waiting" : "none", at, s->ends_ms + *wait_ms),
                    e);
}

static bool op_sms_add(struct db *db, const struct db_sms *s, const struct db_sms_limits *l, bool strict,
                       int64_t now_ms, int64_t *wait_ms, struct err *e)
{
    int64_t wait = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, sms_add(c, s, l, strict, now_ms, &wait, e), e))
        return false;
    *wait_ms = wait;
    return true;
}

static bool op_sms_due(struct db *db, int64_t now_ms, struct db_sms *out, int64_t *next_ms, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, SMS_NEXT, "");
    *next_ms = 0;
    bool ok = lite_row(c, st, e);
    if (ok) {
        *next_ms = sqlite3_column_int64(st, 5);
        ok = *next_ms <= now_ms || err_set(e, ERR_NOT_FOUND, "not yet");
        if (ok) {
            *out = (struct db_sms){.id = sqlite3_column_int64(st, 0),
                                   .tries = sqlite3_column_int(st, 3),
                                   .due_ms = sqlite3_column_int64(st, 4),
                                   .next_ms = *next_ms,
                                   .ends_ms = sqlite3_column_int64(st, 6)};
            zcopy(out->number, sizeof out->number, lite_text(st, 1));
            lite_bytes(st, 2, &out->sealed);
        }
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_sms_done(struct db *db, int64_t id, bool sent, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SMS_DONE, "it", id, sent ? "sent" : "dead"));
}

static bool op_sms_again(struct db *db, int64_t id, int64_t next_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, SMS_AGAIN, "ii", id, next_ms));
}

/* A row that says what the one before it said (a unit was found by hand) is news to nobody. */
static const char SMS_NEWS[] =
    "SELECT t.id, " STATUS_ROW " FROM status t JOIN submission s ON s.id = t.submission"
    " WHERE t.id > (SELECT status FROM sms_cursor) AND NOT EXISTS"
    " (SELECT 1 FROM status b WHERE b.submission = t.submission AND b.state = t.state AND b.text = t.text AND b.id ="
    " (SELECT max(id) FROM status WHERE submission = t.submission AND id < t.id)) ORDER BY t.id LIMIT ?1";
static const char SMS_TOLD[] = "UPDATE sms_cursor SET status = max(status, ?1)";

static bool op_sms_news(struct db *db, size_t limit, struct db_statuses *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    bool ok = lite_statuses(c, lite_bind(c, e, SMS_NEWS, "i", (int64_t)limit), out, e);
    db_read_end(db, c);
    return ok;
}

static bool op_sms_tell(struct db *db, int64_t status, const struct db_sms *s, const struct db_sms_limits *l,
                        int64_t now_ms, struct err *e)
{
    int64_t wait;
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db,
                             lite_run(c, lite_bind(c, e, SMS_TOLD, "i", status), e) &&
                                 (!s || sms_add(c, s, l, false, now_ms, &wait, e)),
                             e);
}

static bool op_sms_counts(struct db *db, int64_t *waiting, int64_t *sent, int64_t *dead, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, SMS_COUNTS, "");
    bool ok = lite_row(c, st, e);
    if (ok) {
        *waiting = sqlite3_column_int64(st, 0);
        *sent = sqlite3_column_int64(st, 1);
        *dead = sqlite3_column_int64(st, 2);
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

void db_sqlite_sms_ops(struct db_accounts_ops *o)
{
    o->sms_add = op_sms_add;
    o->sms_due = op_sms_due;
    o->sms_done = op_sms_done;
    o->sms_again = op_sms_again;
    o->sms_news = op_sms_news;
    o->sms_tell = op_sms_tell;
    o->sms_counts = op_sms_counts;
}
