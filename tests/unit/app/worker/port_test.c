/* Which endpoints of a USB reader to speak over, from its descriptors. */
#include "app/worker/port.h"

#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

static const unsigned char device[] = {18, 1, 0, 2, 0xff, 0, 0, 64, 0x00, 0x04, 0x5a, 0xc3, 0, 1, 0, 0, 0, 1};
static const unsigned char rest[] = {9, 2,  48,   0, 2,  1,    0, 0x80, 50, /* configuration */
                                     9, 4,  0,    0, 1,  3,    0, 0,    0,  7,    5, 0x83, 3, 8,
                                     0, 10,                                /* a keyboard: interrupt only */
                                     9, 4,  1,    0, 2,  0xff, 0, 0,    0, /* ours */
                                     7, 5,  0x81, 2, 64, 0,    0, 7,    5,  0x02, 2, 64,   0, 0};

static void the_first_interface_with_bulk_both_ways_is_taken(void **state)
{
    (void)state;
    unsigned char all[sizeof device + sizeof rest];
    struct port_usb u;
    memcpy(all, device, sizeof device);
    memcpy(all + sizeof device, rest, sizeof rest);
    assert_true(port_usb_parse(all, sizeof all, &u));
    assert_int_equal(u.vendor, 0x0400);
    assert_int_equal(u.product, 0xc35a);
    assert_int_equal(u.interface, 1);
    assert_int_equal(u.in, 0x81);
    assert_int_equal(u.out, 0x02);
    for (size_t n = 0; n < sizeof all; n++) {
        unsigned char *cut = xmalloc(n + 1);
        memcpy(cut, all, n);
        assert_false(port_usb_parse(cut, n, &u));
        free(cut);
    }
}

static void any_descriptors_do_no_harm(void **state)
{
    (void)state;
    srand(7);
    for (int i = 0; i < 20000; i++) {
        size_t len = (size_t)(rand() % 80);
        unsigned char *p = xmalloc(len + 1);
        for (size_t k = 0; k < len; k++)
            p[k] = (unsigned char)(rand() % 3 ? rand() % 10 : rand());
        struct port_usb u;
        if (port_usb_parse(p, len, &u))
            assert_true((u.in & 0x80) && !(u.out & 0x80));
        free(p);
    }
}

static void only_a_device_is_opened(void **state)
{
    (void)state;
    static const char *const names[] = {
        "", "/etc/passwd", "/dev/../etc/passwd", "usb:", "usb:12", "usb:0400:c35a:1", "ttyS0"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct port p;
        struct fault f = {0};
        assert_false(port_open(&p, names[i], 115200, &f));
        assert_string_equal(f.error, "refused");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_interface_with_bulk_both_ways_is_taken),
        cmocka_unit_test(any_descriptors_do_no_harm),
        cmocka_unit_test(only_a_device_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
