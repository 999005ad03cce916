#include "sync/platform/profiles.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/archive.h"
#include "sync/platform/drafts.h"
#include "sync/platform/gateway.h"
#include "sync/platform/opened.h"
#include "sync/platform/receipts.h"
#include "sync/record/envelope.h"

#include <string.h>

/* A submission whose key or forms are gone is no reason to refuse a login: the person fills the sections again. */
static json_t *scope_of_submission(struct platform *p, const char *declaration, int version)
{
    CLEANUP(opened) struct opened o = {0};
    struct err e = {0};
    if (opened_load(p, declaration, version, &o, &e))
        return json_incref(json_object_get(o.payload, "person"));
    log_warn("profile.submission", "code=%s text=\"%s\"", err_code_name(e.code), e.text);
    return NULL;
}

bool profile_load(struct platform *p, const char *tag, json_t **person, int64_t *version, struct err *e)
{
    struct db_profile row = {0};
    if (!p->db->accounts->profile(p->db, tag, &row, e))
        return false;
    json_t *scope = NULL;
    bool ok = true;
    if (row.sealed.len)
        ok = (scope = person_open(p, "profile", tag, row.sealed.p, row.sealed.len, e)) != NULL;
    else if (*row.declaration)
        scope = scope_of_submission(p, row.declaration, row.declaration_version);
    if (ok) {
        *person = scope;
        *version = row.version;
    }
    db_profile_finish(&row);
    return ok;
}

bool scope_answers(const json_t *scope, const char *field)
{
    const char *dot = strchr(field, '.');
    AUTOFREE char *section = xstrndup(field, dot ? (size_t)(dot - field) : strlen(field));
    const json_t *value =
        json_object_get(json_object_get(json_object_get(scope, "sections"), section), dot ? dot + 1 : "");
    return json_is_array(value) ? json_array_size(value) > 0 : value != NULL;
}

/* --- GET /v1/profile --- */

struct rows_walk {
    const struct platform *platform;
    const char *kind, *tag;
    json_t *list;
};

static bool add_row(void *ctx, const void *sealed, size_t len)
{
    struct rows_walk *w = ctx;
    struct err e = {0};
    json_t *row = person_open(w->platform, w->kind, w->tag, sealed, len, &e);
    if (row)
        json_array_append_new(w->list, row);
    else
        log_warn("profile.row", "kind=%s text=\"%s\"", w->kind, e.text);
    return true;
}

static bool rows_of(struct platform *p, const char *kind, const char *tag, json_t **out, struct err *e)
{
    struct rows_walk w = {p, kind, tag, json_array()};
    *out = w.list;
    return p->db->accounts->rows(p->db, kind, tag, add_row, &w, e);
}

static void rows_check(struct platform *p, const char *tag, const struct doc *d, const struct form_section *s,
                       struct findings *out)
{
    CLEANUP(json) json_t *rows = NULL;
    struct err e = {0};
    if (*tag && !rows_of(p, s->rows_from, tag, &rows, &e)) {
        log_error("profile.rows", "text=\"%s\"", e.text); /* whoever cannot look accuses nobody */
        return;
    }
    for (int i = 0; i < doc_entries(d, s->key); i++)
        if (!doc_row_true(d, s->key, i, rows))
            findings_add(out, (struct doc_path){s->key, i, s->rows_mark->key}, SEVERITY_ERROR,
                         "check.not_from_platform");
}

void profile_rows_check(struct platform *p, const char *tag, const struct doc *d, struct findings *out)
{
    const struct form_set *forms = doc_forms(d);
    for (size_t i = 0; !gateway_is(p) && i < form_section_count(forms); i++) {
        const struct form_section *s = form_section_at(forms, i);
        if (s->rows_from && doc_rows_given(d, s->key))
            rows_check(p, tag, d, s, out);
    }
}

static json_t *reasons_json(const char *reasons)
{
    json_t *list = *reasons ? json_loads(reasons, 0, NULL) : NULL;
    return list ? list : json_array();
}

#define HISTORY_MOST 50

/* The way it came, oldest first. */
static json_t *history_json(const struct platform *p, const struct db_statuses *h)
{
    json_t *list = json_array();
    for (size_t i = h->n > HISTORY_MOST ? h->n - HISTORY_MOST : 0; i < h->n; i++) {
        const struct db_status *s = &h->rows[i];
        json_array_append_new(list,
                              json_pack("{s:i,s:s,s:I,s:s,s:o}", "version", s->version, "state", s->state, "at",
                                        (json_int_t)s->at_ms, "text", *s->text ? s->text : state_words(p, s->state),
                                        "reasons", reasons_json(s->reasons)));
    }
    return list;
}

/* The last row of the history of this version, which says why it stands where it does. */
static bool last_status(struct platform *p, const struct db_row *r, json_t *out, struct err *e)
{
    struct db_statuses h = {0};
    if (!p->db->ops->history(p->db, r->declaration, &h, e))
        return false;
    const char *text = "", *reasons = "";
    for (size_t i = 0; i < h.n; i++)
        if (h.rows[i].version == r->version) {
            text = h.rows[i].text;
            reasons = h.rows[i].reasons;
        }
    json_object_set_new(out, "text", json_string(*text ? text : state_words(p, r->state)));
    json_object_set_new(out, "reasons", reasons_json(reasons));
    json_object_set_new(out, "history", history_json(p, &h));
    db_statuses_finish(&h);
    return true;
}

/* What the form calls the date of the title; "" when the record cannot be opened here any more. */
static void date_of(struct platform *p, const struct db_row *r, json_t *out)
{
    CLEANUP(opened) struct opened o = {0};
    struct doc_path at;
    bool ok = opened_load(p, r->declaration, r->version, &o, NULL) && doc_path_parse(o.forms, p->list.date, &at);
    json_object_set_new(out, "date", json_string(ok ? doc_text(o.doc, at) : ""));
}

#define DECLARATIONS_MOST 100

static bool declarations_of(struct platform *p, const char *tag, json_t **out, struct err *e)
{
    struct db_rows rows = {0};
    *out = json_array();
    bool ok = p->db->accounts->declarations(p->db, tag, DECLARATIONS_MOST, &rows, e);
    for (size_t i = 0; ok && i < rows.n; i++) {
        const struct db_row *r = &rows.rows[i];
        json_t *j =
            json_pack("{s:s,s:i,s:s,s:s,s:s,s:I}", "declaration", r->declaration, "version", r->version, "state",
                      r->state, "receipt", r->receipt, "title", r->title, "at", (json_int_t)r->changed_ms);
        date_of(p, r, j);
        ok = last_status(p, r, j, e);
        json_array_append_new(*out, j);
    }
    db_rows_finish(&rows);
    return ok;
}

/* What the registry says stands above what an operator brought. Behind a gateway a list that neither has said anything of is left out: an empty one would
 * say that there is nothing. */
static void put_instead(const struct platform *p, json_t **list, json_t *other)
{
    bool silent = gateway_is(p) && !other && !json_array_size(*list);
    if (!silent && !json_array_size(other))
        return;
    json_decref(*list);
    *list = silent ? NULL : json_incref(other);
}

void profile_get(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    int64_t version = 0;
    struct err e = {0};
    if (!visit_need(q, &v))
        return;
    const char *tag = v.who.tag;
    CLEANUP(json) json_t *there = gateway_profile(p, v.who.number);
    CLEANUP(json) json_t *account = account_json(p, &v.who, &e);
    CLEANUP(json) json_t *person = NULL;
    CLEANUP(json) json_t *training = NULL;
    CLEANUP(json) json_t *ecerts = NULL;
    CLEANUP(json) json_t *declarations = NULL;
    CLEANUP(json) json_t *drafts = NULL;
    if (!account || !profile_load(p, tag, &person, &version, &e) || !rows_of(p, "training", tag, &training, &e) ||
        !rows_of(p, "ecert", tag, &ecerts, &e) || !declarations_of(p, tag, &declarations, &e) ||
        !drafts_of(p, tag, q->device.id, &drafts, &e)) {
        answer_err(q, "profile", &e);
        return;
    }
    /* The registry's person where nothing newer is here. */
    if (!person)
        person = json_incref(json_object_get(there, "person"));
    if (!person)
        person = json_null();
    put_instead(p, &training, json_object_get(there, "training"));
    put_instead(p, &ecerts, json_object_get(there, "ecerts"));
    answer_sealed(q, v.reply,
                  json_pack("{s:O,s:I,s:O,s:O*,s:O*,s:O,s:O}", "account", account, "version", (json_int_t)version,
                            "person", person, "training", training, "ecerts", ecerts, "declarations", declarations,
                            "drafts", drafts));
}

/* --- PUT /v1/profile --- */

bool scope_check(struct platform *p, const json_t *scope, enum form_scope which, struct str *blobs, struct err *e)
{
    const struct form_set *forms =
        archive_find(p->forms, call_text(scope, "form"), call_text(scope, "rules"), call_text(scope, "codes"));
    if (!forms)
        return err_set(e, ERR_NOT_FOUND, "form version");
    const char *key;
    json_t *section;
    json_object_foreach(json_object_get(scope, "sections"), key, section)
    {
        const struct form_section *s = form_section_find(forms, key);
        if (s && s->scope != which)
            return err_set(e, ERR_FORMAT, "section %.40s is of the other scope", s->key);
    }
    struct doc *d = doc_create(forms);
    CLEANUP(json) json_t *copy = json_deep_copy(scope);
    struct blob_ref *cited = NULL;
    size_t n = 0;
    bool ok = doc_import_json(d, copy, e) && json_blobs(p->crypto, scope, &cited, &n, e);
    for (size_t i = 0; ok && i < n; i++)
        str_printf(blobs, "%s%s", blobs->len ? " " : "", cited[i].sha256);
    free(cited);
    doc_destroy(d);
    return ok;
}

void profile_put(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    unsigned char reply[KEY_BYTES];
    CLEANUP(str) struct str sealed = {0};
    CLEANUP(str) struct str blobs = {0};
    int64_t version = 0;
    struct err e = {0};
    if (!visit_need(q, &v))
        return;
    CLEANUP(json) json_t *c = call_open(q, reply);
    json_t *scope = json_object_get(c, "person");
    if (!c)
        return;
    if (!json_is_object(scope) || !json_is_integer(json_object_get(c, "base"))) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    if (!scope_check(p, scope, SCOPE_PERSON, &blobs, &e)) {
        log_warn("profile.format", "text=\"%s\"", e.text);
        refuse(q, e.code == ERR_NOT_FOUND ? PROBLEM_FORM_VERSION : PROBLEM_RECORD_FORMAT);
        return;
    }
    person_seal(p, "profile", v.who.tag, scope, &sealed);
    if (p->db->accounts->profile_put(p->db, v.who.tag, json_integer_value(json_object_get(c, "base")), &sealed,
                                     str_z(&blobs), now_ms(p), &version, &e))
        answer_sealed(q, v.reply, json_pack("{s:I}", "version", (json_int_t)version));
    else if (e.code == ERR_STATE)
        refuse(q, PROBLEM_PROFILE_CONFLICT);
    else
        answer_err(q, "profile.put", &e);
}

/* --- /v1/declarations --- */

/* The latest version of the declaration of the address, if it is this person's. False: answered. */
static bool own_declaration(struct request *q, const struct visit *v, struct db_row *out)
{
    struct platform *p = q->platform;
    struct db_rows rows = {0};
    struct err e = {0};
    bool found = false;
    if (!p->db->accounts->declarations(p->db, v->who.tag, DECLARATIONS_MOST, &rows, &e)) {
        answer_err(q, "declaration", &e);
        return false;
    }
    for (size_t i = 0; i < rows.n && !found; i++)
        if (!strcmp(rows.rows[i].declaration, q->param[0])) {
            *out = rows.rows[i];
            out->person = out->title = out->unit_name = NULL; /* they go with the list */
            found = true;
        }
    db_rows_finish(&rows);
    if (!found)
        refuse(q, PROBLEM_NOT_FOUND);
    return found;
}

void declaration_get(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    CLEANUP(opened) struct opened o = {0};
    struct db_row row;
    struct err e = {0};
    if (!visit_need(q, &v) || !own_declaration(q, &v, &row))
        return;
    if (!opened_load(p, row.declaration, row.version, &o, &e)) {
        if (e.code == ERR_NOT_FOUND)
            refuse(q, PROBLEM_NOT_FOUND);
        else
            answer_err(q, "declaration", &e);
        return;
    }
    const json_t *person = json_object_get(o.payload, "person"), *unit = json_object_get(o.payload, "unit");
    json_t *j = json_pack("{s:s,s:i,s:s,s:s,s:s,s:O,s:O}", "declaration", row.declaration, "version", row.version,
                          "state", row.state, "form", call_text(person, "form"), "rules", call_text(person, "rules"),
                          "person", person, "title", json_object_get(o.payload, "title"));
    if (json_object_get(o.payload, "codes"))
        json_object_set(j, "codes", json_object_get(o.payload, "codes"));
    json_object_set_new(j, "unit",
                        json_pack("{s:s,s:s}", "name", call_text(unit, "name"), "code", call_text(unit, "code")));
    if (last_status(p, &row, j, &e)) {
        answer_sealed(q, v.reply, j);
    } else {
        json_decref(j);
        answer_err(q, "declaration", &e);
    }
}

void declaration_confirm(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    struct db_row row;
    struct err e = {0};
    if (!visit_need(q, &v) || !own_declaration(q, &v, &row))
        return;
    if (!strcmp(row.state, "delivered") && !gateway_confirmed(p, row.declaration, row.version, "applicant", &e) &&
        e.code != ERR_STATE) {
        answer_err(q, "confirm", &e);
        return;
    }
    /* Where it stands now: somebody may have been faster. */
    if (own_declaration(q, &v, &row))
        answer_json(q, 200, json_pack("{s:s}", "state", row.state));
}

/* --- GET /v1/blobs/{sha256} --- */

void blob_get(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    unsigned char hash[HASH_BYTES];
    char sha256[HASH_HEX];
    bool cited = false;
    struct err e = {0};
    if (!visit_need(q, &v))
        return;
    if (!hex_decode(q->param[0], hash, sizeof hash)) {
        refuse(q, PROBLEM_NOT_FOUND);
        return;
    }
    hex_encode(hash, sizeof hash, sha256);
    if (!p->db->accounts->cites(p->db, v.who.tag, sha256, &cited, &e)) {
        answer_err(q, "blob", &e);
        return;
    }
    str_clear(&q->out);
    if (!cited || !p->blobs->ops->get(p->blobs, sha256, (size_t)p->conf.upload_bytes, &q->out, &e)) {
        if (cited && e.code != ERR_NOT_FOUND)
            answer_err(q, "blob", &e);
        else
            refuse(q, PROBLEM_NOT_FOUND);
        return;
    }
    q->status = 200;
    q->type = "application/octet-stream";
}
