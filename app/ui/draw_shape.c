/* Polygons: every edge adds, per row, the signed area it covers to the right of it; the running sum over a row is the
 * coverage. Exact for simple polygons, whatever their winding. Strokes: the distance to the nearest segment of the
 * line; joints and ends are round of themselves, and no pixel is painted twice. */
#include "app/ui/draw_internal.h"

#include "sync/base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int floor16(int v)
{
    return v >> 4; /* arithmetic: towards minus infinity */
}

struct rect polygon_bounds(const int *xy16, int n, int margin16)
{
    if (n < 1)
        return (struct rect){0};
    int x0 = xy16[0], x1 = x0, y0 = xy16[1], y1 = y0;
    for (int i = 1; i < n; i++) {
        int x = xy16[2 * i], y = xy16[2 * i + 1];
        x0 = x < x0 ? x : x0;
        x1 = x > x1 ? x : x1;
        y0 = y < y0 ? y : y0;
        y1 = y > y1 ? y : y1;
    }
    x0 = floor16(x0 - margin16);
    y0 = floor16(y0 - margin16);
    x1 = floor16(x1 + margin16 + 15);
    y1 = floor16(y1 + margin16 + 15);
    return (struct rect){x0, y0, x1 - x0, y1 - y0};
}

/* Adds a piece of an edge that stays within one row: from (xa, ya) to (xb, yb), rows relative to the accumulator's
 * first column. */
static void edge_in_row(float *acc, int width, float xa, float ya, float xb, float yb)
{
    float dy = yb - ya;
    if (dy == 0)
        return;
    if (xa > xb) {
        float t = xa;
        xa = xb;
        xb = t;
    }
    if (xb <= 0) { /* left of all: covers every column */
        acc[0] += dy;
        return;
    }
    if (xa >= (float)width)
        return;
    /* What sticks out on the left or right is cut off, its height in proportion. */
    float slope = xb > xa ? dy / (xb - xa) : 0;
    if (xa < 0) {
        acc[0] += -xa * slope;
        dy -= -xa * slope;
        xa = 0;
    }
    if (xb > (float)width) {
        dy -= (xb - (float)width) * slope;
        xb = (float)width;
    }
    int first = (int)xa, last = (int)ceilf(xb);
    if (last <= first + 1) { /* within one column */
        float middle = (xa + xb) / 2 - (float)first;
        acc[first] += dy * (1 - middle);
        acc[first + 1] += dy * middle;
        return;
    }
    for (int x = first; x < last; x++) {
        float lo = xa > (float)x ? xa : (float)x, hi = xb < (float)(x + 1) ? xb : (float)(x + 1);
        float part = (hi - lo) * slope, middle = (lo + hi) / 2 - (float)x;
        acc[x] += part * (1 - middle);
        acc[x + 1] += part * middle;
    }
}

void paint_polygon(const struct pixels *px, struct rect clip, const int *xy16, int n, uint32_t color, int alpha)
{
    float *acc = xmalloc((size_t)(clip.w + 2) * sizeof *acc);
    uint8_t *cover = xmalloc((size_t)clip.w);
    for (int y = clip.y; y < clip.y + clip.h; y++) {
        memset(acc, 0, (size_t)(clip.w + 2) * sizeof *acc);
        for (int i = 0; i < n; i++) {
            int k = i + 1 == n ? 0 : i + 1;
            float xa = (float)xy16[2 * i] / 16, ya = (float)xy16[2 * i + 1] / 16;
            float xb = (float)xy16[2 * k] / 16, yb = (float)xy16[2 * k + 1] / 16;
            float lo = ya < yb ? ya : yb, hi = ya < yb ? yb : ya;
            if (hi <= (float)y || lo >= (float)(y + 1) || lo == hi)
                continue;
            float dx = (xb - xa) / (yb - ya);
            float from = ya < (float)y ? (float)y : ya > (float)(y + 1) ? (float)(y + 1) : ya;
            float to = yb < (float)y ? (float)y : yb > (float)(y + 1) ? (float)(y + 1) : yb;
            edge_in_row(acc, clip.w, xa + (from - ya) * dx - (float)clip.x, from, xa + (to - ya) * dx - (float)clip.x,
                        to);
        }
        float sum = 0;
        for (int x = 0; x < clip.w; x++) {
            sum += acc[x];
            float a = fabsf(sum);
            cover[x] = (uint8_t)(a >= 1 ? 255 : a * 255 + 0.5f);
        }
        paint_coverage(px, clip, clip.x, y, cover, clip.w, 1, clip.w, color, alpha);
    }
    free(acc);
    free(cover);
}

static void segment_coverage(uint8_t *cover, struct rect box, const int *a, const int *b, float half)
{
    int ends[4] = {a[0], a[1], b[0], b[1]};
    struct rect r = rect_intersect(polygon_bounds(ends, 2, (int)(half * 16) + 16), box);
    float ax = (float)a[0] / 16, ay = (float)a[1] / 16;
    float vx = (float)b[0] / 16 - ax, vy = (float)b[1] / 16 - ay, square = vx * vx + vy * vy;
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++) {
            float px = (float)x + 0.5f - ax, py = (float)y + 0.5f - ay;
            float t = square > 0 ? (px * vx + py * vy) / square : 0;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            float dx = px - t * vx, dy = py - t * vy, far = dx * dx + dy * dy;
            if (far >= (half + 0.5f) * (half + 0.5f))
                continue;
            float c = half + 0.5f - sqrtf(far);
            uint8_t v = (uint8_t)(c >= 1 ? 255 : c * 255 + 0.5f);
            uint8_t *out = &cover[(size_t)(y - box.y) * (size_t)box.w + (size_t)(x - box.x)];
            if (v > *out)
                *out = v;
        }
}

void paint_stroke(const struct pixels *px, struct rect clip, const int *xy16, int n, int width16, uint32_t color)
{
    uint8_t *cover = xcalloc((size_t)clip.w, (size_t)clip.h);
    float half = (float)width16 / 32;
    for (int i = 0; i == 0 || i + 1 < n; i++)
        segment_coverage(cover, clip, xy16 + 2 * i, xy16 + (i + 1 < n ? 2 * i + 2 : 2 * i), half);
    paint_coverage(px, clip, clip.x, clip.y, cover, clip.w, clip.h, clip.w, color, 255);
    free(cover);
}
