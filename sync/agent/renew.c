/* The device certificate before it ends. Ask with a new key; keep what comes as a candidate; show it to the platform once; move
 * over. The old certificate stays in use and in force until then, so that a power cut, a lost answer or a refusal at any
 * step costs nothing but another try at the next heartbeat. */
#include "sync/agent/agent.h"
#include "sync/agent/x509.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/paths.h"
#include "sync/store/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MOST (256u << 10)
#define LIFE_PARTS  3 /* renewed when one of so many is left */

bool renew_due(int64_t from_ms, int64_t until_ms, int64_t now_ms)
{
    return until_ms > from_ms && until_ms - now_ms < (until_ms - from_ms) / LIFE_PARTS;
}

static bool due(const struct agent *a)
{
    int64_t from, until;
    struct err e = {0};
    if (x509_life(a->identity.enrolment.certificate, &from, &until, &e))
        return renew_due(from, until, agent_now(a));
    log_error("renew.life", "why=\"%s\"", e.text);
    return false;
}

static void over(struct agent *a)
{
    str_finish_secret(&a->renewal.key);
    a->renewal.then(a);
}

static void ask(struct agent *a, struct http_ask *ask, void (*done)(void *ctx, const struct http_answer *answer))
{
    ask->timeout_ms = a->conf.answer_s * 1000;
    ask->answer_max = ANSWER_MOST;
    a->round.request = http_send(a->http, ask, done, a);
}

/* --- the candidate, shown once --- */

static bool move_over(struct agent *a, struct err *e)
{
    struct identity found = {0};
    char expires[24];
    if (!identity_accept(a->conf.dir, e) || !identity_load(a->conf.dir, &found, e))
        return false;
    agent_take(a, &found);
    http_identity(a->http, a->identity.ca, a->identity.cert, a->identity.key);
    endpoint_look(a); /* the answer may have named another address */
    snprintf(expires, sizeof expires, "%" PRId64, a->cert_expires_ms);
    log_info("renew.done", "expires=%s", expires);
    return setting_put(a->store, SETTING_CERT_EXPIRES, expires, e);
}

static void on_shown(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    struct err e = {0};
    a->round.request = NULL;
    if (answer->code == CURLE_OK && answer->status == 200) {
        if (!move_over(a, &e))
            log_error("renew.accept", "why=\"%s\"", e.text);
    } else if (answer->status == 401 || answer->status == 403 || answer->code == CURLE_SSL_CERTPROBLEM) {
        log_error("renew.refused", "code=%d status=%ld", (int)answer->code, answer->status);
        identity_give_up(a->conf.dir); /* the next heartbeat asks for another */
    } else {
        log_warn("renew.later", "code=%d status=%ld", (int)answer->code, answer->status);
    }
    over(a);
}

static void show(struct agent *a, const struct identity *candidate)
{
    char path[PATH_SIZE];
    feed_path(a, 0, path, sizeof path);
    str_clear(&a->round.url);
    str_printf(&a->round.url, "%s%s", a->base_url, path);
    struct http_ask q = {.method = "GET", .url = a->round.url.p, .cert = candidate->cert, .key = candidate->key};
    ask(a, &q, on_shown);
}

/* --- a new one --- */

static bool take(struct agent *a, const struct str *body, struct identity *candidate, struct err *e)
{
    CLEANUP(wire_enrolment) struct wire_enrolment w = {0};
    if (!wire_enrolment_parse(str_z(body), body->len, &w, e))
        return false;
    if (strcmp(w.device, a->identity.enrolment.device) != 0)
        return err_set(e, ERR_FORMAT, "the answer is about another device");
    if (!http_url_allowed(w.device_url))
        return err_set(e, ERR_FORMAT, "the platform names an address that is not https://");
    return x509_check(w.certificate, w.ca, &a->renewal.key, NULL, e) &&
           identity_propose(a->conf.dir, &a->renewal.key, &w, body, e) && identity_candidate(a->conf.dir, candidate, e);
}

static void on_renewed(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    CLEANUP(identity) struct identity candidate = {0};
    struct err e = {0};
    a->round.request = NULL;
    if (answer->code != CURLE_OK || answer->status != 200) {
        log_warn("renew.later", "code=%d status=%ld", (int)answer->code, answer->status);
        over(a);
    } else if (!take(a, &answer->body, &candidate, &e)) {
        log_error("renew.answer", "why=\"%s\"", e.text);
        over(a);
    } else {
        show(a, &candidate);
    }
}

static bool request(struct agent *a, struct err *e)
{
    CLEANUP(str) struct str csr = {0};
    str_finish_secret(&a->renewal.key);
    if (!x509_key_make(&a->renewal.key, e) || !x509_request(&a->renewal.key, "bulu-kiosk", &csr, e))
        return false;
    json_t *j = json_pack("{s:s}", "csr", csr.p);
    AUTOFREE char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    str_clear(&a->round.text);
    str_puts(&a->round.text, text ? text : "{}");
    str_clear(&a->round.url);
    str_printf(&a->round.url, "%s%s", a->base_url, PATH_RENEW);
    struct http_ask q = {.method = "POST",
                         .url = a->round.url.p,
                         .headers = {"Content-Type: " TYPE_JSON},
                         .body = a->round.text.p,
                         .len = a->round.text.len};
    ask(a, &q, on_renewed);
    return true;
}

/* Shows the candidate, if there is one for this device. */
static bool show_candidate(struct agent *a)
{
    CLEANUP(identity) struct identity candidate = {0};
    struct err e = {0};
    if (identity_candidate(a->conf.dir, &candidate, &e)) {
        if (!strcmp(candidate.enrolment.device, a->identity.enrolment.device)) {
            show(a, &candidate);
            return true;
        }
        identity_give_up(a->conf.dir);
    } else if (e.code != ERR_NOT_FOUND) { /* half a candidate is none */
        log_error("renew.candidate", "why=\"%s\"", e.text);
        identity_give_up(a->conf.dir);
    }
    return false;
}

bool renew_rescue(struct agent *a, void (*then)(struct agent *a))
{
    if (a->round.rescued || strncmp(a->base_url, "https://", 8) != 0)
        return false;
    a->round.rescued = true;
    a->renewal.then = then;
    return show_candidate(a);
}

bool renew_begin(struct agent *a, void (*then)(struct agent *a))
{
    struct err e = {0};
    if (strncmp(a->base_url, "https://", 8) != 0)
        return false; /* the bench: no certificate is in use */
    a->renewal.then = then;
    if (show_candidate(a)) /* of a round that was cut off */
        return true;
    identity_tidy(a->conf.dir);
    if (!due(a))
        return false;
    if (request(a, &e))
        return true;
    log_error("renew.request", "why=\"%s\"", e.text);
    str_finish_secret(&a->renewal.key);
    return false;
}
