/* expire.c — no person's data outlives its purpose here, and no wrong clock takes a draft away. An age runs from the
 * first time that the platform's clock was heard after the last change (aged_ms), to the platform's time now: the
 * kiosk's own clock has no say. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"

#include <inttypes.h>

#define DELIVERED "('delivered', 'forwarded', 'submitted_unit', 'unit_review', 'submitted_superior', 'done')"
#define UNSENT    "('queued', 'sending', 'send_failed')"

/* A stamp from the future (the platform's clock was set back) begins anew: longer, not shorter. */
static bool start_ages(struct store *s, int64_t now_ms, struct err *e)
{
    return db_run(s, e, "UPDATE folder SET aged_ms = ?1 WHERE aged_ms IS NULL OR aged_ms > ?1", "i", now_ms) &&
           db_run(s, e, "UPDATE declaration SET aged_ms = ?1 WHERE aged_ms IS NULL OR aged_ms > ?1", "i", now_ms);
}

/* What was delivered is the platform's; a correction fetches it from there. */
static bool wipe_delivered(struct store *s, int64_t before_ms, int64_t *wiped, struct err *e)
{
    if (!db_run(s, e,
                "DELETE FROM document WHERE declaration IN (SELECT id FROM declaration WHERE state IN " DELIVERED
                " AND aged_ms <= ?)",
                "i", before_ms))
        return false;
    *wiped = db_changes(s);
    return db_run(s, e,
                  "DELETE FROM document WHERE declaration LIKE '@%-________-____-____-____-____________' AND"
                  " substr(declaration, -36) IN (SELECT id FROM declaration WHERE state IN " DELIVERED
                  " AND aged_ms <= ?)",
                  "i", before_ms);
}

#define OLD                                                                                                            \
    "SELECT id FROM folder WHERE aged_ms <= ?1 AND NOT EXISTS"                                                         \
    " (SELECT 1 FROM declaration d WHERE d.folder = folder.id AND d.state IN " UNSENT ")"

static bool wipe_folders(struct store *s, int64_t before_ms, int64_t *wiped, struct err *e)
{
    if (!db_run(s, e, "DELETE FROM attempt WHERE subject IN (SELECT 'folder:' || id FROM (" OLD "))", "i", before_ms) ||
        !db_run(s, e, "UPDATE declaration SET state = 'purged' WHERE state = 'draft' AND folder IN (" OLD ")", "i",
                before_ms) ||
        !db_run(s, e, "DELETE FROM declaration WHERE state = 'purged' AND receipt = '' AND folder IN (" OLD ")", "i",
                before_ms) ||
        !db_run(s, e, "DELETE FROM folder WHERE id IN (" OLD ")", "i", before_ms))
        return false;
    *wiped = db_changes(s);
    return true;
}

bool store_expire(struct store *s, int64_t now_ms, int64_t draft_age_ms, int64_t grace_ms, size_t *wiped, struct err *e)
{
    int64_t contents = 0, folders = 0;
    if (!db_begin(s, e))
        return false;
    bool ok = start_ages(s, now_ms, e) && wipe_delivered(s, now_ms - grace_ms, &contents, e) &&
              wipe_folders(s, now_ms - draft_age_ms, &folders, e);
    if (ok && contents + folders)
        ok = audit_add(s, e, "expired", "contents=%" PRId64 " folders=%" PRId64, contents, folders);
    if (!db_end(s, ok, e))
        return false;
    if (contents + folders)
        db_scrub(s);
    *wiped = (size_t)(contents + folders);
    return true;
}

/* --- at the order of staff --- */

static bool purge(struct store *s, const char *folder, struct err *e)
{
    int64_t unsent;
    if (!db_int(s, &unsent, e, "SELECT count(*) FROM declaration WHERE folder = ? AND state IN " UNSENT, "t", folder))
        return false;
    if (unsent)
        return err_set(e, ERR_STATE, "%lld records of this person wait to be sent", (long long)unsent);
    return db_run(s, e, "DELETE FROM slot WHERE folder = ?", "t", folder) &&
           db_run(s, e, "DELETE FROM document WHERE folder = ?", "t", folder) &&
           db_run(s, e, "DELETE FROM attempt WHERE subject = 'folder:' || ?", "t", folder) &&
           db_run(s, e, "DELETE FROM declaration WHERE folder = ? AND state = 'draft' AND receipt = ''", "t", folder) &&
           db_run(s, e, "UPDATE declaration SET state = 'purged' WHERE folder = ? AND state = 'draft'", "t", folder) &&
           db_run(s, e, "DELETE FROM folder WHERE id = ?", "t", folder) &&
           audit_add(s, e, "purged", "folder=%s", folder);
}

bool store_purge(struct store *s, const char *receipt, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    char number[RECEIPT_SIZE], folder[37];
    if (!receipt_parse(receipt, number))
        return err_set(e, ERR_NOT_FOUND, "not a receipt number");
    if (!db_query(s, &q, e,
                  "SELECT d.folder FROM receipt r JOIN declaration d ON d.id = r.declaration WHERE r.number = ? AND "
                  "d.folder IS NOT NULL",
                  "t", number))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "nothing of this receipt's person is left here");
    zcopy(folder, sizeof folder, query_text(&q, 0));
    query_finish(&q);
    if (!db_begin(s, e) || !db_end(s, purge(s, folder, e), e))
        return false;
    db_scrub(s);
    return true;
}

bool store_folder_delete(struct store *s, const char *id18, struct err *e)
{
    unsigned char tag[HASH_BYTES];
    int64_t folders = 0;
    if (!folder_tag(s, id18, tag, e) || !db_begin(s, e))
        return false;
    const size_t n = sizeof tag;
    bool ok = db_run(s, e, "DELETE FROM attempt WHERE subject IN (SELECT 'folder:' || id FROM folder WHERE tag = ?)",
                     "b", tag, n) &&
              db_run(s, e,
                     "UPDATE declaration SET state = 'purged' WHERE state = 'draft' AND folder IN (SELECT id FROM "
                     "folder WHERE tag = ?)",
                     "b", tag, n) &&
              db_run(s, e,
                     "DELETE FROM declaration WHERE state = 'purged' AND receipt = '' AND folder IN (SELECT id FROM "
                     "folder WHERE tag = ?)",
                     "b", tag, n) &&
              db_run(s, e, "DELETE FROM folder WHERE tag = ?", "b", tag, n);
    if (ok)
        folders = db_changes(s);
    if (ok && !folders)
        ok = err_set(e, ERR_NOT_FOUND, "no folder of this person here");
    ok = ok && audit_add(s, e, "folder.deleted", "by=owner");
    if (!db_end(s, ok, e))
        return false;
    db_scrub(s);
    return true;
}
