/* readings.h — what a machine read on a picture that was just attached (证书编号, 授予时间, 文号): offered beside what the
 * person typed, taken only when they say so, and a warning where the two differ. Which answers: `reads` of the field of
 * files (sync/record/form.h). Never a name. Kept while the declaration is in hand. UI thread. */
#ifndef BULU_SCREENS_READINGS_H
#define BULU_SCREENS_READINGS_H

#include "app/ui/ui.h"
#include "sync/record/doc.h"
#include "sync/record/seal.h"

struct app;
struct form_field;

struct reading {
    const struct form_field *into;
    char file[HASH_HEX]; /* the picture: gone when it is deleted */
    char text[96];
    bool kept; /* the person stays with their own answer */
};
struct readings {
    struct reading list[24];
    size_t n;
    int job;             /* the worker's number; 0: none */
    unsigned generation; /* of what is in hand: a late answer is for nobody */
};
enum reading_action { READING_TAKE = 760, READING_KEEP, READING_ACTIONS_END };

/* A picture was put into this field: look at it, unless the field reads nothing or the worker is not there. One at a
 * time; a picture that comes while another is read is not looked at. */
void readings_look(struct app *a, const char *path_id, const char *sha256, const void *bytes, size_t len);
/* Below the files of their field; nothing when nothing was read. */
void readings_card(struct app *a, struct ui *u, const struct form_field *f);
/* How many answers differ from what was read, and were not kept on purpose. */
size_t readings_differ(struct app *a);
/* The note of the check page, with the way to the pictures; nothing when nothing differs. */
void readings_note(struct app *a, struct ui *u);
bool readings_event(struct app *a, const struct ui_event *ev);
void readings_forget(struct app *a); /* another declaration, or nobody */

#endif
