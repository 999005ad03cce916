/* session.c — the cookie holds 32 random bytes; the database holds their hash. A form's token is a MAC of the cookie's value under the platform's
 * token key: another site can make a browser post, but cannot know the token. */
#include "sync/platform/session.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/html.h"

#include <stdio.h>
#include <string.h>

#define SESSION_COOKIE "__Host-session"
#define VISIT_COOKIE   "__Host-visit"
#define TOKEN_TEXT     64 /* base64url of 32 bytes, and NUL */
#define ADDRESS_TRIES  50

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

static bool same_text(const char *a, const char *b)
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
    if (ok && same_text(token, str_z(&sent)))
        return true;
    log_warn("form.refused", "origin=%s", origin_ok(q) ? "own" : "other");
    page_message(q, 403, words(q->platform, "page.refused"), words(q->platform, "page.csrf"), "/review");
    return false;
}

/* --- sessions --- */

bool session_need(struct request *q, struct db_session *out)
{
    struct platform *p = q->platform;
    char token[TOKEN_TEXT], hash[HASH_HEX];
    struct err e = {0};
    if (request_cookie(q, SESSION_COOKIE, token, sizeof token)) {
        token_hash(p, token, hash);
        if (p->db->ops->session_find(p->db, hash, now_ms(p), p->conf.session_minutes * 60000, out, &e))
            return true;
        if (e.code != ERR_NOT_FOUND) {
            answer_err(q, "session.find", &e);
            return false;
        }
        set_cookie(q, SESSION_COOKIE, "", "Strict; Max-Age=0");
    }
    page_redirect(q, "/review/login");
    return false;
}

static void login_form(struct request *q, int status, const char *name, const char *error)
{
    char token[CSRF_SIZE];
    const struct platform *p = q->platform;
    csrf_token(q, token);
    page_begin(q, words(p, "login.title"), NULL);
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1>\n", words(p, "login.title"));
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    html(
        &q->out,
        "<form method=\"post\" action=\"/review/login\" class=\"stack\">\n<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n"
        "<label>%s<input name=\"name\" value=\"%s\" autocomplete=\"username\" maxlength=\"60\" required></label>\n"
        "<label>%s<input type=\"password\" name=\"password\" autocomplete=\"current-password\" maxlength=\"200\" required></label>\n"
        "<button class=\"primary\">%s</button>\n</form></section>\n",
        token, words(p, "login.name"), name, words(p, "login.password"), words(p, "login.go"));
    page_end(q, status);
}

void login_page(struct request *q)
{
    struct db_session s;
    char token[TOKEN_TEXT], hash[HASH_HEX];
    struct platform *p = q->platform;
    if (request_cookie(q, SESSION_COOKIE, token, sizeof token)) {
        token_hash(p, token, hash);
        if (p->db->ops->session_find(p->db, hash, now_ms(p), p->conf.session_minutes * 60000, &s, NULL)) {
            page_redirect(q, "/review");
            return;
        }
    }
    login_form(q, 200, "", NULL);
}

/* True: not locked; the try is counted. False: answered. */
static bool may_try(struct request *q, const char *key, int most, const char *name)
{
    struct platform *p = q->platform;
    struct db_attempt a;
    struct err e = {0};
    if (!p->db->ops->attempt(p->db, key, most, p->conf.lock_minutes * 60000, now_ms(p), &a, &e)) {
        answer_err(q, "login", &e);
        return false;
    }
    if (!a.locked_for_ms)
        return true;
    login_form(q, 429, name, words(p, "login.locked"));
    return false;
}

static void signed_in(struct request *q, const struct db_user *u, const char *key)
{
    struct platform *p = q->platform;
    char token[TOKEN_TEXT], hash[HASH_HEX];
    struct err e = {0};
    random_token(p, token);
    token_hash(p, token, hash);
    if (!p->db->ops->session_add(p->db, hash, u->id, now_ms(p), &e) || !p->db->ops->attempt_clear(p->db, key, &e) ||
        !p->db->ops->audit(p->db, u->name, "login", "", now_ms(p), &e)) {
        answer_err(q, "login", &e);
        return;
    }
    set_cookie(q, SESSION_COOKIE, token, "Strict");
    set_cookie(q, VISIT_COOKIE, "", "Lax; Max-Age=0");
    page_redirect(q, "/review");
}

void login_route(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(str) struct str name = {0};
    struct str password = {0};
    struct db_user u = {0};
    if (!csrf_need(q))
        return;
    form_value(&q->body, "name", &name);
    form_value(&q->body, "password", &password);
    AUTOFREE char *key = xasprintf("user:%.60s", str_z(&name)), *address = xasprintf("login:%s", q->peer);
    if (may_try(q, address, ADDRESS_TRIES, str_z(&name)) && may_try(q, key, (int)p->conf.tries, str_z(&name))) {
        bool known = p->db->ops->user_find(p->db, str_z(&name), &u, NULL) && !u.off;
        char nobody[VERIFIER_BYTES];
        /* A name that is not there costs the same time. */
        if (!known && !p->crypto->verifier_make(nobody, "nobody", NULL))
            nobody[0] = '\0';
        if (known && p->crypto->verifier_check(u.verifier, str_z(&password)))
            signed_in(q, &u, key);
        else
            login_form(q, 403, str_z(&name), words(p, "login.wrong"));
    }
    str_finish_secret(&password);
}

void logout_route(struct request *q)
{
    struct platform *p = q->platform;
    char token[TOKEN_TEXT], hash[HASH_HEX];
    struct err e = {0};
    if (!csrf_need(q))
        return;
    if (request_cookie(q, SESSION_COOKIE, token, sizeof token)) {
        token_hash(p, token, hash);
        if (!p->db->ops->session_end(p->db, hash, &e)) {
            answer_err(q, "logout", &e);
            return;
        }
    }
    set_cookie(q, SESSION_COOKIE, "", "Strict; Max-Age=0");
    page_redirect(q, "/review/login");
}
