/* device.h — how the devices of this kiosk stand: a row each, written by the app (devices/health.h), read by staff's page,
 * bulu-ctl doctor, and the agent's heartbeat and metrics. No personal data: names of devices, words, counters. */
#ifndef BULU_STORE_DEVICE_H
#define BULU_STORE_DEVICE_H

#include "sync/store/store.h"

enum device_state {
    DEVICE_UNUSED,    /* declared; nobody has needed it yet */
    DEVICE_OK,        /* the last use went well */
    DEVICE_ATTENTION, /* it works; somebody should look soon (paper near its end) */
    DEVICE_MISSING,   /* not there: unplugged, no such node, no right to open it */
    DEVICE_HANGING,   /* did not answer in time */
    DEVICE_FAILED,    /* it answered, and could not do it (jam, no paper, broken frames) */
    DEVICE_STATES
};
const char *device_state_name(enum device_state s); /* "unused", "ok", … */

#define DEVICE_ID_SIZE   32
#define DEVICE_NAME_SIZE 128
#define DEVICE_KEY_SIZE  48
struct device_row {
    char id[DEVICE_ID_SIZE];     /* "scanner", "id_reader", "printer", "camera" …; a second one "scanner.2" */
    char name[DEVICE_NAME_SIZE]; /* as the configuration declares it */
    enum device_state state;
    int64_t since_ms;            /* wall clock at which this state began */
    char error[DEVICE_KEY_SIZE]; /* key of the last error's words ("scan.jammed"), "": there was none */
    int64_t error_ms;            /* when; 0: never */
    int64_t done, failed;        /* uses that went well, and that did not, since this store was made */
};
/* These are the devices now: others are forgotten. done and failed are added to what the store has; an empty error leaves
 * the last one known. */
bool store_devices_put(struct store *s, const struct device_row *rows, size_t n, struct err *e) WARN_UNUSED;
/* By id; free(*rows). */
bool store_devices(struct store *s, struct device_row **rows, size_t *n, struct err *e) WARN_UNUSED;

#endif
