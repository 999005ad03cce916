/* drafts.h — drafts that were not submitted, parked for the person's next kiosk (sync/protocol/sessions.h): what the
 * agents bring in the name of a login that was, and what a session of the person gets back. Sealed under the key for
 * people; the content keys of the blobs are inside. */
#ifndef BULU_PLATFORM_DRAFTS_H
#define BULU_PLATFORM_DRAFTS_H

#include "sync/platform/applicants.h"

#define PARK_SIZE 88
/* What stands for a login of this person at this device once the session is over: "ENDS_MS.MAC". */
void park_make(const struct platform *p, const char *tag, const char *device, char out[PARK_SIZE]);

/* The list of a profile, DRAFT of sessions.h; caller decrefs. */
bool drafts_of(struct platform *p, const char *tag, const char *device, json_t **out, struct err *e) WARN_UNUSED;

void draft_put(struct request *q);    /* PUT /v1/drafts/{uuid} */
void draft_take(struct request *q);   /* POST /v1/drafts/{uuid}/take */
void draft_delete(struct request *q); /* DELETE /v1/drafts/{uuid} */

#endif
