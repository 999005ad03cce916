#include "sync/platform/wechat_api.h"

#include "sync/base/cleanup.h"
#include "sync/record/canon.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MOST  (64u << 10)
#define OPENID_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* The codes that have words of their own. */
static const struct {
    int64_t code;
    enum wechat_outcome outcome;
} codes[] = {
    {-1, WECHAT_BUSY},        {40029, WECHAT_CODE_BAD}, {40163, WECHAT_CODE_BAD}, {42001, WECHAT_CODE_BAD},
    {42002, WECHAT_CODE_BAD}, {42003, WECHAT_CODE_BAD}, {40013, WECHAT_MISSET},   {40125, WECHAT_MISSET},
    {40164, WECHAT_MISSET},   {48001, WECHAT_MISSET},
};

static const char *const outcome_names[] = {
    [WECHAT_OK] = "ok",
    [WECHAT_CODE_BAD] = "code",
    [WECHAT_BUSY] = "busy",
    [WECHAT_MISSET] = "misset",
    [WECHAT_SNAPSHOT] = "snapshot",
    [WECHAT_UNREACHABLE] = "unreachable",
    [WECHAT_UNINTELLIGIBLE] = "unintelligible",
};

bool wechat_enabled(const struct config *c)
{
    return *c->wechat_appid != '\0';
}

void wechat_error_key(const struct wechat_exchange *x, char out[48])
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (x->errcode && codes[i].code == x->errcode) {
            snprintf(out, 48, "wechat.error.%lld", (long long)x->errcode);
            return;
        }
    snprintf(out, 48, "wechat.error.%s", outcome_names[x->outcome]);
}

/* As a value of a query: everything but RFC 3986's unreserved characters as %XX. */
static void query_value(struct str *out, const char *z)
{
    for (; *z; z++) {
        if (strchr(OPENID_CHARS ".~", *z))
            str_putc(out, *z);
        else
            str_printf(out, "%%%02X", (unsigned char)*z);
    }
}

void wechat_authorize_url(const struct config *c, const char *redirect_uri, const char *state, struct str *out)
{
    str_printf(out, "%s?appid=", c->wechat_authorize_url);
    query_value(out, c->wechat_appid);
    str_puts(out, "&redirect_uri=");
    query_value(out, redirect_uri);
    str_printf(out, "&response_type=code&scope=snsapi_base&state=%s#wechat_redirect", state);
}

/* --- the answer --- */

static void take_openid(const json_t *j, struct wechat_exchange *x)
{
    const char *openid = json_string_value(json_object_get(j, "openid"));
    const json_t *snapshot = json_object_get(j, "is_snapshotuser");
    bool whole = openid && *openid && strspn(openid, OPENID_CHARS) == strlen(openid) &&
                 json_is_string(json_object_get(j, "access_token"));
    if (!whole || !zcopy(x->openid, sizeof x->openid, openid))
        x->outcome = WECHAT_UNINTELLIGIBLE;
    else if (json_integer_value(snapshot) == 1 || json_is_true(snapshot))
        x->outcome = WECHAT_SNAPSHOT;
    else
        x->outcome = WECHAT_OK;
    if (x->outcome != WECHAT_OK)
        x->openid[0] = '\0';
}

void wechat_answer_parse(const void *bytes, size_t len, struct wechat_exchange *out)
{
    CLEANUP(json) json_t *j = json_loadb(bytes, len, 0, NULL);
    const json_t *errcode = json_object_get(j, "errcode");
    *out = (struct wechat_exchange){.outcome = WECHAT_UNINTELLIGIBLE};
    if (!json_is_object(j) || (errcode && !json_is_integer(errcode)))
        return;
    out->errcode = json_integer_value(errcode);
    if (!out->errcode) {
        take_openid(j, out);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].code == out->errcode)
            out->outcome = codes[i].outcome;
}

/* --- the call --- */

static size_t on_bytes(char *p, size_t size, size_t n, void *ctx)
{
    struct str *body = ctx;
    if (body->len + size * n > ANSWER_MOST)
        return 0; /* ends the transfer with an error */
    str_add(body, p, size * n);
    return size * n;
}

/* False: nobody answered. */
static bool call(CURL *h, const char *url, struct str *body)
{
    long status = 0;
    curl_easy_setopt(h, CURLOPT_URL, url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https,http"); /* plain only to this machine: config.c */
    curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)WECHAT_CALL_S);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 3L);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_NOPROXY, "127.0.0.1,::1");
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, body);
    return curl_easy_perform(h) == CURLE_OK && curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
           status == 200;
}

void wechat_exchange(const struct config *c, const char *code, struct wechat_exchange *out)
{
    CLEANUP(str_secret) struct str url = {0}; /* it has the secret: never logged */
    str_printf(&url, "%s/sns/oauth2/access_token?appid=", c->wechat_api_url);
    query_value(&url, c->wechat_appid);
    str_puts(&url, "&secret=");
    query_value(&url, c->wechat_secret);
    str_puts(&url, "&code=");
    query_value(&url, code);
    str_puts(&url, "&grant_type=authorization_code");
    *out = (struct wechat_exchange){.outcome = WECHAT_UNREACHABLE};
    CURL *h = curl_easy_init();
    for (int i = 0; h && i < 2; i++) {
        CLEANUP(str_secret) struct str body = {0};
        if (!call(h, url.p, &body)) /* a code is good once: who knows what became of it */
            break;
        wechat_answer_parse(str_z(&body), body.len, out);
        if (out->outcome != WECHAT_BUSY)
            break;
    }
    curl_easy_cleanup(h);
}
