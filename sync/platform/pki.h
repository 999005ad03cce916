/* pki.h — the platform's own small certificate authority (X.509, P-256): the CA, the server's certificate, the kiosks'
 * certificates. All of it below DIR: ca.pem, ca.key, server.pem (with the CA behind it), server.key; keys with mode
 * 0600. GnuTLS. */
#ifndef BULU_PLATFORM_PKI_H
#define BULU_PLATFORM_PKI_H

#include "sync/base/clock.h"
#include "sync/base/str.h"

#define PKI_PIN_SIZE         64 /* "sha256//" + base64 + NUL */
#define PKI_FINGERPRINT_SIZE 65 /* hex of sha256 over the certificate's DER */

struct pki;

/* Opens, or makes what is missing. The server certificate is made anew when it does not name all of names (by commas:
 * host names and addresses) or ends within 30 days. */
struct pki *pki_open(const char *dir, const char *names, const struct clock *clock, struct err *e) WARN_UNUSED;
void pki_close(struct pki *p);
const char *pki_ca_pem(const struct pki *p);
const char *pki_server_pem(const struct pki *p);
const char *pki_server_key(const struct pki *p);
/* sha256 of the CA's SubjectPublicKeyInfo, as curl writes a pin. */
const char *pki_pin(const struct pki *p);

struct pki_issued {
    struct str pem;
    char fingerprint[PKI_FINGERPRINT_SIZE];
    int64_t expires_ms;
};
/* Signs a PKCS#10 request (PEM) that holds a P-256 key and proves its possession. Of the request only the key is used:
 * the names are ours (CN = device). ERR_FORMAT: not such a request. */
bool pki_issue(struct pki *p, const void *csr, size_t len, const char *device, int days, struct pki_issued *out,
               struct err *e) WARN_UNUSED;

/* What the peer of a TLS session showed. session is a gnutls_session_t. */
enum pki_peer { PKI_PEER_NONE, PKI_PEER_UNKNOWN, PKI_PEER_EXPIRED, PKI_PEER_OURS };
/* expires_ms, fingerprint: set for EXPIRED and OURS. Verifies with gnutls_certificate_verify_peers2: the TLS layer
 * asked, but did not insist. */
enum pki_peer pki_peer_check(void *session, char fingerprint[PKI_FINGERPRINT_SIZE], int64_t *expires_ms);

#endif
