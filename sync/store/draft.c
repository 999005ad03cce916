/* draft.c — what is being written: one document a scope, encrypted under the folder's draft key, with the digests of
 * the blobs it cites beside it. A save is one transaction; true means that it is on the disk. */
#include "sync/store/db.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

static void document_context(const struct folder *f, const char *declaration, char out[112])
{
    snprintf(out, 112, "document %s %s", f->id, declaration);
}

/* What a document's plain bytes cite. */
static bool cited(struct store *s, const void *doc, size_t len, struct blob_ref **refs, size_t *n, struct err *e)
{
    json_error_t je;
    CLEANUP(json) json_t *j = json_loadb(doc, len, JSON_REJECT_DUPLICATES, &je);
    if (!json_is_object(j))
        return err_set(e, ERR_FORMAT, "document: not a JSON object"); /* je.text may quote a value */
    return json_blobs(s->o.crypto, j, refs, n, e);
}

static bool replace_cites(struct store *s, const struct folder *f, const char *declaration, const struct blob_ref *refs,
                          size_t n, struct err *e)
{
    if (!db_run(s, e, "DELETE FROM cite WHERE folder = ? AND declaration = ?", "tt", f->id, declaration))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!db_run(s, e, "INSERT INTO cite VALUES(?, ?, ?)", "ttt", f->id, declaration, refs[i].sha256))
            return false;
    return true;
}

/* The declaration is this folder's and a draft. */
static bool check_draft(struct store *s, const struct folder *f, const char *declaration, struct err *e)
{
    int64_t draft;
    if (!*declaration)
        return true;
    return db_int(s, &draft, e, "SELECT state = 'draft' FROM declaration WHERE id = ? AND folder = ?", "tt",
                  declaration, f->id) &&
           (draft || err_set(e, ERR_STATE, "declaration %s is no draft", declaration));
}

static bool write_document(struct store *s, const struct folder *f, const char *declaration, const struct str *sealed,
                           const struct blob_ref *refs, size_t n, struct err *e)
{
    int64_t now = wall_now(s);
    return db_run(s, e,
                  "INSERT INTO document VALUES(?1, ?2, ?3, ?4)"
                  " ON CONFLICT(folder, declaration) DO UPDATE SET sealed = excluded.sealed, changed_ms = "
                  "excluded.changed_ms",
                  "ttbi", f->id, declaration, sealed->p, sealed->len, now) &&
           replace_cites(s, f, declaration, refs, n, e) &&
           db_run(s, e, "UPDATE declaration SET changed_ms = ?, aged_ms = NULL, stale = 0 WHERE id = ?", "it", now,
                  declaration) &&
           db_run(s, e, "UPDATE folder SET changed_ms = ?, aged_ms = NULL WHERE id = ?", "it", now, f->id);
}

bool document_write(struct store *s, const struct folder *f, const char *declaration, const void *doc, size_t len,
                    struct err *e)
{
    AUTOFREE struct blob_ref *refs = NULL;
    CLEANUP(str) struct str sealed = {0};
    size_t n = 0;
    char context[112];
    if (!cited(s, doc, len, &refs, &n, e))
        return false;
    document_context(f, declaration, context);
    s->o.crypto->aead_seal(f->key, context, doc, len, &sealed);
    return write_document(s, f, declaration, &sealed, refs, n, e);
}

bool draft_save(struct store *s, const struct folder *f, const char *declaration, const void *doc, size_t len,
                struct err *e)
{
    if (!declaration)
        declaration = "";
    return check_draft(s, f, declaration, e) && document_write(s, f, declaration, doc, len, e);
}

bool store_draft_save(struct store *s, const struct folder *f, const char *declaration, const void *doc, size_t len,
                      struct err *e)
{
    return db_begin(s, e) && db_end(s, draft_save(s, f, declaration, doc, len, e), e);
}

bool store_draft_load(struct store *s, const struct folder *f, const char *declaration, struct str *out, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!declaration)
        declaration = "";
    if (!db_query(s, &q, e, "SELECT sealed FROM document WHERE folder = ? AND declaration = ?", "tt", f->id,
                  declaration))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no document");
    size_t len;
    const void *sealed = query_bytes(&q, 0, &len);
    char context[112];
    document_context(f, declaration, context);
    return s->o.crypto->aead_open(f->key, context, sealed, len, out, e) || err_prefix(e, "document %s", declaration);
}

bool store_declaration_create(struct store *s, const struct folder *f, char declaration[37], struct err *e)
{
    char id[37];
    uuid_make(s->o.random, id);
    if (!db_begin(s, e))
        return false;
    int64_t now = wall_now(s);
    bool ok =
        db_run(
            s, e,
            "INSERT INTO declaration(id, folder, version, state, made_ms, changed_ms) VALUES(?, ?, 1, 'draft', ?, ?)",
            "ttii", id, f->id, now, now) &&
        audit_add(s, e, "declaration.made", "declaration=%s", id);
    if (!db_end(s, ok, e))
        return false;
    memcpy(declaration, id, sizeof id);
    return true;
}

/* --- notes: documents whose name is no declaration's --- */

static bool note_name(const char *name, char out[64], struct err *e)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (!n || name[n] || n > 60)
        return err_set(e, ERR_FORMAT, "a note's name");
    snprintf(out, 64, "@%s", name);
    return true;
}

bool store_note_save(struct store *s, const struct folder *f, const char *name, const void *bytes, size_t len,
                     struct err *e)
{
    CLEANUP(str) struct str sealed = {0};
    char at[64], context[112];
    if (!note_name(name, at, e))
        return false;
    document_context(f, at, context);
    s->o.crypto->aead_seal(f->key, context, bytes, len, &sealed);
    if (!db_begin(s, e))
        return false;
    return db_end(s, write_document(s, f, at, &sealed, NULL, 0, e), e);
}

bool store_note_load(struct store *s, const struct folder *f, const char *name, struct str *out, struct err *e)
{
    char at[64];
    return note_name(name, at, e) && store_draft_load(s, f, at, out, e);
}

/* --- throwing away --- */

static bool cited_by(struct store *s, const struct folder *f, const char *declaration, struct blob_ref **refs,
                     size_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT sha256 FROM cite WHERE folder = ? AND declaration = ?", "tt", f->id, declaration))
        return false;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        *refs = xrealloc(*refs, (*n + 1) * sizeof **refs);
        zcopy((*refs)[*n].sha256, HASH_HEX, query_text(&q, 0));
        (*refs)[(*n)++].bytes = 0;
    }
    return got == 0;
}

/* The draft of a new version goes; what was submitted before stays as the platform left it. */
static bool fall_back(struct store *s, const char *declaration, struct err *e)
{
    return db_run(s, e,
                  "UPDATE declaration SET version = version - 1, changed_ms = ?2, aged_ms = NULL,"
                  " state = coalesce((SELECT state FROM history h WHERE h.declaration = ?1 AND h.version = "
                  "declaration.version - 1"
                  "                   ORDER BY n DESC LIMIT 1), 'purged')"
                  " WHERE id = ?1 AND state = 'draft'",
                  "ti", declaration, wall_now(s));
}

static bool delete_rows(struct store *s, const struct folder *f, const char *declaration, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT state, version FROM declaration WHERE id = ? AND folder = ?", "tt", declaration,
                  f->id))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no such declaration in this folder");
    enum decl_state state;
    if (!decl_state_parse(query_text(&q, 0), &state) || state == DECL_QUEUED || state == DECL_SENDING ||
        state == DECL_SEND_FAILED)
        return err_set(e, ERR_STATE, "declaration %s is %s", declaration, query_text(&q, 0));
    int64_t version = query_int(&q, 1);
    query_finish(&q);
    return db_run(s, e, "DELETE FROM document WHERE folder = ?1 AND (declaration = ?2 OR declaration LIKE '@%' || ?2)",
                  "tt", f->id, declaration) &&
           (version > 1 || state != DECL_DRAFT
                ? fall_back(s, declaration, e)
                : db_run(s, e, "DELETE FROM declaration WHERE id = ?", "t", declaration)) &&
           parking_drop(s, declaration, e) &&
           audit_add(s, e, "declaration.deleted", "declaration=%s version=%lld", declaration, (long long)version);
}

bool store_declaration_delete(struct store *s, const struct folder *f, const char *declaration, struct err *e)
{
    AUTOFREE struct blob_ref *refs = NULL;
    size_t n = 0;
    if (!db_begin(s, e))
        return false;
    bool ok = cited_by(s, f, declaration, &refs, &n, e) && delete_rows(s, f, declaration, e) &&
              blob_forget_uncited(s, refs, &n, e);
    if (!db_end(s, ok, e))
        return false;
    blob_unlink(s, refs, n);
    db_scrub(s);
    return true;
}
