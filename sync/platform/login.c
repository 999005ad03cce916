/* login.c — a sign-in goes through stages, each under a cookie of its own (session.h): password → second factor → a password of one's own →
 * enrolment of a second factor. Wrong passwords and codes are counted in the database by name and by address: a restart forgives nothing. */
#include "sync/platform/login.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/html.h"
#include "sync/platform/password.h"
#include "sync/platform/second.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS_TRIES 50

static const char *least_words(const struct platform *p, const char *key, size_t least, struct str *out)
{
    char n[16];
    snprintf(n, sizeof n, "%zu", least);
    strings_format(out, words(p, key), &(struct str_arg){"n", n}, 1, false);
    return str_z(out);
}

static void put_error(struct request *q, const char *error)
{
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
}

/* --- name and password --- */

static void login_form(struct request *q, int status, const char *name, const char *error)
{
    char token[CSRF_SIZE];
    const struct platform *p = q->platform;
    csrf_token(q, token);
    page_begin(q, words(p, "login.title"), NULL);
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1>\n", words(p, "login.title"));
    put_error(q, error);
    html(
        &q->out,
        "<form method=\"post\" action=\"/review/login\" class=\"stack\">\n<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n"
        "<label>%s<input name=\"name\" value=\"%s\" autocomplete=\"username\" maxlength=\"60\" required%r></label>\n"
        "<label>%s<input type=\"password\" name=\"password\" autocomplete=\"current-password\" maxlength=\"200\" required%r></label>\n"
        "<button class=\"primary\">%s</button>\n</form><p class=\"help\">%s</p></section>\n",
        token, words(p, "login.name"), name, *name ? "" : " autofocus", words(p, "login.password"),
        *name ? " autofocus" : "", words(p, "login.go"), words(p, "login.forgotten"));
    page_end(q, status);
}

void login_page(struct request *q)
{
    struct db_session s;
    if (session_peek(q, &s))
        page_redirect(q, stage_page(&s));
    else
        login_form(q, 200, "", NULL);
}

static bool count_try(struct platform *p, const char *key, int most, int64_t *locked_for_ms, struct err *e)
{
    struct db_attempt a;
    if (!p->db->ops->attempt(p->db, key, most, p->conf.lock_minutes * 60000, now_ms(p), &a, e))
        return false;
    *locked_for_ms = a.locked_for_ms;
    return true;
}

bool login_try(struct platform *p, const char *name, int64_t *locked_for_ms, struct err *e)
{
    AUTOFREE char *key = xasprintf("user:%.60s", name);
    return count_try(p, key, (int)p->conf.tries, locked_for_ms, e);
}

static void tries_clear(struct platform *p, const char *name)
{
    AUTOFREE char *key = xasprintf("user:%.60s", name);
    struct err e = {0};
    if (!p->db->ops->attempt_clear(p->db, key, &e))
        log_error("login.clear", "text=\"%s\"", e.text);
}

bool login_unlock(struct platform *p, const struct db_user *u, struct err *e)
{
    AUTOFREE char *name = xasprintf("user:%.60s", u->name), *second = xasprintf("second:%lld", (long long)u->id);
    return p->db->ops->attempt_clear(p->db, name, e) && p->db->ops->attempt_clear(p->db, second, e);
}

/* True: neither the address nor the name is locked; the try is counted. False: answered. */
static bool may_try(struct request *q, const char *name)
{
    struct platform *p = q->platform;
    AUTOFREE char *address = xasprintf("login:%s", q->peer);
    int64_t locked = 0;
    struct err e = {0};
    if (!count_try(p, address, ADDRESS_TRIES, &locked, &e) || (!locked && !login_try(p, name, &locked, &e))) {
        answer_err(q, "login", &e);
        return false;
    }
    if (!locked)
        return true;
    login_form(q, 429, name, words(p, "login.locked"));
    return false;
}

static bool password_right(const struct platform *p, const struct db_user *u, const char *typed)
{
    CLEANUP(str_secret) struct str form = {0};
    password_form(typed, &form);
    return p->crypto->verifier_check(u->verifier, str_z(&form));
}

/* A name that is not there costs the same time. */
static bool known(struct platform *p, const char *name, const char *password, struct db_user *out)
{
    char nobody[VERIFIER_BYTES];
    if (p->db->staff->user_find(p->db, name, out, NULL) && !out->off)
        return password_right(p, out, password) && (!out->once_until_ms || out->once_until_ms > now_ms(p));
    if (p->crypto->verifier_make(nobody, "nobody", NULL))
        p->crypto->verifier_check(nobody, password);
    return false;
}

/* Where the stages lead: to the next one's page, or in. */
static void go_on(struct request *q, const struct db_session *s, const char *passed)
{
    struct db_session next = *s;
    zcopy(next.stage, sizeof next.stage, stage_after(q->platform, &s->user, passed));
    if (!session_go_on(q, next.stage))
        return;
    if (!*next.stage)
        session_audit(q, &next, "login", next.address);
    page_redirect(q, stage_page(&next));
}

void login_route(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(str) struct str name = {0};
    CLEANUP(str_secret) struct str password = {0};
    struct db_session s = {0};
    if (!csrf_need(q))
        return;
    form_value(&q->body, "name", &name);
    form_value(&q->body, "password", &password);
    if (!may_try(q, str_z(&name)))
        return;
    if (!known(p, str_z(&name), str_z(&password), &s.user)) {
        login_form(q, 403, str_z(&name), words(p, "login.wrong"));
        return;
    }
    tries_clear(p, s.user.name);
    zcopy(s.stage, sizeof s.stage, stage_after(p, &s.user, NULL));
    if (!session_begin(q, &s.user, s.stage))
        return;
    if (!*s.stage)
        session_audit(q, &s, "login", q->peer);
    page_redirect(q, stage_page(&s));
}

void logout_route(struct request *q)
{
    if (csrf_need(q) && session_leave(q))
        page_redirect(q, "/review/login");
}

/* --- the second factor at a sign-in --- */

static bool stage_need(struct request *q, const char *stage, struct db_session *s)
{
    if (!session_any(q, s))
        return false;
    if (!strcmp(s->stage, stage))
        return true;
    page_redirect(q, stage_page(s));
    return false;
}

static void second_form(struct request *q, const struct db_session *s, int status, const char *error)
{
    char token[CSRF_SIZE];
    const struct platform *p = q->platform;
    csrf_token(q, token);
    session_page(q, s, "/review/second", words(p, "second.title"));
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1><p>%s</p>\n", words(p, "second.title"),
         words(p, "second.help"));
    put_error(q, error);
    html(
        &q->out,
        "<form method=\"post\" action=\"/review/second\" class=\"stack\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">\n"
        "<label>%s<input name=\"code\" autocomplete=\"one-time-code\" maxlength=\"14\" class=\"digits\" required autofocus></label>\n"
        "<button class=\"primary\">%s</button></form><p class=\"help\">%s</p></section>\n",
        token, words(p, "second.code"), words(p, "second.go"), words(p, "second.lost"));
    page_end(q, status);
}

void second_page(struct request *q)
{
    struct db_session s;
    if (stage_need(q, STAGE_SECOND, &s))
        second_form(q, &s, 200, NULL);
}

/* 0: right; else the status to answer with. Tries are counted by user, apart from those of the password. */
static int second_try(struct request *q, const struct db_session *s, const char *typed)
{
    struct platform *p = q->platform;
    AUTOFREE char *key = xasprintf("second:%lld", (long long)s->user.id);
    struct err e = {0};
    int64_t locked = 0;
    bool recovery;
    if (!count_try(p, key, (int)p->conf.tries, &locked, &e)) {
        answer_err(q, "second", &e);
        return 500;
    }
    if (locked)
        return 429;
    if (!second_check(p, &s->user, typed, &recovery, &e)) {
        if (e.code != ERR_DENIED)
            log_error("second", "text=\"%s\"", e.text);
        return 403;
    }
    if (recovery)
        session_audit(q, s, "second.recovery_used", "");
    if (!p->db->ops->attempt_clear(p->db, key, &e))
        log_error("second.clear", "text=\"%s\"", e.text);
    return 0;
}

void second_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str_secret) struct str code = {0};
    if (!stage_need(q, STAGE_SECOND, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "code", &code);
    int status = second_try(q, &s, str_z(&code));
    if (!status)
        go_on(q, &s, STAGE_SECOND);
    else if (!q->status)
        second_form(q, &s, status, words(p, status == 429 ? "login.locked" : "second.wrong"));
}

/* --- a new second factor --- */

/* At the stage of the sign-in, or whenever one likes. */
static bool enrol_may(struct request *q, struct db_session *s)
{
    if (!session_any(q, s))
        return false;
    if (!*s->stage || !strcmp(s->stage, STAGE_ENROL))
        return true;
    page_redirect(q, stage_page(s));
    return false;
}

static void enrol_form(struct request *q, const struct db_session *s, unsigned char secret[TOTP_SECRET_BYTES],
                       int status, const char *error)
{
    char token[CSRF_SIZE];
    const struct platform *p = q->platform;
    CLEANUP(str_secret) struct str uri = {0}, offer = {0}, typed = {0};
    totp_uri(&uri, words(p, "page.name"), s->user.name, secret, TOTP_SECRET_BYTES);
    second_offer(p, s->user.id, secret, &offer);
    base32_encode(&typed, secret, TOTP_SECRET_BYTES);
    csrf_token(q, token);
    session_page(q, s, "/review/enrol", words(p, "enrol.title"));
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1>\n", words(p, "enrol.title"));
    if (*s->stage)
        html(&q->out, "<p>%s</p>\n", words(p, "enrol.why"));
    put_error(q, error);
    html(&q->out, "<ol class=\"steps\"><li>%s</li><li>%s<figure class=\"qr\">", words(p, "enrol.step1"),
         words(p, "enrol.step2"));
    html_qr(&q->out, uri.p, words(p, "enrol.qr"));
    html(&q->out, "</figure><details><summary>%s</summary><p class=\"number secret\">", words(p, "enrol.typed"));
    for (size_t i = 0; i < typed.len; i += 4)
        html(&q->out, i ? " " : ""), str_printf(&q->out, "%.4s", typed.p + i);
    html(
        &q->out,
        "</p></details></li><li>%s<form method=\"post\" action=\"/review/enrol\" class=\"stack\"><input type=\"hidden\" name=\"csrf\" "
        "value=\"%s\"><input type=\"hidden\" name=\"offer\" value=\"%s\">\n",
        words(p, "enrol.step3"), token, str_z(&offer));
    if (!*s->stage)
        html(
            &q->out,
            "<label>%s<input type=\"password\" name=\"password\" autocomplete=\"current-password\" maxlength=\"200\" required></label>\n",
            words(p, "password.now"));
    html(
        &q->out,
        "<label>%s<input name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\" maxlength=\"7\" class=\"digits\" required></label>\n"
        "<button class=\"primary\">%s</button></form></li></ol></section>\n",
        words(p, "enrol.code"), words(p, "enrol.go"));
    page_end(q, status);
}

void enrol_page(struct request *q)
{
    struct db_session s;
    unsigned char secret[TOTP_SECRET_BYTES];
    if (!enrol_may(q, &s))
        return;
    q->platform->crypto->random(secret, sizeof secret);
    enrol_form(q, &s, secret, 200, NULL);
    q->platform->crypto->wipe(secret, sizeof secret);
}

static void show_recovery(struct request *q, const struct db_session *s, char codes[RECOVERY_CODES][RECOVERY_SIZE])
{
    const struct platform *p = q->platform;
    session_page(q, s, "/review/enrol", words(p, "recovery.title"));
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1><p>%s</p><ul class=\"codes number\">\n",
         words(p, "recovery.title"), words(p, "recovery.help"));
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        html(&q->out, "<li>%s</li>", codes[i]);
    html(&q->out, "</ul><p><a class=\"button primary\" href=\"%s\">%s</a></p></section>\n", stage_page(s),
         words(p, "recovery.go"));
    page_end(q, 200);
}

static void enrolled(struct request *q, struct db_session *s, const unsigned char secret[TOTP_SECRET_BYTES],
                     int64_t step)
{
    struct platform *p = q->platform;
    char codes[RECOVERY_CODES][RECOVERY_SIZE], hash[HASH_HEX];
    struct err e = {0};
    session_hash(q, hash);
    /* Sessions that were begun without it end. */
    if (!second_keep(p, s->user.id, secret, codes, &e) || !p->db->staff->totp_use(p->db, s->user.id, step, &e) ||
        !p->db->staff->session_end_of(p->db, s->user.id, 0, hash, &e)) {
        answer_err(q, "second.keep", &e);
        return;
    }
    session_audit(q, s, "second.enrolled", "");
    s->user.totp_len = 1; /* it has one now: the stages behind see it */
    if (*s->stage) {
        zcopy(s->stage, sizeof s->stage, stage_after(p, &s->user, STAGE_ENROL));
        session_audit(q, s, "login", s->address);
    }
    if (session_go_on(q, s->stage))
        show_recovery(q, s, codes);
    p->crypto->wipe(codes, sizeof codes);
}

/* Who changes how to sign in shows the password again; wrong ones are counted as at the sign-in. NULL: right. */
static const char *own_password(struct request *q, const struct db_session *s)
{
    struct platform *p = q->platform;
    CLEANUP(str_secret) struct str typed = {0};
    struct err e = {0};
    int64_t locked = 0;
    form_value(&q->body, "password", &typed);
    if (!login_try(p, s->user.name, &locked, &e)) {
        log_error("password.try", "text=\"%s\"", e.text);
        return words(p, "problem.internal");
    }
    if (locked)
        return words(p, "login.locked");
    if (!password_right(p, &s->user, str_z(&typed)))
        return words(p, "password.wrong");
    tries_clear(p, s->user.name);
    return NULL;
}

void enrol_second_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    unsigned char secret[TOTP_SECRET_BYTES];
    CLEANUP(str_secret) struct str offer = {0}, code = {0};
    int64_t step = 0;
    if (!enrol_may(q, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "offer", &offer);
    form_value(&q->body, "code", &code);
    if (!second_offered(p, s.user.id, str_z(&offer), secret)) {
        page_redirect(q, "/review/enrol"); /* too old: a new one */
        return;
    }
    const char *wrong = *s.stage ? NULL : own_password(q, &s);
    if (!wrong && !totp_check(p->crypto, secret, sizeof secret, now_ms(p) / 1000, str_z(&code), &step))
        wrong = words(p, "second.wrong");
    if (wrong)
        enrol_form(q, &s, secret, 403, wrong);
    else
        enrolled(q, &s, secret, step);
    p->crypto->wipe(secret, sizeof secret);
}

/* --- a new password --- */

static size_t least_of(const struct platform *p, const struct db_user *u)
{
    return u->totp_len || role_listed(p->conf.second_factor, u->role) ? PASSWORD_LEAST_BOTH : PASSWORD_LEAST;
}

static void password_form_page(struct request *q, const struct db_session *s, int status, const char *error)
{
    char token[CSRF_SIZE];
    const struct platform *p = q->platform;
    CLEANUP(str) struct str help = {0};
    csrf_token(q, token);
    session_page(q, s, "/review/password", words(p, "password.title"));
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1>\n", words(p, "password.title"));
    if (*s->stage)
        html(&q->out, "<p>%s</p>\n", words(p, "password.why"));
    put_error(q, error);
    html(
        &q->out,
        "<form method=\"post\" action=\"/review/password\" class=\"stack\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">\n"
        "<input type=\"hidden\" name=\"username\" value=\"%s\" autocomplete=\"username\">",
        token, s->user.name);
    if (!*s->stage)
        html(
            &q->out,
            "<label>%s<input type=\"password\" name=\"password\" autocomplete=\"current-password\" maxlength=\"200\" required></label>\n",
            words(p, "password.now"));
    html(
        &q->out,
        "<label>%s<input type=\"password\" name=\"new\" autocomplete=\"new-password\" maxlength=\"200\" required></label>\n"
        "<label>%s<input type=\"password\" name=\"again\" autocomplete=\"new-password\" maxlength=\"200\" required></label>\n"
        "<p class=\"help\">%s</p><button class=\"primary\">%s</button></form></section>\n",
        words(p, "password.new"), words(p, "password.again"),
        least_words(p, "password.help", least_of(p, &s->user), &help), words(p, "password.go"));
    page_end(q, status);
}

static bool password_may(struct request *q, struct db_session *s)
{
    if (!session_any(q, s))
        return false;
    if (!*s->stage || !strcmp(s->stage, STAGE_CHANGE))
        return true;
    page_redirect(q, stage_page(s));
    return false;
}

void password_page(struct request *q)
{
    struct db_session s;
    if (password_may(q, &s))
        password_form_page(q, &s, 200, NULL);
}

/* Why the new one is not taken; NULL: it is. */
static const char *new_fault(struct request *q, const struct db_session *s, const char *typed, const char *again,
                             struct str *said)
{
    const struct platform *p = q->platform;
    const char *const names[] = {s->user.name, s->user.unit_name, words(p, "page.name"), NULL};
    if (strcmp(typed, again) != 0)
        return words(p, "password.differ");
    if (password_right(p, &s->user, typed))
        return words(p, "password.same");
    const char *key = password_fault(p->passwords, typed, least_of(p, &s->user), names);
    return key ? least_words(p, key, least_of(p, &s->user), said) : NULL;
}

void password_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str_secret) struct str typed = {0}, again = {0}, new = {0}, other = {0};
    CLEANUP(str) struct str said = {0};
    char verifier[VERIFIER_BYTES], hash[HASH_HEX];
    struct err e = {0};
    if (!password_may(q, &s) || !csrf_need(q))
        return;
    const char *wrong = *s.stage ? NULL : own_password(q, &s);
    form_value(&q->body, "new", &typed);
    form_value(&q->body, "again", &again);
    password_form(str_z(&typed), &new);
    password_form(str_z(&again), &other);
    wrong = wrong ? wrong : new_fault(q, &s, str_z(&new), str_z(&other), &said);
    if (wrong) {
        password_form_page(q, &s, 422, wrong);
        return;
    }
    session_hash(q, hash);
    if (!p->crypto->verifier_make(verifier, str_z(&new), &e) ||
        !p->db->staff->user_password(p->db, s.user.id, verifier, 0, hash, &e)) {
        answer_err(q, "password", &e);
        return;
    }
    session_audit(q, &s, "password.changed", "");
    if (*s.stage)
        go_on(q, &s, STAGE_CHANGE);
    else if (session_go_on(q, ""))
        page_redirect(q, "/review/me?done=password");
}

/* --- one's own page --- */

/* "Chromium · Linux" would need a list that ages; the words of the header are cut instead. */
static void put_sessions(struct request *q, const struct db_session *me, const struct db_sessions *list,
                         const char *token)
{
    const struct platform *p = q->platform;
    html(&q->out, "<ul class=\"list plain\">\n");
    for (size_t i = 0; i < list->n; i++) {
        const struct db_session *s = &list->rows[i];
        char made[40], seen[40];
        time_words(s->made_ms, made, sizeof made);
        time_words(s->seen_ms, seen, sizeof seen);
        html(
            &q->out,
            "<li class=\"line\"><span><b>%s</b> <span class=\"help\">%s</span><br><span class=\"help\">%s %s · %s %s</span></span>",
            s->address, s->agent, words(p, "me.since"), made, words(p, "me.seen"), seen);
        if (s->id == me->id)
            html(&q->out, "<span class=\"state\">%s</span></li>\n", words(p, "me.this"));
        else
            html(
                &q->out,
                "<form method=\"post\" action=\"/review/me/end\"><input type=\"hidden\" name=\"csrf\" value=\"%s\"><button name=\"id\" "
                "value=\"%d\">%s</button></form></li>\n",
                token, (int)s->id, words(p, "me.end"));
    }
    html(&q->out, "</ul>\n");
}

static void put_second(struct request *q, const struct db_session *s, const char *token)
{
    const struct platform *p = q->platform;
    html(&q->out, "<section class=\"card\"><h2>%s</h2>", words(p, "second.title"));
    if (s->user.totp_len) {
        CLEANUP(str) struct str left = {0};
        char n[16];
        snprintf(n, sizeof n, "%d", s->user.recovery_left);
        strings_format(&left, words(p, "me.second_on"), &(struct str_arg){"n", n}, 1, false);
        html(&q->out, "<p>%s</p>", str_z(&left));
    } else {
        html(&q->out, "<p>%s</p>", words(p, "me.second_none"));
    }
    html(&q->out, "<p><a class=\"button\" href=\"/review/enrol\">%s</a></p>",
         words(p, s->user.totp_len ? "me.second_again" : "me.second_new"));
    if (s->user.totp_len && !role_listed(p->conf.second_factor, s->user.role))
        html(
            &q->out,
            "<details><summary>%s</summary><form method=\"post\" action=\"/review/me/second-off\" class=\"stack\"><input type=\"hidden\" "
            "name=\"csrf\" value=\"%s\"><label>%s<input type=\"password\" name=\"password\" autocomplete=\"current-password\" "
            "maxlength=\"200\" required></label><button class=\"return\">%s</button></form></details>",
            words(p, "me.second_off"), token, words(p, "password.now"), words(p, "me.second_off"));
    html(&q->out, "</section>\n");
}

static void me(struct request *q, const struct db_session *s, int status, const char *error)
{
    struct platform *p = q->platform;
    struct db_sessions list = {0};
    struct err e = {0};
    char token[CSRF_SIZE], key[48];
    if (!p->db->staff->session_list(p->db, s->user.id, now_ms(p), p->conf.session_minutes * 60000, &list, &e)) {
        answer_err(q, "me", &e);
        return;
    }
    snprintf(key, sizeof key, "role.%s", s->user.role);
    csrf_token(q, token);
    session_page(q, s, "/review/me", words(p, "me.title"));
    html(&q->out, "<h1>%s <small>%s%s%s</small></h1>\n", s->user.name, words(p, key), *s->user.unit_name ? " · " : "",
         s->user.unit_name);
    if (!strcmp(request_query(q, "done"), "password"))
        html(&q->out, "<p class=\"note good\" role=\"status\">%s</p>\n", words(p, "password.done"));
    put_error(q, error);
    html(&q->out,
         "<section class=\"card\"><h2>%s</h2><p><a class=\"button\" href=\"/review/password\">%s</a></p></section>\n",
         words(p, "login.password"), words(p, "password.title"));
    put_second(q, s, token);
    html(&q->out, "<section class=\"card\"><h2>%s</h2>", words(p, "me.sessions"));
    put_sessions(q, s, &list, token);
    html(
        &q->out,
        "<form method=\"post\" action=\"/review/me/end\"><input type=\"hidden\" name=\"csrf\" value=\"%s\"><button class=\"return\" "
        "name=\"id\" value=\"0\">%s</button></form></section>\n",
        token, words(p, "me.end_all"));
    free(list.rows);
    page_end(q, status);
}

void me_page(struct request *q)
{
    struct db_session s;
    if (session_need(q, ROLE_READERS | ROLE_OPERATOR, &s))
        me(q, &s, 200, NULL);
}

/* id 0: all, this one too. */
void me_end_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str) struct str id = {0};
    struct err e = {0};
    if (!session_need(q, ROLE_READERS | ROLE_OPERATOR, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "id", &id);
    int64_t number = strtoll(str_z(&id), NULL, 10);
    if (!p->db->staff->session_end_of(p->db, s.user.id, number, NULL, &e)) {
        answer_err(q, "me.end", &e);
        return;
    }
    session_audit(q, &s, number ? "session.ended" : "session.ended_all", "");
    if (!number && !session_leave(q))
        return;
    page_redirect(q, number ? "/review/me" : "/review/login");
}

void me_second_off(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    struct err e = {0};
    if (!session_need(q, ROLE_READERS | ROLE_OPERATOR, &s) || !csrf_need(q))
        return;
    const char *wrong = role_listed(p->conf.second_factor, s.user.role) ? words(p, "enrol.why") : own_password(q, &s);
    if (wrong) {
        me(q, &s, 403, wrong);
    } else if (!p->db->staff->totp_set(p->db, s.user.id, NULL, 0, NULL, 0, &e)) {
        answer_err(q, "second.off", &e);
    } else {
        session_audit(q, &s, "second.off", "");
        page_redirect(q, "/review/me");
    }
}
