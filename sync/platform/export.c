/* export.c — the walk of export.h: a pull machine, so that a folder and a stream of a ZIP are the same work. */
#include "sync/platform/export.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/platform/archive.h"
#include "sync/platform/book.h"
#include "sync/platform/code_words.h"
#include "sync/platform/db_review.h"
#include "sync/platform/db_staff.h"
#include "sync/platform/opened.h"
#include "sync/platform/receipts.h"
#include "sync/record/envelope.h"

#include <stdio.h>
#include <string.h>

#define CHUNK      100
#define FORMS_MOST 64
#define KEY_COLS   4 /* of every sheet but the first: receipt, declaration, version, number */
#define XLSX_NAME  "declarations.xlsx"

enum column_kind { COLUMN_VALUE, COLUMN_CODE, COLUMN_NONE /* 无此项 */ };
struct column {
    const struct form_section *section; /* of the newest version that has it */
    const struct form_field *field;     /* NULL: COLUMN_NONE */
    const struct form_set *forms;
    enum column_kind kind;
    struct str versions; /* that have it */
};
struct sheet {
    const struct form_section *section; /* NULL: the declarations */
    struct column *columns;
    size_t n, cap;
    int place; /* in the book */
};

struct cited { /* an attachment of the open declaration */
    struct doc_path at;
    const json_t *file;
    int number; /* in its field, from 1 */
    char path[128];
};

struct export
{
    struct platform *platform;
    struct export_options o;
    struct book *book;
    struct sheet *sheets; /* [0]: the declarations */
    size_t n_sheets;
    int files, problems, fields;
    struct db_accepted rows[CHUNK];
    size_t n_rows, row;
    struct opened open; /* the declaration under way */
    bool is_open;
    struct cited *cited;
    size_t n_cited, cited_cap, file;
    int64_t since, cursor;
    size_t count;
    enum { EXPORT_WALKS, EXPORT_BOOK, EXPORT_LAST, EXPORT_OVER } step;
    size_t book_file;
};

/* --- columns: by the forms, newest first --- */

static const char *const fixed[] = {"receipt", "declaration", "version",  "state", "unit",  "unit_code",
                                    "proof",   "received",    "accepted", "form",  "rules", "codes"};

static bool coded(const struct form_field *f)
{
    return f->type == FIELD_SELECT || f->type == FIELD_CASCADE || f->type == FIELD_DIVISION;
}

static bool filed(const struct form_field *f)
{
    return f->type == FIELD_FILES || f->type == FIELD_IMAGE || f->type == FIELD_SIGNATURE;
}

static struct column *column_of(struct sheet *s, const struct form_section *section, const struct form_field *f,
                                enum column_kind kind)
{
    for (size_t i = 0; i < s->n; i++) {
        struct column *c = &s->columns[i];
        if (c->kind == kind && !strcmp(c->section->key, section->key) &&
            (!f ? !c->field : c->field && !strcmp(c->field->key, f->key)))
            return c;
    }
    return NULL;
}

static void add_column(struct sheet *s, const struct form_set *forms, const struct form_section *section,
                       const struct form_field *f, enum column_kind kind)
{
    struct column *c = column_of(s, section, f, kind);
    if (!c) {
        if (s->n == s->cap)
            s->columns = xrealloc(s->columns, (s->cap = s->cap ? 2 * s->cap : 32) * sizeof *s->columns);
        c = &s->columns[s->n++];
        *c = (struct column){.section = section, .field = f, .forms = forms, .kind = kind};
    }
    str_printf(&c->versions, "%s%s", c->versions.len ? " " : "", form_set_version(forms));
}

static struct sheet *sheet_of(struct export *x, const char *section)
{
    for (size_t i = 1; i < x->n_sheets; i++)
        if (!strcmp(x->sheets[i].section->key, section))
            return &x->sheets[i];
    return NULL;
}

/* A section that repeats in any version has a sheet of its own. */
static void add_sheets(struct export *x, const struct form_set *forms)
{
    for (size_t i = 0; i < form_section_count(forms); i++) {
        const struct form_section *s = form_section_at(forms, i);
        if (!s->many || sheet_of(x, s->key))
            continue;
        x->sheets = xrealloc(x->sheets, (x->n_sheets + 1) * sizeof *x->sheets);
        x->sheets[x->n_sheets++] = (struct sheet){.section = s};
    }
}

static void add_columns(struct export *x, const struct form_set *forms)
{
    for (size_t i = 0; i < form_section_count(forms); i++) {
        const struct form_section *s = form_section_at(forms, i);
        struct sheet *own = sheet_of(x, s->key), *to = own ? own : &x->sheets[0];
        if (s->answer_none)
            add_column(&x->sheets[0], forms, s, NULL, COLUMN_NONE);
        for (size_t k = 0; k < s->n_fields; k++) {
            if (s->fields[k].off)
                continue;
            add_column(to, forms, s, &s->fields[k], COLUMN_VALUE);
            if (coded(&s->fields[k]))
                add_column(to, forms, s, &s->fields[k], COLUMN_CODE);
        }
    }
}

static const char *label_of(const struct platform *p, const struct form_set *forms, const char *key)
{
    const char *z = form_words(p, forms, key);
    return z ? z : key;
}

/* "姓名 [basic.full_name]": for people, and for a program that reads the file. */
static char *heading(const struct export *x, const struct column *c)
{
    const struct platform *p = x->platform;
    switch (c->kind) {
    case COLUMN_VALUE:
        return xasprintf("%s [%s.%s]", label_of(p, c->forms, c->field->label), c->section->key, c->field->key);
    case COLUMN_CODE:
        return xasprintf("%s %s [%s.%s#code]", label_of(p, c->forms, c->field->label), words(p, "export.code"),
                         c->section->key, c->field->key);
    case COLUMN_NONE:
        return xasprintf("%s %s [%s]", label_of(p, c->forms, c->section->title), words(p, "review.none"),
                         c->section->key);
    }
    return NULL;
}

static const char *fixed_words(const struct platform *p, const char *name)
{
    AUTOFREE char *key = xasprintf("export.column.%s", name);
    return words(p, key);
}

static bool open_sheet(struct export *x, struct sheet *s, struct err *e)
{
    const struct platform *p = x->platform;
    size_t keys = s->section ? KEY_COLS : ARRAY_LEN(fixed);
    char **headings = xcalloc(keys + s->n + 1, sizeof *headings);
    for (size_t i = 0; i < keys; i++)
        headings[i] = xstrdup(fixed_words(p, i == 3 && s->section ? "number" : fixed[i]));
    for (size_t i = 0; i < s->n; i++)
        headings[keys + i] = heading(x, &s->columns[i]);
    s->place =
        book_sheet(x->book, s->section ? s->section->key : "declarations",
                   s->section ? label_of(p, archive_newest(p->forms), s->section->title) : words(p, "list.title"),
                   (const char *const *)headings, keys + s->n, e);
    for (size_t i = 0; i < keys + s->n; i++)
        free(headings[i]);
    free(headings);
    return s->place >= 0;
}

static int plain_sheet(struct export *x, const char *file, const char *const *names, size_t n, struct err *e)
{
    const char *headings[16];
    AUTOFREE char *title = xasprintf("export.sheet.%s", file);
    for (size_t i = 0; i < n; i++)
        headings[i] = fixed_words(x->platform, names[i]);
    return book_sheet(x->book, file, words(x->platform, title), headings, n, e);
}

static const char *const files_columns[] = {"receipt",  "declaration", "version", "field", "path",
                                            "original", "kind",        "pages",   "bytes", "sha256"};
static const char *const problems_columns[] = {"receipt", "declaration", "version", "field", "problem"};
static const char *const fields_columns[] = {"file", "heading", "field", "kind", "dictionary", "forms"};

static const char *const type_names[] = {[FIELD_TEXT] = "text",
                                         [FIELD_TEXTAREA] = "textarea",
                                         [FIELD_INT] = "int",
                                         [FIELD_DECIMAL] = "decimal",
                                         [FIELD_BOOL] = "bool",
                                         [FIELD_DATE] = "date",
                                         [FIELD_MONTH] = "month",
                                         [FIELD_YEAR] = "year",
                                         [FIELD_SELECT] = "select",
                                         [FIELD_TEXT_SELECT] = "text_select",
                                         [FIELD_CASCADE] = "cascade",
                                         [FIELD_DIVISION] = "division",
                                         [FIELD_ID] = "id",
                                         [FIELD_PHONE] = "phone",
                                         [FIELD_FILES] = "files",
                                         [FIELD_IMAGE] = "image",
                                         [FIELD_SIGNATURE] = "signature"};

static bool put_fields(struct export *x, const struct sheet *s, struct err *e)
{
    AUTOFREE char *file = xasprintf("%s.csv", s->section ? s->section->key : "declarations");
    for (size_t i = 0; i < s->n; i++) {
        const struct column *c = &s->columns[i];
        AUTOFREE char *title = heading(x, c);
        AUTOFREE char *path = c->field ? xasprintf("%s.%s", c->section->key, c->field->key) : xstrdup(c->section->key);
        const char *kind = c->kind == COLUMN_VALUE  ? type_names[c->field->type]
                           : c->kind == COLUMN_CODE ? "code"
                                                    : "none";
        const char *const row[] = {
            file, title, path, kind, c->field && c->field->dict ? c->field->dict : "", str_z(&c->versions)};
        if (!book_row(x->book, x->fields, row, e))
            return false;
    }
    return true;
}

static bool open_book(struct export *x, struct err *e)
{
    const struct form_set *sets[FORMS_MOST];
    size_t n = archive_forms(x->platform->forms, sets, FORMS_MOST);
    x->sheets = xcalloc(1, sizeof *x->sheets);
    x->n_sheets = 1;
    for (size_t i = 0; i < n; i++)
        add_sheets(x, sets[i]);
    for (size_t i = 0; i < n; i++)
        add_columns(x, sets[i]);
    bool ok = (x->book = book_create(e)) != NULL;
    for (size_t i = 0; ok && i < x->n_sheets; i++)
        ok = !x->sheets[i].section || x->sheets[i].n ? open_sheet(x, &x->sheets[i], e) : true;
    ok = ok && (x->files = plain_sheet(x, "files", files_columns, ARRAY_LEN(files_columns), e)) >= 0 &&
         (x->fields = plain_sheet(x, "fields", fields_columns, ARRAY_LEN(fields_columns), e)) >= 0 &&
         (x->problems = plain_sheet(x, "problems", problems_columns, ARRAY_LEN(problems_columns), e)) >= 0;
    for (size_t i = 0; ok && i < x->n_sheets; i++)
        ok = put_fields(x, &x->sheets[i], e);
    return ok;
}

struct export *export_begin(struct platform *p, const struct export_options *o, struct err *e)
{
    struct export *x = xcalloc(1, sizeof *x);
    x->platform = p;
    x->o = *o;
    x->since = x->cursor = o->since;
    if (open_book(x, e))
        return x;
    export_end(x);
    return NULL;
}

static void close_declaration(struct export *x)
{
    if (x->is_open)
        opened_finish(&x->open);
    x->is_open = false;
    x->n_cited = x->file = 0;
}

void export_end(struct export *x)
{
    if (!x)
        return;
    close_declaration(x);
    for (size_t i = 0; i < x->n_sheets; i++) {
        for (size_t k = 0; k < x->sheets[i].n; k++)
            str_finish(&x->sheets[i].columns[k].versions);
        free(x->sheets[i].columns);
    }
    free(x->sheets);
    free(x->cited);
    book_destroy(x->book);
    free(x);
}

int64_t export_cursor(const struct export *x)
{
    return x->cursor;
}

size_t export_count(const struct export *x)
{
    return x->count;
}

/* --- attachments --- */

static const char *text(const json_t *j, const char *name)
{
    const char *z = json_string_value(json_object_get(j, name));
    return z ? z : "";
}

/* Of what a person typed, nothing stands in a path. */
static const char *extension(const char *kind)
{
    static const char *const known[] = {"jpg", "png", "bmp", "pdf"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (!strcmp(known[i], kind))
            return known[i];
    return "bin";
}

static bool same_field(struct doc_path a, struct doc_path b)
{
    return a.section == b.section && a.entry == b.entry && a.field == b.field;
}

static bool cite(void *ctx, struct doc_path at, const json_t *file)
{
    struct export *x = ctx;
    char entry[16] = "";
    int number = x->n_cited && same_field(x->cited[x->n_cited - 1].at, at) ? x->cited[x->n_cited - 1].number + 1 : 1;
    if (x->n_cited == x->cited_cap)
        x->cited = xrealloc(x->cited, (x->cited_cap = x->cited_cap ? 2 * x->cited_cap : 16) * sizeof *x->cited);
    struct cited *c = &x->cited[x->n_cited++];
    *c = (struct cited){.at = at, .file = file, .number = number};
    if (at.entry != NO_ENTRY)
        snprintf(entry, sizeof entry, ".%d", at.entry + 1);
    snprintf(c->path, sizeof c->path, "files/%s/%.30s%s.%.40s-%d.%s", x->open.row.row.receipt, at.section, entry,
             at.field, number, extension(text(file, "kind")));
    return true;
}

static void version_words(int version, char out[16])
{
    snprintf(out, 16, "%d", version);
}

static bool put_problem(struct export *x, const char *declaration, int version, const char *receipt, const char *field,
                        const char *problem, struct err *e)
{
    char n[16];
    version_words(version, n);
    log_error("export.problem", "declaration=%s version=%d text=\"%s\"", declaration, version, problem);
    const char *const row[] = {receipt, declaration, n, field, problem};
    return book_row(x->book, x->problems, row, e);
}

/* 1: f is the file; 0: it cannot be opened, which is noted; -1. */
static int give_file(struct export *x, const struct cited *c, struct export_file *f, struct err *e)
{
    const struct db_row *r = &x->open.row.row;
    struct err why = {0};
    char n[16], pages[24], bytes[24], path[160];
    doc_path_id(c->at, path, sizeof path);
    if (!opened_bytes(x->platform, c->file, &f->bytes, &why))
        return put_problem(x, r->declaration, r->version, r->receipt, path, why.text, e) ? 0 : -1;
    version_words(r->version, n);
    snprintf(pages, sizeof pages, "%lld", (long long)json_integer_value(json_object_get(c->file, "pages")));
    snprintf(bytes, sizeof bytes, "%zu", f->bytes.len);
    const char *const row[] = {r->receipt,
                               r->declaration,
                               n,
                               path + strlen("form."),
                               c->path,
                               text(c->file, "name"),
                               text(c->file, "kind"),
                               pages,
                               bytes,
                               text(c->file, "digest")};
    zcopy(f->name, sizeof f->name, c->path);
    f->size = (int64_t)f->bytes.len;
    return book_row(x->book, x->files, row, e) ? 1 : -1;
}

/* --- rows --- */

static void put_paths(const struct export *x, struct doc_path at, struct str *out)
{
    for (size_t i = 0; i < x->n_cited; i++)
        if (same_field(x->cited[i].at, at))
            str_printf(out, "%s%s", out->len ? "\n" : "", x->cited[i].path);
}

/* The answer as text, by the form that the declaration names; nothing where that form does not have the field. */
static void value_of(const struct export *x, const struct column *c, int entry, struct str *out)
{
    const struct doc *d = x->open.doc;
    const struct form_section *s = form_section_find(x->open.forms, c->section->key);
    const struct form_field *f = s && c->field ? form_field_find(s, c->field->key) : NULL;
    char shown[64];
    if (c->kind == COLUMN_NONE && s && doc_none(d, s->key))
        str_puts(out, words(x->platform, "page.yes"));
    if (!f || f->off)
        return;
    struct doc_path at = {s->key, s->many ? entry : NO_ENTRY, f->key};
    if (c->kind == COLUMN_CODE)
        str_puts(out, coded(f) ? doc_text(d, at) : "");
    else if (filed(f))
        put_paths(x, at, out);
    else if (coded(f))
        code_words(x->open.forms, f, doc_text(d, at), out);
    else if (f->type == FIELD_BOOL)
        str_puts(out, !doc_answered(d, at) ? "" : words(x->platform, doc_bool(d, at) ? "page.yes" : "page.no"));
    else
        str_puts(out, f->type == FIELD_INT || f->type == FIELD_YEAR ? doc_show(d, at, shown, sizeof shown)
                                                                    : doc_text(d, at));
}

/* A row of keys, then the columns' values of an entry. */
static bool put_row(struct export *x, const struct sheet *s, int entry, const char *const *keys, size_t n_keys,
                    struct err *e)
{
    struct str *cells = xcalloc(s->n + 1, sizeof *cells);
    const char **row = xcalloc(n_keys + s->n + 1, sizeof *row);
    for (size_t i = 0; i < n_keys; i++)
        row[i] = keys[i];
    for (size_t i = 0; i < s->n; i++) {
        value_of(x, &s->columns[i], entry, &cells[i]);
        row[n_keys + i] = str_z(&cells[i]);
    }
    bool ok = book_row(x->book, s->place, row, e);
    for (size_t i = 0; i < s->n; i++)
        str_finish_secret(&cells[i]);
    free(cells);
    free(row);
    return ok;
}

static bool put_entries(struct export *x, const struct sheet *sheet, const char *version, struct err *e)
{
    const struct form_section *s = form_section_find(x->open.forms, sheet->section->key);
    const struct db_row *r = &x->open.row.row;
    bool ok = true;
    for (int i = 0, n = !s ? 0 : s->many ? doc_entries(x->open.doc, s->key) : 1; ok && i < n; i++) {
        char number[16];
        version_words(i + 1, number);
        const char *const keys[KEY_COLS] = {r->receipt, r->declaration, version, number};
        ok = put_row(x, sheet, i, keys, KEY_COLS, e);
    }
    return ok;
}

static bool put_declaration(struct export *x, struct err *e)
{
    const struct db_submission *sub = &x->open.row;
    const struct db_row *r = &sub->row;
    char version[16], received[40], accepted[40], proof[48];
    struct db_unit unit = {0};
    CLEANUP(json) json_t *envelope = json_loads(sub->envelope, 0, NULL);
    version_words(r->version, version);
    clock_iso_beijing(r->received_ms, received, sizeof received);
    clock_iso_beijing(r->changed_ms, accepted, sizeof accepted);
    snprintf(proof, sizeof proof, "proof.%s", r->proof);
    bool known = sub->unit && x->platform->db->staff->unit_by_id(x->platform->db, sub->unit, &unit, NULL);
    const char *const keys[ARRAY_LEN(fixed)] = {r->receipt,
                                                r->declaration,
                                                version,
                                                state_words(x->platform, r->state),
                                                known ? unit.name : r->unit_name,
                                                known ? unit.code : sub->unit_code,
                                                words(x->platform, proof),
                                                received,
                                                accepted,
                                                form_set_version(x->open.forms),
                                                form_set_rules_version(x->open.forms),
                                                text(envelope, "codes")};
    bool ok = put_row(x, &x->sheets[0], NO_ENTRY, keys, ARRAY_LEN(fixed), e);
    for (size_t i = 1; ok && i < x->n_sheets; i++)
        ok = put_entries(x, &x->sheets[i], version, e);
    x->count += ok;
    return ok;
}

/* --- the walk --- */

/* Opens the next declaration. 1: is_open, or it could not be and is noted; 0: there is none; -1. */
static int open_next(struct export *x, struct err *e)
{
    struct platform *p = x->platform;
    struct err why = {0};
    if (x->o.most && x->count >= x->o.most)
        return 0;
    if (x->row == x->n_rows) {
        x->row = 0;
        if (!p->db->review->accepted(p->db, x->o.states, x->cursor, CHUNK, x->rows, &x->n_rows, e))
            return -1;
        if (!x->n_rows)
            return 0;
    }
    const struct db_accepted *a = &x->rows[x->row++];
    x->cursor = a->cursor;
    if (!opened_load(p, a->declaration, a->version, &x->open, &why)) {
        x->count++;
        return put_problem(x, a->declaration, a->version, "", "", why.text, e) ? 1 : -1;
    }
    x->is_open = true;
    doc_files(x->open.doc, cite, x);
    return 1;
}

static int walk(struct export *x, struct export_file *f, struct err *e)
{
    for (;;) {
        while (x->is_open && x->file < x->n_cited) {
            int given = give_file(x, &x->cited[x->file++], f, e);
            if (given)
                return given;
        }
        if (x->is_open && !put_declaration(x, e))
            return -1;
        close_declaration(x);
        int more = open_next(x, e);
        if (more < 0)
            return -1;
        if (!more) {
            x->step = EXPORT_BOOK;
            return book_finish(x->book, XLSX_NAME, e) ? 0 : -1;
        }
    }
}

static void summary(const struct export *x, struct export_file *f)
{
    char made[40];
    clock_iso_beijing(now_ms(x->platform), made, sizeof made);
    str_printf(
        &f->bytes,
        "{\n \"count\": %zu,\n \"made\": \"%s\",\n \"since\": %lld,\n \"states\": \"%s\",\n \"until\": %lld\n}\n",
        x->count, made, (long long)x->since, x->o.states, (long long)x->cursor);
    zcopy(f->name, sizeof f->name, "export.json");
    f->size = (int64_t)f->bytes.len;
}

int export_next(struct export *x, struct export_file *f, struct err *e)
{
    str_clear(&f->bytes);
    f->fd = -1;
    if (x->step == EXPORT_WALKS) {
        int given = walk(x, f, e);
        if (given)
            return given;
    }
    if (x->step == EXPORT_BOOK && book_file(x->book, x->book_file, f->name, &f->fd, &f->size)) {
        x->book_file++;
        return 1;
    }
    if (x->step != EXPORT_OVER && x->step != EXPORT_LAST) {
        x->step = EXPORT_LAST;
        summary(x, f);
        return 1;
    }
    x->step = EXPORT_OVER;
    return 0;
}
