#include "app/screens/page.h"

#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

static const char *const step_keys[] = {"step.identity",    "step.award",    "step.publicity", "step.images",
                                        "step.attachments", "step.sections", "step.submit"};

const char *page_when(struct ui *u, int64_t wall_ms, char *out, size_t size)
{
    struct civil c = clock_beijing(wall_ms);
    char d[16], time[32], month[24];
    snprintf(month, sizeof month, "ui.month.%d", c.month);
    snprintf(d, sizeof d, "%d", c.day);
    snprintf(time, sizeof time, "%02d:%02d", c.hour, c.minute);
    zcopy(out, size, TR(u, "page.when", {"month", tr(u, month)}, {"d", d}, {"time", time}));
    return out;
}

/* What does not pass by itself: whoever reads it should call staff. NULL: waiting helps. */
static const char *call_staff_key(const char *reason)
{
    static const char *const keys[][2] = {{"link.offline.clock", "page.call.clock"},
                                          {"link.offline.revoked", "page.call.revoked"},
                                          {"link.offline.ended", "page.call.ended"},
                                          {"link.offline.refused", "page.call.refused"}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(reason, keys[i][0]))
            return keys[i][1];
    return NULL;
}

const char *connection_text(struct app *a, struct ui *u)
{
    if (a->world.online)
        return tr(u, "page.online");
    const char *call_key = call_staff_key(a->world.offline_reason);
    if (call_key)
        return tr(u, call_key);
    if (a->world.last_contact[0]) {
        char when[48];
        page_when(u, strtoll(a->world.last_contact, NULL, 10), when, sizeof when);
        return TR(u, "page.offline_since", {"when", when});
    }
    return tr(u, "page.offline");
}

void page_basis(struct app *a, struct ui *u, const char *id)
{
    const char *date = a->forms ? form_set_date(a->forms) : "";
    if (!a->forms)
        return;
    UI_TEXT(u, .id = id, .style = TEXT_TAG, .tone = TONE_INK2,
            .text = *date ? TR(u, "page.basis_dated", {"version", form_set_rules_version(a->forms)}, {"date", date})
                          : TR(u, "page.basis", {"version", form_set_rules_version(a->forms)}));
}

static unsigned steps_done(const struct app *a)
{
    unsigned reached = a->session.doc && a->session.declaration[0] ? app_step_reached(a, a->session.doc) : 0;
    return (1u << reached) - 1;
}

static void save_failed(struct app *a, struct ui *u)
{
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1);
    ui_note(u, "page.unsaved", TONE_BAD, tr(u, a->saver.failed == ERR_FULL ? "page.unsaved_full" : "page.unsaved"));
    ui_close(u);
    UI_BUTTON(u, .id = "page.save_again", .label = tr(u, "page.save_again"), .action = ON(APP_SAVE_AGAIN));
    ui_close(u);
}

void page_open(struct app *a, struct ui *u, const struct page *p)
{
    const char *steps[ARRAY_LEN(step_keys)];
    for (size_t i = 0; i < ARRAY_LEN(step_keys); i++)
        steps[i] = tr(u, step_keys[i]);
    CLEANUP(str) struct str where = {0}, step = {0};
    a->saves = p->step > 0;
    if (p->where) {
        str_puts(&where, p->where);
    } else if (a->session.declaration[0]) {
        CLEANUP(str) struct str title = {0};
        app_title_of(a, a->session.doc, &title);
        str_printf(&where, "%s%s%s", tr(u, "page.form"), title.len ? " · " : "", str_z(&title));
    }
    if (a->journey.assisted)
        str_printf(&where, "%s%s", where.len ? " · " : "", tr(u, "page.assisted"));
    if (p->step && p->step_text && ui_environment(u)->large) /* the step is marked in the bar above */
        str_puts(&step, p->step_text);
    else if (p->step)
        str_printf(&step, "%s%s%s", TR(u, "page.step_n", {"n", tr_int(u, p->step)}, {"of", tr_int(u, 7)}),
                   p->step_text ? "　" : "", p->step_text ? p->step_text : "");
    else if (p->step_text)
        str_puts(&step, p->step_text);
    ui_page_open(u, &(struct ui_page){
                        .id = app_screen(a)->name,
                        .where = str_z(&where),
                        .exit_label = tr(u, p->close.kind ? "page.close" : "page.exit"),
                        .exit = p->close.kind ? p->close : ON(APP_EXIT),
                        .language = ON(APP_LANGUAGE),
                        .large = ON(APP_LARGE),
                        .staff = ON(APP_STAFF),
                        .connection = p->connection ? connection_text(a, u) : NULL,
                        .steps = p->step ? steps : NULL,
                        .n_steps = p->step ? ARRAY_LEN(steps) : 0,
                        .step = p->step ? (size_t)p->step - 1 : 0,
                        .steps_done = p->step ? steps_done(a) : 0,
                        .step_text = step.len ? str_z(&step) : NULL,
                        .title = p->title,
                        .help = p->help,
                    });
    if (a->saver.failed != ERR_NONE)
        save_failed(a, u);
}

void page_bottom(struct app *a, struct ui *u, struct ui_action back, const char *back_label)
{
    char id[64];
    ui_page_bottom(u);
    if (!back.kind)
        return;
    snprintf(id, sizeof id, "%s.back", app_screen(a)->name);
    UI_BUTTON(u, .id = id, .label = back_label ? back_label : tr(u, "page.back"), .style = BUTTON_SECONDARY,
              .action = back);
}

/* Quietly: where the bar has to say why one cannot go on, only what is not saved is said. */
static void save_word(struct app *a, struct ui *u, bool other_words)
{
    enum save_state s = saver_state(&a->saver);
    if (s == SAVE_CLEAN || !a->saves || (s == SAVE_DONE && other_words))
        return;
    static const char *const keys[] = {
        [SAVE_PENDING] = "page.saving", [SAVE_DONE] = "page.saved", [SAVE_FAILED] = "page.not_saved"};
    UI_TEXT(u, .id = "page.save", .text = tr(u, keys[s]), .style = TEXT_SECONDARY,
            .tone = s == SAVE_DONE     ? TONE_GOOD
                    : s == SAVE_FAILED ? TONE_BAD
                                       : TONE_INK2,
            .role = "status");
}

void page_end(struct app *a, struct ui *u, const struct page_next *next)
{
    ui_space(u, 0, 1);
    save_word(a, u, next && next->reason);
    if (next) {
        char id[64];
        snprintf(id, sizeof id, "%s.next", app_screen(a)->name);
        bool held = a->saver.failed != ERR_NONE;
        UI_BUTTON(u, .id = next->id ? next->id : id, .label = next->label, .style = BUTTON_PRIMARY,
                  .action = next->action, .disabled = next->disabled || held, .busy = next->busy,
                  .reason = held ? tr(u, "page.not_saved") : next->reason);
    }
    ui_page_close(u);
}

void page_crumbs(struct app *a, struct ui *u, const struct crumb *crumbs, size_t n)
{
    (void)a;
    UI_OPEN(u, .dir = UI_WRAP, .gap = 8, .cross = CROSS_CENTER);
    for (size_t i = 0; i < n; i++) {
        if (i)
            UI_TEXT(u, .text = "›", .style = TEXT_SECONDARY, .tone = TONE_INK2);
        if (i + 1 < n)
            UI_BUTTON(u, .id = crumbs[i].id, .label = crumbs[i].label, .style = BUTTON_LINK,
                      .action = ON(APP_GO, crumbs[i].to));
        else
            UI_TEXT(u, .id = crumbs[i].id, .text = crumbs[i].label, .style = TEXT_BODY_BOLD);
    }
    ui_close(u);
}

void page_tile(struct ui *u, const char *id, const char *title, const char *note, struct ui_action tap)
{
    UI_OPEN(u, .id = id, .role = "button", .label = title, .dir = UI_COLUMN, .pad_x = 40, .pad_y = 28, .gap = 4,
            .surface = SURFACE_CARD, .tap = tap, .min_height = 160, .main = MAIN_CENTER);
    ui_text(u, TEXT_LEAD_BOLD, title);
    if (note)
        UI_TEXT(u, .text = note, .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
}

/* --- overlays --- */

static void language_overlay(struct app *a, struct ui *u)
{
    ui_dialog_open(u, &(struct ui_dialog){"language", tr(u, "language.title"), NULL});
    UI_OPEN(u, .dir = UI_GRID, .columns = 2, .gap = 20);
    for (size_t i = 0; i < a->n_languages; i++) {
        char id[32];
        if (!a->languages[i].offered)
            continue;
        snprintf(id, sizeof id, "language.%s", a->languages[i].code);
        const char *self = strings_find(a->languages[i].strings, "lang.self");
        UI_BUTTON(u, .id = id, .label = self ? self : a->languages[i].code, .selected = i == a->language,
                  .action = ON(APP_LANGUAGE_SET, (int)i));
    }
    ui_close(u);
    UI_BUTTON(u, .id = "language.close", .label = tr(u, "page.close"), .style = BUTTON_QUIET,
              .action = ON(APP_CLOSE_OVERLAY));
    ui_dialog_close(u);
}

static void staff_overlay(struct app *a, struct ui *u)
{
    const char *phone = a->conf->help_phone;
    ui_dialog_open(u, &(struct ui_dialog){"staff", tr(u, "staff.title"), tr(u, "staff.text")});
    if (phone && *phone)
        UI_TEXT(u, .id = "staff.phone", .text = TR(u, "staff.phone", {"phone", phone}), .style = TEXT_LEAD);
    UI_BUTTON(u, .id = "staff.close", .label = tr(u, "staff.go_on"), .style = BUTTON_PRIMARY,
              .action = ON(APP_CLOSE_OVERLAY));
    UI_BUTTON(u, .id = "staff.door", .label = tr(u, "staff.door"), .style = BUTTON_QUIET, .action = ON(APP_STAFF_DOOR));
    ui_dialog_close(u);
}

static void exit_overlay(struct app *a, struct ui *u)
{
    bool person = session_open(&a->session);
    ui_dialog_open(u, &(struct ui_dialog){"exit", tr(u, "exit.title"), tr(u, person ? "exit.saved" : "exit.text")});
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "exit.stay", .label = tr(u, "exit.stay"), .grow = 1, .action = ON(APP_CLOSE_OVERLAY));
    UI_BUTTON(u, .id = "exit.yes", .label = tr(u, "page.exit"), .style = BUTTON_PRIMARY, .grow = 1,
              .action = ON(APP_EXIT_YES));
    ui_close(u);
    ui_dialog_close(u);
}

static void idle_overlay(struct app *a, struct ui *u)
{
    int left = journey_seconds_left(&a->journey, clock_mono(a->clock));
    bool person = session_open(&a->session);
    ui_dialog_open(u, &(struct ui_dialog){"idle_warning", tr(u, "idle_warning.title"),
                                          tr(u, person ? "idle_warning.saved" : "idle_warning.text")});
    UI_TEXT(u, .id = "idle_warning.seconds", .text = TR(u, "idle_warning.seconds", {"n", tr_int(u, left)}),
            .style = TEXT_TITLE, .tone = TONE_APRICOT, .align = ALIGN_CENTER, .role = "alert");
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    UI_BUTTON(u, .id = "idle_warning.exit", .label = tr(u, "page.exit"), .grow = 1, .action = ON(APP_EXIT_YES));
    UI_BUTTON(u, .id = "idle_warning.stay", .label = tr(u, "idle_warning.stay"), .style = BUTTON_PRIMARY, .grow = 1,
              .action = ON(APP_STILL_HERE));
    ui_close(u);
    ui_dialog_close(u);
}

void page_overlays(struct app *a, struct ui *u)
{
    if (a->journey.warned) {
        idle_overlay(a, u);
        return;
    }
    switch (a->overlay) {
    case OVERLAY_NONE:
        return;
    case OVERLAY_LANGUAGE:
        language_overlay(a, u);
        return;
    case OVERLAY_STAFF:
        staff_overlay(a, u);
        return;
    case OVERLAY_EXIT:
        exit_overlay(a, u);
        return;
    }
}
