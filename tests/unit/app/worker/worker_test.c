/* The real bulu-worker, driven through the app's door. */
#include "tests/support/worker.h"

#include "sync/base/random.h"
#include "tests/support/pictures.h"
#include "tests/support/t.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct worker_door *door;

static int number(const json_t *r, const char *name)
{
    return (int)json_integer_value(json_object_get(r, name));
}

static void expect_failure(const struct worker_said *s, const char *error, const char *detail_starts)
{
    if (s->ok)
        fail_msg("expected %s, got a result", error);
    assert_string_equal(s->error, error);
    if (detail_starts && strncmp(s->detail, detail_starts, strlen(detail_starts)) != 0)
        fail_msg("expected \"%s…\", got \"%s\"", detail_starts, s->detail);
}

/* --- page --- */
static void a_page_is_made_small_enough(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 1600, 1200, 95);
    static const int limits[] = {3670016, 400000, 60000};
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        CLEANUP(worker_said)
        struct worker_said s =
            worker_call(door, WORKER_PAGE, json_pack("{s:i}", "max_bytes", limits[i]), jpeg.p, jpeg.len);
        if (!s.ok)
            fail_msg("%s: %s", s.error, s.detail);
        assert_true(s.bytes.len <= (size_t)limits[i]);
        assert_true(s.progress >= 1);
    }
}

static void a_page_is_turned_as_asked_and_as_its_camera_says(void **state)
{
    (void)state;
    static const struct {
        int orientation, rotate, width, height;
    } cases[] = {{1, 0, 120, 80},   {1, 90, 80, 120},  {6, 0, 80, 120},
                 {6, 270, 120, 80}, {3, 180, 120, 80}, {8, 0, 80, 120}};
    AUTOFREE unsigned char *px = xcalloc(120 * 80, 4);
    for (int y = 0; y < 20; y++) /* the top left corner is red */
        for (int x = 0; x < 30; x++)
            px[(y * 120 + x) * 4 + 2] = 255;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str jpeg = {0};
        picture_jpeg(&jpeg, px, 120, 80, 95);
        if (cases[i].orientation != 1)
            picture_set_orientation(&jpeg, cases[i].orientation);
        CLEANUP(worker_said)
        struct worker_said s =
            worker_call(door, WORKER_PAGE, json_pack("{s:i}", "rotate", cases[i].rotate), jpeg.p, jpeg.len);
        assert_true(s.ok);
        assert_int_equal(number(s.result, "width"), cases[i].width);
        assert_int_equal(number(s.result, "height"), cases[i].height);
        assert_null(memmem(s.bytes.p, s.bytes.len, "Exif", 4)); /* no metadata */
        CLEANUP(worker_said)
        struct worker_said t = worker_call(door, WORKER_THUMB, json_pack("{s:i,s:i}", "width", 200, "height", 200),
                                           s.bytes.p, s.bytes.len);
        assert_true(t.ok);
        /* Where the red corner went: (orientation turn + rotate) quarters clockwise. */
        int quarters = (cases[i].orientation == 6   ? 1
                        : cases[i].orientation == 3 ? 2
                        : cases[i].orientation == 8 ? 3
                                                    : 0) +
                       cases[i].rotate / 90;
        int w = cases[i].width, h = cases[i].height;
        const int corner[4][2] = {{5, 5}, {w - 6, 5}, {w - 6, h - 6}, {5, h - 6}};
        for (int k = 0; k < 4; k++) {
            const unsigned char *p = (const unsigned char *)t.bytes.p + (corner[k][1] * w + corner[k][0]) * 4;
            assert_int_equal(p[2] > 128, k == quarters % 4);
        }
    }
}

static void what_is_in_the_box_is_cut_out(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = xcalloc(200 * 100, 4);
    for (int y = 0; y < 100; y++) /* the right half is red */
        for (int x = 100; x < 200; x++)
            px[(y * 200 + x) * 4 + 2] = 255;
    CLEANUP(str) struct str jpeg = {0};
    picture_jpeg(&jpeg, px, 200, 100, 95);
    static const struct {
        int rotate, x, y, w, h, most, width, height, red;
    } cases[] = {{0, 5000, 0, 5000, 10000, 0, 100, 100, 1},  {0, 0, 0, 5000, 10000, 0, 100, 100, 0},
                 {90, 0, 5000, 10000, 5000, 0, 100, 100, 1}, /* turned first: red is below */
                 {0, 5000, 0, 5000, 10000, 50, 50, 50, 1},   {0, 0, 0, 10000, 10000, 500, 200, 100, -1},
                 {0, 9999, 9999, 1, 1, 0, 1, 1, 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *args = json_pack("{s:i,s:[i,i,i,i],s:i,s:i}", "rotate", cases[i].rotate, "box", cases[i].x, cases[i].y,
                                 cases[i].w, cases[i].h, "width", cases[i].most, "height", cases[i].most);
        CLEANUP(worker_said) struct worker_said s = worker_call(door, WORKER_PAGE, args, jpeg.p, jpeg.len);
        if (!s.ok)
            fail_msg("case %zu: %s %s", i, s.error, s.detail);
        assert_int_equal(number(s.result, "width"), cases[i].width);
        assert_int_equal(number(s.result, "height"), cases[i].height);
        CLEANUP(worker_said)
        struct worker_said t = worker_call(door, WORKER_THUMB, json_pack("{s:i,s:i}", "width", 200, "height", 200),
                                           s.bytes.p, s.bytes.len);
        assert_true(t.ok);
        const unsigned char *mid =
            (const unsigned char *)t.bytes.p + (cases[i].height / 2 * cases[i].width + cases[i].width / 2) * 4;
        if (cases[i].red >= 0)
            assert_int_equal(mid[2] > 128, cases[i].red);
    }
    static const int bad[][4] = {{-1, 0, 10, 10}, {0, 0, 10001, 10}, {5000, 0, 5001, 10}, {0, 0, 0, 10}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *args = json_pack("{s:[i,i,i,i]}", "box", bad[i][0], bad[i][1], bad[i][2], bad[i][3]);
        CLEANUP(worker_said) struct worker_said s = worker_call(door, WORKER_PAGE, args, jpeg.p, jpeg.len);
        expect_failure(&s, "refused", "box");
    }
}

static void a_crooked_page_is_straightened_and_cut_out(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = picture_page(1240, 1754, 3, 60, 80);
    CLEANUP(str) struct str jpeg = {0};
    picture_jpeg(&jpeg, px, 1240, 1754, 90);
    CLEANUP(worker_said)
    struct worker_said s = worker_call(door, WORKER_PAGE, json_pack("{s:b}", "crop", 1), jpeg.p, jpeg.len);
    assert_true(s.ok);
    double degrees = json_real_value(json_object_get(s.result, "degrees"));
    if (degrees > -2.5 || degrees < -3.5)
        fail_msg("turned by %g", degrees);
    assert_true(json_is_true(json_object_get(s.result, "cropped")));
    assert_in_range(number(s.result, "width"), 970, 1030);
    assert_in_range(number(s.result, "height"), 1380, 1440);
    CLEANUP(worker_said) struct worker_said plain = worker_call(door, WORKER_PAGE, NULL, jpeg.p, jpeg.len);
    assert_int_equal(number(plain.result, "width"), 1240); /* only when asked */
}

static void white_paper_on_a_white_bed_is_left_whole(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = picture_page(1240, 1754, 0, 245, 100);
    CLEANUP(str) struct str png = {0};
    picture_png(&png, px, 1240, 1754);
    CLEANUP(worker_said)
    struct worker_said s = worker_call(door, WORKER_PAGE, json_pack("{s:b}", "crop", 1), png.p, png.len);
    assert_true(s.ok);
    assert_int_equal(number(s.result, "width"), 1240);
    assert_int_equal(number(s.result, "height"), 1754);
}

/* --- thumb --- */
static void every_format_gives_the_same_pixels(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = picture_page(200, 300, 0, 90, 80);
    struct str made[3] = {{0}};
    picture_jpeg(&made[0], px, 200, 300, 98);
    picture_png(&made[1], px, 200, 300);
    picture_bmp24(&made[2], px, 200, 300);
    static const char *const kinds[] = {"jpg", "png", "bmp"};
    for (int i = 0; i < 3; i++) {
        CLEANUP(worker_said)
        struct worker_said s = worker_call(door, WORKER_THUMB, json_pack("{s:i,s:i}", "width", 1000, "height", 1000),
                                           made[i].p, made[i].len);
        if (!s.ok)
            fail_msg("%s: %s %s", kinds[i], s.error, s.detail);
        assert_string_equal(json_string_value(json_object_get(s.result, "kind")), kinds[i]);
        assert_int_equal(number(s.result, "width"), 200); /* never larger than its own pixels */
        assert_int_equal(number(s.result, "stride"), 800);
        assert_int_equal(number(s.result, "pages"), 1);
        for (size_t k = 0; k < s.bytes.len; k++) {
            int gap = abs((int)(unsigned char)s.bytes.p[k] - (int)px[k]);
            if (gap > (i ? 0 : 60))
                fail_msg("%s: byte %zu differs by %d", kinds[i], k, gap);
        }
        str_finish(&made[i]);
    }
}

static void a_thumb_fits_its_box_and_zooms(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = picture_page(1000, 2000, 0, 90, 80);
    CLEANUP(str) struct str png = {0};
    picture_png(&png, px, 1000, 2000);
    static const struct {
        int box_width, box_height, rotate;
        double zoom;
        int width, height;
    } cases[] = {{300, 400, 0, 1, 200, 400},  {300, 400, 0, 2, 400, 800},     {300, 400, 0, 0.25, 50, 100},
                 {300, 400, 90, 1, 300, 150}, {5000, 5000, 0, 1, 1000, 2000}, {5000, 5000, 0, 2, 2000, 4000},
                 {1, 1, 0, 1, 1, 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(worker_said)
        struct worker_said s =
            worker_call(door, WORKER_THUMB,
                        json_pack("{s:i,s:i,s:i,s:f}", "width", cases[i].box_width, "height", cases[i].box_height,
                                  "rotate", cases[i].rotate, "zoom", cases[i].zoom),
                        png.p, png.len);
        if (!s.ok)
            fail_msg("case %zu: %s %s", i, s.error, s.detail);
        assert_int_equal(number(s.result, "width"), cases[i].width);
        assert_int_equal(number(s.result, "height"), cases[i].height);
        assert_int_equal(number(s.result, "source_width"), 1000);
    }
}

/* --- hostile bytes --- */
static void bytes_that_are_not_what_they_claim_are_named(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = picture_page(400, 300, 0, 90, 80);
    struct str jpeg = {0}, png = {0}, bmp = {0}, bomb = {0}, noise = {0};
    picture_jpeg(&jpeg, px, 400, 300, 90);
    picture_png(&png, px, 400, 300);
    picture_bmp24(&bmp, px, 400, 300);
    picture_png_bomb(&bomb, 50000, 50000);
    struct random_seeded r;
    random_seeded_init(&r, 1);
    random_fill(&r.random, str_reserve(&noise, 5000), 5000);
    noise.len = 5000;
    struct str big_jpeg = {0}, big_bmp = {0};
    str_add(&big_jpeg, jpeg.p, jpeg.len);
    unsigned char *sof = memmem(big_jpeg.p, big_jpeg.len, "\xff\xc0", 2);
    assert_non_null(sof);
    memset(sof + 5, 0xfa, 4); /* 64,250 × 64,250 */
    str_add(&big_bmp, bmp.p, bmp.len);
    memset(big_bmp.p + 18, 0x7f, 8);
    const struct {
        const char *name;
        const struct str *bytes;
        size_t len;
        const char *error, *detail;
    } cases[] = {{"nothing", &jpeg, 0, "format", "unknown"},
                 {"noise", &noise, noise.len, "format", "unknown"},
                 {"half a JPEG", &jpeg, jpeg.len / 2, "format", "truncated"},
                 {"a JPEG's magic", &jpeg, 3, "format", "broken"},
                 {"half a PNG", &png, png.len / 2, "format", "truncated"},
                 {"a PNG without its end", &png, png.len - 12, "format", "truncated"},
                 {"a PNG's magic", &png, 8, "format", "truncated"},
                 {"half a BMP", &bmp, bmp.len / 2, "format", "truncated"},
                 {"a BMP's head", &bmp, 26, "format", "truncated"},
                 {"a PNG bomb", &bomb, bomb.len, "limit", "50000"},
                 {"a JPEG of 4 gigapixels", &big_jpeg, big_jpeg.len, "limit", "64250"},
                 {"a BMP of 2^31 pixels a side", &big_bmp, big_bmp.len, "limit", ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (int kind = WORKER_PAGE; kind <= WORKER_THUMB; kind++) {
            int64_t from = worker_now();
            CLEANUP(worker_said)
            struct worker_said s = worker_call(door, (enum worker_kind)kind, NULL, cases[i].bytes->p, cases[i].len);
            print_message("%s: %s %s (%d ms)\n", cases[i].name, s.error, s.detail, (int)(worker_now() - from));
            expect_failure(&s, cases[i].error, cases[i].detail);
        }
    str_finish(&jpeg), str_finish(&png), str_finish(&bmp), str_finish(&bomb), str_finish(&noise);
    str_finish(&big_jpeg), str_finish(&big_bmp);
}

static void a_damaged_picture_never_costs_more_than_its_job(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = picture_page(160, 120, 0, 90, 80);
    struct str made[3] = {{0}};
    picture_jpeg(&made[0], px, 160, 120, 90);
    picture_png(&made[1], px, 160, 120);
    picture_bmp24(&made[2], px, 160, 120);
    struct random_seeded r;
    random_seeded_init(&r, 20260101);
    for (int round = 0; round < 150; round++) {
        const struct str *from = &made[round % 3];
        CLEANUP(str) struct str bad = {0};
        str_add(&bad, from->p, from->len);
        for (int k = 0; k < 8; k++)
            bad.p[random_below(&r.random, round % 2 ? 64 : bad.len)] = (char)random_u64(&r.random);
        CLEANUP(worker_said) struct worker_said s = worker_call(door, WORKER_THUMB, NULL, bad.p, bad.len);
        if (!s.ok && strcmp(s.error, "format") != 0 && strcmp(s.error, "limit") != 0)
            fail_msg("round %d: %s %s", round, s.error, s.detail);
    }
    for (int i = 0; i < 3; i++)
        str_finish(&made[i]);
}

static void arguments_outside_their_range_are_refused(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    static const struct {
        enum worker_kind kind;
        const char *args;
    } cases[] = {{WORKER_PAGE, "{\"rotate\":45}"},
                 {WORKER_PAGE, "{\"max_bytes\":-1}"},
                 {WORKER_PAGE, "{\"max_bytes\":\"x\"}"},
                 {WORKER_THUMB, "{\"width\":0}"},
                 {WORKER_THUMB, "{\"zoom\":1e9}"},
                 {WORKER_THUMB, "{\"page\":2}"},
                 {WORKER_PINYIN, "{\"letters\":\"\"}"},
                 {WORKER_PINYIN, "{\"letters\":\"Ren\"}"},
                 {WORKER_PINYIN, "{\"letters\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(worker_said)
        struct worker_said s = worker_call(door, cases[i].kind, json_loads(cases[i].args, 0, NULL), jpeg.p, jpeg.len);
        expect_failure(&s, "refused", NULL);
    }
}

/* --- pdf --- */
static void a_pdf_tells_its_pages_and_shows_them(void **state)
{
    (void)state;
    CLEANUP(str) struct str pdf = {0};
    picture_pdf(&pdf, 3, true);
    CLEANUP(worker_said)
    struct worker_said info = worker_call(door, WORKER_PDF, json_pack("{s:s}", "op", "info"), pdf.p, pdf.len);
    if (!info.ok)
        fail_msg("%s: %s", info.error, info.detail);
    assert_int_equal(number(info.result, "pages"), 3);
    assert_false(json_is_true(json_object_get(info.result, "encrypted")));
    assert_true(json_is_true(json_object_get(info.result, "script")));
    CLEANUP(worker_said)
    struct worker_said s = worker_call(
        door, WORKER_THUMB, json_pack("{s:i,s:i,s:i}", "width", 595, "height", 842, "page", 3), pdf.p, pdf.len);
    if (!s.ok)
        fail_msg("%s: %s", s.error, s.detail);
    assert_int_equal(number(s.result, "width"), 595);
    assert_int_equal(number(s.result, "height"), 842);
    assert_int_equal(number(s.result, "pages"), 3);
    assert_string_equal(json_string_value(json_object_get(s.result, "kind")), "pdf");
    const unsigned char *p = (const unsigned char *)s.bytes.p + ((842 - 300) * 595 + 200) * 4; /* in the red box */
    assert_true(p[2] == 255 && p[1] == 0 && p[0] == 0);
    CLEANUP(worker_said)
    struct worker_said none = worker_call(door, WORKER_THUMB, json_pack("{s:i}", "page", 4), pdf.p, pdf.len);
    expect_failure(&none, "refused", "page 4 is not there");
    CLEANUP(worker_said) struct worker_said page = worker_call(door, WORKER_PAGE, NULL, pdf.p, pdf.len);
    expect_failure(&page, "format", "pdf");
}

static void a_pdf_of_ten_thousand_pages_or_a_broken_one_is_refused(void **state)
{
    (void)state;
    CLEANUP(str) struct str many = {0}, broken = {0}, empty = {0};
    picture_pdf(&many, 10000, false);
    picture_pdf(&broken, 2, false);
    broken.len = 60;
    picture_pdf(&empty, 0, false);
    CLEANUP(worker_said) struct worker_said a = worker_call(door, WORKER_THUMB, NULL, many.p, many.len);
    expect_failure(&a, "limit", "10000 pages");
    CLEANUP(worker_said) struct worker_said b = worker_call(door, WORKER_THUMB, NULL, broken.p, broken.len);
    expect_failure(&b, "format", "broken");
    CLEANUP(worker_said) struct worker_said c = worker_call(door, WORKER_THUMB, NULL, empty.p, empty.len);
    expect_failure(&c, "format", "broken");
}

static void an_encrypted_pdf_says_so(void **state)
{
    (void)state;
    char plain[] = "/tmp/bulu-plain-XXXXXX", locked[] = "/tmp/bulu-locked-XXXXXX";
    CLEANUP(str) struct str pdf = {0}, out = {0};
    picture_pdf(&pdf, 2, false);
    int fd = mkstemp(plain);
    assert_int_equal(write(fd, pdf.p, pdf.len), pdf.len);
    close(fd);
    close(mkstemp(locked));
    AUTOFREE char *command = xasprintf("qpdf --encrypt geheim meister 256 -- %s %s", plain, locked);
    assert_int_equal(system(command), 0);
    FILE *f = fopen(locked, "r");
    out.len = fread(str_reserve(&out, 100000), 1, 100000, f);
    fclose(f);
    unlink(plain);
    unlink(locked);
    CLEANUP(worker_said)
    struct worker_said s = worker_call(door, WORKER_PDF, json_pack("{s:s}", "op", "info"), out.p, out.len);
    assert_true(s.ok);
    assert_true(json_is_true(json_object_get(s.result, "encrypted")));
    CLEANUP(worker_said) struct worker_said t = worker_call(door, WORKER_THUMB, NULL, out.p, out.len);
    expect_failure(&t, "format", "encrypted");
}

/* --- pinyin --- */
static void pinyin_finds_words_and_says_how_many_letters_they_use(void **state)
{
    (void)state;
    CLEANUP(worker_said)
    struct worker_said s =
        worker_call(door, WORKER_PINYIN, json_pack("{s:s,s:i}", "letters", "renshi", "max", 20), NULL, 0);
    assert_true(s.ok);
    assert_string_equal(json_string_value(json_object_get(s.result, "spelling")), "ren'shi");
    json_t *list = json_object_get(s.result, "candidates"), *c;
    bool whole = false, part = false;
    size_t i;
    json_array_foreach(list, i, c)
    {
        const char *text = json_string_value(json_object_get(c, "text"));
        whole = whole || (!strcmp(text, "人事") && number(c, "letters") == 6);
        part = part || (!strcmp(text, "人") && number(c, "letters") == 3);
    }
    assert_true(whole && part);
    assert_true(json_array_size(list) <= 20);
}

static void pinyin_remembers_nothing(void **state)
{
    (void)state;
    char *first = NULL;
    for (int i = 0; i < 20; i++) {
        CLEANUP(worker_said)
        struct worker_said s = worker_call(door, WORKER_PINYIN, json_pack("{s:s}", "letters", "maimaiti"), NULL, 0);
        char *text = json_dumps(s.result, JSON_COMPACT);
        if (first)
            assert_string_equal(text, first);
        else
            first = strdup(text);
        free(text);
        CLEANUP(worker_said)
        struct worker_said other =
            worker_call(door, WORKER_PINYIN, json_pack("{s:s}", "letters", i % 2 ? "zzzz" : "xian"), NULL, 0);
        assert_true(other.ok);
    }
    free(first);
}

static void any_letters_are_taken(void **state)
{
    (void)state;
    static const char *const alphabets[] = {"abcdefghijklmnopqrstuvwxyz", "an", "a", "ang", "ao", "aeong", "lve"};
    struct random_seeded r;
    random_seeded_init(&r, 5);
    for (int round = 0; round < 700; round++) {
        const char *alphabet = alphabets[round % 7];
        char z[40];
        size_t n = round < 14 ? 39 : 1 + random_below(&r.random, 39);
        for (size_t i = 0; i < n; i++)
            z[i] = alphabet[random_below(&r.random, strlen(alphabet))];
        z[n] = '\0';
        CLEANUP(worker_said)
        struct worker_said s = worker_call(door, WORKER_PINYIN, json_pack("{s:s}", "letters", z), NULL, 0);
        if (!s.ok)
            fail_msg("%s: %s %s", z, s.error, s.detail);
        if (round % 7 && z[0] != 'v') /* no syllable begins with v */
            if (json_array_size(json_object_get(s.result, "candidates")) == 0)
                fail_msg("%s: nothing", z);
    }
}

/* --- the lock --- */
static void a_job_that_reaches_out_is_killed_and_reported(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    static const char *const acts[] = {"open", "write", "socket", "fork", "exec", "ptrace", "kill", "code"};
    static const enum worker_kind kinds[] = {WORKER_PAGE, WORKER_THUMB, WORKER_PINYIN};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
        for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
            CLEANUP(worker_said)
            struct worker_said s =
                worker_call(door, kinds[k], json_pack("{s:s}", "selftest", acts[i]), jpeg.p, jpeg.len);
            expect_failure(&s, "killed", "signal SIGSYS");
            assert_int_equal(access("/tmp/bulu-selftest", F_OK), -1);
        }
}

static void programs_and_drivers_are_held_to_their_paths(void **state)
{
    (void)state;
    CLEANUP(str) struct str pdf = {0};
    picture_pdf(&pdf, 1, false);
    static const struct {
        const char *act, *pdf, *scan;
    } cases[] = {{"open", "open: EACCES", "open: EACCES"},
                 {"write", "write: EACCES", "write: EACCES"},
                 {"socket", "socket: EPERM", "socket: EPERM"},
                 {"exec", "exec: EACCES", "exec: EPERM"},
                 {"ptrace", "ptrace: EPERM", "ptrace: EPERM"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(worker_said)
        struct worker_said s =
            worker_call(door, WORKER_PDF, json_pack("{s:s}", "selftest", cases[i].act), pdf.p, pdf.len);
        expect_failure(&s, "refused", cases[i].pdf);
        CLEANUP(worker_said)
        struct worker_said t = worker_call(
            door, WORKER_SCAN, json_pack("{s:s,s:s}", "selftest", cases[i].act, "device", "test:0"), NULL, 0);
        expect_failure(&t, "refused", cases[i].scan);
    }
}

static void memory_input_and_output_have_their_limits(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    static const struct {
        const char *act, *error, *detail;
    } cases[] = {
#ifndef __SANITIZE_ADDRESS__ /* its shadow is address space, and it handles SIGSEGV itself */
        {"memory", "refused", "memory: ENOMEM"},
        {"crash", "killed", "signal SIGSEGV"},
#endif
        {"input", "refused", "input: EPERM"},
        {"output", "limit", "signal SIGXFSZ"},
        {"silence", "killed", "exit 0 without an answer"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(worker_said)
        struct worker_said s =
            worker_call(door, WORKER_PAGE, json_pack("{s:s}", "selftest", cases[i].act), jpeg.p, jpeg.len);
        expect_failure(&s, cases[i].error, cases[i].detail);
    }
}

static void a_job_past_its_deadline_is_killed(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    static const enum worker_kind kinds[] = {WORKER_PAGE, WORKER_PINYIN};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        CLEANUP(worker_said) struct worker_said s = {0};
        json_t *args = json_pack("{s:s}", "selftest", k ? "hang" : "spin");
        int64_t from = worker_now();
        worker_job(door, kinds[k], args, jpeg.p, jpeg.len, 300, &worker_said_ops, &s);
        json_decref(args);
        assert_true(worker_wait(door, &s, 5000));
        expect_failure(&s, "timeout", NULL);
        assert_in_range(worker_now() - from, 290, 1500);
    }
    CLEANUP(worker_said)
    struct worker_said next = worker_call(door, WORKER_PINYIN, json_pack("{s:s}", "letters", "a"), NULL, 0);
    assert_true(next.ok); /* a fresh child */
}

static void a_cancelled_job_ends_with_one_answer(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    struct worker_said s[6] = {{0}};
    int job[6];
    json_t *args = json_pack("{s:s}", "selftest", "hang");
    for (int i = 0; i < 6; i++) /* more than run at once: some are cancelled while they wait */
        job[i] = worker_job(door, WORKER_PAGE, args, jpeg.p, jpeg.len, 0, &worker_said_ops, &s[i]);
    json_decref(args);
    worker_turn(door, 50);
    for (int i = 0; i < 6; i++) {
        worker_cancel(door, job[i]);
        worker_cancel(door, job[i]);
        assert_int_equal(s[i].dones, 0); /* never from inside the call */
    }
    int64_t from = worker_now();
    for (int i = 0; i < 6; i++) {
        assert_true(worker_wait(door, &s[i], 3000));
        expect_failure(&s[i], "cancelled", NULL);
        worker_said_cleanup(&s[i]);
    }
    assert_true(worker_now() - from < 1000);
    worker_turn(door, 50);
    for (int i = 0; i < 6; i++)
        assert_int_equal(s[i].dones, 0);
    worker_cancel(door, job[0]); /* long gone */
}

/* --- the broker --- */
static pid_t broker_pid(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    int pid = 0;
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d", &pid), 1);
    fclose(f);
    return pid;
}

static void a_worker_that_dies_costs_its_jobs_and_comes_back(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    for (int round = 0; round < 3; round++) {
        CLEANUP(worker_said) struct worker_said lost = {0}, later = {0};
        json_t *args = json_pack("{s:s}", "selftest", "hang");
        worker_job(door, WORKER_PAGE, args, jpeg.p, jpeg.len, 0, &worker_said_ops, &lost);
        json_decref(args);
        worker_turn(door, 50);
        pid_t pid = broker_pid();
        kill(pid, SIGKILL);
        assert_true(worker_wait(door, &lost, 3000));
        expect_failure(&lost, "killed", "the worker ended");
        worker_job(door, WORKER_PAGE, NULL, jpeg.p, jpeg.len, 0, &worker_said_ops,
                   &later); /* posted while it is away */
        assert_true(worker_wait(door, &later, 10000));
        assert_true(later.ok);
        assert_int_not_equal(broker_pid(), pid);
    }
}

static void a_worker_that_hangs_is_replaced(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    pid_t pid = broker_pid();
    kill(pid, SIGSTOP);
    CLEANUP(worker_said) struct worker_said s = {0};
    worker_job(door, WORKER_PAGE, NULL, jpeg.p, jpeg.len, 100, &worker_said_ops, &s);
    assert_true(worker_wait(door, &s, 8000));
    expect_failure(&s, "timeout", NULL);
    CLEANUP(worker_said) struct worker_said next = worker_call(door, WORKER_PAGE, NULL, jpeg.p, jpeg.len);
    assert_true(next.ok);
    assert_int_not_equal(broker_pid(), pid);
}

static void the_door_leaves_no_process_behind(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    picture_noise_jpeg(&jpeg, 64, 64, 80);
    struct worker_door *d = worker_open();
    struct worker_said s = {0};
    json_t *args = json_pack("{s:s}", "selftest", "hang");
    for (int i = 0; i < 4; i++)
        worker_job(d, WORKER_PAGE, args, jpeg.p, jpeg.len, 0, &worker_said_ops, &s);
    json_decref(args);
    worker_turn(d, 50);
    worker_door_destroy(d);
    assert_int_equal(s.dones, 0);
    int status;
    pid_t left = waitpid(-1, &status, WNOHANG); /* the other door's broker is still there and runs */
    assert_int_equal(left, 0);
}

static void a_running_worker_is_found_by_its_socket(void **state)
{
    (void)state;
    AUTOFREE char *program = worker_program();
    char dir[] = "/tmp/bulu-listen-XXXXXX";
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *path = xasprintf("%s/worker.sock", dir);
    struct err e = {0};
    struct worker_door *d = worker_door_create(NULL, path, &e); /* before it listens: tried again */
    assert_non_null(d);
    pid_t pid = fork();
    if (pid == 0) {
        execl(program, "bulu-worker", "--listen", path, "--run-dir", dir, (char *)NULL);
        _exit(127);
    }
    CLEANUP(worker_said)
    struct worker_said s = worker_call(d, WORKER_PINYIN, json_pack("{s:s}", "letters", "xinjiang"), NULL, 0);
    assert_true(s.ok);
    CLEANUP(worker_said)
    struct worker_said honest =
        worker_call(d, WORKER_PINYIN, json_pack("{s:s,s:s}", "letters", "a", "selftest", "open"), NULL, 0);
    assert_true(honest.ok); /* without --selftest the word means nothing */
    worker_door_destroy(d);
    kill(pid, SIGTERM);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    AUTOFREE char *command = xasprintf("rm -rf %s", dir);
    assert_int_equal(system(command), 0);
}

static void a_door_to_nothing_is_refused(void **state)
{
    (void)state;
    struct err e = {0};
    assert_null(worker_door_create("/nonexistent/bulu-worker", NULL, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_null(worker_door_create(NULL, NULL, &e));
    worker_door_destroy(NULL);
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
        cmocka_unit_test(a_page_is_made_small_enough),
        cmocka_unit_test(a_page_is_turned_as_asked_and_as_its_camera_says),
        cmocka_unit_test(what_is_in_the_box_is_cut_out),
        cmocka_unit_test(a_crooked_page_is_straightened_and_cut_out),
        cmocka_unit_test(white_paper_on_a_white_bed_is_left_whole),
        cmocka_unit_test(every_format_gives_the_same_pixels),
        cmocka_unit_test(a_thumb_fits_its_box_and_zooms),
        cmocka_unit_test(bytes_that_are_not_what_they_claim_are_named),
        cmocka_unit_test(a_damaged_picture_never_costs_more_than_its_job),
        cmocka_unit_test(arguments_outside_their_range_are_refused),
        cmocka_unit_test(a_pdf_tells_its_pages_and_shows_them),
        cmocka_unit_test(a_pdf_of_ten_thousand_pages_or_a_broken_one_is_refused),
        cmocka_unit_test(an_encrypted_pdf_says_so),
        cmocka_unit_test(pinyin_finds_words_and_says_how_many_letters_they_use),
        cmocka_unit_test(pinyin_remembers_nothing),
        cmocka_unit_test(any_letters_are_taken),
        cmocka_unit_test(a_job_that_reaches_out_is_killed_and_reported),
        cmocka_unit_test(programs_and_drivers_are_held_to_their_paths),
        cmocka_unit_test(memory_input_and_output_have_their_limits),
        cmocka_unit_test(a_job_past_its_deadline_is_killed),
        cmocka_unit_test(a_cancelled_job_ends_with_one_answer),
        cmocka_unit_test(a_worker_that_dies_costs_its_jobs_and_comes_back),
        cmocka_unit_test(a_worker_that_hangs_is_replaced),
        cmocka_unit_test(the_door_leaves_no_process_behind),
        cmocka_unit_test(a_running_worker_is_found_by_its_socket),
        cmocka_unit_test(a_door_to_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, open_door, close_door);
}
