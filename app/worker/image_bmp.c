/* BMP as scanners and phones write it: uncompressed 1, 4, 8, 16, 24 and 32 bits, palette or bit fields, either way up.
 * Run-length coded ones are refused with a word. [Microsoft: BITMAPINFOHEADER, BITMAPV5HEADER] */
#include "app/worker/image.h"
#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <stdlib.h>
#include <string.h>

struct bmp {
    int width, height, bits;
    bool top_down;
    uint32_t mask[3]; /* R, G, B; 0: palette or 24 bits */
    unsigned char palette[256][4];
    size_t pixels, stride; /* offset, bytes a row */
};

static uint32_t le32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static uint32_t le16(const unsigned char *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static bool read_dimensions(const unsigned char *p, uint32_t size, struct bmp *b, struct fault *f)
{
    if (size == 12) { /* OS/2 */
        b->width = (int)le16(p + 18);
        b->height = (int)le16(p + 20);
        b->bits = (int)le16(p + 24);
        return true;
    }
    int64_t width = (int32_t)le32(p + 18), height = (int32_t)le32(p + 22);
    b->top_down = height < 0;
    if (height < 0)
        height = -height;
    if (width < 1 || height < 1)
        return fault_set(f, "format", "broken: no pixels");
    if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE)
        return fault_set(f, "limit", "%lld×%lld pixels", (long long)width, (long long)height);
    b->width = (int)width;
    b->height = (int)height;
    b->bits = (int)le16(p + 28);
    return true;
}

static bool read_palette(const unsigned char *p, size_t len, uint32_t size, struct bmp *b, struct fault *f)
{
    size_t entry = size == 12 ? 3 : 4, count = (size_t)1 << b->bits;
    uint32_t used = size == 12 ? 0 : le32(p + 46);
    if (used && used < count)
        count = used;
    if (14 + (size_t)size + count * entry > len)
        return fault_set(f, "format", "truncated");
    for (size_t i = 0; i < count; i++)
        memcpy(b->palette[i], p + 14 + size + i * entry, 3);
    return true;
}

static bool read_masks(const unsigned char *p, size_t len, uint32_t size, uint32_t compression, struct bmp *b,
                       struct fault *f)
{
    if (compression == 3 ||
        compression == 6) { /* BI_BITFIELDS: behind a 40-byte header or inside a longer one: the same place */
        if (len < 54 + 12)
            return fault_set(f, "format", "truncated");
        for (size_t i = 0; i < 3; i++)
            b->mask[i] = le32(p + 54 + 4 * i);
    } else if (b->bits == 16) {
        b->mask[0] = 0x7c00, b->mask[1] = 0x03e0, b->mask[2] = 0x001f;
    } else {
        b->mask[0] = 0xff0000, b->mask[1] = 0xff00, b->mask[2] = 0xff;
    }
    (void)size;
    return b->mask[0] && b->mask[1] && b->mask[2] ? true : fault_set(f, "format", "broken: bit fields");
}

static bool bmp_open(const unsigned char *p, size_t len, struct bmp *b, struct fault *f)
{
    memset(b, 0, sizeof *b);
    uint32_t size = le32(p + 14);
    if (size != 12 && (size < 40 || size > 4096))
        return fault_set(f, "format", "broken: header of %u bytes", size);
    if (14 + (size_t)size > len)
        return fault_set(f, "format", "truncated");
    if (!read_dimensions(p, size, b, f))
        return false;
    uint32_t compression = size == 12 ? 0 : le32(p + 30);
    bool deep = b->bits == 16 || b->bits == 32;
    if (compression != 0 && !((compression == 3 || compression == 6) && deep))
        return fault_set(f, "format", "compressed");
    if (b->bits != 1 && b->bits != 4 && b->bits != 8 && b->bits != 24 && !deep)
        return fault_set(f, "format", "broken: %d bits a pixel", b->bits);
    if (b->bits <= 8 ? !read_palette(p, len, size, b, f) : deep && !read_masks(p, len, size, compression, b, f))
        return false;
    b->pixels = le32(p + 10);
    b->stride = ((size_t)b->width * (size_t)b->bits + 31) / 32 * 4;
    if (b->pixels < 14 + (size_t)size || b->pixels > len || b->stride * (size_t)b->height > len - b->pixels)
        return fault_set(f, "format", "truncated");
    return true;
}

bool bmp_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f)
{
    struct bmp b;
    if (!bmp_open(p, len, &b, f))
        return false;
    out->width = b.width;
    out->height = b.height;
    return true;
}

static unsigned char field(uint32_t v, uint32_t mask)
{
    int shift = __builtin_ctz(mask);
    uint32_t most = mask >> shift;
    return (unsigned char)((uint64_t)((v & mask) >> shift) * 255 / most);
}

static void read_row(const struct bmp *b, const unsigned char *src, unsigned char *dst)
{
    for (int x = 0; x < b->width; x++, dst += 4) {
        if (b->bits <= 8) {
            int per_byte = 8 / b->bits;
            int shift = 8 - b->bits * (x % per_byte + 1);
            memcpy(dst, b->palette[src[x / per_byte] >> shift & ((1 << b->bits) - 1)], 3);
        } else if (b->bits == 24) {
            memcpy(dst, src + (size_t)x * 3, 3);
        } else {
            uint32_t v = b->bits == 16 ? le16(src + (size_t)x * 2) : le32(src + (size_t)x * 4);
            for (int c = 0; c < 3; c++)
                dst[2 - c] = field(v, b->mask[c]);
        }
        dst[3] = 255;
    }
}

bool bmp_decode(const unsigned char *p, size_t len, int shrink, struct image *out, struct fault *f)
{
    struct bmp b;
    struct shrinker s;
    struct image m;
    if (!bmp_open(p, len, &b, f) || !shrinker_init(&s, b.width, b.height, shrink, &m, f))
        return false;
    AUTOFREE unsigned char *row = xmalloc((size_t)b.width * 4);
    for (int y = 0; y < b.height; y++) {
        size_t from = (size_t)(b.top_down ? y : b.height - 1 - y);
        read_row(&b, p + b.pixels + from * b.stride, row);
        shrinker_row(&s, row);
    }
    shrinker_finish(&s);
    *out = m;
    return true;
}
