/* export_folder.c — the walk of export.h into a folder, part by part. */
#include "sync/platform/export.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/canon.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#define PART_MOST   500
#define FOLDER_MODE 0700
#define FILE_MODE   0600
#define CURSOR      "cursor.json"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st, (void)type, (void)where;
    return remove(path);
}

static bool copy_out(int from, int64_t size, int to, struct err *e)
{
    char buf[1 << 16];
    for (int64_t at = 0; at < size;) {
        ssize_t n = pread(from, buf, sizeof buf, at);
        if (n <= 0)
            return err_sys(e, n ? errno : EIO, "reading what was written");
        if (!fd_write_all(to, buf, (size_t)n, e))
            return false;
        at += n;
    }
    return true;
}

/* One file below part, durable; its folders are made. */
static bool put_file(const char *part, const struct export_file *f, struct err *e)
{
    AUTOFREE char *path = path_join(part, f->name);
    AUTOFREE char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    if (!dir_make(folder, FOLDER_MODE, e))
        return false;
    if (f->fd < 0)
        return file_write_durable(path, str_z(&f->bytes), f->bytes.len, FILE_MODE, e);
    AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return err_sys(e, errno, "%s", path);
    return copy_out(f->fd, f->size, fd, e) && (!fsync(fd) || err_sys(e, errno, "%s", path)) && dir_sync(folder, e);
}

static bool put_files(struct export *x, const char *part, struct err *e)
{
    struct export_file f = {0};
    int given;
    bool ok = true;
    while (ok && (given = export_next(x, &f, e)) > 0)
        ok = put_file(part, &f, e);
    str_finish_secret(&f.bytes);
    return ok && !given;
}

static bool cursor_read(const char *path, int64_t *since, struct err *e)
{
    CLEANUP(str) struct str bytes = {0};
    *since = 0;
    if (!file_exists(path))
        return true;
    if (!file_read(path, 4096, &bytes, e))
        return false;
    CLEANUP(json) json_t *j = json_loadb(str_z(&bytes), bytes.len, 0, NULL);
    const json_t *until = json_object_get(j, "until");
    *since = json_integer_value(until);
    return json_is_integer(until) || err_set(e, ERR_FORMAT, "%s: expected {\"until\":NUMBER}", path);
}

/* The part has another name until it is whole. *n 0: there was nothing, and nothing is left. */
static bool part(struct platform *p, const char *dir, const char *states, int64_t since, size_t *n, int64_t *until,
                 struct err *e)
{
    AUTOFREE char *fresh = path_join(dir, ".part"), *cursor = path_join(dir, CURSOR);
    if (file_exists(fresh) && nftw(fresh, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        return err_sys(e, errno, "%s", fresh);
    struct export *x = export_begin(p, &(struct export_options){states, since, PART_MOST}, e);
    if (!x)
        return false;
    bool ok = dir_make(fresh, FOLDER_MODE, e) && put_files(x, fresh, e);
    *n = export_count(x);
    *until = export_cursor(x);
    export_end(x);
    if (!ok || !*n) {
        nftw(fresh, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        return ok;
    }
    char name[64];
    snprintf(name, sizeof name, "part-%012lld-%012lld", (long long)since, (long long)*until);
    AUTOFREE char *to = path_join(dir, name);
    AUTOFREE char *said = xasprintf("{\"until\":%lld}\n", (long long)*until);
    if (file_exists(to) && nftw(to, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        return err_sys(e, errno, "%s", to);
    return dir_sync(fresh, e) && (!rename(fresh, to) || err_sys(e, errno, "%s", to)) && dir_sync(dir, e) &&
           file_write_durable(cursor, said, strlen(said), FILE_MODE, e);
}

bool export_to_folder(struct platform *p, const char *dir, const char *states, int64_t since, size_t *count,
                      int64_t *cursor, struct err *e)
{
    AUTOFREE char *path = path_join(dir, CURSOR);
    size_t n = 0;
    *count = 0;
    if (!dir_make(dir, FOLDER_MODE, e) || (since < 0 && !cursor_read(path, &since, e)))
        return false;
    do {
        if (!part(p, dir, states, since, &n, cursor, e))
            return false;
        *count += n;
        since = *cursor;
    } while (n == PART_MOST);
    return true;
}
