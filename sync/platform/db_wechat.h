/* db_wechat.h — WeChat's half of the database: keys of the kiosks' tickets, QR codes on a kiosk's screen, claims made
 * offline, what a phone is in the midst of. As db.h: each operation is one transaction, any thread, durable when it
 * returns true. A WeChat user is known by `subject`, a MAC of the openid (wechat.h); tokens only by their hashes. Who is
 * bound to whom is the accounts' (db_accounts.h, wechat_set). Contract test: tests/unit/sync/platform/db_wechat_test.c. */
#ifndef BULU_PLATFORM_DB_WECHAT_H
#define BULU_PLATFORM_DB_WECHAT_H

#include "sync/platform/db.h"
#include "sync/protocol/ticket.h"

#define SUBJECT_SIZE HASH_HEX

struct db_kiosk_keys { /* public halves of a kiosk's app */
    unsigned char sign[KEY_BYTES], box[KEY_BYTES];
};
struct db_kiosk {
    struct db_device device;
    int64_t added_ms; /* of the device */
    struct db_kiosk_keys keys;
};

/* --- a QR code on a kiosk's screen --- */
enum db_scan_state {
    SCAN_WAITING,  /* nobody yet */
    SCAN_SEEN,     /* a WeChat user is looking at it */
    SCAN_AGREED,   /* the kiosk may have the result */
    SCAN_REFUSED,  /* 拒绝 */
    SCAN_UNBOUND,  /* login by somebody who is bound to nobody */
    SCAN_RELEASED, /* the kiosk had the result */
    SCAN_REPLACED  /* by a newer one of the kiosk */
};
struct db_scan {
    char id[HASH_HEX], phone[HASH_HEX]; /* of the token that the kiosk polls with; of the one in the QR code */
    char device[37];
    bool bind; /* else login */
    char user_code[12];
    enum db_scan_state state;
    int64_t account;      /* whose: of a binding from the start, of a login once somebody is recognised; 0 */
    char visit[HASH_HEX]; /* of a binding: the session that asked; "" */
    unsigned char reply[KEY_BYTES];
    char subject[SUBJECT_SIZE]; /* "" until SEEN */
    int64_t ends_ms;
    int64_t asked_ms, interval_ms; /* of the polls */
    int tries;                     /* wrong last six so far */
};
struct db_scan_move { /* compare-and-swap */
    const char *id;
    enum db_scan_state from, to;
    const char *subject; /* NULL: as it is */
    int64_t account;     /* 0: as it is */
    int64_t now_ms;
};

/* --- a claim: an offline ticket that a phone has shown --- */
enum db_claim_state {
    CLAIM_OPEN,
    CLAIM_TORN, /* two WeChat users: nobody gets it */
    CLAIM_REFUSED,
    CLAIM_DONE /* a login: used; a binding: its declaration has come */
};
struct db_claim {
    unsigned char id[TICKET_CLAIM];
    char device[37];
    unsigned char body[TICKET_BODY];
    enum db_claim_state state;
    int64_t first_ms; /* the platform's first sight of it: its ttl counts from here */
};
struct db_claimant {
    char subject[SUBJECT_SIZE];
    unsigned char six[HASH_BYTES]; /* MAC of what was typed as the last six of the ID number */
};

/* --- what a phone is in the midst of: one page to the next --- */
enum db_errand_kind { ERRAND_SCAN, ERRAND_CLAIM, ERRAND_CONFIRM };
struct db_errand {
    char hash[HASH_HEX]; /* of its token */
    enum db_errand_kind kind;
    char about[HASH_HEX];       /* the scan's id, the claim's id in hex, the account's id */
    char browser[HASH_HEX];     /* whose cookie; "": any */
    char subject[SUBJECT_SIZE]; /* "" before WeChat has said who it is */
    int64_t ends_ms;
};

/* --- a submission that carries a claim --- */
struct db_join {
    int64_t submission;
    char declaration[37], device[37];
    int version;
    char claim[TICKET_CLAIM_TEXT];
};

struct db_wechat_ops {
    /* keys NULL: none (any more). fresh: what is there is replaced; else ERR_EXISTS when it is other. */
    bool (*kiosk_keys_set)(struct db *db, const char *device, const struct db_kiosk_keys *keys, bool fresh,
                           int64_t now_ms, struct err *e);
    bool (*kiosk_keys)(struct db *db, const char *device, struct db_kiosk_keys *out, struct err *e); /* ERR_NOT_FOUND */
    bool (*kiosk)(struct db *db, int64_t number, struct db_kiosk *out, struct err *e);               /* ERR_NOT_FOUND */

    /* The device's older codes that nobody has used are replaced. */
    bool (*scan_add)(struct db *db, const struct db_scan *s, int64_t now_ms, struct err *e);
    bool (*scan_by_phone)(struct db *db, const char *phone, struct db_scan *out, struct err *e); /* ERR_NOT_FOUND */
    bool (*scan_by_id)(struct db *db, const char *id, struct db_scan *out, struct err *e);       /* ERR_NOT_FOUND */
    /* One poll. *slow: it came too early, the interval has grown, nothing else happened. An AGREED one becomes RELEASED,
     * once: out says AGREED to this call alone. */
    bool (*scan_poll)(struct db *db, const char *id, int64_t now_ms, struct db_scan *out, bool *slow, struct err *e);
    /* ERR_STATE: it is not in that state, or its time is over. */
    bool (*scan_move)(struct db *db, const struct db_scan_move *m, struct err *e);
    /* Counts a wrong try; *tries: so far. */
    bool (*scan_wrong)(struct db *db, const char *id, int *tries, struct err *e);

    /* Inserts what is new, reads what is there. ERR_EXISTS: the same claim with another body. */
    bool (*claim_open)(struct db *db, struct db_claim *claim, struct err *e);
    bool (*claim_find)(struct db *db, const unsigned char id[TICKET_CLAIM], struct db_claim *out, struct err *e);
    /* From OPEN only. ERR_STATE. */
    bool (*claim_end)(struct db *db, const unsigned char id[TICKET_CLAIM], enum db_claim_state to, struct err *e);
    /* A second WeChat user tears it: ERR_STATE, as for one that is not OPEN. The same one again keeps what was first. */
    bool (*claimant_add)(struct db *db, const unsigned char id[TICKET_CLAIM], const struct db_claimant *c,
                         int64_t now_ms, struct err *e);
    bool (*claimant)(struct db *db, const unsigned char id[TICKET_CLAIM], struct db_claimant *out,
                     struct err *e); /* ERR_NOT_FOUND */

    bool (*errand_add)(struct db *db, const struct db_errand *x, struct err *e);
    bool (*errand_find)(struct db *db, const char *hash, int64_t now_ms, struct db_errand *out,
                        struct err *e); /* ERR_NOT_FOUND */
    /* Finds and removes: for one use. */
    bool (*errand_take)(struct db *db, const char *hash, int64_t now_ms, struct db_errand *out, struct err *e);

    /* Submissions whose claim nobody has looked at yet, oldest first; made in the intake's transaction. */
    bool (*join_next)(struct db *db, int64_t after, struct db_join *out, struct err *e); /* ERR_NOT_FOUND */
    bool (*join_done)(struct db *db, int64_t submission, const char *outcome, int64_t now_ms, struct err *e);

    /* Forgets what has ended, and claims first seen before claims_ms. */
    bool (*sweep)(struct db *db, int64_t now_ms, int64_t claims_ms, struct err *e);
};

#endif
