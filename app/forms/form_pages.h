/* form_pages.h — a section as a row of questions: the fields that share a group, or one field each. Pure. */
#ifndef BULU_FORMS_FORM_PAGES_H
#define BULU_FORMS_FORM_PAGES_H

#include "sync/record/validate.h"

struct form_question {
    const char *title;       /* string key: the group's, or the field's label */
    const char *help;        /* string key, or NULL; the catalogue may lack it */
    const char *field, *end; /* keys of its first and last field */
    size_t first, n;         /* fields [first, first + n) of the section */
};
#define MAX_QUESTIONS 64

/* The questions of an entry as it is answered now (fields that are not shown make none). one_each (large text): a group
 * of more than three lines comes one line at a time, ungrouped fields each alone, read-only ones not at all;
 * else neighbours without a group are one question under the section's title. Writes at most max; returns how many. */
size_t form_questions(const struct doc *d, const struct form_section *s, int entry, bool one_each,
                      struct form_question *out, size_t max);
/* The question that has this field; n when there is none. */
size_t form_question_of(const struct form_section *s, const struct form_question *q, size_t n, const char *field);

#endif
