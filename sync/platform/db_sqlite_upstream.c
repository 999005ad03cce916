/* db_sqlite_upstream.c — the outbox of a gateway. */
#include "sync/platform/db_upstream.h"

#include "sync/base/cleanup.h"
#include "sync/platform/db_sqlite.h"

#include <string.h>

#define OFTEN      10                   /* tries after which a record counts as stuck */
#define FAR_OFF_MS (48LL * 3600 * 1000) /* nothing is ever put off for so long: the clock was set back */

#define FORWARD_ROW                                                                                                    \
    "f.submission, s.declaration, s.version, f.number, f.said, f.tries, f.unsure, f.changed_ms, f.step, s.state"
#define FORWARD_FROM " FROM forward f JOIN submission s ON s.id = f.submission"

static const char ADD[] =
    "INSERT INTO forward(submission, step, made_ms, due_ms, changed_ms) VALUES(?1, 'waiting', ?2, "
    "?2, ?2) ON CONFLICT DO NOTHING";
static const char NEXT[] =
    "SELECT " FORWARD_ROW FORWARD_FROM " WHERE f.step = 'waiting' AND (f.due_ms <= ?1 OR f.due_ms > ?2)"
    " ORDER BY f.due_ms, f.submission LIMIT 1";
static const char LOOKS[] =
    "SELECT " FORWARD_ROW FORWARD_FROM " WHERE f.step = 'taken' AND (f.due_ms <= ?1 OR f.due_ms > ?2)"
    " ORDER BY f.due_ms, f.submission LIMIT ?3";
static const char SOONEST[] = "SELECT coalesce(min(due_ms), 0) FROM forward WHERE step = ?1";
static const char SUPERSEDED[] =
    "UPDATE forward SET step = 'over' WHERE ((step = 'waiting' AND tries = 0) OR step = 'taken') AND submission IN"
    " (SELECT s.id FROM submission s JOIN forward f ON f.submission = s.id WHERE s.latest = 0 AND f.step IN ('waiting', "
    "'taken'))";
static const char BY_ID[] = "SELECT " FORWARD_ROW FORWARD_FROM " WHERE f.submission = ?1";
static const char BY_VERSION[] = "SELECT " FORWARD_ROW FORWARD_FROM " WHERE s.declaration = ?1 AND s.version = ?2";
static const char BEGUN[] = "UPDATE forward SET tries = tries + 1, unsure = 1 WHERE submission = ?1";
static const char LATER[] = "UPDATE forward SET unsure = ?2, problem = ?3, due_ms = ?4 WHERE submission = ?1";
static const char TAKEN[] =
    "UPDATE forward SET step = 'taken', unsure = 0, problem = '', number = ?2, changed_ms = ?3, "
    "due_ms = ?4 WHERE submission = ?1";
static const char STEP[] = "UPDATE forward SET step = ?2, unsure = 0, changed_ms = ?3 WHERE submission = ?1";
static const char STATE[] = "UPDATE submission SET state = ?2, changed_ms = ?3 WHERE id = ?1";
static const char LOOK[] = "UPDATE forward SET due_ms = ?2 WHERE submission = ?1";
static const char HEARD[] = "SELECT said, said_ms, heard FROM forward WHERE submission = ?1 AND step = 'taken'";
static const char SAID[] =
    "UPDATE forward SET said = ?2, said_ms = max(said_ms, ?3), heard = ?4, changed_ms = ?5, due_ms = "
    "?6, step = ?7 WHERE submission = ?1";
static const char FILE_FIND[] = "SELECT number FROM forward_file WHERE submission = ?1 AND sha256 = ?2";
static const char FILE_ADD[] = "INSERT INTO forward_file(submission, sha256, number) VALUES(?1, ?2, ?3) ON CONFLICT DO "
                               "UPDATE SET number = ?3";
static const char WAITS[] = "SELECT s.id, s.state, s.latest, f.submission IS NOT NULL FROM submission s LEFT JOIN "
                            "forward f ON f.submission = s.id WHERE s.declaration = ?1 AND s.version = ?2";
static const char FIGURES[] =
    "SELECT count(*) FILTER (WHERE step = 'waiting'), count(*) FILTER (WHERE step = 'taken'),"
    " count(*) FILTER (WHERE step = 'refused'), coalesce(min(made_ms) FILTER (WHERE step = 'waiting'), 0),"
    " count(*) FILTER (WHERE step = 'waiting' AND tries >= ?1) FROM forward";
static const char PROBLEMS[] = "SELECT s.declaration, s.version, f.tries, f.made_ms, f.due_ms, f.problem" FORWARD_FROM
                               " WHERE f.step = 'waiting' AND f.tries > 0 ORDER BY f.tries DESC, f.submission LIMIT ?1";
static const char *const steps[] = {
    [FORWARD_WAITING] = "waiting", [FORWARD_TAKEN] = "taken", [FORWARD_REFUSED] = "refused", [FORWARD_OVER] = "over"};

bool lite_forward_add(struct lite_connection *c, int64_t submission, int64_t now_ms, struct err *e)
{
    return lite_run(c, lite_bind(c, e, ADD, "ii", submission, now_ms), e);
}

static void read_forward(sqlite3_stmt *st, struct db_forward *f)
{
    *f = (struct db_forward){.id = sqlite3_column_int64(st, 0),
                             .version = sqlite3_column_int(st, 2),
                             .tries = sqlite3_column_int(st, 5),
                             .unsure = sqlite3_column_int(st, 6) != 0,
                             .changed_ms = sqlite3_column_int64(st, 7)};
    zcopy(f->declaration, sizeof f->declaration, lite_text(st, 1));
    zcopy(f->number, sizeof f->number, lite_text(st, 3));
    zcopy(f->said, sizeof f->said, lite_text(st, 4));
    snprintf(f->key, sizeof f->key, "%s-%d", f->declaration, f->version);
}

/* When the first row of a step will be due; 0: there is none. */
static bool soonest(struct lite_connection *c, enum db_forward_step step, int64_t *ms, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, SOONEST, "t", steps[step]);
    if (!lite_row(c, st, e))
        return false;
    *ms = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return true;
}

static bool next_in(struct lite_connection *c, int64_t now_ms, struct db_forward *out, int64_t *next_ms, struct err *e)
{
    if (!lite_run(c, lite_bind(c, e, SUPERSEDED, ""), e))
        return false;
    sqlite3_stmt *st = lite_bind(c, e, NEXT, "ii", now_ms, now_ms + FAR_OFF_MS);
    int r = lite_step(c, st, e);
    if (r == SQLITE_ROW) {
        read_forward(st, out);
        sqlite3_reset(st);
    }
    return r == SQLITE_ROW || (r == SQLITE_DONE && soonest(c, FORWARD_WAITING, next_ms, e));
}

static bool op_next(struct db *db, int64_t now_ms, struct db_forward *out, int64_t *next_ms, struct err *e)
{
    struct db_forward f = {0};
    *next_ms = 0;
    struct lite_connection *c = db_write_begin(db, e);
    if (!c || !db_write_end(db, next_in(c, now_ms, &f, next_ms, e), e))
        return false;
    if (!f.id)
        return err_set(e, ERR_NOT_FOUND, "nothing is due");
    *out = f;
    return true;
}

static bool op_begun(struct db *db, int64_t id, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, BEGUN, "i", id));
}

static bool op_later(struct db *db, int64_t id, bool unsure, const char *problem, int64_t next_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, LATER, "iiti", id, (int64_t)unsure, problem, next_ms));
}

/* The row's submission moves to a state, with its place in the history and in the feeds. */
static bool move(struct lite_connection *c, const struct db_forward *f, const struct db_status *s, struct err *e)
{
    return lite_run(c, lite_bind(c, e, STATE, "iti", f->id, s->state, s->at_ms), e) &&
           lite_status_add(c, f->id, s, NULL, e);
}

static struct db_status status_of(const struct db_forward *f, const char *state, const char *text, const char *reasons,
                                  const char *who, int64_t now_ms)
{
    struct db_status s = {.version = f->version,
                          .at_ms = now_ms,
                          .text = (char *)(uintptr_t)text,
                          .reasons = (char *)(uintptr_t)reasons,
                          .who = (char *)(uintptr_t)who};
    zcopy(s.declaration, sizeof s.declaration, f->declaration);
    zcopy(s.state, sizeof s.state, state);
    return s;
}

/* The row when it stands at that step. state: of its submission. ERR_STATE. */
static bool row_at(struct lite_connection *c, int64_t id, enum db_forward_step step, struct db_forward *f,
                   char state[DB_STATE_SIZE], struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, BY_ID, "i", id);
    if (!lite_row(c, st, e))
        return false;
    read_forward(st, f);
    bool there = !strcmp(lite_text(st, 8), steps[step]);
    zcopy(state, DB_STATE_SIZE, lite_text(st, 9));
    sqlite3_reset(st);
    return there || err_set(e, ERR_STATE, "the row is not %s", steps[step]);
}

static bool taken_in(struct lite_connection *c, int64_t id, const char *number, const char *who, int64_t now_ms,
                     int64_t look_ms, struct err *e)
{
    struct db_forward f;
    char state[DB_STATE_SIZE];
    if (!row_at(c, id, FORWARD_WAITING, &f, state, e) ||
        !lite_run(c, lite_bind(c, e, TAKEN, "itii", id, number, now_ms, now_ms + look_ms), e))
        return false;
    const struct db_status s = status_of(&f, "submitted_unit", "", "", who, now_ms);
    return move(c, &f, &s, e);
}

static bool op_taken(struct db *db, int64_t id, const char *number, const char *who, int64_t now_ms, int64_t look_ms,
                     struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, taken_in(c, id, number, who, now_ms, look_ms, e), e);
}

static bool refused_in(struct lite_connection *c, int64_t id, const char *text, const char *reasons, const char *who,
                       int64_t now_ms, struct err *e)
{
    struct db_forward f;
    char state[DB_STATE_SIZE];
    if (!row_at(c, id, FORWARD_WAITING, &f, state, e) ||
        !lite_run(c, lite_bind(c, e, STEP, "iti", id, steps[FORWARD_REFUSED], now_ms), e))
        return false;
    const struct db_status s = status_of(&f, "unit_returned", text, reasons, who, now_ms);
    return move(c, &f, &s, e);
}

static bool op_refused(struct db *db, int64_t id, const char *text, const char *reasons, const char *who,
                       int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, refused_in(c, id, text, reasons, who, now_ms, e), e);
}

static bool op_file_find(struct db *db, int64_t id, const char *sha256, char number[128], struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, FILE_FIND, "it", id, sha256);
    bool ok = lite_row(c, st, e);
    if (ok) {
        zcopy(number, 128, lite_text(st, 0));
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_file_add(struct db *db, int64_t id, const char *sha256, const char *number, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, FILE_ADD, "itt", id, sha256, number));
}

static bool op_looks(struct db *db, int64_t now_ms, size_t limit, struct db_forward **rows, size_t *n, int64_t *next_ms,
                     struct err *e)
{
    struct db_forward *list = xcalloc(limit + 1, sizeof *list);
    size_t count = 0;
    int r;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, LOOKS, "iii", now_ms, now_ms + FAR_OFF_MS, (int64_t)limit);
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && count < limit)
        read_forward(st, &list[count++]);
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    *next_ms = 0;
    bool ok = r != -1 && (count || soonest(c, FORWARD_TAKEN, next_ms, e));
    db_read_end(db, c);
    if (!ok) {
        free(list);
        return false;
    }
    *rows = list;
    *n = count;
    return true;
}

static bool op_look_again(struct db *db, int64_t id, int64_t at_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_one(db, e, c, lite_bind(c, e, LOOK, "ii", id, at_ms));
}

static bool said_in(struct lite_connection *c, const struct db_forward_news *n, bool *changed, struct err *e)
{
    struct db_forward f;
    char state[DB_STATE_SIZE];
    if (!row_at(c, n->id, FORWARD_TAKEN, &f, state, e))
        return false;
    sqlite3_stmt *st = lite_bind(c, e, HEARD, "i", n->id);
    if (!lite_row(c, st, e))
        return false;
    AUTOFREE char *heard = xasprintf("%s\n%s\n%s", n->state, n->text, n->reasons);
    bool same = !strcmp(lite_text(st, 0), n->said) && !strcmp(lite_text(st, 2), heard);
    bool stale = n->said_ms && n->said_ms < sqlite3_column_int64(st, 1);
    sqlite3_reset(st);
    *changed = !same && !stale;
    if (!*changed)
        return lite_run(c, lite_bind(c, e, LOOK, "ii", n->id, n->now_ms + n->look_ms), e);
    /* The state that the acknowledgement gave needs no second line. */
    bool known = !*f.said && !strcmp(n->state, state) && !*n->text && !*n->reasons;
    const struct db_status s = status_of(&f, *n->state ? n->state : state, n->text, n->reasons, n->who, n->now_ms);
    *changed = !known;
    return lite_run(c,
                    lite_bind(c, e, SAID, "ititiit", n->id, n->said, n->said_ms, heard, n->now_ms,
                              n->now_ms + n->look_ms, steps[n->over ? FORWARD_OVER : FORWARD_TAKEN]),
                    e) &&
           (known || move(c, &f, &s, e));
}

static bool op_said(struct db *db, const struct db_forward_news *news, bool *changed, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, said_in(c, news, changed, e), e);
}

static bool queue_in(struct lite_connection *c, const char *declaration, int version, const char *text, const char *who,
                     int64_t now_ms, struct err *e)
{
    sqlite3_stmt *st = lite_bind(c, e, WAITS, "ti", declaration, (int64_t)version);
    if (!lite_row(c, st, e))
        return false;
    int64_t id = sqlite3_column_int64(st, 0);
    bool waits = !strcmp(lite_text(st, 1), "delivered") && sqlite3_column_int(st, 2),
         queued = sqlite3_column_int(st, 3) != 0;
    sqlite3_reset(st);
    if (queued)
        return true;
    if (!waits)
        return err_set(e, ERR_STATE, "it does not wait to be confirmed");
    struct db_forward f = {.id = id, .version = version};
    zcopy(f.declaration, sizeof f.declaration, declaration);
    const struct db_status s = status_of(&f, "forwarded", text, "", who, now_ms);
    return lite_forward_add(c, id, now_ms, e) && move(c, &f, &s, e);
}

static bool op_queue(struct db *db, const char *declaration, int version, const char *text, const char *who,
                     int64_t now_ms, struct err *e)
{
    struct lite_connection *c = db_write_begin(db, e);
    return c && db_write_end(db, queue_in(c, declaration, version, text, who, now_ms, e), e);
}

static bool op_find(struct db *db, const char *declaration, int version, struct db_forward *out,
                    enum db_forward_step *step, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, BY_VERSION, "ti", declaration, (int64_t)version);
    bool ok = lite_row(c, st, e);
    if (ok) {
        read_forward(st, out);
        for (size_t i = 0; i < ARRAY_LEN(steps); i++)
            if (!strcmp(steps[i], lite_text(st, 8)))
                *step = (enum db_forward_step)i;
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_figures(struct db *db, struct db_forward_figures *out, struct err *e)
{
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, FIGURES, "i", (int64_t)OFTEN);
    bool ok = lite_row(c, st, e);
    if (ok) {
        *out = (struct db_forward_figures){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
                                           sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3),
                                           sqlite3_column_int64(st, 4)};
        sqlite3_reset(st);
    }
    db_read_end(db, c);
    return ok;
}

static bool op_problems(struct db *db, size_t limit, struct db_forward_problem **rows, size_t *n, struct err *e)
{
    struct db_forward_problem *list = xcalloc(limit + 1, sizeof *list);
    size_t count = 0;
    int r;
    struct lite_connection *c = db_read_begin(db);
    sqlite3_stmt *st = lite_bind(c, e, PROBLEMS, "i", (int64_t)limit);
    while ((r = lite_step(c, st, e)) == SQLITE_ROW && count < limit) {
        struct db_forward_problem *p = &list[count++];
        zcopy(p->declaration, sizeof p->declaration, lite_text(st, 0));
        p->version = sqlite3_column_int(st, 1);
        p->tries = sqlite3_column_int(st, 2);
        p->made_ms = sqlite3_column_int64(st, 3);
        p->due_ms = sqlite3_column_int64(st, 4);
        zcopy(p->problem, sizeof p->problem, lite_text(st, 5));
    }
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    db_read_end(db, c);
    if (r == -1) {
        free(list);
        return false;
    }
    *rows = list;
    *n = count;
    return true;
}

const struct db_upstream_ops db_sqlite_upstream = {
    .next = op_next,
    .begun = op_begun,
    .later = op_later,
    .taken = op_taken,
    .refused = op_refused,
    .file_find = op_file_find,
    .file_add = op_file_add,
    .looks = op_looks,
    .look_again = op_look_again,
    .said = op_said,
    .queue = op_queue,
    .find = op_find,
    .figures = op_figures,
    .problems = op_problems,
};
