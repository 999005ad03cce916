#include "sync/protocol/paths.h"

#include <inttypes.h>
#include <stdio.h>

void path_batch(char out[PATH_SIZE], const char *device, const char *epoch, int64_t n)
{
    snprintf(out, PATH_SIZE, "/v1/devices/%s/epochs/%s/batches/%" PRId64, device, epoch, n);
}

void path_updates(char out[PATH_SIZE], const char *cursor, int wait_s)
{
    int n = snprintf(out, PATH_SIZE, PATH_UPDATES "?after=%s", cursor);
    if (wait_s > 0 && n < PATH_SIZE)
        snprintf(out + n, (size_t)(PATH_SIZE - n), "&wait=%d", wait_s);
}

void path_package(char out[PATH_SIZE], const char *name)
{
    snprintf(out, PATH_SIZE, PATH_PACKAGES "/%s", name);
}

void path_receipt(char out[PATH_SIZE], const char *number)
{
    snprintf(out, PATH_SIZE, PATH_RECEIPTS "/%s", number);
}
