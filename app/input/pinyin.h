/* pinyin.h — a pinyin composition for the keyboard: letters in, candidates out, chosen words committed. Searching is
 * the worker's (kind pinyin), asynchronous and stateless: after a choice the letters it did not use are searched anew.
 * Nothing is remembered from one composition to the next. UI thread; draws nothing. */
#ifndef BULU_INPUT_PINYIN_H
#define BULU_INPUT_PINYIN_H

#include "app/worker/door.h"

#define PINYIN_LETTERS_MAX 39

struct pinyin_candidate {
    const char *text;
    int letters; /* of the tail it uses */
};
struct pinyin_view {
    const char *chosen;   /* words chosen so far, "" at first */
    const char *letters;  /* the tail still to be chosen, [a-z]*, as typed */
    const char *spelling; /* the tail with its syllables parted: "ren'shi"; as typed while the answer is awaited */
    const struct pinyin_candidate *candidates; /* may still be those of fewer letters while waiting */
    size_t count;
    bool waiting; /* an answer is awaited */
    bool failed;  /* the worker gave none: offer another way to write */
};
struct pinyin_ops {
    void (*changed)(void *ctx); /* the view changed by an answer, later than the call that asked for it */
    void (*commit)(
        void *ctx,
        const char *text); /* the composition is complete: text goes into the field; from inside pinyin_choose */
};

struct pinyin;
struct pinyin *pinyin_create(struct worker_door *door, const struct pinyin_ops *ops, void *ctx);
void pinyin_destroy(struct pinyin *p); /* no callback comes any more; NULL is fine */

bool pinyin_active(const struct pinyin *p); /* something is being composed */
/* Takes a–z and A–Z; false for anything else and past PINYIN_LETTERS_MAX: the key is the field's own. */
bool pinyin_letter(struct pinyin *p, char letter);
/* Takes back the last choice, else the last letter; false when nothing is being composed. */
bool pinyin_backspace(struct pinyin *p);
/* False when i is not there or no longer fits what was typed. */
bool pinyin_choose(struct pinyin *p, size_t i);
/* Commits what was chosen and the letters as they are. False when nothing is being composed. */
bool pinyin_commit_raw(struct pinyin *p);
void pinyin_clear(struct pinyin *p); /* forgets all of it */
/* Valid until the next call or step of the door. */
struct pinyin_view pinyin_view(const struct pinyin *p);

#endif
