/* 是本人吗: two people may stand in the queue. Name and number are masked. */
#include "app/screens/own_folder.h"
#include "app/screens/page.h"

#include "app/forms/form_text.h"
#include "sync/base/cleanup.h"

enum { YES = 1 };

/* Who logged in needs no 取件码; it is offered for what works with it alone. */
static void code_card(struct app *a, struct ui *u)
{
    const struct session *s = &a->session;
    if (s->has_code && !s->by_staff)
        return;
    const char *why = s->code_void ? "confirm.code_void" : s->by_staff ? "confirm.code_forgotten" : "confirm.code_why";
    bool wide = ui_environment(u)->landscape;
    UI_OPEN(u, .id = "confirm.code_card", .role = "group", .dir = wide ? UI_ROW : UI_COLUMN, .gap = 20, .pad = 32,
            .cross = wide ? CROSS_CENTER : CROSS_STRETCH,
            .surface = s->code_void || s->by_staff ? SURFACE_ATTENTION : SURFACE_TINT);
    UI_TEXT(u, .id = "confirm.code_words", .text = tr(u, why), .style = TEXT_BODY, .grow = wide);
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = "confirm.code", .label = tr(u, "confirm.code"), .style = BUTTON_SECONDARY,
              .action = ON(APP_GO, SCREEN_code));
    ui_close(u);
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    char name[64], id[19], mobile[12];
    struct doc *d = a->session.doc;
    name_mask(doc_text(d, (struct doc_path){"identity_check", NO_ENTRY, "full_name"}), name, sizeof name);
    id_mask(doc_text(d, (struct doc_path){"identity_check", NO_ENTRY, "id_number"}), id);
    mobile_mask(doc_text(d, (struct doc_path){"identity_check", NO_ENTRY, "mobile"}), mobile);
    page_open(a, u, &(struct page){.title = tr(u, "confirm.title"), .help = tr(u, "confirm.help"), .where = ""});
    UI_OPEN(u, .id = "confirm.card", .dir = UI_COLUMN, .gap = 12, .pad = 40, .surface = SURFACE_CARD);
    UI_TEXT(u, .id = "confirm.name", .text = name, .style = TEXT_TITLE, .data = true);
    UI_TEXT(u, .id = "confirm.id", .text = id, .style = TEXT_LEAD, .tone = TONE_INK2, .data = true);
    UI_TEXT(u, .id = "confirm.mobile", .text = mobile, .style = TEXT_LEAD, .tone = TONE_INK2, .data = true);
    ui_close(u);
    if (a->session.secret->code[0] || !a->session.new_person)
        ui_note(u, "confirm.kept", TONE_GOOD, tr(u, a->session.new_person ? "confirm.new" : "confirm.found"));
    else
        ui_note(u, "confirm.kept", TONE_GOOD, tr(u, "confirm.login"));
    chip_box(a, u, "confirm");
    code_card(a, u);
    page_bottom(a, u, ON(APP_EXIT_YES), tr(u, "confirm.no"));
    page_end(a, u, &(struct page_next){.id = "confirm.yes", .label = tr(u, "confirm.yes"), .action = ON(YES)});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)state;
    if (chip_event(a, ev) || ev->action.kind != YES)
        return;
    journey_pass(&a->journey, GATE_CONFIRMED);
    own_folder_home(a);
}

static void enter(struct app *a, void *state)
{
    (void)state;
    chip_enter(a, NULL);
}

static void leave(struct app *a, void *state)
{
    (void)state;
    chip_leave(a);
}

const struct screen screen_confirm = {.name = "confirm", .view = view, .event = event, .enter = enter, .leave = leave};
