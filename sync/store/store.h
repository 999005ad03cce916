/* store.h — the one door to SQLite and to the blob files. Two processes write it (bulu-kiosk, bulu-sync): every write transaction and
 * every checkpoint runs under one flock (store.lock), BEGIN IMMEDIATE, wal_autocheckpoint=0, WAL + synchronous=FULL (checked).
 * Blocking: call it on the store thread (thread.h) or in the agent, never on the UI thread. A struct store belongs to one thread.
 *
 * On disk: DIR/bulu.db, DIR/blobs/xx/<sha256 of ciphertext>, DIR/store.lock, DIR/device.secret (0600, of the kiosk's user).
 *
 * A **folder** is one person's drafts on this kiosk: one random draft key in slots (keys.md), found by a keyed tag of the ID number
 * (HMAC under the device secret), so that no ID number is on the disk. It holds the person scope once and a title document per
 * declaration. */
#ifndef BULU_STORE_STORE_H
#define BULU_STORE_STORE_H

#include "sync/base/clock.h"
#include "sync/record/envelope.h"

struct store;

struct store_options {
    const char *dir;
    const struct clock *clock;
    const struct random *random;
    const struct crypto_ops *crypto;
    bool with_device_secret; /* the app: makes and reads device.secret; the agent must not */
};
struct store *store_open(const struct store_options *o, struct err *e) WARN_UNUSED;
void store_close(struct store *s);

/* --- folders and drafts (app) --- */
struct folder {
    char id[37];
    unsigned char *key; /* KEY_BYTES in locked memory; folder_finish frees */
};
void folder_finish(struct folder *f, const struct crypto_ops *c);
struct code_verdict {
    int tries_left;        /* before a lock */
    int64_t locked_for_ms; /* > 0: locked, whatever is typed */
};
/* Is there a folder of this ID number here? */
bool store_folder_exists(struct store *s, const char *id18, bool *exists, struct err *e) WARN_UNUSED;
bool store_folder_create(struct store *s, const char *id18, const char *code, struct folder *out, struct err *e) WARN_UNUSED;
/* ERR_DENIED: wrong code or locked (see *v); counted durably before it is tried, over restarts. */
bool store_folder_open(struct store *s, const char *id18, const char *code, struct folder *out, struct code_verdict *v,
                       struct err *e) WARN_UNUSED;
/* Saves one scope's canonical bytes, encrypted. declaration NULL: the person scope. Durable when it returns true. */
bool store_draft_save(struct store *s, const struct folder *f, const char *declaration, const void *doc, size_t len,
                      struct err *e) WARN_UNUSED;
bool store_draft_load(struct store *s, const struct folder *f, const char *declaration, struct str *out, struct err *e) WARN_UNUSED;
bool store_declaration_create(struct store *s, const struct folder *f, char declaration[37], struct err *e) WARN_UNUSED;
/* A draft thrown away by its owner: key material and rows first, its blobs when nothing else cites them. */
bool store_declaration_delete(struct store *s, const struct folder *f, const char *declaration, struct err *e) WARN_UNUSED;

/* States in the guide's order; names as in architecture.md ("draft", "queued", "submitted_unit", …). */
enum decl_state {
    DECL_DRAFT, DECL_QUEUED, DECL_SENDING, DECL_DELIVERED, DECL_SUBMITTED_UNIT, DECL_UNIT_REVIEW, DECL_SUBMITTED_SUPERIOR, DECL_DONE,
    DECL_UNIT_RETURNED, DECL_SUPERIOR_RETURNED, DECL_WITHDRAWN, DECL_SEND_FAILED, DECL_PURGED
};
const char *decl_state_name(enum decl_state s);
bool decl_state_parse(const char *name, enum decl_state *out) WARN_UNUSED;

struct declaration_row {
    char id[37];
    int version;               /* of the draft in hand, or of the last submission */
    enum decl_state state;
    char receipt[RECEIPT_SIZE]; /* "" before the first submission */
    int64_t changed_ms;
    bool content;              /* the document is still here (wiped after delivery + grace) */
};
struct status_row { /* history of one declaration, oldest first */
    int version;
    enum decl_state state;
    int64_t at_ms;             /* the platform's stamp, or ours before delivery */
    char *text;                /* the platform's own words if it sent any, or "" */
    char *reasons;             /* JSON [{"path":"form.…","reason":"…"}…], or "" */
};
bool store_declarations(struct store *s, const struct folder *f, struct declaration_row **rows, size_t *n, struct err *e) WARN_UNUSED;
bool store_history(struct store *s, const char *declaration, struct status_row **rows, size_t *n, struct err *e) WARN_UNUSED;
void store_history_free(struct status_row *rows, size_t n);
/* By receipt number, for the status page: state and history only, no content. ERR_NOT_FOUND. */
bool store_receipt_find(struct store *s, const char *receipt, struct declaration_row *out, struct err *e) WARN_UNUSED;
/* A small verifier kept with the receipt: does this 取件码 belong to it? Counted and locked as a folder's code. */
bool store_receipt_check(struct store *s, const char *receipt, const char *code, struct code_verdict *v, struct err *e) WARN_UNUSED;

/* --- blobs --- */
struct blob_info {
    char sha256[HASH_HEX]; /* of the ciphertext: its name */
    char digest[HASH_HEX]; /* of the plain bytes */
    unsigned char key[KEY_BYTES];
    int64_t bytes, sealed_bytes;
};
/* Encrypts with a fresh content key, writes durably, registers it under the folder. */
bool store_blob_put(struct store *s, const struct folder *f, const void *plain, size_t len, struct blob_info *out,
                    struct err *e) WARN_UNUSED;
bool store_blob_get(struct store *s, const char *sha256, const unsigned char key[KEY_BYTES], struct str *plain, struct err *e) WARN_UNUSED;
bool store_blob_sealed(struct store *s, const char *sha256, int64_t *bytes, char **path, struct err *e) WARN_UNUSED; /* for the agent */
/* Removes files that nothing cites and that are older than a day, rechecked under the lock. */
bool store_blob_collect(struct store *s, size_t *removed, struct err *e) WARN_UNUSED;

/* --- the queue (outbox) --- */
/* One transaction: freezes the sealed bytes, assigns (epoch, seq), declaration → queued, audit. The blobs must be here. */
bool store_submit(struct store *s, const struct folder *f, const struct submission *sub, const char *code, int64_t *seq,
                  struct err *e) WARN_UNUSED;
/* 撤回, compare-and-swap from queued only: ERR_STATE when the agent was faster. A tombstone takes its seq. */
bool store_withdraw(struct store *s, const char *declaration, struct err *e) WARN_UNUSED;
/* Back to a draft of the next version, from *_returned or withdrawn. */
bool store_reopen(struct store *s, const struct folder *f, const char *declaration, struct err *e) WARN_UNUSED;

struct queue_figures {
    int64_t waiting, sending, failed, delivered, oldest_ms;
};
bool store_queue_figures(struct store *s, struct queue_figures *out, struct err *e) WARN_UNUSED;

/* The agent's side. A batch's members and body are persisted before its first PUT, so that a retry is the same bytes. */
struct batch {
    char epoch[37];
    int64_t number;      /* of this epoch */
    struct str body;     /* JSON Lines, zstd-compressed */
    char digest[HASH_HEX];
    size_t records;
};
void batch_finish(struct batch *b);
/* Blobs that queued records cite and that the platform is not known to hold yet. */
bool store_blobs_to_send(struct store *s, struct blob_ref **out, size_t *n, struct err *e) WARN_UNUSED;
bool store_blob_sent(struct store *s, const char *sha256, struct err *e) WARN_UNUSED;
bool store_blob_missing(struct store *s, const char *sha256, struct err *e) WARN_UNUSED; /* the platform lost it: send again */
/* The batch in hand (again), or a new one of at most max_records and max_bytes from queued records whose blobs are all sent:
 * these become sending. false with ERR_NOT_FOUND: nothing to send. */
bool store_batch_next(struct store *s, size_t max_records, size_t max_bytes, struct batch *out, struct err *e) WARN_UNUSED;
struct record_answer {
    int64_t seq;
    enum { ANSWER_STORED, ANSWER_DUPLICATE, ANSWER_REJECTED, ANSWER_BLOB_MISSING } kind;
    enum decl_state state;   /* as the platform has it now: delivered or submitted_unit */
    int64_t at_ms;           /* the platform's stamp */
    const char *problem;     /* for REJECTED: its words */
    const char *blob;        /* for BLOB_MISSING: sha256 */
};
/* Marks every record in the same transaction as the answer; closes the batch. */
bool store_batch_answered(struct store *s, int64_t number, const struct record_answer *answers, size_t n, struct err *e) WARN_UNUSED;
/* The batch was refused as a whole: back to queued with its tries counted; halves is how many parts to try next (bisection). */
bool store_batch_failed(struct store *s, int64_t number, int halves, struct err *e) WARN_UNUSED;
bool store_epoch(struct store *s, char epoch[37], int64_t *last_seq, struct err *e) WARN_UNUSED;
/* This store is behind the platform's watermark (restored, cloned): a new epoch before anything is sent. */
bool store_epoch_roll(struct store *s, struct err *e) WARN_UNUSED;

/* Statuses pulled from the platform; the cursor moves in the same transaction. Unknown declarations are kept by receipt only. */
struct status_update {
    const char *declaration; int version; enum decl_state state; int64_t at_ms; const char *text, *reasons;
};
bool store_updates_apply(struct store *s, const struct status_update *u, size_t n, const char *cursor, struct err *e) WARN_UNUSED;

/* --- dead letters, settings, audit --- */
struct dead_letter {
    char declaration[37], receipt[RECEIPT_SIZE]; int version; int64_t seq, at_ms; char *problem;
};
bool store_dead_letters(struct store *s, struct dead_letter **rows, size_t *n, struct err *e) WARN_UNUSED;
void store_dead_letters_free(struct dead_letter *rows, size_t n);
bool store_dead_retry(struct store *s, int64_t seq, struct err *e) WARN_UNUSED;

/* Small named values shared by app and agent: "platform.key", "platform.key_id", "kiosk.number", "hall.name", "updates.cursor",
 * "notice.work", "agent.last_contact_ms", "agent.time_offset_ms" … get: ERR_NOT_FOUND. */
bool store_setting_get(struct store *s, const char *name, struct str *out, struct err *e) WARN_UNUSED;
bool store_setting_set(struct store *s, const char *name, const void *value, size_t len, struct err *e) WARN_UNUSED;

/* Audit chain: hash(previous ‖ at ‖ event ‖ detail). Every state change writes one by itself; staff acts by this. No personal data. */
bool store_audit(struct store *s, const char *event, const char *detail, struct err *e) WARN_UNUSED;
bool store_audit_head(struct store *s, int64_t *count, char head[HASH_HEX], struct err *e) WARN_UNUSED;
/* ERR_CRYPTO names the first row whose hash does not follow. Also PRAGMA integrity_check, foreign keys, and every blob's name. */
bool store_verify(struct store *s, struct str *report, struct err *e) WARN_UNUSED;

/* The app hears that the agent changed something: PRAGMA data_version; cheap enough to poll on a wake. */
int64_t store_data_version(struct store *s);

#endif
