#include "app/ui/text_run.h"

#include "sync/base/str.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct text_run run;         /* first: a run is its entry */
    struct entry *next;          /* in the bucket */
    struct entry *newer, *older; /* in the order of drawing */
    enum face face;
    int px, refs;
    bool rtl, rendered;
    char script[5];
    uint64_t drawn; /* frame */
    size_t len;
    char text[];
};
struct run_cache {
    struct fonts *fonts;
    struct entry **buckets;
    size_t n_buckets, n, bytes, max_bytes;
    struct entry *newest, *oldest;
    uint64_t frame;
};

struct run_cache *run_cache_create(struct fonts *fonts, size_t max_bytes)
{
    struct run_cache *c = xcalloc(1, sizeof *c);
    c->fonts = fonts;
    c->max_bytes = max_bytes;
    c->n_buckets = 1024;
    c->buckets = xcalloc(c->n_buckets, sizeof(struct entry *));
    return c;
}

static size_t entry_bytes(const struct entry *e)
{
    return sizeof *e + e->len + 1 + (e->rendered ? (size_t)e->run.stride * (size_t)e->run.height : 0);
}

static void order_remove(struct run_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void order_first(struct run_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void pixels_drop(struct run_cache *c, struct entry *e)
{
    c->bytes -= entry_bytes(e);
    if (e->run.coverage)
        explicit_bzero((void *)e->run.coverage, (size_t)e->run.stride * (size_t)e->run.height);
    free((void *)e->run.coverage);
    e->run.coverage = NULL;
    e->rendered = false;
    c->bytes += entry_bytes(e);
}

/* Text is personal: it is overwritten. */
static void entry_free(struct run_cache *c, struct entry *e)
{
    pixels_drop(c, e);
    c->bytes -= entry_bytes(e);
    struct entry **at = &c->buckets[e->run.hash & (c->n_buckets - 1)];
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    order_remove(c, e);
    explicit_bzero(e->text, e->len);
    free(e);
    c->n--;
}

void run_cache_destroy(struct run_cache *c)
{
    if (!c)
        return;
    while (c->oldest)
        entry_free(c, c->oldest);
    free(c->buckets);
    free(c);
}

static uint64_t run_hash(enum face face, int px, bool rtl, const char *script, const char *text, size_t len)
{
    uint64_t h = ((uint64_t)face << 32 | (uint64_t)(uint32_t)px << 1 | rtl) * 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 4; i++)
        h = (h ^ (uint8_t)script[i]) * 0x100000001b3u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
    h *= 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static void grow(struct run_cache *c)
{
    size_t n = c->n_buckets * 2;
    struct entry **buckets = xcalloc(n, sizeof(struct entry *));
    for (struct entry *e = c->oldest; e; e = e->newer) {
        struct entry **at = &buckets[e->run.hash & (n - 1)];
        e->next = *at;
        *at = e;
    }
    free(c->buckets);
    c->buckets = buckets;
    c->n_buckets = n;
}

struct text_run *run_get(struct run_cache *c, enum face face, int px, bool rtl, const char *script, const char *text,
                         size_t len)
{
    uint64_t hash = run_hash(face, px, rtl, script, text, len);
    for (struct entry *e = c->buckets[hash & (c->n_buckets - 1)]; e; e = e->next)
        if (e->run.hash == hash && e->len == len && e->face == face && e->px == px && e->rtl == rtl &&
            memcmp(e->text, text, len) == 0) {
            e->refs++;
            return &e->run;
        }
    if (c->n >= c->n_buckets)
        grow(c);
    struct entry *e = xcalloc(1, sizeof *e + len + 1);
    e->face = face;
    e->px = px;
    e->rtl = rtl;
    e->refs = 1;
    e->len = len;
    zcopy(e->script, sizeof e->script, script);
    memcpy(e->text, text, len);
    e->run.hash = hash;
    e->run.advance = font_advance(c->fonts, face, px, e->text, rtl, script);
    struct entry **at = &c->buckets[hash & (c->n_buckets - 1)];
    e->next = *at;
    *at = e;
    order_first(c, e);
    c->n++;
    c->bytes += entry_bytes(e);
    return &e->run;
}

void run_release(struct run_cache *c, struct text_run *run)
{
    (void)c;
    ((struct entry *)run)->refs--;
}

const struct text_run *run_render(struct run_cache *c, struct text_run *run)
{
    struct entry *e = (struct entry *)run;
    if (e != c->newest) {
        order_remove(c, e);
        order_first(c, e);
    }
    e->drawn = c->frame;
    if (e->rendered)
        return run;
    struct run_bitmap b;
    if (!font_run(c->fonts, e->face, e->px, e->text, e->rtl, e->script, &b))
        return run;
    c->bytes -= entry_bytes(e);
    e->rendered = true;
    run->coverage = b.coverage;
    run->width = b.width;
    run->height = b.height;
    run->stride = b.stride;
    run->left = b.left;
    run->ascent = b.ascent;
    c->bytes += entry_bytes(e);
    return run;
}

void run_cache_frame(struct run_cache *c)
{
    struct entry *newer;
    for (struct entry *e = c->oldest; e && c->bytes > c->max_bytes && e->drawn != c->frame; e = newer) {
        newer = e->newer;
        if (e->refs == 0)
            entry_free(c, e);
        else
            pixels_drop(c, e);
    }
    c->frame++;
}

void run_cache_forget(struct run_cache *c)
{
    struct entry *newer;
    for (struct entry *e = c->oldest; e; e = newer) {
        newer = e->newer;
        if (e->refs == 0)
            entry_free(c, e);
        else
            pixels_drop(c, e);
    }
}

size_t run_cache_bytes(const struct run_cache *c)
{
    return c->bytes;
}
