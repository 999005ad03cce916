/* sms_http.c — the provider of messages that takes JSON over HTTP. */
#include "sync/platform/sms.h"

#include "sync/base/cleanup.h"
#include "sync/platform/provider.h"
#include "sync/record/canon.h"

#include <string.h>

struct sms_http {
    struct sms_provider ops; /* first */
    struct provider *provider;
    char *sign;
};

/* Some providers say 200 to everything and put their verdict into the body. */
static bool verdict(const struct str *answer, struct err *e)
{
    CLEANUP(json) json_t *j = json_loadb(str_z(answer), answer->len, 0, NULL);
    const json_t *code = json_object_get(j, "code");
    if (!code || (json_is_integer(code) && json_integer_value(code) == 0))
        return true;
    const char *z = json_string_value(code);
    return (z && (!strcmp(z, "OK") || !strcmp(z, "0"))) || err_set(e, ERR_NETWORK, "the provider's code says no");
}

static bool status_ok(long status, const struct str *answer, struct err *e)
{
    if (status >= 200 && status < 300)
        return verdict(answer, e);
    bool never = status >= 400 && status <= 422 && status != 408 && status != 401 && status != 403;
    return err_set(e, never ? ERR_DENIED : ERR_NETWORK, "the provider answered %ld", status);
}

static bool http_send(struct sms_provider *s, const struct sms_message *m, struct err *e)
{
    struct sms_http *h = (struct sms_http *)(void *)s;
    CLEANUP(str) struct str answer = {0};
    long status = 0;
    AUTOFREE char *id = xasprintf("bulu-%lld", (long long)m->id);
    CLEANUP(json)
    json_t *body = json_pack("{s:s,s:s,s:s,s:O,s:s,s:s}", "id", id, "to", m->mobile, "template", m->template, "args",
                             m->args, "sign", h->sign, "text", m->text);
    return provider_post(h->provider, body, &status, &answer, e) && status_ok(status, &answer, e);
}

static void http_close(struct sms_provider *s)
{
    struct sms_http *h = (struct sms_http *)(void *)s;
    provider_close(h->provider);
    free(h->sign);
    free(h);
}

struct sms_provider *sms_http_open(const struct config *c, struct err *e)
{
    static const struct sms_provider_ops ops = {http_send, http_close};
    struct provider *provider = provider_open(c->sms_url, c->sms_token_file, c->sms_timeout_s, e);
    if (!provider) {
        err_prefix(e, "[sms]");
        return NULL;
    }
    struct sms_http *h = xcalloc(1, sizeof *h);
    h->ops.ops = &ops;
    h->provider = provider;
    h->sign = xstrdup(c->sms_sign);
    return &h->ops;
}
