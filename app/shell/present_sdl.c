/* A desktop window. SDL blocks without polling only in SDL_WaitEvent on x11 and wayland, so the loop sleeps there, and
 * a thread (loop.c) turns our own descriptors into an SDL user event. The framebuffer is ours; its dirty rectangles are
 * copied, or scaled when the desktop is smaller, into the window's surface. */
#include "app/shell/internal.h"
#include "app/shell/scale.h"

#include "sync/base/str.h"

#include <SDL2/SDL.h>

struct window {
    SDL_Window *sdl;
    struct viewport view;
    struct touch_state touch;
    bool repaint;
    uint32_t wake_event;
};

static void hints(void)
{
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0"); /* else llvmpipe: 11 ms for what takes 0.1 */
    SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "0");
    SDL_SetHint(SDL_HINT_MOUSE_TOUCH_EVENTS, "0");
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_IME_SHOW_UI, "0");
}

/* The largest size of the framebuffer's shape that the desktop has room for. */
static void fit(int fb_w, int fb_h, int room_w, int room_h, int *w, int *h)
{
    *w = fb_w;
    *h = fb_h;
    if (room_w < *w) {
        *w = room_w;
        *h = (int)((int64_t)fb_h * room_w / fb_w);
    }
    if (room_h < *h) {
        *h = room_h;
        *w = (int)((int64_t)fb_w * room_h / fb_h);
    }
}

static void viewport_update(struct window *w)
{
    struct viewport *v = &w->view;
    SDL_GetWindowSize(w->sdl, &v->window_w, &v->window_h);
    fit(v->fb_w, v->fb_h, v->window_w, v->window_h, &v->shown.w, &v->shown.h);
    if (v->shown.w < 1)
        v->shown.w = 1;
    if (v->shown.h < 1)
        v->shown.h = 1;
    v->shown.x = (v->window_w - v->shown.w) / 2;
    v->shown.y = (v->window_h - v->shown.h) / 2;
    w->repaint = true;
}

struct window *window_open(const struct shell_options *o, struct err *e)
{
    hints();
    if (SDL_Init(SDL_INIT_VIDEO) != 0) {
        err_set(e, ERR_DEVICE, "display: %s", SDL_GetError());
        return NULL;
    }
    SDL_Rect room = {0, 0, o->width, o->height};
    SDL_GetDisplayUsableBounds(0, &room);
    int width, height;
    fit(o->width, o->height, room.w, room.h - (o->fullscreen ? 0 : 40), &width, &height);
    uint32_t flags = o->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : SDL_WINDOW_RESIZABLE;
    SDL_Window *sdl = SDL_CreateWindow("补录亭", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, width, height, flags);
    if (!sdl) {
        err_set(e, ERR_DEVICE, "window: %s", SDL_GetError());
        SDL_QuitSubSystem(SDL_INIT_VIDEO);
        return NULL;
    }
    struct window *w = xcalloc(1, sizeof *w);
    w->sdl = sdl;
    w->view.fb_w = o->width;
    w->view.fb_h = o->height;
    w->wake_event = SDL_RegisterEvents(1);
    viewport_update(w);
    SDL_StartTextInput();
    return w;
}

void window_close(struct window *w)
{
    if (!w)
        return;
    SDL_DestroyWindow(w->sdl);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    free(w);
}

bool window_needs_repaint(struct window *w)
{
    bool was = w->repaint;
    w->repaint = false;
    return was;
}

/* The part of the window that shows r, whole pixels outwards. */
static struct rect to_window(const struct viewport *v, struct rect r)
{
    int x0 = (int)((int64_t)r.x * v->shown.w / v->fb_w), y0 = (int)((int64_t)r.y * v->shown.h / v->fb_h);
    int x1 = (int)(((int64_t)(r.x + r.w) * v->shown.w + v->fb_w - 1) / v->fb_w);
    int y1 = (int)(((int64_t)(r.y + r.h) * v->shown.h + v->fb_h - 1) / v->fb_h);
    return (struct rect){v->shown.x + x0, v->shown.y + y0, x1 - x0, y1 - y0};
}

/* Surfaces that are not XRGB8888 are rare enough for SDL's own conversion of the whole. */
static void present_converted(SDL_Surface *surface, const struct viewport *v, const struct pixels *px)
{
    SDL_Surface *ours =
        SDL_CreateRGBSurfaceWithFormatFrom(px->p, px->width, px->height, 32, px->stride * 4, SDL_PIXELFORMAT_RGB888);
    SDL_Rect to = {v->shown.x, v->shown.y, v->shown.w, v->shown.h};
    SDL_BlitScaled(ours, NULL, surface, &to);
    SDL_FreeSurface(ours);
}

void window_present(struct window *w, const struct pixels *px, const struct rect *dirty, int n)
{
    SDL_Surface *surface = SDL_GetWindowSurface(w->sdl);
    if (!surface || n <= 0)
        return;
    if (SDL_BYTESPERPIXEL(surface->format->format) != 4 || surface->format->Rmask != 0xff0000) {
        present_converted(surface, &w->view, px);
        SDL_UpdateWindowSurface(w->sdl);
        return;
    }
    struct pixels out = {surface->pixels, surface->w, surface->h, surface->pitch / 4};
    SDL_Rect *rects = xmalloc((size_t)n * sizeof *rects);
    for (int i = 0; i < n; i++) {
        struct rect r = rect_intersect(to_window(&w->view, dirty[i]), (struct rect){0, 0, out.width, out.height});
        scale_blit(&out, w->view.shown, r, px, (struct rect){0, 0, px->width, px->height}, 0);
        rects[i] = (SDL_Rect){r.x, r.y, r.w, r.h};
    }
    SDL_UpdateWindowSurfaceRects(w->sdl, rects, n);
    free(rects);
}

static void window_event(struct window *w, struct shell *s, const SDL_Event *ev)
{
    struct input_event in;
    if (ev->type == SDL_WINDOWEVENT) {
        if (ev->window.event == SDL_WINDOWEVENT_SIZE_CHANGED)
            viewport_update(w);
        else if (ev->window.event == SDL_WINDOWEVENT_EXPOSED)
            w->repaint = true;
        else if (ev->window.event == SDL_WINDOWEVENT_FOCUS_LOST)
            while (touch_cancel(&w->touch, &in))
                shell_deliver(s, &in);
        return;
    }
    if (touch_translate(&w->touch, &w->view, ev, &in))
        shell_deliver(s, &in);
}

void window_wait(struct window *w, struct shell *s, int timeout_ms)
{
    SDL_Event ev;
    if (!SDL_WaitEventTimeout(&ev, timeout_ms))
        return;
    do {
        window_event(w, s, &ev);
    } while (SDL_PollEvent(&ev));
}

void window_wake(struct window *w)
{
    SDL_Event ev = {.type = w->wake_event};
    SDL_PushEvent(&ev);
}
