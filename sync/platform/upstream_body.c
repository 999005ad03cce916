/* upstream_body.c — a declaration in the registry's words, by a mapping's TREE. Nothing is cut to fit: what the registry would not take is an error
 * at the field, for the person who can change it. */
#include "sync/platform/upstream_map.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/record/canon.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- texts --- */

void map_var_set(struct map_vars *v, const char *name, const char *value)
{
    for (size_t i = 0; i < v->n; i++)
        if (!strcmp(v->rows[i].name, name)) {
            v->rows[i].value = value;
            return;
        }
    if (v->n < ARRAY_LEN(v->rows))
        v->rows[v->n++] = (struct map_var){name, value};
}

static const char *var(const struct map_vars *v, const char *name, size_t len)
{
    for (size_t i = 0; i < v->n; i++)
        if (strlen(v->rows[i].name) == len && !memcmp(v->rows[i].name, name, len))
            return v->rows[i].value;
    return "";
}

static void put(struct str *out, const char *z, bool escape)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (const unsigned char *c = (const unsigned char *)z; *c; c++)
        str_printf(out, escape && !strchr(plain, *c) ? "%%%02X" : "%c", *c);
}

void map_fill(const char *text, const struct map_vars *vars, bool escape, struct str *out)
{
    for (const char *p = text; *p;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (*p == '{' && p[1] == '{') {
            str_putc(out, '{');
            p += 2;
        } else if (end) {
            put(out, var(vars, p + 1, (size_t)(end - p - 1)), escape);
            p = end + 1;
        } else {
            str_putc(out, *p++);
        }
    }
}

static json_t *filled(const char *text, const struct map_vars *vars)
{
    CLEANUP(str) struct str z = {0};
    map_fill(text, vars, false, &z);
    json_t *j = json_stringn(str_z(&z), z.len);
    return j ? j : json_null();
}

/* --- a field --- */

struct walk {
    const struct map_source *s;
    struct findings *found;
    const char *section; /* of the $each in hand, or NULL */
    int entry;
    struct err *e;
    bool failed;
};

static const char *text(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static void complain(struct walk *w, struct doc_path p, const char *message, const char *arg)
{
    struct findings *f = w->found;
    if (f->len == f->cap)
        f->rows = xrealloc(f->rows, (f->cap = f->cap ? 2 * f->cap : 8) * sizeof *f->rows);
    struct finding *row = &f->rows[f->len++];
    *row = (struct finding){.path = p, .severity = SEVERITY_ERROR, .message = message};
    zcopy(row->arg[0], sizeof row->arg[0], arg);
}

static void complain_number(struct walk *w, struct doc_path p, const char *message, json_int_t n)
{
    char z[24];
    snprintf(z, sizeof z, "%" JSON_INTEGER_FORMAT, n);
    complain(w, p, message, z);
}

/* The field of the record's own forms; false: an older version of them does not have it. */
static bool path_of(const struct walk *w, const char *name, struct doc_path *out)
{
    char id[160];
    const struct form_set *f = doc_forms(w->s->doc);
    bool own = w->section && !strchr(name, '.');
    if (own)
        snprintf(id, sizeof id, "%s.%d.%s", w->section, w->entry + 1, name);
    else if (w->section && !strncmp(name, w->section, strlen(w->section)) && name[strlen(w->section)] == '.')
        snprintf(id, sizeof id, "%s.%d%s", w->section, w->entry + 1, name + strlen(w->section));
    else
        snprintf(id, sizeof id, "%s", name);
    return doc_path_parse(f, id, out);
}

/* "2011-07-05" by "yyyy/MM/dd". False: the pattern wants a day and there is none. */
static bool date_put(const char *date, const char *pattern, struct str *out)
{
    size_t n = strlen(date);
    if (strstr(pattern, "dd") && n < 10)
        return false;
    for (const char *p = pattern; *p;) {
        if (!strncmp(p, "yyyy", 4) && n >= 4) {
            str_add(out, date, 4);
            p += 4;
        } else if (!strncmp(p, "MM", 2) && n >= 7) {
            str_add(out, date + 5, 2);
            p += 2;
        } else if (!strncmp(p, "dd", 2)) {
            str_add(out, date + 8, 2);
            p += 2;
        } else {
            str_putc(out, *p++);
        }
    }
    return true;
}

static bool too_long(const json_t *o, const char *z)
{
    json_int_t max = json_integer_value(json_object_get(o, "max"));
    const char *unit = text(o, "unit");
    return max && (unit && !strcmp(unit, "bytes") ? strlen(z) : utf8_count(z)) > (size_t)max;
}

/* p: NULL in a record of older forms, which did not ask for it. */
static json_t *otherwise(struct walk *w, const json_t *o, const struct doc_path *p)
{
    json_t *v = json_object_get(o, "otherwise");
    if (json_is_true(json_object_get(o, "required")) && p)
        complain(w, *p, "check.registry_missing", "");
    return v ? json_incref(v) : json_null();
}

/* An answer that has its word in the mapping. */
static json_t *translated(struct walk *w, const json_t *o, struct doc_path p, const char *ours)
{
    json_t *theirs = json_object_get(json_object_get(o, "values"), ours);
    if (theirs)
        return json_incref(theirs);
    complain(w, p, "check.registry_choice", "");
    return json_null();
}

static json_t *as_wanted(const json_t *o, const char *z)
{
    const char *as = text(o, "as");
    char *end;
    if (!as || strcmp(as, "number") != 0)
        return json_string(z);
    long long n = strtoll(z, &end, 10);
    if (!*end)
        return json_integer(n);
    double d = strtod(z, &end);
    return *end ? json_string(z) : json_real(d);
}

static json_t *field(struct walk *w, const json_t *o)
{
    struct doc_path p = {0};
    char buf[MAP_TEXT_SIZE];
    const char *date = text(o, "date");
    CLEANUP(str) struct str day = {0};
    bool known = path_of(w, text(o, "$field"), &p);
    const json_t *v = known ? doc_get(w->s->doc, p) : NULL;
    const char *z = map_text(v, buf);
    if (!*z)
        return otherwise(w, o, known ? &p : NULL);
    if (json_object_get(o, "values"))
        return translated(w, o, p, z);
    if (date && !date_put(z, date, &day)) {
        complain(w, p, "check.registry_day", "");
        return json_null();
    }
    const struct dict_item *item = json_is_true(json_object_get(o, "name")) ? doc_item(w->s->doc, p) : NULL;
    z = date ? str_z(&day) : item ? item->name : z;
    if (too_long(o, z)) {
        complain_number(w, p, "check.registry_long", json_integer_value(json_object_get(o, "max")));
        return json_null();
    }
    return json_is_integer(v) && !text(o, "as") && !date ? json_integer(json_integer_value(v)) : as_wanted(o, z);
}

/* --- lists --- */

static json_t *tree(struct walk *w, const json_t *t);

static json_t *each(struct walk *w, const json_t *o)
{
    const char *section = text(o, "$each");
    json_int_t max = json_integer_value(json_object_get(o, "max"));
    json_t *list = json_array();
    int n = form_section_find(doc_forms(w->s->doc), section) ? doc_entries(w->s->doc, section) : 0;
    if (max && n > max)
        complain_number(w, (struct doc_path){form_section_find(doc_forms(w->s->doc), section)->key, NO_ENTRY, NULL},
                        "check.registry_rows", max);
    w->section = section;
    for (w->entry = 0; w->entry < n; w->entry++)
        json_array_append_new(list, tree(w, json_object_get(o, "item")));
    w->section = NULL;
    return list;
}

static bool kind_taken(const json_t *kinds, const char *kind, struct str *all)
{
    size_t i;
    json_t *v;
    bool found = !kinds;
    json_array_foreach((json_t *)(uintptr_t)kinds, i, v)
    {
        str_printf(all, "%s%s", i ? "、" : "", json_string_value(v));
        found = found || !strcmp(json_string_value(v), kind);
    }
    return found;
}

static void file_limits(struct walk *w, struct doc_path p, const json_t *file)
{
    const json_t *limits = upstream_map_files(w->s->map);
    json_int_t most = json_integer_value(json_object_get(limits, "max_bytes"));
    const char *kind = text(file, "kind");
    CLEANUP(str) struct str kinds = {0};
    char z[24];
    snprintf(z, sizeof z, "%" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT, most >> 20, (most & 0xfffff) * 10 >> 20);
    if (most && json_integer_value(json_object_get(file, "bytes")) > most)
        complain(w, p, "check.registry_file_size", z);
    else if (!kind_taken(json_object_get(limits, "kinds"), kind ? kind : "", &kinds))
        complain(w, p, "check.registry_file_kind", str_z(&kinds));
}

static json_t *file_item(struct walk *w, const json_t *item, const json_t *file)
{
    char bytes[24];
    struct map_vars vars = *w->s->vars;
    struct map_source inside = *w->s;
    struct walk deeper = *w;
    CLEANUP(str) struct str plain = {0}, content = {0};
    snprintf(bytes, sizeof bytes, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(file, "bytes")));
    map_var_set(&vars, "name", text(file, "name") ? text(file, "name") : "");
    map_var_set(&vars, "kind", text(file, "kind") ? text(file, "kind") : "");
    map_var_set(&vars, "digest", text(file, "digest") ? text(file, "digest") : "");
    map_var_set(&vars, "bytes", bytes);
    map_var_set(&vars, "file", w->s->number ? w->s->number(w->s->ctx, file) : "");
    if (w->s->content && !upstream_map_attaches(w->s->map)) {
        w->failed = w->failed || !w->s->content(w->s->ctx, file, &plain, w->e);
        base64_encode(&content, str_z(&plain), plain.len, BASE64_STANDARD);
    }
    map_var_set(&vars, "content", str_z(&content));
    inside.vars = &vars;
    deeper.s = &inside;
    return tree(&deeper, item); /* no fields within: nothing is found there */
}

static json_t *files(struct walk *w, const json_t *o)
{
    json_int_t most = json_integer_value(json_object_get(upstream_map_files(w->s->map), "max"));
    json_t *list = json_array(), *name, *file;
    size_t i, k;
    json_array_foreach(json_object_get(o, "$files"), i, name)
    {
        struct doc_path p;
        if (!path_of(w, json_string_value(name), &p))
            continue;
        json_array_foreach((json_t *)(uintptr_t)doc_get(w->s->doc, p), k, file)
        {
            file_limits(w, p, file);
            json_array_append_new(list, file_item(w, json_object_get(o, "item"), file));
        }
        if (most && json_array_size(list) > (size_t)most) {
            complain_number(w, p, "check.registry_files", most);
            break;
        }
    }
    return list;
}

static json_t *object(struct walk *w, const json_t *t)
{
    const char *name;
    json_t *v, *out = json_object();
    json_object_foreach((json_t *)(uintptr_t)t, name, v) json_object_set_new(out, name, tree(w, v));
    return out;
}

static json_t *tree(struct walk *w, const json_t *t)
{
    size_t i;
    json_t *v;
    if (json_is_string(t))
        return filled(json_string_value(t), w->s->vars);
    if (json_is_object(t) && !w->s->doc)
        return object(w, t);
    if (json_object_get(t, "$field"))
        return field(w, t);
    if (json_object_get(t, "$each"))
        return each(w, t);
    if (json_object_get(t, "$files"))
        return files(w, t);
    if (json_is_object(t))
        return object(w, t);
    if (!json_is_array(t))
        return json_incref((json_t *)(uintptr_t)t);
    json_t *list = json_array();
    json_array_foreach((json_t *)(uintptr_t)t, i, v) json_array_append_new(list, tree(w, v));
    return list;
}

json_t *map_body(const struct map_source *s, const json_t *t, struct findings *found, struct err *e)
{
    struct findings none = {0};
    struct walk w = {.s = s, .found = found ? found : &none, .entry = NO_ENTRY, .e = e};
    json_t *out = tree(&w, t);
    findings_finish(&none);
    if (!w.failed)
        return out;
    json_decref(out);
    return NULL;
}

/* --- the files that go --- */

struct file_call {
    const struct doc *doc;
    bool (*each)(void *ctx, const json_t *file);
    void *ctx;
};

static bool tree_files(const struct file_call *c, const json_t *t)
{
    const char *name;
    json_t *v, *file;
    size_t i, k;
    const json_t *list = json_object_get(t, "$files");
    json_array_foreach((json_t *)(uintptr_t)list, i, v)
    {
        struct doc_path p;
        if (!doc_path_parse(doc_forms(c->doc), json_string_value(v), &p))
            continue;
        json_array_foreach((json_t *)(uintptr_t)doc_get(c->doc, p), k, file)
        {
            if (!c->each(c->ctx, file))
                return false;
        }
    }
    if (list)
        return true;
    json_object_foreach((json_t *)(uintptr_t)t, name, v) if (!tree_files(c, v)) return false;
    json_array_foreach((json_t *)(uintptr_t)t, i, v) if (!tree_files(c, v)) return false;
    return true;
}

bool map_files(const struct upstream_map *m, const struct doc *d, bool (*each_file)(void *ctx, const json_t *file),
               void *ctx)
{
    const struct file_call c = {d, each_file, ctx};
    return tree_files(&c, json_object_get(upstream_map_call(m, "submit"), "body"));
}
