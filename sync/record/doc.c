/* doc.c — the answers of a declaration: one JSON object a section, as it is exported. A section with one entry is an
 * object; one with many an array of objects, or {"none":true} for 无此项. */
#include "sync/record/doc.h"

#include "sync/base/cleanup.h"
#include "sync/record/form_set.h"
#include "sync/record/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any form allows: a bound for hostile documents only. */
#define ENTRIES_MAX 500
#define GIVEN_MAX   200

struct doc {
    const struct form_set *forms;
    json_t *sections;
};

struct doc *doc_create(const struct form_set *f)
{
    struct doc *d = xcalloc(1, sizeof *d);
    d->forms = f;
    d->sections = json_object();
    return d;
}

void doc_destroy(struct doc *d)
{
    if (!d)
        return;
    json_decref(d->sections);
    free(d);
}

struct doc *doc_clone(const struct doc *d)
{
    struct doc *copy = xcalloc(1, sizeof *copy);
    copy->forms = d->forms;
    copy->sections = json_deep_copy(d->sections);
    return copy;
}

const struct form_set *doc_forms(const struct doc *d)
{
    return d->forms;
}

/* The object that holds an entry's answers; NULL when there is none. */
static json_t *entry_of(const struct doc *d, const char *section, int entry)
{
    json_t *s = section ? json_object_get(d->sections, section) : NULL;
    if (json_is_array(s))
        return entry >= 0 ? json_array_get(s, (size_t)entry) : NULL;
    return entry == NO_ENTRY ? s : NULL;
}

const json_t *doc_get(const struct doc *d, struct doc_path p)
{
    json_t *o = entry_of(d, p.section, p.entry);
    return p.field ? json_object_get(o, p.field) : o;
}

const char *doc_text(const struct doc *d, struct doc_path p)
{
    const char *z = json_string_value(doc_get(d, p));
    return z ? z : "";
}

bool doc_bool(const struct doc *d, struct doc_path p)
{
    return json_is_true(doc_get(d, p));
}

bool doc_answered(const struct doc *d, struct doc_path p)
{
    return doc_get(d, p) != NULL;
}

const char *doc_show(const struct doc *d, struct doc_path p, char *out, size_t size)
{
    const json_t *v = doc_get(d, p);
    if (json_is_integer(v))
        snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else
        zcopy(out, size, doc_text(d, p));
    return out;
}

static const struct form_field *field_at(const struct doc *d, struct doc_path p)
{
    return form_field_find(form_section_find(d->forms, p.section), p.field);
}

/* The entry's object, made where the path may have one. */
static json_t *entry_make(struct doc *d, const struct form_section *s, int entry)
{
    if (s->many)
        return entry_of(d, s->key, entry);
    if (entry != NO_ENTRY)
        return NULL;
    json_t *o = json_object_get(d->sections, s->key);
    if (!o) {
        o = json_object();
        json_object_set_new(d->sections, s->key, o);
    }
    return o;
}

/* --- rows that the platform fills in --- */

static bool is_given(const struct form_section *s, const json_t *entry)
{
    const char *mark = s && s->rows_mark ? json_string_value(json_object_get(entry, s->rows_mark->key)) : NULL;
    return mark && strcmp(mark, s->rows_is) == 0;
}

bool doc_row_given(const struct doc *d, const char *section, int entry)
{
    return is_given(form_section_find(d->forms, section), entry_of(d, section, entry));
}

int doc_rows_given(const struct doc *d, const char *section)
{
    int n = 0;
    for (int i = 0; i < doc_entries(d, section); i++)
        n += doc_row_given(d, section, i);
    return n;
}

static json_t *given_row(const struct form_section *s, const json_t *from)
{
    json_t *row = json_object();
    for (size_t i = 0; i < s->n_fields; i++) {
        json_t *value = json_object_get(from, s->fields[i].key);
        if (!s->fields[i].off && (json_is_string(value) || json_is_integer(value) || json_is_boolean(value)))
            json_object_set(row, s->fields[i].key, value);
    }
    bool empty = !json_object_size(row);
    json_object_set_new(row, s->rows_mark->key, json_string(s->rows_is));
    if (!empty)
        return row;
    json_decref(row);
    return NULL;
}

bool doc_rows_set(struct doc *d, const char *section, const json_t *rows)
{
    const struct form_section *s = form_section_find(d->forms, section);
    if (!s || !s->rows_mark)
        return false;
    json_t *old = json_object_get(d->sections, section), *now = json_array(), *entry;
    size_t i;
    json_array_foreach(old, i, entry) if (!is_given(s, entry)) json_array_append(now, entry);
    json_array_foreach((json_t *)(uintptr_t)rows, i, entry)
    {
        json_t *row = i < GIVEN_MAX && json_is_object(entry) ? given_row(s, entry) : NULL;
        if (row)
            json_array_append_new(now, row);
    }
    bool same = json_equal(old, now) || (!json_array_size(now) && !json_array_size(old));
    if (!same && json_array_size(now))
        json_object_set(d->sections, section, now);
    else if (!same)
        json_object_del(d->sections, section);
    json_decref(now);
    return !same;
}

/* An operator's table has texts where a doc has numbers. */
static bool same_answer(const json_t *a, const json_t *b)
{
    char one[32], other[32];
    const char *x = json_string_value(a), *y = json_string_value(b);
    if (json_is_integer(a))
        snprintf(one, sizeof one, "%lld", (long long)json_integer_value(a));
    if (json_is_integer(b))
        snprintf(other, sizeof other, "%lld", (long long)json_integer_value(b));
    x = json_is_integer(a) ? one : x;
    y = json_is_integer(b) ? other : y;
    return x && y ? strcmp(x, y) == 0 : json_equal(a, b);
}

static bool same_row(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *v;
    bool same = json_object_size(a) == json_object_size(b);
    json_object_foreach((json_t *)(uintptr_t)a, key, v) same = same && same_answer(v, json_object_get(b, key));
    return same;
}

bool doc_row_true(const struct doc *d, const char *section, int entry, const json_t *rows)
{
    const struct form_section *s = form_section_find(d->forms, section);
    const json_t *row = entry_of(d, section, entry), *v;
    bool found = !is_given(s, row);
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)rows, i, v)
    {
        json_t *given = found ? NULL : given_row(s, v);
        found = found || (given && same_row(given, row));
        json_decref(given);
    }
    return found;
}

/* A text that no longer is the picked item's name takes the filled code with it. */
static void forget_code(json_t *entry, const struct form_field *f, const json_t *value)
{
    const json_t *old = json_object_get(entry, f->key);
    if (old && value && json_equal(old, value))
        return;
    for (size_t i = 0; i < f->n_fills; i++)
        if (strcmp(f->fills[i].column, "code") == 0)
            json_object_del(entry, f->fills[i].field->key);
}

bool doc_set(struct doc *d, struct doc_path p, json_t *value, struct err *e)
{
    const struct form_section *s = form_section_find(d->forms, p.section);
    const struct form_field *f = form_field_find(s, p.field);
    json_t *entry = f && !f->off ? entry_make(d, s, p.entry) : NULL;
    if (entry && is_given(s, entry)) {
        json_decref(value);
        return err_set(e, ERR_STATE, "%s: a row of the platform", s->key);
    }
    if (!entry) {
        json_decref(value);
        return err_set(e, ERR_NOT_FOUND, "no such field: %s %d %s", p.section ? p.section : "-", p.entry,
                       p.field ? p.field : "-");
    }
    forget_code(entry, f, value);
    if (value)
        json_object_set_new(entry, f->key, value);
    else
        json_object_del(entry, f->key);
    return true;
}

/* Typed digits as an integer; NULL when they are none that JSON keeps exactly. */
static json_t *integer_of(const char *z)
{
    size_t n = strlen(z);
    if (n == 0 || n > 15 || strspn(z, "0123456789") != n)
        return NULL;
    return json_integer(strtoll(z, NULL, 10));
}

static json_t *value_of_text(const struct form_field *f, const char *z)
{
    if (f->type == FIELD_BOOL && (strcmp(z, "true") == 0 || strcmp(z, "false") == 0))
        return json_boolean(*z == 't');
    json_t *n = f->type == FIELD_INT || f->type == FIELD_YEAR ? integer_of(z) : NULL;
    if (n)
        return n;
    json_t *v = json_string(z);
    if (v)
        return v;
    CLEANUP(str) struct str s = {0};
    for (const char *end = z + strlen(z); z < end;) {
        uint32_t c;
        size_t used = utf8_next(z, end, &c);
        if (c != 0xFFFD || used > 1)
            str_add(&s, z, used);
        z += used;
    }
    return s.len ? json_stringn(s.p, s.len) : NULL;
}

bool doc_set_text(struct doc *d, struct doc_path p, const char *z, struct err *e)
{
    const struct form_field *f = field_at(d, p);
    return doc_set(d, p, f && *z ? value_of_text(f, z) : NULL, e);
}

int doc_entries(const struct doc *d, const char *section)
{
    return (int)json_array_size(json_object_get(d->sections, section));
}

static void set_initial(json_t *entry, const struct form_section *s)
{
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct form_field *f = &s->fields[i];
        if (f->initial && !f->off && !json_object_get(entry, f->key))
            json_object_set_new(entry, f->key, value_of_text(f, f->initial));
    }
}

/* The array of a section with many entries, made where there is none; NULL for another section. */
static json_t *entries_make(struct doc *d, const char *section)
{
    const struct form_section *s = form_section_find(d->forms, section);
    if (!s || !s->many)
        return NULL;
    json_t *a = json_object_get(d->sections, section);
    if (!json_is_array(a)) {
        a = json_array();
        json_object_set_new(d->sections, section, a);
    }
    return a;
}

int doc_entry_add(struct doc *d, const char *section)
{
    json_t *a = entries_make(d, section);
    if (!a)
        return NO_ENTRY;
    json_t *entry = json_object();
    set_initial(entry, form_section_find(d->forms, section));
    int at = (int)json_array_size(a) - doc_rows_given(d, section); /* the platform's stand behind */
    json_array_insert_new(a, (size_t)at, entry);
    return at;
}

json_t *doc_entry_take(struct doc *d, const char *section, int entry)
{
    json_t *a = json_object_get(d->sections, section), *taken = entry_of(d, section, entry);
    if (!json_is_array(a) || !taken || doc_row_given(d, section, entry))
        return NULL;
    json_incref(taken);
    json_array_remove(a, (size_t)entry);
    if (!json_array_size(a))
        json_object_del(d->sections, section);
    return taken;
}

void doc_entry_put(struct doc *d, const char *section, int entry, json_t *taken)
{
    json_t *a = entries_make(d, section);
    if (!a || !json_is_object(taken)) {
        json_decref(taken);
        return;
    }
    size_t n = json_array_size(a);
    json_array_insert_new(a, entry < 0 || (size_t)entry > n ? n : (size_t)entry, taken);
}

void doc_exactly_one(struct doc *d, const char *section, const char *field, int entry)
{
    const struct form_field *f = form_field_find(form_section_find(d->forms, section), field);
    json_t *a = json_object_get(d->sections, section);
    for (size_t i = 0; f && i < json_array_size(a); i++)
        if (!is_given(f->section, json_array_get(a, i)))
            json_object_set_new(json_array_get(a, i), field, json_boolean((int)i == entry));
}

bool doc_none(const struct doc *d, const char *section)
{
    const struct form_section *s = form_section_find(d->forms, section);
    return s && s->many && json_is_true(json_object_get(json_object_get(d->sections, section), "none"));
}

void doc_set_none(struct doc *d, const char *section, bool none)
{
    const struct form_section *s = form_section_find(d->forms, section);
    if (!s || !s->many || (none && doc_rows_given(d, section)))
        return;
    if (none)
        json_object_set_new(d->sections, section, json_pack("{s:b}", "none", 1));
    else if (doc_none(d, section))
        json_object_del(d->sections, section);
}

bool doc_export(const struct doc *d, enum form_scope scope, struct str *out, struct err *e)
{
    CLEANUP(json) json_t *sections = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(d->sections, key, value)
    {
        const struct form_section *s = form_section_find(d->forms, key);
        /* what no form knows goes with the title, as the declaration it came with */
        if ((s ? s->scope : SCOPE_TITLE) == scope)
            json_object_set(sections, key, value);
    }
    CLEANUP(json)
    json_t *whole = json_pack("{s:s,s:s,s:O}", "form", form_set_version(d->forms), "rules",
                              form_set_rules_version(d->forms), "sections", sections);
    return canon_write(whole, out, e);
}

static bool value_ok(const json_t *v)
{
    if (!json_is_array(v))
        return json_is_string(v) || json_is_boolean(v) || json_is_integer(v);
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!json_is_object(json_array_get(v, i)))
            return false;
    return true;
}

/* What we write is NFC already; what somebody else sealed is brought to it here, so that names compare and are found. */
static void store_nfc(json_t *v)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_string(v) && !is_nfc(json_string_value(v), json_string_length(v))) {
        CLEANUP(str) struct str s = {0};
        nfc_add(&s, json_string_value(v), json_string_length(v));
        json_string_setn(v, str_z(&s), s.len);
    }
    json_array_foreach(v, i, value) store_nfc(value);
    json_object_foreach(v, key, value) store_nfc(value);
}

static bool import_entry(const struct form_section *s, json_t *o, struct err *e)
{
    if (!json_is_object(o))
        return err_set(e, ERR_FORMAT, "%s: an entry is no object", s ? s->key : "section");
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(o, next, key, value)
    {
        const struct form_field *f = form_field_find(s, key);
        if (!value_ok(value))
            return err_set(e, ERR_FORMAT, "%s: a value is neither text, number, bool nor files",
                           s ? s->key : "section");
        if (f && f->off)
            json_object_del(o, key);
        else
            store_nfc(value);
    }
    return true;
}

static bool import_section(const struct form_section *s, json_t *v, struct err *e)
{
    bool many = s ? s->many : json_is_array(v);
    if (!many)
        return import_entry(s, v, e);
    if (json_is_object(v) && json_object_size(v) == 1 && json_is_true(json_object_get(v, "none")))
        return true;
    if (!json_is_array(v) || json_array_size(v) > ENTRIES_MAX)
        return err_set(e, ERR_FORMAT, "%s: expected at most %d entries, or none", s ? s->key : "section", ENTRIES_MAX);
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!import_entry(s, json_array_get(v, i), e))
            return false;
    return true;
}

bool doc_import_json(struct doc *d, json_t *whole, struct err *e)
{
    json_t *sections = json_object_get(whole, "sections");
    if (!json_is_object(sections))
        return err_set(e, ERR_FORMAT, "expected {\"form\":…,\"rules\":…,\"sections\":{…}}");
    const char *key;
    json_t *value;
    json_object_foreach(sections, key, value)
    {
        if (!import_section(form_section_find(d->forms, key), value, e))
            return false;
    }
    json_object_update(d->sections, sections);
    return true;
}

bool doc_import(struct doc *d, const char *p, size_t len, struct err *e)
{
    CLEANUP(json) json_t *whole = canon_parse(p, len, e);
    return whole && doc_import_json(d, whole, e);
}

void doc_clear_scope(struct doc *d, enum form_scope scope)
{
    for (size_t i = 0; i < form_section_count(d->forms); i++) {
        const struct form_section *s = form_section_at(d->forms, i);
        if (s->scope == scope)
            json_object_del(d->sections, s->key);
    }
}

/* The value that a field's source gives; NULL when there is none. */
static json_t *value_from(const struct doc *d, const struct form_field *f, int entry)
{
    const struct form_field *source = f->from->field;
    struct doc_path p = {source->section->key, source->section == f->section ? entry : NO_ENTRY, source->key};
    if (f->from->part == PART_WHOLE)
        return json_incref((json_t *)doc_get(d, p));
    char part[16];
    return id_part_of(doc_text(d, p), f->from->part, part, sizeof part) ? json_string(part) : NULL;
}

bool doc_answered_by_person(const struct doc *d, struct doc_path p)
{
    const struct form_field *f = field_at(d, p);
    const json_t *answer = doc_get(d, p);
    if (!f || !answer || (f->read_only && f->from))
        return false;
    json_t *by_itself = f->from ? value_from(d, f, p.entry) : f->initial ? value_of_text(f, f->initial) : NULL;
    bool same = by_itself && json_equal(by_itself, answer);
    json_decref(by_itself);
    return !same;
}

static void prefill_entry(struct doc *d, const struct form_section *s, int entry)
{
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct form_field *f = &s->fields[i];
        struct doc_path p = {s->key, entry, f->key};
        if (f->off || (doc_answered(d, p) && !(f->read_only && f->from)))
            continue;
        json_t *v = f->from ? value_from(d, f, entry) : f->initial ? value_of_text(f, f->initial) : NULL;
        if (v)
            doc_set(d, p, v, NULL);
    }
}

void doc_prefill(struct doc *d)
{
    for (size_t i = 0; i < form_section_count(d->forms); i++) {
        const struct form_section *s = form_section_at(d->forms, i);
        if (!s->many)
            prefill_entry(d, s, NO_ENTRY);
        for (int j = 0; s->many && j < doc_entries(d, s->key); j++)
            prefill_entry(d, s, j);
    }
}

int doc_entry_order(const struct doc *d, const char *section, int *out, int max)
{
    const struct form_section *s = form_section_find(d->forms, section);
    int n = doc_entries(d, section);
    if (n > max)
        n = max;
    for (int i = 0; s && i < n; i++) {
        /* insertion sort: newest first, without a date last, else in the order of entering */
        char key[32], other[32];
        doc_show(d, (struct doc_path){section, i, s->order_by}, key, sizeof key);
        int at = i;
        while (s->order_by && at > 0 &&
               strcmp(doc_show(d, (struct doc_path){section, out[at - 1], s->order_by}, other, sizeof other), key) <
                   0) {
            out[at] = out[at - 1];
            at--;
        }
        out[at] = i;
    }
    return n;
}
