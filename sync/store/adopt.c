/* adopt.c — what came from the platform to a person who logged in. A declaration keeps its identity (UUID, version)
 * wherever it is worked on: what is sent from here after a return is the next version, and the platform takes a version
 * once. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"

/* --- blobs --- */

bool blobs_known(struct store *s, const void *doc, size_t len, struct err *e)
{
    AUTOFREE struct blob_ref *refs = NULL;
    size_t n = 0;
    CLEANUP(json) json_t *j = json_loadb(doc, len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(j))
        return err_set(e, ERR_FORMAT, "document: not a JSON object");
    if (!json_blobs(s->o.crypto, j, &refs, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!db_run(s, e,
                    "INSERT INTO blob(sha256, sealed_bytes, made_ms, here, sent) VALUES(?, ?, ?, 0, 1)"
                    " ON CONFLICT(sha256) DO UPDATE SET sent = 1",
                    "tii", refs[i].sha256, refs[i].bytes, wall_now(s)))
            return false;
    return true;
}

bool store_blobs_known(struct store *s, const void *doc, size_t len, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, blobs_known(s, doc, len, e), e);
}

bool store_blob_where(struct store *s, const char *sha256, bool *here, bool *sent, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT here, sent FROM blob WHERE sha256 = ?", "t", sha256))
        return false;
    int got = db_next(&q, e);
    if (got < 0)
        return false;
    *here = got && query_int(&q, 0);
    *sent = got && query_int(&q, 1);
    return true;
}

/* --- declarations --- */

/* Its rows are made by status_note where there are none; a receipt that was found by the feed alone learns which 取件码
 * opens it. */
static bool take_in(struct store *s, const struct folder *f, const struct status_update *u, struct err *e)
{
    char number[RECEIPT_SIZE];
    if (!u->receipt || !receipt_parse(u->receipt, number))
        return err_set(e, ERR_FORMAT, "declaration %s: receipt", u->declaration);
    return status_note(s, u, e) &&
           db_run(s, e, "UPDATE declaration SET folder = ?, aged_ms = NULL WHERE id = ? AND folder IS NULL", "tt",
                  f->id, u->declaration) &&
           db_run(s, e,
                  "UPDATE receipt SET (salt, \"check\") = (SELECT salt, \"check\" FROM slot WHERE folder = ?1 AND kind "
                  "= 'code') WHERE number = ?2 AND salt IS NULL"
                  " AND EXISTS (SELECT 1 FROM slot WHERE folder = ?1 AND kind = 'code')",
                  "tt", f->id, number);
}

bool store_profile_note(struct store *s, const struct folder *f, const struct status_update *u, size_t n, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = take_in(s, f, &u[i], e);
    return db_end(s, ok, e);
}

static bool adopt(struct store *s, const struct folder *f, const char *declaration, int version, const void *title,
                  size_t len, struct err *e)
{
    if (!db_run(s, e,
                "UPDATE declaration SET state = 'draft', version = version + 1, stamp_ms = 0, changed_ms = ?, aged_ms "
                "= NULL"
                " WHERE id = ? AND folder = ? AND version = ? AND state IN ('unit_returned', 'superior_returned')",
                "itti", wall_now(s), declaration, f->id, (int64_t)version))
        return false;
    if (db_changes(s) != 1)
        return err_set(e, ERR_STATE, "declaration %s is not returned as version %d", declaration, version);
    return blobs_known(s, title, len, e) && document_write(s, f, declaration, title, len, e) &&
           audit_add(s, e, "declaration.adopted", "declaration=%s version=%d", declaration, version + 1);
}

bool store_declaration_adopt(struct store *s, const struct folder *f, const char *declaration, int version,
                             const void *title, size_t len, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, adopt(s, f, declaration, version, title, len, e), e);
}
