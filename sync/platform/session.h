/* session.h — who is at the pages: the session cookie, the way through a sign-in, tokens against forged posts. */
#ifndef BULU_PLATFORM_SESSION_H
#define BULU_PLATFORM_SESSION_H

#include "sync/platform/http.h"
#include "sync/platform/roles.h"

#define CSRF_SIZE 65

/* Who is signed in, when the role is among roles (bits of enum role). False: answered: 303 to what is still to do for a
 * sign-in, 404 for another role: what it may not open is not there. */
bool session_need(struct request *q, unsigned roles, struct db_session *out);
/* Whoever has a session, at whatever stage of the sign-in. False: answered. */
bool session_any(struct request *q, struct db_session *out);
/* True and *out: signed in. Answers nothing. */
bool session_peek(struct request *q, struct db_session *out);

/* The stages of a sign-in, and the page of each. "" is done. */
#define STAGE_SECOND "second" /* the second factor is to be shown */
#define STAGE_CHANGE "change" /* the password was given by an operator: a new one is to be chosen */
#define STAGE_ENROL  "enrol"  /* the role needs a second factor, and there is none yet */
const char *stage_page(const struct db_session *s);
/* What is to do for u behind the stage that was passed (NULL: the password). */
const char *stage_after(const struct platform *p, const struct db_user *u, const char *passed);

/* A new session; the cookie is set. False: answered. */
bool session_begin(struct request *q, const struct db_user *u, const char *stage);
/* The next stage under a new cookie. False: answered. */
bool session_go_on(struct request *q, const char *stage);
/* Ends this one. False: answered. */
bool session_leave(struct request *q);
/* Hash of the request's session cookie; "" where there is none. */
void session_hash(struct request *q, char out[65]);

/* The token for the forms of this page, bound to the session cookie, or to a visitor's cookie that is set when there is none. */
void csrf_token(struct request *q, char out[CSRF_SIZE]);
/* Does the posted form carry it? False: answered. The Origin header, where there is one, must be our own, too. */
bool csrf_need(struct request *q);

/* Names the browser to itself, by a visitor's cookie that is set when there is none: the same until the browser forgets. */
void visitor_mark(struct request *q, char out[CSRF_SIZE]);

/* Compares in a time that tells nothing of where they differ. */
bool same_secret(const char *a, const char *b);

/* One line of the audit chain in the name of who is signed in; failing is logged. */
void session_audit(struct request *q, const struct db_session *s, const char *event, const char *detail);

/* The head of a page for who is signed in: the places that the role may go to, the name, the way out. here: the path of
 * the place. Closed by page_end. */
void session_page(struct request *q, const struct db_session *s, const char *here, const char *title);
/* 404 in words. */
void session_not_found(struct request *q);

#endif
