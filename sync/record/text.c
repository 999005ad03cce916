/* text.c — NFC through utf8proc, with a way round it for what is in NFC by its range: nearly all Chinese text. */
#include "sync/record/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* In NFC whatever stands beside it: composes with nothing, decomposes into nothing, combining class 0. */
static bool always_nfc(uint32_t c)
{
    return c < 0x300 || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x3001 && c <= 0x3029) || (c >= 0x2010 && c <= 0x205E) ||
           (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFF01 && c <= 0xFFEE) || (c >= 0x20000 && c <= 0x2F7FF);
}

bool is_nfc(const char *p, size_t len)
{
    const char *end = p + len;
    while (p < end) {
        uint32_t c;
        p += utf8_next(p, end, &c);
        if (!always_nfc(c))
            return false;
    }
    return true;
}

static void map_add(struct str *out, const char *p, size_t len, utf8proc_option_t options)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)len, &mapped, options);
    if (n < 0) /* not UTF-8: the caller's contract; kept as it is */
        str_add(out, p, len);
    else
        str_add(out, mapped, (size_t)n);
    free(mapped);
}

void nfkc_add(struct str *out, const char *p, size_t len)
{
    map_add(out, p, len, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

void nfc_add(struct str *out, const char *p, size_t len)
{
    if (is_nfc(p, len)) {
        str_add(out, p, len);
        return;
    }
    map_add(out, p, len, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

bool is_han(uint32_t c)
{
    return c == 0x3007 || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x20000 && c <= 0x323AF) || (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF0000 && c <= 0x10FFFD);
}

bool text_char_ok(uint32_t c, bool multiline)
{
    if (c < 0x20)
        return multiline && c == '\n';
    if (c < 0x7F)
        return true;
    return !(c < 0xA0 || c == 0xAD || c == 0x61C || c == 0x180E || c == 0x200B || c == 0x200E || c == 0x200F ||
             (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
             (c >= 0xFDD0 && c <= 0xFDEF) || (c >= 0xFFF9 && c <= 0xFFFD) || (c & 0xFFFE) == 0xFFFE ||
             (c >= 0xE0000 && c <= 0xE007F));
}

bool text_char_blank(uint32_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200D) ||
           c == 0x202F || c == 0x205F || c == 0x3000 || c == 0x115F || c == 0x1160 || c == 0x2800 || c == 0x3164 ||
           c == 0xFFA0;
}

bool text_blank(const char *z)
{
    for (const char *end = z + strlen(z); z < end;) {
        uint32_t c;
        z += utf8_next(z, end, &c);
        if (!text_char_blank(c))
            return false;
    }
    return true;
}

bool text_char_mark(uint32_t c)
{
    if (c < 0x300 || (c >= 0x3400 && c <= 0x9FFF))
        return false;
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
    return k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME;
}

bool text_ok(const char *z, bool multiline)
{
    const char *end = z + strlen(z);
    int marks = 0;
    while (z < end) {
        uint32_t c;
        z += utf8_next(z, end, &c);
        marks = text_char_mark(c) ? marks + 1 : 0;
        if (!text_char_ok(c, multiline) || marks > MARKS_MAX)
            return false;
    }
    return true;
}
