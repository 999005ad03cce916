/* dict.c — dictionaries: a TSV file is read once and cut in place; items point into it. Codes and names have a hash
 * index each. */
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/form_set.h"
#include "sync/record/seal.h"

#include <stdlib.h>
#include <string.h>

#define DICT_BYTES_MAX (8u << 20)
#define COLUMNS_MAX    32

struct dict {
    char *name;
    struct str bytes;
    unsigned char hash[HASH_BYTES]; /* of the file */
    const char *version;
    const char *columns[COLUMNS_MAX];
    size_t n_columns, n;
    const char **cells; /* n × n_columns */
    struct dict_item *items;
    uint32_t *by_code, *by_name; /* index + 1, 0: free */
    size_t mask;
    size_t alias, name_en; /* columns; n_columns: absent */
};

static uint32_t hash_of(const char *z)
{
    uint32_t h = 2166136261u;
    for (; *z; z++)
        h = (h ^ (unsigned char)*z) * 16777619u;
    return h;
}

static size_t column_index(const struct dict *d, const char *name)
{
    size_t i = 0;
    while (i < d->n_columns && strcmp(d->columns[i], name) != 0)
        i++;
    return i;
}

/* Cuts the line at *p into cells; missing ones stay "". Returns false for too many. */
static bool cut_line(char **p, const char **cells, size_t max, size_t *n)
{
    char *line = *p, *end = line + strcspn(line, "\n");
    *p = *end ? end + 1 : end;
    *end = '\0';
    for (*n = 0;; line++) {
        size_t len = strcspn(line, "\t");
        bool last = !line[len];
        if (*n == max)
            return false;
        cells[(*n)++] = line;
        line += len;
        *line = '\0';
        if (last)
            return true;
    }
}

static bool cut(struct dict *d, const char *path, struct err *e)
{
    char *p = d->bytes.p;
    if (!utf8_valid(p, d->bytes.len) || memchr(p, '\0', d->bytes.len) || memchr(p, '\r', d->bytes.len))
        return err_set(e, ERR_FORMAT, "%s: expected UTF-8 with LF", path);
    if (strncmp(p, "# source: ", 10) != 0)
        return err_set(e, ERR_FORMAT, "%s:1: expected \"# source: …\"", path);
    size_t ignored;
    const char *source[1];
    if (!cut_line(&p, source, 1, &ignored))
        return err_set(e, ERR_FORMAT, "%s:1: expected no tab", path);
    const char *version = strstr(source[0], "version: ");
    d->version = version ? version + 9 : "";
    if (!cut_line(&p, d->columns, COLUMNS_MAX, &d->n_columns))
        return err_set(e, ERR_FORMAT, "%s:2: expected at most %d columns", path, COLUMNS_MAX);
    size_t lines = 0;
    for (const char *q = p; *q; q++)
        lines += *q == '\n';
    d->cells = xcalloc((lines + 1) * d->n_columns, sizeof *d->cells);
    while (*p) {
        const char **row = d->cells + d->n * d->n_columns;
        size_t n;
        if (!cut_line(&p, row, d->n_columns, &n))
            return err_set(e, ERR_FORMAT, "%s:%zu: expected %zu columns", path, d->n + 3, d->n_columns);
        for (; n < d->n_columns; n++)
            row[n] = "";
        d->n++;
    }
    return true;
}

static const char *cell(const struct dict *d, size_t row, size_t column)
{
    return column < d->n_columns ? d->cells[row * d->n_columns + column] : "";
}

static bool fill(struct dict *d, const char *path, struct err *e)
{
    size_t code = column_index(d, "code"), name = column_index(d, "name_zh"), note = column_index(d, "note"),
           parent = column_index(d, "parent"), search = column_index(d, "search"), status = column_index(d, "status");
    if (code == d->n_columns || name == d->n_columns)
        return err_set(e, ERR_FORMAT, "%s:2: expected the columns code and name_zh", path);
    d->alias = column_index(d, "alias");
    d->name_en = column_index(d, "name_en");
    d->items = xcalloc(d->n, sizeof *d->items);
    for (size_t i = 0; i < d->n; i++) {
        d->items[i] = (struct dict_item){cell(d, i, code),   cell(d, i, name),   cell(d, i, note),
                                         cell(d, i, parent), cell(d, i, search), cell(d, i, status)};
        if (!*d->items[i].code || !*d->items[i].name)
            return err_set(e, ERR_FORMAT, "%s:%zu: expected a code and a name", path, i + 3);
    }
    return true;
}

static bool index_codes(struct dict *d, const char *path, struct err *e)
{
    size_t size = 8;
    while (size < 2 * d->n)
        size *= 2;
    d->mask = size - 1;
    d->by_code = xcalloc(size, sizeof *d->by_code);
    d->by_name = xcalloc(size, sizeof *d->by_name);
    for (size_t i = 0; i < d->n; i++) {
        size_t at = hash_of(d->items[i].code) & d->mask;
        for (; d->by_code[at]; at = (at + 1) & d->mask)
            if (strcmp(d->items[d->by_code[at] - 1].code, d->items[i].code) == 0)
                return err_set(e, ERR_FORMAT, "%s:%zu: expected each code once", path, i + 3);
        d->by_code[at] = (uint32_t)i + 1;
        at = hash_of(d->items[i].name) & d->mask;
        while (d->by_name[at])
            at = (at + 1) & d->mask;
        d->by_name[at] = (uint32_t)i + 1;
    }
    return true;
}

struct dict *dict_load(const char *path, const char *name, struct err *e)
{
    struct dict *d = xcalloc(1, sizeof *d);
    d->name = xstrdup(name);
    bool read = file_read(path, DICT_BYTES_MAX, &d->bytes, e);
    if (read) {
        str_reserve(&d->bytes, 0);
        crypto_sodium()->hash(d->hash, d->bytes.p, d->bytes.len); /* before it is cut */
    }
    if (!read || !cut(d, path, e) || !fill(d, path, e) || !index_codes(d, path, e)) {
        dict_destroy(d);
        return NULL;
    }
    return d;
}

void dict_destroy(struct dict *d)
{
    if (!d)
        return;
    free(d->name);
    str_finish(&d->bytes);
    free(d->cells);
    free(d->items);
    free(d->by_code);
    free(d->by_name);
    free(d);
}

const char *dict_own_name(const struct dict *d)
{
    return d->name;
}

const unsigned char *dict_hash(const struct dict *d)
{
    return d->hash;
}

const char *dict_version(const struct dict *d)
{
    return d->version;
}

size_t dict_count(const struct dict *d)
{
    return d->n;
}

const struct dict_item *dict_at(const struct dict *d, size_t i)
{
    return i < d->n ? &d->items[i] : NULL;
}

bool dict_offered(const struct dict_item *item)
{
    return strcmp(item->status, "historical") != 0 && strcmp(item->status, "hidden") != 0;
}

const struct dict_item *dict_code(const struct dict *d, const char *code)
{
    for (size_t at = hash_of(code) & d->mask; d->by_code[at]; at = (at + 1) & d->mask)
        if (strcmp(d->items[d->by_code[at] - 1].code, code) == 0)
            return &d->items[d->by_code[at] - 1];
    return NULL;
}

const struct dict_item *dict_name_next(const struct dict *d, const char *name, size_t *at)
{
    for (; d->by_name[*at & d->mask]; ++*at) {
        const struct dict_item *item = &d->items[d->by_name[*at & d->mask] - 1];
        if (strcmp(item->name, name) == 0) {
            ++*at;
            return item;
        }
    }
    return NULL;
}

size_t dict_name_start(const char *name)
{
    return hash_of(name);
}

const struct dict_item *dict_name(const struct dict *d, const char *name)
{
    const struct dict_item *any = NULL, *item;
    for (size_t at = dict_name_start(name); (item = dict_name_next(d, name, &at)) != NULL;) {
        if (dict_offered(item))
            return item;
        if (!any)
            any = item;
    }
    return any;
}

const char *dict_column(const struct dict *d, const struct dict_item *item, const char *column)
{
    return cell(d, (size_t)(item - d->items), column_index(d, column));
}
