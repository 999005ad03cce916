/* upstream.h — the registry behind a gateway: an existing central platform that takes what kiosks send, decides on it, and keeps the accounts.
 * A driver is an ops table; upstream_http.c speaks JSON over HTTPS as a mapping says (upstream_map.h). Without one (standalone) the platform is
 * the registry itself. We never scrape web pages.
 *
 * A call ends in one of few ways. DONE is said only when the registry's answer says so in words that the mapping knows: half an answer, an empty
 * one, a success without its number are LATER. Blocking; any thread. */
#ifndef BULU_PLATFORM_UPSTREAM_H
#define BULU_PLATFORM_UPSTREAM_H

#include "sync/record/validate.h"

#include <jansson.h>

enum upstream_end {
    UPSTREAM_DONE,
    UPSTREAM_LATER,   /* not reached, busy, broken, or an answer that means nothing to us: again, after a while */
    UPSTREAM_REFUSED, /* it will not have this, for reasons */
    UPSTREAM_NONE,    /* find: it has nothing under this key; login: it does not know or does not believe the person */
    UPSTREAM_LOCKED   /* login: too many tries, as the registry counts them */
};
struct upstream_result {
    enum upstream_end end;
    bool whole;             /* LATER: the registry as a whole, not this record */
    bool unsure;            /* LATER: the request went out; it may have been taken all the same */
    int64_t retry_after_ms; /* LATER: what it asked for, or BACKOFF_NO_RETRY_AFTER */
    char *text, *reasons; /* REFUSED: its words; JSON [{"path","reason"}…] with form paths, "" for the whole; or "" */
    struct err why;       /* LATER: for the log and the operator; never with personal data */
};
void upstream_result_finish(struct upstream_result *r);
static inline void upstream_result_cleanup(struct upstream_result *r)
{
    upstream_result_finish(r);
}

#define UPSTREAM_NUMBER_SIZE 128
#define UPSTREAM_SAID_SIZE   64

struct upstream_record {
    const char *key; /* of (declaration, version): the same at every try */
    const char *declaration, *receipt, *proof, *unit_name, *unit_code;
    int version;
    int64_t received_ms;
    const struct doc *doc;
    void *ctx;
    /* An attachment's plain bytes. */
    bool (*bytes)(void *ctx, const json_t *file, struct str *out, struct err *e);
    /* Files that the registry took at an earlier try, by sha256; taken notes one durably. */
    bool (*file_known)(void *ctx, const char *sha256, char id[UPSTREAM_NUMBER_SIZE]);
    bool (*file_taken)(void *ctx, const char *sha256, const char *id, struct err *e);
};

/* What the registry says of a record. */
struct upstream_news {
    char number[UPSTREAM_NUMBER_SIZE]; /* the registry's own */
    char said[UPSTREAM_SAID_SIZE];     /* its word for the state, as it came */
    char state[24];                    /* ours for it (db.h); "" when the mapping does not know the word */
    char *text;                        /* its words for people, or "" */
    char *reasons;                     /* as in upstream_result */
    int64_t at_ms;                     /* its stamp; 0: it gives none */
    bool final;                        /* nothing more will come */
};
struct upstream_news_list {
    struct upstream_news *rows;
    size_t n;
};
void upstream_news_finish(struct upstream_news_list *l);
static inline void upstream_news_cleanup(struct upstream_news_list *l)
{
    upstream_news_finish(l);
}

struct upstream_person {
    char full_name[128], mobile[24];
};
struct upstream_unit {
    const char *code, *name, *superior;
};

struct upstream;
struct upstream_ops {
    void (*close)(struct upstream *u);
    /* What the registry would not take of a declaration, as errors at its fields: lengths, choices, files. Pure. */
    void (*check)(struct upstream *u, const struct doc *d, struct findings *out);
    /* Hands a record over. DONE: *number is the registry's. One that it holds already under this key is DONE too. */
    void (*submit)(struct upstream *u, const struct upstream_record *r, char number[UPSTREAM_NUMBER_SIZE],
                   struct upstream_result *res);
    /* After a try whose outcome is unknown. NONE: it has nothing under the key. An upstream whose submit is idempotent
     * by itself answers NONE at once. */
    void (*find)(struct upstream *u, const struct upstream_record *r, char number[UPSTREAM_NUMBER_SIZE],
                 struct upstream_result *res);
    /* Where records stand, by their numbers; at most status_most of them. Numbers that it leaves out have no row. */
    size_t status_most;
    void (*status)(struct upstream *u, const char *const *numbers, size_t n, struct upstream_news_list *out,
                   struct upstream_result *res);
    /* DONE, NONE, LOCKED or LATER. The password goes nowhere else. */
    void (*login)(struct upstream *u, const char *id18, const char *password, struct upstream_person *out,
                  struct upstream_result *res);
    /* What it knows of a person: {"person":SCOPE or absent,"training":[…],"ecerts":[…]} as sessions.h's PROFILE; the
     * caller decrefs. A list is absent where it has said nothing of it. NONE: nothing (empty lists), or it has no such
     * call (NULL). */
    void (*profile)(struct upstream *u, const char *id18, json_t **out, struct upstream_result *res);
    /* The whole directory, page by page. each false: stops, LATER. NONE: it has no such call. */
    void (*units)(struct upstream *u, bool (*each)(void *ctx, const struct upstream_unit *rows, size_t n), void *ctx,
                  struct upstream_result *res);
    /* The names of the dictionaries that it keeps, NULL-terminated; and one as the text of assets/codes/NAME.tsv. */
    const char *const *(*dictionary_names)(struct upstream *u);
    void (*dictionary)(struct upstream *u, const char *name, struct str *tsv, struct upstream_result *res);
};
struct upstream {
    const struct upstream_ops *ops;
    const char *name, *address; /* as people know it: 新疆专业技术人员管理平台, https://… */
};

#endif
