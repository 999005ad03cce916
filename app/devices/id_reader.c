#include "app/devices/id_reader.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

/* How long one job waits; the screen asks again while it is there. */
enum { WAIT_MS = 55000, DEADLINE_MS = 90000, LOOK_MS = 12000 };

struct ga450 {
    struct id_reader reader;
    struct worker_door *door;
    struct health *health;
    char *device;
    int last, current, job; /* current 0: nobody waits */
    int look_job;           /* 0: none */
    struct id_reader_callbacks callbacks;
    void *ctx;
};

const char *id_reader_key(const char *error, const char *detail)
{
    static const struct {
        const char *error, *detail, *key; /* detail NULL: any */
    } keys[] = {{"device", "no_card", "id_reader.no_card"},     {"device", "absent", "id_reader.absent"},
                {"device", "access", "id_reader.absent"},       {"device", "vanished", "id_reader.vanished"},
                {"device", "silent", "id_reader.silent"},       {"device", "stuck", "id_reader.silent"},
                {"timeout", NULL, "id_reader.silent"},          {"device", "read_failed", "id_reader.read_failed"},
                {"device", "unauthorised", "id_reader.broken"}, {"device", "self_test", "id_reader.broken"}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(keys[i].error, error) && (!keys[i].detail || !strcmp(keys[i].detail, detail)))
            return keys[i].key;
    return "id_reader.failed";
}

bool id_card_expired(const struct id_card *c, struct civil today)
{
    char now[16];
    snprintf(now, sizeof now, "%04d-%02d-%02d", today.year % 10000, today.month % 100, today.day % 100);
    return c->valid_to[0] >= '0' && c->valid_to[0] <= '9' && strcmp(c->valid_to, now) < 0;
}

/* --- what the worker read --- */

static void text(const json_t *r, const char *name, char *out, size_t size)
{
    const char *z = json_string_value(json_object_get(r, name));
    zcopy(out, size, z ? z : "");
}

/* 20180101 → 2018-01-01; 长期 stays. */
static void date(const json_t *r, const char *name, char *out, size_t size)
{
    char z[24];
    text(r, name, z, sizeof z);
    if (strlen(z) == 8)
        snprintf(out, size, "%.4s-%.2s-%.2s", z, z + 4, z + 6);
    else
        zcopy(out, size, z);
}

static void take(const json_t *r, struct id_card *c)
{
    static const char *const kinds[] = {[ID_CARD_RESIDENT] = "resident",
                                        [ID_CARD_HMT] = "hmt",
                                        [ID_CARD_FOREIGN_OLD] = "foreign_old",
                                        [ID_CARD_FOREIGN] = "foreign"};
    char kind[16];
    text(r, "kind", kind, sizeof kind);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(kinds[i], kind))
            c->kind = (enum id_card_kind)i;
    text(r, "name", c->name, sizeof c->name);
    text(r, "name_en", c->name_en, sizeof c->name_en);
    text(r, "id", c->id, sizeof c->id);
    text(r, "sex", c->sex, sizeof c->sex);
    text(r, "nation", c->nation, sizeof c->nation);
    text(r, "address", c->address, sizeof c->address);
    text(r, "authority", c->authority, sizeof c->authority);
    text(r, "pass", c->pass, sizeof c->pass);
    text(r, "country", c->country, sizeof c->country);
    date(r, "birth", c->birth, sizeof c->birth);
    date(r, "valid_from", c->valid_from, sizeof c->valid_from);
    date(r, "valid_to", c->valid_to, sizeof c->valid_to);
}

/* --- the job --- */

static void progress(void *ctx, double share, const char *say)
{
    static const char *const steps[] = {[ID_READER_WAITING] = "waiting",
                                        [ID_READER_LIFT] = "lift",
                                        [ID_READER_READING] = "reading",
                                        [ID_READER_AGAIN] = "again"};
    struct ga450 *g = ctx;
    (void)share;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (!strcmp(steps[i], say)) {
            health_seen(g->health, "id_reader", DEVICE_OK, NULL);
            g->callbacks.step(g->ctx, (enum id_reader_step)i);
        }
}

static void report(struct ga450 *g, const struct worker_result *r, const char *key)
{
    enum device_state state;
    if (r->ok)
        health_good(g->health, "id_reader");
    else if (!strcmp(key, "id_reader.no_card"))
        health_seen(g->health, "id_reader", DEVICE_OK, NULL);
    else if (!strcmp(key, "id_reader.silent"))
        health_bad(g->health, "id_reader", DEVICE_HANGING, key);
    else if (health_state_of(r->error, r->detail, &state))
        health_bad(g->health, "id_reader", state, key);
}

static void answered(void *ctx, const struct worker_result *r)
{
    struct ga450 *g = ctx;
    struct id_card card = {.kind = ID_CARD_RESIDENT};
    const char *key = r->ok ? NULL : id_reader_key(r->error, r->detail);
    g->current = g->job = 0;
    report(g, r, key);
    if (r->ok)
        take(r->result, &card);
    else
        log_info("id_reader", "error=%s detail=\"%s\"", r->error, r->detail);
    g->callbacks.done(g->ctx, r->ok ? &card : NULL, key);
    explicit_bzero(&card, sizeof card);
}

static int start(struct id_reader *reader, bool fresh, const struct id_reader_callbacks *callbacks, void *ctx)
{
    static const struct worker_job_ops ops = {progress, answered};
    struct ga450 *g = (struct ga450 *)reader;
    if (g->current)
        return 0;
    g->callbacks = *callbacks;
    g->ctx = ctx;
    json_t *args = json_pack("{s:s, s:i, s:b}", "device", g->device, "wait_ms", WAIT_MS, "fresh", fresh);
    g->current = ++g->last;
    g->job = worker_job(g->door, WORKER_ID_READER, args, NULL, 0, DEADLINE_MS, &ops, g);
    json_decref(args);
    return g->current;
}

static void cancel(struct id_reader *reader, int read)
{
    struct ga450 *g = (struct ga450 *)reader;
    if (!read || read != g->current)
        return;
    worker_forget(g->door, g->job);
    g->current = g->job = 0;
}

/* A card that lies there is left alone: the answer is that there is none to read. */
static void looked(void *ctx, const struct worker_result *r)
{
    struct ga450 *g = ctx;
    enum device_state state;
    const char *key = r->ok ? NULL : id_reader_key(r->error, r->detail);
    g->look_job = 0;
    if (!key || !strcmp(key, "id_reader.no_card"))
        health_seen(g->health, "id_reader", DEVICE_OK, NULL);
    else if (!strcmp(key, "id_reader.silent"))
        health_seen(g->health, "id_reader", DEVICE_HANGING, key);
    else if (health_state_of(r->error, r->detail, &state))
        health_seen(g->health, "id_reader", state, key);
}

static void look(struct id_reader *reader)
{
    static const struct worker_job_ops ops = {NULL, looked};
    struct ga450 *g = (struct ga450 *)reader;
    if (g->current || g->look_job)
        return;
    json_t *args = json_pack("{s:s, s:i, s:b}", "device", g->device, "wait_ms", 0, "fresh", 1);
    g->look_job = worker_job(g->door, WORKER_ID_READER, args, NULL, 0, LOOK_MS, &ops, g);
    json_decref(args);
}

static void destroy(struct id_reader *reader)
{
    struct ga450 *g = (struct ga450 *)reader;
    worker_forget(g->door, g->job);
    worker_forget(g->door, g->look_job);
    free(g->device);
    free(g);
}

struct id_reader *id_reader_create(struct worker_door *door, struct health *health, const char *device,
                                   const char *name, struct err *e)
{
    static const struct id_reader_ops ops = {start, cancel, look, destroy};
    if (strncmp(device, "/dev/", 5) != 0 && strncmp(device, "usb:", 4) != 0) {
        err_set(e, ERR_CONFIG, "[id_reader] device: expected /dev/… or usb:VID:PID, not \"%.60s\"", device);
        return NULL;
    }
    struct ga450 *g = xcalloc(1, sizeof *g);
    *g = (struct ga450){.reader = {&ops}, .door = door, .health = health, .device = xstrdup(device)};
    health_declare(health, "id_reader", name);
    return &g->reader;
}
