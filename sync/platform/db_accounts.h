/* db_accounts.h — the applicants' half of the database: accounts, sessions at kiosks, locks, captchas, codes, messages,
 * profiles. A table of named operations beside db.h, with the same rules: each one transaction, durable when it returns
 * true, any thread. A person is known by the tag of the ID number (applicants.h); what is sealed stays sealed here.
 * Contract test: tests/unit/sync/platform/db_accounts_test.c. */
#ifndef BULU_PLATFORM_DB_ACCOUNTS_H
#define BULU_PLATFORM_DB_ACCOUNTS_H

#include "sync/platform/db.h"
#include "sync/record/seal.h"

#define TAG_SIZE HASH_HEX

struct db_account {
    int64_t id;
    char tag[TAG_SIZE];
    char verifier[VERIFIER_BYTES];
    char next_verifier[VERIFIER_BYTES]; /* of a password that an SMS brought; "": none */
    int64_t next_ends_ms;
    struct str sealed;
    bool wechat, off;
};
void db_account_finish(struct db_account *a);

struct db_visit { /* a session of an applicant at a kiosk */
    char hash[HASH_HEX], device[37], proof[12];
    int64_t account;
    unsigned char reply[KEY_BYTES];
    int64_t made_ms, seen_ms;
};
struct db_visit_limits {
    int64_t idle_ms, most_ms;
};

struct db_lock {
    int most;                    /* wrong tries before a lock */
    int64_t lock_ms, longest_ms; /* the first lock; each next one is twice as long, up to the longest */
};

struct db_ticket {
    char hash[HASH_HEX], device[37], kind[12], code[HASH_HEX]; /* code: its MAC; "": none can be right */
    int64_t account;                                           /* 0: none */
    struct str sealed;
    int tries;
    int64_t ends_ms;
};
void db_ticket_finish(struct db_ticket *t);

struct db_sms {
    int64_t id;
    char number[TAG_SIZE];
    struct str sealed;
    int tries;
    int64_t due_ms, next_ms, ends_ms;
};
void db_sms_finish(struct db_sms *s);
struct db_sms_limits { /* how many messages to one number */
    int minute, hour, day;
};

struct db_profile {
    int64_t version;      /* 0: nothing is kept of this person */
    struct str sealed;    /* what was put; empty when a submission is newer */
    char declaration[37]; /* else: whose person scope holds */
    int declaration_version;
};
void db_profile_finish(struct db_profile *p);

/* A draft parked for the person's next kiosk (sync/protocol/sessions.h). */
struct db_draft {
    char declaration[37];
    int version;
    int64_t edit;    /* grows with each change */
    char device[37]; /* the holder */
    int64_t base, n; /* the edit that it took up, and its own count of saves */
    int64_t edited_ms;
    struct str sealed; /* empty: thrown away by the person */
    char other[37];    /* a kiosk that had changes of its own; "": none */
    int64_t other_ms;
};
struct db_drafts {
    struct db_draft *rows;
    size_t n;
};
void db_drafts_finish(struct db_drafts *d);
enum db_draft_verdict {
    DB_DRAFT_KEPT,     /* also when what is here is later */
    DB_DRAFT_CONFLICT, /* another kiosk holds it */
    DB_DRAFT_SENT      /* this version, or a later one, was submitted */
};

struct db_accounts_ops {
    /* accounts */
    bool (*add)(struct db *db, const struct db_account *a, int64_t now_ms, int64_t *id,
                struct err *e); /* ERR_EXISTS: the tag has one */
    bool (*by_tag)(struct db *db, const char *tag, struct db_account *out, struct err *e);        /* ERR_NOT_FOUND */
    bool (*by_id)(struct db *db, int64_t id, struct db_account *out, struct err *e);              /* ERR_NOT_FOUND */
    bool (*by_wechat)(struct db *db, const char *subject, struct db_account *out, struct err *e); /* ERR_NOT_FOUND */
    /* subject: whatever names the WeChat user here, never in clear; NULL unbinds. ERR_EXISTS: bound to another. */
    bool (*wechat_set)(struct db *db, int64_t id, const char *subject, int64_t now_ms, struct err *e);
    /* A new password holds from now on: the one that an SMS brought is gone, and so are the sessions. */
    bool (*verifier_set)(struct db *db, int64_t id, const char *verifier, int64_t now_ms, struct err *e);
    bool (*next_set)(struct db *db, int64_t id, const char *verifier, int64_t ends_ms, struct err *e);
    bool (*sealed_set)(struct db *db, int64_t id, const struct str *sealed, int64_t now_ms, struct err *e);

    /* sessions: one a device; opening one ends the older */
    bool (*visit_open)(struct db *db, const struct db_visit *v, struct err *e);
    /* Touches it. ERR_NOT_FOUND: unknown, another device's, idle for too long, too old. */
    bool (*visit_find)(struct db *db, const char *hash, const char *device, const struct db_visit_limits *l,
                       int64_t now_ms, struct db_visit *out, struct err *e);
    bool (*visit_end)(struct db *db, const char *hash, const char *device, struct err *e);

    /* Counts a try under key before the secret is looked at; as db_ops.attempt, with locks that grow. */
    bool (*lock_try)(struct db *db, const char *key, const struct db_lock *l, int64_t now_ms, struct db_attempt *out,
                     struct err *e);
    bool (*lock_clear)(struct db *db, const char *key, struct err *e);
    /* At most n under key in a span: *wait_ms 0 and counted, or how long until the next span. */
    bool (*pace)(struct db *db, const char *key, int n, int64_t span_ms, int64_t now_ms, int64_t *wait_ms,
                 struct err *e);

    /* captchas */
    bool (*captcha_add)(struct db *db, const char *id, const char *device, const char *answer, int64_t ends_ms,
                        struct err *e);
    /* Uses it up, right or wrong. ERR_NOT_FOUND: unknown, used, expired, another device's. */
    bool (*captcha_take)(struct db *db, const char *id, const char *device, int64_t now_ms, char answer[HASH_HEX],
                         struct err *e);

    /* tickets */
    bool (*ticket_add)(struct db *db, const struct db_ticket *t, struct err *e);
    bool (*ticket_find)(struct db *db, const char *hash, const char *device, int64_t now_ms, struct db_ticket *out,
                        struct err *e); /* ERR_NOT_FOUND */
    /* Counts a try before the code is looked at, then the same as find; at no try left it is gone behind this one. */
    bool (*ticket_try)(struct db *db, const char *hash, const char *device, int64_t now_ms, struct db_ticket *out,
                       struct err *e);
    /* A new code with all tries. */
    bool (*ticket_code)(struct db *db, const char *hash, const char *code, int tries, int64_t ends_ms, struct err *e);
    bool (*ticket_end)(struct db *db, const char *hash, struct err *e);

    /* messages; strict: *wait_ms > 0 and nothing is kept when a limit holds; else the message waits
     * for its time. sealed empty: nothing is to be sent, only counted. */
    bool (*sms_add)(struct db *db, const struct db_sms *s, const struct db_sms_limits *l, bool strict, int64_t now_ms,
                    int64_t *wait_ms, struct err *e);
    bool (*sms_due)(struct db *db, int64_t now_ms, struct db_sms *out, int64_t *next_ms,
                    struct err *e); /* ERR_NOT_FOUND; *next_ms: when the next will be, 0: none */
    bool (*sms_done)(struct db *db, int64_t id, bool sent, struct err *e);
    bool (*sms_again)(struct db *db, int64_t id, int64_t next_ms, struct err *e);
    /* What the history says that nobody was told of yet, oldest first. */
    bool (*sms_news)(struct db *db, size_t limit, struct db_statuses *out, struct err *e);
    /* Told up to this row of the history; s: the message about it, or NULL. One transaction: nobody hears twice. */
    bool (*sms_tell)(struct db *db, int64_t status, const struct db_sms *s, const struct db_sms_limits *l,
                     int64_t now_ms, struct err *e);
    bool (*sms_counts)(struct db *db, int64_t *waiting, int64_t *sent, int64_t *dead, struct err *e);

    /* the person's own */
    bool (*profile)(struct db *db, const char *person, struct db_profile *out, struct err *e);
    /* Compare-and-swap on the version. ERR_STATE: base is not the newest. blobs: their sha256, blank-separated. */
    bool (*profile_put)(struct db *db, const char *person, int64_t base, const struct str *sealed, const char *blobs,
                        int64_t now_ms, int64_t *version, struct err *e);
    bool (*declarations)(struct db *db, const char *person, size_t limit, struct db_rows *out,
                         struct err *e); /* latest versions, newest first */
    bool (*cites)(struct db *db, const char *person, const char *sha256, bool *out, struct err *e);
    /* The rows of these people are replaced by what each brings. */
    bool (*rows_replace)(struct db *db, const char *kind, const char *const *person, const struct str *sealed, size_t n,
                         struct err *e);
    bool (*rows)(struct db *db, const char *kind, const char *person,
                 bool (*each)(void *ctx, const void *sealed, size_t len), void *ctx, struct err *e);

    /* drafts */
    /* d: all but edit and other. blobs: their sha256, blank-separated. *edit: as it is now. */
    bool (*draft_put)(struct db *db, const char *person, const struct db_draft *d, const char *blobs, int64_t now_ms,
                      int64_t ends_ms, enum db_draft_verdict *v, int64_t *edit, struct err *e);
    /* The device holds it from now on. ERR_NOT_FOUND: none, or thrown away. */
    bool (*draft_take)(struct db *db, const char *person, const char *declaration, const char *device, int64_t now_ms,
                       struct db_drafts *out, struct err *e);
    /* Thrown away; the row stays for a while, so that other kiosks hear of it. Idempotent. */
    bool (*draft_drop)(struct db *db, const char *person, const char *declaration, int64_t now_ms, struct err *e);
    bool (*drafts)(struct db *db, const char *person, int64_t now_ms, size_t limit, struct db_drafts *out,
                   struct err *e); /* the last edited first */

    /* Forgets what has ended. */
    bool (*sweep)(struct db *db, int64_t now_ms, struct err *e);
};

#endif
