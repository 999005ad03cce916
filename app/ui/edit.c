#include "app/ui/edit.h"

#include "app/ui/text.h"

#include <string.h>

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t edit_from(const struct edit *e)
{
    return lesser(e->caret, e->anchor);
}

size_t edit_to(const struct edit *e)
{
    return e->caret > e->anchor ? e->caret : e->anchor;
}

/* The grapheme border at or before byte. */
static size_t border(const struct edit *e, size_t byte)
{
    size_t at = 0;
    while (at < e->text.len) {
        size_t next = text_next_grapheme(e->text.p, e->text.len, at);
        if (next > byte)
            return at;
        at = next;
    }
    return at;
}

static void put(struct edit *e, const char *text)
{
    size_t n = strlen(text);
    if (e->text.p)
        memset(e->text.p, 0, e->text.len);
    str_clear(&e->text);
    str_add(&e->text, text, n);
}

void edit_set(struct edit *e, const char *text)
{
    put(e, text);
    e->caret = e->anchor = e->text.len;
    e->full = false;
}

void edit_replace(struct edit *e, const char *text)
{
    size_t behind = e->text.len - e->caret;
    put(e, text);
    e->caret = e->text.len > behind ? border(e, e->text.len - behind) : 0;
    e->anchor = e->caret;
}

void edit_finish(struct edit *e)
{
    str_finish_secret(&e->text);
    *e = (struct edit){0};
}

static void cut(struct edit *e, size_t from, size_t to)
{
    memmove(e->text.p + from, e->text.p + to, e->text.len - to + 1);
    e->text.len -= to - from;
    e->caret = e->anchor = from;
    e->full = false;
}

/* The characters of text that a box takes, into out. */
static void cleaned(const char *text, bool many_lines, struct str *out)
{
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        uint32_t cp;
        size_t n = utf8_next(p, end, &cp);
        bool blank = cp == '\t' || (cp == '\n' && !many_lines);
        bool control = cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e) ||
                       (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
        if (blank)
            str_putc(out, ' ');
        else if ((!control || cp == '\n') && (cp != 0xFFFD || n > 1)) /* else no UTF-8 */
            str_add(out, p, n);
        p += n;
    }
}

bool edit_insert(struct edit *e, const char *text, int max_len, bool many_lines)
{
    struct str fresh = {0};
    cleaned(text, many_lines, &fresh);
    size_t from = edit_from(e), to = edit_to(e), kept = utf8_count(str_z(&e->text));
    for (const char *p = e->text.p + from; e->text.p && p < e->text.p + to;) {
        uint32_t cp;
        p += utf8_next(p, e->text.p + to, &cp);
        kept--;
    }
    size_t room = max_len > 0 && (size_t)max_len > kept ? (size_t)max_len - kept : max_len > 0 ? 0 : SIZE_MAX, fits = 0;
    for (size_t n = 0; n < room && fits < fresh.len; n++) {
        uint32_t cp;
        fits += utf8_next(fresh.p + fits, fresh.p + fresh.len, &cp);
    }
    e->full = fits < fresh.len;
    bool changes = fits || from != to;
    if (changes) {
        str_reserve(&e->text, fits + 1);
        memmove(e->text.p + from + fits, e->text.p + to, e->text.len - to);
        if (fits)
            memcpy(e->text.p + from, fresh.p, fits);
        e->text.len += fits - (to - from);
        e->text.p[e->text.len] = '\0';
        e->caret = e->anchor = from + fits;
    }
    str_finish_secret(&fresh);
    return changes;
}

bool edit_backspace(struct edit *e)
{
    size_t from = edit_from(e), to = edit_to(e);
    if (from == to && from == 0)
        return false;
    cut(e, from == to ? text_prev_grapheme(e->text.p, e->text.len, to) : from, to);
    return true;
}

bool edit_delete(struct edit *e)
{
    size_t from = edit_from(e), to = edit_to(e);
    if (from == to && from == e->text.len)
        return false;
    cut(e, from, from == to ? text_next_grapheme(e->text.p, e->text.len, from) : to);
    return true;
}

void edit_go(struct edit *e, enum edit_move m, bool select)
{
    size_t from = edit_from(e), to = edit_to(e), at = e->caret;
    bool collapse = from != to && !select;
    if (m == EDIT_HOME)
        at = 0;
    else if (m == EDIT_END)
        at = e->text.len;
    else if (m == EDIT_LEFT)
        at = collapse ? from : at ? text_prev_grapheme(e->text.p, e->text.len, at) : 0;
    else
        at = collapse ? to : at < e->text.len ? text_next_grapheme(e->text.p, e->text.len, at) : at;
    e->caret = at;
    if (!select)
        e->anchor = at;
}

void edit_at(struct edit *e, size_t byte, bool select)
{
    e->caret = border(e, lesser(byte, e->text.len));
    if (!select)
        e->anchor = e->caret;
}

void edit_all(struct edit *e)
{
    e->anchor = 0;
    e->caret = e->text.len;
}

enum class { LETTER, HAN, BLANK, SIGN };
static enum class class_at(const struct edit *e, size_t at) {
    uint32_t cp; utf8_next(e->text.p + at, e->text.p + e->text.len, &cp);
    if (cp == ' ' || cp == 0x3000 || cp == '\n') return BLANK;
    if ((cp >= 0x3400 && cp <= 0x9fff) || cp == 0x3007 || (cp >= 0xe000 && cp <= 0xfaff) || cp >= 0x20000) return HAN;
    if ((cp | 32) - 'a' < 26 || cp - '0' < 10 || (cp >= 0xc0 && cp < 0x2000)) return LETTER;
    return SIGN;
}

void edit_word(struct edit *e, size_t byte)
{
    if (!e->text.len)
        return;
    size_t at = border(e, lesser(byte, e->text.len));
    if (at == e->text.len)
        at = text_prev_grapheme(e->text.p, e->text.len, at);
    size_t from = at, to = text_next_grapheme(e->text.p, e->text.len, at);
    enum class c = class_at(e, at);
    while (c != SIGN && from > 0 && class_at(e, text_prev_grapheme(e->text.p, e->text.len, from)) == c)
        from = text_prev_grapheme(e->text.p, e->text.len, from);
    while (c != SIGN && to < e->text.len && class_at(e, to) == c)
        to = text_next_grapheme(e->text.p, e->text.len, to);
    e->anchor = from;
    e->caret = to;
}
