/* batch.h — a batch on the wire: JSON Lines (each line ends with \n), zstd-compressed. Pure; for untrusted bytes. */
#ifndef BULU_PROTOCOL_BATCH_H
#define BULU_PROTOCOL_BATCH_H

#include "sync/base/str.h"

#define WIRE_BATCH_RECORDS 500
#define WIRE_BATCH_BYTES   (1u << 20) /* compressed */
#define WIRE_BATCH_PLAIN   (8u << 20) /* decompressed: a bomb ends here */

/* Appends the compressed body. ERR_LIMIT: more lines or bytes than the wire takes. */
bool wire_batch_pack(const char *lines, size_t len, struct str *out, struct err *e) WARN_UNUSED;
/* Appends the lines. ERR_LIMIT past any of the three limits, ERR_FORMAT for what is no zstd, is cut short, has bytes
 * behind its frame, an empty line, no line at all, or bytes that are not UTF-8. */
bool wire_batch_unpack(const void *body, size_t len, struct str *lines, struct err *e) WARN_UNUSED;

/* Walks over lines: {text, text + len} to start; false at the end. The line comes without its \n. */
struct wire_lines {
    const char *at, *end;
};
bool wire_lines_next(struct wire_lines *l, const char **line, size_t *len);

#endif
