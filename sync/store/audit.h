/* audit.h — inside sync/store only: the hash of a row, for adding and for verifying. */
#ifndef BULU_STORE_AUDIT_H
#define BULU_STORE_AUDIT_H

#include "sync/store/db.h"

#define AUDIT_START "bulu-audit-1" /* stands before the first row */

void audit_hash(const struct store *s, const char *before, int64_t n, int64_t at_ms, const char *event,
                const char *detail, char out[HASH_HEX]);

#endif
