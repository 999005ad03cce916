/* table.h — tables as people pass them on: comma- or tab-separated text in and out (RFC 4180). Pure.
 *
 * What goes out is read by spreadsheets, too: a cell that a spreadsheet would take for a formula (its first character
 * behind any apostrophes is one of = + - @, their full-width forms, or a tab) gets one apostrophe in front; whoever
 * reads the file by program takes one apostrophe away where it stands before such a character. Characters that nobody
 * can see (controls, bidi controls, noncharacters: text.h) become U+FFFD, so that a value cannot turn its row around.
 * Leading zeros and long numbers are kept as they are: a spreadsheet that opens the CSV may still swallow them, which is
 * why there is the XLSX with text cells (sheet.h). */
#ifndef BULU_PLATFORM_TABLE_H
#define BULU_PLATFORM_TABLE_H

#include "sync/base/str.h"

/* --- in --- */
struct table {
    char *text;         /* owns the cells */
    const char **cells; /* n_rows × n_columns; a short row is filled up with "" */
    int *lines;         /* of each row, from 1 */
    size_t n_rows, n_columns;
};
/* UTF-8 with or without its mark, else GB 18030 (as Chinese spreadsheets save it). The separator is what the first line
 * has more of. Rows without any character are skipped. ERR_FORMAT names the line; ERR_LIMIT: more than most rows or 64
 * columns. */
bool table_parse(const void *bytes, size_t len, size_t most, struct table *out, struct err *e) WARN_UNUSED;
void table_finish(struct table *t);
static inline void table_cleanup(struct table *t)
{
    table_finish(t);
}
static inline const char *table_cell(const struct table *t, size_t row, size_t column)
{
    return t->cells[row * t->n_columns + column];
}
/* The column whose heading (row 0) is one of names (by commas); n_columns: none. */
size_t table_column(const struct table *t, const char *names);

/* --- out --- */
#define TABLE_MARK "\xEF\xBB\xBF" /* in front of the file, so that spreadsheets take it for UTF-8 */
/* What nobody can see becomes U+FFFD; \n stays. */
void table_visible(struct str *out, const char *value);
/* Appends one quoted cell; the caller puts commas between and "\r\n" behind the row. */
void table_put(struct str *out, const char *value);

#endif
