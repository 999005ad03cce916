#include "sync/platform/drafts.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/profiles.h"
#include "sync/record/canon.h"

#include <stdio.h>
#include <string.h>

#define DRAFTS_MOST 20
#define DAY_MS      (24LL * 3600 * 1000)

/* --- in the name of a login that was --- */

static void park_mac(const struct platform *p, const char *tag, const char *device, long long ends, char out[HASH_HEX])
{
    unsigned char mac[HASH_BYTES];
    AUTOFREE char *z = xasprintf("park:%s:%s:%lld", tag, device, ends);
    p->crypto->mac(mac, keyring_token_key(p->keys), z, strlen(z));
    hex_encode(mac, sizeof mac, out);
}

void park_make(const struct platform *p, const char *tag, const char *device, char out[PARK_SIZE])
{
    char mac[HASH_HEX];
    long long ends = now_ms(p) + p->conf.draft_days * DAY_MS;
    park_mac(p, tag, device, ends, mac);
    snprintf(out, PARK_SIZE, "%lld.%s", ends, mac);
}

static bool park_good(const struct platform *p, const char *tag, const char *device, const char *park)
{
    char mac[HASH_HEX], want[PARK_SIZE];
    long long ends = 0;
    if (sscanf(park, "%18lld", &ends) != 1 || ends < now_ms(p))
        return false;
    park_mac(p, tag, device, ends, mac);
    snprintf(want, sizeof want, "%lld.%s", ends, mac);
    unsigned char differ = strlen(park) != strlen(want);
    for (size_t i = 0; want[i] && park[i]; i++) /* in constant time */
        differ |= (unsigned char)(want[i] ^ park[i]);
    return !differ;
}

/* --- PUT /v1/drafts/{uuid} --- */

static int64_t number(const json_t *content, const char *name)
{
    const json_t *v = json_object_get(content, name);
    return json_is_integer(v) ? json_integer_value(v) : -1;
}

/* What is kept of the call. False: answered. */
static bool read_draft(struct request *q, const char *tag, const json_t *content, struct db_draft *d, struct str *blobs)
{
    struct platform *p = q->platform;
    const json_t *title = json_object_get(content, "title"), *person = json_object_get(content, "person");
    int64_t edited = number(content, "edited"), now = now_ms(p), version = number(content, "version");
    struct err e = {0};
    zcopy(d->declaration, sizeof d->declaration, call_text(content, "declaration"));
    zcopy(d->device, sizeof d->device, q->device.id);
    d->version = (int)version;
    d->base = number(content, "base");
    d->n = number(content, "n");
    d->edited_ms = edited > 0 && edited < now ? edited : now;
    bool gone = json_is_true(json_object_get(content, "gone"));
    if (!uuid_valid(d->declaration) || strcmp(d->declaration, q->param[0]) != 0 || version < 1 || version > INT32_MAX ||
        d->base < 0 || d->n < 1 || (!gone && (!json_is_object(title) || !json_is_object(person)))) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return false;
    }
    if (gone)
        return true;
    if (!scope_check(p, title, SCOPE_TITLE, blobs, &e) || !scope_check(p, person, SCOPE_PERSON, blobs, &e)) {
        log_warn("draft.format", "text=\"%s\"", e.text);
        refuse(q, e.code == ERR_NOT_FOUND ? PROBLEM_FORM_VERSION : PROBLEM_RECORD_FORMAT);
        return false;
    }
    json_t *kept = json_pack("{s:s,s:s,s:O,s:O}", "name", call_text(content, "name"), "date",
                             call_text(content, "date"), "title", title, "person", person);
    person_seal(p, "draft", tag, kept, &d->sealed);
    json_decref(kept);
    return true;
}

static void put_answer(struct request *q, const char *tag, const struct db_draft *d, const char *blobs)
{
    struct platform *p = q->platform;
    enum db_draft_verdict verdict = DB_DRAFT_KEPT;
    int64_t edit = 0;
    struct err e = {0};
    if (!p->db->accounts->draft_put(p->db, tag, d, blobs, now_ms(p), now_ms(p) + p->conf.draft_days * DAY_MS, &verdict,
                                    &edit, &e)) {
        answer_err(q, "draft.put", &e);
        return;
    }
    switch (verdict) {
    case DB_DRAFT_KEPT:
        answer_json(q, 200, json_pack("{s:I}", "edit", (json_int_t)edit));
        return;
    case DB_DRAFT_CONFLICT:
        refuse(q, PROBLEM_DRAFT_CONFLICT);
        return;
    case DB_DRAFT_SENT:
        refuse(q, PROBLEM_DRAFT_SENT);
        return;
    }
}

void draft_put(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(applicant) struct applicant who = {0};
    CLEANUP(str) struct str blobs = {0};
    unsigned char reply[KEY_BYTES];
    char id[ID_NUMBER_SIZE], tag[TAG_SIZE];
    struct db_draft d = {0};
    struct err e = {0};
    CLEANUP(call) json_t *c = call_open(q, reply);
    if (!c)
        return;
    if (!id_number_read(call_text(c, "id"), id)) {
        refuse(q, PROBLEM_BAD_REQUEST);
        return;
    }
    applicant_tag(p, id, tag);
    bool stands = park_good(p, tag, q->device.id, call_text(c, "park")) && applicant_by_number(p, id, &who, &e);
    p->crypto->wipe(id, sizeof id);
    if (!stands && e.code != ERR_NONE && e.code != ERR_NOT_FOUND)
        answer_err(q, "draft.person", &e);
    else if (!stands)
        refuse(q, PROBLEM_SESSION);
    else if (read_draft(q, tag, c, &d, &blobs))
        put_answer(q, tag, &d, str_z(&blobs));
    str_finish(&d.sealed);
}

/* --- what a session gets --- */

static json_t *place(struct platform *p, const char *device, int64_t edited_ms, struct err *e)
{
    struct db_device d = {0};
    if (!p->db->ops->device_by_id(p->db, device, &d, e) && (!e || e->code != ERR_NOT_FOUND))
        return NULL;
    return json_pack("{s:s,s:I,s:I}", "hall", d.hall, "kiosk", (json_int_t)d.kiosk, "edited", (json_int_t)edited_ms);
}

static bool list_one(struct platform *p, const char *tag, const char *device, const struct db_draft *d, json_t *list,
                     struct err *e)
{
    CLEANUP(json) json_t *kept = NULL;
    struct err closed = {0};
    bool gone = !d->sealed.len;
    if (!gone && !(kept = person_open(p, "draft", tag, d->sealed.p, d->sealed.len, &closed))) {
        log_warn("draft.open", "text=\"%s\"", closed.text); /* of a key that is gone: no reason to refuse a login */
        return true;
    }
    json_t *j = place(p, d->device, d->edited_ms, e);
    if (!j)
        return false;
    json_object_update_new(j, json_pack("{s:s,s:i,s:I,s:I,s:b,s:b,s:s,s:s}", "declaration", d->declaration, "version",
                                        d->version, "edit", (json_int_t)d->edit, "base", (json_int_t)d->base, "mine",
                                        !strcmp(d->device, device), "gone", gone, "name", call_text(kept, "name"),
                                        "date", call_text(kept, "date")));
    json_t *other = *d->other ? place(p, d->other, d->other_ms, NULL) : NULL;
    if (other)
        json_object_set_new(j, "other", other);
    json_array_append_new(list, j);
    return true;
}

bool drafts_of(struct platform *p, const char *tag, const char *device, json_t **out, struct err *e)
{
    struct db_drafts all = {0};
    *out = json_array();
    bool ok = p->db->accounts->drafts(p->db, tag, now_ms(p), DRAFTS_MOST, &all, e);
    for (size_t i = 0; ok && i < all.n; i++)
        ok = list_one(p, tag, device, &all.rows[i], *out, e);
    db_drafts_finish(&all);
    return ok;
}

static json_t *taken(struct platform *p, const char *tag, const struct db_draft *d, struct err *e)
{
    CLEANUP(json) json_t *kept = person_open(p, "draft", tag, d->sealed.p, d->sealed.len, e);
    return kept ? json_pack("{s:s,s:i,s:I,s:O,s:O}", "declaration", d->declaration, "version", d->version, "edit",
                            (json_int_t)d->edit, "title", json_object_get(kept, "title"), "person",
                            json_object_get(kept, "person"))
                : NULL;
}

void draft_take(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    struct db_drafts one = {0};
    struct err e = {0};
    if (!visit_need(q, &v))
        return;
    AUTOFREE char *name = xasprintf("applicant %lld", (long long)v.who.id);
    json_t *j = NULL;
    if (p->db->accounts->draft_take(p->db, v.who.tag, q->param[0], q->device.id, now_ms(p), &one, &e) &&
        p->db->ops->audit(p->db, name, "draft.taken", q->param[0], now_ms(p), &e))
        j = taken(p, v.who.tag, &one.rows[0], &e);
    db_drafts_finish(&one);
    if (j)
        answer_sealed(q, v.reply, j);
    else if (e.code == ERR_NOT_FOUND)
        refuse(q, PROBLEM_NOT_FOUND);
    else
        answer_err(q, "draft.take", &e);
}

void draft_delete(struct request *q)
{
    struct platform *p = q->platform;
    CLEANUP(visit) struct visit v = {0};
    struct err e = {0};
    if (!visit_need(q, &v))
        return;
    if (p->db->accounts->draft_drop(p->db, v.who.tag, q->param[0], now_ms(p), &e))
        answer_json(q, 200, json_object());
    else
        answer_err(q, "draft.drop", &e);
}
