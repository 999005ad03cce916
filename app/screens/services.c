/* 其他业务系统: the guide's second door; behind it is 历史数据补录. */
#include "app/screens/page.h"

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    const struct crumb crumbs[] = {{"services.home", tr(u, "home.title"), SCREEN_home},
                                   {"services.here", tr(u, "services.title"), SCREEN_services}};
    page_open(a, u, &(struct page){.title = tr(u, "services.title"), .help = tr(u, "services.help"), .where = ""});
    page_crumbs(a, u, crumbs, 2);
    page_tile(u, "services.records", tr(u, "records.title"), tr(u, "home.records_note"), ON(APP_GO, SCREEN_records));
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u, NULL);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)a;
    (void)state;
    (void)ev;
}

const struct screen screen_services = {.name = "services", .view = view, .event = event};
