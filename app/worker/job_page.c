/* page: a picture of a page made ready to be attached: upright, straight, cut out, small enough, without metadata. */
#include "app/worker/straighten.h"
#include "sync/base/cleanup.h"

#include <stdlib.h>

static bool is_quarter(json_int_t degrees)
{
    return degrees % 90 == 0;
}

json_t *job_page(const struct job *j, struct fault *f)
{
    json_int_t max_bytes, degrees;
    if (!job_int(j, "max_bytes", 3670016, 16384, 64 << 20, &max_bytes, f) ||
        !job_int(j, "rotate", 0, 0, 270, &degrees, f))
        return NULL;
    if (!is_quarter(degrees)) {
        fault_set(f, "refused", "rotate: expected 0, 90, 180 or 270");
        return NULL;
    }
    bool crop = job_bool(j, "crop", false), deskew = job_bool(j, "deskew", crop);
    CLEANUP(image) struct image m = {0};
    if (!image_decode(j->in, j->len, 0, 0, &m, f))
        return NULL;
    job_progress(j, 0.3, "decoded");
    struct straightened did;
    if (!image_turn(&m, (int)(degrees / 90), false, f) || !straighten(&m, deskew, crop, &did, f))
        return NULL;
    job_progress(j, 0.7, "straightened");
    AUTOFREE unsigned char *jpeg = NULL;
    size_t len;
    if (!image_encode_jpeg(&m, (size_t)max_bytes, false, &jpeg, &len, f) || !job_write(j, jpeg, len, f))
        return NULL;
    return json_pack("{s:s,s:i,s:i,s:i,s:f,s:b}", "kind", "jpg", "width", m.width, "height", m.height, "pages", 1,
                     "degrees", did.degrees, "cropped", did.cropped);
}
