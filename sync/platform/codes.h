/* codes.h — what codes.c (registration, recovery, codes by SMS) and accounts.c share. */
#ifndef BULU_PLATFORM_CODES_H
#define BULU_PLATFORM_CODES_H

#include "sync/platform/applicants.h"

/* The Argon2id verifier of a password; waits where too many are under way. */
bool verifier_of(const struct platform *p, const char *password, char out[VERIFIER_BYTES], struct err *e) WARN_UNUSED;
/* NULL: taken; else the key of password.h that says why not, or "password.own_number", "password.own_mobile". At least 8
 * characters (NIST SP 800-63B); the login asks for a captcha beside it and locks. */
const char *password_refused(const struct platform *p, const char *password, const struct applicant *who);
/* Wrong passwords so far are forgotten: who holds the mobile has proved more. */
void account_unlock(struct platform *p, const char *tag);

#endif
