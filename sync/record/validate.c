/* validate.c — findings for a field, a section, a declaration. A field's own type is judged first; its checks only when
 * that holds; warnings only when there is no error. */
#include "sync/record/validate.h"

#include "sync/record/check.h"
#include "sync/record/form_set.h"
#include "sync/record/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_finish(struct findings *f)
{
    free(f->rows);
    *f = (struct findings){0};
}

size_t findings_count(const struct findings *f, enum severity s)
{
    size_t n = 0;
    for (size_t i = 0; i < f->len; i++)
        n += f->rows[i].severity == s;
    return n;
}

static bool same_key(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

const struct finding *findings_at(const struct findings *f, struct doc_path p)
{
    const struct finding *found = NULL;
    for (size_t i = 0; i < f->len; i++) {
        const struct finding *r = &f->rows[i];
        if (r->path.entry != p.entry || !same_key(r->path.section, p.section) || !same_key(r->path.field, p.field))
            continue;
        if (r->severity == SEVERITY_ERROR)
            return r;
        if (!found)
            found = r;
    }
    return found;
}

struct finding *findings_add(struct findings *out, struct doc_path p, enum severity severity, const char *message)
{
    if (out->len == out->cap) {
        out->cap = out->cap ? 2 * out->cap : 8;
        out->rows = xrealloc(out->rows, out->cap * sizeof *out->rows);
    }
    struct finding *f = &out->rows[out->len++];
    *f = (struct finding){.path = p, .severity = severity, .message = message};
    return f;
}

/* The message and arguments stand in j. */
static void add(struct findings *out, const struct judge *j, enum severity severity)
{
    struct doc_path p = {j->section->key, j->entry, j->field ? j->field->key : NULL};
    struct finding *f = findings_add(out, p, severity, j->message);
    memcpy(f->arg, j->arg, sizeof f->arg);
}

static bool fail(struct judge *j, const char *message)
{
    j->message = message;
    j->arg[0][0] = j->arg[1][0] = '\0';
    return false;
}

static bool fail_number(struct judge *j, const char *message, int n)
{
    fail(j, message);
    snprintf(j->arg[0], sizeof j->arg[0], "%d", n);
    return false;
}

/* --- types --- */

/* Where the form says nothing. Code points. */
#define TEXT_MAX     200
#define TEXTAREA_MAX 2000
#define NAME_MAX_LEN 200

static bool text_type(struct judge *j, const json_t *v)
{
    const struct form_field *f = j->field;
    const char *z = json_string_value(v);
    if (!z)
        return fail(j, "check.kind");
    int max = f->max_len ? f->max_len : f->type == FIELD_TEXTAREA ? TEXTAREA_MAX : TEXT_MAX;
    if (utf8_count(z) > (size_t)max)
        return fail_number(j, "check.too_long", max);
    if (strlen(z) != json_string_length(v) || !text_ok(z, f->type == FIELD_TEXTAREA))
        return fail(j, "check.control_chars");
    return true;
}

static bool integer_type(struct judge *j, const json_t *v)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return fail(j, "check.number");
    char shown[32];
    snprintf(shown, sizeof shown, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    if (j->field->max_len && strlen(shown) > (size_t)j->field->max_len)
        return fail_number(j, "check.too_long", j->field->max_len);
    return true;
}

static bool year_type(struct judge *j, const json_t *v)
{
    json_int_t y = json_integer_value(v);
    return (json_is_integer(v) && y >= 1000 && y <= 9999) || fail(j, "check.year");
}

static bool decimal_type(struct judge *j, const json_t *v)
{
    const char *z = json_string_value(v);
    size_t whole = z ? strspn(z, "0123456789") : 0, part = 0;
    if (z && z[whole] == '.')
        part = 1 + strspn(z + whole + 1, "0123456789");
    if (whole < 1 || whole > 12 || part == 1 || part > 5 || z[whole + part])
        return fail(j, "check.decimal");
    if (j->field->max_len && whole + part > (size_t)j->field->max_len)
        return fail_number(j, "check.too_long", j->field->max_len);
    return true;
}

static bool date_type(struct judge *j, const json_t *v)
{
    const char *z = json_string_value(v);
    if (z && date_check(z) && (j->field->type == FIELD_DATE || strlen(z) == 7))
        return true;
    return fail(j, j->field->type == FIELD_DATE ? "check.date" : "check.month");
}

static bool choice_type(struct judge *j, const json_t *v)
{
    const struct dict *d = dict_find(doc_forms(j->doc), j->field->dict);
    const char *code = json_string_value(v);
    const struct dict_item *item = code ? dict_code(d, code) : NULL;
    struct doc_path p = {j->section->key, j->entry, j->field->key};
    if (!item || !choice_legal(j->field, d, item))
        return fail(j, "check.not_in_list");
    return choice_agrees(j->doc, p, j->field, item) || fail(j, "check.item_disagrees");
}

static bool hex64(const json_t *v)
{
    const char *z = json_string_value(v);
    return z && strlen(z) == 64 && strspn(z, "0123456789abcdef") == 64;
}

static bool file_type(struct judge *j, const json_t *file)
{
    const char *name = json_string_value(json_object_get(file, "name")),
               *kind = json_string_value(json_object_get(file, "kind"));
    const json_t *bytes = json_object_get(file, "bytes");
    if (!name || !kind || !json_is_integer(bytes) || !hex64(json_object_get(file, "sha256")) ||
        !hex64(json_object_get(file, "digest")) || !json_is_string(json_object_get(file, "key")) ||
        !text_ok(name, false))
        return fail(j, "check.file_record");
    const json_t *width = json_object_get(file, "width"), *height = json_object_get(file, "height");
    if ((width && !json_is_integer(width)) || (height && !json_is_integer(height)))
        return fail(j, "check.file_record");
    if (utf8_count(name) > NAME_MAX_LEN)
        return fail_number(j, "check.too_long", NAME_MAX_LEN);
    const char *message = file_check(doc_forms(j->doc), name, kind, json_integer_value(bytes));
    if (message)
        return fail(j, message);
    return j->field->type == FIELD_FILES || strcmp(kind, "pdf") != 0 || fail(j, "check.file_image");
}

static bool files_type(struct judge *j, const json_t *v)
{
    if (!json_is_array(v))
        return fail(j, "check.kind");
    size_t n = json_array_size(v);
    if (n > (size_t)j->field->files_max) {
        fail_number(j, "check.count", j->field->files_min);
        snprintf(j->arg[1], sizeof j->arg[1], "%d", j->field->files_max);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!file_type(j, json_array_get(v, i)))
            return false;
    return true;
}

static bool type_passes(struct judge *j, const json_t *v)
{
    switch (j->field->type) {
    case FIELD_TEXT:
    case FIELD_TEXTAREA:
    case FIELD_TEXT_SELECT:
    case FIELD_ID:
    case FIELD_PHONE:
        return text_type(j, v);
    case FIELD_INT:
        return integer_type(j, v);
    case FIELD_YEAR:
        return year_type(j, v);
    case FIELD_DECIMAL:
        return decimal_type(j, v);
    case FIELD_BOOL:
        return json_is_boolean(v) || fail(j, "check.kind");
    case FIELD_DATE:
    case FIELD_MONTH:
        return date_type(j, v);
    case FIELD_SELECT:
    case FIELD_CASCADE:
    case FIELD_DIVISION:
        return choice_type(j, v);
    case FIELD_FILES:
    case FIELD_IMAGE:
    case FIELD_SIGNATURE:
        return files_type(j, v);
    }
    return fail(j, "check.kind");
}

/* --- fields --- */

static const char *required_message(enum field_type t)
{
    if (t == FIELD_FILES || t == FIELD_IMAGE || t == FIELD_SIGNATURE)
        return "check.required_file";
    bool chosen = t == FIELD_SELECT || t == FIELD_CASCADE || t == FIELD_DIVISION || t == FIELD_BOOL ||
                  t == FIELD_DATE || t == FIELD_MONTH;
    return chosen ? "check.required_choice" : "check.required";
}

static bool shown(const struct judge *j)
{
    return !j->field->off && (!j->field->show_if || cond_holds(j, j->field->show_if));
}

static bool judge_at(struct judge *j, const struct doc *d, struct doc_path p)
{
    *j = (struct judge){.doc = d, .section = form_section_find(doc_forms(d), p.section), .entry = p.entry};
    j->field = form_field_find(j->section, p.field);
    return j->field != NULL;
}

bool field_shown(const struct doc *d, struct doc_path p)
{
    struct judge j;
    return judge_at(&j, d, p) && shown(&j);
}

bool field_required(const struct doc *d, struct doc_path p)
{
    struct judge j;
    return judge_at(&j, d, p) && shown(&j) && j.field->required && cond_holds(&j, j.field->required);
}

static bool empty(const json_t *v)
{
    /* blanks only are no answer: a screen never stores them, a hand-made record may */
    return !v || (json_is_array(v) && !json_array_size(v)) || (json_is_string(v) && text_blank(json_string_value(v)));
}

static bool checks_pass(struct judge *j, const struct form_check *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!check_passes(j, &c[i]))
            return false;
    return true;
}

static void judge_field(struct judge *j, struct findings *out)
{
    const struct form_field *f = j->field;
    const json_t *v = doc_get(j->doc, (struct doc_path){j->section->key, j->entry, f->key});
    if (f->off && !empty(v)) {
        fail(j, "check.not_accepted");
        add(out, j, SEVERITY_ERROR);
    }
    if (!shown(j))
        return;
    if (empty(v)) {
        if (f->required && cond_holds(j, f->required)) {
            fail(j, required_message(f->type));
            add(out, j, SEVERITY_ERROR);
        }
        return;
    }
    if (!type_passes(j, v) || !checks_pass(j, f->checks, f->n_checks)) {
        add(out, j, SEVERITY_ERROR);
        return;
    }
    for (size_t i = 0; i < f->n_warns; i++)
        if (!check_passes(j, &f->warns[i]))
            add(out, j, SEVERITY_WARNING);
}

void validate_field(const struct doc *d, struct doc_path p, struct civil today, struct findings *out)
{
    struct judge j;
    if (!judge_at(&j, d, p))
        return;
    j.today = today;
    judge_field(&j, out);
}

/* --- sections --- */

static void judge_entry(struct judge *j, struct findings *out)
{
    size_t known = 0;
    const json_t *o = doc_get(j->doc, (struct doc_path){j->section->key, j->entry, NULL});
    for (size_t i = 0; i < j->section->n_fields; i++) {
        j->field = &j->section->fields[i];
        known += json_object_get(o, j->field->key) != NULL;
        judge_field(j, out);
    }
    j->field = NULL;
    if (json_object_size(o) > known) {
        fail(j, "check.unknown_field");
        add(out, j, SEVERITY_WARNING);
    }
}

static void section_finding(struct judge *j, struct findings *out, const char *message, int n)
{
    j->entry = NO_ENTRY;
    j->field = NULL;
    fail_number(j, message, n);
    add(out, j, SEVERITY_ERROR);
}

static void judge_exactly_one(struct judge *j, int entries, struct findings *out)
{
    int on = 0;
    for (int i = 0; i < entries; i++)
        on += doc_bool(j->doc, (struct doc_path){j->section->key, i, j->section->exactly_one});
    if (on != 1)
        section_finding(j, out, "check.exactly_one", 1);
}

/* Number of entries, with the findings about it. */
static int judge_entries(struct judge *j, struct findings *out)
{
    const struct form_section *s = j->section;
    int n = doc_entries(j->doc, s->key);
    if (doc_none(j->doc, s->key)) {
        if (!s->answer_none)
            section_finding(j, out, "check.section_required", s->min);
        return 0;
    }
    if (n == 0 && s->required && !s->min)
        section_finding(j, out, "check.section_unanswered", 0);
    else if (n < s->min)
        section_finding(j, out, "check.section_required", s->min);
    else if (n - doc_rows_given(j->doc, s->key) > s->max)
        section_finding(j, out, "check.too_many", s->max);
    if (n && s->exactly_one)
        judge_exactly_one(j, n, out);
    return n;
}

static void judge_section(struct judge *j, struct findings *out)
{
    const struct form_section *s = j->section;
    int n = 1;
    j->entry = NO_ENTRY;
    if (s->many) {
        n = judge_entries(j, out);
        for (j->entry = 0; j->entry < n; j->entry++)
            if (!doc_row_given(j->doc, s->key, j->entry))
                judge_entry(j, out);
        j->entry = NO_ENTRY;
    } else {
        judge_entry(j, out);
    }
    j->field = NULL;
    if (!n)
        return;
    if (!checks_pass(j, s->checks, s->n_checks))
        add(out, j, SEVERITY_ERROR);
    for (size_t i = 0; i < s->n_warns; i++)
        if (!check_passes(j, &s->warns[i]))
            add(out, j, SEVERITY_WARNING);
}

void validate_section(const struct doc *d, const char *section, struct civil today, struct findings *out)
{
    struct judge j = {.doc = d, .section = form_section_find(doc_forms(d), section), .today = today};
    if (j.section)
        judge_section(&j, out);
}

void validate_scope_all(const struct doc *d, struct civil today, struct findings *out)
{
    for (size_t i = 0; i < form_section_count(doc_forms(d)); i++) {
        struct judge j = {.doc = d, .section = form_section_at(doc_forms(d), i), .today = today};
        judge_section(&j, out);
    }
}

/* An answer that the person gave: neither prefilled nor an initial value. */
static bool given(const struct doc *d, const struct form_section *s, int entry)
{
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct form_field *f = &s->fields[i];
        if (!f->read_only && !f->from && !f->initial && doc_answered(d, (struct doc_path){s->key, entry, f->key}))
            return true;
    }
    return false;
}

/* A section that has nothing but what is prefilled is filled by that: 核对. */
static bool asks_nothing(const struct form_section *s)
{
    for (size_t i = 0; i < s->n_fields; i++)
        if (!s->fields[i].off && !s->fields[i].read_only)
            return false;
    return true;
}

enum section_state section_state(const struct doc *d, const char *section, struct civil today, int *errors,
                                 int *entries)
{
    const struct form_section *s = form_section_find(doc_forms(d), section);
    struct findings f = {0};
    validate_section(d, section, today, &f);
    int n_errors = (int)findings_count(&f, SEVERITY_ERROR), n = doc_entries(d, section);
    findings_finish(&f);
    if (errors)
        *errors = n_errors;
    if (entries)
        *entries = n;
    if (doc_none(d, section))
        return n_errors ? SECTION_ERRORS : SECTION_NONE;
    bool filled = s && (s->many ? n > 0 : asks_nothing(s) || given(d, s, NO_ENTRY));
    return !filled ? SECTION_EMPTY : n_errors ? SECTION_ERRORS : SECTION_FILLED;
}
