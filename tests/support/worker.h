/* worker.h — drives the real bulu-worker through the app's door and waits for one answer. */
#ifndef BULU_TESTS_WORKER_H
#define BULU_TESTS_WORKER_H

#include "app/worker/door.h"

#include <jansson.h>

/* The bulu-worker beside this test ($BULU_BUILD, else found from /proc/self/exe); caller frees. */
char *worker_program(void);
/* A door to a worker with --selftest; fails the test when it cannot be had. */
struct worker_door *worker_open(void);

struct worker_said {
    bool done, ok;
    char error[32], detail[200];
    json_t *result;
    struct str bytes;
    int progress, dones; /* how often */
    double share;        /* the last */
};
void worker_said_cleanup(struct worker_said *s);
extern const struct worker_job_ops worker_said_ops; /* ctx: struct worker_said */

/* Runs the door until s->done, at most ms; false when it did not come. */
bool worker_wait(struct worker_door *d, struct worker_said *s, int ms);
/* Runs the door for ms whatever comes. */
void worker_turn(struct worker_door *d, int ms);
/* Posts and waits. args: jansson pack format without arguments is stolen (may be NULL). */
struct worker_said worker_call(struct worker_door *d, enum worker_kind kind, json_t *args, const void *bytes,
                               size_t len);
int64_t worker_now(void);

#endif
