/* A picture is cut to its field's frame (一寸: 25 × 35 mm): it is moved and enlarged behind the frame, the worker cuts,
 * what is cut takes the place of what was. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <string.h>

enum { TURN = 1, ZOOM, USE };
#define SHOWN_ZOOM 200 /* the picture is drawn once, sharp enough for the usual enlargement */
#define OUT_FRAMES 2   /* kept: twice the frame's pixels, if the picture has them */

struct crop {
    struct str bytes;
    struct image image;
    int turns, job;
    unsigned ask;
    bool cutting;
    const char *failed;
};

struct errand {
    struct app *app;
    unsigned ask, session;
};

static struct crop *mine(struct app *a, const struct errand *x)
{
    struct crop *s = a->now == SCREEN_crop ? a->states[SCREEN_crop] : NULL;
    return s && x->ask == s->ask && x->session == a->journey.session ? s : NULL;
}

static void drop_image(struct app *a, struct crop *s)
{
    if (s->image.p)
        a->crypto->wipe((void *)(uintptr_t)s->image.p, (size_t)s->image.stride * (size_t)s->image.height * 4);
    free((void *)(uintptr_t)s->image.p);
    s->image.p = NULL;
}

static const struct form_field *field(const struct app *a)
{
    struct doc_path p;
    if (!doc_path_parse(a->forms, a->papers.open, &p))
        return NULL;
    return form_field_find(app_section(a, p.section), p.field);
}

static struct errand *errand_new(struct app *a, struct crop *s)
{
    struct errand *x = xcalloc(1, sizeof *x);
    *x = (struct errand){a, ++s->ask, a->journey.session};
    return x;
}

static int number(const struct worker_result *r, const char *name)
{
    return (int)json_integer_value(json_object_get(r->result, name));
}

/* --- the picture --- */

static void drawn(void *ctx, const struct worker_result *r)
{
    struct errand *x = ctx;
    struct app *a = x->app;
    struct crop *s = mine(a, x);
    free(x);
    if (!s)
        return;
    s->job = 0;
    app_changed(a);
    if (!r->ok) {
        log_warn("crop.draw", "%s %s", r->error, r->detail);
        s->failed = "paper.failed";
        return;
    }
    uint32_t *copy = xmalloc(r->len);
    memcpy(copy, r->bytes, r->len);
    drop_image(a, s);
    s->image = (struct image){copy, number(r, "width"), number(r, "height"), number(r, "width"), ++a->papers.stamp};
}

static void fetched(struct app *a, struct job *j, bool ok, const struct err *e)
{
    static const struct worker_job_ops ops = {NULL, drawn};
    struct crop *s = a->now == SCREEN_crop ? a->states[SCREEN_crop] : NULL;
    const struct ui_env *env = ui_environment(a->ui);
    if (!s)
        return;
    app_changed(a);
    if (!ok) {
        log_error("crop.fetch", "%s", e->text);
        s->failed = "paper.failed";
        return;
    }
    str_finish_secret(&s->bytes);
    s->bytes = j->bytes;
    memset(&j->bytes, 0, sizeof j->bytes);
    json_t *args =
        json_pack("{s:i,s:i,s:f}", "width", env->width - 96, "height", env->height - 560, "zoom", SHOWN_ZOOM / 100.0);
    s->job = worker_job(a->worker, WORKER_THUMB, args, s->bytes.p, s->bytes.len, 0, &ops, errand_new(a, s));
    json_decref(args);
}

/* --- cutting --- */

/* "证件照.png" → "证件照.jpg": it is a JPEG now. */
static void jpeg_name(const char *was, char *out, size_t size)
{
    zcopy(out, size - 4, was);
    char *dot = strrchr(out, '.');
    zcopy(dot ? dot : out + strlen(out), 5, ".jpg");
}

static void cut(void *ctx, const struct worker_result *r)
{
    struct errand *x = ctx;
    struct app *a = x->app;
    struct crop *s = mine(a, x);
    free(x);
    if (!s)
        return;
    s->job = 0;
    s->cutting = false;
    app_changed(a);
    if (!r->ok) {
        log_warn("crop.cut", "%s %s", r->error, r->detail);
        s->failed = "crop.failed";
        return;
    }
    char name[160];
    const json_t *file = papers_file(a, a->papers.open, a->papers.open_index, NULL);
    const char *was = json_string_value(json_object_get(file, "name"));
    jpeg_name(was ? was : "", name, sizeof name);
    papers_add(a, a->papers.open,
               &(struct paper_file){.bytes = r->bytes,
                                    .len = r->len,
                                    .kind = "jpg",
                                    .name = name,
                                    .pages = 1,
                                    .width = number(r, "width"),
                                    .height = number(r, "height")});
    app_back(a);
}

static void use(struct app *a, struct crop *s)
{
    static const struct worker_job_ops ops = {NULL, cut};
    const struct form_field *f = field(a);
    int box[4];
    if (s->cutting || !s->bytes.len || !f || !ui_viewer_box(a->ui, "crop.viewer", box))
        return;
    s->cutting = true;
    s->failed = NULL;
    json_t *args = json_pack("{s:i,s:[i,i,i,i],s:i,s:i}", "rotate", 90 * s->turns, "box", box[0], box[1], box[2],
                             box[3], "width", OUT_FRAMES * f->frame_w, "height", OUT_FRAMES * f->frame_h);
    s->job = worker_job(a->worker, WORKER_PAGE, args, s->bytes.p, s->bytes.len, 0, &ops, errand_new(a, s));
    json_decref(args);
}

/* --- the screen --- */

static void view(struct app *a, struct ui *u, void *state)
{
    const struct crop *s = state;
    const struct form_field *f = field(a);
    page_open(a, u, &(struct page){.title = tr(u, "crop.title"), .help = tr(u, "crop.help")});
    if (s->failed)
        ui_note(u, "crop.failed", TONE_BAD, tr(u, s->failed));
    ui_viewer(u, &(struct ui_viewer){.id = "crop.viewer",
                                     .label = f ? form_label(u, f) : "",
                                     .image = s->image.p ? &s->image : NULL,
                                     .pages = 1,
                                     .quarter_turns = s->turns,
                                     .frame_w = f ? f->frame_w : 1,
                                     .frame_h = f ? f->frame_h : 1,
                                     .rotate_action = ON(TURN),
                                     .detail_action = ON(ZOOM)});
    page_bottom(a, u, ON(APP_BACK), tr(u, "page.cancel"));
    page_end(a, u,
             &(struct page_next){.id = "crop.use",
                                 .label = tr(u, "crop.use"),
                                 .action = ON(USE),
                                 .disabled = !s->image.p || s->cutting,
                                 .busy = s->cutting});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct crop *s = state;
    if (ev->action.kind == TURN)
        s->turns = ev->number & 3;
    else if (ev->action.kind == USE)
        use(a, s);
}

static void enter(struct app *a, void *state)
{
    const json_t *file = papers_file(a, a->papers.open, a->papers.open_index, NULL);
    struct crop *s = state;
    s->ask++;
    if (file)
        papers_fetch(a, file, fetched);
}

static void leave(struct app *a, void *state)
{
    struct crop *s = state;
    if (s->job && a->worker)
        worker_cancel(a->worker, s->job);
    str_finish_secret(&s->bytes);
    drop_image(a, s);
    *s = (struct crop){.ask = s->ask};
}

const struct screen screen_crop = {
    .name = "crop", .state = sizeof(struct crop), .view = view, .event = event, .enter = enter, .leave = leave};
