#include "sync/platform/units.h"

#include "sync/base/cleanup.h"
#include "sync/platform/table.h"
#include "sync/record/text.h"

#include <stdio.h>
#include <string.h>

/* --- import --- */

static void say(const struct platform *p, struct str *said, const char *key, int line)
{
    char n[16];
    snprintf(n, sizeof n, "%d", line);
    strings_format(said, words(p, key), &(struct str_arg){"n", n}, 1, false);
}

/* Blanks around a cell are no part of it. */
static bool cell(const struct table *t, size_t row, size_t column, char *out, size_t size)
{
    if (column == t->n_columns) {
        *out = '\0';
        return true;
    }
    const char *z = table_cell(t, row, column);
    z += strspn(z, " \t");
    size_t len = strlen(z);
    while (len && (z[len - 1] == ' ' || z[len - 1] == '\t'))
        len--;
    if (len >= size)
        return false;
    memcpy(out, z, len);
    out[len] = '\0';
    return text_ok(out, false);
}

static bool read_rows(const struct platform *p, const struct table *t, struct db_unit *rows, struct str *said,
                      struct err *e)
{
    size_t name = table_column(t, words(p, "units.column.name")), code = table_column(t, words(p, "units.column.code")),
           superior = table_column(t, words(p, "units.column.superior"));
    if (name == t->n_columns) {
        say(p, said, "units.no_name_column", t->n_rows ? t->lines[0] : 1);
        return err_set(e, ERR_FORMAT, "no column of names");
    }
    for (size_t i = 1; i < t->n_rows; i++) {
        struct db_unit *u = &rows[i - 1];
        if (!cell(t, i, name, u->name, sizeof u->name) || !cell(t, i, code, u->code, sizeof u->code) ||
            !cell(t, i, superior, u->superior, sizeof u->superior) || text_blank(u->name)) {
            say(p, said, "units.bad_row", t->lines[i]);
            return err_set(e, ERR_FORMAT, "line %d", t->lines[i]);
        }
    }
    return true;
}

bool units_import(struct platform *p, const void *bytes, size_t len, const char *who, struct db_units_done *done,
                  struct str *said, struct err *e)
{
    CLEANUP(table) struct table t = {0};
    const struct db_act act = {who, words(p, "unit.moved"), now_ms(p)};
    if (!table_parse(bytes, len, UNITS_IMPORT_MOST + 1, &t, e)) {
        int line = 0;
        bool known = sscanf(e->text, "line %d", &line) == 1;
        say(p, said, known ? "units.bad_row" : "units.no_table", line);
        return false;
    }
    AUTOFREE struct db_unit *rows = xcalloc(t.n_rows + 1, sizeof *rows);
    if (!read_rows(p, &t, rows, said, e))
        return false;
    if (!p->db->staff->units_put(p->db, rows, t.n_rows - 1, &act, done, e)) {
        if (e->code == ERR_EXISTS)
            say(p, said, "units.contradiction", t.lines[done->bad + 1]);
        return false;
    }
    AUTOFREE char *detail = xasprintf("%lld added, %lld changed, %lld records moved", (long long)done->added,
                                      (long long)done->changed, (long long)done->adopted);
    return p->db->ops->audit(p->db, who, "units.imported", detail, now_ms(p), e);
}

/* --- likeness --- */

#define LIKE_CHARS 128
#define LIKE_LEAST 15 /* per cent */

/* Letters and Han characters of the NFKC form. */
static size_t bare(const char *name, uint32_t out[LIKE_CHARS])
{
    CLEANUP(str) struct str s = {0};
    size_t n = 0;
    nfkc_add(&s, name, strlen(name));
    for (const char *p = str_z(&s), *end = p + s.len; p < end && n < LIKE_CHARS;) {
        uint32_t c;
        p += utf8_next(p, end, &c);
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        bool sign = c < '0' || (c > '9' && c < 'a') || (c > 'z' && c < 0xC0) || (c >= 0x2000 && c < 0x3040);
        if (!sign)
            out[n++] = c;
    }
    return n;
}

static int likeness(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
    bool used[LIKE_CHARS] = {0};
    size_t both = 0;
    if (na < 2 || nb < 2)
        return na == nb && na && a[0] == b[0] ? 100 : 0;
    for (size_t i = 0; i + 1 < na; i++)
        for (size_t k = 0; k + 1 < nb; k++)
            if (!used[k] && a[i] == b[k] && a[i + 1] == b[k + 1]) {
                used[k] = true;
                both++;
                break;
            }
    return (int)(200 * both / (na - 1 + nb - 1));
}

int name_likeness(const char *a, const char *b)
{
    uint32_t x[LIKE_CHARS], y[LIKE_CHARS];
    size_t nx = bare(a, x), ny = bare(b, y);
    return likeness(x, nx, y, ny);
}

#define CHUNK 1000

bool units_alike(struct platform *p, const char *name, struct db_unit out[UNITS_ALIKE], size_t *n, struct err *e)
{
    uint32_t want[LIKE_CHARS], have[LIKE_CHARS];
    size_t n_want = bare(name, want), skip = 0;
    int score[UNITS_ALIKE];
    struct db_units list = {0};
    *n = 0;
    do {
        free(list.rows);
        list = (struct db_units){0};
        if (!p->db->staff->units(p->db, "", skip, CHUNK, &list, e))
            return false;
        for (size_t i = 0; i < list.n; i++) {
            size_t n_have = bare(list.rows[i].name, have);
            int s = likeness(want, n_want, have, n_have);
            size_t at = *n;
            while (at && score[at - 1] < s)
                at--;
            if (s < LIKE_LEAST || at == UNITS_ALIKE)
                continue;
            size_t last = *n < UNITS_ALIKE ? (*n)++ : UNITS_ALIKE - 1;
            memmove(&out[at + 1], &out[at], (last - at) * sizeof *out);
            memmove(&score[at + 1], &score[at], (last - at) * sizeof *score);
            out[at] = list.rows[i];
            score[at] = s;
        }
        skip += list.n;
    } while (list.n == CHUNK);
    free(list.rows);
    return true;
}
