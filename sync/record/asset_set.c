/* asset_set.c — sets of assets: copied, laid over, loaded, switched. */
#include "sync/record/asset_set.h"

#include "sync/base/cleanup.h"
#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/record/canon.h"
#include "sync/record/form.h"
#include "sync/record/strings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define SET_PREFIX "set-"
#define ASSET_MOST (8u << 20)
#define SIG_MOST   4096

static const char *const folders[] = {"forms", "rules", "codes", "guide", "strings"};
enum { FORMS, RULES, CODES, GUIDE, WHOLE, STRINGS = WHOLE };

/* --- folders and their files --- */

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
static bool digest(const char *dir, size_t first, size_t last, char out[HASH_HEX], struct err *e)
{
    struct hash_state h;
    unsigned char hash[HASH_BYTES];
    crypto_sodium()->hash_init(&h);
    for (size_t i = first; i <= last; i++)
        if (!add_folder(&h, dir, folders[i], e))
            return false;
    crypto_sodium()->hash_end(&h, hash);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return true;
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (const struct dirent *f; d && (f = readdir(d));) {
        AUTOFREE char *inner = path_join(path, f->d_name);
        if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0 && unlink(inner) < 0)
            remove_tree(inner);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

/* fsync of each file; the folders follow when all are there. */
static bool write_file(const char *path, const void *bytes, size_t len, struct err *e)
{
    AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0 || !fd_write_all(fd, bytes, len, e) || fsync(fd) < 0)
        return err_sys(e, errno, "%s", path);
    return true;
}

/* --- set.json --- */

static bool take(const json_t *o, const char *name, char *out, size_t size)
{
    const char *z = json_string_value(json_object_get(o, name));
    return z && zcopy(out, size, z);
}

bool asset_set_read(const char *path, struct asset_set *out, struct err *e)
{
    AUTOFREE char *file = path_join(path, "set.json");
    CLEANUP(str) struct str bytes = {0};
    struct asset_set s = {0};
    if (!file_read(file, 65536, &bytes, e))
        return false;
    CLEANUP(json) json_t *j = json_loadb(str_z(&bytes), bytes.len, 0, NULL);
    const json_t *list = json_object_get(j, "packages");
    bool ok = take(j, "form", s.form, sizeof s.form) && take(j, "rules", s.rules, sizeof s.rules) &&
              take(j, "codes", s.codes, sizeof s.codes) && take(j, "date", s.date, sizeof s.date) &&
              take(j, "base", s.base, HASH_HEX) && take(j, "forms_content", s.content[0], HASH_HEX) &&
              take(j, "rules_content", s.content[1], HASH_HEX) && json_array_size(list) <= ASSET_PACKAGES_MAX;
    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        struct asset_package *p = &s.packages[s.n++];
        const json_t *o = json_array_get(list, i);
        ok = take(o, "name", p->name, sizeof p->name) && package_name_ok(p->name) &&
             take(o, "version", p->version, sizeof p->version) && version_valid(p->version) &&
             take(o, "date", p->date, sizeof p->date) && take(o, "sha256", p->sha256, sizeof p->sha256);
    }
    if (!ok)
        return err_set(e, ERR_FORMAT, "%s: no description of a set", file);
    *out = s;
    return true;
}

static bool set_write(const char *path, const struct asset_set *s, struct err *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", s->packages[i].name, "version",
                                              s->packages[i].version, "date", s->packages[i].date, "sha256",
                                              s->packages[i].sha256));
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "form", s->form, "rules", s->rules, "codes",
                          s->codes, "date", s->date, "base", s->base, "forms_content", s->content[0], "rules_content",
                          s->content[1], "packages", list);
    AUTOFREE char *text = j ? json_dumps(j, JSON_INDENT(1)) : NULL;
    AUTOFREE char *file = path_join(path, "set.json");
    json_decref(j);
    return text ? write_file(file, text, strlen(text), e) : err_set(e, ERR_INTERNAL, "set.json cannot be written");
}

/* --- links --- */

static char *target_of(const char *dir, const char *link)
{
    char name[64];
    AUTOFREE char *at = path_join(dir, link);
    ssize_t n = readlink(at, name, sizeof name - 1);
    if (n <= 0)
        return NULL;
    name[n] = '\0';
    return strncmp(name, SET_PREFIX, strlen(SET_PREFIX)) == 0 && !strchr(name, '/') ? xstrdup(name) : NULL;
}

static bool point(const char *dir, const char *link, const char *target, struct err *e)
{
    AUTOFREE char *at = path_join(dir, link), *next = xasprintf("%s.new", at);
    if (!target)
        return unlink(at) == 0 || errno == ENOENT || err_sys(e, errno, "%s", at);
    unlink(next);
    return (symlink(target, next) == 0 && rename(next, at) == 0) || err_sys(e, errno, "%s", at);
}

/* All but the sets that a link names: older ones, and what a power cut left half made. */
static void sweep(const char *dir)
{
    AUTOFREE char *current = target_of(dir, "current"), *previous = target_of(dir, "previous");
    DIR *d = opendir(dir);
    for (const struct dirent *f; d && (f = readdir(d));) {
        AUTOFREE char *path = path_join(dir, f->d_name);
        if (strncmp(f->d_name, SET_PREFIX, strlen(SET_PREFIX)) == 0 && (!current || strcmp(f->d_name, current) != 0) &&
            (!previous || strcmp(f->d_name, previous) != 0))
            remove_tree(path);
    }
    if (d)
        closedir(d);
}

char *asset_set_path(const char *dir, const char *base)
{
    AUTOFREE char *name = target_of(dir, "current");
    AUTOFREE char *path = name ? path_join(dir, name) : NULL;
    return xstrdup(path && file_exists(path) ? path : base);
}

char *asset_set_previous(const char *dir)
{
    AUTOFREE char *name = target_of(dir, "previous");
    return name ? path_join(dir, name) : NULL;
}

static bool switch_to(const char *dir, const char *name, struct err *e)
{
    AUTOFREE char *before = target_of(dir, "current");
    if (!(before && name && strcmp(before, name) == 0) && !point(dir, "previous", before, e))
        return false;
    if (!point(dir, "current", name, e) || !dir_sync(dir, e))
        return false;
    sweep(dir);
    return true;
}

/* --- making a set --- */

struct input { /* a package with its bytes as they came */
    struct str bytes, signature;
    struct package package;
};
struct inputs {
    struct input rows[ASSET_PACKAGES_MAX + 1];
    size_t n;
};

static void input_finish(struct input *in)
{
    package_finish(&in->package);
    str_finish(&in->bytes);
    str_finish(&in->signature);
}

static void inputs_cleanup(struct inputs *l)
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
        if (!file_read(source, ASSET_MOST, &bytes, e) || !write_file(target, str_z(&bytes), bytes.len, e))
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
        return write_file(target, f->bytes, f->len, e);
    if (!write_file(part, f->bytes, f->len, e))
        return false;
    struct strings *under = strings_load(target, e), *over = under ? strings_load(part, e) : NULL;
    if (over) {
        strings_overlay(under, over);
        strings_write(under, &merged);
    }
    bool ok = over && write_file(target, merged.p, merged.len, e);
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
        if (!(words ? lay_words(target, f, e) : write_file(target, f->bytes, f->len, e)))
            return false;
    }
    AUTOFREE char *own = xasprintf("%s/packages/%s" PACKAGE_SUFFIX, to, p->name);
    AUTOFREE char *sig = xasprintf("%s" PACKAGE_SIGNATURE, own);
    const struct input *in = &all->rows[i];
    return write_file(own, in->bytes.p, in->bytes.len, e) &&
           write_file(sig, str_z(&in->signature), in->signature.len, e);
}

static bool lay_out(const char *base, const char *to, const struct inputs *all, struct err *e)
{
    AUTOFREE char *packages = path_join(to, "packages");
    for (size_t i = 0; i <= STRINGS; i++) {
        AUTOFREE char *folder = path_join(to, folders[i]);
        if (!dir_make(folder, 0750, e) || (i < WHOLE && !copy_folder(base, to, folders[i], e)))
            return false;
    }
    if (!dir_make(packages, 0750, e))
        return false;
    for (size_t i = 0; i < all->n; i++)
        if (!lay_package(to, all, i, e))
            return false;
    return true;
}

/* --- judging it --- */

struct words {
    const struct strings *zh;
    const char *missing;
};

static void look_up(void *ctx, const char *key)
{
    struct words *w = ctx;
    if (!w->missing && !strings_find(w->zh, key))
        w->missing = key;
}

static bool words_of(const struct form_set *forms, const char *path, const char *base, struct err *e)
{
    AUTOFREE char *own = path_join(base, "strings/zh.po"), *more = path_join(path, "strings/zh.po");
    struct strings *zh = strings_load(own, e), *over = NULL;
    bool layered = strcmp(base, path) != 0 && file_exists(more);
    bool ok = zh && (!layered || (over = strings_load(more, e)));
    if (ok && over)
        strings_overlay(zh, over);
    struct words w = {zh, NULL};
    if (ok)
        form_set_string_keys(forms, look_up, &w);
    if (w.missing)
        ok = err_set(e, ERR_FORMAT, "strings/zh.po: \"%.100s\" is missing, which the forms or rules cite", w.missing);
    strings_destroy(zh);
    strings_destroy(over);
    return ok;
}

/* The other languages only have to be catalogues. */
static bool catalogues(const char *path, struct err *e)
{
    CLEANUP(names) struct names l = names_of(path, "strings");
    for (size_t i = 0; i < l.n; i++) {
        AUTOFREE char *file = xasprintf("%s/strings/%s", path, l.p[i]);
        struct strings *s = strings_load(file, e);
        if (!s)
            return false;
        strings_destroy(s);
    }
    return true;
}

bool asset_set_check_words(const char *path, const char *base, struct err *e)
{
    struct form_set *forms = form_set_load(path, e);
    bool ok = forms && words_of(forms, path, base, e);
    form_set_destroy(forms);
    return ok;
}

/* A version that a record names must tell what judged it: other content is another version. */
static bool version_moves(const char *what, const char *before, const char *before_content, const char *after,
                          const char *after_content, struct err *e)
{
    if (!version_valid(after))
        return err_set(e, ERR_FORMAT, "%s/manifest.json: version: expected numbers with dots", what);
    bool same = strcmp(before_content, after_content) == 0;
    if (!same && strcmp(before, after) == 0)
        return err_set(e, ERR_STATE, "%s/manifest.json: the content is another, the version is still %s", what, after);
    return true;
}

static bool not_older(const char *what, const char *own, const char *merged, struct err *e)
{
    if (!version_valid(own) || !version_valid(merged) || version_order(merged, own) >= 0)
        return true;
    return err_set(e, ERR_STATE, "%s: the program's own %s is newer than this %s", what, own, merged);
}

static bool codes_not_older(const struct inputs *all, const struct form_set *own, const struct form_set *merged,
                            struct err *e)
{
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < all->rows[i].package.n_files; k++) {
            const char *path = all->rows[i].package.files[k].path;
            if (strncmp(path, "codes/", 6) != 0)
                continue;
            AUTOFREE char *name = xstrndup(path + 6, strlen(path) - 6 - 4);
            const struct dict *a = dict_find(own, name), *b = dict_find(merged, name);
            if (a && b && !not_older(path, dict_version(a), dict_version(b), e))
                return false;
        }
    return true;
}

static void describe(const struct inputs *all, const struct form_set *f, struct asset_set *s)
{
    zcopy(s->form, sizeof s->form, form_set_version(f));
    zcopy(s->rules, sizeof s->rules, form_set_rules_version(f));
    zcopy(s->codes, sizeof s->codes, form_set_codes_version(f));
    zcopy(s->date, sizeof s->date, form_set_date(f));
    for (size_t i = 0; i < all->n; i++) {
        const struct package *p = &all->rows[i].package;
        struct asset_package *row = &s->packages[s->n++];
        zcopy(row->name, sizeof row->name, p->name);
        zcopy(row->version, sizeof row->version, p->version);
        zcopy(row->date, sizeof row->date, p->date);
        crypto_hash_hex(crypto_sodium(), all->rows[i].bytes.p, all->rows[i].bytes.len, row->sha256);
        if (strcmp(p->date, s->date) > 0)
            zcopy(s->date, sizeof s->date, p->date);
    }
}

static bool judge(const char *base, const char *to, const struct inputs *all, const struct asset_set *before,
                  struct asset_set *out, struct err *e)
{
    struct asset_set s = {0};
    char own_content[2][HASH_HEX];
    if (!catalogues(to, e))
        return false;
    struct form_set *own = form_set_load(base, e), *merged = own ? form_set_load(to, e) : NULL;
    bool ok = merged && words_of(merged, to, base, e) && digest(base, FORMS, STRINGS, s.base, e);
    for (size_t i = FORMS; ok && i <= RULES; i++)
        ok = digest(base, i, i, own_content[i], e) && digest(to, i, i, s.content[i], e);
    if (ok) {
        const char *before_form = before ? before->form : form_set_version(own);
        const char *before_rules = before ? before->rules : form_set_rules_version(own);
        describe(all, merged, &s);
        ok = not_older("forms", form_set_version(own), s.form, e) &&
             not_older("rules", form_set_rules_version(own), s.rules, e) && codes_not_older(all, own, merged, e) &&
             version_moves("forms", form_set_version(own), own_content[0], s.form, s.content[0], e) &&
             version_moves("rules", form_set_rules_version(own), own_content[1], s.rules, s.content[1], e) &&
             version_moves("forms", before_form, before ? before->content[0] : own_content[0], s.form, s.content[0],
                           e) &&
             version_moves("rules", before_rules, before ? before->content[1] : own_content[1], s.rules, s.content[1],
                           e);
    }
    form_set_destroy(own);
    form_set_destroy(merged);
    if (ok)
        *out = s;
    return ok;
}

/* The author reads paths as they are in the package, not where we tried it out. */
static void without_folder(struct err *e, const char *folder)
{
    CLEANUP(str) struct str text = {0};
    size_t n = strlen(folder);
    const char *at = e ? strstr(e->text, folder) : NULL;
    if (!at || at[n] != '/')
        return;
    str_add(&text, e->text, (size_t)(at - e->text));
    str_puts(&text, at + n + 1);
    zcopy(e->text, sizeof e->text, text.p);
}

static bool sync_all(const char *path, struct err *e)
{
    for (size_t i = 0; i <= STRINGS; i++) {
        AUTOFREE char *folder = path_join(path, folders[i]);
        if (!dir_sync(folder, e))
            return false;
    }
    AUTOFREE char *packages = path_join(path, "packages");
    return dir_sync(packages, e) && dir_sync(path, e);
}

static void name_of(const struct asset_set *s, char out[32])
{
    CLEANUP(str) struct str all = {0};
    char hex[HASH_HEX];
    str_puts(&all, s->base);
    for (size_t i = 0; i < s->n; i++)
        str_printf(&all, " %s %s", s->packages[i].name, s->packages[i].sha256);
    crypto_hash_hex(crypto_sodium(), all.p, all.len, hex);
    snprintf(out, 32, SET_PREFIX "%.16s", hex);
}

typedef bool keep_fn(void *ctx, const char *path, const struct asset_set *set, struct err *e);

/* Makes the set in DIR; *name: of its folder. */
static bool make(const char *dir, const char *base, const struct inputs *all, const struct asset_set *before,
                 keep_fn *keep, void *ctx, char name[32], struct asset_set *out, struct err *e)
{
    AUTOFREE char *trial = path_join(dir, SET_PREFIX "trial");
    struct asset_set s = {0};
    remove_tree(trial);
    bool ok = dir_make(trial, 0750, e) && lay_out(base, trial, all, e) && judge(base, trial, all, before, &s, e) &&
              set_write(trial, &s, e) && sync_all(trial, e);
    if (!ok)
        without_folder(e, trial);
    ok = ok && (!keep || keep(ctx, trial, &s, e));
    if (ok) {
        char made[32];
        name_of(&s, made);
        AUTOFREE char *path = path_join(dir, made);
        AUTOFREE char *current = target_of(dir, "current");
        if (!current || strcmp(current, made) != 0)
            remove_tree(path); /* the same set once more: previous, or left by a power cut */
        ok = rename(trial, path) == 0 || err_sys(e, errno, "%s", path);
        if (ok)
            memcpy(name, made, sizeof made);
    }
    remove_tree(trial);
    if (ok)
        *out = s;
    return ok;
}

/* --- the operations --- */

/* One writer at a time: the agent, a publish command, a rollback by staff. Held until the descriptor is closed. */
static int lock(const char *dir, struct err *e)
{
    AUTOFREE char *path = path_join(dir, "lock");
    if (!dir_make(dir, 0770, e))
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (fd < 0 || flock(fd, LOCK_EX) < 0) {
        err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static bool input_read(const char *path, const struct asset_package *row, struct input *in, struct err *e)
{
    AUTOFREE char *own = xasprintf("%s/packages/%s" PACKAGE_SUFFIX, path, row->name);
    AUTOFREE char *sig = xasprintf("%s" PACKAGE_SIGNATURE, own);
    return file_read(own, PACKAGE_BYTES_MAX, &in->bytes, e) && file_read(sig, SIG_MOST, &in->signature, e) &&
           package_parse(crypto_sodium(), in->bytes.p, in->bytes.len, &in->package, e);
}

/* What is in force: *there false is BASE alone. */
static bool in_force(const char *dir, struct asset_set *s, char **path, bool *there, struct err *e)
{
    AUTOFREE char *name = target_of(dir, "current");
    AUTOFREE char *at = name ? path_join(dir, name) : NULL;
    *there = at && file_exists(at);
    if (!*there)
        return true;
    if (!asset_set_read(at, s, e))
        return false;
    *path = xstrdup(at);
    return true;
}

static bool may_stand(const struct asset_set *now, const struct input *in, struct err *e)
{
    char sha256[HASH_HEX];
    crypto_hash_hex(crypto_sodium(), in->bytes.p, in->bytes.len, sha256);
    for (size_t i = 0; i < now->n; i++) {
        const struct asset_package *row = &now->packages[i];
        if (strcmp(row->name, in->package.name) != 0)
            continue;
        if (strcmp(row->sha256, sha256) == 0)
            return err_set(e, ERR_EXISTS, "%s %s is in force", row->name, row->version);
        const char *why = package_may_replace(&in->package, row->version);
        if (why)
            return err_set(e, ERR_STATE, "%s %s over %s: %s", row->name, in->package.version, row->version, why);
    }
    return true;
}

bool asset_set_add(const char *dir, const char *base, const struct str *bytes, const struct str *signature,
                   keep_fn *keep, void *ctx, struct asset_set *out, struct err *e)
{
    CLEANUP(inputs) struct inputs all = {0};
    AUTOFREE char *path = NULL;
    struct asset_set now = {0}, made = {0};
    struct input next = {0};
    char name[32];
    bool there = false;
    str_add(&next.bytes, str_z(bytes), bytes->len);
    str_add(&next.signature, str_z(signature), signature->len);
    AUTOCLOSE int held = lock(dir, e);
    bool ok = held >= 0 && package_parse(crypto_sodium(), next.bytes.p, next.bytes.len, &next.package, e) &&
              in_force(dir, &now, &path, &there, e) && may_stand(&now, &next, e);
    for (size_t i = 0; ok && there && i < now.n; i++)
        if (strcmp(now.packages[i].name, next.package.name) != 0)
            ok = input_read(path, &now.packages[i], &all.rows[all.n++], e);
    if (ok && all.n == ASSET_PACKAGES_MAX)
        ok = err_set(e, ERR_LIMIT, "more than %d packages", ASSET_PACKAGES_MAX);
    if (!ok) {
        input_finish(&next);
        return false;
    }
    all.rows[all.n++] = next;
    if (!make(dir, base, &all, there ? &now : NULL, keep, ctx, name, &made, e) || !switch_to(dir, name, e))
        return false;
    *out = made;
    return true;
}

bool asset_set_refresh(const char *dir, const char *base,
                       void (*each)(void *ctx, const struct asset_package *dropped, const char *why), void *ctx,
                       bool *changed, struct err *e)
{
    CLEANUP(inputs) struct inputs all = {0};
    AUTOFREE char *path = NULL;
    struct asset_set now = {0}, made = {0};
    char content[HASH_HEX], name[32] = "";
    bool there = false;
    *changed = false;
    AUTOCLOSE int held = file_exists(dir) ? lock(dir, e) : -1;
    if (held < 0)
        return !file_exists(dir);
    if (!in_force(dir, &now, &path, &there, e) || !digest(base, FORMS, STRINGS, content, e))
        return false;
    if (!there || strcmp(content, now.base) == 0)
        return true;
    struct form_set *own = form_set_load(base, e); /* a BASE that is not there drops nothing */
    form_set_destroy(own);
    if (!own)
        return false;
    for (size_t i = 0; i < now.n; i++) { /* one by one: each that fits stays */
        struct err why = {0};
        bool fits = input_read(path, &now.packages[i], &all.rows[all.n++], &why) &&
                    make(dir, base, &all, NULL, NULL, NULL, name, &made, &why);
        if (fits)
            continue;
        input_finish(&all.rows[--all.n]);
        all.rows[all.n] = (struct input){0};
        each(ctx, &now.packages[i], why.text);
    }
    *changed = true;
    return switch_to(dir, all.n ? name : NULL, e);
}

/* Days since 1970-01-01 of a date of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int y, int m, int d)
{
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (int64_t)era * 146097 + doe - 719468;
}

int asset_age(const char *date, int64_t now_ms)
{
    int y = 1970, m = 1, d = 1;
    struct civil now = clock_beijing(now_ms);
    if (sscanf(date, "%4d-%2d-%2d", &y, &m, &d) != 3)
        return 0;
    return (int)(days_of(now.year, now.month, now.day) - days_of(y, m, d));
}

bool asset_set_rollback(const char *dir, struct err *e)
{
    bool there = file_exists(dir);
    AUTOCLOSE int held = there ? lock(dir, e) : -1;
    if (there && held < 0)
        return false;
    AUTOFREE char *current = target_of(dir, "current"), *previous = target_of(dir, "previous");
    if (!current)
        return err_set(e, ERR_NOT_FOUND, "no package is installed");
    return point(dir, "current", previous, e) && point(dir, "previous", current, e) && dir_sync(dir, e);
}
