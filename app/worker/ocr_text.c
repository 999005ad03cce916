#include "app/worker/ocr_text.h"

#include <string.h>

const char *const ocr_value_names[] = {"number", "date", "doc_no"};

/* --- letters --- */

static uint32_t fold(uint32_t cp)
{
    if (cp >= 0xff01 && cp <= 0xff5e) /* full width */
        return cp - 0xfee0;
    switch (cp) {
    case 0x3000:
    case 0xa0:
        return ' ';
    case 0x2013:
    case 0x2014:
    case 0x2212:
    case 0x30fc:
        return '-';
    case 0x3014: /* 〔 */
    case 0x3010: /* 【 */
    case 0x3008: /* 〈 */
    case 0x300c: /* 「 */
    case 0x300a: /* 《 */
        return '[';
    case 0x3015:
    case 0x3011:
    case 0x3009:
    case 0x300d:
    case 0x300b:
        return ']';
    case 0x25cb: /* ○ */
    case 0x25ef: /* ◯ */
    case 0x96f6: /* 零 */
        return 0x3007;
    default:
        return cp;
    }
}

static bool is_noise(uint32_t cp) /* what stands between a label and its value, or was seen there */
{
    return cp < 0x80 ? cp && strchr(":;.,'\"`|_~^", (int)cp) != NULL
                     : cp == 0x201c || cp == 0x201d || cp == 0x2018 || cp == 0x2019 || cp == 0xb7 || cp == 0x3002;
}
static bool is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}
static bool is_letter(uint32_t cp)
{
    return (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
}
static bool is_han(uint32_t cp)
{
    return (cp >= 0x3400 && cp <= 0x9fff) || (cp >= 0x20000 && cp <= 0x323af);
}
static bool is_open(uint32_t cp)
{
    return cp == '[' || cp == '(' || cp == '{';
}
static bool is_close(uint32_t cp)
{
    return cp == ']' || cp == ')' || cp == '}';
}

void ocr_line_add(struct ocr_line *l, const char *utf8, int sure, int at)
{
    for (const char *p = utf8, *end = utf8 + strlen(utf8); p < end;) {
        uint32_t cp;
        p += utf8_next(p, end, &cp);
        cp = fold(cp);
        if (cp <= ' ' || cp == 0x7f || cp == 0xfffd || l->count == OCR_LINE_MAX)
            continue;
        l->letters[l->count++] = (struct ocr_letter){.cp = cp, .sure = sure, .at = at};
    }
}

static uint32_t at(const struct ocr_line *l, size_t i)
{
    return i < l->count ? l->letters[i].cp : 0;
}

static void put(struct str *s, uint32_t cp)
{
    char z[4];
    str_add(s, z, utf8_put(z, cp));
}

/* --- labels --- */

/* Letters of the label at i; noise between its letters is passed over. 0: another text. */
static size_t label_at(const struct ocr_line *l, size_t i, const char *label)
{
    size_t start = i;
    for (const char *p = label, *end = label + strlen(label); p < end;) {
        uint32_t cp;
        p += utf8_next(p, end, &cp);
        while (i > start && is_noise(at(l, i)))
            i++;
        if (at(l, i) != fold(cp))
            return 0;
        i++;
    }
    return i - start;
}

/* Just behind the longest label that ends at or behind from, and behind what separates it; l->count when there is none. */
static size_t behind_label(const struct ocr_line *l, size_t from, const char *const *labels, size_t count)
{
    for (size_t i = from; i < l->count; i++) {
        size_t best = 0;
        for (size_t k = 0; k < count; k++) {
            size_t n = label_at(l, i, labels[k]);
            best = n > best ? n : best;
        }
        if (!best)
            continue;
        for (i += best; is_noise(at(l, i));)
            i++;
        return i;
    }
    return l->count;
}

/* --- values: each returns how many letters it took from i, 0 when none stands there --- */

/* Digits, letters and what joins them; or words up to 号 (新职证字第0123号). At least four digits: a shorter run is a page
 * number or a part of something else. */
static size_t number_at(const struct ocr_line *l, size_t i, struct str *out)
{
    size_t start = i, digits = 0;
    bool words = is_han(at(l, i));
    for (; i < l->count && i - start < OCR_VALUE_MAX; i++) {
        uint32_t cp = at(l, i);
        bool joins = cp == '-' || cp == '/' || is_open(cp) || is_close(cp);
        if (!is_digit(cp) && !is_letter(cp) && !joins && !(words && is_han(cp)))
            break;
        digits += is_digit(cp);
        put(out, cp);
        if (cp == 0x53f7) { /* 号 ends it */
            i++;
            break;
        }
    }
    return digits >= 4 ? i - start : 0;
}

static int han_digit(uint32_t cp)
{
    static const uint32_t digits[] = {0x3007, 0x4e00, 0x4e8c, 0x4e09, 0x56db, 0x4e94, 0x516d, 0x4e03, 0x516b, 0x4e5d};
    for (int i = 0; i < (int)ARRAY_LEN(digits); i++)
        if (digits[i] == cp)
            return i;
    return -1;
}
static bool digit_value(uint32_t cp, int *out)
{
    *out = is_digit(cp) ? (int)(cp - '0') : han_digit(cp);
    return *out >= 0;
}

/* A year: four digits, of either kind. */
static size_t year_at(const struct ocr_line *l, size_t i, int *year)
{
    *year = 0;
    for (size_t k = 0; k < 4; k++) {
        int d;
        if (!digit_value(at(l, i + k), &d))
            return 0;
        *year = *year * 10 + d;
    }
    return *year >= 1900 && *year <= 2099 ? 4 : 0;
}

/* A month or day: 5, 05, 五, 十, 十二, 二十, 二十一, 三十一. */
static size_t part_at(const struct ocr_line *l, size_t i, int *out)
{
    enum { TEN = 0x5341 };
    size_t start = i;
    int d, n = 0;
    bool first = digit_value(at(l, i), &d);
    if (first) {
        n = d;
        i++;
    }
    if (at(l, i) == TEN) {
        n = first ? n * 10 : 10;
        i++;
        if (han_digit(at(l, i)) > 0)
            n += han_digit(at(l, i++));
    } else if (first && digit_value(at(l, i), &d)) {
        n = n * 10 + d;
        i++;
    }
    *out = n;
    return n ? i - start : 0;
}

static size_t joint(const struct ocr_line *l, size_t i, uint32_t word)
{
    return at(l, i) == word || at(l, i) == '.' || at(l, i) == '-' || at(l, i) == '/';
}

static bool day_exists(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static size_t date_at(const struct ocr_line *l, size_t i, struct str *out)
{
    enum { YEAR = 0x5e74, MONTH = 0x6708, DAY = 0x65e5 };
    size_t start = i, n;
    int year, month, day;
    if (!(n = year_at(l, i, &year)) || !joint(l, i += n, YEAR) || !(n = part_at(l, ++i, &month)) || month > 12)
        return 0;
    i += n;
    bool month_word = at(l, i) == MONTH;
    size_t further = joint(l, i, MONTH) ? part_at(l, i + 1, &day) : 0;
    if (further && day_exists(year, month, day)) {
        i += 1 + further;
        i += at(l, i) == DAY;
        str_printf(out, "%04d-%02d-%02d", year, month, day);
        return i - start;
    }
    if (!month_word)
        return 0;
    str_printf(out, "%04d-%02d", year, month);
    return i + 1 - start;
}

/* Backwards from the bracket: the name before it belongs to the number. */
static size_t doc_no_at(const struct ocr_line *l, size_t i, struct str *out)
{
    enum { NAME_LEAST = 2, NAME_MOST = 20, NUMBER_MOST = 6 };
    size_t start = i;
    while (is_han(at(l, i)) && i - start < NAME_MOST) {
        put(out, at(l, i));
        i++;
    }
    int year;
    if (i - start < NAME_LEAST || !is_open(at(l, i)) || !year_at(l, i + 1, &year) || !is_close(at(l, i + 5)))
        return 0;
    str_printf(out, "〔%d〕", year);
    i += 6;
    i += at(l, i) == 0x7b2c; /* 第 */
    size_t digits = i;
    while (is_digit(at(l, i)) && i - digits < NUMBER_MOST)
        put(out, at(l, i++));
    if (i == digits || at(l, i) != 0x53f7)
        return 0;
    str_puts(out, "号");
    return i + 1 - start;
}

/* --- search --- */

typedef size_t value_at(const struct ocr_line *l, size_t i, struct str *out);
static value_at *const values[] = {number_at, date_at, doc_no_at};

static bool take(const struct ocr_line *l, enum ocr_value kind, size_t i, struct ocr_found *out)
{
    str_clear(&out->text);
    size_t n = values[kind](l, i, &out->text);
    if (!n)
        return false;
    int sum = 0;
    for (size_t k = i; k < i + n; k++)
        sum += l->letters[k].sure;
    out->from = i;
    out->to = i + n;
    out->sure = sum / (int)n;
    return true;
}

bool ocr_find(const struct ocr_line *l, enum ocr_value kind, const char *const *labels, size_t count,
              struct ocr_found *out)
{
    *out = (struct ocr_found){0};
    for (size_t i = behind_label(l, 0, labels, count); i < l->count; i = behind_label(l, i, labels, count))
        if (take(l, kind, i, out))
            return out->labelled = true;
    for (size_t i = 0; kind != OCR_NUMBER && i < l->count; i++)
        if ((i == 0 || kind != OCR_DATE || !is_digit(at(l, i - 1))) && take(l, kind, i, out))
            return true;
    ocr_found_cleanup(out);
    return false;
}
