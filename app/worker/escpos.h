/* escpos.h — what of ESC/POS a receipt needs: bits as raster bands (GS v 0) and the real-time status (DLE EOT n, GS r 1).
 * After Epson's published command reference; a byte of status has bit 1 and 4 set and bit 0 and 7 clear. Pure. */
#ifndef BULU_WORKER_ESCPOS_H
#define BULU_WORKER_ESCPOS_H

#include <stdbool.h>
#include <stddef.h>

#define ESCPOS_BAND      128 /* rows of one GS v 0: cheap printers lose longer ones */
#define ESCPOS_BAND_HEAD 8
#define ESCPOS_QUESTIONS 4 /* DLE EOT 1 printer, 2 why offline, 3 errors, 4 paper */

/* GS v 0, normal density: row_bytes × 8 dots wide. */
void escpos_band(int row_bytes, int rows, unsigned char out[ESCPOS_BAND_HEAD]);
/* Is this byte the answer to a DLE EOT, or else to GS r 1 (what was sent before has been printed)? */
bool escpos_is_status(unsigned char c);
bool escpos_is_done(unsigned char c);

struct escpos_status {
    bool known[ESCPOS_QUESTIONS]; /* answered; a printer with a one-way line answers nothing */
    bool offline, cover_open, paper_out, near_end, cutter, broken, hot;
};
/* The answer to DLE EOT (question + 1). */
void escpos_take(struct escpos_status *s, int question, unsigned char c);
/* The word of the worst that stands in the way of printing, NULL: nothing. */
const char *escpos_trouble(const struct escpos_status *s);

#endif
