#include "sync/record/merge.h"

#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

struct side {
    struct doc *ours, *theirs, *base; /* base: empty where none is known */
    struct doc *before;               /* ours, as it was */
    struct merge *out;
};

void merge_finish(struct merge *m)
{
    for (size_t i = 0; i < m->n; i++) {
        json_decref(m->rows[i].ours);
        json_decref(m->rows[i].theirs);
    }
    free(m->rows);
    *m = (struct merge){0};
}

static void note(struct merge *m, struct doc_path at, const json_t *ours, const json_t *theirs)
{
    m->rows = xrealloc(m->rows, (m->n + 1) * sizeof *m->rows);
    m->rows[m->n++] =
        (struct merge_row){at, ours ? json_deep_copy(ours) : NULL, theirs ? json_deep_copy(theirs) : NULL};
}

/* --- answers --- */

static const char *digest_of(const json_t *files, size_t i)
{
    const char *z = json_string_value(json_object_get(json_array_get(files, i), "digest"));
    return z ? z : "";
}

/* The same picture encrypted at two kiosks has two names. */
static bool same_files(const json_t *a, const json_t *b)
{
    size_t n = json_array_size(a);
    if (!n || n != json_array_size(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!*digest_of(a, i) || strcmp(digest_of(a, i), digest_of(b, i)) != 0)
            return false;
    return true;
}

static bool same(const json_t *a, const json_t *b)
{
    return (!a && !b) || (a && b && (json_equal(a, b) || same_files(a, b)));
}

enum verdict { OURS, THEIRS, BOTH };

/* Three voices about one answer; untouched: ours is what the form itself puts there. */
static enum verdict judge(const json_t *ours, const json_t *theirs, const json_t *base, bool untouched)
{
    if (same(ours, theirs))
        return theirs ? THEIRS : OURS;
    if (same(ours, base))
        return THEIRS;
    if (same(theirs, base))
        return OURS;
    return untouched ? THEIRS : BOTH;
}

/* --- a section with one entry --- */

static void put(struct doc *d, struct doc_path at, const json_t *value)
{
    doc_set(d, at, value ? json_deep_copy(value) : NULL, NULL);
}

static void merge_field(struct side *s, const struct form_field *f)
{
    struct doc_path at = {f->section->key, NO_ENTRY, f->key};
    const json_t *ours = doc_get(s->ours, at), *theirs = doc_get(s->theirs, at), *base = doc_get(s->base, at);
    if (f->off || (f->read_only && f->from))
        return; /* follows from others */
    if (f->read_only) {
        if (theirs && !json_equal(ours, theirs)) {
            put(s->ours, at, theirs);
            s->out->changed = true;
        }
        return;
    }
    switch (judge(ours, theirs, base, ours && !doc_answered_by_person(s->before, at))) {
    case OURS:
        s->out->news = s->out->news || !same(ours, theirs);
        return;
    case THEIRS:
        s->out->changed = s->out->changed || !same(ours, theirs);
        put(s->ours, at, theirs);
        return;
    case BOTH:
        note(s->out, at, ours, theirs);
        return;
    }
}

/* --- a section with many --- */

struct entries {
    json_t *list; /* the person's own, as they stand */
    bool none;
};

static void entries_of(const struct doc *d, const char *section, struct entries *out)
{
    *out = (struct entries){json_array(), doc_none(d, section)};
    for (int i = 0; i < doc_entries(d, section); i++)
        if (!doc_row_given(d, section, i))
            json_array_append_new(out->list, json_deep_copy(doc_get(d, (struct doc_path){section, i, NULL})));
}

static bool same_entries(const struct entries *a, const struct entries *b)
{
    return a->none == b->none && json_equal(a->list, b->list);
}

static int find(const json_t *list, const json_t *entry)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), entry))
            return (int)i;
    return -1;
}

/* How many answers agree; *all: of how many that one of the two has. */
static int agreement(const struct form_section *s, const json_t *a, const json_t *b, int *all)
{
    int n = 0;
    *all = 0;
    for (size_t i = 0; i < s->n_fields; i++) {
        const char *key = s->fields[i].key;
        const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
        if (s->fields[i].initial || (!x && !y))
            continue;
        ++*all;
        n += same(x, y);
    }
    return n;
}

/* Two fields of the line that an entry is shown by. */
static bool same_name(const struct form_section *s, const json_t *a, const json_t *b)
{
    int n = 0;
    for (const char *at = s->summary; at && *at; at += strcspn(at, ","), at += *at == ',') {
        char key[40] = "";
        snprintf(key, sizeof key, "%.*s", (int)strcspn(at, ","), at);
        const json_t *x = json_object_get(a, key);
        n += x && same(x, json_object_get(b, key));
    }
    return n >= 2;
}

/* The entry of the list that is this one at another time; -1. taken: places that are somebody's already. */
static int counterpart(const struct form_section *s, const json_t *list, const json_t *entry, const bool *taken)
{
    int best = -1, best_n = -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        int all = 0;
        const json_t *other = json_array_get(list, i);
        int n = taken && taken[i] ? -1 : agreement(s, entry, other, &all);
        if (n > best_n && (same_name(s, entry, other) || (all && 2 * n >= all))) {
            best = (int)i;
            best_n = n;
        }
    }
    return best;
}

/* One entry that both have, field by field; what both changed is noted for the place that it will have. */
static json_t *merge_entry(struct side *s, const struct form_section *f, const json_t *ours, const json_t *theirs,
                           const json_t *base, int place)
{
    json_t *result = json_deep_copy(ours);
    for (size_t i = 0; i < f->n_fields; i++) {
        const char *key = f->fields[i].key;
        const json_t *a = json_object_get(ours, key), *b = json_object_get(theirs, key),
                     *c = json_object_get(base, key);
        enum verdict v = f->fields[i].read_only && b ? THEIRS : judge(a, b, c, false);
        if (v == THEIRS && b)
            json_object_set_new(result, key, json_deep_copy(b));
        else if (v == THEIRS)
            json_object_del(result, key);
        else if (v == BOTH)
            note(s->out, (struct doc_path){f->key, place, f->fields[i].key}, a, b);
    }
    return result;
}

static json_t *merge_lists(struct side *s, const struct form_section *f, const struct entries *ours,
                           const struct entries *theirs, const struct entries *base)
{
    json_t *result = json_array(), *entry;
    size_t i, n_theirs = json_array_size(theirs->list);
    AUTOFREE bool *taken = xcalloc(n_theirs + 1, sizeof *taken);
    json_array_foreach(ours->list, i, entry)
    {
        int at = find(theirs->list, entry);
        if (at >= 0)
            taken[at] = true;
    }
    json_array_foreach(ours->list, i, entry)
    {
        if (find(theirs->list, entry) >= 0) {
            json_array_append(result, entry);
            continue;
        }
        int at = counterpart(f, theirs->list, entry, taken), was = counterpart(f, base->list, entry, NULL);
        if (at >= 0) {
            taken[at] = true;
            json_array_append_new(result, merge_entry(s, f, entry, json_array_get(theirs->list, (size_t)at),
                                                      was < 0 ? NULL : json_array_get(base->list, (size_t)was),
                                                      (int)json_array_size(result)));
        } else if (find(base->list, entry) < 0) {
            json_array_append(result, entry);
        } /* else it was taken away there */
    }
    json_array_foreach(theirs->list, i, entry) if (!taken[i] && find(base->list, entry) < 0)
        json_array_append(result, entry);
    return result;
}

/* The person's own entries become these; those of the platform stay behind them. */
static void replace_entries(struct doc *d, const char *section, const json_t *list, bool none)
{
    doc_set_none(d, section, false);
    for (int i = doc_entries(d, section) - 1; i >= 0; i--)
        json_decref(doc_entry_take(d, section, i));
    for (size_t i = 0; i < json_array_size(list); i++)
        doc_entry_put(d, section, (int)i, json_deep_copy(json_array_get(list, i)));
    if (none)
        doc_set_none(d, section, true);
}

/* {"none":true}, the entries, or NULL: for a row that concerns all of them. */
static json_t *whole(const struct entries *e)
{
    if (e->none)
        return json_pack("{s:b}", "none", 1);
    return json_array_size(e->list) ? json_incref(e->list) : NULL;
}

static void merge_many(struct side *s, const struct form_section *f)
{
    struct entries ours, theirs, base;
    entries_of(s->ours, f->key, &ours);
    entries_of(s->theirs, f->key, &theirs);
    entries_of(s->base, f->key, &base);
    bool empty = !theirs.none && !json_array_size(theirs.list);
    if (same_entries(&ours, &theirs)) {
        ;
    } else if (same_entries(&ours, &base)) {
        replace_entries(s->ours, f->key, theirs.list, theirs.none);
        s->out->changed = true;
    } else if (same_entries(&theirs, &base)) {
        s->out->news = true;
    } else if (ours.none != theirs.none && !empty) {
        CLEANUP(json) json_t *a = whole(&ours), *b = whole(&theirs);
        note(s->out, (struct doc_path){f->key, NO_ENTRY, NULL}, a, b);
    } else {
        CLEANUP(json) json_t *list = merge_lists(s, f, &ours, &theirs, &base);
        if (!json_equal(list, ours.list)) {
            replace_entries(s->ours, f->key, list, false);
            s->out->changed = true;
        }
        s->out->news = s->out->news || !json_equal(list, theirs.list);
    }
    json_decref(ours.list);
    json_decref(theirs.list);
    json_decref(base.list);
}

/* --- a scope --- */

static struct doc *doc_of(const struct form_set *forms, const json_t *scope, struct err *e)
{
    struct doc *d = doc_create(forms);
    CLEANUP(json) json_t *own = scope ? json_deep_copy(scope) : NULL; /* an import takes from it what is off */
    if (!own || doc_import_json(d, own, e))
        return d;
    doc_destroy(d);
    return NULL;
}

bool doc_merge(struct doc *d, enum form_scope scope, const json_t *base, const json_t *theirs, struct merge *out,
               struct err *e)
{
    const struct form_set *forms = doc_forms(d);
    struct side s = {.ours = d, .theirs = doc_of(forms, theirs, e), .out = out};
    s.base = s.theirs ? doc_of(forms, base, e) : NULL;
    *out = (struct merge){0};
    s.before = doc_clone(d);
    for (size_t i = 0; s.base && i < form_section_count(forms); i++) {
        const struct form_section *f = form_section_at(forms, i);
        if (f->scope != scope)
            continue;
        if (f->many)
            merge_many(&s, f);
        for (size_t k = 0; !f->many && k < f->n_fields; k++)
            merge_field(&s, &f->fields[k]);
    }
    out->news = out->news || out->n > 0;
    bool ok = s.base != NULL;
    doc_destroy(s.theirs);
    doc_destroy(s.base);
    doc_destroy(s.before);
    return ok;
}

/* --- the person's word --- */

void merge_decide(struct doc *d, const struct merge_row *row, bool theirs)
{
    const json_t *value = theirs ? row->theirs : row->ours;
    if (row->at.field)
        put(d, row->at, value);
    else
        replace_entries(d, row->at.section, json_is_array(value) ? value : NULL, json_is_object(value));
}

bool merge_is_theirs(const struct doc *d, const struct merge_row *row)
{
    if (row->at.field)
        return same(doc_get(d, row->at), row->theirs);
    struct entries now;
    entries_of(d, row->at.section, &now);
    CLEANUP(json) json_t *value = whole(&now);
    bool is = same(value, row->theirs);
    json_decref(now.list);
    return is;
}
