/* health.h — how each device stands, said by its driver and read by staff's page, bulu-ctl doctor and the agent. Drivers
 * report by name; what changed goes to the store (store/device.h) through the owner's hook, on the store thread. UI
 * thread. Every function takes NULL for the health and does nothing: tests of a driver need none. */
#ifndef BULU_DEVICES_HEALTH_H
#define BULU_DEVICES_HEALTH_H

#include "sync/base/clock.h"
#include "sync/store/device.h"

struct health;
/* changed: called whenever there is something to write down (health_take); may be NULL. Never called for a report that
 * says what was known. */
struct health *health_create(const struct clock *c, void (*changed)(void *ctx), void *ctx);
void health_destroy(struct health *h);

/* A device that the configuration names; id as in struct device_row. Reports of an id that was not declared are
 * dropped. */
void health_declare(struct health *h, const char *id, const char *name);
/* One use (a scan, a card, a receipt; for a camera a session, never a frame) went well, or did not. key: of the words
 * that the person read ("scan.jammed"). */
void health_good(struct health *h, const char *id);
/* It went well, and somebody should look soon all the same (paper near its end). */
void health_good_but(struct health *h, const char *id, const char *key);
void health_bad(struct health *h, const char *id, enum device_state state, const char *key);
/* It was seen to stand so, without a use: paper near its end, the camera came back. key NULL: nothing is wrong. */
void health_seen(struct health *h, const char *id, enum device_state state, const char *key);
/* What an answer of the worker (door.h: error, detail) says about the device. False: nothing (cancelled, a refusal by
 * us). */
bool health_state_of(const char *error, const char *detail, enum device_state *out) WARN_UNUSED;

/* done and failed: since this program started. Borrowed until the next declaration. */
size_t health_rows(const struct health *h, const struct device_row **out);
bool health_dirty(const struct health *h); /* something is to be written down */
/* For the store: all devices (perhaps none), done and failed counted since the last taking; caller frees. */
size_t health_take(struct health *h, struct device_row **out);
/* They could not be written: counted again with the next taking. */
void health_give_back(struct health *h, const struct device_row *rows, size_t n);

#endif
