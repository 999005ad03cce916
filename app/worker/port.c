#include "app/worker/port.h"

#include "sync/base/cleanup.h"
#include "sync/base/clock.h"
#include "sync/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static bool open_fault(struct fault *f, int error)
{
    const char *word = error == EACCES || error == EPERM ? "access" : error == EBUSY ? "busy" : "absent";
    return fault_set(f, "device", "%s", word);
}

/* --- serial lines and other nodes --- */

static speed_t speed_of(int baud)
{
    static const struct {
        int baud;
        speed_t speed;
    } known[] = {{9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].baud == baud)
            return known[i].speed;
    return B115200;
}

static bool make_raw(int fd, int baud)
{
    struct termios t;
    if (tcgetattr(fd, &t) < 0)
        return errno == ENOTTY || errno == EINVAL; /* /dev/usb/lp0 */
    cfmakeraw(&t);
    t.c_cflag |= CLOCAL | CREAD;
    t.c_cflag &= (tcflag_t) ~(CSTOPB | CRTSCTS);
    cfsetspeed(&t, speed_of(baud));
    return tcsetattr(fd, TCSANOW, &t) == 0;
}

static bool open_node(struct port *p, const char *device, int baud, struct fault *f)
{
    if (strncmp(device, "/dev/", 5) != 0 || strstr(device, ".."))
        return fault_set(f, "refused", "device: expected /dev/…");
    p->fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (p->fd < 0)
        return open_fault(f, errno);
    return make_raw(p->fd, baud) || open_fault(f, errno);
}

/* --- USB --- */

enum { DESC_DEVICE = 1, DESC_INTERFACE = 4, DESC_ENDPOINT = 5, BULK = 2, ENDPOINT_IN = 0x80 };

bool port_usb_parse(const unsigned char *p, size_t len, struct port_usb *out)
{
    struct port_usb u = {.interface = -1};
    for (size_t at = 0; at + 2 <= len && p[at] >= 2 && p[at] <= len - at; at += p[at]) {
        const unsigned char *d = p + at;
        if (d[1] == DESC_DEVICE && d[0] >= 12) {
            u.vendor = d[8] | (unsigned)d[9] << 8;
            u.product = d[10] | (unsigned)d[11] << 8;
        } else if (d[1] == DESC_INTERFACE && d[0] >= 9) {
            u.interface = d[2];
            u.in = u.out = 0;
        } else if (d[1] == DESC_ENDPOINT && d[0] >= 7 && (d[3] & 3) == BULK && u.interface >= 0) {
            *(d[2] & ENDPOINT_IN ? &u.in : &u.out) = d[2];
            if (u.in && u.out) {
                *out = u;
                return true;
            }
        }
    }
    return false;
}

static bool read_number(const char *folder, const char *name, int base, unsigned *out)
{
    char path[512], text[32];
    snprintf(path, sizeof path, "/sys/bus/usb/devices/%s/%s", folder, name);
    AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0)
        return false;
    text[n] = '\0';
    *out = (unsigned)strtoul(text, NULL, base);
    return true;
}

/* The node of the first device with these numbers. */
static bool find_usb(unsigned vendor, unsigned product, char *node, size_t size)
{
    DIR *d = opendir("/sys/bus/usb/devices");
    bool found = false;
    for (struct dirent *e; d && !found && (e = readdir(d));) {
        unsigned v, p, bus, number;
        found = e->d_name[0] != '.' && read_number(e->d_name, "idVendor", 16, &v) &&
                read_number(e->d_name, "idProduct", 16, &p) && v == vendor && p == product &&
                read_number(e->d_name, "busnum", 10, &bus) && read_number(e->d_name, "devnum", 10, &number);
        if (found)
            snprintf(node, size, "/dev/bus/usb/%03u/%03u", bus, number);
    }
    if (d)
        closedir(d);
    return found;
}

static bool open_usb(struct port *p, const char *numbers, struct fault *f)
{
    unsigned vendor, product;
    char node[64], behind;
    unsigned char descriptors[4096];
    struct port_usb u;
    if (sscanf(numbers, "%4x:%4x%c", &vendor, &product, &behind) != 2)
        return fault_set(f, "refused", "device: expected usb:VID:PID");
    if (!find_usb(vendor, product, node, sizeof node))
        return open_fault(f, ENOENT);
    p->fd = open(node, O_RDWR | O_CLOEXEC);
    ssize_t n = p->fd < 0 ? -1 : read(p->fd, descriptors, sizeof descriptors);
    if (n < 0)
        return open_fault(f, errno);
    if (!port_usb_parse(descriptors, (size_t)n, &u))
        return fault_set(f, "device", "unsupported");
    unsigned interface = (unsigned)u.interface;
    if (ioctl(p->fd, USBDEVFS_CLAIMINTERFACE, &interface) < 0)
        return open_fault(f, errno);
    p->usb = true;
    p->in = u.in;
    p->out = u.out;
    return true;
}

static int bulk(const struct port *p, unsigned char endpoint, void *bytes, size_t len, int ms)
{
    struct usbdevfs_bulktransfer t = {.ep = endpoint, .len = (unsigned)len, .timeout = (unsigned)ms, .data = bytes};
    return ioctl(p->fd, USBDEVFS_BULK, &t);
}

/* --- both --- */

bool port_open(struct port *p, const char *device, int baud, struct fault *f)
{
    *p = (struct port){.fd = -1};
    return strncmp(device, "usb:", 4) == 0 ? open_usb(p, device + 4, f) : open_node(p, device, baud, f);
}

static bool write_usb(const struct port *p, const unsigned char *bytes, size_t len, int ms, struct fault *f)
{
    enum { PIECE = 4096 };
    unsigned char piece[PIECE];
    while (len) {
        size_t n = len < PIECE ? len : PIECE;
        memcpy(piece, bytes, n); /* the kernel's interface wants it writable */
        int sent = bulk(p, p->out, piece, n, ms);
        if (sent <= 0)
            return fault_set(f, "device", "%s", errno == ETIMEDOUT ? "stuck" : "vanished");
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

bool port_write(struct port *p, const void *bytes, size_t len, int ms, struct fault *f)
{
    const unsigned char *from = bytes;
    int64_t until = clock_mono(clock_system()) + ms;
    if (p->usb)
        return write_usb(p, from, len, ms, f);
    while (len) {
        struct pollfd w = {.fd = p->fd, .events = POLLOUT};
        int64_t left = until - clock_mono(clock_system());
        if (left <= 0 || poll(&w, 1, (int)left) == 0)
            return fault_set(f, "device", "stuck");
        ssize_t n = write(p->fd, from, len);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return fault_set(f, "device", "vanished");
        from += n;
        len -= (size_t)n;
    }
    return true;
}

int port_read(struct port *p, void *out, size_t size, int ms)
{
    if (p->usb) {
        int n = bulk(p, p->in, out, size, ms > 0 ? ms : 1);
        return n >= 0 ? n : errno == ETIMEDOUT ? 0 : -1;
    }
    struct pollfd r = {.fd = p->fd, .events = POLLIN};
    int ready = poll(&r, 1, ms);
    if (ready <= 0)
        return ready == 0 || errno == EINTR ? 0 : -1;
    ssize_t n = read(p->fd, out, size);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return n > 0 ? (int)n : -1; /* the end of a terminal: it was pulled */
}

void port_flush(struct port *p)
{
    unsigned char dropped[512];
    if (p->usb) {
        while (bulk(p, p->in, dropped, sizeof dropped, 1) > 0)
            ;
        return;
    }
    for (int i = 0; i < 64 && port_read(p, dropped, sizeof dropped, 0) > 0; i++)
        ;
}
