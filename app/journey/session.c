#include "app/journey/session.h"

#include <string.h>

void session_begin(struct session *s, const struct crypto_ops *c, const char *id18, const char *code)
{
    session_wipe(s);
    s->crypto = c;
    s->secret = c->secret_alloc(sizeof *s->secret);
    memset(s->secret, 0, sizeof *s->secret);
    zcopy(s->secret->id18, sizeof s->secret->id18, id18);
    zcopy(s->secret->code, sizeof s->secret->code, code);
}

void session_folder(struct session *s, const struct folder *f)
{
    zcopy(s->folder, sizeof s->folder, f->id);
    memcpy(s->secret->key, f->key, KEY_BYTES);
}

struct folder session_folder_copy(const struct session *s)
{
    struct folder f = {0};
    zcopy(f.id, sizeof f.id, s->folder);
    f.key = s->crypto->secret_alloc(KEY_BYTES);
    memcpy(f.key, s->secret->key, KEY_BYTES);
    return f;
}

bool session_open(const struct session *s)
{
    return s->secret && s->folder[0];
}

void session_declaration(struct session *s, const char *declaration, int version)
{
    zcopy(s->declaration, sizeof s->declaration, declaration);
    s->version = version;
    if (s->doc)
        doc_clear_scope(s->doc, SCOPE_TITLE);
}

void session_wipe(struct session *s)
{
    if (s->secret)
        s->crypto->secret_free(s->secret);
    doc_destroy(s->doc);
    memset(s, 0, sizeof *s);
}
