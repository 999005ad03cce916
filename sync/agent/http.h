/* http.h — requests to the platform over libcurl multi: started, polled together with other descriptors, finished by a
 * callback. Never follows a redirect, never reads a proxy or a credential from the environment. One thread. */
#ifndef BULU_AGENT_HTTP_H
#define BULU_AGENT_HTTP_H

#include "sync/base/str.h"

#include <curl/curl.h>

struct http;
struct http_conf {
    const char *ca;         /* PEM file that alone is trusted */
    const char *cert, *key; /* PEM files of this device; NULL with plain http:// on loopback */
    const char *pin;        /* instead of ca: "sha256//base64" of a CA's public key in the server's chain (enrolment) */
    const char *agent;      /* User-Agent */
    int64_t connect_ms;     /* name, TCP and TLS together */
    int64_t stall_ms;       /* nothing moved for so long */
};
/* The strings are copied. Never NULL. */
struct http *http_create(const struct http_conf *c);
/* Files to show and to trust from the next request on; requests that have begun go on with theirs. */
void http_identity(struct http *h, const char *ca, const char *cert, const char *key);
void http_destroy(struct http *h); /* open requests end without their callback */

#define HTTP_HEADERS 8
struct http_ask {
    const char *method, *url;
    const char *headers[HTTP_HEADERS]; /* "Name: value", up to the first NULL */
    const void *body;                  /* borrowed until the end; NULL: none */
    size_t len;
    int64_t timeout_ms;     /* the whole of it; 0: only the stall counts */
    size_t answer_max;      /* bytes of the answer's body; more is a failure */
    const char *cert, *key; /* PEM files to show instead of those of the http; NULL: those */
    bool once;              /* on a connection of its own: curl repeats by itself when a kept one turns out dead */
    int64_t rate;           /* bytes a second upwards at most; 0: no limit */
};
struct http_answer {
    CURLcode code;  /* CURLE_OK: there is a status */
    long status;    /* HTTP; 0: none */
    long verify;    /* X509_V_… of the server's certificate */
    bool tls_begun; /* the connection stood when it failed */
    char location[512], upload_offset[24], upload_length[24], retry_after[64], date[64];
    struct str body;
};
struct http_request;
/* Copies everything but the body. done is called once from http_poll, unless it is cancelled first; the answer is gone
 * after it. */
struct http_request *http_send(struct http *h, const struct http_ask *a,
                               void (*done)(void *ctx, const struct http_answer *answer), void *ctx);
void http_cancel(struct http_request *r);

/* Sleeps until something is to do: on our connections, on the extra descriptors (revents are filled), or after
 * timeout_ms; then moves the transfers and calls what is done. */
void http_poll(struct http *h, struct curl_waitfd *extra, unsigned n, int timeout_ms);
/* Is this a URL we may speak to: https://…, or http:// on loopback (bench only)? */
bool http_url_allowed(const char *url);

#endif
