/* upload.h — one blob by tus 1.0 as a step machine: it says what to ask next and takes the answer; it does no network
 * itself. small: POST (creation with the bytes)            → done large: POST (creation) → PATCH … PATCH           →
 * done interrupted: HEAD at the address kept from before → PATCH … | POST again when the platform has forgotten it */
#ifndef BULU_AGENT_UPLOAD_H
#define BULU_AGENT_UPLOAD_H

#include "sync/agent/http.h"
#include "sync/record/seal.h"

#define UPLOAD_ADDRESS_SIZE 256

enum upload_step { UPLOAD_CREATE, UPLOAD_HEAD, UPLOAD_PATCH };
struct upload {
    char sha256[HASH_HEX];
    struct str bytes; /* the whole file: at most a few MiB */
    size_t chunk;     /* bytes a request at most */
    enum upload_step step;
    size_t offset;                     /* acknowledged */
    char address[UPLOAD_ADDRESS_SIZE]; /* path of the upload on the platform; "" before creation */
    int stumbles;                      /* answers that led to no progress */
    char headers[5][256];
};
/* bytes are taken over. address: kept from an earlier try, or "". */
void upload_begin(struct upload *u, const char *sha256, struct str *bytes, size_t chunk, const char *address);
void upload_finish(struct upload *u);
/* Fills method, url, headers, body, len of *ask; they live in u and url_out. */
void upload_ask(struct upload *u, const char *base_url, struct str *url_out, struct http_ask *ask);

enum upload_verdict {
    UPLOAD_MORE,  /* ask again */
    UPLOAD_DONE,  /* the platform holds it, durably */
    UPLOAD_FAILED /* not now: the answer says why (reason_of), or it makes no sense */
};
enum upload_verdict upload_take(struct upload *u, const char *base_url, const struct http_answer *a);

#endif
