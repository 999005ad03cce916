/* phases.h — 分批有序: says calmly that a phase has not come yet (rules/phases.json); nobody is stopped by it. */
#ifndef BULU_SCREENS_PHASES_H
#define BULU_SCREENS_PHASES_H

#include "app/screens/app.h"

/* A note for each answer of the declaration in hand whose phase has not come: of this section's fields from first on, n
 * of them; section NULL: of all. */
void phase_notes(struct app *a, struct ui *u, const struct form_section *section, size_t first, size_t n);

#endif
