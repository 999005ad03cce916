#include "app/forms/form_problems.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

#include <string.h>

void form_problems_finish(struct form_problems *p)
{
    for (size_t i = 0; i < p->n_owned; i++)
        free(p->owned[i]);
    memset(p, 0, sizeof *p);
}

void form_problems_row(struct form_problems *p, const char *target, const char *label, const char *message,
                       bool warning)
{
    if (p->n == MAX_PROBLEMS)
        return;
    char **own = p->owned + p->n_owned;
    own[0] = xstrdup(target);
    own[1] = xstrdup(label);
    own[2] = xstrdup(message);
    p->n_owned += 3;
    p->rows[p->n++] = (struct ui_problem){own[0], own[1], own[2], warning};
}

static void add_finding(struct form_problems *p, struct ui *u, const struct doc *d, const struct finding *f)
{
    char id[160];
    CLEANUP(str) struct str label = {0}, message = {0};
    doc_path_id(f->path, id, sizeof id);
    form_path_text(u, d, f->path, true, &label);
    form_finding_text(u, f, &message);
    form_problems_row(p, id, str_z(&label), str_z(&message), f->severity == SEVERITY_WARNING);
}

void form_problems_add(struct form_problems *p, struct ui *u, const struct doc *d, const struct findings *found,
                       unsigned steps)
{
    for (int warnings = 0; warnings < 2; warnings++)
        for (size_t i = 0; i < found->len; i++) {
            const struct finding *f = &found->rows[i];
            const struct form_section *s = form_section_find(doc_forms(d), f->path.section);
            if (!s || !(steps & 1u << s->step) || (f->severity == SEVERITY_WARNING) != (bool)warnings)
                continue;
            p->errors += !warnings;
            p->warnings += (size_t)warnings;
            add_finding(p, u, d, f);
        }
}

void form_problems_reasons(struct form_problems *p, struct ui *u, const struct doc *d, const struct form_reasons *r)
{
    for (size_t i = 0; r && i < r->n; i++) {
        const struct form_reason *row = &r->rows[i];
        if (!form_reason_open(row, d))
            continue;
        CLEANUP(str) struct str label = {0};
        if (row->at.section)
            form_path_text(u, d, row->at, true, &label);
        else
            str_puts(&label, tr(u, "form.whole"));
        p->reasons++;
        form_problems_row(p, row->path, str_z(&label), TR(u, "form.reason", {"text", row->text}), true);
    }
}
