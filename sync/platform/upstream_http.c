/* upstream_http.c — calls to the registry. Each asks over TLS against one pinned CA, without redirects and proxies; the answer is judged by the
 * mapping's rules and by nothing else. A token is fetched when it is needed, kept in memory, and fetched anew once when the registry says that it has
 * ended. */
#include "sync/platform/upstream_http.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/protocol/backoff.h"
#include "sync/record/canon.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MOST (32u << 20)
#define IDLE_MOST   4
#define PAGES_MOST  20000
#define TOKEN_EARLY (30 * 1000) /* a token is renewed so long before its end */
#define HEADER_SIZE 128

struct upstream_http {
    struct upstream upstream; /* first */
    struct upstream_ops ops;
    struct upstream_map *map;
    char *url, *ca, *certificate, *key, *client, *secret;
    int64_t connect_ms, answer_ms;
    const struct clock *clock;
    pthread_mutex_t mutex;
    char *token;
    int64_t token_ends; /* mono; 0: it does not say */
    CURL *idle[IDLE_MOST];
    size_t n_idle;
};

static struct upstream_http *self(struct upstream *u)
{
    return (struct upstream_http *)u;
}

static const char *text(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

/* --- one exchange --- */

struct reply {
    CURLcode code;
    long status;
    bool went_out; /* the request, or a part of it, may have reached the registry */
    struct str bytes;
    json_t *json; /* NULL: none */
    char retry_after[HEADER_SIZE], date[HEADER_SIZE];
};

static void reply_finish(struct reply *r)
{
    str_finish_secret(&r->bytes);
    json_decref(r->json);
    *r = (struct reply){0};
}
static inline void reply_cleanup(struct reply *r)
{
    reply_finish(r);
}

static size_t on_bytes(char *p, size_t size, size_t n, void *ctx)
{
    struct reply *r = ctx;
    if (r->bytes.len + size * n > ANSWER_MOST)
        return 0;
    str_add(&r->bytes, p, size * n);
    return size * n;
}

static void keep_header(const char *p, size_t len, const char *name, char out[HEADER_SIZE])
{
    size_t k = strlen(name);
    if (len <= k || strncasecmp(p, name, k) != 0 || p[k] != ':')
        return;
    for (p += k + 1, len -= k + 1; len && *p == ' '; p++)
        len--;
    while (len && (p[len - 1] == '\r' || p[len - 1] == '\n' || p[len - 1] == ' '))
        len--;
    if (len >= HEADER_SIZE)
        return;
    memcpy(out, p, len);
    out[len] = '\0';
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct reply *r = ctx;
    keep_header(p, size * n, "Retry-After", r->retry_after);
    keep_header(p, size * n, "Date", r->date);
    return size * n;
}

/* Connections are kept: a handle goes back when its call ended well. */
static CURL *handle_take(struct upstream_http *u)
{
    pthread_mutex_lock(&u->mutex);
    CURL *c = u->n_idle ? u->idle[--u->n_idle] : NULL;
    pthread_mutex_unlock(&u->mutex);
    if (!c && !(c = curl_easy_init()))
        abort();
    curl_easy_reset(c);
    return c;
}

static void handle_give(struct upstream_http *u, CURL *c, bool well)
{
    pthread_mutex_lock(&u->mutex);
    bool keep = well && u->n_idle < IDLE_MOST;
    if (keep)
        u->idle[u->n_idle++] = c;
    pthread_mutex_unlock(&u->mutex);
    if (!keep)
        curl_easy_cleanup(c);
}

static void set_transport(const struct upstream_http *u, CURL *c, struct reply *r)
{
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "bulu-platform");
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)u->connect_ms);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)u->answer_ms);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(c, CURLOPT_CAINFO, u->ca);
    if (*u->certificate) {
        curl_easy_setopt(c, CURLOPT_SSLCERT, u->certificate);
        curl_easy_setopt(c, CURLOPT_SSLKEY, u->key);
    }
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, r);
}

/* What a call sends: by its type. */
struct sending {
    struct str body;
    curl_mime *mime;
    struct curl_slist *headers;
    struct str url;
};

static void form_body(const json_t *body, const struct map_vars *vars, struct str *out)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)body, name, v)
    {
        char buf[MAP_TEXT_SIZE];
        const struct map_vars own = {{{"n", name}}, 1};
        str_puts(out, out->len ? "&" : "");
        map_fill("{n}", &own, true, out);
        str_putc(out, '=');
        map_fill(map_text(v, buf), vars, true, out);
    }
}

static void mime_body(CURL *c, struct sending *s, const json_t *body, const struct map_vars *vars,
                      const struct str *file)
{
    const char *name;
    json_t *v;
    s->mime = curl_mime_init(c);
    json_object_foreach((json_t *)(uintptr_t)body, name, v)
    {
        char buf[MAP_TEXT_SIZE];
        const char *template = map_text(v, buf);
        curl_mimepart *part = curl_mime_addpart(s->mime);
        CLEANUP(str) struct str z = {0}, file_name = {0};
        curl_mime_name(part, name);
        if (!strcmp(template, "{content}")) {
            map_fill("{name}", vars, false, &file_name);
            curl_mime_data(part, str_z(file), file->len);
            curl_mime_filename(part, str_z(&file_name));
        } else {
            map_fill(template, vars, false, &z);
            curl_mime_data(part, str_z(&z), z.len);
        }
    }
    curl_easy_setopt(c, CURLOPT_MIMEPOST, s->mime);
}

static void set_content_type(struct sending *s, const char *type)
{
    AUTOFREE char *line = xasprintf("Content-Type: %s", type);
    s->headers = curl_slist_append(s->headers, line);
}

/* json: the built body, or NULL for what the call's own texts say. */
static void set_body(CURL *c, struct sending *s, const json_t *call, const struct map_vars *vars, const json_t *json,
                     const struct str *file)
{
    const char *type = text(call, "type") ? text(call, "type") : "json";
    const json_t *body = json_object_get(call, "body");
    if (!strcmp(type, "multipart")) {
        mime_body(c, s, body, vars, file);
        return;
    }
    if (!strcmp(type, "bytes")) {
        str_add(&s->body, str_z(file), file->len);
        set_content_type(s, "application/octet-stream");
    } else if (!strcmp(type, "form")) {
        form_body(body, vars, &s->body);
        set_content_type(s, "application/x-www-form-urlencoded");
    } else if (json) {
        char *z = json_dumps(json, JSON_COMPACT);
        str_puts(&s->body, z ? z : "null");
        free(z);
        set_content_type(s, "application/json");
    }
    if (strcmp(text(call, "method"), "GET") != 0 || s->body.len) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, str_z(&s->body));
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->body.len);
    }
}

static void set_request(const struct upstream_http *u, CURL *c, struct sending *s, const json_t *call,
                        const struct map_vars *vars, const json_t *json, const struct str *file)
{
    size_t i;
    json_t *h;
    str_puts(&s->url, u->url);
    map_fill(text(call, "path"), vars, true, &s->url);
    curl_easy_setopt(c, CURLOPT_URL, str_z(&s->url));
    set_body(c, s, call, vars, json, file);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, text(call, "method"));
    /* On a kept connection that turns out dead curl sends again by itself: what changes something there goes on a new one. */
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, strcmp(text(call, "method"), "GET") != 0 ? 1L : 0L);
    s->headers = curl_slist_append(s->headers, "Expect:");
    s->headers = curl_slist_append(s->headers, "Accept: application/json");
    json_array_foreach(json_object_get(call, "headers"), i, h)
    {
        CLEANUP(str) struct str line = {0};
        map_fill(json_string_value(h), vars, false, &line);
        line.p[strcspn(line.p, "\r\n")] = '\0';
        s->headers = curl_slist_append(s->headers, line.p);
    }
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, s->headers);
}

static void sending_finish(struct sending *s)
{
    str_finish_secret(&s->body);
    str_finish_secret(&s->url);
    curl_mime_free(s->mime);
    curl_slist_free_all(s->headers);
}

static bool never_left(CURLcode code)
{
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_CERTPROBLEM || code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

static void exchange(struct upstream_http *u, const json_t *call, const struct map_vars *vars, const json_t *json,
                     const struct str *file, struct reply *r)
{
    struct sending s = {0};
    CURL *c = handle_take(u);
    set_transport(u, c, r);
    set_request(u, c, &s, call, vars, json, file);
    r->code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &r->status);
    r->went_out = !never_left(r->code);
    sending_finish(&s);
    handle_give(u, c, r->code == CURLE_OK);
    if (r->code == CURLE_OK && r->bytes.len)
        r->json = json_loadb(r->bytes.p, r->bytes.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    log_debug("upstream.call", "path=%s code=%d status=%ld", text(call, "path"), (int)r->code, r->status);
}

/* --- token --- */

static bool token_have(struct upstream_http *u, char **out)
{
    pthread_mutex_lock(&u->mutex);
    bool fresh = u->token && (!u->token_ends || clock_mono(u->clock) < u->token_ends);
    if (fresh)
        *out = xstrdup(u->token);
    pthread_mutex_unlock(&u->mutex);
    return fresh;
}

static void token_drop(struct upstream_http *u)
{
    pthread_mutex_lock(&u->mutex);
    free(u->token);
    u->token = NULL;
    pthread_mutex_unlock(&u->mutex);
}

static void token_keep(struct upstream_http *u, const char *token, int64_t lives_s)
{
    pthread_mutex_lock(&u->mutex);
    free(u->token);
    u->token = xstrdup(token);
    int64_t lives_ms = lives_s * 1000 > 2 * TOKEN_EARLY ? lives_s * 1000 - TOKEN_EARLY : lives_s * 500;
    u->token_ends = lives_s > 0 ? clock_mono(u->clock) + lives_ms : 0;
    pthread_mutex_unlock(&u->mutex);
}

static void later(struct upstream_result *res, const struct reply *r, bool whole, const char *why)
{
    res->end = UPSTREAM_LATER;
    res->whole = whole;
    res->unsure = r->went_out;
    res->retry_after_ms = retry_after_parse(*r->retry_after ? r->retry_after : NULL, *r->date ? r->date : NULL);
    if (r->code != CURLE_OK)
        err_set(&res->why, ERR_NETWORK, "%s: %s", why, curl_easy_strerror(r->code));
    else
        err_set(&res->why, ERR_BUSY, "%s: status %ld", why, r->status);
}

/* The token for the headers, "" when the mapping has no such call. False: res says why. */
static bool token_need(struct upstream_http *u, char **out, struct upstream_result *res)
{
    const json_t *call = upstream_map_call(u->map, "token"), *rule;
    CLEANUP(reply) struct reply r = {0};
    struct map_vars vars = {{{"client", u->client}, {"secret", u->secret}}, 2};
    char buf[MAP_TEXT_SIZE], number[MAP_TEXT_SIZE];
    if (!call || token_have(u, out)) {
        *out = *out ? *out : xstrdup("");
        return true;
    }
    CLEANUP(json)
    json_t *body =
        map_body(&(struct map_source){.map = u->map, .vars = &vars}, json_object_get(call, "body"), NULL, NULL);
    exchange(u, call, &vars, body, NULL, &r);
    enum map_word w = r.code == CURLE_OK ? map_judge(call, r.status, r.json, &rule) : MAP_LATER;
    const char *token = map_take(call, r.json, "token", buf);
    if (w != MAP_DONE || !*token) {
        later(res, &r, true, "no token");
        res->unsure = false; /* nothing was handed over yet */
        return false;
    }
    token_keep(u, token, strtoll(map_take(call, r.json, "expires", number), NULL, 10));
    *out = xstrdup(token);
    return true;
}

/* --- a call --- */

static char *words_of(const json_t *rule, const json_t *answer)
{
    char buf[MAP_TEXT_SIZE];
    const char *at = text(rule, "text"), *z = at ? map_text(map_at(answer, at), buf) : "";
    return xstrdup(utf8_valid(z, strlen(z)) ? z : "");
}

static void end_by(struct upstream_http *u, enum map_word w, const json_t *rule, const struct reply *r,
                   struct upstream_result *res)
{
    switch (w) {
    case MAP_DONE:
        res->end = UPSTREAM_DONE;
        return;
    case MAP_REFUSED:
        res->end = UPSTREAM_REFUSED;
        res->text = words_of(rule, r->json);
        res->reasons = map_reasons(u->map, json_object_get(rule, "reasons"), r->json);
        return;
    case MAP_NONE:
        res->end = UPSTREAM_NONE;
        return;
    case MAP_LOCKED:
        res->end = UPSTREAM_LOCKED;
        return;
    case MAP_TOKEN:
        later(res, r, true, "our credentials are not taken");
        res->unsure = false;
        return;
    case MAP_BUSY:
        later(res, r, true, "busy");
        return;
    case MAP_LATER:
        later(res, r, r->code != CURLE_OK, r->code == CURLE_OK && !rule ? "the answer is not understood" : "not now");
        return;
    }
}

/* Asks, with a token where the mapping has one; a token that has ended is replaced once. r: for what the answer holds. */
static void ask(struct upstream_http *u, const json_t *call, struct map_vars *vars, const json_t *json,
                const struct str *file, struct reply *r, struct upstream_result *res)
{
    for (int turn = 0;; turn++) {
        AUTOFREE char *token = NULL;
        const json_t *rule = NULL;
        if (!token_need(u, &token, res))
            return;
        map_var_set(vars, "token", token);
        reply_finish(r);
        exchange(u, call, vars, json, file, r);
        enum map_word w = r->code == CURLE_OK ? map_judge(call, r->status, r->json, &rule) : MAP_LATER;
        map_var_set(vars, "token", "");
        if (w == MAP_TOKEN) {
            token_drop(u);
            if (!turn && upstream_map_call(u->map, "token"))
                continue;
        }
        end_by(u, w, rule, r, res);
        return;
    }
}

/* A call whose body is made of its variables alone. */
static void ask_plain(struct upstream_http *u, const json_t *call, struct map_vars *vars, struct reply *r,
                      struct upstream_result *res)
{
    const struct map_source s = {.map = u->map, .vars = vars};
    const char *type = text(call, "type");
    const json_t *tree = json_object_get(call, "body");
    CLEANUP(json) json_t *body = tree && (!type || !strcmp(type, "json")) ? map_body(&s, tree, NULL, NULL) : NULL;
    ask(u, call, vars, body, NULL, r, res);
}

static bool nothing_to_ask(const json_t *call, struct upstream_result *res)
{
    *res = (struct upstream_result){.end = UPSTREAM_NONE, .retry_after_ms = BACKOFF_NO_RETRY_AFTER};
    return !call;
}

/* --- records --- */

struct record_vars {
    struct map_vars vars;
    char version[16], received[40];
};

static void record_vars(const struct upstream_record *r, struct record_vars *v)
{
    snprintf(v->version, sizeof v->version, "%d", r->version);
    clock_iso_beijing(r->received_ms, v->received, sizeof v->received);
    v->vars.n = 0;
    const struct map_var rows[] = {{"key", r->key},
                                   {"declaration", r->declaration},
                                   {"version", v->version},
                                   {"receipt", r->receipt},
                                   {"proof", r->proof},
                                   {"unit_name", r->unit_name ? r->unit_name : ""},
                                   {"unit_code", r->unit_code ? r->unit_code : ""},
                                   {"received", v->received}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        map_var_set(&v->vars, rows[i].name, rows[i].value);
}

static void op_check(struct upstream *up, const struct doc *d, struct findings *out)
{
    struct upstream_http *u = self(up);
    const struct map_vars vars = {.n = 0};
    const struct map_source s = {.map = u->map, .doc = d, .vars = &vars};
    json_decref(map_body(&s, json_object_get(upstream_map_call(u->map, "submit"), "body"), out, NULL));
}

/* Attaching what submit's body names: each file once, its number noted before the next. */
struct attaching {
    struct upstream_http *u;
    const struct upstream_record *r;
    struct record_vars *v;
    struct upstream_result *res;
    char number[UPSTREAM_NUMBER_SIZE]; /* of the file asked for last */
    bool ok;
};

static void attach_vars(struct attaching *a, const json_t *file, struct map_vars *vars, char bytes[24])
{
    *vars = a->v->vars;
    snprintf(bytes, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(file, "bytes")));
    map_var_set(vars, "name", text(file, "name") ? text(file, "name") : "");
    map_var_set(vars, "kind", text(file, "kind") ? text(file, "kind") : "");
    map_var_set(vars, "digest", text(file, "digest") ? text(file, "digest") : "");
    map_var_set(vars, "bytes", bytes);
}

static bool attach_one(void *ctx, const json_t *file)
{
    struct attaching *a = ctx;
    const char *sha256 = text(file, "sha256");
    const json_t *call = upstream_map_call(a->u->map, "attach");
    CLEANUP(str) struct str plain = {0};
    CLEANUP(reply) struct reply r = {0};
    struct map_vars vars;
    char bytes[24], buf[MAP_TEXT_SIZE];
    if (a->r->file_known(a->r->ctx, sha256, a->number))
        return true;
    a->ok = a->r->bytes(a->r->ctx, file, &plain, &a->res->why);
    if (!a->ok) {
        a->res->end = UPSTREAM_LATER;
        return false;
    }
    attach_vars(a, file, &vars, bytes);
    ask(a->u, call, &vars, NULL, &plain, &r, a->res);
    const char *number = map_take(call, r.json, "number", buf);
    if (a->res->end == UPSTREAM_DONE && !*number)
        later(a->res, &r, false, "a file without its number");
    a->ok = a->res->end == UPSTREAM_DONE && (a->r->file_taken(a->r->ctx, sha256, number, &a->res->why));
    if (a->res->end == UPSTREAM_DONE && !a->ok)
        a->res->end = UPSTREAM_LATER;
    a->res->unsure = false; /* of the record itself nothing went out */
    return a->ok;
}

static const char *number_of(void *ctx, const json_t *file)
{
    struct attaching *a = ctx;
    a->number[0] = '\0';
    if (!a->r->file_known(a->r->ctx, text(file, "sha256"), a->number))
        a->number[0] = '\0';
    return a->number;
}

static bool content_of(void *ctx, const json_t *file, struct str *out, struct err *e)
{
    struct attaching *a = ctx;
    return a->r->bytes(a->r->ctx, file, out, e);
}

static void take_number(const json_t *call, const struct reply *r, char number[UPSTREAM_NUMBER_SIZE],
                        struct upstream_result *res)
{
    char buf[MAP_TEXT_SIZE];
    const char *z = map_take(call, r->json, "number", buf);
    if (res->end != UPSTREAM_DONE)
        return;
    if (!*z || strlen(z) >= UPSTREAM_NUMBER_SIZE)
        later(res, r, false, "a success without a number");
    else
        zcopy(number, UPSTREAM_NUMBER_SIZE, z);
}

static void op_submit(struct upstream *up, const struct upstream_record *rec, char number[UPSTREAM_NUMBER_SIZE],
                      struct upstream_result *res)
{
    struct upstream_http *u = self(up);
    const json_t *call = upstream_map_call(u->map, "submit");
    struct record_vars v;
    CLEANUP(reply) struct reply r = {0};
    CLEANUP(findings) struct findings found = {0};
    *res = (struct upstream_result){.end = UPSTREAM_LATER, .retry_after_ms = BACKOFF_NO_RETRY_AFTER};
    record_vars(rec, &v);
    struct attaching a = {.u = u, .r = rec, .v = &v, .res = res, .ok = true};
    if (upstream_map_attaches(u->map) && (!map_files(u->map, rec->doc, attach_one, &a) || !a.ok))
        return;
    res->end = UPSTREAM_LATER;
    const struct map_source s = {u->map, rec->doc, &v.vars, number_of, content_of, &a};
    CLEANUP(json) json_t *body = map_body(&s, json_object_get(call, "body"), &found, &res->why);
    if (!body)
        return;
    if (found.len) {
        err_set(&res->why, ERR_LIMIT, "the record does not fit the registry");
        return;
    }
    ask(u, call, &v.vars, body, NULL, &r, res);
    take_number(call, &r, number, res);
}

static void op_find(struct upstream *up, const struct upstream_record *rec, char number[UPSTREAM_NUMBER_SIZE],
                    struct upstream_result *res)
{
    struct upstream_http *u = self(up);
    const json_t *call = upstream_map_call(u->map, "find");
    struct record_vars v;
    CLEANUP(reply) struct reply r = {0};
    if (nothing_to_ask(call, res))
        return;
    record_vars(rec, &v);
    ask_plain(u, call, &v.vars, &r, res);
    take_number(call, &r, number, res);
    res->unsure = true; /* whatever the try before did, this one did not tell */
}

static void op_status(struct upstream *up, const char *const *numbers, size_t n, struct upstream_news_list *out,
                      struct upstream_result *res)
{
    struct upstream_http *u = self(up);
    const json_t *call = upstream_map_call(u->map, "status");
    const char *at = text(call, "list");
    CLEANUP(reply) struct reply r = {0};
    CLEANUP(str) struct str all = {0};
    struct map_vars vars = {.n = 0};
    nothing_to_ask(call, res);
    for (size_t i = 0; i < n; i++)
        str_printf(&all, "%s%s", i ? "," : "", numbers[i]);
    map_var_set(&vars, "number", n ? numbers[0] : "");
    map_var_set(&vars, "numbers", str_z(&all));
    ask_plain(u, call, &vars, &r, res);
    if (res->end != UPSTREAM_DONE)
        return;
    const json_t *list = at ? map_at(r.json, at) : NULL;
    size_t rows = at ? json_array_size(list) : 1;
    out->rows = xcalloc(rows + 1, sizeof *out->rows);
    for (size_t i = 0; i < rows; i++)
        out->n += map_news(u->map, at ? json_array_get(list, i) : r.json, &out->rows[out->n]);
}

/* --- people --- */

static void op_login(struct upstream *up, const char *id18, const char *password, struct upstream_person *out,
                     struct upstream_result *res)
{
    struct upstream_http *u = self(up);
    const json_t *call = upstream_map_call(u->map, "login");
    CLEANUP(reply) struct reply r = {0};
    struct map_vars vars = {.n = 0};
    char name[MAP_TEXT_SIZE], mobile[MAP_TEXT_SIZE];
    if (nothing_to_ask(call, res)) {
        res->end = UPSTREAM_LATER;
        err_set(&res->why, ERR_CONFIG, "the mapping has no call login");
        return;
    }
    map_var_set(&vars, "id", id18);
    map_var_set(&vars, "password", password);
    ask_plain(u, call, &vars, &r, res);
    *out = (struct upstream_person){0};
    if (res->end != UPSTREAM_DONE)
        return;
    zcopy(out->full_name, sizeof out->full_name, map_take(call, r.json, "full_name", name));
    zcopy(out->mobile, sizeof out->mobile, map_take(call, r.json, "mobile", mobile));
}

static void op_profile(struct upstream *up, const char *id18, json_t **out, struct upstream_result *res)
{
    struct upstream_http *u = self(up);
    const json_t *call = upstream_map_call(u->map, "profile");
    CLEANUP(reply) struct reply r = {0};
    struct map_vars vars = {.n = 0};
    if (nothing_to_ask(call, res))
        return;
    map_var_set(&vars, "id", id18);
    ask_plain(u, call, &vars, &r, res);
    if (res->end == UPSTREAM_DONE)
        *out = map_profile(u->map, r.json);
    else if (res->end == UPSTREAM_NONE)
        *out = map_profile_none(u->map);
}

/* --- lists, page by page --- */

/* rows(ctx, list) for each page; it returns whether to go on. */
static void pages(struct upstream_http *u, const json_t *call, bool (*rows)(void *ctx, const json_t *list), void *ctx,
                  struct upstream_result *res)
{
    int64_t first = json_object_get(call, "first") ? json_integer_value(json_object_get(call, "first")) : 1;
    bool paged = strstr(text(call, "path"), "{page}") || json_object_get(call, "body");
    nothing_to_ask(call, res);
    for (int64_t page = first; page < first + PAGES_MOST; page++) {
        CLEANUP(reply) struct reply r = {0};
        struct map_vars vars = {.n = 0};
        char number[24];
        snprintf(number, sizeof number, "%" PRId64, page);
        map_var_set(&vars, "page", number);
        ask_plain(u, call, &vars, &r, res);
        const json_t *list = map_at(r.json, text(call, "list"));
        if (res->end == UPSTREAM_DONE && !json_is_array(list))
            later(res, &r, false, "a page without its list");
        if (res->end != UPSTREAM_DONE || !json_array_size(list))
            return;
        if (!rows(ctx, list)) {
            later(res, &r, false, "the rows could not be kept");
            return;
        }
        if (!paged)
            return;
    }
}

struct units_page {
    const json_t *call;
    bool (*each)(void *ctx, const struct upstream_unit *rows, size_t n);
    void *ctx;
};

static bool units_rows(void *ctx, const json_t *list)
{
    const struct units_page *p = ctx;
    static const char *const names[] = {"code", "name", "superior"};
    size_t n = json_array_size(list), count = 0;
    struct upstream_unit *rows = xcalloc(n, sizeof *rows);
    char(*buf)[MAP_TEXT_SIZE] = xcalloc(n * 3, sizeof *buf);
    for (size_t i = 0; i < n; i++) {
        const char *z[3];
        for (size_t k = 0; k < 3; k++) {
            z[k] = map_take(p->call, json_array_get(list, i), names[k], buf[3 * i + k]);
            z[k] = utf8_valid(z[k], strlen(z[k])) ? z[k] : "";
        }
        if (*z[1])
            rows[count++] = (struct upstream_unit){z[0], z[1], z[2]};
    }
    bool ok = p->each(p->ctx, rows, count);
    free(rows);
    free(buf);
    return ok;
}

static void op_units(struct upstream *up, bool (*each)(void *ctx, const struct upstream_unit *rows, size_t n),
                     void *ctx, struct upstream_result *res)
{
    struct upstream_http *u = self(up);
    struct units_page p = {upstream_map_call(u->map, "units"), each, ctx};
    if (!nothing_to_ask(p.call, res))
        pages(u, p.call, units_rows, &p, res);
}

static const char *const *op_dictionary_names(struct upstream *up)
{
    return upstream_map_dictionaries(self(up)->map);
}

struct dictionary_page {
    const json_t *call;
    struct str *tsv;
};

static bool dictionary_rows(void *ctx, const json_t *list)
{
    const struct dictionary_page *p = ctx;
    size_t i;
    json_t *row, *at;
    const char *column;
    json_array_foreach((json_t *)(uintptr_t)list, i, row)
    {
        bool first = true;
        json_object_foreach(json_object_get(p->call, "take"), column, at)
        {
            char buf[MAP_TEXT_SIZE];
            const char *z = map_text(map_at(row, json_string_value(at)), buf);
            str_puts(p->tsv, first ? "" : "\t");
            for (first = false; *z; z++)
                str_putc(p->tsv, (unsigned char)*z < ' ' ? ' ' : *z);
        }
        str_putc(p->tsv, '\n');
    }
    return true;
}

static void op_dictionary(struct upstream *up, const char *name, struct str *tsv, struct upstream_result *res)
{
    struct upstream_http *u = self(up);
    CLEANUP(str) struct str text_of_it = {0};
    struct dictionary_page p = {upstream_map_dictionary(u->map, name), &text_of_it};
    struct civil day = clock_beijing(clock_wall(u->clock));
    const char *column;
    json_t *at;
    bool first = true;
    if (nothing_to_ask(p.call, res))
        return;
    str_printf(&text_of_it, "# source: %s; version: %04d.%02d.%02d\n", up->name, day.year, day.month, day.day);
    json_object_foreach(json_object_get(p.call, "take"), column, at)
    {
        str_printf(&text_of_it, "%s%s", first ? "" : "\t", column);
        first = false;
    }
    str_putc(&text_of_it, '\n');
    pages(u, p.call, dictionary_rows, &p, res);
    if (res->end == UPSTREAM_DONE)
        str_add(tsv, str_z(&text_of_it), text_of_it.len);
}

/* --- life --- */

static void op_close(struct upstream *up)
{
    struct upstream_http *u = self(up);
    while (u->n_idle)
        curl_easy_cleanup(u->idle[--u->n_idle]);
    pthread_mutex_destroy(&u->mutex);
    upstream_map_destroy(u->map);
    free(u->token);
    free(u->url);
    free(u->ca);
    free(u->certificate);
    free(u->key);
    free(u->client);
    free(u->secret);
    free(u);
}

static const struct upstream_ops driver = {.close = op_close,
                                           .check = op_check,
                                           .submit = op_submit,
                                           .find = op_find,
                                           .status = op_status,
                                           .login = op_login,
                                           .profile = op_profile,
                                           .units = op_units,
                                           .dictionary_names = op_dictionary_names,
                                           .dictionary = op_dictionary};

struct upstream *upstream_http_open(struct upstream_map *map, const struct upstream_http_conf *c, struct err *e)
{
    if (!file_exists(c->ca)) {
        err_set(e, ERR_CONFIG, "[upstream] ca: %s cannot be read", c->ca);
        upstream_map_destroy(map);
        return NULL;
    }
    struct upstream_http *u = xcalloc(1, sizeof *u);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    u->map = map;
    u->ops = driver;
    u->ops.status_most = upstream_map_status_most(map);
    u->upstream = (struct upstream){&u->ops, upstream_map_name(map), upstream_map_address(map)};
    u->url = xstrdup(c->url);
    u->ca = xstrdup(c->ca);
    u->certificate = xstrdup(c->certificate);
    u->key = xstrdup(c->key);
    u->client = xstrdup(c->client);
    u->secret = xstrdup(c->secret);
    u->connect_ms = c->connect_ms;
    u->answer_ms = c->answer_ms;
    u->clock = c->clock;
    pthread_mutex_init(&u->mutex, NULL);
    return &u->upstream;
}
