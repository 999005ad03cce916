/* keyring.h — the platform's own keys below DIR, each a file with mode 0600: X25519 key pairs that submissions are
 * sealed to (the newest is handed out, old private halves stay until no record needs them), the package signing key of
 * a demonstration, the public halves of the region's own package keys (operator-ID.pub, as minisign writes them), the
 * secret behind web tokens, and the key for people. */
#ifndef BULU_PLATFORM_KEYRING_H
#define BULU_PLATFORM_KEYRING_H

#include "sync/base/clock.h"
#include "sync/protocol/enrol.h"
#include "sync/record/seal.h"

struct keyring;

/* Opens, and makes the first of each kind. */
struct keyring *keyring_open(const char *dir, const struct crypto_ops *c, const struct clock *clock,
                             struct err *e) WARN_UNUSED;
void keyring_close(struct keyring *k);
/* Makes a new X25519 pair, which is handed out from now on. */
bool keyring_rotate(struct keyring *k, struct err *e) WARN_UNUSED;

struct key_pair {
    char id[24];
    int64_t made_ms;
    unsigned char pub[KEY_BYTES];
    unsigned char *secret; /* KEY_BYTES, locked memory of the ring */
};
/* NULL: no such key here. */
const struct key_pair *keyring_box(const struct keyring *k, const char *id);
/* By its place, newest first; NULL: no more. */
const struct key_pair *keyring_box_at(const struct keyring *k, size_t i);
/* What kiosks get. box: newest first; package: the region's own, or the demonstration's while there is none. */
void keyring_public(const struct keyring *k, struct wire_keys *box, struct wire_keys *package);
/* Appends a signature (record/package.h) by the demonstration's key. */
void keyring_sign_package(const struct keyring *k, const void *p, size_t len, const char *comment, struct str *out);
#define KEYRING_OPERATORS 2 /* of the region's package keys: the old one and its successor */
/* ERR_LIMIT: two are there; ERR_NOT_FOUND. Both are durable. */
bool keyring_operator_add(struct keyring *k, const char *text, size_t len, char id[24], struct err *e) WARN_UNUSED;
bool keyring_operator_remove(struct keyring *k, const char *id, struct err *e) WARN_UNUSED;
/* Secret of web tokens. */
const unsigned char *keyring_token_key(const struct keyring *k);
/* What people's tags and what is kept of them come from. Losing it loses every account. */
const unsigned char *keyring_person_key(const struct keyring *k);

#endif
