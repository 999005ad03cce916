/* What must be known of each character before lines can be made: its bidi level, script, face, whether a line may end
 * behind it. */
#include "app/ui/text_internal.h"

#include "sync/base/str.h"

#include <fribidi.h>
#include <linebreak.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct range {
    uint32_t from, to;
    uint8_t value;
};

/* Unicode blocks of the scripts of the kiosk's languages; everything else is common and follows its neighbour. */
static const struct range scripts[] = {
    {0x41, 0x5a, SCRIPT_LATIN},      {0x61, 0x7a, SCRIPT_LATIN},      {0xaa, 0xaa, SCRIPT_LATIN},
    {0xba, 0xba, SCRIPT_LATIN},      {0xc0, 0xd6, SCRIPT_LATIN},      {0xd8, 0xf6, SCRIPT_LATIN},
    {0xf8, 0x2af, SCRIPT_LATIN},     {0x370, 0x3ff, SCRIPT_GREEK},    {0x400, 0x52f, SCRIPT_CYRILLIC},
    {0x600, 0x6ff, SCRIPT_ARABIC},   {0x750, 0x77f, SCRIPT_ARABIC},   {0x8a0, 0x8ff, SCRIPT_ARABIC},
    {0x1e00, 0x1eff, SCRIPT_LATIN},  {0x2e80, 0x2fdf, SCRIPT_HAN},    {0x3001, 0x9fff, SCRIPT_HAN},
    {0xf900, 0xfaff, SCRIPT_HAN},    {0xfb50, 0xfdff, SCRIPT_ARABIC}, {0xfe30, 0xfe4f, SCRIPT_HAN},
    {0xfe70, 0xfeff, SCRIPT_ARABIC}, {0xff01, 0xffee, SCRIPT_HAN},    {0x20000, 0x3ffff, SCRIPT_HAN},
};

static enum script script_of(uint32_t cp)
{
    size_t lo = 0, hi = ARRAY_LEN(scripts);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (cp > scripts[mid].to)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < ARRAY_LEN(scripts) && cp >= scripts[lo].from ? (enum script)scripts[lo].value : SCRIPT_COMMON;
}

const char *script_tag(enum script s)
{
    static const char *const tags[] = {
        [SCRIPT_COMMON] = "Zyyy", [SCRIPT_LATIN] = "Latn",    [SCRIPT_HAN] = "Hani",
        [SCRIPT_ARABIC] = "Arab", [SCRIPT_CYRILLIC] = "Cyrl", [SCRIPT_GREEK] = "Grek",
    };
    return tags[s];
}

static bool invisible(uint32_t cp)
{
    return cp < 0x20 || cp == 0x7f || cp == 0xad || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
           (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0x2028 || cp == 0x2029;
}

static bool digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

static bool line_end(uint32_t cp)
{
    return cp == '\n' || cp == 0x2028 || cp == 0x2029;
}

static size_t decode(struct glyph_info *g, const char *text, size_t len)
{
    size_t n = 0;
    utf8proc_int32_t state = 0, before = 0;
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        size_t used = utf8_next(text + at, text + len, &cp);
        bool first = n == 0 || utf8proc_grapheme_break_stateful(before, (utf8proc_int32_t)cp, &state);
        before = (utf8proc_int32_t)cp;
        g[n++] = (struct glyph_info){.cp = cp,
                                     .at = (uint32_t)at,
                                     .bytes = (uint8_t)used,
                                     .skip = invisible(cp),
                                     .space = cp == ' ' || cp == '\t' || cp == 0xa0 || cp == 0x3000,
                                     .cluster = first};
        at += used;
    }
    return n;
}

/* --- order --- */

static void paragraph_levels(struct glyph_info *g, size_t n, bool rtl)
{
    FriBidiChar *s = xmalloc(n * sizeof *s);
    FriBidiCharType *types = xmalloc(n * sizeof *types);
    FriBidiBracketType *brackets = xmalloc(n * sizeof *brackets);
    FriBidiLevel *levels = xmalloc(n * sizeof *levels);
    for (size_t i = 0; i < n; i++)
        s[i] = g[i].cp;
    FriBidiParType base = rtl ? FRIBIDI_PAR_RTL : FRIBIDI_PAR_LTR;
    fribidi_get_bidi_types(s, (FriBidiStrIndex)n, types);
    fribidi_get_bracket_types(s, (FriBidiStrIndex)n, types, brackets);
    bool ok = fribidi_get_par_embedding_levels_ex(types, brackets, (FriBidiStrIndex)n, &base, levels) != 0;
    for (size_t i = 0; i < n; i++)
        g[i].level = ok && levels[i] >= 0 ? (uint8_t)levels[i] : rtl;
    free(s);
    free(types);
    free(brackets);
    free(levels);
}

static void levels_set(struct glyph_info *g, size_t n, bool rtl)
{
    bool plain = !rtl; /* most texts: no right-to-left character, no control */
    for (size_t i = 0; i < n && plain; i++)
        plain = g[i].cp < 0x590 ||
                (g[i].cp >= 0x900 && g[i].cp < 0xfb00 && !(g[i].cp >= 0x200b && g[i].cp <= 0x206f)) ||
                g[i].cp >= 0x20000 || (g[i].cp >= 0xff00 && g[i].cp < 0x10000);
    if (plain)
        return;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && !line_end(g[to].cp);)
            to++;
        if (to < n)
            to++;
        paragraph_levels(g + from, to - from, rtl);
    }
}

bool text_has_rtl(const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        uint32_t cp;
        text += utf8_next(text, end, &cp);
        if (cp >= 0x590 && FRIBIDI_IS_RTL(fribidi_get_bidi_type(cp)) && FRIBIDI_IS_LETTER(fribidi_get_bidi_type(cp)))
            return true;
    }
    return false;
}

/* --- faces --- */

/* ‘ ’ “ ” and ‚ ‛ „ ‟ */
static bool quote(uint32_t cp)
{
    return cp >= 0x2018 && cp <= 0x201f;
}

static enum face face_of(struct fonts *fonts, uint32_t cp, enum script script, bool bold)
{
    enum face sans = bold ? FACE_SANS_BOLD : FACE_SANS, arabic = bold ? FACE_ARABIC_BOLD : FACE_ARABIC;
    enum face latin = bold ? FACE_LATIN_BOLD : FACE_LATIN;
    const enum face plain_first[] = {sans, FACE_SANS, FACE_RARE, arabic, FACE_ARABIC, latin};
    const enum face arabic_first[] = {arabic, FACE_ARABIC, sans, FACE_SANS, FACE_RARE, latin};
    const enum face latin_first[] = {latin, FACE_LATIN, sans, FACE_SANS, FACE_RARE, arabic};
    const enum face *chain = script == SCRIPT_ARABIC                                            ? arabic_first
                             : script == SCRIPT_CYRILLIC || (quote(cp) && script != SCRIPT_HAN) ? latin_first
                                                                                                : plain_first;
    for (size_t i = 0; i < ARRAY_LEN(plain_first); i++)
        if (font_has(fonts, chain[i], cp))
            return chain[i];
    return sans;
}

/* Common characters go with what stands before them (at the start: behind), figures always with Latin, so that they
 * look alike in every language. A full-width sign or Han character is a run of its own. */
static void scripts_set(struct glyph_info *g, size_t n, bool rtl)
{
    enum script before = SCRIPT_COMMON;
    for (size_t i = 0; i < n && before == SCRIPT_COMMON; i++)
        if (!digit(g[i].cp))
            before = script_of(g[i].cp);
    if (before == SCRIPT_COMMON)
        before = rtl ? SCRIPT_ARABIC : SCRIPT_LATIN;
    for (size_t i = 0; i < n; i++) {
        enum script own = digit(g[i].cp) ? SCRIPT_LATIN : script_of(g[i].cp);
        bool wide_sign = own == SCRIPT_HAN;
        if (own == SCRIPT_COMMON && (g[i].level & 1) && before != SCRIPT_HAN)
            own = SCRIPT_ARABIC; /* a sign inside right-to-left text: that face's */
        else if (own == SCRIPT_COMMON)
            own = before;
        g[i].script = (uint8_t)own;
        g[i].alone = wide_sign || (own == SCRIPT_HAN && g[i].cp >= 0x2000);
        if (!g[i].space && !g[i].skip)
            before = own;
    }
}

static void faces_set(struct glyph_info *g, size_t n, struct fonts *fonts, bool bold)
{
    for (size_t i = 0; i < n; i++) {
        bool follows = i > 0 && !g[i].cluster && !g[i - 1].skip && font_has(fonts, g[i - 1].face, g[i].cp);
        if (follows || (i > 0 && g[i].skip)) { /* a mark stays with its letter, a control cuts no word */
            g[i].face = g[i - 1].face;
            g[i].script = g[i - 1].script;
            g[i].alone = g[i - 1].alone;
            continue;
        }
        if (!g[i].skip)
            g[i].face = (uint8_t)face_of(fonts, g[i].cp, (enum script)g[i].script, bold);
    }
}

/* --- line breaks --- */

/* 避头: what UAX #14 (or this library's age) lets stand at the start of a line and Chinese typesetting does not. */
static bool never_first(uint32_t cp)
{
    static const uint32_t list[] = {0xb7,   0x2022, 0x2027, 0x30fb, 0x2014, 0x2013, 0x2026, 0xff5e, 0x3001, 0x3002,
                                    0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff01, 0xff1f, 0xff09, 0x3009, 0x300b, 0x300d,
                                    0x300f, 0x3011, 0x3015, 0x2019, 0x201d, 0xff05, 0x2103, 0xff0f, '/',    ',',
                                    '.',    ':',    ';',    '!',    '?',    ')',    ']',    '}',    '%'};
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        if (cp == list[i])
            return true;
    return false;
}

/* 避尾 */
static bool never_last(uint32_t cp)
{
    static const uint32_t list[] = {0xff08, 0x3008, 0x300a, 0x300c, 0x300e, 0x3010, 0x3014,
                                    0x2018, 0x201c, '(',    '[',    '{',    0xffe5, 0x2116};
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        if (cp == list[i])
            return true;
    return false;
}

/* libunibreak 1.1 asserts on regional indicators (flags), which are younger than its table, and takes U+FFFF for the
 * end of the text. An object of no particular kind stands in for both. */
static uint32_t for_breaking(uint32_t cp)
{
    return (cp >= 0x1F1E6 && cp <= 0x1F1FF) || cp == 0xFFFF ? 0xFFFC : cp;
}

static void breaks_set(struct glyph_info *g, size_t n)
{
    static bool ready;
    if (!ready) {
        init_linebreak();
        ready = true;
    }
    utf32_t *s = xmalloc(n * sizeof *s);
    char *brk = xmalloc(n);
    for (size_t i = 0; i < n; i++)
        s[i] = for_breaking(g[i].cp);
    set_linebreaks_utf32(s, n, "zh", brk);
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;
        g[i].brk = line_end(g[i].cp)                        ? LINEBREAK_MUSTBREAK
                   : last || brk[i] != LINEBREAK_ALLOWBREAK ? LINEBREAK_NOBREAK
                                                            : LINEBREAK_ALLOWBREAK;
        if (g[i].brk != LINEBREAK_ALLOWBREAK)
            continue;
        size_t k = i; /* 避尾 looks past directional controls */
        while (k > 0 && g[k].skip)
            k--;
        size_t m = i + 1;
        while (m + 1 < n && g[m].skip)
            m++;
        if (never_first(g[m].cp) || never_last(g[k].cp) || !g[i + 1].cluster)
            g[i].brk = LINEBREAK_NOBREAK;
    }
    free(s);
    free(brk);
}

struct glyph_info *text_analyse(struct fonts *fonts, const char *text, size_t len, bool base_rtl, bool bold,
                                bool tabular, size_t *n)
{
    struct glyph_info *g = xcalloc(len + 1, sizeof *g);
    *n = decode(g, text, len);
    if (*n == 0)
        return g;
    levels_set(g, *n, base_rtl);
    scripts_set(g, *n, base_rtl);
    faces_set(g, *n, fonts, bold);
    breaks_set(g, *n);
    for (size_t i = 0; tabular && i < *n; i++)
        if (digit(g[i].cp))
            g[i].alone = true;
    return g;
}
