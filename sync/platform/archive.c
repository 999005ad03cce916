#include "sync/platform/archive.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/record/asset_set.h"
#include "sync/record/strings.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define VERSIONS_MOST 256
#define NAME_MOST     64

struct version {
    char *form, *rules, *codes;
    struct form_set *set;
    struct strings *labels; /* NULL: archived without words */
};

struct archive {
    char *assets, *sets, *folder;
    pthread_mutex_t mutex;
    struct version rows[VERSIONS_MOST];
    size_t n, newest;
    char *newest_path; /* what the newest was loaded from */
};

static bool name_ok(const char *z)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    return z && *z && *z != '.' && strlen(z) < NAME_MOST && strspn(z, allowed) == strlen(z);
}

/* --- copies --- */

static bool copy_folder(const char *from, const char *to, struct err *e)
{
    DIR *d = opendir(from);
    bool ok = d ? dir_make(to, 0700, e) : err_sys(e, errno, "%s", from);
    for (struct dirent *entry; ok && d && (entry = readdir(d));) {
        if (entry->d_name[0] == '.')
            continue;
        AUTOFREE char *source = path_join(from, entry->d_name), *target = path_join(to, entry->d_name);
        CLEANUP(str) struct str bytes = {0};
        ok = file_read(source, 64u << 20, &bytes, e) && file_write_durable(target, str_z(&bytes), bytes.len, 0600, e);
    }
    if (d)
        closedir(d);
    return ok;
}

/* The installed catalogue with the set's own texts over it; caller destroys. */
static struct strings *words_of(const char *assets, const char *path, struct err *e)
{
    AUTOFREE char *own = path_join(assets, "strings/zh.po"), *more = path_join(path, "strings/zh.po");
    struct strings *zh = strings_load(own, e), *over = NULL;
    if (zh && strcmp(assets, path) != 0 && file_exists(more)) {
        if ((over = strings_load(more, e)))
            strings_overlay(zh, over);
        strings_destroy(over);
        if (!over) {
            strings_destroy(zh);
            return NULL;
        }
    }
    return zh;
}

static bool copy_words(const char *assets, const char *path, const char *to, struct err *e)
{
    AUTOFREE char *folder = path_join(to, "strings"), *target = path_join(folder, "zh.po");
    CLEANUP(str) struct str text = {0};
    struct strings *zh = words_of(assets, path, e);
    if (!zh)
        return false;
    strings_write(zh, &text);
    strings_destroy(zh);
    return dir_make(folder, 0700, e) && file_write_durable(target, text.p, text.len, 0600, e);
}

/* The copy gets its name last: one cut short by a power cut is made again. */
static bool keep(const char *folder, const char *assets, const char *path, const struct form_set *set, struct err *e)
{
    static const char *const parts[] = {"forms", "rules", "codes"};
    const char *form = form_set_version(set), *rules = form_set_rules_version(set),
               *codes = form_set_codes_version(set);
    AUTOFREE char *name = xasprintf("%s_%s_%s", form, rules, codes), *to = path_join(folder, name);
    AUTOFREE char *part = xasprintf("%s.new", to);
    if (!name_ok(form) || !name_ok(rules) || !name_ok(codes))
        return err_set(e, ERR_CONFIG, "a version of forms or rules has characters that do not belong there");
    if (file_exists(to))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        AUTOFREE char *from = path_join(path, parts[i]), *into = path_join(part, parts[i]);
        if (!copy_folder(from, into, e))
            return false;
    }
    return copy_words(assets, path, part, e) && (!rename(part, to) || err_sys(e, errno, "%s", to)) &&
           dir_sync(folder, e);
}

bool archive_keep(const char *folder, const char *assets, const char *path, struct err *e)
{
    struct form_set *set = form_set_load(path, e);
    bool ok = set && dir_make(folder, 0700, e) && keep(folder, assets, path, set, e);
    form_set_destroy(set);
    return ok;
}

/* --- what is loaded --- */

static struct version *add(struct archive *a, struct form_set *set, struct strings *labels)
{
    struct version *v = &a->rows[a->n++];
    *v = (struct version){xstrdup(form_set_version(set)), xstrdup(form_set_rules_version(set)),
                          xstrdup(form_set_codes_version(set)), set, labels};
    return v;
}

static bool is(const struct version *v, const char *form, const char *rules, const char *codes)
{
    return !strcmp(v->form, form) && !strcmp(v->rules, rules) && (!codes || !strcmp(v->codes, codes));
}

/* Loads what is in force and makes it the newest. */
static bool load_newest(struct archive *a, const char *path, struct err *e)
{
    struct form_set *set = form_set_load(path, e);
    struct strings *labels = set ? words_of(a->assets, path, e) : NULL;
    bool ok = labels && keep(a->folder, a->assets, path, set, e);
    if (ok && a->n == VERSIONS_MOST)
        ok = err_set(e, ERR_LIMIT, "more than %d versions are open", VERSIONS_MOST);
    if (!ok) {
        form_set_destroy(set);
        strings_destroy(labels);
        return false;
    }
    add(a, set, labels);
    a->newest = a->n - 1;
    free(a->newest_path);
    a->newest_path = xstrdup(path);
    return true;
}

struct archive *archive_open(const char *assets, const char *sets, const char *folder, struct err *e)
{
    struct archive *a = xcalloc(1, sizeof *a);
    AUTOFREE char *path = asset_set_path(sets, assets);
    pthread_mutex_init(&a->mutex, NULL);
    a->assets = xstrdup(assets);
    a->sets = xstrdup(sets);
    a->folder = xstrdup(folder);
    if (!dir_make(folder, 0700, e) || !load_newest(a, path, e)) {
        archive_close(a);
        return NULL;
    }
    return a;
}

void archive_close(struct archive *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n; i++) {
        form_set_destroy(a->rows[i].set);
        strings_destroy(a->rows[i].labels);
        free(a->rows[i].form);
        free(a->rows[i].rules);
        free(a->rows[i].codes);
    }
    pthread_mutex_destroy(&a->mutex);
    free(a->newest_path);
    free(a->assets);
    free(a->sets);
    free(a->folder);
    free(a);
}

const struct form_set *archive_newest(struct archive *a)
{
    struct err e = {0};
    AUTOFREE char *path = asset_set_path(a->sets, a->assets);
    pthread_mutex_lock(&a->mutex);
    if (strcmp(path, a->newest_path) != 0 && !load_newest(a, path, &e))
        log_error("archive.newest", "text=\"%s\"", e.text);
    const struct form_set *set = a->rows[a->newest].set;
    pthread_mutex_unlock(&a->mutex);
    return set;
}

/* From the archive's folder. */
static const struct form_set *load(struct archive *a, const char *name)
{
    AUTOFREE char *path = path_join(a->folder, name), *po = path_join(path, "strings/zh.po");
    struct err e = {0};
    if (a->n == VERSIONS_MOST || !file_exists(path))
        return NULL;
    struct form_set *set = form_set_load(path, &e);
    if (!set) {
        log_error("archive.load", "text=\"%s\"", e.text);
        return NULL;
    }
    return add(a, set, file_exists(po) ? strings_load(po, NULL) : NULL)->set;
}

/* The name of a kept version with whatever dictionaries, the latest by name; also those kept before dictionaries had a
 * version. NULL: none. */
static char *any_codes(const struct archive *a, const char *form, const char *rules)
{
    AUTOFREE char *head = xasprintf("%s_%s", form, rules);
    char *best = NULL;
    size_t n = strlen(head);
    DIR *d = opendir(a->folder);
    for (const struct dirent *f; d && (f = readdir(d));) {
        size_t len = strlen(f->d_name);
        if (strncmp(f->d_name, head, n) != 0 || (f->d_name[n] && f->d_name[n] != '_') ||
            (len > 4 && !strcmp(f->d_name + len - 4, ".new")) || (best && strcmp(best, f->d_name) > 0))
            continue;
        free(best);
        best = xstrdup(f->d_name);
    }
    if (d)
        closedir(d);
    return best;
}

static const struct form_set *find(struct archive *a, const char *form, const char *rules, const char *codes)
{
    for (size_t i = a->n; i-- > 0;)
        if (is(&a->rows[i], form, rules, codes))
            return a->rows[i].set;
    AUTOFREE char *name = codes ? xasprintf("%s_%s_%s", form, rules, codes) : any_codes(a, form, rules);
    return name ? load(a, name) : NULL;
}

const struct form_set *archive_find(struct archive *a, const char *form, const char *rules, const char *codes)
{
    if (!name_ok(form) || !name_ok(rules))
        return NULL;
    pthread_mutex_lock(&a->mutex);
    const struct form_set *found = name_ok(codes) ? find(a, form, rules, codes) : NULL;
    if (!found)
        found = find(a, form, rules, NULL);
    pthread_mutex_unlock(&a->mutex);
    return found;
}

static int later_first(const void *a, const void *b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

/* The names of what is kept, the latest first; caller frees each and the array. */
static char **names(struct archive *a, size_t *n)
{
    char **out = NULL;
    size_t cap = 0;
    DIR *d = opendir(a->folder);
    *n = 0;
    for (const struct dirent *f; d && (f = readdir(d));) {
        size_t len = strlen(f->d_name);
        if (f->d_name[0] == '.' || (len > 4 && !strcmp(f->d_name + len - 4, ".new")))
            continue;
        if (*n == cap)
            out = xrealloc(out, (cap = cap ? 2 * cap : 16) * sizeof *out);
        out[(*n)++] = xstrdup(f->d_name);
    }
    if (d)
        closedir(d);
    if (*n)
        qsort(out, *n, sizeof *out, later_first);
    return out;
}

static bool among(const char *form, const struct form_set *const *sets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(form_set_version(sets[i]), form))
            return true;
    return false;
}

size_t archive_forms(struct archive *a, const struct form_set **out, size_t most)
{
    size_t n = 0, n_names;
    char **list = names(a, &n_names);
    if (most)
        out[n++] = archive_newest(a);
    for (size_t i = 0; i < n_names; i++) {
        /* FORM_RULES_CODES; no version has a '_' */
        size_t form_len = strcspn(list[i], "_"),
               rules_len = list[i][form_len] ? strcspn(list[i] + form_len + 1, "_") : 0;
        AUTOFREE char *form = xstrndup(list[i], form_len),
                      *rules = rules_len ? xstrndup(list[i] + form_len + 1, rules_len) : NULL;
        const struct form_set *set =
            rules && n < most && !among(form, out, n) ? archive_find(a, form, rules, "") : NULL;
        if (set)
            out[n++] = set;
        free(list[i]);
    }
    free(list);
    return n;
}

const char *archive_label(struct archive *a, const struct form_set *set, const char *key)
{
    const struct strings *labels = NULL;
    pthread_mutex_lock(&a->mutex);
    for (size_t i = 0; i < a->n && !labels; i++)
        if (a->rows[i].set == set)
            labels = a->rows[i].labels;
    pthread_mutex_unlock(&a->mutex);
    return labels ? strings_find(labels, key) : NULL;
}
