#include "tests/support/pictures.h"

#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* Is there ink at u, v of a page (0…1)? Lines of words with gaps. */
static bool ink(double u, double v)
{
    if (u < 0.1 || u > 0.9 || v < 0.08 || v > 0.92)
        return false;
    double line = v * 50;
    if (line - floor(line) > 0.45)
        return false;
    unsigned word = (unsigned)(u * 60) * 2654435761u + (unsigned)line * 40503u;
    return (word >> 13 & 7) != 0;
}

unsigned char *picture_page(int width, int height, double degrees, int bed, int paper_percent)
{
    unsigned char *px = xmalloc((size_t)width * (size_t)height * 4), *p = px;
    double a = degrees * 3.14159265358979323846 / 180, c = cos(a), s = sin(a);
    double page_width = width * paper_percent / 100.0, page_height = height * paper_percent / 100.0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, p += 4) {
            double dx = x - width / 2.0, dy = y - height / 2.0;
            double u = (dx * c + dy * s) / page_width + 0.5, v = (-dx * s + dy * c) / page_height + 0.5;
            bool paper = u >= 0 && u < 1 && v >= 0 && v < 1;
            memset(p, paper ? ink(u, v) ? 30 : 245 : bed, 3);
            p[3] = 255;
        }
    return px;
}

void picture_jpeg(struct str *out, const unsigned char *bgrx, int width, int height, int quality)
{
    tjhandle h = tjInitCompress();
    unsigned char *bytes = NULL;
    unsigned long len = 0;
    if (tjCompress2(h, bgrx, width, 0, height, TJPF_BGRX, &bytes, &len, TJSAMP_420, quality, 0) == 0)
        str_add(out, bytes, len);
    tjFree(bytes);
    tjDestroy(h);
}

void picture_noise_jpeg(struct str *out, int width, int height, int quality)
{
    AUTOFREE unsigned char *px = xmalloc((size_t)width * (size_t)height * 4);
    struct random_seeded r;
    random_seeded_init(&r, 42);
    random_fill(&r.random, px, (size_t)width * (size_t)height * 4);
    picture_jpeg(out, px, width, height, quality);
}

void picture_set_orientation(struct str *jpeg, int orientation)
{
    unsigned char app1[] = {0xff, 0xe1, 0, 34, 'E', 'x',  'i',  'f', 0, 0, 'M', 'M', 0, 42, 0,
                            0,    0,    8, 0,  1,   0x01, 0x12, 0,   3, 0, 0,   0,   1, 0,  (unsigned char)orientation,
                            0,    0,    0, 0,  0,   0};
    struct str whole = {0};
    str_add(&whole, jpeg->p, 2);
    str_add(&whole, app1, sizeof app1);
    str_add(&whole, jpeg->p + 2, jpeg->len - 2);
    str_finish(jpeg);
    *jpeg = whole;
}

void picture_png(struct str *out, const unsigned char *bgrx, int width, int height)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_BGRA,
                       .flags = PNG_IMAGE_FLAG_FAST};
    png_alloc_size_t len = 0;
    if (!png_image_write_to_memory(&image, NULL, &len, 0, bgrx, 0, NULL))
        abort();
    char *p = str_reserve(out, len);
    if (!png_image_write_to_memory(&image, p, &len, 0, bgrx, 0, NULL))
        abort();
    out->len += len;
}

static void chunk(struct str *out, const char *type, const void *data, size_t len)
{
    unsigned char n[4];
    put_be32(n, (uint32_t)len);
    str_add(out, n, 4);
    size_t from = out->len;
    str_add(out, type, 4);
    str_add(out, data, len);
    uint32_t crc = ~0u;
    for (size_t i = from; i < out->len; i++) {
        crc ^= (unsigned char)out->p[i];
        for (int k = 0; k < 8; k++)
            crc = crc & 1 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
    }
    put_be32(n, ~crc);
    str_add(out, n, 4);
}

void picture_png_bomb(struct str *out, uint32_t width, uint32_t height)
{
    unsigned char head[13] = {0};
    put_be32(head, width);
    put_be32(head + 4, height);
    head[8] = 8;
    head[9] = 2;
    str_add(out, "\x89PNG\r\n\x1a\n", 8);
    chunk(out, "IHDR", head, sizeof head);
    chunk(out, "IDAT", "\x78\x9c\x03\x00\x00\x00\x00\x01", 8);
    chunk(out, "IEND", "", 0);
}

static void le(struct str *out, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        str_putc(out, (char)(v >> 8 * i & 255));
}

void picture_bmp24(struct str *out, const unsigned char *bgrx, int width, int height)
{
    size_t stride = ((size_t)width * 3 + 3) & ~(size_t)3;
    str_puts(out, "BM");
    le(out, (uint32_t)(54 + stride * (size_t)height), 4);
    le(out, 0, 4);
    le(out, 54, 4);
    le(out, 40, 4);
    le(out, (uint32_t)width, 4);
    le(out, (uint32_t)height, 4);
    le(out, 1, 2);
    le(out, 24, 2);
    for (int i = 0; i < 6; i++)
        le(out, 0, 4);
    for (int y = height - 1; y >= 0; y--) {
        for (int x = 0; x < width; x++)
            str_add(out, bgrx + ((size_t)y * (size_t)width + (size_t)x) * 4, 3);
        for (size_t pad = (size_t)width * 3; pad < stride; pad++)
            str_putc(out, 0);
    }
}

/* Objects: 1 catalogue, 2 pages, 3 content, 4 script, then a page each. */
void picture_pdf(struct str *out, int pages, bool script)
{
    size_t count = (size_t)pages + 5;
    AUTOFREE size_t *at = xcalloc(count, sizeof *at);
    size_t base = out->len;
    str_puts(out, "%PDF-1.4\n");
    at[1] = out->len - base;
    str_printf(out, "1 0 obj\n<</Type/Catalog/Pages 2 0 R%s>>\nendobj\n", script ? "/OpenAction 4 0 R" : "");
    at[2] = out->len - base;
    str_printf(out, "2 0 obj\n<</Type/Pages/Count %d/Kids[", pages);
    for (int i = 0; i < pages; i++)
        str_printf(out, "%d 0 R ", i + 5);
    str_puts(out, "]>>\nendobj\n");
    at[3] = out->len - base;
    const char *content = "1 0 0 rg 100 100 200 400 re f";
    str_printf(out, "3 0 obj\n<</Length %zu>>\nstream\n%s\nendstream\nendobj\n", strlen(content), content);
    at[4] = out->len - base;
    str_puts(out, "4 0 obj\n<</S/JavaScript/JS(app.alert\\(1\\))>>\nendobj\n");
    for (int i = 0; i < pages; i++) {
        at[i + 5] = out->len - base;
        str_printf(out, "%d 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R>>\nendobj\n", i + 5);
    }
    size_t xref = out->len - base;
    str_printf(out, "xref\n0 %zu\n0000000000 65535 f \n", count);
    for (size_t i = 1; i < count; i++)
        str_printf(out, "%010zu 00000 n \n", at[i]);
    str_printf(out, "trailer\n<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", count, xref);
}
