/* The drawn keyboard: layouts from app/input/keyboard.h, candidates from app/input/pinyin.h. It is part of the page and
 * of the semantic tree (kb.a, kb.backspace, kb.cand.0, kb.more); a touch on it leaves the focus in the field. */
#include "app/input/keyboard.h"
#include "app/input/pinyin.h"
#include "app/ui/inside.h"

struct panel {
    struct ui *u;
    struct keyboards *all;
    struct pinyin *pinyin; /* NULL: letters go into the field as they are */
    const struct keyboard_layout *layout;
    bool shift, more, space_waits;
};

const char *panel_letters(const struct ui *u)
{
    return u->panel->pinyin && pinyin_active(u->panel->pinyin) ? pinyin_view(u->panel->pinyin).letters : "";
}

static bool composing(const struct panel *p)
{
    return p->pinyin && strcmp(p->layout->mode, "pinyin") == 0;
}

static bool active(const struct panel *p)
{
    return p->pinyin && pinyin_active(p->pinyin);
}

/* --- typing --- */

static void put(struct ui *u, const char *text)
{
    struct held *h = &u->held;
    if (h->boxed && edit_insert(&h->edit, text, h->max_len, h->many_lines))
        held_changed(u);
}

static void composed(void *ctx, const char *text)
{
    struct panel *p = ctx;
    p->more = false;
    put(p->u, text);
}

static void answered(void *ctx)
{
    struct panel *p = ctx;
    if (p->space_waits && !pinyin_view(p->pinyin).waiting) {
        p->space_waits = false;
        pinyin_choose(p->pinyin, 0);
    }
    ui_changed(p->u);
}

/* What is being composed becomes text before something else is typed: the first candidate, else the letters. */
static void finish_composing(struct panel *p)
{
    p->space_waits = false;
    if (active(p) && !pinyin_view(p->pinyin).waiting)
        pinyin_choose(p->pinyin, 0);
    if (active(p))
        pinyin_commit_raw(p->pinyin);
}

static void type(struct panel *p, const struct keyboard_key *k)
{
    const char *text = k->text;
    bool letter = text[1] == '\0' && ((text[0] | 32) >= 'a' && (text[0] | 32) <= 'z');
    if (letter && composing(p) && pinyin_letter(p->pinyin, text[0])) {
        p->more = p->space_waits = false;
        return;
    }
    finish_composing(p);
    char upper[2] = {letter && p->shift ? (char)(text[0] & ~32) : text[0], '\0'};
    put(p->u, letter ? upper : text);
    p->shift = false;
}

static void space(struct panel *p)
{
    if (!active(p))
        put(p->u, " ");
    else if (pinyin_view(p->pinyin).waiting)
        p->space_waits = true;
    else if (!pinyin_choose(p->pinyin, 0))
        pinyin_commit_raw(p->pinyin);
}

static void backspace(struct panel *p)
{
    p->space_waits = false;
    if (p->pinyin && pinyin_backspace(p->pinyin))
        return;
    if (p->u->held.boxed && edit_backspace(&p->u->held.edit))
        held_changed(p->u);
}

static void go_to(struct panel *p, const char *layout)
{
    if (active(p))
        pinyin_commit_raw(p->pinyin);
    p->layout = keyboards_find(p->all, layout);
    p->more = p->shift = false;
    if (strcmp(p->layout->mode, "pinyin") == 0 && !p->pinyin && keyboards_find(p->all, "latin"))
        p->layout = keyboards_find(p->all, "latin");
}

static bool key_on(struct ui *u, struct node *n, const struct touch *t)
{
    struct panel *p = u->panel;
    const struct keyboard_key *k = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    switch (k->act) {
    case KEY_TEXT:
        type(p, k);
        break;
    case KEY_SHIFT:
        p->shift = !p->shift;
        break;
    case KEY_BACKSPACE:
        backspace(p);
        break;
    case KEY_ENTER:
        if (active(p))
            pinyin_commit_raw(p->pinyin);
        else
            put(u, "\n");
        break;
    case KEY_SPACE:
        space(p);
        break;
    case KEY_DONE:
        if (active(p))
            finish_composing(p);
        ui_blur(u);
        break;
    case KEY_TO:
        go_to(p, k->layout);
        break;
    case KEY_CLEAR:
        edit_all(&u->held.edit);
        if (edit_backspace(&u->held.edit))
            held_changed(u);
        break;
    case KEY_GAP:
        break;
    }
    ui_changed(u);
    return true;
}

bool panel_key(struct ui *u, const char *name)
{
    struct panel *p = u->panel;
    if (!active(p))
        return false;
    if (strcmp(name, "Backspace") == 0)
        backspace(p);
    else if (strcmp(name, "Return") == 0)
        pinyin_commit_raw(p->pinyin);
    else if (strcmp(name, "Space") == 0)
        space(p);
    else if (strcmp(name, "Escape") == 0)
        pinyin_clear(p->pinyin);
    else
        return false;
    ui_changed(u);
    return true;
}

/* --- candidates --- */

static bool candidate_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    const size_t *i = n->data;
    u->panel->more = false;
    pinyin_choose(u->panel->pinyin, *i);
    ui_changed(u);
    return true;
}

static bool more_on(struct ui *u, struct node *n, const struct touch *t)
{
    (void)n;
    if (t->kind != TOUCH_TAP)
        return false;
    u->panel->more = !u->panel->more;
    ui_changed(u);
    return true;
}

static struct node *key_box(struct ui *u, const char *id, int height, uint32_t fill, int alpha)
{
    struct node *n = box_begin(u, UI_ROW, id);
    n->role = "button";
    n->main = MAIN_CENTER;
    n->cross = CROSS_CENTER;
    n->min_height = height;
    n->flags |= NODE_TAP | NODE_KEY;
    n->state |= STATE_ENABLED;
    n->look = (struct look){.fill = fill, .fill_alpha = alpha, .radius = px(u, 16)};
    if (pressed(u, n->key))
        n->look = (struct look){.fill = blend(fill, u->th.ink, 50), .fill_alpha = 255, .radius = px(u, 16)};
    if (u->env.contrast && alpha) {
        n->look.border = u->th.border;
        n->look.border_color = u->th.line;
    }
    return n;
}

static void candidate(struct ui *u, const char *text, size_t i, int height)
{
    struct node *n = key_box(u, IDF(u, "kb.cand.%zu", i), height, i ? u->th.card : u->th.tint, i ? 0 : 255);
    size_t *which = arena_take(&u->arena, sizeof *which);
    *which = i;
    n->pad_x = px(u, 22);
    n->min_width = u->th.target_pill;
    n->on = candidate_on;
    n->data = which;
    put_text(u, text, TEXT_LEAD, u->th.ink)->style.bold = i == 0;
    node_label_from_text(u, n);
    box_end(u);
}

static void more_key(struct ui *u, int height)
{
    struct node *n = key_box(u, "kb.more", height, u->th.card, 0);
    n->flags |= NODE_NOT_CUT;
    n->pad_x = px(u, 16);
    n->gap = px(u, 6);
    n->on = more_on;
    n->label = tr(u, u->panel->more ? "ui.kb.fewer" : "ui.kb.more_words");
    put_text(u, n->label, TEXT_SECONDARY, u->th.ink2)->role = "none";
    put_icon(u, u->panel->more ? "down" : "next", px(u, 28), u->th.ink2);
    box_end(u);
}

static int word_width(struct ui *u, const char *text, enum ui_style s, bool bold)
{
    int line;
    struct text_style style = style_of(u, s, &line);
    style.bold = bold;
    return text_lay(u->text, text, style, 0, 1, false, line)->width + 1;
}

static void candidate_bar(struct ui *u, int width, int height)
{
    struct panel *p = u->panel;
    struct pinyin_view v = pinyin_view(p->pinyin);
    struct node *bar = box_begin(u, UI_ROW, "kb.bar");
    bar->cross = CROSS_CENTER;
    bar->width = width;
    bar->min_height = height;
    bar->pad_x = px(u, 20);
    bar->gap = px(u, 4);
    bar->look = (struct look){.fill = u->th.card, .fill_alpha = 255, .radius = px(u, 18)};
    const char *typed = IDF(u, "%s%s", v.chosen, v.spelling);
    const char *words = v.failed ? tr(u, "ui.kb.no_pinyin") : active(p) ? typed : tr(u, "ui.kb.pinyin_hint");
    struct node *spelling = put_text(u, words, TEXT_SECONDARY, v.failed ? u->th.apricot_ink : u->th.ink2);
    spelling->id = "kb.spelling";
    spelling->key = key_of(spelling->id);
    spelling->max_lines = 1;
    int room = width - 2 * bar->pad_x - word_width(u, words, TEXT_SECONDARY, false) - px(u, 40);
    int more = word_width(u, tr(u, "ui.kb.more_words"), TEXT_SECONDARY, false) + px(u, 28 + 38 + 12);
    ui_space(u, 16, 0);
    size_t shown = 0;
    for (; active(p) && shown < v.count && !p->more; shown++) {
        int w = word_width(u, v.candidates[shown].text, TEXT_LEAD, shown == 0) + px(u, 44 + 4);
        w = w < u->th.target_pill + px(u, 4) ? u->th.target_pill + px(u, 4) : w;
        if (room - w < (shown + 1 < v.count ? more : 0) && shown)
            break;
        room -= w;
        candidate(u, v.candidates[shown].text, shown, height - px(u, 20));
    }
    ui_space(u, 0, 1);
    if (active(p) && (shown < v.count || p->more))
        more_key(u, height - px(u, 16));
    box_end(u);
}

static void candidate_grid(struct ui *u, int width, int height)
{
    struct pinyin_view v = pinyin_view(u->panel->pinyin);
    struct node *all = box_begin(u, UI_SCROLL, "kb.words");
    all->width = width;
    all->height = all->min_height = height;
    struct node *wrap = box_begin(u, UI_WRAP, NULL);
    wrap->gap = px(u, 8);
    for (size_t i = 0; i < v.count; i++)
        candidate(u, v.candidates[i].text, i, u->th.target_pill + px(u, 12));
    box_end(u);
    box_end(u);
}

/* --- keys --- */

struct sizes {
    int unit, gap, height, width; /* of one key; of the widest row */
};

static struct sizes sizes_of(struct ui *u, const struct keyboard_layout *l)
{
    struct sizes s = {.gap = px(u, 12)};
    int inner = shell_pixels(u->shell).width - 2 * px(u, 20);
    bool low = u->env.landscape;
    s.height = low ? u->th.key_height * 3 / 4 : u->env.large ? u->th.key_height * 6 / 5 : u->th.key_height;
    int most = l->wide ? px(u, 136) : px(u, 220);
    s.unit = (int)((inner + s.gap) / l->width) - s.gap;
    s.unit = s.unit > most ? most : s.unit;
    s.width = (int)((s.unit + s.gap) * l->width) - s.gap;
    return s;
}

static int key_width(const struct sizes *s, double units)
{
    return (int)((s->unit + s->gap) * units) - s->gap;
}

static const char *key_label(struct ui *u, const struct keyboard_key *k)
{
    if (k->act == KEY_TEXT && u->panel->shift && k->text[1] == '\0' && k->text[0] >= 'a' && k->text[0] <= 'z')
        return IDF(u, "%c", k->text[0] & ~32);
    if (!k->label)
        return k->text;
    return strncmp(k->label, "ui.", 3) == 0 ? tr(u, k->label) : k->label;
}

static void build_key(struct ui *u, const struct keyboard_key *k, const struct sizes *s)
{
    const struct theme *th = &u->th;
    int width = key_width(s, k->width);
    if (k->act == KEY_GAP) {
        struct node *gap = node_new(u, NULL);
        gap->width = gap->min_width = width;
        return;
    }
    bool done = k->act == KEY_DONE, lit = k->act == KEY_SHIFT && u->panel->shift;
    uint32_t fill = done || lit ? th->brand : k->quiet ? th->key_quiet : th->key;
    struct node *n = key_box(u, IDF(u, "kb.%s", k->id), s->height, fill, 255);
    n->width = n->min_width = width;
    n->grow = k->spring;
    n->flags |= k->act == KEY_BACKSPACE ? NODE_REPEAT : 0;
    n->on = key_on;
    n->data = k;
    n->label = key_label(u, k);
    if (lit)
        n->state |= STATE_SELECTED;
    uint32_t ink = done || lit ? 0xffffff : th->ink;
    if (k->icon)
        put_icon(u, k->icon, px(u, 44), ink);
    else
        put_text(u, n->label, k->quiet || k->act == KEY_SPACE ? TEXT_SECONDARY : TEXT_LEAD, ink)->role = "none";
    box_end(u);
}

static void build_row(struct ui *u, const struct keyboard_row *r, const struct sizes *s)
{
    static const struct keyboard_key enter = {
        .act = KEY_ENTER, .id = "enter", .label = "ui.kb.enter", .icon = "enter", .width = 1.2, .quiet = true};
    struct node *row = box_begin(u, UI_ROW, NULL);
    row->gap = s->gap;
    row->main = MAIN_CENTER;
    row->width = s->width;
    for (size_t i = 0; i < r->n; i++) {
        if (r->keys[i].act == KEY_DONE && u->held.many_lines)
            build_key(u, &enter, s);
        build_key(u, &r->keys[i], s);
    }
    box_end(u);
}

void panel_build(struct ui *u)
{
    struct panel *p = u->panel;
    if (!u->text_here || u->panel_shown || u->text_layer != layer_now(u))
        return;
    u->panel_shown = true;
    bool rtl = u->env.rtl; /* keyboards stand as they are in every language */
    u->env.rtl = false;
    struct sizes s = sizes_of(u, p->layout);
    ui_divider(u);
    struct node *n = box_begin(u, UI_COLUMN, "kb");
    n->role = "group";
    n->label = tr(u, "ui.kb");
    n->flags |= NODE_TAP | NODE_KEY; /* a touch between two keys is no touch beside the field */
    n->look = (struct look){.fill = u->th.panel, .fill_alpha = 255};
    n->pad_y = px(u, 16);
    n->gap = s.gap;
    n->cross = CROSS_CENTER;
    if (composing(p))
        candidate_bar(u, s.width, u->env.landscape ? px(u, 84) : px(u, 100));
    int rows = (int)p->layout->n;
    if (p->more && active(p))
        candidate_grid(u, s.width, rows * s.height + (rows - 1) * s.gap);
    for (int i = 0; i < rows && !(p->more && active(p)); i++)
        build_row(u, &p->layout->rows[i], &s);
    box_end(u);
    u->env.rtl = rtl;
}

void panel_open(struct ui *u, const char *keyboard)
{
    struct panel *p = u->panel;
    panel_close(u);
    go_to(p, keyboards_find(p->all, keyboard) ? keyboard : "pinyin");
}

bool ui_capital_next(const struct ui *u, const char *id)
{
    return u->panel && u->panel->shift && is(u->focus_id, id);
}

void panel_close(struct ui *u)
{
    struct panel *p = u->panel;
    if (!p)
        return;
    p->more = p->shift = p->space_waits = false;
    if (p->pinyin)
        pinyin_clear(p->pinyin);
}

struct panel *panel_create(struct ui *u, const char *assets_dir, struct worker_door *door, struct err *e)
{
    static const struct pinyin_ops ops = {answered, composed};
    struct panel *p = xcalloc(1, sizeof *p);
    p->u = u;
    p->all = keyboards_load(assets_dir, e);
    p->pinyin = door ? pinyin_create(door, &ops, p) : NULL;
    p->layout = p->all ? keyboards_find(p->all, "pinyin") : NULL;
    if (p->all && !p->layout)
        err_set(e, ERR_CONFIG, "%s/keyboards: there is no layout \"pinyin\"", assets_dir);
    if (p->layout)
        return p;
    panel_destroy(p);
    return NULL;
}

void panel_destroy(struct panel *p)
{
    if (!p)
        return;
    pinyin_destroy(p->pinyin);
    keyboards_destroy(p->all);
    free(p);
}
