#include "sync/agent/pin.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <string.h>

bool pin_of(X509 *certificate, char out[PIN_SIZE])
{
    unsigned char *der = NULL, hash[32];
    unsigned got = 0;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (len <= 0)
        return false;
    bool ok = EVP_Digest(der, (size_t)len, hash, &got, EVP_sha256(), NULL) == 1 && got == sizeof hash;
    OPENSSL_free(der);
    if (!ok)
        return false;
    CLEANUP(str) struct str z = {0};
    str_puts(&z, "sha256//");
    base64_encode(&z, hash, sizeof hash, BASE64_STANDARD);
    return zcopy(out, PIN_SIZE, z.p);
}

bool pin_valid(const char *pin)
{
    CLEANUP(str) struct str bytes = {0};
    return !strncmp(pin, "sha256//", 8) && base64_decode(&bytes, pin + 8, strlen(pin + 8), BASE64_STANDARD) &&
           bytes.len == 32;
}

static X509 *find_pinned(STACK_OF(X509) * chain, const char *pin)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        char have[PIN_SIZE];
        X509 *c = sk_X509_value(chain, i);
        if (pin_of(c, have) && !strcmp(have, pin) && X509_check_ca(c))
            return c;
    }
    return NULL;
}

/* The ordinary verification, with the pinned certificate as the only anchor. */
static int verify_by(X509 *anchor, X509 *leaf, STACK_OF(X509) * chain)
{
    int error = X509_V_ERR_OUT_OF_MEM;
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *inner = X509_STORE_CTX_new();
    if (store && inner && X509_STORE_add_cert(store, anchor) && X509_STORE_CTX_init(inner, store, leaf, chain) &&
        X509_STORE_CTX_set_default(inner, "ssl_server"))
        error = X509_verify_cert(inner) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(inner);
    X509_STORE_CTX_free(inner);
    X509_STORE_free(store);
    return error;
}

static int verify(X509_STORE_CTX *ctx, void *pin)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(ctx);
    X509 *anchor = find_pinned(chain, pin);
    int error =
        anchor ? verify_by(anchor, X509_STORE_CTX_get0_cert(ctx), chain) : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    X509_STORE_CTX_set_error(ctx, error);
    return error == X509_V_OK;
}

void pin_install(SSL_CTX *ctx, const char *pin)
{
    SSL_CTX_set_cert_verify_callback(ctx, verify, (void *)(uintptr_t)pin);
}
