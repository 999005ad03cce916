/* schema.c — the tables. Migrations are append-only: a row of `steps` that has been in a release never changes;
 * user_version counts them.
 *
 * What is readable here without any key: random ids, states, sizes, digests of ciphertext, times. Not readable: who
 * (folder.tag is a MAC under the device secret), what (document.sealed under the draft key, outbox.sealed under the
 * platform's), which code (slot, receipt). */
#include "sync/store/db.h"

#include <inttypes.h>

static const char *const steps[] = {
    /* --- 1
       ------------------------------------------------------------------------------------------------------------------------
     */

    /* small named values that app and agent share */
    "CREATE TABLE setting(name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT;"

    /* powered-on time (age.c): its sum up to the moment when boot's monotonic clock stood at mono */
    "CREATE TABLE age(one INTEGER PRIMARY KEY CHECK(one = 1), boot TEXT NOT NULL, mono INTEGER NOT NULL, total INTEGER "
    "NOT NULL) STRICT;"

    /* lives of this store; (epoch, seq) orders what it sends, (epoch, number) names its batches */
    "CREATE TABLE epoch(id TEXT NOT NULL PRIMARY KEY, made_ms INTEGER NOT NULL, last_seq INTEGER NOT NULL DEFAULT 0,"
    "  last_batch INTEGER NOT NULL DEFAULT 0, current INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX epoch_current ON epoch(current) WHERE current = 1;"

    /* one person's drafts; tag: HMAC of the ID number; aged_ms: the platform's time when the present age was first seen
     */
    "CREATE TABLE folder(id TEXT NOT NULL PRIMARY KEY, tag BLOB NOT NULL UNIQUE, made_ms INTEGER NOT NULL, changed_ms INTEGER "
    "NOT NULL,"
    "  aged_ms INTEGER) STRICT;"
    /* the draft key, wrapped: kind code (取件码 with the device secret) or account (released by the platform after
       login); check: tells whether a code is right, without the key */
    "CREATE TABLE slot(folder TEXT NOT NULL REFERENCES folder(id) ON DELETE CASCADE, kind TEXT NOT NULL CHECK(kind IN "
    "('code','account')),"
    "  salt BLOB NOT NULL, wrapped BLOB NOT NULL, \"check\" BLOB NOT NULL, PRIMARY KEY(folder, kind)) STRICT;"
    /* tries of a code, counted before they are made; until_age: powered-on time before which nothing is tried */
    "CREATE TABLE attempt(subject TEXT NOT NULL PRIMARY KEY, wrong INTEGER NOT NULL, locks INTEGER NOT NULL, until_age INTEGER "
    "NOT NULL) STRICT;"

    /* version: of the draft in hand or of the last submission; stamp_ms: the platform's stamp of state, 0: our own */
    "CREATE TABLE declaration(id TEXT NOT NULL PRIMARY KEY, folder TEXT REFERENCES folder(id) ON DELETE SET NULL, version "
    "INTEGER NOT NULL,"
    "  state TEXT NOT NULL, receipt TEXT NOT NULL DEFAULT '', made_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
    "  stamp_ms INTEGER NOT NULL DEFAULT 0, aged_ms INTEGER) STRICT;"
    "CREATE INDEX declaration_folder ON declaration(folder);"
    /* the encrypted scopes; declaration '': the person scope */
    "CREATE TABLE document(folder TEXT NOT NULL REFERENCES folder(id) ON DELETE CASCADE, declaration TEXT NOT NULL, "
    "sealed BLOB NOT NULL,"
    "  changed_ms INTEGER NOT NULL, PRIMARY KEY(folder, declaration)) STRICT;"
    /* the blobs that a document cites */
    "CREATE TABLE cite(folder TEXT NOT NULL, declaration TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY(folder, "
    "declaration, sha256),"
    "  FOREIGN KEY(folder, declaration) REFERENCES document(folder, declaration) ON DELETE CASCADE) STRICT;"
    "CREATE INDEX cite_sha256 ON cite(sha256);"

    /* ciphertext by its name; here: the file is in blobs/; sent: the platform holds it */
    "CREATE TABLE blob(sha256 TEXT NOT NULL PRIMARY KEY, folder TEXT REFERENCES folder(id) ON DELETE SET NULL, sealed_bytes "
    "INTEGER NOT NULL,"
    "  made_ms INTEGER NOT NULL, here INTEGER NOT NULL, sent INTEGER NOT NULL) STRICT;"
    "CREATE INDEX blob_folder ON blob(folder);"
    /* files that nothing cites, since when (powered-on time) */
    "CREATE TABLE orphan(name TEXT NOT NULL PRIMARY KEY, since INTEGER NOT NULL) STRICT;"

    /* every version ever queued; acked_ms: the platform's stamp of the acknowledgement */
    "CREATE TABLE submission(declaration TEXT NOT NULL REFERENCES declaration(id), version INTEGER NOT NULL, receipt "
    "TEXT NOT NULL,"
    "  digest TEXT NOT NULL, queued_ms INTEGER NOT NULL, acked_ms INTEGER, PRIMARY KEY(declaration, version)) STRICT;"
    /* the blobs that an unacknowledged submission cites */
    "CREATE TABLE submission_blob(declaration TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL,"
    "  PRIMARY KEY(declaration, version, sha256)) STRICT;"
    "CREATE INDEX submission_blob_sha256 ON submission_blob(sha256);"
    /* receipt numbers; salt and check are the folder's code slot's, so that a code can be checked when the folder is
       gone */
    "CREATE TABLE receipt(number TEXT NOT NULL PRIMARY KEY, declaration TEXT NOT NULL REFERENCES declaration(id), salt BLOB, "
    "\"check\" BLOB) STRICT;"
    "CREATE INDEX receipt_declaration ON receipt(declaration);"

    /* the queue of the current epoch; an acknowledged record leaves it. withdrawn: a tombstone in the place of the
       record. part: records of a refused batch that are tried together (bisection), 0: with anybody */
    "CREATE TABLE outbox(seq INTEGER PRIMARY KEY, declaration TEXT NOT NULL REFERENCES declaration(id), version "
    "INTEGER NOT NULL,"
    "  withdrawn INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL CHECK(state IN ('waiting','sending','dead')), "
    "envelope BLOB, sealed BLOB,"
    "  part INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, batch INTEGER, queued_ms INTEGER NOT NULL,"
    "  problem TEXT, problem_ms INTEGER, CHECK(withdrawn = 1 OR (envelope IS NOT NULL AND sealed IS NOT NULL)),"
    "  CHECK((state = 'sending') = (batch IS NOT NULL))) STRICT;"
    "CREATE INDEX outbox_state ON outbox(state, seq);"
    "CREATE INDEX outbox_declaration ON outbox(declaration, version);"
    /* the batch in hand: written before its first PUT, gone with its answer */
    "CREATE TABLE batch(number INTEGER PRIMARY KEY, body BLOB NOT NULL, digest TEXT NOT NULL, records INTEGER NOT "
    "NULL) STRICT;"

    /* what happened to a declaration; at_ms: the platform's stamp, or ours before delivery. No reference: the platform
       may know more */
    "CREATE TABLE history(n INTEGER PRIMARY KEY, declaration TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT "
    "NULL,"
    "  at_ms INTEGER NOT NULL, text TEXT NOT NULL, reasons TEXT NOT NULL, UNIQUE(declaration, version, state, at_ms)) "
    "STRICT;"

    /* hash: sha256 over the hash before, n, at_ms, event and detail; head: the end of the chain, so that a cut shows */
    "CREATE TABLE audit(n INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL, hash "
    "TEXT NOT NULL) STRICT;"
    "CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK(one = 1), n INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;",

    /* --- 2: who may open the staff door; check: what only PIN and device secret make (staff.h) --- */
    "CREATE TABLE staff(badge TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL, salt BLOB NOT NULL, \"check\" BLOB NOT NULL,"
    "  made_ms INTEGER NOT NULL) STRICT;",

    /* --- 3: two kiosks, one person. conflict: a dead letter whose version another kiosk had sent; stale: the document
       here is of an earlier version than the declaration --- */
    "ALTER TABLE outbox ADD COLUMN conflict INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE declaration ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;",

    /* --- 4: the claim id of an offline WeChat ticket that waits for this person's declaration --- */
    "ALTER TABLE folder ADD COLUMN claim TEXT NOT NULL DEFAULT '';",

    /* --- drafts on their way to the person's next kiosk (parking.c); body: the sealed box that is to be sent, gone: the
       one that takes it back. base, n: see sync/protocol/sessions.h; edit: as the platform last said --- */
    "CREATE TABLE parking(declaration TEXT NOT NULL PRIMARY KEY, folder TEXT NOT NULL REFERENCES folder(id) ON DELETE "
    "CASCADE,"
    "  state TEXT NOT NULL CHECK(state IN ('waiting','held','conflict','refused')), base INTEGER NOT NULL, n INTEGER NOT "
    "NULL,"
    "  edit INTEGER NOT NULL DEFAULT 0, ending INTEGER NOT NULL DEFAULT 0, body BLOB, gone BLOB,"
    "  CHECK(state <> 'waiting' OR body IS NOT NULL)) STRICT;"
    "CREATE INDEX parking_folder ON parking(folder);",

    /* --- how the devices stand (device.h); present: only within the transaction that writes them --- */
    "CREATE TABLE device(id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, since_ms INTEGER NOT "
    "NULL,"
    "  error TEXT NOT NULL, error_ms INTEGER NOT NULL, done INTEGER NOT NULL, failed INTEGER NOT NULL, present INTEGER "
    "NOT NULL) STRICT;",

    /* --- who chose a 取件码; and for a forgotten one a slot for each member of staff: the draft key sealed to a public
       key whose secret half only device secret and PIN open (staff_slot.c) --- */
    "ALTER TABLE slot ADD COLUMN proved INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE staff ADD COLUMN public BLOB;"
    "ALTER TABLE staff ADD COLUMN secret BLOB;"
    "CREATE TABLE staff_slot(folder TEXT NOT NULL REFERENCES folder(id) ON DELETE CASCADE, badge TEXT NOT NULL REFERENCES "
    "staff(badge) ON DELETE CASCADE, sealed BLOB NOT NULL, PRIMARY KEY(folder, badge)) STRICT;",
};

int schema_version(void)
{
    return (int)ARRAY_LEN(steps);
}

static bool run_step(struct store *s, int64_t version, struct err *e)
{
    char *message = NULL, set[48];
    sqlite3_snprintf(sizeof set, set, "PRAGMA user_version=%lld", (long long)version + 1);
    const char *const sql[] = {"BEGIN IMMEDIATE", steps[version], set, "COMMIT"};
    for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
        int rc = sqlite3_exec(s->db, sql[i], NULL, NULL, &message);
        if (rc == SQLITE_OK)
            continue;
        err_set(e, (rc & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_IO, "migration %" PRId64 ": %s", version + 1,
                message ? message : sqlite3_errstr(rc));
        sqlite3_free(message);
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        return false;
    }
    return true;
}

bool schema_migrate(struct store *s, struct err *e)
{
    int64_t version;
    if (!db_int(s, &version, e, "PRAGMA user_version", ""))
        return false;
    if (version > schema_version())
        return err_set(e, ERR_STATE,
                       "the database is of version %" PRId64 ", this program knows %d: it is older than its store",
                       version, schema_version());
    for (; version < schema_version(); version++)
        if (!run_step(s, version, e))
            return false;
    return true;
}
