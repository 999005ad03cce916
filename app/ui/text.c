/* A text is analysed (text_item.c), cut into pieces that are measured one by one and cached as runs, filled into lines,
 * and each line's pieces put into visual order. Since pieces end where a line may break, a word or a Han character is
 * shaped once, whatever the width of the box. Lines sit by the size alone, not by a face's ascent: a fallback moves
 * nothing. */
#include "app/ui/text.h"

#include "app/ui/draw.h"
#include "app/ui/text_internal.h"
#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#include <linebreak.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define RUN_BYTES      (6u << 20)
#define LAYOUT_BUCKETS 1024
#define LAYOUTS_KEPT   1500
#define FRAMES_KEPT    600
#define ELLIPSIS       "…"

struct text_system {
    struct fonts *fonts;
    struct run_cache *runs;
    struct layout *buckets[LAYOUT_BUCKETS];
    size_t n;
    uint64_t frame;
};

struct text_system *text_create(struct fonts *fonts)
{
    struct text_system *t = xcalloc(1, sizeof *t);
    t->fonts = fonts;
    t->runs = run_cache_create(fonts, RUN_BYTES);
    t->frame = 1;
    return t;
}

struct run_cache *text_runs(struct text_system *t)
{
    return t->runs;
}

static void pieces_drop(struct layout *l)
{
    for (size_t i = 0; i < l->n_pieces; i++)
        if (l->pieces[i].run)
            run_release(l->t->runs, l->pieces[i].run);
    free(l->pieces);
    l->pieces = NULL;
    l->n_pieces = 0;
}

static void layout_free(struct layout *l)
{
    pieces_drop(l);
    free(l->lines);
    explicit_bzero(l->glyphs, l->n_glyphs * sizeof *l->glyphs);
    free(l->glyphs);
    explicit_bzero(l->text, l->len);
    free(l->text);
    free(l);
}

static void layouts_drop(struct text_system *t, uint64_t unused_since)
{
    for (size_t i = 0; i < LAYOUT_BUCKETS; i++)
        for (struct layout **at = &t->buckets[i]; *at;) {
            struct layout *l = *at;
            if (l->used >= unused_since) {
                at = &l->next;
                continue;
            }
            *at = l->next;
            layout_free(l);
            t->n--;
        }
}

void text_destroy(struct text_system *t)
{
    if (!t)
        return;
    layouts_drop(t, UINT64_MAX);
    run_cache_destroy(t->runs);
    free(t);
}

void text_frame(struct text_system *t)
{
    if (t->n > LAYOUTS_KEPT)
        layouts_drop(t, t->frame);
    else if (t->frame % 64 == 0 && t->frame > FRAMES_KEPT)
        layouts_drop(t, t->frame - FRAMES_KEPT);
    run_cache_frame(t->runs);
    t->frame++;
}

void text_forget(struct text_system *t)
{
    layouts_drop(t, UINT64_MAX);
    run_cache_forget(t->runs);
}

/* --- pieces --- */

static enum face face_at(const struct glyph_info *g)
{
    return (enum face)g->face;
}

static bool pieces_join(const struct glyph_info *a, const struct glyph_info *b)
{
    if (!b->cluster)
        return true;
    return a->brk == LINEBREAK_NOBREAK && !a->alone && !b->alone && a->space == b->space && a->level == b->level &&
           a->face == b->face && a->script == b->script;
}

/* Bytes of glyphs [from, to) without what takes no room. Joiners stay: they shape. */
static void piece_text(const struct layout *l, uint32_t from, uint32_t to, struct str *out)
{
    for (uint32_t i = from; i < to; i++) {
        const struct glyph_info *g = &l->glyphs[i];
        if (!g->skip || g->cp == 0x200c || g->cp == 0x200d)
            str_add(out, l->text + g->at, g->bytes);
    }
}

static int figure_width(struct layout *l, enum face face)
{
    int widest = 0;
    for (int i = 0; i < 10; i++) {
        struct text_run *r = run_get(l->t->runs, face, l->style.px, false, "Latn", &"0123456789"[i], 1);
        widest = r->advance > widest ? r->advance : widest;
        run_release(l->t->runs, r);
    }
    return widest;
}

static void piece_measure(struct layout *l, struct piece *p)
{
    CLEANUP(str) struct str bytes = {0};
    piece_text(l, p->from, p->to, &bytes);
    const struct glyph_info *g = &l->glyphs[p->from];
    for (uint32_t i = p->from; i < p->to && g->skip; i++)
        g = &l->glyphs[i]; /* the first that is seen says face and script */
    p->level = g->level;
    p->space = g->space;
    p->run = NULL;
    p->advance = p->ink_x = 0;
    if (!bytes.len || g->skip)
        return;
    struct text_run *run = run_get(l->t->runs, face_at(g), l->style.px, g->level & 1,
                                   script_tag((enum script)g->script), bytes.p, bytes.len);
    p->advance = run->advance;
    if (p->space) {
        run_release(l->t->runs, run);
        return;
    }
    p->run = run;
    if (l->style.tabular && bytes.len == 1 && bytes.p[0] >= '0' && bytes.p[0] <= '9') {
        p->advance = figure_width(l, face_at(g));
        p->ink_x = (p->advance - run->advance) / 2;
    }
}

static void pieces_make(struct layout *l)
{
    l->pieces = xcalloc(l->n_glyphs + 1, sizeof *l->pieces);
    uint32_t from = 0;
    while (from < l->n_glyphs) {
        uint32_t to = from + 1;
        while (to < l->n_glyphs && pieces_join(&l->glyphs[to - 1], &l->glyphs[to]))
            to++;
        struct piece *p = &l->pieces[l->n_pieces++];
        p->from = from;
        p->to = to;
        piece_measure(l, p);
        from = to;
    }
}

int piece_prefix(const struct layout *l, const struct piece *p, uint32_t n)
{
    if (n == 0)
        return 0;
    if (p->from + n >= p->to)
        return p->advance;
    CLEANUP(str) struct str bytes = {0};
    piece_text(l, p->from, p->from + n, &bytes);
    if (!bytes.len)
        return 0;
    const struct glyph_info *g = &l->glyphs[p->from];
    while (g->skip && g < &l->glyphs[p->to - 1])
        g++;
    int x =
        font_advance(l->t->fonts, face_at(g), l->style.px, bytes.p, g->level & 1, script_tag((enum script)g->script));
    return x < p->advance ? x : p->advance;
}

/* Cuts piece i behind its n-th glyph. */
static void piece_split(struct layout *l, size_t i, uint32_t n)
{
    memmove(&l->pieces[i + 1], &l->pieces[i], (l->n_pieces - i) * sizeof *l->pieces);
    l->n_pieces++;
    if (l->pieces[i].run)
        run_release(l->t->runs, l->pieces[i].run);
    l->pieces[i].to = l->pieces[i + 1].from = l->pieces[i].from + n;
    piece_measure(l, &l->pieces[i]);
    piece_measure(l, &l->pieces[i + 1]);
}

/* How many glyphs of piece i fit into width, on a grapheme's border; 0: none. */
static uint32_t piece_fits(const struct layout *l, size_t i, int width)
{
    const struct piece *p = &l->pieces[i];
    uint32_t best = 0;
    for (uint32_t n = 1; n < p->to - p->from; n++)
        if (l->glyphs[p->from + n].cluster) {
            if (piece_prefix(l, p, n) > width)
                break;
            best = n;
        }
    return best;
}

/* The first cluster's glyphs: what a line takes even when it is too narrow for anything. */
static uint32_t piece_first_cluster(const struct layout *l, size_t i)
{
    const struct piece *p = &l->pieces[i];
    uint32_t n = 1;
    while (p->from + n < p->to && !l->glyphs[p->from + n].cluster)
        n++;
    return n;
}

/* --- lines --- */

static char piece_break(const struct layout *l, size_t i)
{
    return l->glyphs[l->pieces[i].to - 1].brk;
}

/* Where the line that starts with piece `first` ends (exclusive). May cut a piece that is longer than a line. */
static size_t line_end_at(struct layout *l, size_t first)
{
    int width = 0, inked = 0;
    size_t may = first; /* the last place where it may break */
    for (size_t i = first; i < l->n_pieces; i++) {
        width += l->pieces[i].advance;
        if (!l->pieces[i].space && l->pieces[i].advance > 0)
            inked = width;
        if (l->max_width > 0 && inked > l->max_width) {
            if (may > first)
                return may;
            int before = width - l->pieces[i].advance;
            uint32_t n = piece_fits(l, i, l->max_width - before);
            if (n == 0 && i > first)
                return i;
            if (n == 0)
                n = piece_first_cluster(l, i);
            if (n < l->pieces[i].to - l->pieces[i].from)
                piece_split(l, i, n);
            return i + 1;
        }
        if (piece_break(l, i) == LINEBREAK_MUSTBREAK && l->max_width > 0)
            return i + 1;
        if (piece_break(l, i) == LINEBREAK_ALLOWBREAK)
            may = i + 1;
    }
    return l->n_pieces;
}

/* The last line that there is room for: as much as fits before …, which gets a piece of its own at the end. */
static size_t line_cut(struct layout *l, size_t first)
{
    enum face face = l->style.bold ? FACE_SANS_BOLD : FACE_SANS;
    struct text_run *dots = run_get(l->t->runs, face, l->style.px, false, "Latn", ELLIPSIS, strlen(ELLIPSIS));
    int room = l->max_width - dots->advance;
    size_t end = first;
    for (; end < l->n_pieces && room >= l->pieces[end].advance && piece_break(l, end) != LINEBREAK_MUSTBREAK; end++)
        room -= l->pieces[end].advance;
    if (end < l->n_pieces && room < l->pieces[end].advance) {
        uint32_t n = piece_fits(l, end, room);
        if (n > 0)
            piece_split(l, end++, n);
    }
    while (end > first && l->pieces[end - 1].space)
        end--;
    /* What is cut off is not laid out; the ellipsis takes its place in the table. */
    for (size_t i = end; i < l->n_pieces; i++)
        if (l->pieces[i].run)
            run_release(l->t->runs, l->pieces[i].run);
    uint32_t at = end < l->n_pieces ? l->pieces[end].from : (uint32_t)l->n_glyphs;
    l->pieces[end] = (struct piece){.from = at, .to = at, .run = dots, .advance = dots->advance, .level = l->order};
    l->n_pieces = end + 1;
    return l->n_pieces;
}

/* Rule L2 of UAX #9 over pieces; rule L1 before it: blanks at the end go to the paragraph's side. */
static void line_order(struct layout *l, struct line *line)
{
    struct piece *p = &l->pieces[line->first];
    size_t n = line->n;
    for (size_t i = n; i > 0 && !p[i - 1].run; i--)
        p[i - 1].level = l->order;
    uint8_t highest = 0;
    for (size_t i = 0; i < n; i++)
        highest = p[i].level > highest ? p[i].level : highest;
    for (uint8_t level = highest; level > 0; level--)
        for (size_t from = 0; from < n; from++) {
            if (p[from].level < level)
                continue;
            size_t to = from;
            while (to < n && p[to].level >= level)
                to++;
            for (size_t a = from, b = to - 1; a < b; a++, b--) {
                struct piece swap = p[a];
                p[a] = p[b];
                p[b] = swap;
            }
            from = to;
        }
}

/* Gives pieces their x; blanks at the logical end hang over the line's far edge and do not count. */
static void line_place(struct layout *l, struct line *line)
{
    int hanging = 0;
    for (size_t i = line->n; i > 0 && !l->pieces[line->first + i - 1].run; i--)
        hanging += l->pieces[line->first + i - 1].advance;
    line->from = l->pieces[line->first].from;
    line->to = l->pieces[line->first + line->n - 1].to;
    line_order(l, line);
    int x = l->order ? -hanging : 0;
    for (size_t i = 0; i < line->n; i++) {
        l->pieces[line->first + i].x = x;
        x += l->pieces[line->first + i].advance;
    }
    line->width = l->order ? x : x - hanging;
}

static void lines_make(struct layout *l)
{
    size_t cap = 0, first = 0;
    do {
        size_t end = line_end_at(l, first);
        if (l->max_lines > 0 && l->max_width > 0 && l->n_lines + 1 == (size_t)l->max_lines && end < l->n_pieces) {
            end = line_cut(l, first);
            l->pub.cut = true;
        }
        if (l->n_lines == cap) {
            cap = cap ? cap * 2 : 4;
            l->lines = xrealloc(l->lines, cap * sizeof *l->lines);
        }
        struct line *line = &l->lines[l->n_lines++];
        *line = (struct line){.first = first, .n = end - first};
        if (line->n > 0)
            line_place(l, line);
        if (line->width > l->pub.width)
            l->pub.width = line->width;
        first = end;
    } while (first < l->n_pieces);
    /* An end of line at the very end opens an empty last line: the caret stands there. */
    if (l->n_glyphs && l->max_width > 0 && !l->pub.cut && l->glyphs[l->n_glyphs - 1].brk == LINEBREAK_MUSTBREAK &&
        (l->max_lines <= 0 || l->n_lines < (size_t)l->max_lines)) {
        l->lines = xrealloc(l->lines, (l->n_lines + 1) * sizeof *l->lines);
        l->lines[l->n_lines++] =
            (struct line){.first = l->n_pieces, .from = (uint32_t)l->n_glyphs, .to = (uint32_t)l->n_glyphs};
    }
    for (size_t i = 0; i < l->n_lines; i++)
        l->lines[i].start = l->rtl ? l->pub.width - l->lines[i].width : 0;
}

/* --- layouts --- */

static uint64_t layout_hash(const char *text, size_t len, struct text_style style, int width, int max_lines, bool rtl,
                            int line_height)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
    uint64_t rest[] = {(uint64_t)style.px << 3 | (uint64_t)style.bold << 2 | (uint64_t)style.tabular << 1 | rtl,
                       (uint64_t)width, (uint64_t)max_lines, (uint64_t)line_height};
    for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
        h = (h ^ rest[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return h;
}

static bool layout_is(const struct layout *l, uint64_t hash, const char *text, size_t len, struct text_style style,
                      int width, int max_lines, bool rtl, int line_height)
{
    return l->hash == hash && l->len == len && l->style.px == style.px && l->style.bold == style.bold &&
           l->style.tabular == style.tabular && l->max_width == width && l->max_lines == max_lines && l->rtl == rtl &&
           l->line_height == line_height && memcmp(l->text, text, len) == 0;
}

static void layout_make(struct layout *l)
{
    l->order = l->rtl && text_has_rtl(l->text, l->len);
    l->glyphs = text_analyse(l->t->fonts, l->text, l->len, l->order, l->style.bold, l->style.tabular, &l->n_glyphs);
    pieces_make(l);
    /* Cutting long pieces needs at most a piece a glyph, and one for the ellipsis. */
    lines_make(l);
    int px = l->style.px;
    l->pub.line_height = (px * l->line_height + 50) / 100;
    l->pub.lines = (int)l->n_lines;
    l->pub.height = l->pub.lines * l->pub.line_height;
    /* The middle of the em box of Han characters (0.88 above the baseline, 0.12 below) on the middle of the line. */
    l->pub.baseline = (l->pub.line_height - px) / 2 + (px * 88 + 50) / 100;
}

const struct text_layout *text_lay(struct text_system *t, const char *text, struct text_style style, int width,
                                   int max_lines, bool rtl, int line_height)
{
    size_t len = strlen(text);
    uint64_t hash = layout_hash(text, len, style, width, max_lines, rtl, line_height);
    struct layout **bucket = &t->buckets[hash % LAYOUT_BUCKETS];
    for (struct layout *l = *bucket; l; l = l->next)
        if (layout_is(l, hash, text, len, style, width, max_lines, rtl, line_height)) {
            l->used = t->frame;
            return &l->pub;
        }
    struct layout *l = xcalloc(1, sizeof *l);
    l->t = t;
    l->hash = hash;
    l->used = t->frame;
    l->text = xstrndup(text, len);
    l->len = len;
    l->style = style;
    l->max_width = width;
    l->max_lines = max_lines;
    l->rtl = rtl;
    l->line_height = line_height;
    layout_make(l);
    l->next = *bucket;
    *bucket = l;
    t->n++;
    return &l->pub;
}

void text_draw(struct text_system *t, struct draw *d, const struct text_layout *pub, int x, int y, int box_width,
               enum text_align align, uint32_t color)
{
    const struct layout *l = (const struct layout *)pub;
    for (size_t i = 0; i < l->n_lines; i++) {
        const struct line *line = &l->lines[i];
        int free_width = box_width - line->width;
        bool right = (align == ALIGN_END) != l->rtl;
        int left = x + (align == ALIGN_CENTER ? free_width / 2 : right ? free_width : 0);
        int baseline = y + (int)i * pub->line_height + pub->baseline;
        for (size_t k = line->first; k < line->first + line->n; k++)
            if (l->pieces[k].run)
                draw_run(d, left + l->pieces[k].x + l->pieces[k].ink_x, baseline, run_render(t->runs, l->pieces[k].run),
                         color);
    }
}

/* --- graphemes --- */

size_t text_next_grapheme(const char *text, size_t len, size_t at)
{
    if (at >= len)
        return len;
    utf8proc_int32_t state = 0;
    uint32_t before, cp;
    at += utf8_next(text + at, text + len, &before);
    while (at < len) {
        size_t used = utf8_next(text + at, text + len, &cp);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)cp, &state))
            break;
        before = cp;
        at += used;
    }
    return at;
}

size_t text_prev_grapheme(const char *text, size_t len, size_t at)
{
    size_t last = 0;
    for (size_t i = 0; i < at && i < len; i = text_next_grapheme(text, len, i))
        last = i;
    return last;
}
