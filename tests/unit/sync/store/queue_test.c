#include "tests/unit/sync/store/fixture.h"

#include <pthread.h>
#include <zstd.h>

/* --- the guide's way of a declaration --- */

static void states_have_the_names_of_the_protocol(void **state)
{
    (void)state;
    for (int i = DECL_DRAFT; i <= DECL_PURGED; i++) {
        enum decl_state back;
        assert_true(decl_state_parse(decl_state_name((enum decl_state)i), &back));
        assert_int_equal(back, i);
    }
    enum decl_state s = DECL_DONE;
    assert_false(decl_state_parse("approved", &s));
    assert_int_equal(s, DECL_DONE);
    assert_string_equal(decl_state_name(DECL_SUBMITTED_UNIT), "submitted_unit");
}

static void a_submission_takes_the_next_place_and_keeps_its_bytes(void **state)
{
    struct fixture *x = *state;
    char epoch[37], after[37], d[37];
    int64_t last;
    OK(store_epoch(x->s, epoch, &last, e));
    assert_true(uuid_valid(epoch));
    assert_int_equal(last, 0);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(submit(x, d, NULL, 0), i);
    reopen(x);
    OK(store_epoch(x->s, after, &last, e));
    assert_string_equal(after, epoch);
    assert_int_equal(last, 3);
    struct queue_figures q;
    OK(store_queue_figures(x->s, &q, e));
    assert_int_equal(q.waiting, 3);
    assert_int_equal(q.sending + q.failed + q.delivered, 0);
    assert_int_equal(q.oldest_ms, 1795400645000);
    assert_int_equal(count(x->s, "SELECT count(*) FROM outbox WHERE length(sealed) = 2000"), 3);
}

static void a_version_is_submitted_once(void **state)
{
    struct fixture *x = *state;
    char d[37];
    int64_t seq = 77;
    CLEANUP(submission) struct submission again = {0}, wrong = {0};
    OK(store_declaration_create(x->s, &x->folder, d, e));
    make_submission(&wrong, d, 2, NULL, 0, 100);
    REFUSED(ERR_STATE, store_submit(x->s, &x->folder, &wrong, &seq, e));
    make_submission(&again, d, 1, NULL, 0, 100);
    OK(store_submit(x->s, &x->folder, &again, &seq, e));
    REFUSED(ERR_STATE, store_submit(x->s, &x->folder, &again, &seq, e));
    assert_int_equal(seq, 1);
    int64_t last;
    char epoch[37];
    OK(store_epoch(x->s, epoch, &last, e));
    assert_int_equal(last, 1); /* a refused one takes no place */
}

static void a_submission_without_its_blobs_is_refused_whole(void **state)
{
    struct fixture *x = *state;
    char d[37];
    int64_t seq = 0;
    struct blob_info here, missing = {.sealed_bytes = 100};
    CLEANUP(submission) struct submission sub = {0}, resized = {0};
    OK(store_blob_put(x->s, &x->folder, "scan", 4, &here, e));
    crypto_hash_hex(crypto_sodium(), "nowhere", 7, missing.sha256);
    OK(store_declaration_create(x->s, &x->folder, d, e));
    make_submission(&sub, d, 1, (struct blob_info[]){here, missing}, 2, 100);
    REFUSED(ERR_NOT_FOUND, store_submit(x->s, &x->folder, &sub, &seq, e));
    make_submission(&resized, d, 1, &here, 1, 100);
    resized.blobs[0].bytes++;
    REFUSED(ERR_FORMAT, store_submit(x->s, &x->folder, &resized, &seq, e));
    assert_int_equal(state_of(x->s, d), DECL_DRAFT);
    assert_int_equal(count(x->s, "SELECT count(*) FROM outbox") + count(x->s, "SELECT count(*) FROM submission_blob") +
                         count(x->s, "SELECT count(*) FROM receipt"),
                     0);
}

static void a_receipt_number_belongs_to_one_declaration(void **state)
{
    struct fixture *x = *state;
    char a[37], b[37];
    int64_t seq;
    CLEANUP(submission) struct submission one = {0}, two = {0};
    OK(store_declaration_create(x->s, &x->folder, a, e));
    OK(store_declaration_create(x->s, &x->folder, b, e));
    make_submission(&one, a, 1, NULL, 0, 100);
    make_submission(&two, b, 1, NULL, 0, 100);
    strcpy(two.receipt, one.receipt);
    OK(store_submit(x->s, &x->folder, &one, &seq, e));
    REFUSED(ERR_EXISTS, store_submit(x->s, &x->folder, &two, &seq, e));
}

static void withdrawn_and_reopened_it_goes_again_as_the_next_version(void **state)
{
    struct fixture *x = *state;
    char d[37];
    struct blob_info b;
    CLEANUP(submission) struct submission sub = {0};
    int64_t seq = submit(x, d, NULL, 0);
    OK(store_blob_put(x->s, &x->folder, "scan", 4, &b, e));
    OK(store_withdraw(x->s, d, e));
    assert_int_equal(state_of(x->s, d), DECL_WITHDRAWN);
    REFUSED(ERR_STATE, store_withdraw(x->s, d, e));
    REFUSED(ERR_NOT_FOUND, store_withdraw(x->s, "00000000-0000-4000-8000-000000000000", e));
    OK(store_reopen(x->s, &x->folder, d, e));
    REFUSED(ERR_STATE, store_reopen(x->s, &x->folder, d, e));
    make_submission(&sub, d, 2, &b, 1, 100);
    OK(store_submit(x->s, &x->folder, &sub, &seq, e));
    assert_int_equal(seq, 2);
    OK(store_blob_sent(x->s, b.sha256, e));
    /* the tombstone has the place of what it replaces */
    struct batch batch = next_batch(x->s);
    char text[8192];
    size_t len = ZSTD_decompress(text, sizeof text - 1, batch.body.p, batch.body.len);
    assert_false(ZSTD_isError(len));
    text[len] = '\0';
    char want[160];
    snprintf(
        want, sizeof want,
        "{\"declaration\":\"%s\",\"version\":1,\"seq\":1,\"withdrawn\":true}\n{\"declaration\":\"%s\",\"version\":2,",
        d, d);
    assert_memory_equal(text, want, strlen(want));
    assert_int_equal(batch.records, 2);
    const struct record_answer answers[] = {stored(1, 10), stored(2, 20)};
    OK(store_batch_answered(x->s, batch.number, answers, 2, e));
    batch_finish(&batch);
    assert_int_equal(state_of(x->s, d), DECL_SUBMITTED_UNIT);
    struct status_row *rows;
    size_t n;
    OK(store_history(x->s, d, &rows, &n, e));
    static const enum decl_state states[] = {DECL_QUEUED, DECL_WITHDRAWN, DECL_QUEUED, DECL_SUBMITTED_UNIT};
    assert_int_equal(n, ARRAY_LEN(states));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rows[i].state, states[i]);
    assert_int_equal(rows[3].version, 2);
    assert_int_equal(rows[3].at_ms, 20);
    store_history_free(rows, n);
}

static void what_is_on_its_way_cannot_be_withdrawn(void **state)
{
    struct fixture *x = *state;
    char d[37];
    submit(x, d, NULL, 0);
    struct batch b = next_batch(x->s);
    assert_int_equal(state_of(x->s, d), DECL_SENDING);
    REFUSED(ERR_STATE, store_withdraw(x->s, d, e));
    OK(store_batch_failed(x->s, b.number, 1, NULL, e)); /* refused: it is queued again, and may be withdrawn again */
    batch_finish(&b);
    assert_int_equal(state_of(x->s, d), DECL_QUEUED);
    OK(store_withdraw(x->s, d, e));
}

/* --- the race --- */

struct racer {
    struct fixture *x;
    const char *declaration;
    pthread_barrier_t *gate;
    bool won;
};

static void *race_withdraw(void *ctx)
{
    struct racer *r = ctx;
    struct store_options o = options_of(r->x, false);
    struct store *s = store_open(&o, NULL);
    pthread_barrier_wait(r->gate);
    struct err e = {0};
    r->won = store_withdraw(s, r->declaration, &e);
    if (!r->won && e.code != ERR_STATE)
        abort();
    store_close(s);
    return NULL;
}

static void *race_send(void *ctx)
{
    struct racer *r = ctx;
    struct store_options o = options_of(r->x, false);
    struct store *s = store_open(&o, NULL);
    struct batch b = {0};
    pthread_barrier_wait(r->gate);
    if (!store_batch_next(s, 500, 1 << 20, &b, NULL))
        abort(); /* there is a record, or its tombstone */
    char text[8192];
    size_t len = ZSTD_decompress(text, sizeof text, b.body.p, b.body.len);
    r->won = !ZSTD_isError(len) && memmem(text, len, "\"sealed\"", 8) != NULL;
    batch_finish(&b);
    store_close(s);
    return NULL;
}

static void withdrawal_and_agent_cannot_both_win(void **state)
{
    (void)state;
    int withdrawn = 0;
    for (int i = 0; i < 40; i++) {
        void *own = NULL;
        assert_int_equal(setup_folder(&own), 0);
        struct fixture *x = own;
        char d[37];
        submit(x, d, NULL, 0);
        pthread_barrier_t gate;
        pthread_barrier_init(&gate, NULL, 2);
        struct racer person = {x, d, &gate, false}, agent = {x, d, &gate, false};
        pthread_t a, b;
        pthread_create(&a, NULL, i % 2 ? race_withdraw : race_send, i % 2 ? &person : &agent);
        pthread_create(&b, NULL, i % 2 ? race_send : race_withdraw, i % 2 ? &agent : &person);
        pthread_join(a, NULL);
        pthread_join(b, NULL);
        pthread_barrier_destroy(&gate);
        assert_int_equal(person.won + agent.won, 1);
        assert_int_equal(state_of(x->s, d), person.won ? DECL_WITHDRAWN : DECL_SENDING);
        assert_int_equal(count(x->s, "SELECT count(*) FROM outbox WHERE sealed IS NOT NULL"), agent.won);
        withdrawn += person.won;
        teardown(&own);
    }
    print_message("withdrawn first in %d of 40\n", withdrawn);
}

/* --- statuses from the platform --- */

static void the_platforms_word_moves_the_state_and_lags_harmlessly(void **state)
{
    struct fixture *x = *state;
    char d[37];
    CLEANUP(str) struct str cursor = {0};
    submit(x, d, NULL, 0);
    struct batch b = next_batch(x->s);
    const struct record_answer a = {.seq = 1, .kind = ANSWER_DUPLICATE, .state = DECL_UNIT_RETURNED, .at_ms = 300};
    OK(store_batch_answered(x->s, b.number, &a, 1, e));
    batch_finish(&b);
    const struct status_update feed[] = {
        {d, 1, DECL_SUBMITTED_UNIT, 100, NULL, NULL, NULL},
        {d, 1, DECL_UNIT_REVIEW, 200, "单位审核中", NULL, NULL},
        {d, 1, DECL_UNIT_RETURNED, 300, "退回修改", "[{\"path\":\"form.award.name\",\"reason\":\"与证书不一致\"}]",
         NULL},
    };
    OK(store_updates_apply(x->s, feed, 2, "c2", e));
    assert_int_equal(state_of(x->s, d), DECL_UNIT_RETURNED); /* the feed is behind the answer */
    OK(store_updates_apply(x->s, feed, 3, "c3", e));         /* and comes twice */
    assert_int_equal(state_of(x->s, d), DECL_UNIT_RETURNED);
    OK(store_setting_get(x->s, "updates.cursor", &cursor, e));
    assert_string_equal(cursor.p, "c3");
    struct status_row *rows;
    size_t n;
    OK(store_history(x->s, d, &rows, &n, e));
    assert_int_equal(n, 4);
    static const enum decl_state order[] = {DECL_QUEUED, DECL_SUBMITTED_UNIT, DECL_UNIT_REVIEW, DECL_UNIT_RETURNED};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rows[i].state, order[i]);
    assert_string_equal(rows[2].text, "单位审核中");
    assert_non_null(strstr(rows[3].reasons, "form.award.name"));
    store_history_free(rows, n);
}

static void an_update_of_an_old_version_leaves_the_new_draft_alone(void **state)
{
    struct fixture *x = *state;
    char d[37];
    submit(x, d, NULL, 0);
    struct batch b = next_batch(x->s);
    OK(store_batch_answered(x->s, b.number, (struct record_answer[]){stored(1, 100)}, 1, e));
    batch_finish(&b);
    const struct status_update back = {d, 1, DECL_UNIT_RETURNED, 200, NULL, NULL, NULL};
    OK(store_updates_apply(x->s, &back, 1, NULL, e));
    OK(store_reopen(x->s, &x->folder, d, e));
    const struct status_update late = {d, 1, DECL_SUPERIOR_RETURNED, 300, NULL, NULL, NULL};
    OK(store_updates_apply(x->s, &late, 1, NULL, e));
    assert_int_equal(state_of(x->s, d), DECL_DRAFT);
}

static void a_store_that_lost_its_rows_still_finds_a_receipt(void **state)
{
    struct fixture *x = *state;
    struct declaration_row row;
    static const char id[] = "11111111-2222-4333-8444-555555555555";
    char number[RECEIPT_SIZE];
    receipt_make(crypto_sodium(), number);
    REFUSED(ERR_NOT_FOUND, store_receipt_find(x->s, number, &row, e));
    const struct status_update u[] = {{id, 1, DECL_SUBMITTED_UNIT, 100, NULL, NULL, number},
                                      {id, 2, DECL_DONE, 200, NULL, NULL, number}};
    OK(store_updates_apply(x->s, u, 2, "c", e));
    OK(store_receipt_find(x->s, number, &row, e));
    assert_string_equal(row.id, id);
    assert_int_equal(row.version, 2);
    assert_int_equal(row.state, DECL_DONE);
}

static void a_new_epoch_gives_new_places_in_the_old_order(void **state)
{
    struct fixture *x = *state;
    char d[4][37], before[37], after[37];
    int64_t last;
    for (int i = 0; i < 4; i++)
        submit(x, d[i], NULL, 0);
    struct batch b = {0};
    OK(store_batch_next(x->s, 2, 1 << 20, &b, e)); /* 1 and 2 are on their way */
    OK(store_batch_answered(x->s, b.number, (struct record_answer[]){stored(1, 5)}, 1,
                            e)); /* 2 was forgotten: waits again */
    batch_finish(&b);
    OK(store_batch_next(x->s, 2, 1 << 20, &b, e)); /* 2 and 3 */
    OK(store_epoch(x->s, before, &last, e));
    OK(store_epoch_roll(x->s, e));
    OK(store_epoch(x->s, after, &last, e));
    assert_string_not_equal(before, after);
    assert_int_equal(last, 3);
    REFUSED(ERR_STATE, store_batch_answered(x->s, b.number, NULL, 0, e));
    batch_finish(&b);
    b = next_batch(x->s);
    assert_int_equal(b.number, 1);
    assert_string_equal(b.epoch, after);
    assert_int_equal(b.records, 3);
    CLEANUP(query) struct query q = {0};
    OK(db_query(x->s, &q, e, "SELECT seq, declaration FROM outbox ORDER BY seq", ""));
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(db_next(&q, NULL), 1);
        assert_int_equal(query_int(&q, 0), i);
        assert_string_equal(query_text(&q, 1), d[i]);
    }
    batch_finish(&b);
}

static void settings_are_shared(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str v = {0};
    struct store *agent = open_store(x, false);
    REFUSED(ERR_NOT_FOUND, store_setting_get(x->s, "hall.name", &v, e));
    int64_t version = store_data_version(x->s);
    OK(store_setting_set(agent, "hall.name", "天山区政务服务中心", strlen("天山区政务服务中心"), e));
    assert_int_not_equal(store_data_version(x->s), version);
    OK(store_setting_get(x->s, "hall.name", &v, e));
    assert_string_equal(v.p, "天山区政务服务中心");
    OK(store_setting_set(agent, "hall.name", "", 0, e));
    OK(store_setting_get(x->s, "hall.name", &v, e));
    assert_int_equal(v.len, 0);
    store_close(agent);
}

static void staff_see_numbers_and_states_what_failed_first(void **state)
{
    struct fixture *x = *state;
    char first[37], second[37], third[37];
    submit(x, first, NULL, 0);
    struct batch b = next_batch(x->s);
    const struct record_answer rejected = {.seq = 1, .kind = ANSWER_REJECTED, .problem = "unknown key id"};
    submit(x, second, NULL, 0);
    submit(x, third, NULL, 0);
    OK(store_batch_answered(x->s, b.number, &rejected, 1, e));
    batch_finish(&b);
    OK(store_withdraw(x->s, third, e)); /* a tombstone is nobody's record */
    struct queue_row *rows;
    size_t n;
    OK(store_queue(x->s, 10, &rows, &n, e));
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].state, DECL_SEND_FAILED);
    assert_string_equal(rows[0].problem, "unknown key id");
    assert_int_equal(rows[1].state, DECL_QUEUED);
    assert_int_equal(strlen(rows[1].receipt), 16);
    store_queue_free(rows, n);
}

static void staff_clear_a_person_away_but_nothing_that_waits_to_be_sent(void **state)
{
    struct fixture *x = *state;
    char sent[37], draft[37];
    struct folder f = {0};
    struct code_verdict v;
    struct declaration_row *rows;
    size_t n;
    submit(x, sent, NULL, 0);
    OK(store_declaration_create(x->s, &x->folder, draft, e));
    save(x, draft, "word", NULL, 0);
    OK(store_declarations(x->s, &x->folder, &rows, &n, e));
    char receipt[RECEIPT_SIZE] = "";
    for (size_t i = 0; i < n; i++)
        if (rows[i].receipt[0])
            zcopy(receipt, sizeof receipt, rows[i].receipt);
    free(rows);
    REFUSED(ERR_STATE, store_purge(x->s, receipt, e));
    struct batch b = next_batch(x->s);
    const struct record_answer answer = stored(1, 1795400645000);
    OK(store_batch_answered(x->s, b.number, &answer, 1, e));
    batch_finish(&b);
    OK(store_purge(x->s, receipt, e));
    assert_int_equal(count(x->s, "SELECT count(*) FROM slot"), 0);
    assert_int_equal(count(x->s, "SELECT count(*) FROM document"), 0);
    REFUSED(ERR_NOT_FOUND, store_folder_open(x->s, ID, CODE, &f, &v, e));
    struct declaration_row row;
    OK(store_receipt_find(x->s, receipt, &row, e)); /* number and state stay */
    assert_int_equal(row.state, DECL_SUBMITTED_UNIT);
    REFUSED(ERR_NOT_FOUND, store_purge(x->s, receipt, e));
    REFUSED(ERR_NOT_FOUND, store_purge(x->s, "0000-0000-0000-0", e));
    CLEANUP(str) struct str report = {0};
    OK(store_verify(x->s, &report, e));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(staff_see_numbers_and_states_what_failed_first, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(staff_clear_a_person_away_but_nothing_that_waits_to_be_sent, setup_folder,
                                        teardown),
        cmocka_unit_test(states_have_the_names_of_the_protocol),
        cmocka_unit_test_setup_teardown(a_submission_takes_the_next_place_and_keeps_its_bytes, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_version_is_submitted_once, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_submission_without_its_blobs_is_refused_whole, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_receipt_number_belongs_to_one_declaration, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(withdrawn_and_reopened_it_goes_again_as_the_next_version, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_on_its_way_cannot_be_withdrawn, setup_folder, teardown),
        cmocka_unit_test(withdrawal_and_agent_cannot_both_win),
        cmocka_unit_test_setup_teardown(the_platforms_word_moves_the_state_and_lags_harmlessly, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(an_update_of_an_old_version_leaves_the_new_draft_alone, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_store_that_lost_its_rows_still_finds_a_receipt, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_new_epoch_gives_new_places_in_the_old_order, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(settings_are_shared, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
