/* The contract of db_wechat.h, over every database there is. */
#include "sync/platform/db_wechat.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "11111111-1111-4111-8111-111111111111"
#define OTHER  "33333333-3333-4333-8333-333333333333"
#define NOW    1000000LL

/* Works, or the test fails with the reason; fails with this code. */
#define OK(call)                                                                                                       \
    do {                                                                                                               \
        struct err ok_e = {0}, *e = &ok_e;                                                                             \
        if (!(call))                                                                                                   \
            fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, #call, ok_e.text);                                           \
    } while (0)
#define REFUSED(want, call)                                                                                            \
    do {                                                                                                               \
        struct err no_e = {0}, *e = &no_e;                                                                             \
        if ((call) || no_e.code != (want))                                                                             \
            fail_msg("%s:%d: %s: %s (%s)", __FILE__, __LINE__, #call, err_code_name(no_e.code), no_e.text);            \
    } while (0)

struct world {
    char dir[32];
    struct db *db;
    const struct db_wechat_ops *w;
};

static int open_world(void **state)
{
    struct world *x = xcalloc(1, sizeof *x);
    struct err why = {0};
    strcpy(x->dir, "/tmp/bulu-dbw-XXXXXX");
    assert_non_null(mkdtemp(x->dir));
    AUTOFREE char *path = xasprintf("%s/p.db", x->dir);
    x->db = db_sqlite_open(path, crypto_sodium(), &why);
    if (!x->db)
        fail_msg("%s", why.text);
    x->w = x->db->wechat;
    OK(x->db->ops->device_put(x->db, DEVICE, 1, "大厅", 7, e));
    OK(x->db->ops->device_put(x->db, OTHER, 2, "大厅", 7, e));
    *state = x;
    return 0;
}

static int close_world(void **state)
{
    struct world *x = *state;
    x->db->ops->close(x->db);
    AUTOFREE char *rm = xasprintf("rm -rf %s", x->dir);
    free(x);
    return system(rm);
}

static void a_kiosks_keys_are_taken_once_and_replaced_by_an_enrolment_only(void **state)
{
    struct world *x = *state;
    const struct db_kiosk_keys first = {.sign = {1}, .box = {2}}, second = {.sign = {3}, .box = {4}};
    struct db_kiosk_keys k;
    struct db_kiosk kiosk;
    REFUSED(ERR_NOT_FOUND, x->w->kiosk_keys(x->db, DEVICE, &k, e));
    REFUSED(ERR_NOT_FOUND, x->w->kiosk(x->db, 1, &kiosk, e));
    OK(x->w->kiosk_keys_set(x->db, DEVICE, &first, false, NOW, e));
    OK(x->w->kiosk_keys_set(x->db, DEVICE, &first, false, NOW, e));
    REFUSED(ERR_EXISTS, x->w->kiosk_keys_set(x->db, DEVICE, &second, false, NOW, e));
    OK(x->w->kiosk_keys(x->db, DEVICE, &k, e));
    assert_memory_equal(&k, &first, sizeof k);
    OK(x->w->kiosk_keys_set(x->db, DEVICE, &second, true, NOW, e));
    OK(x->w->kiosk(x->db, 1, &kiosk, e));
    assert_memory_equal(&kiosk.keys, &second, sizeof second);
    assert_string_equal(kiosk.device.id, DEVICE);
    assert_int_equal(kiosk.added_ms, 7);
    assert_false(kiosk.device.revoked);
    OK(x->db->ops->device_revoke(x->db, 1, NOW, e));
    OK(x->w->kiosk(x->db, 1, &kiosk, e));
    assert_true(kiosk.device.revoked);
    OK(x->w->kiosk_keys_set(x->db, DEVICE, NULL, true, NOW, e));
    REFUSED(ERR_NOT_FOUND, x->w->kiosk_keys(x->db, DEVICE, &k, e));
}

static struct db_scan scan(const char *id, const char *phone, const char *device)
{
    struct db_scan s = {.reply = {9}, .ends_ms = NOW + 120000, .interval_ms = 1000, .user_code = "7K3-M9Q"};
    zcopy(s.id, sizeof s.id, id);
    zcopy(s.phone, sizeof s.phone, phone);
    zcopy(s.device, sizeof s.device, device);
    return s;
}

static void add_scan(struct world *x, const char *id, const char *phone, const char *device)
{
    struct db_scan s = scan(id, phone, device);
    OK(x->w->scan_add(x->db, &s, NOW, e));
}

static bool move(struct world *x, const char *id, enum db_scan_state from, enum db_scan_state to, const char *subject,
                 int64_t now_ms, struct err *e)
{
    const struct db_scan_move m = {id, from, to, subject, 0, now_ms};
    return x->w->scan_move(x->db, &m, e);
}

static void a_code_moves_forward_only_and_within_its_time(void **state)
{
    struct world *x = *state;
    struct db_scan s;
    add_scan(x, "i1", "p1", DEVICE);
    OK(x->w->scan_by_phone(x->db, "p1", &s, e));
    assert_int_equal(s.state, SCAN_WAITING);
    assert_int_equal(s.reply[0], 9);
    assert_string_equal(s.user_code, "7K3-M9Q");
    REFUSED(ERR_NOT_FOUND, x->w->scan_by_phone(x->db, "p2", &s, e));
    REFUSED(ERR_STATE, move(x, "i1", SCAN_SEEN, SCAN_AGREED, NULL, NOW, e));
    OK(move(x, "i1", SCAN_WAITING, SCAN_SEEN, "oA", NOW, e));
    REFUSED(ERR_STATE, move(x, "i1", SCAN_WAITING, SCAN_SEEN, "oB", NOW, e));
    REFUSED(ERR_STATE, move(x, "i1", SCAN_SEEN, SCAN_AGREED, NULL, NOW + 120000, e)); /* too late */
    OK(move(x, "i1", SCAN_SEEN, SCAN_AGREED, NULL, NOW + 119999, e));
    OK(x->w->scan_by_id(x->db, "i1", &s, e));
    assert_string_equal(s.subject, "oA");
}

static void the_result_is_for_one_poll(void **state)
{
    struct world *x = *state;
    struct db_scan s;
    bool slow;
    add_scan(x, "i1", "p1", DEVICE);
    OK(move(x, "i1", SCAN_WAITING, SCAN_SEEN, "oA", NOW, e));
    OK(move(x, "i1", SCAN_SEEN, SCAN_AGREED, NULL, NOW, e));
    OK(x->w->scan_poll(x->db, "i1", NOW, &s, &slow, e));
    assert_true(!slow && s.state == SCAN_AGREED);
    OK(x->w->scan_poll(x->db, "i1", NOW + 1000, &s, &slow, e));
    assert_true(!slow && s.state == SCAN_RELEASED);
}

static void who_polls_early_waits_longer_and_gets_nothing(void **state)
{
    struct world *x = *state;
    struct db_scan s;
    bool slow;
    add_scan(x, "i1", "p1", DEVICE);
    OK(x->w->scan_poll(x->db, "i1", NOW, &s, &slow, e));
    assert_false(slow);
    OK(move(x, "i1", SCAN_WAITING, SCAN_AGREED, "oA", NOW, e));
    OK(x->w->scan_poll(x->db, "i1", NOW + 500, &s, &slow, e));
    assert_true(slow);
    OK(x->w->scan_poll(x->db, "i1", NOW + 4000, &s, &slow, e)); /* 3.5 s after the last, 6 are asked for */
    assert_true(slow);
    OK(x->w->scan_poll(x->db, "i1", NOW + 16000, &s, &slow, e));
    assert_true(!slow && s.state == SCAN_AGREED); /* it was kept for the poll in time */
}

static void a_newer_code_of_a_kiosk_replaces_the_live_one(void **state)
{
    struct world *x = *state;
    struct db_scan s;
    add_scan(x, "i1", "p1", DEVICE);
    add_scan(x, "i2", "p2", OTHER);
    add_scan(x, "i3", "p3", DEVICE);
    OK(x->w->scan_by_id(x->db, "i1", &s, e));
    assert_int_equal(s.state, SCAN_REPLACED);
    OK(x->w->scan_by_id(x->db, "i2", &s, e));
    assert_int_equal(s.state, SCAN_WAITING);
    REFUSED(ERR_STATE, move(x, "i1", SCAN_WAITING, SCAN_SEEN, "oA", NOW, e));
}

static void wrong_tries_are_counted(void **state)
{
    struct world *x = *state;
    int tries = 0;
    add_scan(x, "i1", "p1", DEVICE);
    OK(x->w->scan_wrong(x->db, "i1", &tries, e));
    OK(x->w->scan_wrong(x->db, "i1", &tries, e));
    assert_int_equal(tries, 2);
    REFUSED(ERR_NOT_FOUND, x->w->scan_wrong(x->db, "i9", &tries, e));
}

static struct db_claim claim(unsigned char id, unsigned char body, int64_t first_ms)
{
    struct db_claim c = {.id = {id}, .device = DEVICE, .body = {body}, .first_ms = first_ms};
    return c;
}

static void a_claim_keeps_its_first_sight_and_its_ticket(void **state)
{
    struct world *x = *state;
    struct db_claim c = claim(1, 5, NOW), again = claim(1, 5, NOW + 9), other = claim(1, 6, NOW);
    OK(x->w->claim_open(x->db, &c, e));
    OK(x->w->claim_open(x->db, &again, e));
    assert_int_equal(again.first_ms, NOW);
    REFUSED(ERR_EXISTS, x->w->claim_open(x->db, &other, e));
    OK(x->w->claim_end(x->db, c.id, CLAIM_REFUSED, e));
    REFUSED(ERR_STATE, x->w->claim_end(x->db, c.id, CLAIM_DONE, e));
    OK(x->w->claim_find(x->db, c.id, &again, e));
    assert_int_equal(again.state, CLAIM_REFUSED);
}

static void two_claimants_tear_a_claim_for_good(void **state)
{
    struct world *x = *state;
    struct db_claim c = claim(1, 5, NOW);
    struct db_claimant mine = {.subject = "oA", .six = {1}}, changed = {.subject = "oA", .six = {2}}, found,
                       other = {.subject = "oB", .six = {1}};
    REFUSED(ERR_NOT_FOUND, x->w->claimant_add(x->db, c.id, &mine, NOW, e));
    OK(x->w->claim_open(x->db, &c, e));
    REFUSED(ERR_NOT_FOUND, x->w->claimant(x->db, c.id, &found, e));
    OK(x->w->claimant_add(x->db, c.id, &mine, NOW, e));
    OK(x->w->claimant_add(x->db, c.id, &changed, NOW, e));
    OK(x->w->claimant(x->db, c.id, &found, e));
    assert_memory_equal(found.six, mine.six, sizeof mine.six); /* what was said first */
    REFUSED(ERR_STATE, x->w->claimant_add(x->db, c.id, &other, NOW, e));
    OK(x->w->claim_find(x->db, c.id, &c, e));
    assert_int_equal(c.state, CLAIM_TORN);
    REFUSED(ERR_STATE, x->w->claimant_add(x->db, c.id, &mine, NOW, e));
}

static void an_errand_is_found_in_its_time_and_taken_once(void **state)
{
    struct world *x = *state;
    const struct db_errand put = {"h1", ERRAND_CLAIM, "a1", "b1", "oA", NOW + 10};
    struct db_errand got;
    OK(x->w->errand_add(x->db, &put, e));
    OK(x->w->errand_find(x->db, "h1", NOW, &got, e));
    assert_int_equal(got.kind, ERRAND_CLAIM);
    assert_string_equal(got.browser, "b1");
    REFUSED(ERR_NOT_FOUND, x->w->errand_take(x->db, "h1", NOW + 10, &got, e));
    OK(x->w->errand_take(x->db, "h1", NOW + 9, &got, e));
    assert_string_equal(got.subject, "oA");
    REFUSED(ERR_NOT_FOUND, x->w->errand_take(x->db, "h1", NOW, &got, e));
}

static void what_has_ended_is_forgotten(void **state)
{
    struct world *x = *state;
    struct db_claim old = claim(1, 5, NOW - 100), young = claim(2, 5, NOW), got;
    const struct db_claimant who = {.subject = "oA"};
    struct db_claimant left;
    struct db_scan s;
    OK(x->w->claim_open(x->db, &old, e));
    OK(x->w->claim_open(x->db, &young, e));
    OK(x->w->claimant_add(x->db, old.id, &who, NOW, e));
    add_scan(x, "i1", "p1", DEVICE);
    OK(x->w->sweep(x->db, NOW + 120000 + 3600001, NOW - 50, e));
    REFUSED(ERR_NOT_FOUND, x->w->claim_find(x->db, old.id, &got, e));
    REFUSED(ERR_NOT_FOUND, x->w->claimant(x->db, old.id, &left, e));
    OK(x->w->claim_find(x->db, young.id, &got, e));
    REFUSED(ERR_NOT_FOUND, x->w->scan_by_id(x->db, "i1", &s, e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_kiosks_keys_are_taken_once_and_replaced_by_an_enrolment_only, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_code_moves_forward_only_and_within_its_time, open_world, close_world),
        cmocka_unit_test_setup_teardown(the_result_is_for_one_poll, open_world, close_world),
        cmocka_unit_test_setup_teardown(who_polls_early_waits_longer_and_gets_nothing, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_newer_code_of_a_kiosk_replaces_the_live_one, open_world, close_world),
        cmocka_unit_test_setup_teardown(wrong_tries_are_counted, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_claim_keeps_its_first_sight_and_its_ticket, open_world, close_world),
        cmocka_unit_test_setup_teardown(two_claimants_tear_a_claim_for_good, open_world, close_world),
        cmocka_unit_test_setup_teardown(an_errand_is_found_in_its_time_and_taken_once, open_world, close_world),
        cmocka_unit_test_setup_teardown(what_has_ended_is_forgotten, open_world, close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
