/* profiles.h — what the platform keeps of a person for the next kiosk: the sections about the person as the newest submission or
 * PUT has them, rows of 继续教育, titles with e-certificates, declarations. The calls /v1/profile, /v1/declarations, /v1/blobs. */
#ifndef BULU_PLATFORM_PROFILES_H
#define BULU_PLATFORM_PROFILES_H

#include "sync/platform/applicants.h"

/* The person scope that holds, NULL when there is none or it cannot be opened here any more; caller decrefs. Its version, 0:
 * none. */
bool profile_load(struct platform *p, const char *tag, json_t **person, int64_t *version, struct err *e) WARN_UNUSED;
/* Whether a scope answers "SECTION.FIELD" of a section with one entry. */
bool scope_answers(const json_t *scope, const char *field);

#endif
