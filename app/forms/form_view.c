/* A field's life: UI_CHANGE puts what is typed into the doc as it is (nothing is lost if the power goes), UI_COMMIT
 * normalises it, lets it fill its neighbours (doc_pick, doc_prefill, a whole 文号) and from then on its errors show. */
#include "app/forms/form_view.h"

#include "app/forms/form_text.h"
#include "app/forms/form_widgets.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

void form_view_init(struct form_view *v, const struct clock *clock, const struct form_view_ops *ops, void *ctx)
{
    memset(v, 0, sizeof *v);
    v->clock = clock;
    v->ops = *ops;
    v->ctx = ctx;
}

static void forget_touched(struct form_view *v)
{
    for (size_t i = 0; i < v->n_touched; i++)
        free(v->touched[i]);
    free(v->touched);
    v->touched = NULL;
    v->n_touched = 0;
    v->typing[0] = '\0';
    v->judged = false;
}

void form_view_reset(struct form_view *v, struct doc *doc, const struct form_reasons *reasons)
{
    forget_touched(v);
    v->doc = doc;
    v->reasons = reasons;
}

void form_view_finish(struct form_view *v)
{
    forget_touched(v);
    findings_finish(&v->found);
    v->doc = NULL;
}

void form_view_begin(struct form_view *v)
{
    v->n_picks = 0;
    findings_finish(&v->found);
}

void form_view_judge(struct form_view *v, bool on)
{
    v->judged = on;
}

struct civil form_view_today(const struct form_view *v)
{
    return clock_beijing(clock_wall(v->clock));
}

static bool touched(const struct form_view *v, const char *id)
{
    for (size_t i = 0; i < v->n_touched; i++)
        if (strcmp(v->touched[i], id) == 0)
            return true;
    return false;
}

static void touch(struct form_view *v, const char *id)
{
    if (touched(v, id))
        return;
    v->touched = xrealloc(v->touched, (v->n_touched + 1) * sizeof *v->touched);
    v->touched[v->n_touched++] = xstrdup(id);
}

static bool still_initial(const struct form_view *v, struct doc_path p, const struct form_field *f)
{
    if (!f->initial)
        return false;
    if (f->type == FIELD_BOOL)
        return doc_bool(v->doc, p) == (strcmp(f->initial, "true") == 0);
    return strcmp(doc_text(v->doc, p), f->initial) == 0;
}

/* Errors wait until the field was left: nobody is told off while typing, or for what stood there before. */
static bool judging(const struct form_view *v, struct doc_path p, const struct form_field *f, const char *id)
{
    if (v->judged || touched(v, id))
        return true;
    return doc_answered(v->doc, p) && !still_initial(v, p, f) && strcmp(v->typing, id) != 0;
}

static void frame_of(struct form_view *v, struct ui *u, struct doc_path p, const struct form_field *f,
                     struct form_frame *out)
{
    doc_path_id(p, out->id, sizeof out->id);
    out->path = p;
    out->field = f;
    out->f = (struct ui_field){
        .id = out->id,
        .label = form_label(u, f),
        .help = form_help(u, f),
        .required = field_required(v->doc, p) && !f->read_only,
        .optional = !f->required && !f->read_only,
        .read_only = f->read_only,
        .action = ON(FORM_FIELD, 0, 0, out->id),
    };
    validate_field(v->doc, p, form_view_today(v), &v->found);
    const struct finding *bad = findings_at(&v->found, p);
    if (bad && judging(v, p, f, out->id)) {
        struct str *to = bad->severity == SEVERITY_ERROR ? &out->error : &out->warning;
        form_finding_text(u, bad, to);
    }
    const char *reason = v->reasons ? form_reason_at(v->reasons, v->doc, p) : NULL;
    if (reason)
        str_printf(&out->warning, "%s%s", out->warning.len ? "\n" : "", TR(u, "form.reason", {"text", reason}));
    out->f.error = out->error.len ? str_z(&out->error) : NULL;
    out->f.warning = out->warning.len ? str_z(&out->warning) : NULL;
}

static const struct form_field *field_of(const struct form_view *v, struct doc_path p)
{
    const struct form_section *s = form_section_find(doc_forms(v->doc), p.section);
    return s && p.field ? form_field_find(s, p.field) : NULL;
}

static bool is_files(const struct form_field *f)
{
    return f->type == FIELD_FILES || f->type == FIELD_IMAGE || f->type == FIELD_SIGNATURE;
}

void form_view_field(struct form_view *v, struct ui *u, struct doc_path p)
{
    const struct form_field *f = field_of(v, p);
    if (!f || !field_shown(v->doc, p))
        return;
    CLEANUP(form_frame) struct form_frame frame = {0};
    frame_of(v, u, p, f, &frame);
    if (is_files(f) && v->ops.files)
        v->ops.files(v->ctx, u, p, f, &frame.f);
    else if (!is_files(f))
        form_widget(v, u, &frame);
}

void form_view_tick(struct form_view *v, struct ui *u, struct doc_path p)
{
    const struct form_field *f = field_of(v, p);
    if (!f)
        return;
    CLEANUP(form_frame) struct form_frame frame = {0};
    frame_of(v, u, p, f, &frame);
    if (frame.f.help) {
        frame.f.label = frame.f.help;
        frame.f.help = NULL;
    }
    ui_check(u, &frame.f, doc_bool(v->doc, p));
}

static int width_share(enum field_width w)
{
    static const int share[] = {[WIDTH_FULL] = 12, [WIDTH_HALF] = 6, [WIDTH_THIRD] = 4, [WIDTH_QUARTER] = 3};
    return share[w];
}

static void narrow_row(struct form_view *v, struct ui *u, const struct form_section *s, int entry, size_t from,
                       size_t to)
{
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    for (size_t i = from; i < to; i++) {
        struct doc_path p = {s->key, entry, s->fields[i].key};
        if (!field_shown(v->doc, p))
            continue;
        UI_OPEN(u, .dir = UI_COLUMN, .grow = width_share(s->fields[i].width), .width = 1);
        form_view_field(v, u, p);
        ui_close(u);
    }
    ui_close(u);
}

void form_view_fields(struct form_view *v, struct ui *u, const struct form_section *s, int entry, size_t first,
                      size_t n, int columns)
{
    UI_OPEN(u, .dir = columns > 1 ? UI_GRID : UI_COLUMN, .columns = columns, .gap = 28);
    for (size_t i = first, next; i < first + n && i < s->n_fields; i = next) {
        next = i + 1;
        if (s->fields[i].width == WIDTH_FULL) {
            form_view_field(v, u, (struct doc_path){s->key, entry, s->fields[i].key});
            continue;
        }
        int share = 0;
        for (next = i; next < first + n && s->fields[next].width != WIDTH_FULL; next++) {
            share += width_share(s->fields[next].width);
            if (share > 12)
                break;
        }
        narrow_row(v, u, s, entry, i, next);
    }
    ui_close(u);
}

/* --- what is done to a field --- */

static void set_bool(struct form_view *v, struct doc_path p, const struct form_field *f, bool on)
{
    const char *only = f->section->exactly_one;
    if (only && strcmp(only, f->key) == 0 && on)
        doc_exactly_one(v->doc, p.section, p.field, p.entry);
    else
        doc_set(v->doc, p, json_boolean(on), NULL);
}

/* An item that the platform named: what it fills is its code. */
static void pick_live(struct form_view *v, struct doc_path p, const struct form_field *f, const char *name,
                      const char *code)
{
    CLEANUP(str) struct str clean = {0}, kept = {0};
    str_puts(&kept, code);
    field_normalise(f, name, &clean);
    doc_set_text(v->doc, p, str_z(&clean), NULL);
    for (size_t i = 0; i < f->n_fills; i++)
        if (strcmp(f->fills[i].column, "code") == 0)
            doc_set_text(v->doc, (struct doc_path){p.section, p.entry, f->fills[i].field->key}, str_z(&kept), NULL);
}

static void pick(struct form_view *v, struct doc_path p, const struct form_field *f, const char *text, bool free_text)
{
    const char *code = strrchr(text, '/');
    code = code && f->type != FIELD_TEXT_SELECT ? code + 1 : text;
    const struct dict *dict = f->dict ? dict_find(doc_forms(v->doc), f->dict) : NULL;
    const struct dict_item *item = dict && *code && !free_text ? dict_code(dict, code) : NULL;
    if (item) {
        doc_pick(v->doc, p, item);
        return;
    }
    const char *live = f->live && !free_text && v->ops.live.name ? v->ops.live.name(v->ctx, f, code) : NULL;
    if (live) {
        pick_live(v, p, f, live, code);
        return;
    }
    CLEANUP(str) struct str clean = {0};
    field_normalise(f, text, &clean);
    doc_set_text(v->doc, p, str_z(&clean), NULL);
}

/* A whole 文号 typed or pasted into its first box fills the boxes beside it. */
static void split_doc_no(struct form_view *v, struct doc_path p, const struct form_field *f)
{
    struct doc_path year, no;
    struct doc_no parts;
    if (!form_doc_no_boxes(v->doc, p, f, &year, &no) || !doc_no_split(doc_text(v->doc, p), &parts))
        return;
    doc_set_text(v->doc, p, parts.org, NULL);
    doc_set_text(v->doc, year, parts.year, NULL);
    doc_set_text(v->doc, no, parts.no, NULL);
}

static void put(struct form_view *v, struct doc_path p, const struct form_field *f, const struct ui_event *ev)
{
    const char *text = ev->text ? ev->text : "";
    switch (f->type) {
    case FIELD_BOOL:
        if (form_bool_is_choice(f))
            doc_set_text(v->doc, p, strcmp(text, "1") == 0 ? "true" : strcmp(text, "0") == 0 ? "false" : "", NULL);
        else
            set_bool(v, p, f, ev->number != 0);
        return;
    case FIELD_SELECT:
    case FIELD_TEXT_SELECT:
    case FIELD_CASCADE:
    case FIELD_DIVISION:
        pick(v, p, f, text, ev->number == 1);
        return;
    case FIELD_FILES:
    case FIELD_IMAGE:
    case FIELD_SIGNATURE:
        return;
    case FIELD_TEXT:
    case FIELD_TEXTAREA:
    case FIELD_INT:
    case FIELD_DECIMAL:
    case FIELD_DATE:
    case FIELD_MONTH:
    case FIELD_YEAR:
    case FIELD_ID:
    case FIELD_PHONE:
        if (ev->what == UI_CHANGE) {
            doc_set_text(v->doc, p, text, NULL);
            return;
        }
        CLEANUP(str) struct str clean = {0};
        field_normalise(f, text, &clean);
        doc_set_text(v->doc, p, str_z(&clean), NULL);
        split_doc_no(v, p, f);
        return;
    }
}

bool form_view_event(struct form_view *v, const struct ui_event *ev)
{
    if (ev->action.kind < FORM_ACTIONS || ev->action.kind >= FORM_ACTIONS_END)
        return false;
    struct doc_path p;
    const struct form_field *f;
    if (!v->doc || !doc_path_parse(doc_forms(v->doc), ev->action.name, &p) || !(f = field_of(v, p)) || f->read_only)
        return true;
    bool commit = ev->what != UI_CHANGE;
    if (ev->action.kind == FORM_SUGGESTION) {
        const struct dict_item *item = doc_suggestion(v->doc, p);
        if (!item)
            return true;
        doc_pick(v->doc, p, item);
        touch(v, ev->action.name);
        v->ops.edited(v->ctx, p, true);
        return true;
    }
    if (ev->what == UI_TAP && f->type != FIELD_BOOL)
        return true;
    put(v, p, f, ev);
    if (commit) {
        touch(v, ev->action.name);
        v->typing[0] = '\0';
        doc_recognise(v->doc, p);
        doc_prefill(v->doc);
    } else {
        zcopy(v->typing, sizeof v->typing, ev->action.name);
    }
    v->ops.edited(v->ctx, p, commit);
    return true;
}

/* --- judging a page --- */

static bool each_error(struct form_view *v, const struct form_section *s, int entry, size_t i)
{
    CLEANUP(findings) struct findings found = {0};
    struct doc_path p = {s->key, entry, s->fields[i].key};
    if (field_shown(v->doc, p))
        validate_field(v->doc, p, form_view_today(v), &found);
    return findings_count(&found, SEVERITY_ERROR) > 0;
}

size_t form_view_errors(struct form_view *v, const struct form_section *s, int entry, size_t first, size_t n)
{
    size_t errors = 0;
    for (size_t i = first; i < first + n && i < s->n_fields; i++)
        errors += each_error(v, s, entry, i);
    return errors;
}

void form_view_first_error(struct form_view *v, const struct form_section *s, int entry, size_t first, size_t n,
                           char *id, size_t size)
{
    id[0] = '\0';
    for (size_t i = first; i < first + n && i < s->n_fields; i++)
        if (each_error(v, s, entry, i)) {
            doc_path_id((struct doc_path){s->key, entry, s->fields[i].key}, id, size);
            return;
        }
}
