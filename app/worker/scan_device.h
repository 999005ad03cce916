/* scan_device.h — what a SANE device's name says, and the configuration folder made for its backend alone. */
#ifndef BULU_WORKER_SCAN_DEVICE_H
#define BULU_WORKER_SCAN_DEVICE_H

#include "sync/base/err.h"

#include <stddef.h>

/* "test:0" → "test". False when that is no backend's name ([a-z0-9_-]+). */
bool scan_device_backend(const char *device, char *out, size_t size) WARN_UNUSED;
bool scan_device_is_network(const char *device);
/* Writes dll.conf and the backend's own file into dir (made when missing), so that SANE loads this backend and searches
 * for nothing. */
bool scan_device_configure(const char *dir, const char *backend, struct err *e) WARN_UNUSED;

#endif
