#include "tests/unit/sync/store/fixture.h"

static void assert_document(struct fixture *x, const char *declaration, const char *want)
{
    CLEANUP(str) struct str doc = {0};
    OK(store_draft_load(x->s, &x->folder, declaration, &doc, e));
    assert_string_equal(str_z(&doc), want);
}

static void a_scope_comes_back_as_it_was_saved(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    CLEANUP(str) struct str doc = {0};
    REFUSED(ERR_NOT_FOUND, store_draft_load(x->s, &x->folder, NULL, &doc, e));
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    static const char person[] = "{\"sections\":{\"basic\":{\"full_name\":\"阿依古丽·买买提\"}}}",
                      title[] = "{\"sections\":{}}";
    OK(store_draft_save(x->s, &x->folder, NULL, person, strlen(person), e));
    OK(store_draft_save(x->s, &x->folder, declaration, person, strlen(person), e));
    OK(store_draft_save(x->s, &x->folder, declaration, title, strlen(title), e));
    reopen(x);
    assert_document(x, NULL, person);
    assert_document(x, declaration, title);
}

static void what_is_no_document_is_refused_and_the_old_one_stays(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    OK(store_draft_save(x->s, &x->folder, declaration, "{}", 2, e));
    static const char *const bad[] = {"", "[1]", "{\"a\":", "{\"f\":{\"sha256\":\"zz\",\"bytes\":1}}",
                                      "{\"a\":1,\"a\":2}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        REFUSED(ERR_FORMAT, store_draft_save(x->s, &x->folder, declaration, bad[i], strlen(bad[i]), e));
    assert_document(x, declaration, "{}");
    REFUSED(ERR_NOT_FOUND, store_draft_save(x->s, &x->folder, "no such declaration", "{}", 2, e));
}

static void one_folder_does_not_open_another_ones_documents(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    struct folder other = {0}, mixed;
    CLEANUP(str) struct str doc = {0};
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    OK(store_draft_save(x->s, &x->folder, declaration, "{}", 2, e));
    OK(store_draft_save(x->s, &x->folder, NULL, "{\"a\":1}", 7, e));
    OK(store_folder_create(x->s, "650102199003150027", CODE, &other, e));
    REFUSED(ERR_NOT_FOUND, store_draft_load(x->s, &other, declaration, &doc, e));
    REFUSED(ERR_NOT_FOUND, store_draft_save(x->s, &other, declaration, "{}", 2, e));
    mixed = other;
    strcpy(mixed.id, x->folder.id); /* the other one's key */
    REFUSED(ERR_CRYPTO, store_draft_load(x->s, &mixed, declaration, &doc, e));
    /* a document moved to another place in the database does not open there */
    raw(x->s,
        "UPDATE document SET sealed = (SELECT sealed FROM document WHERE declaration = '') WHERE declaration <> ''");
    REFUSED(ERR_CRYPTO, store_draft_load(x->s, &x->folder, declaration, &doc, e));
    folder_finish(&other, crypto_sodium());
}

static void declarations_are_listed_in_the_order_they_were_made(void **state)
{
    struct fixture *x = *state;
    char ids[3][37];
    struct declaration_row *rows = NULL;
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        OK(store_declaration_create(x->s, &x->folder, ids[i], e));
    save(x, ids[1], "word", NULL, 0);
    OK(store_declarations(x->s, &x->folder, &rows, &n, e));
    assert_int_equal(n, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(rows[i].id, ids[i]);
        assert_int_equal(rows[i].version, 1);
        assert_int_equal(rows[i].state, DECL_DRAFT);
        assert_string_equal(rows[i].receipt, "");
        assert_int_equal(rows[i].content, i == 1);
    }
    free(rows);
}

static void a_draft_thrown_away_takes_its_own_blobs_along(void **state)
{
    struct fixture *x = *state;
    char gone[37], kept[37];
    struct blob_info own, shared;
    CLEANUP(str) struct str plain = {0};
    OK(store_blob_put(x->s, &x->folder, "own", 3, &own, e));
    OK(store_blob_put(x->s, &x->folder, "shared", 6, &shared, e));
    OK(store_declaration_create(x->s, &x->folder, gone, e));
    OK(store_declaration_create(x->s, &x->folder, kept, e));
    save(x, gone, "gone", (struct blob_info[]){own, shared}, 2);
    save(x, kept, "kept", &shared, 1);
    OK(store_declaration_delete(x->s, &x->folder, gone, e));
    REFUSED(ERR_NOT_FOUND, store_blob_get(x->s, own.sha256, own.key, &plain, e));
    OK(store_blob_get(x->s, shared.sha256, shared.key, &plain, e));
    REFUSED(ERR_NOT_FOUND, store_draft_load(x->s, &x->folder, gone, &plain, e));
    REFUSED(ERR_NOT_FOUND, store_declaration_delete(x->s, &x->folder, gone, e));
    CLEANUP(str) struct str report = {0};
    OK(store_verify(x->s, &report, e));
}

static void what_is_on_its_way_is_not_thrown_away(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    submit(x, declaration, NULL, 0);
    REFUSED(ERR_STATE, store_declaration_delete(x->s, &x->folder, declaration, e));
    REFUSED(ERR_STATE, store_draft_save(x->s, &x->folder, declaration, "{}", 2, e));
    struct batch b = next_batch(x->s);
    REFUSED(ERR_STATE, store_declaration_delete(x->s, &x->folder, declaration, e));
    OK(store_batch_answered(x->s, b.number, (struct record_answer[]){stored(1, 5)}, 1, e));
    batch_finish(&b);
    OK(store_declaration_delete(x->s, &x->folder, declaration, e)); /* its content; the state stays */
    assert_int_equal(state_of(x->s, declaration), DECL_SUBMITTED_UNIT);
}

static void a_thrown_away_correction_falls_back_to_what_was_returned(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    submit(x, declaration, NULL, 0);
    struct batch b = next_batch(x->s);
    OK(store_batch_answered(x->s, b.number, (struct record_answer[]){stored(1, 5)}, 1, e));
    batch_finish(&b);
    const struct status_update back = {declaration, 1, DECL_UNIT_RETURNED, 6, "", "[]", NULL};
    OK(store_updates_apply(x->s, &back, 1, NULL, e));
    OK(store_reopen(x->s, &x->folder, declaration, e));
    OK(store_declaration_delete(x->s, &x->folder, declaration, e));
    struct declaration_row *rows;
    size_t n;
    OK(store_declarations(x->s, &x->folder, &rows, &n, e));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].version, 1);
    assert_int_equal(rows[0].state, DECL_UNIT_RETURNED);
    free(rows);
}

/* --- nothing readable on the disk --- */

static bool found_in(const char *path, const char *const *words, size_t n)
{
    CLEANUP(str) struct str bytes = {0};
    if (!file_read(path, 1 << 28, &bytes, NULL))
        return false;
    for (size_t i = 0; i < n; i++)
        if (memmem(str_z(&bytes), bytes.len, words[i], strlen(words[i])))
            return true;
    return false;
}

static const char *const markers[] = {"MARKER-NAME", "阿依古丽", ID, CODE, "MARKER-BLOB", "MARKER-SECOND"};
static int readable;

static int look(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)at;
    if (flag == FTW_F && found_in(path, markers, ARRAY_LEN(markers))) {
        print_message("readable: %s\n", path);
        readable++;
    }
    return 0;
}

static void nothing_that_was_typed_or_scanned_is_readable_on_the_disk(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    struct blob_info b;
    CLEANUP(submission) struct submission sub = {0};
    int64_t seq;
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    OK(store_blob_put(x->s, &x->folder, "MARKER-BLOB 阿依古丽", 24, &b, e));
    save(x, declaration, "MARKER-NAME 阿依古丽 " ID " " CODE, &b, 1);
    save(x, NULL, "MARKER-SECOND", NULL, 0);
    make_submission(&sub, declaration, 1, &b, 1, 3000);
    OK(store_submit(x->s, &x->folder, &sub, &seq, e));
    readable = 0;
    nftw(x->dir, look, 16, FTW_PHYS); /* WAL and shared memory among them */
    assert_int_equal(readable, 0);
    /* the search finds what is there */
    AUTOFREE char *planted = path_join(x->dir, "planted");
    OK(file_write_durable(planted, "xx" CODE, 8, 0600, e));
    nftw(x->dir, look, 16, FTW_PHYS);
    assert_int_equal(readable, 1);
}

static void what_was_deleted_leaves_no_ciphertext_behind(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    OK(store_declaration_create(x->s, &x->folder, declaration, e));
    save(x, declaration, "word", NULL, 0);
    CLEANUP(query) struct query q = {0};
    CLEANUP(str) struct str sealed = {0};
    size_t len;
    OK(db_query(x->s, &q, e, "SELECT sealed FROM document", ""));
    assert_int_equal(db_next(&q, NULL), 1);
    const void *p = query_bytes(&q, 0, &len);
    str_add(&sealed, p, len);
    query_finish(&q);
    OK(store_declaration_delete(x->s, &x->folder, declaration, e));
    static const char *const names[] = {"bulu.db", "bulu.db-wal"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(str) struct str bytes = {0};
        AUTOFREE char *path = path_join(x->dir, names[i]);
        OK(file_read(path, 1 << 28, &bytes, e));
        assert_null(memmem(str_z(&bytes), bytes.len, sealed.p + 40, 32));
    }
}

/* --- age --- */

static void drafts_age_by_the_platforms_clock_only(void **state)
{
    struct fixture *x = *state;
    char draft[37], sent[37];
    size_t wiped = 9;
    CLEANUP(str) struct str doc = {0};
    OK(store_declaration_create(x->s, &x->folder, draft, e));
    save(x, draft, "word", NULL, 0);
    submit(x, sent, NULL, 0);
    struct batch b = next_batch(x->s);
    OK(store_batch_answered(x->s, b.number, (struct record_answer[]){stored(1, 5)}, 1, e));
    batch_finish(&b);
    int64_t now = 5000 * DAY;
    x->clock.wall = 99999 * DAY; /* 2243 */
    OK(store_expire(x->s, now, 30 * DAY, 7 * DAY, &wiped, e));
    assert_int_equal(wiped, 0);
    OK(store_expire(x->s, now + 7 * DAY - 1, 30 * DAY, 7 * DAY, &wiped, e));
    assert_int_equal(wiped, 0);
    OK(store_expire(x->s, now + 7 * DAY, 30 * DAY, 7 * DAY, &wiped, e));
    assert_int_equal(wiped, 1); /* the delivered one's content */
    REFUSED(ERR_NOT_FOUND, store_draft_load(x->s, &x->folder, sent, &doc, e));
    OK(store_draft_load(x->s, &x->folder, draft, &doc, e));
    save(x, draft, "touched", NULL, 0); /* thirty days from here */
    OK(store_expire(x->s, now + 30 * DAY, 30 * DAY, 7 * DAY, &wiped, e));
    assert_int_equal(wiped, 0);
    OK(store_expire(x->s, now + 60 * DAY, 30 * DAY, 7 * DAY, &wiped, e));
    assert_int_equal(wiped, 1);
    bool exists;
    OK(store_folder_exists(x->s, ID, &exists, e));
    assert_false(exists);
    assert_int_equal(state_of(x->s, sent), DECL_SUBMITTED_UNIT); /* the receipt is still answered */
    assert_int_equal(count(x->s, "SELECT count(*) FROM declaration"), 1);
    assert_int_equal(count(x->s, "SELECT count(*) FROM document"), 0);
}

static void a_folder_with_something_unsent_does_not_expire(void **state)
{
    struct fixture *x = *state;
    char declaration[37];
    size_t wiped;
    submit(x, declaration, NULL, 0);
    OK(store_expire(x->s, DAY, 30 * DAY, 7 * DAY, &wiped, e));
    OK(store_expire(x->s, 400 * DAY, 30 * DAY, 7 * DAY, &wiped, e));
    assert_int_equal(wiped, 0);
    OK(store_withdraw(x->s, declaration, e));
    CLEANUP(str) struct str doc = {0};
    OK(store_draft_load(x->s, &x->folder, declaration, &doc, e));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_scope_comes_back_as_it_was_saved, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_document_is_refused_and_the_old_one_stays, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(one_folder_does_not_open_another_ones_documents, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(declarations_are_listed_in_the_order_they_were_made, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_draft_thrown_away_takes_its_own_blobs_along, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(what_is_on_its_way_is_not_thrown_away, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_thrown_away_correction_falls_back_to_what_was_returned, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_that_was_typed_or_scanned_is_readable_on_the_disk, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_deleted_leaves_no_ciphertext_behind, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(drafts_age_by_the_platforms_clock_only, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(a_folder_with_something_unsent_does_not_expire, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
