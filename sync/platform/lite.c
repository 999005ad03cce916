#include "sync/platform/lite.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>

#define READERS          4
#define CHECKPOINT_PAGES 2000
#define CHECKPOINT_MOST  8000 /* the keeper is behind: whoever writes does it */

struct statement {
    const char *sql; /* NULL: a free place */
    sqlite3_stmt *prepared;
};

struct lite_connection {
    sqlite3 *db;
    struct statement *statements; /* open addressing; cap is a power of two */
    size_t n, cap;
    bool taken; /* readers */
};

struct lite {
    char *path;
    int lock_fd;
    pthread_mutex_t write_mutex;
    struct lite_connection writer;
    int wal_pages;
    pthread_t keeper; /* checkpoints */
    pthread_cond_t keeper_wakes;
    bool keeper_runs, keeper_ends;
    pthread_mutex_t read_mutex;
    pthread_cond_t read_free;
    struct lite_connection readers[READERS];
};

/* --- the thin layer over SQLite --- */

static bool fail(sqlite3 *db, struct err *e, const char *what)
{
    int code = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    enum err_code kind = ERR_IO;
    switch (code & 0xff) {
    case SQLITE_FULL:
        kind = ERR_FULL;
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        kind = ERR_BUSY;
        break;
    case SQLITE_CONSTRAINT:
        kind = ERR_EXISTS;
        break;
    default:
        break;
    }
    return err_set(e, kind, "%s: %s", what, db ? sqlite3_errmsg(db) : "no memory");
}

/* The place of a statement in the table: by the address of its text. */
static struct statement *place_of(struct statement *table, size_t cap, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 3) * 2654435761u & (cap - 1);
    while (table[at].sql && table[at].sql != sql)
        at = (at + 1) & (cap - 1);
    return &table[at];
}

static void grow(struct lite_connection *c)
{
    size_t cap = c->cap ? 2 * c->cap : 128;
    struct statement *table = xcalloc(cap, sizeof *table);
    for (size_t i = 0; i < c->cap; i++)
        if (c->statements[i].sql)
            *place_of(table, cap, c->statements[i].sql) = c->statements[i];
    free(c->statements);
    c->statements = table;
    c->cap = cap;
}

static sqlite3_stmt *prepared(struct lite_connection *c, const char *sql, struct err *e)
{
    if (2 * c->n >= c->cap)
        grow(c);
    struct statement *s = place_of(c->statements, c->cap, sql);
    if (s->sql)
        return s->prepared;
    if (sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->prepared, NULL) != SQLITE_OK) {
        fail(c->db, e, sql);
        return NULL;
    }
    s->sql = sql;
    c->n++;
    return s->prepared;
}

sqlite3_stmt *lite_bind(struct lite_connection *c, struct err *e, const char *sql, const char *kinds, ...)
{
    sqlite3_stmt *st = prepared(c, sql, e);
    if (!st)
        return NULL;
    sqlite3_reset(st);
    va_list ap;
    va_start(ap, kinds);
    int r = SQLITE_OK;
    for (int i = 1; kinds[i - 1] && r == SQLITE_OK; i++) {
        switch (kinds[i - 1]) {
        case 'i':
            r = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
            break;
        case 't': {
            const char *z = va_arg(ap, const char *);
            r = sqlite3_bind_text(st, i, z ? z : "", -1, SQLITE_STATIC);
            break;
        }
        case 'n':
            r = sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
            break;
        case 'b': {
            const void *p = va_arg(ap, const void *);
            r = sqlite3_bind_blob64(st, i, p ? p : "", va_arg(ap, size_t), SQLITE_STATIC);
            break;
        }
        default: {
            int64_t n = va_arg(ap, int64_t);
            r = n ? sqlite3_bind_int64(st, i, n) : sqlite3_bind_null(st, i);
        }
        }
    }
    va_end(ap);
    if (r != SQLITE_OK) {
        fail(c->db, e, sql);
        return NULL;
    }
    return st;
}

int lite_step(struct lite_connection *c, sqlite3_stmt *st, struct err *e)
{
    if (!st)
        return -1;
    int r = sqlite3_step(st);
    if (r == SQLITE_ROW)
        return r;
    if (r != SQLITE_DONE) {
        fail(c->db, e, sqlite3_sql(st));
        sqlite3_reset(st);
        return -1;
    }
    sqlite3_reset(st);
    return r;
}

bool lite_row(struct lite_connection *c, sqlite3_stmt *st, struct err *e)
{
    int r = lite_step(c, st, e);
    if (r == SQLITE_DONE)
        return err_set(e, ERR_NOT_FOUND, "no such row");
    return r == SQLITE_ROW;
}

bool lite_run(struct lite_connection *c, sqlite3_stmt *st, struct err *e)
{
    int r = lite_step(c, st, e);
    if (r == SQLITE_ROW)
        sqlite3_reset(st);
    return r != -1;
}

const char *lite_text(sqlite3_stmt *st, int i)
{
    const char *z = (const char *)sqlite3_column_text(st, i);
    return z ? z : "";
}

static bool exec(sqlite3 *db, const char *text, struct err *e)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK || fail(db, e, "exec");
}

static bool pragma_is(sqlite3 *db, const char *text, const char *want, struct err *e)
{
    sqlite3_stmt *st = NULL;
    bool ok = sqlite3_prepare_v2(db, text, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;
    const char *got = ok ? (const char *)sqlite3_column_text(st, 0) : NULL;
    ok = got && !strcmp(got, want);
    if (!ok)
        err_set(e, ERR_IO, "%s gave \"%s\", not %s", text, got ? got : "nothing", want);
    sqlite3_finalize(st);
    return ok;
}

static bool connect(struct lite *d, struct lite_connection *c, bool write, struct err *e)
{
    int flags = SQLITE_OPEN_NOMUTEX | (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
    if (sqlite3_open_v2(d->path, &c->db, flags, NULL) != SQLITE_OK)
        return fail(c->db, e, d->path);
    sqlite3_busy_timeout(c->db, 10000);
    sqlite3_extended_result_codes(c->db, 1);
    return pragma_is(c->db, "PRAGMA journal_mode=WAL", "wal", e) &&
           exec(c->db,
                "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-32768;",
                e) &&
           pragma_is(c->db, "PRAGMA synchronous", "2", e) && pragma_is(c->db, "PRAGMA wal_autocheckpoint=0", "0", e) &&
           (write || exec(c->db, "PRAGMA query_only=ON", e));
}

static void disconnect(struct lite_connection *c)
{
    for (size_t i = 0; i < c->cap; i++)
        sqlite3_finalize(c->statements[i].prepared);
    free(c->statements);
    sqlite3_close(c->db);
    *c = (struct lite_connection){0};
}

static int on_commit(void *ctx, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    ((struct lite *)ctx)->wal_pages = pages;
    return SQLITE_OK;
}

/* --- transactions --- */

static bool lock_file(struct lite *d, struct err *e)
{
    while (flock(d->lock_fd, LOCK_EX))
        if (errno != EINTR)
            return err_sys(e, errno, "lock of %s", d->path);
    return true;
}

struct lite_connection *lite_write_begin(struct lite *d, struct err *e)
{
    pthread_mutex_lock(&d->write_mutex);
    if (lock_file(d, e)) {
        if (lite_run(&d->writer, lite_bind(&d->writer, e, "BEGIN IMMEDIATE", ""), e))
            return &d->writer;
        flock(d->lock_fd, LOCK_UN);
    }
    pthread_mutex_unlock(&d->write_mutex);
    return NULL;
}

static void checkpoint(struct lite *d)
{
    if (sqlite3_wal_checkpoint_v2(d->writer.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) != SQLITE_OK)
        log_warn("db.checkpoint", "code=%d", sqlite3_extended_errcode(d->writer.db));
    d->wal_pages = 0;
}

bool lite_write_end(struct lite *d, bool ok, struct err *e)
{
    struct lite_connection *c = &d->writer;
    if (ok)
        ok = lite_run(c, lite_bind(c, e, "COMMIT", ""), e);
    if (!ok && !sqlite3_get_autocommit(c->db))
        lite_run(c, lite_bind(c, NULL, "ROLLBACK", ""), NULL);
    if (d->wal_pages > (d->keeper_runs ? CHECKPOINT_MOST : CHECKPOINT_PAGES))
        checkpoint(d);
    else if (d->wal_pages > CHECKPOINT_PAGES)
        pthread_cond_signal(&d->keeper_wakes);
    flock(d->lock_fd, LOCK_UN);
    pthread_mutex_unlock(&d->write_mutex);
    return ok;
}

bool lite_checkpoint(struct lite *d, struct err *e)
{
    pthread_mutex_lock(&d->write_mutex);
    bool ok = lock_file(d, e);
    if (ok) {
        checkpoint(d);
        flock(d->lock_fd, LOCK_UN);
    }
    pthread_mutex_unlock(&d->write_mutex);
    return ok;
}

static void *keep(void *ctx)
{
    struct lite *d = ctx;
    pthread_mutex_lock(&d->write_mutex);
    while (!d->keeper_ends) {
        if (d->wal_pages > CHECKPOINT_PAGES && lock_file(d, NULL)) {
            checkpoint(d);
            flock(d->lock_fd, LOCK_UN);
        } else {
            pthread_cond_wait(&d->keeper_wakes, &d->write_mutex);
        }
    }
    pthread_mutex_unlock(&d->write_mutex);
    return NULL;
}

static void keeper_end(struct lite *d)
{
    pthread_mutex_lock(&d->write_mutex);
    d->keeper_ends = true;
    pthread_cond_signal(&d->keeper_wakes);
    pthread_mutex_unlock(&d->write_mutex);
    if (d->keeper_runs)
        pthread_join(d->keeper, NULL);
}

struct lite_connection *lite_read_begin(struct lite *d)
{
    struct lite_connection *c = NULL;
    pthread_mutex_lock(&d->read_mutex);
    while (!c) {
        for (int i = 0; i < READERS && !c; i++)
            if (!d->readers[i].taken)
                c = &d->readers[i];
        if (!c)
            pthread_cond_wait(&d->read_free, &d->read_mutex);
    }
    c->taken = true;
    pthread_mutex_unlock(&d->read_mutex);
    return c;
}

void lite_read_end(struct lite *d, struct lite_connection *c)
{
    pthread_mutex_lock(&d->read_mutex);
    c->taken = false;
    pthread_cond_signal(&d->read_free);
    pthread_mutex_unlock(&d->read_mutex);
}

int lite_changes(const struct lite_connection *c)
{
    return sqlite3_changes(c->db);
}

int64_t lite_last_id(const struct lite_connection *c)
{
    return sqlite3_last_insert_rowid(c->db);
}

const char *lite_path(const struct lite *d)
{
    return d->path;
}

/* --- open, close --- */

static bool migrate(struct lite *d, const char *const *schema, size_t steps, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(d->writer.db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        version = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    if (version < 0)
        return fail(d->writer.db, e, "user_version");
    if (version > (int)steps)
        return err_set(e, ERR_STATE, "%s was written by a newer version", d->path);
    for (; version < (int)steps; version++) {
        AUTOFREE char *mark = xasprintf("PRAGMA user_version=%d", version + 1);
        if (!exec(d->writer.db, "BEGIN IMMEDIATE", e))
            return false;
        if (!exec(d->writer.db, schema[version], e) || !exec(d->writer.db, mark, e) ||
            !exec(d->writer.db, "COMMIT", e)) {
            exec(d->writer.db, "ROLLBACK", NULL);
            return err_prefix(e, "schema %d", version + 1);
        }
    }
    return true;
}

void lite_close(struct lite *d)
{
    keeper_end(d);
    if (d->lock_fd >= 0 && d->writer.db && lock_file(d, NULL)) {
        checkpoint(d);
        flock(d->lock_fd, LOCK_UN);
    }
    for (int i = 0; i < READERS; i++)
        disconnect(&d->readers[i]);
    disconnect(&d->writer);
    if (d->lock_fd >= 0)
        close(d->lock_fd);
    pthread_mutex_destroy(&d->write_mutex);
    pthread_cond_destroy(&d->keeper_wakes);
    pthread_mutex_destroy(&d->read_mutex);
    pthread_cond_destroy(&d->read_free);
    free(d->path);
    free(d);
}

struct lite *lite_open(const char *path, const char *const *schema, size_t steps, struct err *e)
{
    struct lite *d = xcalloc(1, sizeof *d);
    AUTOFREE char *lock = xasprintf("%s.lock", path);
    d->path = xstrdup(path);
    pthread_mutex_init(&d->write_mutex, NULL);
    pthread_mutex_init(&d->read_mutex, NULL);
    pthread_cond_init(&d->read_free, NULL);
    pthread_cond_init(&d->keeper_wakes, NULL);
    d->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool ok = d->lock_fd >= 0 || err_sys(e, errno, "%s", lock);
    if (ok && (ok = lock_file(d, e))) {
        ok = connect(d, &d->writer, true, e) && migrate(d, schema, steps, e);
        flock(d->lock_fd, LOCK_UN);
    }
    if (ok)
        sqlite3_wal_hook(d->writer.db, on_commit, d);
    for (int i = 0; ok && i < READERS; i++)
        ok = connect(d, &d->readers[i], false, e);
    if (!ok) {
        lite_close(d);
        return NULL;
    }
    d->keeper_runs = !pthread_create(&d->keeper, NULL, keep, d);
    return d;
}
