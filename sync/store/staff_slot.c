/* staff_slot.c — for a forgotten 取件码: each member of staff has a pair of keys whose secret half is wrapped by device
 * secret and PIN, and each folder its draft key sealed to their public halves. Weaker than the 取件码 alone, since a PIN
 * opens many folders; not weaker than a PIN of six digits under the same lock, and not without a trace.
 *
 *   secret = AEAD(HKDF(Argon2id(PIN, salt) ‖ device secret), X25519 secret)        (staff.c)
 *   sealed = box_seal(public, folder's id ‖ draft key) */
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/store/db.h"
#include "sync/store/staff.h"

#include <stdio.h>
#include <string.h>

#define ID_LEN (UUID_SIZE - 1)

static bool put_one(struct store *s, const struct folder *f, const char *badge, const unsigned char public[KEY_BYTES],
                    struct err *e)
{
    CLEANUP(str_secret) struct str plain = {0};
    CLEANUP(str) struct str sealed = {0};
    str_add(&plain, f->id, ID_LEN);
    str_add(&plain, f->key, KEY_BYTES);
    s->o.crypto->box_seal(public, plain.p, plain.len, &sealed);
    return db_run(s, e, "INSERT OR REPLACE INTO staff_slot VALUES(?, ?, ?)", "ttb", f->id, badge, sealed.p, sealed.len);
}

struct wanting {
    char badge[STAFF_BADGE_SIZE];
    unsigned char public[KEY_BYTES];
};

bool staff_slots_put(struct store *s, const struct folder *f, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    AUTOFREE struct wanting *all = NULL;
    size_t n = 0, len;
    if (!db_query(s, &q, e,
                  "SELECT badge, public FROM staff WHERE public IS NOT NULL AND NOT EXISTS (SELECT 1 FROM staff_slot x "
                  "WHERE x.badge = staff.badge AND x.folder = ?)",
                  "t", f->id))
        return false;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        const void *public = query_bytes(&q, 1, &len);
        if (len != KEY_BYTES)
            continue;
        all = xrealloc(all, (n + 1) * sizeof *all);
        zcopy(all[n].badge, sizeof all[n].badge, query_text(&q, 0));
        memcpy(all[n++].public, public, KEY_BYTES);
    }
    query_finish(&q);
    bool ok = got == 0;
    for (size_t i = 0; ok && i < n; i++)
        ok = put_one(s, f, all[i].badge, all[i].public, e);
    return ok;
}

struct staff_slot {
    char folder[37];
    unsigned char salt[SALT_BYTES], public[KEY_BYTES];
    struct str secret, sealed;
};

static void staff_slot_finish(struct staff_slot *x)
{
    str_finish(&x->secret);
    str_finish(&x->sealed);
}

static bool find(struct store *s, const char *id18, const char *badge, struct staff_slot *out, struct err *e)
{
    unsigned char tag[HASH_BYTES];
    CLEANUP(query) struct query q = {0};
    size_t salt_len, public_len, len;
    if (!folder_tag(s, id18, tag, e) ||
        !db_query(
            s, &q, e,
            "SELECT f.id, m.salt, m.public, m.secret, x.sealed FROM folder f JOIN staff_slot x ON x.folder = f.id "
            "JOIN staff m ON m.badge = x.badge WHERE f.tag = ? AND m.badge = ?",
            "bt", tag, sizeof tag, badge))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no folder that this badge opens");
    zcopy(out->folder, sizeof out->folder, query_text(&q, 0));
    const void *salt = query_bytes(&q, 1, &salt_len), *public = query_bytes(&q, 2, &public_len);
    if (salt_len != SALT_BYTES || public_len != KEY_BYTES)
        return err_set(e, ERR_FORMAT, "staff: a row that is not whole");
    memcpy(out->salt, salt, SALT_BYTES);
    memcpy(out->public, public, KEY_BYTES);
    const void *secret = query_bytes(&q, 3, &len);
    str_add(&out->secret, secret, len);
    const void *sealed = query_bytes(&q, 4, &len);
    str_add(&out->sealed, sealed, len);
    return true;
}

static bool unwrap(struct store *s, const struct staff_slot *x, const char *badge, const char *pin, struct folder *out,
                   struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    CLEANUP(str_secret) struct str secret = {0};
    CLEANUP(str_secret) struct str plain = {0};
    unsigned char keys[SLOT_KEYS];
    char context[64];
    if (!slot_keys(s, pin, x->salt, keys, e))
        return false;
    snprintf(context, sizeof context, "staff %s", badge);
    bool ok = c->aead_open(keys, context, x->secret.p, x->secret.len, &secret, e) && secret.len == KEY_BYTES &&
              c->box_open(x->public, (const unsigned char *)secret.p, x->sealed.p, x->sealed.len, &plain, e);
    c->wipe(keys, sizeof keys);
    if (!ok || plain.len != ID_LEN + KEY_BYTES || memcmp(plain.p, x->folder, ID_LEN) != 0)
        return err_set(e, ERR_CRYPTO, "staff slot of %s", x->folder);
    out->key = c->secret_alloc(KEY_BYTES);
    memcpy(out->key, plain.p + ID_LEN, KEY_BYTES);
    zcopy(out->id, sizeof out->id, x->folder);
    return true;
}

bool store_folder_open_staff(struct store *s, const char *id18, const char *badge, const char *pin, struct folder *out,
                             struct code_verdict *v, struct err *e)
{
    struct staff_slot x = {0};
    struct folder f = {0};
    enum staff_role role;
    bool ok = store_staff_check(s, badge, pin, &role, v, e) && find(s, id18, badge, &x, e) &&
              unwrap(s, &x, badge, pin, &f, e);
    ok =
        ok && db_begin(s, e) && db_end(s, audit_add(s, e, "folder.by_staff", "folder=%s badge=%s", x.folder, badge), e);
    staff_slot_finish(&x);
    if (!ok) {
        folder_finish(&f, s->o.crypto);
        return false;
    }
    folder_taken_up(s, &f, id18);
    *out = f;
    return true;
}
