/* archive.h — every version of forms, rules and dictionaries that a record may name, with the words for them. The newest
 * are the installed assets with the published packages over them (record/asset_set.h). A copy of each newest version
 * is kept below the archive's folder, at start and when a package is published, so that neither an upgrade nor a
 * package loses what judged the older records: FOLDER/FORM_RULES_CODES/{forms,rules,codes,strings}. */
#ifndef BULU_PLATFORM_ARCHIVE_H
#define BULU_PLATFORM_ARCHIVE_H

#include "sync/record/form.h"

struct archive;
/* sets: folder of the published packages' sets, which need not exist. */
struct archive *archive_open(const char *assets, const char *sets, const char *folder, struct err *e) WARN_UNUSED;
void archive_close(struct archive *a);
/* All sets live as long as the archive; any thread. */
/* What is in force now: a package published by another process is seen at the next call. */
const struct form_set *archive_newest(struct archive *a);
/* NULL: not known here. Without those dictionaries (codes "" or not here) the newest of that form and rules. */
const struct form_set *archive_find(struct archive *a, const char *form, const char *rules, const char *codes);
/* One set of each form version that was kept, the newest first: for the columns of an export. Returns how many. */
size_t archive_forms(struct archive *a, const struct form_set **out, size_t most);
/* A text for a set of this archive in its version's own words; NULL when it is missing. */
const char *archive_label(struct archive *a, const struct form_set *set, const char *key);

/* Copies the version that lies at path (assets, or a set made over them) into the archive's folder; true when it is
 * there already. */
bool archive_keep(const char *folder, const char *assets, const char *path, struct err *e) WARN_UNUSED;

#endif
