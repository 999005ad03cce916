/* Each axis gets a table: for every target pixel in the clip its first source pixel and the weights (sum 256) of the
 * taps from there. One loop then serves shrinking (overlap of areas), enlarging (two taps) and copying (one tap). */
#include "app/shell/scale.h"

#include "sync/base/str.h"

#include <stdlib.h>
#include <string.h>

struct taps {
    int first, n;
    const uint16_t *weights;
};
struct axis {
    struct taps *taps; /* of the target pixels from .. from + n */
    uint16_t *weights;
};

static void tap_area(struct taps *t, uint16_t *w, double a, double b, int size)
{
    int first = (int)a, last = (int)b;
    if ((double)last < b)
        last++;
    if (last > size)
        last = size;
    if (last <= first)
        last = first + 1;
    t->first = first;
    t->n = last - first;
    int sum = 0, largest = 0;
    for (int i = first; i < last; i++) {
        double lo = a > i ? a : i, hi = b < i + 1 ? b : i + 1;
        w[i - first] = (uint16_t)((hi - lo) / (b - a) * 256 + 0.5);
        sum += w[i - first];
        if (w[i - first] > w[largest])
            largest = i - first;
    }
    w[largest] = (uint16_t)(w[largest] + 256 - sum);
}

static void tap_linear(struct taps *t, uint16_t *w, double centre, int size)
{
    double at = centre - 0.5;
    if (at < 0)
        at = 0;
    if (at > size - 1)
        at = size - 1;
    t->first = (int)at;
    w[1] = (uint16_t)((at - t->first) * 256 + 0.5);
    w[0] = (uint16_t)(256 - w[1]);
    t->n = w[1] ? 2 : 1;
}

/* Target pixels from … from + n of to_size pixels that show from_size source pixels starting at origin; flip:
 * backwards. */
static struct axis axis_make(int to_size, int from_size, int origin, bool flip, int from, int n)
{
    double step = (double)from_size / to_size;
    size_t most = step > 1 ? (size_t)step + 3 : 2;
    struct axis a = {xmalloc((size_t)n * sizeof *a.taps), xcalloc((size_t)n * most, sizeof *a.weights)};
    for (int i = 0; i < n; i++) {
        int d = flip ? to_size - 1 - (from + i) : from + i;
        uint16_t *w = a.weights + (size_t)i * most;
        if (step > 1)
            tap_area(&a.taps[i], w, d * step, (d + 1) * step, from_size);
        else
            tap_linear(&a.taps[i], w, (d + 0.5) * step, from_size);
        a.taps[i].first += origin;
        a.taps[i].weights = w;
    }
    return a;
}

static void axis_free(struct axis *a)
{
    free(a->taps);
    free(a->weights);
}

static inline uint32_t sample(const struct pixels *src, const struct taps *tx, const struct taps *ty)
{
    uint64_t rb = 0;
    uint32_t g = 0;
    for (int j = 0; j < ty->n; j++) {
        const uint32_t *row = src->p + (size_t)(ty->first + j) * (size_t)src->stride + tx->first;
        uint64_t row_rb = 0;
        uint32_t row_g = 0;
        for (int i = 0; i < tx->n; i++) {
            uint32_t p = row[i], w = tx->weights[i];
            row_rb += (uint64_t)((uint64_t)(p & 0xff0000) << 16 | (p & 0xff)) * w;
            row_g += (p >> 8 & 0xff) * w;
        }
        rb += row_rb * ty->weights[j];
        g += row_g * ty->weights[j];
    }
    return (uint32_t)((rb >> 48 & 0xff) << 16) | (g >> 16 & 0xff) << 8 | (uint32_t)(rb >> 16 & 0xff);
}

static void copy_rows(const struct pixels *dst, struct rect part, const struct pixels *src, int sx, int sy)
{
    for (int y = 0; y < part.h; y++)
        memcpy(dst->p + (size_t)(part.y + y) * (size_t)dst->stride + part.x,
               src->p + (size_t)(sy + y) * (size_t)src->stride + sx, (size_t)part.w * sizeof *dst->p);
}

void scale_blit(const struct pixels *dst, struct rect to, struct rect clip, const struct pixels *src, struct rect from,
                int turns)
{
    struct rect part = rect_intersect(rect_intersect(to, clip), (struct rect){0, 0, dst->width, dst->height});
    from = rect_intersect(from, (struct rect){0, 0, src->width, src->height});
    if (part.w <= 0 || from.w <= 0 || from.h <= 0)
        return;
    turns &= 3;
    if (turns == 0 && to.w == from.w && to.h == from.h) {
        copy_rows(dst, part, src, from.x + part.x - to.x, from.y + part.y - to.y);
        return;
    }
    bool swapped = turns & 1;
    /* Clockwise: one turn shows the source's left column, upwards, as the top row. */
    struct axis across = swapped ? axis_make(to.w, from.h, from.y, turns == 1, part.x - to.x, part.w)
                                 : axis_make(to.w, from.w, from.x, turns == 2, part.x - to.x, part.w);
    struct axis down = swapped ? axis_make(to.h, from.w, from.x, turns == 3, part.y - to.y, part.h)
                               : axis_make(to.h, from.h, from.y, turns == 2, part.y - to.y, part.h);
    for (int y = 0; y < part.h; y++) {
        uint32_t *out = dst->p + (size_t)(part.y + y) * (size_t)dst->stride + part.x;
        for (int x = 0; x < part.w; x++)
            out[x] =
                swapped ? sample(src, &down.taps[y], &across.taps[x]) : sample(src, &across.taps[x], &down.taps[y]);
    }
    axis_free(&across);
    axis_free(&down);
}
