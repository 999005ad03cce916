#include "app/devices/scanner.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

/* A slow A4 page at 600 dpi over the network takes a minute; a device silent for longer is broken. */
enum { SCAN_MS = 120000, PAGE_MS = 15000, SCAN_BYTES = 3670016 };

struct sane {
    struct scanner scanner;
    struct worker_door *door;
    struct scanner_device *devices;
    size_t count;
    int last, current, job; /* current 0: no scan under way */
    struct scan_request request;
    struct scan_callbacks callbacks;
    void *ctx;
    struct str page; /* the page as scanned, while it is being straightened */
    int width, height;
};

static const struct {
    const char *error, *detail, *key; /* detail NULL: any */
} keys[] = {{"device", "jammed", "scan.jammed"},
            {"device", "no_docs", "scan.no_docs"},
            {"device", "cover_open", "scan.cover_open"},
            {"device", "busy", "scan.busy"},
            {"device", "unplugged", "scan.unplugged"},
            {"device", "access", "scan.access"},
            {"device", "unsupported", "scan.unsupported"},
            {"device", "short_page", "scan.short_page"},
            {"device", NULL, "scan.io"},
            {"timeout", NULL, "scan.timeout"},
            {"cancelled", NULL, "scan.cancelled"}};

const char *scanner_key(const char *error, const char *detail)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(keys[i].error, error) && (!keys[i].detail || !strcmp(keys[i].detail, detail)))
            return keys[i].key;
    return "scan.failed";
}

static void id_of(size_t device, char out[DEVICE_ID_SIZE])
{
    zcopy(out, DEVICE_ID_SIZE, "scanner");
    if (device)
        snprintf(out, DEVICE_ID_SIZE, "scanner.%zu", device + 1);
}

void scanner_report_to(struct scanner *s, struct health *h)
{
    const struct scanner_device *devices;
    char id[DEVICE_ID_SIZE];
    size_t n = scanner_list(s, &devices);
    s->health = h;
    for (size_t i = 0; i < n; i++) {
        id_of(i, id);
        health_declare(h, id, devices[i].name);
    }
}

static void report_bad(const struct sane *s, const struct worker_result *r)
{
    char id[DEVICE_ID_SIZE];
    enum device_state state;
    id_of(s->request.device, id);
    if (health_state_of(r->error, r->detail, &state))
        health_bad(s->scanner.health, id, state, scanner_key(r->error, r->detail));
}

static void report_good(const struct sane *s)
{
    char id[DEVICE_ID_SIZE];
    id_of(s->request.device, id);
    health_good(s->scanner.health, id);
}

static size_t list(struct scanner *scanner, const struct scanner_device **out)
{
    const struct sane *s = (const struct sane *)scanner;
    *out = s->devices;
    return s->count;
}

static void end(struct sane *s, const struct scan_result *r)
{
    struct str page = s->page; /* done may start the next scan */
    s->page = (struct str){0};
    s->current = s->job = 0;
    s->callbacks.done(s->ctx, r);
    str_finish(&page);
}

static void fail(struct sane *s, const struct worker_result *r)
{
    log_warn("scan.failed", "error=%s detail=\"%s\"", r->error, r->detail);
    struct scan_result out = {.key = scanner_key(r->error, r->detail), .detail = r->detail};
    end(s, &out);
}

static void report(struct sane *s, double share)
{
    if (s->callbacks.progress)
        s->callbacks.progress(s->ctx, share);
}

static int pixels(const struct worker_result *r, const char *name)
{
    return (int)json_integer_value(json_object_get(r->result, name));
}

/* A page that cannot be straightened is still a page: it is given as it was scanned. */
static void straightened(void *ctx, const struct worker_result *r)
{
    struct sane *s = ctx;
    if (!r->ok && !strcmp(r->error, "cancelled")) {
        fail(s, r);
        return;
    }
    if (!r->ok)
        log_warn("scan.straighten", "error=%s detail=\"%s\"", r->error, r->detail);
    struct scan_result as_scanned = {.ok = true,
                                     .detail = "",
                                     .jpeg = (const unsigned char *)s->page.p,
                                     .len = s->page.len,
                                     .width = s->width,
                                     .height = s->height};
    struct scan_result better = {.ok = true,
                                 .detail = "",
                                 .jpeg = r->bytes,
                                 .len = r->len,
                                 .width = pixels(r, "width"),
                                 .height = pixels(r, "height")};
    end(s, r->ok ? &better : &as_scanned);
}

static void straighten_progress(void *ctx, double share, const char *say)
{
    (void)say;
    report(ctx, 0.9 + 0.1 * share);
}

static void scanned(void *ctx, const struct worker_result *r)
{
    struct sane *s = ctx;
    if (!r->ok) {
        report_bad(s, r);
        fail(s, r);
        return;
    }
    report_good(s);
    if (!s->request.straighten) {
        struct scan_result out = {.ok = true,
                                  .detail = "",
                                  .jpeg = r->bytes,
                                  .len = r->len,
                                  .width = pixels(r, "width"),
                                  .height = pixels(r, "height")};
        end(s, &out);
        return;
    }
    static const struct worker_job_ops ops = {straighten_progress, straightened};
    str_add(&s->page, r->bytes, r->len);
    s->width = pixels(r, "width");
    s->height = pixels(r, "height");
    json_t *args = json_pack("{s:I,s:b}", "max_bytes", (json_int_t)s->request.max_bytes, "crop", 1);
    s->job = worker_job(s->door, WORKER_PAGE, args, s->page.p, s->page.len, PAGE_MS, &ops, s);
    json_decref(args);
}

static void scan_progress(void *ctx, double share, const char *say)
{
    struct sane *s = ctx;
    (void)say;
    report(s, s->request.straighten ? 0.9 * share : share);
}

static int start(struct scanner *scanner, const struct scan_request *r, const struct scan_callbacks *callbacks,
                 void *ctx)
{
    static const struct worker_job_ops ops = {scan_progress, scanned};
    struct sane *s = (struct sane *)scanner;
    if (s->current || r->device >= s->count)
        return 0;
    const struct scanner_device *d = &s->devices[r->device];
    s->request = *r;
    s->callbacks = *callbacks;
    s->ctx = ctx;
    if (!s->request.max_bytes)
        s->request.max_bytes = SCAN_BYTES;
    json_t *args =
        json_pack("{s:s,s:i,s:s,s:s,s:I}", "device", d->device, "dpi", r->dpi ? r->dpi : d->dpi, "mode", d->mode,
                  "source", r->feeder ? "adf" : "flatbed", "max_bytes", (json_int_t)s->request.max_bytes);
    if (d->options)
        json_object_set_new(args, "options", json_loads(d->options, 0, NULL));
    s->current = ++s->last;
    s->job = worker_job(s->door, WORKER_SCAN, args, NULL, 0, SCAN_MS, &ops, s);
    json_decref(args);
    return s->current;
}

static void cancel(struct scanner *scanner, int scan)
{
    struct sane *s = (struct sane *)scanner;
    if (scan && scan == s->current)
        worker_cancel(s->door, s->job);
}

static void destroy(struct scanner *scanner)
{
    struct sane *s = (struct sane *)scanner;
    worker_forget(s->door, s->job);
    for (size_t i = 0; i < s->count; i++) {
        free((char *)(uintptr_t)s->devices[i].name);
        free((char *)(uintptr_t)s->devices[i].device);
        free((char *)(uintptr_t)s->devices[i].mode);
        free((char *)(uintptr_t)s->devices[i].options);
    }
    free(s->devices);
    str_finish(&s->page);
    free(s);
}

static bool declaration_ok(const struct scanner_device *d, struct err *e)
{
    if (!d->device || !strchr(d->device, ':') || strlen(d->device) > 1024)
        return err_set(e, ERR_CONFIG, "scanner %s: expected a device such as BACKEND:NAME", d->name ? d->name : "");
    if (!d->name || (d->dpi && (d->dpi < 50 || d->dpi > 600)))
        return err_set(e, ERR_CONFIG, "scanner %s: expected a name and 50 to 600 dpi", d->device);
    json_t *options = d->options ? json_loads(d->options, 0, NULL) : json_object();
    bool ok = json_is_object(options);
    json_decref(options);
    return ok || err_set(e, ERR_CONFIG, "scanner %s: options: expected a JSON object", d->device);
}

struct scanner *scanner_sane_create(struct worker_door *door, const struct scanner_device *devices, size_t count,
                                    struct err *e)
{
    static const struct scanner_ops ops = {list, start, cancel, destroy};
    for (size_t i = 0; i < count; i++)
        if (!declaration_ok(&devices[i], e))
            return NULL;
    struct sane *s = xcalloc(1, sizeof *s);
    s->scanner.ops = &ops;
    s->door = door;
    s->count = count;
    s->devices = xcalloc(count + 1, sizeof *s->devices);
    for (size_t i = 0; i < count; i++) {
        const struct scanner_device *d = &devices[i];
        s->devices[i] = (struct scanner_device){.name = xstrdup(d->name),
                                                .device = xstrdup(d->device),
                                                .mode = xstrdup(d->mode ? d->mode : "Color"),
                                                .options = d->options ? xstrdup(d->options) : NULL,
                                                .dpi = d->dpi ? d->dpi : 300};
    }
    return &s->scanner;
}
