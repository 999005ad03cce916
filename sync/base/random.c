#include "sync/base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void system_fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    unsigned char *p = out;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            abort();
        p += n;
        len -= (size_t)n;
    }
}

const struct random *random_system(void)
{
    static const struct random r = {system_fill, NULL};
    return &r;
}

static uint64_t rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* xoshiro256** 1.0, Blackman and Vigna, public domain (prng.di.unimi.it). */
static uint64_t xoshiro(uint64_t s[4])
{
    uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

static void seeded_fill(void *ctx, void *out, size_t len)
{
    struct random_seeded *r = ctx;
    unsigned char *p = out;
    while (len) {
        uint64_t v = xoshiro(r->s);
        size_t n = len < sizeof v ? len : sizeof v;
        memcpy(p, &v, n);
        p += n;
        len -= n;
    }
}

void random_seeded_init(struct random_seeded *r, uint64_t seed)
{
    r->random = (struct random){seeded_fill, r};
    for (int i = 0; i < 4; i++) { /* splitmix64, as its authors advise for seeding */
        uint64_t z = (seed += 0x9E3779B97F4A7C15u);
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        r->s[i] = z ^ z >> 31;
    }
}

uint64_t random_u64(const struct random *r)
{
    uint64_t v;
    random_fill(r, &v, sizeof v);
    return v;
}

uint64_t random_below(const struct random *r, uint64_t bound)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound, v;
    do
        v = random_u64(r);
    while (v >= limit);
    return v % bound;
}
