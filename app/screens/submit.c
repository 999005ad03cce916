/* 我要提交到【基层工作单位】: the unit, the pledge, a signature if wanted; a dialog that names what goes where; 确定. The
 * declaration is sealed and queued in one transaction; only then does the receipt appear. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"
#include "app/screens/phases.h"
#include "app/screens/same_title.h"
#include "app/screens/signature.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { SUBMIT = 1, YES, NO, SIGN, SIGN_AGAIN };
#define SECTION "submission"

struct submit {
    bool asking, busy;
    const char *failed;
};

static size_t file_count(const struct app *a)
{
    size_t n = 0;
    const struct form_section *s = app_section(a, "attachments");
    for (size_t i = 0; i < s->n_fields; i++)
        n += json_array_size(doc_get(a->session.doc, (struct doc_path){s->key, NO_ENTRY, s->fields[i].key}));
    return n;
}

static struct doc_path at(const char *field)
{
    return (struct doc_path){SECTION, NO_ENTRY, field};
}

static void ask_overlay(struct app *a, struct ui *u, const struct submit *s)
{
    CLEANUP(str) struct str title = {0}, text = {0};
    app_title_of(a, a->session.doc, &title);
    str_puts(&text, TR(u, "submit.ask_text", {"title", str_z(&title)},
                       {"unit", doc_text(a->session.doc, at("base_unit"))}, {"n", tr_int(u, (int)file_count(a))}));
    ui_dialog_open(u, &(struct ui_dialog){"submit.ask", tr(u, "submit.ask_title"), str_z(&text)});
    if (!a->world.online)
        ui_note(u, "submit.ask_offline", TONE_INK2, tr(u, "submit.offline"));
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "submit.no", .label = tr(u, "page.cancel"), .grow = 1, .action = ON(NO), .disabled = s->busy);
    UI_BUTTON(u, .id = "submit.yes", .label = tr(u, "page.ok"), .style = BUTTON_PRIMARY, .grow = 1, .action = ON(YES),
              .busy = s->busy, .disabled = s->busy);
    ui_close(u);
    ui_dialog_close(u);
}

static void signature(struct app *a, struct ui *u)
{
    const json_t *file = json_array_get(doc_get(a->session.doc, at("signature")), 0);
    if (!file) {
        ui_signature(u, "form.submission.signature", tr(u, "submit.sign"), ON(SIGN));
        return;
    }
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER, .surface = SURFACE_CARD, .pad = 28);
    ui_note(u, "submit.signed", TONE_GOOD, tr(u, "submit.signed"));
    UI_BUTTON(u, .id = "submit.sign_again", .label = tr(u, "submit.sign_again"), .action = ON(SIGN_AGAIN));
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct submit *s = state;
    const struct form_section *section = app_section(a, SECTION);
    size_t errors = form_view_errors(&a->form, section, NO_ENTRY, 0, section->n_fields);
    page_open(a, u, &(struct page){.title = tr(u, "submit.title"), .help = tr(u, "submit.help"), .step = 7});
    if (s->failed)
        ui_note(u, "submit.failed", TONE_BAD, tr(u, s->failed));
    form_view_field(&a->form, u, at("base_unit"));
    form_view_field(&a->form, u, at("base_unit_code"));
    if (doc_answered(a->session.doc, at("base_unit")) && !doc_answered(a->session.doc, at("base_unit_code")))
        ui_note(u, "submit.unmatched", TONE_INK2,
                tr(u, a->world.online ? "submit.unmatched" : "submit.unmatched_offline"));
    UI_OPEN(u, .dir = UI_COLUMN, .pad = 28, .surface = SURFACE_CARD, .gap = 12);
    ui_text(u, TEXT_BODY_BOLD, tr(u, "submission.pledge"));
    form_view_tick(&a->form, u, at("pledge"));
    ui_close(u);
    signature(a, u);
    phase_notes(a, u, NULL, 0, 0);
    if (!a->world.enrolled)
        ui_note(u, "submit.not_enrolled", TONE_BAD, tr(u, "submit.not_enrolled"));
    else if (!a->world.online)
        ui_note(u, "submit.offline", TONE_INK2, tr(u, "submit.offline"));
    if (s->asking)
        ask_overlay(a, u, s);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.id = "submit.submit",
                                 .label = tr(u, "submit.submit"),
                                 .action = ON(SUBMIT),
                                 .disabled = errors || !a->world.enrolled || s->busy || papers_busy(a),
                                 .busy = s->busy,
                                 .reason = errors ? TR(u, "submit.left", {"n", tr_int(u, (int)errors)}) : NULL});
}

static void submitted(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct submit *s = a->states[SCREEN_submit];
    (void)j;
    s->busy = s->asking = false;
    if (ok) {
        declaration_put_down(a);
        journey_replace(&a->journey, SCREEN_records);
        app_go(a, SCREEN_receipt);
        return;
    }
    s->failed = e->code == ERR_FULL    ? "submit.failed_full"
                : e->code == ERR_STATE ? "submit.failed_state"
                                       : "submit.failed";
}

/* Everything typed is durable: now it may be sealed. */
static void go(struct app *a)
{
    struct submit *s = a->states[SCREEN_submit];
    CLEANUP(findings) struct findings found = {0};
    validate_scope_all(a->session.doc, app_today(a), &found);
    if (findings_count(&found, SEVERITY_ERROR) || same_title(a)) {
        s->busy = s->asking = false;
        app_go(a, SCREEN_check);
        return;
    }
    declaration_submit(a, submitted);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct submit *s = state;
    switch (ev->action.kind) {
    case SUBMIT:
        ui_blur(a->ui);
        s->failed = NULL;
        s->asking = true;
        return;
    case NO:
        s->asking = false;
        return;
    case YES:
        if (s->busy)
            return;
        s->busy = true;
        saver_when_durable(&a->saver, go);
        return;
    case SIGN:
        signature_take(a, "form.submission.signature", ev->text ? ev->text : "");
        return;
    case SIGN_AGAIN:
        papers_delete(a, "form.submission.signature", 0);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct submit *s = state;
    memset(s, 0, sizeof *s);
    doc_prefill(a->session.doc);
    app_world_read(a);
}

const struct screen screen_submit = {
    .name = "submit", .state = sizeof(struct submit), .view = view, .event = event, .enter = enter};
