/* pin.h — trust by pin: the enrolment text names the CA by the sha256 of its public key, so that a kiosk that knows
 * nobody yet believes this platform and no other. */
#ifndef BULU_AGENT_PIN_H
#define BULU_AGENT_PIN_H

#include "sync/agent/openssl.h"
#include "sync/base/str.h"

#define PIN_SIZE 64 /* "sha256//" + base64 + NUL */

/* sha256 of the certificate's SubjectPublicKeyInfo, as curl writes a pin. */
bool pin_of(X509 *certificate, char out[PIN_SIZE]) WARN_UNUSED;
bool pin_valid(const char *pin);
/* From now on ctx accepts a server whose chain verifies up to a CA certificate with this pin, sent in the chain itself.
 * Names are checked by curl as ever. pin must live as long as ctx. */
void pin_install(SSL_CTX *ctx, const char *pin);

#endif
