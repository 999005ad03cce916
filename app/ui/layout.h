/* layout.h — measure → place. Rows, columns, wrapping rows, grids, stacks and scrollers; right-to-left is a mirror of
 * the placing, nothing else. Nothing is ever clipped but by a scroller: a row whose children cannot be narrowed enough
 * wraps, a grid falls to fewer columns, a box given a height grows when its content needs more.
 *
 * Widths run down, heights come up: wish and least width of every node bottom-up (memo), then height_for(width), then
 * place. Children with grow share what the others leave (in a row from 0, in a column on top of their content). */
#ifndef BULU_UI_LAYOUT_H
#define BULU_UI_LAYOUT_H

#include "app/ui/node.h"

void layout_init(struct node *n); /* before the first measure: nothing known */
void layout_append(struct node *parent, struct node *child);
int layout_wish(void *ctx, struct node *n);  /* preferred width */
int layout_least(void *ctx, struct node *n); /* narrowest width without cutting */
/* Height of n at this width; decides the widths of everything inside. */
int layout_height(void *ctx, struct node *n, int width);
/* layout_height must have been called with n's width. Sets x, y, w, h and seen of everything inside. */
void layout_place(struct node *n, int x, int y, int height, struct rect clip);
/* All three. */
void layout_root(void *ctx, struct node *root, struct rect r);

struct rect rect_both(struct rect a, struct rect b); /* what they share; w = h = 0 when nothing */
bool rect_has(struct rect r, int x, int y);

#endif
