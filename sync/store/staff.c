#include "sync/store/staff.h"

#include "sync/base/cleanup.h"
#include "sync/store/db.h"

#include <stdio.h>
#include <string.h>

static const char *const roles[] = {[STAFF_HALL] = "staff", [STAFF_OPERATOR] = "operator"};

const char *staff_role_name(enum staff_role r)
{
    return roles[r];
}

bool staff_role_parse(const char *name, enum staff_role *out)
{
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (!strcmp(name, roles[i])) {
            *out = (enum staff_role)i;
            return true;
        }
    return false;
}

static bool badge_good(const char *badge)
{
    size_t len = strlen(badge);
    return len > 0 && len < STAFF_BADGE_SIZE &&
           strspn(badge, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool pin_good(const char *pin)
{
    size_t len = strlen(pin);
    return len >= STAFF_PIN_LEAST && len <= STAFF_PIN_MOST && strspn(pin, "0123456789") == len;
}

/* 000000, 123456, 654321 */
static bool pin_weak(const char *pin)
{
    bool same = true, up = true, down = true;
    for (const char *p = pin + 1; *p; p++) {
        same = same && *p == p[-1];
        up = up && *p == p[-1] + 1;
        down = down && *p == p[-1] - 1;
    }
    return same || up || down;
}

/* The part of slot_keys that opens nothing. */
static bool check_value(struct store *s, const char *pin, const unsigned char salt[SALT_BYTES],
                        unsigned char out[KEY_BYTES], struct err *e)
{
    unsigned char keys[SLOT_KEYS];
    if (!slot_keys(s, pin, salt, keys, e))
        return false;
    memcpy(out, keys + KEY_BYTES, KEY_BYTES);
    s->o.crypto->wipe(keys, sizeof keys);
    return true;
}

/* Its secret half is for who knows the PIN, at this kiosk; a new PIN is a new pair. */
struct pair {
    unsigned char public[KEY_BYTES];
    struct str secret;
};

static bool pair_make(struct store *s, const char *badge, const char *pin, const unsigned char salt[SALT_BYTES],
                      struct pair *out, struct err *e)
{
    const struct crypto_ops *c = s->o.crypto;
    unsigned char keys[SLOT_KEYS], secret[KEY_BYTES];
    char context[64];
    if (!slot_keys(s, pin, salt, keys, e))
        return false;
    snprintf(context, sizeof context, "staff %s", badge);
    c->box_keys(out->public, secret);
    c->aead_seal(keys, context, secret, sizeof secret, &out->secret);
    c->wipe(secret, sizeof secret);
    c->wipe(keys, sizeof keys);
    return true;
}

bool store_staff_put(struct store *s, const char *badge, const char *pin, enum staff_role role, struct err *e)
{
    unsigned char salt[SALT_BYTES], check[KEY_BYTES];
    if (!badge_good(badge))
        return err_set(e, ERR_FORMAT, "badge: expected 1 to %d letters, digits or -", STAFF_BADGE_SIZE - 1);
    if (!pin_good(pin))
        return err_set(e, ERR_FORMAT, "PIN: expected %d to %d digits", STAFF_PIN_LEAST, STAFF_PIN_MOST);
    if (pin_weak(pin))
        return err_set(e, ERR_DENIED, "PIN: one that anybody would try first");
    s->o.crypto->random(salt, sizeof salt);
    struct pair pair = {0};
    if (!check_value(s, pin, salt, check, e) || !pair_make(s, badge, pin, salt, &pair, e))
        return false;
    bool ok = db_begin(s, e);
    ok = ok && db_end(s,
                      db_run(s, e, "INSERT OR REPLACE INTO staff VALUES(?, ?, ?, ?, ?, ?, ?)", "ttbbibb", badge,
                             roles[role], salt, sizeof salt, check, sizeof check, clock_wall(s->o.clock), pair.public,
                             sizeof pair.public, pair.secret.p, pair.secret.len) &&
                          audit_add(s, e, "staff.put", "badge=%s role=%s", badge, roles[role]),
                      e);
    str_finish(&pair.secret);
    return ok;
}

bool store_staff_remove(struct store *s, const char *badge, struct err *e)
{
    if (!badge_good(badge))
        return err_set(e, ERR_NOT_FOUND, "no such badge here");
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, e, "DELETE FROM staff WHERE badge = ?", "t", badge) &&
              (db_changes(s) || err_set(e, ERR_NOT_FOUND, "no such badge here")) &&
              audit_add(s, e, "staff.removed", "badge=%s", badge);
    return db_end(s, ok, e);
}

bool store_staff(struct store *s, struct staff_row **rows, size_t *n, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    *rows = NULL;
    *n = 0;
    if (!db_query(s, &q, e, "SELECT badge, role, made_ms FROM staff ORDER BY badge", ""))
        return false;
    int got;
    while ((got = db_next(&q, e)) > 0) {
        *rows = xrealloc(*rows, (*n + 1) * sizeof **rows);
        struct staff_row *r = &(*rows)[(*n)++];
        *r = (struct staff_row){.made_ms = query_int(&q, 2)};
        zcopy(r->badge, sizeof r->badge, query_text(&q, 0));
        if (!staff_role_parse(query_text(&q, 1), &r->role))
            r->role = STAFF_HALL;
    }
    if (got == 0)
        return true;
    free(*rows);
    *rows = NULL;
    return false;
}

/* An unknown badge gets a salt that fits nobody, and the same work. */
struct known {
    unsigned char salt[SALT_BYTES], check[KEY_BYTES];
    enum staff_role role;
    bool there;
};

static bool find(struct store *s, const char *badge, struct known *k, struct err *e)
{
    CLEANUP(query) struct query q = {0};
    size_t salt_len, check_len;
    *k = (struct known){0};
    if (!db_query(s, &q, e, "SELECT salt, \"check\", role FROM staff WHERE badge = ?", "t", badge))
        return false;
    int got = db_next(&q, e);
    if (got <= 0)
        return got == 0;
    const void *salt = query_bytes(&q, 0, &salt_len), *check = query_bytes(&q, 1, &check_len);
    if (salt_len != SALT_BYTES || check_len != KEY_BYTES || !staff_role_parse(query_text(&q, 2), &k->role))
        return err_set(e, ERR_FORMAT, "staff: a row that is not whole");
    memcpy(k->salt, salt, SALT_BYTES);
    memcpy(k->check, check, KEY_BYTES);
    k->there = true;
    return true;
}

static bool same_bytes(const unsigned char *a, const unsigned char *b, size_t n)
{
    unsigned differ = 0;
    for (size_t i = 0; i < n; i++)
        differ |= (unsigned)(a[i] ^ b[i]);
    return !differ;
}

bool store_staff_check(struct store *s, const char *badge, const char *pin, enum staff_role *role,
                       struct code_verdict *v, struct err *e)
{
    struct known k;
    unsigned char check[KEY_BYTES];
    char subject[64];
    *v = (struct code_verdict){0};
    if (!badge_good(badge) || !pin_good(pin))
        return err_set(e, ERR_DENIED, "wrong badge or PIN");
    snprintf(subject, sizeof subject, "staff:%s", badge);
    if (!attempt_begin(s, subject, v, e) || !find(s, badge, &k, e) || !check_value(s, pin, k.salt, check, e))
        return false;
    bool right = same_bytes(check, k.check, sizeof check) && k.there;
    s->o.crypto->wipe(check, sizeof check);
    if (!db_begin(s, e) || !db_end(s, audit_add(s, e, right ? "staff.in" : "staff.refused", "badge=%s", badge), e))
        return false;
    if (!right)
        return err_set(e, ERR_DENIED, "wrong badge or PIN");
    attempt_right(s, subject);
    *v = (struct code_verdict){0};
    *role = k.role;
    return true;
}
