#include "sync/platform/profiles.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/opened.h"

#include <string.h>

/* A submission whose key or forms are gone is no reason to refuse a login: the person fills the sections again. */
static json_t *scope_of_submission(struct platform *p, const char *declaration, int version)
{
    CLEANUP(opened) struct opened o = {0};
    struct err e = {0};
    if (opened_load(p, declaration, version, &o, &e))
        return json_incref(json_object_get(o.payload, "person"));
    log_warn("profile.submission", "code=%s text=\"%s\"", err_code_name(e.code), e.text);
    return NULL;
}

bool profile_load(struct platform *p, const char *tag, json_t **person, int64_t *version, struct err *e)
{
    struct db_profile row = {0};
    if (!p->db->accounts->profile(p->db, tag, &row, e))
        return false;
    json_t *scope = NULL;
    bool ok = true;
    if (row.sealed.len)
        ok = (scope = person_open(p, "profile", tag, row.sealed.p, row.sealed.len, e)) != NULL;
    else if (*row.declaration)
        scope = scope_of_submission(p, row.declaration, row.declaration_version);
    if (ok) {
        *person = scope;
        *version = row.version;
    }
    db_profile_finish(&row);
    return ok;
}

bool scope_answers(const json_t *scope, const char *field)
{
    const char *dot = strchr(field, '.');
    AUTOFREE char *section = xstrndup(field, dot ? (size_t)(dot - field) : strlen(field));
    const json_t *value =
        json_object_get(json_object_get(json_object_get(scope, "sections"), section), dot ? dot + 1 : "");
    return json_is_array(value) ? json_array_size(value) > 0 : value != NULL;
}
