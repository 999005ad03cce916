/* uploads.c — bytes go to the upload's file as they come, so that a cut connection keeps what arrived. With Upload-Checksum they count only when
 * the request was whole and its checksum right: else the upload stands where it stood. */
#include "sync/platform/uploads.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/tus.h"
#include "sync/record/seal.h"

#include <gnutls/crypto.h> /* SHA-1, which tus asks for: a check against accidents, no protection */
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct transfer {
    struct blob_writer *writer; /* NULL: nothing more is to be written */
    struct blob_upload upload;
    int64_t began_at; /* offset of this request's first byte */
    bool created;     /* POST */
    bool checked;     /* there is a checksum */
    struct tus_checksum checksum;
    struct hash_state sha256; /* of this request's bytes, always: of the whole when they begin at 0 */
    gnutls_hash_hd_t sha1;
};

/* --- headers --- */

static void put_number(struct request *q, const char *name, int64_t n)
{
    char z[24];
    snprintf(z, sizeof z, "%" PRId64, n);
    answer_header(q, name, z);
}

static void put_expires(struct request *q, const struct blob_upload *u)
{
    time_t at = (time_t)(u->made_ms / 1000 + q->platform->conf.upload_hours * 3600);
    struct tm tm;
    char z[40];
    gmtime_r(&at, &tm);
    strftime(z, sizeof z, "%a, %d %b %Y %H:%M:%S GMT", &tm); /* LC_TIME is C: nothing here calls setlocale */
    answer_header(q, "Upload-Expires", z);
}

static bool number_header(struct request *q, const char *name, int64_t *out)
{
    const char *z = request_header(q, name);
    return z && tus_number_parse(z, strlen(z), out);
}

/* Of every request but OPTIONS. */
static bool version_ok(struct request *q)
{
    const char *version = request_header(q, "Tus-Resumable");
    answer_header(q, "Tus-Resumable", TUS_VERSION);
    if (version && !strcmp(version, TUS_VERSION))
        return true;
    refuse(q, PROBLEM_TUS_VERSION);
    answer_header(q, "Tus-Version", TUS_VERSION);
    return false;
}

void uploads_options(struct request *q)
{
    q->status = 204;
    answer_header(q, "Tus-Resumable", TUS_VERSION);
    answer_header(q, "Tus-Version", TUS_VERSION);
    answer_header(q, "Tus-Extension", TUS_EXTENSIONS);
    answer_header(q, "Tus-Checksum-Algorithm", TUS_CHECKSUMS);
    put_number(q, "Tus-Max-Size", q->platform->conf.upload_bytes);
}

static bool find(struct request *q, struct blob_upload *u)
{
    struct blobs *b = q->platform->blobs;
    struct err e = {0};
    if (b->ops->upload_find(b, q->param[0], u, &e) && !strcmp(u->device, q->device.id))
        return true;
    if (e.code == ERR_NONE || e.code == ERR_NOT_FOUND)
        refuse(q, PROBLEM_NOT_FOUND);
    else
        answer_err(q, "upload.find", &e);
    return false;
}

void uploads_head(struct request *q)
{
    struct blob_upload u;
    if (!version_ok(q) || !find(q, &u))
        return;
    q->status = 200;
    put_number(q, "Upload-Offset", u.offset);
    put_number(q, "Upload-Length", u.length);
    put_expires(q, &u);
}

/* --- the life of a transfer --- */

static void write_failed(struct request *q, const struct err *e)
{
    switch ((int)e->code) {
    case ERR_LIMIT:
        refuse(q, PROBLEM_TOO_LARGE);
        break;
    case ERR_STATE:
        refuse(q, PROBLEM_OFFSET);
        break;
    case ERR_CRYPTO:
        refuse(q, PROBLEM_DIGEST);
        break;
    case ERR_NOT_FOUND:
        refuse(q, PROBLEM_NOT_FOUND);
        break;
    default:
        answer_err(q, "upload.write", e);
    }
}

/* Ends the running hashes. whole: the sha256 of all that this request brought. */
static bool checksum_matches(struct transfer *t, unsigned char whole[HASH_BYTES])
{
    unsigned char sha1[20] = {0};
    crypto_sodium()->hash_end(&t->sha256, whole);
    if (t->sha1)
        gnutls_hash_deinit(t->sha1, sha1);
    t->sha1 = NULL;
    return !t->checked ||
           !memcmp(t->checksum.algorithm == TUS_SHA256 ? whole : sha1, t->checksum.value, t->checksum.len);
}

static void transfer_free(struct request *q, bool cut)
{
    struct transfer *t = q->state;
    struct blobs *b = q->platform->blobs;
    bool complete;
    struct err e = {0};
    if (t->writer) { /* the connection was cut, or an answer came early */
        if (cut && t->checked && !b->ops->upload_rewind(t->writer, t->began_at, &e))
            log_warn("upload.rewind", "text=\"%s\"", e.text);
        if (!b->ops->upload_close(t->writer, NULL, &complete, &e))
            log_warn("upload.close", "text=\"%s\"", e.text);
    }
    if (t->sha1)
        gnutls_hash_deinit(t->sha1, NULL);
    free(t);
    q->state = NULL;
}

static struct transfer *transfer_create(struct request *q)
{
    struct transfer *t = xcalloc(1, sizeof *t);
    q->state = t;
    q->state_free = transfer_free;
    return t;
}

/* Upload-Checksum, where there is one; false with a problem answered. */
static bool checksum_begin(struct request *q, struct transfer *t)
{
    const char *z = request_header(q, "Upload-Checksum");
    q->platform->crypto->hash_init(&t->sha256);
    if (!z)
        return true;
    if (!tus_checksum_parse(z, strlen(z), &t->checksum)) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return false;
    }
    t->checked = true;
    if (t->checksum.algorithm == TUS_SHA1)
        gnutls_hash_init(&t->sha1, GNUTLS_DIG_SHA1);
    return true;
}

static bool type_ok(struct request *q)
{
    const char *type = request_header(q, "Content-Type");
    if (type && !strcmp(type, TYPE_TUS))
        return true;
    refuse(q, PROBLEM_MEDIA_TYPE);
    return false;
}

static void transfer_open(struct request *q, struct transfer *t, const char *id)
{
    struct blobs *b = q->platform->blobs;
    struct err e = {0};
    t->writer = b->ops->upload_open(b, id, &t->upload, &e);
    if (!t->writer)
        write_failed(q, &e);
    t->began_at = t->upload.offset;
}

static bool upload_described(struct request *q, struct blob_upload *u)
{
    const struct platform *p = q->platform;
    const char *meta = request_header(q, "Upload-Metadata");
    CLEANUP(str) struct str sha256 = {0};
    if (!number_header(q, "Upload-Length", &u->length) || !u->length || !meta ||
        !tus_metadata_get(meta, strlen(meta), "sha256", &sha256) ||
        !zcopy(u->sha256, sizeof u->sha256, str_z(&sha256))) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return false;
    }
    if (u->length > p->conf.upload_bytes) {
        refuse(q, PROBLEM_TOO_LARGE);
        put_number(q, "Tus-Max-Size", p->conf.upload_bytes);
        return false;
    }
    zcopy(u->device, sizeof u->device, q->device.id);
    u->made_ms = now_ms(p);
    return true;
}

static void created(struct request *q, const struct blob_upload *u)
{
    char where[PATH_SIZE];
    q->status = 201;
    snprintf(where, sizeof where, PATH_UPLOADS "/%s", u->id);
    answer_header(q, "Location", where);
    put_number(q, "Upload-Offset", u->offset);
    put_expires(q, u);
}

void uploads_post(struct request *q)
{
    struct blobs *b = q->platform->blobs;
    struct transfer *t = transfer_create(q);
    struct err e = {0};
    const char *length = request_header(q, "Content-Length");
    bool body = (length && strcmp(length, "0")) || request_header(q, "Transfer-Encoding");
    if (!version_ok(q) || !upload_described(q, &t->upload) || (body && !type_ok(q)) || !checksum_begin(q, t))
        return;
    if (!b->ops->upload_create(b, &t->upload, &e)) {
        if (e.code == ERR_FORMAT)
            refuse(q, PROBLEM_BAD_REQUEST);
        else
            answer_err(q, "upload.create", &e);
        return;
    }
    t->created = true;
    if (t->upload.offset == t->upload.length)
        created(q, &t->upload); /* held: whatever bytes come are not needed */
    else
        transfer_open(q, t, t->upload.id);
}

void uploads_patch(struct request *q)
{
    struct transfer *t = transfer_create(q);
    struct blob_upload u;
    int64_t offset;
    if (!version_ok(q) || !type_ok(q) || !checksum_begin(q, t) || !find(q, &u))
        return;
    if (!number_header(q, "Upload-Offset", &offset)) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    transfer_open(q, t, q->param[0]);
    if (!q->status && offset != t->upload.offset) {
        refuse(q, PROBLEM_OFFSET);
        put_number(q, "Upload-Offset", t->upload.offset);
    }
}

void uploads_chunk(struct request *q, const char *p, size_t len)
{
    struct transfer *t = q->state;
    struct err e = {0};
    q->platform->crypto->hash_add(&t->sha256, p, len);
    if (t->sha1)
        gnutls_hash(t->sha1, p, len);
    if (!q->platform->blobs->ops->upload_write(t->writer, p, len, &e))
        write_failed(q, &e);
    t->upload.offset += (int64_t)len;
}

void uploads_end(struct request *q)
{
    struct transfer *t = q->state;
    struct blobs *b = q->platform->blobs;
    unsigned char whole[HASH_BYTES];
    bool complete = false;
    struct err e = {0};
    if (!checksum_matches(t, whole)) {
        if (!b->ops->upload_rewind(t->writer, t->began_at, &e))
            write_failed(q, &e);
        else
            refuse(q, PROBLEM_CHECKSUM);
        return;
    }
    struct blob_writer *w = t->writer;
    t->writer = NULL;
    if (!b->ops->upload_close(w, t->began_at ? NULL : whole, &complete, &e)) {
        write_failed(q, &e);
        return;
    }
    q->platform->metrics.upload_bytes += q->body_seen;
    if (complete)
        q->platform->metrics.uploads++;
    if (t->created) {
        created(q, &t->upload);
        return;
    }
    q->status = 204;
    put_number(q, "Upload-Offset", t->upload.offset);
    put_expires(q, &t->upload);
}
