#include "sync/platform/operator.h"

#include "sync/base/cleanup.h"
#include "sync/platform/devices.h"
#include "sync/platform/html.h"
#include "sync/platform/review.h"

#include <stdio.h>
#include <string.h>

#define ALARMS_MOST 200

/* Words for a name that the catalogue may not have: then the name. */
static const char *word_or(const struct platform *p, const char *prefix, const char *name)
{
    AUTOFREE char *key = xasprintf("%s.%s", prefix, name);
    const char *z = strings_find(p->words, key);
    return z ? z : name;
}

static void put_title(struct request *q, const struct db_session *s, const char *here, const char *label)
{
    session_page(q, s, here, words(q->platform, label));
    html(&q->out, "<h1>%s</h1>\n", words(q->platform, label));
}

static void put_empty(struct request *q, const char *key)
{
    html(&q->out, "<p class=\"card empty\">%s</p>\n", words(q->platform, key));
}

/* --- kiosks --- */

static void put_device(struct request *q, const struct db_device_row *d, const char *token)
{
    const struct platform *p = q->platform;
    char seen[40], ends[40];
    time_words(d->device.seen_ms, seen, sizeof seen);
    time_words(d->device.certificate_ends, ends, sizeof ends);
    html(
        &q->out,
        "<li class=\"line%s\"><span><b>%s</b> %s %d<br><span class=\"help\">%s %s · %s %s<br><span class=\"number\">%s</span></span></span>",
        d->device.revoked ? " off" : "", d->device.hall, words(p, "device.kiosk"), (int)d->device.kiosk,
        words(p, "me.seen"), d->device.seen_ms ? seen : "—", words(p, "device.ends"),
        d->device.certificate_ends ? ends : "—", d->device.id);
    if (d->device.revoked)
        html(&q->out, "<span class=\"state unit_returned\">%s</span></li>\n", words(p, "user.is_off"));
    else
        html(
            &q->out,
            "<details class=\"acts\"><summary>%s</summary><form method=\"post\" action=\"/review/devices/revoke\" class=\"stack\"><input "
            "type=\"hidden\" name=\"csrf\" value=\"%s\"><p class=\"help\">%s</p><button class=\"return\" name=\"kiosk\" value=\"%d\">%s</button></form></details></li>\n",
            words(p, "user.off"), token, words(p, "device.revoke_help"), (int)d->device.kiosk,
            words(p, "device.revoke"));
}

static void put_code_form(struct request *q, const char *token, const char *hall, const char *kiosk)
{
    const struct platform *p = q->platform;
    html(
        &q->out,
        "<section class=\"card\"><h2>%s</h2><form method=\"post\" action=\"/review/devices/code\" class=\"filters wide\"><input type=\"hidden\" "
        "name=\"csrf\" value=\"%s\"><label>%s<input name=\"hall\" maxlength=\"40\" value=\"%s\" required></label><label>%s<input name=\"kiosk\" "
        "inputmode=\"numeric\" maxlength=\"9\" value=\"%s\" required></label><button>%s</button></form></section>\n",
        words(p, "device.enrol"), token, words(p, "device.hall"), hall, words(p, "device.number"), kiosk,
        words(p, "device.make_code"));
}

/* invitation: the enrolment text that was just made, or NULL. */
static void devices(struct request *q, const struct db_session *s, int status, const char *error,
                    const char *invitation, const char *hall, const char *kiosk)
{
    struct platform *p = q->platform;
    struct db_operator_rows list = {0};
    struct err e = {0};
    char token[CSRF_SIZE];
    int page = page_number(q);
    if (!p->db->review->devices(p->db, (size_t)(page - 1) * PAGE_ROWS, PAGE_ROWS, &list, &e)) {
        answer_err(q, "devices", &e);
        return;
    }
    csrf_token(q, token);
    put_title(q, s, "/review/devices", "place.devices");
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    if (invitation) {
        html(&q->out,
             "<section class=\"card once\" role=\"status\"><h2>%s</h2><p class=\"help\">%s</p><figure class=\"qr\">",
             words(p, "device.code"), words(p, "device.code_help"));
        html_qr(&q->out, invitation, words(p, "device.code"));
        html(&q->out, "</figure><details><summary>%s</summary><pre>%s</pre></details></section>\n",
             words(p, "device.code_text"), invitation);
    }
    put_code_form(q, token, hall, kiosk);
    if (!list.n)
        put_empty(q, "device.none");
    else
        html(&q->out, "<ul class=\"list plain card\">\n");
    for (size_t i = 0; i < list.n; i++)
        put_device(q, &((const struct db_device_row *)list.rows)[i], token);
    if (list.n)
        html(&q->out, "</ul>\n");
    put_pager(q, "/review/devices", "", page, list.total);
    free(list.rows);
    page_end(q, status);
}

void devices_page(struct request *q)
{
    struct db_session s;
    if (session_need(q, ROLE_OPERATOR, &s))
        devices(q, &s, 200, NULL, NULL, "", "");
}

/* A number of a form; 0: none. */
static int64_t form_number(struct request *q, const char *name, struct str *typed)
{
    char *end;
    form_value(&q->body, name, typed);
    long long n = strtoll(str_z(typed), &end, 10);
    return *end || n < 1 ? 0 : n;
}

void devices_code_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str) struct str hall = {0}, kiosk = {0}, text = {0};
    char code[ENROL_CODE_SIZE];
    struct err e = {0};
    if (!session_need(q, ROLE_OPERATOR, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "hall", &hall);
    int64_t number = form_number(q, "kiosk", &kiosk);
    if (enrol_code_make(p, str_z(&hall), number, code, &e)) {
        AUTOFREE char *detail = xasprintf("kiosk %lld", (long long)number);
        session_audit(q, &s, "device.code", detail);
        enrol_invitation(p, p->web_url, code, &text);
        devices(q, &s, 200, NULL, str_z(&text), "", "");
    } else if (e.code == ERR_FORMAT) {
        devices(q, &s, 422, words(p, "device.bad"), NULL, str_z(&hall), str_z(&kiosk));
    } else {
        answer_err(q, "device.code", &e);
    }
}

void devices_revoke_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str) struct str kiosk = {0};
    struct err e = {0};
    if (!session_need(q, ROLE_OPERATOR, &s) || !csrf_need(q))
        return;
    int64_t number = form_number(q, "kiosk", &kiosk);
    if (p->db->ops->device_revoke(p->db, number, now_ms(p), &e)) {
        AUTOFREE char *detail = xasprintf("kiosk %lld", (long long)number);
        session_audit(q, &s, "device.revoked", detail);
        page_redirect(q, "/review/devices");
    } else if (e.code == ERR_NOT_FOUND) {
        session_not_found(q);
    } else {
        answer_err(q, "device.revoke", &e);
    }
}

/* --- what went wrong --- */

void alarms_page(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    struct db_alarms list = {0};
    struct err e = {0};
    if (!session_need(q, ROLE_OPERATOR, &s))
        return;
    if (!p->db->ops->alarms(p->db, ALARMS_MOST, &list, &e)) {
        answer_err(q, "alarms", &e);
        return;
    }
    put_title(q, &s, "/review/alarms", "place.alarms");
    if (!list.n)
        put_empty(q, "alarm.none");
    else
        html(&q->out, "<ul class=\"list plain card\">\n");
    for (size_t i = 0; i < list.n; i++) {
        char at[40];
        time_words(list.rows[i].at_ms, at, sizeof at);
        html(
            &q->out,
            "<li class=\"line\"><span><b>%s</b> <time>%s</time><br>%s<br><span class=\"help number\">%s</span></span></li>\n",
            word_or(p, "alarm", list.rows[i].kind), at, list.rows[i].detail, list.rows[i].device);
    }
    if (list.n)
        html(&q->out, "</ul>\n");
    db_alarms_finish(&list);
    page_end(q, 200);
}

/* A page of one of the lists: each row by put. */
static void list_page(struct request *q, const char *here, const char *label, const char *none,
                      bool (*load)(struct db *, size_t, size_t, struct db_operator_rows *, struct err *),
                      void (*put)(struct request *q, const void *rows, size_t i))
{
    struct platform *p = q->platform;
    struct db_session s;
    struct db_operator_rows list = {0};
    struct err e = {0};
    if (!session_need(q, ROLE_OPERATOR, &s))
        return;
    int page = page_number(q);
    if (!load(p->db, (size_t)(page - 1) * PAGE_ROWS, PAGE_ROWS, &list, &e)) {
        answer_err(q, "operator.list", &e);
        return;
    }
    put_title(q, &s, here, label);
    if (!list.n)
        put_empty(q, none);
    else
        html(&q->out, "<ul class=\"list plain card\">\n");
    for (size_t i = 0; i < list.n; i++)
        put(q, list.rows, i);
    if (list.n)
        html(&q->out, "</ul>\n");
    put_pager(q, here, "", page, list.total);
    free(list.rows);
    page_end(q, 200);
}

static void put_conflict(struct request *q, const void *rows, size_t i)
{
    const struct db_conflict *c = &((const struct db_conflict *)rows)[i];
    const struct platform *p = q->platform;
    char at[40];
    time_words(c->at_ms, at, sizeof at);
    html(
        &q->out,
        "<li class=\"line\"><span><b class=\"number\">%s</b> %s %d<br><span class=\"help\"><time>%s</time> · %s %d · SHA-256 <span class=\"number\">%s</span></span></span></li>\n",
        c->declaration, words(p, "review.version"), c->version, at, words(p, "device.kiosk"), (int)c->kiosk, c->digest);
}

void conflicts_page(struct request *q)
{
    list_page(q, "/review/conflicts", "place.conflicts", "conflict.none", q->platform->db->review->conflicts,
              put_conflict);
}

static void put_quarantined(struct request *q, const void *rows, size_t i)
{
    const struct db_quarantined *x = &((const struct db_quarantined *)rows)[i];
    const struct platform *p = q->platform;
    char at[40];
    time_words(x->at_ms, at, sizeof at);
    html(
        &q->out,
        "<li class=\"line\"><span><b>%s</b><br><span class=\"help\"><time>%s</time> · %s %d · batch %d · seq %d · %d B</span></span></li>\n",
        word_or(p, "problem", x->problem), at, words(p, "device.kiosk"), (int)x->kiosk, (int)x->batch, (int)x->seq,
        (int)x->bytes);
}

void quarantine_page(struct request *q)
{
    list_page(q, "/review/quarantine", "place.quarantine", "quarantine.none", q->platform->db->review->quarantine,
              put_quarantined);
}

static void put_audit(struct request *q, const void *rows, size_t i)
{
    const struct db_audit_row *x = &((const struct db_audit_row *)rows)[i];
    char at[40];
    time_words(x->at_ms, at, sizeof at);
    html(
        &q->out,
        "<li class=\"line\"><span><b>%s</b> %s<br><span class=\"help\"><time>%s</time> · %s</span></span><span class=\"help number\">%d</span></li>\n",
        x->who, word_or(q->platform, "audit", x->event), at, x->detail, (int)x->id);
}

void audit_page(struct request *q)
{
    list_page(q, "/review/audit", "place.audit", "audit.none", q->platform->db->review->audit_rows, put_audit);
}
