/* The viewer of pages and pictures: 25–400 % by buttons and by two fingers, drag, rotate, pages. 100 % shows the whole
 * page. Zoom and the point in the middle are the hand's. With a frame the picture is moved and enlarged (100–400 %)
 * behind it, so that the frame is always full: what is inside is what will be cut out. */
#include "app/ui/inside.h"

enum { ZOOM, MID_X, MID_Y, PAGE }; /* in hand.v; the middle in 1/10000 of the turned page */
enum { ZOOM_LEAST = 25, ZOOM_MOST = 400 };
static const int stops[] = {25, 50, 75, 100, 150, 200, 300, 400};

struct viewer_data {
    const struct image *image;
    const char *id;
    int turns, page, pages, frame_w, frame_h;
    struct ui_action page_action, rotate_action, detail_action;
    bool big; /* of a button: which way */
    int by;
};

static struct hand *state(struct ui *u, const char *id)
{
    struct hand *h = hand_of(u, key_of(id));
    if (!h->v[ZOOM]) {
        h->v[ZOOM] = 100;
        h->v[MID_X] = h->v[MID_Y] = 5000;
    }
    return h;
}

static int limit(int v, int least, int most)
{
    return v < least ? least : v > most ? most : v;
}

/* The frame inside a box of w × h; all of it where there is none. */
static struct size frame_size(const struct viewer_data *v, int w, int h)
{
    if (!v->frame_w || !v->frame_h)
        return (struct size){w, h};
    int most_w = w * 92 / 100, most_h = h * 92 / 100;
    int fw = (int)((int64_t)most_h * v->frame_w / v->frame_h);
    if (fw <= most_w)
        return (struct size){fw, most_h};
    return (struct size){most_w, (int)((int64_t)most_w * v->frame_h / v->frame_w)};
}

/* Size of the turned page at this zoom inside a box of w × h. */
static struct size page_size(const struct viewer_data *v, int zoom, int w, int h)
{
    int iw = v->turns & 1 ? v->image->height : v->image->width, ih = v->turns & 1 ? v->image->width : v->image->height;
    if (iw <= 0 || ih <= 0)
        return (struct size){1, 1};
    struct size f = frame_size(v, w, h);
    double across = (double)f.w / iw, down = (double)f.h / ih, fit = across < down ? across : down;
    if (v->frame_w) /* no gap inside the frame */
        fit = across < down ? down : across;
    int pw = (int)(iw * fit * zoom / 100), ph = (int)(ih * fit * zoom / 100);
    return (struct size){pw > 0 ? pw : 1, ph > 0 ? ph : 1};
}

/* Where the page lies in a box of this length: in the middle, or so that no gap opens at its edges. */
static int lie(int box, int page, int mid)
{
    if (page <= box)
        return (box - page) / 2;
    return limit(box / 2 - (int)((int64_t)page * mid / 10000), box - page, 0);
}

/* The middle, so that the frame stays inside the picture. */
static int framed_mid(int mid, int page, int frame)
{
    int half = page > frame ? (int)(5000LL * frame / page) : 5000;
    return limit(mid, half, 10000 - half);
}

static void paint_frame(struct ui *u, const struct node *n, const struct viewer_data *v, struct draw *d)
{
    struct size f = frame_size(v, n->w, n->h);
    int x = n->x + (n->w - f.w) / 2, y = n->y + (n->h - f.h) / 2, line = px(u, 4);
    const struct rect veil[] = {{n->x, n->y, n->w, y - n->y},
                                {n->x, y + f.h, n->w, n->y + n->h - y - f.h},
                                {n->x, y, x - n->x, f.h},
                                {x + f.w, y, n->x + n->w - x - f.w, f.h}};
    for (size_t i = 0; i < ARRAY_LEN(veil); i++)
        draw_fill(d, veil[i], u->th.ink, 150);
    draw_round(d, (struct rect){x - line, y - line, f.w + 2 * line, f.h + 2 * line}, 0, 0, 0, line, u->th.card);
}

static void paint_viewer(struct ui *u, struct node *n, struct draw *d)
{
    const struct viewer_data *v = n->data;
    struct rect box = {n->x, n->y, n->w, n->h};
    draw_fill(d, box, blend(u->th.line, u->th.ink2, 40), 255);
    if (!v->image)
        return;
    struct hand *h = state(u, v->id);
    struct size s = page_size(v, h->v[ZOOM], n->w, n->h);
    struct rect r = {n->x + lie(n->w, s.w, h->v[MID_X]), n->y + lie(n->h, s.h, h->v[MID_Y]), s.w, s.h};
    if (v->frame_w) {
        struct size f = frame_size(v, n->w, n->h);
        r.x = n->x + n->w / 2 - (int)((int64_t)s.w * framed_mid(h->v[MID_X], s.w, f.w) / 10000);
        r.y = n->y + n->h / 2 - (int)((int64_t)s.h * framed_mid(h->v[MID_Y], s.h, f.h) / 10000);
    }
    draw_clip(d, box);
    draw_image(d, r, v->image, (struct rect){0, 0, v->image->width, v->image->height}, v->turns);
    if (v->frame_w)
        paint_frame(u, n, v, d);
    draw_unclip(d);
}

static void zoom_to(struct ui *u, const struct viewer_data *v, int zoom)
{
    struct hand *h = state(u, v->id);
    zoom = limit(zoom, v->frame_w ? 100 : ZOOM_LEAST, ZOOM_MOST);
    if (zoom == h->v[ZOOM])
        return;
    h->v[ZOOM] = zoom;
    if (zoom <= 100 && !v->frame_w)
        h->v[MID_X] = h->v[MID_Y] = 5000;
    ui_changed(u);
    emit(u, v->detail_action, UI_CHANGE, "", zoom);
}

static void pan(struct ui *u, const struct node *n, const struct viewer_data *v, int dx, int dy)
{
    struct hand *h = state(u, v->id);
    struct size s = page_size(v, h->v[ZOOM], n->w, n->h);
    struct size f = frame_size(v, n->w, n->h);
    h->v[MID_X] = framed_mid(framed_mid(h->v[MID_X], s.w, f.w) - (int)(10000LL * dx / s.w), s.w, f.w);
    h->v[MID_Y] = framed_mid(framed_mid(h->v[MID_Y], s.h, f.h) - (int)(10000LL * dy / s.h), s.h, f.h);
    ui_changed(u);
}

static bool viewer_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct viewer_data *v = n->data;
    if (!v->image)
        return false;
    if (t->kind == TOUCH_DRAG)
        pan(u, n, v, t->dx, t->dy);
    else if (t->kind == TOUCH_PINCH)
        zoom_to(u, v, (state(u, v->id)->v[ZOOM] * t->dx + 500) / 1000);
    else if (t->kind == TOUCH_WHEEL)
        zoom_to(u, v, state(u, v->id)->v[ZOOM] * (t->dy > 0 ? 110 : 90) / 100);
    else if (t->kind == TOUCH_KEY && strcmp(t->text, "Tab") != 0 && strcmp(t->text, "Shift+Tab") != 0) {
        int by = px(u, 80);
        if (strcmp(t->text, "Left") == 0)
            pan(u, n, v, by, 0);
        else if (strcmp(t->text, "Right") == 0)
            pan(u, n, v, -by, 0);
        else if (strcmp(t->text, "Up") == 0)
            pan(u, n, v, 0, by);
        else if (strcmp(t->text, "Down") == 0)
            pan(u, n, v, 0, -by);
        else
            return false;
    } else
        return false;
    return true;
}

static int next_stop(int zoom, bool up)
{
    int n = (int)ARRAY_LEN(stops);
    if (up) {
        for (int i = 0; i < n; i++)
            if (stops[i] > zoom)
                return stops[i];
        return ZOOM_MOST;
    }
    for (int i = n; i-- > 0;)
        if (stops[i] < zoom)
            return stops[i];
    return ZOOM_LEAST;
}

static bool zoom_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct viewer_data *v = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    zoom_to(u, v, v->by ? next_stop(state(u, v->id)->v[ZOOM], v->by > 0) : 100);
    return true;
}

static bool rotate_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct viewer_data *v = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    struct hand *h = state(u, v->id);
    h->v[MID_X] = h->v[MID_Y] = 5000;
    emit(u, v->rotate_action, UI_CHANGE, "", (v->turns + 1) & 3);
    return true;
}

static bool page_on(struct ui *u, struct node *n, const struct touch *t)
{
    const struct viewer_data *v = n->data;
    if (t->kind != TOUCH_TAP)
        return false;
    struct hand *h = state(u, v->id);
    h->v[ZOOM] = 100;
    h->v[MID_X] = h->v[MID_Y] = 5000;
    emit(u, v->page_action, UI_CHANGE, "", v->page + v->by);
    return true;
}

/* Icon and word: nothing hangs on a picture being understood. */
static void tool(struct ui *u, const struct viewer_data *v, const char *what, const char *icon, int by, bool off,
                 bool (*on)(struct ui *, struct node *, const struct touch *))
{
    struct viewer_data *own = arena_take(&u->arena, sizeof *own);
    struct node *parent = u->stack[u->depth - 1];
    *own = *v;
    own->by = by;
    ui_button(u, &(struct ui_button){.id = IDF(u, "%s.%s", v->id, what),
                                     .label = tr(u, IDF(u, "ui.viewer.%s", what)),
                                     .icon = icon,
                                     .style = BUTTON_PILL,
                                     .disabled = off});
    struct node *n = parent->last;
    n->on = on;
    n->data = own;
}

static void tools(struct ui *u, const struct viewer_data *v, int zoom)
{
    struct node *bar = box_begin(u, UI_WRAP, NULL);
    bar->gap = u->th.space[1];
    bar->cross = CROSS_CENTER;
    bar->main = MAIN_CENTER;
    tool(u, v, "zoom_out", "zoom_out", -1, zoom <= (v->frame_w ? 100 : ZOOM_LEAST) || !v->image, zoom_on);
    struct node *percent = put_text(u, IDF(u, "%d%%", zoom), TEXT_BODY_BOLD, u->th.ink);
    percent->id = IDF(u, "%s.zoom", v->id);
    percent->key = key_of(percent->id);
    percent->role = "status";
    percent->width = percent->min_width = tx(u, 110);
    percent->align = ALIGN_CENTER;
    tool(u, v, "zoom_in", "zoom_in", 1, zoom >= ZOOM_MOST || !v->image, zoom_on);
    tool(u, v, "fit", NULL, 0, zoom == 100 || !v->image, zoom_on);
    if (v->rotate_action.kind)
        tool(u, v, "rotate", "rotate", 0, !v->image, rotate_on);
    box_end(u);
    if (v->pages < 2)
        return;
    struct node *row = box_begin(u, UI_WRAP, NULL);
    row->gap = u->th.space[2];
    row->cross = CROSS_CENTER;
    row->main = MAIN_CENTER;
    tool(u, v, "prev", "prev", -1, v->page <= 0, page_on);
    const char *words = TR(u, "ui.viewer.page", {"n", tr_int(u, v->page + 1)}, {"all", tr_int(u, v->pages)});
    put_text(u, words, TEXT_BODY, u->th.ink)->role = "status";
    tool(u, v, "next", "next", 1, v->page + 1 >= v->pages, page_on);
    box_end(u);
}

void ui_viewer(struct ui *u, const struct ui_viewer *spec)
{
    struct viewer_data *v = arena_take(&u->arena, sizeof *v);
    *v = (struct viewer_data){.image = spec->image,
                              .id = arena_text(&u->arena, spec->id),
                              .turns = spec->quarter_turns & 3,
                              .page = spec->page,
                              .pages = spec->pages,
                              .frame_w = spec->frame_w,
                              .frame_h = spec->frame_h,
                              .page_action = action_copy(u, spec->page_action),
                              .rotate_action = action_copy(u, spec->rotate_action),
                              .detail_action = action_copy(u, spec->detail_action)};
    struct node *all = box_begin(u, UI_COLUMN, NULL);
    all->grow = 1;
    all->gap = u->th.space[2];
    int zoom = state(u, v->id)->v[ZOOM];
    struct node *n = box_begin(u, UI_STACK, spec->id);
    n->role = "image";
    n->label = arena_text(&u->arena, spec->label);
    n->value = IDF(u, "%d%%", zoom);
    n->state = spec->image ? STATE_ENABLED : STATE_BUSY;
    n->grow = 1;
    n->min_height = px(u, u->env.landscape ? 420 : 700);
    n->flags |= NODE_DRAG | NODE_FOCUS;
    n->paint = paint_viewer;
    n->on = viewer_on;
    n->data = v;
    if (!spec->image) {
        n->cross = CROSS_CENTER;
        put_text(u, tr(u, "ui.viewer.loading"), TEXT_BODY, u->th.ink)->role = "status";
    }
    box_end(u);
    tools(u, v, zoom);
    box_end(u);
}

bool ui_viewer_box(struct ui *u, const char *id, int box[4])
{
    const struct node *n = node_by_key(u, key_of(id));
    const struct viewer_data *v = n && n->paint == paint_viewer ? n->data : NULL;
    if (!v || !v->image || !v->frame_w)
        return false;
    const struct hand *h = state(u, id);
    struct size s = page_size(v, h->v[ZOOM], n->w, n->h), f = frame_size(v, n->w, n->h);
    box[2] = limit((int)(10000LL * f.w / s.w), 1, 10000);
    box[3] = limit((int)(10000LL * f.h / s.h), 1, 10000);
    box[0] = limit(framed_mid(h->v[MID_X], s.w, f.w) - box[2] / 2, 0, 10000 - box[2]);
    box[1] = limit(framed_mid(h->v[MID_Y], s.h, f.h) - box[3] / 2, 0, 10000 - box[3]);
    return true;
}
