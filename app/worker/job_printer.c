/* printer: one receipt, given as dots (one bit each, rows padded to bytes, the first dot in the highest bit, 1 is black).
 * Status before, between bands and after: whoever waits for paper is told that it did not come out. */
#include "app/worker/escpos.h"
#include "app/worker/job.h"
#include "app/worker/port.h"
#include "sync/base/clock.h"

#include <signal.h>

enum { STATUS_MS = 250, BAND_MS = 6000, DONE_MS = 10000, WIDTH_MOST = 1024, HEIGHT_MOST = 8000, FEED_MOST = 255 };

static struct port port;
static volatile sig_atomic_t told_to_end;

static void on_term(int sig)
{
    (void)sig;
    told_to_end = 1;
}

bool job_printer_prepare(const struct job *j, struct fault *f)
{
    struct sigaction act = {.sa_handler = on_term, .sa_flags = SA_RESTART};
    json_int_t baud;
    sigaction(SIGTERM, &act, NULL); /* a band that has begun is ended, or the next receipt would be dots of this one */
    return job_int(j, "baud", 115200, 9600, 115200, &baud, f) &&
           port_open(&port, job_text(j, "device", ""), (int)baud, f);
}

/* Reads one byte that is_it says yes to: 1; 0: none within ms; -1: gone. */
static int hear(bool (*is_it)(unsigned char), int ms, unsigned char *out)
{
    for (int64_t until = clock_mono(clock_system()) + ms;;) {
        int64_t left = until - clock_mono(clock_system());
        int n = left > 0 ? port_read(&port, out, 1, (int)left) : 0;
        if (n < 0 || left <= 0)
            return n < 0 ? -1 : 0;
        if (n > 0 && is_it(*out))
            return 1;
    }
}

/* A printer that answers nothing prints all the same: *s stays unknown. */
static bool ask_status(struct escpos_status *s, struct fault *f)
{
    *s = (struct escpos_status){.offline = false};
    port_flush(&port);
    for (int q = 0; q < ESCPOS_QUESTIONS; q++) {
        const unsigned char ask[] = {0x10, 0x04, (unsigned char)(q + 1)};
        unsigned char c;
        if (!port_write(&port, ask, sizeof ask, BAND_MS, f))
            return false;
        int got = hear(escpos_is_status, STATUS_MS, &c);
        if (got < 0)
            return fault_set(f, "device", "vanished");
        if (got == 0 && q == 0)
            return true; /* it answers nothing: do not wait three more times */
        if (got > 0)
            escpos_take(s, q, c);
    }
    return true;
}

static bool check(struct escpos_status *s, struct fault *f)
{
    if (!ask_status(s, f))
        return false;
    const char *trouble = escpos_trouble(s);
    return !trouble || fault_set(f, "device", "%s", trouble);
}

/* While it takes nothing, its status may tell why. */
static bool send(const void *bytes, size_t len, struct fault *f)
{
    struct escpos_status s;
    struct fault why = {0};
    if (port_write(&port, bytes, len, BAND_MS, f))
        return true;
    if (!check(&s, &why) && why.error)
        *f = why;
    return false;
}

static bool bands(const struct job *j, int row_bytes, int height, struct escpos_status *s, struct fault *f)
{
    for (int y = 0; y < height; y += ESCPOS_BAND) {
        int rows = height - y < ESCPOS_BAND ? height - y : ESCPOS_BAND;
        unsigned char head[ESCPOS_BAND_HEAD];
        escpos_band(row_bytes, rows, head);
        if (told_to_end)
            return fault_set(f, "cancelled", "told to end");
        if ((y && s->known[0] && !check(s, f)) || !send(head, sizeof head, f) ||
            !send(j->in + (size_t)y * (size_t)row_bytes, (size_t)rows * (size_t)row_bytes, f))
            return false;
        job_progress(j, (double)(y + rows) / height * 0.9, "printing");
    }
    return true;
}

/* GS r 1 is answered in its turn: by then the dots are on paper. */
static bool wait_printed(struct escpos_status *s, struct fault *f)
{
    static const unsigned char ask[] = {0x1d, 'r', 1};
    unsigned char c;
    if (!s->known[0])
        return true; /* nothing can be known of it */
    port_flush(&port);
    if (!send(ask, sizeof ask, f))
        return false;
    for (int64_t until = clock_mono(clock_system()) + DONE_MS; clock_mono(clock_system()) < until;) {
        int got = hear(escpos_is_done, STATUS_MS, &c);
        if (got < 0)
            return fault_set(f, "device", "vanished");
        if (got > 0)
            return check(s, f);
        if (!check(s, f))
            return false;
    }
    return fault_set(f, "device", "stuck");
}

static json_t *told(const struct escpos_status *s)
{
    return json_pack("{s:b, s:b}", "status", s->known[0], "near_end", s->near_end);
}

json_t *job_printer(const struct job *j, struct fault *f)
{
    static const unsigned char begin[] = {0x1b, '@'};
    struct escpos_status s;
    json_int_t width, height, feed;
    if (!check(&s, f))
        return NULL;
    if (!j->len)
        return told(&s); /* only asked how it is */
    if (!job_int(j, "width", 384, 8, WIDTH_MOST, &width, f) || !job_int(j, "height", 0, 1, HEIGHT_MOST, &height, f) ||
        !job_int(j, "feed", 80, 0, FEED_MOST, &feed, f))
        return NULL;
    if (width % 8 || j->len != (size_t)(width / 8 * height)) {
        fault_set(f, "refused", "%zu bytes for %lld by %lld dots", j->len, (long long)width, (long long)height);
        return NULL;
    }
    const unsigned char end[] = {0x1b, 'J', (unsigned char)feed, 0x1d, 'V', 1};
    size_t end_len = job_bool(j, "cut", true) ? sizeof end : 3;
    if (!send(begin, sizeof begin, f) || !bands(j, (int)width / 8, (int)height, &s, f) || !send(end, end_len, f) ||
        !wait_printed(&s, f))
        return NULL;
    return told(&s);
}
