/* roles.h — who may do what at the pages. A role is a row of one table; what it may see of declarations is a scope that
 * the database applies, what it may open is a bit that each page asks for. */
#ifndef BULU_PLATFORM_ROLES_H
#define BULU_PLATFORM_ROLES_H

#include "sync/platform/db_review.h"
#include "sync/platform/db_staff.h"

enum role {
    ROLE_UNIT = 1,     /* unit_admin: decides what its own unit gets */
    ROLE_SUPERIOR = 2, /* superior_admin: decides what units below its own have passed on */
    ROLE_REGION = 4,   /* region_admin: sees all, exports, keeps the directory of units */
    ROLE_OPERATOR = 8, /* operator: devices, alarms, users; nobody's content */
    ROLE_READERS = ROLE_UNIT | ROLE_SUPERIOR | ROLE_REGION
};

struct role_row {
    enum role role;
    const char *name; /* as stored and as commands take it; words for people: "role.NAME" */
    bool has_unit;
    const char *home; /* first page */
};
/* NULL: no such role. */
const struct role_row *role_find(const char *name);
const struct role_row *role_at(size_t i); /* NULL behind the last */
struct db_scope role_scope(const struct db_user *u);
/* Is the name among roles (names by commas)? */
bool role_listed(const char *roles, const char *name);

#endif
