/* One file as large as wanted: 查看, 放大, 缩小, rotate, pages, 删除. The page is drawn by the worker at the size that is
 * looked at, never kept. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 1, TURN, ZOOM };

struct paper {
    struct str bytes; /* the file, while it is looked at */
    struct image image;
    int page, pages, turns, zoom, job;
    unsigned ask; /* results of older questions are dropped */
    const char *failed;
};

static struct paper *mine(struct app *a)
{
    return a->now == SCREEN_paper ? a->states[SCREEN_paper] : NULL;
}

static void drop_image(struct app *a, struct paper *s)
{
    if (s->image.p)
        a->crypto->wipe((void *)(uintptr_t)s->image.p, (size_t)s->image.stride * (size_t)s->image.height * 4);
    free((void *)(uintptr_t)s->image.p);
    s->image.p = NULL;
}

struct errand {
    struct app *app;
    unsigned ask, session;
};

static void drawn(void *ctx, const struct worker_result *r)
{
    struct errand *x = ctx;
    struct app *a = x->app;
    struct paper *s = mine(a);
    bool late = !s || x->ask != s->ask || x->session != a->journey.session;
    free(x);
    if (late)
        return;
    s->job = 0;
    s->failed = r->ok ? NULL : "paper.failed";
    app_changed(a);
    if (!r->ok) {
        log_warn("paper.draw", "%s %s", r->error, r->detail);
        return;
    }
    int width = (int)json_integer_value(json_object_get(r->result, "width"));
    int height = (int)json_integer_value(json_object_get(r->result, "height"));
    s->pages = (int)json_integer_value(json_object_get(r->result, "pages"));
    uint32_t *copy = xmalloc(r->len);
    memcpy(copy, r->bytes, r->len);
    drop_image(a, s);
    s->image = (struct image){copy, width, height, width, ++a->papers.stamp};
}

static void draw(struct app *a, struct paper *s)
{
    static const struct worker_job_ops ops = {NULL, drawn};
    const struct ui_env *env = ui_environment(a->ui);
    if (!s->bytes.len || !a->worker)
        return;
    if (s->job)
        worker_cancel(a->worker, s->job);
    struct errand *x = xcalloc(1, sizeof *x);
    *x = (struct errand){a, ++s->ask, a->journey.session};
    int zoom = s->zoom > 100 ? s->zoom > 300 ? 300 : s->zoom : 100;
    json_t *args = json_pack("{s:i,s:i,s:i,s:f}", "width", env->width - 96, "height", env->height - 560, "page",
                             s->page + 1, "zoom", (double)zoom / 100.0);
    s->job = worker_job(a->worker, WORKER_THUMB, args, s->bytes.p, s->bytes.len, 0, &ops, x);
    json_decref(args);
}

static void fetched(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct paper *s = mine(a);
    if (!s)
        return;
    if (!ok) {
        log_error("paper.fetch", "%s", e->text);
        s->failed = e->code == ERR_NOT_FOUND ? "paper.elsewhere" : "paper.failed";
    } else {
        str_finish_secret(&s->bytes);
        s->bytes = j->bytes;
        memset(&j->bytes, 0, sizeof j->bytes);
        draw(a, s);
    }
    app_changed(a);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct paper *s = state;
    int count = 0, index = a->papers.open_index;
    char size[32];
    const json_t *file = papers_file(a, a->papers.open, index, &count);
    const char *name = json_string_value(json_object_get(file, "name"));
    struct doc_path p;
    const char *label = doc_path_parse(a->forms, a->papers.open, &p)
                            ? form_label(u, form_field_find(app_section(a, p.section), p.field))
                            : "";
    CLEANUP(str) struct str title = {0};
    str_puts(&title, TR(u, "papers.title_n", {"what", label}, {"n", tr_int(u, index + 1)}, {"of", tr_int(u, count)}));
    papers_size(json_integer_value(json_object_get(file, "bytes")), size, sizeof size);
    page_open(a, u,
              &(struct page){.title = str_z(&title),
                             .help = TR(u, "paper.file", {"name", name ? name : ""}, {"size", size})});
    if (s->failed)
        ui_note(u, "paper.failed", TONE_BAD, tr(u, s->failed));
    ui_viewer(u, &(struct ui_viewer){.id = "paper.viewer",
                                     .label = str_z(&title),
                                     .image = s->image.p ? &s->image
                                              : file     ? papers_thumb(a, file)
                                                         : NULL,
                                     .page = s->page,
                                     .pages = s->pages ? s->pages : 1,
                                     .quarter_turns = s->turns,
                                     .page_action = ON(PAGE),
                                     .rotate_action = ON(TURN),
                                     .detail_action = ON(ZOOM)});
    page_bottom(a, u, ON(APP_BACK), tr(u, "page.close"));
    UI_BUTTON(u, .id = "paper.delete", .label = TR(u, "papers.delete_n", {"n", tr_int(u, index + 1)}), .icon = "trash",
              .style = BUTTON_DANGER, .action = ON(PAPER_DELETE, index, 0, a->papers.open));
    if (index > 0)
        UI_BUTTON(u, .id = "paper.previous_file", .label = tr(u, "paper.previous"),
                  .action = ON(PAPER_OPEN, index - 1, 0, a->papers.open));
    if (index + 1 < count)
        UI_BUTTON(u, .id = "paper.next_file", .label = tr(u, "paper.next"),
                  .action = ON(PAPER_OPEN, index + 1, 0, a->papers.open));
    page_end(a, u, NULL);
}

static void load(struct app *a, struct paper *s)
{
    const json_t *file = papers_file(a, a->papers.open, a->papers.open_index, NULL);
    str_finish_secret(&s->bytes);
    drop_image(a, s);
    s->page = s->turns = s->job = 0;
    s->ask++;
    s->zoom = 100;
    s->failed = NULL;
    s->pages = (int)json_integer_value(json_object_get(file, "pages"));
    if (file)
        papers_fetch(a, file, fetched);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct paper *s = state;
    switch (ev->action.kind) {
    case PAGE:
        if (ev->number < 0 || ev->number >= s->pages)
            return;
        s->page = ev->number;
        draw(a, s);
        return;
    case TURN:
        s->turns = ev->number & 3;
        return;
    case ZOOM:
        s->zoom = ev->number;
        draw(a, s);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    load(a, state);
}

static void leave(struct app *a, void *state)
{
    struct paper *s = state;
    if (s->job && a->worker)
        worker_cancel(a->worker, s->job);
    str_finish_secret(&s->bytes);
    drop_image(a, s);
    memset(s, 0, sizeof *s);
}

const struct screen screen_paper = {
    .name = "paper", .state = sizeof(struct paper), .view = view, .event = event, .enter = enter, .leave = leave};
