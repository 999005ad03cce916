/* export.h — accepted declarations for those who run the existing system: every field of every form version as text, by the form tables, and the
 * attachments. One walk gives files one after another: the attachments of each declaration, then declarations.csv (one row a declaration), one CSV a
 * repeating section, files.csv (one row an attachment), fields.csv (what each column is), problems.csv (what could not be opened), all sheets again as
 * declarations.xlsx, and export.json (from which cursor to which). Cells: table.h, book.h.
 *
 * Incremental: a declaration comes when its acceptance is behind `since`; the next walk begins where this one ended. One that was passed on and later
 * finished comes twice, with its newer state. */
#ifndef BULU_PLATFORM_EXPORT_H
#define BULU_PLATFORM_EXPORT_H

#include "sync/platform/platform.h"

#define EXPORT_PASSED "submitted_superior,done" /* the unit has passed it on, or the superior has as well */
#define EXPORT_DONE   "done"

struct export_options {
    const char *states; /* one of the above */
    int64_t since;      /* cursor; 0: from the beginning */
    size_t most;        /* declarations; 0: all */
};
struct export;
struct export *export_begin(struct platform *p, const struct export_options *o, struct err *e) WARN_UNUSED;
void export_end(struct export *x);

struct export_file {
    char name[160]; /* path with '/' within the export; ASCII */
    struct str bytes;
    int fd; /* >= 0: pread size bytes of it instead; not to be closed */
    int64_t size;
};
/* 1: f is the next file (bytes are reused by the next call; finish them at last). 0: that was all. -1: failed. */
int export_next(struct export *x, struct export_file *f, struct err *e);
/* Known behind the last file. */
int64_t export_cursor(const struct export *x);
size_t export_count(const struct export *x);

/* Writes parts of at most 500 declarations below dir: PART/… and, when a part is whole and durable, its cursor into dir/cursor.json. A walk that
 * was broken off begins again at the last whole part. since < 0: where cursor.json says. */
bool export_to_folder(struct platform *p, const char *dir, const char *states, int64_t since, size_t *count,
                      int64_t *cursor, struct err *e);

#endif
