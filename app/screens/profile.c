/* PROFILE comes → account data, the platform's rows and a three-way merge go into the doc → the note of what was heard,
 * the declarations' states and the blobs known are written in one errand before the doc that cites them is.
 *
 * While rows are open the last agreement stays the base, so that the next login asks again; nothing goes to the platform
 * until they are decided. */
#include "app/screens/profile.h"

#include "app/screens/jobs.h"
#include "app/screens/person.h"
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_MS      15000
#define REFUSED_MOST  3
#define VERSIONS_MOST 100000

/* --- reading --- */

static const char *text(const json_t *o, const char *key)
{
    const char *z = json_string_value(json_object_get(o, key));
    return z ? z : "";
}

const json_t *profile_list(const struct app *a, const char *name)
{
    const json_t *list = json_object_get(a->profile.kept, name);
    return json_is_array(list) ? list : NULL;
}

void profile_title(const struct app *a, const char *declaration, char *title, size_t title_size, char *date,
                   size_t date_size)
{
    const json_t *list = profile_list(a, "declarations");
    title[0] = date[0] = '\0';
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *d = json_array_get(list, i);
        if (strcmp(text(d, "declaration"), declaration) != 0)
            continue;
        zcopy(title, title_size, text(d, "title"));
        zcopy(date, date_size, text(d, "date"));
    }
}

bool profile_has_ecert(const struct app *a, const char *title, const char *date)
{
    const json_t *list = profile_list(a, "ecerts");
    for (size_t i = 0; *title && i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        if (strcmp(text(c, "title"), title) == 0 && (strlen(date) < 4 || strncmp(text(c, "date"), date, 4) == 0))
            return true;
    }
    return false;
}

/* --- keeping --- */

struct note_extra {
    json_t *known; /* a scope whose blobs the platform holds, or NULL */
    struct str note;
    json_t *declarations;
};

static void note_extra_finish(struct note_extra *x)
{
    json_decref(x->known);
    json_decref(x->declarations);
    str_finish_secret(&x->note);
}

/* One state of a declaration; reasons is the caller's to free. False: not of this form, left out. */
static bool update_of(const json_t *d, const json_t *at, struct status_update *u, char **reasons)
{
    char number[RECEIPT_SIZE];
    const json_t *list = json_object_get(at, "reasons");
    json_int_t version = json_integer_value(json_object_get(at, "version"));
    *u = (struct status_update){.declaration = text(d, "declaration"),
                                .version = (int)version,
                                .state = decl_state_of_platform(text(at, "state")),
                                .at_ms = json_integer_value(json_object_get(at, "at")),
                                .text = text(at, "text"),
                                .receipt = text(d, "receipt")};
    if (!uuid_valid(u->declaration) || version < 1 || version > VERSIONS_MOST || !*text(at, "state") || u->at_ms < 0 ||
        !receipt_parse(u->receipt, number))
        return false;
    if (u->state == DECL_OTHER && !*u->text)
        u->text = text(at, "state");
    *reasons = json_array_size(list) ? json_dumps(list, JSON_COMPACT) : NULL;
    u->reasons = *reasons;
    return true;
}

static bool note_state(struct store *s, const struct folder *f, const json_t *d, const json_t *at, struct err *e)
{
    struct status_update u;
    AUTOFREE char *reasons = NULL;
    if (update_of(d, at, &u, &reasons))
        return store_profile_note(s, f, &u, 1, e);
    log_warn("profile.declaration", "left out: not of the form");
    return true;
}

static bool note_declaration(struct store *s, const struct folder *f, const json_t *d, struct err *e)
{
    const json_t *history = json_object_get(d, "history");
    for (size_t i = 0; i < json_array_size(history) && i < 50; i++)
        if (!note_state(s, f, d, json_array_get(history, i), e))
            return false;
    return note_state(s, f, d, d, e);
}

static bool write_note(struct store *s, struct job *j, struct err *e)
{
    const struct note_extra *x = j->extra;
    CLEANUP(str) struct str known = {0};
    if (x->known && (!canon_write(x->known, &known, e) || !store_blobs_known(s, known.p, known.len, e)))
        return false;
    for (size_t i = 0; i < json_array_size(x->declarations) && i < MAX_RECORDS; i++)
        if (!note_declaration(s, &j->folder, json_array_get(x->declarations, i), e))
            return false;
    return store_note_save(s, &j->folder, PROFILE_NOTE, x->note.p, x->note.len, e);
}

static void note_written(struct app *a, struct job *j, bool ok, const struct err *e)
{
    note_extra_finish(j->extra);
    if (!ok)
        log_error("profile.note", "code=%s: %s", err_code_name(e->code), e->text);
    if (j->session != a->journey.session)
        return;
    person_records(a);
    if (app_screen(a)->news)
        app_screen(a)->news(a, a->states[a->now]);
}

/* known and declarations may be NULL; nothing of them is shared with the store thread. */
static void keep(struct app *a, const json_t *known, const json_t *declarations)
{
    struct job *j = job_new(a, write_note, note_written);
    struct note_extra *x = xcalloc(1, sizeof *x);
    if (!a->profile.kept)
        a->profile.kept = json_object();
    char *note = json_dumps(a->profile.kept, JSON_COMPACT);
    x->known = json_is_object(known) ? json_deep_copy(known) : NULL;
    x->declarations = declarations ? json_deep_copy(declarations) : NULL;
    str_puts(&x->note, note);
    a->crypto->wipe(note, strlen(note));
    free(note);
    j->always = true; /* also when the person has gone: what they were shown is kept, and x is freed */
    j->extra = x;
    job_post(j);
}

void profile_loaded(struct app *a, const void *note, size_t len)
{
    profile_wipe(a);
    a->profile.kept = len ? json_loadb(note, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* --- taking in --- */

/* Name, number and mobile are the account's. */
static bool account_data(struct app *a)
{
    const struct account_secret *s = a->account.secret;
    const struct {
        const char *field, *value;
    } all[] = {{"full_name", s->full_name}, {"id_number", s->id18}, {"mobile", s->mobile}};
    bool changed = false;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct doc_path p = {"identity_check", NO_ENTRY, all[i].field};
        if (!*all[i].value || strcmp(doc_text(a->session.doc, p), all[i].value) == 0)
            continue;
        doc_set_text(a->session.doc, p, all[i].value, NULL);
        changed = true;
    }
    return changed;
}

static bool given_rows(struct app *a, const json_t *content)
{
    bool changed = false;
    for (size_t i = 0; i < form_section_count(a->forms); i++) {
        const struct form_section *s = form_section_at(a->forms, i);
        const json_t *rows = s->rows_from ? json_object_get(content, s->rows_from) : NULL;
        if (json_is_array(rows))
            changed = doc_rows_set(a->session.doc, s->key, rows) || changed;
    }
    return changed;
}

static void ask_anew(struct profile *p)
{
    memset(p->word, -1, sizeof p->word);
    if (p->merge.n > ARRAY_LEN(p->word)) {
        log_warn("profile.merge", "rows=%zu", p->merge.n);
        for (size_t i = ARRAY_LEN(p->word); i < p->merge.n; i++) {
            json_decref(p->merge.rows[i].ours);
            json_decref(p->merge.rows[i].theirs);
        }
        p->merge.n = ARRAY_LEN(p->word); /* the others stay as they are here, and are asked the next time */
    }
}

/* The merge, and what is kept as agreed. */
static bool merge(struct app *a, const json_t *content)
{
    struct profile *p = &a->profile;
    const json_t *person = json_object_get(content, "person"), *base = json_object_get(p->kept, "person");
    struct err e = {0};
    json_t *kept = json_deep_copy(content);
    json_decref(p->theirs);
    p->theirs = NULL;
    merge_finish(&p->merge);
    if (json_is_object(person) &&
        !doc_merge(a->session.doc, SCOPE_PERSON, json_is_object(base) ? base : NULL, person, &p->merge, &e))
        log_error("profile.person", "%s", e.text); /* ours stays; the next save there mends it */
    ask_anew(p);
    if (p->merge.n) {
        p->theirs = json_deep_copy(person);
        p->version = json_integer_value(json_object_get(content, "version"));
        if (base)
            json_object_set(kept, "person", (json_t *)(uintptr_t)base);
        else
            json_object_del(kept, "person");
    }
    json_decref(p->kept);
    p->kept = kept;
    return p->merge.changed;
}

static void take_in(struct app *a, json_t *content)
{
    struct profile *p = &a->profile;
    struct err e = {0};
    if (strcmp(a->account.secret ? a->account.secret->id18 : "", a->session.secret->id18) != 0 ||
        !account_refresh(&a->account, json_object_get(content, "account"), &e)) {
        log_error("profile.account", "%s", e.text);
        p->words = "problem.other";
        return;
    }
    bool changed = merge(a, content);
    changed = account_data(a) || changed;
    changed = given_rows(a, content) || changed;
    p->fresh = true;
    p->heard_ms = clock_mono(a->clock);
    keep(a, json_object_get(content, "person"), json_object_get(content, "declarations"));
    if (changed) {
        doc_prefill(a->session.doc);
        saver_edited(&a->saver, SCOPE_PERSON, true);
    }
    profile_answer_ecert(a, true);
    log_info("profile.heard", "changed=%d open=%zu declarations=%zu", changed, p->merge.n,
             json_array_size(json_object_get(content, "declarations")));
    app_changed(a);
}

/* Pages where the person scope is under the hand. */
static bool at_rest(const struct app *a)
{
    return a->now != SCREEN_section && a->now != SCREEN_images && a->now != SCREEN_paper && a->now != SCREEN_folder &&
           !papers_busy(a);
}

static void heard(struct app *a, const struct call_answer *r)
{
    struct profile *p = &a->profile;
    if (!session_open(&a->session) || !a->session.doc)
        return;
    p->words = r->words;
    if (!r->ok)
        return;
    json_decref(p->pending);
    p->pending = json_deep_copy(r->content);
    profile_settle(a);
}

void profile_fetch(struct app *a, bool again)
{
    struct profile *p = &a->profile;
    bool lately = p->fresh && clock_mono(a->clock) - p->heard_ms < AGAIN_MS;
    if (!account_in(&a->account) || !session_open(&a->session) || call_busy(a, CALL_PROFILE) || (lately && !again))
        return;
    call_make(a, &(struct call){.purpose = CALL_PROFILE,
                                .method = "GET",
                                .path = PATH_PROFILE,
                                .session = true,
                                .stays = true,
                                .done = heard});
}

/* --- sending --- */

/* Files that the platform does not hold are not cited there: another kiosk could not fetch them. */
static bool strip(struct store *s, json_t *value, struct err *e)
{
    const char *key;
    json_t *v;
    void *next;
    json_object_foreach_safe(value, next, key, v)
    {
        if (!strip(s, v, e))
            return false;
        if (json_is_array(v) && !json_array_size(v))
            json_object_del(value, key);
    }
    for (size_t i = json_array_size(value); i-- > 0;) {
        const char *sha256 = json_string_value(json_object_get(json_array_get(value, i), "sha256"));
        bool here = false, sent = true;
        if (sha256 ? !store_blob_where(s, sha256, &here, &sent, e) : !strip(s, json_array_get(value, i), e))
            return false;
        if (sha256 && !sent)
            json_array_remove(value, i);
    }
    return true;
}

static bool look_over(struct store *s, struct job *j, struct err *e)
{
    CLEANUP(json) json_t *scope = canon_parse(j->bytes.p, j->bytes.len, e);
    return scope && strip(s, json_object_get(scope, "sections"), e) && canon_write(scope, &j->more, e);
}

static void put_answered(struct app *a, const struct call_answer *r)
{
    struct profile *p = &a->profile;
    json_t *sent = p->sending;
    p->sending = NULL;
    if (r->ok && sent && p->kept) {
        json_object_set(p->kept, "person", sent);
        json_object_set(p->kept, "version", json_object_get(r->content, "version"));
        keep(a, NULL, NULL);
        log_info("profile.sent", "version=%lld", (long long)json_integer_value(json_object_get(r->content, "version")));
    } else if (r->kind == PROBLEM_PROFILE_CONFLICT && p->refused++ < REFUSED_MOST) {
        profile_fetch(a, true); /* another kiosk was faster: what it said is taken in first */
    } else if (!r->ok) {
        log_warn("profile.put", "words=%s", r->words ? r->words : "");
        p->offered[0] = '\0'; /* with the next page again */
    }
    json_decref(sent);
}

static void looked_over(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct profile *p = &a->profile;
    if (!ok)
        log_error("profile.put", "code=%s: %s", err_code_name(e->code), e->text);
    json_t *scope = ok ? canon_parse(j->more.p, j->more.len, NULL) : NULL;
    bool news = scope && p->kept && !p->merge.n && !call_busy(a, CALL_PROFILE_PUT) &&
                !json_equal(json_object_get(scope, "sections"),
                            json_object_get(json_object_get(p->kept, "person"), "sections"));
    if (news) {
        json_decref(p->sending);
        p->sending = json_incref(scope);
        call_make(a, &(struct call){.purpose = CALL_PROFILE_PUT,
                                    .method = "PUT",
                                    .path = PATH_PROFILE,
                                    .content = json_pack("{s:o, s:I}", "person", json_deep_copy(scope), "base",
                                                         json_integer_value(json_object_get(p->kept, "version"))),
                                    .sealed = true,
                                    .session = true,
                                    .stays = true,
                                    .done = put_answered});
    }
    json_decref(scope);
}

/* The person scope without the platform's own rows. */
static bool export_own(const struct app *a, struct str *out)
{
    struct doc *own = doc_clone(a->session.doc);
    struct err e = {0};
    for (size_t i = 0; i < form_section_count(a->forms); i++)
        doc_rows_set(own, form_section_at(a->forms, i)->key, NULL);
    bool ok = doc_export(own, SCOPE_PERSON, out, &e);
    if (!ok)
        log_error("profile.export", "%s", e.text);
    doc_destroy(own);
    return ok;
}

/* A person who was never here and has typed nothing yet has nothing to tell. */
static bool something_said(const struct app *a)
{
    const struct doc *d = a->session.doc;
    for (size_t i = 0; i < form_section_count(a->forms); i++) {
        const struct form_section *s = form_section_at(a->forms, i);
        if (s->scope != SCOPE_PERSON)
            continue;
        if (doc_none(d, s->key) || doc_entries(d, s->key) > doc_rows_given(d, s->key))
            return true;
        for (size_t k = 0; !s->many && k < s->n_fields; k++)
            if (!s->fields[k].read_only &&
                doc_answered_by_person(d, (struct doc_path){s->key, NO_ENTRY, s->fields[k].key}))
                return true;
    }
    return false;
}

static void send_news(struct app *a)
{
    struct profile *p = &a->profile;
    char digest[HASH_HEX];
    if (!account_in(&a->account) || !p->fresh || p->merge.n || call_busy(a, CALL_PROFILE) ||
        call_busy(a, CALL_PROFILE_PUT) || (!json_is_object(json_object_get(p->kept, "person")) && !something_said(a)))
        return;
    struct job *j = job_new(a, look_over, looked_over);
    if (export_own(a, &j->bytes)) {
        crypto_hash_hex(a->crypto, j->bytes.p, j->bytes.len, digest);
        if (strcmp(digest, p->offered) != 0) {
            zcopy(p->offered, sizeof p->offered, digest);
            job_post(j);
            return;
        }
    }
    job_free(j);
}

void profile_settle(struct app *a)
{
    struct profile *p = &a->profile;
    if (!session_open(&a->session) || !a->session.doc || !at_rest(a))
        return;
    json_t *content = p->pending;
    p->pending = NULL;
    if (content)
        take_in(a, content);
    json_decref(content);
    send_news(a);
}

void profile_delivered(struct app *a)
{
    a->profile.offered[0] = '\0';
    profile_settle(a);
}

void profile_wipe(struct app *a)
{
    struct profile *p = &a->profile;
    json_decref(p->kept);
    json_decref(p->pending);
    json_decref(p->theirs);
    json_decref(p->sending);
    merge_finish(&p->merge);
    memset(p, 0, sizeof *p);
}

/* --- what is asked --- */

size_t profile_open(const struct app *a)
{
    return a->profile.merge.n;
}

void profile_word(struct app *a, size_t row, bool theirs)
{
    if (row < a->profile.merge.n)
        a->profile.word[row] = theirs;
}

bool profile_decided(const struct app *a)
{
    for (size_t i = 0; i < a->profile.merge.n; i++)
        if (a->profile.word[i] < 0)
            return false;
    return true;
}

void profile_agree(struct app *a)
{
    struct profile *p = &a->profile;
    for (size_t i = 0; i < p->merge.n; i++)
        merge_decide(a->session.doc, &p->merge.rows[i], p->word[i] > 0);
    merge_finish(&p->merge);
    json_object_set_new(p->kept, "person", p->theirs); /* both have seen it: the base from now on */
    json_object_set_new(p->kept, "version", json_integer(p->version));
    p->theirs = NULL;
    keep(a, NULL, NULL);
    doc_prefill(a->session.doc);
    saver_edited(&a->saver, SCOPE_PERSON, true);
    p->offered[0] = '\0';
    profile_settle(a);
}

/* --- 是否已有电子证书 --- */

void profile_answer_ecert(struct app *a, bool named)
{
    struct doc *d = a->session.doc;
    struct doc_path ecert = {"title_award", NO_ENTRY, "has_ecert"};
    const json_t *list = profile_list(a, "ecerts");
    if (!a->session.declaration[0] || !list)
        return;
    bool there = profile_has_ecert(a, doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "title_name"}),
                                   doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "award_date"}));
    bool open = !doc_answered(d, ecert);
    const char *answer = there && (open || named) ? "yes" : open && !json_array_size(list) ? "no" : NULL;
    if (!answer || strcmp(doc_text(d, ecert), answer) == 0)
        return;
    doc_set_text(d, ecert, answer, NULL);
    saver_edited(&a->saver, SCOPE_TITLE, true);
}

/* --- a declaration that came back --- */

static void mended(struct app *a, const char *words)
{
    profile_done *then = a->profile.then;
    a->profile.then = NULL;
    a->profile.mending[0] = '\0';
    if (then)
        then(a, words);
    app_changed(a);
}

static void in_hand(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)j;
    if (!ok)
        log_error("declaration.mend", "code=%s: %s", err_code_name(e->code), e->text);
    mended(a, ok ? NULL : e->code == ERR_STATE ? "mend.newer" : "mend.failed");
}

struct adopt_extra {
    char note[64];
};

static bool adopt(struct store *s, struct job *j, struct err *e)
{
    const struct adopt_extra *x = j->extra;
    return store_note_save(s, &j->folder, x->note, j->more.p, j->more.len, e) &&
           store_declaration_adopt(s, &j->folder, j->declaration, j->number, j->bytes.p, j->bytes.len, e);
}

static void adopted(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (!ok) {
        profile_fetch(a, true);
        in_hand(a, j, false, e);
        return;
    }
    declaration_open(a, j->declaration, in_hand);
}

/* What the reviewer named, with the answers that were returned. */
static void reasons_of(const struct app *a, const json_t *content, int version, struct str *out)
{
    struct doc *was = doc_create(a->forms);
    struct form_reasons reasons = {0};
    struct err e = {0};
    CLEANUP(json) json_t *person = json_deep_copy(json_object_get(content, "person"));
    CLEANUP(json) json_t *title = json_deep_copy(json_object_get(content, "title"));
    char *list = json_dumps(json_object_get(content, "reasons"), JSON_COMPACT | JSON_ENCODE_ANY);
    if (!doc_import_json(was, person, &e) || !doc_import_json(was, title, &e))
        log_warn("declaration.was", "%s", e.text);
    form_reasons_load(&reasons, was, list);
    person_reasons_note(&reasons, version, out);
    form_reasons_finish(&reasons);
    doc_destroy(was);
    free(list);
}

/* Answers of the person scope that are not here: the platform may hold no profile, but what was sent. */
static void fill_person(struct app *a, const json_t *person)
{
    CLEANUP(merge) struct merge m = {0};
    struct err e = {0};
    if (!json_is_object(person) || json_is_object(json_object_get(a->profile.kept, "person")))
        return;
    if (!doc_merge(a->session.doc, SCOPE_PERSON, NULL, person, &m, &e))
        log_warn("declaration.person", "%s", e.text);
    if (m.changed)
        saver_edited(&a->saver, SCOPE_PERSON, true);
}

static void came_back(struct app *a, const struct call_answer *r)
{
    struct err e = {0};
    const char *id = text(r->content, "declaration");
    int version = (int)json_integer_value(json_object_get(r->content, "version"));
    enum decl_state state = decl_state_of_platform(text(r->content, "state"));
    if (!r->ok) {
        mended(a, r->offline ? "mend.offline" : r->words);
        return;
    }
    struct job *j = job_new(a, adopt, adopted);
    struct adopt_extra *x = xcalloc(1, sizeof *x);
    j->extra = x;
    if (strcmp(id, a->profile.mending) != 0 || version < 1 ||
        (state != DECL_UNIT_RETURNED && state != DECL_SUPERIOR_RETURNED) ||
        !canon_write(json_object_get(r->content, "title"), &j->bytes, &e)) {
        log_error("declaration.mend", "the answer is not a returned declaration");
        job_free(j);
        mended(a, "problem.other");
        return;
    }
    zcopy(j->declaration, sizeof j->declaration, id);
    snprintf(x->note, sizeof x->note, "reasons-%s", id);
    j->number = version;
    reasons_of(a, r->content, version, &j->more);
    keep(a, json_object_get(r->content, "person"), NULL);
    fill_person(a, json_object_get(r->content, "person"));
    job_post(j);
}

void declaration_mend(struct app *a, const char *id, profile_done *done)
{
    const struct record *r = person_record(a, id);
    char path[96];
    a->profile.then = done;
    zcopy(a->profile.mending, sizeof a->profile.mending, id);
    if (r && r->row.content) {
        declaration_reopen(a, id, in_hand);
        return;
    }
    snprintf(path, sizeof path, "%s/%s", PATH_DECLARATIONS, a->profile.mending);
    call_make(a, &(struct call){
                     .purpose = CALL_DECLARATION, .method = "GET", .path = path, .session = true, .done = came_back});
}

static void confirmed(struct app *a, const struct call_answer *r)
{
    if (r->ok)
        profile_fetch(a, true);
    mended(a, r->ok ? NULL : r->offline ? "mend.offline" : r->words);
}

void declaration_confirm(struct app *a, const char *id, profile_done *done)
{
    char path[96];
    a->profile.then = done;
    snprintf(path, sizeof path, "%s/%.36s/confirm", PATH_DECLARATIONS, id);
    call_make(
        a, &(struct call){.purpose = CALL_CONFIRM, .method = "POST", .path = path, .session = true, .done = confirmed});
}
