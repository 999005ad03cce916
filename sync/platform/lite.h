/* lite.h — a thin door to one SQLite file. One writer connection under a mutex, and under a lock file, because
 * `bulu-platform … user-add` writes from another process: every write transaction and every checkpoint holds it,
 * wal_autocheckpoint is 0. A thread checkpoints when the log has grown, so that no answer waits for it. Readers are a
 * small pool of connections that see the last commit. WAL with synchronous=FULL, both read back and checked. Any
 * thread. */
#ifndef BULU_PLATFORM_LITE_H
#define BULU_PLATFORM_LITE_H

#include "sync/base/str.h"

#include <sqlite3.h>

struct lite;
struct lite_connection;

/* schema: append-only steps; a new version of the schema is a new entry. ERR_STATE: the file is a newer program's. */
struct lite *lite_open(const char *path, const char *const *schema, size_t steps, struct err *e) WARN_UNUSED;
void lite_close(struct lite *d);
const char *lite_path(const struct lite *d);
/* What was written since the last checkpoint goes into the main file. */
bool lite_checkpoint(struct lite *d, struct err *e);

/* Hands out the writer in an open transaction; every path ends with lite_write_end. NULL: not begun, nothing to end. */
struct lite_connection *lite_write_begin(struct lite *d, struct err *e) WARN_UNUSED;
/* Commits when ok, else rolls back; returns whether it is durable. */
bool lite_write_end(struct lite *d, bool ok, struct err *e);
/* A reader; waits for a free one. */
struct lite_connection *lite_read_begin(struct lite *d);
void lite_read_end(struct lite *d, struct lite_connection *c);

/* The statement, prepared once a connection; sql must be a literal or static (it is known by its address). Binds by
 * letters: i int64_t, t text (NULL as ""), b blob (pointer, size_t), 0 int64_t (0 as NULL), n text (NULL as NULL).
 * Reset before use. NULL with e set. What is bound must live until the statement is reset. */
sqlite3_stmt *lite_bind(struct lite_connection *c, struct err *e, const char *sql, const char *kinds, ...);
/* SQLITE_ROW, SQLITE_DONE, or -1 with e set; st may be NULL (-1). At DONE and failure the statement is reset. */
int lite_step(struct lite_connection *c, sqlite3_stmt *st, struct err *e);
/* One row or none: true with the row under st (reset it), ERR_NOT_FOUND when there is none. */
bool lite_row(struct lite_connection *c, sqlite3_stmt *st, struct err *e);
/* Runs to its end; a row is dropped. */
bool lite_run(struct lite_connection *c, sqlite3_stmt *st, struct err *e);
const char *lite_text(sqlite3_stmt *st, int column); /* "" for NULL */
int lite_changes(const struct lite_connection *c);   /* rows that the last write touched */
int64_t lite_last_id(const struct lite_connection *c);

#endif
