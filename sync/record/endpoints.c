/* endpoints.c — rules/endpoints.json: the platform's address for people at home, and the hosts that a kiosk may speak to
 * (R017). {"version":…,"home":"https://www.xjzcsq.com","hosts":["kiosk.example.gov.cn",…]}; no hosts: the one that the
 * enrolment names. */
#include "sync/record/form_set.h"

#include <string.h>
#include <strings.h>

static bool host_ok(const char *z)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    size_t n = z ? strlen(z) : 0;
    return n && n < 254 && strspn(z, allowed) == n;
}

bool endpoints_load(const struct load *l, const json_t *o)
{
    static const char *const names[] = {"version", "home", "hosts", NULL};
    const json_t *hosts = json_object_get(o, "hosts");
    struct form_set *f = l->set;
    if (!load_members(l, o, "endpoints", names) || !load_string(l, o, "endpoints", "home", &f->home))
        return false;
    if (!f->home || strncmp(f->home, "https://", 8) != 0 || strlen(f->home) > 100 || strpbrk(f->home, " \"<>\\"))
        return load_fail(l, "home", "expected an address with https://");
    if (!json_is_array(hosts) || json_array_size(hosts) > 16)
        return load_fail(l, "hosts", "expected a list of at most 16 host names");
    const char **list = set_alloc(f, (json_array_size(hosts) + 1) * sizeof *list);
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        const char *z = json_string_value(json_array_get(hosts, i));
        if (!host_ok(z))
            return load_fail(l, "hosts", "expected host names in small letters, without port or path");
        list[i] = set_strdup(f, z);
    }
    f->hosts = list;
    f->n_hosts = json_array_size(hosts);
    return true;
}

const char *form_set_home(const struct form_set *f)
{
    return f->home ? f->home : "";
}

bool form_set_host_ok(const struct form_set *f, const char *host)
{
    for (size_t i = 0; i < f->n_hosts; i++)
        if (strcasecmp(f->hosts[i], host) == 0)
            return true;
    return !f->n_hosts;
}
