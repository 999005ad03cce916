#include "sync/protocol/sealed.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/record/canon.h"

#include <string.h>

static json_t *boxed(const struct crypto_ops *c, const unsigned char pub[KEY_BYTES], const json_t *content)
{
    CLEANUP(str_secret) struct str plain = {0};
    CLEANUP(str) struct str sealed = {0};
    CLEANUP(str) struct str text = {0};
    char *z = json_dumps(content, JSON_COMPACT | JSON_ENCODE_ANY);
    str_puts(&plain, z);
    c->wipe(z, strlen(z));
    free(z);
    c->box_seal(pub, plain.p, plain.len, &sealed);
    base64_encode(&text, sealed.p, sealed.len, BASE64_STANDARD);
    return json_pack("{s:s}", "sealed", str_z(&text));
}

static json_t *unboxed(const struct crypto_ops *c, const json_t *body, const unsigned char pub[KEY_BYTES],
                       const unsigned char secret[KEY_BYTES], struct err *e)
{
    const json_t *text = json_object_get(body, "sealed");
    CLEANUP(str) struct str sealed = {0};
    CLEANUP(str_secret) struct str plain = {0};
    if (!json_is_string(text) ||
        !base64_decode(&sealed, json_string_value(text), json_string_length(text), BASE64_STANDARD)) {
        err_set(e, ERR_FORMAT, "sealed: expected base64");
        return NULL;
    }
    if (!c->box_open(pub, secret, sealed.p, sealed.len, &plain, e))
        return NULL;
    json_t *content = json_loadb(plain.p, plain.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(content)) {
        json_decref(content);
        err_set(e, ERR_FORMAT, "sealed: expected a JSON object inside");
        return NULL;
    }
    return content;
}

json_t *sealed_call(const struct crypto_ops *c, const char *platform_key_id,
                    const unsigned char platform_key[KEY_BYTES], const unsigned char reply[KEY_BYTES],
                    const json_t *content)
{
    CLEANUP(str) struct str text = {0};
    CLEANUP(json) json_t *whole = content ? json_copy((json_t *)content) : json_object();
    base64_encode(&text, reply, KEY_BYTES, BASE64_STANDARD);
    json_object_set_new(whole, "reply", json_string(str_z(&text)));
    json_t *body = boxed(c, platform_key, whole);
    json_object_set_new(body, "key", json_string(platform_key_id));
    return body;
}

const char *sealed_call_key(const json_t *body)
{
    return json_string_value(json_object_get(body, "key"));
}

json_t *sealed_call_open(const struct crypto_ops *c, const json_t *body, const unsigned char pub[KEY_BYTES],
                         const unsigned char secret[KEY_BYTES], unsigned char reply[KEY_BYTES], struct err *e)
{
    CLEANUP(str) struct str key = {0};
    json_t *content = unboxed(c, body, pub, secret, e);
    if (!content)
        return NULL;
    const json_t *text = json_object_get(content, "reply");
    if (!json_is_string(text) ||
        !base64_decode(&key, json_string_value(text), json_string_length(text), BASE64_STANDARD) ||
        key.len != KEY_BYTES) {
        json_decref(content);
        err_set(e, ERR_FORMAT, "reply: expected a public key");
        return NULL;
    }
    memcpy(reply, key.p, KEY_BYTES);
    return content;
}

json_t *sealed_answer(const struct crypto_ops *c, const unsigned char reply[KEY_BYTES], const json_t *content)
{
    return boxed(c, reply, content);
}

json_t *sealed_answer_open(const struct crypto_ops *c, const json_t *body, const unsigned char pub[KEY_BYTES],
                           const unsigned char secret[KEY_BYTES], struct err *e)
{
    return unboxed(c, body, pub, secret, e);
}
