/* second.h — a user's second factor as it is kept: the secret of totp.h sealed under the platform's token key, and
 * recovery codes as their MACs. */
#ifndef BULU_PLATFORM_SECOND_H
#define BULU_PLATFORM_SECOND_H

#include "sync/platform/db_staff.h"
#include "sync/platform/platform.h"
#include "sync/platform/totp.h"

#define RECOVERY_CODES 10
#define RECOVERY_SIZE  12 /* "XXXXX-XXXXX" */

/* Takes what was typed: a password of the moment, or a recovery code; either is used up. ERR_DENIED: neither.
 * *recovery: a code was used. */
bool second_check(struct platform *p, const struct db_user *u, const char *typed, bool *recovery, struct err *e);

/* An offer of a new secret as a text for a form: nobody else can make one, and it ends after ten minutes. */
void second_offer(const struct platform *p, int64_t user, unsigned char secret[TOTP_SECRET_BYTES], struct str *out);
/* The secret of an offer of this user's. False: it is none, or has ended. */
bool second_offered(const struct platform *p, int64_t user, const char *offer, unsigned char secret[TOTP_SECRET_BYTES]);
/* Keeps it as the user's factor and makes the recovery codes, which are known now and never again. */
bool second_keep(struct platform *p, int64_t user, const unsigned char secret[TOTP_SECRET_BYTES],
                 char codes[RECOVERY_CODES][RECOVERY_SIZE], struct err *e);

#endif
