/* Each face has up to two files: the first-paint subset beside the manifest, and the full Debian font, which is opened
 * only when a character outside the subset is wanted (the CJK collections have 20 MB). Both come from the same
 * outlines, so that a run has the same metrics from either. One TTF_Font per file, resized as needed: SDL2_ttf drops
 * its glyphs then, which is why runs are cached above. */
#include "app/shell/font.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/base/str.h"

#include <SDL2/SDL_ttf.h>
#include <jansson.h>
#include <string.h>

#define MAX_CANDIDATES 8

struct font_file {
    char *path;
    long index;
};
struct opened {
    TTF_Font *font;
    int px, space, two_spaces, ideograph; /* advances of this size (not whole pixels inside); 0: not measured yet */
    bool tried;
};
struct face_files {
    struct opened subset, full;
    char *subset_path;
    struct font_file candidates[MAX_CANDIDATES];
    size_t n_candidates;
    int scale; /* per cent */
};
struct fonts {
    struct face_files faces[FACE_COUNT];
};

static const char *const face_names[FACE_COUNT] = {
    [FACE_SANS] = "sans",     [FACE_SANS_BOLD] = "sans-bold",
    [FACE_ARABIC] = "arabic", [FACE_ARABIC_BOLD] = "arabic-bold",
    [FACE_LATIN] = "latin",   [FACE_LATIN_BOLD] = "latin-bold",
    [FACE_RARE] = "rare",
};

static bool face_read(struct face_files *f, const char *dir, const char *name, const json_t *face, struct err *e)
{
    const char *subset = json_string_value(json_object_get(face, "subset"));
    if (subset)
        f->subset_path = path_join(dir, subset);
    const json_t *scale = json_object_get(face, "scale");
    f->scale = scale ? (int)json_integer_value(scale) : 100;
    if (f->scale < 10 || f->scale > 400)
        return err_set(e, ERR_CONFIG, "face %s: scale is 10 to 400 per cent", name);
    const json_t *list = json_object_get(face, "candidates");
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *file = json_string_value(json_object_get(item, "file"));
        if (!file)
            return err_set(e, ERR_CONFIG, "face %s: candidate %zu has no file", name, i + 1);
        if (f->n_candidates == MAX_CANDIDATES)
            return err_set(e, ERR_CONFIG, "face %s: more than %d candidates", name, MAX_CANDIDATES);
        f->candidates[f->n_candidates].path = file[0] == '/' ? xstrdup(file) : path_join(dir, file);
        f->candidates[f->n_candidates++].index = (long)json_integer_value(json_object_get(item, "index"));
    }
    return true;
}

static bool manifest_read(struct fonts *f, const char *dir, struct err *e)
{
    AUTOFREE char *path = path_join(dir, "manifest.json");
    CLEANUP(str) struct str bytes = {0};
    if (!file_read(path, 64 * 1024, &bytes, e))
        return false;
    json_error_t where;
    json_t *root = json_loadb(bytes.p, bytes.len, 0, &where);
    if (!root)
        return err_set(e, ERR_CONFIG, "%s:%d: %s", path, where.line, where.text);
    bool ok = true;
    const json_t *faces = json_object_get(root, "faces");
    for (int i = 0; i < FACE_COUNT && ok; i++) {
        const json_t *face = json_object_get(faces, face_names[i]);
        if (!json_is_object(face))
            ok = err_set(e, ERR_CONFIG, "%s: face \"%s\" is missing", path, face_names[i]);
        else if (!face_read(&f->faces[i], dir, face_names[i], face, e))
            ok = err_prefix(e, "%s", path);
    }
    json_decref(root);
    return ok;
}

static TTF_Font *file_open(const char *path, long index)
{
    if (!file_exists(path))
        return NULL;
    TTF_Font *font = TTF_OpenFontIndex(path, 32, index);
    if (!font) {
        log_warn("font.open", "file=%s index=%ld error=\"%s\"", path, index, TTF_GetError());
        return NULL;
    }
    TTF_SetFontHinting(font, TTF_HINTING_LIGHT);
    return font;
}

static TTF_Font *subset_font(struct face_files *f)
{
    if (!f->subset.tried) {
        f->subset.tried = true;
        f->subset.font = f->subset_path ? file_open(f->subset_path, 0) : NULL;
    }
    return f->subset.font;
}

static TTF_Font *full_font(struct face_files *f, int face)
{
    if (!f->full.tried) {
        f->full.tried = true;
        for (size_t i = 0; i < f->n_candidates && !f->full.font; i++)
            f->full.font = file_open(f->candidates[i].path, f->candidates[i].index);
        if (!f->full.font)
            log_warn("font.missing", "face=%s", face_names[face]);
    }
    return f->full.font;
}

struct fonts *fonts_open(const char *fonts_dir, struct err *e)
{
    if (TTF_Init() != 0) {
        err_set(e, ERR_INTERNAL, "SDL2_ttf: %s", TTF_GetError());
        return NULL;
    }
    struct fonts *f = xcalloc(1, sizeof *f);
    if (!manifest_read(f, fonts_dir, e)) {
        fonts_close(f);
        return NULL;
    }
    if (!subset_font(&f->faces[FACE_SANS]) && !full_font(&f->faces[FACE_SANS], FACE_SANS)) {
        err_set(e, ERR_NOT_FOUND, "no font for the face \"sans\": install fonts-noto-cjk");
        fonts_close(f);
        return NULL;
    }
    return f;
}

void fonts_close(struct fonts *f)
{
    if (!f)
        return;
    for (int i = 0; i < FACE_COUNT; i++) {
        struct face_files *face = &f->faces[i];
        if (face->subset.font)
            TTF_CloseFont(face->subset.font);
        if (face->full.font)
            TTF_CloseFont(face->full.font);
        free(face->subset_path);
        for (size_t k = 0; k < face->n_candidates; k++)
            free(face->candidates[k].path);
    }
    free(f);
    TTF_Quit();
}

bool font_has(struct fonts *f, enum face face, uint32_t cp)
{
    TTF_Font *font = subset_font(&f->faces[face]);
    if (font && TTF_GlyphIsProvided32(font, cp))
        return true;
    font = full_font(&f->faces[face], face);
    return font && TTF_GlyphIsProvided32(font, cp);
}

static struct opened *sized(struct opened *o, int px)
{
    if (o->font && o->px != px) {
        TTF_SetFontSize(o->font, px);
        o->px = px;
        o->space = o->ideograph = 0;
    }
    return o->font ? o : NULL;
}

static bool subset_covers(TTF_Font *subset, const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        uint32_t cp;
        text += utf8_next(text, end, &cp);
        if (!TTF_GlyphIsProvided32(subset, cp))
            return false;
    }
    return true;
}

static struct opened *font_for(struct fonts *f, enum face face, int px, const char *text)
{
    struct face_files *files = &f->faces[face];
    px = (px * files->scale + 50) / 100;
    TTF_Font *subset = subset_font(files);
    if (subset && subset_covers(subset, text))
        return sized(&files->subset, px);
    if (full_font(files, face))
        return sized(&files->full, px);
    return sized(&files->subset, px); /* its empty box rather than nothing; NULL when there is no file at all */
}

struct font_metrics font_metrics(struct fonts *f, enum face face, int px)
{
    const struct opened *o = font_for(f, face, px, "");
    if (!o)
        return (struct font_metrics){px, px / 4, px + px / 4};
    return (struct font_metrics){TTF_FontAscent(o->font), -TTF_FontDescent(o->font), TTF_FontLineSkip(o->font)};
}

/* SDL2_ttf tells neither the pen's advance nor how far the first glyph hangs out on the left. Between two blanks a run's box runs from
 * pen to pen, and neither Arabic nor anything else that we set joins across a blank. */
static struct opened *shape_prepare(struct fonts *f, enum face face, int px, const char *text, bool rtl,
                                    const char *script, char **padded)
{
    struct opened *o = font_for(f, face, px, text);
    if (!o)
        return NULL;
    TTF_SetFontDirection(o->font, rtl ? TTF_DIRECTION_RTL : TTF_DIRECTION_LTR);
    TTF_SetFontScriptName(o->font, script);
    if (!o->space &&
        (TTF_SizeUTF8(o->font, " ", &o->space, NULL) != 0 || TTF_SizeUTF8(o->font, "  ", &o->two_spaces, NULL) != 0))
        return NULL;
    size_t n = strlen(text);
    *padded = xmalloc(n + 3);
    (*padded)[0] = ' ';
    memcpy(*padded + 1, text, n);
    memcpy(*padded + 1 + n, " ", 2);
    return o;
}

/* Han characters of the two oldest blocks are all as wide as one of them: not worth loading each glyph twice. */
static bool one_ideograph(const char *text)
{
    uint32_t cp = 0;
    size_t n = strlen(text);
    return n == 3 && utf8_next(text, text + n, &cp) == n && cp >= 0x3400 && cp <= 0x9fff;
}

int font_advance(struct fonts *f, enum face face, int px, const char *text, bool rtl, const char *script)
{
    AUTOFREE char *padded = NULL;
    struct opened *o = shape_prepare(f, face, px, text, rtl, script, &padded);
    if (!o)
        return 0;
    bool ideograph = one_ideograph(text);
    if (ideograph && o->ideograph)
        return o->ideograph;
    int width;
    if (TTF_SizeUTF8(o->font, padded, &width, NULL) != 0)
        return 0;
    width -= o->two_spaces;
    if (ideograph)
        o->ideograph = width;
    return width;
}

/* The bitmap's ink inside the surface; empty: w 0. */
static SDL_Rect ink_box(const SDL_Surface *s)
{
    int x0 = s->w, x1 = 0, y0 = s->h, y1 = 0;
    for (int y = 0; y < s->h; y++) {
        const uint8_t *row = (const uint8_t *)s->pixels + (size_t)y * (size_t)s->pitch;
        int a = 0, b = s->w;
        while (a < b && !row[a])
            a++;
        if (a == b)
            continue;
        while (!row[b - 1])
            b--;
        x0 = a < x0 ? a : x0;
        x1 = b > x1 ? b : x1;
        y0 = y < y0 ? y : y0;
        y1 = y + 1;
    }
    return x1 > x0 ? (SDL_Rect){x0, y0, x1 - x0, y1 - y0} : (SDL_Rect){0, 0, 0, 0};
}

bool font_run(struct fonts *f, enum face face, int px, const char *text, bool rtl, const char *script,
              struct run_bitmap *out)
{
    AUTOFREE char *padded = NULL;
    const struct opened *o = shape_prepare(f, face, px, text, rtl, script, &padded);
    if (!o)
        return false;
    /* Shaded: the 8-bit surface's index is the coverage itself. */
    SDL_Surface *s = TTF_RenderUTF8_Shaded(o->font, padded, (SDL_Color){255, 255, 255, 255}, (SDL_Color){0, 0, 0, 255});
    if (!s)
        return false;
    SDL_Rect ink = ink_box(s);
    /* A glyph above the face's ascent moves the baseline down by what the surface is higher than the face; then ink
     * starts in row 0. */
    int above = s->h > TTF_FontHeight(o->font) && ink.w && ink.y == 0 ? s->h - TTF_FontHeight(o->font) : 0;
    struct run_bitmap b = {.width = ink.w,
                           .height = ink.h,
                           .stride = ink.w,
                           .left = ink.x - o->space,
                           .ascent = above + TTF_FontAscent(o->font) - ink.y,
                           .advance = s->w - o->two_spaces};
    b.coverage = xmalloc((size_t)(ink.w * ink.h) + 1);
    for (int y = 0; y < ink.h; y++)
        memcpy(b.coverage + (size_t)y * (size_t)ink.w,
               (const uint8_t *)s->pixels + (size_t)(ink.y + y) * (size_t)s->pitch + ink.x, (size_t)ink.w);
    SDL_FreeSurface(s);
    *out = b;
    return true;
}
