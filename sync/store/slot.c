/* slot.c — the account slot of a folder (sync/protocol/sessions.h): its draft key together with the ID number, sealed to
 * the platform's public key. Nobody at this kiosk opens it; the platform does, for the person who logged in.
 *
 *   wrapped = "KEY_ID BASE64(box_seal(platform, {"id":…,"key":base64}))"
 *   check   = HKDF(draft key, "bulu draft key check 1"): tells whether a key that came back is this folder's */
#include "sync/store/db.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/record/canon.h"
#include "sync/store/settings.h"

#include <ctype.h>
#include <string.h>

static void key_check(const struct store *s, const unsigned char key[KEY_BYTES], unsigned char out[KEY_BYTES])
{
    s->o.crypto->derive(out, key, KEY_BYTES, NULL, 0, "bulu draft key check 1");
}

static void seal_slot(const struct store *s, const struct folder *f, const char *id18,
                      const unsigned char platform_key[KEY_BYTES], const char *key_id, struct str *out)
{
    CLEANUP(str_secret) struct str key = {0};
    CLEANUP(str_secret) struct str plain = {0};
    CLEANUP(str) struct str sealed = {0};
    base64_encode(&key, f->key, KEY_BYTES, BASE64_STANDARD);
    str_puts(&plain, "{\"id\":\"");
    for (const char *p = id18; *p; p++)
        if (isalnum((unsigned char)*p)) /* all that an ID number has; …x is …X */
            str_putc(&plain, (char)toupper((unsigned char)*p));
    str_printf(&plain, "\",\"key\":\"%s\"}", str_z(&key));
    s->o.crypto->box_seal(platform_key, plain.p, plain.len, &sealed);
    str_printf(out, "%s ", key_id);
    base64_encode(out, sealed.p, sealed.len, BASE64_STANDARD);
}

/* Is there a slot, and is it sealed to this key? */
static bool slot_stands(struct store *s, const char *folder, const char *key_id, bool *there, bool *fresh,
                        struct err *e)
{
    CLEANUP(query) struct query q = {0};
    size_t id_len = strlen(key_id), len;
    *there = *fresh = false;
    if (!db_query(s, &q, e, "SELECT wrapped FROM slot WHERE folder = ? AND kind = 'account'", "t", folder))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0;
    const char *have = query_bytes(&q, 0, &len);
    *there = true;
    *fresh = id_len && len > id_len && !memcmp(have, key_id, id_len) && have[id_len] == ' ';
    return true;
}

bool account_slot_put(struct store *s, const struct folder *f, const char *id18, bool *there, struct err *e)
{
    unsigned char platform_key[KEY_BYTES], check[KEY_BYTES];
    char key_id[PLATFORM_KEY_ID_SIZE] = "";
    bool fresh;
    struct err none = {0};
    bool enrolled = store_platform_key(s, platform_key, key_id, &none);
    if (!enrolled && none.code != ERR_NOT_FOUND) {
        *e = none;
        return false;
    }
    if (!slot_stands(s, f->id, key_id, there, &fresh, e))
        return false;
    if (!enrolled || fresh)
        return true;
    CLEANUP(str) struct str wrapped = {0};
    seal_slot(s, f, id18, platform_key, key_id, &wrapped);
    key_check(s, f->key, check);
    *there = true;
    return db_run(s, e, "INSERT OR REPLACE INTO slot VALUES(?, 'account', ?, ?, ?, 1)", "tbbb", f->id, "", (size_t)0,
                  wrapped.p, wrapped.len, check, sizeof check);
}

bool store_folder_slots(struct store *s, const char *id18, struct folder_slots *out, struct err *e)
{
    unsigned char tag[HASH_BYTES];
    CLEANUP(query) struct query q = {0};
    if (!folder_tag(s, id18, tag, e) ||
        !db_query(s, &q, e,
                  "SELECT sum(slot.kind IS 'code'), sum(slot.kind IS 'account'), sum(slot.kind IS 'code' AND "
                  "slot.proved = 1) FROM folder LEFT JOIN slot ON "
                  "slot.folder = folder.id WHERE tag = ? GROUP BY folder.id",
                  "b", tag, sizeof tag))
        return false;
    int got = db_next(&q, e);
    if (got < 0)
        return false;
    *out = (struct folder_slots){.exists = got > 0};
    if (got) {
        out->code = query_int(&q, 0) > 0;
        out->account = query_int(&q, 1) > 0;
        out->proved = query_int(&q, 2) > 0;
    }
    return true;
}

struct account_slot {
    char folder[37];
    struct str wrapped;
    unsigned char check[KEY_BYTES];
};

static bool find_account_slot(struct store *s, const char *id18, struct account_slot *out, struct err *e)
{
    unsigned char tag[HASH_BYTES];
    CLEANUP(query) struct query q = {0};
    size_t len;
    if (!folder_tag(s, id18, tag, e) ||
        !db_query(s, &q, e,
                  "SELECT folder.id, wrapped, \"check\" FROM folder JOIN slot ON slot.folder = folder.id AND kind = "
                  "'account' WHERE tag = ?",
                  "b", tag, sizeof tag))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no account slot of this person here");
    zcopy(out->folder, sizeof out->folder, query_text(&q, 0));
    const void *check = query_bytes(&q, 2, &len);
    if (len != sizeof out->check)
        return err_set(e, ERR_FORMAT, "account slot of %s: check", out->folder);
    memcpy(out->check, check, len);
    const void *wrapped = query_bytes(&q, 1, &len);
    str_add(&out->wrapped, wrapped, len);
    return true;
}

bool store_folder_slot_get(struct store *s, const char *id18, struct str *out, struct err *e)
{
    struct account_slot slot = {0};
    if (!find_account_slot(s, id18, &slot, e))
        return false;
    str_add(out, slot.wrapped.p, slot.wrapped.len);
    str_finish(&slot.wrapped);
    return true;
}

bool store_folder_open_key(struct store *s, const char *id18, const unsigned char key[KEY_BYTES], struct folder *out,
                           struct err *e)
{
    struct account_slot slot = {0};
    unsigned char check[KEY_BYTES], differ = 0;
    if (!find_account_slot(s, id18, &slot, e))
        return false;
    str_finish(&slot.wrapped);
    key_check(s, key, check);
    for (size_t i = 0; i < sizeof check; i++) /* in constant time */
        differ |= check[i] ^ slot.check[i];
    if (differ)
        return err_set(e, ERR_DENIED, "the key of another folder");
    struct folder f = {.key = s->o.crypto->secret_alloc(KEY_BYTES)};
    zcopy(f.id, sizeof f.id, slot.folder);
    memcpy(f.key, key, KEY_BYTES);
    folder_taken_up(s, &f, id18);
    *out = f;
    return true;
}

bool store_folder_claim(struct store *s, const struct folder *f, char out[FOLDER_CLAIM_SIZE], struct err *e)
{
    CLEANUP(query) struct query q = {0};
    if (!db_query(s, &q, e, "SELECT claim FROM folder WHERE id = ?", "t", f->id))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0 && err_set(e, ERR_NOT_FOUND, "no such folder");
    zcopy(out, FOLDER_CLAIM_SIZE, query_text(&q, 0));
    return true;
}

bool store_folder_claim_set(struct store *s, const struct folder *f, const char *claim, struct err *e)
{
    if (strlen(claim) >= FOLDER_CLAIM_SIZE)
        return err_set(e, ERR_FORMAT, "a claim of %zu characters", strlen(claim));
    return db_begin(s, e) && db_end(s, db_run(s, e, "UPDATE folder SET claim = ? WHERE id = ?", "tt", claim, f->id), e);
}
