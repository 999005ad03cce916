/* sms.h — the second half of registration and recovery: the code that was sent to the mobile, 重新发送 with its lock, and
 * a new password twice. UI thread. */
#ifndef BULU_SCREENS_SMS_H
#define BULU_SCREENS_SMS_H

#include "app/screens/calls.h"
#include "app/screens/fields.h"

enum { SMS_TICKET = 160 };
struct sms {
    struct password *password, *again; /* NULL: the screen is not shown */
    char ticket[SMS_TICKET], mobile[32], code[8];
    int64_t ends_ms, resend_ms; /* monotonic */
    bool by_password;           /* the message holds a new password, not a code */
    bool left_code, left_password, left_again;
    const char *failed; /* key; may be `reason` */
    char reason[48];    /* the platform's, why a password is not taken */
    int failed_n;
    bool gone; /* the ticket is used up: begin again */
};

void sms_enter(struct app *a, struct sms *s);
void sms_leave(struct app *a, struct sms *s); /* wipes passwords; the ticket stays */
/* A step answered {"ticket","expires_in","resend_in","mobile","mode"?}. False: it did not. */
bool sms_begin(struct app *a, struct sms *s, const json_t *answer);
void sms_view(struct app *a, struct ui *u, const struct sms *s);
/* What is still to be done, as a key; NULL: sms_finish may be called. */
const char *sms_missing(const struct app *a, const struct sms *s);
void sms_finish(struct app *a, const struct sms *s, void (*done)(struct app *a, const struct call_answer *r));
/* The problem of a finish, in s; true when it is about the code, the password or the way there. */
void sms_refused(struct app *a, struct sms *s, const struct call_answer *r);
/* The step where the code is typed, as both have it: the page's foot with `finish` (id and label of its button, action);
 * over: begins again. */
struct sms_foot {
    const char *id, *label; /* label: a text */
    struct ui_action finish, over;
};
void sms_foot(struct app *a, struct ui *u, const struct sms *s, const struct sms_foot *f);
/* What a request for the message was answered: true when one is on its way. Else *failed and *n are what to say at
 * `note`. */
bool sms_asked(struct app *a, struct sms *s, const struct call_answer *r, const char **failed, int *n,
               const char *note);
/* of: where the screen keeps it, for an answer that comes later. */
bool sms_event(struct app *a, struct sms *s, const struct ui_event *ev, struct sms *(*of)(struct app *a));

#endif
