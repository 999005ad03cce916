/* batch.c — the agent's side of the queue. A batch is written down, members and exact bytes, before its first PUT:
 * after a crash the same bytes go again under the same number, and the platform knows them. It leaves with its answer,
 * in one transaction with every record's.
 *
 * Bisection: members of a refused batch are split into parts that are sent by themselves; a part of one that is refused
 * is the poison. */
#include "sync/store/db.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <inttypes.h>
#include <string.h>
#include <zstd.h>

#define ZSTD_LEVEL 3

void batch_finish(struct batch *b)
{
    str_finish(&b->body);
    *b = (struct batch){0};
}

/* --- blobs first --- */

bool store_blobs_to_send(struct store *s, struct blob_ref **out, size_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e,
                  "SELECT sha256, sealed_bytes FROM (SELECT b.sha256, b.sealed_bytes, o.seq AS place FROM outbox o"
                  " JOIN submission_blob x ON x.declaration = o.declaration"
                  " AND x.version = o.version JOIN blob b ON b.sha256 = x.sha256"
                  " WHERE o.state = 'waiting' AND o.withdrawn = 0 AND b.sent = 0"
                  /* then those of drafts on their way to another kiosk */
                  " UNION ALL SELECT b.sha256, b.sealed_bytes, 9223372036854775807 FROM parking p JOIN cite c ON"
                  " c.folder = p.folder AND c.declaration IN ('', p.declaration) JOIN blob b ON b.sha256 = c.sha256"
                  " WHERE p.state = 'waiting' AND p.ending = 0 AND b.sent = 0 AND b.here = 1)"
                  " GROUP BY sha256 ORDER BY min(place), sha256",
                  ""))
        return false;
    struct blob_ref *list = NULL;
    size_t len = 0;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        list = xrealloc(list, (len + 1) * sizeof *list);
        zcopy(list[len].sha256, HASH_HEX, query_text(&q, 0));
        list[len++].bytes = query_int(&q, 1);
    }
    if (got < 0) {
        free(list);
        return false;
    }
    *out = list;
    *n = len;
    return true;
}

bool store_blob_sent(struct store *s, const char *sha256, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, e, "UPDATE blob SET sent = 1 WHERE sha256 = ?", "t", sha256);
    if (ok && db_changes(s) != 1)
        ok = err_set(e, ERR_NOT_FOUND, "blob %.64s", sha256);
    return db_end(s, ok, e);
}

/* --- dead letters --- */

struct place { /* a record of the queue */
    int64_t seq;
    char declaration[37];
    int version;
    bool withdrawn;
};

static void read_place(struct query *q, struct place *p)
{
    p->seq = query_int(q, 0);
    zcopy(p->declaration, sizeof p->declaration, query_text(q, 1));
    p->version = (int)query_int(q, 2);
    p->withdrawn = query_int(q, 3) != 0;
}

/* All rows of a query whose columns are those of a place; closes it. */
static bool read_places(struct query *q, struct place **out, size_t *n, struct err *e)
{
    int got;
    while ((got = db_next(q, e)) > 0) {
        *out = xrealloc(*out, (*n + 1) * sizeof **out);
        read_place(q, &(*out)[(*n)++]);
    }
    query_finish(q);
    return got == 0;
}

static bool leave(struct store *s, int64_t seq, struct err *e)
{
    return db_run(s, e, "DELETE FROM outbox WHERE seq = ?", "i", seq);
}

/* from: the state in which its declaration should be; another one (the platform has spoken meanwhile) stays. */
static bool swap_state(struct store *s, const struct place *p, enum decl_state from, enum decl_state to, struct err *e)
{
    struct err lost = {0};
    if (p->withdrawn || status_move(s, p->declaration, p->version, from, to, &lost))
        return true;
    if (lost.code == ERR_STATE)
        return true;
    if (e)
        *e = lost;
    return false;
}

static bool bury(struct store *s, const struct place *p, const char *problem, bool conflict, struct err *e)
{
    const struct status_update failed = {.declaration = p->declaration,
                                         .version = p->version,
                                         .state = DECL_SEND_FAILED,
                                         .at_ms = wall_now(s),
                                         .text = conflict ? HISTORY_CONFLICT : NULL};
    if (p->withdrawn) /* nothing of it is left here; what the platform refused was its absence */
        return audit_add(s, e, "tombstone.refused", "declaration=%s version=%d", p->declaration, p->version) &&
               leave(s, p->seq, e);
    return db_run(
               s, e,
               "UPDATE outbox SET state = 'dead', batch = NULL, part = 0, problem = ?, problem_ms = ?, conflict = ? WHERE "
               "seq = ?",
               "tiii", problem ? problem : "", wall_now(s), (int64_t)conflict, p->seq) &&
           swap_state(s, p, DECL_SENDING, DECL_SEND_FAILED, e) && swap_state(s, p, DECL_QUEUED, DECL_SEND_FAILED, e) &&
           history_add(s, &failed, e);
}

/* Waits again; part: with whom. */
static bool put_back(struct store *s, const struct place *p, int64_t part, struct err *e)
{
    return db_run(s, e, "UPDATE outbox SET state = 'waiting', batch = NULL, part = ?, tries = tries + 1 WHERE seq = ?",
                  "ii", part, p->seq) &&
           swap_state(s, p, DECL_SENDING, DECL_QUEUED, e);
}

/* Every waiting record that cites the blob. */
static bool bury_citing(struct store *s, const char *sha256, const char *why, struct err *e)
{
    AUTOFREE struct place *places = NULL;
    size_t n = 0;
    struct query q;
    bool ok =
        db_query(
            s, &q, e,
            "SELECT o.seq, o.declaration, o.version, o.withdrawn FROM outbox o JOIN submission_blob x"
            " ON x.declaration = o.declaration AND x.version = o.version WHERE x.sha256 = ? AND o.state = 'waiting'",
            "t", sha256) &&
        read_places(&q, &places, &n, e);
    for (size_t i = 0; ok && i < n; i++)
        ok = bury(s, &places[i], why, false, e);
    return ok;
}

static bool blob_missing(struct store *s, const char *sha256, struct err *e)
{
    AUTOFREE char *path = NULL;
    int64_t bytes;
    struct err gone = {0};
    bool here = store_blob_sealed(s, sha256, &bytes, &path, &gone);
    if (!here && gone.code != ERR_NOT_FOUND) {
        if (e)
            *e = gone;
        return false;
    }
    if (!db_run(s, e, "UPDATE blob SET sent = 0, here = ? WHERE sha256 = ?", "it", (int64_t)here, sha256))
        return false;
    return here || bury_citing(s, sha256, "blob-missing: the attachment's file is gone from this kiosk", e);
}

bool store_blob_refused(struct store *s, const char *sha256, const char *why, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, bury_citing(s, sha256, why, e), e);
}

bool store_blob_missing(struct store *s, const char *sha256, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, blob_missing(s, sha256, e), e);
}

/* --- composing --- */

static bool load_open(struct store *s, struct batch *out, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    struct batch b = {0};
    int64_t last_seq;
    if (!store_epoch(s, b.epoch, &last_seq, e) ||
        !db_query(s, &q, e, "SELECT number, body, digest, records FROM batch ORDER BY number LIMIT 1", ""))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no batch in hand");
    size_t len;
    const void *body = query_bytes(&q, 1, &len);
    b.number = query_int(&q, 0);
    zcopy(b.digest, sizeof b.digest, query_text(&q, 2));
    b.records = (size_t)query_int(&q, 3);
    str_add(&b.body, body, len);
    *out = b;
    return true;
}

struct lines {
    struct place *places;
    size_t *ends; /* of each record's line in text */
    size_t n;
    struct str text;
};

static void lines_finish(struct lines *l)
{
    free(l->places);
    free(l->ends);
    str_finish(&l->text);
}

static void add_line(struct lines *l, struct query *q)
{
    struct place p;
    size_t envelope_len, sealed_len;
    read_place(q, &p);
    if (p.withdrawn) {
        tombstone_line(&l->text, p.declaration, p.version, p.seq);
    } else {
        const void *bytes = query_bytes(q, 4, &envelope_len);
        CLEANUP(str) struct str envelope = {0};
        str_add(&envelope, bytes, envelope_len);
        bytes = query_bytes(q, 5, &sealed_len);
        envelope_line(&l->text, &envelope, p.seq, bytes, sealed_len);
    }
    l->places = xrealloc(l->places, (l->n + 1) * sizeof *l->places);
    l->ends = xrealloc(l->ends, (l->n + 1) * sizeof *l->ends);
    l->places[l->n] = p;
    l->ends[l->n++] = l->text.len;
}

/* Waiting records whose blobs are all there, oldest first, of one part; more text than twice the limit is not worth
 * reading, since base64 of sealed bytes compresses to three quarters. */
static bool gather(struct store *s, size_t max_records, size_t max_bytes, struct lines *l, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    int64_t part = 0;
    int got = 0;
    if (!db_query(s, &q, e,
                  "SELECT o.seq, o.declaration, o.version, o.withdrawn, o.envelope, o.sealed, o.part FROM outbox o "
                  "WHERE o.state = 'waiting'"
                  " AND (o.withdrawn = 1 OR NOT EXISTS (SELECT 1 FROM submission_blob x LEFT JOIN blob b ON b.sha256 = "
                  "x.sha256"
                  "   WHERE x.declaration = o.declaration AND x.version = o.version AND coalesce(b.sent, 0) = 0)) "
                  "ORDER BY o.seq",
                  ""))
        return false;
    while (l->n < max_records && l->text.len < 2 * max_bytes && (got = db_next(&q, e)) > 0) {
        if (l->n && query_int(&q, 6) != part)
            break;
        part = query_int(&q, 6);
        add_line(l, &q);
    }
    return got >= 0;
}

static bool compress(const struct lines *l, size_t n, struct str *out, struct err *e)
{
    size_t plain = l->ends[n - 1], bound = ZSTD_compressBound(plain);
    str_clear(out);
    size_t got = ZSTD_compress(str_reserve(out, bound + 1), bound, l->text.p, plain, ZSTD_LEVEL);
    if (ZSTD_isError(got))
        return err_set(e, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(got));
    out->len = got;
    return true;
}

/* As many of the first lines as fit when compressed; one that does not fit alone goes alone. */
static bool fit(const struct lines *l, size_t max_bytes, struct str *body, size_t *records, struct err *e)
{
    size_t n = l->n;
    for (;;) {
        if (!compress(l, n, body, e))
            return false;
        if (n == 1 || body->len <= max_bytes)
            break;
        size_t fair = (size_t)((double)n * (double)max_bytes / (double)body->len);
        n = fair && fair < n ? fair : n - 1;
    }
    *records = n;
    return true;
}

static bool write_down(struct store *s, const struct lines *l, struct batch *b, struct err *e)
{
    if (!db_run(s, e, "UPDATE epoch SET last_batch = last_batch + 1 WHERE current = 1", "") ||
        !db_int(s, &b->number, e, "SELECT last_batch FROM epoch WHERE current = 1", "") ||
        !db_run(s, e, "INSERT INTO batch VALUES(?, ?, ?, ?)", "ibti", b->number, b->body.p, b->body.len, b->digest,
                (int64_t)b->records))
        return false;
    for (size_t i = 0; i < b->records; i++) {
        const struct place *p = &l->places[i];
        if (!db_run(s, e, "UPDATE outbox SET state = 'sending', batch = ? WHERE seq = ? AND state = 'waiting'", "ii",
                    b->number, p->seq) ||
            !swap_state(s, p, DECL_QUEUED, DECL_SENDING, e))
            return false;
    }
    return audit_add(s, e, "batch.made", "number=%" PRId64 " records=%zu digest=%.16s", b->number, b->records,
                     b->digest);
}

static bool compose(struct store *s, size_t max_records, size_t max_bytes, struct batch *out, struct err *e)
{
    struct lines l = {0};
    struct batch b = {0};
    int64_t last_seq;
    bool ok = store_epoch(s, b.epoch, &last_seq, e) && gather(s, max_records, max_bytes, &l, e);
    if (ok && l.n == 0)
        ok = err_set(e, ERR_NOT_FOUND, "nothing to send");
    ok = ok && fit(&l, max_bytes, &b.body, &b.records, e);
    if (ok)
        crypto_hash_hex(s->o.crypto, b.body.p, b.body.len, b.digest);
    ok = ok && write_down(s, &l, &b, e);
    lines_finish(&l);
    if (ok)
        *out = b;
    else
        batch_finish(&b);
    return ok;
}

bool store_batch_next(struct store *s, size_t max_records, size_t max_bytes, struct batch *out, struct err *e)
{
    struct err none = {0};
    struct batch b = {0};
    if (!max_records || !max_bytes)
        return err_set(e, ERR_LIMIT, "a batch of nothing");
    if (!db_begin(s, e))
        return false;
    bool ok = load_open(s, &b, &none);
    if (!ok && none.code == ERR_NOT_FOUND)
        ok = compose(s, max_records, max_bytes, &b, &none);
    if (!ok && e)
        *e = none;
    if (!db_end(s, ok, e)) {
        batch_finish(&b);
        return false;
    }
    *out = b;
    return true;
}

/* --- the answer --- */

static bool load_members(struct store *s, int64_t number, struct place **members, size_t *n, struct err *e)
{
    int64_t open;
    if (!db_int(s, &open, e, "SELECT count(*) FROM batch WHERE number = ?", "i", number))
        return false;
    if (!open)
        return err_set(e, ERR_STATE, "batch %" PRId64 " is not in hand", number);
    struct query q;
    return db_query(s, &q, e, "SELECT seq, declaration, version, withdrawn FROM outbox WHERE batch = ? ORDER BY seq",
                    "i", number) &&
           read_places(&q, members, n, e);
}

/* The platform has it: the only way out of the queue. Its blobs are held no longer. */
static bool acknowledge(struct store *s, const struct place *p, const struct record_answer *a, struct err *e)
{
    const struct status_update u = {
        .declaration = p->declaration, .version = p->version, .state = a->state, .at_ms = a->at_ms};
    if (!leave(s, p->seq, e))
        return false;
    if (p->withdrawn)
        return audit_add(s, e, "tombstone.stored", "declaration=%s version=%d", p->declaration, p->version);
    return db_run(s, e, "UPDATE submission SET acked_ms = ? WHERE declaration = ? AND version = ?", "iti", a->at_ms,
                  p->declaration, (int64_t)p->version) &&
           db_run(s, e, "DELETE FROM submission_blob WHERE declaration = ? AND version = ?", "ti", p->declaration,
                  (int64_t)p->version) &&
           audit_add(s, e, a->kind == ANSWER_STORED ? "record.stored" : "record.duplicate",
                     "declaration=%s version=%d seq=%" PRId64, p->declaration, p->version, p->seq) &&
           status_note(s, &u, e);
}

static bool mark(struct store *s, const struct place *p, const struct record_answer *a, struct err *e)
{
    if (!a) /* the platform forgot it: it goes again */
        return put_back(s, p, 0, e);
    switch (a->kind) {
    case ANSWER_STORED:
    case ANSWER_DUPLICATE:
        return acknowledge(s, p, a, e);
    case ANSWER_REJECTED:
        return bury(s, p, a->problem, a->conflict, e);
    case ANSWER_BLOB_MISSING:
        return put_back(s, p, 0, e) && (!a->blob || blob_missing(s, a->blob, e));
    }
    return err_set(e, ERR_FORMAT, "answer of an unknown kind");
}

static const struct record_answer *answer_of(const struct record_answer *answers, size_t n, int64_t seq)
{
    for (size_t i = 0; i < n; i++)
        if (answers[i].seq == seq)
            return &answers[i];
    return NULL;
}

/* Every answer belongs to a member, and to one only. */
static bool check_answers(const struct place *members, size_t n_members, const struct record_answer *answers, size_t n,
                          struct err *e)
{
    size_t found = 0;
    for (size_t i = 0; i < n_members; i++)
        found += answer_of(answers, n, members[i].seq) != NULL;
    return found == n || err_set(e, ERR_FORMAT, "%zu answers, %zu of them to records of this batch", n, found);
}

static bool answered(struct store *s, int64_t number, const struct record_answer *answers, size_t n, struct err *e)
{
    AUTOFREE struct place *members = NULL;
    size_t n_members = 0;
    if (!load_members(s, number, &members, &n_members, e) || !check_answers(members, n_members, answers, n, e))
        return false;
    for (size_t i = 0; i < n_members; i++)
        if (!mark(s, &members[i], answer_of(answers, n, members[i].seq), e))
            return false;
    return db_run(s, e, "DELETE FROM batch WHERE number = ?", "i", number);
}

bool store_batch_answered(struct store *s, int64_t number, const struct record_answer *answers, size_t n, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, answered(s, number, answers, n, e), e);
}

static bool failed(struct store *s, int64_t number, int halves, const char *problem, struct err *e)
{
    AUTOFREE struct place *members = NULL;
    size_t n = 0;
    int64_t part;
    if (!load_members(s, number, &members, &n, e) || !db_int(s, &part, e, "SELECT max(part) FROM outbox", ""))
        return false;
    if (halves > 1 && n == 1) {
        if (!bury(s, &members[0], problem, false, e))
            return false;
    } else {
        size_t parts = (size_t)halves < n ? (size_t)halves : n;
        for (size_t i = 0; i < n; i++)
            if (!put_back(s, &members[i], part + 1 + (int64_t)(i * parts / n), e))
                return false;
    }
    return audit_add(s, e, "batch.refused", "number=%" PRId64 " records=%zu parts=%d", number, n, halves) &&
           db_run(s, e, "DELETE FROM batch WHERE number = ?", "i", number);
}

bool store_batch_failed(struct store *s, int64_t number, int halves, const char *problem, struct err *e)
{
    if (halves < 1)
        return err_set(e, ERR_LIMIT, "a batch in %d parts", halves);
    if (!db_begin(s, e))
        return false;
    return db_end(s, failed(s, number, halves, problem, e), e);
}
