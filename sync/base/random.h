/* random.h — randomness by parameter: random_system() is the kernel's, random_seeded() a test's repeatable stream. */
#ifndef BULU_BASE_RANDOM_H
#define BULU_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    void (*fill)(void *ctx, void *out, size_t len); /* cannot fail: aborts where the kernel gives nothing */
    void *ctx;
};

const struct random *random_system(void);

/* xoshiro256**: for tests and simulations only, never for keys in a product build. */
struct random_seeded {
    struct random random;
    uint64_t s[4];
};
void random_seeded_init(struct random_seeded *r, uint64_t seed);

static inline void random_fill(const struct random *r, void *out, size_t len)
{
    r->fill(r->ctx, out, len);
}
uint64_t random_u64(const struct random *r);
/* Uniform in [0, bound); bound > 0. */
uint64_t random_below(const struct random *r, uint64_t bound);

#endif
