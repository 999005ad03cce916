/* devices.h — what the screens and the store have to do with the devices as a whole: how they stand is written down by the
 * store thread, one errand at a time however often drivers report. UI thread. */
#ifndef BULU_SCREENS_DEVICES_H
#define BULU_SCREENS_DEVICES_H

#include "app/devices/health.h"

struct app;

struct devices {
    struct health *health;
    bool writing;
};
void devices_open(struct app *a); /* before the drivers; after the store */
/* Sends what is not written yet; again from there when a write ends and more has come. */
void devices_write(struct app *a);
/* Asks those that can tell without being used: printer, reader. At the start, and when staff look. */
void devices_look(struct app *a);
void devices_finish(struct app *a); /* after the drivers; the store has been drained */

#endif
