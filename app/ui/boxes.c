/* Boxes, text and pictures: the builders that everything else is made of. */
#include "app/ui/icons.h"
#include "app/ui/inside.h"

#include <assert.h>

int tx(const struct ui *u, int design)
{
    int n = px(u, design);
    return u->env.large ? (n * u->th.large_text + 50) / 100 : n;
}

uint64_t key_of(const char *id)
{
    uint64_t h = 14695981039346656037u;
    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h ? h : 1;
}

uint64_t key_under(uint64_t parent, uint64_t what)
{
    uint64_t h = (parent ^ (what + 0x9e3779b97f4a7c15u)) * 1099511628211u;
    return h ? h : 1;
}

uint32_t blend(uint32_t a, uint32_t b, int k)
{
    uint32_t out = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        int x = (int)(a >> shift & 255), y = (int)(b >> shift & 255);
        out |= (uint32_t)(x + (y - x) * k / 256) << shift;
    }
    return out;
}

uint32_t tone_color(const struct ui *u, enum ui_tone t)
{
    const struct theme *th = &u->th;
    const uint32_t colors[] = {[TONE_INK] = th->ink,      [TONE_INK2] = th->ink2,     [TONE_BRAND] = th->brand,
                               [TONE_GOOD] = th->good,    [TONE_BAD] = th->bad,       [TONE_APRICOT] = th->apricot_ink,
                               [TONE_ON_DEEP] = 0xffffff, [TONE_ON_DEEP2] = 0xdcebe9, [TONE_DISABLED] = th->ink3};
    return colors[t];
}

struct ui_action action_copy(struct ui *u, struct ui_action a)
{
    a.name = arena_text(&u->arena, a.name);
    return a;
}

/* --- nodes --- */

static struct node *node_make(struct ui *u, const char *id)
{
    struct node *n = arena_take(&u->arena, sizeof *n);
    layout_init(n);
    n->rtl = u->env.rtl;
    if (id) {
        n->id = arena_text(&u->arena, id);
        n->key = key_of(id);
    }
    return n;
}

struct node *node_new(struct ui *u, const char *id)
{
    assert(u->depth > 0);
    struct node *parent = u->stack[u->depth - 1], *n = node_make(u, id);
    if (!id) {
        uint64_t place = 1;
        for (const struct node *c = parent->first; c; c = c->next)
            place++;
        n->key = key_under(parent->key, place);
    }
    layout_append(parent, n);
    return n;
}

struct node *box_begin(struct ui *u, enum ui_dir dir, const char *id)
{
    assert(u->depth < MAX_DEPTH);
    struct node *n = node_new(u, id);
    n->dir = dir;
    if (dir == UI_SCROLL)
        n->scroll = &hand_of(u, n->key)->scroll;
    u->stack[u->depth++] = n;
    return n;
}

void box_end(struct ui *u)
{
    assert(u->depth > 1);
    u->depth--;
}

struct node *overlay_begin(struct ui *u, const char *id)
{
    assert(u->depth < MAX_DEPTH && u->n_overlays < MAX_LAYERS);
    struct node *n = node_make(u, id);
    n->flags |= NODE_LAYER;
    u->overlays[u->n_overlays++] = n;
    u->stack[u->depth++] = n;
    return n;
}

uint64_t layer_now(const struct ui *u)
{
    for (int i = u->depth; i-- > 0;)
        if (u->stack[i]->flags & NODE_LAYER)
            return u->stack[i]->key;
    return 0;
}

bool pressed(const struct ui *u, uint64_t key)
{
    for (size_t i = 0; i < MAX_FINGERS; i++) {
        const struct finger *f = &u->fingers[i];
        if (f->mode == FINGER_PRESS && f->node == key)
            return true;
    }
    return false;
}

void node_button(struct ui *u, struct node *n, bool disabled)
{
    n->flags |= NODE_TAP;
    n->state |= disabled ? STATE_DISABLED : STATE_ENABLED;
    if (disabled)
        return;
    n->flags |= NODE_FOCUS;
    if (pressed(u, n->key)) {
        uint32_t ground = n->look.fill_alpha ? n->look.fill : u->th.card;
        n->look.fill = blend(ground, u->th.ink, 34);
        n->look.fill_alpha = 255;
    }
}

void surface_look(struct ui *u, struct node *n, enum ui_surface s)
{
    const struct theme *th = &u->th;
    const struct {
        uint32_t fill, border;
        int alpha, width;
    } surfaces[] = {
        [SURFACE_NONE] = {0, 0, 0, 0},
        [SURFACE_PAPER] = {th->paper, 0, 255, 0},
        [SURFACE_CARD] = {th->card, th->line, 255, th->border},
        [SURFACE_TINT] = {th->tint, 0, 255, 0},
        [SURFACE_GOOD] = {th->good_tint, 0, 255, 0},
        [SURFACE_BAD] = {th->bad_tint, 0, 255, 0},
        [SURFACE_APRICOT] = {th->apricot_tint, 0, 255, 0},
        [SURFACE_DEEP] = {th->deep, 0, 255, 0},
        [SURFACE_SELECTED] = {th->tint, th->brand, 255, th->border + px(u, 1)},
        [SURFACE_ATTENTION] = {th->card, th->apricot, 255, th->border + px(u, 1)},
        [SURFACE_ERROR] = {th->card, th->bad, 255, th->border + px(u, 1)},
        [SURFACE_BAR] = {th->card, 0, 255, 0},
    };
    n->look =
        (struct look){.fill = surfaces[s].fill,
                      .border_color = surfaces[s].border,
                      .fill_alpha = surfaces[s].alpha,
                      .border = surfaces[s].width,
                      .radius = s == SURFACE_NONE || s == SURFACE_PAPER || s == SURFACE_BAR ? 0 : th->radius_card};
}

static bool joins_text(const struct node *n, struct str *out)
{
    if (n->text && n->role != NULL && strcmp(n->role, "none") != 0) {
        if (out->len)
            str_putc(out, ' ');
        str_puts(out, n->text);
    }
    for (const struct node *c = n->first; c; c = c->next)
        joins_text(c, out);
    return out->len > 0;
}

void node_label_from_text(struct ui *u, struct node *n)
{
    struct str all = {0};
    if (joins_text(n, &all))
        n->label = arena_text(&u->arena, all.p);
    str_finish_secret(&all);
}

void ui_open(struct ui *u, const struct ui_box *b)
{
    struct node *n = box_begin(u, b->dir, b->id);
    n->role = b->tap.kind && !b->role ? "button" : arena_text(&u->arena, b->role);
    n->label = arena_text(&u->arena, b->label);
    n->gap = px(u, b->gap);
    n->pad_x = px(u, b->pad_x ? b->pad_x : b->pad);
    n->pad_y = px(u, b->pad_y ? b->pad_y : b->pad);
    n->width = tx(u, b->width);
    n->min_width = tx(u, b->min_width);
    n->max_width = tx(u, b->max_width);
    n->height = tx(u, b->height);
    n->min_height = tx(u, b->min_height);
    n->grow = b->grow;
    n->columns = b->columns;
    n->cross = b->cross;
    n->main = b->main;
    surface_look(u, n, b->selected && b->surface <= SURFACE_CARD ? SURFACE_SELECTED : b->surface);
    if (b->selected)
        n->state |= STATE_SELECTED;
    if (b->tap.kind) {
        n->action = action_copy(u, b->tap);
        n->min_height = n->min_height ? n->min_height : u->th.target_pill;
        node_button(u, n, b->disabled);
    }
}

void ui_close(struct ui *u)
{
    struct node *n = u->stack[u->depth - 1];
    if ((n->flags & NODE_TAP) && !n->label)
        node_label_from_text(u, n);
    box_end(u);
}

void ui_space(struct ui *u, int length, int grow)
{
    struct node *parent = u->stack[u->depth - 1], *n = node_new(u, NULL);
    bool across = parent->dir == UI_ROW || parent->dir == UI_WRAP;
    n->width = n->min_width = across ? px(u, length) : 0;
    n->height = across ? 0 : px(u, length);
    n->grow = grow;
}

void ui_divider(struct ui *u)
{
    struct node *n = node_new(u, NULL);
    n->height = u->th.border;
    n->look = (struct look){.fill = u->th.line, .fill_alpha = 255};
}

/* --- text --- */

struct text_style style_of(const struct ui *u, enum ui_style s, int *line_height)
{
    const struct theme *th = &u->th;
    const struct {
        int size;
        bool bold, title, tabular;
    } styles[] = {
        [TEXT_BODY] = {th->body, false, false, false},
        [TEXT_HERO] = {th->hero, true, true, false},
        [TEXT_TITLE] = {th->title, true, true, false},
        [TEXT_LEAD] = {th->lead, false, false, false},
        [TEXT_LEAD_BOLD] = {th->lead, true, false, false},
        [TEXT_BODY_BOLD] = {th->body, true, false, false},
        [TEXT_SECONDARY] = {th->secondary, false, false, false},
        [TEXT_TAG] = {th->tag, false, false, false},
        [TEXT_FIGURE] = {th->hero, true, true, true},
    };
    *line_height = styles[s].title ? th->title_line_height : th->line_height;
    return (struct text_style){.px = styles[s].size, .bold = styles[s].bold, .tabular = styles[s].tabular};
}

/* The longest word that must not be broken; Han break anywhere, but a column of single signs is no line. */
enum { LEAST_HAN = 4, SHORT = 12 };

static int least_text_width(struct ui *u, const struct node *n)
{
    const char *end = n->text + strlen(n->text), *word = n->text, *best = NULL;
    size_t longest = 0, letters = 0;
    bool han = false;
    for (const char *p = n->text; p <= end;) {
        uint32_t cp = ' ';
        size_t len = p < end ? utf8_next(p, end, &cp) : 1;
        bool wide = cp >= 0x2e80 && cp < 0xfb50;
        bool breaks = cp == ' ' || cp == '\n' || cp == '/' || cp == '-' || wide;
        han |= wide;
        letters += !breaks;
        if (breaks) {
            if (letters > longest) {
                longest = letters;
                best = word;
            }
            word = p + len;
            letters = 0;
        }
        p += len;
    }
    int w = han ? LEAST_HAN * n->style.px : 0;
    if (best) {
        size_t bytes = 0;
        for (size_t i = 0; i < longest && best + bytes < end; i++) {
            uint32_t cp;
            bytes += utf8_next(best + bytes, end, &cp);
        }
        AUTOFREE char *alone = xstrndup(best, bytes);
        int wide = text_lay(u->text, alone, n->style, 0, 1, n->rtl, n->line_height)->width + 1;
        w = wide > w ? wide : w;
    }
    return w;
}

void node_keep_short(struct node *n)
{
    if (n->text && utf8_count(n->text) <= SHORT)
        n->flags |= NODE_NOT_CUT;
}

struct size measure_text(void *ctx, const struct node *n, int width)
{
    struct ui *u = ctx;
    if (width == 0) {
        int w = least_text_width(u, n), most = measure_text(ctx, n, -1).w;
        return (struct size){w < most ? w : most, 0};
    }
    const struct text_layout *l =
        text_lay(u->text, n->text, n->style, width < 0 ? 0 : width, n->max_lines, n->rtl, n->line_height);
    return (struct size){l->width + 1, l->height};
}

const struct text_layout *node_lay(struct ui *u, const struct node *n)
{
    int inner = n->w - 2 * n->pad_x;
    return text_lay(u->text, n->text, n->style, inner > 0 ? inner : 1, n->max_lines, n->rtl, n->line_height);
}

struct node *put_text(struct ui *u, const char *text, enum ui_style style, uint32_t color)
{
    struct node *n = node_new(u, NULL);
    n->role = "text";
    n->text = arena_text(&u->arena, text ? text : "");
    n->style = style_of(u, style, &n->line_height);
    n->color = color;
    n->measure = measure_text;
    return n;
}

void ui_text(struct ui *u, enum ui_style style, const char *text)
{
    ui_text_ex(u, &(struct ui_text){.text = text, .style = style});
}

void ui_text_ex(struct ui *u, const struct ui_text *t)
{
    uint32_t color = tone_color(u, t->tone);
    struct node *n = put_text(u, t->text, t->style, color);
    if (t->data && u->env.rtl)
        n->text = IDF(u, "\u2068%s\u2069", n->text);
    if (t->id) {
        n->id = arena_text(&u->arena, t->id);
        n->key = key_of(t->id);
    }
    n->role = t->role                                           ? arena_text(&u->arena, t->role)
              : t->style == TEXT_TITLE || t->style == TEXT_HERO ? "heading"
                                                                : "text";
    n->align = t->align;
    n->max_lines = t->max_lines;
    n->grow = t->grow;
}

/* --- pictures --- */

static struct size measure_fixed(void *ctx, const struct node *n, int width)
{
    (void)ctx;
    (void)width;
    return (struct size){n->width, n->height};
}

static void paint_icon(struct ui *u, struct node *n, struct draw *d)
{
    (void)u;
    icon_draw(d, n->data, (struct rect){n->x, n->y, n->w, n->h}, n->color, n->rtl);
}

struct node *put_icon(struct ui *u, const char *name, int size, uint32_t color)
{
    struct node *n = node_new(u, NULL);
    n->width = n->height = size;
    n->flags |= NODE_NOT_CUT;
    n->data = arena_text(&u->arena, name);
    n->color = color;
    n->measure = measure_fixed;
    n->paint = paint_icon;
    return n;
}

struct picture {
    const struct image *image;
    int width, height; /* the box it is fitted into */
};

static struct size fitted(const struct image *img, int w, int h)
{
    if (!img || img->width <= 0 || img->height <= 0)
        return (struct size){w, h};
    if ((int64_t)img->width * h > (int64_t)img->height * w)
        return (struct size){w, (int)((int64_t)img->height * w / img->width)};
    return (struct size){(int)((int64_t)img->width * h / img->height), h};
}

static struct size measure_picture(void *ctx, const struct node *n, int width)
{
    (void)ctx;
    const struct picture *p = n->data;
    int w = width > 0 && width < p->width ? width : width == 0 ? p->width / 2 : p->width;
    return (struct size){w, p->width ? (int)((int64_t)p->height * w / p->width) : p->height};
}

static void paint_picture(struct ui *u, struct node *n, struct draw *d)
{
    const struct picture *p = n->data;
    struct rect box = {n->x, n->y, n->w, n->h};
    if (!p->image) {
        draw_round(d, box, u->th.radius_tag, u->th.line, 255, 0, 0);
        return;
    }
    struct size s = fitted(p->image, n->w, n->h);
    struct rect r = {n->x + (n->w - s.w) / 2, n->y + (n->h - s.h) / 2, s.w, s.h};
    draw_image(d, r, p->image, (struct rect){0, 0, p->image->width, p->image->height}, 0);
}

void ui_image(struct ui *u, const char *id, const char *label, const struct image *img, int width, int height)
{
    struct node *n = node_new(u, id);
    struct picture *p = arena_take(&u->arena, sizeof *p);
    *p = (struct picture){img, px(u, width), px(u, height)};
    n->role = "image";
    n->label = arena_text(&u->arena, label);
    n->data = p;
    n->cross = CROSS_START;
    n->width = p->width;
    n->measure = measure_picture;
    n->paint = paint_picture;
}

struct canvas {
    void (*paint)(void *ctx, struct draw *d, struct rect r);
    void *ctx;
};

static void paint_canvas(struct ui *u, struct node *n, struct draw *d)
{
    (void)u;
    const struct canvas *c = n->data;
    c->paint(c->ctx, d, (struct rect){n->x, n->y, n->w, n->h});
}

void ui_canvas(struct ui *u, const char *id, const char *label, int width, int height, int grow,
               void (*paint)(void *ctx, struct draw *d, struct rect r), void *ctx)
{
    struct node *n = node_new(u, id);
    struct canvas *c = arena_take(&u->arena, sizeof *c);
    *c = (struct canvas){paint, ctx};
    n->role = label ? "image" : NULL;
    n->label = arena_text(&u->arena, label);
    n->width = px(u, width);
    n->height = px(u, height);
    n->grow = grow;
    n->data = c;
    n->paint = paint_canvas;
}
