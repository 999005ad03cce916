/* bytes.h — bytes as text: hex, base64 (RFC 4648), base64url, Crockford base32, UUIDs, big-endian numbers. */
#ifndef BULU_BASE_BYTES_H
#define BULU_BASE_BYTES_H

#include "sync/base/random.h"
#include "sync/base/str.h"

/* out: 2 × len + 1 chars, lower case. */
void hex_encode(const void *bytes, size_t len, char *out);
/* Exactly len bytes from 2 × len hex digits and nothing behind them. */
bool hex_decode(const char *z, void *out, size_t len) WARN_UNUSED;

enum base64_kind { BASE64_STANDARD /* with padding */, BASE64_URL /* without */ };
void base64_encode(struct str *out, const void *bytes, size_t len, enum base64_kind kind);
/* Strict: right alphabet, right padding, no stray bits. out unchanged on failure. */
bool base64_decode(struct str *out, const char *text, size_t len, enum base64_kind kind) WARN_UNUSED;

/* The low 5 × chars bits of value, Crockford alphabet, upper case; out: chars + 1. */
void crockford_encode(uint64_t value, unsigned chars, char *out);
/* Takes lower case, O as 0, I and L as 1; skips '-' and blanks. chars digits exactly. */
bool crockford_decode(const char *z, unsigned chars, uint64_t *value) WARN_UNUSED;
/* Crockford's check character (value mod 37). */
char crockford_check(uint64_t value);

#define UUID_SIZE 37                                         /* text with NUL */
void uuid_make(const struct random *r, char out[UUID_SIZE]); /* version 4 */
bool uuid_valid(const char *z);

static inline uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void put_be32(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 24);
    p[1] = (unsigned char)(v >> 16);
    p[2] = (unsigned char)(v >> 8);
    p[3] = (unsigned char)v;
}

#endif
