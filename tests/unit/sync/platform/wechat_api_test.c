/* What WeChat answers, and what is made of it. */
#include "sync/platform/wechat_api.h"
#include "tests/support/t.h"

#include <string.h>

static void every_answer_has_its_outcome_and_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *openid, *words;
        enum wechat_outcome outcome;
    } rows[] = {
        {"{\"access_token\":\"T\",\"expires_in\":7200,\"refresh_token\":\"R\",\"openid\":\"oABC-_1\",\"scope\":\"snsapi_base\"}",
         "oABC-_1", "wechat.error.ok", WECHAT_OK},
        {"{\"access_token\":\"T\",\"openid\":\"o1\",\"unionid\":\"U\",\"is_snapshotuser\":0}", "o1", "wechat.error.ok",
         WECHAT_OK},
        {"{\"access_token\":\"T\\/x\",\"openid\":\"o1\",\"errcode\":0,\"errmsg\":\"ok\"}", "o1", "wechat.error.ok",
         WECHAT_OK},
        {"{\"access_token\":\"T\",\"openid\":\"o1\",\"is_snapshotuser\":1}", "", "wechat.error.snapshot",
         WECHAT_SNAPSHOT},
        {"{\"errcode\":40029,\"errmsg\":\"invalid code, rid: 1\\/2\"}", "", "wechat.error.40029", WECHAT_CODE_BAD},
        {"{\"errcode\":40163,\"errmsg\":\"code been used, rid: x\"}", "", "wechat.error.40163", WECHAT_CODE_BAD},
        {"{\"errcode\":40013,\"errmsg\":\"\"}", "", "wechat.error.40013", WECHAT_MISSET},
        {"{\"errcode\":40125,\"errmsg\":\"\"}", "", "wechat.error.40125", WECHAT_MISSET},
        {"{\"errcode\":40164}", "", "wechat.error.40164", WECHAT_MISSET},
        {"{\"errcode\":48001}", "", "wechat.error.48001", WECHAT_MISSET},
        {"{\"errcode\":42001}", "", "wechat.error.42001", WECHAT_CODE_BAD},
        {"{\"errcode\":42002}", "", "wechat.error.42002", WECHAT_CODE_BAD},
        {"{\"errcode\":42003}", "", "wechat.error.42003", WECHAT_CODE_BAD},
        {"{\"errcode\":-1,\"errmsg\":\"system error\"}", "", "wechat.error.-1", WECHAT_BUSY},
        {"{\"errcode\":99999}", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"{\"errcode\":40029,\"openid\":\"o1\",\"access_token\":\"T\"}", "", "wechat.error.40029", WECHAT_CODE_BAD},
        {"{\"errcode\":\"40029\"}", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"{\"openid\":\"o1\"}", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"{\"access_token\":\"T\",\"openid\":\"\"}", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"{\"access_token\":\"T\",\"openid\":\"o 1\"}", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"{\"access_token\":\"T\",\"openid\":7}", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"<html>502</html>", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"[]", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
        {"", "", "wechat.error.unintelligible", WECHAT_UNINTELLIGIBLE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wechat_exchange x;
        char key[48];
        wechat_answer_parse(rows[i].bytes, strlen(rows[i].bytes), &x);
        wechat_error_key(&x, key);
        if (x.outcome != rows[i].outcome || strcmp(x.openid, rows[i].openid) || strcmp(key, rows[i].words))
            fail_msg("%s: outcome %d, openid \"%s\", %s", rows[i].bytes, (int)x.outcome, x.openid, key);
    }
}

static void an_openid_that_is_too_long_is_none(void **state)
{
    (void)state;
    struct wechat_exchange x;
    CLEANUP(str) struct str z = {0};
    str_puts(&z, "{\"access_token\":\"T\",\"openid\":\"");
    for (int i = 0; i < OPENID_SIZE; i++)
        str_putc(&z, 'o');
    str_puts(&z, "\"}");
    wechat_answer_parse(z.p, z.len, &x);
    assert_int_equal(x.outcome, WECHAT_UNINTELLIGIBLE);
    assert_string_equal(x.openid, "");
}

static void the_phone_is_sent_to_the_bytes_of_the_contract(void **state)
{
    (void)state;
    char appid[] = "wxA1", address[] = "https://open.weixin.qq.com/connect/oauth2/authorize";
    const struct config c = {.wechat_appid = appid, .wechat_authorize_url = address};
    CLEANUP(str) struct str url = {0};
    wechat_authorize_url(&c, "https://bulu.example:8443/w/back", "S1", &url);
    assert_string_equal(
        str_z(&url), "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wxA1&redirect_uri=https%3A%2F%2Fbulu."
                     "example%3A8443%2Fw%2Fback&response_type=code&scope=snsapi_base&state=S1#wechat_redirect");
    assert_true(wechat_enabled(&c));
}

/* Nobody listens there: words, not a hang. */
static void a_wechat_that_does_not_answer_is_said_to_be_so(void **state)
{
    (void)state;
    char appid[] = "wxA1", secret[] = "s", address[] = "http://127.0.0.1:1";
    const struct config c = {.wechat_appid = appid, .wechat_secret = secret, .wechat_api_url = address};
    struct wechat_exchange x;
    wechat_exchange(&c, "C", &x);
    assert_int_equal(x.outcome, WECHAT_UNREACHABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_its_outcome_and_its_words),
        cmocka_unit_test(an_openid_that_is_too_long_is_none),
        cmocka_unit_test(the_phone_is_sent_to_the_bytes_of_the_contract),
        cmocka_unit_test(a_wechat_that_does_not_answer_is_said_to_be_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
