/* calls.h — live calls to the platform (sync/protocol/sessions.h), app → link → agent → platform. One at a time for each
 * purpose: a new one takes the place of the one before. A call ends with one answer, or with none when it was cancelled:
 * by the person, when the screen goes (unless `stays`), when the person goes. Nothing that was sent is kept. UI thread. */
#ifndef BULU_SCREENS_CALLS_H
#define BULU_SCREENS_CALLS_H

#include "app/ui/ui.h"
#include "sync/protocol/problem.h"
#include "sync/protocol/sessions.h"

struct app;

enum call_purpose {
    CALL_CAPTCHA,
    CALL_ACCOUNT, /* login, registration, recovery: one step of one of them */
    CALL_WECHAT,
    CALL_SLOT,
    CALL_PROFILE,
    CALL_PROFILE_PUT,
    CALL_DECLARATION,
    CALL_DRAFT,
    CALL_CONFIRM,
    CALL_BLOB,
    CALL_UNITS,
    CALL_RECEIPT,
    CALL_LOGOUT,
    CALL_PURPOSES
};

struct call_answer {
    bool ok;
    const json_t *content;  /* what the answer holds, opened when it was sealed; an object, empty when there is none */
    const json_t *problem;  /* NULL when ok */
    enum problem_kind kind; /* PROBLEM_KINDS: the platform was not reached, or it said something unknown */
    bool offline;           /* the platform was not reached: what was asked may be done without it */
    const char *words; /* string key, static: what to tell the person; NULL when ok. May take {n}: see call_words */
    int retry_after_s; /* LOCKED, TOO_SOON, SLOW_DOWN …; 0: not said */
    int tries_left;    /* CODE_WRONG; -1: not said */
    const char *subject;
};

struct call {
    enum call_purpose purpose;
    const char *method, *path;
    json_t *content;     /* taken over, its texts wiped; NULL: no members */
    bool sealed;         /* to the platform's key; else the content goes as it is, when there is any */
    bool session;        /* with the token of a->account */
    bool stays;          /* goes on when the screen changes */
    int timeout_ms;      /* 0: CALL_TIMEOUT_MS */
    const char *sha256;  /* instead of method and path: the agent fetches a blob into the store */
    const char *subject; /* copied, handed back with the answer: which one this was about; at most 64 bytes */
    void (*done)(struct app *a, const struct call_answer *r); /* never during call_make; NULL: nobody waits */
};
#define CALL_TIMEOUT_MS 20000

struct call_slot {
    struct app *app;
    int id; /* of the link's request; 0: none */
    const char *refused;
    bool stays, session;
    int64_t since_ms;
    char subject[65];
    void (*done)(struct app *a, const struct call_answer *r);
};
struct calls {
    struct call_slot slots[CALL_PURPOSES];
};

void call_make(struct app *a, const struct call *c);
void call_cancel(struct app *a, enum call_purpose p);
bool call_busy(const struct app *a, enum call_purpose p);
void calls_leave(struct app *a); /* the screen goes */
void calls_wipe(struct app *a);  /* the person goes */

/* "正在…" with a way to stop it, from 300 ms on; after some seconds it says that the network is slow. label: a text. */
void call_progress(struct app *a, struct ui *u, const char *id, enum call_purpose p, const char *label,
                   struct ui_action cancel);
/* A problem's words with the minutes or tries they name. n: seconds for a lock, tries for a code. */
const char *call_words(struct ui *u, const char *words, int n);
/* Why there is no connection just now, as a key. */
const char *call_offline_words(const struct app *a);

#endif
