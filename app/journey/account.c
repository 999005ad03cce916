#include "app/journey/account.h"

#include <string.h>

static const char *const proofs[] = {
    [PROOF_TYPED] = "typed", [PROOF_LOGIN] = "login", [PROOF_WECHAT] = "wechat", [PROOF_CHIP] = "chip"};

const char *account_proof_name(enum account_proof p)
{
    return proofs[p];
}

void account_begin(struct account *a, const struct crypto_ops *c)
{
    if (a->secret)
        return;
    a->crypto = c;
    a->secret = c->secret_alloc(sizeof *a->secret);
    memset(a->secret, 0, sizeof *a->secret);
    c->box_keys(a->secret->public_key, a->secret->secret_key);
}

/* A member that must be a text of one to `most` bytes. */
static const char *text(const json_t *o, const char *key, size_t most)
{
    const json_t *v = json_object_get(o, key);
    size_t len = json_string_length(v);
    return json_is_string(v) && len > 0 && len <= most && strlen(json_string_value(v)) == len ? json_string_value(v)
                                                                                              : NULL;
}

static bool token_good(const char *z)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return z && strlen(z) == ACCOUNT_TOKEN_LEN && strspn(z, set) == ACCOUNT_TOKEN_LEN;
}

static bool id_good(const char *z)
{
    return z && strlen(z) == 18 && strspn(z, "0123456789") >= 17 && strchr("0123456789X", z[17]);
}

static bool account_good(const json_t *o, struct err *e)
{
    const struct account_secret *size = NULL;
    if (!id_good(text(o, "id", 18)))
        return err_set(e, ERR_FORMAT, "account: id");
    if (!text(o, "full_name", sizeof size->full_name - 1))
        return err_set(e, ERR_FORMAT, "account: full_name");
    if (!text(o, "mobile", sizeof size->mobile - 1))
        return err_set(e, ERR_FORMAT, "account: mobile");
    return true;
}

static void take(struct account *a, const json_t *o)
{
    const json_t *images = json_object_get(o, "images");
    struct account_secret *s = a->secret;
    zcopy(s->id18, sizeof s->id18, json_string_value(json_object_get(o, "id")));
    zcopy(s->full_name, sizeof s->full_name, json_string_value(json_object_get(o, "full_name")));
    zcopy(s->mobile, sizeof s->mobile, json_string_value(json_object_get(o, "mobile")));
    a->wechat = json_is_true(json_object_get(o, "wechat"));
    a->portrait = json_is_true(json_object_get(images, "portrait"));
    a->photo = json_is_true(json_object_get(images, "photo"));
}

bool account_login(struct account *a, const json_t *session, int64_t now_ms, struct err *e)
{
    const char *token = text(session, "session", ACCOUNT_TOKEN_LEN), *proof = text(session, "proof", 16);
    const json_t *account = json_object_get(session, "account");
    int64_t expires = json_integer_value(json_object_get(session, "expires_in")),
            idle = json_integer_value(json_object_get(session, "idle"));
    bool wechat = proof && !strcmp(proof, proofs[PROOF_WECHAT]);
    if (!a->secret)
        return err_set(e, ERR_STATE, "no login was begun");
    if (!token_good(token))
        return err_set(e, ERR_FORMAT, "session: token");
    if (!proof || (!wechat && strcmp(proof, proofs[PROOF_LOGIN]) != 0))
        return err_set(e, ERR_FORMAT, "session: proof");
    if (expires <= 0 || expires > INT32_MAX || idle <= 0 || idle > INT32_MAX)
        return err_set(e, ERR_FORMAT, "session: expires_in or idle");
    if (!account_good(account, e))
        return false;
    take(a, account);
    const char *park = text(session, "park", ACCOUNT_PARK_SIZE - 1);
    zcopy(a->secret->token, sizeof a->secret->token, token);
    zcopy(a->secret->park, sizeof a->secret->park, park ? park : "");
    a->proof = wechat ? PROOF_WECHAT : PROOF_LOGIN;
    a->expires_ms = now_ms + expires * 1000;
    a->idle_ms = idle * 1000;
    a->used_ms = now_ms;
    return true;
}

bool account_refresh(struct account *a, const json_t *account, struct err *e)
{
    if (!account_in(a))
        return err_set(e, ERR_STATE, "nobody is logged in");
    if (!account_good(account, e))
        return false;
    if (strcmp(json_string_value(json_object_get(account, "id")), a->secret->id18) != 0)
        return err_set(e, ERR_DENIED, "the account of another person");
    take(a, account);
    return true;
}

bool account_in(const struct account *a)
{
    return a->secret && a->secret->token[0];
}

bool account_expired(const struct account *a, int64_t now_ms)
{
    return !account_in(a) || now_ms >= a->expires_ms || now_ms >= a->used_ms + a->idle_ms;
}

void account_used(struct account *a, int64_t now_ms)
{
    a->used_ms = now_ms;
}

void account_ended(struct account *a)
{
    if (a->secret)
        a->crypto->wipe(a->secret->token, sizeof a->secret->token);
    a->expires_ms = 0;
}

void account_vouch(struct account *a, const struct crypto_ops *c, const char *id18)
{
    account_begin(a, c);
    zcopy(a->secret->vouched, sizeof a->secret->vouched, id18);
    a->secret->claim[0] = '\0';
}

void account_claim(struct account *a, const struct crypto_ops *c, const char *id18,
                   const unsigned char claim[TICKET_CLAIM])
{
    account_vouch(a, c, id18);
    ticket_claim_text(claim, a->secret->claim);
}

static bool same_person(const char *have, const char *id18)
{
    return have[0] && strcmp(have, id18) == 0;
}

enum account_proof account_proof_of(const struct account *a, const char *id18)
{
    if (!a->secret)
        return PROOF_TYPED;
    if (a->proof != PROOF_TYPED && same_person(a->secret->id18, id18))
        return a->proof;
    return same_person(a->secret->vouched, id18) && !a->secret->claim[0] ? PROOF_WECHAT : PROOF_TYPED;
}

const char *account_claim_of(const struct account *a, const char *id18)
{
    return a->secret && same_person(a->secret->vouched, id18) ? a->secret->claim : "";
}

void account_wipe(struct account *a)
{
    if (a->secret)
        a->crypto->secret_free(a->secret);
    memset(a, 0, sizeof *a);
}
