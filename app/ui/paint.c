/* The tree into draw commands: surface, text, the widget's own painting, children, scroll bar, ring of focus. */
#include "app/ui/inside.h"

static void paint_look(struct draw *d, const struct node *n)
{
    const struct look *k = &n->look;
    struct rect r = {n->x, n->y, n->w, n->h};
    if (!k->fill_alpha && !k->border)
        return;
    if (!k->radius && !k->border)
        draw_fill(d, r, k->fill, k->fill_alpha);
    else
        draw_round(d, r, k->radius < n->h / 2 ? k->radius : n->h / 2, k->fill, k->fill_alpha, k->border,
                   k->border_color);
}

/* Focus is seen around text boxes always, around the rest when keys are used. */
static void paint_ring(struct ui *u, struct draw *d, const struct node *n)
{
    bool box = n->role && strcmp(n->role, "textbox") == 0;
    if (n->key != u->focus || (!box && !u->keys_used))
        return;
    int out = px(u, box ? 6 : 8), line = px(u, box ? 6 : 5);
    uint32_t color = box ? blend(u->th.paper, u->th.brand, u->env.contrast ? 256 : 40) : u->th.apricot;
    draw_round(d, (struct rect){n->x - out, n->y - out, n->w + 2 * out, n->h + 2 * out}, n->look.radius + out, 0, 0,
               line, color);
}

static void paint_scroll_bar(struct ui *u, struct draw *d, const struct node *n)
{
    const struct scroll *s = n->scroll;
    if (s->content <= s->view || s->view <= 0)
        return;
    int w = px(u, 8), inset = px(u, 6), track = n->h - 2 * inset;
    int h = (int)((int64_t)track * s->view / s->content);
    h = h < px(u, 60) ? px(u, 60) : h;
    int y = n->y + inset + (int)((int64_t)(track - h) * s->offset / (s->content - s->view));
    int x = n->rtl ? n->x + inset : n->x + n->w - inset - w;
    draw_round(d, (struct rect){x, y, w, h}, w / 2, u->th.ink3, 170, 0, 0);
}

static void paint_node(struct ui *u, struct node *n, struct draw *d)
{
    /* What has no part in sight is not drawn, unless its children float out of it. */
    if (n->seen.h <= 0 || n->seen.w <= 0)
        return;
    paint_ring(u, d, n);
    paint_look(d, n);
    if (n->paint)
        n->paint(u, n, d);
    else if (n->text && n->measure == measure_text)
        text_draw(u->text, d, node_lay(u, n), n->x + n->pad_x, n->y + n->pad_y, n->w - 2 * n->pad_x, n->align,
                  n->color);
    bool clips = n->dir == UI_SCROLL && n->scroll;
    if (clips)
        draw_clip(d, n->seen);
    for (struct node *c = n->first; c; c = c->next)
        paint_node(u, c, d);
    if (clips) {
        paint_scroll_bar(u, d, n);
        draw_unclip(d);
    }
}

void paint_tree(struct ui *u)
{
    if (u->root)
        paint_node(u, u->root, u->draw);
}
