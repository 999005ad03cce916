/* packages.h — signed dictionary, form and rule packages (record/package.h) as files of one folder: NAME.bpk and
 * NAME.bpk.minisig. Kiosks verify what they get; here it is verified once more when it is published, so that nothing goes
 * out that kiosks would refuse, and nothing under which records could be made that could not be judged here. */
#ifndef BULU_PLATFORM_PACKAGES_H
#define BULU_PLATFORM_PACKAGES_H

#include "sync/platform/http.h"
#include "sync/record/asset_set.h"

/* [{"name","version","etag"}…] when it differs from what seen stands for (then seen is set), else NULL. */
json_t *packages_if_new(struct platform *p, char seen[17]);
/* GET /v1/packages/{name} */
void packages_route(struct request *q);
/* Writes PATH.minisig with the key of a demonstration. version goes into the trusted comment. */
bool packages_sign(struct platform *p, const char *path, const char *version, struct err *e) WARN_UNUSED;

/* Takes PATH (a package, PATH.minisig beside it) into force: verified by the keys that kiosks hold, laid over the
 * installed assets and what was published before, loaded whole, its versions kept in the archive, then handed out. The
 * serving process sees it by itself. Publishing the same once more does no harm. */
bool packages_publish(struct platform *p, const char *path, struct asset_package *out, struct asset_set *set,
                      struct err *e) WARN_UNUSED;

#endif
