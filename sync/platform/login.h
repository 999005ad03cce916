/* login.h — the way in: name and password, second factor, a password of one's own; and one's own page with the sessions
 * that are open. */
#ifndef BULU_PLATFORM_LOGIN_H
#define BULU_PLATFORM_LOGIN_H

#include "sync/platform/session.h"

void login_page(struct request *q);   /* GET /review/login */
void login_route(struct request *q);  /* POST /review/login */
void logout_route(struct request *q); /* POST /review/logout */

void second_page(struct request *q);        /* GET /review/second: the second factor at a sign-in */
void second_route(struct request *q);       /* POST /review/second */
void enrol_page(struct request *q);         /* GET /review/enrol: a new second factor */
void enrol_second_route(struct request *q); /* POST /review/enrol */

void password_page(struct request *q);  /* GET /review/password */
void password_route(struct request *q); /* POST /review/password */

void me_page(struct request *q);       /* GET /review/me */
void me_end_route(struct request *q);  /* POST /review/me/end: one session (id), or all others */
void me_second_off(struct request *q); /* POST /review/me/second-off: where the role does not need one */

/* Counts a wrong password of a user before it is looked at. 0: go on; else locked for so long. False: failed. */
bool login_try(struct platform *p, const char *name, int64_t *locked_for_ms, struct err *e);

/* Forgets the wrong tries of a user: an operator knows who it is. */
bool login_unlock(struct platform *p, const struct db_user *u, struct err *e);

#endif
