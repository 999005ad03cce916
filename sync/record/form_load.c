/* form_load.c — sections and fields from JSON. Two passes: first every section's and field's key and type, so that
 * names can be resolved in any order; then the rest. A member that the vocabulary does not have is an error: a slip of
 * the pen must not switch a rule off. */
#include "sync/record/form_load.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/canon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTIONS_MAX 64

static const char *const type_names[] = {[FIELD_TEXT] = "text",
                                         [FIELD_TEXTAREA] = "textarea",
                                         [FIELD_INT] = "int",
                                         [FIELD_DECIMAL] = "decimal",
                                         [FIELD_BOOL] = "bool",
                                         [FIELD_DATE] = "date",
                                         [FIELD_MONTH] = "month",
                                         [FIELD_YEAR] = "year",
                                         [FIELD_SELECT] = "select",
                                         [FIELD_CASCADE] = "cascade",
                                         [FIELD_TEXT_SELECT] = "text_select",
                                         [FIELD_DIVISION] = "division",
                                         [FIELD_ID] = "id",
                                         [FIELD_PHONE] = "phone",
                                         [FIELD_FILES] = "files",
                                         [FIELD_IMAGE] = "image",
                                         [FIELD_SIGNATURE] = "signature"};
static const char *const scope_names[] = {[SCOPE_PERSON] = "person", [SCOPE_TITLE] = "title"};
static const char *const step_names[] = {[STEP_IDENTITY] = "identity",
                                         [STEP_AWARD] = "award",
                                         [STEP_PUBLICITY] = "publicity",
                                         [STEP_IMAGES] = "images",
                                         [STEP_ATTACHMENTS] = "attachments",
                                         [STEP_SECTIONS] = "sections",
                                         [STEP_SUBMIT] = "submit"};
static const char *const width_names[] = {
    [WIDTH_FULL] = "full", [WIDTH_HALF] = "half", [WIDTH_THIRD] = "third", [WIDTH_QUARTER] = "quarter"};
static const char *const normalise_names[] = {"trim",  "nfc",    "halfwidth", "name_dots", "strip_book_marks",
                                              "upper", "digits", "doc_no"};
static const char *const live_names[] = {"units"};
static const char *const keyboard_names[] = {"pinyin", "latin", "number", "id", "symbol"};

/* Index of the word in names, or -1. */
static int word_index(const char *word, const char *const *names, size_t n)
{
    for (size_t i = 0; word && i < n; i++)
        if (strcmp(word, names[i]) == 0)
            return (int)i;
    return -1;
}

static bool load_word(const struct load *l, const json_t *o, const char *at, const char *name, const char *const *names,
                      size_t n, int *out)
{
    const json_t *v = json_object_get(o, name);
    if (!v)
        return true;
    int i = word_index(json_string_value(v), names, n);
    if (i < 0)
        return load_fail(l, at, "%s: expected one of %s … %s", name, names[0], names[n - 1]);
    *out = i;
    return true;
}

static bool key_ok(const char *z)
{
    return z && *z && strlen(z) < 40 && strspn(z, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(z);
}

/* --- first pass --- */

static bool field_start(const struct load *l, const json_t *o, const char *at, struct form_field *f)
{
    int type = -1;
    if (!load_string(l, o, at, "key", &f->key) ||
        !load_word(l, o, at, "type", type_names, ARRAY_LEN(type_names), &type))
        return false;
    if (!key_ok(f->key))
        return load_fail(l, at, "key: expected a-z, 0-9 and _");
    if (type < 0)
        return load_fail(l, at, "type: expected a field type");
    f->type = (enum field_type)type;
    return true;
}

static bool section_start(const struct load *l, const json_t *o, struct form_section *s)
{
    const json_t *fields = json_object_get(o, "fields");
    if (!load_string(l, o, "section", "key", &s->key))
        return false;
    if (!key_ok(s->key) || form_section_find(l->set, s->key) != s)
        return load_fail(l, "key", "expected a-z, 0-9 and _, once in the set");
    if (!json_is_array(fields) || !json_array_size(fields))
        return load_fail(l, "fields", "expected a list of fields");
    s->n_fields = json_array_size(fields);
    struct form_field *f = set_alloc(l->set, s->n_fields * sizeof *f);
    for (size_t i = 0; i < s->n_fields; i++) {
        char at[AT_SIZE];
        snprintf(at, sizeof at, "fields[%zu]", i);
        if (!field_start(l, json_array_get(fields, i), at, &f[i]))
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(f[j].key, f[i].key) == 0)
                return load_fail(l, at, "key: expected once in the section");
        f[i].index = i;
        f[i].section = s;
    }
    s->fields = f;
    return true;
}

/* --- second pass --- */

static bool normalise_load(const struct load *l, const json_t *v, const char *at, struct form_field *f)
{
    if (!v) {
        bool typed = f->type == FIELD_TEXT || f->type == FIELD_TEXTAREA || f->type == FIELD_TEXT_SELECT;
        f->normalise = NORM_TRIM | NORM_HALFWIDTH | (typed ? (unsigned)NORM_NFC : 0);
        return true;
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        int bit = word_index(json_string_value(json_array_get(v, i)), normalise_names, ARRAY_LEN(normalise_names));
        if (bit < 0)
            return load_fail(l, at,
                             "normalise: expected trim, nfc, halfwidth, name_dots, strip_book_marks, upper, "
                             "digits or doc_no");
        f->normalise |= 1u << bit;
    }
    return true;
}

static bool filter_load(const struct load *l, const json_t *v, const char *at, const struct form_section *s,
                        struct form_filter *out)
{
    static const char *const names[] = {"column", "field", "is", "not", NULL};
    const char *field = json_string_value(v);
    if (field) {
        out->column = "parent";
    } else if (json_is_object(v)) {
        if (!load_members(l, v, at, names) || !load_string(l, v, at, "column", &out->column) ||
            !load_string(l, v, at, "is", &out->is) || !load_string(l, v, at, "not", &out->is_not) ||
            !load_string(l, v, at, "field", &field))
            return false;
    }
    out->field = form_field_find(s, field);
    if (!out->column || (field != NULL) != (out->field != NULL) ||
        (out->field != NULL) + (out->is != NULL) + (out->is_not != NULL) != 1)
        return load_fail(l, at, "filter_by: expected a field of this section, or a column with field, is or not");
    return true;
}

static bool filters_load(const struct load *l, const json_t *v, const char *at, const struct form_section *s,
                         struct form_field *f)
{
    if (!v)
        return true;
    if (!f->dict)
        return load_fail(l, at, "filter_by: expected a dict beside it");
    size_t n = json_is_array(v) ? json_array_size(v) : 1;
    struct form_filter *filters = set_alloc(l->set, n * sizeof *filters);
    for (size_t i = 0; i < n; i++) {
        if (!filter_load(l, json_is_array(v) ? json_array_get(v, i) : v, at, s, &filters[i]))
            return false;
        if (filters[i].field && !f->filter_by)
            f->filter_by = filters[i].field->key;
    }
    if (n > FILTERS_MAX)
        return load_fail(l, at, "filter_by: expected at most %d", FILTERS_MAX);
    f->filters = filters;
    f->n_filters = n;
    return true;
}

static bool fills_load(const struct load *l, const json_t *v, const char *at, const struct form_section *s,
                       struct form_field *f)
{
    if (!v)
        return true;
    struct form_fill *fills = set_alloc(l->set, json_object_size(v) * sizeof *fills);
    const char *key;
    json_t *column;
    json_object_foreach((json_t *)v, key, column)
    {
        const struct form_field *target = form_field_find(s, key);
        if (!target || !json_is_string(column))
            return load_fail(l, at, "fills: expected {FIELD:column} with fields of this section");
        fills[f->n_fills++] = (struct form_fill){target, set_strdup(l->set, json_string_value(column))};
    }
    f->fills = fills;
    return true;
}

static bool known_by_load(const struct load *l, const json_t *v, const char *at, const struct form_section *s,
                          struct form_field *f)
{
    if (!v)
        return true;
    const struct form_field **known = set_alloc(l->set, (json_array_size(v) + 1) * sizeof *known);
    size_t i;
    json_t *key;
    json_array_foreach((json_t *)v, i, key)
    {
        known[i] = form_field_find(s, json_string_value(key));
        bool filled = false;
        for (size_t k = 0; k < f->n_fills; k++)
            filled = filled || f->fills[k].field == known[i];
        if (!known[i] || !filled)
            break;
        f->n_known_by++;
    }
    f->known_by = known;
    return (f->n_known_by && f->n_known_by == json_array_size(v)) ||
           load_fail(l, at, "known_by: expected a list of fields that fills names");
}

static bool read_load(const struct load *l, const json_t *v, const char *at, const struct form_section *s,
                      struct form_read *out)
{
    static const char *const names[] = {"into", "kind", "labels", NULL}, *const kinds[] = {"number", "date", "doc_no"};
    const char *into = NULL;
    int kind = -1;
    struct form_from from;
    if (!load_members(l, v, at, names) || !load_string(l, v, at, "into", &into) ||
        !load_word(l, v, at, "kind", kinds, ARRAY_LEN(kinds), &kind))
        return false;
    if (!into || kind < 0 || !from_load(l, into, at, s, &from) || from.field->section->scope != s->scope ||
        from.field->section->many)
        return load_fail(l, at, "reads: expected into: an answer of the same scope that is asked once, and kind");
    const json_t *labels = json_object_get(v, "labels");
    size_t n = json_array_size(labels);
    const char **words = set_alloc(l->set, (n + 1) * sizeof *words);
    for (size_t i = 0; i < n; i++)
        if (!json_is_string(json_array_get(labels, i)))
            return load_fail(l, at, "labels: expected a list of texts");
        else
            words[i] = set_strdup(l->set, json_string_value(json_array_get(labels, i)));
    *out = (struct form_read){kinds[kind], from.field, words, n};
    return n <= READ_LABELS_MAX || load_fail(l, at, "labels: expected at most %d", READ_LABELS_MAX);
}

static bool reads_load(const struct load *l, const json_t *v, const char *at, const struct form_section *s,
                       struct form_field *f)
{
    size_t n = json_array_size(v);
    struct form_read *reads = set_alloc(l->set, (n + 1) * sizeof *reads);
    for (; f->n_reads < n; f->n_reads++)
        if (!read_load(l, json_array_get(v, f->n_reads), at, s, &reads[f->n_reads]))
            return false;
    f->reads = reads;
    return !v || (n && n <= READS_MAX && f->type == FIELD_FILES) ||
           load_fail(l, at, "reads: expected a list of 1 to %d at a field of files", READS_MAX);
}

static bool picture_load(const struct load *l, const json_t *o, const char *at, struct form_field *f)
{
    const json_t *frame = json_object_get(o, "frame");
    if (!load_int(l, o, at, "pixels", &f->pixels))
        return false;
    f->frame_w = (int)json_integer_value(json_array_get(frame, 0));
    f->frame_h = (int)json_integer_value(json_array_get(frame, 1));
    bool whole = !frame || (json_array_size(frame) == 2 && f->frame_w > 0 && f->frame_h > 0);
    return (whole && (f->type == FIELD_IMAGE || (!frame && !f->pixels))) ||
           load_fail(l, at, "frame: expected [width, height] in pixels, pixels: the least long side; of an image");
}

static bool wants_dict(enum field_type t)
{
    return t == FIELD_SELECT || t == FIELD_TEXT_SELECT || t == FIELD_CASCADE || t == FIELD_DIVISION;
}

static bool field_words(const struct load *l, const json_t *o, const char *at, struct form_field *f)
{
    int width = WIDTH_FULL, keyboard = -1, live = -1;
    if (!load_string(l, o, at, "label", &f->label) || !load_string(l, o, at, "help", &f->help) ||
        !load_string(l, o, at, "example", &f->example) || !load_string(l, o, at, "dict", &f->dict) ||
        !load_string(l, o, at, "group", &f->group) || !load_string(l, o, at, "prefer_at", &f->prefer_at) ||
        !load_string(l, o, at, "initial", &f->initial) || !load_bool(l, o, at, "read_only", &f->read_only) ||
        !load_bool(l, o, at, "off", &f->off) || !load_int(l, o, at, "max_len", &f->max_len) ||
        !load_word(l, o, at, "width", width_names, ARRAY_LEN(width_names), &width) ||
        !load_word(l, o, at, "keyboard", keyboard_names, ARRAY_LEN(keyboard_names), &keyboard) ||
        !load_word(l, o, at, "live", live_names, ARRAY_LEN(live_names), &live))
        return false;
    f->live = live < 0 ? NULL : live_names[live];
    if (f->live && f->type != FIELD_TEXT_SELECT)
        return load_fail(l, at, "live: expected at a text_select only");
    f->width = (enum field_width)width;
    f->keyboard = keyboard < 0 ? NULL : keyboard_names[keyboard];
    if ((f->dict != NULL) != wants_dict(f->type) || (f->dict && !dict_find(l->set, f->dict)))
        return load_fail(l, at, "dict: expected a file of codes/ for a field that chooses, and for no other");
    return true;
}

static bool from_member(const struct load *l, const json_t *o, const char *at, const struct form_section *s,
                        struct form_field *f)
{
    const char *text = NULL;
    if (!load_string(l, o, at, "from", &text) || !text)
        return !json_object_get(o, "from");
    struct form_from *from = set_alloc(l->set, sizeof *from);
    f->from = from;
    return from_load(l, text, at, s, from);
}

static bool conds_of_field(const struct load *l, const json_t *o, const char *at, const struct form_section *s,
                           struct form_field *f)
{
    const json_t *v = json_object_get(o, "required");
    if (v && !json_is_false(v) && !cond_load(l, v, at, s, &f->required))
        return false;
    v = json_object_get(o, "show_if");
    return !v || cond_load(l, v, at, s, &f->show_if);
}

static bool check_list(const struct load *l, const json_t *o, const char *at, const char *name,
                       const struct form_section *s, const struct form_check **out, size_t *n)
{
    const json_t *v = json_object_get(o, name);
    char deeper[AT_SIZE];
    snprintf(deeper, sizeof deeper, "%.100s.%s", at, name);
    return !v || checks_load(l, v, deeper, s, out, n);
}

static void files_limits(struct form_field *f, const struct file_rules *rules)
{
    f->files_max = f->type == FIELD_FILES ? rules->max_per_field : 1;
    for (size_t i = 0; i < f->n_checks; i++)
        if (f->checks[i].kind == CHECK_COUNT && f->checks[i].field == f) {
            f->files_min = f->checks[i].min;
            f->files_max = f->checks[i].max;
        }
}

static bool field_finish(const struct load *l, const json_t *o, const char *at, const struct form_section *s,
                         struct form_field *f)
{
    static const char *const names[] = {
        "key",       "label",     "type", "required", "show_if", "max_len",  "dict",  "filter_by", "fills", "group",
        "normalise", "check",     "warn", "example",  "help",    "keyboard", "width", "read_only", "off",   "from",
        "initial",   "prefer_at", "live", "known_by", "frame",   "pixels",   "reads", NULL};
    if (!load_members(l, o, at, names) || !field_words(l, o, at, f) || !conds_of_field(l, o, at, s, f) ||
        !normalise_load(l, json_object_get(o, "normalise"), at, f) ||
        !filters_load(l, json_object_get(o, "filter_by"), at, s, f) ||
        !fills_load(l, json_object_get(o, "fills"), at, s, f) ||
        !known_by_load(l, json_object_get(o, "known_by"), at, s, f) || !from_member(l, o, at, s, f) ||
        !picture_load(l, o, at, f) || !reads_load(l, json_object_get(o, "reads"), at, s, f) ||
        !check_list(l, o, at, "check", s, &f->checks, &f->n_checks) ||
        !check_list(l, o, at, "warn", s, &f->warns, &f->n_warns))
        return false;
    if (f->prefer_at && !form_field_find(s, f->prefer_at))
        return load_fail(l, at, "prefer_at: expected a field of this section");
    char key[AT_SIZE];
    snprintf(key, sizeof key, "%s.%s", s->key, f->key);
    if (!f->label)
        f->label = set_strdup(l->set, key);
    if (!f->help) {
        snprintf(key, sizeof key, "%s.%s.help", s->key, f->key);
        f->help = set_strdup(l->set, key);
    }
    files_limits(f, &l->set->files);
    return true;
}

static bool section_words(const struct load *l, const json_t *o, struct form_section *s)
{
    static const char *const names[] = {"version",     "key",      "title",   "help",        "scope",
                                        "step",        "no",       "entries", "min",         "max",
                                        "answer_none", "required", "summary", "exactly_one", "order_by",
                                        "rows_from",   "check",    "warn",    "fields",      NULL};
    static const char *const entries_names[] = {"one", "many"};
    int scope = -1, step = -1, entries = 0;
    const char *version = NULL;
    if (!load_members(l, o, "section", names) || !load_string(l, o, "section", "version", &version) ||
        !load_string(l, o, "section", "title", &s->title) || !load_string(l, o, "section", "help", &s->help) ||
        !load_word(l, o, "section", "scope", scope_names, ARRAY_LEN(scope_names), &scope) ||
        !load_word(l, o, "section", "step", step_names, ARRAY_LEN(step_names), &step) ||
        !load_word(l, o, "section", "entries", entries_names, ARRAY_LEN(entries_names), &entries) ||
        !load_int(l, o, "section", "no", &s->no) || !load_int(l, o, "section", "min", &s->min) ||
        !load_int(l, o, "section", "max", &s->max) || !load_bool(l, o, "section", "answer_none", &s->answer_none) ||
        !load_bool(l, o, "section", "required", &s->required) ||
        !load_string(l, o, "section", "exactly_one", &s->exactly_one) ||
        !load_string(l, o, "section", "order_by", &s->order_by) ||
        !load_string(l, o, "section", "summary", &s->summary))
        return false;
    if (!version || scope < 0 || step < 0)
        return load_fail(l, "section", "expected version, scope and step");
    if (entries && (s->max < 1 || s->min > s->max))
        return load_fail(l, "max", "expected at least min and 1");
    s->scope = (enum form_scope)scope;
    s->step = (enum form_step)step;
    s->many = entries == 1;
    return true;
}

static bool summary_ok(const struct form_section *s)
{
    char words[200];
    if (!s->summary)
        return true;
    if (!zcopy(words, sizeof words, s->summary))
        return false;
    char *rest = NULL;
    for (char *w = strtok_r(words, ",", &rest); w; w = strtok_r(NULL, ",", &rest))
        if (!form_field_find(s, w))
            return false;
    return true;
}

/* {"list":"training","field":"source","is":"platform"} */
static bool rows_load(const struct load *l, const json_t *v, struct form_section *s)
{
    static const char *const names[] = {"list", "field", "is", NULL};
    const char *field = NULL;
    if (!v)
        return true;
    if (!json_is_object(v) || !load_members(l, v, "rows_from", names) ||
        !load_string(l, v, "rows_from", "list", &s->rows_from) || !load_string(l, v, "rows_from", "field", &field) ||
        !load_string(l, v, "rows_from", "is", &s->rows_is))
        return false;
    s->rows_mark = form_field_find(s, field);
    if (!s->many || !s->rows_from || !s->rows_mark || !s->rows_is)
        return load_fail(l, "rows_from", "expected list, field and is, in a section with many entries");
    return true;
}

static bool section_finish(const struct load *l, const json_t *o, struct form_section *s)
{
    if (!section_words(l, o, s) || !rows_load(l, json_object_get(o, "rows_from"), s))
        return false;
    const struct form_field *one = form_field_find(s, s->exactly_one);
    if (s->exactly_one && (!one || one->type != FIELD_BOOL || !s->many))
        return load_fail(l, "exactly_one", "expected a bool field of a section with many entries");
    if ((s->order_by && !form_field_find(s, s->order_by)) || !summary_ok(s))
        return load_fail(l, "order_by, summary", "expected fields of this section");
    char key[AT_SIZE];
    if (!s->title)
        s->title = s->key;
    if (!s->help) {
        snprintf(key, sizeof key, "%s.help", s->key);
        s->help = set_strdup(l->set, key);
    }
    const json_t *fields = json_object_get(o, "fields");
    for (size_t i = 0; i < s->n_fields; i++) {
        snprintf(key, sizeof key, "fields[%zu]", i);
        if (!field_finish(l, json_array_get(fields, i), key, s, (struct form_field *)&s->fields[i]))
            return false;
    }
    if (s->rows_mark && !s->rows_mark->read_only)
        return load_fail(l, "rows_from", "field: expected a read-only one");
    struct load whole = *l;
    whole.whole_section = true;
    return check_list(&whole, o, "section", "check", s, &s->checks, &s->n_checks) &&
           check_list(&whole, o, "section", "warn", s, &s->warns, &s->n_warns);
}

/* --- the folder --- */

struct files {
    json_t *json[SECTIONS_MAX];
    char *name[SECTIONS_MAX];
    size_t n;
};

static void files_cleanup(struct files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        json_decref(f->json[i]);
        free(f->name[i]);
    }
}

static bool files_read(const char *dir, const json_t *manifest, const char *manifest_name, struct files *out,
                       struct err *e)
{
    const json_t *list = json_object_get(manifest, "files");
    if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > SECTIONS_MAX)
        return err_set(e, ERR_FORMAT, "%s: files: expected a list of 1 to %d names", manifest_name, SECTIONS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || strchr(name, '/'))
            return err_set(e, ERR_FORMAT, "%s: files[%zu]: expected a file name", manifest_name, i);
        char *path = path_join(dir, name);
        json_t *v = asset_json(path, e);
        if (!v) {
            free(path);
            return false;
        }
        out->name[out->n] = path;
        out->json[out->n++] = v;
    }
    return true;
}

bool sections_load(struct form_set *f, const char *dir, struct err *e)
{
    AUTOFREE char *manifest_path = path_join(dir, "manifest.json");
    CLEANUP(json) json_t *manifest = asset_json(manifest_path, e);
    if (!manifest)
        return false;
    struct load l = {.set = f, .file = manifest_path, .e = e};
    if (!load_string(&l, manifest, "manifest", "version", &f->version) || !load_date(&l, manifest))
        return false;
    if (!f->version)
        return load_fail(&l, "version", "expected a version");
    CLEANUP(files) struct files files = {0};
    if (!files_read(dir, manifest, manifest_path, &files, e))
        return false;
    f->sections = set_alloc(f, files.n * sizeof *f->sections);
    for (size_t i = 0; i < files.n; i++) {
        l.file = files.name[i];
        f->n_sections = i + 1;
        f->sections[i].index = i;
        /* not yet named, so that the search for the key finds this one only if it is the first */
        f->sections[i].key = "";
        if (!section_start(&l, files.json[i], &f->sections[i]))
            return false;
    }
    for (size_t i = 0; i < files.n; i++) {
        l.file = files.name[i];
        if (!section_finish(&l, files.json[i], &f->sections[i]))
            return false;
    }
    return true;
}
