/* uploads.h — tus 1.0 on /v1/uploads: core, creation, creation-with-upload, checksum (sha1, sha256), expiration. Upload-Metadata carries "sha256" (hex,
 * of the whole ciphertext): a blob that is held is answered as complete at creation. */
#ifndef BULU_PLATFORM_UPLOADS_H
#define BULU_PLATFORM_UPLOADS_H

#include "sync/platform/http.h"

void uploads_options(struct request *q); /* OPTIONS /v1/uploads */
void uploads_head(struct request *q);    /* HEAD /v1/uploads/{id} */

void uploads_post(struct request *q);  /* POST /v1/uploads: before the body */
void uploads_patch(struct request *q); /* PATCH /v1/uploads/{id}: before the body */
void uploads_chunk(struct request *q, const char *p, size_t len);
void uploads_end(struct request *q); /* behind the body of both */

#endif
