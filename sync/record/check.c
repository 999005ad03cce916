/* check.c — judging conditions and checks (the vocabulary is in check.h), and the formulas by name. */
#include "sync/record/check.h"

#include "sync/record/form_set.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct doc_path path_of(const struct judge *j, const struct form_field *f)
{
    return (struct doc_path){f->section->key, f->section == j->section ? j->entry : NO_ENTRY, f->key};
}

void civil_date(struct civil today, char out[11])
{
    snprintf(out, 11, "%04u-%02u-%02u", (unsigned)today.year % 10000u, (unsigned)today.month % 100u,
             (unsigned)today.day % 100u);
}

bool id_part_of(const char *text, enum id_part part, char *out, size_t size)
{
    if (part == PART_WHOLE)
        return *text && zcopy(out, size, text);
    /* the check digit may be wrong: that is another finding */
    if (strlen(text) != 18 || strspn(text, "0123456789") < 17)
        return false;
    if (part == PART_SEX) {
        snprintf(out, size, "%c", resident_id_sex(text));
        return true;
    }
    char birth[11];
    resident_id_birth(text, birth);
    if (!date_check(birth))
        return false;
    if (part == PART_BIRTH_MONTH)
        birth[7] = '\0';
    return zcopy(out, size, birth);
}

/* --- operands --- */

#define OPERAND_SIZE 640 /* the longest text that is compared: 150 characters of four bytes and more */

static void add_years(char *date, int years)
{
    if (strlen(date) < 4 || strspn(date, "0123456789") < 4)
        return;
    char year[16];
    int y = (int)strtol((char[5]){date[0], date[1], date[2], date[3], 0}, NULL, 10) + years;
    snprintf(year, sizeof year, "%04d", y < 0 || y > 9999 ? 9999 : y);
    memcpy(date, year, 4);
    if (strcmp(date + 4, "-02-29") == 0 && !date_check(date))
        memcpy(date + 4, "-02-28", 6);
}

/* The operand's text; false when it is not answered. */
static bool operand_text(const struct judge *j, const struct operand *o, char *out, size_t size)
{
    if (o->kind == OPERAND_LITERAL)
        return zcopy(out, size, o->text);
    if (o->kind == OPERAND_TODAY) {
        char today[11];
        civil_date(j->today, today);
        zcopy(out, size, today);
    } else {
        char whole[OPERAND_SIZE];
        doc_show(j->doc, path_of(j, o->from.field), whole, sizeof whole);
        if (!id_part_of(whole, o->from.part, out, size))
            return false;
    }
    if (o->years)
        add_years(out, o->years);
    return true;
}

/* A date, month or year as text */
static bool is_date(const char *z)
{
    return (strlen(z) == 4 && strspn(z, "0123456789") == 4) || date_check(z);
}

/* "12.5" in ten-thousandths; false when it is no plain decimal. */
static bool decimal(const char *z, int64_t *out)
{
    size_t whole = strspn(z, "0123456789");
    if (whole < 1 || whole > 12)
        return false;
    int64_t v = strtoll(z, NULL, 10) * 10000;
    if (z[whole] == '.') {
        const char *p = z + whole + 1;
        size_t n = strspn(p, "0123456789");
        if (n < 1 || n > 4)
            return false;
        for (int64_t unit = 1000; *p && unit; p++, unit /= 10)
            v += (*p - '0') * unit;
        whole += 1 + n;
    }
    if (z[whole])
        return false;
    *out = v;
    return true;
}

/* Order of two answers: -1, 0, 1; false when they cannot be compared. */
static bool order(const char *a, const char *b, int *out)
{
    int64_t x, y;
    if (strchr(a, '-') || strchr(b, '-')) {
        if (!is_date(a) || !is_date(b))
            return false;
        size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
        int c = strncmp(a, b, n);
        *out = (c > 0) - (c < 0);
        /* the same as far as both tell, and one tells more: nothing to object to */
        return c != 0 || strlen(a) == strlen(b);
    }
    if (!decimal(a, &x) || !decimal(b, &y))
        return false;
    *out = (x > y) - (x < y);
    return true;
}

static bool range_passes(struct judge *j, const struct form_check *c)
{
    assert(j->field); /* check_load.c lets such a check stand at fields only */
    char value[64], lo[OPERAND_SIZE], hi[OPERAND_SIZE];
    doc_show(j->doc, path_of(j, j->field), value, sizeof value);
    int o;
    bool has_lo = operand_text(j, &c->lo, lo, sizeof lo), has_hi = operand_text(j, &c->hi, hi, sizeof hi);
    if ((!has_lo || !order(value, lo, &o) || o >= 0) && (!has_hi || !order(value, hi, &o) || o <= 0))
        return true;
    zcopy(j->arg[0], sizeof j->arg[0], has_lo ? lo : "");
    zcopy(j->arg[1], sizeof j->arg[1], has_hi ? hi : "");
    j->message = is_date(value) ? "check.date_range" : "check.range";
    return false;
}

static bool compare_passes(const struct judge *j, const struct form_check *c)
{
    char a[OPERAND_SIZE], b[OPERAND_SIZE];
    if (!operand_text(j, &c->lo, a, sizeof a) || !operand_text(j, &c->hi, b, sizeof b))
        return true;
    int o;
    if (c->op == COMPARE_EQ)
        return strcmp(a, b) == 0;
    if (!order(a, b, &o))
        return true;
    switch (c->op) {
    case COMPARE_EQ:
        break;
    case COMPARE_LT:
        return o < 0;
    case COMPARE_LE:
        return o <= 0;
    case COMPARE_GT:
        return o > 0;
    case COMPARE_GE:
        return o >= 0;
    }
    return o == 0;
}

/* --- conditions --- */

static bool is_one_of(const struct judge *j, const struct form_cond *c)
{
    struct doc_path p = path_of(j, c->field);
    if (c->field->type == FIELD_BOOL)
        return doc_bool(j->doc, p) == c->value;
    char text[64];
    doc_show(j->doc, p, text, sizeof text);
    for (size_t i = 0; i < c->n_is; i++)
        if (strcmp(text, c->is[i]) == 0)
            return true;
    return false;
}

bool cond_holds(const struct judge *j, const struct form_cond *c)
{
    switch (c->kind) {
    case COND_CONST:
        return c->value;
    case COND_IS:
        return is_one_of(j, c);
    case COND_ANSWERED:
        return doc_answered(j->doc, path_of(j, c->field));
    case COND_NOT:
        return !cond_holds(j, c->sub);
    case COND_ALL:
    case COND_ANY:
        for (size_t i = 0; i < c->n_sub; i++)
            if (cond_holds(j, &c->sub[i]) != (c->kind == COND_ALL))
                return c->kind == COND_ANY;
        return c->kind == COND_ALL;
    }
    return false;
}

/* --- checks --- */

static bool length_passes(struct judge *j, const struct form_check *c, const char *value)
{
    size_t n = utf8_count(value);
    snprintf(j->arg[0], sizeof j->arg[0], "%d", c->min);
    snprintf(j->arg[1], sizeof j->arg[1], "%d", c->max);
    return n >= (size_t)c->min && n <= (size_t)c->max;
}

static bool count_passes(struct judge *j, const struct form_check *c)
{
    size_t n = json_array_size(doc_get(j->doc, path_of(j, c->field)));
    snprintf(j->arg[0], sizeof j->arg[0], "%d", c->min);
    snprintf(j->arg[1], sizeof j->arg[1], "%d", c->max);
    return n >= (size_t)c->min && n <= (size_t)c->max;
}

/* A text_select holds a name, anything else a code. */
static bool in_passes(struct judge *j, const struct form_check *c, const char *value)
{
    assert(j->field);
    if (j->field->type != FIELD_TEXT_SELECT)
        return dict_code(c->dict, value) != NULL;
    const struct dict_item *item;
    bool known = false;
    for (size_t at = dict_name_start(value); (item = dict_name_next(c->dict, value, &at)) != NULL; known = true)
        if (choice_agrees(j->doc, path_of(j, j->field), j->field, item))
            return true;
    j->message = known ? "check.item_disagrees" : "check.free_text";
    return false;
}

static bool equals_part_passes(const struct judge *j, const struct form_check *c)
{
    char own[64], whole[64], part[64];
    doc_show(j->doc, path_of(j, c->field), own, sizeof own);
    doc_show(j->doc, path_of(j, c->part.field), whole, sizeof whole);
    return !*own || !id_part_of(whole, c->part.part, part, sizeof part) || strcmp(own, part) == 0;
}

static bool any_passes(struct judge *j, const struct form_check *c)
{
    for (size_t i = 0; i < c->n_sub; i++)
        if (check_passes(j, &c->sub[i]))
            return true;
    return false;
}

static bool formula_passes(struct judge *j, const struct form_check *c, const char *value)
{
    j->message = c->formula->fn(j, value, c->field, c->column);
    return !j->message;
}

static const char *const kind_messages[] = {
    [CHECK_PATTERN] = "check.pattern", [CHECK_RANGE] = "check.range",     [CHECK_LENGTH] = "check.length",
    [CHECK_IN] = "check.not_in_list",  [CHECK_COMPARE] = "check.compare", [CHECK_EQUALS_PART] = "check.equals_part",
    [CHECK_COUNT] = "check.count",     [CHECK_ANY_OF] = "check.pattern",  [CHECK_UNLESS] = "check.pattern",
    [CHECK_FORMULA] = "check.pattern"};

static bool kind_passes(struct judge *j, const struct form_check *c)
{
    char shown[64];
    const char *value = "";
    if (j->field) {
        value = doc_text(j->doc, path_of(j, j->field));
        if (!*value)
            value = doc_show(j->doc, path_of(j, j->field), shown, sizeof shown);
        if (j->field->type == FIELD_BOOL)
            value = doc_bool(j->doc, path_of(j, j->field)) ? "true" : "false";
    }
    switch (c->kind) {
    case CHECK_PATTERN:
        return pattern_match(c->pattern, value);
    case CHECK_RANGE:
        return range_passes(j, c);
    case CHECK_LENGTH:
        return length_passes(j, c, value);
    case CHECK_IN:
        return in_passes(j, c, value);
    case CHECK_COMPARE:
        return compare_passes(j, c);
    case CHECK_EQUALS_PART:
        return equals_part_passes(j, c);
    case CHECK_COUNT:
        return count_passes(j, c);
    case CHECK_ANY_OF:
        return any_passes(j, c);
    case CHECK_UNLESS:
        return cond_holds(j, c->cond) || check_passes(j, c->sub);
    case CHECK_FORMULA:
        return formula_passes(j, c, value);
    }
    return false;
}

bool check_passes(struct judge *j, const struct form_check *c)
{
    j->message = NULL;
    j->arg[0][0] = j->arg[1][0] = '\0';
    if (kind_passes(j, c))
        return true;
    if (c->message)
        j->message = c->message;
    else if (!j->message)
        j->message = kind_messages[c->kind];
    return false;
}

/* --- formulas by name --- */

static const char *f_resident_id(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    (void)of, (void)column;
    static const char *const messages[] = {[ID_OK] = NULL,
                                           [ID_FORMAT] = "check.id_format",
                                           [ID_BIRTH] = "check.id_birth",
                                           [ID_CHECK_DIGIT] = "check.id_check_digit",
                                           [ID_15] = "check.id_15"};
    return messages[resident_id_check(value, j->today)];
}

/* The first six digits, in any division there is or was. */
static const char *f_id_area(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    (void)of, (void)column;
    char area[7];
    snprintf(area, sizeof area, "%.6s", value);
    const struct dict *d = dict_find(doc_forms(j->doc), "divisions_cn");
    return d && !dict_code(d, area) ? "check.id_area" : NULL;
}

#define PLAIN_FORMULA(NAME, PASSES, MESSAGE)                                                                           \
    static const char *(NAME)(struct judge * j, const char *value, const struct form_field *of, const char *column)    \
    {                                                                                                                  \
        (void)j, (void)of, (void)column;                                                                               \
        return (PASSES)(value) ? NULL : (MESSAGE);                                                                     \
    }
PLAIN_FORMULA(f_uscc, uscc_check, "check.uscc")
PLAIN_FORMULA(f_isbn, isbn_check, "check.isbn")
PLAIN_FORMULA(f_issn, issn_check, "check.issn")
PLAIN_FORMULA(f_patent, patent_check, "check.patent")
PLAIN_FORMULA(f_mobile, mobile_check, "check.mobile")

static const char *f_doc_no(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    (void)j, (void)of, (void)column;
    struct doc_no split;
    return doc_no_split(value, &split) ? NULL : "check.doc_no";
}

/* The rank (lower is better) of an entry's item; LONG_MAX-like when it has none. */
static long rank_of(const struct judge *j, int entry, const struct form_field *of, const char *column)
{
    const struct dict_item *item = doc_item(j->doc, (struct doc_path){of->section->key, entry, of->key});
    const char *rank = item ? dict_column(dict_find(doc_forms(j->doc), of->dict), item, column) : "";
    return *rank ? strtol(rank, NULL, 10) : 1000000;
}

/* On a bool: where it is true, no other entry ranks better. */
static const char *f_best_rank(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    if (strcmp(value, "true") != 0 || !column || !of->dict)
        return NULL;
    long own = rank_of(j, j->entry, of, column);
    for (int i = 0; i < doc_entries(j->doc, of->section->key); i++)
        if (rank_of(j, i, of, column) < own)
            return "check.compare";
    return NULL;
}

/* On a section: at most one entry leaves the field empty (至今). */
static const char *f_one_open(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    (void)value, (void)column;
    int open = 0;
    for (int i = 0; i < doc_entries(j->doc, of->section->key); i++)
        open += !doc_answered(j->doc, (struct doc_path){of->section->key, i, of->key});
    return open > 1 ? "check.one_open" : NULL;
}

/* The same text stands in no entry of another section. */
static const char *f_absent_in(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    (void)column;
    for (int i = 0; i < doc_entries(j->doc, of->section->key); i++)
        if (strcmp(doc_text(j->doc, (struct doc_path){of->section->key, i, of->key}), value) == 0)
            return "check.compare";
    return NULL;
}

/* Size of the picture in hand; false where it is not known. */
static bool picture_size(const struct judge *j, int64_t *w, int64_t *h)
{
    const json_t *file = json_array_get(doc_get(j->doc, path_of(j, j->field)), 0);
    *w = json_integer_value(json_object_get(file, "width"));
    *h = json_integer_value(json_object_get(file, "height"));
    return *w > 0 && *h > 0;
}

/* On an image with a frame: of its shape, within one part in 25, and not smaller. */
static const char *f_picture_frame(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    (void)value, (void)of, (void)column;
    int64_t w, h, fw = j->field->frame_w, fh = j->field->frame_h;
    if (!fw || !picture_size(j, &w, &h))
        return NULL;
    int64_t off = w * fh - h * fw;
    snprintf(j->arg[0], sizeof j->arg[0], "%d", (int)fw);
    snprintf(j->arg[1], sizeof j->arg[1], "%d", (int)fh);
    return (off < 0 ? -off : off) * 25 > w * fh || w < fw || h < fh ? "check.picture_frame" : NULL;
}

/* On an image: its long side has as many pixels as it takes to be read. */
static const char *f_picture_pixels(struct judge *j, const char *value, const struct form_field *of, const char *column)
{
    (void)value, (void)of, (void)column;
    int64_t w, h;
    snprintf(j->arg[0], sizeof j->arg[0], "%d", j->field->pixels);
    return picture_size(j, &w, &h) && w < j->field->pixels && h < j->field->pixels ? "check.picture_pixels" : NULL;
}

const struct formula *formula_find(const char *name)
{
    static const struct formula formulas[] = {{"resident_id", false, f_resident_id},
                                              {"id_area", false, f_id_area},
                                              {"uscc", false, f_uscc},
                                              {"isbn", false, f_isbn},
                                              {"issn", false, f_issn},
                                              {"patent", false, f_patent},
                                              {"mobile", false, f_mobile},
                                              {"doc_no", false, f_doc_no},
                                              {"best_rank", true, f_best_rank},
                                              {"one_open", true, f_one_open},
                                              {"absent_in", true, f_absent_in},
                                              {"picture_frame", false, f_picture_frame},
                                              {"picture_pixels", false, f_picture_pixels}};
    for (size_t i = 0; i < ARRAY_LEN(formulas); i++)
        if (strcmp(formulas[i].name, name) == 0)
            return &formulas[i];
    return NULL;
}
