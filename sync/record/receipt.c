/* receipt.c — 60 random bits, twelve Crockford digits in groups of four, and Crockford's check character (mod 37),
 * which is one of 32 digits or * ~ $ = U. Numbers whose check would be one of those five signs are drawn again: they
 * cannot be typed on the kiosk's keyboard, are lost in a URL, and are hard to read out on the telephone. That costs 0.2
 * of the 60 bits. */
#include "sync/record/envelope.h"

#include "sync/base/bytes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DIGITS 12

static void print(uint64_t value, char out[RECEIPT_SIZE])
{
    char z[DIGITS + 1];
    crockford_encode(value, DIGITS, z);
    snprintf(out, RECEIPT_SIZE, "%.4s-%.4s-%.4s-%c", z, z + 4, z + 8, crockford_check(value));
}

void receipt_make(const struct crypto_ops *c, char out[RECEIPT_SIZE])
{
    uint64_t value;
    do {
        c->random(&value, sizeof value);
        value &= ((uint64_t)1 << 60) - 1;
    } while (!isalnum((unsigned char)crockford_check(value)) || crockford_check(value) == 'U');
    print(value, out);
}

bool receipt_parse(const char *typed, char out[RECEIPT_SIZE])
{
    char digits[DIGITS + 1], check = '\0';
    size_t n = 0;
    for (const char *p = typed; *p; p++) {
        if (*p == '-' || *p == ' ')
            continue;
        if (n == DIGITS + 1)
            return false;
        if (n < DIGITS)
            digits[n] = *p;
        else
            check = *p;
        n++;
    }
    uint64_t value, check_value;
    if (n != DIGITS + 1)
        return false;
    digits[DIGITS] = '\0';
    char check_z[2] = {check, '\0'}, read_back[2];
    if (!crockford_decode(digits, DIGITS, &value) || !crockford_decode(check_z, 1, &check_value))
        return false;
    crockford_encode(check_value, 1, read_back); /* o and O to 0, i and l to 1 */
    if (read_back[0] != crockford_check(value))
        return false;
    print(value, out);
    return true;
}
