/* package_make.h — a package from an edited copy of assets/. */
#ifndef BULU_CTL_PACKAGE_MAKE_H
#define BULU_CTL_PACKAGE_MAKE_H

#include "sync/record/package.h"

struct make_input {
    const char *edited, *base; /* folders as assets/ */
    const char *name, *version, *date, *program;
    const char *const *replaces;
    size_t n_replaces;
};
/* Takes what differs from base (of catalogues: the texts that do), lays it over base in a folder for trial, loads it
 * all, and appends the package. n: how many files it has. An error names the edited file as it stands in the package.
 * ERR_NOT_FOUND: nothing differs. */
bool package_make(const struct make_input *in, struct str *out, size_t *n, struct err *e) WARN_UNUSED;

#endif
