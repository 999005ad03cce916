#include "sync/platform/archive.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define VERSIONS_MOST 64

struct version {
    char *form, *rules;
    struct form_set *set;
};

struct archive {
    char *folder;
    pthread_mutex_t mutex;
    struct version rows[VERSIONS_MOST]; /* [0] is the newest */
    size_t n;
};

static bool name_ok(const char *z)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    return z && *z && *z != '.' && strlen(z) < 64 && strspn(z, allowed) == strlen(z);
}

static void add(struct archive *a, struct form_set *set)
{
    struct version *v = &a->rows[a->n++];
    *v = (struct version){xstrdup(form_set_version(set)), xstrdup(form_set_rules_version(set)), set};
}

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

/* The copy gets its name last: one cut short by a power cut is made again. */
static bool keep(struct archive *a, const char *assets, struct err *e)
{
    static const char *const parts[] = {"forms", "rules", "codes"};
    AUTOFREE char *name = xasprintf("%s_%s", a->rows[0].form, a->rows[0].rules), *to = path_join(a->folder, name);
    AUTOFREE char *part = xasprintf("%s.new", to);
    if (!name_ok(a->rows[0].form) || !name_ok(a->rows[0].rules))
        return err_set(e, ERR_CONFIG, "a version of forms or rules has characters that do not belong there");
    if (file_exists(to))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        AUTOFREE char *from = path_join(assets, parts[i]), *into = path_join(part, parts[i]);
        if (!copy_folder(from, into, e))
            return false;
    }
    return (!rename(part, to) || err_sys(e, errno, "%s", to)) && dir_sync(a->folder, e);
}

struct archive *archive_open(const char *assets, const char *folder, struct err *e)
{
    struct form_set *newest = form_set_load(assets, e);
    if (!newest)
        return NULL;
    struct archive *a = xcalloc(1, sizeof *a);
    pthread_mutex_init(&a->mutex, NULL);
    a->folder = xstrdup(folder);
    add(a, newest);
    if (!dir_make(folder, 0700, e) || !keep(a, assets, e)) {
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
        free(a->rows[i].form);
        free(a->rows[i].rules);
    }
    pthread_mutex_destroy(&a->mutex);
    free(a->folder);
    free(a);
}

const struct form_set *archive_newest(const struct archive *a)
{
    return a->rows[0].set;
}

static const struct form_set *load(struct archive *a, const char *form, const char *rules)
{
    AUTOFREE char *name = xasprintf("%s_%s", form, rules), *path = path_join(a->folder, name);
    struct err e = {0};
    if (a->n == VERSIONS_MOST || !file_exists(path))
        return NULL;
    struct form_set *set = form_set_load(path, &e);
    if (!set) {
        log_error("archive.load", "text=\"%s\"", e.text);
        return NULL;
    }
    add(a, set);
    return set;
}

const struct form_set *archive_find(struct archive *a, const char *form, const char *rules)
{
    const struct form_set *found = NULL;
    if (!name_ok(form) || !name_ok(rules))
        return NULL;
    pthread_mutex_lock(&a->mutex);
    for (size_t i = 0; i < a->n && !found; i++)
        if (!strcmp(a->rows[i].form, form) && !strcmp(a->rows[i].rules, rules))
            found = a->rows[i].set;
    if (!found)
        found = load(a, form, rules);
    pthread_mutex_unlock(&a->mutex);
    return found;
}
