/* clock.h — time by parameter: programs pass clock_system(), tests pass a clock they move by hand. */
#ifndef BULU_BASE_CLOCK_H
#define BULU_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(void *ctx); /* Unix time in ms; may jump, may be wrong by decades: never an identity */
    int64_t (*mono_ms)(void *ctx); /* never runs backwards while the process lives */
    void *ctx;
};

const struct clock *clock_system(void);

/* A clock that stands still until it is moved. */
struct clock_fake {
    struct clock clock; /* pass &fake.clock */
    int64_t wall, mono;
};
void clock_fake_init(struct clock_fake *f, int64_t wall_ms);
void clock_fake_advance(struct clock_fake *f, int64_t ms);

static inline int64_t clock_wall(const struct clock *c)
{
    return c->wall_ms(c->ctx);
}
static inline int64_t clock_mono(const struct clock *c)
{
    return c->mono_ms(c->ctx);
}

/* The kernel's boot id (36 characters + NUL); all zeros where there is none. */
void clock_boot_id(char out[37]);
/* "2026-11-23T10:24:05+08:00": Beijing time whatever the machine's zone. */
void clock_iso_beijing(int64_t wall_ms, char *out, size_t size);
struct civil {
    int year, month, day, hour, minute, second, weekday; /* month 1–12, weekday 0 = Sunday */
};
struct civil clock_beijing(int64_t wall_ms);

#endif
