/* Caret, hit and selection on a layout. Coordinates: a block of the layout's width, its lines aligned at the start.
 * Between two characters of different direction a caret has two places; it stands behind the character before it, where
 * typing goes on, unless only the one behind runs in the paragraph's direction. */
#include "app/ui/text_internal.h"

#include <stdlib.h>

/* The line that holds byte; behind a break between lines, the later one. */
static const struct line *line_of(const struct layout *l, uint32_t glyph)
{
    const struct line *line = &l->lines[0];
    for (size_t i = 1; i < l->n_lines; i++)
        if (l->lines[i].from <= glyph)
            line = &l->lines[i];
    return line;
}

static uint32_t glyph_of(const struct layout *l, size_t byte)
{
    uint32_t lo = 0, hi = (uint32_t)l->n_glyphs;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (l->glyphs[mid].at < byte)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo > 0 && lo < l->n_glyphs && !l->glyphs[lo].cluster)
        lo--;
    return lo;
}

static size_t byte_of(const struct layout *l, uint32_t glyph)
{
    return glyph < l->n_glyphs ? l->glyphs[glyph].at : l->len;
}

static const struct piece *piece_with(const struct layout *l, const struct line *line, uint32_t glyph)
{
    for (size_t i = line->first; i < line->first + line->n; i++)
        if (l->pieces[i].from <= glyph && glyph < l->pieces[i].to)
            return &l->pieces[i];
    return NULL;
}

/* x of the border before glyph `at` (piece.from … piece.to), inside the line. */
static int border_x(const struct layout *l, const struct piece *p, uint32_t at)
{
    int along = piece_prefix(l, p, at - p->from);
    return p->x + (p->level & 1 ? p->advance - along : along);
}

void text_caret(const struct text_layout *pub, size_t byte, int *x, int *y)
{
    const struct layout *l = (const struct layout *)pub;
    uint32_t glyph = glyph_of(l, byte < l->len ? byte : l->len);
    const struct line *line = line_of(l, glyph);
    const struct piece *after = piece_with(l, line, glyph);
    const struct piece *before = glyph > line->from ? piece_with(l, line, glyph - 1) : NULL;
    bool base = l->order;
    int at;
    if (before && after && before != after && (before->level & 1) != base && (after->level & 1) == base)
        at = border_x(l, after, glyph);
    else if (before)
        at = border_x(l, before, glyph);
    else if (after)
        at = border_x(l, after, glyph);
    else
        at = base ? line->width : 0;
    *x = line->start + at;
    *y = (int)(line - l->lines) * pub->line_height;
}

/* The border of a cluster of p nearest to x. */
static uint32_t nearest_border(const struct layout *l, const struct piece *p, int x)
{
    uint32_t best = p->from;
    int least = abs(border_x(l, p, p->from) - x);
    for (uint32_t g = p->from + 1; g <= p->to; g++) {
        if (g < p->to && !l->glyphs[g].cluster)
            continue;
        int far = abs(border_x(l, p, g) - x);
        if (far < least) {
            least = far;
            best = g;
        }
    }
    return best;
}

size_t text_hit(const struct text_layout *pub, int x, int y)
{
    const struct layout *l = (const struct layout *)pub;
    if (l->n_lines == 0 || l->n_glyphs == 0)
        return 0;
    int row = pub->line_height > 0 ? y / pub->line_height : 0;
    row = y < 0 ? 0 : row >= (int)l->n_lines ? (int)l->n_lines - 1 : row;
    const struct line *line = &l->lines[row];
    const struct piece *nearest = NULL;
    int least = INT32_MAX;
    x -= line->start;
    for (size_t i = line->first; i < line->first + line->n; i++) {
        const struct piece *p = &l->pieces[i];
        if (p->from == p->to)
            continue; /* the ellipsis */
        int far = x < p->x ? p->x - x : x > p->x + p->advance ? x - p->x - p->advance : 0;
        if (far < least) {
            least = far;
            nearest = p;
        }
    }
    if (!nearest)
        return byte_of(l, line->from);
    uint32_t at = nearest_border(l, nearest, x);
    /* Behind the last character of a broken line is the start of the next: stay before the blank or the line's end. */
    if (at >= line->to && row + 1 < (int)l->n_lines && at > line->from)
        for (at--; at > line->from && !l->glyphs[at].cluster;)
            at--;
    return byte_of(l, at);
}

int text_selection(const struct text_layout *pub, size_t from, size_t to, struct rect *out, int max)
{
    const struct layout *l = (const struct layout *)pub;
    uint32_t a = glyph_of(l, from), b = glyph_of(l, to < l->len ? to : l->len);
    int n = 0;
    for (size_t row = 0; row < l->n_lines && a < b; row++) {
        const struct line *line = &l->lines[row];
        for (size_t i = line->first; i < line->first + line->n; i++) {
            const struct piece *p = &l->pieces[i];
            uint32_t first = a > p->from ? a : p->from, last = b < p->to ? b : p->to;
            if (first >= last)
                continue;
            int x0 = border_x(l, p, first), x1 = border_x(l, p, last);
            struct rect r = {line->start + (x0 < x1 ? x0 : x1), (int)row * pub->line_height, abs(x1 - x0),
                             pub->line_height};
            if (n > 0 && out[n - 1].y == r.y && out[n - 1].x + out[n - 1].w == r.x)
                out[n - 1].w += r.w;
            else if (n < max)
                out[n++] = r;
        }
    }
    return n;
}
