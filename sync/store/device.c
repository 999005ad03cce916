#include "sync/store/device.h"

#include "sync/base/cleanup.h"
#include "sync/store/db.h"

#include <string.h>

static const char *const names[DEVICE_STATES] = {"unused", "ok", "attention", "missing", "hanging", "failed"};

const char *device_state_name(enum device_state s)
{
    return names[s];
}

/* A word of a newer program reads as "failed": it is nothing that went well. */
static enum device_state state_of(const char *name)
{
    for (int i = 0; i < DEVICE_STATES; i++)
        if (!strcmp(names[i], name))
            return (enum device_state)i;
    return DEVICE_FAILED;
}

static bool put_row(struct store *s, const struct device_row *r, struct err *e)
{
    return db_run(
        s, e,
        "INSERT INTO device(id, name, state, since_ms, error, error_ms, done, failed, present) VALUES"
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1) ON CONFLICT(id) DO UPDATE SET name = ?2, state = ?3, since_ms = ?4, "
        "error = CASE ?5 WHEN '' THEN error ELSE ?5 END, error_ms = CASE ?5 WHEN '' THEN error_ms ELSE ?6 END, "
        "done = done + ?7, failed = failed + ?8, present = 1",
        "tttitiii", r->id, r->name, device_state_name(r->state), r->since_ms, r->error, r->error_ms, r->done,
        r->failed);
}

bool store_devices_put(struct store *s, const struct device_row *rows, size_t n, struct err *e)
{
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, e, "UPDATE device SET present = 0", "");
    for (size_t i = 0; ok && i < n; i++)
        ok = put_row(s, &rows[i], e);
    ok = ok && db_run(s, e, "DELETE FROM device WHERE present = 0", "");
    return db_end(s, ok, e);
}

bool store_devices(struct store *s, struct device_row **rows, size_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    struct device_row *list = NULL;
    size_t len = 0;
    if (!db_query(s, &q, e, "SELECT id, name, state, since_ms, error, error_ms, done, failed FROM device ORDER BY id",
                  ""))
        return false;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        list = xrealloc(list, (len + 1) * sizeof *list);
        struct device_row *r = &list[len++];
        *r = (struct device_row){.state = state_of(query_text(&q, 2)),
                                 .since_ms = query_int(&q, 3),
                                 .error_ms = query_int(&q, 5),
                                 .done = query_int(&q, 6),
                                 .failed = query_int(&q, 7)};
        zcopy(r->id, sizeof r->id, query_text(&q, 0));
        zcopy(r->name, sizeof r->name, query_text(&q, 1));
        zcopy(r->error, sizeof r->error, query_text(&q, 4));
    }
    if (got < 0) {
        free(list);
        return false;
    }
    *rows = list;
    *n = len;
    return true;
}
