#include "app/screens/parked.h"

#include "app/screens/jobs.h"
#include "app/screens/person.h"
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/sealed.h"

#include <stdio.h>
#include <string.h>

/* --- saving --- */

/* The person scope without the platform's own rows, as profile.c sends it. */
static json_t *own_scope(const struct app *a, enum form_scope scope)
{
    CLEANUP(str_secret) struct str bytes = {0};
    struct doc *own = doc_clone(a->session.doc);
    for (size_t i = 0; i < form_section_count(a->forms); i++)
        doc_rows_set(own, form_section_at(a->forms, i)->key, NULL);
    json_t *j = doc_export(own, scope, &bytes, NULL) ? canon_parse(bytes.p, bytes.len, NULL) : NULL;
    doc_destroy(own);
    return j;
}

static const char *award(const struct app *a, const char *field)
{
    return doc_text(a->session.doc, (struct doc_path){"title_award", NO_ENTRY, field});
}

void parked_prepare(struct app *a, struct job *j)
{
    const struct account_secret *s = a->account.secret;
    if (!s || !s->park[0] || !a->world.enrolled || !a->session.declaration[0] ||
        strcmp(s->id18, a->session.secret->id18) != 0)
        return;
    json_t *title = own_scope(a, SCOPE_TITLE), *person = own_scope(a, SCOPE_PERSON);
    json_int_t edited = clock_wall(a->clock) + a->world.offset_ms;
    json_t *content =
        json_pack("{s:s,s:s,s:s,s:i,s:I,s:s,s:s,s:o*,s:o*}", "declaration", a->session.declaration, "id", s->id18,
                  "park", s->park, "version", a->session.version, "edited", edited, "name", award(a, "title_name"),
                  "date", award(a, "award_date"), "title", title, "person", person);
    char *text = title && person ? json_dumps(content, JSON_COMPACT) : NULL;
    if (text) {
        str_puts(&j->note, text);
        a->crypto->wipe(text, strlen(text));
        j->extra = xmalloc(KEY_BYTES);
        memcpy(j->extra, s->public_key, KEY_BYTES);
        zcopy(j->name, sizeof j->name, a->session.declaration);
        memcpy(j->world.platform_key, a->world.platform_key, KEY_BYTES);
        zcopy(j->world.platform_key_id, sizeof j->world.platform_key_id, a->world.platform_key_id);
        a->park_go = true;
    }
    free(text);
    json_decref(content);
}

static bool seal(const struct job *j, const json_t *content, struct str *out)
{
    json_t *call = sealed_call(j->app->crypto, j->world.platform_key_id, j->world.platform_key, j->extra, content);
    char *text = json_dumps(call, JSON_COMPACT);
    if (text)
        str_puts(out, text);
    free(text);
    json_decref(call);
    return out->len > 0;
}

bool parked_save(struct store *s, struct job *j, const char *declaration, struct err *e)
{
    CLEANUP(json) json_t *content = json_loadb(j->note.p, j->note.len, 0, NULL);
    CLEANUP(str) struct str body = {0}, gone = {0};
    int64_t base, n;
    if (!content || !store_parking_next(s, j->name, &base, &n, e))
        return content || err_set(e, ERR_INTERNAL, "the box was not made");
    json_object_set_new(content, "base", json_integer(base));
    json_object_set_new(content, "n", json_integer(n));
    bool ok = seal(j, content, &body);
    static const char *const parts[] = {"title", "person", "name", "date"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        json_object_del(content, parts[i]);
    json_object_set_new(content, "n", json_integer(n + 1));
    json_object_set_new(content, "gone", json_true());
    if (!ok || !seal(j, content, &gone))
        return err_set(e, ERR_INTERNAL, "the box was not sealed");
    const struct parking_box box = {j->name, n, &body, &gone};
    return store_draft_save_parked(s, &j->folder, declaration, j->bytes.p, j->bytes.len, &box, e);
}

static bool nothing(struct store *s, struct job *j, struct err *e)
{
    (void)s;
    (void)j;
    (void)e;
    return true;
}

static void went(void *ctx, bool ok, const json_t *body)
{
    (void)ctx;
    (void)body;
    log_debug("link.go", "ok=%d", ok);
}

static void saved_before(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)j;
    (void)ok;
    (void)e;
    if (a->link && link_client_connected(a->link))
        link_client_request(a->link, "go", NULL, 5000, went, a);
}

/* Behind the saves that are on their way to the disk. */
void parked_go(struct app *a)
{
    if (!a->park_go)
        return;
    a->park_go = false;
    struct job *j = job_new(a, nothing, saved_before);
    j->always = true;
    job_post(j);
}

/* --- what lies on the platform --- */

static const char *text(const json_t *o, const char *key)
{
    const char *z = json_string_value(json_object_get(o, key));
    return z ? z : "";
}

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static struct parked_place place(const json_t *o)
{
    return (struct parked_place){text(o, "hall"), (int)number(o, "kiosk"), number(o, "edited")};
}

static bool read_draft(const json_t *o, struct parked_draft *out)
{
    *out = (struct parked_draft){.declaration = text(o, "declaration"),
                                 .name = text(o, "name"),
                                 .date = text(o, "date"),
                                 .version = (int)number(o, "version"),
                                 .edit = number(o, "edit"),
                                 .base = number(o, "base"),
                                 .mine = json_is_true(json_object_get(o, "mine")),
                                 .gone = json_is_true(json_object_get(o, "gone")),
                                 .at = place(o),
                                 .other = place(json_object_get(o, "other"))};
    return uuid_valid(out->declaration) && out->version > 0 && out->edit > 0;
}

bool parked_find(const struct app *a, const char *declaration, struct parked_draft *out)
{
    const json_t *list = profile_list(a, "drafts");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (read_draft(json_array_get(list, i), out) && !strcmp(out->declaration, declaration))
            return true;
    return false;
}

bool parked_away(const struct app *a, size_t i, struct parked_draft *out)
{
    const json_t *list = profile_list(a, "drafts");
    for (size_t k = 0; k < json_array_size(list); k++) {
        if (!read_draft(json_array_get(list, k), out) || out->gone)
            continue;
        const struct record *r = person_record(a, out->declaration);
        bool here = r && (r->row.state == DECL_DRAFT || r->row.version >= out->version);
        if (!here && i-- == 0)
            return true;
    }
    return false;
}

void parked_forget(struct app *a, const char *declaration)
{
    json_t *list = json_object_get(a->profile.kept, "drafts");
    for (size_t i = json_array_size(list); i-- > 0;)
        if (!strcmp(text(json_array_get(list, i), "declaration"), declaration))
            json_array_remove(list, i);
}

enum parked_stand parked_stand(const struct declaration_row *r, const struct parked_draft *d)
{
    bool clean = r->park == PARK_HELD;
    if (r->state != DECL_DRAFT || d->version < r->version || (d->mine && d->base == r->park_base))
        return PARKED_OURS;
    if (d->gone)
        return d->edit > r->park_edit ? PARKED_GONE : PARKED_OURS;
    if (d->edit == r->park_edit && r->park != PARK_CONFLICT)
        return PARKED_SAME;
    return clean ? PARKED_NEWER : PARKED_DIVERGED;
}

/* --- taking it up --- */

static struct {
    void (*done)(struct app *a, const char *words);
    char declaration[37];
    bool theirs;
} errand;

static void finish(struct app *a, const char *words)
{
    void (*done)(struct app *, const char *) = errand.done;
    errand.done = NULL;
    if (done)
        done(a, words);
    app_changed(a);
}

/* Answers about the person that are not here; what differs stays as it is here. */
static void fill_person(struct app *a, const json_t *person)
{
    CLEANUP(merge) struct merge m = {0};
    struct err e = {0};
    if (!doc_merge(a->session.doc, SCOPE_PERSON, NULL, person, &m, &e))
        log_warn("draft.person", "%s", e.text);
    if (!m.changed)
        return;
    doc_prefill(a->session.doc);
    saver_edited(&a->saver, SCOPE_PERSON, true);
}

static void in_hand(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)j;
    if (!ok) {
        log_error("draft.open", "code=%s: %s", err_code_name(e->code), e->text);
        finish(a, "mend.failed");
        return;
    }
    if (!errand.theirs) /* what is here takes the place of what is there */
        saver_edited(&a->saver, SCOPE_TITLE, true);
    profile_fetch(a, true); /* this is the kiosk that holds it now */
    finish(a, NULL);
}

static bool adopt(struct store *s, struct job *j, struct err *e)
{
    if (!j->flag)
        return store_parking_rebase(s, &j->folder, j->declaration, j->seq, e);
    return store_blobs_known(s, j->more.p, j->more.len, e) &&
           store_draft_adopt(s, &j->folder, j->declaration, j->number, j->seq, j->bytes.p, j->bytes.len, e);
}

static void adopted(struct app *a, struct job *j, bool ok, const struct err *e)
{
    CLEANUP(json) json_t *person = ok && j->flag ? canon_parse(j->more.p, j->more.len, NULL) : NULL;
    if (!ok) {
        log_error("draft.take", "code=%s: %s", err_code_name(e->code), e->text);
        finish(a, e->code == ERR_STATE ? "mend.newer" : e->code == ERR_FULL ? "page.unsaved_full" : "mend.failed");
        return;
    }
    if (person)
        fill_person(a, person);
    declaration_open(a, j->declaration, in_hand);
}

static void taken(struct app *a, const struct call_answer *r)
{
    struct err e = {0};
    int64_t version = number(r->content, "version"), edit = number(r->content, "edit");
    if (!session_open(&a->session))
        return;
    if (r->kind == PROBLEM_NOT_FOUND && person_record(a, errand.declaration)) {
        declaration_open(a, errand.declaration, in_hand); /* nothing lies there any more: what is here stands */
        return;
    }
    if (!r->ok) {
        finish(a, r->offline ? "parked.offline" : r->words);
        return;
    }
    struct job *j = job_new(a, adopt, adopted);
    zcopy(j->declaration, sizeof j->declaration, errand.declaration);
    j->number = (int)version;
    j->seq = edit;
    j->flag = errand.theirs;
    if (strcmp(text(r->content, "declaration"), errand.declaration) != 0 || version < 1 || version > INT32_MAX ||
        edit < 1 || !canon_write(json_object_get(r->content, "title"), &j->bytes, &e) ||
        !canon_write(json_object_get(r->content, "person"), &j->more, &e)) {
        log_error("draft.take", "the answer is not a draft");
        job_free(j);
        finish(a, "problem.other");
        return;
    }
    job_post(j);
}

/* Thrown away elsewhere, but wanted here: it goes on from where the platform stands. */
static void keep_ours(struct app *a, int64_t edit)
{
    struct job *j = job_new(a, adopt, adopted);
    zcopy(j->declaration, sizeof j->declaration, errand.declaration);
    j->seq = edit;
    job_post(j);
}

void parked_open(struct app *a, const char *declaration, bool theirs, void (*done)(struct app *a, const char *words))
{
    struct parked_draft d;
    char path[96];
    errand.done = done;
    errand.theirs = theirs;
    zcopy(errand.declaration, sizeof errand.declaration, declaration);
    if (parked_find(a, declaration, &d) && d.gone) {
        keep_ours(a, d.edit);
        return;
    }
    snprintf(path, sizeof path, "%s/%s/take", PATH_DRAFTS, errand.declaration);
    call_make(a, &(struct call){.purpose = CALL_DRAFT, .method = "POST", .path = path, .session = true, .done = taken});
}

static void deleted(struct app *a, const struct call_answer *r)
{
    if (r->ok)
        profile_fetch(a, true);
    else
        log_warn("draft.delete", "words=%s", r->words ? r->words : "");
    finish(a, r->ok ? NULL : r->offline ? "parked.offline" : r->words);
}

void parked_delete(struct app *a, const char *declaration, void (*done)(struct app *a, const char *words))
{
    char path[96];
    errand.done = done;
    snprintf(path, sizeof path, "%s/%.36s", PATH_DRAFTS, declaration);
    call_make(
        a,
        &(struct call){
            .purpose = CALL_DRAFT, .method = "DELETE", .path = path, .session = true, .stays = true, .done = deleted});
}
