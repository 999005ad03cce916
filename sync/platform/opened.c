#include "sync/platform/opened.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/platform/archive.h"
#include "sync/record/envelope.h"

#include <string.h>

static const char *text(const json_t *j, const char *name)
{
    const char *z = json_string_value(json_object_get(j, name));
    return z ? z : "";
}

bool opened_load(struct platform *p, const char *declaration, int version, struct opened *out, struct err *e)
{
    struct opened o = {0};
    bool ok = p->db->ops->submission(p->db, declaration, version, &o.row, e);
    CLEANUP(json) json_t *envelope = ok ? json_loads(o.row.envelope, 0, NULL) : NULL;
    const struct key_pair *key = ok ? keyring_box(p->keys, text(envelope, "key")) : NULL;
    o.forms =
        ok ? archive_find(p->forms, text(envelope, "form"), text(envelope, "rules"), text(envelope, "codes")) : NULL;
    if (ok && (!key || !o.forms))
        ok = err_set(e, ERR_NOT_FOUND, "the %s of this submission is not here", key ? "form version" : "key");
    if (ok && key)
        o.payload = submission_open(p->crypto, envelope, o.row.sealed.p, o.row.sealed.len, key->pub, key->secret, e);
    ok = ok && o.payload;
    if (ok) {
        o.doc = doc_create(o.forms);
        ok = doc_import_json(o.doc, json_object_get(o.payload, "person"), e) &&
             doc_import_json(o.doc, json_object_get(o.payload, "title"), e);
    }
    if (ok)
        *out = o;
    else
        opened_finish(&o);
    return ok;
}

void opened_finish(struct opened *o)
{
    db_submission_finish(&o->row);
    json_decref(o->payload);
    if (o->doc)
        doc_destroy(o->doc);
    *o = (struct opened){0};
}

struct wanted {
    const char *sha256;
    const json_t *found;
};

static bool compare(void *ctx, struct doc_path p, const json_t *file)
{
    struct wanted *w = ctx;
    (void)p;
    if (!strcmp(text(file, "sha256"), w->sha256))
        w->found = file;
    return !w->found;
}

const json_t *opened_file(const struct opened *o, const char *sha256)
{
    struct wanted w = {sha256, NULL};
    doc_files(o->doc, compare, &w);
    return w.found;
}

bool opened_bytes(struct platform *p, const json_t *file, struct str *out, struct err *e)
{
    const char *key = text(file, "key");
    char digest[HASH_HEX];
    CLEANUP(str) struct str raw = {0}, sealed = {0};
    struct str plain = {0};
    bool ok = (base64_decode(&raw, key, strlen(key), BASE64_STANDARD) && raw.len == KEY_BYTES) ||
              err_set(e, ERR_FORMAT, "the file's key is no key");
    ok = ok && p->blobs->ops->get(p->blobs, text(file, "sha256"), (size_t)p->conf.upload_bytes, &sealed, e) &&
         p->crypto->stream_open((const unsigned char *)raw.p, str_z(&sealed), sealed.len, &plain, e);
    if (ok) {
        crypto_hash_hex(p->crypto, str_z(&plain), plain.len, digest);
        ok = !strcmp(digest, text(file, "digest")) ||
             err_set(e, ERR_CRYPTO, "the file is not the one that the document cites");
    }
    if (ok)
        str_add(out, str_z(&plain), plain.len);
    str_finish_secret(&plain);
    return ok;
}
