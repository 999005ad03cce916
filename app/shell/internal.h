/* internal.h — between the files of app/shell: the window (present_sdl.c), its events (touch.c) and the loop (loop.c).
 */
#ifndef BULU_SHELL_INTERNAL_H
#define BULU_SHELL_INTERNAL_H

#include "app/shell/shell.h"

struct window;
union SDL_Event;

/* Where the framebuffer lies in the window, in window pixels. */
struct viewport {
    int window_w, window_h;
    struct rect shown;
    int fb_w, fb_h;
};

struct window *window_open(const struct shell_options *o, struct err *e) WARN_UNUSED;
void window_close(struct window *w);
void window_present(struct window *w, const struct pixels *px, const struct rect *dirty, int n);
/* Sleeps until an SDL event or timeout_ms (-1: for ever) and hands the events to the shell by shell_deliver. */
void window_wait(struct window *w, struct shell *s, int timeout_ms);
/* Any thread: window_wait returns. */
void window_wake(struct window *w);
bool window_needs_repaint(struct window *w); /* exposed or resized since the last call */

/* touch.c: SDL's event as one of ours; false: none of our business. Mouse and touch come once each. */
struct touch_state {
    int64_t id[10]; /* of the finger in each slot */
    bool down[10];
    int x[10], y[10];
    char text[64]; /* INPUT_TEXT and INPUT_KEY point here */
};
bool touch_translate(struct touch_state *t, const struct viewport *v, const union SDL_Event *ev,
                     struct input_event *out);
/* The next finger that is still down, as INPUT_CANCEL: when the window loses them. */
bool touch_cancel(struct touch_state *t, struct input_event *out);

void shell_deliver(struct shell *s, const struct input_event *ev);

#endif
