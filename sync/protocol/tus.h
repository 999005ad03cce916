/* tus.h — the header fields of tus 1.0 (resumable upload) with checksum and creation. Pure; for untrusted bytes. */
#ifndef BULU_PROTOCOL_TUS_H
#define BULU_PROTOCOL_TUS_H

#include "sync/base/str.h"

#define TUS_VERSION    "1.0.0"
#define TUS_EXTENSIONS "creation,creation-with-upload,checksum,expiration"
#define TUS_CHECKSUMS  "sha1,sha256"

/* Upload-Metadata: "key base64,key base64,key". Appends the decoded value of key; false when it is absent or the field
 * is not well formed (empty or doubled keys, bad base64). */
bool tus_metadata_get(const char *field, size_t len, const char *key, struct str *value) WARN_UNUSED;
/* Appends "key base64", with a comma before it when the field has something already. */
void tus_metadata_add(struct str *field, const char *key, const void *value, size_t len);

enum tus_algorithm { TUS_SHA1, TUS_SHA256 };
struct tus_checksum {
    enum tus_algorithm algorithm;
    unsigned char value[32];
    size_t len; /* 20 or 32 */
};
/* Upload-Checksum: "sha1 base64" | "sha256 base64". False: not well formed or another algorithm. */
bool tus_checksum_parse(const char *field, size_t len, struct tus_checksum *out) WARN_UNUSED;
/* Upload-Offset, Upload-Length: a whole number ≥ 0 in digits only, below 2^53. */
bool tus_number_parse(const char *field, size_t len, int64_t *out) WARN_UNUSED;

#endif
