/* A declaration that comes back from the platform to the person who logs in, at this kiosk or another. */
#include "sync/base/cleanup.h"
#include "tests/unit/sync/store/fixture.h"

#define A "11111111-1111-4111-8111-111111111111"

static char receipt_of_a[RECEIPT_SIZE];

static struct status_update says(const char *declaration, int version, enum decl_state state, int64_t at_ms)
{
    if (!receipt_of_a[0])
        receipt_make(crypto_sodium(), receipt_of_a);
    return (struct status_update){
        .declaration = declaration,
        .version = version,
        .state = state,
        .at_ms = at_ms,
        .reasons = state == DECL_UNIT_RETURNED ? "[{\"path\":\"form.basic.unit_name\",\"reason\":\"全称\"}]" : "",
        .receipt = receipt_of_a};
}

static void note(struct fixture *x, struct status_update u)
{
    OK(store_profile_note(x->s, &x->folder, &u, 1, e));
}

static struct declaration_row row_of(struct fixture *x, const char *declaration)
{
    struct declaration_row *rows = NULL, found = {0};
    size_t n = 0;
    OK(store_declarations(x->s, &x->folder, &rows, &n, e));
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].id, declaration))
            found = rows[i];
    free(rows);
    return found;
}

static void adopt(struct fixture *x, const char *declaration, int version, const struct blob_info *blobs, size_t n)
{
    CLEANUP(str) struct str doc = {0};
    make_document(&doc, "word", blobs, n);
    OK(store_declaration_adopt(x->s, &x->folder, declaration, version, doc.p, doc.len, e));
}

/* A blob that this kiosk never had. */
static struct blob_info elsewhere(void)
{
    struct blob_info b = {.bytes = 1000, .sealed_bytes = crypto_sodium()->stream_bytes(1000)};
    memset(b.sha256, 'a', 64);
    return b;
}

static void a_returned_one_from_another_kiosk_becomes_a_draft_of_the_next_version(void **state)
{
    struct fixture *x = *state;
    const struct blob_info blob = elsewhere();
    int64_t seq = 0;
    note(x, says(A, 1, DECL_UNIT_RETURNED, 1000));
    struct declaration_row r = row_of(x, A);
    assert_int_equal(r.state, DECL_UNIT_RETURNED);
    assert_false(r.content);
    assert_string_equal(r.receipt, receipt_of_a);
    adopt(x, A, 1, &blob, 1);
    r = row_of(x, A);
    assert_int_equal(r.state, DECL_DRAFT);
    assert_int_equal(r.version, 2);
    assert_true(r.content);
    bool here = true, sent = false;
    OK(store_blob_where(x->s, blob.sha256, &here, &sent, e));
    assert_false(here);
    assert_true(sent);
    /* it is sent again under its receipt, with the old blob that never was here */
    CLEANUP(submission) struct submission sub = {0};
    make_submission(&sub, A, 2, &blob, 1, 500);
    strcpy(sub.receipt, receipt_of_a);
    OK(store_submit(x->s, &x->folder, &sub, &seq, e));
    struct batch b = next_batch(x->s);
    assert_int_equal(b.records, 1);
    batch_finish(&b);
    struct status_row *h = NULL;
    size_t n = 0;
    OK(store_history(x->s, A, &h, &n, e));
    assert_int_equal(n, 2);
    assert_int_equal(h[0].state, DECL_UNIT_RETURNED);
    assert_int_equal(h[1].version, 2);
    store_history_free(h, n);
}

static void it_is_adopted_once_and_only_as_the_version_that_was_returned(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str doc = {0};
    make_document(&doc, "word", NULL, 0);
    REFUSED(ERR_STATE, store_declaration_adopt(x->s, &x->folder, A, 1, doc.p, doc.len, e));
    note(x, says(A, 1, DECL_UNIT_RETURNED, 1000));
    REFUSED(ERR_STATE, store_declaration_adopt(x->s, &x->folder, A, 2, doc.p, doc.len, e));
    adopt(x, A, 1, NULL, 0);
    REFUSED(ERR_STATE, store_declaration_adopt(x->s, &x->folder, A, 1, doc.p, doc.len, e));
    note(x, says(A, 1, DECL_UNIT_RETURNED, 1000)); /* told again: the draft in hand stays */
    assert_int_equal(row_of(x, A).state, DECL_DRAFT);
    save(x, A, "mended", NULL, 0);
}

static void a_draft_that_another_kiosk_has_sent_follows_the_platform(void **state)
{
    struct fixture *x = *state;
    note(x, says(A, 1, DECL_UNIT_RETURNED, 1000));
    adopt(x, A, 1, NULL, 0);
    note(x, says(A, 2, DECL_UNIT_REVIEW, 2000));
    struct declaration_row r = row_of(x, A);
    assert_int_equal(r.state, DECL_UNIT_REVIEW);
    assert_int_equal(r.version, 2);
    assert_false(r.content); /* what is here is not what was sent */
    CLEANUP(submission) struct submission sub = {0};
    int64_t seq;
    make_submission(&sub, A, 2, NULL, 0, 500);
    REFUSED(ERR_STATE, store_submit(x->s, &x->folder, &sub, &seq, e));
    note(x, says(A, 2, DECL_UNIT_RETURNED, 3000));
    adopt(x, A, 2, NULL, 0);
    r = row_of(x, A);
    assert_int_equal(r.version, 3);
    assert_true(r.content);
}

static void a_version_sent_twice_is_a_dead_letter_that_gives_way_to_the_newest(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    int64_t seq = submit(x, declaration, NULL, 0);
    struct batch b = next_batch(x->s);
    const struct record_answer no = {
        .seq = seq, .kind = ANSWER_REJECTED, .problem = "another one is there", .conflict = true};
    OK(store_batch_answered(x->s, b.number, &no, 1, e));
    batch_finish(&b);
    struct declaration_row r = row_of(x, declaration);
    assert_int_equal(r.state, DECL_SEND_FAILED);
    assert_true(r.overtaken);
    struct status_row *h = NULL;
    size_t n = 0;
    OK(store_history(x->s, declaration, &h, &n, e));
    assert_string_equal(h[n - 1].text, HISTORY_CONFLICT); /* said for as long as the history is */
    store_history_free(h, n);
    struct status_update u = says(declaration, 1, DECL_SUBMITTED_UNIT, 5000);
    u.receipt = r.receipt;
    note(x, u);
    r = row_of(x, declaration);
    assert_int_equal(r.state, DECL_SUBMITTED_UNIT);
    assert_false(r.overtaken);
    assert_int_equal(count(x->s, "SELECT count(*) FROM outbox"), 0);
}

static void what_waits_here_is_not_overtaken(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    submit(x, declaration, NULL, 0);
    struct status_update u = says(declaration, 2, DECL_UNIT_REVIEW, 5000);
    note(x, u);
    assert_int_equal(state_of(x->s, declaration), DECL_QUEUED);
}

/* The draft of a second version grew old here; the platform still has the first one as returned. */
static void after_a_purge_the_platforms_word_stands(void **state)
{
    struct fixture *x = *state;
    size_t wiped = 0;
    note(x, says(A, 1, DECL_UNIT_RETURNED, 1000));
    adopt(x, A, 1, NULL, 0);
    OK(store_expire(x->s, 100 * DAY, 30 * DAY, DAY, &wiped, e));
    OK(store_expire(x->s, 140 * DAY, 30 * DAY, DAY, &wiped, e));
    assert_true(wiped > 0);
    assert_int_equal(state_of(x->s, A), DECL_PURGED);
    folder_finish(&x->folder, crypto_sodium());
    OK(store_folder_create(x->s, ID, CODE, &x->folder, e));
    note(x, says(A, 1, DECL_UNIT_RETURNED, 1000));
    adopt(x, A, 1, NULL, 0);
    struct declaration_row r = row_of(x, A);
    assert_int_equal(r.state, DECL_DRAFT);
    assert_int_equal(r.version, 2);
}

static void a_receipt_from_another_kiosk_opens_with_the_code_of_this_folder(void **state)
{
    struct fixture *x = *state;
    struct code_verdict v;
    note(x, says(A, 1, DECL_UNIT_REVIEW, 1000));
    OK(store_receipt_check(x->s, receipt_of_a, CODE, &v, e));
    REFUSED(ERR_DENIED, store_receipt_check(x->s, receipt_of_a, "000000", &v, e));
}

static void another_persons_declaration_stays_theirs(void **state)
{
    struct fixture *x = *state;
    struct folder other = {0};
    note(x, says(A, 1, DECL_UNIT_RETURNED, 1000));
    OK(store_folder_create(x->s, "650102199003150022", CODE, &other, e));
    struct status_update u = says(A, 1, DECL_UNIT_RETURNED, 1000);
    OK(store_profile_note(x->s, &other, &u, 1, e));
    REFUSED(ERR_STATE, store_declaration_adopt(x->s, &other, A, 1, "{}", 2, e));
    assert_int_equal(row_of(x, A).state, DECL_UNIT_RETURNED);
    folder_finish(&other, crypto_sodium());
}

static void a_state_that_nobody_knows_keeps_the_platforms_text(void **state)
{
    struct fixture *x = *state;
    assert_int_equal(decl_state_of_platform("unit_review"), DECL_UNIT_REVIEW);
    assert_int_equal(decl_state_of_platform("board_vote"), DECL_OTHER);
    assert_int_equal(decl_state_of_platform("draft"), DECL_OTHER); /* the platform has no say in ours */
    struct status_update u = says(A, 1, DECL_OTHER, 1000);
    u.text = "评委会表决中";
    note(x, u);
    struct status_row *h = NULL;
    size_t n = 0;
    OK(store_history(x->s, A, &h, &n, e));
    assert_int_equal(n, 1);
    assert_string_equal(h[0].text, "评委会表决中");
    store_history_free(h, n);
}

static void notes_are_kept_with_the_folder(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str out = {0};
    REFUSED(ERR_NOT_FOUND, store_note_load(x->s, &x->folder, "profile", &out, e));
    OK(store_note_save(x->s, &x->folder, "profile", "abc", 3, e));
    OK(store_note_save(x->s, &x->folder, "profile", "abcd", 4, e));
    OK(store_note_load(x->s, &x->folder, "profile", &out, e));
    assert_string_equal(str_z(&out), "abcd");
    static const char *const bad[] = {"", "A", "a/b", "@a", "profile profile"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        REFUSED(ERR_FORMAT, store_note_save(x->s, &x->folder, bad[i], "x", 1, e));
    REFUSED(ERR_NOT_FOUND, store_draft_save(x->s, &x->folder, "@profile", "{}", 2, e));
    assert_int_equal(count(x->s, "SELECT count(*) FROM declaration"), 0);
}

static void notes_of_a_declaration_go_with_its_content(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str out = {0};
    char declaration[37];
    size_t wiped = 0;
    submit(x, declaration, NULL, 0);
    AUTOFREE char *name = xasprintf("reasons-%s", declaration);
    OK(store_note_save(x->s, &x->folder, name, "x", 1, e));
    OK(store_note_save(x->s, &x->folder, "profile", "x", 1, e));
    struct batch b = next_batch(x->s);
    struct record_answer yes = stored(1, 5000);
    OK(store_batch_answered(x->s, b.number, &yes, 1, e));
    batch_finish(&b);
    OK(store_expire(x->s, 100 * DAY, 30 * DAY, DAY, &wiped, e));
    OK(store_note_load(x->s, &x->folder, name, &out, e));
    OK(store_expire(x->s, 102 * DAY, 30 * DAY, DAY, &wiped, e));
    REFUSED(ERR_NOT_FOUND, store_note_load(x->s, &x->folder, name, &out, e));
    OK(store_note_load(x->s, &x->folder, "profile", &out, e));
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    AUTOFREE char *draft = xasprintf("reasons-%s", declaration);
    OK(store_note_save(x->s, &x->folder, draft, "x", 1, e));
    OK(store_declaration_delete(x->s, &x->folder, declaration, e));
    REFUSED(ERR_NOT_FOUND, store_note_load(x->s, &x->folder, draft, &out, e));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup_folder, teardown)
    const struct CMUnitTest tests[] = {
        T(a_returned_one_from_another_kiosk_becomes_a_draft_of_the_next_version),
        T(it_is_adopted_once_and_only_as_the_version_that_was_returned),
        T(a_draft_that_another_kiosk_has_sent_follows_the_platform),
        T(a_version_sent_twice_is_a_dead_letter_that_gives_way_to_the_newest),
        T(what_waits_here_is_not_overtaken),
        T(after_a_purge_the_platforms_word_stands),
        T(a_receipt_from_another_kiosk_opens_with_the_code_of_this_folder),
        T(another_persons_declaration_stays_theirs),
        T(a_state_that_nobody_knows_keeps_the_platforms_text),
        T(notes_are_kept_with_the_folder),
        T(notes_of_a_declaration_go_with_its_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
