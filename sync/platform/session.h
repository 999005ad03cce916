/* session.h — who is at the review pages: sign-in, session cookie, tokens against forged posts. */
#ifndef BULU_PLATFORM_SESSION_H
#define BULU_PLATFORM_SESSION_H

#include "sync/platform/http.h"

#define CSRF_SIZE 65

/* The signed-in reviewer; false: the request is answered (303 to the sign-in page). */
bool session_need(struct request *q, struct db_session *out);
/* The token for the forms of this page, bound to the session cookie, or to a visitor's cookie that is set when there is none. */
void csrf_token(struct request *q, char out[CSRF_SIZE]);
/* Does the posted form carry it? False: answered. The Origin header, where there is one, must be our own, too. */
bool csrf_need(struct request *q);

/* Names the browser to itself, by a visitor's cookie that is set when there is none: the same until the browser forgets. */
void visitor_mark(struct request *q, char out[CSRF_SIZE]);

void login_page(struct request *q);   /* GET /review/login */
void login_route(struct request *q);  /* POST /review/login */
void logout_route(struct request *q); /* POST /review/logout */

#endif
