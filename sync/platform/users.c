#include "sync/platform/users.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/platform/html.h"
#include "sync/platform/login.h"
#include "sync/platform/password.h"
#include "sync/record/text.h"

#include <stdio.h>
#include <string.h>

/* --- for pages and commands --- */

static bool once_make(const struct platform *p, char once[ONCE_SIZE], char verifier[VERIFIER_BYTES], struct err *e)
{
    uint64_t r[2];
    char a[9], b[9];
    p->crypto->random(r, sizeof r);
    crockford_encode(r[0] & 0xffffffffff, 8, a);
    crockford_encode(r[1] & 0xffffffffff, 8, b);
    snprintf(once, ONCE_SIZE, "%.4s-%.4s-%.4s-%.4s", a, a + 4, b, b + 4);
    return p->crypto->verifier_make(verifier, once, e);
}

static bool name_ok(const char *z)
{
    return *z && strlen(z) < sizeof((struct db_user *)NULL)->name && text_ok(z, false) && !text_blank(z);
}

static bool password_take(const struct platform *p, const struct user_order *o, const struct db_user *old,
                          struct db_user *u, struct err *e)
{
    CLEANUP(str_secret) struct str form = {0};
    const char *const names[] = {o->name, o->unit, words(p, "page.name"), NULL};
    password_form(o->password, &form);
    size_t least =
        (old && old->totp_len) || role_listed(p->conf.second_factor, o->role) ? PASSWORD_LEAST_BOTH : PASSWORD_LEAST;
    const char *fault = password_fault(p->passwords, str_z(&form), least, names);
    if (fault)
        return err_set(e, ERR_FORMAT, "%s", fault);
    return p->crypto->verifier_make(u->verifier, str_z(&form), e);
}

static bool unit_take(struct platform *p, const struct user_order *o, bool make_unit, const char *by, struct db_user *u,
                      struct err *e)
{
    struct db_unit unit = {0};
    if (p->db->staff->unit_find(p->db, o->unit, o->unit, &unit, e)) {
        u->unit = unit.id;
        return true;
    }
    if (!e || e->code != ERR_NOT_FOUND)
        return false;
    if (!make_unit)
        return err_set(e, ERR_FORMAT, "user.unit_bad");
    struct db_units_done done;
    const struct db_act act = {by, words(p, "unit.moved"), now_ms(p)};
    if (!zcopy(unit.name, sizeof unit.name, o->unit))
        return err_set(e, ERR_FORMAT, "user.unit_bad");
    return p->db->staff->units_put(p->db, &unit, 1, &act, &done, e) &&
           p->db->staff->unit_find(p->db, o->unit, "", &unit, e) && (u->unit = unit.id) != 0;
}

bool user_make(struct platform *p, const struct user_order *o, bool make_unit, const char *by, char once[ONCE_SIZE],
               struct err *e)
{
    struct db_user u = {0}, old;
    const struct role_row *r = role_find(o->role);
    bool there = p->db->staff->user_find(p->db, o->name, &old, NULL);
    *once = '\0';
    if (!name_ok(o->name))
        return err_set(e, ERR_FORMAT, "user.name_bad");
    if (!r)
        return err_set(e, ERR_FORMAT, "user.role_bad");
    if (r->has_unit && !*o->unit)
        return err_set(e, ERR_FORMAT, "user.unit_missing");
    zcopy(u.name, sizeof u.name, o->name);
    zcopy(u.role, sizeof u.role, o->role);
    if (r->has_unit && !unit_take(p, o, make_unit, by, &u, e))
        return false;
    if (o->password ? !password_take(p, o, there ? &old : NULL, &u, e) : !once_make(p, once, u.verifier, e))
        return false;
    u.once_until_ms = o->password ? 0 : now_ms(p) + ONCE_HOURS * 3600000LL;
    AUTOFREE char *detail = xasprintf("%s %s", u.name, u.role);
    return p->db->staff->user_put(p->db, &u, e) &&
           (!there || p->db->staff->session_end_of(p->db, old.id, 0, NULL, e)) &&
           p->db->ops->audit(p->db, by, there ? "user.changed" : "user.added", detail, now_ms(p), e);
}

bool user_reset(struct platform *p, const char *name, bool second_too, const char *by, char once[ONCE_SIZE],
                struct err *e)
{
    struct db_user u;
    char verifier[VERIFIER_BYTES];
    return p->db->staff->user_find(p->db, name, &u, e) && once_make(p, once, verifier, e) &&
           p->db->staff->user_password(p->db, u.id, verifier, now_ms(p) + ONCE_HOURS * 3600000LL, NULL, e) &&
           (!second_too || p->db->staff->totp_set(p->db, u.id, NULL, 0, NULL, 0, e)) && login_unlock(p, &u, e) &&
           p->db->ops->audit(p->db, by, second_too ? "user.reset_both" : "user.reset", name, now_ms(p), e);
}

/* --- the operator's pages --- */

static void put_user(struct request *q, const struct db_user *u, const char *me, const char *token)
{
    const struct platform *p = q->platform;
    char role[48];
    snprintf(role, sizeof role, "role.%s", u->role);
    html(&q->out, "<li class=\"line%s\"><span><b>%s</b> %s <span class=\"help\">%s</span>%r%r</span>",
         u->off ? " off" : "", u->name, words(p, role), u->unit_name,
         u->totp_len ? " <span class=\"state\">2FA</span>" : "", u->off ? " <span class=\"state unit_returned\">" : "");
    if (u->off)
        html(&q->out, "%s</span>", words(p, "user.is_off"));
    if (u->once_until_ms)
        html(&q->out, "<span class=\"state delivered\">%s</span>", words(p, "user.is_once"));
    html(&q->out, "<span class=\"acts\">");
    if (strcmp(u->name, me) != 0) {
        html(
            &q->out,
            "<details><summary>%s</summary><form method=\"post\" action=\"/review/users/reset\" class=\"stack\"><input type=\"hidden\" "
            "name=\"csrf\" value=\"%s\"><input type=\"hidden\" name=\"name\" value=\"%s\"><p class=\"help\">%s</p>",
            words(p, "user.reset"), token, u->name, words(p, "user.reset_help"));
        if (u->totp_len)
            html(&q->out, "<label class=\"tick\"><input type=\"checkbox\" name=\"second\" value=\"1\"> %s</label>",
                 words(p, "user.reset_second"));
        html(&q->out, "<button>%s</button></form></details>", words(p, "user.reset"));
        html(
            &q->out,
            "<form method=\"post\" action=\"/review/users/off\"><input type=\"hidden\" name=\"csrf\" value=\"%s\"><input type=\"hidden\" "
            "name=\"name\" value=\"%s\"><button name=\"off\" value=\"%d\" class=\"quiet\">%s</button></form>",
            token, u->name, u->off ? 0 : 1, words(p, u->off ? "user.on" : "user.off"));
    }
    html(&q->out, "</span></li>\n");
}

static void put_add(struct request *q, const char *token, const struct user_order *typed)
{
    const struct platform *p = q->platform;
    html(
        &q->out,
        "<section class=\"card\"><h2>%s</h2><form method=\"post\" action=\"/review/users\" class=\"filters wide\"><input type=\"hidden\" "
        "name=\"csrf\" value=\"%s\"><label>%s<input name=\"name\" maxlength=\"60\" value=\"%s\" required autocomplete=\"off\"></label>"
        "<label>%s<select name=\"role\">",
        words(p, "user.add"), token, words(p, "login.name"), typed ? typed->name : "", words(p, "user.role"));
    for (size_t i = 0; role_at(i); i++) {
        char key[48];
        snprintf(key, sizeof key, "role.%s", role_at(i)->name);
        html(&q->out, "<option value=\"%s\"%r>%s</option>", role_at(i)->name,
             typed && !strcmp(typed->role, role_at(i)->name) ? " selected" : "", words(p, key));
    }
    html(
        &q->out,
        "</select></label><label>%s<input name=\"unit\" maxlength=\"120\" value=\"%s\" placeholder=\"%s\"></label><button class=\"primary\">%s</button></form></section>\n",
        words(p, "user.unit"), typed ? typed->unit : "", words(p, "user.unit_hint"), words(p, "user.add"));
}

/* once: shown this one time, with the name that it is for. */
static void users(struct request *q, const struct db_session *s, int status, const char *error, const char *name,
                  const char *once, const struct user_order *typed)
{
    struct platform *p = q->platform;
    struct db_users list = {0};
    struct err e = {0};
    char token[CSRF_SIZE];
    if (!p->db->staff->user_list(p->db, &list, &e)) {
        answer_err(q, "users", &e);
        return;
    }
    csrf_token(q, token);
    session_page(q, s, "/review/users", words(p, "place.users"));
    html(&q->out, "<h1>%s</h1>\n", words(p, "place.users"));
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    if (once && *once)
        html(
            &q->out,
            "<section class=\"card once\" role=\"status\"><h2>%s</h2><p>%s <b>%s</b></p><p class=\"number secret\">%s</p><p class=\"help\">%s</p></section>\n",
            words(p, "user.once"), words(p, "login.name"), name, once, words(p, "user.once_help"));
    put_add(q, token, typed);
    html(&q->out, "<ul class=\"list plain card\">\n");
    for (size_t i = 0; i < list.n; i++)
        put_user(q, &list.rows[i], s->user.name, token);
    html(&q->out, "</ul>\n");
    db_users_finish(&list);
    page_end(q, status);
}

void users_page(struct request *q)
{
    struct db_session s;
    if (session_need(q, ROLE_OPERATOR, &s))
        users(q, &s, 200, NULL, NULL, NULL, NULL);
}

void users_add_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    struct db_user old;
    CLEANUP(str) struct str name = {0}, role = {0}, unit = {0};
    char once[ONCE_SIZE];
    struct err e = {0};
    if (!session_need(q, ROLE_OPERATOR, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "name", &name);
    form_value(&q->body, "role", &role);
    form_value(&q->body, "unit", &unit);
    const struct user_order o = {str_z(&name), str_z(&role), str_z(&unit), NULL};
    if (p->db->staff->user_find(p->db, o.name, &old, NULL))
        users(q, &s, 422, words(p, "user.exists"), NULL, NULL, &o);
    else if (user_make(p, &o, false, s.user.name, once, &e))
        users(q, &s, 200, NULL, o.name, once, NULL);
    else if (e.code == ERR_FORMAT)
        users(q, &s, 422, words(p, e.text), NULL, NULL, &o);
    else
        answer_err(q, "user.add", &e);
}

/* The user that the form names, never oneself. False: answered. */
static bool other_user(struct request *q, struct db_session *s, struct db_user *out)
{
    struct platform *p = q->platform;
    CLEANUP(str) struct str name = {0};
    if (!session_need(q, ROLE_OPERATOR, s) || !csrf_need(q))
        return false;
    form_value(&q->body, "name", &name);
    if (strcmp(str_z(&name), s->user.name) != 0 && p->db->staff->user_find(p->db, str_z(&name), out, NULL))
        return true;
    session_not_found(q);
    return false;
}

void users_reset_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    struct db_user u;
    CLEANUP(str) struct str second = {0};
    char once[ONCE_SIZE];
    struct err e = {0};
    if (!other_user(q, &s, &u))
        return;
    bool both = form_value(&q->body, "second", &second);
    if (user_reset(p, u.name, both, s.user.name, once, &e))
        users(q, &s, 200, NULL, u.name, once, NULL);
    else
        answer_err(q, "user.reset", &e);
}

void users_off_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    struct db_user u;
    CLEANUP(str) struct str off = {0};
    struct err e = {0};
    if (!other_user(q, &s, &u))
        return;
    form_value(&q->body, "off", &off);
    bool turn_off = !strcmp(str_z(&off), "1");
    if (!p->db->staff->user_off(p->db, u.id, turn_off, &e)) {
        answer_err(q, "user.off", &e);
        return;
    }
    session_audit(q, &s, turn_off ? "user.off" : "user.on", u.name);
    page_redirect(q, "/review/users");
}
