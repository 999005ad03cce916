#include "tests/unit/sync/store/fixture.h"

#include <fcntl.h>
#include <sys/file.h>

static void the_pragmas_hold_in_both_processes(void **state)
{
    struct fixture *x = *state;
    struct store *agent = open_store(x, false);
    struct store *const both[] = {x->s, agent};
    for (int i = 0; i < 2; i++) {
        struct store_health h;
        OK(store_health(both[i], &h, e));
        assert_int_equal(h.journal_wal, 1);
        assert_int_equal(h.synchronous, 2);
        assert_int_equal(h.schema, schema_version());
        assert_true(h.db_bytes > 0);
        assert_int_equal(count(both[i], "PRAGMA wal_autocheckpoint"), 0);
        assert_int_equal(count(both[i], "PRAGMA secure_delete"), 1);
        assert_int_equal(count(both[i], "PRAGMA foreign_keys"), 1);
    }
    store_close(agent);
}

static void files_are_open_to_the_group_and_to_nobody_else(void **state)
{
    struct fixture *x = *state;
    mode_t before = umask(077); /* a start by hand: the modes do not depend on it */
    AUTOFREE char *dir = path_join(x->dir, "new");
    struct store_options o = {dir, &x->clock.clock, random_system(), crypto_sodium(), true};
    struct store *s = store_open(&o, NULL);
    assert_non_null(s);
    OK(store_setting_set(s, "a", "b", 1, e));
    static const struct {
        const char *name;
        mode_t mode;
    } files[] = {{"", 02770},
                 {"/blobs", 02770},
                 {"/bulu.db", 0660},
                 {"/bulu.db-wal", 0660},
                 {"/bulu.db-shm", 0660},
                 {"/store.lock", 0660},
                 {"/device.secret", 0600}};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTOFREE char *path = xasprintf("%s%s", dir, files[i].name);
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        if ((st.st_mode & 07777) != files[i].mode)
            fail_msg("%s: %o", path, st.st_mode & 07777);
    }
    store_close(s);
    umask(before);
}

static void a_store_of_a_newer_program_is_left_alone(void **state)
{
    struct fixture *x = *state;
    raw(x->s, "PRAGMA user_version = 1000");
    struct store_options o = options_of(x, true);
    struct err e = {0};
    assert_null(store_open(&o, &e));
    assert_int_equal(e.code, ERR_STATE);
}

static void bytes_that_are_no_database_are_refused(void **state)
{
    struct fixture *x = *state;
    char dir[] = "/tmp/bulu-bad-XXXXXX";
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *path = path_join(dir, "bulu.db");
    CLEANUP(str) struct str junk = {0};
    for (int i = 0; i < 1000; i++)
        str_puts(&junk, "this is no database ");
    OK(file_write_durable(path, junk.p, junk.len, 0660, e));
    struct store_options o = {dir, &x->clock.clock, random_system(), crypto_sodium(), true};
    struct err e = {0};
    assert_null(store_open(&o, &e));
    assert_int_equal(e.code, ERR_FORMAT);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    o.dir = "/proc/no/such/place";
    assert_null(store_open(&o, &e));
}

static void a_write_that_must_wait_too_long_says_busy_and_changes_nothing(void **state)
{
    struct fixture *x = *state;
    AUTOFREE char *path = path_join(x->dir, "store.lock");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0); /* the other process */
    store_busy_ms = 30;
    REFUSED(ERR_BUSY, store_setting_set(x->s, "a", "1", 1, e));
    CLEANUP(str) struct str v = {0};
    REFUSED(ERR_NOT_FOUND, store_setting_get(x->s, "a", &v, e)); /* reading needs no lock */
    flock(fd, LOCK_UN);
    OK(store_setting_set(x->s, "a", "1", 1, e));
    close(fd);
    store_busy_ms = 5000;
}

static void a_database_without_room_says_full_and_goes_on_afterwards(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str doc = {0};
    str_puts(&doc, "{\"a\":\"");
    memset(str_reserve(&doc, 300000), 'x', 300000);
    doc.len += 300000;
    str_puts(&doc, "\"}");
    OK(store_draft_save(x->s, &x->folder, NULL, "{\"a\":\"kept\"}", 12, e));
    int64_t pages = count(x->s, "PRAGMA page_count");
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA max_page_count = %lld", (long long)pages + 2);
    OK(db_run(x->s, e, pragma, ""));
    REFUSED(ERR_FULL, store_draft_save(x->s, &x->folder, NULL, doc.p, doc.len, e));
    CLEANUP(str) struct str back = {0};
    OK(store_draft_load(x->s, &x->folder, NULL, &back, e));
    assert_string_equal(back.p, "{\"a\":\"kept\"}");
    OK(db_run(x->s, e, "PRAGMA max_page_count = 1000000", ""));
    OK(store_draft_save(x->s, &x->folder, NULL, doc.p, doc.len, e));
}

/* --- two processes, one database --- */

static int moves;
static void count_moves(const char *step)
{
    moves += !strcmp(step, "checkpoint");
}

/* Writes n times, each time a counter of its own and one that both share, with enough bytes to fill the log again and
 * again. */
static int write_much(struct fixture *x, const char *mine, int n)
{
    struct store_options o = options_of(x, false);
    struct store *s = store_open(&o, NULL);
    AUTOFREE char *bulk = xmalloc(100000);
    memset(bulk, mine[0], 100000);
    store_fault = count_moves;
    for (int i = 0; s && i < n; i++) {
        int64_t shared;
        if (!db_begin(s, NULL) ||
            !db_int(s, &shared, NULL, "SELECT value + 0 FROM setting WHERE name = 'shared'", "") ||
            !db_run(s, NULL, "UPDATE setting SET value = CAST(? AS BLOB) WHERE name = 'shared'", "i", shared + 1) ||
            !store_setting_set(s, mine, bulk, 100000, NULL) || !audit_add(s, NULL, "test", "i=%d", i) ||
            !db_end(s, true, NULL))
            return 1;
    }
    if (!s)
        return 2;
    store_close(s);
    return moves ? 0 : 3;
}

static void two_processes_write_and_checkpoint_without_losing_a_row(void **state)
{
    struct fixture *x = *state;
    enum { WRITES = 150 };
    raw(x->s, "INSERT INTO setting VALUES('shared', CAST('0' AS BLOB))");
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(write_much(x, i ? "one" : "two", WRITES)); /* with a connection of its own */
    }
    int moved = 0;
    for (int i = 0; i < 2; i++) {
        int status;
        waitpid(children[i], &status, 0);
        assert_true(WIFEXITED(status));
        assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3);
        moved += WEXITSTATUS(status) == 0;
    }
    assert_true(moved > 0); /* the log was moved while they wrote; which of the two gets to do it is the scheduler's */
    assert_int_equal(count(x->s, "SELECT value + 0 FROM setting WHERE name = 'shared'"), 2 * WRITES);
    assert_int_equal(count(x->s, "SELECT count(*) FROM audit WHERE event = 'test'"), 2 * WRITES);
    CLEANUP(str) struct str report = {0};
    OK(store_verify(x->s, &report, e));
    struct store_health h;
    OK(store_health(x->s, &h, e));
    assert_true(h.wal_bytes < 16 << 20); /* the log does not grow for ever */
}

static void processes_that_start_together_make_one_store(void **state)
{
    struct fixture *x = *state;
    enum { PROCESSES = 6 };
    AUTOFREE char *dir = path_join(x->dir, "fresh");
    struct store_options o = {dir, &x->clock.clock, random_system(), crypto_sodium(), true};
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct err e = {0};
            struct store *s = store_open(&o, &e);
            if (!s)
                fprintf(stderr, "%s\n", e.text);
            _exit(s && store_setting_set(s, "a", "b", 1, NULL) ? 0 : 1);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
    struct store *s = store_open(&o, NULL);
    assert_non_null(s);
    assert_int_equal(count(s, "SELECT count(*) FROM epoch"), 1);
    assert_int_equal(count(s, "SELECT count(*) FROM audit WHERE event = 'secret.made'"), 1);
    store_close(s);
}

/* --- the audit chain --- */

static void every_kind_of_tampering_is_found(void **state)
{
    struct fixture *x = *state;
    static const char *const tampering[] = {
        "UPDATE audit SET detail = 'declaration=other' WHERE n = 3",
        "UPDATE audit SET event = 'done' WHERE n = 3",
        "UPDATE audit SET at_ms = at_ms + 1 WHERE n = 3",
        "DELETE FROM audit WHERE n = 3",
        "DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)",
        "DELETE FROM audit",
        "UPDATE audit SET n = CASE n WHEN 3 THEN 1000 WHEN 4 THEN 3 ELSE n END WHERE n IN (3, 4)",
        "INSERT INTO audit SELECT n + 1, at_ms, event, detail, hash FROM audit ORDER BY n DESC LIMIT 1",
        "UPDATE audit_head SET n = n - 1",
    };
    for (int i = 0; i < 5; i++)
        OK(store_audit(x->s, "staff.test", "x", e));
    CLEANUP(str) struct str report = {0};
    OK(store_verify(x->s, &report, e));
    assert_non_null(strstr(report.p, "audit rows="));
    for (size_t i = 0; i < ARRAY_LEN(tampering); i++) {
        struct err found = {0};
        OK(db_run(x->s, e, "SAVEPOINT t", ""));
        OK(db_run(x->s, e, tampering[i], ""));
        str_clear(&report);
        x->s->depth++; /* inside the savepoint */
        bool ok = store_verify(x->s, &report, &found);
        x->s->depth--;
        if (ok || found.code != ERR_CRYPTO || !strstr(found.text, "audit"))
            fail_msg("not found: %s (%s)", tampering[i], found.text);
        OK(db_run(x->s, e, "ROLLBACK TO t", ""));
        OK(db_run(x->s, e, "RELEASE t", ""));
    }
    str_clear(&report);
    OK(store_verify(x->s, &report, e));
}

static void the_chain_is_the_published_one(void **state)
{
    struct fixture *x = *state;
    char hash[HASH_HEX], want[HASH_HEX], head[HASH_HEX];
    static const char first[] = "bulu-audit-1 1 1795400645000 10:epoch.made";
    CLEANUP(query) struct query q = {0};
    OK(db_query(x->s, &q, e, "SELECT detail, hash FROM audit WHERE n = 1", ""));
    assert_int_equal(db_next(&q, NULL), 1);
    AUTOFREE char *row = xasprintf("%s %zu:%s", first, strlen(query_text(&q, 0)), query_text(&q, 0));
    crypto_hash_hex(crypto_sodium(), row, strlen(row), want);
    zcopy(hash, sizeof hash, query_text(&q, 1));
    assert_string_equal(hash, want);
    query_finish(&q);
    int64_t n, after;
    OK(store_audit_head(x->s, &n, head, e));
    OK(store_audit(x->s, "staff.open", "hall", e));
    OK(store_audit_head(x->s, &after, head, e));
    assert_int_equal(after, n + 1);
}

/* An operator's sqlite3, a backup: whoever opens and closes the database takes nothing away from under us. */
static void another_program_that_looks_and_leaves_takes_nothing_away(void **state)
{
    struct fixture *x = *state;
    struct stat before, after;
    AUTOFREE char *wal = path_join(x->dir, "bulu.db-wal"), *db = path_join(x->dir, "bulu.db");
    OK(store_audit(x->s, "before", "", e));
    assert_int_equal(stat(wal, &before), 0);
    pid_t child = fork();
    if (!child) {
        execlp(
            "python3", "python3", "-c",
            "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute('SELECT count(*) FROM audit').fetchall()\n"
            "d.close()",
            db, (char *)NULL);
        _exit(1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(stat(wal, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_program_that_looks_and_leaves_takes_nothing_away, setup, teardown),
        cmocka_unit_test_setup_teardown(the_pragmas_hold_in_both_processes, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_open_to_the_group_and_to_nobody_else, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_of_a_newer_program_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_that_are_no_database_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_must_wait_too_long_says_busy_and_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_database_without_room_says_full_and_goes_on_afterwards, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(two_processes_write_and_checkpoint_without_losing_a_row, setup, teardown),
        cmocka_unit_test_setup_teardown(processes_that_start_together_make_one_store, setup, teardown),
        cmocka_unit_test_setup_teardown(every_kind_of_tampering_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(the_chain_is_the_published_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
