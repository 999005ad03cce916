#include "sync/platform/wechat.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/wechat_api.h"
#include "sync/protocol/paths.h"

#include <stdio.h>
#include <string.h>

#define PURPOSE_SUBJECT "bulu wechat subject 1"
#define PURPOSE_TICKET  "bulu ticket mac 1"
#define BEGIN_MOST      12 /* codes that a kiosk may ask for in a minute */
#define CODE_CHARS      6
#define KEY_ID_HEX      16

void wechat_subject(const struct platform *p, const char *openid, char out[SUBJECT_SIZE])
{
    unsigned char key[KEY_BYTES], mac[HASH_BYTES];
    p->crypto->derive(key, keyring_person_key(p->keys), KEY_BYTES, NULL, 0, PURPOSE_SUBJECT);
    p->crypto->mac(mac, key, openid, strlen(openid));
    p->crypto->wipe(key, sizeof key);
    hex_encode(mac, sizeof mac, out);
}

void wechat_token(const struct platform *p, char out[WECHAT_TOKEN_SIZE])
{
    unsigned char r[32];
    p->crypto->random(r, sizeof r);
    hex_encode(r, sizeof r, out);
}

void wechat_token_hash(const struct platform *p, const char *token, char out[HASH_HEX])
{
    AUTOFREE char *z = xasprintf("wechat:%s", token);
    crypto_hash_hex(p->crypto, z, strlen(z), out);
}

/* --- keys of tickets --- */

void wechat_ticket_key(const struct platform *p, const char *device, const struct db_kiosk_keys *keys,
                       unsigned char out[KEY_BYTES])
{
    CLEANUP(str) struct str salt = {0};
    str_puts(&salt, device);
    str_add(&salt, keys->sign, sizeof keys->sign);
    p->crypto->derive(out, keyring_person_key(p->keys), KEY_BYTES, salt.p, salt.len, PURPOSE_TICKET);
}

static void box_key(const struct platform *p, const char *device, const struct db_kiosk_keys *keys,
                    struct wire_ticket_mac *out)
{
    unsigned char k[KEY_BYTES];
    char hex[HASH_HEX];
    CLEANUP(str) struct str boxed = {0}, named = {0};
    wechat_ticket_key(p, device, keys, k);
    str_puts(&named, "ticket key id:");
    str_add(&named, k, sizeof k);
    crypto_hash_hex(p->crypto, named.p, named.len, hex);
    p->crypto->wipe(named.p, named.len);
    p->crypto->box_seal(keys->box, k, sizeof k, &boxed);
    p->crypto->wipe(k, sizeof k);
    snprintf(out->id, sizeof out->id, "%.*s", KEY_ID_HEX, hex);
    memcpy(out->boxed, boxed.p, sizeof out->boxed);
}

bool wechat_kiosk_keys(struct platform *p, const char *device, const struct wire_ticket_keys *offered, bool fresh,
                       struct wire_ticket_mac *out, struct err *e)
{
    struct db_kiosk_keys keys;
    struct err why = {0};
    memcpy(keys.sign, offered->sign, sizeof keys.sign);
    memcpy(keys.box, offered->box, sizeof keys.box);
    if (!offered->given && !fresh)
        return true;
    if (!p->db->wechat->kiosk_keys_set(p->db, device, offered->given ? &keys : NULL, fresh, now_ms(p), &why)) {
        if (why.code == ERR_EXISTS) {
            log_warn("wechat.kiosk_keys", "device=%s refused=other", device);
            return p->db->ops->alarm_add(p->db, "ticket-keys", device, words(p, "wechat.alarm.keys"), now_ms(p), e);
        }
        if (e)
            *e = why;
        return false;
    }
    if (offered->given && wechat_enabled(&p->conf))
        box_key(p, device, &keys, out);
    return true;
}

/* --- POST /v1/sessions/wechat --- */

static void user_code(const struct platform *p, char out[12])
{
    uint64_t value;
    char plain[CODE_CHARS + 1];
    p->crypto->random(&value, sizeof value);
    crockford_encode(value & (((uint64_t)1 << 5 * CODE_CHARS) - 1), CODE_CHARS, plain);
    snprintf(out, 12, "%.3s-%.3s", plain, plain + 3);
}

static void scan_token(const struct platform *p, size_t bytes, char out[48])
{
    unsigned char r[32];
    CLEANUP(str) struct str z = {0};
    p->crypto->random(r, bytes);
    base64_encode(&z, r, bytes, BASE64_URL);
    zcopy(out, 48, str_z(&z));
}

static void begin(struct request *q, struct db_scan *s)
{
    struct platform *p = q->platform;
    char id[48], phone[48];
    struct err e = {0};
    scan_token(p, 32, id);    /* 43 characters, as a session's */
    scan_token(p, 16, phone); /* 22: a QR code with few modules is read from afar */
    wechat_token_hash(p, id, s->id);
    wechat_token_hash(p, phone, s->phone);
    user_code(p, s->user_code);
    zcopy(s->device, sizeof s->device, q->device.id);
    s->ends_ms = now_ms(p) + WECHAT_SCAN_S * 1000LL;
    s->interval_ms = WECHAT_INTERVAL_S * 1000LL;
    if (!p->db->wechat->scan_add(p->db, s, now_ms(p), &e)) {
        answer_err(q, "wechat.begin", &e);
        return;
    }
    AUTOFREE char *url = xasprintf("%s" PATH_WECHAT_SCAN "%s", p->web_url, phone);
    answer_json(q, 200,
                json_pack("{s:s,s:s,s:s,s:i,s:i}", "session", id, "qr_url", url, "user_code", s->user_code,
                          "expires_in", WECHAT_SCAN_S, "interval", WECHAT_INTERVAL_S));
}

void wechat_begin_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_scan s = {0};
    CLEANUP(visit) struct visit v = {0};
    CLEANUP(call) json_t *call = call_open(q, s.reply);
    const char *purpose = call_text(call, "purpose");
    s.bind = !strcmp(purpose, "bind");
    if (!call)
        return;
    if (!s.bind && strcmp(purpose, "login") != 0) {
        refuse(q, PROBLEM_BAD_REQUEST);
    } else if (!wechat_enabled(&p->conf)) {
        answer_problem(q, PROBLEM_NOT_FOUND, words(p, "wechat.off"));
    } else if (pace_need(q, "wechat", BEGIN_MOST, 60000) && (!s.bind || visit_need(q, &v))) {
        if (s.bind) {
            s.account = v.who.id;
            zcopy(s.visit, sizeof s.visit, v.hash);
            memcpy(s.reply, v.reply, sizeof s.reply);
        }
        begin(q, &s);
    }
}

/* --- GET /v1/sessions/{id} --- */

/* The result, to the one poll that gets it. */
static void release(struct request *q, const struct db_scan *s)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    struct err e = {0};
    if (s->bind) {
        answer_sealed(q, s->reply, json_pack("{s:b}", "bound", 1));
        return;
    }
    json_t *session = NULL;
    if (applicant_by_id(p, s->account, &who, &e))
        session = visit_open(p, q->device.id, &who, "wechat", s->reply, &e);
    if (session)
        answer_sealed(q, s->reply, session);
    else if (e.code == ERR_NOT_FOUND) /* switched off meanwhile */
        refuse(q, PROBLEM_WECHAT_UNBOUND);
    else
        answer_err(q, "wechat.release", &e);
}

static void answer_state(struct request *q, const struct db_scan *s)
{
    switch (s->state) {
    case SCAN_WAITING:
    case SCAN_SEEN:
        refuse(q, s->ends_ms > now_ms(q->platform) ? PROBLEM_AUTHORIZATION_PENDING : PROBLEM_EXPIRED_TOKEN);
        break;
    case SCAN_AGREED:
        if (s->ends_ms > now_ms(q->platform))
            release(q, s);
        else
            refuse(q, PROBLEM_EXPIRED_TOKEN);
        break;
    case SCAN_REFUSED:
        refuse(q, PROBLEM_ACCESS_DENIED);
        break;
    case SCAN_UNBOUND:
        refuse(q, PROBLEM_WECHAT_UNBOUND);
        break;
    case SCAN_RELEASED:
        log_warn("wechat.reuse", "device=%s what=result", q->device.id);
        refuse(q, PROBLEM_EXPIRED_TOKEN);
        break;
    case SCAN_REPLACED:
        refuse(q, PROBLEM_EXPIRED_TOKEN);
        break;
    }
}

void wechat_poll_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_scan s = {0};
    char id[HASH_HEX];
    bool slow = false;
    struct err e = {0};
    wechat_token_hash(p, q->param[0], id);
    bool ok = p->db->wechat->scan_by_id(p->db, id, &s, &e);
    if (ok && strcmp(s.device, q->device.id) != 0) { /* a code that was carried to another kiosk */
        log_warn("wechat.relay", "device=%s of=%s", q->device.id, s.device);
        p->db->ops->alarm_add(p->db, "wechat-relay", q->device.id, words(p, "wechat.alarm.relay"), now_ms(p), NULL);
        refuse(q, PROBLEM_NOT_FOUND);
        return;
    }
    ok = ok && p->db->wechat->scan_poll(p->db, id, now_ms(p), &s, &slow, &e);
    if (!ok && e.code == ERR_NOT_FOUND)
        refuse(q, PROBLEM_NOT_FOUND);
    else if (!ok)
        answer_err(q, "wechat.poll", &e);
    else if (slow)
        refuse(q, PROBLEM_SLOW_DOWN);
    else
        answer_state(q, &s);
}

/* --- DELETE /v1/sessions/wechat --- */

void wechat_unbind_route(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    struct err e = {0};
    if (!visit_need(q, &v))
        return;
    AUTOFREE char *name = xasprintf("applicant %lld", (long long)v.who.id);
    if (v.who.wechat && (!p->db->accounts->wechat_set(p->db, v.who.id, NULL, now_ms(p), &e) ||
                         !p->db->ops->audit(p->db, name, "wechat.unbound", "", now_ms(p), &e)))
        answer_err(q, "wechat.unbind", &e);
    else
        answer_json(q, 200, json_object());
}
