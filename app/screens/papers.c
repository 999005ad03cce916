/* From the glass or the stick to the doc: the scanner or the importer hands over checked bytes; they are encrypted and
 * made durable (store_blob_put); only then does the doc cite them. A thumbnail of a file that came earlier is made again
 * from its blob, in the worker. */
#include "app/screens/papers.h"

#include "app/forms/form_text.h"
#include "app/screens/app.h"
#include "app/screens/jobs.h"
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

#define THUMB_W 232
#define THUMB_H 312
#define UNDO_MS 10000 /* the blob itself stays for a day */

const char *papers_size(int64_t bytes, char *out, size_t size)
{
    if (bytes >= 100 * 1024)
        snprintf(out, size, "%.1f MB", (double)bytes / (1024.0 * 1024.0));
    else
        snprintf(out, size, "%lld KB", (long long)((bytes + 1023) / 1024));
    return out;
}

bool papers_busy(const struct app *a)
{
    return a->papers.busy != PAPER_IDLE;
}

void papers_say(struct app *a, const char *path_id, const char *key, const char *arg0, const char *arg1)
{
    zcopy(a->papers.said, sizeof a->papers.said, key ? path_id : "");
    zcopy(a->papers.message, sizeof a->papers.message, key ? key : "");
    zcopy(a->papers.arg[0], sizeof a->papers.arg[0], arg0 ? arg0 : "");
    zcopy(a->papers.arg[1], sizeof a->papers.arg[1], arg1 ? arg1 : "");
    app_changed(a);
}

const json_t *papers_file(const struct app *a, const char *path_id, int index, int *count)
{
    struct doc_path p;
    if (!a->session.doc || !doc_path_parse(a->forms, path_id, &p))
        return NULL;
    const json_t *list = doc_get(a->session.doc, p);
    if (count)
        *count = (int)json_array_size(list);
    return index < 0 ? NULL : json_array_get(list, (size_t)index);
}

/* --- thumbnails --- */

/* Of a page with as much as one line of print on it, more than one pixel in 500 differs from its ground. The edge is left
 * out: shadows of the bed lie there. */
bool papers_blank(const uint32_t *pixels, int width, int height)
{
    int left = width / 16, top = height / 16;
    int64_t sum = 0, n = 0, marks = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int y = top; y < height - top; y++)
            for (int x = left; x < width - left; x++) {
                uint32_t p = pixels[y * width + x];
                int grey = (int)((p >> 16 & 255) * 3 + (p >> 8 & 255) * 6 + (p & 255)) / 10;
                if (pass == 0) {
                    sum += grey;
                    n++;
                } else if (abs(grey - (int)(sum / n)) > 24) {
                    marks++;
                }
            }
    return n > 0 && marks * 500 < n;
}

static struct thumb *thumb_slot(struct app *a, const char *sha256)
{
    struct papers *ps = &a->papers;
    if (ps->n_thumbs == ARRAY_LEN(ps->thumbs)) {
        free((void *)(uintptr_t)ps->thumbs[0].image.p);
        memmove(ps->thumbs, ps->thumbs + 1, sizeof ps->thumbs - sizeof ps->thumbs[0]);
        ps->n_thumbs--;
    }
    struct thumb *t = &ps->thumbs[ps->n_thumbs++];
    memset(t, 0, sizeof *t);
    zcopy(t->sha256, sizeof t->sha256, sha256);
    return t;
}

static struct thumb *thumb_find(struct app *a, const char *sha256)
{
    for (size_t i = 0; i < a->papers.n_thumbs; i++)
        if (strcmp(a->papers.thumbs[i].sha256, sha256) == 0)
            return &a->papers.thumbs[i];
    return NULL;
}

static void thumb_keep(struct app *a, const char *sha256, const uint32_t *pixels, int width, int height)
{
    struct thumb *t = thumb_find(a, sha256);
    if (!pixels || width <= 0 || height <= 0)
        return;
    if (!t)
        t = thumb_slot(a, sha256);
    size_t bytes = (size_t)width * (size_t)height * 4;
    uint32_t *copy = xmalloc(bytes);
    memcpy(copy, pixels, bytes);
    free((void *)(uintptr_t)t->image.p);
    t->image = (struct image){copy, width, height, width, ++a->papers.stamp};
    t->blank = papers_blank(pixels, width, height);
    app_changed(a);
}

struct thumb_errand {
    struct app *app;
    unsigned session;
    char sha256[HASH_HEX];
};

static void thumb_drawn(void *ctx, const struct worker_result *r)
{
    struct thumb_errand *t = ctx;
    if (!r->ok)
        log_warn("paper.thumb", "%s %s", r->error, r->detail);
    else if (t->session == t->app->journey.session)
        thumb_keep(t->app, t->sha256, (const uint32_t *)(const void *)r->bytes,
                   (int)json_integer_value(json_object_get(r->result, "width")),
                   (int)json_integer_value(json_object_get(r->result, "height")));
    free(t);
}

static void thumb_fetched(struct app *a, struct job *j, bool ok, const struct err *e)
{
    static const struct worker_job_ops ops = {NULL, thumb_drawn};
    if (!ok) {
        struct thumb *here = thumb_find(a, j->blob.sha256);
        if (here)
            here->elsewhere = e->code == ERR_NOT_FOUND;
        log_warn("paper.fetch", "%s", e->text);
        app_changed(a);
        return;
    }
    struct thumb_errand *t = xcalloc(1, sizeof *t);
    t->app = a;
    t->session = j->session;
    zcopy(t->sha256, sizeof t->sha256, j->blob.sha256);
    json_t *args = json_pack("{s:i,s:i}", "width", THUMB_W, "height", THUMB_H);
    worker_job(a->worker, WORKER_THUMB, args, j->bytes.p, j->bytes.len, 0, &ops, t);
    json_decref(args);
}

/* --- blobs that are on the platform only: one after the other over the link --- */

struct wanted {
    struct wanted *next;
    struct blob_info blob;
    void (*done)(struct app *a, struct job *j, bool ok, const struct err *e);
    bool asked; /* the platform was: it is not asked twice */
};

static void wanted_free(struct app *a, struct wanted *w)
{
    a->crypto->wipe(w, sizeof *w);
    free(w);
}

static void read_blob(struct app *a, struct wanted *w);
static void ask_next(struct app *a);

static void came(struct app *a, const struct call_answer *r)
{
    struct wanted *w = a->papers.wanted;
    struct err e = {.code = ERR_NOT_FOUND};
    if (!w)
        return;
    a->papers.wanted = w->next;
    w->asked = true;
    if (r->ok) {
        read_blob(a, w);
    } else {
        struct job *j = job_new(a, NULL, NULL);
        j->blob = w->blob;
        snprintf(e.text, sizeof e.text, "the platform did not give it: %s", r->words ? r->words : "");
        w->done(a, j, false, &e);
        job_free(j);
        wanted_free(a, w);
    }
    ask_next(a);
}

static void ask_next(struct app *a)
{
    if (a->papers.wanted && !call_busy(a, CALL_BLOB))
        call_make(a, &(struct call){.purpose = CALL_BLOB,
                                    .sha256 = a->papers.wanted->blob.sha256,
                                    .session = true,
                                    .stays = true,
                                    .done = came});
}

static bool fetch(struct store *s, struct job *j, struct err *e)
{
    bool here = true, sent = false;
    if (store_blob_get(s, j->blob.sha256, j->blob.key, &j->bytes, e))
        return true;
    j->flag = e->code == ERR_NOT_FOUND && store_blob_where(s, j->blob.sha256, &here, &sent, NULL) && sent;
    return false;
}

static void fetched(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct wanted *w = j->extra;
    j->extra = NULL;
    if (j->session != a->journey.session) {
        wanted_free(a, w);
        return;
    }
    if (ok || !j->flag || w->asked || !account_in(&a->account)) {
        w->done(a, j, ok, e);
        wanted_free(a, w);
        return;
    }
    struct wanted **end = &a->papers.wanted;
    while (*end)
        end = &(*end)->next;
    *end = w;
    w->next = NULL;
    ask_next(a);
}

static void read_blob(struct app *a, struct wanted *w)
{
    struct job *j = job_new(a, fetch, fetched);
    j->blob = w->blob;
    j->extra = w;
    j->always = true; /* w is freed there */
    job_post(j);
}

void papers_fetch(struct app *a, const json_t *file, void (*done)(struct app *, struct job *, bool, const struct err *))
{
    CLEANUP(str) struct str key = {0};
    const char *z = json_string_value(json_object_get(file, "key"));
    const char *sha256 = json_string_value(json_object_get(file, "sha256"));
    if (!z || !sha256 || !base64_decode(&key, z, strlen(z), BASE64_STANDARD) || key.len != KEY_BYTES)
        return;
    struct wanted *w = xcalloc(1, sizeof *w);
    w->done = done;
    zcopy(w->blob.sha256, sizeof w->blob.sha256, sha256);
    memcpy(w->blob.key, key.p, KEY_BYTES);
    a->crypto->wipe(key.p, key.len);
    read_blob(a, w);
}

/* What was on the platform only is asked for again once somebody is logged in. */
static bool try_again(const struct app *a, const struct thumb *t)
{
    return t->elsewhere && account_in(&a->account) && a->world.online;
}

const struct image *papers_thumb(struct app *a, const json_t *file)
{
    const char *sha256 = json_string_value(json_object_get(file, "sha256"));
    struct thumb *t = sha256 ? thumb_find(a, sha256) : NULL;
    if (sha256 && a->worker && (!t || (try_again(a, t) && !t->asked))) {
        t = t ? t : thumb_slot(a, sha256);
        t->asked = account_in(&a->account);
        t->elsewhere = false;
        papers_fetch(a, file, thumb_fetched);
        return NULL;
    }
    return t && t->image.p ? &t->image : NULL;
}

const char *papers_thumb_words(struct app *a, struct ui *u, const json_t *file)
{
    const char *sha256 = json_string_value(json_object_get(file, "sha256"));
    const struct thumb *t = sha256 ? thumb_find(a, sha256) : NULL;
    return tr(u, !file ? "differences.blank" : t && t->elsewhere ? "papers.elsewhere" : "papers.drawing");
}

/* --- adding and deleting --- */

struct add_extra {
    char path[160], name[160], kind[8];
    int pages, width, height;
};

static bool put(struct store *s, struct job *j, struct err *e)
{
    return store_blob_put(s, &j->folder, j->bytes.p, j->bytes.len, &j->blob, e);
}

static json_t *file_value(const struct blob_info *b, const struct add_extra *x)
{
    CLEANUP(str) struct str key = {0};
    base64_encode(&key, b->key, KEY_BYTES, BASE64_STANDARD);
    json_t *v =
        json_pack("{s:s,s:s,s:s,s:s,s:I,s:s,s:i}", "sha256", b->sha256, "key", str_z(&key), "name", x->name, "kind",
                  x->kind, "bytes", (json_int_t)b->bytes, "digest", b->digest, "pages", x->pages > 0 ? x->pages : 1);
    if (v && x->width > 0 && x->height > 0) {
        json_object_set_new(v, "width", json_integer(x->width));
        json_object_set_new(v, "height", json_integer(x->height));
    }
    return v;
}

static bool same_file(const json_t *list, const char *digest)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *z = json_string_value(json_object_get(json_array_get(list, i), "digest"));
        if (z && strcmp(z, digest) == 0)
            return true;
    }
    return false;
}

static void cite(struct app *a, const struct job *j, const struct add_extra *x)
{
    struct doc_path p;
    if (!doc_path_parse(a->forms, x->path, &p))
        return;
    const struct form_section *s = app_section(a, p.section);
    const struct form_field *f = form_field_find(s, p.field);
    const json_t *old = doc_get(a->session.doc, p);
    if (f->type == FIELD_FILES && same_file(old, j->blob.digest)) {
        papers_say(a, x->path, "papers.same", NULL, NULL);
        return;
    }
    json_t *list = f->type == FIELD_FILES && json_is_array(old) ? json_copy((json_t *)(uintptr_t)old) : json_array();
    json_array_append_new(list, file_value(&j->blob, x));
    struct err e = {0};
    if (!doc_set(a->session.doc, p, list, &e)) {
        log_error("paper.cite", "%s", e.text);
        return;
    }
    if (j->more.len)
        thumb_keep(a, j->blob.sha256, (const uint32_t *)(const void *)j->more.p, j->number, (int)j->seq);
    saver_edited(&a->saver, s->scope, true);
}

static void put_done(struct app *a, struct job *j, bool ok, const struct err *e)
{
    const struct add_extra *x = j->extra;
    a->papers.busy = PAPER_IDLE;
    if (ok) {
        cite(a, j, x);
        readings_look(a, x->path, j->blob.sha256, j->bytes.p, j->bytes.len);
    } else {
        log_error("paper.put", "code=%s: %s", err_code_name(e->code), e->text);
        papers_say(a, x->path, e->code == ERR_FULL ? "papers.full" : "papers.not_kept", NULL, NULL);
    }
    app_changed(a);
}

void papers_add(struct app *a, const char *path_id, const struct paper_file *file)
{
    struct job *j = job_new(a, put, put_done);
    struct add_extra *x = xcalloc(1, sizeof *x);
    zcopy(x->path, sizeof x->path, path_id);
    zcopy(x->name, sizeof x->name, file->name);
    zcopy(x->kind, sizeof x->kind, file->kind);
    x->pages = file->pages;
    x->width = file->width;
    x->height = file->height;
    str_add(&j->bytes, file->bytes, file->len);
    if (file->thumb && file->thumb_width > 0 && file->thumb_height > 0)
        str_add(&j->more, file->thumb, (size_t)file->thumb_width * (size_t)file->thumb_height * 4);
    j->number = file->thumb_width;
    j->seq = file->thumb_height;
    j->extra = x;
    a->papers.busy = PAPER_SAVING;
    zcopy(a->papers.target, sizeof a->papers.target, path_id);
    job_post(j);
}

static void forget_deleted(struct app *a)
{
    json_decref(a->papers.deleted);
    a->papers.deleted = NULL;
}

static void on_undo_over(void *ctx)
{
    forget_deleted(ctx);
    app_changed(ctx);
}

static void put_files(struct app *a, struct doc_path p, json_t *list)
{
    if (!json_array_size(list)) {
        json_decref(list);
        list = NULL;
    }
    if (doc_set(a->session.doc, p, list, NULL))
        saver_edited(&a->saver, app_section(a, p.section)->scope, true);
}

void papers_delete(struct app *a, const char *path_id, int index)
{
    struct papers *ps = &a->papers;
    struct doc_path p;
    const json_t *old;
    if (!doc_path_parse(a->forms, path_id, &p) || !(old = doc_get(a->session.doc, p)))
        return;
    json_t *list = json_copy((json_t *)(uintptr_t)old);
    forget_deleted(a);
    ps->deleted = json_incref(json_array_get(list, (size_t)index));
    ps->deleted_index = index;
    zcopy(ps->deleted_from, sizeof ps->deleted_from, path_id);
    json_array_remove(list, (size_t)index);
    put_files(a, p, list);
    shell_timer(a->shell, clock_mono(a->clock) + UNDO_MS, on_undo_over, a);
}

static void undelete(struct app *a)
{
    struct papers *ps = &a->papers;
    struct doc_path p;
    if (!ps->deleted || !doc_path_parse(a->forms, ps->deleted_from, &p))
        return;
    const json_t *now = doc_get(a->session.doc, p);
    const struct form_field *f = form_field_find(app_section(a, p.section), p.field);
    /* another picture took its place meanwhile: there is one photo */
    if (now && f->type != FIELD_FILES)
        return;
    json_t *list = now ? json_copy((json_t *)(uintptr_t)now) : json_array();
    size_t n = json_array_size(list), at = (size_t)ps->deleted_index < n ? (size_t)ps->deleted_index : n;
    json_array_insert(list, at, ps->deleted);
    forget_deleted(a);
    put_files(a, p, list);
}

/* --- scanning --- */

static void scan_progress(void *ctx, double share)
{
    struct app *a = ctx;
    a->papers.share = share;
    app_changed(a);
}

/* Files are named in Chinese, as the reviewer reads them. */
static void file_name(const struct app *a, const char *path_id, const char *kind, char *out, size_t size)
{
    struct doc_path p;
    int count = 0;
    const char *label = NULL;
    papers_file(a, path_id, -1, &count);
    if (doc_path_parse(a->forms, path_id, &p))
        label = strings_find(a->fallback, form_field_find(app_section(a, p.section), p.field)->label);
    snprintf(out, size, "%s %d.%s", label ? label : "scan", count + 1, kind);
}

static void scan_done(void *ctx, const struct scan_result *r)
{
    struct app *a = ctx;
    struct papers *ps = &a->papers;
    char name[160];
    journey_hold(&a->journey, false, clock_mono(a->clock));
    app_touched(a);
    ps->scan = 0;
    ps->busy = PAPER_IDLE;
    if (!ps->target[0] || !session_open(&a->session))
        return;
    if (!r->ok) {
        log_warn("scan", "key=%s %s", r->key, r->detail);
        papers_say(a, ps->target, r->key, NULL, NULL);
        return;
    }
    file_name(a, ps->target, "jpg", name, sizeof name);
    papers_add(a, ps->target,
               &(struct paper_file){.bytes = r->jpeg,
                                    .len = r->len,
                                    .kind = "jpg",
                                    .name = name,
                                    .pages = 1,
                                    .width = r->width,
                                    .height = r->height});
    app_changed(a);
}

static void scan_start(struct app *a, const char *path_id)
{
    static const struct scan_callbacks callbacks = {scan_progress, scan_done};
    const struct scan_request request = {
        .feeder = a->conf->scan_feeder,
        .straighten = a->conf->scan_straighten,
    };
    if (papers_busy(a))
        return;
    papers_say(a, path_id, NULL, NULL, NULL);
    zcopy(a->papers.target, sizeof a->papers.target, path_id);
    a->papers.scan = a->scanner ? scanner_start(a->scanner, &request, &callbacks, a) : 0;
    if (!a->papers.scan) {
        papers_say(a, path_id, a->scanner ? "scan.busy" : "scan.none", NULL, NULL);
        return;
    }
    a->papers.busy = PAPER_SCANNING;
    a->papers.share = 0;
    a->papers.since_ms = clock_mono(a->clock);
    journey_hold(&a->journey, true, a->papers.since_ms);
}

/* --- the card --- */

static int seconds_left(const struct app *a)
{
    double share = a->papers.share;
    if (share < 0.1)
        return -1;
    double passed = (double)(clock_mono(a->clock) - a->papers.since_ms) / 1000.0;
    return (int)(passed / share * (1.0 - share) + 0.5);
}

static void card_head(struct app *a, struct ui *u, const json_t *list, const struct ui_field *frame)
{
    char size[32];
    int64_t bytes = 0;
    (void)a;
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1);
    UI_TEXT(u, .id = frame->id, .text = frame->label, .style = TEXT_LEAD_BOLD, .role = "heading");
    if (frame->help)
        UI_TEXT(u, .text = frame->help, .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    for (size_t i = 0; i < json_array_size(list); i++)
        bytes += json_integer_value(json_object_get(json_array_get(list, i), "bytes"));
    char id[176];
    snprintf(id, sizeof id, "%s.count", frame->id);
    if (json_array_size(list))
        ui_badge(u, id, TONE_GOOD, "✓",
                 TR(u, "papers.count", {"n", tr_int(u, (int)json_array_size(list))},
                    {"size", papers_size(bytes, size, sizeof size)}));
    else if (frame->required)
        ui_badge(u, id, TONE_BAD, "", tr(u, "papers.required"));
    else
        ui_badge(u, id, TONE_INK2, "–", tr(u, "papers.none"));
    ui_close(u);
}

static void thumbnail(struct app *a, struct ui *u, const json_t *file, const struct ui_field *frame, int index)
{
    char id[192], size[32];
    const char *name = json_string_value(json_object_get(file, "name"));
    int pages = (int)json_integer_value(json_object_get(file, "pages"));
    const char *n = tr_int(u, index + 1);
    papers_size(json_integer_value(json_object_get(file, "bytes")), size, sizeof size);
    snprintf(id, sizeof id, "%s.file.%d", frame->id, index + 1);
    UI_OPEN(u, .id = id, .role = "button", .label = TR(u, "papers.open", {"n", n}, {"name", name ? name : ""}),
            .dir = UI_COLUMN, .gap = 8, .width = THUMB_W, .tap = ON(PAPER_OPEN, index, 0, frame->id));
    const struct image *image = papers_thumb(a, file);
    UI_OPEN(u, .dir = UI_COLUMN, .surface = SURFACE_PAPER, .height = THUMB_H, .main = MAIN_CENTER,
            .cross = CROSS_CENTER);
    if (image)
        ui_image(u, NULL, NULL, image, THUMB_W, THUMB_H);
    else
        UI_TEXT(u, .text = papers_thumb_words(a, u, file), .style = TEXT_SECONDARY, .tone = TONE_INK2,
                .align = ALIGN_CENTER);
    ui_close(u);
    UI_TEXT(u,
            .text = pages > 1 ? TR(u, "papers.nth_pages", {"n", n}, {"pages", tr_int(u, pages)})
                              : TR(u, "papers.nth", {"n", n}),
            .style = TEXT_SECONDARY);
    UI_TEXT(u, .text = size, .style = TEXT_TAG, .tone = TONE_INK2, .data = true);
    const char *sha256 = json_string_value(json_object_get(file, "sha256"));
    const struct thumb *t = sha256 ? thumb_find(a, sha256) : NULL;
    if (t && t->blank)
        UI_TEXT(u, .text = tr(u, "papers.blank"), .style = TEXT_TAG, .tone = TONE_APRICOT);
    ui_close(u);
}

static void card_buttons(struct app *a, struct ui *u, const struct form_field *f, const json_t *list,
                         const struct ui_field *frame)
{
    char id[5][192];
    size_t n = json_array_size(list), most = f->type == FIELD_FILES ? (size_t)f->files_max : 1;
    bool many = f->type == FIELD_FILES, full = many && most && n >= most, busy = papers_busy(a);
    static const char *const parts[] = {"scan", "import", "view", "delete", "crop"};
    for (size_t i = 0; i < ARRAY_LEN(id); i++)
        snprintf(id[i], sizeof id[i], "%s.%s", frame->id, parts[i]);
    UI_BUTTON(u, .id = id[0],
              .label = tr(u, !n     ? "papers.scan"
                             : many ? "papers.scan_more"
                                    : "papers.scan_again"),
              .icon = "camera", .action = ON(PAPER_SCAN, 0, 0, frame->id), .disabled = busy || full,
              .reason = full ? tr(u, "papers.enough") : NULL);
    bool no_stick = a->world.usb_off;
    UI_BUTTON(u, .id = id[1], .label = tr(u, "papers.import"), .action = ON(PAPER_IMPORT, 0, 0, frame->id),
              .disabled = busy || full || no_stick, .reason = no_stick ? tr(u, "papers.usb_off") : NULL);
    if (!n)
        return;
    UI_BUTTON(u, .id = id[2], .label = tr(u, "papers.view"), .icon = "zoom_in",
              .action = ON(PAPER_OPEN, (int)n - 1, 0, frame->id));
    if (f->frame_w)
        UI_BUTTON(u, .id = id[4], .label = tr(u, "papers.crop"), .icon = "crop",
                  .action = ON(PAPER_CROP, (int)n - 1, 0, frame->id), .disabled = busy);
    UI_BUTTON(u, .id = id[3], .label = TR(u, "papers.delete_n", {"n", tr_int(u, (int)n)}), .style = BUTTON_QUIET,
              .action = ON(PAPER_DELETE, (int)n - 1, 0, frame->id), .disabled = busy);
}

static void card_busy(struct app *a, struct ui *u, const char *id)
{
    char progress[192];
    snprintf(progress, sizeof progress, "%s.progress", id);
    if (a->papers.busy == PAPER_SCANNING)
        ui_progress(u, progress, tr(u, "papers.scanning"), a->papers.share > 0 ? a->papers.share : -1, seconds_left(a),
                    ON(PAPER_STOP));
    else
        ui_progress(u, progress, tr(u, a->papers.busy == PAPER_READING ? "papers.reading" : "papers.saving"), -1, -1,
                    ON(0));
}

static void card_undo(struct app *a, struct ui *u, const char *id)
{
    char said[192], undo[192];
    snprintf(said, sizeof said, "%s.deleted", id);
    snprintf(undo, sizeof undo, "%s.undo", id);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER, .surface = SURFACE_TINT, .pad = 20);
    UI_TEXT(u, .id = said, .text = TR(u, "papers.deleted", {"n", tr_int(u, a->papers.deleted_index + 1)}), .grow = 1,
            .role = "status");
    UI_BUTTON(u, .id = undo, .label = tr(u, "page.undo"), .action = ON(PAPER_UNDO));
    ui_close(u);
}

/* The files, and beside them (below them in large text) what can be done. */
static void card_files(struct app *a, struct ui *u, const struct form_field *f, const json_t *list,
                       const struct ui_field *frame)
{
    const struct ui_env *env = ui_environment(u);
    bool any = json_array_size(list) > 0, below = env->large && !env->landscape;
    UI_OPEN(u, .dir = any && !below ? UI_ROW : UI_COLUMN, .gap = 20);
    if (any) {
        UI_OPEN(u, .dir = UI_WRAP, .gap = 20, .grow = !below, .width = !below);
        for (size_t i = 0; i < json_array_size(list); i++)
            thumbnail(a, u, json_array_get(list, i), frame, (int)i);
        ui_close(u);
    }
    if (!frame->read_only) {
        UI_OPEN(u, .dir = any && !below ? UI_COLUMN : UI_WRAP, .gap = 16, .width = any && !below ? 330 : 0);
        card_buttons(a, u, f, list, frame);
        ui_close(u);
    }
    ui_close(u);
}

void papers_field(struct app *a, struct ui *u, struct doc_path p, const struct form_field *f,
                  const struct ui_field *frame)
{
    const json_t *list = doc_get(a->session.doc, p);
    bool mine = strcmp(a->papers.target, frame->id) == 0 && papers_busy(a);
    char card[176], message[192];
    snprintf(card, sizeof card, "%s.card", frame->id);
    snprintf(message, sizeof message, "%s.message", frame->id);
    UI_OPEN(u, .id = card, .dir = UI_COLUMN, .gap = 20, .pad = 28,
            .surface = frame->error ? SURFACE_ERROR
                       : mine       ? SURFACE_SELECTED
                                    : SURFACE_CARD);
    card_head(a, u, list, frame);
    if (frame->error)
        ui_note(u, NULL, TONE_BAD, frame->error);
    if (frame->warning)
        ui_note(u, NULL, TONE_APRICOT, frame->warning);
    card_files(a, u, f, list, frame);
    readings_card(a, u, f);
    if (mine)
        card_busy(a, u, frame->id);
    if (a->papers.deleted && strcmp(a->papers.deleted_from, frame->id) == 0)
        card_undo(a, u, frame->id);
    if (strcmp(a->papers.said, frame->id) == 0)
        ui_note(u, message, TONE_BAD, TR(u, a->papers.message, {"named", a->papers.arg[0]}, {"is", a->papers.arg[1]}));
    ui_close(u);
}

/* --- events --- */

void papers_overlay(struct app *a, struct ui *u)
{
    struct papers *ps = &a->papers;
    struct doc_path p;
    if (!ps->deleting[0] || !doc_path_parse(a->forms, ps->deleting, &p))
        return;
    const struct form_field *f = form_field_find(app_section(a, p.section), p.field);
    CLEANUP(str) struct str title = {0};
    str_puts(&title,
             TR(u, "papers.delete_title", {"what", form_label(u, f)}, {"n", tr_int(u, ps->deleting_index + 1)}));
    ui_dialog_open(u, &(struct ui_dialog){"delete", str_z(&title), tr(u, "papers.delete_text")});
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "delete.no", .label = tr(u, "page.cancel"), .grow = 1, .action = ON(PAPER_DELETE_NO));
    UI_BUTTON(u, .id = "delete.yes", .label = tr(u, "page.delete"), .style = BUTTON_DANGER, .grow = 1,
              .action = ON(PAPER_DELETE_YES));
    ui_close(u);
    ui_dialog_close(u);
}

static void open_viewer(struct app *a, const struct ui_event *ev)
{
    zcopy(a->papers.open, sizeof a->papers.open, ev->action.name);
    a->papers.open_index = ev->action.a;
    if (a->now == SCREEN_paper)
        app_again(a);
    else
        app_go(a, SCREEN_paper);
}

static void delete_now(struct app *a)
{
    struct papers *ps = &a->papers;
    int left = 0;
    papers_delete(a, ps->deleting, ps->deleting_index);
    ps->deleting[0] = '\0';
    if (a->now != SCREEN_paper)
        return;
    papers_file(a, ps->open, -1, &left);
    ps->open_index = 0;
    app_back(a);
}

bool papers_event(struct app *a, const struct ui_event *ev)
{
    switch (ev->action.kind) {
    case PAPER_SCAN:
        scan_start(a, ev->action.name);
        return true;
    case PAPER_STOP:
        scanner_cancel(a->scanner, a->papers.scan);
        return true;
    case PAPER_IMPORT:
        papers_say(a, ev->action.name, NULL, NULL, NULL);
        zcopy(a->papers.target, sizeof a->papers.target, ev->action.name);
        app_go(a, SCREEN_folder);
        return true;
    case PAPER_OPEN:
        open_viewer(a, ev);
        return true;
    case PAPER_CROP:
        zcopy(a->papers.open, sizeof a->papers.open, ev->action.name);
        a->papers.open_index = ev->action.a;
        app_go(a, SCREEN_crop);
        return true;
    case PAPER_DELETE:
        zcopy(a->papers.deleting, sizeof a->papers.deleting, ev->action.name);
        a->papers.deleting_index = ev->action.a;
        return true;
    case PAPER_DELETE_YES:
        delete_now(a);
        return true;
    case PAPER_UNDO:
        undelete(a);
        return true;
    case PAPER_DELETE_NO:
        a->papers.deleting[0] = '\0';
        return true;
    default:
        return false;
    }
}

void papers_put_down(struct app *a)
{
    readings_forget(a);
    forget_deleted(a);
    shell_timer(a->shell, -1, on_undo_over, a);
}

void papers_wipe(struct app *a)
{
    struct papers *ps = &a->papers;
    if (ps->scan && a->scanner)
        scanner_cancel(a->scanner, ps->scan);
    if (a->import)
        import_cancel(a->import);
    papers_put_down(a);
    for (size_t i = 0; i < ps->n_thumbs; i++) {
        struct image *image = &ps->thumbs[i].image;
        if (image->p)
            a->crypto->wipe((void *)(uintptr_t)image->p, (size_t)image->stride * (size_t)image->height * 4);
        free((void *)(uintptr_t)image->p);
    }
    for (struct wanted *w = ps->wanted, *next; w; w = next) {
        next = w->next;
        wanted_free(a, w);
    }
    uint64_t stamp = ps->stamp;
    memset(ps, 0, sizeof *ps);
    ps->stamp = stamp;
}
