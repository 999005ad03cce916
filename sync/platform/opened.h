/* opened.h — a stored submission with its seal opened: the document by the forms that it names, and its files. Holds personal data: for the time
 * of one answer. */
#ifndef BULU_PLATFORM_OPENED_H
#define BULU_PLATFORM_OPENED_H

#include "sync/platform/platform.h"
#include "sync/record/doc.h"

struct opened {
    struct db_submission row;
    const struct form_set *forms;
    json_t *payload;
    struct doc *doc;
};
/* version 0: the latest. ERR_NOT_FOUND: no such submission, or its key or forms are not here any more. */
bool opened_load(struct platform *p, const char *declaration, int version, struct opened *out,
                 struct err *e) WARN_UNUSED;
void opened_finish(struct opened *o);
static inline void opened_cleanup(struct opened *o)
{
    opened_finish(o);
}
/* The file object of a blob that the document cites, borrowed; NULL: it cites none such. */
const json_t *opened_file(const struct opened *o, const char *sha256);
/* A file's plain bytes, their digest checked. */
bool opened_bytes(struct platform *p, const json_t *file, struct str *out, struct err *e) WARN_UNUSED;

#endif
