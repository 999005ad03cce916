/* Cascade: 系列→专业→等级→名称, one level after another on one page; each level chosen so far is a way back. The hand
 * keeps code US label RS … of the levels chosen. */
#include "app/ui/inside.h"

enum { LEVELS_MAX = 8, LEVEL = 0 /* in hand.v: the level being asked */ };

struct cascade_data {
    struct ui_field *field;
    size_t levels;
    const char *codes[LEVELS_MAX], *labels[LEVELS_MAX];
    size_t chosen;
    size_t (*options)(void *ctx, size_t level, const char *const *chosen, struct ui_option *out, size_t from,
                      size_t max);
    void *options_ctx;
};
struct query {
    const struct cascade_data *d;
    size_t level;
};

static struct hand *state(struct ui *u, const char *id)
{
    return hand_of(u, key_of(IDF(u, "%s.levels", id)));
}

static void parse(struct ui *u, struct cascade_data *d, const struct hand *h)
{
    char *p = arena_text(&u->arena, str_z(&h->text));
    for (d->chosen = 0; *p && d->chosen < d->levels; d->chosen++) {
        d->codes[d->chosen] = p;
        p = strchr(p, '\x1f');
        *p++ = '\0';
        d->labels[d->chosen] = p;
        p = strchr(p, '\x1e');
        *p++ = '\0';
    }
}

static void keep_levels(struct hand *h, size_t levels)
{
    size_t at = 0;
    for (size_t i = 0; i < levels && at < h->text.len; i++)
        at = (size_t)(strchr(h->text.p + at, '\x1e') - h->text.p) + 1;
    if (h->text.p) {
        h->text.len = at;
        h->text.p[at] = '\0';
    }
}

static size_t fetch(void *ctx, struct ui_option *out, size_t from, size_t max)
{
    const struct query *q = ctx;
    return q->d->options(q->d->options_ctx, q->level, q->d->codes, out, from, max);
}

static bool open_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    struct hand *h = state(u, n->id);
    str_clear(&h->text);
    open_set(u, n->id);
    return true;
}

static void chosen(struct ui *u, const char *field, const void *data, const char *code, const char *label)
{
    const struct cascade_data *d = data;
    struct hand *h = state(u, field);
    str_printf(&h->text, "%s\x1f%s\x1e", code, label);
    /* The page is built by ui_cascade only: it sees there whether a further level has anything to ask. */
    if (d->chosen + 1 < d->levels) {
        ui_changed(u);
        return;
    }
    struct str all = {0};
    for (size_t i = 0; i < d->chosen; i++)
        str_printf(&all, "%s/", d->codes[i]);
    str_puts(&all, code);
    open_set(u, NULL);
    ui_focus(u, field);
    emit(u, d->field->action, UI_COMMIT, str_z(&all), 0);
    str_finish(&all);
}

static bool back_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    const struct query *q = n->data;
    keep_levels(state(u, q->d->field->id), q->level);
    ui_changed(u);
    return true;
}

static bool finish_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    const struct cascade_data *d = n->data;
    struct str all = {0};
    for (size_t i = 0; i < d->chosen; i++)
        str_printf(&all, "%s%s", i ? "/" : "", d->codes[i]);
    open_set(u, NULL);
    ui_focus(u, d->field->id);
    emit(u, d->field->action, UI_COMMIT, str_z(&all), 0);
    str_finish(&all);
    return true;
}

static void way_back(struct ui *u, const struct cascade_data *d, const char *const *titles)
{
    if (!d->chosen)
        return;
    struct node *row = box_begin(u, UI_WRAP, NULL);
    row->gap = u->th.space[1];
    row->cross = CROSS_CENTER;
    for (size_t i = 0; i < d->chosen; i++) {
        struct query *q = arena_take(&u->arena, sizeof *q);
        *q = (struct query){d, i};
        put_pressable(u, IDF(u, "%s.level.%zu", d->field->id, i), IDF(u, "%s：%s", titles[i], d->labels[i]),
                      BUTTON_PILL, false, back_on, q);
    }
    box_end(u);
}

static void build_open(struct ui *u, const struct ui_cascade *c, struct cascade_data *d)
{
    const char *id = c->field.id;
    list_page_begin(u, id, some(c->field.label) ? c->field.label : tr(u, "ui.choose"));
    list_bar_end(u);
    struct node *head = box_begin(u, UI_COLUMN, NULL);
    head->pad_x = u->th.margin;
    head->pad_y = px(u, 28);
    head->gap = u->th.space[2];
    struct query q = {d, d->chosen};
    size_t count = d->chosen < d->levels ? fetch(&q, (struct ui_option[1]){{0}}, 0, 1) : 0;
    way_back(u, d, c->titles);
    if (count) {
        struct node *title = put_text(u, c->titles[d->chosen], TEXT_TITLE, u->th.ink);
        title->role = "heading";
        put_text(u, TR(u, "ui.count", {"n", tr_int(u, (int)count)}), TEXT_SECONDARY, u->th.ink2);
    } else {
        put_text(u, tr(u, d->chosen ? "ui.no_more_levels" : "ui.nothing_to_choose"), TEXT_BODY, u->th.ink2);
    }
    box_end(u);
    if (count) {
        uint64_t stamp = d->chosen + 1;
        for (size_t i = 0; i < d->chosen; i++)
            stamp = key_under(stamp, key_of(d->codes[i]));
        list_build(u,
                   &(struct list){.field = id, .fetch = fetch, .ctx = &q, .stamp = stamp, .chosen = chosen, .data = d});
    } else if (d->chosen) {
        struct node *row = box_begin(u, UI_ROW, NULL);
        row->pad_x = u->th.margin;
        put_pressable(u, IDF(u, "%s.done", id), tr(u, "ui.done"), BUTTON_PRIMARY, false, finish_on, d);
        box_end(u);
    }
    list_page_end(u);
}

void ui_cascade(struct ui *u, const struct ui_cascade *c)
{
    bool open = is_open(u, c->field.id);
    struct cascade_data *d = arena_take(&u->arena, sizeof *d);
    d->field = field_copy(u, &c->field);
    d->levels = c->levels < LEVELS_MAX ? c->levels : LEVELS_MAX;
    d->options = c->options;
    d->options_ctx = c->options_ctx;
    field_begin(u, &c->field);
    field_box(u, &c->field, c->value_label, some(c->placeholder) ? c->placeholder : tr(u, "ui.choose"), open, open_on,
              d);
    field_end(u, &c->field, NULL);
    if (!open)
        return;
    parse(u, d, state(u, c->field.id));
    build_open(u, c, d);
}
