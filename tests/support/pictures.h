/* pictures.h — pictures and documents made in memory: valid, and broken in the ways people and attackers break them. */
#ifndef BULU_TESTS_PICTURES_H
#define BULU_TESTS_PICTURES_H

#include "sync/base/str.h"

/* A page as scanned: dark lines of "text" on paper, turned clockwise by degrees, on a bed of that grey; B, G, R, X.
 * Caller frees. */
unsigned char *picture_page(int width, int height, double degrees, int bed, int paper_percent);
void picture_jpeg(struct str *out, const unsigned char *bgrx, int width, int height, int quality);
void picture_noise_jpeg(struct str *out, int width, int height, int quality); /* as large as JPEGs get */
/* Puts an EXIF orientation into a JPEG. */
void picture_set_orientation(struct str *jpeg, int orientation);
void picture_png(struct str *out, const unsigned char *bgrx, int width, int height);
/* Only the head of a PNG that says it is width × height, and an empty IDAT. */
void picture_png_bomb(struct str *out, uint32_t width, uint32_t height);
void picture_bmp24(struct str *out, const unsigned char *bgrx, int width, int height);
/* pages empty A4 pages with a filled box; script: with an /OpenAction in JavaScript. */
void picture_pdf(struct str *out, int pages, bool script);

#endif
