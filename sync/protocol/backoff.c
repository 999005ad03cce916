#include "sync/protocol/backoff.h"

#include <curl/curl.h>
#include <string.h>

static int64_t ceiling_ms(int failures)
{
    int64_t most = BACKOFF_BASE_MS;
    for (int i = 0; i < failures && most < BACKOFF_CAP_MS; i++)
        most *= 2;
    return most < BACKOFF_CAP_MS ? most : BACKOFF_CAP_MS;
}

int64_t backoff_fail(struct backoff *b, const struct random *r, int64_t retry_after_ms)
{
    int64_t most = ceiling_ms(b->failures);
    int64_t wait = (int64_t)random_below(r, (uint64_t)most + 1);
    if (b->failures < 1 << 20)
        b->failures++;
    if (wait < BACKOFF_LEAST_MS)
        wait = BACKOFF_LEAST_MS;
    if (retry_after_ms >= 0 && wait < retry_after_ms)
        wait = retry_after_ms + (int64_t)random_below(r, (uint64_t)(retry_after_ms / 8 + BACKOFF_BASE_MS));
    return wait;
}

void backoff_succeed(struct backoff *b)
{
    b->failures = 0;
}

int64_t retry_after_parse(const char *field, const char *date)
{
    if (!field)
        return BACKOFF_NO_RETRY_AFTER;
    while (*field == ' ')
        field++;
    size_t digits = strspn(field, "0123456789");
    int64_t ms = 0;
    if (digits) {
        if (field[digits + strspn(field + digits, " ")])
            return BACKOFF_NO_RETRY_AFTER;
        for (size_t i = 0; i < digits && ms <= RETRY_AFTER_MOST_MS; i++)
            ms = ms * 10 + (field[i] - '0') * 1000;
    } else {
        time_t at = curl_getdate(field, NULL), from = date ? curl_getdate(date, NULL) : (time_t)-1;
        if (at == (time_t)-1 || from == (time_t)-1)
            return BACKOFF_NO_RETRY_AFTER;
        ms = at > from ? (int64_t)(at - from) * 1000 : 0;
    }
    return ms < RETRY_AFTER_MOST_MS ? ms : RETRY_AFTER_MOST_MS;
}
