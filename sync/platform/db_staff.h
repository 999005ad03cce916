/* db_staff.h — who works at the pages: users and how they sign in, their sessions; and the directory of units. Part of
 * the database's contract (db.h): the same rules about threads, durability, times and text. */
#ifndef BULU_PLATFORM_DB_STAFF_H
#define BULU_PLATFORM_DB_STAFF_H

#include "sync/platform/db.h"

/* --- users --- */
#define TOTP_SEALED_MOST 128

struct db_user {
    int64_t id;
    char name[64], role[24], verifier[160];
    int64_t unit; /* 0: none */
    char unit_name[256];
    bool off;
    int64_t once_until_ms; /* > 0: the password was given by an operator, and is good until then for one change of it */
    unsigned char totp[TOTP_SEALED_MOST]; /* the sealed secret of the second factor */
    size_t totp_len;                      /* 0: none */
    int recovery_left;                    /* unused recovery codes */
};
struct db_users {
    struct db_user *rows;
    size_t n;
};
void db_users_finish(struct db_users *u);

struct db_session {
    int64_t id; /* to end it by; the cookie is known by its hash only */
    struct db_user user;
    char stage[16]; /* "": signed in; else what is still to do: "second", "enrol", "change" */
    char address[48], agent[96];
    char find[192]; /* what was searched for last: it does not stand in an address */
    int64_t made_ms, seen_ms;
};
struct db_sessions {
    struct db_session *rows;
    size_t n;
};

/* --- units --- */
struct db_unit {
    int64_t id;
    char code[64], name[256], superior[256]; /* superior: name or code of the unit above */
};
struct db_units {
    struct db_unit *rows;
    size_t n;
    int64_t total;
};
/* What an import did. */
struct db_units_done {
    int64_t added, changed, same;
    int64_t adopted; /* records that had waited for their unit */
    size_t bad;      /* on ERR_EXISTS: index of the row that contradicts the directory */
};
/* Records that find their unit get a row in their history, in the state they have; it says who did it, then text and the
 * unit's name. */
struct db_act {
    const char *who, *text;
    int64_t now_ms;
};

struct db_staff_ops {
    /* users */
    /* By name: a new one, or other role, unit and password of the old one; a second factor stays. */
    bool (*user_put)(struct db *db, const struct db_user *u, struct err *e);
    bool (*user_find)(struct db *db, const char *name, struct db_user *out, struct err *e); /* ERR_NOT_FOUND */
    bool (*user_list)(struct db *db, struct db_users *out, struct err *e);                  /* by name */
    /* Another password ends all sessions but the one of keep_hash (NULL: all). */
    bool (*user_password)(struct db *db, int64_t user, const char *verifier, int64_t once_until_ms,
                          const char *keep_hash, struct err *e);
    /* Off ends the sessions. */
    bool (*user_off)(struct db *db, int64_t user, bool off, struct err *e);
    /* A new second factor with its recovery codes (hashes); len 0: none any more. */
    bool (*totp_set)(struct db *db, int64_t user, const void *sealed, size_t len, const char *const *hashes, size_t n,
                     struct err *e);
    /* A step of time is good once, and only forward. ERR_DENIED: used already. */
    bool (*totp_use)(struct db *db, int64_t user, int64_t step, struct err *e);
    bool (*recovery_use)(struct db *db, int64_t user, const char *hash, int64_t now_ms, struct err *e); /* ERR_DENIED */

    /* sessions */
    bool (*session_add)(struct db *db, const char *token_hash, const struct db_session *s, struct err *e);
    /* Touches it. ERR_NOT_FOUND: unknown, idle for too long, or older than half a day. */
    bool (*session_find)(struct db *db, const char *token_hash, int64_t now_ms, int64_t idle_ms, struct db_session *out,
                         struct err *e);
    /* Another token and stage: what was known before a sign-in is worth nothing after it. */
    bool (*session_turn)(struct db *db, const char *token_hash, const char *new_hash, const char *stage, struct err *e);
    bool (*session_words)(struct db *db, const char *token_hash, const char *find, struct err *e);
    bool (*session_end)(struct db *db, const char *token_hash, struct err *e);
    /* One of a user's by its id, or all (id 0) but the one of keep_hash (NULL: all). */
    bool (*session_end_of)(struct db *db, int64_t user, int64_t id, const char *keep_hash, struct err *e);
    bool (*session_list)(struct db *db, int64_t user, int64_t now_ms, int64_t idle_ms, struct db_sessions *out,
                         struct err *e); /* caller frees rows */

    /* units */
    /* One transaction: a row with a code that is known changes that unit (an old name stays as an alias), else one with
     * a name that is known; else it is new. Records that waited for such a unit move to it. ERR_EXISTS: out->bad. */
    bool (*units_put)(struct db *db, const struct db_unit *rows, size_t n, const struct db_act *act,
                      struct db_units_done *out, struct err *e);
    /* The unit by name, else by code, else by alias. ERR_NOT_FOUND. */
    bool (*unit_find)(struct db *db, const char *name, const char *code, struct db_unit *out, struct err *e);
    bool (*unit_by_id)(struct db *db, int64_t id, struct db_unit *out, struct err *e); /* ERR_NOT_FOUND */
    /* By words in name, code or alias, by name. caller frees rows */
    bool (*units)(struct db *db, const char *words, size_t skip, size_t limit, struct db_units *out, struct err *e);
    /* Teaches an alias and moves the records that bear the name (and code) to the unit. n: how many. */
    bool (*match)(struct db *db, const char *name, int64_t unit, const struct db_act *act, int64_t *n, struct err *e);
};

#endif
