/* seal_sodium.c — crypto_ops by libsodium. Every primitive is libsodium's own but two. HKDF, which its 1.0.18 lacks, is
 * built from its HMAC (RFC 5869). SHA-256 is nettle's, which GnuTLS brings along: it uses the processor's SHA
 * instructions where there are any (500 KB in 0.3 ms instead of 1.4), libsodium's never does. The self-test holds every primitive against published vectors, so that a broken or
 * replaced library is found at start and not in a declaration that nobody can open. */
#include "sync/record/seal.h"

#include "sync/base/bytes.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

#define CHUNK        65536u
#define CHUNK_SEALED (CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES)
#define HEADER       crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define NONCE        crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG          crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(sizeof(struct hash_state) >= sizeof(struct sha256_ctx), "room for the state");
_Static_assert(AEAD_OVERHEAD == NONCE + TAG, "AEAD_OVERHEAD");
_Static_assert(BOX_OVERHEAD == crypto_box_SEALBYTES, "BOX_OVERHEAD");
_Static_assert(VERIFIER_BYTES == crypto_pwhash_STRBYTES, "VERIFIER_BYTES");
_Static_assert(SALT_BYTES == crypto_pwhash_SALTBYTES, "SALT_BYTES");
_Static_assert(KEY_BYTES == crypto_secretstream_xchacha20poly1305_KEYBYTES, "KEY_BYTES of a stream");
_Static_assert(KEY_BYTES == crypto_box_PUBLICKEYBYTES, "KEY_BYTES of a box");

static void *secret_alloc(size_t len)
{
    void *p = sodium_malloc(len);
    if (!p) /* RLIMIT_MEMLOCK too small or no memory: a key must not go to swap */
        abort();
    return p;
}

static struct sha256_ctx *sha256(struct hash_state *h)
{
    return (struct sha256_ctx *)(void *)h->opaque;
}

static void hash_init(struct hash_state *h)
{
    sha256_init(sha256(h));
}

static void hash_add(struct hash_state *h, const void *p, size_t len)
{
    sha256_update(sha256(h), len, p);
}

static void hash_end(struct hash_state *h, unsigned char out[HASH_BYTES])
{
    sha256_digest(sha256(h), HASH_BYTES, out);
}

static void hash(unsigned char out[HASH_BYTES], const void *p, size_t len)
{
    struct hash_state h;
    hash_init(&h);
    hash_add(&h, p, len);
    hash_end(&h, out);
}

static void hash512(unsigned char out[HASH512_BYTES], const void *p, size_t len)
{
    crypto_generichash(out, HASH512_BYTES, p, len, NULL, 0);
}

static void hmac(unsigned char out[HASH_BYTES], const void *key, size_t key_len, const void *p, size_t len,
                 const void *q, size_t q_len)
{
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, key, key_len);
    crypto_auth_hmacsha256_update(&st, p, len);
    crypto_auth_hmacsha256_update(&st, q, q_len);
    crypto_auth_hmacsha256_final(&st, out);
    sodium_memzero(&st, sizeof st);
}

static void mac(unsigned char out[HASH_BYTES], const unsigned char key[KEY_BYTES], const void *p, size_t len)
{
    hmac(out, key, KEY_BYTES, p, len, "", 0);
}

static void mac_sha1(unsigned char out[SHA1_BYTES], const void *key, size_t key_len, const void *p, size_t len)
{
    struct hmac_sha1_ctx st;
    hmac_sha1_set_key(&st, key_len, key);
    hmac_sha1_update(&st, len, p);
    hmac_sha1_digest(&st, SHA1_BYTES, out);
    sodium_memzero(&st, sizeof st);
}

/* RFC 5869 with one block of output. */
static void derive(unsigned char out[KEY_BYTES], const void *key, size_t key_len, const void *salt, size_t salt_len,
                   const char *purpose)
{
    static const unsigned char zeros[HASH_BYTES];
    unsigned char prk[HASH_BYTES];
    hmac(prk, salt_len ? salt : zeros, salt_len ? salt_len : sizeof zeros, key, key_len, "", 0);
    hmac(out, prk, sizeof prk, purpose, strlen(purpose), "\x01", 1);
    sodium_memzero(prk, sizeof prk);
}

static bool code_key(unsigned char out[KEY_BYTES], const char *code, const unsigned char salt[SALT_BYTES],
                     struct err *e)
{
    if (crypto_pwhash(out, KEY_BYTES, code, strlen(code), salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                      crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13))
        return err_set(e, ERR_LIMIT, "argon2id: not enough memory");
    return true;
}

static bool verifier_make(char out[VERIFIER_BYTES], const char *code, struct err *e)
{
    if (crypto_pwhash_str(out, code, strlen(code), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE))
        return err_set(e, ERR_LIMIT, "argon2id: not enough memory");
    return true;
}

/* A verifier comes from a record, so its cost is not trusted: a string that asks for a gigabyte is no verifier of ours.
 */
static bool verifier_check(const char *verifier, const char *code)
{
    char padded[VERIFIER_BYTES] = {0};
    size_t len = strnlen(verifier, sizeof padded);
    if (len >= sizeof padded || strncmp(verifier, "$argon2id$v=19$m=", 17))
        return false;
    memcpy(padded, verifier, len);
    char *end;
    unsigned long long kib = strtoull(verifier + 17, &end, 10);
    if (kib > crypto_pwhash_MEMLIMIT_INTERACTIVE / 1024 || strncmp(end, ",t=", 3) || strtoull(end + 3, NULL, 10) > 8)
        return false;
    return crypto_pwhash_str_verify(padded, code, strlen(code)) == 0;
}

static void aead_seal(const unsigned char key[KEY_BYTES], const char *context, const void *p, size_t len,
                      struct str *out)
{
    unsigned char *at = (unsigned char *)str_reserve(out, len + AEAD_OVERHEAD);
    randombytes_buf(at, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(at + NONCE, NULL, p, len, (const unsigned char *)context,
                                               strlen(context), NULL, at, key);
    out->len += len + AEAD_OVERHEAD;
    out->p[out->len] = '\0';
}

/* What was written behind out->len before a failure must not stay readable. */
static bool refuse(struct str *out, void *at, size_t dirty, struct err *e, const char *what)
{
    sodium_memzero(at, dirty);
    out->p[out->len] = '\0';
    return err_set(e, ERR_CRYPTO, "%s: the bytes do not fit the key", what);
}

static bool aead_open(const unsigned char key[KEY_BYTES], const char *context, const void *p, size_t len,
                      struct str *out, struct err *e)
{
    if (len < AEAD_OVERHEAD)
        return err_set(e, ERR_CRYPTO, "aead: too short");
    const unsigned char *in = p;
    size_t plain = len - AEAD_OVERHEAD;
    unsigned char *at = (unsigned char *)str_reserve(out, plain + 1);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(at, NULL, NULL, in + NONCE, len - NONCE,
                                                   (const unsigned char *)context, strlen(context), in, key))
        return refuse(out, at, plain, e, "aead");
    out->len += plain;
    out->p[out->len] = '\0';
    return true;
}

static int64_t stream_bytes(int64_t plain)
{
    int64_t chunks = plain ? (plain + CHUNK - 1) / CHUNK : 1;
    return (int64_t)HEADER + plain + chunks * (int64_t)(CHUNK_SEALED - CHUNK);
}

/* header ‖ chunk…; the last chunk carries the final tag, so that a shortened stream does not open. */
static void stream_seal(const unsigned char key[KEY_BYTES], const void *p, size_t len, struct str *out)
{
    const unsigned char *in = p;
    size_t sealed = (size_t)stream_bytes((int64_t)len);
    unsigned char *at = (unsigned char *)str_reserve(out, sealed);
    crypto_secretstream_xchacha20poly1305_state st;
    crypto_secretstream_xchacha20poly1305_init_push(&st, at, key);
    at += HEADER;
    bool last;
    do {
        size_t n = len < CHUNK ? len : CHUNK;
        last = n == len;
        crypto_secretstream_xchacha20poly1305_push(&st, at, NULL, in, n, NULL, 0,
                                                   last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
        at += n + CHUNK_SEALED - CHUNK;
        in += n;
        len -= n;
    } while (!last);
    sodium_memzero(&st, sizeof st);
    out->len += sealed;
    out->p[out->len] = '\0';
}

static bool stream_open(const unsigned char key[KEY_BYTES], const void *p, size_t len, struct str *out, struct err *e)
{
    if (len < HEADER + CHUNK_SEALED - CHUNK)
        return err_set(e, ERR_CRYPTO, "stream: too short");
    const unsigned char *in = p;
    unsigned char *first = (unsigned char *)str_reserve(out, len), *at = first;
    crypto_secretstream_xchacha20poly1305_state st;
    bool ok = crypto_secretstream_xchacha20poly1305_init_pull(&st, in, key) == 0;
    in += HEADER;
    len -= HEADER;
    while (ok) {
        size_t n = len < CHUNK_SEALED ? len : CHUNK_SEALED;
        unsigned long long got = 0;
        unsigned char tag = 0;
        ok = n >= CHUNK_SEALED - CHUNK &&
             crypto_secretstream_xchacha20poly1305_pull(&st, at, &got, &tag, in, n, NULL, 0) == 0;
        at += got;
        in += n;
        len -= n;
        bool final = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
        if (ok && final != (len == 0))
            ok = false;
        if (len == 0)
            break;
    }
    sodium_memzero(&st, sizeof st);
    if (!ok)
        return refuse(out, first, (size_t)(at - first), e, "stream");
    out->len += (size_t)(at - first);
    out->p[out->len] = '\0';
    return true;
}

static void box_keys(unsigned char pub[KEY_BYTES], unsigned char secret[KEY_BYTES])
{
    crypto_box_keypair(pub, secret);
}

static void box_seal(const unsigned char pub[KEY_BYTES], const void *p, size_t len, struct str *out)
{
    unsigned char *at = (unsigned char *)str_reserve(out, len + BOX_OVERHEAD);
    if (crypto_box_seal(at, p, len, pub)) /* only for a public key of low order: nobody's key */
        abort();
    out->len += len + BOX_OVERHEAD;
    out->p[out->len] = '\0';
}

static bool box_open(const unsigned char pub[KEY_BYTES], const unsigned char secret[KEY_BYTES], const void *p,
                     size_t len, struct str *out, struct err *e)
{
    if (len < BOX_OVERHEAD)
        return err_set(e, ERR_CRYPTO, "box: too short");
    size_t plain = len - BOX_OVERHEAD;
    unsigned char *at = (unsigned char *)str_reserve(out, plain + 1);
    if (crypto_box_seal_open(at, p, len, pub, secret))
        return refuse(out, at, plain, e, "box");
    out->len += plain;
    out->p[out->len] = '\0';
    return true;
}

static void sign_keys(unsigned char pub[KEY_BYTES], unsigned char secret[64], const unsigned char *seed_or_null)
{
    if (seed_or_null)
        crypto_sign_seed_keypair(pub, secret, seed_or_null);
    else
        crypto_sign_keypair(pub, secret);
}

static void sign(unsigned char out[SIGN_BYTES], const unsigned char secret[64], const void *p, size_t len)
{
    crypto_sign_detached(out, NULL, p, len, secret);
}

static bool verify(const unsigned char sig[SIGN_BYTES], const unsigned char pub[KEY_BYTES], const void *p, size_t len)
{
    return crypto_sign_verify_detached(sig, p, len, pub) == 0;
}

/* --- known answers --- */

static bool is_hex(const void *bytes, size_t len, const char *hex)
{
    char z[2 * 512 + 1];
    if (len > 512)
        return false;
    hex_encode(bytes, len, z);
    return strcmp(z, hex) == 0;
}

/* FIPS 180-4: one block, and two, which the wide paths of a library take otherwise; at once and in parts. */
static bool sha256_answers(void)
{
    static const struct {
        const char *z, *digest;
    } known[] = {
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
         "nopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        unsigned char whole[HASH_BYTES], parts[HASH_BYTES];
        struct hash_state st;
        size_t len = strlen(known[i].z);
        hash(whole, known[i].z, len);
        hash_init(&st);
        hash_add(&st, known[i].z, 1);
        hash_add(&st, known[i].z + 1, len - 1);
        hash_end(&st, parts);
        if (!is_hex(whole, sizeof whole, known[i].digest) || memcmp(whole, parts, sizeof whole) != 0)
            return false;
    }
    return true;
}

static bool mac_answers(void)
{
    unsigned char h[HASH_BYTES], key[KEY_BYTES] = "Jefe"; /* RFC 4231 case 2: HMAC pads a short key with zeros itself */
    mac(h, key, "what do ya want for nothing?", 28);
    return is_hex(h, sizeof h, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static bool mac_sha1_answers(void)
{
    unsigned char h[SHA1_BYTES]; /* RFC 2202 case 2 */
    mac_sha1(h, "Jefe", 4, "what do ya want for nothing?", 28);
    return is_hex(h, sizeof h, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

static bool derive_answers(void)
{
    unsigned char ikm[22], salt[13], out[KEY_BYTES]; /* RFC 5869 A.1, its first 32 bytes */
    memset(ikm, 0x0b, sizeof ikm);
    for (unsigned i = 0; i < sizeof salt; i++)
        salt[i] = (unsigned char)i;
    derive(out, ikm, sizeof ikm, salt, sizeof salt, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9");
    return is_hex(out, sizeof out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

static bool argon2_answers(void)
{
    static const char v[] = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    return verifier_check(v, "password") && !verifier_check(v, "passwore"); /* the authors' test.c */
}

static bool aead_answers(void)
{
    /* draft-irtf-cfrg-xchacha-03 A.3.1 */
    static const char plain[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
        "sunscreen would be it.";
    static const char sealed_hex[] =
        "404142434445464748494a4b4c4d4e4f5051525354555657bd6d179d3e83d43b9576579493c0e939572a1700252bfacc"
        "bed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945"
        "b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7"
        "987947deafd8780acf49";
    unsigned char key[KEY_BYTES], sealed[sizeof plain - 1 + AEAD_OVERHEAD];
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)(0x80 + i);
    if (!hex_decode(sealed_hex, sealed, sizeof sealed))
        return false;
    static const char aad[] = "\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7";
    struct str out = {0};
    bool ok = aead_open(key, aad, sealed, sizeof sealed, &out, NULL) && out.len == sizeof plain - 1 &&
              !memcmp(out.p, plain, out.len) && !aead_open(key, "other", sealed, sizeof sealed, &out, NULL);
    sealed[NONCE] ^= 1;
    ok = ok && !aead_open(key, aad, sealed, sizeof sealed, &out, NULL);
    str_finish(&out);
    return ok;
}

/* secretstream has no published vector: it is the AEAD above with a key schedule; held here is that it opens what it
 * seals, in one chunk and over a chunk's border, and nothing else. The frozen sample is in the tests. */
static bool stream_answers(void)
{
    static const size_t lengths[] = {0, 1, CHUNK, CHUNK + 1};
    unsigned char key[KEY_BYTES] = {7};
    unsigned char *plain = xcalloc(1, CHUNK + 1);
    bool ok = true;
    for (size_t i = 0; ok && i < ARRAY_LEN(lengths); i++) {
        struct str sealed = {0}, opened = {0};
        stream_seal(key, plain, lengths[i], &sealed);
        ok = sealed.len == (size_t)stream_bytes((int64_t)lengths[i]) &&
             stream_open(key, sealed.p, sealed.len, &opened, NULL) && opened.len == lengths[i] &&
             !memcmp(str_z(&opened), plain, lengths[i]);
        sealed.p[sealed.len - 1] ^= 1;
        ok = ok && !stream_open(key, sealed.p, sealed.len, &opened, NULL);
        str_finish(&sealed);
        str_finish(&opened);
    }
    free(plain);
    return ok;
}

static bool box_answers(void)
{
    unsigned char secret[KEY_BYTES], pub[KEY_BYTES]; /* RFC 7748 6.1 */
    if (!hex_decode("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", secret, sizeof secret))
        return false;
    crypto_scalarmult_base(pub, secret);
    if (!is_hex(pub, sizeof pub, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"))
        return false;
    struct str sealed = {0}, opened = {0};
    box_seal(pub, "abc", 3, &sealed);
    bool ok =
        box_open(pub, secret, sealed.p, sealed.len, &opened, NULL) && opened.len == 3 && !memcmp(opened.p, "abc", 3);
    sealed.p[sealed.len - 1] ^= 1;
    ok = ok && !box_open(pub, secret, sealed.p, sealed.len, &opened, NULL);
    str_finish(&sealed);
    str_finish(&opened);
    return ok;
}

static bool blake2b_answers(void)
{
    unsigned char h[HASH512_BYTES]; /* RFC 7693 appendix A */
    hash512(h, "abc", 3);
    return is_hex(h, sizeof h,
                  "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                  "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

static bool sign_answers(void)
{
    unsigned char seed[32], pub[KEY_BYTES], secret[64], sig[SIGN_BYTES]; /* RFC 8032 7.1 TEST 2 */
    if (!hex_decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, sizeof seed))
        return false;
    sign_keys(pub, secret, seed);
    sign(sig, secret, "\x72", 1);
    return is_hex(pub, sizeof pub, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c") &&
           is_hex(sig, sizeof sig,
                  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b"
                  "2eaeb4302aeeb"
                  "00d291612bb0c00") &&
           verify(sig, pub, "\x72", 1) && !verify(sig, pub, "\x73", 1);
}

static bool self_test(struct err *e)
{
    static const struct {
        const char *name;
        bool (*answers)(void);
    } tests[] = {{"sha-256", sha256_answers},     {"hmac-sha-256", mac_answers}, {"hkdf-sha-256", derive_answers},
                 {"argon2id", argon2_answers},    {"xchacha20", aead_answers},   {"secretstream", stream_answers},
                 {"x25519 box", box_answers},     {"ed25519", sign_answers},     {"blake2b", blake2b_answers},
                 {"hmac-sha-1", mac_sha1_answers}};
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        if (!tests[i].answers())
            return err_set(e, ERR_CRYPTO, "self-test: %s gives a wrong answer", tests[i].name);
    return true;
}

const struct crypto_ops *crypto_sodium(void)
{
    static const struct crypto_ops ops = {
        .name = "sodium-1",
        .self_test = self_test,
        .random = randombytes_buf,
        .wipe = sodium_memzero,
        .secret_alloc = secret_alloc,
        .secret_free = sodium_free,
        .hash = hash,
        .hash_init = hash_init,
        .hash_add = hash_add,
        .hash_end = hash_end,
        .hash512 = hash512,
        .mac = mac,
        .mac_sha1 = mac_sha1,
        .derive = derive,
        .code_key = code_key,
        .verifier_make = verifier_make,
        .verifier_check = verifier_check,
        .aead_seal = aead_seal,
        .aead_open = aead_open,
        .stream_seal = stream_seal,
        .stream_open = stream_open,
        .stream_bytes = stream_bytes,
        .box_keys = box_keys,
        .box_seal = box_seal,
        .box_open = box_open,
        .sign_keys = sign_keys,
        .sign = sign,
        .verify = verify,
    };
    if (sodium_init() < 0) /* 1: was done already; thread-safe */
        abort();
    return &ops;
}
