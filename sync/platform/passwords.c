#include "sync/platform/passwords.h"

#include "sync/base/cleanup.h"
#include "sync/record/text.h"

#include <ctype.h>
#include <string.h>

#define LEAST      8
#define MOST       128
#define BYTES_MOST 1024
#define PART_LEAST 2 /* characters of a name's part */

static bool all_the_same(const char *z)
{
    uint32_t first, c;
    const char *end = z + strlen(z);
    for (const char *p = z + utf8_next(z, end, &first); p < end;) {
        p += utf8_next(p, end, &c);
        if (c != first)
            return false;
    }
    return true;
}

static bool on_list(const struct str *list, const char *password)
{
    size_t len = strlen(password);
    for (const char *p = str_z(list); *p; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t n = strcspn(p, "\r\n");
        if (*p != '#' && n == len && !strncasecmp(p, password, n))
            return true;
    }
    return false;
}

/* A piece of the number, or the whole of it with something around. */
static bool of_number(const char *password, const char *number)
{
    return *number && (strcasestr(number, password) || strcasestr(password, number));
}

/* The name, or a part of it between dots and blanks, with nothing but digits and marks around it. */
static bool of_name(const char *password, const char *name)
{
    AUTOFREE char *parts = xstrdup(name);
    for (char *dot; (dot = strstr(parts, "·"));)
        memset(dot, ' ', strlen("·"));
    char *rest = parts;
    for (char *part; (part = strsep(&rest, " "));) {
        const char *at = utf8_count(part) >= PART_LEAST ? strstr(password, part) : NULL;
        if (!at)
            continue;
        size_t around = 0, others = strlen(password) - strlen(part);
        for (const char *p = password; *p; p++)
            around += (p < at || p >= at + strlen(part)) && isascii((unsigned char)*p) && !isalpha((unsigned char)*p);
        if (around == others)
            return true;
    }
    return false;
}

const char *password_weak(const struct str *list, const char *password, const struct password_person *who)
{
    size_t n = utf8_count(password);
    if (n < LEAST)
        return "password.short";
    if (n > MOST || strlen(password) > BYTES_MOST)
        return "password.long";
    if (all_the_same(password))
        return "password.same";
    if (of_number(password, who->number))
        return "password.own_number";
    if (of_number(password, who->mobile))
        return "password.own_mobile";
    if (of_name(password, who->full_name))
        return "password.own_name";
    return on_list(list, password) ? "password.common" : NULL;
}

void password_canonical(const char *password, struct str *out)
{
    nfc_add(out, password, strlen(password));
}
