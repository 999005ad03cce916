/* package.c — the container. It is read front to back once; a length is believed only as far as bytes are there. */
#include "sync/record/package.h"

#include "sync/base/cleanup.h"
#include "sync/record/canon.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC        "bulu-package 1\n"
#define MANIFEST_MAX (128u << 10)
#define FILE_MAX     (8u << 20)

/* --- versions --- */

bool version_valid(const char *z)
{
    int numbers = 0;
    if (!z || strlen(z) >= VERSION_SIZE)
        return false;
    for (;; z++) {
        size_t n = strspn(z, "0123456789");
        if (!n || n > 9 || ++numbers > 4)
            return false;
        z += n;
        if (!*z)
            return true;
        if (*z != '.')
            return false;
    }
}

int version_order(const char *a, const char *b)
{
    while (*a || *b) {
        char *end_a, *end_b;
        long x = strtol(a, &end_a, 10), y = strtol(b, &end_b, 10);
        if (x != y)
            return x < y ? -1 : 1;
        a = end_a + (*end_a == '.');
        b = end_b + (*end_b == '.');
    }
    return 0;
}

/* --- names --- */

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789"

bool package_name_ok(const char *name)
{
    size_t n = name ? strlen(name) : 0;
    return n && n < sizeof((struct package *)0)->name && *name != '-' && strspn(name, LETTERS "-") == n;
}

bool package_path_ok(const char *path)
{
    static const struct {
        const char *folder, *ending;
    } places[] = {
        {"forms/", ".json"}, {"rules/", ".json"}, {"codes/", ".tsv"}, {"strings/", ".po"}, {"guide/", ".txt"}};
    size_t len = path ? strlen(path) : 0;
    if (len >= sizeof((struct package_file *)0)->path)
        return false;
    for (size_t i = 0; path && i < ARRAY_LEN(places); i++) {
        size_t folder = strlen(places[i].folder), ending = strlen(places[i].ending);
        if (strncmp(path, places[i].folder, folder) != 0)
            continue;
        const char *name = path + folder;
        return len > folder + ending && *name != '.' && strspn(name, LETTERS "_.-") == strlen(name) &&
               strcmp(path + len - ending, places[i].ending) == 0;
    }
    return false;
}

static bool date_ok(const char *z)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (size_t i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? z[i] != '-' : z[i] < '0' || z[i] > '9')
            return false;
    int year = atoi(z), month = atoi(z + 5), day = atoi(z + 8);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return !z[10] && year >= 2000 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] - (month == 2 && !leap);
}

const char *package_may_replace(const struct package *p, const char *installed)
{
    int order = version_order(p->version, installed);
    if (order > 0)
        return NULL;
    if (order == 0)
        return "the same version with other content is installed";
    for (size_t i = 0; i < p->n_replaces; i++)
        if (version_order(p->replaces[i], installed) == 0)
            return NULL;
    return "a newer version is installed, which this one does not name in \"replaces\"";
}

/* --- reading --- */

struct reader {
    const struct crypto_ops *crypto;
    struct package *out;
    struct err *e;
};

static bool fail(const struct reader *r, const char *where, const char *why)
{
    return err_set(r->e, ERR_FORMAT, "package: %s: %s", where, why);
}

static bool only(const struct reader *r, const json_t *o, const char *where, const char *const *names)
{
    const char *key;
    json_t *value;
    if (!json_is_object(o))
        return fail(r, where, "expected an object");
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], key) != 0)
            i++;
        if (!names[i])
            return err_set(r->e, ERR_FORMAT, "package: %s: unknown member \"%.40s\"", where, key);
    }
    return true;
}

static bool text_into(const json_t *o, const char *name, char *out, size_t size)
{
    const char *z = json_string_value(json_object_get(o, name));
    return z && zcopy(out, size, z);
}

static bool take_replaces(const struct reader *r, const json_t *list)
{
    struct package *p = r->out;
    if (!list)
        return true;
    if (!json_is_array(list) || json_array_size(list) > ARRAY_LEN(p->replaces))
        return fail(r, "replaces", "expected a list of at most 8 versions");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *z = json_string_value(json_array_get(list, i));
        if (!version_valid(z))
            return fail(r, "replaces", "expected versions as 2026.11.1");
        zcopy(p->replaces[p->n_replaces++], VERSION_SIZE, z);
    }
    return true;
}

static bool take_head(const struct reader *r, const json_t *j)
{
    static const char *const names[] = {"name", "version", "date", "needs", "replaces", "files", NULL};
    static const char *const needs_names[] = {"program", NULL};
    struct package *p = r->out;
    const json_t *needs = json_object_get(j, "needs");
    if (!only(r, j, "manifest", names) || !only(r, needs, "needs", needs_names))
        return false;
    if (!text_into(j, "name", p->name, sizeof p->name) || !package_name_ok(p->name))
        return fail(r, "name", "expected a-z, 0-9 and -");
    if (!text_into(j, "version", p->version, sizeof p->version) || !version_valid(p->version))
        return fail(r, "version", "expected numbers with dots, as 2026.11.1");
    if (!text_into(j, "date", p->date, sizeof p->date) || !date_ok(p->date))
        return fail(r, "date", "expected a date, as 2026-11-01");
    if (!text_into(needs, "program", p->needs_program, sizeof p->needs_program) || !version_valid(p->needs_program))
        return fail(r, "needs.program", "expected a version");
    if (version_order(p->needs_program, PACKAGE_PROGRAM) > 0)
        return err_set(r->e, ERR_STATE, "package: needs.program: %s is needed, this is " PACKAGE_PROGRAM,
                       p->needs_program);
    return take_replaces(r, json_object_get(j, "replaces"));
}

static bool take_file(const struct reader *r, const json_t *o, const char **at, const char *end)
{
    static const char *const names[] = {"path", "bytes", "sha256", NULL};
    struct package *p = r->out;
    struct package_file *f = &p->files[p->n_files];
    const char *path = json_string_value(json_object_get(o, "path")),
               *sha256 = json_string_value(json_object_get(o, "sha256"));
    const json_t *bytes = json_object_get(o, "bytes");
    char hex[HASH_HEX];
    if (!only(r, o, "files", names))
        return false;
    if (!package_path_ok(path))
        return err_set(r->e, ERR_FORMAT,
                       "package: files: \"%.80s\": expected a plain name in forms, rules, codes, strings or guide",
                       path ? path : "");
    if (p->n_files && strcmp(p->files[p->n_files - 1].path, path) >= 0)
        return fail(r, path, "expected each path once, in order");
    if (!json_is_integer(bytes) || json_integer_value(bytes) < 0 || json_integer_value(bytes) > FILE_MAX)
        return fail(r, path, "expected a number of bytes up to 8 MiB");
    f->len = (size_t)json_integer_value(bytes);
    if (f->len > (size_t)(end - *at))
        return fail(r, path, "the file ends before its bytes do");
    f->bytes = *at;
    *at += f->len;
    crypto_hash_hex(r->crypto, f->bytes, f->len, hex);
    if (!sha256 || strcmp(sha256, hex) != 0)
        return fail(r, path, "the bytes are not those of its sha256");
    if (!utf8_valid(f->bytes, f->len) || memchr(f->bytes, '\0', f->len))
        return fail(r, path, "expected text in UTF-8");
    zcopy(f->path, sizeof f->path, path);
    p->n_files++;
    return true;
}

static bool take_files(const struct reader *r, const json_t *list, const char *at, const char *end)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || !n || n > PACKAGE_FILES_MAX)
        return fail(r, "files", "expected a list of 1 to 256 files");
    r->out->files = xcalloc(n, sizeof *r->out->files);
    for (size_t i = 0; i < n; i++)
        if (!take_file(r, json_array_get(list, i), &at, end))
            return false;
    return at == end || fail(r, "end", "bytes behind the last file");
}

void package_finish(struct package *p)
{
    free(p->files);
    *p = (struct package){0};
}

bool package_parse(const struct crypto_ops *c, const char *bytes, size_t len, struct package *out, struct err *e)
{
    CLEANUP(package) struct package p = {0};
    const struct reader r = {c, &p, e};
    const size_t magic = strlen(MAGIC);
    if (len > PACKAGE_BYTES_MAX)
        return err_set(e, ERR_LIMIT, "package: larger than 16 MiB");
    if (len < magic || memcmp(bytes, MAGIC, magic) != 0)
        return fail(&r, "line 1", "expected \"bulu-package 1\"");
    const char *from = bytes + magic, *end = bytes + len;
    size_t most = (size_t)(end - from) < MANIFEST_MAX ? (size_t)(end - from) : MANIFEST_MAX;
    const char *line_end = most ? memchr(from, '\n', most) : NULL;
    if (!line_end)
        return fail(&r, "line 2", "expected a manifest of at most 128 KiB on one line");
    struct err why = {0};
    CLEANUP(json) json_t *j = canon_parse(from, (size_t)(line_end - from), &why);
    if (!j)
        return fail(&r, "line 2", why.text);
    if (!take_head(&r, j) || !take_files(&r, json_object_get(j, "files"), line_end + 1, end))
        return false;
    *out = p;
    p = (struct package){0};
    return true;
}

/* --- writing --- */

static json_t *manifest(const struct crypto_ops *c, const struct package *p)
{
    json_t *files = json_array(), *replaces = json_array();
    for (size_t i = 0; i < p->n_files; i++) {
        char hex[HASH_HEX];
        crypto_hash_hex(c, p->files[i].bytes, p->files[i].len, hex);
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "path", p->files[i].path, "bytes",
                                               (json_int_t)p->files[i].len, "sha256", hex));
    }
    for (size_t i = 0; i < p->n_replaces; i++)
        json_array_append_new(replaces, json_string(p->replaces[i]));
    json_t *j = json_pack("{s:s, s:s, s:s, s:{s:s}, s:o}", "name", p->name, "version", p->version, "date", p->date,
                          "needs", "program", p->needs_program, "files", files);
    if (p->n_replaces)
        json_object_set(j, "replaces", replaces);
    json_decref(replaces);
    return j;
}

bool package_write(const struct crypto_ops *c, const struct package *p, struct str *out, struct err *e)
{
    CLEANUP(str) struct str made = {0};
    CLEANUP(json) json_t *j = manifest(c, p);
    CLEANUP(package) struct package check = {0};
    str_puts(&made, MAGIC);
    if (!j || !canon_write(j, &made, e))
        return j || err_set(e, ERR_FORMAT, "package: names are no text");
    str_putc(&made, '\n');
    for (size_t i = 0; i < p->n_files; i++)
        str_add(&made, p->files[i].bytes, p->files[i].len);
    if (!package_parse(c, made.p, made.len, &check, e))
        return false;
    str_add(out, made.p, made.len);
    return true;
}
