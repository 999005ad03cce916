/* conf.h — configuration as a table. A program lists its keys once; loading, defaults, --print-config and the words of
 * an error all come from that table. INI by libinih; a wrong key or value is refused with file, line and what was
 * expected. */
#ifndef BULU_BASE_CONF_H
#define BULU_BASE_CONF_H

#include "sync/base/str.h"

enum conf_type { CONF_STRING /* char *, owned by the struct */, CONF_INT /* int64_t */, CONF_BOOL /* bool: yes|no */ };

struct conf_key {
    const char *section, *name;
    enum conf_type type;
    size_t offset;       /* into the program's configuration struct */
    const char *value;   /* the default, as text; NULL: must be given */
    int64_t least, most; /* for CONF_INT */
    const char *doc;     /* one line for --print-config */
};

/* Fills *into (zeroed by the caller) from defaults and the file; path NULL: defaults only. On failure nothing is kept.
 */
bool conf_load(const char *path, const struct conf_key *keys, size_t count, void *into, struct err *e) WARN_UNUSED;
void conf_finish(const struct conf_key *keys, size_t count, void *into);
/* The sample: every key documented, with its default. */
void conf_print(const struct conf_key *keys, size_t count, struct str *out);

#endif
