/* Text boxes. The value is the state's; while a box is in focus its text, caret and selection are the hand's (u->held),
 * every change is told to the view, and a value that the view gives back changed (normalised) takes the place of the
 * typed one. Long text is never hidden: a box of one line grows with what is typed into it. */
#include "app/ui/icons.h"
#include "app/ui/inside.h"
#include "sync/base/log.h"

#include <errno.h>
#include <sys/mman.h>

enum { SECRET_ROOM = 512 }; /* bytes: of 128 code points */

struct box_data {
    bool secret, group, many_lines;
};

/* What is drawn in place of the text: dots, groups of 6-8-4, isolated in a right-to-left page; and the way there and
 * back for the caret. */
static const int groups[] = {6, 14};

static const char *shown_text(struct ui *u, const struct box_data *b, const char *text)
{
    struct str out = {0};
    const char *end = text + strlen(text);
    if (u->env.rtl)
        str_puts(&out, "\u2068");
    int n = 0;
    for (const char *p = text; p < end; n++) {
        uint32_t cp;
        size_t len = utf8_next(p, end, &cp);
        if (b->group && (n == groups[0] || n == groups[1]))
            str_putc(&out, ' ');
        if (b->secret)
            str_puts(&out, "\u2022");
        else
            str_add(&out, p, len);
        p += len;
    }
    if (u->env.rtl)
        str_puts(&out, "\u2069");
    const char *shown = arena_text(&u->arena, str_z(&out));
    str_finish_secret(&out);
    return shown;
}

static size_t to_shown(const struct ui *u, const struct box_data *b, const char *text, size_t byte)
{
    size_t at = u->env.rtl ? 3 : 0;
    int n = 0;
    for (const char *p = text, *end = text + byte; p < end; n++) {
        uint32_t cp;
        size_t len = utf8_next(p, end, &cp);
        at += b->group && (n == groups[0] || n == groups[1]);
        at += b->secret ? 3 : len;
        p += len;
    }
    return at;
}

static size_t from_shown(const struct ui *u, const struct box_data *b, const char *text, size_t at)
{
    size_t len = strlen(text), byte = 0;
    while (byte < len) {
        size_t next = text_next_grapheme(text, len, byte);
        size_t from = to_shown(u, b, text, byte), to = to_shown(u, b, text, next);
        if (at < to)
            return at - from < to - at || at <= from ? byte : next;
        byte = next;
    }
    return len;
}

/* --- drawing --- */

static bool has_focus(const struct ui *u, const struct node *n)
{
    return u->focus && n->parent && n->parent->key == u->focus && u->held.boxed;
}

/* Left edge of the laid-out block inside the box: right-to-left text stands at the right. */
static int text_left(const struct node *n, const struct text_layout *l)
{
    return n->x + n->pad_x + (n->rtl ? n->w - 2 * n->pad_x - l->width : 0);
}

static const struct box_data *data_of(const struct node *n)
{
    return n->parent->data;
}

static void paint_handle(struct ui *u, struct draw *d, int x, int y)
{
    int r = px(u, 14);
    draw_fill(d, (struct rect){x - px(u, 1), y, px(u, 3), r}, u->th.brand, 255);
    draw_round(d, (struct rect){x - r, y + r / 2, 2 * r, 2 * r}, r, u->th.brand, 255, 0, 0);
}

static void paint_typed(struct ui *u, struct node *n, struct draw *d)
{
    const struct text_layout *l = node_lay(u, n);
    const struct box_data *b = data_of(n);
    const struct edit *e = &u->held.edit;
    bool focus = has_focus(u, n);
    size_t from = edit_from(e), to = edit_to(e);
    if (focus && from != to) {
        struct rect marks[32];
        int k =
            text_selection(l, to_shown(u, b, str_z(&e->text), from), to_shown(u, b, str_z(&e->text), to), marks, 32);
        for (int i = 0; i < k; i++) {
            marks[i].x += text_left(n, l);
            marks[i].y += n->y;
            draw_fill(d, marks[i], blend(u->th.tint, u->th.brand, 70), 255);
        }
    }
    text_draw(u->text, d, l, n->x + n->pad_x, n->y, n->w - 2 * n->pad_x, ALIGN_START, n->color);
    if (!focus)
        return;
    int x, y;
    if (from == to) {
        text_caret(l, e->text.len ? to_shown(u, b, str_z(&e->text), e->caret) : 0, &x, &y);
        int h = u->th.body * 5 / 4, pad = (l->line_height - h) / 2;
        if (!e->text.len) /* beside the placeholder's beginning */
            x = n->rtl ? l->width : 0;
        draw_fill(d, (struct rect){text_left(n, l) + x, n->y + y + pad, px(u, 3), h}, u->th.brand, 255);
        return;
    }
    text_caret(l, to_shown(u, b, str_z(&e->text), from), &x, &y);
    paint_handle(u, d, text_left(n, l) + x, n->y + y + l->line_height);
    text_caret(l, to_shown(u, b, str_z(&e->text), to), &x, &y);
    paint_handle(u, d, text_left(n, l) + x, n->y + y + l->line_height);
}

/* --- events --- */

static struct node *typed_node(struct node *box)
{
    for (struct node *c = box->first; c; c = c->next)
        if (c->paint == paint_typed)
            return c;
    return NULL;
}

static size_t byte_at(struct ui *u, struct node *box, int x, int y)
{
    struct node *n = typed_node(box);
    if (!n || !u->held.edit.text.len)
        return 0;
    const struct text_layout *l = node_lay(u, n);
    size_t at = text_hit(l, x - text_left(n, l), y - n->y);
    return from_shown(u, box->data, str_z(&u->held.edit.text), at);
}

void held_changed(struct ui *u)
{
    struct held *h = &u->held;
    emit(u, h->action, UI_CHANGE, str_z(&h->edit.text), 0);
}

static void drag_selection(struct ui *u, struct node *n, const struct touch *t)
{
    struct edit *e = &u->held.edit;
    size_t at = byte_at(u, n, t->x, t->y);
    if (t->first && e->caret != e->anchor) { /* takes the handle that is nearer */
        size_t start = byte_at(u, n, t->x - t->dx, t->y - t->dy);
        size_t to_caret = start > e->caret ? start - e->caret : e->caret - start;
        size_t to_anchor = start > e->anchor ? start - e->anchor : e->anchor - start;
        if (to_anchor < to_caret) {
            size_t swap = e->anchor;
            e->anchor = e->caret;
            e->caret = swap;
        }
    } else if (t->first) {
        edit_at(e, byte_at(u, n, t->x - t->dx, t->y - t->dy), false);
    }
    edit_at(e, at, true);
}

static bool vertical(struct ui *u, struct node *box, bool down, bool select)
{
    struct node *n = typed_node(box);
    struct edit *e = &u->held.edit;
    if (!n || !e->text.len)
        return false;
    const struct text_layout *l = node_lay(u, n);
    int x, y;
    text_caret(l, to_shown(u, box->data, str_z(&e->text), e->caret), &x, &y);
    y += down ? l->line_height : -l->line_height;
    if (y < 0 || y >= l->height)
        return false; /* out of the box: the order of focus goes on */
    edit_at(e, from_shown(u, box->data, str_z(&e->text), text_hit(l, x, y + l->line_height / 2)), select);
    return true;
}

static bool key(struct ui *u, struct node *n, const char *name)
{
    struct edit *e = &u->held.edit;
    const struct box_data *b = n->data;
    bool select = strncmp(name, "Shift+", 6) == 0 && strcmp(name, "Shift+Tab") != 0;
    const char *plain = select ? name + 6 : name;
    if (is(plain, "Backspace") || is(plain, "Delete")) {
        if (is(plain, "Backspace") ? edit_backspace(e) : edit_delete(e))
            held_changed(u);
    } else if (is(plain, "Left")) {
        edit_go(e, u->env.rtl ? EDIT_RIGHT : EDIT_LEFT, select);
    } else if (is(plain, "Right")) {
        edit_go(e, u->env.rtl ? EDIT_LEFT : EDIT_RIGHT, select);
    } else if (is(plain, "Home") || is(plain, "End")) {
        edit_go(e, is(plain, "Home") ? EDIT_HOME : EDIT_END, select);
    } else if (is(plain, "Up") || is(plain, "Down")) {
        return vertical(u, n, is(plain, "Down"), select);
    } else if (is(name, "Ctrl+A")) {
        edit_all(e);
    } else if (is(plain, "Return") && b->many_lines) {
        if (edit_insert(e, "\n", u->held.max_len, true))
            held_changed(u);
    } else if (is(plain, "Space")) {
        return true; /* comes as text */
    } else if (is(plain, "Return")) {
        return focus_key(u, "Tab"), true;
    } else {
        return false;
    }
    return true;
}

static bool box_on(struct ui *u, struct node *n, const struct touch *t)
{
    struct edit *e = &u->held.edit;
    bool here = u->focus == n->key && u->held.boxed;
    switch (t->kind) {
    case TOUCH_TAP:
        if (here && !t->first)
            edit_at(e, byte_at(u, n, t->x, t->y), false);
        zcopy(u->want_reveal, sizeof u->want_reveal, n->id);
        ui_changed(u);
        return true;
    case TOUCH_LONG:
        if (!here)
            return false;
        edit_word(e, byte_at(u, n, t->x, t->y));
        return true;
    case TOUCH_DRAG:
        if (here)
            drag_selection(u, n, t);
        return true;
    case TOUCH_TEXT:
        if (here && edit_insert(e, t->text, u->held.max_len, u->held.many_lines))
            held_changed(u);
        ui_changed(u); /* also when nothing fitted: it says so */
        return true;
    case TOUCH_KEY:
        return here && key(u, n, t->text);
    case TOUCH_BLUR:
        if (here)
            emit(u, u->held.action, UI_COMMIT, str_z(&e->text), 0);
        return true;
    case TOUCH_DOWN:
    case TOUCH_DROP:
    case TOUCH_PINCH:
    case TOUCH_WHEEL:
        break;
    }
    return false;
}

static bool clear_on(struct ui *u, struct node *n, const struct touch *t)
{
    (void)n;
    if (t->kind != TOUCH_TAP || !u->held.boxed)
        return false;
    panel_close(u);
    edit_all(&u->held.edit);
    if (edit_backspace(&u->held.edit))
        held_changed(u);
    panel_open(u, u->held.keyboard);
    return true;
}

/* --- building --- */

/* What is typed into a secret box lies in memory of a fixed place that is never swapped out, until held_drop. */
static void lock_text(struct str *s)
{
    str_reserve(s, SECRET_ROOM);
    if (mlock(s->p, s->cap))
        log_warn("ui.secret", "mlock: %s", strerror(errno));
}

static void lock_held(struct held *h)
{
    h->secret = true;
    lock_text(&h->edit.text);
    lock_text(&h->given);
}

/* The field in focus meets its value of this build. */
static void sync_held(struct ui *u, const struct node *n, const struct ui_textbox *t)
{
    struct held *h = &u->held;
    const char *value = t->value ? t->value : "";
    bool fresh = !h->boxed || h->key != n->key;
    held_take(u, n, t->field.action);
    if (fresh && t->secret)
        lock_held(h);
    if (fresh) {
        edit_set(&h->edit, value);
        h->boxed = true;
    } else if (strcmp(str_z(&h->given), value) != 0 && strcmp(str_z(&h->edit.text), value) != 0) {
        edit_replace(&h->edit, value);
    }
    str_clear(&h->given);
    str_puts(&h->given, value);
    h->max_len = t->max_len ? t->max_len : 200;
    if (t->secret && h->max_len > SECRET_ROOM / 4)
        h->max_len = SECRET_ROOM / 4;
    h->many_lines = t->lines > 1;
    zcopy(h->keyboard, sizeof h->keyboard, t->keyboard ? t->keyboard : "pinyin");
    u->text_here = true;
    u->text_layer = layer_now(u);
    if (fresh)
        panel_open(u, h->keyboard);
}

static void clear_button(struct ui *u, const char *id)
{
    struct node *n = box_begin(u, UI_ROW, IDF(u, "%s.clear", id));
    n->role = "button";
    n->label = tr(u, "ui.clear");
    n->main = MAIN_CENTER;
    n->cross = CROSS_CENTER;
    n->width = n->min_width = n->height = u->th.target_pill;
    n->flags |= NODE_KEY | NODE_TAP | NODE_NOT_CUT;
    n->state |= STATE_ENABLED;
    n->look.radius = n->height / 2;
    if (pressed(u, n->key)) {
        n->look.fill = u->th.line;
        n->look.fill_alpha = 255;
    }
    n->on = clear_on;
    put_icon(u, "close", px(u, 32), u->th.ink2);
    box_end(u);
}

/* Nothing is dropped without a word. */
static void say_full(struct ui *u, const char *id)
{
    struct node *n =
        put_text(u, TR(u, "ui.full", {"n", tr_int(u, u->held.max_len)}), TEXT_SECONDARY, u->th.apricot_ink);
    n->id = IDF(u, "%s.full", id);
    n->key = key_of(n->id);
    n->role = "status";
}

void ui_textbox(struct ui *u, const struct ui_textbox *t)
{
    const struct ui_field *f = &t->field;
    const struct theme *th = &u->th;
    bool off = f->disabled || f->read_only;
    field_begin(u, f);
    struct node *n = box_begin(u, UI_ROW, f->id);
    struct box_data *b = arena_take(&u->arena, sizeof *b);
    *b = (struct box_data){t->secret, t->group_id, t->lines > 1};
    n->role = "textbox";
    n->label = arena_text(&u->arena, f->label);
    n->state = field_state(f);
    n->data = b;
    n->on = box_on;
    n->gap = th->space[0];
    n->pad_x = px(u, 28);
    n->cross = t->lines > 1 ? CROSS_START : CROSS_CENTER;
    int lines = t->lines > 1 ? t->lines : 1, line = th->body * th->line_height / 100;
    n->pad_y = lines > 1 ? px(u, 20) : px(u, 8);
    n->min_height = lines > 1 ? lines * line + 2 * n->pad_y : th->target_field;
    n->flags |= NODE_TAP | NODE_DRAG_X | (off ? 0 : (unsigned)NODE_FOCUS);
    bool focus = !off && u->focus == n->key;
    if (focus)
        sync_held(u, n, t);
    const char *text = focus ? str_z(&u->held.edit.text) : t->value ? t->value : "";
    n->look = (struct look){.fill = off ? th->paper : th->card,
                            .fill_alpha = 255,
                            .border = th->border + (focus || some(f->error) ? px(u, 1) : 0),
                            .border_color = some(f->error) ? th->bad
                                            : focus        ? th->brand
                                                           : th->line,
                            .radius = th->radius_field};
    const char *shown = shown_text(u, b, text);
    n->value = t->secret && *text ? shown : arena_text(&u->arena, text);
    struct node *words = put_text(u, *text ? shown : t->placeholder, TEXT_BODY,
                                  !*text ? th->ink3
                                  : off  ? th->ink2
                                         : th->ink);
    words->role = "none";
    words->grow = 1;
    words->width = 1; /* all that is left, also for a word longer than the box: it is cut there */
    words->style.tabular = t->group_id;
    words->paint = paint_typed;
    if (some(t->suffix))
        put_text(u, t->suffix, TEXT_BODY, th->ink2)->role = "none";
    if (focus && *text)
        clear_button(u, f->id);
    box_end(u);
    if (focus && u->held.edit.full)
        say_full(u, f->id);
    field_end(u, f, t->confirm);
}
