/* Each row of tests/data/hostile.json through typing, through a record somebody made by hand, and through the canonical
 * bytes. */
#include "tests/support/declaration.h"
#include "tests/support/hostile.h"
#include "tests/support/t.h"

#include "sync/record/canon.h"

#include <string.h>

#define FIELD ONE("basic", "department") /* a plain text field of 60 characters */

static const char *verdict(const struct doc *d, struct doc_path p)
{
    static char text[64];
    CLEANUP(findings) struct findings f = {0};
    validate_field(d, p, TODAY, &f);
    zcopy(text, sizeof text, f.len ? f.rows[0].message + strlen("check.") : "ok");
    return text;
}

static void typed(void *ctx, const struct hostile *h)
{
    (void)ctx;
    const struct form_field *f = form_field_find(form_section_find(test_forms(), "basic"), "department");
    CLEANUP(str) struct str kept = {0};
    field_normalise(f, str_z((struct str *)&h->bytes), &kept);
    const char *want = h->typed ? h->typed : h->nfc ? h->nfc : h->bytes.p;
    assert_true(utf8_valid(str_z(&kept), kept.len));
    if (strcmp(str_z(&kept), want) != 0)
        fail_msg("%s: typing keeps \"%.80s\"", h->name, str_z(&kept));
    struct doc *d = test_declaration();
    put(d, FIELD, str_z(&kept));
    const char *got = verdict(d, FIELD);
    if (strcmp(got, strcmp(h->record, "too_long") == 0 ? "too_long" : "ok") != 0)
        fail_msg("%s: typed, then %s", h->name, got);
    doc_destroy(d);
}

static void what_is_typed_is_tidied_or_named(void **state)
{
    (void)state;
    hostile_each(typed, NULL);
}

/* {"form":"1","rules":"1","sections":{"basic":{"department":<raw bytes as JSON has them>}}} */
static void make_record(const struct hostile *h, struct str *out)
{
    str_puts(out, "{\"form\":\"1\",\"rules\":\"1\",\"sections\":{\"basic\":{\"department\":\"");
    for (size_t i = 0; i < h->bytes.len; i++) {
        unsigned char c = (unsigned char)h->bytes.p[i];
        if (c < 0x20)
            str_printf(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            str_printf(out, "\\%c", c);
        else
            str_putc(out, (char)c);
    }
    str_puts(out, "\"}}}");
}

static void recorded(void *ctx, const struct hostile *h)
{
    (void)ctx;
    CLEANUP(str) struct str bytes = {0};
    make_record(h, &bytes);
    struct doc *d = doc_create(test_forms());
    struct err e = {0};
    bool taken = doc_import(d, bytes.p, bytes.len, &e);
    bool record = strcmp(h->record, "not_a_record") != 0;
    if (taken != record)
        fail_msg("%s: %s", h->name, taken ? "taken" : e.text);
    if (!taken) {
        assert_int_equal(e.code, ERR_FORMAT);
        assert_null(strstr(e.text, "31m")); /* an error never cites the value */
        assert_false(doc_answered(d, FIELD));
        doc_destroy(d);
        return;
    }
    if (strcmp(verdict(d, FIELD), h->record) != 0)
        fail_msg("%s: judged %s", h->name, verdict(d, FIELD));
    if (h->nfc)
        assert_string_equal(doc_text(d, FIELD), h->nfc);
    /* the canonical bytes come back as they are */
    CLEANUP(str) struct str once = {0}, twice = {0};
    struct doc *again = doc_create(test_forms());
    assert_true(doc_export(d, SCOPE_PERSON, &once, &e));
    assert_true(doc_import(again, once.p, once.len, &e));
    assert_true(doc_export(again, SCOPE_PERSON, &twice, &e));
    assert_string_equal(once.p, twice.p);
    doc_destroy(again);
    doc_destroy(d);
}

static void a_record_made_by_hand_is_judged_or_refused_whole(void **state)
{
    (void)state;
    hostile_each(recorded, NULL);
}

/* Whatever stands in any field of any section: the validator ends, and its words never cite the value. */
static void everywhere(void *ctx, const struct hostile *h)
{
    (void)ctx;
    if (h->bytes.len > 40000 || !utf8_valid(h->bytes.p, h->bytes.len))
        return;
    struct doc *d = test_declaration();
    for (size_t i = 0; i < form_section_count(test_forms()); i++) {
        const struct form_section *s = form_section_at(test_forms(), i);
        int entry = s->many ? doc_entry_add(d, s->key) : NO_ENTRY;
        for (size_t k = 0; k < s->n_fields; k++) {
            struct doc_path p = {s->key, entry, s->fields[k].key};
            json_t *v = json_stringn(h->bytes.p, h->bytes.len);
            if (!s->fields[k].off)
                assert_true(doc_set(d, p, v, NULL));
            else
                json_decref(v);
        }
    }
    CLEANUP(findings) struct findings f = {0};
    validate_scope_all(d, TODAY, &f);
    assert_true(findings_count(&f, SEVERITY_ERROR) > 40);
    for (size_t i = 0; i < f.len; i++)
        assert_true(f.rows[i].message && utf8_valid(f.rows[i].arg[0], strlen(f.rows[i].arg[0])));
    doc_destroy(d);
}

static void in_every_field_of_every_section_it_is_an_answer_or_an_error(void **state)
{
    (void)state;
    hostile_each(everywhere, NULL);
}

static void blanks_alone_are_no_answer(void **state)
{
    (void)state;
    static const char *const blanks[] = {" ", "\u3000", "\u00a0", "\u2003 \u3000", "\u200d", "\u3164", "\n"};
    for (size_t i = 0; i < ARRAY_LEN(blanks); i++) {
        struct doc *d = test_declaration();
        struct doc_path p = ONE("contact", "address");
        assert_true(doc_set(d, p, json_string(blanks[i]), NULL));
        assert_string_equal(verdict(d, p), "required");
        doc_destroy(d);
    }
}

static void date(void *ctx, const char *z, bool good)
{
    (void)ctx;
    if (date_check(z) != good)
        fail_msg("\"%s\"", z);
    struct doc *d = test_declaration();
    assert_true(doc_set(d, ONE("title_award", "award_date"), json_string(z), NULL));
    const char *got = verdict(d, ONE("title_award", "award_date"));
    /* a date that exists may still be out of the range */
    if (!good && strcmp(got, *z ? "date" : "required_choice") != 0)
        fail_msg("\"%s\": %s", z, got);
    if (good && strcmp(got, "ok") != 0 && strcmp(got, "award_range") != 0)
        fail_msg("\"%s\": %s", z, got);
    doc_destroy(d);
}

static void dates_that_do_not_exist_are_named(void **state)
{
    (void)state;
    hostile_literals("dates", date, NULL);
}

static void whole_number(void *ctx, const char *z, bool good)
{
    (void)ctx;
    struct doc *d = test_declaration();
    struct doc_path p = ONE("basic", "specialty_years");
    put(d, p, z);
    const char *got = verdict(d, p);
    if ((strcmp(got, "ok") == 0) != good)
        fail_msg("\"%s\": %s", z, got);
    doc_destroy(d);
}

static void numbers_are_plain_digits(void **state)
{
    (void)state;
    hostile_literals("whole_numbers", whole_number, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_is_tidied_or_named),
        cmocka_unit_test(a_record_made_by_hand_is_judged_or_refused_whole),
        cmocka_unit_test(in_every_field_of_every_section_it_is_an_answer_or_an_error),
        cmocka_unit_test(blanks_alone_are_no_answer),
        cmocka_unit_test(dates_that_do_not_exist_are_named),
        cmocka_unit_test(numbers_are_plain_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
