/* queue.c — the outbox: a submission enters with its bytes frozen and a place in the order, and leaves only against its
 * acknowledgement (batch.c). 撤回 and the agent race for a queued record; the compare-and-swap on its state lets one of
 * them win. */
#include "sync/store/db.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <inttypes.h>
#include <string.h>

/* --- epochs --- */

bool store_epoch(struct store *s, char epoch[37], int64_t *last_seq, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT id, last_seq FROM epoch WHERE current = 1", ""))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_FORMAT, "no epoch");
    zcopy(epoch, UUID_SIZE, query_text(&q, 0));
    *last_seq = query_int(&q, 1);
    return true;
}

/* What has not been acknowledged gets new places, in the old order; the negative detour keeps the key unique on the
 * way. A record that was in the batch in hand goes again in another one: the platform knows it by (declaration,
 * version). */
static bool renumber(struct store *s, struct err *e)
{
    return db_run(s, e,
                  "UPDATE declaration SET state = 'queued' WHERE state = 'sending' AND EXISTS (SELECT 1 FROM outbox o "
                  "WHERE o.state = "
                  "'sending' AND o.declaration = declaration.id AND o.version = declaration.version)",
                  "") &&
           db_run(s, e, "DELETE FROM batch", "") &&
           db_run(s, e, "UPDATE outbox SET state = 'waiting', batch = NULL WHERE state = 'sending'", "") &&
           db_run(s, e, "UPDATE outbox SET seq = -seq, part = 0", "") &&
           db_run(s, e,
                  "UPDATE outbox SET seq = r.place FROM (SELECT seq AS old, row_number() OVER (ORDER BY seq DESC) AS "
                  "place FROM outbox) r"
                  " WHERE outbox.seq = r.old",
                  "");
}

bool store_epoch_roll(struct store *s, struct err *e)
{
    char id[UUID_SIZE];
    int64_t count;
    uuid_make(s->o.random, id);
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, e, "UPDATE epoch SET current = 0 WHERE current = 1", "") && renumber(s, e) &&
              db_int(s, &count, e, "SELECT count(*) FROM outbox", "") &&
              db_run(s, e, "INSERT INTO epoch(id, made_ms, last_seq, current) VALUES(?, ?, ?, 1)", "tii", id,
                     wall_now(s), count) &&
              audit_add(s, e, "epoch.made", "epoch=%s unsent=%" PRId64, id, count);
    return db_end(s, ok, e);
}

/* --- in --- */

/* Every blob is here or there; noted, so that it stays until the acknowledgement. */
static bool hold_blobs(struct store *s, const struct submission *sub, struct err *e)
{
    for (size_t i = 0; i < sub->n_blobs; i++) {
        const char *sha256 = sub->blobs[i].sha256;
        int64_t bytes;
        if (!db_int(s, &bytes, e, "SELECT sealed_bytes FROM blob WHERE sha256 = ? AND (here = 1 OR sent = 1)", "t",
                    sha256))
            return err_prefix(e, "blob %s", sha256);
        if (bytes != sub->blobs[i].bytes)
            return err_set(e, ERR_FORMAT, "blob %s: %" PRId64 " bytes here, %" PRId64 " cited", sha256, bytes,
                           sub->blobs[i].bytes);
        if (!db_run(s, e, "INSERT INTO submission_blob VALUES(?, ?, ?)", "tit", sub->declaration, (int64_t)sub->version,
                    sha256))
            return false;
    }
    return true;
}

static bool take_place(struct store *s, int64_t *seq, struct err *e)
{
    return db_run(s, e, "UPDATE epoch SET last_seq = last_seq + 1 WHERE current = 1", "") &&
           db_int(s, seq, e, "SELECT last_seq FROM epoch WHERE current = 1", "");
}

static bool keep_receipt(struct store *s, const struct folder *f, const struct submission *sub, struct err *e)
{
    int64_t others;
    if (!db_int(s, &others, e, "SELECT count(*) FROM receipt WHERE number = ? AND declaration <> ?", "tt", sub->receipt,
                sub->declaration))
        return false;
    if (others)
        return err_set(e, ERR_EXISTS, "receipt number of another declaration");
    return db_run(s, e, "UPDATE declaration SET receipt = ?, stamp_ms = 0 WHERE id = ?", "tt", sub->receipt,
                  sub->declaration) &&
           db_run(s, e,
                  "INSERT INTO receipt SELECT ?1, ?2, salt, \"check\" FROM (SELECT 1) LEFT JOIN slot ON slot.folder = "
                  "?3 AND kind = 'code'"
                  " WHERE true ON CONFLICT(number) DO UPDATE SET salt = excluded.salt, \"check\" = excluded.\"check\"",
                  "ttt", sub->receipt, sub->declaration, f->id);
}

static bool enqueue(struct store *s, const struct folder *f, const struct submission *sub, int64_t *seq, struct err *e)
{
    int64_t mine, now = wall_now(s);
    const struct status_update queued = {
        .declaration = sub->declaration, .version = sub->version, .state = DECL_QUEUED, .at_ms = now};
    if (!db_int(s, &mine, e, "SELECT count(*) FROM declaration WHERE id = ? AND folder = ?", "tt", sub->declaration,
                f->id))
        return false;
    if (!mine)
        return err_set(e, ERR_NOT_FOUND, "no such declaration in this folder");
    return status_move(s, sub->declaration, sub->version, DECL_DRAFT, DECL_QUEUED, e) && keep_receipt(s, f, sub, e) &&
           db_run(s, e,
                  "INSERT INTO submission(declaration, version, receipt, digest, queued_ms) VALUES(?, ?, ?, ?, ?)",
                  "titti", sub->declaration, (int64_t)sub->version, sub->receipt, sub->digest, now) &&
           hold_blobs(s, sub, e) && take_place(s, seq, e) &&
           db_run(s, e,
                  "INSERT INTO outbox(seq, declaration, version, state, envelope, sealed, queued_ms) VALUES(?, ?, ?, "
                  "'waiting', ?, ?, ?)",
                  "itibbi", *seq, sub->declaration, (int64_t)sub->version, sub->envelope.p, sub->envelope.len,
                  sub->sealed.p, sub->sealed.len, now) &&
           parking_end(s, sub->declaration, e) && history_add(s, &queued, e);
}

bool store_submit(struct store *s, const struct folder *f, const struct submission *sub, int64_t *seq, struct err *e)
{
    int64_t place = 0;
    if (!sub->sealed.len || sub->envelope.len < 2)
        return err_set(e, ERR_FORMAT, "submission: empty");
    if (!db_begin(s, e) || !db_end(s, enqueue(s, f, sub, &place, e), e))
        return false;
    *seq = place;
    return true;
}

/* --- out again, by the applicant --- */

static bool withdraw(struct store *s, const char *declaration, struct err *e)
{
    int64_t version;
    if (!db_int(s, &version, e, "SELECT version FROM declaration WHERE id = ?", "t", declaration))
        return false;
    const struct status_update withdrawn = {
        .declaration = declaration, .version = (int)version, .state = DECL_WITHDRAWN, .at_ms = wall_now(s)};
    if (!status_move(s, declaration, (int)version, DECL_QUEUED, DECL_WITHDRAWN, e) ||
        !db_run(s, e,
                "UPDATE outbox SET withdrawn = 1, envelope = NULL, sealed = NULL WHERE declaration = ? AND version = ? "
                "AND state = 'waiting'",
                "ti", declaration, version))
        return false;
    if (db_changes(s) != 1)
        return err_set(e, ERR_STATE, "declaration %s is on its way", declaration);
    return db_run(s, e, "DELETE FROM submission_blob WHERE declaration = ? AND version = ?", "ti", declaration,
                  version) &&
           history_add(s, &withdrawn, e);
}

bool store_withdraw(struct store *s, const char *declaration, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, withdraw(s, declaration, e), e);
}

bool store_reopen(struct store *s, const struct folder *f, const char *declaration, struct err *e)
{
    int64_t known;
    if (!db_begin(s, e))
        return false;
    bool ok =
        db_int(s, &known, e, "SELECT count(*) FROM declaration WHERE id = ? AND folder = ?", "tt", declaration, f->id);
    if (ok && !known)
        ok = err_set(e, ERR_NOT_FOUND, "no such declaration in this folder");
    ok = ok && db_run(s, e,
                      "UPDATE declaration SET state = 'draft', version = version + 1, stamp_ms = 0, changed_ms = ?, "
                      "aged_ms = NULL"
                      " WHERE id = ? AND state IN ('unit_returned', 'superior_returned', 'withdrawn')",
                      "it", wall_now(s), declaration);
    if (ok && db_changes(s) != 1)
        ok = err_set(e, ERR_STATE, "declaration %s was not returned or withdrawn", declaration);
    ok = ok && audit_add(s, e, "declaration.reopened", "declaration=%s", declaration);
    return db_end(s, ok, e);
}

/* --- figures, dead letters --- */

bool store_queue_figures(struct store *s, struct queue_figures *out, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(
            s, &q, e,
            "SELECT count(*) FILTER (WHERE state = 'waiting' AND withdrawn = 0), count(*) FILTER (WHERE state = "
            "'sending'),"
            " count(*) FILTER (WHERE state = 'dead'), (SELECT count(*) FROM submission WHERE acked_ms IS NOT NULL),"
            " coalesce(min(queued_ms) FILTER (WHERE state <> 'dead' AND withdrawn = 0), 0) FROM outbox",
            ""))
        return false;
    if (db_next(&q, e) <= 0)
        return false;
    *out = (struct queue_figures){query_int(&q, 0), query_int(&q, 1), query_int(&q, 2), query_int(&q, 3),
                                  query_int(&q, 4)};
    return true;
}

bool store_dead_letters(struct store *s, struct dead_letter **rows, size_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(
            s, &q, e,
            "SELECT o.declaration, p.receipt, o.version, o.seq, o.problem_ms, o.problem FROM outbox o JOIN submission p"
            " ON p.declaration = o.declaration AND p.version = o.version WHERE o.state = 'dead' ORDER BY o.seq",
            ""))
        return false;
    struct dead_letter *list = NULL;
    size_t len = 0;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        list = xrealloc(list, (len + 1) * sizeof *list);
        struct dead_letter *d = &list[len++];
        zcopy(d->declaration, sizeof d->declaration, query_text(&q, 0));
        zcopy(d->receipt, sizeof d->receipt, query_text(&q, 1));
        d->version = (int)query_int(&q, 2);
        d->seq = query_int(&q, 3);
        d->at_ms = query_int(&q, 4);
        d->problem = xstrdup(query_text(&q, 5));
    }
    if (got < 0) {
        store_dead_letters_free(list, len);
        return false;
    }
    *rows = list;
    *n = len;
    return true;
}

void store_dead_letters_free(struct dead_letter *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(rows[i].problem);
    free(rows);
}

static bool dead_retry(struct store *s, int64_t seq, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT declaration, version FROM outbox WHERE seq = ? AND state = 'dead'", "i", seq))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no dead letter with seq %" PRId64, seq);
    return status_move(s, query_text(&q, 0), (int)query_int(&q, 1), DECL_SEND_FAILED, DECL_QUEUED, e) &&
           db_run(s, e,
                  "UPDATE outbox SET state = 'waiting', tries = 0, problem = NULL, problem_ms = NULL, conflict = 0 "
                  "WHERE seq = ?",
                  "i", seq);
}

bool store_dead_retry(struct store *s, int64_t seq, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, dead_retry(s, seq, e), e);
}
