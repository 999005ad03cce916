#include "sync/base/cleanup.h"
#include "sync/store/db.h"

bool store_setting_get(struct store *s, const char *name, struct str *out, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT value FROM setting WHERE name = ?", "t", name))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "setting %s", name);
    size_t len;
    const void *p = query_bytes(&q, 0, &len);
    str_clear(out);
    str_add(out, p, len);
    return true;
}

bool store_setting_set(struct store *s, const char *name, const void *value, size_t len, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    return db_end(s, db_run(s, e, "INSERT OR REPLACE INTO setting VALUES(?, ?)", "tb", name, len ? value : "", len), e);
}
