/* enrol.h — enrolment, renewal and heartbeat as JSON, both ways.
 *
 * The enrolment text (a QR code or a file, printed by `bulu-platform … enrol-code`):
 * {"url":"https://host:port","code":"…","ca_pin":"sha256//…"}. ca_pin is sha256 of the CA's SubjectPublicKeyInfo (DER)
 * in base64. The platform's TLS chain carries its CA certificate: the kiosk accepts the chain when it verifies up to a
 * certificate with this pin.
 *
 * POST /v1/enrol {"code":…,"csr":"-----BEGIN CERTIFICATE REQUEST-----…","version":"…"} (P-256) and, over mutual TLS,
 * POST /v1/renew
 * {"csr":…} are answered with
 *   {"device":uuid,"kiosk":1001,"hall":"…","certificate":PEM,"ca":PEM,"expires":ms,"device_url":"https://host:port","web_url":…,
 *    "keys":[{"id":…,"public":base64 of 32 bytes}…],          to seal submissions to; the first is the one to use
 *    "package_keys":[{"id":…,"public":base64}…],"time":ms[,"ticket":TICKET]}
 *
 * Keys of the offline WeChat ticket (protocol/ticket.h): the requests to enrol and the heartbeat may carry
 *   "ticket":{"sign":base64 of an Ed25519 public key,"box":base64 of an X25519 public key}
 * which the app made. The platform takes what comes with an enrolment code; from a heartbeat only the first ever, others
 * raise an alarm. Where it has WeChat it answers TICKET {"id":names K,"mac":base64 of K in a box for that X25519 key}.
 *
 * POST /v1/heartbeat
 * {"epoch":uuid,"last_seq":n,"versions":{…},"queue":{"waiting":n,"sending":n,"failed":n,"oldest":ms},
 *   "health":{…},"audit":{"count":n,"head":hex},"clock":{"wall":ms,"mono":ms,"boot":uuid}} is answered with
 *   {"time":ms,"watermark":{"epoch":uuid,"seq":n},"slot":{"start":minutes after midnight in Beijing,"window":seconds},
 *    "settings":{…},"certificate_expires":ms,"keys":[…],"package_keys":[…][,"ticket":TICKET]}
 *   slot is the window of the night: the kiosk takes its own place in it, start + hash(device) over the window, so that it has
 *   one before the first heartbeat too; to assign an exact time, send that and a narrow window.
 *   watermark.seq is the highest seq seen of this epoch; a store whose own last_seq is below it was restored or cloned.
 */
#ifndef BULU_PROTOCOL_ENROL_H
#define BULU_PROTOCOL_ENROL_H

#include "sync/record/seal.h"

#include <jansson.h>

#define WIRE_KEYS 4

struct wire_key {
    char id[24];
    unsigned char public_key[32];
};
struct wire_keys {
    struct wire_key rows[WIRE_KEYS];
    size_t n;
};

struct wire_ticket_keys { /* public halves; of a request */
    bool given;
    unsigned char sign[KEY_BYTES], box[KEY_BYTES];
};
struct wire_ticket_mac { /* K in a box; of an answer */
    char id[24];         /* "": none */
    unsigned char boxed[KEY_BYTES + BOX_OVERHEAD];
};
/* The member "ticket" of a request's object; nothing is put when not given. */
void wire_ticket_keys_put(json_t *request, const struct wire_ticket_keys *k);
/* True also when there is none (given stays false). ERR_FORMAT. */
bool wire_ticket_keys_take(const json_t *request, struct wire_ticket_keys *out, struct err *e) WARN_UNUSED;

struct wire_invitation { /* the enrolment text */
    char url[256], code[64], ca_pin[64];
};
void wire_invitation_write(const struct wire_invitation *v, struct str *out);
bool wire_invitation_parse(const void *bytes, size_t len, struct wire_invitation *out, struct err *e) WARN_UNUSED;

struct wire_enrolment { /* the answer */
    char device[37];
    int64_t kiosk;
    char hall[128];
    char *certificate, *ca; /* PEM */
    int64_t expires_ms, time_ms;
    char device_url[256], web_url[256];
    struct wire_keys keys, package_keys;
    struct wire_ticket_mac ticket;
};
void wire_enrolment_finish(struct wire_enrolment *a);
static inline void wire_enrolment_cleanup(struct wire_enrolment *a)
{
    wire_enrolment_finish(a);
}
void wire_enrolment_write(const struct wire_enrolment *a, struct str *out);
bool wire_enrolment_parse(const void *bytes, size_t len, struct wire_enrolment *out, struct err *e) WARN_UNUSED;

struct wire_heartbeat { /* the answer */
    int64_t time_ms;
    char epoch[37]; /* "" when the platform has seen nothing of it */
    int64_t seq;
    int slot_start_min, slot_window_s;
    int64_t certificate_expires_ms;
    struct wire_keys keys, package_keys;
    struct wire_ticket_mac ticket;
    json_t *settings; /* object; never NULL after parse */
};
void wire_heartbeat_finish(struct wire_heartbeat *h);
static inline void wire_heartbeat_cleanup(struct wire_heartbeat *h)
{
    wire_heartbeat_finish(h);
}
void wire_heartbeat_write(const struct wire_heartbeat *h, struct str *out);
bool wire_heartbeat_parse(const void *bytes, size_t len, struct wire_heartbeat *out, struct err *e) WARN_UNUSED;

#endif
