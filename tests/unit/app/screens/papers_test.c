#include "app/screens/papers.h"
#include "sync/base/str.h"
#include "tests/support/t.h"

#include <string.h>

#define W 232
#define H 312

static uint32_t *page(uint32_t ground)
{
    uint32_t *p = xmalloc(sizeof(uint32_t) * W * H);
    for (int i = 0; i < W * H; i++)
        p[i] = ground;
    return p;
}

static void an_empty_page_is_remarked_on(void **state)
{
    (void)state;
    AUTOFREE uint32_t *white = page(0xffffff), *grey = page(0xc8c8c0);
    assert_true(papers_blank(white, W, H));
    /* Noise of the sensor, and the shadow of the bed at the edge. */
    for (int i = 0; i < W * H; i++)
        grey[i] -= (uint32_t)(i * 7919 % 9) * 0x010101;
    memset(grey, 0, sizeof(uint32_t) * W * 6);
    assert_true(papers_blank(grey, W, H));
}

static void one_line_of_print_is_a_page(void **state)
{
    (void)state;
    AUTOFREE uint32_t *p = page(0xffffff);
    for (int y = 100; y < 104; y++)
        for (int x = 40; x < 190; x += 2)
            p[y * W + x] = 0x303030;
    assert_false(papers_blank(p, W, H));
}

static void sizes_are_said_as_people_read_them(void **state)
{
    (void)state;
    char z[32];
    assert_string_equal(papers_size(0, z, sizeof z), "0 KB");
    assert_string_equal(papers_size(1, z, sizeof z), "1 KB");
    assert_string_equal(papers_size(87413, z, sizeof z), "86 KB");
    assert_string_equal(papers_size(1897799, z, sizeof z), "1.8 MB");
    assert_string_equal(papers_size(4194304, z, sizeof z), "4.0 MB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_page_is_remarked_on),
        cmocka_unit_test(one_line_of_print_is_a_page),
        cmocka_unit_test(sizes_are_said_as_people_read_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
