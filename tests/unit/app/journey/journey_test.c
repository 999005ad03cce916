#include "app/journey/journey.h"
#include "tests/support/t.h"

enum { IDLE, CONSENT, NOTICES, WHO, HOME, FORM, PAPER };
static const struct journey_times times = {.dim_ms = 300000, .warn_ms = 180000, .wipe_ms = 60000, .large_factor = 2};

static struct journey at(int place)
{
    struct journey j;
    journey_init(&j, &times, IDLE, 1000);
    if (place != IDLE)
        journey_go(&j, place);
    return j;
}

static void the_gates_come_one_after_another(void **state)
{
    (void)state;
    struct journey j = at(IDLE);
    assert_int_equal(journey_gate(&j, GATE_OPEN), GATE_OPEN);
    assert_int_equal(journey_gate(&j, GATE_CONFIRMED), GATE_CONSENT);
    journey_pass(&j, GATE_CONSENT);
    assert_int_equal(journey_gate(&j, GATE_CONFIRMED), GATE_NOTICES);
    journey_pass(&j, GATE_NOTICES);
    assert_int_equal(journey_gate(&j, GATE_CONFIRMED), GATE_PERSON);
    journey_pass(&j, GATE_PERSON);
    assert_int_equal(journey_gate(&j, GATE_CONFIRMED), GATE_CONFIRMED);
    journey_pass(&j, GATE_CONFIRMED);
    assert_int_equal(journey_gate(&j, GATE_CONFIRMED), GATE_OPEN);
    journey_pass(&j, GATE_CONSENT);
    assert_int_equal(journey_gate(&j, GATE_CONFIRMED), GATE_OPEN);
}

static void back_goes_the_way_one_came(void **state)
{
    (void)state;
    struct journey j = at(HOME);
    journey_go(&j, FORM);
    journey_go(&j, PAPER);
    assert_int_equal(journey_back(&j), FORM);
    assert_int_equal(journey_back(&j), HOME);
    assert_int_equal(journey_back(&j), IDLE);
    assert_int_equal(journey_back(&j), IDLE);
    assert_true(journey_at_home(&j));
}

static void a_place_of_the_trail_cuts_it_there(void **state)
{
    (void)state;
    struct journey j = at(HOME);
    journey_go(&j, FORM);
    journey_go(&j, PAPER);
    journey_go(&j, HOME);
    assert_int_equal(journey_back(&j), IDLE);
}

static void a_visit_leads_back_to_where_it_began(void **state)
{
    (void)state;
    struct journey j = at(HOME);
    journey_go(&j, FORM);
    journey_go(&j, PAPER);
    journey_visit(&j, FORM);
    assert_int_equal(j.place, FORM);
    assert_int_equal(journey_back(&j), PAPER);
    assert_int_equal(journey_back(&j), FORM);
    assert_int_equal(journey_back(&j), HOME);
}

static void a_replaced_place_is_not_gone_back_to(void **state)
{
    (void)state;
    struct journey j = at(CONSENT);
    journey_replace(&j, NOTICES);
    journey_replace(&j, HOME);
    journey_go(&j, FORM);
    assert_int_equal(journey_back(&j), HOME);
    assert_int_equal(journey_back(&j), IDLE);
}

static void a_long_way_forgets_its_beginning_only(void **state)
{
    (void)state;
    struct journey j = at(IDLE);
    for (int i = 1; i < 3 * JOURNEY_DEPTH; i++)
        journey_go(&j, i);
    for (int i = 3 * JOURNEY_DEPTH - 2; i > 3 * JOURNEY_DEPTH - 2 - JOURNEY_DEPTH; i--)
        assert_int_equal(journey_back(&j), i);
    assert_int_equal(journey_back(&j), IDLE);
}

static void after_180_s_it_warns_and_60_s_later_it_wipes(void **state)
{
    (void)state;
    struct journey j = at(FORM);
    assert_int_equal(journey_deadline(&j, 1000), 181000);
    assert_int_equal(journey_tick(&j, 180999), JOURNEY_NOTHING);
    assert_int_equal(journey_tick(&j, 181000), JOURNEY_WARN);
    assert_int_equal(journey_seconds_left(&j, 181000), 60);
    assert_int_equal(journey_deadline(&j, 181000), 182000);
    assert_int_equal(journey_tick(&j, 182000), JOURNEY_COUNT);
    assert_int_equal(journey_seconds_left(&j, 182000), 59);
    assert_int_equal(journey_seconds_left(&j, 240500), 1);
    assert_int_equal(journey_deadline(&j, 240500), 241000);
    assert_int_equal(journey_tick(&j, 240999), JOURNEY_COUNT);
    assert_int_equal(journey_tick(&j, 241000), JOURNEY_WIPE);
}

static void a_touch_takes_the_warning_away(void **state)
{
    (void)state;
    struct journey j = at(FORM);
    journey_tick(&j, 181000);
    assert_true(j.warned);
    assert_true(journey_touch(&j, 190000));
    assert_false(j.warned);
    assert_false(journey_touch(&j, 190001));
    assert_int_equal(journey_tick(&j, 241000), JOURNEY_NOTHING);
    assert_int_equal(journey_tick(&j, 370001), JOURNEY_WARN);
}

static void large_text_takes_twice_as_long(void **state)
{
    (void)state;
    struct journey j = at(FORM);
    j.large = true;
    assert_int_equal(journey_tick(&j, 181000), JOURNEY_NOTHING);
    assert_int_equal(journey_tick(&j, 361000), JOURNEY_WARN);
    assert_int_equal(journey_seconds_left(&j, 361000), 120);
    assert_int_equal(journey_tick(&j, 481000), JOURNEY_WIPE);
}

static void a_scan_holds_the_idle_time(void **state)
{
    (void)state;
    struct journey j = at(FORM);
    journey_hold(&j, true, 2000);
    assert_int_equal(journey_deadline(&j, 2000), -1);
    assert_int_equal(journey_tick(&j, 10000000), JOURNEY_NOTHING);
    journey_hold(&j, false, 10000000);
    assert_int_equal(journey_deadline(&j, 10000000), 10180000);
    journey_hold(&j, false, 10000000);
    assert_int_equal(j.holds, 0);
}

static void the_idle_page_dims_and_is_never_wiped(void **state)
{
    (void)state;
    struct journey j = at(IDLE);
    assert_int_equal(journey_deadline(&j, 1000), 301000);
    assert_int_equal(journey_tick(&j, 301000), JOURNEY_DIMMED);
    assert_int_equal(journey_tick(&j, 100000000), JOURNEY_NOTHING);
    assert_int_equal(journey_deadline(&j, 100000000), -1);
    assert_true(journey_touch(&j, 100000000));
    assert_false(j.dim);
}

static void large_text_left_on_the_idle_page_is_taken_back(void **state)
{
    (void)state;
    struct journey j = at(IDLE);
    j.large = true;
    assert_int_equal(journey_tick(&j, 481000), JOURNEY_WIPE);
}

static void a_wipe_forgets_the_person(void **state)
{
    (void)state;
    struct journey j = at(HOME);
    unsigned session = j.session;
    journey_pass(&j, GATE_CONFIRMED);
    j.large = true;
    journey_hold(&j, true, 5000);
    journey_wipe(&j, 6000);
    assert_true(journey_at_home(&j));
    assert_int_equal(j.passed, GATE_OPEN);
    assert_int_equal(j.n_trail, 0);
    assert_int_equal(j.holds, 0);
    assert_false(j.large);
    assert_int_equal(j.session, session + 1);
}

static void staff_pass_their_own_gate_only_and_a_wipe_ends_it(void **state)
{
    (void)state;
    struct journey j = at(HOME);
    assert_int_equal(journey_gate(&j, GATE_STAFF), GATE_STAFF);
    journey_staff(&j, true);
    assert_int_equal(journey_gate(&j, GATE_STAFF), GATE_OPEN);
    assert_int_equal(journey_gate(&j, GATE_CONFIRMED), GATE_CONSENT); /* a badge is nobody's ID number */
    journey_wipe(&j, 2000);
    assert_int_equal(journey_gate(&j, GATE_STAFF), GATE_STAFF);
}

static void who_is_helped_has_more_time_and_the_helper_no_staff_pages(void **state)
{
    (void)state;
    struct journey j = at(FORM);
    journey_touch(&j, 1000);
    journey_staff(&j, true);
    journey_assist(&j);
    assert_int_equal(journey_gate(&j, GATE_STAFF), GATE_STAFF);
    assert_int_equal(journey_tick(&j, 1000 + 180000), JOURNEY_NOTHING);
    assert_int_equal(journey_tick(&j, 1000 + 360000), JOURNEY_WARN);
    journey_wipe(&j, 500000);
    journey_go(&j, FORM);
    journey_touch(&j, 500000);
    assert_int_equal(journey_tick(&j, 500000 + 180000), JOURNEY_WARN); /* the next person is not helped */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(staff_pass_their_own_gate_only_and_a_wipe_ends_it),
        cmocka_unit_test(who_is_helped_has_more_time_and_the_helper_no_staff_pages),
        cmocka_unit_test(the_gates_come_one_after_another),
        cmocka_unit_test(back_goes_the_way_one_came),
        cmocka_unit_test(a_place_of_the_trail_cuts_it_there),
        cmocka_unit_test(a_visit_leads_back_to_where_it_began),
        cmocka_unit_test(a_replaced_place_is_not_gone_back_to),
        cmocka_unit_test(a_long_way_forgets_its_beginning_only),
        cmocka_unit_test(after_180_s_it_warns_and_60_s_later_it_wipes),
        cmocka_unit_test(a_touch_takes_the_warning_away),
        cmocka_unit_test(large_text_takes_twice_as_long),
        cmocka_unit_test(a_scan_holds_the_idle_time),
        cmocka_unit_test(the_idle_page_dims_and_is_never_wiped),
        cmocka_unit_test(large_text_left_on_the_idle_page_is_taken_back),
        cmocka_unit_test(a_wipe_forgets_the_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
