#include "app/ui/draw.h"

#include "app/shell/scale.h"
#include "app/ui/text_run.h"
#include "tests/support/t.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { W = 300, H = 200 };

struct canvas {
    struct draw *d;
    struct pixels px;
    struct rect dirty[64];
};

static struct canvas canvas_make(void)
{
    return (struct canvas){.d = draw_create(), .px = {xcalloc(W * H, 4), W, H, W}};
}

static void canvas_free(struct canvas *c)
{
    draw_destroy(c->d);
    free(c->px.p);
}

static uint32_t at(const struct canvas *c, int x, int y)
{
    return c->px.p[y * c->px.stride + x] & 0xffffff;
}

static void begin(struct canvas *c)
{
    draw_begin(c->d, c->px);
    draw_fill(c->d, (struct rect){0, 0, W, H}, 0xffffff, 255);
}

static int end(struct canvas *c)
{
    return draw_end(c->d, c->dirty, (int)ARRAY_LEN(c->dirty));
}

static int64_t dirty_area(const struct canvas *c, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (int64_t)c->dirty[i].w * c->dirty[i].h;
    return sum;
}

static void the_same_frame_twice_paints_nothing(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    for (int i = 0; i < 3; i++) {
        begin(&c);
        draw_round(c.d, (struct rect){20, 20, 200, 100}, 20, 0x0c6b6a, 255, 2, 0xd5dfdd);
        draw_stroke(c.d, (int[]){30, 30, 60, 60, 90, 20}, 3, 48, 0);
        int n = end(&c);
        if (i == 0)
            assert_int_equal(dirty_area(&c, n), W * H);
        else
            assert_int_equal(n, 0);
    }
    draw_forget(c.d);
    begin(&c);
    assert_int_equal(dirty_area(&c, end(&c)), W * H);
    canvas_free(&c);
}

static void a_caret_dirties_its_own_cell_only(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    for (int i = 0; i < 4; i++) {
        begin(&c);
        draw_round(c.d, (struct rect){5, 5, 290, 190}, 24, 0xffffff, 255, 2, 0xd5dfdd);
        if (i & 1)
            draw_fill(c.d, (struct rect){100, 70, 3, 40}, 0x0c6b6a, 255);
        int n = end(&c);
        if (i > 0) {
            assert_int_equal(n, 1);
            assert_memory_equal(&c.dirty[0], (&(struct rect){64, 64, 64, 64}), sizeof(struct rect));
            assert_int_equal(at(&c, 101, 80), i & 1 ? 0x0c6b6a : 0xffffff);
        }
    }
    canvas_free(&c);
}

static void a_card_that_grows_leaves_its_head_alone(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    for (int h = 100; h <= 180; h += 80) {
        begin(&c);
        draw_round(c.d, (struct rect){5, 5, 290, h}, 12, 0xe3f1ef, 255, 2, 0x0c6b6a);
        int n = end(&c);
        for (int i = 0; h > 100 && i < n; i++)
            if (c.dirty[i].x > 0 && c.dirty[i].x + c.dirty[i].w < 256)
                assert_true(c.dirty[i].y >= 64); /* the cells of the straight inside above stay */
    }
    canvas_free(&c);
}

static void rectangles_are_joined_down_to_what_was_asked_for(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    begin(&c);
    end(&c);
    begin(&c);
    for (int y = 10; y < H; y += 128)
        for (int x = 10; x < W; x += 128)
            draw_fill(c.d, (struct rect){x, y, 4, 4}, 0xff0000, 255);
    struct rect two[2];
    assert_int_equal(draw_end(c.d, two, 2), 2);
    for (int y = 10; y < H; y += 128)
        for (int x = 10; x < W; x += 128) {
            bool covered = false;
            for (int i = 0; i < 2; i++)
                covered = covered || rect_intersect(two[i], (struct rect){x, y, 4, 4}).w == 4;
            assert_true(covered);
        }
    canvas_free(&c);
}

static void fills_mix_and_are_clipped(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    begin(&c);
    draw_clip(c.d, (struct rect){10, 10, 50, 50});
    draw_clip(c.d, (struct rect){40, 0, 100, 30});
    draw_fill(c.d, (struct rect){0, 0, W, H}, 0x000000, 128);
    draw_unclip(c.d);
    draw_unclip(c.d);
    draw_dim(c.d, (struct rect){200, 100, 10, 10}, 255);
    end(&c);
    assert_int_equal(at(&c, 39, 20), 0xffffff);
    assert_int_equal(at(&c, 40, 9), 0xffffff);
    assert_int_equal(at(&c, 60, 20), 0xffffff);
    assert_int_equal(at(&c, 50, 30), 0xffffff);
    assert_in_range(at(&c, 40, 10) & 0xff, 126, 128);
    assert_in_range(at(&c, 59, 29) & 0xff, 126, 128);
    assert_int_equal(at(&c, 205, 105), 0);
    canvas_free(&c);
}

static double ink(const struct canvas *c, struct rect r)
{
    double sum = 0;
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            sum += (255 - (at(c, x, y) & 0xff)) / 255.0;
    return sum;
}

static void rounded_corners_have_the_area_of_the_circle(void **state)
{
    (void)state;
    static const int radii[] = {4, 12, 20, 24, 50};
    for (size_t i = 0; i < ARRAY_LEN(radii); i++) {
        struct canvas c = canvas_make();
        begin(&c);
        draw_round(c.d, (struct rect){20, 20, 120, 100}, radii[i], 0, 255, 0, 0);
        end(&c);
        double r = radii[i], want = 120 * 100 - (4 - M_PI) * r * r, got = ink(&c, (struct rect){0, 0, W, H});
        assert_true(fabs(got - want) < 1 + r * 0.12);
        for (int y = 0; y < 100; y++)
            for (int x = 0; x < 120; x++) {
                assert_int_equal(at(&c, 20 + x, 20 + y), at(&c, 139 - x, 20 + y));
                assert_int_equal(at(&c, 20 + x, 20 + y), at(&c, 20 + x, 119 - y));
            }
        canvas_free(&c);
    }
}

static void a_border_lies_inside_and_leaves_what_is_behind_an_empty_box(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    begin(&c);
    draw_fill(c.d, (struct rect){0, 0, W, H}, 0x00ff00, 255);
    draw_round(c.d, (struct rect){20, 20, 100, 80}, 20, 0, 0, 3, 0xff0000);
    end(&c);
    assert_int_equal(at(&c, 19, 60), 0x00ff00);
    assert_int_equal(at(&c, 20, 60), 0xff0000);
    assert_int_equal(at(&c, 22, 60), 0xff0000);
    assert_int_equal(at(&c, 23, 60), 0x00ff00);
    assert_int_equal(at(&c, 70, 99), 0xff0000);
    assert_int_equal(at(&c, 70, 60), 0x00ff00);
    assert_int_equal(at(&c, 20, 20), 0x00ff00);
    canvas_free(&c);
}

static void a_polygon_covers_its_area(void **state)
{
    (void)state;
    static const struct {
        int n, xy[12];
        double area;
    } cases[] = {
        {4, {10, 10, 60, 10, 60, 40, 10, 40}, 1500},
        {3, {10, 10, 110, 10, 10, 90}, 4000},
        {3, {10, 90, 110, 10, 10, 10}, 4000}, /* the other way round */
        {6, {0, 100, 50, 20, 90, 70, 130, 10, 200, 100, 0, 100}, 9750},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct canvas c = canvas_make();
        begin(&c);
        draw_polygon(c.d, cases[i].xy, cases[i].n, 0, 255);
        end(&c);
        double area = 0; /* by the shoelace formula, so that the table is checked too */
        for (int k = 0; k < cases[i].n; k++) {
            int m = (k + 1) % cases[i].n;
            area += cases[i].xy[2 * k] * cases[i].xy[2 * m + 1] - cases[i].xy[2 * m] * cases[i].xy[2 * k + 1];
        }
        assert_true(fabs(fabs(area) / 2 - cases[i].area) < 0.01);
        assert_true(fabs(ink(&c, (struct rect){0, 0, W, H}) - cases[i].area) < cases[i].area * 0.002 + 1);
        canvas_free(&c);
    }
}

static void a_polygon_that_is_cut_off_shows_the_same_pixels(void **state)
{
    (void)state;
    int xy[] = {-40, 150, 60, -30, 170, 90, 250, -10, 360, 260, -40, 230};
    struct canvas whole = canvas_make(), part = canvas_make();
    begin(&whole);
    draw_polygon(whole.d, xy, 6, 0x0c6b6a, 200);
    end(&whole);
    begin(&part);
    draw_clip(part.d, (struct rect){70, 30, 90, 60});
    draw_polygon(part.d, xy, 6, 0x0c6b6a, 200);
    end(&part);
    for (int y = 30; y < 90; y++)
        for (int x = 70; x < 160; x++)
            for (int shift = 0; shift < 24; shift += 8)
                assert_true(abs((int)(at(&whole, x, y) >> shift & 255) - (int)(at(&part, x, y) >> shift & 255)) <= 1);
    canvas_free(&whole);
    canvas_free(&part);
}

static void a_stroke_is_as_wide_as_asked_and_dark_once(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    begin(&c);
    draw_stroke(c.d, (int[]){50, 50, 150, 50, 50, 50}, 3, 6 * 16, 0); /* there and back */
    end(&c);
    assert_int_equal(at(&c, 100, 46), 0xffffff);
    assert_int_equal(at(&c, 100, 47), 0);
    assert_int_equal(at(&c, 100, 52), 0);
    assert_int_equal(at(&c, 100, 53), 0xffffff);
    assert_true(fabs(ink(&c, (struct rect){0, 0, W, H}) - (600 + M_PI * 9)) < 2);
    canvas_free(&c);
}

static void images_are_copied_averaged_and_turned(void **state)
{
    (void)state;
    static const uint32_t four[] = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff}; /* red green / blue white */
    struct pixels src = {(uint32_t *)four, 2, 2, 2};
    static const uint32_t want[4][4] = {{0xff0000, 0x00ff00, 0x0000ff, 0xffffff},
                                        {0x0000ff, 0xff0000, 0xffffff, 0x00ff00}, /* clockwise */
                                        {0xffffff, 0x0000ff, 0x00ff00, 0xff0000},
                                        {0x00ff00, 0xffffff, 0xff0000, 0x0000ff}};
    for (int turns = 0; turns < 8; turns++) {
        uint32_t out[4] = {0};
        scale_blit(&(struct pixels){out, 2, 2, 2}, (struct rect){0, 0, 2, 2}, (struct rect){0, 0, 2, 2}, &src,
                   (struct rect){0, 0, 2, 2}, turns);
        assert_memory_equal(out, want[turns % 4], sizeof out);
    }
    uint32_t one = 0;
    scale_blit(&(struct pixels){&one, 1, 1, 1}, (struct rect){0, 0, 1, 1}, (struct rect){0, 0, 1, 1}, &src,
               (struct rect){0, 0, 2, 2}, 0);
    for (int shift = 0; shift < 24; shift += 8)
        assert_in_range(one >> shift & 255, 127, 128);
}

static void a_scaled_picture_keeps_its_mean(void **state)
{
    (void)state;
    enum { SW = 97, SH = 61 };
    static uint32_t src[SW * SH], out[200 * 200];
    uint32_t seed = 7;
    double mean = 0;
    for (int i = 0; i < SW * SH; i++) {
        seed = seed * 1664525 + 1013904223;
        src[i] = (seed >> 8 & 255) * 0x010101;
        mean += (src[i] & 255) / (double)(SW * SH);
    }
    static const int sizes[][2] = {{10, 7}, {40, 33}, {96, 60}, {97, 61}, {150, 90}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1];
        struct pixels to = {out, w, h, w};
        scale_blit(&to, (struct rect){0, 0, w, h}, (struct rect){0, 0, w, h}, &(struct pixels){src, SW, SH, SW},
                   (struct rect){0, 0, SW, SH}, 0);
        double got = 0;
        for (int k = 0; k < w * h; k++)
            got += (out[k] & 255) / (double)(w * h);
        assert_true(fabs(got - mean) < 1.5);
    }
}

static void scene(struct canvas *c, unsigned seed, const struct text_run *run, const struct image *image)
{
    begin(c);
    draw_gradient(c->d, (struct rect){0, 0, W, 90}, 0x0b5a5a, 0x0c6b6a);
    for (int i = 0; i < 14; i++) {
        seed = seed * 1664525 + 1013904223;
        int x = (int)(seed >> 8 & 255), y = (int)(seed >> 16 & 127), s = 10 + (int)(seed >> 24 & 63);
        bool clip = seed & 0x40;
        if (clip)
            draw_clip(c->d, (struct rect){x + 3, y + 5, s, s});
        switch (i % 7) {
        case 0:
            draw_round(c->d, (struct rect){x, y, s * 2, s}, 15, seed, 200, 3, seed >> 4);
            break;
        case 1:
            draw_polygon(c->d, (int[]){x, y, x + s, y + 9, x + 20, y + s}, 3, seed, 120);
            break;
        case 2:
            draw_stroke(c->d, (int[]){x, y, x + s, y + s, x + s, y}, 3, 70, seed);
            break;
        case 3:
            draw_run(c->d, x, y + 30, run, seed);
            break;
        case 4:
            draw_image(c->d, (struct rect){x, y, s, s * 2}, image, (struct rect){0, 0, image->width, image->height},
                       (int)seed >> 3 & 3);
            break;
        case 5:
            draw_fill(c->d, (struct rect){x, y, s, s}, seed, 90);
            break;
        case 6:
            draw_dim(c->d, (struct rect){x, y, s, 12}, 60);
            break;
        }
        if (clip)
            draw_unclip(c->d);
    }
}

static void painting_only_what_changed_gives_the_same_picture(void **state)
{
    (void)state;
    uint8_t coverage[40 * 30];
    uint32_t picture[50 * 40];
    for (size_t i = 0; i < sizeof coverage; i++)
        coverage[i] = (uint8_t)(i % 11 < 5 ? 0 : i % 11 < 8 ? 255 : i * 7);
    for (size_t i = 0; i < ARRAY_LEN(picture); i++)
        picture[i] = (uint32_t)i * 2654435761u & 0xffffff;
    struct text_run run = {coverage, 40, 30, 40, -2, 24, 38, 99};
    struct image image = {picture, 50, 40, 50, 1};
    struct canvas step = canvas_make();
    for (unsigned i = 0; i < 60; i++) {
        scene(&step, i / 2 * 7919 + (i & 1), &run, &image);
        end(&step);
        struct canvas fresh = canvas_make();
        scene(&fresh, i / 2 * 7919 + (i & 1), &run, &image);
        end(&fresh);
        for (int k = 0; k < W * H; k++)
            for (int shift = 0; shift < 24; shift += 8) /* a polygon cut elsewhere may round otherwise */
                assert_true(abs((int)(step.px.p[k] >> shift & 255) - (int)(fresh.px.p[k] >> shift & 255)) <= 1);
        canvas_free(&fresh);
    }
    canvas_free(&step);
}

static void another_picture_is_painted_though_its_memory_is_the_same(void **state)
{
    (void)state;
    struct canvas c = canvas_make();
    uint32_t one = 0xff0000;
    struct image image = {&one, 1, 1, 1, 1};
    begin(&c);
    draw_image(c.d, (struct rect){70, 70, 20, 20}, &image, (struct rect){0, 0, 1, 1}, 0);
    end(&c);
    one = 0x0000ff;
    image.stamp = 2;
    begin(&c);
    draw_image(c.d, (struct rect){70, 70, 20, 20}, &image, (struct rect){0, 0, 1, 1}, 0);
    assert_int_equal(dirty_area(&c, end(&c)), 64 * 64);
    assert_int_equal(at(&c, 80, 80), 0x0000ff);
    canvas_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_frame_twice_paints_nothing),
        cmocka_unit_test(a_caret_dirties_its_own_cell_only),
        cmocka_unit_test(a_card_that_grows_leaves_its_head_alone),
        cmocka_unit_test(rectangles_are_joined_down_to_what_was_asked_for),
        cmocka_unit_test(fills_mix_and_are_clipped),
        cmocka_unit_test(rounded_corners_have_the_area_of_the_circle),
        cmocka_unit_test(a_border_lies_inside_and_leaves_what_is_behind_an_empty_box),
        cmocka_unit_test(a_polygon_covers_its_area),
        cmocka_unit_test(a_polygon_that_is_cut_off_shows_the_same_pixels),
        cmocka_unit_test(a_stroke_is_as_wide_as_asked_and_dark_once),
        cmocka_unit_test(images_are_copied_averaged_and_turned),
        cmocka_unit_test(a_scaled_picture_keeps_its_mean),
        cmocka_unit_test(painting_only_what_changed_gives_the_same_picture),
        cmocka_unit_test(another_picture_is_painted_though_its_memory_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
