#include "sync/platform/table.h"

#include "sync/base/cleanup.h"
#include "sync/record/text.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#define COLUMNS_MOST 64

/* --- in --- */

/* Appends UTF-8; false: neither UTF-8 nor GB 18030. */
static bool decode(const char *p, size_t len, struct str *out, struct err *e)
{
    if (len >= 3 && !memcmp(p, TABLE_MARK, 3)) {
        p += 3;
        len -= 3;
    }
    if (utf8_valid(p, len)) {
        str_add(out, p, len);
        return true;
    }
    iconv_t cd = iconv_open("UTF-8", "GB18030");
    if (cd == (iconv_t)-1)
        return err_sys(e, errno, "iconv");
    char *in = (char *)(uintptr_t)p, *to = str_reserve(out, 3 * len + 4);
    size_t left = len, room = 3 * len + 4, before = room;
    bool ok = iconv(cd, &in, &left, &to, &room) != (size_t)-1;
    iconv_close(cd);
    if (!ok)
        return err_set(e, ERR_FORMAT, "the text is neither UTF-8 nor GB 18030");
    out->len += before - room;
    out->p[out->len] = '\0';
    return true;
}

struct reader {
    char *p, *end; /* rewritten in place: a cell is never longer than it was */
    char separator;
    int line;
    const char *cells[COLUMNS_MOST];
    size_t n;
};

/* At a quote. The cell's text moves to where the quote stood. */
static bool quoted(struct reader *r, struct err *e)
{
    char *to = r->p;
    int began = r->line;
    r->cells[r->n++] = to;
    for (r->p++; r->p < r->end; r->p++) {
        if (*r->p == '"') {
            if (r->p + 1 == r->end || r->p[1] != '"')
                break;
            r->p++;
        }
        r->line += *r->p == '\n';
        *to++ = *r->p;
    }
    if (r->p == r->end)
        return err_set(e, ERR_FORMAT, "line %d: a quote is opened and not closed", began);
    r->p++;
    if (r->p < r->end && *r->p != r->separator && *r->p != '\r' && *r->p != '\n')
        return err_set(e, ERR_FORMAT, "line %d: text behind a closing quote", r->line);
    *to = '\0'; /* before or at the closing quote */
    return true;
}

static void plain(struct reader *r)
{
    r->cells[r->n++] = r->p;
    while (r->p < r->end && *r->p != r->separator && *r->p != '\r' && *r->p != '\n')
        r->p++;
}

/* One row; its cells are terminated in place. False: failed. */
static bool row(struct reader *r, struct err *e)
{
    r->n = 0;
    for (bool more = true; more;) {
        if (r->n == COLUMNS_MOST)
            return err_set(e, ERR_LIMIT, "line %d: more than %d columns", r->line, COLUMNS_MOST);
        if (r->p < r->end && *r->p == '"') {
            if (!quoted(r, e))
                return false;
        } else {
            plain(r);
        }
        more = r->p < r->end && *r->p == r->separator;
        if (r->p < r->end && *r->p == '\r' && r->p + 1 < r->end && r->p[1] == '\n')
            *r->p++ = '\0';
        if (r->p < r->end) {
            r->line += *r->p == '\n';
            *r->p++ = '\0';
        }
    }
    return true;
}

static bool empty(const struct reader *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (*r->cells[i])
            return false;
    return true;
}

static char separator_of(const char *text)
{
    size_t tabs = 0, commas = 0;
    for (; *text && *text != '\n'; text++) {
        tabs += *text == '\t';
        commas += *text == ',';
    }
    return tabs >= commas && tabs ? '\t' : ',';
}

/* Rows are as wide as the first. */
static bool keep(struct table *t, const struct reader *r, int line, size_t most, size_t *cap, struct err *e)
{
    if (!t->n_columns)
        t->n_columns = r->n;
    if (r->n > t->n_columns)
        return err_set(e, ERR_FORMAT, "line %d: %zu cells under %zu headings", line, r->n, t->n_columns);
    if (t->n_rows == most)
        return err_set(e, ERR_LIMIT, "more than %zu rows", most);
    if (t->n_rows == *cap) {
        *cap = *cap ? 2 * *cap : 64;
        t->cells = xrealloc(t->cells, *cap * t->n_columns * sizeof *t->cells);
        t->lines = xrealloc(t->lines, *cap * sizeof *t->lines);
    }
    for (size_t i = 0; i < t->n_columns; i++)
        t->cells[t->n_rows * t->n_columns + i] = i < r->n ? r->cells[i] : "";
    t->lines[t->n_rows++] = line;
    return true;
}

bool table_parse(const void *bytes, size_t len, size_t most, struct table *out, struct err *e)
{
    CLEANUP(table) struct table t = {0};
    struct str text = {0};
    size_t cap = 0;
    bool ok = decode(bytes, len, &text, e);
    if (ok && memchr(str_z(&text), '\0', text.len))
        ok = err_set(e, ERR_FORMAT, "the text has a character U+0000");
    size_t n = text.len;
    t.text = str_take(&text);
    struct reader r = {.p = t.text, .end = t.text + n, .separator = separator_of(t.text), .line = 1};
    while (ok && r.p < r.end) {
        int line = r.line;
        ok = row(&r, e) && (empty(&r) || keep(&t, &r, line, most, &cap, e));
    }
    if (!ok)
        return false;
    *out = t;
    t = (struct table){0};
    return true;
}

void table_finish(struct table *t)
{
    free(t->text);
    free(t->cells);
    free(t->lines);
    *t = (struct table){0};
}

size_t table_column(const struct table *t, const char *names)
{
    for (size_t i = 0; t->n_rows && i < t->n_columns; i++) {
        const char *cell = table_cell(t, 0, i);
        size_t len = strlen(cell);
        for (const char *p = names; len && *p; p += strcspn(p, ","), p += *p == ',')
            if (strcspn(p, ",") == len && !strncmp(p, cell, len))
                return i;
    }
    return t->n_columns;
}

/* --- out --- */

void table_visible(struct str *out, const char *value)
{
    for (const char *end = value + strlen(value); value < end;) {
        uint32_t c;
        size_t n = utf8_next(value, end, &c);
        if (text_char_ok(c, true))
            str_add(out, value, n);
        else
            str_puts(out, "\xEF\xBF\xBD");
        value += n;
    }
}

/* Full-width forms, too: spreadsheets with a Chinese or Japanese setting take them. */
static bool formula(const char *z)
{
    static const char *const first[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};
    z += strspn(z, "'");
    for (size_t i = 0; i < ARRAY_LEN(first); i++)
        if (!strncmp(z, first[i], strlen(first[i])))
            return true;
    return false;
}

void table_put(struct str *out, const char *value)
{
    CLEANUP(str) struct str seen = {0};
    table_visible(&seen, value);
    str_putc(out, '"');
    if (formula(value))
        str_putc(out, '\'');
    for (const char *p = str_z(&seen); *p; p++) {
        if (*p == '"')
            str_putc(out, '"');
        str_putc(out, *p);
    }
    str_putc(out, '"');
}
