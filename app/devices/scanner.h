/* scanner.h — scanners as the screens see them: declared devices, one scan at a time, a page or the reason in words. A
 * driver is an ops table; the one here goes through bulu-worker to SANE. UI thread; never blocks. */
#ifndef BULU_DEVICES_SCANNER_H
#define BULU_DEVICES_SCANNER_H

#include "app/devices/health.h"
#include "app/worker/door.h"

/* As the configuration declares it; nothing is searched for. */
struct scanner_device {
    const char *name;    /* what the person reads */
    const char *device;  /* SANE's name: "test:0", "airscan:escl:NAME:http://…" */
    const char *mode;    /* NULL: "Color" */
    const char *options; /* further SANE options as a JSON object, or NULL */
    int dpi;             /* 50–600; 0: 300 */
};

struct scan_request {
    size_t device;    /* index of the list */
    int dpi;          /* 0: as declared */
    bool feeder;      /* from the feeder, else the glass */
    bool straighten;  /* make the page upright and cut it out of its bed */
    size_t max_bytes; /* of the JPEG; 0: 3,670,016 */
};
struct scan_result {
    bool ok;
    const char *key;           /* NULL when ok; else the words for the person: "scan.jammed" … */
    const char *detail;        /* English, for the log; never NULL */
    const unsigned char *jpeg; /* borrowed during the call */
    size_t len;
    int width, height;
};
struct scan_callbacks {
    void (*progress)(void *ctx, double share); /* 0…1; may be NULL */
    void (*done)(
        void *ctx,
        const struct scan_result *r); /* exactly once, later than start; also after cancel ("scan.cancelled") */
};

struct scanner;
struct scanner_ops {
    size_t (*list)(struct scanner *s, const struct scanner_device **out); /* borrowed while s lives */
    /* The scan's number, or 0 when one is under way or the device is not declared. */
    int (*start)(struct scanner *s, const struct scan_request *r, const struct scan_callbacks *callbacks, void *ctx);
    void (*cancel)(struct scanner *s, int scan); /* a number that is over is fine */
    void (*destroy)(struct scanner *s);          /* a scan under way is given up; its done is not called */
};
struct scanner { /* first member of a driver's own struct */
    const struct scanner_ops *ops;
    struct health *health; /* set by the owner with scanner_report_to; NULL: nobody asks */
};

static inline size_t scanner_list(struct scanner *s, const struct scanner_device **out)
{
    return s->ops->list(s, out);
}
static inline int scanner_start(struct scanner *s, const struct scan_request *r, const struct scan_callbacks *callbacks,
                                void *ctx)
{
    return s->ops->start(s, r, callbacks, ctx);
}
static inline void scanner_cancel(struct scanner *s, int scan)
{
    s->ops->cancel(s, scan);
}
/* Declares every scanner to h ("scanner", "scanner.2" …); from here on each scan is reported. h outlives s. */
void scanner_report_to(struct scanner *s, struct health *h);
static inline void scanner_destroy(struct scanner *s)
{
    if (s)
        s->ops->destroy(s);
}

/* The driver over bulu-worker. Copies the devices; destroy it before the door. NULL when a declaration is wrong: no
 * backend in the name, a dpi outside its range, options that are not a JSON object. */
struct scanner *scanner_sane_create(struct worker_door *door, const struct scanner_device *devices, size_t count,
                                    struct err *e) WARN_UNUSED;

/* The key for what a scan job answered. */
const char *scanner_key(const char *error, const char *detail);

#endif
