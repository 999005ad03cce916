#include "app/screens/signature.h"
#include "sync/record/validate.h"
#include "tests/support/t.h"

#define WIDTH  600
#define HEIGHT 240
#define HEAD   (14 + 40 + 1024)

static size_t ink(const struct str *bmp)
{
    size_t n = 0;
    for (size_t i = HEAD; i < bmp->len; i++)
        n += bmp->p[i] == 0;
    return n;
}

static void strokes_become_a_picture_that_fits(void **state)
{
    (void)state;
    CLEANUP(str) struct str bmp = {0};
    assert_true(signature_bmp("100,100,0 300,180,20 500,100,40;200,300,90 400,320,120", &bmp));
    assert_int_equal(bmp.len, HEAD + WIDTH * HEIGHT);
    assert_string_equal(file_kind(bmp.p, bmp.len), "bmp");
    assert_true(ink(&bmp) > 1000);
    /* Nothing touches the edge. */
    for (int x = 0; x < WIDTH; x++)
        assert_int_equal((unsigned char)bmp.p[HEAD + x], 255);
}

static void no_stroke_is_no_signature(void **state)
{
    (void)state;
    static const char *const nothing[] = {"", ";", "10,10,0", "abc", "-5,-5,1 x", ",,,,"};
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        CLEANUP(str) struct str bmp = {0};
        assert_false(signature_bmp(nothing[i], &bmp));
        assert_int_equal(bmp.len, 0);
    }
}

static void wild_strokes_do_no_harm(void **state)
{
    (void)state;
    static const char *const wild[] = {"0,0,0 99999,99999,1", "5,5,0 5,5,1 5,5,2", "1,1,1;2,2,2;3,3,3", "0,0 1,99999"};
    for (size_t i = 0; i < ARRAY_LEN(wild); i++) {
        CLEANUP(str) struct str bmp = {0};
        assert_true(signature_bmp(wild[i], &bmp));
        assert_true(ink(&bmp) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strokes_become_a_picture_that_fits),
        cmocka_unit_test(no_stroke_is_no_signature),
        cmocka_unit_test(wild_strokes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
