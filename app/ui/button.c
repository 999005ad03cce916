#include "app/ui/icons.h"
#include "app/ui/inside.h"

struct paint_of {
    uint32_t fill, ink, border;
    int fill_alpha;
};

static struct paint_of colors(const struct ui *u, enum ui_button_style s, bool disabled, bool selected)
{
    const struct theme *th = &u->th;
    if (disabled && (s == BUTTON_PRIMARY || s == BUTTON_HERO))
        return (struct paint_of){th->muted, 0xffffff, 0, 255};
    if (disabled)
        return (struct paint_of){th->card, th->ink3, th->line, s != BUTTON_LINK && s != BUTTON_QUIET ? 255 : 0};
    if (selected)
        return (struct paint_of){u->env.large ? th->ink : th->tint, u->env.large ? 0xffffff : th->brand, th->brand,
                                 255};
    switch (s) {
    case BUTTON_PRIMARY:
    case BUTTON_HERO:
        return (struct paint_of){th->brand, 0xffffff, 0, 255};
    case BUTTON_SECONDARY:
        return (struct paint_of){th->card, th->brand, th->brand, 255};
    case BUTTON_QUIET:
        return (struct paint_of){th->card, th->ink2, th->line, 255};
    case BUTTON_DANGER:
        return (struct paint_of){th->card, th->bad, th->bad, 255};
    case BUTTON_PILL:
        return (struct paint_of){th->card, th->ink, th->line, 255};
    case BUTTON_ATTENTION:
        return (struct paint_of){th->card, th->apricot_ink, th->apricot, 255};
    case BUTTON_LINK:
        break;
    }
    return (struct paint_of){0, th->brand, 0, 0};
}

static void words(struct ui *u, const struct ui_button *b, uint32_t ink)
{
    enum ui_style style = b->style == BUTTON_HERO ? TEXT_TITLE : b->style == BUTTON_PILL ? TEXT_SECONDARY : TEXT_BODY;
    int icon = (b->style == BUTTON_HERO ? u->th.title : u->th.body) + px(u, 4);
    bool behind = is(b->icon, "next"); /* it points onward: behind the word */
    if (b->icon && !behind)
        put_icon(u, b->icon, icon, ink);
    if (!some(b->label))
        return;
    struct node *column = box_begin(u, UI_COLUMN, NULL);
    column->main = MAIN_CENTER;
    struct node *label = put_text(u, b->busy ? tr(u, "ui.busy") : b->label, style, ink);
    label->align = ALIGN_CENTER;
    node_keep_short(label);
    label->style.bold |= b->selected;
    if (some(b->label2))
        put_text(u, b->label2, b->style == BUTTON_HERO ? TEXT_LEAD : TEXT_TAG, ink)->align = ALIGN_CENTER;
    box_end(u);
    if (behind)
        put_icon(u, b->icon, icon, ink);
}

static void button_node(struct ui *u, const struct ui_button *b, bool grows)
{
    const struct theme *th = &u->th;
    bool off = b->disabled || b->busy, pill = b->style == BUTTON_PILL;
    struct paint_of c = colors(u, b->style, off, b->selected);
    struct node *n = box_begin(u, UI_ROW, b->id);
    n->role = b->style == BUTTON_LINK ? "link" : "button";
    n->gap = th->space[1];
    n->main = MAIN_CENTER;
    n->cross = CROSS_CENTER;
    n->min_height = pill ? th->target_pill : b->style == BUTTON_HERO ? th->target_primary * 3 / 2 : th->target_primary;
    if (b->style == BUTTON_SECONDARY || b->style == BUTTON_QUIET || b->style == BUTTON_DANGER)
        n->min_height = th->target_primary - (u->env.large ? 0 : px(u, 12));
    if (b->style == BUTTON_LINK)
        n->min_height = th->target_pill;
    n->min_width = n->min_height;
    n->pad_x = some(b->label) ? px(u, b->style == BUTTON_LINK      ? 8
                                      : pill                       ? 28
                                      : b->style == BUTTON_PRIMARY ? 56
                                                                   : 40)
                              : 0;
    if (u->env.large && n->pad_x > px(u, 32) && !u->env.landscape)
        n->pad_x = px(u, 32);
    n->pad_y = px(u, 10);
    n->width = tx(u, b->width);
    n->grow = grows ? b->grow : 0;
    n->look = (struct look){.fill = c.fill,
                            .fill_alpha = c.fill_alpha,
                            .border_color = c.border,
                            .border = c.border ? th->border + (pill || b->style == BUTTON_QUIET ? 0 : px(u, 1)) : 0,
                            .radius = pill ? n->min_height / 2 : th->radius_button};
    n->action = action_copy(u, b->action);
    n->state = (b->selected ? (unsigned)STATE_SELECTED : 0) | (b->busy ? (unsigned)STATE_BUSY : 0);
    node_button(u, n, off);
    words(u, b, c.ink);
    node_label_from_text(u, n);
    if (!n->label && b->icon)
        n->label = tr(u, IDF(u, "ui.icon.%s", b->icon));
    box_end(u);
}

void ui_button(struct ui *u, const struct ui_button *b)
{
    if (!b->disabled || !some(b->reason)) {
        button_node(u, b, true);
        return;
    }
    struct node *row = box_begin(u, UI_WRAP, NULL);
    row->gap = u->th.space[2];
    row->cross = CROSS_CENTER;
    row->main = MAIN_END;
    row->grow = b->grow;
    struct node *reason = put_text(u, b->reason, TEXT_SECONDARY, u->th.apricot_ink);
    reason->id = IDF(u, "%s.reason", b->id);
    reason->key = key_of(reason->id);
    reason->role = "status";
    node_keep_short(reason);
    button_node(u, b, false);
    box_end(u);
}

/* A button of a widget's own: its touch goes to `on`. */
struct node *put_pressable(struct ui *u, const char *id, const char *text, enum ui_button_style style, bool disabled,
                           bool (*on)(struct ui *, struct node *, const struct touch *), const void *data)
{
    struct node *parent = u->stack[u->depth - 1];
    button_node(u, &(struct ui_button){.id = id, .label = text, .style = style, .disabled = disabled}, false);
    struct node *n = parent->last;
    n->on = on;
    n->data = data;
    return n;
}
