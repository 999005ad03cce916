/* draw.h — draw commands → dirty cells. A frame is a list of commands; the renderer hashes the commands that touch each
 * 64×64 cell and repaints only cells whose hash changed (as rxi's rencache). Colours are 0xRRGGBB; alpha 0–255 apart.
 */
#ifndef BULU_UI_DRAW_H
#define BULU_UI_DRAW_H

#include "app/shell/shell.h"

struct draw;
struct image { /* owned by who made it; must live until the next frame is drawn */
    const uint32_t *p;
    int width, height, stride;
    uint64_t stamp; /* differs whenever the pixels differ: it is what the cells hash */
};
struct text_run; /* text_run.h */

struct draw *draw_create(void);
void draw_destroy(struct draw *d);
void draw_begin(struct draw *d, struct pixels target);
void draw_fill(struct draw *d, struct rect r, uint32_t color, int alpha);
/* Rounded box with antialiased corners; border is inside r; fill_alpha 0: border only. */
void draw_round(struct draw *d, struct rect r, int radius, uint32_t fill, int fill_alpha, int border,
                uint32_t border_color);
void draw_gradient(struct draw *d, struct rect r, uint32_t top, uint32_t bottom);
/* Shapes: points as x,y pairs on the grid between pixels (pixel 0 covers 0…1); they are copied.
 * Filled simple polygon, antialiased: mountains, arrows. */
void draw_polygon(struct draw *d, const int *xy, int n_points, uint32_t color, int alpha);
/* Antialiased polyline with round joints: check marks, icons, signatures. width in 1/16 px. */
void draw_stroke(struct draw *d, const int *xy, int n_points, int width16, uint32_t color);
void draw_stroke16(struct draw *d, const int *xy16, int n_points, int width16,
                   uint32_t color); /* points in 1/16 px, too */
/* The run must live until draw_end. */
void draw_run(struct draw *d, int x, int baseline, const struct text_run *run, uint32_t color);
/* source: part of the image that fills r, scaled (areas averaged when smaller, linear when larger) after clockwise
 * quarter turns. */
void draw_image(struct draw *d, struct rect r, const struct image *img, struct rect source, int quarter_turns);
void draw_clip(struct draw *d, struct rect r); /* intersects; nested */
void draw_unclip(struct draw *d);
void draw_dim(struct draw *d, struct rect r, int alpha); /* black veil: overlays, idle dimming */
/* Paints what changed; writes the merged dirty rectangles (at most max ≥ 1) and returns how many: 0 when the frame is
 * the last one. */
int draw_end(struct draw *d, struct rect *dirty, int max);
void draw_forget(struct draw *d); /* everything is repainted next time */

#endif
