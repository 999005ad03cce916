#include "sync/platform/http.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/feed.h"
#include "sync/platform/forwarded.h"
#include "sync/platform/limits.h"
#include "sync/protocol/paths.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define CONNECTION_MEMORY (64 * 1024)
#define CONNECTIONS_MOST  8192
#define IDLE_S            75
#define DRAIN_MOST        (16 << 20) /* of a body whose answer is settled already */
#define TLS_PRIORITIES    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

struct http {
    struct http_options o;
    struct MHD_Daemon *daemon;
    int port;
};

/* What is known of one connection's other end. */
struct peer {
    bool checked;
    enum pki_peer verdict;
    char fingerprint[PKI_FINGERPRINT_SIZE];
    int64_t expires_ms;
};

/* --- what a route asks of its request --- */

const char *request_header(struct request *q, const char *name)
{
    return MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);
}

const char *request_query(struct request *q, const char *name)
{
    const char *z = MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);
    return z ? z : "";
}

bool request_cookie(struct request *q, const char *name, char *out, size_t size)
{
    const char *z = MHD_lookup_connection_value(q->connection, MHD_COOKIE_KIND, name);
    return z && zcopy(out, size, z);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A percent sign that no two digits follow stands for itself; a NUL is dropped. */
static void form_decode(const char *p, const char *end, struct str *out)
{
    while (p < end) {
        char c = *p++;
        if (c == '+')
            c = ' ';
        else if (c == '%' && end - p >= 2 && hex_digit(p[0]) >= 0 && hex_digit(p[1]) >= 0) {
            c = (char)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
            p += 2;
        }
        if (c)
            str_putc(out, c);
    }
}

static bool urlencoded_value(const struct str *body, const char *name, bool text, struct str *out)
{
    const char *p = str_z(body), *end = p + body->len;
    while (p < end) {
        const char *stop = memchr(p, '&', (size_t)(end - p));
        stop = stop ? stop : end;
        const char *eq = memchr(p, '=', (size_t)(stop - p));
        CLEANUP(str) struct str key = {0};
        form_decode(p, eq ? eq : stop, &key);
        if (!strcmp(str_z(&key), name)) {
            CLEANUP(str) struct str value = {0};
            if (eq)
                form_decode(eq + 1, stop, &value);
            if (!text || utf8_valid(str_z(&value), value.len)) {
                str_add(out, str_z(&value), value.len);
                return true;
            }
        }
        p = stop < end ? stop + 1 : end;
    }
    return false;
}

/* Do a part's headers name it so? RFC 7578: Content-Disposition: form-data; name="…". */
static bool part_named(const char *head, size_t len, const char *name)
{
    CLEANUP(str) struct str want = {0}, have = {0};
    str_printf(&want, " name=\"%s\"", name);
    str_add(&have, head, len);
    const char *line = strcasestr(str_z(&have), "content-disposition:");
    const char *end = line ? line + strcspn(line, "\r\n") : NULL, *at = line ? strstr(line, want.p) : NULL;
    return at && at < end;
}

static bool multipart_value(const struct str *body, const char *name, bool text, struct str *out)
{
    const char *p = str_z(body), *end = p + body->len, *line = memmem(p, body->len, "\r\n", 2);
    if (!line || line - p > 72)
        return false;
    CLEANUP(str) struct str mark = {0}; /* between parts */
    str_puts(&mark, "\r\n");
    str_add(&mark, p, (size_t)(line - p));
    for (p = line; p < end;) {
        const char *head = p, *stop = memmem(p, (size_t)(end - p), "\r\n\r\n", 4);
        const char *value = stop ? stop + 4 : end;
        const char *next = memmem(value, (size_t)(end - value), mark.p, mark.len);
        if (!stop || !next)
            return false;
        size_t len = (size_t)(next - value);
        if (part_named(head, (size_t)(stop - head), name) &&
            (!text || (utf8_valid(value, len) && !memchr(value, '\0', len)))) {
            str_add(out, value, len);
            return true;
        }
        p = next + mark.len;
    }
    return false;
}

static bool value_of(const struct str *body, const char *name, bool text, struct str *out)
{
    return !strncmp(str_z(body), "--", 2) ? multipart_value(body, name, text, out)
                                          : urlencoded_value(body, name, text, out);
}

bool form_value(const struct str *body, const char *name, struct str *out)
{
    return value_of(body, name, true, out);
}

bool form_bytes(const struct str *body, const char *name, struct str *out)
{
    return value_of(body, name, false, out);
}

void answer_header(struct request *q, const char *name, const char *value)
{
    str_add(&q->headers, name, strlen(name) + 1);
    str_add(&q->headers, value, strlen(value) + 1);
}

void answer_text(struct request *q, int status, const char *type, const char *text)
{
    q->status = status;
    q->type = type;
    str_clear(&q->out);
    str_puts(&q->out, text);
}

void answer_problem(struct request *q, enum problem_kind kind, const char *detail)
{
    CLEANUP(str) struct str text = {0};
    problem_write(kind, detail, &text);
    answer_text(q, problem_status(kind), TYPE_PROBLEM, str_z(&text));
    if (kind == PROBLEM_BUSY) {
        unsigned char r;
        char after[8];
        q->platform->crypto->random(&r, 1);
        snprintf(after, sizeof after, "%d", 2 + r % 29); /* so that not all come back at once */
        answer_header(q, "Retry-After", after);
        q->platform->metrics.refused_busy++;
    }
}

void refuse(struct request *q, enum problem_kind kind)
{
    char key[64];
    snprintf(key, sizeof key, "problem.%s", problem_slug(kind));
    answer_problem(q, kind, words(q->platform, key));
}

void answer_err(struct request *q, const char *event, const struct err *e)
{
    enum problem_kind kind = e->code == ERR_FULL ? PROBLEM_FULL : e->code == ERR_BUSY ? PROBLEM_BUSY : PROBLEM_INTERNAL;
    log_error(event, "code=%s text=\"%s\"", err_code_name(e->code), e->text);
    answer_problem(q, kind,
                   words(q->platform, kind == PROBLEM_FULL   ? "problem.full"
                                      : kind == PROBLEM_BUSY ? "problem.busy"
                                                             : "problem.internal"));
}

void answer_json(struct request *q, int status, json_t *j)
{
    char *text = json_dumps(j, JSON_COMPACT);
    answer_text(q, status, TYPE_JSON, text ? text : "{}");
    free(text);
    json_decref(j);
}

void answer_stream(struct request *q, int status, const char *type, int64_t (*read)(void *ctx, char *buf, size_t max),
                   void (*free_it)(void *ctx), void *ctx)
{
    q->status = status;
    q->type = type;
    str_clear(&q->out);
    q->stream_read = read;
    q->stream_free = free_it;
    q->stream = ctx;
}

/* --- routes --- */

/* A {} takes one segment that is not empty. */
static bool match(const char *pattern, const char *path, char param[MOST_PARAMS][PARAM_SIZE])
{
    size_t n = 0;
    while (*pattern) {
        if (pattern[0] == '{' && pattern[1] == '}') {
            size_t len = strcspn(path, "/");
            if (!len || len >= PARAM_SIZE || n == MOST_PARAMS)
                return false;
            memcpy(param[n], path, len);
            param[n++][len] = '\0';
            path += len;
            pattern += 2;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*path;
}

static const struct route *find_route(const struct http *h, struct request *q)
{
    CLEANUP(str) struct str allow = {0};
    for (size_t i = 0; i < h->o.n_routes; i++) {
        const struct route *r = &h->o.routes[i];
        if (!match(r->pattern, q->path, q->param))
            continue;
        if (!strcmp(r->method, q->method) || (!strcmp(q->method, "HEAD") && !strcmp(r->method, "GET")))
            return r;
        str_printf(&allow, "%s%s", allow.len ? ", " : "", r->method);
    }
    if (allow.len) {
        answer_problem(q, PROBLEM_METHOD, words(q->platform, "problem.method"));
        answer_header(q, "Allow", allow.p);
    } else {
        answer_problem(q, PROBLEM_NOT_FOUND, words(q->platform, "problem.not-found"));
    }
    return NULL;
}

/* --- who asks --- */

static bool deny(struct request *q, enum problem_kind kind)
{
    char key[64];
    snprintf(key, sizeof key, "problem.%s", problem_slug(kind));
    answer_problem(q, kind, words(q->platform, key));
    return false;
}

/* The certificate once a connection; its end and its revocation at every request. */
static bool device_check(struct request *q)
{
    const union MHD_ConnectionInfo *context =
        MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const union MHD_ConnectionInfo *tls = MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    struct peer *peer = context ? context->socket_context : NULL;
    if (!peer || !tls || !tls->tls_session)
        return deny(q, PROBLEM_NO_CERTIFICATE);
    if (!peer->checked) {
        peer->verdict = pki_peer_check(tls->tls_session, peer->fingerprint, &peer->expires_ms);
        peer->checked = true;
    }
    switch (peer->verdict) {
    case PKI_PEER_NONE:
        return deny(q, PROBLEM_NO_CERTIFICATE);
    case PKI_PEER_UNKNOWN:
        return deny(q, PROBLEM_CERTIFICATE_UNKNOWN);
    case PKI_PEER_EXPIRED:
        return deny(q, PROBLEM_CERTIFICATE_EXPIRED);
    case PKI_PEER_OURS:
        break;
    }
    struct err e = {0};
    if (!q->platform->db->ops->device_find(q->platform->db, peer->fingerprint, &q->device, &e)) {
        if (e.code == ERR_NOT_FOUND)
            return deny(q, PROBLEM_CERTIFICATE_UNKNOWN);
        answer_err(q, "device.check", &e);
        return false;
    }
    if (q->device.revoked)
        return deny(q, PROBLEM_DEVICE_REVOKED);
    if (now_ms(q->platform) > peer->expires_ms)
        return deny(q, PROBLEM_CERTIFICATE_EXPIRED);
    return true;
}

static bool bench_device(struct request *q)
{
    struct err e = {0};
    if (q->platform->db->ops->device_by_id(q->platform->db, q->platform->conf.bench_device, &q->device, &e))
        return true;
    answer_err(q, "bench.device", &e);
    return false;
}

/* Monitoring asks from where it is allowed to; it is not counted. */
static bool within_limits(struct request *q)
{
    struct platform *p = q->platform;
    char key[64], after[16];
    if (!strcmp(q->path, PATH_HEALTHZ) || !strcmp(q->path, PATH_METRICS))
        return true;
    snprintf(key, sizeof key, "address:%s", q->peer);
    int wait_s = limits_take(p->limits, key, p->conf.address_per_minute, clock_mono(p->clock));
    if (!wait_s)
        return true;
    deny(q, PROBLEM_LOCKED);
    snprintf(after, sizeof after, "%d", wait_s);
    answer_header(q, "Retry-After", after);
    return false;
}

static bool peer_check(struct request *q)
{
    switch (q->listener) {
    case LISTENER_WEB:
        return within_limits(q);
    case LISTENER_DEVICE:
        return device_check(q);
    case LISTENER_BENCH:
        return bench_device(q);
    case LISTENERS:
        break;
    }
    return false;
}

static void peer_address(struct request *q)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = i ? i->client_addr : NULL;
    if (a && a->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, q->peer, sizeof q->peer);
    else if (a && a->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, q->peer, sizeof q->peer);
}

static enum MHD_Result forwarded_add(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct str *list = cls;
    (void)kind;
    if (strcasecmp(name, "X-Forwarded-For") != 0)
        return MHD_YES;
    if (list->len)
        str_putc(list, ',');
    str_puts(list, value ? value : "");
    return MHD_YES;
}

/* Behind a reverse proxy, whom it heard. A kiosk's certificate is shown to us alone: nobody stands before that listener.
 * All lines of the header count: a proxy may add its own below the one that the client made up. */
static void peer_forwarded(struct request *q)
{
    CLEANUP(str) struct str list = {0};
    char client[FORWARDED_SIZE];
    if (q->listener != LISTENER_WEB || !*q->platform->conf.trusted_proxy)
        return;
    MHD_get_connection_values(q->connection, MHD_HEADER_KIND, forwarded_add, &list);
    forwarded_client(q->platform->conf.trusted_proxy, q->peer, list.len ? str_z(&list) : NULL, client);
    zcopy(q->peer, sizeof q->peer, client);
}

/* --- the life of a request --- */

static void request_begin(struct http *h, struct request *q)
{
    struct platform *p = h->o.platform;
    q->route = find_route(h, q);
    if (!q->route || !peer_check(q))
        return;
    const char *length = request_header(q, "Content-Length");
    bool body = (length && strcmp(length, "0")) || request_header(q, "Transfer-Encoding");
    if (!body && !q->route->begin)
        return;
    q->counted = true;
    if (++p->metrics.in_flight > p->conf.max_in_flight) {
        answer_problem(q, PROBLEM_BUSY, words(p, "problem.busy"));
        return;
    }
    if (length && strtoll(length, NULL, 10) > q->route->body_max) {
        answer_problem(q, PROBLEM_TOO_LARGE, words(p, "problem.too-large"));
        return;
    }
    if (q->route->begin)
        q->route->begin(q);
}

static bool request_chunk(struct request *q, const char *p, size_t len)
{
    q->body_seen += (int64_t)len;
    if (q->status)
        return q->body_seen <= DRAIN_MOST; /* read on, so that the answer is not lost behind a reset connection */
    if (q->body_seen > q->route->body_max)
        answer_problem(q, PROBLEM_TOO_LARGE, words(q->platform, "problem.too-large"));
    else if (q->route->chunk)
        q->route->chunk(q, p, len);
    else
        str_add(&q->body, p, len);
    return true;
}

struct secret_body {
    char *p;
    size_t len;
};

static void secret_free(void *ctx)
{
    struct secret_body *s = ctx;
    struct str body = {s->p, s->len, s->len};
    str_finish_secret(&body);
    free(s);
}

#define STREAM_BLOCK (128 * 1024)

/* Lives as long as the response, which outlives the request. */
struct stream {
    int64_t (*read)(void *ctx, char *buf, size_t max);
    void (*free)(void *ctx);
    void *ctx;
};

static ssize_t stream_read(void *cls, uint64_t at, char *buf, size_t max)
{
    struct stream *s = cls;
    (void)at;
    int64_t n = s->read(s->ctx, buf, max);
    return n == STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM : n < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : (ssize_t)n;
}

static void stream_free(void *cls)
{
    struct stream *s = cls;
    s->free(s->ctx);
    free(s);
}

static struct MHD_Response *streamed(struct request *q)
{
    struct stream *s = xmalloc(sizeof *s);
    *s = (struct stream){q->stream_read, q->stream_free, q->stream};
    q->stream = NULL;
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, s, stream_free);
    if (!r)
        stream_free(s);
    return r;
}

static struct MHD_Response *response(struct request *q)
{
    if (q->stream)
        return streamed(q);
    size_t len = q->out.len;
    char *p = str_take(&q->out);
    if (!q->secret)
        return MHD_create_response_from_buffer(len, p, MHD_RESPMEM_MUST_FREE);
    struct secret_body *s = xmalloc(sizeof *s);
    *s = (struct secret_body){p, len};
    return MHD_create_response_from_buffer_with_free_callback_cls(len, p, secret_free, s);
}

static bool has_header(const struct request *q, const char *name)
{
    for (const char *h = q->headers.p, *end = h + q->headers.len; h && h < end; h += strlen(h) + 1, h += strlen(h) + 1)
        if (!strcasecmp(h, name))
            return true;
    return false;
}

static enum MHD_Result request_answer(struct request *q)
{
    struct MHD_Response *r = response(q);
    if (!r)
        return MHD_NO;
    if (q->type)
        MHD_add_response_header(r, "Content-Type", q->type);
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    if (!has_header(q, "Cache-Control"))
        MHD_add_response_header(r, "Cache-Control", "no-store");
    if (q->listener == LISTENER_WEB)
        MHD_add_response_header(r, "Strict-Transport-Security", "max-age=31536000");
    for (const char *h = q->headers.p, *end = h + q->headers.len; h && h < end;) {
        const char *value = h + strlen(h) + 1;
        MHD_add_response_header(r, h, value);
        h = value + strlen(value) + 1;
    }
    enum MHD_Result queued = MHD_queue_response(q->connection, (unsigned)q->status, r);
    MHD_destroy_response(r);
    q->answered = true;
    q->platform->metrics.requests[q->status / 100 % 6]++;
    log_debug("http", "listener=%d method=%s route=%s status=%d ms=%lld", (int)q->listener, q->method,
              q->route ? q->route->pattern : "-", q->status, (long long)(clock_mono(q->platform->clock) - q->began_ms));
    return queued;
}

static struct request *request_create(struct http *h, struct MHD_Connection *c, const char *url, const char *method)
{
    struct request *q = xcalloc(1, sizeof *q);
    q->platform = h->o.platform;
    q->listener = h->o.listener;
    q->connection = c;
    q->method = method;
    q->path = url;
    q->began_ms = clock_mono(q->platform->clock);
    peer_address(q);
    peer_forwarded(q);
    return q;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                                 const char *version, const char *data, size_t *len, void **context)
{
    struct request *q = *context;
    (void)version;
    if (!q) {
        *context = q = request_create(cls, c, url, method);
        request_begin(cls, q);
        /* Nobody sends the body before 100 Continue: the answer can go at once. */
        const char *expect = request_header(q, "Expect");
        return q->status && expect && !strcasecmp(expect, "100-continue") ? request_answer(q) : MHD_YES;
    }
    if (q->answered)
        return MHD_YES;
    if (*len) {
        bool ok = request_chunk(q, data, *len);
        *len = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    q->ended = true;
    q->suspended = false;
    if (!q->status)
        q->route->handle(q);
    if (q->suspended)
        return MHD_YES;
    if (!q->status)
        answer_problem(q, PROBLEM_INTERNAL, words(q->platform, "problem.internal"));
    return request_answer(q);
}

static void on_completed(void *cls, struct MHD_Connection *c, void **context, enum MHD_RequestTerminationCode code)
{
    struct request *q = *context;
    (void)cls, (void)c, (void)code;
    if (!q)
        return;
    if (q->state_free)
        q->state_free(q, !q->ended);
    if (q->counted)
        q->platform->metrics.in_flight--;
    str_finish_secret(&q->body);
    if (q->secret)
        str_finish_secret(&q->out);
    str_finish(&q->out);
    str_finish(&q->headers);
    if (q->stream) /* not answered with it */
        q->stream_free(q->stream);
    free(q);
    *context = NULL;
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context, enum MHD_ConnectionNotificationCode code)
{
    (void)cls, (void)c;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = xcalloc(1, sizeof(struct peer));
    } else {
        free(*context);
        *context = NULL;
    }
}

static void on_log(void *cls, const char *fmt, va_list ap)
{
    char line[256];
    (void)cls;
    vsnprintf(line, sizeof line, fmt, ap);
    log_debug("http.library", "%s", line);
}

/* --- start, stop --- */

static bool address(const char *text, int port, struct sockaddr_storage *out, bool *v6, struct err *e)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;
    *out = (struct sockaddr_storage){0};
    *v6 = strchr(text, ':') != NULL;
    if (!*v6 && inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return true;
    }
    if (*v6 && inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        return true;
    }
    return err_set(e, ERR_CONFIG, "listen: \"%.60s\" is no address", text);
}

struct http *http_start(const struct http_options *o, struct err *e)
{
    struct sockaddr_storage where;
    bool v6;
    if (!address(o->address, o->port, &where, &v6, e))
        return NULL;
    struct http *h = xcalloc(1, sizeof *h);
    h->o = *o;
    unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (v6 ? MHD_USE_IPv6 : 0) | (o->certificate ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->certificate},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {o->trust ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, (void *)(uintptr_t)o->trust},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    h->daemon =
        MHD_start_daemon(flags, (uint16_t)o->port, NULL, NULL, on_access, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&where, MHD_OPTION_THREAD_POOL_SIZE, o->threads,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
                         MHD_OPTION_ARRAY, o->certificate ? tls : none, MHD_OPTION_END);
    const union MHD_DaemonInfo *port = h->daemon ? MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!port) {
        err_set(e, ERR_NETWORK, "cannot listen on %s port %d: is it in use?", o->address, o->port);
        http_stop(h);
        return NULL;
    }
    h->port = port->port;
    return h;
}

int http_port(const struct http *h)
{
    return h->port;
}

void http_stop(struct http *h)
{
    if (!h)
        return;
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    free(h);
}
