/* package_key.h — the region's signing key as files: FILE, kept by the operator away from any network, and FILE.pub, as minisign writes it, for
 * the platform (bulu-platform package-key-add).
 *
 * FILE is JSON: {"bulu":"package-secret-1","id":16 hex,"public":base64} and either "salt" and "sealed" (the 64 secret
 * bytes under Argon2id of a passphrase, XChaCha20-Poly1305) or, made with --raw, "secret". */
#ifndef BULU_CTL_PACKAGE_KEY_H
#define BULU_CTL_PACKAGE_KEY_H

#include "sync/record/package.h"

/* passphrase NULL: raw. ERR_EXISTS: there is such a file; nothing is overwritten. */
bool package_secret_make(const char *path, const char *passphrase, struct package_key *out, struct err *e) WARN_UNUSED;
/* secret: 64 bytes of the caller's locked memory. ERR_DENIED: wrong or missing passphrase. */
bool package_secret_read(const char *path, const char *passphrase, struct package_key *pub, unsigned char *secret,
                         struct err *e) WARN_UNUSED;
bool package_secret_raw(const char *path); /* needs no passphrase */

#endif
