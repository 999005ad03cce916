/* enrol_live.h — enrolment at the order of staff at the screen: the link's op `enrol` {"text"}. It takes seconds and
 * blocks, so it runs on a thread of its own with its own door to the store; the loop hears of its end by a descriptor. */
#ifndef BULU_AGENT_ENROL_LIVE_H
#define BULU_AGENT_ENROL_LIVE_H

#include "sync/agent/agent.h"

/* One at a time: a second is refused as busy. Answers {"kiosk","hall"} or a problem with the words in "detail". */
void enrol_live_begin(struct agent *a, struct link_request *r, const json_t *body);
/* For poll: readable when an enrolment ended; -1: none is under way. */
int enrol_live_fd(const struct agent *a);
void enrol_live_step(struct agent *a);                               /* ends one that is over */
void enrol_live_gone(struct agent *a, const struct link_request *r); /* who asked went away: it runs to its end */
void enrol_live_finish(struct agent *a);                             /* waits for one that is under way */

#endif
