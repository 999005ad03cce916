/* wechat_claims.h — what is made of offline tickets (protocol/ticket.h): is one good, whose is it, and, when a declaration
 * arrives that carries a claim, who is bound.
 *
 * A declaration's ID number may only have been typed, and anybody can type anybody's: then the account's own mobile is
 * asked first, by a link in a message. Where the kiosk has the person's identity proved (login, WeChat, chip) the binding
 * holds at once. */
#ifndef BULU_PLATFORM_WECHAT_CLAIMS_H
#define BULU_PLATFORM_WECHAT_CLAIMS_H

#include "sync/platform/wechat.h"

enum claim_verdict {
    CLAIM_GOOD,
    CLAIM_NO_TICKET, /* not of the form, or by a kiosk that is not known, or not signed by it */
    CLAIM_KIOSK_OFF, /* the kiosk has been revoked */
    CLAIM_EXPIRED,
    CLAIM_CONTESTED, /* two WeChat users */
    CLAIM_SETTLED,   /* refused, or its declaration has come */
    CLAIM_FAILED     /* e says why */
};
struct claim {
    struct db_kiosk kiosk;
    struct db_claim row;
    struct ticket ticket;
};
/* A ticket as a phone shows it: form, kiosk, signature, time. iat is only advice, since a kiosk's clock may be wrong: a
 * ticket lives ttl seconds from the platform's first sight of it; one that claims to be older than a day is not looked
 * at, unless the clock that said so was wrong beyond doubt (before the kiosk was known). */
enum claim_verdict claim_show(struct platform *p, const char *text, struct claim *out, struct err *e);
/* The same for one that was shown before, by the hex of its id. */
enum claim_verdict claim_again(struct platform *p, const char *id_hex, struct claim *out, struct err *e);
/* Is the ticket about this person? */
bool claim_is_of(const struct platform *p, const struct claim *c, const char *number);
/* The digits that the phone shows. */
void claim_ack(const struct platform *p, const struct claim *c, char out[TICKET_ACK]);
/* What is kept of the last six until the declaration comes. */
void claim_six(const struct platform *p, const unsigned char id[TICKET_CLAIM], const char *six,
               unsigned char out[HASH_BYTES]);
/* "12345X" from what was typed; false: it is not of that form. */
bool claim_six_read(const char *typed, char out[7]) WARN_UNUSED;

/* Looks at every submission that carries a claim and was not looked at; for intake, behind its commit, and for the quiet
 * work between requests. */
void claims_join(struct platform *p);
/* Forgets what has ended. */
void claims_sweep(struct platform *p);

#endif
