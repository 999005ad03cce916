/* What is on the stick: a list to choose one file from. A file that cannot be taken says why, here and at once. */
#include "app/screens/page.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { PICK = 1, SHRINK, AGAIN };
#define SHOWN 60

struct folder_state {
    bool loading, picking, shrink;
    const char *failed; /* string key of the list */
    size_t n, left_out;
    struct {
        char name[256];
        int64_t bytes, modified_ms;
        const char *why;
        uint32_t *pixels; /* its picture; NULL: not looked at yet, or there is none */
        struct image image;
    } files[SHOWN];
    size_t looked; /* so many of them */
    char bad[256]; /* the file that could not be taken, and why */
    const char *bad_key;
    char named[16], is[16];
};

#define PREVIEW_WIDTH  132
#define PREVIEW_HEIGHT 176

static struct folder_state *mine(struct app *a)
{
    return a->now == SCREEN_folder ? a->states[SCREEN_folder] : NULL;
}

/* --- pictures, one after another --- */

static void drop_pictures(struct folder_state *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->files[i].pixels)
            explicit_bzero(s->files[i].pixels, (size_t)s->files[i].image.stride * (size_t)s->files[i].image.height * 4);
        free(s->files[i].pixels);
        s->files[i].pixels = NULL;
    }
    s->looked = 0;
}

static void pulled(struct folder_state *s)
{
    drop_pictures(s);
    s->n = 0;
    s->failed = "folder.pulled";
}

static bool may_shrink(const struct folder_state *s, size_t i)
{
    return s->files[i].why && strcmp(s->files[i].why, "import.big_picture") == 0;
}

static void keep_picture(struct folder_state *s, size_t i, const struct import_picked *p)
{
    static uint64_t stamp;
    size_t pixels = (size_t)p->thumb_width * (size_t)p->thumb_height;
    s->files[i].pixels = xmalloc(pixels * sizeof(uint32_t));
    memcpy(s->files[i].pixels, p->thumb, pixels * sizeof(uint32_t));
    s->files[i].image = (struct image){s->files[i].pixels, p->thumb_width, p->thumb_height, p->thumb_width, ++stamp};
}

static void look_at_next(struct app *a, struct folder_state *s);

static void looked(void *ctx, const struct import_picked *p)
{
    struct app *a = ctx;
    struct folder_state *s = mine(a);
    if (!s || s->looked >= s->n)
        return;
    if (p->key && strcmp(p->key, "import.no_folder") == 0) {
        pulled(s);
    } else {
        if (!p->key && p->thumb)
            keep_picture(s, s->looked, p);
        s->looked++;
        look_at_next(a, s);
    }
    app_changed(a);
}

static void look_at_next(struct app *a, struct folder_state *s)
{
    while (s->looked < s->n && s->files[s->looked].why && !may_shrink(s, s->looked))
        s->looked++;
    if (s->looked < s->n)
        import_pick(a->previews, s->files[s->looked].name, may_shrink(s, s->looked), PREVIEW_WIDTH, PREVIEW_HEIGHT,
                    looked, a);
}

/* --- the list --- */

static void listed(void *ctx, const struct import_list *l)
{
    struct app *a = ctx;
    struct folder_state *s = mine(a);
    if (!s)
        return;
    s->loading = false;
    s->failed = l->key ? l->key : l->count ? NULL : "import.no_files";
    drop_pictures(s);
    s->n = 0;
    s->left_out = l->left_out + (l->count > SHOWN ? l->count - SHOWN : 0);
    for (size_t i = 0; i < l->count && s->n < SHOWN; i++, s->n++) {
        zcopy(s->files[s->n].name, sizeof s->files[0].name, l->files[i].name);
        s->files[s->n].bytes = l->files[i].bytes;
        s->files[s->n].modified_ms = l->files[i].modified_ms;
        s->files[s->n].why = l->files[i].key;
    }
    look_at_next(a, s);
    app_changed(a);
}

static void list(struct app *a, struct folder_state *s)
{
    import_cancel(a->previews);
    s->loading = true;
    s->failed = NULL;
    import_list(a->import, listed, a);
}

static const struct form_field *target_field(const struct app *a)
{
    struct doc_path p;
    if (!doc_path_parse(a->forms, a->papers.target, &p))
        return NULL;
    return form_field_find(app_section(a, p.section), p.field);
}

static void refuse(struct folder_state *s, const char *key, const char *named, const char *is)
{
    s->bad_key = key;
    zcopy(s->named, sizeof s->named, named ? named : "");
    zcopy(s->is, sizeof s->is, is ? is : "");
}

static void picked(void *ctx, const struct import_picked *p)
{
    struct app *a = ctx;
    struct folder_state *s = mine(a);
    journey_hold(&a->journey, false, clock_mono(a->clock));
    app_touched(a);
    if (!s)
        return;
    s->picking = false;
    const struct form_field *f = target_field(a);
    app_changed(a);
    if (p->key && strcmp(p->key, "import.no_folder") == 0) {
        pulled(s);
        return;
    }
    if (p->key) {
        log_info("import.refused", "why=%s", p->key);
        refuse(s, p->key, p->named, p->is);
        return;
    }
    if (f && f->type == FIELD_IMAGE && strcmp(p->kind, "pdf") == 0) {
        refuse(s, "check.file_image", NULL, NULL);
        return;
    }
    const char *base = strrchr(s->bad, '/');
    char name[300], *dot;
    zcopy(name, sizeof name, base ? base + 1 : s->bad);
    if (s->shrink && (dot = strrchr(name, '.')) != NULL) /* it is a JPEG now, whatever it was */
        zcopy(dot, (size_t)(name + sizeof name - dot), ".jpg");
    bool picture = strcmp(p->kind, "pdf") != 0; /* of a PDF the sides are points */
    papers_add(a, a->papers.target,
               &(struct paper_file){.bytes = p->bytes,
                                    .len = p->len,
                                    .kind = p->kind,
                                    .name = name,
                                    .pages = p->pages,
                                    .width = picture ? p->width : 0,
                                    .height = picture ? p->height : 0,
                                    .thumb = (const uint32_t *)(const void *)p->thumb,
                                    .thumb_width = p->thumb_width,
                                    .thumb_height = p->thumb_height});
    app_back(a);
}

/* Its place is kept while it is not there: nothing jumps under a finger. */
static void picture(struct ui *u, const struct folder_state *s, size_t i)
{
    char id[48];
    snprintf(id, sizeof id, "folder.%zu.picture", i + 1);
    UI_OPEN(u, .dir = UI_COLUMN, .width = PREVIEW_WIDTH, .height = PREVIEW_HEIGHT, .surface = SURFACE_PAPER,
            .main = MAIN_CENTER, .cross = CROSS_CENTER);
    if (s->files[i].pixels)
        ui_image(u, id, NULL, &s->files[i].image, PREVIEW_WIDTH, PREVIEW_HEIGHT);
    ui_close(u);
}

static void file_row(struct app *a, struct ui *u, const struct folder_state *s, size_t i)
{
    char id[48], size[32], when[48];
    (void)a;
    bool bad = s->files[i].why || (s->bad_key && strcmp(s->bad, s->files[i].name) == 0);
    snprintf(id, sizeof id, "folder.%zu", i + 1);
    UI_OPEN(u, .id = id, .role = "button", .label = s->files[i].name, .dir = UI_ROW, .gap = 28, .pad = 28,
            .cross = CROSS_CENTER, .surface = bad ? SURFACE_ERROR : SURFACE_CARD, .tap = ON(PICK, (int)i),
            .disabled = s->picking);
    picture(u, s, i);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 8, .grow = 1, .width = 1);
    UI_TEXT(u, .text = s->files[i].name, .style = TEXT_BODY_BOLD, .data = true);
    papers_size(s->files[i].bytes, size, sizeof size);
    page_when(u, s->files[i].modified_ms, when, sizeof when);
    UI_TEXT(u, .text = TR(u, "folder.file", {"size", size}, {"when", when}), .style = TEXT_SECONDARY,
            .tone = TONE_INK2);
    snprintf(id, sizeof id, "folder.%zu.why", i + 1);
    if (bad && s->bad_key && strcmp(s->bad, s->files[i].name) == 0)
        ui_note(u, id, TONE_BAD, TR(u, s->bad_key, {"named", s->named}, {"is", s->is}));
    else if (s->files[i].why)
        ui_note(u, id, TONE_BAD, tr(u, s->files[i].why));
    if (may_shrink(s, i)) {
        snprintf(id, sizeof id, "folder.%zu.shrink", i + 1);
        UI_OPEN(u, .dir = UI_ROW);
        UI_BUTTON(u, .id = id, .label = tr(u, "folder.shrink"), .action = ON(SHRINK, (int)i), .disabled = s->picking);
        ui_close(u);
    }
    ui_close(u);
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct folder_state *s = state;
    const struct form_field *f = target_field(a);
    page_open(a, u,
              &(struct page){.title = TR(u, "folder.title", {"what", f ? tr(u, f->label) : ""}),
                             .help = tr(u, "folder.help")});
    if (s->loading || s->picking)
        ui_progress(u, "folder.progress", tr(u, s->loading ? "folder.loading" : "papers.reading"), -1, -1, ON(0));
    if (s->failed)
        ui_note(u, "folder.failed", TONE_BAD, tr(u, s->failed));
    for (size_t i = 0; i < s->n; i++)
        file_row(a, u, s, i);
    if (s->left_out)
        ui_note(u, "folder.left_out", TONE_INK2, TR(u, "import.left_out", {"count", tr_int(u, (int)s->left_out)}));
    page_bottom(a, u, ON(APP_BACK), tr(u, "page.cancel"));
    page_end(a, u,
             &(struct page_next){.id = "folder.again",
                                 .label = tr(u, "folder.again"),
                                 .action = ON(AGAIN),
                                 .disabled = s->loading || s->picking});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct folder_state *s = state;
    switch (ev->action.kind) {
    case AGAIN:
        list(a, s);
        return;
    case PICK:
    case SHRINK:
        s->shrink = ev->action.kind == SHRINK;
        if (s->picking || (s->files[ev->action.a].why && !(s->shrink && may_shrink(s, (size_t)ev->action.a))))
            return;
        s->picking = true;
        s->bad_key = NULL;
        zcopy(s->bad, sizeof s->bad, s->files[ev->action.a].name);
        journey_hold(&a->journey, true, clock_mono(a->clock));
        import_pick(a->import, s->bad, s->shrink, 232, 312, picked, a);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct folder_state *s = state;
    drop_pictures(s);
    memset(s, 0, sizeof *s);
    list(a, s);
}

static void leave(struct app *a, void *state)
{
    struct folder_state *s = state;
    if (s->picking)
        journey_hold(&a->journey, false, clock_mono(a->clock));
    import_cancel(a->import);
    import_cancel(a->previews);
    drop_pictures(s);
    s->n = 0;
    s->picking = false;
}

const struct screen screen_folder = {.name = "folder",
                                     .state = sizeof(struct folder_state),
                                     .view = view,
                                     .event = event,
                                     .enter = enter,
                                     .leave = leave};
