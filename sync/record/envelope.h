/* envelope.h — a submission: what is sealed, what stays readable, and the receipt number.
 *
 * Sealed payload (canonical JSON, then box_seal to the platform's public key):
 *   {"declaration":uuid,"version":n,"receipt":"…","proof":"typed|login|wechat|chip","consent":"<version>","code":<verifier of 取件码>,
 *    "person":{doc.h},"title":{doc.h},"unit":{"name":…,"code":…}}
 * Envelope (readable, one JSON line of a batch; no personal data):
 *   {"declaration":uuid,"version":n,"seq":n,"receipt":…,"form":…,"rules":…,"key":<key id>,"crypto":"sodium-1","digest":sha256 of
 *    sealed,"blobs":[{"sha256":…,"bytes":n}…],"wall":ms,"mono":ms,"boot":uuid,"sealed":base64}
 * A withdrawn one is a tombstone: {"declaration":…,"version":n,"seq":n,"withdrawn":true}. */
#ifndef BULU_RECORD_ENVELOPE_H
#define BULU_RECORD_ENVELOPE_H

#include "sync/record/doc.h"
#include "sync/record/seal.h"

#define RECEIPT_SIZE 20 /* "7K3M-9QXT-2RWD-P" + NUL, with room */
void receipt_make(const struct crypto_ops *c, char out[RECEIPT_SIZE]);
/* Normalises what a person typed (case, dashes, O/0, I/1); false when the check character is wrong. */
bool receipt_parse(const char *typed, char out[RECEIPT_SIZE]) WARN_UNUSED;

struct submission {
    char declaration[37];
    int version;
    char receipt[RECEIPT_SIZE];
    char digest[HASH_HEX];   /* of sealed */
    struct str sealed;
    struct str envelope;     /* without "seq" and "sealed": the store adds them when it assigns the place in the queue */
    struct blob_ref {
        char sha256[HASH_HEX];
        int64_t bytes;       /* of the ciphertext */
    } *blobs;
    size_t n_blobs;
};
void submission_finish(struct submission *s);

struct submission_input {
    const struct doc *doc;
    const char *declaration; int version;
    const char *receipt, *proof, *consent, *code; /* code: the 取件码, turned into a verifier; NULL: none */
    const char *unit_name, *unit_code;
    const unsigned char *platform_key; const char *platform_key_id;
    const struct clock *clock;
};
/* Builds and seals; freezes bytes and digest. */
bool submission_build(const struct crypto_ops *c, const struct submission_input *in, struct submission *out, struct err *e) WARN_UNUSED;
/* The platform's side: opens and checks that payload and envelope agree. Returns the payload (caller decrefs) or NULL. */
json_t *submission_open(const struct crypto_ops *c, const json_t *envelope, const void *sealed, size_t len,
                        const unsigned char pub[KEY_BYTES], const unsigned char secret[KEY_BYTES], struct err *e) WARN_UNUSED;

/* Every sha256 that the doc's file values cite, with the ciphertext size looked up by the caller's function. */
bool doc_files(const struct doc *d, bool (*each)(void *ctx, struct doc_path p, const json_t *file), void *ctx);

#endif
