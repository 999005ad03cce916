#include "sync/platform/intake.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/applicants.h"
#include "sync/platform/archive.h"
#include "sync/platform/feed.h"
#include "sync/platform/gateway.h"
#include "sync/platform/profiles.h"
#include "sync/platform/wechat_claims.h"
#include "sync/protocol/batch.h"
#include "sync/protocol/digest.h"
#include "sync/protocol/ticket.h"
#include "sync/protocol/tus.h"
#include "sync/record/envelope.h"
#include "sync/record/text.h"
#include "sync/record/validate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- one record --- */

struct text {
    const char *p;
    size_t len;
};

static const char *text(const json_t *j, const char *name)
{
    const char *z = json_string_value(json_object_get(j, name));
    return z ? z : "";
}

static void reject(struct platform *p, struct db_record *r, enum problem_kind kind, const char *line, size_t len)
{
    char key[64];
    snprintf(key, sizeof key, "problem.%s", problem_slug(kind));
    r->kind = DB_REJECTED;
    r->answer.problem.kind = kind;
    r->answer.problem.status = problem_status(kind);
    zcopy(r->answer.problem.detail, sizeof r->answer.problem.detail, words(p, key));
    free(r->line);
    r->line = xstrndup(line, len);
}

/* Who it is and where it stands in the order; the same for a submission and a tombstone. */
static bool identity(const json_t *j, struct db_record *r)
{
    const json_t *seq = json_object_get(j, "seq"), *version = json_object_get(j, "version");
    if (json_is_integer(seq) && json_integer_value(seq) >= 0)
        r->seq = json_integer_value(seq);
    if (!uuid_valid(text(j, "declaration")) || !json_is_integer(version) || json_integer_value(version) < 1 ||
        json_integer_value(version) > 1 << 20 || r->seq < 0)
        return false;
    zcopy(r->declaration, sizeof r->declaration, text(j, "declaration"));
    r->version = (int)json_integer_value(version);
    return true;
}

static bool envelope_fields(json_t *j, const struct text *cut, struct db_record *r)
{
    char receipt[RECEIPT_SIZE];
    unsigned char digest[HASH_BYTES];
    const char *sealed = json_string_value(json_object_get(j, "sealed"));
    size_t sealed_len = sealed ? strlen(sealed) : 0;
    if (sealed && !sealed_len && cut->p) {
        sealed = cut->p;
        sealed_len = cut->len;
    }
    if (!receipt_parse(text(j, "receipt"), receipt) || strcmp(receipt, text(j, "receipt")) || !sealed ||
        !hex_decode(text(j, "digest"), digest, sizeof digest) || !json_is_array(json_object_get(j, "blobs")) ||
        !base64_decode(&r->sealed, sealed, sealed_len, BASE64_STANDARD))
        return false;
    zcopy(r->receipt, sizeof r->receipt, receipt);
    zcopy(r->digest, sizeof r->digest, text(j, "digest"));
    json_object_del(j, "sealed");
    r->envelope = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
    return r->envelope != NULL;
}

static bool envelope_blobs(const json_t *j, struct db_record *r)
{
    const json_t *list = json_object_get(j, "blobs"), *row;
    size_t i;
    r->blobs = xcalloc(json_array_size(list) + 1, sizeof *r->blobs);
    json_array_foreach((json_t *)list, i, row)
    {
        unsigned char h[HASH_BYTES];
        const json_t *bytes = json_object_get(row, "bytes");
        if (!hex_decode(text(row, "sha256"), h, sizeof h) || !json_is_integer(bytes))
            return false;
        zcopy(r->blobs[i].sha256, sizeof r->blobs[i].sha256, text(row, "sha256"));
        r->blobs[i].bytes = json_integer_value(bytes);
        r->n_blobs++;
    }
    return true;
}

/* False: one is not here, or is not of the size that the envelope says. */
static bool blobs_held(struct platform *p, struct db_record *r)
{
    for (size_t i = 0; i < r->n_blobs; i++) {
        int64_t bytes;
        if (p->blobs->ops->has(p->blobs, r->blobs[i].sha256, &bytes) && bytes == r->blobs[i].bytes)
            continue;
        r->kind = DB_BLOB_MISSING;
        zcopy(r->answer.blob, sizeof r->answer.blob, r->blobs[i].sha256);
        return false;
    }
    return true;
}

/* Proofs in their order: typed < login = wechat < chip. */
static int proof_rank(const char *proof)
{
    return !strcmp(proof, "chip") ? 2 : !strcmp(proof, "login") || !strcmp(proof, "wechat") ? 1 : 0;
}

/* Appends a JSON string. Written by hand: a record with nothing in it has dozens of these. */
static void put_json(struct str *out, const char *z)
{
    str_putc(out, '"');
    for (const char *run = z;; run++) {
        size_t plain = 0;
        while ((unsigned char)run[plain] >= 0x20 && run[plain] != '"' && run[plain] != '\\')
            plain++;
        str_add(out, run, plain);
        run += plain;
        if (!*run)
            break;
        str_printf(out, "\\u%04x", (unsigned char)*run);
    }
    str_putc(out, '"');
}

/* {"path","reason","key","args"}: key and args let a kiosk in another language find its own words. */
static void put_reason(const struct platform *p, const struct form_set *forms, const struct finding *f, struct str *out)
{
    const char *message = form_words(p, forms, f->message);
    const struct str_arg args[] = {{"0", f->arg[0]}, {"1", f->arg[1]}};
    char path[160];
    CLEANUP(str) struct str words_of_it = {0};
    strings_format(&words_of_it, message ? message : f->message, args, ARRAY_LEN(args), false);
    doc_path_id(f->path, path, sizeof path);
    const char *const values[] = {path, str_z(&words_of_it), f->message, f->arg[0], f->arg[1]};
    static const char *const before[] = {"{\"path\":", ",\"reason\":", ",\"key\":", ",\"args\":[", ","};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        str_puts(out, before[i]);
        put_json(out, values[i]);
    }
    str_puts(out, "]}");
}

void intake_reasons(const struct platform *p, const struct form_set *forms, const struct findings *found,
                    struct str *out)
{
    str_putc(out, '[');
    bool first = true;
    for (size_t i = 0; i < found->len; i++) {
        if (found->rows[i].severity != SEVERITY_ERROR)
            continue;
        if (!first)
            str_putc(out, ',');
        first = false;
        put_reason(p, forms, &found->rows[i], out);
    }
    str_putc(out, ']');
}

/* Breaking a rule is not failure: such a record is stored as returned, with fields and reasons. */
static void judge_rules(struct platform *p, const struct doc *d, struct db_record *r)
{
    CLEANUP(findings) struct findings found = {0};
    validate_scope_all(d, clock_beijing(now_ms(p)), &found);
    profile_rows_check(p, r->person_tag, d, &found);
    if (!findings_count(&found, SEVERITY_ERROR))
        gateway_check(p, d, &found);
    if (!findings_count(&found, SEVERITY_ERROR)) {
        gateway_received(p, proof_rank(r->proof) >= proof_rank(p->conf.accept_proof), r);
        return;
    }
    struct str reasons = {0};
    intake_reasons(p, doc_forms(d), &found, &reasons);
    r->reasons = str_take(&reasons);
    zcopy(r->state, sizeof r->state, "unit_returned");
}

/* What a reviewer's list shows, from the fields that assets/review/list.json names. */
static char *list_text(const struct doc *d, const char *path)
{
    struct doc_path at;
    return xstrdup(doc_path_parse(doc_forms(d), path, &at) ? doc_text(d, at) : "");
}

/* Whose record it is; "" where the ID number is none. */
static void person_of(const struct platform *p, const struct doc *d, char out[TAG_SIZE])
{
    char number[ID_NUMBER_SIZE];
    struct doc_path at;
    *out = '\0';
    if (doc_path_parse(doc_forms(d), p->list.id, &at) && id_number_read(doc_text(d, at), number))
        applicant_tag(p, number, out);
}

/* A unit is found by its name: however it was typed, it is one name. */
static char *in_nfc(const char *z)
{
    struct str s = {0};
    nfc_add(&s, z, strlen(z));
    return str_take(&s);
}

static enum problem_kind judge_payload(struct platform *p, const json_t *envelope, const json_t *payload,
                                       struct db_record *r)
{
    const struct form_set *forms =
        archive_find(p->forms, text(envelope, "form"), text(envelope, "rules"), text(envelope, "codes"));
    const json_t *unit = json_object_get(payload, "unit");
    struct err e = {0};
    if (!forms)
        return PROBLEM_FORM_VERSION;
    struct doc *d = doc_create(forms);
    bool ok = doc_import_json(d, json_object_get(payload, "person"), &e) &&
              doc_import_json(d, json_object_get(payload, "title"), &e);
    if (ok) {
        zcopy(r->proof, sizeof r->proof, text(payload, "proof"));
        const char *code = text(payload, "code"), *unit_name = text(unit, "name"), *unit_code = text(unit, "code");
        const char *claim = text(payload, "claim");
        r->code = *code ? xstrdup(code) : NULL;
        r->claim = *claim && strlen(claim) < TICKET_CLAIM_TEXT ? xstrdup(claim) : NULL;
        r->unit_name = in_nfc(unit_name);
        r->unit_code = xstrdup(unit_code);
        r->person = list_text(d, p->list.person);
        r->title = list_text(d, p->list.title);
        person_of(p, d, r->person_tag);
        judge_rules(p, d, r);
    }
    doc_destroy(d);
    return ok ? PROBLEM_KINDS : PROBLEM_RECORD_FORMAT;
}

static void judge_submission(struct platform *p, json_t *j, const char *line, size_t len, const struct text *cut,
                             struct db_record *r)
{
    struct err e = {0};
    if (!envelope_fields(j, cut, r) || !envelope_blobs(j, r)) {
        reject(p, r, PROBLEM_RECORD_FORMAT, line, len);
        return;
    }
    const struct key_pair *key = keyring_box(p->keys, text(j, "key"));
    if (!key) {
        reject(p, r, PROBLEM_KEY_UNKNOWN, line, len);
        return;
    }
    if (!blobs_held(p, r))
        return;
    CLEANUP(json)
    json_t *payload = submission_open(p->crypto, j, r->sealed.p, r->sealed.len, key->pub, key->secret, &e);
    enum problem_kind kind = payload ? judge_payload(p, j, payload, r) : PROBLEM_RECORD_SEALED;
    if (kind != PROBLEM_KINDS)
        reject(p, r, kind, line, len);
}

/* Most of a line is one long string without an escape: it is lifted out before the JSON is parsed, and "" stands in its place. The bytes
 * "sealed":" can stand in JSON at a member's name only: within a string their quotes would be escaped. */
static json_t *line_parse(const char *line, size_t len, struct text *cut)
{
    static const char mark[] = "\"sealed\":\"";
    const char *at = memmem(line, len, mark, sizeof mark - 1);
    const char *from = at ? at + sizeof mark - 1 : NULL;
    const char *to = from ? memchr(from, '"', (size_t)(line + len - from)) : NULL;
    if (!to || memchr(from, '\\', (size_t)(to - from)))
        return canon_parse(line, len, NULL);
    CLEANUP(str) struct str rest = {0};
    *cut = (struct text){from, (size_t)(to - from)};
    str_add(&rest, line, (size_t)(from - line));
    str_add(&rest, to, (size_t)(line + len - to));
    return canon_parse(rest.p, rest.len, NULL);
}

void intake_judge(struct platform *p, const char *line, size_t len, struct db_record *out)
{
    struct text cut = {0};
    CLEANUP(json) json_t *j = line_parse(line, len, &cut);
    *out = (struct db_record){.kind = DB_SUBMISSION, .seq = -1};
    if (!json_is_object(j) || !identity(j, out))
        reject(p, out, PROBLEM_RECORD_FORMAT, line, len);
    else if (json_is_true(json_object_get(j, "withdrawn")))
        out->kind = DB_TOMBSTONE;
    else
        judge_submission(p, j, line, len, &cut, out);
}

/* --- a batch --- */

#define THREADS_MOST   4
#define PARALLEL_LEAST 32 /* records; below that a thread costs more than it brings */

/* Whoever is free takes the next few: a thread that was held up holds up nobody. */
#define SHARE 4

struct work {
    struct platform *platform;
    const char **line;
    const size_t *len;
    struct db_record *records;
    size_t n;
    atomic_size_t next;
};

static void *judge_shares(void *ctx)
{
    struct work *w = ctx;
    for (size_t from; (from = atomic_fetch_add(&w->next, SHARE)) < w->n;)
        for (size_t i = from; i < from + SHARE && i < w->n; i++)
            intake_judge(w->platform, w->line[i], w->len[i], &w->records[i]);
    return NULL;
}

void intake_judge_all(struct platform *p, const struct str *lines, struct db_record *records, size_t n)
{
    const char **line = xcalloc(n + 1, sizeof *line);
    size_t *len = xcalloc(n + 1, sizeof *len);
    struct wire_lines walk = {str_z(lines), str_z(lines) + lines->len};
    for (size_t i = 0; i < n && wire_lines_next(&walk, &line[i], &len[i]); i++)
        ;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = n < PARALLEL_LEAST || cores < 2 ? 1 : cores > THREADS_MOST ? THREADS_MOST : (size_t)cores;
    struct work work = {.platform = p, .line = line, .len = len, .records = records, .n = n};
    pthread_t helper[THREADS_MOST];
    size_t started = 0;
    while (started < threads - 1 && !pthread_create(&helper[started], NULL, judge_shares, &work))
        started++;
    judge_shares(&work);
    while (started)
        pthread_join(helper[--started], NULL);
    free(line);
    free(len);
}

/* The address, the encoding and the digest are as they must be; digest: hex of the body. */
static bool batch_check(struct request *q, int64_t *number, char digest[HASH_HEX])
{
    const char *encoding = request_header(q, "Content-Encoding"), *field = request_header(q, "Content-Digest");
    unsigned char want[DIGEST_BYTES], have[DIGEST_BYTES];
    if (strcmp(q->param[0], q->device.id) != 0) {
        refuse(q, PROBLEM_OTHER_DEVICE);
        return false;
    }
    if (!uuid_valid(q->param[1]) || !tus_number_parse(q->param[2], strlen(q->param[2]), number)) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return false;
    }
    if (!encoding || strcmp(encoding, "zstd") != 0) {
        refuse(q, PROBLEM_MEDIA_TYPE);
        return false;
    }
    q->platform->crypto->hash(have, str_z(&q->body), q->body.len);
    if (!field || digest_parse(field, strlen(field), want) != DIGEST_FOUND || memcmp(want, have, sizeof have) != 0) {
        refuse(q, PROBLEM_DIGEST);
        return false;
    }
    hex_encode(have, sizeof have, digest);
    return true;
}

/* True: the number was used before, and the request is answered: with the same bytes again, or as a conflict. */
static bool answered_before(struct request *q, int64_t number, const char *digest)
{
    struct platform *p = q->platform;
    CLEANUP(str) struct str answer = {0};
    char stored[HASH_HEX];
    struct err e = {0};
    if (!p->db->ops->batch_find(p->db, q->device.id, q->param[1], number, stored, &answer, &e)) {
        if (e.code != ERR_NOT_FOUND)
            answer_err(q, "batch.find", &e);
        return e.code != ERR_NOT_FOUND;
    }
    if (!strcmp(stored, digest)) {
        p->metrics.batches_repeated++;
        answer_text(q, 200, "application/json", str_z(&answer));
        return true;
    }
    AUTOFREE char *detail = xasprintf("epoch %s batch %lld", q->param[1], (long long)number);
    p->metrics.batches_conflict++;
    log_warn("batch.conflict", "device=%s batch=%lld", q->device.id, (long long)number);
    if (p->db->ops->alarm_add(p->db, "batch-conflict", q->device.id, detail, now_ms(p), &e))
        refuse(q, PROBLEM_BATCH_CONFLICT);
    else
        answer_err(q, "batch.conflict", &e);
    return true;
}

static void count_results(struct platform *p, const struct db_record *records, size_t n)
{
    p->metrics.batches++;
    for (size_t i = 0; i < n; i++) {
        switch (records[i].answer.result) {
        case WIRE_STORED:
            p->metrics.stored++;
            p->metrics.returned += !strcmp(records[i].state, "unit_returned");
            break;
        case WIRE_DUPLICATE:
            p->metrics.duplicate++;
            break;
        case WIRE_REJECTED:
            p->metrics.rejected++;
            break;
        case WIRE_BLOB_MISSING:
            p->metrics.blob_missing++;
            break;
        case WIRE_RESULTS:
            break;
        }
    }
}

/* Who is bound by what has come: after the commit, and again in the quiet work if this does not come to its end. */
static void join_claims(struct platform *p, const struct db_record *records, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (records[i].claim) {
            claims_join(p);
            return;
        }
}

static void take_in(struct request *q, int64_t number, const char *digest, const struct str *lines)
{
    struct platform *p = q->platform;
    struct wire_lines walk = {str_z(lines), str_z(lines) + lines->len};
    const char *line;
    size_t len, n = 0;
    while (wire_lines_next(&walk, &line, &len))
        n++;
    struct db_record *records = xcalloc(n, sizeof *records);
    intake_judge_all(p, lines, records, n);
    CLEANUP(str) struct str answer = {0};
    struct db_batch batch = {q->device.id, q->param[1], number, digest, records, n, now_ms(p), &answer};
    struct err e = {0};
    if (p->db->ops->intake(p->db, &batch, &e)) {
        count_results(p, records, n);
        answer_text(q, 200, "application/json", str_z(&answer));
        feed_wake(p->feed);
        gateway_wake(p->gateway);
        join_claims(p, records, n);
    } else if (e.code != ERR_EXISTS || !answered_before(q, number, digest)) {
        answer_err(q, "batch.commit", &e);
    }
    for (size_t i = 0; i < n; i++)
        db_record_finish(&records[i]);
    free(records);
}

void intake_route(struct request *q)
{
    CLEANUP(str) struct str lines = {0};
    char digest[HASH_HEX];
    int64_t number;
    struct err e = {0};
    if (!batch_check(q, &number, digest) || answered_before(q, number, digest))
        return;
    if (!wire_batch_unpack(str_z(&q->body), q->body.len, &lines, &e)) {
        log_warn("batch.format", "device=%s text=\"%s\"", q->device.id, e.text);
        refuse(q, e.code == ERR_LIMIT ? PROBLEM_TOO_LARGE : PROBLEM_BATCH_FORMAT);
        return;
    }
    take_in(q, number, digest, &lines);
}
