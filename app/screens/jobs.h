/* jobs.h — one errand to the store thread: what it needs, what it brings back. The folder's key travels in locked
 * memory of its own, so that a wipe can happen while it runs; results for a person who has gone are dropped. */
#ifndef BULU_SCREENS_JOBS_H
#define BULU_SCREENS_JOBS_H

#include "app/screens/app.h"

struct job {
    struct app *app;
    unsigned session;
    bool (*work)(struct store *s, struct job *j, struct err *e); /* store thread */
    void (*done)(struct app *a, struct job *j, bool ok, const struct err *e);
    bool always; /* done is called also when the person has gone */

    struct folder folder; /* of the session when the job was made; key NULL: none */
    struct session_secret *secret;
    char declaration[37], receipt[RECEIPT_SIZE], name[64];
    struct str bytes, more, note;
    struct declaration_row *rows;
    struct str *docs; /* n_rows of them */
    size_t n_rows;
    struct status_row *history;
    size_t n_history;
    struct code_verdict verdict;
    struct folder_slots slots;
    bool code_void;
    struct blob_info blob;
    struct submission submission;
    struct world world;
    uint64_t generation;
    int64_t seq;
    int number;
    bool flag;
    void *extra; /* freed by free() */
};
struct job *job_new(struct app *a, bool (*work)(struct store *, struct job *, struct err *),
                    void (*done)(struct app *, struct job *, bool, const struct err *));
void job_post(struct job *j); /* takes it over */
void job_free(struct job *j);

#endif
