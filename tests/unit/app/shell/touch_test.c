#include "tests/support/t.h"
#include "app/shell/internal.h"

#include <SDL2/SDL.h>
#include <string.h>

/* A portrait framebuffer, fitted into a landscape window: bars on the left and right. */
static const struct viewport fitted = {
    .window_w = 1000, .window_h = 960, .shown = {230, 0, 540, 960}, .fb_w = 1080, .fb_h = 1920};

static SDL_Event mouse(uint32_t type, int x, int y, uint32_t which)
{
    SDL_Event ev = {.type = type};
    if (type == SDL_MOUSEMOTION) {
        ev.motion.which = which;
        ev.motion.x = x;
        ev.motion.y = y;
    } else {
        ev.button.which = which;
        ev.button.button = SDL_BUTTON_LEFT;
        ev.button.x = x;
        ev.button.y = y;
    }
    return ev;
}

static SDL_Event finger(uint32_t type, int64_t id, float x, float y)
{
    SDL_Event ev = {.type = type};
    ev.tfinger.touchId = 7;
    ev.tfinger.fingerId = id;
    ev.tfinger.x = x;
    ev.tfinger.y = y;
    return ev;
}

static void a_place_in_a_smaller_window_is_a_place_in_the_framebuffer(void **state)
{
    (void)state;
    static const struct {
        int x, y;
        bool inside;
        int fx, fy;
    } cases[] = {{230, 0, true, 0, 0},
                 {769, 959, true, 1078, 1918},
                 {500, 480, true, 540, 960},
                 {100, 480, false, 0, 0},
                 {770, 5, false, 0, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct touch_state t = {0};
        struct input_event out;
        SDL_Event ev = mouse(SDL_MOUSEBUTTONDOWN, cases[i].x, cases[i].y, 0);
        assert_int_equal(touch_translate(&t, &fitted, &ev, &out), cases[i].inside);
        if (!cases[i].inside)
            continue;
        assert_int_equal(out.kind, INPUT_DOWN);
        assert_int_equal(out.x, cases[i].fx);
        assert_int_equal(out.y, cases[i].fy);
    }
}

static void a_mouse_moves_only_while_it_is_pressed(void **state)
{
    (void)state;
    struct touch_state t = {0};
    struct input_event out;
    SDL_Event hover = mouse(SDL_MOUSEMOTION, 400, 400, 0), down = mouse(SDL_MOUSEBUTTONDOWN, 400, 400, 0);
    SDL_Event move = mouse(SDL_MOUSEMOTION, 900, 400, 0), up = mouse(SDL_MOUSEBUTTONUP, 900, 400, 0);
    assert_false(touch_translate(&t, &fitted, &hover, &out));
    assert_true(touch_translate(&t, &fitted, &down, &out));
    assert_true(touch_translate(&t, &fitted, &move, &out));
    assert_int_equal(out.kind, INPUT_MOVE);
    assert_int_equal(out.x, 1079);                           /* dragged out of the picture: its edge */
    assert_false(touch_translate(&t, &fitted, &move, &out)); /* the same place again says nothing */
    assert_true(touch_translate(&t, &fitted, &up, &out));
    assert_int_equal(out.kind, INPUT_UP);
    assert_false(touch_translate(&t, &fitted, &hover, &out));
}

static void touch_and_mouse_come_once_each(void **state)
{
    (void)state;
    struct touch_state t = {0};
    struct input_event out;
    SDL_Event made_of_touch = mouse(SDL_MOUSEBUTTONDOWN, 400, 400, SDL_TOUCH_MOUSEID);
    assert_false(touch_translate(&t, &fitted, &made_of_touch, &out));
    SDL_Event made_of_mouse = finger(SDL_FINGERDOWN, 1, 0.5f, 0.5f);
    made_of_mouse.tfinger.touchId = SDL_MOUSE_TOUCHID;
    assert_false(touch_translate(&t, &fitted, &made_of_mouse, &out));
}

static void fingers_keep_their_numbers(void **state)
{
    (void)state;
    struct touch_state t = {0};
    struct input_event out;
    SDL_Event a = finger(SDL_FINGERDOWN, 42, 0.5f, 0.5f), b = finger(SDL_FINGERDOWN, 17, 0.4f, 0.5f);
    assert_true(touch_translate(&t, &fitted, &a, &out));
    assert_int_equal(out.finger, 0);
    assert_int_equal(out.x, 540);
    assert_int_equal(out.y, 960);
    assert_true(touch_translate(&t, &fitted, &b, &out));
    assert_int_equal(out.finger, 1);
    a.type = SDL_FINGERUP;
    assert_true(touch_translate(&t, &fitted, &a, &out));
    assert_int_equal(out.finger, 0);
    b.type = SDL_FINGERMOTION;
    b.tfinger.x = 0.45f;
    assert_true(touch_translate(&t, &fitted, &b, &out));
    assert_int_equal(out.finger, 1);
    assert_true(touch_cancel(&t, &out));
    assert_int_equal(out.kind, INPUT_CANCEL);
    assert_int_equal(out.finger, 1);
    assert_false(touch_cancel(&t, &out));
    b.type = SDL_FINGERUP;
    assert_false(touch_translate(&t, &fitted, &b, &out)); /* it was given up */
}

static void keys_have_names_and_what_types_comes_as_text_only(void **state)
{
    (void)state;
    static const struct {
        SDL_Keycode code;
        uint16_t mod;
        const char *name; /* NULL: no key event */
    } cases[] = {
        {SDLK_RETURN, 0, "Return"}, {SDLK_KP_ENTER, 0, "Return"},     {SDLK_TAB, KMOD_LSHIFT, "Shift+Tab"},
        {SDLK_LEFT, 0, "Left"},     {SDLK_BACKSPACE, 0, "Backspace"}, {SDLK_DELETE, 0, "Delete"},
        {SDLK_ESCAPE, 0, "Escape"}, {SDLK_a, KMOD_LCTRL, "Ctrl+A"},   {SDLK_a, 0, NULL},
        {SDLK_SPACE, 0, NULL},      {SDLK_LSHIFT, KMOD_LSHIFT, NULL}, {SDLK_KP_5, KMOD_NUM, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct touch_state t = {0};
        struct input_event out;
        SDL_Event ev = {.type = SDL_KEYDOWN};
        ev.key.keysym.sym = cases[i].code;
        ev.key.keysym.mod = cases[i].mod;
        bool is = touch_translate(&t, &fitted, &ev, &out);
        assert_int_equal(is, cases[i].name != NULL);
        if (is) {
            assert_int_equal(out.kind, INPUT_KEY);
            assert_string_equal(out.text, cases[i].name);
        }
    }
    struct touch_state t = {0};
    struct input_event out;
    SDL_Event text = {.type = SDL_TEXTINPUT};
    strcpy(text.text.text, "汉");
    assert_true(touch_translate(&t, &fitted, &text, &out));
    assert_int_equal(out.kind, INPUT_TEXT);
    assert_string_equal(out.text, "汉");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_in_a_smaller_window_is_a_place_in_the_framebuffer),
        cmocka_unit_test(a_mouse_moves_only_while_it_is_pressed),
        cmocka_unit_test(touch_and_mouse_come_once_each),
        cmocka_unit_test(fingers_keep_their_numbers),
        cmocka_unit_test(keys_have_names_and_what_types_comes_as_text_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
