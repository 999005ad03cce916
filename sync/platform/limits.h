/* limits.h — how often somebody may ask: a token bucket a key (an address, a user), in memory, of bounded size. What
 * must survive a restart (wrong passwords, wrong codes) is counted in the database instead. Any thread. */
#ifndef BULU_PLATFORM_LIMITS_H
#define BULU_PLATFORM_LIMITS_H

#include "sync/base/str.h"

struct limits;
struct limits *limits_create(void);
void limits_destroy(struct limits *l);
/* Takes one of key's per_minute, of which a quarter may come at once. 0: go on; else the seconds to wait. */
int limits_take(struct limits *l, const char *key, int64_t per_minute, int64_t mono_ms);

#endif
