#include "sync/protocol/problem.h"

#include <string.h>

#define TYPE_PREFIX "urn:bulu:problem:"

static const struct {
    const char *slug;
    int status;
    const char *title;
} kinds[PROBLEM_KINDS] = {
#define X(name, slug, status, title) [PROBLEM_##name] = {slug, status, title},
    PROBLEM_LIST(X)
#undef X
};

int problem_status(enum problem_kind k)
{
    return kinds[k].status;
}

const char *problem_slug(enum problem_kind k)
{
    return kinds[k].slug;
}

json_t *problem_json(enum problem_kind k, const char *detail)
{
    char type[64];
    zcopy(type, sizeof type, TYPE_PREFIX);
    zcopy(type + strlen(type), sizeof type - strlen(type), kinds[k].slug);
    json_t *j = json_pack("{s:s,s:s,s:i}", "type", type, "title", kinds[k].title, "status", kinds[k].status);
    if (detail && *detail)
        json_object_set_new(j, "detail", json_string(detail));
    return j;
}

void problem_write(enum problem_kind k, const char *detail, struct str *out)
{
    json_t *j = problem_json(k, detail);
    char *text = json_dumps(j, JSON_COMPACT);
    str_puts(out, text ? text : "{}");
    free(text);
    json_decref(j);
}

bool problem_from_json(const json_t *j, struct problem *out)
{
    const char *type = json_string_value(json_object_get(j, "type"));
    const char *title = json_string_value(json_object_get(j, "title"));
    const char *detail = json_string_value(json_object_get(j, "detail"));
    if (!json_is_object(j) || !type)
        return false;
    struct problem p = {.kind = PROBLEM_KINDS};
    json_int_t status = json_integer_value(json_object_get(j, "status"));
    p.status = status >= 100 && status <= 599 ? (int)status : 0;
    zcopy(p.title, sizeof p.title, title ? title : "");
    zcopy(p.detail, sizeof p.detail, detail ? detail : "");
    if (!strncmp(type, TYPE_PREFIX, strlen(TYPE_PREFIX)))
        for (int k = 0; k < PROBLEM_KINDS; k++)
            if (!strcmp(type + strlen(TYPE_PREFIX), kinds[k].slug))
                p.kind = (enum problem_kind)k;
    *out = p;
    return true;
}

bool problem_parse(const void *bytes, size_t len, struct problem *out)
{
    json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = j && problem_from_json(j, out);
    json_decref(j);
    return ok;
}
