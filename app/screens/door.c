/* 有账号 or 没有账号? The guide asks it first (R022). Whoever wants neither goes on without an account. */
#include "app/screens/page.h"

static void view(struct app *a, struct ui *u, void *state)
{
    (void)state;
    page_open(a, u,
              &(struct page){.title = tr(u, "door.title"),
                             .help = tr(u, "door.help"),
                             .where = tr(u, "login.title"),
                             .connection = true});
    UI_OPEN(u, .dir = UI_GRID, .columns = ui_environment(u)->landscape ? 2 : 1, .gap = 28);
    page_tile(u, "door.login", tr(u, "door.login"), tr(u, "door.login_note"), ON(APP_GO, SCREEN_login));
    page_tile(u, "door.wechat", tr(u, "door.wechat"), tr(u, "door.wechat_note"), ON(APP_GO, SCREEN_wechat));
    page_tile(u, "door.register", tr(u, "door.register"), tr(u, "door.register_note"), ON(APP_GO, SCREEN_register));
    page_tile(u, "door.here", tr(u, "door.here"), tr(u, "door.here_note"), ON(APP_GO, SCREEN_who));
    ui_close(u);
    if (!a->world.online)
        offline_card(a, u, "door.offline", tr(u, "door.offline"));
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u, NULL);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    (void)a;
    (void)state;
    (void)ev;
}

const struct screen screen_door = {.name = "door", .view = view, .event = event};
