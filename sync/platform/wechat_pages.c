#include "sync/platform/wechat_pages.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/html.h"
#include "sync/platform/session.h"
#include "sync/platform/wechat_claims.h"
#include "sync/platform/wechat_pool.h"
#include "sync/protocol/paths.h"
#include "sync/record/validate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MOST    120 /* QR codes that one address may open in a minute: a hall's phones may share one */
#define SUBJECT_MOST 20  /* authorisations of one WeChat user in ten minutes */
#define SPAN_MS      60000LL
#define SIX_AT       12 /* of an ID number */

/* --- words --- */

static void say(struct request *q, int status, const char *title_key, const char *text_key)
{
    page_message(q, status, words(q->platform, title_key), words(q->platform, text_key), NULL);
}

static void sorry(struct request *q, int status, const char *text_key)
{
    say(q, status, "wechat.sorry", text_key);
}

/* --- errands --- */

static bool errand_begin(struct request *q, enum db_errand_kind kind, const char *about, const char *subject,
                         char token[WECHAT_TOKEN_SIZE])
{
    struct platform *p = q->platform;
    struct db_errand x = {.kind = kind, .ends_ms = now_ms(p) + WECHAT_ERRAND_S * 1000LL};
    struct err e = {0};
    wechat_token(p, token);
    wechat_token_hash(p, token, x.hash);
    visitor_mark(q, x.browser);
    zcopy(x.about, sizeof x.about, about);
    zcopy(x.subject, sizeof x.subject, subject);
    if (p->db->wechat->errand_add(p->db, &x, &e))
        return true;
    answer_err(q, "wechat.errand", &e);
    return false;
}

/* The errand of this token and of this phone; known: WeChat has said who it is. False: answered. */
static bool errand_need(struct request *q, const char *token, bool known, bool take, struct db_errand *out)
{
    struct platform *p = q->platform;
    char hash[HASH_HEX], mark[CSRF_SIZE];
    struct err e = {0};
    wechat_token_hash(p, token, hash);
    bool ok = take ? p->db->wechat->errand_take(p->db, hash, now_ms(p), out, &e)
                   : p->db->wechat->errand_find(p->db, hash, now_ms(p), out, &e);
    if (!ok && e.code != ERR_NOT_FOUND) {
        answer_err(q, "wechat.errand", &e);
        return false;
    }
    visitor_mark(q, mark);
    if (ok && !strcmp(mark, out->browser) && known == (*out->subject != '\0'))
        return true;
    log_warn("wechat.reuse", "what=%s", ok ? "another-browser" : "token");
    sorry(q, 410, "wechat.used");
    return false;
}

/* Off to WeChat, which sends the phone back with a code. */
static void authorise(struct request *q, enum db_errand_kind kind, const char *about)
{
    struct platform *p = q->platform;
    char state[WECHAT_TOKEN_SIZE];
    CLEANUP(str) struct str url = {0};
    AUTOFREE char *back = xasprintf("%s" PATH_WECHAT_BACK, p->web_url);
    if (!errand_begin(q, kind, about, "", state))
        return;
    wechat_authorize_url(&p->conf, back, state, &url);
    page_redirect(q, str_z(&url));
}

/* False: answered. */
static bool may_open(struct request *q)
{
    struct platform *p = q->platform;
    struct err e = {0};
    int64_t wait = 0;
    AUTOFREE char *key = xasprintf("wechat-open:%s", q->peer);
    if (!wechat_enabled(&p->conf)) {
        sorry(q, 404, "wechat.off");
        return false;
    }
    if (!p->db->accounts->pace(p->db, key, OPEN_MOST, SPAN_MS, now_ms(p), &wait, &e)) {
        answer_err(q, "wechat.open", &e);
        return false;
    }
    if (wait)
        sorry(q, 429, "wechat.often");
    return !wait;
}

/* --- where a code stands --- */

/* May the phone go on? subject: who it is, "" when that is not known yet. False: answered. */
static bool scan_open_for(struct request *q, const struct db_scan *s, const char *subject)
{
    bool over = s->ends_ms <= now_ms(q->platform);
    bool mine = !*s->subject || !*subject || !strcmp(s->subject, subject);
    if (!over && (s->state == SCAN_WAITING || s->state == SCAN_SEEN) && mine)
        return true;
    if (!over)
        log_warn("wechat.reuse", "what=code device=%s", s->device);
    sorry(q, 410, over || s->state == SCAN_REPLACED ? "wechat.expired" : "wechat.used");
    return false;
}

void wechat_scan_page(struct request *q)
{
    struct platform *p = q->platform;
    struct db_scan s = {0};
    char phone[HASH_HEX];
    struct err e = {0};
    if (!may_open(q))
        return;
    wechat_token_hash(p, q->param[0], phone);
    if (p->db->wechat->scan_by_phone(p->db, phone, &s, &e)) {
        if (scan_open_for(q, &s, ""))
            authorise(q, ERRAND_SCAN, s.id);
    } else if (e.code == ERR_NOT_FOUND) {
        sorry(q, 404, "wechat.expired");
    } else {
        answer_err(q, "wechat.scan", &e);
    }
}

/* Answers all but GOOD. */
static bool claim_good(struct request *q, enum claim_verdict v, const struct err *e)
{
    static const struct {
        int status;
        const char *words;
    } said[] = {
        [CLAIM_NO_TICKET] = {404, "wechat.no_ticket"}, [CLAIM_KIOSK_OFF] = {403, "wechat.kiosk_off"},
        [CLAIM_EXPIRED] = {410, "wechat.expired"},     [CLAIM_CONTESTED] = {409, "wechat.contested"},
        [CLAIM_SETTLED] = {410, "wechat.used"},
    };
    if (v == CLAIM_GOOD)
        return true;
    if (v == CLAIM_FAILED)
        answer_err(q, "wechat.claim", e);
    else
        sorry(q, said[v].status, said[v].words);
    return false;
}

void wechat_ticket_page(struct request *q)
{
    struct claim c;
    struct err e = {0};
    char id[2 * TICKET_CLAIM + 1];
    if (!may_open(q) || !claim_good(q, claim_show(q->platform, q->param[0], &c, &e), &e))
        return;
    hex_encode(c.row.id, sizeof c.row.id, id);
    authorise(q, ERRAND_CLAIM, id);
}

/* --- back from WeChat --- */

struct back {
    struct wechat_job job;
    struct db_errand errand;
};

static void back_free(struct request *q, bool cut)
{
    (void)cut;
    crypto_sodium()->wipe(q->state, sizeof(struct back));
    free(q->state);
    q->state = NULL;
}

/* To the page of this errand, now that it is known who it is. */
static void go_on(struct request *q, enum db_errand_kind kind, const char *about, const char *subject)
{
    char token[WECHAT_TOKEN_SIZE];
    if (!errand_begin(q, kind, about, subject, token))
        return;
    AUTOFREE char *path = xasprintf(PATH_WECHAT_GO "%s", token);
    page_redirect(q, path);
}

/* Whose WeChat it is: ERR_NOT_FOUND in e when nobody's. */
static bool owner(struct platform *p, const char *subject, struct applicant *who, struct err *e)
{
    return applicant_by_wechat(p, subject, who, e);
}

static void scan_move_or_say(struct request *q, const struct db_scan_move *m, const struct db_scan *s)
{
    struct platform *p = q->platform;
    struct db_scan now = {0};
    struct err e = {0};
    if (p->db->wechat->scan_move(p->db, m, &e)) {
        if (m->to == SCAN_UNBOUND)
            sorry(q, 403, "wechat.unbound");
        else
            go_on(q, ERRAND_SCAN, s->id, m->subject);
    } else if (e.code != ERR_STATE || !p->db->wechat->scan_by_id(p->db, s->id, &now, &e)) {
        answer_err(q, "wechat.seen", &e);
    } else if (scan_open_for(q, &now, m->subject)) { /* the same phone, once more */
        go_on(q, ERRAND_SCAN, s->id, m->subject);
    }
}

static void scan_authorised(struct request *q, const struct db_errand *x, const char *subject)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    struct db_scan s = {0};
    struct err e = {0}, none = {0};
    if (!p->db->wechat->scan_by_id(p->db, x->about, &s, &e)) {
        if (e.code == ERR_NOT_FOUND)
            sorry(q, 410, "wechat.expired");
        else
            answer_err(q, "wechat.scan", &e);
        return;
    }
    if (!scan_open_for(q, &s, subject))
        return;
    bool known = owner(p, subject, &who, &none);
    struct db_scan_move m = {
        .id = s.id, .from = SCAN_WAITING, .to = SCAN_SEEN, .subject = subject, .now_ms = now_ms(p)};
    if (!known && none.code != ERR_NOT_FOUND) {
        answer_err(q, "wechat.owner", &none);
    } else if (s.bind && known && who.id != s.account) {
        sorry(q, 409, "wechat.bound_other");
    } else {
        if (!s.bind && !known)
            m.to = SCAN_UNBOUND;
        m.account = s.bind ? 0 : who.id;
        scan_move_or_say(q, &m, &s);
    }
}

static void claim_authorised(struct request *q, const struct db_errand *x, const char *subject)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    struct claim c;
    struct err e = {0}, none = {0};
    if (!claim_good(q, claim_again(p, x->about, &c, &e), &e))
        return;
    bool known = owner(p, subject, &who, &none);
    if (!known && none.code != ERR_NOT_FOUND) {
        answer_err(q, "wechat.owner", &none);
    } else if (c.ticket.purpose == TICKET_BIND) {
        if (known)
            sorry(q, 409, "wechat.bound_already");
        else
            go_on(q, ERRAND_CLAIM, x->about, subject);
    } else if (!known) {
        sorry(q, 403, "wechat.unbound");
    } else if (!claim_is_of(p, &c, who.number)) { /* somebody else's phone */
        log_warn("wechat.claim", "kiosk=%" PRId64 " refused=person", c.kiosk.device.kiosk);
        sorry(q, 403, "wechat.not_yours");
    } else {
        go_on(q, ERRAND_CLAIM, x->about, subject);
    }
}

static int status_of(enum wechat_outcome o)
{
    static const int status[] = {
        [WECHAT_OK] = 200,       [WECHAT_CODE_BAD] = 410,    [WECHAT_BUSY] = 503,           [WECHAT_MISSET] = 502,
        [WECHAT_SNAPSHOT] = 403, [WECHAT_UNREACHABLE] = 504, [WECHAT_UNINTELLIGIBLE] = 502,
    };
    return status[o];
}

static void exchange_failed(struct request *q, const struct wechat_exchange *x)
{
    struct platform *p = q->platform;
    char key[48];
    int64_t wait = 1;
    wechat_error_key(x, key);
    log_warn("wechat.exchange", "errcode=%" PRId64 " words=%s", x->errcode, key);
    /* Something that only an operator can mend; said once an hour. */
    if (x->outcome == WECHAT_MISSET &&
        p->db->accounts->pace(p->db, "wechat-misset", 1, 60 * SPAN_MS, now_ms(p), &wait, NULL) && !wait)
        p->db->ops->alarm_add(p->db, "wechat-settings", "", words(p, key), now_ms(p), NULL);
    sorry(q, status_of(x->outcome), key);
}

static void authorised(struct request *q, struct back *b)
{
    struct platform *p = q->platform;
    char subject[SUBJECT_SIZE];
    struct err e = {0};
    int64_t wait = 0;
    if (b->job.result.outcome != WECHAT_OK) {
        exchange_failed(q, &b->job.result);
        return;
    }
    wechat_subject(p, b->job.result.openid, subject);
    AUTOFREE char *key = xasprintf("wechat-user:%s", subject);
    if (!p->db->accounts->pace(p->db, key, SUBJECT_MOST, 10 * SPAN_MS, now_ms(p), &wait, &e))
        answer_err(q, "wechat.pace", &e);
    else if (wait)
        sorry(q, 429, "wechat.often");
    else if (b->errand.kind == ERRAND_SCAN)
        scan_authorised(q, &b->errand, subject);
    else
        claim_authorised(q, &b->errand, subject);
}

/* The phone came back without a code: the person said no to WeChat. The kiosk hears it where it can. */
static void denied(struct request *q, const struct db_errand *x)
{
    struct platform *p = q->platform;
    const struct db_scan_move m = {.id = x->about, .from = SCAN_WAITING, .to = SCAN_REFUSED, .now_ms = now_ms(p)};
    if (x->kind == ERRAND_SCAN)
        p->db->wechat->scan_move(p->db, &m, NULL);
    say(q, 200, "wechat.refused.title", "wechat.refused");
}

void wechat_back_page(struct request *q)
{
    const char *code = request_query(q, "code"), *state = request_query(q, "state");
    struct back *b = q->state;
    if (b) {
        authorised(q, b);
        return;
    }
    b = xcalloc(1, sizeof *b);
    q->state = b;
    q->state_free = back_free;
    if (!errand_need(q, state, false, true, &b->errand))
        return;
    if (!*code)
        denied(q, &b->errand);
    else if (!zcopy(b->job.code, sizeof b->job.code, code))
        sorry(q, 400, "wechat.error.40029");
    else if (!wechat_pool_ask(q, &b->job))
        sorry(q, 503, "wechat.error.-1");
}

/* --- agree or refuse --- */

struct question {
    const char *title, *action; /* keys of words */
    const char *hall, *code;    /* hall: NULL when it is about no kiosk; code: when there is none to compare */
    int64_t kiosk;
    const char *name; /* masked; "": not known */
    bool six;         /* asks for the last six */
    const char *error;
};

static void fact(struct request *q, const char *name, const char *value)
{
    html(&q->out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value);
}

static void ask(struct request *q, int status, const struct question *a)
{
    const struct platform *p = q->platform;
    char token[CSRF_SIZE], kiosk[24];
    csrf_token(q, token);
    snprintf(kiosk, sizeof kiosk, "%" PRId64, a->kiosk);
    page_begin(q, words(p, a->title), NULL);
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1>\n<dl class=\"facts\">\n", words(p, a->title));
    fact(q, words(p, "wechat.action"), words(p, a->action));
    if (a->hall) {
        fact(q, words(p, "wechat.hall"), a->hall);
        fact(q, words(p, "wechat.kiosk"), kiosk);
    }
    if (*a->name)
        fact(q, words(p, "wechat.name"), a->name);
    if (a->code)
        html(&q->out, "<div><dt>%s</dt><dd class=\"number code\">%s</dd></div>\n", words(p, "wechat.code"), a->code);
    html(&q->out, "</dl>\n<p class=\"note warn\">%s</p>\n",
         words(p, !a->hall  ? "wechat.check_mobile"
                  : a->code ? "wechat.check"
                            : "wechat.check_offline"));
    if (a->error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", a->error);
    html(&q->out, "<form method=\"post\" class=\"stack\">\n<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n",
         token);
    if (a->six)
        html(&q->out,
             "<label>%s<input name=\"six\" inputmode=\"text\" autocomplete=\"off\" autocapitalize=\"characters\" "
             "maxlength=\"6\"></label>\n<p class=\"help\">%s</p>\n",
             words(p, "wechat.six"), words(p, "wechat.six_help"));
    html(&q->out,
         "<div class=\"pair\"><button name=\"answer\" value=\"yes\">%s</button>"
         "<button name=\"answer\" value=\"no\">%s</button></div>\n</form></section>\n",
         words(p, "wechat.agree"), words(p, "wechat.refuse"));
    page_end(q, status);
}

static void ask_scan(struct request *q, int status, const struct db_scan *s, const char *error)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    struct db_device d = {0};
    char name[NAME_SIZE];
    struct err e = {0};
    if (!p->db->ops->device_by_id(p->db, s->device, &d, &e) || !applicant_by_id(p, s->account, &who, &e)) {
        answer_err(q, "wechat.ask", &e);
        return;
    }
    name_mask(who.full_name, name, sizeof name);
    ask(q, status,
        &(struct question){.title = s->bind ? "wechat.bind.title" : "wechat.login.title",
                           .action = s->bind ? "wechat.bind.action" : "wechat.login.action",
                           .hall = d.hall,
                           .code = s->user_code,
                           .kiosk = d.kiosk,
                           .name = name,
                           .six = s->bind,
                           .error = error});
}

static void ask_claim(struct request *q, int status, const struct claim *c, const char *subject, const char *error)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    bool bind = c->ticket.purpose == TICKET_BIND;
    char name[NAME_SIZE] = "";
    struct err e = {0};
    if (!bind && !owner(p, subject, &who, &e)) {
        answer_err(q, "wechat.ask", &e);
        return;
    }
    if (!bind)
        name_mask(who.full_name, name, sizeof name);
    ask(q, status,
        &(struct question){.title = bind ? "wechat.bind.title" : "wechat.login.title",
                           .action = bind ? "wechat.bind.action" : "wechat.login.action",
                           .hall = c->kiosk.device.hall,
                           .kiosk = c->kiosk.device.kiosk,
                           .name = name,
                           .six = bind,
                           .error = error});
}

/* --- the decision about a code on the screen --- */

static void scan_ends(struct request *q, const struct db_scan *s, enum db_scan_state to)
{
    struct platform *p = q->platform;
    const struct db_scan_move m = {.id = s->id, .from = SCAN_SEEN, .to = to, .now_ms = now_ms(p)};
    struct err e = {0};
    bool agreed = to == SCAN_AGREED;
    if (p->db->wechat->scan_move(p->db, &m, &e))
        say(q, 200, agreed ? "wechat.agreed.title" : "wechat.refused.title",
            !agreed   ? "wechat.refused"
            : s->bind ? "wechat.agreed.bind"
                      : "wechat.agreed.login");
    else if (e.code == ERR_STATE)
        sorry(q, 410, "wechat.expired");
    else
        answer_err(q, "wechat.decide", &e);
}

/* True: this phone belongs to the account's owner, as far as six digits tell. False: answered. */
static bool six_right(struct request *q, const struct db_scan *s, const struct applicant *who, const char *typed)
{
    struct platform *p = q->platform;
    char six[7];
    int tries = 0;
    struct err e = {0};
    if (!claim_six_read(typed, six)) {
        ask_scan(q, 422, s, words(p, "wechat.six_format"));
        return false;
    }
    if (!strcmp(six, who->number + SIX_AT))
        return true;
    if (!p->db->wechat->scan_wrong(p->db, s->id, &tries, &e)) {
        answer_err(q, "wechat.six", &e);
    } else if (tries < WECHAT_TRIES) {
        ask_scan(q, 403, s, words(p, "wechat.six_wrong"));
    } else {
        log_warn("wechat.six", "device=%s", s->device);
        p->db->ops->alarm_add(p->db, "wechat-six", s->device, words(p, "wechat.alarm.six"), now_ms(p), NULL);
        const struct db_scan_move m = {.id = s->id, .from = SCAN_SEEN, .to = SCAN_REFUSED, .now_ms = now_ms(p)};
        p->db->wechat->scan_move(p->db, &m, NULL);
        sorry(q, 403, "wechat.six_over");
    }
    return false;
}

/* The session that asked must still be there: nobody binds to somebody who has left. */
static bool asker_there(struct platform *p, const struct db_scan *s)
{
    const struct db_visit_limits limits = {p->conf.account_idle_minutes * 60000,
                                           p->conf.account_session_minutes * 60000};
    struct db_visit v;
    return p->db->accounts->visit_find(p->db, s->visit, s->device, &limits, now_ms(p), &v, NULL);
}

static void bind_now(struct request *q, const struct db_scan *s, const char *typed)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    struct err e = {0};
    if (!applicant_by_id(p, s->account, &who, &e)) {
        answer_err(q, "wechat.bind", &e);
    } else if (!asker_there(p, s)) {
        sorry(q, 410, "wechat.expired");
    } else if (six_right(q, s, &who, typed)) {
        AUTOFREE char *name = xasprintf("applicant %" PRId64, who.id);
        if (p->db->accounts->wechat_set(p->db, who.id, s->subject, now_ms(p), &e) &&
            p->db->ops->audit(p->db, name, "wechat.bound", "scan", now_ms(p), &e))
            scan_ends(q, s, SCAN_AGREED);
        else if (e.code == ERR_EXISTS)
            sorry(q, 409, "wechat.bound_other");
        else
            answer_err(q, "wechat.bind", &e);
    }
}

static void decide_scan(struct request *q, const struct db_scan *s, bool yes, const char *six)
{
    if (!yes)
        scan_ends(q, s, SCAN_REFUSED);
    else if (s->bind)
        bind_now(q, s, six);
    else
        scan_ends(q, s, SCAN_AGREED);
}

/* --- the decision about a ticket --- */

static void show_ack(struct request *q, const struct claim *c)
{
    const struct platform *p = q->platform;
    char ack[TICKET_ACK];
    claim_ack(p, c, ack);
    page_begin(q, words(p, "wechat.ack.title"), NULL);
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1><p>%s</p>", words(p, "wechat.ack.title"),
         words(p, "wechat.ack"));
    AUTOFREE char *first = xstrndup(ack, 4);
    html(&q->out, "<p class=\"number ack\">%s %s</p><p class=\"help\">%s</p></section>\n", first, ack + 4,
         words(p, c->ticket.purpose == TICKET_BIND ? "wechat.ack.bind" : "wechat.ack.login"));
    page_end(q, 200);
}

static void claim_bind(struct request *q, const struct claim *c, const char *subject, const char *typed)
{
    struct platform *p = q->platform;
    struct db_claimant x = {0};
    char six[7];
    struct err e = {0};
    if (!claim_six_read(typed, six)) {
        ask_claim(q, 422, c, subject, words(p, "wechat.six_format"));
        return;
    }
    zcopy(x.subject, sizeof x.subject, subject);
    claim_six(p, c->row.id, six, x.six);
    if (p->db->wechat->claimant_add(p->db, c->row.id, &x, now_ms(p), &e)) {
        show_ack(q, c);
    } else if (e.code == ERR_STATE) {
        log_warn("wechat.claim", "kiosk=%" PRId64 " refused=contested", c->kiosk.device.kiosk);
        p->db->ops->alarm_add(p->db, "wechat-claim", c->kiosk.device.id, words(p, "wechat.alarm.claim"), now_ms(p),
                              NULL);
        sorry(q, 409, "wechat.contested");
    } else {
        answer_err(q, "wechat.claim", &e);
    }
}

static void decide_claim(struct request *q, const struct claim *c, const char *subject, bool yes, const char *six)
{
    struct platform *p = q->platform;
    if (!yes) {
        p->db->wechat->claim_end(p->db, c->row.id, CLAIM_REFUSED, NULL);
        say(q, 200, "wechat.refused.title", "wechat.refused");
    } else if (c->ticket.purpose == TICKET_BIND) {
        claim_bind(q, c, subject, six);
    } else {
        AUTOFREE char *detail = xasprintf("kiosk %" PRId64, c->kiosk.device.kiosk);
        p->db->ops->audit(p->db, "wechat", "ticket.login", detail, now_ms(p), NULL);
        show_ack(q, c);
    }
}

/* --- both --- */

/* What the errand is about, good to go on with; the other one is left alone. False: answered. */
static bool errand_subject(struct request *q, const struct db_errand *x, struct db_scan *s, struct claim *c)
{
    struct platform *p = q->platform;
    struct err e = {0};
    if (x->kind == ERRAND_CLAIM)
        return claim_good(q, claim_again(p, x->about, c, &e), &e);
    if (p->db->wechat->scan_by_id(p->db, x->about, s, &e))
        return scan_open_for(q, s, x->subject);
    if (e.code == ERR_NOT_FOUND)
        sorry(q, 410, "wechat.expired");
    else
        answer_err(q, "wechat.scan", &e);
    return false;
}

void wechat_go_page(struct request *q)
{
    struct db_errand x = {0};
    struct db_scan s = {0};
    struct claim c = {0};
    if (!errand_need(q, q->param[0], true, false, &x) || !errand_subject(q, &x, &s, &c))
        return;
    if (x.kind == ERRAND_CLAIM)
        ask_claim(q, 200, &c, x.subject, NULL);
    else
        ask_scan(q, 200, &s, NULL);
}

void wechat_go_route(struct request *q)
{
    struct db_errand x = {0};
    struct db_scan s = {0};
    struct claim c = {0};
    CLEANUP(str) struct str answer = {0};
    CLEANUP(str_secret) struct str six = {0};
    if (!csrf_need(q) || !errand_need(q, q->param[0], true, false, &x) || !errand_subject(q, &x, &s, &c))
        return;
    form_value(&q->body, "answer", &answer);
    form_value(&q->body, "six", &six);
    bool yes = !strcmp(str_z(&answer), "yes");
    if (!yes && strcmp(str_z(&answer), "no") != 0)
        sorry(q, 400, "problem.bad-request");
    else if (x.kind == ERRAND_CLAIM)
        decide_claim(q, &c, x.subject, yes, str_z(&six));
    else
        decide_scan(q, &s, yes, str_z(&six));
}

/* --- a link by SMS --- */

/* The errand of this link and whose account it is about. False: answered. */
static bool confirm_need(struct request *q, bool take, struct db_errand *x, struct applicant *who)
{
    struct platform *p = q->platform;
    char hash[HASH_HEX];
    struct err e = {0};
    wechat_token_hash(p, q->param[0], hash);
    bool ok = take ? p->db->wechat->errand_take(p->db, hash, now_ms(p), x, &e)
                   : p->db->wechat->errand_find(p->db, hash, now_ms(p), x, &e);
    ok = ok && (x->kind == ERRAND_CONFIRM || err_set(&e, ERR_NOT_FOUND, "another errand")) &&
         applicant_by_id(p, strtoll(x->about, NULL, 10), who, &e);
    if (!ok && e.code == ERR_NOT_FOUND)
        sorry(q, 410, "wechat.link_over");
    else if (!ok)
        answer_err(q, "wechat.confirm", &e);
    return ok;
}

void wechat_confirm_page(struct request *q)
{
    CLEANUP(applicant) struct applicant who = {0};
    struct db_errand x = {0};
    char name[NAME_SIZE];
    if (!confirm_need(q, false, &x, &who))
        return;
    name_mask(who.full_name, name, sizeof name);
    ask(q, 200, &(struct question){.title = "wechat.bind.title", .action = "wechat.bind.action", .name = name});
}

void wechat_confirm_route(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    CLEANUP(str) struct str answer = {0};
    struct db_errand x = {0};
    struct err e = {0};
    if (!csrf_need(q))
        return;
    form_value(&q->body, "answer", &answer);
    bool yes = !strcmp(str_z(&answer), "yes");
    if (!yes && strcmp(str_z(&answer), "no") != 0) {
        sorry(q, 400, "problem.bad-request");
        return;
    }
    if (!confirm_need(q, true, &x, &who))
        return;
    AUTOFREE char *name = xasprintf("applicant %" PRId64, who.id);
    if (!yes)
        say(q, 200, "wechat.refused.title", "wechat.refused");
    else if (who.wechat) /* bound meanwhile, and nobody is pushed aside by a link */
        sorry(q, 409, "wechat.link_over");
    else if (p->db->accounts->wechat_set(p->db, who.id, x.subject, now_ms(p), &e) &&
             p->db->ops->audit(p->db, name, "wechat.bound", "mobile", now_ms(p), &e))
        say(q, 200, "wechat.agreed.title", "wechat.agreed.mobile");
    else if (e.code == ERR_EXISTS)
        sorry(q, 409, "wechat.bound_other");
    else
        answer_err(q, "wechat.confirm", &e);
}
