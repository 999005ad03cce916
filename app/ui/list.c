/* Long lists: only the rows in sight are built; a row that is not says by its estimated height how far to scroll. */
#include "app/ui/inside.h"
#include "app/ui/rows.h"

enum { FETCH = 128 };

struct row_data {
    const struct list *list;
    const char *code, *label;
};

static bool row_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    const struct row_data *r = n->data;
    r->list->chosen(u, r->list->field, r->list->data, r->code, r->label);
    return true;
}

static bool close_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    open_set(u, NULL);
    ui_focus(u, n->data);
    return true;
}

void list_page_begin(struct ui *u, const char *field, const char *title)
{
    struct node *page = overlay_begin(u, IDF(u, "%s.page", field));
    page->look = (struct look){.fill = u->th.paper, .fill_alpha = 255};
    page->role = "dialog";
    page->label = arena_text(&u->arena, title);
    struct node *bar = box_begin(u, UI_ROW, NULL);
    bar->pad_x = px(u, 40);
    bar->pad_y = px(u, 19);
    bar->gap = px(u, 24);
    bar->cross = CROSS_CENTER;
    bar->look = (struct look){.fill = u->th.card, .fill_alpha = 255};
    put_pressable(u, IDF(u, "%s.close", field), tr(u, "ui.close"), BUTTON_PILL, false, close_on,
                  arena_text(&u->arena, field));
    struct node *heading = put_text(u, title, TEXT_LEAD_BOLD, u->th.ink);
    heading->grow = 1;
    heading->role = "heading";
}

void list_bar_end(struct ui *u)
{
    box_end(u);
    ui_divider(u);
}

void list_page_end(struct ui *u)
{
    panel_build(u);
    box_end(u);
}

/* Lines that a label will take, never fewer than it does: Han are as wide as the type is high, letters narrower. */
static int lines_of(const char *label, int size, int width)
{
    int w = 0;
    const char *end = label + strlen(label);
    while (label < end) {
        uint32_t cp;
        label += utf8_next(label, end, &cp);
        w += cp >= 0x2e80 && cp < 0xfb50 ? size : cp >= 0x20000 ? size : size * 62 / 100;
    }
    return w <= width ? 1 : 1 + (w + size) / (width - size > size ? width - size : size);
}

struct metrics {
    int size, line, note, width, pad, least;
};

static struct metrics metrics_of(struct ui *u)
{
    const struct theme *th = &u->th;
    struct metrics m = {.size = th->body,
                        .line = th->body * th->line_height / 100 + 1,
                        .note = th->secondary * th->line_height / 100 + 1,
                        .pad = px(u, 16),
                        .least = th->target_field};
    m.width = shell_pixels(u->shell).width - 2 * th->margin - px(u, 36 + 20);
    return m;
}

static int height_of(const struct metrics *m, const struct ui_option *o)
{
    int h = lines_of(o->label, m->size, m->width) * m->line + 2 * m->pad;
    if (some(o->note))
        h += lines_of(o->note, m->size * 30 / 34, m->width) * m->note;
    return h < m->least ? m->least : h;
}

static size_t measure_rows(struct ui *u, const struct list *l, struct hand *h, const struct metrics *m)
{
    struct ui_option some_rows[FETCH];
    size_t count = l->fetch(l->ctx, some_rows, 0, 1);
    uint64_t stamp = key_under(key_under(l->stamp, (uint64_t)m->width), (uint64_t)m->size);
    if (!h->rows)
        h->rows = rows_create();
    if (rows_are(h->rows, stamp, count))
        return count;
    if (rows_count(h->rows))
        h->scroll.offset = 0; /* another list: from its top */
    rows_begin(h->rows, stamp);
    for (size_t from = 0; from < count;) {
        size_t n = count - from < FETCH ? count - from : FETCH;
        l->fetch(l->ctx, some_rows, from, n);
        for (size_t i = 0; i < n; i++)
            rows_add(h->rows, height_of(m, &some_rows[i]));
        from += n;
    }
    (void)u;
    return count;
}

static void paint_edge(struct ui *u, struct node *n, struct draw *d)
{
    draw_fill(d, (struct rect){n->x, n->y + n->h - u->th.border, n->w, u->th.border}, u->th.line, 255);
}

static void build_row(struct ui *u, const struct list *l, const struct ui_option *o, int height)
{
    bool on = is(l->selected, o->code);
    struct node *n = box_begin(u, UI_ROW, IDF(u, "%s.item.%s", l->field, o->code));
    struct row_data *r = arena_take(&u->arena, sizeof *r);
    *r = (struct row_data){l, arena_text(&u->arena, o->code), arena_text(&u->arena, o->label)};
    n->role = "listitem";
    n->state = on ? STATE_SELECTED : 0;
    n->min_height = height;
    n->pad_x = u->th.margin;
    n->gap = px(u, 20);
    n->paint = paint_edge;
    n->cross = CROSS_CENTER;
    n->look = (struct look){.fill = on ? u->th.tint : u->th.card, .fill_alpha = 255};
    n->on = row_on;
    n->data = r;
    node_button(u, n, false);
    struct node *words = box_begin(u, UI_COLUMN, NULL);
    words->grow = 1;
    put_text(u, o->label, on ? TEXT_BODY_BOLD : TEXT_BODY, u->th.ink);
    if (some(o->note))
        put_text(u, o->note, TEXT_SECONDARY, u->th.ink2);
    box_end(u);
    if (on)
        put_icon(u, "check", px(u, 36), u->th.brand);
    node_label_from_text(u, n);
    box_end(u);
}

size_t list_build(struct ui *u, const struct list *spec)
{
    struct list *l = arena_take(&u->arena, sizeof *l);
    *l = *spec;
    l->field = arena_text(&u->arena, spec->field);
    struct node *n = box_begin(u, UI_SCROLL, IDF(u, "%s.list", l->field));
    n->grow = 1;
    n->min_height = px(u, 120);
    n->role = "list";
    struct hand *h = hand_of(u, n->key);
    struct metrics m = metrics_of(u);
    size_t count = measure_rows(u, l, h, &m);
    n->value = tr_int(u, (int)count);
    int view = h->scroll.view > 0 ? h->scroll.view : shell_pixels(u->shell).height, at = h->scroll.offset;
    int most = rows_top(h->rows, count) - view;
    at = at > most ? most : at;
    at = at < 0 ? 0 : at;
    size_t first = count ? rows_at(h->rows, at) : 0, last = count ? rows_at(h->rows, at + view) + 1 : 0;
    first = first > 2 ? first - 2 : 0; /* a little more on either side, for Tab and fast fingers */
    last = last + 2 < count ? last + 2 : count;
    struct ui_option rows[FETCH];
    size_t room = last - first < FETCH ? last - first : FETCH;
    if (room)
        l->fetch(l->ctx, rows, first, room);
    struct node *above = node_new(u, NULL);
    above->height = rows_top(h->rows, first);
    for (size_t i = 0; i < room; i++)
        build_row(u, l, &rows[i], rows_top(h->rows, first + i + 1) - rows_top(h->rows, first + i));
    struct node *below = node_new(u, NULL);
    below->height = rows_top(h->rows, count) - rows_top(h->rows, first + room);
    box_end(u);
    return count;
}
