/* secret.c — the device secret: 32 bytes, 0600, made at first start. Without it no folder on this machine opens. */
#include "sync/store/db.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"

#include <string.h>

static bool make_secret(struct store *s, const char *path, struct str *bytes, struct err *e)
{
    int64_t folders;
    if (!db_int(s, &folders, e, "SELECT count(*) FROM folder", ""))
        return false;
    if (folders) /* lost or removed: those folders stay closed, new ones can be made */
        log_error("store.secret", "lost=1 folders=%lld", (long long)folders);
    s->o.crypto->random(str_reserve(bytes, KEY_BYTES), KEY_BYTES);
    bytes->len = KEY_BYTES;
    return file_write_durable(path, bytes->p, bytes->len, 0600, e) &&
           audit_add(s, e, "secret.made", "folders=%lld", (long long)folders);
}

bool secret_load(struct store *s, struct err *e)
{
    AUTOFREE char *path = path_join(s->dir, "device.secret");
    struct str bytes = {0};
    if (!db_begin(s, e)) /* two processes that start together make one secret */
        return false;
    bool ok = file_exists(path) ? file_read(path, KEY_BYTES, &bytes, e) : make_secret(s, path, &bytes, e);
    if (ok && bytes.len != KEY_BYTES)
        ok = err_set(e, ERR_FORMAT, "%s: not %d bytes", path, KEY_BYTES);
    ok = db_end(s, ok, e);
    if (ok) {
        s->secret = s->o.crypto->secret_alloc(KEY_BYTES);
        memcpy(s->secret, str_z(&bytes), KEY_BYTES);
    }
    str_finish_secret(&bytes);
    return ok;
}
