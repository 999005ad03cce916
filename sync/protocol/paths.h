/* paths.h — names of the calls between kiosk and platform (sync/protocol/openapi.yaml), and the builders of those with
 * parameters. out must have PATH_SIZE bytes; parameters are ids that were checked where they came from. */
#ifndef BULU_PROTOCOL_PATHS_H
#define BULU_PROTOCOL_PATHS_H

#include <stddef.h>
#include <stdint.h>

#define PATH_SIZE 160

/* web listener: TLS without client certificates */
#define PATH_ENROL          "/v1/enrol"
#define PATH_HEALTHZ        "/healthz"
#define PATH_METRICS        "/metrics"
#define PATH_PHONE          "/r/"      /* the receipt's page on a phone: PATH_PHONE NUMBER */
#define PATH_WECHAT         "/w/"      /* a phone with an offline ticket: PATH_WECHAT TICKET (protocol/ticket.h) */
#define PATH_WECHAT_SCAN    "/w/s/"    /* with a code that a kiosk got online */
#define PATH_WECHAT_BACK    "/w/back"  /* WeChat sends it back here */
#define PATH_WECHAT_GO      "/w/go/"   /* agree or refuse */
#define PATH_WECHAT_CONFIRM "/w/mine/" /* a link by SMS */

/* device listener: mutual TLS */
#define PATH_RENEW     "/v1/renew"
#define PATH_HEARTBEAT "/v1/heartbeat"
#define PATH_UPLOADS   "/v1/uploads"
#define PATH_UPDATES   "/v1/updates"
#define PATH_UNITS     "/v1/units"
#define PATH_PACKAGES  "/v1/packages"
#define PATH_RECEIPTS  "/v1/receipts"

#define TYPE_PROBLEM "application/problem+json"
#define TYPE_JSON    "application/json"
#define TYPE_LINES   "application/jsonl" /* with Content-Encoding: zstd */
#define TYPE_TUS     "application/offset+octet-stream"
#define TYPE_FORM    "application/x-www-form-urlencoded"

/* /v1/devices/{device}/epochs/{epoch}/batches/{n} */
void path_batch(char out[PATH_SIZE], const char *device, const char *epoch, int64_t n);
/* /v1/updates?after=CURSOR[&wait=SECONDS]; cursor "" asks for everything. */
void path_updates(char out[PATH_SIZE], const char *cursor, int wait_s);
void path_package(char out[PATH_SIZE], const char *name);
void path_receipt(char out[PATH_SIZE], const char *number);

#endif
