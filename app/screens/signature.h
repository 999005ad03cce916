/* signature.h — the strokes of a signature as a picture. */
#ifndef BULU_SCREENS_SIGNATURE_H
#define BULU_SCREENS_SIGNATURE_H

#include "sync/base/str.h"

struct app;

/* strokes: "x,y,t x,y,t … ; x,y,t …" as ui_signature tells them; anything else in it is skipped. Appends a BMP (8-bit
 * grey, black on white, fitted into 600 × 240). False when there is no stroke. */
bool signature_bmp(const char *strokes, struct str *out);
/* Makes the picture the answer of a field of type signature; no strokes: takes the answer away. */
void signature_take(struct app *a, const char *path_id, const char *strokes);

#endif
