/* bulu-kiosk: options, configuration, wiring, loop. What the idle page does not need (forms, store, link, scanner) is
 * opened after the first frame. */
#include "app/screens/app.h"
#include "app/ui/automation.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/base/process.h"
#include "sync/base/random.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define VERSION "1.0"

static const char usage[] = "bulu-kiosk --config FILE: the kiosk's screen\n"
                            "  --automation SOCK  listen for tests on a unix socket (not in the appliance)\n"
                            "  --size WxH         framebuffer, instead of the configured one\n"
                            "  --lang L           language of the idle page: zh, ug, kk, en\n"
                            "  --large            begin in large text\n"
                            "  --fake-clock       time stands still until the automation moves it\n"
                            "  --print-config     a sample of FILE with every key and its default\n"
                            "  --help\n"
                            "exit: 0 done, 1 failed, 2 usage\n";

struct options {
    const char *config, *automation, *lang;
    int width, height;
    bool large, fake_clock;
};

struct kiosk {
    struct options o;
    struct app_config conf;
    struct app app;
    struct clock_fake fake;
    struct fonts *fonts;
    struct theme_set themes;
    struct automation *automation;
    bool opened; /* what comes after the first frame */
};

/* --- options --- */

static bool size_of(const char *z, struct options *o)
{
    char behind;
    return sscanf(z, "%5dx%5d%c", &o->width, &o->height, &behind) == 2 && o->width >= 320 && o->height >= 320;
}

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {{"config", required_argument, NULL, 'c'},
                                          {"automation", required_argument, NULL, 'a'},
                                          {"size", required_argument, NULL, 's'},
                                          {"lang", required_argument, NULL, 'l'},
                                          {"large", no_argument, NULL, 'L'},
                                          {"fake-clock", no_argument, NULL, 'f'},
                                          {"print-config", no_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        CLEANUP(str) struct str sample = {0};
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 'a':
            o->automation = optarg;
            break;
        case 's':
            if (size_of(optarg, o))
                break;
            fprintf(stderr, "bulu-kiosk: --size: expected WIDTHxHEIGHT, as 1080x1920\n");
            return 2;
        case 'l':
            o->lang = optarg;
            break;
        case 'L':
            o->large = true;
            break;
        case 'f':
            o->fake_clock = true;
            break;
        case 'p':
            conf_print(app_config_keys, app_config_count, &sample);
            fputs(str_z(&sample), stdout);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind == argc && o->config)
        return -1;
    fputs(usage, stderr);
    return 2;
}

/* --- descriptors of others in our loop --- */

static void link_ready(void *ctx, short revents);
static void link_due(void *ctx);
static void door_ready(void *ctx, short revents);
static void door_due(void *ctx);

static void arm(struct kiosk *k)
{
    struct app *a = &k->app;
    int64_t deadline = -1;
    short events = 0;
    if (a->link) {
        int fd = link_client_fd(a->link, &events, &deadline);
        shell_watch(a->shell, fd, fd >= 0 ? events : 0, link_ready, k);
        shell_timer(a->shell, deadline, link_due, k);
    }
    if (a->worker) {
        int fd = worker_door_fd(a->worker, &deadline);
        shell_watch(a->shell, fd, fd >= 0 ? POLLIN : 0, door_ready, k);
        shell_timer(a->shell, deadline, door_due, k);
    }
}

static void link_step(struct kiosk *k, short revents)
{
    link_client_step(k->app.link, revents, clock_mono(k->app.clock));
    arm(k);
}

static void link_ready(void *ctx, short revents)
{
    link_step(ctx, revents);
}

static void link_due(void *ctx)
{
    link_step(ctx, 0);
}

static void door_step(struct kiosk *k)
{
    worker_door_step(k->app.worker, clock_mono(k->app.clock));
    arm(k);
}

static void door_ready(void *ctx, short revents)
{
    (void)revents;
    door_step(ctx);
}

static void door_due(void *ctx)
{
    door_step(ctx);
}

static void on_wake(void *ctx)
{
    struct kiosk *k = ctx;
    if (k->app.store)
        store_thread_deliver(k->app.store);
    if (k->app.import)
        import_deliver(k->app.import);
    if (k->app.previews)
        import_deliver(k->app.previews);
    arm(k);
}

/* Any thread. */
static void wake(void *ctx)
{
    struct kiosk *k = ctx;
    shell_wake(k->app.shell);
}

static void link_connected(void *ctx, bool connected)
{
    struct kiosk *k = ctx;
    app_link_connected(&k->app, connected);
}

static void link_news_(void *ctx, const char *what, const json_t *body)
{
    struct kiosk *k = ctx;
    app_link_news(&k->app, what, body);
}

/* --- input and frames --- */

static void input(void *ctx, const struct input_event *ev)
{
    struct kiosk *k = ctx;
    if (ev->kind == INPUT_QUIT) {
        shell_quit(k->app.shell);
        return;
    }
    if (ev->kind == INPUT_DOWN || ev->kind == INPUT_TEXT || ev->kind == INPUT_KEY || ev->kind == INPUT_WHEEL) {
        /* A touch that only wakes a dim screen presses nothing. */
        bool asleep = k->app.journey.dim;
        app_touched(&k->app);
        if (asleep)
            return;
    }
    ui_input(k->app.ui, ev);
}

static void frame(void *ctx)
{
    struct kiosk *k = ctx;
    ui_frame(k->app.ui);
    arm(k);
}

/* --- opening --- */

static struct language *language_of(struct app *a, const char *code)
{
    for (size_t i = 0; i < a->n_languages; i++)
        if (strcmp(a->languages[i].code, code) == 0)
            return &a->languages[i];
    return NULL;
}

/* Chinese is always there. */
static bool open_languages(struct kiosk *k, struct err *e)
{
    struct app *a = &k->app;
    AUTOFREE char *list = xasprintf("%s zh", k->conf.languages);
    char *save = NULL;
    for (char *code = strtok_r(list, " ,", &save); code; code = strtok_r(NULL, " ,", &save)) {
        char file[32];
        if (language_of(a, code) || a->n_languages == ARRAY_LEN(a->languages) || strlen(code) > 7)
            continue;
        snprintf(file, sizeof file, "strings/%s.po", code);
        AUTOFREE char *path = xasprintf("%s/%s", k->conf.assets, file);
        struct language *l = &a->languages[a->n_languages];
        if (!(l->strings = strings_load(path, e)))
            return false;
        zcopy(l->code, sizeof l->code, code);
        a->n_languages++;
    }
    languages_judge(a);
    const struct language *first = k->o.lang ? language_of(a, k->o.lang) : &a->languages[0];
    if (!first)
        return err_set(e, ERR_CONFIG, "--lang %s: not among the configured languages", k->o.lang);
    a->first_language = a->language = (size_t)(first - a->languages);
    return true;
}

static bool headless(void)
{
    const char *driver = getenv("SDL_VIDEODRIVER");
    if (driver && *driver)
        return strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0;
    return !getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY");
}

static bool open_screen(struct kiosk *k, struct err *e)
{
    static const struct shell_ops ops = {input, frame};
    struct app *a = &k->app;
    const struct shell_options so = {
        .width = k->o.width ? k->o.width : (int)k->conf.width,
        .height = k->o.height ? k->o.height : (int)k->conf.height,
        .offscreen = headless(),
        .fullscreen = k->conf.fullscreen,
        .clock = a->clock,
    };
    if (!(a->shell = shell_create(&so, &ops, k, e)) || !(k->fonts = fonts_open(k->conf.fonts, e)) ||
        !theme_load(k->conf.assets, &k->themes, e) || !open_languages(k, e))
        return false;
    if (k->conf.px_per_mm_x100)
        k->themes.px_per_mm_x100 = (int)k->conf.px_per_mm_x100;
    bool own = k->conf.worker[0];
    if (!(a->worker = worker_door_create(own ? k->conf.worker : NULL, own ? NULL : k->conf.worker_socket, e)))
        return false;
    const struct ui_options uo = {a->shell, k->fonts, &k->themes, k->conf.assets, a->worker};
    if (!(a->ui = ui_create(&uo, e)))
        return false;
    ui_set_language(a->ui, a->languages[a->language].strings, a->fallback);
    if (k->o.large)
        ui_set_large(a->ui, true);
    return true;
}

static bool open_scanner(struct kiosk *k, struct err *e)
{
    if (!k->conf.scanner[0])
        return true;
    const struct scanner_device device = {
        .name = k->conf.scanner_name,
        .device = k->conf.scanner,
        .mode = k->conf.scanner_mode,
        .options = k->conf.scanner_options[0] ? k->conf.scanner_options : NULL,
        .dpi = (int)k->conf.scan_dpi,
    };
    k->app.scanner = scanner_sane_create(k->app.worker, &device, 1, e);
    if (k->app.scanner)
        scanner_report_to(k->app.scanner, k->app.devices.health);
    return k->app.scanner != NULL;
}

static bool open_id_reader(struct kiosk *k, struct err *e)
{
    struct app *a = &k->app;
    if (!k->conf.id_reader[0])
        return true;
    a->id_reader = id_reader_create(a->worker, a->devices.health, k->conf.id_reader, k->conf.id_reader_name, e);
    return a->id_reader != NULL;
}

static bool open_printer(struct kiosk *k, struct err *e)
{
    struct app *a = &k->app;
    const struct printer_device device = {
        .device = k->conf.printer,
        .name = k->conf.printer_name,
        .baud = (int)k->conf.printer_baud,
        .width = (int)k->conf.printer_width,
        .cut = k->conf.printer_cut,
    };
    if (!k->conf.printer[0])
        return true;
    a->printer = printer_create(a->worker, a->devices.health, &device, e);
    return a->printer != NULL;
}

static bool open_rest(struct kiosk *k, struct err *e)
{
    static const struct link_client_ops link_ops = {link_connected, link_news_};
    struct app *a = &k->app;
    const struct store_options store = {
        .dir = k->conf.store,
        .clock = clock_system(),
        .random = random_system(),
        .crypto = a->crypto,
        .with_device_secret = true,
    };
    if (!a->crypto->self_test(e) || !assets_open(a, e) || !(a->store = store_thread_start(&store, wake, k, e)))
        return false;
    devices_open(a);
    if (!open_scanner(k, e) || !open_id_reader(k, e) || !open_printer(k, e))
        return false;
    devices_look(a);
    a->import = import_create(a->worker, k->conf.import, wake, k);
    a->previews = import_create(a->worker, k->conf.import, wake, k);
    a->link = link_client_create(k->conf.link, "bulu-kiosk", VERSION, &link_ops, k);
    return true;
}

static void after_first_frame(void *ctx)
{
    struct kiosk *k = ctx;
    struct err e = {0};
    if (k->opened)
        return;
    k->opened = true;
    shell_after_frame(k->app.shell, NULL, k);
    if (open_rest(k, &e)) {
        app_ready(&k->app);
    } else {
        log_error("kiosk.open", "code=%s: %s", err_code_name(e.code), e.text);
        app_failed(&k->app, e.code);
    }
    arm(k);
}

static void finish(struct kiosk *k)
{
    struct app *a = &k->app;
    automation_close(k->automation);
    if (a->ui)
        app_finish(a);
    devices_write(a);
    if (a->store)
        store_thread_drain(a->store);
    store_thread_stop(a->store);
    import_destroy(a->import);
    import_destroy(a->previews);
    scanner_destroy(a->scanner);
    id_reader_destroy(a->id_reader);
    printer_destroy(a->printer);
    devices_finish(a);
    if (a->link)
        link_client_destroy(a->link);
    ui_destroy(a->ui);
    worker_door_destroy(a->worker);
    assets_finish(a);
    fonts_close(k->fonts);
    shell_destroy(a->shell);
    conf_finish(app_config_keys, app_config_count, &k->conf);
}

static bool run(struct kiosk *k, struct err *e)
{
    struct app *a = &k->app;
    if (!conf_load(k->o.config, app_config_keys, app_config_count, &k->conf, e))
        return false;
    clock_fake_init(&k->fake, clock_wall(clock_system()));
    a->conf = &k->conf;
    a->clock = k->o.fake_clock ? &k->fake.clock : clock_system();
    a->crypto = crypto_sodium();
    if (!open_screen(k, e))
        return false;
    app_init(a);
    a->journey.large = k->o.large;
    shell_on_wake(a->shell, on_wake, k);
    shell_after_frame(a->shell, after_first_frame, k);
    if (k->o.automation &&
        !(k->automation = automation_open(k->o.automation, a->shell, a->ui, k->o.fake_clock ? &k->fake : NULL, e)))
        return false;
    shell_invalidate(a->shell);
    arm(k);
    shell_run(a->shell);
    return true;
}

int main(int argc, char **argv)
{
    struct kiosk *k = xcalloc(1, sizeof *k);
    struct err e = {0};
    int code = read_options(argc, argv, &k->o);
    if (code >= 0) {
        free(k);
        return code;
    }
    log_init("bulu-kiosk", LOG_INFO);
    process_keep_private();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a failed write, not the end */
    bool ok = run(k, &e);
    if (!ok)
        fprintf(stderr, "bulu-kiosk: %s\n", e.text);
    finish(k);
    free(k);
    return ok ? 0 : 1;
}
