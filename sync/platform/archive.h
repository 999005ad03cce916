/* archive.h — every version of forms and rules that a record may name. The installed assets are the newest; at each start a copy of them is kept
 * below the archive's folder, so that an upgrade does not lose what judged the older records. */
#ifndef BULU_PLATFORM_ARCHIVE_H
#define BULU_PLATFORM_ARCHIVE_H

#include "sync/record/form.h"

struct archive;
struct archive *archive_open(const char *assets, const char *folder, struct err *e) WARN_UNUSED;
void archive_close(struct archive *a);
const struct form_set *archive_newest(const struct archive *a);
/* NULL: not known here. Lives as long as the archive. Any thread. */
const struct form_set *archive_find(struct archive *a, const char *form, const char *rules);

#endif
