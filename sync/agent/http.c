#include "sync/agent/http.h"

#include "sync/agent/pin.h"
#include "sync/base/log.h"

#include <string.h>
#include <strings.h>

struct http {
    CURLM *multi;
    char *ca, *cert, *key, *pin, *agent;
    int64_t connect_ms, stall_ms;
    struct http_request *requests;
};

struct http_request {
    struct http_request *next; /* http.requests */
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    size_t answer_max;
    struct http_answer answer;
    void (*done)(void *ctx, const struct http_answer *answer);
    void *ctx;
};

static char *copy(const char *z)
{
    return z ? xstrdup(z) : NULL;
}

struct http *http_create(const struct http_conf *c)
{
    struct http *h = xcalloc(1, sizeof *h);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    h->multi = curl_multi_init();
    h->ca = copy(c->ca);
    h->cert = copy(c->cert);
    h->key = copy(c->key);
    h->pin = copy(c->pin);
    h->agent = copy(c->agent);
    h->connect_ms = c->connect_ms;
    h->stall_ms = c->stall_ms;
    return h;
}

void http_identity(struct http *h, const char *ca, const char *cert, const char *key)
{
    free(h->ca);
    free(h->cert);
    free(h->key);
    h->ca = copy(ca);
    h->cert = copy(cert);
    h->key = copy(key);
}

static void request_free(struct http_request *r)
{
    struct http_request **at = &r->http->requests;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    curl_multi_remove_handle(r->http->multi, r->easy);
    curl_easy_cleanup(r->easy);
    curl_slist_free_all(r->headers);
    str_finish_secret(&r->answer.body);
    free(r);
}

void http_destroy(struct http *h)
{
    if (!h)
        return;
    while (h->requests)
        request_free(h->requests);
    curl_multi_cleanup(h->multi);
    free(h->ca);
    free(h->cert);
    free(h->key);
    free(h->pin);
    free(h->agent);
    free(h);
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct http_request *r = ctx;
    if (r->answer.body.len + size * n > r->answer_max)
        return 0; /* ends the transfer */
    str_add(&r->answer.body, p, size * n);
    return size * n;
}

static void keep_header(const char *p, size_t len, const char *name, char *out, size_t size)
{
    size_t k = strlen(name);
    if (len <= k || strncasecmp(p, name, k) || p[k] != ':')
        return;
    p += k + 1;
    len -= k + 1;
    while (len && (*p == ' ' || *p == '\t'))
        p++, len--;
    while (len && (p[len - 1] == '\r' || p[len - 1] == '\n' || p[len - 1] == ' '))
        len--;
    if (len >= size) /* a value that we would cut is none */
        return;
    memcpy(out, p, len);
    out[len] = '\0';
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct http_answer *a = &((struct http_request *)ctx)->answer;
    keep_header(p, size * n, "Location", a->location, sizeof a->location);
    keep_header(p, size * n, "Upload-Offset", a->upload_offset, sizeof a->upload_offset);
    keep_header(p, size * n, "Upload-Length", a->upload_length, sizeof a->upload_length);
    keep_header(p, size * n, "Retry-After", a->retry_after, sizeof a->retry_after);
    keep_header(p, size * n, "Date", a->date, sizeof a->date);
    return size * n;
}

static CURLcode on_ssl(CURL *easy, void *ssl_ctx, void *ctx)
{
    (void)easy;
    pin_install(ssl_ctx, ctx);
    return CURLE_OK;
}

static void set_tls(const struct http *h, const struct http_ask *a, CURL *e)
{
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(e, CURLOPT_CAINFO, h->ca); /* NULL: nobody is trusted but by pin */
    if (h->cert) {
        curl_easy_setopt(e, CURLOPT_SSLCERT, a->cert ? a->cert : h->cert);
        curl_easy_setopt(e, CURLOPT_SSLKEY, a->cert ? a->key : h->key);
    }
    if (a->cert) { /* neither a connection nor a session of the other certificate, nor the other way about */
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
    if (h->pin) {
        curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_ssl);
        curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, h->pin);
    }
}

static void set_method(CURL *e, const struct http_ask *a)
{
    if (!strcmp(a->method, "HEAD")) {
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    } else if (a->body || strcmp(a->method, "GET")) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, a->body ? a->body : "");
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)a->len);
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, a->method);
    }
}

struct http_request *http_send(struct http *h, const struct http_ask *a,
                               void (*done)(void *ctx, const struct http_answer *answer), void *ctx)
{
    struct http_request *r = xcalloc(1, sizeof *r);
    CURL *e = r->easy = curl_easy_init();
    if (!e)
        abort();
    r->http = h;
    r->next = h->requests;
    h->requests = r;
    r->answer_max = a->answer_max;
    r->done = done;
    r->ctx = ctx;
    for (size_t i = 0; i < HTTP_HEADERS && a->headers[i]; i++)
        r->headers = curl_slist_append(r->headers, a->headers[i]);
    r->headers = curl_slist_append(r->headers, "Expect:"); /* no round trip for a 100 Continue */
    curl_easy_setopt(e, CURLOPT_URL, a->url);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, http_url_allowed(a->url) ? "http,https" : "https");
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_USERAGENT, h->agent);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, r->headers);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)h->connect_ms);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)a->timeout_ms);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)(h->stall_ms + 999) / 1000);
    curl_easy_setopt(e, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)a->rate);
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, a->once ? 1L : 0L);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, r);
    curl_easy_setopt(e, CURLOPT_PRIVATE, r);
    set_tls(h, a, e);
    set_method(e, a);
    curl_multi_add_handle(h->multi, e);
    return r;
}

void http_cancel(struct http_request *r)
{
    if (r)
        request_free(r);
}

static void finish(struct http_request *r, CURLcode code)
{
    struct http_answer *a = &r->answer;
    curl_off_t connected = 0;
    a->code = code;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &a->status);
    curl_easy_getinfo(r->easy, CURLINFO_SSL_VERIFYRESULT, &a->verify);
    curl_easy_getinfo(r->easy, CURLINFO_CONNECT_TIME_T, &connected);
    a->tls_begun = connected > 0;
    if (code != CURLE_OK)
        a->status = 0; /* half an answer is none */
    log_debug("http.done", "code=%d status=%ld", (int)code, a->status);
    r->done(r->ctx, a);
    request_free(r);
}

/* Moves the transfers and tells what is done; returns whether something was. */
static bool step(struct http *h)
{
    int running, left;
    bool any = false;
    CURLMsg *m;
    curl_multi_perform(h->multi, &running);
    while ((m = curl_multi_info_read(h->multi, &left))) {
        struct http_request *r = NULL;
        CURLcode code = m->data.result; /* m is gone with its handle */
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&r);
        finish(r, code); /* its callback may send and cancel others */
        any = true;
    }
    return any;
}

void http_poll(struct http *h, struct curl_waitfd *extra, unsigned n, int timeout_ms)
{
    bool any = step(h);
    curl_multi_poll(h->multi, extra, n, any ? 0 : timeout_ms, NULL);
    step(h);
}

bool http_url_allowed(const char *url)
{
    static const char *const loopback[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
    if (!strncmp(url, "https://", 8))
        return url[8] != '\0';
    for (size_t i = 0; i < ARRAY_LEN(loopback); i++) {
        size_t n = strlen(loopback[i]);
        if (!strncmp(url, loopback[i], n) && (!url[n] || url[n] == ':' || url[n] == '/') && !strchr(url, '@'))
            return true;
    }
    return false;
}
