#include "app/worker/image.h"
#include "sync/base/bytes.h"
#include "sync/base/str.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

/* From the bytes alone: the signature, then IHDR must come first. */
bool png_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f)
{
    if (len < 33 || be32(p + 8) != 13 || memcmp(p + 12, "IHDR", 4) != 0)
        return fault_set(f, "format", "truncated");
    uint32_t width = be32(p + 16), height = be32(p + 20);
    if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE)
        return fault_set(f, "limit", "%u×%u pixels", width, height);
    out->width = (int)width;
    out->height = (int)height;
    return true;
}

struct reading {
    const unsigned char *p;
    size_t len, at;
    struct fault *fault;
    unsigned char *rows;
    struct shrinker shrinker;
    struct image image;
};

static void give(png_structp png, png_bytep out, size_t n)
{
    struct reading *r = png_get_io_ptr(png);
    if (n > r->len - r->at)
        png_error(png, "truncated");
    memcpy(out, r->p + r->at, n);
    r->at += n;
}

static void on_error(png_structp png, png_const_charp text)
{
    struct reading *r = png_get_error_ptr(png);
    fault_set(r->fault, "format", "%s%s", strcmp(text, "truncated") ? "broken: " : "", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void set_transforms(png_structp png, png_infop info)
{
    static const png_color_16 white = {.red = 255, .green = 255, .blue = 255, .gray = 255};
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    if (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA || png_get_valid(png, info, PNG_INFO_tRNS))
        png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    png_set_bgr(png);
    png_set_filler(png, 255, PNG_FILLER_AFTER);
}

static void read_rows(png_structp png, struct reading *r, int width, int height, int passes)
{
    size_t stride = (size_t)width * 4;
    r->rows = malloc(passes == 1 ? stride : stride * (size_t)height);
    if (!r->rows)
        png_error(png, "no memory");
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++) {
            unsigned char *row = passes == 1 ? r->rows : r->rows + stride * (size_t)y;
            png_read_row(png, row, NULL);
            if (pass + 1 == passes)
                shrinker_row(&r->shrinker, row);
        }
}

static bool decode(png_structp png, png_infop info, struct reading *r, int shrink)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_read_fn(png, r, give);
    png_set_user_limits(png, IMAGE_MAX_SIDE, IMAGE_MAX_SIDE);
    png_set_chunk_malloc_max(png, 4u << 20);
    png_set_chunk_cache_max(png, 64);
    png_read_info(png, info);
    set_transforms(png, info);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    int width = (int)png_get_image_width(png, info), height = (int)png_get_image_height(png, info);
    if (png_get_rowbytes(png, info) != (size_t)width * 4)
        png_error(png, "row size");
    if (!shrinker_init(&r->shrinker, width, height, shrink, &r->image, r->fault))
        return false;
    read_rows(png, r, width, height, passes);
    png_read_end(png, NULL);
    return true;
}

bool png_decode(const unsigned char *p, size_t len, int shrink, struct image *out, struct fault *f)
{
    struct reading r = {.p = p, .len = len, .fault = f};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool ok = info ? decode(png, info, &r, shrink) : fault_set(f, "limit", "no memory");
    png_destroy_read_struct(&png, &info, NULL);
    shrinker_finish(&r.shrinker);
    free(r.rows);
    if (ok)
        *out = r.image;
    else
        image_finish(&r.image);
    return ok;
}
