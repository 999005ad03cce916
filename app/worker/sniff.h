/* sniff.h — what bytes are, by their first ones alone; never by a name. Cheap enough and simple enough for the app
 * itself. */
#ifndef BULU_WORKER_SNIFF_H
#define BULU_WORKER_SNIFF_H

#include <stddef.h>

enum image_kind { IMAGE_UNKNOWN, IMAGE_JPG, IMAGE_PNG, IMAGE_BMP, IMAGE_PDF };
extern const char *const image_kind_names[]; /* "unknown", "jpg", "png", "bmp", "pdf" */
enum image_kind image_sniff(const unsigned char *p, size_t len);

#endif
