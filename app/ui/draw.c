/* A frame's commands are kept in a list. Each command adds its hash to the hashes of the cells it touches: what it
 * shows there, where it is cut there, and nothing else, so that a card that grows at its foot leaves its head alone.
 * Cells whose hash differs from the last frame's are joined into rectangles and painted, in bands that stay in the
 * processor's cache, from the last command that covers the band. */
#include "app/ui/draw.h"

#include "app/ui/draw_internal.h"
#include "app/ui/text_run.h"
#include "sync/base/str.h"

#include <stdlib.h>
#include <string.h>

#define CELL      64
#define MAX_CLIPS 32
#define MAX_RECTS 256

enum op { OP_FILL, OP_ROUND, OP_GRADIENT, OP_POLYGON, OP_STROKE, OP_RUN, OP_IMAGE };
struct command {
    enum op op;
    struct rect seen; /* what of it is inside clip and target */
    uint64_t hash;    /* of what it shows, its place included, its clip not */
    union {
        struct {
            uint32_t color;
            int alpha;
        } fill;
        struct round_box round;
        struct {
            struct rect r;
            uint32_t top, bottom;
        } gradient;
        struct { /* polygon, stroke: points in the arena */
            size_t points;
            int n, width16, alpha;
            uint32_t color;
        } shape;
        struct {
            const struct text_run *run;
            int x, y;
            uint32_t color;
        } run;
        struct {
            struct pixels px;
            struct rect to, from;
            int turns;
        } image;
    };
};

struct draw {
    struct pixels target;
    struct command *commands;
    size_t n, cap;
    int *points;
    size_t n_points, cap_points;
    struct rect clips[MAX_CLIPS];
    int depth;
    int columns, rows;
    uint64_t *now, *before;
    bool all; /* everything is dirty */
    struct corners corners;
};

struct draw *draw_create(void)
{
    struct draw *d = xcalloc(1, sizeof *d);
    d->all = true;
    return d;
}

void draw_destroy(struct draw *d)
{
    if (!d)
        return;
    free(d->commands);
    free(d->points);
    free(d->now);
    free(d->before);
    corners_free(&d->corners);
    free(d);
}

void draw_forget(struct draw *d)
{
    d->all = true;
}

void draw_begin(struct draw *d, struct pixels target)
{
    if (target.p != d->target.p || target.width != d->target.width || target.height != d->target.height ||
        target.stride != d->target.stride) {
        d->columns = (target.width + CELL - 1) / CELL;
        d->rows = (target.height + CELL - 1) / CELL;
        size_t cells = (size_t)d->columns * (size_t)d->rows;
        d->now = xrealloc(d->now, cells * sizeof *d->now);
        d->before = xrealloc(d->before, cells * sizeof *d->before);
        d->all = true;
    }
    d->target = target;
    d->n = d->n_points = 0;
    d->depth = 0;
    d->clips[0] = (struct rect){0, 0, target.width, target.height};
}

void draw_clip(struct draw *d, struct rect r)
{
    if (d->depth + 1 == MAX_CLIPS)
        abort(); /* unbalanced */
    d->clips[d->depth + 1] = rect_intersect(d->clips[d->depth], r);
    d->depth++;
}

void draw_unclip(struct draw *d)
{
    if (d->depth == 0)
        abort();
    d->depth--;
}

/* --- commands --- */

static inline uint64_t hash_add(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

static inline uint64_t pair(int a, int b)
{
    return (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
}

static uint64_t hash_rect(uint64_t h, struct rect r)
{
    return hash_add(hash_add(h, pair(r.x, r.y)), pair(r.w, r.h));
}

/* NULL when nothing of it can be seen. */
static struct command *command_add(struct draw *d, enum op op, struct rect box)
{
    struct rect seen = rect_intersect(box, d->clips[d->depth]);
    if (seen.w <= 0)
        return NULL;
    if (d->n == d->cap) {
        d->cap = d->cap ? d->cap * 2 : 512;
        d->commands = xrealloc(d->commands, d->cap * sizeof *d->commands);
    }
    struct command *c = &d->commands[d->n++];
    c->op = op;
    c->seen = seen;
    c->hash = hash_add(0x51ed270b7a2fd1b5u, (uint64_t)op);
    return c;
}

void draw_fill(struct draw *d, struct rect r, uint32_t color, int alpha)
{
    struct command *c = alpha > 0 ? command_add(d, OP_FILL, r) : NULL;
    if (!c)
        return;
    c->fill.color = color & 0xffffff;
    c->fill.alpha = alpha > 255 ? 255 : alpha;
    c->hash = hash_add(c->hash, pair((int)c->fill.color, c->fill.alpha));
}

void draw_dim(struct draw *d, struct rect r, int alpha)
{
    draw_fill(d, r, 0x000000, alpha);
}

void draw_round(struct draw *d, struct rect r, int radius, uint32_t fill, int fill_alpha, int border,
                uint32_t border_color)
{
    struct command *c = command_add(d, OP_ROUND, r);
    if (!c)
        return;
    int most = (r.w < r.h ? r.w : r.h) / 2;
    c->round = (struct round_box){.r = r,
                                  .radius = radius < 0      ? 0
                                            : radius > most ? most
                                                            : radius,
                                  .border = border < 0      ? 0
                                            : border > most ? most
                                                            : border,
                                  .fill = fill & 0xffffff,
                                  .border_color = border_color & 0xffffff,
                                  .fill_alpha = fill_alpha < 0     ? 0
                                                : fill_alpha > 255 ? 255
                                                                   : fill_alpha};
    c->hash = hash_rect(c->hash, r);
    c->hash = hash_add(c->hash, pair(c->round.radius, c->round.border));
    c->hash = hash_add(c->hash, pair((int)c->round.fill, c->round.fill_alpha));
    c->hash = hash_add(c->hash, c->round.border_color);
}

void draw_gradient(struct draw *d, struct rect r, uint32_t top, uint32_t bottom)
{
    struct command *c = command_add(d, OP_GRADIENT, r);
    if (!c)
        return;
    c->gradient.r = r;
    c->gradient.top = top;
    c->gradient.bottom = bottom;
    c->hash = hash_add(hash_add(c->hash, pair(r.y, r.h)), pair((int)top, (int)bottom));
}

static void shape_add(struct draw *d, enum op op, const int *xy, int n, int scale, int width16, uint32_t color,
                      int alpha)
{
    size_t count = (size_t)n * 2;
    if (d->n_points + count > d->cap_points) {
        d->cap_points = (d->n_points + count) * 2;
        d->points = xrealloc(d->points, d->cap_points * sizeof *d->points);
    }
    int *own = d->points + d->n_points;
    for (size_t i = 0; i < count; i++)
        own[i] = xy[i] * scale;
    struct command *c = command_add(d, op, polygon_bounds(own, n, op == OP_STROKE ? width16 / 2 + 16 : 0));
    if (!c)
        return;
    c->shape.points = d->n_points;
    c->shape.n = n;
    c->shape.width16 = width16;
    c->shape.color = color & 0xffffff;
    c->shape.alpha = alpha > 255 ? 255 : alpha;
    d->n_points += count;
    c->hash = hash_add(hash_add(c->hash, pair((int)c->shape.color, c->shape.alpha)), pair(width16, n));
    for (int i = 0; i < n; i++)
        c->hash = hash_add(c->hash, pair(own[2 * i], own[2 * i + 1]));
}

void draw_polygon(struct draw *d, const int *xy, int n_points, uint32_t color, int alpha)
{
    if (n_points >= 3 && alpha > 0)
        shape_add(d, OP_POLYGON, xy, n_points, 16, 0, color, alpha);
}

void draw_stroke(struct draw *d, const int *xy, int n_points, int width16, uint32_t color)
{
    if (n_points >= 1 && width16 > 0)
        shape_add(d, OP_STROKE, xy, n_points, 16, width16, color, 255);
}

void draw_stroke16(struct draw *d, const int *xy16, int n_points, int width16, uint32_t color)
{
    if (n_points >= 1 && width16 > 0)
        shape_add(d, OP_STROKE, xy16, n_points, 1, width16, color, 255);
}

void draw_run(struct draw *d, int x, int baseline, const struct text_run *run, uint32_t color)
{
    if (!run || !run->coverage)
        return;
    int left = x + run->left, top = baseline - run->ascent;
    struct command *c = command_add(d, OP_RUN, (struct rect){left, top, run->width, run->height});
    if (!c)
        return;
    c->run.run = run;
    c->run.x = left;
    c->run.y = top;
    c->run.color = color & 0xffffff;
    c->hash = hash_add(hash_add(hash_add(c->hash, run->hash), pair(left, top)), c->run.color);
}

void draw_image(struct draw *d, struct rect r, const struct image *img, struct rect source, int quarter_turns)
{
    struct command *c = img && img->p ? command_add(d, OP_IMAGE, r) : NULL;
    if (!c)
        return;
    c->image.px = (struct pixels){(uint32_t *)img->p, img->width, img->height, img->stride};
    c->image.to = r;
    c->image.from = source;
    c->image.turns = quarter_turns & 3;
    c->hash = hash_rect(hash_rect(c->hash, r), source);
    c->hash = hash_add(hash_add(c->hash, img->stamp), (uint64_t)c->image.turns);
}

/* --- cells --- */

static bool contains(struct rect outer, struct rect inner)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

/* Whether part shows only the plain inside of a rounded box. */
static bool plain_inside(const struct round_box *b, struct rect part)
{
    int x = b->border, y = b->radius > b->border ? b->radius : b->border;
    struct rect across = {b->r.x + x, b->r.y + y, b->r.w - 2 * x, b->r.h - 2 * y};
    struct rect down = {b->r.x + y, b->r.y + x, b->r.w - 2 * y, b->r.h - 2 * x};
    return contains(across, part) || contains(down, part);
}

static uint64_t cell_hash(const struct command *c, struct rect part)
{
    uint64_t h = c->hash;
    if (c->op == OP_ROUND && plain_inside(&c->round, part))
        h = hash_add(1, pair((int)c->round.fill, c->round.fill_alpha));
    return hash_rect(h, part);
}

static void cells_update(struct draw *d)
{
    size_t cells = (size_t)d->columns * (size_t)d->rows;
    memset(d->now, 0, cells * sizeof *d->now);
    for (size_t i = 0; i < d->n; i++) {
        const struct command *c = &d->commands[i];
        int x0 = c->seen.x / CELL, x1 = (c->seen.x + c->seen.w - 1) / CELL;
        int y0 = c->seen.y / CELL, y1 = (c->seen.y + c->seen.h - 1) / CELL;
        for (int y = y0; y <= y1; y++)
            for (int x = x0; x <= x1; x++) {
                uint64_t *cell = &d->now[(size_t)y * (size_t)d->columns + (size_t)x];
                struct rect part = rect_intersect(c->seen, (struct rect){x * CELL, y * CELL, CELL, CELL});
                *cell = hash_add(*cell, cell_hash(c, part));
            }
    }
}

static struct rect rect_union(struct rect a, struct rect b)
{
    int x0 = a.x < b.x ? a.x : b.x, y0 = a.y < b.y ? a.y : b.y;
    int x1 = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w, y1 = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (struct rect){x0, y0, x1 - x0, y1 - y0};
}

static int64_t area(struct rect r)
{
    return (int64_t)r.w * r.h;
}

/* Joins the two that waste least until there are at most max; joined ones may overlap others, which are then joined
 * too. */
static int rects_reduce(struct rect *r, int n, int max)
{
    while (n > max) {
        int best_a = 0, best_b = 1;
        int64_t best = INT64_MAX;
        for (int a = 0; a < n; a++)
            for (int b = a + 1; b < n; b++) {
                int64_t waste = area(rect_union(r[a], r[b])) - area(r[a]) - area(r[b]);
                if (waste < best) {
                    best = waste;
                    best_a = a;
                    best_b = b;
                }
            }
        r[best_a] = rect_union(r[best_a], r[best_b]);
        r[best_b] = r[--n];
        for (int i = 0; i < n; i++) /* what the new one covers */
            if (i != best_a && rect_intersect(r[i], r[best_a]).w > 0) {
                r[best_a] = rect_union(r[best_a], r[i]);
                r[i] = r[--n];
                if (best_a == n)
                    best_a = i;
                i = -1;
            }
    }
    return n;
}

/* Runs of changed cells in a row, joined with an equal run right above. In cells. */
static int rects_collect(const struct draw *d, struct rect *out, int max)
{
    int n = 0;
    for (int y = 0; y < d->rows; y++)
        for (int x = 0; x < d->columns; x++) {
            const uint64_t *now = d->now + (size_t)y * (size_t)d->columns,
                           *before = d->before + (size_t)y * (size_t)d->columns;
            if (!d->all && now[x] == before[x])
                continue;
            int from = x;
            while (x < d->columns && (d->all || now[x] != before[x]))
                x++;
            int i = 0;
            while (i < n && !(out[i].x == from && out[i].w == x - from && out[i].y + out[i].h == y))
                i++;
            if (i < n) {
                out[i].h++;
                continue;
            }
            if (n == max)
                n = rects_reduce(out, n, max / 2);
            out[n++] = (struct rect){from, y, x - from, 1};
        }
    return n;
}

/* --- painting --- */

/* Whether nothing below shows through inside part. */
static bool hides(const struct command *c, struct rect part)
{
    if (!contains(c->seen, part))
        return false;
    switch (c->op) {
    case OP_FILL:
        return c->fill.alpha == 255;
    case OP_ROUND:
        return c->round.fill_alpha == 255 && plain_inside(&c->round, part);
    case OP_GRADIENT:
    case OP_IMAGE:
        return true;
    case OP_POLYGON:
    case OP_STROKE:
    case OP_RUN:
        return false;
    }
    return false;
}

static void command_paint(struct draw *d, const struct command *c, struct rect part)
{
    const struct pixels *px = &d->target;
    switch (c->op) {
    case OP_FILL:
        paint_fill(px, part, c->fill.color, c->fill.alpha);
        break;
    case OP_ROUND:
        paint_round(px, part, &c->round, &d->corners);
        break;
    case OP_GRADIENT:
        paint_gradient(px, part, c->gradient.r, c->gradient.top, c->gradient.bottom);
        break;
    case OP_POLYGON:
        paint_polygon(px, part, d->points + c->shape.points, c->shape.n, c->shape.color, c->shape.alpha);
        break;
    case OP_STROKE:
        paint_stroke(px, part, d->points + c->shape.points, c->shape.n, c->shape.width16, c->shape.color);
        break;
    case OP_RUN:
        paint_coverage(px, part, c->run.x, c->run.y, c->run.run->coverage, c->run.run->width, c->run.run->height,
                       c->run.run->stride, c->run.color, 255);
        break;
    case OP_IMAGE:
        scale_blit(px, c->image.to, part, &c->image.px, c->image.from, c->image.turns);
        break;
    }
}

static void band_paint(struct draw *d, struct rect band)
{
    size_t first = d->n;
    while (first > 0 && !hides(&d->commands[first - 1], band))
        first--;
    if (first > 0)
        first--;
    else
        paint_fill(&d->target, band, 0, 255); /* no ground: what is translucent must not pile up */
    for (size_t i = first; i < d->n; i++) {
        struct rect part = rect_intersect(d->commands[i].seen, band);
        if (part.w > 0)
            command_paint(d, &d->commands[i], part);
    }
}

int draw_end(struct draw *d, struct rect *dirty, int max)
{
    cells_update(d);
    struct rect rects[MAX_RECTS];
    int n = rects_reduce(rects, rects_collect(d, rects, MAX_RECTS), max > 0 ? max : 1);
    for (int i = 0; i < n; i++) {
        for (int y = rects[i].y; y < rects[i].y + rects[i].h; y++)
            band_paint(
                d, rect_intersect((struct rect){rects[i].x * CELL, y * CELL, rects[i].w * CELL, CELL}, d->clips[0]));
        struct rect r = {rects[i].x * CELL, rects[i].y * CELL, rects[i].w * CELL, rects[i].h * CELL};
        rects[i] = rect_intersect(r, d->clips[0]);
        if (i < max)
            dirty[i] = rects[i];
    }
    uint64_t *t = d->before;
    d->before = d->now;
    d->now = t;
    d->all = false;
    return n < max ? n : max;
}
