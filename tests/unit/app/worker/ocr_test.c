/* The ocr job of the real worker, on the made-up papers. */
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "tests/support/pictures.h"
#include "tests/support/t.h"
#include "tests/support/worker.h"

#include <string.h>

static struct worker_door *door;

static int set_up(void **state)
{
    (void)state;
    door = worker_open();
    return 0;
}
static int tear_down(void **state)
{
    (void)state;
    worker_door_destroy(door);
    return 0;
}

static json_t *seek(void)
{
    return json_pack("{s:[{s:s,s:s,s:[s,s]},{s:s,s:s,s:[s]},{s:s,s:s,s:[s]}]}", "seek", "as", "cert_no", "kind",
                     "number", "labels", "证书编号", "编号", "as", "award_date", "kind", "date", "labels", "授予时间",
                     "as", "doc_no", "kind", "doc_no", "labels", "批准文号");
}

static const char *found(const struct worker_said *s, const char *as)
{
    const json_t *v;
    size_t i;
    json_array_foreach(json_object_get(s->result, "found"), i,
                       v) if (!strcmp(json_string_value(json_object_get(v, "as")),
                                      as)) return json_string_value(json_object_get(v, "text"));
    return NULL;
}

static void a_certificate_says_its_number_and_its_date(void **state)
{
    (void)state;
    CLEANUP(str) struct str jpeg = {0};
    struct err e = {0};
    if (!file_read("tests/data/papers/certificate.jpg", 1 << 20, &jpeg, &e))
        fail_msg("%s", e.text);
    CLEANUP(worker_said) struct worker_said s = worker_call(door, WORKER_OCR, seek(), jpeg.p, jpeg.len);
    if (!s.ok)
        fail_msg("%s %s", s.error, s.detail);
    assert_non_null(found(&s, "cert_no"));
    assert_string_equal(found(&s, "cert_no"), "20113202705");
    assert_non_null(found(&s, "award_date"));
    assert_string_equal(found(&s, "award_date"), "2010-12-31");
    assert_non_null(found(&s, "doc_no"));
    assert_string_equal(found(&s, "doc_no"), "新经信人事〔2011〕3号");
}

static void a_paper_without_text_says_nothing(void **state)
{
    (void)state;
    AUTOFREE unsigned char *px = picture_page(620, 877, 0, 60, 80);
    CLEANUP(str) struct str jpeg = {0};
    picture_jpeg(&jpeg, px, 620, 877, 90);
    CLEANUP(worker_said) struct worker_said s = worker_call(door, WORKER_OCR, seek(), jpeg.p, jpeg.len);
    assert_true(s.ok);
    assert_int_equal(json_array_size(json_object_get(s.result, "found")), 0);
}

static void what_is_no_picture_or_no_question_is_refused(void **state)
{
    (void)state;
    CLEANUP(worker_said) struct worker_said s = worker_call(door, WORKER_OCR, seek(), "%PDF-1.4", 8);
    assert_false(s.ok);
    assert_string_equal(s.error, "format");
    CLEANUP(worker_said) struct worker_said n = worker_call(door, WORKER_OCR, NULL, "x", 1);
    assert_false(n.ok);
    assert_string_equal(n.error, "refused");
    json_t *odd = json_pack("{s:[{s:s,s:s}]}", "seek", "as", "x", "kind", "name");
    CLEANUP(worker_said) struct worker_said k = worker_call(door, WORKER_OCR, odd, "x", 1);
    assert_string_equal(k.error, "refused"); /* names are not read */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_says_its_number_and_its_date),
        cmocka_unit_test(a_paper_without_text_says_nothing),
        cmocka_unit_test(what_is_no_picture_or_no_question_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
