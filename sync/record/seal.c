#include "sync/record/seal.h"

#include "sync/base/bytes.h"

void crypto_hash_hex(const struct crypto_ops *c, const void *p, size_t len, char out[HASH_HEX])
{
    unsigned char h[HASH_BYTES];
    c->hash(h, p, len);
    hex_encode(h, sizeof h, out);
}
