/* straighten.h — a scanned or photographed page made upright and cut out of its bed: skew by leptonica (±7°, only when
 * it is sure), the page's edges by its difference to the bed's colour. Runs in locked children only. */
#ifndef BULU_WORKER_STRAIGHTEN_H
#define BULU_WORKER_STRAIGHTEN_H

#include "app/worker/image.h"

struct straightened {
    double degrees; /* turned clockwise by; 0: left as it was */
    bool cropped;
};
/* Replaces *m. */
bool straighten(struct image *m, bool deskew, bool crop, struct straightened *did, struct fault *f) WARN_UNUSED;

#endif
