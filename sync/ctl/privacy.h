/* privacy.h — does anything readable of a person lie about on this machine? */
#ifndef BULU_CTL_PRIVACY_H
#define BULU_CTL_PRIVACY_H

#include "sync/base/str.h"

struct privacy_report {
    int64_t files, bytes;
    size_t findings; /* must be 0 */
    size_t unread;   /* files that this user may not read: nothing is known of them */
    size_t cares;    /* settings of the machine that keep more than they should */
    struct str text; /* a line each; never a value. The caller finishes it */
};
static inline void privacy_report_cleanup(struct privacy_report *r)
{
    str_finish(&r->text);
}

/* Reads every file below the places (those that exist). markers: a file with a planted marker a line, at least four
 * bytes each; NULL: ID numbers only. False: the markers could not be read. Slow: reads all bytes. */
bool privacy_scan(const char *const *places, size_t n, const char *markers, struct privacy_report *out,
                  struct err *e) WARN_UNUSED;

#endif
