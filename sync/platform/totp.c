#include "sync/platform/totp.h"

#include "sync/base/bytes.h"

#include <stdio.h>
#include <string.h>

#define DIGITS 6

void hotp(const struct crypto_ops *c, const void *secret, size_t len, uint64_t counter, unsigned digits, char *out)
{
    static const uint32_t powers[] = {1000000, 10000000, 100000000};
    unsigned char message[8], mac[SHA1_BYTES];
    put_be32(message, (uint32_t)(counter >> 32));
    put_be32(message + 4, (uint32_t)counter);
    c->mac_sha1(mac, secret, len, message, sizeof message);
    /* RFC 4226 §5.3: the last half-byte tells where the number stands. */
    uint32_t number = be32(mac + (mac[SHA1_BYTES - 1] & 0xf)) & 0x7fffffff;
    snprintf(out, digits + 1, "%0*u", (int)digits, number % powers[digits - DIGITS]);
}

static bool same(const char *a, const char *b)
{
    unsigned char differ = 0;
    for (size_t i = 0; i < DIGITS; i++)
        differ |= (unsigned char)(a[i] ^ b[i]);
    return !differ;
}

bool totp_check(const struct crypto_ops *c, const void *secret, size_t len, int64_t unix_s, const char *text,
                int64_t *step)
{
    char typed[DIGITS + 1], want[DIGITS + 1];
    size_t n = 0;
    bool found = false;
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (*text < '0' || *text > '9' || n == DIGITS)
            return false;
        typed[n++] = *text;
    }
    if (n != DIGITS)
        return false;
    for (int64_t at = unix_s / TOTP_PERIOD_S - TOTP_WINDOW, end = at + 2 * TOTP_WINDOW; at <= end; at++) {
        hotp(c, secret, len, (uint64_t)at, DIGITS, want);
        if (same(typed, want) && !found) {
            *step = at;
            found = true;
        }
    }
    return found;
}

void base32_encode(struct str *out, const void *bytes, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const unsigned char *p = bytes;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | p[i];
        for (have += 8; have >= 5; have -= 5)
            str_putc(out, alphabet[bits >> (have - 5) & 31]);
    }
    if (have)
        str_putc(out, alphabet[bits << (5 - have) & 31]);
}

static void put_escaped(struct str *out, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool plain =
            (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || strchr("-._~", *c);
        str_printf(out, plain ? "%c" : "%%%02X", *c);
    }
}

void totp_uri(struct str *out, const char *issuer, const char *name, const void *secret, size_t len)
{
    str_puts(out, "otpauth://totp/");
    put_escaped(out, issuer);
    str_putc(out, ':');
    put_escaped(out, name);
    str_puts(out, "?secret=");
    base32_encode(out, secret, len);
    str_puts(out, "&issuer=");
    put_escaped(out, issuer);
}
