#include "sync/platform/provider.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/seal.h"

#include <curl/curl.h>
#include <string.h>

#define ANSWER_MOST 65536
#define TOKEN_MOST  4096

struct provider {
    char *url, *authorization;
    long timeout_s;
};

struct provider *provider_open(const char *url, const char *token_file, int64_t timeout_s, struct err *e)
{
    CLEANUP(str_secret) struct str token = {0};
    if (*token_file && !file_read(token_file, TOKEN_MOST, &token, e)) {
        err_prefix(e, "token_file");
        return NULL;
    }
    while (token.len && (unsigned char)token.p[token.len - 1] <= ' ')
        token.p[--token.len] = '\0';
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(e, ERR_INTERNAL, "libcurl does not start");
        return NULL;
    }
    struct provider *p = xcalloc(1, sizeof *p);
    p->url = xstrdup(url);
    p->timeout_s = (long)timeout_s;
    p->authorization = token.len ? xasprintf("Authorization: Bearer %s", token.p) : NULL;
    return p;
}

void provider_close(struct provider *p)
{
    if (!p)
        return;
    if (p->authorization)
        crypto_sodium()->wipe(p->authorization, strlen(p->authorization));
    free(p->authorization);
    free(p->url);
    free(p);
}

static size_t take(const char *p, size_t size, size_t n, void *ctx)
{
    struct str *s = ctx;
    if (s->len + size * n > ANSWER_MOST)
        return 0;
    str_add(s, p, size * n);
    return size * n;
}

bool provider_post(const struct provider *p, const json_t *body, long *status, struct str *answer, struct err *e)
{
    CURL *curl = curl_easy_init();
    char *text = json_dumps(body, JSON_COMPACT);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (p->authorization)
        headers = curl_slist_append(headers, p->authorization);
    curl_easy_setopt(curl, CURLOPT_URL, p->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, p->timeout_s);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    crypto_sodium()->wipe(text, strlen(text));
    free(text);
    return code == CURLE_OK ||
           err_set(e, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_NETWORK, "%s", curl_easy_strerror(code));
}
