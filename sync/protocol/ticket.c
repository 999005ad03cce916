#include "sync/protocol/ticket.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define SIGN_CONTEXT "XJZC-WX1"
#define TAG_CONTEXT  "tag1"
#define ACK_CONTEXT  "ack1"
#define CONTEXT_MOST 8
#define ID18         18

/* Where things stand in the body. */
enum { AT_VERSION = 0, AT_PURPOSE = 1, AT_KIOSK = 2, AT_CLAIM = 6, AT_IAT = 22, AT_TTL = 26, AT_TAG = 28 };

/* Equal or not, in a time that does not tell where they differ. */
static bool same(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;
    unsigned char differ = 0;
    for (size_t i = 0; i < len; i++)
        differ |= (unsigned char)(x[i] ^ y[i]);
    return !differ;
}

void ticket_body(const struct ticket *t, unsigned char out[TICKET_BODY])
{
    out[AT_VERSION] = TICKET_VERSION;
    out[AT_PURPOSE] = (unsigned char)t->purpose;
    put_be32(out + AT_KIOSK, t->kiosk);
    memcpy(out + AT_CLAIM, t->claim, TICKET_CLAIM);
    put_be32(out + AT_IAT, t->iat);
    out[AT_TTL] = (unsigned char)(t->ttl >> 8);
    out[AT_TTL + 1] = (unsigned char)t->ttl;
    memcpy(out + AT_TAG, t->tag, TICKET_TAG);
}

void ticket_tag(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES],
                const unsigned char claim[TICKET_CLAIM], const char *id18, unsigned char out[TICKET_TAG])
{
    const size_t head = sizeof TAG_CONTEXT - 1;
    unsigned char bytes[sizeof TAG_CONTEXT - 1 + TICKET_CLAIM + ID18] = {0}, mac[HASH_BYTES];
    memcpy(bytes, TAG_CONTEXT, head);
    memcpy(bytes + head, claim, TICKET_CLAIM);
    memcpy(bytes + head + TICKET_CLAIM, id18, strnlen(id18, ID18));
    c->mac(mac, mac_key, bytes, sizeof bytes);
    memcpy(out, mac, TICKET_TAG);
    c->wipe(bytes, sizeof bytes);
}

bool ticket_tag_matches(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES], const struct ticket *t,
                        const char *id18)
{
    unsigned char tag[TICKET_TAG];
    ticket_tag(c, mac_key, t->claim, id18, tag);
    return strlen(id18) == ID18 && same(tag, t->tag, TICKET_TAG);
}

void ticket_ack_digits(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES], const struct ticket *t,
                       char out[TICKET_ACK])
{
    const size_t head = sizeof ACK_CONTEXT - 1;
    unsigned char bytes[sizeof ACK_CONTEXT - 1 + TICKET_BODY], mac[HASH_BYTES];
    memcpy(bytes, ACK_CONTEXT, head);
    ticket_body(t, bytes + head);
    c->mac(mac, mac_key, bytes, sizeof bytes);
    /* RFC 4226 §5.3, with the last byte of this longer MAC. */
    uint32_t n = be32(mac + (mac[HASH_BYTES - 1] & 0x0f)) & 0x7fffffffu;
    snprintf(out, TICKET_ACK, "%08u", n % 100000000u);
    c->wipe(mac, sizeof mac);
}

void ticket_claim_text(const unsigned char claim[TICKET_CLAIM], char out[TICKET_CLAIM_TEXT])
{
    CLEANUP(str) struct str z = {0};
    base64_encode(&z, claim, TICKET_CLAIM, BASE64_URL);
    zcopy(out, TICKET_CLAIM_TEXT, str_z(&z));
}

bool ticket_claim_parse(const char *text, unsigned char claim[TICKET_CLAIM])
{
    CLEANUP(str) struct str bytes = {0};
    if (!text || !base64_decode(&bytes, text, strlen(text), BASE64_URL) || bytes.len != TICKET_CLAIM)
        return false;
    memcpy(claim, bytes.p, TICKET_CLAIM);
    return true;
}

/* --- kiosk --- */

void ticket_make(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES], enum ticket_purpose purpose,
                 uint32_t kiosk, const char *id18, int64_t wall_ms, uint16_t ttl_s, struct ticket *out)
{
    int64_t seconds = wall_ms / 1000;
    *out = (struct ticket){.purpose = purpose,
                           .kiosk = kiosk,
                           .iat = seconds < 0            ? 0
                                  : seconds > UINT32_MAX ? UINT32_MAX
                                                         : (uint32_t)seconds,
                           .ttl = ttl_s};
    c->random(out->claim, TICKET_CLAIM);
    ticket_tag(c, mac_key, out->claim, id18, out->tag);
}

static void signed_bytes(const unsigned char body[TICKET_BODY], unsigned char out[CONTEXT_MOST + TICKET_BODY])
{
    memcpy(out, SIGN_CONTEXT, CONTEXT_MOST); // NOLINT(bugprone-not-null-terminated-result): bytes, no string
    memcpy(out + CONTEXT_MOST, body, TICKET_BODY);
}

void ticket_text(const struct crypto_ops *c, const unsigned char sign_key[64], const struct ticket *t,
                 char out[TICKET_TEXT])
{
    unsigned char whole[TICKET_BYTES], bytes[CONTEXT_MOST + TICKET_BODY];
    CLEANUP(str) struct str z = {0};
    ticket_body(t, whole);
    signed_bytes(whole, bytes);
    c->sign(whole + TICKET_BODY, sign_key, bytes, sizeof bytes);
    base64_encode(&z, whole, sizeof whole, BASE64_URL);
    zcopy(out, TICKET_TEXT, str_z(&z));
}

bool ticket_url(const char *platform_url, const char *text, struct str *out, struct err *e)
{
    size_t prefix = strlen(platform_url) + sizeof TICKET_PATH - 1;
    if (prefix > TICKET_PREFIX_MOST)
        return err_set(e, ERR_LIMIT, "the platform's address is %zu characters longer than a ticket's QR code allows",
                       prefix - TICKET_PREFIX_MOST);
    str_printf(out, "%s" TICKET_PATH "%s", platform_url, text);
    return true;
}

void ticket_wait_begin(struct ticket_wait *w, const struct ticket *t, int64_t mono_ms)
{
    *w = (struct ticket_wait){*t, mono_ms + (int64_t)t->ttl * 1000, TICKET_TRIES};
}

/* Exactly eight digits, blanks and dashes between them. */
static bool digits(const char *typed, char out[TICKET_ACK])
{
    size_t n = 0;
    for (; *typed; typed++) {
        if (*typed == ' ' || *typed == '-')
            continue;
        if (*typed < '0' || *typed > '9' || n == TICKET_ACK - 1)
            return false;
        out[n++] = *typed;
    }
    out[n] = '\0';
    return n == TICKET_ACK - 1;
}

enum ticket_verdict ticket_ack(const struct crypto_ops *c, const unsigned char mac_key[KEY_BYTES],
                               struct ticket_wait *w, const char *typed, int64_t mono_ms)
{
    char want[TICKET_ACK], have[TICKET_ACK] = "";
    if (w->tries_left <= 0 || mono_ms >= w->ends_mono)
        return TICKET_ENDED;
    if (!digits(typed, have))
        return TICKET_NO_CODE;
    ticket_ack_digits(c, mac_key, &w->ticket, want);
    bool right = same(want, have, TICKET_ACK);
    w->tries_left = right ? 0 : w->tries_left - 1;
    return right ? TICKET_PASSED : w->tries_left ? TICKET_WRONG : TICKET_ENDED;
}

/* --- platform --- */

bool ticket_parse(const char *text, size_t len, struct ticket_signed *out, struct err *e)
{
    CLEANUP(str) struct str bytes = {0};
    if (len != TICKET_TEXT - 1 || !base64_decode(&bytes, text, len, BASE64_URL) || bytes.len != TICKET_BYTES)
        return err_set(e, ERR_FORMAT, "no ticket");
    const unsigned char *p = (const unsigned char *)bytes.p;
    if (p[AT_VERSION] != TICKET_VERSION)
        return err_set(e, ERR_FORMAT, "a ticket of version and algorithm %02x", p[AT_VERSION]);
    if (p[AT_PURPOSE] != TICKET_BIND && p[AT_PURPOSE] != TICKET_LOGIN)
        return err_set(e, ERR_FORMAT, "a ticket for purpose %u", p[AT_PURPOSE]);
    struct ticket_signed t = {.ticket = {.purpose = (enum ticket_purpose)p[AT_PURPOSE],
                                         .kiosk = be32(p + AT_KIOSK),
                                         .iat = be32(p + AT_IAT),
                                         .ttl = (uint16_t)(p[AT_TTL] << 8 | p[AT_TTL + 1])}};
    memcpy(t.ticket.claim, p + AT_CLAIM, TICKET_CLAIM);
    memcpy(t.ticket.tag, p + AT_TAG, TICKET_TAG);
    memcpy(t.body, p, TICKET_BODY);
    memcpy(t.signature, p + TICKET_BODY, SIGN_BYTES);
    *out = t;
    return true;
}

bool ticket_verify(const struct crypto_ops *c, const struct ticket_signed *t, const unsigned char pub[KEY_BYTES],
                   struct err *e)
{
    unsigned char bytes[CONTEXT_MOST + TICKET_BODY];
    signed_bytes(t->body, bytes);
    return c->verify(t->signature, pub, bytes, sizeof bytes) || err_set(e, ERR_CRYPTO, "not signed by this kiosk");
}
