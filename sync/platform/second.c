#include "sync/platform/second.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define OFFER_MS (10LL * 60 * 1000)

static void key_of(const struct platform *p, unsigned char key[KEY_BYTES])
{
    p->crypto->derive(key, keyring_token_key(p->keys), KEY_BYTES, "", 0, "second factor");
}

static void seal(const struct platform *p, const char *what, int64_t user, const void *plain, size_t len,
                 struct str *out)
{
    unsigned char key[KEY_BYTES];
    AUTOFREE char *context = xasprintf("%s:%lld", what, (long long)user);
    key_of(p, key);
    p->crypto->aead_seal(key, context, plain, len, out);
    p->crypto->wipe(key, sizeof key);
}

static bool unseal(const struct platform *p, const char *what, int64_t user, const void *sealed, size_t len,
                   struct str *out, struct err *e)
{
    unsigned char key[KEY_BYTES];
    AUTOFREE char *context = xasprintf("%s:%lld", what, (long long)user);
    key_of(p, key);
    bool ok = p->crypto->aead_open(key, context, sealed, len, out, e);
    p->crypto->wipe(key, sizeof key);
    return ok;
}

/* --- recovery codes: 50 random bits each, so that a plain MAC keeps them --- */

#define HALF 5

static void recovery_hash(const struct platform *p, int64_t user, uint64_t code, char out[HASH_HEX])
{
    unsigned char key[KEY_BYTES], mac[HASH_BYTES];
    AUTOFREE char *z = xasprintf("recovery:%lld:%llx", (long long)user, (unsigned long long)code);
    key_of(p, key);
    p->crypto->mac(mac, key, z, strlen(z));
    p->crypto->wipe(key, sizeof key);
    hex_encode(mac, sizeof mac, out);
}

static bool recovery_check(struct platform *p, const struct db_user *u, const char *typed, struct err *e)
{
    uint64_t code;
    char hash[HASH_HEX];
    if (!crockford_decode(typed, 2 * HALF, &code))
        return err_set(e, ERR_DENIED, "no code");
    recovery_hash(p, u->id, code, hash);
    return p->db->staff->recovery_use(p->db, u->id, hash, now_ms(p), e);
}

/* --- the check --- */

bool second_check(struct platform *p, const struct db_user *u, const char *typed, bool *recovery, struct err *e)
{
    CLEANUP(str_secret) struct str secret = {0};
    int64_t step;
    *recovery = false;
    if (!u->totp_len)
        return err_set(e, ERR_DENIED, "no second factor");
    if (!unseal(p, "totp", u->id, u->totp, u->totp_len, &secret, e))
        return false;
    if (totp_check(p->crypto, secret.p, secret.len, now_ms(p) / 1000, typed, &step))
        return p->db->staff->totp_use(p->db, u->id, step, e); /* once: who looked over the shoulder is late */
    *recovery = true;
    return recovery_check(p, u, typed, e);
}

/* --- a new one --- */

struct offer {
    int64_t ends_ms;
    unsigned char secret[TOTP_SECRET_BYTES];
};

void second_offer(const struct platform *p, int64_t user, unsigned char secret[TOTP_SECRET_BYTES], struct str *out)
{
    struct offer o;
    CLEANUP(str) struct str sealed = {0};
    memset(&o, 0, sizeof o);
    o.ends_ms = now_ms(p) + OFFER_MS;
    memcpy(o.secret, secret, TOTP_SECRET_BYTES);
    seal(p, "offer", user, &o, sizeof o, &sealed);
    base64_encode(out, sealed.p, sealed.len, BASE64_URL);
    p->crypto->wipe(&o, sizeof o);
}

bool second_offered(const struct platform *p, int64_t user, const char *offer, unsigned char secret[TOTP_SECRET_BYTES])
{
    struct offer o;
    CLEANUP(str) struct str sealed = {0};
    CLEANUP(str_secret) struct str plain = {0};
    if (!base64_decode(&sealed, offer, strlen(offer), BASE64_URL) ||
        !unseal(p, "offer", user, sealed.p, sealed.len, &plain, NULL) || plain.len != sizeof o)
        return false;
    memcpy(&o, plain.p, sizeof o);
    if (o.ends_ms < now_ms(p))
        return false;
    memcpy(secret, o.secret, TOTP_SECRET_BYTES);
    return true;
}

bool second_keep(struct platform *p, int64_t user, const unsigned char secret[TOTP_SECRET_BYTES],
                 char codes[RECOVERY_CODES][RECOVERY_SIZE], struct err *e)
{
    CLEANUP(str) struct str sealed = {0};
    char hashes[RECOVERY_CODES][HASH_HEX], text[2 * HALF + 1];
    const char *list[RECOVERY_CODES];
    seal(p, "totp", user, secret, TOTP_SECRET_BYTES, &sealed);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        uint64_t code;
        p->crypto->random(&code, sizeof code);
        code &= ((uint64_t)1 << (2 * HALF * 5)) - 1;
        crockford_encode(code, 2 * HALF, text);
        snprintf(codes[i], RECOVERY_SIZE, "%.5s-%.5s", text, text + HALF);
        recovery_hash(p, user, code, hashes[i]);
        list[i] = hashes[i];
    }
    return p->db->staff->totp_set(p->db, user, sealed.p, sealed.len, list, RECOVERY_CODES, e);
}
