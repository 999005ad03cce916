/* eligibility.c — which titles are to be entered (序言 of the guide): the first rule of assets/rules/eligibility.json
 * that fits. */
#include "sync/record/form_set.h"

#include <stdio.h>
#include <string.h>

/* Dates are compared by what both tell: "2001" is neither before 2001-06-30 nor after it. */
static int date_order(const char *a, const char *b)
{
    size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    return strncmp(a, b, n);
}

static bool fits(const struct eligibility_rule *r, const struct eligible_title *t, const char *date)
{
    if (r->date_unknown && *date)
        return false;
    if ((r->before && (!*date || date_order(date, r->before) >= 0)) ||
        (r->after && (!*date || date_order(date, r->after) <= 0)))
        return false;
    return (r->ecert < 0 || r->ecert == (int)t->ecert) && (r->by_exam < 0 || r->by_exam == (int)t->by_exam);
}

int eligibility_ecert_since(const struct form_set *f)
{
    return f->ecert_since;
}

struct eligible_verdict eligibility(const struct form_set *f, const struct eligible_title *t)
{
    char date[16] = "";
    if (t->date && date_check(t->date))
        zcopy(date, sizeof date, t->date);
    else if (t->year > 0 && t->year < 10000)
        snprintf(date, sizeof date, "%04d", t->year);
    size_t i = 0;
    while (i + 1 < f->n_eligibility && !fits(&f->eligibility[i], t, date))
        i++;
    return f->eligibility[i].verdict;
}
