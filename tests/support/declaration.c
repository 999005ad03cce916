#include "tests/support/declaration.h"

#include "sync/record/seal.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct form_set *forms;

static void release(void)
{
    form_set_destroy(forms);
}

const struct form_set *test_forms(void)
{
    struct err e = {0};
    if (!forms) {
        forms = form_set_load("assets", &e);
        if (!forms)
            fail_msg("%s", e.text);
        atexit(release);
    }
    return forms;
}

void put(struct doc *d, struct doc_path p, const char *value)
{
    struct err e = {0};
    if (!doc_set_text(d, p, value, &e))
        fail_msg("%s", e.text);
}

static void put_bool(struct doc *d, struct doc_path p, bool value)
{
    assert_true(doc_set(d, p, json_boolean(value), NULL));
}

json_t *test_file(const char *name, const char *kind, int64_t bytes)
{
    char hash[HASH_HEX]; /* two files are two blobs */
    crypto_hash_hex(crypto_sodium(), name, strlen(name), hash);
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:s,s:i}", "sha256", hash, "key", "AAAA", "name", name, "kind", kind,
                     "bytes", (json_int_t)bytes, "digest", hash, "pages", 1);
}

void print_findings(const struct findings *f)
{
    for (size_t i = 0; i < f->len; i++) {
        char id[128];
        doc_path_id(f->rows[i].path, id, sizeof id);
        print_error("%s %s %s\n", f->rows[i].severity == SEVERITY_ERROR ? "error" : "warning", id, f->rows[i].message);
    }
}

struct answer {
    struct doc_path path;
    const char *value;
};

static void put_all(struct doc *d, const struct answer *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put(d, a[i].path, a[i].value);
}

static void person(struct doc *d)
{
    static const struct answer answers[] = {
        {{"identity_check", NO_ENTRY, "full_name"}, "张三"},
        {{"identity_check", NO_ENTRY, "id_number"}, "650000198001010014"},
        {{"identity_check", NO_ENTRY, "mobile"}, "13800000000"},
        {{"basic", NO_ENTRY, "ethnic"}, "01"},
        {{"basic", NO_ENTRY, "political"}, "13"},
        {{"basic", NO_ENTRY, "work_start"}, "2002-07"},
        {{"basic", NO_ENTRY, "unit_name"}, "新疆机械研究院（示例单位）"},
        {{"basic", NO_ENTRY, "unit_nature"}, "20"},
        {{"basic", NO_ENTRY, "unit_division"}, "650102"},
        {{"basic", NO_ENTRY, "current_specialty"}, "机械制造"},
        {{"contact", NO_ENTRY, "address_division"}, "650102"},
        {{"contact", NO_ENTRY, "address"}, "中山路 1 号"},
        {{"education", 0, "education"}, "21"},
        {{"education", 0, "degree"}, "408"},
        {{"education", 0, "school"}, "新疆大学"},
        {{"education", 0, "major"}, "机械工程"},
        {{"education", 0, "study_form"}, "1"},
        {{"education", 0, "start"}, "1998-09"},
        {{"education", 0, "end"}, "2002-07"},
        {{"work", 0, "start"}, "2002-07"},
        {{"work", 0, "unit"}, "新疆机械研究院（示例单位）"},
        {{"work", 0, "work_kind"}, "1"},
        {{"work", 0, "work_done"}, "机械设计"},
    };
    assert_int_equal(doc_entry_add(d, "education"), 0);
    assert_int_equal(doc_entry_add(d, "work"), 0);
    put_all(d, answers, ARRAY_LEN(answers));
    put_bool(d, ONE("basic", "on_post"), true);
    doc_exactly_one(d, "education", "is_highest", 0);
    doc_set_none(d, "talent_program", true);
    doc_set_none(d, "qualification", true);
    assert_true(
        doc_set(d, ONE("images", "id_card_front"), json_pack("[o]", test_file("正面.jpg", "jpg", 800000)), NULL));
    assert_true(doc_set(d, ONE("images", "photo_1inch"), json_pack("[o]", test_file("照片.jpg", "jpg", 90000)), NULL));
}

static void title(struct doc *d)
{
    static const struct answer answers[] = {
        {{"title_award", NO_ENTRY, "has_ecert"}, "no"},
        {{"title_award", NO_ENTRY, "is_exam_based"}, "no"},
        {{"title_award", NO_ENTRY, "award_date"}, "2010-12-31"},
        {{"title_award", NO_ENTRY, "acquire_way"}, "1"},
        {{"title_award", NO_ENTRY, "review_area"}, "1"},
        {{"title_award", NO_ENTRY, "review_committee"}, "工信厅评审会"},
        {{"title_award", NO_ENTRY, "issuing_body"}, "新疆维吾尔自治区经济和信息化委员会"},
        {{"title_award", NO_ENTRY, "title_series"}, "05"},
        {{"title_award", NO_ENTRY, "specialty"}, "机械电子"},
        {{"title_award", NO_ENTRY, "title_level"}, "3"},
        {{"title_award", NO_ENTRY, "title_name"}, "工程师"},
        {{"title_award", NO_ENTRY, "title_code"}, "083"},
        {{"title_award", NO_ENTRY, "sub_specialty"}, "机械制造工程师"},
        {{"title_award", NO_ENTRY, "cert_no"}, "20113202705"},
        {{"title_award", NO_ENTRY, "doc_org"}, "新经信人事"},
        {{"title_award", NO_ENTRY, "doc_year"}, "2011"},
        {{"title_award", NO_ENTRY, "doc_no"}, "3"},
        {{"title_award", NO_ENTRY, "doc_title"},
         "关于批准张金鑫等48位同志取得自治区工程系列机械电子专业技术职务任职资格的通知"},
        {{"publicity", NO_ENTRY, "publicity_url"}, "工信厅网站公示"},
    };
    put_all(d, answers, ARRAY_LEN(answers));
    assert_true(doc_set(d, ONE("attachments", "cert_original"),
                        json_pack("[o]", test_file("证书 1.jpg", "jpg", 1200000)), NULL));
    put_bool(d, ONE("submission", "pledge"), true);
}

struct doc *test_declaration(void)
{
    struct doc *d = doc_create(test_forms());
    person(d);
    title(d);
    doc_prefill(d);
    return d;
}
