#include "tests/support/db.h"

#include "sync/record/seal.h"

#include <stdio.h>
#include <string.h>

int db_world_open(void **state)
{
    struct db_world *w = xcalloc(1, sizeof *w);
    struct err e = {0};
    strcpy(w->dir, "/tmp/bulu-db-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    AUTOFREE char *path = xasprintf("%s/p.db", w->dir);
    w->db = db_sqlite_open(path, crypto_sodium(), &e);
    if (!w->db)
        fail_msg("%s", e.text);
    assert_true(w->db->ops->device_put(w->db, DEVICE, 1, "hall", 1, NULL));
    assert_true(w->db->ops->device_put(w->db, OTHER, 2, "hall", 1, NULL));
    *state = w;
    return 0;
}

int db_world_close(void **state)
{
    struct db_world *w = *state;
    w->db->ops->close(w->db);
    AUTOFREE char *rm = xasprintf("rm -rf %s", w->dir);
    free(w);
    return system(rm);
}

/* A judged record as intake.c hands it over. */
struct db_record db_record_made(int64_t seq, const char *declaration, int version, const char *digest)
{
    struct db_record r = {.kind = DB_SUBMISSION, .seq = seq, .version = version};
    zcopy(r.declaration, sizeof r.declaration, declaration);
    zcopy(r.digest, sizeof r.digest, digest);
    zcopy(r.receipt, sizeof r.receipt, RECEIPT);
    zcopy(r.state, sizeof r.state, "submitted_unit");
    zcopy(r.proof, sizeof r.proof, "typed");
    r.envelope = xstrdup("{}");
    str_puts(&r.sealed, "sealed bytes");
    r.person = xstrdup("张三");
    r.title = xstrdup("工程师");
    r.unit_name = xstrdup("某厂");
    r.unit_code = xstrdup("");
    return r;
}

/* One batch of one record; returns its answer. */
struct wire_answer db_take(struct db_world *w, const char *device, struct db_record r)
{
    CLEANUP(str) struct str answer = {0};
    struct err e = {0};
    struct db_batch b = {device, EPOCH, ++w->batch, "d", &r, 1, 1000 * w->batch, &answer};
    if (!w->db->ops->intake(w->db, &b, &e))
        fail_msg("%s", e.text);
    struct wire_answer got = r.answer, *rows = NULL;
    size_t n = 0;
    assert_true(wire_answers_parse(answer.p, answer.len, w->batch, &rows, &n, &e)); /* what is stored is what is told */
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].result, got.result);
    free(rows);
    db_record_finish(&r);
    return got;
}

static void uuid_number(int n, char out[37])
{
    snprintf(out, 37, "44444444-4444-4444-8444-%012d", n);
}

const char *db_declaration(int n)
{
    static char z[8][37];
    uuid_number(n, z[n & 7]);
    return z[n & 7];
}
