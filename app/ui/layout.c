#include "app/ui/layout.h"

#include <string.h>

static int max(int a, int b)
{
    return a > b ? a : b;
}

static int min(int a, int b)
{
    return a < b ? a : b;
}

struct rect rect_both(struct rect a, struct rect b)
{
    int x = max(a.x, b.x), y = max(a.y, b.y);
    int w = min(a.x + a.w, b.x + b.w) - x, h = min(a.y + a.h, b.y + b.h) - y;
    return w > 0 && h > 0 ? (struct rect){x, y, w, h} : (struct rect){x, y, 0, 0};
}

bool rect_has(struct rect r, int x, int y)
{
    return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

void layout_init(struct node *n)
{
    n->wish_w = n->least_w = n->natural_h = -1;
}

void layout_append(struct node *parent, struct node *child)
{
    child->parent = parent;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

static bool floats(const struct node *n)
{
    return n->flags & NODE_OVERLAY;
}

static int count(const struct node *n)
{
    int k = 0;
    for (const struct node *c = n->first; c; c = c->next)
        k += !floats(c);
    return k;
}

/* --- widths, bottom-up --- */

/* Widths of the children of n put together as n's direction does; of: wish or least. */
static int across(void *ctx, struct node *n, int (*of)(void *ctx, struct node *c), bool may_break)
{
    int sum = 0, most = 0, k = 0;
    for (struct node *c = n->first; c; c = c->next) {
        if (floats(c))
            continue;
        int w = of(ctx, c);
        sum += w;
        most = max(most, w);
        k++;
    }
    if (n->dir == UI_ROW || (n->dir == UI_WRAP && !may_break))
        return sum + max(0, k - 1) * n->gap;
    if (n->dir == UI_GRID && !may_break)
        return most * max(1, n->columns) + max(0, n->columns - 1) * n->gap;
    return most;
}

static int bounded(const struct node *n, int w)
{
    if (n->max_width)
        w = min(w, n->max_width);
    return max(w, n->min_width);
}

int layout_wish(void *ctx, struct node *n)
{
    if (n->wish_w >= 0)
        return n->wish_w;
    int w = n->measure ? n->measure(ctx, n, -1).w : across(ctx, n, layout_wish, false);
    w += 2 * n->pad_x;
    n->wish_w = bounded(n, n->width ? n->width : w);
    return n->wish_w;
}

int layout_least(void *ctx, struct node *n)
{
    if (n->least_w >= 0)
        return n->least_w;
    int w = n->flags & NODE_NOT_CUT ? layout_wish(ctx, n)
            : n->measure            ? n->measure(ctx, n, 0).w + 2 * n->pad_x
                                    : across(ctx, n, layout_least, true) + 2 * n->pad_x;
    n->least_w = min(max(w, n->min_width), layout_wish(ctx, n));
    return n->least_w;
}

/* --- rows --- */

/* One line of a row: first … before end. Decides the widths of its children in inner pixels. */
struct line {
    struct node *first, *end;
};

static struct node *skip(struct node *c, const struct node *end)
{
    while (c && c != end && floats(c))
        c = c->next;
    return c == end ? NULL : c;
}
#define EACH(c, l) for (struct node *c = skip((l).first, (l).end); c; c = skip(c->next, (l).end))

static int line_count(struct line l)
{
    int k = 0;
    EACH(c, l)
    k++;
    return k;
}

/* Growers take what the others leave, in proportion, but not less than they need. */
static void widen(void *ctx, struct line l, int left)
{
    for (;;) {
        int shares = 0, room = left;
        EACH(c, l)
        {
            if (c->grow && c->w < 0)
                shares += c->grow;
            else if (c->grow)
                room -= c->w;
        }
        if (!shares)
            return;
        bool fixed = false;
        EACH(c, l)
        {
            int share = room * c->grow / shares;
            if (c->grow && c->w < 0 && share < layout_least(ctx, c)) {
                c->w = layout_least(ctx, c);
                fixed = true;
            }
        }
        if (fixed)
            continue;
        EACH(c, l)
        {
            if (!c->grow || c->w >= 0)
                continue;
            c->w = shares <= c->grow ? room : room * c->grow / shares;
            room -= c->w;
            shares -= c->grow;
            if (c->max_width)
                c->w = min(c->w, max(c->max_width, c->min_width));
        }
        return;
    }
}

/* Takes `over` pixels from those that can be narrower, in proportion to how much they can. */
static void narrow(void *ctx, struct line l, int over)
{
    int slack = 0;
    EACH(c, l)
    slack += c->grow ? 0 : c->w - layout_least(ctx, c);
    EACH(c, l)
    {
        int can = c->grow ? 0 : c->w - layout_least(ctx, c);
        if (can <= 0 || slack <= 0)
            continue;
        int give = min(can, (int)(((int64_t)over * can + slack - 1) / slack));
        c->w -= give;
        over -= give;
        slack -= can;
    }
}

static void line_widths(void *ctx, const struct node *n, struct line l, int inner)
{
    int used = max(0, line_count(l) - 1) * n->gap, growers = 0;
    EACH(c, l)
    {
        c->w = c->grow ? -1 : min(layout_wish(ctx, c), inner);
        used += c->grow ? 0 : c->w;
        growers += c->grow ? layout_least(ctx, c) : 0;
    }
    if (used + growers > inner)
        narrow(ctx, l, used + growers - inner);
    used = max(0, line_count(l) - 1) * n->gap;
    EACH(c, l)
    used += c->grow ? 0 : c->w;
    widen(ctx, l, max(0, inner - used));
}

/* The line that starts at c: as many as fit side by side. */
static struct line line_from(void *ctx, const struct node *n, struct node *c, int inner)
{
    struct line l = {c, NULL};
    if (n->dir == UI_ROW && !n->wraps)
        return l;
    int used = 0;
    for (struct node *k = c; k; k = k->next) {
        if (floats(k))
            continue;
        int w = k->grow ? layout_least(ctx, k) : layout_wish(ctx, k);
        if (k->grow && n->dir == UI_WRAP)
            w = max(w, min(layout_wish(ctx, k), inner));
        if (k != c && used + n->gap + w > inner) {
            l.end = k;
            break;
        }
        used += (k == c ? 0 : n->gap) + w;
    }
    return l;
}

static int grid_columns(void *ctx, struct node *n, int inner)
{
    int most = 1;
    for (struct node *c = n->first; c; c = c->next)
        most = max(most, layout_least(ctx, c));
    int cols = max(1, n->columns);
    while (cols > 1 && most * cols + (cols - 1) * n->gap > inner)
        cols--;
    return cols;
}

/* --- heights --- */

static int fit_across(void *ctx, const struct node *n, struct node *c, int inner)
{
    int w = n->cross == CROSS_STRETCH && !c->width ? inner : min(layout_wish(ctx, c), inner);
    if (c->max_width)
        w = min(w, max(c->max_width, c->min_width));
    return w;
}

static void stack_heights(void *ctx, struct node *n, int inner, int *natural, int *least)
{
    for (struct node *c = n->first; c; c = c->next) {
        layout_height(ctx, c, fit_across(ctx, n, c, inner));
        if (floats(c))
            continue;
        *natural = max(*natural, c->natural_h);
        *least = max(*least, c->least_h);
    }
}

static void column_heights(void *ctx, struct node *n, int inner, int *natural, int *least)
{
    int gaps = max(0, count(n) - 1) * n->gap;
    for (struct node *c = n->first; c; c = c->next) {
        layout_height(ctx, c, fit_across(ctx, n, c, inner));
        if (floats(c))
            continue;
        *natural += c->natural_h;
        *least += c->least_h;
    }
    *natural += gaps;
    *least += gaps;
}

static int line_height(void *ctx, const struct node *n, struct line l, int inner)
{
    int h = 0;
    line_widths(ctx, n, l, inner);
    EACH(c, l)
    h = max(h, layout_height(ctx, c, c->w));
    return h;
}

static int row_height(void *ctx, struct node *n, int inner)
{
    int least = max(0, count(n) - 1) * n->gap, total = 0;
    for (struct node *c = n->first; c; c = c->next)
        least += floats(c) ? 0 : layout_least(ctx, c);
    n->wraps = n->dir == UI_WRAP || least > inner;
    struct node *c = skip(n->first, NULL);
    for (bool more = false; c; more = true) {
        struct line l = line_from(ctx, n, c, inner);
        total += (more ? n->gap : 0) + line_height(ctx, n, l, inner);
        c = l.end;
    }
    return total;
}

/* Width of the grid's column i: the pixels that do not divide go to the first ones. */
static int column_width(const struct node *n, int inner, int i)
{
    int room = inner - (n->cols - 1) * n->gap;
    return room / n->cols + (i < room % n->cols);
}

static int grid_height(void *ctx, struct node *n, int inner)
{
    n->cols = grid_columns(ctx, n, inner);
    int total = 0, h = 0, i = 0;
    for (struct node *c = n->first; c; c = c->next) {
        h = max(h, layout_height(ctx, c, column_width(n, inner, i)));
        if (++i == n->cols || !c->next) {
            total += h + (c->next ? n->gap : 0);
            h = i = 0;
        }
    }
    return total;
}

int layout_height(void *ctx, struct node *n, int width)
{
    n->w = width;
    int inner = max(0, width - 2 * n->pad_x), natural = 0, least = 0;
    if (n->measure) {
        natural = least = n->measure(ctx, n, max(1, inner)).h;
    } else if (n->dir == UI_COLUMN || n->dir == UI_SCROLL) {
        column_heights(ctx, n, inner, &natural, &least);
    } else if (n->dir == UI_STACK) {
        stack_heights(ctx, n, inner, &natural, &least);
    } else {
        natural = least = n->dir == UI_GRID ? grid_height(ctx, n, inner) : row_height(ctx, n, inner);
    }
    natural += 2 * n->pad_y;
    least += 2 * n->pad_y;
    if (n->dir == UI_SCROLL && !n->measure) {
        n->scroll->content = natural;
        natural = n->height ? n->height : natural;
        least = min(n->min_height, natural);
    }
    int floor = max(n->height, n->min_height);
    n->natural_h = max(natural, floor);
    n->least_h = n->dir == UI_SCROLL ? max(least, n->min_height) : max(least, floor);
    return n->natural_h;
}

/* --- places --- */

static int start_x(const struct node *n, int offset, int width)
{
    return n->rtl ? n->x + n->w - offset - width : n->x + offset;
}

static int aligned(enum ui_cross how, int room, int size)
{
    return how == CROSS_CENTER ? (room - size) / 2 : how == CROSS_END ? room - size : 0;
}

/* Where the first goes and how much is added between two, when `left` pixels are free. */
static void spread(const struct node *n, int left, int k, int *at, int *between)
{
    *between = n->main == MAIN_BETWEEN && k > 1 ? left / (k - 1) : 0;
    *at = n->main == MAIN_CENTER ? left / 2 : n->main == MAIN_END ? left : 0;
}

/* Heights of a column's children when it is given more or less than it would take. */
static void column_share(struct node *n, int room)
{
    int used = max(0, count(n) - 1) * n->gap, shares = 0;
    for (struct node *c = n->first; c; c = c->next) {
        if (floats(c))
            continue;
        c->h = c->grow && c->dir == UI_SCROLL && !c->measure ? c->least_h : c->natural_h;
        used += c->h;
        shares += c->grow;
    }
    for (struct node *c = n->first; c && used > room; c = c->next) {
        if (floats(c) || c->h <= c->least_h)
            continue;
        int give = min(c->h - c->least_h, used - room);
        c->h -= give;
        used -= give;
    }
    int left = room - used;
    for (struct node *c = n->first; c && left > 0 && shares; c = c->next) {
        if (floats(c) || !c->grow)
            continue;
        int share = shares == c->grow ? left : left * c->grow / shares;
        c->h += share;
        left -= share;
        shares -= c->grow;
    }
}

static void place_column(struct node *n, int top, int room, struct rect clip)
{
    column_share(n, room);
    int used = max(0, count(n) - 1) * n->gap, inner = n->w - 2 * n->pad_x, at, between;
    for (struct node *c = n->first; c; c = c->next)
        used += floats(c) ? 0 : c->h;
    spread(n, max(0, room - used), count(n), &at, &between);
    for (struct node *c = n->first; c; c = c->next) {
        int x = start_x(n, n->pad_x + aligned(n->cross, inner, c->w), c->w);
        if (floats(c)) {
            layout_place(c, x, top, c->natural_h, clip);
            continue;
        }
        layout_place(c, x, top + at, c->h, clip);
        at += c->h + n->gap + between;
    }
}

static int line_used(const struct node *n, struct line l)
{
    int used = max(0, line_count(l) - 1) * n->gap;
    EACH(c, l)
    used += c->w;
    return used;
}

static void place_line(const struct node *n, struct line l, int y, int height, struct rect clip)
{
    int inner = n->w - 2 * n->pad_x, at, between;
    int left = max(0, inner - line_used(n, l));
    spread(n, left, line_count(l), &at, &between);
    EACH(c, l)
    {
        if ((n->flags & NODE_LAST_END) && !skip(c->next, NULL))
            at = inner - c->w;
        int h = n->cross == CROSS_STRETCH ? height : c->natural_h;
        layout_place(c, start_x(n, n->pad_x + at, c->w), y + aligned(n->cross, height, h), h, clip);
        at += c->w + n->gap + between;
    }
}

static void place_rows(struct node *n, int room, struct rect clip)
{
    int inner = n->w - 2 * n->pad_x, y = n->y + n->pad_y;
    struct node *c = skip(n->first, NULL);
    while (c) {
        struct line l = line_from(NULL, n, c, inner); /* everything is measured: the context is not asked */
        int h = 0;
        EACH(k, l)
        h = max(h, k->natural_h);
        bool only = c == skip(n->first, NULL) && !l.end;
        if (only)
            h = max(h, room);
        place_line(n, l, y, h, clip);
        y += h + n->gap;
        c = l.end;
    }
}

static void place_grid(struct node *n, struct rect clip)
{
    int y = n->y + n->pad_y, inner = n->w - 2 * n->pad_x;
    for (struct node *c = n->first; c;) {
        int h = 0, i = 0, x = n->pad_x;
        for (struct node *k = c; k && i < n->cols; k = k->next, i++)
            h = max(h, k->natural_h);
        for (i = 0; c && i < n->cols; c = c->next, i++) {
            layout_place(c, start_x(n, x, c->w), y, h, clip);
            x += column_width(n, inner, i) + n->gap;
        }
        y += h + n->gap;
    }
}

static void place_stack(struct node *n, int room, struct rect clip)
{
    for (struct node *c = n->first; c; c = c->next) {
        int h = n->cross == CROSS_STRETCH && (!c->height || c->grow) ? room : c->natural_h;
        int x = start_x(n, n->pad_x + aligned(n->cross, n->w - 2 * n->pad_x, c->w), c->w);
        layout_place(c, x, n->y + n->pad_y + aligned(n->cross, room, h), h, clip);
    }
}

void layout_place(struct node *n, int x, int y, int height, struct rect clip)
{
    n->x = x;
    n->y = y;
    n->h = height;
    struct rect all = {x, y, n->w, height};
    n->seen = rect_both(all, clip);
    if (n->measure)
        return;
    int room = max(0, height - 2 * n->pad_y);
    if (n->dir == UI_SCROLL) {
        struct scroll *s = n->scroll;
        s->view = height;
        s->offset = max(0, min(s->offset, s->content - s->view));
        place_column(n, y + n->pad_y - s->offset, max(room, s->content - 2 * n->pad_y), n->seen);
    } else if (n->dir == UI_COLUMN) {
        place_column(n, y + n->pad_y, room, clip);
    } else if (n->dir == UI_STACK) {
        place_stack(n, room, clip);
    } else if (n->dir == UI_GRID) {
        place_grid(n, clip);
    } else {
        place_rows(n, room, clip);
    }
}

void layout_root(void *ctx, struct node *root, struct rect r)
{
    layout_height(ctx, root, r.w);
    layout_place(root, r.x, r.y, r.h, r);
}
