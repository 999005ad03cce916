/* folder.c — whose drafts: found by a MAC of the ID number, opened by the 取件码 (or the account slot: slot.c).
 *
 *   tag        = HMAC(HKDF(device secret, "bulu folder tag 1"), ID number)
 *   kek, check = HKDF(Argon2id(code, salt) ‖ device secret, salt, "bulu code slot 1" | "bulu code check 1")
 *   wrapped    = AEAD(kek, draft key)
 *
 * check tells whether a code is right and opens nothing; it goes along with a receipt when the folder is long gone. */
#include "sync/store/db.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void folder_finish(struct folder *f, const struct crypto_ops *c)
{
    c->secret_free(f->key);
    *f = (struct folder){0};
}

static bool need_secret(const struct store *s, struct err *e)
{
    return s->secret || err_set(e, ERR_STATE, "this program does not hold the device secret");
}

bool folder_tag(const struct store *s, const char *id18, unsigned char tag[HASH_BYTES], struct err *e)
{
    char id[64];
    size_t len = strlen(id18);
    if (!need_secret(s, e))
        return false;
    if (!len || len >= sizeof id)
        return err_set(e, ERR_FORMAT, "an ID number of %zu characters", len);
    for (size_t i = 0; i <= len; i++)
        id[i] = (char)toupper((unsigned char)id18[i]); /* …x is …X */
    unsigned char key[KEY_BYTES];
    s->o.crypto->derive(key, s->secret, KEY_BYTES, NULL, 0, "bulu folder tag 1");
    s->o.crypto->mac(tag, key, id, len);
    s->o.crypto->wipe(key, sizeof key);
    s->o.crypto->wipe(id, sizeof id);
    return true;
}

bool slot_keys(struct store *s, const char *code, const unsigned char salt[SALT_BYTES], unsigned char out[SLOT_KEYS],
               struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    unsigned char both[2 * KEY_BYTES];
    if (!need_secret(s, e) || !c->code_key(both, code, salt, e))
        return false;
    memcpy(both + KEY_BYTES, s->secret, KEY_BYTES);
    c->derive(out, both, sizeof both, salt, SALT_BYTES, "bulu code slot 1");
    c->derive(out + KEY_BYTES, both, sizeof both, salt, SALT_BYTES, "bulu code check 1");
    c->wipe(both, sizeof both);
    return true;
}

static void slot_context(const char *folder, char out[64])
{
    snprintf(out, 64, "slot code %s", folder);
}

bool store_folder_exists(struct store *s, const char *id18, bool *exists, struct err *e)
{
    unsigned char tag[HASH_BYTES];
    int64_t count;
    if (!folder_tag(s, id18, tag, e) ||
        !db_int(s, &count, e, "SELECT count(*) FROM folder WHERE tag = ?", "b", tag, sizeof tag))
        return false;
    *exists = count > 0;
    return true;
}

/* What the code slot of a folder holds. Argon2id takes a while: made before the transaction. */
struct code_slot {
    unsigned char salt[SALT_BYTES], check[KEY_BYTES];
    struct str wrapped;
};

static bool code_slot_make(struct store *s, const struct folder *f, const char *code, struct code_slot *out,
                           struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    unsigned char keys[SLOT_KEYS];
    char context[64];
    c->random(out->salt, sizeof out->salt);
    if (!slot_keys(s, code, out->salt, keys, e))
        return false;
    slot_context(f->id, context);
    c->aead_seal(keys, context, f->key, KEY_BYTES, &out->wrapped);
    memcpy(out->check, keys + KEY_BYTES, sizeof out->check);
    c->wipe(keys, sizeof keys);
    return true;
}

static bool code_slot_put(struct store *s, const struct folder *f, const struct code_slot *slot, bool proved,
                          struct err *e)
{
    return db_run(s, e, "INSERT OR REPLACE INTO slot VALUES(?, 'code', ?, ?, ?, ?)", "tbbbi", f->id, slot->salt,
                  sizeof slot->salt, slot->wrapped.p, slot->wrapped.len, slot->check, sizeof slot->check,
                  (int64_t)proved);
}

static bool insert_folder(struct store *s, const struct folder *f, const char *id18, struct err *e)
{
    unsigned char tag[HASH_BYTES];
    return folder_tag(s, id18, tag, e) &&
           db_run(s, e, "INSERT INTO folder(id, tag, made_ms, changed_ms) VALUES(?, ?, ?, ?)", "tbii", f->id, tag,
                  sizeof tag, wall_now(s), wall_now(s)); /* a folder of this person: the tag is unique, ERR_EXISTS */
}

static bool insert_all(struct store *s, const struct folder *f, const char *id18, const struct code_slot *code,
                       struct err *e)
{
    bool account = false;
    if (!db_begin(s, e))
        return false;
    bool ok = insert_folder(s, f, id18, e) && (!code || code_slot_put(s, f, code, false, e)) &&
              account_slot_put(s, f, id18, &account, e) && staff_slots_put(s, f, e);
    if (ok && !code && !account)
        ok = err_set(e, ERR_STATE, "neither a code nor a platform's key: nobody could open it again");
    ok = ok && audit_add(s, e, "folder.made", "folder=%s code=%d account=%d", f->id, code != NULL, account);
    return db_end(s, ok, e);
}

bool store_folder_create(struct store *s, const char *id18, const char *code, struct folder *out, struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    struct folder f = {.key = c->secret_alloc(KEY_BYTES)};
    struct code_slot slot = {0};
    uuid_make(s->o.random, f.id);
    c->random(f.key, KEY_BYTES);
    bool ok = (!code || code_slot_make(s, &f, code, &slot, e)) && insert_all(s, &f, id18, code ? &slot : NULL, e);
    str_finish(&slot.wrapped);
    if (ok)
        *out = f;
    else
        folder_finish(&f, c);
    return ok;
}

bool store_folder_code_set(struct store *s, const struct folder *f, const char *code, bool proved, struct err *e)
{
    struct code_slot slot = {0};
    char subject[48];
    if (!code_slot_make(s, f, code, &slot, e))
        return false;
    bool ok = db_begin(s, e);
    ok = ok && db_end(s,
                      code_slot_put(s, f, &slot, proved, e) &&
                          audit_add(s, e, "folder.code", "folder=%s proved=%d", f->id, proved),
                      e);
    str_finish(&slot.wrapped);
    snprintf(subject, sizeof subject, "folder:%s", f->id);
    if (ok)
        attempt_right(s, subject); /* tries of the old one do not count against the new one */
    return ok;
}

bool store_folder_code_prove(struct store *s, const struct folder *f, struct err *e)
{
    return db_begin(s, e) &&
           db_end(s, db_run(s, e, "UPDATE slot SET proved = 1 WHERE folder = ? AND kind = 'code'", "t", f->id), e);
}

bool store_folder_code_void(struct store *s, const struct folder *f, bool *was, struct err *e)
{
    *was = false;
    if (!db_begin(s, e))
        return false;
    bool ok =
        db_run(s, e,
               "DELETE FROM slot WHERE folder = ?1 AND kind = 'code' AND proved = 0 AND EXISTS (SELECT 1 FROM slot "
               "a WHERE a.folder = ?1 AND a.kind = 'account')",
               "t", f->id);
    *was = ok && db_changes(s) == 1;
    ok = ok && (!*was || (db_run(s, e, "DELETE FROM attempt WHERE subject = 'folder:' || ?", "t", f->id) &&
                          audit_add(s, e, "folder.code_void", "folder=%s", f->id)));
    return db_end(s, ok, e);
}

struct slot {
    char folder[37];
    unsigned char salt[SALT_BYTES];
    struct str wrapped;
};

static bool find_slot(struct store *s, const char *id18, struct slot *slot, struct err *e)
{
    unsigned char tag[HASH_BYTES];
    CLEANUP(query) struct query q = {0};
    if (!folder_tag(s, id18, tag, e) ||
        !db_query(s, &q, e,
                  "SELECT folder.id, salt, wrapped FROM folder JOIN slot ON slot.folder "
                  "= folder.id AND kind = 'code' WHERE tag = ?",
                  "b", tag, sizeof tag))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no folder of this person here");
    size_t len;
    zcopy(slot->folder, sizeof slot->folder, query_text(&q, 0));
    const void *salt = query_bytes(&q, 1, &len);
    if (len != SALT_BYTES)
        return err_set(e, ERR_FORMAT, "slot of %s: salt", slot->folder);
    memcpy(slot->salt, salt, SALT_BYTES);
    const void *wrapped = query_bytes(&q, 2, &len);
    str_add(&slot->wrapped, wrapped, len);
    return true;
}

static bool unwrap(struct store *s, const struct slot *slot, const char *code, struct folder *out, struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    unsigned char keys[SLOT_KEYS];
    char context[64];
    struct str key = {0};
    if (!slot_keys(s, code, slot->salt, keys, e))
        return false;
    slot_context(slot->folder, context);
    bool ok = c->aead_open(keys, context, slot->wrapped.p, slot->wrapped.len, &key, NULL) && key.len == KEY_BYTES;
    c->wipe(keys, sizeof keys);
    if (ok) {
        zcopy(out->id, sizeof out->id, slot->folder);
        out->key = c->secret_alloc(KEY_BYTES);
        memcpy(out->key, key.p, KEY_BYTES);
    }
    str_finish_secret(&key);
    return ok || err_set(e, ERR_DENIED, "wrong code");
}

/* Taking a folder up again begins its thirty days anew; an account slot that is missing (no platform's key when it was
 * made) or of an older key is made now. Best effort: the folder is open all the same. */
void folder_taken_up(struct store *s, const struct folder *f, const char *id18)
{
    struct err e = {0};
    bool account;
    if (!db_begin(s, &e) || !db_end(s,
                                    db_run(s, &e, "UPDATE folder SET changed_ms = ?, aged_ms = NULL WHERE id = ?", "it",
                                           wall_now(s), f->id) &&
                                        account_slot_put(s, f, id18, &account, &e) && staff_slots_put(s, f, &e),
                                    &e))
        log_warn("store.touch", "%s", e.text);
}

bool store_folder_open(struct store *s, const char *id18, const char *code, struct folder *out, struct code_verdict *v,
                       struct err *e)
{
    struct slot slot = {0};
    struct folder f = {0};
    char subject[48];
    *v = (struct code_verdict){0};
    bool ok = find_slot(s, id18, &slot, e);
    snprintf(subject, sizeof subject, "folder:%s", slot.folder);
    ok = ok && attempt_begin(s, subject, v, e) && unwrap(s, &slot, code, &f, e);
    str_finish(&slot.wrapped);
    if (!ok)
        return false;
    attempt_right(s, subject);
    folder_taken_up(s, &f, id18);
    *v = (struct code_verdict){0};
    *out = f;
    return true;
}

bool store_receipt_check(struct store *s, const char *receipt, const char *code, struct code_verdict *v, struct err *e)
{
    unsigned char salt[SALT_BYTES], check[KEY_BYTES], keys[SLOT_KEYS];
    char number[RECEIPT_SIZE], subject[48];
    size_t salt_len, check_len;
    *v = (struct code_verdict){0};
    if (!receipt_parse(receipt, number))
        return err_set(e, ERR_NOT_FOUND, "not a receipt number");
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT salt, \"check\" FROM receipt WHERE number = ? AND salt IS NOT NULL", "t", number))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no such receipt here");
    const void *salt_at = query_bytes(&q, 0, &salt_len), *check_at = query_bytes(&q, 1, &check_len);
    if (salt_len != sizeof salt || check_len != sizeof check)
        return err_set(e, ERR_FORMAT, "receipt: salt or check");
    memcpy(salt, salt_at, sizeof salt);
    memcpy(check, check_at, sizeof check);
    query_finish(&q);
    snprintf(subject, sizeof subject, "receipt:%s", number);
    if (!attempt_begin(s, subject, v, e) || !slot_keys(s, code, salt, keys, e))
        return false;
    unsigned char differ = 0; /* in constant time */
    for (size_t i = 0; i < sizeof check; i++)
        differ |= check[i] ^ keys[KEY_BYTES + i];
    s->o.crypto->wipe(keys, sizeof keys);
    if (differ)
        return err_set(e, ERR_DENIED, "wrong code");
    attempt_right(s, subject);
    *v = (struct code_verdict){0};
    return true;
}
