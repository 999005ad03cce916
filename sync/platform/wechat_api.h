/* wechat_api.h — WeChat's own endpoints for pages inside WeChat (网页授权), as its documentation has them: where a phone
 * is sent to authorise, and the exchange of the code that it comes back with for the openid. Addresses are configured,
 * so that a double can stand in. Of what WeChat answers only the openid leaves this file: tokens are never kept. */
#ifndef BULU_PLATFORM_WECHAT_API_H
#define BULU_PLATFORM_WECHAT_API_H

#include "sync/platform/config.h"

#define OPENID_SIZE 129

enum wechat_outcome {
    WECHAT_OK,
    WECHAT_CODE_BAD,      /* invalid, used, expired: scan again */
    WECHAT_BUSY,          /* -1, also after one more try */
    WECHAT_MISSET,        /* appid, secret, address or permission of this platform: for the operator */
    WECHAT_SNAPSHOT,      /* a virtual account: nobody can be recognised by it */
    WECHAT_UNREACHABLE,   /* no connection, or none in time */
    WECHAT_UNINTELLIGIBLE /* neither an error nor an openid; an errcode that is not on the list */
};
struct wechat_exchange {
    enum wechat_outcome outcome;
    int64_t errcode; /* 0: none was said */
    char openid[OPENID_SIZE];
};

/* Is WeChat configured here? */
bool wechat_enabled(const struct config *c);
/* Appends the address that the phone is sent to. state: letters and digits, at most 128. */
void wechat_authorize_url(const struct config *c, const char *redirect_uri, const char *state, struct str *out);
/* Blocking: at most twice WECHAT_CALL_S seconds. Never fails but by the outcome. */
#define WECHAT_CALL_S 5
void wechat_exchange(const struct config *c, const char *code, struct wechat_exchange *out);
/* The answer's bytes alone; pure. Any content type; errmsg is not looked at, it varies. */
void wechat_answer_parse(const void *bytes, size_t len, struct wechat_exchange *out);
/* Key of the words for a person: "wechat.error.40029", or "wechat.error.OUTCOME" where the code has none of its own. */
void wechat_error_key(const struct wechat_exchange *x, char out[48]);

#endif
