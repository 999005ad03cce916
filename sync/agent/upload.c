#include "sync/agent/upload.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/tus.h"

#include <stdio.h>
#include <string.h>

#define STUMBLES_MOST 4

void upload_begin(struct upload *u, const char *sha256, struct str *bytes, size_t chunk, const char *address)
{
    *u = (struct upload){.bytes = *bytes, .chunk = chunk};
    *bytes = (struct str){0};
    zcopy(u->sha256, sizeof u->sha256, sha256);
    zcopy(u->address, sizeof u->address, address);
    u->step = *address ? UPLOAD_HEAD : UPLOAD_CREATE;
}

void upload_finish(struct upload *u)
{
    str_finish(&u->bytes);
    *u = (struct upload){0};
}

static size_t piece(const struct upload *u)
{
    size_t rest = u->bytes.len - u->offset;
    return rest < u->chunk ? rest : u->chunk;
}

static void set_piece(struct upload *u, struct http_ask *ask, int header)
{
    unsigned char hash[HASH_BYTES];
    CLEANUP(str) struct str z = {0};
    ask->body = u->bytes.p + u->offset;
    ask->len = piece(u);
    crypto_sodium()->hash(hash, ask->body, ask->len);
    base64_encode(&z, hash, sizeof hash, BASE64_STANDARD);
    snprintf(u->headers[header], sizeof u->headers[header], "Upload-Checksum: sha256 %s", z.p);
    ask->headers[header] = u->headers[header];
    ask->headers[header + 1] = "Content-Type: " TYPE_TUS;
}

void upload_ask(struct upload *u, const char *base_url, struct str *url_out, struct http_ask *ask)
{
    str_clear(url_out);
    str_puts(url_out, base_url);
    str_puts(url_out, u->step == UPLOAD_CREATE ? PATH_UPLOADS : u->address);
    ask->url = url_out->p;
    ask->headers[0] = "Tus-Resumable: " TUS_VERSION;
    switch (u->step) {
    case UPLOAD_CREATE: {
        CLEANUP(str) struct str metadata = {0};
        tus_metadata_add(&metadata, "sha256", u->sha256, strlen(u->sha256));
        u->offset = 0;
        ask->method = "POST";
        snprintf(u->headers[1], sizeof u->headers[1], "Upload-Length: %zu", u->bytes.len);
        snprintf(u->headers[2], sizeof u->headers[2], "Upload-Metadata: %s", metadata.p);
        ask->headers[1] = u->headers[1];
        ask->headers[2] = u->headers[2];
        if (u->bytes.len <= u->chunk)
            set_piece(u, ask, 3);
        return;
    }
    case UPLOAD_HEAD:
        ask->method = "HEAD";
        return;
    case UPLOAD_PATCH:
        ask->method = "PATCH";
        snprintf(u->headers[1], sizeof u->headers[1], "Upload-Offset: %zu", u->offset);
        ask->headers[1] = u->headers[1];
        set_piece(u, ask, 2);
        return;
    }
}

/* The address must be on the platform itself: as a path, or below its base URL. */
static bool take_location(struct upload *u, const char *base_url, const char *location)
{
    size_t n = strlen(base_url);
    if (!strncmp(location, base_url, n) && location[n] == '/')
        location += n;
    bool ours = location[0] == '/' && location[1] != '/' && strlen(location) < sizeof u->address;
    for (const char *p = location; ours && *p; p++)
        ours = *p > ' ' && *p < 0x7f;
    return ours && zcopy(u->address, sizeof u->address, location);
}

static enum upload_verdict stumble(struct upload *u, enum upload_step next)
{
    u->step = next;
    return ++u->stumbles > STUMBLES_MOST ? UPLOAD_FAILED : UPLOAD_MORE;
}

static enum upload_verdict forget(struct upload *u)
{
    u->address[0] = '\0';
    return stumble(u, UPLOAD_CREATE);
}

static bool stands_at(const struct http_answer *a, const struct upload *u, size_t *offset)
{
    int64_t n;
    if (!tus_number_parse(a->upload_offset, strlen(a->upload_offset), &n) || n > (int64_t)u->bytes.len)
        return false;
    *offset = (size_t)n;
    return true;
}

static enum upload_verdict take_created(struct upload *u, const char *base_url, const struct http_answer *a)
{
    size_t offset = 0;
    if (a->status != 201 && a->status != 200)
        return a->status == 460 ? stumble(u, UPLOAD_CREATE) : UPLOAD_FAILED;
    bool said = stands_at(a, u, &offset);
    if (said && offset == u->bytes.len)
        return UPLOAD_DONE; /* all of it went, or it was there before */
    if ((*a->upload_offset && !said) || !take_location(u, base_url, a->location))
        return UPLOAD_FAILED;
    u->offset = offset;
    u->step = UPLOAD_PATCH;
    return UPLOAD_MORE;
}

static enum upload_verdict take_head(struct upload *u, const struct http_answer *a)
{
    size_t offset;
    int64_t length;
    if (a->status == 404 || a->status == 410 || a->status == 403)
        return forget(u);
    if (a->status != 200 && a->status != 204)
        return UPLOAD_FAILED;
    if (!stands_at(a, u, &offset))
        return forget(u);
    if (*a->upload_length &&
        (!tus_number_parse(a->upload_length, strlen(a->upload_length), &length) || length != (int64_t)u->bytes.len))
        return forget(u);
    if (offset == u->bytes.len)
        return UPLOAD_DONE;
    u->offset = offset;
    u->step = UPLOAD_PATCH;
    return UPLOAD_MORE;
}

static enum upload_verdict take_patch(struct upload *u, const struct http_answer *a)
{
    size_t offset;
    if (a->status == 404 || a->status == 410)
        return forget(u);
    if (a->status == 409)
        return stumble(u, UPLOAD_HEAD);
    if (a->status == 460)
        return stumble(u, UPLOAD_PATCH); /* the bytes were bent on the way */
    if (a->status != 204 && a->status != 200)
        return UPLOAD_FAILED;
    if (!stands_at(a, u, &offset) || offset <= u->offset || offset > u->offset + piece(u))
        return stumble(u, UPLOAD_HEAD);
    u->offset = offset;
    return offset == u->bytes.len ? UPLOAD_DONE : UPLOAD_MORE;
}

enum upload_verdict upload_take(struct upload *u, const char *base_url, const struct http_answer *a)
{
    if (a->code != CURLE_OK)
        return UPLOAD_FAILED;
    switch (u->step) {
    case UPLOAD_CREATE:
        return take_created(u, base_url, a);
    case UPLOAD_HEAD:
        return take_head(u, a);
    case UPLOAD_PATCH:
        return take_patch(u, a);
    }
    return UPLOAD_FAILED;
}
