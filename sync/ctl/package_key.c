#include "sync/ctl/package_key.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/canon.h"

#include <stdio.h>
#include <string.h>

#define KIND         "package-secret-1"
#define CONTEXT      "bulu package secret"
#define SECRET_BYTES 64

static void put(json_t *j, const char *name, const void *bytes, size_t len)
{
    struct str z = {0};
    base64_encode(&z, bytes, len, BASE64_STANDARD);
    json_object_set_new(j, name, json_string(z.p));
    str_finish_secret(&z);
}

static bool get(const json_t *j, const char *name, void *out, size_t len)
{
    struct str bytes = {0};
    const char *z = json_string_value(json_object_get(j, name));
    bool ok = z && base64_decode(&bytes, z, strlen(z), BASE64_STANDARD) && bytes.len == len;
    if (ok)
        memcpy(out, bytes.p, len);
    str_finish_secret(&bytes);
    return ok;
}

static bool seal(json_t *j, const char *passphrase, const unsigned char *secret, struct err *e)
{
    const struct crypto_ops *c = crypto_sodium();
    unsigned char salt[SALT_BYTES], key[KEY_BYTES];
    CLEANUP(str) struct str sealed = {0};
    if (!passphrase) {
        put(j, "secret", secret, SECRET_BYTES);
        return true;
    }
    c->random(salt, sizeof salt);
    if (!c->code_key(key, passphrase, salt, e))
        return false;
    c->aead_seal(key, CONTEXT, secret, SECRET_BYTES, &sealed);
    c->wipe(key, sizeof key);
    put(j, "salt", salt, sizeof salt);
    put(j, "sealed", sealed.p, sealed.len);
    return true;
}

static bool write_both(const char *path, const json_t *j, const struct package_key *k, struct err *e)
{
    AUTOFREE char *pub_path = xasprintf("%s.pub", path);
    CLEANUP(str) struct str pub = {0};
    struct str text = {0};
    char *z = json_dumps(j, JSON_INDENT(1));
    str_puts(&text, z ? z : "");
    str_putc(&text, '\n');
    package_key_write(k, &pub);
    bool ok =
        file_write_durable(path, text.p, text.len, 0600, e) && file_write_durable(pub_path, pub.p, pub.len, 0644, e);
    if (z)
        crypto_sodium()->wipe(z, strlen(z));
    free(z);
    str_finish_secret(&text);
    return ok;
}

bool package_secret_make(const char *path, const char *passphrase, struct package_key *out, struct err *e)
{
    const struct crypto_ops *c = crypto_sodium();
    struct package_key k;
    char id[17];
    if (file_exists(path))
        return err_set(e, ERR_EXISTS, "%s is there already", path);
    unsigned char *secret = c->secret_alloc(SECRET_BYTES);
    c->sign_keys(k.pub, secret, NULL);
    package_key_id(c, k.pub, k.id);
    hex_encode(k.id, sizeof k.id, id);
    CLEANUP(json) json_t *j = json_pack("{s:s, s:s}", "bulu", KIND, "id", id);
    put(j, "public", k.pub, sizeof k.pub);
    bool ok = seal(j, passphrase, secret, e) && write_both(path, j, &k, e);
    c->secret_free(secret);
    if (ok)
        *out = k;
    return ok;
}

static json_t *read_json(const char *path, struct err *e)
{
    struct str text = {0};
    json_t *j = file_read(path, 4096, &text, e) ? json_loadb(str_z(&text), text.len, 0, NULL) : NULL;
    const char *kind = json_string_value(json_object_get(j, "bulu"));
    str_finish_secret(&text);
    if (kind && strcmp(kind, KIND) == 0)
        return j;
    if (e && !e->code)
        err_set(e, ERR_FORMAT, "%s is no secret key of bulu-ctl package keygen", path);
    json_decref(j);
    return NULL;
}

bool package_secret_raw(const char *path)
{
    CLEANUP(json) json_t *j = read_json(path, NULL);
    return json_object_get(j, "secret") != NULL;
}

static bool unseal(const json_t *j, const char *passphrase, unsigned char *secret, struct err *e)
{
    const struct crypto_ops *c = crypto_sodium();
    unsigned char salt[SALT_BYTES], key[KEY_BYTES], sealed[SECRET_BYTES + AEAD_OVERHEAD];
    struct str plain = {0};
    if (get(j, "secret", secret, SECRET_BYTES))
        return true;
    if (!get(j, "salt", salt, sizeof salt) || !get(j, "sealed", sealed, sizeof sealed))
        return err_set(e, ERR_FORMAT, "the secret key file has no key");
    if (!passphrase)
        return err_set(e, ERR_DENIED, "the secret key wants its passphrase");
    if (!c->code_key(key, passphrase, salt, e))
        return false;
    bool ok = (c->aead_open(key, CONTEXT, sealed, sizeof sealed, &plain, NULL) && plain.len == SECRET_BYTES) ||
              err_set(e, ERR_DENIED, "the passphrase is not that of this key");
    if (ok)
        memcpy(secret, plain.p, SECRET_BYTES);
    c->wipe(key, sizeof key);
    str_finish_secret(&plain);
    return ok;
}

bool package_secret_read(const char *path, const char *passphrase, struct package_key *pub, unsigned char *secret,
                         struct err *e)
{
    CLEANUP(json) json_t *j = read_json(path, e);
    const char *id = json_string_value(json_object_get(j, "id"));
    struct package_key k;
    if (!j)
        return false;
    if (!id || !hex_decode(id, k.id, sizeof k.id) || !get(j, "public", k.pub, sizeof k.pub))
        return err_set(e, ERR_FORMAT, "%s: no id or public key", path);
    if (!unseal(j, passphrase, secret, e))
        return err_prefix(e, "%s", path);
    if (memcmp(secret + 32, k.pub, sizeof k.pub) != 0)
        return err_set(e, ERR_FORMAT, "%s: secret and public key do not belong together", path);
    *pub = k;
    return true;
}
