#include "sync/platform/applicants.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/drafts.h"
#include "sync/platform/profiles.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/sealed.h"
#include "sync/record/validate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Keys are derived from the key for people, one a purpose. */
#define PURPOSE_ID     "bulu person tag 1"
#define PURPOSE_MOBILE "bulu mobile tag 1"
#define PURPOSE_REST   "bulu person at rest 1"

void applicant_wipe(struct applicant *a)
{
    crypto_sodium()->wipe(a, sizeof *a);
}

/* --- numbers --- */

bool id_number_read(const char *typed, char out[ID_NUMBER_SIZE])
{
    char z[ID_NUMBER_SIZE];
    size_t n = 0;
    for (; *typed; typed++) {
        if (*typed == ' ')
            continue;
        if (n == sizeof z - 1)
            return false;
        z[n++] = (char)toupper((unsigned char)*typed);
    }
    z[n] = '\0';
    if (resident_id_check(z, clock_beijing(clock_wall(clock_system()))) != ID_OK)
        return false;
    memcpy(out, z, sizeof z);
    return true;
}

bool mobile_read(const char *typed, char out[MOBILE_SIZE])
{
    return mobile_check(typed) && zcopy(out, MOBILE_SIZE, typed);
}

static void tag_of(const struct platform *p, const char *purpose, const char *value, char out[TAG_SIZE])
{
    unsigned char key[KEY_BYTES], mac[HASH_BYTES];
    p->crypto->derive(key, keyring_person_key(p->keys), KEY_BYTES, NULL, 0, purpose);
    p->crypto->mac(mac, key, value, strlen(value));
    hex_encode(mac, sizeof mac, out);
    p->crypto->wipe(key, sizeof key);
}

void applicant_tag(const struct platform *p, const char *number, char out[TAG_SIZE])
{
    tag_of(p, PURPOSE_ID, number, out);
}

void mobile_tag(const struct platform *p, const char *mobile, char out[TAG_SIZE])
{
    tag_of(p, PURPOSE_MOBILE, mobile, out);
}

/* --- at rest --- */

void person_seal(const struct platform *p, const char *kind, const char *tag, const json_t *content, struct str *out)
{
    unsigned char key[KEY_BYTES];
    AUTOFREE char *context = xasprintf("%s:%s", kind, tag);
    char *text = json_dumps(content, JSON_COMPACT);
    p->crypto->derive(key, keyring_person_key(p->keys), KEY_BYTES, NULL, 0, PURPOSE_REST);
    p->crypto->aead_seal(key, context, text, strlen(text), out);
    p->crypto->wipe(key, sizeof key);
    p->crypto->wipe(text, strlen(text));
    free(text);
}

json_t *person_open(const struct platform *p, const char *kind, const char *tag, const void *sealed, size_t len,
                    struct err *e)
{
    unsigned char key[KEY_BYTES];
    AUTOFREE char *context = xasprintf("%s:%s", kind, tag);
    CLEANUP(str_secret) struct str text = {0};
    p->crypto->derive(key, keyring_person_key(p->keys), KEY_BYTES, NULL, 0, PURPOSE_REST);
    bool ok = p->crypto->aead_open(key, context, sealed, len, &text, e);
    p->crypto->wipe(key, sizeof key);
    json_t *j = ok ? json_loadb(str_z(&text), text.len, 0, NULL) : NULL;
    if (ok && !j)
        err_set(e, ERR_FORMAT, "%s: not what was sealed", kind);
    return j;
}

void applicant_seal(const struct platform *p, const struct applicant *a, struct str *out)
{
    json_t *j = json_pack("{s:s,s:s,s:s}", "id", a->number, "full_name", a->full_name, "mobile", a->mobile);
    person_seal(p, "account", a->tag, j, out);
    json_decref(j);
}

bool applicant_open(const struct platform *p, const struct db_account *row, struct applicant *out, struct err *e)
{
    json_t *j = person_open(p, "account", row->tag, row->sealed.p, row->sealed.len, e);
    if (!j)
        return false;
    struct applicant a = {.id = row->id, .wechat = row->wechat};
    zcopy(a.tag, sizeof a.tag, row->tag);
    zcopy(a.number, sizeof a.number, call_text(j, "id"));
    zcopy(a.full_name, sizeof a.full_name, call_text(j, "full_name"));
    zcopy(a.mobile, sizeof a.mobile, call_text(j, "mobile"));
    json_decref(j);
    *out = a;
    applicant_wipe(&a);
    return true;
}

/* found: what the database said of row. */
static bool from_row(struct platform *p, bool found, struct db_account *row, struct applicant *out, struct err *e)
{
    bool ok = found && (!row->off || err_set(e, ERR_NOT_FOUND, "the account is switched off")) &&
              applicant_open(p, row, out, e);
    db_account_finish(row);
    return ok;
}

bool applicant_by_number(struct platform *p, const char *number, struct applicant *out, struct err *e)
{
    struct db_account row = {0};
    char tag[TAG_SIZE];
    applicant_tag(p, number, tag);
    return from_row(p, p->db->accounts->by_tag(p->db, tag, &row, e), &row, out, e);
}

bool applicant_by_id(struct platform *p, int64_t id, struct applicant *out, struct err *e)
{
    struct db_account row = {0};
    return from_row(p, p->db->accounts->by_id(p->db, id, &row, e), &row, out, e);
}

bool applicant_by_wechat(struct platform *p, const char *subject, struct applicant *out, struct err *e)
{
    struct db_account row = {0};
    return from_row(p, p->db->accounts->by_wechat(p->db, subject, &row, e), &row, out, e);
}

/* --- calls --- */

json_t *call_open(struct request *q, unsigned char reply[KEY_BYTES])
{
    struct platform *p = q->platform;
    struct err e = {0};
    CLEANUP(json) json_t *body = json_loadb(str_z(&q->body), q->body.len, JSON_REJECT_DUPLICATES, NULL);
    const char *id = sealed_call_key(body);
    if (!id) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return NULL;
    }
    const struct key_pair *key = keyring_box(p->keys, id);
    if (!key) {
        refuse(q, PROBLEM_KEY_UNKNOWN);
        return NULL;
    }
    json_t *content = sealed_call_open(p->crypto, body, key->pub, key->secret, reply, &e);
    if (!content)
        refuse(q, PROBLEM_BAD_REQUEST);
    return content;
}

/* Passwords and numbers do not stay in freed memory. */
void call_finish(json_t *content)
{
    const char *name;
    json_t *value;
    json_object_foreach(content, name, value)
    {
        if (json_is_string(value))
            crypto_sodium()->wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    }
    json_decref(content);
}

const char *call_text(const json_t *content, const char *name)
{
    const char *z = json_string_value(json_object_get(content, name));
    return z ? z : "";
}

void answer_sealed(struct request *q, const unsigned char reply[KEY_BYTES], json_t *content)
{
    answer_json(q, 200, sealed_answer(q->platform->crypto, reply, content));
    json_decref(content);
}

void refuse_with(struct request *q, enum problem_kind kind, const char *name, json_t *value)
{
    char key[64];
    snprintf(key, sizeof key, "problem.%s", problem_slug(kind));
    json_t *j = problem_json(kind, words(q->platform, key));
    json_object_set_new(j, name, value);
    answer_json(q, problem_status(kind), j);
    q->type = TYPE_PROBLEM;
}

void refuse_later(struct request *q, enum problem_kind kind, int64_t wait_ms)
{
    char after[24];
    int64_t s = (wait_ms + 999) / 1000;
    snprintf(after, sizeof after, "%lld", (long long)s);
    refuse_with(q, kind, "retry_after", json_integer(s));
    answer_header(q, "Retry-After", after);
}

bool pace_need(struct request *q, const char *word, int n, int64_t span_ms)
{
    struct platform *p = q->platform;
    struct err e = {0};
    int64_t wait = 0;
    AUTOFREE char *key = xasprintf("%s:%s", word, q->device.id);
    if (!p->db->accounts->pace(p->db, key, n, span_ms, now_ms(p), &wait, &e)) {
        answer_err(q, word, &e);
        return false;
    }
    if (wait)
        refuse_later(q, PROBLEM_TOO_SOON, wait);
    return !wait;
}

/* --- sessions --- */

#define TOKEN_LEN 43 /* base64url of 32 bytes */

static void token_hash(const struct platform *p, const char *token, char out[HASH_HEX])
{
    AUTOFREE char *z = xasprintf("visit:%s", token);
    crypto_hash_hex(p->crypto, z, strlen(z), out);
}

/* Of the request's token. False: it has none. */
static bool request_token(struct request *q, char hash[HASH_HEX])
{
    static const char scheme[] = "Bearer ";
    const char *header = request_header(q, "Authorization");
    if (!header || strncmp(header, scheme, sizeof scheme - 1) != 0 || strlen(header) != sizeof scheme - 1 + TOKEN_LEN)
        return false;
    token_hash(q->platform, header + sizeof scheme - 1, hash);
    return true;
}

static bool visit_find(struct request *q, struct db_visit *v, struct err *e)
{
    struct platform *p = q->platform;
    char hash[HASH_HEX];
    const struct db_visit_limits limits = {p->conf.account_idle_minutes * 60000,
                                           p->conf.account_session_minutes * 60000};
    if (!request_token(q, hash))
        return err_set(e, ERR_NOT_FOUND, "no token");
    return p->db->accounts->visit_find(p->db, hash, q->device.id, &limits, now_ms(p), v, e);
}

bool visit_need(struct request *q, struct visit *out)
{
    struct err e = {0};
    struct db_visit v = {0};
    struct visit found = {0};
    if (!visit_find(q, &v, &e) || !applicant_by_id(q->platform, v.account, &found.who, &e)) {
        if (e.code == ERR_NOT_FOUND)
            refuse(q, PROBLEM_SESSION);
        else
            answer_err(q, "visit.find", &e);
        return false;
    }
    zcopy(found.hash, sizeof found.hash, v.hash);
    zcopy(found.proof, sizeof found.proof, v.proof);
    memcpy(found.reply, v.reply, sizeof found.reply);
    *out = found;
    applicant_wipe(&found.who);
    return true;
}

json_t *visit_open(struct platform *p, const char *device, const struct applicant *who, const char *proof,
                   const unsigned char reply[KEY_BYTES], struct err *e)
{
    unsigned char token[32];
    CLEANUP(str_secret) struct str text = {0};
    struct db_visit v = {.account = who->id, .made_ms = now_ms(p)};
    AUTOFREE char *name = xasprintf("applicant %lld", (long long)who->id);
    p->crypto->random(token, sizeof token);
    base64_encode(&text, token, sizeof token, BASE64_URL);
    token_hash(p, text.p, v.hash);
    zcopy(v.device, sizeof v.device, device);
    zcopy(v.proof, sizeof v.proof, proof);
    memcpy(v.reply, reply, sizeof v.reply);
    json_t *account = account_json(p, who, e);
    if (!account || !p->db->accounts->visit_open(p->db, &v, e) ||
        !p->db->ops->audit(p->db, name, "visit.opened", proof, now_ms(p), e)) {
        json_decref(account);
        return NULL;
    }
    char park[PARK_SIZE];
    park_make(p, who->tag, device, park);
    return json_pack("{s:s,s:I,s:I,s:s,s:o,s:s}", "session", text.p, "expires_in",
                     (json_int_t)p->conf.account_session_minutes * 60, "idle",
                     (json_int_t)p->conf.account_idle_minutes * 60, "proof", proof, "account", account, "park", park);
}

bool visit_leave(struct request *q, struct err *e)
{
    char hash[HASH_HEX];
    return !request_token(q, hash) || q->platform->db->accounts->visit_end(q->platform->db, hash, q->device.id, e);
}

json_t *account_json(struct platform *p, const struct applicant *who, struct err *e)
{
    json_t *person = NULL;
    int64_t version;
    if (!profile_load(p, who->tag, &person, &version, e))
        return NULL;
    json_t *j = json_pack("{s:s,s:s,s:s,s:b,s:{s:b,s:b}}", "id", who->number, "full_name", who->full_name, "mobile",
                          who->mobile, "wechat", who->wechat, "images", "portrait",
                          scope_answers(person, p->list.portrait), "photo", scope_answers(person, p->list.photo));
    json_decref(person);
    return j;
}
