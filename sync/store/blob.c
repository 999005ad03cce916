/* blob.c — attachments as files named by the sha256 of their ciphertext: temp → fsync → rename → fsync directory, then
 * the row. A file without a row is what a power cut may leave; it is collected after a day of powered-on time that it
 * stood there uncited. */
#include "sync/store/db.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define GRACE_MS  ((int64_t)24 * 60 * 60 * 1000)
#define BLOB_MOST ((size_t)256 << 20)

char *blob_path(const struct store *s, const char *name)
{
    return xasprintf("%s/%.2s/%s", s->blobs, name, name);
}

static bool name_valid(const char *sha256)
{
    unsigned char h[HASH_BYTES];
    return hex_decode(sha256, h, sizeof h);
}

/* --- writing --- */

static bool make_shelf(const struct store *s, const char *shelf, struct err *e)
{
    if (mkdir(shelf, 0770) < 0)
        return errno == EEXIST || err_sys(e, errno, "mkdir %s", shelf);
    if (chmod(shelf, 02770) < 0)
        return err_sys(e, errno, "chmod %s", shelf);
    return dir_sync(s->blobs, e);
}

static bool write_temp(const char *temp, const void *bytes, size_t len, struct err *e)
{
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (fd < 0)
        return err_sys(e, errno, "%s", temp);
    bool ok = fchmod(fd, 0660) == 0 || err_sys(e, errno, "chmod");
    ok = ok && fd_write_all(fd, bytes, len, e);
    fault_point("blob written");
    if (ok && fsync(fd) < 0)
        ok = err_sys(e, errno, "fsync");
    if (close(fd) < 0 && ok)
        ok = err_sys(e, errno, "close");
    fault_point("blob synced");
    return ok;
}

static bool write_file(const struct store *s, const char *sha256, const void *bytes, size_t len, struct err *e)
{
    AUTOFREE char *path = blob_path(s, sha256), *shelf = xasprintf("%s/%.2s", s->blobs, sha256);
    AUTOFREE char *temp = xasprintf("%s.%08x.tmp", path, (unsigned)random_u64(random_system()));
    if (!make_shelf(s, shelf, e))
        return false;
    bool ok = write_temp(temp, bytes, len, e);
    if (ok && rename(temp, path) < 0)
        ok = err_sys(e, errno, "rename");
    if (!ok) {
        unlink(temp);
        return err_prefix(e, "blob");
    }
    fault_point("blob renamed");
    if (!dir_sync(shelf, e))
        return err_prefix(e, "blob");
    fault_point("blob durable");
    return true;
}

static bool insert_blob(struct store *s, const char *sha256, const char *folder, int64_t sealed_bytes, bool sent,
                        struct err *e)
{
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, e,
                     "INSERT INTO blob VALUES(?, ?, ?, ?, 1, ?) ON CONFLICT(sha256) DO UPDATE SET here = 1, sent = "
                     "max(sent, excluded.sent)",
                     "ttiii", sha256, folder, sealed_bytes, wall_now(s), (int64_t)sent) &&
              db_run(s, e, "DELETE FROM orphan WHERE name = ?", "t", sha256);
    return db_end(s, ok, e);
}

bool store_blob_put(struct store *s, const struct folder *f, const void *plain, size_t len, struct blob_info *out,
                    struct err *e)
{
    struct blob_info b = {.bytes = (int64_t)len};
    CLEANUP(str) struct str sealed = {0};
    if (len > BLOB_MOST)
        return err_set(e, ERR_LIMIT, "blob of %zu bytes", len);
    s->o.crypto->random(b.key, sizeof b.key);
    s->o.crypto->stream_seal(b.key, plain, len, &sealed);
    b.sealed_bytes = (int64_t)sealed.len;
    crypto_hash_hex(s->o.crypto, plain, len, b.digest);
    crypto_hash_hex(s->o.crypto, sealed.p, sealed.len, b.sha256);
    bool ok =
        write_file(s, b.sha256, sealed.p, sealed.len, e) && insert_blob(s, b.sha256, f->id, b.sealed_bytes, false, e);
    if (ok)
        *out = b;
    s->o.crypto->wipe(b.key, sizeof b.key);
    return ok;
}

bool store_blob_put_sealed(struct store *s, const char *sha256, const void *sealed, size_t len, struct err *e)
{
    char found[HASH_HEX];
    crypto_hash_hex(s->o.crypto, sealed, len, found);
    if (strcmp(found, sha256))
        return err_set(e, ERR_FORMAT, "blob: the bytes are not %.64s", sha256);
    return write_file(s, sha256, sealed, len, e) && insert_blob(s, sha256, NULL, (int64_t)len, true, e);
}

/* --- reading --- */

bool store_blob_get(struct store *s, const char *sha256, const unsigned char key[KEY_BYTES], struct str *plain,
                    struct err *e)
{
    CLEANUP(str) struct str sealed = {0};
    char found[HASH_HEX];
    if (!name_valid(sha256))
        return err_set(e, ERR_FORMAT, "blob: not a name");
    AUTOFREE char *path = blob_path(s, sha256);
    if (!file_read(path, 2 * BLOB_MOST, &sealed, e))
        return err_prefix(e, "blob");
    crypto_hash_hex(s->o.crypto, str_z(&sealed), sealed.len, found);
    if (strcmp(found, sha256))
        return err_set(e, ERR_CRYPTO, "blob %s: its bytes have changed on the disk", sha256);
    return s->o.crypto->stream_open(key, sealed.p, sealed.len, plain, e) || err_prefix(e, "blob %s", sha256);
}

bool store_blob_sealed(struct store *s, const char *sha256, int64_t *bytes, char **path, struct err *e)
{
    struct stat st;
    if (!name_valid(sha256))
        return err_set(e, ERR_FORMAT, "blob: not a name");
    char *at = blob_path(s, sha256);
    if (stat(at, &st) < 0) {
        err_sys(e, errno, "blob %s", sha256);
        free(at);
        return false;
    }
    *bytes = (int64_t)st.st_size;
    *path = at;
    return true;
}

/* --- removing --- */

#define CITED                                                                                                          \
    "(EXISTS (SELECT 1 FROM cite WHERE cite.sha256 = ?1) OR EXISTS (SELECT 1 FROM submission_blob x WHERE x.sha256 = " \
    "?1))"

bool blob_forget_uncited(struct store *s, struct blob_ref *refs, size_t *n, struct err *e)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        int64_t is_cited;
        if (!db_int(s, &is_cited, e, "SELECT " CITED, "t", refs[i].sha256))
            return false;
        if (is_cited)
            continue;
        if (!db_run(s, e, "DELETE FROM blob WHERE sha256 = ?", "t", refs[i].sha256) ||
            !db_run(s, e, "DELETE FROM orphan WHERE name = ?", "t", refs[i].sha256))
            return false;
        refs[kept++] = refs[i];
    }
    *n = kept;
    return true;
}

/* Under the lock again, since the name may have come back in the meantime (a fetched blob). */
static void unlink_if_gone(struct store *s, const char *name)
{
    int64_t rows;
    AUTOFREE char *path = blob_path(s, name);
    if (!db_int(s, &rows, NULL, "SELECT count(*) FROM blob WHERE sha256 = ?", "t", name) || rows)
        return;
    if (unlink(path) < 0 && errno != ENOENT) /* an orphan now: collected later */
        log_warn("blob.unlink", "errno=%d", errno);
}

void blob_unlink(struct store *s, const struct blob_ref *refs, size_t n)
{
    if (!n || !db_begin(s, NULL))
        return;
    for (size_t i = 0; i < n; i++)
        unlink_if_gone(s, refs[i].sha256);
    if (!db_end(s, true, NULL))
        log_warn("blob.unlink", "not_committed=1"); /* nothing was written */
}

struct collect {
    struct store *s;
    int64_t age;
    struct str doomed; /* names, each with its NUL */
    size_t n;
};

/* A file in blobs/: cited, or an orphan since when? Only names that this program gives are touched. */
static bool look_at(struct collect *c, const char *name, struct err *e)
{
    struct store *s = c->s;
    char sha256[HASH_HEX];
    int64_t is_cited, since = c->age;
    zcopy(sha256, sizeof sha256, name);
    bool temp = strlen(name) > 64;
    if (!name_valid(sha256))
        return true;
    if (!temp) {
        if (!db_int(s, &is_cited, e, "SELECT " CITED, "t", sha256))
            return false;
        if (is_cited)
            return db_run(s, e, "DELETE FROM orphan WHERE name = ?", "t", name);
    }
    if (!db_run(s, e, "INSERT INTO orphan VALUES(?, ?) ON CONFLICT(name) DO NOTHING", "ti", name, c->age) ||
        !db_int(s, &since, e, "SELECT since FROM orphan WHERE name = ?", "t", name))
        return false;
    if (c->age - since < GRACE_MS)
        return true;
    if (!db_run(s, e, "DELETE FROM orphan WHERE name = ?", "t", name) ||
        (!temp && !db_run(s, e, "DELETE FROM blob WHERE sha256 = ?", "t", sha256)))
        return false;
    str_add(&c->doomed, name, strlen(name) + 1);
    c->n++;
    return true;
}

static bool walk(struct collect *c, struct err *e)
{
    for (int i = 0; i < 256; i++) {
        AUTOFREE char *shelf = xasprintf("%s/%02x", c->s->blobs, (unsigned)i);
        DIR *d = opendir(shelf);
        if (!d) {
            if (errno == ENOENT)
                continue;
            return err_sys(e, errno, "%s", shelf);
        }
        bool ok = true;
        for (struct dirent *f; ok && (f = readdir(d));)
            ok = f->d_name[0] == '.' || look_at(c, f->d_name, e);
        closedir(d);
        if (!ok)
            return false;
    }
    return true;
}

bool store_blob_collect(struct store *s, size_t *removed, struct err *e)
{
    struct collect c = {.s = s};
    if (!db_begin(s, e))
        return false;
    bool ok = age_now(s, &c.age, e) && walk(&c, e) && (c.n == 0 || audit_add(s, e, "blob.collected", "files=%zu", c.n));
    ok = db_end(s, ok, e);
    const char *name = str_z(&c.doomed);
    if (ok && c.n && db_begin(s, NULL)) {
        for (size_t i = 0; i < c.n; i++, name += strlen(name) + 1)
            unlink_if_gone(s, name);
        ok = db_end(s, true, e);
    }
    str_finish(&c.doomed);
    if (ok)
        *removed = c.n;
    return ok;
}
