/* Painters on XRGB8888 rows. Spans of one colour go through wmemset, which the C library has in wide registers; text is
 * mostly empty and mostly full, so coverage is looked at eight pixels at a time. */
#include "app/ui/draw_internal.h"

#include "sync/base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

_Static_assert(sizeof(wchar_t) == sizeof(uint32_t), "spans are filled with wmemset");

static inline uint32_t *row_at(const struct pixels *px, int x, int y)
{
    return px->p + (size_t)y * (size_t)px->stride + x;
}

static inline void span(uint32_t *p, int n, uint32_t color)
{
    if (n > 0)
        wmemset((wchar_t *)p, (wchar_t)color, (size_t)n);
}

static inline void span_mix(uint32_t *p, int n, uint32_t color, unsigned alpha)
{
    if (alpha == 255) {
        span(p, n, color);
        return;
    }
    unsigned s = alpha + (alpha >> 7), d = 256 - s;
    uint32_t rb = (color & 0xff00ff) * s, g = (color & 0x00ff00) * s;
    for (int i = 0; i < n; i++)
        p[i] = ((rb + (p[i] & 0xff00ff) * d) >> 8 & 0xff00ff) | ((g + (p[i] & 0x00ff00) * d) >> 8 & 0x00ff00);
}

void paint_fill(const struct pixels *px, struct rect clip, uint32_t color, int alpha)
{
    for (int y = 0; y < clip.h; y++)
        span_mix(row_at(px, clip.x, clip.y + y), clip.w, color, (unsigned)alpha);
}

/* --- rounded boxes --- */

const uint8_t *corner_coverage(struct corners *c, int radius)
{
    if (radius <= 0)
        return NULL;
    for (size_t i = 0; i < c->n; i++)
        if (c->items[i].radius == radius)
            return c->items[i].coverage;
    uint8_t *cover = xmalloc((size_t)radius * (size_t)radius);
    for (int y = 0; y < radius; y++)
        for (int x = 0; x < radius; x++) {
            double dx = radius - x - 0.5, dy = radius - y - 0.5;
            double a = radius + 0.5 - sqrt(dx * dx + dy * dy);
            cover[y * radius + x] = (uint8_t)(a <= 0 ? 0 : a >= 1 ? 255 : a * 255 + 0.5);
        }
    c->items = xrealloc(c->items, (c->n + 1) * sizeof *c->items);
    c->items[c->n++] = (struct corner){radius, cover};
    return cover;
}

void corners_free(struct corners *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->items[i].coverage);
    free(c->items);
}

/* Coverage of a w × h rounded box at (x, y) inside it. */
static inline unsigned box_coverage(const uint8_t *corner, int radius, int w, int h, int x, int y)
{
    if (x < 0 || y < 0 || x >= w || y >= h)
        return 0;
    int cx = x < radius ? x : x >= w - radius ? w - 1 - x : radius;
    int cy = y < radius ? y : y >= h - radius ? h - 1 - y : radius;
    return cx < radius && cy < radius ? corner[cy * radius + cx] : 255;
}

static inline uint32_t mix3(uint32_t dst, uint32_t a, unsigned wa, uint32_t b, unsigned wb)
{
    unsigned wd = 255 - wa - wb;
    uint32_t out = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        unsigned v = (dst >> shift & 255) * wd + (a >> shift & 255) * wa + (b >> shift & 255) * wb;
        out |= (v + 127) / 255 << shift;
    }
    return out;
}

void paint_round(const struct pixels *px, struct rect clip, const struct round_box *box, struct corners *corners)
{
    const struct rect r = box->r;
    int b = box->border, outer_r = box->radius, inner_r = outer_r > b ? outer_r - b : 0;
    const uint8_t *inner = corner_coverage(corners, inner_r), *outer = corner_coverage(corners, outer_r);
    int x0 = clip.x - r.x, x1 = x0 + clip.w, edge = outer_r > b ? outer_r : b;
    for (int y = clip.y - r.y; y < clip.y - r.y + clip.h; y++) {
        uint32_t *row = row_at(px, r.x, r.y + y);
        bool in_border = y < b || y >= r.h - b, in_corner = y < outer_r || y >= r.h - outer_r;
        int side = in_corner ? edge : b; /* pixels at both ends that are looked at one by one */
        for (int x = x0; x < x1; x++) {
            if (x >= side && x < r.w - side) { /* the straight part between */
                int end = r.w - side < x1 ? r.w - side : x1;
                if (in_border)
                    span(row + x, end - x, box->border_color);
                else
                    span_mix(row + x, end - x, box->fill, (unsigned)box->fill_alpha);
                x = end - 1;
                continue;
            }
            unsigned all = box_coverage(outer, outer_r, r.w, r.h, x, y);
            unsigned in = box_coverage(inner, inner_r, r.w - 2 * b, r.h - 2 * b, x - b, y - b);
            if (all == 0)
                continue;
            if (in > all)
                in = all;
            row[x] = mix3(row[x], box->fill, in * (unsigned)box->fill_alpha / 255, box->border_color, all - in);
        }
    }
}

/* --- gradient --- */

/* Ordered dither keeps a quiet gradient on a large panel free of bands. */
static const uint8_t bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};

void paint_gradient(const struct pixels *px, struct rect clip, struct rect r, uint32_t top, uint32_t bottom)
{
    for (int y = clip.y; y < clip.y + clip.h; y++) {
        uint32_t four[4] = {0};
        for (int shift = 0; shift < 24; shift += 8) {
            int a = (int)(top >> shift & 255), b = (int)(bottom >> shift & 255);
            int v = a * 256 + (int)((int64_t)(b - a) * 256 * (2 * (y - r.y) + 1) / (2 * r.h));
            for (int i = 0; i < 4; i++)
                four[i] |= (uint32_t)((v + bayer[y & 3][i] * 16) >> 8) << shift;
        }
        uint32_t *row = row_at(px, 0, y);
        for (int x = clip.x; x < clip.x + clip.w; x++)
            row[x] = four[x & 3];
    }
}

/* --- coverage: glyphs and what is made of them --- */

static inline void coverage_pixels(uint32_t *p, const uint8_t *c, int n, uint32_t color, unsigned alpha)
{
    for (int i = 0; i < n; i++) {
        unsigned a = c[i];
        if (a == 0)
            continue;
        if (alpha != 255)
            a = a * alpha / 255;
        p[i] = a == 255 ? color : mix(p[i], color, a);
    }
}

void paint_coverage(const struct pixels *px, struct rect clip, int x, int y, const uint8_t *coverage, int width,
                    int height, int stride, uint32_t color, int alpha)
{
    struct rect part = rect_intersect(clip, (struct rect){x, y, width, height});
    if (part.w <= 0)
        return;
    for (int j = part.y; j < part.y + part.h; j++) {
        const uint8_t *c = coverage + (size_t)(j - y) * (size_t)stride + (part.x - x);
        uint32_t *p = row_at(px, part.x, j);
        int i = 0;
        for (; i + 8 <= part.w; i += 8) {
            uint64_t eight;
            memcpy(&eight, c + i, 8);
            if (eight == 0)
                continue;
            if (eight == UINT64_MAX && alpha == 255)
                span(p + i, 8, color);
            else
                coverage_pixels(p + i, c + i, 8, color, (unsigned)alpha);
        }
        coverage_pixels(p + i, c + i, part.w - i, color, (unsigned)alpha);
    }
}
