/* db.h — inside sync/store only: the door to SQLite. Statements with typed arguments, transactions under the one lock,
 * checkpoints.
 *
 * types of the arguments, one letter each: i int64_t · t text (NULL: null) · b bytes (pointer, size_t; NULL pointer:
 * null) */
#ifndef BULU_STORE_DB_H
#define BULU_STORE_DB_H

#include "sync/store/store.h"

#include <sqlite3.h>

struct store {
    struct store_options o;
    char *dir, *blobs;
    char boot[37];
    unsigned char *secret; /* the device secret in locked memory; NULL for the agent */
    bool ready;            /* opened to the end */
    sqlite3 *db;
    int lock_fd;
    int depth;            /* of nested transactions */
    bool writing, doomed; /* the outermost one holds the lock; an inner part failed */
    int wal_pages;        /* in the WAL after the last commit */
};

/* Tests stop a process here: called with the name of a step that has just been done. */
extern void (*store_fault)(const char *step);
extern int store_busy_ms; /* how long to wait for the other process; tests shorten it */
static inline void fault_point(const char *step)
{
    if (store_fault)
        store_fault(step);
}

bool db_open(struct store *s, struct err *e) WARN_UNUSED; /* under the lock; pragmas set and verified; migrated */
void db_close(struct store *s);

/* Takes the flock, BEGIN IMMEDIATE; nested calls count. A read transaction takes no lock. */
bool db_begin(struct store *s, struct err *e) WARN_UNUSED;
bool db_begin_read(struct store *s, struct err *e) WARN_UNUSED;
/* ok: commits (the outermost), else rolls back. Returns ok when that worked. */
bool db_end(struct store *s, bool ok, struct err *e) WARN_UNUSED;
/* Moves the WAL into the database and cuts it to nothing, under the lock: after something was wiped. Best effort. */
void db_scrub(struct store *s);

bool db_run(struct store *s, struct err *e, const char *sql, const char *types, ...) WARN_UNUSED;
int64_t db_changes(struct store *s); /* rows that the last db_run changed */
/* First column of the first row; ERR_NOT_FOUND when there is none. */
bool db_int(struct store *s, int64_t *out, struct err *e, const char *sql, const char *types, ...) WARN_UNUSED;

struct query {
    struct store *s;
    sqlite3_stmt *p;
};
bool db_query(struct store *s, struct query *q, struct err *e, const char *sql, const char *types, ...) WARN_UNUSED;
int db_next(struct query *q, struct err *e) WARN_UNUSED; /* 1 a row, 0 no more, -1 failed */
/* A statement that is run again and again with other arguments (a loop's insert). */
bool db_again(struct query *q, struct err *e, const char *types, ...) WARN_UNUSED;
int64_t query_int(struct query *q, int column);
const char *query_text(struct query *q, int column); /* "" for null; until the next step */
const void *query_bytes(struct query *q, int column, size_t *len);
bool query_null(struct query *q, int column);
void query_finish(struct query *q);
static inline void query_cleanup(struct query *q)
{
    query_finish(q);
}

/* schema.c: brings user_version to the newest, each step in its own transaction; called with the lock held. */
bool schema_migrate(struct store *s, struct err *e) WARN_UNUSED;
int schema_version(void);

/* age.c: powered-on time of this machine as far as the store saw it, ms. Never runs backwards, never jumps with the
 * wall clock; the time switched off does not count. Inside a write transaction. */
bool age_now(struct store *s, int64_t *ms, struct err *e) WARN_UNUSED;

/* audit.c: one row of the chain; inside a write transaction. */
bool audit_add(struct store *s, struct err *e, const char *event, const char *fmt, ...) PRINTF_LIKE(4, 5) WARN_UNUSED;

/* attempt.c: counting wrong codes. begin counts the try durably before it is made (ERR_DENIED: locked); right clears.
 */
bool attempt_begin(struct store *s, const char *subject, struct code_verdict *v, struct err *e) WARN_UNUSED;
void attempt_right(struct store *s, const char *subject);

/* secret.c */
bool secret_load(struct store *s, struct err *e) WARN_UNUSED;

/* ticket_keys.c: makes the keys of tickets where there are none that open; with the device secret only. */
bool ticket_keys_ready(struct store *s, struct err *e) WARN_UNUSED;

/* folder.c: key of the code slot, and the value that checks a code without opening anything. 64 bytes: kek ‖ check. */
#define SLOT_KEYS (2 * KEY_BYTES)
bool slot_keys(struct store *s, const char *code, const unsigned char salt[SALT_BYTES], unsigned char out[SLOT_KEYS],
               struct err *e) WARN_UNUSED;

/* What finds a folder: a MAC of the ID number under the device secret. */
bool folder_tag(const struct store *s, const char *id18, unsigned char tag[HASH_BYTES], struct err *e) WARN_UNUSED;
void folder_taken_up(struct store *s, const struct folder *f, const char *id18);

/* slot.c: writes the account slot, unless there is one of the present key; *there: the folder has one now. Without a
 * platform's key it does nothing. Inside a write transaction. */
bool account_slot_put(struct store *s, const struct folder *f, const char *id18, bool *there,
                      struct err *e) WARN_UNUSED;

/* staff_slot.c: for each member of staff who has none of this folder yet. Inside a write transaction. */
bool staff_slots_put(struct store *s, const struct folder *f, struct err *e) WARN_UNUSED;
/* blob.c */
char *blob_path(const struct store *s, const char *name); /* caller frees */
/* Inside a write transaction: of refs (sorted, *n), forgets those that nothing cites; *n and refs become these. Their
 * files are unlinked after the commit by blob_unlink. */
bool blob_forget_uncited(struct store *s, struct blob_ref *refs, size_t *n, struct err *e) WARN_UNUSED;
void blob_unlink(struct store *s, const struct blob_ref *refs, size_t n);

/* draft.c: as store_draft_save, inside a write transaction. */
bool draft_save(struct store *s, const struct folder *f, const char *declaration, const void *doc, size_t len,
                struct err *e) WARN_UNUSED;
/* parking.c: inside a write transaction. The draft was thrown away: what takes it back goes to the platform. It was
 * submitted: the platform forgets it by itself. */
bool parking_drop(struct store *s, const char *declaration, struct err *e) WARN_UNUSED;
bool parking_end(struct store *s, const char *declaration, struct err *e) WARN_UNUSED;
/* adopt.c: the blobs of a document of the platform; inside a write transaction. */
bool blobs_known(struct store *s, const void *doc, size_t len, struct err *e) WARN_UNUSED;

/* draft.c: inside a write transaction, a title document; the declaration's state is not asked. */
bool document_write(struct store *s, const struct folder *f, const char *declaration, const void *doc, size_t len,
                    struct err *e) WARN_UNUSED;

/* status.c: the platform's word, noted in the history and, when it is news, in the declaration. */
bool status_note(struct store *s, const struct status_update *u, struct err *e) WARN_UNUSED;
bool history_add(struct store *s, const struct status_update *u, struct err *e) WARN_UNUSED;
/* Our own transition, compare-and-swap: ERR_STATE when the declaration is not of that version and state; ERR_NOT_FOUND.
 */
bool status_move(struct store *s, const char *declaration, int version, enum decl_state from, enum decl_state to,
                 struct err *e) WARN_UNUSED;

static inline int64_t wall_now(const struct store *s)
{
    return clock_wall(s->o.clock);
}

#endif
