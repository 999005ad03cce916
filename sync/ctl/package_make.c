#include "sync/ctl/package_make.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/asset_set.h"
#include "sync/record/strings.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MOST (8u << 20)

struct collected {
    struct package_file files[PACKAGE_FILES_MAX];
    size_t n;
};

static void collected_cleanup(struct collected *c)
{
    for (size_t i = 0; i < c->n; i++)
        free((char *)(uintptr_t)c->files[i].bytes);
}

/* The texts that base does not have, or has otherwise; nothing when there are none. */
static bool differing_words(const char *edited, const char *base, struct str *out, struct err *e)
{
    struct strings *mine = strings_load(edited, e), *own = NULL;
    bool ok = mine && (!file_exists(base) || (own = strings_load(base, e)));
    for (size_t i = 0; ok && i < strings_count(mine); i++) {
        const char *key = strings_key_at(mine, i), *text = strings_find(mine, key);
        const char *before = own ? strings_find(own, key) : NULL;
        if (!text || (before && strcmp(before, text) == 0))
            continue;
        if (!out->len)
            str_printf(out, "msgid \"\"\nmsgstr \"\"\n\"Language: %s\\n\"\n\n", strings_lang(mine));
        strings_write_entry(out, key, text);
    }
    strings_destroy(mine);
    strings_destroy(own);
    return ok;
}

static bool collect(const struct make_input *in, const char *path, struct collected *c, struct err *e)
{
    AUTOFREE char *edited = path_join(in->edited, path), *base = path_join(in->base, path);
    CLEANUP(str) struct str bytes = {0}, own = {0};
    bool words = strncmp(path, "strings/", 8) == 0;
    if (words ? !differing_words(edited, base, &bytes, e) : !file_read(edited, FILE_MOST, &bytes, e))
        return false;
    bool same = words ? !bytes.len
                      : file_exists(base) && file_read(base, FILE_MOST, &own, NULL) && own.len == bytes.len &&
                            memcmp(str_z(&own), str_z(&bytes), own.len) == 0;
    if (same)
        return true;
    if (c->n == PACKAGE_FILES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d files", PACKAGE_FILES_MAX);
    struct package_file *f = &c->files[c->n++];
    zcopy(f->path, sizeof f->path, path);
    f->len = bytes.len;
    f->bytes = str_take(&bytes);
    return true;
}

static bool collect_folder(const struct make_input *in, const char *folder, struct collected *c, struct err *e)
{
    AUTOFREE char *dir = path_join(in->edited, folder);
    DIR *d = opendir(dir);
    bool ok = true;
    for (const struct dirent *f; ok && d && (f = readdir(d));) {
        AUTOFREE char *path = path_join(folder, f->d_name);
        if (package_path_ok(path))
            ok = collect(in, path, c, e);
    }
    if (d)
        closedir(d);
    return ok;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct package_file *)a)->path, ((const struct package_file *)b)->path);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

/* What kiosk and platform will do with it. */
static bool try_out(const struct make_input *in, const struct str *bytes, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    AUTOFREE char *dir = xasprintf("%s/bulu-package-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    const struct str no_signature = {0};
    struct asset_set s;
    if (!mkdtemp(dir))
        return err_set(e, ERR_IO, "%s cannot be made", dir);
    bool ok = asset_set_add(dir, in->base, bytes, &no_signature, NULL, NULL, &s, e);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return ok;
}

bool package_make(const struct make_input *in, struct str *out, size_t *n, struct err *e)
{
    static const char *const folders[] = {"codes", "forms", "guide", "rules", "strings"};
    CLEANUP(collected) struct collected c = {0};
    CLEANUP(str) struct str bytes = {0};
    struct package p = {.files = c.files};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (!collect_folder(in, folders[i], &c, e))
            return false;
    if (!c.n)
        return err_set(e, ERR_NOT_FOUND, "%s does not differ from %s", in->edited, in->base);
    qsort(c.files, c.n, sizeof *c.files, by_path);
    p.n_files = c.n;
    bool fits = zcopy(p.name, sizeof p.name, in->name) && zcopy(p.version, sizeof p.version, in->version) &&
                zcopy(p.date, sizeof p.date, in->date) && zcopy(p.needs_program, sizeof p.needs_program, in->program) &&
                in->n_replaces <= ARRAY_LEN(p.replaces);
    for (size_t i = 0; fits && i < in->n_replaces; i++)
        fits = zcopy(p.replaces[p.n_replaces++], VERSION_SIZE, in->replaces[i]);
    if (!fits)
        return err_set(e, ERR_LIMIT, "name, version or date is too long, or more than 8 versions are replaced");
    if (!package_write(crypto_sodium(), &p, &bytes, e) || !try_out(in, &bytes, e))
        return false;
    str_add(out, bytes.p, bytes.len);
    *n = c.n;
    return true;
}
