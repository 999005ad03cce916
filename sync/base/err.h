/* err.h — errors as values: a code for the program, a sentence for the log, prefixed on the way up.
 * Functions that can fail return bool (or a count, or a pointer) and take `struct err *` last; it may be NULL.
 * On failure outputs keep their old values unless a header says otherwise. */
#ifndef BULU_BASE_ERR_H
#define BULU_BASE_ERR_H

#include <stdbool.h>

#define WARN_UNUSED       __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err_code {
    ERR_NONE,
    ERR_IO,   /* disk or pipe: EIO, short write, fsync */
    ERR_FULL, /* ENOSPC, EDQUOT, SQLITE_FULL */
    ERR_BUSY, /* a lock or a device is held by somebody else */
    ERR_NOT_FOUND,
    ERR_EXISTS, /* the same key with other content */
    ERR_FORMAT, /* bytes that are not what they claim to be */
    ERR_LIMIT,  /* too long, too large, too many */
    ERR_DENIED, /* wrong code, wrong key, wrong peer, locked */
    ERR_NETWORK,
    ERR_TIMEOUT,
    ERR_CANCELLED,
    ERR_DEVICE, /* a scanner, reader, camera, printer said no */
    ERR_CONFIG,
    ERR_CRYPTO, /* authentication of bytes failed */
    ERR_STATE,  /* not allowed in the present state (compare-and-swap lost) */
    ERR_INTERNAL
};

struct err {
    enum err_code code;
    char text[480]; /* English, for the log; never what a person typed */
};

/* All three are false, so that `return err_set(…)` reads well; macros, so that compilers and analysers see that they are.
 * err_set(e, code, format, …) sets e;
 * err_sys(e, errno_value, format, …) adds ": strerror(errno_value)" behind the text; the code follows from errno_value;
 * err_prefix(e, format, …) puts "prefix: " before the text there is. */
#define err_set(...)    (err_put(__VA_ARGS__), err_no())
#define err_sys(...)    (err_put_sys(__VA_ARGS__), err_no())
#define err_prefix(...) (err_put_prefix(__VA_ARGS__), err_no())
void err_put(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
void err_put_sys(struct err *e, int errno_value, const char *fmt, ...) PRINTF_LIKE(3, 4);
void err_put_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline bool err_no(void)
{
    return false;
}
void err_clear(struct err *e);
/* Stable lower-case word for a code, for logs and JSON. */
const char *err_code_name(enum err_code code);

#endif
