/* sealed.h — calls whose content only app and platform read (protocols/keys): the agent between them passes ciphertext.
 *
 *   request  {"key":"<id of the platform's X25519 key>","sealed":"<base64 of box_seal(JSON)>"}
 *            JSON: the call's members and "reply": base64 of the app's X25519 public key, made for this login
 *   answer   {"sealed":"<base64 of box_seal(JSON)>"} to the reply key of the request, or, for a call with a session
 *            (Authorization: Bearer TOKEN), to the reply key that the session was opened with
 *
 * A problem (RFC 9457) travels in clear: it never holds personal data. A replayed request buys nothing: captcha,
 * tickets and codes are for one use, and answers open only for who made the reply key. Pure; any thread. */
#ifndef BULU_PROTOCOL_SEALED_H
#define BULU_PROTOCOL_SEALED_H

#include "sync/record/seal.h"

#include <jansson.h>

/* The request's body; caller decrefs. reply: the app's public key, put into the content. content stays the caller's. */
json_t *sealed_call(const struct crypto_ops *c, const char *platform_key_id,
                    const unsigned char platform_key[KEY_BYTES], const unsigned char reply[KEY_BYTES],
                    const json_t *content);
/* Platform: the id that a request names; NULL: not of this form. Borrowed. */
const char *sealed_call_key(const json_t *body);
/* Platform: opens; fills reply. The content, or NULL (ERR_FORMAT, ERR_CRYPTO). Caller decrefs. */
json_t *sealed_call_open(const struct crypto_ops *c, const json_t *body, const unsigned char pub[KEY_BYTES],
                         const unsigned char secret[KEY_BYTES], unsigned char reply[KEY_BYTES],
                         struct err *e) WARN_UNUSED;
/* The answer's body; and its content again at the app. Caller decrefs both. */
json_t *sealed_answer(const struct crypto_ops *c, const unsigned char reply[KEY_BYTES], const json_t *content);
json_t *sealed_answer_open(const struct crypto_ops *c, const json_t *body, const unsigned char pub[KEY_BYTES],
                           const unsigned char secret[KEY_BYTES], struct err *e) WARN_UNUSED;

#endif
