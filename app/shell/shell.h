/* shell.h — the only door to SDL: window or offscreen framebuffer, one loop for events, descriptors, deadlines and
 * wakes. The loop sleeps until something is due: no time-out when nothing is. UI thread, except where said. */
#ifndef BULU_SHELL_SHELL_H
#define BULU_SHELL_SHELL_H

#include "sync/base/clock.h"
#include "sync/base/err.h"

#include <stdint.h>

struct shell;

struct shell_options {
    int width, height; /* of the framebuffer: 1080×1920 or 1920×1080; shown scaled to fit a smaller desktop */
    bool offscreen;    /* no display: tests, and make run without a desktop */
    bool fullscreen;
    const struct clock
        *clock; /* deadlines are on its monotonic time; with a fake clock the loop waits for shell_clock_moved */
};

enum input_kind { INPUT_DOWN, INPUT_MOVE, INPUT_UP, INPUT_CANCEL, INPUT_WHEEL, INPUT_TEXT, INPUT_KEY, INPUT_QUIT };
struct input_event {
    enum input_kind kind;
    int finger; /* 0, 1 … ; a mouse is finger 0: touch and mouse come once each */
    int x, y;   /* framebuffer pixels */
    int dx, dy; /* wheel */
    const char
        *text; /* INPUT_TEXT: committed UTF-8. INPUT_KEY: name as "Return", "Tab", "Left", "Backspace"; "Shift+Tab" */
    int64_t mono_ms;
};

struct shell_ops {
    void (*input)(void *ctx, const struct input_event *ev);
    /* Called when shell_invalidate was called, after all pending input. Draws into the framebuffer and reports what
     * changed. */
    void (*frame)(void *ctx);
};

struct shell *shell_create(const struct shell_options *o, const struct shell_ops *ops, void *ctx,
                           struct err *e) WARN_UNUSED;
void shell_destroy(struct shell *s);
void shell_run(struct shell *s); /* until shell_quit */
void shell_quit(struct shell *s);
void shell_invalidate(struct shell *s);
const struct clock *shell_clock(const struct shell *s);
void shell_clock_moved(struct shell *s); /* a fake clock was moved: look at the deadlines again */

/* The framebuffer: XRGB8888, stride in pixels. present shows the rectangles that were painted. */
struct pixels {
    uint32_t *p;
    int width, height, stride;
};
struct pixels shell_pixels(struct shell *s);
struct rect {
    int x, y, w, h;
};
void shell_present(struct shell *s, const struct rect *dirty, int n);

/* Descriptors: fn is called with poll's revents. Timers: fn is called once at or after the deadline (monotonic ms). One
 * entry per (fn, ctx); setting it again moves it; events 0 / deadline -1 removes it. */
void shell_watch(struct shell *s, int fd, short events, void (*fn)(void *ctx, short revents), void *ctx);
void shell_timer(struct shell *s, int64_t deadline_ms, void (*fn)(void *ctx), void *ctx);
/* Any thread: the loop wakes and calls the wake functions (added with shell_on_wake). */
void shell_wake(struct shell *s);
void shell_on_wake(struct shell *s, void (*fn)(void *ctx), void *ctx);

/* For automation: an event on the same path as SDL's; what is due now (timers, then a frame if one was asked for), at once; called after
 * every frame (fn NULL removes ctx's entry); the earliest timer, or -1. */
void shell_inject(struct shell *s, const struct input_event *ev);
void shell_step(struct shell *s);
void shell_after_frame(struct shell *s, void (*fn)(void *ctx), void *ctx);
int64_t shell_next_deadline(const struct shell *s);

struct shell_stats {
    int64_t frames, dirty_px, wakeups;
    int64_t frame_us_p50, frame_us_p99, frame_us_max;
    int64_t touch_us_p50, touch_us_p99, touch_us_max; /* touch to present */
    int64_t start_to_first_frame_ms;                  /* from the start of the process; the same in every answer */
};
void shell_stats_take(struct shell *s, struct shell_stats *out);                     /* since the last call */
bool shell_screenshot(struct shell *s, const char *path, struct err *e) WARN_UNUSED; /* PNG of the framebuffer */

#endif
