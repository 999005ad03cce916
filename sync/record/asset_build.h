/* asset_build.h — inside sync/record: a set of assets laid out in a folder of its own, and judged as a whole before it
 * may be in force. asset_set.c decides when, and what becomes current. */
#ifndef BULU_RECORD_ASSET_BUILD_H
#define BULU_RECORD_ASSET_BUILD_H

#include "sync/record/asset_set.h"

enum asset_folder { ASSET_FORMS, ASSET_RULES, ASSET_CODES, ASSET_GUIDE, ASSET_STRINGS, ASSET_FOLDERS };

struct input { /* a package with its bytes as they came */
    struct str bytes, signature;
    struct package package;
};
struct inputs {
    struct input rows[ASSET_PACKAGES_MAX + 1];
    size_t n;
};
void input_finish(struct input *in);
void inputs_cleanup(struct inputs *l);

/* asset_build.c */
/* Copies of BASE's folders with the packages' files in their places; strings hold only the packages'. Durable but for
 * the folders themselves: asset_build_sync. */
bool asset_build(const char *base, const char *to, const struct inputs *all, struct err *e) WARN_UNUSED;
bool asset_build_sync(const char *path, struct err *e) WARN_UNUSED;
/* Over the folders from first to last: names and bytes of what a package could bring. */
bool asset_digest(const char *dir, enum asset_folder first, enum asset_folder last, char out[HASH_HEX],
                  struct err *e) WARN_UNUSED;
/* With fsync of the file alone. */
bool asset_file_write(const char *path, const void *bytes, size_t len, struct err *e) WARN_UNUSED;
void asset_remove_tree(const char *path);
/* Each file of the folder that a package could bring, in order of names; stops at false. */
bool asset_each(const char *dir, enum asset_folder f, bool (*each)(void *ctx, const char *path, struct err *e),
                void *ctx, struct err *e) WARN_UNUSED;

/* asset_judge.c */
/* Loads it all and compares: words for everything cited, versions that moved with their content, nothing older than
 * BASE's own. before: what is in force, NULL for BASE alone. */
bool asset_judge(const char *base, const char *path, const struct inputs *all, const struct asset_set *before,
                 struct asset_set *out, struct err *e) WARN_UNUSED;

#endif
