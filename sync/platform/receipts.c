#include "sync/platform/receipts.h"

#include "sync/base/cleanup.h"
#include "sync/platform/archive.h"
#include "sync/platform/gateway.h"
#include "sync/platform/html.h"
#include "sync/platform/session.h"
#include "sync/record/doc.h"
#include "sync/record/envelope.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS_TRIES 60

/* --- words --- */

const char *state_words(const struct platform *p, const char *state)
{
    char key[48];
    /* A gateway's delivered records wait for the registry; the few that wait for their person say so in their text. */
    bool forwarded = gateway_is(p) && !strcmp(state, "delivered");
    snprintf(key, sizeof key, "status.%s", forwarded ? "forwarded" : state);
    const char *z = strings_find(p->words, key);
    return z ? z : state;
}

const char *status_words(const struct platform *p, const struct db_status *t)
{
    bool returned = !strcmp(t->state, "unit_returned") || !strcmp(t->state, "superior_returned");
    return *t->text && !returned ? t->text : state_words(p, t->state);
}

static const char *label(const struct platform *p, const struct form_set *f, const char *key)
{
    const char *z = form_words(p, f, key);
    return z ? z : key;
}

void path_words(const struct platform *p, const struct form_set *f, const char *path, struct str *out)
{
    struct doc_path at;
    const struct form_section *s = doc_path_parse(f, path, &at) ? form_section_find(f, at.section) : NULL;
    const struct form_field *field = s && at.field ? form_field_find(s, at.field) : NULL;
    if (!s) {
        str_puts(out, *path ? path : words(p, "page.whole"));
        return;
    }
    str_puts(out, label(p, f, s->title));
    if (at.entry != NO_ENTRY) {
        char n[16];
        snprintf(n, sizeof n, "%d", at.entry + 1);
        str_putc(out, ' ');
        strings_format(out, words(p, "page.entry"), &(struct str_arg){"n", n}, 1, false);
    }
    if (field)
        str_printf(out, "：%s", label(p, f, field->label));
}

static const char *text_or(const json_t *j, const char *name)
{
    const char *z = json_string_value(json_object_get(j, name));
    return z ? z : "";
}

void reasons_html(const struct platform *p, const struct form_set *f, const char *reasons, struct str *out)
{
    CLEANUP(json) json_t *list = *reasons ? json_loads(reasons, 0, NULL) : NULL;
    size_t i;
    json_t *row;
    if (!json_array_size(list))
        return;
    html(out, "<ul class=\"reasons\">");
    json_array_foreach(list, i, row)
    {
        CLEANUP(str) struct str where = {0};
        path_words(p, f, text_or(row, "path"), &where);
        html(out, "<li><b>%s</b> %s</li>", str_z(&where), json_string_value(json_object_get(row, "reason")));
    }
    html(out, "</ul>");
}

/* --- the lock --- */

enum receipt_check { RECEIPT_RIGHT, RECEIPT_WRONG, RECEIPT_LOCKED, RECEIPT_FAILED };

static bool count_try(struct platform *p, const char *key, int most, struct db_attempt *a, struct err *e)
{
    return p->db->ops->attempt(p->db, key, most, p->conf.lock_minutes * 60000, now_ms(p), a, e);
}

/* RIGHT: *out is the latest version, without its content. A number that does not exist and a wrong code look the same. */
static enum receipt_check check(struct request *q, const char *code, struct db_submission *out, struct db_attempt *a,
                                struct err *e)
{
    struct platform *p = q->platform;
    char number[RECEIPT_SIZE];
    if (!receipt_parse(q->param[0], number))
        return RECEIPT_WRONG;
    AUTOFREE char *key = xasprintf("receipt:%s", number), *address = xasprintf("receipts:%s:%s", q->device.id, q->peer);
    if (!count_try(p, address, ADDRESS_TRIES, a, e))
        return RECEIPT_FAILED;
    if (a->locked_for_ms)
        return RECEIPT_LOCKED;
    if (!count_try(p, key, (int)p->conf.tries, a, e))
        return RECEIPT_FAILED;
    if (a->locked_for_ms)
        return RECEIPT_LOCKED;
    if (!p->db->ops->receipt_find(p->db, number, out, e))
        return e->code == ERR_NOT_FOUND ? RECEIPT_WRONG : RECEIPT_FAILED;
    if (*out->code && p->crypto->verifier_check(out->code, code)) {
        p->db->ops->attempt_clear(p->db, key, NULL);
        p->db->ops->attempt_clear(p->db, address, NULL);
        return RECEIPT_RIGHT;
    }
    db_submission_finish(out);
    return RECEIPT_WRONG;
}

/* --- for the kiosk --- */

static json_t *status_json(const struct platform *p, const struct db_status *t)
{
    json_t *j = json_pack("{s:i,s:s,s:s,s:I}", "version", t->version, "state", t->state, "text",
                          *t->text ? t->text : state_words(p, t->state), "at", (json_int_t)t->at_ms);
    if (*t->reasons)
        json_object_set_new(j, "reasons", json_loads(t->reasons, 0, NULL));
    return j;
}

static void answer_status(struct request *q, const struct db_submission *s)
{
    struct platform *p = q->platform;
    struct db_statuses h = {0};
    struct err e = {0};
    if (!p->db->ops->history(p->db, s->row.declaration, &h, &e)) {
        answer_err(q, "receipt", &e);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < h.n; i++)
        json_array_append_new(list, status_json(p, &h.rows[i]));
    const char *now = h.n ? status_words(p, &h.rows[h.n - 1]) : state_words(p, s->row.state);
    answer_json(q, 200,
                json_pack("{s:s,s:i,s:s,s:s,s:I,s:o}", "receipt", s->row.receipt, "version", s->row.version, "state",
                          s->row.state, "text", now, "at", (json_int_t)s->row.changed_ms, "history", list));
    db_statuses_finish(&h);
}

void receipt_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_submission s = {0};
    struct db_attempt a = {0};
    struct err e = {0};
    CLEANUP(json) json_t *j = json_loadb(str_z(&q->body), q->body.len, JSON_REJECT_DUPLICATES, NULL);
    const char *code = json_string_value(json_object_get(j, "code"));
    if (!code) {
        answer_problem(q, PROBLEM_BAD_REQUEST, words(p, "problem.bad-request"));
        return;
    }
    switch (check(q, code, &s, &a, &e)) {
    case RECEIPT_RIGHT:
        answer_status(q, &s);
        break;
    case RECEIPT_WRONG:
        answer_problem(q, PROBLEM_CODE_WRONG, words(p, "problem.code-wrong"));
        break;
    case RECEIPT_LOCKED:
        answer_problem(q, PROBLEM_LOCKED, words(p, "problem.locked"));
        break;
    case RECEIPT_FAILED:
        answer_err(q, "receipt", &e);
        break;
    }
    db_submission_finish(&s);
}

/* --- for a phone --- */

static void ask_code(struct request *q, int status, const char *error)
{
    const struct platform *p = q->platform;
    char token[CSRF_SIZE];
    csrf_token(q, token);
    page_begin(q, words(p, "phone.title"), NULL);
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1><p class=\"help\">%s <b class=\"number\">%s</b></p>\n",
         words(p, "phone.title"), words(p, "phone.receipt"), q->param[0]);
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    html(
        &q->out,
        "<form method=\"post\" class=\"stack\">\n<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n"
        "<label>%s<input name=\"code\" type=\"password\" inputmode=\"numeric\" autocomplete=\"off\" maxlength=\"12\" required></label>\n"
        "<p class=\"help\">%s</p>\n<button class=\"primary\">%s</button>\n</form></section>\n",
        token, words(p, "phone.code"), words(p, "phone.code_help"), words(p, "phone.go"));
    page_end(q, status);
}

void phone_page(struct request *q)
{
    char number[RECEIPT_SIZE];
    if (receipt_parse(q->param[0], number))
        ask_code(q, 200, NULL);
    else
        page_message(q, 404, words(q->platform, "phone.title"), words(q->platform, "phone.bad_number"), NULL);
}

static void show_status(struct request *q, const struct db_submission *s)
{
    struct platform *p = q->platform;
    struct db_statuses h = {0};
    struct err e = {0};
    char at[40];
    if (!p->db->ops->history(p->db, s->row.declaration, &h, &e)) {
        answer_err(q, "phone", &e);
        return;
    }
    time_words(s->row.changed_ms, at, sizeof at);
    page_begin(q, words(p, "phone.title"), NULL);
    html(
        &q->out,
        "<section class=\"card narrow\"><p class=\"help\">%s <b class=\"number\">%s</b></p><h1><span class=\"state %s\">%s</span></h1><p>%s</p>\n",
        words(p, "phone.receipt"), s->row.receipt, s->row.state,
        h.n ? status_words(p, &h.rows[h.n - 1]) : state_words(p, s->row.state), at);
    const struct db_status *last = h.n ? &h.rows[h.n - 1] : NULL;
    if (last && (*last->reasons || (*last->text && status_words(p, last) != last->text))) {
        html(&q->out, "<h2>%s</h2>", words(p, "phone.reasons"));
        if (*last->text)
            html(&q->out, "<p>%s</p>", last->text);
        reasons_html(p, archive_newest(p->forms), last->reasons, &q->out);
        html(&q->out, "<p class=\"help\">%s</p>", words(p, "phone.correct"));
    }
    html(&q->out, "<h2>%s</h2><ol class=\"history\">", words(p, "page.history"));
    for (size_t i = 0; i < h.n; i++) {
        time_words(h.rows[i].at_ms, at, sizeof at);
        html(&q->out, "<li><b>%s</b> <time>%s</time></li>", status_words(p, &h.rows[i]), at);
    }
    html(&q->out, "</ol></section>\n");
    db_statuses_finish(&h);
    page_end(q, 200);
}

void phone_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_submission s = {0};
    struct db_attempt a = {0};
    struct err e = {0};
    struct str code = {0};
    if (!csrf_need(q))
        return;
    form_value(&q->body, "code", &code);
    switch (check(q, str_z(&code), &s, &a, &e)) {
    case RECEIPT_RIGHT:
        show_status(q, &s);
        break;
    case RECEIPT_WRONG:
        ask_code(q, 403, words(p, "problem.code-wrong"));
        break;
    case RECEIPT_LOCKED:
        ask_code(q, 429, words(p, "problem.locked"));
        break;
    case RECEIPT_FAILED:
        answer_err(q, "phone", &e);
        break;
    }
    str_finish_secret(&code);
    db_submission_finish(&s);
}
