/* asset_build.c — the folders of a set: what the program brings, with the packages' files in their places. */
#include "sync/record/asset_build.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/strings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define ASSET_MOST (8u << 20)

static const char *const folders[ASSET_FOLDERS] = {"forms", "rules", "codes", "guide", "strings"};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **p;
    size_t n;
};

static void names_cleanup(struct names *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->p[i]);
    free(l->p);
}

/* Names that a package could bring into this folder, sorted; a missing folder is an empty one. */
static struct names names_of(const char *dir, const char *folder)
{
    struct names l = {0};
    AUTOFREE char *path = path_join(dir, folder);
    DIR *d = opendir(path);
    for (const struct dirent *f; d && (f = readdir(d));) {
        AUTOFREE char *name = path_join(folder, f->d_name);
        if (!package_path_ok(name))
            continue;
        l.p = xrealloc(l.p, (l.n + 1) * sizeof *l.p);
        l.p[l.n++] = xstrdup(f->d_name);
    }
    if (d)
        closedir(d);
    if (l.n)
        qsort(l.p, l.n, sizeof *l.p, by_name);
    return l;
}

static bool add_folder(struct hash_state *h, const char *dir, const char *folder, struct err *e)
{
    const struct crypto_ops *c = crypto_sodium();
    CLEANUP(names) struct names l = names_of(dir, folder);
    c->hash_add(h, folder, strlen(folder) + 1);
    for (size_t i = 0; i < l.n; i++) {
        AUTOFREE char *path = xasprintf("%s/%s/%s", dir, folder, l.p[i]);
        CLEANUP(str) struct str bytes = {0};
        unsigned char one[HASH_BYTES];
        if (!file_read(path, ASSET_MOST, &bytes, e))
            return false;
        c->hash(one, str_z(&bytes), bytes.len);
        c->hash_add(h, l.p[i], strlen(l.p[i]) + 1);
        c->hash_add(h, one, sizeof one);
    }
    return true;
}

/* Over the folders from first to last with their files' names and bytes. */
bool asset_digest(const char *dir, enum asset_folder first, enum asset_folder last, char out[HASH_HEX], struct err *e)
{
    struct hash_state h;
    unsigned char hash[HASH_BYTES];
    crypto_sodium()->hash_init(&h);
    for (enum asset_folder i = first; i <= last; i++)
        if (!add_folder(&h, dir, folders[i], e))
            return false;
    crypto_sodium()->hash_end(&h, hash);
    hex_encode(hash, sizeof hash, out);
    return true;
}

void asset_remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (const struct dirent *f; d && (f = readdir(d));) {
        AUTOFREE char *inner = path_join(path, f->d_name);
        if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0 && unlink(inner) < 0)
            asset_remove_tree(inner);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

/* fsync of each file; the folders follow when all are there. */
bool asset_file_write(const char *path, const void *bytes, size_t len, struct err *e)
{
    AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0 || !fd_write_all(fd, bytes, len, e) || fsync(fd) < 0)
        return err_sys(e, errno, "%s", path);
    return true;
}
bool asset_each(const char *dir, enum asset_folder f, bool (*each)(void *ctx, const char *path, struct err *e),
                void *ctx, struct err *e)
{
    CLEANUP(names) struct names l = names_of(dir, folders[f]);
    for (size_t i = 0; i < l.n; i++) {
        AUTOFREE char *path = xasprintf("%s/%s/%s", dir, folders[f], l.p[i]);
        if (!each(ctx, path, e))
            return false;
    }
    return true;
}

void input_finish(struct input *in)
{
    package_finish(&in->package);
    str_finish(&in->bytes);
    str_finish(&in->signature);
}

void inputs_cleanup(struct inputs *l)
{
    for (size_t i = 0; i < l->n; i++)
        input_finish(&l->rows[i]);
}

static bool copy_folder(const char *from, const char *to, const char *folder, struct err *e)
{
    CLEANUP(names) struct names l = names_of(from, folder);
    for (size_t i = 0; i < l.n; i++) {
        AUTOFREE char *source = xasprintf("%s/%s/%s", from, folder, l.p[i]);
        AUTOFREE char *target = xasprintf("%s/%s/%s", to, folder, l.p[i]);
        CLEANUP(str) struct str bytes = {0};
        if (!file_read(source, ASSET_MOST, &bytes, e) || !asset_file_write(target, str_z(&bytes), bytes.len, e))
            return false;
    }
    return true;
}

/* A second catalogue of one language lies over the first. */
static bool lay_words(const char *target, const struct package_file *f, struct err *e)
{
    AUTOFREE char *part = xasprintf("%s.part", target);
    CLEANUP(str) struct str merged = {0};
    if (!file_exists(target))
        return asset_file_write(target, f->bytes, f->len, e);
    if (!asset_file_write(part, f->bytes, f->len, e))
        return false;
    struct strings *under = strings_load(target, e), *over = under ? strings_load(part, e) : NULL;
    if (over) {
        strings_overlay(under, over);
        strings_write(under, &merged);
    }
    bool ok = over && asset_file_write(target, merged.p, merged.len, e);
    strings_destroy(under);
    strings_destroy(over);
    unlink(part);
    return ok;
}

static bool lay_package(const char *to, const struct inputs *all, size_t i, struct err *e)
{
    const struct package *p = &all->rows[i].package;
    for (size_t k = 0; k < p->n_files; k++) {
        const struct package_file *f = &p->files[k];
        AUTOFREE char *target = path_join(to, f->path);
        bool words = strncmp(f->path, "strings/", 8) == 0;
        for (size_t other = 0; other < i && !words; other++)
            for (size_t m = 0; m < all->rows[other].package.n_files; m++)
                if (strcmp(all->rows[other].package.files[m].path, f->path) == 0)
                    return err_set(e, ERR_FORMAT, "%s: the package %s brings this file too", f->path,
                                   all->rows[other].package.name);
        if (!(words ? lay_words(target, f, e) : asset_file_write(target, f->bytes, f->len, e)))
            return false;
    }
    AUTOFREE char *own = xasprintf("%s/packages/%s" PACKAGE_SUFFIX, to, p->name);
    AUTOFREE char *sig = xasprintf("%s" PACKAGE_SIGNATURE, own);
    const struct input *in = &all->rows[i];
    return asset_file_write(own, in->bytes.p, in->bytes.len, e) &&
           asset_file_write(sig, str_z(&in->signature), in->signature.len, e);
}

bool asset_build(const char *base, const char *to, const struct inputs *all, struct err *e)
{
    AUTOFREE char *packages = path_join(to, "packages");
    for (size_t i = 0; i < ASSET_FOLDERS; i++) {
        AUTOFREE char *folder = path_join(to, folders[i]);
        if (!dir_make(folder, 0750, e) || (i != ASSET_STRINGS && !copy_folder(base, to, folders[i], e)))
            return false;
    }
    if (!dir_make(packages, 0750, e))
        return false;
    for (size_t i = 0; i < all->n; i++)
        if (!lay_package(to, all, i, e))
            return false;
    return true;
}

bool asset_build_sync(const char *path, struct err *e)
{
    for (size_t i = 0; i < ASSET_FOLDERS; i++) {
        AUTOFREE char *folder = path_join(path, folders[i]);
        if (!dir_sync(folder, e))
            return false;
    }
    AUTOFREE char *packages = path_join(path, "packages");
    return dir_sync(packages, e) && dir_sync(path, e);
}
