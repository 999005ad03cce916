#include "app/input/pinyin.h"

#include "sync/base/random.h"
#include "tests/support/t.h"
#include "tests/support/worker.h"

#include <string.h>

static struct worker_door *door;

struct field {
    struct pinyin *p;
    struct str text;
    int changes;
};

static void on_changed(void *ctx)
{
    ((struct field *)ctx)->changes++;
}

static void on_commit(void *ctx, const char *text)
{
    str_puts(&((struct field *)ctx)->text, text);
}

static void field_open(struct field *f)
{
    static const struct pinyin_ops ops = {on_changed, on_commit};
    *f = (struct field){0};
    f->p = pinyin_create(door, &ops, f);
}

static void field_cleanup(struct field *f)
{
    pinyin_destroy(f->p);
    str_finish(&f->text);
}

static void type(struct field *f, const char *letters)
{
    for (; *letters; letters++)
        assert_true(pinyin_letter(f->p, *letters));
}

static void settle(struct field *f)
{
    for (int64_t until = worker_now() + 5000; pinyin_view(f->p).waiting && worker_now() < until;)
        worker_turn(door, 1);
    assert_false(pinyin_view(f->p).waiting);
}

/* Chooses the candidate with that text; false when it is not offered. */
static bool choose(struct field *f, const char *text)
{
    settle(f);
    struct pinyin_view v = pinyin_view(f->p);
    for (size_t i = 0; i < v.count; i++)
        if (!strcmp(v.candidates[i].text, text))
            return pinyin_choose(f->p, i);
    return false;
}

static void a_word_is_written_whole(void **state)
{
    (void)state;
    CLEANUP(field) struct field f;
    field_open(&f);
    type(&f, "zhiCHENG");
    settle(&f);
    assert_string_equal(pinyin_view(f.p).spelling, "zhi'cheng");
    assert_true(choose(&f, "职称"));
    assert_string_equal(str_z(&f.text), "职称");
    assert_false(pinyin_active(f.p));
    assert_int_equal(pinyin_view(f.p).count, 0);
}

static void a_name_is_chosen_character_by_character(void **state)
{
    (void)state;
    CLEANUP(field) struct field f;
    field_open(&f);
    type(&f, "maimaiti");
    assert_true(choose(&f, "买"));
    assert_string_equal(pinyin_view(f.p).chosen, "买");
    assert_string_equal(pinyin_view(f.p).letters, "maiti"); /* searched anew */
    assert_true(choose(&f, "买"));
    assert_true(choose(&f, "提"));
    assert_string_equal(str_z(&f.text), "买买提");
}

static void backspace_takes_back_the_choice_then_the_letters(void **state)
{
    (void)state;
    CLEANUP(field) struct field f;
    field_open(&f);
    type(&f, "renshi");
    assert_true(choose(&f, "人"));
    assert_string_equal(pinyin_view(f.p).letters, "shi");
    assert_true(pinyin_backspace(f.p));
    assert_string_equal(pinyin_view(f.p).letters, "renshi");
    assert_string_equal(pinyin_view(f.p).chosen, "");
    assert_true(pinyin_backspace(f.p));
    assert_string_equal(pinyin_view(f.p).letters, "rensh");
    for (int i = 0; i < 5; i++)
        assert_true(pinyin_backspace(f.p));
    assert_false(pinyin_active(f.p));
    assert_false(pinyin_backspace(f.p)); /* the field's own key now */
    assert_string_equal(str_z(&f.text), "");
}

static void what_is_not_a_letter_is_the_fields_own(void **state)
{
    (void)state;
    CLEANUP(field) struct field f;
    field_open(&f);
    static const char other[] = {'1', ' ', '\'', -60, 0};
    for (size_t i = 0; i < sizeof other; i++)
        assert_false(pinyin_letter(f.p, other[i]));
    for (int i = 0; i < PINYIN_LETTERS_MAX; i++)
        assert_true(pinyin_letter(f.p, 'a'));
    assert_false(pinyin_letter(f.p, 'a'));
    settle(&f);
    assert_false(pinyin_view(f.p).failed);
}

static void letters_can_be_written_as_they_are(void **state)
{
    (void)state;
    CLEANUP(field) struct field f;
    field_open(&f);
    assert_false(pinyin_commit_raw(f.p));
    type(&f, "renshi");
    assert_true(choose(&f, "人"));
    assert_true(pinyin_commit_raw(f.p));
    assert_string_equal(str_z(&f.text), "人shi");
}

static void candidates_of_fewer_letters_serve_while_the_rest_is_awaited(void **state)
{
    (void)state;
    CLEANUP(field) struct field f;
    field_open(&f);
    type(&f, "ren");
    settle(&f);
    assert_true(pinyin_view(f.p).count > 0);
    type(&f, "shi"); /* no answer yet */
    struct pinyin_view v = pinyin_view(f.p);
    assert_true(v.waiting && v.count > 0);
    assert_string_equal(v.spelling, "renshi");
    size_t i = 0;
    while (strcmp(v.candidates[i].text, "人") != 0)
        i++;
    assert_true(pinyin_choose(f.p, i));
    assert_string_equal(pinyin_view(f.p).letters, "shi");
    pinyin_clear(f.p);
    type(&f, "ma");
    assert_int_equal(pinyin_view(f.p).count, 0); /* those of another word do not */
    assert_false(pinyin_choose(f.p, 0));
}

static void a_late_answer_never_replaces_a_newer_one(void **state)
{
    (void)state;
    CLEANUP(field) struct field f;
    field_open(&f);
    struct random_seeded r;
    random_seeded_init(&r, 11);
    for (int round = 0; round < 300; round++) {
        switch (random_below(&r.random, 6)) {
        case 0:
            pinyin_backspace(f.p);
            break;
        case 1:
            pinyin_choose(f.p, random_below(&r.random, 8));
            break;
        case 2:
            worker_turn(door, 1);
            break;
        default:
            pinyin_letter(f.p, (char)('a' + random_below(&r.random, 26)));
        }
        struct pinyin_view v = pinyin_view(f.p);
        for (size_t i = 0; i < v.count; i++)
            assert_true(v.candidates[i].letters <= (int)strlen(v.letters));
        if (v.count)
            assert_true(pinyin_active(f.p));
    }
    settle(&f);
    struct pinyin_view v = pinyin_view(f.p);
    CLEANUP(str) struct str plain = {0};
    for (const char *c = v.spelling; *c; c++)
        if (*c != '\'')
            str_putc(&plain, *c);
    assert_string_equal(str_z(&plain), v.letters);
}

static void a_composition_may_end_while_its_search_runs(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct field f;
        field_open(&f);
        type(&f, "renshi");
        field_cleanup(&f);
    }
    worker_turn(door, 100);
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
        cmocka_unit_test(a_word_is_written_whole),
        cmocka_unit_test(a_name_is_chosen_character_by_character),
        cmocka_unit_test(backspace_takes_back_the_choice_then_the_letters),
        cmocka_unit_test(what_is_not_a_letter_is_the_fields_own),
        cmocka_unit_test(letters_can_be_written_as_they_are),
        cmocka_unit_test(candidates_of_fewer_letters_serve_while_the_rest_is_awaited),
        cmocka_unit_test(a_late_answer_never_replaces_a_newer_one),
        cmocka_unit_test(a_composition_may_end_while_its_search_runs),
    };
    return cmocka_run_group_tests(tests, open_door, close_door);
}
