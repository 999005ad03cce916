/* package.h — what the region's operator changes without a new program: a package, one file NAME.bpk.
 *
 *   bulu-package 1\n
 *   {"date":"2026-12-01","files":[{"bytes":n,"path":"forms/06_basic.json","sha256":hex},…],"name":"forms",
 *    "needs":{"program":"1.0"},"replaces":["2026.12.9"],"version":"2026.12.1"}\n
 *   the files' bytes, one behind the other, in the order of the list, and nothing behind them
 *
 * name: a-z 0-9 - · version: 1 to 4 numbers with dots, compared as numbers · needs.program: the least version of the
 * programs that understands the content · replaces (optional): newer versions that this older one may stand in for;
 * without it nothing older ever replaces anything newer. Files are text in UTF-8, in the folders forms, rules, codes,
 * strings and guide of assets/, whose own formats they have; a catalogue in strings/ holds only what it adds or
 * changes, every other file replaces one of the same path or is new.
 *
 * Beside it NAME.bpk.minisig, a detached signature as minisign 0.11 makes it (jedisct1.github.io/minisign): Ed25519
 * over the file ("Ed", what we make: minisign -l) or over its BLAKE2b-512 ("ED", what minisign makes by itself), and a
 * second one over the signature and the trusted comment. Public keys are minisign's too: base64 of "Ed", key id (8
 * bytes), key.
 *
 * Pure; everything here takes bytes from anywhere. Any thread. */
#ifndef BULU_RECORD_PACKAGE_H
#define BULU_RECORD_PACKAGE_H

#include "sync/record/seal.h"

#define PACKAGE_SUFFIX    ".bpk"
#define PACKAGE_SIGNATURE ".minisig"
#define PACKAGE_PROGRAM   "1.0" /* of these programs, for needs.program */
#define PACKAGE_BYTES_MAX (16u << 20)
#define PACKAGE_FILES_MAX 256
#define VERSION_SIZE      32

/* Numbers with dots: "2026.11.1". order: < 0, 0, > 0; missing numbers count as 0. Both must be valid. */
bool version_valid(const char *z);
int version_order(const char *a, const char *b);

struct package_file {
    char path[80];     /* FOLDER/NAME */
    const char *bytes; /* in the package's own */
    size_t len;
};
struct package {
    char name[40], version[VERSION_SIZE], date[11], needs_program[VERSION_SIZE];
    char replaces[8][VERSION_SIZE];
    size_t n_replaces;
    struct package_file *files; /* sorted by path, each once */
    size_t n_files;
};
void package_finish(struct package *p);
static inline void package_cleanup(struct package *p)
{
    package_finish(p);
}
/* bytes must outlive the package. ERR_FORMAT or ERR_LIMIT say where and why; ERR_STATE: it needs a newer program. */
bool package_parse(const struct crypto_ops *c, const char *bytes, size_t len, struct package *out,
                   struct err *e) WARN_UNUSED;
/* Appends the file. What package_parse would refuse is refused. */
bool package_write(const struct crypto_ops *c, const struct package *p, struct str *out, struct err *e) WARN_UNUSED;
/* A path that a package may bring: one of the five folders, a plain name with the ending that belongs there. */
bool package_path_ok(const char *path);
bool package_name_ok(const char *name);
/* May p stand in the place of the installed version? NULL: yes; else why not. */
const char *package_may_replace(const struct package *p, const char *installed_version);

/* --- signatures --- */
struct package_key { /* public half */
    unsigned char id[8];
    unsigned char pub[KEY_BYTES];
};
#define PACKAGE_COMMENT_SIZE 200
/* Appends the text of NAME.bpk.minisig. comment: without line breaks. */
void package_sign(const struct crypto_ops *c, const unsigned char id[8], const unsigned char secret[64],
                  const void *bytes, size_t len, const char *comment, struct str *out);
/* ERR_FORMAT: no signature at all; ERR_DENIED: by a key that is not among these; ERR_CRYPTO: not of these bytes.
 * comment (may be NULL): the trusted comment. *by (may be NULL): which key. */
bool package_verify(const struct crypto_ops *c, const void *bytes, size_t len, const char *sig, size_t sig_len,
                    const struct package_key *keys, size_t n_keys, char comment[PACKAGE_COMMENT_SIZE], size_t *by,
                    struct err *e) WARN_UNUSED;
/* minisign's public key file: a comment line and a line of base64, or that line alone. */
bool package_key_parse(const char *p, size_t len, struct package_key *out, struct err *e) WARN_UNUSED;
void package_key_write(const struct package_key *k, struct str *out);
/* Our keys' ids: the first 8 bytes of the public half's SHA-256. */
void package_key_id(const struct crypto_ops *c, const unsigned char pub[KEY_BYTES], unsigned char id[8]);
/* From the list that the platform hands out: JSON [{"id":16 hex,"public":base64}…]. Rows that make no sense are left
 * out. Returns how many; writes at most max. */
size_t package_keys_parse(const char *json, size_t len, struct package_key *out, size_t max);

#endif
