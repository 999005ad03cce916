/* text_internal.h — the inside of a layout, between text.c (layouts), text_item.c (analysis) and text_caret.c. */
#ifndef BULU_UI_TEXT_INTERNAL_H
#define BULU_UI_TEXT_INTERNAL_H

#include "app/ui/text.h"
#include "app/ui/text_run.h"

enum script { SCRIPT_COMMON, SCRIPT_LATIN, SCRIPT_HAN, SCRIPT_ARABIC, SCRIPT_CYRILLIC, SCRIPT_GREEK };
const char *script_tag(enum script s); /* ISO 15924 */

/* What is known of each code point of a text. */
struct glyph_info {
    uint32_t cp;
    uint32_t at; /* byte offset */
    uint8_t bytes;
    uint8_t level; /* of FriBidi */
    uint8_t script, face;
    bool skip; /* takes no room: directional controls, line ends */
    bool space;
    bool alone;   /* a run of its own: Han and full-width signs are not shaped with their neighbours */
    bool cluster; /* first of a grapheme */
    char brk;     /* after it: 0 must break, 1 may, 2 may not */
};
/* Whether there is any letter that is written from right to left. */
bool text_has_rtl(const char *text, size_t len);
/* Caller frees. base_rtl: the paragraphs' direction. */
struct glyph_info *text_analyse(struct fonts *fonts, const char *text, size_t len, bool base_rtl, bool bold,
                                bool tabular, size_t *n);

/* A piece: what is placed as one, between two points where something changes or a line may break. */
struct piece {
    uint32_t from, to;    /* glyph_info indices */
    struct text_run *run; /* NULL: blank or nothing */
    int advance, x;       /* x: from the line's left edge, after ordering */
    int ink_x;            /* of the run's pen inside the piece: figures of one width */
    uint8_t level;
    bool space;
};
struct line {
    size_t first, n;   /* pieces, in visual order */
    uint32_t from, to; /* glyph_info indices */
    int width;         /* blanks at its end are left out */
    int start;         /* x of its left edge in a block of the layout's width, aligned at the start */
};
struct layout {
    struct text_layout pub; /* first */
    struct text_system *t;
    struct layout *next;
    uint64_t hash, used; /* used: frame */
    char *text;
    size_t len;
    struct text_style style;
    int max_width, max_lines, line_height;
    bool rtl;   /* what its lines are aligned to */
    bool order; /* the paragraph's direction */
    struct glyph_info *glyphs;
    size_t n_glyphs;
    struct piece *pieces;
    size_t n_pieces;
    struct line *lines;
    size_t n_lines;
};

struct run_cache *text_runs(struct text_system *t);
/* Width of the first n glyphs (logical order) of a piece. */
int piece_prefix(const struct layout *l, const struct piece *p, uint32_t n);

#endif
