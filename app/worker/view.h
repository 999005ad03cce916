/* view.h — what thumb and pdf have in common: the box to fit, zoom, turn, and pixels as an answer. */
#ifndef BULU_WORKER_VIEW_H
#define BULU_WORKER_VIEW_H

#include "app/worker/image.h"

#define VIEW_MAX_PIXELS (16u << 20) /* what a viewer is ever given: 64 MiB */

struct view {
    int width, height; /* the box */
    int page;          /* from 1 */
    int quarters;      /* clockwise, after fitting the turned picture */
    double zoom;       /* 1: fits the box (never larger than its own pixels) */
};
bool view_read(const struct job *j, struct view *v, struct fault *f) WARN_UNUSED;
/* The size of a width × height picture in this view, before it is turned; at least 1 × 1, at most VIEW_MAX_PIXELS. */
void view_fit(const struct view *v, double width, double height, int *out_width, int *out_height);
/* Turns, writes the pixels, returns the result:
 * {"kind","width","height","stride","pages","source_width","source_height"}. */
json_t *view_write(const struct job *j, const struct view *v, struct image *m, const struct image_head *source,
                   int pages, struct fault *f);

#endif
