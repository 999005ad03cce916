/* The contract of blobs.h, over every store there is. */
#include "sync/platform/blobs.h"
#include "sync/record/seal.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

struct world {
    char dir[40];
    struct blobs *b;
};

static void open_store(struct world *w)
{
    struct err e = {0};
    w->b = blobs_dir_open(w->dir, crypto_sodium(), &e);
    if (!w->b)
        fail_msg("%s", e.text);
}

static int open_world(void **state)
{
    struct world *w = xcalloc(1, sizeof *w);
    strcpy(w->dir, "/tmp/bulu-blobs-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    open_store(w);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    w->b->ops->close(w->b);
    AUTOFREE char *rm = xasprintf("rm -rf %s", w->dir);
    free(w);
    return system(rm);
}

static struct blob_upload announce(struct world *w, const char *content)
{
    struct blob_upload u = {.length = (int64_t)strlen(content), .made_ms = 1000};
    struct err e = {0};
    zcopy(u.device, sizeof u.device, "device");
    crypto_hash_hex(crypto_sodium(), content, strlen(content), u.sha256);
    if (!w->b->ops->upload_create(w->b, &u, &e))
        fail_msg("%s", e.text);
    return u;
}

static struct blob_writer *begin(struct world *w, const char *id, struct blob_upload *u)
{
    struct err e = {0};
    struct blob_writer *writer = w->b->ops->upload_open(w->b, id, u, &e);
    if (!writer)
        fail_msg("%s", e.text);
    return writer;
}

static bool held(struct world *w, const char *sha256)
{
    int64_t n;
    return w->b->ops->has(w->b, sha256, &n);
}

static void bytes_that_arrived_stay_over_a_restart(void **state)
{
    struct world *w = *state;
    struct blob_upload u = announce(w, "attachment"), now;
    bool complete;
    struct blob_writer *writer = begin(w, u.id, &now);
    assert_true(w->b->ops->upload_write(writer, "attac", 5, NULL));
    assert_true(w->b->ops->upload_close(writer, NULL, &complete, NULL));
    assert_false(complete);
    w->b->ops->close(w->b);
    open_store(w);
    writer = begin(w, u.id, &now);
    assert_int_equal(now.offset, 5);
    assert_true(w->b->ops->upload_write(writer, "hment", 5, NULL));
    assert_true(w->b->ops->upload_close(writer, NULL, &complete, NULL));
    assert_true(complete);
    CLEANUP(str) struct str got = {0};
    assert_true(w->b->ops->get(w->b, u.sha256, 100, &got, NULL));
    assert_string_equal(got.p, "attachment");
    /* the same again is complete at creation */
    assert_int_equal(announce(w, "attachment").offset, 10);
}

static void the_newer_request_holds_the_upload(void **state)
{
    struct world *w = *state;
    struct blob_upload u = announce(w, "attachment"), now;
    struct err e = {0};
    bool complete;
    struct blob_writer *old = begin(w, u.id, &now);
    assert_true(w->b->ops->upload_write(old, "att", 3, NULL));
    struct blob_writer *new = begin(w, u.id, &now);
    assert_int_equal(now.offset, 3);
    assert_false(w->b->ops->upload_write(old, "XXX", 3, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_false(w->b->ops->upload_rewind(old, 0, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_true(w->b->ops->upload_write(new, "achment", 7, NULL));
    assert_true(w->b->ops->upload_close(old, NULL, &complete, NULL));
    assert_false(complete);
    assert_true(w->b->ops->upload_close(new, NULL, &complete, NULL));
    assert_true(complete);
    assert_true(held(w, u.sha256));
}

static void bytes_that_were_not_announced_are_thrown_away(void **state)
{
    struct world *w = *state;
    struct blob_upload u = announce(w, "attachment"), now;
    struct err e = {0};
    bool complete;
    struct blob_writer *writer = begin(w, u.id, &now);
    assert_false(w->b->ops->upload_write(writer, "attachment!", 11, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    assert_true(w->b->ops->upload_write(writer, "attachmenT", 10, NULL));
    assert_false(w->b->ops->upload_close(writer, NULL, &complete, &e));
    assert_int_equal(e.code, ERR_CRYPTO);
    assert_false(complete);
    assert_false(held(w, u.sha256));
    assert_false(w->b->ops->upload_find(w->b, u.id, &now, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void a_rewound_request_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct blob_upload u = announce(w, "attachment"), now;
    bool complete;
    struct blob_writer *writer = begin(w, u.id, &now);
    assert_true(w->b->ops->upload_write(writer, "att", 3, NULL));
    assert_true(w->b->ops->upload_write(writer, "XXXXXXX", 7, NULL));
    assert_true(w->b->ops->upload_rewind(writer, 3, NULL));
    assert_true(w->b->ops->upload_close(writer, NULL, &complete, NULL));
    assert_false(complete);
    assert_true(w->b->ops->upload_find(w->b, u.id, &now, NULL));
    assert_int_equal(now.offset, 3);
}

static void names_that_are_none_are_not_there(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {"",   "..",   "../../../etc/passwd",
                                      "zz", "0123", "g0000000000000000000000000000000"};
    struct blob_upload u;
    CLEANUP(str) struct str got = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        assert_false(held(w, bad[i]));
        assert_false(w->b->ops->get(w->b, bad[i], 100, &got, &e));
        assert_int_equal(e.code, ERR_NOT_FOUND);
        assert_false(w->b->ops->upload_find(w->b, bad[i], &u, &e));
        assert_int_equal(e.code, ERR_NOT_FOUND);
        assert_null(w->b->ops->upload_open(w->b, bad[i], &u, &e));
    }
}

static void old_uploads_are_swept_but_not_under_a_request(void **state)
{
    struct world *w = *state;
    struct blob_upload u = announce(w, "attachment"), other = announce(w, "another"), now;
    bool complete;
    struct blob_writer *writer = begin(w, u.id, &now);
    assert_int_equal(w->b->ops->sweep(w->b, 1000), 0); /* files are newer than that */
    assert_true(w->b->ops->sweep(w->b, INT64_MAX) > 0);
    assert_true(w->b->ops->upload_find(w->b, u.id, &now, NULL));
    assert_false(w->b->ops->upload_find(w->b, other.id, &now, NULL));
    assert_true(w->b->ops->upload_close(writer, NULL, &complete, NULL));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    static const struct CMUnitTest tests[] = {
        T(bytes_that_arrived_stay_over_a_restart),
        T(the_newer_request_holds_the_upload),
        T(bytes_that_were_not_announced_are_thrown_away),
        T(a_rewound_request_leaves_nothing),
        T(names_that_are_none_are_not_there),
        T(old_uploads_are_swept_but_not_under_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
