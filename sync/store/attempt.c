/* attempt.c — a six-digit code stands only because guesses are counted. A try is counted, durably, before it is made:
 * pulling the plug between the two wins nothing. Waits are measured in powered-on time (age.c): neither a wrong clock
 * nor a restart shortens them. One wrong code is a slip and costs nothing; then 1, 2, 4 s; the fifth locks for 10
 * minutes, every further five for twice as long, up to a day. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#define TRIES     5
#define LOCK_MS   ((int64_t)10 * 60 * 1000)
#define LOCK_MOST ((int64_t)24 * 60 * 60 * 1000)

struct attempt {
    int64_t wrong, locks, until;
};

static bool load(struct store *s, const char *subject, struct attempt *a, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT wrong, locks, until_age FROM attempt WHERE subject = ?", "t", subject))
        return false;
    int got = db_next(&q, e);
    *a = got > 0 ? (struct attempt){query_int(&q, 0), query_int(&q, 1), query_int(&q, 2)} : (struct attempt){0};
    return got >= 0;
}

static int64_t lock_length(int64_t locks)
{
    int64_t ms = LOCK_MS;
    for (int64_t i = 1; i < locks && ms < LOCK_MOST; i++)
        ms *= 2;
    return ms < LOCK_MOST ? ms : LOCK_MOST;
}

static bool count_one(struct store *s, const char *subject, struct attempt *a, int64_t age, struct err *e)
{
    a->wrong++;
    if (a->wrong < TRIES) {
        a->until = age + (a->wrong > 1 ? (int64_t)1000 << (a->wrong - 2) : 0);
    } else {
        a->wrong = 0;
        a->locks++;
        a->until = age + lock_length(a->locks);
        if (!audit_add(s, e, "code.locked", "subject=%s times=%lld", subject, (long long)a->locks))
            return false;
    }
    return db_run(s, e, "INSERT OR REPLACE INTO attempt VALUES(?, ?, ?, ?)", "tiii", subject, a->wrong, a->locks,
                  a->until);
}

bool attempt_begin(struct store *s, const char *subject, struct code_verdict *v, struct err *e)
{
    struct attempt a = {0};
    int64_t age = 0;
    if (!db_begin(s, e))
        return false;
    bool ok = load(s, subject, &a, e) && age_now(s, &age, e);
    bool locked = ok && a.until > age;
    if (ok && !locked)
        ok = count_one(s, subject, &a, age, e);
    if (!db_end(s, ok, e))
        return false;
    v->tries_left = (int)(TRIES - a.wrong) % TRIES; /* none counted: the lock is on */
    v->locked_for_ms = a.until > age ? a.until - age : 0;
    return !locked || err_set(e, ERR_DENIED, "locked for %lld ms", (long long)v->locked_for_ms);
}

void attempt_right(struct store *s, const char *subject)
{
    struct err e = {0};
    if (!db_begin(s, &e) || !db_end(s, db_run(s, &e, "DELETE FROM attempt WHERE subject = ?", "t", subject), &e))
        log_warn("store.attempt", "%s", e.text); /* the code was right all the same */
}
