#include "app/devices/printer.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <string.h>

enum { PRINT_MS = 45000, LOOK_MS = 5000, FEED_DOTS = 96 };

struct escpos {
    struct printer printer;
    struct worker_door *door;
    struct health *health;
    struct printer_device device;
    int last, current;                        /* current 0: nothing is printed */
    int job, look_job;                        /* 0: none */
    void (*done)(void *ctx, const char *key); /* NULL: nobody waits any more */
    void *ctx;
};

const char *printer_key(const char *error, const char *detail)
{
    static const struct {
        const char *error, *detail, *key; /* detail NULL: any */
    } keys[] = {{"device", "paper_out", "print.paper_out"},
                {"device", "cover_open", "print.cover_open"},
                {"device", "absent", "print.absent"},
                {"device", "access", "print.absent"},
                {"device", "vanished", "print.vanished"},
                {"device", "stuck", "print.stuck"},
                {"timeout", NULL, "print.stuck"},
                {"device", "offline", "print.offline"},
                {"device", "cutter", "print.broken"},
                {"device", "broken", "print.broken"},
                {"device", "hot", "print.hot"}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(keys[i].error, error) && (!keys[i].detail || !strcmp(keys[i].detail, detail)))
            return keys[i].key;
    return "print.failed";
}

static bool near_end(const struct worker_result *r)
{
    return r->ok && json_is_true(json_object_get(r->result, "near_end"));
}

/* What is true of the printer, whether it was printing or only asked. */
static void note(const struct escpos *p, const struct worker_result *r, bool printed)
{
    enum device_state state = near_end(r) ? DEVICE_ATTENTION : DEVICE_OK;
    const char *key = !r->ok ? printer_key(r->error, r->detail) : near_end(r) ? "print.near_end" : NULL;
    if (!r->ok && !health_state_of(r->error, r->detail, &state))
        return;
    if (!r->ok && !strcmp(key, "print.stuck"))
        state = DEVICE_HANGING;
    if (!printed)
        health_seen(p->health, "printer", state, key);
    else if (!r->ok)
        health_bad(p->health, "printer", state, key);
    else if (key)
        health_good_but(p->health, "printer", key);
    else
        health_good(p->health, "printer");
}

static void printed(void *ctx, const struct worker_result *r)
{
    struct escpos *p = ctx;
    void (*done)(void *, const char *) = p->done;
    p->current = p->job = 0;
    p->done = NULL;
    note(p, r, true);
    if (!r->ok)
        log_warn("print.failed", "error=%s detail=\"%s\"", r->error, r->detail);
    if (done)
        done(p->ctx, r->ok ? NULL : printer_key(r->error, r->detail));
}

static void looked(void *ctx, const struct worker_result *r)
{
    struct escpos *p = ctx;
    p->look_job = 0;
    note(p, r, false);
}

static int print(struct printer *printer, const struct printer_dots *dots, void (*done)(void *ctx, const char *key),
                 void *ctx)
{
    static const struct worker_job_ops ops = {NULL, printed};
    struct escpos *p = (struct escpos *)printer;
    if (p->current)
        return 0;
    const struct printer_device *d = &p->device;
    json_t *args = json_pack("{s:s, s:i, s:i, s:i, s:i, s:b}", "device", d->device, "baud", d->baud, "width", d->width,
                             "height", dots->height, "feed", FEED_DOTS, "cut", d->cut);
    p->done = done;
    p->ctx = ctx;
    p->current = ++p->last;
    p->job = worker_job(p->door, WORKER_PRINTER, args, dots->bits, (size_t)d->width / 8 * (size_t)dots->height,
                        PRINT_MS, &ops, p);
    json_decref(args);
    return p->current;
}

static void forget(struct printer *printer, int number)
{
    struct escpos *p = (struct escpos *)printer;
    if (number && number == p->current)
        p->done = NULL;
}

static void look(struct printer *printer)
{
    static const struct worker_job_ops ops = {NULL, looked};
    struct escpos *p = (struct escpos *)printer;
    if (p->look_job || p->current)
        return;
    json_t *args = json_pack("{s:s, s:i}", "device", p->device.device, "baud", p->device.baud);
    p->look_job = worker_job(p->door, WORKER_PRINTER, args, "", 0, LOOK_MS, &ops, p);
    json_decref(args);
}

static int width(const struct printer *printer)
{
    return ((const struct escpos *)printer)->device.width;
}

static void destroy(struct printer *printer)
{
    struct escpos *p = (struct escpos *)printer;
    worker_forget(p->door, p->job);
    worker_forget(p->door, p->look_job);
    free((char *)(uintptr_t)p->device.device);
    free((char *)(uintptr_t)p->device.name);
    free(p);
}

struct printer *printer_create(struct worker_door *door, struct health *health, const struct printer_device *device,
                               struct err *e)
{
    static const struct printer_ops ops = {print, forget, look, width, destroy};
    if (strncmp(device->device, "/dev/", 5) != 0) {
        err_set(e, ERR_CONFIG, "[printer] device: expected /dev/…, not \"%.60s\"", device->device);
        return NULL;
    }
    if (device->width < 256 || device->width > 1024 || device->width % 8) {
        err_set(e, ERR_CONFIG, "[printer] width: expected 256 to 1024 dots, a multiple of 8, not %d", device->width);
        return NULL;
    }
    struct escpos *p = xcalloc(1, sizeof *p);
    *p = (struct escpos){.printer = {&ops}, .door = door, .health = health, .device = *device};
    p->device.device = xstrdup(device->device);
    p->device.name = xstrdup(device->name);
    health_declare(health, "printer", device->name);
    return &p->printer;
}
