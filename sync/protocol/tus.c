#include "sync/protocol/tus.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <string.h>

/* One "key value" of the field; value may be missing. */
struct pair {
    const char *key, *value;
    size_t key_len, value_len;
};

static bool pair_next(const char **p, const char *end, struct pair *out)
{
    const char *comma = memchr(*p, ',', (size_t)(end - *p));
    const char *stop = comma ? comma : end, *at = *p;
    while (at < stop && *at == ' ')
        at++;
    const char *space = memchr(at, ' ', (size_t)(stop - at));
    *out = (struct pair){at, space ? space + 1 : stop, (size_t)((space ? space : stop) - at), 0};
    out->value_len = (size_t)(stop - out->value);
    *p = comma ? comma + 1 : end;
    return out->key_len > 0;
}

bool tus_metadata_get(const char *field, size_t len, const char *key, struct str *value)
{
    const char *p = field, *end = field + len;
    struct str found = {0};
    bool have = false, ok = true;
    while (ok && p < end) {
        struct pair pair;
        CLEANUP(str) struct str decoded = {0};
        ok = pair_next(&p, end, &pair) && base64_decode(&decoded, pair.value, pair.value_len, BASE64_STANDARD);
        if (!ok || pair.key_len != strlen(key) || memcmp(pair.key, key, pair.key_len))
            continue;
        ok = !have;
        have = true;
        str_add(&found, str_z(&decoded), decoded.len);
    }
    if (ok && have)
        str_add(value, str_z(&found), found.len);
    str_finish(&found);
    return ok && have;
}

void tus_metadata_add(struct str *field, const char *key, const void *value, size_t len)
{
    if (field->len)
        str_putc(field, ',');
    str_puts(field, key);
    str_putc(field, ' ');
    base64_encode(field, value, len, BASE64_STANDARD);
}

bool tus_checksum_parse(const char *field, size_t len, struct tus_checksum *out)
{
    static const struct {
        const char *name;
        enum tus_algorithm algorithm;
        size_t bytes;
    } known[] = {{"sha1 ", TUS_SHA1, 20}, {"sha256 ", TUS_SHA256, 32}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        size_t n = strlen(known[i].name);
        if (len < n || memcmp(field, known[i].name, n))
            continue;
        CLEANUP(str) struct str value = {0};
        if (!base64_decode(&value, field + n, len - n, BASE64_STANDARD) || value.len != known[i].bytes)
            return false;
        *out = (struct tus_checksum){.algorithm = known[i].algorithm, .len = value.len};
        memcpy(out->value, value.p, value.len);
        return true;
    }
    return false;
}

bool tus_number_parse(const char *field, size_t len, int64_t *out)
{
    int64_t n = 0;
    if (!len || len > 16)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (field[i] < '0' || field[i] > '9')
            return false;
        n = n * 10 + (field[i] - '0');
    }
    if (n >= (int64_t)1 << 53)
        return false;
    *out = n;
    return true;
}
