#include "app/screens/person.h"

#include "app/screens/jobs.h"
#include "app/screens/parked.h"
#include "app/screens/same_title.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

/* --- the folder --- */

static bool ask_folder(struct store *s, struct job *j, struct err *e)
{
    struct folder_slots have;
    if (!store_folder_slots(s, j->name, &have, e))
        return false;
    j->flag = have.exists;
    j->number = have.code;
    return true;
}

void person_ask(struct app *a, const char *id18, person_done *done)
{
    struct job *j = job_new(a, ask_folder, done);
    zcopy(j->name, sizeof j->name, id18);
    job_post(j);
}

static bool load_rows(struct store *s, struct job *j, struct err *e)
{
    if (!store_declarations(s, &j->folder, &j->rows, &j->n_rows, e)) {
        j->n_rows = 0;
        return false;
    }
    j->docs = xcalloc(j->n_rows + 1, sizeof *j->docs);
    for (size_t i = 0; i < j->n_rows; i++) {
        struct err missing = {0};
        if (j->rows[i].content && !store_draft_load(s, &j->folder, j->rows[i].id, &j->docs[i], &missing) &&
            missing.code != ERR_NOT_FOUND)
            log_warn("draft.load", "%s", missing.text);
    }
    struct err none = {0};
    if (!store_note_load(s, &j->folder, SAME_TITLE_NOTE, &j->more, &none) && none.code != ERR_NOT_FOUND)
        log_warn("titles.load", "%s", none.text);
    return true;
}

/* Receipts answer to the 取件码 by what only it makes; kept for sessions in which it is not typed. */
#define VERIFIER_NOTE "verifier"

static bool keep_verifier(struct store *s, const struct job *j, const char *code, struct err *e)
{
    char verifier[VERIFIER_BYTES] = "";
    return (!code || j->app->crypto->verifier_make(verifier, code, e)) &&
           store_note_save(s, &j->folder, VERIFIER_NOTE, verifier, strlen(verifier), e);
}

/* What a proof of who it is means for the 取件码. Nothing of it stands in the way. */
static void settle_code(struct store *s, struct job *j)
{
    struct err e = {0};
    bool ok = true;
    if (j->number == FOLDER_BY_KEY)
        ok = store_folder_code_void(s, &j->folder, &j->code_void, &e) &&
             (!j->code_void || keep_verifier(s, j, NULL, &e));
    else if (j->number == FOLDER_BY_CODE && j->flag)
        ok = store_folder_code_prove(s, &j->folder, &e) && keep_verifier(s, j, j->secret->code, &e);
    if (!ok || !store_folder_slots(s, j->secret->id18, &j->slots, &e))
        log_error("folder.code", "code=%s: %s", err_code_name(e.code), e.text);
}

static bool open_folder(struct store *s, struct job *j, struct err *e)
{
    const char *code = j->secret->code[0] ? j->secret->code : NULL;
    bool ok = false;
    switch ((enum folder_way)j->number) {
    case FOLDER_BY_CODE:
        ok = store_folder_open(s, j->secret->id18, j->secret->code, &j->folder, &j->verdict, e);
        break;
    case FOLDER_BY_KEY:
        ok = store_folder_open_key(s, j->secret->id18, j->secret->key, &j->folder, e);
        break;
    case FOLDER_BY_STAFF:
        ok = store_folder_open_staff(s, j->secret->id18, j->name, str_z(&j->more), &j->folder, &j->verdict, e);
        str_finish_secret(&j->more);
        break;
    case FOLDER_NEW:
        ok = store_folder_create(s, j->secret->id18, code, &j->folder, e);
        break;
    }
    if (!ok)
        return false;
    settle_code(s, j);
    struct err missing = {0};
    if (!store_draft_load(s, &j->folder, NULL, &j->bytes, &missing) && missing.code != ERR_NOT_FOUND) {
        *e = missing;
        return false;
    }
    if (!store_note_load(s, &j->folder, PROFILE_NOTE, &j->note, &missing) && missing.code != ERR_NOT_FOUND)
        log_warn("profile.load", "%s", missing.text); /* the platform tells it again */
    return load_rows(s, j, e);
}

/* What the platform calls a declaration whose content is not here. */
static void from_profile(struct app *a, const struct job *j, struct record *r)
{
    profile_title(a, r->row.id, r->title, sizeof r->title, r->date, sizeof r->date);
    if (r->mark.month[0] || !r->title[0])
        return;
    struct doc *d = doc_create(a->forms);
    doc_set_text(d, (struct doc_path){"title_award", NO_ENTRY, "title_name"}, r->title, NULL);
    doc_set_text(d, (struct doc_path){"title_award", NO_ENTRY, "award_date"}, r->date, NULL);
    same_title_mark(a->crypto, j->folder.id, d, &r->mark);
    doc_destroy(d);
}

static void take_records(struct app *a, struct job *j)
{
    a->n_records = 0;
    for (size_t i = 0; i < j->n_rows && a->n_records < MAX_RECORDS; i++) {
        struct record *r = &a->records[a->n_records++];
        memset(r, 0, sizeof *r);
        r->row = j->rows[i];
        same_title_find(j->more.p, j->more.len, r->row.id, &r->mark);
        from_profile(a, j, r);
        if (!j->docs[i].len)
            continue;
        struct doc *d = doc_clone(a->session.doc);
        doc_clear_scope(d, SCOPE_TITLE);
        struct err e = {0};
        if (doc_import(d, j->docs[i].p, j->docs[i].len, &e)) {
            zcopy(r->title, sizeof r->title, doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "title_name"}));
            zcopy(r->date, sizeof r->date, doc_text(d, (struct doc_path){"title_award", NO_ENTRY, "award_date"}));
            r->step = app_step_reached(a, d);
            same_title_mark(a->crypto, j->folder.id, d, &r->mark);
        } else {
            log_warn("draft.read", "%s", e.text);
        }
        doc_destroy(d);
    }
    a->records_known = true;
}

static void folder_opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    person_done *then = *(person_done **)j->extra;
    if (!a->session.secret)
        return; /* gone back to an earlier page meanwhile */
    if (ok) {
        struct err bad = {0};
        session_folder(&a->session, &j->folder);
        a->session.new_person = j->number == FOLDER_NEW;
        a->session.has_code = j->slots.code;
        a->session.code_void = j->code_void;
        a->session.by_staff = j->number == FOLDER_BY_STAFF;
        doc_destroy(a->session.doc);
        a->session.doc = doc_create(a->forms);
        if (j->bytes.len && !doc_import(a->session.doc, j->bytes.p, j->bytes.len, &bad))
            log_error("person.read", "%s", bad.text);
        form_view_reset(&a->form, a->session.doc, &a->reasons);
        saver_reset(&a->saver);
        profile_loaded(a, j->note.p, j->note.len);
        take_records(a, j);
    }
    then(a, j, ok, e);
    app_changed(a);
}

static struct job *opening(struct app *a, enum folder_way way, person_done *done)
{
    struct job *j = job_new(a, open_folder, folder_opened);
    j->number = (int)way;
    j->flag = account_in(&a->account) || chip_vouches(a, a->session.secret->id18);
    j->extra = xmalloc(sizeof(person_done *));
    *(person_done **)j->extra = done;
    return j;
}

void person_open(struct app *a, enum folder_way way, person_done *done)
{
    job_post(opening(a, way, done));
}

void person_open_staff(struct app *a, const char *badge, const char *pin, person_done *done)
{
    struct job *j = opening(a, FOLDER_BY_STAFF, done);
    zcopy(j->name, sizeof j->name, badge);
    str_puts(&j->more, pin);
    job_post(j);
}

static void take_in_hand(struct app *a, const char *id, int version);

/* The draft in hand was sent by another kiosk meanwhile: it is none any more, and its person is told. */
static void drop_overtaken(struct app *a)
{
    const struct record *r = person_record(a, a->session.declaration);
    if (!r || r->row.state == DECL_DRAFT)
        return;
    log_warn("declaration.overtaken", "declaration=%s version=%d", r->row.id, r->row.version);
    take_in_hand(a, "", 0);
    ui_toast(a->ui, tr(a->ui, "records.overtaken"));
    app_replace(a, SCREEN_records);
}

static bool set_code(struct store *s, struct job *j, struct err *e)
{
    return store_folder_code_set(s, &j->folder, j->name, j->flag, e) && keep_verifier(s, j, j->name, e);
}

static void code_is_set(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (ok && a->session.secret) {
        zcopy(a->session.secret->code, sizeof a->session.secret->code, j->name);
        a->session.has_code = true;
        a->session.code_void = a->session.by_staff = false;
    }
    if (!ok)
        log_error("folder.code", "%s", e->text);
    (*(person_done **)j->extra)(a, j, ok, e);
    app_changed(a);
}

void person_code_set(struct app *a, const char *code, person_done *done)
{
    struct job *j = job_new(a, set_code, code_is_set);
    zcopy(j->name, sizeof j->name, code);
    j->flag = strcmp(chip_proof(a, a->session.secret->id18), account_proof_name(PROOF_TYPED)) != 0;
    j->extra = xmalloc(sizeof(person_done *));
    *(person_done **)j->extra = done;
    job_post(j);
}

static bool set_claim(struct store *s, struct job *j, struct err *e)
{
    return store_folder_claim_set(s, &j->folder, j->name, e);
}

static void claim_is_set(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)a;
    (void)j;
    if (!ok)
        log_error("folder.claim", "%s", e->text);
}

void person_claim_set(struct app *a, const char *claim)
{
    struct job *j = job_new(a, set_claim, claim_is_set);
    zcopy(j->name, sizeof j->name, claim);
    job_post(j);
}

static void records_listed(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (ok && a->session.doc) {
        take_records(a, j);
        drop_overtaken(a);
    } else if (!ok) {
        log_error("records.list", "%s", e->text);
    }
    app_changed(a);
}

void person_records(struct app *a)
{
    if (session_open(&a->session))
        job_post(job_new(a, load_rows, records_listed));
}

/* --- one declaration --- */

static struct job *declaration_job(struct app *a, const char *id,
                                   bool (*work)(struct store *, struct job *, struct err *), person_done *done,
                                   person_done *then)
{
    struct job *j = job_new(a, work, done);
    if (id)
        zcopy(j->declaration, sizeof j->declaration, id);
    j->extra = xmalloc(sizeof(person_done *));
    *(person_done **)j->extra = then;
    return j;
}

static void take_in_hand(struct app *a, const char *id, int version)
{
    saver_reset(&a->saver);
    papers_put_down(a);
    form_reasons_finish(&a->reasons);
    session_declaration(&a->session, id, version);
    form_view_reset(&a->form, a->session.doc, &a->reasons);
}

void declaration_put_down(struct app *a)
{
    if (a->session.declaration[0]) {
        saver_flush(&a->saver);
        parked_go(a);
        take_in_hand(a, "", 0);
    }
    json_decref(a->title_before);
    a->title_before = NULL;
}

static bool create(struct store *s, struct job *j, struct err *e)
{
    return store_declaration_create(s, &j->folder, j->declaration, e);
}

static void created(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (ok) {
        take_in_hand(a, j->declaration, 1);
        doc_prefill(a->session.doc);
        saver_edited(&a->saver, SCOPE_TITLE, true);
        profile_answer_ecert(a, false);
        person_records(a);
    }
    (*(person_done **)j->extra)(a, j, ok, e);
    app_changed(a);
}

void declaration_create(struct app *a, person_done *done)
{
    job_post(declaration_job(a, NULL, create, created, done));
}

static void reasons_name(const char *declaration, char out[64])
{
    snprintf(out, 64, "reasons-%.36s", declaration);
}

static bool load_one(struct store *s, struct job *j, struct err *e)
{
    struct err missing = {0};
    char note[64];
    reasons_name(j->declaration, note);
    if (!store_draft_load(s, &j->folder, j->declaration, &j->bytes, &missing) && missing.code != ERR_NOT_FOUND) {
        *e = missing;
        return false;
    }
    if (!store_note_load(s, &j->folder, note, &j->note, &missing) && missing.code != ERR_NOT_FOUND)
        log_warn("reasons.load", "%s", missing.text);
    if (!load_rows(s, j, e))
        return false;
    for (size_t i = 0; i < j->n_rows; i++)
        if (strcmp(j->rows[i].id, j->declaration) == 0)
            j->number = j->rows[i].version;
    return store_history(s, j->declaration, &j->history, &j->n_history, e);
}

const struct record *person_record(const struct app *a, const char *id)
{
    for (size_t i = 0; i < a->n_records; i++)
        if (strcmp(a->records[i].row.id, id) == 0)
            return &a->records[i];
    return NULL;
}

/* The last return counts, and only for the version that follows it. */
static const char *last_reasons(const struct job *j, int version)
{
    const char *reasons = NULL;
    for (size_t i = 0; i < j->n_history; i++) {
        const struct status_row *h = &j->history[i];
        if ((h->state == DECL_UNIT_RETURNED || h->state == DECL_SUPERIOR_RETURNED) && h->version == version - 1)
            reasons = h->reasons;
    }
    return reasons;
}

void person_reasons_note(const struct form_reasons *r, int version, struct str *out)
{
    str_printf(out, "{\"version\":%d,\"reasons\":", version);
    form_reasons_write(r, out);
    str_putc(out, '}');
}

static bool write_reasons(struct store *s, struct job *j, struct err *e)
{
    return store_note_save(s, &j->folder, j->name, j->bytes.p, j->bytes.len, e);
}

static void reasons_written(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)a;
    (void)j;
    if (!ok)
        log_warn("reasons.save", "%s", e->text);
}

/* The first opening after a return finds the answers as they were returned: they are noted beside the reasons, so that
 * a later one can tell what was changed meanwhile. */
static void take_reasons(struct app *a, const struct job *j, int version)
{
    CLEANUP(json) json_t *note = j->note.len ? json_loadb(j->note.p, j->note.len, 0, NULL) : NULL;
    char *kept = json_dumps(json_object_get(note, "reasons"), JSON_COMPACT | JSON_ENCODE_ANY);
    if (kept && json_integer_value(json_object_get(note, "version")) == version - 1) {
        form_reasons_load(&a->reasons, a->session.doc, kept);
    } else {
        form_reasons_load(&a->reasons, a->session.doc, last_reasons(j, version));
        if (a->reasons.n) {
            struct job *w = job_new(a, write_reasons, reasons_written);
            reasons_name(j->declaration, w->name);
            person_reasons_note(&a->reasons, version - 1, &w->bytes);
            job_post(w);
        }
    }
    free(kept);
}

/* A draft from before the login goes with its person from now on. */
static void park_at_once(struct app *a)
{
    const struct record *r = person_record(a, a->session.declaration);
    if (r && r->row.state == DECL_DRAFT && r->row.park == PARK_NONE && account_in(&a->account))
        saver_edited(&a->saver, SCOPE_TITLE, true);
}

static void opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (ok) {
        int version = j->number ? j->number : 1;
        struct err bad = {0};
        take_in_hand(a, j->declaration, version);
        if (j->bytes.len && !doc_import(a->session.doc, j->bytes.p, j->bytes.len, &bad))
            log_error("draft.read", "%s", bad.text);
        doc_prefill(a->session.doc);
        take_records(a, j);
        take_reasons(a, j, version);
        profile_answer_ecert(a, false);
        park_at_once(a);
    }
    (*(person_done **)j->extra)(a, j, ok, e);
    app_changed(a);
}

void declaration_open(struct app *a, const char *id, person_done *done)
{
    job_post(declaration_job(a, id, load_one, opened, done));
}

static bool throw_away(struct store *s, struct job *j, struct err *e)
{
    return store_declaration_delete(s, &j->folder, j->declaration, e);
}

static void changed(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (*(person_done **)j->extra)(a, j, ok, e);
    person_records(a);
    app_changed(a);
}

static void thrown_away(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (ok && strcmp(a->session.declaration, j->declaration) == 0)
        take_in_hand(a, "", 0);
    changed(a, j, ok, e);
}

void declaration_delete(struct app *a, const char *id, person_done *done)
{
    job_post(declaration_job(a, id, throw_away, thrown_away, done));
}

static bool reopen(struct store *s, struct job *j, struct err *e)
{
    return store_reopen(s, &j->folder, j->declaration, e) && load_one(s, j, e);
}

void declaration_reopen(struct app *a, const char *id, person_done *done)
{
    job_post(declaration_job(a, id, reopen, opened, done));
}

static bool withdraw(struct store *s, struct job *j, struct err *e)
{
    return store_withdraw(s, j->declaration, e);
}

void declaration_withdraw(struct app *a, const char *id, person_done *done)
{
    job_post(declaration_job(a, id, withdraw, changed, done));
}

/* --- submission --- */

/* Sealing hashes a 取件码 and encrypts: work for the store thread, on a copy of the doc. */
struct submit_extra {
    person_done *then;
    struct doc *doc;
    const struct crypto_ops *crypto;
    const struct clock *clock;
    const char *proof;
    char unit_name[512], unit_code[64], consent[32];
};

static bool submit(struct store *s, struct job *j, struct err *e)
{
    struct submit_extra *x = j->extra;
    char claim[FOLDER_CLAIM_SIZE];
    CLEANUP(str) struct str verifier = {0};
    struct err none = {0};
    if (!store_folder_claim(s, &j->folder, claim, e))
        return false;
    if (!j->secret->code[0] && !store_note_load(s, &j->folder, VERIFIER_NOTE, &verifier, &none) &&
        none.code != ERR_NOT_FOUND)
        log_warn("folder.verifier", "%s", none.text);
    const struct submission_input in = {
        .doc = x->doc,
        .declaration = j->declaration,
        .version = j->number,
        .receipt = j->receipt,
        .proof = x->proof,
        .consent = x->consent,
        .code = j->secret->code[0] ? j->secret->code : NULL,
        .verifier = verifier.len ? str_z(&verifier) : NULL,
        .claim = claim[0] ? claim : NULL,
        .unit_name = x->unit_name,
        .unit_code = x->unit_code,
        .platform_key = j->world.platform_key,
        .platform_key_id = j->world.platform_key_id,
        .clock = x->clock,
    };
    if (!submission_build(x->crypto, &in, &j->submission, e) ||
        !store_submit(s, &j->folder, &j->submission, &j->seq, e))
        return false;
    struct title_mark mark;
    same_title_mark(x->crypto, j->folder.id, x->doc, &mark);
    same_title_keep(s, &j->folder, j->declaration, &mark);
    return true;
}

static void go_answered(void *ctx, bool ok, const json_t *body)
{
    (void)ctx;
    (void)body;
    log_debug("link.go", "ok=%d", ok);
}

static void submitted(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct submit_extra *x = j->extra;
    bool gone = j->session != a->journey.session;
    if (ok && !gone) {
        zcopy(a->receipt, sizeof a->receipt, j->receipt);
        a->receipt_open = true;
        form_reasons_finish(&a->reasons);
        person_records(a);
    }
    if (!ok)
        log_error("submit", "declaration=%s code=%s: %s", j->declaration, err_code_name(e->code), e->text);
    else
        log_info("submit", "declaration=%s version=%d seq=%lld", j->declaration, j->number, (long long)j->seq);
    if (ok && a->link && link_client_connected(a->link))
        link_client_request(a->link, "go", NULL, 5000, go_answered, a);
    if (!gone) {
        x->then(a, j, ok, e);
        app_changed(a);
    }
    doc_destroy(x->doc);
    x->doc = NULL;
}

void declaration_submit(struct app *a, person_done *done)
{
    struct job *j = job_new(a, submit, submitted);
    struct submit_extra *x = xcalloc(1, sizeof *x);
    const struct record *r = person_record(a, a->session.declaration);
    const struct doc_path unit = {"submission", NO_ENTRY, "base_unit"};
    const struct doc_path code = {"submission", NO_ENTRY, "base_unit_code"};
    j->always = true;
    x->then = done;
    x->doc = doc_clone(a->session.doc);
    x->crypto = a->crypto;
    x->clock = a->clock;
    zcopy(x->unit_name, sizeof x->unit_name, doc_text(x->doc, unit));
    zcopy(x->unit_code, sizeof x->unit_code, doc_text(x->doc, code));
    zcopy(x->consent, sizeof x->consent, CONSENT_VERSION);
    x->proof = chip_proof(a, a->session.secret->id18);
    zcopy(j->declaration, sizeof j->declaration, a->session.declaration);
    j->number = a->session.version;
    if (r && r->row.receipt[0])
        zcopy(j->receipt, sizeof j->receipt, r->row.receipt);
    else
        receipt_make(a->crypto, j->receipt);
    memcpy(j->world.platform_key, a->world.platform_key, KEY_BYTES);
    zcopy(j->world.platform_key_id, sizeof j->world.platform_key_id, a->world.platform_key_id);
    j->extra = x;
    job_post(j);
}

/* --- receipts --- */

static bool history(struct store *s, struct job *j, struct err *e)
{
    struct declaration_row row;
    if (!store_receipt_find(s, j->receipt, &row, e))
        return false;
    j->rows = xmalloc(sizeof *j->rows);
    j->rows[0] = row;
    return store_history(s, row.id, &j->history, &j->n_history, e);
}

void receipt_history(struct app *a, const char *receipt, person_done *done)
{
    struct job *j = job_new(a, history, done);
    zcopy(j->receipt, sizeof j->receipt, receipt);
    job_post(j);
}

static bool check_code(struct store *s, struct job *j, struct err *e)
{
    return store_receipt_check(s, j->receipt, j->name, &j->verdict, e);
}

void receipt_check(struct app *a, const char *receipt, const char *code, person_done *done)
{
    struct job *j = job_new(a, check_code, done);
    zcopy(j->receipt, sizeof j->receipt, receipt);
    zcopy(j->name, sizeof j->name, code);
    job_post(j);
}
