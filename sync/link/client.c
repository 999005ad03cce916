/* The app's end. DOWN → (connect) → HELLO → UP; any failure leads back to DOWN with a back-off, and every open request
 * is then answered with "link.down". All callbacks run inside link_client_step: a request only notes what is to be
 * done. */
#include "sync/link/wire.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define RETRY_FIRST_MS 250
#define RETRY_MOST_MS  30000
#define HELLO_MS       5000
#define DEADLINE_FRESH (-1) /* counted from the next step */

enum client_state { CLIENT_DOWN, CLIENT_HELLO, CLIENT_UP };

struct client_request {
    struct client_request *next; /* link_client.requests, oldest first */
    int id;
    json_t *frame; /* until it is sent */
    int64_t timeout_ms, deadline;
    void (*answer)(void *ctx, bool ok, const json_t *body);
    void *ctx;
};

struct link_client {
    char *path, *program, *version;
    const struct link_client_ops *ops;
    void *ctx;
    enum client_state state;
    struct wire wire;
    struct client_request *requests;
    int last_id;
    int64_t retry_at, hello_deadline;
    int64_t retry_ms;
};

struct link_client *link_client_create(const char *path, const char *program, const char *version,
                                       const struct link_client_ops *ops, void *ctx)
{
    struct link_client *c = xcalloc(1, sizeof *c);
    c->path = xstrdup(path);
    c->program = xstrdup(program);
    c->version = xstrdup(version);
    c->ops = ops;
    c->ctx = ctx;
    c->wire.fd = -1;
    c->retry_ms = RETRY_FIRST_MS;
    return c;
}

static void request_free(struct client_request *r)
{
    json_decref(r->frame);
    free(r);
}

void link_client_destroy(struct link_client *c)
{
    if (!c)
        return;
    wire_close(&c->wire);
    for (struct client_request *r = c->requests, *next; r; r = next) {
        next = r->next;
        request_free(r);
    }
    free(c->path);
    free(c->program);
    free(c->version);
    free(c);
}

bool link_client_connected(const struct link_client *c)
{
    return c->state == CLIENT_UP;
}

static bool any_unsent(const struct link_client *c)
{
    for (const struct client_request *r = c->requests; r; r = r->next)
        if (r->frame)
            return true;
    return false;
}

int link_client_fd(const struct link_client *c, short *events, int64_t *deadline_ms)
{
    int64_t at = c->state == CLIENT_DOWN ? c->retry_at : c->state == CLIENT_HELLO ? c->hello_deadline : -1;
    for (const struct client_request *r = c->requests; r; r = r->next) {
        int64_t want = r->deadline == DEADLINE_FRESH ? 0 : r->deadline;
        if (at < 0 || want < at)
            at = want;
    }
    *deadline_ms = at;
    *events = (short)(POLLIN | (wire_pending(&c->wire) ? POLLOUT : 0));
    return c->wire.fd;
}

/* Takes r out of the list before its answer runs, so that the answer may make and cancel requests. */
static void finish_request(struct link_client *c, struct client_request *r, bool ok, const json_t *body)
{
    struct client_request **at = &c->requests;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    r->answer(r->ctx, ok, body);
    request_free(r);
}

static void fail_request(struct link_client *c, struct client_request *r, const char *title, int status)
{
    json_t *problem = json_pack("{s:s, s:i}", "title", title, "status", status);
    finish_request(c, r, false, problem);
    json_decref(problem);
}

static void fail_all(struct link_client *c)
{
    /* Requests that an answer makes meanwhile have a larger id and stay: they try anew. */
    int last = c->last_id;
    while (c->requests && c->requests->id <= last)
        fail_request(c, c->requests, "link.down", 503);
}

static void go_down(struct link_client *c, int64_t mono_ms)
{
    bool was_up = c->state == CLIENT_UP;
    wire_close(&c->wire);
    c->state = CLIENT_DOWN;
    c->retry_at = mono_ms + c->retry_ms;
    c->retry_ms = c->retry_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : c->retry_ms * 2;
    if (was_up && c->ops->connected)
        c->ops->connected(c->ctx, false);
    fail_all(c);
}

static bool open_socket(const char *path, int *out)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path)
        return false;
    memcpy(a.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    /* A local socket connects at once or not at all: EAGAIN is a full backlog, and tried again later. */
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
        close(fd);
        return false;
    }
    *out = fd;
    return true;
}

static void try_connect(struct link_client *c, int64_t mono_ms)
{
    int fd;
    if (!open_socket(c->path, &fd)) {
        go_down(c, mono_ms);
        return;
    }
    wire_open(&c->wire, fd);
    c->state = CLIENT_HELLO;
    c->hello_deadline = mono_ms + HELLO_MS;
    (void)wire_hello(&c->wire, c->program, c->version);
}

static struct client_request *find_request(struct link_client *c, json_int_t id)
{
    struct client_request *r = c->requests;
    while (r && r->id != id)
        r = r->next;
    return r;
}

/* false: not this protocol any more. */
static bool take_frame(struct link_client *c, const json_t *frame, struct err *e)
{
    if (c->state == CLIENT_HELLO) {
        if (!wire_check_hello(&c->wire, frame, e)) {
            c->retry_ms = RETRY_MOST_MS; /* another version does not become ours within a second */
            return false;
        }
        c->state = CLIENT_UP;
        c->retry_ms = RETRY_FIRST_MS;
        if (c->ops->connected)
            c->ops->connected(c->ctx, true);
        return true;
    }
    const char *news = json_string_value(json_object_get(frame, "news"));
    if (news) {
        if (c->ops->news)
            c->ops->news(c->ctx, news, frame);
        return true;
    }
    const json_t *id = json_object_get(frame, "id"), *ok = json_object_get(frame, "ok");
    const char *reason = json_string_value(json_object_get(frame, "close"));
    if (reason)
        return err_set(e, ERR_DENIED, "the peer closed: %.200s", reason);
    if (!json_is_integer(id) || !json_is_boolean(ok))
        return err_set(e, ERR_FORMAT, "neither an answer nor news");
    struct client_request *r = find_request(c, json_integer_value(id));
    if (!r || r->frame) /* cancelled or timed out meanwhile; or an answer to what was never asked */
        return true;
    const json_t *problem = json_object_get(frame, "problem");
    if (json_is_true(ok))
        finish_request(c, r, true, frame);
    else if (json_is_object(problem))
        finish_request(c, r, false, problem);
    else
        fail_request(c, r, "link.refused", 500);
    return true;
}

/* false: the peer is gone, or speaks something else. */
static bool take_input(struct link_client *c)
{
    bool alive = wire_read(&c->wire);
    json_t *frame;
    struct err e = {0};
    int got;
    while ((got = link_framer_next(&c->wire.in, &frame, &e)) > 0) {
        bool good = take_frame(c, frame, &e);
        json_decref(frame);
        if (!good) {
            got = -1;
            break;
        }
    }
    if (got < 0)
        log_warn("link.client.closed", "why=\"%s\"", e.text);
    return alive && got == 0;
}

static void start_deadlines(struct link_client *c, int64_t mono_ms)
{
    for (struct client_request *r = c->requests; r; r = r->next)
        if (r->deadline == DEADLINE_FRESH)
            r->deadline = mono_ms + r->timeout_ms;
}

static void send_requests(struct link_client *c)
{
    for (struct client_request *r = c->requests, *next; r; r = next) {
        next = r->next;
        if (!r->frame)
            continue;
        bool fits = link_frame(&c->wire.out, r->frame);
        json_decref(r->frame);
        r->frame = NULL;
        if (!fits) {
            fail_request(c, r, "link.too_large", 413);
            next = c->requests; /* the answer may have changed the list */
        }
    }
}

static void expire_requests(struct link_client *c, int64_t mono_ms)
{
    for (struct client_request *r = c->requests; r;) {
        if (r->deadline > mono_ms || r->deadline == DEADLINE_FRESH) {
            r = r->next;
            continue;
        }
        if (!r->frame && c->state == CLIENT_UP) { /* the agent need not go on with it */
            json_t *cancel = json_pack("{s:i}", "cancel", r->id);
            (void)link_frame(&c->wire.out, cancel);
            json_decref(cancel);
        }
        fail_request(c, r, "link.timeout", 504);
        r = c->requests;
    }
}

void link_client_step(struct link_client *c, short revents, int64_t mono_ms)
{
    if (c->wire.fd >= 0 && (revents & (POLLIN | POLLHUP | POLLERR)) && !take_input(c))
        go_down(c, mono_ms);
    if (c->state == CLIENT_HELLO && mono_ms >= c->hello_deadline)
        go_down(c, mono_ms);
    if (c->state == CLIENT_DOWN && (mono_ms >= c->retry_at || any_unsent(c)))
        try_connect(c, mono_ms);
    start_deadlines(c, mono_ms);
    if (c->state == CLIENT_UP)
        send_requests(c);
    expire_requests(c, mono_ms);
    if (c->wire.fd >= 0 && !wire_flush(&c->wire) && !(revents & POLLIN)) {
        /* Answers may still wait to be read: one look, then down. */
        (void)take_input(c);
        go_down(c, mono_ms);
    }
}

int link_client_request(struct link_client *c, const char *op, const json_t *body, int64_t timeout_ms,
                        void (*answer)(void *ctx, bool ok, const json_t *body), void *ctx)
{
    struct client_request *r = xcalloc(1, sizeof *r);
    c->last_id = c->last_id == INT32_MAX ? 1 : c->last_id + 1;
    r->id = c->last_id;
    r->frame = wire_object(body);
    json_object_set_new(r->frame, "id", json_integer(r->id));
    json_object_set_new(r->frame, "op", json_string(op));
    r->timeout_ms = timeout_ms;
    r->deadline = DEADLINE_FRESH;
    r->answer = answer;
    r->ctx = ctx;
    struct client_request **end = &c->requests;
    while (*end)
        end = &(*end)->next;
    *end = r;
    return r->id;
}

void link_client_cancel(struct link_client *c, int id)
{
    struct client_request **at = &c->requests;
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    struct client_request *r = *at;
    if (!r)
        return;
    *at = r->next;
    if (!r->frame && c->state == CLIENT_UP) {
        json_t *cancel = json_pack("{s:i}", "cancel", id);
        (void)link_frame(&c->wire.out, cancel);
        json_decref(cancel);
    }
    request_free(r);
}
