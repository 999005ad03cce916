#include "sync/protocol/enrol.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <string.h>

static void write_json(json_t *j, struct str *out)
{
    char *text = json_dumps(j, JSON_COMPACT);
    str_puts(out, text ? text : "{}");
    free(text);
    json_decref(j);
}

static bool text_member(const json_t *j, const char *name, char *out, size_t size, struct err *e)
{
    const char *z = json_string_value(json_object_get(j, name));
    if (!z || !*z || !zcopy(out, size, z))
        return err_set(e, ERR_FORMAT, "\"%s\" is missing or too long", name);
    return true;
}

static bool number_member(const json_t *j, const char *name, int64_t least, int64_t most, int64_t *out, struct err *e)
{
    const json_t *n = json_object_get(j, name);
    if (!json_is_integer(n) || json_integer_value(n) < least || json_integer_value(n) > most)
        return err_set(e, ERR_FORMAT, "\"%s\" is missing or out of range", name);
    *out = json_integer_value(n);
    return true;
}

#define TIME_MOST ((int64_t)1 << 53)

/* --- invitation --- */

void wire_invitation_write(const struct wire_invitation *v, struct str *out)
{
    write_json(json_pack("{s:s,s:s,s:s}", "url", v->url, "code", v->code, "ca_pin", v->ca_pin), out);
}

static bool invitation_parse(const json_t *j, struct wire_invitation *v, struct err *e)
{
    if (!json_is_object(j))
        return err_set(e, ERR_FORMAT, "not a JSON object");
    if (!text_member(j, "url", v->url, sizeof v->url, e) || !text_member(j, "code", v->code, sizeof v->code, e) ||
        !text_member(j, "ca_pin", v->ca_pin, sizeof v->ca_pin, e))
        return false;
    if (strncmp(v->url, "https://", 8))
        return err_set(e, ERR_FORMAT, "\"url\" must begin with https://");
    CLEANUP(str) struct str pin = {0};
    if (strncmp(v->ca_pin, "sha256//", 8) ||
        !base64_decode(&pin, v->ca_pin + 8, strlen(v->ca_pin) - 8, BASE64_STANDARD) || pin.len != 32)
        return err_set(e, ERR_FORMAT, "\"ca_pin\" must be sha256// and 32 bytes in base64");
    return true;
}

bool wire_invitation_parse(const void *bytes, size_t len, struct wire_invitation *out, struct err *e)
{
    json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    struct wire_invitation v = {0};
    bool ok = invitation_parse(j, &v, e) || err_prefix(e, "enrolment text");
    json_decref(j);
    if (ok)
        *out = v;
    return ok;
}

/* --- keys --- */

static json_t *keys_json(const struct wire_keys *k)
{
    json_t *list = json_array();
    for (size_t i = 0; i < k->n; i++) {
        CLEANUP(str) struct str b = {0};
        base64_encode(&b, k->rows[i].public_key, 32, BASE64_STANDARD);
        json_array_append_new(list, json_pack("{s:s,s:s}", "id", k->rows[i].id, "public", b.p));
    }
    return list;
}

static bool keys_parse(const json_t *list, size_t least, struct wire_keys *out, struct err *e)
{
    size_t n = json_array_size(list);
    if (n < least || n > WIRE_KEYS)
        return err_set(e, ERR_FORMAT, "%zu keys", n);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(list, i);
        const char *z = json_string_value(json_object_get(row, "public"));
        CLEANUP(str) struct str b = {0};
        if (!text_member(row, "id", out->rows[i].id, sizeof out->rows[i].id, e))
            return false;
        if (!z || !base64_decode(&b, z, strlen(z), BASE64_STANDARD) || b.len != 32)
            return err_set(e, ERR_FORMAT, "a public key is not 32 bytes in base64");
        memcpy(out->rows[i].public_key, b.p, 32);
    }
    out->n = n;
    return true;
}

/* --- keys of tickets --- */

static void put_bytes(json_t *object, const char *name, const void *bytes, size_t len)
{
    CLEANUP(str) struct str z = {0};
    base64_encode(&z, bytes, len, BASE64_STANDARD);
    json_object_set_new(object, name, json_string(str_z(&z)));
}

static bool take_bytes(const json_t *object, const char *name, void *out, size_t len, struct err *e)
{
    const char *z = json_string_value(json_object_get(object, name));
    CLEANUP(str) struct str bytes = {0};
    if (!z || !base64_decode(&bytes, z, strlen(z), BASE64_STANDARD) || bytes.len != len)
        return err_set(e, ERR_FORMAT, "ticket: \"%s\" is not %zu bytes in base64", name, len);
    memcpy(out, bytes.p, len);
    return true;
}

void wire_ticket_keys_put(json_t *request, const struct wire_ticket_keys *k)
{
    if (!k->given)
        return;
    json_t *ticket = json_object();
    put_bytes(ticket, "sign", k->sign, sizeof k->sign);
    put_bytes(ticket, "box", k->box, sizeof k->box);
    json_object_set_new(request, "ticket", ticket);
}

bool wire_ticket_keys_take(const json_t *request, struct wire_ticket_keys *out, struct err *e)
{
    const json_t *ticket = json_object_get(request, "ticket");
    struct wire_ticket_keys k = {.given = ticket != NULL};
    if (ticket &&
        (!take_bytes(ticket, "sign", k.sign, sizeof k.sign, e) || !take_bytes(ticket, "box", k.box, sizeof k.box, e)))
        return false;
    *out = k;
    return true;
}

static void mac_put(json_t *answer, const struct wire_ticket_mac *m)
{
    if (!*m->id)
        return;
    json_t *ticket = json_pack("{s:s}", "id", m->id);
    put_bytes(ticket, "mac", m->boxed, sizeof m->boxed);
    json_object_set_new(answer, "ticket", ticket);
}

static bool mac_take(const json_t *answer, struct wire_ticket_mac *m, struct err *e)
{
    const json_t *ticket = json_object_get(answer, "ticket");
    return !ticket || (text_member(ticket, "id", m->id, sizeof m->id, e) &&
                       take_bytes(ticket, "mac", m->boxed, sizeof m->boxed, e));
}

/* --- enrolment --- */

void wire_enrolment_finish(struct wire_enrolment *a)
{
    free(a->certificate);
    free(a->ca);
    *a = (struct wire_enrolment){0};
}

void wire_enrolment_write(const struct wire_enrolment *a, struct str *out)
{
    json_t *j =
        json_pack("{s:s,s:I,s:s,s:s,s:s,s:I,s:s,s:s,s:o,s:o,s:I}", "device", a->device, "kiosk", (json_int_t)a->kiosk,
                  "hall", a->hall, "certificate", a->certificate, "ca", a->ca, "expires", (json_int_t)a->expires_ms,
                  "device_url", a->device_url, "web_url", a->web_url, "keys", keys_json(&a->keys), "package_keys",
                  keys_json(&a->package_keys), "time", (json_int_t)a->time_ms);
    mac_put(j, &a->ticket);
    write_json(j, out);
}

static bool enrolment_parse(const json_t *j, struct wire_enrolment *a, struct err *e)
{
    const char *certificate = json_string_value(json_object_get(j, "certificate"));
    const char *ca = json_string_value(json_object_get(j, "ca"));
    if (!text_member(j, "device", a->device, sizeof a->device, e) ||
        !text_member(j, "hall", a->hall, sizeof a->hall, e) ||
        !text_member(j, "device_url", a->device_url, sizeof a->device_url, e) ||
        !text_member(j, "web_url", a->web_url, sizeof a->web_url, e) ||
        !number_member(j, "kiosk", 0, UINT32_MAX, &a->kiosk, e) ||
        !number_member(j, "expires", 0, TIME_MOST, &a->expires_ms, e) ||
        !number_member(j, "time", 0, TIME_MOST, &a->time_ms, e) ||
        !keys_parse(json_object_get(j, "keys"), 1, &a->keys, e) ||
        !keys_parse(json_object_get(j, "package_keys"), 0, &a->package_keys, e) || !mac_take(j, &a->ticket, e))
        return false;
    if (!uuid_valid(a->device) || !certificate || !ca)
        return err_set(e, ERR_FORMAT, "device, certificate or ca is missing");
    a->certificate = xstrdup(certificate);
    a->ca = xstrdup(ca);
    return true;
}

bool wire_enrolment_parse(const void *bytes, size_t len, struct wire_enrolment *out, struct err *e)
{
    json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    struct wire_enrolment a = {0};
    bool ok = enrolment_parse(j, &a, e) || err_prefix(e, "enrolment");
    json_decref(j);
    if (ok)
        *out = a;
    return ok;
}

/* --- heartbeat --- */

void wire_heartbeat_finish(struct wire_heartbeat *h)
{
    json_decref(h->settings);
    *h = (struct wire_heartbeat){0};
}

void wire_heartbeat_write(const struct wire_heartbeat *h, struct str *out)
{
    json_t *j = json_pack("{s:I,s:{s:i,s:i},s:O,s:I,s:o,s:o}", "time", (json_int_t)h->time_ms, "slot", "start",
                          h->slot_start_min, "window", h->slot_window_s, "settings", h->settings, "certificate_expires",
                          (json_int_t)h->certificate_expires_ms, "keys", keys_json(&h->keys), "package_keys",
                          keys_json(&h->package_keys));
    mac_put(j, &h->ticket);
    if (*h->epoch)
        json_object_set_new(j, "watermark", json_pack("{s:s,s:I}", "epoch", h->epoch, "seq", (json_int_t)h->seq));
    write_json(j, out);
}

static bool heartbeat_parse(const json_t *j, struct wire_heartbeat *h, struct err *e)
{
    const json_t *mark = json_object_get(j, "watermark"), *slot = json_object_get(j, "slot");
    json_t *settings = json_object_get(j, "settings");
    int64_t start = 0, window = 0;
    if (!number_member(j, "time", 0, TIME_MOST, &h->time_ms, e) ||
        !number_member(slot, "start", 0, 24 * 60 - 1, &start, e) ||
        !number_member(slot, "window", 0, 24 * 3600, &window, e) ||
        !number_member(j, "certificate_expires", 0, TIME_MOST, &h->certificate_expires_ms, e) ||
        !keys_parse(json_object_get(j, "keys"), 1, &h->keys, e) ||
        !keys_parse(json_object_get(j, "package_keys"), 0, &h->package_keys, e) || !mac_take(j, &h->ticket, e))
        return false;
    if (mark && (!text_member(mark, "epoch", h->epoch, sizeof h->epoch, e) ||
                 !number_member(mark, "seq", 0, TIME_MOST, &h->seq, e)))
        return false;
    if (settings && !json_is_object(settings))
        return err_set(e, ERR_FORMAT, "\"settings\" is no object");
    h->slot_start_min = (int)start;
    h->slot_window_s = (int)window;
    h->settings = settings ? json_incref(settings) : json_object();
    return true;
}

bool wire_heartbeat_parse(const void *bytes, size_t len, struct wire_heartbeat *out, struct err *e)
{
    json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    struct wire_heartbeat h = {0};
    bool ok = heartbeat_parse(j, &h, e) || err_prefix(e, "heartbeat");
    json_decref(j);
    if (ok)
        *out = h;
    return ok;
}
