#include "app/screens/phases.h"

#include "sync/record/validate.h"

#include <stdio.h>
#include <string.h>

#define NOTES_MAX 8

static bool among(const struct form_section *s, size_t first, size_t n, struct doc_path p)
{
    const struct form_field *f = strcmp(s->key, p.section) == 0 ? form_field_find(s, p.field) : NULL;
    return f && f->index >= first && f->index < first + n;
}

void phase_notes(struct app *a, struct ui *u, const struct form_section *section, size_t first, size_t n)
{
    struct phase_to_come all[NOTES_MAX];
    size_t found = phases_to_come(a->session.doc, app_today(a), all, NOTES_MAX);
    for (size_t i = 0; i < found; i++) {
        char id[80];
        if (section && !among(section, first, n, all[i].path))
            continue;
        snprintf(id, sizeof id, "%.20s.%s", app_screen(a)->name, all[i].name);
        const char *name = tr(u, all[i].name);
        ui_note(u, id, TONE_INK2,
                *all[i].from ? TR(u, "phase.from", {"name", name}, {"date", all[i].from})
                             : TR(u, "phase.unknown", {"name", name}));
    }
}
