/* identity.h — 实名: whether a name and an ID number belong together, asked of a service that knows. Without one a registration
 * proves the mobile only. */
#ifndef BULU_PLATFORM_IDENTITY_H
#define BULU_PLATFORM_IDENTITY_H

#include "sync/platform/platform.h"

enum identity {
    IDENTITY_MATCHES, /* also when nothing is configured */
    IDENTITY_DIFFERS,
    IDENTITY_AWAY /* no answer, or one that means nothing: logged */
};
/* Posts {"id","full_name"} to [identity] url; 200 with {"match":true|false} is an answer. Blocks for the time-out at most. */
enum identity identity_check(const struct platform *p, const char *number, const char *full_name);

#endif
