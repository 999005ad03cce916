/* form.c — the set of forms: memory, loading of the folders, look-ups. What stands in a section's file is
 * form_load.c's. */
#include "sync/record/form.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/form_load.h"
#include "sync/record/form_set.h"
#include "sync/record/package.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 65536
#define FILE_LIMIT  (4u << 20)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(16) char bytes[];
};

void *set_alloc(struct form_set *f, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    struct arena_block *b = f->blocks;
    if (!b || b->size - b->used < n) {
        size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
        b = xcalloc(1, sizeof *b + size);
        b->size = size;
        b->next = f->blocks;
        f->blocks = b;
    }
    void *p = b->bytes + b->used;
    b->used += n;
    return p;
}

char *set_strdup(struct form_set *f, const char *z)
{
    size_t n = strlen(z) + 1;
    return memcpy(set_alloc(f, n), z, n);
}

bool load_fail(const struct load *l, const char *at, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(l->e, ERR_FORMAT, "%s: %s: %s", l->file, at, text);
}

bool load_members(const struct load *l, const json_t *o, const char *at, const char *const *names)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)o, key, value)
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], key) != 0)
            i++;
        if (!names[i])
            return load_fail(l, at, "unknown member \"%.60s\"", key);
    }
    return true;
}

bool load_string(const struct load *l, const json_t *o, const char *at, const char *name, const char **out)
{
    const json_t *v = json_object_get(o, name);
    if (!v)
        return true;
    if (!json_is_string(v))
        return load_fail(l, at, "%s: expected text", name);
    *out = set_strdup(l->set, json_string_value(v));
    return true;
}

bool load_bool(const struct load *l, const json_t *o, const char *at, const char *name, bool *out)
{
    const json_t *v = json_object_get(o, name);
    if (!v)
        return true;
    if (!json_is_boolean(v))
        return load_fail(l, at, "%s: expected true or false", name);
    *out = json_is_true(v);
    return true;
}

bool load_date(const struct load *l, const json_t *manifest)
{
    const char *date = NULL;
    if (!load_string(l, manifest, "manifest", "date", &date))
        return false;
    if (date && (strlen(date) != 10 || !date_check(date)))
        return load_fail(l, "date", "expected YYYY-MM-DD");
    if (date && (!l->set->date || strcmp(l->set->date, date) < 0))
        l->set->date = date;
    return true;
}

bool load_int(const struct load *l, const json_t *o, const char *at, const char *name, int *out)
{
    const json_t *v = json_object_get(o, name);
    if (!v)
        return true;
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > 1000000)
        return load_fail(l, at, "%s: expected a whole number from 0 to 1000000", name);
    *out = (int)json_integer_value(v);
    return true;
}

json_t *asset_json(const char *path, struct err *e)
{
    CLEANUP(str) struct str s = {0};
    if (!file_read(path, FILE_LIMIT, &s, e))
        return NULL;
    json_error_t je;
    json_t *v = json_loadb(str_z(&s), s.len, JSON_REJECT_DUPLICATES, &je);
    if (!v)
        err_set(e, ERR_FORMAT, "%s:%d: %s", path, je.line, je.text);
    return v;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the .tsv files without the ending, sorted. */
static bool dict_names(const char *dir, char ***out, size_t *n, struct err *e)
{
    DIR *d = opendir(dir);
    if (!d)
        return err_sys(e, errno, "%s", dir);
    char **names = NULL;
    size_t len = 0;
    for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
        size_t z = strlen(entry->d_name);
        if (z > 4 && strcmp(entry->d_name + z - 4, ".tsv") == 0 && entry->d_name[0] != '.') {
            names = xrealloc(names, (len + 1) * sizeof *names);
            names[len++] = xstrndup(entry->d_name, z - 4);
        }
    }
    closedir(d);
    if (len)
        qsort(names, len, sizeof *names, by_name);
    *out = names;
    *n = len;
    return true;
}

static bool dicts_load(struct form_set *f, const char *assets, struct err *e)
{
    AUTOFREE char *dir = path_join(assets, "codes");
    char **names = NULL;
    size_t n = 0;
    if (!dict_names(dir, &names, &n, e))
        return false;
    f->dicts = xcalloc(n, sizeof *f->dicts);
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        AUTOFREE char *path = xasprintf("%s/%s.tsv", dir, names[i]);
        if (ok && (f->dicts[f->n_dicts] = dict_load(path, names[i], e)) != NULL)
            f->n_dicts++;
        else
            ok = false;
        free(names[i]);
    }
    free(names);
    return ok;
}

static void codes_version(struct form_set *f)
{
    const struct crypto_ops *c = crypto_sodium();
    struct hash_state h;
    unsigned char hash[HASH_BYTES];
    const char *newest = "0";
    c->hash_init(&h);
    for (size_t i = 0; i < f->n_dicts; i++) {
        const char *name = dict_own_name(f->dicts[i]), *version = dict_version(f->dicts[i]);
        c->hash_add(&h, name, strlen(name) + 1);
        c->hash_add(&h, dict_hash(f->dicts[i]), HASH_BYTES);
        if (version_valid(version) && version_order(version, newest) > 0)
            newest = version;
    }
    c->hash_end(&h, hash);
    AUTOFREE char *z = xasprintf("%s-%02x%02x%02x%02x", newest, hash[0], hash[1], hash[2], hash[3]);
    f->codes_version = set_strdup(f, z);
}

struct form_set *form_set_load(const char *assets_dir, struct err *e)
{
    struct form_set *f = xcalloc(1, sizeof *f);
    AUTOFREE char *forms = path_join(assets_dir, "forms");
    AUTOFREE char *rules = path_join(assets_dir, "rules");
    if (!dicts_load(f, assets_dir, e) || !rules_load(f, rules, e) || !sections_load(f, forms, e) ||
        !phases_resolve(f, rules, e)) {
        form_set_destroy(f);
        return NULL;
    }
    codes_version(f);
    return f;
}

void form_set_destroy(struct form_set *f)
{
    if (!f)
        return;
    patterns_free(f);
    for (size_t i = 0; i < f->n_dicts; i++)
        dict_destroy(f->dicts[i]);
    free(f->dicts);
    while (f->blocks) {
        struct arena_block *next = f->blocks->next;
        free(f->blocks);
        f->blocks = next;
    }
    free(f);
}

const char *form_set_version(const struct form_set *f)
{
    return f->version;
}

const char *form_set_rules_version(const struct form_set *f)
{
    return f->rules_version;
}

const char *form_set_codes_version(const struct form_set *f)
{
    return f->codes_version;
}

const char *form_set_date(const struct form_set *f)
{
    return f->date ? f->date : "";
}

const struct file_rules *form_set_files(const struct form_set *f)
{
    return &f->files;
}

size_t form_section_count(const struct form_set *f)
{
    return f->n_sections;
}

const struct form_section *form_section_at(const struct form_set *f, size_t i)
{
    return i < f->n_sections ? &f->sections[i] : NULL;
}

const struct form_section *form_section_find(const struct form_set *f, const char *key)
{
    for (size_t i = 0; key && i < f->n_sections; i++)
        if (strcmp(f->sections[i].key, key) == 0)
            return &f->sections[i];
    return NULL;
}

static bool uses(const struct form_check *checks, size_t n, const char *formula)
{
    for (size_t i = 0; i < n; i++)
        if ((checks[i].formula && strcmp(checks[i].formula->name, formula) == 0) ||
            uses(checks[i].sub, checks[i].n_sub, formula))
            return true;
    return false;
}

bool form_field_formula(const struct form_field *f, const char *formula)
{
    return uses(f->checks, f->n_checks, formula) || uses(f->warns, f->n_warns, formula);
}

const struct form_field *form_field_find(const struct form_section *s, const char *key)
{
    for (size_t i = 0; s && key && i < s->n_fields; i++)
        if (strcmp(s->fields[i].key, key) == 0)
            return &s->fields[i];
    return NULL;
}

const struct dict *dict_find(const struct form_set *f, const char *name)
{
    size_t lo = 0, hi = f->n_dicts;
    while (name && lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(dict_own_name(f->dicts[mid]), name);
        if (c == 0)
            return f->dicts[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static void check_messages(const struct form_check *c, size_t n, void (*each)(void *, const char *), void *ctx)
{
    for (size_t i = 0; i < n; i++) {
        if (c[i].message)
            each(ctx, c[i].message);
        check_messages(c[i].sub, c[i].n_sub, each, ctx);
    }
}

void form_set_string_keys(const struct form_set *f, void (*each)(void *ctx, const char *key), void *ctx)
{
    for (size_t i = 0; i < f->n_sections; i++) {
        const struct form_section *s = &f->sections[i];
        each(ctx, s->title);
        check_messages(s->checks, s->n_checks, each, ctx);
        check_messages(s->warns, s->n_warns, each, ctx);
        for (size_t j = 0; j < s->n_fields; j++) {
            const struct form_field *field = &s->fields[j];
            each(ctx, field->label);
            if (field->group)
                each(ctx, field->group);
            check_messages(field->checks, field->n_checks, each, ctx);
            check_messages(field->warns, field->n_warns, each, ctx);
        }
    }
    for (size_t i = 0; i < f->n_eligibility; i++)
        each(ctx, f->eligibility[i].verdict.reason);
    phases_string_keys(f, each, ctx);
}
