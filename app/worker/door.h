/* door.h — the app's door to bulu-worker (protocols/worker): bytes in, result out, progress, cancel, deadline. The
 * worker's answer is untrusted: sizes, types and counts are checked here before anybody sees them. UI thread; never
 * blocks. */
#ifndef BULU_WORKER_DOOR_H
#define BULU_WORKER_DOOR_H

#include "sync/base/str.h"

#include <jansson.h>
#include <stdint.h>

struct worker_door;
/* In development starts the broker itself (program: path of bulu-worker) over a socketpair; socket_path: connects to a
 * running one. Exactly one of the two is given. NULL only when neither can ever work; a broker that is not there yet is
 * tried again. */
struct worker_door *worker_door_create(const char *program, const char *socket_path, struct err *e) WARN_UNUSED;
/* Ends the broker it started. Jobs in flight are forgotten: their done is not called. NULL is fine. */
void worker_door_destroy(struct worker_door *d);
/* For poll (POLLIN); -1 while the broker is being restarted. *deadline_ms: when step must run in any case, -1: never.
 * The fd may change between calls. A deadline in the past means: now. */
int worker_door_fd(const struct worker_door *d, int64_t *deadline_ms);
void worker_door_step(struct worker_door *d, int64_t mono_ms);

enum worker_kind {
    WORKER_PAGE,
    WORKER_THUMB,
    WORKER_PDF,
    WORKER_PINYIN,
    WORKER_SCAN,
    WORKER_OCR,
    WORKER_ID_READER,
    WORKER_PRINTER
};
#define WORKER_KINDS 8

struct worker_result {
    bool ok;
    const char
        *error; /* "timeout" | "killed" | "refused" | "device" | "format" | "limit" | "cancelled"; NULL when ok */
    const char *detail;   /* a word or a sentence in English, for the log; the words below are stable; never NULL */
    const json_t *result; /* borrowed during the call; NULL unless ok */
    const unsigned char *bytes; /* what the job wrote, or NULL; borrowed during the call */
    size_t len;
};
/* Called from worker_door_step only, never from worker_job or worker_cancel. Both may start and cancel jobs. */
struct worker_job_ops {
    void (*progress)(void *ctx, double share, const char *say); /* may be NULL */
    void (*done)(void *ctx, const struct worker_result *r);     /* exactly once, unless the door is destroyed */
};
/* args: borrowed JSON object or NULL; input: bytes, copied into a sealed memfd, may be NULL. deadline_ms counts from
 * now; 0: the kind's own. Returns the job's number (> 0). A worker that dies costs its jobs "killed"; jobs posted
 * meanwhile wait for the new one.
 *
 * page   {"max_bytes":n,"rotate":0|90|180|270,"crop":bool,"deskew":bool (default: crop),
 *         "box":[x,y,w,h] in 1/10000 of the upright picture,"width":px,"height":px at most}  jpg|png|bmp bytes
 *        → {"kind":"jpg","width","height","pages":1,"degrees","cropped"} + JPEG bytes; EXIF turn applied, no metadata
 * thumb  {"width":w,"height":h,"page":n,"zoom":1.0,"rotate":0|90|180|270}  jpg|png|bmp|pdf bytes
 *        → {"kind","width","height","stride","pages","source_width","source_height"} + XRGB32 pixels: as large as fits
 * w × h (never larger than its own pixels), times zoom; for pdf the source is in points pdf    {"op":"info"} →
 * {"kind":"pdf","pages":n,"encrypted":bool,"script":bool} (encrypted with a password: pages 0)
 *        {"op":"render",…as thumb} → as thumb
 * check  is part of page and thumb: "kind", the source's size and "pages" come from the content, never from a name
 * pinyin {"letters":"renshi","max":n} → {"spelling":"ren'shi","candidates":[{"text":"人事","letters":6}…]}: persistent
 * child scan
 * {"device":"test:0","dpi":300,"mode":"Color"|"Gray","source":"flatbed"|"adf","max_bytes":n,"options":{name:value}} →
 * {"kind":"jpg","width","height","channels","dpi"} + JPEG bytes; progress as it goes
 *
 * ocr    {"seek":[{"as":word,"kind":"number"|"date"|"doc_no","labels":["证书编号",…]}…]}  jpg|png|bmp bytes
 *        → {"lines":n,"found":[{"as","text","sure":0–100,"labelled":bool}…]}: suggestions, at most one each
 * id_reader {"device":"/dev/ttyS0"|"usb:VID:PID","wait_ms":n} → {"kind":"resident"|"hmt"|"foreign_old"|"foreign","name",
 *        "name_en","sex","nation","birth","address","id","authority","valid_from","valid_to","pass","country"}: text as on
 *        the chip, "" where its kind has none. progress says "waiting" (the reader is there), "reading", "again" (the
 *        card should be placed anew). device: "no_card", "silent", "read_failed", "unauthorised", "self_test"
 * printer {"device":"/dev/usb/lp0","baud":n,"width":dots,"height":dots,"feed":dots,"cut":bool}  rows of bits, or no bytes:
 *        asks for its status → {"status":bool (it answers),"near_end":bool}. device: "paper_out", "cover_open", "offline",
 *        "cutter", "broken", "hot"
 * Both: device "absent", "access", "busy", "vanished", "stuck".
 *
 * detail of "format": "unknown", "pdf" (page only), "truncated", "compressed", "encrypted", "broken: …"; of "device":
 * "jammed", "no_docs", "cover_open", "busy", "io", "unplugged", "access", "unsupported", "short_page", "cancelled",
 * "invalid", "memory". */
int worker_job(struct worker_door *d, enum worker_kind kind, const json_t *args, const void *input, size_t len,
               int64_t deadline_ms, const struct worker_job_ops *ops, void *ctx);
void worker_cancel(struct worker_door *d, int job); /* SIGKILL after a short grace; done is called with "cancelled" */
void worker_forget(struct worker_door *d,
                   int job); /* cancels, and neither progress nor done is called any more: ctx may go */

#endif
