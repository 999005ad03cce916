/* Every validation has one definition: each row of tests/data/broken.json gives the same finding where the kiosk judges
 * a field and where the platform judges the record that arrived; and each check of assets/forms has a row. */
#include "tests/support/broken.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include "sync/record/check.h"

#include <stdio.h>
#include <string.h>

static json_t *rows(void)
{
    json_error_t e;
    json_t *whole = json_load_file("tests/data/broken.json", 0, &e);
    if (!whole)
        fail_msg("tests/data/broken.json:%d: %s", e.line, e.text);
    json_t *list = json_incref(json_object_get(whole, "rows"));
    json_decref(whole);
    return list;
}

static const char *member(const json_t *o, const char *name)
{
    const char *z = json_string_value(json_object_get(o, name));
    return z ? z : "";
}

static struct civil day_of(const json_t *row)
{
    struct civil day = TODAY;
    const char *z = member(row, "today");
    if (*z)
        assert_int_equal(sscanf(z, "%d-%d-%d", &day.year, &day.month, &day.day), 3);
    return day;
}

static void line_of(const struct finding *f, char *out, size_t size)
{
    char id[160];
    doc_path_id(f->path, id, sizeof id);
    snprintf(out, size, "%s %s %s %s %s", id, f->severity == SEVERITY_ERROR ? "error" : "warning", f->message,
             f->arg[0], f->arg[1]);
}

static bool among(const struct findings *all, struct doc_path p, const char *finding)
{
    for (size_t i = 0; i < all->len; i++) {
        char line[512], want[512], id[160];
        const struct finding *f = &all->rows[i];
        doc_path_id(p, id, sizeof id);
        line_of(f, line, sizeof line);
        int n = snprintf(want, sizeof want, "%s %s ", id, finding);
        if (strncmp(line, want, (size_t)n) == 0)
            return true;
    }
    return false;
}

/* What stands at the field while it is being filled in, and in the list of its section. */
static void at_the_field(const struct doc *d, struct doc_path p, struct civil today, struct findings *out)
{
    if (p.field)
        validate_field(d, p, today, out);
    else
        validate_section(d, p.section, today, out);
}

static void broken_as_said(const json_t *row)
{
    struct doc_path p;
    struct civil today = day_of(row);
    json_t *payload = broken_payload(row);
    struct doc *kiosk = broken_doc(payload), *platform = doc_create(test_forms());
    assert_true(doc_path_parse(test_forms(), member(row, "path"), &p));
    CLEANUP(findings) struct findings field = {0}, arrived = {0}, checked = {0};
    at_the_field(kiosk, p, today, &field);
    validate_scope_all(kiosk, today, &checked);
    for (int scope = SCOPE_PERSON; scope <= SCOPE_TITLE; scope++) { /* over the wire */
        CLEANUP(str) struct str bytes = {0};
        struct err e = {0};
        assert_true(doc_export(kiosk, (enum form_scope)scope, &bytes, &e));
        assert_true(doc_import(platform, bytes.p, bytes.len, &e));
    }
    validate_scope_all(platform, today, &arrived);
    const char *finding = member(row, "finding");
    bool off = strcmp(finding, "error check.not_accepted") == 0; /* such an answer is dropped on the way in */
    if (!off && (!among(&field, p, finding) || !among(&arrived, p, finding))) {
        print_findings(&field);
        fail_msg("%s: expected %s", member(row, "path"), finding);
    }
    assert_int_equal(checked.len, arrived.len);
    for (size_t i = 0; i < checked.len; i++) {
        char here[512], there[512];
        line_of(&checked.rows[i], here, sizeof here);
        line_of(&arrived.rows[i], there, sizeof there);
        assert_string_equal(here, there);
    }
    doc_destroy(kiosk);
    doc_destroy(platform);
    json_decref(payload);
}

static void the_kiosk_and_the_platform_find_the_same(void **state)
{
    (void)state;
    json_t *list = rows(), *row;
    size_t i;
    json_array_foreach(list, i, row) broken_as_said(row);
    assert_true(i > 100);
    json_decref(list);
}

/* --- each check has a row --- */

static bool broken_by(const json_t *list, const struct form_section *s, const struct form_field *f,
                      const struct form_check *c)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        struct doc_path p;
        if (!doc_path_parse(test_forms(), member(row, "path"), &p) || strcmp(p.section, s->key) != 0 ||
            (f ? !p.field || strcmp(p.field, f->key) != 0 : p.field != NULL))
            continue;
        json_t *payload = broken_payload(row);
        struct doc *d = broken_doc(payload);
        struct judge j = {.doc = d, .section = s, .field = f, .entry = p.entry, .today = day_of(row)};
        bool passes = check_passes(&j, c);
        doc_destroy(d);
        json_decref(payload);
        if (!passes)
            return true;
    }
    return false;
}

static size_t without_row(const json_t *list, const struct form_section *s, const struct form_field *f,
                          const struct form_check *c, size_t n, const char *what)
{
    size_t missing = 0;
    for (size_t i = 0; i < n; i++)
        if (!broken_by(list, s, f, &c[i])) {
            print_error("%s.%s: %s[%zu] is broken by no row\n", s->key, f ? f->key : "-", what, i);
            missing++;
        }
    return missing;
}

static void each_check_of_the_forms_has_a_row(void **state)
{
    (void)state;
    json_t *list = rows();
    size_t missing = 0;
    for (size_t i = 0; i < form_section_count(test_forms()); i++) {
        const struct form_section *s = form_section_at(test_forms(), i);
        missing += without_row(list, s, NULL, s->checks, s->n_checks, "check");
        missing += without_row(list, s, NULL, s->warns, s->n_warns, "warn");
        for (size_t k = 0; k < s->n_fields; k++) {
            const struct form_field *f = &s->fields[k];
            if (f->off)
                continue;
            missing += without_row(list, s, f, f->checks, f->n_checks, "check");
            missing += without_row(list, s, f, f->warns, f->n_warns, "warn");
        }
    }
    assert_int_equal(missing, 0);
    json_decref(list);
}

/* What the validator says of types, of what is required and of numbers of entries. */
static void each_message_of_the_validator_has_a_row(void **state)
{
    (void)state;
    static const char *const messages[] = {"required",
                                           "required_choice",
                                           "required_file",
                                           "kind",
                                           "too_long",
                                           "control_chars",
                                           "number",
                                           "year",
                                           "decimal",
                                           "date",
                                           "month",
                                           "not_in_list",
                                           "file_record",
                                           "file_too_big",
                                           "file_empty",
                                           "file_format",
                                           "file_content",
                                           "file_image",
                                           "count",
                                           "not_accepted",
                                           "unknown_field",
                                           "exactly_one",
                                           "too_many",
                                           "section_required",
                                           "section_unanswered",
                                           "item_disagrees",
                                           "free_text"};
    json_t *list = rows();
    for (size_t m = 0; m < ARRAY_LEN(messages); m++) {
        bool found = false;
        for (size_t i = 0; i < json_array_size(list) && !found; i++) {
            const char *z = strstr(member(json_array_get(list, i), "finding"), "check.");
            found = z && strcmp(z + strlen("check."), messages[m]) == 0;
        }
        if (!found)
            fail_msg("check.%s", messages[m]);
    }
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kiosk_and_the_platform_find_the_same),
        cmocka_unit_test(each_check_of_the_forms_has_a_row),
        cmocka_unit_test(each_message_of_the_validator_has_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
