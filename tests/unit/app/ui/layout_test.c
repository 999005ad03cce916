/* Boxes are laid out by tables: a tree written as text, the rectangles it must come to. A leaf "n40x20" takes 40 × 20;
 * a text leaf "t100" is 100 wide on one line of 10 and wraps down to words of 30. */
#include "tests/support/t.h"

#include "app/ui/arena.h"
#include "app/ui/layout.h"

#include <stdio.h>
#include <string.h>

static struct size measure_leaf(void *ctx, const struct node *n, int width)
{
    (void)ctx;
    (void)width;
    return (struct size){n->columns, n->max_lines}; /* borrowed fields: its size */
}

static struct size measure_text(void *ctx, const struct node *n, int width)
{
    (void)ctx;
    int whole = n->columns;
    if (width < 0)
        return (struct size){whole, 10};
    if (width == 0)
        return (struct size){whole < 30 ? whole : 30, 10};
    int lines = (whole + width - 1) / width;
    return (struct size){whole < width ? whole : width, lines * 10};
}

struct test_tree {
    struct arena arena;
    struct node *nodes[32];
    int n;
    struct scroll scroll;
    bool rtl;
};

static struct node *add(struct test_tree *t, struct node *parent, struct node wish)
{
    struct node *n = arena_take(&t->arena, sizeof *n);
    *n = wish;
    layout_init(n);
    n->rtl = t->rtl;
    if (n->dir == UI_SCROLL && !n->measure)
        n->scroll = &t->scroll;
    if (parent)
        layout_append(parent, n);
    t->nodes[t->n++] = n;
    return n;
}

static struct node leaf(int w, int h)
{
    return (struct node){.measure = measure_leaf, .columns = w, .max_lines = h};
}
static struct node text(int w)
{
    return (struct node){.measure = measure_text, .columns = w};
}
static struct node growing(struct node n, int grow)
{
    n.grow = grow;
    return n;
}
static struct node uncut(struct node n)
{
    n.flags |= NODE_NOT_CUT;
    return n;
}

struct want {
    int x, y, w, h;
};

struct layout_case {
    const char *name;
    struct node box;
    struct node children[6];
    int width, height; /* of the root */
    bool rtl;
    struct want want[6];
    int scroll;
};

#define N(...) ((struct node){__VA_ARGS__})

static void lay(struct test_tree *t, const struct layout_case *c)
{
    t->rtl = c->rtl;
    t->scroll.offset = c->scroll;
    struct node *box = add(t, NULL, c->box);
    for (int i = 0;
         i < 6 && (c->children[i].measure || c->children[i].height || c->children[i].width || c->children[i].grow); i++)
        add(t, box, c->children[i]);
    layout_root(NULL, box, (struct rect){0, 0, c->width, c->height});
}

static void check(const struct layout_case *c)
{
    struct test_tree t = {0};
    lay(&t, c);
    for (int i = 1; i < t.n; i++) {
        const struct node *n = t.nodes[i];
        const struct want *w = &c->want[i - 1];
        if (n->x != w->x || n->y != w->y || n->w != w->w || n->h != w->h)
            fail_msg("%s: child %d is at %d,%d %dx%d, expected %d,%d %dx%d", c->name, i, n->x, n->y, n->w, n->h, w->x,
                     w->y, w->w, w->h);
    }
    arena_finish(&t.arena);
}

static void boxes_stand_where_the_table_says(void **state)
{
    (void)state;
    const struct layout_case cases[] = {
        {.name = "a column stretches its children across, gaps between",
         .box = N(.dir = UI_COLUMN, .gap = 10, .pad_x = 5, .pad_y = 7),
         .children = {leaf(40, 20), leaf(60, 30)},
         .width = 100,
         .height = 200,
         .want = {{5, 7, 90, 20}, {5, 37, 90, 30}}},
        {.name = "a column gives what is left to those that grow, on top of their content",
         .box = N(.dir = UI_COLUMN),
         .children = {leaf(10, 20), growing(leaf(10, 20), 1), growing(leaf(10, 20), 3)},
         .width = 100,
         .height = 100,
         .want = {{0, 0, 100, 20}, {0, 20, 100, 30}, {0, 50, 100, 50}}},
        {.name = "a row keeps wishes and stretches heights",
         .box = N(.dir = UI_ROW, .gap = 10),
         .children = {leaf(40, 20), leaf(60, 30)},
         .width = 200,
         .height = 30,
         .want = {{0, 0, 40, 30}, {50, 0, 60, 30}}},
        {.name = "a row's growers share what the others leave",
         .box = N(.dir = UI_ROW, .gap = 10),
         .children = {leaf(40, 20), growing(text(500), 1), growing(text(20), 3)},
         .width = 300,
         .height = 20,
         .want = {{0, 0, 40, 90}, {50, 0, 60, 90}, {120, 0, 180, 90}}},
        {.name = "a grower is never narrower than its longest word",
         .box = N(.dir = UI_ROW),
         .children = {growing(text(90), 1), growing(leaf(50, 10), 1)},
         .width = 70,
         .height = 10,
         .want = {{0, 0, 70, 20}, {0, 20, 70, 10}}}, /* 30 + 50 do not fit into 70: the row wraps */
        {.name = "texts give way in proportion before a row wraps",
         .box = N(.dir = UI_ROW),
         .children = {text(100), text(200)},
         .width = 150,
         .height = 10,
         .want = {{0, 0, 63, 30}, {63, 0, 87, 30}}},
        {.name = "what must not be cut keeps its width",
         .box = N(.dir = UI_ROW),
         .children = {text(100), uncut(text(80))},
         .width = 130,
         .height = 20,
         .want = {{0, 0, 50, 20}, {50, 0, 80, 20}}},
        {.name = "a row whose children cannot be narrowed enough breaks into lines",
         .box = N(.dir = UI_ROW, .gap = 10),
         .children = {uncut(leaf(60, 20)), uncut(leaf(60, 20)), uncut(leaf(60, 20))},
         .width = 140,
         .height = 100,
         .want = {{0, 0, 60, 20}, {70, 0, 60, 20}, {0, 30, 60, 20}}},
        {.name = "a wrapping row fills its lines",
         .box = N(.dir = UI_WRAP, .gap = 10),
         .children = {leaf(40, 20), leaf(40, 30), leaf(40, 20)},
         .width = 100,
         .height = 200,
         .want = {{0, 0, 40, 30}, {50, 0, 40, 30}, {0, 40, 40, 20}}},
        {.name = "a grid has columns of one width; the pixels that do not divide go first",
         .box = N(.dir = UI_GRID, .columns = 3, .gap = 10),
         .children = {leaf(10, 20), leaf(10, 30), leaf(10, 10), leaf(10, 10)},
         .width = 121,
         .height = 100,
         .want = {{0, 0, 34, 30}, {44, 0, 34, 30}, {88, 0, 33, 30}, {0, 40, 34, 10}}},
        {.name = "a grid falls to fewer columns when the widest does not fit",
         .box = N(.dir = UI_GRID, .columns = 2, .gap = 10),
         .children = {uncut(leaf(60, 20)), uncut(leaf(50, 30))},
         .width = 110,
         .height = 100,
         .want = {{0, 0, 110, 20}, {0, 30, 110, 30}}},
        {.name = "right to left a row is mirrored",
         .box = N(.dir = UI_ROW, .gap = 10, .pad_x = 5),
         .children = {leaf(40, 20), growing(leaf(10, 20), 1), leaf(30, 20)},
         .width = 200,
         .height = 20,
         .rtl = true,
         .want = {{155, 0, 40, 20}, {45, 0, 100, 20}, {5, 0, 30, 20}}},
        {.name = "right to left a grid begins at the right",
         .box = N(.dir = UI_GRID, .columns = 2, .gap = 10),
         .children = {leaf(10, 20), leaf(10, 20), leaf(10, 20)},
         .width = 110,
         .height = 50,
         .rtl = true,
         .want = {{60, 0, 50, 20}, {0, 0, 50, 20}, {60, 30, 50, 20}}},
        {.name = "the last of a bottom bar stands at the far end",
         .box = N(.dir = UI_ROW, .gap = 10, .flags = NODE_LAST_END),
         .children = {leaf(40, 20), leaf(40, 20), leaf(50, 20)},
         .width = 300,
         .height = 20,
         .want = {{0, 0, 40, 20}, {50, 0, 40, 20}, {250, 0, 50, 20}}},
        {.name = "and at the left in a right-to-left page",
         .box = N(.dir = UI_ROW, .gap = 10, .flags = NODE_LAST_END),
         .children = {leaf(40, 20), leaf(50, 20)},
         .width = 300,
         .height = 20,
         .rtl = true,
         .want = {{260, 0, 40, 20}, {0, 0, 50, 20}}},
        {.name = "space between",
         .box = N(.dir = UI_ROW, .main = MAIN_BETWEEN),
         .children = {leaf(40, 20), leaf(40, 20), leaf(40, 20)},
         .width = 200,
         .height = 20,
         .want = {{0, 0, 40, 20}, {80, 0, 40, 20}, {160, 0, 40, 20}}},
        {.name = "centred both ways",
         .box = N(.dir = UI_ROW, .main = MAIN_CENTER, .cross = CROSS_CENTER),
         .children = {leaf(40, 20)},
         .width = 100,
         .height = 60,
         .want = {{30, 20, 40, 20}}},
        {.name = "across a column at the end, mirrored",
         .box = N(.dir = UI_COLUMN, .cross = CROSS_END),
         .children = {leaf(40, 20)},
         .width = 100,
         .height = 60,
         .rtl = true,
         .want = {{0, 0, 40, 20}}},
        {.name = "a stack lays its children on top of each other",
         .box = N(.dir = UI_STACK),
         .children = {leaf(40, 20), N(.height = 10)},
         .width = 100,
         .height = 60,
         .want = {{0, 0, 100, 60}, {0, 0, 100, 10}}},
        {.name = "a box that was given a height grows when its content needs more",
         .box = N(.dir = UI_COLUMN),
         .children = {N(.measure = measure_leaf, .columns = 10, .max_lines = 80, .height = 30), leaf(10, 10)},
         .width = 100,
         .height = 200,
         .want = {{0, 0, 100, 80}, {0, 80, 100, 10}}},
        {.name = "a scroller moves its content up",
         .box = N(.dir = UI_SCROLL, .gap = 10),
         .children = {leaf(40, 80), leaf(40, 80)},
         .width = 100,
         .height = 100,
         .scroll = 30,
         .want = {{0, -30, 100, 80}, {0, 60, 100, 80}}},
        {.name = "and never past its end",
         .box = N(.dir = UI_SCROLL),
         .children = {leaf(40, 80), leaf(40, 80)},
         .width = 100,
         .height = 100,
         .scroll = 999,
         .want = {{0, -60, 100, 80}, {0, 20, 100, 80}}},
        {.name = "what fits does not scroll, and grows into the view",
         .box = N(.dir = UI_SCROLL),
         .children = {leaf(40, 20), growing(leaf(40, 20), 1)},
         .width = 100,
         .height = 100,
         .scroll = 50,
         .want = {{0, 0, 100, 20}, {0, 20, 100, 80}}},
        {.name = "a widest width holds, a narrowest too",
         .box = N(.dir = UI_ROW),
         .children = {N(.measure = measure_text, .columns = 500, .grow = 1, .max_width = 120),
                      N(.measure = measure_text, .columns = 10, .min_width = 50)},
         .width = 400,
         .height = 50,
         .want = {{0, 0, 120, 50}, {120, 0, 50, 50}}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(&cases[i]);
}

/* [bar][scroller grow][bottom]: the scroller takes what the bars leave, and gives way first. */
static void a_page_leaves_its_scroller_what_the_bars_leave(void **state)
{
    (void)state;
    struct test_tree t = {0};
    struct node *page = add(&t, NULL, N(.dir = UI_COLUMN));
    struct node *top = add(&t, page, leaf(10, 100));
    struct node *scroller = add(&t, page, N(.dir = UI_SCROLL, .grow = 1));
    struct node *content = add(&t, scroller, leaf(10, 900));
    struct node *bottom = add(&t, page, leaf(10, 150));
    layout_root(NULL, page, (struct rect){0, 0, 100, 600});
    assert_int_equal(top->h, 100);
    assert_int_equal(scroller->y, 100);
    assert_int_equal(scroller->h, 350);
    assert_int_equal(bottom->y, 450);
    assert_int_equal(t.scroll.content, 900);
    assert_int_equal(t.scroll.view, 350);
    assert_int_equal(content->seen.h, 350); /* clipped by the scroller only */
    arena_finish(&t.arena);
}

/* A card in a dialog that is too high: its scroller shrinks, the card stays on the screen. */
static void a_card_that_is_too_high_shrinks_its_scroller(void **state)
{
    (void)state;
    struct test_tree t = {0};
    struct node *screen = add(&t, NULL, N(.dir = UI_COLUMN, .main = MAIN_CENTER));
    struct node *card = add(&t, screen, N(.dir = UI_COLUMN, .pad_y = 10));
    struct node *scroller = add(&t, card, N(.dir = UI_SCROLL, .min_height = 50));
    add(&t, scroller, leaf(10, 900));
    layout_root(NULL, screen, (struct rect){0, 0, 100, 400});
    assert_int_equal(card->y, 0);
    assert_int_equal(card->h, 400);
    assert_int_equal(scroller->h, 380);
    arena_finish(&t.arena);
}

/* Whatever the widths, nothing lies on anything else, and nothing sticks out of a row. */
static void children_never_overlap_at_any_width(void **state)
{
    (void)state;
    for (int dir = UI_COLUMN; dir <= UI_GRID; dir++)
        for (int width = 60; width < 500; width += 7)
            for (int rtl = 0; rtl < 2; rtl++) {
                struct test_tree t = {.rtl = rtl};
                struct node *box = add(&t, NULL, N(.dir = (enum ui_dir)dir, .gap = 8, .columns = 3, .pad_x = 4));
                add(&t, box, uncut(leaf(48, 20)));
                add(&t, box, growing(text(200), 2));
                add(&t, box, text(77));
                add(&t, box, growing(uncut(leaf(30, 44)), 1));
                add(&t, box, text(160));
                layout_height(NULL, box, width);
                layout_place(box, 0, 0, box->natural_h, (struct rect){0, 0, width, 100000});
                for (int i = 1; i < t.n; i++) {
                    const struct node *a = t.nodes[i];
                    assert_true(a->x >= 0 && a->x + a->w <= width);
                    assert_true(a->y >= 0 && a->y + a->h <= box->h);
                    for (int k = i + 1; k < t.n; k++) {
                        struct rect r =
                            rect_both((struct rect){a->x, a->y, a->w, a->h},
                                      (struct rect){t.nodes[k]->x, t.nodes[k]->y, t.nodes[k]->w, t.nodes[k]->h});
                        assert_int_equal(r.w * r.h, 0);
                    }
                }
                arena_finish(&t.arena);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_stand_where_the_table_says),
        cmocka_unit_test(a_page_leaves_its_scroller_what_the_bars_leave),
        cmocka_unit_test(a_card_that_is_too_high_shrinks_its_scroller),
        cmocka_unit_test(children_never_overlap_at_any_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
