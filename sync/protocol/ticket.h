/* ticket.h — the offline WeChat ticket (protocols/wechat): a signed QR that binds or proves a WeChat account while the
 * kiosk has no network. The phone is online: the platform reads the ticket there, and its answer comes back as eight
 * digits that the person types. Pure over crypto_ops; any thread.
 *
 *   body       u8 version|alg (0x11: 1, Ed25519) · u8 purpose · u32 kiosk · 16 B claim id · u32 iat, seconds ·
 *              u16 ttl, seconds · 8 B subject tag                                          36 bytes, big-endian
 *   ticket     body ‖ Ed25519 over "XJZC-WX1" ‖ body                                      100 bytes
 *   text       base64url without padding                                                  134 characters
 *   tag        HMAC-SHA256(K, "tag1" ‖ claim id ‖ ID18)[0..8]
 *   ack        HOTP's truncation (RFC 4226) of HMAC-SHA256(K, "ack1" ‖ body), mod 10^8    8 digits
 *
 * No ID number in clear, and two tickets of one person cannot be linked without K. 0x12 (SM2) is a version that this
 * program refuses by name.
 *
 * How the app uses it (K and the signing key: store_ticket_keys; without them the offline tab is not shown):
 *   store_ticket_keys(store, &k, &e)                                   at the start of the screen; k.sign, k.mac
 *   ticket_make(c, k.mac, TICKET_LOGIN, kiosk, id18, now, ttl, &t)     now: this clock + SETTING_TIME_OFFSET
 *   ticket_text(c, k.sign, &t, text)
 *   ticket_url(platform_url, text, &url, &e)                           SETTING_PLATFORM_URL; draw it, error level M
 *   ticket_wait_begin(&wait, &t, clock_mono(clock))                    keep wait; the countdown is wait.ends_mono
 *   ticket_ack(c, k.mac, &wait, typed, clock_mono(clock))              per code that is typed
 * TICKET_PASSED of purpose login: this person is who the ID number says, proof "wechat". Of purpose bind: nothing is
 * proved; the platform binds when the declaration arrives: ticket_claim_text goes into submission_input.claim. Keep it
 * with the draft until then. */
#ifndef BULU_PROTOCOL_TICKET_H
#define BULU_PROTOCOL_TICKET_H

#include "sync/record/seal.h"

#define TICKET_VERSION     0x11
#define TICKET_BODY        36
#define TICKET_BYTES       100
#define TICKET_TEXT        135 /* with NUL */
#define TICKET_CLAIM       16
#define TICKET_CLAIM_TEXT  23 /* base64url, with NUL */
#define TICKET_TAG         8
#define TICKET_ACK         9 /* with NUL */
#define TICKET_TTL         600
#define TICKET_TRIES       3
#define TICKET_PREFIX_MOST 46 /* of the URL before the ticket, so that it is a QR code of version 9-M */
#define TICKET_PATH        "/w/"

enum ticket_purpose { TICKET_BIND = 1, TICKET_LOGIN = 2 };

struct ticket {
    enum ticket_purpose purpose;
    uint32_t kiosk;
    unsigned char claim[TICKET_CLAIM];
    uint32_t iat; /* advisory: a kiosk's clock may be wrong */
    uint16_t ttl;
    unsigned char tag[TICKET_TAG];
};

/* The body's bytes. */
void ticket_body(const struct ticket *t, unsigned char out[TICKET_BODY]);
/* A tag's bytes; ID18: 18 characters, X upper case. */
void ticket_tag(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES],
                const unsigned char claim[TICKET_CLAIM], const char *id18, unsigned char out[TICKET_TAG]);
/* Is it this person's? Takes the same time for every answer. */
bool ticket_tag_matches(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES], const struct ticket *t,
                        const char *id18);
/* The digits that the phone shows. */
void ticket_ack_digits(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES], const struct ticket *t,
                       char out[TICKET_ACK]);
/* The claim id as a submission's "claim" has it, and back. */
void ticket_claim_text(const unsigned char claim[TICKET_CLAIM], char out[TICKET_CLAIM_TEXT]);
bool ticket_claim_parse(const char *text, unsigned char claim[TICKET_CLAIM]) WARN_UNUSED;

/* --- kiosk --- */
/* A fresh one, with a random claim id. wall_ms: Unix time as well as the kiosk knows it. */
void ticket_make(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES], enum ticket_purpose purpose,
                 uint32_t kiosk, const char *id18, int64_t wall_ms, uint16_t ttl_s, struct ticket *out);
/* Signed and spelt. sign_key: secret as crypto_ops has it (seed ‖ public). */
void ticket_text(const struct crypto_ops *c, const unsigned char sign_key[64], const struct ticket *t,
                 char out[TICKET_TEXT]);
/* Appends platform_url TICKET_PATH text. ERR_LIMIT: the address is longer than the QR code allows. */
bool ticket_url(const char *platform_url, const char *text, struct str *out, struct err *e) WARN_UNUSED;

/* One ticket on the screen: three tries, one use, until its ttl is over. In memory only; wipe it with the person. */
struct ticket_wait {
    struct ticket ticket;
    int64_t ends_mono; /* ms */
    int tries_left;
};
enum ticket_verdict {
    TICKET_PASSED,  /* this once; then it is TICKET_ENDED */
    TICKET_WRONG,   /* tries_left says how many there are */
    TICKET_NO_CODE, /* not eight digits: not counted */
    TICKET_ENDED    /* tried three times, used, or too late: make another */
};
void ticket_wait_begin(struct ticket_wait *w, const struct ticket *t, int64_t mono_ms);
/* typed: blanks and dashes are skipped. */
enum ticket_verdict ticket_ack(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES],
                               struct ticket_wait *w, const char *typed, int64_t mono_ms) WARN_UNUSED;

/* --- platform --- */
struct ticket_signed {
    struct ticket ticket;
    unsigned char body[TICKET_BODY], signature[SIGN_BYTES];
};
/* Form only; nothing is proved by it. ERR_FORMAT: no ticket of version 1 with Ed25519, or a purpose that is not taken. */
bool ticket_parse(const char *text, size_t len, struct ticket_signed *out, struct err *e) WARN_UNUSED;
/* ERR_CRYPTO: not signed by the kiosk with this key. */
bool ticket_verify(const struct crypto_ops *c, const struct ticket_signed *t, const unsigned char pub[KEY_BYTES],
                   struct err *e) WARN_UNUSED;

#endif
