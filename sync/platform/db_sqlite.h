/* db_sqlite.h — what the files of the SQLite database share. Operations are written in db_sqlite_*.c, a table each. */
#ifndef BULU_PLATFORM_DB_SQLITE_H
#define BULU_PLATFORM_DB_SQLITE_H

#include "sync/platform/db.h"
#include "sync/platform/lite.h"

struct db_sqlite {
    struct db db; /* first */
    struct lite *lite;
    const struct crypto_ops *crypto;
};

extern const char *const db_sqlite_schema[]; /* db_sqlite_schema.c */
extern const size_t db_sqlite_schema_steps;

/* The transactions of lite.h, by the database. */
struct lite_connection *db_write_begin(struct db *db, struct err *e) WARN_UNUSED;
bool db_write_end(struct db *db, bool ok, struct err *e);
struct lite_connection *db_read_begin(struct db *db);
void db_read_end(struct db *db, struct lite_connection *c);
/* Most writes are one statement. */
bool db_write_one(struct db *db, struct err *e, struct lite_connection *c, sqlite3_stmt *st);

#endif
