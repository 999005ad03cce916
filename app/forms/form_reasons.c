#include "app/forms/form_reasons.h"

#include <string.h>

#define MAX_REASONS 200

static char *answer_bytes(const struct doc *d, struct doc_path p)
{
    struct str out = {0};
    struct err e;
    const json_t *value = p.field ? doc_get(d, p) : NULL;
    if (value && !canon_write(value, &out, &e))
        str_clear(&out);
    return str_take(&out);
}

void form_reasons_load(struct form_reasons *r, const struct doc *d, const char *json)
{
    form_reasons_finish(r);
    json_t *list = json_loads(json ? json : "", 0, NULL);
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n && r->n < MAX_REASONS; i++) {
        const json_t *o = json_array_get(list, i);
        const char *path = json_string_value(json_object_get(o, "path"));
        const char *text = json_string_value(json_object_get(o, "reason"));
        if (!text || !*text)
            continue;
        struct form_reason row = {0};
        zcopy(row.path, sizeof row.path, path ? path : "");
        if (!doc_path_parse(doc_forms(d), row.path, &row.at))
            row.at = (struct doc_path){NULL, NO_ENTRY, NULL};
        row.text = xstrdup(text);
        const char *was = json_string_value(json_object_get(o, "was"));
        row.was = !row.at.section ? NULL : was ? xstrdup(was) : answer_bytes(d, row.at);
        r->rows = xrealloc(r->rows, (r->n + 1) * sizeof *r->rows);
        r->rows[r->n++] = row;
    }
    json_decref(list);
}

void form_reasons_write(const struct form_reasons *r, struct str *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s*}", "path", r->rows[i].path, "reason", r->rows[i].text,
                                              "was", r->rows[i].was));
    char *text = json_dumps(list, JSON_COMPACT);
    str_puts(out, text);
    free(text);
    json_decref(list);
}

void form_reasons_finish(struct form_reasons *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->rows[i].text);
        free(r->rows[i].was);
    }
    free(r->rows);
    memset(r, 0, sizeof *r);
}

bool form_reason_open(const struct form_reason *row, const struct doc *d)
{
    if (!row->at.section || !row->at.field)
        return true;
    char *now = answer_bytes(d, row->at);
    bool open = strcmp(now, row->was ? row->was : "") == 0;
    free(now);
    return open;
}

static bool same_path(struct doc_path a, struct doc_path b)
{
    return a.section && b.section && a.field && b.field && a.entry == b.entry && strcmp(a.section, b.section) == 0 &&
           strcmp(a.field, b.field) == 0;
}

const char *form_reason_at(const struct form_reasons *r, const struct doc *d, struct doc_path p)
{
    for (size_t i = 0; i < r->n; i++)
        if (same_path(r->rows[i].at, p))
            return form_reason_open(&r->rows[i], d) ? r->rows[i].text : NULL;
    return NULL;
}

size_t form_reasons_open(const struct form_reasons *r, const struct doc *d)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += form_reason_open(&r->rows[i], d);
    return n;
}
