/* sms.h — messages to mobiles. Whoever wants one writes it into a durable outbox; a thread hands it to the provider and tries again with
 * the back-off of both ends, so that no request waits for a provider. A message leaves at least once: the provider knows a repeated try by
 * its id. What happens to a declaration is told by the thread itself, from the history: a state has a message when the catalogue has
 * words for it ("sms.status.STATE" in assets/review/zh.po). Content stays encrypted until it is sent, then it is gone; numbers
 * are kept as tags. Limits per number (db_accounts.h): codes beyond them are refused, news waits for its time. */
#ifndef BULU_PLATFORM_SMS_H
#define BULU_PLATFORM_SMS_H

#include "sync/platform/platform.h"

/* --- the provider --- */

struct sms_message {
    int64_t id; /* the same at every try */
    const char *mobile, *template, *text;
    const json_t *args; /* {"code":"…"}: what the template of the provider asks for */
};
struct sms_provider;
struct sms_provider_ops {
    /* Blocks, for the time-out at most. ERR_DENIED: the provider will not have this one; else: later. */
    bool (*send)(struct sms_provider *s, const struct sms_message *m, struct err *e);
    void (*close)(struct sms_provider *s);
};
struct sms_provider {
    const struct sms_provider_ops *ops;
};
/* JSON by POST to [sms] url: {"id","to","template","args":{…},"sign","text"}, with "Authorization: Bearer …" where a token is
 * configured. 2xx is sent, unless the body is JSON whose "code" is neither 0 nor "OK"; 400–422 but 408 is refused for
 * good. */
struct sms_provider *sms_http_open(const struct config *c, struct err *e) WARN_UNUSED;

/* --- the outbox --- */

/* A provider is configured. */
bool sms_on(const struct platform *p);
/* Puts a message with the words "sms.TEMPLATE" into the outbox. news: it waits where a limit holds; else *wait_ms says how
 * long the limit holds, 0: taken. ends_ms: worth nothing after that. Any thread, any process. */
struct sms_order {
    const char *mobile, *template;
    const struct str_arg *args;
    size_t n_args;
    bool news;
    int64_t ends_ms;
};
bool sms_send(struct platform *p, const struct sms_order *o, int64_t *wait_ms, struct err *e) WARN_UNUSED;
/* Counts for the limits without a message: an answer does not tell that there was nobody to send it to. */
bool sms_count(struct platform *p, const char *mobile, int64_t *wait_ms, struct err *e) WARN_UNUSED;

/* Appends the outbox's figures in Prometheus' format. */
void sms_metrics(struct platform *p, struct str *out);

struct sms;
/* Starts the thread; NULL with e set when the provider cannot be opened. NULL without: nothing is configured. */
struct sms *sms_start(struct platform *p, struct err *e);
void sms_wake(struct sms *s); /* NULL: nothing */
void sms_stop(struct sms *s); /* waits for what is under way */

#endif
