/* verify.c — is everything as it was written? The audit chain from its first row to its head, SQLite's own integrity,
 * and every blob's bytes against its name. The report has a line each; the first thing that is wrong is the error. */
#include "sync/store/audit.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"

#include <inttypes.h>
#include <string.h>

static bool verify_chain(struct store *s, struct str *report, struct err *e)
{
    char before[HASH_HEX] = AUDIT_START, hash[HASH_HEX], head[HASH_HEX];
    int64_t n = 0, count;
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT n, at_ms, event, detail, hash FROM audit ORDER BY n", ""))
        return false;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        n++;
        audit_hash(s, before, query_int(&q, 0), query_int(&q, 1), query_text(&q, 2), query_text(&q, 3), hash);
        if (query_int(&q, 0) != n || strcmp(hash, query_text(&q, 4)))
            return err_set(e, ERR_CRYPTO, "audit: row %" PRId64 " does not follow from the one before it", n);
        memcpy(before, hash, sizeof hash);
    }
    if (got < 0 || !store_audit_head(s, &count, head, e))
        return false;
    if (count != n || strcmp(head, before))
        return err_set(e, ERR_CRYPTO, "audit: the chain ends at row %" PRId64 ", its head says %" PRId64, n, count);
    str_printf(report, "audit rows=%" PRId64 " head=%.16s ok\n", n, head);
    return true;
}

static bool verify_database(struct store *s, struct str *report, struct err *e)
{
    CLEANUP(query) struct query q = {0}, keys = {0};
    if (!db_query(s, &q, e, "PRAGMA integrity_check(1)", "") || db_next(&q, e) < 0)
        return false;
    if (strcmp(query_text(&q, 0), "ok"))
        return err_set(e, ERR_CRYPTO, "database: %.200s", query_text(&q, 0));
    if (!db_query(s, &keys, e, "PRAGMA foreign_key_check", ""))
        return false;
    int got = db_next(&keys, e);
    if (got > 0)
        return err_set(e, ERR_CRYPTO, "database: a row of %s refers to nothing", query_text(&keys, 0));
    if (got == 0)
        str_puts(report, "database ok\n");
    return got == 0;
}

static bool verify_blob(struct store *s, const char *sha256, int64_t bytes, struct err *e)
{
    AUTOFREE char *path = blob_path(s, sha256);
    CLEANUP(str) struct str sealed = {0};
    char found[HASH_HEX];
    if (!file_read(path, (size_t)bytes + 1, &sealed, e))
        return err_prefix(e, "blob");
    crypto_hash_hex(s->o.crypto, str_z(&sealed), sealed.len, found);
    return !strcmp(found, sha256) || err_set(e, ERR_CRYPTO, "blob %s: its bytes are not those of its name", sha256);
}

static bool verify_blobs(struct store *s, struct str *report, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    int64_t files = 0, bytes = 0;
    if (!db_query(s, &q, e, "SELECT sha256, sealed_bytes FROM blob WHERE here = 1", ""))
        return false;
    int got;
    for (; (got = db_next(&q, e)) > 0; files++, bytes += query_int(&q, 1))
        if (!verify_blob(s, query_text(&q, 0), query_int(&q, 1), e))
            return false;
    if (got == 0)
        str_printf(report, "blobs files=%" PRId64 " bytes=%" PRId64 " ok\n", files, bytes);
    return got == 0;
}

/* A batch in hand must be the bytes that its digest says, since it goes again as it is. */
static bool verify_batch(struct store *s, struct str *report, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e,
                  "SELECT number, body, digest, records, (SELECT count(*) FROM outbox WHERE outbox.batch = "
                  "batch.number) FROM batch",
                  ""))
        return false;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        size_t len;
        char found[HASH_HEX];
        const void *body = query_bytes(&q, 1, &len);
        crypto_hash_hex(s->o.crypto, body, len, found);
        if (strcmp(found, query_text(&q, 2)) || query_int(&q, 3) != query_int(&q, 4))
            return err_set(e, ERR_CRYPTO, "batch %" PRId64 ": body and members do not fit", query_int(&q, 0));
        str_printf(report, "batch number=%" PRId64 " records=%" PRId64 " ok\n", query_int(&q, 0), query_int(&q, 3));
    }
    return got == 0;
}

bool store_verify(struct store *s, struct str *report, struct err *e)
{
    if (!db_begin_read(s, e))
        return false;
    bool ok = verify_chain(s, report, e) && verify_database(s, report, e) && verify_batch(s, report, e) &&
              verify_blobs(s, report, e);
    return db_end(s, ok, e);
}
