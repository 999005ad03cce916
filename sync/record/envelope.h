/* envelope.h — a submission: what is sealed, what stays readable, and the receipt number.
 *
 * Sealed payload (canonical JSON, then box_seal to the platform's public key):
 *   {"declaration":uuid,"version":n,"receipt":"…","proof":"typed|login|wechat|chip","consent":"<version>","codes":…,"code":<verifier
 * of 取件码>, "person":{doc.h},"title":{doc.h},"unit":{"name":…,"code":…}[,"claim":<claim id of a WeChat ticket to bind,
 * protocol/ticket.h>]}
 * Envelope (readable, one JSON line of a batch; no personal data):
 *   {"declaration":uuid,"version":n,"seq":n,"receipt":…,"form":…,"rules":…,"codes":…,"key":<key
 * id>,"crypto":"sodium-1","digest":sha256 of
 *    sealed,"blobs":[{"sha256":…,"bytes":n}…],"wall":ms,"mono":ms,"boot":uuid,"sealed":base64}
 * codes: version of all dictionaries together (form_set_codes_version); records of before have none.
 * A withdrawn one is a tombstone: {"declaration":…,"version":n,"seq":n,"withdrawn":true}. */
#ifndef BULU_RECORD_ENVELOPE_H
#define BULU_RECORD_ENVELOPE_H

#include "sync/record/doc.h"
#include "sync/record/seal.h"

#define RECEIPT_SIZE 20 /* "7K3M-9QXT-2RWD-P" + NUL, with room */
/* Never one whose check character is * ~ $ = or U. */
void receipt_make(const struct crypto_ops *c, char out[RECEIPT_SIZE]);
/* Normalises what a person typed (case, dashes, O/0, I/1); false when the check character is wrong. */
bool receipt_parse(const char *typed, char out[RECEIPT_SIZE]) WARN_UNUSED;

struct submission {
    char declaration[37];
    int version;
    char receipt[RECEIPT_SIZE];
    char digest[HASH_HEX]; /* of sealed */
    struct str sealed;
    struct str envelope; /* without "seq" and "sealed": the store adds them when it assigns the place in the queue */
    struct blob_ref {
        char sha256[HASH_HEX];
        int64_t bytes; /* of the ciphertext */
    } * blobs;
    size_t n_blobs;
};
void submission_finish(struct submission *s);
static inline void submission_cleanup(struct submission *s)
{
    submission_finish(s);
}

struct submission_input {
    const struct doc *doc;
    const char *declaration;
    int version;
    const char *receipt, *proof, *consent, *code; /* code: the 取件码, turned into a verifier; NULL: none */
    const char *verifier;                         /* instead of code: one that was made before; NULL: none */
    const char *unit_name, *unit_code;
    const char *claim; /* of an offline ticket to bind WeChat; NULL: none */
    const unsigned char *platform_key;
    const char *platform_key_id;
    const struct clock *clock;
};
/* Builds and seals; freezes bytes and digest. */
bool submission_build(const struct crypto_ops *c, const struct submission_input *in, struct submission *out,
                      struct err *e) WARN_UNUSED;
/* The platform's side: opens and checks that payload and envelope agree: ids, receipt, versions of form and rules,
 * digest, blobs. envelope: as parsed from a batch's line (with or without "sealed"). Returns the payload (caller
 * decrefs) or NULL. */
json_t *submission_open(const struct crypto_ops *c, const json_t *envelope, const void *sealed, size_t len,
                        const unsigned char pub[KEY_BYTES], const unsigned char secret[KEY_BYTES],
                        struct err *e) WARN_UNUSED;

/* One line of a batch, with its '\n', from the frozen parts; and the tombstone of a withdrawn one. */
void envelope_line(struct str *out, const struct str *envelope, int64_t seq, const void *sealed, size_t sealed_len);
void tombstone_line(struct str *out, const char *declaration, int version, int64_t seq);

/* Calls each for every file object that the doc's values cite, person scope and title, in the order of the form; stops
 * at false. */
bool doc_files(const struct doc *d, bool (*each)(void *ctx, struct doc_path p, const json_t *file), void *ctx);
/* The same blobs from an exported scope (or a payload), each once, by sha256: sizes of the ciphertext by c. Caller
 * frees *out. */
bool json_blobs(const struct crypto_ops *c, const json_t *scope, struct blob_ref **out, size_t *n,
                struct err *e) WARN_UNUSED;

#endif
