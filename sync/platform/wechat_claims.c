#include "sync/platform/wechat_claims.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/opened.h"
#include "sync/platform/sms.h"
#include "sync/protocol/paths.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS        (24LL * 3600 * 1000)
#define TTL_MOST_S    3600
#define PURPOSE_SIX   "bulu wechat six 1"
#define SIX_AT        12 /* of an ID number */
#define CONFIRM_MS    (3 * DAY_MS)
#define CONFIRM_TOKEN 32 /* hex digits: 128 bits */

/* --- tickets --- */

/* Signed, so the kiosk did say it; but what its clock is worth only the kiosk's own history tells. */
static bool too_old(const struct platform *p, const struct claim *c)
{
    int64_t iat_ms = (int64_t)c->ticket.iat * 1000;
    bool clock_wrong = iat_ms < c->kiosk.added_ms - DAY_MS;
    return !clock_wrong && iat_ms + c->ticket.ttl * 1000LL + DAY_MS < now_ms(p);
}

static bool over(const struct platform *p, const struct claim *c)
{
    int64_t ttl = c->ticket.ttl < TTL_MOST_S ? c->ticket.ttl : TTL_MOST_S;
    return now_ms(p) >= c->row.first_ms + ttl * 1000;
}

static enum claim_verdict standing(const struct platform *p, const struct claim *c)
{
    switch (c->row.state) {
    case CLAIM_TORN:
        return CLAIM_CONTESTED;
    case CLAIM_REFUSED:
    case CLAIM_DONE:
        return CLAIM_SETTLED;
    case CLAIM_OPEN:
        break;
    }
    return over(p, c) ? CLAIM_EXPIRED : CLAIM_GOOD;
}

static enum claim_verdict failed(const struct err *e, enum claim_verdict otherwise)
{
    return e->code == ERR_NOT_FOUND ? otherwise : CLAIM_FAILED;
}

/* Every sight of it is written down, so that its time runs from the first. */
static enum claim_verdict enter(struct platform *p, const struct ticket_signed *t, struct claim *c, struct err *e)
{
    c->row = (struct db_claim){.first_ms = now_ms(p)};
    memcpy(c->row.id, t->ticket.claim, sizeof c->row.id);
    memcpy(c->row.body, t->body, sizeof c->row.body);
    zcopy(c->row.device, sizeof c->row.device, c->kiosk.device.id);
    if (p->db->wechat->claim_open(p->db, &c->row, e))
        return standing(p, c);
    if (e->code != ERR_EXISTS)
        return CLAIM_FAILED;
    log_warn("wechat.claim", "kiosk=%lld twice=1", (long long)c->kiosk.device.kiosk);
    p->db->ops->alarm_add(p->db, "wechat-claim", c->kiosk.device.id, words(p, "wechat.alarm.claim"), now_ms(p), NULL);
    return CLAIM_NO_TICKET;
}

enum claim_verdict claim_show(struct platform *p, const char *text, struct claim *out, struct err *e)
{
    struct ticket_signed t;
    struct claim c = {0};
    struct err why = {0};
    if (!ticket_parse(text, strlen(text), &t, &why))
        return CLAIM_NO_TICKET;
    c.ticket = t.ticket;
    if (!p->db->wechat->kiosk(p->db, t.ticket.kiosk, &c.kiosk, e))
        return failed(e, CLAIM_NO_TICKET);
    if (!ticket_verify(p->crypto, &t, c.kiosk.keys.sign, &why)) {
        log_warn("wechat.ticket", "kiosk=%u refused=signature", t.ticket.kiosk);
        return CLAIM_NO_TICKET;
    }
    if (c.kiosk.device.revoked)
        return CLAIM_KIOSK_OFF;
    if (too_old(p, &c)) {
        log_warn("wechat.ticket", "kiosk=%u refused=old", t.ticket.kiosk);
        return CLAIM_EXPIRED;
    }
    enum claim_verdict v = enter(p, &t, &c, e);
    *out = c;
    return v;
}

/* The ticket within a row; its signature was looked at when it came. */
static bool ticket_of(const struct db_claim *row, struct ticket *out)
{
    unsigned char whole[TICKET_BYTES] = {0};
    struct ticket_signed t;
    CLEANUP(str) struct str text = {0};
    memcpy(whole, row->body, sizeof row->body);
    base64_encode(&text, whole, sizeof whole, BASE64_URL);
    if (!ticket_parse(text.p, text.len, &t, NULL))
        return false;
    *out = t.ticket;
    return true;
}

enum claim_verdict claim_again(struct platform *p, const char *id_hex, struct claim *out, struct err *e)
{
    struct claim c = {0};
    unsigned char id[TICKET_CLAIM];
    if (!hex_decode(id_hex, id, sizeof id))
        return CLAIM_NO_TICKET;
    if (!p->db->wechat->claim_find(p->db, id, &c.row, e))
        return failed(e, CLAIM_EXPIRED);
    if (!ticket_of(&c.row, &c.ticket))
        return CLAIM_NO_TICKET;
    if (!p->db->wechat->kiosk(p->db, c.ticket.kiosk, &c.kiosk, e))
        return failed(e, CLAIM_KIOSK_OFF);
    *out = c;
    return c.kiosk.device.revoked ? CLAIM_KIOSK_OFF : standing(p, &c);
}

bool claim_is_of(const struct platform *p, const struct claim *c, const char *number)
{
    unsigned char k[KEY_BYTES];
    wechat_ticket_key(p, c->kiosk.device.id, &c->kiosk.keys, k);
    bool is = ticket_tag_matches(p->crypto, k, &c->ticket, number);
    p->crypto->wipe(k, sizeof k);
    return is;
}

void claim_ack(const struct platform *p, const struct claim *c, char out[TICKET_ACK])
{
    unsigned char k[KEY_BYTES];
    wechat_ticket_key(p, c->kiosk.device.id, &c->kiosk.keys, k);
    ticket_ack_digits(p->crypto, k, &c->ticket, out);
    p->crypto->wipe(k, sizeof k);
}

/* Six digits are soon tried through: the key makes them worth nothing in a stolen database. */
void claim_six(const struct platform *p, const unsigned char id[TICKET_CLAIM], const char *six,
               unsigned char out[HASH_BYTES])
{
    unsigned char key[KEY_BYTES];
    CLEANUP(str_secret) struct str bytes = {0};
    p->crypto->derive(key, keyring_person_key(p->keys), KEY_BYTES, NULL, 0, PURPOSE_SIX);
    str_add(&bytes, id, TICKET_CLAIM);
    str_puts(&bytes, six);
    p->crypto->mac(out, key, bytes.p, bytes.len);
    p->crypto->wipe(key, sizeof key);
}

bool claim_six_read(const char *typed, char out[7])
{
    size_t n = 0;
    char z[7];
    for (; *typed; typed++) {
        if (*typed == ' ')
            continue;
        char c = (char)toupper((unsigned char)*typed);
        if (n == 6 || !(isdigit((unsigned char)c) || (n == 5 && c == 'X')))
            return false;
        z[n++] = c;
    }
    z[n] = '\0';
    return n == 6 && zcopy(out, 7, z);
}

/* --- joins --- */

/* Proved by the platform or by the chip; not merely typed. */
static bool proved(const char *proof)
{
    return !strcmp(proof, "login") || !strcmp(proof, "wechat") || !strcmp(proof, "chip");
}

/* The two halves meet: claim and claimant on one side, the person of the declaration on the other. The outcome's word. */
static const char *judge(struct platform *p, const struct db_join *j, struct claim *c, struct db_claimant *who,
                         const char *number, struct err *e)
{
    unsigned char id[TICKET_CLAIM], six[HASH_BYTES];
    if (!ticket_claim_parse(j->claim, id))
        return "format";
    if (!p->db->wechat->claim_find(p->db, id, &c->row, e))
        return e->code == ERR_NOT_FOUND ? "unknown" : NULL;
    if (!ticket_of(&c->row, &c->ticket) || c->ticket.purpose != TICKET_BIND)
        return "purpose";
    if (strcmp(c->row.device, j->device) != 0)
        return "device";
    if (c->row.state != CLAIM_OPEN)
        return c->row.state == CLAIM_TORN ? "torn" : "settled";
    if (!p->db->wechat->kiosk(p->db, c->ticket.kiosk, &c->kiosk, e))
        return e->code == ERR_NOT_FOUND ? "kiosk" : NULL;
    if (!claim_is_of(p, c, number))
        return "tag";
    if (!p->db->wechat->claimant(p->db, id, who, e))
        return e->code == ERR_NOT_FOUND ? "nobody" : NULL;
    claim_six(p, id, number + SIX_AT, six);
    return memcmp(six, who->six, sizeof six) != 0 ? "six" : "joined";
}

/* Nobody has proved who typed the number: the account's own mobile is asked, which proves it by itself. */
static const char *ask_mobile(struct platform *p, const struct applicant *who, const char *subject, struct err *e)
{
    char token[WECHAT_TOKEN_SIZE];
    struct db_errand x = {.kind = ERRAND_CONFIRM, .ends_ms = now_ms(p) + CONFIRM_MS};
    int64_t wait;
    if (!sms_on(p))
        return "unproved";
    wechat_token(p, token);
    token[CONFIRM_TOKEN] = '\0'; /* short enough for a message */
    wechat_token_hash(p, token, x.hash);
    snprintf(x.about, sizeof x.about, "%lld", (long long)who->id);
    zcopy(x.subject, sizeof x.subject, subject);
    AUTOFREE char *url = xasprintf("%s" PATH_WECHAT_CONFIRM "%s", p->web_url, token);
    const struct str_arg args[] = {{"url", url}};
    const struct sms_order order = {.mobile = who->mobile,
                                    .template = "wechat",
                                    .args = args,
                                    .n_args = ARRAY_LEN(args),
                                    .news = true,
                                    .ends_ms = x.ends_ms};
    return p->db->wechat->errand_add(p->db, &x, e) && sms_send(p, &order, &wait, e) ? "asked" : NULL;
}

static const char *bind(struct platform *p, const struct db_claimant *claimant, const char *number, const char *proof,
                        struct err *e)
{
    CLEANUP(applicant) struct applicant who = {0};
    if (!applicant_by_number(p, number, &who, e))
        return e->code == ERR_NOT_FOUND ? "no-account" : NULL;
    if (who.wechat)
        return "bound-before";
    if (!proved(proof))
        return ask_mobile(p, &who, claimant->subject, e);
    if (!p->db->accounts->wechat_set(p->db, who.id, claimant->subject, now_ms(p), e))
        return e->code == ERR_EXISTS ? "other-account" : NULL;
    AUTOFREE char *name = xasprintf("applicant %lld", (long long)who.id);
    p->db->ops->audit(p->db, name, "wechat.bound", "claim", now_ms(p), NULL);
    return "bound";
}

/* NULL: something of ours failed; another time. */
static const char *join(struct platform *p, const struct db_join *j, struct err *e)
{
    CLEANUP(opened) struct opened o = {0};
    struct claim c = {0};
    struct db_claimant who = {0};
    struct doc_path at;
    if (!opened_load(p, j->declaration, j->version, &o, e))
        return e->code == ERR_NOT_FOUND ? "unreadable" : NULL;
    const char *number = doc_path_parse(o.forms, p->list.id, &at) ? doc_text(o.doc, at) : "";
    const char *outcome = strlen(number) == ID_NUMBER_SIZE - 1 ? judge(p, j, &c, &who, number, e) : "number";
    if (!outcome || strcmp(outcome, "joined") != 0)
        return outcome;
    outcome = bind(p, &who, number, o.row.row.proof, e);
    if (outcome)
        p->db->wechat->claim_end(p->db, c.row.id, CLAIM_DONE, NULL);
    return outcome;
}

/* What somebody at the platform has to look at. */
static bool alarming(const char *outcome)
{
    static const char *const words_of_it[] = {"device", "tag", "torn"};
    for (size_t i = 0; i < ARRAY_LEN(words_of_it); i++)
        if (!strcmp(words_of_it[i], outcome))
            return true;
    return false;
}

static void join_all(struct platform *p)
{
    struct db_join j = {0};
    for (int64_t after = 0;; after = j.submission) {
        struct err e = {0};
        if (!p->db->wechat->join_next(p->db, after, &j, &e)) {
            if (e.code != ERR_NOT_FOUND)
                log_error("wechat.join", "text=\"%s\"", e.text);
            return;
        }
        e = (struct err){0};
        const char *outcome = join(p, &j, &e);
        if (!outcome) {
            log_error("wechat.join", "declaration=%s text=\"%s\"", j.declaration, e.text);
            continue;
        }
        log_info("wechat.join", "declaration=%s outcome=%s", j.declaration, outcome);
        if (alarming(outcome))
            p->db->ops->alarm_add(p->db, "wechat-claim", j.device, words(p, "wechat.alarm.claim"), now_ms(p), NULL);
        if (!p->db->wechat->join_done(p->db, j.submission, outcome, now_ms(p), &e))
            log_error("wechat.join", "declaration=%s text=\"%s\"", j.declaration, e.text);
    }
}

void claims_join(struct platform *p)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&one_at_a_time);
    join_all(p);
    pthread_mutex_unlock(&one_at_a_time);
}

void claims_sweep(struct platform *p)
{
    struct err e = {0};
    if (!p->db->wechat->sweep(p->db, now_ms(p), now_ms(p) - p->conf.wechat_claim_days * DAY_MS, &e))
        log_error("wechat.sweep", "text=\"%s\"", e.text);
}
