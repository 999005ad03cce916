/* parked.h — a draft goes with its person: each save of somebody who logged in is parked on the platform (by the store
 * and the agent; sync/protocol/sessions.h), and what lies there from another kiosk is offered here. One kiosk holds a
 * draft; taking it up makes this the one. Where both sides were written on, the person decides. UI thread, except where
 * said. */
#ifndef BULU_SCREENS_PARKED_H
#define BULU_SCREENS_PARKED_H

#include "app/screens/app.h"

struct job;

/* --- saving --- */
/* The doc's draft goes along with this save, when somebody is logged in. */
void parked_prepare(struct app *a, struct job *j);
/* Store thread: the save of a prepared job. */
bool parked_save(struct store *s, struct job *j, const char *declaration, struct err *e);
/* The person has gone, or another draft comes into hand: the agent does not wait. */
void parked_go(struct app *a);

/* --- what lies on the platform --- */
struct parked_place {
    const char *hall; /* borrowed of the profile */
    int kiosk;
    int64_t edited_ms;
};
struct parked_draft {
    const char *declaration, *name, *date;
    int version;
    int64_t edit, base;
    bool mine, gone;
    struct parked_place at, other; /* other.edited_ms 0: none */
};
/* False: none of this declaration, as far as was heard. */
bool parked_find(const struct app *a, const char *declaration, struct parked_draft *out);
/* The i-th that is not here at all; false: no more. */
bool parked_away(const struct app *a, size_t i, struct parked_draft *out);

enum parked_stand {
    PARKED_OURS,     /* nothing to say */
    PARKED_SAME,     /* another kiosk took it up and wrote nothing */
    PARKED_NEWER,    /* another kiosk wrote on; nothing was changed here since */
    PARKED_DIVERGED, /* both did */
    PARKED_GONE      /* the person threw it away elsewhere */
};
/* How a draft of this kiosk stands to it. */
enum parked_stand parked_stand(const struct declaration_row *r, const struct parked_draft *d);

/* Takes the draft up and into hand. theirs: with what lies on the platform, in place of what is here. words: string key
 * of why not. */
void parked_open(struct app *a, const char *declaration, bool theirs, void (*done)(struct app *a, const char *words));
/* It is not offered any more, until the platform is heard again. */
void parked_forget(struct app *a, const char *declaration);
/* Throws away what lies on the platform. */
void parked_delete(struct app *a, const char *declaration, void (*done)(struct app *a, const char *words));

#endif
