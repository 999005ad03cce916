/* The key is written down before the request goes: should the answer be lost, the same invitation asks again with the
 * same key, and a platform that already signed it can say so. Only a whole, checked answer becomes the identity. */
#include "sync/agent/enrol.h"

#include "sync/agent/http.h"
#include "sync/agent/pin.h"
#include "sync/agent/reason.h"
#include "sync/agent/x509.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/problem.h"

#include <string.h>
#include <unistd.h>

#define KEY_MOST    (16u << 10)
#define ANSWER_MOST (256u << 10)

struct outcome {
    bool done, ok;
    struct str *body;
    struct err *e;
    int64_t wall_ms;
};

static void on_answer(void *ctx, const struct http_answer *a)
{
    struct outcome *o = ctx;
    const struct reason_facts facts = {.wall_ms = o->wall_ms};
    struct problem p;
    o->done = true;
    if (a->code == CURLE_OK && (a->status == 200 || a->status == 201)) {
        str_add(o->body, str_z(&a->body), a->body.len);
        o->ok = true;
    } else if (a->code == CURLE_OK && problem_parse(str_z(&a->body), a->body.len, &p)) {
        err_set(o->e, a->status >= 500 || a->status == 429 ? ERR_BUSY : ERR_DENIED, "the platform says: %s%s%s",
                p.title, *p.detail ? ": " : "", p.detail);
    } else if (a->code == CURLE_OK) {
        err_set(o->e, ERR_NETWORK, "the server answers with status %ld: is this address the platform's web listener?",
                a->status);
    } else {
        enum reason r = reason_of(a, &facts);
        err_set(o->e, r == REASON_TLS || r == REASON_CLOCK ? ERR_CRYPTO : ERR_NETWORK, "%s (%s)", reason_words(r),
                curl_easy_strerror(a->code));
    }
}

static bool post(const struct wire_invitation *v, const struct enrol_options *o, const struct str *body,
                 struct str *answer, struct err *e)
{
    AUTOFREE char *agent = xasprintf("bulu-ctl/%s", o->version), *url = xasprintf("%s%s", v->url, PATH_ENROL);
    bool tls = !strncmp(v->url, "https://", 8);
    const struct http_conf c = {.pin = tls ? v->ca_pin : NULL, .agent = agent, .connect_ms = 15000, .stall_ms = 30000};
    const struct http_ask ask = {.method = "POST",
                                 .url = url,
                                 .headers = {"Content-Type: " TYPE_JSON},
                                 .body = body->p,
                                 .len = body->len,
                                 .timeout_ms = o->timeout_ms,
                                 .answer_max = ANSWER_MOST};
    struct outcome out = {.body = answer, .e = e, .wall_ms = clock_wall(clock_system())};
    struct http *h = http_create(&c);
    http_send(h, &ask, on_answer, &out);
    while (!out.done)
        http_poll(h, NULL, 0, 60000);
    http_destroy(h);
    return out.ok;
}

/* The key of an earlier try with this invitation, or a new one, durable before it is used. */
static bool pending_key(const char *path, const struct wire_invitation *v, struct str *key, struct err *e)
{
    CLEANUP(str) struct str kept = {0}, head = {0};
    char name[HASH_HEX];
    crypto_hash_hex(crypto_sodium(), v->code, strlen(v->code), name);
    str_printf(&head, "# %s\n", name); /* of this code; PEM readers skip it */
    if (file_read(path, KEY_MOST, &kept, NULL) && kept.len > head.len && !memcmp(kept.p, head.p, head.len)) {
        str_add(key, kept.p, kept.len);
        memset(kept.p, 0, kept.len);
        return true;
    }
    str_add(key, head.p, head.len);
    return x509_key_make(key, e) && file_write_durable(path, key->p, key->len, 0600, e);
}

static bool make_body(const struct wire_invitation *v, const struct enrol_options *o, const struct str *key,
                      struct str *body, struct err *e)
{
    CLEANUP(str) struct str csr = {0};
    if (!x509_request(key, "bulu-kiosk", &csr, e))
        return false;
    json_t *j = json_pack("{s:s, s:s, s:s}", "code", v->code, "csr", csr.p, "version", o->version);
    struct wire_ticket_keys tickets = identity_ticket_keys(o->store);
    wire_ticket_keys_put(j, &tickets);
    AUTOFREE char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    str_puts(body, text ? text : "");
    return true;
}

static bool take_answer(const struct wire_invitation *v, const struct enrol_options *o, const struct str *key,
                        const struct str *answer, struct wire_enrolment *a, struct err *e)
{
    bool tls = !strncmp(v->url, "https://", 8);
    if (!wire_enrolment_parse(str_z(answer), answer->len, a, e))
        return false;
    if (!http_url_allowed(a->device_url))
        return err_set(e, ERR_FORMAT, "the platform names an address that is not https://");
    return x509_check(a->certificate, a->ca, key, tls ? v->ca_pin : NULL, e) &&
           identity_save(o->dir, key, a, answer, e) && identity_publish(o->store, a, e);
}

bool enrol(const struct wire_invitation *v, const struct enrol_options *o, struct wire_enrolment *out, struct err *e)
{
    AUTOCLOSE int fd = -1;
    AUTOFREE char *pending = path_join(o->dir, "enrol.key");
    CLEANUP(str) struct str body = {0}, answer = {0};
    CLEANUP(wire_enrolment) struct wire_enrolment a = {0};
    struct str key = {0};
    if (!http_url_allowed(v->url))
        return err_set(e, ERR_CONFIG, "the platform's address must be https:// (http:// on this machine only)");
    if (!strncmp(v->url, "https://", 8) && !pin_valid(v->ca_pin))
        return err_set(e, ERR_CONFIG, "ca_pin must be sha256// and 32 bytes in base64");
    if (!dir_make(o->dir, 0750, e) || !identity_lock(o->dir, &fd, e))
        return false;
    bool ok = pending_key(pending, v, &key, e) && make_body(v, o, &key, &body, e) && post(v, o, &body, &answer, e) &&
              take_answer(v, o, &key, &answer, &a, e);
    str_finish_secret(&key);
    if (!ok)
        return err_prefix(e, "enrolment");
    unlink(pending);
    *out = a;
    a = (struct wire_enrolment){0};
    return true;
}
