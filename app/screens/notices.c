/* 工作通知 and 操作指南: read to the end or ten seconds, then a tick at 已阅读, once a session. The text comes from the
 * platform when it was synced, with its date; else from assets/guide. */
#include "app/screens/page.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

enum { TAB = 1, READ, NEXT };

struct notices {
    int tab;
    bool read, long_text, at_end;
    int64_t since_ms;
};

static const char *const guide_files[] = {"notice", "guide"};

static void guide_text(struct app *a, const char *name, struct str *out)
{
    const char *lang = a->languages[a->language].code;
    char file[64];
    snprintf(file, sizeof file, "guide/%s.%s.txt", name, lang);
    AUTOFREE char *path = assets_file(a, file);
    if (file_read(path, 1 << 20, out, NULL))
        return;
    snprintf(file, sizeof file, "guide/%s.zh.txt", name);
    AUTOFREE char *zh = assets_file(a, file);
    struct err e = {0};
    if (!file_read(zh, 1 << 20, out, &e))
        log_error("guide.read", "%s", e.text);
}

/* A line that starts with "# " is a heading; a blank line ends a paragraph. */
static void paragraphs(struct ui *u, char *text)
{
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "# ", 2) == 0)
            UI_TEXT(u, .text = line + 2, .style = TEXT_LEAD_BOLD, .role = "heading");
        else
            UI_TEXT(u, .text = line, .style = TEXT_BODY);
    }
}

static bool synced(struct app *a, struct ui *u)
{
    json_t *list = json_loads(str_z(&a->world.notices), 0, NULL);
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        const char *title = json_string_value(json_object_get(o, "title"));
        const char *text = json_string_value(json_object_get(o, "text"));
        char when[48];
        UI_OPEN(u, .dir = UI_COLUMN, .gap = 12);
        UI_TEXT(u, .text = title ? title : "", .style = TEXT_LEAD_BOLD, .role = "heading");
        page_when(u, json_integer_value(json_object_get(o, "at")), when, sizeof when);
        UI_TEXT(u, .text = when, .style = TEXT_SECONDARY, .tone = TONE_INK2);
        AUTOFREE char *copy = xstrdup(text ? text : "");
        paragraphs(u, copy);
        ui_close(u);
    }
    json_decref(list);
    return n > 0;
}

static void on_time(void *ctx)
{
    struct app *a = ctx;
    app_changed(a);
}

/* The tick stands below the text: who had to scroll to see it has been at the end. */
static void after_frame(void *ctx)
{
    struct app *a = ctx;
    struct notices *n = a->states[SCREEN_notices];
    struct ui_node_info tick;
    if (n->at_end || !ui_node_find(a->ui, "notices.read", &tick))
        return;
    n->at_end = tick.visible && n->long_text;
    n->long_text = n->long_text || !tick.visible;
    if (n->at_end)
        app_changed(a);
}

static bool may_read(const struct app *a, const struct notices *n)
{
    return n->at_end || clock_mono(a->clock) - n->since_ms >= a->conf->notice_s * 1000;
}

static void view(struct app *a, struct ui *u, void *state)
{
    struct notices *n = state;
    const char *tabs[] = {tr(u, "notices.work"), tr(u, "notices.guide")};
    page_open(a, u, &(struct page){.title = tr(u, "notices.title"), .help = tr(u, "notices.help"), .where = ""});
    ui_tabs(u, "notices.tabs", tabs, 2, (size_t)n->tab, ON(TAB));
    UI_OPEN(u, .id = "notices.text", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 40, .surface = SURFACE_CARD);
    if (n->tab == 1 || !synced(a, u)) {
        CLEANUP(str) struct str text = {0};
        guide_text(a, guide_files[n->tab], &text);
        if (text.len)
            paragraphs(u, text.p);
    }
    ui_close(u);
    page_basis(a, u, "notices.basis");
    bool ok = may_read(a, n);
    ui_check(
        u,
        &(struct ui_field){.id = "notices.read", .label = tr(u, "notices.read"), .action = ON(READ), .disabled = !ok},
        n->read);
    if (!ok)
        ui_note(u, "notices.wait", TONE_INK2, tr(u, "notices.wait"));
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.label = tr(u, "page.next"),
                                 .action = ON(NEXT),
                                 .disabled = !n->read,
                                 .reason = n->read ? NULL : tr(u, "notices.tick")});
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct notices *n = state;
    switch (ev->action.kind) {
    case TAB:
        n->tab = ev->number == 1;
        return;
    case READ:
        n->read = ev->number != 0;
        return;
    case NEXT:
        journey_pass(&a->journey, GATE_NOTICES);
        app_replace(a, SCREEN_home);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct notices *n = state;
    n->since_ms = clock_mono(a->clock);
    shell_timer(a->shell, n->since_ms + a->conf->notice_s * 1000, on_time, a);
    shell_after_frame(a->shell, after_frame, a);
}

static void leave(struct app *a, void *state)
{
    (void)state;
    shell_timer(a->shell, -1, on_time, a);
    shell_after_frame(a->shell, NULL, a);
}

const struct screen screen_notices = {
    .name = "notices", .state = sizeof(struct notices), .view = view, .event = event, .enter = enter, .leave = leave};
