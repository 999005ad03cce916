/* page: a picture of a page made ready to be attached: upright, straight, cut out, small enough, without metadata. */
#include "app/worker/straighten.h"
#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <stdlib.h>

static bool is_quarter(json_int_t degrees)
{
    return degrees % 90 == 0;
}

/* What is asked for of the upright picture: "box":[x,y,w,h] in ten-thousandths of its sides, then at most width × height
 * pixels. */
struct cut {
    int box[4];
    bool wanted;
    json_int_t width, height;
};

static bool cut_args(const struct job *j, struct cut *c, struct fault *f)
{
    const json_t *box = json_object_get(j->args, "box");
    if (!job_int(j, "width", 0, 0, 8192, &c->width, f) || !job_int(j, "height", 0, 0, 8192, &c->height, f))
        return false;
    c->wanted = box != NULL;
    for (size_t i = 0; box && i < ARRAY_LEN(c->box); i++) {
        const json_t *v = json_array_get(box, i);
        c->box[i] = (int)json_integer_value(v);
        if (json_array_size(box) != ARRAY_LEN(c->box) || !json_is_integer(v) || json_integer_value(v) < 0 ||
            json_integer_value(v) > 10000)
            return fault_set(f, "refused", "box: expected four numbers from 0 to 10000");
    }
    if (box && (c->box[0] + c->box[2] > 10000 || c->box[1] + c->box[3] > 10000 || c->box[2] < 1 || c->box[3] < 1))
        return fault_set(f, "refused", "box: expected a rectangle inside the picture");
    return true;
}

static bool cut_out(struct image *m, const struct cut *c, struct fault *f)
{
    if (c->wanted) {
        int w = (int)((int64_t)m->width * c->box[2] / 10000), h = (int)((int64_t)m->height * c->box[3] / 10000);
        w = w > 0 ? w : 1;
        h = h > 0 ? h : 1;
        int x = (int)((int64_t)m->width * c->box[0] / 10000), y = (int)((int64_t)m->height * c->box[1] / 10000);
        image_cut(m, x + w > m->width ? m->width - w : x, y + h > m->height ? m->height - h : y, w, h);
    }
    if (!c->width || !c->height || (m->width <= c->width && m->height <= c->height))
        return true;
    struct image small = {0};
    double share = (double)c->width / m->width, other = (double)c->height / m->height;
    share = share < other ? share : other;
    int w = (int)(m->width * share + 0.5), h = (int)(m->height * share + 0.5);
    if (!image_scale(m, w > 0 ? w : 1, h > 0 ? h : 1, &small, f))
        return false;
    image_finish(m);
    *m = small;
    return true;
}

json_t *job_page(const struct job *j, struct fault *f)
{
    json_int_t max_bytes, degrees;
    struct cut cut;
    if (!job_int(j, "max_bytes", 3670016, 16384, 64 << 20, &max_bytes, f) ||
        !job_int(j, "rotate", 0, 0, 270, &degrees, f) || !cut_args(j, &cut, f))
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
    if (!image_turn(&m, (int)(degrees / 90), false, f) || !straighten(&m, deskew, crop, &did, f) ||
        !cut_out(&m, &cut, f))
        return NULL;
    job_progress(j, 0.7, "straightened");
    AUTOFREE unsigned char *jpeg = NULL;
    size_t len;
    if (!image_encode_jpeg(&m, (size_t)max_bytes, false, &jpeg, &len, f) || !job_write(j, jpeg, len, f))
        return NULL;
    return json_pack("{s:s,s:i,s:i,s:i,s:f,s:b}", "kind", "jpg", "width", m.width, "height", m.height, "pages", 1,
                     "degrees", did.degrees, "cropped", did.cropped);
}
