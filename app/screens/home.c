/* 我的主页: who is here, what is kept of them, and the way the guide names: 我的主页 → 其他业务系统 → 历史数据补录. */
#include "app/screens/page.h"
#include "app/screens/parked.h"
#include "app/screens/person.h"

#include "sync/base/cleanup.h"

#include <stdio.h>

static void person_card(struct app *a, struct ui *u)
{
    char name[64], id[19], mobile[12];
    struct doc *d = a->session.doc;
    name_mask(doc_text(d, (struct doc_path){"identity_check", NO_ENTRY, "full_name"}), name, sizeof name);
    id_mask(doc_text(d, (struct doc_path){"identity_check", NO_ENTRY, "id_number"}), id);
    mobile_mask(doc_text(d, (struct doc_path){"identity_check", NO_ENTRY, "mobile"}), mobile);
    UI_OPEN(u, .id = "home.person", .dir = UI_COLUMN, .gap = 12, .pad = 40, .surface = SURFACE_CARD);
    UI_TEXT(u, .id = "home.name", .text = name, .style = TEXT_LEAD_BOLD, .data = true);
    UI_TEXT(u, .text = id, .style = TEXT_SECONDARY, .tone = TONE_INK2, .data = true);
    UI_TEXT(u, .text = mobile, .style = TEXT_SECONDARY, .tone = TONE_INK2, .data = true);
    static const char *const images[] = {"id_card_front", "photo_1inch"};
    for (size_t i = 0; i < ARRAY_LEN(images); i++) {
        char id_[64], key[64];
        bool there = doc_answered(d, (struct doc_path){"images", NO_ENTRY, images[i]});
        snprintf(id_, sizeof id_, "home.%s", images[i]);
        snprintf(key, sizeof key, "home.%s_%s", images[i], there ? "there" : "missing");
        ui_note(u, id_, there ? TONE_GOOD : TONE_INK2, tr(u, key));
    }
    ui_close(u);
}

/* What the platform has to say: open questions, or why it was not heard. */
static void platform_note(struct app *a, struct ui *u)
{
    size_t n = profile_open(a);
    if (n) {
        UI_OPEN(u, .id = "home.differences", .dir = UI_COLUMN, .gap = 16, .pad = 32, .surface = SURFACE_ATTENTION);
        UI_TEXT(u, .text = TR(u, "home.differences", {"n", tr_int(u, (int)n)}), .style = TEXT_LEAD_BOLD);
        UI_TEXT(u, .text = tr(u, "home.differences_text"), .style = TEXT_BODY, .tone = TONE_INK2);
        UI_OPEN(u, .dir = UI_ROW);
        UI_BUTTON(u, .id = "home.differences_go", .label = tr(u, "home.differences_go"), .style = BUTTON_PRIMARY,
                  .action = ON(APP_GO, SCREEN_differences));
        ui_close(u);
        ui_close(u);
    } else if (a->profile.words && account_in(&a->account)) {
        ui_note(u, "home.profile", TONE_INK2, tr(u, "home.profile_later"));
    }
}

/* A draft of another kiosk waits to be gone on with. */
static void parked_card(struct app *a, struct ui *u)
{
    struct parked_draft d;
    char when[48];
    if (!parked_away(a, 0, &d))
        return;
    bool wide = ui_environment(u)->landscape;
    UI_OPEN(u, .id = "home.parked", .dir = wide ? UI_ROW : UI_COLUMN, .gap = 16, .pad = 32,
            .cross = wide ? CROSS_CENTER : CROSS_STRETCH, .surface = SURFACE_ATTENTION);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 12, .grow = wide, .width = wide);
    UI_TEXT(u, .text = TR(u, "home.parked", {"title", *d.name ? d.name : tr(u, "records.no_title")}),
            .style = TEXT_LEAD_BOLD);
    UI_TEXT(u,
            .text = TR(u, "parked.at", {"hall", d.at.hall}, {"n", tr_int(u, d.at.kiosk)},
                       {"when", page_when(u, d.at.edited_ms, when, sizeof when)}),
            .style = TEXT_BODY, .tone = TONE_INK2);
    ui_close(u);
    UI_OPEN(u, .dir = UI_ROW);
    UI_BUTTON(u, .id = "home.parked_go", .label = tr(u, "home.parked_go"), .style = BUTTON_PRIMARY,
              .action = ON(APP_GO, SCREEN_records));
    ui_close(u);
    ui_close(u);
}

static void tiles(struct app *a, struct ui *u)
{
    int drafts = 0, returned = 0;
    for (size_t i = 0; i < a->n_records; i++) {
        drafts += a->records[i].row.state == DECL_DRAFT;
        returned += a->records[i].row.state == DECL_UNIT_RETURNED || a->records[i].row.state == DECL_SUPERIOR_RETURNED;
    }
    CLEANUP(str) struct str note = {0};
    str_puts(&note, returned ? TR(u, "home.records_returned", {"n", tr_int(u, returned)})
                    : drafts ? TR(u, "home.records_drafts", {"n", tr_int(u, drafts)})
                             : tr(u, "home.records_note"));
    page_tile(u, "home.records", tr(u, "records.title"), str_z(&note), ON(APP_GO, SCREEN_records));
    page_tile(u, "home.services", tr(u, "services.title"), tr(u, "home.services_note"), ON(APP_GO, SCREEN_services));
    page_tile(u, "home.account", tr(u, "account.title"), tr(u, "home.account_note"), ON(APP_GO, SCREEN_account));
    page_tile(u, "home.which", tr(u, "idle.which"), tr(u, "idle.which_note"), ON(APP_GO, SCREEN_eligibility));
    page_tile(u, "home.notices", tr(u, "home.notices"), tr(u, "home.notices_note"), ON(APP_GO, SCREEN_notices));
}

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    bool landscape = ui_environment(u)->landscape;
    page_open(
        a, u,
        &(struct page){.title = tr(u, "home.title"), .help = tr(u, "home.help"), .where = "", .connection = true});
    platform_note(a, u);
    parked_card(a, u);
    UI_OPEN(u, .dir = landscape ? UI_ROW : UI_COLUMN, .gap = 32);
    UI_OPEN(u, .dir = UI_COLUMN, .width = landscape ? 580 : 0);
    person_card(a, u);
    ui_close(u);
    UI_OPEN(u, .dir = UI_COLUMN, .gap = 24, .grow = landscape, .width = landscape);
    tiles(a, u);
    ui_close(u);
    ui_close(u);
    ui_page_close(u);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)a;
    (void)state;
    (void)ev;
}

static void enter(struct app *a, void *state)
{
    (void)state;
    profile_fetch(a, false);
}

static void news(struct app *a, void *state)
{
    (void)state;
    person_records(a);
    profile_fetch(a, false);
}

const struct screen screen_home = {.name = "home", .view = view, .event = event, .enter = enter, .news = news};
