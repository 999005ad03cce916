/* same_title.h — one title of one day is entered once: how a declaration is known again after its content has been wiped.
 * Kept is a hash of title and date under the person's own key (a note of the folder), never the words. UI thread, except
 * where said. */
#ifndef BULU_SCREENS_SAME_TITLE_H
#define BULU_SCREENS_SAME_TITLE_H

#include "app/screens/app.h"

#define SAME_TITLE_NOTE "titles" /* name of the folder's note: {"<declaration>":{"month":hash,"day":hash or ""}} */

/* Of the title in d; both "" while title or date is not known, day "" where the day is not. Any thread. */
void same_title_mark(const struct crypto_ops *c, const char *folder, const struct doc *d, struct title_mark *out);
/* Adds a declaration's mark to the note; a failure is logged, it holds nothing up. Store thread. */
void same_title_keep(struct store *s, const struct folder *f, const char *declaration, const struct title_mark *m);
/* The mark of a declaration in the note's bytes; out is zeroed when it has none. */
void same_title_find(const char *note, size_t len, const char *declaration, struct title_mark *out);

/* Another declaration of this person for the title in hand; NULL: none. */
const struct record *same_title(const struct app *a);
/* Says so, with a way to it; nothing when there is none. True: there is one. */
bool same_title_note(struct app *a, struct ui *u);
/* True when it was the note's button. */
bool same_title_event(struct app *a, const struct ui_event *ev);

#endif
