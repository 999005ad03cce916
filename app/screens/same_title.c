#include "app/screens/same_title.h"

#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <string.h>

enum { OPEN_FIRST = 450 };

static void hash(const struct crypto_ops *c, const char *folder, const char *title, const char *date, size_t len,
                 char out[HASH_HEX])
{
    CLEANUP(str) struct str s = {0};
    str_printf(&s, "%s\n%s\n%.*s", folder, title, (int)len, date);
    crypto_hash_hex(c, s.p, s.len, out);
}

void same_title_mark(const struct crypto_ops *c, const char *folder, const struct doc *d, struct title_mark *out)
{
    const char *title = doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "title_name"});
    const char *date = doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "award_date"});
    memset(out, 0, sizeof *out);
    if (!*title || strlen(date) < 7)
        return;
    hash(c, folder, title, date, 7, out->month);
    if (strlen(date) == 10)
        hash(c, folder, title, date, 10, out->day);
}

void same_title_keep(struct store *s, const struct folder *f, const char *declaration, const struct title_mark *m)
{
    CLEANUP(str) struct str old = {0}, fresh = {0};
    struct err e = {0};
    json_t *all = store_note_load(s, f, SAME_TITLE_NOTE, &old, &e) ? json_loadb(old.p, old.len, 0, NULL) : NULL;
    if (!json_is_object(all)) {
        json_decref(all);
        all = json_object();
    }
    json_object_set_new(all, declaration, json_pack("{s:s,s:s}", "month", m->month, "day", m->day));
    if (!canon_write(all, &fresh, &e) || !store_note_save(s, f, SAME_TITLE_NOTE, fresh.p, fresh.len, &e))
        log_warn("titles.keep", "%s", e.text);
    json_decref(all);
}

void same_title_find(const char *note, size_t len, const char *declaration, struct title_mark *out)
{
    json_t *all = len ? json_loadb(note, len, 0, NULL) : NULL;
    const json_t *row = json_object_get(all, declaration);
    const char *month = json_string_value(json_object_get(row, "month")),
               *day = json_string_value(json_object_get(row, "day"));
    memset(out, 0, sizeof *out);
    zcopy(out->month, sizeof out->month, month ? month : "");
    zcopy(out->day, sizeof out->day, day ? day : "");
    json_decref(all);
}

/* Where one of them does not know the day, the month decides. */
static bool same(const struct title_mark *a, const struct title_mark *b)
{
    if (!a->month[0] || strcmp(a->month, b->month) != 0)
        return false;
    return !a->day[0] || !b->day[0] || strcmp(a->day, b->day) == 0;
}

const struct record *same_title(const struct app *a)
{
    struct title_mark own;
    same_title_mark(a->crypto, a->session.folder, a->session.doc, &own);
    for (size_t i = 0; i < a->n_records; i++) {
        const struct record *r = &a->records[i];
        if (strcmp(r->row.id, a->session.declaration) != 0 && r->row.state != DECL_WITHDRAWN && same(&own, &r->mark))
            return r;
    }
    return NULL;
}

bool same_title_note(struct app *a, struct ui *u)
{
    const struct record *first = same_title(a);
    if (!first)
        return false;
    bool draft = first->row.state == DECL_DRAFT;
    UI_OPEN(u, .id = "same_title", .dir = UI_COLUMN, .gap = 16, .pad = 28, .surface = SURFACE_ERROR);
    UI_TEXT(u, .id = "same_title.text", .text = tr(u, "review.same_title"), .style = TEXT_BODY_BOLD, .role = "alert");
    ui_text(u, TEXT_BODY, tr(u, draft ? "review.same_title_draft" : "review.same_title_sent"));
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = "same_title.open", .label = tr(u, draft ? "review.same_title_open" : "review.same_title_status"),
              .action = ON(OPEN_FIRST));
    ui_close(u);
    ui_close(u);
    return true;
}

static void opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)j;
    if (ok) {
        journey_replace(&a->journey, SCREEN_records); /* the way back leads to the list, not into the other one */
        app_go(a, app_next_open(a));
    } else {
        log_error("declaration.open", "code=%s: %s", err_code_name(e->code), e->text);
    }
}

bool same_title_event(struct app *a, const struct ui_event *ev)
{
    const struct record *first = ev->action.kind == OPEN_FIRST ? same_title(a) : NULL;
    if (!first)
        return ev->action.kind == OPEN_FIRST;
    char id[37];
    zcopy(id, sizeof id, first->row.id);
    if (first->row.state == DECL_DRAFT) {
        declaration_put_down(a);
        declaration_open(a, id, opened);
        return true;
    }
    zcopy(a->receipt, sizeof a->receipt, first->row.receipt);
    a->receipt_open = true;
    app_go(a, SCREEN_status);
    return true;
}
