#include "app/screens/own_folder.h"

#include "app/screens/jobs.h"
#include "app/screens/person.h"
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <string.h>

typedef void own_done(struct app *a, enum own_folder r, const char *words);

/* The errand under way: its answer belongs to the screen that asked. */
static struct {
    own_done *done;
    enum screen_id screen;
    bool code; /* the folder has a 取件码 as well */
} errand;

static void finish(struct app *a, enum own_folder r, const char *words)
{
    own_done *done = errand.done;
    errand.done = NULL;
    if (r != OWN_OPEN)
        session_wipe(&a->session);
    if (done && a->now == errand.screen)
        done(a, r, words);
    app_changed(a);
}

static void opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)j;
    if (ok) {
        finish(a, OWN_OPEN, NULL);
        return;
    }
    log_error("folder.own", "code=%s: %s", err_code_name(e->code), e->text);
    if (e->code == ERR_DENIED && errand.code)
        finish(a, OWN_NEEDS_CODE, NULL);
    else
        finish(a, OWN_FAILED,
               e->code == ERR_FULL     ? "page.unsaved_full"
               : e->code == ERR_DENIED ? "problem.slot_other"
                                       : "who.store_failed");
}

static void released(struct app *a, const struct call_answer *r)
{
    CLEANUP(str_secret) struct str key = {0};
    const char *text = json_string_value(json_object_get(r->content, "key"));
    bool good = r->ok && text && base64_decode(&key, text, strlen(text), BASE64_STANDARD) && key.len == KEY_BYTES;
    if (!a->session.secret)
        return;
    if (good) {
        memcpy(a->session.secret->key, key.p, KEY_BYTES);
        person_open(a, FOLDER_BY_KEY, opened);
    } else if (errand.code) {
        finish(a, OWN_NEEDS_CODE, NULL);
    } else {
        finish(a, OWN_FAILED, r->words ? r->words : "problem.other");
    }
}

/* "KEY_ID BASE64", as the store keeps it. */
static void ask_platform(struct app *a, char *slot)
{
    char *space = strchr(slot, ' ');
    if (!space) {
        finish(a, OWN_FAILED, "who.store_failed");
        return;
    }
    *space = '\0';
    call_make(a, &(struct call){.purpose = CALL_SLOT,
                                .method = "POST",
                                .path = PATH_SESSION_SLOT,
                                .content = json_pack("{s:s, s:s}", "slot", space + 1, "key", slot),
                                .sealed = true,
                                .session = true,
                                .done = released});
}

static bool look(struct store *s, struct job *j, struct err *e)
{
    struct folder_slots have;
    if (!store_folder_slots(s, j->secret->id18, &have, e))
        return false;
    j->flag = have.exists;
    j->number = have.code;
    return !have.account || store_folder_slot_get(s, j->secret->id18, &j->bytes, e);
}

static void looked(struct app *a, struct job *j, bool ok, const struct err *e)
{
    if (!a->session.secret)
        return;
    errand.code = j->number != 0;
    if (!ok) {
        log_error("folder.look", "%s", e->text);
        finish(a, OWN_FAILED, "who.store_failed");
    } else if (!j->flag) {
        person_open(a, FOLDER_NEW, opened);
    } else if (j->bytes.len) {
        ask_platform(a, j->bytes.p);
    } else {
        finish(a, OWN_NEEDS_CODE, NULL);
    }
}

static void begin(struct app *a, own_done *done)
{
    errand.done = done;
    errand.screen = a->now;
    errand.code = false;
    session_begin(&a->session, a->crypto, a->account.secret->id18, "");
}

void own_folder_open(struct app *a, own_done *done)
{
    begin(a, done);
    job_post(job_new(a, look, looked));
}

static bool throw_away(struct store *s, struct job *j, struct err *e)
{
    return store_folder_delete(s, j->secret->id18, e);
}

static void thrown_away(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)j;
    if (!a->session.secret)
        return;
    if (ok) {
        person_open(a, FOLDER_NEW, opened);
        return;
    }
    log_error("folder.anew", "%s", e->text);
    finish(a, OWN_FAILED, "who.store_failed");
}

void own_folder_anew(struct app *a, own_done *done)
{
    begin(a, done);
    job_post(job_new(a, throw_away, thrown_away));
}

/* --- in --- */

static void tell(struct app *a, const char *field, const char *value, bool anyway)
{
    struct doc_path p = {"identity_check", NO_ENTRY, field};
    const char *have = doc_text(a->session.doc, p);
    if (!*value || (*have && !anyway) || strcmp(have, value) == 0)
        return;
    doc_set_text(a->session.doc, p, value, NULL);
    saver_edited(&a->saver, SCOPE_PERSON, true);
}

void own_folder_arrive(struct app *a)
{
    if (account_in(&a->account)) {
        const struct account_secret *s = a->account.secret;
        tell(a, "full_name", s->full_name, true); /* the account was proved, what was typed here was not */
        tell(a, "id_number", s->id18, true);
        tell(a, "mobile", s->mobile, false);
    } else if (a->session.new_person) {
        tell(a, "full_name", a->typed.name, true);
        tell(a, "id_number", a->session.secret->id18, true);
        tell(a, "mobile", a->typed.mobile, true);
    }
    if (a->session.new_person) {
        doc_prefill(a->session.doc);
        saver_edited(&a->saver, SCOPE_PERSON, true);
    }
    chip_fill(a);
    const char *claim = account_claim_of(&a->account, a->session.secret->id18);
    if (*claim)
        person_claim_set(a, claim);
    typed_wipe(a);
    journey_pass(&a->journey, GATE_PERSON);
    app_replace(a, SCREEN_home);
}

static bool images_here(const struct app *a)
{
    static const char *const fields[] = {"id_card_front", "photo_1inch"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (!doc_answered(a->session.doc, (struct doc_path){"images", NO_ENTRY, fields[i]}))
            return false;
    return true;
}

void own_folder_home(struct app *a)
{
    bool in = account_in(&a->account);
    if (in && a->bind_next && !a->account.wechat) {
        app_replace(a, SCREEN_wechat);
        return;
    }
    a->image_gate = in && !(a->account.portrait && a->account.photo) && !images_here(a);
    app_replace(a, a->image_gate ? SCREEN_images : SCREEN_home);
}
