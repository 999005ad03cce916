/* doc_no.c — numbers of official documents, 新经信人事〔2011〕3号 (GB/T 9704-2012), as they stand on paper: all kinds
 * of brackets, full-width digits, 第. Only a whole number of issuer, bracketed year of four digits and number is split.
 */
#include "sync/record/text.h"
#include "sync/record/validate.h"

#include <stdio.h>
#include <string.h>

#define CHARS_MAX 100

static bool one_of(uint32_t c, const char *set)
{
    for (const char *end = set + strlen(set); set < end;) {
        uint32_t s;
        set += utf8_next(set, end, &s);
        if (s == c)
            return true;
    }
    return false;
}

static bool opens(uint32_t c)
{
    return one_of(c, "〔【[［（(﹝〈<《");
}

static bool closes(uint32_t c)
{
    return one_of(c, "〕】]］）)﹞〉>》");
}

static bool blank(uint32_t c)
{
    return c == ' ' || c == 0x3000 || c == '\t';
}

static bool digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* Decodes to code points with half-width digits; 0 when it is too long or no UTF-8. */
static size_t decode(const char *z, uint32_t *out)
{
    size_t n = 0;
    for (const char *end = z + strlen(z); z < end;) {
        uint32_t c;
        size_t used = utf8_next(z, end, &c);
        if (n == CHARS_MAX || (c == 0xFFFD && used == 1))
            return 0;
        out[n++] = c >= 0xFF10 && c <= 0xFF19 ? c - 0xFF10 + '0' : c;
        z += used;
    }
    return n;
}

static bool encode(const uint32_t *p, size_t n, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char bytes[4];
        size_t used = utf8_put(bytes, p[i]);
        if (len + used >= size)
            return false;
        memcpy(out + len, bytes, used);
        len += used;
    }
    out[len] = '\0';
    return true;
}

/* The last bracketed year; false when there is none. */
static bool find_year(const uint32_t *p, size_t n, size_t *open, size_t *year, size_t *after)
{
    for (size_t i = n; i-- > 0;) {
        if (!opens(p[i]))
            continue;
        size_t at = i + 1;
        while (at < n && blank(p[at]))
            at++;
        size_t start = at;
        while (at < n && digit(p[at]))
            at++;
        if (at - start != 4)
            continue;
        while (at < n && blank(p[at]))
            at++;
        if (at == n || !closes(p[at]))
            continue;
        *open = i;
        *year = start;
        *after = at + 1;
        return true;
    }
    return false;
}

/* 第3号, 3号, 3, 12、13号: the digits and what parts them; false when there is anything else. */
static bool find_number(const uint32_t *p, size_t n, size_t *start, size_t *len)
{
    while (n && blank(p[n - 1]))
        n--;
    size_t at = 0;
    while (at < n && blank(p[at]))
        at++;
    if (at < n && p[at] == 0x7B2C /* 第 */)
        at++;
    while (at < n && blank(p[at]))
        at++;
    if (n > at && p[n - 1] == 0x53F7 /* 号 */)
        n--;
    while (n > at && blank(p[n - 1]))
        n--;
    *start = at;
    *len = n - at;
    size_t run = 0;
    for (size_t i = at; i < n; i++) {
        if (digit(p[i]) && ++run <= 5)
            continue;
        if (!run || digit(p[i]) || i + 1 == n || !one_of(p[i], "、,，-—~"))
            return false;
        run = 0;
    }
    return *len > 0;
}

static bool is_org(const uint32_t *p, size_t n)
{
    bool han = false;
    for (size_t i = 0; i < n; i++)
        han = han || is_han(p[i]);
    return han && n >= 2 && n <= 40;
}

bool doc_no_split(const char *whole, struct doc_no *out)
{
    uint32_t p[CHARS_MAX] = {0};
    size_t n = decode(whole, p), open, year, after, start, len;
    if (!n || !find_year(p, n, &open, &year, &after) || !find_number(p + after, n - after, &start, &len))
        return false;
    size_t first = 0;
    while (first < open && blank(p[first]))
        first++;
    while (open > first && blank(p[open - 1]))
        open--;
    struct doc_no split = {0};
    if (!is_org(p + first, open - first) || !encode(p + first, open - first, split.org, sizeof split.org) ||
        !encode(p + year, 4, split.year, sizeof split.year) ||
        !encode(p + after + start, len, split.no, sizeof split.no))
        return false;
    *out = split;
    return true;
}

void doc_no_print(const struct doc_no *n, char *out, size_t size)
{
    snprintf(out, size, "%s〔%s〕%s号", n->org, n->year, n->no);
}
