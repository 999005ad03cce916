/* printer.h — the receipt printer as the screens see it: dots in, paper out or the reason in words. A driver is an ops
 * table; the one here goes through bulu-worker to ESC/POS printers. Always dots: printers that know GBK only misprint rare
 * names, and none knows Uyghur. Every receipt is reported to the health as "printer". UI thread; never blocks. */
#ifndef BULU_DEVICES_PRINTER_H
#define BULU_DEVICES_PRINTER_H

#include "app/devices/health.h"
#include "app/worker/door.h"

struct printer_device {
    const char *device; /* "/dev/usb/lp0", "/dev/ttyS1" */
    const char *name;   /* what staff read */
    int baud;           /* of a serial line */
    int width;          /* dots across the paper: 384 (58 mm), 576 (80 mm) */
    bool cut;           /* it has a cutter */
};

/* One bit a dot, the first in the highest bit of its byte, 1 is black; width of the device, row_bytes = width / 8. */
struct printer_dots {
    const unsigned char *bits;
    int height;
};
struct printer;
struct printer_ops {
    /* done exactly once, later than start: key NULL: it is on paper (as far as the printer tells); else the words
     * ("print.paper_out"). The print's number, or 0 while one is under way. */
    int (*print)(struct printer *p, const struct printer_dots *dots, void (*done)(void *ctx, const char *key),
                 void *ctx);
    void (*forget)(struct printer *p, int print); /* it goes on, done is not called any more */
    void (*look)(struct printer *p);              /* asks how it stands: for the health */
    int (*width)(const struct printer *p);
    void (*destroy)(struct printer *p);
};
struct printer { /* first member of a driver's own struct */
    const struct printer_ops *ops;
};
static inline int printer_print(struct printer *p, const struct printer_dots *dots,
                                void (*done)(void *ctx, const char *key), void *ctx)
{
    return p->ops->print(p, dots, done, ctx);
}
static inline void printer_forget(struct printer *p, int print)
{
    p->ops->forget(p, print);
}
static inline void printer_look(struct printer *p)
{
    p->ops->look(p);
}
static inline int printer_width(const struct printer *p)
{
    return p->ops->width(p);
}
static inline void printer_destroy(struct printer *p)
{
    if (p)
        p->ops->destroy(p);
}

/* The driver over bulu-worker. Copies the declaration; destroy it before the door and the health. NULL: the declaration is
 * wrong. */
struct printer *printer_create(struct worker_door *door, struct health *health, const struct printer_device *device,
                               struct err *e) WARN_UNUSED;
const char *printer_key(const char *error, const char *detail);

#endif
