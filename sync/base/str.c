#include "sync/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("out of memory\n", stderr);
    abort();
}

void *xmalloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *xrealloc(void *p, size_t n)
{
    void *q = realloc(p, n ? n : 1);
    if (!q)
        out_of_memory();
    return q;
}

char *xstrndup(const char *p, size_t n)
{
    char *q = xmalloc(n + 1);
    memcpy(q, p, n);
    q[n] = '\0';
    return q;
}

char *xstrdup(const char *z)
{
    return xstrndup(z, strlen(z));
}

char *str_reserve(struct str *s, size_t extra)
{
    if (s->cap - s->len < extra + 1) {
        size_t cap = s->cap ? s->cap : 32;
        while (cap < s->len + extra + 1)
            cap *= 2;
        s->p = xrealloc(s->p, cap);
        s->cap = cap;
        s->p[s->len] = '\0';
    }
    return s->p + s->len;
}

void str_add(struct str *s, const void *bytes, size_t len)
{
    char *end = str_reserve(s, len);
    if (len)
        memcpy(end, bytes, len);
    s->len += len;
    s->p[s->len] = '\0';
}

void str_puts(struct str *s, const char *z)
{
    str_add(s, z, strlen(z));
}

void str_putc(struct str *s, char c)
{
    str_add(s, &c, 1);
}

static void str_vprintf(struct str *s, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n > 0) {
        vsnprintf(str_reserve(s, (size_t)n), (size_t)n + 1, fmt, again);
        s->len += (size_t)n;
    }
    va_end(again);
}

void str_printf(struct str *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(s, fmt, ap);
    va_end(ap);
}

char *xasprintf(const char *fmt, ...)
{
    struct str s = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(&s, fmt, ap);
    va_end(ap);
    return str_take(&s);
}

void str_clear(struct str *s)
{
    s->len = 0;
    if (s->p)
        s->p[0] = '\0';
}

void str_finish(struct str *s)
{
    free(s->p);
    *s = (struct str){0};
}

void str_finish_secret(struct str *s)
{
    if (s->p)
        explicit_bzero(s->p, s->cap);
    str_finish(s);
}

char *str_take(struct str *s)
{
    char *p = s->p ? s->p : xstrdup("");
    *s = (struct str){0};
    return p;
}

bool zcopy(char *dst, size_t size, const char *src)
{
    size_t n = strlen(src);
    if (n < size) {
        memcpy(dst, src, n + 1);
        return true;
    }
    n = size - 1;
    while (n && ((unsigned char)src[n] & 0xC0) == 0x80)
        n--;
    memcpy(dst, src, n);
    dst[n] = '\0';
    return false;
}

size_t utf8_next(const char *p, const char *end, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (n == 1) {
        *cp = c;
        return 1;
    }
    if (n && (size_t)(end - p) >= n) {
        uint32_t v = c & (0x7Fu >> n);
        size_t i = 1;
        for (; i < n && ((unsigned char)p[i] & 0xC0) == 0x80; i++)
            v = v << 6 | ((unsigned char)p[i] & 0x3F);
        if (i == n && v >= least[n] && v <= 0x10FFFF && !(v >= 0xD800 && v < 0xE000)) {
            *cp = v;
            return n;
        }
    }
    *cp = 0xFFFD;
    return 1;
}

size_t utf8_put(char out[4], uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

bool utf8_valid(const char *p, size_t len)
{
    const char *end = p + len;
    while (p < end) {
        uint32_t cp;
        size_t n = utf8_next(p, end, &cp);
        if (cp == 0xFFFD && n == 1)
            return false;
        p += n;
    }
    return true;
}

size_t utf8_count(const char *z)
{
    size_t count = 0;
    const char *end = z + strlen(z);
    uint32_t cp;
    while (z < end) {
        z += utf8_next(z, end, &cp);
        count++;
    }
    return count;
}
