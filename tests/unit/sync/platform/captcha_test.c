#include "sync/platform/captcha.h"
#include "tests/support/t.h"

#include <png.h>
#include <string.h>

struct image {
    int w, h;
    unsigned char *pixels;
};

static struct image decode(const struct str *png)
{
    png_image p = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_memory(&p, png->p, png->len));
    assert_int_equal(p.format & ~(png_uint_32)PNG_FORMAT_FLAG_LINEAR,
                     PNG_FORMAT_GRAY); /* a raster of greys, no text in it */
    p.format = PNG_FORMAT_GRAY;
    struct image i = {(int)p.width, (int)p.height, xmalloc(PNG_IMAGE_SIZE(p))};
    assert_true(png_image_finish_read(&p, NULL, i.pixels, 0, NULL));
    return i;
}

static struct image drawn(uint64_t seed, const char *text, bool large)
{
    struct random_seeded r;
    CLEANUP(str) struct str png = {0};
    random_seeded_init(&r, seed);
    captcha_draw(&r.random, text, large, &png);
    return decode(&png);
}

/* Share of a column range that is darker than the specks. */
static double ink(const struct image *i, int from, int to)
{
    int n = 0;
    for (int y = 0; y < i->h; y++)
        for (int x = from; x < to; x++)
            n += i->pixels[y * i->w + x] < 60;
    return (double)n / ((double)(to - from) * i->h);
}

static void a_picture_has_its_size_and_ink_at_every_place(void **state)
{
    (void)state;
    for (int large = 0; large < 2; large++)
        for (uint64_t seed = 1; seed < 20; seed++) {
            struct image i = drawn(seed, "ACEHJ", large);
            assert_int_equal(i.w, CAPTCHA_WIDTH * (1 + large));
            assert_int_equal(i.h, CAPTCHA_HEIGHT * (1 + large));
            for (int place = 0; place < CAPTCHA_CHARS; place++) {
                double share = ink(&i, i.w * place / CAPTCHA_CHARS, i.w * (place + 1) / CAPTCHA_CHARS);
                assert_true(share > 0.02 && share < 0.5);
            }
            free(i.pixels);
        }
}

/* Nobody learns a text's picture by heart. */
static void the_same_text_never_looks_the_same(void **state)
{
    (void)state;
    struct image a = drawn(1, "ACEHJ", false), b = drawn(2, "ACEHJ", false);
    int differ = 0;
    for (int i = 0; i < a.w * a.h; i++)
        differ += (a.pixels[i] < 128) != (b.pixels[i] < 128);
    assert_true(differ > a.w * a.h / 20);
    free(a.pixels);
    free(b.pixels);
}

static void every_character_is_drawn_and_differs_from_the_others(void **state)
{
    (void)state;
    char text[2] = "";
    size_t n = strlen(captcha_alphabet);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) {
            text[0] = captcha_alphabet[i];
            struct image a = drawn(7, text, false);
            text[0] = captcha_alphabet[k];
            struct image b = drawn(7, text, false);
            assert_memory_not_equal(a.pixels, b.pixels, (size_t)a.w * (size_t)a.h);
            free(a.pixels);
            free(b.pixels);
        }
}

static void no_character_is_taken_for_another(void **state)
{
    (void)state;
    static const char *const alike[] = {"0OQD", "1IL7", "2Z", "5S", "6G", "8B", "UV", "EF"};
    for (size_t i = 0; i < ARRAY_LEN(alike); i++) {
        int n = 0;
        for (const char *c = alike[i]; *c; c++)
            n += strchr(captcha_alphabet, *c) != NULL;
        assert_true(n <= 1);
    }
    assert_true(strlen(captcha_alphabet) >= 16);
}

static void texts_are_of_the_alphabet_and_spread(void **state)
{
    (void)state;
    struct random_seeded r;
    size_t seen[256] = {0};
    char text[CAPTCHA_SIZE];
    random_seeded_init(&r, 3);
    for (int i = 0; i < 1000; i++) {
        captcha_make(&r.random, text);
        assert_int_equal(strlen(text), CAPTCHA_CHARS);
        for (const char *c = text; *c; c++) {
            assert_non_null(strchr(captcha_alphabet, *c));
            seen[(unsigned char)*c]++;
        }
    }
    for (const char *c = captcha_alphabet; *c; c++)
        assert_true(seen[(unsigned char)*c] > 150);
}

static void what_is_typed_counts_without_case_and_blanks(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *read;
    } cases[] = {{"ACEHJ", "ACEHJ"}, {"acehj", "ACEHJ"}, {" a c e h j ", "ACEHJ"}, {"", NULL}, {"ACEH", NULL},
                 {"ACEHJK", NULL},   {"甲乙", NULL}};
    char out[CAPTCHA_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(captcha_read(cases[i].typed, out), cases[i].read != NULL);
        if (cases[i].read)
            assert_string_equal(out, cases[i].read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_has_its_size_and_ink_at_every_place),
        cmocka_unit_test(the_same_text_never_looks_the_same),
        cmocka_unit_test(every_character_is_drawn_and_differs_from_the_others),
        cmocka_unit_test(no_character_is_taken_for_another),
        cmocka_unit_test(texts_are_of_the_alphabet_and_spread),
        cmocka_unit_test(what_is_typed_counts_without_case_and_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
