/* Scans through the door, the broker, a locked child and libsane; SANE's test backend is the device. */
#include "app/devices/scanner.h"

#include "sync/base/random.h"
#include "tests/support/t.h"
#include "tests/support/worker.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static struct worker_door *door;

struct heard {
    int dones, progress;
    double share;
    bool ok;
    char key[64], detail[160];
    size_t len;
    int width, height;
};

static void on_progress(void *ctx, double share)
{
    struct heard *h = ctx;
    assert_true(share >= 0 && share <= 1);
    h->progress++;
    h->share = share;
}

static void on_done(void *ctx, const struct scan_result *r)
{
    struct heard *h = ctx;
    h->dones++;
    h->ok = r->ok;
    zcopy(h->key, sizeof h->key, r->key ? r->key : "");
    zcopy(h->detail, sizeof h->detail, r->detail);
    h->len = r->len;
    h->width = r->width;
    h->height = r->height;
    if (r->ok)
        assert_true(r->len > 4 && r->jpeg[0] == 0xff && r->jpeg[1] == 0xd8);
    else
        assert_null(r->jpeg);
}

static const struct scan_callbacks callbacks = {on_progress, on_done};

static bool wait_for(struct heard *h, int ms)
{
    for (int64_t until = worker_now() + ms; !h->dones && worker_now() < until;)
        worker_turn(door, 5);
    return h->dones > 0;
}

static struct heard scan_with(const struct scanner_device *d, const struct scan_request *r)
{
    struct err e = {0};
    struct scanner *s = scanner_sane_create(door, d, 1, &e);
    if (!s)
        fail_msg("%s", e.text);
    struct heard h = {0};
    assert_true(scanner_start(s, r, &callbacks, &h) > 0);
    assert_true(wait_for(&h, 60000));
    scanner_destroy(s);
    return h;
}

static void an_a4_page_comes_whole_and_small_enough(void **state)
{
    (void)state;
    static const struct scanner_device d = {.name = "平板", .device = "test:0", .dpi = 300};
    struct heard h = scan_with(&d, &(struct scan_request){0});
    if (!h.ok)
        fail_msg("%s %s", h.key, h.detail);
    assert_in_range(h.width, 2479, 2482);
    assert_in_range(h.height, 3506, 3509);
    assert_true(h.len <= 3670016);
    assert_true(h.progress >= 1);
    h = scan_with(&d, &(struct scan_request){.max_bytes = 100000, .dpi = 150});
    assert_true(h.ok && h.len <= 100000);
    assert_true(h.width > 100); /* noise of that size does not fit without fewer pixels */
}

static void a_page_is_scanned_from_the_feeder_in_grey_and_straightened(void **state)
{
    (void)state;
    static const struct scanner_device d = {
        .name = "进纸器", .device = "test:1", .dpi = 200, .mode = "Gray", .options = "{\"test-picture\":\"Grid\"}"};
    struct heard h = scan_with(&d, &(struct scan_request){.feeder = true, .straighten = true});
    if (!h.ok)
        fail_msg("%s %s", h.key, h.detail);
    assert_true(h.width > 1000 && h.height > 1000);
}

static void every_fault_has_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *status, *key;
    } cases[] = {{"UNSUPPORTED", "scan.unsupported"},
                 {"CANCELLED", "scan.io"},
                 {"DEVICE_BUSY", "scan.busy"},
                 {"INVAL", "scan.io"},
                 {"EOF", "scan.short_page"},
                 {"JAMMED", "scan.jammed"},
                 {"NO_DOCS", "scan.no_docs"},
                 {"COVER_OPEN", "scan.cover_open"},
                 {"IO_ERROR", "scan.io"},
                 {"NO_MEM", "scan.io"},
                 {"ACCESS_DENIED", "scan.access"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTOFREE char *options = xasprintf("{\"read-return-value\":\"SANE_STATUS_%s\"}", cases[i].status);
        struct scanner_device d = {.name = "x", .device = "test:0", .dpi = 100, .options = options};
        struct heard h = scan_with(&d, &(struct scan_request){0});
        assert_false(h.ok);
        if (strcmp(h.key, cases[i].key) != 0)
            fail_msg("%s: expected %s, got %s (%s)", cases[i].status, cases[i].key, h.key, h.detail);
    }
}

static void drivers_that_count_oddly_still_give_a_page(void **state)
{
    (void)state;
    static const char *const options[] = {
        "{\"hand-scanner\":true}", /* lines -1 */
        "{\"ppl-loss\":17}",       /* bytes_per_line more than the pixels need */
        "{\"fuzzy-parameters\":true}", "{\"read-limit\":true,\"read-limit-size\":4001}",
        "{\"non-blocking\":true}",     "{\"select-fd\":true}"};
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        struct scanner_device d = {.name = "x", .device = "test:0", .dpi = 100, .options = options[i]};
        struct heard h = scan_with(&d, &(struct scan_request){0});
        if (!h.ok)
            fail_msg("%s: %s %s", options[i], h.key, h.detail);
        assert_true(h.width > 400 && h.height > 400);
    }
    static const char *const refused[] = {"{\"depth\":16}", "{\"three-pass\":true}"}; /* frames we do not take */
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct scanner_device d = {.name = "x", .device = "test:0", .dpi = 100, .options = refused[i]};
        struct heard h = scan_with(&d, &(struct scan_request){0});
        assert_string_equal(h.key, "scan.unsupported");
    }
}

static void a_scanner_that_is_not_there_is_called_unplugged(void **state)
{
    (void)state;
    static const char *const devices[] = {"test:7", "nosuchbackend:1", "../../etc:1"};
    for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
        struct scanner_device d = {.name = "x", .device = devices[i]};
        struct heard h = scan_with(&d, &(struct scan_request){0});
        assert_false(h.ok);
        if (strcmp(h.key, "scan.unplugged") != 0)
            fail_msg("%s: %s %s", devices[i], h.key, h.detail);
    }
}

static void one_scan_at_a_time(void **state)
{
    (void)state;
    static const struct scanner_device d = {.name = "x", .device = "test:0", .dpi = 100};
    struct scanner *s = scanner_sane_create(door, &d, 1, NULL);
    struct heard h = {0}, none = {0};
    int scan = scanner_start(s, &(struct scan_request){0}, &callbacks, &h);
    assert_true(scan > 0);
    assert_int_equal(scanner_start(s, &(struct scan_request){0}, &callbacks, &none), 0);
    assert_int_equal(scanner_start(s, &(struct scan_request){.device = 1}, &callbacks, &none), 0);
    assert_true(wait_for(&h, 20000));
    assert_true(h.ok);
    scanner_cancel(s, scan); /* over: nothing happens */
    worker_turn(door, 30);
    assert_int_equal(h.dones, 1);
    assert_int_equal(none.dones, 0);
    scanner_destroy(s);
}

static void a_slow_scanner_is_cancelled_at_any_moment(void **state)
{
    (void)state;
    static const struct scanner_device d = {
        .name = "x", .device = "test:0", .dpi = 150, .options = "{\"read-delay\":true,\"read-delay-duration\":4000}"};
    struct scanner *s = scanner_sane_create(door, &d, 1, NULL);
    struct random_seeded r;
    random_seeded_init(&r, 30);
    int finished = 0, cancelled = 0;
    for (int round = 0; round < 30; round++) {
        struct heard h = {0};
        int scan = scanner_start(s, &(struct scan_request){0}, &callbacks, &h);
        assert_true(scan > 0); /* the one before is over, and the device free */
        worker_turn(door, (int)random_below(&r.random, round % 3 ? 120 : 700));
        int64_t from = worker_now();
        scanner_cancel(s, scan);
        assert_true(wait_for(&h, 5000));
        if (worker_now() - from > 2500)
            fail_msg("round %d: cancelling took %d ms", round, (int)(worker_now() - from));
        assert_int_equal(h.dones, 1);
        if (h.ok)
            finished++;
        else
            cancelled += !strcmp(h.key, "scan.cancelled");
    }
    assert_int_equal(finished + cancelled, 30);
    assert_true(cancelled > 15);
    struct heard last = {0};
    scanner_start(s, &(struct scan_request){.dpi = 50}, &callbacks, &last);
    assert_true(wait_for(&last, 20000));
    assert_true(last.ok);
    scanner_destroy(s);
}

static void a_scan_given_up_calls_nobody(void **state)
{
    (void)state;
    static const struct scanner_device d = {.name = "x", .device = "test:0", .dpi = 300};
    struct scanner *s = scanner_sane_create(door, &d, 1, NULL);
    struct heard h = {0};
    scanner_start(s, &(struct scan_request){0}, &callbacks, &h);
    worker_turn(door, 20);
    scanner_destroy(s);
    int before = h.progress;
    worker_turn(door, 300);
    assert_int_equal(h.dones, 0);
    assert_int_equal(h.progress, before);
}

static void a_wrong_declaration_is_named(void **state)
{
    (void)state;
    static const struct scanner_device wrong[] = {{.name = "x", .device = "test"},
                                                  {.name = "x", .device = "test:0", .dpi = 5000},
                                                  {.name = "x", .device = "test:0", .options = "[1]"},
                                                  {.device = "test:0"}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct err e = {0};
        assert_null(scanner_sane_create(door, &wrong[i], 1, &e));
        assert_int_equal(e.code, ERR_CONFIG);
    }
    scanner_destroy(NULL);
}

static int open_door(void **state)
{
    (void)state;
    door = worker_open();
    return 0;
}

static int close_door(void **state)
{
    (void)state;
    worker_door_destroy(door);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_a4_page_comes_whole_and_small_enough),
        cmocka_unit_test(a_page_is_scanned_from_the_feeder_in_grey_and_straightened),
        cmocka_unit_test(every_fault_has_its_words),
        cmocka_unit_test(drivers_that_count_oddly_still_give_a_page),
        cmocka_unit_test(a_scanner_that_is_not_there_is_called_unplugged),
        cmocka_unit_test(one_scan_at_a_time),
        cmocka_unit_test(a_slow_scanner_is_cancelled_at_any_moment),
        cmocka_unit_test(a_scan_given_up_calls_nobody),
        cmocka_unit_test(a_wrong_declaration_is_named),
    };
    return cmocka_run_group_tests(tests, open_door, close_door);
}
