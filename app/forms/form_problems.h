/* form_problems.h — errors, warnings and a reviewer's reasons as the rows of an error summary, each with a way to its
 * field. UI thread. */
#ifndef BULU_FORMS_FORM_PROBLEMS_H
#define BULU_FORMS_FORM_PROBLEMS_H

#include "app/forms/form_reasons.h"
#include "app/ui/ui.h"
#include "sync/record/validate.h"

#define MAX_PROBLEMS 60
struct form_problems {
    struct ui_problem rows[MAX_PROBLEMS];
    char *owned[MAX_PROBLEMS * 3]; /* the rows' strings */
    size_t n, n_owned;
    size_t errors, warnings, reasons; /* all of them, also those that found no row */
};
void form_problems_finish(struct form_problems *p);
static inline void form_problems_cleanup(struct form_problems *p)
{
    form_problems_finish(p);
}
/* Findings whose section stands in one of the steps (bits 1 << enum form_step); errors first. */
void form_problems_add(struct form_problems *p, struct ui *u, const struct doc *d, const struct findings *found,
                       unsigned steps);
/* What a reviewer said and was not changed yet. */
void form_problems_reasons(struct form_problems *p, struct ui *u, const struct doc *d, const struct form_reasons *r);
/* A row of the caller's own. */
void form_problems_row(struct form_problems *p, const char *target, const char *label, const char *message,
                       bool warning);

#define ALL_STEPS (~0u)

#endif
