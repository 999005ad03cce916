/* doc_choices.c — what a picker offers for a field, and what picking does. */
#include "sync/record/form_set.h"

#include <string.h>

struct chooser {
    const struct doc *doc;
    const struct form_field *field;
    const struct dict *dict;
    int entry;
    bool typed;
    char date[16];                   /* of prefer_at, or "" */
    const char *answer[FILTERS_MAX]; /* per filter: what the column should be; NULL: no matter */
};

static bool filled_by(const struct form_field *f, const struct form_field *target)
{
    for (size_t i = 0; i < f->n_fills; i++)
        if (f->fills[i].field == target)
            return true;
    return false;
}

static bool same_or_free(const struct chooser *c, size_t i, const struct dict_item *item)
{
    const char *cell = dict_column(c->dict, item, c->field->filters[i].column);
    return !c->answer[i] || !*cell || strcmp(cell, c->answer[i]) == 0;
}

static bool literal_holds(const struct dict *d, const struct form_filter *f, const struct dict_item *item)
{
    const char *cell = dict_column(d, item, f->column);
    return (!f->is || strcmp(cell, f->is) == 0) && (!f->is_not || strcmp(cell, f->is_not) != 0);
}

static bool offered(void *ctx, const struct dict_item *item)
{
    const struct chooser *c = ctx;
    for (size_t i = 0; i < c->field->n_filters; i++) {
        const struct form_filter *f = &c->field->filters[i];
        /* a search may leave what picking sets anew: the series of a title found by its name */
        bool loose = c->typed && f->field && filled_by(c->field, f->field);
        if (!literal_holds(c->dict, f, item) || (!loose && !same_or_free(c, i, item)))
            return false;
    }
    return true;
}

/* Items of the chosen filters before others, those in force on the date before former and later ones. */
static int rank(void *ctx, const struct dict_item *item)
{
    const struct chooser *c = ctx;
    int rank = 0;
    for (size_t i = 0; i < c->field->n_filters; i++)
        rank += same_or_free(c, i, item) ? 0 : 20;
    if (!*c->date)
        return rank;
    const char *from = dict_column(c->dict, item, "from"), *until = dict_column(c->dict, item, "until");
    bool in_force = (!*from || strncmp(c->date, from, 7) >= 0) && (!*until || strncmp(c->date, until, 7) < 0);
    return rank + (in_force ? 0 : 10);
}

static void chooser_init(struct chooser *c, const struct doc *d, struct doc_path p, const struct form_field *f)
{
    *c = (struct chooser){.doc = d, .field = f, .dict = dict_find(doc_forms(d), f->dict), .entry = p.entry};
    for (size_t i = 0; i < f->n_filters && i < ARRAY_LEN(c->answer); i++) {
        const struct form_field *by = f->filters[i].field;
        struct doc_path at = {p.section, p.entry, by ? by->key : NULL};
        if (by && doc_answered(d, at) && field_shown(d, at))
            c->answer[i] = doc_text(d, at);
    }
    if (f->prefer_at)
        doc_show(d, (struct doc_path){p.section, p.entry, f->prefer_at}, c->date, sizeof c->date);
}

static const struct form_field *field_of(const struct doc *d, struct doc_path p)
{
    const struct form_field *f = form_field_find(form_section_find(doc_forms(d), p.section), p.field);
    return f && f->dict ? f : NULL;
}

size_t doc_choices(const struct doc *d, struct doc_path p, const char *typed, const struct dict_item **out, size_t max)
{
    const struct form_field *f = field_of(d, p);
    if (!f)
        return 0;
    struct chooser c;
    chooser_init(&c, d, p, f);
    c.typed = typed && *typed;
    struct dict_query q = {.typed = typed, .where = offered, .rank = rank, .ctx = &c};
    return dict_query(c.dict, &q, out, max);
}

void doc_pick(struct doc *d, struct doc_path p, const struct dict_item *item)
{
    const struct form_field *f = field_of(d, p);
    if (!f)
        return;
    const struct dict *dict = dict_find(doc_forms(d), f->dict);
    if (!doc_set_text(d, p, f->type == FIELD_TEXT_SELECT ? item->name : item->code, NULL))
        return;
    for (size_t i = 0; i < f->n_fills; i++) {
        const char *value = dict_column(dict, item, f->fills[i].column);
        if (*value)
            doc_set_text(d, (struct doc_path){p.section, p.entry, f->fills[i].field->key}, value, NULL);
    }
}

/* How many answers the item would repeat; -1 when it contradicts one. */
static int agreement(const struct doc *d, struct doc_path p, const struct form_field *f, const struct dict *dict,
                     const struct dict_item *item)
{
    int same = 0;
    for (size_t i = 0; i < f->n_fills; i++) {
        char answer[512];
        doc_show(d, (struct doc_path){p.section, p.entry, f->fills[i].field->key}, answer, sizeof answer);
        const char *value = dict_column(dict, item, f->fills[i].column);
        if (!*answer || !*value)
            continue;
        if (strcmp(answer, value) != 0)
            return -1;
        same++;
    }
    return same;
}

const struct dict_item *doc_suggestion(const struct doc *d, struct doc_path p)
{
    const struct form_field *f = field_of(d, p);
    if (!f || !f->n_fills || doc_answered(d, p))
        return NULL;
    const struct dict *dict = dict_find(doc_forms(d), f->dict);
    const struct dict_item *only = NULL;
    for (size_t i = 0; i < dict_count(dict); i++) {
        const struct dict_item *item = dict_at(dict, i);
        if (!dict_offered(item) || agreement(d, p, f, dict, item) < 2)
            continue;
        if (only)
            return NULL;
        only = item;
    }
    return only;
}

static const char *fill_column(const struct form_field *f, const struct form_field *target)
{
    for (size_t i = 0; i < f->n_fills; i++)
        if (f->fills[i].field == target)
            return f->fills[i].column;
    return "";
}

static bool named_by(const struct doc *d, struct doc_path p, const struct form_field *f, const struct dict *dict,
                     const struct dict_item *item)
{
    for (size_t i = 0; i < f->n_known_by; i++) {
        char answer[512];
        doc_show(d, (struct doc_path){p.section, p.entry, f->known_by[i]->key}, answer, sizeof answer);
        if (!*answer || strcmp(dict_column(dict, item, fill_column(f, f->known_by[i])), answer) != 0)
            return false;
    }
    return true;
}

const struct dict_item *doc_known(const struct doc *d, struct doc_path p)
{
    const struct form_field *f = field_of(d, p);
    const struct dict *dict = f ? dict_find(doc_forms(d), f->dict) : NULL;
    const struct dict_item *only = NULL;
    for (size_t i = 0; f && f->n_known_by && i < dict_count(dict); i++) {
        const struct dict_item *item = dict_at(dict, i);
        if (!dict_offered(item) || !named_by(d, p, f, dict, item))
            continue;
        if (only)
            return NULL;
        only = item;
    }
    return only;
}

static bool in_known_by(const struct form_field *f, const char *key)
{
    for (size_t i = 0; i < f->n_known_by; i++)
        if (strcmp(f->known_by[i]->key, key) == 0)
            return true;
    return false;
}

static void take_known(struct doc *d, struct doc_path p, const struct form_field *f)
{
    const struct dict_item *item = doc_known(d, p);
    const struct dict *dict = dict_find(doc_forms(d), f->dict);
    bool listed = doc_answered(d, p) && dict_name(dict, doc_text(d, p));
    if (!item || !field_shown(d, p) || (doc_answered(d, p) && !listed))
        return;
    doc_set_text(d, p, f->type == FIELD_TEXT_SELECT ? item->name : item->code, NULL);
    for (size_t i = 0; i < f->n_fills; i++) {
        struct doc_path at = {p.section, p.entry, f->fills[i].field->key};
        const char *value = dict_column(dict, item, f->fills[i].column);
        if (*value && !doc_answered(d, at))
            doc_set_text(d, at, value, NULL);
    }
}

void doc_recognise(struct doc *d, struct doc_path p)
{
    const struct form_section *s = form_section_find(doc_forms(d), p.section);
    for (size_t i = 0; s && p.field && i < s->n_fields; i++)
        if (in_known_by(&s->fields[i], p.field))
            take_known(d, (struct doc_path){p.section, p.entry, s->fields[i].key}, &s->fields[i]);
}

bool choice_agrees(const struct doc *d, struct doc_path p, const struct form_field *f, const struct dict_item *item)
{
    struct chooser c;
    chooser_init(&c, d, p, f);
    return offered(&c, item);
}

bool choice_legal(const struct form_field *f, const struct dict *d, const struct dict_item *item)
{
    for (size_t i = 0; i < f->n_filters; i++)
        if (!literal_holds(d, &f->filters[i], item))
            return false;
    return true;
}

const struct dict_item *doc_item(const struct doc *d, struct doc_path p)
{
    const struct form_field *f = field_of(d, p);
    const char *text = f ? doc_text(d, p) : "";
    if (!*text)
        return NULL;
    const struct dict *dict = dict_find(doc_forms(d), f->dict);
    if (f->type != FIELD_TEXT_SELECT)
        return dict_code(dict, text);
    const struct dict_item *item;
    for (size_t at = dict_name_start(text); (item = dict_name_next(dict, text, &at)) != NULL;)
        if (choice_agrees(d, p, f, item))
            return item;
    return dict_name(dict, text);
}
