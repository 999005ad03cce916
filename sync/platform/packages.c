#include "sync/platform/packages.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/platform/archive.h"
#include "sync/protocol/paths.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX       ".minisig"
#define PACKAGE_MOST (64u << 20)
#define ETAG_SIZE    19 /* quotes, 16 digits, NUL */

static char *folder(const struct platform *p)
{
    return *p->conf.packages ? xstrdup(p->conf.packages) : path_join(p->conf.data, "packages");
}

/* A file of the folder and nothing else: no dot in front, no slash. */
static bool name_ok(const char *z)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return *z && *z != '.' && strspn(z, allowed) == strlen(z);
}

static void etag_of(const struct platform *p, const struct str *bytes, char out[ETAG_SIZE])
{
    char hex[HASH_HEX];
    crypto_hash_hex(p->crypto, str_z(bytes), bytes->len, hex);
    snprintf(out, ETAG_SIZE, "\"%.16s\"", hex);
}

/* Etags by name, size and time of change, so that a poll reads no file. */
static struct known {
    char name[80], etag[ETAG_SIZE];
    struct timespec changed;
    off_t size;
} known[32];
static size_t n_known;
static pthread_mutex_t known_mutex = PTHREAD_MUTEX_INITIALIZER;

static bool etag_cached(const struct platform *p, const char *path, const char *name, const struct stat *st,
                        char out[ETAG_SIZE])
{
    CLEANUP(str) struct str bytes = {0};
    pthread_mutex_lock(&known_mutex);
    struct known *k = NULL;
    for (size_t i = 0; i < n_known; i++)
        if (!strcmp(known[i].name, name))
            k = &known[i];
    bool fresh = k && k->size == st->st_size && k->changed.tv_sec == st->st_mtim.tv_sec &&
                 k->changed.tv_nsec == st->st_mtim.tv_nsec;
    if (fresh)
        zcopy(out, ETAG_SIZE, k->etag);
    pthread_mutex_unlock(&known_mutex);
    if (fresh)
        return true;
    if (!file_read(path, PACKAGE_MOST, &bytes, NULL))
        return false;
    etag_of(p, &bytes, out);
    pthread_mutex_lock(&known_mutex);
    if (!k && n_known < ARRAY_LEN(known))
        k = &known[n_known++];
    if (k) {
        *k = (struct known){.changed = st->st_mtim, .size = st->st_size};
        zcopy(k->name, sizeof k->name, name);
        zcopy(k->etag, sizeof k->etag, out);
    }
    pthread_mutex_unlock(&known_mutex);
    return true;
}

/* From "trusted comment: version:2026.11.1 …"; "" when there is no signature. */
static void version_of(const char *path, char out[64])
{
    AUTOFREE char *sig = xasprintf("%s" SUFFIX, path);
    CLEANUP(str) struct str text = {0};
    out[0] = '\0';
    const char *at = file_read(sig, 4096, &text, NULL) ? strstr(str_z(&text), "trusted comment: version:") : NULL;
    if (!at)
        return;
    at += strlen("trusted comment: version:");
    AUTOFREE char *z = xstrndup(at, strcspn(at, " \t\r\n"));
    zcopy(out, 64, z);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static json_t *list(struct platform *p)
{
    AUTOFREE char *dir = folder(p);
    char *names[ARRAY_LEN(known)];
    size_t n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *entry; d && n < ARRAY_LEN(names) && (entry = readdir(d));) {
        size_t len = strlen(entry->d_name);
        bool signature = len > strlen(SUFFIX) && !strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX);
        if (name_ok(entry->d_name) && len < sizeof known[0].name && !signature)
            names[n++] = xstrdup(entry->d_name);
    }
    if (d)
        closedir(d);
    qsort(names, n, sizeof *names, by_name);
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        AUTOFREE char *path = path_join(dir, names[i]);
        struct stat st;
        char etag[ETAG_SIZE], version[64];
        version_of(path, version);
        if (!stat(path, &st) && S_ISREG(st.st_mode) && etag_cached(p, path, names[i], &st, etag))
            json_array_append_new(rows, json_pack("{s:s,s:s,s:s}", "name", names[i], "version", version, "etag", etag));
        free(names[i]);
    }
    return rows;
}

json_t *packages_if_new(struct platform *p, char seen[17])
{
    json_t *rows = list(p);
    char hex[HASH_HEX], *text = json_dumps(rows, JSON_COMPACT | JSON_SORT_KEYS);
    crypto_hash_hex(p->crypto, text, strlen(text), hex);
    free(text);
    hex[16] = '\0';
    if (!strcmp(hex, seen)) {
        json_decref(rows);
        return NULL;
    }
    zcopy(seen, 17, hex);
    return rows;
}

void packages_route(struct request *q)
{
    struct platform *p = q->platform;
    AUTOFREE char *dir = folder(p), *path = path_join(dir, q->param[0]);
    CLEANUP(str) struct str bytes = {0};
    char etag[ETAG_SIZE];
    if (!name_ok(q->param[0]) || !file_read(path, PACKAGE_MOST, &bytes, NULL)) {
        answer_problem(q, PROBLEM_NOT_FOUND, words(p, "problem.not-found"));
        return;
    }
    etag_of(p, &bytes, etag);
    answer_header(q, "ETag", etag);
    answer_header(q, "Cache-Control", "no-cache");
    const char *have = request_header(q, "If-None-Match");
    if (have && (strstr(have, etag) || !strcmp(have, "*"))) {
        q->status = 304;
        return;
    }
    q->status = 200;
    q->type = "application/octet-stream";
    str_add(&q->out, str_z(&bytes), bytes.len);
}

bool packages_sign(struct platform *p, const char *path, const char *version, struct err *e)
{
    CLEANUP(str) struct str bytes = {0}, out = {0};
    if (!file_read(path, PACKAGE_MOST, &bytes, e))
        return false;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    AUTOFREE char *comment = xasprintf("version:%.40s file:%.100s", version, name), *to = xasprintf("%s" SUFFIX, path);
    keyring_sign_package(p->keys, str_z(&bytes), bytes.len, comment, &out);
    return file_write_durable(to, out.p, out.len, 0644, e);
}

/* --- publishing --- */

static bool verified(const struct platform *p, const struct str *bytes, const struct str *sig, struct err *e)
{
    struct package_key keys[WIRE_KEYS];
    size_t n = 0;
    for (size_t i = 0; i < p->package_keys.n; i++) {
        const struct wire_key *row = &p->package_keys.rows[i];
        if (!hex_decode(row->id, keys[n].id, sizeof keys[n].id))
            continue;
        memcpy(keys[n++].pub, row->public_key, KEY_BYTES);
    }
    return package_verify(p->crypto, str_z(bytes), bytes->len, str_z(sig), sig->len, keys, n, NULL, NULL, e);
}

/* Before any kiosk can make a record under the new versions, they are in the archive. */
static bool keep(void *ctx, const char *path, const struct asset_set *set, struct err *e)
{
    const struct platform *p = ctx;
    AUTOFREE char *archive = platform_archive(p);
    (void)set;
    return archive_keep(archive, p->conf.assets, path, e);
}

/* The signature first: a kiosk that asks between the two finds that they do not fit, and comes again for the new file. */
static bool hand_out(struct platform *p, const char *name, const struct str *bytes, const struct str *sig,
                     struct err *e)
{
    AUTOFREE char *dir = folder(p), *file = xasprintf("%s" PACKAGE_SUFFIX, name), *to = path_join(dir, file);
    AUTOFREE char *sig_to = xasprintf("%s" SUFFIX, to);
    return dir_make(dir, 0755, e) && file_write_durable(sig_to, str_z(sig), sig->len, 0644, e) &&
           file_write_durable(to, bytes->p, bytes->len, 0644, e);
}

bool packages_publish(struct platform *p, const char *path, struct asset_package *out, struct asset_set *set,
                      struct err *e)
{
    CLEANUP(str) struct str bytes = {0}, sig = {0};
    AUTOFREE char *sig_path = xasprintf("%s" SUFFIX, path), *sets = platform_sets(p);
    CLEANUP(package) struct package read = {0};
    struct err installed = {0};
    if (!file_read(path, PACKAGE_BYTES_MAX, &bytes, e) || !file_read(sig_path, 4096, &sig, e) ||
        !verified(p, &bytes, &sig, e) || !package_parse(p->crypto, str_z(&bytes), bytes.len, &read, e))
        return false;
    bool ok = asset_set_add(sets, p->conf.assets, &bytes, &sig, keep, p, set, &installed);
    if (!ok && installed.code == ERR_EXISTS) { /* this very one; perhaps cut short before it was handed out */
        AUTOFREE char *now = asset_set_path(sets, p->conf.assets);
        ok = asset_set_read(now, set, e);
    } else if (!ok) {
        return err_set(e, installed.code, "%s", installed.text);
    }
    AUTOFREE char *detail = xasprintf("%s %s", read.name, read.version);
    ok = ok && hand_out(p, read.name, &bytes, &sig, e) &&
         p->db->ops->audit(p->db, "operator", "package.published", detail, now_ms(p), e);
    if (ok) {
        zcopy(out->name, sizeof out->name, read.name);
        zcopy(out->version, sizeof out->version, read.version);
        zcopy(out->date, sizeof out->date, read.date);
    }
    return ok;
}
