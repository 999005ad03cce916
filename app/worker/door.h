/* door.h — the app's door to bulu-worker (protocols/worker): bytes in, result out, progress, cancel, deadline. The worker's answer is
 * untrusted: sizes, types and counts are checked here before anybody sees them. UI thread; never blocks. */
#ifndef BULU_WORKER_DOOR_H
#define BULU_WORKER_DOOR_H

#include "sync/base/str.h"

#include <jansson.h>
#include <stdint.h>

struct worker_door;
/* In development starts the broker itself (program: path of bulu-worker) over a socketpair; socket_path: connects to a running one. */
struct worker_door *worker_door_create(const char *program, const char *socket_path, struct err *e) WARN_UNUSED;
void worker_door_destroy(struct worker_door *d);
int worker_door_fd(const struct worker_door *d, int64_t *deadline_ms); /* poll for input; -1 while the broker is being restarted */
void worker_door_step(struct worker_door *d, int64_t mono_ms);

enum worker_kind { WORKER_PAGE, WORKER_THUMB, WORKER_PDF, WORKER_PINYIN, WORKER_SCAN };

struct worker_result {
    bool ok;
    const char *error;       /* "timeout" | "killed" | "refused" | "device" | "format" | "limit" | "cancelled"; NULL when ok */
    const char *detail;      /* English, for the log */
    const json_t *result;    /* borrowed; NULL unless ok */
    const unsigned char *bytes; /* what the job wrote, or NULL; borrowed during the call */
    size_t len;
};
struct worker_job_ops {
    void (*progress)(void *ctx, double share, const char *say); /* may be NULL */
    void (*done)(void *ctx, const struct worker_result *r);     /* exactly once, unless cancelled by destroy */
};
/* args: borrowed JSON object or NULL; input: bytes handed over in a sealed memfd, may be NULL. Returns the job's number (> 0).
 *
 * page   {"max_bytes":n,"rotate":0|90|180|270,"crop":bool}      jpg|png|bmp bytes → {"kind":"jpg","width":…,"height":…} + bytes
 * thumb  {"width":w,"height":h,"page":n,"zoom":…}                jpg|png|bmp|pdf bytes → {"width","height","stride","pages"} + XRGB32 pixels
 * pdf    {"op":"info"} → {"pages":n,"encrypted":bool,"script":bool};  {"op":"render","page":n,"width":w} → as thumb
 * check  is part of page and thumb: {"kind","width","height","pages"} by content, never by name
 * pinyin {"letters":"renshi","max":n} → {"spelling":"ren'shi","candidates":[{"text":"人事","letters":6}…]}: persistent child
 * scan   {"device":"test:0","dpi":300,"mode":"Color","source":"flatbed"} → {"width","height","channels"} + JPEG bytes; progress as it goes */
int worker_job(struct worker_door *d, enum worker_kind kind, const json_t *args, const void *input, size_t len, int64_t deadline_ms,
               const struct worker_job_ops *ops, void *ctx);
void worker_cancel(struct worker_door *d, int job); /* SIGKILL after a short grace; done is called with "cancelled" */

#endif
