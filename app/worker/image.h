/* image.h — untrusted JPEG, PNG and BMP bytes to pixels and back. Kind by magic bytes, size from the header, limits
 * before anything is allocated. Runs in locked children only. */
#ifndef BULU_WORKER_IMAGE_H
#define BULU_WORKER_IMAGE_H

#include "app/worker/job.h"
#include "app/worker/sniff.h"

#define IMAGE_MAX_PIXELS (64u << 20)
#define IMAGE_MAX_SIDE   32767
#define IMAGE_MAX_BYTES  (32u << 20) /* of a file */

/* 4 bytes a pixel: B, G, R, 255 (SDL's XRGB8888 on little endian); rows without gaps. */
struct image {
    unsigned char *px;
    int width, height;
};
void image_finish(struct image *m);
static inline void image_cleanup(struct image *m)
{
    image_finish(m);
}
bool image_make(struct image *m, int width, int height, struct fault *f) WARN_UNUSED; /* pixels undefined */

struct image_head {
    enum image_kind kind;
    int width, height; /* as a person sees it: after orientation */
    int orientation;   /* EXIF, 1–8 */
};
bool image_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f) WARN_UNUSED;
/* Upright pixels. May come smaller than the head says, but no side below least (0: full size). */
bool image_decode(const unsigned char *p, size_t len, int least_width, int least_height, struct image *out,
                  struct fault *f) WARN_UNUSED;

/* Area average down, bilinear up. */
bool image_scale(const struct image *in, int width, int height, struct image *out, struct fault *f) WARN_UNUSED;
/* Quarter turns clockwise (0–3), after mirroring left-right when mirror. Replaces *m. */
bool image_turn(struct image *m, int quarters, bool mirror, struct fault *f) WARN_UNUSED;

/* Leaves of *m what is inside; the rectangle lies in it. */
void image_cut(struct image *m, int x, int y, int width, int height);

/* JPEG of at most max_bytes: the best quality from 90 down to 40, then smaller pixels. *out: malloc'ed. *m may be
 * replaced by what was encoded. No metadata is written. */
bool image_encode_jpeg(struct image *m, size_t max_bytes, bool grey, unsigned char **out, size_t *len,
                       struct fault *f) WARN_UNUSED;

/* --- one decoder a file; each is given its own kind only --- */
bool png_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f) WARN_UNUSED;
bool png_decode(const unsigned char *p, size_t len, int shrink, struct image *out, struct fault *f) WARN_UNUSED;
bool bmp_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f) WARN_UNUSED;
bool bmp_decode(const unsigned char *p, size_t len, int shrink, struct image *out, struct fault *f) WARN_UNUSED;
bool jpeg_head(const unsigned char *p, size_t len, struct image_head *out, struct fault *f) WARN_UNUSED;
bool jpeg_decode(const unsigned char *p, size_t len, int shrink, struct image *out, struct fault *f) WARN_UNUSED;

/* Rows in, an image shrunk by a whole factor out: large pictures never stand in memory whole. */
struct shrinker {
    int factor, width, height; /* of the rows that come */
    struct image *out;
    uint32_t *sums;
    int row;
};
bool shrinker_init(struct shrinker *s, int width, int height, int factor, struct image *out,
                   struct fault *f) WARN_UNUSED;
void shrinker_row(struct shrinker *s, const unsigned char *bgrx);
void shrinker_finish(struct shrinker *s);

#endif
