/* packages.h — signed dictionary, form and rule packages as files of one folder: NAME and NAME.minisig (minisign's format, Ed25519 over the whole
 * file). The platform serves them and verifies nothing: the kiosk does, with the region's key. */
#ifndef BULU_PLATFORM_PACKAGES_H
#define BULU_PLATFORM_PACKAGES_H

#include "sync/platform/http.h"

/* [{"name","version","etag"}…] when it differs from what seen stands for (then seen is set), else NULL. */
json_t *packages_if_new(struct platform *p, char seen[17]);
/* GET /v1/packages/{name} */
void packages_route(struct request *q);
/* Writes PATH.minisig with the key of a demonstration. version goes into the trusted comment. */
bool packages_sign(struct platform *p, const char *path, const char *version, struct err *e) WARN_UNUSED;

#endif
