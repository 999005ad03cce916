/* session.h — who is at the kiosk and what they have in hand: the folder's key and the 取件码 in locked memory, the
 * declaration being worked on, what the reviewer said. session_wipe leaves nothing of it. UI thread. */
#ifndef BULU_JOURNEY_SESSION_H
#define BULU_JOURNEY_SESSION_H

#include "sync/record/doc.h"
#include "sync/record/seal.h"
#include "sync/store/store.h"

#define CODE_DIGITS 6
struct session_secret { /* in locked memory */
    char id18[19];
    char code[CODE_DIGITS + 1];
    unsigned char key[KEY_BYTES];
};

struct session {
    const struct crypto_ops *crypto;
    struct session_secret *secret; /* NULL: nobody is here */
    char folder[37];               /* "" until the folder is open */
    struct doc *doc;               /* person scope, and the title scope of `declaration` */
    char declaration[37];          /* "" : none in hand */
    int version;
    bool new_person; /* the folder was made in this session */
    bool has_code;   /* a 取件码 opens it */
    bool code_void;  /* one that nobody had proved to be theirs was made void by this login */
    bool by_staff;   /* opened for who forgot the 取件码 */
};

/* Takes the number and the 取件码; both are copied into locked memory. */
void session_begin(struct session *s, const struct crypto_ops *c, const char *id18, const char *code);
/* The folder was opened or made: its key goes into locked memory; f stays the caller's. */
void session_folder(struct session *s, const struct folder *f);
/* A folder that shares the session's key, for a job: folder_finish frees it. */
struct folder session_folder_copy(const struct session *s);
bool session_open(const struct session *s); /* a folder is open */
/* Another declaration comes into hand; the title scope is cleared. */
void session_declaration(struct session *s, const char *declaration, int version);
void session_wipe(struct session *s);

#endif
