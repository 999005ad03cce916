/* Fingers get the lowest free slot; the mouse is a finger of its own id. SDL makes mouse events of touches and touches
 * of mouse events unless both hints are off (window.c); events that still carry the mark of the other are dropped here.
 */
#include "app/shell/internal.h"

#include "sync/base/str.h"

#include <SDL2/SDL.h>
#include <stdio.h>
#include <string.h>

#define MOUSE_FINGER   INT64_MIN
#define WHEEL_NOTCH_PX 120

static void place(const struct viewport *v, double window_x, double window_y, struct input_event *out)
{
    double x = (window_x - v->shown.x) * v->fb_w / v->shown.w, y = (window_y - v->shown.y) * v->fb_h / v->shown.h;
    out->x = x < 0 ? 0 : x >= v->fb_w ? v->fb_w - 1 : (int)x;
    out->y = y < 0 ? 0 : y >= v->fb_h ? v->fb_h - 1 : (int)y;
}

static bool inside(const struct viewport *v, double x, double y)
{
    return x >= v->shown.x && y >= v->shown.y && x < v->shown.x + v->shown.w && y < v->shown.y + v->shown.h;
}

static int slot_of(const struct touch_state *t, int64_t id)
{
    for (int i = 0; i < (int)ARRAY_LEN(t->id); i++)
        if (t->down[i] && t->id[i] == id)
            return i;
    return -1;
}

static int slot_take(struct touch_state *t, int64_t id)
{
    for (int i = 0; i < (int)ARRAY_LEN(t->id); i++)
        if (!t->down[i]) {
            t->down[i] = true;
            t->id[i] = id;
            return i;
        }
    return -1;
}

static bool pointer(struct touch_state *t, const struct viewport *v, enum input_kind kind, int64_t id, double x,
                    double y, struct input_event *out)
{
    int slot = slot_of(t, id);
    if (kind == INPUT_DOWN) {
        if (slot >= 0 || !inside(v, x, y))
            return false;
        slot = slot_take(t, id);
    }
    if (slot < 0)
        return false; /* a hovering mouse, or a finger that went down outside */
    out->kind = kind;
    out->finger = slot;
    place(v, x, y, out);
    if (kind == INPUT_MOVE && out->x == t->x[slot] && out->y == t->y[slot])
        return false;
    t->x[slot] = out->x;
    t->y[slot] = out->y;
    if (kind == INPUT_UP)
        t->down[slot] = false;
    return true;
}

bool touch_cancel(struct touch_state *t, struct input_event *out)
{
    for (int i = 0; i < (int)ARRAY_LEN(t->id); i++)
        if (t->down[i]) {
            t->down[i] = false;
            *out = (struct input_event){.kind = INPUT_CANCEL, .finger = i, .x = t->x[i], .y = t->y[i]};
            return true;
        }
    return false;
}

/* A key that types something comes as INPUT_TEXT; as a key it would come twice. */
static bool key_name(const SDL_KeyboardEvent *k, char *out, size_t size)
{
    SDL_Keycode code = k->keysym.sym;
    if (code == SDLK_KP_ENTER)
        code = SDLK_RETURN;
    bool ctrl = k->keysym.mod & KMOD_CTRL, alt = k->keysym.mod & KMOD_ALT;
    bool types = code >= ' ' && code != SDLK_DELETE && !(code & SDLK_SCANCODE_MASK);
    bool keypad_types =
        code >= SDLK_KP_DIVIDE && code <= SDLK_KP_PERIOD && code != SDLK_KP_ENTER && (k->keysym.mod & KMOD_NUM);
    bool modifier = code >= SDLK_LCTRL && code <= SDLK_RGUI;
    const char *name = SDL_GetKeyName(code);
    if (((types || keypad_types) && !ctrl && !alt) || modifier || !name[0])
        return false;
    bool shift = k->keysym.mod & KMOD_SHIFT;
    snprintf(out, size, "%s%s%s%s", ctrl ? "Ctrl+" : "", alt ? "Alt+" : "", shift ? "Shift+" : "", name);
    return true;
}

bool touch_translate(struct touch_state *t, const struct viewport *v, const SDL_Event *ev, struct input_event *out)
{
    *out = (struct input_event){0};
    switch (ev->type) {
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        if (ev->button.which == SDL_TOUCH_MOUSEID || ev->button.button != SDL_BUTTON_LEFT)
            return false;
        return pointer(t, v, ev->type == SDL_MOUSEBUTTONDOWN ? INPUT_DOWN : INPUT_UP, MOUSE_FINGER, ev->button.x,
                       ev->button.y, out);
    case SDL_MOUSEMOTION:
        return ev->motion.which != SDL_TOUCH_MOUSEID &&
               pointer(t, v, INPUT_MOVE, MOUSE_FINGER, ev->motion.x, ev->motion.y, out);
    case SDL_FINGERDOWN:
    case SDL_FINGERMOTION:
    case SDL_FINGERUP:
        /* 0..1 across the window; a panel without a window reports windowID 0 and the same range. */
        return ev->tfinger.touchId != SDL_MOUSE_TOUCHID &&
               pointer(t, v,
                       ev->type == SDL_FINGERDOWN ? INPUT_DOWN
                       : ev->type == SDL_FINGERUP ? INPUT_UP
                                                  : INPUT_MOVE,
                       ev->tfinger.fingerId, (double)ev->tfinger.x * v->window_w, (double)ev->tfinger.y * v->window_h,
                       out);
    case SDL_MOUSEWHEEL: {
        int x, y;
        SDL_GetMouseState(&x, &y);
        place(v, x, y, out);
        out->kind = INPUT_WHEEL;
        out->dx = (int)(ev->wheel.preciseX * WHEEL_NOTCH_PX);
        out->dy = (int)(-ev->wheel.preciseY * WHEEL_NOTCH_PX);
        return true;
    }
    case SDL_TEXTINPUT:
        zcopy(t->text, sizeof t->text, ev->text.text);
        out->kind = INPUT_TEXT;
        out->text = t->text;
        return true;
    case SDL_KEYDOWN:
        out->kind = INPUT_KEY;
        out->text = t->text;
        return key_name(&ev->key, t->text, sizeof t->text);
    case SDL_QUIT:
        out->kind = INPUT_QUIT;
        return true;
    default:
        return false;
    }
}
