/* db_review.h — declarations by what a role may see, and the queues of region and operators. Part of the database's
 * contract (db.h): the same rules about threads, durability, times and text. */
#ifndef BULU_PLATFORM_DB_REVIEW_H
#define BULU_PLATFORM_DB_REVIEW_H

#include "sync/platform/db.h"

/* Whose declarations. Every query about declarations for a person at the pages goes through one. */
struct db_scope {
    enum {
        DB_SCOPE_NONE,
        DB_SCOPE_UNIT,     /* those of the unit */
        DB_SCOPE_SUPERIOR, /* those that units below the unit have passed on: submitted_superior, superior_returned, done */
        DB_SCOPE_ALL
    } kind;
    int64_t unit;
};
struct db_filter {
    struct db_scope scope;
    const char *states; /* by commas; NULL: any */
    const char *words;  /* blank-separated; each must occur in name, title, unit or receipt; NULL: any */
    size_t skip, limit;
};
struct db_state_count {
    char state[DB_STATE_SIZE];
    int64_t n;
};

/* A unit in words that the directory does not have (待匹配). */
struct db_unmatched {
    char name[256], code[64];
    int64_t n, since_ms;
};
struct db_unmatched_list {
    struct db_unmatched *rows;
    size_t n;
    int64_t total;
};

/* What operators see of records: never their content. */
struct db_device_row {
    struct db_device device; /* certificate_ends: of the newest */
    int64_t added_ms;
};
struct db_conflict {
    int64_t id, at_ms;
    char declaration[37], digest[65], device[37];
    int version;
    int64_t kiosk; /* 0: not known */
};
struct db_quarantined {
    int64_t id, at_ms, batch, seq, bytes, kiosk;
    char device[37], problem[40];
};
struct db_audit_row {
    int64_t id, at_ms;
    char who[64], event[48], detail[192];
};
struct db_operator_rows { /* one of the lists below; caller frees rows */
    void *rows;
    size_t n;
    int64_t total;
};

/* An accepted declaration, in the order of its acceptance. */
struct db_accepted {
    int64_t cursor; /* of the status that accepted it: grows */
    char declaration[37];
    int version;
};

struct db_review_ops {
    bool (*list)(struct db *db, const struct db_filter *f, struct db_rows *out, struct err *e);
    /* The latest versions in a scope by state; at most most rows. */
    bool (*counts)(struct db *db, const struct db_scope *scope, struct db_state_count *out, size_t most, size_t *n,
                   struct err *e);
    /* May this version be seen by the scope? */
    bool (*visible)(struct db *db, const struct db_scope *scope, const char *declaration, int version, bool *out,
                    struct err *e);
    /* The most waiting first. caller frees rows */
    bool (*unmatched)(struct db *db, size_t skip, size_t limit, struct db_unmatched_list *out, struct err *e);

    bool (*devices)(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e);
    bool (*conflicts)(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e);
    bool (*quarantine)(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e);
    bool (*audit_rows)(struct db *db, size_t skip, size_t limit, struct db_operator_rows *out, struct err *e);

    /* Latest versions that stand in one of states (by commas), whose last change is after the cursor. */
    bool (*accepted)(struct db *db, const char *states, int64_t after, size_t limit, struct db_accepted *out, size_t *n,
                     struct err *e);
};

#endif
