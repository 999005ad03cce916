#include "sync/platform/unit_pages.h"

#include "sync/base/cleanup.h"
#include "sync/platform/feed.h"
#include "sync/platform/html.h"
#include "sync/platform/review.h"
#include "sync/platform/units.h"

#include <stdio.h>
#include <string.h>

/* --- the directory --- */

static void put_import(struct request *q, const char *token)
{
    const struct platform *p = q->platform;
    html(
        &q->out,
        "<details class=\"card\"><summary><h2>%s</h2></summary><form method=\"post\" action=\"/review/units\" enctype=\"multipart/form-data\" "
        "class=\"stack\"><input type=\"hidden\" name=\"csrf\" value=\"%s\"><p class=\"help\">%s</p>"
        "<label>%s<input type=\"file\" name=\"file\" accept=\".csv,.tsv,.txt,text/csv\"></label>"
        "<label>%s<textarea name=\"table\" rows=\"5\" class=\"number\" placeholder=\"%s\"></textarea></label>"
        "<button class=\"primary\">%s</button></form></details>\n",
        words(p, "units.import"), token, words(p, "units.import_help"), words(p, "units.file"), words(p, "units.paste"),
        words(p, "units.paste_hint"), words(p, "units.import_go"));
}

static void units(struct request *q, const struct db_session *s, int status, const char *error, const char *good)
{
    struct platform *p = q->platform;
    struct db_units list = {0};
    struct err e = {0};
    char token[CSRF_SIZE];
    int page = page_number(q);
    const char *typed = request_query(q, "words");
    typed = utf8_valid(typed, strlen(typed)) ? typed : "";
    if (!p->db->staff->units(p->db, typed, (size_t)(page - 1) * PAGE_ROWS, PAGE_ROWS, &list, &e)) {
        answer_err(q, "units", &e);
        return;
    }
    csrf_token(q, token);
    session_page(q, s, "/review/units", words(p, "place.units"));
    html(&q->out, "<h1>%s</h1>\n", words(p, "place.units"));
    if (error)
        html(&q->out, "<p class=\"note bad\" role=\"alert\">! %s</p>\n", error);
    if (good)
        html(&q->out, "<p class=\"note good\" role=\"status\">%s</p>\n", good);
    put_import(q, token);
    html(
        &q->out,
        "<form method=\"get\" action=\"/review/units\" class=\"filters\" role=\"search\"><label>%s<input type=\"search\" name=\"words\" "
        "value=\"%s\" maxlength=\"60\" placeholder=\"%s\"></label><button>%s</button></form>\n",
        words(p, "list.words"), typed, words(p, "user.unit_hint"), words(p, "list.go"));
    if (list.n)
        html(&q->out, "<ul class=\"list plain card\">\n");
    else
        html(&q->out, "<p class=\"card empty\">%s</p>\n", words(p, *typed ? "units.none_found" : "units.none"));
    for (size_t i = 0; i < list.n; i++)
        html(
            &q->out,
            "<li class=\"line\"><span><b>%s</b><br><span class=\"help\"><span class=\"number\">%s</span>%s%s%s</span></span></li>\n",
            list.rows[i].name, list.rows[i].code, *list.rows[i].code && *list.rows[i].superior ? " · " : "",
            *list.rows[i].superior ? words(p, "units.below") : "", list.rows[i].superior);
    if (list.n)
        html(&q->out, "</ul>\n");
    CLEANUP(str) struct str more = {0};
    if (*typed) {
        str_puts(&more, "words=");
        url_escape(&more, typed);
    }
    put_pager(q, "/review/units", str_z(&more), page, list.total);
    free(list.rows);
    page_end(q, status);
}

void units_page(struct request *q)
{
    struct db_session s;
    if (session_need(q, ROLE_REGION, &s))
        units(q, &s, 200, NULL, NULL);
}

static void done_words(const struct platform *p, const struct db_units_done *d, struct str *out)
{
    char added[24], changed[24], same[24], moved[24];
    snprintf(added, sizeof added, "%lld", (long long)d->added);
    snprintf(changed, sizeof changed, "%lld", (long long)d->changed);
    snprintf(same, sizeof same, "%lld", (long long)d->same);
    snprintf(moved, sizeof moved, "%lld", (long long)d->adopted);
    const struct str_arg args[] = {{"added", added}, {"changed", changed}, {"same", same}, {"moved", moved}};
    strings_format(out, words(p, "units.imported"), args, ARRAY_LEN(args), false);
}

void units_import_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str) struct str table = {0}, said = {0};
    struct db_units_done done = {0};
    struct err e = {0};
    if (!session_need(q, ROLE_REGION, &s) || !csrf_need(q))
        return;
    if (!form_bytes(&q->body, "file", &table) || !table.len)
        form_bytes(&q->body, "table", &table);
    if (!table.len) {
        units(q, &s, 422, words(p, "units.no_table"), NULL);
    } else if (units_import(p, table.p, table.len, s.user.name, &done, &said, &e)) {
        done_words(p, &done, &said);
        if (done.adopted)
            feed_wake(p->feed);
        units(q, &s, 200, NULL, str_z(&said));
    } else if (said.len) {
        units(q, &s, 422, str_z(&said), NULL);
    } else {
        answer_err(q, "units.import", &e);
    }
}

/* --- 待匹配 --- */

static void unmatched(struct request *q, const struct db_session *s, int page, const char *good)
{
    struct platform *p = q->platform;
    struct db_unmatched_list list = {0};
    struct err e = {0};
    char token[CSRF_SIZE];
    if (!p->db->review->unmatched(p->db, (size_t)(page - 1) * PAGE_ROWS, PAGE_ROWS, &list, &e)) {
        answer_err(q, "unmatched", &e);
        return;
    }
    csrf_token(q, token);
    session_page(q, s, "/review/unmatched", words(p, "place.unmatched"));
    html(&q->out, "<h1>%s</h1><p class=\"help\">%s</p>\n", words(p, "place.unmatched"), words(p, "unmatched.help"));
    if (good)
        html(&q->out, "<p class=\"note good\" role=\"status\">%s</p>\n", good);
    if (list.n)
        html(&q->out, "<ul class=\"list plain card\">\n");
    else
        html(&q->out, "<p class=\"card empty\">%s</p>\n", words(p, "unmatched.none"));
    for (size_t i = 0; i < list.n; i++) {
        const struct db_unmatched *u = &list.rows[i];
        char since[40];
        time_words(u->since_ms, since, sizeof since);
        html(
            &q->out,
            "<li class=\"line\"><span><b>%v</b> <span class=\"number help\">%s</span><br><span class=\"help\">%d %s · %s %s</span></span>"
            "<form method=\"post\" action=\"/review/unmatched\"><input type=\"hidden\" name=\"csrf\" value=\"%s\"><button name=\"name\" "
            "value=\"%s\">%s</button></form></li>\n",
            *u->name ? u->name : words(p, "unmatched.unnamed"), u->code, (int)u->n, words(p, "list.count"),
            words(p, "unmatched.since"), since, token, u->name, words(p, "unmatched.match"));
    }
    if (list.n)
        html(&q->out, "</ul>\n");
    put_pager(q, "/review/unmatched", "", page, list.total);
    free(list.rows);
    page_end(q, 200);
}

void unmatched_page(struct request *q)
{
    struct db_session s;
    if (session_need(q, ROLE_REGION, &s))
        unmatched(q, &s, page_number(q), NULL);
}

static void put_candidate(struct request *q, const struct db_unit *u, const char *name, const char *token)
{
    const struct platform *p = q->platform;
    html(
        &q->out,
        "<li class=\"line\"><span><b>%s</b><br><span class=\"help\"><span class=\"number\">%s</span> %s%s</span></span>"
        "<form method=\"post\" action=\"/review/unmatched/match\"><input type=\"hidden\" name=\"csrf\" value=\"%s\"><input type=\"hidden\" "
        "name=\"name\" value=\"%s\"><button name=\"unit\" value=\"%d\" class=\"primary\">%s</button></form></li>\n",
        u->name, u->code, *u->superior ? words(p, "units.below") : "", u->superior, token, name, (int)u->id,
        words(p, "unmatched.this"));
}

void unmatched_pick_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str) struct str name = {0}, typed = {0};
    struct db_unit alike[UNITS_ALIKE];
    struct db_units found = {0};
    size_t n = 0;
    struct err e = {0};
    char token[CSRF_SIZE];
    if (!session_need(q, ROLE_REGION, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "name", &name);
    form_value(&q->body, "words", &typed);
    bool ok = typed.len ? p->db->staff->units(p->db, str_z(&typed), 0, PAGE_ROWS, &found, &e)
                        : units_alike(p, str_z(&name), alike, &n, &e);
    if (!ok) {
        answer_err(q, "unmatched.pick", &e);
        return;
    }
    const struct db_unit *rows = typed.len ? found.rows : alike;
    n = typed.len ? found.n : n;
    csrf_token(q, token);
    session_page(q, &s, "/review/unmatched", words(p, "place.unmatched"));
    html(
        &q->out,
        "<p><a href=\"/review/unmatched\">‹ %s</a></p><h1>%v</h1><p class=\"help\">%s</p>\n"
        "<form method=\"post\" action=\"/review/unmatched\" class=\"filters\" role=\"search\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">"
        "<input type=\"hidden\" name=\"name\" value=\"%s\"><label>%s<input type=\"search\" name=\"words\" value=\"%s\" maxlength=\"60\" "
        "placeholder=\"%s\"></label><button>%s</button></form>\n",
        words(p, "place.unmatched"), name.len ? name.p : words(p, "unmatched.unnamed"), words(p, "unmatched.pick_help"),
        token, str_z(&name), words(p, "list.words"), str_z(&typed), words(p, "user.unit_hint"), words(p, "list.go"));
    html(&q->out, n ? "<h2>%s</h2><ul class=\"list plain card\">\n" : "<p class=\"card empty\">%s</p>\n",
         words(p, !n          ? "unmatched.no_unit"
                  : typed.len ? "unmatched.found"
                              : "unmatched.alike"));
    for (size_t i = 0; i < n; i++)
        put_candidate(q, &rows[i], str_z(&name), token);
    if (n)
        html(&q->out, "</ul>\n");
    free(found.rows);
    page_end(q, 200);
}

void unmatched_match_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_session s;
    CLEANUP(str) struct str name = {0}, unit = {0}, said = {0};
    struct db_unit u;
    struct err e = {0};
    int64_t n = 0;
    char count[24];
    if (!session_need(q, ROLE_REGION, &s) || !csrf_need(q))
        return;
    form_value(&q->body, "name", &name);
    form_value(&q->body, "unit", &unit);
    const struct db_act act = {s.user.name, words(p, "unit.moved"), now_ms(p)};
    if (!p->db->staff->unit_by_id(p->db, strtoll(str_z(&unit), NULL, 10), &u, &e) ||
        !p->db->staff->match(p->db, str_z(&name), u.id, &act, &n, &e)) {
        if (e.code == ERR_NOT_FOUND)
            session_not_found(q);
        else
            answer_err(q, "unmatched.match", &e);
        return;
    }
    feed_wake(p->feed);
    AUTOFREE char *detail = xasprintf("unit %lld, %lld records", (long long)u.id, (long long)n);
    session_audit(q, &s, "unit.matched", detail);
    snprintf(count, sizeof count, "%lld", (long long)n);
    const struct str_arg args[] = {{"name", str_z(&name)}, {"unit", u.name}, {"n", count}};
    strings_format(&said, words(p, "unmatched.done"), args, ARRAY_LEN(args), false);
    unmatched(q, &s, 1, str_z(&said));
}
