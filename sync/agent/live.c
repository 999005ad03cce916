/* The app's requests over the link (protocols/link). A live call goes to one of a fixed list of paths; the agent adds
 * TLS and certificate, and reads nothing of what passes. */
#include "sync/agent/agent.h"
#include "sync/agent/enrol_live.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/problem.h"

#include <string.h>

#define CALL_BODY_MOST   (512u << 10)
#define CALL_ANSWER_MOST (768u << 10) /* it has to fit a frame */
#define BLOB_MOST        (16u << 20)

/* {id}: letters, digits, - and _ ; {uuid}; {receipt}: digits, letters and - . A path with "?q" may carry a query. */
static const struct {
    const char *method, *path;
} allowed[] = {
    {"POST", "/v1/sessions"},
    {"GET", "/v1/sessions/{id}"},
    {"POST", "/v1/sessions/{id}"},
    {"DELETE", "/v1/sessions/{id}"},
    {"GET", "/v1/sessions/{id}/{id}"},
    {"POST", "/v1/sessions/{id}/{id}"},
    {"GET", "/v1/profile"},
    {"PUT", "/v1/profile"},
    {"GET", "/v1/declarations/{uuid}"},
    {"POST", "/v1/declarations/{uuid}/confirm"},
    {"POST", "/v1/drafts/{uuid}/take"},
    {"DELETE", "/v1/drafts/{uuid}"},
    {"GET", "/v1/units?q"},
    {"GET", "/v1/receipts/{id}"},
    {"POST", "/v1/receipts/{id}"},
};

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool segment_matches(const char *want, size_t want_len, const char *have, size_t len)
{
    if (want_len == 4 && !memcmp(want, "{id}", 4)) {
        for (size_t i = 0; i < len; i++)
            if (!strchr(ALNUM "-_", have[i]))
                return false;
        return len > 0 && len <= 128;
    }
    if (want_len == 6 && !memcmp(want, "{uuid}", 6)) {
        char uuid[UUID_SIZE] = "";
        if (len != UUID_SIZE - 1)
            return false;
        memcpy(uuid, have, len);
        return uuid_valid(uuid);
    }
    return want_len == len && !memcmp(want, have, len);
}

static bool path_matches(const char *want, const char *have)
{
    bool query = false;
    while (*want == '/' && *have == '/') {
        size_t w = strcspn(++want, "/?"), h = strcspn(++have, "/?");
        if (!segment_matches(want, w, have, h))
            return false;
        want += w;
        have += h;
        query = *want == '?';
    }
    if (*have == '?') /* percent-encoded by the app */
        return query && strlen(have) <= 512 && strspn(have + 1, ALNUM "-_.~%=&+") == strlen(have + 1);
    return !*have && (!*want || query);
}

bool live_allowed(const char *method, const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
        if (!strcmp(allowed[i].method, method) && path_matches(allowed[i].path, path))
            return true;
    return false;
}

struct live_op {
    struct live_op *next; /* agent.live */
    struct agent *agent;
    struct link_request *link;
    struct http_request *request;
    struct str url, body, header;
    char sha256[HASH_HEX]; /* of a blob */
};

static struct live_op *op_create(struct agent *a, struct link_request *link)
{
    struct live_op *op = xcalloc(1, sizeof *op);
    op->agent = a;
    op->link = link;
    op->next = a->live;
    a->live = op;
    return op;
}

static void op_destroy(struct live_op *op)
{
    struct live_op **at = &op->agent->live;
    while (*at != op)
        at = &(*at)->next;
    *at = op->next;
    http_cancel(op->request);
    str_finish(&op->url);
    str_finish_secret(&op->body);
    str_finish_secret(&op->header);
    free(op);
}

/* --- call --- */

static void answer_call(struct live_op *op, const struct http_answer *a)
{
    json_t *body =
        a->body.len ? json_loadb(a->body.p, a->body.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL) : NULL;
    if (a->status >= 200 && a->status < 300 && (body || !a->body.len)) {
        json_t *answer = json_pack("{s:i, s:O*}", "status", (int)a->status, "body", body);
        link_answer(op->link, answer);
        json_decref(answer);
    } else if (json_is_object(body) && a->status >= 400) {
        if (!json_is_string(json_object_get(body, "title")))
            json_object_set_new(body, "title", json_string(reason_key(REASON_PLATFORM)));
        json_object_set_new(body, "status", json_integer(a->status));
        link_refuse_problem(op->link, body);
    } else {
        link_refuse(op->link, reason_key(REASON_PLATFORM), a->status >= 400 ? (int)a->status : 502, NULL);
    }
    json_decref(body);
}

static void refuse_offline(struct live_op *op, const struct http_answer *a)
{
    enum reason r = op->agent->reason != REASON_NONE ? op->agent->reason : REASON_NETWORK;
    if (a->code == CURLE_OPERATION_TIMEDOUT)
        r = REASON_NETWORK;
    link_refuse(op->link, reason_key(r), 503, reason_words(r));
}

static void on_call(void *ctx, const struct http_answer *a)
{
    struct live_op *op = ctx;
    op->request = NULL;
    contact_note_call(op->agent, a);
    if (a->code == CURLE_OK)
        answer_call(op, a);
    else
        refuse_offline(op, a);
    op->link = NULL;
    op_destroy(op);
}

static bool token_valid(const char *z)
{
    return *z && strlen(z) <= 256 && strspn(z, ALNUM "-._~+/=") == strlen(z);
}

static void start_call(struct agent *a, struct link_request *link, const json_t *frame)
{
    const char *method = json_string_value(json_object_get(frame, "method"));
    const char *path = json_string_value(json_object_get(frame, "path"));
    const char *session = json_string_value(json_object_get(frame, "session"));
    const json_t *body = json_object_get(frame, "body");
    if (!method || !path || !live_allowed(method, path) || (session && !token_valid(session))) {
        link_refuse(link, "link.not_allowed", 403, "this call is not on the agent's list");
        return;
    }
    char *text = body && !json_is_null(body) ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text && strlen(text) > CALL_BODY_MOST) {
        free(text);
        link_refuse(link, "link.too_large", 413, NULL);
        return;
    }
    struct live_op *op = op_create(a, link);
    if (text)
        op->body = (struct str){text, strlen(text), strlen(text) + 1};
    str_printf(&op->url, "%s%s", a->base_url, path);
    struct http_ask ask = {.method = method,
                           .url = op->url.p,
                           .body = op->body.p,
                           .len = op->body.len,
                           .timeout_ms = a->conf.call_s * 1000,
                           .once = strcmp(method, "GET") != 0, /* a code is tried once, an SMS sent once */
                           .answer_max = CALL_ANSWER_MOST};
    size_t n = 0;
    if (text)
        ask.headers[n++] = "Content-Type: " TYPE_JSON;
    if (session) {
        str_printf(&op->header, "Authorization: Bearer %s", session);
        ask.headers[n++] = op->header.p;
    }
    op->request = http_send(a->http, &ask, on_call, op);
}

/* --- blob --- */

static void answer_blob(struct link_request *link, const char *sha256, int64_t bytes)
{
    json_t *answer = json_pack("{s:s, s:I}", "sha256", sha256, "bytes", (json_int_t)bytes);
    link_answer(link, answer);
    json_decref(answer);
}

static void on_blob(void *ctx, const struct http_answer *a)
{
    struct live_op *op = ctx;
    struct err e = {0};
    op->request = NULL;
    contact_note_call(op->agent, a);
    if (a->code != CURLE_OK) {
        refuse_offline(op, a);
    } else if (a->status != 200) {
        answer_call(op, a);
    } else if (!store_blob_put_sealed(op->agent->store, op->sha256, str_z(&a->body), a->body.len, &e)) {
        log_error("live.blob", "why=\"%s\"", e.text);
        link_refuse(op->link, reason_key(e.code == ERR_FORMAT ? REASON_PLATFORM : REASON_STORE), 502, NULL);
    } else {
        answer_blob(op->link, op->sha256, (int64_t)a->body.len);
    }
    op->link = NULL;
    op_destroy(op);
}

static void start_blob(struct agent *a, struct link_request *link, const json_t *frame)
{
    const char *sha256 = json_string_value(json_object_get(frame, "sha256"));
    const char *session = json_string_value(json_object_get(frame, "session"));
    unsigned char hash[HASH_BYTES];
    AUTOFREE char *path = NULL;
    int64_t bytes;
    if (!sha256 || !hex_decode(sha256, hash, sizeof hash) || (session && !token_valid(session))) {
        link_refuse(link, "link.not_allowed", 400, "sha256 wants 64 hex digits");
        return;
    }
    if (store_blob_sealed(a->store, sha256, &bytes, &path, NULL)) {
        answer_blob(link, sha256, bytes);
        return;
    }
    struct live_op *op = op_create(a, link);
    hex_encode(hash, sizeof hash, op->sha256);
    str_printf(&op->url, "%s/v1/blobs/%s", a->base_url, op->sha256);
    struct http_ask ask = {.method = "GET", .url = op->url.p, .answer_max = BLOB_MOST};
    if (session) {
        str_printf(&op->header, "Authorization: Bearer %s", session);
        ask.headers[0] = op->header.p;
    }
    op->request = http_send(a->http, &ask, on_blob, op);
}

/* --- the link --- */

static void on_request(void *ctx, struct link_request *r, const char *op, const json_t *body)
{
    struct agent *a = ctx;
    if (!strcmp(op, "go")) {
        schedule_go(&a->schedule);
        link_answer(r, NULL);
    } else if (!strcmp(op, "state")) {
        json_t *state = contact_state(a);
        link_answer(r, state);
        json_decref(state);
    } else if (!strcmp(op, "enrol")) {
        enrol_live_begin(a, r, body);
    } else if (strcmp(op, "call") && strcmp(op, "blob")) {
        link_refuse(r, "link.unknown_op", 404, NULL);
    } else if (!a->enrolled) {
        link_refuse(r, reason_key(REASON_NOT_ENROLLED), 503, reason_words(REASON_NOT_ENROLLED));
    } else if (a->endpoint_denied) {
        link_refuse(r, reason_key(REASON_ENDPOINT), 503, reason_words(REASON_ENDPOINT));
    } else if (!strcmp(op, "call")) {
        start_call(a, r, body);
    } else {
        start_blob(a, r, body);
    }
}

static void on_gone(void *ctx, struct link_request *r)
{
    struct agent *a = ctx;
    enrol_live_gone(a, r);
    for (struct live_op *op = a->live; op; op = op->next)
        if (op->link == r) {
            op->link = NULL;
            op_destroy(op);
            return;
        }
}

const struct link_server_ops live_ops = {on_request, on_gone};

void live_abandon(struct agent *a)
{
    while (a->live) {
        link_refuse(a->live->link, reason_key(REASON_NETWORK), 503, NULL); // NOLINT: op_destroy took the last one off
        op_destroy(a->live);
    }
}
