/* scale.h — pixels into a rectangle of another size: area averages when smaller, linear when larger, exact copies at
 * 1:1, in quarter turns. What a part of the rectangle shows does not depend on the clip, so that repainting a cell
 * joins its neighbours. Pure. */
#ifndef BULU_SHELL_SCALE_H
#define BULU_SHELL_SCALE_H

#include "app/shell/shell.h"

/* from: part of src (inside it). turns: clockwise quarters, any integer. Writes only inside clip and dst. */
void scale_blit(const struct pixels *dst, struct rect to, struct rect clip, const struct pixels *src, struct rect from,
                int turns);

static inline struct rect rect_intersect(struct rect a, struct rect b)
{
    int x0 = a.x > b.x ? a.x : b.x, y0 = a.y > b.y ? a.y : b.y;
    int x1 = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w, y1 = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    return x1 > x0 && y1 > y0 ? (struct rect){x0, y0, x1 - x0, y1 - y0} : (struct rect){x0, y0, 0, 0};
}

#endif
