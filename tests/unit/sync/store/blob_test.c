#include "tests/unit/sync/store/fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

static int files_below(const char *dir)
{
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *f; d && (f = readdir(d));) {
        if (f->d_name[0] == '.')
            continue;
        AUTOFREE char *path = path_join(dir, f->d_name);
        n += f->d_type == DT_DIR ? files_below(path) : 1;
    }
    if (d)
        closedir(d);
    return n;
}

static int files(struct fixture *x)
{
    AUTOFREE char *dir = path_join(x->dir, "blobs");
    return files_below(dir);
}

static void a_blob_comes_back_byte_by_byte(void **state)
{
    struct fixture *x = *state;
    static const size_t sizes[] = {0, 1, 65536, 500000};
    AUTOFREE char *bytes = xmalloc(500000);
    for (size_t i = 0; i < 500000; i++)
        bytes[i] = (char)(i * 31 + i / 256);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct blob_info b;
        char digest[HASH_HEX];
        CLEANUP(str) struct str plain = {0};
        OK(store_blob_put(x->s, &x->folder, bytes, sizes[i], &b, e));
        crypto_hash_hex(crypto_sodium(), bytes, sizes[i], digest);
        assert_string_equal(b.digest, digest);
        assert_int_equal(b.bytes, sizes[i]);
        assert_int_equal(b.sealed_bytes, crypto_sodium()->stream_bytes(b.bytes));
        OK(store_blob_get(x->s, b.sha256, b.key, &plain, e));
        assert_int_equal(plain.len, sizes[i]);
        assert_memory_equal(str_z(&plain), bytes, sizes[i]);
    }
}

static void the_file_is_named_by_its_ciphertext_and_open_to_the_group(void **state)
{
    struct fixture *x = *state;
    struct blob_info b;
    struct stat st;
    int64_t bytes;
    char *path = NULL, name[HASH_HEX];
    OK(store_blob_put(x->s, &x->folder, "scan", 4, &b, e));
    OK(store_blob_sealed(x->s, b.sha256, &bytes, &path, e));
    CLEANUP(str) struct str sealed = {0};
    OK(file_read(path, 1000, &sealed, e));
    crypto_hash_hex(crypto_sodium(), sealed.p, sealed.len, name);
    assert_string_equal(strrchr(path, '/') + 1, name);
    assert_int_equal(bytes, sealed.len);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 02770);
    free(path);
}

static void a_changed_or_missing_file_is_said_so(void **state)
{
    struct fixture *x = *state;
    struct blob_info b;
    CLEANUP(str) struct str plain = {0}, report = {0};
    OK(store_blob_put(x->s, &x->folder, "scan", 4, &b, e));
    OK(store_verify(x->s, &report, e));
    AUTOFREE char *path = blob_path(x->s, b.sha256);
    OK(file_write_durable(path, "other", 5, 0660, e));
    REFUSED(ERR_CRYPTO, store_blob_get(x->s, b.sha256, b.key, &plain, e));
    REFUSED(ERR_CRYPTO, store_verify(x->s, &report, e));
    unlink(path);
    REFUSED(ERR_NOT_FOUND, store_blob_get(x->s, b.sha256, b.key, &plain, e));
    REFUSED(ERR_NOT_FOUND, store_verify(x->s, &report, e));
    REFUSED(ERR_FORMAT, store_blob_get(x->s, "../../etc/passwd", b.key, &plain, e));
    assert_int_equal(plain.len, 0);
}

static void fetched_ciphertext_must_be_what_its_name_says(void **state)
{
    struct fixture *x = *state;
    CLEANUP(str) struct str sealed = {0}, plain = {0};
    unsigned char key[KEY_BYTES] = {1};
    char name[HASH_HEX];
    crypto_sodium()->stream_seal(key, "from the platform", 17, &sealed);
    crypto_hash_hex(crypto_sodium(), sealed.p, sealed.len, name);
    REFUSED(ERR_FORMAT, store_blob_put_sealed(x->s, name, sealed.p, sealed.len - 1, e));
    assert_int_equal(files(x), 0);
    OK(store_blob_put_sealed(x->s, name, sealed.p, sealed.len, e));
    OK(store_blob_put_sealed(x->s, name, sealed.p, sealed.len, e));
    OK(store_blob_get(x->s, name, key, &plain, e));
    assert_string_equal(plain.p, "from the platform");
    assert_int_equal(count(x->s, "SELECT sent FROM blob"), 1);
}

static size_t collect(struct fixture *x)
{
    size_t removed = 99;
    OK(store_blob_collect(x->s, &removed, e));
    return removed;
}

static void only_what_nothing_cites_is_collected_and_only_after_a_day_switched_on(void **state)
{
    struct fixture *x = *state;
    char draft[37], sent[37];
    struct blob_info in_draft, in_queue, loose;
    OK(store_blob_put(x->s, &x->folder, "a", 1, &in_draft, e));
    OK(store_blob_put(x->s, &x->folder, "b", 1, &in_queue, e));
    OK(store_blob_put(x->s, &x->folder, "c", 1, &loose, e));
    OK(store_declaration_create(x->s, &x->folder, draft, e));
    save(x, draft, "word", &in_draft, 1);
    submit(x, sent, &in_queue, 1);
    raw(x->s,
        "DELETE FROM document WHERE declaration IN (SELECT declaration FROM outbox)"); /* held by the queue alone */
    assert_int_equal(collect(x), 0);
    x->clock.wall += 1000 * DAY; /* a clock that jumps collects nothing */
    assert_int_equal(collect(x), 0);
    clock_fake_advance(&x->clock, DAY - 1);
    assert_int_equal(collect(x), 0);
    clock_fake_advance(&x->clock, 1);
    assert_int_equal(collect(x), 1);
    assert_int_equal(files(x), 2);
    AUTOFREE char *gone = blob_path(x->s, loose.sha256);
    assert_false(file_exists(gone));
    CLEANUP(str) struct str report = {0};
    OK(store_verify(x->s, &report, e));
}

static void what_is_cited_again_in_time_stays(void **state)
{
    struct fixture *x = *state;
    char draft[37];
    struct blob_info b;
    OK(store_blob_put(x->s, &x->folder, "a", 1, &b, e));
    OK(store_declaration_create(x->s, &x->folder, draft, e));
    assert_int_equal(collect(x), 0);
    clock_fake_advance(&x->clock, DAY);
    save(x, draft, "undone removal", &b, 1);
    assert_int_equal(collect(x), 0);
    save(x, draft, "removed again", NULL, 0);
    assert_int_equal(collect(x), 0); /* the day begins anew */
    clock_fake_advance(&x->clock, DAY);
    assert_int_equal(collect(x), 1);
}

static void leftovers_of_a_crash_are_collected_and_strange_files_are_not(void **state)
{
    struct fixture *x = *state;
    struct blob_info b;
    OK(store_blob_put(x->s, &x->folder, "a", 1, &b, e));
    AUTOFREE char *path = blob_path(x->s, b.sha256);
    AUTOFREE char *temp = xasprintf("%s.0badcafe.tmp", path);
    *strrchr(path, '/') = '\0';
    AUTOFREE char *strange = path_join(path, "readme");
    OK(file_write_durable(temp, "half", 4, 0660, e));
    OK(file_write_durable(strange, "?", 1, 0660, e));
    raw(x->s, "DELETE FROM blob"); /* renamed, not yet in the table */
    assert_int_equal(collect(x), 0);
    clock_fake_advance(&x->clock, DAY);
    assert_int_equal(collect(x), 2);
    assert_true(file_exists(strange));
    assert_int_equal(files(x), 1);
}

/* --- killed in between --- */

static const char *stop_step;
static void stop_there(const char *step)
{
    if (!strcmp(step, stop_step))
        _exit(7);
}

static void a_kill_at_any_step_leaves_a_whole_blob_or_an_orphan(void **state)
{
    struct fixture *x = *state;
    static const struct {
        const char *step;
        int files, rows;
    } steps[] = {{"blob written", 1, 0}, {"blob synced", 1, 0},   {"blob renamed", 1, 0}, {"blob durable", 1, 0},
                 {"begin", 1, 0},        {"before commit", 1, 0}, {"commit", 1, 1}};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        int files_before = files(x);
        int64_t rows_before = count(x->s, "SELECT count(*) FROM blob");
        store_close(x->s);
        x->s = NULL;
        pid_t child = fork();
        if (child == 0) {
            struct store_options o = options_of(x, true);
            struct store *s = store_open(&o, NULL);
            struct blob_info b;
            stop_step = steps[i].step;
            store_fault = stop_there;
            _exit(s && store_blob_put(s, &x->folder, "scan", 4, &b, NULL) ? 1 : 2);
        }
        int status;
        waitpid(child, &status, 0);
        assert_int_equal(WEXITSTATUS(status), 7);
        x->s = open_store(x, true);
        assert_int_equal(files(x) - files_before, steps[i].files);
        assert_int_equal(count(x->s, "SELECT count(*) FROM blob") - rows_before, steps[i].rows);
        CLEANUP(str) struct str report = {0};
        OK(store_verify(x->s, &report, e));
    }
    assert_int_equal(collect(x), 0);
    clock_fake_advance(&x->clock, DAY);
    assert_int_equal(collect(x), ARRAY_LEN(steps)); /* nothing cites them */
    assert_int_equal(files(x), 0);
}

/* --- a full disk --- */

static bool write_map(const char *path, unsigned id)
{
    char line[32];
    int n = snprintf(line, sizeof line, "%u %u 1", id, id), fd = open(path, O_WRONLY);
    bool ok = fd >= 0 && write(fd, line, (size_t)n) == n;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Mounts of this process alone: as root, or as root of a user name space. */
static bool own_mounts(void)
{
    unsigned uid = geteuid();
    if (uid == 0 && unshare(CLONE_NEWNS) == 0)
        return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_map("/proc/self/uid_map", uid);
}

/* In a child with a small file system of its own; exit codes: 0 as it must be, 77 not allowed here, else the step that
 * failed. */
static int on_a_full_disk(const char *dir)
{
    if (!own_mounts() || mount("none", dir, "tmpfs", 0, "size=2m,mode=0700") < 0)
        return 77;
    struct store_options o = {dir, clock_system(), random_system(), crypto_sodium(), true};
    struct err e = {0};
    struct store *s = store_open(&o, &e);
    struct folder f = {0};
    struct blob_info b = {0}, none;
    char declaration[37];
    if (!s || !store_folder_create(s, ID, CODE, &f, &e) || !store_declaration_create(s, &f, declaration, &e))
        return 2;
    static const char small[] = "{\"a\":\"kept\"}";
    if (!store_draft_save(s, &f, declaration, small, strlen(small), &e) || !store_blob_put(s, &f, "kept", 4, &b, &e))
        return 3;
    AUTOFREE char *big = xcalloc(1, 3 << 20);
    if (store_blob_put(s, &f, big, 3 << 20, &none, &e) || e.code != ERR_FULL)
        return 4;
    /* fill what is left, then a save of what no longer fits */
    AUTOFREE char *fill = path_join(dir, "fill");
    int fd = open(fill, O_WRONLY | O_CREAT, 0600);
    while (write(fd, big, 4096) > 0)
        ;
    CLEANUP(str) struct str doc = {0};
    str_puts(&doc, "{\"a\":\"");
    memset(str_reserve(&doc, 400000), 'x', 400000);
    doc.len += 400000;
    str_puts(&doc, "\"}");
    if (store_draft_save(s, &f, declaration, doc.p, doc.len, &e) || e.code != ERR_FULL)
        return 5;
    CLEANUP(str) struct str back = {0}, plain = {0}, report = {0};
    if (!store_draft_load(s, &f, declaration, &back, &e) || strcmp(back.p, small))
        return 6;
    if (!store_blob_get(s, b.sha256, b.key, &plain, &e) || strcmp(plain.p, "kept"))
        return 7;
    unlink(fill); /* staff made room */
    close(fd);
    if (!store_draft_save(s, &f, declaration, doc.p, doc.len, &e))
        return 8;
    if (!store_verify(s, &report, &e))
        return 9;
    folder_finish(&f, crypto_sodium());
    store_close(s);
    return 0;
}

static void a_full_disk_is_an_answer_and_loses_nothing(void **state)
{
    (void)state;
    char dir[] = "/tmp/bulu-full-XXXXXX";
    assert_non_null(mkdtemp(dir));
    pid_t child = fork();
    if (child == 0)
        _exit(on_a_full_disk(dir));
    int status;
    waitpid(child, &status, 0);
    rmdir(dir);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("no mount name spaces on this machine\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_blob_comes_back_byte_by_byte, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(the_file_is_named_by_its_ciphertext_and_open_to_the_group, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_changed_or_missing_file_is_said_so, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(fetched_ciphertext_must_be_what_its_name_says, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(only_what_nothing_cites_is_collected_and_only_after_a_day_switched_on,
                                        setup_folder, teardown),
        cmocka_unit_test_setup_teardown(what_is_cited_again_in_time_stays, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(leftovers_of_a_crash_are_collected_and_strange_files_are_not, setup_folder,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_kill_at_any_step_leaves_a_whole_blob_or_an_orphan, setup_folder, teardown),
        cmocka_unit_test(a_full_disk_is_an_answer_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
