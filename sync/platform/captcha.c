/* captcha.c — every pixel asks which stroke is nearest after the picture has been bent: its distance is its ink. So edges
 * are smooth without a rasteriser, and a bent character needs no outline of its own. */
#include "sync/platform/captcha.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

/* Polylines on a grid of 8 × 12, a point as two digits (hexadecimal), a blank between strokes. Left out: what is read
 * as something else (0 O D Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V, E F). */
static const struct glyph {
    char c;
    const char *strokes;
} glyphs[] = {
    {'A', "0c408c 1878"},
    {'C', "8260200309"
          "2c6c8a"},
    {'E', "80000c8c 0666"},
    {'H', "000c 808c 0686"},
    {'J', "3080 60695b3c1b09"},
    {'K', "000c 8007 358c"},
    {'M', "0c0047808c"},
    {'N', "0c008c80"},
    {'P', "0c006082856707"},
    {'R', "0c006082856707 478c"},
    {'T', "0080 404c"},
    {'W', "002c456c80"},
    {'X', "008c 800c"},
    {'Y', "004680 464c"},
    {'3', "01206082846636 66888a6c2c0b"},
    {'4', "6c600888"},
    {'7', "00803c"},
    {'9', "8567270502206082886c2c"},
};
const char captcha_alphabet[] = "ACEHJKMNPRTWXY3479";
static_assert(sizeof captcha_alphabet - 1 == sizeof glyphs / sizeof *glyphs, "a glyph for each character");

#define GRID_W       8.0
#define GRID_H       12.0
#define MOST_LINES   128
#define NOISE_LINES  4
#define NOISE_POINTS 9
#define SPECKS       70
#define PAPER        250
#define INK          40

struct line {
    double x0, y0, x1, y1, half, ink; /* half: of its width; ink: 0…1 */
};
struct picture {
    int w, h;
    double scale;
    struct line lines[MOST_LINES];
    size_t n;
    struct wave {
        double height, length, phase;
    } across, down;
};

static double between(const struct random *r, double a, double b)
{
    return a + (b - a) * ((double)random_below(r, 1 << 20) / (1 << 20));
}

static void add(struct picture *p, const struct line *l)
{
    assert(p->n < MOST_LINES);
    p->lines[p->n++] = *l;
}

/* --- what is drawn --- */

struct place { /* where a character stands: its middle, and the map from the grid */
    double x, y, a, b, c, d, half;
};

static void add_stroke(struct picture *p, const char *points, size_t n, const struct place *at)
{
    struct line l = {.half = at->half, .ink = 1};
    for (size_t i = 0; i < n; i++) {
        double gx = points[2 * i] - '0' - GRID_W / 2;
        char row = points[2 * i + 1];
        double gy = (row >= 'a' ? row - 'a' + 10 : row - '0') - GRID_H / 2;
        double x = at->x + at->a * gx + at->b * gy, y = at->y + at->c * gx + at->d * gy;
        if (i) {
            l.x1 = x;
            l.y1 = y;
            add(p, &l);
        }
        l.x0 = x;
        l.y0 = y;
    }
}

static void add_character(struct picture *p, const struct random *r, char c, double x, double y)
{
    const struct glyph *g = glyphs;
    for (size_t i = 0; i < ARRAY_LEN(glyphs); i++)
        if (glyphs[i].c == c)
            g = &glyphs[i];
    double turn = between(r, -0.28, 0.28), lean = between(r, -0.2, 0.2);
    double sx = p->scale * between(r, 3.2, 4.1), sy = p->scale * between(r, 3.6, 4.5);
    struct place at = {.x = x,
                       .y = y,
                       .a = sx * cos(turn),
                       .b = sy * (lean * cos(turn) - sin(turn)),
                       .c = sx * sin(turn),
                       .d = sy * (lean * sin(turn) + cos(turn)),
                       .half = p->scale * between(r, 1.5, 2.2)};
    for (const char *s = g->strokes; *s; s += *s == ' ') {
        size_t len = strcspn(s, " ");
        add_stroke(p, s, len / 2, &at);
        s += len;
    }
}

/* A thin curve from one side to the other. */
static void add_noise(struct picture *p, const struct random *r)
{
    double y0 = between(r, 0.15, 0.85) * p->h, swing = between(r, 0.05, 0.2) * p->h, phase = between(r, 0, 6.3);
    double turns = between(r, 3, 8);
    struct line l = {.half = p->scale * between(r, 0.4, 0.8), .ink = between(r, 0.55, 0.9)};
    for (int i = 0; i <= NOISE_POINTS; i++) {
        double t = (double)i / NOISE_POINTS;
        l.x1 = t * p->w;
        l.y1 = y0 + swing * sin(phase + turns * t);
        if (i)
            add(p, &l);
        l.x0 = l.x1;
        l.y0 = l.y1;
    }
}

static void add_speck(struct picture *p, const struct random *r, unsigned char *pixels)
{
    int x = (int)random_below(r, (uint64_t)p->w), y = (int)random_below(r, (uint64_t)p->h), size = (int)p->scale;
    for (int dy = 0; dy < size && y + dy < p->h; dy++)
        for (int dx = 0; dx < size && x + dx < p->w; dx++)
            pixels[(y + dy) * p->w + x + dx] = (unsigned char)(90 + random_below(r, 120));
}

/* --- pixels --- */

static double distance(const struct line *l, double x, double y)
{
    double dx = l->x1 - l->x0, dy = l->y1 - l->y0, len = dx * dx + dy * dy;
    double t = len > 0 ? ((x - l->x0) * dx + (y - l->y0) * dy) / len : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(x - l->x0 - t * dx, y - l->y0 - t * dy);
}

static unsigned char pixel(const struct picture *p, int px, int py)
{
    double x = px + p->across.height * sin(py / p->across.length + p->across.phase);
    double y = py + p->down.height * sin(px / p->down.length + p->down.phase);
    double ink = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct line *l = &p->lines[i];
        double over = l->half + 0.5 - distance(l, x, y);
        double here = l->ink * (over < 0 ? 0 : over > 1 ? 1 : over);
        ink = here > ink ? here : ink;
    }
    return (unsigned char)(PAPER - ink * (PAPER - INK));
}

static void write_png(const struct picture *p, const unsigned char *pixels, struct str *out)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)p->w,
                       .height = (png_uint_32)p->h,
                       .format = PNG_FORMAT_GRAY};
    png_alloc_size_t len = PNG_IMAGE_PNG_SIZE_MAX(image);
    char *at = str_reserve(out, len);
    if (png_image_write_to_memory(&image, at, &len, 0, pixels, 0, NULL))
        out->len += len;
    out->p[out->len] = '\0';
}

/* --- the contract --- */

void captcha_make(const struct random *r, char out[CAPTCHA_SIZE])
{
    for (int i = 0; i < CAPTCHA_CHARS; i++)
        out[i] = captcha_alphabet[random_below(r, sizeof captcha_alphabet - 1)];
    out[CAPTCHA_CHARS] = '\0';
}

void captcha_draw(const struct random *r, const char *text, bool large, struct str *png)
{
    double scale = large ? 2 : 1;
    struct picture p = {.w = (int)(CAPTCHA_WIDTH * scale), .h = (int)(CAPTCHA_HEIGHT * scale), .scale = scale};
    size_t n = strlen(text);
    double step = (p.w - 16 * scale) / (double)(n ? n : 1);
    for (size_t i = 0; i < n; i++)
        add_character(&p, r, text[i], 8 * scale + step * ((double)i + 0.5) + scale * between(r, -3, 3),
                      p.h / 2.0 + scale * between(r, -7, 7));
    for (int i = 0; i < NOISE_LINES; i++)
        add_noise(&p, r);
    p.across = (struct wave){scale * between(r, 1.5, 3.5), scale * between(r, 9, 16), between(r, 0, 6.3)};
    p.down = (struct wave){scale * between(r, 2, 4.5), scale * between(r, 14, 24), between(r, 0, 6.3)};
    unsigned char *pixels = xmalloc((size_t)p.w * (size_t)p.h);
    for (int y = 0; y < p.h; y++)
        for (int x = 0; x < p.w; x++)
            pixels[y * p.w + x] = pixel(&p, x, y);
    for (int i = 0; i < SPECKS; i++)
        add_speck(&p, r, pixels);
    write_png(&p, pixels, png);
    free(pixels);
}

bool captcha_read(const char *typed, char out[CAPTCHA_SIZE])
{
    char z[CAPTCHA_SIZE];
    size_t n = 0;
    for (; *typed; typed++) {
        if (*typed == ' ')
            continue;
        if (n == CAPTCHA_CHARS)
            return false;
        z[n++] = (char)toupper((unsigned char)*typed);
    }
    if (n != CAPTCHA_CHARS)
        return false;
    z[n] = '\0';
    memcpy(out, z, sizeof z);
    return true;
}
