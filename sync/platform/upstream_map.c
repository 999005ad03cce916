/* upstream_map.c — the mapping: loaded, checked as a whole, and its body read backwards. What calls mean is interpreted from the JSON itself by
 * upstream_body.c and upstream_answer.c; after the check here they need not doubt its shape. */
#include "sync/platform/upstream_map.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/canon.h"

#include <stdio.h>
#include <string.h>

#define MAP_MOST     (1u << 20)
#define PLACES_MOST  1000
#define DEPTH_MOST   12
#define AT_SIZE      200
#define STATUS_MOST  200
#define NUMBERS_MOST 50

/* Where submit's body puts a field: "edu[].school" ← education, school. */
struct place {
    char *theirs;
    const char *section, *field; /* of the form set */
};

struct upstream_map {
    char *file;
    json_t *root;
    struct place *places;
    size_t n_places;
    const char **dictionaries;
    bool attaches;
};

/* --- saying what is wrong --- */

struct load {
    struct upstream_map *map;
    const struct form_set *forms;
    const char *vars; /* " name name " that the text in hand may use */
    bool places;      /* the tree in hand is submit's */
    struct err *e;
};

static bool fail(const struct load *l, const char *at, const char *expected)
{
    return err_set(l->e, ERR_CONFIG, "%s: %s: expected %s", l->map->file, at, expected);
}

static bool has_word(const char *list, const char *word, size_t len)
{
    for (const char *p = list; (p = strstr(p, word)); p += len)
        if (p > list && p[-1] == ' ' && p[len] == ' ')
            return true;
    return false;
}

/* Every member of o is one of names (" a b "). */
static bool members(const struct load *l, const json_t *o, const char *at, const char *names)
{
    const char *name;
    json_t *value;
    if (!json_is_object(o))
        return fail(l, at, "an object");
    json_object_foreach((json_t *)(uintptr_t)o, name, value)
    {
        if (*name != ' ' && has_word(names, name, strlen(name)))
            continue;
        return err_set(l->e, ERR_CONFIG, "%s: %s: \"%.40s\" is not one of:%s", l->map->file, at, name, names);
    }
    return true;
}

static const char *text(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static bool optional(const json_t *o, const char *name, json_type type)
{
    const json_t *v = json_object_get(o, name);
    return !v || json_typeof(v) == type;
}

static void under(char out[AT_SIZE], const char *at, const char *name)
{
    snprintf(out, AT_SIZE, "%.120s%s%.60s", at, *at ? "." : "", name);
}

static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

/* {variables}: each is one that there is. */
static bool braces(const struct load *l, const char *at, const char *z)
{
    for (const char *p = z; (p = strchr(p, '{'));) {
        if (p[1] == '{') {
            p += 2;
            continue;
        }
        size_t n = strspn(p + 1, plain);
        AUTOFREE char *name = xstrndup(p + 1, n);
        if (!n || p[1 + n] != '}' || !has_word(l->vars, name, n))
            return err_set(l->e, ERR_CONFIG, "%s: %s: \"{%.30s}\" is no variable here; there are:%s", l->map->file, at,
                           name, l->vars);
        p += n + 2;
    }
    return true;
}

/* --- trees --- */

static bool field_path(const struct load *l, const char *at, const char *path, const char *section,
                       struct doc_path *out)
{
    AUTOFREE char *whole = section && !strchr(path, '.') ? xasprintf("%s.%s", section, path) : xstrdup(path);
    char *dot = strchr(whole, '.');
    const struct form_section *s = NULL;
    const struct form_field *f = NULL;
    if (dot) {
        *dot = '\0';
        s = form_section_find(l->forms, whole);
        f = s ? form_field_find(s, dot + 1) : NULL;
    }
    bool repeats = s && s->many && (!section || strcmp(section, s->key) != 0);
    if (!f || repeats)
        return err_set(l->e, ERR_CONFIG, "%s: %s: \"%.80s\" %s", l->map->file, at, path,
                       f ? "repeats: name it within its $each" : "is no field of the forms");
    *out = (struct doc_path){s->key, NO_ENTRY, f->key};
    return true;
}

static bool place_add(const struct load *l, const char *theirs, struct doc_path p)
{
    struct upstream_map *m = l->map;
    if (!l->places)
        return true;
    if (m->n_places == PLACES_MOST)
        return fail(l, theirs, "at most 1000 fields");
    m->places = xrealloc(m->places, (m->n_places + 1) * sizeof *m->places);
    m->places[m->n_places++] = (struct place){xstrdup(theirs), p.section, p.field};
    return true;
}

static bool scalars(const json_t *o)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)o, name, v) if (json_is_object(v) || json_is_array(v)) return false;
    return true;
}

static bool date_ok(const char *z)
{
    return strstr(z, "yyyy") && strstr(z, "MM") && strlen(z) < 24;
}

static bool field_load(const struct load *l, const json_t *o, const char *at, const char *theirs, const char *section)
{
    static const char names[] = " $field max unit values name date as required otherwise ";
    const char *unit = text(o, "unit"), *as = text(o, "as"), *date = text(o, "date");
    const json_t *values = json_object_get(o, "values"), *max = json_object_get(o, "max");
    struct doc_path p;
    if (!members(l, o, at, names) || !text(o, "$field"))
        return text(o, "$field") ? false : fail(l, at, "$field: \"SECTION.FIELD\"");
    if (!field_path(l, at, text(o, "$field"), section, &p))
        return false;
    if (max && json_integer_value(max) < 1)
        return fail(l, at, "max: a number from 1");
    if (json_object_get(o, "unit") && (!unit || (strcmp(unit, "chars") != 0 && strcmp(unit, "bytes") != 0)))
        return fail(l, at, "unit: chars or bytes");
    if (json_object_get(o, "as") && (!as || (strcmp(as, "text") != 0 && strcmp(as, "number") != 0)))
        return fail(l, at, "as: text or number");
    if (json_object_get(o, "date") && (!date || !date_ok(date)))
        return fail(l, at, "date: a pattern of yyyy, MM, dd");
    if (values && (!json_is_object(values) || !scalars(values)))
        return fail(l, at, "values: {ours: theirs}");
    if ((json_object_get(o, "name") && !json_is_boolean(json_object_get(o, "name"))) ||
        (json_object_get(o, "required") && !json_is_boolean(json_object_get(o, "required"))))
        return fail(l, at, "name, required: true or false");
    return place_add(l, theirs, p);
}

static bool tree_load(const struct load *l, const json_t *t, const char *at, const char *theirs, const char *section,
                      int depth);

static bool each_load(const struct load *l, const json_t *o, const char *at, const char *theirs, int depth)
{
    const char *name = text(o, "$each");
    const struct form_section *s = name ? form_section_find(l->forms, name) : NULL;
    char place[AT_SIZE];
    if (!members(l, o, at, " $each max item "))
        return false;
    if (!s || !s->many || !json_object_get(o, "item"))
        return fail(l, at, "$each: a section that repeats, and item");
    if (json_object_get(o, "max") && json_integer_value(json_object_get(o, "max")) < 1)
        return fail(l, at, "max: a number from 1");
    snprintf(place, sizeof place, "%s[]", theirs);
    return place_add(l, theirs, (struct doc_path){s->key, NO_ENTRY, NULL}) &&
           tree_load(l, json_object_get(o, "item"), at, place, s->key, depth + 1);
}

static bool files_load(const struct load *l, const json_t *o, const char *at, const char *theirs, int depth)
{
    const json_t *list = json_object_get(o, "$files"), *row;
    size_t i;
    struct doc_path p = {0};
    if (!members(l, o, at, " $files item "))
        return false;
    if (!json_array_size(list) || !json_object_get(o, "item"))
        return fail(l, at, "$files: [\"SECTION.FIELD\"…], and item");
    json_array_foreach((json_t *)(uintptr_t)list, i, row)
    {
        const char *z = json_string_value(row);
        if (!z || !field_path(l, at, z, NULL, &p))
            return z ? false : fail(l, at, "$files: [\"SECTION.FIELD\"…]");
        if (!place_add(l, theirs, p))
            return false;
    }
    AUTOFREE char *vars = xasprintf("%sfile content name kind bytes digest ", l->vars);
    struct load inside = *l;
    inside.vars = vars;
    inside.places = false;
    return tree_load(&inside, json_object_get(o, "item"), at, theirs, NULL, depth + 1);
}

static bool object_load(const struct load *l, const json_t *o, const char *at, const char *theirs, const char *section,
                        int depth)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)o, name, v)
    {
        char deeper[AT_SIZE], place[AT_SIZE];
        if (*name == '$')
            return fail(l, at, "$field, $each or $files: nothing else begins with $");
        under(deeper, at, name);
        under(place, theirs, name);
        if (!tree_load(l, v, deeper, place, section, depth + 1))
            return false;
    }
    return true;
}

static bool tree_load(const struct load *l, const json_t *t, const char *at, const char *theirs, const char *section,
                      int depth)
{
    size_t i;
    json_t *v;
    if (depth > DEPTH_MOST)
        return fail(l, at, "fewer levels");
    if (json_is_string(t))
        return braces(l, at, json_string_value(t));
    if (!l->places && (json_object_get(t, "$field") || json_object_get(t, "$each") || json_object_get(t, "$files")))
        return fail(l, at, "$field, $each, $files in submit's body only, and nothing of them within $files");
    if (json_object_get(t, "$field"))
        return field_load(l, t, at, theirs, section);
    if (json_object_get(t, "$each"))
        return section ? fail(l, at, "no $each within $each") : each_load(l, t, at, theirs, depth);
    if (json_object_get(t, "$files"))
        return files_load(l, t, at, theirs, depth);
    if (json_is_object(t))
        return object_load(l, t, at, theirs, section, depth);
    json_array_foreach((json_t *)(uintptr_t)t, i, v)
    {
        if (!tree_load(l, v, at, theirs, section, depth + 1))
            return false;
    }
    return true;
}

/* --- calls --- */

/* What each call is made of: its own members, the variables of its texts, what "take" must and may hold. */
static const struct shape {
    const char *name, *own, *vars, *must, *may, *words;
} shapes[] = {
    {"token", " take ", " client secret ", " token ", " token expires ", " done refused "},
    {"login", " take ", " id password ", " ", " full_name mobile ", " done none locked "},
    {"profile", " person training ecerts ", " id ", "", "", " done none "},
    {"attach", " take ", " key declaration version receipt name kind bytes digest content ", " number ", " number ",
     " done refused "},
    {"submit", " take ", " key declaration version receipt proof unit_name unit_code received ", " number ", " number ",
     " done refused "},
    {"find", " take ", " key declaration version receipt ", " number ", " number ", " done none "},
    {"status", " most list take reasons ", " number numbers ", " number state ", " number state text at ",
     " done none "},
    {"units", " list take first ", " page ", " code name ", " code name superior ", " done "},
    {"*", " list take first ", " page ", " code name_zh ", NULL, " done "}, /* a dictionary: any columns */
};

static bool reasons_load(const struct load *l, const json_t *o, const char *at)
{
    int64_t from = json_integer_value(json_object_get(o, "from"));
    if (!o)
        return true;
    if (!members(l, o, at, " list path text from "))
        return false;
    if (!text(o, "list") || !text(o, "text") || !optional(o, "path", JSON_STRING) ||
        !optional(o, "from", JSON_INTEGER) || from < 0 || from > 1)
        return fail(l, at, "{\"list\",\"path\",\"text\",\"from\":0 or 1}");
    return true;
}

static bool rule_load(const struct load *l, const json_t *r, const char *at, const struct shape *s)
{
    static const char always[] = " token busy later ";
    const char *then = text(r, "then");
    char deeper[AT_SIZE];
    if (!members(l, r, at, " status member is then text reasons "))
        return false;
    if (!then || (!has_word(always, then, strlen(then)) && !has_word(s->words, then, strlen(then))))
        return err_set(l->e, ERR_CONFIG, "%s: %s: then: expected one of:%stoken busy later", l->map->file, at,
                       s->words);
    if (!json_object_get(r, "status") && !json_object_get(r, "member"))
        return fail(l, at, "a condition: status, member");
    if (!optional(r, "member", JSON_STRING) || !optional(r, "text", JSON_STRING) ||
        (json_object_get(r, "is") != NULL) != (json_object_get(r, "member") != NULL))
        return fail(l, at, "member with is, text: a place");
    under(deeper, at, "reasons");
    return reasons_load(l, json_object_get(r, "reasons"), deeper);
}

static bool answers_load(const struct load *l, const json_t *call, const char *at, const struct shape *s)
{
    const json_t *list = json_object_get(call, "answers"), *r;
    bool done = false;
    size_t i;
    if (!json_is_array(list))
        return fail(l, at, "answers: a list of rules");
    json_array_foreach((json_t *)(uintptr_t)list, i, r)
    {
        char deeper[AT_SIZE];
        snprintf(deeper, sizeof deeper, "%.150s.answers[%zu]", at, i);
        if (!rule_load(l, r, deeper, s))
            return false;
        done = done || !strcmp(text(r, "then"), "done");
    }
    return done || fail(l, at, "answers: a rule that says done");
}

static bool take_load(const struct load *l, const json_t *call, const char *at, const struct shape *s)
{
    const json_t *take = json_object_get(call, "take");
    const char *name;
    json_t *v;
    if (!has_word(s->own, "take", 4))
        return true;
    if (!json_is_object(take) || (s->may && !members(l, take, at, s->may)))
        return json_is_object(take) ? false : fail(l, at, "take: {name: place}");
    json_object_foreach((json_t *)(uintptr_t)take, name, v) if (!json_is_string(v)) return fail(l, at,
                                                                                                "take: {name: place}");
    for (const char *p = s->must; *(p += strspn(p, " "));) {
        size_t n = strcspn(p, " ");
        AUTOFREE char *need = xstrndup(p, n);
        if (!json_object_get(take, need))
            return err_set(l->e, ERR_CONFIG, "%s: %s: take: \"%s\" is missing", l->map->file, at, need);
        p += n;
    }
    return true;
}

static bool request_load(const struct load *l, const json_t *c, const char *at, const struct shape *s)
{
    const char *method = text(c, "method"), *path = text(c, "path"), *type = text(c, "type");
    const json_t *headers = json_object_get(c, "headers"), *h;
    size_t i;
    if (!method || !has_word(" GET POST PUT ", method, strlen(method)))
        return fail(l, at, "method: GET, POST or PUT");
    if (!path || *path != '/')
        return fail(l, at, "path: from a slash on; the address is the operator's");
    if (json_object_get(c, "type") && (!type || !has_word(" json form multipart bytes ", type, strlen(type))))
        return fail(l, at, "type: json, form, multipart or bytes");
    if (type && (!strcmp(type, "bytes") || !strcmp(type, "multipart")) && strcmp(s->name, "attach") != 0)
        return fail(l, at, "type bytes or multipart in attach only");
    if (type && strcmp(type, "json") != 0 && strcmp(type, "bytes") != 0 &&
        (!json_is_object(json_object_get(c, "body")) || !scalars(json_object_get(c, "body"))))
        return fail(l, at, "body: {name: text}");
    if (headers && !json_is_array(headers))
        return fail(l, at, "headers: [\"Name: value\"…]");
    json_array_foreach((json_t *)(uintptr_t)headers, i, h)
    {
        if (!json_is_string(h) || !strstr(json_string_value(h), ": ") || strpbrk(json_string_value(h), "\r\n"))
            return fail(l, at, "headers: [\"Name: value\"…]");
        AUTOFREE char *vars = xasprintf("%stoken ", l->vars);
        struct load inside = *l;
        inside.vars = vars;
        if (!braces(&inside, at, json_string_value(h)))
            return false;
    }
    return braces(l, at, path);
}

static bool call_load(struct load *l, const json_t *c, const char *at, const struct shape *s)
{
    AUTOFREE char *names = xasprintf(" method path headers type body answers%s", s->own);
    const json_t *list = json_object_get(c, "list"), *most = json_object_get(c, "most");
    l->vars = s->vars;
    l->places = !strcmp(s->name, "submit");
    if (!members(l, c, at, names) || !request_load(l, c, at, s) || !answers_load(l, c, at, s) ||
        !take_load(l, c, at, s) || !reasons_load(l, json_object_get(c, "reasons"), at))
        return false;
    if ((list && !json_is_string(list)) || !optional(c, "first", JSON_INTEGER))
        return fail(l, at, "list: a place, first: a number");
    if (most && (json_integer_value(most) < 1 || json_integer_value(most) > NUMBERS_MOST || !list))
        return fail(l, at, "most: 1 to 50, with a list");
    if (strchr(s->must, ' ') && has_word(s->own, "list", 4) && strcmp(s->name, "status") != 0 && !list)
        return fail(l, at, "list: the place of the rows");
    const json_t *body = json_object_get(c, "body");
    return !body || tree_load(l, body, at, "", NULL, 0);
}

static bool value_ok(const json_t *v)
{
    const char *date = text(v, "date");
    const json_t *values = json_object_get(v, "values");
    return json_is_string(v) || (text(v, "at") && (!json_object_get(v, "date") || (date && date_ok(date))) &&
                                 (!values || (json_is_object(values) && scalars(values))));
}

static bool rows_ok(const json_t *o)
{
    const char *name;
    json_t *v;
    if (!o)
        return true;
    if (!text(o, "list") || !json_is_object(json_object_get(o, "take")))
        return false;
    json_object_foreach(json_object_get(o, "take"), name, v) if (!value_ok(v)) return false;
    return true;
}

static bool profile_load(const struct load *l, const json_t *c)
{
    const char *path;
    json_t *v;
    struct doc_path p;
    json_object_foreach(json_object_get(c, "person"), path, v)
    {
        if (!value_ok(v))
            return fail(l, path, "a place, or {\"at\",\"date\",\"values\"}");
        if (!field_path(l, "calls.profile.person", path, NULL, &p))
            return false;
    }
    return (rows_ok(json_object_get(c, "training")) && rows_ok(json_object_get(c, "ecerts"))) ||
           fail(l, "calls.profile", "training, ecerts: {\"list\",\"take\":{name: place}}");
}

static bool calls_load(struct load *l, const json_t *calls)
{
    const char *name;
    json_t *c;
    if (!json_is_object(calls))
        return fail(l, "calls", "an object");
    json_object_foreach((json_t *)(uintptr_t)calls, name, c)
    {
        const struct shape *s = NULL;
        char at[AT_SIZE];
        for (size_t i = 0; i + 1 < ARRAY_LEN(shapes); i++)
            if (!strcmp(shapes[i].name, name))
                s = &shapes[i];
        under(at, "calls", name);
        if (!s)
            return fail(l, at, "token, login, profile, attach, submit, find, status or units");
        if (!call_load(l, c, at, s) || (!strcmp(name, "profile") && !profile_load(l, c)))
            return false;
    }
    return true;
}

static bool dictionaries_load(struct load *l, const json_t *all)
{
    const char *name;
    json_t *c;
    size_t n = 0;
    l->map->dictionaries = xcalloc(json_object_size(all) + 1, sizeof *l->map->dictionaries);
    json_object_foreach((json_t *)(uintptr_t)all, name, c)
    {
        char at[AT_SIZE];
        under(at, "dictionaries", name);
        if (!dict_find(l->forms, name))
            return fail(l, at, "a dictionary of the forms");
        if (!call_load(l, c, at, &shapes[ARRAY_LEN(shapes) - 1]))
            return false;
        l->map->dictionaries[n++] = name;
    }
    return true;
}

static bool states_load(const struct load *l, const json_t *root)
{
    static const char ours[] = " submitted_unit unit_review unit_returned submitted_superior superior_returned done ";
    const char *word;
    json_t *v;
    size_t i;
    const json_t *states = json_object_get(root, "states"), *final = json_object_get(root, "final");
    if (!json_object_size(states) || json_object_size(states) > STATUS_MOST)
        return fail(l, "states", "{\"their word\": \"our state\"}");
    json_object_foreach((json_t *)(uintptr_t)states, word,
                        v) if (!json_is_string(v) ||
                               !has_word(ours, json_string_value(v), strlen(json_string_value(v))) ||
                               strlen(word) >= UPSTREAM_SAID_SIZE) return fail(l, "states", ours);
    if (final && !json_is_array(final))
        return fail(l, "final", "a list of their words");
    json_array_foreach((json_t *)(uintptr_t) final, i, v)
    {
        if (!json_is_string(v))
            return fail(l, "final", "a list of their words");
    }
    return true;
}

static bool limits_load(const struct load *l, const json_t *o)
{
    size_t i;
    json_t *v;
    if (!o)
        return true;
    if (!members(l, o, "files", " max_bytes kinds max "))
        return false;
    if ((json_object_get(o, "max_bytes") && json_integer_value(json_object_get(o, "max_bytes")) < 1) ||
        (json_object_get(o, "max") && json_integer_value(json_object_get(o, "max")) < 1) ||
        !optional(o, "kinds", JSON_ARRAY))
        return fail(l, "files", "max_bytes, max: numbers from 1; kinds: a list");
    json_array_foreach(json_object_get(o, "kinds"), i, v)
    {
        if (!json_is_string(v))
            return fail(l, "files", "kinds: jpg, png, bmp, pdf");
    }
    return true;
}

/* Does a text anywhere in a tree hold this? */
static bool mentions(const json_t *t, const char *what)
{
    const char *name;
    json_t *v;
    size_t i;
    if (json_is_string(t))
        return strstr(json_string_value(t), what) != NULL;
    json_object_foreach((json_t *)(uintptr_t)t, name, v) if (mentions(v, what)) return true;
    json_array_foreach((json_t *)(uintptr_t)t, i, v) if (mentions(v, what)) return true;
    return false;
}

static bool whole_load(struct load *l, const json_t *root)
{
    struct upstream_map *m = l->map;
    const json_t *calls = json_object_get(root, "calls"), *submit = json_object_get(calls, "submit");
    if (!members(l, root, "(top)", " version name address calls dictionaries states final files ") ||
        !text(root, "version") || !text(root, "name") || !*text(root, "name") || !text(root, "address"))
        return l->e->code ? false : fail(l, "(top)", "version, name and address");
    if (!calls_load(l, calls) || !dictionaries_load(l, json_object_get(root, "dictionaries")) ||
        !states_load(l, root) || !limits_load(l, json_object_get(root, "files")))
        return false;
    if (!submit || !json_object_get(calls, "status") || !json_object_get(submit, "body"))
        return fail(l, "calls", "submit with a body, and status");
    if (!upstream_map_idempotent(m) && !json_object_get(calls, "find"))
        return fail(l, "calls.submit", "{key} in it, or a call find: a lost reply would double a record otherwise");
    bool files = mentions(json_object_get(submit, "body"), "{file}");
    if (files && !json_object_get(calls, "attach"))
        return fail(l, "calls.attach", "a call that gives {file} its number");
    m->attaches = files;
    return true;
}

struct upstream_map *upstream_map_load(const char *path, const struct form_set *forms, struct err *e)
{
    struct upstream_map *m = xcalloc(1, sizeof *m);
    struct load l = {.map = m, .forms = forms, .e = e};
    CLEANUP(str) struct str bytes = {0};
    struct err none = {0};
    if (!e)
        l.e = &none;
    err_clear(l.e);
    m->file = xstrdup(path);
    bool ok = file_read(path, MAP_MOST, &bytes, l.e);
    if (ok) {
        json_error_t where;
        m->root = json_loadb(str_z(&bytes), bytes.len, JSON_REJECT_DUPLICATES, &where);
        ok = m->root ? whole_load(&l, m->root)
                     : err_set(l.e, ERR_CONFIG, "%s:%d: expected JSON: %s", path, where.line, where.text);
    }
    if (ok)
        return m;
    upstream_map_destroy(m);
    return NULL;
}

void upstream_map_destroy(struct upstream_map *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n_places; i++)
        free(m->places[i].theirs);
    free(m->places);
    free(m->dictionaries);
    json_decref(m->root);
    free(m->file);
    free(m);
}

/* --- asking --- */

const char *upstream_map_name(const struct upstream_map *m)
{
    return text(m->root, "name");
}

const char *upstream_map_address(const struct upstream_map *m)
{
    return text(m->root, "address");
}

const json_t *upstream_map_call(const struct upstream_map *m, const char *name)
{
    return json_object_get(json_object_get(m->root, "calls"), name);
}

const json_t *upstream_map_dictionary(const struct upstream_map *m, const char *name)
{
    return json_object_get(json_object_get(m->root, "dictionaries"), name);
}

const char *const *upstream_map_dictionaries(const struct upstream_map *m)
{
    return m->dictionaries;
}

const json_t *upstream_map_files(const struct upstream_map *m)
{
    return json_object_get(m->root, "files");
}

size_t upstream_map_status_most(const struct upstream_map *m)
{
    json_int_t most = json_integer_value(json_object_get(upstream_map_call(m, "status"), "most"));
    return most > 0 ? (size_t)most : 1;
}

bool upstream_map_idempotent(const struct upstream_map *m)
{
    const json_t *submit = upstream_map_call(m, "submit");
    return mentions(submit, "{key}");
}

bool upstream_map_attaches(const struct upstream_map *m)
{
    return m->attaches;
}

const char *upstream_map_state(const struct upstream_map *m, const char *word)
{
    const char *z = text(json_object_get(m->root, "states"), word);
    return z ? z : "";
}

bool upstream_map_final(const struct upstream_map *m, const char *word)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(m->root, "final"), i, v)
    {
        if (!strcmp(json_string_value(v), word))
            return true;
    }
    return false;
}

/* --- the body backwards --- */

/* "edu[2].school" → "edu[].school" and 2; "edu.2.school" as well. index: −1 where there is none. */
static void strip(const char *theirs, struct str *out, long *index)
{
    *index = -1;
    for (const char *p = theirs; *p;) {
        bool bracket = *p == '[';
        size_t digits = bracket || *p == '.' ? strspn(p + 1, "0123456789") : 0;
        char behind = digits ? p[1 + digits] : '\0';
        if (digits && digits < 6 && (bracket ? behind == ']' : behind == '.' || !behind)) {
            *index = strtol(p + 1, NULL, 10);
            str_puts(out, "[]");
            p += 1 + digits + bracket;
        } else {
            str_putc(out, *p++);
        }
    }
}

static const char *last_name(const char *z)
{
    const char *dot = strrchr(z, '.');
    return dot ? dot + 1 : z;
}

/* The place itself, else the only one that ends with this name. */
static const struct place *place_find(const struct upstream_map *m, const char *theirs)
{
    const struct place *found = NULL;
    for (size_t i = 0; i < m->n_places; i++)
        if (!strcmp(m->places[i].theirs, theirs))
            return &m->places[i];
    for (size_t i = 0; i < m->n_places; i++) {
        if (strcmp(last_name(m->places[i].theirs), last_name(theirs)) != 0)
            continue;
        if (found && (strcmp(found->section, m->places[i].section) != 0 || found->field != m->places[i].field))
            return NULL;
        found = &m->places[i];
    }
    return found;
}

/* "files[].name" → "files[]" → "files". False: nothing is left. */
static bool shorten(struct str *bare)
{
    size_t n = bare->len;
    if (n > 2 && !strcmp(bare->p + n - 2, "[]"))
        n -= 2;
    else
        while (n && bare->p[--n] != '.')
            ;
    if (!bare->p || n >= bare->len)
        return false;
    bare->p[n] = '\0';
    bare->len = n;
    return n > 0;
}

void map_path(const struct upstream_map *m, const char *theirs, int from, struct str *out)
{
    CLEANUP(str) struct str bare = {0};
    long index;
    strip(theirs, &bare, &index);
    const struct place *p = bare.len ? place_find(m, str_z(&bare)) : NULL;
    while (!p && shorten(&bare)) /* the part of a file, of a group: the whole of it */
        p = place_find(m, str_z(&bare));
    if (!p)
        return;
    str_printf(out, "form.%s", p->section);
    if (strstr(p->theirs, "[]") && index >= from)
        str_printf(out, ".%ld", index - from + 1);
    else if (strstr(p->theirs, "[]"))
        return; /* an entry of which nobody says which */
    if (p->field)
        str_printf(out, ".%s", p->field);
}
