/* font.h — faces and glyph runs by SDL2_ttf (HarfBuzz inside). One TTF_Font per face with TTF_SetFontSize; no SDL type
 * here. */
#ifndef BULU_SHELL_FONT_H
#define BULU_SHELL_FONT_H

#include "sync/base/err.h"

#include <stddef.h>
#include <stdint.h>

enum face {
    FACE_SANS, /* Chinese, Latin, Cyrillic, signs */
    FACE_SANS_BOLD,
    FACE_ARABIC, /* Uyghur, Kazakh */
    FACE_ARABIC_BOLD,
    FACE_LATIN, /* what the Chinese face has in full width only or not at all: ‘ ’ “ ” beside Latin letters, Cyrillic */
    FACE_LATIN_BOLD,
    FACE_RARE, /* the Han characters of the supplementary planes */
    FACE_COUNT
};
struct fonts;
/* fonts_dir: manifest.json (which Debian file holds which face, index in the .ttc, scale in
 * per cent of the asked size, so that scripts look equally large) and the first-paint subset beside
 * it. */
struct fonts *fonts_open(const char *fonts_dir, struct err *e) WARN_UNUSED;
void fonts_close(struct fonts *f);
bool font_has(struct fonts *f, enum face face, uint32_t cp);
struct font_metrics {
    int ascent, descent, line;
};
struct font_metrics font_metrics(struct fonts *f, enum face face, int px);
/* Shapes and rasterises one run (one face, one direction, one script: ISO 15924, e.g. "Arab"). Coverage 0–255, cut to
 * the ink; caller frees it. False: no file of the face could be opened. */
struct run_bitmap {
    uint8_t *coverage;
    int width, height, stride;
    int left;   /* from the pen to the bitmap's left edge; negative when a glyph hangs out */
    int ascent; /* from the bitmap's top down to the baseline */
    int advance;
};
bool font_run(struct fonts *f, enum face face, int px, const char *text, bool rtl, const char *script,
              struct run_bitmap *out);
int font_advance(struct fonts *f, enum face face, int px, const char *text, bool rtl,
                 const char *script); /* without rasterising */

#endif
