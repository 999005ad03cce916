/* seal.h — the one crypto interface. An ops table; libsodium stands behind crypto_sodium(), but for SHA-256, where
 * nettle does (it uses the processor's SHA instructions); a national set (SM2/3/4) can be put behind a second one.
 * Nothing else in the tree calls the two, and OpenSSL or GnuTLS only for TLS and X.509. Which key is used where, and for how long: protocols/keys in the README. All functions are thread-safe. */
#ifndef BULU_RECORD_SEAL_H
#define BULU_RECORD_SEAL_H

#include "sync/base/str.h"

#define KEY_BYTES      32
#define HASH_BYTES     32
#define SHA1_BYTES     20
#define HASH_HEX       65 /* with NUL */
#define HASH512_BYTES  64
#define SALT_BYTES     16
#define SIGN_BYTES     64
#define AEAD_OVERHEAD  40 /* 24-byte nonce in front, 16-byte tag behind */
#define BOX_OVERHEAD   48
#define VERIFIER_BYTES 128 /* an Argon2id verifier string with NUL */

struct hash_state {
    _Alignas(64) unsigned char opaque[416];
};

struct crypto_ops {
    const char *name; /* goes into records: "sodium-1" */
    /* Known answers; called once at start: a program that fails it does not start. */
    bool (*self_test)(struct err *e);
    void (*random)(void *out, size_t len);
    void (*wipe)(void *p, size_t len);
    /* Locked, guarded memory for keys; free wipes. */
    void *(*secret_alloc)(size_t len);
    void (*secret_free)(void *p);

    /* SHA-256 */
    void (*hash)(unsigned char out[HASH_BYTES], const void *p, size_t len);
    void (*hash_init)(struct hash_state *h);
    void (*hash_add)(struct hash_state *h, const void *p, size_t len);
    void (*hash_end)(struct hash_state *h, unsigned char out[HASH_BYTES]);
    /* BLAKE2b-512: what minisign signs of a file */
    void (*hash512)(unsigned char out[HASH512_BYTES], const void *p, size_t len);
    /* HMAC-SHA256 */
    void (*mac)(unsigned char out[HASH_BYTES], const unsigned char key[KEY_BYTES], const void *p, size_t len);
    /* HMAC-SHA1: for one-time passwords (RFC 6238) and nothing else. */
    void (*mac_sha1)(unsigned char out[SHA1_BYTES], const void *key, size_t key_len, const void *p, size_t len);
    /* HKDF-SHA256 of (key, salt) with a purpose word → 32 bytes */
    void (*derive)(unsigned char out[KEY_BYTES], const void *key, size_t key_len, const void *salt, size_t salt_len,
                   const char *purpose);
    /* Argon2id, interactive settings: a short code → key; the same as a self-describing verifier string, and its check.
     */
    bool (*code_key)(unsigned char out[KEY_BYTES], const char *code, const unsigned char salt[SALT_BYTES],
                     struct err *e);
    bool (*verifier_make)(char out[VERIFIER_BYTES], const char *code, struct err *e);
    bool (*verifier_check)(const char *verifier, const char *code);

    /* XChaCha20-Poly1305 with a random nonce: out = nonce ‖ ciphertext ‖ tag, appended. open: ERR_CRYPTO when anything
     * differs. */
    void (*aead_seal)(const unsigned char key[KEY_BYTES], const char *context, const void *p, size_t len,
                      struct str *out);
    bool (*aead_open)(const unsigned char key[KEY_BYTES], const char *context, const void *p, size_t len,
                      struct str *out, struct err *e);
    /* secretstream XChaCha20-Poly1305, 64 KiB chunks: a whole blob in, a whole blob out (appended); encrypted once,
     * never again. */
    void (*stream_seal)(const unsigned char key[KEY_BYTES], const void *p, size_t len, struct str *out);
    bool (*stream_open)(const unsigned char key[KEY_BYTES], const void *p, size_t len, struct str *out, struct err *e);
    /* How long stream_seal's output is for so many plain bytes. */
    int64_t (*stream_bytes)(int64_t plain);

    /* X25519 sealed box */
    void (*box_keys)(unsigned char pub[KEY_BYTES], unsigned char secret[KEY_BYTES]);
    void (*box_seal)(const unsigned char pub[KEY_BYTES], const void *p, size_t len, struct str *out);
    bool (*box_open)(const unsigned char pub[KEY_BYTES], const unsigned char secret[KEY_BYTES], const void *p,
                     size_t len, struct str *out, struct err *e);
    /* Ed25519; secret is seed ‖ public, 64 bytes */
    void (*sign_keys)(unsigned char pub[KEY_BYTES], unsigned char secret[64], const unsigned char *seed_or_null);
    void (*sign)(unsigned char out[SIGN_BYTES], const unsigned char secret[64], const void *p, size_t len);
    bool (*verify)(const unsigned char sig[SIGN_BYTES], const unsigned char pub[KEY_BYTES], const void *p, size_t len);
};

const struct crypto_ops *crypto_sodium(void);

/* SHA-256 as lower-case hex, by ops. */
void crypto_hash_hex(const struct crypto_ops *c, const void *p, size_t len, char out[HASH_HEX]);

#endif
