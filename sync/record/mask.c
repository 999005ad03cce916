/* mask.c — personal data as it may stand on a public screen. */
#include "sync/record/validate.h"

#include <stdio.h>
#include <string.h>

void id_mask(const char *id, char out[19])
{
    size_t n = strlen(id);
    if (n == 18) {
        snprintf(out, 19, "%.4s**********%s", id, id + 14);
        return;
    }
    n = n > 18 ? 18 : n;
    memset(out, '*', n);
    out[n] = '\0';
}

void name_mask(const char *name, char *out, size_t size)
{
    const char *end = name + strlen(name), *last = name;
    uint32_t c;
    size_t count = utf8_count(name), first = *name ? utf8_next(name, end, &c) : 0;
    for (const char *p = name; p < end; p += utf8_next(p, end, &c))
        last = p;
    if (count < 2)
        snprintf(out, size, "*");
    else if (count == 2)
        snprintf(out, size, "%.*s*", (int)first, name);
    else
        snprintf(out, size, "%.*s%s%s", (int)first, name, count == 3 ? "*" : "***", last);
}

void mobile_mask(const char *mobile, char out[12])
{
    if (strlen(mobile) == 11)
        snprintf(out, 12, "%.3s****%s", mobile, mobile + 7);
    else
        snprintf(out, 12, "****");
}
