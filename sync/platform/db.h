/* db.h — the platform's database as a table of named operations, each one transaction. db_sqlite.c is for a hall or a
 * test; a second one for PostgreSQL comes with the region. SQL is not shared: the contract is this header and
 * tests/unit/sync/platform/db_test.c. All operations may be called from any thread. Whatever a write says it did is
 * durable when it returns true. Text in rows belongs to the row. Times are ms of Unix time, stamped by the caller's
 * clock. */
#ifndef BULU_PLATFORM_DB_H
#define BULU_PLATFORM_DB_H

#include "sync/protocol/answer.h"

/* Where a declaration's version stands. Names on the wire and in rows; words for people in the catalogue
 * ("status.NAME"). */
#define DB_STATE_SIZE 24

/* --- devices --- */
struct db_device {
    char id[37];
    int64_t kiosk;
    char hall[128];
    bool revoked;             /* the device, or the certificate asked for */
    int64_t certificate_ends; /* of the certificate asked for; 0: none asked for */
    int64_t seen_ms;          /* last heartbeat; 0: never */
};
struct db_enrolment {
    const char *code_hash; /* hex of sha256 of the code */
    const char *device;    /* a fresh UUID; a kiosk that enrols again keeps its old one */
    int64_t now_ms;
};

/* --- intake --- */
struct db_blob {
    char sha256[65];
    int64_t bytes;
};
enum db_intake { DB_SUBMISSION, DB_TOMBSTONE, DB_REJECTED, DB_BLOB_MISSING };
struct db_record { /* one line of a batch, judged */
    enum db_intake kind;
    int64_t seq; /* < 0: the line does not say */
    char declaration[37];
    int version;
    /* DB_SUBMISSION */
    char digest[65], receipt[20];
    char *envelope; /* the line's JSON without "sealed" */
    struct str sealed;
    struct db_blob *blobs;
    size_t n_blobs;
    char state[DB_STATE_SIZE];
    char *reasons;        /* JSON [{"path","reason"}…], or NULL */
    char *person, *title; /* for the reviewer's list */
    char person_tag[65];  /* whose it is (applicants.h); "": the record names nobody */
    char *unit_name, *unit_code;
    char proof[12];
    char *code;   /* verifier of the 取件码, or NULL */
    char *claim;  /* of a WeChat ticket to bind, or NULL; db_wechat.h */
    char *text;   /* words beside the state (已送达，待平台入库), or NULL */
    bool forward; /* goes into the outbox for the registry; db_upstream.h */
    /* DB_REJECTED */
    char *line; /* as it came: goes to quarantine */
    /* out for SUBMISSION and TOMBSTONE, in for the others; seq is filled from above */
    struct wire_answer answer;
};
void db_record_finish(struct db_record *r);
struct db_batch {
    const char *device, *epoch;
    int64_t number;
    const char *digest; /* hex of the body as it came */
    struct db_record *records;
    size_t n;
    int64_t now_ms;
    struct str *answer; /* out: the bytes that were stored as the answer */
};

/* --- declarations --- */
struct db_row { /* of the reviewer's list */
    char declaration[37];
    int version;
    char receipt[20], state[DB_STATE_SIZE], proof[12];
    char *person, *title, *unit_name;
    int64_t received_ms, changed_ms;
};
struct db_rows {
    struct db_row *rows;
    size_t n;
    int64_t total; /* that match, on all pages */
};
void db_rows_finish(struct db_rows *r);
struct db_submission {
    struct db_row row;
    int64_t unit; /* 0: not known here */
    bool latest;
    char device[37], digest[65];
    char *envelope, *unit_code, *code;
    struct str sealed;
};
void db_submission_finish(struct db_submission *s);
struct db_status {
    int64_t id; /* of the feed: its cursor, which only grows; of a history: its order */
    char declaration[37];
    int version;
    char receipt[20], state[DB_STATE_SIZE];
    int64_t at_ms;
    char *text, *reasons, *who; /* "" where there is none */
};
struct db_statuses {
    struct db_status *rows;
    size_t n;
};
void db_statuses_finish(struct db_statuses *s);
struct db_decision {
    const char *declaration;
    int version;
    const char *const *from; /* states it is allowed from, NULL-terminated */
    const char *to, *text, *reasons, *who;
    int64_t now_ms;
};

/* --- limits --- */
struct db_attempt {
    int tries_left;
    int64_t locked_for_ms; /* > 0: locked, whatever is typed */
};

/* --- operators --- */
struct db_alarm {
    int64_t id, at_ms;
    char kind[32], device[37];
    char *detail;
};
struct db_alarms {
    struct db_alarm *rows;
    size_t n;
};
void db_alarms_finish(struct db_alarms *a);
struct db_figures {
    int64_t devices, submissions, waiting, returned, passed, quarantined, conflicts, alarms, missing_seqs;
};

struct db;
struct db_ops {
    void (*close)(struct db *db);
    bool (*ping)(struct db *db, struct err *e);
    /* What was written since the last checkpoint goes into the main file. */
    bool (*maintain)(struct db *db, int64_t now_ms, struct err *e);

    /* devices */
    bool (*code_add)(struct db *db, const char *code_hash, const char *hall, int64_t kiosk, int64_t expires_ms,
                     struct err *e);
    /* Uses the code up. ERR_DENIED: unknown, used, expired. issue is called inside the transaction for the certificate
     * of the device that it became: a false from it undoes all. A kiosk number that was there keeps its device id; its
     * older certificates end. */
    bool (*enrol)(struct db *db, const struct db_enrolment *in,
                  bool (*issue)(void *ctx, const struct db_device *d, char fingerprint[65], int64_t *expires_ms,
                                struct err *e),
                  void *ctx, struct db_device *out, struct err *e);
    bool (*device_find)(struct db *db, const char *fingerprint, struct db_device *out,
                        struct err *e);                                                        /* ERR_NOT_FOUND */
    bool (*device_by_id)(struct db *db, const char *id, struct db_device *out, struct err *e); /* ERR_NOT_FOUND */
    bool (*device_put)(struct db *db, const char *id, int64_t kiosk, const char *hall, int64_t now_ms,
                       struct err *e); /* bench */
    bool (*certificate_add)(struct db *db, const char *device, const char *fingerprint, int64_t expires_ms,
                            int64_t now_ms, struct err *e);
    bool (*device_revoke)(struct db *db, int64_t kiosk, int64_t now_ms, struct err *e); /* ERR_NOT_FOUND */
    /* Keeps the heartbeat and answers the highest seq seen of the epoch (0: none). */
    bool (*beat)(struct db *db, const char *device, const char *epoch, const char *text, int64_t now_ms, int64_t *seq,
                 struct err *e);

    /* intake */
    /* ERR_NOT_FOUND: new. Else the digest and the answer that were stored. */
    bool (*batch_find)(struct db *db, const char *device, const char *epoch, int64_t number, char digest[65],
                       struct str *answer, struct err *e);
    /* One durable transaction: records, statuses, quarantine, conflicts, places in the order, the answer. ERR_EXISTS:
     * the number is taken (another request was faster): ask batch_find again. */
    bool (*intake)(struct db *db, struct db_batch *batch, struct err *e);
    bool (*alarm_add)(struct db *db, const char *kind, const char *device, const char *detail, int64_t now_ms,
                      struct err *e);

    /* feed */
    bool (*updates)(struct db *db, const char *device, int64_t after, size_t limit, struct db_statuses *out,
                    struct err *e);
    int64_t (*last_status)(struct db *db); /* newest cursor of the feed; changes when there is news for anybody */

    /* declarations */
    bool (*submission)(struct db *db, const char *declaration, int version, struct db_submission *out,
                       struct err *e); /* version 0: latest */
    bool (*history)(struct db *db, const char *declaration, struct db_statuses *out, struct err *e); /* oldest first */
    /* Compare-and-swap on the latest version. ERR_STATE: it stands elsewhere, or a newer version came. */
    bool (*decide)(struct db *db, const struct db_decision *d, struct err *e);
    bool (*receipt_find)(struct db *db, const char *receipt, struct db_submission *out,
                         struct err *e); /* latest version, no sealed */

    /* limits */
    /* Counts a try under key, durably, before the secret is looked at. True with locked_for_ms 0: go on. */
    bool (*attempt)(struct db *db, const char *key, int most, int64_t lock_ms, int64_t now_ms, struct db_attempt *out,
                    struct err *e);
    bool (*attempt_clear)(struct db *db, const char *key, struct err *e);

    /* operators */
    bool (*audit)(struct db *db, const char *who, const char *event, const char *detail, int64_t now_ms, struct err *e);
    bool (*audit_verify)(struct db *db, int64_t *rows,
                         struct err *e); /* ERR_CRYPTO names the first row that does not follow */
    bool (*alarms)(struct db *db, size_t limit, struct db_alarms *out, struct err *e);
    bool (*figures)(struct db *db, struct db_figures *out, struct err *e);
    /* Small named values: "notices", "settings" (JSON). ERR_NOT_FOUND. version grows with every set. */
    bool (*value_get)(struct db *db, const char *name, struct str *out, int64_t *version, struct err *e);
    bool (*value_set)(struct db *db, const char *name, const char *value, struct err *e);
};
struct db_accounts_ops;
struct db_upstream_ops;
struct db_wechat_ops;
struct db_staff_ops;
struct db_review_ops;
struct db {
    const struct db_ops *ops;
    const struct db_accounts_ops *accounts; /* db_accounts.h */
    const struct db_upstream_ops *upstream; /* db_upstream.h */
    const struct db_wechat_ops *wechat;     /* db_wechat.h */
    const struct db_staff_ops *staff;       /* db_staff.h: reviewers, operators, their sessions; units */
    const struct db_review_ops *review;     /* db_review.h: what a role may see */
};

struct crypto_ops;
/* path: the database file; made when it is missing. crypto hashes the audit chain. */
struct db *db_sqlite_open(const char *path, const struct crypto_ops *crypto, struct err *e) WARN_UNUSED;

#endif
