/* Drafts on their way to the person's next kiosk. */
#include "sync/base/cleanup.h"
#include "tests/unit/sync/store/fixture.h"

static void save_parked(struct fixture *x, const char *declaration, const char *word, const struct blob_info *blobs,
                        size_t n_blobs)
{
    CLEANUP(str) struct str doc = {0}, body = {0}, gone = {0};
    int64_t base, n;
    make_document(&doc, word, blobs, n_blobs);
    OK(store_parking_next(x->s, declaration, &base, &n, e));
    str_printf(&body, "box %s %lld/%lld", word, (long long)base, (long long)n);
    str_printf(&gone, "gone %lld/%lld", (long long)base, (long long)n + 1);
    const struct parking_box box = {declaration, n, &body, &gone};
    OK(store_draft_save_parked(x->s, &x->folder, declaration, doc.p, doc.len, &box, e));
}

static struct parking_row waiting(struct fixture *x)
{
    struct parking_row r = {0};
    OK(store_parking_to_send(x->s, "", &r, e));
    return r;
}

static void nothing_waits(struct fixture *x)
{
    struct parking_row r = {0};
    REFUSED(ERR_NOT_FOUND, store_parking_to_send(x->s, "", &r, e));
}

static void is_sent(struct fixture *x, const char *body, enum parking_answer answer, int64_t edit)
{
    struct parking_row r = waiting(x);
    assert_string_equal(str_z(&r.body), body);
    OK(store_parking_answered(x->s, &r, answer, edit, e));
    parking_row_finish(&r);
}

static struct declaration_row only_row(struct fixture *x)
{
    struct declaration_row *rows = NULL, r;
    size_t n = 0;
    OK(store_declarations(x->s, &x->folder, &rows, &n, e));
    assert_int_equal(n, 1);
    r = rows[0];
    free(rows);
    return r;
}

static void a_save_waits_until_the_platform_has_it(void **state)
{
    struct fixture *x = *state;
    char id[37];
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save(x, id, "nobody logged in", NULL, 0);
    nothing_waits(x);
    assert_int_equal(only_row(x).park, PARK_NONE);
    save_parked(x, id, "one", NULL, 0);
    reopen(x); /* pulled the plug behind the save */
    assert_int_equal(only_row(x).park, PARK_WAITING);
    is_sent(x, "box one 0/1", PARKING_KEPT, 7);
    assert_int_equal(only_row(x).park, PARK_HELD);
    assert_int_equal(only_row(x).park_edit, 7);
    nothing_waits(x);
}

static void a_save_made_while_the_answer_was_under_way_waits_on(void **state)
{
    struct fixture *x = *state;
    char id[37];
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save_parked(x, id, "one", NULL, 0);
    struct parking_row r = waiting(x);
    save_parked(x, id, "two", NULL, 0);
    OK(store_parking_answered(x->s, &r, PARKING_KEPT, 7, e));
    parking_row_finish(&r);
    assert_int_equal(only_row(x).park_edit, 7);
    is_sent(x, "box two 0/2", PARKING_KEPT, 8);
}

static void its_blobs_go_first(void **state)
{
    struct fixture *x = *state;
    struct blob_info blob;
    struct blob_ref *refs = NULL;
    char id[37];
    size_t n = 0;
    OK(store_blob_put(x->s, &x->folder, "page", 4, &blob, e));
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save(x, id, "nobody logged in", &blob, 1);
    OK(store_blobs_to_send(x->s, &refs, &n, e));
    assert_int_equal(n, 0);
    free(refs);
    save_parked(x, id, "one", &blob, 1);
    nothing_waits(x);
    OK(store_blobs_to_send(x->s, &refs, &n, e));
    assert_int_equal(n, 1);
    assert_string_equal(refs[0].sha256, blob.sha256);
    free(refs);
    OK(store_blob_sent(x->s, blob.sha256, e));
    is_sent(x, "box one 0/1", PARKING_KEPT, 1);
}

static void a_conflict_stays_one_and_is_ended_by_the_person_s_word(void **state)
{
    struct fixture *x = *state;
    char id[37];
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save_parked(x, id, "one", NULL, 0);
    is_sent(x, "box one 0/1", PARKING_CONFLICT, 0);
    save_parked(x, id, "two", NULL, 0); /* written on, offline: nothing of it is lost, nothing is sent over the other */
    assert_int_equal(only_row(x).park, PARK_CONFLICT);
    nothing_waits(x);
    OK(store_parking_rebase(x->s, &x->folder, id, 9, e));
    assert_int_equal(only_row(x).park_base, 9);
    save_parked(x, id, "three", NULL, 0);
    is_sent(x, "box three 9/1", PARKING_KEPT, 10);
}

static void what_is_refused_is_not_tried_again_until_it_changes(void **state)
{
    struct fixture *x = *state;
    char id[37];
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save_parked(x, id, "one", NULL, 0);
    is_sent(x, "box one 0/1", PARKING_REFUSED, 0);
    nothing_waits(x);
    save_parked(x, id, "two", NULL, 0);
    is_sent(x, "box two 0/2", PARKING_KEPT, 1);
}

static void thrown_away_here_it_is_taken_back_there(void **state)
{
    struct fixture *x = *state;
    char id[37];
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save_parked(x, id, "one", NULL, 0);
    is_sent(x, "box one 0/1", PARKING_KEPT, 1);
    OK(store_declaration_delete(x->s, &x->folder, id, e)); /* also without a login */
    is_sent(x, "gone 0/2", PARKING_KEPT, 2);
    assert_int_equal(count(x->s, "SELECT count(*) FROM parking"), 0);
}

static void a_submission_sends_no_draft_any_more_and_a_withdrawn_one_counts_on(void **state)
{
    struct fixture *x = *state;
    CLEANUP(submission) struct submission sub = {0};
    char id[37];
    int64_t seq;
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save_parked(x, id, "one", NULL, 0);
    make_submission(&sub, id, 1, NULL, 0, 500);
    OK(store_submit(x->s, &x->folder, &sub, &seq, e));
    nothing_waits(x);
    OK(store_withdraw(x->s, id, e));
    OK(store_reopen(x->s, &x->folder, id, e));
    save_parked(x, id, "two", NULL, 0);
    is_sent(x, "box two 0/2", PARKING_KEPT, 1);
}

static void a_draft_of_another_kiosk_is_taken_up(void **state)
{
    struct fixture *x = *state;
    const char id[] = "11111111-1111-4111-8111-111111111111";
    struct blob_info blob = {.bytes = 1000, .sealed_bytes = 1024};
    CLEANUP(str) struct str doc = {0};
    bool here = true, sent = false;
    memset(blob.sha256, 'a', 64);
    make_document(&doc, "from there", &blob, 1);
    OK(store_draft_adopt(x->s, &x->folder, id, 1, 5, doc.p, doc.len, e));
    struct declaration_row r = only_row(x);
    assert_int_equal(r.state, DECL_DRAFT);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.park_base, 5);
    assert_int_equal(r.park, PARK_HELD);
    OK(store_blob_where(x->s, blob.sha256, &here, &sent, e));
    assert_true(sent && !here);
    save_parked(x, id, "here", &blob, 1);
    is_sent(x, "box here 5/1", PARKING_KEPT, 6);
}

static void only_a_draft_is_replaced_and_only_the_person_s(void **state)
{
    struct fixture *x = *state;
    struct folder other = {0};
    CLEANUP(str) struct str doc = {0};
    char id[37];
    submit(x, id, NULL, 0);
    make_document(&doc, "late", NULL, 0);
    REFUSED(ERR_STATE, store_draft_adopt(x->s, &x->folder, id, 1, 5, doc.p, doc.len, e));
    OK(store_declaration_create(x->s, &x->folder, id, e));
    OK(store_folder_create(x->s, "650102198803150022", CODE, &other, e));
    REFUSED(ERR_DENIED, store_draft_adopt(x->s, &other, id, 1, 5, doc.p, doc.len, e));
    folder_finish(&other, crypto_sodium());
}

static void with_the_folder_its_boxes_go(void **state)
{
    struct fixture *x = *state;
    char id[37];
    OK(store_declaration_create(x->s, &x->folder, id, e));
    save_parked(x, id, "one", NULL, 0);
    OK(store_folder_delete(x->s, ID, e));
    assert_int_equal(count(x->s, "SELECT count(*) FROM parking"), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_folder, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_save_waits_until_the_platform_has_it),
        T(a_save_made_while_the_answer_was_under_way_waits_on),
        T(its_blobs_go_first),
        T(a_conflict_stays_one_and_is_ended_by_the_person_s_word),
        T(what_is_refused_is_not_tried_again_until_it_changes),
        T(thrown_away_here_it_is_taken_back_there),
        T(a_submission_sends_no_draft_any_more_and_a_withdrawn_one_counts_on),
        T(a_draft_of_another_kiosk_is_taken_up),
        T(only_a_draft_is_replaced_and_only_the_person_s),
        T(with_the_folder_its_boxes_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
