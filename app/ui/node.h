/* node.h — a box or a leaf of one frame. Builders (boxes, widgets) make the tree in the frame's arena; layout.h gives
 * every node its place; paint.c draws it; tree.c tells it to speech, focus and automation. Pixels of the framebuffer.
 */
#ifndef BULU_UI_NODE_H
#define BULU_UI_NODE_H

#include "app/ui/ui.h"

struct node;
struct touch;

/* What belongs to the hand and the layout both: how far a scroller is scrolled. Kept outside the frame, by id. */
struct scroll {
    int offset; /* 0 … content − view; the layout clamps it */
    int view, content;
};

enum node_flag {
    NODE_TAP = 1,       /* a touch presses it */
    NODE_DRAG = 2,      /* takes drags itself (wheels, viewer, signature) instead of the scroller around it */
    NODE_FOCUS = 4,     /* in the order of Tab */
    NODE_KEY = 8,       /* key of the drawn keyboard: a touch on it leaves the focus where it is */
    NODE_REPEAT = 16,   /* fires at once and again while held */
    NODE_LAYER = 32,    /* what lies below is out of reach */
    NODE_LAST_END = 64, /* row: what is left goes before the last child */
    NODE_FIELD = 128,   /* label, box and error of a field: scrolled into view as one */
    NODE_DRAG_X = 256,  /* NODE_DRAG for sideways drags only */
    NODE_OVERLAY = 512, /* STACK: floats, does not count for the size of its parent */
    NODE_NOT_CUT = 1024 /* may not shrink below its preferred width */
};

struct look {
    uint32_t fill, border_color;
    int fill_alpha, border, radius;
};

/* Size of a leaf: width -1: as wide as it likes; 0: as narrow as it can be; else that wide. */
struct size {
    int w, h;
};
typedef struct size measure_fn(void *ctx, const struct node *n, int width);

struct node {
    struct node *parent, *first, *last, *next;
    uint64_t key; /* hash of the id (or of the place in the tree): names the node across frames */
    const char *id, *role, *label, *value;
    unsigned flags, state; /* node_flag, ui_state */

    /* wishes */
    enum ui_dir dir;
    enum ui_cross cross;
    enum ui_main main;
    int gap, pad_x, pad_y, width, height, min_width, min_height, max_width, grow, columns;
    bool rtl;
    measure_fn *measure;   /* leaves */
    struct scroll *scroll; /* UI_SCROLL */

    /* look and content */
    struct look look;
    const char *text;
    struct text_style style;
    int line_height, max_lines;
    enum text_align align;
    uint32_t color;
    void (*paint)(struct ui *u, struct node *n, struct draw *d);
    const void *data; /* of the widget, in the frame's arena */

    /* what a touch or key does: NULL: UI_TAP with action */
    bool (*on)(struct ui *u, struct node *n, const struct touch *t);
    struct ui_action action;

    /* place, by the layout */
    int x, y, w, h;
    struct rect seen;                        /* the part inside all clips */
    int natural_h, least_h, wish_w, least_w; /* -1: not known yet */
    bool wraps;                              /* a row that had to break */
    int cols;                                /* columns that the grid came to */
};

#endif
