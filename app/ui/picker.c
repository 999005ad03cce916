/* Picker: a page with a search box over a long table, best first. Letters that are still being composed search too, so
 * that "gcs" finds 工程师 before a word is chosen. */
#include "app/ui/inside.h"

struct picker_data {
    struct ui_field *field;
};
struct query {
    const struct ui_picker *picker;
    const char *typed;
};

static uint64_t search_key(struct ui *u, const char *id)
{
    return key_of(IDF(u, "%s.typed", id));
}

static bool open_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    str_clear(&hand_of(u, search_key(u, n->id))->text);
    hand_of(u, key_of(IDF(u, "%s.list", n->id)))->scroll.offset = 0;
    const char *search = IDF(u, "%s.search", n->id);
    open_set(u, n->id);
    ui_focus(u, search);
    return true;
}

static size_t fetch(void *ctx, struct ui_option *out, size_t from, size_t max)
{
    const struct query *q = ctx;
    return q->picker->search(q->picker->search_ctx, q->typed, out, from, max);
}

static void commit(struct ui *u, const struct ui_field *f, const char *text, int number)
{
    open_set(u, NULL);
    ui_focus(u, f->id);
    emit(u, f->action, UI_COMMIT, text, number);
}

static void chosen(struct ui *u, const char *field, const void *data, const char *code, const char *label)
{
    const struct picker_data *d = data;
    (void)field;
    (void)label;
    commit(u, d->field, code, 0);
}

static bool free_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    const struct picker_data *d = n->data;
    struct hand *h = hand_of(u, search_key(u, d->field->id));
    commit(u, d->field, str_z(&h->text), 1);
    return true;
}

static bool clear_on(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    const struct picker_data *d = n->data;
    commit(u, d->field, "", 0);
    return true;
}

static void search_box(struct ui *u, const struct ui_picker *p, const char *typed)
{
    struct node *head = box_begin(u, UI_COLUMN, NULL);
    head->grow = u->env.landscape;
    head->pad_x = u->env.landscape ? 0 : u->th.margin;
    head->pad_y = u->env.landscape ? 0 : px(u, 20);
    const char *typed_id = IDF(u, "%s.typed", p->field.id);
    ui_textbox(u, &(struct ui_textbox){.field = {.id = IDF(u, "%s.search", p->field.id),
                                                 .action = {.kind = ACTION_SEARCH, .name = typed_id}},
                                       .value = typed,
                                       .placeholder = tr(u, "ui.search"),
                                       .max_len = p->max_len ? p->max_len : 60});
    box_end(u);
}

static void foot(struct ui *u, const struct ui_picker *p, const struct picker_data *d, const char *typed, size_t count)
{
    bool clearable = p->field.optional && some(p->value);
    if (!p->free_text && !clearable)
        return;
    struct node *row = box_begin(u, UI_WRAP, NULL);
    row->pad_x = u->th.margin;
    row->pad_y = px(u, 16);
    row->gap = u->th.space[2];
    row->cross = CROSS_CENTER;
    row->look = (struct look){.fill = u->th.card, .fill_alpha = 255};
    if (p->free_text) {
        const char *label = *typed ? TR(u, "ui.use_typed", {"text", typed}) : tr(u, "ui.not_in_list");
        put_pressable(u, IDF(u, "%s.free", p->field.id), label, count ? BUTTON_QUIET : BUTTON_SECONDARY, !*typed,
                      free_on, d);
        if (!*typed)
            put_text(u, tr(u, "ui.type_first"), TEXT_SECONDARY, u->th.ink2);
    }
    if (clearable)
        put_pressable(u, IDF(u, "%s.none", p->field.id), tr(u, "ui.clear"), BUTTON_QUIET, false, clear_on, d);
    box_end(u);
}

static void found(struct ui *u, const char *id, size_t in_all)
{
    const char *words = in_all ? TR(u, "ui.count", {"n", tr_int(u, (int)in_all)}) : tr(u, "ui.nothing_found");
    struct node *n = put_text(u, words, TEXT_SECONDARY, in_all ? u->th.ink2 : u->th.apricot_ink);
    n->id = IDF(u, "%s.count", id);
    n->key = key_of(n->id);
    n->role = "status";
    n->pad_x = u->env.landscape ? 0 : u->th.margin;
    n->pad_y = px(u, 6);
}

static void build_open(struct ui *u, const struct ui_picker *p, const struct picker_data *d)
{
    const char *id = p->field.id;
    const char *typed = arena_text(&u->arena, str_z(&hand_of(u, search_key(u, id))->text));
    const char *letters = panel_letters(u);
    const char *asked = *letters ? IDF(u, "%s%s", typed, letters) : typed;
    struct query q = {p, asked};
    size_t in_all = fetch(&q, (struct ui_option[1]){{0}}, 0, 1);
    list_page_begin(u, id, some(p->field.label) ? p->field.label : tr(u, "ui.choose"));
    if (u->env.landscape) { /* the keyboard leaves little height: everything in the bar */
        search_box(u, p, typed);
        found(u, id, in_all);
    }
    list_bar_end(u);
    if (!u->env.landscape) {
        search_box(u, p, typed);
        found(u, id, in_all);
    }
    if (in_all)
        list_build(u, &(struct list){.field = id,
                                     .fetch = fetch,
                                     .ctx = &q,
                                     .stamp = key_of(asked),
                                     .selected = p->value,
                                     .chosen = chosen,
                                     .data = d});
    else
        ui_space(u, 0, 1);
    foot(u, p, d, typed, in_all);
    list_page_end(u);
}

void ui_picker(struct ui *u, const struct ui_picker *p)
{
    bool open = is_open(u, p->field.id);
    struct picker_data *d = arena_take(&u->arena, sizeof *d);
    d->field = field_copy(u, &p->field);
    field_begin(u, &p->field);
    field_box(u, &p->field, p->value_label, some(p->placeholder) ? p->placeholder : tr(u, "ui.choose"), open, open_on,
              d);
    field_end(u, &p->field, NULL);
    if (open)
        build_open(u, p, d);
}
