/* store.h — the one door to SQLite and to the blob files. Two processes write it (bulu-kiosk, bulu-sync): every write
 * transaction and every checkpoint runs under one flock (store.lock), BEGIN IMMEDIATE, wal_autocheckpoint=0, WAL +
 * synchronous=FULL (checked). Blocking: call it on the store thread (thread.h) or in the agent, never on the UI thread.
 * A struct store belongs to one thread.
 *
 * A write that fails leaves everything as it was and says ERR_FULL (no space), ERR_IO or ERR_BUSY (the other process
 * held the lock for longer than five seconds); the caller keeps its values and may try again.
 *
 * On disk: DIR/bulu.db, DIR/blobs/xx/<sha256 of ciphertext>, DIR/store.lock, DIR/device.secret (0600, of the kiosk's
 * user). DIR is setgid 2770, files in it 0660: the group is shared by the two users.
 *
 * A **folder** is one person's drafts on this kiosk: one random draft key in slots (keys.md), found by a keyed tag of
 * the ID number (HMAC under the device secret), so that no ID number is on the disk. It holds the person scope once and
 * a title document per declaration. */
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
/* Makes the directory and the database where there are none, migrates an older one; ERR_STATE: it is a newer program's.
 */
struct store *store_open(const struct store_options *o, struct err *e) WARN_UNUSED;
void store_close(struct store *s);

/* --- folders and drafts (app) --- */
struct folder {
    char id[37];
    unsigned char *key; /* KEY_BYTES in locked memory; folder_finish frees */
};
void folder_finish(struct folder *f, const struct crypto_ops *c);
struct code_verdict {
    int tries_left; /* before a lock */
    int64_t
        locked_for_ms; /* > 0: nothing is tried for so long, whatever is typed. One slip is free, then 1, 2, 4 s; the
                              fifth locks for 10 min, every further five for twice as long, up to a day */
};
/* Is there a folder of this ID number here? */
bool store_folder_exists(struct store *s, const char *id18, bool *exists, struct err *e) WARN_UNUSED;
struct folder_slots {
    bool exists, code, account; /* what opens it: the 取件码; a login */
    bool proved;                /* the 取件码 was chosen, or typed, by somebody who had proved who they are */
};
bool store_folder_slots(struct store *s, const char *id18, struct folder_slots *out, struct err *e) WARN_UNUSED;
/* code NULL: none, for a person who logged in; then ERR_STATE while this kiosk has no platform's key. With one the
 * account slot is made too. ERR_EXISTS. */
bool store_folder_create(struct store *s, const char *id18, const char *code, struct folder *out,
                         struct err *e) WARN_UNUSED;
/* ERR_DENIED: wrong code or locked (see *v); counted durably before it is tried, over restarts. */
bool store_folder_open(struct store *s, const char *id18, const char *code, struct folder *out, struct code_verdict *v,
                       struct err *e) WARN_UNUSED;
/* The account slot, "KEY_ID BASE64" (sync/protocol/sessions.h): the platform opens it for the person who logged in.
 * ERR_NOT_FOUND: no folder, or one without. */
bool store_folder_slot_get(struct store *s, const char *id18, struct str *out, struct err *e) WARN_UNUSED;
/* With the draft key that the platform gave back. ERR_DENIED: it is not this folder's; ERR_NOT_FOUND. */
bool store_folder_open_key(struct store *s, const char *id18, const unsigned char key[KEY_BYTES], struct folder *out,
                           struct err *e) WARN_UNUSED;
/* A first 取件码, or another one: the old one opens the folder no more (receipts keep the one they were given). */
bool store_folder_code_set(struct store *s, const struct folder *f, const char *code, bool proved,
                           struct err *e) WARN_UNUSED;
/* The person who knows the 取件码 has proved who they are. */
bool store_folder_code_prove(struct store *s, const struct folder *f, struct err *e) WARN_UNUSED;
/* The person has proved who they are: a 取件码 that nobody had proved to be theirs opens the folder no more (anybody may
 * have made it under this number). *was: there was one. Not without an account slot. */
bool store_folder_code_void(struct store *s, const struct folder *f, bool *was, struct err *e) WARN_UNUSED;
/* The claim id of an offline WeChat ticket (protocol/ticket.h) that waits for this person's declaration; "": none. */
#define FOLDER_CLAIM_SIZE 32
bool store_folder_claim(struct store *s, const struct folder *f, char out[FOLDER_CLAIM_SIZE],
                        struct err *e) WARN_UNUSED;
bool store_folder_claim_set(struct store *s, const struct folder *f, const char *claim, struct err *e) WARN_UNUSED;
/* The person's drafts here are thrown away unopened, key first; what was submitted goes its way, under its receipt.
 * ERR_NOT_FOUND. */
bool store_folder_delete(struct store *s, const char *id18, struct err *e) WARN_UNUSED;
/* Saves one scope's canonical bytes (doc_export), encrypted. declaration NULL: the person scope. Durable when it
 * returns true. The blobs that the document cites are noted beside it: they stay while it does. ERR_STATE: the
 * declaration is no draft (any more). */
bool store_draft_save(struct store *s, const struct folder *f, const char *declaration, const void *doc, size_t len,
                      struct err *e) WARN_UNUSED;
/* ERR_NOT_FOUND: nothing was saved yet, or it was wiped. */
bool store_draft_load(struct store *s, const struct folder *f, const char *declaration, struct str *out,
                      struct err *e) WARN_UNUSED;
bool store_declaration_create(struct store *s, const struct folder *f, char declaration[37], struct err *e) WARN_UNUSED;
/* A draft thrown away by its owner, rows first, then the blobs that nothing else cites. A declaration that was
 * submitted before keeps its receipt and history; one that waits or is on its way: ERR_STATE. */
bool store_declaration_delete(struct store *s, const struct folder *f, const char *declaration,
                              struct err *e) WARN_UNUSED;

/* A page of the folder's own beside its documents (what the platform last said): encrypted, gone with the folder, citing
 * nothing. name: letters, digits and -; one that ends with a declaration's id goes with its content. load:
 * ERR_NOT_FOUND. */
bool store_note_save(struct store *s, const struct folder *f, const char *name, const void *bytes, size_t len,
                     struct err *e) WARN_UNUSED;
bool store_note_load(struct store *s, const struct folder *f, const char *name, struct str *out,
                     struct err *e) WARN_UNUSED;

/* States in the guide's order; names as in architecture.md ("draft", "queued", "submitted_unit", …). */
enum decl_state {
    DECL_DRAFT,
    DECL_QUEUED,
    DECL_SENDING,
    DECL_DELIVERED, /* 待本人确认 */
    DECL_FORWARDED, /* 已送达，待平台入库: a gateway has it, the registry not yet */
    DECL_SUBMITTED_UNIT,
    DECL_UNIT_REVIEW,
    DECL_SUBMITTED_SUPERIOR,
    DECL_DONE,
    DECL_UNIT_RETURNED,
    DECL_SUPERIOR_RETURNED,
    DECL_WITHDRAWN,
    DECL_SEND_FAILED,
    DECL_PURGED,
    DECL_OTHER /* one that this program has no name for: the platform's own text tells it */
};
const char *decl_state_name(enum decl_state s);
bool decl_state_parse(const char *name, enum decl_state *out) WARN_UNUSED;
/* A state as the platform calls it: DECL_OTHER where it is none of ours, or one that only a kiosk can be in. */
enum decl_state decl_state_of_platform(const char *name);

enum park_state {
    PARK_NONE,     /* never parked: nobody was logged in */
    PARK_WAITING,  /* changes here that the platform does not have (yet) */
    PARK_HELD,     /* the platform has all of it */
    PARK_CONFLICT, /* another kiosk holds the draft, and there are changes here */
    PARK_REFUSED   /* the platform does not take it; the next save tries again */
};
struct declaration_row {
    char id[37];
    int version; /* of the draft in hand, or of the last submission */
    enum decl_state state;
    char receipt[RECEIPT_SIZE]; /* "" before the first submission */
    int64_t changed_ms;
    bool content;   /* this version's document is still here (wiped after delivery + grace) */
    bool overtaken; /* send_failed because another kiosk had sent this version before */
    enum park_state park;
    int64_t park_base, park_edit; /* the edit that this kiosk took up; that the platform last told it */
};
#define HISTORY_CONFLICT "record-conflict" /* text of a send_failed: another kiosk had sent this version */
struct status_row {                        /* history of one declaration, oldest first */
    int version;
    enum decl_state state;
    int64_t at_ms; /* the platform's stamp, or ours before delivery */
    char *text;    /* the platform's own words if it sent any, or "" */
    char *reasons; /* JSON [{"path":"form.…","reason":"…"}…], or "" */
};
bool store_declarations(struct store *s, const struct folder *f, struct declaration_row **rows, size_t *n,
                        struct err *e) WARN_UNUSED;
bool store_history(struct store *s, const char *declaration, struct status_row **rows, size_t *n,
                   struct err *e) WARN_UNUSED;
/* Both: rows are the caller's; free(rows) for declarations, store_history_free for a history. */
void store_history_free(struct status_row *rows, size_t n);
/* By receipt number, for the status page: state and history only, no content. ERR_NOT_FOUND. */
bool store_receipt_find(struct store *s, const char *receipt, struct declaration_row *out, struct err *e) WARN_UNUSED;
/* Does this 取件码 belong to the receipt? By a check value copied from the folder when it was submitted, so that it
 * outlives the folder. Counted and locked as a folder's code (ERR_DENIED, *v); ERR_NOT_FOUND: no such receipt here. */
bool store_receipt_check(struct store *s, const char *receipt, const char *code, struct code_verdict *v,
                         struct err *e) WARN_UNUSED;

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
bool store_blob_get(struct store *s, const char *sha256, const unsigned char key[KEY_BYTES], struct str *plain,
                    struct err *e) WARN_UNUSED;
/* Ciphertext that came from elsewhere (fetched by the agent): ERR_FORMAT when the name is not that of the bytes. The
 * platform holds it. */
bool store_blob_put_sealed(struct store *s, const char *sha256, const void *sealed, size_t len,
                           struct err *e) WARN_UNUSED;
/* Where the file is; ERR_NOT_FOUND. Caller frees *path. */
bool store_blob_sealed(struct store *s, const char *sha256, int64_t *bytes, char **path,
                       struct err *e) WARN_UNUSED; /* for the agent */
/* Removes the blobs that no draft and no unsent record cites, after a day of grace counted in powered-on time (no clock
 * can jump over it), rechecked under the lock. For the nightly run. */
bool store_blob_collect(struct store *s, size_t *removed, struct err *e) WARN_UNUSED;

/* --- the queue (outbox) --- */
/* One transaction: freezes the sealed bytes, assigns (epoch, seq), declaration → queued, audit. Its blobs must be here
 * or already on the platform (ERR_NOT_FOUND). ERR_STATE: not a draft of that version. The receipt answers to the
 * folder's 取件码. */
bool store_submit(struct store *s, const struct folder *f, const struct submission *sub, int64_t *seq,
                  struct err *e) WARN_UNUSED;
/* 撤回, compare-and-swap from queued only: ERR_STATE when the agent was faster. A tombstone takes its seq. */
bool store_withdraw(struct store *s, const char *declaration, struct err *e) WARN_UNUSED;
/* Back to a draft of the next version, from *_returned or withdrawn. */
bool store_reopen(struct store *s, const struct folder *f, const char *declaration, struct err *e) WARN_UNUSED;

struct queue_figures {
    int64_t waiting, sending, failed; /* records in the queue; failed: dead letters */
    int64_t delivered;                /* acknowledged, ever */
    int64_t oldest_ms;                /* wall time at which the oldest unsent one was queued; 0: none */
};
bool store_queue_figures(struct store *s, struct queue_figures *out, struct err *e) WARN_UNUSED;

/* The agent's side. A batch's members and body are persisted before its first PUT, so that a retry is the same bytes.
 */
struct batch {
    char epoch[37];
    int64_t number;  /* of this epoch */
    struct str body; /* JSON Lines, zstd-compressed */
    char digest[HASH_HEX];
    size_t records;
};
void batch_finish(struct batch *b);
/* Blobs that queued records cite and that the platform is not known to hold yet; oldest record first. free(*out). */
bool store_blobs_to_send(struct store *s, struct blob_ref **out, size_t *n, struct err *e) WARN_UNUSED;
bool store_blob_sent(struct store *s, const char *sha256, struct err *e) WARN_UNUSED;
/* The platform lost it: send it again. When no file is here either, the records that cite it become dead letters. */
bool store_blob_missing(struct store *s, const char *sha256, struct err *e) WARN_UNUSED;
/* The platform will never take it: the waiting records that cite it become dead letters, with why for staff. */
bool store_blob_refused(struct store *s, const char *sha256, const char *why, struct err *e) WARN_UNUSED;
/* The batch in hand (again), or a new one of at most max_records and max_bytes from queued records whose blobs are all
 * sent: these become sending. false with ERR_NOT_FOUND: nothing to send. */
bool store_batch_next(struct store *s, size_t max_records, size_t max_bytes, struct batch *out,
                      struct err *e) WARN_UNUSED;
struct record_answer {
    int64_t seq;
    enum { ANSWER_STORED, ANSWER_DUPLICATE, ANSWER_REJECTED, ANSWER_BLOB_MISSING } kind;
    enum decl_state state; /* as the platform has it now: delivered or submitted_unit */
    int64_t at_ms;         /* the platform's stamp */
    const char *problem;   /* for REJECTED: its words */
    bool conflict;         /* for REJECTED: it holds this version with other content, from another kiosk */
    const char *blob;      /* for BLOB_MISSING: sha256 */
};
/* Marks every record in the same transaction as the answer; closes the batch. A record without an answer waits again.
 * ERR_STATE: no such batch is open (it was answered before). ERR_FORMAT: an answer for a record that is not in it;
 * nothing is marked. */
bool store_batch_answered(struct store *s, int64_t number, const struct record_answer *answers, size_t n,
                          struct err *e) WARN_UNUSED;
/* The platform answered and refused the batch as a whole (never for a lost connection or reply: then the same bytes go
 * again): back to queued with its tries counted; halves is how many parts to try next (1: the same members again, 2:
 * bisection). A batch of one that is to be halved is the poison: a dead letter with problem (the platform's words, may
 * be NULL). */
bool store_batch_failed(struct store *s, int64_t number, int halves, const char *problem, struct err *e) WARN_UNUSED;
bool store_epoch(struct store *s, char epoch[37], int64_t *last_seq, struct err *e) WARN_UNUSED;
/* This store is behind the platform's watermark (restored, cloned): a new epoch before anything is sent. */
bool store_epoch_roll(struct store *s, struct err *e) WARN_UNUSED;

/* Statuses pulled from the platform; the cursor moves in the same transaction. Unknown declarations are kept by receipt
 * only. */
struct status_update {
    const char *declaration;
    int version;
    enum decl_state state;
    int64_t at_ms;
    const char *text, *reasons; /* the last two may be NULL */
    const char *receipt;        /* may be NULL; makes a declaration that this store does not know findable by receipt */
};
bool store_updates_apply(struct store *s, const struct status_update *u, size_t n, const char *cursor,
                         struct err *e) WARN_UNUSED;

/* --- what came from the platform to a person who logged in (app) --- */
/* The person's declarations as the platform lists them: each becomes the folder's, with state, receipt and history as
 * from the feed. What waits here or is on its way stays as it is; a draft or a dead letter of a version that the
 * platform has meanwhile (sent by another kiosk) follows the platform, its document stays until it is wiped. */
bool store_profile_note(struct store *s, const struct folder *f, const struct status_update *u, size_t n,
                        struct err *e) WARN_UNUSED;
/* A returned declaration of the folder whose content came back: it is a draft of version + 1 with this title document
 * (doc_export), whose blobs the platform holds. ERR_STATE: it is not returned as that version (any more): a draft is in
 * hand here, or the platform has moved on. */
bool store_declaration_adopt(struct store *s, const struct folder *f, const char *declaration, int version,
                             const void *title, size_t len, struct err *e) WARN_UNUSED;
/* The blobs that a document of the platform cites: known as sent, not here until they are fetched. */
bool store_blobs_known(struct store *s, const void *doc, size_t len, struct err *e) WARN_UNUSED;
/* Is the file here; does the platform hold it? Both false for an unknown one. */
bool store_blob_where(struct store *s, const char *sha256, bool *here, bool *sent, struct err *e) WARN_UNUSED;

/* --- drafts on their way to the person's next kiosk (sync/protocol/sessions.h, parking) --- */
/* Base and number of the next save of this declaration here; they are inside its sealed box. */
bool store_parking_next(struct store *s, const char *declaration, int64_t *base, int64_t *n, struct err *e) WARN_UNUSED;
struct parking_box {
    const char *declaration;
    int64_t n;              /* as store_parking_next said */
    const struct str *body; /* the call as it goes to the platform */
    const struct str *gone; /* the call that takes it back, of n + 1 */
};
/* As store_draft_save (declaration NULL: the person scope), and in the same transaction the draft of the box waits to be
 * sent. */
bool store_draft_save_parked(struct store *s, const struct folder *f, const char *declaration, const void *doc,
                             size_t len, const struct parking_box *box, struct err *e) WARN_UNUSED;
/* What the platform gave up to this kiosk: a draft of that version with this title document, whose blobs it holds, in
 * place of what is here. ERR_STATE: here it is no draft, or of a later version; ERR_DENIED: another person's. */
bool store_draft_adopt(struct store *s, const struct folder *f, const char *declaration, int version, int64_t edit,
                       const void *title, size_t len, struct err *e) WARN_UNUSED;
/* What is here goes on from the platform's edit: the next save replaces what the platform has. */
bool store_parking_rebase(struct store *s, const struct folder *f, const char *declaration, int64_t edit,
                          struct err *e) WARN_UNUSED;
/* Agent: the next box that may go (its blobs went before), in the order of declarations after this one ("" : the first).
 * ERR_NOT_FOUND: none. */
struct parking_row {
    char declaration[37];
    int64_t base, n;
    struct str body;
};
void parking_row_finish(struct parking_row *r);
bool store_parking_to_send(struct store *s, const char *after, struct parking_row *out, struct err *e) WARN_UNUSED;
enum parking_answer { PARKING_KEPT, PARKING_CONFLICT, PARKING_SENT, PARKING_REFUSED };
/* A save that was made meanwhile waits on. edit: for KEPT. */
bool store_parking_answered(struct store *s, const struct parking_row *r, enum parking_answer answer, int64_t edit,
                            struct err *e) WARN_UNUSED;

/* --- retention --- */
/* Wipes what has outlived its purpose. now_ms is the platform's time, never the kiosk's own: an age is counted from the
 * first call after the last change, so a clock that jumps purges nothing, and without the platform nothing is purged.
 * draft_age_ms: folders untouched so long lose their key and documents (30 days); grace_ms: content of delivered
 * declarations. For the agent, after a heartbeat. */
bool store_expire(struct store *s, int64_t now_ms, int64_t draft_age_ms, int64_t grace_ms, size_t *wiped,
                  struct err *e) WARN_UNUSED;

/* At the order of staff: everything that this kiosk holds of the person of a receipt, keys first, then rows; files that
 * nothing cites go with the nightly run. Receipts, numbers and states stay. ERR_STATE: something of theirs waits to be
 * sent; ERR_NOT_FOUND: no such receipt here, or nothing is left. */
bool store_purge(struct store *s, const char *receipt, struct err *e) WARN_UNUSED;

/* --- for staff: the queue by numbers and states only --- */
struct queue_row {
    char receipt[RECEIPT_SIZE];
    int version;
    enum decl_state state; /* queued, sending, send_failed */
    int64_t seq, queued_ms;
    int tries;
    char *problem; /* of a dead letter, else "" */
};
/* In the order in which they go; at most `most`. */
bool store_queue(struct store *s, size_t most, struct queue_row **rows, size_t *n, struct err *e) WARN_UNUSED;
void store_queue_free(struct queue_row *rows, size_t n);

/* --- dead letters, settings, audit --- */
struct dead_letter {
    char declaration[37], receipt[RECEIPT_SIZE];
    int version;
    int64_t seq, at_ms;
    char *problem;
};
bool store_dead_letters(struct store *s, struct dead_letter **rows, size_t *n, struct err *e) WARN_UNUSED;
void store_dead_letters_free(struct dead_letter *rows, size_t n);
/* Staff, after the cause is gone: queued again under its place. */
bool store_dead_retry(struct store *s, int64_t seq, struct err *e) WARN_UNUSED;

/* Small named values shared by app and agent; settings.h names them. get: ERR_NOT_FOUND. */
bool store_setting_get(struct store *s, const char *name, struct str *out, struct err *e) WARN_UNUSED;
bool store_setting_set(struct store *s, const char *name, const void *value, size_t len, struct err *e) WARN_UNUSED;

/* Audit chain: hash(previous ‖ at ‖ event ‖ detail). Every state change writes one by itself; staff acts by this. No
 * personal data. */
bool store_audit(struct store *s, const char *event, const char *detail, struct err *e) WARN_UNUSED;
bool store_audit_head(struct store *s, int64_t *count, char head[HASH_HEX], struct err *e) WARN_UNUSED;
/* ERR_CRYPTO names the first row whose hash does not follow. Also PRAGMA integrity_check, foreign keys, and every
 * blob's name. */
bool store_verify(struct store *s, struct str *report, struct err *e) WARN_UNUSED;

/* One line of state for status pages and heartbeats: how the pragmas stand, schema version. */
struct store_health {
    int schema, journal_wal, synchronous; /* synchronous: 2 is FULL */
    int64_t db_bytes, wal_bytes, blob_files, blob_bytes;
};
bool store_health(struct store *s, struct store_health *out, struct err *e) WARN_UNUSED;

/* The app hears that the agent changed something: PRAGMA data_version; cheap enough to poll on a wake. */
int64_t store_data_version(struct store *s);

#endif
