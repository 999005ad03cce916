/* check_load.c — conditions and checks from JSON. Every name is resolved here, so that judging looks nothing up. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "sync/record/form_set.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    struct pattern *next;
    const char *text;
    pcre2_code *code;
};

/* Bounds the work on hostile text; our patterns need a few hundred steps. */
#define MATCH_LIMIT 200000

bool pattern_match(const struct pattern *p, const char *z)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(p->code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    int rc = pcre2_match(p->code, (PCRE2_SPTR)z, strlen(z), 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return rc >= 0;
}

static const struct pattern *pattern_load(const struct load *l, const char *text, const char *at)
{
    for (const struct pattern *p = l->set->patterns; p; p = p->next)
        if (strcmp(p->text, text) == 0)
            return p;
    int code = 0;
    PCRE2_SIZE where = 0;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)text, strlen(text), PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &code, &where, NULL);
    if (!compiled) {
        PCRE2_UCHAR why[120];
        pcre2_get_error_message(code, why, sizeof why);
        load_fail(l, at, "expected a pattern: %s at %zu", (const char *)why, (size_t)where);
        return NULL;
    }
    struct pattern *p = set_alloc(l->set, sizeof *p);
    *p = (struct pattern){l->set->patterns, set_strdup(l->set, text), compiled};
    l->set->patterns = p;
    return p;
}

void patterns_free(struct form_set *f)
{
    for (struct pattern *p = f->patterns; p; p = p->next)
        pcre2_code_free(p->code);
    f->patterns = NULL;
}

/* "FIELD" or "SECTION.FIELD" of len bytes */
static const struct form_field *field_named(const struct load *l, const char *text, size_t len,
                                            const struct form_section *home)
{
    char name[96];
    if (len >= sizeof name)
        return NULL;
    memcpy(name, text, len);
    name[len] = '\0';
    char *dot = strchr(name, '.');
    if (!dot)
        return form_field_find(home, name);
    *dot = '\0';
    const struct form_section *s = form_section_find(l->set, name);
    return s ? form_field_find(s, dot + 1) : NULL;
}

static const struct form_field *field_load(const struct load *l, const json_t *v, const char *at,
                                           const struct form_section *home)
{
    const char *text = json_string_value(v);
    const struct form_field *f = text ? field_named(l, text, strlen(text), home) : NULL;
    if (!f)
        load_fail(l, at, "expected FIELD or SECTION.FIELD");
    return f;
}

bool from_load(const struct load *l, const char *text, const char *at, const struct form_section *home,
               struct form_from *out)
{
    static const char *const parts[] = {
        [PART_SEX] = "#sex", [PART_BIRTH] = "#birth", [PART_BIRTH_MONTH] = "#birth_month"};
    size_t len = strcspn(text, "#");
    enum id_part part = PART_WHOLE;
    for (size_t i = PART_SEX; i < ARRAY_LEN(parts); i++)
        if (strcmp(text + len, parts[i]) == 0)
            part = (enum id_part)i;
    const struct form_field *f = field_named(l, text, len, home);
    if (!f || (text[len] && part == PART_WHOLE))
        return load_fail(l, at, "expected FIELD, SECTION.FIELD or an ID number's #sex, #birth, #birth_month");
    *out = (struct form_from){f, part};
    return true;
}

/* Digits, or a date: what cannot be the name of a field. */
static bool is_literal(const char *z)
{
    return *z && strspn(z, "0123456789.-") == strlen(z);
}

static bool operand_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                         struct operand *out)
{
    *out = (struct operand){0};
    if (json_is_integer(v)) {
        char digits[32];
        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(v));
        out->text = set_strdup(l->set, digits);
        return true;
    }
    if (!json_is_string(v))
        return load_fail(l, at, "expected a number, a date, \"today\" or a field");
    const char *text = json_string_value(v);
    if (is_literal(text)) {
        out->text = set_strdup(l->set, text);
        return true;
    }
    char name[96];
    if (!zcopy(name, sizeof name, text))
        return load_fail(l, at, "expected a shorter name");
    char *sign = strpbrk(name, "+-");
    if (sign) {
        char *end;
        long years = strtol(sign, &end, 10);
        if (end == sign || strcmp(end, "y") != 0 || years < -150 || years > 150)
            return load_fail(l, at, "expected years as in birth+16y");
        out->years = (int)years;
        *sign = '\0';
    }
    if (strcmp(name, "today") == 0) {
        out->kind = OPERAND_TODAY;
        return true;
    }
    out->kind = OPERAND_FIELD;
    return from_load(l, name, at, home, &out->from);
}

static bool conds_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                       const struct form_cond **out, size_t *n);

static bool is_load(const struct load *l, const json_t *v, const char *at, struct form_cond *c)
{
    if (json_is_boolean(v)) {
        c->value = json_is_true(v);
        return c->field->type == FIELD_BOOL || load_fail(l, at, "expected text: %s is no bool field", c->field->key);
    }
    if (c->field->type == FIELD_BOOL)
        return load_fail(l, at, "expected true or false: %s is a bool field", c->field->key);
    size_t n = json_is_array(v) ? json_array_size(v) : 1;
    const char **is = set_alloc(l->set, n * sizeof *is);
    for (size_t i = 0; i < n; i++) {
        const char *z = json_string_value(json_is_array(v) ? json_array_get(v, i) : v);
        if (!z)
            return load_fail(l, at, "expected text or a list of texts");
        is[i] = set_strdup(l->set, z);
    }
    c->is = is;
    c->n_is = n;
    return true;
}

static bool cond_fill(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                      struct form_cond *c)
{
    static const char *const names[] = {"field", "is", "answered", "switch", "not", "all", "any", NULL};
    *c = (struct form_cond){0};
    if (json_is_boolean(v)) {
        c->value = json_is_true(v);
        return true;
    }
    if (!json_is_object(v))
        return load_fail(l, at, "expected a condition");
    if (!load_members(l, v, at, names))
        return false;
    const json_t *m;
    if ((m = json_object_get(v, "field")) != NULL) {
        c->kind = COND_IS;
        c->field = field_load(l, m, at, home);
        return c->field && is_load(l, json_object_get(v, "is"), at, c);
    }
    if ((m = json_object_get(v, "answered")) != NULL) {
        c->kind = COND_ANSWERED;
        c->field = field_load(l, m, at, home);
        return c->field != NULL;
    }
    if ((m = json_object_get(v, "switch")) != NULL) /* settled by the rules for all who read them */
        return switch_find(l->set, json_string_value(m), &c->value) ||
               load_fail(l, at, "switch: expected one of rules/eligibility.json");
    if ((m = json_object_get(v, "not")) != NULL) {
        c->kind = COND_NOT;
        c->n_sub = 1;
        return cond_load(l, m, at, home, &c->sub);
    }
    m = json_object_get(v, "all");
    c->kind = m ? COND_ALL : COND_ANY;
    return conds_load(l, m ? m : json_object_get(v, "any"), at, home, &c->sub, &c->n_sub);
}

static bool conds_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                       const struct form_cond **out, size_t *n)
{
    if (!json_is_array(v))
        return load_fail(l, at, "expected a list of conditions");
    struct form_cond *c = set_alloc(l->set, json_array_size(v) * sizeof *c);
    for (size_t i = 0; i < json_array_size(v); i++) {
        char deeper[AT_SIZE];
        snprintf(deeper, sizeof deeper, "%.120s[%zu]", at, i);
        if (!cond_fill(l, json_array_get(v, i), deeper, home, &c[i]))
            return false;
    }
    *out = c;
    *n = json_array_size(v);
    return true;
}

bool cond_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
               const struct form_cond **out)
{
    struct form_cond *c = set_alloc(l->set, sizeof *c);
    if (!cond_fill(l, v, at, home, c))
        return false;
    *out = c;
    return true;
}

/* [min,max] of whole numbers, from the i-th element on */
static bool limits_load(const struct load *l, const json_t *v, size_t i, const char *at, struct form_check *c)
{
    const json_t *lo = json_array_get(v, i), *hi = json_array_get(v, i + 1);
    if (!json_is_integer(lo) || !json_is_integer(hi) || json_array_size(v) != i + 2 || json_integer_value(lo) < 0 ||
        json_integer_value(hi) < json_integer_value(lo) || json_integer_value(hi) > 1000000)
        return load_fail(l, at, "expected min and max");
    c->min = (int)json_integer_value(lo);
    c->max = (int)json_integer_value(hi);
    return true;
}

static bool range_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                       struct form_check *c)
{
    if (json_array_size(v) != 2)
        return load_fail(l, at, "expected [min,max]");
    return operand_load(l, json_array_get(v, 0), at, home, &c->lo) &&
           operand_load(l, json_array_get(v, 1), at, home, &c->hi);
}

static bool compare_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                         struct form_check *c)
{
    static const char *const ops[] = {
        [COMPARE_EQ] = "=", [COMPARE_LT] = "<", [COMPARE_LE] = "<=", [COMPARE_GT] = ">", [COMPARE_GE] = ">="};
    const char *op = json_string_value(json_array_get(v, 1));
    size_t i = 0;
    while (op && i < ARRAY_LEN(ops) && strcmp(op, ops[i]) != 0)
        i++;
    if (!op || i == ARRAY_LEN(ops) || json_array_size(v) != 3)
        return load_fail(l, at, "expected [left, = < <= > or >=, right]");
    c->op = (enum compare_op)i;
    return operand_load(l, json_array_get(v, 0), at, home, &c->lo) &&
           operand_load(l, json_array_get(v, 2), at, home, &c->hi);
}

static bool equals_part_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                             struct form_check *c)
{
    const char *id = json_string_value(json_array_get(v, 1)), *part = json_string_value(json_array_get(v, 2));
    if (!id || !part || json_array_size(v) != 3)
        return load_fail(l, at, "expected [field, ID field, part]");
    char from[AT_SIZE];
    snprintf(from, sizeof from, "%.90s#%.30s", id, part);
    c->field = field_load(l, json_array_get(v, 0), at, home);
    return c->field && from_load(l, from, at, home, &c->part);
}

static bool count_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                       struct form_check *c)
{
    if (json_array_size(v) != 3)
        return load_fail(l, at, "expected [field, min, max]");
    c->field = field_load(l, json_array_get(v, 0), at, home);
    return c->field && limits_load(l, v, 1, at, c);
}

static bool check_fill(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                       struct form_check *c);

static bool unless_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                        struct form_check *c)
{
    if (json_array_size(v) != 2)
        return load_fail(l, at, "expected [condition, check]");
    struct form_check *sub = set_alloc(l->set, sizeof *sub);
    c->sub = sub;
    c->n_sub = 1;
    return cond_load(l, json_array_get(v, 0), at, home, &c->cond) && check_fill(l, json_array_get(v, 1), at, home, sub);
}

static bool formula_load(const struct load *l, const json_t *o, const json_t *v, const char *at,
                         const struct form_section *home, struct form_check *c)
{
    const char *name = json_string_value(v);
    c->formula = name ? formula_find(name) : NULL;
    if (!c->formula)
        return load_fail(l, at, "expected the name of a formula");
    const json_t *of = json_object_get(o, "of");
    if (l->whole_section && !of)
        return load_fail(l, at, "%s: expected at a field, not at a section", name);
    if ((of != NULL) != c->formula->reads_other)
        return load_fail(l, at, "%s %s \"of\"", name, of ? "takes no" : "needs");
    if (of && !(c->field = field_load(l, of, at, home)))
        return false;
    return load_string(l, o, at, "column", &c->column);
}

static bool in_load(const struct load *l, const json_t *v, const char *at, struct form_check *c)
{
    const char *name = json_string_value(v);
    c->dict = name ? dict_find(l->set, name) : NULL;
    return c->dict || load_fail(l, at, "expected the name of a dictionary");
}

static bool check_fill(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                       struct form_check *c)
{
    static const char *const kinds[] = {
        [CHECK_PATTERN] = "pattern", [CHECK_RANGE] = "range",     [CHECK_LENGTH] = "length",
        [CHECK_IN] = "in",           [CHECK_COMPARE] = "compare", [CHECK_EQUALS_PART] = "equals_part",
        [CHECK_COUNT] = "count",     [CHECK_ANY_OF] = "any_of",   [CHECK_UNLESS] = "unless",
        [CHECK_FORMULA] = "formula"};
    static const char *const names[] = {"pattern", "range",  "length",  "in",      "compare", "equals_part", "count",
                                        "any_of",  "unless", "formula", "message", "of",      "column",      NULL};
    *c = (struct form_check){0};
    if (!json_is_object(v))
        return load_fail(l, at, "expected a check");
    if (!load_members(l, v, at, names) || !load_string(l, v, at, "message", &c->message))
        return false;
    const json_t *m = NULL;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const json_t *found = json_object_get(v, kinds[i]);
        if (found && m)
            return load_fail(l, at, "expected one kind of check");
        if (found) {
            m = found;
            c->kind = (enum check_kind)i;
        }
    }
    if (!m)
        return load_fail(l, at, "expected a kind of check");
    if (l->whole_section &&
        (c->kind == CHECK_PATTERN || c->kind == CHECK_RANGE || c->kind == CHECK_LENGTH || c->kind == CHECK_IN))
        return load_fail(l, at, "%s: expected at a field, not at a section", kinds[c->kind]);
    switch (c->kind) {
    case CHECK_PATTERN:
        if (!json_is_string(m))
            return load_fail(l, at, "expected a pattern");
        c->pattern = pattern_load(l, json_string_value(m), at);
        return c->pattern != NULL;
    case CHECK_RANGE:
        return range_load(l, m, at, home, c);
    case CHECK_LENGTH:
        return limits_load(l, m, 0, at, c);
    case CHECK_IN:
        return in_load(l, m, at, c);
    case CHECK_COMPARE:
        return compare_load(l, m, at, home, c);
    case CHECK_EQUALS_PART:
        return equals_part_load(l, m, at, home, c);
    case CHECK_COUNT:
        return count_load(l, m, at, home, c);
    case CHECK_ANY_OF:
        return checks_load(l, m, at, home, &c->sub, &c->n_sub);
    case CHECK_UNLESS:
        return unless_load(l, m, at, home, c);
    case CHECK_FORMULA:
        return formula_load(l, v, m, at, home, c);
    }
    return load_fail(l, at, "expected a kind of check");
}

bool checks_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                 const struct form_check **out, size_t *n)
{
    if (!json_is_array(v))
        return load_fail(l, at, "expected a list of checks");
    struct form_check *c = set_alloc(l->set, json_array_size(v) * sizeof *c);
    for (size_t i = 0; i < json_array_size(v); i++) {
        char deeper[AT_SIZE];
        snprintf(deeper, sizeof deeper, "%.120s[%zu]", at, i);
        if (!check_fill(l, json_array_get(v, i), deeper, home, &c[i]))
            return false;
    }
    *out = c;
    *n = json_array_size(v);
    return true;
}
