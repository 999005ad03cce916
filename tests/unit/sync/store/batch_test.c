#include "tests/unit/sync/store/fixture.h"

#include <zstd.h>

static char *text_of(const struct batch *b)
{
    unsigned long long size = ZSTD_getFrameContentSize(b->body.p, b->body.len);
    assert_true(size < 1 << 28);
    char *text = xmalloc(size + 1);
    assert_int_equal(ZSTD_decompress(text, size, b->body.p, b->body.len), size);
    text[size] = '\0';
    return text;
}

static void a_line_carries_the_frozen_bytes(void **state)
{
    struct fixture *x = *state;
    char d[37];
    submit(x, d, NULL, 0);
    struct batch b = next_batch(x->s);
    AUTOFREE char *text = text_of(&b);
    assert_int_equal(text[strlen(text) - 1], '\n');
    CLEANUP(query) struct query q = {0};
    OK(db_query(x->s, &q, e, "SELECT sealed, envelope FROM outbox", ""));
    assert_int_equal(db_next(&q, NULL), 1);
    size_t len, envelope_len;
    const void *sealed = query_bytes(&q, 0, &len);
    const char *envelope = query_bytes(&q, 1, &envelope_len);
    assert_memory_equal(text, envelope, envelope_len - 1); /* without its brace */
    CLEANUP(json) json_t *line = json_loads(text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(line, "seq")), 1);
    const char *base64 = json_string_value(json_object_get(line, "sealed"));
    CLEANUP(str) struct str bytes = {0};
    assert_true(base64_decode(&bytes, base64, strlen(base64), BASE64_STANDARD));
    assert_int_equal(bytes.len, len);
    assert_memory_equal(bytes.p, sealed, len);
    char digest[HASH_HEX];
    crypto_hash_hex(crypto_sodium(), b.body.p, b.body.len, digest);
    assert_string_equal(b.digest, digest);
    batch_finish(&b);
}

static void a_retry_is_the_same_bytes_whatever_came_in_between(void **state)
{
    struct fixture *x = *state;
    char d[37];
    submit(x, d, NULL, 0);
    struct batch first = next_batch(x->s);
    submit(x, d, NULL, 0);
    reopen(x);
    struct batch again = {0};
    OK(store_batch_next(x->s, 1, 1, &again, e)); /* whatever the limits are now */
    assert_int_equal(again.number, first.number);
    assert_string_equal(again.epoch, first.epoch);
    assert_string_equal(again.digest, first.digest);
    assert_int_equal(again.records, 1);
    assert_int_equal(again.body.len, first.body.len);
    assert_memory_equal(again.body.p, first.body.p, first.body.len);
    batch_finish(&first);
    batch_finish(&again);
}

static void limits_hold_and_a_giant_goes_alone(void **state)
{
    struct fixture *x = *state;
    char d[37];
    struct batch b = {0};
    REFUSED(ERR_NOT_FOUND, store_batch_next(x->s, 500, 1 << 20, &b, e));
    for (int i = 0; i < 12; i++)
        submit(x, d, NULL, 0); /* 2000 bytes each */
    OK(store_batch_next(x->s, 5, 1 << 20, &b, e));
    assert_int_equal(b.records, 5);
    OK(store_batch_failed(x->s, b.number, 1, NULL, e));
    batch_finish(&b);
    raw(x->s, "UPDATE outbox SET part = 0");
    OK(store_batch_next(x->s, 500, 10000, &b, e));
    assert_in_range(b.body.len, 7000, 10000);
    assert_in_range(b.records, 3, 4);
    int64_t seqs = (int64_t)b.records;
    OK(store_batch_failed(x->s, b.number, 1, NULL, e));
    batch_finish(&b);
    raw(x->s, "UPDATE outbox SET part = 0");
    OK(store_batch_next(x->s, 500, 500, &b, e)); /* smaller than any record */
    assert_int_equal(b.records, 1);
    assert_true(b.body.len > 500 && seqs > 1);
    batch_finish(&b);
}

static void a_record_waits_for_its_blobs_and_others_pass(void **state)
{
    struct fixture *x = *state;
    char with[37], without[37];
    struct blob_info a, c;
    struct blob_ref *refs;
    size_t n;
    OK(store_blob_put(x->s, &x->folder, "one", 3, &a, e));
    OK(store_blob_put(x->s, &x->folder, "two", 3, &c, e));
    submit(x, with, (struct blob_info[]){a, c}, 2);
    submit(x, without, NULL, 0);
    OK(store_blobs_to_send(x->s, &refs, &n, e));
    assert_int_equal(n, 2);
    assert_int_equal(refs[0].bytes, a.sealed_bytes);
    free(refs);
    struct batch b = next_batch(x->s);
    assert_int_equal(b.records, 1);
    assert_int_equal(state_of(x->s, without), DECL_SENDING);
    assert_int_equal(state_of(x->s, with), DECL_QUEUED);
    OK(store_batch_answered(x->s, b.number, (struct record_answer[]){stored(2, 5)}, 1, e));
    batch_finish(&b);
    OK(store_blob_sent(x->s, a.sha256, e));
    REFUSED(ERR_NOT_FOUND, store_batch_next(x->s, 500, 1 << 20, &b, e));
    OK(store_blob_sent(x->s, c.sha256, e));
    OK(store_blobs_to_send(x->s, &refs, &n, e));
    assert_int_equal(n, 0);
    free(refs);
    b = next_batch(x->s);
    assert_int_equal(state_of(x->s, with), DECL_SENDING);
    batch_finish(&b);
    REFUSED(ERR_NOT_FOUND, store_blob_sent(x->s, "unknown", e));
}

static void answers_mark_each_record_once(void **state)
{
    struct fixture *x = *state;
    char d[4][37];
    for (int i = 0; i < 4; i++)
        submit(x, d[i], NULL, 0);
    struct batch b = next_batch(x->s);
    const struct record_answer answers[] = {
        stored(1, 100),
        {.seq = 2, .kind = ANSWER_REJECTED, .problem = "cannot be opened"},
        {.seq = 3, .kind = ANSWER_DUPLICATE, .state = DECL_DELIVERED, .at_ms = 101},
    }; /* 4 was forgotten */
    const struct record_answer strange = stored(5, 1), twice[] = {stored(1, 1), stored(1, 2)};
    REFUSED(ERR_FORMAT, store_batch_answered(x->s, b.number, &strange, 1, e));
    REFUSED(ERR_FORMAT, store_batch_answered(x->s, b.number, twice, 2, e));
    assert_int_equal(state_of(x->s, d[0]), DECL_SENDING);
    OK(store_batch_answered(x->s, b.number, answers, 3, e));
    static const enum decl_state states[] = {DECL_SUBMITTED_UNIT, DECL_SEND_FAILED, DECL_DELIVERED, DECL_QUEUED};
    for (int i = 0; i < 4; i++)
        assert_int_equal(state_of(x->s, d[i]), states[i]);
    int64_t rows;
    char head[HASH_HEX], head_after[HASH_HEX];
    OK(store_audit_head(x->s, &rows, head, e));
    REFUSED(ERR_STATE, store_batch_answered(x->s, b.number, answers, 3, e));
    OK(store_audit_head(x->s, &rows, head_after, e));
    assert_string_equal(head, head_after);
    struct queue_figures q;
    OK(store_queue_figures(x->s, &q, e));
    assert_int_equal(q.waiting, 1);
    assert_int_equal(q.failed, 1);
    assert_int_equal(q.delivered, 2);
    assert_int_equal(count(x->s, "SELECT count(*) FROM outbox WHERE seq IN (1, 3)"), 0); /* sealed bytes are gone */
    batch_finish(&b);
}

static void a_dead_letter_is_shown_and_can_be_tried_again(void **state)
{
    struct fixture *x = *state;
    char d[37];
    struct dead_letter *dead;
    size_t n;
    submit(x, d, NULL, 0);
    struct batch b = next_batch(x->s);
    const struct record_answer rejected = {.seq = 1, .kind = ANSWER_REJECTED, .problem = "unknown key id"};
    OK(store_batch_answered(x->s, b.number, &rejected, 1, e));
    batch_finish(&b);
    OK(store_dead_letters(x->s, &dead, &n, e));
    assert_int_equal(n, 1);
    assert_string_equal(dead[0].declaration, d);
    assert_string_equal(dead[0].problem, "unknown key id");
    assert_int_equal(dead[0].seq, 1);
    char number[RECEIPT_SIZE];
    assert_true(receipt_parse(dead[0].receipt, number));
    store_dead_letters_free(dead, n);
    REFUSED(ERR_NOT_FOUND, store_batch_next(x->s, 500, 1 << 20, &b, e));
    REFUSED(ERR_NOT_FOUND, store_dead_retry(x->s, 2, e));
    OK(store_dead_retry(x->s, 1, e));
    REFUSED(ERR_NOT_FOUND, store_dead_retry(x->s, 1, e));
    assert_int_equal(state_of(x->s, d), DECL_QUEUED);
    b = next_batch(x->s);
    assert_int_equal(b.number, 2);
    batch_finish(&b);
}

static void a_blob_that_the_platform_lost_goes_again(void **state)
{
    struct fixture *x = *state;
    char d[37];
    struct blob_info blob;
    struct blob_ref *refs;
    size_t n;
    OK(store_blob_put(x->s, &x->folder, "scan", 4, &blob, e));
    submit(x, d, &blob, 1);
    OK(store_blob_sent(x->s, blob.sha256, e));
    struct batch b = next_batch(x->s);
    const struct record_answer missing = {.seq = 1, .kind = ANSWER_BLOB_MISSING, .blob = blob.sha256};
    OK(store_batch_answered(x->s, b.number, &missing, 1, e));
    batch_finish(&b);
    assert_int_equal(state_of(x->s, d), DECL_QUEUED);
    OK(store_blobs_to_send(x->s, &refs, &n, e));
    assert_int_equal(n, 1);
    free(refs);
    /* … and gone here as well: it can never go, and staff are told */
    AUTOFREE char *path = blob_path(x->s, blob.sha256);
    unlink(path);
    OK(store_blob_missing(x->s, blob.sha256, e));
    assert_int_equal(state_of(x->s, d), DECL_SEND_FAILED);
    struct dead_letter *dead;
    OK(store_dead_letters(x->s, &dead, &n, e));
    assert_int_equal(n, 1);
    assert_non_null(strstr(dead[0].problem, "blob-missing"));
    store_dead_letters_free(dead, n);
}

/* A platform that refuses every batch with the poison in it. */
static void bisection_leaves_the_poison_alone_and_delivers_the_rest(void **state)
{
    struct fixture *x = *state;
    enum { RECORDS = 9, POISON = 5 };
    char d[RECORDS + 1][37];
    for (int i = 1; i <= RECORDS; i++)
        submit(x, d[i], NULL, 0);
    int puts = 0;
    struct batch b = {0};
    while (store_batch_next(x->s, 500, 1 << 20, &b, NULL)) {
        assert_true(++puts < 20);
        AUTOFREE char *text = text_of(&b);
        if (strstr(text, d[POISON])) {
            OK(store_batch_failed(x->s, b.number, 2, "boom", e));
        } else {
            struct record_answer answers[RECORDS];
            size_t n = 0;
            for (int i = 1; i <= RECORDS; i++)
                if (strstr(text, d[i]))
                    answers[n++] = stored(i, 100 + i);
            assert_int_equal(n, b.records);
            OK(store_batch_answered(x->s, b.number, answers, n, e));
        }
        batch_finish(&b);
    }
    for (int i = 1; i <= RECORDS; i++)
        assert_int_equal(state_of(x->s, d[i]), i == POISON ? DECL_SEND_FAILED : DECL_SUBMITTED_UNIT);
    struct dead_letter *dead;
    size_t n;
    OK(store_dead_letters(x->s, &dead, &n, e));
    assert_int_equal(n, 1);
    assert_string_equal(dead[0].declaration, d[POISON]);
    assert_string_equal(dead[0].problem, "boom");
    store_dead_letters_free(dead, n);
    print_message("%d batches for %d records\n", puts, RECORDS);
}

/* --- killed in between: nothing lost, nothing doubled --- */

static int steps_left;
static void stop_after_some(const char *step)
{
    (void)step;
    if (steps_left-- == 0)
        _exit(7);
}

/* One life of the agent: takes the batch in hand or a new one, has it answered. The platform is the file `got`: a line
 * per record seen. */
static void agent_life(struct fixture *x, const char *got)
{
    struct store_options o = options_of(x, false);
    struct store *s = store_open(&o, NULL);
    struct batch b = {0};
    while (s && store_batch_next(s, 1, 1 << 20, &b, NULL)) {
        AUTOFREE char *text = text_of(&b);
        FILE *f = fopen(got, "ae");
        fprintf(f, "batch %lld %s\n", (long long)b.number, b.digest);
        struct record_answer answers[8];
        size_t n = 0;
        for (const char *p = text; (p = strstr(p, "\"seq\":")); p++) {
            answers[n] = stored(atoll(p + 6), 1000);
            fprintf(f, "record %lld\n", (long long)answers[n++].seq);
        }
        fclose(f);
        if (!store_batch_answered(s, b.number, answers, n, NULL))
            _exit(3);
        batch_finish(&b);
    }
    store_close(s);
}

static void a_kill_at_any_step_loses_and_doubles_nothing(void **state)
{
    struct fixture *x = *state;
    enum { RECORDS = 14 };
    char d[RECORDS][37];
    for (int i = 0; i < RECORDS; i++)
        submit(x, d[i], NULL, 0);
    store_close(x->s);
    x->s = NULL;
    AUTOFREE char *got = path_join(x->dir, "got");
    int kills = 0, status;
    bool finished = false;
    for (int step = 0; !finished && kills < 200; step = (step + 1) % 17) {
        pid_t child = fork();
        if (child == 0) {
            steps_left = step;
            store_fault = stop_after_some;
            agent_life(x, got);
            _exit(0);
        }
        waitpid(child, &status, 0);
        assert_true(WIFEXITED(status));
        finished = WEXITSTATUS(status) == 0;
        assert_true(finished || WEXITSTATUS(status) == 7);
        kills += !finished;
    }
    assert_true(finished);
    x->s = open_store(x, true);
    for (int i = 0; i < RECORDS; i++)
        assert_int_equal(state_of(x->s, d[i]), DECL_SUBMITTED_UNIT);
    struct queue_figures q;
    OK(store_queue_figures(x->s, &q, e));
    assert_int_equal(q.delivered, RECORDS);
    assert_int_equal(q.waiting + q.sending + q.failed, 0);
    /* the same number was the same bytes, whenever it came */
    CLEANUP(str) struct str log = {0};
    char digests[64][HASH_HEX] = {{0}};
    OK(file_read(got, 1 << 20, &log, e));
    for (char *line = strtok(log.p, "\n"); line; line = strtok(NULL, "\n")) {
        long long number;
        char digest[HASH_HEX];
        if (sscanf(line, "batch %lld %64s", &number, digest) != 2)
            continue;
        assert_true(number < 64);
        if (digests[number][0])
            assert_string_equal(digests[number], digest);
        strcpy(digests[number], digest);
    }
    assert_true(kills > 5);
    print_message("%d kills\n", kills);
    CLEANUP(str) struct str report = {0};
    OK(store_verify(x->s, &report, e));
}

static void a_kill_while_submitting_is_all_or_nothing(void **state)
{
    struct fixture *x = *state;
    char d[37];
    static const char *const names[] = {"begin", "before commit", "commit"};
    OK(store_declaration_create(x->s, &x->folder, d, e));
    for (int step = 0; step < 3; step++) {
        store_close(x->s);
        pid_t child = fork();
        if (child == 0) {
            struct store_options o = options_of(x, true);
            struct store *s = store_open(&o, NULL);
            struct submission sub;
            int64_t seq;
            make_submission(&sub, d, 1, NULL, 0, 100);
            steps_left = step;
            store_fault = stop_after_some;
            _exit(s && store_submit(s, &x->folder, &sub, &seq, NULL) ? 1 : 2);
        }
        int status;
        waitpid(child, &status, 0);
        assert_int_equal(WEXITSTATUS(status), 7);
        x->s = open_store(x, true);
        bool in = !strcmp(names[step], "commit");
        assert_int_equal(state_of(x->s, d), in ? DECL_QUEUED : DECL_DRAFT);
        assert_int_equal(count(x->s, "SELECT count(*) FROM outbox"), in);
        assert_int_equal(count(x->s, "SELECT count(*) FROM submission"), in);
        assert_int_equal(count(x->s, "SELECT last_seq FROM epoch"), in);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_carries_the_frozen_bytes, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_retry_is_the_same_bytes_whatever_came_in_between, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(limits_hold_and_a_giant_goes_alone, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_record_waits_for_its_blobs_and_others_pass, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(answers_mark_each_record_once, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_dead_letter_is_shown_and_can_be_tried_again, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_blob_that_the_platform_lost_goes_again, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(bisection_leaves_the_poison_alone_and_delivers_the_rest, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_kill_at_any_step_loses_and_doubles_nothing, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_kill_while_submitting_is_all_or_nothing, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
