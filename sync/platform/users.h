/* users.h — users of the pages as an operator keeps them: making one, giving a password for one use, turning one off. */
#ifndef BULU_PLATFORM_USERS_H
#define BULU_PLATFORM_USERS_H

#include "sync/platform/session.h"

#define ONCE_SIZE  24 /* "XXXX-XXXX-XXXX-XXXX": 80 random bits */
#define ONCE_HOURS 72

struct user_order {
    const char *name, *role, *unit; /* unit: name, code or alias; "" for roles without one */
    const char *password;           /* NULL: one for one use is made */
};
/* Makes the user, or gives the old one of this name another role, unit and password. once: "" or the password made.
 * ERR_FORMAT with e->text a key of words ("user.name_bad"…, "password.…") where the order is wrong. make_unit: a unit
 * that the directory does not have is made (records name units in words), else ERR_FORMAT. */
bool user_make(struct platform *p, const struct user_order *o, bool make_unit, const char *by, char once[ONCE_SIZE],
               struct err *e);
/* A password for one use; all sessions end. ERR_NOT_FOUND. */
bool user_reset(struct platform *p, const char *name, bool second_too, const char *by, char once[ONCE_SIZE],
                struct err *e);

void users_page(struct request *q);        /* GET /review/users */
void users_add_route(struct request *q);   /* POST /review/users */
void users_reset_route(struct request *q); /* POST /review/users/reset */
void users_off_route(struct request *q);   /* POST /review/users/off */

#endif
