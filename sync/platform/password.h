/* password.h — which passwords are taken, after NIST SP 800-63B §5.1.1.2: long enough, not among those that everybody
 * tries first, not the user's own names, not a run or one character again and again; nothing else is demanded. Pure but
 * for the loading. */
#ifndef BULU_PLATFORM_PASSWORD_H
#define BULU_PLATFORM_PASSWORD_H

#include "sync/base/str.h"

#define PASSWORD_LEAST      15 /* code points, where it is the only factor (800-63B-4) */
#define PASSWORD_LEAST_BOTH 8  /* with a second factor */
#define PASSWORD_MOST       200

struct passwords; /* the list of the most used */
struct passwords *passwords_load(const char *path, struct err *e) WARN_UNUSED;
void passwords_free(struct passwords *p);

/* Appends the form that is kept and compared: NFKC. */
void password_form(const char *typed, struct str *out);
/* NULL: taken. Else the key of the words that say why not: "password.short" (arg {n}: least), "password.long",
 * "password.common", "password.pattern", "password.own". names: what is known of the user, NULL-terminated. */
const char *password_fault(const struct passwords *p, const char *password, size_t least, const char *const *names);

#endif
