#include "app/worker/image.h"
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* --- EXIF orientation: phones store a turned picture and say so here only --- */
struct tiff {
    const unsigned char *p;
    size_t len;
    bool little;
};
static uint32_t tiff_u16(const struct tiff *t, size_t at)
{
    if (at + 2 > t->len)
        return 0;
    return t->little ? (uint32_t)(t->p[at + 1] << 8 | t->p[at]) : (uint32_t)(t->p[at] << 8 | t->p[at + 1]);
}
static uint32_t tiff_u32(const struct tiff *t, size_t at)
{
    uint32_t a = tiff_u16(t, at), b = tiff_u16(t, at + 2);
    return t->little ? b << 16 | a : a << 16 | b;
}

static int exif_orientation(const unsigned char *p, size_t len)
{
    if (len < 6 + 8 || memcmp(p, "Exif\0\0", 6) != 0)
        return 1;
    struct tiff t = {p + 6, len - 6, p[6] == 'I'};
    if (tiff_u16(&t, 2) != 42)
        return 1;
    size_t at = tiff_u32(&t, 4);
    if (at > t.len)
        return 1;
    uint32_t entries = tiff_u16(&t, at);
    for (uint32_t i = 0; i < entries && i < 512; i++) {
        size_t entry = at + 2 + 12 * (size_t)i;
        if (tiff_u16(&t, entry) == 0x0112) {
            uint32_t v = tiff_u16(&t, entry + 8);
            return v >= 1 && v <= 8 ? (int)v : 1;
        }
    }
    return 1;
}

static int jpeg_orientation(const unsigned char *p, size_t len)
{
    for (size_t at = 2; at + 4 <= len && p[at] == 0xff && p[at + 1] != 0xda;) {
        if (p[at + 1] == 0xff) { /* fill */
            at++;
            continue;
        }
        size_t size = (size_t)p[at + 2] << 8 | p[at + 3];
        if (size < 2 || at + 2 + size > len)
            break;
        if (p[at + 1] == 0xe1) {
            int o = exif_orientation(p + at + 4, size - 2);
            if (o != 1)
                return o;
        }
        at += 2 + size;
    }
    return 1;
}

static void handle_cleanup(tjhandle *h)
{
    if (*h)
        tjDestroy(*h);
}

static bool head_with(tjhandle h, const unsigned char *p, size_t len, int *width, int *height, int *space,
                      struct fault *f)
{
    int sampling;
    if (!h)
        return fault_set(f, "limit", "no memory");
    if (tjDecompressHeader3(h, p, len, width, height, &sampling, space) < 0)
        return fault_set(f, "format", "broken: %.100s", tjGetErrorStr2(h));
    return true;
}

bool jpeg_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f)
{
    CLEANUP(handle) tjhandle h = tjInitDecompress();
    int width = 0, height = 0, space = 0; /* a JPEG of tables only sets none */
    if (!head_with(h, p, len, &width, &height, &space, f))
        return false;
    out->width = width;
    out->height = height;
    out->orientation = jpeg_orientation(p, len);
    return true;
}

/* Adobe writes CMYK inverted, and everybody followed. */
static void cmyk_to_bgrx(struct image *m)
{
    unsigned char *px = m->px;
    for (size_t n = (size_t)m->width * (size_t)m->height; n; n--, px += 4) {
        unsigned c = px[0], y = px[1], z = px[2], k = px[3];
        px[0] = (unsigned char)(z * k / 255);
        px[1] = (unsigned char)(y * k / 255);
        px[2] = (unsigned char)(c * k / 255);
        px[3] = 255;
    }
}

bool jpeg_decode(const unsigned char *p, size_t len, int shrink, struct image *out, struct fault *f)
{
    CLEANUP(handle) tjhandle h = tjInitDecompress();
    int width = 0, height = 0, space = 0; /* a JPEG of tables only sets none */
    if (!head_with(h, p, len, &width, &height, &space, f))
        return false;
    tjscalingfactor by = {1, shrink > 8 ? 8 : shrink};
    CLEANUP(image) struct image m = {0};
    if (!image_make(&m, TJSCALED(width, by), TJSCALED(height, by), f))
        return false;
    bool cmyk = space == TJCS_CMYK || space == TJCS_YCCK;
    if (tjDecompress2(h, p, len, m.px, m.width, 0, m.height, cmyk ? TJPF_CMYK : TJPF_BGRX, 0) < 0) {
        const char *why = tjGetErrorStr2(h);
        /* Odd bytes between markers are common and harmless; a picture that ends early is not. */
        if (tjGetErrorCode(h) != TJERR_WARNING)
            return fault_set(f, "format", "broken: %.100s", why);
        if (strstr(why, "remature end"))
            return fault_set(f, "format", "truncated");
    }
    if (cmyk)
        cmyk_to_bgrx(&m);
    *out = m;
    m.px = NULL;
    return true;
}

struct encoder {
    tjhandle handle;
    int sampling;
    unsigned char *buffer;
    unsigned long room;
    size_t len; /* of the last try, in buffer */
};

static bool encode_at(struct encoder *c, const struct image *m, int quality, struct fault *f)
{
    unsigned long n = c->room;
    if (tjCompress2(c->handle, m->px, m->width, 0, m->height, TJPF_BGRX, &c->buffer, &n, c->sampling, quality,
                    TJFLAG_NOREALLOC) < 0)
        return fault_set(f, "limit", "encoding: %.100s", tjGetErrorStr2(c->handle));
    c->len = n;
    return true;
}

/* The best quality that fits, 0 when none does; then the buffer holds it. */
static bool search_quality(struct encoder *c, const struct image *m, size_t max, int *found, struct fault *f)
{
    enum { BEST = 90, WORST = 40 };
    int low = WORST, high = BEST, best = 0, last = 0;
    for (int q = BEST; low <= high; q = (low + high) / 2) {
        if (!encode_at(c, m, q, f))
            return false;
        last = q;
        if (c->len <= max) {
            best = q;
            low = q + 4; /* nobody sees a smaller step */
        } else {
            high = q - 1;
        }
    }
    *found = best;
    return !best || best == last || encode_at(c, m, best, f);
}

static bool encode_within(struct encoder *c, struct image *m, size_t max_bytes, struct fault *f)
{
    for (;;) {
        int quality;
        if (!search_quality(c, m, max_bytes, &quality, f))
            return false;
        if (quality)
            return true;
        struct image smaller;
        int width = m->width * 4 / 5, height = m->height * 4 / 5;
        if (width < 64 || height < 64)
            return fault_set(f, "limit", "does not fit into %zu bytes", max_bytes);
        if (!image_scale(m, width, height, &smaller, f))
            return false;
        image_finish(m);
        *m = smaller;
    }
}

bool image_encode_jpeg(struct image *m, size_t max_bytes, bool grey, unsigned char **out, size_t *len, struct fault *f)
{
    CLEANUP(handle) tjhandle h = tjInitCompress();
    struct encoder c = {.handle = h, .sampling = grey ? TJSAMP_GRAY : TJSAMP_420};
    c.room = tjBufSize(m->width, m->height, c.sampling);
    c.buffer = h ? malloc(c.room) : NULL;
    if (!c.buffer)
        return fault_set(f, "limit", "no memory");
    if (!encode_within(&c, m, max_bytes, f)) {
        free(c.buffer);
        return false;
    }
    *out = c.buffer;
    *len = c.len;
    return true;
}
