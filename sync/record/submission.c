/* submission.c — a submission is built once: payload → canonical bytes → sealed box → digest. From there on only bytes
 * are moved. */
#include "sync/record/envelope.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/clock.h"

#include <string.h>

struct files_call {
    bool (*each)(void *ctx, struct doc_path p, const json_t *file);
    void *ctx;
};

static bool field_files(const struct doc *d, struct doc_path p, const struct files_call *call)
{
    const json_t *value = doc_get(d, p);
    size_t i;
    json_t *file;
    if (json_is_object(value) && json_object_get(value, "sha256"))
        return call->each(call->ctx, p, value);
    json_array_foreach((json_t *)value, i,
                       file) if (json_object_get(file, "sha256") && !call->each(call->ctx, p, file)) return false;
    return true;
}

bool doc_files(const struct doc *d, bool (*each)(void *ctx, struct doc_path p, const json_t *file), void *ctx)
{
    const struct form_set *forms = doc_forms(d);
    const struct files_call call = {each, ctx};
    for (size_t i = 0; i < form_section_count(forms); i++) {
        const struct form_section *s = form_section_at(forms, i);
        int first = s->many ? 0 : NO_ENTRY, end = s->many ? doc_entries(d, s->key) : 0;
        for (int entry = first; entry < end; entry++)
            for (size_t k = 0; k < s->n_fields; k++)
                if (!field_files(d, (struct doc_path){s->key, entry, s->fields[k].key}, &call))
                    return false;
    }
    return true;
}

/* --- building --- */

static bool proof_known(const char *proof)
{
    static const char *const proofs[] = {"typed", "login", "wechat", "chip"};
    for (size_t i = 0; proof && i < ARRAY_LEN(proofs); i++)
        if (!strcmp(proofs[i], proof))
            return true;
    return false;
}

static json_t *export_scope(const struct doc *d, enum form_scope scope, struct err *e)
{
    struct str bytes = {0};
    json_t *j = doc_export(d, scope, &bytes, e) ? canon_parse(str_z(&bytes), bytes.len, e) : NULL;
    str_finish_secret(&bytes);
    return j;
}

static void set_text(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

static json_t *payload_json(const struct crypto_ops *c, const struct submission_input *in, struct err *e)
{
    CLEANUP(json) json_t *person = export_scope(in->doc, SCOPE_PERSON, e);
    CLEANUP(json) json_t *title = person ? export_scope(in->doc, SCOPE_TITLE, e) : NULL;
    char verifier[VERIFIER_BYTES];
    if (!title || (in->code && !c->verifier_make(verifier, in->code, e)))
        return NULL;
    json_t *p = json_object();
    set_text(p, "declaration", in->declaration);
    json_object_set_new(p, "version", json_integer(in->version));
    set_text(p, "receipt", in->receipt);
    set_text(p, "proof", in->proof);
    set_text(p, "consent", in->consent);
    set_text(p, "codes", form_set_codes_version(doc_forms(in->doc)));
    set_text(p, "code", in->code ? verifier : in->verifier);
    json_object_set(p, "person", person);
    json_object_set(p, "title", title);
    json_t *unit = json_object();
    set_text(unit, "name", in->unit_name ? in->unit_name : "");
    set_text(unit, "code", in->unit_code);
    json_object_set_new(p, "unit", unit);
    set_text(p, "claim", in->claim);
    return p;
}

static json_t *blobs_json(const struct submission *s)
{
    json_t *blobs = json_array();
    for (size_t i = 0; i < s->n_blobs; i++) {
        json_t *b = json_object();
        set_text(b, "sha256", s->blobs[i].sha256);
        json_object_set_new(b, "bytes", json_integer(s->blobs[i].bytes));
        json_array_append_new(blobs, b);
    }
    return blobs;
}

static bool write_envelope(const struct crypto_ops *c, const struct submission_input *in, struct submission *s,
                           struct err *e)
{
    char boot[37];
    clock_boot_id(boot);
    CLEANUP(json) json_t *j = json_object();
    set_text(j, "declaration", s->declaration);
    json_object_set_new(j, "version", json_integer(s->version));
    set_text(j, "receipt", s->receipt);
    set_text(j, "form", form_set_version(doc_forms(in->doc)));
    set_text(j, "rules", form_set_rules_version(doc_forms(in->doc)));
    set_text(j, "codes", form_set_codes_version(doc_forms(in->doc)));
    set_text(j, "key", in->platform_key_id);
    set_text(j, "crypto", c->name);
    set_text(j, "digest", s->digest);
    json_object_set_new(j, "blobs", blobs_json(s));
    json_object_set_new(j, "wall", json_integer(clock_wall(in->clock)));
    json_object_set_new(j, "mono", json_integer(clock_mono(in->clock)));
    set_text(j, "boot", boot);
    return canon_write(j, &s->envelope, e);
}

static bool check_input(const struct submission_input *in, struct err *e)
{
    char receipt[RECEIPT_SIZE];
    if (!uuid_valid(in->declaration) || in->version < 1)
        return err_set(e, ERR_FORMAT, "submission: declaration or version");
    if (!receipt_parse(in->receipt, receipt) || strcmp(receipt, in->receipt))
        return err_set(e, ERR_FORMAT, "submission: receipt number");
    if (!proof_known(in->proof) || !in->consent || !*in->consent)
        return err_set(e, ERR_FORMAT, "submission: proof or consent");
    if (!in->platform_key || !in->platform_key_id || !*in->platform_key_id)
        return err_set(e, ERR_STATE, "submission: the platform's public key is not known yet");
    return true;
}

bool submission_build(const struct crypto_ops *c, const struct submission_input *in, struct submission *out,
                      struct err *e)
{
    if (!check_input(in, e))
        return false;
    CLEANUP(json) json_t *payload = payload_json(c, in, e);
    CLEANUP(submission) struct submission s = {.version = in->version};
    struct str plain = {0};
    bool ok = payload && json_blobs(c, payload, &s.blobs, &s.n_blobs, e) && canon_write(payload, &plain, e);
    if (ok)
        c->box_seal(in->platform_key, plain.p, plain.len, &s.sealed);
    str_finish_secret(&plain);
    if (!ok)
        return err_prefix(e, "submission");
    crypto_hash_hex(c, s.sealed.p, s.sealed.len, s.digest);
    zcopy(s.declaration, sizeof s.declaration, in->declaration);
    zcopy(s.receipt, sizeof s.receipt, in->receipt);
    if (!write_envelope(c, in, &s, e))
        return err_prefix(e, "envelope");
    *out = s;
    s = (struct submission){0};
    return true;
}

/* --- opening --- */

static bool same(const json_t *a, const json_t *b, const char *name)
{
    const json_t *x = json_object_get(a, name), *y = json_object_get(b, name);
    return x && y && json_equal((json_t *)x, (json_t *)y);
}

static bool same_blobs(const struct crypto_ops *c, const json_t *envelope, const json_t *payload, struct err *e)
{
    struct submission s = {0};
    if (!json_blobs(c, payload, &s.blobs, &s.n_blobs, e))
        return false;
    CLEANUP(json) json_t *cited = blobs_json(&s);
    submission_finish(&s);
    if (!json_equal(cited, json_object_get(envelope, "blobs")))
        return err_set(e, ERR_FORMAT, "envelope and payload cite different blobs");
    return true;
}

static bool agree(const struct crypto_ops *c, const json_t *envelope, const json_t *payload, struct err *e)
{
    static const char *const names[] = {"declaration", "version", "receipt"};
    static const char *const scopes[] = {"person", "title"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!same(envelope, payload, names[i]))
            return err_set(e, ERR_FORMAT, "envelope and payload differ in %s", names[i]);
    for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
        const json_t *scope = json_object_get(payload, scopes[i]);
        if (!same(envelope, scope, "form") || !same(envelope, scope, "rules"))
            return err_set(e, ERR_FORMAT, "envelope and %s name different versions", scopes[i]);
    }
    if ((json_object_get(envelope, "codes") || json_object_get(payload, "codes")) && !same(envelope, payload, "codes"))
        return err_set(e, ERR_FORMAT, "envelope and payload name different dictionaries");
    if (!uuid_valid(json_string_value(json_object_get(payload, "declaration"))) ||
        json_integer_value(json_object_get(payload, "version")) < 1)
        return err_set(e, ERR_FORMAT, "payload: declaration or version");
    if (!proof_known(json_string_value(json_object_get(payload, "proof"))))
        return err_set(e, ERR_FORMAT, "payload: proof");
    return same_blobs(c, envelope, payload, e);
}

json_t *submission_open(const struct crypto_ops *c, const json_t *envelope, const void *sealed, size_t len,
                        const unsigned char pub[KEY_BYTES], const unsigned char secret[KEY_BYTES], struct err *e)
{
    const char *suite = json_string_value(json_object_get(envelope, "crypto"));
    const char *digest = json_string_value(json_object_get(envelope, "digest"));
    char found[HASH_HEX];
    crypto_hash_hex(c, sealed, len, found);
    if (!suite || strcmp(suite, c->name)) {
        err_set(e, ERR_FORMAT, "envelope: sealed by a suite that is not %s", c->name);
        return NULL;
    }
    if (!digest || strcmp(digest, found)) {
        err_set(e, ERR_CRYPTO, "envelope: the digest is not that of the sealed bytes");
        return NULL;
    }
    struct str plain = {0};
    json_t *payload =
        c->box_open(pub, secret, sealed, len, &plain, e) ? canon_parse(str_z(&plain), plain.len, e) : NULL;
    str_finish_secret(&plain);
    if (payload && !agree(c, envelope, payload, e)) {
        json_decref(payload);
        return NULL;
    }
    return payload;
}
