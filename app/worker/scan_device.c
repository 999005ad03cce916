#include "app/worker/scan_device.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/str.h"

#include <stdio.h>
#include <string.h>

bool scan_device_backend(const char *device, char *out, size_t size)
{
    const char *colon = device ? strchr(device, ':') : NULL;
    size_t len = colon ? (size_t)(colon - device) : 0;
    if (len == 0 || len >= size || strspn(device, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
        return false;
    memcpy(out, device, len);
    out[len] = '\0';
    return true;
}

bool scan_device_is_network(const char *device)
{
    char backend[64];
    return scan_device_backend(device, backend, sizeof backend) &&
           (!strcmp(backend, "airscan") || !strcmp(backend, "escl") || !strcmp(backend, "net"));
}

/* What a backend's own file must say so that nothing is searched for and nothing waits for ever; others keep Debian's.
 */
static const struct {
    const char *backend, *text;
} own[] = {
    /* The double of a scanner: Debian's geometry of 200 mm is shorter than A4. */
    {"test",
     "number_of_devices 2\nmode Color\nresolution_max 1200.0\nresolution 300.0\ngeometry_min 0.0\ngeometry_max 300.0\n"
     "tl_x 0.0\ntl_y 0.0\nbr_x 210.0\nbr_y 297.0\ntest-picture \"Color pattern\"\n"},
    /* Devices are named by address ("airscan:escl:NAME:http://…"). */
    {"airscan", "[options]\ndiscovery = disable\n"},
    {"net", "connect_timeout = 5\n"},
};

static bool backend_text(const char *backend, struct str *out)
{
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (!strcmp(own[i].backend, backend)) {
            str_puts(out, own[i].text);
            return true;
        }
    AUTOFREE char *path = xasprintf("/etc/sane.d/%s.conf", backend);
    return file_read(path, 1 << 20, out, NULL); /* none: many backends need none */
}

static bool write_file(const char *dir, const char *name, const char *text, struct err *e)
{
    AUTOFREE char *path = path_join(dir, name);
    FILE *f = fopen(path, "we");
    if (!f)
        return err_set(e, ERR_IO, "%s cannot be written", path);
    bool ok = fputs(text, f) >= 0;
    return (fclose(f) == 0 && ok) || err_set(e, ERR_IO, "%s cannot be written", path);
}

bool scan_device_configure(const char *dir, const char *backend, struct err *e)
{
    AUTOFREE char *dll = xasprintf("%s\n", backend), *name = xasprintf("%s.conf", backend);
    CLEANUP(str) struct str text = {0};
    return dir_make(dir, 0700, e) && (!backend_text(backend, &text) || write_file(dir, name, str_z(&text), e)) &&
           write_file(dir, "dll.conf", dll, e);
}
