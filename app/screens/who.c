/* Who is here, without a network: ID number, name, mobile, 取件码. A number that has a folder on this kiosk is asked for
 * its 取件码 only. What is typed lives in this state and is wiped with it. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { TAB = 1, ID, NAME, MOBILE, CODE, CODE2, NEXT, OTHER };

struct who {
    int tab; /* 0: here and now; 1: log in */
    char id[64], name[256], mobile[64], code[16], code2[16];
    bool left[8]; /* fields that were left: their errors show */
    bool asked, known, busy;
    int tries_left; /* -1: not tried */
    int64_t locked_until;
    const char *failed; /* string key */
};

static void clean(struct app *a, const char *field, const char *in, char *out, size_t size)
{
    const struct form_section *s = app_section(a, "identity_check");
    const struct form_field *f = s ? form_field_find(s, field) : NULL;
    CLEANUP(str) struct str text = {0};
    if (f)
        field_normalise(f, in, &text);
    else
        str_puts(&text, in);
    zcopy(out, size, str_z(&text));
}

static bool id_good(struct app *a, const struct who *w)
{
    return resident_id_check(w->id, app_today(a)) == ID_OK;
}

static const char *id_error(struct app *a, const struct who *w)
{
    if (!w->left[ID])
        return NULL;
    if (!w->id[0])
        return "check.required";
    switch (resident_id_check(w->id, app_today(a))) {
    case ID_OK:
        return NULL;
    case ID_FORMAT:
        return "check.id_format";
    case ID_BIRTH:
        return "check.id_birth";
    case ID_CHECK_DIGIT:
        return "check.id_check_digit";
    case ID_15:
        return "check.id_15";
    }
    return NULL;
}

/* Name and mobile are judged as the form judges them. */
static bool judged(struct app *a, const char *field, const char *value, const char **message)
{
    struct doc *d = doc_create(a->forms);
    CLEANUP(findings) struct findings found = {0};
    struct doc_path p = {"identity_check", NO_ENTRY, field};
    doc_set_text(d, p, value, NULL);
    validate_field(d, p, app_today(a), &found);
    const struct finding *bad = findings_at(&found, p);
    bool ok = !bad || bad->severity == SEVERITY_WARNING;
    if (message)
        *message = ok ? NULL : bad->message;
    doc_destroy(d);
    return ok;
}

static bool code_good(const char *code)
{
    return strlen(code) == CODE_DIGITS && strspn(code, "0123456789") == CODE_DIGITS;
}

/* 111111 and 123456 are the first that somebody else would try. */
static bool code_weak(const char *code)
{
    bool same = true, up = true, down = true;
    for (int i = 1; i < CODE_DIGITS; i++) {
        same = same && code[i] == code[0];
        up = up && code[i] == code[i - 1] + 1;
        down = down && code[i] == code[i - 1] - 1;
    }
    return same || up || down;
}

static const char *code_error(const struct who *w)
{
    if (!w->left[CODE])
        return NULL;
    if (!code_good(w->code))
        return "who.code_digits";
    return !w->known && code_weak(w->code) ? "who.code_weak" : NULL;
}

static bool complete(struct app *a, const struct who *w)
{
    if (!id_good(a, w) || !w->asked || !code_good(w->code))
        return false;
    if (w->known)
        return true;
    return judged(a, "full_name", w->name, NULL) && w->name[0] && judged(a, "mobile", w->mobile, NULL) &&
           w->mobile[0] && !code_weak(w->code) && strcmp(w->code, w->code2) == 0;
}

static void text_field(struct ui *u, const char *id, const char *key, const char *value, const char *keyboard,
                       const char *error, int kind, int max_len, bool secret)
{
    char help[64], example[64];
    snprintf(help, sizeof help, "%s_help", key);
    snprintf(example, sizeof example, "%s_example", key);
    ui_textbox(u, &(struct ui_textbox){
                      .field = {.id = id,
                                .label = tr(u, key),
                                .help = form_maybe(u, help),
                                .required = true,
                                .error = error ? tr(u, error) : NULL,
                                .action = ON(kind)},
                      .value = value,
                      .placeholder = form_maybe(u, example),
                      .keyboard = keyboard,
                      .max_len = max_len,
                      .secret = secret,
                      .group_id = kind == ID,
                  });
}

static void lock_note(struct app *a, struct ui *u, const struct who *w)
{
    int64_t left = w->locked_until - clock_mono(a->clock);
    if (left > 0)
        ui_note(u, "who.locked", TONE_BAD, TR(u, "who.locked", {"n", tr_int(u, (int)((left + 59999) / 60000))}));
    else if (w->tries_left >= 0)
        ui_note(u, "who.wrong", TONE_BAD, TR(u, "who.wrong", {"n", tr_int(u, w->tries_left)}));
    if (w->failed)
        ui_note(u, "who.failed", TONE_BAD, tr(u, w->failed));
}

static void known_fields(struct app *a, struct ui *u, const struct who *w)
{
    ui_note(u, "who.known", TONE_GOOD, tr(u, "who.known"));
    text_field(u, "who.code", "who.code_again", w->code, "number", code_error(w), CODE, CODE_DIGITS, true);
    lock_note(a, u, w);
    ui_note(u, "who.forgotten", TONE_INK2, tr(u, "who.forgotten"));
}

static void new_fields(struct app *a, struct ui *u, const struct who *w)
{
    const char *name = NULL, *mobile = NULL;
    if (w->left[NAME])
        judged(a, "full_name", w->name, &name);
    if (w->left[MOBILE])
        judged(a, "mobile", w->mobile, &mobile);
    text_field(u, "who.name", "who.name", w->name, "pinyin", name, NAME, 50, false);
    text_field(u, "who.mobile", "who.mobile", w->mobile, "number", mobile, MOBILE, 20, false);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20, .pad = 28, .surface = SURFACE_CARD);
    ui_text(u, TEXT_BODY_BOLD, tr(u, "who.code_title"));
    UI_TEXT(u, .text = tr(u, "who.code_why"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    text_field(u, "who.code", "who.code", w->code, "number", code_error(w), CODE, CODE_DIGITS, true);
    text_field(u, "who.code2", "who.code2", w->code2, "number",
               w->left[CODE2] && strcmp(w->code, w->code2) != 0 ? "who.code_differs" : NULL, CODE2, CODE_DIGITS, true);
    ui_close(u);
    lock_note(a, u, w);
}

static void login(struct app *a, struct ui *u)
{
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 20, .pad = 40, .surface = SURFACE_CARD);
    UI_TEXT(u, .id = "who.login_title", .text = tr(u, a->world.online ? "who.login_later" : "who.login_offline"),
            .style = TEXT_LEAD_BOLD);
    UI_TEXT(u, .id = "who.login_text", .text = tr(u, "who.login_text"), .style = TEXT_BODY, .tone = TONE_INK2);
    UI_BUTTON(u, .id = "who.here", .label = tr(u, "who.use_here"), .action = ON(OTHER));
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct who *w = state;
    const char *tabs[] = {tr(u, "who.tab_here"), tr(u, "who.tab_login")};
    page_open(a, u,
              &(struct page){.title = tr(u, "who.title"), .help = tr(u, "who.help"), .where = "", .connection = true});
    ui_tabs(u, "who.tabs", tabs, 2, (size_t)w->tab, ON(TAB));
    if (w->tab) {
        login(a, u);
    } else {
        const char *bad = id_error(a, w);
        text_field(u, "who.id_number", "who.id_number", w->id, "id", bad, ID, 18, false);
        if (w->asked && w->known)
            known_fields(a, u, w);
        else if (w->asked)
            new_fields(a, u, w);
        else if (w->failed)
            ui_note(u, "who.failed", TONE_BAD, tr(u, w->failed));
    }
    bool ok = !w->tab && complete(a, w) && !w->busy && w->locked_until <= clock_mono(a->clock);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.label = tr(u, "page.next"),
                                 .action = ON(NEXT),
                                 .disabled = !ok,
                                 .busy = w->busy,
                                 .reason = ok || w->busy ? NULL : tr(u, "who.fill")});
}

/* --- answers of the store --- */

static void asked(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct who *w = a->states[SCREEN_who];
    if (!w || strcmp(j->name, w->id) != 0)
        return;
    w->asked = ok;
    w->known = ok && j->flag;
    w->failed = ok ? NULL : "who.store_failed";
    if (!ok)
        log_error("folder.ask", "%s", e->text);
    else
        zcopy(a->focus, sizeof a->focus, w->known ? "who.code" : "who.name");
    app_changed(a);
}

static void opened(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct who *w = a->states[SCREEN_who];
    w->busy = false;
    if (!ok) {
        w->tries_left = e->code == ERR_DENIED ? j->verdict.tries_left : -1;
        w->locked_until = j->verdict.locked_for_ms ? clock_mono(a->clock) + j->verdict.locked_for_ms : 0;
        w->failed = e->code == ERR_DENIED ? NULL : e->code == ERR_FULL ? "page.unsaved_full" : "who.store_failed";
        if (e->code != ERR_DENIED)
            log_error("folder.open", "%s", e->text);
        memset(w->code, 0, sizeof w->code);
        session_wipe(&a->session);
        return;
    }
    struct doc *d = a->session.doc;
    struct doc_path name = {"identity_check", NO_ENTRY, "full_name"}, id = {"identity_check", NO_ENTRY, "id_number"},
                    mobile = {"identity_check", NO_ENTRY, "mobile"};
    if (a->session.new_person) {
        doc_set_text(d, name, w->name, NULL);
        doc_set_text(d, id, w->id, NULL);
        doc_set_text(d, mobile, w->mobile, NULL);
        doc_prefill(d);
        saver_edited(&a->saver, SCOPE_PERSON, true);
    }
    journey_pass(&a->journey, GATE_PERSON);
    app_replace(a, SCREEN_home);
}

static void take_text(struct app *a, struct who *w, const struct ui_event *ev)
{
    static const struct {
        const char *field;
        size_t offset, size;
    } fields[] = {
        [ID] = {"id_number", offsetof(struct who, id), sizeof(((struct who *)0)->id)},
        [NAME] = {"full_name", offsetof(struct who, name), sizeof(((struct who *)0)->name)},
        [MOBILE] = {"mobile", offsetof(struct who, mobile), sizeof(((struct who *)0)->mobile)},
        [CODE] = {"", offsetof(struct who, code), sizeof(((struct who *)0)->code)},
        [CODE2] = {"", offsetof(struct who, code2), sizeof(((struct who *)0)->code2)},
    };
    int kind = ev->action.kind;
    char *to = (char *)w + fields[kind].offset;
    if (ev->what == UI_COMMIT && fields[kind].field[0])
        clean(a, fields[kind].field, ev->text ? ev->text : "", to, fields[kind].size);
    else
        zcopy(to, fields[kind].size, ev->text ? ev->text : "");
    w->left[kind] = ev->what == UI_COMMIT;
    if (kind == CODE)
        w->tries_left = -1;
    if (kind != ID)
        return;
    w->asked = w->known = false;
    char upper[64];
    clean(a, "id_number", w->id, upper, sizeof upper);
    if (resident_id_check(upper, app_today(a)) == ID_OK) {
        zcopy(w->id, sizeof w->id, upper);
        person_ask(a, w->id, asked);
    }
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct who *w = state;
    switch (ev->action.kind) {
    case TAB:
        w->tab = ev->number == 1;
        return;
    case OTHER:
        w->tab = 0;
        return;
    case NEXT:
        if (w->busy || !complete(a, w))
            return;
        w->busy = true;
        w->failed = NULL;
        session_begin(&a->session, a->crypto, w->id, w->code);
        person_open(a, !w->known, opened);
        return;
    case ID:
    case NAME:
    case MOBILE:
    case CODE:
    case CODE2:
        take_text(a, w, ev);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct who *w = state;
    (void)a;
    w->tries_left = -1;
}

/* Nothing of what was typed stays behind the page. */
static void leave(struct app *a, void *state)
{
    a->crypto->wipe(state, sizeof(struct who));
    if (!session_open(&a->session))
        session_wipe(&a->session);
}

const struct screen screen_who = {
    .name = "who", .state = sizeof(struct who), .view = view, .event = event, .enter = enter, .leave = leave};
