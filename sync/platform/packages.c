#include "sync/platform/packages.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
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
    CLEANUP(str) struct str bytes = {0}, both = {0}, out = {0};
    unsigned char blob[74] = {'E', 'd'}, over[SIGN_BYTES]; /* algorithm, key id, signature */
    if (!file_read(path, PACKAGE_MOST, &bytes, e))
        return false;
    if (!hex_decode(keyring_package_id(p->keys), blob + 2, 8))
        return err_set(e, ERR_INTERNAL, "id of the package key");
    keyring_sign_package(p->keys, str_z(&bytes), bytes.len, blob + 10);
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    AUTOFREE char *comment = xasprintf("version:%.40s file:%.100s", version, name);
    str_add(&both, blob + 10, SIGN_BYTES);
    str_puts(&both, comment);
    keyring_sign_package(p->keys, both.p, both.len, over);
    str_puts(&out, "untrusted comment: bulu package\n");
    base64_encode(&out, blob, sizeof blob, BASE64_STANDARD);
    str_printf(&out, "\ntrusted comment: %s\n", comment);
    base64_encode(&out, over, sizeof over, BASE64_STANDARD);
    str_putc(&out, '\n');
    AUTOFREE char *to = xasprintf("%s" SUFFIX, path);
    return file_write_durable(to, out.p, out.len, 0644, e);
}
