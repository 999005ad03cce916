/* normalise.c — what entering a value does to it. Nothing is cut off: too long is the validator's to say. */
#include "sync/base/cleanup.h"
#include "sync/record/text.h"
#include "sync/record/validate.h"

#include <string.h>

/* Full-width forms as half-width. In running text only letters, digits and the blank: Chinese punctuation stays as it
 * is. */
static uint32_t half_width(uint32_t c, bool all)
{
    if (c == 0x3000)
        return ' ';
    if (c < 0xFF01 || c > 0xFF5E)
        return c;
    uint32_t h = c - 0xFF01 + '!';
    bool alnum = (h >= '0' && h <= '9') || (h >= 'A' && h <= 'Z') || (h >= 'a' && h <= 'z');
    return all || alnum ? h : c;
}

static void put(struct str *s, uint32_t c)
{
    char bytes[4];
    str_add(s, bytes, utf8_put(bytes, c));
}

static bool machine_text(const struct form_field *f)
{
    return f->type == FIELD_ID || f->type == FIELD_PHONE || (f->normalise & (NORM_UPPER | NORM_DIGITS)) ||
           (f->keyboard && strcmp(f->keyboard, "pinyin") != 0);
}

/* Drops what is no UTF-8 and what nobody can see, maps full-width forms. A line break in a field of one line is a
 * blank. */
static void clean(const struct form_field *f, const char *in, struct str *out)
{
    bool multiline = f->type == FIELD_TEXTAREA, all = machine_text(f);
    int marks = 0;
    for (const char *end = in + strlen(in); in < end;) {
        uint32_t c;
        size_t n = utf8_next(in, end, &c);
        in += n;
        if (c == '\n' || c == '\t')
            c = multiline && c == '\n' ? c : ' ';
        else if ((c < 0x200B || c > 0x200D) && text_char_blank(c)) /* joiners have work to do inside a word */
            c = ' ';
        if ((c == 0xFFFD && n == 1) || !text_char_ok(c, multiline))
            continue;
        marks = text_char_mark(c) ? marks + 1 : 0;
        if (marks > MARKS_MAX)
            continue;
        put(out, f->normalise & NORM_HALFWIDTH ? half_width(c, all) : c);
    }
}

static bool name_dot(uint32_t c)
{
    static const uint32_t dots[] = {0xB7, 0x387, 0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB, 0xFE52, 0xFF0E, 0xFF65, '.'};
    for (size_t i = 0; i < ARRAY_LEN(dots); i++)
        if (c == dots[i])
            return true;
    return false;
}

/* 阿依古丽•买买提 → 阿依古丽·买买提: any dot between Han characters is U+00B7; a name has no blanks. */
static void name_dots(struct str *s)
{
    struct str out = {0};
    uint32_t before = 0;
    for (const char *p = str_z(s), *end = p + s->len; p < end;) {
        uint32_t c, next = 0;
        p += utf8_next(p, end, &c);
        if (c == ' ')
            continue;
        const char *q = p + strspn(p, " ");
        if (q < end)
            utf8_next(q, end, &next);
        put(&out, name_dot(c) && is_han(before) && is_han(next) ? 0xB7 : c);
        before = c;
    }
    str_finish(s);
    *s = out;
}

static bool strip_ends(struct str *s, const char *first, const char *last)
{
    size_t a = strlen(first), b = strlen(last);
    if (s->len < a + b || strncmp(s->p, first, a) != 0 || strcmp(s->p + s->len - b, last) != 0)
        return false;
    memmove(s->p, s->p + a, s->len - a - b);
    s->len -= a + b;
    s->p[s->len] = '\0';
    return true;
}

/* 《…》 around the whole, not 《甲》和《乙》. */
static void strip_book_marks(struct str *s)
{
    if (!s->len || strncmp(s->p, "《", 3) != 0)
        return;
    const char *close = strstr(s->p, "》");
    int depth = 0;
    for (const char *p = s->p; *p; p++) {
        depth += strncmp(p, "《", 3) == 0;
        if (strncmp(p, "》", 3) == 0 && --depth == 0) {
            close = p;
            break;
        }
    }
    if (close && close == s->p + s->len - 3)
        strip_ends(s, "《", "》");
}

static void trim(struct str *s)
{
    size_t first = 0, end = s->len;
    while (first < end && strchr(" \n", s->p[first]))
        first++;
    while (end > first && strchr(" \n", s->p[end - 1]))
        end--;
    if (!s->p)
        return;
    memmove(s->p, s->p + first, end - first);
    s->len = end - first;
    s->p[s->len] = '\0';
}

static void digits_only(struct str *s)
{
    if (!s->p)
        return;
    size_t skip = strncmp(s->p, "+86", 3) == 0 ? 3 : strncmp(s->p, "0086", 4) == 0 ? 4 : 0, n = 0;
    for (size_t i = skip; i < s->len; i++)
        if (s->p[i] != ' ' && s->p[i] != '-')
            s->p[n++] = s->p[i];
    s->p[s->len = n] = '\0';
}

/* 第3号 → 3, 〔2011〕 → 2011, 2011年 → 2011 */
static void doc_no_part(struct str *s)
{
    static const char *const around[][2] = {{"第", ""}, {"", "号"},   {"", "年"},   {"〔", "〕"}, {"【", "】"},
                                            {"[", "]"}, {"［", "］"}, {"（", "）"}, {"(", ")"},   {"〈", "〉"}};
    for (size_t i = 0; i < ARRAY_LEN(around); i++) {
        strip_ends(s, around[i][0], around[i][1]);
        trim(s);
    }
}

void field_normalise(const struct form_field *field, const char *in, struct str *out)
{
    CLEANUP(str) struct str s = {0};
    clean(field, in, &s);
    if (field->normalise & NORM_NFC) {
        struct str nfc = {0};
        nfc_add(&nfc, str_z(&s), s.len);
        str_finish(&s);
        s = nfc;
    }
    if (field->normalise & NORM_NAME_DOTS)
        name_dots(&s);
    if (field->normalise & NORM_TRIM)
        trim(&s);
    if (field->normalise & NORM_STRIP_BOOK_MARKS)
        strip_book_marks(&s);
    if (field->normalise & NORM_DIGITS)
        digits_only(&s);
    if (field->normalise & NORM_DOC_NO)
        doc_no_part(&s);
    for (size_t i = 0; field->normalise & NORM_UPPER && i < s.len; i++)
        if (s.p[i] >= 'a' && s.p[i] <= 'z')
            s.p[i] = (char)(s.p[i] - 'a' + 'A');
    str_clear(out);
    str_add(out, str_z(&s), s.len);
}
