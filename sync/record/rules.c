/* rules.c — assets/rules: what a file must be, and which titles are to be entered; phases.c has the rest. */
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
    static const char *const names[] = {"when", "unless", "needed", "reason", NULL};
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

/* {"by_exam_open":false}: what an authority turns on without a rule being written anew. */
static bool switches_load(const struct load *l, const json_t *o)
{
    struct form_set *f = l->set;
    const char *name;
    json_t *value;
    if (o && (!json_is_object(o) || json_object_size(o) > SWITCHES_MAX))
        return load_fail(l, "switches", "expected at most %d of them", SWITCHES_MAX);
    json_object_foreach((json_t *)(uintptr_t)o, name, value)
    {
        if (!json_is_boolean(value))
            return load_fail(l, "switches", "%.40s: expected true or false", name);
        f->switches[f->n_switches].name = set_strdup(f, name);
        f->switches[f->n_switches++].on = json_is_true(value);
    }
    return true;
}

bool switch_find(const struct form_set *f, const char *name, bool *on)
{
    for (size_t i = 0; name && i < f->n_switches; i++)
        if (strcmp(f->switches[i].name, name) == 0) {
            *on = f->switches[i].on;
            return true;
        }
    return false;
}

static bool eligibility_load(const struct load *l, const json_t *o)
{
    static const char *const names[] = {"version", "switches", "ecert_since", "order", NULL};
    const json_t *order = json_object_get(o, "order");
    if (!load_members(l, o, "eligibility", names) || !switches_load(l, json_object_get(o, "switches")) ||
        !load_int(l, o, "eligibility", "ecert_since", &l->set->ecert_since))
        return false;
    if (!json_is_array(order) || !json_array_size(order))
        return load_fail(l, "order", "expected a list of rules");
    struct form_set *f = l->set;
    f->eligibility = set_alloc(f, json_array_size(order) * sizeof *f->eligibility);
    for (size_t i = 0; i < json_array_size(order); i++) {
        char at[AT_SIZE];
        bool off = false;
        const json_t *unless = json_object_get(json_array_get(order, i), "unless");
        snprintf(at, sizeof at, "order[%zu]", i);
        if (!rule_load(l, json_array_get(order, i), at, &f->eligibility[f->n_eligibility]))
            return false;
        if (unless && !switch_find(f, json_string_value(unless), &off))
            return load_fail(l, at, "unless: expected a switch");
        if (off)
            f->eligibility[f->n_eligibility] = (struct eligibility_rule){0};
        else
            f->n_eligibility++;
    }
    if (!f->n_eligibility)
        return load_fail(l, "order", "expected a last rule for everything else");
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

/* A file that versions of before do not have. */
static bool later_file(struct form_set *f, const char *dir, const char *name,
                       bool (*load)(const struct load *, const json_t *), struct err *e)
{
    AUTOFREE char *path = path_join(dir, name);
    return !file_exists(path) || rule_file(f, dir, name, load, e);
}

bool rules_load(struct form_set *f, const char *dir, struct err *e)
{
    return rule_file(f, dir, "manifest.json", manifest_load, e) && rule_file(f, dir, "files.json", files_load, e) &&
           rule_file(f, dir, "eligibility.json", eligibility_load, e) &&
           later_file(f, dir, "phases.json", phases_load, e) && later_file(f, dir, "endpoints.json", endpoints_load, e);
}
