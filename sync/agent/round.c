/* A round: heartbeat → (blobs → batches)* → drafts → feed. One request at a time; each answer starts the next. Blobs go before
 * the records that cite them; nothing is marked before the platform's answer to it is read; a request whose answer is
 * lost is repeated with the same bytes, which the store keeps. */
#include "sync/agent/agent.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/protocol/answer.h"
#include "sync/protocol/batch.h"
#include "sync/protocol/digest.h"
#include "sync/protocol/paths.h"
#include "sync/protocol/problem.h"
#include "sync/protocol/sessions.h"
#include "sync/record/canon.h"
#include "sync/store/device.h"
#include "sync/store/settings.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANSWER_MOST         (4u << 20)
#define BLOB_MOST           (64u << 20)
#define MISSING_MOST        3 /* "blob-missing" answers that a round puts up with */
#define SETTING_BATCH_TRIES "agent.batch_tries"

static void start_heartbeat(struct agent *a);
static void start_blobs(struct agent *a);
static void start_batch(struct agent *a);
static void start_drafts(struct agent *a);
static void start_feed(struct agent *a);

/* --- the end of a round --- */

static void housekeeping(struct agent *a)
{
    size_t wiped = 0, removed = 0;
    struct err e;
    char z[24];
    if (!store_expire(a->store, agent_now(a), a->conf.draft_days * DAY_MS, a->conf.grace_days * DAY_MS, &wiped, &e))
        log_error("agent.expire", "why=\"%s\"", e.text);
    if (!store_blob_collect(a->store, &removed, &e))
        log_error("agent.collect", "why=\"%s\"", e.text);
    snprintf(z, sizeof z, "%" PRId64, agent_now(a));
    if (!setting_put(a->store, SETTING_AGENT_LAST_SLOT, z, &e))
        log_error("agent.setting", "why=\"%s\"", e.text);
    log_info("agent.housekeeping", "wiped=%zu removed=%zu", wiped, removed);
}

/* How often batches were refused outlives the process: run by a timer, each round is a new one. It is forgotten when a round
 * ends well: the halves of a refused batch are not each given the benefit of the doubt again. */
static void load_tries(struct agent *a)
{
    CLEANUP(str) struct str z = {0};
    if (store_setting_get(a->store, SETTING_BATCH_TRIES, &z, NULL))
        a->round.refusals = (int)strtol(str_z(&z), NULL, 10);
}

static void save_tries(struct agent *a)
{
    char z[32];
    struct err e;
    snprintf(z, sizeof z, "%d", a->round.refusals);
    if (!setting_put(a->store, SETTING_BATCH_TRIES, z, &e))
        log_error("agent.setting", "why=\"%s\"", e.text);
}

static void finish(struct agent *a, bool ok, int64_t retry_after_ms)
{
    struct round *r = &a->round;
    struct queue_figures q = {0};
    struct err e;
    enum round_kind kind = r->kind;
    r->kind = ROUND_NONE;
    batch_finish(&r->batch);
    parking_row_finish(&r->draft);
    upload_finish(&r->upload);
    str_clear(&r->text);
    if (ok && r->refusals) {
        r->refusals = 0;
        save_tries(a);
    }
    if (ok && kind == ROUND_NIGHTLY)
        housekeeping(a);
    contact_save(a);
    if (!store_queue_figures(a->store, &q, &e))
        log_error("agent.queue", "why=\"%s\"", e.text);
    bool left = r->progress && q.waiting + q.sending > 0;
    schedule_done(&a->schedule, ok, left, retry_after_ms, agent_mono(a), agent_now(a));
    log_info("round.done", "ok=%d waiting=%" PRId64 " sending=%" PRId64 " failed=%" PRId64, ok, q.waiting, q.sending,
             q.failed);
    if (!ok)
        return;
    packages_begin(a);
    feed_listen(a);
}

static void fail(struct agent *a, enum reason reason, int64_t retry_after_ms)
{
    if (reason != REASON_NONE)
        contact_set(a, reason);
    finish(a, false, retry_after_ms);
}

/* The answer is none to go on with: says why, ends the round. */
static void fail_answer(struct agent *a, const struct http_answer *answer)
{
    contact_note(a, answer, REASON_PLATFORM);
    finish(a, false,
           retry_after_parse(*answer->retry_after ? answer->retry_after : NULL, *answer->date ? answer->date : NULL));
}

static void fail_store(struct agent *a, const char *event, const struct err *e)
{
    log_error(event, "why=\"%s\"", e->text);
    fail(a, REASON_STORE, BACKOFF_NO_RETRY_AFTER);
}

static void ask_platform(struct agent *a, struct http_ask *ask,
                         void (*done)(void *ctx, const struct http_answer *answer))
{
    ask->timeout_ms = ask->timeout_ms ? ask->timeout_ms : a->conf.answer_s * 1000;
    ask->answer_max = ANSWER_MOST;
    if (a->round.kind == ROUND_DAY)
        ask->rate = a->conf.day_kb_per_s * 1024;
    a->round.asked_mono = agent_mono(a);
    a->round.request = http_send(a->http, ask, done, a);
}

static void set_url(struct agent *a, const char *path)
{
    str_clear(&a->round.url);
    str_printf(&a->round.url, "%s%s", a->base_url, path);
}

/* --- heartbeat --- */

static json_t *devices_json(const struct device_row *rows, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:I}", "id", rows[i].id, "state",
                                              device_state_name(rows[i].state), "since", (json_int_t)rows[i].since_ms,
                                              "error", rows[i].error, "error_at", (json_int_t)rows[i].error_ms, "done",
                                              (json_int_t)rows[i].done, "failed", (json_int_t)rows[i].failed));
    return list;
}

static json_t *heartbeat(struct agent *a, struct err *e)
{
    struct queue_figures q = {0};
    struct store_health health = {0};
    char epoch[37], head[HASH_HEX], boot[37];
    int64_t last_seq, count;
    AUTOFREE struct device_row *devices = NULL;
    size_t n_devices = 0;
    if (!store_devices(a->store, &devices, &n_devices, e) || !store_queue_figures(a->store, &q, e) ||
        !store_epoch(a->store, epoch, &last_seq, e) || !store_audit_head(a->store, &count, head, e) ||
        !store_health(a->store, &health, e))
        return NULL;
    clock_boot_id(boot);
    json_t *j =
        json_pack("{s:s, s:I, s:{s:s}, s:{s:I, s:I, s:I, s:I}, s:{s:i, s:I, s:I, s:I, s:I, s:o}, s:{s:I, s:s}, "
                  "s:{s:I, s:I, s:s}}",
                  "epoch", epoch, "last_seq", (json_int_t)last_seq, "versions", "bulu-sync", AGENT_VERSION, "queue",
                  "waiting", (json_int_t)q.waiting, "sending", (json_int_t)q.sending, "failed", (json_int_t)q.failed,
                  "oldest", (json_int_t)q.oldest_ms, "health", "schema", health.schema, "db_bytes",
                  (json_int_t)health.db_bytes, "wal_bytes", (json_int_t)health.wal_bytes, "blob_files",
                  (json_int_t)health.blob_files, "blob_bytes", (json_int_t)health.blob_bytes, "devices",
                  devices_json(devices, n_devices), "audit", "count", (json_int_t)count, "head", head, "clock", "wall",
                  (json_int_t)clock_wall(a->clock), "mono", (json_int_t)clock_mono(a->clock), "boot", boot);
    if (!j) {
        err_set(e, ERR_INTERNAL, "heartbeat cannot be written");
        return NULL;
    }
    a->tickets = identity_ticket_keys(a->store);
    wire_ticket_keys_put(j, &a->tickets);
    return j;
}

/* Rule 2: a store behind the platform's watermark was restored or cloned, and rolls before it sends. */
static bool check_watermark(struct agent *a, const struct wire_heartbeat *h, struct err *e)
{
    char epoch[37];
    int64_t last_seq;
    if (!store_epoch(a->store, epoch, &last_seq, e))
        return false;
    if (strcmp(epoch, h->epoch) || h->seq <= last_seq)
        return true;
    log_warn("agent.epoch.behind", "seq=%" PRId64 " platform=%" PRId64, last_seq, h->seq);
    return store_epoch_roll(a->store, e);
}

static bool take_heartbeat(struct agent *a, const struct wire_heartbeat *h, struct err *e)
{
    char expires[24];
    int64_t trip = agent_mono(a) - a->round.asked_mono;
    contact_time(a, h->time_ms, clock_wall(a->clock) - trip / 2);
    a->schedule.conf.slot = (struct slot){h->slot_start_min, h->slot_window_s > 0 ? h->slot_window_s : 1};
    a->cert_expires_ms = h->certificate_expires_ms;
    snprintf(expires, sizeof expires, "%" PRId64, h->certificate_expires_ms);
    return setting_put(a->store, SETTING_CERT_EXPIRES, expires, e) &&
           identity_publish_keys(a->store, &h->keys, &h->package_keys, e) &&
           identity_publish_ticket(a->store, &h->ticket, e) && feed_apply_settings(a, h->settings) &&
           check_watermark(a, h, e);
}

static void start_sending(struct agent *a)
{
    if (a->endpoint_denied)
        fail(a, REASON_ENDPOINT, BACKOFF_NO_RETRY_AFTER);
    else if (a->round.kind == ROUND_DAY && !a->conf.daytime)
        start_drafts(a);
    else
        start_blobs(a);
}

static void on_heartbeat(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    CLEANUP(wire_heartbeat) struct wire_heartbeat h = {0};
    struct err e = {0};
    a->round.request = NULL;
    if ((answer->status == 401 || answer->status == 403) && renew_rescue(a, start_heartbeat))
        return;
    if (answer->code != CURLE_OK || answer->status != 200) {
        fail_answer(a, answer);
        return;
    }
    if (!wire_heartbeat_parse(str_z(&answer->body), answer->body.len, &h, &e)) {
        log_error("heartbeat.answer", "why=\"%s\"", e.text);
        fail(a, REASON_PLATFORM, BACKOFF_NO_RETRY_AFTER);
        return;
    }
    contact_note(a, answer, REASON_NONE);
    if (!take_heartbeat(a, &h, &e))
        fail_store(a, "heartbeat.store", &e);
    else if (!renew_begin(a, start_sending))
        start_sending(a);
}

static void start_heartbeat(struct agent *a)
{
    struct err e = {0};
    json_t *body = heartbeat(a, &e);
    if (!body) {
        fail_store(a, "heartbeat.figures", &e);
        return;
    }
    AUTOFREE char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    str_clear(&a->round.text);
    str_puts(&a->round.text, text ? text : "{}");
    set_url(a, PATH_HEARTBEAT);
    struct http_ask ask = {.method = "POST",
                           .url = a->round.url.p,
                           .headers = {"Content-Type: " TYPE_JSON},
                           .body = a->round.text.p,
                           .len = a->round.text.len};
    ask_platform(a, &ask, on_heartbeat);
}

/* --- blobs --- */

/* Where an unfinished upload stands on the platform: a small file, so that a restart resumes. Losing it costs bytes, no
 * data. */
static char *address_path(const struct agent *a, const char *sha256)
{
    return xasprintf("%s/uploads/%s", a->conf.dir, sha256);
}

static void keep_address(const struct agent *a, const struct upload *u)
{
    AUTOFREE char *path = address_path(a, u->sha256), *dir = path_join(a->conf.dir, "uploads");
    struct err e;
    if (!dir_make(dir, 0700, &e) || !file_write_durable(path, u->address, strlen(u->address), 0600, &e))
        log_warn("upload.address", "why=\"%s\"", e.text);
}

static void drop_address(const struct agent *a, const char *sha256)
{
    AUTOFREE char *path = address_path(a, sha256);
    unlink(path);
}

static void next_piece(struct agent *a);

/* The same bytes will be refused again whenever they come: the platform itself says so, not something on the way. */
static bool refused_for_good(const struct http_answer *answer, struct problem *p)
{
    return answer->code == CURLE_OK && problem_parse(str_z(&answer->body), answer->body.len, p) &&
           (p->kind == PROBLEM_TOO_LARGE || p->kind == PROBLEM_BAD_REQUEST || p->kind == PROBLEM_MEDIA_TYPE) &&
           problem_status(p->kind) == answer->status;
}

/* The records that cite it cannot arrive: staff hears why, and may send them again once the reason is gone. */
static bool bury_blob(struct agent *a, const struct http_answer *answer)
{
    struct round *r = &a->round;
    struct problem p;
    struct err e = {0};
    char sha256[HASH_HEX];
    if (!refused_for_good(answer, &p))
        return false;
    contact_note(a, answer, REASON_NONE);
    zcopy(sha256, sizeof sha256, r->upload.sha256);
    log_error("upload.refused", "sha256=%.12s problem=%s", sha256, problem_slug(p.kind));
    drop_address(a, sha256);
    upload_finish(&r->upload);
    r->changed = true;
    if (store_blob_refused(a->store, sha256, *p.detail ? p.detail : p.title, &e))
        start_blobs(a);
    else
        fail_store(a, "upload.refused", &e);
    return true;
}

/* The platform does not take this one blob now: the others go on, this one is tried again next time. */
static bool skip_blob(struct agent *a, const struct http_answer *answer)
{
    struct round *r = &a->round;
    enum batch_verdict v = batch_judge(answer->status, "", 1);
    if (answer->code != CURLE_OK || v != BATCH_AGAIN || r->n_skipped == SKIPPED_MOST)
        return false;
    memcpy(r->skipped[r->n_skipped++], r->upload.sha256, HASH_HEX);
    contact_note(a, answer, REASON_NONE);
    upload_finish(&r->upload);
    start_blobs(a);
    return true;
}

static bool skipped(const struct round *r, const char *sha256)
{
    for (size_t i = 0; i < r->n_skipped; i++)
        if (!strcmp(r->skipped[i], sha256))
            return true;
    return false;
}

static void on_piece(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    struct upload *u = &a->round.upload;
    struct err e = {0};
    char before[UPLOAD_ADDRESS_SIZE];
    a->round.request = NULL;
    zcopy(before, sizeof before, u->address);
    enum upload_verdict verdict = upload_take(u, a->base_url, answer);
    if (verdict != UPLOAD_FAILED)
        contact_note(a, answer, REASON_NONE);
    if (*before && !*u->address)
        drop_address(a, u->sha256);
    switch (verdict) {
    case UPLOAD_MORE:
        if (*u->address && strcmp(before, u->address))
            keep_address(a, u);
        next_piece(a);
        return;
    case UPLOAD_FAILED:
        log_warn("upload.failed", "sha256=%.12s step=%d status=%ld", u->sha256, (int)u->step, answer->status);
        if (!bury_blob(a, answer) && !skip_blob(a, answer))
            fail_answer(a, answer);
        return;
    case UPLOAD_DONE:
        log_info("upload.done", "sha256=%.12s bytes=%zu", u->sha256, u->bytes.len);
        if (!store_blob_sent(a->store, u->sha256, &e) && e.code != ERR_NOT_FOUND) {
            fail_store(a, "upload.mark", &e);
            return;
        }
        drop_address(a, u->sha256);
        a->round.progress = true;
        upload_finish(u);
        start_blobs(a);
        return;
    }
}

static void next_piece(struct agent *a)
{
    struct http_ask ask = {.timeout_ms = 0};
    upload_ask(&a->round.upload, a->base_url, &a->round.url, &ask);
    ask.timeout_ms = 3600 * 1000; /* a slow line is not a dead one: the stall counts */
    ask_platform(a, &ask, on_piece);
}

/* A file that is gone or no longer what its name says: put aside, and the records that cite it are told to staff. */
static bool blob_lost(struct agent *a, const char *sha256, const char *path, struct err *e)
{
    log_error("upload.blob.lost", "sha256=%.12s", sha256);
    if (path) {
        AUTOFREE char *aside = xasprintf("%s.damaged", path);
        if (rename(path, aside) < 0 && errno != ENOENT)
            return err_sys(e, errno, "%s", path);
    }
    return store_blob_missing(a->store, sha256, e);
}

/* 1: loaded; 0: lost, go on with the next; -1: the store fails. */
static int load_blob(struct agent *a, const char *sha256, struct str *bytes, struct err *e)
{
    AUTOFREE char *path = NULL;
    int64_t size;
    char name[HASH_HEX];
    if (!store_blob_sealed(a->store, sha256, &size, &path, e))
        return e->code == ERR_NOT_FOUND && blob_lost(a, sha256, NULL, e) ? 0 : -1;
    if (!file_read(path, BLOB_MOST, bytes, e))
        return e->code == ERR_NOT_FOUND && blob_lost(a, sha256, NULL, e) ? 0 : -1;
    crypto_hash_hex(crypto_sodium(), bytes->p, bytes->len, name);
    if (bytes->len && !strcmp(name, sha256))
        return 1;
    str_clear(bytes);
    return blob_lost(a, sha256, path, e) ? 0 : -1;
}

static void start_blobs(struct agent *a)
{
    AUTOFREE struct blob_ref *refs = NULL;
    CLEANUP(str) struct str bytes = {0};
    size_t n = 0;
    struct err e = {0};
    if (!store_blobs_to_send(a->store, &refs, &n, &e)) {
        fail_store(a, "upload.list", &e);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (skipped(&a->round, refs[i].sha256))
            continue;
        int loaded = load_blob(a, refs[i].sha256, &bytes, &e);
        if (loaded < 0) {
            fail_store(a, "upload.load", &e);
            return;
        }
        if (!loaded) {
            a->round.changed = true;
            continue;
        }
        AUTOFREE char *path = address_path(a, refs[i].sha256);
        CLEANUP(str) struct str address = {0};
        if (!file_read(path, UPLOAD_ADDRESS_SIZE - 1, &address, NULL))
            str_clear(&address);
        upload_begin(&a->round.upload, refs[i].sha256, &bytes, (size_t)a->conf.chunk_kb * 1024, str_z(&address));
        next_piece(a);
        return;
    }
    start_batch(a);
}

/* --- batches --- */

static enum decl_state answer_state(const struct wire_answer *w)
{
    enum decl_state s;
    return decl_state_parse(w->state, &s) ? s : DECL_DELIVERED; /* it is there, whatever it is called */
}

static bool take_answers(struct agent *a, const struct http_answer *answer, struct err *e)
{
    struct round *r = &a->round;
    AUTOFREE struct wire_answer *rows = NULL;
    size_t n = 0, refused = 0, missing = 0;
    if (!wire_answers_parse(str_z(&answer->body), answer->body.len, r->batch.number, &rows, &n, e))
        return false;
    AUTOFREE struct record_answer *marks = xcalloc(n + 1, sizeof *marks);
    for (size_t i = 0; i < n; i++) {
        static const int kinds[WIRE_RESULTS] = {[WIRE_STORED] = ANSWER_STORED,
                                                [WIRE_DUPLICATE] = ANSWER_DUPLICATE,
                                                [WIRE_REJECTED] = ANSWER_REJECTED,
                                                [WIRE_BLOB_MISSING] = ANSWER_BLOB_MISSING};
        const struct wire_answer *w = &rows[i];
        marks[i].seq = w->seq;
        marks[i].kind = kinds[w->result];
        marks[i].at_ms = w->at_ms;
        if (w->result == WIRE_STORED || w->result == WIRE_DUPLICATE)
            marks[i].state = answer_state(w);
        marks[i].problem = w->result != WIRE_REJECTED ? NULL
                           : *w->problem.detail       ? w->problem.detail
                                                      : w->problem.title;
        marks[i].conflict = w->result == WIRE_REJECTED && w->problem.kind == PROBLEM_RECORD_CONFLICT;
        marks[i].blob = w->result == WIRE_BLOB_MISSING ? w->blob : NULL;
        refused += w->result == WIRE_REJECTED;
        missing += w->result == WIRE_BLOB_MISSING;
    }
    if (!store_batch_answered(a->store, r->batch.number, marks, n, e))
        return false;
    log_info("batch.answered", "number=%" PRId64 " records=%zu rejected=%zu blob_missing=%zu", r->batch.number, n,
             refused, missing);
    r->missing += missing > 0;
    r->progress = r->progress || n > missing;
    r->changed = r->changed || n > 0;
    return true;
}

static void batch_refused(struct agent *a, const struct http_answer *answer, enum batch_verdict verdict)
{
    struct round *r = &a->round;
    struct problem p = {.kind = PROBLEM_KINDS};
    struct err e = {0};
    bool said = problem_parse(str_z(&answer->body), answer->body.len, &p);
    log_error("batch.refused", "number=%" PRId64 " records=%zu status=%ld problem=%s", r->batch.number,
              r->batch.records, answer->status, p.kind < PROBLEM_KINDS ? problem_slug(p.kind) : "?");
    bool ok = store_batch_failed(a->store, r->batch.number, verdict == BATCH_HALVE ? 2 : 1,
                                 said ? (*p.detail ? p.detail : p.title) : NULL, &e);
    if (ok && verdict == BATCH_BURNT)
        ok = store_audit(a->store, "batch.conflict", "the platform holds other bytes under this batch number", &e) &&
             store_epoch_roll(a->store, &e);
    r->changed = true;
    batch_finish(&r->batch);
    if (!ok)
        fail_store(a, "batch.failed", &e);
    else if (verdict == BATCH_AGAIN || (verdict == BATCH_BURNT && r->burnt++))
        fail_answer(a, answer); /* not in a circle: after a back-off */
    else
        start_blobs(a);
}

static void on_batch(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    struct round *r = &a->round;
    struct problem p;
    struct err e = {0};
    r->request = NULL;
    if (answer->code != CURLE_OK) {
        fail_answer(a, answer); /* sent or not, who knows: the same bytes again */
        return;
    }
    const char *slug =
        problem_parse(str_z(&answer->body), answer->body.len, &p) && p.kind < PROBLEM_KINDS ? problem_slug(p.kind) : "";
    enum batch_verdict verdict = batch_judge(answer->status, slug, r->refusals + 1);
    if (verdict == BATCH_AGAIN || verdict == BATCH_HALVE) {
        r->refusals++;
        save_tries(a);
    }
    switch (verdict) {
    case BATCH_ANSWERED:
        contact_note(a, answer, REASON_NONE);
        if (!take_answers(a, answer, &e)) {
            /* The platform's word is garbled, or our disk failed: nothing is marked, the same bytes go again later. */
            log_error("batch.answer", "why=\"%s\"", e.text);
            fail(a, e.code == ERR_FORMAT || e.code == ERR_LIMIT ? REASON_PLATFORM : REASON_STORE,
                 BACKOFF_NO_RETRY_AFTER);
            return;
        }
        batch_finish(&r->batch);
        if (r->missing > MISSING_MOST)
            fail(a, REASON_PLATFORM, BACKOFF_NO_RETRY_AFTER);
        else
            start_blobs(a);
        return;
    case BATCH_AGAIN:
    case BATCH_HALVE:
    case BATCH_BURNT:
        batch_refused(a, answer, verdict);
        return;
    case BATCH_DENIED:
    case BATCH_LATER:
        fail_answer(a, answer);
        return;
    }
}

static void put_batch(struct agent *a)
{
    struct round *r = &a->round;
    char path[PATH_SIZE], type[] = "Content-Type: " TYPE_LINES;
    unsigned char digest[DIGEST_BYTES];
    CLEANUP(str) struct str header = {0};
    crypto_sodium()->hash(digest, r->batch.body.p, r->batch.body.len);
    str_puts(&header, "Content-Digest: ");
    digest_field(digest, &header);
    path_batch(path, a->identity.enrolment.device, r->batch.epoch, r->batch.number);
    set_url(a, path);
    struct http_ask ask = {.method = "PUT",
                           .url = r->url.p,
                           .headers = {type, "Content-Encoding: zstd", header.p},
                           .body = r->batch.body.p,
                           .len = r->batch.body.len};
    ask_platform(a, &ask, on_batch);
}

static void start_batch(struct agent *a)
{
    struct err e = {0};
    batch_finish(&a->round.batch);
    if (store_batch_next(a->store, WIRE_BATCH_RECORDS, WIRE_BATCH_BYTES, &a->round.batch, &e))
        put_batch(a);
    else if (e.code == ERR_NOT_FOUND)
        start_drafts(a);
    else
        fail_store(a, "batch.next", &e);
}

/* --- drafts for the person's next kiosk --- */

/* Not now: another time the same bytes. A draft holds up nothing else. */
static bool try_later(const struct http_answer *answer)
{
    return answer->status >= 500 || answer->status == 429 || answer->status == 408;
}

static enum parking_answer draft_answer(const struct http_answer *answer, int64_t *edit)
{
    struct problem p;
    CLEANUP(json) json_t *body = json_loadb(str_z(&answer->body), answer->body.len, JSON_REJECT_DUPLICATES, NULL);
    if (answer->status == 200 && json_is_integer(json_object_get(body, "edit"))) {
        *edit = json_integer_value(json_object_get(body, "edit"));
        return PARKING_KEPT;
    }
    if (!problem_from_json(body, &p))
        return PARKING_REFUSED;
    return p.kind == PROBLEM_DRAFT_CONFLICT ? PARKING_CONFLICT
           : p.kind == PROBLEM_DRAFT_SENT   ? PARKING_SENT
                                            : PARKING_REFUSED;
}

static void on_draft(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    struct round *r = &a->round;
    struct err e = {0};
    int64_t edit = 0;
    r->request = NULL;
    if (answer->code != CURLE_OK) {
        fail_answer(a, answer);
        return;
    }
    contact_note(a, answer, REASON_NONE);
    if (!try_later(answer)) {
        enum parking_answer said = draft_answer(answer, &edit);
        log_info("draft.answered", "declaration=%s status=%ld answer=%d", r->draft.declaration, answer->status,
                 (int)said);
        if (!store_parking_answered(a->store, &r->draft, said, edit, &e)) {
            fail_store(a, "draft.mark", &e);
            return;
        }
        r->changed = true;
    }
    start_drafts(a);
}

static void start_drafts(struct agent *a)
{
    struct round *r = &a->round;
    struct err e = {0};
    char after[UUID_SIZE], path[PATH_SIZE];
    zcopy(after, sizeof after, r->draft.declaration);
    parking_row_finish(&r->draft);
    if (!store_parking_to_send(a->store, after, &r->draft, &e)) {
        if (e.code == ERR_NOT_FOUND)
            start_feed(a);
        else
            fail_store(a, "draft.next", &e);
        return;
    }
    snprintf(path, sizeof path, PATH_DRAFTS "/%s", r->draft.declaration);
    set_url(a, path);
    struct http_ask ask = {.method = "PUT",
                           .url = r->url.p,
                           .headers = {"Content-Type: " TYPE_JSON},
                           .body = r->draft.body.p,
                           .len = r->draft.body.len};
    ask_platform(a, &ask, on_draft);
}

/* --- feed --- */

static void on_page(void *ctx, const struct http_answer *answer)
{
    struct agent *a = ctx;
    bool more = false, changed = false;
    a->round.request = NULL;
    if (answer->code != CURLE_OK || answer->status != 200) {
        fail_answer(a, answer);
        return;
    }
    contact_note(a, answer, REASON_NONE);
    if (!feed_apply(a, &answer->body, &more, &changed))
        fail(a, REASON_PLATFORM, BACKOFF_NO_RETRY_AFTER);
    else if (more)
        start_feed(a);
    else
        finish(a, true, BACKOFF_NO_RETRY_AFTER);
}

static void start_feed(struct agent *a)
{
    char path[PATH_SIZE];
    if (a->round.changed) { /* the app shows what became of its records; the feed tells its own */
        json_t *body = json_object();
        agent_news(a, "status", body);
        json_decref(body);
        a->round.changed = false;
    }
    feed_path(a, 0, path, sizeof path);
    set_url(a, path);
    struct http_ask ask = {.method = "GET", .url = a->round.url.p};
    ask_platform(a, &ask, on_page);
}

/* --- a round --- */

void round_begin(struct agent *a, enum round_kind kind)
{
    struct round *r = &a->round;
    feed_stop(a);
    r->kind = kind;
    r->progress = r->changed = r->rescued = false;
    r->missing = r->burnt = 0;
    r->n_skipped = 0;
    load_tries(a);
    if (!a->enrolled) {
        fail(a, REASON_NOT_ENROLLED, BACKOFF_NO_RETRY_AFTER);
        return;
    }
    if (a->endpoint_denied)
        endpoint_look(a); /* staff may have taken the rules back */
    if (a->endpoint_denied) {
        fail(a, REASON_ENDPOINT, BACKOFF_NO_RETRY_AFTER);
        return;
    }
    start_heartbeat(a);
}

void round_abandon(struct agent *a)
{
    struct round *r = &a->round;
    http_cancel(r->request);
    r->request = NULL;
    batch_finish(&r->batch);
    parking_row_finish(&r->draft);
    upload_finish(&r->upload);
    str_finish_secret(&a->renewal.key);
    if (r->kind) {
        r->kind = ROUND_NONE;
        schedule_done(&a->schedule, false, true, BACKOFF_NO_RETRY_AFTER, agent_mono(a), agent_now(a));
    }
}
