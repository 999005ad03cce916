/* form_set.h — the inside of a form set: what the loader fills and the rest of sync/record reads. Private to
 * sync/record. */
#ifndef BULU_RECORD_FORM_SET_H
#define BULU_RECORD_FORM_SET_H

#include "sync/record/check.h"

#include <jansson.h>

struct arena_block;
struct pattern_list;

struct eligibility_rule {
    const char *before, *after; /* dates, or NULL */
    int ecert, by_exam;         /* an answer, or -1 */
    bool date_unknown;
    struct eligible_verdict verdict;
};

struct phase_step {
    const char *const *is; /* codes of the field's dictionary */
    size_t n_is;
    const char *name; /* string key */
    const char *from; /* date; "" where open, or not known yet */
    bool open;
};
struct phase_line {
    const char *section, *field;
    const struct phase_step *steps;
    size_t n_steps;
};
#define SWITCHES_MAX 8

struct form_set {
    struct arena_block *blocks;
    struct pattern *patterns;
    const char *version, *rules_version, *codes_version, *date;
    struct form_section *sections;
    size_t n_sections;
    struct dict **dicts; /* by name */
    size_t n_dicts;
    struct file_rules files;
    struct eligibility_rule *eligibility;
    size_t n_eligibility;
    int ecert_since;
    struct {
        const char *name;
        bool on;
    } switches[SWITCHES_MAX]; /* rules/eligibility.json, for rules and forms alike */
    size_t n_switches;
    struct phase_line *phases;
    size_t n_phases;
    const char *home;
    const char *const *hosts;
    size_t n_hosts;
};

/* Zeroed memory that lives as long as the set. */
void *set_alloc(struct form_set *f, size_t n);
char *set_strdup(struct form_set *f, const char *z);

/* What a loader function needs to say where it is. `at`: the member's path in the file, "fields[3].check[0]". */
struct load {
    struct form_set *set;
    const char *file;
    struct err *e;
    bool whole_section; /* checks that follow belong to a section, not to a field */
};
#define AT_SIZE         160
#define FILTERS_MAX     8
#define READS_MAX       8 /* of one field; labels of one: what the worker takes */
#define READ_LABELS_MAX 12
/* "FILE: AT: expected …"; returns false. */
bool load_fail(const struct load *l, const char *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Every member of o is one of names (NULL-terminated). */
bool load_members(const struct load *l, const json_t *o, const char *at, const char *const *names) WARN_UNUSED;
/* Optional string member: copies it into the set; *out stays when it is absent. */
bool load_string(const struct load *l, const json_t *o, const char *at, const char *name, const char **out) WARN_UNUSED;
bool load_bool(const struct load *l, const json_t *o, const char *at, const char *name, bool *out) WARN_UNUSED;
/* Optional member "date" of a manifest; the set keeps the newest. */
bool load_date(const struct load *l, const json_t *manifest) WARN_UNUSED;
bool load_int(const struct load *l, const json_t *o, const char *at, const char *name, int *out) WARN_UNUSED;

/* check_load.c; `home` is the section in which plain field names are looked up. */
bool cond_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
               const struct form_cond **out) WARN_UNUSED;
bool checks_load(const struct load *l, const json_t *v, const char *at, const struct form_section *home,
                 const struct form_check **out, size_t *n) WARN_UNUSED;
bool from_load(const struct load *l, const char *text, const char *at, const struct form_section *home,
               struct form_from *out) WARN_UNUSED;
void patterns_free(struct form_set *f);

/* dict.c */
struct dict *dict_load(const char *path, const char *name, struct err *e) WARN_UNUSED;
void dict_destroy(struct dict *d);
const char *dict_own_name(const struct dict *d);
const unsigned char *dict_hash(const struct dict *d); /* SHA-256 of the file */
/* All items of a name: at = dict_name_start(name), then next until NULL. */
size_t dict_name_start(const char *name);
const struct dict_item *dict_name_next(const struct dict *d, const char *name, size_t *at);
/* dict_search with any condition; rank is added to an item's score (lower is better), may be NULL. */
struct dict_query {
    const char *typed;
    bool (*where)(void *ctx, const struct dict_item *item);
    int (*rank)(void *ctx, const struct dict_item *item);
    void *ctx;
};
size_t dict_query(const struct dict *d, const struct dict_query *q, const struct dict_item **out, size_t max);

/* doc_choices.c: whether an item fits all filters of the field as answered, or the literal ones alone */
bool choice_agrees(const struct doc *d, struct doc_path p, const struct form_field *f, const struct dict_item *item);
bool choice_legal(const struct form_field *f, const struct dict *d, const struct dict_item *item);

/* phases.c */
bool phases_load(const struct load *l, const json_t *o) WARN_UNUSED;
bool phases_resolve(struct form_set *f, const char *dir, struct err *e) WARN_UNUSED;
void phases_string_keys(const struct form_set *f, void (*each)(void *ctx, const char *key), void *ctx);

/* endpoints.c */
bool endpoints_load(const struct load *l, const json_t *o) WARN_UNUSED;

/* rules.c */
/* False: there is no such switch. */
bool switch_find(const struct form_set *f, const char *name, bool *on);
bool rules_load(struct form_set *f, const char *dir, struct err *e) WARN_UNUSED;
/* Reads and parses a JSON file of the assets; caller decrefs. */
json_t *asset_json(const char *path, struct err *e) WARN_UNUSED;

#endif
