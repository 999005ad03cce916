/* Which hosts this kiosk may speak to: rules/endpoints.json of the set in force, signed with it. A package that names
 * other hosts than the one in use is refused: it would be the last that could ever come. */
#include "sync/agent/agent.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/record/asset_set.h"
#include "sync/record/form.h"
#include "sync/store/settings.h"

#include <string.h>

static char *host_of(const char *url)
{
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    size_t n = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/");
    return xstrndup(at, n);
}

static bool allowed(const struct agent *a, const char *path, struct err *e)
{
    AUTOFREE char *host = host_of(a->base_url);
    struct form_set *f = form_set_load(path, e);
    if (!f)
        return false;
    bool ok = form_set_host_ok(f, host) ||
              err_set(e, ERR_DENIED,
                      "rules/endpoints.json: hosts: %.100s, which this kiosk speaks to, is not among them", host);
    form_set_destroy(f);
    return ok;
}

bool endpoint_keep(void *ctx, const char *path, const struct asset_set *set, struct err *e)
{
    const struct agent *a = ctx;
    (void)set;
    return allowed(a, path, e);
}

void endpoint_look(struct agent *a)
{
    AUTOFREE char *dir = path_join(a->conf.store, STORE_ASSETS), *path = asset_set_path(dir, a->conf.assets);
    struct err e = {0};
    /* Assets that do not load are no reason to fall silent: the app says so, and an update may mend it. */
    a->endpoint_denied = a->base_url && !allowed(a, path, &e) && e.code == ERR_DENIED;
    if (a->endpoint_denied)
        log_error("agent.endpoint", "why=\"%s\"", e.text);
    else if (e.code)
        log_warn("agent.endpoint", "assets=%s why=\"%s\"", path, e.text);
}
