#include "sync/record/asset_set.h"

#include "sync/base/file.h"
#include "sync/record/form.h"
#include "sync/record/strings.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASE "assets"

static char dir[] = "/tmp/asset-set-XXXXXX";

static int setup(void **state)
{
    (void)state;
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    AUTOFREE char *command = xasprintf("rm -rf %s", dir);
    return system(command); /* NOLINT */
}

/* One of the program's own files, with the first `from` in it made `to`. */
static char *own_file(const char *path, const char *from, const char *to)
{
    CLEANUP(str) struct str bytes = {0}, out = {0};
    AUTOFREE char *at = path_join(BASE, path);
    struct err e = {0};
    assert_true(file_read(at, 8 << 20, &bytes, &e));
    const char *hit = strstr(bytes.p, from);
    assert_non_null(hit);
    str_add(&out, bytes.p, (size_t)(hit - bytes.p));
    str_puts(&out, to);
    str_puts(&out, hit + strlen(from));
    return str_take(&out);
}

struct content {
    const char *path;
    const char *bytes;
};

static bool add(const char *name, const char *version, const struct content *files, size_t n, struct asset_set *out,
                struct err *e)
{
    struct package p = {.files = xcalloc(n, sizeof *p.files), .n_files = n};
    CLEANUP(str) struct str bytes = {0}, sig = {0};
    zcopy(p.name, sizeof p.name, name);
    zcopy(p.version, sizeof p.version, version);
    zcopy(p.date, sizeof p.date, "2026-12-01");
    zcopy(p.needs_program, sizeof p.needs_program, "1.0");
    for (size_t i = 0; i < n; i++) {
        zcopy(p.files[i].path, sizeof p.files[i].path, files[i].path);
        p.files[i].bytes = files[i].bytes;
        p.files[i].len = strlen(files[i].bytes);
    }
    assert_true(package_write(crypto_sodium(), &p, &bytes, e));
    package_finish(&p);
    str_puts(&sig, "signature");
    return asset_set_add(dir, BASE, &bytes, &sig, NULL, NULL, out, e);
}

#define PO    "msgid \"\"\nmsgstr \"\"\n\"Language: zh\\n\"\n\n"
#define UNITS "# source: the region; version: %s\ncode\tname_zh\n1\t新疆某机械厂\n"

static bool add_units(const char *version, struct asset_set *out, struct err *e)
{
    AUTOFREE char *bytes = xasprintf(UNITS, version);
    const struct content files[] = {{"codes/units.tsv", bytes}};
    return add("units", version, files, 1, out, e);
}

static void without_packages_the_programs_own_assets_are_in_force(void **state)
{
    (void)state;
    struct asset_set s;
    struct err e = {0};
    AUTOFREE char *path = asset_set_path(dir, BASE);
    assert_string_equal(path, BASE);
    assert_false(asset_set_read(path, &s, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_false(asset_set_rollback(dir, &e));
}

static void a_dictionary_is_laid_over_and_the_rest_stays(void **state)
{
    (void)state;
    struct asset_set s = {0};
    struct err e = {0};
    if (!add_units("2026.12.1", &s, &e))
        fail_msg("%s", e.text);
    AUTOFREE char *path = asset_set_path(dir, BASE);
    struct form_set *own = form_set_load(BASE, &e), *merged = form_set_load(path, &e);
    assert_non_null(merged);
    assert_int_equal(form_section_count(merged), form_section_count(own));
    assert_string_equal(form_set_version(merged), form_set_version(own));
    assert_string_equal(s.form, form_set_version(own));
    assert_string_not_equal(s.codes, form_set_codes_version(own));
    assert_string_equal(s.codes, form_set_codes_version(merged));
    assert_string_equal(s.date, "2026-12-01");
    assert_int_equal(dict_count(dict_find(merged, "units")), 1);
    struct asset_set read = {0};
    assert_true(asset_set_read(path, &read, &e));
    assert_memory_equal(&read, &s, sizeof s);
    form_set_destroy(own);
    form_set_destroy(merged);
}

static void a_new_field_and_its_words_come_together(void **state)
{
    (void)state;
    AUTOFREE char *form =
        own_file("forms/07_contact.json", "\"fields\": [", "\"fields\": [{\"key\": \"hobby\", \"type\": \"text\"},");
    AUTOFREE char *manifest = own_file("forms/manifest.json", "2026.11.1", "2026.12.1");
    const struct content words = {"strings/zh.po", PO "msgid \"contact.hobby\"\nmsgstr \"爱好\"\n"};
    const struct content files[] = {{"forms/07_contact.json", form}, {"forms/manifest.json", manifest}, words};
    struct asset_set s = {0};
    struct err e = {0};
    assert_false(add("forms", "2026.12.1", files, 2, &s, &e));
    assert_non_null(strstr(e.text, "strings/zh.po: \"contact.hobby\" is missing"));
    if (!add("forms", "2026.12.1", files, 3, &s, &e))
        fail_msg("%s", e.text);
    assert_string_equal(s.form, "2026.12.1");
    AUTOFREE char *path = asset_set_path(dir, BASE);
    struct form_set *merged = form_set_load(path, &e);
    assert_non_null(form_field_find(form_section_find(merged, "contact"), "hobby"));
    form_set_destroy(merged);
}

static void a_broken_package_changes_nothing_and_says_where(void **state)
{
    (void)state;
    AUTOFREE char *syntax = own_file("forms/07_contact.json", "\"fields\": [", "\"fields\": [[");
    AUTOFREE char *slip =
        own_file("forms/07_contact.json", "\"key\": \"mobile\"", "\"key\": \"mobile\", \"requird\": true");
    AUTOFREE char *same = own_file("forms/07_contact.json", "\"fields\": [", "\"fields\":  [");
    AUTOFREE char *older = own_file("forms/manifest.json", "2026.11.1", "2026.10.1");
    const struct {
        const struct content file;
        const char *says;
        enum err_code code;
    } cases[] = {
        {{"forms/07_contact.json", syntax}, "forms/07_contact.json:", ERR_FORMAT},
        {{"forms/07_contact.json", slip}, "unknown member \"requird\"", ERR_FORMAT},
        {{"forms/07_contact.json", same}, "the version is still 2026.11.1", ERR_STATE},
        {{"forms/manifest.json", older}, "the program's own 2026.11.1 is newer than this 2026.10.1", ERR_STATE},
        {{"codes/units.tsv", "code\tname_zh\n"}, "codes/units.tsv:1: expected \"# source: …\"", ERR_FORMAT},
        {{"codes/units.tsv", "# source: x; version: 2025.1.1\ncode\tname_zh\n"},
         "is newer than this 2025.1.1",
         ERR_STATE},
        {{"rules/eligibility.json", "{}"}, "rules/eligibility.json: order", ERR_FORMAT},
        {{"strings/zh.po", "msgid \"a\"\nmsgstr \"b\"\n"}, "strings/zh.po:1: expected a header", ERR_FORMAT},
        {{"strings/ug.po", PO "oops\n"}, "strings/ug.po:5:", ERR_FORMAT},
    };
    struct asset_set s = {0}, before = {0};
    struct err e = {0};
    assert_true(add_units("2026.12.1", &before, &e));
    AUTOFREE char *path = asset_set_path(dir, BASE);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *name = strncmp(cases[i].file.path, "codes", 5) == 0 ? "units" : "broken";
        assert_false(add(name, "2026.12.2", &cases[i].file, 1, &s, &e));
        if (!strstr(e.text, cases[i].says) || strstr(e.text, dir))
            fail_msg("case %zu says \"%s\", not \"%s\"", i, e.text, cases[i].says);
        assert_int_equal(e.code, cases[i].code);
        AUTOFREE char *now = asset_set_path(dir, BASE);
        assert_string_equal(now, path);
        struct asset_set after = {0};
        assert_true(asset_set_read(now, &after, &e));
        assert_memory_equal(&after, &before, sizeof before);
    }
}

static void an_older_version_never_replaces_a_newer_one(void **state)
{
    (void)state;
    struct asset_set s = {0};
    struct err e = {0};
    assert_true(add_units("2026.12.2", &s, &e));
    assert_false(add_units("2026.12.1", &s, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_false(add_units("2026.12.2", &s, &e));
    assert_int_equal(e.code, ERR_EXISTS);
    assert_true(add_units("2026.12.3", &s, &e));
    assert_int_equal(s.n, 1);
    assert_string_equal(s.packages[0].version, "2026.12.3");
}

static void packages_lie_side_by_side_but_not_on_one_file(void **state)
{
    (void)state;
    struct asset_set s = {0};
    struct err e = {0};
    const struct content phrase = {"strings/zh.po", PO "msgid \"eligible.needed\"\nmsgstr \"要补录\"\n"};
    const struct content other = {"strings/zh.po", PO "msgid \"eligible.ecert\"\nmsgstr \"有电子证书\"\n"};
    const struct content clash = {"codes/units.tsv", "# source: y; version: 2026.12.9\ncode\tname_zh\n"};
    assert_true(add_units("2026.12.1", &s, &e));
    assert_true(add("words-a", "1", &phrase, 1, &s, &e));
    assert_true(add("words-b", "1", &other, 1, &s, &e));
    assert_int_equal(s.n, 3);
    assert_false(add("more", "1", &clash, 1, &s, &e));
    assert_non_null(strstr(e.text, "codes/units.tsv: the package units brings this file too"));
    AUTOFREE char *path = asset_set_path(dir, BASE), *po = path_join(path, "strings/zh.po");
    struct strings *zh = strings_load(BASE "/strings/zh.po", &e), *over = strings_load(po, &e);
    strings_overlay(zh, over);
    assert_string_equal(strings_find(zh, "eligible.needed"), "要补录");
    assert_string_equal(strings_find(zh, "eligible.ecert"), "有电子证书");
    assert_string_equal(strings_find(zh, "eligible.by_exam"), "以考代评取得的，不需要补录");
    strings_destroy(zh);
    strings_destroy(over);
}

static void what_was_in_force_comes_back(void **state)
{
    (void)state;
    struct asset_set s = {0};
    struct err e = {0};
    assert_true(add_units("2026.12.1", &s, &e));
    AUTOFREE char *first = asset_set_path(dir, BASE);
    assert_true(add_units("2026.12.2", &s, &e));
    AUTOFREE char *second = asset_set_path(dir, BASE);
    assert_true(asset_set_rollback(dir, &e));
    AUTOFREE char *now = asset_set_path(dir, BASE), *previous = asset_set_previous(dir);
    assert_string_equal(now, first);
    assert_string_equal(previous, second);
    assert_true(asset_set_read(now, &s, &e));
    assert_string_equal(s.packages[0].version, "2026.12.1");
}

static bool refuse(void *ctx, const char *path, const struct asset_set *s, struct err *e)
{
    (void)ctx;
    (void)s;
    assert_true(file_exists(path));
    return err_set(e, ERR_FULL, "no room");
}

static void a_set_that_cannot_be_kept_is_not_switched_to(void **state)
{
    (void)state;
    CLEANUP(str) struct str bytes = {0}, sig = {0};
    struct package_file file = {"codes/units.tsv", "# source: y; version: 2026.12.9\ncode\tname_zh\n", 0};
    struct package p = {
        .name = "units", .version = "1", .date = "2026-12-01", .needs_program = "1.0", .files = &file, .n_files = 1};
    struct asset_set s = {0};
    struct err e = {0};
    file.len = strlen(file.bytes);
    assert_true(package_write(crypto_sodium(), &p, &bytes, &e));
    assert_false(asset_set_add(dir, BASE, &bytes, &sig, refuse, NULL, &s, &e));
    assert_int_equal(e.code, ERR_FULL);
    AUTOFREE char *path = asset_set_path(dir, BASE);
    assert_string_equal(path, BASE);
}

/* --- the program's own assets change below the packages --- */

static int dropped;
static void on_drop(void *ctx, const struct asset_package *p, const char *why)
{
    (void)ctx;
    assert_string_equal(p->name, "units");
    assert_non_null(strstr(why, "the program's own"));
    dropped++;
}

static void an_updated_program_keeps_the_packages_that_still_fit(void **state)
{
    (void)state;
    struct asset_set s = {0};
    struct err e = {0};
    bool changed = true;
    const struct content phrase = {"strings/zh.po", PO "msgid \"eligible.needed\"\nmsgstr \"要补录\"\n"};
    AUTOFREE char *base = path_join(dir, "base");
    AUTOFREE char *copy = xasprintf("cp -r assets %s", base);
    assert_true(add_units("2026.12.1", &s, &e));
    assert_true(add("words", "1", &phrase, 1, &s, &e));
    assert_true(asset_set_refresh(dir, BASE, on_drop, NULL, &changed, &e));
    assert_false(changed);

    assert_int_equal(system(copy), 0); /* NOLINT */
    AUTOFREE char *units = path_join(base, "codes/units.tsv");
    AUTOFREE char *newer = xasprintf(UNITS, "2027.1.1");
    assert_true(file_write_durable(units, newer, strlen(newer), 0644, &e));
    if (!asset_set_refresh(dir, base, on_drop, NULL, &changed, &e))
        fail_msg("%s", e.text);
    assert_true(changed);
    assert_int_equal(dropped, 1);
    AUTOFREE char *path = asset_set_path(dir, base);
    assert_true(asset_set_read(path, &s, &e));
    assert_int_equal(s.n, 1);
    assert_string_equal(s.packages[0].name, "words");
}

static void an_age_is_counted_in_days_of_beijing(void **state)
{
    (void)state;
    const int64_t day = (int64_t)24 * 3600 * 1000, at = INT64_C(1767197100000); /* 2026-01-01 00:05 in Beijing */
    static const struct {
        const char *date;
        int age;
    } cases[] = {{"2026-01-01", 0},  {"2025-12-31", 1},   {"2025-10-03", 90},
                 {"2026-01-02", -1}, {"2024-02-29", 672}, {"nonsense", 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(asset_age(cases[i].date, at), cases[i].age);
    assert_int_equal(asset_age("2026-01-01", at + 91 * day), 91);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_packages_the_programs_own_assets_are_in_force, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dictionary_is_laid_over_and_the_rest_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_field_and_its_words_come_together, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_package_changes_nothing_and_says_where, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_version_never_replaces_a_newer_one, setup, teardown),
        cmocka_unit_test_setup_teardown(packages_lie_side_by_side_but_not_on_one_file, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_in_force_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_set_that_cannot_be_kept_is_not_switched_to, setup, teardown),
        cmocka_unit_test(an_age_is_counted_in_days_of_beijing),
        cmocka_unit_test_setup_teardown(an_updated_program_keeps_the_packages_that_still_fit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
