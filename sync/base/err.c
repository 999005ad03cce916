#include "sync/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
    [ERR_NONE] = "none",           [ERR_IO] = "io",           [ERR_FULL] = "full",       [ERR_BUSY] = "busy",
    [ERR_NOT_FOUND] = "not_found", [ERR_EXISTS] = "exists",   [ERR_FORMAT] = "format",   [ERR_LIMIT] = "limit",
    [ERR_DENIED] = "denied",       [ERR_NETWORK] = "network", [ERR_TIMEOUT] = "timeout", [ERR_CANCELLED] = "cancelled",
    [ERR_DEVICE] = "device",       [ERR_CONFIG] = "config",   [ERR_CRYPTO] = "crypto",   [ERR_STATE] = "state",
    [ERR_INTERNAL] = "internal",
};
_Static_assert(sizeof code_names / sizeof *code_names == ERR_INTERNAL + 1, "a name for every code");

const char *err_code_name(enum err_code code)
{
    return code_names[code];
}

void err_clear(struct err *e)
{
    if (!e)
        return;
    e->code = ERR_NONE;
    e->text[0] = '\0';
}

void err_put(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (!e)
        return;
    va_list ap;
    va_start(ap, fmt);
    e->code = code;
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
}

static enum err_code code_of_errno(int n)
{
    switch (n) {
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    case ENOENT:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    case EBUSY:
    case EAGAIN:
        return ERR_BUSY;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    default:
        return ERR_IO;
    }
}

void err_put_sys(struct err *e, int errno_value, const char *fmt, ...)
{
    if (!e)
        return;
    va_list ap;
    va_start(ap, fmt);
    char head[sizeof e->text];
    vsnprintf(head, sizeof head, fmt, ap);
    va_end(ap);
    err_put(e, code_of_errno(errno_value), "%.350s: %s", head, strerror(errno_value));
}

void err_put_prefix(struct err *e, const char *fmt, ...)
{
    if (!e)
        return;
    va_list ap;
    va_start(ap, fmt);
    char head[sizeof e->text], tail[sizeof e->text];
    vsnprintf(head, sizeof head, fmt, ap);
    va_end(ap);
    memcpy(tail, e->text, sizeof tail);
    snprintf(e->text, sizeof e->text, "%.200s: %.270s", head, tail);
}
