#include "sync/base/file.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of assets with one small form, in which a test replaces one file. */
struct assets {
    char dir[32];
};

static void write_file(const struct assets *a, const char *name, const char *text)
{
    AUTOFREE char *path = path_join(a->dir, name);
    struct err e = {0};
    if (!file_write_durable(path, text, strlen(text), 0600, &e))
        fail_msg("%s", e.text);
}

#define FORM(fields)                                                                                                   \
    "{\"version\":\"1\",\"key\":\"s\",\"scope\":\"person\",\"step\":\"sections\",\"fields\":[" fields "]}"

static void assets_make(struct assets *a)
{
    strcpy(a->dir, "/tmp/assets-XXXXXX");
    assert_non_null(mkdtemp(a->dir));
    static const char *const folders[] = {"forms", "rules", "codes"};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        AUTOFREE char *path = path_join(a->dir, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    write_file(a, "rules/manifest.json", "{\"version\":\"1\",\"files\":[\"files.json\",\"eligibility.json\"]}");
    write_file(a, "rules/files.json",
               "{\"version\":\"1\",\"max_bytes\":10,\"max_per_field\":2,\"kinds\":[\"jpg\"],\"extensions\":[\"jpg\"]}");
    write_file(a, "rules/eligibility.json",
               "{\"version\":\"1\",\"order\":[{\"when\":{},\"needed\":true,\"reason\":\"eligible.needed\"}]}");
    write_file(a, "codes/c.tsv", "# source: none; version: 7\ncode\tname_zh\tx\n1\t甲\ty\n2\t乙\n");
    write_file(a, "forms/manifest.json", "{\"version\":\"5\",\"files\":[\"a.json\"]}");
    write_file(a, "forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\"}"));
}

static void assets_drop(const struct assets *a)
{
    static const char *const names[] = {"forms/a.json",
                                        "forms/manifest.json",
                                        "rules/manifest.json",
                                        "rules/files.json",
                                        "rules/eligibility.json",
                                        "codes/c.tsv",
                                        "forms",
                                        "rules",
                                        "codes",
                                        ""};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTOFREE char *path = path_join(a->dir, names[i]);
        remove(path);
    }
}

static void a_small_form_loads(void **state)
{
    (void)state;
    struct assets a;
    assets_make(&a);
    write_file(
        &a, "forms/a.json",
        FORM("{\"key\":\"f\",\"type\":\"select\",\"dict\":\"c\",\"required\":{\"not\":{\"field\":\"g\",\"is\":true}},"
             "\"width\":\"half\",\"group\":\"s.q\"},{\"key\":\"g\",\"type\":\"bool\",\"off\":true,\"max_len\":3}"));
    struct err e = {0};
    struct form_set *f = form_set_load(a.dir, &e);
    if (!f)
        fail_msg("%s", e.text);
    assert_string_equal(form_set_version(f), "5");
    assert_string_equal(form_set_rules_version(f), "1");
    const struct form_section *s = form_section_find(f, "s");
    assert_string_equal(s->title, "s");
    const struct form_field *field = form_field_find(s, "f");
    assert_string_equal(field->label, "s.f");
    assert_string_equal(field->help, "s.f.help");
    assert_string_equal(field->group, "s.q");
    assert_int_equal(field->width, WIDTH_HALF);
    assert_non_null(field->required);
    assert_true(form_field_find(s, "g")->off);
    assert_null(form_field_find(s, "h"));
    assert_null(form_section_at(f, 1));
    const struct dict *d = dict_find(f, "c");
    assert_string_equal(dict_version(d), "7");
    assert_string_equal(dict_column(d, dict_code(d, "1"), "x"), "y");
    assert_string_equal(dict_column(d, dict_code(d, "2"), "x"), "");
    assert_string_equal(dict_column(d, dict_code(d, "2"), "absent"), "");
    assert_null(dict_find(f, "d"));
    form_set_destroy(f);
    assets_drop(&a);
}

static void mistakes_name_file_member_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *says;
    } cases[] = {
        {"forms/a.json", "{", "forms/a.json:1:"},
        {"forms/a.json", "{\"key\":\"s\",\"key\":\"t\"}", "forms/a.json:1: duplicate"},
        {"forms/a.json", FORM(""), "fields: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"txt\"}"), "fields[0]: type: expected"},
        {"forms/a.json", FORM("{\"key\":\"F\",\"type\":\"text\"}"), "fields[0]: key: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\"},{\"key\":\"f\",\"type\":\"int\"}"), "fields[1]: key"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"chek\":[]}"), "fields[0]: unknown member \"chek\""},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"select\"}"), "fields[0]: dict: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"select\",\"dict\":\"d\"}"), "fields[0]: dict: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"dict\":\"c\"}"), "fields[0]: dict: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"max_len\":\"9\"}"), "max_len: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"max_len\":-1}"), "max_len: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"width\":\"wide\"}"), "width: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"normalise\":[\"trim\",\"nfd\"]}"),
         "normalise: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"from\":\"t.f\"}"), "fields[0]: expected FIELD"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"from\":\"f#age\"}"), "fields[0]: expected FIELD"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"from\":5}"), "from: expected text"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"show_if\":{\"field\":\"g\",\"is\":\"1\"}}"),
         "expected FIELD"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"show_if\":{\"field\":\"f\",\"is\":true}}"),
         "no bool field"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"bool\",\"show_if\":{\"field\":\"f\",\"is\":\"1\"}}"),
         "is a bool field"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"show_if\":{}}"), "expected a list of conditions"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":{}}"), "fields[0].check: expected a list"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{}]}"),
         "fields[0].check[0]: expected a kind"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"pattern\":\"(\"}]}"),
         "check[0]: expected a pattern"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"pattern\":\"a\",\"in\":\"c\"}]}"),
         "one kind"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"length\":[5,2]}]}"),
         "expected min and max"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"range\":[1]}]}"), "expected [min,max]"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"range\":[1,\"f+2\"]}]}"),
         "expected years"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"compare\":[\"f\",\"==\",\"f\"]}]}"),
         "expected [left"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"formula\":\"md5\"}]}"),
         "name of a formula"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"formula\":\"one_open\"}]}"),
         "needs \"of\""},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"in\":\"d\"}]}"), "name of a dictionary"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"check\":[{\"unless\":[true]}]}"),
         "expected [condition, check]"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"warn\":[{\"any_of\":[{\"in\":\"d\"}]}]}"),
         "fields[0].warn[0][0]"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"text\",\"prefer_at\":\"g\"}"), "prefer_at: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"select\",\"dict\":\"c\",\"filter_by\":\"g\"}"),
         "filter_by: expected"},
        {"forms/a.json", FORM("{\"key\":\"f\",\"type\":\"select\",\"dict\":\"c\",\"fills\":{\"g\":\"x\"}}"),
         "fills: expected"},
        {"forms/a.json",
         "{\"version\":\"1\",\"key\":\"s\",\"step\":\"sections\",\"fields\":[{\"key\":\"f\",\"type\":\"text\"}]}",
         "expected version, scope and step"},
        {"forms/a.json",
         "{\"version\":\"1\",\"key\":\"s\",\"scope\":\"title\",\"step\":\"sections\",\"entries\":\"many\",\"min\":3,\"max\":2,"
         "\"fields\":[{\"key\":\"f\",\"type\":\"text\"}]}",
         "max: expected"},
        {"forms/a.json",
         "{\"version\":\"1\",\"key\":\"s\",\"scope\":\"title\",\"step\":\"sections\",\"exactly_one\":\"f\","
         "\"fields\":[{\"key\":\"f\",\"type\":\"text\"}]}",
         "exactly_one: expected"},
        {"forms/a.json",
         "{\"version\":\"1\",\"key\":\"s\",\"scope\":\"title\",\"step\":\"sections\",\"check\":[{\"any_of\":[{\"pattern\":\"a\"}]}],"
         "\"fields\":[{\"key\":\"f\",\"type\":\"text\"}]}",
         "section.check[0][0]: pattern: expected at a field"},
        {"forms/a.json",
         "{\"version\":\"1\",\"key\":\"s\",\"scope\":\"title\",\"step\":\"sections\",\"warn\":[{\"formula\":\"isbn\"}],"
         "\"fields\":[{\"key\":\"f\",\"type\":\"text\"}]}",
         "isbn: expected at a field"},
        {"forms/manifest.json", "{\"version\":\"5\",\"files\":[\"a.json\",\"a.json\"]}", "key: expected"},
        {"forms/manifest.json", "{\"version\":\"5\",\"files\":[\"../a.json\"]}", "files[0]: expected a file name"},
        {"forms/manifest.json", "{\"version\":\"5\",\"files\":[\"b.json\"]}", "b.json"},
        {"forms/manifest.json", "{\"files\":[\"a.json\"]}", "version: expected"},
        {"codes/c.tsv", "code\tname_zh\n", "c.tsv:1: expected"},
        {"codes/c.tsv", "# source: x\ncode\tname\n1\tx\n", "c.tsv:2: expected"},
        {"codes/c.tsv", "# source: x\ncode\tname_zh\n1\tx\ty\n", "c.tsv:3: expected 2 columns"},
        {"codes/c.tsv", "# source: x\ncode\tname_zh\n1\tx\n1\ty\n", "c.tsv:4: expected each code once"},
        {"codes/c.tsv", "# source: x\ncode\tname_zh\n1\tx\n\ty\n", "c.tsv:4: expected a code"},
        {"codes/c.tsv", "# source: x\ncode\tname_zh\r\n", "expected UTF-8 with LF"},
        {"codes/c.tsv", "", "expected"},
        {"rules/files.json",
         "{\"version\":\"1\",\"max_bytes\":0,\"max_per_field\":2,\"kinds\":[\"jpg\"],\"extensions\":[\"jpg\"]}",
         "expected numbers"},
        {"rules/eligibility.json", "{\"version\":\"1\",\"order\":[]}", "order: expected"},
        {"rules/eligibility.json",
         "{\"version\":\"1\",\"order\":[{\"when\":{\"before\":\"2000-13-01\"},\"needed\":true,\"reason\":\"r\"}]}",
         "before: expected"},
        {"rules/eligibility.json",
         "{\"version\":\"1\",\"order\":[{\"when\":{\"ecert\":\"yes\"},\"needed\":true,\"reason\":\"r\"}]}",
         "last rule"},
        {"rules/eligibility.json",
         "{\"version\":\"1\",\"order\":[{\"when\":{\"ecert\":\"maybe\"},\"needed\":true,\"reason\":\"r\"}]}",
         "ecert: expected"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct assets a;
        assets_make(&a);
        write_file(&a, cases[i].file, cases[i].text);
        struct err e = {0};
        struct form_set *f = form_set_load(a.dir, &e);
        assets_drop(&a);
        if (f)
            fail_msg("case %zu was loaded: %s", i, cases[i].text);
        if (!strstr(e.text, cases[i].says))
            fail_msg("case %zu: \"%s\" lacks \"%s\"", i, e.text, cases[i].says);
    }
}

static void the_sections_stand_in_the_order_of_the_guide(void **state)
{
    (void)state;
    const struct form_set *f = test_forms();
    int no = 0;
    for (size_t i = 0; i < form_section_count(f); i++) {
        const struct form_section *s = form_section_at(f, i);
        assert_int_equal(s->index, i);
        if (s->no)
            assert_int_equal(s->no, ++no);
        for (size_t j = 0; j < s->n_fields; j++) {
            assert_ptr_equal(s->fields[j].section, s);
            assert_int_equal(s->fields[j].index, j);
        }
        /* steps never go back */
        assert_true(!i || form_section_at(f, i - 1)->step <= s->step);
        /* sections 1–8 and 16, the check and the images belong to the person */
        bool person = (s->no >= 1 && s->no <= 8) || s->no == 16 || s->step == STEP_IDENTITY || s->step == STEP_IMAGES;
        assert_int_equal(s->scope, person ? SCOPE_PERSON : SCOPE_TITLE);
    }
    assert_int_equal(no, 16);
}

static void what_is_not_collected_is_off(void **state)
{
    (void)state;
    static const char *const off[][2] = {{"basic", "health"},
                                         {"contact", "emergency_name"},
                                         {"contact", "emergency_phone"},
                                         {"contact", "wechat"},
                                         {"work", "witness"},
                                         {"work", "witness_phone"},
                                         {"education", "evidence_files"},
                                         {"training", "evidence_files"}};
    for (size_t i = 0; i < ARRAY_LEN(off); i++)
        assert_true(form_field_find(form_section_find(test_forms(), off[i][0]), off[i][1])->off);
}

/* One group never stands in two places of a section, so that its fields are asked together. */
static void groups_are_unbroken(void **state)
{
    (void)state;
    for (size_t i = 0; i < form_section_count(test_forms()); i++) {
        const struct form_section *s = form_section_at(test_forms(), i);
        for (size_t j = 2; j < s->n_fields; j++)
            for (size_t k = 0; s->fields[j].group && k + 1 < j; k++)
                if (s->fields[k].group && strcmp(s->fields[k].group, s->fields[j].group) == 0)
                    assert_string_equal(s->fields[j - 1].group, s->fields[j].group);
    }
}

static void examples_are_answers_that_pass(void **state)
{
    (void)state;
    struct doc *d = test_declaration();
    for (size_t i = 0; i < form_section_count(test_forms()); i++) {
        const struct form_section *s = form_section_at(test_forms(), i);
        for (size_t j = 0; j < s->n_fields; j++) {
            const struct form_field *f = &s->fields[j];
            if (!f->example || f->type == FIELD_SELECT)
                continue;
            struct doc_path p = {s->key, s->many ? doc_entry_add(d, s->key) : NO_ENTRY, f->key};
            put(d, p, f->example);
            CLEANUP(findings) struct findings found = {0};
            validate_field(d, p, TODAY, &found);
            print_findings(&found);
            assert_int_equal(found.len, 0);
        }
    }
    doc_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_form_loads),
        cmocka_unit_test(mistakes_name_file_member_and_what_was_expected),
        cmocka_unit_test(the_sections_stand_in_the_order_of_the_guide),
        cmocka_unit_test(what_is_not_collected_is_off),
        cmocka_unit_test(groups_are_unbroken),
        cmocka_unit_test(examples_are_answers_that_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
