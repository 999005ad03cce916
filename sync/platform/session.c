/* session.c — the cookie holds 32 random bytes; the database holds their hash. A form's token is a MAC of the cookie's value under the platform's
 * token key: another site can make a browser post, but cannot know the token. */
#include "sync/platform/session.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/html.h"
#include "sync/platform/limits.h"

#include <stdio.h>
#include <string.h>

#define SESSION_COOKIE "__Host-session"
#define VISIT_COOKIE   "__Host-visit"
#define TOKEN_TEXT     64 /* base64url of 32 bytes, and NUL */

static void random_token(const struct platform *p, char out[TOKEN_TEXT])
{
    unsigned char r[32];
    CLEANUP(str) struct str z = {0};
    p->crypto->random(r, sizeof r);
    base64_encode(&z, r, sizeof r, BASE64_URL);
    zcopy(out, TOKEN_TEXT, z.p);
}

static void token_hash(const struct platform *p, const char *token, char out[HASH_HEX])
{
    AUTOFREE char *z = xasprintf("session:%s", token);
    crypto_hash_hex(p->crypto, z, strlen(z), out);
}

static void set_cookie(struct request *q, const char *name, const char *value, const char *more)
{
    AUTOFREE char *z = xasprintf("%s=%s; Path=/; Secure; HttpOnly; SameSite=%s", name, value, more);
    answer_header(q, "Set-Cookie", z);
}

/* --- tokens of forms --- */

static void token_of(const struct platform *p, const char *kind, const char *cookie, char out[CSRF_SIZE])
{
    unsigned char mac[HASH_BYTES];
    AUTOFREE char *z = xasprintf("csrf:%s:%s", kind, cookie);
    p->crypto->mac(mac, keyring_token_key(p->keys), z, strlen(z));
    hex_encode(mac, sizeof mac, out);
}

static void visit_cookie(struct request *q, char cookie[TOKEN_TEXT])
{
    if (request_cookie(q, VISIT_COOKIE, cookie, TOKEN_TEXT) && *cookie)
        return;
    random_token(q->platform, cookie);
    set_cookie(q, VISIT_COOKIE, cookie, "Lax"); /* a phone comes from a QR code, and back from WeChat */
}

void csrf_token(struct request *q, char out[CSRF_SIZE])
{
    char cookie[TOKEN_TEXT];
    if (request_cookie(q, SESSION_COOKIE, cookie, sizeof cookie)) {
        token_of(q->platform, "session", cookie, out);
        return;
    }
    visit_cookie(q, cookie);
    token_of(q->platform, "visit", cookie, out);
}

void visitor_mark(struct request *q, char out[CSRF_SIZE])
{
    char cookie[TOKEN_TEXT];
    visit_cookie(q, cookie);
    token_of(q->platform, "mark", cookie, out);
}

bool same_secret(const char *a, const char *b)
{
    unsigned char differ = 0;
    size_t n = strlen(a);
    if (n != strlen(b))
        return false;
    for (size_t i = 0; i < n; i++)
        differ |= (unsigned char)(a[i] ^ b[i]);
    return !differ;
}

/* The host that the browser spoke to, behind whatever name the platform has. */
static bool origin_ok(struct request *q)
{
    const char *origin = request_header(q, "Origin"), *host = request_header(q, "Host");
    return !origin || (host && !strncmp(origin, "https://", 8) && !strcasecmp(origin + 8, host));
}

bool csrf_need(struct request *q)
{
    char cookie[TOKEN_TEXT], token[CSRF_SIZE];
    CLEANUP(str) struct str sent = {0};
    bool ok = origin_ok(q) && form_value(&q->body, "csrf", &sent);
    if (ok && request_cookie(q, SESSION_COOKIE, cookie, sizeof cookie))
        token_of(q->platform, "session", cookie, token);
    else if (ok && request_cookie(q, VISIT_COOKIE, cookie, sizeof cookie))
        token_of(q->platform, "visit", cookie, token);
    else
        ok = false;
    if (ok && same_secret(token, str_z(&sent)))
        return true;
    log_warn("form.refused", "origin=%s", origin_ok(q) ? "own" : "other");
    page_message(q, 403, words(q->platform, "page.refused"), words(q->platform, "page.csrf"), "/review");
    return false;
}

/* --- sessions --- */

void session_hash(struct request *q, char out[HASH_HEX])
{
    char token[TOKEN_TEXT];
    *out = '\0';
    if (request_cookie(q, SESSION_COOKIE, token, sizeof token) && *token)
        token_hash(q->platform, token, out);
}

static bool find(struct request *q, struct db_session *out, struct err *e)
{
    struct platform *p = q->platform;
    char hash[HASH_HEX];
    session_hash(q, hash);
    if (!*hash)
        return err_set(e, ERR_NOT_FOUND, "no cookie");
    return p->db->staff->session_find(p->db, hash, now_ms(p), p->conf.session_minutes * 60000, out, e);
}

bool session_peek(struct request *q, struct db_session *out)
{
    return find(q, out, NULL) && !*out->stage;
}

static bool within_limits(struct request *q, const struct db_session *s)
{
    struct platform *p = q->platform;
    char key[32], after[16];
    snprintf(key, sizeof key, "user:%lld", (long long)s->user.id);
    int wait_s = limits_take(p->limits, key, p->conf.user_per_minute, clock_mono(p->clock));
    if (!wait_s)
        return true;
    page_message(q, 429, words(p, "page.refused"), words(p, "page.too_often"), "/review");
    snprintf(after, sizeof after, "%d", wait_s);
    answer_header(q, "Retry-After", after);
    return false;
}

bool session_any(struct request *q, struct db_session *out)
{
    struct err e = {0};
    if (find(q, out, &e))
        return within_limits(q, out);
    if (e.code != ERR_NOT_FOUND) {
        answer_err(q, "session.find", &e);
        return false;
    }
    char hash[HASH_HEX];
    session_hash(q, hash);
    page_redirect(q, "/review/login");
    if (*hash)
        set_cookie(q, SESSION_COOKIE, "", "Strict; Max-Age=0");
    return false;
}

void session_not_found(struct request *q)
{
    page_message(q, 404, words(q->platform, "page.not_found"), words(q->platform, "page.not_here"), "/review");
}

bool session_need(struct request *q, unsigned roles, struct db_session *out)
{
    if (!session_any(q, out))
        return false;
    if (*out->stage) {
        page_redirect(q, stage_page(out));
        return false;
    }
    const struct role_row *r = role_find(out->user.role);
    if (r && (r->role & roles))
        return true;
    session_not_found(q);
    return false;
}

const char *stage_page(const struct db_session *s)
{
    const struct role_row *r = role_find(s->user.role);
    return !strcmp(s->stage, STAGE_SECOND)   ? "/review/second"
           : !strcmp(s->stage, STAGE_CHANGE) ? "/review/password"
           : !strcmp(s->stage, STAGE_ENROL)  ? "/review/enrol"
           : r                               ? r->home
                                             : "/review";
}

/* Password → second factor → a password of one's own → a second factor of one's own. */
const char *stage_after(const struct platform *p, const struct db_user *u, const char *passed)
{
    if (!passed && u->totp_len)
        return STAGE_SECOND;
    if (u->once_until_ms && (!passed || !strcmp(passed, STAGE_SECOND)))
        return STAGE_CHANGE;
    if (!u->totp_len && role_listed(p->conf.second_factor, u->role) && (!passed || strcmp(passed, STAGE_ENROL) != 0))
        return STAGE_ENROL;
    return "";
}

bool session_begin(struct request *q, const struct db_user *u, const char *stage)
{
    struct platform *p = q->platform;
    char token[TOKEN_TEXT], hash[HASH_HEX];
    const char *agent = request_header(q, "User-Agent");
    struct db_session s = {.user = *u, .made_ms = now_ms(p)};
    struct err e = {0};
    random_token(p, token);
    token_hash(p, token, hash);
    zcopy(s.stage, sizeof s.stage, stage);
    zcopy(s.address, sizeof s.address, q->peer);
    if (agent && utf8_valid(agent, strlen(agent)))
        zcopy(s.agent, sizeof s.agent, agent);
    if (!p->db->staff->session_add(p->db, hash, &s, &e)) {
        answer_err(q, "session.begin", &e);
        return false;
    }
    set_cookie(q, SESSION_COOKIE, token, "Strict");
    set_cookie(q, VISIT_COOKIE, "", "Lax; Max-Age=0");
    return true;
}

bool session_go_on(struct request *q, const char *stage)
{
    struct platform *p = q->platform;
    char token[TOKEN_TEXT], hash[HASH_HEX], old[HASH_HEX];
    struct err e = {0};
    session_hash(q, old);
    random_token(p, token);
    token_hash(p, token, hash);
    if (!p->db->staff->session_turn(p->db, old, hash, stage, &e)) {
        answer_err(q, "session.go_on", &e);
        return false;
    }
    set_cookie(q, SESSION_COOKIE, token, "Strict");
    return true;
}

bool session_leave(struct request *q)
{
    struct platform *p = q->platform;
    char hash[HASH_HEX];
    struct err e = {0};
    session_hash(q, hash);
    if (*hash && !p->db->staff->session_end(p->db, hash, &e)) {
        answer_err(q, "session.leave", &e);
        return false;
    }
    set_cookie(q, SESSION_COOKIE, "", "Strict; Max-Age=0");
    return true;
}

void session_audit(struct request *q, const struct db_session *s, const char *event, const char *detail)
{
    struct err e = {0};
    struct platform *p = q->platform;
    if (!p->db->ops->audit(p->db, s->user.name, event, detail, now_ms(p), &e))
        log_error("audit", "event=%s text=\"%s\"", event, e.text);
}

/* --- the head of a page --- */

static const struct place {
    const char *path, *label;
    unsigned roles;
} places[] = {
    {"/review", "place.list", ROLE_READERS},
    {"/review/unmatched", "place.unmatched", ROLE_REGION},
    {"/review/units", "place.units", ROLE_REGION},
    {"/review/export", "place.export", ROLE_REGION},
    {"/review/devices", "place.devices", ROLE_OPERATOR},
    {"/review/alarms", "place.alarms", ROLE_OPERATOR},
    {"/review/conflicts", "place.conflicts", ROLE_OPERATOR},
    {"/review/quarantine", "place.quarantine", ROLE_OPERATOR},
    {"/review/users", "place.users", ROLE_OPERATOR},
    {"/review/audit", "place.audit", ROLE_OPERATOR},
};

static void put_places(struct request *q, unsigned role, const char *here)
{
    const struct platform *p = q->platform;
    html(&q->out, "<nav class=\"places\" aria-label=\"%s\">", words(p, "page.places"));
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (places[i].roles & role)
            html(&q->out, "<a href=\"%s\"%r>%s</a>", places[i].path,
                 strcmp(places[i].path, here) ? "" : " aria-current=\"page\"", words(p, places[i].label));
    html(&q->out, "</nav>");
}

void session_page(struct request *q, const struct db_session *s, const char *here, const char *title)
{
    char token[CSRF_SIZE];
    const struct platform *p = q->platform;
    const struct role_row *r = role_find(s->user.role);
    csrf_token(q, token);
    page_head(q, title, "/review");
    if (r && !*s->stage)
        put_places(q, r->role, here);
    html(&q->out,
         "<div class=\"who\"><a href=\"/review/me\"%r>%s%s%s</a><form method=\"post\" action=\"/review/logout\">"
         "<input type=\"hidden\" name=\"csrf\" value=\"%s\"><button>%s</button></form></div>",
         strcmp(here, "/review/me") ? "" : " aria-current=\"page\"", s->user.unit_name, *s->user.unit_name ? " · " : "",
         s->user.name, token, words(p, "login.out"));
    page_main(q);
}
