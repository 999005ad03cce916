/* x509.h — the device's key, its certificate request, and what comes back (OpenSSL). */
#ifndef BULU_AGENT_X509_H
#define BULU_AGENT_X509_H

#include "sync/base/str.h"

/* A new P-256 key as PEM (PKCS#8). The caller finishes it with str_finish_secret. */
bool x509_key_make(struct str *pem, struct err *e) WARN_UNUSED;
/* PKCS#10, signed with the key. common_name is a hint only: the platform names the device. */
bool x509_request(const struct str *key_pem, const char *common_name, struct str *csr_pem, struct err *e) WARN_UNUSED;
/* Is certificate about this key, and issued by ca? pin: that of the CA, or NULL. Its days are not looked at: this
 * machine's clock may be wrong. */
bool x509_check(const char *certificate, const char *ca, const struct str *key_pem, const char *pin,
                struct err *e) WARN_UNUSED;
/* From when until when the certificate holds, ms since 1970. */
bool x509_life(const char *certificate, int64_t *from_ms, int64_t *until_ms, struct err *e) WARN_UNUSED;

#endif
