/* kinds.h — every kind of job in one table: what runs, how it is locked in, what it may cost. */
#ifndef BULU_WORKER_KINDS_H
#define BULU_WORKER_KINDS_H

#include "app/worker/job.h"
#include "app/worker/sandbox.h"

struct kind {
    const char *name;
    bool (*prepare)(const struct job *j, struct fault *f); /* before the lock; may be NULL */
    job_run *run;
    void (*finish)(void); /* after the answer: leave the device in order, or be killed trying; may be NULL */
    struct sandbox sandbox;
    size_t memory, output; /* bytes; a request may ask for less, never for more */
    int64_t deadline_ms;   /* when the request names none; ten times as much is the most it may name */
    int at_once;           /* children of this kind side by side; more wait */
    int grace_ms;          /* between SIGTERM and SIGKILL when cancelled */
    bool persistent;       /* one child answers many requests */
    bool no_input;
};
/* The kind a request names, NULL when there is none. A PDF's thumb is the pdf kind: head: the input's first bytes. */
const struct kind *kind_find(const char *name, const unsigned char *head, size_t len);
/* The same kind where the job's arguments ask for a wider or narrower lock (a scanner at a network address). */
const struct sandbox *kind_sandbox(const struct kind *k, const struct job *j);

#endif
