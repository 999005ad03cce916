/* provider.h — a service of somebody else that takes JSON by POST: messages (sms.h), real names (identity.h). Any thread: each
 * call has its own handle. Redirects are not followed; http:// is for a double on loopback (config.c). */
#ifndef BULU_PLATFORM_PROVIDER_H
#define BULU_PLATFORM_PROVIDER_H

#include "sync/base/str.h"

#include <jansson.h>

struct provider;
/* token_file: of the bearer token, "" for none. The texts are copied. */
struct provider *provider_open(const char *url, const char *token_file, int64_t timeout_s, struct err *e) WARN_UNUSED;
void provider_close(struct provider *p);
/* Blocks for the time-out at most. True with a status and whatever came with it; ERR_NETWORK, ERR_TIMEOUT: no answer. What
 * was sent is wiped. */
bool provider_post(const struct provider *p, const json_t *body, long *status, struct str *answer,
                   struct err *e) WARN_UNUSED;

#endif
