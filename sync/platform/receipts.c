#include "sync/platform/receipts.h"

#include "sync/base/bytes.h"
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
    snprintf(key, sizeof key, "status.%s", state);
    const char *z = strings_find(p->words, key);
    return z ? z : state;
}

const char *status_words(const struct platform *p, const struct db_status *t)
{
    bool returned = !strcmp(t->state, "unit_returned") || !strcmp(t->state, "superior_returned");
    return *t->text && !returned ? t->text : state_words(p, t->state);
}

const struct db_status *status_newest(const struct db_statuses *h)
{
    const struct db_status *newest = NULL;
    for (size_t i = 0; i < h->n; i++)
        if (!newest || h->rows[i].version >= newest->version)
            newest = &h->rows[i];
    return newest;
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
        html(out, "<li><b>%s</b><br>%v</li>", str_z(&where), text_or(row, "reason"));
    }
    html(out, "</ul>");
}

/* --- the lock --- */

enum receipt_check { RECEIPT_RIGHT, RECEIPT_WRONG, RECEIPT_ABSENT, RECEIPT_LOCKED, RECEIPT_FAILED };

static bool count_try(struct platform *p, const char *key, int most, struct db_attempt *a, struct err *e)
{
    return p->db->ops->attempt(p->db, key, most, p->conf.lock_minutes * 60000, now_ms(p), a, e);
}

/* RIGHT: *out is the latest version, without its content. ABSENT: a good number that is not here (yet): it has 60 random bits, so that nobody learns
 * anything from it but who holds the receipt. */
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
        return e->code == ERR_NOT_FOUND ? RECEIPT_ABSENT : RECEIPT_FAILED;
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
    if (!h.n) {
        answer_problem(q, PROBLEM_NOT_FOUND, words(p, "problem.not-found"));
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < h.n; i++)
        json_array_append_new(list, status_json(p, &h.rows[i]));
    const struct db_status *now = status_newest(&h);
    answer_json(q, 200,
                json_pack("{s:s,s:i,s:s,s:s,s:I,s:o}", "receipt", s->row.receipt, "version", now->version, "state",
                          now->state, "text", status_words(p, now), "at", (json_int_t)now->at_ms, "history", list));
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
    case RECEIPT_ABSENT: /* the kiosk that sent it knows better than we do */
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

static void put_code_form(struct request *q)
{
    const struct platform *p = q->platform;
    char token[CSRF_SIZE];
    csrf_token(q, token);
    html(
        &q->out,
        "<form method=\"post\" class=\"stack\">\n<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n"
        "<label>%s<input name=\"code\" type=\"password\" inputmode=\"numeric\" autocomplete=\"off\" maxlength=\"12\" class=\"digits\" required autofocus></label>\n"
        "<p class=\"help\">%s</p>\n<button class=\"primary\">%s</button>\n</form>",
        token, words(p, "phone.code"), words(p, "phone.code_help"), words(p, "phone.go"));
}

static void ask_code(struct request *q, int status, const char *error)
{
    const struct platform *p = q->platform;
    page_begin(q, words(p, "phone.title"), NULL);
    html(&q->out, "<section class=\"card narrow\"><h1>%s</h1><p class=\"help\">%s <b class=\"number\">%s</b></p>\n",
         words(p, "phone.title"), words(p, "phone.receipt"), q->param[0]);
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    put_code_form(q);
    html(&q->out, "</section>\n");
    page_end(q, status);
}

/* What was stored at the kiosk and has not come: said in the words of the receipt, with what happens next. */
static void not_arrived(struct request *q)
{
    const struct platform *p = q->platform;
    page_begin(q, words(p, "phone.title"), NULL);
    html(
        &q->out,
        "<section class=\"card narrow\"><p class=\"help\">%s <b class=\"number\">%s</b></p><h1><span class=\"state waiting\">%s</span></h1>"
        "<p>%s</p><h2>%s</h2><ol class=\"steps\"><li>%s</li><li>%s</li><li>%s</li></ol></section>\n",
        words(p, "phone.receipt"), q->param[0], words(p, "phone.absent"), words(p, "phone.absent_why"),
        words(p, "phone.next"), words(p, "phone.absent_1"), words(p, "phone.absent_2"), words(p, "phone.absent_3"));
    page_end(q, 404);
}

void phone_page(struct request *q)
{
    char number[RECEIPT_SIZE];
    if (receipt_parse(q->param[0], number))
        ask_code(q, 200, NULL);
    else
        page_message(q, 404, words(q->platform, "phone.title"), words(q->platform, "phone.bad_number"), NULL);
}

/* --- 待本人确认, behind the code --- */

#define CONFIRM_MS (10LL * 60 * 1000)

/* Whoever has shown the code may confirm this version from this browser for ten minutes. */
static void confirm_proof(struct request *q, const char *number, int version, int64_t ends_ms, char out[CSRF_SIZE])
{
    struct platform *p = q->platform;
    char token[CSRF_SIZE];
    unsigned char mac[HASH_BYTES];
    csrf_token(q, token);
    AUTOFREE char *z = xasprintf("confirm:%s:%d:%lld:%s", number, version, (long long)ends_ms, token);
    p->crypto->mac(mac, keyring_token_key(p->keys), z, strlen(z));
    hex_encode(mac, sizeof mac, out);
}

static bool waits_for_person(const struct db_submission *s)
{
    return !strcmp(s->row.state, "delivered");
}

static void put_confirm(struct request *q, const struct db_submission *s)
{
    const struct platform *p = q->platform;
    char token[CSRF_SIZE], proof[CSRF_SIZE];
    int64_t ends_ms = now_ms(p) + CONFIRM_MS;
    AUTOFREE char *ends = xasprintf("%lld", (long long)ends_ms);
    csrf_token(q, token);
    confirm_proof(q, s->row.receipt, s->row.version, ends_ms, proof);
    html(
        &q->out,
        "<form method=\"post\" class=\"stack ask\"><p>%s</p><p class=\"help\">%s</p><input type=\"hidden\" name=\"csrf\" value=\"%s\"><input "
        "type=\"hidden\" name=\"version\" value=\"%d\"><input type=\"hidden\" name=\"ends\" value=\"%s\"><button class=\"primary\" "
        "name=\"confirm\" value=\"%s\">%s</button></form>\n",
        words(p, "phone.confirm_ask"), words(p, "phone.confirm_not"), token, s->row.version, ends, proof,
        words(p, "phone.confirm"));
}

/* --- the state --- */

/* The forms that the declaration names: its reasons are about them. */
static const struct form_set *forms_of(struct platform *p, const struct db_submission *s)
{
    struct db_submission whole = {0};
    const struct form_set *forms = NULL;
    if (p->db->ops->submission(p->db, s->row.declaration, s->row.version, &whole, NULL)) {
        CLEANUP(json) json_t *j = json_loads(whole.envelope, 0, NULL);
        forms = archive_find(p->forms, text_or(j, "form"), text_or(j, "rules"), text_or(j, "codes"));
    }
    db_submission_finish(&whole);
    return forms ? forms : archive_newest(p->forms);
}

static void put_next(struct request *q, const struct db_submission *s)
{
    char key[48];
    snprintf(key, sizeof key, "phone.next.%s", s->row.state);
    const char *next = strings_find(q->platform->words, key);
    if (next)
        html(&q->out, "<p class=\"note\">%s</p>", next);
}

/* What was remarked, in words; the newest first of the returns that still matter: those of the last status. */
static void put_reasons(struct request *q, const struct db_submission *s, const struct db_status *last)
{
    struct platform *p = q->platform;
    html(&q->out, "<h2>%s</h2>", words(p, "phone.reasons"));
    if (*last->text)
        html(&q->out, "<p class=\"said\">%v</p>", last->text);
    reasons_html(p, forms_of(p, s), last->reasons, &q->out);
}

static void show_status(struct request *q, const struct db_submission *s, const char *good)
{
    struct platform *p = q->platform;
    struct db_statuses h = {0};
    struct err e = {0};
    char at[40];
    if (!p->db->ops->history(p->db, s->row.declaration, &h, &e)) {
        answer_err(q, "phone", &e);
        return;
    }
    const struct db_status *last = status_newest(&h);
    if (!last) {
        page_message(q, 404, words(p, "phone.title"), words(p, "phone.bad_number"), NULL);
        return;
    }
    struct db_submission now = *s; /* as its last status has it: another may have come since the row was read */
    zcopy(now.row.state, sizeof now.row.state, last->state);
    time_words(last->at_ms, at, sizeof at);
    page_begin(q, words(p, "phone.title"), NULL);
    html(
        &q->out,
        "<section class=\"card narrow\"><p class=\"help\">%s <b class=\"number\">%s</b></p><h1><span class=\"state %s\">%s</span></h1><p class=\"help\">%s</p>\n",
        words(p, "phone.receipt"), s->row.receipt, last->state, status_words(p, last), at);
    if (good)
        html(&q->out, "<p class=\"note good\" role=\"status\">%s</p>\n", good);
    put_next(q, &now);
    if (waits_for_person(&now))
        put_confirm(q, &now);
    if (*last->reasons || (*last->text && status_words(p, last) != last->text))
        put_reasons(q, &now, last);
    html(&q->out, "<h2>%s</h2><ol class=\"history\">", words(p, "page.history"));
    for (size_t i = h.n; i-- > 0;) {
        time_words(h.rows[i].at_ms, at, sizeof at);
        html(&q->out, "<li><b>%s</b><br><time>%s</time></li>", status_words(p, &h.rows[i]), at);
    }
    html(&q->out, "</ol></section>\n");
    db_statuses_finish(&h);
    page_end(q, 200);
}

/* A confirmation that a page of ours asked for, still good: *out is the declaration. */
static bool confirm_right(struct request *q, const char *proof, struct db_submission *out, struct err *e)
{
    struct platform *p = q->platform;
    CLEANUP(str) struct str version = {0}, ends = {0};
    char number[RECEIPT_SIZE], want[CSRF_SIZE];
    form_value(&q->body, "version", &version);
    form_value(&q->body, "ends", &ends);
    int64_t ends_ms = strtoll(str_z(&ends), NULL, 10);
    if (!receipt_parse(q->param[0], number))
        return err_set(e, ERR_DENIED, "no receipt");
    confirm_proof(q, number, atoi(str_z(&version)), ends_ms, want);
    if (strlen(proof) != strlen(want) || !same_secret(proof, want) || ends_ms < now_ms(p))
        return err_set(e, ERR_DENIED, "no proof");
    return p->db->ops->receipt_find(p->db, number, out, e) &&
           (out->row.version == atoi(str_z(&version)) || err_set(e, ERR_STATE, "a newer version came"));
}

static void confirm(struct request *q, const char *proof)
{
    struct platform *p = q->platform;
    struct db_submission s = {0};
    struct err e = {0};
    if (!confirm_right(q, proof, &s, &e)) {
        ask_code(q, 403, words(p, "phone.again")); /* too late, or a page of long ago: the code once more */
    } else if (gateway_confirmed(p, s.row.declaration, s.row.version, words(p, "phone.who"), &e) ||
               e.code == ERR_STATE) {
        bool done = e.code != ERR_STATE;
        char number[RECEIPT_SIZE];
        zcopy(number, sizeof number, s.row.receipt);
        db_submission_finish(&s);
        if (p->db->ops->receipt_find(p->db, number, &s, &e))
            show_status(q, &s, words(p, done ? "phone.confirmed" : "review.too_late"));
        else
            answer_err(q, "phone.confirm", &e);
    } else {
        answer_err(q, "phone.confirm", &e);
    }
    db_submission_finish(&s);
}

void phone_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_submission s = {0};
    struct db_attempt a = {0};
    struct err e = {0};
    struct str code = {0};
    CLEANUP(str) struct str proof = {0};
    if (!csrf_need(q))
        return;
    if (form_value(&q->body, "confirm", &proof)) {
        confirm(q, str_z(&proof));
        return;
    }
    form_value(&q->body, "code", &code);
    switch (check(q, str_z(&code), &s, &a, &e)) {
    case RECEIPT_RIGHT:
        show_status(q, &s, NULL);
        break;
    case RECEIPT_ABSENT:
        not_arrived(q);
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
