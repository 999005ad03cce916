/* rules.c — assets/rules: what a file must be, and which titles are to be entered. */
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/canon.h"
#include "sync/record/form_set.h"

#include <stdio.h>
#include <string.h>

static bool words_load(const struct load *l, const json_t *o, const char *name, const char *const **out, size_t *n)
{
    const json_t *v = json_object_get(o, name);
    if (!json_is_array(v) || !json_array_size(v))
        return load_fail(l, name, "expected a list of words");
    const char **words = set_alloc(l->set, json_array_size(v) * sizeof *words);
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (!json_is_string(json_array_get(v, i)))
            return load_fail(l, name, "expected a list of words");
        words[i] = set_strdup(l->set, json_string_value(json_array_get(v, i)));
    }
    *out = words;
    *n = json_array_size(v);
    return true;
}

static bool files_load(const struct load *l, const json_t *o)
{
    static const char *const names[] = {"version", "max_bytes", "max_per_field", "kinds", "extensions", NULL};
    struct file_rules *r = &l->set->files;
    if (!load_members(l, o, "files", names))
        return false;
    r->max_bytes = json_integer_value(json_object_get(o, "max_bytes"));
    r->max_per_field = (int)json_integer_value(json_object_get(o, "max_per_field"));
    if (r->max_bytes < 1 || r->max_per_field < 1)
        return load_fail(l, "max_bytes, max_per_field", "expected numbers from 1");
    return words_load(l, o, "kinds", &r->kinds, &r->n_kinds) &&
           words_load(l, o, "extensions", &r->extensions, &r->n_extensions);
}

static bool answer_load(const struct load *l, const json_t *when, const char *at, const char *name, int *out)
{
    static const char *const answers[] = {[ANSWER_NO] = "no", [ANSWER_YES] = "yes", [ANSWER_UNSURE] = "unsure"};
    const json_t *v = json_object_get(when, name);
    *out = -1;
    if (!v)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        if (json_is_string(v) && strcmp(json_string_value(v), answers[i]) == 0)
            *out = (int)i;
    return *out >= 0 || load_fail(l, at, "%s: expected yes, no or unsure", name);
}

static bool rule_date(const struct load *l, const json_t *when, const char *at, const char *name, const char **out)
{
    if (!load_string(l, when, at, name, out))
        return false;
    return !*out || (date_check(*out) && strlen(*out) == 10) || load_fail(l, at, "%s: expected YYYY-MM-DD", name);
}

static bool rule_load(const struct load *l, const json_t *o, const char *at, struct eligibility_rule *r)
{
    static const char *const names[] = {"when", "needed", "reason", NULL};
    static const char *const when_names[] = {"before", "after", "ecert", "by_exam", "date", NULL};
    const json_t *when = json_object_get(o, "when");
    const char *date = NULL;
    if (!json_is_object(when) || !json_is_boolean(json_object_get(o, "needed")))
        return load_fail(l, at, "expected when, needed and reason");
    if (!load_members(l, o, at, names) || !load_members(l, when, at, when_names) ||
        !load_bool(l, o, at, "needed", &r->verdict.needed) || !load_string(l, o, at, "reason", &r->verdict.reason) ||
        !rule_date(l, when, at, "before", &r->before) || !rule_date(l, when, at, "after", &r->after) ||
        !load_string(l, when, at, "date", &date) || !answer_load(l, when, at, "ecert", &r->ecert) ||
        !answer_load(l, when, at, "by_exam", &r->by_exam))
        return false;
    if (!r->verdict.reason || (date && strcmp(date, "unknown") != 0))
        return load_fail(l, at, "expected a reason; date: \"unknown\"");
    r->date_unknown = date != NULL;
    return true;
}

static bool eligibility_load(const struct load *l, const json_t *o)
{
    static const char *const names[] = {"version", "order", NULL};
    const json_t *order = json_object_get(o, "order");
    if (!load_members(l, o, "eligibility", names))
        return false;
    if (!json_is_array(order) || !json_array_size(order))
        return load_fail(l, "order", "expected a list of rules");
    struct form_set *f = l->set;
    f->n_eligibility = json_array_size(order);
    f->eligibility = set_alloc(f, f->n_eligibility * sizeof *f->eligibility);
    for (size_t i = 0; i < f->n_eligibility; i++) {
        char at[AT_SIZE];
        snprintf(at, sizeof at, "order[%zu]", i);
        if (!rule_load(l, json_array_get(order, i), at, &f->eligibility[i]))
            return false;
    }
    const struct eligibility_rule *last = &f->eligibility[f->n_eligibility - 1];
    if (last->before || last->after || last->date_unknown || last->ecert >= 0 || last->by_exam >= 0)
        return load_fail(l, "order", "expected a last rule for everything else");
    return true;
}

static bool rule_file(struct form_set *f, const char *dir, const char *name,
                      bool (*load)(const struct load *, const json_t *), struct err *e)
{
    AUTOFREE char *path = path_join(dir, name);
    CLEANUP(json) json_t *v = asset_json(path, e);
    struct load l = {.set = f, .file = path, .e = e};
    return v && load(&l, v);
}

static bool manifest_load(const struct load *l, const json_t *v)
{
    static const char *const names[] = {"version", "date", "files", NULL};
    if (!load_members(l, v, "manifest", names) || !load_string(l, v, "manifest", "version", &l->set->rules_version) ||
        !load_date(l, v))
        return false;
    return l->set->rules_version || load_fail(l, "version", "expected a version");
}

bool rules_load(struct form_set *f, const char *dir, struct err *e)
{
    return rule_file(f, dir, "manifest.json", manifest_load, e) && rule_file(f, dir, "files.json", files_load, e) &&
           rule_file(f, dir, "eligibility.json", eligibility_load, e);
}
