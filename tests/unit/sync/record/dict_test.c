#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

static const char *first(const char *dict, const char *typed, const char *filter)
{
    const struct dict_item *item = NULL;
    size_t n = dict_search(dict_find(test_forms(), dict), typed, filter, &item, 1);
    return n ? item->name : "";
}

static void items_are_found_by_name_pinyin_code_and_spoken_name(void **state)
{
    (void)state;
    static const struct {
        const char *dict, *typed, *name;
    } cases[] = {
        {"titles", "工程师", "工程师"},
        {"titles", "gcs", "工程师"},
        {"titles", "gongchengshi", "工程师"},
        {"titles", "gong cheng shi", "工程师"},
        {"titles", "gong'cheng'shi", "工程师"},
        {"titles", "GCS", "工程师"},
        {"titles", "083", "工程师"},
        {"titles", "初级工程师", "助理工程师"}, /* as 张三 says */
        {"titles", "高工", "高级工程师"},
        {"titles", "教授级高级工程师", "教授级高级工程师"},
        {"titles", "幼儿园高级教师", "幼儿园高级教师"},
        {"titles", "一级文学创作", "一级文学创作"},
        {"titles", "文学创作一级", "文学创作一级"},
        {"titles", "四级舞台技术", "四级舞台技术"},
        {"titles", "一级作词", "一级作词"},
        {"titles", "三级剪辑", "三级剪辑师"},
        {"titles", "群众文化", "研究馆员"},
        {"title_series", "工程系列", "工程技术人员"},
        {"title_series", "gcxl", "工程技术人员"},
        {"title_series", "群众文化", "群众文化专业人员"},
        {"title_series", "kj", "会计人员"},
        {"divisions_cn", "乌鲁木齐", "乌鲁木齐市"},
        {"divisions_cn", "wlmq", "乌鲁木齐市"},
        {"divisions_cn", "重庆", "重庆市"},
        {"divisions_cn", "chongqing", "重庆市"},
        {"divisions_cn", "653229", "和安县"},
        {"divisions_xinjiang", "yuli", "尉犁县"},
        {"ethnic", "wwe", "维吾尔族"},
        {"ethnic", "uygur", "维吾尔族"},
        {"countries", "hskst", "哈萨克斯坦"},
        {"countries", "kazakh", "哈萨克斯坦"},
        {"review_committees", "工信厅", "工信厅评审会"},
        {"acquire_way", "zd", ""},
        {"titles", "没有这样的职称", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = first(cases[i].dict, cases[i].typed, NULL);
        if (strcmp(got, cases[i].name) != 0)
            fail_msg("%s: \"%s\" finds \"%s\", not \"%s\"", cases[i].dict, cases[i].typed, got, cases[i].name);
    }
}

static void an_empty_search_lists_what_is_offered(void **state)
{
    (void)state;
    const struct dict_item *items[200];
    const struct dict *d = dict_find(test_forms(), "divisions_xinjiang");
    size_t n = dict_search(d, "", "650000", items, 200);
    assert_int_equal(n, 15);
    for (size_t i = 0; i < n; i++)
        assert_true(dict_offered(items[i]));
    assert_int_equal(dict_search(d, "", "653200", items, 2), dict_search(d, NULL, "653200", items, 200));
    assert_string_equal(first("ethnic", "", NULL), "维吾尔族"); /* the long-resident groups of Xinjiang first */
    n = dict_search(dict_find(test_forms(), "training_kind"), "", NULL, items, 200);
    assert_int_equal(n, 2); /* 公需课 is the platform's */
    assert_non_null(dict_code(dict_find(test_forms(), "training_kind"), "1"));
    assert_int_equal(dict_search(d, "吐鲁番地区", NULL, items, 200), 1); /* historical: found, not listed */
}

static void codes_and_names_are_looked_up(void **state)
{
    (void)state;
    const struct dict *d = dict_find(test_forms(), "divisions_cn");
    for (size_t i = 0; i < dict_count(d); i++) {
        const struct dict_item *item = dict_at(d, i);
        assert_ptr_equal(dict_code(d, item->code), item);
        assert_string_equal(dict_name(d, item->name)->name, item->name);
        if (*item->parent)
            assert_non_null(dict_code(d, item->parent));
    }
    assert_null(dict_at(d, dict_count(d)));
    assert_null(dict_code(d, ""));
    assert_null(dict_code(d, "650"));
    assert_null(dict_name(d, "无此县"));
    assert_string_equal(dict_code(dict_find(test_forms(), "divisions_xinjiang"), "659000")->name,
                        "自治区直辖县级行政区划");
}

static void every_title_has_a_series_and_a_level(void **state)
{
    (void)state;
    const struct dict *titles = dict_find(test_forms(), "titles"), *series = dict_find(test_forms(), "title_series"),
                      *levels = dict_find(test_forms(), "title_level");
    for (size_t i = 0; i < dict_count(titles); i++) {
        const struct dict_item *t = dict_at(titles, i);
        assert_non_null(dict_code(series, t->parent));
        assert_non_null(dict_code(levels, dict_column(titles, t, "level")));
        assert_true(*t->search);
    }
}

static void hostile_searches_find_nothing_and_end(void **state)
{
    (void)state;
    CLEANUP(str) struct str huge = {0};
    for (int i = 0; i < 100000; i++)
        str_puts(&huge, "g ");
    const struct dict *d = dict_find(test_forms(), "titles");
    const struct dict_item *items[4];
    dict_search(d, huge.p, NULL, items, 4);
    assert_int_equal(dict_search(d, "\xff\xfe", NULL, items, 4), 0);
    assert_int_equal(dict_search(d, "工程师", NULL, items, 0), dict_search(d, "工程师", NULL, items, 4));
    assert_int_equal(dict_search(d, " ' ", NULL, items, 4), dict_search(d, "", NULL, items, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_found_by_name_pinyin_code_and_spoken_name),
        cmocka_unit_test(an_empty_search_lists_what_is_offered),
        cmocka_unit_test(codes_and_names_are_looked_up),
        cmocka_unit_test(every_title_has_a_series_and_a_level),
        cmocka_unit_test(hostile_searches_find_nothing_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
