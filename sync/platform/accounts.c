/* accounts.c — login by ID number, password and captcha; the slot; the captcha itself. */
#include "sync/platform/accounts.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/platform/captcha.h"
#include "sync/platform/codes.h"
#include "sync/platform/gateway.h"
#include "sync/platform/password.h"
#include "sync/record/canon.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define PACE_MS          (10LL * 60 * 1000)
#define CAPTCHA_MS       (120LL * 1000)
#define CAPTCHAS_A_TRY   4 /* 换一张 */
#define LONGEST_LOCK_MS  (24LL * 3600 * 1000)
#define CAPTCHA_ID_BYTES 16
#define MOST_AT_ONCE     2 /* of Argon2id: each takes its 64 MiB */

/* --- captcha --- */

static void captcha_mac(const struct platform *p, const char *id, const char *text, char out[HASH_HEX])
{
    unsigned char mac[HASH_BYTES];
    AUTOFREE char *z = xasprintf("captcha:%s:%s", id, text);
    p->crypto->mac(mac, keyring_token_key(p->keys), z, strlen(z));
    hex_encode(mac, sizeof mac, out);
}

/* What a test reads; config.c has seen to it that nobody but this machine can ask. */
static void captcha_tell(const struct platform *p, const char *id, const char *text)
{
    char line[64];
    int n = snprintf(line, sizeof line, "%s %s\n", id, text);
    AUTOCLOSE int fd = open(p->conf.captcha_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || !fd_write_all(fd, line, (size_t)n, NULL))
        log_warn("captcha.file", "errno=%d", errno);
}

void captcha_route(struct request *q)
{
    struct platform *p = q->platform;
    unsigned char bytes[CAPTCHA_ID_BYTES];
    char id[2 * CAPTCHA_ID_BYTES + 1], text[CAPTCHA_SIZE], mac[HASH_HEX];
    CLEANUP(json) json_t *body = json_loadb(str_z(&q->body), q->body.len, JSON_REJECT_DUPLICATES, NULL);
    CLEANUP(str) struct str png = {0};
    CLEANUP(str) struct str image = {0};
    struct err e = {0};
    if (!pace_need(q, "captcha", (int)p->conf.account_kiosk_tries * CAPTCHAS_A_TRY, PACE_MS))
        return;
    p->crypto->random(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, id);
    captcha_make(random_system(), text);
    captcha_draw(random_system(), text, json_is_true(json_object_get(body, "large")), &png);
    captcha_mac(p, id, text, mac);
    if (!p->db->accounts->captcha_add(p->db, id, q->device.id, mac, now_ms(p) + CAPTCHA_MS, &e)) {
        answer_err(q, "captcha", &e);
        return;
    }
    if (*p->conf.captcha_file)
        captcha_tell(p, id, text);
    base64_encode(&image, png.p, png.len, BASE64_STANDARD);
    answer_json(
        q, 200,
        json_pack("{s:s,s:s,s:I}", "captcha", id, "image", str_z(&image), "expires_in", (json_int_t)CAPTCHA_MS / 1000));
}

static bool same_hash(const char a[HASH_HEX], const char b[HASH_HEX])
{
    unsigned char differ = 0;
    for (size_t i = 0; i < HASH_HEX - 1; i++)
        differ |= (unsigned char)(a[i] ^ b[i]);
    return !differ;
}

bool captcha_need(struct request *q, const json_t *content)
{
    struct platform *p = q->platform;
    const char *id = call_text(content, "captcha");
    char text[CAPTCHA_SIZE] = "", want[HASH_HEX] = "", have[HASH_HEX] = "";
    struct err e = {0};
    bool readable = captcha_read(call_text(content, "text"), text);
    if (!p->db->accounts->captcha_take(p->db, id, q->device.id, now_ms(p), want, &e) && e.code != ERR_NOT_FOUND) {
        answer_err(q, "captcha", &e);
        return false;
    }
    captcha_mac(p, id, text, have);
    if (readable && *want && same_hash(want, have))
        return true;
    refuse(q, PROBLEM_CAPTCHA_WRONG);
    return false;
}

/* --- Argon2id, a few at once --- */

static pthread_mutex_t argon_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t argon_free = PTHREAD_COND_INITIALIZER;
static int argon_under_way;
static char nobody[VERIFIER_BYTES];

static void argon_enter(const struct crypto_ops *c)
{
    pthread_mutex_lock(&argon_mutex);
    while (argon_under_way == MOST_AT_ONCE)
        pthread_cond_wait(&argon_free, &argon_mutex);
    argon_under_way++;
    if (!*nobody && !c->verifier_make(nobody, "the password of nobody", NULL))
        nobody[0] = '\0';
    pthread_mutex_unlock(&argon_mutex);
}

static void argon_leave(void)
{
    pthread_mutex_lock(&argon_mutex);
    argon_under_way--;
    pthread_cond_signal(&argon_free);
    pthread_mutex_unlock(&argon_mutex);
}

bool verifier_of(const struct platform *p, const char *password, char out[VERIFIER_BYTES], struct err *e)
{
    CLEANUP(str_secret) struct str canonical = {0};
    password_form(password, &canonical);
    argon_enter(p->crypto);
    bool ok = p->crypto->verifier_make(out, str_z(&canonical), e);
    argon_leave();
    return ok;
}

enum match { MATCH_NONE, MATCH_PASSWORD, MATCH_NEXT /* the one that an SMS brought */ };

/* a NULL: nobody; the same work. */
static enum match password_match(const struct platform *p, const struct db_account *a, const char *password)
{
    CLEANUP(str_secret) struct str canonical = {0};
    password_form(password, &canonical);
    bool next = a && *a->next_verifier && a->next_ends_ms > now_ms(p), two = !strcmp(p->conf.sms_reset, "password");
    argon_enter(p->crypto);
    bool first = p->crypto->verifier_check(a ? a->verifier : nobody, str_z(&canonical));
    bool second = two && p->crypto->verifier_check(next ? a->next_verifier : nobody, str_z(&canonical));
    argon_leave();
    return a && first ? MATCH_PASSWORD : next && second ? MATCH_NEXT : MATCH_NONE;
}

/* What is known of the person is tried first by whoever knows it: a piece of the number, or the number with something
 * around. */
static bool of_number(const char *password, const char *number)
{
    return *number && (strcasestr(number, password) || strcasestr(password, number));
}

const char *password_refused(const struct platform *p, const char *password, const struct applicant *who)
{
    CLEANUP(str_secret) struct str canonical = {0};
    const char *const names[] = {who->full_name, NULL};
    password_form(password, &canonical);
    const char *fault = password_fault(p->passwords, str_z(&canonical), PASSWORD_LEAST_BOTH, names);
    return fault                                       ? fault
           : of_number(str_z(&canonical), who->number) ? "password.own_number"
           : of_number(str_z(&canonical), who->mobile) ? "password.own_mobile"
                                                       : NULL;
}

/* --- login --- */

static void lock_key(const char *tag, char out[TAG_SIZE + 8])
{
    snprintf(out, TAG_SIZE + 8, "login:%s", tag);
}

void account_unlock(struct platform *p, const char *tag)
{
    char key[TAG_SIZE + 8];
    lock_key(tag, key);
    p->db->accounts->lock_clear(p->db, key, NULL);
}

/* Counts the try. False: answered. */
static bool may_try(struct request *q, const char *tag, struct db_attempt *a)
{
    struct platform *p = q->platform;
    const struct db_lock lock = {(int)p->conf.account_tries, p->conf.account_lock_minutes * 60000, LONGEST_LOCK_MS};
    char key[TAG_SIZE + 8];
    struct err e = {0};
    lock_key(tag, key);
    if (!p->db->accounts->lock_try(p->db, key, &lock, now_ms(p), a, &e)) {
        answer_err(q, "entry", &e);
        return false;
    }
    if (a->locked_for_ms)
        refuse_later(q, PROBLEM_LOCKED, a->locked_for_ms);
    return !a->locked_for_ms;
}

/* The password was right. */
static void enter(struct request *q, const struct applicant *who, const unsigned char *reply)
{
    struct err e = {0};
    account_unlock(q->platform, who->tag);
    json_t *session = visit_open(q->platform, q->device.id, who, "login", reply, &e);
    if (session)
        answer_sealed(q, reply, session);
    else
        answer_err(q, "entry", &e);
}

/* --- whose password it is --- */

enum verdict { VERDICT_RIGHT, VERDICT_WRONG, VERDICT_LOCKED, VERDICT_AWAY, VERDICT_FAILED };

static enum verdict judge_here(struct platform *p, const char *tag, const char *password, struct applicant *who,
                               struct err *e)
{
    struct db_account row = {0};
    enum verdict verdict = VERDICT_WRONG;
    bool known = p->db->accounts->by_tag(p->db, tag, &row, e) && !row.off;
    if (!known && e->code != ERR_NONE && e->code != ERR_NOT_FOUND)
        return VERDICT_FAILED;
    enum match match = password_match(p, known ? &row : NULL, password);
    if (match != MATCH_NONE) {
        bool ok = match != MATCH_NEXT || p->db->accounts->verifier_set(p->db, row.id, row.next_verifier, now_ms(p), e);
        verdict = ok && applicant_open(p, &row, who, e) ? VERDICT_RIGHT : VERDICT_FAILED;
    }
    db_account_finish(&row);
    return verdict;
}

/* What the registry says of its account, kept here so that WeChat and sessions have somebody to belong to. No password
 * opens such an account here. */
static bool keep_account(struct platform *p, struct applicant *who, struct err *e)
{
    struct db_account row = {0};
    bool there = p->db->accounts->by_tag(p->db, who->tag, &row, e);
    if (!there && e->code != ERR_NOT_FOUND)
        return false;
    who->id = row.id;
    who->wechat = row.wechat;
    db_account_finish(&row);
    zcopy(row.tag, sizeof row.tag, who->tag);
    applicant_seal(p, who, &row.sealed);
    bool ok = there ? p->db->accounts->sealed_set(p->db, who->id, &row.sealed, now_ms(p), e)
                    : p->db->accounts->add(p->db, &row, now_ms(p), &who->id, e);
    db_account_finish(&row);
    return ok;
}

static enum verdict judge_there(struct platform *p, const char *number, const char *password, struct applicant *who,
                                struct err *e)
{
    struct upstream_person person = {0};
    switch (gateway_login(p, number, password, &person)) {
    case GATEWAY_LOGIN_OK:
        break;
    case GATEWAY_LOGIN_WRONG:
        return VERDICT_WRONG;
    case GATEWAY_LOGIN_LOCKED:
        return VERDICT_LOCKED;
    case GATEWAY_LOGIN_AWAY:
        return VERDICT_AWAY;
    }
    *who = (struct applicant){0};
    zcopy(who->number, sizeof who->number, number);
    applicant_tag(p, number, who->tag);
    zcopy(who->full_name, sizeof who->full_name, person.full_name);
    zcopy(who->mobile, sizeof who->mobile, person.mobile);
    p->crypto->wipe(&person, sizeof person);
    return keep_account(p, who, e) ? VERDICT_RIGHT : VERDICT_FAILED;
}

static void entry(struct request *q, const json_t *c, const unsigned char *reply)
{
    struct platform *p = q->platform;
    char number[ID_NUMBER_SIZE], tag[TAG_SIZE];
    CLEANUP(applicant) struct applicant who = {0};
    struct db_attempt tries;
    struct err e = {0};
    if (!id_number_read(call_text(c, "id"), number) || !*call_text(c, "password")) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    applicant_tag(p, number, tag);
    if (!captcha_need(q, c) || !may_try(q, tag, &tries))
        return;
    const char *password = call_text(c, "password");
    switch (gateway_is(p) ? judge_there(p, number, password, &who, &e) : judge_here(p, tag, password, &who, &e)) {
    case VERDICT_RIGHT:
        enter(q, &who, reply);
        break;
    case VERDICT_WRONG:
        refuse_with(q, PROBLEM_LOGIN_WRONG, "tries_left", json_integer(tries.tries_left));
        break;
    case VERDICT_LOCKED:
        refuse_later(q, PROBLEM_LOCKED, p->conf.account_lock_minutes * 60000);
        break;
    case VERDICT_AWAY: /* nobody has judged this try: it does not count */
        account_unlock(p, tag);
        refuse(q, PROBLEM_UPSTREAM);
        break;
    case VERDICT_FAILED:
        answer_err(q, "entry", &e);
        break;
    }
}

void entry_route(struct request *q)
{
    unsigned char reply[KEY_BYTES];
    if (!pace_need(q, "entry", (int)q->platform->conf.account_kiosk_tries, PACE_MS))
        return;
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (c)
        entry(q, c, reply);
}

void leave_route(struct request *q)
{
    struct err e = {0};
    if (visit_leave(q, &e))
        answer_json(q, 200, json_object());
    else
        answer_err(q, "leave", &e);
}

/* --- the account slot --- */

/* What the app sealed: "KEY_ID BASE64", or the base64 alone, then under any key that is handed out. */
static json_t *slot_open(const struct platform *p, const char *text)
{
    const char *blank = strchr(text, ' ');
    AUTOFREE char *id = xstrndup(text, blank ? (size_t)(blank - text) : 0);
    const char *sealed = blank ? blank + 1 : text;
    CLEANUP(str) struct str bytes = {0};
    if (!base64_decode(&bytes, sealed, strlen(sealed), BASE64_STANDARD))
        return NULL;
    const struct key_pair *key;
    json_t *j = NULL;
    for (size_t i = 0; !j && (key = keyring_box_at(p->keys, i)); i++) {
        CLEANUP(str_secret) struct str plain = {0};
        if ((!blank || !strcmp(key->id, id)) &&
            p->crypto->box_open(key->pub, key->secret, bytes.p, bytes.len, &plain, NULL))
            j = json_loadb(str_z(&plain), plain.len, JSON_REJECT_DUPLICATES, NULL);
    }
    return j;
}

void slot_route(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    unsigned char reply[KEY_BYTES];
    char number[ID_NUMBER_SIZE];
    if (!visit_need(q, &v))
        return;
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (!c)
        return;
    CLEANUP(call) json_t *slot = slot_open(p, call_text(c, "slot"));
    if (!slot || !id_number_read(call_text(slot, "id"), number) || !*call_text(slot, "key")) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    bool own = !strcmp(number, v.who.number);
    p->crypto->wipe(number, sizeof number);
    if (own)
        answer_sealed(q, v.reply, json_pack("{s:s}", "key", call_text(slot, "key")));
    else
        refuse(q, PROBLEM_SLOT_OTHER);
}

/* --- by an operator --- */

bool account_make(struct platform *p, struct applicant *who, const char *password, const char **reason, struct err *e)
{
    struct db_account row = {0};
    *reason = password_refused(p, password, who);
    if (*reason)
        return err_set(e, ERR_DENIED, "the password is not taken: %s", *reason);
    applicant_tag(p, who->number, who->tag);
    zcopy(row.tag, sizeof row.tag, who->tag);
    applicant_seal(p, who, &row.sealed);
    bool ok = verifier_of(p, password, row.verifier, e) && p->db->accounts->add(p->db, &row, now_ms(p), &who->id, e);
    db_account_finish(&row);
    return ok;
}
