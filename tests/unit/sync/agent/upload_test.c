/* The steps of an upload against answers that are written down here: what does the kiosk ask next? */
#include "sync/agent/upload.h"
#include "tests/support/t.h"

#include <string.h>

#define BASE "https://platform.example:8444"
#define NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct exchange {
    const char *method, *url, *header; /* what must be asked; header: one that must be there, or NULL */
    size_t len;
    CURLcode code;
    long status;
    const char *location, *offset, *length;
    enum upload_verdict verdict;
};

static bool has_header(const struct http_ask *ask, const char *want)
{
    for (size_t i = 0; i < HTTP_HEADERS && ask->headers[i]; i++)
        if (!strncmp(ask->headers[i], want, strlen(want)))
            return true;
    return false;
}

static void play(size_t bytes, size_t chunk, const char *address, const struct exchange *x, size_t n)
{
    struct upload u;
    struct str file = {0};
    CLEANUP(str) struct str url = {0};
    memset(str_reserve(&file, bytes), 'x', bytes);
    file.len = bytes;
    upload_begin(&u, NAME, &file, chunk, address);
    for (size_t i = 0; i < n; i++) {
        struct http_ask ask = {0};
        struct http_answer a = {.code = x[i].code, .status = x[i].status};
        zcopy(a.location, sizeof a.location, x[i].location ? x[i].location : "");
        zcopy(a.upload_offset, sizeof a.upload_offset, x[i].offset ? x[i].offset : "");
        zcopy(a.upload_length, sizeof a.upload_length, x[i].length ? x[i].length : "");
        upload_ask(&u, BASE, &url, &ask);
        assert_string_equal(ask.method, x[i].method);
        assert_string_equal(ask.url, x[i].url);
        assert_int_equal(ask.len, x[i].len);
        assert_true(has_header(&ask, "Tus-Resumable: 1.0.0"));
        assert_true(!x[i].header || has_header(&ask, x[i].header));
        assert_int_equal(has_header(&ask, "Upload-Checksum: sha256 "), ask.len > 0);
        assert_int_equal(upload_take(&u, BASE, &a), x[i].verdict);
    }
    upload_finish(&u);
}
#define PLAY(bytes, chunk, address, ...)                                                                               \
    do {                                                                                                               \
        const struct exchange steps[] = {__VA_ARGS__};                                                                 \
        play(bytes, chunk, address, steps, ARRAY_LEN(steps));                                                          \
    } while (0)

static void a_small_blob_goes_with_its_creation(void **state)
{
    (void)state;
    PLAY(100, 1000, "",
         {"POST", BASE "/v1/uploads", "Upload-Length: 100", 100, CURLE_OK, 201, "/v1/uploads/u1", "100", NULL,
          UPLOAD_DONE});
}

static void a_large_blob_goes_in_pieces(void **state)
{
    (void)state;
    PLAY(2500, 1000, "",
         {"POST", BASE "/v1/uploads", "Upload-Metadata: sha256 ", 0, CURLE_OK, 201, "/v1/uploads/u1", NULL, NULL,
          UPLOAD_MORE},
         {"PATCH", BASE "/v1/uploads/u1", "Upload-Offset: 0", 1000, CURLE_OK, 204, NULL, "1000", NULL, UPLOAD_MORE},
         {"PATCH", BASE "/v1/uploads/u1", "Upload-Offset: 1000", 1000, CURLE_OK, 204, NULL, "2000", NULL, UPLOAD_MORE},
         {"PATCH", BASE "/v1/uploads/u1", "Upload-Offset: 2000", 500, CURLE_OK, 204, NULL, "2500", NULL, UPLOAD_DONE});
}

static void what_the_platform_holds_already_is_not_sent(void **state)
{
    (void)state;
    PLAY(2500, 1000, "", {"POST", BASE "/v1/uploads", NULL, 0, CURLE_OK, 201, NULL, "2500", NULL, UPLOAD_DONE});
}

static void an_interrupted_one_asks_where_it_stands(void **state)
{
    (void)state;
    PLAY(2500, 1000, "/v1/uploads/u1",
         {"HEAD", BASE "/v1/uploads/u1", NULL, 0, CURLE_OK, 200, NULL, "1700", "2500", UPLOAD_MORE},
         {"PATCH", BASE "/v1/uploads/u1", "Upload-Offset: 1700", 800, CURLE_OK, 204, NULL, "2500", NULL, UPLOAD_DONE});
    PLAY(2500, 1000, "/v1/uploads/u1",
         {"HEAD", BASE "/v1/uploads/u1", NULL, 0, CURLE_OK, 204, NULL, "2500", "2500", UPLOAD_DONE});
}

static void a_forgotten_one_begins_anew(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *offset, *length;
    } cases[] = {{404, NULL, NULL}, {410, NULL, NULL},   {403, NULL, NULL}, {200, NULL, NULL},
                 {200, "x", NULL},  {200, "9999", NULL}, {200, "100", "99"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        PLAY(2500, 5000, "/v1/uploads/u1",
             {"HEAD", BASE "/v1/uploads/u1", NULL, 0, CURLE_OK, cases[i].status, NULL, cases[i].offset, cases[i].length,
              UPLOAD_MORE},
             {"POST", BASE "/v1/uploads", NULL, 2500, CURLE_OK, 201, "/v1/uploads/u2", "2500", NULL, UPLOAD_DONE});
}

static void bent_bytes_and_a_wrong_offset_are_tried_again_but_not_for_ever(void **state)
{
    (void)state;
    const struct exchange bent = {"PATCH", BASE "/u", "Upload-Offset: 0", 1000, CURLE_OK, 460, NULL,
                                  NULL,    NULL,      UPLOAD_MORE};
    struct exchange last = bent;
    last.verdict = UPLOAD_FAILED;
    PLAY(2500, 1000, "/u", {"HEAD", BASE "/u", NULL, 0, CURLE_OK, 200, NULL, "0", NULL, UPLOAD_MORE}, bent, bent, bent,
         bent, last);
    PLAY(2500, 1000, "/u", {"HEAD", BASE "/u", NULL, 0, CURLE_OK, 200, NULL, "0", NULL, UPLOAD_MORE},
         {"PATCH", BASE "/u", NULL, 1000, CURLE_OK, 409, NULL, NULL, NULL, UPLOAD_MORE},
         {"HEAD", BASE "/u", NULL, 0, CURLE_OK, 200, NULL, "2000", NULL, UPLOAD_MORE},
         {"PATCH", BASE "/u", "Upload-Offset: 2000", 500, CURLE_OK, 204, NULL, "2500", NULL, UPLOAD_DONE});
}

static void an_offset_that_nobody_sent_is_not_believed(void **state)
{
    (void)state;
    static const char *const offsets[] = {"0", "1001", "2500", "-1", "", "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(offsets); i++)
        PLAY(2500, 1000, "/u", {"HEAD", BASE "/u", NULL, 0, CURLE_OK, 200, NULL, "0", NULL, UPLOAD_MORE},
             {"PATCH", BASE "/u", NULL, 1000, CURLE_OK, 204, NULL, offsets[i], NULL, UPLOAD_MORE},
             {"HEAD", BASE "/u", NULL, 0, CURLE_OK, 200, NULL, "0", NULL, UPLOAD_MORE});
}

static void an_address_elsewhere_is_not_followed(void **state)
{
    (void)state;
    static const struct {
        const char *location;
        enum upload_verdict verdict;
    } cases[] = {{"/v1/uploads/x", UPLOAD_MORE},
                 {BASE "/v1/uploads/x", UPLOAD_MORE},
                 {"https://evil.example/v1/uploads/x", UPLOAD_FAILED},
                 {BASE ".evil.example/x", UPLOAD_FAILED},
                 {"//evil.example/x", UPLOAD_FAILED},
                 {"uploads/x", UPLOAD_FAILED},
                 {"/a b", UPLOAD_FAILED},
                 {"", UPLOAD_FAILED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        PLAY(2500, 1000, "",
             {"POST", BASE "/v1/uploads", NULL, 0, CURLE_OK, 201, cases[i].location, NULL, NULL, cases[i].verdict});
}

static void a_broken_line_or_a_refusal_ends_it_for_now(void **state)
{
    (void)state;
    static const long statuses[] = {400, 401, 413, 429, 500, 503, 302};
    PLAY(100, 1000, "", {"POST", BASE "/v1/uploads", NULL, 100, CURLE_RECV_ERROR, 0, NULL, NULL, NULL, UPLOAD_FAILED});
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        PLAY(100, 1000, "",
             {"POST", BASE "/v1/uploads", NULL, 100, CURLE_OK, statuses[i], NULL, "100", NULL, UPLOAD_FAILED});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_blob_goes_with_its_creation),
        cmocka_unit_test(a_large_blob_goes_in_pieces),
        cmocka_unit_test(what_the_platform_holds_already_is_not_sent),
        cmocka_unit_test(an_interrupted_one_asks_where_it_stands),
        cmocka_unit_test(a_forgotten_one_begins_anew),
        cmocka_unit_test(bent_bytes_and_a_wrong_offset_are_tried_again_but_not_for_ever),
        cmocka_unit_test(an_offset_that_nobody_sent_is_not_believed),
        cmocka_unit_test(an_address_elsewhere_is_not_followed),
        cmocka_unit_test(a_broken_line_or_a_refusal_ends_it_for_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
