/* str.h — growing byte buffer (always NUL-terminated behind len) and the allocators that abort in one place. */
#ifndef BULU_BASE_STR_H
#define BULU_BASE_STR_H

#include "sync/base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    char *p; /* NULL while empty and never written; else NUL-terminated */
    size_t len, cap;
};

void str_add(struct str *s, const void *bytes, size_t len);
void str_puts(struct str *s, const char *z);
void str_putc(struct str *s, char c);
void str_printf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Makes len + extra bytes addressable and returns the end of the content. The caller adds to s->len what it wrote. */
char *str_reserve(struct str *s, size_t extra);
void str_clear(struct str *s); /* keeps the memory */
void str_finish(struct str *s);
/* Overwrites the content before it is freed: for secrets and personal data. */
void str_finish_secret(struct str *s);
static inline void str_secret_cleanup(struct str *s)
{
    str_finish_secret(s);
}
/* Gives the bytes away (caller frees); s is empty afterwards. Never NULL. */
char *str_take(struct str *s);
static inline void str_cleanup(struct str *s)
{
    str_finish(s);
}
static inline const char *str_z(const struct str *s)
{
    return s->p ? s->p : "";
}

/* Abort on exhaustion: a kiosk that cannot get a few bytes restarts from its durable store. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *z);
char *xstrndup(const char *p, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Copies with truncation at a UTF-8 boundary; always terminates. Returns false when it truncated. */
bool zcopy(char *dst, size_t size, const char *src);
#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* UTF-8. next: decodes one code point at p (< end), returns the bytes used; invalid bytes give U+FFFD and 1. */
size_t utf8_next(const char *p, const char *end, uint32_t *cp);
size_t utf8_put(char out[4], uint32_t cp);
bool utf8_valid(const char *p, size_t len);
size_t utf8_count(const char *z); /* code points */

#endif
