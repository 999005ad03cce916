#include "sync/platform/upstream_map.h"

#include "sync/base/file.h"
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char foreign_path[] = "tests/e2e/foreign.json";

static struct upstream_map *load(const char *path)
{
    struct err e = {0};
    struct upstream_map *m = upstream_map_load(path, test_forms(), &e);
    if (!m)
        fail_msg("%s", e.text);
    return m;
}

static void the_mappings_that_are_here_load(void **state)
{
    (void)state;
    static const char *const paths[] = {"assets/upstream/sample.json", foreign_path};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct upstream_map *m = load(paths[i]);
        assert_true(*upstream_map_name(m));
        assert_non_null(upstream_map_call(m, "submit"));
        upstream_map_destroy(m);
    }
}

/* Puts a value at a dotted path of the foreign mapping (null: takes it away), and tells what the loader says. */
static void broken(const char *at, const char *json, char out[480])
{
    json_t *root = json_load_file(foreign_path, 0, NULL), *parent = root;
    json_t *value = *json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
    char name[60], path[] = "/tmp/bulu-map-XXXXXX";
    struct err e = {0};
    for (const char *p = at; strchr(p, '.'); p = strchr(p, '.') + 1) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p, "."), p);
        bool index = json_is_array(parent);
        parent = index ? json_array_get(parent, (size_t)atoi(name)) : json_object_get(parent, name);
        at = strchr(p, '.') + 1;
    }
    assert_non_null(parent);
    if (value)
        json_object_set_new(parent, at, value);
    else
        json_object_del(parent, at);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(json_dump_file(root, path, 0), 0);
    json_decref(root);
    struct upstream_map *m = upstream_map_load(path, test_forms(), &e);
    unlink(path);
    upstream_map_destroy(m);
    zcopy(out, 480, m ? "" : e.text);
    if (!m)
        assert_int_equal(e.code, ERR_CONFIG);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *at, *json, *says;
    } cases[] = {
        {"states", "", "states: expected"},
        {"states.A1", "\"accepted\"", "states: expected"},
        {"name", "", "version, name and address"},
        {"extra", "1", "\"extra\" is not one of"},
        {"calls.status", "", "submit with a body, and status"},
        {"calls.other", "{}", "calls.other: expected token, login"},
        {"calls.submit.method", "\"DELETE\"", "calls.submit: expected method"},
        {"calls.submit.path", "\"https://x/\"", "path: from a slash on"},
        {"calls.submit.path", "\"/x/{nobody}\"", "\"{nobody}\" is no variable here"},
        {"calls.submit.headers", "[\"X: {password}\"]", "\"{password}\" is no variable here"},
        {"calls.submit.headers", "[\"X: a\\r\\nY: b\"]", "headers"},
        {"calls.submit.type", "\"multipart\"", "in attach only"},
        {"calls.submit.answers", "[]", "a rule that says done"},
        {"calls.submit.answers", "[{\"status\":200,\"then\":\"fine\"}]", "answers[0]: then: expected one of"},
        {"calls.submit.answers", "[{\"then\":\"done\"}]", "a condition"},
        {"calls.submit.take", "{}", "take: \"number\" is missing"},
        {"calls.submit.body.ryxx.xm", "{\"$field\":\"basic.nobody\"}",
         "calls.submit.ryxx.xm: \"basic.nobody\" is no field"},
        {"calls.submit.body.ryxx.xm", "{\"$field\":\"education.school\"}", "repeats: name it within its $each"},
        {"calls.submit.body.ryxx.xm", "{\"$field\":\"basic.full_name\",\"most\":3}", "\"most\" is not one of"},
        {"calls.submit.body.ryxx.xm", "{\"$field\":\"basic.full_name\",\"max\":0}", "max: a number from 1"},
        {"calls.submit.body.ryxx.xm", "{\"$other\":\"basic.full_name\"}", "nothing else begins with $"},
        {"calls.submit.body.jyjl", "{\"$each\":\"basic\",\"item\":{}}", "a section that repeats"},
        {"calls.status.body", "{\"a\":{\"$field\":\"basic.full_name\"}}", "in submit's body only"},
        {"calls.attach", "", "calls.attach: expected a call that gives {file} its number"},
        {"calls.status.most", "100", "most: 1 to 50"},
        {"calls.units.list", "", "list: the place of the rows"},
        {"dictionaries.nobody", "{}", "a dictionary of the forms"},
        {"files.max_bytes", "0", "max_bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char said[480];
        broken(cases[i].at, cases[i].json, said);
        if (!strstr(said, cases[i].says))
            fail_msg("%s: %s: said \"%s\"", cases[i].at, cases[i].json, said);
    }
}

static void a_submit_that_could_double_is_refused(void **state)
{
    (void)state;
    char said[480];
    broken("calls.submit.headers", "[\"X-Token: {token}\"]", said);
    assert_string_equal(said, ""); /* {key} stands in the body still */
    struct err e = {0};
    json_t *root = json_load_file(foreign_path, 0, NULL);
    json_t *submit = json_object_get(json_object_get(root, "calls"), "submit");
    json_object_set_new(submit, "headers", json_array());
    json_object_set_new(json_object_get(submit, "body"), "wbh", json_string("{receipt}"));
    assert_int_equal(json_dump_file(root, "/tmp/bulu-map-double", 0), 0);
    json_decref(root);
    assert_null(upstream_map_load("/tmp/bulu-map-double", test_forms(), &e));
    unlink("/tmp/bulu-map-double");
    assert_non_null(strstr(e.text, "a lost reply would double a record"));
}

/* --- what is sent --- */

static json_t *body_of(const struct upstream_map *m, const struct doc *d, struct findings *found)
{
    const struct map_vars vars = {{{"key", "K"}, {"receipt", "R"}, {"version", "1"}}, 3};
    const struct map_source s = {.map = m, .doc = d, .vars = &vars};
    json_t *body = map_body(&s, json_object_get(upstream_map_call(m, "submit"), "body"), found, NULL);
    assert_non_null(body);
    return body;
}

static void the_guides_example_in_their_words(void **state)
{
    (void)state;
    struct upstream_map *m = load(foreign_path);
    struct doc *d = test_declaration();
    CLEANUP(findings) struct findings found = {0};
    json_t *body = body_of(m, d, &found);
    static const struct {
        const char *at, *value;
    } cases[] = {{"wbh", "K"},
                 {"hzh", "R"},
                 {"ryxx.xm", "张三"},
                 {"ryxx.xb", "男"},
                 {"ryxx.gzrq", "200207"},
                 {"zcxx.qdrq", "2010/12/31"},
                 {"zcxx.qdfs", "评审"},
                 {"zcxx.pwwh", "2011"},
                 {"jyjl.0.xxmc", "新疆大学"},
                 {"jyjl.0.qs", "199809"},
                 {"fjlb.0.mc", "证书 1.jpg"}};
    print_findings(&found);
    assert_int_equal(found.len, 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char buf[MAP_TEXT_SIZE];
        assert_string_equal(map_text(map_at(body, cases[i].at), buf), cases[i].value);
    }
    assert_true(json_is_integer(map_at(body, "zcxx.pwwh")));
    json_decref(body);
    doc_destroy(d);
    upstream_map_destroy(m);
}

static void what_does_not_fit_is_an_error_at_its_field(void **state)
{
    (void)state;
    static const struct {
        struct doc_path path;
        const char *value, *message, *arg;
    } cases[] = {
        {ONE("identity_check", "full_name"), "古丽巴哈尔·买买提明", "check.registry_long", "8"},
        {ONE("publicity", "publicity_url"), "一二三四五六七八九十一二三", "check.registry_long", "12"},
        {ONE("publicity", "publicity_url"), "一二三四五六七八九十一二", NULL, ""},
        {ONE("contact", "address"), "中山路中山路中山路中山路中山", "check.registry_long", "40"}, /* 42 bytes */
        {ONE("contact", "address"), "中山路中山路中山路中山路中", NULL, ""},
        {ONE("identity_check", "sex"), "9", "check.registry_choice", ""},
        {ONE("identity_check", "full_name"), "", "check.registry_missing", ""},
        {ONE("title_award", "award_date"), "2010-12", "check.registry_day", ""},
        {ONE("title_award", "cert_no"), "", NULL, ""}, /* has its "otherwise" */
    };
    struct upstream_map *m = load(foreign_path);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc *d = test_declaration();
        CLEANUP(findings) struct findings found = {0};
        put(d, cases[i].path, cases[i].value);
        json_decref(body_of(m, d, &found));
        assert_int_equal(found.len, cases[i].message != NULL);
        if (found.len) {
            assert_string_equal(found.rows[0].message, cases[i].message);
            assert_string_equal(found.rows[0].arg[0], cases[i].arg);
            assert_string_equal(found.rows[0].path.field, cases[i].path.field);
            assert_int_equal(found.rows[0].severity, SEVERITY_ERROR);
        }
        doc_destroy(d);
    }
    upstream_map_destroy(m);
}

static void too_many_entries_and_files_that_are_not_taken(void **state)
{
    (void)state;
    struct upstream_map *m = load(foreign_path);
    struct doc *d = test_declaration();
    CLEANUP(findings) struct findings found = {0};
    while (doc_entries(d, "education") < 4) {
        int n = doc_entry_add(d, "education");
        put(d, MANY("education", n, "school"), n == 3 ? "一个名字长到二十个字的表格里怎么也放不下的学校" : "学校");
    }
    doc_set(d, ONE("attachments", "cert_original"),
            json_pack("[o,o]", test_file("大.jpg", "jpg", 3 << 20), test_file("图.bmp", "bmp", 100)), NULL);
    json_decref(body_of(m, d, &found));
    static const char *const want[] = {"check.registry_rows", "check.registry_long", "check.registry_file_size",
                                       "check.registry_file_kind"};
    assert_int_equal(found.len, ARRAY_LEN(want));
    for (size_t i = 0; i < found.len; i++)
        assert_string_equal(found.rows[i].message, want[i]);
    assert_int_equal(found.rows[1].path.entry, 3);
    assert_string_equal(found.rows[2].arg[0], "2.0");
    assert_string_equal(found.rows[3].arg[0], "jpg、png、pdf");
    doc_destroy(d);
    upstream_map_destroy(m);
}

static void variables_are_put_in_and_escaped_where_they_must(void **state)
{
    (void)state;
    const struct map_vars vars = {{{"a", "1 2&张"}, {"b", "x"}}, 2};
    static const struct {
        const char *text;
        bool escape;
        const char *want;
    } cases[] = {{"/x?y={a}&z={b}", true, "/x?y=1%202%26%E5%BC%A0&z=x"},
                 {"{a}", false, "1 2&张"},
                 {"{{a}", false, "{a}"},
                 {"{c}", false, ""},
                 {"", true, ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str z = {0};
        map_fill(cases[i].text, &vars, cases[i].escape, &z);
        assert_string_equal(str_z(&z), cases[i].want);
    }
}

/* --- what comes back --- */

static void an_answer_means_what_a_rule_says_and_nothing_else(void **state)
{
    (void)state;
    struct upstream_map *m = load(foreign_path);
    static const struct {
        const char *call;
        long status;
        const char *answer;
        enum map_word word;
    } cases[] = {
        {"submit", 200, "{\"code\":\"0000\",\"sbbh\":\"1\"}", MAP_DONE},
        {"submit", 500, "{\"code\":\"0000\"}", MAP_DONE}, /* this registry speaks by its code */
        {"submit", 200, "{\"code\":\"1409\"}", MAP_DONE},
        {"submit", 200, "{\"code\":\"2002\"}", MAP_REFUSED},
        {"submit", 200, "{\"code\":\"9001\"}", MAP_BUSY},
        {"submit", 200, "{\"code\":\"7777\"}", MAP_LATER},
        {"submit", 200, "{\"code\":0}", MAP_LATER},
        {"submit", 200, "{}", MAP_LATER},
        {"submit", 200, NULL, MAP_LATER},
        {"submit", 401, "{\"code\":\"4010\"}", MAP_TOKEN},
        {"submit", 403, "{}", MAP_LATER}, /* our fault or theirs, never the applicant's */
        {"submit", 404, "{}", MAP_LATER},
        {"submit", 429, NULL, MAP_BUSY},
        {"submit", 503, NULL, MAP_BUSY},
        {"token", 200, NULL, MAP_LATER}, /* half an answer is none */
        {"token", 200, "{\"access_token\":\"x\"}", MAP_DONE},
        {"login", 200, "{\"code\":\"3001\"}", MAP_NONE},
        {"login", 200, "{\"code\":\"3002\"}", MAP_LOCKED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const json_t *rule;
        json_t *answer = cases[i].answer ? json_loads(cases[i].answer, 0, NULL) : NULL;
        assert_int_equal(map_judge(upstream_map_call(m, cases[i].call), cases[i].status, answer, &rule), cases[i].word);
        json_decref(answer);
    }
    upstream_map_destroy(m);
}

static void their_fields_become_ours(void **state)
{
    (void)state;
    struct upstream_map *m = load(foreign_path);
    static const struct {
        const char *theirs;
        int from;
        const char *ours;
    } cases[] = {
        {"ryxx.xm", 0, "form.identity_check.full_name"},
        {"xm", 0, "form.identity_check.full_name"},
        {"jyjl[2].xxmc", 0, "form.education.3.school"},
        {"jyjl[2].xxmc", 1, "form.education.2.school"},
        {"jyjl.2.xxmc", 0, "form.education.3.school"},
        {"jyjl[0].xxmc", 1, "form.education"}, /* there is no entry 0 */
        {"jyjl", 0, "form.education"},
        {"xxmc", 0, "form.education"}, /* which of them, nobody says */
        {"fjlb[1].mc", 0, "form.attachments.cert_original"},
        {"fjlb", 0, "form.attachments.cert_original"},
        {"jsdw.mc", 0, ""},
        {"nobody", 0, ""},
        {"", 0, ""},
        {"[3]", 0, ""},
        {"...", 0, ""},
        {"jyjl[99999999].xxmc", 0, "form.education"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(str) struct str z = {0};
        map_path(m, cases[i].theirs, cases[i].from, &z);
        if (strcmp(str_z(&z), cases[i].ours) != 0)
            fail_msg("%s: %s, not %s", cases[i].theirs, str_z(&z), cases[i].ours);
    }
    upstream_map_destroy(m);
}

static void news_of_a_record(void **state)
{
    (void)state;
    struct upstream_map *m = load(foreign_path);
    static const struct {
        const char *row, *state, *text, *reasons;
        bool is, final;
    } cases[] = {
        {"{\"sbbh\":\"1\",\"zt\":\"A2\",\"ztmc\":\"审\"}", "unit_review", "", "", true, false},
        {"{\"sbbh\":1,\"zt\":\"X7\",\"ztmc\":\"抽取\"}", "", "抽取", "", true, false},
        {"{\"sbbh\":\"1\",\"zt\":\"X7\"}", "", "X7", "", true, false},
        {"{\"sbbh\":\"1\",\"zt\":\"A9\",\"ztmc\":\"请改\",\"thyy\":[{\"zd\":\"xm\",\"yy\":\"错\"},{\"zd\":\"q\",\"yy\":\"章\\n印\"},{\"zd\":\"x\"}]}",
         "unit_returned", "请改",
         "[{\"path\":\"form.identity_check.full_name\",\"reason\":\"错\"},{\"path\":\"\",\"reason\":\"章 印\"}]", true,
         false},
        {"{\"sbbh\":\"1\",\"zt\":\"C1\"}", "done", "", "", true, true},
        {"{\"sbbh\":\"1\"}", "", "", "", false, false},
        {"{\"zt\":\"A1\"}", "", "", "", false, false},
        {"{\"sbbh\":\"\",\"zt\":\"A1\"}", "", "", "", false, false},
        {"[]", "", "", "", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct upstream_news *n = xcalloc(1, sizeof *n);
        struct upstream_news_list all = {n, 1};
        json_t *row = json_loads(cases[i].row, 0, NULL);
        assert_int_equal(map_news(m, row, n), cases[i].is);
        if (cases[i].is) {
            assert_string_equal(n->number, "1");
            assert_string_equal(n->state, cases[i].state);
            assert_string_equal(n->text, cases[i].text);
            assert_string_equal(n->reasons, cases[i].reasons);
            assert_int_equal(n->final, cases[i].final);
        }
        json_decref(row);
        upstream_news_finish(&all);
    }
    upstream_map_destroy(m);
}

static void stamps_of_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t ms;
    } cases[] = {{"1795400645", 1795400645000},
                 {"1795400645000", 1795400645000},
                 {"\"1795400645\"", 1795400645000},
                 {"\"2026-11-23 10:24:05\"", 1795400645000},
                 {"\"2026-11-23T10:24:05+08:00\"", 1795400645000},
                 {"\"2026-11-23T02:24:05Z\"", 1795400645000},
                 {"\"2026-11-23T02:24:05.123Z\"", 1795400645000},
                 {"\"2026-11-22T21:24:05-05:00\"", 1795400645000},
                 {"\"yesterday\"", 0},
                 {"\"2026-13-01 00:00:00\"", 0},
                 {"null", 0},
                 {"\"99999999999999999999\"", 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *j = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        assert_int_equal(map_time(j), cases[i].ms);
        json_decref(j);
    }
}

static void what_the_registry_knows_of_a_person(void **state)
{
    (void)state;
    struct upstream_map *m = load(foreign_path);
    json_t *answer = json_loads(
        "{\"da\":{\"dw\":\"外地单位\",\"gzrq\":\"200207\",\"dwxz\":\"SY\",\"jxjy\":[{\"nd\":2020,\"kcmc\":\"课\",\"lx\":\"公需\","
        "\"xs\":\"24\"},{\"lx\":\"别的\"}],\"dzzs\":[{\"zcmc\":\"工程师\",\"fzrq\":\"20230501\"},{\"zcmc\":\"x\",\"fzrq\":\"?\"}]}}",
        0, NULL);
    json_t *p = map_profile(m, answer);
    char *text = json_dumps(p, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(
        text,
        "{\"ecerts\":[{\"date\":\"2023-05-01\",\"title\":\"工程师\"},{\"title\":\"x\"}],"
        "\"person\":{\"sections\":{\"basic\":{\"unit_name\":\"外地单位\",\"unit_nature\":\"20\",\"work_start\":\"2002-07\"}}},"
        "\"training\":[{\"course\":\"课\",\"hours\":\"24\",\"kind\":\"1\",\"year\":2020},{}]}");
    free(text);
    json_decref(p);
    json_decref(answer);
    upstream_map_destroy(m);
}

static void what_the_registry_says_nothing_of_is_no_empty_list(void **state)
{
    static const struct {
        const char *answer, *profile;
    } cases[] = {
        {"{}", "{\"person\":{\"sections\":{}}}"},
        {"{\"da\":{\"jxjy\":null,\"dzzs\":{}}}", "{\"person\":{\"sections\":{}}}"},
        {"{\"da\":{\"jxjy\":[]}}", "{\"person\":{\"sections\":{}},\"training\":[]}"},
    };
    (void)state;
    struct upstream_map *m = load(foreign_path);
    for (size_t i = 0; i <= ARRAY_LEN(cases); i++) {
        bool none = i == ARRAY_LEN(cases);
        json_t *answer = none ? NULL : json_loads(cases[i].answer, 0, NULL);
        json_t *p = none ? map_profile_none(m) : map_profile(m, answer);
        char *text = json_dumps(p, JSON_COMPACT | JSON_SORT_KEYS);
        assert_string_equal(text, none ? "{\"ecerts\":[],\"training\":[]}" : cases[i].profile);
        free(text);
        json_decref(p);
        json_decref(answer);
    }
    upstream_map_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mappings_that_are_here_load),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(a_submit_that_could_double_is_refused),
        cmocka_unit_test(the_guides_example_in_their_words),
        cmocka_unit_test(what_does_not_fit_is_an_error_at_its_field),
        cmocka_unit_test(too_many_entries_and_files_that_are_not_taken),
        cmocka_unit_test(variables_are_put_in_and_escaped_where_they_must),
        cmocka_unit_test(an_answer_means_what_a_rule_says_and_nothing_else),
        cmocka_unit_test(their_fields_become_ours),
        cmocka_unit_test(news_of_a_record),
        cmocka_unit_test(stamps_of_all_kinds),
        cmocka_unit_test(what_the_registry_knows_of_a_person),
        cmocka_unit_test(what_the_registry_says_nothing_of_is_no_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
