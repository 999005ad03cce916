#include "sync/platform/review.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/feed.h"
#include "sync/platform/gateway.h"
#include "sync/platform/html.h"
#include "sync/platform/receipts.h"

#include <stdio.h>
#include <string.h>

#define PAGES_MOST  100000
#define REASON_MOST 200 /* code points */

void review_home(struct request *q)
{
    page_redirect(q, "/review");
}

/* --- the list --- */

/* What each role sees of a list at a touch. The first is where it begins; "all" has no states: any. */
static const struct tab {
    const char *name, *states, *label;
    unsigned roles;
} tabs[] = {
    {"open", "submitted_unit,unit_review", "tab.open", ROLE_UNIT},
    {"open", "submitted_superior", "tab.open", ROLE_SUPERIOR},
    {"all", "", "list.all", ROLE_REGION},
    {"delivered", "delivered", NULL, ROLE_UNIT | ROLE_REGION},
    {"forwarded", "forwarded", NULL, ROLE_REGION},
    {"submitted_unit", "submitted_unit", NULL, ROLE_REGION},
    {"unit_review", "unit_review", NULL, ROLE_REGION},
    {"unit_returned", "unit_returned", NULL, ROLE_UNIT | ROLE_REGION},
    {"submitted_superior", "submitted_superior", NULL, ROLE_UNIT | ROLE_REGION},
    {"superior_returned", "superior_returned", NULL, ROLE_READERS},
    {"done", "done", NULL, ROLE_READERS},
    {"all", "", "list.all", ROLE_UNIT | ROLE_SUPERIOR},
};
#define STATES_MOST 32

static unsigned role_bit(const struct db_session *s)
{
    const struct role_row *r = role_find(s->user.role);
    return r ? r->role : 0;
}

/* The tab that the address names, else the first. A single state that has no tab of its own may be named, too. */
static const struct tab *tab_of(unsigned role, const char *name)
{
    const struct tab *first = NULL;
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
        if (!(tabs[i].roles & role))
            continue;
        if (!strcmp(tabs[i].name, name))
            return &tabs[i];
        first = first ? first : &tabs[i];
    }
    return first;
}

static int tab_count(const struct tab *t, const struct db_state_count *counts, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!*t->states || role_listed(t->states, counts[i].state))
            sum += counts[i].n;
    return (int)sum;
}

static void put_tabs(struct request *q, unsigned role, const struct tab *here, const struct db_state_count *counts,
                     size_t n)
{
    const struct platform *p = q->platform;
    html(&q->out, "<nav class=\"tabs\" aria-label=\"%s\">", words(p, "list.state"));
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
        const struct tab *t = &tabs[i];
        if (!(t->roles & role))
            continue;
        html(&q->out, "<a href=\"/review?state=%s\"%r>%s <span class=\"count\">%d</span></a>", t->name,
             t == here ? " aria-current=\"page\"" : "", t->label ? words(p, t->label) : state_words(p, t->states),
             tab_count(t, counts, n));
    }
    html(&q->out, "</nav>\n");
}

/* What is searched for may be a person's name: it goes by POST and is kept with the session, not in an address. */
static void put_search(struct request *q, const struct db_session *s, const struct tab *here)
{
    const struct platform *p = q->platform;
    char token[CSRF_SIZE];
    csrf_token(q, token);
    html(
        &q->out,
        "<form method=\"post\" action=\"/review/find\" class=\"filters\" role=\"search\"><input type=\"hidden\" name=\"csrf\" "
        "value=\"%s\"><input type=\"hidden\" name=\"state\" value=\"%s\"><label>%s<input type=\"search\" name=\"words\" value=\"%s\" "
        "maxlength=\"60\" placeholder=\"%s\"></label><button>%s</button>",
        token, here->name, words(p, "list.words"), s->find, words(p, "list.words_hint"), words(p, "list.go"));
    if (*s->find)
        html(&q->out, "<button name=\"clear\" value=\"1\" class=\"quiet\">%s</button>", words(p, "list.clear"));
    html(&q->out, "</form>\n");
}

static void put_rows(struct request *q, const struct db_rows *rows)
{
    const struct platform *p = q->platform;
    html(&q->out, "<ul class=\"list\">\n");
    for (size_t i = 0; i < rows->n; i++) {
        const struct db_row *r = &rows->rows[i];
        char at[40];
        time_words(r->changed_ms, at, sizeof at);
        html(
            &q->out,
            "<li class=\"card\"><a href=\"/review/d/%s/%d\"><b class=\"person\">%v</b><span class=\"title\">%v</span>"
            "<span class=\"state %s\">%s</span><span class=\"help\">%v</span><span class=\"help\">%s %s</span></a></li>\n",
            r->declaration, r->version, *r->person ? r->person : "—", r->title, r->state, state_words(p, r->state),
            r->unit_name, r->receipt, at);
    }
    html(&q->out, "</ul>\n");
}

void put_pager(struct request *q, const char *path, const char *more, int page, int64_t total)
{
    int pages = (int)((total + PAGE_ROWS - 1) / PAGE_ROWS);
    html(&q->out, "<nav class=\"pager\" aria-label=\"%s\">", words(q->platform, "list.pages"));
    if (page > 1)
        html(&q->out, "<a class=\"button\" rel=\"prev\" href=\"%s?%s%spage=%d\">%s</a>", path, more, *more ? "&" : "",
             page - 1, words(q->platform, "list.before"));
    html(&q->out, "<span class=\"help\">%d / %d · %d %s</span>", page, pages ? pages : 1, (int)total,
         words(q->platform, "list.count"));
    if (page < pages)
        html(&q->out, "<a class=\"button\" rel=\"next\" href=\"%s?%s%spage=%d\">%s</a>", path, more, *more ? "&" : "",
             page + 1, words(q->platform, "list.next"));
    html(&q->out, "</nav>\n");
}

int page_number(struct request *q)
{
    int page = atoi(request_query(q, "page"));
    return page < 1 || page > PAGES_MOST ? 1 : page;
}

static const char *none_words(const struct db_session *s, const struct tab *t)
{
    return *s->find ? "list.none_found" : !strcmp(t->name, "open") ? "list.none_open" : "list.none";
}

void review_list(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    struct db_rows rows = {0};
    struct db_state_count counts[STATES_MOST];
    size_t n = 0;
    struct err e = {0};
    if (!session_need(q, ROLE_READERS | ROLE_OPERATOR, &s))
        return;
    if (role_bit(&s) == ROLE_OPERATOR) { /* the platform's name leads here: to what this role begins with */
        page_redirect(q, stage_page(&s));
        return;
    }
    int page = page_number(q);
    unsigned role = role_bit(&s);
    const struct tab *t = tab_of(role, request_query(q, "state"));
    const struct db_filter f = {role_scope(&s.user), t->states, s.find, (size_t)(page - 1) * PAGE_ROWS, PAGE_ROWS};
    if (!p->db->review->list(p->db, &f, &rows, &e) ||
        !p->db->review->counts(p->db, &f.scope, counts, STATES_MOST, &n, &e)) {
        db_rows_finish(&rows);
        answer_err(q, "review.list", &e);
        return;
    }
    /* A list has names. */
    AUTOFREE char *detail = xasprintf("%s page %d%s", t->name, page, *s.find ? ", searched" : "");
    AUTOFREE char *more = xasprintf("state=%s", t->name);
    session_audit(q, &s, "list.viewed", detail);
    session_page(q, &s, "/review", words(p, "list.title"));
    html(&q->out, "<h1>%s</h1>\n", words(p, "list.title"));
    put_search(q, &s, t);
    put_tabs(q, role, t, counts, n);
    if (rows.n)
        put_rows(q, &rows);
    else
        html(&q->out, "<p class=\"card empty\">%s</p>\n", words(p, none_words(&s, t)));
    put_pager(q, "/review", more, page, rows.total);
    db_rows_finish(&rows);
    page_end(q, 200);
}

void review_find(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    struct err e = {0};
    char hash[HASH_HEX];
    CLEANUP(str) struct str typed = {0}, clear = {0}, state = {0};
    if (!session_need(q, ROLE_READERS, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "words", &typed);
    form_value(&q->body, "state", &state);
    if (form_value(&q->body, "clear", &clear))
        str_clear(&typed);
    zcopy(s.find, sizeof s.find, str_z(&typed));
    session_hash(q, hash);
    if (!p->db->staff->session_words(p->db, hash, s.find, &e)) {
        answer_err(q, "review.find", &e);
        return;
    }
    AUTOFREE char *path = xasprintf("/review?state=%s", tab_of(role_bit(&s), str_z(&state))->name);
    page_redirect(q, path);
}

/* --- one declaration --- */

/* Loads what the address names when this reviewer may see it; false: answered. What is outside the scope is not there. */
static bool load(struct request *q, const struct db_session *s, struct opened *o)
{
    struct platform *p = q->platform;
    const struct db_scope scope = role_scope(&s->user);
    struct err e = {0};
    int version = atoi(q->param[1]);
    bool seen = false, known = uuid_valid(q->param[0]) && version > 0;
    if (known && p->db->review->visible(p->db, &scope, q->param[0], version, &seen, &e) && seen &&
        opened_load(p, q->param[0], version, o, &e))
        return true;
    if (known && !seen && e.code == ERR_NONE)
        session_audit(q, s, "declaration.refused", q->param[0]);
    if (e.code == ERR_NONE || e.code == ERR_NOT_FOUND)
        page_message(q, 404, words(p, "page.not_found"), words(p, "review.not_found"), "/review");
    else
        answer_err(q, "review.open", &e);
    return false;
}

static bool decide(struct request *q, const struct db_session *s, const struct opened *o, const char *const *from,
                   const char *to, const char *text, const char *reasons, struct err *e)
{
    struct platform *p = q->platform;
    const struct db_decision d = {o->row.row.declaration, o->row.row.version, from, to, text, reasons,
                                  s->user.name,           now_ms(p)};
    if (!p->db->ops->decide(p->db, &d, e))
        return false;
    AUTOFREE char *detail = xasprintf("%s version %d: %s", d.declaration, d.version, to);
    session_audit(q, s, "declaration.decided", detail);
    feed_wake(p->feed);
    return true;
}

/* Opening a record that waits is the beginning of its review. */
static void begin_review(struct request *q, const struct db_session *s, struct opened *o)
{
    static const char *const from[] = {"submitted_unit", NULL};
    struct err e = {0};
    if (gateway_is(q->platform) || role_bit(s) != ROLE_UNIT || !o->row.latest ||
        strcmp(o->row.row.state, "submitted_unit") != 0)
        return;
    if (decide(q, s, o, from, "unit_review", "", "", &e))
        zcopy(o->row.row.state, sizeof o->row.row.state, "unit_review");
    else if (e.code != ERR_STATE)
        log_error("review.begin", "text=\"%s\"", e.text);
}

/* The reasons of the last return before this version. */
static json_t *reasons_before(const struct db_statuses *h, int version)
{
    for (size_t i = h->n; i-- > 0;)
        if (h->rows[i].version < version && *h->rows[i].reasons)
            return json_loads(h->rows[i].reasons, 0, NULL);
    return NULL;
}

static void put_history(struct request *q, const struct opened *o, const struct db_statuses *h)
{
    const struct platform *p = q->platform;
    html(&q->out, "<section class=\"card\"><h2>%s</h2><ol class=\"history\">\n", words(p, "page.history"));
    for (size_t i = 0; i < h->n; i++) {
        const struct db_status *t = &h->rows[i];
        char at[40];
        time_words(t->at_ms, at, sizeof at);
        html(&q->out, "<li><b>%s</b> <time>%s</time> <span class=\"help\">%s %d%s%s</span>", status_words(p, t), at,
             words(p, "review.version"), t->version, *t->who ? " · " : "", t->who);
        if (*t->text && status_words(p, t) != t->text)
            html(&q->out, "<p class=\"said\">%v</p>", t->text);
        reasons_html(p, o->forms, t->reasons, &q->out);
        html(&q->out, "</li>\n");
    }
    html(&q->out, "</ol></section>\n");
}

/* What a role may decide, and from where. */
static const struct verdict {
    unsigned role;
    const char *from[4];
    const char *accepted, *returned, *confirmed; /* NULL: not here */
    const char *accept, *accept_help;            /* keys of words */
} verdicts[] = {
    {ROLE_UNIT,
     {"submitted_unit", "unit_review"},
     "submitted_superior",
     "unit_returned",
     NULL,
     "review.accept",
     "review.accept_help"},
    {ROLE_UNIT, {"delivered"}, NULL, "unit_returned", "submitted_unit", NULL, NULL},
    {ROLE_SUPERIOR, {"submitted_superior"}, "done", "superior_returned", NULL, "review.finish", "review.finish_help"},
};

/* NULL: nothing is to be decided by this role in this state. The registry decides, where there is one. */
static const struct verdict *verdict_of(const struct platform *p, const struct db_session *s, const char *state)
{
    unsigned role = role_bit(s);
    for (size_t i = 0; i < ARRAY_LEN(verdicts) && !gateway_is(p); i++)
        for (size_t k = 0; verdicts[i].role == role && verdicts[i].from[k]; k++)
            if (!strcmp(verdicts[i].from[k], state))
                return &verdicts[i];
    return NULL;
}

static void put_decision(struct request *q, const struct verdict *v, const char *base, const struct str *posted)
{
    const struct platform *p = q->platform;
    CLEANUP(str) struct str text = {0};
    if (posted)
        form_value(posted, "text", &text);
    html(&q->out, "<section class=\"card decide\" id=\"decide\"><h2>%s</h2>\n", words(p, "review.decide"));
    if (v->confirmed)
        html(
            &q->out,
            "<details><summary class=\"button primary\">%s</summary><p>%s</p><button class=\"primary\" formaction=\"%s/confirm\">%s</button></details>\n",
            words(p, "review.confirm"), words(p, "review.confirm_help"), base, words(p, "review.confirm_sure"));
    else
        html(
            &q->out,
            "<details><summary class=\"button primary\">%s</summary><p>%s</p><button class=\"primary\" formaction=\"%s/accept\">%s</button></details>\n",
            words(p, v->accept), words(p, v->accept_help), base, words(p, "review.accept_sure"));
    html(&q->out,
         "<p class=\"help\">%s</p><label>%s<textarea name=\"text\" maxlength=\"500\" rows=\"3\">%s</textarea></label>\n"
         "<button class=\"return\" formaction=\"%s/return\">%s</button></section>\n",
         words(p, "review.return_help"), words(p, "review.text"), str_z(&text), base, words(p, "status.unit_returned"));
}

/* state: in words. */
static void put_head(struct request *q, const struct opened *o, const char *state, bool decides)
{
    const struct platform *p = q->platform;
    const struct db_row *r = &o->row.row;
    char at[40], key[48];
    time_words(r->received_ms, at, sizeof at);
    snprintf(key, sizeof key, "proof.%s", r->proof);
    html(
        &q->out,
        "<p><a href=\"/review\">‹ %s</a></p><div class=\"head\"><h1>%v <small>%v</small></h1><span class=\"state %s\">%s</span></div>\n"
        "<p class=\"help\">%s <span class=\"number\">%s</span> · %s %d · %s %s · %s</p>\n",
        words(p, "list.title"), *r->person ? r->person : "—", r->title, r->state, state, words(p, "phone.receipt"),
        r->receipt, words(p, "review.version"), r->version, words(p, "review.received"), at, words(p, key));
    if (!o->row.latest)
        html(&q->out, "<p class=\"note warn\">%s</p>\n", words(p, "review.superseded"));
    if (!o->row.unit)
        html(&q->out, "<p class=\"note warn\">%s %v</p>\n", words(p, "review.no_unit"), r->unit_name);
    if (decides)
        html(&q->out, "<p><a class=\"button\" href=\"#decide\">%s ↓</a></p>\n", words(p, "review.decide"));
}

/* With a registry behind us the decision is the registry's; what is left here is the person who comes in person. */
static void put_upstream(struct request *q, const struct db_session *s, const struct opened *o, const char *base,
                         const char *token)
{
    struct platform *p = q->platform;
    const struct str_arg name = {"name", p->upstream->name};
    CLEANUP(str) struct str note = {0};
    strings_format(&note, words(p, "review.upstream"), &name, 1, false);
    html(&q->out, "<p class=\"note warn\">%s</p>\n", str_z(&note));
    bool waits = o->row.latest && !strcmp(o->row.row.state, "delivered");
    if (waits && role_bit(s) == ROLE_UNIT)
        html(
            &q->out,
            "<form method=\"post\" action=\"%s/confirm\" class=\"card decide\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">"
            "<p class=\"help\">%s</p><button>%s</button></form>\n",
            base, token, words(p, "review.confirm_help"), words(p, "review.confirm"));
}

/* posted: the return form that came back with a mistake, with error in words. */
static void show(struct request *q, const struct db_session *s, const struct opened *o, const struct str *posted,
                 const char *error)
{
    struct platform *p = q->platform;
    struct db_statuses h = {0};
    struct err e = {0};
    char token[CSRF_SIZE];
    if (!p->db->ops->history(p->db, o->row.row.declaration, &h, &e)) {
        answer_err(q, "review.history", &e);
        return;
    }
    CLEANUP(json) json_t *before = reasons_before(&h, o->row.row.version);
    AUTOFREE char *base = xasprintf("/review/d/%s/%d", o->row.row.declaration, o->row.row.version);
    const struct verdict *verdict = o->row.latest ? verdict_of(p, s, o->row.row.state) : NULL;
    const struct doc_view view = {p, o, base, verdict != NULL, !strcmp(request_query(q, "id"), "full"), posted, before};
    csrf_token(q, token);
    session_page(q, s, "", words(p, "review.title"));
    put_head(q, o, h.n && o->row.latest ? status_words(p, &h.rows[h.n - 1]) : state_words(p, o->row.row.state),
             verdict);
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    if (gateway_is(p))
        put_upstream(q, s, o, base, token);
    if (verdict)
        html(&q->out, "<form method=\"post\" action=\"%s/return\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">\n",
             base, token);
    review_doc(&view, &q->out);
    if (verdict) {
        put_decision(q, verdict, base, posted);
        html(&q->out, "</form>\n");
    }
    put_history(q, o, &h);
    db_statuses_finish(&h);
    page_end(q, error ? 422 : 200);
}

void review_show(struct request *q)
{
    struct db_session s;
    CLEANUP(opened) struct opened o = {0};
    if (!session_need(q, ROLE_READERS, &s) || !load(q, &s, &o))
        return;
    AUTOFREE char *detail = xasprintf("%s version %d", o.row.row.declaration, o.row.row.version);
    session_audit(q, &s, strcmp(request_query(q, "id"), "full") ? "declaration.viewed" : "declaration.id_shown",
                  detail);
    begin_review(q, &s, &o);
    show(q, &s, &o, NULL, NULL);
}

/* --- attachments --- */

/* What the bytes are, whatever they claim: NULL when it is none of what a declaration may hold. */
static const char *content_type(const struct str *b)
{
    static const struct {
        const char *magic;
        size_t len;
        const char *type;
    } known[] = {{"\xff\xd8\xff", 3, "image/jpeg"},
                 {"\x89PNG\r\n\x1a\n", 8, "image/png"},
                 {"BM", 2, "image/bmp"},
                 {"%PDF-", 5, "application/pdf"}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (b->len >= known[i].len && !memcmp(b->p, known[i].magic, known[i].len))
            return known[i].type;
    return NULL;
}

static void put_disposition(struct request *q, const char *how, const char *name)
{
    CLEANUP(str) struct str z = {0};
    str_printf(&z, "%s; filename*=UTF-8''", how);
    url_escape(&z, name);
    answer_header(q, "Content-Disposition", z.p);
}

void review_file(struct request *q)
{
    struct db_session s;
    struct err e = {0};
    CLEANUP(opened) struct opened o = {0};
    if (!session_need(q, ROLE_READERS, &s) || !load(q, &s, &o))
        return;
    const json_t *file = opened_file(&o, q->param[2]);
    if (!file) {
        session_not_found(q);
        return;
    }
    AUTOFREE char *detail =
        xasprintf("%s version %d file %.12s", o.row.row.declaration, o.row.row.version, q->param[2]);
    session_audit(q, &s, "file.viewed", detail);
    str_clear(&q->out);
    if (!opened_bytes(q->platform, file, &q->out, &e)) {
        log_error("review.file", "text=\"%s\"", e.text);
        page_message(q, 500, words(q->platform, "page.not_found"), words(q->platform, "review.file_bad"), "/review");
        return;
    }
    const char *type = content_type(&q->out), *name = json_string_value(json_object_get(file, "name"));
    q->status = 200;
    q->secret = true;
    q->type = type ? type : "application/octet-stream";
    put_disposition(q, type ? "inline" : "attachment", name ? name : "file");
    answer_header(q, "Cache-Control", "private, no-store");
    /* A browser's PDF viewer needs its own styles; nothing of a picture needs anything. */
    answer_header(q, "Content-Security-Policy",
                  type && !strcmp(type, "application/pdf") ? "frame-ancestors 'none'"
                                                           : "default-src 'none'; frame-ancestors 'none'; sandbox");
    answer_header(q, "Cross-Origin-Resource-Policy", "same-origin");
}

/* --- decisions --- */

/* After a decision: back to the page, which shows what became of it. */
static void decided(struct request *q, const struct db_session *s, const struct opened *o, bool ok, const struct err *e)
{
    AUTOFREE char *path = xasprintf("/review/d/%s/%d", o->row.row.declaration, o->row.row.version);
    if (ok)
        page_redirect(q, path);
    else if (e->code == ERR_STATE)
        show(q, s, o, NULL, words(q->platform, "review.too_late"));
    else
        answer_err(q, "review.decide", e);
}

/* Whoever may decide on this one: session, form, scope and role. NULL: answered. */
static const struct verdict *may_decide(struct request *q, struct db_session *s, struct opened *o)
{
    if (!session_need(q, ROLE_UNIT | ROLE_SUPERIOR, s) || !csrf_need(q) || !load(q, s, o))
        return NULL;
    const struct verdict *v = verdict_of(q->platform, s, o->row.row.state);
    if (!v)
        show(q, s, o, NULL, words(q->platform, "review.too_late"));
    return v;
}

void review_accept(struct request *q)
{
    struct db_session s;
    struct err e = {0};
    CLEANUP(opened) struct opened o = {0};
    const struct verdict *v = may_decide(q, &s, &o);
    if (!v)
        return;
    bool ok = v->accepted ? decide(q, &s, &o, v->from, v->accepted, "", "", &e)
                          : err_set(&e, ERR_STATE, "nothing to accept in this state");
    decided(q, &s, &o, ok, &e);
}

/* The person came, and showed who it is. */
void review_confirm(struct request *q)
{
    struct db_session s;
    struct err e = {0};
    CLEANUP(opened) struct opened o = {0};
    if (!session_need(q, ROLE_UNIT, &s) || !csrf_need(q) || !load(q, &s, &o))
        return;
    bool ok = gateway_confirmed(q->platform, o.row.row.declaration, o.row.row.version, s.user.name, &e);
    if (ok)
        session_audit(q, &s, "declaration.confirmed", o.row.row.declaration);
    decided(q, &s, &o, ok, &e);
}

struct choices {
    const struct str *body;
    json_t *reasons;
    const char *error; /* key of the words */
};

static void take_choice(const struct form_set *f, struct doc_path at, struct choices *c)
{
    char path[160];
    struct doc_path parsed;
    CLEANUP(str) struct str mark = {0}, name = {0}, reason = {0}, chosen = {0};
    doc_path_id(at, path, sizeof path);
    str_printf(&mark, "mark.%s", path);
    str_printf(&name, "reason.%s", path);
    if (!form_value(c->body, mark.p, &chosen) || !doc_path_parse(f, path, &parsed))
        return;
    form_value(c->body, name.p, &reason);
    while (reason.len && (reason.p[reason.len - 1] == ' ' || reason.p[reason.len - 1] == '\n'))
        reason.p[--reason.len] = '\0';
    if (!reason.len)
        c->error = "review.reason_missing";
    else if (utf8_count(reason.p) > REASON_MOST)
        c->error = "review.reason_long";
    json_array_append_new(c->reasons, json_pack("{s:s,s:s}", "path", path, "reason", str_z(&reason)));
}

/* Only fields that the document has can be named: the walk is over the forms, not over what was posted. */
static void take_choices(const struct opened *o, struct choices *c)
{
    for (size_t i = 0; i < form_section_count(o->forms); i++) {
        const struct form_section *s = form_section_at(o->forms, i);
        int first = s->many ? 0 : NO_ENTRY, end = s->many ? doc_entries(o->doc, s->key) : 0;
        for (int entry = first; entry < end; entry++)
            for (size_t k = 0; k < s->n_fields; k++)
                take_choice(o->forms, (struct doc_path){s->key, entry, s->fields[k].key}, c);
    }
}

void review_return(struct request *q)
{
    struct db_session s;
    struct err e = {0};
    CLEANUP(opened) struct opened o = {0};
    CLEANUP(str) struct str text = {0};
    const struct verdict *v = may_decide(q, &s, &o);
    if (!v)
        return;
    CLEANUP(json) json_t *reasons = json_array();
    struct choices c = {&q->body, reasons, NULL};
    take_choices(&o, &c);
    form_value(&q->body, "text", &text);
    if (!c.error && !json_array_size(reasons) && !text.len)
        c.error = "review.nothing_chosen";
    if (!c.error && utf8_count(str_z(&text)) > 500)
        c.error = "review.reason_long";
    if (c.error) {
        show(q, &s, &o, &q->body, words(q->platform, c.error));
        return;
    }
    char *json = json_array_size(reasons) ? json_dumps(reasons, JSON_COMPACT) : xstrdup("");
    bool ok = decide(q, &s, &o, v->from, v->returned, str_z(&text), json, &e);
    free(json);
    decided(q, &s, &o, ok, &e);
}
