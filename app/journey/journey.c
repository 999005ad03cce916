#include "app/journey/journey.h"

#include <string.h>

void journey_init(struct journey *j, const struct journey_times *times, int home, int64_t now_ms)
{
    memset(j, 0, sizeof *j);
    j->times = *times;
    j->home = j->place = home;
    j->touched_ms = now_ms;
    j->session = 1;
}

enum gate journey_gate(const struct journey *j, enum gate needs)
{
    if (needs == GATE_STAFF)
        return j->staff ? GATE_OPEN : GATE_STAFF;
    return j->passed >= needs ? GATE_OPEN : j->passed + 1;
}

void journey_pass(struct journey *j, enum gate gate)
{
    if (gate > j->passed)
        j->passed = gate;
}

void journey_go(struct journey *j, int place)
{
    if (place == j->place)
        return;
    for (int i = 0; i < j->n_trail; i++)
        if (j->trail[i] == place) {
            j->n_trail = i;
            j->place = place;
            return;
        }
    journey_visit(j, place);
}

void journey_visit(struct journey *j, int place)
{
    if (j->n_trail == JOURNEY_DEPTH) {
        memmove(j->trail, j->trail + 1, sizeof j->trail - sizeof j->trail[0]);
        j->n_trail--;
    }
    j->trail[j->n_trail++] = j->place;
    j->place = place;
}

int journey_back(struct journey *j)
{
    j->place = j->n_trail ? j->trail[--j->n_trail] : j->home;
    return j->place;
}

void journey_replace(struct journey *j, int place)
{
    j->place = place;
    for (int i = 0; i < j->n_trail; i++)
        if (j->trail[i] == place)
            j->n_trail = i;
}

bool journey_at_home(const struct journey *j)
{
    return j->place == j->home;
}

bool journey_touch(struct journey *j, int64_t now_ms)
{
    bool different = j->warned || j->dim;
    j->touched_ms = now_ms;
    j->warned = j->dim = false;
    return different;
}

/* Large text is for people who read slowly, and two people at a kiosk talk. */
static int64_t stretched(const struct journey *j, int64_t ms)
{
    return (j->large || j->assisted) && j->times.large_factor > 1 ? ms * j->times.large_factor : ms;
}

static int64_t warn_at(const struct journey *j)
{
    return j->touched_ms + stretched(j, j->times.warn_ms);
}

static int64_t wipe_at(const struct journey *j)
{
    return warn_at(j) + stretched(j, j->times.wipe_ms);
}

static enum journey_event tick_home(struct journey *j, int64_t now_ms)
{
    if ((j->large || j->contrast || j->passed > GATE_OPEN) && now_ms >= wipe_at(j))
        return JOURNEY_WIPE;
    if (!j->dim && j->times.dim_ms > 0 && now_ms >= j->touched_ms + j->times.dim_ms) {
        j->dim = true;
        return JOURNEY_DIMMED;
    }
    return JOURNEY_NOTHING;
}

enum journey_event journey_tick(struct journey *j, int64_t now_ms)
{
    if (j->holds)
        return JOURNEY_NOTHING;
    if (journey_at_home(j))
        return tick_home(j, now_ms);
    if (now_ms >= wipe_at(j))
        return JOURNEY_WIPE;
    if (now_ms < warn_at(j))
        return JOURNEY_NOTHING;
    if (j->warned)
        return JOURNEY_COUNT;
    j->warned = true;
    return JOURNEY_WARN;
}

int64_t journey_deadline(const struct journey *j, int64_t now_ms)
{
    if (j->holds)
        return -1;
    if (journey_at_home(j)) {
        if (j->large || j->contrast || j->passed > GATE_OPEN)
            return wipe_at(j);
        return j->dim || j->times.dim_ms <= 0 ? -1 : j->touched_ms + j->times.dim_ms;
    }
    if (now_ms < warn_at(j))
        return warn_at(j);
    int64_t next = now_ms + 1000 - (now_ms - warn_at(j)) % 1000;
    return next < wipe_at(j) ? next : wipe_at(j);
}

int journey_seconds_left(const struct journey *j, int64_t now_ms)
{
    int64_t left = wipe_at(j) - now_ms;
    return left > 0 ? (int)((left + 999) / 1000) : 0;
}

void journey_hold(struct journey *j, bool on, int64_t now_ms)
{
    j->holds += on ? 1 : j->holds > 0 ? -1 : 0;
    if (!on)
        journey_touch(j, now_ms);
}

void journey_staff(struct journey *j, bool in)
{
    j->staff = in;
}

void journey_assist(struct journey *j)
{
    j->staff = false;
    j->assisted = true;
}

void journey_wipe(struct journey *j, int64_t now_ms)
{
    unsigned session = j->session;
    struct journey_times times = j->times;
    journey_init(j, &times, j->home, now_ms);
    j->session = session + 1;
}
