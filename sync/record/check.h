/* check.h — the closed vocabulary of conditions and checks as parsed; private to sync/record. Made by check_load.c at
 * loading, judged by check.c. Immutable; lives in the form set.
 *
 * Condition: {"field":F,"is":value or [values]} · {"answered":F} · {"switch":NAME of rules/eligibility.json} · {"not":C} · {"all":[C…]} · {"any":[C…]} · true ·
 * false Check: {"pattern":P} · {"range":[min,max]} · {"length":[min,max]} · {"in":DICT} · {"compare":[A,op,B]} with op
 * one of = < <= > >= ·
 *   {"equals_part":[F,ID,part]} · {"count":[F,min,max]} · {"any_of":[K…]} · {"unless":[C,K]} ·
 *   {"formula":NAME} with "of" (and "column") where the formula reads other answers. Each may carry "message":KEY.
 * F is FIELD (same entry) or SECTION.FIELD. An operand of compare and range is F, "today" or a literal; F#sex, F#birth
 * and F#birth_month are parts of an ID number; "+16y" or "-1y" behind it moves a date.
 *
 * A check passes while what it looks at is not answered. any_of of nothing never passes, so
 * {"unless":[C,{"any_of":[]}]} demands C. Dates of different precision are compared by what both tell; a year counts as
 * a date of four digits. */
#ifndef BULU_RECORD_CHECK_H
#define BULU_RECORD_CHECK_H

#include "sync/record/validate.h"

enum id_part { PART_WHOLE, PART_SEX, PART_BIRTH, PART_BIRTH_MONTH };

struct form_from {
    const struct form_field *field;
    enum id_part part;
};

struct operand {
    enum { OPERAND_LITERAL, OPERAND_TODAY, OPERAND_FIELD } kind;
    const char *text; /* literal */
    struct form_from from;
    int years;
};

struct form_cond {
    enum { COND_CONST, COND_IS, COND_ANSWERED, COND_NOT, COND_ALL, COND_ANY } kind;
    bool value;                     /* COND_CONST, and COND_IS of a bool */
    const struct form_field *field; /* COND_IS, COND_ANSWERED */
    const char *const *is;          /* COND_IS of anything but a bool */
    size_t n_is;
    const struct form_cond *sub; /* COND_NOT: one */
    size_t n_sub;
};

enum check_kind {
    CHECK_PATTERN,
    CHECK_RANGE,
    CHECK_LENGTH,
    CHECK_IN,
    CHECK_COMPARE,
    CHECK_EQUALS_PART,
    CHECK_COUNT,
    CHECK_ANY_OF,
    CHECK_UNLESS,
    CHECK_FORMULA
};
enum compare_op { COMPARE_EQ, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

struct pattern; /* a compiled one, shared by the checks that use it */

/* Where a check stands, and what it tells when it fails. */
struct judge {
    const struct doc *doc;
    const struct form_section *section;
    const struct form_field *field; /* NULL: the section */
    int entry;
    struct civil today;
    const char *message; /* out: string key */
    char arg[2][64];     /* out */
};
/* NULL: passes; else the string key of the finding (arguments in j->arg). of and column may be NULL. */
typedef const char *formula_fn(struct judge *j, const char *value, const struct form_field *of, const char *column);
struct formula {
    const char *name;
    bool reads_other; /* wants "of" */
    formula_fn *fn;
};
const struct formula *formula_find(const char *name);

struct form_check {
    enum check_kind kind;
    const char *message; /* NULL: the kind's own */
    const struct pattern *pattern;
    struct operand lo, hi; /* range; compare: lo op hi */
    enum compare_op op;
    int min, max;                   /* length, count */
    const struct dict *dict;        /* in */
    const struct form_field *field; /* equals_part and count: whose; formula: "of" */
    struct form_from part;          /* equals_part */
    const struct form_check *sub;   /* any_of, unless */
    size_t n_sub;
    const struct form_cond *cond; /* unless */
    const struct formula *formula;
    const char *column;
};

bool pattern_match(const struct pattern *p, const char *z);
bool cond_holds(const struct judge *j, const struct form_cond *c);
/* True when it passes; else j->message and j->arg are set. */
bool check_passes(struct judge *j, const struct form_check *c);
/* Today as YYYY-MM-DD. */
void civil_date(struct civil today, char out[11]);
/* The part of an ID number, or the whole text; false when it is none. */
bool id_part_of(const char *text, enum id_part part, char *out, size_t size);

#endif
