/* make_batch — a batch as a kiosk sends it, made from the guide's own example, without a store: for tests of the platform.
 *
 *   make_batch DIR < SPEC       run at the top of the tree
 * SPEC: {"key":{"id","public"},"records":[R…]}, each R one of
 *   {"seq":1,"declaration":uuid,"version":1,"proof":"typed","code":"271828","unit":"…","claim":"…","set":{"form.SECTION.FIELD":"value"…}}   all but seq optional
 *   "broken": a row of tests/data/broken.json, done to it last
 *   {"seq":2,"declaration":uuid,"version":1,"withdrawn":true}
 *   {"raw":"bytes of a line that is none"}
 * Leaves DIR/batch.zst, DIR/lines and the sealed attachments DIR/<sha256>; prints {"records":[{"seq","declaration","version","receipt","digest"}],
 * "blobs":[{"sha256","bytes","digest","name"}]}. */
#include "sync/base/bytes.h"
#include "sync/base/file.h"
#include "sync/protocol/batch.h"
#include "sync/record/envelope.h"
#include "tests/support/broken.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

static struct {
    const char *dir;
    const struct crypto_ops *crypto;
    struct str key;
    const char *key_id;
    json_t *records, *blobs, *papers; /* papers: what a path was sealed as; one batch cites one blob */
    struct str lines;
} job;

static _Noreturn void die(const char *what, const struct err *e)
{
    fprintf(stderr, "make_batch: %s: %s\n", what, e ? e->text : "");
    exit(1);
}

static const char *text(const json_t *j, const char *name, const char *otherwise)
{
    const char *z = json_string_value(json_object_get(j, name));
    return z ? z : otherwise;
}

/* Seals bytes, leaves them in DIR, and gives what a document cites them by: {"sha256","key","digest"}. */
static json_t *seal_bytes(const struct str *plain, const char *name)
{
    CLEANUP(str) struct str sealed = {0}, base64 = {0};
    unsigned char key[KEY_BYTES];
    char sha256[HASH_HEX], digest[HASH_HEX];
    struct err e = {0};
    job.crypto->random(key, sizeof key);
    job.crypto->stream_seal(key, str_z(plain), plain->len, &sealed);
    crypto_hash_hex(job.crypto, sealed.p, sealed.len, sha256);
    crypto_hash_hex(job.crypto, str_z(plain), plain->len, digest);
    base64_encode(&base64, key, sizeof key, BASE64_STANDARD);
    AUTOFREE char *to = path_join(job.dir, sha256);
    if (!file_write_durable(to, sealed.p, sealed.len, 0600, &e))
        die(to, &e);
    json_array_append_new(job.blobs, json_pack("{s:s,s:I,s:s,s:s}", "sha256", sha256, "bytes", (json_int_t)sealed.len,
                                               "digest", digest, "name", name));
    return json_pack("{s:s,s:s,s:s}", "sha256", sha256, "key", base64.p, "digest", digest);
}

static json_t *seal_paper(const char *path, const char *kind, int pages)
{
    CLEANUP(str) struct str plain = {0};
    struct err e = {0};
    if (!file_read(path, 8 << 20, &plain, &e))
        die(path, &e);
    const char *name = strrchr(path, '/') + 1;
    json_t *v = seal_bytes(&plain, name);
    json_object_set_new(v, "name", json_string(name));
    json_object_set_new(v, "kind", json_string(kind));
    json_object_set_new(v, "bytes", json_integer((json_int_t)plain.len));
    json_object_set_new(v, "pages", json_integer(pages));
    return v;
}

static json_t *paper(const char *path, const char *kind, int pages)
{
    json_t *sealed = json_object_get(job.papers, path);
    if (!sealed)
        json_object_set_new(job.papers, path, sealed = seal_paper(path, kind, pages));
    return json_incref(sealed);
}

static bool sealed_here(const char *sha256)
{
    const char *path;
    json_t *paper;
    json_object_foreach(job.papers, path, paper) if (!strcmp(text(paper, "sha256", ""), sha256)) return true;
    return false;
}

/* A file that a row made up says of itself what the row wants; as many bytes as it says arrive. */
static void give_bytes(json_t *v)
{
    const char *sha256 = text(v, "sha256", NULL), *key;
    json_t *below;
    size_t i;
    if (sha256 && !sealed_here(sha256)) {
        CLEANUP(str) struct str plain = {0};
        size_t n = (size_t)json_integer_value(json_object_get(v, "bytes"));
        memset(str_reserve(&plain, n + 1), 'x', n);
        plain.len = n;
        json_t *bytes = seal_bytes(&plain, "made up");
        json_object_update(v, bytes);
        json_decref(bytes);
    }
    json_object_foreach(v, key, below) give_bytes(below);
    json_array_foreach(v, i, below) give_bytes(below);
}

static struct doc *broken(struct doc *d, const json_t *row)
{
    if (!row)
        return d;
    json_t *payload = broken_of(d, row);
    give_bytes(payload);
    struct doc *out = broken_doc(payload);
    json_decref(payload);
    doc_destroy(d);
    return out;
}

static struct doc *declaration(const json_t *set)
{
    struct doc *d = test_declaration();
    const char *path;
    json_t *value;
    struct err e = {0};
    struct doc_path at;
    doc_set(d, ONE("images", "id_card_front"), json_pack("[o]", paper("tests/data/papers/id_card.jpg", "jpg", 1)),
            NULL);
    doc_set(d, ONE("images", "photo_1inch"), json_pack("[o]", paper("tests/data/papers/photo.png", "png", 1)), NULL);
    doc_set(d, ONE("attachments", "cert_original"),
            json_pack("[o,o]", paper("tests/data/papers/certificate.jpg", "jpg", 1),
                      paper("tests/data/papers/approval.pdf", "pdf", 3)),
            NULL);
    json_object_foreach((json_t *)set, path, value)
    {
        if (!doc_path_parse(doc_forms(d), path, &at) || !doc_set_text(d, at, json_string_value(value), &e))
            die(path, &e);
    }
    return d;
}

static void submit(const json_t *r, const char *uuid, int version, json_int_t seq)
{
    char receipt[RECEIPT_SIZE];
    struct err e = {0};
    struct doc *d = broken(declaration(json_object_get(r, "set")), json_object_get(r, "broken"));
    receipt_make(job.crypto, receipt);
    if (json_object_get(r, "receipt"))
        zcopy(receipt, sizeof receipt, text(r, "receipt", ""));
    struct submission_input in = {.doc = d,
                                  .declaration = uuid,
                                  .version = version,
                                  .receipt = receipt,
                                  .proof = text(r, "proof", "typed"),
                                  .consent = "1",
                                  .code = text(r, "code", "271828"),
                                  .claim = text(r, "claim", NULL),
                                  .unit_name = text(r, "unit", "新疆机械研究院（示例单位）"),
                                  .platform_key = (unsigned char *)job.key.p,
                                  .platform_key_id = job.key_id,
                                  .clock = clock_system()};
    CLEANUP(submission) struct submission s = {0};
    if (!submission_build(job.crypto, &in, &s, &e))
        die("submission", &e);
    envelope_line(&job.lines, &s.envelope, seq, s.sealed.p, s.sealed.len);
    json_array_append_new(job.records, json_pack("{s:I,s:s,s:i,s:s,s:s}", "seq", seq, "declaration", uuid, "version",
                                                 version, "receipt", receipt, "digest", s.digest));
    doc_destroy(d);
}

static void add(const json_t *r)
{
    char fresh[UUID_SIZE];
    uuid_make(random_system(), fresh);
    const char *uuid = text(r, "declaration", fresh), *raw = text(r, "raw", NULL);
    json_int_t seq = json_integer_value(json_object_get(r, "seq"));
    int version = json_object_get(r, "version") ? (int)json_integer_value(json_object_get(r, "version")) : 1;
    if (raw)
        str_printf(&job.lines, "%s\n", raw);
    else if (json_is_true(json_object_get(r, "withdrawn")))
        tombstone_line(&job.lines, uuid, version, seq);
    else
        submit(r, uuid, version, seq);
}

static void leave(const char *name, const struct str *bytes)
{
    struct err e = {0};
    AUTOFREE char *path = path_join(job.dir, name);
    if (!file_write_durable(path, str_z(bytes), bytes->len, 0600, &e))
        die(path, &e);
}

int main(int argc, char **argv)
{
    CLEANUP(str) struct str body = {0};
    struct err e = {0};
    json_t *spec = json_loadf(stdin, 0, NULL);
    const json_t *key = json_object_get(spec, "key"), *list = json_object_get(spec, "records");
    const char *public = text(key, "public", "");
    job.crypto = crypto_sodium();
    if (argc != 2 || !job.crypto->self_test(&e) || !base64_decode(&job.key, public, strlen(public), BASE64_STANDARD))
        die("usage: make_batch DIR < SPEC", &e);
    job.dir = argv[1];
    job.key_id = text(key, "id", "");
    job.records = json_array();
    job.blobs = json_array();
    job.papers = json_object();
    for (size_t i = 0; i < json_array_size(list); i++)
        add(json_array_get(list, i));
    if (!wire_batch_pack(job.lines.p, job.lines.len, &body, &e))
        die("batch", &e);
    leave("batch.zst", &body);
    leave("lines", &job.lines);
    json_t *out = json_pack("{s:o,s:o}", "records", job.records, "blobs", job.blobs);
    json_dumpf(out, stdout, JSON_COMPACT);
    json_decref(out);
    json_decref(job.papers);
    json_decref(spec);
    str_finish(&job.lines);
    str_finish(&job.key);
    return 0;
}
