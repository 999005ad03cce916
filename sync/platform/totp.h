/* totp.h — the second factor: time-based one-time passwords (RFC 6238 over HOTP, RFC 4226: HMAC-SHA1, 6 digits, 30 s),
 * as every authenticator app has them. Pure. */
#ifndef BULU_PLATFORM_TOTP_H
#define BULU_PLATFORM_TOTP_H

#include "sync/record/seal.h"

#define TOTP_SECRET_BYTES 20 /* RFC 4226 §4 R6 recommends 160 bits */
#define TOTP_PERIOD_S     30
#define TOTP_WINDOW       1 /* steps that a phone's clock may be off, each way */

/* The password of a counter with so many digits (6–8); out: digits + 1. */
void hotp(const struct crypto_ops *c, const void *secret, size_t len, uint64_t counter, unsigned digits, char *out);
/* True when text (blanks are skipped) is the password of a step near unix_s; *step is that step. */
bool totp_check(const struct crypto_ops *c, const void *secret, size_t len, int64_t unix_s, const char *text,
                int64_t *step);
/* RFC 4648 base32 without padding: what a person types when the camera does not read the code. */
void base32_encode(struct str *out, const void *bytes, size_t len);
/* otpauth://totp/ISSUER:NAME?secret=…&issuer=… for the QR code. */
void totp_uri(struct str *out, const char *issuer, const char *name, const void *secret, size_t len);

#endif
