/* Words that answer: badges, notes, progress, the summary of errors. */
#include "app/ui/icons.h"
#include "app/ui/inside.h"

struct tones {
    uint32_t ground, ink;
};

static struct tones tones_of(const struct ui *u, enum ui_tone tone)
{
    const struct theme *th = &u->th;
    switch (tone) {
    case TONE_GOOD:
        return (struct tones){th->good_tint, th->good};
    case TONE_BAD:
        return (struct tones){th->bad_tint, th->bad};
    case TONE_APRICOT:
        return (struct tones){th->apricot_tint, th->apricot_ink};
    case TONE_BRAND:
        return (struct tones){th->tint, th->brand};
    case TONE_INK:
    case TONE_INK2:
    case TONE_ON_DEEP:
    case TONE_ON_DEEP2:
    case TONE_DISABLED:
        break;
    }
    return (struct tones){th->panel, th->ink2};
}

void ui_badge(struct ui *u, const char *id, enum ui_tone tone, const char *sign, const char *text)
{
    struct tones t = tones_of(u, tone);
    struct node *n = box_begin(u, UI_ROW, id);
    n->role = "status";
    n->cross = CROSS_CENTER;
    n->gap = px(u, 6);
    n->pad_x = px(u, 18);
    n->pad_y = px(u, 7);
    n->look = (struct look){.fill = t.ground, .fill_alpha = 255, .radius = u->th.radius_tag};
    if (some(sign) && icon_of_sign(sign))
        put_icon(u, icon_of_sign(sign), u->th.tag, t.ink);
    else if (some(sign))
        put_text(u, sign, TEXT_TAG, t.ink)->role = "none";
    struct node *words = put_text(u, text, TEXT_TAG, t.ink);
    node_label_from_text(u, n);
    node_keep_short(words);
    words->role = "none";
    box_end(u);
}

void ui_note(struct ui *u, const char *id, enum ui_tone tone, const char *text)
{
    struct tones t = tones_of(u, tone);
    if (tone == TONE_INK || tone == TONE_INK2)
        t.ground = u->th.tint;
    struct node *n = box_begin(u, UI_ROW, id);
    n->role = tone == TONE_BAD ? "alert" : "status";
    n->label = arena_text(&u->arena, text);
    n->gap = u->th.space[1];
    n->pad_x = px(u, 28);
    n->pad_y = px(u, 18);
    n->look = (struct look){.fill = t.ground, .fill_alpha = 255, .radius = u->th.radius_tag};
    const char *icon = tone == TONE_BAD || tone == TONE_APRICOT ? "alert" : tone == TONE_GOOD ? "check" : "info";
    struct node *sign = box_begin(u, UI_ROW, NULL);
    sign->flags |= NODE_NOT_CUT;
    sign->height = u->th.secondary * u->th.line_height / 100;
    sign->cross = CROSS_CENTER;
    put_icon(u, icon, u->th.secondary, t.ink);
    box_end(u);
    struct node *words = put_text(u, text, TEXT_SECONDARY, tone == TONE_INK || tone == TONE_INK2 ? u->th.ink : t.ink);
    words->grow = 1;
    words->role = "none";
    box_end(u);
}

/* --- progress --- */

struct progress {
    double share;
    int phase; /* 0–999 when the share is not known */
};
enum { PULSE_MS = 80, PULSE_TURN_MS = 1600 };

static void paint_progress(struct ui *u, struct node *n, struct draw *d)
{
    const struct progress *p = n->data;
    struct rect r = {n->x, n->y, n->w, n->h};
    int radius = n->h / 2;
    draw_round(d, r, radius, u->th.line, 255, 0, 0);
    int w = p->share < 0 ? n->w / 4 : (int)(n->w * (p->share > 1 ? 1 : p->share));
    if (w <= 0)
        return;
    w = w < n->h ? n->h : w;
    int at = p->share < 0 ? (n->w - w) * (p->phase < 500 ? p->phase : 1000 - p->phase) / 500 : 0;
    r.x = n->rtl ? n->x + n->w - at - w : n->x + at;
    r.w = w;
    draw_round(d, r, radius, u->th.brand, 255, 0, 0);
}

static const char *time_left(struct ui *u, int seconds)
{
    if (seconds >= 90)
        return TR(u, "ui.minutes_left", {"n", tr_int(u, (seconds + 59) / 60)});
    return TR(u, "ui.seconds_left", {"n", tr_int(u, seconds)});
}

void ui_progress(struct ui *u, const char *id, const char *label, double share, int seconds_left,
                 struct ui_action cancel)
{
    struct node *all = box_begin(u, UI_COLUMN, NULL);
    all->gap = u->th.space[2];
    put_text(u, label, TEXT_BODY, u->th.ink)->role = "none";
    struct node *bar = node_new(u, id);
    struct progress *p = arena_take(&u->arena, sizeof *p);
    int64_t now = now_ms(u);
    *p = (struct progress){share, (int)(now % PULSE_TURN_MS * 1000 / PULSE_TURN_MS)};
    bar->role = "progressbar";
    bar->label = arena_text(&u->arena, label);
    bar->state |= STATE_BUSY;
    bar->value = share < 0 ? "" : IDF(u, "%d%%", (int)(share * 100 + 0.5));
    bar->height = px(u, 20);
    bar->data = p;
    bar->paint = paint_progress;
    if (share < 0 && !u->env.reduced_motion)
        u->pulse_ms = now + PULSE_MS;
    if (seconds_left >= 0 || cancel.kind) {
        struct node *row = box_begin(u, UI_ROW, NULL);
        row->cross = CROSS_CENTER;
        row->gap = u->th.space[2];
        put_text(u, seconds_left >= 0 ? time_left(u, seconds_left) : "", TEXT_SECONDARY, u->th.ink2)->grow = 1;
        if (cancel.kind)
            ui_button(u,
                      &(struct ui_button){.id = IDF(u, "%s.cancel", id), .label = tr(u, "ui.stop"), .action = cancel});
        box_end(u);
    }
    box_end(u);
}

/* --- the summary of errors --- */

static bool jump(struct ui *u, struct node *n, const struct touch *t)
{
    if (t->kind != TOUCH_TAP)
        return false;
    AUTOFREE char *target = xstrdup(n->data);
    struct ui_action a = n->action;
    emit(u, a, UI_TAP, target, 0);
    ui_focus(u, target);
    return true;
}

void ui_error_summary(struct ui *u, const char *id, const struct ui_problem *rows, size_t n, struct ui_action action)
{
    if (!n)
        return;
    size_t errors = 0;
    for (size_t i = 0; i < n; i++)
        errors += !rows[i].warning;
    struct node *all = box_begin(u, UI_COLUMN, id);
    all->role = "alert";
    all->pad_x = px(u, 28);
    all->pad_y = px(u, 24);
    all->gap = u->th.space[1];
    surface_look(u, all, errors ? SURFACE_BAD : SURFACE_APRICOT);
    uint32_t ink = errors ? u->th.bad : u->th.apricot_ink;
    const char *title =
        errors ? TR(u, "ui.problems", {"n", tr_int(u, (int)errors)}) : TR(u, "ui.warnings", {"n", tr_int(u, (int)n)});
    all->label = title;
    struct node *head = box_begin(u, UI_ROW, NULL);
    head->gap = u->th.space[1];
    head->cross = CROSS_CENTER;
    put_icon(u, "alert", u->th.lead, ink);
    put_text(u, title, TEXT_LEAD_BOLD, ink)->grow = 1;
    box_end(u);
    for (size_t i = 0; i < n; i++) {
        struct node *row = box_begin(u, UI_ROW, IDF(u, "%s.%s", id, rows[i].target));
        row->role = "link";
        row->min_height = u->th.target_pill;
        row->cross = CROSS_CENTER;
        row->gap = u->th.space[2];
        row->pad_x = px(u, 20);
        row->pad_y = px(u, 10);
        row->look = (struct look){.fill = u->th.card, .fill_alpha = 255, .radius = u->th.radius_tag};
        row->data = arena_text(&u->arena, rows[i].target);
        row->action = action_copy(u, action);
        row->action.name = row->data;
        row->on = jump;
        node_button(u, row, false);
        struct node *words = box_begin(u, UI_WRAP, NULL);
        words->grow = 1;
        words->gap = u->th.space[1];
        put_text(u, rows[i].label, TEXT_BODY_BOLD, u->th.ink);
        put_text(u, rows[i].message, TEXT_BODY, rows[i].warning ? u->th.apricot_ink : u->th.bad);
        box_end(u);
        put_icon(u, "next", px(u, 36), u->th.ink2);
        node_label_from_text(u, row);
        box_end(u);
    }
    box_end(u);
}
