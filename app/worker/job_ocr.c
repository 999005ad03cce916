/* ocr: what a certificate or an approval document says about itself, as suggestions: a person confirms each. The whole
 * page is read in Chinese for its lines and labels; a number that was found is cut out and read once more as digits and
 * letters only, which is exact far more often. Names are never read out: a wrong character of a name is worse than none.
 */
#include "app/worker/image.h"
#include "app/worker/ocr_text.h"
#include "sync/base/cleanup.h"

#include <leptonica/allheaders.h>
#include <stdlib.h>
#include <string.h>
#include <tesseract/capi.h>

void omp_set_max_active_levels(int levels); /* libgomp's, which tesseract brings */

enum {
    SEEK_MAX = 8,
    LABELS_MAX = 12,
    LONG_SIDE = 2600, /* pixels: letters of an A4 page at 220 dpi; more costs time and finds nothing */
    SURE_TWICE = 95,  /* read twice alike */
};

struct seek {
    const char *as; /* the asker's own word */
    enum ocr_value kind;
    const char *labels[LABELS_MAX];
    size_t count;
    struct str text;
    int sure;
    bool found, labelled;
};
static struct reader {
    TessBaseAPI *page, *digits;
} reader;

static TessBaseAPI *recogniser(const char *language)
{
    TessBaseAPI *t = TessBaseAPICreate();
    if (t && TessBaseAPIInit3(t, getenv("TESSDATA_PREFIX"), language) != 0) {
        TessBaseAPIDelete(t);
        return NULL;
    }
    return t;
}

bool job_ocr_prepare(const struct job *j, struct fault *f)
{
    (void)j;
    omp_set_max_active_levels(0); /* a locked child has no threads */
    reader.page = recogniser("chi_sim");
    reader.digits = recogniser("eng");
    if (!reader.page || !reader.digits)
        return fault_set(f, "refused", "no language data: install tesseract-ocr-chi-sim and tesseract-ocr-eng");
    TessBaseAPISetVariable(reader.digits, "tessedit_char_whitelist",
                           "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-/()");
    TessBaseAPISetPageSegMode(reader.page, PSM_AUTO);
    TessBaseAPISetPageSegMode(reader.digits, PSM_SINGLE_LINE);
    return true;
}

static bool seek_read(const json_t *v, struct seek *s, struct fault *f)
{
    const char *kind = json_string_value(json_object_get(v, "kind"));
    const json_t *labels = json_object_get(v, "labels");
    s->as = json_string_value(json_object_get(v, "as"));
    while (s->kind < OCR_VALUES && (!kind || strcmp(kind, ocr_value_names[s->kind])))
        s->kind++;
    if (!s->as || s->kind == OCR_VALUES || json_array_size(labels) > LABELS_MAX)
        return fault_set(f, "refused", "seek: expected {\"as\",\"kind\",\"labels\"}");
    for (; s->count < json_array_size(labels); s->count++)
        if (!(s->labels[s->count] = json_string_value(json_array_get(labels, s->count))))
            return fault_set(f, "refused", "labels: expected texts");
    return true;
}

/* The red of seals is as light as paper in the red channel. */
static PIX *without_seals(const struct image *m)
{
    PIX *pix = pixCreate(m->width, m->height, 8);
    if (!pix)
        return NULL;
    l_uint32 *data = pixGetData(pix);
    size_t words = (size_t)pixGetWpl(pix);
    for (int y = 0; y < m->height; y++)
        for (int x = 0; x < m->width; x++)
            SET_DATA_BYTE(data + (size_t)y * words, x, m->px[((size_t)y * (size_t)m->width + (size_t)x) * 4 + 2]);
    return pix;
}

struct rect {
    int left, top, right, bottom;
};
struct seen { /* one line, with where its letters stand */
    struct ocr_line line;
    struct rect at[OCR_LINE_MAX], all;
    int count;
};
enum { LINES_MAX = 400 };
struct lines {
    struct seen *line; /* LINES_MAX of them */
    int count;
};

static void grow(struct rect *r, const struct rect *by)
{
    r->left = by->left < r->left ? by->left : r->left;
    r->top = by->top < r->top ? by->top : r->top;
    r->right = by->right > r->right ? by->right : r->right;
    r->bottom = by->bottom > r->bottom ? by->bottom : r->bottom;
}

/* The value once more as digits and letters; what both readings say is as good as sure. */
static void read_again(PIX *pix, const struct seen *line, struct ocr_found *found)
{
    enum { RIM = 8 };
    struct rect r = line->at[line->line.letters[found->from].at];
    for (size_t i = found->from; i < found->to; i++) {
        const struct rect *k = &line->at[line->line.letters[i].at];
        if (line->line.letters[i].cp > 0x7f)
            return;
        grow(&r, k);
    }
    BOX *box = boxCreate(r.left > RIM ? r.left - RIM : 0, r.top > RIM ? r.top - RIM : 0, r.right - r.left + 2 * RIM,
                         r.bottom - r.top + 2 * RIM);
    PIX *cut = box ? pixClipRectangle(pix, box, NULL) : NULL;
    boxDestroy(&box);
    if (!cut)
        return;
    TessBaseAPISetImage2(reader.digits, cut);
    TessBaseAPISetSourceResolution(reader.digits, 220);
    char *text = TessBaseAPIGetUTF8Text(reader.digits);
    struct ocr_line again = {0};
    if (text)
        ocr_line_add(&again, text, TessBaseAPIMeanTextConf(reader.digits), 0);
    CLEANUP(str) struct str clean = {0};
    for (size_t i = 0; i < again.count; i++)
        str_putc(&clean, (char)again.letters[i].cp);
    if (clean.len && !strcmp(str_z(&clean), str_z(&found->text)))
        found->sure = SURE_TWICE;
    else if (clean.len == found->text.len) { /* as many letters: the narrower alphabet is right more often */
        str_clear(&found->text);
        str_puts(&found->text, clean.p);
        found->sure = again.letters[0].sure < found->sure ? again.letters[0].sure : found->sure;
    } else
        found->sure /= 2;
    TessDeleteText(text);
    pixDestroy(&cut);
}

static void look_at(PIX *pix, const struct seen *line, struct seek *seeks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct seek *s = &seeks[i];
        CLEANUP(ocr_found) struct ocr_found found;
        if (s->labelled || !ocr_find(&line->line, s->kind, s->labels, s->count, &found))
            continue;
        if (s->kind == OCR_NUMBER)
            read_again(pix, line, &found);
        if (s->found && !found.labelled && found.sure <= s->sure)
            continue;
        str_clear(&s->text);
        str_puts(&s->text, str_z(&found.text));
        s->sure = found.sure;
        s->found = true;
        s->labelled = found.labelled;
    }
}

static void add_letter(struct seen *line, TessResultIterator *it)
{
    char *text = TessResultIteratorGetUTF8Text(it, RIL_SYMBOL);
    struct rect r;
    if (text && line->count < OCR_LINE_MAX &&
        TessPageIteratorBoundingBox(TessResultIteratorGetPageIterator(it), RIL_SYMBOL, &r.left, &r.top, &r.right,
                                    &r.bottom)) {
        ocr_line_add(&line->line, text, (int)TessResultIteratorConfidence(it, RIL_SYMBOL), line->count);
        if (!line->count)
            line->all = r;
        grow(&line->all, &r);
        line->at[line->count++] = r;
    }
    TessDeleteText(text);
}

/* A form's labels and values often are columns to the recogniser: b continues a when it stands to its right at the same
 * height. */
static bool continues(const struct seen *a, const struct seen *b)
{
    int top = a->all.top > b->all.top ? a->all.top : b->all.top,
        bottom = a->all.bottom < b->all.bottom ? a->all.bottom : b->all.bottom;
    int height = a->all.bottom - a->all.top, other = b->all.bottom - b->all.top;
    return b->all.left >= a->all.right && (bottom - top) * 2 > (height > other ? height : other) &&
           a->count + b->count <= OCR_LINE_MAX;
}

static void append(struct seen *a, const struct seen *b)
{
    for (size_t i = 0; i < b->line.count && a->line.count < OCR_LINE_MAX; i++) {
        struct ocr_letter *l = &a->line.letters[a->line.count++];
        *l = b->line.letters[i];
        l->at += a->count;
    }
    memcpy(a->at + a->count, b->at, (size_t)b->count * sizeof *b->at);
    a->count += b->count;
    grow(&a->all, &b->all);
}

static void join_columns(struct lines *l)
{
    for (int i = 0; i < l->count; i++)
        for (int next = 0; next >= 0;) { /* the nearest part to the right, until there is none */
            next = -1;
            for (int k = 0; k < l->count; k++)
                if (k != i && l->line[k].count && l->line[i].count && continues(&l->line[i], &l->line[k]) &&
                    (next < 0 || l->line[k].all.left < l->line[next].all.left))
                    next = k;
            if (next >= 0) {
                append(&l->line[i], &l->line[next]);
                l->line[next].count = 0;
                l->line[next].line.count = 0;
            }
        }
}

static void collect(struct lines *out, TessResultIterator *it)
{
    for (bool more = it != NULL; more && out->count < LINES_MAX;) {
        add_letter(&out->line[out->count], it);
        more = TessResultIteratorNext(it, RIL_SYMBOL);
        if (!more || TessPageIteratorIsAtBeginningOf(TessResultIteratorGetPageIterator(it), RIL_TEXTLINE))
            out->count++;
    }
    if (it)
        TessResultIteratorDelete(it);
}

static int read_lines(PIX *pix, struct seek *seeks, size_t count)
{
    TessBaseAPISetImage2(reader.page, pix);
    TessBaseAPISetSourceResolution(reader.page, 220);
    if (TessBaseAPIRecognize(reader.page, NULL) != 0)
        return 0;
    struct lines lines = {.line = calloc(LINES_MAX, sizeof *lines.line)};
    if (!lines.line)
        return 0;
    collect(&lines, TessBaseAPIGetIterator(reader.page));
    join_columns(&lines);
    for (int i = 0; i < lines.count; i++)
        look_at(pix, &lines.line[i], seeks, count);
    free(lines.line);
    return lines.count;
}

static json_t *answer(struct seek *seeks, size_t count, int lines)
{
    json_t *found = json_array();
    for (size_t i = 0; i < count; i++)
        if (seeks[i].found)
            json_array_append_new(found, json_pack("{s:s,s:s,s:i,s:b}", "as", seeks[i].as, "text", seeks[i].text.p,
                                                   "sure", seeks[i].sure, "labelled", seeks[i].labelled));
    return json_pack("{s:i,s:o}", "lines", lines, "found", found);
}

static json_t *run(const struct job *j, struct seek *seeks, size_t count, struct fault *f)
{
    struct image_head h;
    CLEANUP(image) struct image m = {0};
    if (!image_head(j->in, j->len, &h, f))
        return NULL;
    double share = (double)LONG_SIDE / (h.width > h.height ? h.width : h.height);
    int width = share < 1 ? (int)(h.width * share) : h.width, height = share < 1 ? (int)(h.height * share) : h.height;
    if (!image_decode(j->in, j->len, width, height, &m, f))
        return NULL;
    job_progress(j, 0.2, "decoded");
    PIX *pix = without_seals(&m);
    if (!pix) {
        fault_set(f, "limit", "no memory");
        return NULL;
    }
    int lines = read_lines(pix, seeks, count);
    pixDestroy(&pix);
    return answer(seeks, count, lines);
}

json_t *job_ocr(const struct job *j, struct fault *f)
{
    struct seek seeks[SEEK_MAX] = {0};
    const json_t *list = json_object_get(j->args, "seek");
    size_t count = json_array_size(list);
    if (count < 1 || count > SEEK_MAX) {
        fault_set(f, "refused", "seek: expected 1 to %d things to look for", SEEK_MAX);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (!seek_read(json_array_get(list, i), &seeks[i], f))
            return NULL;
    json_t *result = run(j, seeks, count, f);
    for (size_t i = 0; i < count; i++)
        str_finish_secret(&seeks[i].text);
    return result;
}
