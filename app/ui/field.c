/* What all fields have around their control: label, 必填 or 选填, help above; confirmation, warning, error below. */
#include "app/ui/inside.h"

unsigned field_state(const struct ui_field *f)
{
    return (some(f->error) ? (unsigned)STATE_INVALID : 0) | (f->required ? (unsigned)STATE_REQUIRED : 0) |
           (f->disabled || f->read_only ? (unsigned)STATE_DISABLED : (unsigned)STATE_ENABLED);
}

struct ui_field *field_copy(struct ui *u, const struct ui_field *f)
{
    struct ui_field *copy = arena_take(&u->arena, sizeof *copy);
    *copy = *f;
    copy->id = arena_text(&u->arena, f->id);
    copy->label = arena_text(&u->arena, f->label);
    copy->error = copy->warning = copy->help = NULL;
    copy->action = action_copy(u, f->action);
    return copy;
}

static void label_row(struct ui *u, const struct ui_field *f)
{
    if (!some(f->label))
        return;
    struct node *row = box_begin(u, UI_WRAP, NULL);
    row->gap = u->th.space[0];
    put_text(u, f->label, TEXT_SECONDARY, u->th.ink2);
    if (f->required)
        put_text(u, tr(u, "ui.required"), TEXT_SECONDARY, u->th.bad)->style.bold = true;
    else if (f->optional)
        put_text(u, tr(u, "ui.optional"), TEXT_SECONDARY, u->th.ink3);
    box_end(u);
}

struct node *field_begin(struct ui *u, const struct ui_field *f)
{
    struct node *n = box_begin(u, UI_COLUMN, NULL);
    n->flags |= NODE_FIELD;
    n->gap = u->th.space[1];
    n->width = tx(u, f->width);
    n->grow = f->grow;
    label_row(u, f);
    if (some(f->help))
        put_text(u, f->help, TEXT_SECONDARY, u->th.ink2);
    return n;
}

void field_end(struct ui *u, const struct ui_field *f, const char *confirm)
{
    if (some(confirm))
        ui_note(u, IDF(u, "%s.confirm", f->id), TONE_GOOD, confirm);
    if (some(f->warning))
        ui_note(u, IDF(u, "%s.warning", f->id), TONE_APRICOT, f->warning);
    if (some(f->error))
        ui_note(u, IDF(u, "%s.error", f->id), TONE_BAD, f->error);
    box_end(u);
}

struct node *field_box(struct ui *u, const struct ui_field *f, const char *shown, const char *placeholder, bool open,
                       bool (*on)(struct ui *, struct node *, const struct touch *), const void *data)
{
    const struct theme *th = &u->th;
    bool off = f->disabled || f->read_only;
    struct node *n = box_begin(u, UI_ROW, f->id);
    n->role = "combobox";
    n->label = arena_text(&u->arena, f->label);
    n->value = arena_text(&u->arena, shown ? shown : "");
    n->state = field_state(f) | (open ? (unsigned)STATE_EXPANDED : 0);
    n->min_height = th->target_field;
    n->pad_x = px(u, 28);
    n->pad_y = px(u, 16);
    n->gap = th->space[1];
    n->cross = CROSS_CENTER;
    n->look = (struct look){.fill = off ? th->paper : th->card,
                            .fill_alpha = 255,
                            .border = th->border + (some(f->error) || open ? px(u, 1) : 0),
                            .border_color = some(f->error) ? th->bad
                                            : open         ? th->brand
                                                           : th->line,
                            .radius = th->radius_field};
    n->on = on;
    n->data = data;
    node_button(u, n, off);
    struct node *words =
        put_text(u, some(shown) ? shown : placeholder, TEXT_BODY, some(shown) ? (off ? th->ink2 : th->ink) : th->ink3);
    words->grow = 1;
    words->width = 1; /* as in a text box */
    words->role = "none";
    if (!off)
        put_icon(u, open ? "up" : "down", px(u, 36), th->ink2);
    box_end(u);
    return n;
}
