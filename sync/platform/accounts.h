/* accounts.h — the calls of sessions.h about accounts: captcha, login, registration, recovery, codes by SMS, the mobile, the
 * account slot, logout. Known and unknown ID numbers cost the same work and get the same answers; whatever is counted is
 * counted durably before a secret is looked at. */
#ifndef BULU_PLATFORM_ACCOUNTS_H
#define BULU_PLATFORM_ACCOUNTS_H

#include "sync/platform/applicants.h"

void captcha_route(struct request *q);  /* POST /v1/sessions/captcha */
void entry_route(struct request *q);    /* POST /v1/sessions/login */
void register_route(struct request *q); /* POST /v1/sessions/register */
void recover_route(struct request *q);  /* POST /v1/sessions/recover */
void resend_route(struct request *q);   /* POST /v1/sessions/resend */
void finish_route(struct request *q);   /* POST /v1/sessions/finish */
void mobile_route(struct request *q);   /* POST /v1/sessions/mobile */
void slot_route(struct request *q);     /* POST /v1/sessions/slot */
void leave_route(struct request *q);    /* DELETE /v1/sessions/current */

/* Takes the captcha that a call answers: used up, right or wrong. False: answered as CAPTCHA_WRONG. */
bool captcha_need(struct request *q, const json_t *content) WARN_UNUSED;
/* An account by an operator's command. ERR_EXISTS. reason: the key of password_refused when the password is not taken (ERR_DENIED). */
bool account_make(struct platform *p, struct applicant *who, const char *password, const char **reason,
                  struct err *e) WARN_UNUSED;

#endif
