/* status.c — where a declaration stands. Two voices tell it: our own transitions (compare-and-swap) until it is
 * delivered, the platform's stamped ones from there on. The feed may lag behind an answer: an older stamp enters the
 * history, not the state. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"

#include <string.h>

static const char *const state_names[] = {
    [DECL_DRAFT] = "draft",
    [DECL_QUEUED] = "queued",
    [DECL_SENDING] = "sending",
    [DECL_DELIVERED] = "delivered",
    [DECL_FORWARDED] = "forwarded",
    [DECL_SUBMITTED_UNIT] = "submitted_unit",
    [DECL_UNIT_REVIEW] = "unit_review",
    [DECL_SUBMITTED_SUPERIOR] = "submitted_superior",
    [DECL_DONE] = "done",
    [DECL_UNIT_RETURNED] = "unit_returned",
    [DECL_SUPERIOR_RETURNED] = "superior_returned",
    [DECL_WITHDRAWN] = "withdrawn",
    [DECL_SEND_FAILED] = "send_failed",
    [DECL_PURGED] = "purged",
    [DECL_OTHER] = "other",
};
_Static_assert(ARRAY_LEN(state_names) == DECL_OTHER + 1, "a name for every state");

const char *decl_state_name(enum decl_state s)
{
    return state_names[s];
}

bool decl_state_parse(const char *name, enum decl_state *out)
{
    for (size_t i = 0; i < ARRAY_LEN(state_names); i++) {
        if (strcmp(state_names[i], name))
            continue;
        *out = (enum decl_state)i;
        return true;
    }
    return false;
}

enum decl_state decl_state_of_platform(const char *name)
{
    enum decl_state s;
    if (!decl_state_parse(name, &s) || s == DECL_DRAFT || s == DECL_QUEUED || s == DECL_SENDING ||
        s == DECL_SEND_FAILED || s == DECL_PURGED)
        return DECL_OTHER;
    return s;
}

/* --- moving --- */

/* The answer to a batch tells a state before the feed tells it with its words and reasons: these are filled in. */
bool history_add(struct store *s, const struct status_update *u, struct err *e)
{
    return db_run(s, e,
                  "INSERT INTO history(declaration, version, state, at_ms, text, reasons) VALUES(?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT DO UPDATE SET text = excluded.text, reasons = excluded.reasons"
                  " WHERE excluded.text <> '' OR excluded.reasons <> ''",
                  "tititt", u->declaration, (int64_t)u->version, decl_state_name(u->state), u->at_ms,
                  u->text ? u->text : "", u->reasons ? u->reasons : "");
}

bool status_move(struct store *s, const char *declaration, int version, enum decl_state from, enum decl_state to,
                 struct err *e)
{
    if (!db_run(s, e,
                "UPDATE declaration SET state = ?, changed_ms = ?, aged_ms = NULL WHERE id = ? AND version = ? AND "
                "state = ?",
                "titit", decl_state_name(to), wall_now(s), declaration, (int64_t)version, decl_state_name(from)))
        return false;
    if (db_changes(s) == 1)
        return audit_add(s, e, decl_state_name(to), "declaration=%s version=%d from=%s", declaration, version,
                         decl_state_name(from));
    int64_t known;
    if (!db_int(s, &known, e, "SELECT count(*) FROM declaration WHERE id = ?", "t", declaration))
        return false;
    return err_set(e, known ? ERR_STATE : ERR_NOT_FOUND, "declaration %s version %d is not %s", declaration, version,
                   decl_state_name(from));
}

/* What the platform holds of a person whose rows are not here (the store was lost and made anew): findable by receipt,
 * no content. */
static bool learn(struct store *s, const struct status_update *u, struct err *e)
{
    char number[RECEIPT_SIZE];
    if (!u->receipt || !receipt_parse(u->receipt, number))
        return true;
    return db_run(s, e,
                  "INSERT INTO declaration(id, version, state, receipt, made_ms, changed_ms) VALUES(?1, ?2, ?3, ?4, "
                  "?5, ?5)"
                  " ON CONFLICT DO NOTHING",
                  "titti", u->declaration, (int64_t)u->version, decl_state_name(u->state), number, u->at_ms) &&
           db_run(s, e, "INSERT INTO receipt(number, declaration) VALUES(?, ?) ON CONFLICT DO NOTHING", "tt", number,
                  u->declaration) &&
           db_run(s, e,
                  "UPDATE declaration SET version = ?1, stamp_ms = 0 WHERE id = ?2 AND version < ?1 AND folder IS NULL",
                  "it", (int64_t)u->version, u->declaration);
}

/* Another kiosk sent this version, or a later one: what stands here is no draft of it any more. A draft that was purged
 * leaves the platform's word alone. */
static bool overtake(struct store *s, const struct status_update *u, struct err *e)
{
    if (!db_run(s, e,
                "UPDATE declaration SET version = ?1, state = ?2, stamp_ms = ?3, changed_ms = ?3, aged_ms = NULL,"
                " stale = 1 WHERE id = ?4 AND (state = 'purged' OR (version < ?1 AND state NOT IN ('queued', "
                "'sending')) OR (version = ?1 AND state = 'draft') OR"
                "  (version = ?1 AND state = 'send_failed' AND EXISTS (SELECT 1 FROM outbox o WHERE o.declaration = ?4"
                "   AND o.version = ?1 AND o.state = 'dead' AND o.conflict = 1)))",
                "itit", (int64_t)u->version, decl_state_name(u->state), u->at_ms, u->declaration))
        return false;
    if (db_changes(s) == 0)
        return true;
    return db_run(s, e,
                  "DELETE FROM submission_blob WHERE declaration = ?1 AND version IN (SELECT version FROM outbox WHERE"
                  " declaration = ?1 AND state = 'dead' AND version <= ?2)",
                  "ti", u->declaration, (int64_t)u->version) &&
           db_run(s, e, "DELETE FROM outbox WHERE declaration = ? AND state = 'dead' AND version <= ?", "ti",
                  u->declaration, (int64_t)u->version) &&
           audit_add(s, e, "declaration.overtaken", "declaration=%s version=%d", u->declaration, u->version);
}

bool status_note(struct store *s, const struct status_update *u, struct err *e)
{
    if (!history_add(s, u, e) || !learn(s, u, e) || !overtake(s, u, e))
        return false;
    if (!db_run(s, e,
                "UPDATE declaration SET state = ?1, stamp_ms = ?2, changed_ms = ?2, aged_ms = NULL"
                " WHERE id = ?3 AND version = ?4 AND stamp_ms <= ?2 AND state NOT IN ('draft', 'withdrawn') AND"
                "  (state <> ?1 OR stamp_ms <> ?2)",
                "titi", decl_state_name(u->state), u->at_ms, u->declaration, (int64_t)u->version))
        return false;
    return db_changes(s) == 0 ||
           audit_add(s, e, decl_state_name(u->state), "declaration=%s version=%d", u->declaration, u->version);
}

bool store_updates_apply(struct store *s, const struct status_update *u, size_t n, const char *cursor, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = status_note(s, &u[i], e);
    if (ok && cursor)
        ok = store_setting_set(s, "updates.cursor", cursor, strlen(cursor), e);
    return db_end(s, ok, e);
}

/* --- looking --- */

#define ROW_COLUMNS                                                                                                      \
    "d.id, d.version, d.state, d.receipt, d.changed_ms,"                                                                 \
    " EXISTS (SELECT 1 FROM document WHERE document.declaration = d.id AND document.folder = d.folder) AND d.stale = 0," \
    " EXISTS (SELECT 1 FROM outbox o WHERE o.declaration = d.id AND o.version = d.version AND o.conflict = 1),"          \
    " p.state, p.base, p.edit"
#define ROW_TABLES "declaration d LEFT JOIN parking p ON p.declaration = d.id AND p.ending = 0"

static enum park_state park_state(const char *name)
{
    static const char *const names[] = {[PARK_NONE] = "",
                                        [PARK_WAITING] = "waiting",
                                        [PARK_HELD] = "held",
                                        [PARK_CONFLICT] = "conflict",
                                        [PARK_REFUSED] = "refused"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!strcmp(names[i], name))
            return (enum park_state)i;
    return PARK_NONE;
}

static bool read_row(struct query *q, struct declaration_row *r, struct err *e)
{
    *r = (struct declaration_row){0};
    zcopy(r->id, sizeof r->id, query_text(q, 0));
    r->version = (int)query_int(q, 1);
    zcopy(r->receipt, sizeof r->receipt, query_text(q, 3));
    r->changed_ms = query_int(q, 4);
    r->content = query_int(q, 5) != 0;
    r->overtaken = query_int(q, 6) != 0;
    r->park = park_state(query_text(q, 7));
    r->park_base = query_int(q, 8);
    r->park_edit = query_int(q, 9);
    return decl_state_parse(query_text(q, 2), &r->state) || err_set(e, ERR_FORMAT, "declaration %s: state", r->id);
}

bool store_declarations(struct store *s, const struct folder *f, struct declaration_row **rows, size_t *n,
                        struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT " ROW_COLUMNS " FROM " ROW_TABLES " WHERE d.folder = ? ORDER BY made_ms, d.rowid",
                  "t", f->id))
        return false;
    struct declaration_row *list = NULL;
    size_t len = 0;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        list = xrealloc(list, (len + 1) * sizeof *list);
        if (!read_row(&q, &list[len++], e)) {
            got = -1;
            break;
        }
    }
    if (got < 0) {
        free(list);
        return false;
    }
    *rows = list;
    *n = len;
    return true;
}

bool store_receipt_find(struct store *s, const char *receipt, struct declaration_row *out, struct err *e)
{
    char number[RECEIPT_SIZE];
    if (!receipt_parse(receipt, number))
        return err_set(e, ERR_NOT_FOUND, "not a receipt number");
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e,
                  "SELECT " ROW_COLUMNS " FROM " ROW_TABLES
                  " JOIN receipt ON d.id = receipt.declaration WHERE number = ?",
                  "t", number))
        return false;
    int got = db_next(&q, e);
    return got > 0 ? read_row(&q, out, e) : got == 0 && err_set(e, ERR_NOT_FOUND, "no such receipt here");
}

/* Oldest first: our own steps as they came (this clock may be wrong), then the platform's by its stamps. */
bool store_history(struct store *s, const char *declaration, struct status_row **rows, size_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(
            s, &q, e,
            "SELECT version, state, at_ms, text, reasons, state IN ('queued', 'withdrawn', 'send_failed') AS ours"
            " FROM history WHERE declaration = ? ORDER BY version, ours DESC, CASE WHEN ours THEN 0 ELSE at_ms END, n",
            "t", declaration))
        return false;
    struct status_row *list = NULL;
    size_t len = 0;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        enum decl_state state;
        if (!decl_state_parse(query_text(&q, 1), &state)) {
            err_set(e, ERR_FORMAT, "history of %s: state", declaration);
            got = -1;
            break;
        }
        list = xrealloc(list, (len + 1) * sizeof *list);
        list[len++] = (struct status_row){(int)query_int(&q, 0), state, query_int(&q, 2), xstrdup(query_text(&q, 3)),
                                          xstrdup(query_text(&q, 4))};
    }
    if (got < 0) {
        store_history_free(list, len);
        return false;
    }
    *rows = list;
    *n = len;
    return true;
}

void store_history_free(struct status_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(rows[i].text);
        free(rows[i].reasons);
    }
    free(rows);
}
