/* phases.c — rules/phases.json: in which order the work goes on (R012–R014, R016 of the guide's order: 先自治区本级后地州市,
 * 先事业单位后企业, 先评审类后考试类; which levels are open). A phase that has not come is said, and stops nobody. */
#include "sync/record/form_set.h"

#include <stdio.h>
#include <string.h>

/* {"is":[codes],"name":KEY,"opens":"open" | "unknown" | date} */
static bool step_load(const struct load *l, const json_t *o, const char *at, struct phase_step *s)
{
    static const char *const names[] = {"is", "name", "opens", NULL};
    const json_t *is = json_object_get(o, "is");
    const char *opens = NULL;
    if (!json_is_object(o) || !json_is_array(is) || !json_array_size(is))
        return load_fail(l, at, "expected is, name and opens");
    if (!load_members(l, o, at, names) || !load_string(l, o, at, "name", &s->name) ||
        !load_string(l, o, at, "opens", &opens))
        return false;
    const char **codes = set_alloc(l->set, json_array_size(is) * sizeof *codes);
    for (size_t i = 0; i < json_array_size(is); i++) {
        const char *z = json_string_value(json_array_get(is, i));
        if (!z)
            return load_fail(l, at, "is: expected a list of codes");
        codes[i] = set_strdup(l->set, z);
    }
    s->is = codes;
    s->n_is = json_array_size(is);
    s->open = opens && strcmp(opens, "open") == 0;
    bool unknown = opens && strcmp(opens, "unknown") == 0;
    s->from = s->open || unknown ? "" : opens;
    if (!s->name || !s->from || (*s->from && (strlen(s->from) != 10 || !date_check(s->from))))
        return load_fail(l, at, "expected a name; opens: \"open\", \"unknown\" or YYYY-MM-DD");
    return true;
}

static bool line_load(const struct load *l, const json_t *o, const char *at, struct phase_line *line)
{
    static const char *const names[] = {"section", "field", "steps", NULL};
    const json_t *steps = json_object_get(o, "steps");
    if (!json_is_object(o) || !json_is_array(steps) || !json_array_size(steps))
        return load_fail(l, at, "expected section, field and steps");
    if (!load_members(l, o, at, names) || !load_string(l, o, at, "section", &line->section) ||
        !load_string(l, o, at, "field", &line->field))
        return false;
    if (!line->section || !line->field)
        return load_fail(l, at, "expected section, field and steps");
    struct phase_step *s = set_alloc(l->set, json_array_size(steps) * sizeof *s);
    for (size_t i = 0; i < json_array_size(steps); i++) {
        char deeper[AT_SIZE];
        snprintf(deeper, sizeof deeper, "%.100s.steps[%zu]", at, i);
        if (!step_load(l, json_array_get(steps, i), deeper, &s[i]))
            return false;
    }
    line->steps = s;
    line->n_steps = json_array_size(steps);
    return true;
}

bool phases_load(const struct load *l, const json_t *o)
{
    static const char *const names[] = {"version", "lines", NULL};
    const json_t *lines = json_object_get(o, "lines");
    if (!load_members(l, o, "phases", names))
        return false;
    if (!json_is_array(lines))
        return load_fail(l, "lines", "expected a list");
    struct form_set *f = l->set;
    f->n_phases = json_array_size(lines);
    f->phases = set_alloc(f, f->n_phases * sizeof *f->phases);
    for (size_t i = 0; i < f->n_phases; i++) {
        char at[AT_SIZE];
        snprintf(at, sizeof at, "lines[%zu]", i);
        if (!line_load(l, json_array_get(lines, i), at, &f->phases[i]))
            return false;
    }
    return true;
}

/* The rules are read before the forms: names are looked up here. */
bool phases_resolve(struct form_set *f, const char *dir, struct err *e)
{
    for (size_t i = 0; i < f->n_phases; i++) {
        const struct phase_line *line = &f->phases[i];
        const struct form_field *field = form_field_find(form_section_find(f, line->section), line->field);
        const struct dict *d = field && field->dict ? dict_find(f, field->dict) : NULL;
        if (!d)
            return err_set(e, ERR_FORMAT, "%s/phases.json: lines[%zu]: expected a field that chooses, not %.40s.%.40s",
                           dir, i, line->section, line->field);
        for (size_t k = 0; k < line->n_steps; k++)
            for (size_t m = 0; m < line->steps[k].n_is; m++)
                if (!dict_code(d, line->steps[k].is[m]))
                    return err_set(e, ERR_FORMAT, "%s/phases.json: lines[%zu].steps[%zu]: %s has no code \"%.40s\"",
                                   dir, i, k, field->dict, line->steps[k].is[m]);
    }
    return true;
}

static bool holds(const struct phase_step *s, const char *code)
{
    for (size_t i = 0; i < s->n_is; i++)
        if (strcmp(s->is[i], code) == 0)
            return true;
    return false;
}

size_t phases_to_come(const struct doc *d, struct civil today, struct phase_to_come *out, size_t max)
{
    const struct form_set *f = doc_forms(d);
    char now[11];
    size_t n = 0;
    civil_date(today, now);
    for (size_t i = 0; i < f->n_phases && n < max; i++) {
        const struct phase_line *line = &f->phases[i];
        const struct doc_path at = {line->section, NO_ENTRY, line->field};
        const char *code = doc_text(d, at);
        for (size_t k = 0; *code && k < line->n_steps; k++) {
            const struct phase_step *s = &line->steps[k];
            if (!holds(s, code) || s->open || (*s->from && strcmp(s->from, now) <= 0))
                continue;
            out[n++] = (struct phase_to_come){at, s->name, s->from};
            break;
        }
    }
    return n;
}

void phases_string_keys(const struct form_set *f, void (*each)(void *ctx, const char *key), void *ctx)
{
    for (size_t i = 0; i < f->n_phases; i++)
        for (size_t k = 0; k < f->phases[i].n_steps; k++)
            each(ctx, f->phases[i].steps[k].name);
}
