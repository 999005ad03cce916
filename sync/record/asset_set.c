/* asset_set.c — sets of assets: which is in force, and how another comes to be. asset_build.c lays one out, asset_judge.c
 * says whether it may be. */
#include "sync/record/asset_set.h"

#include "sync/base/cleanup.h"
#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/record/asset_build.h"
#include "sync/record/canon.h"
#include "sync/record/form.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SET_PREFIX "set-"
#define SIG_MOST   4096

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
    return text ? asset_file_write(file, text, strlen(text), e)
                : err_set(e, ERR_INTERNAL, "set.json cannot be written");
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
            asset_remove_tree(path);
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

/* --- making one --- */

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
    asset_remove_tree(trial);
    bool ok = dir_make(trial, 0750, e) && asset_build(base, trial, all, e) &&
              asset_judge(base, trial, all, before, &s, e) && set_write(trial, &s, e) && asset_build_sync(trial, e);
    if (!ok)
        without_folder(e, trial);
    ok = ok && (!keep || keep(ctx, trial, &s, e));
    if (ok) {
        char made[32];
        name_of(&s, made);
        AUTOFREE char *path = path_join(dir, made);
        AUTOFREE char *current = target_of(dir, "current");
        if (!current || strcmp(current, made) != 0)
            asset_remove_tree(path); /* the same set once more: previous, or left by a power cut */
        ok = rename(trial, path) == 0 || err_sys(e, errno, "%s", path);
        if (ok)
            memcpy(name, made, sizeof made);
    }
    asset_remove_tree(trial);
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
    if (!in_force(dir, &now, &path, &there, e) || !asset_digest(base, ASSET_FORMS, ASSET_STRINGS, content, e))
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
