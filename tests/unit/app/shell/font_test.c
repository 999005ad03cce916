#include "app/shell/font.h"

#include "sync/base/file.h"
#include "sync/record/strings.h"
#include "tests/support/t.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct fonts *open_or_fail(const char *dir)
{
    struct err e = {0};
    struct fonts *f = fonts_open(dir, &e);
    if (!f)
        fail_msg("%s", e.text);
    return f;
}

static void write_file(const char *dir, const char *name, const char *text)
{
    AUTOFREE char *path = path_join(dir, name);
    struct err e = {0};
    if (!file_write_durable(path, text, strlen(text), 0644, &e))
        fail_msg("%s", e.text);
}

static void remove_dir(const char *dir)
{
    AUTOFREE char *path = path_join(dir, "manifest.json");
    unlink(path);
    rmdir(dir);
}

static void the_faces_hold_the_characters_of_the_kiosks_languages(void **state)
{
    (void)state;
    struct fonts *f = open_or_fail("fonts");
    static const struct {
        enum face face;
        const char *text;
    } cases[] = {
        {FACE_SANS, "职称评审信息历史数据补录〔2011〕3号·ABCabc0123456789，。（）✓!–℃№①"},
        {FACE_SANS_BOLD, "职称评审信息历史数据补录ABCabc0123456789"},
        {FACE_ARABIC, "ئۇيغۇرچەتېكىستڭگھژپچۆۈۋې،؛؟"},
        {FACE_ARABIC, "قازاقشاٴتىلورتالىقمەملەكەتتىكۇيىمھڭۋ"},
        {FACE_ARABIC_BOLD, "ئۇيغۇرچەتېكىستقازاقشاٴ"},
        {FACE_LATIN, "‘’“”ЖәҚғүұқөһі"},
        {FACE_RARE, "\U00020000\U00020bb7\U0002b740\U0002cea1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *p = cases[i].text, *end = p + strlen(p);
        while (p < end) {
            uint32_t cp;
            p += utf8_next(p, end, &cp);
            if (!font_has(f, cases[i].face, cp))
                fail_msg("face %d lacks U+%04X", cases[i].face, cp);
        }
    }
    fonts_close(f);
}

/* The manifest without its subset must give the very same pixels: opening the full font moves nothing on the screen. */
static void the_first_paint_subset_shows_the_same_as_the_whole_font(void **state)
{
    (void)state;
    char dir[] = "/tmp/bulu-fonts-XXXXXX";
    assert_non_null(mkdtemp(dir));
    json_t *manifest = json_load_file("fonts/manifest.json", 0, NULL);
    assert_non_null(manifest);
    const char *name;
    json_t *face;
    json_object_foreach(json_object_get(manifest, "faces"), name, face) json_object_del(face, "subset");
    AUTOFREE char *text = json_dumps(manifest, 0);
    json_decref(manifest);
    write_file(dir, "manifest.json", text);
    struct fonts *subset = open_or_fail("fonts"), *full = open_or_fail(dir);
    static const char *const texts[] = {"职", "补", "录", "English", "AVATAR 2021", "10:24", "，", "。", "40–60"};
    static const int sizes[] = {26, 34, 52, 96};
    for (int bold = 0; bold < 2; bold++)
        for (size_t i = 0; i < ARRAY_LEN(texts) * ARRAY_LEN(sizes); i++) {
            const char *z = texts[i % ARRAY_LEN(texts)], *script = (unsigned char)z[0] < 0x80 ? "Latn" : "Hani";
            int px = sizes[i / ARRAY_LEN(texts)];
            struct run_bitmap a, b;
            assert_true(font_run(subset, bold ? FACE_SANS_BOLD : FACE_SANS, px, z, false, script, &a));
            assert_true(font_run(full, bold ? FACE_SANS_BOLD : FACE_SANS, px, z, false, script, &b));
            assert_int_equal(a.advance, b.advance);
            assert_int_equal(a.left, b.left);
            assert_int_equal(a.ascent, b.ascent);
            assert_int_equal(a.width, b.width);
            assert_int_equal(a.height, b.height);
            assert_memory_equal(a.coverage, b.coverage, (size_t)(a.stride * a.height));
            free(a.coverage);
            free(b.coverage);
        }
    fonts_close(subset);
    fonts_close(full);
    remove_dir(dir);
}

/* fonts/subset.sh must be run again when this fails. */
static void the_subset_has_every_character_of_the_idle_page(void **state)
{
    (void)state;
    char dir[] = "/tmp/bulu-fonts-XXXXXX";
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *here = realpath("fonts", NULL);
    AUTOFREE char *manifest = xasprintf(
        "{\"faces\": {\"sans\": {\"candidates\": [{\"file\": \"%s/sans-regular.otf\"}]}, \"sans-bold\": {\"candidates\": [{\"file\": "
        "\"%s/sans-bold.otf\"}]}, \"arabic\": {}, \"arabic-bold\": {}, \"latin\": {}, \"latin-bold\": {}, \"rare\": {}}}",
        here, here);
    write_file(dir, "manifest.json", manifest);
    struct fonts *f = open_or_fail(dir);
    struct err e = {0};
    struct strings *zh = strings_load("assets/strings/zh.po", &e);
    assert_non_null(zh);
    size_t words = 0;
    for (size_t i = 0; i < strings_count(zh); i++) {
        const char *key = strings_key_at(zh, i), *p = strings_find(zh, key), *end = p + strlen(p);
        if (strncmp(key, "idle.", 5) != 0 && strncmp(key, "link.", 5) != 0)
            continue;
        words++;
        while (p < end) {
            uint32_t cp;
            p += utf8_next(p, end, &cp);
            if (cp >= ' ' && !(font_has(f, FACE_SANS, cp) && font_has(f, FACE_SANS_BOLD, cp)))
                fail_msg("U+%04X of \"%s\" is not in the first-paint subset", cp, key);
        }
    }
    assert_true(words > 5);
    strings_destroy(zh);
    fonts_close(f);
    remove_dir(dir);
}

static void a_run_is_where_its_pen_is(void **state)
{
    (void)state;
    struct fonts *f = open_or_fail("fonts");
    struct run_bitmap b;
    assert_true(font_run(f, FACE_SANS, 100, "中", false, "Hani", &b));
    assert_int_equal(b.advance, 100);
    assert_true(b.left > 0 && b.left + b.width < 100);
    assert_true(b.ascent > 70 && b.ascent < 95 && b.height > 80);
    free(b.coverage);
    /* A j hangs out on the left of its pen. */
    assert_true(font_run(f, FACE_SANS, 100, "j", false, "Latn", &b));
    assert_true(b.left < 0);
    free(b.coverage);
    assert_true(font_run(f, FACE_SANS, 100, " ", false, "Latn", &b));
    assert_int_equal(b.width, 0);
    assert_true(b.advance > 10);
    free(b.coverage);
    /* Advances of parts add up: nothing is rounded away between words. */
    int a = font_advance(f, FACE_SANS, 34, "offline", false, "Latn"),
        s = font_advance(f, FACE_SANS, 34, " ", false, "Latn");
    assert_int_equal(font_advance(f, FACE_SANS, 34, "offline offline", false, "Latn"), 2 * a + s);
    /* Arabic joins: letters together are narrower than alone. */
    int joined = font_advance(f, FACE_ARABIC, 60, "ببب", true, "Arab"),
        alone = font_advance(f, FACE_ARABIC, 60, "ب", true, "Arab");
    assert_true(joined < 3 * alone);
    fonts_close(f);
}

static void a_manifest_that_is_wrong_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *json, *words;
    } cases[] = {
        {"{", "manifest.json:1"},
        {"{\"faces\": {}}", "\"sans\" is missing"},
        {"{\"faces\": {\"sans\": {\"candidates\": [{\"index\": 1}]}}}", "candidate 1 has no file"},
        {"{\"faces\": {\"sans\": {\"scale\": 0}}}", "scale"},
        {"{\"faces\": {\"sans\": {\"candidates\": [{\"file\": \"nowhere.ttf\"}]}, \"sans-bold\": {}, \"arabic\": {}, \"arabic-bold\": {},"
         " \"latin\": {}, \"latin-bold\": {}, \"rare\": {}}}",
         "fonts-noto-cjk"},
    };
    char dir[] = "/tmp/bulu-fonts-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct err e;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        write_file(dir, "manifest.json", cases[i].json);
        memset(&e, 0, sizeof e);
        assert_null(fonts_open(dir, &e));
        if (!strstr(e.text, cases[i].words))
            fail_msg("\"%s\" does not say \"%s\"", e.text, cases[i].words);
    }
    remove_dir(dir);
    assert_null(fonts_open("/nonexistent", &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_faces_hold_the_characters_of_the_kiosks_languages),
        cmocka_unit_test(the_first_paint_subset_shows_the_same_as_the_whole_font),
        cmocka_unit_test(the_subset_has_every_character_of_the_idle_page),
        cmocka_unit_test(a_run_is_where_its_pen_is),
        cmocka_unit_test(a_manifest_that_is_wrong_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
