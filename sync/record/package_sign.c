/* package_sign.c — minisign's signatures and public keys. */
#include "sync/record/package.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/record/canon.h"

#include <string.h>

#define TEXT_MAX     4096
#define COMMENT_MARK "trusted comment: "

struct signature { /* as decoded from its line */
    unsigned char algorithm[2], id[8], bytes[SIGN_BYTES];
};
struct key_line {
    unsigned char algorithm[2], id[8], pub[KEY_BYTES];
};

struct line {
    const char *p;
    size_t len;
};

/* Cuts the next line off; without its \r. False at the end. */
static bool line_next(const char **at, const char *end, struct line *out)
{
    if (*at >= end)
        return false;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t len = (size_t)((stop ? stop : end) - *at);
    *out = (struct line){*at, len && (*at)[len - 1] == '\r' ? len - 1 : len};
    *at = stop ? stop + 1 : end;
    return true;
}

static bool decode(const struct line *l, void *out, size_t size)
{
    CLEANUP(str) struct str bytes = {0};
    if (!base64_decode(&bytes, l->p, l->len, BASE64_STANDARD) || bytes.len != size)
        return false;
    memcpy(out, bytes.p, size);
    return true;
}

static void over_comment(const unsigned char sig[SIGN_BYTES], const char *comment, size_t len, struct str *out)
{
    str_add(out, sig, SIGN_BYTES);
    str_add(out, comment, len);
}

void package_sign(const struct crypto_ops *c, const unsigned char id[8], const unsigned char secret[64],
                  const void *bytes, size_t len, const char *comment, struct str *out)
{
    struct signature s = {.algorithm = {'E', 'd'}};
    unsigned char global[SIGN_BYTES];
    CLEANUP(str) struct str both = {0};
    char hex[17];
    memcpy(s.id, id, sizeof s.id);
    hex_encode(id, 8, hex);
    c->sign(s.bytes, secret, bytes, len);
    over_comment(s.bytes, comment, strlen(comment), &both);
    c->sign(global, secret, both.p, both.len);
    str_printf(out, "untrusted comment: signature by bulu package key %s\n", hex);
    base64_encode(out, &s, sizeof s, BASE64_STANDARD);
    str_printf(out, "\n" COMMENT_MARK "%s\n", comment);
    base64_encode(out, global, sizeof global, BASE64_STANDARD);
    str_putc(out, '\n');
}

static bool signed_by(const struct crypto_ops *c, const struct signature *s, const unsigned char pub[KEY_BYTES],
                      const void *bytes, size_t len)
{
    unsigned char digest[HASH512_BYTES];
    if (s->algorithm[1] == 'd')
        return c->verify(s->bytes, pub, bytes, len);
    c->hash512(digest, bytes, len);
    return c->verify(s->bytes, pub, digest, sizeof digest);
}

bool package_verify(const struct crypto_ops *c, const void *bytes, size_t len, const char *sig, size_t sig_len,
                    const struct package_key *keys, size_t n_keys, char comment[PACKAGE_COMMENT_SIZE], size_t *by,
                    struct err *e)
{
    struct line lines[4];
    struct signature s;
    unsigned char global[SIGN_BYTES];
    const char *at = sig;
    size_t n = 0, k = 0, mark = strlen(COMMENT_MARK);
    CLEANUP(str) struct str both = {0};
    if (sig_len > TEXT_MAX)
        return err_set(e, ERR_FORMAT, "signature: longer than %d bytes", TEXT_MAX);
    while (n < ARRAY_LEN(lines) && line_next(&at, sig + sig_len, &lines[n]))
        n++;
    if (n < ARRAY_LEN(lines) || !decode(&lines[1], &s, sizeof s) || !decode(&lines[3], global, sizeof global) ||
        s.algorithm[0] != 'E' || (s.algorithm[1] != 'd' && s.algorithm[1] != 'D') || lines[2].len < mark ||
        memcmp(lines[2].p, COMMENT_MARK, mark) != 0 || lines[2].len - mark >= PACKAGE_COMMENT_SIZE ||
        memchr(lines[2].p, '\0', lines[2].len))
        return err_set(e, ERR_FORMAT, "signature: expected minisign's four lines");
    while (k < n_keys && memcmp(keys[k].id, s.id, sizeof s.id) != 0)
        k++;
    if (k == n_keys) {
        char hex[17];
        hex_encode(s.id, sizeof s.id, hex);
        return err_set(e, ERR_DENIED, "signature: by the key %s, which is not among the %zu known here", hex, n_keys);
    }
    over_comment(s.bytes, lines[2].p + mark, lines[2].len - mark, &both);
    if (!signed_by(c, &s, keys[k].pub, bytes, len) || !c->verify(global, keys[k].pub, both.p, both.len))
        return err_set(e, ERR_CRYPTO, "signature: not of these bytes");
    if (comment) {
        memcpy(comment, lines[2].p + mark, lines[2].len - mark);
        comment[lines[2].len - mark] = '\0';
    }
    if (by)
        *by = k;
    return true;
}

bool package_key_parse(const char *p, size_t len, struct package_key *out, struct err *e)
{
    struct line l;
    struct key_line k;
    const char *at = p;
    if (len <= TEXT_MAX)
        while (line_next(&at, p + len, &l))
            if (decode(&l, &k, sizeof k) && k.algorithm[0] == 'E' && k.algorithm[1] == 'd') {
                memcpy(out->id, k.id, sizeof out->id);
                memcpy(out->pub, k.pub, sizeof out->pub);
                return true;
            }
    return err_set(e, ERR_FORMAT, "expected a public key as minisign writes it");
}

void package_key_write(const struct package_key *k, struct str *out)
{
    struct key_line l = {.algorithm = {'E', 'd'}};
    char hex[17];
    memcpy(l.id, k->id, sizeof l.id);
    memcpy(l.pub, k->pub, sizeof l.pub);
    hex_encode(k->id, sizeof k->id, hex);
    str_printf(out, "untrusted comment: bulu package public key %s\n", hex);
    base64_encode(out, &l, sizeof l, BASE64_STANDARD);
    str_putc(out, '\n');
}

void package_key_id(const struct crypto_ops *c, const unsigned char pub[KEY_BYTES], unsigned char id[8])
{
    unsigned char hash[HASH_BYTES];
    c->hash(hash, pub, KEY_BYTES);
    memcpy(id, hash, 8);
}

size_t package_keys_parse(const char *json, size_t len, struct package_key *out, size_t max)
{
    CLEANUP(json) json_t *list = json_loadb(json, len, 0, NULL);
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(list) && n < max; i++) {
        const json_t *row = json_array_get(list, i);
        const char *id = json_string_value(json_object_get(row, "id")),
                   *pub = json_string_value(json_object_get(row, "public"));
        const struct line l = {pub, pub ? strlen(pub) : 0};
        if (id && pub && hex_decode(id, out[n].id, sizeof out[n].id) && decode(&l, out[n].pub, sizeof out[n].pub))
            n++;
    }
    return n;
}
