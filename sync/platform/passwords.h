/* passwords.h — which passwords are taken (NIST SP 800-63B, 5.1.1.2): at least 8 characters, at most 128, any characters; not one that
 * everybody tries, and not what is known of the person. Pure; any thread. */
#ifndef BULU_PLATFORM_PASSWORDS_H
#define BULU_PLATFORM_PASSWORDS_H

#include "sync/base/str.h"

struct password_person {
    const char *number, *full_name, *mobile; /* "" where it is not known */
};
/* list: lines of passwords that are too common, # for comments (assets/review/passwords.txt). The key of the reason, as a
 * kiosk has words for it; NULL: taken. */
const char *password_weak(const struct str *list, const char *password, const struct password_person *who);
/* As it is hashed: NFC, so that another keyboard's accents are the same password. */
void password_canonical(const char *password, struct str *out);

#endif
