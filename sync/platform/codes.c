/* codes.c — 注册, 找回用户名或密码, another mobile: a ticket that a six-digit code by SMS ends. A ticket for which nothing was
 * sent looks the same from outside: no code is right for it. */
#include "sync/platform/codes.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/accounts.h"
#include "sync/platform/gateway.h"
#include "sync/platform/identity.h"
#include "sync/platform/sms.h"
#include "sync/protocol/paths.h"
#include "sync/record/text.h"
#include "sync/record/validate.h"

#include <stdio.h>
#include <string.h>

#define PACE_MS        (10LL * 60 * 1000)
#define CODE_MS        (5LL * 60 * 1000)
#define CODE_TRIES     5
#define CODE_SIZE      7
#define CODE_BOUND     1000000
#define RESEND_S       60
#define NAME_MOST      50
#define CONSENT_MOST   64
#define PASSWORD_CHARS 10
#define TOKEN_SIZE     44
/* Of passwords that a message brings: no look-alikes. */
static const char password_alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789";

enum kind { REGISTER, RECOVER, MOBILE, KINDS };
static const char *const kind_names[KINDS] = {"register", "recover", "mobile"};

struct ticket { /* being made, or found */
    char token[TOKEN_SIZE], hash[HASH_HEX];
    enum kind kind;
    struct applicant who; /* typed; id: of the account that it is about, 0: none */
    char consent[CONSENT_MOST + 1];
    bool empty; /* nobody to send anything to */
    int tries;
};
static void ticket_cleanup(struct ticket *t)
{
    crypto_sodium()->wipe(t, sizeof *t);
}

static void token_hash(const struct platform *p, const char *token, char out[HASH_HEX])
{
    AUTOFREE char *z = xasprintf("ticket:%s", token);
    crypto_hash_hex(p->crypto, z, strlen(z), out);
}

static void code_mac(const struct platform *p, const char *hash, const char *code, char out[HASH_HEX])
{
    unsigned char mac[HASH_BYTES];
    AUTOFREE char *z = xasprintf("code:%s:%s", hash, code);
    p->crypto->mac(mac, keyring_token_key(p->keys), z, strlen(z));
    hex_encode(mac, sizeof mac, out);
}

static bool resets_by_password(const struct platform *p, const struct ticket *t)
{
    return t->kind == RECOVER && !strcmp(p->conf.sms_reset, "password");
}

/* --- what goes out --- */

/* A code, and its MAC in out. False: the outbox did not take it; *wait_ms > 0: a limit holds. */
static bool send_code(struct platform *p, const struct ticket *t, char out[HASH_HEX], int64_t *wait_ms, struct err *e)
{
    char code[CODE_SIZE];
    snprintf(code, sizeof code, "%06d", (int)random_below(random_system(), CODE_BOUND));
    code_mac(p, t->hash, code, out);
    const struct str_arg args[] = {{"code", code}, {"minutes", "5"}};
    const struct sms_order order = {
        t->who.mobile, t->kind == REGISTER ? "register" : t->kind == RECOVER ? "recover" : "mobile",
        args,          ARRAY_LEN(args),
        false,         now_ms(p) + CODE_MS};
    bool ok = sms_send(p, &order, wait_ms, e);
    p->crypto->wipe(code, sizeof code);
    return ok;
}

/* A write where there is nothing to write: the answer takes as long as the one for an account. */
static bool as_durable(struct platform *p, struct err *e)
{
    int64_t wait;
    return p->db->accounts->pace(p->db, "nobody", INT32_MAX, PACE_MS, now_ms(p), &wait, e);
}

/* A new password, which becomes the account's when somebody logs in with it. */
static bool send_password(struct platform *p, const struct ticket *t, int64_t *wait_ms, struct err *e)
{
    char password[PASSWORD_CHARS + 1], verifier[VERIFIER_BYTES];
    for (int i = 0; i < PASSWORD_CHARS; i++)
        password[i] = password_alphabet[random_below(random_system(), sizeof password_alphabet - 1)];
    password[PASSWORD_CHARS] = '\0';
    const int64_t ends = now_ms(p) + p->conf.sms_hours * 3600 * 1000;
    const struct str_arg args[] = {{"password", password}};
    const struct sms_order order = {t->who.mobile, "password", args, ARRAY_LEN(args), false, ends};
    bool ok = verifier_of(p, password, verifier, e);
    if (ok && !t->empty)
        ok = sms_send(p, &order, wait_ms, e) &&
             (*wait_ms || p->db->accounts->next_set(p->db, t->who.id, verifier, ends, e));
    else if (ok)
        ok = sms_count(p, t->who.mobile, wait_ms, e) && (*wait_ms || as_durable(p, e));
    p->crypto->wipe(password, sizeof password);
    return ok;
}

/* mac: "" where no code can be right. */
static bool send_any(struct platform *p, const struct ticket *t, char mac[HASH_HEX], int64_t *wait_ms, struct err *e)
{
    *mac = '\0';
    if (resets_by_password(p, t))
        return send_password(p, t, wait_ms, e);
    return t->empty ? sms_count(p, t->who.mobile, wait_ms, e) : send_code(p, t, mac, wait_ms, e);
}

static void refuse_send(struct request *q, const struct err *e, int64_t wait_ms)
{
    if (wait_ms)
        refuse_later(q, PROBLEM_TOO_SOON, wait_ms);
    else if (e->code == ERR_STATE)
        answer_problem(q, PROBLEM_UPSTREAM, words(q->platform, "sms.off"));
    else
        answer_err(q, "code", e);
}

static void answer_ticket(struct request *q, const struct ticket *t)
{
    char mobile[MOBILE_SIZE];
    mobile_mask(t->who.mobile, mobile);
    json_t *j = json_pack("{s:s,s:I,s:i,s:s}", "ticket", t->token, "expires_in", (json_int_t)CODE_MS / 1000,
                          "resend_in", RESEND_S, "mobile", mobile);
    if (t->kind == RECOVER)
        json_object_set_new(j, "mode", json_string(q->platform->conf.sms_reset));
    answer_json(q, 200, j);
}

/* Sends, keeps the ticket, answers. */
static void issue(struct request *q, struct ticket *t)
{
    struct platform *p = q->platform;
    unsigned char token[32];
    CLEANUP(str_secret) struct str text = {0};
    struct db_ticket row = {.account = t->who.id, .tries = CODE_TRIES, .ends_ms = now_ms(p) + CODE_MS};
    int64_t wait = 0;
    struct err e = {0};
    p->crypto->random(token, sizeof token);
    base64_encode(&text, token, sizeof token, BASE64_URL);
    zcopy(t->token, sizeof t->token, text.p);
    token_hash(p, t->token, t->hash);
    zcopy(row.hash, sizeof row.hash, t->hash);
    zcopy(row.device, sizeof row.device, q->device.id);
    zcopy(row.kind, sizeof row.kind, kind_names[t->kind]);
    json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:b}", "id", t->who.number, "full_name", t->who.full_name, "mobile",
                          t->who.mobile, "consent", t->consent, "empty", t->empty);
    person_seal(p, "ticket", t->hash, j, &row.sealed);
    call_finish(j);
    bool ok = send_any(p, t, row.code, &wait, &e);
    if (!ok || wait)
        refuse_send(q, &e, wait);
    else if (!p->db->accounts->ticket_add(p->db, &row, &e))
        answer_err(q, "ticket", &e);
    else
        answer_ticket(q, t);
    db_ticket_finish(&row);
}

/* --- the calls that begin --- */

static bool begin(struct request *q)
{
    if (gateway_is(q->platform)) {
        AUTOFREE char *where = gateway_elsewhere(q->platform);
        answer_problem(q, PROBLEM_ELSEWHERE, where);
        return false;
    }
    return pace_need(q, "entry", (int)q->platform->conf.account_kiosk_tries, PACE_MS);
}

static bool name_read(const char *typed, char out[NAME_SIZE])
{
    size_t n = utf8_count(typed);
    return n >= 1 && n <= NAME_MOST && utf8_valid(typed, strlen(typed)) && text_ok(typed, false) &&
           zcopy(out, NAME_SIZE, typed);
}

void register_route(struct request *q)
{
    unsigned char reply[KEY_BYTES];
    CLEANUP(ticket) struct ticket t = {.kind = REGISTER};
    if (!begin(q))
        return;
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (!c)
        return;
    if (!id_number_read(call_text(c, "id"), t.who.number) || !name_read(call_text(c, "full_name"), t.who.full_name) ||
        !mobile_read(call_text(c, "mobile"), t.who.mobile) || !*call_text(c, "consent") ||
        !zcopy(t.consent, sizeof t.consent, call_text(c, "consent"))) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    if (captcha_need(q, c))
        issue(q, &t);
}

void recover_route(struct request *q)
{
    struct platform *p = q->platform;
    unsigned char reply[KEY_BYTES];
    CLEANUP(ticket) struct ticket t = {.kind = RECOVER};
    CLEANUP(applicant) struct applicant who = {0};
    struct err e = {0};
    if (!begin(q))
        return;
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (!c)
        return;
    if (!id_number_read(call_text(c, "id"), t.who.number) || !mobile_read(call_text(c, "mobile"), t.who.mobile)) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    if (!captcha_need(q, c))
        return;
    if (!applicant_by_number(p, t.who.number, &who, &e) && e.code != ERR_NOT_FOUND) {
        answer_err(q, "recover", &e);
        return;
    }
    t.empty = !who.id || strcmp(who.mobile, t.who.mobile) != 0;
    if (!t.empty) {
        t.who.id = who.id;
        zcopy(t.who.full_name, sizeof t.who.full_name, who.full_name);
    }
    issue(q, &t);
}

void mobile_route(struct request *q)
{
    unsigned char reply[KEY_BYTES];
    CLEANUP(visit) struct visit v = {0};
    CLEANUP(ticket) struct ticket t = {.kind = MOBILE};
    if (!visit_need(q, &v) || !begin(q))
        return;
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (!c)
        return;
    t.who = v.who;
    if (!mobile_read(call_text(c, "mobile"), t.who.mobile)) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    if (captcha_need(q, c))
        issue(q, &t);
}

/* --- the calls that go on --- */

static void code_wrong(struct request *q, int tries_left)
{
    json_t *j = problem_json(PROBLEM_CODE_WRONG, words(q->platform, "sms.code_wrong"));
    json_object_set_new(j, "tries_left", json_integer(tries_left));
    answer_json(q, problem_status(PROBLEM_CODE_WRONG), j);
    q->type = TYPE_PROBLEM;
}

static bool ticket_read(const struct platform *p, const char *token, const struct db_ticket *row, struct ticket *t,
                        struct err *e)
{
    json_t *j = person_open(p, "ticket", row->hash, row->sealed.p, row->sealed.len, e);
    if (!j)
        return false;
    *t = (struct ticket){
        .who.id = row->account, .empty = json_is_true(json_object_get(j, "empty")), .tries = row->tries};
    while (t->kind < KINDS - 1 && strcmp(kind_names[t->kind], row->kind) != 0)
        t->kind++;
    zcopy(t->token, sizeof t->token, token);
    zcopy(t->hash, sizeof t->hash, row->hash);
    zcopy(t->who.number, sizeof t->who.number, call_text(j, "id"));
    zcopy(t->who.full_name, sizeof t->who.full_name, call_text(j, "full_name"));
    zcopy(t->who.mobile, sizeof t->who.mobile, call_text(j, "mobile"));
    zcopy(t->consent, sizeof t->consent, call_text(j, "consent"));
    applicant_tag(p, t->who.number, t->who.tag);
    call_finish(j);
    return true;
}

/* The ticket that a call names. False: answered. */
static bool ticket_need(struct request *q, const json_t *c, struct ticket *t)
{
    struct platform *p = q->platform;
    struct db_ticket row = {0};
    char hash[HASH_HEX];
    struct err e = {0};
    token_hash(p, call_text(c, "ticket"), hash);
    bool ok = p->db->accounts->ticket_find(p->db, hash, q->device.id, now_ms(p), &row, &e) &&
              ticket_read(p, call_text(c, "ticket"), &row, t, &e);
    db_ticket_finish(&row);
    if (!ok && e.code == ERR_NOT_FOUND)
        code_wrong(q, 0);
    else if (!ok)
        answer_err(q, "ticket", &e);
    return ok;
}

void resend_route(struct request *q)
{
    struct platform *p = q->platform;
    unsigned char reply[KEY_BYTES];
    CLEANUP(ticket) struct ticket t = {0};
    char mac[HASH_HEX];
    int64_t wait = 0;
    struct err e = {0};
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (!c || !ticket_need(q, c, &t))
        return;
    bool ok = send_any(p, &t, mac, &wait, &e);
    if (!ok || wait)
        refuse_send(q, &e, wait);
    else if (!p->db->accounts->ticket_code(p->db, t.hash, mac, CODE_TRIES, now_ms(p) + CODE_MS, &e))
        answer_err(q, "ticket", &e);
    else
        answer_ticket(q, &t);
}

/* True: the code is right. The try was counted before it was looked at. */
static bool code_right(struct request *q, const struct ticket *t, const char *code)
{
    struct platform *p = q->platform;
    struct db_ticket row = {0};
    char mac[HASH_HEX];
    unsigned char differ = 0;
    struct err e = {0};
    if (!p->db->accounts->ticket_try(p->db, t->hash, q->device.id, now_ms(p), &row, &e)) {
        if (e.code == ERR_NOT_FOUND)
            code_wrong(q, 0);
        else
            answer_err(q, "ticket", &e);
        return false;
    }
    code_mac(p, t->hash, code, mac);
    for (size_t i = 0; i < HASH_HEX - 1; i++)
        differ |= (unsigned char)(mac[i] ^ row.code[i]);
    bool right = *row.code && !differ;
    int left = row.tries;
    db_ticket_finish(&row);
    if (!right)
        code_wrong(q, left);
    return right;
}

static bool note(struct platform *p, int64_t account, const char *event, const char *detail, struct err *e)
{
    AUTOFREE char *who = xasprintf("applicant %lld", (long long)account);
    return p->db->ops->audit(p->db, who, event, detail, now_ms(p), e);
}

static bool end_register(struct platform *p, struct ticket *t, const char *password, struct err *e)
{
    struct db_account row = {0};
    zcopy(row.tag, sizeof row.tag, t->who.tag);
    applicant_seal(p, &t->who, &row.sealed);
    bool ok = verifier_of(p, password, row.verifier, e) &&
              p->db->accounts->add(p->db, &row, now_ms(p), &t->who.id, e) &&
              note(p, t->who.id, "account.registered", t->consent, e);
    db_account_finish(&row);
    return ok;
}

static bool end_recover(struct platform *p, const struct ticket *t, const char *password, struct err *e)
{
    char verifier[VERIFIER_BYTES];
    bool ok = verifier_of(p, password, verifier, e) &&
              p->db->accounts->verifier_set(p->db, t->who.id, verifier, now_ms(p), e) &&
              note(p, t->who.id, "account.recovered", "", e);
    if (ok)
        account_unlock(p, t->who.tag);
    return ok;
}

/* The old mobile hears of it: whoever holds a session is not always its owner. */
static bool end_mobile(struct platform *p, const struct ticket *t, struct err *e)
{
    CLEANUP(applicant) struct applicant who = {0};
    CLEANUP(str) struct str sealed = {0};
    char old[MOBILE_SIZE], masked[MOBILE_SIZE];
    if (!applicant_by_id(p, t->who.id, &who, e))
        return false;
    memcpy(old, who.mobile, sizeof old);
    mobile_mask(t->who.mobile, masked);
    memcpy(who.mobile, t->who.mobile, sizeof who.mobile);
    applicant_seal(p, &who, &sealed);
    if (!p->db->accounts->sealed_set(p->db, who.id, &sealed, now_ms(p), e) || !note(p, who.id, "account.mobile", "", e))
        return false;
    const struct str_arg args[] = {{"mobile", masked}};
    const struct sms_order order = {
        old, "mobile_changed", args, ARRAY_LEN(args), true, now_ms(p) + p->conf.sms_hours * 3600 * 1000};
    int64_t wait;
    struct err told = {0};
    if (!sms_send(p, &order, &wait, &told))
        log_warn("account.mobile", "text=\"%s\"", told.text);
    p->crypto->wipe(old, sizeof old);
    return true;
}

/* Asked last: whoever has no code of the typed mobile learns nothing of names. False: answered; the ticket stays. */
static bool real_name_need(struct request *q, const struct ticket *t)
{
    switch (identity_check(q->platform, t->who.number, t->who.full_name)) {
    case IDENTITY_MATCHES:
        return true;
    case IDENTITY_DIFFERS:
        refuse(q, PROBLEM_IDENTITY_WRONG);
        break;
    case IDENTITY_AWAY:
        refuse(q, PROBLEM_UPSTREAM);
        break;
    }
    return false;
}

static bool end_ticket(struct platform *p, struct ticket *t, const char *password, struct err *e)
{
    switch (t->kind) {
    case REGISTER:
        return end_register(p, t, password, e);
    case RECOVER:
        return end_recover(p, t, password, e);
    case MOBILE:
        return end_mobile(p, t, e);
    case KINDS:
        break;
    }
    return false;
}

void finish_route(struct request *q)
{
    struct platform *p = q->platform;
    unsigned char reply[KEY_BYTES];
    CLEANUP(ticket) struct ticket t = {0};
    struct err e = {0};
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (!c || !ticket_need(q, c, &t))
        return;
    const char *password = call_text(c, "password");
    /* Of a recovery the name is the account's: a refusal for it would tell that there is one. */
    CLEANUP(applicant) struct applicant known = t.who;
    if (t.kind != REGISTER)
        known.full_name[0] = '\0';
    const char *reason = t.kind == MOBILE ? NULL : password_refused(p, password, &known);
    if (reason) {
        refuse_with(q, PROBLEM_PASSWORD_WEAK, "reason", json_string(reason));
        return;
    }
    if (!code_right(q, &t, call_text(c, "code")) || (t.kind == REGISTER && !real_name_need(q, &t)))
        return;
    bool ok = end_ticket(p, &t, password, &e);
    if (ok || e.code == ERR_EXISTS)
        p->db->accounts->ticket_end(p->db, t.hash, NULL);
    if (ok)
        answer_json(q, 200, json_pack("{s:b}", "done", true));
    else if (e.code == ERR_EXISTS)
        refuse(q, PROBLEM_ID_REGISTERED);
    else
        answer_err(q, "finish", &e);
}
