/* wechat.h — login and binding by WeChat: what a kiosk calls (sessions.h), and what the phone pages and the claims share.
 *
 * A WeChat user is known here by the *subject*, a MAC of the openid under the platform's key for people: enough to
 * recognise somebody who comes back, nothing to write to, and worthless in a stolen database.
 *
 * Online (RFC 8628): the kiosk asks for a code and polls; the phone opens its address, authorises in WeChat, sees hall,
 * kiosk, code and masked name, and agrees or refuses. Against a relayed or photographed code (RFC 10027): two minutes,
 * one live code a kiosk, the result once and to that kiosk alone, the code to compare, limits for kiosk and WeChat user,
 * and for a binding the last six of the ID number, three tries. */
#ifndef BULU_PLATFORM_WECHAT_H
#define BULU_PLATFORM_WECHAT_H

#include "sync/platform/applicants.h"
#include "sync/platform/db_wechat.h"

#define WECHAT_SCAN_S     120
#define WECHAT_INTERVAL_S 1
#define WECHAT_TRIES      3   /* of the last six */
#define WECHAT_ERRAND_S   600 /* for one phone to come to an end */
#define WECHAT_TOKEN_SIZE 65  /* hex, with NUL: also a state for WeChat, which takes letters and digits */

void wechat_subject(const struct platform *p, const char *openid, char out[SUBJECT_SIZE]);
/* A random token, and what is stored of one. */
void wechat_token(const struct platform *p, char out[WECHAT_TOKEN_SIZE]);
void wechat_token_hash(const struct platform *p, const char *token, char out[HASH_HEX]);

/* --- keys of the kiosks' tickets --- */
/* K: derived from the platform's key for people, the device and its signing key; stored nowhere. */
void wechat_ticket_key(const struct platform *p, const char *device, const struct db_kiosk_keys *keys,
                       unsigned char out[KEY_BYTES]);
/* What a request offers (fresh: with an enrolment code) is taken, and answered with K in a box when WeChat is configured
 * here; else out is left alone. Other keys in a heartbeat are refused with an alarm: out is left alone. */
bool wechat_kiosk_keys(struct platform *p, const char *device, const struct wire_ticket_keys *offered, bool fresh,
                       struct wire_ticket_mac *out, struct err *e) WARN_UNUSED;

/* --- device listener --- */
void wechat_begin_route(struct request *q);  /* POST /v1/sessions/wechat */
void wechat_poll_route(struct request *q);   /* GET /v1/sessions/{id} */
void wechat_unbind_route(struct request *q); /* DELETE /v1/sessions/wechat */

#endif
