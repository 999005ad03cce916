/* routes.c — every call of both listeners on one page. Nothing of one is reachable on the other. */
#include "sync/platform/devices.h"
#include "sync/platform/feed.h"
#include "sync/platform/health.h"
#include "sync/platform/packages.h"
#include "sync/protocol/paths.h"

#define SMALL (64 * 1024)

const struct route web_routes[] = {
    {.method = "GET", .pattern = PATH_HEALTHZ, .handle = healthz_route},
    {.method = "GET", .pattern = PATH_METRICS, .handle = metrics_route},
    {.method = "POST", .pattern = PATH_ENROL, .body_max = SMALL, .handle = enrol_route},
};
const size_t n_web_routes = ARRAY_LEN(web_routes);

const struct route device_routes[] = {
    {.method = "POST", .pattern = PATH_RENEW, .body_max = SMALL, .handle = renew_route},
    {.method = "POST", .pattern = PATH_HEARTBEAT, .body_max = SMALL, .handle = heartbeat_route},
    {.method = "GET", .pattern = PATH_UPDATES, .handle = feed_route},
    {.method = "GET", .pattern = PATH_UNITS, .handle = units_route},
    {.method = "GET", .pattern = PATH_PACKAGES "/{}", .handle = packages_route},
};
const size_t n_device_routes = ARRAY_LEN(device_routes);
