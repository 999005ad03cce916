/* The page frame: top bar, steps, title and help, scrolling content, keyboard, bottom bar, always in the same places;
 * and the dialog, the one thing that lies over it. */
#include "app/ui/inside.h"

/* --- top bar --- */

static void pill(struct ui *u, const struct ui_page *p, const char *what, const char *label, struct ui_action a,
                 bool selected)
{
    if (a.kind)
        ui_button(u, &(struct ui_button){.id = IDF(u, "%s.%s", p->id, what),
                                         .label = label,
                                         .style = BUTTON_PILL,
                                         .action = a,
                                         .selected = selected});
}

static void top_bar(struct ui *u, const struct ui_page *p)
{
    const struct theme *th = &u->th;
    struct node *bar = box_begin(u, UI_ROW, NULL);
    bar->pad_x = px(u, 40);
    bar->pad_y = px(u, 19);
    bar->gap = px(u, 24);
    bar->cross = CROSS_CENTER;
    bar->flags |= NODE_LAST_END;
    bar->look = (struct look){.fill = th->card, .fill_alpha = 255};
    if (some(p->exit_label))
        pill(u, p, "exit", p->exit_label, p->exit, false);
    struct node *middle = box_begin(u, UI_COLUMN, NULL);
    middle->grow = 1;
    if (some(p->where) && !(u->env.large && !u->env.landscape)) {
        struct node *where = put_text(u, p->where, TEXT_SECONDARY, th->ink);
        where->id = IDF(u, "%s.where", p->id);
        where->key = key_of(where->id);
    }
    if (some(p->connection) && !u->env.landscape && !u->env.large)
        put_text(u, p->connection, TEXT_TAG, th->ink2)->role = "status";
    box_end(u);
    if (some(p->connection) && u->env.landscape) {
        struct node *state = put_text(u, p->connection, TEXT_SECONDARY, th->ink2);
        state->role = "status";
    }
    pill(u, p, "language", tr(u, "ui.language"), p->language, false);
    pill(u, p, "large", tr(u, u->env.large ? "ui.normal_text" : "ui.large_text"), p->large, u->env.large);
    pill(u, p, "staff", tr(u, "ui.staff"), p->staff, false);
    box_end(u);
    if (some(p->connection) && !u->env.landscape && u->env.large) {
        struct node *line = put_text(u, p->connection, TEXT_TAG, th->ink2);
        line->role = "status";
        line->pad_x = px(u, 40);
        line->look = (struct look){.fill = th->card, .fill_alpha = 255};
    }
    ui_divider(u);
}

/* --- steps --- */

struct step_look {
    uint32_t color;
};

static void step_bar(struct ui *u, const struct ui_page *p)
{
    const struct theme *th = &u->th;
    if (!p->n_steps)
        return;
    int inner = shell_pixels(u->shell).width - 2 * px(u, 40), gap = px(u, 12),
        each = (inner - gap * ((int)p->n_steps - 1)) / (int)p->n_steps;
    bool words = true; /* all the names or none: one that wrapped would push the page down */
    int line;
    struct text_style style = style_of(u, TEXT_TAG, &line);
    for (size_t i = 0; i < p->n_steps; i++)
        words &= text_lay(u->text, p->steps[i], style, 0, 1, u->env.rtl, line)->width + 4 <= each;
    struct node *grid = box_begin(u, UI_GRID, IDF(u, "%s.steps", p->id));
    grid->role = "list";
    grid->label = arena_text(&u->arena, p->step_text);
    grid->columns = (int)p->n_steps;
    grid->gap = gap;
    grid->pad_x = px(u, 40);
    grid->pad_y = px(u, 22);
    for (size_t i = 0; i < p->n_steps; i++) {
        bool now = i == p->step, done = p->steps_done >> i & 1;
        struct node *cell = box_begin(u, UI_COLUMN, IDF(u, "%s.step.%zu", p->id, i));
        cell->role = "listitem";
        cell->label = arena_text(&u->arena, p->steps[i]);
        cell->state = (now ? (unsigned)STATE_SELECTED : 0) | (done ? (unsigned)STATE_CHECKED : 0);
        cell->gap = px(u, 4);
        struct node *bar = node_new(u, NULL);
        bar->height = px(u, 18);
        bool open = !now && !done && u->env.contrast; /* lines are dark there: not done is an empty bar */
        bar->look = (struct look){.fill = now    ? th->apricot
                                          : done ? th->brand
                                          : open ? th->card
                                                 : th->line,
                                  .fill_alpha = 255,
                                  .border = open ? th->border : 0,
                                  .border_color = th->line,
                                  .radius = px(u, 6)};
        if (words) {
            struct node *name = put_text(u, p->steps[i], TEXT_TAG, now ? th->apricot_ink : done ? th->brand : th->ink2);
            name->style.bold = now;
            name->align = ALIGN_CENTER;
            name->role = "none";
        }
        box_end(u);
    }
    box_end(u);
}

static void heading(struct ui *u, const struct ui_page *p)
{
    struct node *head = box_begin(u, UI_COLUMN, NULL);
    head->gap = u->th.space[0];
    if (some(p->step_text)) {
        struct node *n = put_text(u, p->step_text, TEXT_SECONDARY, u->th.ink2);
        n->id = IDF(u, "%s.step_text", p->id);
        n->key = key_of(n->id);
    }
    if (some(p->title)) {
        struct node *n = put_text(u, p->title, TEXT_TITLE, u->th.ink);
        n->role = "heading";
        n->id = IDF(u, "%s.title", p->id);
        n->key = key_of(n->id);
    }
    if (some(p->help)) {
        struct node *n = put_text(u, p->help, TEXT_SECONDARY, u->th.ink2);
        n->id = IDF(u, "%s.help", p->id);
        n->key = key_of(n->id);
    }
    box_end(u);
}

/* --- the page --- */

void ui_page_open(struct ui *u, const struct ui_page *p)
{
    u->page.open = true;
    u->page.bottom = false;
    u->page.plain = p->plain;
    u->page.base = u->depth;
    struct node *page = box_begin(u, UI_COLUMN, p->id);
    page->look = (struct look){.fill = u->th.paper, .fill_alpha = 255};
    page->grow = 1;
    if (p->plain) {
        /* It scrolls only where it must: in large text, or a long language. */
        struct node *content = box_begin(u, UI_SCROLL, IDF(u, "%s.scroll", p->id));
        content->grow = 1;
        return;
    }
    bool high = !u->env.landscape && !u->env.large; /* room for the steps above the scroller */
    if (u->env.low_controls)
        ui_space(u, u->env.height / 3, 0);
    top_bar(u, p);
    if (high)
        step_bar(u, p);
    struct node *scroller = box_begin(u, UI_SCROLL, IDF(u, "%s.scroll", p->id));
    scroller->grow = 1;
    if (!high)
        step_bar(u, p);
    struct node *content = box_begin(u, UI_COLUMN, NULL);
    content->grow = 1;
    content->gap = u->th.space[3];
    content->pad_x = u->th.margin;
    content->pad_y = high && p->n_steps ? px(u, 12) : px(u, 36);
    if (u->env.landscape && u->env.width > 1500) { /* lines that can be read: not across the whole panel */
        content->pad_x = px(u, 56);
        content->pad_y = px(u, 28);
    }
    if (some(p->title) || some(p->help) || some(p->step_text))
        heading(u, p);
}

static void content_end(struct ui *u)
{
    while (u->depth > u->page.base + 1)
        box_end(u);
    if (!u->page.plain)
        panel_build(u);
}

void ui_page_bottom(struct ui *u)
{
    content_end(u);
    u->page.bottom = true;
    ui_divider(u);
    u->page.edge = u->stack[u->depth - 1]->last;
    struct node *bar = box_begin(u, UI_ROW, NULL);
    bar->flags |= NODE_LAST_END;
    bar->pad_x = px(u, 40);
    bar->pad_y = px(u, u->env.landscape ? 16 : 28);
    bar->gap = px(u, 20);
    bar->cross = CROSS_CENTER;
    bar->look = (struct look){.fill = u->th.card, .fill_alpha = 255};
}

void ui_page_close(struct ui *u)
{
    if (u->page.bottom) {
        struct node *bar = u->stack[u->page.base + 1];
        if (!bar->first) /* nothing in it: no bar */
            bar->pad_y = u->page.edge->height = 0;
        box_end(u);
    } else {
        content_end(u);
    }
    box_end(u);
    u->page.open = false;
}

/* --- dialog --- */

static bool swallow(struct ui *u, struct node *n, const struct touch *t)
{
    (void)u;
    (void)n;
    (void)t;
    return true;
}

void ui_veil(struct ui *u, int alpha)
{
    struct node *layer = overlay_begin(u, "veil");
    layer->look = (struct look){.fill = 0, .fill_alpha = alpha};
    box_end(u);
}

void ui_dialog_open(struct ui *u, const struct ui_dialog *d)
{
    struct node *layer = overlay_begin(u, IDF(u, "%s.layer", d->id));
    layer->look = (struct look){.fill = 0x0a1f1e, .fill_alpha = 150};
    struct node *middle = box_begin(u, UI_COLUMN, NULL);
    middle->grow = 1;
    middle->main = MAIN_CENTER;
    middle->cross = CROSS_CENTER;
    middle->pad_x = u->th.margin;
    middle->pad_y = u->th.margin;
    struct node *card = box_begin(u, UI_COLUMN, d->id);
    card->role = "dialog";
    card->label = arena_text(&u->arena, d->title);
    card->width = u->env.landscape ? px(u, 1100) : shell_pixels(u->shell).width - 2 * u->th.margin;
    card->on = swallow;
    surface_look(u, card, SURFACE_CARD);
    struct node *inside = box_begin(u, UI_SCROLL, IDF(u, "%s.scroll", d->id));
    inside->min_height = px(u, 200);
    inside->gap = u->th.space[3];
    inside->pad_x = px(u, 48);
    inside->pad_y = px(u, 44);
    if (some(d->title))
        put_text(u, d->title, TEXT_TITLE, u->th.ink)->role = "heading";
    if (some(d->text))
        put_text(u, d->text, TEXT_BODY, u->th.ink2);
}

void ui_dialog_close(struct ui *u)
{
    box_end(u);
    box_end(u);
    box_end(u);
    panel_build(u);
    box_end(u);
}
