/* age.c — a clock that nobody can set: the sum of the time this machine was switched on, as far as the store saw it.
 * Within one boot it follows the monotonic clock; on a new boot the time since that boot is added. What passed switched
 * off, or between the last look and a power cut, does not count: it is too slow rather than too fast, which is the safe
 * side for locks and for grace before deletion. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"

#include <string.h>

bool age_now(struct store *s, int64_t *ms, struct err *e)
{
    int64_t mono = clock_mono(s->o.clock), total = mono;
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT boot, mono, total FROM age", ""))
        return false;
    int got = db_next(&q, e);
    if (got < 0)
        return false;
    if (got) {
        bool same = !strcmp(query_text(&q, 0), s->boot);
        int64_t passed = same ? mono - query_int(&q, 1) : mono;
        total = query_int(&q, 2) + (passed > 0 ? passed : 0);
    }
    query_finish(&q);
    if (!db_run(s, e, "INSERT OR REPLACE INTO age VALUES(1, ?, ?, ?)", "tii", s->boot, mono, total))
        return false;
    *ms = total;
    return true;
}
