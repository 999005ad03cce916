/* blobs.h — attachments as the ciphertext they have been since capture, named by its sha256, and the uploads that bring them: a table of
 * operations. blobs_dir.c is a folder; an S3 store comes with the region. Any thread. */
#ifndef BULU_PLATFORM_BLOBS_H
#define BULU_PLATFORM_BLOBS_H

#include "sync/base/str.h"

#define UPLOAD_ID_SIZE 33

struct blob_upload {
    char id[UPLOAD_ID_SIZE], device[37], sha256[65];
    int64_t length, offset;
    int64_t made_ms;
};
struct blob_writer; /* one request's hold on an upload */

struct blobs;
struct blobs_ops {
    void (*close)(struct blobs *b);
    bool (*has)(struct blobs *b, const char *sha256, int64_t *bytes);
    /* Appends the ciphertext; ERR_NOT_FOUND, ERR_LIMIT. */
    bool (*get)(struct blobs *b, const char *sha256, size_t max, struct str *out, struct err *e);
    /* Writes u->id. u: device, sha256, length, made_ms. An upload of a blob that is held is complete at once. */
    bool (*upload_create)(struct blobs *b, struct blob_upload *u, struct err *e);
    /* ERR_NOT_FOUND: never was, or has expired. offset == length: complete, the blob is held. */
    bool (*upload_find)(struct blobs *b, const char *id, struct blob_upload *out, struct err *e);
    /* Takes the upload for this request. An older request on it loses its hold: a kiosk that lost its connection comes back before this
     * side has noticed. */
    struct blob_writer *(*upload_open)(struct blobs *b, const char *id, struct blob_upload *out, struct err *e);
    /* Appends at the end. ERR_STATE: a newer request holds the upload; ERR_LIMIT: more than its length. */
    bool (*upload_write)(struct blob_writer *w, const void *p, size_t len, struct err *e);
    /* Forgets what was written behind offset, unless the hold is lost. */
    bool (*upload_rewind)(struct blob_writer *w, int64_t offset, struct err *e);
    /* Lets go. When all bytes are there: verifies the sha256, makes the blob durable (file and folder) and sets *complete. ERR_CRYPTO:
     * the bytes are not what was announced; the upload is gone. sha256: of the whole, from one who wrote all of it; NULL: read it. */
    bool (*upload_close)(struct blob_writer *w, const unsigned char *sha256, bool *complete, struct err *e);
    /* Removes uploads made before the time. */
    size_t (*sweep)(struct blobs *b, int64_t before_ms);
};
struct blobs {
    const struct blobs_ops *ops;
};

struct crypto_ops;
struct blobs *blobs_dir_open(const char *dir, const struct crypto_ops *crypto, struct err *e) WARN_UNUSED;

#endif
