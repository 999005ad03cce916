#include "app/screens/wizard.h"

#include "app/screens/person.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

static json_t *title_scope(struct app *a)
{
    CLEANUP(str) struct str bytes = {0};
    struct err e = {0};
    if (!a->session.doc || !doc_export(a->session.doc, SCOPE_TITLE, &bytes, &e))
        return NULL;
    return json_loadb(bytes.p, bytes.len, 0, NULL);
}

void wizard_enter(struct app *a)
{
    if (!a->title_before && a->session.declaration[0])
        a->title_before = title_scope(a);
}

static void forget(struct app *a)
{
    json_decref(a->title_before);
    a->title_before = NULL;
}

static void drop(struct app *a)
{
    CLEANUP(str) struct str bytes = {0};
    struct err e = {0};
    if (!a->title_before || !canon_write(a->title_before, &bytes, &e))
        return;
    doc_clear_scope(a->session.doc, SCOPE_TITLE);
    if (!doc_import(a->session.doc, bytes.p, bytes.len, &e))
        log_error("wizard.drop", "%s", e.text);
    form_view_reset(&a->form, a->session.doc, &a->reasons);
    saver_edited(&a->saver, SCOPE_TITLE, true);
}

void wizard_overlay(struct app *a, struct ui *u, bool open)
{
    (void)a;
    if (!open)
        return;
    ui_dialog_open(u, &(struct ui_dialog){"wizard.close", tr(u, "wizard.close_title"), tr(u, "wizard.close_text")});
    UI_BUTTON(u, .id = "wizard.keep", .label = tr(u, "wizard.keep"), .style = BUTTON_PRIMARY,
              .action = ON(WIZARD_KEEP));
    UI_BUTTON(u, .id = "wizard.stay", .label = tr(u, "wizard.stay"), .action = ON(WIZARD_STAY));
    UI_BUTTON(u, .id = "wizard.drop", .label = tr(u, "wizard.drop"), .style = BUTTON_DANGER, .action = ON(WIZARD_DROP));
    ui_dialog_close(u);
}

/* 返回基本信息界面重新开始: step A again; from step A back to the list. */
static void closed(struct app *a)
{
    forget(a);
    app_go(a, a->now == SCREEN_identity ? SCREEN_records : SCREEN_identity);
}

bool wizard_event(struct app *a, const struct ui_event *ev, bool *open)
{
    switch (ev->action.kind) {
    case WIZARD_CLOSE:
        ui_blur(a->ui);
        *open = true;
        return true;
    case WIZARD_STAY:
        *open = false;
        return true;
    case WIZARD_KEEP:
        *open = false;
        closed(a);
        return true;
    case WIZARD_DROP:
        *open = false;
        drop(a);
        closed(a);
        return true;
    default:
        return false;
    }
}
