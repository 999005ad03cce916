#include "sync/platform/pki.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#define DAY_S        86400
#define CA_DAYS      7300
#define SERVER_DAYS  730
#define RENEW_DAYS   30
#define BACKDATE_S   3600 /* clocks of kiosks are not ours */
#define CA_SUBJECT   "CN=bulu platform CA"
#define SERIAL_BYTES 16

struct pki {
    char *dir;
    const struct clock *clock;
    gnutls_x509_crt_t ca;
    gnutls_x509_privkey_t ca_key;
    char *ca_pem, *server_pem, *server_key;
    char pin[PKI_PIN_SIZE];
};

static bool tls_err(struct err *e, int code, const char *what)
{
    return err_set(e, ERR_CRYPTO, "%s: %s", what, gnutls_strerror(code));
}

static time_t now_s(const struct pki *p)
{
    return (time_t)(clock_wall(p->clock) / 1000);
}

/* --- keys and certificates as PEM --- */

static gnutls_x509_privkey_t key_make(struct err *e)
{
    gnutls_x509_privkey_t key = NULL;
    int r = gnutls_x509_privkey_init(&key);
    if (r >= 0)
        r = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (r >= 0)
        return key;
    tls_err(e, r, "key");
    gnutls_x509_privkey_deinit(key);
    return NULL;
}

static bool key_pem(gnutls_x509_privkey_t key, struct str *out, struct err *e)
{
    gnutls_datum_t d = {0};
    int r = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &d);
    if (r < 0)
        return tls_err(e, r, "key");
    str_add(out, d.data, d.size);
    gnutls_memset(d.data, 0, d.size);
    gnutls_free(d.data);
    return true;
}

static bool certificate_pem(gnutls_x509_crt_t c, struct str *out, struct err *e)
{
    gnutls_datum_t d = {0};
    int r = gnutls_x509_crt_export2(c, GNUTLS_X509_FMT_PEM, &d);
    if (r < 0)
        return tls_err(e, r, "certificate");
    str_add(out, d.data, d.size);
    gnutls_free(d.data);
    return true;
}

/* A certificate with version, random serial and dates set; subject, key and extensions are the caller's. */
static gnutls_x509_crt_t certificate_begin(const struct pki *p, int days, struct err *e)
{
    gnutls_x509_crt_t c = NULL;
    unsigned char serial[SERIAL_BYTES];
    int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] &= 0x7f; /* positive */
    serial[0] |= 0x40; /* and of full length */
    if (r >= 0)
        r = gnutls_x509_crt_init(&c);
    if (r >= 0)
        r = gnutls_x509_crt_set_version(c, 3);
    if (r >= 0)
        r = gnutls_x509_crt_set_serial(c, serial, sizeof serial);
    if (r >= 0)
        r = gnutls_x509_crt_set_activation_time(c, now_s(p) - BACKDATE_S);
    if (r >= 0)
        r = gnutls_x509_crt_set_expiration_time(c, now_s(p) + (time_t)days * DAY_S);
    if (r >= 0)
        return c;
    tls_err(e, r, "certificate");
    gnutls_x509_crt_deinit(c);
    return NULL;
}

static bool ca_make(struct pki *p, const char *cert_path, const char *key_path, struct err *e)
{
    gnutls_x509_privkey_t key = key_make(e);
    gnutls_x509_crt_t c = key ? certificate_begin(p, CA_DAYS, e) : NULL;
    CLEANUP(str) struct str cert = {0};
    struct str secret = {0};
    bool ok = c != NULL;
    if (ok) {
        int r = gnutls_x509_crt_set_dn(c, CA_SUBJECT, NULL);
        if (r >= 0)
            r = gnutls_x509_crt_set_key(c, key);
        if (r >= 0)
            r = gnutls_x509_crt_set_basic_constraints(c, 1, 0);
        if (r >= 0)
            r = gnutls_x509_crt_set_key_usage(c, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
        unsigned char id[20];
        size_t id_len = sizeof id;
        if (r >= 0)
            r = gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA1, id, &id_len);
        if (r >= 0)
            r = gnutls_x509_crt_set_subject_key_id(c, id, id_len);
        if (r >= 0)
            r = gnutls_x509_crt_sign2(c, c, key, GNUTLS_DIG_SHA256, 0);
        ok = r >= 0 || tls_err(e, r, "CA certificate");
    }
    /* The key first: a certificate without its key would be a CA that nobody has. */
    ok = ok && key_pem(key, &secret, e) && certificate_pem(c, &cert, e) &&
         file_write_durable(key_path, secret.p, secret.len, 0600, e) &&
         file_write_durable(cert_path, cert.p, cert.len, 0644, e);
    str_finish_secret(&secret);
    gnutls_x509_crt_deinit(c);
    gnutls_x509_privkey_deinit(key);
    return ok;
}

static bool load_pem(const char *path, struct str *out, struct err *e)
{
    return file_read(path, 1 << 16, out, e);
}

static bool ca_load(struct pki *p, const char *cert_path, const char *key_path, struct err *e)
{
    struct str secret = {0};
    CLEANUP(str) struct str cert = {0};
    bool ok = load_pem(cert_path, &cert, e) && load_pem(key_path, &secret, e);
    if (ok) {
        gnutls_datum_t c = {(unsigned char *)cert.p, (unsigned)cert.len},
                       k = {(unsigned char *)secret.p, (unsigned)secret.len};
        int r = gnutls_x509_crt_init(&p->ca);
        if (r >= 0)
            r = gnutls_x509_crt_import(p->ca, &c, GNUTLS_X509_FMT_PEM);
        if (r >= 0)
            r = gnutls_x509_privkey_init(&p->ca_key);
        if (r >= 0)
            r = gnutls_x509_privkey_import2(p->ca_key, &k, GNUTLS_X509_FMT_PEM, NULL, 0);
        ok = r >= 0 || tls_err(e, r, cert_path);
        p->ca_pem = xstrdup(str_z(&cert));
    }
    str_finish_secret(&secret);
    return ok;
}

static bool pin_make(struct pki *p, struct err *e)
{
    gnutls_pubkey_t pub = NULL;
    gnutls_datum_t der = {0};
    unsigned char hash[32];
    int r = gnutls_pubkey_init(&pub);
    if (r >= 0)
        r = gnutls_pubkey_import_x509(pub, p->ca, 0);
    if (r >= 0)
        r = gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &der);
    if (r >= 0)
        r = gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, hash);
    gnutls_free(der.data);
    gnutls_pubkey_deinit(pub);
    if (r < 0)
        return tls_err(e, r, "pin");
    CLEANUP(str) struct str s = {0};
    str_puts(&s, "sha256//");
    base64_encode(&s, hash, sizeof hash, BASE64_STANDARD);
    return zcopy(p->pin, sizeof p->pin, s.p) || err_set(e, ERR_INTERNAL, "pin");
}

/* --- the server's certificate --- */

/* Calls each with every name of the list. */
static bool each_name(const char *names, bool (*each)(void *ctx, const char *name), void *ctx)
{
    AUTOFREE char *copy = xstrdup(names);
    char *rest = copy;
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        while (*name == ' ')
            name++;
        for (size_t n = strlen(name); n && name[n - 1] == ' ';)
            name[--n] = '\0';
        if (*name && !each(ctx, name))
            return false;
    }
    return true;
}

static bool add_name(void *ctx, const char *name)
{
    unsigned char address[16];
    int v4 = inet_pton(AF_INET, name, address);
    if (v4 == 1 || inet_pton(AF_INET6, name, address) == 1)
        return gnutls_x509_crt_set_subject_alt_name(ctx, GNUTLS_SAN_IPADDRESS, address, v4 == 1 ? 4 : 16,
                                                    GNUTLS_FSAN_APPEND) >= 0;
    return gnutls_x509_crt_set_subject_alt_name(ctx, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name),
                                                GNUTLS_FSAN_APPEND) >= 0;
}

static bool has_name(void *ctx, const char *name)
{
    return gnutls_x509_crt_check_hostname(ctx, name) != 0;
}

static bool server_make(struct pki *p, const char *names, const char *cert_path, const char *key_path, struct err *e)
{
    gnutls_x509_privkey_t key = key_make(e);
    gnutls_x509_crt_t c = key ? certificate_begin(p, SERVER_DAYS, e) : NULL;
    CLEANUP(str) struct str cert = {0};
    struct str secret = {0};
    bool ok = c != NULL;
    if (ok) {
        int r = gnutls_x509_crt_set_dn(c, "CN=bulu platform", NULL);
        if (r >= 0)
            r = gnutls_x509_crt_set_key(c, key);
        if (r >= 0)
            r = gnutls_x509_crt_set_key_usage(c, GNUTLS_KEY_DIGITAL_SIGNATURE);
        if (r >= 0)
            r = gnutls_x509_crt_set_key_purpose_oid(c, GNUTLS_KP_TLS_WWW_SERVER, 0);
        if (r >= 0)
            r = gnutls_x509_crt_set_basic_constraints(c, 0, -1);
        if (r >= 0 && !each_name(names, add_name, c))
            r = GNUTLS_E_INVALID_REQUEST;
        if (r >= 0)
            r = gnutls_x509_crt_sign2(c, p->ca, p->ca_key, GNUTLS_DIG_SHA256, 0);
        ok = r >= 0 || tls_err(e, r, "server certificate");
    }
    ok = ok && key_pem(key, &secret, e) && certificate_pem(c, &cert, e);
    if (ok) {
        str_puts(&cert, p->ca_pem); /* kiosks pin the CA, so the chain carries it */
        ok = file_write_durable(key_path, secret.p, secret.len, 0600, e) &&
             file_write_durable(cert_path, cert.p, cert.len, 0644, e);
    }
    str_finish_secret(&secret);
    gnutls_x509_crt_deinit(c);
    gnutls_x509_privkey_deinit(key);
    return ok;
}

static bool server_good(const struct pki *p, const char *names, const char *cert_path)
{
    CLEANUP(str) struct str cert = {0};
    gnutls_x509_crt_t c = NULL;
    if (!load_pem(cert_path, &cert, NULL) || gnutls_x509_crt_init(&c) < 0)
        return false;
    gnutls_datum_t d = {(unsigned char *)cert.p, (unsigned)cert.len};
    unsigned verdict = 1;
    bool ok =
        gnutls_x509_crt_import(c, &d, GNUTLS_X509_FMT_PEM) >= 0 && each_name(names, has_name, c) &&
        gnutls_x509_crt_get_expiration_time(c) > now_s(p) + RENEW_DAYS * DAY_S &&
        gnutls_x509_crt_verify(c, (gnutls_x509_crt_t[]){p->ca}, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &verdict) >= 0 &&
        !verdict;
    gnutls_x509_crt_deinit(c);
    return ok;
}

/* --- open, close --- */

struct pki *pki_open(const char *dir, const char *names, const struct clock *clock, struct err *e)
{
    struct pki *p = xcalloc(1, sizeof *p);
    p->dir = xstrdup(dir);
    p->clock = clock;
    AUTOFREE char *ca = path_join(dir, "ca.pem"), *ca_key = path_join(dir, "ca.key");
    AUTOFREE char *server = path_join(dir, "server.pem"), *server_key = path_join(dir, "server.key");
    CLEANUP(str) struct str cert = {0}, key = {0};
    bool ok =
        dir_make(dir, 0700, e) && (file_exists(ca) || ca_make(p, ca, ca_key, e)) && ca_load(p, ca, ca_key, e) &&
        pin_make(p, e) &&
        ((file_exists(server_key) && server_good(p, names, server)) || server_make(p, names, server, server_key, e)) &&
        load_pem(server, &cert, e) && load_pem(server_key, &key, e);
    if (!ok) {
        err_prefix(e, "certificates in %s", dir);
        pki_close(p);
        return NULL;
    }
    p->server_pem = str_take(&cert);
    p->server_key = str_take(&key);
    return p;
}

void pki_close(struct pki *p)
{
    if (!p)
        return;
    gnutls_x509_crt_deinit(p->ca);
    gnutls_x509_privkey_deinit(p->ca_key);
    free(p->ca_pem);
    free(p->server_pem);
    if (p->server_key)
        gnutls_memset(p->server_key, 0, strlen(p->server_key));
    free(p->server_key);
    free(p->dir);
    free(p);
}

const char *pki_ca_pem(const struct pki *p)
{
    return p->ca_pem;
}

const char *pki_server_pem(const struct pki *p)
{
    return p->server_pem;
}

const char *pki_server_key(const struct pki *p)
{
    return p->server_key;
}

const char *pki_pin(const struct pki *p)
{
    return p->pin;
}

/* --- kiosks --- */

static bool request_check(gnutls_x509_crq_t q, const void *csr, size_t len, struct err *e)
{
    gnutls_datum_t d = {(unsigned char *)(uintptr_t)csr, (unsigned)len};
    gnutls_pubkey_t pub = NULL;
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    if (len > 1 << 16 || gnutls_x509_crq_import(q, &d, GNUTLS_X509_FMT_PEM) < 0)
        return err_set(e, ERR_FORMAT, "not a PKCS#10 request in PEM");
    if (gnutls_x509_crq_verify(q, 0) < 0)
        return err_set(e, ERR_FORMAT, "the request is not signed by its own key");
    bool ok = gnutls_pubkey_init(&pub) >= 0 && gnutls_pubkey_import_x509_crq(pub, q, 0) >= 0 &&
              gnutls_pubkey_get_pk_algorithm(pub, NULL) == GNUTLS_PK_ECDSA &&
              gnutls_pubkey_export_ecc_raw2(pub, &curve, NULL, NULL, 0) >= 0 && curve == GNUTLS_ECC_CURVE_SECP256R1;
    gnutls_pubkey_deinit(pub);
    return ok || err_set(e, ERR_FORMAT, "the key of the request is not of P-256");
}

static bool fingerprint_of(gnutls_x509_crt_t c, char out[PKI_FINGERPRINT_SIZE])
{
    unsigned char hash[32];
    size_t n = sizeof hash;
    if (gnutls_x509_crt_get_fingerprint(c, GNUTLS_DIG_SHA256, hash, &n) < 0 || n != sizeof hash)
        return false;
    hex_encode(hash, sizeof hash, out);
    return true;
}

bool pki_issue(struct pki *p, const void *csr, size_t len, const char *device, int days, struct pki_issued *out,
               struct err *e)
{
    gnutls_x509_crq_t q = NULL;
    struct pki_issued issued = {0};
    if (gnutls_x509_crq_init(&q) < 0)
        return err_set(e, ERR_INTERNAL, "certificate request");
    gnutls_x509_crt_t c = request_check(q, csr, len, e) ? certificate_begin(p, days, e) : NULL;
    AUTOFREE char *dn = xasprintf("CN=%s", device), *urn = xasprintf("urn:uuid:%s", device);
    bool ok = c != NULL;
    if (ok) {
        int r = gnutls_x509_crt_set_dn(c, dn, NULL);
        gnutls_pubkey_t pub = NULL;
        if (r >= 0)
            r = gnutls_pubkey_init(&pub);
        if (r >= 0)
            r = gnutls_pubkey_import_x509_crq(pub, q, 0);
        if (r >= 0)
            r = gnutls_x509_crt_set_pubkey(c, pub);
        gnutls_pubkey_deinit(pub);
        if (r >= 0)
            r = gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_URI, urn, (unsigned)strlen(urn), GNUTLS_FSAN_SET);
        if (r >= 0)
            r = gnutls_x509_crt_set_key_usage(c, GNUTLS_KEY_DIGITAL_SIGNATURE);
        if (r >= 0)
            r = gnutls_x509_crt_set_key_purpose_oid(c, GNUTLS_KP_TLS_WWW_CLIENT, 0);
        if (r >= 0)
            r = gnutls_x509_crt_set_basic_constraints(c, 0, -1);
        if (r >= 0)
            r = gnutls_x509_crt_sign2(c, p->ca, p->ca_key, GNUTLS_DIG_SHA256, 0);
        ok = r >= 0 || tls_err(e, r, "device certificate");
    }
    ok = ok && (fingerprint_of(c, issued.fingerprint) || err_set(e, ERR_CRYPTO, "fingerprint")) &&
         certificate_pem(c, &issued.pem, e);
    if (ok)
        issued.expires_ms = (int64_t)gnutls_x509_crt_get_expiration_time(c) * 1000;
    gnutls_x509_crt_deinit(c);
    gnutls_x509_crq_deinit(q);
    if (ok)
        *out = issued;
    else
        str_finish(&issued.pem);
    return ok;
}

enum pki_peer pki_peer_check(void *session, char fingerprint[PKI_FINGERPRINT_SIZE], int64_t *expires_ms)
{
    unsigned n = 0, status = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
    if (!chain || !n)
        return PKI_PEER_NONE;
    if (gnutls_certificate_verify_peers2(session, &status) < 0)
        return PKI_PEER_UNKNOWN;
    unsigned dates = GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED;
    if (status & ~(dates | GNUTLS_CERT_INVALID) || (status && !(status & dates)))
        return PKI_PEER_UNKNOWN;
    gnutls_x509_crt_t c = NULL;
    bool ok = gnutls_x509_crt_init(&c) >= 0 && gnutls_x509_crt_import(c, &chain[0], GNUTLS_X509_FMT_DER) >= 0 &&
              fingerprint_of(c, fingerprint);
    if (ok)
        *expires_ms = (int64_t)gnutls_x509_crt_get_expiration_time(c) * 1000;
    gnutls_x509_crt_deinit(c);
    if (!ok)
        return PKI_PEER_UNKNOWN;
    return status ? PKI_PEER_EXPIRED : PKI_PEER_OURS;
}
