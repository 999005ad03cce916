#include "tests/support/t.h"

#include "app/ui/edit.h"

#include <string.h>

/* Steps on a box, one letter each: l r move, L R select, h e home and end, b backspace, d delete, a all, w the word at
 * the caret, "(…)" inserts. */
static void what_does_not_fit_is_known(void **state)
{
    (void)state;
    struct edit e = {0};
    edit_set(&e, "");
    assert_true(edit_insert(&e, "一二三四", 3, false));
    assert_string_equal(e.text.p, "一二三");
    assert_true(e.full);
    assert_false(edit_insert(&e, "五", 3, false));
    assert_true(e.full);
    edit_backspace(&e);
    assert_false(e.full);
    assert_true(edit_insert(&e, "五\xff", 3, false)); /* what is no character takes no room */
    assert_false(e.full);
    assert_string_equal(e.text.p, "一二五");
    edit_finish(&e);
}

static void run(struct edit *e, const char *steps, int max_len, bool many_lines)
{
    for (const char *p = steps; *p; p++) {
        switch (*p) {
        case 'l':
        case 'L':
            edit_go(e, EDIT_LEFT, *p == 'L');
            break;
        case 'r':
        case 'R':
            edit_go(e, EDIT_RIGHT, *p == 'R');
            break;
        case 'h':
            edit_go(e, EDIT_HOME, false);
            break;
        case 'e':
            edit_go(e, EDIT_END, false);
            break;
        case 'b':
            edit_backspace(e);
            break;
        case 'd':
            edit_delete(e);
            break;
        case 'a':
            edit_all(e);
            break;
        case 'w':
            edit_word(e, e->caret);
            break;
        case '(': {
            const char *end = strchr(p, ')');
            AUTOFREE char *text = xstrndup(p + 1, (size_t)(end - p - 1));
            edit_insert(e, text, max_len, many_lines);
            p = end;
            break;
        }
        }
    }
}

static void a_box_is_edited_grapheme_by_grapheme(void **state)
{
    (void)state;
    const struct {
        const char *start, *steps, *text;
        size_t caret;
        int max_len;
        bool many_lines;
    } cases[] = {
        {"", "(新经信人事)", "新经信人事", 15, 0, false},
        {"新经信", "l(人)", "新经人信", 9, 0, false},
        {"新经信", "b", "新经", 6, 0, false},
        {"新经信", "hd", "经信", 0, 0, false},
        {"新经信", "hb", "新经信", 0, 0, false},
        {"新经信", "ed", "新经信", 9, 0, false},
        {"阿依古丽", "(·)(买买提)", "阿依古丽·买买提", 23, 0, false}, /* the name dot is one sign like any other */
        {"阿依古丽·买买提", "lllb", "阿依古丽买买提", 12, 0, false},
        {"e\u0301x", "hr", "e\u0301x", 3, 0, false}, /* a letter with its accent is one step */
        {"e\u0301x", "hd", "x", 0, 0, false},
        {"e\u0301", "b", "", 0, 0, false},
        {"\U0002000B人", "hd", "人", 0, 0, false}, /* a rare character of four bytes */
        {"ئۇيغۇر", "b", "ئۇيغۇ", 10, 0, false},
        {"abc", "lLL(x)", "xc", 1, 0, false}, /* typed in place of the selection */
        {"abc", "hRRb", "c", 0, 0, false},
        {"abc", "hRRl", "abc", 0, 0, false}, /* a move leaves the selection at its side */
        {"abc", "hRRr", "abc", 2, 0, false},
        {"abc", "a(x)", "x", 1, 0, false},
        {"abc", "ab", "", 0, 0, false},
        {"关于 2011 年", "hrrrw(2012)", "关于 2012 年", 11, 0, false}, /* the word there: figures */
        {"12345", "(67890)", "12345678", 8, 8, false},                 /* what does not fit stays out */
        {"新经", "(信人事)", "新经信", 9, 3, false},                   /* in characters, not bytes */
        {"12345678", "hRR(abcd)", "ab345678", 2, 8, false},            /* the selection makes room */
        {"", "(a\nb\tc)", "a b c", 5, 0, false},                       /* one line */
        {"", "(a\nb)", "a\nb", 3, 0, true},
        {"", "(a\x01\x7f\u202e\u2066\u200b)", "a\u200b", 4, 0, false}, /* no control, no direction marks */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct edit e = {0};
        edit_set(&e, cases[i].start);
        run(&e, cases[i].steps, cases[i].max_len, cases[i].many_lines);
        if (strcmp(str_z(&e.text), cases[i].text) != 0 || e.caret != cases[i].caret)
            fail_msg("case %zu: \"%s\" caret %zu, expected \"%s\" caret %zu", i, str_z(&e.text), e.caret, cases[i].text,
                     cases[i].caret);
        edit_finish(&e);
    }
}

static void a_text_normalised_by_the_view_keeps_the_caret_from_the_end(void **state)
{
    (void)state;
    struct edit e = {0};
    edit_set(&e, "２０１１年");
    edit_go(&e, EDIT_LEFT, false);
    edit_replace(&e, "2011年");
    assert_int_equal(e.caret, 4);
    edit_replace(&e, "");
    assert_int_equal(e.caret, 0);
    edit_finish(&e);
}

static void a_hit_between_graphemes_snaps_to_a_border(void **state)
{
    (void)state;
    struct edit e = {0};
    edit_set(&e, "人事");
    edit_at(&e, 4, false);
    assert_int_equal(e.caret, 3);
    edit_at(&e, 99, true);
    assert_int_equal(e.caret, 6);
    assert_int_equal(edit_from(&e), 3);
    assert_int_equal(edit_to(&e), 6);
    edit_finish(&e);
}

static void a_long_press_selects_the_word_there(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t at, from, to;
    } cases[] = {
        {"新经信人事〔2011〕3号", 3, 0, 15},
        {"新经信人事〔2011〕3号", 19, 18, 22},
        {"新经信人事〔2011〕3号", 15, 15, 18},
        {"ab cd", 3, 3, 5},
        {"ab cd", 5, 3, 5},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct edit e = {0};
        edit_set(&e, cases[i].text);
        edit_word(&e, cases[i].at);
        assert_int_equal(edit_from(&e), cases[i].from);
        assert_int_equal(edit_to(&e), cases[i].to);
        edit_finish(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_known),
        cmocka_unit_test(a_box_is_edited_grapheme_by_grapheme),
        cmocka_unit_test(a_text_normalised_by_the_view_keeps_the_caret_from_the_end),
        cmocka_unit_test(a_hit_between_graphemes_snaps_to_a_border),
        cmocka_unit_test(a_long_press_selects_the_word_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
