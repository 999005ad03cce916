#include "tests/support/t.h"

#include "app/ui/theme.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* assets/theme in a folder of its own, one line of normal.ini or contrast.ini changed. */
static char *copy_with(const char *file, const char *from, const char *to)
{
    char *dir = xstrdup("/tmp/bulu-theme-XXXXXX");
    assert_non_null(mkdtemp(dir));
    AUTOFREE char *folder = xasprintf("%s/theme", dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    const char *names[] = {"normal.ini", "contrast.ini"};
    for (size_t i = 0; i < 2; i++) {
        AUTOFREE char *in = xasprintf("assets/theme/%s", names[i]), *out = xasprintf("%s/%s", folder, names[i]);
        FILE *a = fopen(in, "r"), *b = fopen(out, "w");
        assert_non_null(a);
        assert_non_null(b);
        char line[200];
        while (fgets(line, sizeof line, a))
            fputs(strcmp(names[i], file) == 0 && strncmp(line, from, strlen(from)) == 0 ? to : line, b);
        fclose(a);
        fclose(b);
    }
    return dir;
}

static void drop(char *dir)
{
    const char *names[] = {"theme/normal.ini", "theme/contrast.ini", "theme", ""};
    for (size_t i = 0; i < 4; i++) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, names[i]);
        remove(path);
    }
    free(dir);
}

static void the_theme_of_the_assets_loads(void **state)
{
    (void)state;
    struct theme_set set;
    struct err e = {0};
    if (!theme_load("assets", &set, &e))
        fail_msg("%s", e.text);
    assert_int_equal(set.normal.brand, 0x0c6b6a);
    assert_int_equal(set.normal.title, 52);
    assert_int_equal(set.normal.space[5], 56);
    assert_int_equal(set.contrast.title, 52); /* what contrast.ini does not say is as in normal.ini */
    assert_int_equal(set.contrast.ink, 0);
    assert_int_equal(set.px_per_mm_x100, 402);
}

static void a_wrong_line_is_told_with_file_and_line(void **state)
{
    (void)state;
    const struct {
        const char *file, *from, *to, *want[3];
    } cases[] = {
        {"normal.ini", "ink = ", "ink = 16302f\n", {"normal.ini:3", "16302f", "#rrggbb"}},
        {"normal.ini", "ink = ", "ink = #16302g\n", {"normal.ini:3", "#rrggbb"}},
        {"normal.ini", "body = ", "body = 0\n", {"normal.ini:", "body", "between 1 and"}},
        {"normal.ini", "body = ", "body = 34px\n", {"normal.ini:", "34px"}},
        {"normal.ini", "body = ", "boddy = 34\n", {"normal.ini:", "boddy", "no value"}},
        {"normal.ini", "body = ", "\n", {"normal.ini", "[type] body", "missing"}},
        {"normal.ini", "body = ", "what is this\n", {"normal.ini:", "expected name = value"}},
        {"contrast.ini", "good = ", "good = green\n", {"contrast.ini:", "green"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *dir = copy_with(cases[i].file, cases[i].from, cases[i].to);
        struct theme_set set = {.px_per_mm_x100 = 77};
        struct err e = {0};
        assert_false(theme_load(dir, &set, &e));
        for (size_t k = 0; k < 3 && cases[i].want[k]; k++)
            if (!strstr(e.text, cases[i].want[k]))
                fail_msg("case %zu: \"%s\" does not say \"%s\"", i, e.text, cases[i].want[k]);
        assert_int_equal(set.px_per_mm_x100, 77); /* the old one stays */
        drop(dir);
    }
    struct theme_set set;
    struct err e = {0};
    assert_false(theme_load("/nowhere", &set, &e));
    assert_non_null(strstr(e.text, "/nowhere/theme/normal.ini"));
}

static double luminance(uint32_t c)
{
    double sum = 0;
    const double share[] = {0.0722, 0.7152, 0.2126};
    for (int i = 0; i < 3; i++) {
        double v = (c >> 8 * i & 255) / 255.0;
        sum += share[i] * (v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(uint32_t a, uint32_t b)
{
    double x = luminance(a), y = luminance(b);
    return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

static void what_must_be_read(const struct theme *t, double least)
{
    const struct {
        const char *what;
        uint32_t text, ground;
    } pairs[] = {
        {"ink on card", t->ink, t->card},
        {"ink on paper", t->ink, t->paper},
        {"ink2 on card", t->ink2, t->card},
        {"ink2 on paper", t->ink2, t->paper},
        {"ink on tint", t->ink, t->tint},
        {"ink2 on tint", t->ink2, t->tint},
        {"brand on card", t->brand, t->card},
        {"brand on tint", t->brand, t->tint},
        {"white on brand", 0xffffff, t->brand},
        {"white on blue", 0xffffff, t->blue},
        {"blue on card", t->blue, t->card},
        {"white on deep", 0xffffff, t->deep},
        {"good on its tint", t->good, t->good_tint},
        {"bad on its tint", t->bad, t->bad_tint},
        {"bad on card", t->bad, t->card},
        {"bad on paper", t->bad, t->paper},
        {"apricot's ink on its tint", t->apricot_ink, t->apricot_tint},
        {"apricot's ink on paper", t->apricot_ink, t->paper},
        {"ink on keys", t->ink, t->key},
        {"ink on quiet keys", t->ink, t->key_quiet},
        {"ink2 on the panel", t->ink2, t->panel},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (contrast(pairs[i].text, pairs[i].ground) < least)
            fail_msg("%s: %.2f:1, expected %.1f:1", pairs[i].what, contrast(pairs[i].text, pairs[i].ground), least);
}

/* 如果所填信息为最高学历，则需要如下图将按钮点击至蓝色状态: R073 */
static void a_switch_that_is_on_is_blue(void **state)
{
    (void)state;
    struct theme_set set;
    struct err e = {0};
    assert_true(theme_load("assets", &set, &e));
    const uint32_t blues[] = {set.normal.blue, set.contrast.blue};
    for (size_t i = 0; i < 2; i++) {
        int r = (int)(blues[i] >> 16 & 255), g = (int)(blues[i] >> 8 & 255), b = (int)(blues[i] & 255);
        assert_true(b > r + 60 && b > g + 40);
    }
}

/* WCAG 2.2: 4.5:1, and 7:1 in the high-contrast theme. */
static void every_text_that_must_be_read_has_its_contrast(void **state)
{
    (void)state;
    struct theme_set set;
    struct err e;
    assert_true(theme_load("assets", &set, &e));
    what_must_be_read(&set.normal, 4.5);
    what_must_be_read(&set.contrast, 7.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_theme_of_the_assets_loads),
        cmocka_unit_test(a_wrong_line_is_told_with_file_and_line),
        cmocka_unit_test(a_switch_that_is_on_is_blue),
        cmocka_unit_test(every_text_that_must_be_read_has_its_contrast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
