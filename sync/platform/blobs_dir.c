/* blobs_dir.c — DIR/held/xx/<sha256> are blobs; DIR/uploads/<id> the bytes of an upload so far, <id>.json what it will be. An upload needs no
 * fsync until it is whole: after a power cut the kiosk begins again. Then: verify, fsync, rename, fsync the folder. */
#include "sync/platform/blobs.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/record/seal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct blobs_dir {
    struct blobs blobs; /* first */
    const struct crypto_ops *crypto;
    char *held, *uploads;
    pthread_mutex_t mutex; /* of the list */
    struct blob_writer *writers;
};

struct blob_writer {
    struct blobs_dir *dir;
    struct blob_upload upload;
    int fd;
    pthread_mutex_t mutex;
    bool lost; /* a newer request holds the upload */
    struct blob_writer *next;
};

static struct blobs_dir *self(struct blobs *b)
{
    return (struct blobs_dir *)(void *)b;
}

static bool sha256_ok(const char *z)
{
    unsigned char h[32];
    return hex_decode(z, h, sizeof h);
}

static bool id_ok(const char *z)
{
    unsigned char h[16];
    return hex_decode(z, h, sizeof h);
}

static char *held_path(const struct blobs_dir *d, const char *sha256)
{
    return xasprintf("%s/%.2s/%s", d->held, sha256, sha256);
}

/* --- blobs --- */

static bool op_has(struct blobs *b, const char *sha256, int64_t *bytes)
{
    struct stat st;
    AUTOFREE char *path = sha256_ok(sha256) ? held_path(self(b), sha256) : NULL;
    if (!path || stat(path, &st) || !S_ISREG(st.st_mode))
        return false;
    *bytes = st.st_size;
    return true;
}

static bool op_get(struct blobs *b, const char *sha256, size_t max, struct str *out, struct err *e)
{
    if (!sha256_ok(sha256))
        return err_set(e, ERR_NOT_FOUND, "not the name of a blob");
    AUTOFREE char *path = held_path(self(b), sha256);
    return file_read(path, max, out, e);
}

/* --- uploads --- */

static bool info_write(struct blobs_dir *d, const struct blob_upload *u, struct err *e)
{
    AUTOFREE char *path = xasprintf("%s/%s.json", d->uploads, u->id);
    AUTOFREE char *text = xasprintf("{\"device\":\"%s\",\"sha256\":\"%s\",\"length\":%lld,\"made\":%lld}\n", u->device,
                                    u->sha256, (long long)u->length, (long long)u->made_ms);
    AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_sys(e, errno, "upload");
    return fd_write_all(fd, text, strlen(text), e);
}

static bool info_read(const struct blobs_dir *d, const char *id, struct blob_upload *u, struct err *e)
{
    AUTOFREE char *path = xasprintf("%s/%s.json", d->uploads, id);
    CLEANUP(str) struct str text = {0};
    if (!id_ok(id))
        return err_set(e, ERR_NOT_FOUND, "not the id of an upload");
    if (!file_read(path, 4096, &text, e))
        return false;
    json_t *j = json_loadb(text.p, text.len, 0, NULL);
    const char *device = json_string_value(json_object_get(j, "device"));
    const char *sha256 = json_string_value(json_object_get(j, "sha256"));
    *u = (struct blob_upload){.length = json_integer_value(json_object_get(j, "length")),
                              .made_ms = json_integer_value(json_object_get(j, "made"))};
    bool ok = device && sha256 && sha256_ok(sha256) && zcopy(u->device, sizeof u->device, device) &&
              zcopy(u->sha256, sizeof u->sha256, sha256) && zcopy(u->id, sizeof u->id, id);
    json_decref(j);
    return ok || err_set(e, ERR_NOT_FOUND, "the upload's description is damaged"); /* a power cut: it is begun again */
}

static bool op_upload_create(struct blobs *b, struct blob_upload *u, struct err *e)
{
    struct blobs_dir *d = self(b);
    unsigned char id[16];
    int64_t held;
    if (!sha256_ok(u->sha256))
        return err_set(e, ERR_FORMAT, "not a sha256");
    d->crypto->random(id, sizeof id);
    hex_encode(id, sizeof id, u->id);
    u->offset = op_has(b, u->sha256, &held) && held == u->length ? u->length : 0;
    return info_write(d, u, e);
}

static bool op_upload_find(struct blobs *b, const char *id, struct blob_upload *out, struct err *e)
{
    struct blobs_dir *d = self(b);
    struct blob_upload u;
    struct stat st;
    int64_t held;
    if (!info_read(d, id, &u, e))
        return false;
    AUTOFREE char *path = xasprintf("%s/%s", d->uploads, id);
    if (op_has(b, u.sha256, &held) && held == u.length)
        u.offset = u.length;
    else
        u.offset = stat(path, &st) ? 0 : st.st_size;
    *out = u;
    return true;
}

/* Whoever wrote to this upload before does so no more. */
static void take_over(struct blobs_dir *d, const char *id)
{
    for (struct blob_writer *w = d->writers; w; w = w->next) {
        if (strcmp(w->upload.id, id))
            continue;
        pthread_mutex_lock(&w->mutex);
        w->lost = true;
        pthread_mutex_unlock(&w->mutex);
    }
}

static struct blob_writer *op_upload_open(struct blobs *b, const char *id, struct blob_upload *out, struct err *e)
{
    struct blobs_dir *d = self(b);
    struct blob_writer *w = xcalloc(1, sizeof *w);
    w->dir = d;
    w->fd = -1;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_mutex_lock(&d->mutex);
    take_over(d, id);
    int64_t held;
    bool ok = op_upload_find(b, id, &w->upload, e);
    if (ok && !(op_has(b, w->upload.sha256, &held) && held == w->upload.length)) {
        AUTOFREE char *path = xasprintf("%s/%s", d->uploads, id);
        w->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        ok = w->fd >= 0 || err_sys(e, errno, "upload");
    }
    if (ok) {
        w->next = d->writers;
        d->writers = w;
        *out = w->upload;
    }
    pthread_mutex_unlock(&d->mutex);
    if (ok)
        return w;
    pthread_mutex_destroy(&w->mutex);
    free(w);
    return NULL;
}

static bool write_at(struct blob_writer *w, const char *p, size_t len, struct err *e)
{
    while (len) {
        ssize_t n = pwrite(w->fd, p, len, (off_t)w->upload.offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_sys(e, n ? errno : EIO, "upload");
        p += n;
        len -= (size_t)n;
        w->upload.offset += n;
    }
    return true;
}

static bool op_upload_write(struct blob_writer *w, const void *p, size_t len, struct err *e)
{
    pthread_mutex_lock(&w->mutex);
    bool ok = w->lost ? err_set(e, ERR_STATE, "a newer request holds the upload")
              : (int64_t)len > w->upload.length - w->upload.offset ? err_set(e, ERR_LIMIT, "more than Upload-Length")
                                                                   : write_at(w, p, len, e);
    pthread_mutex_unlock(&w->mutex);
    return ok;
}

static bool op_upload_rewind(struct blob_writer *w, int64_t offset, struct err *e)
{
    pthread_mutex_lock(&w->mutex);
    bool ok = w->lost ? err_set(e, ERR_STATE, "a newer request holds the upload")
                      : w->fd < 0 || !ftruncate(w->fd, (off_t)offset) || err_sys(e, errno, "upload");
    if (ok)
        w->upload.offset = offset;
    pthread_mutex_unlock(&w->mutex);
    return ok;
}

static bool same_hash(struct blob_writer *w, const unsigned char *sha256, struct err *e)
{
    char found[HASH_HEX];
    size_t len = (size_t)w->upload.length;
    void *p = len && !sha256 ? mmap(NULL, len, PROT_READ, MAP_PRIVATE, w->fd, 0) : NULL;
    if (p == MAP_FAILED)
        return err_sys(e, errno, "upload");
    if (sha256)
        hex_encode(sha256, HASH_BYTES, found);
    else
        crypto_hash_hex(w->dir->crypto, p ? p : "", len, found);
    if (p)
        munmap(p, len);
    return !strcmp(found, w->upload.sha256) || err_set(e, ERR_CRYPTO, "the bytes are not those that were announced");
}

/* The bytes are whole: a blob, durable, or nothing. */
static bool hold(struct blob_writer *w, const unsigned char *sha256, struct err *e)
{
    struct blobs_dir *d = w->dir;
    AUTOFREE char *from = xasprintf("%s/%s", d->uploads, w->upload.id), *to = held_path(d, w->upload.sha256);
    AUTOFREE char *folder = xasprintf("%s/%.2s", d->held, w->upload.sha256);
    if (!same_hash(w, sha256, e)) {
        AUTOFREE char *info = xasprintf("%s.json", from);
        unlink(from);
        unlink(info);
        return false;
    }
    if (fsync(w->fd))
        return err_sys(e, errno, "blob");
    int64_t bytes; /* two requests with the last byte at once: the first one has renamed it */
    if (rename(from, to) && !(errno == ENOENT && op_has(&d->blobs, w->upload.sha256, &bytes)))
        return err_sys(e, errno, "blob");
    return dir_sync(folder, e);
}

static bool op_upload_close(struct blob_writer *w, const unsigned char *sha256, bool *complete, struct err *e)
{
    struct blobs_dir *d = w->dir;
    bool ok = true;
    *complete = false;
    pthread_mutex_lock(&d->mutex);
    for (struct blob_writer **p = &d->writers; *p; p = &(*p)->next)
        if (*p == w) {
            *p = w->next;
            break;
        }
    pthread_mutex_unlock(&d->mutex);
    if (!w->lost && w->upload.offset == w->upload.length)
        ok = *complete = w->fd < 0 ? true : hold(w, sha256, e); /* no fd: the blob was held when it was opened */
    if (w->fd >= 0)
        close(w->fd);
    pthread_mutex_destroy(&w->mutex);
    free(w);
    return ok;
}

static bool in_use(struct blobs_dir *d, const char *id)
{
    for (struct blob_writer *w = d->writers; w; w = w->next)
        if (!strcmp(w->upload.id, id))
            return true;
    return false;
}

static size_t op_sweep(struct blobs *b, int64_t before_ms)
{
    struct blobs_dir *d = self(b);
    size_t removed = 0;
    DIR *dir = opendir(d->uploads);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char id[UPLOAD_ID_SIZE];
        struct stat st;
        AUTOFREE char *path = path_join(d->uploads, entry->d_name);
        zcopy(id, sizeof id, entry->d_name);
        if (!id_ok(id) || stat(path, &st) || (int64_t)st.st_mtime * 1000 >= before_ms)
            continue;
        pthread_mutex_lock(&d->mutex);
        if (!in_use(d, id) && !unlink(path))
            removed++;
        pthread_mutex_unlock(&d->mutex);
    }
    if (dir)
        closedir(dir);
    return removed;
}

static void op_close(struct blobs *b)
{
    struct blobs_dir *d = self(b);
    pthread_mutex_destroy(&d->mutex);
    free(d->held);
    free(d->uploads);
    free(d);
}

static const struct blobs_ops ops = {
    .close = op_close,
    .has = op_has,
    .get = op_get,
    .upload_create = op_upload_create,
    .upload_find = op_upload_find,
    .upload_open = op_upload_open,
    .upload_write = op_upload_write,
    .upload_rewind = op_upload_rewind,
    .upload_close = op_upload_close,
    .sweep = op_sweep,
};

/* All 256 folders are there before the first blob, so that only one has to be synced for it. */
static bool make_folders(struct blobs_dir *d, struct err *e)
{
    for (int i = 0; i < 256; i++) {
        AUTOFREE char *path = xasprintf("%s/%02x", d->held, i);
        if (mkdir(path, 0700) && errno != EEXIST)
            return err_sys(e, errno, "%s", path);
    }
    return dir_sync(d->held, e);
}

struct blobs *blobs_dir_open(const char *dir, const struct crypto_ops *crypto, struct err *e)
{
    struct blobs_dir *d = xcalloc(1, sizeof *d);
    d->blobs.ops = &ops;
    d->crypto = crypto;
    d->held = path_join(dir, "held");
    d->uploads = path_join(dir, "uploads");
    pthread_mutex_init(&d->mutex, NULL);
    if (dir_make(d->held, 0700, e) && dir_make(d->uploads, 0700, e) && make_folders(d, e) && dir_sync(dir, e))
        return &d->blobs;
    op_close(&d->blobs);
    return NULL;
}
