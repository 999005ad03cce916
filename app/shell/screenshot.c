#include "app/shell/screenshot.h"

#include "sync/base/str.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool write_rows(FILE *file, const struct pixels *px, uint8_t *row)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_init_io(png, file);
    png_set_compression_level(png, 2);
    png_set_filter(png, 0, PNG_FILTER_UP);
    png_set_IHDR(png, info, (png_uint_32)px->width, (png_uint_32)px->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < px->height; y++) {
        const uint32_t *p = px->p + (size_t)y * (size_t)px->stride;
        for (int x = 0; x < px->width; x++) {
            row[3 * x] = (uint8_t)(p[x] >> 16);
            row[3 * x + 1] = (uint8_t)(p[x] >> 8);
            row[3 * x + 2] = (uint8_t)p[x];
        }
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return true;
}

bool png_write(const struct pixels *px, const char *path, struct err *e)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return err_sys(e, errno, "%s", path);
    uint8_t *row = xmalloc((size_t)px->width * 3);
    errno = 0;
    bool ok = write_rows(file, px, row);
    free(row);
    int error = errno;
    ok = fclose(file) == 0 && ok;
    if (ok)
        return true;
    unlink(path);
    return err_sys(e, error ? error : EIO, "%s", path);
}

bool shell_screenshot(struct shell *s, const char *path, struct err *e)
{
    struct pixels px = shell_pixels(s);
    return png_write(&px, path, e);
}
