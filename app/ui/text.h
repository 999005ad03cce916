/* text.h — text from the string to runs: FriBidi orders, the fallback chain picks faces, libunibreak and kinsoku break
 * lines, SDL2_ttf shapes (app/shell/font.h); rendered runs are cached by (face, size, direction, text). UI thread. */
#ifndef BULU_UI_TEXT_H
#define BULU_UI_TEXT_H

#include "app/shell/font.h"
#include "app/shell/shell.h"

struct text_system;
struct text_system *text_create(struct fonts *fonts);
void text_destroy(struct text_system *t);

struct text_style {
    int px;
    bool bold;
    bool tabular; /* figures of one width */
};
/* A laid-out paragraph, cached inside t by (text, style, width, direction); valid until the next text_frame. */
struct text_layout {
    int width, height, lines; /* width: of the longest line; height: lines × line height */
    int baseline;             /* of the first line from the top */
    int line_height;
    bool cut; /* max_lines was reached; the last line ends in … */
};
/* width 0: one line, not broken. rtl: base direction of the paragraph (first-strong isolates inside are obeyed);
 * a text without any right-to-left letter, as a date or words not yet translated, keeps its own order and is only aligned. line_height in 1/100 of px: 140 for body, 130 for titles. */
const struct text_layout *text_lay(struct text_system *t, const char *text, struct text_style style, int width,
                                   int max_lines, bool rtl, int line_height);
struct draw;
enum text_align { ALIGN_START, ALIGN_CENTER, ALIGN_END };
/* x, y: top left of the box of box_width. */
void text_draw(struct text_system *t, struct draw *d, const struct text_layout *l, int x, int y, int box_width,
               enum text_align align, uint32_t color);
/* Caret and selection: byte offset ↔ position inside the layout (bidi-correct, on grapheme borders by utf8proc).
 * Coordinates are those of a block of the layout's own width, lines aligned at the start: with ALIGN_START in a wider
 * box, right-to-left texts stand box_width − layout.width further right. y is the top of the line. */
void text_caret(const struct text_layout *l, size_t byte, int *x, int *y);
size_t text_hit(const struct text_layout *l, int x, int y);
int text_selection(const struct text_layout *l, size_t from, size_t to, struct rect *out, int max);
/* Once a frame, not between draw_begin and draw_end: drops layouts and runs that were not used for a while (the run
 * cache is bounded in bytes). */
void text_frame(struct text_system *t);
/* Wipe: overwrites and drops every layout and run; not between draw_begin and draw_end. */
void text_forget(struct text_system *t);
size_t text_next_grapheme(const char *text, size_t len, size_t at);
size_t text_prev_grapheme(const char *text, size_t len, size_t at);

#endif
