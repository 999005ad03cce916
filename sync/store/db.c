/* db.c — one connection, one lock. Two processes write this database. SQLite's WAL up to 3.51.2 can lose a page when
 * one connection resets the log while another writes; so that this cannot happen, whoever writes or checkpoints holds
 * store.lock, nothing checkpoints by itself (wal_autocheckpoint=0, no checkpoint on close), and what an I/O error may
 * silently leave (another journal mode) is checked. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define PAGES_TO_MOVE  1000 /* 4 MB of WAL: then a checkpoint */
#define PAGES_TOO_MANY 8000 /* readers kept it from being reset: wait for them once */

void (*store_fault)(const char *step);
int store_busy_ms = 5000;

/* --- errors --- */

static enum err_code code_of(int rc, int errno_value)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return ERR_BUSY;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return errno_value == ENOSPC || errno_value == EDQUOT ? ERR_FULL : ERR_IO;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ERR_DENIED;
    case SQLITE_CONSTRAINT:
        return ERR_EXISTS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_FORMAT;
    default:
        return ERR_INTERNAL;
    }
}

static bool fail(struct store *s, int rc, struct err *e)
{
    if ((rc & 0xff) == SQLITE_NOMEM)
        abort(); /* as any small allocation */
    return err_set(e, code_of(rc, s->db ? sqlite3_system_errno(s->db) : 0), "sqlite: %s (%d)",
                   s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc), rc);
}

/* --- the lock --- */

static bool lock_take(struct store *s, struct err *e)
{
    int64_t deadline =
        clock_mono(clock_system()) + store_busy_ms; /* real time: the other process does not live by a test's clock */
    long wait_ns = 200000;
    while (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_sys(e, errno, "store.lock");
        if (clock_mono(clock_system()) > deadline)
            return err_set(e, ERR_BUSY, "store.lock: held by another process for %d ms", store_busy_ms);
        nanosleep(&(struct timespec){0, wait_ns}, NULL);
        if (wait_ns < 10000000)
            wait_ns *= 2;
    }
    return true;
}

static void lock_give(struct store *s)
{
    flock(s->lock_fd, LOCK_UN);
}

/* --- statements --- */

static bool bind_all(struct store *s, sqlite3_stmt *p, const char *types, va_list ap, struct err *e)
{
    int rc = SQLITE_OK;
    for (int i = 1; *types && rc == SQLITE_OK; types++, i++) {
        if (*types == 'i') {
            rc = sqlite3_bind_int64(p, i, va_arg(ap, int64_t));
        } else if (*types == 't') {
            rc = sqlite3_bind_text(p, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
        } else {
            const void *bytes = va_arg(ap, const void *);
            size_t len = va_arg(ap, size_t);
            rc = bytes ? sqlite3_bind_blob64(p, i, bytes, len, SQLITE_TRANSIENT) : sqlite3_bind_null(p, i);
        }
    }
    return rc == SQLITE_OK || fail(s, rc, e);
}

static bool prepare(struct store *s, struct query *q, struct err *e, const char *sql, const char *types, va_list ap)
{
    *q = (struct query){s, NULL};
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &q->p, NULL);
    if (rc == SQLITE_OK && bind_all(s, q->p, types, ap, e))
        return true;
    if (rc != SQLITE_OK)
        fail(s, rc, e);
    query_finish(q);
    return false;
}

bool db_query(struct store *s, struct query *q, struct err *e, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    bool ok = prepare(s, q, e, sql, types, ap);
    va_end(ap);
    return ok;
}

int db_next(struct query *q, struct err *e)
{
    int rc = sqlite3_step(q->p);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE)
        return 0;
    fail(q->s, rc, e);
    return -1;
}

bool db_again(struct query *q, struct err *e, const char *types, ...)
{
    sqlite3_reset(q->p);
    va_list ap;
    va_start(ap, types);
    bool ok = bind_all(q->s, q->p, types, ap, e);
    va_end(ap);
    return ok && db_next(q, e) >= 0;
}

static bool run(struct query *q, struct err *e)
{
    int got;
    do
        got = db_next(q, e);
    while (got > 0);
    query_finish(q);
    return got == 0;
}

bool db_run(struct store *s, struct err *e, const char *sql, const char *types, ...)
{
    struct query q;
    va_list ap;
    va_start(ap, types);
    bool ok = prepare(s, &q, e, sql, types, ap);
    va_end(ap);
    return ok && run(&q, e);
}

bool db_int(struct store *s, int64_t *out, struct err *e, const char *sql, const char *types, ...)
{
    CLEANUP(query) struct query q = {0};
    va_list ap;
    va_start(ap, types);
    bool ok = prepare(s, &q, e, sql, types, ap);
    va_end(ap);
    int got = ok ? db_next(&q, e) : -1;
    if (got > 0)
        *out = query_int(&q, 0);
    return got > 0 || (got == 0 && err_set(e, ERR_NOT_FOUND, "no such row"));
}

int64_t db_changes(struct store *s)
{
    return sqlite3_changes64(s->db);
}

int64_t query_int(struct query *q, int column)
{
    return sqlite3_column_int64(q->p, column);
}

const char *query_text(struct query *q, int column)
{
    const unsigned char *z = sqlite3_column_text(q->p, column);
    return z ? (const char *)z : "";
}

const void *query_bytes(struct query *q, int column, size_t *len)
{
    const void *p = sqlite3_column_blob(q->p, column);
    *len = (size_t)sqlite3_column_bytes(q->p, column);
    return p ? p : "";
}

bool query_null(struct query *q, int column)
{
    return sqlite3_column_type(q->p, column) == SQLITE_NULL;
}

void query_finish(struct query *q)
{
    sqlite3_finalize(q->p);
    q->p = NULL;
}

/* --- transactions --- */

static bool simple(struct store *s, const char *sql, struct err *e)
{
    return db_run(s, e, sql, "");
}

bool db_begin(struct store *s, struct err *e)
{
    if (s->depth) {
        if (!s->writing)
            return err_set(e, ERR_INTERNAL, "a write inside a read transaction");
        s->depth++;
        return true;
    }
    if (!lock_take(s, e))
        return false;
    if (!simple(s, "BEGIN IMMEDIATE", e)) {
        lock_give(s);
        return false;
    }
    s->depth = 1;
    s->writing = true;
    s->doomed = false;
    fault_point("begin");
    return true;
}

bool db_begin_read(struct store *s, struct err *e)
{
    if (!s->depth && !simple(s, "BEGIN", e))
        return false;
    if (!s->depth)
        s->writing = s->doomed = false;
    s->depth++;
    return true;
}

/* With the lock held. PASSIVE moves what no reader needs any more; the next writer then starts the log from its
 * beginning. */
static void checkpoint(struct store *s, int mode)
{
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, mode, NULL, NULL);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) /* the data are safe in the log */
        log_warn("store.checkpoint", "mode=%d sqlite=%d", mode, rc);
    fault_point("checkpoint");
}

bool db_end(struct store *s, bool ok, struct err *e)
{
    if (--s->depth) {
        s->doomed |= !ok;
        return ok;
    }
    if (ok && s->doomed)
        ok = err_set(e, ERR_INTERNAL, "a part of the transaction failed");
    if (ok && s->writing)
        fault_point("before commit");
    ok = ok && simple(s, "COMMIT", e);
    if (!ok && !sqlite3_get_autocommit(s->db)) {
        struct err ignored = {0}; /* the first reason stands */
        if (!simple(s, "ROLLBACK", &ignored))
            log_error("store.rollback", "%s", ignored.text);
    }
    if (!s->writing)
        return ok;
    if (ok)
        fault_point("commit");
    if (ok && s->wal_pages >= PAGES_TO_MOVE)
        checkpoint(s, s->wal_pages >= PAGES_TOO_MANY ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE);
    s->writing = false;
    lock_give(s);
    return ok;
}

void db_scrub(struct store *s)
{
    struct err e = {0};
    if (!lock_take(s, &e)) {
        log_warn("store.scrub", "%s", e.text);
        return;
    }
    checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
    lock_give(s);
}

/* --- opening --- */

static int on_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct store *)ctx)->wal_pages = pages;
    return SQLITE_OK;
}

/* Sets and reads back: a pragma that does not take says nothing. */
static bool pragma(struct store *s, const char *set, const char *get, const char *want, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!simple(s, set, e) || !db_query(s, &q, e, get, ""))
        return false;
    int got = db_next(&q, e);
    if (got < 0)
        return false;
    if (got == 0 || strcmp(query_text(&q, 0), want))
        return err_set(e, ERR_IO, "%s: is \"%.40s\", must be \"%s\"", get, got ? query_text(&q, 0) : "", want);
    return true;
}

static bool set_pragmas(struct store *s, struct err *e)
{
    static const struct {
        const char *set, *get, *want;
    } pragmas[] = {
        {"PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal"},
        {"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
        {"PRAGMA wal_autocheckpoint=0", "PRAGMA wal_autocheckpoint", "0"},
        {"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1"},
        {"PRAGMA secure_delete=ON", "PRAGMA secure_delete", "1"},
        {"PRAGMA temp_store=MEMORY", "PRAGMA temp_store", "2"},
        {"PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0"},
        {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pragmas); i++)
        if (!pragma(s, pragmas[i].set, pragmas[i].get, pragmas[i].want, e))
            return false;
    sqlite3_wal_hook(s->db, on_wal, s); /* after wal_autocheckpoint, which would take the hook's place */
    return true;
}

/* SQLite gives log and shared memory the mode of the database: it must let the group write before SQLite sees it. */
static bool make_group_file(const char *path, int *fd, struct err *e)
{
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (*fd < 0)
        return err_sys(e, errno, "%s", path);
    struct stat st;
    if (fstat(*fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0777) != 0660 && fchmod(*fd, 0660) < 0)
        return err_sys(e, errno, "chmod %s", path);
    return true;
}

static bool make_dirs(struct store *s, struct err *e)
{
    const char *const dirs[] = {s->dir, s->blobs};
    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        if (file_exists(dirs[i]))
            continue;
        if (!dir_make(dirs[i], 0770, e))
            return false;
        if (chmod(dirs[i], 02770) < 0)
            return err_sys(e, errno, "chmod %s", dirs[i]);
    }
    return dir_sync(s->dir, e);
}

/* Nothing but SQLite may open the database while SQLite has it open: the first close of any descriptor in this process
 * would drop its locks (POSIX), and another process that closes then takes the log for its own and removes it. */
static bool make_database(const char *path, struct err *e)
{
    struct stat st;
    AUTOCLOSE int fd = -1;
    bool good = stat(path, &st) == 0 && (st.st_uid != geteuid() || (st.st_mode & 0777) == 0660);
    return good || make_group_file(path, &fd, e);
}

static bool open_locked(struct store *s, const char *path, struct err *e)
{
    if (!make_database(path, e))
        return false;
    int rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return fail(s, rc, e);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, store_busy_ms);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return set_pragmas(s, e) && schema_migrate(s, e) && dir_sync(s->dir, e);
}

bool db_open(struct store *s, struct err *e)
{
    AUTOFREE char *lock = path_join(s->dir, "store.lock");
    AUTOFREE char *path = path_join(s->dir, "bulu.db");
    if (!make_dirs(s, e) || !make_group_file(lock, &s->lock_fd, e) || !lock_take(s, e))
        return false;
    bool ok = open_locked(s, path, e);
    lock_give(s);
    return ok || err_prefix(e, "%s", path);
}

void db_close(struct store *s)
{
    if (s->ready)
        db_scrub(s);
    sqlite3_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
}
