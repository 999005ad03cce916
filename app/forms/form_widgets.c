#include "app/forms/form_widgets.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

/* More options than this and a list with a search box serves better than cards. */
#define CARDS_IN_QUESTION 7
#define PILLS_IN_FORM     4

bool form_bool_is_choice(const struct form_field *f)
{
    return f->required && !f->initial;
}

bool form_doc_no_boxes(const struct doc *d, struct doc_path p, const struct form_field *f, struct doc_path *year,
                       struct doc_path *no)
{
    const struct form_section *s = f->section;
    if (f->type != FIELD_TEXT || f->index + 2 >= s->n_fields || !form_field_formula(f, "doc_no"))
        return false;
    const struct form_field *a = &s->fields[f->index + 1], *b = &s->fields[f->index + 2];
    if (a->type != FIELD_TEXT || b->type != FIELD_TEXT || !a->group || !f->group || strcmp(a->group, f->group) != 0)
        return false;
    *year = (struct doc_path){p.section, p.entry, a->key};
    *no = (struct doc_path){p.section, p.entry, b->key};
    return field_shown(d, *year) && field_shown(d, *no);
}

static const char *placeholder(struct ui *u, const struct form_field *f)
{
    return f->example ? TR(u, "form.example", {"example", f->example}) : NULL;
}

/* ✓ 新经信人事〔2011〕3号 under the three boxes. */
static void confirm_doc_no(struct form_view *v, const struct form_frame *frame, char *out, size_t size)
{
    struct doc_path year, no;
    struct doc_no parts = {0};
    out[0] = '\0';
    if (!form_doc_no_boxes(v->doc, frame->path, frame->field, &year, &no))
        return;
    zcopy(parts.org, sizeof parts.org, doc_text(v->doc, frame->path));
    zcopy(parts.year, sizeof parts.year, doc_text(v->doc, year));
    zcopy(parts.no, sizeof parts.no, doc_text(v->doc, no));
    if (parts.org[0] && parts.year[0] && parts.no[0])
        doc_no_print(&parts, out, size);
}

/* Does this box belong to what names an item that is answered now? Then the person hears where it came from. */
static bool document_known(const struct form_view *v, const struct form_frame *frame)
{
    const struct form_section *s = frame->field->section;
    for (size_t i = 0; i < s->n_fields; i++) {
        struct doc_path p = {frame->path.section, frame->path.entry, s->fields[i].key};
        const struct dict_item *item = s->fields[i].n_known_by ? doc_known(v->doc, p) : NULL;
        if (item && s->fields[i].known_by[0] == frame->field && strcmp(doc_text(v->doc, p), item->name) == 0)
            return true;
    }
    return false;
}

static const char *keyboard_of(const struct form_field *f)
{
    if (f->keyboard)
        return f->keyboard;
    switch (f->type) {
    case FIELD_INT:
    case FIELD_DECIMAL:
    case FIELD_YEAR:
    case FIELD_PHONE:
        return "number";
    case FIELD_ID:
        return "id";
    default:
        return NULL;
    }
}

static void textbox(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    const struct form_field *f = frame->field;
    char shown[4096], confirm[256];
    const char *value = doc_show(v->doc, frame->path, shown, sizeof shown);
    confirm_doc_no(v, frame, confirm, sizeof confirm);
    CLEANUP(str) struct str said = {0};
    str_printf(&said, "%s%s%s", confirm, confirm[0] && document_known(v, frame) ? "　" : "",
               confirm[0] && document_known(v, frame) ? tr(u, "form.known_document") : "");
    /* The first box of a 文号 takes it whole: 60 is enough for any. */
    int max_len = form_field_formula(f, "doc_no") && f->max_len < 60 ? 60 : f->max_len;
    ui_textbox(u, &(struct ui_textbox){
                      .field = frame->f,
                      .value = value,
                      .placeholder = placeholder(u, f),
                      .confirm = said.len ? str_z(&said) : NULL,
                      .keyboard = keyboard_of(f),
                      .max_len = max_len,
                      .lines = f->type == FIELD_TEXTAREA ? 3 : 1,
                      .group_id = f->type == FIELD_ID,
                  });
}

static void yes_no(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    bool answered = doc_answered(v->doc, frame->path);
    const struct ui_option options[] = {{"1", tr(u, "form.yes"), NULL}, {"0", tr(u, "form.no"), NULL}};
    ui_choice(u, &(struct ui_choice){
                     .field = frame->f,
                     .options = options,
                     .n = 2,
                     .value = !answered                       ? ""
                              : doc_bool(v->doc, frame->path) ? "1"
                                                              : "0",
                     .columns = 2,
                     .compact = true,
                 });
}

static void boolean(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    const struct form_field *f = frame->field;
    bool on = doc_bool(v->doc, frame->path);
    if (form_bool_is_choice(f)) {
        yes_no(v, u, frame);
    } else if (f->section->no == 0) {
        frame->f.optional = false;
        ui_check(u, &frame->f, on);
    } else {
        ui_switch(u, &frame->f, on, tr(u, "form.yes"), tr(u, "form.no"));
    }
}

/* 2000–2021 is a rule with words of its own: the wheel goes further, so that a person can see why a date is refused. */
static void date(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    const struct form_field *f = frame->field;
    int year_now = form_view_today(v).year, example = f->example ? atoi(f->example) : 0;
    const struct form_field *before = f->index ? f - 1 : NULL;
    ui_date(u, &(struct ui_date){
                   .field = frame->f,
                   .kind = f->type == FIELD_DATE ? DATE_DAY : DATE_MONTH,
                   .value = doc_text(v->doc, frame->path),
                   .year_min = 1940,
                   .year_max = year_now,
                   .year_start = example ? example : year_now - 15,
                   .unknown_day = f->type == FIELD_DATE,
                   .open_end = !f->required && before && before->type == f->type && before->required,
               });
}

/* --- dictionaries --- */

static struct form_pick *pick_new(struct form_view *v, const struct form_frame *frame)
{
    struct form_pick *p = &v->picks[v->n_picks < ARRAY_LEN(v->picks) ? v->n_picks++ : ARRAY_LEN(v->picks) - 1];
    *p = (struct form_pick){v, frame->path, frame->field};
    return p;
}

static size_t pick_search(void *ctx, const char *typed, struct ui_option *out, size_t from, size_t max)
{
    struct form_pick *p = ctx;
    if (!p->view->doc)
        return 0;
    const struct dict_item **items = xcalloc(from + max + 1, sizeof(const struct dict_item *));
    size_t n = doc_choices(p->view->doc, p->path, typed ? typed : "", items, from + max);
    const struct dict *dict = dict_find(doc_forms(p->view->doc), p->field->dict);
    for (size_t i = from; i < n && i < from + max; i++) {
        const char *note = items[i]->note && *items[i]->note ? items[i]->note : NULL;
        const struct dict_item *above = *items[i]->parent ? dict_code(dict, items[i]->parent) : NULL;
        if (p->field->type == FIELD_DIVISION && above)
            note = above->name;
        out[i - from] = (struct ui_option){items[i]->code, items[i]->name, note};
    }
    free(items);
    const struct form_view *v = p->view;
    if (!p->field->live || !v->ops.live.search)
        return n;
    size_t after = from > n ? from - n : 0, room = from + max > n ? from + max - n - after : 0;
    return n + v->ops.live.search(v->ctx, p->field, typed ? typed : "", room ? out + (n > from ? n - from : 0) : NULL,
                                  after, room);
}

static void picker(struct form_view *v, struct ui *u, struct form_frame *frame, bool free_text)
{
    CLEANUP(str) struct str label = {0};
    form_answer_text(u, v->doc, frame->path, &label);
    const char *value = doc_text(v->doc, frame->path);
    struct ui_field field = frame->f;
    ui_picker(u, &(struct ui_picker){
                     .field = field,
                     .value = value,
                     .value_label = str_z(&label),
                     .placeholder = frame->field->example ? placeholder(u, frame->field) : tr(u, "form.choose"),
                     .search = pick_search,
                     .search_ctx = pick_new(v, frame),
                     .free_text = free_text,
                     .max_len = frame->field->max_len,
                 });
}

#define MAX_OPTIONS 16
static void choice(struct form_view *v, struct ui *u, struct form_frame *frame, const struct dict_item *const *items,
                   size_t n)
{
    const struct dict *dict = dict_find(doc_forms(v->doc), frame->field->dict);
    struct ui_option options[MAX_OPTIONS];
    struct str labels[MAX_OPTIONS] = {0};
    bool question = frame->field->group != NULL;
    for (size_t i = 0; i < n; i++) {
        form_item_text(u, dict, items[i], &labels[i]);
        options[i] = (struct ui_option){items[i]->code, str_z(&labels[i]),
                                        question && items[i]->note && *items[i]->note ? items[i]->note : NULL};
    }
    ui_choice(u, &(struct ui_choice){
                     .field = frame->f,
                     .options = options,
                     .n = n,
                     .value = doc_text(v->doc, frame->path),
                     .columns = question && !ui_environment(u)->landscape ? 1 : 2,
                     .compact = !question,
                 });
    for (size_t i = 0; i < n; i++)
        str_finish(&labels[i]);
}

static void select_one(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    const struct form_field *f = frame->field;
    const struct dict_item *items[MAX_OPTIONS];
    size_t n = doc_choices(v->doc, frame->path, "", items, MAX_OPTIONS);
    size_t most = f->group ? CARDS_IN_QUESTION : PILLS_IN_FORM;
    if (n && n <= most)
        choice(v, u, frame, items, n);
    else
        picker(v, u, frame, false);
}

/* --- divisions: 省 → 市 → 县 --- */

static bool passes(const struct dict *d, const struct form_field *f, const struct dict_item *item)
{
    if (!dict_offered(item))
        return false;
    for (size_t i = 0; i < f->n_filters; i++)
        if (f->filters[i].is_not && strcmp(dict_column(d, item, f->filters[i].column), f->filters[i].is_not) == 0)
            return false;
    return true;
}

/* Counties of a municipality and cities under a region stand below a division that is not offered itself. */
static bool child_of(const struct dict *d, const struct form_field *f, const struct dict_item *item, const char *code)
{
    if (!passes(d, f, item) || strcmp(item->code, code) == 0)
        return false;
    if (strcmp(item->parent, code) == 0)
        return true;
    const struct dict_item *parent = *item->parent ? dict_code(d, item->parent) : NULL;
    bool hidden = *item->parent && (!parent || !passes(d, f, parent));
    return hidden && strcmp(code + 2, "0000") == 0 && strncmp(item->code, code, 2) == 0;
}

/* The only division at the top, as where all are Xinjiang's: nobody is asked for it. */
static const char *only_root(const struct dict *d, const struct form_field *f)
{
    const char *root = NULL;
    for (size_t i = 0; i < dict_count(d); i++) {
        const struct dict_item *item = dict_at(d, i);
        if (*item->parent || !passes(d, f, item))
            continue;
        if (root)
            return NULL;
        root = item->code;
    }
    return root;
}

static size_t division_options(void *ctx, size_t level, const char *const *chosen, struct ui_option *out, size_t from,
                               size_t max)
{
    struct form_pick *p = ctx;
    const struct dict *d = p->view->doc ? dict_find(doc_forms(p->view->doc), p->field->dict) : NULL;
    const char *above = level ? chosen[level - 1] : d ? only_root(d, p->field) : NULL;
    size_t n = 0;
    for (size_t i = 0; d && i < dict_count(d); i++) {
        const struct dict_item *item = dict_at(d, i);
        if (above ? !child_of(d, p->field, item, above) : *item->parent || !passes(d, p->field, item))
            continue;
        if (n >= from && n - from < max)
            out[n - from] = (struct ui_option){item->code, item->name, NULL};
        n++;
    }
    return n;
}

static void division(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    const struct dict *d = dict_find(doc_forms(v->doc), frame->field->dict);
    if (!d || frame->field->n_filters) { /* a part of the table: a list with a search box is quicker */
        picker(v, u, frame, false);
        return;
    }
    CLEANUP(str) struct str label = {0};
    form_answer_text(u, v->doc, frame->path, &label);
    const char *const titles[] = {tr(u, "form.province"), tr(u, "form.prefecture"), tr(u, "form.county")};
    size_t skip = only_root(d, frame->field) ? 1 : 0;
    ui_cascade(u, &(struct ui_cascade){
                      .field = frame->f,
                      .value_label = str_z(&label),
                      .placeholder = tr(u, "form.choose"),
                      .titles = titles + skip,
                      .levels = 3 - skip,
                      .options = division_options,
                      .options_ctx = pick_new(v, frame),
                  });
}

/* What other answers point to is offered, never taken unasked. */
static void suggestion(struct form_view *v, struct ui *u, const struct form_frame *frame)
{
    const struct dict_item *item = doc_suggestion(v->doc, frame->path);
    char id[176];
    if (!item)
        return;
    snprintf(id, sizeof id, "%s.suggestion", frame->id);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 12, .pad = 28, .surface = SURFACE_TINT);
    UI_TEXT(u, .text = tr(u, "form.suggestion"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    UI_TEXT(u, .text = item->name, .style = TEXT_BODY_BOLD, .data = true);
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = id, .label = tr(u, "form.suggestion_take"), .action = ON(FORM_SUGGESTION, 0, 0, frame->id));
    ui_close(u);
    ui_close(u);
}

static void read_only(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    CLEANUP(str) struct str text = {0};
    form_answer_text(u, v->doc, frame->path, &text);
    ui_textbox(u, &(struct ui_textbox){.field = frame->f, .value = str_z(&text)});
}

void form_widget(struct form_view *v, struct ui *u, struct form_frame *frame)
{
    if (frame->field->read_only) {
        read_only(v, u, frame);
        return;
    }
    switch (frame->field->type) {
    case FIELD_TEXT:
    case FIELD_TEXTAREA:
    case FIELD_INT:
    case FIELD_DECIMAL:
    case FIELD_YEAR:
    case FIELD_ID:
    case FIELD_PHONE:
        textbox(v, u, frame);
        return;
    case FIELD_BOOL:
        boolean(v, u, frame);
        return;
    case FIELD_DATE:
    case FIELD_MONTH:
        date(v, u, frame);
        return;
    case FIELD_SELECT:
        select_one(v, u, frame);
        return;
    case FIELD_TEXT_SELECT:
        picker(v, u, frame, true);
        suggestion(v, u, frame);
        return;
    case FIELD_CASCADE:
    case FIELD_DIVISION:
        division(v, u, frame);
        return;
    case FIELD_FILES:
    case FIELD_IMAGE:
    case FIELD_SIGNATURE:
        return;
    }
}
