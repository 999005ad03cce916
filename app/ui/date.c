/* The date field: opens in place with a wheel for each part (− and +, neighbours, a drag), a grid of all years, months
 * or days behind the middle of each wheel, 日不详 and 至今. Digits typed while it is in focus (20101231) set it at once.
 * What is turned is a draft of the hand; it becomes the value by 完成 or when the focus leaves. */
#include "app/ui/calendar.h"
#include "app/ui/inside.h"

#include <stdio.h>

enum { Y, M, D, UNKNOWN, GRID, READY, PROBLEM, ROLL }; /* in hand.v */
static const char *const part_names[] = {"year", "month", "day"};

struct date_data {
    struct ui_field *field;
    enum ui_date_kind kind;
    int year_min, year_max;
    bool unknown_day, open_end;
};
struct part_data {
    const struct date_data *date;
    int part, value; /* value: of a row or a cell; by: of − and + */
    uint64_t field_key;
};

static struct day draft(const struct hand *h)
{
    return (struct day){h->v[Y], h->v[M], h->v[UNKNOWN] ? 0 : h->v[D]};
}

static void draft_set(struct hand *h, struct day d)
{
    h->v[Y] = d.year;
    h->v[M] = d.month;
    h->v[D] = d.day;
}

static void say(struct ui *u, const struct date_data *dd, struct hand *h)
{
    char iso[11];
    day_format(draft(h), dd->kind, iso);
    u->held.touched = false;
    h->v[READY] = 0;
    emit(u, dd->field->action, UI_COMMIT, iso, 0);
}

static void turned(struct ui *u, struct hand *h)
{
    h->v[PROBLEM] = 0;
    u->held.touched = true;
    ui_changed(u);
}

/* --- typed digits --- */

static void typed(struct ui *u, const struct date_data *dd, struct hand *h, const char *text, bool finished)
{
    struct str *digits = &u->held.digits;
    for (; *text; text++)
        if (*text >= '0' && *text <= '9')
            str_putc(digits, *text);
    struct day d;
    switch (day_from_digits(str_z(digits), dd->kind, dd->unknown_day, finished, dd->year_min, dd->year_max, &d)) {
    case DIGITS_MORE:
        break;
    case DIGITS_DATE:
        str_clear(digits);
        h->v[UNKNOWN] = dd->kind == DATE_DAY && d.day == 0;
        h->v[PROBLEM] = h->v[GRID] = 0;
        draft_set(h, d);
        open_set(u, NULL);
        say(u, dd, h);
        break;
    case DIGITS_NO_DATE:
        str_clear(digits);
        h->v[PROBLEM] = DIGITS_NO_DATE;
        break;
    case DIGITS_OUTSIDE:
        str_clear(digits);
        h->v[PROBLEM] = DIGITS_OUTSIDE;
        break;
    }
    ui_changed(u);
}

static bool date_key(struct ui *u, const struct date_data *dd, struct hand *h, const char *name)
{
    struct str *digits = &u->held.digits;
    if (strcmp(name, "Backspace") == 0 && digits->len)
        digits->p[--digits->len] = '\0';
    else if (strcmp(name, "Return") == 0 && digits->len)
        typed(u, dd, h, "", true);
    else
        return false;
    return true;
}

static bool date_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct date_data *dd = n->data;
    struct hand *h = hand_of(u, n->key);
    bool open = strcmp(u->open_id, n->id) == 0;
    switch (t->kind) {
    case TOUCH_TAP:
        h->v[GRID] = 0;
        if (open && u->held.touched)
            say(u, dd, h);
        open_set(u, open ? NULL : n->id);
        if (!open)
            zcopy(u->want_reveal, sizeof u->want_reveal, IDF(u, "%s.panel", u->open_id));
        return true;
    case TOUCH_TEXT:
        typed(u, dd, h, t->text, false);
        return true;
    case TOUCH_KEY:
        return date_key(u, dd, h, t->text);
    case TOUCH_BLUR:
        if (open)
            open_set(u, NULL);
        if (u->held.touched)
            say(u, dd, h);
        return true;
    case TOUCH_DOWN:
    case TOUCH_LONG:
    case TOUCH_DRAG:
    case TOUCH_DROP:
    case TOUCH_PINCH:
    case TOUCH_WHEEL:
        break;
    }
    return false;
}

/* --- wheels --- */

static void turn(struct ui *u, const struct part_data *p, int by)
{
    struct hand *h = hand_of(u, p->field_key);
    struct day d = {h->v[Y], h->v[M], h->v[D]};
    draft_set(h, day_turn(d, p->part, by, p->date->year_min, p->date->year_max));
    turned(u, h);
}

static int value_of(const struct hand *h, int part)
{
    return h->v[Y + part];
}

static bool wheel_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct part_data *p = n->data;
    struct hand *h = hand_of(u, p->field_key);
    if (t->kind == TOUCH_WHEEL) {
        turn(u, p, -t->dy);
        return true;
    }
    if (t->kind == TOUCH_DRAG) {
        int row = px(u, 76);
        h->v[ROLL] = (t->first ? 0 : h->v[ROLL]) - t->dy;
        int by = h->v[ROLL] / row;
        h->v[ROLL] -= by * row;
        if (by)
            turn(u, p, by);
        return true;
    }
    if (t->kind != TOUCH_TAP)
        return false;
    if (!h->v[GRID] && p->value == value_of(h, p->part)) {
        h->v[GRID] = p->part + 1; /* the middle: all of them at once */
        ui_changed(u);
        return true;
    }
    turn(u, p, p->value - value_of(h, p->part));
    h->v[GRID] = 0;
    return true;
}

static bool step_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct part_data *p = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    turn(u, p, p->value);
    return true;
}

static const char *value_text(struct ui *u, int part, int value)
{
    if (part == 1)
        return tr(u, IDF(u, "ui.month.%d", value));
    return tr_int(u, value);
}

static const struct part_data *part_data(struct ui *u, const struct date_data *dd, uint64_t field, int part, int value)
{
    struct part_data *p = arena_take(&u->arena, sizeof *p);
    *p = (struct part_data){dd, part, value, field};
    return p;
}

static void step_button(struct ui *u, const struct date_data *dd, uint64_t key, int part, int by, bool off)
{
    const char *id = IDF(u, "%s.%s.%s", dd->field->id, part_names[part], by > 0 ? "plus" : "minus");
    struct node *n = box_begin(u, UI_ROW, id);
    n->role = "button";
    n->label = IDF(u, "%s %s", tr(u, IDF(u, "ui.%s", part_names[part])), by > 0 ? "+" : "−");
    n->main = MAIN_CENTER;
    n->cross = CROSS_CENTER;
    n->min_height = u->env.large ? px(u, 96) : u->th.target_pill;
    n->look = (struct look){.fill = off ? u->th.paper : u->th.tint, .fill_alpha = 255, .radius = u->th.radius_field};
    n->on = step_on;
    n->data = part_data(u, dd, key, part, by);
    node_button(u, n, off);
    n->flags = (n->flags & ~(unsigned)NODE_FOCUS) | NODE_KEY | (off ? 0 : (unsigned)NODE_REPEAT);
    put_icon(u, by > 0 ? "plus" : "minus", px(u, 40), off ? u->th.ink3 : u->th.brand);
    box_end(u);
}

static bool has_value(const struct date_data *dd, const struct hand *h, int part, int value)
{
    int last = part == 0 ? dd->year_max : part == 1 ? 12 : days_in_month(h->v[Y], h->v[M]);
    return value >= (part == 0 ? dd->year_min : 1) && value <= last;
}

static void wheel_row(struct ui *u, const struct date_data *dd, const struct hand *h, uint64_t key, int part, int value,
                      int far)
{
    if (!has_value(dd, h, part, value)) {
        struct node *gap = node_new(u, NULL);
        gap->height = px(u, u->env.large ? 104 : 76);
        return;
    }
    struct node *n = box_begin(u, UI_ROW, IDF(u, "%s.%s.%d", dd->field->id, part_names[part], value));
    n->role = "button";
    n->height = px(u, u->env.large ? 104 : 76);
    n->main = MAIN_CENTER;
    n->cross = CROSS_CENTER;
    n->state = STATE_ENABLED | (far == 0 ? (unsigned)STATE_SELECTED : 0);
    n->flags = NODE_TAP | NODE_KEY | NODE_DRAG;
    n->look = (struct look){.fill = u->th.tint, .fill_alpha = far ? 0 : 255};
    n->on = wheel_on;
    n->data = part_data(u, dd, key, part, value);
    struct node *word = put_text(u, value_text(u, part, value), far ? TEXT_BODY : TEXT_LEAD_BOLD,
                                 far == 0   ? u->th.ink
                                 : far == 1 ? u->th.ink2
                                            : u->th.ink3);
    word->style.tabular = true;
    word->max_lines = 1;
    node_label_from_text(u, n);
    box_end(u);
}

static void wheel(struct ui *u, const struct date_data *dd, const struct hand *h, uint64_t key, int part)
{
    const struct theme *th = &u->th;
    struct node *column = box_begin(u, UI_COLUMN, NULL);
    column->grow = part == 0 ? 5 : 4;
    column->gap = th->space[0];
    put_text(u, tr(u, IDF(u, "ui.%s", part_names[part])), TEXT_SECONDARY, th->ink2)->align = ALIGN_CENTER;
    int v = value_of(h, part);
    step_button(u, dd, key, part, -1, !has_value(dd, h, part, v - 1));
    struct node *window = box_begin(u, UI_COLUMN, IDF(u, "%s.%s", dd->field->id, part_names[part]));
    window->role = "spinbutton";
    window->label = tr(u, IDF(u, "ui.%s", part_names[part]));
    window->value = tr_int(u, v);
    window->state = STATE_ENABLED;
    window->pad_x = window->pad_y = th->border;
    window->flags = NODE_TAP | NODE_KEY | NODE_DRAG;
    window->on = wheel_on;
    window->data = part_data(u, dd, key, part, v);
    window->look = (struct look){.fill = th->card,
                                 .fill_alpha = 255,
                                 .border = th->border,
                                 .border_color = th->line,
                                 .radius = th->radius_field};
    int beside = u->env.landscape ? 1 : 2;
    for (int i = -beside; i <= beside; i++)
        wheel_row(u, dd, h, key, part, v + i, abs(i));
    box_end(u);
    step_button(u, dd, key, part, 1, !has_value(dd, h, part, v + 1));
    box_end(u);
}

/* All years, months or days at once. */
static void grid(struct ui *u, const struct date_data *dd, const struct hand *h, uint64_t key, int part)
{
    struct node *all = box_begin(u, UI_GRID, NULL);
    all->columns = part == 0 ? 4 : part == 1 ? 3 : 7;
    if (u->env.landscape)
        all->columns = part == 0 ? 8 : part == 1 ? 6 : 8;
    all->gap = u->th.space[1];
    int first = part == 0 ? dd->year_min : 1;
    for (int v = first; has_value(dd, h, part, v); v++) {
        bool now = v == value_of(h, part);
        struct node *n = box_begin(u, UI_ROW, IDF(u, "%s.%s.%d", dd->field->id, part_names[part], v));
        n->role = "button";
        n->main = MAIN_CENTER;
        n->cross = CROSS_CENTER;
        n->min_height = u->th.target_pill + px(u, 12);
        n->state = now ? STATE_SELECTED : 0;
        surface_look(u, n, now ? SURFACE_SELECTED : SURFACE_CARD);
        n->look.radius = u->th.radius_tag;
        n->on = wheel_on;
        struct part_data *p = (struct part_data *)part_data(u, dd, key, part, v);
        n->data = p;
        node_button(u, n, false);
        n->flags = (n->flags & ~(unsigned)NODE_FOCUS) | NODE_KEY;
        put_text(u, value_text(u, part, v), now ? TEXT_BODY_BOLD : TEXT_BODY, u->th.ink)->style.tabular = true;
        node_label_from_text(u, n);
        box_end(u);
    }
    box_end(u);
}

/* --- the rest of the open field --- */

static bool unknown_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct part_data *p = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    struct hand *h = hand_of(u, p->field_key);
    h->v[UNKNOWN] = !h->v[UNKNOWN];
    h->v[GRID] = 0;
    turned(u, h);
    return true;
}

static bool finish_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct part_data *p = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    struct hand *h = hand_of(u, p->field_key);
    if (h->v[GRID]) {
        h->v[GRID] = 0;
        ui_changed(u);
        return true;
    }
    open_set(u, NULL);
    if (p->value == 0)
        say(u, p->date, h);
    return true;
}

/* 至今 and 清除: an empty value; number says which. */
static bool empty_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct part_data *p = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    hand_of(u, p->field_key)->v[READY] = 0;
    u->held.touched = false;
    open_set(u, NULL);
    emit(u, p->date->field->action, UI_COMMIT, "", p->value);
    return true;
}

static struct node *act(struct ui *u, const struct date_data *dd, uint64_t key, const char *what, const char *label,
                        enum ui_button_style style, bool disabled,
                        bool (*on)(struct ui *, struct node *, const struct touch *), int value)
{
    struct node *n = put_pressable(u, IDF(u, "%s.%s", dd->field->id, what), label, style, disabled, on,
                                   part_data(u, dd, key, 0, value));
    n->flags = (n->flags & ~(unsigned)NODE_FOCUS) | NODE_KEY;
    return n;
}

static const char *day_text(struct ui *u, struct day d, enum ui_date_kind kind)
{
    const char *y = tr_int(u, d.year), *n = tr_int(u, d.day);
    if (kind == DATE_YEAR || !d.month)
        return TR(u, "ui.date.year", {"y", y});
    const char *name = tr(u, IDF(u, "ui.month.%d", d.month));
    if (kind == DATE_MONTH)
        return TR(u, "ui.date.month", {"y", y}, {"month", name});
    if (!d.day)
        return TR(u, "ui.date.no_day", {"y", y}, {"month", name});
    return TR(u, "ui.date.day", {"y", y}, {"d", n}, {"month", name});
}

/* 日不详, 至今, 清除, and 完成 at the far end. */
static void actions(struct ui *u, const struct ui_date *d, const struct date_data *dd, const struct hand *h,
                    uint64_t key)
{
    struct node *row = box_begin(u, UI_WRAP, NULL);
    row->gap = u->th.space[2];
    row->cross = CROSS_CENTER;
    row->flags |= NODE_LAST_END;
    if (d->unknown_day && d->kind == DATE_DAY) {
        struct node *n =
            act(u, dd, key, "unknown_day", tr(u, h->v[UNKNOWN] ? "ui.date.know_day" : "ui.date.unknown_day"),
                BUTTON_PILL, false, unknown_on, 0);
        n->state |= h->v[UNKNOWN] ? (unsigned)STATE_CHECKED : 0;
    }
    if (d->open_end)
        act(u, dd, key, "open_end", tr(u, "ui.date.until_now"), BUTTON_PILL, false, empty_on, 1);
    if (d->field.optional && some(d->value))
        act(u, dd, key, "clear", tr(u, "ui.clear"), BUTTON_PILL, false, empty_on, 0);
    bool chosen = u->held.touched || some(d->value);
    struct node *n = act(u, dd, key, "done", tr(u, "ui.done"), BUTTON_PRIMARY, !chosen, finish_on, 0);
    n->min_height = u->env.large ? n->min_height : px(u, 92);
    box_end(u);
}

/* Which date it is now, in words. */
static void says(struct ui *u, const struct ui_date *d, const struct hand *h)
{
    bool chosen = u->held.touched || some(d->value);
    const char *words = u->held.digits.len ? TR(u, "ui.date.typing", {"digits", str_z(&u->held.digits)})
                        : chosen           ? TR(u, "ui.date.chosen", {"date", day_text(u, draft(h), d->kind)})
                                           : tr(u, "ui.date.none_yet");
    struct node *now = put_text(u, words, TEXT_BODY_BOLD, chosen ? u->th.ink : u->th.ink2);
    now->role = "status";
    now->grow = u->env.landscape;
    now->id = IDF(u, "%s.chosen", d->field.id);
    now->key = key_of(now->id);
}

static void build_open(struct ui *u, const struct ui_date *d, const struct date_data *dd, struct hand *h, uint64_t key)
{
    struct node *card = box_begin(u, UI_COLUMN, IDF(u, "%s.panel", d->field.id));
    surface_look(u, card, SURFACE_CARD);
    card->flags |= NODE_TAP | NODE_KEY; /* a touch between the wheels is none beside the field */
    card->pad_x = card->pad_y = px(u, 24);
    card->gap = u->th.space[2];
    struct node *head = u->env.landscape ? box_begin(u, UI_ROW, NULL) : NULL;
    if (head) {
        head->gap = u->th.space[2];
        head->cross = CROSS_CENTER;
    }
    says(u, d, h);
    if (head) {
        actions(u, d, dd, h, key);
        box_end(u);
    }
    if (h->v[GRID]) {
        grid(u, dd, h, key, h->v[GRID] - 1);
    } else {
        struct node *wheels = box_begin(u, UI_ROW, NULL);
        wheels->gap = u->th.space[2];
        int parts = d->kind == DATE_YEAR ? 1 : d->kind == DATE_MONTH || h->v[UNKNOWN] ? 2 : 3;
        for (int i = 0; i < parts; i++)
            wheel(u, dd, h, key, i);
        box_end(u);
    }
    if (!head)
        actions(u, d, dd, h, key);
    box_end(u);
}

/* The draft starts at the value, or at year_start without choosing it. */
static void prepare(struct hand *h, const struct ui_date *d)
{
    struct day v;
    bool given = day_parse(d->value, &v);
    if (!given)
        v = (struct day){d->year_start ? d->year_start : d->year_min, 1, 1};
    h->v[UNKNOWN] = given && d->kind == DATE_DAY && v.day == 0;
    h->v[Y] = v.year < d->year_min ? d->year_min : v.year > d->year_max ? d->year_max : v.year;
    h->v[M] = v.month ? v.month : 1;
    h->v[D] = v.day ? v.day : 1;
    h->v[READY] = 1;
}

static const char *problem_text(struct ui *u, const struct ui_date *d, int problem)
{
    if (problem == DIGITS_NO_DATE)
        return tr(u, "ui.date.no_date");
    if (problem == DIGITS_OUTSIDE)
        return TR(u, "ui.date.outside", {"from", tr_int(u, d->year_min)}, {"to", tr_int(u, d->year_max)});
    return NULL;
}

void ui_date(struct ui *u, const struct ui_date *d)
{
    struct ui_field f = d->field;
    uint64_t key = key_of(f.id);
    struct hand *h = hand_of(u, key);
    bool open = is_open(u, f.id);
    if (problem_text(u, d, h->v[PROBLEM]))
        f.error = problem_text(u, d, h->v[PROBLEM]);
    if (!open || !h->v[READY])
        prepare(h, d);
    struct date_data *dd = arena_take(&u->arena, sizeof *dd);
    *dd = (struct date_data){field_copy(u, &f), d->kind, d->year_min, d->year_max, d->unknown_day, d->open_end};
    struct day v;
    const char *shown = day_parse(d->value, &v)      ? day_text(u, v, d->kind)
                        : d->open_end && !f.required ? tr(u, "ui.date.until_now")
                                                     : "";
    const char *asked = d->kind == DATE_YEAR    ? "ui.date.pick_year"
                        : d->kind == DATE_MONTH ? "ui.date.pick_month"
                                                : "ui.date.pick";
    field_begin(u, &f);
    struct node *n = field_box(u, &f, shown, tr(u, asked), open, date_on, dd);
    if (u->focus == n->key) {
        held_take(u, n, f.action);
        u->held.boxed = false;
    }
    if (open)
        build_open(u, d, dd, h, key);
    field_end(u, &f, NULL);
}
