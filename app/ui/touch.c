/* Fingers: press, tap, drag, scroll with inertia, pinch, long press, repeat. A drag that starts on a button scrolls: the
 * press is given up as soon as the finger has moved further than a tap does. A node is remembered by its key only, since
 * the tree may be built anew between two touches. */
#include "app/ui/inside.h"

#include <math.h>

enum { TAP_SLOP = 24 /* design px ≈ 6 mm */, LONG_MS = 500, REPEAT_FIRST_MS = 420, REPEAT_MS = 70, FRAME_MS = 16 };
enum { GLIDE_FADE_MS = 325, WHEEL_STEP = 120 };

bool node_touch(struct ui *u, struct node *n, const struct touch *t)
{
    if (n->on)
        return n->on(u, n, t);
    if (t->kind != TOUCH_TAP)
        return false;
    emit(u, n->action, UI_TAP, "", 0);
    return true;
}

static struct node *find_key(struct node *n, uint64_t key)
{
    if (n->key == key)
        return n;
    for (struct node *c = n->first; c; c = c->next) {
        struct node *found = find_key(c, key);
        if (found)
            return found;
    }
    return NULL;
}

struct node *node_by_key(const struct ui *u, uint64_t key)
{
    return u->root && key ? find_key(u->root, key) : NULL;
}

/* --- what is under a finger --- */

static struct node *hit_in(struct node *n, int x, int y, bool (*want)(const struct node *))
{
    struct node *best = NULL;
    if (!rect_has(n->seen, x, y) && n->dir == UI_SCROLL)
        return NULL;
    for (struct node *c = n->first; c; c = c->next) {
        struct node *found = hit_in(c, x, y, want);
        if (found)
            best = found; /* later ones lie on top */
    }
    return best ? best : want(n) && rect_has(n->seen, x, y) ? n : NULL;
}

static struct node *hit(const struct ui *u, int x, int y, bool (*want)(const struct node *))
{
    struct node *best = NULL;
    for (struct node *layer = u->root ? u->root->first : NULL; layer; layer = layer->next) {
        if (layer->flags & NODE_LAYER)
            best = NULL;
        struct node *found = hit_in(layer, x, y, want);
        best = found ? found : best;
    }
    return best;
}

static bool takes_touch(const struct node *n)
{
    return n->flags & (NODE_TAP | NODE_DRAG | NODE_DRAG_X);
}

static bool scrolls(const struct node *n)
{
    return n->dir == UI_SCROLL && n->scroll && n->scroll->content > n->scroll->view;
}

/* --- acts --- */

static void tap(struct ui *u, uint64_t key, int x, int y, int64_t ms)
{
    struct node *n = node_by_key(u, key);
    if (!n || (n->state & STATE_DISABLED))
        return;
    bool keeps_focus = n->flags & NODE_KEY, moves = n->key != u->focus;
    u->keys_used = false;
    if (!keeps_focus && moves) {
        focus_set(u, n->flags & NODE_FOCUS ? n : NULL);
        build_if_changed(u); /* what the field said on leaving may have changed the page */
        n = node_by_key(u, key);
        if (!n || (n->state & STATE_DISABLED))
            return;
    }
    node_touch(u, n, &(struct touch){.kind = TOUCH_TAP, .x = x, .y = y, .first = moves && !keeps_focus, .ms = ms});
}

static void down(struct ui *u, struct finger *f, const struct input_event *ev)
{
    struct node *n = hit(u, ev->x, ev->y, takes_touch), *s = hit(u, ev->x, ev->y, scrolls);
    bool stops = u->gliding && s && s->key == u->gliding;
    u->gliding = 0;
    *f = (struct finger){.mode = FINGER_PRESS,
                         .x0 = ev->x,
                         .y0 = ev->y,
                         .x = ev->x,
                         .y = ev->y,
                         .down_ms = ev->mono_ms,
                         .move_ms = ev->mono_ms};
    f->scroller = s ? s->key : 0;
    f->node = n && !stops ? n->key : 0;
    u->keys_used = false;
    shell_invalidate(u->shell);
    u->dirty = true;
    if (!f->node || (n->state & STATE_DISABLED))
        return;
    if (n->flags & NODE_REPEAT) {
        f->fired = true;
        u->repeat_node = n->key;
        u->repeat_ms = ev->mono_ms + REPEAT_FIRST_MS;
        tap(u, n->key, ev->x, ev->y, ev->mono_ms);
    } else if (n->on) {
        n->on(u, n, &(struct touch){.kind = TOUCH_DOWN, .x = ev->x, .y = ev->y, .ms = ev->mono_ms});
    }
}

/* The other finger that drags the same node. */
static struct finger *partner(struct ui *u, const struct finger *f)
{
    for (size_t i = 0; i < MAX_FINGERS; i++) {
        struct finger *o = &u->fingers[i];
        if (o != f && o->node && o->node == f->node && (o->mode == FINGER_PRESS || o->mode == FINGER_DRAG))
            return o;
    }
    return NULL;
}

static void drag(struct ui *u, struct finger *f, const struct input_event *ev, bool first)
{
    struct node *n = node_by_key(u, f->node);
    if (!n || !n->on)
        return;
    struct finger *o = n->flags & NODE_DRAG ? partner(u, f) : NULL;
    int x = first ? f->x0 : f->x, y = first ? f->y0 : f->y;
    struct touch t = {.kind = TOUCH_DRAG,
                      .x = ev->x,
                      .y = ev->y,
                      .dx = ev->x - x,
                      .dy = ev->y - y,
                      .first = first,
                      .ms = ev->mono_ms};
    if (o) {
        double before = hypot(f->x - o->x, f->y - o->y), after = hypot(ev->x - o->x, ev->y - o->y);
        t = (struct touch){.kind = TOUCH_PINCH, .x = (ev->x + o->x) / 2, .y = (ev->y + o->y) / 2, .ms = ev->mono_ms};
        t.dx = before > 1 ? (int)(after * 1000 / before) : 1000;
        o->mode = FINGER_DRAG;
    }
    n->on(u, n, &t);
    ui_changed(u);
}

static void scroll_by(struct ui *u, uint64_t key, int dy)
{
    struct node *n = node_by_key(u, key);
    if (!n || !n->scroll)
        return;
    int most = n->scroll->content - n->scroll->view, at = n->scroll->offset + dy;
    at = at > most ? most : at;
    at = at < 0 ? 0 : at;
    if (at == n->scroll->offset)
        u->gliding = 0;
    n->scroll->offset = at;
    ui_changed(u);
}

static void move_pressed(struct ui *u, struct finger *f, const struct input_event *ev)
{
    int dx = ev->x - f->x0, dy = ev->y - f->y0, slop = px(u, TAP_SLOP);
    struct node *n = node_by_key(u, f->node);
    bool can = n && !(n->state & STATE_DISABLED);
    /* A signature or a wheel starts at once; elsewhere a finger may tremble. */
    if (can && (n->flags & NODE_DRAG) && partner(u, f)) {
        f->mode = FINGER_DRAG;
        drag(u, f, ev, true);
        return;
    }
    if (can && (n->flags & NODE_DRAG))
        slop /= 4;
    if (abs(dx) <= slop && abs(dy) <= slop)
        return;
    bool sideways = abs(dx) > abs(dy);
    if (can && ((n->flags & NODE_DRAG) || ((n->flags & NODE_DRAG_X) && sideways))) {
        f->mode = FINGER_DRAG;
        drag(u, f, ev, true);
    } else if (f->scroller && !f->fired && !sideways) {
        f->mode = FINGER_SCROLL;
        struct node *s = node_by_key(u, f->scroller);
        bool list = s && is(s->role, "list"); /* who looks through a list needs its room more than the keyboard */
        scroll_by(u, f->scroller, -dy);
        if (list)
            focus_set(u, NULL);
    } else if (!n || !rect_has(n->seen, ev->x, ev->y)) {
        f->mode = FINGER_DEAD;
    }
    ui_changed(u);
}

static void move(struct ui *u, struct finger *f, const struct input_event *ev)
{
    if (f->mode == FINGER_PRESS) {
        move_pressed(u, f, ev);
    } else if (f->mode == FINGER_DRAG) {
        drag(u, f, ev, false);
    } else if (f->mode == FINGER_SCROLL) {
        int64_t dt = ev->mono_ms - f->move_ms;
        double v = (double)(f->y - ev->y) / (double)(dt > 0 ? dt : 1);
        f->speed = f->speed == 0 ? v : f->speed * 0.3 + v * 0.7;
        scroll_by(u, f->scroller, f->y - ev->y);
    }
    f->x = ev->x;
    f->y = ev->y;
    f->move_ms = ev->mono_ms;
}

static void up(struct ui *u, struct finger *f, const struct input_event *ev)
{
    struct finger was = *f;
    f->mode = FINGER_UP;
    f->node = 0;
    if (u->repeat_node == was.node)
        u->repeat_node = 0;
    ui_changed(u);
    if (was.mode == FINGER_SCROLL && ev->mono_ms - was.move_ms < 80 && fabs(was.speed) > 0.15 &&
        !u->env.reduced_motion) {
        u->gliding = was.scroller;
        u->glide_speed = was.speed > 6 ? 6 : was.speed < -6 ? -6 : was.speed;
        u->glide_rest = 0;
        u->glide_ms = ev->mono_ms;
    } else if (was.mode == FINGER_DRAG) {
        struct node *n = node_by_key(u, was.node);
        if (n && n->on)
            n->on(u, n, &(struct touch){.kind = TOUCH_DROP, .x = ev->x, .y = ev->y, .ms = ev->mono_ms});
    } else if (was.mode == FINGER_PRESS && !was.fired) {
        build_if_changed(u);
        struct node *n = node_by_key(u, was.node);
        if (n && rect_has(n->seen, ev->x, ev->y))
            tap(u, was.node, ev->x, ev->y, ev->mono_ms);
        else if (!n && !was.node)
            focus_set(u, NULL); /* beside everything: the keyboard goes */
    }
}

static void wheel(struct ui *u, const struct input_event *ev)
{
    struct node *n = hit(u, ev->x, ev->y, takes_touch), *s = hit(u, ev->x, ev->y, scrolls);
    u->gliding = 0;
    if (n && (n->flags & NODE_DRAG) && n->on &&
        n->on(u, n, &(struct touch){.kind = TOUCH_WHEEL, .x = ev->x, .y = ev->y, .dx = ev->dx, .dy = ev->dy}))
        ui_changed(u);
    else if (s)
        scroll_by(u, s->key, -ev->dy * px(u, WHEEL_STEP));
}

void touch_input(struct ui *u, const struct input_event *ev)
{
    if (ev->kind == INPUT_WHEEL) {
        wheel(u, ev);
        return;
    }
    if (ev->finger < 0 || ev->finger >= MAX_FINGERS)
        return;
    struct finger *f = &u->fingers[ev->finger];
    if (ev->kind == INPUT_DOWN) {
        down(u, f, ev);
    } else if (f->mode == FINGER_UP) {
        return;
    } else if (ev->kind == INPUT_MOVE) {
        move(u, f, ev);
    } else if (ev->kind == INPUT_UP) {
        up(u, f, ev);
    } else if (ev->kind == INPUT_CANCEL) {
        *f = (struct finger){0};
        u->repeat_node = 0;
        ui_changed(u);
    }
}

void touch_drop(struct ui *u)
{
    memset(u->fingers, 0, sizeof u->fingers);
    u->gliding = u->repeat_node = 0;
}

/* --- time --- */

static bool glide(struct ui *u, int64_t now)
{
    int64_t dt = now - u->glide_ms;
    if (!u->gliding || dt < FRAME_MS)
        return false;
    double way = u->glide_speed * (double)dt + u->glide_rest;
    u->glide_rest = way - trunc(way);
    u->glide_ms = now;
    u->glide_speed *= exp(-(double)dt / GLIDE_FADE_MS);
    scroll_by(u, u->gliding, (int)way);
    if (fabs(u->glide_speed) < 0.03)
        u->gliding = 0;
    return true;
}

bool touch_tick(struct ui *u, int64_t now)
{
    bool changed = glide(u, now);
    if (u->repeat_node && now >= u->repeat_ms) {
        u->repeat_ms = now + REPEAT_MS;
        build_if_changed(u);
        tap(u, u->repeat_node, 0, 0, now);
        changed = true;
    }
    for (size_t i = 0; i < MAX_FINGERS; i++) {
        struct finger *f = &u->fingers[i];
        if (f->mode != FINGER_PRESS || f->fired || now - f->down_ms < LONG_MS)
            continue;
        struct node *n = node_by_key(u, f->node);
        f->fired = n && !(n->state & STATE_DISABLED) && n->on &&
                   n->on(u, n, &(struct touch){.kind = TOUCH_LONG, .x = f->x, .y = f->y, .ms = now});
        changed |= f->fired;
        f->down_ms = now + 1000000; /* asked once */
    }
    return changed;
}

int64_t touch_deadline(const struct ui *u)
{
    int64_t at = -1;
    if (u->gliding)
        at = u->glide_ms + FRAME_MS;
    if (u->repeat_node && (at < 0 || u->repeat_ms < at))
        at = u->repeat_ms;
    for (size_t i = 0; i < MAX_FINGERS; i++) {
        const struct finger *f = &u->fingers[i];
        if (f->mode == FINGER_PRESS && !f->fired && f->node && (at < 0 || f->down_ms + LONG_MS < at))
            at = f->down_ms + LONG_MS;
    }
    return at;
}
