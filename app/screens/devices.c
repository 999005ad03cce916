#include "app/screens/app.h"

#include "sync/base/log.h"

struct errand {
    struct app *app;
    struct device_row *rows;
    size_t n;
};

static bool write_rows(struct store *s, void *ctx, struct err *e)
{
    const struct errand *x = ctx;
    return store_devices_put(s, x->rows, x->n, e);
}

static void written(void *ctx, bool ok, const struct err *e)
{
    struct errand *x = ctx;
    struct app *a = x->app;
    a->devices.writing = false;
    if (!ok) {
        log_error("devices.write", "%s", e->text); /* counted again with the next report */
        health_give_back(a->devices.health, x->rows, x->n);
    } else {
        devices_write(a);
    }
    free(x->rows);
    free(x);
}

void devices_write(struct app *a)
{
    struct device_row *rows;
    if (!a->store || !a->devices.health || a->devices.writing || !health_dirty(a->devices.health))
        return;
    struct errand *x = xcalloc(1, sizeof *x);
    size_t n = health_take(a->devices.health, &rows);
    *x = (struct errand){a, rows, n};
    a->devices.writing = true;
    store_thread_post(a->store, write_rows, written, x);
}

static void changed(void *ctx)
{
    struct app *a = ctx;
    devices_write(a);
    if (a->now == SCREEN_staff_health)
        app_changed(a);
}

void devices_open(struct app *a)
{
    a->devices.health = health_create(a->clock, changed, a);
    devices_write(a);
}

void devices_look(struct app *a)
{
    if (a->id_reader)
        id_reader_look(a->id_reader);
    if (a->printer)
        printer_look(a->printer);
}

void devices_finish(struct app *a)
{
    health_destroy(a->devices.health);
    a->devices.health = NULL;
}
