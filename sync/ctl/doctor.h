/* doctor.h — inside sync/ctl: what the checks share. A check looks and changes nothing that lasts. */
#ifndef BULU_CTL_DOCTOR_H
#define BULU_CTL_DOCTOR_H

#include "sync/ctl/command.h"

enum mark { MARK_GOOD, MARK_CARE, MARK_BROKEN };

struct doctor {
    const struct ctl_conf *conf;
    const char *check;   /* the name of the one that runs */
    struct store *store; /* NULL: it does not open, store_problem says why */
    bool dir_there;      /* the store's directory */
    bool store_missing;  /* there is none yet */
    char store_problem[512];
    int marks[3];
    json_t *json; /* the list to print at the end; NULL: lines at once */
};

/* remedy: what to do, for care and broken; "" for good. */
void doctor_say(struct doctor *d, enum mark mark, const char *remedy, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* An errno in words. */
const char *doctor_reason(int errno_value);

void doctor_enrolment(struct doctor *d);   /* doctor_agent.c */
void doctor_certificate(struct doctor *d); /* doctor_agent.c */
void doctor_agent(struct doctor *d);       /* doctor_agent.c */
void doctor_sandbox(struct doctor *d);     /* doctor_sandbox.c */

#endif
