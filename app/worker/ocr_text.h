/* ocr_text.h — from the letters a recogniser saw on one line of a paper to the value that stands behind a label: 证书编号,
 * 授予时间, 批准文号. Pure; the letters are untrusted and may be anything. */
#ifndef BULU_WORKER_OCR_TEXT_H
#define BULU_WORKER_OCR_TEXT_H

#include "sync/base/str.h"

enum ocr_value {
    OCR_NUMBER, /* 20113202705, 新职证字第0123号 */
    OCR_DATE,   /* 2010年12月31日, 二〇一〇年十二月 → 2010-12-31, 2010-12 */
    OCR_DOC_NO, /* 新经信人事〔2011〕3号, whatever the brackets were */
    OCR_VALUES
};
extern const char *const ocr_value_names[]; /* "number", "date", "doc_no" */

#define OCR_LINE_MAX  160 /* letters of one line; a longer one is cut */
#define OCR_VALUE_MAX 64  /* letters of a value; a longer run is none */

/* One letter as seen: its code point (0 is none), how sure (0–100), and which letter of the recogniser it was. */
struct ocr_letter {
    uint32_t cp;
    int sure, at;
};
struct ocr_line {
    struct ocr_letter letters[OCR_LINE_MAX];
    size_t count;
};
/* Adds one recognised letter (UTF-8, perhaps several code points), folded: full width to ASCII, spaces dropped. */
void ocr_line_add(struct ocr_line *l, const char *utf8, int sure, int at);

struct ocr_found {
    struct str text;
    size_t from, to; /* letters of the line: [from, to) */
    int sure;        /* 0–100: the mean of its letters */
    bool labelled;   /* it stands behind one of the labels */
};
static inline void ocr_found_cleanup(struct ocr_found *f)
{
    str_finish(&f->text);
}
/* The first value of that kind behind one of the labels (UTF-8, without spaces); labels may be NULL with count 0. Dates
 * and approval numbers are known by their shape and are found without a label, too; a number never is. False: none. */
bool ocr_find(const struct ocr_line *l, enum ocr_value kind, const char *const *labels, size_t count,
              struct ocr_found *out);

#endif
