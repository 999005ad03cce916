/* rows_import.c — an operator's table of rows that the platform fills in: read whole, checked whole, then stored in one
 * transaction. */
#include "sync/base/cleanup.h"
#include "sync/platform/profiles.h"

#include <string.h>

#define COLUMNS_MOST 24
#define ID_COLUMN    "id_number"

struct import {
    struct platform *platform;
    const struct rows_table *table;
    const char *column[COLUMNS_MOST]; /* NULL: the ID number */
    size_t n_columns;
    char (*tags)[TAG_SIZE];
    const char **people;
    struct str *sealed;
    size_t n, cap;
};

static void import_finish(struct import *m)
{
    for (size_t i = 0; i < m->n; i++)
        str_finish(&m->sealed[i]);
    free(m->tags);
    free(m->people);
    free(m->sealed);
}

static bool header(struct import *m, char *line, struct err *e)
{
    bool id = false;
    for (char *name; (name = strsep(&line, "\t"));) {
        const char *known = NULL;
        for (size_t i = 0; m->table->columns[i]; i++)
            if (!strcmp(m->table->columns[i], name))
                known = m->table->columns[i];
        if (strcmp(name, ID_COLUMN) != 0 && !known)
            return err_set(e, ERR_FORMAT, "line 1: no column is called \"%.40s\"", name);
        if (m->n_columns == COLUMNS_MOST)
            return err_set(e, ERR_FORMAT, "line 1: more than %d columns", COLUMNS_MOST);
        id |= !known;
        m->column[m->n_columns++] = known;
    }
    return id || err_set(e, ERR_FORMAT, "line 1: the column " ID_COLUMN " is missing");
}

static bool row_check(const struct import *m, const json_t *row, struct err *e)
{
    for (size_t i = 0; i < m->table->n_needed; i++)
        if (!*call_text(row, m->table->columns[i]))
            return err_set(e, ERR_FORMAT, "%s is empty", m->table->columns[i]);
    return !m->table->check || m->table->check(m->table->ctx, row, e);
}

static void row_add(struct import *m, const char *number, const json_t *row)
{
    if (m->n == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 64;
        m->tags = xrealloc(m->tags, m->cap * sizeof *m->tags);
        m->sealed = xrealloc(m->sealed, m->cap * sizeof *m->sealed);
    }
    applicant_tag(m->platform, number, m->tags[m->n]);
    m->sealed[m->n] = (struct str){0};
    person_seal(m->platform, m->table->kind, m->tags[m->n], row, &m->sealed[m->n]);
    m->n++;
}

static bool row_read(struct import *m, char *line, struct err *e)
{
    char number[ID_NUMBER_SIZE] = "";
    CLEANUP(call) json_t *row = json_object();
    size_t i = 0;
    for (char *cell; (cell = strsep(&line, "\t")); i++) {
        if (i == m->n_columns)
            return err_set(e, ERR_FORMAT, "more cells than columns");
        if (!utf8_valid(cell, strlen(cell)))
            return err_set(e, ERR_FORMAT, "column %zu is not UTF-8", i + 1);
        if (m->column[i] && *cell)
            json_object_set_new(row, m->column[i], json_string(cell));
        else if (!m->column[i] && !id_number_read(cell, number))
            return err_set(e, ERR_FORMAT, "the ID number is none");
    }
    if (!*number)
        return err_set(e, ERR_FORMAT, "the ID number is missing");
    bool ok = row_check(m, row, e);
    if (ok)
        row_add(m, number, row);
    crypto_sodium()->wipe(number, sizeof number);
    return ok;
}

static bool read_all(struct import *m, char *text, struct err *e)
{
    int number = 0;
    for (char *line; (line = strsep(&text, "\n"));) {
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r')
            line[n - 1] = '\0';
        number++;
        if (number == 1 ? !header(m, line, e) : *line && !row_read(m, line, e)) {
            if (number > 1)
                err_prefix(e, "line %d", number);
            return false;
        }
    }
    return true;
}

static int by_tag(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts them. */
static size_t distinct(const char **tags, size_t n)
{
    size_t count = 0;
    qsort(tags, n, sizeof *tags, by_tag);
    for (size_t i = 0; i < n; i++)
        count += !i || strcmp(tags[i], tags[i - 1]) != 0;
    return count;
}

bool rows_import(struct platform *p, const struct rows_table *t, const struct str *tsv, size_t *people, size_t *rows,
                 struct err *e)
{
    struct import m = {.platform = p, .table = t};
    const char *text = str_z(tsv);
    if (!strncmp(text, "\xEF\xBB\xBF", 3)) /* a spreadsheet's mark */
        text += 3;
    AUTOFREE char *copy = xstrdup(text);
    bool ok = read_all(&m, copy, e);
    crypto_sodium()->wipe(copy, strlen(text));
    m.people = xcalloc(m.n + 1, sizeof *m.people);
    for (size_t i = 0; i < m.n; i++)
        m.people[i] = m.tags[i];
    ok = ok && p->db->accounts->rows_replace(p->db, t->kind, m.people, m.sealed, m.n, e);
    if (ok) {
        *people = distinct(m.people, m.n);
        *rows = m.n;
    }
    import_finish(&m);
    return ok;
}
