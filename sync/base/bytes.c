#include "sync/base/bytes.h"

#include <ctype.h>
#include <string.h>

void hex_encode(const void *bytes, size_t len, char *out)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < len; i++) {
        *out++ = "0123456789abcdef"[p[i] >> 4];
        *out++ = "0123456789abcdef"[p[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(const char *z, void *out, size_t len)
{
    if (strlen(z) != 2 * len)
        return false;
    for (size_t i = 0; i < 2 * len; i++)
        if (hex_digit(z[i]) < 0)
            return false;
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)out)[i] = (unsigned char)(hex_digit(z[2 * i]) * 16 + hex_digit(z[2 * i + 1]));
    return true;
}

static const char alphabets[2][65] = {
    [BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

void base64_encode(struct str *out, const void *bytes, size_t len, enum base64_kind kind)
{
    const unsigned char *p = bytes;
    char *q = str_reserve(out, (len + 2) / 3 * 4), *start = q;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)(i + 1 < len ? p[i + 1] : 0) << 8 | (i + 2 < len ? p[i + 2] : 0);
        for (size_t k = 0; k < 4; k++) {
            if (i + k <= len)
                *q++ = alphabets[kind][v >> (18 - 6 * k) & 63];
            else if (kind == BASE64_STANDARD)
                *q++ = '=';
        }
    }
    out->len += (size_t)(q - start);
    out->p[out->len] = '\0';
}

/* 0–63, or 64 for a byte that does not belong there. */
static inline uint32_t base64_value(unsigned char c, enum base64_kind kind)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26u;
    if (c >= '0' && c <= '9')
        return c - '0' + 52u;
    return c == (kind == BASE64_STANDARD ? '+' : '-') ? 62 : c == (kind == BASE64_STANDARD ? '/' : '_') ? 63 : 64;
}

bool base64_decode(struct str *out, const char *text, size_t len, enum base64_kind kind)
{
    if (kind == BASE64_STANDARD) {
        if (len % 4)
            return false;
        for (int i = 0; i < 2 && len && text[len - 1] == '='; i++)
            len--;
    }
    if (len % 4 == 1)
        return false;
    size_t before = out->len;
    char *q = str_reserve(out, len / 4 * 3 + 3);
    uint32_t v = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t value = base64_value((unsigned char)text[i], kind);
        if (value > 63)
            goto bad;
        v = v << 6 | value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *q++ = (char)(v >> bits);
        }
    }
    if (v & ((1u << bits) - 1))
        goto bad;
    out->len = (size_t)(q - out->p);
    out->p[out->len] = '\0';
    return true;
bad:
    out->p[before] = '\0';
    return false;
}

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

void crockford_encode(uint64_t value, unsigned chars, char *out)
{
    for (unsigned i = chars; i-- > 0; value >>= 5)
        out[i] = crockford[value & 31];
    out[chars] = '\0';
}

bool crockford_decode(const char *z, unsigned chars, uint64_t *value)
{
    uint64_t v = 0;
    unsigned n = 0;
    for (; *z; z++) {
        if (*z == '-' || *z == ' ')
            continue;
        char c = (char)toupper((unsigned char)*z);
        c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
        const char *at = memchr(crockford, c, 32);
        if (!at || n == chars)
            return false;
        v = v << 5 | (uint64_t)(at - crockford);
        n++;
    }
    if (n != chars)
        return false;
    *value = v;
    return true;
}

char crockford_check(uint64_t value)
{
    return crockford[value % 37];
}

void uuid_make(const struct random *r, char out[UUID_SIZE])
{
    unsigned char b[16];
    random_fill(r, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 15) | 0x40);
    b[8] = (unsigned char)((b[8] & 63) | 0x80);
    char hex[33];
    hex_encode(b, sizeof b, hex);
    static const unsigned char parts[] = {8, 4, 4, 4, 12};
    const char *p = hex;
    for (size_t i = 0; i < sizeof parts; i++) {
        memcpy(out, p, parts[i]);
        p += parts[i];
        out += parts[i];
        *out++ = i + 1 < sizeof parts ? '-' : '\0';
    }
}

bool uuid_valid(const char *z)
{
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? z[i] != '-' : !(z[i] >= '0' && z[i] <= '9') && !(z[i] >= 'a' && z[i] <= 'f'))
            return false;
    }
    return z[36] == '\0';
}
