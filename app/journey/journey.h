/* journey.h — one person's way through the kiosk as a state machine without I/O: which gates are passed (consent,
 * notices, who, confirmed), where they have been, when an idle kiosk warns and wipes, how the page is shown. Times are
 * monotonic ms and come in as arguments. UI thread. */
#ifndef BULU_JOURNEY_JOURNEY_H
#define BULU_JOURNEY_JOURNEY_H

#include "sync/base/err.h"

#include <stddef.h>
#include <stdint.h>

/* What must have happened before a place may be shown, in this order. */
enum gate { GATE_OPEN, GATE_CONSENT, GATE_NOTICES, GATE_PERSON, GATE_CONFIRMED, GATE_STAFF /* stands alone */ };

struct journey_times {
    int64_t dim_ms;   /* the idle page goes dim */
    int64_t warn_ms;  /* "are you still there?" */
    int64_t wipe_ms;  /* after the warning: back to the idle page, everything forgotten */
    int large_factor; /* large text: so many times longer */
};

#define JOURNEY_DEPTH 32
struct journey {
    struct journey_times times;
    enum gate passed; /* highest gate passed in this session */
    int place, home;  /* the caller's numbers; home is the idle page */
    int trail[JOURNEY_DEPTH];
    int n_trail;
    int64_t touched_ms;
    int holds; /* a scan runs: the idle time stands still */
    bool warned, dim, large, contrast;
    bool staff;       /* somebody of the hall signed in at the staff door */
    bool assisted;    /* … and helps the person who is here: times are longer */
    unsigned session; /* grows at every wipe: results of an earlier person are dropped */
};

void journey_init(struct journey *j, const struct journey_times *times, int home, int64_t now_ms);

/* The gate that stands before a place which needs `needs`; GATE_OPEN: go in. */
enum gate journey_gate(const struct journey *j, enum gate needs);
void journey_pass(struct journey *j, enum gate gate);

/* Goes to a place; it becomes the last of the trail. Going to a place of the trail cuts the trail there. */
void journey_go(struct journey *j, int place);
/* Goes to a place for a moment: back leads here again, even where the place is in the trail already. */
void journey_visit(struct journey *j, int place);
/* The place before this one; home when there is none. */
int journey_back(struct journey *j);
/* Replaces this place without a trace of it in the trail. */
void journey_replace(struct journey *j, int place);
bool journey_at_home(const struct journey *j);

enum journey_event { JOURNEY_NOTHING, JOURNEY_DIMMED, JOURNEY_WARN, JOURNEY_COUNT, JOURNEY_WIPE };
/* A touch or a key. Returns whether the page looks different for it (a warning or the dimming went away). */
bool journey_touch(struct journey *j, int64_t now_ms);
/* What is due now. JOURNEY_COUNT: the seconds of the warning went down. */
enum journey_event journey_tick(struct journey *j, int64_t now_ms);
/* When to call tick next; -1: never. */
int64_t journey_deadline(const struct journey *j, int64_t now_ms);
/* Seconds until the wipe, while warned. */
int journey_seconds_left(const struct journey *j, int64_t now_ms);
void journey_hold(struct journey *j, bool on, int64_t now_ms);
/* Somebody of the hall signed in, or left. While a person is here their page goes on where it was. */
void journey_staff(struct journey *j, bool in);
/* … and stays with the person: staff mode ends, times are longer until the person goes. */
void journey_assist(struct journey *j);
/* Forgets the person and the staff: gates, trail, large text, contrast; at home. */
void journey_wipe(struct journey *j, int64_t now_ms);

#endif
