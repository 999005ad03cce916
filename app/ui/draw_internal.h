/* draw_internal.h — between the command list (draw.c) and the painters (draw_raster.c, draw_shape.c). */
#ifndef BULU_UI_DRAW_INTERNAL_H
#define BULU_UI_DRAW_INTERNAL_H

#include "app/shell/scale.h"
#include "app/ui/draw.h"

struct round_box {
    struct rect r;
    int radius, border;
    uint32_t fill, border_color;
    int fill_alpha;
};
/* Antialiased quarter discs, by radius. */
struct corner {
    int radius;
    uint8_t *coverage; /* radius × radius, of the top left corner */
};
struct corners {
    struct corner *items;
    size_t n;
};
const uint8_t *corner_coverage(struct corners *c, int radius); /* NULL for radius 0 */
void corners_free(struct corners *c);

void paint_fill(const struct pixels *px, struct rect clip, uint32_t color, int alpha);
void paint_round(const struct pixels *px, struct rect clip, const struct round_box *b, struct corners *corners);
void paint_gradient(const struct pixels *px, struct rect clip, struct rect r, uint32_t top, uint32_t bottom);
void paint_coverage(const struct pixels *px, struct rect clip, int x, int y, const uint8_t *coverage, int width,
                    int height, int stride, uint32_t color, int alpha);

/* Points in 1/16 px; the grid lies between pixels: pixel 0 covers 0…16. */
struct rect polygon_bounds(const int *xy16, int n, int margin16);
void paint_polygon(const struct pixels *px, struct rect clip, const int *xy16, int n, uint32_t color, int alpha);
void paint_stroke(const struct pixels *px, struct rect clip, const int *xy16, int n, int width16, uint32_t color);

/* dst + (src − dst) × a/255 */
static inline uint32_t mix(uint32_t dst, uint32_t src, unsigned a)
{
    unsigned s = a + (a >> 7), d = 256 - s;
    uint32_t rb = ((src & 0xff00ff) * s + (dst & 0xff00ff) * d) >> 8 & 0xff00ff;
    uint32_t g = ((src & 0x00ff00) * s + (dst & 0x00ff00) * d) >> 8 & 0x00ff00;
    return rb | g;
}

#endif
