#include "sync/store/thread.h"
#include "tests/unit/sync/store/fixture.h"

#include <stdatomic.h>

struct journal {
    struct store_thread *t;
    int order[200];
    int n;
    atomic_int wakes;
    int failures;
};

struct task {
    struct journal *j;
    int number;
    bool bad;
};

static void on_wake(void *ctx)
{
    ((struct journal *)ctx)->wakes++;
}

static bool work(struct store *s, void *ctx, struct err *e)
{
    struct task *t = ctx;
    if (t->bad)
        return err_set(e, ERR_FULL, "no room");
    char name[32];
    snprintf(name, sizeof name, "job.%d", t->number);
    return store_setting_set(s, name, "x", 1, e);
}

static void done(void *ctx, bool ok, const struct err *e)
{
    struct task *t = ctx;
    assert_int_equal(ok, !t->bad);
    assert_int_equal(e->code, t->bad ? ERR_FULL : ERR_NONE);
    t->j->failures += !ok;
    t->j->order[t->j->n++] = t->number;
    free(t);
}

static void post(struct journal *j, int number, bool bad)
{
    struct task *t = xcalloc(1, sizeof *t);
    *t = (struct task){j, number, bad};
    store_thread_post(j->t, work, done, t);
}

static void results_come_in_order_and_on_the_callers_thread(void **state)
{
    struct fixture *x = *state;
    struct journal j = {0};
    struct store_options o = options_of(x, true);
    struct err e = {0};
    j.t = store_thread_start(&o, on_wake, &j, &e);
    assert_non_null(j.t);
    for (int i = 0; i < 100; i++)
        post(&j, i, i % 10 == 3);
    assert_in_range(store_thread_pending(j.t), 1, 100);
    assert_int_equal(j.n, 0); /* nothing is delivered but by deliver */
    store_thread_drain(j.t);
    assert_int_equal(store_thread_pending(j.t), 0);
    assert_int_equal(j.n, 100);
    assert_int_equal(j.failures, 10);
    assert_int_equal(j.wakes, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(j.order[i], i);
    store_thread_stop(j.t);
    assert_int_equal(count(x->s, "SELECT count(*) FROM setting WHERE name LIKE 'job.%'"), 90);
}

static void stopping_finishes_what_was_posted(void **state)
{
    struct fixture *x = *state;
    struct journal j = {0};
    struct store_options o = options_of(x, true);
    j.t = store_thread_start(&o, NULL, NULL, NULL);
    assert_non_null(j.t);
    for (int i = 0; i < 20; i++)
        post(&j, i, false);
    store_thread_stop(j.t);
    assert_int_equal(j.n, 20);
    assert_int_equal(count(x->s, "SELECT count(*) FROM setting WHERE name LIKE 'job.%'"), 20);
}

static void post_another(void *ctx, bool ok, const struct err *e)
{
    struct task *t = ctx;
    struct journal *j = t->j;
    int next = t->number + 1;
    done(ctx, ok, e);
    if (next < 5)
        store_thread_post(j->t, work, post_another,
                          memcpy(xcalloc(1, sizeof *t), &(struct task){j, next, false}, sizeof *t));
}

static void a_result_may_post_the_next_job(void **state)
{
    struct fixture *x = *state;
    struct journal j = {0};
    struct store_options o = options_of(x, true);
    j.t = store_thread_start(&o, NULL, NULL, NULL);
    struct task *first = xcalloc(1, sizeof *first);
    first->j = &j;
    store_thread_post(j.t, work, post_another, first);
    store_thread_drain(j.t);
    assert_int_equal(j.n, 5);
    store_thread_stop(j.t);
    store_thread_stop(NULL);
}

static void a_store_that_does_not_open_is_said_at_start(void **state)
{
    struct fixture *x = *state;
    struct store_options o = options_of(x, true);
    struct err e = {0};
    o.dir = "/proc/no/such/place";
    assert_null(store_thread_start(&o, NULL, NULL, &e));
    assert_int_not_equal(e.code, ERR_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(results_come_in_order_and_on_the_callers_thread, setup, teardown),
        cmocka_unit_test_setup_teardown(stopping_finishes_what_was_posted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_result_may_post_the_next_job, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_that_does_not_open_is_said_at_start, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
