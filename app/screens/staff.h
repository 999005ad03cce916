/* staff.h — the staff door: what its screens share. Who signed in is known until they leave, the kiosk goes idle or the
 * person is wiped; what they do goes into the audit chain with their badge. UI thread. */
#ifndef BULU_SCREENS_STAFF_H
#define BULU_SCREENS_STAFF_H

#include "sync/store/staff.h"

struct app;

struct staff {
    char badge[STAFF_BADGE_SIZE]; /* "" : nobody signed in */
    enum staff_role role;
};

/* Writes "badge=… detail" into the audit chain. detail: numbers and states, nothing personal; "" : none. */
void staff_note(struct app *a, const char *event, const char *detail);
/* Leaves staff mode: back to the person's page, or to the idle page when nobody is here. */
void staff_leave(struct app *a);
/* Stays with the person who is here: their page goes on, with longer times and a word at its top. */
void staff_assist(struct app *a);

#endif
