#include "sync/protocol/updates.h"

#include "sync/base/bytes.h"

#include <string.h>

void wire_updates_finish(struct wire_updates *u)
{
    for (size_t i = 0; i < u->n_statuses; i++) {
        free(u->statuses[i].text);
        free(u->statuses[i].reasons);
    }
    free(u->statuses);
    json_decref(u->notices);
    json_decref(u->settings);
    json_decref(u->packages);
    *u = (struct wire_updates){0};
}

static json_t *status_json(const struct wire_status *s)
{
    json_t *j = json_pack("{s:s,s:i,s:s,s:s,s:I}", "declaration", s->declaration, "version", s->version, "receipt",
                          s->receipt, "state", s->state, "at", (json_int_t)s->at_ms);
    if (s->text && *s->text)
        json_object_set_new(j, "text", json_string(s->text));
    if (s->reasons && *s->reasons)
        json_object_set_new(j, "reasons", json_loads(s->reasons, 0, NULL));
    return j;
}

void wire_updates_write(const struct wire_updates *u, struct str *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < u->n_statuses; i++)
        json_array_append_new(list, status_json(&u->statuses[i]));
    json_t *j = json_pack("{s:s,s:b,s:I,s:o}", "cursor", u->cursor, "more", u->more, "time", (json_int_t)u->time_ms,
                          "statuses", list);
    if (u->notices)
        json_object_set(j, "notices", u->notices);
    if (u->settings)
        json_object_set(j, "settings", u->settings);
    if (u->packages)
        json_object_set(j, "packages", u->packages);
    char *text = json_dumps(j, JSON_COMPACT);
    str_puts(out, text ? text : "{}");
    free(text);
    json_decref(j);
}

static bool reasons_parse(const json_t *j, char **out, struct err *e)
{
    size_t i;
    json_t *row;
    if (!j) {
        *out = xstrdup("");
        return true;
    }
    if (!json_is_array(j))
        return err_set(e, ERR_FORMAT, "updates: reasons are not a list");
    json_array_foreach((json_t *)j, i, row)
    {
        if (!json_is_string(json_object_get(row, "path")) || !json_is_string(json_object_get(row, "reason")))
            return err_set(e, ERR_FORMAT, "updates: a reason without path and reason");
    }
    *out = json_dumps(j, JSON_COMPACT);
    return *out || err_set(e, ERR_FORMAT, "updates: reasons");
}

static bool status_parse(const json_t *j, struct wire_status *s, struct err *e)
{
    const char *declaration = json_string_value(json_object_get(j, "declaration"));
    const char *receipt = json_string_value(json_object_get(j, "receipt"));
    const char *state = json_string_value(json_object_get(j, "state"));
    const char *text = json_string_value(json_object_get(j, "text"));
    json_int_t version = json_integer_value(json_object_get(j, "version"));
    const json_t *at = json_object_get(j, "at");
    if (!declaration || !uuid_valid(declaration) || !state || !zcopy(s->state, sizeof s->state, state) || version < 1 ||
        version > 1 << 20 || !json_is_integer(at))
        return err_set(e, ERR_FORMAT, "updates: a status without declaration, version, state and at");
    zcopy(s->declaration, sizeof s->declaration, declaration);
    zcopy(s->receipt, sizeof s->receipt, receipt ? receipt : "");
    s->version = (int)version;
    s->at_ms = json_integer_value(at);
    if (!reasons_parse(json_object_get(j, "reasons"), &s->reasons, e))
        return false;
    s->text = xstrdup(text ? text : "");
    return true;
}

static json_t *member(const json_t *j, const char *name)
{
    json_t *m = json_object_get(j, name);
    return m ? json_incref(m) : NULL;
}

static bool parse(const json_t *j, struct wire_updates *u, struct err *e)
{
    const char *cursor = json_string_value(json_object_get(j, "cursor"));
    const json_t *list = json_object_get(j, "statuses");
    if (!cursor || !zcopy(u->cursor, sizeof u->cursor, cursor) || !json_is_array(list))
        return err_set(e, ERR_FORMAT, "updates: no cursor or statuses");
    u->more = json_is_true(json_object_get(j, "more"));
    u->time_ms = json_integer_value(json_object_get(j, "time"));
    u->statuses = xcalloc(json_array_size(list) + 1, sizeof *u->statuses);
    for (size_t i = 0; i < json_array_size(list); i++, u->n_statuses++)
        if (!status_parse(json_array_get(list, i), &u->statuses[i], e))
            return false;
    u->notices = member(j, "notices");
    u->settings = member(j, "settings");
    u->packages = member(j, "packages");
    if ((u->notices && !json_is_array(u->notices)) || (u->settings && !json_is_object(u->settings)) ||
        (u->packages && !json_is_array(u->packages)))
        return err_set(e, ERR_FORMAT, "updates: notices, settings or packages of a wrong kind");
    return true;
}

bool wire_updates_parse(const void *bytes, size_t len, struct wire_updates *out, struct err *e)
{
    json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    struct wire_updates u = {0};
    bool ok = json_is_object(j) ? parse(j, &u, e) : err_set(e, ERR_FORMAT, "updates: not a JSON object");
    json_decref(j);
    if (ok)
        *out = u;
    else
        wire_updates_finish(&u);
    return ok;
}
