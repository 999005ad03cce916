/* The frame: build, lay out, draw; language, large text, contrast; what the whole of app/ui hangs on. */
#include "app/ui/inside.h"

#include "sync/base/log.h"

#include <assert.h>

enum { TOAST_MS = 2000, MAX_DIRTY = 64 };

static void tick(void *ctx);

int64_t now_ms(const struct ui *u)
{
    return clock_mono(shell_clock(u->shell));
}

/* --- environment --- */

/* The theme in pixels of this panel; in large text what holds text is larger by the theme's factor. */
static void scale_theme(struct ui *u)
{
    const struct theme *from = u->env.contrast ? &u->themes.contrast : &u->themes.normal;
    struct theme *th = &u->th;
    *th = *from;
    th->large_text = from->large_text;
    int *texts[] = {&th->hero, &th->title, &th->lead, &th->body, &th->secondary, &th->tag};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = tx(u, *texts[i]);
    int *lengths[] = {&th->radius_button, &th->radius_card, &th->radius_field, &th->radius_tag, &th->border,
                      &th->margin,        &th->space[0],    &th->space[1],     &th->space[2],   &th->space[3],
                      &th->space[4],      &th->space[5],    &th->key_width,    &th->key_height, &th->large_target};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
        *lengths[i] = px(u, *lengths[i]);
    int *targets[] = {&th->target_primary, &th->target_field};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        *targets[i] = u->env.large ? th->large_target : px(u, *targets[i]);
    th->target_pill = u->env.large ? px(u, from->target_pill * 7 / 5) : px(u, from->target_pill);
    if (u->env.large) {
        th->border += px(u, 1);
        th->line = blend(th->line, th->ink2, 110);
        th->brand = th->deep;
        th->hero = px(u, from->hero) * 5 / 4; /* it is large already */
    }
}

static void measure_panel(struct ui *u)
{
    struct pixels p = shell_pixels(u->shell);
    u->scale = u->themes.px_per_mm_x100 * 1000 / 402;
    u->env.width = p.width * 1000 / u->scale;
    u->env.height = p.height * 1000 / u->scale;
    u->env.landscape = p.width > p.height;
}

struct text_system *ui_text_system(struct ui *u)
{
    return u->text;
}

struct ui *ui_create(const struct ui_options *o, struct err *e)
{
    struct ui *u = xcalloc(1, sizeof *u);
    u->shell = o->shell;
    u->themes = *o->themes;
    u->assets_dir = xstrdup(o->assets_dir);
    u->text = text_create(o->fonts);
    u->draw = draw_create();
    measure_panel(u);
    scale_theme(u);
    u->panel = panel_create(u, o->assets_dir, o->door, e);
    u->last_touch_ms = now_ms(u);
    u->dirty = true;
    if (!u->panel) {
        ui_destroy(u);
        return NULL;
    }
    return u;
}

void ui_destroy(struct ui *u)
{
    if (!u)
        return;
    shell_timer(u->shell, -1, tick, u);
    panel_destroy(u->panel);
    hands_forget(u);
    held_drop(u);
    arena_finish(&u->arena);
    draw_destroy(u->draw);
    text_destroy(u->text);
    free(u->order);
    free(u->screen);
    free(u->toast);
    free(u->assets_dir);
    free(u);
}

const struct theme *ui_theme(const struct ui *u)
{
    return &u->th;
}

const struct ui_env *ui_environment(const struct ui *u)
{
    return &u->env;
}

void ui_changed(struct ui *u)
{
    u->dirty = true;
    shell_invalidate(u->shell);
}

void ui_set_language(struct ui *u, const struct strings *s, const struct strings *fallback)
{
    u->env.strings = s;
    u->env.fallback = fallback;
    u->env.rtl = s && strings_rtl(s);
    ui_changed(u);
}

void ui_set_large(struct ui *u, bool large)
{
    u->env.large = large;
    scale_theme(u);
    if (u->focus)
        zcopy(u->want_reveal, sizeof u->want_reveal, u->focus_id);
    ui_changed(u);
}

void ui_set_contrast(struct ui *u, bool high)
{
    u->env.contrast = high;
    scale_theme(u);
    ui_changed(u);
}

void ui_set_reduced_motion(struct ui *u, bool reduced)
{
    u->env.reduced_motion = reduced;
}

void ui_set_low_controls(struct ui *u, bool low)
{
    u->env.low_controls = low;
    ui_changed(u);
}

/* --- views --- */

void ui_set_view(struct ui *u, const char *screen_name, void (*view)(void *ctx, struct ui *u),
                 void (*event)(void *ctx, const struct ui_event *ev), void *ctx)
{
    char *name = xstrdup(screen_name);
    free(u->screen);
    u->screen = name;
    u->view = view;
    u->event = event;
    u->ctx = ctx;
    focus_drop(u);
    open_set(u, NULL);
    touch_drop(u);
    u->want_focus[0] = u->want_reveal[0] = '\0';
    ui_changed(u);
}

const char *ui_screen_name(const struct ui *u)
{
    return u->screen ? u->screen : "";
}

void ui_forget(struct ui *u)
{
    assert(!u->building);
    focus_drop(u);
    open_set(u, NULL);
    touch_drop(u);
    hands_forget(u);
    free(u->toast);
    u->toast = NULL;
    /* The tree points into what was forgotten (scroll offsets) and holds what was typed: build it anew, from nothing. */
    u->root = NULL;
    u->n_order = 0;
    arena_reset(&u->arena);
    text_forget(u->text);
    draw_forget(u->draw);
    ui_changed(u);
}

void ui_toast(struct ui *u, const char *text)
{
    free(u->toast);
    u->toast = xstrdup(text);
    u->toast_until_ms = now_ms(u) + TOAST_MS;
    ui_changed(u);
}

void ui_focus(struct ui *u, const char *id)
{
    zcopy(u->want_focus, sizeof u->want_focus, id);
    ui_changed(u);
}

void ui_scroll_to(struct ui *u, const char *id)
{
    zcopy(u->want_reveal, sizeof u->want_reveal, id);
    ui_changed(u);
}

void ui_blur(struct ui *u)
{
    focus_set(u, NULL);
}

int64_t ui_last_touch_ms(const struct ui *u)
{
    return u->last_touch_ms;
}

/* --- strings --- */

const char *tr(struct ui *u, const char *key)
{
    const char *text = u->env.strings ? strings_find(u->env.strings, key) : NULL;
    if (some(text))
        return text;
    text = u->env.fallback ? strings_find(u->env.fallback, key) : NULL;
    if (some(text)) /* another language keeps its own direction */
        return u->env.rtl ? IDF(u, "\u2068%s\u2069", text) : text;
    if (!hand_find(u, key_under(key_of(key), 7))) { /* once */
        hand_of(u, key_under(key_of(key), 7));
        log_warn("ui.string_missing", "key=%s", key);
    }
    return arena_text(&u->arena, key);
}

const char *tr_args(struct ui *u, const char *key, const struct str_arg *args, size_t n)
{
    struct str out = {0};
    strings_format(&out, tr(u, key), args, n, u->env.rtl);
    const char *text = arena_text(&u->arena, str_z(&out));
    str_finish_secret(&out);
    return text;
}

const char *tr_int(struct ui *u, int n)
{
    return IDF(u, "%d", n);
}

/* --- events --- */

void emit(struct ui *u, struct ui_action a, enum ui_what what, const char *text, int number)
{
    if (a.kind == ACTION_SEARCH) {
        struct hand *h = hand_of(u, key_of(a.name));
        str_clear(&h->text);
        str_puts(&h->text, text ? text : "");
        ui_changed(u);
        return;
    }
    if (!a.kind || !u->event)
        return;
    /* Handlers may do anything, ui_forget included: the event's words must not live in the frame. */
    AUTOFREE char *name = a.name ? xstrdup(a.name) : NULL, *words = xstrdup(text ? text : "");
    a.name = name;
    u->event(u->ctx, &(struct ui_event){.action = a, .what = what, .text = words, .number = number});
    memset(words, 0, strlen(words));
    ui_changed(u);
}

/* --- build --- */

static void build_toast(struct ui *u)
{
    if (!u->toast)
        return;
    struct node *layer = overlay_begin(u, "ui.toast_layer");
    layer->flags &= ~(unsigned)NODE_LAYER;
    layer->cross = CROSS_CENTER;
    layer->pad_y = px(u, 128);
    struct node *n = box_begin(u, UI_ROW, "ui.toast");
    n->role = "status";
    n->label = arena_text(&u->arena, u->toast);
    n->pad_x = px(u, 40);
    n->pad_y = px(u, 16);
    n->look = (struct look){.fill = u->th.ink, .fill_alpha = 255, .radius = px(u, 36)};
    put_text(u, u->toast, TEXT_SECONDARY, 0xffffff)->role = "none";
    box_end(u);
    box_end(u);
}

static void build_tree(struct ui *u)
{
    arena_reset(&u->arena);
    u->building = true;
    u->depth = u->n_overlays = 0;
    u->page.open = false;
    u->held.seen = u->open_seen = u->text_here = u->panel_shown = false;
    u->pulse_ms = 0;
    struct node *root = arena_take(&u->arena, sizeof *root);
    layout_init(root);
    root->dir = UI_STACK;
    root->key = key_of(ui_screen_name(u));
    root->rtl = u->env.rtl;
    u->root = root;
    u->stack[u->depth++] = root;
    struct node *under = box_begin(u, UI_COLUMN, NULL);
    under->look = (struct look){.fill = u->th.paper, .fill_alpha = 255};
    if (u->view)
        u->view(u->ctx, u);
    assert(u->depth == 2);
    if (u->text_here && !u->panel_shown && u->text_layer == 0)
        panel_build(u);
    box_end(u);
    build_toast(u);
    u->depth = 0;
    u->modal = 0;
    for (int i = 0; i < u->n_overlays; i++) {
        layout_append(root, u->overlays[i]);
        if (u->overlays[i]->flags & NODE_LAYER)
            u->modal = u->overlays[i]->key;
    }
    u->building = false;
}

static void place(struct ui *u)
{
    struct pixels p = shell_pixels(u->shell);
    layout_root(u, u->root, (struct rect){0, 0, p.width, p.height});
}

/* Scrolls every scroller around n so that n is in sight, with some air; nearest first. */
void reveal_node(struct ui *u, struct node *n)
{
    struct node *whole = n;
    for (struct node *p = n->parent; p; p = p->parent)
        if (p->flags & NODE_FIELD) {
            whole = p;
            break;
        }
    int air = px(u, 28);
    for (struct node *s = n->parent; s; s = s->parent) {
        if (s->dir != UI_SCROLL)
            continue;
        int top = whole->y, bottom = whole->y + whole->h;
        if (bottom - top > s->h - 2 * air) { /* too high for the view: the node itself, its top at worst */
            top = n->y;
            bottom = n->y + n->h < top + s->h - 2 * air ? n->y + n->h : top + s->h - 2 * air;
        }
        int by = 0;
        if (bottom > s->y + s->h - air)
            by = bottom - (s->y + s->h - air);
        if (top - by < s->y + air)
            by = top - (s->y + air);
        if (!by)
            continue;
        s->scroll->offset += by;
        place(u);
    }
}

static bool in_top_layer(const struct ui *u, const struct node *n)
{
    while (n->parent && n->parent != u->root)
        n = n->parent;
    return n->key == u->modal;
}

/* What was asked for before the tree was there: focus, and things to be shown. True: build once more. */
static bool settle(struct ui *u)
{
    bool again = false;
    if (u->want_focus[0]) {
        struct node *n = node_by_key(u, key_of(u->want_focus));
        zcopy(u->want_reveal, sizeof u->want_reveal, u->want_focus);
        u->want_focus[0] = '\0';
        if (n && n->key != u->focus) {
            focus_set(u, n);
            again = true; /* with its keyboard */
        }
    }
    if (u->focus && !node_by_key(u, u->focus) && !u->held.seen) {
        focus_drop(u);
        again = true;
    }
    struct node *n = node_by_key(u, u->focus);
    if (n && u->modal && !in_top_layer(u, n)) { /* a dialog has come up over it */
        focus_set(u, NULL);
        again = true;
    }
    if (u->open_id[0] && !u->open_seen)
        open_set(u, NULL);
    return again;
}

void build_if_changed(struct ui *u)
{
    for (int i = 0; u->dirty && i < 4 && !u->building; i++) {
        bool keyboard = u->panel_shown;
        u->dirty = false;
        build_tree(u);
        place(u);
        tree_collect(u);
        if (settle(u)) {
            u->dirty = true;
            continue;
        }
        if (u->focus && u->panel_shown && !keyboard && !u->want_reveal[0])
            zcopy(u->want_reveal, sizeof u->want_reveal, u->focus_id);
        struct node *n = u->want_reveal[0] ? node_by_key(u, key_of(u->want_reveal)) : NULL;
        u->want_reveal[0] = '\0';
        if (n)
            reveal_node(u, n);
        u->repaint = true;
    }
}

static void set_timer(struct ui *u)
{
    int64_t at = touch_deadline(u);
    int64_t others[] = {u->toast ? u->toast_until_ms : -1, u->pulse_ms ? u->pulse_ms : -1};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (others[i] >= 0 && (at < 0 || others[i] < at))
            at = others[i];
    shell_timer(u->shell, at, tick, u);
}

static void tick(void *ctx)
{
    struct ui *u = ctx;
    int64_t now = now_ms(u);
    bool changed = touch_tick(u, now);
    if (u->toast && now >= u->toast_until_ms) {
        free(u->toast);
        u->toast = NULL;
        changed = true;
    }
    changed |= u->pulse_ms && now >= u->pulse_ms;
    if (changed)
        ui_changed(u);
    set_timer(u);
}

void ui_input(struct ui *u, const struct input_event *ev)
{
    if (ev->kind == INPUT_QUIT)
        return;
    u->last_touch_ms = ev->mono_ms;
    build_if_changed(u);
    if (ev->kind == INPUT_KEY) {
        u->keys_used = true;
        focus_key(u, ev->text);
    } else if (ev->kind == INPUT_TEXT) {
        struct node *n = node_by_key(u, u->focus);
        if (n && n->on)
            n->on(u, n, &(struct touch){.kind = TOUCH_TEXT, .text = ev->text, .ms = ev->mono_ms});
    } else {
        touch_input(u, ev);
    }
    set_timer(u);
}

void ui_frame(struct ui *u)
{
    build_if_changed(u);
    draw_begin(u->draw, shell_pixels(u->shell));
    paint_tree(u);
    struct rect dirty[MAX_DIRTY];
    int n = draw_end(u->draw, dirty, MAX_DIRTY);
    shell_present(u->shell, dirty, n);
    text_frame(u->text);
    u->repaint = false;
    set_timer(u);
}
