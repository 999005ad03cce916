/* The page that waits: what this is, what to bring, how long it takes, and one big button. */
#include "app/screens/page.h"

#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

/* Two ranges, in thousandths of the rectangle: the Tianshan far and near. */
static const int far_range[] = {0,   560, 150, 350, 240, 520,  365, 200,  530,  640, 640,
                                390, 780, 690, 880, 520, 1000, 760, 1000, 1000, 0,   1000};
static const int near_range[] = {0,   760, 175, 470,  325, 800,  480,  530, 665,
                                 860, 815, 620, 1000, 980, 1000, 1000, 0,   1000};

static void range(struct draw *d, struct rect r, const int *points, size_t n, uint32_t color, int alpha)
{
    int xy[32];
    for (size_t i = 0; i < n; i += 2) {
        xy[i] = r.x + points[i] * r.w / 1000;
        xy[i + 1] = r.y + points[i + 1] * r.h / 1000;
    }
    draw_polygon(d, xy, (int)n / 2, color, alpha);
}

static void mountains(void *ctx, struct draw *d, struct rect r)
{
    const struct theme *th = ctx;
    draw_gradient(d, r, th->deep, th->brand);
    struct rect foot = {r.x, r.y + r.h / 2, r.w, r.h - r.h / 2};
    range(d, foot, far_range, ARRAY_LEN(far_range), th->card, 26);
    range(d, foot, near_range, ARRAY_LEN(near_range), th->card, 56);
}

static void place_and_time(struct app *a, struct ui *u)
{
    char number[16], time[16];
    struct civil now = app_today(a);
    int n = a->world.number ? a->world.number : (int)a->conf->number;
    const char *hall = a->world.hall[0] ? a->world.hall : a->conf->hall;
    snprintf(number, sizeof number, "%d", n);
    snprintf(time, sizeof time, "%02d:%02d", now.hour, now.minute);
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20, .main = MAIN_BETWEEN);
    UI_TEXT(u, .id = "idle.hall", .style = TEXT_SECONDARY, .tone = TONE_ON_DEEP,
            .text = n ? TR(u, "idle.hall", {"hall", hall}, {"n", number}) : hall);
    UI_TEXT(u, .id = "idle.time", .style = TEXT_SECONDARY, .tone = TONE_ON_DEEP,
            .text = TR(u, "idle.time", {"time", time}, {"hours", a->conf->hours}));
    ui_close(u);
}

static void hero(struct app *a, struct ui *u, bool landscape)
{
    bool large = ui_environment(u)->large;
    UI_OPEN(u, .dir = UI_STACK, .height = landscape || large ? 0 : 860, .width = landscape, .grow = landscape ? 52 : 0,
            .min_height = large ? 480 : 0);
    ui_canvas(u, NULL, NULL, 0, 0, 1, mountains, (void *)(uintptr_t)ui_theme(u));
    UI_OPEN(u, .dir = UI_COLUMN, .pad_x = 64, .pad_y = 64, .gap = 20);
    place_and_time(a, u);
    ui_space(u, large ? 20 : 80, 0);
    UI_TEXT(u, .id = "idle.title", .text = tr(u, "idle.title"), .style = large ? TEXT_TITLE : TEXT_HERO,
            .tone = TONE_ON_DEEP, .role = "heading");
    UI_TEXT(u, .id = "idle.what", .text = tr(u, "idle.what"), .style = TEXT_LEAD, .tone = TONE_ON_DEEP);
    UI_TEXT(u, .id = "idle.bring", .text = tr(u, "idle.bring"), .style = TEXT_SECONDARY, .tone = TONE_ON_DEEP);
    ui_close(u);
    ui_close(u);
}

static const char *second_language(const struct app *a, const char *key)
{
    const char *own = strings_find(a->languages[a->language].strings, key);
    const char *shown = own ? own : strings_find(a->fallback, key);
    for (size_t i = 0; i < a->n_languages; i++) {
        const char *text = strings_find(a->languages[i].strings, key);
        if (i != a->language && a->languages[i].offered && text && strcmp(text, shown) != 0)
            return text;
    }
    return NULL;
}

static void languages(struct app *a, struct ui *u)
{
    size_t offered = 0;
    for (size_t i = 0; i < a->n_languages; i++)
        offered += a->languages[i].offered;
    if (offered < 2)
        return;
    bool narrow = ui_environment(u)->landscape || ui_environment(u)->large;
    UI_OPEN(u, .dir = UI_GRID, .columns = narrow ? 2 : 4, .gap = 20);
    for (size_t i = 0; i < a->n_languages; i++) {
        char id[32];
        const char *self = strings_find(a->languages[i].strings, "lang.self");
        if (!a->languages[i].offered)
            continue;
        snprintf(id, sizeof id, "idle.language.%s", a->languages[i].code);
        UI_BUTTON(u, .id = id, .label = self ? self : a->languages[i].code, .style = BUTTON_SECONDARY,
                  .selected = i == a->language, .action = ON(APP_LANGUAGE_SET, (int)i));
    }
    ui_close(u);
}

static void ways(struct app *a, struct ui *u)
{
    bool landscape = ui_environment(u)->landscape;
    UI_OPEN(u, .dir = UI_COLUMN, .pad_x = landscape ? 40 : 64, .pad_y = 48, .gap = 32, .width = landscape,
            .grow = landscape ? 48 : 1);
    UI_BUTTON(u, .id = "idle.start", .label = tr(u, "idle.start"), .label2 = second_language(a, "idle.start"),
              .style = BUTTON_HERO, .action = ON(APP_GO, SCREEN_home), .disabled = !a->ready,
              .reason = a->ready ? NULL : tr(u, a->failure ? "failure.title" : "idle.getting_ready"));
    UI_OPEN(u, .dir = UI_GRID, .columns = 2, .gap = 32);
    page_tile(u, "idle.query", tr(u, "idle.query"), tr(u, "idle.query_note"), ON(APP_GO, SCREEN_query));
    page_tile(u, "idle.which", tr(u, "idle.which"), tr(u, "idle.which_note"), ON(APP_GO, SCREEN_eligibility));
    ui_close(u);
    languages(a, u);
    ui_close(u);
}

static void foot(struct app *a, struct ui *u)
{
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "idle.large", .label = tr(u, a->journey.large ? "idle.normal" : "idle.large"),
              .style = BUTTON_PILL, .selected = a->journey.large, .action = ON(APP_LARGE));
    CLEANUP(str) struct str state = {0};
    str_puts(&state, connection_text(a, u));
    if (assets_old(a))
        str_printf(&state, " · %s", TR(u, "idle.rules_old", {"n", tr_int(u, assets_age(a))}));
    UI_TEXT(u, .id = "idle.connection", .text = str_z(&state), .style = TEXT_SECONDARY,
            .tone = assets_old(a)     ? TONE_APRICOT
                    : a->world.online ? TONE_GOOD
                                      : TONE_INK2,
            .align = ALIGN_CENTER, .grow = 1, .role = "status");
    UI_BUTTON(u, .id = "idle.staff", .label = tr(u, "idle.staff"), .style = BUTTON_ATTENTION, .action = ON(APP_STAFF));
}

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    bool landscape = ui_environment(u)->landscape;
    ui_page_open(u, &(struct ui_page){.id = "idle", .plain = true});
    UI_OPEN(u, .dir = landscape ? UI_ROW : UI_COLUMN, .grow = 1);
    hero(a, u, landscape);
    ways(a, u);
    ui_close(u);
    foot(a, u);
    ui_page_close(u);
    if (a->journey.dim)
        ui_veil(u, 176);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)a;
    (void)state;
    (void)ev;
}

const struct screen screen_idle = {.name = "idle", .view = view, .event = event};
