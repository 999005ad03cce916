#include "app/worker/escpos.h"

#include <string.h>

void escpos_band(int row_bytes, int rows, unsigned char out[ESCPOS_BAND_HEAD])
{
    const unsigned char head[ESCPOS_BAND_HEAD] = {0x1d,
                                                  'v',
                                                  '0',
                                                  0,
                                                  (unsigned char)row_bytes,
                                                  (unsigned char)(row_bytes >> 8),
                                                  (unsigned char)rows,
                                                  (unsigned char)(rows >> 8)};
    memcpy(out, head, sizeof head);
}

bool escpos_is_status(unsigned char c)
{
    return (c & 0x93) == 0x12;
}

bool escpos_is_done(unsigned char c)
{
    return (c & 0x90) == 0;
}

void escpos_take(struct escpos_status *s, int question, unsigned char c)
{
    enum { PRINTER, WHY, ERROR, PAPER };
    if (question < 0 || question >= ESCPOS_QUESTIONS || !escpos_is_status(c))
        return;
    s->known[question] = true;
    switch (question) {
    case PRINTER:
        s->offline = c & 0x08;
        break;
    case WHY:
        s->cover_open = c & 0x04;
        s->paper_out = s->paper_out || c & 0x20;
        break;
    case ERROR:
        s->cutter = c & 0x08;
        s->broken = c & 0x24;
        s->hot = c & 0x40;
        break;
    case PAPER:
        s->near_end = c & 0x0c;
        s->paper_out = s->paper_out || (c & 0x60) == 0x60;
        break;
    }
}

const char *escpos_trouble(const struct escpos_status *s)
{
    return s->cover_open  ? "cover_open"
           : s->paper_out ? "paper_out"
           : s->cutter    ? "cutter"
           : s->broken    ? "broken"
           : s->hot       ? "hot"
           : s->offline   ? "offline"
                          : NULL;
}
