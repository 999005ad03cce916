#include "sync/store/store.h"

#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/store/db.h"

#include <string.h>
#include <sys/stat.h>

/* Keeps the powered-on clock going over restarts. */
static bool note_age(struct store *s, struct err *e)
{
    int64_t age;
    if (!db_begin(s, e))
        return false;
    return db_end(s, age_now(s, &age, e), e);
}

/* Every start: the powered-on clock; the first one: the first epoch. One transaction, so that of two processes that start
 * together one makes it. */
static bool begin_life(struct store *s, struct err *e)
{
    int64_t age, count;
    if (!db_begin(s, e))
        return false;
    bool ok = age_now(s, &age, e) && db_int(s, &count, e, "SELECT count(*) FROM epoch WHERE current = 1", "");
    return db_end(s, ok && (count == 1 || store_epoch_roll(s, e)), e);
}

struct store *store_open(const struct store_options *o, struct err *e)
{
    struct store *s = xcalloc(1, sizeof *s);
    s->o = *o;
    s->dir = xstrdup(o->dir);
    s->o.dir = s->dir;
    s->blobs = path_join(o->dir, "blobs");
    s->lock_fd = -1;
    clock_boot_id(s->boot);
    s->ready =
        db_open(s, e) && begin_life(s, e) && (!o->with_device_secret || (secret_load(s, e) && ticket_keys_ready(s, e)));
    if (s->ready)
        return s;
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    struct err e = {0};
    if (s->ready && !note_age(s, &e))
        log_warn("store.close", "%s", e.text);
    db_close(s);
    if (s->secret)
        s->o.crypto->secret_free(s->secret);
    free(s->blobs);
    free(s->dir);
    free(s);
}

int64_t store_data_version(struct store *s)
{
    int64_t v = 0;
    if (!db_int(s, &v, NULL, "PRAGMA data_version", ""))
        return 0;
    return v;
}

bool store_health(struct store *s, struct store_health *out, struct err *e)
{
    struct store_health h = {0};
    int64_t schema, synchronous, wal;
    if (!db_int(s, &schema, e, "PRAGMA user_version", "") || !db_int(s, &synchronous, e, "PRAGMA synchronous", "") ||
        !db_int(s, &wal, e, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'", "") ||
        !db_int(s, &h.blob_files, e, "SELECT count(*) FROM blob WHERE here = 1", "") ||
        !db_int(s, &h.blob_bytes, e, "SELECT coalesce(sum(sealed_bytes), 0) FROM blob WHERE here = 1", ""))
        return false;
    h.schema = (int)schema;
    h.synchronous = (int)synchronous;
    h.journal_wal = (int)wal;
    struct stat st;
    const char *const names[] = {"bulu.db", "bulu.db-wal"};
    int64_t *const sizes[] = {&h.db_bytes, &h.wal_bytes};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *path = path_join(s->dir, names[i]);
        *sizes[i] = stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
        free(path);
    }
    *out = h;
    return true;
}
