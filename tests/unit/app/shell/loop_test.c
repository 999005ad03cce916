#include "app/shell/shell.h"

#include "tests/support/t.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct seen {
    struct shell *shell;
    struct clock_fake *fake;
    int frames, inputs, wakes, reads;
    char order[64];
    int64_t next;
    int pipe[2];
};

static void note(struct seen *s, char c)
{
    size_t n = strlen(s->order);
    if (n + 1 < sizeof s->order)
        s->order[n] = c;
}

static void on_input(void *ctx, const struct input_event *ev)
{
    struct seen *s = ctx;
    s->inputs++;
    note(s, ev->kind == INPUT_DOWN ? 'd' : ev->kind == INPUT_UP ? 'u' : 'i');
    shell_invalidate(s->shell);
}

static void on_frame(void *ctx)
{
    struct seen *s = ctx;
    s->frames++;
    note(s, 'f');
    struct timespec from, now;
    clock_gettime(CLOCK_MONOTONIC, &from);
    do /* a frame that takes 100 µs */
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec < 100000);
    shell_present(s->shell, &(struct rect){0, 0, 10, 10}, 1);
}

static struct shell *make(struct seen *s, const struct clock *clock)
{
    struct err e = {0};
    struct shell_options o = {.width = 64, .height = 48, .offscreen = true, .clock = clock};
    s->shell = shell_create(&o, &(struct shell_ops){on_input, on_frame}, s, &e);
    assert_non_null(s->shell);
    return s->shell;
}

static void quit(void *ctx)
{
    shell_quit(((struct seen *)ctx)->shell);
}

static void timer_a(void *ctx)
{
    note(ctx, 'a');
}

static void timer_b(void *ctx)
{
    note(ctx, 'b');
}

static void advance_and_stop(void *ctx, short revents)
{
    (void)revents;
    struct seen *s = ctx;
    char c;
    if (read(s->pipe[0], &c, 1) != 1)
        return;
    s->reads++;
    note(s, c);
    if (c == 'q') {
        shell_quit(s->shell);
    } else {
        clock_fake_advance(s->fake, 100);
        shell_clock_moved(s->shell);
    }
}

static void timers_are_called_in_order_of_their_deadlines_when_the_clock_is_moved(void **state)
{
    (void)state;
    struct clock_fake fake;
    clock_fake_init(&fake, 0);
    struct seen s = {.fake = &fake};
    make(&s, &fake.clock);
    assert_int_equal(pipe(s.pipe), 0);
    int64_t now = clock_mono(&fake.clock);
    shell_timer(s.shell, now + 90, timer_a, &s);
    shell_timer(s.shell, now + 50, timer_b, &s);
    shell_timer(s.shell, now + 150, quit, &s);
    shell_timer(s.shell, now + 10, timer_b, &s); /* moved: once only */
    shell_watch(s.shell, s.pipe[0], POLLIN, advance_and_stop, &s);
    assert_int_equal(write(s.pipe[1], "12", 2), 2);
    shell_run(s.shell);
    assert_string_equal(s.order, "f1ba2");
    shell_watch(s.shell, -1, 0, advance_and_stop, &s);
    shell_destroy(s.shell);
    close(s.pipe[0]);
    close(s.pipe[1]);
}

static void a_removed_timer_stays_silent(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s, clock_system());
    int64_t now = clock_mono(clock_system());
    shell_timer(s.shell, now + 1, timer_a, &s);
    shell_timer(s.shell, -1, timer_a, &s);
    shell_timer(s.shell, now + 5, quit, &s);
    shell_run(s.shell);
    assert_string_equal(s.order, "f");
    shell_destroy(s.shell);
}

static void on_wake(void *ctx)
{
    struct seen *s = ctx;
    if (++s->wakes >= 1)
        shell_quit(s->shell);
}

static void *waker(void *arg)
{
    shell_wake(arg);
    return NULL;
}

static void another_thread_wakes_the_loop(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s, clock_system());
    shell_on_wake(s.shell, on_wake, &s);
    for (int i = 1; i <= 20; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, waker, s.shell), 0);
        shell_run(s.shell); /* comes back by on_wake */
        pthread_join(thread, NULL);
        assert_int_equal(s.wakes, i);
    }
    shell_destroy(s.shell);
}

static void many_wakes_are_one(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s, clock_system());
    shell_on_wake(s.shell, on_wake, &s);
    for (int i = 0; i < 100; i++)
        shell_wake(s.shell);
    shell_run(s.shell);
    assert_int_equal(s.wakes, 1);
    shell_destroy(s.shell);
}

static void quit_by_fd(void *ctx, short revents)
{
    (void)revents;
    shell_quit(((struct seen *)ctx)->shell);
}

/* 300 ms of nothing, ended by a descriptor: the loop must have slept through them in one go, without using the processor. */
static void an_idle_loop_does_not_wake_up(void **state)
{
    (void)state;
    struct clock_fake fake;
    clock_fake_init(&fake, 0);
    const struct clock *clocks[] = {clock_system(), &fake.clock};
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        struct seen s = {0};
        make(&s, clocks[i]);
        shell_timer(s.shell, clock_mono(clocks[i]) + 3600000, timer_a, &s); /* far away is not now */
        int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
        assert_int_equal(timerfd_settime(fd, 0, &(struct itimerspec){.it_value = {.tv_nsec = 300000000}}, NULL), 0);
        shell_watch(s.shell, fd, POLLIN, quit_by_fd, &s);
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        shell_run(s.shell);
        getrusage(RUSAGE_SELF, &after);
        struct shell_stats stats;
        shell_stats_take(s.shell, &stats);
        assert_int_equal(stats.wakeups, 1);
        assert_int_equal(stats.frames, 1);
        assert_true(after.ru_utime.tv_sec * 1000000 + after.ru_utime.tv_usec - before.ru_utime.tv_sec * 1000000 -
                        before.ru_utime.tv_usec <
                    50000);
        shell_destroy(s.shell);
        close(fd);
    }
}

static void a_frame_comes_after_all_pending_input_and_only_when_asked_for(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s, clock_system());
    shell_step(s.shell);
    shell_inject(s.shell, &(struct input_event){.kind = INPUT_DOWN, .x = 3, .y = 4});
    shell_inject(s.shell, &(struct input_event){.kind = INPUT_UP, .x = 3, .y = 4});
    shell_step(s.shell);
    shell_step(s.shell);
    assert_string_equal(s.order, "fduf");
    struct shell_stats stats;
    shell_stats_take(s.shell, &stats);
    assert_int_equal(stats.frames, 2);
    assert_int_equal(stats.dirty_px, 200);
    assert_true(stats.touch_us_max >= 100);
    assert_true(stats.frame_us_p50 >= 100);
    shell_stats_take(s.shell, &stats);
    assert_int_equal(stats.frames, 0);
    assert_int_equal(stats.touch_us_max, 0);
    shell_destroy(s.shell);
}

static void remove_both(void *ctx, short revents)
{
    (void)revents;
    struct seen *s = ctx;
    s->reads++;
    shell_watch(s->shell, s->pipe[0], 0, remove_both, ctx);
    shell_watch(s->shell, s->pipe[0], 0, advance_and_stop, ctx);
    shell_quit(s->shell);
}

static void a_descriptor_that_was_removed_meanwhile_is_not_called(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s, clock_system());
    assert_int_equal(pipe(s.pipe), 0);
    int other = dup(s.pipe[0]);
    shell_watch(s.shell, s.pipe[0], POLLIN, remove_both, &s);
    shell_watch(s.shell, other, POLLIN, advance_and_stop, &s);
    assert_int_equal(write(s.pipe[1], "1", 1), 1);
    shell_run(s.shell);
    assert_int_equal(s.reads, 1);
    shell_destroy(s.shell);
    close(other);
    close(s.pipe[0]);
    close(s.pipe[1]);
}

static void a_screenshot_is_a_png_and_a_failure_says_why(void **state)
{
    (void)state;
    struct seen s = {0};
    make(&s, clock_system());
    char path[] = "/tmp/bulu-shot-XXXXXX";
    int fd = mkstemp(path);
    struct err e = {0};
    assert_true(shell_screenshot(s.shell, path, &e));
    unsigned char head[24];
    assert_int_equal(pread(fd, head, sizeof head, 0), sizeof head);
    assert_memory_equal(head, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(head[19], 64);
    assert_int_equal(head[23], 48);
    close(fd);
    unlink(path);
    assert_false(shell_screenshot(s.shell, "/nonexistent/a.png", &e));
    assert_true(strstr(e.text, "/nonexistent/a.png") != NULL);
    shell_destroy(s.shell);
}

static void a_framebuffer_without_pixels_is_refused(void **state)
{
    (void)state;
    struct err e = {0};
    struct shell_options o = {.width = 0, .height = 10, .offscreen = true, .clock = clock_system()};
    assert_null(shell_create(&o, &(struct shell_ops){on_input, on_frame}, NULL, &e));
    assert_int_equal(e.code, ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_are_called_in_order_of_their_deadlines_when_the_clock_is_moved),
        cmocka_unit_test(a_removed_timer_stays_silent),
        cmocka_unit_test(another_thread_wakes_the_loop),
        cmocka_unit_test(many_wakes_are_one),
        cmocka_unit_test(an_idle_loop_does_not_wake_up),
        cmocka_unit_test(a_frame_comes_after_all_pending_input_and_only_when_asked_for),
        cmocka_unit_test(a_descriptor_that_was_removed_meanwhile_is_not_called),
        cmocka_unit_test(a_screenshot_is_a_png_and_a_failure_says_why),
        cmocka_unit_test(a_framebuffer_without_pixels_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
