/* 撤回 against the agent, in two processes as on a kiosk: whoever comes first wins, and only that one. */
#include "sync/base/cleanup.h"
#include "tests/unit/sync/store/fixture.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#define RUNS 60

enum { TOOK_NOTHING, TOOK_TOMBSTONE, TOOK_RECORD, FAILED };

static int take(struct fixture *x, pthread_barrier_t *gate, int late_us)
{
    char text[8192];
    struct batch b = {0};
    struct err e = {0};
    struct store_options o = options_of(x, false);
    struct store *s = store_open(&o, &e);
    pthread_barrier_wait(gate);
    usleep((useconds_t)late_us);
    if (!s)
        return FAILED;
    if (!store_batch_next(s, 500, 1 << 20, &b, &e))
        return e.code == ERR_NOT_FOUND ? TOOK_NOTHING : FAILED;
    size_t len = ZSTD_decompress(text, sizeof text, b.body.p, b.body.len);
    bool record = !ZSTD_isError(len) && memmem(text, len, "\"sealed\"", 8) != NULL;
    batch_finish(&b);
    store_close(s);
    return record ? TOOK_RECORD : TOOK_TOMBSTONE;
}

static pthread_barrier_t *gate_make(void)
{
    pthread_barrierattr_t shared;
    pthread_barrier_t *gate = mmap(NULL, sizeof *gate, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(gate, MAP_FAILED);
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(gate, &shared, 2);
    return gate;
}

static void of_withdrawal_and_agent_exactly_one_wins(void **state)
{
    (void)state;
    int withdrawn = 0;
    for (int i = 0; i < RUNS; i++) {
        void *own = NULL;
        char declaration[37];
        int status = 0;
        assert_int_equal(setup_folder(&own), 0);
        struct fixture *x = own;
        pthread_barrier_t *gate = gate_make();
        submit(x, declaration, NULL, 0);
        pid_t agent = fork();
        if (agent == 0)
            _exit(take(x, gate, i % 2 * i * 20));
        assert_true(agent > 0);
        struct err e = {0};
        pthread_barrier_wait(gate);
        usleep((useconds_t)((i + 1) % 2 * i * 20)); /* now the one, now the other gets a head start, of any size */
        bool won = store_withdraw(x->s, declaration, &e);
        assert_true(won || e.code == ERR_STATE);
        assert_int_equal(waitpid(agent, &status, 0), agent);
        assert_true(WIFEXITED(status));
        assert_int_not_equal(WEXITSTATUS(status), FAILED);
        assert_int_equal(WEXITSTATUS(status) == TOOK_RECORD, !won);
        assert_int_equal(state_of(x->s, declaration), won ? DECL_WITHDRAWN : DECL_SENDING);
        withdrawn += won;
        munmap(gate, sizeof *gate);
        teardown(&own);
    }
    print_message("withdrawn in %d of %d\n", withdrawn, RUNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_withdrawal_and_agent_exactly_one_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
