#include "app/worker/view.h"

#include <math.h>

bool view_read(const struct job *j, struct view *v, struct fault *f)
{
    json_int_t width, height, page, degrees;
    if (!job_int(j, "width", 400, 1, 8192, &width, f) || !job_int(j, "height", 8192, 1, 8192, &height, f) ||
        !job_int(j, "page", 1, 1, 100000, &page, f) || !job_int(j, "rotate", 0, 0, 270, &degrees, f) ||
        !job_real(j, "zoom", 1, 0.05, 8, &v->zoom, f))
        return false;
    if (degrees % 90)
        return fault_set(f, "refused", "rotate: expected 0, 90, 180 or 270");
    v->width = (int)width;
    v->height = (int)height;
    v->page = (int)page;
    v->quarters = (int)(degrees / 90);
    return true;
}

void view_fit(const struct view *v, double width, double height, int *out_width, int *out_height)
{
    bool side = v->quarters & 1;
    double box_width = side ? v->height : v->width, box_height = side ? v->width : v->height;
    double scale = fmin(1, fmin(box_width / width, box_height / height)) * v->zoom;
    scale = fmin(scale, sqrt(VIEW_MAX_PIXELS / (width * height)));
    scale = fmin(scale, fmin(IMAGE_MAX_SIDE / width, IMAGE_MAX_SIDE / height));
    *out_width = (int)fmax(1, floor(width * scale + 0.25));
    *out_height = (int)fmax(1, floor(height * scale + 0.25));
}

json_t *view_write(const struct job *j, const struct view *v, struct image *m, const struct image_head *source,
                   int pages, struct fault *f)
{
    if (!image_turn(m, v->quarters, false, f) || !job_write(j, m->px, (size_t)m->width * (size_t)m->height * 4, f))
        return NULL;
    return json_pack("{s:s,s:i,s:i,s:i,s:i,s:i,s:i}", "kind", image_kind_names[source->kind], "width", m->width,
                     "height", m->height, "stride", m->width * 4, "pages", pages, "source_width", source->width,
                     "source_height", source->height);
}
