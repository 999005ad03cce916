/* One of several, yes or no: radio cards, pills, tick, switch, tabs. */
#include "app/ui/inside.h"

/* --- radio cards --- */

struct option_data {
    struct ui_action action;
    const char *code, *field;
};

static bool move_choice(struct ui *u, const struct node *n, const char *key)
{
    bool on = is(key, "Down") || is(key, u->env.rtl ? "Left" : "Right");
    bool back = is(key, "Up") || is(key, u->env.rtl ? "Right" : "Left");
    if (!on && !back)
        return false;
    const struct node *to = NULL;
    for (const struct node *c = n->parent->first; c; c = c->next) {
        if (on && c == n)
            to = c->next;
        if (back && c->next == n)
            to = c;
    }
    if (!to || !to->on)
        return false; /* past the group: the order of focus goes on */
    focus_set(u, to);
    return true;
}

static bool choose(struct ui *u, struct node *n, const struct touch *t)
{
    const struct option_data *o = n->data;
    if (t->kind == TOUCH_KEY)
        return move_choice(u, n, t->text);
    if (t->kind != TOUCH_TAP)
        return false;
    emit(u, o->action, UI_COMMIT, o->code, 0);
    return true;
}

static void paint_radio(struct ui *u, struct node *n, struct draw *d)
{
    bool on = n->data != NULL;
    struct rect r = {n->x, n->y, n->w, n->h};
    int line = px(u, 4);
    draw_round(d, r, n->w / 2, n->color, on && !u->env.large ? 255 : 0, line, n->color);
    if (!on)
        return;
    int s = n->w;
    int tick[] = {n->x + s * 28 / 100, n->y + s * 52 / 100, n->x + s * 44 / 100,
                  n->y + s * 67 / 100, n->x + s * 72 / 100, n->y + s * 35 / 100};
    draw_stroke(d, tick, 3, px(u, 4) * 16, 0xffffff);
}

static void put_radio(struct ui *u, bool on, uint32_t color)
{
    struct node *n = node_new(u, NULL);
    n->width = n->min_width = n->height = tx(u, 44);
    n->flags |= NODE_NOT_CUT;
    n->color = color;
    n->data = on ? "on" : NULL;
    n->paint = paint_radio;
}

static void option(struct ui *u, const struct ui_choice *c, const struct ui_option *o, bool on)
{
    const struct theme *th = &u->th;
    bool off = c->field.disabled || c->field.read_only, deep = on && u->env.large;
    struct node *n = box_begin(u, UI_ROW, IDF(u, "%s.%s", c->field.id, o->code));
    struct option_data *data = arena_take(&u->arena, sizeof *data);
    *data = (struct option_data){action_copy(u, c->field.action), arena_text(&u->arena, o->code), NULL};
    n->role = "radio";
    n->state = on ? STATE_CHECKED : 0;
    n->cross = CROSS_CENTER;
    n->gap = c->compact ? th->space[1] : u->env.large ? th->space[3] : th->space[2];
    n->pad_x = px(u, c->compact ? 28 : 32);
    n->pad_y = px(u, c->compact ? 10 : 20);
    n->min_height = c->compact ? th->target_pill + px(u, 12) : th->target_primary;
    n->main = c->compact ? MAIN_CENTER : MAIN_START;
    bool wrong = some(c->field.error) && !on;
    n->look = (struct look){.fill = deep ? th->deep
                                    : on ? th->tint
                                         : th->card,
                            .fill_alpha = 255,
                            .border = th->border + (on ? px(u, 1) : 0),
                            .border_color = on      ? th->brand
                                            : wrong ? th->bad
                                                    : th->line,
                            .radius = c->compact ? n->min_height / 2 : th->radius_card};
    n->on = choose;
    n->data = data;
    node_button(u, n, off);
    uint32_t ink = deep ? 0xffffff : off && !on ? th->ink3 : th->ink;
    if (!c->compact)
        put_radio(u, on, deep ? 0xffffff : on ? th->brand : th->ink3);
    struct node *words = box_begin(u, UI_COLUMN, NULL);
    words->grow = c->compact ? 0 : 1;
    bool bold = u->env.large && !c->compact;
    struct node *label =
        put_text(u, o->label, bold ? TEXT_BODY_BOLD : TEXT_BODY, on && !deep && c->compact ? th->brand : ink);
    label->style.bold |= on;
    if (some(o->note))
        put_text(u, o->note, TEXT_SECONDARY, deep ? 0xdcebe9 : th->ink2);
    box_end(u);
    if (c->compact && on) /* never by colour alone */
        put_icon(u, "check", th->secondary, deep ? 0xffffff : th->brand);
    node_label_from_text(u, n);
    box_end(u);
}

void ui_choice(struct ui *u, const struct ui_choice *c)
{
    struct node *field = field_begin(u, &c->field);
    struct node *n = box_begin(u, c->columns > 1 ? UI_GRID : c->compact ? UI_WRAP : UI_COLUMN, c->field.id);
    (void)field;
    n->role = "radiogroup";
    n->label = arena_text(&u->arena, c->field.label);
    n->state = field_state(&c->field);
    n->columns = c->columns;
    n->gap = u->env.large && !c->compact ? u->th.space[3] : u->th.space[2] - px(u, 4);
    for (size_t i = 0; i < c->n; i++) {
        bool on = is(c->value, c->options[i].code);
        option(u, c, &c->options[i], on);
        if (on)
            n->value = arena_text(&u->arena, c->options[i].label);
    }
    box_end(u);
    field_end(u, &c->field, NULL);
}

/* --- tick and switch --- */

struct flip_data {
    struct ui_action action;
    bool on;
};

static bool flip(struct ui *u, struct node *n, const struct touch *t)
{
    const struct flip_data *f = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    emit(u, f->action, UI_COMMIT, f->on ? "" : "1", !f->on);
    return true;
}

static struct node *flip_begin(struct ui *u, const struct ui_field *f, bool on, const char *role)
{
    bool off = f->disabled || f->read_only;
    struct node *n = box_begin(u, UI_ROW, f->id);
    struct flip_data *data = arena_take(&u->arena, sizeof *data);
    *data = (struct flip_data){action_copy(u, f->action), on};
    n->role = role;
    n->state = field_state(f) | (on ? (unsigned)STATE_CHECKED : 0);
    n->label = arena_text(&u->arena, f->label);
    n->cross = CROSS_CENTER;
    n->gap = u->th.space[2];
    n->pad_x = px(u, 28);
    n->pad_y = px(u, 16);
    n->min_height = u->th.target_field;
    n->look = (struct look){.fill = u->th.card,
                            .fill_alpha = 255,
                            .border = u->th.border + (on ? px(u, 1) : 0),
                            .border_color = some(f->error) ? u->th.bad
                                            : on           ? u->th.brand
                                                           : u->th.line,
                            .radius = u->th.radius_field};
    n->on = flip;
    n->data = data;
    node_button(u, n, off);
    return n;
}

static void flip_label(struct ui *u, const struct ui_field *f)
{
    struct node *words = box_begin(u, UI_COLUMN, NULL);
    words->grow = 1;
    struct node *first = box_begin(u, UI_WRAP, NULL);
    first->gap = u->th.space[0];
    first->cross = CROSS_CENTER;
    put_text(u, f->label, TEXT_BODY, f->disabled ? u->th.ink3 : u->th.ink);
    if (f->required)
        put_text(u, tr(u, "ui.required"), TEXT_SECONDARY, u->th.bad)->style.bold = true;
    box_end(u);
    if (some(f->help))
        put_text(u, f->help, TEXT_SECONDARY, u->th.ink2);
    box_end(u);
}

static void paint_tick(struct ui *u, struct node *n, struct draw *d)
{
    bool on = n->data != NULL;
    int s = n->w;
    draw_round(d, (struct rect){n->x, n->y, s, s}, px(u, 10), n->color, on ? 255 : 0, px(u, 4), n->color);
    int tick[] = {n->x + s * 24 / 100, n->y + s * 52 / 100, n->x + s * 43 / 100,
                  n->y + s * 70 / 100, n->x + s * 77 / 100, n->y + s * 32 / 100};
    if (on)
        draw_stroke(d, tick, 3, px(u, 5) * 16, 0xffffff);
}

/* Label and messages are in the row itself, so the wrapper says neither. */
static struct ui_field bare(const struct ui_field *f)
{
    struct ui_field b = *f;
    b.label = b.help = NULL;
    return b;
}

void ui_check(struct ui *u, const struct ui_field *f, bool on)
{
    struct ui_field b = bare(f);
    field_begin(u, &b);
    struct node *n = flip_begin(u, f, on, "checkbox");
    (void)n;
    struct node *box = node_new(u, NULL);
    box->width = box->min_width = box->height = tx(u, 48);
    box->flags |= NODE_NOT_CUT;
    box->color = on ? u->th.brand : u->th.ink3;
    box->data = on ? "on" : NULL;
    box->paint = paint_tick;
    flip_label(u, f);
    box_end(u);
    field_end(u, &b, NULL);
}

static void paint_switch(struct ui *u, struct node *n, struct draw *d)
{
    bool on = n->data != NULL, right = on != n->rtl;
    int h = n->h, knob = h - px(u, 12), x = right ? n->x + n->w - knob - px(u, 6) : n->x + px(u, 6),
        y = n->y + px(u, 6);
    draw_round(d, (struct rect){n->x, n->y, n->w, h}, h / 2, on ? u->th.blue : u->th.ink3, 255, 0, 0);
    draw_round(d, (struct rect){x, y, knob, knob}, knob / 2, 0xffffff, 255, 0, 0);
    int tick[] = {x + knob * 28 / 100, y + knob * 52 / 100, x + knob * 44 / 100,
                  y + knob * 67 / 100, x + knob * 73 / 100, y + knob * 35 / 100};
    if (on)
        draw_stroke(d, tick, 3, px(u, 4) * 16, u->th.blue);
}

void ui_switch(struct ui *u, const struct ui_field *f, bool on, const char *on_word, const char *off_word)
{
    struct ui_field b = bare(f);
    field_begin(u, &b);
    struct node *n = flip_begin(u, f, on, "switch");
    n->value = arena_text(&u->arena, on ? on_word : off_word);
    flip_label(u, f);
    put_text(u, on ? on_word : off_word, TEXT_BODY_BOLD, on ? u->th.blue : u->th.ink2)->flags |= NODE_NOT_CUT;
    struct node *track = node_new(u, NULL);
    track->width = track->min_width = tx(u, 108);
    track->height = tx(u, 60);
    track->flags |= NODE_NOT_CUT;
    track->data = on ? "on" : NULL;
    track->paint = paint_switch;
    box_end(u);
    field_end(u, &b, NULL);
}

/* --- tabs --- */

struct tab_data {
    struct ui_action action;
    int i;
};

static bool go_tab(struct ui *u, struct node *n, const struct touch *t)
{
    const struct tab_data *d = n->data;
    if (t->kind == TOUCH_KEY)
        return move_choice(u, n, t->text);
    if (t->kind != TOUCH_TAP)
        return false;
    emit(u, d->action, UI_TAP, "", d->i);
    return true;
}

void ui_tabs(struct ui *u, const char *id, const char *const *labels, size_t n, size_t now, struct ui_action action)
{
    const struct theme *th = &u->th;
    struct node *all = box_begin(u, UI_GRID, id);
    all->role = "tablist";
    all->columns = (int)n;
    all->gap = px(u, 8);
    all->pad_x = all->pad_y = px(u, 8);
    all->look = (struct look){.fill = th->panel, .fill_alpha = 255, .radius = th->radius_button};
    for (size_t i = 0; i < n; i++) {
        struct node *tab = box_begin(u, UI_ROW, IDF(u, "%s.%zu", id, i));
        struct tab_data *d = arena_take(&u->arena, sizeof *d);
        *d = (struct tab_data){action_copy(u, action), (int)i};
        tab->role = "tab";
        tab->state = i == now ? STATE_SELECTED : 0;
        tab->main = MAIN_CENTER;
        tab->cross = CROSS_CENTER;
        tab->min_height = th->target_field;
        tab->pad_x = px(u, 16);
        tab->pad_y = px(u, 10);
        tab->look = (struct look){.fill = th->card,
                                  .fill_alpha = i == now ? 255 : 0,
                                  .border = i == now && u->env.contrast ? th->border : 0,
                                  .border_color = th->line,
                                  .radius = th->radius_button - px(u, 4)};
        tab->on = go_tab;
        tab->data = d;
        node_button(u, tab, false);
        struct node *word =
            put_text(u, labels[i], i == now ? TEXT_BODY_BOLD : TEXT_BODY, i == now ? th->ink : th->ink2);
        word->align = ALIGN_CENTER;
        node_label_from_text(u, tab);
        box_end(u);
    }
    box_end(u);
}
