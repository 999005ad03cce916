#include "sync/platform/identity.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/provider.h"
#include "sync/record/canon.h"

enum identity identity_check(const struct platform *p, const char *number, const char *full_name)
{
    if (!*p->conf.identity_url)
        return IDENTITY_MATCHES;
    CLEANUP(str) struct str answer = {0};
    long status = 0;
    struct err e = {0};
    struct provider *provider =
        provider_open(p->conf.identity_url, p->conf.identity_token_file, p->conf.identity_timeout_s, &e);
    CLEANUP(json) json_t *body = json_pack("{s:s,s:s}", "id", number, "full_name", full_name);
    bool ok = provider && provider_post(provider, body, &status, &answer, &e);
    provider_close(provider);
    CLEANUP(json) json_t *said = ok && status == 200 ? json_loadb(str_z(&answer), answer.len, 0, NULL) : NULL;
    const json_t *match = json_object_get(said, "match");
    if (json_is_boolean(match))
        return json_is_true(match) ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
    log_warn("identity", "status=%ld text=\"%s\"", status, e.text);
    return IDENTITY_AWAY;
}
