#include "sync/platform/limits.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES    8192 /* a power of two */
#define PROBES    8
#define MINUTE_MS 60000

struct bucket {
    uint64_t key;    /* 0: free */
    int64_t left_um; /* in millionths of a request */
    int64_t at_ms;
};

struct limits {
    pthread_mutex_t mutex;
    struct bucket places[PLACES];
};

struct limits *limits_create(void)
{
    struct limits *l = xcalloc(1, sizeof *l);
    pthread_mutex_init(&l->mutex, NULL);
    return l;
}

void limits_destroy(struct limits *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->mutex);
    free(l);
}

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *z)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *z; z++)
        h = (h ^ (unsigned char)*z) * 0x100000001b3u;
    return h ? h : 1;
}

/* The key's bucket; else a free one or, where all nearby are taken, the one that was not asked for the longest. */
static struct bucket *find(struct limits *l, uint64_t key)
{
    struct bucket *oldest = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct bucket *b = &l->places[(key + i) & (PLACES - 1)];
        if (b->key == key)
            return b;
        if (!oldest || !b->key || (oldest->key && b->at_ms < oldest->at_ms))
            oldest = b;
    }
    return oldest;
}

int limits_take(struct limits *l, const char *key, int64_t per_minute, int64_t mono_ms)
{
    const int64_t one = 1000000, most = (per_minute / 4 + 1) * one, a_ms = per_minute * one / MINUTE_MS + 1;
    uint64_t h = hash(key);
    int wait_s = 0;
    pthread_mutex_lock(&l->mutex);
    struct bucket *b = find(l, h);
    if (b->key != h)
        *b = (struct bucket){h, most, mono_ms};
    int64_t past = mono_ms > b->at_ms ? mono_ms - b->at_ms : 0;
    b->left_um = past > MINUTE_MS || b->left_um + past * a_ms > most ? most : b->left_um + past * a_ms;
    b->at_ms = mono_ms;
    if (b->left_um >= one)
        b->left_um -= one;
    else
        wait_s = (int)((one - b->left_um) / a_ms / 1000 + 1);
    pthread_mutex_unlock(&l->mutex);
    return wait_s;
}
