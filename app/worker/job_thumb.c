/* thumb: a small or zoomed picture for the screen, and by the way the check of what the bytes are. PDF goes to
 * job_pdf.c. */
#include "app/worker/view.h"
#include "sync/base/cleanup.h"

json_t *job_thumb(const struct job *j, struct fault *f)
{
    struct view v;
    struct image_head h;
    if (!view_read(j, &v, f) || !image_head(j->in, j->len, &h, f))
        return NULL;
    if (v.page != 1) {
        fault_set(f, "refused", "page: a picture has one");
        return NULL;
    }
    int width, height;
    view_fit(&v, h.width, h.height, &width, &height);
    CLEANUP(image) struct image m = {0};
    if (!image_decode(j->in, j->len, width, height, &m, f))
        return NULL;
    if (m.width != width || m.height != height) {
        struct image scaled;
        if (!image_scale(&m, width, height, &scaled, f))
            return NULL;
        image_finish(&m);
        m = scaled;
    }
    return view_write(j, &v, &m, &h, 1, f);
}
