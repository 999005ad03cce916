#include "tests/support/broken.h"

#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

/* The declaration as a sealed payload carries it: {"person":…,"title":…}, with the row's changes made by hand. */
static json_t *scope_of(const struct doc *d, enum form_scope scope)
{
    CLEANUP(str) struct str bytes = {0};
    struct err e = {0};
    assert_true(doc_export(d, scope, &bytes, &e));
    json_t *v = canon_parse(bytes.p, bytes.len, &e);
    assert_non_null(v);
    return v;
}

/* The object that holds the fields of "form.SECTION[.N].FIELD"; last: the field. */
static json_t *holder(json_t *sections, const char *path, char *field, size_t size)
{
    char words[128], *part[4] = {0};
    size_t n = 0;
    zcopy(words, sizeof words, path + strlen("form."));
    for (char *rest = words; rest && n < ARRAY_LEN(part);)
        part[n++] = strsep(&rest, ".");
    zcopy(field, size, part[n - 1]);
    json_t *s = json_object_get(sections, part[0]);
    if (n == 2) {
        if (!s)
            json_object_set_new(sections, part[0], s = json_object());
        return s;
    }
    if (!json_is_array(s))
        json_object_set_new(sections, part[0], s = json_array());
    while (json_array_size(s) < (size_t)atoi(part[1]))
        json_array_append_new(s, json_object());
    return json_array_get(s, (size_t)atoi(part[1]) - 1);
}

static json_t *sections_of(json_t *payload, const char *path)
{
    char key[64];
    const char *name = strncmp(path, "form.", 5) == 0 ? path + 5 : path;
    snprintf(key, sizeof key, "%.*s", (int)strcspn(name, "."), name);
    const struct form_section *s = form_section_find(test_forms(), key);
    assert_non_null(s);
    return json_object_get(json_object_get(payload, s->scope == SCOPE_PERSON ? "person" : "title"), "sections");
}

json_t *broken_of(const struct doc *d, const json_t *row)
{
    json_t *payload = json_pack("{s:o,s:o}", "person", scope_of(d, SCOPE_PERSON), "title", scope_of(d, SCOPE_TITLE));
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(row, "sections"), key, value)
        json_object_set(sections_of(payload, key), key, value);
    json_object_foreach(json_object_get(row, "set"), key, value)
    {
        char field[64];
        json_t *o = holder(sections_of(payload, key), key, field, sizeof field);
        if (json_is_null(value))
            json_object_del(o, field);
        else
            json_object_set(o, field, value);
    }
    return payload;
}

json_t *broken_payload(const json_t *row)
{
    struct doc *d = test_declaration();
    json_t *payload = broken_of(d, row);
    doc_destroy(d);
    return payload;
}

struct doc *broken_doc(const json_t *payload)
{
    struct doc *d = doc_create(test_forms());
    struct err e = {0};
    json_t *copy = json_deep_copy(payload);
    if (!doc_import_json(d, json_object_get(copy, "person"), &e) ||
        !doc_import_json(d, json_object_get(copy, "title"), &e))
        fail_msg("%s", e.text);
    json_decref(copy);
    return d;
}
