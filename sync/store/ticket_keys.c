/* ticket_keys.c — keys of the offline WeChat ticket: settings.h says who sees what of them.
 *
 *   ticket.secret = AEAD(HKDF(device secret, "bulu ticket keys 1"), Ed25519 secret (64) ‖ X25519 secret (32)) */
#include "sync/store/settings.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/store/db.h"

#include <string.h>

#define SIGN_SECRET  64
#define BOTH_SECRETS (SIGN_SECRET + KEY_BYTES)
#define CONTEXT      "bulu ticket keys 1"
#define ID_MOST      24

static void wrap_key(const struct store *s, unsigned char key[KEY_BYTES])
{
    s->o.crypto->derive(key, s->secret, KEY_BYTES, NULL, 0, CONTEXT);
}

/* Both secret halves. ERR_NOT_FOUND; ERR_CRYPTO: of another device secret. */
static bool load_secrets(struct store *s, unsigned char out[BOTH_SECRETS], struct err *e)
{
    CLEANUP(str) struct str wrapped = {0};
    CLEANUP(str_secret) struct str plain = {0};
    unsigned char key[KEY_BYTES];
    if (!store_setting_get(s, SETTING_TICKET_SECRET, &wrapped, e))
        return false;
    wrap_key(s, key);
    bool ok = s->o.crypto->aead_open(key, CONTEXT, str_z(&wrapped), wrapped.len, &plain, e);
    s->o.crypto->wipe(key, sizeof key);
    if (!ok)
        return false;
    if (plain.len != BOTH_SECRETS)
        return err_set(e, ERR_FORMAT, "setting " SETTING_TICKET_SECRET ": %zu bytes", plain.len);
    memcpy(out, plain.p, BOTH_SECRETS);
    return true;
}

static bool save_pairs(struct store *s, const unsigned char secrets[BOTH_SECRETS], const struct ticket_public *pub,
                       struct err *e)
{
    CLEANUP(str) struct str wrapped = {0}, text = {0};
    unsigned char key[KEY_BYTES];
    wrap_key(s, key);
    s->o.crypto->aead_seal(key, CONTEXT, secrets, BOTH_SECRETS, &wrapped);
    s->o.crypto->wipe(key, sizeof key);
    base64_encode(&text, pub->sign, KEY_BYTES, BASE64_STANDARD);
    str_putc(&text, ' ');
    base64_encode(&text, pub->box, KEY_BYTES, BASE64_STANDARD);
    return store_setting_set(s, SETTING_TICKET_SECRET, wrapped.p, wrapped.len, e) &&
           store_setting_set(s, SETTING_TICKET_PUBLIC, text.p, text.len, e) &&
           store_setting_set(s, SETTING_TICKET_MAC, "", 0, e) && audit_add(s, e, "ticket.keys.made", "%s", "");
}

static bool make_pairs(struct store *s, struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    unsigned char secrets[BOTH_SECRETS];
    struct ticket_public pub;
    c->sign_keys(pub.sign, secrets, NULL);
    c->box_keys(pub.box, secrets + SIGN_SECRET);
    bool ok = save_pairs(s, secrets, &pub, e);
    c->wipe(secrets, sizeof secrets);
    return ok;
}

bool ticket_keys_ready(struct store *s, struct err *e)
{
    unsigned char secrets[BOTH_SECRETS];
    struct err why = {0};
    bool ok = load_secrets(s, secrets, &why);
    s->o.crypto->wipe(secrets, sizeof secrets);
    if (ok)
        return true;
    if (why.code != ERR_NOT_FOUND && why.code != ERR_CRYPTO && why.code != ERR_FORMAT) {
        if (e)
            *e = why;
        return false;
    }
    if (why.code != ERR_NOT_FOUND)
        log_error("store.ticket_keys", "lost=1 text=\"%s\"", why.text);
    if (!db_begin(s, e))
        return false;
    /* Of two that start together one makes them. */
    ok = load_secrets(s, secrets, NULL) || make_pairs(s, e);
    s->o.crypto->wipe(secrets, sizeof secrets);
    return db_end(s, ok, e);
}

/* "ID BASE64" or "BASE64 BASE64": where the second word begins; NULL: there is none. */
static const char *second_word(const struct str *text)
{
    const char *space = text->len ? memchr(text->p, ' ', text->len) : NULL;
    return space && space > text->p ? space + 1 : NULL;
}

static bool open_mac(struct store *s, const unsigned char box_secret[KEY_BYTES], struct str *out, struct err *e)
{
    CLEANUP(str) struct str text = {0}, boxed = {0};
    struct ticket_public pub;
    if (!store_setting_get(s, SETTING_TICKET_MAC, &text, e))
        return false;
    const char *word = second_word(&text);
    if (!word)
        return err_set(e, ERR_NOT_FOUND, "the platform has sent no key for tickets yet");
    if (!base64_decode(&boxed, word, text.len - (size_t)(word - text.p), BASE64_STANDARD))
        return err_set(e, ERR_FORMAT, "setting " SETTING_TICKET_MAC " is no key");
    return store_ticket_public(s, &pub, e) && s->o.crypto->box_open(pub.box, box_secret, boxed.p, boxed.len, out, e) &&
           (out->len == KEY_BYTES || err_set(e, ERR_FORMAT, "a key of %zu bytes", out->len));
}

bool store_ticket_keys(struct store *s, struct ticket_keys *out, struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    unsigned char secrets[BOTH_SECRETS];
    CLEANUP(str_secret) struct str mac = {0};
    if (!s->secret)
        return err_set(e, ERR_STATE, "this program does not hold the device secret");
    bool ok = load_secrets(s, secrets, e) && open_mac(s, secrets + SIGN_SECRET, &mac, e);
    if (ok) {
        out->sign = c->secret_alloc(SIGN_SECRET + KEY_BYTES);
        out->mac = out->sign + SIGN_SECRET;
        memcpy(out->sign, secrets, SIGN_SECRET);
        memcpy(out->mac, mac.p, KEY_BYTES);
    }
    c->wipe(secrets, sizeof secrets);
    return ok;
}

void ticket_keys_finish(struct ticket_keys *k, const struct crypto_ops *c)
{
    if (k->sign)
        c->secret_free(k->sign);
    *k = (struct ticket_keys){0};
}

bool store_ticket_public(struct store *s, struct ticket_public *out, struct err *e)
{
    CLEANUP(str) struct str text = {0}, sign = {0}, box = {0};
    if (!store_setting_get(s, SETTING_TICKET_PUBLIC, &text, e))
        return false;
    const char *word = second_word(&text);
    if (!word || !base64_decode(&sign, text.p, (size_t)(word - text.p) - 1, BASE64_STANDARD) ||
        !base64_decode(&box, word, text.len - (size_t)(word - text.p), BASE64_STANDARD) || sign.len != KEY_BYTES ||
        box.len != KEY_BYTES)
        return err_set(e, ERR_FORMAT, "setting " SETTING_TICKET_PUBLIC " is no pair of keys");
    memcpy(out->sign, sign.p, KEY_BYTES);
    memcpy(out->box, box.p, KEY_BYTES);
    return true;
}

bool store_ticket_mac_set(struct store *s, const char *id, const void *boxed, size_t len, struct err *e)
{
    CLEANUP(str) struct str have = {0}, text = {0};
    if (!*id || strlen(id) >= ID_MOST || strchr(id, ' '))
        return err_set(e, ERR_FORMAT, "a key id of %zu characters", strlen(id));
    str_printf(&text, "%s ", id);
    if (store_setting_get(s, SETTING_TICKET_MAC, &have, NULL) && have.len > text.len &&
        !memcmp(have.p, text.p, text.len))
        return true;
    base64_encode(&text, boxed, len, BASE64_STANDARD);
    return store_setting_set(s, SETTING_TICKET_MAC, text.p, text.len, e);
}
