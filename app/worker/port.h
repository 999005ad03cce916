/* port.h — a device node that bytes go through both ways: a serial line, a USB printer's node, a USB reader's bulk
 * endpoints. Opened in a job's prepare, before the lock; afterwards the child has this one descriptor and can open
 * nothing. */
#ifndef BULU_WORKER_PORT_H
#define BULU_WORKER_PORT_H

#include "app/worker/job.h"

struct port {
    int fd;
    bool usb;
    unsigned char in, out; /* bulk endpoints */
};
/* "/dev/…" (a terminal is set to baud, 8N1, raw; anything else is taken as it is) or "usb:VID:PID" (four hex digits
 * each; the first such device, through usbfs). Faults: "absent", "access", "busy". */
bool port_open(struct port *p, const char *device, int baud, struct fault *f) WARN_UNUSED;
/* All of it within ms. Faults: "stuck" (it takes nothing), "vanished". */
bool port_write(struct port *p, const void *bytes, size_t len, int ms, struct fault *f) WARN_UNUSED;
/* What is there, waiting at most ms for the first byte: > 0 bytes; 0: nothing came; -1: the device is gone. */
int port_read(struct port *p, void *out, size_t size, int ms);
void port_flush(struct port *p); /* what came unasked */

/* Descriptors as usbfs gives them (device, configuration, interfaces, endpoints): the first interface with a bulk
 * endpoint each way. Pure. */
struct port_usb {
    unsigned vendor, product;
    int interface;
    unsigned char in, out;
};
bool port_usb_parse(const unsigned char *p, size_t len, struct port_usb *out) WARN_UNUSED;

#endif
