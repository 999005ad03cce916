/* fixture.h — a store in a folder of its own under a clock that is moved by hand, and the things that tests put into
 * it. */
#ifndef BULU_TESTS_STORE_FIXTURE_H
#define BULU_TESTS_STORE_FIXTURE_H

#include "sync/base/bytes.h"
#include "sync/base/file.h"
#include "sync/store/db.h"
#include "tests/support/t.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ID   "650102198803150014"
#define CODE "482917"
#define DAY  ((int64_t)24 * 3600 * 1000)

/* Works or the test fails with the reason. */
#define OK(call)                                                                                                       \
    do {                                                                                                               \
        struct err ok_e = {0}, *e = &ok_e;                                                                             \
        (void)e;                                                                                                       \
        if (!(call))                                                                                                   \
            fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, #call, ok_e.text);                                           \
    } while (0)
/* Fails with this code. */
#define REFUSED(want, call)                                                                                            \
    do {                                                                                                               \
        struct err no_e = {0}, *e = &no_e;                                                                             \
        if ((call) || no_e.code != (want))                                                                             \
            fail_msg("%s:%d: %s: %s (%s)", __FILE__, __LINE__, #call, err_code_name(no_e.code), no_e.text);            \
    } while (0)

struct fixture {
    char dir[64];
    struct clock_fake clock;
    struct store *s;
    struct folder folder;
};

static inline struct store_options options_of(struct fixture *x, bool app)
{
    return (struct store_options){x->dir, &x->clock.clock, random_system(), crypto_sodium(), app};
}

static inline struct store *open_store(struct fixture *x, bool app)
{
    struct err e = {0};
    struct store_options o = options_of(x, app);
    struct store *s = store_open(&o, &e);
    if (!s)
        fail_msg("store_open: %s", e.text);
    return s;
}

static inline void reopen(struct fixture *x)
{
    store_close(x->s);
    x->s = open_store(x, true);
}

static inline int setup(void **state)
{
    struct fixture *x = xcalloc(1, sizeof *x);
    strcpy(x->dir, "/tmp/bulu-store-XXXXXX");
    if (!mkdtemp(x->dir))
        return -1;
    clock_fake_init(&x->clock, 1795400645000); /* 2026-11-23 */
    x->s = open_store(x, true);
    *state = x;
    return 0;
}

/* With ID's folder. */
static inline int setup_folder(void **state)
{
    if (setup(state))
        return -1;
    struct fixture *x = *state;
    return store_folder_create(x->s, ID, CODE, &x->folder, NULL) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    return remove(path);
}

static inline int teardown(void **state)
{
    struct fixture *x = *state;
    folder_finish(&x->folder, crypto_sodium());
    store_close(x->s);
    nftw(x->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(x);
    return 0;
}

/* A title document that cites these blobs. */
static inline void make_document(struct str *out, const char *word, const struct blob_info *blobs, size_t n)
{
    str_clear(out);
    str_printf(out,
               "{\"form\":\"2026.11.1\",\"rules\":\"2026.11.1\",\"sections\":{\"award\":{\"name\":\"%s\",\"files\":[",
               word);
    for (size_t i = 0; i < n; i++)
        str_printf(out, "%s{\"sha256\":\"%s\",\"bytes\":%lld}", i ? "," : "", blobs[i].sha256,
                   (long long)blobs[i].bytes);
    str_puts(out, "]}}}");
}

static inline void save(struct fixture *x, const char *declaration, const char *word, const struct blob_info *blobs,
                        size_t n)
{
    CLEANUP(str) struct str doc = {0};
    make_document(&doc, word, blobs, n);
    OK(store_draft_save(x->s, &x->folder, declaration, doc.p, doc.len, e));
}

/* A submission whose sealed bytes are so many random ones; the store never opens them. */
static inline void make_submission(struct submission *sub, const char *declaration, int version,
                                   const struct blob_info *blobs, size_t n, size_t sealed_bytes)
{
    const struct crypto_ops *c = crypto_sodium();
    *sub = (struct submission){.version = version, .n_blobs = n};
    strcpy(sub->declaration, declaration);
    receipt_make(c, sub->receipt);
    c->random(str_reserve(&sub->sealed, sealed_bytes), sealed_bytes);
    sub->sealed.len = sealed_bytes;
    crypto_hash_hex(c, sub->sealed.p, sub->sealed.len, sub->digest);
    str_printf(&sub->envelope, "{\"declaration\":\"%s\",\"version\":%d,\"receipt\":\"%s\",\"digest\":\"%s\"}",
               declaration, version, sub->receipt, sub->digest);
    sub->blobs = xcalloc(n + 1, sizeof *sub->blobs);
    for (size_t i = 0; i < n; i++) {
        strcpy(sub->blobs[i].sha256, blobs[i].sha256);
        sub->blobs[i].bytes = blobs[i].sealed_bytes;
    }
}

/* A new declaration, saved and submitted; returns its seq. */
static inline int64_t submit(struct fixture *x, char declaration[37], const struct blob_info *blobs, size_t n)
{
    int64_t seq = 0;
    CLEANUP(submission) struct submission sub = {0};
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    save(x, declaration, "word", blobs, n);
    make_submission(&sub, declaration, 1, blobs, n, 2000);
    OK(store_submit(x->s, &x->folder, &sub, &seq, e));
    return seq;
}

static inline enum decl_state state_of(struct store *s, const char *declaration)
{
    CLEANUP(query) struct query q = {0};
    enum decl_state state = DECL_PURGED;
    OK(db_query(s, &q, e, "SELECT state FROM declaration WHERE id = ?", "t", declaration));
    if (db_next(&q, NULL) <= 0 || !decl_state_parse(query_text(&q, 0), &state))
        fail_msg("no declaration %s", declaration);
    return state;
}

static inline int64_t count(struct store *s, const char *sql)
{
    int64_t n = -1;
    OK(db_int(s, &n, e, sql, ""));
    return n;
}

static inline void raw(struct store *s, const char *sql)
{
    OK(db_begin(s, e));
    bool ok = db_run(s, NULL, sql, "");
    OK(db_end(s, ok, e));
}

/* Takes the batch in hand, or a new one. */
static inline struct batch next_batch(struct store *s)
{
    struct batch b = {0};
    OK(store_batch_next(s, 500, 1 << 20, &b, e));
    return b;
}

static inline struct record_answer stored(int64_t seq, int64_t at_ms)
{
    return (struct record_answer){.seq = seq, .kind = ANSWER_STORED, .state = DECL_SUBMITTED_UNIT, .at_ms = at_ms};
}

#endif
