/* db_upstream.h — the outbox of a gateway: what has to reach the registry, what it is called there, and what it said last. As db.h: each operation
 * is one transaction, any thread, durable when it returns true. A row comes into being in the transaction of the intake
 * (db_record.forward) or of the confirmation that a record waited for. */
#ifndef BULU_PLATFORM_DB_UPSTREAM_H
#define BULU_PLATFORM_DB_UPSTREAM_H

#include "sync/base/str.h"

struct db;

/* A row of the outbox. */
enum db_forward_step {
    FORWARD_WAITING, /* to be handed over, for the first time or again */
    FORWARD_TAKEN,   /* acknowledged: it has a number there */
    FORWARD_REFUSED, /* the registry would not have it; the applicant has the reasons */
    FORWARD_OVER     /* nothing more to come: done there, or superseded before it was sent */
};
struct db_forward {
    int64_t id; /* of the submission */
    char declaration[37];
    int version;
    char key[48]; /* of (declaration, version): the registry knows a repeated try by it */
    char number[128], said[64];
    int tries;
    bool unsure;        /* an earlier try may have been taken */
    int64_t changed_ms; /* of the last news */
};

struct db_forward_news {
    int64_t id;
    const char *said, *state; /* state "": unknown; the present one stays */
    const char *text, *reasons, *who;
    int64_t said_ms; /* the registry's stamp, or 0; an older one than the last is no news */
    bool over;       /* the last that there will be */
    int64_t now_ms;  /* ours */
    int64_t look_ms; /* the next look, after so long */
};
struct db_forward_figures {
    int64_t waiting, taken, refused;
    int64_t oldest_ms; /* when the oldest waiting one came; 0: none */
    int64_t stuck;     /* waiting, tried often */
};
struct db_forward_problem {
    char declaration[37], problem[200];
    int version, tries;
    int64_t made_ms, due_ms;
};

struct db_upstream_ops {
    /* The waiting row that is due, those that waited longest first; rows that a newer version superseded before they
     * were ever sent are over. ERR_NOT_FOUND: none; *next_ms is when one will be (0: never). */
    bool (*next)(struct db *db, int64_t now_ms, struct db_forward *out, int64_t *next_ms, struct err *e);
    /* Before the request leaves: from here on it may have been taken, until an answer says otherwise. Counts the try. */
    bool (*begun)(struct db *db, int64_t id, struct err *e);
    /* Another try at next_ms; unsure: it may have been taken all the same. problem: for the operator. */
    bool (*later)(struct db *db, int64_t id, bool unsure, const char *problem, int64_t next_ms, struct err *e);
    /* The registry's acknowledgement: 已经提交至基层工作单位 from here on. ERR_STATE: the row waits no longer. */
    bool (*taken)(struct db *db, int64_t id, const char *number, const char *who, int64_t now_ms, int64_t look_ms,
                  struct err *e);
    /* unit_returned with text and reasons. */
    bool (*refused)(struct db *db, int64_t id, const char *text, const char *reasons, const char *who, int64_t now_ms,
                    struct err *e);
    /* Files that the registry took for this row. file_find: ERR_NOT_FOUND. */
    bool (*file_find)(struct db *db, int64_t id, const char *sha256, char number[128], struct err *e);
    bool (*file_add)(struct db *db, int64_t id, const char *sha256, const char *number, struct err *e);
    /* Taken rows whose state is to be looked at, longest ago first; at most limit. *next_ms as above when there is none.
     * Caller frees *rows. */
    bool (*looks)(struct db *db, int64_t now_ms, size_t limit, struct db_forward **rows, size_t *n, int64_t *next_ms,
                  struct err *e);
    /* Not answered for: again after wait_ms. */
    bool (*look_again)(struct db *db, int64_t id, int64_t at_ms, struct err *e);
    /* Applies what the registry says; *changed: it was news. */
    bool (*said)(struct db *db, const struct db_forward_news *news, bool *changed, struct err *e);
    /* A record that waits for its person to be confirmed (delivered, not in the outbox) goes into it. ERR_STATE: it does
     * not wait for that; one that is in the outbox already is true. text: of the new status. */
    bool (*queue)(struct db *db, const char *declaration, int version, const char *text, const char *who,
                  int64_t now_ms, struct err *e);
    /* Is a version in the outbox? ERR_NOT_FOUND. */
    bool (*find)(struct db *db, const char *declaration, int version, struct db_forward *out,
                 enum db_forward_step *step, struct err *e);
    bool (*figures)(struct db *db, struct db_forward_figures *out, struct err *e);
    /* Waiting rows that were tried in vain, most often first. Caller frees *rows. */
    bool (*problems)(struct db *db, size_t limit, struct db_forward_problem **rows, size_t *n, struct err *e);
};

#endif
