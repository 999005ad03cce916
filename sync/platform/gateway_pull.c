/* gateway_pull.c — the registry's unit directory goes into the table of units; its dictionaries and the directory go into one signed package that kiosks
 * fetch like any other. A package is written only when something in it changed. */
#include "sync/platform/gateway.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/platform/archive.h"
#include "sync/platform/db_staff.h"
#include "sync/platform/packages.h"
#include "sync/record/package.h"

#include <stdio.h>
#include <string.h>

#define PACKAGE_NAME "registry"
#define FILES_MOST   64

struct pulling {
    struct platform *platform;
    struct str units; /* codes/units.tsv */
    struct err e;
};

static void put_column(struct str *out, const char *z, char end)
{
    for (; *z; z++)
        str_putc(out, (unsigned char)*z < ' ' ? ' ' : *z);
    str_putc(out, end);
}

/* A row that contradicts the directory is for a person to look at; the others go on. */
static bool put_units(struct pulling *pull, struct db_unit *rows, size_t n)
{
    struct platform *p = pull->platform;
    AUTOFREE char *who = xstrdup(p->upstream->name);
    const struct db_act act = {who, words(p, "unit.moved"), now_ms(p)};
    struct db_units_done done;
    while (n && !p->db->staff->units_put(p->db, rows, n, &act, &done, &pull->e)) {
        if (pull->e.code != ERR_EXISTS || done.bad >= n)
            return false;
        log_warn("upstream.unit", "code=%s why=\"%s\"", rows[done.bad].code, pull->e.text);
        memmove(&rows[done.bad], &rows[done.bad + 1], (n - done.bad - 1) * sizeof *rows);
        err_clear(&pull->e);
        n--;
    }
    return true;
}

static bool units_page(void *ctx, const struct upstream_unit *rows, size_t n)
{
    struct pulling *pull = ctx;
    AUTOFREE struct db_unit *put = xcalloc(n + 1, sizeof *put);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct db_unit *u = &put[count];
        if (!zcopy(u->code, sizeof u->code, rows[i].code) || !zcopy(u->name, sizeof u->name, rows[i].name) ||
            !zcopy(u->superior, sizeof u->superior, rows[i].superior)) {
            log_warn("upstream.unit", "code=%s why=\"too long\"", u->code);
            continue;
        }
        count++;
        put_column(&pull->units, *rows[i].code ? rows[i].code : rows[i].name, '\t');
        put_column(&pull->units, rows[i].name, '\t');
        put_column(&pull->units, rows[i].superior, '\n');
    }
    return put_units(pull, put, count);
}

struct tsv {
    char path[80];
    struct str text;
};

static void tsvs_finish(struct tsv *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        str_finish(&t[i].text);
}

static bool later(struct err *e, const char *what, const struct upstream_result *res)
{
    return err_set(e, ERR_NETWORK, "%s: %.300s", what, res->why.text);
}

/* The nth cell of a line; caller frees. */
static char *cell(const char *line, int n)
{
    for (; n > 0 && *line && *line != '\n'; n--)
        line += strcspn(line, "\t\n") + (line[strcspn(line, "\t\n")] == '\t');
    return xstrndup(line, strcspn(line, "\t\n"));
}

static int column(const char *header, const char *name)
{
    for (int n = 0; n < 32; n++) {
        AUTOFREE char *have = cell(header, n);
        if (!strcmp(have, name))
            return n;
    }
    return -1;
}

static const char *next_line(const char *p)
{
    p += strcspn(p, "\n");
    return *p ? p + 1 : p;
}

/* A registry gives no pinyin: the names that are known here keep theirs (column "search"), so that they are found as before. */
static void add_search(const struct platform *p, const char *name, struct str *tsv)
{
    const struct dict *d = dict_find(archive_newest(p->forms), name);
    const char *header = next_line(str_z(tsv));
    int at = column(header, "name_zh");
    struct str out = {0};
    if (!d || at < 0 || column(header, "search") >= 0)
        return;
    str_add(&out, tsv->p, (size_t)(header - tsv->p) + strcspn(header, "\n"));
    str_puts(&out, "\tsearch\n");
    for (const char *row = next_line(header); *row; row = next_line(row)) {
        AUTOFREE char *name_zh = cell(row, at);
        const struct dict_item *item = dict_name(d, name_zh);
        str_add(&out, row, strcspn(row, "\n"));
        str_printf(&out, "\t%s\n", item ? item->search : "");
    }
    str_finish(tsv);
    *tsv = out;
}

static bool pull_units(struct platform *p, struct tsv *out, size_t *n, struct err *e)
{
    CLEANUP(upstream_result) struct upstream_result res = {0};
    struct pulling pull = {.platform = p};
    struct civil day = clock_beijing(now_ms(p));
    str_printf(&pull.units, "# source: %s; version: %04d.%02d.%02d\ncode\tname_zh\tsuperior\n", p->upstream->name,
               day.year, day.month, day.day);
    p->upstream->ops->units(p->upstream, units_page, &pull, &res);
    if (res.end == UPSTREAM_DONE) {
        struct tsv *t = &out[(*n)++];
        add_search(p, "units", &pull.units);
        zcopy(t->path, sizeof t->path, "codes/units.tsv");
        t->text = pull.units;
        return true;
    }
    str_finish(&pull.units);
    if (pull.e.code) {
        *e = pull.e;
        return false;
    }
    return res.end == UPSTREAM_NONE || later(e, "units", &res);
}

static bool pull_dictionaries(struct platform *p, struct tsv *out, size_t *n, struct err *e)
{
    const char *const *names = p->upstream->ops->dictionary_names(p->upstream);
    for (size_t i = 0; names[i] && *n < FILES_MOST; i++) {
        CLEANUP(upstream_result) struct upstream_result res = {0};
        struct tsv *t = &out[*n];
        p->upstream->ops->dictionary(p->upstream, names[i], &t->text, &res);
        if (res.end == UPSTREAM_LATER)
            return later(e, names[i], &res);
        add_search(p, names[i], &t->text);
        snprintf(t->path, sizeof t->path, "codes/%.60s.tsv", names[i]);
        *n += res.end == UPSTREAM_DONE;
    }
    return true;
}

/* A dictionary without its first line, which holds the date. */
static const char *content(const char *p, size_t len, size_t *rest)
{
    const char *line = memchr(p, '\n', len);
    *rest = line ? len - (size_t)(line - p) : len;
    return line ? line : p;
}

static bool same_content(const struct package_file *f, const struct tsv *t)
{
    size_t a, b;
    const char *old = content(f->bytes, f->len, &a), *new = content(t->text.p, t->text.len, &b);
    return !strcmp(f->path, t->path) && a == b && !memcmp(old, new, a);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct tsv *)a)->path, ((const struct tsv *)b)->path);
}

/* The version behind old, of the day: 2026.11.23.0, 2026.11.23.1 … */
static void next_version(const struct platform *p, const char *old, char out[VERSION_SIZE])
{
    struct civil day = clock_beijing(now_ms(p));
    for (int n = 0; n < 1000; n++) {
        snprintf(out, VERSION_SIZE, "%d.%d.%d.%d", day.year, day.month, day.day, n);
        if (!*old || version_order(out, old) > 0)
            return;
    }
}

/* Made beside the ones that are handed out, signed, and taken into force like an operator's: laid over the forms and loaded
 * whole before anybody gets it. */
static bool write_package(struct platform *p, const char *old, const struct tsv *t, size_t n, struct err *e)
{
    struct package pack = {.name = PACKAGE_NAME, .needs_program = PACKAGE_PROGRAM};
    struct asset_package out;
    AUTOFREE struct asset_set *set = xcalloc(1, sizeof *set);
    AUTOFREE char *dir = path_join(p->conf.data, "upstream"), *path = path_join(dir, PACKAGE_NAME PACKAGE_SUFFIX);
    AUTOFREE struct package_file *files = xcalloc(n, sizeof *files);
    char today[40];
    CLEANUP(str) struct str bytes = {0};
    next_version(p, old, pack.version);
    clock_iso_beijing(now_ms(p), today, sizeof today);
    zcopy(pack.date, sizeof pack.date, today); /* its first ten characters */
    for (size_t i = 0; i < n; i++) {
        zcopy(files[i].path, sizeof files[i].path, t[i].path);
        files[i].bytes = t[i].text.p;
        files[i].len = t[i].text.len;
    }
    pack.files = files;
    pack.n_files = n;
    bool ok = package_write(p->crypto, &pack, &bytes, e) && dir_make(dir, 0700, e) &&
              file_write_durable(path, bytes.p, bytes.len, 0600, e) && packages_sign(p, path, pack.version, e) &&
              packages_publish(p, path, &out, set, e);
    if (ok)
        log_info("upstream.package", "version=%s files=%zu", pack.version, n);
    return ok;
}

static bool publish(struct platform *p, struct tsv *t, size_t n, struct err *e)
{
    AUTOFREE char *dir = *p->conf.packages ? xstrdup(p->conf.packages) : path_join(p->conf.data, "packages");
    AUTOFREE char *path = path_join(dir, PACKAGE_NAME PACKAGE_SUFFIX);
    CLEANUP(str) struct str bytes = {0};
    CLEANUP(package) struct package old = {0};
    bool same = file_read(path, PACKAGE_BYTES_MAX, &bytes, NULL) &&
                package_parse(p->crypto, str_z(&bytes), bytes.len, &old, NULL) && old.n_files == n;
    qsort(t, n, sizeof *t, by_path);
    for (size_t i = 0; same && i < n; i++)
        same = same_content(&old.files[i], &t[i]);
    return same || !n || write_package(p, old.version, t, n, e);
}

bool gateway_pull(struct platform *p, struct err *e)
{
    struct tsv files[FILES_MOST] = {0};
    char when[24];
    size_t n = 0;
    int64_t began = now_ms(p);
    bool ok = pull_units(p, files, &n, e) && pull_dictionaries(p, files, &n, e) && publish(p, files, n, e);
    tsvs_finish(files, FILES_MOST);
    snprintf(when, sizeof when, "%lld", (long long)began);
    return ok && p->db->ops->value_set(p->db, "upstream.pulled", when, e);
}
