#include "app/worker/sniff.h"

#include <string.h>

const char *const image_kind_names[] = {
    [IMAGE_UNKNOWN] = "unknown", [IMAGE_JPG] = "jpg", [IMAGE_PNG] = "png", [IMAGE_BMP] = "bmp", [IMAGE_PDF] = "pdf"};

enum image_kind image_sniff(const unsigned char *p, size_t len)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (len >= 3 && p[0] == 0xff && p[1] == 0xd8 && p[2] == 0xff)
        return IMAGE_JPG;
    if (len >= sizeof png && !memcmp(p, png, sizeof png))
        return IMAGE_PNG;
    if (len >= 26 && p[0] == 'B' && p[1] == 'M')
        return IMAGE_BMP;
    if (len >= 5 && memmem(p, len < 1024 ? len : 1024, "%PDF-", 5)) /* ISO 32000: within the first 1024 bytes */
        return IMAGE_PDF;
    return IMAGE_UNKNOWN;
}
