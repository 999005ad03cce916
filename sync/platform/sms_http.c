/* sms_http.c — the provider that takes JSON over HTTP. One easy handle, used by the outbox's thread only. */
#include "sync/platform/sms.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/canon.h"

#include <curl/curl.h>
#include <string.h>

#define ANSWER_MOST 65536
#define TOKEN_MOST  4096

struct sms_http {
    struct sms_provider provider; /* first */
    CURL *curl;
    char *url, *sign, *authorization;
    long timeout_s;
};

static size_t take(const char *p, size_t size, size_t n, void *ctx)
{
    struct str *s = ctx;
    if (s->len + size * n > ANSWER_MOST)
        return 0;
    str_add(s, p, size * n);
    return size * n;
}

static json_t *body_json(const struct sms_http *h, const struct sms_message *m)
{
    AUTOFREE char *id = xasprintf("bulu-%lld", (long long)m->id);
    return json_pack("{s:s,s:s,s:s,s:O,s:s,s:s}", "id", id, "to", m->mobile, "template", m->template, "args", m->args,
                     "sign", h->sign, "text", m->text);
}

/* Some providers say 200 to everything and put their verdict into the body. */
static bool verdict(const struct str *answer, struct err *e)
{
    CLEANUP(json) json_t *j = json_loadb(str_z(answer), answer->len, 0, NULL);
    const json_t *code = json_object_get(j, "code");
    if (!code || (json_is_integer(code) && json_integer_value(code) == 0))
        return true;
    const char *z = json_string_value(code);
    return (z && (!strcmp(z, "OK") || !strcmp(z, "0"))) || err_set(e, ERR_NETWORK, "the provider's code says no");
}

static bool status_ok(long status, const struct str *answer, struct err *e)
{
    if (status >= 200 && status < 300)
        return verdict(answer, e);
    bool never = status >= 400 && status <= 422 && status != 408 && status != 401 && status != 403;
    return err_set(e, never ? ERR_DENIED : ERR_NETWORK, "the provider answered %ld", status);
}

static bool http_send(struct sms_provider *s, const struct sms_message *m, struct err *e)
{
    struct sms_http *h = (struct sms_http *)(void *)s;
    CLEANUP(str) struct str answer = {0};
    json_t *j = body_json(h, m);
    char *body = json_dumps(j, JSON_COMPACT);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (h->authorization)
        headers = curl_slist_append(headers, h->authorization);
    curl_easy_reset(h->curl);
    curl_easy_setopt(h->curl, CURLOPT_URL, h->url);
    curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, h->timeout_s);
    curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &answer);
    CURLcode code = curl_easy_perform(h->curl);
    long status = 0;
    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
    bool ok =
        code == CURLE_OK ? status_ok(status, &answer, e) : err_set(e, ERR_NETWORK, "%s", curl_easy_strerror(code));
    curl_slist_free_all(headers);
    crypto_sodium()->wipe(body, strlen(body));
    free(body);
    json_decref(j);
    return ok;
}

static void http_close(struct sms_provider *s)
{
    struct sms_http *h = (struct sms_http *)(void *)s;
    curl_easy_cleanup(h->curl);
    free(h->url);
    free(h->sign);
    if (h->authorization)
        crypto_sodium()->wipe(h->authorization, strlen(h->authorization));
    free(h->authorization);
    free(h);
}

struct sms_provider *sms_http_open(const struct config *c, struct err *e)
{
    static const struct sms_provider_ops ops = {http_send, http_close};
    CLEANUP(str_secret) struct str token = {0};
    if (*c->sms_token_file && !file_read(c->sms_token_file, TOKEN_MOST, &token, e)) {
        err_prefix(e, "[sms] token_file");
        return NULL;
    }
    while (token.len && (token.p[token.len - 1] == '\n' || token.p[token.len - 1] == '\r'))
        token.p[--token.len] = '\0';
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(e, ERR_INTERNAL, "libcurl does not start");
        return NULL;
    }
    struct sms_http *h = xcalloc(1, sizeof *h);
    h->provider.ops = &ops;
    h->curl = curl_easy_init();
    h->url = xstrdup(c->sms_url);
    h->sign = xstrdup(c->sms_sign);
    h->timeout_s = (long)c->sms_timeout_s;
    h->authorization = token.len ? xasprintf("Authorization: Bearer %s", token.p) : NULL;
    return &h->provider;
}
