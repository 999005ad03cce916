#include "sync/agent/x509.h"

#include "sync/agent/openssl.h"
#include "sync/agent/pin.h"

#include <string.h>
#include <time.h>

static bool take_bio(BIO *b, struct str *out)
{
    char *p;
    long len = BIO_get_mem_data(b, &p);
    if (len <= 0)
        return false;
    str_add(out, p, (size_t)len);
    return true;
}

static void pkey_cleanup(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}
static void cert_cleanup(X509 **c)
{
    X509_free(*c);
}
static void bio_cleanup(BIO **b)
{
    BIO_free(*b);
}
static void req_cleanup(X509_REQ **r)
{
    X509_REQ_free(*r);
}
#define CLEAN(name) __attribute__((cleanup(name##_cleanup)))

bool x509_key_make(struct str *pem, struct err *e)
{
    CLEAN(pkey) EVP_PKEY *k = EVP_EC_gen("P-256");
    CLEAN(bio) BIO *b = BIO_new(BIO_s_secmem());
    if (!k || !b || PEM_write_bio_PKCS8PrivateKey(b, k, NULL, NULL, 0, NULL, NULL) != 1 || !take_bio(b, pem))
        return err_set(e, ERR_CRYPTO, "cannot make a P-256 key");
    return true;
}

static EVP_PKEY *read_key(const struct str *pem)
{
    CLEAN(bio) BIO *b = BIO_new_mem_buf(pem->p, (int)pem->len);
    return b ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL) : NULL;
}

static X509 *read_certificate(const char *pem)
{
    CLEAN(bio) BIO *b = BIO_new_mem_buf(pem, (int)strlen(pem));
    return b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
}

bool x509_request(const struct str *key_pem, const char *common_name, struct str *csr_pem, struct err *e)
{
    CLEAN(pkey) EVP_PKEY *k = read_key(key_pem);
    CLEAN(req) X509_REQ *r = X509_REQ_new();
    CLEAN(bio) BIO *b = BIO_new(BIO_s_mem());
    if (!k)
        return err_set(e, ERR_CRYPTO, "the device key cannot be read");
    if (!r || !b || X509_REQ_set_version(r, X509_REQ_VERSION_1) != 1 ||
        X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(r), "CN", MBSTRING_UTF8,
                                   (const unsigned char *)common_name, -1, -1, 0) != 1 ||
        X509_REQ_set_pubkey(r, k) != 1 || X509_REQ_sign(r, k, EVP_sha256()) <= 0 || PEM_write_bio_X509_REQ(b, r) != 1 ||
        !take_bio(b, csr_pem))
        return err_set(e, ERR_CRYPTO, "cannot make the certificate request");
    return true;
}

bool x509_check(const char *certificate, const char *ca, const struct str *key_pem, const char *pin, struct err *e)
{
    CLEAN(pkey) EVP_PKEY *k = read_key(key_pem);
    CLEAN(cert) X509 *leaf = read_certificate(certificate);
    CLEAN(cert) X509 *issuer = read_certificate(ca);
    char have[PIN_SIZE];
    if (!k || !leaf || !issuer)
        return err_set(e, ERR_FORMAT, "key, certificate or CA cannot be read");
    if (X509_check_private_key(leaf, k) != 1)
        return err_set(e, ERR_CRYPTO, "the certificate is about another key");
    if (X509_verify(leaf, X509_get0_pubkey(issuer)) != 1)
        return err_set(e, ERR_CRYPTO, "the certificate was not issued by the platform's CA");
    if (pin && (!pin_of(issuer, have) || strcmp(have, pin)))
        return err_set(e, ERR_CRYPTO, "the platform's CA is not the one of the enrolment text");
    return true;
}

static bool time_ms(const ASN1_TIME *t, int64_t *out)
{
    struct tm tm = {0};
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return false;
    *out = (int64_t)timegm(&tm) * 1000;
    return true;
}

bool x509_life(const char *certificate, int64_t *from_ms, int64_t *until_ms, struct err *e)
{
    CLEAN(cert) X509 *c = read_certificate(certificate);
    if (!c || !time_ms(X509_get0_notBefore(c), from_ms) || !time_ms(X509_get0_notAfter(c), until_ms))
        return err_set(e, ERR_FORMAT, "the certificate cannot be read");
    return true;
}
