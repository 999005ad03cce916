/* profile.h — what the platform knows of the person who logged in (sync/protocol/sessions.h PROFILE): asked for after the
 * login, kept in the folder as it was last heard, brought together with what is here (merge.h). Account data and the
 * rows that the platform fills in follow the platform; what both sides changed is asked field by field (differences.c);
 * what is new here goes to the platform for other kiosks. Without a login there is what was heard last. UI thread. */
#ifndef BULU_SCREENS_PROFILE_H
#define BULU_SCREENS_PROFILE_H

#include "sync/record/merge.h"
#include "sync/record/seal.h"

#include <stdint.h>

struct app;
struct call_answer;

#define PROFILE_NOTE "profile" /* the folder's note */

typedef void profile_done(struct app *a, const char *words); /* words: string key of why not; NULL: it worked */

struct profile {
    json_t *kept;           /* as last heard; its "person" and "version" are those of the last agreement */
    json_t *pending;        /* heard while an answer was under the hand: taken in when that page is left */
    json_t *theirs;         /* while rows of `merge` are open: the platform's person scope */
    int64_t version;        /* of theirs */
    struct merge merge;     /* its rows: what the person is asked */
    signed char word[64];   /* for the first rows: 1 the platform's, 0 ours, -1 not said yet */
    bool fresh;             /* heard in this session */
    int64_t heard_ms;       /* monotonic */
    const char *words;      /* string key of why the last question got no answer; NULL */
    json_t *sending;        /* the person scope on its way to the platform */
    char offered[HASH_HEX]; /* of what was looked at last for sending */
    int refused;            /* conflicts in this session */
    char mending[37];       /* a returned declaration that is being fetched */
    profile_done *then;
};

/* The folder was opened: bytes are the kept note's, or none. */
void profile_loaded(struct app *a, const void *note, size_t len);
/* Asks the platform when somebody is logged in; again: also when it was heard a short while ago. */
void profile_fetch(struct app *a, bool again);
/* Another page is shown: takes in what waited for that, sends what is new. */
void profile_settle(struct app *a);
/* Something was delivered: images that the platform did not hold may go along now. */
void profile_delivered(struct app *a);
void profile_wipe(struct app *a);

/* A list of the profile: "training", "ecerts", "declarations"; NULL while nothing was heard. Borrowed. */
const json_t *profile_list(const struct app *a, const char *name);
/* Title and award date of a declaration as the platform lists it; "" where it does not. */
void profile_title(const struct app *a, const char *declaration, char *title, size_t title_size, char *date,
                   size_t date_size);
/* Is there an e-certificate for a title of this name and year on the platform? */
bool profile_has_ecert(const struct app *a, const char *title, const char *date);
/* 是否已有电子证书 is answered from the platform's list where that decides it. named: the title or its date was given just
 * now, or the list came: an answer given before that is corrected, once. */
void profile_answer_ecert(struct app *a, bool named);

/* What is asked (differences.c). */
size_t profile_open(const struct app *a);
void profile_word(struct app *a, size_t row, bool theirs);
bool profile_decided(const struct app *a); /* every row */
void profile_agree(struct app *a);         /* the words stand: kept, and told to the platform */

/* A returned declaration comes into hand as a draft of the next version, with the reviewer's reasons: from what is here,
 * else from the platform. */
void declaration_mend(struct app *a, const char *id, profile_done *done);
/* 待本人确认: the person who logged in confirms. */
void declaration_confirm(struct app *a, const char *id, profile_done *done);

#endif
