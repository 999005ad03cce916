/* queue_list.c — what waits, for staff: numbers and states, nothing of anybody. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"

#include <string.h>

static enum decl_state state_of_row(const char *state)
{
    return !strcmp(state, "dead") ? DECL_SEND_FAILED : !strcmp(state, "sending") ? DECL_SENDING : DECL_QUEUED;
}

bool store_queue(struct store *s, size_t most, struct queue_row **rows, size_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    struct queue_row *list = NULL;
    size_t len = 0;
    if (!db_query(s, &q, e,
                  "SELECT p.receipt, o.version, o.state, o.seq, o.queued_ms, o.tries, o.problem FROM outbox o JOIN "
                  "submission p ON p.declaration = o.declaration AND p.version = o.version WHERE o.withdrawn = 0"
                  " ORDER BY o.state <> 'dead', o.seq LIMIT ?",
                  "i", (int64_t)most))
        return false;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        list = xrealloc(list, (len + 1) * sizeof *list);
        struct queue_row *r = &list[len++];
        *r = (struct queue_row){.version = (int)query_int(&q, 1),
                                .state = state_of_row(query_text(&q, 2)),
                                .seq = query_int(&q, 3),
                                .queued_ms = query_int(&q, 4),
                                .tries = (int)query_int(&q, 5),
                                .problem = xstrdup(query_text(&q, 6))};
        zcopy(r->receipt, sizeof r->receipt, query_text(&q, 0));
    }
    if (got < 0) {
        store_queue_free(list, len);
        return false;
    }
    *rows = list;
    *n = len;
    return true;
}

void store_queue_free(struct queue_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(rows[i].problem);
    free(rows);
}
