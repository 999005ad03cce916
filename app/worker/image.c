#include "app/worker/image.h"

#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void image_finish(struct image *m)
{
    free(m->px);
    *m = (struct image){0};
}

bool image_make(struct image *m, int width, int height, struct fault *f)
{
    if (width < 1 || height < 1 || width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE ||
        (size_t)width * (size_t)height > IMAGE_MAX_PIXELS)
        return fault_set(f, "limit", "%d×%d pixels", width, height);
    unsigned char *px = malloc((size_t)width * (size_t)height * 4);
    if (!px)
        return fault_set(f, "limit", "no memory for %d×%d pixels", width, height);
    m->px = px;
    m->width = width;
    m->height = height;
    return true;
}

bool image_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f)
{
    if (len > IMAGE_MAX_BYTES)
        return fault_set(f, "limit", "%zu bytes", len);
    struct image_head h = {.kind = image_sniff(p, len), .orientation = 1};
    bool ok = false;
    switch (h.kind) {
    case IMAGE_JPG:
        ok = jpeg_head(p, len, &h, f);
        break;
    case IMAGE_PNG:
        ok = png_head(p, len, &h, f);
        break;
    case IMAGE_BMP:
        ok = bmp_head(p, len, &h, f);
        break;
    case IMAGE_PDF:
    case IMAGE_UNKNOWN:
        ok = fault_set(f, "format", "%s", image_kind_names[h.kind]);
        break;
    }
    if (!ok)
        return false;
    if (h.width < 1 || h.height < 1)
        return fault_set(f, "format", "broken: no pixels");
    if (h.width > IMAGE_MAX_SIDE || h.height > IMAGE_MAX_SIDE || (size_t)h.width * (size_t)h.height > IMAGE_MAX_PIXELS)
        return fault_set(f, "limit", "%d×%d pixels", h.width, h.height);
    if (h.orientation >= 5) {
        int w = h.width;
        h.width = h.height;
        h.height = w;
    }
    *out = h;
    return true;
}

/* EXIF orientation n: mirrored, then turned. */
static bool set_upright(struct image *m, int orientation, struct fault *f)
{
    static const struct {
        int quarters;
        bool mirror;
    } how[9] = {[3] = {2, false}, [6] = {1, false}, [8] = {3, false}, [2] = {0, true},
                [4] = {2, true},  [5] = {3, true},  [7] = {1, true}};
    return image_turn(m, how[orientation].quarters, how[orientation].mirror, f);
}

bool image_decode(const unsigned char *p, size_t len, int least_width, int least_height, struct image *out,
                  struct fault *f)
{
    struct image_head h;
    if (!image_head(p, len, &h, f))
        return false;
    int shrink = 1;
    if (least_width > 0 && least_height > 0)
        while (shrink < 64 && h.width / (shrink * 2) >= least_width && h.height / (shrink * 2) >= least_height)
            shrink *= 2;
    CLEANUP(image) struct image m = {0};
    bool ok = h.kind == IMAGE_JPG   ? jpeg_decode(p, len, shrink, &m, f)
              : h.kind == IMAGE_PNG ? png_decode(p, len, shrink, &m, f)
                                    : bmp_decode(p, len, shrink, &m, f);
    if (!ok || !set_upright(&m, h.orientation, f))
        return false;
    *out = m;
    m.px = NULL;
    return true;
}

void image_cut(struct image *m, int x, int y, int width, int height)
{
    size_t row = (size_t)width * 4, from = (size_t)m->width * 4;
    for (int i = 0; i < height; i++) /* rows move towards the beginning only */
        memmove(m->px + (size_t)i * row, m->px + (size_t)(y + i) * from + (size_t)x * 4, row);
    m->width = width;
    m->height = height;
}

bool image_turn(struct image *m, int quarters, bool mirror, struct fault *f)
{
    quarters &= 3;
    if (quarters == 0 && !mirror)
        return true;
    struct image out;
    bool side = quarters & 1;
    if (!image_make(&out, side ? m->height : m->width, side ? m->width : m->height, f))
        return false;
    /* Where source (0,0) lands, and the steps one pixel right and one down make, in pixels of out. */
    ptrdiff_t w = out.width, last_x = out.width - 1, last_y = (ptrdiff_t)(out.height - 1) * w;
    ptrdiff_t at = 0, right = 1, down = w;
    switch (quarters) {
    case 1:
        at = last_x, right = w, down = -1;
        break;
    case 2:
        at = last_x + last_y, right = -1, down = -w;
        break;
    case 3:
        at = last_y, right = -w, down = 1;
        break;
    }
    if (mirror) {
        at += right * (m->width - 1);
        right = -right;
    }
    const uint32_t *src = (const uint32_t *)(const void *)m->px;
    uint32_t *dst = (uint32_t *)(void *)out.px;
    enum { TILE = 32 }; /* rows and columns in tiles: a quarter turn otherwise misses the cache at every pixel */
    for (int ty = 0; ty < m->height; ty += TILE)
        for (int tx = 0; tx < m->width; tx += TILE)
            for (int y = ty; y < m->height && y < ty + TILE; y++)
                for (int x = tx; x < m->width && x < tx + TILE; x++)
                    dst[at + x * right + y * down] = src[(size_t)y * (size_t)m->width + (size_t)x];
    image_finish(m);
    *m = out;
    return true;
}

/* --- scaling: a table of weights a direction, rows then columns --- */
struct span {
    int first, count;
    size_t weights; /* index; 16 bits of fraction, they sum to 65536 */
};
struct kernel {
    struct span *spans;
    uint32_t *weights;
};

static void kernel_cleanup(struct kernel *k)
{
    free(k->spans);
    free(k->weights);
}

static void kernel_add(struct kernel *k, struct span *s, const double *w, size_t *used)
{
    double sum = 0;
    for (int i = 0; i < s->count; i++)
        sum += w[i];
    uint32_t left = 65536;
    s->weights = *used;
    for (int i = 0; i < s->count; i++) {
        uint32_t part = i + 1 == s->count ? left : (uint32_t)(w[i] / sum * 65536 + 0.5);
        if (part > left)
            part = left;
        k->weights[(*used)++] = part;
        left -= part;
    }
}

static struct kernel kernel_make(int from, int to)
{
    double ratio = (double)from / to;
    size_t most = (size_t)ceil(ratio) + 2;
    struct kernel k = {xcalloc((size_t)to, sizeof *k.spans), xcalloc((size_t)to * most, sizeof *k.weights)};
    AUTOFREE double *w = xcalloc(most, sizeof *w);
    size_t used = 0;
    for (int i = 0; i < to; i++) {
        struct span s = {0};
        if (ratio > 1) { /* the share of each source pixel that lies under this one */
            double a = i * ratio, b = a + ratio;
            s.first = (int)a;
            int end = (int)ceil(b - 1e-9);
            if (end > from)
                end = from;
            s.count = end - s.first;
            for (int n = 0; n < s.count; n++)
                w[n] = fmin(b, s.first + n + 1) - fmax(a, s.first + n);
        } else {
            double centre = fmin(fmax((i + 0.5) * ratio - 0.5, 0), from - 1);
            s.first = (int)centre;
            s.count = s.first + 1 < from ? 2 : 1;
            w[0] = 1 - (centre - s.first);
            w[1] = centre - s.first;
        }
        kernel_add(&k, &s, w, &used);
        k.spans[i] = s;
    }
    return k;
}

static void scale_row(const struct kernel *k, const unsigned char *src, unsigned char *dst, int width)
{
    for (int x = 0; x < width; x++, dst += 4) {
        const struct span *s = &k->spans[x];
        const unsigned char *p = src + (size_t)s->first * 4;
        uint32_t b = 32768, g = 32768, r = 32768;
        for (int i = 0; i < s->count; i++, p += 4) {
            uint32_t w = k->weights[s->weights + (size_t)i];
            b += p[0] * w;
            g += p[1] * w;
            r += p[2] * w;
        }
        dst[0] = (unsigned char)(b >> 16);
        dst[1] = (unsigned char)(g >> 16);
        dst[2] = (unsigned char)(r >> 16);
        dst[3] = 255;
    }
}

static void scale_column(const struct kernel *k, const struct image *in, int y, uint32_t *sums, unsigned char *dst)
{
    size_t bytes = (size_t)in->width * 4;
    const struct span *s = &k->spans[y];
    for (size_t x = 0; x < bytes; x++)
        sums[x] = 32768;
    for (int i = 0; i < s->count; i++) {
        const unsigned char *p = in->px + (size_t)(s->first + i) * bytes;
        uint32_t w = k->weights[s->weights + (size_t)i];
        for (size_t x = 0; x < bytes; x++)
            sums[x] += p[x] * w;
    }
    for (size_t x = 0; x < bytes; x++)
        dst[x] = (unsigned char)(sums[x] >> 16);
}

bool image_scale(const struct image *in, int width, int height, struct image *out, struct fault *f)
{
    struct image half = {0}, m = {0};
    bool ok = image_make(&half, width, in->height, f) && image_make(&m, width, height, f);
    if (ok) {
        CLEANUP(kernel) struct kernel across = kernel_make(in->width, width);
        CLEANUP(kernel) struct kernel down = kernel_make(in->height, height);
        AUTOFREE uint32_t *sums = xcalloc((size_t)width * 4, sizeof *sums);
        for (int y = 0; y < in->height; y++)
            scale_row(&across, in->px + (size_t)y * (size_t)in->width * 4, half.px + (size_t)y * (size_t)width * 4,
                      width);
        for (int y = 0; y < height; y++)
            scale_column(&down, &half, y, sums, m.px + (size_t)y * (size_t)width * 4);
        *out = m;
    }
    image_finish(&half);
    return ok;
}

bool shrinker_init(struct shrinker *s, int width, int height, int factor, struct image *out, struct fault *f)
{
    struct image m;
    if (!image_make(&m, (width + factor - 1) / factor, (height + factor - 1) / factor, f))
        return false;
    *out = m;
    *s = (struct shrinker){.factor = factor, .width = width, .height = height, .out = out};
    if (factor > 1)
        s->sums = xcalloc((size_t)m.width * 4, sizeof *s->sums);
    return true;
}

void shrinker_row(struct shrinker *s, const unsigned char *bgrx)
{
    int y = s->row++;
    if (y >= s->height)
        return;
    unsigned char *dst = s->out->px + (size_t)(y / s->factor) * (size_t)s->out->width * 4;
    if (s->factor == 1) {
        memcpy(dst, bgrx, (size_t)s->width * 4);
        return;
    }
    uint32_t *sum = s->sums;
    for (int x = 0, n = 0; x < s->width; x++, bgrx += 4) {
        sum[0] += bgrx[0];
        sum[1] += bgrx[1];
        sum[2] += bgrx[2];
        if (++n == s->factor)
            n = 0, sum += 4;
    }
    bool last = y + 1 == s->height;
    if (!last && (y + 1) % s->factor)
        return;
    int rows = y % s->factor + 1;
    sum = s->sums;
    for (int x = 0; x < s->out->width; x++, sum += 4, dst += 4) {
        int columns = s->width - x * s->factor < s->factor ? s->width - x * s->factor : s->factor;
        uint32_t count = (uint32_t)(rows * columns);
        for (int c = 0; c < 3; c++)
            dst[c] = (unsigned char)(sum[c] / count);
        dst[3] = 255;
        memset(sum, 0, 4 * sizeof *sum);
    }
}

void shrinker_finish(struct shrinker *s)
{
    free(s->sums);
    s->sums = NULL;
}
