/* The signature pad: strokes as they were drawn, told as "x,y,t x,y,t;x,y,t …": a blank parts points, a semicolon parts
 * strokes; x and y in 1/1000 of the pad's width, t in ms since the first touch. */
#include "app/ui/inside.h"

#include <stdio.h>

enum { STARTED, T0 }; /* in hand.v */
enum { POINTS_MAX = 4000 };

struct pad {
    struct ui_action action;
    const char *id;
};

static void add_point(struct hand *h, const struct node *n, const struct touch *t, bool first)
{
    if (!h->v[STARTED]) {
        h->v[STARTED] = 1;
        h->v[T0] = (int)(t->ms & 0x3fffffff);
    }
    int x = (t->x - n->x) * 1000 / (n->w ? n->w : 1), y = (t->y - n->y) * 1000 / (n->w ? n->w : 1);
    int bottom = n->h * 1000 / (n->w ? n->w : 1);
    x = x < 0 ? 0 : x > 1000 ? 1000 : x;
    y = y < 0 ? 0 : y > bottom ? bottom : y;
    if (h->text.len > POINTS_MAX * 12)
        return;
    str_printf(&h->text, "%s%d,%d,%d",
               !h->text.len ? ""
               : first      ? ";"
                            : " ",
               x, y, (int)(t->ms & 0x3fffffff) - h->v[T0]);
}

static bool pad_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct pad *p = n->data;
    struct hand *h = hand_of(u, n->key);
    if (t->kind == TOUCH_DOWN)
        add_point(h, n, t, true);
    else if (t->kind == TOUCH_DRAG)
        add_point(h, n, t, false);
    else if (t->kind == TOUCH_DROP || t->kind == TOUCH_TAP)
        emit(u, p->action, UI_COMMIT, str_z(&h->text), 0);
    else
        return t->kind == TOUCH_LONG;
    ui_changed(u);
    return t->kind != TOUCH_LONG;
}

static void paint_pad(struct ui *u, struct node *n, struct draw *d)
{
    const struct hand *h = hand_of(u, n->key);
    struct rect r = {n->x, n->y, n->w, n->h};
    draw_round(d, r, u->th.radius_field, u->th.card, 255, u->th.border, u->th.line);
    draw_fill(d, (struct rect){n->x + n->w / 12, n->y + n->h * 3 / 4, n->w * 5 / 6, u->th.border}, u->th.line, 255);
    int xy[2 * 256], k = 0, width = px(u, 6) * 16;
    for (const char *p = str_z(&h->text); *p;) {
        int x, y, t, used = 0;
        if (sscanf(p, "%d,%d,%d%n", &x, &y, &t, &used) != 3)
            break;
        xy[2 * k] = n->x + x * n->w / 1000;
        xy[2 * k + 1] = n->y + y * n->w / 1000;
        k++;
        p += used;
        bool ends = *p != ' ';
        if (ends || k == 256) {
            if (k == 1) { /* a dot */
                xy[2] = xy[0] + 1;
                xy[3] = xy[1];
                k = 2;
            }
            draw_stroke(d, xy, k, width, u->th.ink);
            xy[0] = xy[2 * (k - 1)];
            xy[1] = xy[2 * (k - 1) + 1];
            k = ends ? 0 : 1;
        }
        p += *p != '\0';
    }
}

static bool clear_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    const struct pad *p = n->data;
    struct hand *h = hand_of(u, key_of(p->id));
    str_finish_secret(&h->text);
    h->v[STARTED] = 0;
    emit(u, p->action, UI_COMMIT, "", 0);
    return true;
}

void ui_signature(struct ui *u, const char *id, const char *label, struct ui_action action)
{
    struct pad *p = arena_take(&u->arena, sizeof *p);
    *p = (struct pad){action_copy(u, action), arena_text(&u->arena, id)};
    struct node *all = box_begin(u, UI_COLUMN, NULL);
    all->gap = u->th.space[1];
    struct node *head = box_begin(u, UI_ROW, NULL);
    head->cross = CROSS_CENTER;
    head->gap = u->th.space[2];
    put_text(u, label, TEXT_SECONDARY, u->th.ink2)->grow = 1;
    bool empty = !hand_of(u, key_of(id))->text.len;
    put_pressable(u, IDF(u, "%s.clear", id), tr(u, "ui.clear"), BUTTON_PILL, empty, clear_on, p);
    box_end(u);
    struct node *n = node_new(u, id);
    n->role = "image";
    n->label = arena_text(&u->arena, label);
    n->value = empty ? "" : tr(u, "ui.signed");
    n->height = px(u, 360);
    n->flags |= NODE_DRAG;
    n->state = STATE_ENABLED;
    n->paint = paint_pad;
    n->on = pad_on;
    n->data = p;
    box_end(u);
}
