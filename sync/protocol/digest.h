/* digest.h — Content-Digest and Repr-Digest (RFC 9530, a structured-field dictionary of byte sequences), sha-256 only.
 * Content-Digest is over the bytes as they travel: of a batch, the zstd-compressed ones. */
#ifndef BULU_PROTOCOL_DIGEST_H
#define BULU_PROTOCOL_DIGEST_H

#include "sync/base/str.h"

#define DIGEST_BYTES 32

/* "sha-256=:…:" */
void digest_field(const unsigned char sha256[DIGEST_BYTES], struct str *out);
enum digest_found { DIGEST_ABSENT /* no sha-256 member */, DIGEST_FOUND, DIGEST_MALFORMED };
/* Finds sha-256 among the members; the last one counts, as RFC 8941 has it. out is set for DIGEST_FOUND only. */
enum digest_found digest_parse(const char *field, size_t len, unsigned char out[DIGEST_BYTES]);

#endif
