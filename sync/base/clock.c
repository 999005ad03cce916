#include "sync/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_wall(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_BOOTTIME);
}

const struct clock *clock_system(void)
{
    static const struct clock c = {system_wall, system_mono, NULL};
    return &c;
}

static int64_t fake_wall(void *ctx)
{
    return ((struct clock_fake *)ctx)->wall;
}

static int64_t fake_mono(void *ctx)
{
    return ((struct clock_fake *)ctx)->mono;
}

void clock_fake_init(struct clock_fake *f, int64_t wall_ms)
{
    *f = (struct clock_fake){{fake_wall, fake_mono, f}, wall_ms, 1000};
}

void clock_fake_advance(struct clock_fake *f, int64_t ms)
{
    f->wall += ms;
    f->mono += ms;
}

void clock_boot_id(char out[37])
{
    strcpy(out, "00000000-0000-0000-0000-000000000000");
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!f)
        return;
    char line[64];
    if (fgets(line, sizeof line, f) && strlen(line) >= 36) {
        memcpy(out, line, 36);
        out[36] = '\0';
    }
    fclose(f);
}

struct civil clock_beijing(int64_t wall_ms)
{
    int64_t secs =
        wall_ms / 1000 - (wall_ms % 1000 < 0) + 8 * 3600; /* China has one zone and no summer time since 1991 */
    time_t t = (time_t)secs;
    struct tm tm;
    gmtime_r(&t, &tm);
    return (struct civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_wday};
}

void clock_iso_beijing(int64_t wall_ms, char *out, size_t size)
{
    struct civil c = clock_beijing(wall_ms);
    snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d+08:00", c.year, c.month, c.day, c.hour, c.minute, c.second);
}
