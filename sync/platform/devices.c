#include "sync/platform/devices.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/db_staff.h"
#include "sync/platform/wechat.h"
#include "sync/protocol/enrol.h"
#include "sync/record/canon.h"

#include <stdio.h>
#include <string.h>

#define CODE_CHARS  12 /* 60 random bits */
#define ENROL_TRIES 20 /* wrong codes from one address before it waits */
#define ENROL_LOCK  (10LL * 60 * 1000)

/* --- enrolment codes --- */

static void code_hash(const struct platform *p, const char *code, char out[HASH_HEX])
{
    char plain[CODE_CHARS + 1];
    uint64_t value = 0;
    /* As a person may have typed it: dashes, lower case, O for 0. What is no code hashes to what nobody has. */
    if (crockford_decode(code, CODE_CHARS, &value))
        crockford_encode(value, CODE_CHARS, plain);
    else
        zcopy(plain, sizeof plain, "-");
    AUTOFREE char *text = xasprintf("bulu-enrol:%s", plain);
    crypto_hash_hex(p->crypto, text, strlen(text), out);
}

bool enrol_code_make(struct platform *p, const char *hall, int64_t kiosk, char out[ENROL_CODE_SIZE], struct err *e)
{
    uint64_t value;
    char plain[CODE_CHARS + 1], hash[HASH_HEX];
    if (kiosk < 1 || kiosk > UINT32_MAX)
        return err_set(e, ERR_FORMAT, "a kiosk's number is from 1 to %u", UINT32_MAX);
    if (!hall || !*hall || strlen(hall) > 120 || !utf8_valid(hall, strlen(hall)))
        return err_set(e, ERR_FORMAT, "the hall's name is empty, too long or not UTF-8");
    p->crypto->random(&value, sizeof value);
    crockford_encode(value & (((uint64_t)1 << 60) - 1), CODE_CHARS, plain);
    snprintf(out, ENROL_CODE_SIZE, "%.4s-%.4s-%.4s", plain, plain + 4, plain + 8);
    code_hash(p, out, hash);
    return p->db->ops->code_add(p->db, hash, hall, kiosk, now_ms(p) + p->conf.code_minutes * 60000, e);
}

/* --- certificates --- */

struct issue {
    struct platform *platform;
    const char *csr;
    struct pki_issued issued;
};

static bool issue(void *ctx, const struct db_device *d, char fingerprint[65], int64_t *expires_ms, struct err *e)
{
    struct issue *i = ctx;
    if (!pki_issue(i->platform->pki, i->csr, strlen(i->csr), d->id, (int)i->platform->conf.certificate_days, &i->issued,
                   e))
        return false;
    zcopy(fingerprint, 65, i->issued.fingerprint);
    *expires_ms = i->issued.expires_ms;
    return true;
}

/* tickets: K for the app, or empty. */
static void answer_enrolment(struct request *q, const struct db_device *d, const struct pki_issued *issued,
                             const struct wire_ticket_mac *tickets)
{
    struct platform *p = q->platform;
    struct wire_enrolment a = {.kiosk = d->kiosk,
                               .certificate = xstrdup(issued->pem.p),
                               .ca = xstrdup(pki_ca_pem(p->pki)),
                               .expires_ms = issued->expires_ms,
                               .time_ms = now_ms(p),
                               .keys = p->box_keys,
                               .package_keys = p->package_keys,
                               .ticket = *tickets};
    zcopy(a.device, sizeof a.device, d->id);
    zcopy(a.hall, sizeof a.hall, d->hall);
    zcopy(a.device_url, sizeof a.device_url, p->device_url);
    zcopy(a.web_url, sizeof a.web_url, p->web_url);
    CLEANUP(str) struct str text = {0};
    wire_enrolment_write(&a, &text);
    wire_enrolment_finish(&a);
    answer_text(q, 200, "application/json", text.p);
}

/* The body's JSON object, or NULL with a problem answered. */
static json_t *body_object(struct request *q)
{
    json_t *j = json_loadb(str_z(&q->body), q->body.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(j))
        return j;
    json_decref(j);
    answer_problem(q, PROBLEM_BAD_REQUEST, words(q->platform, "problem.bad-request"));
    return NULL;
}

static void enrol_failed(struct request *q, const struct err *e)
{
    if (e->code == ERR_FORMAT) {
        answer_problem(q, PROBLEM_BAD_REQUEST, words(q->platform, "problem.csr"));
    } else if (e->code == ERR_DENIED) {
        answer_problem(q, PROBLEM_CODE_WRONG, words(q->platform, "problem.enrol-code"));
    } else {
        answer_err(q, "enrol", e);
        return;
    }
    log_warn("enrol.refused", "why=%s", err_code_name(e->code));
}

static void enrol(struct request *q, const char *code, const char *csr, const struct wire_ticket_keys *offered)
{
    struct wire_ticket_mac tickets = {0};
    struct platform *p = q->platform;
    struct issue i = {.platform = p, .csr = csr};
    char hash[HASH_HEX], uuid[UUID_SIZE], key[80];
    struct db_attempt a;
    struct db_device d;
    struct err e = {0};
    snprintf(key, sizeof key, "enrol:%s", q->peer);
    if (!p->db->ops->attempt(p->db, key, ENROL_TRIES, ENROL_LOCK, now_ms(p), &a, &e)) {
        answer_err(q, "enrol", &e);
        return;
    }
    if (a.locked_for_ms) {
        answer_problem(q, PROBLEM_LOCKED, words(p, "problem.locked"));
        return;
    }
    uuid_make(random_system(), uuid);
    code_hash(p, code, hash);
    const struct db_enrolment in = {hash, uuid, now_ms(p)};
    if (p->db->ops->enrol(p->db, &in, issue, &i, &d, &e)) {
        p->db->ops->attempt_clear(p->db, key, NULL);
        AUTOFREE char *detail = xasprintf("kiosk %lld", (long long)d.kiosk);
        p->db->ops->audit(p->db, d.id, "device.enrolled", detail, now_ms(p), NULL);
        log_info("device.enrolled", "kiosk=%lld", (long long)d.kiosk);
        if (!wechat_kiosk_keys(p, d.id, offered, true, &tickets, &e)) /* the next heartbeat offers them again */
            log_error("enrol.tickets", "text=\"%s\"", e.text);
        answer_enrolment(q, &d, &i.issued, &tickets);
    } else {
        enrol_failed(q, &e);
    }
    str_finish(&i.issued.pem);
}

void enrol_invitation(const struct platform *p, const char *url, const char *code, struct str *out)
{
    struct wire_invitation v = {0};
    zcopy(v.url, sizeof v.url, url);
    zcopy(v.code, sizeof v.code, code);
    zcopy(v.ca_pin, sizeof v.ca_pin, pki_pin(p->pki));
    wire_invitation_write(&v, out);
}

void enrol_route(struct request *q)
{
    CLEANUP(json) json_t *j = body_object(q);
    const char *code = json_string_value(json_object_get(j, "code")),
               *csr = json_string_value(json_object_get(j, "csr"));
    struct wire_ticket_keys offered;
    if (!j)
        return;
    if (code && csr && strlen(code) < 64 && wire_ticket_keys_take(j, &offered, NULL))
        enrol(q, code, csr, &offered);
    else
        answer_problem(q, PROBLEM_BAD_REQUEST, words(q->platform, "problem.bad-request"));
}

void renew_route(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(json) json_t *j = body_object(q);
    const char *csr = json_string_value(json_object_get(j, "csr"));
    struct issue i = {.platform = p, .csr = csr};
    char fingerprint[65];
    int64_t expires;
    struct err e = {0};
    if (!j)
        return;
    if (!csr)
        answer_problem(q, PROBLEM_BAD_REQUEST, words(p, "problem.bad-request"));
    else if (!issue(&i, &q->device, fingerprint, &expires, &e) ||
             !p->db->ops->certificate_add(p->db, q->device.id, fingerprint, expires, now_ms(p), &e))
        enrol_failed(q, &e);
    else
        answer_enrolment(q, &q->device, &i.issued, &(struct wire_ticket_mac){0});
    str_finish(&i.issued.pem);
}

/* --- heartbeat --- */

void heartbeat_route(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(json) json_t *j = body_object(q);
    const char *epoch = json_string_value(json_object_get(j, "epoch"));
    CLEANUP(wire_heartbeat)
    struct wire_heartbeat h = {.time_ms = now_ms(p),
                               .slot_start_min = (int)p->conf.slot_start, /* the kiosk takes its own place in it */
                               .slot_window_s = (int)p->conf.slot_window,
                               .certificate_expires_ms = q->device.certificate_ends,
                               .keys = p->box_keys,
                               .package_keys = p->package_keys};
    CLEANUP(str) struct str settings = {0}, text = {0};
    struct wire_ticket_keys offered;
    struct err e = {0};
    int64_t version;
    if (!j)
        return;
    if ((epoch && !uuid_valid(epoch)) || !wire_ticket_keys_take(j, &offered, NULL)) {
        answer_problem(q, PROBLEM_BAD_REQUEST, words(p, "problem.bad-request"));
        return;
    }
    if (!wechat_kiosk_keys(p, q->device.id, &offered, false, &h.ticket, &e) ||
        !p->db->ops->beat(p->db, q->device.id, epoch ? epoch : "", q->body.p, now_ms(p), &h.seq, &e)) {
        answer_err(q, "heartbeat", &e);
        return;
    }
    if (epoch && h.seq)
        zcopy(h.epoch, sizeof h.epoch, epoch);
    if (p->db->ops->value_get(p->db, "settings", &settings, &version, NULL))
        h.settings = json_loadb(settings.p, settings.len, 0, NULL);
    if (!h.settings)
        h.settings = json_object();
    wire_heartbeat_write(&h, &text);
    answer_text(q, 200, "application/json", text.p);
}

/* --- units --- */

#define UNITS_MOST 50

void units_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_units found = {0};
    struct err e = {0};
    if (!p->db->staff->units(p->db, request_query(q, "q"), 0, UNITS_MOST, &found, &e)) {
        answer_err(q, "units", &e);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < found.n; i++)
        json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "code", found.rows[i].code, "name", found.rows[i].name,
                                              "superior", found.rows[i].superior));
    free(found.rows);
    answer_json(q, 200, json_pack("{s:o}", "units", list));
}
