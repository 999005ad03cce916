#include "app/devices/health.h"

#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <string.h>

enum { DEVICES_MOST = 16 };

struct device {
    int64_t done, failed; /* taken to the store already */
};

struct health {
    const struct clock *clock;
    void (*changed)(void *ctx);
    void *ctx;
    struct device_row rows[DEVICES_MOST];
    struct device taken[DEVICES_MOST];
    size_t n;
    bool dirty;
};

struct health *health_create(const struct clock *c, void (*changed)(void *ctx), void *ctx)
{
    struct health *h = xcalloc(1, sizeof *h);
    *h = (struct health){.clock = c, .changed = changed, .ctx = ctx};
    h->dirty = true; /* an empty list, too, is news to a store that knows of devices that are gone */
    return h;
}

void health_destroy(struct health *h)
{
    free(h);
}

static struct device_row *find(struct health *h, const char *id)
{
    for (size_t i = 0; h && i < h->n; i++)
        if (!strcmp(h->rows[i].id, id))
            return &h->rows[i];
    return NULL;
}

static void news(struct health *h)
{
    h->dirty = true;
    if (h->changed)
        h->changed(h->ctx);
}

void health_declare(struct health *h, const char *id, const char *name)
{
    if (!h || find(h, id) || h->n == DEVICES_MOST)
        return;
    struct device_row *r = &h->rows[h->n++];
    *r = (struct device_row){.state = DEVICE_UNUSED, .since_ms = clock_wall(h->clock)};
    zcopy(r->id, sizeof r->id, id);
    zcopy(r->name, sizeof r->name, name);
    news(h);
}

/* Returns whether that is news. */
static bool note(struct health *h, struct device_row *r, enum device_state state, const char *key)
{
    int64_t now = clock_wall(h->clock);
    bool turned = r->state != state, said = key && (turned || strcmp(r->error, key) != 0);
    if (turned)
        r->since_ms = now;
    r->state = state;
    if (key) {
        zcopy(r->error, sizeof r->error, key);
        r->error_ms = now;
    }
    return turned || said;
}

static void good(struct health *h, const char *id, enum device_state state, const char *key)
{
    struct device_row *r = find(h, id);
    if (!r)
        return;
    r->done++;
    note(h, r, state, key);
    news(h);
}

void health_good(struct health *h, const char *id)
{
    good(h, id, DEVICE_OK, NULL);
}

void health_good_but(struct health *h, const char *id, const char *key)
{
    good(h, id, DEVICE_ATTENTION, key);
}

void health_bad(struct health *h, const char *id, enum device_state state, const char *key)
{
    struct device_row *r = find(h, id);
    if (!r)
        return;
    r->failed++;
    note(h, r, state, key);
    news(h);
}

void health_seen(struct health *h, const char *id, enum device_state state, const char *key)
{
    struct device_row *r = find(h, id);
    if (r && note(h, r, state, key))
        news(h);
}

bool health_state_of(const char *error, const char *detail, enum device_state *out)
{
    static const char *const missing[] = {"unplugged", "access", "absent", "vanished"};
    if (!strcmp(error, "cancelled") || !strcmp(error, "refused"))
        return false;
    *out = DEVICE_FAILED;
    if (!strcmp(error, "timeout"))
        *out = DEVICE_HANGING;
    for (size_t i = 0; i < ARRAY_LEN(missing); i++)
        if (!strcmp(error, "device") && !strcmp(detail, missing[i]))
            *out = DEVICE_MISSING;
    return true;
}

size_t health_rows(const struct health *h, const struct device_row **out)
{
    *out = h ? h->rows : NULL;
    return h ? h->n : 0;
}

bool health_dirty(const struct health *h)
{
    return h && h->dirty;
}

size_t health_take(struct health *h, struct device_row **out)
{
    h->dirty = false;
    *out = xcalloc(h->n + 1, sizeof **out);
    for (size_t i = 0; i < h->n; i++) {
        struct device_row *r = &(*out)[i];
        *r = h->rows[i];
        r->done -= h->taken[i].done;
        r->failed -= h->taken[i].failed;
        h->taken[i] = (struct device){h->rows[i].done, h->rows[i].failed};
    }
    return h->n;
}

void health_give_back(struct health *h, const struct device_row *rows, size_t n)
{
    for (size_t i = 0; i < n && i < h->n; i++) {
        h->taken[i].done -= rows[i].done;
        h->taken[i].failed -= rows[i].failed;
    }
    h->dirty = true;
}
