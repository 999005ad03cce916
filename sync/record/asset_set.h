/* asset_set.h — the program's own assets (BASE) with packages laid over them, as one folder that is loaded as a whole.
 *
 *   DIR/set-<id>/forms rules codes guide   whole: of BASE, with the packages' files in their places
 *   DIR/set-<id>/strings/LANG.po           only what packages add or change; laid over BASE/strings/LANG.po by who reads
 *   DIR/set-<id>/packages/NAME.bpk(.minisig)
 *   DIR/set-<id>/set.json                  what it is made of
 *   DIR/current, DIR/previous              links to a set; absent: BASE alone
 *
 * A set is made beside the others, loaded by the real loader, and only then becomes current: in one rename of a link.
 * Readers (the app) may load any set that current or previous name at any time; writers (the agent, the platform's
 * publish command, a rollback by staff) wait for each other at DIR/lock. Blocking; the files are of any process that may read DIR. */
#ifndef BULU_RECORD_ASSET_SET_H
#define BULU_RECORD_ASSET_SET_H

#include "sync/record/package.h"

#define ASSET_PACKAGES_MAX 8

struct asset_package {
    char name[40], version[VERSION_SIZE], date[11], sha256[HASH_HEX];
};
struct asset_set {                                 /* set.json */
    char form[64], rules[64], codes[64], date[11]; /* date: the newest of the packages' and of forms and rules */
    char base[HASH_HEX];                           /* over BASE as it was */
    char content[2][HASH_HEX];                     /* over forms/ and rules/ */
    struct asset_package packages[ASSET_PACKAGES_MAX];
    size_t n;
};

/* Path of the set in force, or of BASE; caller frees. */
char *asset_set_path(const char *dir, const char *base);
/* The same for `previous`; NULL: there is none. */
char *asset_set_previous(const char *dir);
/* set.json of the folder that asset_set_path gave. ERR_NOT_FOUND: that is BASE, or a folder without one. */
bool asset_set_read(const char *path, struct asset_set *out, struct err *e) WARN_UNUSED;

/* Lays one more package (or its next version) over what is in force, whose signature the caller has verified: makes the
 * set, loads it and switches. What was in force becomes previous; older sets go. On failure everything stays and e says
 * which file of the package, where and what was expected: ERR_FORMAT; ERR_STATE: older than what is there, or the same
 * version with other content; ERR_EXISTS: exactly this is in force already. keep (may be NULL): called with the new
 * set's folder before it is switched to; false refuses it. */
bool asset_set_add(const char *dir, const char *base, const struct str *bytes, const struct str *signature,
                   bool (*keep)(void *ctx, const char *path, const struct asset_set *set, struct err *e), void *ctx,
                   struct asset_set *out, struct err *e) WARN_UNUSED;
/* When BASE is another than the set was made from (the program was updated): made anew, with those of its packages that
 * still fit; each(ctx, package, why) hears of those that do not. *changed: another set, or BASE alone, is in force. */
bool asset_set_refresh(const char *dir, const char *base,
                       void (*each)(void *ctx, const struct asset_package *dropped, const char *why), void *ctx,
                       bool *changed, struct err *e) WARN_UNUSED;
/* current and previous change places; without previous, BASE alone is in force. ERR_NOT_FOUND: nothing is installed. */
bool asset_set_rollback(const char *dir, struct err *e) WARN_UNUSED;

/* Whole days from a date (YYYY-MM-DD, Beijing) to now; negative before it. Older than ASSET_AGE_MAX: staff are told. */
#define ASSET_AGE_MAX 90
int asset_age(const char *date, int64_t now_ms);

/* Every catalogue's texts that the forms cite are there in Chinese: the base catalogue with the set's over it. ERR_FORMAT
 * names the first key that is missing. Part of adding; for tools. */
bool asset_set_check_words(const char *path, const char *base, struct err *e) WARN_UNUSED;

#endif
