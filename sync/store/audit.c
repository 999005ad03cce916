/* audit.c — what happened to whom when, each row bound to the one before it. The head goes to the platform with every
 * heartbeat: a history that is rewritten on this machine no longer ends in the head that the platform has seen. */
#include "sync/store/audit.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Lengths stand before the texts: no two rows give the same bytes. */
void audit_hash(const struct store *s, const char *before, int64_t n, int64_t at_ms, const char *event,
                const char *detail, char out[HASH_HEX])
{
    CLEANUP(str) struct str b = {0};
    str_printf(&b, "%s %" PRId64 " %" PRId64 " %zu:%s %zu:%s", before, n, at_ms, strlen(event), event, strlen(detail),
               detail);
    crypto_hash_hex(s->o.crypto, b.p, b.len, out);
}

static bool read_head(struct store *s, int64_t *n, char hash[HASH_HEX], struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT n, hash FROM audit_head", ""))
        return false;
    int got = db_next(&q, e);
    if (got < 0)
        return false;
    *n = got ? query_int(&q, 0) : 0;
    zcopy(hash, HASH_HEX, got ? query_text(&q, 1) : AUDIT_START);
    return true;
}

bool audit_add(struct store *s, struct err *e, const char *event, const char *fmt, ...)
{
    char before[HASH_HEX], hash[HASH_HEX];
    int64_t n, at = wall_now(s);
    if (!read_head(s, &n, before, e))
        return false;
    va_list ap;
    va_start(ap, fmt);
    char detail[512];
    vsnprintf(detail, sizeof detail, fmt, ap);
    va_end(ap);
    n++;
    audit_hash(s, before, n, at, event, detail, hash);
    return db_run(s, e, "INSERT INTO audit VALUES(?, ?, ?, ?, ?)", "iittt", n, at, event, detail, hash) &&
           db_run(s, e, "INSERT OR REPLACE INTO audit_head VALUES(1, ?, ?)", "it", n, hash);
}

bool store_audit(struct store *s, const char *event, const char *detail, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, audit_add(s, e, event, "%s", detail), e);
}

bool store_audit_head(struct store *s, int64_t *count, char head[HASH_HEX], struct err *e)
{
    return read_head(s, count, head, e);
}
