#include "app/devices/import.h"

#include "sync/base/file.h"
#include "tests/support/pictures.h"
#include "tests/support/t.h"
#include "tests/support/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

static struct worker_door *door;
static char folder[] = "/tmp/bulu-stick-XXXXXX";
static int woken;
static struct import *import;

static void wake(void *ctx)
{
    (void)ctx;
    eventfd_write(woken, 1);
}

struct heard {
    int lists, picks;
    size_t count, left_out;
    char key[64], named[16], is[16], kind[16], first[300], second[300];
    size_t len;
    int width, height, pages, thumb_width, thumb_height;
    bool script;
    char keys[1000];
};

static void on_list(void *ctx, const struct import_list *l)
{
    struct heard *h = ctx;
    h->lists++;
    h->count = l->count;
    h->left_out = l->left_out;
    zcopy(h->key, sizeof h->key, l->key ? l->key : "");
    zcopy(h->first, sizeof h->first, l->count ? l->files[0].name : "");
    zcopy(h->second, sizeof h->second, l->count > 1 ? l->files[1].name : "");
    for (size_t i = 0; i < l->count; i++)
        if (l->files[i].key)
            snprintf(h->keys + strlen(h->keys), sizeof h->keys - strlen(h->keys), "%s=%s;", l->files[i].name,
                     l->files[i].key);
}

static void on_pick(void *ctx, const struct import_picked *p)
{
    struct heard *h = ctx;
    h->picks++;
    zcopy(h->key, sizeof h->key, p->key ? p->key : "");
    zcopy(h->named, sizeof h->named, p->named ? p->named : "");
    zcopy(h->is, sizeof h->is, p->is ? p->is : "");
    zcopy(h->kind, sizeof h->kind, p->kind);
    h->len = p->len;
    h->width = p->width, h->height = p->height, h->pages = p->pages;
    h->thumb_width = p->thumb_width, h->thumb_height = p->thumb_height;
    h->script = p->script;
    assert_int_equal(p->key == NULL, p->bytes != NULL);
    assert_int_equal(p->key == NULL, p->thumb != NULL);
}

static void turn(int ms)
{
    int64_t deadline;
    struct pollfd p[2] = {{.fd = woken, .events = POLLIN}, {.fd = worker_door_fd(door, &deadline), .events = POLLIN}};
    poll(p, 2, ms);
    eventfd_t n;
    if (p[0].revents)
        eventfd_read(woken, &n);
    import_deliver(import);
    worker_door_step(door, worker_now());
}

static struct heard list_now(void)
{
    struct heard h = {0};
    import_list(import, on_list, &h);
    for (int64_t until = worker_now() + 10000; !h.lists && worker_now() < until;)
        turn(100);
    assert_int_equal(h.lists, 1);
    return h;
}

static struct heard pick(const char *name, bool shrink)
{
    struct heard h = {0};
    import_pick(import, name, shrink, 200, 200, on_pick, &h);
    for (int64_t until = worker_now() + 20000; !h.picks && worker_now() < until;)
        turn(100);
    assert_int_equal(h.picks, 1);
    return h;
}

static struct heard pick_now(const char *name)
{
    return pick(name, false);
}

static void put(const char *name, const void *bytes, size_t len)
{
    AUTOFREE char *path = path_join(folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static void empty_folder(void)
{
    AUTOFREE char *command = xasprintf("rm -rf %s/*", folder);
    assert_int_equal(system(command), 0);
}

static void the_folder_is_listed_newest_first_and_one_folder_deep(void **state)
{
    (void)state;
    empty_folder();
    AUTOFREE char *sub = path_join(folder, "证书"), *deep = path_join(folder, "证书/更深"),
                  *old = path_join(folder, "old.PNG");
    mkdir(sub, 0700);
    mkdir(deep, 0700);
    put("old.PNG", "x", 1);
    put("new.jpeg", "x", 1);
    put("证书/扫描 1.pdf", "x", 1);
    put("证书/更深/no.jpg", "x", 1);
    put("letter.docx", "x", 1);
    put(".hidden.jpg", "x", 1);
    put("empty.bmp", "", 0);
    AUTOFREE char *link = path_join(folder, "link.jpg");
    assert_int_equal(symlink("/etc/passwd", link), 0);
    struct timespec times[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
    assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
    struct heard h = list_now();
    assert_string_equal(h.key, "");
    assert_int_equal(h.count, 4);
    assert_string_not_equal(h.first, "old.PNG");
    assert_string_equal(h.keys, "empty.bmp=import.empty;");
    (void)deep;
}

static void a_stick_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct import *none = import_create(door, "/nonexistent/stick", wake, NULL), *kept = import;
    import = none;
    struct heard h = list_now();
    assert_string_equal(h.key, "import.no_folder");
    h = pick_now("a.jpg");
    assert_string_equal(h.key, "import.no_folder");
    import = kept;
    import_destroy(none);
}

static void a_full_stick_is_listed_in_bounds(void **state)
{
    (void)state;
    empty_folder();
    for (int i = 0; i < IMPORT_MAX_FILES + 7; i++) {
        char name[32];
        snprintf(name, sizeof name, "%04d.jpg", i);
        put(name, "x", 1);
    }
    struct heard h = list_now();
    assert_int_equal(h.count, IMPORT_MAX_FILES);
    assert_int_equal(h.left_out, 7);
    empty_folder();
}

static void each_bad_file_is_told_apart(void **state)
{
    (void)state;
    empty_folder();
    AUTOFREE unsigned char *px = picture_page(400, 300, 0, 90, 80);
    struct str jpeg = {0}, png = {0}, pdf = {0}, bomb = {0}, many = {0}, big = {0};
    picture_jpeg(&jpeg, px, 400, 300, 90);
    picture_png(&png, px, 400, 300);
    picture_pdf(&pdf, 2, false);
    picture_png_bomb(&bomb, 50000, 50000);
    picture_pdf(&many, 2000, false);
    str_add(&big, jpeg.p, jpeg.len); /* bytes behind the end are allowed: exactly 4 MiB, then one more */
    size_t rest = IMPORT_MAX_BYTES - jpeg.len;
    memset(str_reserve(&big, rest + 1), 0, rest + 1);
    big.len += rest + 1;
    put("good.jpg", jpeg.p, jpeg.len);
    put("exact.jpg", big.p, IMPORT_MAX_BYTES);
    put("more.jpg", big.p, big.len);
    put("more.pdf", big.p, big.len);
    put("renamed.jpg", pdf.p, pdf.len);
    put("really-png.JPEG", png.p, png.len);
    put("half.png", png.p, png.len / 2);
    put("half.jpg", jpeg.p, jpeg.len / 2);
    put("bomb.png", bomb.p, bomb.len);
    put("empty.jpg", "", 0);
    put("noise.jpg", "hello world, this is text and not a picture", 43);
    put("half.pdf", pdf.p, 80);
    put("many.pdf", many.p, many.len);
    put("good.pdf", pdf.p, pdf.len);
    static const struct {
        const char *name, *key, *named, *is;
    } cases[] = {{"good.jpg", "", "jpg", "jpg"},
                 {"exact.jpg", "", "jpg", "jpg"},
                 {"more.jpg", "import.big_picture", "jpg", ""},
                 {"more.pdf", "import.too_big", "pdf", ""},
                 {"renamed.jpg", "import.content_differs", "jpg", "pdf"},
                 {"really-png.JPEG", "import.content_differs", "jpg", "png"},
                 {"half.png", "import.broken", "png", "png"},
                 {"half.jpg", "import.broken", "jpg", "jpg"},
                 {"bomb.png", "import.too_large_picture", "png", "png"},
                 {"empty.jpg", "import.empty", "jpg", ""},
                 {"noise.jpg", "import.format", "jpg", "unknown"},
                 {"half.pdf", "import.broken", "pdf", "pdf"},
                 {"many.pdf", "import.too_large_picture", "pdf", "pdf"},
                 {"good.pdf", "", "pdf", "pdf"},
                 {"gone.jpg", "import.unreadable", "jpg", ""},
                 {"../../etc/passwd", "import.unreadable", "unknown", ""},
                 {"a/../../x.jpg", "import.unreadable", "jpg", ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct heard h = pick_now(cases[i].name);
        if (strcmp(h.key, cases[i].key) != 0 || strcmp(h.named, cases[i].named) != 0 || strcmp(h.is, cases[i].is) != 0)
            fail_msg("%s: \"%s\" named %s is %s", cases[i].name, h.key, h.named, h.is);
    }
    struct heard h = pick_now("good.jpg");
    assert_int_equal(h.len, jpeg.len); /* the file as it is, byte by byte */
    assert_int_equal(h.width, 400);
    assert_int_equal(h.thumb_width, 200);
    assert_int_equal(h.thumb_height, 150);
    h = pick_now("good.pdf");
    assert_int_equal(h.pages, 2);
    str_finish(&jpeg), str_finish(&png), str_finish(&pdf), str_finish(&bomb), str_finish(&many), str_finish(&big);
}

static void a_picture_above_the_limit_is_made_smaller_when_asked(void **state)
{
    (void)state;
    empty_folder();
    CLEANUP(str) struct str bmp = {0}, noise = {0};
    AUTOFREE unsigned char *px = picture_page(1800, 1400, 0, 90, 80);
    picture_bmp24(&bmp, px, 1800, 1400); /* 7.5 MB */
    picture_noise_jpeg(&noise, 3200, 2400, 95);
    assert_true(bmp.len > IMPORT_MAX_BYTES && noise.len > IMPORT_MAX_BYTES);
    put("scan.bmp", bmp.p, bmp.len);
    put("photo.jpg", noise.p, noise.len);
    put("half.bmp", bmp.p, bmp.len - 1000000);
    put("big.pdf", bmp.p, bmp.len);
    struct heard h = list_now();
    assert_non_null(strstr(h.keys, "scan.bmp=import.big_picture;"));
    assert_non_null(strstr(h.keys, "big.pdf=import.too_big;"));
    assert_string_equal(pick_now("scan.bmp").key, "import.big_picture"); /* never unasked */
    static const char *const names[] = {"scan.bmp", "photo.jpg"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        h = pick(names[i], true);
        assert_string_equal(h.key, "");
        assert_string_equal(h.kind, "jpg");
        assert_true(h.len > 1000 && h.len <= 3670016);
        assert_true(h.thumb_width > 100);
    }
    assert_string_equal(pick("half.bmp", true).key, "import.broken");
    assert_string_equal(pick("big.pdf", true).key, "import.too_big");
}

static void a_newer_pick_takes_the_older_ones_place(void **state)
{
    (void)state;
    empty_folder();
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 1000, 1000, 90);
    put("a.jpg", jpeg.p, jpeg.len);
    struct heard older = {0};
    import_pick(import, "a.jpg", false, 100, 100, on_pick, &older);
    for (int i = 0; i < 3; i++)
        turn(2);
    struct heard newer = pick_now("a.jpg");
    assert_string_equal(newer.key, "");
    struct heard given_up = {0};
    import_pick(import, "a.jpg", false, 100, 100, on_pick, &given_up);
    import_list(import, on_list, &given_up);
    import_cancel(import);
    for (int i = 0; i < 20; i++)
        turn(10);
    assert_int_equal(older.picks, 0);
    assert_int_equal(given_up.picks + given_up.lists, 0);
}

static int begin(void **state)
{
    (void)state;
    door = worker_open();
    woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_non_null(mkdtemp(folder));
    import = import_create(door, folder, wake, NULL);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    empty_folder();
    rmdir(folder);
    import_destroy(import);
    import_destroy(NULL);
    worker_door_destroy(door);
    close(woken);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folder_is_listed_newest_first_and_one_folder_deep),
        cmocka_unit_test(a_stick_that_is_not_there_is_named),
        cmocka_unit_test(a_full_stick_is_listed_in_bounds),
        cmocka_unit_test(each_bad_file_is_told_apart),
        cmocka_unit_test(a_picture_above_the_limit_is_made_smaller_when_asked),
        cmocka_unit_test(a_newer_pick_takes_the_older_ones_place),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
