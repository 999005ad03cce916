#include "sync/agent/reason.h"

#include "sync/agent/agent.h"
#include "sync/agent/openssl.h"
#include "tests/support/t.h"

#define NOW  1795400645000LL
#define YEAR (365LL * 24 * 3600 * 1000)

static void a_failure_becomes_the_reason_that_staff_can_act_on(void **state)
{
    (void)state;
    const struct reason_facts good = {NOW, NOW - 60000, NOW + YEAR}, ahead = {NOW + 10 * YEAR, NOW, NOW + YEAR},
                              new_here = {NOW, 0, 0};
    const struct {
        CURLcode code;
        long status, verify;
        const struct reason_facts *facts;
        enum reason reason;
    } cases[] = {
        {CURLE_OK, 200, 0, &good, REASON_NONE},
        {CURLE_OK, 404, 0, &good, REASON_NONE}, /* the platform is there */
        {CURLE_OK, 401, 0, &good, REASON_REFUSED},
        {CURLE_OK, 403, 0, &good, REASON_REFUSED},
        {CURLE_OK, 429, 0, &good, REASON_BUSY},
        {CURLE_OK, 503, 0, &good, REASON_BUSY},
        {CURLE_OK, 507, 0, &good, REASON_BUSY},
        {CURLE_OK, 500, 0, &good, REASON_PLATFORM},
        {CURLE_OK, 302, 0, &good, REASON_PLATFORM}, /* a hotel's log-in page */
        {CURLE_COULDNT_RESOLVE_HOST, 0, 0, &good, REASON_HOST},
        {CURLE_COULDNT_CONNECT, 0, 0, &good, REASON_NETWORK},
        {CURLE_OPERATION_TIMEDOUT, 0, 0, &good, REASON_NETWORK},
        {CURLE_RECV_ERROR, 0, 0, &good, REASON_NETWORK},
        {CURLE_GOT_NOTHING, 0, 0, &good, REASON_NETWORK},
        {CURLE_PEER_FAILED_VERIFICATION, 0, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, &good, REASON_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, 0, X509_V_OK, &good, REASON_TLS}, /* another name */
        {CURLE_PEER_FAILED_VERIFICATION, 0, X509_V_ERR_CERT_NOT_YET_VALID, &good, REASON_CLOCK},
        {CURLE_PEER_FAILED_VERIFICATION, 0, X509_V_ERR_CERT_HAS_EXPIRED, &good, REASON_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, 0, X509_V_ERR_CERT_HAS_EXPIRED, &new_here, REASON_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, 0, X509_V_ERR_CERT_HAS_EXPIRED, &ahead, REASON_CLOCK},
        {CURLE_SSL_CONNECT_ERROR, 0, X509_V_OK, &good, REASON_TLS},
        {CURLE_SSL_CERTPROBLEM, 0, 0, &good, REASON_NOT_ENROLLED},
        {CURLE_WRITE_ERROR, 0, 0, &good, REASON_PLATFORM},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct http_answer a = {.code = cases[i].code, .status = cases[i].status, .verify = cases[i].verify};
        assert_string_equal(reason_key(reason_of(&a, cases[i].facts)), reason_key(cases[i].reason));
    }
}

static void a_refusal_says_whether_to_enrol_anew_or_to_ask_first(void **state)
{
    (void)state;
    static const struct {
        const char *slug;
        enum reason reason;
    } cases[] = {{"device-revoked", REASON_REVOKED},
                 {"certificate-expired", REASON_ENDED},
                 {"certificate-unknown", REASON_REFUSED},
                 {"no-certificate", REASON_REFUSED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct reason_facts facts = {NOW, NOW, NOW + YEAR};
        struct http_answer a = {.code = CURLE_OK, .status = 403};
        str_printf(&a.body, "{\"type\":\"urn:bulu:problem:%s\",\"title\":\"t\",\"status\":403}", cases[i].slug);
        assert_string_equal(reason_key(reason_of(&a, &facts)), reason_key(cases[i].reason));
        str_finish(&a.body);
    }
}

static void the_app_reaches_listed_paths_only(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        bool allowed;
    } cases[] = {
        {"GET", "/v1/profile", true},
        {"GET", "/v1/profile/", false},
        {"GET", "/v1/profile?a=b", false},
        {"POST", "/v1/profile", false},
        {"POST", "/v1/sessions", true},
        {"POST", "/v1/sessions/captcha", true},
        {"GET", "/v1/sessions/a/b", true},
        {"GET", "/v1/sessions/a/b/c", false},
        {"GET", "/v1/sessions//b", false},
        {"GET", "/v1/sessions/..", false},
        {"GET", "/v1/sessions/a%2fb", false},
        {"DELETE", "/v1/sessions/abc-_1", true},
        {"GET", "/v1/units", true},
        {"GET", "/v1/units?q=%E5%A4%A9", true},
        {"GET", "/v1/units?q=a b", false},
        {"GET", "/v1/units?q=a#b", false},
        {"GET", "/v1/units/x?q=a", false},
        {"GET", "/v1/declarations/7a0c1f6e-0d7e-4d5a-9b54-0c5f8f3f2a10", true},
        {"GET", "/v1/declarations/7a0c1f6e", false},
        {"POST", "/v1/declarations/7a0c1f6e-0d7e-4d5a-9b54-0c5f8f3f2a10/confirm", true},
        {"GET", "/v1/declarations/7a0c1f6e-0d7e-4d5a-9b54-0c5f8f3f2a10/confirm", false},
        {"GET", "/v1/receipts/7K3M-9QXT-2RWD-P", true},
        {"GET", "/v1/receipts/", false},
        {"POST", "/v1/heartbeat", false},
        {"GET", "/v1/updates?after=", false},
        {"GET", "https://platform/v1/profile", false},
        {"GET", "", false},
        {"get", "/v1/profile", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (live_allowed(cases[i].method, cases[i].path) != cases[i].allowed)
            fail_msg("%s %s", cases[i].method, cases[i].path);
}

static void plain_http_stays_on_this_machine(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool allowed;
    } cases[] = {{"https://platform.example:8444", true},
                 {"http://127.0.0.1:8080", true},
                 {"http://localhost", true},
                 {"http://[::1]:1/x", true},
                 {"https://", false},
                 {"http://10.0.0.1", false},
                 {"http://127.0.0.1.evil.example", false},
                 {"http://localhost@evil.example", false},
                 {"http://127.0.0.1:80@evil.example", false},
                 {"ftp://127.0.0.1", false},
                 {"", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (http_url_allowed(cases[i].url) != cases[i].allowed)
            fail_msg("%s", cases[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_becomes_the_reason_that_staff_can_act_on),
        cmocka_unit_test(a_refusal_says_whether_to_enrol_anew_or_to_ask_first),
        cmocka_unit_test(the_app_reaches_listed_paths_only),
        cmocka_unit_test(plain_http_stays_on_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
