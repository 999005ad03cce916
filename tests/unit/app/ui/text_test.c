#include "app/ui/text.h"

#include "app/ui/draw.h"
#include "app/ui/text_internal.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#define LRI  "\u2066"
#define FSI  "\u2068"
#define PDI  "\u2069"
#define BODY ((struct text_style){34, false, false})

static struct fonts *fonts;
static struct text_system *t;

static int setup(void **state)
{
    (void)state;
    struct err e = {0};
    fonts = fonts_open("fonts", &e);
    if (!fonts) {
        fprintf(stderr, "%s\n", e.text);
        return -1;
    }
    t = text_create(fonts);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    text_destroy(t);
    fonts_close(fonts);
    return 0;
}

static const struct layout *lay(const char *text, int width, int max_lines, bool rtl)
{
    return (const struct layout *)text_lay(t, text, BODY, width, max_lines, rtl, 140);
}

/* What stands on a line, from left to right, as the bytes of its pieces (a right-to-left piece as it is stored). */
static void seen(const struct layout *l, size_t line, struct str *out)
{
    str_clear(out);
    for (size_t i = 0; i < l->lines[line].n; i++) {
        const struct piece *p = &l->pieces[l->lines[line].first + i];
        for (uint32_t g = p->from; g < p->to; g++)
            if (!l->glyphs[g].skip)
                str_add(out, l->text + l->glyphs[g].at, l->glyphs[g].bytes);
    }
}

/* The bytes of a line in the order of writing. */
static void written(const struct layout *l, size_t line, struct str *out)
{
    str_clear(out);
    for (uint32_t g = l->lines[line].from; g < l->lines[line].to; g++)
        str_add(out, l->text + l->glyphs[g].at, l->glyphs[g].bytes);
}

static void numbers_inside_uyghur_are_not_reversed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *whole;
    } cases[] = {
        {"كىملىك نومۇرى 650102199003072316 بار", "650102199003072316"},
        {"تېلېفون " FSI "+86 139-0000-0000" PDI " نومۇر", "+86 139-0000-0000"},
        {"چىسلا " FSI "2010-12-31" PDI " دا", "2010-12-31"},
        {"ئىسمى " FSI "阿依古丽·买买提" PDI " ئىكەن", "阿依古丽·买买提"},
        {"نومۇر " LRI "7K3M-9QXT-2RWD-P" PDI, "7K3M-9QXT-2RWD-P"},
        {"نومۇر 新经信人事〔2011〕3号 بار", "新经信人事〔2011〕3号"},
    };
    CLEANUP(str) struct str line = {0};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct layout *l = lay(cases[i].text, 0, 0, true);
        seen(l, 0, &line);
        if (!strstr(str_z(&line), cases[i].whole))
            fail_msg("\"%s\" is seen as \"%s\"", cases[i].whole, str_z(&line));
        for (size_t k = 0; k < l->n_pieces; k++) {
            uint32_t cp = l->glyphs[l->pieces[k].from].cp;
            if ((cp >= '0' && cp <= 'Z') || cp >= 0x3400)
                assert_int_equal(l->pieces[k].level & 1, 0); /* its glyphs run left to right as well */
        }
        /* The first word is the rightmost. */
        const struct piece *first = NULL, *last = NULL;
        for (size_t k = 0; k < l->n_pieces; k++) {
            if (l->pieces[k].from == 0)
                first = &l->pieces[k];
            if (l->pieces[k].run && (!last || l->pieces[k].from > last->from))
                last = &l->pieces[k];
        }
        assert_true(first && first->x + first->advance == l->pub.width);
        assert_true(first && last && last->x < first->x);
    }
}

static void a_text_without_right_to_left_letters_keeps_its_order_in_a_right_to_left_page(void **state)
{
    (void)state;
    static const char *const texts[] = {"16 项", "+86 139-0000-0000", "2010-12-31", "已保存。", "A (B)", "10:00–19:30"};
    CLEANUP(str) struct str line = {0};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        seen(lay(texts[i], 0, 0, true), 0, &line);
        assert_string_equal(line.p, texts[i]);
    }
    const struct layout *l = lay("很长的一段文字会换到第二行", 240, 0, true);
    assert_true(l->n_lines > 1);
    assert_int_equal(l->lines[l->n_lines - 1].start + l->lines[l->n_lines - 1].width, l->pub.width); /* at the right */
}

static void isolates_and_controls_take_no_room(void **state)
{
    (void)state;
    assert_int_equal(lay(FSI "139" PDI, 0, 0, false)->pub.width, lay("139", 0, 0, false)->pub.width);
    assert_int_equal(lay("汉\u200b字\ufeff", 0, 0, false)->pub.width, lay("汉字", 0, 0, false)->pub.width);
}

static void brackets_are_mirrored_only_in_right_to_left_text(void **state)
{
    (void)state;
    const struct layout *l = lay("(تور)", 0, 0, true);
    for (size_t i = 0; i < l->n_pieces; i++)
        assert_true(l->pieces[i].level & 1);
    l = lay("A (B)", 0, 0, false);
    for (size_t i = 0; i < l->n_pieces; i++)
        assert_false(l->pieces[i].level & 1);
}

static bool starts_with_any(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strncmp(text, *list, strlen(*list)) == 0)
            return true;
    return false;
}

static bool ends_with_any(const char *text, size_t len, const char *const *list)
{
    for (; *list; list++)
        if (len >= strlen(*list) && memcmp(text + len - strlen(*list), *list, strlen(*list)) == 0)
            return true;
    return false;
}

static void lines_obey_kinsoku_at_every_width(void **state)
{
    (void)state;
    static const char *const never_first[] = {"，", "。", "、", "；", "：", "？", "！", "）", "》",
                                              "」", "”",  "·",  "…",  "—",  "%",  "〕", NULL};
    static const char *const never_last[] = {"（", "《", "「", "“", "〔", NULL};
    static const char *const texts[] = {
        "第一次约40–60分钟，可以随时停下，下次接着办。请带身份证、职称证书、批文（原件或复印件）。",
        "我要新增【补录申报表】；《关于印发“职称评审”的通知》（新人社发〔2011〕3号）：合格率100%！阿依古丽·买买提……好吗？",
        "他说：“保存并下一步”——然后“提交”，对不对？",
    };
    CLEANUP(str) struct str line = {0};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        for (int width = 150; width < 700; width += 7) {
            const struct layout *l = lay(texts[i], width, 0, false);
            assert_true(l->pub.width <= width);
            size_t total = 0;
            for (size_t k = 0; k < l->n_lines; k++) {
                written(l, k, &line);
                total += line.len;
                if (k > 0 && starts_with_any(line.p, never_first))
                    fail_msg("width %d: a line starts with \"%s\"", width, line.p);
                if (k + 1 < l->n_lines && ends_with_any(line.p, line.len, never_last))
                    fail_msg("width %d: a line ends with \"%s\"", width, line.p);
            }
            assert_int_equal(total, strlen(texts[i])); /* nothing lost, nothing twice */
        }
}

static void words_stay_whole_and_only_too_long_ones_are_cut(void **state)
{
    (void)state;
    const struct layout *l = lay("offline since yesterday", 200, 0, false);
    CLEANUP(str) struct str line = {0};
    written(l, 0, &line);
    assert_string_equal(line.p, "offline since ");
    l = lay("0123456789abcdef0123456789abcdef0123456789abcdef", 200, 0, false);
    assert_true(l->pub.lines > 2);
    assert_true(l->pub.width <= 200);
    l = lay("e\u0301e\u0301e\u0301", 1, 0, false); /* too narrow for anything: a grapheme a line */
    assert_int_equal(l->pub.lines, 3);
}

static void line_ends_are_obeyed(void **state)
{
    (void)state;
    assert_int_equal(lay("一\n二\n", 500, 0, false)->pub.lines, 3);
    assert_int_equal(lay("一\n二", 0, 0, false)->pub.lines, 1);
    assert_int_equal(lay("", 500, 0, false)->pub.lines, 1);
    assert_int_equal(lay("", 500, 0, true)->pub.width, 0);
}

static void what_does_not_fit_ends_in_an_ellipsis(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "很长的一段文字会被截断，因为最多只有两行，第二行末尾是省略号，后面的都看不见了",
        "a very long sentence that is going to be cut because there are only two lines of it here",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "第一行\n第二行\n第三行",
        "تۆۋەندىكى خاتالىقلارنى توغرىلاڭ تۆۋەندىكى خاتالىقلارنى توغرىلاڭ تۆۋەندىكى"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        for (int width = 60; width < 400; width += 23) {
            bool rtl = i == 4;
            const struct layout *l = lay(texts[i], width, 2, rtl);
            if (!l->pub.cut) {
                assert_true(l->pub.lines <= 2);
                continue;
            }
            assert_int_equal(l->pub.lines, 2);
            assert_true(l->pub.width <= width);
            const struct line *last = &l->lines[1];
            const struct piece *dots = &l->pieces[rtl ? last->first : last->first + last->n - 1];
            assert_int_equal(dots->from, dots->to);
            assert_non_null(dots->run);
        }
    assert_false(lay("短", 400, 2, false)->pub.cut);
    assert_true(lay(texts[0], 400, 1, false)->pub.cut);
}

static void the_caret_comes_back_to_where_it_was(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int width;
        bool rtl;
    } cases[] = {
        {"阿依古丽·买买提", 0, false},
        {"650102 19900307 2316", 0, false},
        {"e\u0301a\u0308o office", 0, false},
        {"很长的一段文字会换到第二行", 200, false},
        {"offline since yesterday", 200, false},
        {"مەملەكەت", 0, true},
        {"𠀀𠮷字", 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct layout *l = lay(cases[i].text, cases[i].width, 0, cases[i].rtl);
        size_t len = strlen(cases[i].text);
        for (size_t at = 0;; at = text_next_grapheme(cases[i].text, len, at)) {
            int x, y;
            text_caret(&l->pub, at, &x, &y);
            size_t back = text_hit(&l->pub, x, y + 5);
            /* A ligature and a blank at a line's end have more than one border at one place: the place must be the same. */
            int bx, by;
            text_caret(&l->pub, back, &bx, &by);
            assert_int_equal(bx, x);
            assert_int_equal(by, y);
            if (cases[i].width == 0 && !cases[i].rtl)
                assert_int_equal(back, at);
            if (at == len)
                break;
        }
    }
}

static void the_caret_runs_with_the_writing(void **state)
{
    (void)state;
    const char *text = "مەملەكەت 123 تور";
    const struct layout *l = lay(text, 0, 0, true);
    int x0, x1, y, before_digit, after_digit;
    text_caret(&l->pub, 0, &x0, &y);
    text_caret(&l->pub, strlen(text), &x1, &y);
    assert_int_equal(x0, l->pub.width); /* right-to-left: from the right edge to the left */
    assert_int_equal(x1, 0);
    size_t one = (size_t)(strchr(text, '1') - text);
    text_caret(&l->pub, one + 1, &before_digit, &y);
    text_caret(&l->pub, one + 2, &after_digit, &y);
    assert_true(after_digit > before_digit); /* figures run left to right inside */
    const char *combining = "e\u0301x";
    l = lay(combining, 0, 0, false);
    int inside, start;
    text_caret(&l->pub, 0, &start, &y);
    text_caret(&l->pub, 1, &inside, &y);
    assert_int_equal(inside, start); /* never inside a grapheme */
    text_caret(&lay("", 300, 0, false)->pub, 0, &x0, &y);
    assert_int_equal(x0, 0);
}

static void a_selection_covers_what_is_between(void **state)
{
    (void)state;
    struct rect r[8];
    const struct layout *l = lay("补录申报表", 0, 0, false);
    assert_int_equal(text_selection(&l->pub, 3, 9, r, 8), 1);
    assert_int_equal(r[0].x, 34);
    assert_int_equal(r[0].w, 68);
    assert_int_equal(text_selection(&l->pub, 3, 3, r, 8), 0);
    const char *mixed = "ab مەملەكەت cd";
    l = lay(mixed, 0, 0, false);
    int n = text_selection(&l->pub, 0, strlen(mixed), r, 8), sum = 0;
    for (int i = 0; i < n; i++)
        sum += r[i].w;
    assert_int_equal(sum, l->pub.width);
    l = lay("很长的一段文字会换到第二行", 200, 0, false);
    assert_true(text_selection(&l->pub, 0, strlen(l->text), r, 8) == l->pub.lines);
}

static void rare_characters_come_from_the_next_face(void **state)
{
    (void)state;
    static const struct {
        uint32_t cp;
        const char *text;
        enum face face;
    } cases[] = {{0x4e2d, "中", FACE_SANS},          {0x9fa5, "龥", FACE_SANS}, {0x2b740, "\U0002b740", FACE_RARE},
                 {0x2ceb0, "\U0002ceb0", FACE_RARE}, {0x626, "ئ", FACE_ARABIC}, {'A', "A", FACE_SANS}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct layout *l = lay(cases[i].text, 0, 0, false);
        if (!font_has(fonts, cases[i].face, cases[i].cp))
            fail_msg("face %d lacks U+%X", cases[i].face, cases[i].cp);
        assert_int_equal(l->glyphs[0].face, cases[i].face);
        const struct text_run *run = run_render(text_runs(t), l->pieces[0].run);
        assert_true(run->width > 0 && run->height > 0 && run->coverage != NULL);
    }
    /* A fallback moves nothing: the line is as high as before. */
    assert_int_equal(lay("中\U0002b740", 0, 0, false)->pub.baseline, lay("中中", 0, 0, false)->pub.baseline);
    assert_int_equal(lay("ئۇ中A\U0002b740", 0, 0, false)->pub.height, lay("中", 0, 0, false)->pub.height);
}

static void figures_are_of_one_width(void **state)
{
    (void)state;
    struct text_style style = {50, false, true};
    int one = text_lay(t, "11111", style, 0, 0, false, 140)->width;
    for (int i = 0; i < 10; i++) {
        char c = "0123456789"[i], five[6] = {c, c, c, c, c, 0};
        assert_int_equal(text_lay(t, five, style, 0, 0, false, 140)->width, one);
    }
}

static void layouts_are_cached_and_forgotten(void **state)
{
    (void)state;
    const struct layout *a = lay("同一段文字", 0, 0, false);
    assert_ptr_equal(a, lay("同一段文字", 0, 0, false));
    assert_ptr_not_equal(a, lay("同一段文字", 0, 0, true));
    struct draw *d = draw_create();
    struct pixels px = {xcalloc(400 * 100, 4), 400, 100, 400};
    for (int i = 0; i < 2; i++) {
        draw_begin(d, px);
        text_draw(t, d, &lay("同一段文字", 0, 0, false)->pub, 0, 0, 400, ALIGN_CENTER, 0xffffff);
        struct rect dirty[4];
        assert_true(draw_end(d, dirty, 4) > 0);
        size_t ink = 0;
        for (int k = 0; k < 400 * 100; k++)
            ink += px.p[k] != 0;
        assert_true(ink > 500);
        text_frame(t);
        text_forget(t);
        assert_int_equal(run_cache_bytes(text_runs(t)), 0);
        draw_forget(d);
    }
    draw_destroy(d);
    free(px.p);
}

static void the_run_cache_is_bounded(void **state)
{
    (void)state;
    struct run_cache *c = run_cache_create(fonts, 300000);
    char text[8];
    for (uint32_t cp = 0x4e00; cp < 0x4e00 + 600; cp++) {
        size_t len = utf8_put(text, cp);
        struct text_run *run = run_get(c, FACE_SANS, 40, false, "Hani", text, len);
        run_render(c, run);
        run_release(c, run);
        run_cache_frame(c);
        assert_true(run_cache_bytes(c) < 310000);
    }
    run_cache_destroy(c);
}

static void bad_utf8_is_laid_out_as_boxes_not_as_a_crash(void **state)
{
    (void)state;
    static const char *const cases[] = {"\xff\xfe", "\xe4\xb8", "a\x80z", "\xf0\x9f\x98", "\xed\xa0\x80"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct layout *l = lay(cases[i], 100, 1, i & 1);
        int x, y;
        text_caret(&l->pub, 1, &x, &y);
        assert_true(l->pub.lines == 1);
    }
}

/* Some libraries assert on what is younger than they are: each code point there is, alone and between others. */
static void every_code_point_can_be_laid_out(void **state)
{
    (void)state;
    CLEANUP(str) struct str s = {0};
    for (uint32_t c = 1; c < 0x110000; c++) {
        if (c >= 0xD800 && c < 0xE000)
            continue;
        char bytes[4];
        size_t n = utf8_put(bytes, c);
        bool seldom = c >= 0x3400 && c < 0x323B0 && !(c >= 0xA000 && c < 0x20000); /* Han: one in a hundred */
        if ((seldom && c % 97) || (c > 0xE0200 && c < 0x10FF00 && c % 997))
            continue;
        str_add(&s, bytes, n);
        str_puts(&s, c % 3 ? "a" : "");
        if (s.len > 240 || c == 0x10FFFF) {
            assert_true(lay(s.p, 400, 0, c % 2)->pub.width <= 400 + 34);
            str_clear(&s);
            text_forget(t);
        }
    }
}

static void graphemes_are_stepped_over_whole(void **state)
{
    (void)state;
    const char *z = "e\u0301中👨‍👩‍👧x";
    size_t len = strlen(z), at = 0;
    static const size_t want[] = {3, 6, 24, 25};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        size_t next = text_next_grapheme(z, len, at);
        assert_int_equal(next, want[i]);
        assert_int_equal(text_prev_grapheme(z, len, next), at);
        at = next;
    }
    assert_int_equal(text_next_grapheme(z, len, len), len);
    assert_int_equal(text_prev_grapheme(z, len, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_inside_uyghur_are_not_reversed),
        cmocka_unit_test(a_text_without_right_to_left_letters_keeps_its_order_in_a_right_to_left_page),
        cmocka_unit_test(isolates_and_controls_take_no_room),
        cmocka_unit_test(brackets_are_mirrored_only_in_right_to_left_text),
        cmocka_unit_test(lines_obey_kinsoku_at_every_width),
        cmocka_unit_test(words_stay_whole_and_only_too_long_ones_are_cut),
        cmocka_unit_test(line_ends_are_obeyed),
        cmocka_unit_test(what_does_not_fit_ends_in_an_ellipsis),
        cmocka_unit_test(the_caret_comes_back_to_where_it_was),
        cmocka_unit_test(the_caret_runs_with_the_writing),
        cmocka_unit_test(a_selection_covers_what_is_between),
        cmocka_unit_test(rare_characters_come_from_the_next_face),
        cmocka_unit_test(figures_are_of_one_width),
        cmocka_unit_test(layouts_are_cached_and_forgotten),
        cmocka_unit_test(the_run_cache_is_bounded),
        cmocka_unit_test(bad_utf8_is_laid_out_as_boxes_not_as_a_crash),
        cmocka_unit_test(every_code_point_can_be_laid_out),
        cmocka_unit_test(graphemes_are_stepped_over_whole),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
