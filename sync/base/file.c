#include "sync/base/file.h"

#include "sync/base/cleanup.h"
#include "sync/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool file_read(const char *path, size_t max, struct str *out, struct err *e)
{
    AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, errno, "%s", path);
    size_t before = out->len;
    for (;;) {
        size_t room = 65536;
        ssize_t n = read(fd, str_reserve(out, room), room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || out->len - before + (size_t)n > max) {
            int number = errno;
            out->len = before;
            if (out->p)
                out->p[before] = '\0';
            return n < 0 ? err_sys(e, number, "%s", path)
                         : err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", path, max);
        }
        if (n == 0)
            break;
        out->len += (size_t)n;
    }
    out->p[out->len] = '\0';
    return true;
}

bool fd_write_all(int fd, const void *bytes, size_t len, struct err *e)
{
    const char *p = bytes;
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, errno, "write");
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return xstrdup(".");
    return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

bool dir_sync(const char *path, struct err *e)
{
    AUTOCLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return err_sys(e, errno, "fsync %s", path);
    return true;
}

bool file_write_durable(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e)
{
    AUTOFREE char *temp =
        xasprintf("%s.%08llx.tmp", path, (unsigned long long)random_u64(random_system()) & 0xffffffff);
    AUTOFREE char *dir = parent_of(path);
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return err_sys(e, errno, "%s", temp);
    bool ok = fd_write_all(fd, bytes, len, e);
    if (ok && fsync(fd) < 0)
        ok = err_sys(e, errno, "fsync");
    if (close(fd) < 0 && ok)
        ok = err_sys(e, errno, "close");
    if (ok && rename(temp, path) < 0)
        ok = err_sys(e, errno, "rename");
    if (!ok) {
        unlink(temp);
        return err_prefix(e, "%s", path);
    }
    return dir_sync(dir, e);
}

bool dir_make(const char *path, mode_t mode, struct err *e)
{
    AUTOFREE char *p = xstrdup(path);
    for (char *s = p + 1;; s++) {
        if (*s != '/' && *s)
            continue;
        char kept = *s;
        *s = '\0';
        if (mkdir(p, mode) < 0 && errno != EEXIST)
            return err_sys(e, errno, "mkdir %s", p);
        if (!kept)
            return true;
        *s = kept;
    }
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *path_join(const char *dir, const char *name)
{
    return xasprintf("%s/%s", dir, name);
}
