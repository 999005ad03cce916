/* canon.h — canonical JSON: RFC 8785 restricted to objects, arrays, strings (NFC), booleans and integers (|n| < 2^53).
 * No null, no real number, no duplicate key, no lone surrogate, no control character but \n and \t in strings. */
#ifndef BULU_RECORD_CANON_H
#define BULU_RECORD_CANON_H

#include "sync/base/str.h"

#include <jansson.h>

/* Appends the canonical bytes. Strings are brought to NFC. ERR_FORMAT names the member that is not allowed. */
bool canon_write(const json_t *value, struct str *out, struct err *e) WARN_UNUSED;
/* Strict parse of untrusted bytes, with limits on depth (32) and size (16 MiB); caller json_decrefs. NULL on failure. */
json_t *canon_parse(const char *p, size_t len, struct err *e) WARN_UNUSED;
static inline void json_cleanup(json_t **j)
{
    json_decref(*j);
}

#endif
