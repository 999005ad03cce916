/* parking.c — drafts on their way to the person's next kiosk. A save of somebody who logged in leaves, in its own
 * transaction, one sealed box a declaration: the newest. The agent sends it after its blobs, whenever there is a network,
 * also when the person has gone; what the platform answers is noted, unless a later save stands here by then. Only the
 * platform opens a box. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"

#include <string.h>

bool store_parking_next(struct store *s, const char *declaration, int64_t *base, int64_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT base, n FROM parking WHERE declaration = ?", "t", declaration))
        return false;
    int got = db_next(&q, e);
    if (got < 0)
        return false;
    *base = got ? query_int(&q, 0) : 0;
    *n = (got ? query_int(&q, 1) : 0) + 1;
    return true;
}

static bool wait(struct store *s, const struct folder *f, const struct parking_box *box, struct err *e)
{
    return db_run(
        s, e,
        "INSERT INTO parking(declaration, folder, state, base, n, body, gone) SELECT id, folder, 'waiting', 0,"
        " ?2, ?3, ?4 FROM declaration WHERE id = ?1 AND folder = ?5 AND state = 'draft'"
        " ON CONFLICT(declaration) DO UPDATE SET state = CASE state WHEN 'conflict' THEN 'conflict' ELSE "
        "'waiting' END, n = excluded.n, body = excluded.body, gone = excluded.gone, ending = 0",
        "tibbt", box->declaration, box->n, box->body->p, box->body->len, box->gone->p, box->gone->len, f->id);
}

bool store_draft_save_parked(struct store *s, const struct folder *f, const char *declaration, const void *doc,
                             size_t len, const struct parking_box *box, struct err *e)
{
    return db_begin(s, e) && db_end(s, draft_save(s, f, declaration, doc, len, e) && wait(s, f, box, e), e);
}

/* --- taken up here --- */

static bool place(struct store *s, const struct folder *f, const char *declaration, int64_t edit, struct err *e)
{
    return db_run(s, e,
                  "INSERT INTO parking(declaration, folder, state, base, n, edit) VALUES(?1, ?2, 'held', ?3, 0, ?3)"
                  " ON CONFLICT(declaration) DO UPDATE SET folder = ?2, state = 'held', base = ?3, n = 0, edit = ?3,"
                  " ending = 0, body = NULL, gone = NULL",
                  "tti", declaration, f->id, edit);
}

static bool take_place(struct store *s, const struct folder *f, const char *declaration, int version, struct err *e)
{
    int64_t now = wall_now(s), others;
    if (!db_int(s, &others, e, "SELECT count(*) FROM declaration WHERE id = ? AND folder IS NOT NULL AND folder <> ?",
                "tt", declaration, f->id))
        return false;
    if (others)
        return err_set(e, ERR_DENIED, "declaration %s is another person's", declaration);
    if (!db_run(
            s, e,
            "INSERT INTO declaration(id, folder, version, state, made_ms, changed_ms) VALUES(?1, ?2, ?3, 'draft', "
            "?4, ?4) ON CONFLICT(id) DO UPDATE SET folder = ?2, version = ?3, state = 'draft', stamp_ms = 0,"
            " changed_ms = ?4, aged_ms = NULL, stale = 0 WHERE (state = 'draft' AND version <= ?3) OR (version = ?3 "
            "- 1 AND state IN ('unit_returned', 'superior_returned', 'withdrawn')) OR (state = 'purged' AND "
            "version <= ?3)",
            "ttii", declaration, f->id, (int64_t)version, now))
        return false;
    return db_changes(s) == 1 ||
           err_set(e, ERR_STATE, "declaration %s is no draft of version %d here", declaration, version);
}

static bool adopt(struct store *s, const struct folder *f, const char *declaration, int version, int64_t edit,
                  const void *title, size_t len, struct err *e)
{
    return take_place(s, f, declaration, version, e) && blobs_known(s, title, len, e) &&
           document_write(s, f, declaration, title, len, e) && place(s, f, declaration, edit, e) &&
           audit_add(s, e, "draft.taken_up", "declaration=%s version=%d", declaration, version);
}

bool store_draft_adopt(struct store *s, const struct folder *f, const char *declaration, int version, int64_t edit,
                       const void *title, size_t len, struct err *e)
{
    return db_begin(s, e) && db_end(s, adopt(s, f, declaration, version, edit, title, len, e), e);
}

bool store_parking_rebase(struct store *s, const struct folder *f, const char *declaration, int64_t edit, struct err *e)
{
    return db_begin(s, e) && db_end(s, place(s, f, declaration, edit, e), e);
}

/* --- the end --- */

bool parking_drop(struct store *s, const char *declaration, struct err *e)
{
    return db_run(s, e,
                  "UPDATE parking SET body = gone, gone = NULL, n = n + 1, ending = 1, state = 'waiting' WHERE "
                  "declaration = ? AND gone IS NOT NULL AND state <> 'conflict'",
                  "t", declaration) &&
           (db_changes(s) == 1 || db_run(s, e, "DELETE FROM parking WHERE declaration = ?", "t", declaration));
}

/* The row stays: a draft that follows 撤回 counts on, or takes back what the platform still has. */
bool parking_end(struct store *s, const char *declaration, struct err *e)
{
    return db_run(s, e, "UPDATE parking SET body = NULL, state = 'held' WHERE declaration = ?", "t", declaration);
}

/* --- the agent's side --- */

void parking_row_finish(struct parking_row *r)
{
    str_finish(&r->body);
    *r = (struct parking_row){0};
}

bool store_parking_to_send(struct store *s, const char *after, struct parking_row *out, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    size_t len;
    if (!db_query(
            s, &q, e,
            "SELECT declaration, base, n, body FROM parking p WHERE state = 'waiting' AND declaration > ? AND"
            " (ending = 1 OR NOT EXISTS (SELECT 1 FROM cite c JOIN blob b ON b.sha256 = c.sha256 WHERE c.folder = "
            "p.folder AND c.declaration IN ('', p.declaration) AND b.sent = 0 AND b.here = 1))"
            " ORDER BY declaration LIMIT 1",
            "t", after))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no draft waits");
    *out = (struct parking_row){.base = query_int(&q, 1), .n = query_int(&q, 2)};
    zcopy(out->declaration, sizeof out->declaration, query_text(&q, 0));
    const void *body = query_bytes(&q, 3, &len);
    str_add(&out->body, body, len);
    return true;
}

static bool answered(struct store *s, const struct parking_row *r, enum parking_answer answer, int64_t edit,
                     struct err *e)
{
    static const char *const states[] = {[PARKING_KEPT] = "held",
                                         [PARKING_CONFLICT] = "conflict",
                                         [PARKING_SENT] = "held",
                                         [PARKING_REFUSED] = "refused"};
    if (answer == PARKING_KEPT && !db_run(s, e, "UPDATE parking SET edit = ?1 WHERE declaration = ?2 AND base = ?3",
                                          "iti", edit, r->declaration, r->base))
        return false;
    /* A conflict is one for later saves of the same base, too. */
    return db_run(s, e,
                  "UPDATE parking SET state = ?1, body = NULL WHERE declaration = ?2 AND base = ?3 AND (n = ?4 OR ?1 = "
                  "'conflict')",
                  "ttii", states[answer], r->declaration, r->base, r->n) &&
           db_run(s, e, "DELETE FROM parking WHERE declaration = ? AND ending = 1 AND state <> 'waiting'", "t",
                  r->declaration);
}

bool store_parking_answered(struct store *s, const struct parking_row *r, enum parking_answer answer, int64_t edit,
                            struct err *e)
{
    return db_begin(s, e) && db_end(s, answered(s, r, answer, edit, e), e);
}
