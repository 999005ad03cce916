/* The window's half of the loop, on SDL's dummy display (1024×768): our framebuffer is larger and must be fitted. */
#include "app/shell/shell.h"

#include "tests/support/t.h"

#include <SDL2/SDL.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct seen {
    struct shell *shell;
    struct input_event last;
    int inputs, frames, wakes, reads;
    int pipe[2];
};

static void on_input(void *ctx, const struct input_event *ev)
{
    struct seen *s = ctx;
    s->inputs++;
    s->last = *ev;
    if (ev->kind == INPUT_QUIT || ev->kind == INPUT_UP)
        shell_quit(s->shell);
}

static void on_frame(void *ctx)
{
    struct seen *s = ctx;
    s->frames++;
    struct pixels px = shell_pixels(s->shell);
    for (int i = 0; i < px.width * px.height; i++)
        px.p[i] = i % px.width < px.width / 2 ? 0xff0000 : 0x0000ff;
    shell_present(s->shell, &(struct rect){0, 0, px.width, px.height}, 1);
}

static void make(struct seen *s)
{
    struct err e = {0};
    struct shell_options o = {.width = 1080, .height = 1920, .clock = clock_system()};
    s->shell = shell_create(&o, &(struct shell_ops){on_input, on_frame}, s, &e);
    if (!s->shell)
        fail_msg("%s", e.text);
}

static SDL_Window *window(void)
{
    for (uint32_t id = 1; id < 20; id++)
        if (SDL_GetWindowFromID(id))
            return SDL_GetWindowFromID(id);
    fail();
    return NULL;
}

static void push(uint32_t type, int x, int y)
{
    SDL_Event ev = {.type = type};
    if (type == SDL_MOUSEBUTTONDOWN || type == SDL_MOUSEBUTTONUP) {
        ev.button.button = SDL_BUTTON_LEFT;
        ev.button.x = x;
        ev.button.y = y;
    }
    SDL_PushEvent(&ev);
}

static void a_window_is_fitted_into_the_desktop_and_shows_the_framebuffer(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s);
    int w, h;
    SDL_GetWindowSize(window(), &w, &h);
    assert_true(w <= 1024 && h <= 768);
    assert_true(abs(w * 1920 - h * 1080) < 1920); /* the same shape */
    shell_step(s.shell);
    assert_int_equal(s.frames, 1);
    const SDL_Surface *surface = SDL_GetWindowSurface(window());
    const uint32_t *row =
        (const uint32_t *)((const uint8_t *)surface->pixels + (size_t)(h / 2) * (size_t)surface->pitch);
    assert_int_equal(row[w / 4] & 0xffffff, 0xff0000);
    assert_int_equal(row[w * 3 / 4] & 0xffffff, 0x0000ff);
    push(SDL_MOUSEBUTTONDOWN, w / 2, h / 2);
    push(SDL_MOUSEBUTTONUP, w / 2, h / 2);
    shell_run(s.shell);
    assert_int_equal(s.last.kind, INPUT_UP);
    assert_in_range(s.last.x, 537, 543);
    assert_in_range(s.last.y, 956, 964);
    push(SDL_QUIT, 0, 0);
    shell_run(s.shell);
    assert_int_equal(s.last.kind, INPUT_QUIT);
    shell_destroy(s.shell);
}

static void on_wake(void *ctx)
{
    struct seen *s = ctx;
    s->wakes++;
    shell_quit(s->shell);
}

static void *waker(void *arg)
{
    shell_wake(arg);
    return NULL;
}

static void on_pipe(void *ctx, short revents)
{
    (void)revents;
    struct seen *s = ctx;
    char c;
    if (read(s->pipe[0], &c, 1) == 1)
        s->reads++;
    shell_quit(s->shell);
}

static void on_timer(void *ctx)
{
    shell_quit(((struct seen *)ctx)->shell);
}

static void wakes_descriptors_and_timers_reach_a_loop_that_waits_for_sdl(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s);
    assert_int_equal(pipe(s.pipe), 0);
    shell_on_wake(s.shell, on_wake, &s);
    shell_watch(s.shell, s.pipe[0], POLLIN, on_pipe, &s);
    for (int i = 1; i <= 10; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, waker, s.shell), 0);
        shell_run(s.shell);
        pthread_join(thread, NULL);
        assert_int_equal(s.wakes, i);
        assert_int_equal(write(s.pipe[1], "x", 1), 1);
        shell_run(s.shell);
        assert_int_equal(s.reads, i);
    }
    shell_watch(s.shell, s.pipe[0], 0, on_pipe, &s);
    shell_timer(s.shell, clock_mono(clock_system()) + 5, on_timer, &s);
    shell_run(s.shell);
    shell_destroy(s.shell);
    close(s.pipe[0]);
    close(s.pipe[1]);
}

static void no_display_is_an_error_in_words(void **state)
{
    (void)state;
    struct err e = {0};
    setenv("SDL_VIDEODRIVER", "nonexistent", 1);
    struct shell_options o = {.width = 100, .height = 100, .clock = clock_system()};
    assert_null(shell_create(&o, &(struct shell_ops){on_input, on_frame}, NULL, &e));
    assert_int_equal(e.code, ERR_DEVICE);
    assert_true(strstr(e.text, "display") != NULL);
}

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_is_fitted_into_the_desktop_and_shows_the_framebuffer),
        cmocka_unit_test(wakes_descriptors_and_timers_reach_a_loop_that_waits_for_sdl),
        cmocka_unit_test(no_display_is_an_error_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
