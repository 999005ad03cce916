/* account.h — the applicant's login at the platform (sync/protocol/sessions.h): the key pair that answers are sealed to,
 * the session's token, how the person proved who they are, and what the account says. All of it in locked memory;
 * account_wipe leaves nothing. Times are monotonic ms and come in as arguments. UI thread. */
#ifndef BULU_JOURNEY_ACCOUNT_H
#define BULU_JOURNEY_ACCOUNT_H

#include "sync/protocol/ticket.h"
#include "sync/record/canon.h"
#include "sync/record/seal.h"

#define ACCOUNT_TOKEN_LEN 43
#define ACCOUNT_PARK_SIZE 160

enum account_proof { PROOF_TYPED, PROOF_LOGIN, PROOF_WECHAT, PROOF_CHIP /* of a card that was read: screens/chip.h */ };

struct account_secret { /* in locked memory */
    unsigned char public_key[KEY_BYTES], secret_key[KEY_BYTES];
    char token[ACCOUNT_TOKEN_LEN + 1]; /* "": not logged in */
    char park[ACCOUNT_PARK_SIZE];      /* stands for the login when a draft is parked; "": none */
    char id18[19], full_name[256], mobile[32];
    char vouched[19]; /* whom an offline ticket was for; "" : none */
    char claim[TICKET_CLAIM_TEXT];
};

struct account {
    const struct crypto_ops *crypto;
    struct account_secret *secret; /* NULL: no sealed call was made yet */
    enum account_proof proof;      /* of the login; PROOF_TYPED while there is none */
    bool wechat;                   /* bound */
    bool portrait, photo;          /* the two images are in the account */
    int64_t expires_ms, idle_ms;   /* the session ends at expires_ms, or idle_ms after the last call */
    int64_t used_ms;
};

/* Makes the key pair for this login; it stays until the wipe, so that what was asked for earlier can still be read. */
void account_begin(struct account *a, const struct crypto_ops *c);
/* A SESSION was given. Unchanged on failure (ERR_FORMAT, a sentence without personal data). */
bool account_login(struct account *a, const json_t *session, int64_t now_ms, struct err *e) WARN_UNUSED;
/* An ACCOUNT came (again), as in a profile. ERR_STATE: not logged in, ERR_DENIED: of another person. */
bool account_refresh(struct account *a, const json_t *account, struct err *e) WARN_UNUSED;
bool account_in(const struct account *a); /* logged in, as far as this kiosk knows */
bool account_expired(const struct account *a, int64_t now_ms);
void account_used(struct account *a, int64_t now_ms); /* a call with the session was answered */
/* The platform said that the session is over: the token goes, who it was stays, for the next login. */
void account_ended(struct account *a);
/* An offline ticket came back: to log in (this person is who the number says), or to bind (nothing is proved; the claim
 * goes with their declaration). */
void account_vouch(struct account *a, const struct crypto_ops *c, const char *id18);
void account_claim(struct account *a, const struct crypto_ops *c, const char *id18,
                   const unsigned char claim[TICKET_CLAIM]);
/* How it is proved that the person is this one, and the claim that goes with them ("": none). */
enum account_proof account_proof_of(const struct account *a, const char *id18);
const char *account_claim_of(const struct account *a, const char *id18);
const char *account_proof_name(enum account_proof p); /* as envelope.h has it */
void account_wipe(struct account *a);

#endif
