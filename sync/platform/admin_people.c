/* admin_people.c — an operator's commands about applicants: accounts, 继续教育, e-certificates. */
#include "sync/platform/admin_people.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/platform/accounts.h"
#include "sync/platform/archive.h"
#include "sync/platform/profiles.h"
#include "sync/record/doc.h"
#include "sync/record/validate.h"

#include <stdio.h>
#include <string.h>

#define TABLE_MOST   (256u << 20)
#define COLUMNS_MOST 32

bool people_account_add(struct platform *p, const char *number, const char *name, const char *mobile,
                        const char *password, struct err *e)
{
    CLEANUP(applicant) struct applicant who = {0};
    const char *reason;
    if (!id_number_read(number, who.number))
        return err_set(e, ERR_FORMAT, "the ID number is none");
    if (!mobile_read(mobile, who.mobile))
        return err_set(e, ERR_FORMAT, "the mobile is none");
    if (!*name || !zcopy(who.full_name, sizeof who.full_name, name))
        return err_set(e, ERR_FORMAT, "the name is empty or too long");
    if (!account_make(p, &who, password, &reason, e))
        return e->code == ERR_EXISTS ? err_set(e, ERR_EXISTS, "this ID number has an account") : false;
    AUTOFREE char *detail = xasprintf("applicant %lld", (long long)who.id);
    return p->db->ops->audit(p->db, "operator", "account.added", detail, now_ms(p), e);
}

/* --- tables --- */

static bool import(struct platform *p, const char *path, const struct rows_table *t, const char *event, struct err *e)
{
    CLEANUP(str_secret) struct str text = {0};
    size_t people, rows;
    if (!file_read(path, TABLE_MOST, &text, e))
        return false;
    if (!rows_import(p, t, &text, &people, &rows, e))
        return err_prefix(e, "%s", path);
    AUTOFREE char *detail = xasprintf("%zu rows of %zu people", rows, people);
    printf("%s\n", detail);
    return p->db->ops->audit(p->db, "operator", event, detail, now_ms(p), e);
}

static bool ecert_check(void *ctx, const json_t *row, struct err *e)
{
    (void)ctx;
    return date_check(call_text(row, "date")) || err_set(e, ERR_FORMAT, "date: expected YYYY-MM-DD or YYYY-MM");
}

bool people_ecert_import(struct platform *p, const char *path, struct err *e)
{
    static const char *const columns[] = {"title", "date", NULL};
    const struct rows_table t = {.kind = "ecert", .columns = columns, .n_needed = 2, .check = ecert_check};
    return import(p, path, &t, "ecert.imported", e);
}

/* The section that the platform fills from this list of the profile. */
static const struct form_section *section_from(const struct form_set *f, const char *list)
{
    for (size_t i = 0; i < form_section_count(f); i++) {
        const struct form_section *s = form_section_at(f, i);
        if (s->rows_from && !strcmp(s->rows_from, list))
            return s;
    }
    return NULL;
}

struct judge {
    const struct platform *platform;
    const struct form_set *forms;
    const struct form_section *section;
};

/* By the form's own rules: what a kiosk would not take is not sent to one. */
static bool training_check(void *ctx, const json_t *row, struct err *e)
{
    const struct judge *judge = ctx;
    CLEANUP(findings) struct findings found = {0};
    struct doc *d = doc_create(judge->forms);
    int entry = doc_entry_add(d, judge->section->key);
    bool ok = true;
    for (size_t i = 0; ok && i < judge->section->n_fields; i++) {
        const struct form_field *f = &judge->section->fields[i];
        const struct doc_path at = {judge->section->key, entry, f->key};
        const char *z = call_text(row, f->key);
        if (f == judge->section->rows_mark)
            continue;
        ok = !*z || doc_set_text(d, at, z, e);
        validate_field(d, at, clock_beijing(now_ms(judge->platform)), &found);
        for (size_t k = 0; ok && k < found.len; k++)
            if (found.rows[k].severity == SEVERITY_ERROR)
                ok = err_set(e, ERR_FORMAT, "%s: %s", f->key, found.rows[k].message);
    }
    doc_destroy(d);
    return ok;
}

bool people_training_import(struct platform *p, const char *path, struct err *e)
{
    const char *columns[COLUMNS_MOST + 1] = {NULL};
    struct judge judge = {p, archive_newest(p->forms), NULL};
    size_t n = 0;
    judge.section = section_from(judge.forms, "training");
    if (!judge.section)
        return err_set(e, ERR_STATE, "no section of the forms is filled from this list");
    for (size_t i = 0; i < judge.section->n_fields && n < COLUMNS_MOST; i++)
        if (&judge.section->fields[i] != judge.section->rows_mark)
            columns[n++] = judge.section->fields[i].key;
    const struct rows_table t = {.kind = "training", .columns = columns, .check = training_check, .ctx = &judge};
    return import(p, path, &t, "training.imported", e);
}
