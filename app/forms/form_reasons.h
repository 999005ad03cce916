/* form_reasons.h — what a reviewer wants changed: a reason per field, shown at the field until its answer differs from
 * the one that was returned. Pure. */
#ifndef BULU_FORMS_FORM_REASONS_H
#define BULU_FORMS_FORM_REASONS_H

#include "sync/record/doc.h"

struct form_reason {
    char path[160];
    char *text;
    char *was;          /* canonical answer when it was returned, or NULL */
    struct doc_path at; /* section NULL: not a path of these forms: it concerns the whole declaration */
};
struct form_reasons {
    struct form_reason *rows;
    size_t n;
};
/* json: [{"path":"form.…","reason":"…"}…] as the platform sent it (untrusted: at most 200 rows, others are dropped); d:
 * the answers that were returned. Or as form_reasons_write wrote it: then d is only asked for the paths. */
void form_reasons_load(struct form_reasons *r, const struct doc *d, const char *json);
/* The same with the answers that were returned ("was"), so that they can be told from what was changed since. */
void form_reasons_write(const struct form_reasons *r, struct str *out);
void form_reasons_finish(struct form_reasons *r);
/* The reason for this field; NULL when there is none or the answer was changed since. */
const char *form_reason_at(const struct form_reasons *r, const struct doc *d, struct doc_path p);
bool form_reason_open(const struct form_reason *row, const struct doc *d);
size_t form_reasons_open(const struct form_reasons *r, const struct doc *d);

#endif
