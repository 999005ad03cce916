#include "sync/platform/roles.h"

#include <string.h>

static const struct role_row rows[] = {
    {ROLE_UNIT, "unit_admin", true, "/review"},
    {ROLE_SUPERIOR, "superior_admin", true, "/review"},
    {ROLE_REGION, "region_admin", false, "/review"},
    {ROLE_OPERATOR, "operator", false, "/review/devices"},
};

const struct role_row *role_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (name && !strcmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

const struct role_row *role_at(size_t i)
{
    return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}

struct db_scope role_scope(const struct db_user *u)
{
    const struct role_row *r = role_find(u->role);
    struct db_scope s = {DB_SCOPE_NONE, u->unit};
    if (!r)
        return s;
    switch (r->role) {
    case ROLE_UNIT:
        s.kind = u->unit ? DB_SCOPE_UNIT : DB_SCOPE_NONE;
        break;
    case ROLE_SUPERIOR:
        s.kind = u->unit ? DB_SCOPE_SUPERIOR : DB_SCOPE_NONE;
        break;
    case ROLE_REGION:
        s.kind = DB_SCOPE_ALL;
        break;
    case ROLE_OPERATOR:
    case ROLE_READERS:
        break;
    }
    return s;
}

bool role_listed(const char *roles, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = roles; *p; p += strcspn(p, ", "), p += strspn(p, ", "))
        if (strcspn(p, ", ") == len && !strncmp(p, name, len))
            return true;
    return false;
}
