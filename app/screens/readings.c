#include "app/screens/readings.h"

#include "app/forms/form_text.h"
#include "app/forms/form_widgets.h"
#include "app/screens/app.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/record/text.h"
#include "sync/record/validate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SURE = 50 /* percent; below that a reading only confuses */ };

/* --- reading --- */

struct errand {
    struct app *app;
    unsigned generation;
    const struct form_field *files;
    char file[HASH_HEX];
};

static void keep(struct app *a, const struct errand *x, const struct form_field *into, const char *text)
{
    struct readings *rs = &a->readings;
    size_t i = 0;
    while (i < rs->n && rs->list[i].into != into)
        i++;
    if (i == ARRAY_LEN(rs->list))
        return;
    rs->n = i == rs->n ? i + 1 : rs->n;
    struct reading *r = &rs->list[i];
    *r = (struct reading){.into = into};
    zcopy(r->text, sizeof r->text, text);
    zcopy(r->file, sizeof r->file, x->file);
}

static void on_read(void *ctx, const struct worker_result *r)
{
    struct errand *x = ctx;
    struct app *a = x->app;
    const json_t *v;
    size_t i;
    if (x->generation == a->readings.generation) {
        a->readings.job = 0;
        if (!r->ok)
            log_warn("paper.read", "%s %s", r->error, r->detail);
        json_array_foreach(json_object_get(r->result, "found"), i, v)
        {
            int which = atoi(json_string_value(json_object_get(v, "as")));
            bool labelled = json_is_true(json_object_get(v, "labelled"));
            if (which < 0 || (size_t)which >= x->files->n_reads ||
                json_integer_value(json_object_get(v, "sure")) < SURE)
                continue;
            const struct form_read *read = &x->files->reads[which];
            if (labelled || strcmp(read->kind, "doc_no") == 0)
                keep(a, x, read->into, json_string_value(json_object_get(v, "text")));
        }
        app_changed(a);
    }
    free(x);
}

static json_t *what_to_seek(const struct form_field *f)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->n_reads; i++) {
        char as[24];
        snprintf(as, sizeof as, "%zu", i);
        json_t *labels = json_array();
        for (size_t k = 0; k < f->reads[i].n_labels; k++)
            json_array_append_new(labels, json_string(f->reads[i].labels[k]));
        json_array_append_new(list, json_pack("{s:s,s:s,s:o}", "as", as, "kind", f->reads[i].kind, "labels", labels));
    }
    return json_pack("{s:o}", "seek", list);
}

void readings_look(struct app *a, const char *path_id, const char *sha256, const void *bytes, size_t len)
{
    static const struct worker_job_ops ops = {NULL, on_read};
    struct doc_path p;
    if (!a->worker || a->readings.job || !doc_path_parse(a->forms, path_id, &p))
        return;
    const struct form_field *f = form_field_find(app_section(a, p.section), p.field);
    const char *kind = file_kind(bytes, len);
    if (!f || !f->n_reads || !kind || strcmp(kind, "pdf") == 0)
        return;
    struct errand *x = xcalloc(1, sizeof *x);
    x->app = a;
    x->generation = a->readings.generation;
    x->files = f;
    zcopy(x->file, sizeof x->file, sha256);
    json_t *args = what_to_seek(f);
    a->readings.job = worker_job(a->worker, WORKER_OCR, args, bytes, len, 0, &ops, x);
    json_decref(args);
}

void readings_forget(struct app *a)
{
    struct readings *rs = &a->readings;
    unsigned generation = rs->generation + 1;
    if (rs->job && a->worker)
        worker_cancel(a->worker, rs->job);
    a->crypto->wipe(rs, sizeof *rs);
    rs->generation = generation;
}

/* --- comparing --- */

static struct doc_path path_of(const struct reading *r)
{
    return (struct doc_path){r->into->section->key, -1, r->into->key};
}

/* The answer as one text: a 文号 from its three boxes. */
static void typed(const struct app *a, const struct reading *r, char *out, size_t size)
{
    struct doc_path p = path_of(r), year, no;
    struct doc_no parts = {0};
    zcopy(out, size, doc_text(a->session.doc, p));
    if (!form_doc_no_boxes(a->session.doc, p, r->into, &year, &no))
        return;
    zcopy(parts.org, sizeof parts.org, out);
    zcopy(parts.year, sizeof parts.year, doc_text(a->session.doc, year));
    zcopy(parts.no, sizeof parts.no, doc_text(a->session.doc, no));
    if (parts.year[0] || parts.no[0])
        doc_no_print(&parts, out, size);
}

/* Letters and digits that matter: spaces, brackets' shapes and case do not. */
static void core(const char *z, struct str *out)
{
    for (const char *p = z, *end = z + strlen(z); p < end;) {
        uint32_t cp;
        size_t n = utf8_next(p, end, &cp);
        if (cp < 0x80 ? isalnum((int)cp) : cp >= 0x3400)
            for (size_t i = 0; i < n; i++)
                str_putc(out, cp < 0x80 ? (char)toupper((int)cp) : p[i]);
        p += n;
    }
}

/* A month is what many certificates have: the day more or less is no difference. */
static bool agree(const char *one, const char *other)
{
    CLEANUP(str) struct str a = {0}, b = {0};
    core(one, &a);
    core(other, &b);
    size_t n = a.len < b.len ? a.len : b.len;
    bool date = date_check(one) && date_check(other);
    return strncmp(str_z(&a), str_z(&b), date ? n : (size_t)-1) == 0;
}

/* Is its picture still attached? */
static bool attached(const struct app *a, const struct form_field *files, const struct reading *r)
{
    const json_t *list = doc_get(a->session.doc, (struct doc_path){files->section->key, -1, files->key});
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *z = json_string_value(json_object_get(json_array_get(list, i), "sha256"));
        if (z && strcmp(z, r->file) == 0)
            return true;
    }
    return false;
}

/* 文号 is one thing in three boxes; the first box's own name would say too little. */
static const char *name_of(const struct app *a, struct ui *u, const struct reading *r)
{
    struct doc_path year, no;
    bool boxes = form_doc_no_boxes(a->session.doc, path_of(r), r->into, &year, &no);
    return boxes ? tr(u, "readings.doc_no") : form_label(u, r->into);
}

enum match { MATCH_EMPTY, MATCH_SAME, MATCH_DIFFERS };
static enum match match(const struct app *a, const struct reading *r)
{
    char answer[256];
    typed(a, r, answer, sizeof answer);
    return !answer[0] ? MATCH_EMPTY : agree(answer, r->text) ? MATCH_SAME : MATCH_DIFFERS;
}

/* The field of files whose picture says otherwise; NULL: none does. */
static const struct form_field *differs(const struct app *a, const struct reading *r)
{
    if (r->kept || !a->session.doc || match(a, r) != MATCH_DIFFERS)
        return NULL;
    for (size_t i = 0; i < form_section_count(a->forms); i++) {
        const struct form_section *s = form_section_at(a->forms, i);
        for (size_t k = 0; k < s->n_fields; k++)
            if (s->fields[k].n_reads && attached(a, &s->fields[k], r))
                return &s->fields[k];
    }
    return NULL;
}

size_t readings_differ(struct app *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->readings.n; i++)
        n += differs(a, &a->readings.list[i]) != NULL;
    return n;
}

/* --- showing --- */

static void row(struct app *a, struct ui *u, const struct reading *r, int index)
{
    enum match m = match(a, r);
    char id[3][64], answer[256];
    static const char *const parts[] = {"", ".take", ".keep"};
    for (size_t i = 0; i < ARRAY_LEN(id); i++)
        snprintf(id[i], sizeof id[i], "reading.%s%s", r->into->key, parts[i]);
    typed(a, r, answer, sizeof answer);
    bool below = ui_environment(u)->large || !ui_environment(u)->landscape;
    UI_OPEN(u, .dir = below ? UI_COLUMN : UI_ROW, .gap = 16, .cross = below ? CROSS_STRETCH : CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 4, .grow = !below);
    UI_TEXT(u, .text = name_of(a, u, r), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    UI_TEXT(u, .id = id[0], .text = r->text, .style = TEXT_BODY_BOLD, .data = true);
    if (m == MATCH_DIFFERS)
        UI_TEXT(u, .text = TR(u, "readings.typed", {"typed", answer}), .style = TEXT_SECONDARY,
                .tone = r->kept ? TONE_INK2 : TONE_APRICOT);
    ui_close(u);
    UI_OPEN(u, .dir = UI_WRAP, .gap = 16);
    if (m == MATCH_SAME) {
        ui_badge(u, NULL, TONE_GOOD, "✓", tr(u, "readings.same"));
    } else if (r->kept) {
        ui_badge(u, NULL, TONE_INK2, "–", tr(u, "readings.kept"));
    } else {
        UI_BUTTON(u, .id = id[1], .label = tr(u, m == MATCH_EMPTY ? "readings.take" : "readings.use"),
                  .action = ON(READING_TAKE, index));
        UI_BUTTON(u, .id = id[2], .label = tr(u, m == MATCH_EMPTY ? "readings.leave" : "readings.keep"),
                  .style = BUTTON_QUIET, .action = ON(READING_KEEP, index));
    }
    ui_close(u);
    ui_close(u);
}

void readings_card(struct app *a, struct ui *u, const struct form_field *f)
{
    bool open = false;
    for (size_t i = 0; f->n_reads && i < a->readings.n; i++) {
        const struct reading *r = &a->readings.list[i];
        if (!attached(a, f, r))
            continue;
        if (!open) {
            UI_OPEN(u, .id = "readings", .dir = UI_COLUMN, .gap = 20, .pad = 28, .surface = SURFACE_TINT);
            UI_TEXT(u, .text = tr(u, "readings.title"), .style = TEXT_BODY_BOLD);
            UI_TEXT(u, .text = tr(u, "readings.help"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
        }
        open = true;
        row(a, u, r, (int)i);
    }
    if (open)
        ui_close(u);
}

void readings_note(struct app *a, struct ui *u)
{
    for (size_t i = 0; i < a->readings.n; i++) {
        const struct reading *r = &a->readings.list[i];
        const struct form_field *files = differs(a, r);
        if (!files)
            continue;
        char answer[256], id[64], to[128];
        typed(a, r, answer, sizeof answer);
        snprintf(id, sizeof id, "readings.%s", r->into->key);
        snprintf(to, sizeof to, "%s.%s", files->section->key, files->key);
        UI_OPEN(u, .id = id, .role = "button", .dir = UI_COLUMN, .gap = 8, .pad = 28, .surface = SURFACE_TINT,
                .label = TR(u, "readings.differ", {"what", name_of(a, u, r)}, {"read", r->text}, {"typed", answer}),
                .tap = ON(APP_JUMP, 0, 0, to));
        UI_TEXT(u, .style = TEXT_BODY, .tone = TONE_APRICOT,
                .text = TR(u, "readings.differ", {"what", name_of(a, u, r)}, {"read", r->text}, {"typed", answer}));
        UI_TEXT(u, .style = TEXT_SECONDARY, .text = tr(u, "readings.look"));
        ui_close(u);
    }
}

/* --- events --- */

static void take(struct app *a, const struct reading *r)
{
    struct doc_path p = path_of(r), year, no;
    struct doc_no parts;
    CLEANUP(str) struct str clean = {0};
    field_normalise(r->into, r->text, &clean);
    doc_set_text(a->session.doc, p, str_z(&clean), NULL);
    if (form_doc_no_boxes(a->session.doc, p, r->into, &year, &no) && doc_no_split(str_z(&clean), &parts)) {
        doc_set_text(a->session.doc, p, parts.org, NULL);
        doc_set_text(a->session.doc, year, parts.year, NULL);
        doc_set_text(a->session.doc, no, parts.no, NULL);
    }
    doc_recognise(a->session.doc, p);
    doc_prefill(a->session.doc);
    saver_edited(&a->saver, r->into->section->scope, true);
    app_changed(a);
}

bool readings_event(struct app *a, const struct ui_event *ev)
{
    if (ev->action.kind < READING_TAKE || ev->action.kind >= READING_ACTIONS_END)
        return false;
    size_t i = (size_t)ev->action.a;
    if (i >= a->readings.n || !a->session.doc)
        return true;
    if (ev->action.kind == READING_TAKE)
        take(a, &a->readings.list[i]);
    else
        a->readings.list[i].kept = true;
    app_changed(a);
    return true;
}
