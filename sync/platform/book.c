#include "sync/platform/book.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/platform/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xlsxwriter.h>

#define RAM_FOLDER  "/dev/shm"
#define CELL_MOST   32000 /* characters; a cell of the format holds 32767 UTF-16 units */
#define ROWS_MOST   1000000
#define TITLE_MOST  28 /* characters; the format's 31 without room for a number */
#define WIDTH       22
#define BUFFER_MOST (256 * 1024)

struct sheet {
    char *file, *title;
    char **headings;
    size_t n;
    int fd;
    struct str buffer;
    lxw_worksheet *page;
    lxw_row_t rows; /* on the page, its heading included */
    int pages;
};

struct book {
    struct sheet sheets[BOOK_SHEETS_MOST];
    size_t n;
    int fd;
    char *xlsx;
    lxw_workbook *workbook;
    lxw_format *text, *bold;
};

static int ram_file(const char *name, struct err *e)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0)
        err_sys(e, errno, "memfd_create");
    return fd;
}

struct book *book_create(struct err *e)
{
    int fd = ram_file("book", e);
    if (fd < 0)
        return NULL;
    struct book *b = xcalloc(1, sizeof *b);
    AUTOFREE char *path = xasprintf("/proc/self/fd/%d", fd);
    char folder[] = RAM_FOLDER;
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .use_zip64 = LXW_TRUE, .tmpdir = folder};
    b->fd = fd;
    b->workbook = workbook_new_opt(path, &options);
    if (!b->workbook) {
        err_set(e, ERR_IO, "the workbook cannot be made");
        book_destroy(b);
        return NULL;
    }
    b->text = workbook_add_format(b->workbook);
    format_set_num_format(b->text, "@");
    b->bold = workbook_add_format(b->workbook);
    format_set_num_format(b->bold, "@");
    format_set_bold(b->bold);
    return b;
}

void book_destroy(struct book *b)
{
    if (!b)
        return;
    if (b->workbook)
        lxw_workbook_free(b->workbook);
    for (size_t i = 0; i < b->n; i++) {
        struct sheet *s = &b->sheets[i];
        for (size_t k = 0; k < s->n; k++)
            free(s->headings[k]);
        free(s->headings);
        free(s->file);
        free(s->title);
        str_finish_secret(&s->buffer);
        close(s->fd);
    }
    free(b->xlsx);
    close(b->fd);
    free(b);
}

/* --- the XLSX --- */

/* A sheet's name has at most 31 characters, none of []:*?/\ and no ' at its ends. */
static void title_of(const char *title, size_t place, struct str *out)
{
    size_t n = 0;
    for (const char *p = title, *end = p + strlen(p); p < end && n < TITLE_MOST; n++) {
        uint32_t c;
        size_t len = utf8_next(p, end, &c);
        if (c < 0x80 && strchr("[]:*?/\\'", (int)c))
            str_putc(out, ' ');
        else
            str_add(out, p, len);
        p += len;
    }
    if (!n)
        str_printf(out, "%zu", place + 1);
}

static bool title_free(const struct book *b, const char *title)
{
    return !workbook_get_worksheet_by_name(b->workbook, title);
}

/* The format reads _xHHHH_ as a character: a value that has it says so by _x005F_. */
static void put_escaped(struct str *out, const char *z)
{
    for (; *z; z++) {
        if (z[0] == '_' && z[1] == 'x' && strspn(z + 2, "0123456789abcdefABCDEF") >= 4 && z[6] == '_')
            str_puts(out, "_x005F");
        str_putc(out, *z);
    }
}

static bool put_cell(struct sheet *s, lxw_row_t row, lxw_col_t col, const char *value, lxw_format *format,
                     struct err *e)
{
    CLEANUP(str_secret) struct str seen = {0}, text = {0};
    if (!*value)
        return true;
    table_visible(&seen, value);
    const char *p = str_z(&seen), *end = p + seen.len;
    for (size_t n = 0; p < end && n < CELL_MOST; n++) {
        uint32_t c;
        p += utf8_next(p, end, &c);
    }
    if (p < end) { /* the CSV has the whole of it */
        seen.len = (size_t)(p - seen.p);
        seen.p[seen.len] = '\0';
        str_puts(&seen, "…");
    }
    put_escaped(&text, seen.p);
    lxw_error r = worksheet_write_string(s->page, row, col, text.p, format);
    return r == LXW_NO_ERROR || err_set(e, ERR_IO, "a cell: %s", lxw_strerror(r));
}

/* The next page of a sheet, under its headings: the first, or one more when the format's rows are used up. */
static bool turn_page(struct book *b, struct sheet *s, struct err *e)
{
    CLEANUP(str) struct str title = {0};
    title_of(s->title, (size_t)(s - b->sheets), &title);
    size_t plain = title.len;
    for (int i = ++s->pages; i > 1 || !title_free(b, title.p); i++) {
        title.len = plain;
        str_printf(&title, " %d", i > 1 ? i : ++i);
        if (title_free(b, title.p))
            break;
    }
    s->page = workbook_add_worksheet(b->workbook, title.p);
    if (!s->page)
        return err_set(e, ERR_IO, "a sheet cannot be made");
    s->rows = 1;
    worksheet_freeze_panes(s->page, 1, 0);
    worksheet_set_column(s->page, 0, (lxw_col_t)(s->n - 1), WIDTH, b->text);
    worksheet_ignore_errors(s->page, LXW_IGNORE_NUMBER_STORED_AS_TEXT, "A1:XFD1048576");
    for (size_t i = 0; i < s->n; i++)
        if (!put_cell(s, 0, (lxw_col_t)i, s->headings[i], b->bold, e))
            return false;
    return true;
}

/* --- the CSV --- */

static bool flush(struct sheet *s, struct err *e)
{
    bool ok = fd_write_all(s->fd, str_z(&s->buffer), s->buffer.len, e);
    str_clear(&s->buffer);
    return ok;
}

static bool put_line(struct sheet *s, const char *const *values, struct err *e)
{
    for (size_t i = 0; i < s->n; i++) {
        if (i)
            str_putc(&s->buffer, ',');
        table_put(&s->buffer, values[i]);
    }
    str_puts(&s->buffer, "\r\n");
    return s->buffer.len < BUFFER_MOST || flush(s, e);
}

/* --- both --- */

int book_sheet(struct book *b, const char *file, const char *title, const char *const *headings, size_t n,
               struct err *e)
{
    struct sheet s = {.n = n};
    if (b->n == BOOK_SHEETS_MOST || !n) {
        err_set(e, ERR_LIMIT, "more than %d sheets, or one without columns", BOOK_SHEETS_MOST);
        return -1;
    }
    if ((s.fd = ram_file(file, e)) < 0)
        return -1;
    s.file = xstrdup(file);
    s.title = xstrdup(title);
    s.headings = xcalloc(n, sizeof *s.headings);
    for (size_t i = 0; i < n; i++)
        s.headings[i] = xstrdup(headings[i]);
    b->sheets[b->n++] = s;
    struct sheet *kept = &b->sheets[b->n - 1];
    str_puts(&kept->buffer, TABLE_MARK);
    return put_line(kept, headings, e) && turn_page(b, kept, e) ? (int)b->n - 1 : -1;
}

bool book_row(struct book *b, int sheet, const char *const *values, struct err *e)
{
    struct sheet *s = &b->sheets[sheet];
    if (!put_line(s, values, e) || (s->rows == ROWS_MOST && !turn_page(b, s, e)))
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (!put_cell(s, s->rows, (lxw_col_t)i, values[i], b->text, e))
            return false;
    s->rows++;
    return true;
}

bool book_finish(struct book *b, const char *xlsx, struct err *e)
{
    for (size_t i = 0; i < b->n; i++)
        if (!flush(&b->sheets[i], e))
            return false;
    lxw_error r = workbook_close(b->workbook); /* frees it, whatever it says */
    b->workbook = NULL;
    b->xlsx = xstrdup(xlsx);
    return r == LXW_NO_ERROR || err_set(e, ERR_IO, "the workbook: %s", lxw_strerror(r));
}

bool book_file(const struct book *b, size_t i, char name[64], int *fd, int64_t *size)
{
    struct stat st;
    if (i > b->n)
        return false;
    if (i < b->n)
        snprintf(name, 64, "%.50s.csv", b->sheets[i].file);
    else
        zcopy(name, 64, b->xlsx);
    *fd = i < b->n ? b->sheets[i].fd : b->fd;
    *size = fstat(*fd, &st) ? 0 : st.st_size;
    return true;
}
