/* db_sqlite.h — what the files of the SQLite database share. Operations are written in db_sqlite_*.c, a table each. */
#ifndef BULU_PLATFORM_DB_SQLITE_H
#define BULU_PLATFORM_DB_SQLITE_H

#include "sync/platform/db_accounts.h"
#include "sync/platform/db_review.h"
#include "sync/platform/db_staff.h"
#include "sync/platform/lite.h"

struct db_sqlite {
    struct db db; /* first */
    struct db_ops ops;
    struct db_accounts_ops accounts;
    struct lite *lite;
    const struct crypto_ops *crypto;
};

struct db_sqlite *db_sqlite_self(struct db *db);
/* Each table fills in its operations. */
void db_sqlite_devices_ops(struct db_ops *o);   /* kiosks, their certificates, enrolment codes, heartbeats */
void db_sqlite_intake_ops(struct db_ops *o);    /* batches and their records, and the feed back to the devices */
void db_sqlite_review_ops(struct db_ops *o);    /* one submission, its history, the decision */
void db_sqlite_attempts_ops(struct db_ops *o);  /* counted tries */
void db_sqlite_operators_ops(struct db_ops *o); /* audit chain, alarms, figures, small named values */

void db_sqlite_accounts_ops(struct db_accounts_ops *o); /* accounts, sessions, locks, captchas, tickets */
void db_sqlite_sms_ops(struct db_accounts_ops *o);      /* the outbox of messages */
void db_sqlite_drafts_ops(struct db_accounts_ops *o);   /* drafts parked for the next kiosk */
void db_sqlite_profiles_ops(struct db_accounts_ops *o); /* profiles, declarations of a person, rows by operators */

extern const struct db_upstream_ops db_sqlite_upstream; /* db_sqlite_upstream.c */
extern const struct db_wechat_ops db_sqlite_wechat;     /* db_sqlite_wechat.c */
extern const struct db_staff_ops db_sqlite_staff;       /* db_sqlite_staff.c, db_sqlite_units.c */
extern const struct db_review_ops db_sqlite_review;     /* db_sqlite_lists.c */

extern const char *const db_sqlite_schema[]; /* db_sqlite_schema.c */
extern const size_t db_sqlite_schema_steps;

/* The transactions of lite.h, by the database. */
struct lite_connection *db_write_begin(struct db *db, struct err *e) WARN_UNUSED;
bool db_write_end(struct db *db, bool ok, struct err *e);
struct lite_connection *db_read_begin(struct db *db);
void db_read_end(struct db *db, struct lite_connection *c);
/* Most writes are one statement. */
bool db_write_one(struct db *db, struct err *e, struct lite_connection *c, sqlite3_stmt *st);

#define SESSION_MOST_MS (12LL * 3600 * 1000) /* of a sign-in at the review pages */

/* --- shared rows; inside a transaction --- */
#define STATUS_ROW "s.declaration, s.version, s.receipt, t.state, t.at_ms, t.text, t.reasons, t.who"
/* Appends a column of bytes. */
void lite_bytes(sqlite3_stmt *st, int column, struct str *out);
/* All rows of a statement that selects an id and STATUS_ROW. */
bool lite_statuses(struct lite_connection *c, sqlite3_stmt *st, struct db_statuses *out, struct err *e);
/* What a list shows of a submission `s`, and such a row. */
#define LIST_ROW                                                                                                       \
    "s.declaration, s.version, s.receipt, s.state, s.proof, s.person, s.title, s.unit_name, s.received_ms, "           \
    "s.changed_ms"
void lite_list_row(sqlite3_stmt *st, struct db_row *r);
/* A row of the history, and of the feed of who has to hear: every device that sent the declaration, or sole. */
bool lite_status_add(struct lite_connection *c, int64_t submission, const struct db_status *s, const char *sole,
                     struct err *e);
/* A submission goes into the outbox for the registry (db_upstream.h). */
bool lite_forward_add(struct lite_connection *c, int64_t submission, int64_t now_ms, struct err *e);
/* A submission carries a claim (db_wechat.h). */
bool lite_join_add(struct lite_connection *c, int64_t submission, const char *claim, int64_t now_ms, struct err *e);
/* A version was submitted: its draft has served. */
bool lite_draft_end(struct lite_connection *c, const char *person, const char *declaration, int version, struct err *e);
/* The unit of that code, else of that name, else of that alias; 0: none such. */
bool lite_unit_of(struct lite_connection *c, const char *name, const char *code, int64_t *unit, struct err *e);

/* Operations of db_staff_ops that stand in db_sqlite_units.c. */
bool db_units_put(struct db *db, const struct db_unit *rows, size_t n, const struct db_act *act,
                  struct db_units_done *out, struct err *e);
bool db_unit_find(struct db *db, const char *name, const char *code, struct db_unit *out, struct err *e);
bool db_unit_by_id(struct db *db, int64_t id, struct db_unit *out, struct err *e);
bool db_units_list(struct db *db, const char *words, size_t skip, size_t limit, struct db_units *out, struct err *e);
bool db_unit_match(struct db *db, const char *name, int64_t unit, const struct db_act *act, int64_t *n, struct err *e);

#endif
