/* Everything is measured on a grey picture of half size and only the turning touches all pixels. The corners that
 * turning uncovers are filled with the bed's colour, not with white: a white wedge beside a dark bed would look like
 * paper to whoever crops next. */
#include "app/worker/straighten.h"

#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <string.h>

struct grey {
    unsigned char *px;
    int width, height;
};

static bool half_grey(const struct image *m, struct grey *out, struct fault *f)
{
    struct grey g = {.width = m->width / 2, .height = m->height / 2};
    if (!(g.px = calloc((size_t)g.height, (size_t)g.width)))
        return fault_set(f, "limit", "no memory");
    size_t stride = (size_t)m->width * 4;
    for (int y = 0; y < g.height; y++) {
        const unsigned char *a = m->px + (size_t)y * 2 * stride, *b = a + stride;
        unsigned char *dst = g.px + (size_t)y * (size_t)g.width;
        for (int x = 0; x < g.width; x++, a += 8, b += 8) /* luma of 2 × 2: (29 B + 150 G + 77 R) / 256, four times */
            dst[x] = (unsigned char)((29u * (a[0] + a[4] + b[0] + b[4]) + 150u * (a[1] + a[5] + b[1] + b[5]) +
                                      77u * (a[2] + a[6] + b[2] + b[6])) >>
                                     10);
    }
    *out = g;
    return true;
}

/* Otsu's threshold: what divides ink from paper best. */
static int threshold(const struct grey *g)
{
    double histogram[256] = {0}, total = 0, sum = 0;
    for (size_t i = 0, n = (size_t)g->width * (size_t)g->height; i < n; i += 3)
        histogram[g->px[i]]++;
    for (int i = 0; i < 256; i++) {
        total += histogram[i];
        sum += i * histogram[i];
    }
    double below = 0, sum_below = 0, best = -1;
    int at = 128;
    for (int i = 0; i < 256; i++) {
        below += histogram[i];
        sum_below += i * histogram[i];
        if (below == 0 || below == total)
            continue;
        double gap = sum_below / below - (sum - sum_below) / (total - below);
        double between = below * (total - below) * gap * gap;
        if (between > best) {
            best = between;
            at = i + 1;
        }
    }
    return at;
}

static double find_skew(const struct grey *g)
{
    PIX *pix = pixCreate(g->width, g->height, 1);
    if (!pix)
        return 0;
    int below = threshold(g);
    l_uint32 *data = pixGetData(pix);
    int words = pixGetWpl(pix);
    for (int y = 0; y < g->height; y++) {
        const unsigned char *row = g->px + (size_t)y * (size_t)g->width;
        l_uint32 *line = data + (size_t)y * (size_t)words;
        for (int x = 0; x < g->width; x++)
            if (row[x] < below)
                line[x >> 5] |= 0x80000000u >> (x & 31);
    }
    l_float32 angle = 0, confidence = 0;
    bool found = pixFindSkew(pix, &angle, &confidence) == 0;
    pixDestroy(&pix);
    return found && confidence > 2 && fabs((double)angle) >= 0.15 ? (double)angle : 0;
}

static int compare_bytes(const void *a, const void *b)
{
    return (int)*(const unsigned char *)a - (int)*(const unsigned char *)b;
}

/* The colour of the picture's rim: the median of each channel. */
static uint32_t bed_colour(const struct image *m)
{
    enum { SIDE = 64 };
    unsigned char v[3][4 * SIDE];
    for (int i = 0; i < SIDE; i++) {
        int x = (int)((int64_t)(m->width - 1) * i / (SIDE - 1)), y = (int)((int64_t)(m->height - 1) * i / (SIDE - 1));
        int inset = m->width > 40 && m->height > 40 ? 4 : 0;
        const int at[4][2] = {{x, inset}, {x, m->height - 1 - inset}, {inset, y}, {m->width - 1 - inset, y}};
        for (int k = 0; k < 4; k++) {
            const unsigned char *p = m->px + ((size_t)at[k][1] * (size_t)m->width + (size_t)at[k][0]) * 4;
            for (int c = 0; c < 3; c++)
                v[c][4 * i + k] = p[c];
        }
    }
    unsigned char colour[4] = {0, 0, 0, 255};
    for (int c = 0; c < 3; c++) {
        qsort(v[c], sizeof v[c], 1, compare_bytes);
        colour[c] = v[c][sizeof v[c] / 2];
    }
    uint32_t out;
    memcpy(&out, colour, sizeof out);
    return out;
}

static uint32_t mix(uint32_t a, uint32_t b, uint32_t t) /* t of 256 */
{
    uint32_t even = (((a & 0xff00ff) * (256 - t) + (b & 0xff00ff) * t) >> 8) & 0xff00ff;
    uint32_t odd = (((a >> 8) & 0xff00ff) * (256 - t) + ((b >> 8) & 0xff00ff) * t) & 0xff00ff00;
    return even | odd;
}

/* Turns clockwise by degrees on a canvas that holds all of it; bilinear, 16 bits of fraction. */
static bool turn_by(struct image *m, double degrees, uint32_t bed, struct fault *f)
{
    double angle = degrees * (3.14159265358979323846 / 180), c = cos(angle), s = sin(angle);
    int width = (int)ceil(m->width * fabs(c) + m->height * fabs(s)),
        height = (int)ceil(m->height * fabs(c) + m->width * fabs(s));
    struct image out;
    if (!image_make(&out, width, height, f))
        return false;
    const uint32_t *src = (const uint32_t *)(const void *)m->px;
    uint32_t *dst = (uint32_t *)(void *)out.px;
    int64_t step_x = llround(c * 65536), step_y = llround(-s * 65536);
    int64_t last_x = (int64_t)(m->width - 1) << 16, last_y = (int64_t)(m->height - 1) << 16;
    for (int y = 0; y < height; y++) {
        double dx = 0.5 - width / 2.0, dy = y + 0.5 - height / 2.0;
        int64_t sx = llround((dx * c + dy * s + m->width / 2.0 - 0.5) * 65536);
        int64_t sy = llround((-dx * s + dy * c + m->height / 2.0 - 0.5) * 65536);
        for (int x = 0; x < width; x++, sx += step_x, sy += step_y, dst++) {
            if (sx < 0 || sy < 0 || sx >= last_x || sy >= last_y) {
                *dst = bed;
                continue;
            }
            const uint32_t *p = src + (size_t)(sy >> 16) * (size_t)m->width + (size_t)(sx >> 16);
            uint32_t tx = (uint32_t)(sx >> 8) & 255, ty = (uint32_t)(sy >> 8) & 255;
            *dst = mix(mix(p[0], p[1], tx), mix(p[m->width], p[m->width + 1], tx), ty);
        }
    }
    image_finish(m);
    *m = out;
    return true;
}

struct box {
    int left, top, right, bottom; /* right and bottom are behind the last pixel */
};

/* First and one behind the last index whose count is at least a tenth of the greatest possible. */
static void extent(const int *counts, int n, int most, int *first, int *end)
{
    int a = 0, b = n;
    while (a < n && counts[a] * 10 < most)
        a++;
    while (b > a && counts[b - 1] * 10 < most)
        b--;
    *first = a;
    *end = b;
}

/* Where the page lies on its bed. False when there is no clear page: text on white paper on a white bed does not fill
 * its own box. */
static bool find_page(const struct image *m, uint32_t bed, struct box *out)
{
    enum { STEP = 8 };
    int width = m->width / STEP, height = m->height / STEP, inside = 0;
    if (width < 16 || height < 16)
        return false;
    AUTOFREE int *columns = xcalloc((size_t)width, sizeof *columns);
    AUTOFREE int *rows = xcalloc((size_t)height, sizeof *rows);
    unsigned char b[4];
    memcpy(b, &bed, sizeof b);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const unsigned char *p = m->px + ((size_t)y * STEP * (size_t)m->width + (size_t)x * STEP) * 4;
            if (abs(p[0] - b[0]) + abs(p[1] - b[1]) + abs(p[2] - b[2]) > 72) {
                columns[x]++;
                rows[y]++;
                inside++;
            }
        }
    struct box s;
    extent(columns, width, height, &s.left, &s.right);
    extent(rows, height, width, &s.top, &s.bottom);
    int64_t area = (int64_t)(s.right - s.left) * (s.bottom - s.top), all = (int64_t)width * height;
    if (area * 4 < all || area * 100 > all * 97 || (int64_t)inside * 10 < area * 6)
        return false;
    *out = (struct box){s.left * STEP, s.top * STEP, s.right * STEP, s.bottom * STEP};
    return true;
}

static void cut(struct image *m, const struct box *b)
{
    int width = b->right - b->left, height = b->bottom - b->top;
    for (int y = 0; y < height; y++)
        memmove(m->px + (size_t)y * (size_t)width * 4,
                m->px + ((size_t)(b->top + y) * (size_t)m->width + (size_t)b->left) * 4, (size_t)width * 4);
    m->width = width;
    m->height = height;
}

bool straighten(struct image *m, bool deskew, bool crop, struct straightened *did, struct fault *f)
{
    *did = (struct straightened){0};
    if (m->width < 64 || m->height < 64)
        return true;
    setMsgSeverity(L_SEVERITY_NONE);
    uint32_t bed = bed_colour(m);
    if (deskew) {
        struct grey g;
        if (!half_grey(m, &g, f))
            return false;
        did->degrees = find_skew(&g);
        free(g.px);
        if (did->degrees != 0 && !turn_by(m, did->degrees, bed, f))
            return false;
    }
    struct box page;
    if (crop && find_page(m, bed, &page)) {
        cut(m, &page);
        did->cropped = true;
    }
    return true;
}
