#include "sync/agent/metrics.h"

#include "sync/agent/agent.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/store/device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool metrics_open(struct metrics_door *d, int port, struct err *e)
{
    *d = (struct metrics_door){.listener = -1, .caller = -1};
    if (!port)
        return true;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 8) == 0) {
        d->listener = fd;
        return true;
    }
    err_sys(e, errno, "metrics at 127.0.0.1:%d", port);
    if (fd >= 0)
        close(fd);
    return false;
}

static void hang_up(struct metrics_door *d)
{
    if (d->caller >= 0)
        close(d->caller);
    d->caller = -1;
    d->got = 0;
}

void metrics_close(struct metrics_door *d)
{
    hang_up(d);
    if (d->listener >= 0)
        close(d->listener);
    d->listener = -1;
}

size_t metrics_fds(const struct metrics_door *d, int fds[2])
{
    size_t n = 0;
    if (d->listener >= 0)
        fds[n++] = d->listener;
    if (d->caller >= 0)
        fds[n++] = d->caller;
    return n;
}

/* --- the text --- */

static void family(struct str *out, const char *name, const char *kind, const char *help)
{
    str_printf(out, "# HELP bulu_kiosk_%s %s\n# TYPE bulu_kiosk_%s %s\n", name, help, name, kind);
}

static void figure(struct str *out, const char *name, const char *kind, const char *help, int64_t value)
{
    family(out, name, kind, help);
    str_printf(out, "bulu_kiosk_%s %" PRId64 "\n", name, value);
}

/* A label's value: what would end it is escaped, as the format wants. */
static void label(struct str *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            str_puts(out, "\\n");
        else
            str_printf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
}

static void device_line(struct str *out, const char *name, const struct device_row *r, const char *more, int64_t value)
{
    str_printf(out, "bulu_kiosk_%s{device=\"", name);
    label(out, r->id);
    str_printf(out, "\"%s} %" PRId64 "\n", more, value);
}

static void devices(struct str *out, const struct device_row *rows, size_t n)
{
    family(out, "device_up", "gauge", "1: usable as far as is known.");
    for (size_t i = 0; i < n; i++)
        device_line(out, "device_up", &rows[i], "", rows[i].state <= DEVICE_ATTENTION);
    family(out, "device_state", "gauge", "1 at the state that the device is in.");
    for (size_t i = 0; i < n; i++) {
        char state[32];
        snprintf(state, sizeof state, ",state=\"%s\"", device_state_name(rows[i].state));
        device_line(out, "device_state", &rows[i], state, 1);
    }
    family(out, "device_error", "gauge", "Unix seconds of the last error, by its key.");
    for (size_t i = 0; i < n; i++)
        if (rows[i].error[0]) {
            CLEANUP(str) struct str error = {0};
            str_puts(&error, ",error=\"");
            label(&error, rows[i].error);
            str_puts(&error, "\"");
            device_line(out, "device_error", &rows[i], error.p, rows[i].error_ms / 1000);
        }
    family(out, "device_done_total", "counter", "Uses that went well.");
    for (size_t i = 0; i < n; i++)
        device_line(out, "device_done_total", &rows[i], "", rows[i].done);
    family(out, "device_failed_total", "counter", "Uses that did not.");
    for (size_t i = 0; i < n; i++)
        device_line(out, "device_failed_total", &rows[i], "", rows[i].failed);
}

bool metrics_write(struct agent *a, struct str *out, struct err *e)
{
    struct queue_figures q = {0};
    struct store_health h = {0};
    AUTOFREE struct device_row *rows = NULL;
    size_t n = 0;
    if (!store_queue_figures(a->store, &q, e) || !store_health(a->store, &h, e) ||
        !store_devices(a->store, &rows, &n, e))
        return false;
    figure(out, "online", "gauge", "1: the platform answers.", a->reason == REASON_NONE);
    figure(out, "enrolled", "gauge", "1: this kiosk has a certificate.", a->enrolled);
    figure(out, "last_contact_seconds", "gauge", "Unix time of the platform's last answer; 0: never.",
           a->last_contact_ms / 1000);
    figure(out, "certificate_expires_seconds", "gauge", "Unix time; 0: not known.", a->cert_expires_ms / 1000);
    figure(out, "queue_waiting", "gauge", "Declarations that wait.", q.waiting);
    figure(out, "queue_sending", "gauge", "Declarations in the batch under way.", q.sending);
    figure(out, "queue_failed", "gauge", "Dead letters.", q.failed);
    figure(out, "queue_oldest_seconds", "gauge", "Unix time at which the oldest unsent one was queued; 0: none.",
           q.oldest_ms / 1000);
    figure(out, "delivered_total", "counter", "Declarations that the platform acknowledged.", q.delivered);
    figure(out, "store_db_bytes", "gauge", "The database.", h.db_bytes);
    figure(out, "store_wal_bytes", "gauge", "Its log.", h.wal_bytes);
    figure(out, "store_blob_files", "gauge", "Attachments held.", h.blob_files);
    figure(out, "store_blob_bytes", "gauge", "Their bytes.", h.blob_bytes);
    devices(out, rows, n);
    return true;
}

/* --- one caller --- */

/* What fits into the socket's buffer at once (a few KB); a caller that does not read loses it. */
static void answer(const struct metrics_door *d, const char *status, const struct str *body)
{
    CLEANUP(str) struct str out = {0};
    str_printf(&out,
               "HTTP/1.0 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: %zu\r\n"
               "Connection: close\r\n\r\n",
               status, body->len);
    str_add(&out, body->p, body->len);
    if (send(d->caller, out.p, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_info("metrics.send", "%s", strerror(errno));
}

static void serve(const struct metrics_door *d, struct agent *a)
{
    CLEANUP(str) struct str body = {0};
    struct err e = {0};
    bool get = !strncmp(d->request, "GET ", 4), path = !strncmp(d->request + 4, "/metrics ", 9);
    if (!get || !path) {
        str_puts(&body, "GET /metrics\n");
        answer(d, get ? "404 Not Found" : "405 Method Not Allowed", &body);
    } else if (metrics_write(a, &body, &e)) {
        answer(d, "200 OK", &body);
    } else {
        log_error("metrics.store", "%s", e.text);
        str_clear(&body);
        answer(d, "503 Service Unavailable", &body);
    }
}

static void listen_to(struct metrics_door *d, struct agent *a)
{
    ssize_t n = recv(d->caller, d->request + d->got, sizeof d->request - 1 - d->got, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        hang_up(d);
        return;
    }
    d->got += (size_t)n;
    d->request[d->got] = '\0';
    /* Answered when the whole head is here, so that closing does not cut what the caller still sends. */
    if (!strstr(d->request, "\r\n\r\n") && d->got < sizeof d->request - 1)
        return;
    serve(d, a);
    hang_up(d);
}

void metrics_step(struct metrics_door *d, struct agent *a)
{
    if (d->listener < 0)
        return;
    int fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        hang_up(d);
        d->caller = fd;
    }
    if (d->caller >= 0)
        listen_to(d, a);
}
