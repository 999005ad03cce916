/* http.h — listeners and requests over libmicrohttpd. A request meets a route of its listener's table; the route's functions see a struct request
 * and write an answer into it. Each pool thread runs one request at a time; a route may block on the disk, never on a person. */
#ifndef BULU_PLATFORM_HTTP_H
#define BULU_PLATFORM_HTTP_H

#include "sync/platform/db.h"
#include "sync/platform/platform.h"

struct MHD_Connection;
struct route;

enum listener { LISTENER_WEB, LISTENER_DEVICE, LISTENER_BENCH, LISTENERS };

#define MOST_PARAMS 3
#define PARAM_SIZE  144 /* an offline ticket is the longest */

struct request {
    struct platform *platform;
    enum listener listener;
    struct MHD_Connection *connection;
    const struct route *route;
    const char *method, *path;
    char param[MOST_PARAMS][PARAM_SIZE]; /* what stood for each {} of the route */
    struct db_device device;             /* device and bench listener: who asks */
    struct str body;                     /* routes with `handle` only: the whole body */
    char peer[48];                       /* address, for limits; never logged beside a person */

    /* the answer */
    int status;              /* 0: not yet */
    struct str out, headers; /* headers: "Name\0value\0"… by answer_header */
    const char *type;        /* static */
    bool secret;             /* out has personal data: wiped behind it */

    /* instead of out, where it is long: answer_stream */
    int64_t (*stream_read)(void *ctx, char *buf, size_t max);
    void (*stream_free)(void *ctx);
    void *stream;

    /* of the route */
    void *state;
    void (*state_free)(struct request *q, bool cut); /* at the end; cut: the connection broke before the body's end */
    bool suspended;                                  /* set by who resumes it: feed.c, wechat_pool.c */
    int64_t began_ms, body_seen;
    bool counted, answered, ended, drained;
};

struct route {
    const char *method, *pattern;                                /* "/v1/devices/{}/epochs/{}/batches/{}" */
    int64_t body_max;                                            /* 0: no body is taken */
    void (*handle)(struct request *q);                           /* body is whole */
    void (*begin)(struct request *q);                            /* or: before the body; may answer already */
    void (*chunk)(struct request *q, const char *p, size_t len); /* with begin: the body as it comes */
};

/* Header of the request; NULL when absent. */
const char *request_header(struct request *q, const char *name);
const char *request_query(struct request *q, const char *name); /* "" when absent */
bool request_cookie(struct request *q, const char *name, char *out, size_t size);
/* Whole body as application/x-www-form-urlencoded or multipart/form-data (which begins with its boundary): appends the
 * value of name; false when it is absent or not UTF-8. */
bool form_value(const struct str *body, const char *name, struct str *out);
/* The same as bytes, whatever they are: a file. */
bool form_bytes(const struct str *body, const char *name, struct str *out);

void answer_header(struct request *q, const char *name, const char *value);
void answer_problem(struct request *q, enum problem_kind kind, const char *detail); /* replaces what was there */
/* The same with the words of the catalogue, "problem.SLUG". */
void refuse(struct request *q, enum problem_kind kind);
/* By an err of the layers below, logged: busy, full or internal. */
void answer_err(struct request *q, const char *event, const struct err *e);
void answer_json(struct request *q, int status, json_t *j); /* takes j */
void answer_text(struct request *q, int status, const char *type, const char *text);

/* An answer that is made while it is sent. read: bytes put into buf, STREAM_END, or STREAM_FAILED (the connection is cut: nobody takes half of
 * it for the whole); it holds one of the listener's threads meanwhile. free is called once, whatever happens. */
#define STREAM_END    (-1)
#define STREAM_FAILED (-2)
void answer_stream(struct request *q, int status, const char *type, int64_t (*read)(void *ctx, char *buf, size_t max),
                   void (*free)(void *ctx), void *ctx);

struct http;
/* The TLS material is copied. trust NULL: no client certificate is asked for. certificate NULL: plain. */
struct http_options {
    struct platform *platform;
    enum listener listener;
    const char *address;
    int port;
    unsigned threads;
    const char *certificate, *key, *trust;
    const struct route *routes;
    size_t n_routes;
};
struct http *http_start(const struct http_options *o, struct err *e) WARN_UNUSED;
int http_port(const struct http *h);
void http_stop(struct http *h); /* waits for what is under way */

/* Routes of the listeners, from the files that hold them. */
extern const struct route web_routes[], device_routes[];
extern const size_t n_web_routes, n_device_routes;

#endif
